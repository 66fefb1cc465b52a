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
#include "net.h"

/* How long a run of the timer ends flows before it yields, and a look at the clock. */
#define NST_TICK_NS	(250 * NSEC_PER_USEC)
#define NST_TICK_FLOWS	64

#define NST_TCP_FIN_RST	0x05

/* ------------------------------------------------------------- the update */

static u32 nst_meter_create(struct nst_aging *a, struct nst_table *t,
			    const struct nst_pending *p)
{
	struct nst_flow *flow;
	u32 index;

	index = nst_table_insert(t, p->hash, p->word);
	if (index == NST_NONE && nst_aging_evict(a, t)) {
		/* one for the flow that comes, one to come closer to the bound */
		if (nst_table_over(t))
			nst_aging_evict(a, t);
		index = nst_table_insert(t, p->hash, p->word);
	}
	if (index == NST_NONE)
		return NST_NONE;
	flow = nst_table_flow(t, index);
	flow->first = p->first;
	flow->last = p->last;
	nst_flow_write_end(flow);
	nst_aging_add(t, index, a->now);
	return index;
}

/* The guess was made some packets ago: the flow may have ended since. */
static __always_inline bool nst_meter_guessed(const struct nst_record *rec,
					      const struct nst_pending *p)
{
	const struct nst_flow *flow = p->flow;

	if (unlikely(!flow || flow->state != NST_FLOW_LIVE))
		return false;
	if (likely(rec->original))
		return nst_flow_is_original(flow, p->hash, p->word);
	return nst_flow_is(flow, p->hash, p->word, rec->words.nkey);
}

static void nst_meter_search(struct nst_table *t, struct nst_pending *p)
{
	p->index = nst_table_find(t, p->hash, p->word);
	p->flow = p->index == NST_NONE ? NULL : nst_table_flow(t, p->index);
}

/* Does the flow end before these packets can be added to it? */
static __always_inline enum nst_end
nst_meter_ends(const struct nst_table *t, const struct nst_pending *p)
{
	const struct nst_record *rec = t->rec;
	const struct nst_flow *flow = p->flow;

	if (rec->narrow && (flow->bytes + p->bytes > rec->max_bytes ||
			    flow->packets + p->packets > rec->max_packets))
		return NST_END_OVERFLOW;
	return nst_aging_due(t, flow, p->first);
}

static __always_inline void nst_meter_add(struct nst_table *t, const struct nst_pending *p)
{
	struct nst_flow *flow = p->flow;

	nst_flow_write_begin(flow);
	flow->packets += p->packets;
	flow->bytes += p->bytes;
	flow->last = p->last;
	flow->tcp_flags |= p->tcp_flags;
	nst_flow_write_end(flow);
	t->cached.packets += p->packets;
	t->cached.bytes += p->bytes;
}

static void nst_meter_lose(struct nst_aging *a, const struct nst_pending *p)
{
	struct nst_amount *lost = &a->exporter->lost[NST_LOST_MEMORY];

	lost->packets += p->packets;
	lost->bytes += p->bytes;
}

/* The first packets of a flow. */
static noinline void nst_meter_begin(struct nst_aging *a, struct nst_table *t,
				     struct nst_pending *p)
{
	p->index = nst_meter_create(a, t, p);
	if (unlikely(p->index == NST_NONE)) {
		nst_meter_lose(a, p);
		return;
	}
	p->flow = nst_table_flow(t, p->index);
	nst_meter_add(t, p);
	if (p->tcp_end == NST_TCP_LATER)
		nst_aging_end(a, t, p->index, NST_END_TCP);
}

static __always_inline void nst_meter_update(struct nst_aging *a, struct nst_pending *p)
{
	struct nst_table *t = p->table;
	enum nst_end end;

	if (unlikely(!nst_meter_guessed(t->rec, p)))
		nst_meter_search(t, p);
	if (p->flow) {
		end = nst_meter_ends(t, p);
		if (likely(!end)) {
			nst_meter_add(t, p);
			if (unlikely(p->tcp_end))
				nst_aging_end(a, t, p->index, NST_END_TCP);
			return;
		}
		nst_aging_end(a, t, p->index, end);
	}
	nst_meter_begin(a, t, p);
}

/* -------------------------------------------------------------- the ring */

static struct nst_pending *nst_ring_at(struct nst_cpu *c, u32 number)
{
	return &c->ring[number % NST_RING];
}

static __always_inline void nst_ring_look(struct nst_cpu *c)
{
	struct nst_pending *p = nst_ring_at(c, c->looked++);

	if (!nst_bucket_probe(p->bucket, p->hash, &p->index)) {
		p->flow = NULL;
		nst_bucket_prefetch_second(p->table, p->bucket, p->hash);
		return;
	}
	p->flow = nst_table_flow(p->table, p->index);
	nst_flow_prefetch(p->flow);
}

