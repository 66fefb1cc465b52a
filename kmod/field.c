// SPDX-License-Identifier: GPL-2.0
/*
 * The table of fields.  A new field takes a row here, a number in enum
 * netstream_field, and usually a member of struct nst_fields and the code that fills
 * it in.  See "Adding a field" in docs/architecture.md.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "field.h"

#define NST_OFFSET(_member)	offsetof(struct nst_flow_record, _member)
#define NST_SIZE(_member)	sizeof_field(struct nst_flow_record, _member)

/* The value of a field that packets have, and of one that only flows have. */
#define NST_OF_PACKET(_member) \
	.offset = NST_OFFSET(f._member), .size = NST_SIZE(f._member)
#define NST_OF_FLOW(_member) \
	.offset = NST_OFFSET(_member), .size = NST_SIZE(_member)

/* The same element in both versions. */
#define NST_ELEMENT(_id, _length) \
	.v9 = { .id = _id, .length = _length }, \
	.ipfix = { .id = _id, .length = _length }

#define NST_BOTH	(NST_FIELD_MATCH | NST_FIELD_COLLECT)

/* A field of the IPv6 header; collected, it is that of the first packet. */
#define NST_OF_IPV6(_member) \
	NST_OF_PACKET(_member), .needs = NST_NEEDS_DETAIL, \
	.use = NST_BOTH, .fold = NST_FOLD_FIRST

/* The same of the headers behind it. */
#define NST_BEHIND	(NST_NEEDS_DETAIL | NST_NEEDS_CHAIN)
#define NST_OF_HEADERS(_member) \
	NST_OF_PACKET(_member), .needs = NST_BEHIND, \
	.use = NST_BOTH, .fold = NST_FOLD_FIRST

/* A MAC address. */
#define NST_OF_FRAME(_member) \
	NST_OF_PACKET(_member), .type = NST_FIELD_MAC, .needs = NST_NEEDS_MAC, \
	.use = NST_BOTH, .fold = NST_FOLD_FIRST

/* What VLAN devices say of tags. */
#define NST_OF_TAG(_member) \
	NST_OF_PACKET(_member), .needs = NST_NEEDS_DOT1Q, \
	.use = NST_BOTH, .fold = NST_FOLD_FIRST

/* A physical interface. */
#define NST_OF_PORT(_member) \
	NST_OF_PACKET(_member), .needs = NST_NEEDS_PORT, \
	.shorten = NST_SHORTEN_INDEX, .use = NST_BOTH, .fold = NST_FOLD_FIRST

/* An address or port after translation. */
#define NST_OF_NAT \
	.needs = NST_NEEDS_NAT, .use = NST_BOTH, .fold = NST_FOLD_FIRST

/* A field of the IPv6 header, collected only: the least or largest value of the packets. */
#define NST_OVER_FLOW(_member, _fold) \
	NST_OF_PACKET(_member), .needs = NST_NEEDS_DETAIL, \
	.use = NST_FIELD_COLLECT, .fold = NST_FOLD_##_fold

