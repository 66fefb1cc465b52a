// SPDX-License-Identifier: GPL-2.0
/*
 * Reading and resetting statistics, and listing interfaces with theirs.  Process
 * context.
 */
#include <linux/bitops.h>
#include <linux/slab.h>
#include <linux/u64_stats_sync.h>

#include "account.h"
#include "clock.h"
#include "compat.h"
#include "cpu.h"
#include "ifmap.h"
#include "meter.h"
#include "plan.h"
#include "state.h"
#include "totals.h"
#include "sender.h"
#include "watch.h"

/* --------------------------------------------------------------- counters */

static void nst_add_counters(u64 *to, const u64 *from, unsigned int n)
{
	while (n--)
		to[n] += from[n];
}

/**
 * enum nst_count_kind - how a count is summed over CPUs and reset
 * @NST_COUNT_SUM: sum over all CPUs since the last reset
 * @NST_COUNT_GAUGE: sum over all CPUs; a reset does not change it
 * @NST_COUNT_MAXIMUM: maximum over all CPUs; a reset sets it to 0 on each CPU
 */
enum nst_count_kind {
	NST_COUNT_SUM,
	NST_COUNT_GAUGE,
	NST_COUNT_MAXIMUM,
};

/* Counts that are not listed are sums. */
static const u8 nst_count_kind[NST_COUNT_MAX] = {
	[NST_COUNT_MEMORY]	= NST_COUNT_GAUGE,
	[NST_COUNT_TIMER_WORST]	= NST_COUNT_MAXIMUM,
};

static void nst_add_counts(u64 *to, const u64 *from)
{
	unsigned int i;

	for (i = 0; i < NST_COUNT_MAX; i++)
		if (nst_count_kind[i] == NST_COUNT_MAXIMUM)
			to[i] = max(to[i], from[i]);
		else
			to[i] += from[i];
}

/* One CPU's counters.  Packets handed to the sender count as pending at first. */
static void nst_totals_cpu(struct nst_cpu *pcpu, void *arg)
{
	const struct nst_export_pcpu *exporter = &pcpu->exporter;
	struct nst_totals *totals = arg;
	const struct nst_table *tbl;
	unsigned int i;

	nst_amount_add(&totals->metered, &pcpu->metered);
	nst_meter_pending(pcpu, &totals->pending);
	nst_amount_add(&totals->pending, &exporter->opened);
	nst_amount_add(&totals->pending, &exporter->handed);
	for (i = 0; i < NST_LOST_MAX; i++)
		nst_amount_add(&totals->lost[i], &exporter->lost[i]);
	nst_add_counters(totals->skipped, pcpu->skipped, NST_SKIP_MAX);
	nst_add_counters(totals->malformed, pcpu->malformed, NST_MALFORMED_MAX);
	nst_add_counters(totals->ended, pcpu->ended, NST_END_MAX);
	nst_add_counts(totals->count, pcpu->count);
	list_for_each_entry(tbl, &pcpu->tables, node) {
		nst_amount_add(&totals->cached, &tbl->cached);
		totals->count[NST_COUNT_CREATED] += tbl->created;
		totals->count[NST_COUNT_MEMORY] += nst_table_memory(tbl);
	}
}

static void nst_totals_add(struct nst_totals *to, const struct nst_totals *totals)
{
	unsigned int i;

	nst_amount_add(&to->metered, &totals->metered);
	nst_amount_add(&to->cached, &totals->cached);
	nst_amount_add(&to->pending, &totals->pending);
	for (i = 0; i < NST_LOST_MAX; i++)
		nst_amount_add(&to->lost[i], &totals->lost[i]);
	nst_add_counters(to->skipped, totals->skipped, NST_SKIP_MAX);
	nst_add_counters(to->malformed, totals->malformed, NST_MALFORMED_MAX);
	nst_add_counters(to->ended, totals->ended, NST_END_MAX);
	nst_add_counts(to->count, totals->count);
}

/* Does the accounting equation hold for one CPU? */
static bool nst_totals_balance(const struct nst_totals *totals)
{
	struct nst_amount sum = totals->cached;
	unsigned int i;

	nst_amount_add(&sum, &totals->pending);
	for (i = 0; i < NST_LOST_MAX; i++)
		nst_amount_add(&sum, &totals->lost[i]);
	return sum.packets == totals->metered.packets &&
	       sum.bytes == totals->metered.bytes;
}

/*
 * A CPU whose timer is not armed has no flows and writes nothing until a packet
 * arrives, so another CPU can read its counters.  If a packet arrives meanwhile, the
 * values read do not balance, and the caller reads them on that CPU instead.
 */
