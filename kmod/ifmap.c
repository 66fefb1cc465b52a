// SPDX-License-Identifier: GPL-2.0
/*
 * Interface and slot views, resolved to interface indices.  Each commit builds a
 * new map, and so does each interface that comes, goes, is renamed or joins a VRF.
 * Process context.
 */
#include <linux/bitops.h>
#include <linux/if_vlan.h>
#include <linux/jhash.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <net/flow.h>
#include <net/net_namespace.h>

#include "compat.h"
#include "event.h"
#include "ifmap.h"
#include "plan.h"
#include "watch.h"

/* --------------------------------------------------------------- counters */

static struct nst_if_stat *nst_if_stat_for(const struct nst_ifmap *old,
					   u32 ifindex)
{
	const struct nst_policy *policy = nst_ifmap_find(old ?: &nst_ifmap_none,
						    ifindex);

	return policy->stat ? nst_ifstat_get(policy->stat) : nst_ifstat_create();
}

/* --------------------------------------------------------------- policies */

/*
 * "all" means every interface that routes packets.  A VRF device sees the
 * packets of its members a second time, and ports of a bridge pass packets
 * on without routing: they are metered only when named.
 */
static bool nst_if_in_all(const struct net_device *dev)
{
	return !netif_is_l3_master(dev) && !netif_is_bridge_port(dev);
}

/* Which records are metered, and when. */
static void nst_policy_records(struct nst_policy *policy, const struct nst_plan *plan)
{
	u32 records = nst_plan_slot_records(plan, policy->slot);

	policy->counted = policy->enabled;
	policy->record_mask[NETSTREAM_OUTBOUND] = records;
	if (policy->enabled & 1 << NETSTREAM_INBOUND)
		policy->settled_mask = records & nst_plan_settled(plan);
	records &= ~policy->settled_mask;
	policy->record_mask[NETSTREAM_INBOUND] = records;
	if (policy->settled_mask && !records)
		policy->counted &= ~(1 << NETSTREAM_INBOUND);
	policy->hooked = policy->counted;
}

static int nst_policy_init(struct nst_policy *policy, const struct net_device *dev,
			   const char *name, const struct nst_plan *plan,
			   const struct nst_ifmap *old)
{
	const struct nst_config *cfg = plan->cfg;
	struct nst_if_rule rule;
	unsigned int dir;

	policy->ifindex = dev->ifindex;
	policy->slot = nst_config_slot_of(cfg, name);
	policy->vlan = is_vlan_dev(dev) ? vlan_dev_vlan_id(dev) : 0;
	for (dir = 0; dir < 2; dir++) {
		nst_config_if_rule(cfg, name, nst_if_in_all(dev), dir, &rule);
		policy->sampler[dir] = rule.sampler;
		if (rule.metered)
			policy->enabled |= 1 << dir;
	}
	if (policy->enabled) {
		nst_policy_records(policy, plan);
		policy->stat = nst_if_stat_for(old, policy->ifindex);
		if (!policy->stat)
			return -ENOMEM;
		policy->cpu = policy->stat->cpu;
	}
	return nst_watch_create(policy, name, nst_if_in_all(dev), plan,
				nst_ifmap_find(old ?: &nst_ifmap_none,
					       policy->ifindex)->watch);
}

/* -------------------------------------------------------------------- map */

/* The map of a namespace without a configuration. */
const struct nst_ifmap nst_ifmap_none = {
	.at	= { {} },
};

/**
 * nst_ifmap_probe - find an interface that is not in its home entry
 * @map: map
 * @ifindex: interface
 *
 * Users choose interface indices ("ip link add index") and could make all indices
 * collide.  Probing therefore starts at an entry that depends on a secret.
 *
 * Context: any; the caller keeps the map alive.
 * Return: the policy, or the free entry at which the search ended.
 */
const struct nst_policy *nst_ifmap_probe(const struct nst_ifmap *map,
					 u32 ifindex)
{
	const struct nst_policy *policy;
	u32 i = jhash_1word(ifindex, map->secret);

	do {
		policy = &map->at[i++ & map->mask];
	} while (policy->ifindex && policy->ifindex != ifindex);
	return policy;
}

/* The free entry for an interface that is not in the map yet. */
static struct nst_policy *nst_ifmap_free_entry(struct nst_ifmap *map, u32 ifindex)
{
	return (struct nst_policy *)nst_ifmap_find(map, ifindex);
}

