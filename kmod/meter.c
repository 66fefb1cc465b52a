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

/* Flows that a run of the timer looks at in each table before it yields. */
#define NST_TICK_BUDGET	1024

#define NST_TCP_END	0x05	/* FIN, RST */

/* ------------------------------------------------------------- the update */

static u32 nst_meter_create(struct nst_aging *a, struct nst_table *t,
			    const struct nst_pending *p)
{
	struct nst_flow *flow;
	u32 index;

	index = nst_table_insert(t, p->hash, p->word);
	if (index == NST_NONE && nst_aging_evict(a, t))
		index = nst_table_insert(t, p->hash, p->word);
	if (index == NST_NONE)
		return NST_NONE;
	flow = nst_table_flow(t, index);
	flow->first = p->first;
	flow->last = p->last;
	flow->output_if = p->output_if;
	flow->input_if = p->input_if;
	flow->flow_label = p->flow_label;
	flow->src_vlan = p->src_vlan;
	flow->dst_vlan = p->dst_vlan;
	flow->src_mask = p->src_mask;
	flow->dst_mask = p->dst_mask;
	nst_flow_write_end(flow);
	nst_aging_add(t, index, a->now);
	return index;
}

/* The guess was made some packets ago: the flow may have ended since. */
static u32 nst_meter_lookup(const struct nst_table *t,
			    const struct nst_pending *p)
{
	const struct nst_flow *flow;
	unsigned int i;

	if (p->index == NST_NONE)
		goto search;
	flow = nst_table_flow(t, p->index);
	if (flow->state != NST_FLOW_LIVE || flow->hash != p->hash)
		goto search;
	for (i = 0; i < t->rec->nkey; i++)
		if (flow->word[i] != p->word[i])
			goto search;
	return p->index;
search:
	return nst_table_find(t, p->hash, p->word);
}

/* Does the flow end before these packets can be added to it? */
static enum nst_end nst_meter_ends(const struct nst_table *t,
				   const struct nst_flow *flow,
				   const struct nst_pending *p)
{
	const struct nst_record *rec = t->rec;

	if (unlikely(flow->bytes > rec->max_bytes - min(p->bytes, rec->max_bytes) ||
		     flow->packets > rec->max_packets -
				     min_t(u64, p->packets, rec->max_packets)))
		return NST_END_OVERFLOW;
	return nst_aging_due(t, flow, p->first);
}