static bool nst_totals_idle(struct nst_net *nn, unsigned int cpu,
			    struct nst_totals *sum)
{
	struct nst_cpu *pcpu = per_cpu_ptr(nn->cpu, cpu);
	struct nst_totals totals = {};

	/* torn reads of 64-bit counters could balance by coincidence */
	if (!IS_ENABLED(CONFIG_64BIT) || READ_ONCE(pcpu->armed))
		return false;
	nst_totals_cpu(pcpu, &totals);
	if (!nst_totals_balance(&totals))
		return false;
	nst_totals_add(sum, &totals);
	return true;
}

static void nst_totals_now(struct nst_net *nn, struct nst_totals *totals)
{
	struct nst_export_stats st;
	unsigned int cpu, i;

	memset(totals, 0, sizeof(*totals));
	if (!nn->cpu)
		return;
	/* the sender before the CPUs: what it has sent was handed over earlier */
	nst_sender_stats(nn->sender, &st);
	for_each_possible_cpu(cpu)
		if (!nst_totals_idle(nn, cpu, totals))
			nst_cpu_run(nn, cpu, nst_totals_cpu, totals);
	totals->exported = st.exported;
	nst_amount_sub(&totals->pending, &st.exported);
	for (i = 0; i < NST_LOST_MAX; i++) {
		nst_amount_sub(&totals->pending, &st.lost[i]);
		nst_amount_add(&totals->lost[i], &st.lost[i]);
	}
}

static void nst_counters_sub(u64 *from, const u64 *what, unsigned int n)
{
	while (n--)
		from[n] -= what[n];
}

static void nst_totals_since(struct nst_totals *totals, const struct nst_totals *base)
{
	unsigned int i;

	nst_amount_sub(&totals->metered, &base->metered);
	nst_amount_sub(&totals->exported, &base->exported);
	for (i = 0; i < NST_LOST_MAX; i++)
		nst_amount_sub(&totals->lost[i], &base->lost[i]);
	nst_counters_sub(totals->skipped, base->skipped, NST_SKIP_MAX);
	nst_counters_sub(totals->malformed, base->malformed, NST_MALFORMED_MAX);
	nst_counters_sub(totals->ended, base->ended, NST_END_MAX);
	for (i = 0; i < NST_COUNT_MAX; i++)
		if (nst_count_kind[i] == NST_COUNT_SUM)
			totals->count[i] -= base->count[i];
}

/**
 * nst_totals_read - read every counter
 * @nn: namespace
 * @totals: result
 *
 * The counters of each CPU are read at one instant.  Their sums obey
 * metered = exported + cached + pending + lost, in packets and in bytes.
 * CPUs that hold no packets or flows of the namespace are not interrupted.
 *
 * Context: process, sleeps; takes the namespace's mutex.
 */
void nst_totals_read(struct nst_net *nn, struct nst_totals *totals)
{
	mutex_lock(&nn->mutex);
	nst_totals_now(nn, totals);
	if (nn->base)
		nst_totals_since(totals, nn->base);
	mutex_unlock(&nn->mutex);
}

/* Clear the counters for which no base is subtracted. */
static void nst_cpu_clear(struct nst_cpu *pcpu, void *arg)
{
	const struct nst_ifmap *map = pcpu->map;
	const struct nst_watch *watch;
	unsigned int j;
	u32 i;

	for (i = 0; i < NST_COUNT_MAX; i++)
		if (nst_count_kind[i] == NST_COUNT_MAXIMUM)
			pcpu->count[i] = 0;
	for (i = 0; i < map->npolicies; i++) {
		watch = map->policy[i]->watch;
		if (map->policy[i]->stat)
			nst_ifstat_clear(map->policy[i]->stat, pcpu->id);
		for (j = 0; watch && j < watch->n; j++)
			nst_ifstat_clear(watch->at[j].stat, pcpu->id);
	}
}

/* ---------------------------------------------------------------- monitors */

/**
 * struct nst_monitor_sum - adding up the amounts of a monitor
 * @account: its account
 * @totals: the sum so far; what was handed to the sender counts as pending
 */
struct nst_monitor_sum {
	const struct nst_account	*account;
	struct nst_monitor_totals	*totals;
};

