// SPDX-License-Identifier: GPL-2.0
/*
 * Metering: the slow path of the ring and of updates, and the timer for periodic work.
 * Everything runs with bottom halves off on the CPU that owns the tables.
 */
#include <linux/jiffies.h>
#include <linux/string.h>
#include <linux/tcp.h>

#include "clock.h"
#include "compat.h"
#include "meter.h"
#include "route_tables.h"
#include "state.h"
#include "ring.h"

/* Bound on a run of the timer, and number of flows between two reads of the clock. */
#define NST_TICK_NS	(250 * NSEC_PER_USEC)
#define NST_TICK_FLOWS	64

/* Delay before flows that wait for a congested stream are tried again, ms. */
#define NST_STUCK_MS	20

struct nst_flow nst_no_flow = { .state = NST_FLOW_FREE };

/* ------------------------------------------------------------- the update */

/* End a flow to make space for a new one.  Return: whether one was ended. */
static bool nst_meter_displace(struct nst_aging *aging, struct nst_table *tbl,
			       u32 hash)
{
	/* flows of a permanent cache stay, unless other tables need their room */
	if (tbl->report && !nst_table_over(tbl))
		return false;
	if (!tbl->crowded) {
		/* end a second flow while the table is above its share */
		if (nst_table_over(tbl))
			nst_aging_evict(aging, tbl);
		return nst_aging_evict(aging, tbl);
	}
	/* only a flow in the same buckets makes space */
	nst_aging_cut(aging, tbl, nst_table_rival(tbl, hash, aging->now));
	return true;
}

static u32 nst_meter_insert(struct nst_aging *aging, struct nst_table *tbl,
			    const u64 *word, u32 hash)
{
	unsigned int tries = 0;
	u32 index;

	/* inserting can fail twice: first for the quota, then for full buckets */
	do {
		index = nst_table_insert(tbl, hash, word);
		if (likely(index != NST_NONE))
			return index;
	} while (tries++ < 2 && nst_meter_displace(aging, tbl, hash));
	return NST_NONE;
}

/*
 * Look up what routes say of the first packet of a flow.  Nobody may have cleared these
 * fields before.
 */
static noinline void nst_meter_look_up(struct nst_cpu *pcpu, struct nst_pending *entry)
{
	const struct nst_table *tbl = entry->table;
	struct nst_fields *fields = &entry->pkt.f;

	fields->word[NST_WORD(src_as)] &= tbl->rec->as_key;
	if (tbl->rec->made & NST_ROUTES_NEXT_HOP)
		memset(&fields->bgp_next_hop, 0, sizeof(fields->bgp_next_hop));
	if (tbl->routes)
		nst_route_tables_values(&pcpu->net->routes, pcpu->net->net,
					tbl->routes, fields);
}

/* The bits of a kept word that follow from the key by way of routes. */
static u64 nst_meter_route_bits(const struct nst_record *rec, unsigned int word)
{
	u64 bits = 0;

	switch (word) {
	case NST_WORD(src_as):
		if (rec->follows & NST_ROUTES_SRC_AS)
			bits |= NST_FIELD_PREP(src_as, U32_MAX);
		if (rec->follows & NST_ROUTES_DST_AS)
			bits |= NST_FIELD_PREP(dst_as, U32_MAX);
		return bits;
	case NST_WORD(bgp_next_hop):
	case NST_WORD(bgp_next_hop) + 1:
		return rec->follows & NST_ROUTES_NEXT_HOP ? U64_MAX : 0;
	default:
		return 0;
	}
}

/* Whether a flow still has what routes say of its packets. */
static bool nst_meter_route_holds(struct nst_cpu *pcpu, struct nst_pending *entry)
{
	const struct nst_record *rec = entry->table->rec;
	const struct nst_words *words = &rec->words;
	struct nst_flow *flow = entry->flow;
	const u64 *kept = &flow->word[words->nkey];
	unsigned int i, word;

	if (flow->route_state == pcpu->route_state)
		return true;
	if (rec->follows)
		nst_meter_look_up(pcpu, entry);
	for (i = 0; rec->follows && i < words->nkept; i++) {
		word = words->kept_word[i];
		if ((kept[i] ^ entry->pkt.f.word[word]) & nst_meter_route_bits(rec, word))
			return false;
	}
	flow->route_state = pcpu->route_state;
	return true;
}

/* The words of a new flow: its key, then the words kept of its first packet. */
static const u64 *nst_pending_words(struct nst_cpu *pcpu, struct nst_pending *entry)
{
	const struct nst_table *tbl = entry->table;
	const struct nst_words *words = &tbl->rec->words;
	unsigned int i;

	if (tbl->original)
		return entry->pkt.f.word;
	if (unlikely(tbl->rec->made))
		nst_meter_look_up(pcpu, entry);
	for (i = 0; i < words->nkept; i++)
		entry->word[words->nkey + i] = entry->pkt.f.word[words->kept_word[i]];
	return entry->word;
}

