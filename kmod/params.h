/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NST_PARAMS_H
#define _NST_PARAMS_H

#include <linux/types.h>

int nst_params_apply(void);

#endif /* _NST_PARAMS_H */
