/* SPDX-License-Identifier: GPL-2.0 */
/* The running configuration: what the module has, and the routes view. */
#ifndef NS_RUNNING_H
#define NS_RUNNING_H

#include "session.h"

int running_get(struct session *s, struct config *c);
int running_set(struct session *s, const struct commit *how);
int running_stale(struct session *s, const struct config *c);

#endif
