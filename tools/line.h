/* SPDX-License-Identifier: GPL-2.0 */
/* One line of input as words that know their column. */
#ifndef NS_LINE_H
#define NS_LINE_H

#include "util.h"

/* More words than any statement has. */
#define LINE_WORDS_MAX 32

/**
 * struct word - a word of a line
 * @text: the word
 * @col: column of its first character, from 1
 */
struct word {
	char		*text;
	unsigned int	col;
};

/**
 * struct line - a line of input
 * @raw: the line without its end
 * @words: its words; none for a blank line or a comment
 * @end: column just after the last word
 */
struct line {
	char		*raw;
	VEC(struct word) words;
	unsigned int	end;
};

const char *line_split(struct line *l, const char *raw, unsigned int *col);
void line_free(struct line *l);

#endif
