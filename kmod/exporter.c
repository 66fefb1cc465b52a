// SPDX-License-Identifier: GPL-2.0
/*
 * Flows into open packets.  Runs on the owner of an exporter with bottom
 * halves off; what is full is handed to the sender.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "clock.h"
#include "mem.h"
#include "sender.h"

/* An open packet leaves after this long, whether or not it is full. */
#define NST_OPEN_MS	250

/* ----------------------------------------------------------------- packets */

/**
 * nst_packet_create - begin an export packet
 * @e: exports whose templates it will use; a reference is taken
 * @out: slot whose stream it belongs to
 * @version: which of its streams
 * @now: milliseconds since boot
 *
 * Context: bottom halves off.
 * Return: the packet, its header still to be written, or %NULL.
 */
static struct nst_packet *nst_packet_create(struct nst_export_set *e,
					    struct nst_out *out, u8 version,
					    u64 now)
{
	struct nst_stream *stream = out->stream[nst_version_index(version)];
	u16 capacity = READ_ONCE(stream->capacity);
	struct mem_cgroup *old;
	struct nst_packet *p;

	old = nst_mem_begin(e->sender->mem);
	p = kmalloc(struct_size(p, data, capacity), NST_GFP_PACKET);
	nst_mem_end(old);
	if (!p)
		return NULL;
	memset(p, 0, sizeof(*p));
	refcount_set(&p->ref, 1);
	INIT_LIST_HEAD(&p->open);
	p->sender = e->sender;
	atomic_inc(&e->sender->packets);
	p->export_set = nst_export_set_get(e);
	p->out = out;
	p->version = version;
	p->capacity = capacity;
	p->length = nst_encode_header_size(version);
	p->born = now;
	return p;
}

/**
 * nst_packet_close_set - end the open set: pad it to four bytes, write its header
 * @p: packet
 *
 * Context: the packet's owner.
 */
void nst_packet_close_set(struct nst_packet *p)
{
	if (!p->set)
		return;
	while (p->length % 4)
		p->data[p->length++] = 0;
	nst_encode_set(p->data + p->set, p->set_id, p->length - p->set);
	p->set = 0;
}

/* Where a record would begin; another set than the open one needs a header. */
static size_t nst_packet_begin(const struct nst_packet *p, u16 set)
{
	if (p->set && p->set_id == set)
		return p->length;
	return ALIGN(p->length, 4) + NST_SET_HEADER;
}

static bool nst_packet_fits(const struct nst_packet *p, u16 set, size_t length)
{
	return ALIGN(nst_packet_begin(p, set) + length, 4) <= p->capacity;
}

/**
 * nst_packet_room - take room for a record
 * @p: packet
 * @set: ID of the set it must stand in; another set is closed first
 * @length: bytes
 *
 * Context: the packet's owner.
 * Return: where to write, or %NULL if the packet cannot hold it.
 */
u8 *nst_packet_room(struct nst_packet *p, u16 set, size_t length)
{
	if (!nst_packet_fits(p, set, length))
		return NULL;
	if (!p->set || p->set_id != set) {
		nst_packet_close_set(p);
		p->set = p->length;
		p->set_id = set;
		p->length += NST_SET_HEADER;
	}
	p->length += length;
	return p->data + p->length - length;
}

/* ---------------------------------------------------------------- exporter */

/**
 * nst_exporter_init - prepare an exporter
 * @x: exporter
 * @s: sender that gets its packets
 *
 * Context: process.
 */
void nst_exporter_init(struct nst_export_pcpu *x, struct nst_sender *s)
{
	memset(x, 0, sizeof(*x));
	x->sender = s;
	x->now = U64_MAX;
	INIT_LIST_HEAD(&x->open);
}

static void nst_exporter_hand(struct nst_export_pcpu *x, struct nst_packet *p)
{
	list_del_init(&p->open);
	nst_packet_close_set(p);
	nst_amount_sub(&x->opened, &p->amount);
	nst_amount_add(&x->handed, &p->amount);
	nst_sender_hand(p);
}

static struct nst_packet *nst_exporter_find(struct nst_export_pcpu *x,
					    const struct nst_out *out,
					    u8 version)
{
	struct nst_packet *p;

	list_for_each_entry(p, &x->open, open)
		if (p->out == out && p->version == version)
			return p;
	return NULL;
}

