/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ring of pending packets: what happens to a packet between its dissection
 * and the update of its flow, inline.
 *
 * The entries are used in turn.  A packet is dissected right into the next
 * entry, and its bucket is prefetched.  %NST_AHEAD packets later the flow is
 * looked up in that bucket and prefetched.  %NST_AHEAD packets after that the
 * entry is needed again, and the flow is updated.  Half way between the lookup
 * and the update, a flow that is not in its first bucket is looked up in its
 * second.  A packet of the same flow as the packet before it is added to that
 * packet's entry instead.  Whatever is not plain addition is left to
 * nst_meter_settle().
 */
#ifndef _NST_RING_H
#define _NST_RING_H

#include "aging.h"
#include "meter.h"

#define NST_TCP_FIN_RST	0x05

/* No entry is needed again while a packet is still being given to its records. */
static_assert(NST_METERS_MAX < NST_RING);

/**
 * nst_ring_next - the entry for the next packet
 * @c: this CPU
 *
 * The caller fills it in and calls nst_meter_packet(), or leaves it as it is.
 *
 * Context: owner, bottom halves off.
 * Return: the packet of a free entry; its content is undefined.
 */
static __always_inline struct nst_pkt *nst_ring_next(struct nst_cpu *c)
{
	return &c->next->pkt;
}

/* The key: for original flows the packet's own words, else the masked copy. */
static __always_inline u64 *nst_pending_key(struct nst_pending *p,
					    const struct nst_table *t)
{
	return t->original ? p->pkt.f.word : p->word;
}

/* -------------------------------------------------------------- merging */

/*
 * Whether a packet may be added to pending ones of the same flow.  A flow that was
 * merged beyond the range of its counters could not end in time.
 */
static __always_inline bool nst_ring_mergeable(const struct nst_table *t,
					       const struct nst_pending *p,
					       const struct nst_pkt *pkt)
{
	/* nst_meter_settle() folds each packet into the flow separately */
	return !t->folds &&
	       p->pkt.bytes + pkt->bytes <= t->rec->max_bytes &&
	       p->pkt.packets + pkt->packets <= t->rec->max_packets;
}

static __always_inline bool nst_ring_is(const struct nst_pending *p,
					const struct nst_table *t,
					const struct nst_pkt *pkt)
{
	const u64 *a = p->pkt.f.word, *b = pkt->f.word;

	if (likely(t->original))
		/* compare the interface identifier first: it differs more often */
		return a[1] == b[1] && nst_original_same(a, b);
	/* what few records need comes last */
	return nst_record_is(&t->rec->words, p->word, &pkt->f) &&
	       (likely(!t->merge_check) || nst_ring_mergeable(t, p, pkt));
}

static __always_inline u8 nst_ring_closes(const struct nst_table *t,
					  const struct nst_pkt *pkt, u8 how)
{
	if (likely(!(pkt->f.tcp_flags & NST_TCP_FIN_RST)))
		return NST_TCP_OPEN;
	return t->rec->connection ? how : NST_TCP_OPEN;
}

/*
 * Add a packet to the newest entry if it belongs to the same flow: most traffic
 * comes in bursts.  Return: whether it was added.
 */
static __always_inline bool nst_ring_merge(struct nst_table *t,
					   const struct nst_pkt *pkt)
{
	struct nst_pending *p = t->newest;

	/* the entry may have been finished, or be another record's by now */
	if (!nst_ring_is(p, t, pkt) || p->table != t || p->tcp_end)
		return false;
	p->pkt.packets += pkt->packets;
	p->pkt.bytes += pkt->bytes;
	p->pkt.f.tcp_flags |= pkt->f.tcp_flags;
	p->last = pkt->now;
	p->tcp_end = nst_ring_closes(t, pkt, NST_TCP_LATER);
	return true;
}

/* -------------------------------------------------------------- filling */

static __always_inline void nst_ring_fill(struct nst_pending *p,
					  struct nst_table *t)
{
	if (likely(t->original))
		p->hash = nst_hash_original(p->pkt.f.word, t->secret);
	else
		p->hash = nst_record_key(&t->rec->words, p->word, &p->pkt.f,
					 t->secret);
	p->bucket = nst_table_bucket(t, p->hash);
	prefetch(p->bucket);
	p->table = t;
	p->last = p->pkt.now;
	p->tcp_end = nst_ring_closes(t, &p->pkt, NST_TCP_ONLY);
}

