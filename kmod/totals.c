// SPDX-License-Identifier: GPL-2.0
/*
 * Reading and resetting: counters, interfaces, flows.  Process context.
 */
#include <linux/rculist.h>
#include <linux/slab.h>

#include "clock.h"
#include "commit.h"
#include "compat.h"
#include "config.h"
#include "cpu.h"
#include "iface.h"
#include "meter.h"
#include "net.h"
#include "stream.h"

/* --------------------------------------------------------------- counters */

static void nst_add_counters(u64 *to, const u64 *from, unsigned int n)
{
	while (n--)
		to[n] += from[n];
}

/* One CPU's part; what it handed to the sender is pending until the sender says more. */
static void nst_totals_cpu(struct nst_cpu *c, void *arg)
{
	const struct nst_exporter *x = &c->exporter;
	struct nst_totals *t = arg;
	const struct nst_table *table;
	unsigned int i;

	nst_amount_add(&t->metered, &c->metered);
	nst_meter_pending(c, &t->pending);
	nst_amount_add(&t->pending, &x->opened);
	nst_amount_add(&t->pending, &x->handed);
	for (i = 0; i < NST_LOST_MAX; i++)
		nst_amount_add(&t->lost[i], &x->lost[i]);
	nst_add_counters(t->skipped, c->skipped, NST_SKIP_MAX);
	nst_add_counters(t->malformed, c->malformed, NST_MALFORMED_MAX);
	nst_add_counters(t->ended, c->ended, NST_END_MAX);
	t->created += c->created;
	t->timer_worst = max(t->timer_worst, c->worst);
	list_for_each_entry(table, &c->tables, node) {
		nst_amount_add(&t->cached, &table->cached);
		t->created += table->created;
		t->memory += nst_table_memory(table);
	}
}

static void nst_totals_now(struct nst_net *nn, struct nst_totals *t)
{
	struct nst_export_stats st;
	unsigned int i;

	memset(t, 0, sizeof(*t));
	if (!nn->cpu)
		return;
	/* the sender first: what it has sent by now, CPUs have handed over before */
	nst_sender_stats(nn->sender, &st);
	nst_on_each_cpu(nn, nst_totals_cpu, t);
	t->exported = st.exported;
	nst_amount_sub(&t->pending, &st.exported);
	for (i = 0; i < NST_LOST_MAX; i++) {
		nst_amount_sub(&t->pending, &st.lost[i]);
		nst_amount_add(&t->lost[i], &st.lost[i]);
	}
}

static void nst_counters_sub(u64 *from, const u64 *what, unsigned int n)
{
	while (n--)
		from[n] -= what[n];
}

static void nst_totals_since(struct nst_totals *t, const struct nst_totals *base)
{
	unsigned int i;

	nst_amount_sub(&t->metered, &base->metered);
	nst_amount_sub(&t->exported, &base->exported);
	for (i = 0; i < NST_LOST_MAX; i++)
		nst_amount_sub(&t->lost[i], &base->lost[i]);
	nst_counters_sub(t->skipped, base->skipped, NST_SKIP_MAX);
	nst_counters_sub(t->malformed, base->malformed, NST_MALFORMED_MAX);
	nst_counters_sub(t->ended, base->ended, NST_END_MAX);
	t->created -= base->created;
}

/**
 * nst_totals - read every counter
 * @nn: namespace
 * @t: where to
 *
 * For each CPU the reading is of one instant, and over all of them it obeys
 * metered = exported + cached + pending + lost, in packets and in bytes.
 *
 * Context: process, sleeps; takes the namespace's mutex.
 */
void nst_totals(struct nst_net *nn, struct nst_totals *t)
{
	mutex_lock(&nn->mutex);
	nst_totals_now(nn, t);
	if (nn->base)
		nst_totals_since(t, nn->base);
	mutex_unlock(&nn->mutex);
}

/* What is not subtracted from, but begins anew. */
static void nst_cpu_clear(struct nst_cpu *c, void *arg)
{
	const struct nst_ifmap *map = c->map;
	struct nst_if_dir *st;
	unsigned int dir;
	u32 i;

	c->worst = 0;
	for (i = 0; i < map->npolicies; i++) {
		if (!map->policy[i]->stat)
			continue;
		st = per_cpu_ptr(map->policy[i]->stat->cpu, c->id);
		for (dir = 0; dir < 2; dir++) {
			st[dir].seen = 0;
			st[dir].packets = 0;
			st[dir].bytes = 0;
		}
	}
}