static void nst_meter_lose(struct nst_aging *aging, const struct nst_pending *entry)
{
	struct nst_amount amount = {
		.packets = entry->pkt.packets, .bytes = entry->pkt.bytes,
	};

	nst_exporter_lose(aging->exporter, entry->table->rec, NST_LOST_MEMORY, &amount);
}

/* What only some tables need of a new flow. */
static noinline void nst_meter_begin_more(const struct nst_cpu *pcpu,
					  struct nst_pending *entry)
{
	struct nst_table *tbl = entry->table;
	struct nst_flow *flow = entry->flow;

	flow->route_state = pcpu->route_state;
	if (tbl->folds)
		nst_record_fold_begin(&tbl->rec->words, flow);
	if (tbl->by_slot)
		nst_table_count(tbl, flow, false);
	/* once the flow is in the wheel, nst_aging_close() ends it or sets its report */
	if (tbl->report || tbl->immediate)
		entry->tcp_end |= NST_TCP_LATER;
}

/* Create a flow for pending packets. */
static void nst_meter_begin(struct nst_cpu *pcpu, struct nst_pending *entry)
{
	struct nst_aging *aging = &pcpu->aging;
	struct nst_table *tbl = entry->table;
	u32 index = nst_meter_insert(aging, tbl, nst_pending_words(pcpu, entry),
				     entry->hash);

	if (unlikely(index == NST_NONE)) {
		nst_meter_lose(aging, entry);
		return;
	}
	entry->flow = nst_table_flow(tbl, index);
	entry->flow->first = entry->pkt.now;
	entry->flow->last = entry->last;
	if (unlikely(tbl->begins))
		nst_meter_begin_more(pcpu, entry);
	nst_flow_write_end(entry->flow);
	nst_aging_add(tbl, index, aging->now);
	nst_pending_add(tbl, entry, tbl->folds);
	if (entry->tcp_end & NST_TCP_LATER)
		nst_aging_close(aging, tbl, index);
}

/*
 * Whether nothing but the record's accumulation of values keeps the packets from the
 * fast path, as it does with nearly all packets of such a record.
 */
static bool nst_meter_only_folds(const struct nst_cpu *pcpu,
				 const struct nst_pending *entry)
{
	const struct nst_table *tbl = entry->table;
	const struct nst_flow *flow = entry->flow;

	return tbl->folds && flow->state == NST_FLOW_LIVE &&
	       flow->route_state == pcpu->route_state &&
	       nst_flow_is(flow, entry->word, tbl->nkey) &&
	       !nst_pending_ends(tbl, entry) && !entry->tcp_end;
}

/**
 * nst_meter_settle - slow path of nst_ring_finish()
 * @pcpu: this CPU
 * @entry: pending packets
 *
 * The flow may be new, may have moved since it was looked up, may have to end, or may
 * accumulate values.  Routes may have changed, and with them what its record matches.
 *
 * Context: owner, bottom halves off.
 */
noinline void nst_meter_settle(struct nst_cpu *pcpu, struct nst_pending *entry)
{
	struct nst_aging *aging = &pcpu->aging;
	struct nst_table *tbl = entry->table;
	enum nst_end end;
	u32 index;

	if (nst_meter_only_folds(pcpu, entry)) {
		nst_pending_add(tbl, entry, true);
		return;
	}
	index = nst_table_find(tbl, entry->hash, nst_pending_key(entry, tbl));
	if (index == NST_NONE) {
		nst_meter_begin(pcpu, entry);
		return;
	}
	entry->flow = nst_table_flow(tbl, index);
	end = nst_pending_ends(tbl, entry);
	if (entry->tcp_end & NST_TCP_SYN &&
	    entry->flow->state == NST_FLOW_CLOSING)
		end = NST_END_TCP;
	if (unlikely(tbl->careful) && !end && !nst_meter_route_holds(pcpu, entry))
		end = NST_END_ROUTES;
	if (end) {
		nst_aging_end(aging, tbl, index, end);
		nst_meter_begin(pcpu, entry);
		return;
	}
	nst_pending_add(tbl, entry, tbl->folds);
	if (entry->tcp_end & (NST_TCP_ONLY | NST_TCP_LATER))
		nst_aging_close(aging, tbl, index);
}

/* -------------------------------------------------------------- the ring */

/**
 * nst_ring_probe_second - look up the flow of an entry in its second bucket
 * @entry: entry whose flow is not in its first bucket, which has spilled flows
 *
 * Context: owner, bottom halves off.
 */
