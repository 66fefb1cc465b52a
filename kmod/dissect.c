// SPDX-License-Identifier: GPL-2.0
/*
 * Dissection of an IPv6 packet: its fields, the number of its segments and their
 * bytes.  Packet data is only read.  Bottom halves are off.
 */
#include <linux/icmpv6.h>
#include <linux/in6.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/sctp.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "compat.h"
#include "dissect.h"
#include "fib.h"
#include "walk.h"

/* Return: 0, or the negative of &enum nst_malformed. */
static int nst_walk_chain(struct nst_walk *walk)
{
	unsigned int i;
	int more;

	for (i = 0; i < NST_EXTENSIONS_MAX; i++) {
		more = nst_walk_step(walk);
		if (more <= 0)
			return more;
	}
	return nst_walk_is_extension(walk->protocol) ? -NST_MALFORMED_CHAIN : 0;
}

/**
 * struct nst_transport - contents of a transport header
 * @ports: source and destination port, network byte order
 * @flags: TCP flags
 * @length: length of the header that each segment of a GSO packet repeats, bytes
 */
struct nst_transport {
	__be32		ports;
	u8		flags;
	unsigned int	length;
};

static int nst_dissect_tcp(const struct nst_walk *walk, struct nst_transport *transport)
{
	const struct tcphdr *tcp = nst_walk_header(walk, sizeof(*tcp));

	if (!tcp)
		return -NST_MALFORMED_TRANSPORT;
	transport->ports = get_unaligned((const __be32 *)tcp);
	transport->flags = tcp_flag_byte(tcp);
	transport->length = __tcp_hdrlen(tcp);
	return 0;
}

static int nst_dissect_ports(const struct nst_walk *walk,
			     struct nst_transport *transport,
			     unsigned int length)
{
	const __be32 *ports = nst_walk_header(walk, sizeof(*ports));

	if (!ports)
		return -NST_MALFORMED_TRANSPORT;
	transport->ports = get_unaligned(ports);
	transport->length = length;
	return 0;
}

/* Collectors expect ICMPv6 type and code in the destination port. */
static int nst_dissect_icmp(const struct nst_walk *walk, struct nst_transport *transport)
{
	const u8 *icmp = nst_walk_header(walk, 2);

	if (!icmp)
		return -NST_MALFORMED_TRANSPORT;
	transport->ports = htonl(icmp[0] << 8 | icmp[1]);
	return 0;
}

static int nst_dissect_transport(const struct nst_walk *walk,
				 struct nst_transport *transport)
{
	if (walk->later)
		return 0;
	switch (walk->protocol) {
	case IPPROTO_TCP:
		return nst_dissect_tcp(walk, transport);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return nst_dissect_ports(walk, transport, sizeof(struct udphdr));
	case IPPROTO_SCTP:
		return nst_dissect_ports(walk, transport, sizeof(struct sctphdr));
	case IPPROTO_DCCP:
		return nst_dissect_ports(walk, transport, 0);
	case IPPROTO_ICMPV6:
		return nst_dissect_icmp(walk, transport);
	default:
		return 0;
	}
}

/* Segments of a tunneled GSO packet repeat all up to the inner transport header. */
static unsigned int nst_segment_header(const struct nst_walk *walk,
				       unsigned int outer)
{
	const struct sk_buff *skb = walk->skb;
	int inner, end;

	if (!skb->encapsulation ||
	    walk->start != (unsigned int)skb_network_offset(skb))
		return outer;
	inner = skb_inner_transport_header(skb) - skb_network_header(skb);
	end = skb_network_offset(skb) + inner + (int)sizeof(struct tcphdr);
	if (inner <= 0 || end > (int)skb_headlen(skb))
		return outer;
	if (skb_shinfo(skb)->gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6))
		return inner + inner_tcp_hdrlen(skb);
	return inner + sizeof(struct udphdr);
}

/* SCTP: each segment is an skb in the fragment list, without IP headers. */
static void nst_segments_by_frags(const struct sk_buff *skb, unsigned int total,
				  unsigned int header, struct nst_pkt *pkt)
{
	const struct sk_buff *frag;

	pkt->packets = 0;
	pkt->longest = 0;
	pkt->shortest = U32_MAX;
	skb_walk_frags(skb, frag) {
		pkt->packets++;
		pkt->longest = max(pkt->longest, header + frag->len);
		pkt->shortest = min(pkt->shortest, header + frag->len);
	}
	if (!pkt->packets)
		pkt->packets = 1;
	pkt->bytes = total + (pkt->packets - 1) * header;
}

/*
 * Count the segments of a GSO packet and their bytes on the wire: each segment repeats
 * the headers.  gso_segs is not used, because some drivers leave it at 0.
 */