static __always_inline void nst_ring_finish(struct nst_cpu *c)
{
	nst_meter_update(&c->aging, nst_ring_at(c, c->done++));
}

static bool nst_ring_closes(const struct nst_table *t, const struct nst_pkt *pkt)
{
	return unlikely(pkt->f.tcp_flags & NST_TCP_FIN_RST) &&
	       t->rec->connection;
}

/* How a word of the packet differs from what is pending. */
static __always_inline u64 nst_ring_differs(const struct nst_pending *p,
					    const struct nst_words *w,
					    const struct nst_fields *f,
					    unsigned int i)
{
	return p->word[i] ^ (f->word[w->key_word[i]] & w->key_mask[i]);
}

/* Is what is pending of the packet's flow? */
static __always_inline bool nst_ring_is(const struct nst_pending *p,
					const struct nst_record *rec,
					const struct nst_fields *f)
{
	const struct nst_words *w = &nst_original_words;
	unsigned int i;

	if (likely(rec->original))
		/* mostly hosts differ, not networks */
		return !nst_ring_differs(p, w, f, 1) &&
		       !(nst_ring_differs(p, w, f, 0) |
			 nst_ring_differs(p, w, f, 2) |
			 nst_ring_differs(p, w, f, 3) |
			 nst_ring_differs(p, w, f, 4) |
			 nst_ring_differs(p, w, f, 5));
	w = &rec->words;
	for (i = 0; i < w->nkey; i++)
		if (nst_ring_differs(p, w, f, i))
			return false;
	return true;
}

/* A packet of the flow that came just before: most traffic comes in bursts. */
static bool nst_ring_merge(struct nst_cpu *c, struct nst_table *t)
{
	struct nst_pending *p = nst_ring_at(c, t->last_pending);
	const struct nst_pkt *pkt = &c->pkt;

	if (!nst_ring_is(p, t->rec, &pkt->f))
		return false;
	/* what stands in its place may be done with, or another record's */
	if (t->last_pending - c->done >= c->in - c->done || p->table != t ||
	    p->tcp_end)
		return false;
	p->packets += pkt->packets;
	p->bytes += pkt->bytes;
	p->last = pkt->now;
	p->tcp_flags |= pkt->f.tcp_flags;
	p->tcp_end = nst_ring_closes(t, pkt) ? NST_TCP_LATER : NST_TCP_OPEN;
	return true;
}

/* A word of the key, masked. */
static __always_inline u64 nst_ring_word(struct nst_pending *p,
					 const struct nst_words *w,
					 const struct nst_fields *f,
					 unsigned int i)
{
	return p->word[i] = f->word[w->key_word[i]] & w->key_mask[i];
}

static __always_inline void nst_ring_kept(struct nst_pending *p,
					  const struct nst_words *w,
					  const struct nst_fields *f,
					  unsigned int i)
{
	p->word[w->nkey + i] = f->word[w->kept_word[i]];
}

/* Key, hash, and what is kept, of any record. */
static void nst_ring_words(struct nst_pending *p, const struct nst_words *w,
			   const struct nst_fields *f, const u64 *secret)
{
	struct nst_sum sum = nst_hash_begin(secret);
	unsigned int i;
	u64 a, b;

	for (i = 0; i < w->nkey; i += 2) {
		a = nst_ring_word(p, w, f, i);
		b = i + 1 < w->nkey ? nst_ring_word(p, w, f, i + 1) : 0;
		nst_hash_add(&sum, a, b, secret + i);
	}
	p->hash = nst_hash_end(&sum, secret);
	for (i = 0; i < w->nkept; i++)
		nst_ring_kept(p, w, f, i);
}

/* The same of original flows, a straight line: all indices and masks are constants. */
static __always_inline void nst_ring_original(struct nst_pending *p,
					      const struct nst_fields *f,
					      const u64 *secret)
{
	const struct nst_words *w = &nst_original_words;
	struct nst_sum sum = nst_hash_begin(secret);
	u64 a, b;

	a = nst_ring_word(p, w, f, 0);
	b = nst_ring_word(p, w, f, 1);
	nst_hash_add(&sum, a, b, secret);
	a = nst_ring_word(p, w, f, 2);
	b = nst_ring_word(p, w, f, 3);
	nst_hash_add(&sum, a, b, secret + 2);
	a = nst_ring_word(p, w, f, 4);
	b = nst_ring_word(p, w, f, 5);
	nst_hash_add(&sum, a, b, secret + 4);
	p->hash = nst_hash_end(&sum, secret);
	nst_ring_kept(p, w, f, 0);
	nst_ring_kept(p, w, f, 1);
	nst_ring_kept(p, w, f, 2);
}

