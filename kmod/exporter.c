// SPDX-License-Identifier: GPL-2.0
/*
 * Writes flows into open packets.  Runs on the owner of a struct nst_export_pcpu
 * with bottom halves off.  Full packets are handed to the sender.
 */
#include <linux/string.h>

#include "clock.h"
#include "export.h"
#include "exporter.h"
#include "iftable.h"
#include "packet.h"
#include "route_tables.h"
#include "sender.h"

/* An open packet leaves after this long, whether or not it is full. */
#define NST_OPEN_MS	250

/**
 * nst_exporter_init - initialize the open packets of an owner
 * @pcpu: open packets
 * @sender: sender to which full packets go
 *
 * Context: process.
 */
void nst_exporter_init(struct nst_export_pcpu *pcpu, struct nst_sender *sender)
{
	memset(pcpu, 0, sizeof(*pcpu));
	pcpu->sender = sender;
	pcpu->now = U64_MAX;
	INIT_LIST_HEAD(&pcpu->open);
}

static void nst_exporter_hand(struct nst_export_pcpu *pcpu,
			      struct nst_packet *pkt)
{
	list_del_init(&pkt->open);
	nst_packet_close_set(pkt);
	nst_amount_sub(&pcpu->opened, &pkt->amount);
	nst_amount_add(&pcpu->handed, &pkt->amount);
	nst_account_hand(pkt->slot->account, pcpu->cpu, &pkt->amount);
	nst_sender_submit(pkt);
}

static struct nst_packet *nst_exporter_find(struct nst_export_pcpu *pcpu,
					    const struct nst_export_slot *slot,
					    u8 version)
{
	struct nst_packet *pkt;

	list_for_each_entry(pkt, &pcpu->open, open)
		if (pkt->slot == slot && pkt->version == version)
			return pkt;
	return NULL;
}

static struct nst_packet *nst_exporter_begin(struct nst_export_pcpu *pcpu,
					     struct nst_export_set *set,
					     struct nst_export_slot *slot,
					     u8 version)
{
	struct nst_packet *pkt = nst_packet_create(set, slot, version,
						   pcpu->now);

	if (pkt)
		list_add_tail(&pkt->open, &pcpu->open);
	return pkt;
}

/*
 * Reserve a data record of @tmpl in the open packet of its stream, which is stored
 * in @packet.
 * Return: where to write the record, or %NULL for lack of memory.
 */
static u8 *nst_exporter_reserve(struct nst_export_pcpu *pcpu,
				struct nst_export_set *set,
				struct nst_export_slot *slot,
				const struct nst_template *tmpl,
				struct nst_packet **packet)
{
	struct nst_packet *pkt = nst_exporter_find(pcpu, slot, tmpl->version);

	if (pkt && !nst_packet_fits(pkt, tmpl->id, tmpl->length)) {
		nst_exporter_hand(pcpu, pkt);
		pkt = NULL;
	}
	if (!pkt)
		pkt = nst_exporter_begin(pcpu, set, slot, tmpl->version);
	*packet = pkt;
	return pkt ? nst_packet_reserve(pkt, tmpl->id, tmpl->length) : NULL;
}

static void nst_exporter_account(struct nst_export_pcpu *pcpu,
				 struct nst_packet *pkt,
				 u64 flows, const struct nst_flow_record *fr)
{
	struct nst_amount amount = {
		.flows		= flows,
		.packets	= fr->packets,
		.bytes		= fr->bytes,
	};

	/* a flow that is reported stays in the cache, and counts there */
	if (pcpu->reporting)
		return;
	nst_amount_add(&pkt->amount, &amount);
	nst_amount_add(&pcpu->opened, &amount);
}

/* Write a data record into one stream.  Return: whether there was memory for it. */
static bool nst_exporter_record_one(struct nst_export_pcpu *pcpu,
				    struct nst_export_set *set,
				    struct nst_export_slot *slot,
				    const struct nst_template *tmpl,
				    const struct nst_flow_record *fr, bool first)
{
	struct nst_packet *pkt;
	u8 *to = nst_exporter_reserve(pcpu, set, slot, tmpl, &pkt);

	if (!to)
		return false;
	nst_encode_record(to, tmpl, fr);
	pkt->records++;
	nst_exporter_account(pcpu, pkt, first, fr);
	return true;
}