/* ----------------------------------------------- looking up and updating */

static __always_inline void nst_ring_lookup_first(struct nst_pending *p)
{
	u32 index;

	if (unlikely(!p->table))
		return;
	if (unlikely(!nst_bucket_probe(p->bucket, p->hash, &index))) {
		p->flow = &nst_no_flow;
		nst_bucket_prefetch_second(p->table, p->bucket, p->hash);
		return;
	}
	p->flow = nst_table_flow(p->table, index);
	nst_flow_prefetch(p->flow);
}

/* A flow that is not in its first bucket may be in its second, prefetched by now. */
static __always_inline void nst_ring_lookup_second(struct nst_pending *p)
{
	if (unlikely(p->flow == &nst_no_flow) && p->table &&
	    nst_bucket_spilled(p->bucket))
		nst_ring_probe_second(p);
}

/* Whether the flow that was found some packets ago is still the right one. */
static __always_inline bool nst_ring_guessed(const struct nst_table *t,
					     const struct nst_pending *p)
{
	const struct nst_flow *flow = p->flow;

	if (unlikely(flow->state != NST_FLOW_LIVE))
		return false;
	if (likely(t->original))
		return nst_original_same(flow->word, p->pkt.f.word);
	/* nst_meter_settle() folds, so that this path only adds */
	if (unlikely(t->folds))
		return false;
	return nst_flow_is(flow, p->word, t->nkey);
}

/* Why the flow has to end before these packets are added, if it has to. */
static __always_inline enum nst_end
nst_pending_ends(const struct nst_table *t, const struct nst_pending *p)
{
	const struct nst_flow *flow = p->flow;

	if (unlikely(t->narrow) &&
	    (flow->bytes + p->pkt.bytes > t->rec->max_bytes ||
	     flow->packets + p->pkt.packets > t->rec->max_packets))
		return NST_END_OVERFLOW;
	return nst_aging_due(t, flow, p->pkt.now);
}

/* @folds: the record accumulates other fields; a constant false on the fast path */
static __always_inline void nst_pending_add(struct nst_table *t,
					    const struct nst_pending *p,
					    bool folds)
{
	struct nst_flow *flow = p->flow;
	u32 packets = p->pkt.packets;
	u64 bytes = p->pkt.bytes;

	nst_flow_write_begin(flow);
	flow->packets += packets;
	flow->bytes += bytes;
	flow->last = p->last;
	flow->tcp_flags |= p->pkt.f.tcp_flags;
	if (folds)
		nst_record_fold(&t->rec->words, flow, &p->pkt.f);
	nst_flow_write_end(flow);
	t->cached.packets += packets;
	t->cached.bytes += bytes;
}

static __always_inline void nst_ring_finish(struct nst_cpu *c, struct nst_pending *p)
{
	struct nst_table *t = p->table;

	if (unlikely(!t))
		return;
	if (likely(nst_ring_guessed(t, p) && !nst_pending_ends(t, p) &&
		   !p->tcp_end))
		nst_pending_add(t, p, false);
	else
		nst_meter_settle(&c->aging, p);
	p->table = NULL;
}

/**
 * nst_meter_packet - meter a packet for one record
 * @c: this CPU
 * @t: the record's table on it
 * @pkt: from nst_ring_next() when the packet came, filled in
 *
 * Context: owner, bottom halves off.
 */
static __always_inline void nst_meter_packet(struct nst_cpu *c, struct nst_table *t,
					     const struct nst_pkt *pkt)
{
	struct nst_pending *p;

	c->metered.packets += pkt->packets;
	c->metered.bytes += pkt->bytes;
	if (nst_ring_merge(t, pkt))
		return;
	p = c->next;
	/* a second record in effect needs an entry of its own */
	if (unlikely(&p->pkt != pkt))
		nst_ring_copy_pending(p, pkt);
	nst_ring_fill(p, t);
	t->newest = p;
	nst_ring_lookup_first(p->behind);
	nst_ring_lookup_second(p->again);
	nst_ring_finish(c, p->next);
	c->next = p->next;
	if (unlikely(!c->armed))
		nst_meter_arm(c);
}

#endif /* _NST_RING_H */
