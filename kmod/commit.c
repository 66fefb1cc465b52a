// SPDX-License-Identifier: GPL-2.0
/*
 * Commit: a configuration takes effect, whole or not at all.
 *
 *   prepare   compile records, make tables, streams and the interface map;
 *             may sleep and fail, nothing can be seen of it
 *   adopt     each CPU in turn, with bottom halves off: pending packets go
 *             into the old tables, then it has the new ones
 *   publish   the pointer that readers of the plan and its configuration follow
 *   retire    end the flows of records no longer in effect, and hand them over
 *             while their hosts are still in effect; a worker frees their
 *             tables when they are empty
 *   switch    streams and hosts
 *
 * After "prepare" nothing fails.  A packet sees one configuration: the one its
 * CPU has adopted.
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

/* How often tables of records no longer in effect are looked after. */
#define NST_REAP_MS	200

/* When interfaces are looked at again for which there was no memory. */
#define NST_RESCAN_AGAIN_MS	1000

/**
 * struct nst_change - a commit on its way
 * @nn: namespace
 * @plan: plan to be
 * @old: plan until now
 * @map: interface map to be
 * @table: tables to be: %NST_METERS_MAX for each possible CPU
 * @released: export sets that carried-over tables have used
 */
struct nst_change {
	struct nst_net		*nn;
	struct nst_plan		*plan;
	struct nst_plan		*old;
	struct nst_ifmap	*map;
	struct nst_table	**table;
	struct nst_export_set	**released;
};

static unsigned int nst_change_at(unsigned int cpu, unsigned int meter)
{
	return cpu * NST_METERS_MAX + meter;
}

static struct nst_plan *nst_running(const struct nst_net *nn)
{
	return rcu_dereference_protected(nn->plan,
					 lockdep_is_held(&nn->mutex));
}

/* ---------------------------------------------------------------- prepare */

static struct nst_table *nst_table_of(struct nst_cpu *c,
				      const struct nst_record *rec)
{
	unsigned int i;

	for (i = 0; i < c->nmeters; i++)
		if (c->meter[i]->rec == rec)
			return c->meter[i];
	return NULL;
}

static int nst_change_table(struct nst_change *p, unsigned int cpu, unsigned int i)
{
	struct nst_cpu *c = per_cpu_ptr(p->nn->cpu, cpu);
	struct nst_record *rec = p->plan->meter[i].rec;
	unsigned int at = nst_change_at(cpu, i);

	p->table[at] = nst_table_of(c, rec);
	if (!p->table[at])
		p->table[at] = nst_table_create(rec, p->plan->cfg->max_flows,
						&p->nn->quota, p->nn->secret);
	return p->table[at] ? 0 : -ENOMEM;
}

static int nst_change_tables(struct nst_change *p)
{
	unsigned int n = nr_cpu_ids * NST_METERS_MAX, cpu, i;
	int err = 0;

	p->table = kvcalloc(n, sizeof(*p->table), GFP_KERNEL_ACCOUNT);
	p->released = kvcalloc(n, sizeof(*p->released), GFP_KERNEL_ACCOUNT);
	if (!p->table || !p->released)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		for (i = 0; i < p->plan->nmeters && !err; i++)
			err = nst_change_table(p, cpu, i);
	return err;
}

static int nst_change_prepare(struct nst_change *p,
			      struct netlink_ext_ack *extack)
{
	struct nst_export_set *set;
	int err;

	err = nst_change_tables(p);
	if (err)
		return err;
	p->map = nst_ifmap_build(p->nn->net, p->plan, p->nn->ifmap);
	if (!p->map)
		return -ENOMEM;
	set = nst_export_set_prepare(p->nn->sender, p->plan,
				     p->old->export_set, extack);
	if (IS_ERR(set))
		return PTR_ERR(set);
	p->plan->export_set = set;
	return 0;
}

/* Free what was made and nobody has adopted. */
static void nst_change_abort(struct nst_change *p)
{
	unsigned int cpu, i, at;

	for_each_possible_cpu(cpu)
		for (i = 0; p->table && i < p->plan->nmeters; i++) {
			at = nst_change_at(cpu, i);
			if (p->table[at] && list_empty(&p->table[at]->node))
				nst_table_free(p->table[at]);
		}
	nst_ifmap_free(p->map);
	p->map = NULL;
}

static void nst_change_free(struct nst_change *p)
{
	kvfree(p->table);
	kvfree(p->released);
}

/* Free a plan and give back what commit has added to it. */
static void nst_commit_release(struct nst_plan *plan)
{
	if (plan && plan->export_set)
		nst_export_set_put(plan->export_set);
	nst_plan_free(plan);
}

/* ------------------------------------------------------------------ adopt */

static bool nst_change_has(const struct nst_change *p, unsigned int cpu,
			   const struct nst_table *t)
{
	unsigned int i;

	for (i = 0; i < p->plan->nmeters; i++)
		if (p->table[nst_change_at(cpu, i)] == t)
			return true;
	return false;
}