static struct nst_ifmap *nst_ifmap_alloc(unsigned int n, unsigned int views)
{
	u32 size = roundup_pow_of_two(2 * n + 6);
	struct nst_ifmap *map;

	map = kvzalloc(struct_size(map, at, size), GFP_KERNEL_ACCOUNT);
	if (!map)
		return NULL;
	map->mask = size - 1;
	map->secret = get_random_u32();
	/* no interface has this index, and no other has that of the loopback device */
	map->at[LOOPBACK_IFINDEX & map->mask].ifindex = U32_MAX;
	map->views = views;
	map->policy = kvcalloc(n + 1, sizeof(*map->policy), GFP_KERNEL_ACCOUNT);
	map->name = kvcalloc(n + 1, sizeof(*map->name), GFP_KERNEL_ACCOUNT);
	map->present = kvcalloc(BITS_TO_LONGS(views) + 1,
				sizeof(*map->present), GFP_KERNEL_ACCOUNT);
	if (map->policy && map->name && map->present)
		return map;
	nst_ifmap_free(map);
	return NULL;
}

/**
 * struct nst_if_list - the devices of a namespace
 * @n: number of devices
 * @dev: devices, each with a reference
 */
struct nst_if_list {
	unsigned int		n;
	struct net_device	*dev[];
};

static void nst_if_list_free(struct nst_if_list *list)
{
	while (list->n)
		dev_put(list->dev[--list->n]);
	kvfree(list);
}

static int nst_dev_cmp(const void *a, const void *b)
{
	const struct net_device *left = *(struct net_device * const *)a;
	const struct net_device *right = *(struct net_device * const *)b;

	/* thousands of devices take a while to sort */
	cond_resched();
	return left->ifindex < right->ifindex ? -1 : left->ifindex > right->ifindex;
}

/* Building a map sleeps, which a walk through the devices must not: hold them. */
static struct nst_if_list *nst_if_list_take(struct net *net)
{
	struct nst_if_list *list;
	struct net_device *dev;
	unsigned int n = 0;

	rcu_read_lock();
	for_each_netdev_rcu(net, dev)
		n++;
	rcu_read_unlock();
	/* a device that is registered meanwhile causes another rescan */
	list = kvzalloc(struct_size(list, dev, n), GFP_KERNEL_ACCOUNT);
	if (!list)
		return NULL;
	rcu_read_lock();
	for_each_netdev_rcu(net, dev) {
		if (list->n == n)
			break;
		dev_hold(dev);
		list->dev[list->n++] = dev;
	}
	rcu_read_unlock();
	sort(list->dev, list->n, sizeof(*list->dev), nst_dev_cmp, NULL);
	return list;
}

/*
 * Whether an interface's sampler differs from the one that its counters were kept
 * with.
 */
static bool nst_policy_samples_anew(const struct nst_policy *policy,
				    const struct nst_ifmap *old)
{
	static const struct nst_sampler_def none;
	const struct nst_sampler_def *was;
	const struct nst_policy *before;
	unsigned int dir;

	before = nst_ifmap_find(old ?: &nst_ifmap_none, policy->ifindex);
	if (nst_watch_samples_anew(policy->watch, before->watch))
		return true;
	for (dir = 0; policy->stat && dir < 2; dir++) {
		was = before->stat ? &before->sampler[dir] : &none;
		if (was->mode != policy->sampler[dir].mode ||
		    was->interval != policy->sampler[dir].interval)
			return true;
	}
	return false;
}

/* Resolve the views of a device.  Devices are resolved in the order of their indices. */
static int nst_ifmap_resolve(struct nst_ifmap *map, struct nst_policy *policy,
			     struct net_device *dev, const struct nst_plan *plan,
			     const struct nst_ifmap *old)
{
	char *name = map->name[map->npolicies];
	const struct nst_if_def *view;
	int err;

	/* a rename in progress causes another rescan */
	strscpy(name, dev->name, IFNAMSIZ);
	map->policy[map->npolicies++] = policy;
	view = nst_config_if(plan->cfg, name);
	if (view)
		__set_bit(view - plan->cfg->ifs, map->present);
	err = nst_policy_init(policy, dev, name, plan, old);
	map->samplers |= nst_policy_samples_anew(policy, old);
	map->vrfs |= netif_is_l3_master(dev);
	return err;
}

/*
 * Move the policies to their entries.  Packets of an interface outside its home
 * entry take the longer way.  So interfaces that are metered get their home
 * entries first, then others, and those that found theirs taken come last.
 */
