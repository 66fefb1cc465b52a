/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ring of pending packets: what happens to a packet between its dissection and the
 * update of its flow, inline.
 *
 * The entries are used in turn.  A packet is dissected directly into the next entry,
 * and its bucket is prefetched.  %NST_AHEAD packets later its flow is looked up in the
 * bucket and prefetched.  %NST_AHEAD packets after that the entry is needed again, and
 * the flow is updated.  Half way between lookup and update, a flow that is not in its
 * first bucket is looked up in its second.  A packet of the same flow as the packet
 * before it is added to that packet's entry instead.  nst_meter_settle() does every
 * update that is more than adding to the counters of a flow.
 */
#ifndef _NST_RING_H
#define _NST_RING_H

#include "aging.h"
#include "meter.h"

#define NST_TCP_FLAG_SYN	0x02
#define NST_TCP_FIN_RST		0x05

/*
 * A packet takes one entry per record.  So its first entry is not reused before the
 * last.
 */
static_assert(NST_ACTIVE_MAX < NST_RING);

/**
 * nst_ring_next - get the packet of the next free entry
 * @pcpu: this CPU
 *
 * The caller fills it in and calls nst_meter_packet(), or does not use it.
 *
 * Context: owner, bottom halves off.
 * Return: the packet, with undefined content.
 */
static __always_inline struct nst_pkt *nst_ring_next(struct nst_cpu *pcpu)
{
	return &pcpu->next->pkt;
}

/* The key: the packet's own words for original flows, else the masked copy. */
static __always_inline u64 *nst_pending_key(struct nst_pending *entry,
					    const struct nst_table *tbl)
{
	return tbl->original ? entry->pkt.f.word : entry->word;
}

/* -------------------------------------------------------------- merging */

/*
 * Whether a packet may be added to pending ones of the same flow.  A flow that was
 * merged beyond the range of its counters could not end in time.
 */
static __always_inline bool nst_ring_mergeable(const struct nst_pending *entry,
					       const struct nst_table *tbl,
					       const struct nst_pkt *pkt)
{
	/* nst_meter_settle() folds each packet into the flow separately */
	return !tbl->folds &&
	       entry->pkt.bytes + pkt->bytes <= tbl->rec->max_bytes &&
	       entry->pkt.packets + pkt->packets <= tbl->rec->max_packets;
}

static __always_inline bool nst_ring_is(const struct nst_pending *entry,
					const struct nst_table *tbl,
					const struct nst_pkt *pkt)
{
	const u64 *a = entry->pkt.f.word, *b = pkt->f.word;

	if (likely(tbl->original))
		/* compare the interface identifier first: it differs more often */
		return a[1] == b[1] && nst_original_same(a, b);
	/* the slowest comparison, for other records, comes last */
	return nst_record_is(&tbl->rec->words, entry->word, &pkt->f) &&
	       (likely(!tbl->merge_check) || nst_ring_mergeable(entry, tbl, pkt));
}

/* @closes: result if the packet has FIN or RST */
static __always_inline u8 nst_ring_tcp(const struct nst_table *tbl,
				       const struct nst_pkt *pkt, u8 closes)
{
	if (likely(!(pkt->f.tcp_flags & (NST_TCP_FIN_RST | NST_TCP_FLAG_SYN))))
		return NST_TCP_OPEN;
	if (!tbl->rec->connection)
		return NST_TCP_OPEN;
	return pkt->f.tcp_flags & NST_TCP_FIN_RST ? closes : NST_TCP_SYN;
}

/*
 * Add a packet to the newest entry if it belongs to the same flow, since most traffic
 * comes in bursts.  Return: whether it was added.
 */
static __always_inline bool nst_ring_merge(struct nst_table *tbl,
					   const struct nst_pkt *pkt)
{
	struct nst_pending *entry = tbl->newest;
	u8 tcp_end;

	/* the entry may be finished or belong to another record by now */
	if (!nst_ring_is(entry, tbl, pkt) || entry->table != tbl ||
	    entry->tcp_end & (NST_TCP_ONLY | NST_TCP_LATER))
		return false;
	tcp_end = nst_ring_tcp(tbl, pkt, NST_TCP_LATER);
	/* the flow may be of a connection that has ended */
	if (unlikely(tcp_end == NST_TCP_SYN))
		return false;
	entry->pkt.packets += pkt->packets;
	entry->pkt.bytes += pkt->bytes;
	entry->pkt.f.tcp_flags |= pkt->f.tcp_flags;
	entry->last = pkt->now;
	entry->tcp_end |= tcp_end;
	return true;
}

/* -------------------------------------------------------------- filling */

static __always_inline void nst_ring_fill(struct nst_pending *entry,
					  struct nst_table *tbl)
{
	if (likely(tbl->original))
		entry->hash = nst_hash_original(entry->pkt.f.word, tbl->secret);
	else
		entry->hash = nst_record_key(&tbl->rec->words, entry->word,
					     &entry->pkt.f, tbl->secret);
	entry->bucket = nst_table_bucket(tbl, entry->hash);
	prefetch(entry->bucket);
	entry->table = tbl;
	entry->last = entry->pkt.now;
	entry->tcp_end = nst_ring_tcp(tbl, &entry->pkt, NST_TCP_ONLY);
}

