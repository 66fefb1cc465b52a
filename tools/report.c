// SPDX-License-Identifier: GPL-2.0
/* Printing why a line was refused, with the line and a caret under the word. */
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "utf8.h"

/* Characters shown of the word that is to blame, and of the line before and after its start. */
#define WORD_SHOWN	48
#define BEFORE_SHOWN	60
#define AFTER_SHOWN	40

static void print_origin(FILE *f, const struct origin *at)
{
	if (!at->file)
		return;
	if (*at->file)
		fprintf(f, "%s:%u:", at->file, at->line);
	else if (at->part)
		fprintf(f, "command %u, line %u:", at->line, at->part);
	else
		fprintf(f, "command %u:", at->line);
}

/* Part of a line in a form that is safe to print, with blanks for tabs. */
static char *shown_text(const char *text, size_t len)
{
	char *copy = xasprintf("%.*s", (int)len, text), *shown, *p;

	for (p = copy; *p; p++)
		if (*p == '\t')
			*p = ' ';
	shown = utf8_printable(copy, len);
	free(copy);
	return shown;
}

/* The line, cut if it is long, and a caret under the word. */
static void print_caret(FILE *f, const char *text, size_t at)
{
	size_t len = strcspn(text, "\r\n");
	char *before, *after;
	size_t tail, head, i, width;

	len = at > len ? at : len;
	before = shown_text(text, at);
	after = shown_text(text + at, len - at);
	tail = utf8_tail(before, BEFORE_SHOWN);
	head = utf8_head(after, AFTER_SHOWN);
	width = utf8_width(before + tail) + (tail ? 3 : 0);
	fprintf(f, "  %s%s%.*s%s\n  ", tail ? "..." : "", before + tail, (int)head, after,
		after[head] ? "..." : "");
	for (i = 0; i < width; i++)
		fputc(' ', f);
	fputs("^\n", f);
	free(before);
	free(after);
}

static void print_word(FILE *f, const char *word)
{
	char *shown = utf8_printable(word, strlen(word));
	size_t head = utf8_head(shown, WORD_SHOWN);

	fprintf(f, "'%.*s%s': ", (int)head, shown, shown[head] ? "..." : "");
	free(shown);
}

/* A refusal that blames no word of this line. */
static void report_whole(const struct session *s, FILE *f)
{
	char *shown;

	if (s->why.statement) {
		shown = utf8_printable(s->why.statement, strlen(s->why.statement));
		print_origin(f, &s->why.at);
		fprintf(f, "%s'%s': ", s->why.at.file ? " " : "", shown);
		free(shown);
	} else if (s->at.file) {
		print_origin(f, &s->at);
		fputc(' ', f);
	}
	shown = utf8_printable(s->why.text, strlen(s->why.text));
	fprintf(f, "%s\n", shown);
	free(shown);
}

/**
 * report_refusal() - print why a session refused its last line
 * @s: the session; nothing is printed if it refused nothing
 * @f: where to
 * @text: the line, or NULL if something else than a line was refused
 */
void report_refusal(const struct session *s, FILE *f, const char *text)
{
	if (!s->why.text)
		return;
	if (s->bad < 0 || !text) {
		report_whole(s, f);
		return;
	}
	print_origin(f, &s->at);
	fprintf(f, s->at.file ? "%u: " : "column %u: ", utf8_characters(text, s->bad) + 1);
	if (s->word)
		print_word(f, s->word);
	else
		fputs("end of line: ", f);
	fprintf(f, "%s\n", s->why.text);
	print_caret(f, text, s->bad);
}