static void nst_ifmap_place(struct nst_ifmap *map,
			    const struct nst_policy *resolved)
{
	enum { METERED_AT_HOME, OTHERS_AT_HOME, ELSEWHERE } pass;
	struct nst_policy *entry;
	u32 i;

	for (pass = METERED_AT_HOME; pass <= ELSEWHERE; pass++) {
		for (i = 0; i < map->npolicies; i++) {
			cond_resched();
			if (map->policy[i] != &resolved[i])
				continue;
			if (pass == METERED_AT_HOME && !resolved[i].enabled &&
			    !resolved[i].watched)
				continue;
			entry = &map->at[resolved[i].ifindex & map->mask];
			if (entry->ifindex && pass != ELSEWHERE)
				continue;
			entry = nst_ifmap_free_entry(map, resolved[i].ifindex);
			*entry = resolved[i];
			map->policy[i] = entry;
		}
	}
}

/* Copy the settings that select inner packets of SRv6 and IPsec. */
static void nst_ifmap_look_inside(struct nst_ifmap *map,
				  const struct nst_config *cfg)
{
	map->srv6_inner = cfg->srv6_inner;
	map->ipsec_inner = cfg->ipsec_inner;
	map->first_mask = map->mask;
	if (!map->ipsec_inner && !map->srv6_inner)
		return;
	/* such packets look like plain traffic: send all packets the longer way */
	map->at[0].ifindex = U32_MAX;
	map->first_mask = 0;
}

static void nst_ifmap_add_source(struct nst_ifmap *map, const struct nst_source *source)
{
	struct nst_ifmap_source *to = &map->source[map->nsources];

	if (!source->set)
		return;
	to->addr = source->addr6;
	to->port = htons(source->port);
	map->nsources++;
}

/**
 * nst_ifmap_build - resolve interface and slot views
 * @net: namespace
 * @plan: plan with the views
 * @old: map in use, whose counters the new map shares; may be %NULL
 *
 * Context: process, may sleep.
 * Return: the map, or %NULL for lack of memory.
 */
struct nst_ifmap *nst_ifmap_build(struct net *net, const struct nst_plan *plan,
				  const struct nst_ifmap *old)
{
	const struct nst_config *cfg = plan->cfg;
	struct nst_if_list *list = nst_if_list_take(net);
	struct nst_policy *resolved;
	struct nst_ifmap *map;
	unsigned int i;

	if (!list)
		return NULL;
	resolved = kvcalloc(list->n + 1, sizeof(*resolved), GFP_KERNEL_ACCOUNT);
	if (!resolved)
		goto free_list;
	map = nst_ifmap_alloc(list->n, cfg->nifs);
	if (!map)
		goto free_resolved;
	nst_ifmap_look_inside(map, cfg);
	map->routes = plan->routes;
	map->route_tables = plan->needs & NST_NEEDS_ROUTE_TABLE;
	for (i = 0; i < list->n; i++) {
		if (nst_ifmap_resolve(map, &resolved[i], list->dev[i], plan, old))
			goto free_map;
		cond_resched();
	}
	nst_ifmap_place(map, resolved);
	kvfree(resolved);
	nst_if_list_free(list);
	map->serial = old ? old->serial + 1 ?: 1 : 1;
	nst_ifmap_add_source(map, &cfg->source6);
	for (i = 0; i < cfg->nmonitors; i++)
		nst_ifmap_add_source(map, &cfg->monitor[i].source6);
	return map;

free_map:
	nst_ifmap_free(map);
free_resolved:
	kvfree(resolved);
free_list:
	nst_if_list_free(list);
	return NULL;
}

static bool nst_policy_same(const struct nst_policy *a,
			    const struct nst_policy *b)
{
	unsigned int dir;

	for (dir = 0; dir < 2; dir++)
		if (a->sampler[dir].mode != b->sampler[dir].mode ||
		    a->sampler[dir].interval != b->sampler[dir].interval)
			return false;
	return a->vlan == b->vlan && a->slot == b->slot &&
	       a->enabled == b->enabled && a->settled_mask == b->settled_mask &&
	       !memcmp(a->record_mask, b->record_mask, sizeof(a->record_mask)) &&
	       a->stat == b->stat && nst_watch_same(a->watch, b->watch);
}

/**
 * nst_ifmap_after - find the first interface with a greater index
 * @map: map
 * @ifindex: an index, in the map or not; 0 finds the first interface
 *
 * Context: process; the caller keeps the map alive.
 * Return: position in @map->policy, or @map->npolicies if there is none.
 */
