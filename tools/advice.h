/* SPDX-License-Identifier: GPL-2.0 */
/* Valid settings that some collectors cannot handle. */
#ifndef NS_ADVICE_H
#define NS_ADVICE_H

#include <stdio.h>

#include "config_model.h"

void advice_print(const struct config *c, const struct config *before, FILE *to);

#endif