/**
 * nst_reset_statistics - count from zero
 * @nn: namespace
 *
 * What is cached or pending counts as metered after the reset, so that the
 * accounts still balance.
 *
 * Context: process, sleeps; takes the namespace's mutex.
 * Return: 0 or -ENOMEM.
 */
int nst_reset_statistics(struct nst_net *nn)
{
	struct nst_totals *base;

	mutex_lock(&nn->mutex);
	base = nn->base ?: kzalloc(sizeof(*base), GFP_KERNEL_ACCOUNT);
	nn->base = base;
	if (base && nn->cpu) {
		nst_totals_now(nn, base);
		nst_amount_sub(&base->metered, &base->cached);
		nst_amount_sub(&base->metered, &base->pending);
		nst_on_each_cpu(nn, nst_cpu_clear, NULL);
	}
	mutex_unlock(&nn->mutex);
	return base ? 0 : -ENOMEM;
}

/**
 * nst_reset_cache - end all flows; they are exported as forced ends
 * @nn: namespace
 *
 * Context: process, sleeps; takes the namespace's mutex.
 */
void nst_reset_cache(struct nst_net *nn)
{
	mutex_lock(&nn->mutex);
	if (nn->cpu)
		nst_end_all(nn, NST_END_RESET);
	mutex_unlock(&nn->mutex);
}

static void nst_flush_cpu(struct nst_cpu *c, void *arg)
{
	nst_meter_flush(c);
}

/**
 * nst_flush_pending - put pending packets into the cache
 * @nn: namespace
 *
 * Context: process, sleeps; takes the namespace's mutex.
 */
void nst_flush_pending(struct nst_net *nn)
{
	mutex_lock(&nn->mutex);
	if (nn->cpu)
		nst_on_each_cpu(nn, nst_flush_cpu, NULL);
	mutex_unlock(&nn->mutex);
}

/* ---------------------------------------------------- records, interfaces */

/**
 * nst_record_totals - count the flows of a record in effect
 * @nn: namespace
 * @record: name of the record
 * @t: where to; zero for a record that is not in effect
 *
 * Context: process; takes the namespace's mutex.
 */
void nst_record_totals(struct nst_net *nn, const char *record,
		       struct nst_record_totals *t)
{
	const struct nst_table *table;
	unsigned int cpu;

	memset(t, 0, sizeof(*t));
	mutex_lock(&nn->mutex);
	if (!nn->cpu)
		goto unlock;
	for_each_possible_cpu(cpu)
		list_for_each_entry(table, &per_cpu_ptr(nn->cpu, cpu)->tables,
				    node)
			if (!table->dying &&
			    !strcmp(table->rec->def.name, record)) {
				t->flows += READ_ONCE(table->used);
				t->created += READ_ONCE(table->created);
			}
unlock:
	mutex_unlock(&nn->mutex);
}

static void nst_if_sum(const struct nst_if_stat *stat,
		       struct nst_if_totals t[2])
{
	const struct nst_if_dir *st;
	unsigned int cpu, dir;

	for_each_possible_cpu(cpu) {
		st = per_cpu_ptr(stat->cpu, cpu);
		for (dir = 0; dir < 2; dir++) {
			t[dir].seen += READ_ONCE(st[dir].seen);
			t[dir].packets += READ_ONCE(st[dir].packets);
			t[dir].bytes += READ_ONCE(st[dir].bytes);
		}
	}
}

static bool nst_if_exists(const struct nst_net *nn, const char *name)
{
	bool exists;

	rcu_read_lock();
	exists = dev_get_by_name_rcu(nn->net, name);
	rcu_read_unlock();
	return exists;
}

static void nst_if_name(const struct nst_net *nn, struct nst_if_view *v)
{
	const struct net_device *dev;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(nn->net, v->ifindex);
	strscpy(v->name, dev ? dev->name : "-", sizeof(v->name));
	rcu_read_unlock();
}

static void nst_if_view_policy(const struct nst_policy *p,
			       struct nst_if_view *v)
{
	v->ifindex = p->ifindex;
	v->slot = p->slot;
	v->enabled = p->enabled;
	memcpy(v->sampler, p->sampler, sizeof(v->sampler));
	nst_if_sum(p->stat, v->totals);
}

