/* SPDX-License-Identifier: GPL-2.0 */
/* The file with the configuration that is applied at boot. */
#ifndef NS_STARTUP_H
#define NS_STARTUP_H

#include "grammar.h"
#include "session.h"

int startup_save(struct session *s, const struct match *m);

#endif
