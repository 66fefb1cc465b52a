/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dissection of an IPv6 packet into its fields.
 */
#ifndef _NST_DISSECT_H
#define _NST_DISSECT_H

#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ip6_fib.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "compat.h"
#include "flow.h"
#include "stats.h"
#include "walk.h"

struct net;

int nst_dissect_at(const struct sk_buff *skb, unsigned int start,
		   struct nst_pkt *pkt, struct nst_headers *copy);
u32 nst_dissect_segments(const struct sk_buff *skb, struct nst_pkt *pkt,
			 struct nst_headers *copy);

/* nst_dissect_at() of the packet at the network header. */
static inline int nst_dissect(const struct sk_buff *skb, struct nst_pkt *pkt,
			      struct nst_headers *copy)
{
	return nst_dissect_at(skb, skb_network_offset(skb), pkt, copy);
}

/* The first word of a header: version, traffic class and flow label. */
static __always_inline u32 nst_dissect_first(const struct ipv6hdr *ip6)
{
	return ntohl(*(const __be32 *)ip6);
}

/* Set the fields that come from the IPv6 header and the ports; TCP flags to 0. */
static __always_inline void nst_dissect_fields(struct nst_fields *fields,
					       const struct ipv6hdr *ip6,
					       __be32 ports, u8 protocol)
{
	u32 flow = nst_dissect_first(ip6);

	fields->src = ip6->saddr;
	fields->dst = ip6->daddr;
	fields->word[NST_WORD(sport)] = nst_field_prep((__force u32)ports, 0, 4) |
					NST_FIELD_PREP(protocol, protocol) |
					NST_FIELD_PREP(tos, (u8)(flow >> 20));
	fields->word[NST_WORD(flow_label)] =
		NST_FIELD_PREP(flow_label, flow & ntohl(IPV6_FLOWLABEL_MASK));
	fields->word[NST_WORD(tcp_flags)] = 0;
}

/**
 * nst_dissect_simple - inline fast path of nst_dissect()
 * @skb: an IPv6 packet, not a GSO packet; its network header is set
 * @pkt: see nst_dissect()
 *
 * It handles packets with TCP or UDP directly behind the IPv6 header, linear headers
 * and a payload length that fits the packet.
 *
 * Context: bottom halves off.  Never writes to the packet.
 * Return: whether it handled the packet.  If not, @pkt is unchanged.
 */
static __always_inline bool nst_dissect_simple(const struct sk_buff *skb,
					       struct nst_pkt *pkt)
{
	const struct ipv6hdr *ip6 = (const void *)skb_network_header(skb);
	const struct tcphdr *tcp = (const void *)(ip6 + 1);
	u32 total = skb->len;

	/* a UDP datagram shorter than a TCP header is left to nst_dissect(), too */
	if ((const void *)skb->data != ip6 ||
	    skb_headlen(skb) < sizeof(*ip6) + sizeof(*tcp) ||
	    nst_dissect_first(ip6) >> 28 != 6)
		return false;
	/* a length of 0 wraps to the largest value */
	if (ntohs(ip6->payload_len) - 1U >= total - sizeof(*ip6))
		return false;
	if (ip6->nexthdr != IPPROTO_TCP && ip6->nexthdr != IPPROTO_UDP)
		return false;
	nst_dissect_fields(&pkt->f, ip6, get_unaligned((const __be32 *)tcp),
			   ip6->nexthdr);
	if (ip6->nexthdr == IPPROTO_TCP)
		pkt->f.tcp_flags = tcp_flag_byte(tcp);
	pkt->packets = 1;
	pkt->bytes = total;
	return true;
}

void nst_dissect_destination(const struct sk_buff *skb, struct nst_fields *fields);
void nst_dissect_source(struct net *net, struct nst_fields *fields);

/* The IPv6 route of a packet, or %NULL. */
static inline const struct rt6_info *nst_dissect_dst(const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb_dst(skb);

	if (!dst || dst->ops->family != AF_INET6)
		return NULL;
	return container_of(dst, struct rt6_info, dst);
}

/**
 * nst_dissect_next_hop - find the next hop of a packet's route
 * @skb: a routed packet
 * @fields: its next hop is set; :: without a route or for a destination on the link
 *
 * Context: bottom halves off (RCU).
 */
static inline void nst_dissect_next_hop(const struct sk_buff *skb,
					struct nst_fields *fields)
{
	const struct rt6_info *rt = nst_dissect_dst(skb);

	if (rt && rt->rt6i_flags & RTF_GATEWAY) {
		fields->next_hop = rt->rt6i_gateway;
		return;
	}
	fields->word[NST_WORD(next_hop)] = 0;
	fields->word[NST_WORD(next_hop) + 1] = 0;
}

#endif /* _NST_DISSECT_H */
