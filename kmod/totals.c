// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics: reading and resetting counters, listing interfaces with theirs.
 * Process context.
 */
#include <linux/bitops.h>
#include <linux/slab.h>
#include <linux/u64_stats_sync.h>

#include "clock.h"
#include "compat.h"
#include "cpu.h"
#include "ifmap.h"
#include "meter.h"
#include "plan.h"
#include "state.h"
#include "totals.h"
#include "sender.h"

/* --------------------------------------------------------------- counters */

static void nst_add_counters(u64 *to, const u64 *from, unsigned int n)
{
	while (n--)
		to[n] += from[n];
}

/**
 * enum nst_count_kind - how a count behaves
 * @NST_COUNT_SUM: CPUs add up; counted from the last reset of statistics on
 * @NST_COUNT_GAUGE: CPUs add up; not reset
 * @NST_COUNT_MAXIMUM: the largest of any CPU's; set to 0 on each CPU by a reset
 */
enum nst_count_kind {
	NST_COUNT_SUM,
	NST_COUNT_GAUGE,
	NST_COUNT_MAXIMUM,
};

/* Those that are not sums. */
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

/* One CPU's part; what it handed to the sender is pending until the sender says more. */
static void nst_totals_cpu(struct nst_cpu *c, void *arg)
{
	const struct nst_export_pcpu *x = &c->exporter;
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
	nst_add_counts(t->count, c->count);
	list_for_each_entry(table, &c->tables, node) {
		nst_amount_add(&t->cached, &table->cached);
		t->count[NST_COUNT_CREATED] += table->created;
		t->count[NST_COUNT_MEMORY] += nst_table_memory(table);
	}
}

static void nst_totals_add(struct nst_totals *to, const struct nst_totals *t)
{
	unsigned int i;

	nst_amount_add(&to->metered, &t->metered);
	nst_amount_add(&to->cached, &t->cached);
	nst_amount_add(&to->pending, &t->pending);
	for (i = 0; i < NST_LOST_MAX; i++)
		nst_amount_add(&to->lost[i], &t->lost[i]);
	nst_add_counters(to->skipped, t->skipped, NST_SKIP_MAX);
	nst_add_counters(to->malformed, t->malformed, NST_MALFORMED_MAX);
	nst_add_counters(to->ended, t->ended, NST_END_MAX);
	nst_add_counts(to->count, t->count);
}

/* Do the accounts of one CPU balance? */
static bool nst_totals_balance(const struct nst_totals *t)
{
	struct nst_amount sum = t->cached;
	unsigned int i;

	nst_amount_add(&sum, &t->pending);
	for (i = 0; i < NST_LOST_MAX; i++)
		nst_amount_add(&sum, &t->lost[i]);
	return sum.packets == t->metered.packets &&
	       sum.bytes == t->metered.bytes;
}

/*
 * A CPU whose timer rests has nothing in hand, and writes nothing until a
 * packet comes: it can be read from here.  Should a packet come just now, what
 * was read does not balance, and the CPU is asked after all.
 */
static bool nst_totals_idle(struct nst_net *nn, unsigned int cpu,
			    struct nst_totals *sum)
{
	struct nst_cpu *c = per_cpu_ptr(nn->cpu, cpu);
	struct nst_totals t = {};

	/* where 64 bits are not read at once a balance may be a coincidence */
	if (!IS_ENABLED(CONFIG_64BIT) || READ_ONCE(c->armed))
		return false;
	nst_totals_cpu(c, &t);
	if (!nst_totals_balance(&t))
		return false;
	nst_totals_add(sum, &t);
	return true;
}

static void nst_totals_now(struct nst_net *nn, struct nst_totals *t)
{
	struct nst_export_stats st;
	unsigned int cpu, i;

	memset(t, 0, sizeof(*t));
	if (!nn->cpu)
		return;
	/* the sender first: what it has sent by now, CPUs have handed over before */
	nst_sender_stats(nn->sender, &st);
	for_each_possible_cpu(cpu)
		if (!nst_totals_idle(nn, cpu, t))
			nst_cpu_run(nn, cpu, nst_totals_cpu, t);
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
	for (i = 0; i < NST_COUNT_MAX; i++)
		if (nst_count_kind[i] == NST_COUNT_SUM)
			t->count[i] -= base->count[i];
}

/**
 * nst_totals_read - read every counter
 * @nn: namespace
 * @t: where to
 *
 * For each CPU the reading is of one instant, and over all of them it obeys
 * metered = exported + cached + pending + lost, in packets and in bytes.
 * CPUs that have nothing of the namespace in hand are not disturbed.
 *
 * Context: process, sleeps; takes the namespace's mutex.
 */
void nst_totals_read(struct nst_net *nn, struct nst_totals *t)
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

	for (i = 0; i < NST_COUNT_MAX; i++)
		if (nst_count_kind[i] == NST_COUNT_MAXIMUM)
			c->count[i] = 0;
	for (i = 0; i < map->npolicies; i++) {
		if (!map->policy[i]->stat)
			continue;
		st = per_cpu_ptr(map->policy[i]->stat->cpu, c->id);
		for (dir = 0; dir < 2; dir++) {
			u64_stats_update_begin(&st[dir].sync);
			st[dir].seen = 0;
			st[dir].packets = 0;
			st[dir].bytes = 0;
			u64_stats_update_end(&st[dir].sync);
		}
	}
}

