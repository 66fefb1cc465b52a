// SPDX-License-Identifier: GPL-2.0
/*
 * Interfaces with monitors.  The packets of other interfaces do not know that there are
 * monitors.  Process context.
 */
#include <linux/bits.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "config.h"
#include "ifmap.h"
#include "plan.h"
#include "watch.h"

static void nst_watch_add_system(struct nst_watch *watch, const struct nst_policy *policy)
{
	struct nst_watcher *watcher = &watch->at[watch->n++];
	unsigned int dir;

	watcher->slot = policy->slot;
	for (dir = 0; dir < 2; dir++) {
		if (policy->counted & 1 << dir)
			watcher->records[dir] = policy->record_mask[dir];
		watcher->sampler[dir] = policy->sampler[dir];
	}
	watcher->records[NST_IF_SETTLED] = policy->settled_mask;
	watcher->stat = nst_ifstat_get(policy->stat);
	watcher->cpu = policy->cpu;
}

static struct nst_if_stat *nst_watch_stat(const struct nst_watch *old,
					  const struct nst_account *account)
{
	unsigned int i;

	for (i = 0; old && i < old->n; i++)
		if (old->at[i].account == account)
			return nst_ifstat_get(old->at[i].stat);
	return nst_ifstat_create();
}

/* @dirs: directions in which the monitor is attached */
static int nst_watch_add_monitor(struct nst_watch *watch, const struct nst_plan *plan,
				 unsigned int index, u8 dirs, const struct nst_watch *old)
{
	const struct nst_plan_monitor *monitor = &plan->monitor[index];
	u32 settled = monitor->records & nst_plan_settled(plan);
	struct nst_watcher *watcher = &watch->at[watch->n];
	unsigned int dir;

	watcher->stat = nst_watch_stat(old, monitor->account);
	if (!watcher->stat)
		return -ENOMEM;
	watch->n++;
	watcher->cpu = watcher->stat->cpu;
	watcher->account = monitor->account;
	for (dir = 0; dir < 2; dir++)
		watcher->sampler[dir] = plan->cfg->monitor[index].sampler[dir];
	if (dirs & 1 << NETSTREAM_OUTBOUND)
		watcher->records[NETSTREAM_OUTBOUND] = monitor->records;
	if (dirs & 1 << NETSTREAM_INBOUND) {
		watcher->records[NETSTREAM_INBOUND] = monitor->records & ~settled;
		watcher->records[NST_IF_SETTLED] = settled;
	}
	watch->needs |= monitor->needs;
	watch->routes |= monitor->routes;
	return 0;
}

/* Set what the packet path reads of all watchers together. */
static void nst_watch_sum_up(struct nst_watch *watch)
{
	const struct nst_watcher *watcher;
	unsigned int i, dir, monitors[2] = {};
	u8 every[2] = {};

	for (i = 0; i < watch->n; i++) {
		watcher = &watch->at[i];
		watch->settles |= watcher->records[NST_IF_SETTLED];
		for (dir = 0; dir < 2; dir++) {
			if (!watcher->records[dir])
				continue;
			if (!watcher->account)
				watch->system |= 1 << dir;
			else
				watch->only[dir] = monitors[dir]++ ? NULL : watcher;
			if (!watcher->sampler[dir].mode)
				every[!watcher->account] |= 1 << dir;
		}
	}
	watch->whole = every[0] & every[1];
}

