/* SPDX-License-Identifier: GPL-2.0 */
/* Where the running configuration is: in the kernel, or with --offline in memory. */
#ifndef NS_BACKEND_H
#define NS_BACKEND_H

#include "config_model.h"

/**
 * struct commit - how a configuration is to be committed
 * @check: only validate
 * @force: even if somebody else has committed meanwhile
 * @confirm: seconds until it is undone unless it is confirmed; 0: it stays
 * @label: text for the history, or NULL
 */
struct commit {
	bool		check;
	bool		force;
	uint32_t	confirm;
	const char	*label;
};

/**
 * struct backend - access to the running configuration
 * @live: there is a module, which can answer other requests too
 * @get: reads the configuration
 * @set: replaces it, or only validates the candidate; @force is for its caller; fails with error
 *	ESTALE if the candidate was copied from another generation than is running
 * @stale: whether another generation than this one is running: 1, 0, or -1 on failure
 *
 * @get and @set return 0, or -1 with the failure filled in.
 */
struct backend {
	bool live;
	int (*get)(struct config *c, struct failure *why);
	int (*set)(const struct config *c, const struct commit *how, struct failure *why);
	int (*stale)(uint32_t generation, struct failure *why);
};

#endif
