/* SPDX-License-Identifier: GPL-2.0 */
/* A lock that keeps others from committing. */
#ifndef NS_LOCK_H
#define NS_LOCK_H

#include "failure.h"

int lock_take(struct failure *why);
void lock_release(void);
int lock_check(struct failure *why);

#endif
