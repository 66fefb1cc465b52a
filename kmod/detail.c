// SPDX-License-Identifier: GPL-2.0
/*
 * Fields of the headers that only some records need.  The header chain is walked a
 * second time for them, so that packets of other records cost nothing more.  Packet
 * data is only read.  Bottom halves are off.
 */
#include <linux/icmpv6.h>
#include <linux/in6.h>
#include <linux/ipv6.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ipv6.h>

#include "compat.h"
#include "detail.h"
#include "dissect.h"
#include "flow.h"
#include "walk.h"

/**
 * enum nst_extension - bits of ipv6ExtensionHeaders (RFC 5102, erratum 1738)
 * @NST_EXTENSION_DST: destination options
 * @NST_EXTENSION_HOP: hop-by-hop options
 * @NST_EXTENSION_UNK: a transport header that is not read
 * @NST_EXTENSION_FRA0: fragment header with offset 0
 * @NST_EXTENSION_RH: routing header
 * @NST_EXTENSION_FRA1: fragment header of a later fragment
 * @NST_EXTENSION_MOB: mobility header
 * @NST_EXTENSION_ESP: encrypted payload
 * @NST_EXTENSION_AH: authentication header
 * @NST_EXTENSION_PAY: payload compression
 */
enum nst_extension {
	NST_EXTENSION_DST	= 1 << 0,
	NST_EXTENSION_HOP	= 1 << 1,
	NST_EXTENSION_UNK	= 1 << 3,
	NST_EXTENSION_FRA0	= 1 << 4,
	NST_EXTENSION_RH	= 1 << 5,
	NST_EXTENSION_FRA1	= 1 << 6,
	NST_EXTENSION_MOB	= 1 << 12,
	NST_EXTENSION_ESP	= 1 << 13,
	NST_EXTENSION_AH	= 1 << 14,
	NST_EXTENSION_PAY	= 1 << 15,
};

/* @protocol: of a header of the chain, or of the one at its end */
static u32 nst_detail_extension(u8 protocol, bool later)
{
	switch (protocol) {
	case NEXTHDR_DEST:
		return NST_EXTENSION_DST;
	case NEXTHDR_HOP:
		return NST_EXTENSION_HOP;
	case NEXTHDR_ROUTING:
		return NST_EXTENSION_RH;
	case NEXTHDR_FRAGMENT:
		return later ? NST_EXTENSION_FRA1 : NST_EXTENSION_FRA0;
	case NEXTHDR_MOBILITY:
		return NST_EXTENSION_MOB;
	case NEXTHDR_ESP:
		return NST_EXTENSION_ESP;
	case NEXTHDR_AUTH:
		return NST_EXTENSION_AH;
	case IPPROTO_COMP:
		return NST_EXTENSION_PAY;
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
	case IPPROTO_ICMPV6:
	case NEXTHDR_NONE:
		return 0;
	default:
		return NST_EXTENSION_UNK;
	}
}

static void nst_detail_fragment(const struct nst_walk *walk, struct nst_fields *fields)
{
	const struct frag_hdr *frag = nst_walk_header(walk, sizeof(*frag));

	if (!frag)
		return;
	fields->fragment_id = ntohl(get_unaligned(&frag->identification));
	fields->fragment_offset = (ntohs(frag->frag_off) & IP6_OFFSET) >> 3;
	fields->fragment_flags = frag->frag_off & htons(IP6_MF) ? 0x20 : 0;
}

/*
 * Walk along the chain, and note its headers as far as they are complete.
 * Return: whether a transport header follows.
 */
static bool nst_detail_chain(struct nst_walk *walk, struct nst_fields *fields)
{
	/* a header that was skipped counts as well, as in nst_dissect_at() */
	unsigned int i = !!walk->jumbo;
	u8 protocol;

	for (; nst_walk_is_extension(walk->protocol); i++) {
		protocol = walk->protocol;
		if (protocol == NEXTHDR_FRAGMENT)
			nst_detail_fragment(walk, fields);
		if (i == NST_EXTENSIONS_MAX || nst_walk_step(walk) < 0)
			return false;
		fields->extensions |= nst_detail_extension(protocol, walk->later);
		if (walk->later)
			return false;
	}
	fields->extensions |= nst_detail_extension(walk->protocol, false);
	return true;
}

static void nst_detail_tcp(const struct nst_walk *walk, struct nst_fields *fields)
{
	const struct tcphdr *tcp = nst_walk_header(walk, sizeof(*tcp));

	if (!tcp)
		return;
	fields->tcp_sequence = ntohl(get_unaligned(&tcp->seq));
	fields->tcp_ack = ntohl(get_unaligned(&tcp->ack_seq));
	fields->tcp_window = ntohs(tcp->window);
	fields->tcp_urgent = ntohs(tcp->urg_ptr);
	fields->tcp_header = __tcp_hdrlen(tcp);
}

