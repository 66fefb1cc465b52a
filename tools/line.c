// SPDX-License-Identifier: GPL-2.0
/* A line of input, split into words. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void add_word(struct line *l, const char *start, size_t len)
{
	struct word *w = vec_push(&l->words);

	w->start = start - l->raw;
	w->text = xasprintf("%.*s", (int)len, start);
	l->end = w->start + len;
}

/* Bytes of 0x80 and above belong to UTF-8 characters; iscntrl() depends on the locale there. */
static const char *find_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x80 && iscntrl((unsigned char)*s) && *s != '\t')
			return s;
	return NULL;
}

/* A copy without the end of the line: LF, CR LF or nothing. */
static char *without_end(const char *raw)
{
	size_t len = strlen(raw);

	if (len && raw[len - 1] == '\n')
		len--;
	if (len && raw[len - 1] == '\r')
		len--;
	return xasprintf("%.*s", (int)len, raw);
}

/**
 * line_split() - split a line into words
 * @l: filled in; to be freed with line_free() in every case
 * @raw: the line, with or without its end
 * @at: offset of the character that is wrong, if one is
 *
 * A line whose first character is # or ! is a comment.
 *
 * Return: NULL, or what the line must not have.
 */
const char *line_split(struct line *l, const char *raw, size_t *at)
{
	const char *p, *start, *control;

	memset(l, 0, sizeof(*l));
	l->raw = without_end(raw);
	control = find_control(l->raw);
	if (control) {
		*at = control - l->raw;
		return *control == '\n' ? "line break" : "control character";
	}
	for (p = l->raw; is_blank(*p); p++)
		;
	if (*p == '#' || *p == '!')
		return NULL;
	while (*p) {
		for (start = p; *p && !is_blank(*p); p++)
			;
		add_word(l, start, p - start);
		while (is_blank(*p))
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
