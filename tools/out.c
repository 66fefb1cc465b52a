// SPDX-License-Identifier: GPL-2.0
/* Lists, as a table for people or as JSON for programs. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "out.h"
#include "utf8.h"

/* Rows of a table that are printed together. */
#define PART_ROWS 1000

/**
 * out_open() - begin a list
 * @o: the list
 * @json: whether to write it as JSON
 */
void out_open(struct out *o, bool json)
{
	memset(o, 0, sizeof(*o));
	o->json = json;
}

/* ------------------------------------------------------------------ JSON rows */

/*
 * A million flows are a million rows: a row is text from the start, as json-c would write
 * it.  What needs more than quotes around it is left to json-c.
 */
static void row_bytes(struct out *o, const char *text, size_t len)
{
	if (o->row.n + len > o->row.cap) {
		o->row.cap = 2 * (o->row.n + len) + 256;
		o->row.v = xrealloc(o->row.v, o->row.cap);
	}
	memcpy(o->row.v + o->row.n, text, len);
	o->row.n += len;
}

static void row_text(struct out *o, const char *text)
{
	row_bytes(o, text, strlen(text));
}

static void row_begin(struct out *o)
{
	row_text(o, o->rows > 1 ? ",\n  {" : "[\n  {");
}

/* Keys are ours: none has anything to escape. */
static void row_key(struct out *o, const char *key)
{
	row_text(o, o->row.v[o->row.n - 1] == '{' ? " \"" : ", \"");
	row_text(o, key);
	row_text(o, "\": ");
}

static void row_number(struct out *o, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = '0' + value % 10;
		value /= 10;
	} while (value);
	row_bytes(o, digits + at, sizeof(digits) - at);
}

static bool row_simple(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\')
			return false;
	return true;
}

/* @value is freed. */
static void row_json(struct out *o, struct json_object *value)
{
	row_text(o, json_line(value));
	json_object_put(value);
}

static void row_string(struct out *o, const char *text)
{
	if (!row_simple(text)) {
		row_json(o, json_text(text));
		return;
	}
	row_text(o, "\"");
	row_text(o, text);
	row_text(o, "\"");
}

/* JSON is printed row by row: a cache can be large. */
static void flush_row(struct out *o)
{
	if (!o->row.n)
		return;
	row_text(o, " }");
	fwrite(o->row.v, 1, o->row.n, stdout);
	o->row.n = 0;
}

/* -------------------------------------------------------------------- tables */

static void print_blanks(size_t count)
{
	while (count--)
		fputc(' ', stdout);
}

static void print_cell(const struct column *c, const char *text, enum tint tint, bool last)
{
	size_t blanks;

	if (!text)
		text = "-";
	blanks = utf8_width(text) < c->width ? c->width - utf8_width(text) : 0;
	if (c->right)
		print_blanks(blanks);
	term_print(stdout, tint, text);
	if (!c->right && !last)
		print_blanks(blanks);
}

static void print_row(const struct out *o, const struct cell *cells)
{
	size_t i, last = 0;
	bool first = true;

	for (i = 0; i < o->columns.n; i++)
		if (o->columns.v[i].used)
			last = i;
	for (i = 0; i < o->columns.n; i++) {
		const struct column *c = &o->columns.v[i];

		if (!c->used)
			continue;
		if (!first)
			fputs("  ", stdout);
		if (cells)
			print_cell(c, cells[i].text, cells[i].tint, i == last);
		else
			print_cell(c, c->heading, TINT_TITLE, i == last);
		first = false;
	}
	fputc('\n', stdout);
}

/* A row as a paragraph. */
static void print_paragraph(const struct out *o, const struct cell *cells)
{
	size_t i, widest = 0;

	for (i = 0; i < o->columns.n; i++)
		if (o->columns.v[i].used && utf8_width(o->columns.v[i].heading) > widest)
			widest = utf8_width(o->columns.v[i].heading);
	for (i = 0; i < o->columns.n; i++) {
		const char *heading = o->columns.v[i].heading;

		if (!cells[i].text)
			continue;
		term_print(stdout, TINT_TITLE, heading);
		fputc(':', stdout);
		print_blanks(widest - utf8_width(heading) + 1);
		term_print(stdout, cells[i].tint, cells[i].text);
		fputc('\n', stdout);
	}
}

static size_t width_of(const struct out *o)
{
	size_t i, width = 0;

	for (i = 0; i < o->columns.n; i++)
		if (o->columns.v[i].used)
			width += o->columns.v[i].width + (width ? 2 : 0);
	return width;
}

static void leave_out(struct out *o, struct column *c)
{
	size_t i;

	c->used = false;
	for (i = 0; i < o->left_out.n; i++)
		if (!strcmp(o->left_out.v[i], c->heading))
			return;
	*vec_push(&o->left_out) = xstrdup(c->heading);
}