/* ------------------------------------------------------ which streams take it */

static struct nst_export_slot *nst_exporter_slot(const struct nst_export_set *set,
						 const struct nst_record *rec,
						 const struct nst_flow *flow)
{
	return &set->slot[set->slot_index[rec->slot_base + nst_record_slot(rec, flow)]];
}

/*
 * Find the template of a record in each stream of a slot; %NULL where there is
 * none.  Return: whether there is any.
 */
static bool nst_exporter_templates(const struct nst_export_set *set,
				   const struct nst_export_slot *slot,
				   const struct nst_record *rec,
				   struct nst_template **tmpl)
{
	tmpl[0] = slot->stream[0] ?
	       nst_export_template(set, rec, NETSTREAM_VERSION_9) : NULL;
	tmpl[1] = slot->stream[1] ?
	       nst_export_template(set, rec, NETSTREAM_VERSION_IPFIX) : NULL;
	return tmpl[0] || tmpl[1];
}

/* Which streams of a slot have a template of the record, and are not congested. */
static void nst_exporter_takes(const struct nst_export_set *set,
			       const struct nst_export_slot *slot,
			       struct nst_template *const *tmpl, bool *takes)
{
	unsigned int ver;

	for (ver = 0; ver < NST_VERSIONS; ver++)
		takes[ver] = tmpl[ver] && !nst_export_congested(slot->stream[ver],
								set->sender);
}

/* Whether a stream that takes packets now, according to @takes, is not blocked. */
static bool nst_exporter_slot_ready(const struct nst_export_slot *slot,
				    const bool *takes)
{
	unsigned int ver;

	for (ver = 0; ver < NST_VERSIONS; ver++)
		if (takes[ver] && !READ_ONCE(slot->stream[ver]->blocked))
			return true;
	return false;
}

/**
 * nst_exporter_ready - whether a flow can be exported now
 * @set: export set of its table
 * @rec: the flow's record
 * @flow: the flow
 *
 * Context: any.
 * Return: false if each of its streams is congested or blocked.  True if no host is
 *	configured for the flow: it has nothing to wait for.
 */
bool nst_exporter_ready(const struct nst_export_set *set,
			const struct nst_record *rec,
			const struct nst_flow *flow)
{
	struct nst_export_slot *slot = nst_exporter_slot(set, rec, flow);
	struct nst_template *tmpl[NST_VERSIONS];
	bool takes[NST_VERSIONS];

	if (!nst_exporter_templates(set, slot, rec, tmpl))
		return true;
	nst_exporter_takes(set, slot, tmpl, takes);
	return nst_exporter_slot_ready(slot, takes);
}

/**
 * nst_exporter_any_ready - whether any flow of a record can be exported now
 * @set: export set of its table
 * @rec: the record
 *
 * Context: any.
 */
bool nst_exporter_any_ready(const struct nst_export_set *set,
			    const struct nst_record *rec)
{
	bool takes[NST_VERSIONS];
	unsigned int i, ver;

	for (i = 0; i < set->nslots; i++) {
		if (set->slot[i].account != rec->account)
			continue;
		for (ver = 0; ver < NST_VERSIONS; ver++)
			takes[ver] = set->slot[i].stream[ver] &&
				   !nst_export_congested(set->slot[i].stream[ver],
							 set->sender);
		if (nst_exporter_slot_ready(&set->slot[i], takes))
			return true;
	}
	return false;
}

/**
 * nst_exporter_single_slot - whether all flows of a record go out in the streams of one slot
 * @set: export set of its table
 * @rec: the record
 *
 * Context: any.
 * Return: true if all flows have to wait as soon as one has to.
 */
