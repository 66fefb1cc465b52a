/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Matching words against the syntax of statements.
 *
 * A syntax is written as in a manual:
 *
 *	word		a keyword, in upper or lower case; any unambiguous prefix will do, except of digits
 *	word/other	a keyword and another spelling of it
 *	<name>		an argument; its type is one of the syntax's own or of arg.c
 *	{a|b}		one of several
 *	[a]		optional; adjacent options may come in any order, each once
 *	\|		the keyword "|"
 *
 * All statements of a view are followed in parallel, word by word.  Wherever
 * the line goes wrong or the cursor stands, the set of words that could follow
 * is therefore known: errors, help and completion come from the same table.
 */
#ifndef NS_GRAMMAR_H
#define NS_GRAMMAR_H

#include "line.h"

struct arg_type;
struct grammar;

/**
 * struct keyword - what is special about a keyword
 * @word: the keyword
 * @help: a few words on it
 * @least: characters that an abbreviation of it must have; 0: as few as are unambiguous
 */
struct keyword {
	const char	*word;
	const char	*help;
	unsigned int	least;
};

/**
 * struct syntax - one way to write a line
 * @views: the views that know it, a mask; the grammar does not ask what views are
 * @text: how it is written, see above
 * @undo: it stands after "undo" or "no"
 * @help: what the statement does; also the help on keywords that have none of their own
 * @own: argument types of this syntax, @owns of them
 * @owns: number of @own
 * @what: handed back by a match
 */
struct syntax {
	unsigned int		views;
	const char		*text;
	bool			undo;
	const char		*help;
	const struct arg_type	*own;
	size_t			owns;
	const void		*what;
};

/**
 * struct match - a line and the syntax that it fits
 * @what: of the syntax
 * @undo: whether the line undoes the statement
 * @line: the line
 * @names: for every word, the keyword or the name of the argument that it is
 */
struct match {
	const void		*what;
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

struct grammar *grammar_new(const struct keyword *keywords, size_t count);
void grammar_add(struct grammar *g, const struct syntax *sx);
void grammar_free(struct grammar *g);

int grammar_match(const struct grammar *g, unsigned int views, const struct line *l,
		  struct match *m, struct expectation *e);
void grammar_follow(const struct grammar *g, unsigned int views, const struct line *l,
		    size_t count, struct expectation *e);
char *expectation_text(const struct expectation *e);
void expectation_free(struct expectation *e);

int match_index(const struct match *m, const char *name);
const char *match_arg(const struct match *m, const char *name);
unsigned int match_number(const struct match *m, const char *name);
bool match_word(const struct match *m, const char *word);
char *match_rest(const struct match *m, const char *name);

#endif
