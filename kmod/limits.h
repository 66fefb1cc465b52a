/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the machine's administrator bounds.
 */
#ifndef _NST_LIMITS_H
#define _NST_LIMITS_H

#include <linux/types.h>

u32 nst_limits_max_flows(void);
u32 nst_limits_userns_flows(void);
u32 nst_limits_userns_hosts(void);

#endif /* _NST_LIMITS_H */
