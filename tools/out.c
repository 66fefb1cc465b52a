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

/* JSON is printed row by row: a cache can be large. */
static void flush_row(struct out *o)
{
	if (!o->row)
		return;
	printf("%s\n  %s", o->rows > 1 ? "," : "[", json_line(o->row));
	json_object_put(o->row);
	o->row = NULL;
}

static void print_blanks(size_t count)
{
	while (count--)
		fputc(' ', stdout);
}

static void print_cell(const struct column *c, const char *text, bool last)
{
	size_t blanks;

	if (!text)
		text = "-";
	blanks = utf8_width(text) < c->width ? c->width - utf8_width(text) : 0;
	if (c->right)
		print_blanks(blanks);
	fputs(text, stdout);
	if (!c->right && !last)
		print_blanks(blanks);
}

static void print_row(const struct out *o, char **cells)
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
		print_cell(c, cells ? cells[i] : c->heading, i == last);
		first = false;
	}
	fputc('\n', stdout);
}

/* Print the rows so far as a table of their own. */
static void print_part(struct out *o)
{
	size_t i;

	if (!o->starts.n)
		return;
	if (o->printed)
		fputc('\n', stdout);
	print_row(o, NULL);
	for (i = 0; i < o->starts.n; i++)
		print_row(o, o->cells.v + o->starts.v[i]);
	o->printed = o->rows;
	for (i = 0; i < o->columns.n; i++)
		free(o->columns.v[i].heading);
	strings_free(&o->cells);
	vec_free(&o->columns);
	vec_free(&o->starts);
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
		o->row = json_object_new_object();
	else
		*vec_push(&o->starts) = o->cells.n;
}

static void add_cell(struct out *o, const char *heading, char *text, bool right)
{
	struct column *c;

	if (o->at == o->columns.n) {
		c = vec_push(&o->columns);
		c->heading = xstrdup(heading);
		c->width = utf8_width(heading);
	}
	c = &o->columns.v[o->at++];
	if (text && utf8_width(text) > c->width)
		c->width = utf8_width(text);
	c->right |= right;
	c->used |= !!text;
	*vec_push(&o->cells) = text;
}

void out_number(struct out *o, const char *key, const char *heading, uint64_t value)
{
	if (o->json && key)
		json_object_object_add(o->row, key, json_object_new_uint64(value));
	if (!o->json && heading)
		add_cell(o, heading, xasprintf("%" PRIu64, value), true);
}

void out_text(struct out *o, const char *key, const char *heading, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	if (o->json && key)
		json_object_object_add(o->row, key, json_text(text));
	if (!o->json && heading)
		add_cell(o, heading, *text ? utf8_printable(text, strlen(text)) : NULL, false);
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
	if (o->json)
		json_object_object_add(o->row, key, json_object_new_boolean(value));
}

/* JSON only; @value is taken over. */
void out_json(struct out *o, const char *key, struct json_object *value)
{
	if (o->json)
		json_object_object_add(o->row, key, value);
	else
		json_object_put(value);
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
	if (o->json && (o->rows || empty))
		puts(o->rows ? "\n]" : "[]");
	else if (!o->rows && empty && !o->json)
		puts(empty);
	print_part(o);
}
