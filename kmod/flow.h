/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Types that the files of the data path share: the fields of a packet, and the flow
 * that counts packets.
 */
#ifndef _NST_FLOW_H
#define _NST_FLOW_H

#include <linux/build_bug.h>
#include <linux/in6.h>
#include <linux/ipv6.h>
#include <linux/types.h>

#include "stats.h"

#define NST_WORDS		38
#define NST_ORIGINAL_KEY	6	/* words of the built-in record's key */
#define NST_ORIGINAL_WORDS	9	/* with the words of the first packet that it keeps */

/**
 * struct nst_fields - the canonical key: every field a record can name
 * @word: all fields as 64-bit words, on which records operate
 * @src: source address
 * @dst: destination address
 * @sport: source port; 0 where there is none
 * @dport: destination port; type and code for ICMPv6
 * @protocol: the header behind the extension headers (PROTOCOL of RFC 3954)
 * @tos: the whole traffic class
 * @direction: &enum netstream_direction
 * @slot: slot of the metered interface; part of every key
 * @input_if: ifindex the packet arrived on; 0 for locally made packets
 * @route_table: ifindex of the VRF whose table of routes the packet uses; 0: that of the
 *	namespace, or no record needs to know it
 * @output_if: ifindex the packet leaves through; 0 for local delivery
 * @flow_label: 20 bits, host byte order
 * @next_hop: next hop of the route; :: for a destination on the link
 * @src_vlan: VLAN id on arrival; 0 for none
 * @dst_vlan: VLAN id on leaving
 * @src_mask: prefix length of the route to the source
 * @dst_mask: prefix length of the route to the destination
 * @tcp_flags: low eight TCP flags; 0 for other protocols
 * @reserved2: zero
 * @src_as: AS number of the source
 * @dst_as: AS number of the destination
 * @bgp_next_hop: BGP next hop towards the destination
 * @icmp: type * 256 + code of ICMPv6; in a flow it is derived from protocol and
 *	port if need be, see nst_record_values()
 * @sampler: number of the sampler that selected the packet
 * @status: &enum nst_status
 * @reserved3: zero
 * @next_header: number of the first header behind the IPv6 header
 * @hop_limit: hop limit
 * @dscp: upper six bits of the traffic class
 * @precedence: upper three bits of the traffic class
 * @icmp_type: type of ICMPv6
 * @icmp_code: code of ICMPv6
 * @multicast: isMulticast: T flag and scope of a multicast destination
 * @tcp_header: length of the TCP header, bytes
 * @length: bytes of the packet from the IPv6 header on; of a super-packet, those of
 *	its longest segment; 65535 if there are more
 * @shortest: the same of its shortest segment
 * @payload_length: payload length as in the IPv6 header; of a super-packet, that of its
 *	longest segment
 * @udp_length: length in the UDP header; of a super-packet, that of its longest segment
 * @extensions: mask of extension headers, see ipv6ExtensionHeaders of IPFIX
 * @fragment_offset: offset of a fragment, in units of eight bytes
 * @fragment_flags: fragmentFlags: 0x20 if more fragments follow
 * @reserved4: zero
 * @fragment_id: identification of a fragment
 * @tcp_window: window, as in the TCP header
 * @tcp_urgent: urgent pointer
 * @tcp_sequence: sequence number; of a super-packet, that of its first segment
 * @tcp_ack: acknowledgment number
 * @flow_id: a number that no other packet in the namespace has
 * @vrf: routing table of the VRF that the metered interface is in; 0: none
 * @reserved5: zero
 * @vrf_name: name of that VRF, padded with zeros
 * @src_mac: source MAC address of the frame on arrival
 * @dot1q_vlan: VLAN id of the outermost tag on arrival; 0 for none
 * @dst_mac: destination MAC address of the frame on arrival
 * @dot1q_customer: VLAN id of the next tag on arrival
 * @post_src_mac: MAC address of the interface that the packet leaves through
 * @post_dot1q_vlan: VLAN id of the outermost tag on leaving
 * @post_src: source address after network address translation
 * @post_dst: destination address after it
 * @post_sport: source port after it
 * @post_dport: destination port after it
 * @input_port: ifindex of the physical interface of arrival; 0: unknown
 * @post_dst_mac: MAC address of the next hop
 * @post_dot1q_customer: VLAN id of the next tag on leaving
 * @output_port: ifindex of the physical interface of leaving; 0: unknown
 * @dot1q_priority: priority in the outermost tag of an outbound packet
 * @reserved9: zero
 * @src_prefix: source address cut to @src_mask bits
 * @dst_prefix: destination address cut to @dst_mask bits
 * @mark: firewall mark
 * @reserved10: zero
 *
 * Addresses and ports are in network byte order, all else in host byte order.
 * A record is a mask over the 64-bit words of this struct.  So the fields that most
 * records match are in the first words, and a field shares two words only if it is
 * wider than one.  Fields that a packet does not have are zero.
 * A flow of the built-in record stores the first words unchanged: %NST_ORIGINAL_KEY
 * words are its key, those up to %NST_ORIGINAL_WORDS are kept of the first packet.
 */
