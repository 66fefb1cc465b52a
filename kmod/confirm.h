/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commits that are undone unless they are confirmed.
 */
#ifndef _NST_CONFIRM_H
#define _NST_CONFIRM_H

#include <linux/types.h>
#include <linux/workqueue.h>

struct netlink_ext_ack;
struct nst_config;
struct nst_net;

int nst_confirm_commit(struct nst_net *nn, struct nst_config *cfg, bool check,
		       u32 expected, u32 seconds, struct netlink_ext_ack *extack);
u32 nst_confirm_left(const struct nst_net *nn);
void nst_confirm_work(struct work_struct *work);
void nst_confirm_forget(struct nst_net *nn);

#endif /* _NST_CONFIRM_H */
