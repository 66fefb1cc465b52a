/* SPDX-License-Identifier: GPL-2.0 */
/* Why something was refused, and whether Ctrl-C was typed. */
#ifndef NS_FAILURE_H
#define NS_FAILURE_H

#include <signal.h>

/**
 * struct origin - the line that set a value, named when the kernel refuses the value
 * @file: name of the file; NULL: the running configuration
 * @line: number of the line, from 1; with an empty @file, of the -c option
 * @part: line within a -c option of several lines, else 0
 */
struct origin {
	const char	*file;
	unsigned int	line;
	unsigned int	part;
};

/**
 * struct failure - why something was refused
 * @text: the reason; NULL if nothing was refused
 * @statement: the statement that the kernel blames, or NULL
 * @at: where @statement was written
 * @error: positive errno of the kernel, or 0
 * @word: the word of the line that is to blame, from 1; 0: the whole line
 */
struct failure {
	char		*text;
	char		*statement;
	struct origin	at;
	int		error;
	unsigned int	word;
};

/* Set by SIGINT in the shell; long listings stop when it is set. */
extern volatile sig_atomic_t interrupted;

void failure_set(struct failure *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int failure_word(struct failure *f, int index, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void failure_clear(struct failure *f);

#endif