static void nst_adopt_map(struct nst_cpu *c, void *map)
{
	c->map = map;
	c->map_mask = c->map->mask;
	nst_ifmap_begin(c->map, c->id);
}

static void nst_adopt_table(struct nst_change *p, struct nst_cpu *c,
			    unsigned int i)
{
	unsigned int at = nst_change_at(c->id, i);
	struct nst_table *t = p->table[at];

	if (list_empty(&t->node)) {
		t->serial = c->serial++;
		list_add_tail_rcu(&t->node, &c->tables);
	}
	p->released[at] = t->export_set;
	t->export_set = nst_export_set_get(p->plan->export_set);
	nst_table_bound(t, p->plan->cfg->max_flows);
	t->active = p->plan->meter[i].active;
	t->inactive = p->plan->meter[i].inactive;
	t->newest = c->next;
	c->meter[i] = t;
}

static void nst_adopt(struct nst_cpu *c, void *arg)
{
	struct nst_change *p = arg;
	struct nst_table *t;
	unsigned int i;

	nst_meter_flush(c);
	nst_exporter_flush(&c->exporter);
	list_for_each_entry(t, &c->tables, node)
		if (!nst_change_has(p, c->id, t))
			t->dying = true;
	for (i = 0; i < p->plan->nmeters; i++)
		nst_adopt_table(p, c, i);
	c->nmeters = p->plan->nmeters;
	c->needs = p->plan->needs;
	nst_adopt_map(c, p->map);
}

/* ----------------------------------------------------------------- retire */

