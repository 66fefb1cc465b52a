/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The terminal that standard output is: its colours and its width.
 *
 * Colours are used where a terminal shows them: "auto" is a terminal other than "dumb",
 * while the environment variable NO_COLOR is not set.  Programs read plain text.
 */
#ifndef NS_TERM_H
#define NS_TERM_H

#include <stdbool.h>
#include <stdio.h>

/**
 * enum tint - what a colour says
 * @TINT_NONE: nothing
 * @TINT_GOOD: as it should be, or added
 * @TINT_BAD: as it should not be, or removed
 * @TINT_CARE: to be looked at
 * @TINT_TITLE: a heading
 */
enum tint { TINT_NONE, TINT_GOOD, TINT_BAD, TINT_CARE, TINT_TITLE };

void term_init(void);
int term_colour(const char *when);
void term_plain(bool on);
bool term_coloured(void);
unsigned int term_width(void);

void term_print(FILE *f, enum tint tint, const char *text);

#endif
