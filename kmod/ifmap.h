/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The policy of each interface: the interface and slot views of the configuration,
 * resolved to interface indices.
 */
#ifndef _NST_IFMAP_H
#define _NST_IFMAP_H

#include <linux/compiler.h>
#include <linux/if.h>
#include <linux/in6.h>
#include <linux/netstream.h>
#include <linux/percpu.h>

#include "ifstat.h"
#include "sampler.h"

struct net;
struct nst_events;
struct nst_plan;
struct nst_watch;

/**
 * struct nst_policy - how packets of an interface are metered
 * @ifindex: index of the interface; 0: a free entry, which meters nothing
 * @vlan: VLAN ID; 0 for none
 * @slot: number of the slot
 * @enabled: mask of the directions that are metered
 * @counted: mask of the directions that the first hooks meter for the system: @enabled, but
 *	inbound only if there are other records than those of @settled_mask
 * @watched: mask of the directions that have monitors: packets go to nst_hook_watched()
 * @hooked: mask of the directions that only the system meters: @counted without @watched
 * @record_mask: masks, by direction, of the records in effect that the hosts of the slot
 *	get and that the first hooks meter
 * @settled_mask: mask of those that are metered when it is known what became of an
 *	inbound packet
 * @sampler: samplers by direction
 * @cpu: same as @stat->cpu, for the packet path; %NULL if not metered
 * @stat: counters, a reference; %NULL if not metered
 * @watch: who meters the directions of @watched; %NULL if there are no monitors
 *
 * @enabled, the masks of records and @sampler are those of the system view.
 * Fills a cache line, so that a packet loads one line only.
 */
struct nst_policy {
	u32			ifindex;
	u16			vlan;
	u8			slot;
	u8			enabled;
	u8			hooked;
	u8			counted;
	u8			watched;
	u32			record_mask[2];
	u32			settled_mask;
	struct nst_sampler_def	sampler[2];
	struct nst_if_dir __percpu *cpu;
	struct nst_if_stat	*stat;
	struct nst_watch	*watch;
} __aligned(64);

static_assert(sizeof(struct nst_policy) == 64);

/**
 * struct nst_ifmap_source - where export packets to IPv6 hosts come from
 * @addr: source address
 * @port: source port, network byte order
 */
struct nst_ifmap_source {
	struct in6_addr	addr;
	__be16		port;
};

/**
 * struct nst_ifmap - a hash table of policies by interface index
 * @mask: number of entries in @at minus one; the number is a power of two
 * @npolicies: number of interfaces
 * @nsources: number of entries in @source
 * @source: where export packets to IPv6 hosts come from
 * @serial: serial number of the map within the namespace, never 0
 * @secret: where probing starts for an interface whose home entry is taken
 * @samplers: a sampler of some interface differs from the previous map
 * @vrfs: there are devices of VRFs
 * @policy: pointers into @at, sorted by interface index
 * @name: names of the interfaces at the time of building, in the order of @policy
 * @present: mask of the configured interface views whose interface exists
 * @views: number of bits in @present
 * @first_mask: mask of the entry that a packet looks at first: @mask, or 0 if every
 *	packet has to take the longer way
 * @srv6_inner: see struct nst_config
 * @ipsec_inner: see struct nst_config
 * @routes: mask of &enum nst_routes_value: what each packet is given for records in effect
 * @route_tables: records in effect need to know which table of routes packets use
 * @at: the entries.  The home entry of an interface is its index modulo the number
 *	of entries; nst_ifmap_probe() finds the interfaces that are elsewhere.
 *	The loopback device always is, so that its packets take the longer way.
 *	Policies are stored in the entries rather than pointed to, which saves each
 *	packet a load before it knows the address of its counters.
 */
struct nst_ifmap {
	u32			mask;
	u32			npolicies;
	unsigned int		nsources;
	struct nst_ifmap_source	source[1 + NETSTREAM_MONITORS_MAX];
	u32			serial;
	u32			secret;
	bool			samplers;
	bool			vrfs;
	struct nst_policy	**policy;
	char			(*name)[IFNAMSIZ];
	unsigned long		*present;
	unsigned int		views;
	u32			first_mask;
	bool			srv6_inner;
	bool			ipsec_inner;
	u8			routes;
	bool			route_tables;
	struct nst_policy	at[];
};

extern const struct nst_ifmap nst_ifmap_none;

struct nst_ifmap *nst_ifmap_build(struct net *net, const struct nst_plan *plan,
				  const struct nst_ifmap *old);
const struct nst_policy *nst_ifmap_probe(const struct nst_ifmap *map,
					 u32 ifindex);
u32 nst_ifmap_after(const struct nst_ifmap *map, u32 ifindex);
bool nst_ifmap_same(const struct nst_ifmap *a, const struct nst_ifmap *b);
void nst_ifmap_tell(const struct nst_ifmap *map, const struct nst_ifmap *old,
		    struct nst_events *events);
void nst_ifmap_begin(const struct nst_ifmap *map, unsigned int cpu);
void nst_ifmap_free(struct nst_ifmap *map);

/**
 * nst_ifmap_first - the home entry of an interface
 * @map: map
 * @mask: @map->mask, which the caller has loaded already
 * @ifindex: interface
 *
 * Context: any; the caller keeps the map alive.
 * Return: the entry, which may be free or belong to another interface.
 */
static inline const struct nst_policy *
nst_ifmap_first(const struct nst_ifmap *map, u32 mask, u32 ifindex)
{
	const struct nst_policy *policy = &map->at[ifindex & mask];

	/* otherwise the compiler keeps the index as well, and computes it twice */
	OPTIMIZER_HIDE_VAR(policy);
	return policy;
}

/**
 * nst_ifmap_find - find the policy of an interface
 * @map: map
 * @ifindex: interface
 *
 * Context: any; the caller keeps the map alive.
 * Return: the policy, or a free entry if the interface is not in the map.
 */
static inline const struct nst_policy *
nst_ifmap_find(const struct nst_ifmap *map, u32 ifindex)
{
	const struct nst_policy *policy = nst_ifmap_first(map, map->mask, ifindex);

	if (!policy->ifindex || policy->ifindex == ifindex)
		return policy;
	return nst_ifmap_probe(map, ifindex);
}

#endif /* _NST_IFMAP_H */
