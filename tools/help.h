/* SPDX-License-Identifier: GPL-2.0 */
/* What --help prints of a command: how it is written, what it does, and examples. */
#ifndef NS_HELP_H
#define NS_HELP_H

#include "util.h"

/**
 * struct example - a command as it is typed
 * @head: the keywords that commands begin with, for which it is an example
 * @line: the line
 * @what: what it is for
 */
struct example {
	const char	*head;
	const char	*line;
	const char	*what;
};

extern const struct example help_examples[];
extern const size_t help_examples_count;

char *help_head(const char *syntax);
int help_print(int count, char **words);

#endif
