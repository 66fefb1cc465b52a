/* SPDX-License-Identifier: GPL-2.0 */
/* What the statements of the configuration do to a configuration. */
#ifndef NS_CONFIG_EDIT_H
#define NS_CONFIG_EDIT_H

#include "config_model.h"
#include "setting.h"

struct match;

/**
 * struct edit - a line of a configuration, and where it was typed
 * @config: the configuration to edit
 * @view: the view that the line is in
 * @slot: number of the slot, in a slot view
 * @name: name of the interface or record, in its view
 * @at: where the line is from
 * @why: filled in if the line is refused
 */
struct edit {
	struct config	*config;
	enum view	view;
	unsigned int	slot;
	const char	*name;
	struct origin	at;
	struct failure	*why;
};

int config_edit(struct edit *e, const struct setting *st, unsigned int field,
		const struct match *m);
int config_check_routes(const struct routes_view *r, struct failure *why);
int config_check(const struct config *c, struct failure *why);
const void *config_part(const struct config *c, enum view view, unsigned int slot,
			const char *name);

#endif
