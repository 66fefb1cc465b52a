/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What to do with packets of each interface: the interface and slot views of
 * the configuration, resolved to interface indices.
 */
#ifndef _NST_IFMAP_H
#define _NST_IFMAP_H

#include <linux/if.h>
#include <linux/in6.h>
#include <linux/netstream.h>
#include <linux/percpu.h>
#include <linux/refcount.h>
#include <linux/u64_stats_sync.h>

#include "sampler.h"

struct net;
struct nst_plan;

/**
 * struct nst_if_dir - one interface in one direction, on one CPU
 * @seen: packets at the hook
 * @packets: packets metered of those
 * @bytes: bytes of these
 * @sampler: place in its sampling
 * @sync: lets another CPU read the counters whole, where that takes something
 */
struct nst_if_dir {
	u64				seen;
	u64				packets;
	u64				bytes;
	struct nst_sampler_state	sampler;
	struct u64_stats_sync		sync;
};

/**
 * struct nst_if_stat - one interface's counters; they outlive configurations
 * @ref: maps that refer to it
 * @cpu: by CPU, two directions each
 */
struct nst_if_stat {
	refcount_t			ref;
	struct nst_if_dir __percpu	*cpu;
};

/**
 * struct nst_policy - what to do with packets of an interface
 * @ifindex: the interface; 0: a free place in the map, which meters nothing
 * @vlan: its VLAN id, 0 for none
 * @slot: its slot
 * @enabled: mask of directions that are metered
 * @meters: mask of the records in effect that its slot has hosts for
 * @sampler: by direction
 * @cpu: counters of each CPU, two directions; %NULL if not metered
 * @stat: what these belong to
 */
struct nst_policy {
	u32			ifindex;
	u16			vlan;
	u8			slot;
	u8			enabled;
	u32			meters;
	struct nst_sampler_def	sampler[2];
	struct nst_if_dir __percpu *cpu;
	struct nst_if_stat	*stat;
};

/**
 * struct nst_ifmap - policies by interface index
 * @mask: size of @at less one; the size is a power of two
 * @npolicies: number of interfaces
 * @source: address that export packets to IPv6 collectors come from
 * @source_port: their port, network byte order; 0: none
 * @serial: number of the map, never 0; each map of a namespace has the next
 * @secret: decides where interfaces stand whose home place another one has
 * @samplers: some interface's sampler is another than in the map before
 * @policy: where in @at each policy is, in the order of interface indices
 * @name: names of the interfaces when the map was built, in the same order
 * @present: mask of the configuration's interface views whose interface was there
 * @views: bits of @present
 * @at: policies, a hash table: an interface's home place is its index modulo
 *	the size; see nst_ifmap_probe() for those that find it taken.  They are
 *	here and not pointed to: a packet waits for the address of its counters.
 */
struct nst_ifmap {
	u32			mask;
	u32			npolicies;
	struct in6_addr		source;
	__be16			source_port;
	u32			serial;
	u32			secret;
	bool			samplers;
	struct nst_policy	**policy;
	char			(*name)[IFNAMSIZ];
	unsigned long		*present;
	unsigned int		views;
	struct nst_policy	at[];
};

extern const struct nst_ifmap nst_ifmap_none;

struct nst_ifmap *nst_ifmap_build(struct net *net, const struct nst_plan *plan,
				  const struct nst_ifmap *old);
const struct nst_policy *nst_ifmap_probe(const struct nst_ifmap *map,
					 u32 ifindex);
u32 nst_ifmap_after(const struct nst_ifmap *map, u32 ifindex);
bool nst_ifmap_same(const struct nst_ifmap *a, const struct nst_ifmap *b);
void nst_ifmap_begin(const struct nst_ifmap *map, unsigned int cpu);
void nst_ifmap_free(struct nst_ifmap *map);

/**
 * nst_ifmap_first - the policy that stands where an interface's is looked for first
 * @map: map
 * @mask: its mask
 * @ifindex: interface
 *
 * Context: any; the caller keeps the map.
 * Return: a policy, perhaps of another interface, or a free place.
 */
static inline const struct nst_policy *
nst_ifmap_first(const struct nst_ifmap *map, u32 mask, u32 ifindex)
{
	return &map->at[ifindex & mask];
}

/**
 * nst_ifmap_find - the policy of an interface
 * @map: map
 * @ifindex: interface
 *
 * Context: any; the caller keeps the map.
 * Return: the policy, or a free place for an interface that the map does not
 *	know.
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