/* Room for a record of @t in an open packet of its stream. */
static u8 *nst_exporter_room(struct nst_export_pcpu *x, struct nst_export_set *e,
			     struct nst_out *out, const struct nst_template *t,
			     u64 now, struct nst_packet **packet)
{
	struct nst_packet *p = nst_exporter_find(x, out, t->version);
	u8 *to = p ? nst_packet_room(p, t->id, t->length) : NULL;

	*packet = p;
	if (to)
		return to;
	if (p)
		nst_exporter_hand(x, p);
	p = nst_packet_create(e, out, t->version, now);
	*packet = p;
	if (!p)
		return NULL;
	list_add_tail(&p->open, &x->open);
	return nst_packet_room(p, t->id, t->length);
}

static void nst_exporter_lose(struct nst_export_pcpu *x, enum nst_lost cause,
			      u64 flows, u64 packets, u64 bytes)
{
	x->lost[cause].flows += flows;
	x->lost[cause].packets += packets;
	x->lost[cause].bytes += bytes;
}

static void nst_exporter_account(struct nst_export_pcpu *x, struct nst_packet *p,
				 u64 flows, const struct nst_flow_record *img)
{
	struct nst_amount a = {
		.flows		= flows,
		.packets	= img->packets,
		.bytes		= img->bytes,
	};

	nst_amount_add(&p->amount, &a);
	nst_amount_add(&x->opened, &a);
}

/* Write one data record.  Return: whether there was memory for it. */
static bool nst_exporter_record(struct nst_export_pcpu *x, struct nst_export_set *e,
				struct nst_out *out,
				const struct nst_template *t,
				const struct nst_flow_record *img, bool first)
{
	struct nst_packet *p;
	u8 *to = nst_exporter_room(x, e, out, t, x->now, &p);

	if (!to)
		return false;
	nst_encode_record(to, t, img);
	p->records++;
	nst_exporter_account(x, p, first, img);
	return true;
}

/* A flow that takes several: what finds no memory after the first is lost. */
static bool nst_exporter_parts(struct nst_export_pcpu *x, struct nst_export_set *e,
			       struct nst_out *out,
			       const struct nst_template *t)
{
	bool more, first = true;

	x->rest = x->img;
	do {
		more = nst_encode_part(&x->part, &x->rest, t);
		if (!nst_exporter_record(x, e, out, t, &x->part, first)) {
			if (!first)
				nst_exporter_lose(x, NST_LOST_MEMORY, 0,
						  x->part.packets + x->rest.packets,
						  x->part.bytes + x->rest.bytes);
			return !first;
		}
		first = false;
	} while (more);
	return true;
}

/*
 * Write a flow into one stream.  Return: false if not even its first record
 * found memory; then nothing is written.
 */
static bool nst_exporter_write(struct nst_export_pcpu *x, struct nst_export_set *e,
			       struct nst_out *out,
			       const struct nst_template *t)
{
	if (likely(x->img.packets <= t->max_packets &&
		   x->img.bytes <= t->max_bytes))
		return nst_exporter_record(x, e, out, t, &x->img, true);
	return nst_exporter_parts(x, e, out, t);
}

/* Whether one of a slot's streams that take a packet has a host to send it to. */
static bool nst_out_ready(const struct nst_out *out, const bool *takes)
{
	unsigned int v;

	for (v = 0; v < NST_VERSIONS; v++)
		if (takes[v] && !READ_ONCE(out->stream[v]->blocked))
			return true;
	return false;
}

/* ----------------------------------------------------- flows in two versions */

/* Hand over what is open for a slot. */
static void nst_exporter_close(struct nst_export_pcpu *x, struct nst_packet *p)
{
	if (p)
		nst_exporter_hand(x, p);
}

static struct nst_packet *nst_exporter_begin(struct nst_export_pcpu *x,
					     struct nst_export_set *e,
					     struct nst_out *out, u8 version)
{
	struct nst_packet *p = nst_packet_create(e, out, version, x->now);

	if (p)
		list_add_tail(&p->open, &x->open);
	return p;
}

