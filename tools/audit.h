/* SPDX-License-Identifier: GPL-2.0 */
/* Who commits, and the journal's line for each commit. */
#ifndef NS_AUDIT_H
#define NS_AUDIT_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct audit - a commit, as the journal has it
 * @generation: number of the configuration
 * @added: lines that it has and the one before has not
 * @removed: lines that only the one before has
 * @confirm: seconds in which it must be confirmed, or 0
 * @label: text of its author, or NULL
 */
struct audit {
	uint32_t	generation;
	size_t		added;
	size_t		removed;
	uint32_t	confirm;
	const char	*label;
};

char *audit_user(void);
void audit_commit(const struct audit *a);
void audit_confirmed(uint32_t generation);

#endif
