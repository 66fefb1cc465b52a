/* SPDX-License-Identifier: GPL-2.0 */
/* Prefix lengths of routes of the kernel's forwarding table. */
#ifndef _NST_FIB_H
#define _NST_FIB_H

#include <linux/types.h>
#include <net/ip6_fib.h>

struct in6_addr;
struct net;

u8 nst_fib_prefix(struct net *net, const struct in6_addr *addr, u32 ifindex);

/**
 * nst_fib_prefix_of_route - prefix length of the route that a packet takes
 * @rt: its route
 *
 * Context: RCU read side.
 */
static inline u8 nst_fib_prefix_of_route(const struct rt6_info *rt)
{
	const struct fib6_info *from = rcu_dereference(rt->from);

	return from ? from->fib6_dst.plen : rt->rt6i_dst.plen;
}

#endif /* _NST_FIB_H */
