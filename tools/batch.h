/* SPDX-License-Identifier: GPL-2.0 */
/* Lines from files and options, run as a whole. */
#ifndef NS_BATCH_H
#define NS_BATCH_H

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

ssize_t batch_getline(char **line, size_t *size, FILE *f, const struct origin *at);
int batch_read(batch_lines *lines, const char *name);
void batch_add_command(batch_lines *lines, const char *text, unsigned int number);
int batch_config(struct session *s, const char *name, bool replace, struct config *c);
int batch_run(struct session *s, const batch_lines *lines, bool replace);
void batch_free(batch_lines *lines);

#endif