noinline void nst_ring_probe_second(struct nst_pending *entry)
{
	struct nst_segment *seg = nst_table_segment(entry->table, entry->hash);
	u32 index;

	if (!nst_bucket_probe(&seg->bucket[nst_bucket_second(entry->hash)],
			      entry->hash, &index))
		return;
	entry->flow = nst_table_flow(entry->table, index);
	nst_flow_prefetch(entry->flow);
}

/**
 * nst_ring_copy - copy a packet to another entry
 * @pcpu: this CPU
 * @to: the packet of that entry
 * @from: the packet
 *
 * Words of details are undefined, and not copied, where no record needs them.
 *
 * Context: owner, bottom halves off.
 */
noinline void nst_ring_copy(const struct nst_cpu *pcpu, struct nst_pkt *to,
			    const struct nst_pkt *from)
{
	if (pcpu->needs & NST_NEEDS_ANY_DETAIL) {
		*to = *from;
		return;
	}
	/* not as the one word that two of them make up: see nst_field_prep() */
	to->packets = from->packets;
	to->now = from->now;
	to->bytes = from->bytes;
	memcpy(&to->f, &from->f, NST_DETAIL_WORD * sizeof(u64));
}

/**
 * nst_meter_flush - put all pending packets into their tables
 * @pcpu: the CPU
 *
 * Context: owner, bottom halves off.
 */
void nst_meter_flush(struct nst_cpu *pcpu)
{
	struct nst_pending *entry;

	/* oldest first; repeating a lookup does no harm */
	for (entry = pcpu->next->next; entry != pcpu->next; entry = entry->next)
		nst_ring_lookup_first(entry);
	for (entry = pcpu->next->next; entry != pcpu->next; entry = entry->next)
		nst_ring_finish(pcpu, entry);
}

/**
 * nst_meter_pending - add the packets and bytes in the ring to a sum
 * @pcpu: the CPU
 * @sum: the sum
 *
 * Context: owner, bottom halves off.
 */
void nst_meter_pending(const struct nst_cpu *pcpu, struct nst_amount *sum)
{
	const struct nst_pending *entry;

	for (entry = pcpu->ring; entry < pcpu->ring + NST_RING; entry++) {
		if (!entry->table)
			continue;
		sum->packets += entry->pkt.packets;
		sum->bytes += entry->pkt.bytes;
	}
}

/**
 * nst_meter_watched - add a monitor's packets and bytes in the ring to a sum
 * @pcpu: the CPU
 * @account: account of the monitor
 * @sum: the sum
 *
 * Context: owner, bottom halves off.
 */
void nst_meter_watched(const struct nst_cpu *pcpu, const struct nst_account *account,
		       struct nst_amount *sum)
{
	const struct nst_pending *entry;

	for (entry = pcpu->ring; entry < pcpu->ring + NST_RING; entry++) {
		if (!entry->table || entry->table->rec->account != account)
			continue;
		sum->packets += entry->pkt.packets;
		sum->bytes += entry->pkt.bytes;
	}
}

/* ------------------------------------------------------------------ timer */

static bool nst_meter_idle(const struct nst_cpu *pcpu)
{
	const struct nst_table *tbl;

	list_for_each_entry(tbl, &pcpu->tables, node)
		if (tbl->used || nst_table_lean(tbl))
			return false;
	return list_empty(&pcpu->exporter.open);
}

/* End the flows of a table that are due.  Return: false if time ran out. */
static bool nst_meter_age(struct nst_cpu *pcpu, struct nst_table *tbl, u64 end)
{
	while (!nst_aging_run(&pcpu->aging, tbl, NST_TICK_FLOWS))
		if (ktime_get_ns() >= end)
			return false;
	return true;
}

/*
 * End flows of a table that is above its share while streams accept them.
 * Return: false if time ran out or a flow could not be ended.
 */
static bool nst_meter_shed(struct nst_cpu *pcpu, struct nst_table *tbl, u64 end)
{
	unsigned int n;

	for (n = 0; tbl->used && nst_table_over(tbl); n++) {
		if (n >= NST_TICK_FLOWS && ktime_get_ns() >= end)
			return false;
		if (!nst_exporter_any_ready(tbl->export_set, tbl->rec)) {
			pcpu->aging.stuck = true;
			return true;
		}
		if (!nst_aging_evict(&pcpu->aging, tbl))
			return false;
	}
	return true;
}

/**
 * nst_meter_reroute - have the routes of all flows looked up again
 * @pcpu: the CPU
 *
 * Each flow whose record looks routes up when a flow is made is compared with what they
 * say now when its next packet arrives, and ends if it has changed.
 *
 * Context: owner, bottom halves off.
 */
void nst_meter_reroute(struct nst_cpu *pcpu)
{
	pcpu->route_state++;
}

static bool nst_meter_follows(const struct nst_cpu *pcpu)
{
	unsigned int i;

	for (i = 0; i < pcpu->nactive; i++)
		if (pcpu->active[i]->rec->follows)
			return true;
	return false;
}

