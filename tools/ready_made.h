/* SPDX-License-Identifier: GPL-2.0 */
/* Ready-made records, by the names that operators know from routers. */
#ifndef NS_READY_MADE_H
#define NS_READY_MADE_H

#include <stdbool.h>

#include "config_model.h"

bool ready_made_is(const char *name);
const char *ready_made_name(unsigned int i);
void ready_made_add(struct config *c, const char *name, struct origin at);

#endif
