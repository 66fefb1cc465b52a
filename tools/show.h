/* SPDX-License-Identifier: GPL-2.0 */
/* What the module says, for people and as JSON. */
#ifndef NS_SHOW_H
#define NS_SHOW_H

#include "model.h"

void show_config(const struct config *c, bool json);

#endif
