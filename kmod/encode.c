// SPDX-License-Identifier: GPL-2.0
/*
 * Encoding.  Pure: values in, bytes out; no clock, no lock, no socket.
 *
 * One table says for each field its number and length in both versions and
 * where its value stands; templates, data records and their lengths all come
 * from it, so they cannot drift apart.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "clock.h"
#include "compat.h"
#include "encode.h"

/**
 * enum nst_copy - how a value gets onto the wire
 * @NST_COPY_BYTES: as it is
 * @NST_COPY_U8: one byte
 * @NST_COPY_U16: from a 16-bit number
 * @NST_COPY_U32: from a 32-bit number
 * @NST_COPY_U64: from a 64-bit number
 * @NST_COPY_COUNTER: from a 64-bit number, into as many bytes as the template says
 */
enum nst_copy {
	NST_COPY_BYTES,
	NST_COPY_U8,
	NST_COPY_U16,
	NST_COPY_U32,
	NST_COPY_U64,
	NST_COPY_COUNTER,
};

/**
 * struct nst_wire - a field on the wire
 * @type: number in version 9
 * @length: bytes in version 9
 * @offset: of its value in struct nst_flow_record
 * @how: &enum nst_copy
 * @ipfix: what differs in IPFIX; type 0: nothing
 */
struct nst_wire {
	u16	type;
	u8	length;
	u8	offset;
	u8	how;
	struct {
		u16	type;
		u8	length;
		u8	offset;
		u8	how;
	} ipfix;
};

#define NST_AT(_m)	offsetof(struct nst_flow_record, _m)

static const struct nst_wire nst_wire[NETSTREAM_FIELD_MAX + 1] = {
	[NETSTREAM_FIELD_SRC_ADDR]	= { 27, 16, NST_AT(f.src), NST_COPY_BYTES },
	[NETSTREAM_FIELD_DST_ADDR]	= { 28, 16, NST_AT(f.dst), NST_COPY_BYTES },
	[NETSTREAM_FIELD_SRC_MASK]	= { 29, 1, NST_AT(f.src_mask), NST_COPY_U8 },
	[NETSTREAM_FIELD_DST_MASK]	= { 30, 1, NST_AT(f.dst_mask), NST_COPY_U8 },
	[NETSTREAM_FIELD_SRC_PORT]	= { 7, 2, NST_AT(f.sport), NST_COPY_BYTES },
	[NETSTREAM_FIELD_DST_PORT]	= { 11, 2, NST_AT(f.dport), NST_COPY_BYTES },
	[NETSTREAM_FIELD_SRC_VLAN]	= { 58, 2, NST_AT(f.src_vlan), NST_COPY_U16 },
	[NETSTREAM_FIELD_DST_VLAN]	= { 59, 2, NST_AT(f.dst_vlan), NST_COPY_U16 },
	[NETSTREAM_FIELD_SRC_AS]	= { 16, 4, NST_AT(f.src_as), NST_COPY_U32 },
	[NETSTREAM_FIELD_DST_AS]	= { 17, 4, NST_AT(f.dst_as), NST_COPY_U32 },
	[NETSTREAM_FIELD_PROTOCOL]	= { 4, 1, NST_AT(f.protocol), NST_COPY_U8 },
	[NETSTREAM_FIELD_TOS]		= { 5, 1, NST_AT(f.tos), NST_COPY_U8 },
	[NETSTREAM_FIELD_FLOW_LABEL]	= { 31, 4, NST_AT(f.flow_label), NST_COPY_U32 },
	[NETSTREAM_FIELD_DIRECTION]	= { 61, 1, NST_AT(f.direction), NST_COPY_U8 },
	[NETSTREAM_FIELD_TCP_FLAG]	= { 6, 1, NST_AT(f.tcp_flags), NST_COPY_U8 },
	[NETSTREAM_FIELD_INPUT_IF]	= { 10, 4, NST_AT(f.input_if), NST_COPY_U32 },
	[NETSTREAM_FIELD_OUTPUT_IF]	= { 14, 4, NST_AT(f.output_if), NST_COPY_U32 },
	[NETSTREAM_FIELD_NEXT_HOP]	= { 62, 16, NST_AT(f.next_hop), NST_COPY_BYTES },
	[NETSTREAM_FIELD_BGP_NEXT_HOP]	= { 63, 16, NST_AT(f.bgp_next_hop), NST_COPY_BYTES },
	[NETSTREAM_FIELD_PACKETS]	= { 2, 0, NST_AT(packets), NST_COPY_COUNTER },
	[NETSTREAM_FIELD_BYTES]		= { 1, 0, NST_AT(bytes), NST_COPY_COUNTER },
	[NETSTREAM_FIELD_FIRST]		= { 22, 4, NST_AT(first), NST_COPY_U32,
					    { 152, 8, NST_AT(first_unix), NST_COPY_U64 } },
	[NETSTREAM_FIELD_LAST]		= { 21, 4, NST_AT(last), NST_COPY_U32,
					    { 153, 8, NST_AT(last_unix), NST_COPY_U64 } },
	[NETSTREAM_FIELD_END_REASON]	= { 136, 1, NST_AT(end_reason), NST_COPY_U8 },
};