bool nst_exporter_single_slot(const struct nst_export_set *set,
			      const struct nst_record *rec)
{
	return rec->account || set->nslots - set->nmonitors == 1;
}

/**
 * nst_exporter_lost_cause - what a flow counts as that is dropped while its streams are full
 * @set: export set of its table
 * @rec: the flow's record
 * @flow: the flow
 *
 * Context: any.
 */
enum nst_lost nst_exporter_lost_cause(const struct nst_export_set *set,
				      const struct nst_record *rec,
				      const struct nst_flow *flow)
{
	const struct nst_export_slot *slot = nst_exporter_slot(set, rec, flow);
	unsigned int ver;

	for (ver = 0; ver < NST_VERSIONS; ver++)
		if (slot->stream[ver] && !READ_ONCE(slot->stream[ver]->blocked))
			return NST_LOST_BACKLOG;
	return NST_LOST_HOST_DOWN;
}

/**
 * nst_exporter_expedite - send faster, since the cache is full or metering stops
 * @sender: sender
 *
 * Context: any.
 */
void nst_exporter_expedite(struct nst_sender *sender)
{
	unsigned long now = jiffies;

	/* thousands of flows may be evicted in one jiffy: write only once */
	if (READ_ONCE(sender->expedited_at) == now)
		return;
	WRITE_ONCE(sender->expedited_at, now);
	WRITE_ONCE(sender->expedited, true);
}

/* ----------------------------------------------------- flows in two versions */

/*
 * Begin packets that carry the same flows in both versions.  The version 9 packet
 * accounts for the flows, so a flow counts as exported when either packet has
 * reached a host.
 */
static bool nst_exporter_pair(struct nst_export_pcpu *pcpu,
			      struct nst_export_set *set,
			      struct nst_export_slot *slot, const bool *takes,
			      struct nst_packet **pkt)
{
	if (takes[0])
		pkt[0] = nst_exporter_begin(pcpu, set, slot,
					    NETSTREAM_VERSION_9);
	if (takes[1])
		pkt[1] = nst_exporter_begin(pcpu, set, slot,
					    NETSTREAM_VERSION_IPFIX);
	if (pkt[0] && pkt[1]) {
		refcount_inc(&pkt[0]->ref);
		pkt[1]->twin = pkt[0];
	}
	return pkt[0] || pkt[1];
}

/*
 * Write a data record into both streams of a slot.  A congested stream is left out; the
 * flow then goes out in the other version only.
 * Return: false if neither stream takes the record, or there is no memory.
 */
static bool nst_exporter_record_both(struct nst_export_pcpu *pcpu,
				     struct nst_export_set *set, struct nst_export_slot *slot,
				     struct nst_template **tmpl,
				     const struct nst_flow_record *fr, bool first)
{
	struct nst_packet *pkt[NST_VERSIONS] = {};
	bool takes[NST_VERSIONS], fits = true;
	unsigned int ver;
	u8 *to;

	for (ver = 0; ver < NST_VERSIONS; ver++) {
		takes[ver] = !nst_export_congested(slot->stream[ver], pcpu->sender);
		pkt[ver] = nst_exporter_find(pcpu, slot, tmpl[ver]->version);
		if (pkt[ver])
			fits &= nst_packet_fits(pkt[ver], tmpl[ver]->id,
						tmpl[ver]->length);
		fits &= takes[ver] == !!pkt[ver];
	}
	if (!nst_exporter_slot_ready(slot, takes))
		return false;
	if (!fits) {
		for (ver = 0; ver < NST_VERSIONS; ver++) {
			if (pkt[ver])
				nst_exporter_hand(pcpu, pkt[ver]);
			pkt[ver] = NULL;
		}
		if (!nst_exporter_pair(pcpu, set, slot, takes, pkt))
			return false;
	}
	for (ver = 0; ver < NST_VERSIONS; ver++) {
		if (!pkt[ver])
			continue;
		to = nst_packet_reserve(pkt[ver], tmpl[ver]->id, tmpl[ver]->length);
		nst_encode_record(to, tmpl[ver], fr);
		pkt[ver]->records++;
	}
	nst_exporter_account(pcpu, pkt[0] ?: pkt[1], first, fr);
	return true;
}

