/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IPv6 packet -> fields.
 */
#ifndef _NST_DISSECT_H
#define _NST_DISSECT_H

#include <linux/skbuff.h>
#include <net/ip6_fib.h>

#include "flow.h"
#include "stats.h"

struct net;

/* Extension headers looked at before the walk gives up. */
#define NST_EXTENSIONS_MAX	10

int nst_dissect(const struct sk_buff *skb, struct nst_pkt *pkt);
void nst_dissect_destination(const struct sk_buff *skb, struct nst_fields *f);
void nst_dissect_source(struct net *net, const struct sk_buff *skb,
			struct nst_fields *f);

/* The route that a packet has, or %NULL. */
static inline const struct rt6_info *nst_dissect_dst(const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb_dst(skb);

	if (!dst || dst->ops->family != AF_INET6)
		return NULL;
	return container_of(dst, struct rt6_info, dst);
}

/**
 * nst_dissect_next_hop - next hop of the packet's route
 * @skb: a routed packet
 * @f: where to; :: without a route, or for a destination on the link
 *
 * Context: bottom halves off (RCU).
 */
static inline void nst_dissect_next_hop(const struct sk_buff *skb,
					struct nst_fields *f)
{
	const struct rt6_info *rt = nst_dissect_dst(skb);

	if (rt && rt->rt6i_flags & RTF_GATEWAY)
		f->next_hop = rt->rt6i_gateway;
	else
		f->next_hop = in6addr_any;
}

#endif /* _NST_DISSECT_H */
