/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Templates: what the data records of a record look like on the wire.
 */
#ifndef _NST_TEMPLATE_H
#define _NST_TEMPLATE_H

#include <linux/netstream.h>
#include <linux/refcount.h>

#include "record.h"
#include "routes.h"

/*
 * Fields that may be appended: two AS numbers, BGP next hop, ICMPv6 type and code,
 * IP version, padding.
 */
#define NST_TEMPLATE_FIELDS_MAX	(NETSTREAM_FIELDS_MAX + 6)

/*
 * Least length of a data record.  Decoders take up to three bytes at the end of a
 * FlowSet or Set for padding, so a shorter record would get lost.
 */
#define NST_TEMPLATE_RECORD_MIN	4

#define NST_TEMPLATE_PADDING	210	/* paddingOctets */

/**
 * enum nst_copy - how a value is written
 * @NST_COPY_BYTES: as it is
 * @NST_COPY_U8: one byte
 * @NST_COPY_U16: from a 16-bit number
 * @NST_COPY_U24: three bytes, from a 32-bit number
 * @NST_COPY_U32: from a 32-bit number
 * @NST_COPY_AS16: two bytes, from a 32-bit AS number
 * @NST_COPY_INDEX16: two bytes, from a 32-bit interface index
 * @NST_COPY_COUNTER: from a 64-bit number, into as many bytes as the template says
 * @NST_COPY_ZERO: zeros, for padding
 */
enum nst_copy {
	NST_COPY_BYTES,
	NST_COPY_U8,
	NST_COPY_U16,
	NST_COPY_U24,
	NST_COPY_U32,
	NST_COPY_AS16,
	NST_COPY_INDEX16,
	NST_COPY_COUNTER,
	NST_COPY_ZERO,
};

/**
 * struct nst_field_spec - a field of a template
 * @type: number on the wire
 * @length: bytes on the wire
 * @field: &enum netstream_field; %NETSTREAM_FIELD_UNSPEC for padding
 * @offset: of its value in struct nst_flow_record
 * @how: how it is written, &enum nst_copy
 */
struct nst_field_spec {
	u16	type;
	u16	length;
	u16	field;
	u16	offset;
	u8	how;
};

/**
 * struct nst_template_options - what a template depends on besides record and version
 * @as_type: &enum netstream_as_type: if set, SRC_AS and DST_AS are appended to
 *	records whose key determines them, and the masks to original flows
 * @bgp_nexthop: append the BGP next hop likewise
 * @as_mode: &enum netstream_width of AS numbers
 * @index_switch: &enum netstream_width of interface indices
 */
struct nst_template_options {
	u8	as_type;
	bool	bgp_nexthop;
	u8	as_mode;
	u8	index_switch;
};

/**
 * struct nst_template - what a record looks like in one version
 * @ref: references: export sets
 * @rec: the record, a reference
 * @id: template ID, 256..65535; it never gets another meaning
 * @version: &enum netstream_version
 * @options: what it was made under
 * @routes: mask of &enum nst_routes_value: what is looked up when a flow is exported,
 *	because its key determines it and no packet had to
 * @vlans: VLAN ids are found when a flow is exported
 * @nfields: fields
 * @length: bytes of a data record
 * @max_packets: largest value of its packet counter
 * @max_bytes: largest value of its byte counter
 * @sent: how often it was sent to a host
 * @failed: how often sending it to a host failed
 * @field: its fields, in order
 */
struct nst_template {
	refcount_t		ref;
	struct nst_record	*rec;
	u16			id;
	u8			version;
	struct nst_template_options options;
	u8			routes;
	bool			vlans;
	u16			nfields;
	u16			length;
	u64			max_packets;
	u64			max_bytes;
	u64			sent;
	u64			failed;
	struct nst_field_spec	field[NST_TEMPLATE_FIELDS_MAX];
};

struct nst_template *nst_template_create(struct nst_record *rec, u8 version,
					 const struct nst_template_options *options,
					 u16 id);
struct nst_template *nst_template_get(struct nst_template *tmpl);
void nst_template_put(struct nst_template *tmpl);

#endif /* _NST_TEMPLATE_H */