static void nst_monitor_cpu(struct nst_cpu *pcpu, void *arg)
{
	struct nst_monitor_sum *sum = arg;
	const struct nst_account_cpu *part = &sum->account->cpu[pcpu->id];
	struct nst_monitor_totals *totals = sum->totals;
	const struct nst_table *tbl;
	unsigned int i;

	nst_amount_add(&totals->metered, &part->metered);
	nst_meter_watched(pcpu, sum->account, &totals->pending);
	nst_exporter_opened(&pcpu->exporter, sum->account, &totals->pending);
	nst_amount_add(&totals->pending, &part->handed);
	for (i = 0; i < NST_LOST_MAX; i++)
		nst_amount_add(&totals->lost[i], &part->lost[i]);
	totals->not_selected += part->not_selected;
	totals->cache_full += part->cache_full;
	list_for_each_entry(tbl, &pcpu->tables, node)
		if (tbl->rec->account == sum->account)
			nst_amount_add(&totals->cached, &tbl->cached);
}

/* See nst_totals_idle(): a CPU that has nothing of the namespace need not be asked. */
static bool nst_monitor_idle(struct nst_net *nn, unsigned int cpu,
			     struct nst_monitor_sum *sum)
{
	const struct nst_account_cpu part = sum->account->cpu[cpu];
	struct nst_cpu *pcpu = per_cpu_ptr(nn->cpu, cpu);
	struct nst_amount all = part.handed;
	unsigned int i;

	if (!IS_ENABLED(CONFIG_64BIT) || READ_ONCE(pcpu->armed))
		return false;
	for (i = 0; i < NST_LOST_MAX; i++)
		nst_amount_add(&all, &part.lost[i]);
	if (all.packets != part.metered.packets || all.bytes != part.metered.bytes)
		return false;
	nst_amount_add(&sum->totals->metered, &part.metered);
	nst_amount_add(&sum->totals->pending, &part.handed);
	for (i = 0; i < NST_LOST_MAX; i++)
		nst_amount_add(&sum->totals->lost[i], &part.lost[i]);
	sum->totals->not_selected += part.not_selected;
	sum->totals->cache_full += part.cache_full;
	return true;
}

static void nst_monitor_now(struct nst_net *nn, const struct nst_account *account,
			    struct nst_monitor_totals *totals)
{
	struct nst_monitor_sum sum = { .account = account, .totals = totals };
	struct nst_export_stats st;
	unsigned int cpu, i;

	memset(totals, 0, sizeof(*totals));
	if (!nn->cpu)
		return;
	/* the sender before the CPUs: what it has sent was handed over earlier */
	nst_sender_account(nn->sender, account, &st);
	for_each_possible_cpu(cpu)
		if (!nst_monitor_idle(nn, cpu, &sum))
			nst_cpu_run(nn, cpu, nst_monitor_cpu, &sum);
	totals->exported = st.exported;
	nst_amount_sub(&totals->pending, &st.exported);
	for (i = 0; i < NST_LOST_MAX; i++) {
		nst_amount_sub(&totals->pending, &st.lost[i]);
		nst_amount_add(&totals->lost[i], &st.lost[i]);
	}
}

/**
 * nst_totals_monitor - read the counters of a monitor
 * @nn: namespace
 * @account: account of the monitor
 * @totals: result; metered = exported + cached + pending + lost
 *
 * Context: process, sleeps; the namespace's mutex is held.
 */
void nst_totals_monitor(struct nst_net *nn, struct nst_account *account,
			struct nst_monitor_totals *totals)
{
	const struct nst_account_base *base = &account->base;
	unsigned int i;

	lockdep_assert_held(&nn->mutex);
	nst_monitor_now(nn, account, totals);
	nst_amount_sub(&totals->metered, &base->metered);
	nst_amount_sub(&totals->exported, &base->exported);
	for (i = 0; i < NST_LOST_MAX; i++)
		nst_amount_sub(&totals->lost[i], &base->lost[i]);
	totals->not_selected -= base->not_selected;
	totals->cache_full -= base->cache_full;
}

static void nst_monitor_reset(struct nst_net *nn, struct nst_account *account)
{
	struct nst_account_base *base = &account->base;
	struct nst_monitor_totals totals;

	nst_monitor_now(nn, account, &totals);
	base->metered = totals.metered;
	nst_amount_sub(&base->metered, &totals.cached);
	nst_amount_sub(&base->metered, &totals.pending);
	base->exported = totals.exported;
	memcpy(base->lost, totals.lost, sizeof(base->lost));
	base->not_selected = totals.not_selected;
	base->cache_full = totals.cache_full;
}

static void nst_monitors_reset(struct nst_net *nn)
{
	const struct nst_plan *plan =
		rcu_dereference_protected(nn->plan, lockdep_is_held(&nn->mutex));
	unsigned int i;

	for (i = 0; i < plan->cfg->nmonitors; i++)
		nst_monitor_reset(nn, plan->monitor[i].account);
}