/**
 * nst_watch_create - find the monitors of an interface
 * @policy: policy of the interface, whose members that concern the system view are set;
 *	those that concern monitors are set here
 * @name: name of the interface
 * @in_all: the view "all" applies to it
 * @plan: plan
 * @old: what the map in use has for the interface, and shares its counters; may be %NULL
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int nst_watch_create(struct nst_policy *policy, const char *name, bool in_all,
		     const struct nst_plan *plan, const struct nst_watch *old)
{
	u16 in = nst_config_attached(plan->cfg, name, in_all, NETSTREAM_INBOUND);
	u16 out = nst_config_attached(plan->cfg, name, in_all, NETSTREAM_OUTBOUND);
	struct nst_watch *watch;
	unsigned int i;
	int err = 0;

	if (!in && !out)
		return 0;
	watch = kzalloc(struct_size(watch, at, NST_WATCHERS_MAX), GFP_KERNEL_ACCOUNT);
	if (!watch)
		return -ENOMEM;
	policy->watch = watch;
	if (policy->enabled)
		nst_watch_add_system(watch, policy);
	for (i = 0; !err && i < plan->cfg->nmonitors; i++)
		if ((in | out) & BIT(i))
			err = nst_watch_add_monitor(watch, plan, i,
						    !!(in & BIT(i)) << NETSTREAM_INBOUND |
						    !!(out & BIT(i)) << NETSTREAM_OUTBOUND,
						    old);
	nst_watch_sum_up(watch);
	if (in)
		policy->watched |= 1 << NETSTREAM_INBOUND;
	if (out)
		policy->watched |= 1 << NETSTREAM_OUTBOUND;
	policy->hooked &= ~policy->watched;
	return err;
}

/**
 * nst_watch_free - free what nst_watch_create() has made
 * @watch: may be %NULL
 *
 * Context: process.
 */
void nst_watch_free(struct nst_watch *watch)
{
	unsigned int i;

	if (!watch)
		return;
	for (i = 0; i < watch->n; i++)
		nst_ifstat_put(watch->at[i].stat);
	kfree(watch);
}

static bool nst_watch_same_samplers(const struct nst_sampler_def a[2],
				    const struct nst_sampler_def b[2])
{
	unsigned int dir;

	for (dir = 0; dir < 2; dir++)
		if (a[dir].mode != b[dir].mode || a[dir].interval != b[dir].interval)
			return false;
	return true;
}

static bool nst_watch_same_watcher(const struct nst_watcher *a,
				   const struct nst_watcher *b)
{
	return a->account == b->account && a->slot == b->slot && a->stat == b->stat &&
	       !memcmp(a->records, b->records, sizeof(a->records)) &&
	       nst_watch_same_samplers(a->sampler, b->sampler);
}

/**
 * nst_watch_same - whether two maps of one configuration have the same for an interface
 * @a: of one map; %NULL: the interface has no monitors
 * @b: of the other, likewise
 *
 * Context: process.
 */
bool nst_watch_same(const struct nst_watch *a, const struct nst_watch *b)
{
	unsigned int i;

	if (!a || !b)
		return a == b;
	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (!nst_watch_same_watcher(&a->at[i], &b->at[i]))
			return false;
	return true;
}

/**
 * nst_watch_samples_anew - whether a sampler differs from what counters were kept with
 * @watch: of the new map; may be %NULL
 * @old: of the map in use; may be %NULL
 *
 * Context: process.
 */
bool nst_watch_samples_anew(const struct nst_watch *watch, const struct nst_watch *old)
{
	static const struct nst_sampler_def none[2];
	const struct nst_sampler_def *was;
	unsigned int i, j;

	for (i = 0; watch && i < watch->n; i++) {
		was = none;
		for (j = 0; old && j < old->n; j++)
			if (old->at[j].stat == watch->at[i].stat)
				was = old->at[j].sampler;
		if (!nst_watch_same_samplers(was, watch->at[i].sampler))
			return true;
	}
	return false;
}

/**
 * nst_watch_dirs - in which directions a watcher meters
 * @watcher: watcher
 *
 * Context: any.
 * Return: mask of directions.
 */
u8 nst_watch_dirs(const struct nst_watcher *watcher)
{
	u8 dirs = 0;

	if (watcher->records[NETSTREAM_INBOUND] || watcher->records[NST_IF_SETTLED])
		dirs |= 1 << NETSTREAM_INBOUND;
	if (watcher->records[NETSTREAM_OUTBOUND])
		dirs |= 1 << NETSTREAM_OUTBOUND;
	return dirs;
}
