// SPDX-License-Identifier: GPL-2.0
/*
 * Metering: the ring of pending packets, the update of a flow, and the timer
 * that drives what is left behind.  All with bottom halves off on the CPU that
 * owns the tables.
 */
#include <linux/jiffies.h>
#include <linux/string.h>
#include <linux/tcp.h>

#include "clock.h"
#include "compat.h"
#include "meter.h"
#include "state.h"
#include "ring.h"

/* Bound on the time of a timer run, and flows between two reads of the clock. */
#define NST_TICK_NS	(250 * NSEC_PER_USEC)
#define NST_TICK_FLOWS	64

/* Milliseconds until flows that wait for a stream are tried again. */
#define NST_STUCK_MS	20

struct nst_flow nst_no_flow = { .state = NST_FLOW_FREE };

/* ------------------------------------------------------------- the update */

/* End a flow, so that a new one finds a place.  Return: whether one was ended. */
static bool nst_meter_displace(struct nst_aging *a, struct nst_table *t, u32 hash)
{
	enum nst_end due;
	u32 rival;

	if (!t->crowded) {
		/* one for the new flow, and one more to come back to the bound */
		if (nst_table_over(t))
			nst_aging_evict(a, t);
		return nst_aging_evict(a, t);
	}
	/* ending a flow of other buckets would not help */
	rival = nst_table_rival(t, hash, a->now);
	due = nst_aging_due(t, nst_table_flow(t, rival), a->now);
	nst_aging_end(a, t, rival, due ?: NST_END_FULL);
	return true;
}

static u32 nst_meter_insert(struct nst_aging *a, struct nst_table *t,
			    const u64 *word, u32 hash)
{
	unsigned int tries = 0;
	u32 index;

	/* the quota may be used up, and after that the buckets may be full */
	do {
		index = nst_table_insert(t, hash, word);
		if (likely(index != NST_NONE))
			return index;
	} while (tries++ < 2 && nst_meter_displace(a, t, hash));
	return NST_NONE;
}

/* The words of a new flow: its key, then the words of its first packet. */
static const u64 *nst_pending_words(struct nst_pending *p)
{
	const struct nst_table *t = p->table;
	const struct nst_words *w = &t->rec->words;
	unsigned int i;

	if (t->original)
		return p->pkt.f.word;
	for (i = 0; i < w->nkept; i++)
		p->word[w->nkey + i] = p->pkt.f.word[w->kept_word[i]];
	return p->word;
}

static void nst_meter_lose(struct nst_aging *a, const struct nst_pending *p)
{
	struct nst_amount *lost = &a->exporter->lost[NST_LOST_MEMORY];

	lost->packets += p->pkt.packets;
	lost->bytes += p->pkt.bytes;
}

/* The first packets of a flow. */
static void nst_meter_begin(struct nst_aging *a, struct nst_pending *p)
{
	struct nst_table *t = p->table;
	u32 index = nst_meter_insert(a, t, nst_pending_words(p), p->hash);

	if (unlikely(index == NST_NONE)) {
		nst_meter_lose(a, p);
		return;
	}
	p->flow = nst_table_flow(t, index);
	p->flow->first = p->pkt.now;
	p->flow->last = p->last;
	if (unlikely(t->folds))
		nst_record_fold_begin(&t->rec->words, p->flow);
	nst_flow_write_end(p->flow);
	nst_aging_add(t, index, a->now);
	nst_pending_add(t, p, t->folds);
	if (p->tcp_end == NST_TCP_LATER)
		nst_aging_end(a, t, index, NST_END_TCP);
}

/**
 * nst_meter_settle - add pending packets to their flow when that is not plain addition
 * @a: context
 * @p: pending packets
 *
 * The flow may be new, may have moved since it was looked up, or may have to end.
 *
 * Context: owner, bottom halves off.
 */
noinline void nst_meter_settle(struct nst_aging *a, struct nst_pending *p)
{
	struct nst_table *t = p->table;
	u32 index = nst_table_find(t, p->hash, nst_pending_key(p, t));
	enum nst_end end;

	if (index == NST_NONE) {
		nst_meter_begin(a, p);
		return;
	}
	p->flow = nst_table_flow(t, index);
	end = nst_pending_ends(t, p);
	if (end) {
		nst_aging_end(a, t, index, end);
		nst_meter_begin(a, p);
		return;
	}
	nst_pending_add(t, p, t->folds);
	if (p->tcp_end)
		nst_aging_end(a, t, index, NST_END_TCP);
}

/* -------------------------------------------------------------- the ring */

/**
 * nst_ring_probe_second - look up the flow of an entry in its second bucket
 * @p: entry whose first bucket has spilled flows and does not have this one
 *
 * Context: owner, bottom halves off.
 */
noinline void nst_ring_probe_second(struct nst_pending *p)
{
	struct nst_segment *seg = nst_table_segment(p->table, p->hash);
	u32 index;

	if (!nst_bucket_probe(&seg->bucket[nst_bucket_second(p->hash)],
			      p->hash, &index))
		return;
	p->flow = nst_table_flow(p->table, index);
	nst_flow_prefetch(p->flow);
}

/**
 * nst_ring_copy_pending - copy a packet to an entry of another record
 * @p: the entry
 * @pkt: the packet
 *
 * Context: owner, bottom halves off.
 */
noinline void nst_ring_copy_pending(struct nst_pending *p, const struct nst_pkt *pkt)
{
	p->pkt = *pkt;
}

/**
 * nst_meter_flush - put all pending packets into their tables
 * @c: the CPU
 *
 * Context: owner, bottom halves off.
 */
