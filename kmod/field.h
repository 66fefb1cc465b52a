/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of fields.  A row holds everything that the module knows of a field.
 * Records, templates, data records, netlink replies and module parameters read it.
 */
#ifndef _NST_FIELD_H
#define _NST_FIELD_H

#include <linux/netstream.h>
#include <linux/types.h>

#include "flow.h"

/**
 * enum nst_field_use - how a record may use a field
 * @NST_FIELD_MATCH: it may match it
 * @NST_FIELD_COLLECT: it may collect it
 * @NST_FIELD_PREFIX: it may match only leading bits
 * @NST_FIELD_WIDTH: it may choose the width of the counter: 16, 32 or 64 bits
 */
enum nst_field_use {
	NST_FIELD_MATCH		= 1 << 0,
	NST_FIELD_COLLECT	= 1 << 1,
	NST_FIELD_PREFIX	= 1 << 2,
	NST_FIELD_WIDTH		= 1 << 3,
};

/**
 * enum nst_field_type - representation of a value in memory
 * @NST_FIELD_NUMBER: a number of 1, 2, 4 or 8 bytes in host byte order
 * @NST_FIELD_NET16: a number of 2 bytes in network byte order
 * @NST_FIELD_ADDR: an IPv6 address
 * @NST_FIELD_TEXT: characters, padded with zeros
 * @NST_FIELD_MAC: a MAC address
 */
enum nst_field_type {
	NST_FIELD_NUMBER,
	NST_FIELD_NET16,
	NST_FIELD_ADDR,
	NST_FIELD_TEXT,
	NST_FIELD_MAC,
};

/**
 * enum nst_fold - how a collected value accumulates over the packets of a flow
 * @NST_FOLD_FLOW: it is a member of struct nst_flow, which all flows have
 * @NST_FOLD_FIRST: value of the first packet
 * @NST_FOLD_LAST: value of the last packet
 * @NST_FOLD_OR: bitwise OR over all packets
 * @NST_FOLD_MIN: minimum
 * @NST_FOLD_MAX: maximum
 * @NST_FOLD_SUM: sum, 64 bits
 *
 * %NST_FOLD_LAST and those after it are for numbers only.
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
 * enum nst_shorten - which statement has a field written into two bytes
 * @NST_SHORTEN_NEVER: none
 * @NST_SHORTEN_AS: as-mode 16; a value of more than 16 bits becomes %NST_AS_TRANS
 * @NST_SHORTEN_INDEX: index-switch 16; such a value becomes 0, an unknown interface
 */
enum nst_shorten {
	NST_SHORTEN_NEVER,
	NST_SHORTEN_AS,
	NST_SHORTEN_INDEX,
};

/* Stands for an AS number of more than 16 bits (RFC 6793). */
#define NST_AS_TRANS	23456

/**
 * struct nst_element - a field on the wire
 * @id: number of the information element
 * @offset: offset of the value in struct nst_flow_record if it is not the offset of
 *	the field; else 0
 * @length: length in bytes; 0: the width that the record gives the counter
 * @size: size of the value at @offset in bytes
 */
struct nst_element {
	u16	id;
	u16	offset;
	u8	length;
	u8	size;
};

/**
 * struct nst_field - a field
 * @name: name in the module parameter "record"
 * @use: mask of &enum nst_field_use
 * @type: &enum nst_field_type
 * @fold: &enum nst_fold, for fields that may be collected
 * @size: size of its value in bytes
 * @shorten: &enum nst_shorten, for numbers of 32 bits
 * @offset: offset of its value in struct nst_flow_record.  That begins with
 *	struct nst_fields, so for a field of packets it is the offset there, too.
 * @needs: mask of &enum nst_needs
 * @v9: element in NetFlow version 9
 * @ipfix: element in IPFIX
 */
struct nst_field {
	const char		*name;
	u8			use;
	u8			type;
	u8			fold;
	u8			size;
	u8			shorten;
	u16			offset;
	u32			needs;
	struct nst_element	v9;
	struct nst_element	ipfix;
};

extern const struct nst_field nst_field[];	/* indexed by enum netstream_field */

const struct nst_field *nst_field_find(const char *name);

/**
 * nst_field_of_packet - whether packets have a field, not only flows
 * @field: the field
 *
 * Context: any.
 * Return: false for counters, times and the end reason.
 */
static inline bool nst_field_of_packet(const struct nst_field *field)
{
	return field->offset < sizeof(struct nst_fields);
}

/**
 * nst_field_number - read a number in host byte order
 * @at: address, aligned to @size
 * @size: size in bytes: 1, 2, 4 or 8
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