/**
 * nst_totals_reset - count from zero
 * @nn: namespace
 *
 * What is cached or pending counts as metered after the reset, so that the
 * accounts still balance.
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
	}
	mutex_unlock(&nn->mutex);
	return base ? 0 : -ENOMEM;
}

/* ---------------------------------------------------- records, interfaces */

static u64 nst_table_created(const struct nst_table *t)
{
	unsigned int start;
	u64 created;

	/* bottom halves off: on one CPU alone they would write in between */
	local_bh_disable();
	do {
		start = u64_stats_fetch_begin(&t->sync);
		created = READ_ONCE(t->created);
	} while (u64_stats_fetch_retry(&t->sync, start));
	local_bh_enable();
	return created;
}

/**
 * nst_totals_record - count the flows of a record in effect
 * @nn: namespace
 * @record: name of the record
 * @t: where to; zero for a record that is not in effect
 *
 * Context: process; the namespace's mutex is held.
 */
void nst_totals_record(struct nst_net *nn, const char *record,
		       struct nst_record_totals *t)
{
	const struct nst_table *table;
	unsigned int cpu;

	lockdep_assert_held(&nn->mutex);
	memset(t, 0, sizeof(*t));
	if (!nn->cpu)
		return;
	for_each_possible_cpu(cpu)
		list_for_each_entry(table, &per_cpu_ptr(nn->cpu, cpu)->tables,
				    node)
			if (!table->dying &&
			    !strcmp(table->rec->def.name, record)) {
				t->flows += READ_ONCE(table->used);
				t->created += nst_table_created(table);
			}
}

static void nst_if_add(const struct nst_if_dir *st, struct nst_if_totals *t)
{
	struct nst_if_totals now;
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&st->sync);
		now.seen = READ_ONCE(st->seen);
		now.packets = READ_ONCE(st->packets);
		now.bytes = READ_ONCE(st->bytes);
	} while (u64_stats_fetch_retry(&st->sync, start));
	t->seen += now.seen;
	t->packets += now.packets;
	t->bytes += now.bytes;
}

static void nst_if_sum(const struct nst_if_stat *stat,
		       struct nst_if_totals t[2])
{
	const struct nst_if_dir *st;
	unsigned int cpu, dir;

	for_each_possible_cpu(cpu) {
		st = per_cpu_ptr(stat->cpu, cpu);
		/* bottom halves off: see nst_table_created() */
		local_bh_disable();
		for (dir = 0; dir < 2; dir++)
			nst_if_add(&st[dir], &t[dir]);
		local_bh_enable();
	}
}

static void nst_if_view_policy(const struct nst_policy *p, const char *name,
			       struct nst_if_view *v)
{
	strscpy(v->name, name, sizeof(v->name));
	v->ifindex = p->ifindex;
	v->slot = p->slot;
	v->enabled = p->enabled;
	memcpy(v->sampler, p->sampler, sizeof(v->sampler));
	nst_if_sum(p->stat, v->totals);
}

static bool nst_if_next_there(const struct nst_ifmap *map,
			      struct nst_if_cursor *pos, struct nst_if_view *v)
{
	u32 i;

	for (i = nst_ifmap_after(map, pos->ifindex); i < map->npolicies; i++) {
		pos->ifindex = map->policy[i]->ifindex;
		if (!map->policy[i]->stat)
			continue;
		nst_if_view_policy(map->policy[i], map->name[i], v);
		return true;
	}
	return false;
}

/* Views of interfaces that do not exist come behind those that do. */
static bool nst_if_next_absent(const struct nst_config *cfg,
			       const struct nst_ifmap *map,
			       struct nst_if_cursor *pos, struct nst_if_view *v)
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
		strscpy(v->name, def->name, sizeof(v->name));
		v->slot = nst_config_slot_of(cfg, def->name);
		for (dir = 0; dir < 2; dir++) {
			nst_config_if_rule(cfg, def->name, true, dir, &rule);
			v->enabled |= rule.metered << dir;
			v->sampler[dir] = rule.sampler;
		}
		return true;
	}
	return false;
}

/**
 * nst_totals_if_serial - what a listing of interfaces is made from
 * @nn: namespace
 *
 * Context: process; the namespace's mutex is held.
 * Return: a number that is another one after each commit and after interfaces
 *	came, went or were renamed; never 0.
 */
u32 nst_totals_if_serial(const struct nst_net *nn)
{
	return nn->ifmap ? nn->ifmap->serial : U32_MAX;
}

/**
 * nst_totals_next_if - list interfaces with a view
 * @nn: namespace
 * @pos: where the listing stands; zero at first
 * @v: where to leave an interface
 *
 * Nothing is looked up by name but what the map knows: a listing of n
 * interfaces, in whatever parts, takes n steps and a search for each.
 *
 * Context: process; the namespace's mutex is held.
 * Return: whether there was another one.
 */
bool nst_totals_next_if(const struct nst_net *nn, struct nst_if_cursor *pos,
			struct nst_if_view *v)
{
	const struct nst_config *cfg =
		rcu_dereference_protected(nn->plan,
					  lockdep_is_held(&nn->mutex))->cfg;

	memset(v, 0, sizeof(*v));
	if (!nn->ifmap)
		return false;
	if (!pos->absent && nst_if_next_there(nn->ifmap, pos, v))
		return true;
	pos->absent = true;
	return nst_if_next_absent(cfg, nn->ifmap, pos, v);
}