/*
 * Have routes changed?  Not more often than the timer usually runs, since it costs each
 * flow a lookup.
 */
static void nst_meter_routes(struct nst_cpu *pcpu, u64 now)
{
	u32 changes;

	if (!nst_meter_follows(pcpu) || now - pcpu->route_checked < NST_TICK_MS)
		return;
	pcpu->route_checked = now;
	changes = nst_route_tables_changes(&pcpu->net->routes);
	if (changes == pcpu->route_changes)
		return;
	pcpu->route_changes = changes;
	nst_meter_reroute(pcpu);
}

/**
 * nst_meter_tick - periodic work of a CPU
 * @pcpu: the CPU
 * @now: milliseconds since boot
 *
 * Empties the ring, looks for changes of routes, ends flows that are due or above the
 * share of their table, hands over open export packets that are old enough, and frees
 * memory.  Work that remains after %NST_TICK_NS is left to the next tick.
 *
 * Context: owner, bottom halves off.
 * Return: false if work remains now, including flows that wait for a stream.
 */
bool nst_meter_tick(struct nst_cpu *pcpu, u64 now)
{
	u64 end = ktime_get_ns() + NST_TICK_NS;
	struct nst_table *tbl;
	bool done = true;

	pcpu->aging.now = now;
	pcpu->aging.stuck = false;
	nst_meter_flush(pcpu);
	nst_meter_routes(pcpu, now);
	list_for_each_entry(tbl, &pcpu->tables, node)
		done &= nst_meter_age(pcpu, tbl, end) & nst_meter_shed(pcpu, tbl, end);
	/* the ring is empty, so nothing points to flows or buckets */
	list_for_each_entry(tbl, &pcpu->tables, node)
		nst_table_tend(tbl, now, end);
	nst_exporter_tick(&pcpu->exporter, now);
	return done && !pcpu->aging.stuck;
}

/**
 * nst_meter_arm - arm the timer for the next tick
 * @pcpu: this CPU
 *
 * Context: owner, bottom halves off, on this CPU, since the timer is pinned.
 */
void nst_meter_arm(struct nst_cpu *pcpu)
{
	pcpu->armed = true;
	mod_timer(&pcpu->timer, jiffies + msecs_to_jiffies(NST_TICK_MS));
}

static void nst_meter_timer(struct timer_list *timer)
{
	struct nst_cpu *pcpu = timer_container_of(pcpu, timer, timer);
	u64 start = ktime_get_ns();
	bool done;

	/* the timer was moved from a CPU that went offline; cpu.c drains its tables */
	if (pcpu->id != smp_processor_id())
		return;
	nst_lock(pcpu->net);
	done = nst_meter_tick(pcpu, nst_clock_ms());
	if (done && nst_meter_idle(pcpu))
		pcpu->armed = false;
	else if (done)
		nst_meter_arm(pcpu);
	else
		mod_timer(&pcpu->timer, jiffies + (pcpu->aging.stuck ?
						   msecs_to_jiffies(NST_STUCK_MS) : 1));
	pcpu->count[NST_COUNT_TIMER_WORST] =
		max(pcpu->count[NST_COUNT_TIMER_WORST], ktime_get_ns() - start);
	nst_unlock(pcpu->net);
}

static void nst_ring_init(struct nst_cpu *pcpu)
{
	struct nst_pending *entry;
	unsigned int i;

	for (i = 0; i < NST_RING; i++) {
		entry = &pcpu->ring[i];
		entry->next = &pcpu->ring[(i + 1) % NST_RING];
		entry->behind = &pcpu->ring[(i + NST_RING - NST_AHEAD) % NST_RING];
		entry->again = &pcpu->ring[(i + NST_RING / 4) % NST_RING];
	}
	pcpu->next = pcpu->ring;
}

/**
 * nst_meter_init - initialize a CPU's part of a namespace
 * @pcpu: the part, all zero
 * @nn: the namespace
 * @cpu: number of the CPU
 * @sender: sender that gets the export packets
 *
 * Context: process.
 */
void nst_meter_init(struct nst_cpu *pcpu, struct nst_net *nn, unsigned int cpu,
		    struct nst_sender *sender)
{
	local_lock_init(&pcpu->lock);
	pcpu->id = cpu;
	pcpu->net = nn;
	INIT_LIST_HEAD(&pcpu->tables);
	nst_ring_init(pcpu);
	nst_exporter_init(&pcpu->exporter, sender);
	pcpu->exporter.cpu = cpu;
	pcpu->aging.exporter = &pcpu->exporter;
	pcpu->aging.ended = pcpu->ended;
	pcpu->ticks = jiffies - 1;
	pcpu->status = NST_STATUS_FORWARDED;
	timer_setup(&pcpu->timer, nst_meter_timer, TIMER_PINNED);
}
