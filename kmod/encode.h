/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes: headers, templates and data records of NetFlow version 9 (RFC 3954)
 * and IPFIX (RFC 7011).
 */
#ifndef _NST_ENCODE_H
#define _NST_ENCODE_H

#include <linux/netstream.h>

#include "template.h"

#define NST_SET_HEADER	4	/* bytes */

/**
 * struct nst_v9_header - RFC 3954, section 5.1
 * @version: 9
 * @count: records in the packet, of templates and of data
 * @uptime: milliseconds since boot, or since nst_clock_base()
 * @seconds: since 1970
 * @sequence: packets or data records of the stream before this packet
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

void nst_encode_prepare(struct nst_flow_record *values,
			const struct nst_record *rec,
			const struct nst_flow *flow, u64 now, u64 epoch);
bool nst_encode_part(struct nst_flow_record *part, struct nst_flow_record *rest,
		     const struct nst_template *tmpl);
void nst_encode_record(u8 *to, const struct nst_template *tmpl,
		       const struct nst_flow_record *values);
size_t nst_encode_template_size(const struct nst_template *tmpl);
void nst_encode_template(u8 *to, const struct nst_template *tmpl);
void nst_encode_set(u8 *to, u16 id, u16 length);
size_t nst_encode_header_size(u8 version);
u16 nst_encode_template_set(u8 version);
u16 nst_encode_options_set(u8 version);
void nst_encode_header(u8 *to, u8 version, u16 count, u16 length, u32 uptime,
		       u32 seconds, u32 sequence, u32 source);

#endif /* _NST_ENCODE_H */
