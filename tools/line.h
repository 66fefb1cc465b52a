/* SPDX-License-Identifier: GPL-2.0 */
/* A line of input, split into words. */
#ifndef NS_LINE_H
#define NS_LINE_H

#include "util.h"

/* No statement has this many words; a <text> argument takes the rest of the line. */
#define LINE_WORDS_MAX 32

/**
 * struct word - a word of a line
 * @text: the word
 * @start: offset of its first byte in the line
 */
struct word {
	char	*text;
	size_t	start;
};

/**
 * struct line - a line of input
 * @raw: the line without its end
 * @words: its words; none for a blank line or a comment
 * @end: offset just after the last word
 */
struct line {
	char			*raw;
	VEC(struct word)	words;
	size_t			end;
};

const char *line_split(struct line *l, const char *raw, size_t *at);
void line_free(struct line *l);

#endif
