/* SPDX-License-Identifier: GPL-2.0 */
/* The running configuration: of the module, and with --offline in memory. */
#ifndef NS_NL_CONFIG_H
#define NS_NL_CONFIG_H

#include "backend.h"

extern const struct backend nl_backend;
extern const struct backend offline_backend;

#endif