static void nst_meter_add(struct nst_table *t, struct nst_flow *flow,
			  const struct nst_pending *p)
{
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

static void nst_meter_update(struct nst_aging *a, const struct nst_pending *p)
{
	struct nst_table *t = p->table;
	u32 index = nst_meter_lookup(t, p);
	bool made = false;
	enum nst_end end;

	if (index != NST_NONE) {
		end = nst_meter_ends(t, nst_table_flow(t, index), p);
		if (unlikely(end)) {
			nst_aging_end(a, t, index, end);
			index = NST_NONE;
		}
	}
	if (index == NST_NONE) {
		index = nst_meter_create(a, t, p);
		made = true;
	}
	if (unlikely(index == NST_NONE)) {
		nst_meter_lose(a, p);
		return;
	}
	nst_meter_add(t, nst_table_flow(t, index), p);
	if (unlikely(p->closed || (p->closing && !made)))
		nst_aging_end(a, t, index, NST_END_TCP);
}

/* -------------------------------------------------------------- the ring */

static struct nst_pending *nst_ring_at(struct nst_cpu *c, u32 number)
{
	return &c->ring[number % NST_RING];
}

static void nst_ring_look(struct nst_cpu *c)
{
	struct nst_pending *p = nst_ring_at(c, c->looked++);

	p->index = nst_table_probe(p->table, p->hash);
	if (p->index != NST_NONE)
		nst_table_prefetch_flow(p->table, p->index);
}

/**
 * nst_meter_aging - the context that ending flows on a CPU needs
 * @c: the CPU
 *
 * Context: owner, bottom halves off.
 */
struct nst_aging nst_meter_aging(struct nst_cpu *c)
{
	return (struct nst_aging) {
		.exporter	= &c->exporter,
		.ended		= c->ended,
		.now		= c->now,
	};
}

static void nst_ring_finish(struct nst_cpu *c)
{
	struct nst_aging a = nst_meter_aging(c);

	nst_meter_update(&a, nst_ring_at(c, c->done++));
}

static void nst_ring_key(u64 *key, const struct nst_record *rec,
			 const struct nst_fields *f)
{
	const u64 *from = (const u64 *)f;
	unsigned int i;

	for (i = 0; i < rec->nkey; i++)
		key[i] = from[rec->key_word[i]] & rec->key_mask[i];
}

/* A packet of the flow that came just before: most traffic comes in bursts. */
static bool nst_ring_merge(struct nst_cpu *c, struct nst_table *t,
			   const struct nst_pkt *pkt, const u64 *key)
{
	struct nst_pending *p = nst_ring_at(c, t->last_pending);
	unsigned int i;

	if (t->last_pending - c->done >= c->in - c->done || p->table != t ||
	    p->closed || p->closing)
		return false;
	for (i = 0; i < t->rec->nkey; i++)
		if (p->word[i] != key[i])
			return false;
	p->packets += pkt->packets;
	p->bytes += pkt->bytes;
	p->last = pkt->now;
	p->tcp_flags |= pkt->f.tcp_flags;
	p->closed = t->rec->connection && pkt->f.tcp_flags & NST_TCP_END;
	return true;
}

/* The key is there already: the rest of the first packet. */
static void nst_ring_fill(struct nst_pending *p, struct nst_table *t,
			  const struct nst_pkt *pkt)
{
	const u64 *from = (const u64 *)&pkt->f;
	const struct nst_record *rec = t->rec;
	unsigned int i;

	p->table = t;
	p->hash = nst_hash(p->word, rec->nkey, t->secret);
	for (i = 0; i < rec->nkept; i++)
		p->word[rec->nkey + i] = from[rec->kept_word[i]];
	p->packets = pkt->packets;
	p->bytes = pkt->bytes;
	p->first = pkt->now;
	p->last = pkt->now;
	p->output_if = pkt->f.output_if;
	p->input_if = pkt->f.input_if;
	p->flow_label = pkt->f.flow_label;
	p->src_vlan = pkt->f.src_vlan;
	p->dst_vlan = pkt->f.dst_vlan;
	p->src_mask = pkt->f.src_mask;
	p->dst_mask = pkt->f.dst_mask;
	p->tcp_flags = pkt->f.tcp_flags;
	p->closing = rec->connection && pkt->f.tcp_flags & NST_TCP_END;
	p->closed = false;
}

/**
 * nst_meter_packet - count a packet in the flow of one record that it belongs to
 * @c: this CPU
 * @t: the record's table on it
 * @pkt: the packet
 *
 * Context: owner, bottom halves off.
 */
void nst_meter_packet(struct nst_cpu *c, struct nst_table *t,
		      const struct nst_pkt *pkt)
{
	struct nst_pending *p = nst_ring_at(c, c->in);

	c->metered.packets += pkt->packets;
	c->metered.bytes += pkt->bytes;
	nst_ring_key(p->word, t->rec, &pkt->f);
	if (nst_ring_merge(c, t, pkt, p->word))
		return;
	nst_ring_fill(p, t, pkt);
	nst_table_prefetch_bucket(t, p->hash);
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

/**
 * nst_meter_tick - do what time asks for
 * @c: the CPU
 * @now: milliseconds since boot
 *
 * Empties the ring, ends flows that are due, sends open export packets that
 * are old enough.
 *
 * Context: owner, bottom halves off.
 * Return: whether all of it is done.
 */
bool nst_meter_tick(struct nst_cpu *c, u64 now)
{
	struct nst_aging a;
	struct nst_table *t;
	bool done = true;

	c->now = now;
	nst_meter_flush(c);
	a = nst_meter_aging(c);
	list_for_each_entry(t, &c->tables, node)
		done &= nst_aging_run(&a, t, NST_TICK_BUDGET);
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
	timer_setup(&c->timer, nst_meter_timer, TIMER_PINNED);
}
