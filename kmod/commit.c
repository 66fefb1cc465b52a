// SPDX-License-Identifier: GPL-2.0
/*
 * Commit: a configuration takes effect, whole or not at all.
 *
 *   prepare   Compile records; allocate tables, streams and the interface map.
 *             This step may sleep and fail, and has no visible effect.
 *   adopt     Each CPU in turn, with bottom halves off, moves its pending
 *             packets into the old tables and then switches to the new ones.
 *   publish   Set the pointer through which readers find the plan.
 *   retire    End the flows of records that are no longer in effect, and export
 *             them while their hosts are still in effect.  A worker frees the
 *             tables once they are empty.
 *   switch    The sender uses the new streams and hosts.
 *
 * No step after "prepare" can fail.  Each packet sees exactly one configuration:
 * the one that its CPU has adopted.
 */
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

#include "commit.h"
#include "compat.h"
#include "config.h"
#include "config_nl.h"
#include "cpu.h"
#include "drops.h"
#include "event.h"
#include "export_set.h"
#include "exporter.h"
#include "hook.h"
#include "ifmap.h"
#include "meter.h"
#include "plan.h"
#include "bounds.h"
#include "mem.h"
#include "sender.h"
#include "state.h"
#include "work.h"

/* How often the worker checks whether retired tables are empty. */
#define NST_REAP_MS	200

/* Delay before a rescan of the interfaces that failed for lack of memory is retried. */
#define NST_RESCAN_AGAIN_MS	1000

/**
 * struct nst_change - a commit in progress
 * @nn: namespace, whose mutex is held
 * @plan: the new plan
 * @old: the running plan
 * @map: the new interface map
 * @table: the new tables, %NST_ACTIVE_MAX for each possible CPU
 * @released: export sets to which tables that stay in use have held references,
 *	with the indices of @table
 * @counts: counts by slot that tables need, with the indices of @table; after the
 *	adoption those that they have replaced
 */
struct nst_change {
	struct nst_net		*nn;
	struct nst_plan		*plan;
	struct nst_plan		*old;
	struct nst_ifmap	*map;
	struct nst_table	**table;
	struct nst_export_set	**released;
	struct nst_slot_counts	**counts;
};

static unsigned int nst_change_at(unsigned int cpu, unsigned int record)
{
	return cpu * NST_ACTIVE_MAX + record;
}

static struct nst_plan *nst_running(const struct nst_net *nn)
{
	return rcu_dereference_protected(nn->plan,
					 lockdep_is_held(&nn->mutex));
}

/* ---------------------------------------------------------------- prepare */

static struct nst_table *nst_table_of(struct nst_cpu *pcpu,
				      const struct nst_record *rec)
{
	unsigned int i;

	for (i = 0; i < pcpu->nactive; i++)
		if (pcpu->active[i]->rec == rec)
			return pcpu->active[i];
	return NULL;
}

/* Flows of slots other than 0 are counted by slot once there are such slots. */
static int nst_change_counts(struct nst_change *change, unsigned int at)
{
	const struct nst_config *cfg = change->plan->cfg;
	struct nst_slot_counts *counts;
	unsigned int slot = 0, i;

	/* those of monitors are all in slot 0 */
	for (i = 0; i < cfg->nslots && !change->table[at]->rec->account; i++)
		slot = max_t(unsigned int, slot, cfg->slot[i].id);
	counts = nst_table_new_counts(change->table[at], slot);
	if (IS_ERR(counts))
		return PTR_ERR(counts);
	change->counts[at] = counts;
	return 0;
}

static int nst_change_table(struct nst_change *change, unsigned int cpu, unsigned int i)
{
	struct nst_cpu *pcpu = per_cpu_ptr(change->nn->cpu, cpu);
	struct nst_record *rec = change->plan->record[i].rec;
	unsigned int at = nst_change_at(cpu, i);

	change->table[at] = nst_table_of(pcpu, rec);
	if (!change->table[at])
		change->table[at] = nst_table_create(rec,
						     change->plan->cfg->max_flows,
						     &change->nn->quota,
						     change->nn->secret);
	return change->table[at] ? nst_change_counts(change, at) : -ENOMEM;
}

static int nst_change_tables(struct nst_change *change)
{
	unsigned int n = nr_cpu_ids * NST_ACTIVE_MAX, cpu, i;
	int err;

	change->table = kvcalloc(n, sizeof(*change->table), GFP_KERNEL_ACCOUNT);
	change->released = kvcalloc(n, sizeof(*change->released), GFP_KERNEL_ACCOUNT);
	change->counts = kvcalloc(n, sizeof(*change->counts), GFP_KERNEL_ACCOUNT);
	if (!change->table || !change->released || !change->counts)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		for (i = 0; i < change->plan->nrecords; i++) {
			err = nst_change_table(change, cpu, i);
			if (err)
				return err;
		}
	return 0;
}