struct nst_fields {
	union {
		u64			word[NST_WORDS];
		struct {
			/* words 0 to 3 */
			struct in6_addr	src;
			struct in6_addr	dst;
			/* word 4 */
			__be16		sport;
			__be16		dport;
			u8		protocol;
			u8		tos;
			u8		direction;
			u8		slot;
			/* word 5 */
			u32		input_if;
			u32		route_table;
			/* word 6 */
			u32		output_if;
			u32		flow_label;
			/* words 7 and 8 */
			struct in6_addr	next_hop;
			/* word 9 */
			u16		src_vlan;
			u16		dst_vlan;
			u8		src_mask;
			u8		dst_mask;
			u8		tcp_flags;
			u8		reserved2;
			/* word 10 */
			u32		src_as;
			u32		dst_as;
			/* words 11 and 12 */
			struct in6_addr	bgp_next_hop;
			/* word 13 */
			u16		icmp;
			u16		sampler;
			u8		status;
			u8		reserved3[3];
			/* word 14 */
			u8		next_header;
			u8		hop_limit;
			u8		dscp;
			u8		precedence;
			u8		icmp_type;
			u8		icmp_code;
			u8		multicast;
			u8		tcp_header;
			/* word 15 */
			u16		length;
			u16		shortest;
			u16		payload_length;
			u16		udp_length;
			/* word 16 */
			u32		extensions;
			u16		fragment_offset;
			u8		fragment_flags;
			u8		reserved4;
			/* word 17 */
			u32		fragment_id;
			u16		tcp_window;
			u16		tcp_urgent;
			/* word 18 */
			u32		tcp_sequence;
			u32		tcp_ack;
			/* word 19 */
			u64		flow_id;
			/* word 20 */
			u32		vrf;
			u32		reserved5;
			/* words 21 and 22 */
			char		vrf_name[16];
			/* words 23 to 25 */
			u8		src_mac[6];
			u16		dot1q_vlan;
			u8		dst_mac[6];
			u16		dot1q_customer;
			u8		post_src_mac[6];
			u16		post_dot1q_vlan;
			/* words 26 to 29 */
			struct in6_addr	post_src;
			struct in6_addr	post_dst;
			/* word 30 */
			__be16		post_sport;
			__be16		post_dport;
			u32		input_port;
			/* word 31 */
			u8		post_dst_mac[6];
			u16		post_dot1q_customer;
			/* word 32 */
			u32		output_port;
			u8		dot1q_priority;
			u8		reserved9[3];
			/* words 33 to 36 */
			struct in6_addr	src_prefix;
			struct in6_addr	dst_prefix;
			/* word 37 */
			u32		mark;
			u32		reserved10;
		};
	};
};

static_assert(sizeof(struct nst_fields) == NST_WORDS * sizeof(u64));