static_assert(sizeof(struct nst_flow_record) <= U8_MAX);

/* ---------------------------------------------------------------- templates */

static void nst_template_add(struct nst_template *t, u16 field, u8 width)
{
	const struct nst_wire *w = &nst_wire[field];
	struct nst_field_spec *tf = &t->field[t->nfields++];

	tf->field = field;
	tf->type = w->type;
	tf->length = w->length ?: width / 8;
	tf->offset = w->offset;
	tf->how = w->how;
	if (t->version == NETSTREAM_VERSION_IPFIX && w->ipfix.type) {
		tf->type = w->ipfix.type;
		tf->length = w->ipfix.length;
		tf->offset = w->ipfix.offset;
		tf->how = w->ipfix.how;
	}
	t->length += tf->length;
}

static u64 nst_counter_max(u8 width)
{
	return width == 64 ? U64_MAX : (1ULL << width) - 1;
}

static void nst_template_items(struct nst_template *t)
{
	const struct nst_record_def *def = &t->rec->def;
	const struct nst_item *it;
	unsigned int i;

	for (i = 0; i < def->nitems; i++) {
		it = &def->item[i];
		nst_template_add(t, it->field, it->width);
		if (it->field == NETSTREAM_FIELD_PACKETS)
			t->max_packets = nst_counter_max(it->width);
		if (it->field == NETSTREAM_FIELD_BYTES)
			t->max_bytes = nst_counter_max(it->width);
	}
}

static bool nst_template_has(const struct nst_template *t, u16 field)
{
	unsigned int i;

	for (i = 0; i < t->nfields; i++)
		if (t->field[i].field == field)
			return true;
	return false;
}

/* A field that @key determines, unless the record has it already. */
static void nst_template_append(struct nst_template *t, u16 field, u16 key)
{
	if (nst_record_matches(&t->rec->def, key, NULL) &&
	    !nst_template_has(t, field))
		nst_template_add(t, field, 0);
}

/**
 * nst_template_create - say what a record looks like on the wire
 * @rec: the record; a reference is taken
 * @version: &enum netstream_version
 * @as_type: &enum netstream_as_type: an AS option appends SRC_AS and DST_AS to
 *	records whose key determines them
 * @bgp_nexthop: append the BGP next hop likewise
 * @id: template ID
 *
 * Context: process, may sleep.
 * Return: the template with one reference, or %NULL for lack of memory.
 */