static int nst_change_prepare(struct nst_change *change,
			      struct netlink_ext_ack *extack)
{
	struct nst_export_set *set;
	int err;

	err = nst_change_tables(change);
	if (err)
		return err;
	change->map = nst_ifmap_build(change->nn->net, change->plan, change->nn->ifmap);
	if (!change->map)
		return -ENOMEM;
	set = nst_export_set_prepare(change->nn->sender, change->plan,
				     change->old->export_set, extack);
	if (IS_ERR(set))
		return PTR_ERR(set);
	change->plan->export_set = set;
	return 0;
}

/* Free the tables and the map that no CPU has adopted. */
static void nst_change_abort(struct nst_change *change)
{
	unsigned int cpu, i, at;

	for_each_possible_cpu(cpu)
		for (i = 0; change->table && i < change->plan->nrecords; i++) {
			at = nst_change_at(cpu, i);
			if (change->table[at] && list_empty(&change->table[at]->node))
				nst_table_free(change->table[at]);
		}
	nst_ifmap_free(change->map);
	change->map = NULL;
}

static void nst_change_free(struct nst_change *change)
{
	unsigned int i;

	for (i = 0; change->counts && i < nr_cpu_ids * NST_ACTIVE_MAX; i++)
		kfree(change->counts[i]);
	kvfree(change->counts);
	kvfree(change->table);
	kvfree(change->released);
}

/* Free a plan and drop its reference to the export set. */
static void nst_commit_release(struct nst_plan *plan)
{
	if (plan && plan->export_set)
		nst_export_set_put(plan->export_set);
	nst_plan_free(plan);
}

/* ------------------------------------------------------------------ adopt */

static bool nst_change_has(const struct nst_change *change, unsigned int cpu,
			   const struct nst_table *tbl)
{
	unsigned int i;

	for (i = 0; i < change->plan->nrecords; i++)
		if (change->table[nst_change_at(cpu, i)] == tbl)
			return true;
	return false;
}

static void nst_adopt_map(struct nst_cpu *pcpu, void *map)
{
	pcpu->map = map;
	pcpu->map_mask = pcpu->map->first_mask;
	pcpu->routes = pcpu->map->routes;
	pcpu->needs &= ~(NST_NEEDS_VRF | NST_NEEDS_ROUTE_TABLE);
	if (pcpu->map->vrfs)
		pcpu->needs |= NST_NEEDS_VRF;
	/* without VRFs there is one table */
	if (pcpu->map->vrfs && pcpu->map->route_tables)
		pcpu->needs |= NST_NEEDS_ROUTE_TABLE;
	nst_ifmap_begin(pcpu->map, pcpu->id);
}

static void nst_adopt_table(struct nst_change *change, struct nst_cpu *pcpu,
			    unsigned int i)
{
	unsigned int at = nst_change_at(pcpu->id, i);
	struct nst_table *tbl = change->table[at];

	if (list_empty(&tbl->node)) {
		tbl->serial = pcpu->serial++;
		list_add_tail_rcu(&tbl->node, &pcpu->tables);
	}
	change->released[at] = tbl->export_set;
	tbl->export_set = nst_export_set_get(change->plan->export_set);
	change->counts[at] = nst_table_use_counts(tbl, change->counts[at]);
	nst_table_bound(tbl, change->plan->cfg->max_flows);
	tbl->active = change->plan->record[i].active;
	tbl->inactive = change->plan->record[i].inactive;
	tbl->report = change->plan->record[i].report;
	tbl->linger = 1000 * change->plan->cfg->tcp_linger;
	tbl->routes = change->plan->record[i].routes;
	tbl->newest = pcpu->next;
	pcpu->active[i] = tbl;
}

static void nst_adopt(struct nst_cpu *pcpu, void *arg)
{
	struct nst_change *change = arg;
	struct nst_table *tbl;
	unsigned int i;

	nst_meter_flush(pcpu);
	nst_exporter_flush(&pcpu->exporter);
	list_for_each_entry(tbl, &pcpu->tables, node)
		if (!nst_change_has(change, pcpu->id, tbl))
			tbl->dying = true;
	for (i = 0; i < change->plan->nrecords; i++)
		nst_adopt_table(change, pcpu, i);
	pcpu->nactive = change->plan->nrecords;
	pcpu->needs = change->plan->needs;
	nst_meter_reroute(pcpu);
	nst_adopt_map(pcpu, change->map);
}

