/* SPDX-License-Identifier: GPL-2.0 */
/* Whether two configurations mean the same, and how they differ. */
#ifndef NS_CONFIG_DIFF_H
#define NS_CONFIG_DIFF_H

#include "config_model.h"

/**
 * struct change - a line that one of two configurations has
 * @view: the line that opens its view; empty for the system view
 * @line: the line
 * @added: the second configuration has it; otherwise the first has it
 */
struct change {
	char	*view;
	char	*line;
	bool	added;
};

typedef VEC(struct change) changes;

bool config_equal_module(const struct config *a, const struct config *b);
bool config_equal_routes(const struct config *a, const struct config *b);
bool config_equal(const struct config *a, const struct config *b);
void config_diff(changes *list, const struct config *a, const struct config *b);
void changes_free(changes *list);

#endif
