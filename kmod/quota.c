// SPDX-License-Identifier: GPL-2.0
/*
 * Tables take flows from the quota of their namespace in batches, so that CPUs
 * rarely write to its cache line, and give back what they do not need.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/minmax.h>

#include "table.h"

static unsigned int nst_quota_batch(u32 max_flows)
{
	return clamp(max_flows / (16 * num_possible_cpus()), 1U, 64U);
}

/**
 * nst_quota_init - set up a quota
 * @quota: quota
 * @max_flows: flows that all tables together may hold
 *
 * No memory control group is charged until nst_mem_own() is called.
 *
 * Context: process.
 */
void nst_quota_init(struct nst_quota *quota, u32 max_flows)
{
	atomic_set(&quota->left, max_flows);
	atomic_set(&quota->sharers, 0);
	quota->max = max_flows;
	quota->batch = nst_quota_batch(max_flows);
	quota->hungry = jiffies - HZ;
	quota->mem.group = NULL;
}

/**
 * nst_quota_change - change the bound
 * @quota: quota
 * @old_max: bound until now
 * @new_max: new bound; tables that hold more than their share of it shrink
 *
 * Context: process.
 */
void nst_quota_change(struct nst_quota *quota, u32 old_max, u32 new_max)
{
	WRITE_ONCE(quota->max, new_max);
	WRITE_ONCE(quota->batch, nst_quota_batch(new_max));
	atomic_add((int)(new_max - old_max), &quota->left);
}

static void nst_quota_join(struct nst_table *tbl)
{
	if (tbl->sharing)
		return;
	tbl->sharing = true;
	atomic_inc(&tbl->quota->sharers);
}

/**
 * nst_quota_leave - give back all granted flows, and the share
 * @tbl: table without flows
 *
 * Context: owner, bottom halves off; or process when the table is freed.
 */
void nst_quota_leave(struct nst_table *tbl)
{
	if (!tbl->sharing)
		return;
	tbl->sharing = false;
	atomic_dec(&tbl->quota->sharers);
	atomic_add(tbl->granted, &tbl->quota->left);
	tbl->granted = 0;
}

/**
 * nst_quota_take - make sure that a table may add one flow
 * @tbl: table
 *
 * Takes a batch if the granted flows are all used.  A table that has its share
 * takes nothing while the quota is nearly used up and a table with less than its
 * share has found nothing left.
 *
 * Context: owner, bottom halves off.
 * Return: whether the table may add a flow.
 */
bool nst_quota_take(struct nst_table *tbl)
{
	struct nst_quota *quota = tbl->quota;
	unsigned int batch;
	bool satisfied;
	int left;

	if (tbl->used < tbl->granted)
		return true;
	nst_quota_join(tbl);
	satisfied = tbl->granted >= nst_quota_share(quota);
	if (satisfied && nst_quota_pressed(quota))
		return false;
	batch = READ_ONCE(quota->batch);
	left = atomic_read(&quota->left);
	do {
		if (left <= 0) {
			if (!satisfied)
				WRITE_ONCE(quota->hungry, jiffies);
			return false;
		}
		batch = min_t(unsigned int, batch, left);
	} while (!atomic_try_cmpxchg(&quota->left, &left, left - batch));
	tbl->granted += batch;
	return true;
}

/**
 * nst_quota_give - give back granted flows that a table does not need
 * @tbl: table
 *
 * The table keeps up to two unused batches.  If nst_quota_exceeded(), it keeps one unused
 * flow: the one for the packet that made it evict another.
 *
 * Context: owner, bottom halves off.
 */
void nst_quota_give(struct nst_table *tbl)
{
	unsigned int batch = READ_ONCE(tbl->quota->batch);
	unsigned int keep = 2 * batch;

	if (tbl->granted <= tbl->used + 1)
		return;
	if (nst_quota_exceeded(tbl->quota, tbl->granted)) {
		keep = 1;
		batch = tbl->granted - tbl->used - 1;
	}
	if (tbl->granted <= tbl->used + keep)
		return;
	tbl->granted -= batch;
	atomic_add(batch, &tbl->quota->left);
}