static bool nst_exporter_record(struct nst_export_pcpu *pcpu,
				struct nst_export_set *set, struct nst_export_slot *slot,
				struct nst_template **tmpl,
				const struct nst_flow_record *fr, bool first)
{
	if (tmpl[0] && tmpl[1])
		return nst_exporter_record_both(pcpu, set, slot, tmpl, fr, first);
	return nst_exporter_record_one(pcpu, set, slot, tmpl[0] ?: tmpl[1], fr, first);
}

/* The streams take no more after the first data record of a flow: lose the rest. */
static void nst_exporter_lose_rest(struct nst_export_pcpu *pcpu,
				   const struct nst_template *tmpl)
{
	struct nst_amount amount = {
		.packets	= pcpu->part.packets + pcpu->rest.packets,
		.bytes		= pcpu->part.bytes + pcpu->rest.bytes,
	};

	nst_exporter_lose(pcpu, tmpl->rec, NST_LOST_MEMORY, &amount);
}

/*
 * Write a flow.  If its counters do not fit one data record, several are written.  If
 * the streams take no more after the first of them, the rest of the flow is counted as
 * lost.
 * Return: false if the first record was not taken; nothing is written then.
 */
static bool nst_exporter_write(struct nst_export_pcpu *pcpu,
			       struct nst_export_set *set,
			       struct nst_export_slot *slot,
			       struct nst_template **tmpl)
{
	/* both versions have the counters of the record */
	const struct nst_template *any = tmpl[0] ?: tmpl[1];
	bool more, first = true;

	/* the usual case: nothing has to be copied */
	if (pcpu->flow.packets <= any->max_packets &&
	    pcpu->flow.bytes <= any->max_bytes)
		return nst_exporter_record(pcpu, set, slot, tmpl, &pcpu->flow, true);
	pcpu->rest = pcpu->flow;
	do {
		more = nst_encode_part(&pcpu->part, &pcpu->rest, any);
		if (!nst_exporter_record(pcpu, set, slot, tmpl, &pcpu->part, first)) {
			if (!first)
				nst_exporter_lose_rest(pcpu, any);
			return !first;
		}
		first = false;
	} while (more);
	return true;
}

/* -------------------------------------------------------------------- flows */

/*
 * What the flow's key determines, but only routes and devices know.  Both versions want
 * the same.
 */
static noinline void nst_exporter_look_up(struct nst_export_pcpu *pcpu,
					  const struct nst_export_set *set,
					  const struct nst_template *tmpl)
{
	const u8 masks = NST_ROUTES_SRC_MASK | NST_ROUTES_DST_MASK;
	const struct nst_sender *sender = pcpu->sender;
	struct nst_fields *f = &pcpu->flow.f;
	u8 what = tmpl->routes;

	if (what & NST_ROUTES_NEXT_HOP)
		memset(&f->bgp_next_hop, 0, sizeof(f->bgp_next_hop));
	if (sender->routes && what & masks)
		nst_route_tables_masks(sender->routes, sender->net, set->mask,
				       what & masks, f);
	if (sender->routes && what & ~masks)
		nst_route_tables_values(sender->routes, sender->net,
					what & ~masks, f);
	if (!tmpl->vlans)
		return;
	f->src_vlan = nst_iftable_vlan(sender->net, f->input_if);
	f->dst_vlan = nst_iftable_vlan(sender->net, f->output_if);
}

/* No host is configured for a flow. */
static noinline void nst_exporter_lose_unwanted(struct nst_export_pcpu *pcpu,
						const struct nst_record *rec,
						const struct nst_flow *flow)
{
	struct nst_amount amount = {
		.flows = 1, .packets = flow->packets, .bytes = flow->bytes,
	};

	nst_exporter_lose(pcpu, rec, NST_LOST_NO_HOST, &amount);
}