/* ----------------------------------------------------------------- retire */

/* End all flows of a CPU's dying tables.  Return: whether it has such tables. */
static bool nst_retire_cpu(struct nst_net *nn, unsigned int cpu)
{
	struct nst_table *tbl;
	bool any = false;

	list_for_each_entry(tbl, &per_cpu_ptr(nn->cpu, cpu)->tables, node) {
		if (!tbl->dying)
			continue;
		nst_cpu_end_table(nn, cpu, tbl, NST_END_CONFIG);
		any = true;
	}
	if (any)
		nst_cpu_flush_packets(nn, cpu);
	return any;
}

static void nst_retire_tables(struct nst_net *nn)
{
	unsigned int cpu;
	bool any = false;

	for_each_possible_cpu(cpu)
		any |= nst_retire_cpu(nn, cpu);
	if (any)
		mod_delayed_work(nst_wq, &nn->reap, 0);
}

/* Move a CPU's empty dying tables to the list that @arg points to. */
static void nst_reap_cpu(struct nst_cpu *pcpu, void *arg)
{
	struct nst_table *tbl, *next, **dead = arg;

	nst_exporter_flush(&pcpu->exporter);
	list_for_each_entry_safe(tbl, next, &pcpu->tables, node) {
		if (!tbl->dying || tbl->used)
			continue;
		pcpu->count[NST_COUNT_CREATED] += tbl->created;
		list_del_rcu(&tbl->node);
		/* RCU readers may still follow its node, so another link is used */
		tbl->reaped = *dead;
		*dead = tbl;
	}
}

/* Does a CPU have dying tables, or with @empty: empty dying ones?  The answer is racy. */
static bool nst_cpu_dying(const struct nst_cpu *pcpu, bool empty)
{
	const struct nst_table *tbl;

	list_for_each_entry(tbl, &pcpu->tables, node)
		if (tbl->dying && !(empty && READ_ONCE(tbl->used)))
			return true;
	return false;
}

static bool nst_any_dying(struct nst_net *nn)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		if (nst_cpu_dying(per_cpu_ptr(nn->cpu, cpu), false))
			return true;
	return false;
}

static void nst_table_destroy(struct nst_table *tbl)
{
	struct nst_export_set *set = tbl->export_set;

	nst_table_free(tbl);
	if (set)
		nst_export_set_put(set);
}

static void nst_reap(struct nst_net *nn)
{
	struct nst_table *dead = NULL, *next;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		if (nst_cpu_dying(per_cpu_ptr(nn->cpu, cpu), true))
			nst_cpu_run(nn, cpu, nst_reap_cpu, &dead);
	if (!dead)
		return;
	synchronize_rcu();
	for (; dead; dead = next) {
		next = dead->reaped;
		nst_table_destroy(dead);
	}
}

/**
 * nst_commit_reap_work - free the tables of retired records that are empty
 * @work: member @reap of struct nst_net
 *
 * Queues itself again while some are not empty.
 *
 * Context: worker.
 */
void nst_commit_reap_work(struct work_struct *work)
{
	struct nst_net *nn = container_of(work, struct nst_net, reap.work);

	mutex_lock(&nn->mutex);
	if (!nn->stopped) {
		nst_reap(nn);
		if (nst_any_dying(nn))
			queue_delayed_work(nst_wq, &nn->reap,
					   msecs_to_jiffies(NST_REAP_MS));
	}
	mutex_unlock(&nn->mutex);
}

/**
 * nst_commit_free_tables - free all tables of a namespace
 * @nn: namespace without hooks, timers and readers
 *
 * Context: process.
 */
void nst_commit_free_tables(struct nst_net *nn)
{
	struct nst_table *tbl, *next;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		list_for_each_entry_safe(tbl, next,
					 &per_cpu_ptr(nn->cpu, cpu)->tables,
					 node)
			nst_table_destroy(tbl);
}

/* ----------------------------------------------------------------- commit */

static void nst_change_release(struct nst_change *change)
{
	unsigned int cpu, i, at;

	for_each_possible_cpu(cpu)
		for (i = 0; i < change->plan->nrecords; i++) {
			at = nst_change_at(cpu, i);
			if (change->released[at])
				nst_export_set_put(change->released[at]);
		}
}

static void nst_commit_tell(struct nst_net *nn, const struct nst_plan *plan)
{
	struct nst_event event = {
		.type = NETSTREAM_EVENT_COMMIT, .generation = plan->generation,
	};

	if (nst_event_wanted(&nn->events, event.type))
		nst_event_send(&nn->events, &event);
}

