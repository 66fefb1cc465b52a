/* SPDX-License-Identifier: GPL-2.0 */
/* The configurations that were committed, as files. */
#ifndef NS_HISTORY_H
#define NS_HISTORY_H

#include "config_model.h"
#include "failure.h"

/**
 * struct history_entry - a configuration that was committed
 * @number: its number among all commits of the namespace, from 1
 * @path: name of its file
 * @time: when it was committed, as in ISO 8601, UTC
 * @user: by whom; empty: by another program, or before there was a history
 * @label: text of its author, or empty
 * @generation: its number in the kernel
 * @confirm: seconds in which it had to be confirmed, or 0
 */
struct history_entry {
	unsigned int	number;
	char		*path;
	char		*time;
	char		*user;
	char		*label;
	uint32_t	generation;
	uint32_t	confirm;
};

typedef VEC(struct history_entry) history_list;

void history_read(history_list *list);
void history_free(history_list *list);
int history_add(const struct history_entry *about, const struct config *before,
		const struct config *now, struct failure *why);

#endif
