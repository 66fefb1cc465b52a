/* SPDX-License-Identifier: GPL-2.0 */
/* Defining and removing records, monitors, slots and interface views as a whole. */
#ifndef NS_CONFIG_VIEW_H
#define NS_CONFIG_VIEW_H

#include "config_edit.h"

int config_define_record(struct edit *e, const struct match *m);
int config_define_monitor(struct edit *e, const struct match *m);
int config_remove_view(struct edit *e, enum view view, const struct match *m);
int config_remove_routes(struct edit *e);
void config_add_defaults(struct config *c);

#endif
