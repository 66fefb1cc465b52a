/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tables of routes of a network namespace: one of its own and one for each VRF.
 */
#ifndef _NST_ROUTE_TABLES_H
#define _NST_ROUTE_TABLES_H

#include <linux/if.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netstream.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "routes.h"

struct net;

/**
 * struct nst_route_table - a table in use, or one that is being loaded
 * @node: among the tables in use of VRFs, or among the loads
 * @routes: prefixes
 * @vrf: name of the VRF; empty: the table of the namespace
 * @source: where the routes come from, for people
 * @portid: port of the socket that loads it; 0: it is in use
 * @generation: number of the load that made it, never 0 once it is in use
 * @loaded: milliseconds since boot when it came into use
 * @changed: the same, or when it was last changed
 * @added: prefixes added or replaced since then
 * @withdrawn: prefixes withdrawn since then
 * @free: frees it after a grace period
 */
struct nst_route_table {
	struct list_head	node;
	struct nst_routes	*routes;
	char			vrf[IFNAMSIZ];
	char			source[NETSTREAM_ROUTES_SOURCE_MAX + 1];
	u32			portid;
	u32			generation;
	u64			loaded;
	u64			changed;
	u64			added;
	u64			withdrawn;
	struct rcu_work		free;
};

/**
 * struct nst_route_tables - all tables of a namespace
 * @lock: held to change tables and lists, and to read what changes in place
 * @own: table of the namespace, or %NULL; replaced under @lock, read under RCU
 * @vrfs: tables of VRFs; changed under @lock, read under RCU
 * @nvrfs: how many of them
 * @loads: tables that are being loaded
 * @nloads: how many of them
 * @generation: number of the last load
 * @changes: raised after tables in use have changed; read by each CPU
 */
struct nst_route_tables {
	struct mutex			lock;	/* see above */
	struct nst_route_table __rcu	*own;
	struct list_head		vrfs;
	unsigned int			nvrfs;
	struct list_head		loads;
	unsigned int			nloads;
	u32				generation;
	u32				changes;
};

/**
 * struct nst_route_info - a table in use, for people
 * @vrf: see &struct nst_route_table
 * @source: see there
 * @generation: see there
 * @age: milliseconds since it came into use
 * @changed: milliseconds since it came into use or was last changed
 * @added: see there
 * @withdrawn: see there
 * @bound: prefixes that it may have now
 * @size: how large it is
 */
struct nst_route_info {
	char			vrf[IFNAMSIZ];
	char			source[NETSTREAM_ROUTES_SOURCE_MAX + 1];
	u32			generation;
	u64			age;
	u64			changed;
	u64			added;
	u64			withdrawn;
	u32			bound;
	struct nst_routes_sizes	size;
};

void nst_route_tables_init(struct nst_route_tables *tables);
void nst_route_tables_free(struct nst_route_tables *tables);

int nst_route_tables_load(struct nst_route_tables *tables, u32 portid,
			  const char *vrf, const char *source);
int nst_route_tables_commit(struct nst_route_tables *tables, u32 portid,
			    u32 expected, u32 *generation);
int nst_route_tables_drop(struct nst_route_tables *tables, const char *vrf,
			  u32 expected);
int nst_route_tables_give_up(struct nst_route_tables *tables, u32 portid);

struct nst_route_table *nst_route_tables_loading(struct nst_route_tables *tables,
						 u32 portid);
struct nst_route_table *nst_route_tables_of(struct nst_route_tables *tables,
					    const char *vrf);
void nst_route_tables_bound(struct nst_route_tables *tables,
			    struct nst_route_table *table, u32 max);
int nst_route_tables_add(struct nst_route_table *table,
			 const struct nst_lpm_key *key,
			 const struct nst_route *route);
int nst_route_tables_withdraw(struct nst_route_table *table,
			      const struct nst_lpm_key *key);
bool nst_route_tables_info(struct nst_route_tables *tables, unsigned int index,
			   u32 max, struct nst_route_info *info);

void nst_route_tables_changed(struct nst_route_tables *tables);

const struct nst_routes *nst_route_tables_find(const struct nst_route_tables *tables,
					       struct net *net, u32 ifindex);

u32 nst_route_tables_vrf(const struct nst_route_tables *tables, struct net *net,
			 u32 ifindex);
void nst_route_tables_values(const struct nst_route_tables *tables,
			     struct net *net, u8 what,
			     struct nst_fields *fields);
void nst_route_tables_masks(const struct nst_route_tables *tables,
			    struct net *net, enum netstream_mask from, u8 what,
			    struct nst_fields *fields);

/**
 * nst_route_tables_used - whether a namespace has any table
 * @tables: its tables
 *
 * Context: any.
 */
static inline bool nst_route_tables_used(const struct nst_route_tables *tables)
{
	return rcu_access_pointer(tables->own) || READ_ONCE(tables->nvrfs);
}

/**
 * nst_route_tables_changes - how often tables in use have changed
 * @tables: tables of a namespace
 *
 * Lookups after it see the changes that it counts.
 *
 * Context: any.
 * Return: a number that wraps.
 */
static inline u32 nst_route_tables_changes(const struct nst_route_tables *tables)
{
	/* pairs with nst_route_tables_changed() */
	return smp_load_acquire(&tables->changes);
}

#endif /* _NST_ROUTE_TABLES_H */