/* Views of interfaces that do not exist come behind those that do. */
static bool nst_if_view_absent(struct nst_net *nn, const struct nst_config *cfg,
			       u32 n, struct nst_if_view *v)
{
	const struct nst_if_def *def;
	unsigned int i;

	for (i = 0; i < cfg->nifs; i++) {
		def = &cfg->ifs[i];
		if (!strcmp(def->name, "all") || nst_if_exists(nn, def->name) ||
		    n--)
			continue;
		strscpy(v->name, def->name, sizeof(v->name));
		v->slot = nst_config_slot_of(cfg, def->name);
		v->enabled = def->enabled[0] | def->enabled[1] << 1;
		memcpy(v->sampler, def->sampler, sizeof(v->sampler));
		return true;
	}
	return false;
}

static bool nst_if_view_locked(struct nst_net *nn, u32 n, struct nst_if_view *v)
{
	const struct nst_config *cfg =
		rcu_dereference_protected(nn->config,
					  lockdep_is_held(&nn->mutex));
	const struct nst_ifmap *map = nn->ifmap;
	u32 i;

	for (i = 0; map && i < map->npolicies; i++) {
		if (!map->policy[i]->stat || n--)
			continue;
		nst_if_view_policy(map->policy[i], v);
		nst_if_name(nn, v);
		return true;
	}
	return nst_if_view_absent(nn, cfg, n, v);
}

/**
 * nst_if_view - the metered interface of a number
 * @nn: namespace
 * @n: number, from 0
 * @v: where to
 *
 * Context: process; takes the namespace's mutex.
 * Return: whether there is one.
 */
bool nst_if_view(struct nst_net *nn, u32 n, struct nst_if_view *v)
{
	bool found;

	memset(v, 0, sizeof(*v));
	mutex_lock(&nn->mutex);
	found = nst_if_view_locked(nn, n, v);
	mutex_unlock(&nn->mutex);
	return found;
}

/* ------------------------------------------------------------------ flows */

static void nst_flow_copy(const struct nst_cpu *c, const struct nst_table *t,
			  const struct nst_flow *flow,
			  struct nst_flow_copy *copy)
{
	u64 now = nst_clock_ms();

	copy->rec = t->rec;
	copy->cpu = c->id;
	copy->flow = *flow;
	copy->first = nst_clock_extend(now, flow->first);
	copy->last = nst_clock_extend(now, flow->last);
	nst_record_fields(t->rec, flow, &copy->f);
}

/* Find a flow of @t at or after @pos->index. */
static bool nst_flow_in_table(const struct nst_cpu *c,
			      const struct nst_table *t,
			      struct nst_flow_cursor *pos,
			      struct nst_flow_copy *copy)
{
	u64 buffer[sizeof(struct nst_flow) / sizeof(u64) + NST_FLOW_WORDS];
	struct nst_flow *flow = (struct nst_flow *)buffer;

	for (; pos->index < READ_ONCE(t->fresh); pos->index++) {
		if (!nst_table_read(t, pos->index, flow, flow->word))
			continue;
		nst_flow_copy(c, t, flow, copy);
		pos->index++;
		return true;
	}
	return false;
}

static bool nst_flow_on_cpu(const struct nst_cpu *c, const char *record,
			    struct nst_flow_cursor *pos,
			    struct nst_flow_copy *copy)
{
	const struct nst_table *t;

	list_for_each_entry_rcu(t, &c->tables, node) {
		if (t->serial < pos->table ||
		    (record && strcmp(record, t->rec->def.name)))
			continue;
		if (t->serial > pos->table) {
			pos->table = t->serial;
			pos->index = 0;
		}
		if (nst_flow_in_table(c, t, pos, copy))
			return true;
	}
	return false;
}

/**
 * nst_flow_next - list the cache
 * @nn: namespace
 * @record: list flows of this record only, or %NULL
 * @pos: where the listing stands; zero at first
 * @copy: where to leave a flow
 *
 * Flows come and go meanwhile; each that is there throughout is listed once.
 *
 * Context: RCU read side, which keeps @copy->rec.
 * Return: whether there was another flow.
 */
bool nst_flow_next(struct nst_net *nn, const char *record,
		   struct nst_flow_cursor *pos, struct nst_flow_copy *copy)
{
	if (!nst_started(nn))
		return false;
	for (; pos->cpu < nr_cpu_ids; pos->cpu++) {
		if (cpu_possible(pos->cpu) &&
		    nst_flow_on_cpu(per_cpu_ptr(nn->cpu, pos->cpu), record, pos,
				    copy))
			return true;
		pos->table = 0;
		pos->index = 0;
	}
	return false;
}