const struct nst_field nst_field[] = {
	[NETSTREAM_FIELD_SRC_ADDR] = {
		.name = "source-address", NST_OF_PACKET(src),
		.type = NST_FIELD_ADDR, NST_ELEMENT(27, 16),
		.use = NST_FIELD_MATCH | NST_FIELD_PREFIX,
	},
	[NETSTREAM_FIELD_DST_ADDR] = {
		.name = "destination-address", NST_OF_PACKET(dst),
		.type = NST_FIELD_ADDR, NST_ELEMENT(28, 16),
		.use = NST_FIELD_MATCH | NST_FIELD_PREFIX,
	},
	[NETSTREAM_FIELD_SRC_MASK] = {
		.name = "source-mask", NST_OF_PACKET(src_mask),
		NST_ELEMENT(29, 1), .needs = NST_NEEDS_SRC_MASK,
		.use = NST_BOTH, .fold = NST_FOLD_FIRST,
	},
	[NETSTREAM_FIELD_DST_MASK] = {
		.name = "destination-mask", NST_OF_PACKET(dst_mask),
		NST_ELEMENT(30, 1), .needs = NST_NEEDS_DST_MASK,
		.use = NST_BOTH, .fold = NST_FOLD_FIRST,
	},
	[NETSTREAM_FIELD_SRC_PORT] = {
		.name = "source-port", NST_OF_PACKET(sport),
		.type = NST_FIELD_NET16, NST_ELEMENT(7, 2),
		.use = NST_FIELD_MATCH,
	},
	[NETSTREAM_FIELD_DST_PORT] = {
		.name = "destination-port", NST_OF_PACKET(dport),
		.type = NST_FIELD_NET16, NST_ELEMENT(11, 2),
		.use = NST_FIELD_MATCH,
	},
	[NETSTREAM_FIELD_SRC_VLAN] = {
		.name = "source-vlan", NST_OF_PACKET(src_vlan),
		NST_ELEMENT(58, 2), .needs = NST_NEEDS_VLAN,
		.use = NST_BOTH, .fold = NST_FOLD_FIRST,
	},
	[NETSTREAM_FIELD_DST_VLAN] = {
		.name = "destination-vlan", NST_OF_PACKET(dst_vlan),
		NST_ELEMENT(59, 2), .needs = NST_NEEDS_VLAN,
		.use = NST_BOTH, .fold = NST_FOLD_FIRST,
	},
	[NETSTREAM_FIELD_SRC_AS] = {
		.name = "source-as", NST_OF_PACKET(src_as),
		NST_ELEMENT(16, 4), .shorten = NST_SHORTEN_AS,
		.needs = NST_NEEDS_ROUTES,
		.use = NST_FIELD_MATCH,
	},
	[NETSTREAM_FIELD_DST_AS] = {
		.name = "destination-as", NST_OF_PACKET(dst_as),
		NST_ELEMENT(17, 4), .shorten = NST_SHORTEN_AS,
		.needs = NST_NEEDS_ROUTES,
		.use = NST_FIELD_MATCH,
	},
	[NETSTREAM_FIELD_PROTOCOL] = {
		.name = "protocol", NST_OF_PACKET(protocol),
		NST_ELEMENT(4, 1), .use = NST_FIELD_MATCH,
	},
	[NETSTREAM_FIELD_TOS] = {
		.name = "tos", NST_OF_PACKET(tos),
		NST_ELEMENT(5, 1), .use = NST_FIELD_MATCH,
	},
	[NETSTREAM_FIELD_FLOW_LABEL] = {
		.name = "flow-label", NST_OF_PACKET(flow_label),
		/* RFC 3954 has 3 bytes, and decoders of version 9 count on them */
		.v9 = { .id = 31, .length = 3 }, .ipfix = { .id = 31, .length = 4 },
		.use = NST_BOTH, .fold = NST_FOLD_FIRST,
	},
	[NETSTREAM_FIELD_DIRECTION] = {
		.name = "direction", NST_OF_PACKET(direction),
		NST_ELEMENT(61, 1), .use = NST_BOTH, .fold = NST_FOLD_FIRST,
	},
	/* every flow has the OR of the flags, whatever its record */
	[NETSTREAM_FIELD_TCP_FLAG] = {
		.name = "tcp-flag", NST_OF_PACKET(tcp_flags),
		NST_ELEMENT(6, 1), .use = NST_BOTH, .fold = NST_FOLD_FLOW,
	},
	[NETSTREAM_FIELD_INPUT_IF] = {
		.name = "input-interface", NST_OF_PACKET(input_if),
		NST_ELEMENT(10, 4), .shorten = NST_SHORTEN_INDEX,
		.use = NST_BOTH, .fold = NST_FOLD_FIRST,
	},
	[NETSTREAM_FIELD_OUTPUT_IF] = {
		.name = "output-interface", NST_OF_PACKET(output_if),
		NST_ELEMENT(14, 4), .shorten = NST_SHORTEN_INDEX,
		.use = NST_BOTH, .fold = NST_FOLD_FIRST,
	},
	[NETSTREAM_FIELD_NEXT_HOP] = {
		.name = "next-hop", NST_OF_PACKET(next_hop),
		.type = NST_FIELD_ADDR, NST_ELEMENT(62, 16),
		.needs = NST_NEEDS_NEXT_HOP,
		.use = NST_BOTH, .fold = NST_FOLD_FIRST,
	},
	[NETSTREAM_FIELD_BGP_NEXT_HOP] = {
		.name = "next-hop-bgp", NST_OF_PACKET(bgp_next_hop),
		.type = NST_FIELD_ADDR, NST_ELEMENT(63, 16),
		.needs = NST_NEEDS_ROUTES,
		.use = NST_BOTH, .fold = NST_FOLD_FIRST,
	},
	[NETSTREAM_FIELD_PACKETS] = {
		.name = "packets", NST_OF_FLOW(packets), NST_ELEMENT(2, 0),
		.use = NST_FIELD_COLLECT | NST_FIELD_WIDTH,
	},
	[NETSTREAM_FIELD_BYTES] = {
		.name = "bytes", NST_OF_FLOW(bytes), NST_ELEMENT(1, 0),
		.use = NST_FIELD_COLLECT | NST_FIELD_WIDTH,
	},
	/* IPFIX reports absolute times: flowStartMilliseconds, flowEndMilliseconds */
	[NETSTREAM_FIELD_FIRST] = {
		.name = "first-switched", NST_OF_FLOW(first),
		.use = NST_FIELD_COLLECT, .v9 = { .id = 22, .length = 4 },
		.ipfix = { 152, NST_OFFSET(first_unix), 8, NST_SIZE(first_unix) },
	},
	[NETSTREAM_FIELD_LAST] = {
		.name = "last-switched", NST_OF_FLOW(last),
		.use = NST_FIELD_COLLECT, .v9 = { .id = 21, .length = 4 },
		.ipfix = { 153, NST_OFFSET(last_unix), 8, NST_SIZE(last_unix) },
	},
	[NETSTREAM_FIELD_END_REASON] = {
		.name = "flow-end-reason", NST_OF_FLOW(end_reason),
		NST_ELEMENT(136, 1), .use = NST_FIELD_COLLECT,
	},
	[NETSTREAM_FIELD_IP_VERSION] = {
		.name = "ip-version", NST_OF_FLOW(ip_version),
		NST_ELEMENT(60, 1), .use = NST_FIELD_COLLECT,
	},
	/* version 9 has one element for ICMP and ICMPv6 */
	[NETSTREAM_FIELD_ICMP] = {
		.name = "icmp-type-code", NST_OF_PACKET(icmp),
		.v9 = { .id = 32, .length = 2 }, .ipfix = { .id = 139, .length = 2 },
		.needs = NST_NEEDS_ICMP,
		.use = NST_BOTH, .fold = NST_FOLD_FIRST,
	},
	/* as wide as in option records, so that collectors find the one by the other */
	[NETSTREAM_FIELD_SAMPLER] = {
		.name = "sampler", NST_OF_PACKET(sampler),
		NST_ELEMENT(48, 2), .needs = NST_NEEDS_SAMPLER,
		.use = NST_BOTH, .fold = NST_FOLD_FIRST,
	},
	[NETSTREAM_FIELD_NEXT_HEADER] = {
		.name = "next-header", NST_OF_IPV6(next_header),
		NST_ELEMENT(193, 1),
	},
	[NETSTREAM_FIELD_HOP_LIMIT] = {
		.name = "hop-limit", NST_OF_IPV6(hop_limit),
		NST_ELEMENT(192, 1),
	},
	[NETSTREAM_FIELD_MIN_HOP_LIMIT] = {
		.name = "hop-limit-minimum", NST_OVER_FLOW(hop_limit, MIN),
		NST_ELEMENT(52, 1),
	},
	[NETSTREAM_FIELD_MAX_HOP_LIMIT] = {
		.name = "hop-limit-maximum", NST_OVER_FLOW(hop_limit, MAX),
		NST_ELEMENT(53, 1),
	},
	[NETSTREAM_FIELD_DSCP] = {
		.name = "dscp", NST_OF_IPV6(dscp), NST_ELEMENT(195, 1),
	},
	[NETSTREAM_FIELD_PRECEDENCE] = {
		.name = "precedence", NST_OF_IPV6(precedence),
		NST_ELEMENT(196, 1),
	},
	/* ipTotalLength has eight bytes; fewer are allowed where they suffice */
	[NETSTREAM_FIELD_LENGTH] = {
		.name = "length-total", NST_OF_IPV6(length), NST_ELEMENT(224, 2),
	},
	[NETSTREAM_FIELD_MIN_LENGTH] = {
		.name = "length-total-minimum", NST_OVER_FLOW(shortest, MIN),
		NST_ELEMENT(25, 2),
	},
	[NETSTREAM_FIELD_MAX_LENGTH] = {
		.name = "length-total-maximum", NST_OVER_FLOW(length, MAX),
		NST_ELEMENT(26, 2),
	},
	[NETSTREAM_FIELD_PAYLOAD_LENGTH] = {
		.name = "length-payload", NST_OF_IPV6(payload_length),
		NST_ELEMENT(191, 2),
	},
	[NETSTREAM_FIELD_EXTENSIONS] = {
		.name = "extension-map", NST_OF_PACKET(extensions),
		NST_ELEMENT(64, 4), .needs = NST_BEHIND,
		.use = NST_BOTH, .fold = NST_FOLD_OR,
	},
	[NETSTREAM_FIELD_FRAGMENT_FLAGS] = {
		.name = "fragmentation-flags", NST_OF_PACKET(fragment_flags),
		NST_ELEMENT(197, 1), .needs = NST_BEHIND,
		.use = NST_BOTH, .fold = NST_FOLD_OR,
	},
	[NETSTREAM_FIELD_FRAGMENT_OFFSET] = {
		.name = "fragmentation-offset", NST_OF_HEADERS(fragment_offset),
		NST_ELEMENT(88, 2),
	},
	/* version 9 has two bytes, enough for IPv4 */
	[NETSTREAM_FIELD_FRAGMENT_ID] = {
		.name = "fragmentation-id", NST_OF_HEADERS(fragment_id),
		NST_ELEMENT(54, 4),
	},
	[NETSTREAM_FIELD_ICMP_TYPE] = {
		.name = "icmp-type", NST_OF_HEADERS(icmp_type),
		NST_ELEMENT(178, 1),
	},
	[NETSTREAM_FIELD_ICMP_CODE] = {
		.name = "icmp-code", NST_OF_HEADERS(icmp_code),
		NST_ELEMENT(179, 1),
	},
	[NETSTREAM_FIELD_TCP_SEQUENCE] = {
		.name = "tcp-sequence-number", NST_OF_HEADERS(tcp_sequence),
		NST_ELEMENT(184, 4),
	},
	[NETSTREAM_FIELD_TCP_ACK] = {
		.name = "tcp-acknowledgement-number", NST_OF_HEADERS(tcp_ack),
		NST_ELEMENT(185, 4),
	},
	[NETSTREAM_FIELD_TCP_WINDOW] = {
		.name = "tcp-window-size", NST_OF_HEADERS(tcp_window),
		NST_ELEMENT(186, 2),
	},
	[NETSTREAM_FIELD_TCP_URGENT] = {
		.name = "tcp-urgent-pointer", NST_OF_HEADERS(tcp_urgent),
		NST_ELEMENT(187, 2),
	},
	[NETSTREAM_FIELD_TCP_HEADER] = {
		.name = "tcp-header-length", NST_OF_HEADERS(tcp_header),
		NST_ELEMENT(188, 1),
	},
	[NETSTREAM_FIELD_UDP_LENGTH] = {
		.name = "udp-message-length", NST_OF_HEADERS(udp_length),
		NST_ELEMENT(205, 2),
	},
	[NETSTREAM_FIELD_MULTICAST] = {
		.name = "is-multicast", NST_OF_IPV6(multicast),
		NST_ELEMENT(206, 1),
	},
	[NETSTREAM_FIELD_VRF] = {
		.name = "vrf-id", NST_OF_PACKET(vrf),
		NST_ELEMENT(234, 4), .needs = NST_NEEDS_VRF_ID,
		.use = NST_BOTH, .fold = NST_FOLD_FIRST,
	},
	[NETSTREAM_FIELD_VRF_NAME] = {
		.name = "vrf-name", NST_OF_PACKET(vrf_name),
		.type = NST_FIELD_TEXT, NST_ELEMENT(236, 16),
		.needs = NST_NEEDS_VRF_ID,
		.use = NST_BOTH, .fold = NST_FOLD_FIRST,
	},
	[NETSTREAM_FIELD_FLOW_ID] = {
		.name = "flow-id", NST_OF_PACKET(flow_id),
		NST_ELEMENT(148, 8), .needs = NST_NEEDS_FLOW_ID,
		.use = NST_FIELD_COLLECT, .fold = NST_FOLD_FIRST,
	},
	[NETSTREAM_FIELD_FLOWS] = {
		.name = "flows", NST_OF_FLOW(flows),
		.v9 = { .id = 3, .length = 4 }, .ipfix = { .id = 3, .length = 8 },
		.use = NST_FIELD_COLLECT,
	},
	/* first-switched and last-switched of IPFIX, in both versions */
	[NETSTREAM_FIELD_START] = {
		.name = "timestamp-absolute-first", NST_OF_FLOW(first_unix),
		NST_ELEMENT(152, 8),
		.use = NST_FIELD_COLLECT,
	},
	[NETSTREAM_FIELD_END] = {
		.name = "timestamp-absolute-last", NST_OF_FLOW(last_unix),
		NST_ELEMENT(153, 8),
		.use = NST_FIELD_COLLECT,
	},
	[NETSTREAM_FIELD_DURATION] = {
		.name = "flow-duration", NST_OF_FLOW(duration),
		NST_ELEMENT(161, 4),
		.use = NST_FIELD_COLLECT,
	},
	[NETSTREAM_FIELD_SRC_MAC] = {
		.name = "source-mac", NST_OF_FRAME(src_mac), NST_ELEMENT(56, 6),
	},
	[NETSTREAM_FIELD_DST_MAC] = {
		.name = "destination-mac", NST_OF_FRAME(dst_mac),
		NST_ELEMENT(80, 6),
	},
	[NETSTREAM_FIELD_POST_SRC_MAC] = {
		.name = "post-source-mac", NST_OF_FRAME(post_src_mac),
		NST_ELEMENT(81, 6),
	},
	[NETSTREAM_FIELD_POST_SRC_ADDR] = {
		.name = "post-nat-source-address", NST_OF_PACKET(post_src),
		.type = NST_FIELD_ADDR, NST_ELEMENT(281, 16),
		NST_OF_NAT,
	},
	[NETSTREAM_FIELD_POST_DST_ADDR] = {
		.name = "post-nat-destination-address", NST_OF_PACKET(post_dst),
		.type = NST_FIELD_ADDR, NST_ELEMENT(282, 16),
		NST_OF_NAT,
	},
	[NETSTREAM_FIELD_POST_SRC_PORT] = {
		.name = "post-nat-source-port", NST_OF_PACKET(post_sport),
		.type = NST_FIELD_NET16, NST_ELEMENT(227, 2),
		NST_OF_NAT,
	},
	[NETSTREAM_FIELD_POST_DST_PORT] = {
		.name = "post-nat-destination-port", NST_OF_PACKET(post_dport),
		.type = NST_FIELD_NET16, NST_ELEMENT(228, 2),
		NST_OF_NAT,
	},
	[NETSTREAM_FIELD_STATUS] = {
		.name = "forwarding-status", NST_OF_PACKET(status),
		NST_ELEMENT(89, 1), .needs = NST_NEEDS_STATUS,
		.use = NST_BOTH, .fold = NST_FOLD_FIRST,
	},
	[NETSTREAM_FIELD_POST_DST_MAC] = {
		.name = "post-destination-mac", NST_OF_FRAME(post_dst_mac),
		NST_ELEMENT(57, 6),
	},
	[NETSTREAM_FIELD_DOT1Q_VLAN] = {
		.name = "dot1q-vlan", NST_OF_TAG(dot1q_vlan),
		NST_ELEMENT(243, 2),
	},
	[NETSTREAM_FIELD_DOT1Q_PRIORITY] = {
		.name = "dot1q-priority", NST_OF_TAG(dot1q_priority),
		NST_ELEMENT(244, 1),
	},
	[NETSTREAM_FIELD_DOT1Q_CUSTOMER] = {
		.name = "dot1q-customer-vlan", NST_OF_TAG(dot1q_customer),
		NST_ELEMENT(245, 2),
	},
	[NETSTREAM_FIELD_POST_DOT1Q_VLAN] = {
		.name = "post-dot1q-vlan", NST_OF_TAG(post_dot1q_vlan),
		NST_ELEMENT(254, 2),
	},
	[NETSTREAM_FIELD_POST_DOT1Q_CUSTOMER] = {
		.name = "post-dot1q-customer-vlan", NST_OF_TAG(post_dot1q_customer),
		NST_ELEMENT(255, 2),
	},
	[NETSTREAM_FIELD_INPUT_PORT] = {
		.name = "physical-input-interface", NST_OF_PORT(input_port),
		NST_ELEMENT(252, 4),
	},
	[NETSTREAM_FIELD_OUTPUT_PORT] = {
		.name = "physical-output-interface", NST_OF_PORT(output_port),
		NST_ELEMENT(253, 4),
	},
	/* IANA has no element for it; iptables-netflow uses this one, too */
	[NETSTREAM_FIELD_MARK] = {
		.name = "mark", NST_OF_PACKET(mark),
		NST_ELEMENT(137, 4), .needs = NST_NEEDS_MARK,
		.use = NST_BOTH, .fold = NST_FOLD_FIRST,
	},
};

static_assert(sizeof(nst_field) ==
	      (NETSTREAM_FIELD_MAX + 1) * sizeof(struct nst_field));
/* nst_field_of_packet() */
static_assert(NST_OFFSET(f) == 0);

/**
 * nst_field_find - find a field by its name
 * @name: name in the module parameter "record"
 *
 * Context: any.
 * Return: its row, or %NULL.
 */
const struct nst_field *nst_field_find(const char *name)
{
	unsigned int i;

	for (i = 1; i <= NETSTREAM_FIELD_MAX; i++)
		if (!strcmp(nst_field[i].name, name))
			return &nst_field[i];
	return NULL;
}