/*
 * Open packets of both versions, with the same flows in them.  That of version 9
 * accounts for them, so a flow counts as exported when either of them got to a
 * host.
 */
static bool nst_exporter_pair(struct nst_export_pcpu *x, struct nst_export_set *e,
			      struct nst_out *out, const bool *takes,
			      struct nst_packet **p)
{
	if (takes[0])
		p[0] = nst_exporter_begin(x, e, out, NETSTREAM_VERSION_9);
	if (takes[1])
		p[1] = nst_exporter_begin(x, e, out, NETSTREAM_VERSION_IPFIX);
	if (p[0] && p[1]) {
		refcount_inc(&p[0]->ref);
		p[1]->twin = p[0];
	}
	return p[0] || p[1];
}

/*
 * Write a flow into both streams of a slot.  A stream that takes nothing now is
 * left out; what it lacks then has gone out in the other version.
 * Return: false if neither takes it, or there is no memory.
 */
static bool nst_exporter_write_both(struct nst_export_pcpu *x,
				    struct nst_export_set *e, struct nst_out *out,
				    struct nst_template **t)
{
	struct nst_packet *p[NST_VERSIONS] = {};
	bool takes[NST_VERSIONS], fits = true;
	unsigned int v;
	u8 *to;

	for (v = 0; v < NST_VERSIONS; v++) {
		takes[v] = nst_stream_takes(out->stream[v], x->sender);
		p[v] = nst_exporter_find(x, out, t[v]->version);
		if (p[v])
			fits &= nst_packet_fits(p[v], t[v]->id, t[v]->length);
		fits &= takes[v] == !!p[v];
	}
	if (!nst_out_ready(out, takes))
		return false;
	if (!fits) {
		for (v = 0; v < NST_VERSIONS; v++) {
			nst_exporter_close(x, p[v]);
			p[v] = NULL;
		}
		if (!nst_exporter_pair(x, e, out, takes, p))
			return false;
	}
	for (v = 0; v < NST_VERSIONS; v++) {
		if (!p[v])
			continue;
		to = nst_packet_room(p[v], t[v]->id, t[v]->length);
		nst_encode_record(to, t[v], &x->img);
		p[v]->records++;
	}
	nst_exporter_account(x, p[0] ?: p[1], 1, &x->img);
	return true;
}

/* -------------------------------------------------------------------- flows */

/* The slot of a flow stands in a word of every key. */
static u8 nst_flow_slot(const struct nst_record *rec, const struct nst_flow *flow)
{
	const struct nst_words *w = &rec->words;
	struct nst_fields f;
	unsigned int i = 0;

	while (w->key_word[i] != NST_WORD(slot))
		i++;
	f.word[NST_WORD(slot)] = flow->word[i];
	return f.slot;
}

/* The streams that a record's flows go out in.  Return: whether there is any. */
static bool nst_out_templates(const struct nst_export_set *e,
			      const struct nst_out *out,
			      const struct nst_record *rec,
			      struct nst_template **t)
{
	t[0] = out->stream[0] ?
	       nst_export_set_template(e, rec, NETSTREAM_VERSION_9) : NULL;
	t[1] = out->stream[1] ?
	       nst_export_set_template(e, rec, NETSTREAM_VERSION_IPFIX) : NULL;
	return t[0] || t[1];
}

static struct nst_out *nst_flow_out(const struct nst_export_set *e,
				    const struct nst_record *rec,
				    const struct nst_flow *flow)
{
	return &e->out[e->by_slot[nst_flow_slot(rec, flow)]];
}

/**
 * nst_exporter_ready - whether a flow can be exported now
 * @e: streams and templates
 * @rec: the flow's record
 * @flow: the flow
 *
 * Context: any.
 * Return: false if its streams have no room, or none of their hosts can be sent
 *	to.  A flow that no host takes is ready: it does not wait for one.
 */
bool nst_exporter_ready(const struct nst_export_set *e, const struct nst_record *rec,
			const struct nst_flow *flow)
{
	struct nst_out *out = nst_flow_out(e, rec, flow);
	struct nst_template *t[NST_VERSIONS];
	bool takes[NST_VERSIONS];
	unsigned int v;

	if (!nst_out_templates(e, out, rec, t))
		return true;
	for (v = 0; v < NST_VERSIONS; v++)
		takes[v] = t[v] && nst_stream_takes(out->stream[v], e->sender);
	return nst_out_ready(out, takes);
}