/**
 * nst_totals_attached - count the interfaces that a monitor is attached to
 * @nn: namespace
 * @account: account of the monitor
 *
 * Context: process; the namespace's mutex is held.
 */
unsigned int nst_totals_attached(const struct nst_net *nn,
				 const struct nst_account *account)
{
	const struct nst_watch *watch;
	unsigned int n = 0, j;
	u32 i;

	for (i = 0; nn->ifmap && i < nn->ifmap->npolicies; i++) {
		watch = nn->ifmap->policy[i]->watch;
		for (j = 0; watch && j < watch->n; j++)
			n += watch->at[j].account == account;
		cond_resched();
	}
	return n;
}

/**
 * nst_totals_reset - reset statistics to zero
 * @nn: namespace
 *
 * Packets that are cached or pending count as metered after the reset, so that the
 * accounting equation still holds.
 *
 * Context: process, sleeps; takes the namespace's mutex.
 * Return: 0 or -ENOMEM.
 */
int nst_totals_reset(struct nst_net *nn)
{
	struct nst_totals *base;

	mutex_lock(&nn->mutex);
	base = nn->base ?: kzalloc(sizeof(*base), GFP_KERNEL_ACCOUNT);
	nn->base = base;
	if (base && nn->cpu) {
		nst_totals_now(nn, base);
		nst_amount_sub(&base->metered, &base->cached);
		nst_amount_sub(&base->metered, &base->pending);
		nst_cpu_run_each(nn, nst_cpu_clear, NULL);
		nst_monitors_reset(nn);
	}
	mutex_unlock(&nn->mutex);
	return base ? 0 : -ENOMEM;
}

/* ---------------------------------------------------- records, interfaces */

static u64 nst_table_created(const struct nst_table *tbl)
{
	unsigned int start;
	u64 created;

	/* on a 32-bit uniprocessor, a softirq could write between the two halves */
	local_bh_disable();
	do {
		start = u64_stats_fetch_begin(&tbl->sync);
		created = READ_ONCE(tbl->created);
	} while (u64_stats_fetch_retry(&tbl->sync, start));
	local_bh_enable();
	return created;
}

/**
 * nst_totals_record - count the flows of a record in effect
 * @nn: namespace
 * @record: name of the record
 * @totals: result; zero for a record that is not in effect
 *
 * Context: process; the namespace's mutex is held.
 */
void nst_totals_record(struct nst_net *nn, const char *record,
		       struct nst_record_totals *totals)
{
	const struct nst_table *tbl;
	unsigned int cpu;

	lockdep_assert_held(&nn->mutex);
	memset(totals, 0, sizeof(*totals));
	if (!nn->cpu)
		return;
	for_each_possible_cpu(cpu)
		list_for_each_entry(tbl, &per_cpu_ptr(nn->cpu, cpu)->tables,
				    node)
			if (!tbl->dying &&
			    !strcmp(tbl->rec->def.name, record)) {
				totals->flows += READ_ONCE(tbl->used);
				totals->created += nst_table_created(tbl);
			}
}

static void nst_if_add(const struct nst_if_dir *st, struct nst_if_totals *totals)
{
	struct nst_if_totals now;
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&st->sync);
		now.seen = READ_ONCE(st->seen);
		now.packets = READ_ONCE(st->packets);
		now.bytes = READ_ONCE(st->bytes);
	} while (u64_stats_fetch_retry(&st->sync, start));
	totals->seen += now.seen;
	totals->packets += now.packets;
	totals->bytes += now.bytes;
}

static void nst_if_sum(const struct nst_if_stat *stat,
		       struct nst_if_totals totals[2])
{
	const struct nst_if_dir *st;
	unsigned int cpu, dir;

	for_each_possible_cpu(cpu) {
		st = per_cpu_ptr(stat->cpu, cpu);
		/* bottom halves off: see nst_table_created() */
		local_bh_disable();
		for (dir = 0; dir < 2; dir++)
			nst_if_add(&st[dir], &totals[dir]);
		local_bh_enable();
	}
}

/**
 * nst_totals_slot_interfaces - sum the statistics of the interfaces in a slot
 * @nn: namespace
 * @slot: number of the slot
 * @totals: result, by direction
 *
 * Context: process; the namespace's mutex is held.
 */
void nst_totals_slot_interfaces(const struct nst_net *nn, u8 slot,
				struct nst_if_totals totals[2])
{
	const struct nst_ifmap *map = nn->ifmap;
	u32 i;

