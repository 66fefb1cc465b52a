// SPDX-License-Identifier: GPL-2.0
/* Encodes values as bytes.  Uses no clock, no lock and no socket. */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "clock.h"
#include "compat.h"
#include "encode.h"

/* -------------------------------------------------------- template records */

/**
 * nst_encode_template_size - bytes of a template record
 * @tmpl: template
 *
 * Context: any.
 */
size_t nst_encode_template_size(const struct nst_template *tmpl)
{
	return 4 + 4 * tmpl->nfields;
}

/**
 * nst_encode_template - write a template record (RFC 3954, 5.2; RFC 7011, 3.4.1)
 * @to: buffer of nst_encode_template_size() bytes
 * @tmpl: template
 *
 * Context: any.
 */
void nst_encode_template(u8 *to, const struct nst_template *tmpl)
{
	unsigned int i;

	put_unaligned_be16(tmpl->id, to);
	put_unaligned_be16(tmpl->nfields, to + 2);
	for (i = 0; i < tmpl->nfields; i++) {
		put_unaligned_be16(tmpl->field[i].type, to + 4 + 4 * i);
		put_unaligned_be16(tmpl->field[i].length, to + 6 + 4 * i);
	}
}

/* ------------------------------------------------------------ data records */

static u8 nst_encode_reason(u8 end)
{
	switch (end) {
	case NST_END_INACTIVE:
		return 1;
	case NST_END_NONE:
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
 * nst_encode_prepare - collect the values that data records are written from
 * @values: result
 * @rec: the flow's record
 * @flow: the flow, ended or reported by a permanent cache
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

/* DIV64_U64_ROUND_UP() that does not overflow. */
static u64 nst_encode_share(u64 amount, u64 by)
{
	u64 rest, share = div64_u64_rem(amount, by, &rest);

	return share + !!rest;
}

/**
 * nst_encode_part - split off what fits the counters of one data record
 * @part: values of that record
 * @rest: values of the flow; on return, what further records have to report
 * @tmpl: template
 *
 * A flow ends before its counters overflow.  So there is a second part only if a
 * counter has 16 or 32 bits and a single super-packet exceeds it.  The parts have
 * about the same number of packets and of bytes.
 *
 * Context: any.
 * Return: whether something is left.
 */
bool nst_encode_part(struct nst_flow_record *part, struct nst_flow_record *rest,
		     const struct nst_template *tmpl)
{
	const struct nst_words *words = &tmpl->rec->words;
	unsigned int i;
	u64 parts;

	*part = *rest;
	if (unlikely(rest->packets > tmpl->max_packets ||
		     rest->bytes > tmpl->max_bytes)) {
		parts = max(nst_encode_share(rest->packets, tmpl->max_packets),
			    nst_encode_share(rest->bytes, tmpl->max_bytes));
		part->packets = nst_encode_share(rest->packets, parts);
		part->bytes = nst_encode_share(rest->bytes, parts);
	}
	rest->packets -= part->packets;
	rest->bytes -= part->bytes;
	rest->flows = 0;
	for (i = 0; i < words->nfold; i++)
		if (words->fold[i].how == NST_FOLD_SUM)
			rest->folded[i] = 0;
	return rest->packets || rest->bytes;
}

static void nst_encode_u24(u8 *to, u32 value)
{
	*to = value >> 16;
	put_unaligned_be16(value, to + 1);
}

static void nst_encode_counter(u8 *to, u64 value, u16 length)
{
	if (length == 8)
		put_unaligned_be64(value, to);
	else if (length == 4)
		put_unaligned_be32(value, to);
	else if (length == 3)
		nst_encode_u24(to, value);
	else if (length == 2)
		put_unaligned_be16(value, to);
	else
		*to = value;
}

/* The number that two bytes cannot hold is replaced by @instead. */
static void nst_encode_short(u8 *to, u32 value, u16 instead)
{
	put_unaligned_be16(value > U16_MAX ? instead : value, to);
}

static void nst_encode_field(u8 *to, const struct nst_field_spec *spec,
			     const void *from)
{
	switch (spec->how) {
	case NST_COPY_BYTES:
		/* constant lengths, so that addresses and ports are copied inline */
		if (spec->length == 16)
			memcpy(to, from, 16);
		else if (spec->length == 2)
			memcpy(to, from, 2);
		else
			memcpy(to, from, spec->length);
		break;
	case NST_COPY_U8:
		*to = *(const u8 *)from;
		break;
	case NST_COPY_U16:
		put_unaligned_be16(*(const u16 *)from, to);
		break;
	case NST_COPY_U24:
		nst_encode_u24(to, *(const u32 *)from);
		break;
	case NST_COPY_U32:
		put_unaligned_be32(*(const u32 *)from, to);
		break;
	case NST_COPY_AS16:
		nst_encode_short(to, *(const u32 *)from, NST_AS_TRANS);
		break;
	case NST_COPY_INDEX16:
		nst_encode_short(to, *(const u32 *)from, 0);
		break;
	case NST_COPY_COUNTER:
		nst_encode_counter(to, *(const u64 *)from, spec->length);
		break;
	case NST_COPY_ZERO:
		memset(to, 0, spec->length);
		break;
	}
}

/**
 * nst_encode_record - write a data record
 * @to: buffer of the template's length
 * @tmpl: template
 * @values: values
 *
 * Context: any.
 */
void nst_encode_record(u8 *to, const struct nst_template *tmpl,
		       const struct nst_flow_record *values)
{
	const struct nst_field_spec *spec = tmpl->field, *end = spec + tmpl->nfields;

	for (; spec < end; spec++) {
		nst_encode_field(to, spec, (const u8 *)values + spec->offset);
		to += spec->length;
	}
}

/* ------------------------------------------------------------------ headers */

/**
 * nst_encode_set - write the header of a FlowSet or Set
 * @to: buffer of %NST_SET_HEADER bytes
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
 * nst_encode_template_set - set ID of template records
 * @version: &enum netstream_version
 *
 * Context: any.
 */
u16 nst_encode_template_set(u8 version)
{
	return version == NETSTREAM_VERSION_9 ? 0 : 2;
}

/**
 * nst_encode_options_set - set ID of options template records
 * @version: &enum netstream_version
 *
 * Context: any.
 */
u16 nst_encode_options_set(u8 version)
{
	return version == NETSTREAM_VERSION_9 ? 1 : 3;
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
 * @to: buffer of nst_encode_header_size() bytes
 * @version: &enum netstream_version
 * @count: records in the packet, of templates and of data (version 9)
 * @length: bytes of the packet (IPFIX)
 * @uptime: milliseconds since the time from which flow times count
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
