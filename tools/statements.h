/* SPDX-License-Identifier: GPL-2.0 */
/* The table of everything that can be typed. */
#ifndef NS_STATEMENTS_H
#define NS_STATEMENTS_H

#include <stddef.h>

struct grammar;
struct keyword;

extern const struct keyword statement_keywords[];
extern const size_t statement_keywords_count;

struct grammar *statements_grammar(void);
void statements_free(struct grammar *g);

#endif