/* A monitor without a bound of its own has one that is never reached. */
static void nst_change_monitor_bounds(const struct nst_plan *plan)
{
	struct nst_quota *quota;
	unsigned int i;
	u32 max_flows;

	for (i = 0; i < plan->cfg->nmonitors; i++) {
		quota = &plan->monitor[i].account->quota;
		max_flows = plan->cfg->monitor[i].max_flows ?: NETSTREAM_FLOWS_MAX;
		if (quota->max)
			nst_quota_change(quota, quota->max, max_flows);
		else
			nst_quota_init(quota, max_flows);
	}
}

/* Steps adopt to switch, which cannot fail. */
static void nst_change_apply(struct nst_change *change)
{
	struct nst_ifmap *oldmap = change->nn->ifmap;
	struct nst_net *nn = change->nn;

	nst_quota_change(&nn->quota, change->old->cfg->max_flows,
			 change->plan->cfg->max_flows);
	nst_change_monitor_bounds(change->plan);
	nn->ifmap = change->map;
	nst_cpu_run_each(nn, nst_adopt, change);
	rcu_assign_pointer(nn->plan, change->plan);
	nst_commit_tell(nn, change->plan);
	nst_ifmap_tell(change->map, oldmap, &nn->events);
	/* before the switch, so that hosts that go away get their last flows */
	nst_retire_tables(nn);
	nst_sender_publish(nn->sender, change->plan->export_set);
	nst_hook_disable(nn, ~change->plan->dirs);
	if (!nst_plan_wants_drops(change->plan))
		nst_drops_disable(nn);
	if (nst_plan_ages_sooner(change->plan, change->old))
		nst_cpu_rewheel_all(nn);
	nst_change_release(change);
	synchronize_rcu();
	nst_ifmap_free(oldmap);
	nst_commit_release(change->old);
}

/* Register the hooks of the new plan. */
static int nst_change_hook(struct nst_change *change)
{
	struct nst_net *nn = change->nn;
	int err = 0;

	if (nst_plan_wants_drops(change->plan))
		err = nst_drops_enable(nn);
	if (err)
		return err;
	err = nst_hook_enable(nn, change->plan->dirs);
	if (err && !nst_plan_wants_drops(change->old))
		nst_drops_disable(nn);
	return err;
}

static int nst_change_run(struct nst_change *change, bool check,
			  struct netlink_ext_ack *extack)
{
	int err;

	err = nst_change_prepare(change, extack);
	if (err || check)
		goto abort;
	err = nst_change_hook(change);
	if (err)
		goto abort;
	nst_change_apply(change);
	nst_change_free(change);
	return 0;

abort:
	if (err == -ENOMEM)
		NL_SET_ERR_MSG(extack, "commit: out of memory");
	nst_change_abort(change);
	nst_change_free(change);
	nst_commit_release(change->plan);
	return err;
}

static bool nst_same_attrs(const struct nst_config *a,
			   const struct nst_config *b)
{
	return a->attrs_len == b->attrs_len &&
	       !memcmp(a->attrs, b->attrs, a->attrs_len);
}

/* Other user namespaces have limits that the administrator of the machine sets. */
static int nst_commit_bound(const struct nst_net *nn, struct nst_config *cfg,
			    struct netlink_ext_ack *extack)
{
	if (nn->net->user_ns == &init_user_ns)
		return 0;
	return nst_config_nl_bound(cfg, nst_bounds_userns_flows(),
				nst_bounds_userns_hosts(), extack);
}

/* The first configuration of a namespace allocates the sender and per-CPU data. */
static int nst_commit_start(struct nst_net *nn)
{
	int err;

	if (nn->cpu)
		return 0;
	nn->sender = nst_sender_create(nn->net, &nn->quota.mem);
	if (!nn->sender)
		return -ENOMEM;
	nn->sender->routes = &nn->routes;
	nn->sender->events = &nn->events;
	err = nst_cpu_create_all(nn);
	if (err)
		goto free_sender;
	/* before the first packet allocates memory */
	nst_mem_own(&nn->quota.mem);
	/* pairs with nst_started() */
	smp_store_release(&nn->started, true);
	return 0;

free_sender:
	nst_sender_stop(nn->sender);
	nst_sender_free(nn->sender);
	nn->sender = NULL;
	return err;
}

/* The bounds hold, and the mutex is held. */
static int nst_commit_run(struct nst_net *nn, struct nst_config *cfg, bool check,
			  struct netlink_ext_ack *extack)
{
	struct nst_change change = { .nn = nn, .old = nst_running(nn) };
	bool same = nst_same_attrs(cfg, change.old->cfg);
	int err = same ? 0 : nst_commit_start(nn);

