/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Matching words against the syntax of statements.
 *
 * A syntax is written as in a manual:
 *
 *	word		a keyword; any prefix that is not ambiguous will do
 *	word/other	a keyword and another spelling of it
 *	<name>		an argument, of the type that the table in arg.c gives it
 *	{a|b}		one of several
 *	[a]		optional; neighbours may come in any order, each once
 *
 * All statements of a view are followed at the same time, word by word, so
 * that what could have followed is known wherever the line goes wrong or the
 * cursor stands: errors, help and completion have the same source.
 */
#ifndef NS_GRAMMAR_H
#define NS_GRAMMAR_H

#include <stdint.h>

#include "line.h"

struct arg_type;
struct statement;

/**
 * struct match - a line and the statement that it is
 * @statement: the statement
 * @undo: whether the line undoes it
 * @line: the line
 * @names: for every word, the keyword or the name of the argument that it is
 */
struct match {
	const struct statement	*statement;
	bool			undo;
	const struct line	*line;
	const char		*names[LINE_WORDS_MAX];
};

/**
 * struct expected - something that could follow
 * @word: the keyword; NULL for an argument and for the end of the line
 * @alias: its other spelling, or NULL
 * @arg: the argument; NULL for the end of the line
 * @help: a few words on it
 */
struct expected {
	const char		*word;
	const char		*alias;
	const struct arg_type	*arg;
	const char		*help;
};

/**
 * struct expectation - where a line went wrong, or ended, and what could follow there
 * @at: index of the word; the number of words if the line ends too early
 * @ambiguous: the word is the beginning of each of @list
 * @list: what could follow
 */
struct expectation {
	size_t			at;
	bool			ambiguous;
	VEC(struct expected)	list;
};

void grammar_init(void);
int grammar_match(unsigned int views, const struct line *l, struct match *m,
		  struct expectation *e);
void grammar_follow(unsigned int views, const struct line *l, size_t count,
		    struct expectation *e);
char *expectation_text(const struct expectation *e);
void expectation_free(struct expectation *e);

int match_index(const struct match *m, const char *name);
const char *match_arg(const struct match *m, const char *name);
unsigned int match_number(const struct match *m, const char *name);
bool match_word(const struct match *m, const char *word);
char *match_rest(const struct match *m, const char *name);

#endif