/**
 * enum nst_status - values of forwardingStatus (89) of IPFIX: a class, and why
 * @NST_STATUS_FORWARDED: forwarded
 * @NST_STATUS_DROPPED: dropped, the reason is unknown
 * @NST_STATUS_DENIED: dropped by a rule, and the sender is told
 * @NST_STATUS_FILTERED: dropped by a rule
 * @NST_STATUS_UNROUTABLE: no route
 * @NST_STATUS_DISCARDED: a route that discards: the null adjacency of routers
 * @NST_STATUS_TOO_BIG: longer than the MTU of its way out
 * @NST_STATUS_BAD_HEADER: malformed header
 * @NST_STATUS_HOP_LIMIT: the hop limit is exceeded
 * @NST_STATUS_REVERSE_PATH: its source would not be reached where it came in
 * @NST_STATUS_CONSUMED: the first of those of consumed packets
 * @NST_STATUS_FOR_US: delivered to this machine
 */
enum nst_status {
	NST_STATUS_FORWARDED	= 64,
	NST_STATUS_DROPPED	= 128,
	NST_STATUS_DENIED	= 129,
	NST_STATUS_FILTERED	= 130,
	NST_STATUS_UNROUTABLE	= 131,
	NST_STATUS_DISCARDED	= 132,
	NST_STATUS_TOO_BIG	= 133,
	NST_STATUS_BAD_HEADER	= 136,
	NST_STATUS_HOP_LIMIT	= 137,
	NST_STATUS_REVERSE_PATH	= 140,
	NST_STATUS_CONSUMED	= 192,
	NST_STATUS_FOR_US	= 195,
};

/**
 * enum nst_needs - fields that cost a lookup and are found only if a record needs them
 * @NST_NEEDS_NEXT_HOP: next hop of the packet's route
 * @NST_NEEDS_DST_MASK: prefix length of that route
 * @NST_NEEDS_SRC_MASK: prefix length of the route to the source: a FIB lookup
 * @NST_NEEDS_VLAN: VLAN ids
 * @NST_NEEDS_ROUTES: what the table of routes says: AS numbers, BGP next hop, and masks
 *	that are not from the forwarding table
 * @NST_NEEDS_ICMP: type and code of ICMPv6 beside the destination port
 * @NST_NEEDS_SAMPLER: number of the sampler
 * @NST_NEEDS_DETAIL: what nst_detail_headers() reads in the IPv6 header
 * @NST_NEEDS_CHAIN: what it reads behind that; with %NST_NEEDS_DETAIL only
 * @NST_NEEDS_FLOW_ID: number of the packet
 * @NST_NEEDS_VRF_ID: routing table and name of the metered interface's VRF
 * @NST_NEEDS_MAC: MAC addresses
 * @NST_NEEDS_NAT: addresses and ports after translation
 * @NST_NEEDS_STATUS: what became of the packet.  Records that need this are metered
 *	inbound when that is known, see drops.c
 * @NST_NEEDS_ROUTE_TABLE: which table of routes the packet uses: part of the keys of
 *	records for which AS numbers are looked up when a flow is made
 * @NST_NEEDS_DOT1Q: tags of frames, as the VLAN devices say
 * @NST_NEEDS_PORT: physical interfaces
 * @NST_NEEDS_PREFIX: addresses cut to the masks of their routes, which are needed as well
 * @NST_NEEDS_MARK: firewall mark
 * @NST_NEEDS_VRF: input interfaces of packets that a VRF device has passed on: not a
 *	field's, but a namespace's with VRFs
 */
enum nst_needs {
	NST_NEEDS_NEXT_HOP	= 1 << 0,
	NST_NEEDS_DST_MASK	= 1 << 1,
	NST_NEEDS_SRC_MASK	= 1 << 2,
	NST_NEEDS_VLAN		= 1 << 3,
	NST_NEEDS_ROUTES	= 1 << 4,
	NST_NEEDS_ICMP		= 1 << 5,
	NST_NEEDS_SAMPLER	= 1 << 6,
	NST_NEEDS_DETAIL	= 1 << 7,
	NST_NEEDS_FLOW_ID	= 1 << 8,
	NST_NEEDS_VRF_ID	= 1 << 9,
	NST_NEEDS_MAC		= 1 << 10,
	NST_NEEDS_NAT		= 1 << 11,
	NST_NEEDS_STATUS	= 1 << 12,
	NST_NEEDS_PREFIX	= 1 << 13,
	NST_NEEDS_MARK		= 1 << 14,
	NST_NEEDS_VRF		= 1 << 16,
	NST_NEEDS_ROUTE_TABLE	= 1 << 17,
	NST_NEEDS_DOT1Q		= 1 << 18,
	NST_NEEDS_PORT		= 1 << 19,
	NST_NEEDS_CHAIN		= 1 << 20,
};