static __always_inline void nst_ring_fill(struct nst_pending *p,
					  struct nst_table *t,
					  const struct nst_pkt *pkt)
{
	if (likely(t->rec->original))
		nst_ring_original(p, &pkt->f, t->secret);
	else
		nst_ring_words(p, &t->rec->words, &pkt->f, t->secret);
	p->bucket = nst_table_bucket(t, p->hash);
	prefetch(p->bucket);
	p->table = t;
	p->packets = pkt->packets;
	p->bytes = pkt->bytes;
	p->first = pkt->now;
	p->last = pkt->now;
	p->tcp_flags = pkt->f.tcp_flags;
	p->tcp_end = nst_ring_closes(t, pkt) ? NST_TCP_ONLY : NST_TCP_OPEN;
}

/**
 * nst_meter_packet - count the CPU's packet in the flow of one record that it belongs to
 * @c: this CPU
 * @t: the record's table on it
 *
 * Context: owner, bottom halves off.
 */
void nst_meter_packet(struct nst_cpu *c, struct nst_table *t)
{
	const struct nst_pkt *pkt = &c->pkt;

	c->metered.packets += pkt->packets;
	c->metered.bytes += pkt->bytes;
	if (nst_ring_merge(c, t))
		return;
	nst_ring_fill(nst_ring_at(c, c->in), t, pkt);
	t->last_pending = c->in++;
	if (c->in - c->looked > NST_AHEAD)
		nst_ring_look(c);
	if (c->in - c->done > 2 * NST_AHEAD)
		nst_ring_finish(c);
	if (unlikely(!c->armed))
		nst_meter_arm(c);
}

/**
 * nst_meter_flush - put all pending packets into their tables
 * @c: the CPU
 *
 * Context: owner, bottom halves off.
 */
void nst_meter_flush(struct nst_cpu *c)
{
	while (c->looked != c->in)
		nst_ring_look(c);
	while (c->done != c->in)
		nst_ring_finish(c);
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
	u32 i;

	for (i = c->done; i != c->in; i++) {
		p = &c->ring[i % NST_RING];
		sum->packets += p->packets;
		sum->bytes += p->bytes;
	}
}

/* ------------------------------------------------------------------ timer */

static bool nst_meter_idle(const struct nst_cpu *c)
{
	const struct nst_table *t;

	list_for_each_entry(t, &c->tables, node)
		if (t->used)
			return false;
	return list_empty(&c->exporter.open);
}

/* End the flows of a table that are due, as long as there is time and room. */
static bool nst_meter_age(struct nst_cpu *c, struct nst_table *t, u64 end)
{
	while (!nst_aging_run(&c->aging, t, NST_TICK_FLOWS))
		if (ktime_get_ns() >= end ||
		    !nst_export_room(c->exporter.sender))
			return false;
	return true;
}

/**
 * nst_meter_tick - do what time asks for
 * @c: the CPU
 * @now: milliseconds since boot
 *
 * Empties the ring, ends flows that are due, sends open export packets that
 * are old enough.  What takes longer than %NST_TICK_NS is left for the next tick.
 *
 * Context: owner, bottom halves off.
 * Return: whether all of it is done.
 */
bool nst_meter_tick(struct nst_cpu *c, u64 now)
{
	u64 end = ktime_get_ns() + NST_TICK_NS;
	struct nst_table *t;
	bool done = true;

	c->aging.now = now;
	nst_meter_flush(c);
	list_for_each_entry(t, &c->tables, node)
		done &= nst_meter_age(c, t, end);
	nst_exporter_tick(&c->exporter, now);
	return done;
}

/**
 * nst_meter_arm - see to it that the timer fires
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

	/* moved away from a CPU that went offline: who saw that goes drains it */
	if (c->id != smp_processor_id())
		return;
	nst_lock(c->net);
	done = nst_meter_tick(c, nst_clock_ms());
	if (done && nst_meter_idle(c))
		c->armed = false;
	else if (done)
		nst_meter_arm(c);
	else
		mod_timer(&c->timer, jiffies + 1);
	c->worst = max(c->worst, ktime_get_ns() - start);
	nst_unlock(c->net);
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
	nst_exporter_init(&c->exporter, sender);
	c->aging.exporter = &c->exporter;
	c->aging.ended = c->ended;
	c->ticks = jiffies - 1;
	timer_setup(&c->timer, nst_meter_timer, TIMER_PINNED);
}
