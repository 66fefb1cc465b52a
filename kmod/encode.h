/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes: headers, templates and data records of NetFlow version 9 (RFC 3954)
 * and IPFIX (RFC 7011).
 */
#ifndef _NST_ENCODE_H
#define _NST_ENCODE_H

#include <linux/netstream.h>
#include <linux/refcount.h>

#include "record.h"

/* Two AS numbers and a BGP next hop may be appended to a record. */
#define NST_TEMPLATE_FIELDS_MAX		(NETSTREAM_FIELDS_MAX + 3)
#define NST_SET_HEADER		4

/**
 * struct nst_v9_header - RFC 3954, section 5.1
 * @version: 9
 * @count: records in the packet, of templates and of data
 * @uptime: milliseconds since boot, or since nst_clock_base()
 * @seconds: since 1970
 * @sequence: see struct nst_stream
 * @source_id: the slot
 */
struct nst_v9_header {
	__be16	version;
	__be16	count;
	__be32	uptime;
	__be32	seconds;
	__be32	sequence;
	__be32	source_id;
};

static_assert(sizeof(struct nst_v9_header) == 20);

/**
 * struct nst_ipfix_header - RFC 7011, section 3.1
 * @version: 10
 * @length: of the message, in bytes
 * @seconds: since 1970
 * @sequence: data records of the stream before this message
 * @domain: observation domain: the slot
 */
struct nst_ipfix_header {
	__be16	version;
	__be16	length;
	__be32	seconds;
	__be32	sequence;
	__be32	domain;
};

static_assert(sizeof(struct nst_ipfix_header) == 16);

/**
 * struct nst_field_spec - a field of a template
 * @type: number on the wire
 * @length: bytes on the wire
 * @field: &enum netstream_field
 * @offset: where its value stands in struct nst_flow_record
 * @how: how it gets onto the wire, &enum nst_copy
 */
struct nst_field_spec {
	u16	type;
	u16	length;
	u16	field;
	u16	offset;
	u8	how;
};

/**
 * struct nst_template - what a record looks like in one version
 * @ref: references: exports
 * @rec: the record, a reference
 * @id: template ID, 256..65535; it never gets another meaning
 * @version: &enum netstream_version
 * @as_type: AS option that it was made under
 * @bgp_nexthop: BGP next hop option that it was made under
 * @nfields: fields
 * @length: bytes of a data record
 * @max_packets: what its packet counter can say
 * @max_bytes: what its byte counter can say
 * @sent: times it was sent to a host at least
 * @failed: times it was sent to none
 * @field: its fields, in order
 */
struct nst_template {
	refcount_t		ref;
	struct nst_record	*rec;
	u16			id;
	u8			version;
	u8			as_type;
	bool			bgp_nexthop;
	u16			nfields;
	u16			length;
	u64			max_packets;
	u64			max_bytes;
	u64			sent;
	u64			failed;
	struct nst_field_spec	field[NST_TEMPLATE_FIELDS_MAX];
};

struct nst_template *nst_template_create(struct nst_record *rec, u8 version,
					 u8 as_type, bool bgp_nexthop, u16 id);
struct nst_template *nst_template_get(struct nst_template *t);
void nst_template_put(struct nst_template *t);

void nst_encode_prepare(struct nst_flow_record *values,
			const struct nst_record *rec,
			const struct nst_flow *flow, u64 now, u64 epoch);
bool nst_encode_part(struct nst_flow_record *part, struct nst_flow_record *rest,
		     const struct nst_template *t);
void nst_encode_record(u8 *to, const struct nst_template *t,
		       const struct nst_flow_record *values);
size_t nst_encode_template_size(const struct nst_template *t);
void nst_encode_template(u8 *to, const struct nst_template *t);
void nst_encode_set(u8 *to, u16 id, u16 length);
size_t nst_encode_header_size(u8 version);
u16 nst_encode_template_set(u8 version);
void nst_encode_header(u8 *to, u8 version, u16 count, u16 length, u32 uptime,
		       u32 seconds, u32 sequence, u32 source);

#endif /* _NST_ENCODE_H */
