// SPDX-License-Identifier: GPL-2.0
/* Why something was refused; see failure.h. */
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "util.h"

volatile sig_atomic_t interrupted;

/**
 * failure_set() - note why something was refused
 * @f: the failure; what it held before is freed
 * @fmt: the reason
 */
void failure_set(struct failure *f, const char *fmt, ...)
{
	va_list ap;

	failure_clear(f);
	va_start(ap, fmt);
	f->text = xvasprintf(fmt, ap);
	va_end(ap);
}

/**
 * failure_word() - note which word of the line is to blame, and why
 * @f: the failure
 * @index: index of the word, negative: the whole line
 * @fmt: the reason
 *
 * Return: -1, for the caller to return.
 */
int failure_word(struct failure *f, int index, const char *fmt, ...)
{
	va_list ap;

	failure_clear(f);
	va_start(ap, fmt);
	f->text = xvasprintf(fmt, ap);
	va_end(ap);
	f->word = index < 0 ? 0 : index + 1;
	return -1;
}

void failure_clear(struct failure *f)
{
	free(f->text);
	free(f->statement);
	memset(f, 0, sizeof(*f));
}