/**
 * nst_exporter_any_ready - whether any flow can be exported now
 * @e: streams and templates
 *
 * Context: any.
 */
bool nst_exporter_any_ready(const struct nst_export_set *e)
{
	bool takes[NST_VERSIONS];
	unsigned int i, v;

	for (i = 0; i < e->nouts; i++) {
		for (v = 0; v < NST_VERSIONS; v++)
			takes[v] = e->out[i].stream[v] &&
				   nst_stream_takes(e->out[i].stream[v],
						    e->sender);
		if (nst_out_ready(&e->out[i], takes))
			return true;
	}
	return false;
}

/**
 * nst_exporter_single_slot - whether all flows go out in the streams of one slot
 * @e: streams and templates
 *
 * Context: any.
 * Return: true if a flow that has to wait means that all have to.
 */
bool nst_exporter_single_slot(const struct nst_export_set *e)
{
	return e->nouts == 1;
}

/**
 * nst_exporter_lost_cause - what a flow counts as that had to wait and is given up
 * @e: streams and templates
 * @rec: the flow's record
 * @flow: the flow
 *
 * Context: any.
 */
enum nst_lost nst_exporter_lost_cause(const struct nst_export_set *e,
				      const struct nst_record *rec,
			       const struct nst_flow *flow)
{
	const struct nst_out *out = nst_flow_out(e, rec, flow);
	unsigned int v;

	for (v = 0; v < NST_VERSIONS; v++)
		if (out->stream[v] && !READ_ONCE(out->stream[v]->blocked))
			return NST_LOST_BACKLOG;
	return NST_LOST_HOST_DOWN;
}

/**
 * nst_exporter_export - export a flow
 * @x: exporter
 * @e: streams and templates
 * @rec: the flow's record
 * @flow: the flow, ended
 * @now: milliseconds since boot
 *
 * Context: owner of @x, bottom halves off.
 * Return: true when it was taken, or lost for a cause that was counted; false
 *	when it has to wait: its streams have no room, none of their hosts can be
 *	sent to, or there is no memory.
 */
bool nst_exporter_export(struct nst_export_pcpu *x, struct nst_export_set *e,
			 const struct nst_record *rec, const struct nst_flow *flow,
		     u64 now)
{
	struct nst_template *t[NST_VERSIONS];
	struct nst_out *out = nst_flow_out(e, rec, flow);
	bool takes[NST_VERSIONS] = {};
	unsigned int v;

	if (!nst_out_templates(e, out, rec, t)) {
		nst_exporter_lose(x, NST_LOST_NO_HOST, 1, flow->packets,
				  flow->bytes);
		return true;
	}
	if (x->now != now) {
		if (nst_clock_base(x->now) != nst_clock_base(now))
			nst_exporter_flush(x);
		x->now = now;
		x->epoch = nst_clock_epoch(now);
	}
	nst_encode_prepare(&x->img, rec, flow, now, x->epoch);
	if (t[0] && t[1])
		return nst_exporter_write_both(x, e, out, t);
	v = t[0] ? 0 : 1;
	takes[v] = nst_stream_takes(out->stream[v], x->sender);
	return nst_out_ready(out, takes) &&
	       nst_exporter_write(x, e, out, t[v]);
}

/**
 * nst_exporter_flush - hand over all open packets
 * @x: exporter
 *
 * Context: owner, bottom halves off.
 */
void nst_exporter_flush(struct nst_export_pcpu *x)
{
	struct nst_packet *p, *next;

	list_for_each_entry_safe(p, next, &x->open, open)
		nst_exporter_hand(x, p);
}

/**
 * nst_exporter_tick - hand over open packets that have waited long enough
 * @x: exporter
 * @now: milliseconds since boot
 *
 * Context: owner, bottom halves off.
 */
void nst_exporter_tick(struct nst_export_pcpu *x, u64 now)
{
	struct nst_packet *p, *next;

	list_for_each_entry_safe(p, next, &x->open, open)
		if (now - p->born >= NST_OPEN_MS)
			nst_exporter_hand(x, p);
}
