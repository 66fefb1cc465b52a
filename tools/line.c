// SPDX-License-Identifier: GPL-2.0
/* One line of input as words that know their column. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"

/* Blanks separate words; every other control character is a mistake. */
static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static void add_word(struct line *l, const char *start, size_t len)
{
	struct word *w = vec_push(&l->words);

	w->col = start - l->raw + 1;
	w->text = xrealloc(NULL, len + 1);
	memcpy(w->text, start, len);
	w->text[len] = '\0';
	l->end = w->col + len;
}

static const char *check_characters(const char *s, unsigned int *col)
{
	const char *p;

	for (p = s; *p; p++) {
		if (!iscntrl((unsigned char)*p) || *p == '\t')
			continue;
		*col = p - s + 1;
		return "control character";
	}
	return NULL;
}

/**
 * line_split() - split a line into words
 * @l: filled in; to be freed with line_free() in every case
 * @raw: the line, with or without its end
 * @col: column of the mistake, if there is one
 *
 * A line whose first character is # or ! is a comment.
 *
 * Return: NULL, or what is wrong with the line.
 */
const char *line_split(struct line *l, const char *raw, unsigned int *col)
{
	const char *p, *start, *wrong;

	memset(l, 0, sizeof(*l));
	l->raw = xstrdup(raw);
	l->raw[strcspn(l->raw, "\r\n")] = '\0';
	l->end = 1;
	wrong = check_characters(l->raw, col);
	if (wrong)
		return wrong;
	for (p = l->raw; blank(*p); p++)
		;
	if (*p == '#' || *p == '!')
		return NULL;
	while (*p) {
		for (start = p; *p && !blank(*p); p++)
			;
		add_word(l, start, p - start);
		while (blank(*p))
			p++;
	}
	return NULL;
}

void line_free(struct line *l)
{
	size_t i;

	for (i = 0; i < l->words.n; i++)
		free(l->words.v[i].text);
	vec_free(&l->words);
	free(l->raw);
	l->raw = NULL;
}
