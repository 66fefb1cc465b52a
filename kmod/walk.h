/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The walk along the header chain of an IPv6 packet, for dissect and detail.
 */
#ifndef _NST_WALK_H
#define _NST_WALK_H

#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/ipv6.h>

#include "compat.h"
#include "flow.h"
#include "stats.h"

/* Most extension headers that are read. */
#define NST_EXTENSIONS_MAX	10

/* Whether another header of IPv6 follows the header that has this number. */
static __always_inline bool nst_walk_is_extension(u8 protocol)
{
	switch (protocol) {
	case NEXTHDR_HOP:
	case NEXTHDR_ROUTING:
	case NEXTHDR_DEST:
	case NEXTHDR_AUTH:
	case NEXTHDR_FRAGMENT:
		return true;
	default:
		return false;
	}
}

/**
 * struct nst_walk - state of the walk along the header chain
 * @skb: the packet
 * @copy: buffer for a header that is not linear
 * @linear: number of linear bytes of the packet's data
 * @start: offset of the IPv6 header in the packet's data
 * @offset: offset of the next header in the packet's data
 * @protocol: protocol number of that header
 * @later: the packet is a fragment other than the first, so it has no ports
 * @jumbo: bytes of a hop-by-hop header that segmentation removes
 *
 * Context: that of nst_dissect_at() and nst_detail_headers().
 */
struct nst_walk {
	const struct sk_buff *skb;
	void		*copy;
	unsigned int	linear;
	unsigned int	start;
	unsigned int	offset;
	u8		protocol;
	bool		later;
	unsigned int	jumbo;
};

/**
 * nst_walk_begin - begin at an IPv6 header
 * @walk: state, to be set
 * @skb: the packet
 * @start: offset of the header in the packet's data
 * @copy: buffers for headers that are not linear
 *
 * Return: the header, or %NULL if the packet is too short.
 */
static __always_inline const struct ipv6hdr *
nst_walk_begin(struct nst_walk *walk, const struct sk_buff *skb, unsigned int start,
	       struct nst_headers *copy)
{
	const struct ipv6hdr *ip6 = skb_header_pointer(skb, start, sizeof(*ip6),
						       &copy->ip6);

	*walk = (struct nst_walk) {
		.skb	  = skb,
		.copy	  = copy->other,
		.linear	  = skb_headlen(skb),
		.start	  = start,
		.offset	  = start + sizeof(*ip6),
		.protocol = ip6 ? ip6->nexthdr : NEXTHDR_NONE,
	};
	return ip6;
}

/* The first @length bytes of the next header, or %NULL if the packet is too short. */
static inline const void *nst_walk_header(const struct nst_walk *walk,
					  unsigned int length)
{
	if (likely(walk->offset + length <= walk->linear))
		return walk->skb->data + walk->offset;
	return skb_header_pointer(walk->skb, walk->offset, length, walk->copy);
}

/* Return: 1 if another extension header may follow, 0 at the end, or -cause. */
static __always_inline int nst_walk_options(struct nst_walk *walk)
{
	const struct ipv6_opt_hdr *opt = nst_walk_header(walk, sizeof(*opt));
	unsigned int length;

	if (!opt)
		return -NST_MALFORMED_EXTENSION;
	length = walk->protocol == NEXTHDR_AUTH ? ipv6_authlen(opt) :
						  ipv6_optlen(opt);
	if (length > walk->skb->len - walk->offset)
		return -NST_MALFORMED_EXTENSION;
	walk->offset += length;
	walk->protocol = opt->nexthdr;
	return 1;
}

static __always_inline int nst_walk_fragment(struct nst_walk *walk)
{
	const struct frag_hdr *frag = nst_walk_header(walk, sizeof(*frag));

	if (!frag)
		return -NST_MALFORMED_EXTENSION;
	walk->offset += sizeof(*frag);
	walk->protocol = frag->nexthdr;
	walk->later = frag->frag_off & htons(IP6_OFFSET);
	return !walk->later;
}

/**
 * nst_walk_step - go on to the next header
 * @walk: state
 *
 * Return: 1 if another extension header may follow, 0 at the end, or the negative of
 *	&enum nst_malformed.
 */
static __always_inline int nst_walk_step(struct nst_walk *walk)
{
	if (!nst_walk_is_extension(walk->protocol))
		return 0;
	return walk->protocol == NEXTHDR_FRAGMENT ? nst_walk_fragment(walk) :
						    nst_walk_options(walk);
}

/**
 * nst_walk_jumbo - length of a header that only a super-packet has
 * @skb: a GSO packet
 * @ip6: its IPv6 header
 *
 * A BIG TCP packet has a payload length of 0.  Some kernels insert a hop-by-hop header
 * with a jumbo payload option, which segmentation removes again.
 *
 * Return: bytes of the hop-by-hop header, or 0.
 */
static inline unsigned int nst_walk_jumbo(const struct sk_buff *skb,
					  const struct ipv6hdr *ip6)
{
	const u8 *hbh;
	u8 _hbh[8];

	if (!NST_JUMBO_GOES || ip6->payload_len || ip6->nexthdr != NEXTHDR_HOP)
		return 0;
	hbh = skb_header_pointer(skb, skb_network_offset(skb) + sizeof(*ip6),
				 sizeof(_hbh), _hbh);
	if (!hbh || hbh[1] || hbh[2] != IPV6_TLV_JUMBO || hbh[3] != 4)
		return 0;
	return sizeof(_hbh);
}

#endif /* _NST_WALK_H */