u32 nst_ifmap_after(const struct nst_ifmap *map, u32 ifindex)
{
	u32 low = 0, high = map->npolicies, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (map->policy[middle]->ifindex <= ifindex)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether @b has the same policy and name for each interface that @a meters or tags. */
static bool nst_ifmap_within(const struct nst_ifmap *a,
			     const struct nst_ifmap *b)
{
	const struct nst_policy *policy;
	u32 i, j;

	for (i = 0; i < a->npolicies; i++) {
		policy = a->policy[i];
		if (!policy->enabled && !policy->watch && !policy->vlan)
			continue;
		if (!nst_policy_same(policy, nst_ifmap_find(b, policy->ifindex)))
			return false;
		j = nst_ifmap_after(b, policy->ifindex - 1);
		if (strcmp(a->name[i], b->name[j]))
			return false;
	}
	return true;
}

/**
 * nst_ifmap_same - check whether two maps are equivalent
 * @a: map
 * @b: another map of the same configuration
 *
 * Interfaces that are neither metered nor tagged may be in one of them only.
 *
 * Context: process.
 */
bool nst_ifmap_same(const struct nst_ifmap *a, const struct nst_ifmap *b)
{
	return a->vrfs == b->vrfs &&
	       bitmap_equal(a->present, b->present, a->views) &&
	       nst_ifmap_within(a, b) && nst_ifmap_within(b, a);
}

static void nst_ifmap_tell_one(const struct nst_ifmap *map, u32 i, u8 dirs,
			       struct nst_events *events)
{
	struct nst_event event = {
		.type = NETSTREAM_EVENT_INTERFACE, .ifname = map->name[i],
		.ifindex = map->policy[i]->ifindex, .dirs = dirs,
	};

	nst_event_send(events, &event);
}

/**
 * nst_ifmap_tell - tell which interfaces are metered now, and which no longer are
 * @map: map that is in use now
 * @old: map that was in use before; may be %NULL
 * @events: who is told
 *
 * Context: process, sleeps.
 */
void nst_ifmap_tell(const struct nst_ifmap *map, const struct nst_ifmap *old,
		    struct nst_events *events)
{
	const struct nst_policy *policy;
	u32 i;

	if (!nst_event_wanted(events, NETSTREAM_EVENT_INTERFACE))
		return;
	old = old ?: &nst_ifmap_none;
	for (i = 0; i < old->npolicies; i++) {
		policy = old->policy[i];
		if (policy->enabled &&
		    !nst_ifmap_find(map, policy->ifindex)->ifindex)
			nst_ifmap_tell_one(old, i, 0, events);
		cond_resched();
	}
	for (i = 0; i < map->npolicies; i++) {
		policy = map->policy[i];
		if (policy->enabled !=
		    nst_ifmap_find(old, policy->ifindex)->enabled)
			nst_ifmap_tell_one(map, i, policy->enabled, events);
		cond_resched();
	}
}

/**
 * nst_ifmap_begin - restart the samplers that a new map has changed
 * @map: map that @cpu is about to use
 * @cpu: CPU whose sampler state is restarted
 *
 * Context: on that CPU, bottom halves off; or see nst_cpu_run().
 */
void nst_ifmap_begin(const struct nst_ifmap *map, unsigned int cpu)
{
	const struct nst_policy *policy;
	const struct nst_watch *watch;
	unsigned int j;
	u32 i;

	for (i = 0; map->samplers && i < map->npolicies; i++) {
		policy = map->policy[i];
		watch = policy->watch;
		if (policy->stat)
			nst_ifstat_begin(policy->stat, cpu, policy->sampler);
		for (j = 0; watch && j < watch->n; j++)
			nst_ifstat_begin(watch->at[j].stat, cpu, watch->at[j].sampler);
	}
}

/**
 * nst_ifmap_free - free a map and drop its references to counters
 * @map: map that no CPU uses any more; may be %NULL
 *
 * Context: process.
 */
void nst_ifmap_free(struct nst_ifmap *map)
{
	u32 i;

	if (!map)
		return;
	for (i = 0; i < map->npolicies; i++) {
		nst_watch_free(map->policy[i]->watch);
		nst_ifstat_put(map->policy[i]->stat);
		cond_resched();
	}
	kvfree(map->policy);
	kvfree(map->name);
	kvfree(map->present);
	kvfree(map);
}