static noinline void nst_segments(const struct nst_walk *walk,
				  unsigned int transport, struct nst_pkt *pkt)
{
	const struct sk_buff *skb = walk->skb;
	unsigned int start = walk->start;
	unsigned int total = skb->len - start - walk->jumbo;
	unsigned int header, size = skb_shinfo(skb)->gso_size;

	header = nst_segment_header(walk, walk->offset - start + transport);
	header -= min(header, walk->jumbo);
	if (size == GSO_BY_FRAGS) {
		nst_segments_by_frags(skb, total, header, pkt);
		return;
	}
	if (total <= header)
		return;
	pkt->packets = DIV_ROUND_UP(total - header, size);
	pkt->bytes = total + (pkt->packets - 1) * header;
	pkt->longest = header + size;
	pkt->shortest = total - (pkt->packets - 1) * size;
}

static bool nst_length_wrong(const struct ipv6hdr *ip6, unsigned int total)
{
	unsigned int length = ntohs(ip6->payload_len);

	return length && length + sizeof(*ip6) > total;
}

/* Return: 0, or the negative of &enum nst_malformed. */
static int nst_dissect_headers(struct nst_walk *walk,
			       struct nst_transport *transport,
			       const struct ipv6hdr *ip6, unsigned int total)
{
	int err;

	err = nst_walk_chain(walk);
	if (err)
		return err;
	err = nst_dissect_transport(walk, transport);
	if (err)
		return err;
	return unlikely(nst_length_wrong(ip6, total)) ? -NST_MALFORMED_LENGTH : 0;
}

static_assert(sizeof_field(struct nst_headers, other) >= sizeof(struct tcphdr));

/**
 * nst_dissect_at - read the headers of a packet that begins anywhere in an skb
 * @skb: an IPv6 packet, or one inside other headers
 * @start: offset of its IPv6 header in the data
 * @pkt: result.  Set are the numbers of segments and bytes, the addresses, and the
 *	words of the ports, the flow label and the TCP flags, in which other fields
 *	become zero.  The caller sets all other words and the time.
 * @copy: buffer for headers that are not linear
 *
 * At most %NST_EXTENSIONS_MAX extension headers are read.  First and atomic fragments
 * have the ports of the datagram.  Later fragments have none, and their protocol is
 * that of the fragment header.  For ICMPv6, the destination port is type * 256 + code.
 * If the packet is truncated or malformed, fields that were not reached are zero.
 *
 * Context: bottom halves off.  Never writes to the packet.
 * Return: 0, or the negative of &enum nst_malformed.  A packet with
 *	%NST_MALFORMED_VERSION cannot be metered.
 */
int nst_dissect_at(const struct sk_buff *skb, unsigned int start,
		   struct nst_pkt *pkt, struct nst_headers *copy)
{
	unsigned int total = skb->len - start;
	struct nst_transport transport = {};
	struct nst_walk walk;
	const struct ipv6hdr *ip6 = nst_walk_begin(&walk, skb, start, copy);
	int err;

	if (!ip6 || ip6->version != 6)
		return -NST_MALFORMED_VERSION;
	err = nst_dissect_headers(&walk, &transport, ip6, total);
	nst_dissect_fields(&pkt->f, ip6, transport.ports, walk.protocol);
	pkt->f.tcp_flags = transport.flags;
	pkt->packets = 1;
	pkt->bytes = total;
	if (skb_is_gso(skb)) {
		walk.jumbo = nst_walk_jumbo(skb, ip6);
		nst_segments(&walk, transport.length, pkt);
	}
	return err;
}

/**
 * nst_dissect_segments - the number of segments of a GSO packet
 * @skb: a GSO packet
 * @pkt: memory that it may use
 * @copy: as for nst_dissect()
 *
 * Devices of virtual machines leave gso_segs at 0.  The headers are read then.
 *
 * Context: bottom halves off.
 * Return: segments, at least 1.
 */
u32 nst_dissect_segments(const struct sk_buff *skb, struct nst_pkt *pkt,
			 struct nst_headers *copy)
{
	if (skb_shinfo(skb)->gso_segs)
		return skb_shinfo(skb)->gso_segs;
	pkt->packets = 1;
	nst_dissect(skb, pkt, copy);
	return pkt->packets;
}

/**
 * nst_dissect_destination - find the prefix length of a packet's route
 * @skb: a routed packet
 * @fields: its dst_mask is set; unchanged without a route
 *
 * Context: bottom halves off, RCU read side, as in a hook.
 */
void nst_dissect_destination(const struct sk_buff *skb, struct nst_fields *fields)
{
	const struct rt6_info *rt = nst_dissect_dst(skb);

	if (rt)
		fields->dst_mask = nst_fib_prefix_of_route(rt);
}

/**
 * nst_dissect_source - find the prefix length of the route back to the source
 * @net: namespace
 * @fields: its src and interfaces are read, and src_mask is set
 *
 * This costs a FIB lookup for each packet, more than any other field.  The table is
 * that of the interface that the packet arrived on or, if it was made here, of the one
 * that it leaves through.
 *
 * Context: bottom halves off.
 */
void nst_dissect_source(struct net *net, struct nst_fields *fields)
{
	fields->src_mask = nst_fib_prefix(net, &fields->src,
					  fields->input_if ?: fields->output_if);
}