struct nst_template *nst_template_create(struct nst_record *rec, u8 version,
					 u8 as_type, bool bgp_nexthop, u16 id)
{
	struct nst_template *t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);

	if (!t)
		return NULL;
	refcount_set(&t->ref, 1);
	t->rec = nst_record_get(rec);
	t->id = id;
	t->version = version;
	t->as_type = as_type;
	t->bgp_nexthop = bgp_nexthop;
	t->max_packets = U64_MAX;
	t->max_bytes = U64_MAX;
	nst_template_items(t);
	if (as_type != NETSTREAM_AS_NONE) {
		nst_template_append(t, NETSTREAM_FIELD_SRC_AS,
				    NETSTREAM_FIELD_SRC_ADDR);
		nst_template_append(t, NETSTREAM_FIELD_DST_AS,
				    NETSTREAM_FIELD_DST_ADDR);
	}
	if (bgp_nexthop)
		nst_template_append(t, NETSTREAM_FIELD_BGP_NEXT_HOP,
				    NETSTREAM_FIELD_DST_ADDR);
	return t;
}

/**
 * nst_template_get - take another reference
 * @t: template
 *
 * Context: any.
 */
struct nst_template *nst_template_get(struct nst_template *t)
{
	refcount_inc(&t->ref);
	return t;
}

/**
 * nst_template_put - give a reference back
 * @t: template, may be %NULL
 *
 * Context: any.
 */
void nst_template_put(struct nst_template *t)
{
	if (!t || !refcount_dec_and_test(&t->ref))
		return;
	nst_record_put(t->rec);
	kfree(t);
}

/**
 * nst_encode_template_size - bytes of a template record
 * @t: template
 *
 * Context: any.
 */
size_t nst_encode_template_size(const struct nst_template *t)
{
	return 4 + 4 * t->nfields;
}

/**
 * nst_encode_template - write a template record (RFC 3954, 5.2; RFC 7011, 3.4.1)
 * @to: room for nst_encode_template_size() bytes
 * @t: template
 *
 * Context: any.
 */
void nst_encode_template(u8 *to, const struct nst_template *t)
{
	unsigned int i;

	put_unaligned_be16(t->id, to);
	put_unaligned_be16(t->nfields, to + 2);
	for (i = 0; i < t->nfields; i++) {
		put_unaligned_be16(t->field[i].type, to + 4 + 4 * i);
		put_unaligned_be16(t->field[i].length, to + 6 + 4 * i);
	}
}

/* ------------------------------------------------------------ data records */

static u8 nst_encode_reason(u8 end)
{
	switch (end) {
	case NST_END_INACTIVE:
		return 1;
	case NST_END_ACTIVE:
	case NST_END_OVERFLOW:
		/* the flow goes on in a new record */
		return 2;
	case NST_END_TCP:
		return 3;
	case NST_END_FULL:
		return 5;
	default:
		return 4;
	}
}

/**
 * nst_encode_prepare - spread a flow out for encoding
 * @img: where to
 * @rec: the flow's record
 * @flow: the flow, ended
 * @now: milliseconds since boot
 * @epoch: milliseconds since 1970 when the machine booted, as of now
 *
 * Context: any.
 */
void nst_encode_prepare(struct nst_flow_record *img, const struct nst_record *rec,
			const struct nst_flow *flow, u64 now, u64 epoch)
{
	nst_record_fields(rec, flow, &img->f);
	img->packets = flow->packets;
	img->bytes = flow->bytes;
	img->first = flow->first - (u32)nst_clock_base(now);
	img->last = flow->last - (u32)nst_clock_base(now);
	img->first_unix = epoch + nst_clock_extend(now, flow->first);
	img->last_unix = epoch + nst_clock_extend(now, flow->last);
	img->end_reason = nst_encode_reason(flow->end);
}

/**
 * nst_encode_part - split off what one data record can say
 * @part: where to leave it
 * @rest: the flow; on return without the part
 * @t: template
 *
 * Only a counter of 16 or 32 bits and a packet larger than it can count ever
 * make a second part.
 *
 * Context: any.
 * Return: whether something is left.
 */
bool nst_encode_part(struct nst_flow_record *part, struct nst_flow_record *rest,
		     const struct nst_template *t)
{
	*part = *rest;
	part->packets = min(rest->packets, t->max_packets);
	part->bytes = min(rest->bytes, t->max_bytes);
	rest->packets -= part->packets;
	rest->bytes -= part->bytes;
	return rest->packets || rest->bytes;
}

