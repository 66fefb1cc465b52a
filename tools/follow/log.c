// SPDX-License-Identifier: GPL-2.0
/* Messages of the follower, for the journal or a terminal. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../util.h"
#include "log.h"

/**
 * log_line() - write a message to standard error
 * @level: its level; systemd reads it from the beginning of the line
 * @fmt: the message, and what follows as for printf()
 */
void log_line(enum log_level level, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	if (getenv("JOURNAL_STREAM"))
		fprintf(stderr, "<%d>%s\n", level, text);
	else
		fprintf(stderr, "%s\n", text);
	free(text);
}
