/* SPDX-License-Identifier: GPL-2.0 */
/* The table of everything that can be typed. */
#ifndef NS_STATEMENTS_H
#define NS_STATEMENTS_H

#include <stddef.h>

struct grammar;
struct keyword;
struct statement;

extern const struct keyword statement_keywords[];
extern const size_t statement_keywords_count;

struct grammar *statements_grammar(void);
void statements_free(struct grammar *g);

/* Called with each command of the user view: its syntax, what it does, its statement. */
typedef void (*statements_fn)(const char *syntax, const char *help, const struct statement *st,
			      void *arg);

void statements_each(statements_fn each, void *arg);

#endif