static void nst_encode_counter(u8 *to, u64 value, u16 length)
{
	if (length == 8)
		put_unaligned_be64(value, to);
	else if (length == 4)
		put_unaligned_be32(value, to);
	else
		put_unaligned_be16(value, to);
}

static void nst_encode_field(u8 *to, const struct nst_field_spec *tf,
			     const void *from)
{
	switch (tf->how) {
	case NST_COPY_BYTES:
		if (tf->length == 16)
			memcpy(to, from, 16);
		else
			memcpy(to, from, 2);
		break;
	case NST_COPY_U8:
		*to = *(const u8 *)from;
		break;
	case NST_COPY_U16:
		put_unaligned_be16(*(const u16 *)from, to);
		break;
	case NST_COPY_U32:
		put_unaligned_be32(*(const u32 *)from, to);
		break;
	case NST_COPY_U64:
		put_unaligned_be64(*(const u64 *)from, to);
		break;
	case NST_COPY_COUNTER:
		nst_encode_counter(to, *(const u64 *)from, tf->length);
		break;
	}
}

/**
 * nst_encode_record - write a data record
 * @to: room for the template's length
 * @t: template
 * @img: values
 *
 * Context: any.
 */
void nst_encode_record(u8 *to, const struct nst_template *t,
		       const struct nst_flow_record *img)
{
	const struct nst_field_spec *tf = t->field, *end = tf + t->nfields;

	for (; tf < end; tf++) {
		nst_encode_field(to, tf, (const u8 *)img + tf->offset);
		to += tf->length;
	}
}

/* ------------------------------------------------------------------ headers */

/**
 * nst_encode_set - write the header of a FlowSet or Set
 * @to: room for %NST_SET_HEADER bytes
 * @id: FlowSet ID
 * @length: bytes of the set, header and padding included
 *
 * Context: any.
 */
void nst_encode_set(u8 *to, u16 id, u16 length)
{
	put_unaligned_be16(id, to);
	put_unaligned_be16(length, to + 2);
}

/**
 * nst_encode_template_set - the set ID of templates
 * @version: &enum netstream_version
 *
 * Context: any.
 */
u16 nst_encode_template_set(u8 version)
{
	return version == NETSTREAM_VERSION_9 ? 0 : 2;
}

/**
 * nst_encode_header_size - bytes of a packet's header
 * @version: &enum netstream_version
 *
 * Context: any.
 */
size_t nst_encode_header_size(u8 version)
{
	return version == NETSTREAM_VERSION_9 ?
	       sizeof(struct nst_v9_header) : sizeof(struct nst_ipfix_header);
}

/**
 * nst_encode_header - write a packet's header
 * @to: room for nst_encode_header_size() bytes
 * @version: &enum netstream_version
 * @count: records in the packet, of templates and of data (version 9)
 * @length: bytes of the packet (IPFIX)
 * @uptime: milliseconds since what the flows' times count from
 * @seconds: since 1970
 * @sequence: sequence number
 * @source: Source ID, observation domain
 *
 * Context: any.
 */
void nst_encode_header(u8 *to, u8 version, u16 count, u16 length, u32 uptime,
		       u32 seconds, u32 sequence, u32 source)
{
	struct nst_v9_header v9 = {
		.version	= htons(9),
		.count		= htons(count),
		.uptime		= htonl(uptime),
		.seconds	= htonl(seconds),
		.sequence	= htonl(sequence),
		.source_id	= htonl(source),
	};
	struct nst_ipfix_header ipfix = {
		.version	= htons(10),
		.length		= htons(length),
		.seconds	= htonl(seconds),
		.sequence	= htonl(sequence),
		.domain		= htonl(source),
	};

	if (version == NETSTREAM_VERSION_9)
		memcpy(to, &v9, sizeof(v9));
	else
		memcpy(to, &ipfix, sizeof(ipfix));
}