/* Bytes of a segment behind @header bytes, as a number of 16 bits. */
static u16 nst_detail_behind(u32 segment, u32 header)
{
	return segment > header ? min_t(u32, segment - header, U16_MAX) : 0;
}

static void nst_detail_udp(const struct nst_walk *walk, struct nst_fields *fields,
			   const struct nst_pkt *pkt)
{
	const struct udphdr *udp = nst_walk_header(walk, sizeof(*udp));

	if (!udp)
		return;
	fields->udp_length = ntohs(udp->len);
	/* that of a super-packet is not on the wire */
	if (pkt->packets > 1)
		fields->udp_length =
			nst_detail_behind(pkt->longest, walk->offset -
					  walk->start - walk->jumbo);
}

static void nst_detail_icmp(const struct nst_walk *walk, struct nst_fields *fields)
{
	const u8 *icmp = nst_walk_header(walk, 2);

	if (!icmp)
		return;
	fields->icmp_type = icmp[0];
	fields->icmp_code = icmp[1];
}

static void nst_detail_transport(const struct nst_walk *walk, struct nst_fields *fields,
				 const struct nst_pkt *pkt)
{
	switch (walk->protocol) {
	case IPPROTO_TCP:
		nst_detail_tcp(walk, fields);
		break;
	case IPPROTO_UDP:
		nst_detail_udp(walk, fields, pkt);
		break;
	case IPPROTO_ICMPV6:
		nst_detail_icmp(walk, fields);
		break;
	}
}

/* Lengths.  Those of a super-packet are the lengths of its segments. */
static void nst_detail_lengths(const struct ipv6hdr *ip6, struct nst_fields *fields,
			       const struct nst_pkt *pkt)
{
	if (pkt->packets > 1) {
		fields->length = min_t(u32, pkt->longest, U16_MAX);
		fields->shortest = min_t(u32, pkt->shortest, U16_MAX);
		fields->payload_length =
			nst_detail_behind(pkt->longest, sizeof(*ip6));
		return;
	}
	fields->length = min_t(u64, pkt->bytes, U16_MAX);
	fields->shortest = fields->length;
	fields->payload_length = ntohs(ip6->payload_len);
}

/* The hop-by-hop header of a super-packet that segmentation removes is not looked at. */
static void nst_detail_skip_jumbo(struct nst_walk *walk, const struct ipv6hdr *ip6)
{
	const struct ipv6_opt_hdr *opt = nst_walk_header(walk, sizeof(*opt));

	walk->jumbo = nst_walk_jumbo(walk->skb, ip6);
	if (!walk->jumbo || !opt)
		return;
	walk->protocol = opt->nexthdr;
	walk->offset += walk->jumbo;
}

/**
 * nst_detail_headers - read the fields that %NST_NEEDS_DETAIL and %NST_NEEDS_CHAIN stand for
 * @skb: as for nst_dissect_at()
 * @start: as for nst_dissect_at(), which has accepted the packet
 * @pkt: result of nst_dissect_at() or nst_dissect_simple(), before the segments that no
 *	sampler selected are taken off; the fields are set
 * @copy: buffer for headers that are not linear
 * @chain: read the headers behind the IPv6 header, too; if not, words that have nothing
 *	else remain undefined
 *
 * Fields that the packet does not have, or that are behind a malformed header, are
 * zero.
 *
 * Context: bottom halves off.  Never writes to packet data.
 */
void nst_detail_headers(const struct sk_buff *skb, unsigned int start,
			struct nst_pkt *pkt, struct nst_headers *copy, bool chain)
{
	struct nst_fields *fields = &pkt->f;
	struct nst_walk walk;
	const struct ipv6hdr *ip6 = nst_walk_begin(&walk, skb, start, copy);

	fields->word[NST_WORD(next_header)] = 0;
	fields->word[NST_WORD(length)] = 0;
	if (chain)
		memset(&fields->word[NST_WORD(extensions)], 0,
		       offsetof(struct nst_fields, flow_id) -
		       offsetof(struct nst_fields, extensions));
	if (!ip6)
		return;
	if (skb_is_gso(skb))
		nst_detail_skip_jumbo(&walk, ip6);
	fields->next_header = walk.protocol;
	fields->hop_limit = ip6->hop_limit;
	fields->dscp = fields->tos >> 2;
	fields->precedence = fields->tos >> 5;
	if (ipv6_addr_is_multicast(&ip6->daddr))
		fields->multicast = ip6->daddr.s6_addr[1] & 0x1f;
	nst_detail_lengths(ip6, fields, pkt);
	if (chain && nst_detail_chain(&walk, fields))
		nst_detail_transport(&walk, fields, pkt);
}