/* Return: whether a CPU has tables of records no longer in effect. */
static bool nst_retire_cpu(struct nst_net *nn, unsigned int cpu)
{
	struct nst_table *t;
	bool any = false;

	list_for_each_entry(t, &per_cpu_ptr(nn->cpu, cpu)->tables, node) {
		if (!t->dying)
			continue;
		nst_cpu_end_table(nn, cpu, t, NST_END_CONFIG);
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

/* Unlink a CPU's dying tables that are empty; @arg: where to collect them. */
static void nst_reap_cpu(struct nst_cpu *c, void *arg)
{
	struct nst_table *t, *next, **dead = arg;

	nst_exporter_flush(&c->exporter);
	list_for_each_entry_safe(t, next, &c->tables, node) {
		if (!t->dying || t->used)
			continue;
		c->count[NST_COUNT_CREATED] += t->created;
		list_del_rcu(&t->node);
		/* readers may still be at it: it waits in another list */
		t->reaped = *dead;
		*dead = t;
	}
}

/* Has a CPU dying tables, or such that are empty?  A racy reading. */
static bool nst_cpu_dying(const struct nst_cpu *c, bool empty)
{
	const struct nst_table *t;

	list_for_each_entry(t, &c->tables, node)
		if (t->dying && !(empty && READ_ONCE(t->used)))
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

static void nst_table_destroy(struct nst_table *t)
{
	struct nst_export_set *e = t->export_set;

	nst_table_free(t);
	if (e)
		nst_export_set_put(e);
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
 * nst_commit_reap_work - free tables of records no longer in effect, once empty
 * @work: reap of a namespace
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
 * @nn: namespace; no packet, timer or reader is left
 *
 * Context: process.
 */
void nst_commit_free_tables(struct nst_net *nn)
{
	struct nst_table *t, *next;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		list_for_each_entry_safe(t, next,
					 &per_cpu_ptr(nn->cpu, cpu)->tables,
					 node)
			nst_table_destroy(t);
}

/* ----------------------------------------------------------------- commit */

static bool nst_timeouts_shrink(const struct nst_config *new,
				const struct nst_config *old)
{
	return new->flex_active < old->flex_active ||
	       new->flex_inactive < old->flex_inactive ||
	       new->original_active < old->original_active ||
	       new->original_inactive < old->original_inactive;
}

static void nst_change_release(struct nst_change *p)
{
	unsigned int cpu, i, at;

	for_each_possible_cpu(cpu)
		for (i = 0; i < p->plan->nmeters; i++) {
			at = nst_change_at(cpu, i);
			if (p->released[at])
				nst_export_set_put(p->released[at]);
		}
}

/* Nothing here can fail. */
static void nst_change_apply(struct nst_change *p)
{
	struct nst_ifmap *oldmap = p->nn->ifmap;
	struct nst_net *nn = p->nn;

	nst_quota_change(&nn->quota, p->old->cfg->max_flows, p->plan->cfg->max_flows);
	nn->ifmap = p->map;
	nst_cpu_run_each(nn, nst_adopt, p);
	rcu_assign_pointer(nn->plan, p->plan);
	/* the last flows of a record may reach hosts that go with it */
	nst_retire_tables(nn);
	nst_sender_publish(nn->sender, p->plan->export_set);
	nst_hook_disable(nn, ~p->plan->dirs);
	if (nst_timeouts_shrink(p->plan->cfg, p->old->cfg))
		nst_cpu_rewheel_all(nn);
	nst_change_release(p);
	synchronize_rcu();
	nst_ifmap_free(oldmap);
	nst_commit_release(p->old);
}

static int nst_change_run(struct nst_change *p, bool check,
			  struct netlink_ext_ack *extack)
{
	int err;

	err = nst_change_prepare(p, extack);
	if (err || check)
		goto abort;
	err = nst_hook_enable(p->nn, p->plan->dirs);
	if (err)
		goto abort;
	nst_change_apply(p);
	nst_change_free(p);
	return 0;

abort:
	if (err == -ENOMEM)
		NL_SET_ERR_MSG(extack, "commit: out of memory");
	nst_change_abort(p);
	nst_change_free(p);
	nst_commit_release(p->plan);
	return err;
}

static bool nst_same_attrs(const struct nst_config *a,
			   const struct nst_config *b)
{
	return a->attrs_len == b->attrs_len &&
	       !memcmp(a->attrs, b->attrs, a->attrs_len);
}

/* The machine's administrator bounds what a user namespace may have. */
static int nst_commit_bound(const struct nst_net *nn, struct nst_config *cfg,
			    struct netlink_ext_ack *extack)
{
	if (nn->net->user_ns == &init_user_ns)
		return 0;
	return nst_config_nl_bound(cfg, nst_bounds_userns_flows(),
				nst_bounds_userns_hosts(), extack);
}

/* Make what metering needs, at the first configuration. */
static int nst_commit_start(struct nst_net *nn)
{
	int err;

	if (nn->cpu)
		return 0;
	nn->sender = nst_sender_create(nn->net, &nn->quota.mem);
	if (IS_ERR_OR_NULL(nn->sender)) {
		nn->sender = NULL;
		return -ENOMEM;
	}
	err = nst_cpu_create_all(nn);
	if (!err) {
		/* before the first packet */
		nst_mem_own(&nn->quota.mem);
		/* pairs with nst_started() */
		smp_store_release(&nn->started, true);
		return 0;
	}
	nst_sender_stop(nn->sender);
	nst_sender_free(nn->sender);
	nn->sender = NULL;
	return err;
}

static int nst_commit_locked(struct nst_net *nn, struct nst_config *cfg,
			     bool check, u32 expected,
			     struct netlink_ext_ack *extack)
{
	struct nst_change p = { .nn = nn, .old = nst_running(nn) };
	int err;

	if (nn->stopped) {
		NL_SET_ERR_MSG(extack, "commit: the network namespace goes");
		err = -ENODEV;
		goto refuse;
	}
	if (expected && expected != p.old->generation) {
		NL_SET_ERR_MSG(extack,
			       "commit: the running configuration has changed since it was read");
		err = -ESTALE;
		goto refuse;
	}
	err = nst_commit_bound(nn, cfg, extack);
	if (err || nst_same_attrs(cfg, p.old->cfg))
		goto refuse;
	err = nst_commit_start(nn);
	if (err)
		goto refuse;
	p.plan = nst_plan_create(cfg, p.old);
	if (!p.plan) {
		NL_SET_ERR_MSG(extack, "commit: out of memory");
		return -ENOMEM;
	}
	return nst_change_run(&p, check, extack);
refuse:
	nst_config_free(cfg);
	return err;
}

/**
 * nst_commit - make a configuration take effect
 * @nn: namespace
 * @cfg: configuration from nst_config_nl_parse(); consumed in any case
 * @check: only find out whether it would
 * @expected: generation that must be running, or 0 for any
 * @extack: where to say why not
 *
 * A configuration that equals the running one changes nothing, not even the
 * generation.
 *
 * Context: process, sleeps.
 * Return: 0; -ESTALE if another generation is running; -ENODEV if the namespace
 *	goes; or another negative errno.
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
 * Most interfaces that come and go are none of ours: then no CPU is called.
 * While nothing is metered nobody looks at the map; a commit makes a new one.
 */
static void nst_rescan(struct nst_net *nn)
{
	struct nst_ifmap *map, *old = nn->ifmap;

	if (nn->stopped || !nn->hooked)
		return;
	map = nst_ifmap_build(nn->net, nst_running(nn), old);
	if (!map) {
		pr_warn_ratelimited("netstream: no memory to see a change of interfaces\n");
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
	nst_ifmap_free(old);
}

/**
 * nst_commit_rescan_work - resolve interface views again
 * @work: rescan of a namespace
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
 * nst_commit_drop_config - forget the configuration of a namespace that goes
 * @nn: namespace; nothing is metered, no reader is left
 *
 * Context: process.
 */
void nst_commit_drop_config(struct nst_net *nn)
{
	nst_ifmap_free(nn->ifmap);
	nst_commit_release(rcu_dereference_protected(nn->plan, 1));
}