/* ----------------------------------------------- looking up and updating */

static __always_inline void nst_ring_lookup_first(struct nst_pending *entry)
{
	u32 index;

	if (unlikely(!entry->table))
		return;
	if (unlikely(!nst_bucket_probe(entry->bucket, entry->hash, &index))) {
		entry->flow = &nst_no_flow;
		nst_bucket_prefetch_second(entry->table, entry->bucket, entry->hash);
		return;
	}
	entry->flow = nst_table_flow(entry->table, index);
	nst_flow_prefetch(entry->flow);
}

/* Look up a flow that is not in its first bucket in its second, prefetched by now. */
static __always_inline void nst_ring_lookup_second(struct nst_pending *entry)
{
	if (unlikely(entry->flow == &nst_no_flow) && entry->table &&
	    nst_bucket_spilled(entry->bucket))
		nst_ring_probe_second(entry);
}

/*
 * What nst_meter_settle() has to do: accumulate values, or see whether the routes by
 * which the flow was made still hold.
 */
static __always_inline bool nst_ring_settles(const struct nst_cpu *pcpu,
					     const struct nst_table *tbl,
					     const struct nst_flow *flow)
{
	return tbl->folds || flow->route_state != pcpu->route_state;
}

/* Whether the flow that was looked up earlier is still the right one. */
static __always_inline bool nst_ring_guessed(const struct nst_cpu *pcpu,
					     const struct nst_table *tbl,
					     const struct nst_pending *entry)
{
	const struct nst_flow *flow = entry->flow;

	if (unlikely(flow->state != NST_FLOW_LIVE))
		return false;
	if (likely(tbl->original))
		return nst_original_same(flow->word, entry->pkt.f.word);
	if (unlikely(tbl->careful) && nst_ring_settles(pcpu, tbl, flow))
		return false;
	return nst_flow_is(flow, entry->word, tbl->nkey);
}

/* The reason why the flow must end before these packets are added, if any. */
static __always_inline enum nst_end
nst_pending_ends(const struct nst_table *tbl, const struct nst_pending *entry)
{
	const struct nst_flow *flow = entry->flow;

	if (unlikely(tbl->narrow) &&
	    (flow->bytes + entry->pkt.bytes > tbl->rec->max_bytes ||
	     flow->packets + entry->pkt.packets > tbl->rec->max_packets))
		return NST_END_OVERFLOW;
	return nst_aging_due(tbl, flow, entry->pkt.now);
}

/* @folds: the record accumulates other fields; a constant false on the fast path */
static __always_inline void nst_pending_add(struct nst_table *tbl,
					    const struct nst_pending *entry,
					    bool folds)
{
	struct nst_flow *flow = entry->flow;
	u32 packets = entry->pkt.packets;
	u64 bytes = entry->pkt.bytes;

	nst_flow_write_begin(flow);
	flow->packets += packets;
	flow->bytes += bytes;
	flow->last = entry->last;
	flow->tcp_flags |= entry->pkt.f.tcp_flags;
	if (folds)
		nst_record_fold(&tbl->rec->words, flow, &entry->pkt.f);
	nst_flow_write_end(flow);
	tbl->cached.packets += packets;
	tbl->cached.bytes += bytes;
}

static __always_inline void nst_ring_finish(struct nst_cpu *pcpu,
					    struct nst_pending *entry)
{
	struct nst_table *tbl = entry->table;

	if (unlikely(!tbl))
		return;
	if (likely(nst_ring_guessed(pcpu, tbl, entry) && !nst_pending_ends(tbl, entry) &&
		   !entry->tcp_end))
		nst_pending_add(tbl, entry, false);
	else
		nst_meter_settle(pcpu, entry);
	entry->table = NULL;
}

/**
 * nst_meter_packet - meter a packet for one record
 * @pcpu: this CPU
 * @tbl: the record's table on it
 * @pkt: result of nst_ring_next(), filled in; the same for all records
 *
 * Context: owner, bottom halves off.
 */
static __always_inline void nst_meter_packet(struct nst_cpu *pcpu,
					     struct nst_table *tbl,
					     const struct nst_pkt *pkt)
{
	struct nst_pending *entry;

	pcpu->metered.packets += pkt->packets;
	pcpu->metered.bytes += pkt->bytes;
	if (nst_ring_merge(tbl, pkt))
		return;
	entry = pcpu->next;
	/* with several records, the second and later ones need entries of their own */
	if (unlikely(&entry->pkt != pkt))
		nst_ring_copy(pcpu, &entry->pkt, pkt);
	nst_ring_fill(entry, tbl);
	tbl->newest = entry;
	nst_ring_lookup_first(entry->behind);
	nst_ring_lookup_second(entry->again);
	nst_ring_finish(pcpu, entry->next);
	pcpu->next = entry->next;
	if (unlikely(!pcpu->armed))
		nst_meter_arm(pcpu);
}

#endif /* _NST_RING_H */
