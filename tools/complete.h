/* SPDX-License-Identifier: GPL-2.0 */
/* What can follow the beginning of a line: for TAB, for "?", and for the login shell. */
#ifndef NS_COMPLETE_H
#define NS_COMPLETE_H

#include "session.h"

/**
 * struct choice - something that can follow
 * @text: what to type; NULL if the user has to choose it
 * @shown: how to list it
 * @help: a few words on it
 */
struct choice {
	char		*text;
	char		*shown;
	char		*help;
};

typedef VEC(struct choice) choices;

size_t complete(struct session *s, const char *text, choices *list);
void choices_free(choices *list);
void print_choices(FILE *f, const choices *list);

#endif
