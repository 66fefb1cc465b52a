/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Export sets: made by a commit, put to use and freed by the sender.
 */
#ifndef _NST_EXPORT_SET_H
#define _NST_EXPORT_SET_H

#include "export.h"

struct netlink_ext_ack;
struct nst_plan;

struct nst_export_set *nst_export_set_prepare(struct nst_sender *sender,
					      const struct nst_plan *plan,
					      struct nst_export_set *old,
					      struct netlink_ext_ack *extack);
void nst_export_set_apply(struct nst_export_set *set,
			  const struct nst_export_set *old, u64 now);
void nst_export_set_free_dead(struct nst_sender *sender);

#endif /* _NST_EXPORT_SET_H */
