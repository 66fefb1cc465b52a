// SPDX-License-Identifier: GPL-2.0
/*
 * Encoding.  Pure: values in, bytes out; no clock, no lock, no socket.
 *
 * Templates, data records and their lengths all come from the table of fields
 * (field.c), so they cannot drift apart.
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
 * @NST_COPY_COUNTER: from a 64-bit number, into as many bytes as the template says
 */
enum nst_copy {
	NST_COPY_BYTES,
	NST_COPY_U8,
	NST_COPY_U16,
	NST_COPY_U32,
	NST_COPY_COUNTER,
};

/* ---------------------------------------------------------------- templates */

/* How a value of @size bytes is written into @length bytes. */
static u8 nst_template_copy(u8 type, u8 size, u16 length)
{
	if (type != NST_FIELD_NUMBER)
		return NST_COPY_BYTES;
	if (size != length || size == sizeof(u64))
		return NST_COPY_COUNTER;
	switch (size) {
	case 1:
		return NST_COPY_U8;
	case 2:
		return NST_COPY_U16;
	default:
		return NST_COPY_U32;
	}
}

static void nst_template_add(struct nst_template *t, u16 number, u8 width)
{
	const struct nst_field *field = &nst_field[number];
	const struct nst_element *el = t->version == NETSTREAM_VERSION_IPFIX ?
				       &field->ipfix : &field->v9;
	struct nst_field_spec *tf = &t->field[t->nfields++];
	u8 size = el->size ?: field->size;
	int folded;

	tf->field = number;
	tf->type = el->id;
	tf->length = el->length ?: width / 8;
	tf->offset = el->offset ?: field->offset;
	folded = nst_record_folds(t->rec, number);
	if (folded >= 0) {
		tf->offset = offsetof(struct nst_flow_record, folded[folded]);
		size = sizeof(u64);
	}
	tf->how = nst_template_copy(field->type, size, tf->length);
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
 * nst_encode_prepare - give each value of a flow its place, for encoding
 * @values: where to
 * @rec: the flow's record
 * @flow: the flow, ended
 * @now: milliseconds since boot
 * @epoch: milliseconds since 1970 when the machine booted, as of now
 *
 * Context: any.
 */
void nst_encode_prepare(struct nst_flow_record *values,
			const struct nst_record *rec,
			const struct nst_flow *flow, u64 now, u64 epoch)
{
	nst_record_values(rec, flow, values);
	values->first -= (u32)nst_clock_base(now);
	values->last -= (u32)nst_clock_base(now);
	values->first_unix = epoch + nst_clock_extend(now, flow->first);
	values->last_unix = epoch + nst_clock_extend(now, flow->last);
	values->end_reason = nst_encode_reason(flow->end);
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
	const struct nst_words *w = &t->rec->words;
	unsigned int i;

	*part = *rest;
	part->packets = min(rest->packets, t->max_packets);
	part->bytes = min(rest->bytes, t->max_bytes);
	rest->packets -= part->packets;
	rest->bytes -= part->bytes;
	for (i = 0; i < w->nfold; i++)
		if (w->fold[i].how == NST_FOLD_SUM)
			rest->folded[i] = 0;
	return rest->packets || rest->bytes;
}

static void nst_encode_counter(u8 *to, u64 value, u16 length)
{
	if (length == 8)
		put_unaligned_be64(value, to);
	else if (length == 4)
		put_unaligned_be32(value, to);
	else if (length == 2)
		put_unaligned_be16(value, to);
	else
		*to = value;
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
	case NST_COPY_COUNTER:
		nst_encode_counter(to, *(const u64 *)from, tf->length);
		break;
	}
}

/**
 * nst_encode_record - write a data record
 * @to: room for the template's length
 * @t: template
 * @values: values
 *
 * Context: any.
 */
void nst_encode_record(u8 *to, const struct nst_template *t,
		       const struct nst_flow_record *values)
{
	const struct nst_field_spec *tf = t->field, *end = tf + t->nfields;

	for (; tf < end; tf++) {
		nst_encode_field(to, tf, (const u8 *)values + tf->offset);
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
