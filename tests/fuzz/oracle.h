/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An independent, straightforward implementation of RFC 8200, RFC 3954 and RFC
 * 7011, which reads packets and export packets.  It shares nothing with kmod/
 * except the numbers of fields in the interface header.
 */
#ifndef _FUZZ_ORACLE_H
#define _FUZZ_ORACLE_H

#include <linux/netstream.h>

/* The longest value of a field. */
#define ORACLE_VALUE_MAX	16

/**
 * enum oracle_fault - what is wrong with a packet
 * @ORACLE_SOUND: nothing
 * @ORACLE_LENGTH: the payload length exceeds the packet
 * @ORACLE_EXTENSION: an extension header is cut short
 * @ORACLE_CHAIN: more than ten extension headers
 * @ORACLE_TRANSPORT: the transport header is cut short
 * @ORACLE_VERSION: no whole IPv6 header
 */
enum oracle_fault {
	ORACLE_SOUND,
	ORACLE_LENGTH,
	ORACLE_EXTENSION,
	ORACLE_CHAIN,
	ORACLE_TRANSPORT,
	ORACLE_VERSION,
};

/**
 * struct oracle_packet - a packet as it came
 * @data: its bytes, the IPv6 header first
 * @have: bytes of @data; the rest up to @length are zero
 * @length: bytes of the packet
 * @gso_size: payload of a segment, 0: it is one packet
 * @by_frags: segments are the parts of a list instead
 * @frags: how many; all are empty
 * @inner: where the inner transport header of a tunnel's super-packet is, 0: none
 * @inner_tcp: it is one of TCP
 * @head: bytes of the packet that are in one piece
 */
struct oracle_packet {
	const u8	*data;
	size_t		have;
	size_t		length;
	unsigned int	gso_size;
	bool		by_frags;
	unsigned int	frags;
	size_t		inner;
	bool		inner_tcp;
	size_t		head;
};

/**
 * struct oracle - the contents of a packet
 * @fault: what is wrong with it
 * @packets: packets on the wire
 * @bytes: bytes there
 * @time: milliseconds since boot when it came, 32 bits
 * @slot: of the interface
 * @flags: TCP flags
 * @longest: bytes of its longest segment, or of the packet
 * @shortest: bytes of its shortest segment, or of the packet
 * @value: each field's value as it stands on the wire of IPFIX, see oracle_length();
 *	of the fields that are the packet's
 */
struct oracle {
	enum oracle_fault	fault;
	u64			packets;
	u64			bytes;
	u32			time;
	u8			slot;
	u8			flags;
	size_t			longest;
	size_t			shortest;
	u8			value[NETSTREAM_FIELD_MAX + 1][ORACLE_VALUE_MAX];
};

void oracle_read(struct oracle *o, const struct oracle_packet *p);
unsigned int oracle_length(unsigned int field);
unsigned int oracle_wire_length(unsigned int field, bool ipfix);
unsigned int oracle_type(unsigned int field, bool ipfix);
void oracle_mask(u8 *address, unsigned int prefix);
u64 oracle_number(const u8 *from, unsigned int length);
void oracle_set(struct oracle *o, unsigned int field, u64 value);

#endif /* _FUZZ_ORACLE_H */
