/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NST_PARAMS_H
#define _NST_PARAMS_H

#include <linux/types.h>

int nst_params_apply(void);
u32 nst_params_max_flows(void);
u32 nst_params_userns_flows(void);
u32 nst_params_userns_hosts(void);

#endif /* _NST_PARAMS_H */
