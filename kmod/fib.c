// SPDX-License-Identifier: GPL-2.0
/* Lookups in the kernel's forwarding table. */
#include <linux/in6.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>

#include "compat.h"
#include "fib.h"

#ifdef nst_fib6_lookup
/* No route is allocated. */
static u8 nst_fib_lookup(struct net *net, const struct in6_addr *addr,
			 int master)
{
	struct flowi6 fl6 = { .daddr = *addr, .flowi6_oif = master };
	struct fib6_result res = {};
	u8 prefix = 0;

	rcu_read_lock();
	if (!nst_fib6_lookup(net, master, &fl6, &res, 0) && res.f6i &&
	    !(res.f6i->fib6_flags & RTF_REJECT))
		prefix = res.f6i->fib6_dst.plen;
	rcu_read_unlock();
	return prefix;
}
#else
/*
 * These kernels export no FIB lookup.  Look up a route instead, which may allocate
 * one.
 */
static u8 nst_fib_lookup(struct net *net, const struct in6_addr *addr,
			 int master)
{
	struct rt6_info *rt = rt6_lookup(net, addr, NULL, master, NULL, 0);
	u8 prefix;

	if (!rt)
		return 0;
	rcu_read_lock();
	prefix = nst_fib_prefix_of_route(rt);
	rcu_read_unlock();
	ip6_rt_put(rt);
	return prefix;
}
#endif

/**
 * nst_fib_prefix - prefix length of the route to an address
 * @net: namespace
 * @addr: the address
 * @ifindex: an interface, whose VRF's table is asked; 0: that of the namespace
 *
 * The cost is that of a FIB lookup, some hundred nanoseconds to some microseconds.
 *
 * Context: any.
 * Return: length; 0 for a default route, a route that rejects packets, or none.
 */
u8 nst_fib_prefix(struct net *net, const struct in6_addr *addr, u32 ifindex)
{
	int master = 0;

	if (ifindex)
		master = l3mdev_master_ifindex_by_index(net, ifindex);
	return nst_fib_lookup(net, addr, master);
}