/* Those of words from %NST_DETAIL_WORD on. */
#define NST_NEEDS_ANY_DETAIL \
	(NST_NEEDS_DETAIL | NST_NEEDS_FLOW_ID | NST_NEEDS_VRF_ID | NST_NEEDS_MAC | \
	 NST_NEEDS_DOT1Q | NST_NEEDS_PORT | NST_NEEDS_PREFIX | NST_NEEDS_MARK | \
	 NST_NEEDS_NAT)

/*
 * A value of a field, shifted to its position in its 64-bit word, like FIELD_PREP().
 * The packet path composes words in registers.  If it stored the fields one by one,
 * reading the word right afterwards would stall, because the CPU cannot forward
 * several small stores to one load.
 */
#ifdef __BIG_ENDIAN
#define nst_field_prep(_value, _offset, _size) \
	((u64)(_value) << 8 * (8 - (_size) - (_offset) % 8))
#else
#define nst_field_prep(_value, _offset, _size) \
	((u64)(_value) << 8 * ((_offset) % 8))
#endif

/*
 * Words from this one on are zero in the values of a flow whose record does not need
 * them, and undefined in its packets.
 */
#define NST_DETAIL_WORD \
	(offsetof(struct nst_fields, next_header) / sizeof(u64))

/* Index of a field's word, and a value shifted to the field's position in it. */
#define NST_WORD(_field) \
	(offsetof(struct nst_fields, _field) / sizeof(u64))
#define NST_FIELD_PREP(_field, _value) \
	nst_field_prep((_value), offsetof(struct nst_fields, _field), \
		 sizeof_field(struct nst_fields, _field))

/**
 * struct nst_pkt - a packet to be metered, or a GSO packet that counts as its segments
 * @bytes: bytes of all segments as sent on the wire, each from its IPv6 header on
 * @packets: number of segments, at least 1
 * @now: milliseconds since boot, low 32 bits
 * @f: its fields
 * @longest: bytes of the longest segment; undefined unless there are several
 * @shortest: bytes of the shortest segment, likewise
 *
 * What every packet uses is in the first two cache lines.
 */
struct nst_pkt {
	u64			bytes;
	u32			packets;
	u32			now;
	struct nst_fields	f;
	u32			longest;
	u32			shortest;
};

/**
 * struct nst_headers - buffers for headers that are not linear in the skb
 * @ip6: an IPv6 header
 * @other: another header
 */
struct nst_headers {
	struct ipv6hdr		ip6;
	u8			other[20];
};

/**
 * struct nst_flow - the counters of one key in one CPU's table
 * @packets: packets so far
 * @bytes: bytes so far
 * @first: milliseconds since boot of the first packet, low 32 bits
 * @last: the same of the last packet
 * @hash: hash of the key
 * @seq: odd while the owner changes the flow; a reader copies again if it was odd or
 *	has changed, see nst_table_read()
 * @next: index of the next flow in its list (wheel tick, ended or free)
 * @prev: previous flow in its list
 * @wheel: tick of the wheel that it is in, while it is live
 * @tcp_flags: OR of the TCP flags
 * @state: &enum nst_flow_state
 * @end: &enum nst_end, once the flow has ended and waits to be exported
 * @laps: of a permanent cache: times that the wheel still goes round before the flow is
 *	exported
 * @route_state: @route_state of its CPU when its routes were last looked up, see
 *	&struct nst_record.made
 * @word: key words, then the words that the record keeps of the first packet, then
 *	one word for each value that it accumulates; see struct nst_words
 *
 * A flow of up to ten words fits two cache lines; the built-in record has nine.
 * Only the CPU that owns the table writes to it.
 */
