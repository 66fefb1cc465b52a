/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commit: a configuration takes effect, whole or not at all.
 */
#ifndef _NST_COMMIT_H
#define _NST_COMMIT_H

#include <linux/if.h>
#include <linux/workqueue.h>

#include "flow.h"
#include "sampler.h"
#include "stats.h"

struct netlink_ext_ack;
struct nst_config;
struct nst_net;
struct nst_record;

int nst_commit(struct nst_net *nn, struct nst_config *cfg, bool check,
	       u32 expected, struct netlink_ext_ack *extack);
int nst_commit_locked(struct nst_net *nn, struct nst_config *cfg, bool check,
		      u32 expected, struct netlink_ext_ack *extack);
int nst_commit_again(struct nst_net *nn, struct nst_config *cfg);
void nst_commit_reap_work(struct work_struct *work);
void nst_commit_rescan_work(struct work_struct *work);
void nst_commit_free_tables(struct nst_net *nn);
void nst_commit_drop_config(struct nst_net *nn);

#endif /* _NST_COMMIT_H */
