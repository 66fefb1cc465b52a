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
	if (tbl->own)
		atomic_inc(&tbl->own->sharers);
}

/* Give back @flows of those granted to a table. */
static void nst_quota_return(struct nst_table *tbl, unsigned int flows)
{
	tbl->granted -= flows;
	atomic_add(flows, &tbl->quota->left);
	if (tbl->own)
		atomic_add(flows, &tbl->own->left);
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
	if (tbl->own)
		atomic_dec(&tbl->own->sharers);
	nst_quota_return(tbl, tbl->granted);
}

/*
 * Take at most @batch flows for a table that has @granted.  A table that has its share
 * takes nothing while the quota is nearly used up and a table with less than its
 * share has found nothing left.  Return: how many were taken.
 */
static unsigned int nst_quota_grab(struct nst_quota *quota, u32 granted,
				   unsigned int batch)
{
	bool satisfied = granted >= nst_quota_share(quota);
	int left;

	if (satisfied && nst_quota_pressed(quota))
		return 0;
	left = atomic_read(&quota->left);
	do {
		if (left <= 0) {
			if (!satisfied)
				WRITE_ONCE(quota->hungry, jiffies);
			return 0;
		}
		batch = min_t(unsigned int, batch, left);
	} while (!atomic_try_cmpxchg(&quota->left, &left, left - batch));
	return batch;
}

/* Flows that a table takes and gives back at a time. */
static unsigned int nst_quota_step(const struct nst_table *tbl)
{
	unsigned int batch = READ_ONCE(tbl->quota->batch);

	return tbl->own ? min(batch, READ_ONCE(tbl->own->batch)) : batch;
}

/**
 * nst_quota_take - make sure that a table may add one flow
 * @tbl: table
 *
 * Takes a batch if the granted flows are all used: from the quota of the monitor, if it
 * is the table of one, and from that of the namespace.
 *
 * Context: owner, bottom halves off.
 * Return: whether the table may add a flow.
 */
bool nst_quota_take(struct nst_table *tbl)
{
	unsigned int batch, taken;

	if (tbl->used < tbl->granted)
		return true;
	nst_quota_join(tbl);
	batch = nst_quota_step(tbl);
	if (tbl->own)
		batch = nst_quota_grab(tbl->own, tbl->granted, batch);
	taken = batch ? nst_quota_grab(tbl->quota, tbl->granted, batch) : 0;
	if (tbl->own && taken < batch)
		atomic_add(batch - taken, &tbl->own->left);
	tbl->granted += taken;
	return taken;
}

/**
 * nst_quota_give - give back granted flows that a table does not need
 * @tbl: table
 *
 * The table keeps up to two unused batches.  If either quota is exceeded, see
 * nst_quota_exceeded(), it keeps one unused flow: the one for the packet that made it
 * evict another.
 *
 * Context: owner, bottom halves off.
 */
void nst_quota_give(struct nst_table *tbl)
{
	unsigned int batch, keep;

	if (tbl->granted <= tbl->used + 1)
		return;
	batch = nst_quota_step(tbl);
	keep = 2 * batch;
	if (nst_quota_either_exceeded(tbl->quota, tbl->own, tbl->granted)) {
		keep = 1;
		batch = tbl->granted - tbl->used - 1;
	}
	if (tbl->granted > tbl->used + keep)
		nst_quota_return(tbl, batch);
}