	memset(totals, 0, 2 * sizeof(*totals));
	for (i = 0; map && i < map->npolicies; i++)
		if (map->policy[i]->stat && map->policy[i]->slot == slot)
			nst_if_sum(map->policy[i]->stat, totals);
}

static void nst_if_view_policy(const struct nst_policy *policy, const char *name,
			       struct nst_if_view *view)
{
	const struct nst_watch *watch = policy->watch;
	unsigned int i;

	strscpy(view->name, name, sizeof(view->name));
	view->ifindex = policy->ifindex;
	view->slot = policy->slot;
	view->enabled = policy->enabled;
	memcpy(view->sampler, policy->sampler, sizeof(view->sampler));
	if (policy->stat)
		nst_if_sum(policy->stat, view->totals);
	for (i = 0; watch && i < watch->n; i++) {
		if (!watch->at[i].account)
			continue;
		view->monitor[view->nmonitors] = watch->at[i].account->name;
		view->monitor_dirs[view->nmonitors++] = nst_watch_dirs(&watch->at[i]);
	}
}

static bool nst_if_next_there(const struct nst_ifmap *map,
			      struct nst_if_cursor *pos, struct nst_if_view *view)
{
	u32 i;

	for (i = nst_ifmap_after(map, pos->ifindex); i < map->npolicies; i++) {
		pos->ifindex = map->policy[i]->ifindex;
		if (!map->policy[i]->stat && !map->policy[i]->watch)
			continue;
		nst_if_view_policy(map->policy[i], map->name[i], view);
		return true;
	}
	return false;
}

static void nst_if_view_absent(const struct nst_config *cfg, const struct nst_if_def *def,
			       struct nst_if_view *view)
{
	u16 attached[2];
	unsigned int i;

	for (i = 0; i < 2; i++)
		attached[i] = nst_config_attached(cfg, def->name, true, i);
	for (i = 0; i < cfg->nmonitors; i++) {
		if (!((attached[0] | attached[1]) & BIT(i)))
			continue;
		view->monitor[view->nmonitors] = cfg->monitor[i].name;
		view->monitor_dirs[view->nmonitors++] =
			(attached[0] >> i & 1) | (attached[1] >> i & 1) << 1;
	}
}

/* List the next configured interface that does not exist. */
static bool nst_if_next_absent(const struct nst_config *cfg,
			       const struct nst_ifmap *map,
			       struct nst_if_cursor *pos, struct nst_if_view *view)
{
	const struct nst_if_def *def;
	struct nst_if_rule rule;
	unsigned int i, dir;

	for (i = nst_config_if_at(cfg, pos->name); i < cfg->nifs; i++) {
		def = &cfg->ifs[i];
		if (!strcmp(def->name, pos->name))
			continue;
		strscpy(pos->name, def->name, sizeof(pos->name));
		if (!strcmp(def->name, "all") || test_bit(i, map->present))
			continue;
		strscpy(view->name, def->name, sizeof(view->name));
		view->slot = nst_config_slot_of(cfg, def->name);
		for (dir = 0; dir < 2; dir++) {
			nst_config_if_rule(cfg, def->name, true, dir, &rule);
			view->enabled |= rule.metered << dir;
			view->sampler[dir] = rule.sampler;
		}
		nst_if_view_absent(cfg, def, view);
		return true;
	}
	return false;
}

/**
 * nst_totals_if_serial - version of what a listing of interfaces shows
 * @nn: namespace
 *
 * Context: process; the namespace's mutex is held.
 * Return: a number, never 0, that changes with each commit and whenever interfaces
 *	are added, removed or renamed.
 */
u32 nst_totals_if_serial(const struct nst_net *nn)
{
	return nn->ifmap ? nn->ifmap->serial : U32_MAX;
}

/**
 * nst_totals_next_if - get the next interface of a listing
 * @nn: namespace
 * @pos: position; zero at the start
 * @view: result
 *
 * Each call takes one binary search, so a listing of n interfaces takes O(n log n)
 * time however it is divided into messages.
 *
 * Context: process; the namespace's mutex is held.
 * Return: false at the end of the listing.
 */
bool nst_totals_next_if(const struct nst_net *nn, struct nst_if_cursor *pos,
			struct nst_if_view *view)
{
	const struct nst_config *cfg =
		rcu_dereference_protected(nn->plan,
					  lockdep_is_held(&nn->mutex))->cfg;

	memset(view, 0, sizeof(*view));
	if (!nn->ifmap)
		return false;
	if (!pos->absent && nst_if_next_there(nn->ifmap, pos, view))
		return true;
	pos->absent = true;
	return nst_if_next_absent(cfg, nn->ifmap, pos, view);
}
