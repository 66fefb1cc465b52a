/* SPDX-License-Identifier: GPL-2.0 */
/* Lines from a person, from a pipe, from files and from options. */
#ifndef NS_SHELL_H
#define NS_SHELL_H

#include "session.h"

/**
 * struct batch_line - a line of a file or of an option
 * @text: the line
 * @at: where it is from
 */
struct batch_line {
	char		*text;
	struct origin	at;
};

typedef VEC(struct batch_line) batch_lines;

int batch_read(batch_lines *lines, const char *name);
int batch_run(struct session *s, const batch_lines *lines, bool replace);
int shell_interactive(struct session *s);
int shell_piped(struct session *s);

#endif