void nst_meter_flush(struct nst_cpu *c)
{
	struct nst_pending *p;

	/* oldest first; a second lookup does no harm */
	for (p = c->next->next; p != c->next; p = p->next)
		nst_ring_lookup_first(p);
	for (p = c->next->next; p != c->next; p = p->next)
		nst_ring_finish(c, p);
}

/**
 * nst_meter_pending - sum up what is in the ring
 * @c: the CPU
 * @sum: added to; no flows
 *
 * Context: owner, bottom halves off.
 */
void nst_meter_pending(const struct nst_cpu *c, struct nst_amount *sum)
{
	const struct nst_pending *p;

	for (p = c->ring; p < c->ring + NST_RING; p++) {
		if (!p->table)
			continue;
		sum->packets += p->pkt.packets;
		sum->bytes += p->pkt.bytes;
	}
}

/* ------------------------------------------------------------------ timer */

static bool nst_meter_idle(const struct nst_cpu *c)
{
	const struct nst_table *t;

	list_for_each_entry(t, &c->tables, node)
		if (t->used || nst_table_lean(t))
			return false;
	return list_empty(&c->exporter.open);
}

/* End the flows of a table that are due.  Return: whether the time sufficed. */
static bool nst_meter_age(struct nst_cpu *c, struct nst_table *t, u64 end)
{
	while (!nst_aging_run(&c->aging, t, NST_TICK_FLOWS))
		if (ktime_get_ns() >= end)
			return false;
	return true;
}

/*
 * End flows of a table that has more than its share, as long as their streams take
 * them.  Return: whether there is no more to do now.
 */
static bool nst_meter_shed(struct nst_cpu *c, struct nst_table *t, u64 end)
{
	unsigned int n;

	for (n = 0; t->used && nst_table_over(t); n++) {
		if (n >= NST_TICK_FLOWS && ktime_get_ns() >= end)
			return false;
		if (!nst_exporter_any_ready(t->export_set)) {
			c->aging.stuck = true;
			return true;
		}
		if (!nst_aging_evict(&c->aging, t))
			return false;
	}
	return true;
}

/**
 * nst_meter_tick - the periodic work of a CPU
 * @c: the CPU
 * @now: milliseconds since boot
 *
 * It empties the ring, ends flows that are due or beyond the share of their table,
 * hands over open export packets that are old enough, and gives memory back.
 * After %NST_TICK_NS the rest is left to the next tick.
 *
 * Context: owner, bottom halves off.
 * Return: whether nothing is left to do; flows that wait for a stream are.
 */
bool nst_meter_tick(struct nst_cpu *c, u64 now)
{
	u64 end = ktime_get_ns() + NST_TICK_NS;
	struct nst_table *t;
	bool done = true;

	c->aging.now = now;
	c->aging.stuck = false;
	nst_meter_flush(c);
	list_for_each_entry(t, &c->tables, node)
		done &= nst_meter_age(c, t, end) & nst_meter_shed(c, t, end);
	/* the ring is empty, so nothing points to flows or buckets */
	list_for_each_entry(t, &c->tables, node)
		nst_table_tend(t, now, end);
	nst_exporter_tick(&c->exporter, now);
	return done && !c->aging.stuck;
}

/**
 * nst_meter_arm - start the timer
 * @c: this CPU
 *
 * Context: owner, bottom halves off, on its own CPU.
 */
void nst_meter_arm(struct nst_cpu *c)
{
	c->armed = true;
	mod_timer(&c->timer, jiffies + msecs_to_jiffies(NST_TICK_MS));
}

static void nst_meter_timer(struct timer_list *timer)
{
	struct nst_cpu *c = timer_container_of(c, timer, timer);
	u64 start = ktime_get_ns();
	bool done;

	/* the timer was moved from a CPU that went offline; cpu.c drains its tables */
	if (c->id != smp_processor_id())
		return;
	nst_lock(c->net);
	done = nst_meter_tick(c, nst_clock_ms());
	if (done && nst_meter_idle(c))
		c->armed = false;
	else if (done)
		nst_meter_arm(c);
	else
		mod_timer(&c->timer, jiffies + (c->aging.stuck ?
						msecs_to_jiffies(NST_STUCK_MS) : 1));
	c->count[NST_COUNT_TIMER_WORST] =
		max(c->count[NST_COUNT_TIMER_WORST], ktime_get_ns() - start);
	nst_unlock(c->net);
}

static void nst_ring_init(struct nst_cpu *c)
{
	unsigned int i;

	for (i = 0; i < NST_RING; i++) {
		c->ring[i].next = &c->ring[(i + 1) % NST_RING];
		c->ring[i].behind = &c->ring[(i + NST_RING - NST_AHEAD) % NST_RING];
		c->ring[i].again = &c->ring[(i + NST_RING / 4) % NST_RING];
	}
	c->next = c->ring;
}

/**
 * nst_meter_init - prepare a CPU's part of a namespace
 * @c: it; zero
 * @nn: the namespace
 * @cpu: which CPU
 * @sender: where export packets go
 *
 * Context: process.
 */
void nst_meter_init(struct nst_cpu *c, struct nst_net *nn, unsigned int cpu,
		    struct nst_sender *sender)
{
	local_lock_init(&c->lock);
	c->id = cpu;
	c->net = nn;
	INIT_LIST_HEAD(&c->tables);
	nst_ring_init(c);
	nst_exporter_init(&c->exporter, sender);
	c->aging.exporter = &c->exporter;
	c->aging.ended = c->ended;
	c->ticks = jiffies - 1;
	timer_setup(&c->timer, nst_meter_timer, TIMER_PINNED);
}
