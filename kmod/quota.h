/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the tables of a namespace share its bound on flows.
 */
#ifndef _NST_QUOTA_H
#define _NST_QUOTA_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "mem.h"

struct nst_table;

/**
 * struct nst_quota - flows that the tables of a namespace, or of a monitor, may still add
 * @left: flows not granted to any table; negative after the bound was lowered
 * @sharers: tables that have flows, or had some until recently
 * @max: the bound
 * @batch: flows that a table takes at a time
 * @hungry: jiffies when a table that held less than its share last found nothing left
 * @mem: memory control group charged for what packets make tables allocate; without a
 *	group in a quota of a monitor
 */
struct nst_quota {
	atomic_t	left;
	atomic_t	sharers;
	u32		max;
	unsigned int	batch;
	unsigned long	hungry;
	struct nst_mem	mem;
};

void nst_quota_init(struct nst_quota *quota, u32 max_flows);
void nst_quota_change(struct nst_quota *quota, u32 old_max, u32 new_max);
bool nst_quota_take(struct nst_table *tbl);
void nst_quota_give(struct nst_table *tbl);
void nst_quota_leave(struct nst_table *tbl);

/**
 * nst_quota_share - flows that each table may keep when the quota is used up
 * @quota: quota
 *
 * Context: any.
 */
static inline u32 nst_quota_share(const struct nst_quota *quota)
{
	u32 sharers = max(atomic_read(&quota->sharers), 1);

	return max(READ_ONCE(quota->max) / sharers, 1U);
}

/*
 * Whether the quota is nearly used up and, within the last second, a table that
 * held less than its share found nothing left.
 */
static inline bool nst_quota_pressed(const struct nst_quota *quota)
{
	return atomic_read(&quota->left) <= (int)READ_ONCE(quota->batch) &&
	       jiffies - READ_ONCE(quota->hungry) < HZ;
}

/**
 * nst_quota_used_up - whether no table can take another batch
 * @quota: quota
 *
 * Context: any.
 */
static inline bool nst_quota_used_up(const struct nst_quota *quota)
{
	return atomic_read(&quota->left) <= 0;
}

/**
 * nst_quota_exceeded - whether a table holds more than it may keep
 * @quota: quota
 * @granted: flows granted to the table
 *
 * True if it holds more than its share, and either the bound was lowered or a table
 * with less than its share has found nothing left.
 *
 * Context: any.
 */
static inline bool nst_quota_exceeded(const struct nst_quota *quota, u32 granted)
{
	return (atomic_read(&quota->left) < 0 || nst_quota_pressed(quota)) &&
	       granted > nst_quota_share(quota);
}

/**
 * nst_quota_either_exceeded - whether a table holds more than it may keep of either quota
 * @quota: quota of the namespace
 * @own: quota of the monitor; %NULL: it is a table of the system
 * @granted: flows granted to the table
 *
 * Context: any.
 */
static inline bool nst_quota_either_exceeded(const struct nst_quota *quota,
					     const struct nst_quota *own, u32 granted)
{
	return nst_quota_exceeded(quota, granted) ||
	       (own && nst_quota_exceeded(own, granted));
}

#endif /* _NST_QUOTA_H */