/* The first column always stays. */
static void make_room(struct out *o)
{
	unsigned int room = term_width();
	size_t i, keep;

	for (keep = 0; room && keep < 2; keep++)
		for (i = o->columns.n; i-- > 1 && width_of(o) > room;)
			if (o->columns.v[i].used && o->columns.v[i].keep == keep)
				leave_out(o, &o->columns.v[i]);
}

static void free_part(struct out *o)
{
	size_t i;

	for (i = 0; i < o->columns.n; i++)
		free(o->columns.v[i].heading);
	for (i = 0; i < o->cells.n; i++)
		free(o->cells.v[i].text);
	vec_free(&o->cells);
	vec_free(&o->columns);
	vec_free(&o->starts);
}

/* Print the rows so far as a table of their own. */
static void print_part(struct out *o)
{
	size_t i;

	if (!o->starts.n)
		return;
	if (!o->detail)
		make_room(o);
	if (o->printed)
		fputc('\n', stdout);
	if (!o->detail)
		print_row(o, NULL);
	for (i = 0; i < o->starts.n; i++) {
		const struct cell *cells = o->cells.v + o->starts.v[i];

		if (!o->detail) {
			print_row(o, cells);
			continue;
		}
		if (i)
			fputc('\n', stdout);
		print_paragraph(o, cells);
	}
	o->printed = o->rows;
	free_part(o);
}

/**
 * out_keep() - say whether columns that follow are to be kept where there is little room
 * @o: the list
 * @keep: they are left out after all others
 */
void out_keep(struct out *o, bool keep)
{
	o->keep = keep;
}

/**
 * out_tint() - give the next value a colour
 * @o: the list
 * @tint: the colour, in a table on a terminal
 */
void out_tint(struct out *o, enum tint tint)
{
	o->tint = tint;
}

/**
 * out_row() - begin a row
 * @o: the list
 *
 * Every row gives its values in the same order, with out_none() for a missing one.
 */
void out_row(struct out *o)
{
	flush_row(o);
	if (o->starts.n == PART_ROWS)
		print_part(o);
	o->rows++;
	o->at = 0;
	if (o->json)
		row_begin(o);
	else
		*vec_push(&o->starts) = o->cells.n;
}

static void add_cell(struct out *o, const char *heading, char *text, bool right)
{
	struct cell cell = { text, o->tint };
	struct column *c;

	if (o->at == o->columns.n) {
		c = vec_push(&o->columns);
		c->heading = xstrdup(heading);
		c->width = utf8_width(heading);
		c->keep = o->keep;
	}
	c = &o->columns.v[o->at++];
	if (text && utf8_width(text) > c->width)
		c->width = utf8_width(text);
	c->right |= right;
	c->used |= !!text;
	o->tint = TINT_NONE;
	*vec_push(&o->cells) = cell;
}

void out_number(struct out *o, const char *key, const char *heading, uint64_t value)
{
	if (o->json && key) {
		row_key(o, key);
		row_number(o, value);
	}
	if (!o->json && heading)
		add_cell(o, heading, xasprintf("%" PRIu64, value), true);
}

/* A text as it is; faster than out_text(). */
void out_string(struct out *o, const char *key, const char *heading, const char *text)
{
	if (o->json && key) {
		row_key(o, key);
		row_string(o, text);
	}
	if (!o->json && heading)
		add_cell(o, heading, *text ? utf8_printable(text, strlen(text)) : NULL, false);
}

void out_text(struct out *o, const char *key, const char *heading, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (!(o->json ? key : heading))
		return;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	out_string(o, key, heading, text);
	free(text);
}

/* No value: JSON lacks the key. */
void out_none(struct out *o, const char *heading)
{
	if (!o->json && heading)
		add_cell(o, heading, NULL, false);
}

void out_bool(struct out *o, const char *key, bool value)
{
	if (!o->json)
		return;
	row_key(o, key);
	row_text(o, value ? "true" : "false");
}

/* JSON only; @value is taken over. */
void out_json(struct out *o, const char *key, struct json_object *value)
{
	if (o->json) {
		row_key(o, key);
		row_json(o, value);
	} else {
		json_object_put(value);
	}
}

static void print_left_out(struct out *o)
{
	size_t i;

	for (i = 0; i < o->left_out.n; i++)
		printf("%s%s", i ? ", " : "No room for: ", o->left_out.v[i]);
	if (i)
		puts("; 'detail' shows all");
	strings_free(&o->left_out);
}

/**
 * out_close() - end a list; what is left of a table is printed
 * @o: the list
 * @empty: what to print instead of a table without rows; NULL: nothing, since
 *	something failed
 */
void out_close(struct out *o, const char *empty)
{
	flush_row(o);
	vec_free(&o->row);
	if (o->json && (o->rows || empty))
		puts(o->rows ? "\n]" : "[]");
	else if (!o->rows && empty && !o->json)
		puts(empty);
	print_part(o);
	print_left_out(o);
}
