/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of fields: everything that is known of a field stands in its row.
 * Records, templates, data records, netlink replies and module parameters are
 * made from it.  A leaf.
 */
#ifndef _NST_FIELD_H
#define _NST_FIELD_H

#include <linux/netstream.h>
#include <linux/types.h>

#include "flow.h"

/**
 * enum nst_field_use - what a record may do with a field
 * @NST_FIELD_MATCH: match it
 * @NST_FIELD_COLLECT: collect it
 * @NST_FIELD_PREFIX: match only its leading bits
 * @NST_FIELD_WIDTH: choose the width of its counter: 16, 32 or 64 bits
 */
enum nst_field_use {
	NST_FIELD_MATCH		= 1 << 0,
	NST_FIELD_COLLECT	= 1 << 1,
	NST_FIELD_PREFIX	= 1 << 2,
	NST_FIELD_WIDTH		= 1 << 3,
};

/**
 * enum nst_field_type - how a value stands in memory
 * @NST_FIELD_NUMBER: a number of 1, 2, 4 or 8 bytes in host byte order
 * @NST_FIELD_NET16: a number of 2 bytes in network byte order
 * @NST_FIELD_ADDR: an IPv6 address
 */
enum nst_field_type {
	NST_FIELD_NUMBER,
	NST_FIELD_NET16,
	NST_FIELD_ADDR,
};

/**
 * enum nst_fold - how a collected value accumulates over the packets of a flow
 * @NST_FOLD_FLOW: it is part of struct nst_flow, for any record: nothing to compile
 * @NST_FOLD_FIRST: the value of the first packet
 * @NST_FOLD_LAST: the value of the last packet
 * @NST_FOLD_OR: all bits that any packet has set
 * @NST_FOLD_MIN: the least value
 * @NST_FOLD_MAX: the greatest value
 * @NST_FOLD_SUM: the sum, 64 bits
 *
 * Only numbers are accumulated by %NST_FOLD_LAST and those after it.
 */
enum nst_fold {
	NST_FOLD_FLOW,
	NST_FOLD_FIRST,
	NST_FOLD_LAST,
	NST_FOLD_OR,
	NST_FOLD_MIN,
	NST_FOLD_MAX,
	NST_FOLD_SUM,
};

/**
 * struct nst_element - a field on the wire
 * @id: number of the information element
 * @length: bytes; 0: the width that the record gives the counter
 * @offset: of the value in struct nst_flow_record, if it differs from the
 *	field's own; else 0
 * @size: bytes of the value there
 */
struct nst_element {
	u16	id;
	u8	length;
	u8	offset;
	u8	size;
};

/**
 * struct nst_field - a field
 * @name: as the module parameter "record" spells it
 * @use: mask of &enum nst_field_use
 * @type: &enum nst_field_type
 * @fold: &enum nst_fold, where it may be collected
 * @needs: mask of &enum nst_needs
 * @offset: of its value in struct nst_flow_record; those of a packet's fields
 *	come first there, so it is their offset in struct nst_fields, too
 * @size: bytes of its value
 * @v9: in NetFlow version 9
 * @ipfix: in IPFIX
 */
struct nst_field {
	const char		*name;
	u8			use;
	u8			type;
	u8			fold;
	u8			needs;
	u8			offset;
	u8			size;
	struct nst_element	v9;
	struct nst_element	ipfix;
};

extern const struct nst_field nst_field[];	/* by enum netstream_field */

const struct nst_field *nst_field_find(const char *name);

/**
 * nst_field_of_packet - whether a field is a value that each packet has
 * @field: the field
 *
 * Context: any.
 * Return: false for values that only a flow has, such as counters and times.
 */
static inline bool nst_field_of_packet(const struct nst_field *field)
{
	return field->offset < sizeof(struct nst_fields);
}

/**
 * nst_field_number - read a number that stands in host byte order
 * @at: where it stands
 * @size: its bytes: 1, 2, 4 or 8
 *
 * Context: any.
 */
static inline u64 nst_field_number(const void *at, u8 size)
{
	switch (size) {
	case 1:
		return *(const u8 *)at;
	case 2:
		return *(const u16 *)at;
	case 4:
		return *(const u32 *)at;
	default:
		return *(const u64 *)at;
	}
}

#endif /* _NST_FIELD_H */