/**
 * nst_exporter_export - export a flow
 * @pcpu: open packets
 * @set: export set of its table
 * @rec: the flow's record
 * @flow: the flow, ended
 * @now: milliseconds since boot
 *
 * Context: owner of @pcpu, bottom halves off.
 * Return: true if the flow was written or counted as lost; false if it has to wait,
 *	because its streams are congested or blocked, or there is no memory.
 */
bool nst_exporter_export(struct nst_export_pcpu *pcpu,
			 struct nst_export_set *set,
			 const struct nst_record *rec, const struct nst_flow *flow,
			 u64 now)
{
	struct nst_template *tmpl[NST_VERSIONS];
	struct nst_export_slot *slot = nst_exporter_slot(set, rec, flow);
	bool takes[NST_VERSIONS];
	unsigned int ver;

	if (!nst_exporter_templates(set, slot, rec, tmpl)) {
		nst_exporter_lose_unwanted(pcpu, rec, flow);
		return true;
	}
	/* before anything is looked up: a flow that waits is tried again and again */
	nst_exporter_takes(set, slot, tmpl, takes);
	if (!nst_exporter_slot_ready(slot, takes))
		return false;
	if (pcpu->now != now) {
		if (nst_clock_base(pcpu->now) != nst_clock_base(now))
			nst_exporter_flush(pcpu);
		pcpu->now = now;
		pcpu->epoch = nst_clock_epoch(now);
	}
	nst_encode_prepare(&pcpu->flow, rec, flow, now, pcpu->epoch);
	ver = tmpl[0] ? 0 : 1;
	if (tmpl[ver]->routes || tmpl[ver]->vlans)
		nst_exporter_look_up(pcpu, set, tmpl[ver]);
	return nst_exporter_write(pcpu, set, slot, tmpl);
}

/**
 * nst_exporter_report - export what a flow has counted so far
 * @pcpu: open packets
 * @set: export set of its table
 * @rec: the flow's record
 * @flow: the flow, live; it stays in its table and in the counts of that
 * @now: milliseconds since boot
 *
 * The data record is in no amount: what it reports counts as exported or lost when the
 * flow has ended.
 *
 * Context: owner of @pcpu, bottom halves off.
 * Return: as nst_exporter_export().
 */
bool nst_exporter_report(struct nst_export_pcpu *pcpu, struct nst_export_set *set,
			 const struct nst_record *rec, const struct nst_flow *flow,
			 u64 now)
{
	bool done;

	pcpu->reporting = true;
	done = nst_exporter_export(pcpu, set, rec, flow, now);
	pcpu->reporting = false;
	return done;
}

/**
 * nst_exporter_flush - hand over all open packets
 * @pcpu: open packets
 *
 * Context: owner, bottom halves off.
 */
void nst_exporter_flush(struct nst_export_pcpu *pcpu)
{
	struct nst_packet *pkt, *next;

	list_for_each_entry_safe(pkt, next, &pcpu->open, open)
		nst_exporter_hand(pcpu, pkt);
}

/**
 * nst_exporter_opened - add what the open packets of a monitor carry to a sum
 * @pcpu: open packets
 * @account: account of the monitor
 * @sum: the sum
 *
 * Context: owner, bottom halves off.
 */
void nst_exporter_opened(const struct nst_export_pcpu *pcpu,
			 const struct nst_account *account, struct nst_amount *sum)
{
	const struct nst_packet *pkt;

	list_for_each_entry(pkt, &pcpu->open, open)
		if (pkt->slot->account == account)
			nst_amount_add(sum, &pkt->amount);
}

/**
 * nst_exporter_tick - hand over open packets that have waited long enough
 * @pcpu: open packets
 * @now: milliseconds since boot
 *
 * Context: owner, bottom halves off.
 */
void nst_exporter_tick(struct nst_export_pcpu *pcpu, u64 now)
{
	struct nst_packet *pkt, *next;

	list_for_each_entry_safe(pkt, next, &pcpu->open, open)
		if (now - pkt->born >= NST_OPEN_MS)
			nst_exporter_hand(pcpu, pkt);
}