struct nst_flow {
	u64	packets;
	u64	bytes;
	u32	first;
	u32	last;
	u32	hash;
	u32	seq;
	u32	next;
	u32	prev;
	u16	wheel;
	u8	tcp_flags;
	u8	state;
	u8	end;
	u8	laps;
	u16	route_state;
	u64	word[];
} __aligned(8);

static_assert(offsetof(struct nst_flow, word) == 48);

/* Most values that a record can accumulate besides the members of struct nst_flow. */
#define NST_FOLDED_MAX	8

/*
 * Most words for the key and the first packet, and most words in all.  A word may be
 * both in the key and kept, and the number of key words is even.
 */
#define NST_FIRST_WORDS	(2 * NST_WORDS + 1)
#define NST_FLOW_WORDS	(NST_FIRST_WORDS + NST_FOLDED_MAX)

/**
 * struct nst_flow_record - a flow's values, unpacked for export or a reply
 * @f: fields of the key, and those kept of the first packet
 * @packets: packets; a count too large for one data record is exported in parts
 * @bytes: bytes
 * @first: milliseconds since boot of the first packet, low 32 bits; for export
 *	milliseconds since nst_clock_base()
 * @last: the same of the last packet
 * @first_unix: milliseconds since 1970 of the first packet
 * @last_unix: the same of the last packet
 * @flows: number of flows that it reports: 1, or 0 in the later parts of a flow
 * @duration: milliseconds from the first packet to the last
 * @end_reason: flowEndReason
 * @ip_version: 6
 * @folded: accumulated values, in the order of struct nst_words
 *
 * field.c has the offset of each field.
 */
struct nst_flow_record {
	struct nst_fields	f;
	u64			packets;
	u64			bytes;
	u32			first;
	u32			last;
	u64			first_unix;
	u64			last_unix;
	u64			flows;
	u32			duration;
	u8			end_reason;
	u8			ip_version;
	u64			folded[NST_FOLDED_MAX];
};

/**
 * enum nst_flow_state - state of a flow
 * @NST_FLOW_FREE: unused
 * @NST_FLOW_LIVE: in the hash and in the wheel
 * @NST_FLOW_CLOSING: the same, but FIN or RST was seen: it ends soon
 * @NST_FLOW_ENDED: no longer in the hash; waits until it can be exported
 */
enum nst_flow_state {
	NST_FLOW_FREE,
	NST_FLOW_LIVE,
	NST_FLOW_CLOSING,
	NST_FLOW_ENDED,
};

/* Most interfaces that a multicast packet is forwarded to: MAXMIFS of the kernel. */
#define NST_COPIES_MAX	32

/**
 * struct nst_copied - what the copies of a multicast packet have in common
 * @ip6: IPv6 header, with a hop limit of 0
 * @behind: the eight bytes behind it
 * @input_if: interface that it came in by
 */
struct nst_copied {
	struct ipv6hdr	ip6;
	u8		behind[8];
	u32		input_if;
};

/**
 * struct nst_repeat - the multicast packet that a CPU forwarded last
 * @packet: what its copies have in common
 * @ncopies: copies seen so far; 0: the next packet is another one in any case
 * @output_if: interface that each of them leaves through
 */
struct nst_repeat {
	struct nst_copied	packet;
	unsigned int		ncopies;
	u32			output_if[NST_COPIES_MAX];
};

/* Whether a flow takes packets: it is in the hash and in the wheel. */
static inline bool nst_flow_takes(const struct nst_flow *flow)
{
	return flow->state == NST_FLOW_LIVE || flow->state == NST_FLOW_CLOSING;
}

/**
 * struct nst_amount - an amount of traffic
 * @flows: flows
 * @packets: packets
 * @bytes: bytes
 */
struct nst_amount {
	u64	flows;
	u64	packets;
	u64	bytes;
};

static inline void nst_amount_add(struct nst_amount *to,
				  const struct nst_amount *what)
{
	to->flows += what->flows;
	to->packets += what->packets;
	to->bytes += what->bytes;
}

static inline void nst_amount_sub(struct nst_amount *from,
				  const struct nst_amount *what)
{
	from->flows -= what->flows;
	from->packets -= what->packets;
	from->bytes -= what->bytes;
}

#endif /* _NST_FLOW_H */