	if (err || same) {
		nst_config_put(cfg);
		return err;
	}
	change.plan = nst_plan_create(cfg, change.old);
	if (!change.plan) {
		NL_SET_ERR_MSG(extack, "commit: out of memory");
		return -ENOMEM;
	}
	return nst_change_run(&change, check, extack);
}

/**
 * nst_commit_locked - make a configuration take effect
 * @nn: namespace, whose mutex is held
 * @cfg: as for nst_commit()
 * @check: as for nst_commit()
 * @expected: as for nst_commit()
 * @extack: where to report a refusal
 *
 * Context: process, sleeps.
 * Return: as nst_commit().
 */
int nst_commit_locked(struct nst_net *nn, struct nst_config *cfg, bool check,
		      u32 expected, struct netlink_ext_ack *extack)
{
	int err;

	if (nn->stopped) {
		NL_SET_ERR_MSG(extack, "commit: the network namespace is going away");
		err = -ENODEV;
		goto refuse;
	}
	if (expected && expected != nst_running(nn)->generation) {
		NL_SET_ERR_MSG(extack,
			       "commit: the running configuration has changed since it was read");
		err = -ESTALE;
		goto refuse;
	}
	err = nst_commit_bound(nn, cfg, extack);
	if (err)
		goto refuse;
	return nst_commit_run(nn, cfg, check, extack);
refuse:
	nst_config_put(cfg);
	return err;
}

/**
 * nst_commit_again - make a configuration take effect that was running before
 * @nn: namespace, which is not going away and whose mutex is held
 * @cfg: the configuration; the reference is consumed even on failure
 *
 * It was within the bounds of the namespace when it was committed.  Bounds that were
 * lowered since do not matter, as they would not if it were still running.
 *
 * Context: process, sleeps.
 * Return: 0 or a negative errno; then the running configuration is unchanged.
 */
int nst_commit_again(struct nst_net *nn, struct nst_config *cfg)
{
	return nst_commit_run(nn, cfg, false, NULL);
}

/**
 * nst_commit - make a configuration take effect
 * @nn: namespace
 * @cfg: configuration from nst_config_nl_parse(); the reference is consumed even on
 *	failure
 * @check: prepare the commit and undo it: only report whether it would succeed
 * @expected: generation that must be running; 0 accepts any
 * @extack: where to report a refusal
 *
 * A configuration that is equal to the running one changes nothing, and the
 * generation stays.
 *
 * Context: process, sleeps.
 * Return: 0; -ESTALE if another generation is running; -ENODEV if the namespace is
 *	going away; or another negative errno.
 */
int nst_commit(struct nst_net *nn, struct nst_config *cfg, bool check,
	       u32 expected, struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&nn->mutex);
	err = nst_commit_locked(nn, cfg, check, expected, extack);
	mutex_unlock(&nn->mutex);
	return err;
}

/*
 * Most interfaces that come and go are not metered.  The map is then the same and
 * no CPU is disturbed.  While no hook is registered nothing reads the map, and the
 * next commit builds a new one.
 */
static void nst_rescan(struct nst_net *nn)
{
	struct nst_ifmap *map, *old = nn->ifmap;

	if (nn->stopped || !nn->hooked)
		return;
	map = nst_ifmap_build(nn->net, nst_running(nn), old);
	if (!map) {
		pr_warn_ratelimited("out of memory, a change of interfaces is handled later\n");
		queue_delayed_work(nst_wq, &nn->rescan,
				   msecs_to_jiffies(NST_RESCAN_AGAIN_MS));
		return;
	}
	if (nst_ifmap_same(map, old)) {
		nst_ifmap_free(map);
		return;
	}
	nn->ifmap = map;
	nst_cpu_run_each(nn, nst_adopt_map, map);
	nst_ifmap_tell(map, old, &nn->events);
	nst_ifmap_free(old);
}

/**
 * nst_commit_rescan_work - resolve interface views after interfaces have changed
 * @work: member @rescan of struct nst_net
 *
 * Context: worker.
 */
void nst_commit_rescan_work(struct work_struct *work)
{
	struct nst_net *nn = container_of(work, struct nst_net, rescan.work);

	mutex_lock(&nn->mutex);
	nst_rescan(nn);
	mutex_unlock(&nn->mutex);
}

/**
 * nst_commit_drop_config - free the plan and the map of a namespace that goes away
 * @nn: namespace without hooks and readers
 *
 * Context: process.
 */
void nst_commit_drop_config(struct nst_net *nn)
{
	nst_ifmap_free(nn->ifmap);
	nst_commit_release(rcu_dereference_protected(nn->plan, 1));
}
