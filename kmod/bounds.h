/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bounds that the machine's administrator sets.
 */
#ifndef _NST_BOUNDS_H
#define _NST_BOUNDS_H

#include <linux/types.h>

u32 nst_bounds_max_flows(void);
u32 nst_bounds_userns_flows(void);
u32 nst_bounds_userns_hosts(void);
u32 nst_bounds_routes(bool initial);

#endif /* _NST_BOUNDS_H */
