// SPDX-License-Identifier: GPL-2.0
/*
 * Which tables of routes a network namespace has, how they are replaced, and which
 * one an interface uses.
 *
 * A table is loaded apart from the one in use, belongs to the socket that loads it,
 * and replaces the other one at once.  What was replaced is freed by a work after a
 * grace period, so that neither a request nor the end of a namespace waits for it.
 */
#include <linux/netdevice.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/l3mdev.h>

#include "clock.h"
#include "fib.h"
#include "flow.h"
#include "route_tables.h"
#include "work.h"

/**
 * nst_route_tables_init - begin without tables
 * @tables: tables of a namespace
 *
 * Context: any.
 */
void nst_route_tables_init(struct nst_route_tables *tables)
{
	mutex_init(&tables->lock);
	INIT_LIST_HEAD(&tables->vrfs);
	INIT_LIST_HEAD(&tables->loads);
}

static void nst_route_table_free_work(struct work_struct *work)
{
	struct nst_route_table *table =
		container_of(to_rcu_work(work), struct nst_route_table, free);

	nst_routes_destroy(table->routes);
	kfree(table);
}

/* Free a table that no new reader can find. */
static void nst_route_table_retire(struct nst_route_table *table)
{
	INIT_RCU_WORK(&table->free, nst_route_table_free_work);
	queue_rcu_work(nst_wq, &table->free);
}

static struct nst_route_table *nst_route_tables_own(struct nst_route_tables *tables)
{
	return rcu_dereference_protected(tables->own,
					 lockdep_is_held(&tables->lock));
}

static void nst_route_tables_end_load(struct nst_route_tables *tables,
				      struct nst_route_table *load)
{
	list_del(&load->node);
	WRITE_ONCE(tables->nloads, tables->nloads - 1);
	nst_routes_destroy(load->routes);
	kfree(load);
}

/**
 * nst_route_tables_changed - have CPUs look routes up again that flows were made by
 * @tables: tables of the namespace, of which one in use has been changed
 *
 * Context: process, with @tables->lock, after the change.
 */
void nst_route_tables_changed(struct nst_route_tables *tables)
{
	/* pairs with nst_route_tables_changes() */
	smp_store_release(&tables->changes, tables->changes + 1);
}

/* Take a table out of use. */
static void nst_route_tables_remove(struct nst_route_tables *tables,
				    struct nst_route_table *table)
{
	if (*table->vrf) {
		list_del_rcu(&table->node);
		WRITE_ONCE(tables->nvrfs, tables->nvrfs - 1);
	} else {
		RCU_INIT_POINTER(tables->own, NULL);
	}
	nst_route_tables_changed(tables);
	nst_route_table_retire(table);
}

/**
 * nst_route_tables_free - free all tables of a namespace
 * @tables: tables without readers
 *
 * Context: process; does not wait for what is freed.
 */
void nst_route_tables_free(struct nst_route_tables *tables)
{
	struct nst_route_table *table, *next;

	mutex_lock(&tables->lock);
	list_for_each_entry_safe(table, next, &tables->loads, node)
		nst_route_tables_end_load(tables, table);
	list_for_each_entry_safe(table, next, &tables->vrfs, node)
		nst_route_tables_remove(tables, table);
	if (nst_route_tables_own(tables))
		nst_route_tables_remove(tables, nst_route_tables_own(tables));
	mutex_unlock(&tables->lock);
	mutex_destroy(&tables->lock);
}

/**
 * nst_route_tables_loading - the table that a socket loads
 * @tables: tables of its namespace
 * @portid: port of the socket
 *
 * Context: process, with @tables->lock.
 * Return: table, or %NULL.
 */
struct nst_route_table *nst_route_tables_loading(struct nst_route_tables *tables,
						 u32 portid)
{
	struct nst_route_table *load;

	list_for_each_entry(load, &tables->loads, node)
		if (load->portid == portid)
			return load;
	return NULL;
}

/**
 * nst_route_tables_of - the table in use of a VRF or of the namespace
 * @tables: tables of the namespace
 * @vrf: name of the VRF; empty: of the namespace
 *
 * Context: process, with @tables->lock.
 * Return: table, or %NULL.
 */
struct nst_route_table *nst_route_tables_of(struct nst_route_tables *tables,
					    const char *vrf)
{
	struct nst_route_table *table;

	if (!*vrf)
		return nst_route_tables_own(tables);
	list_for_each_entry(table, &tables->vrfs, node)
		if (!strcmp(table->vrf, vrf))
			return table;
	return NULL;
}

/**
 * nst_route_tables_load - begin to load a table
 * @tables: tables of the namespace
 * @portid: port of the socket that loads it; what it loads already is given up
 * @vrf: name of the VRF; empty: the namespace's table
 * @source: where the routes come from, for people
 *
 * Context: process, with @tables->lock.
 * Return: 0, -ENOMEM, or -EBUSY if too many loads are under way.
 */
int nst_route_tables_load(struct nst_route_tables *tables, u32 portid,
			  const char *vrf, const char *source)
{
	struct nst_route_table *load;

	nst_route_tables_give_up(tables, portid);
	if (tables->nloads >= NETSTREAM_ROUTES_LOADS_MAX)
		return -EBUSY;
	load = kzalloc(sizeof(*load), GFP_KERNEL_ACCOUNT);
	if (!load)
		return -ENOMEM;
	load->routes = nst_routes_create(0);
	if (!load->routes) {
		kfree(load);
		return -ENOMEM;
	}
	load->portid = portid;
	strscpy(load->vrf, vrf, sizeof(load->vrf));
	strscpy(load->source, source, sizeof(load->source));
	list_add(&load->node, &tables->loads);
	WRITE_ONCE(tables->nloads, tables->nloads + 1);
	return 0;
}

/**
 * nst_route_tables_give_up - free what a socket loads
 * @tables: tables of its namespace
 * @portid: port of the socket
 *
 * Context: process, with @tables->lock.
 * Return: 0, or -ENOENT if it loads nothing.
 */
int nst_route_tables_give_up(struct nst_route_tables *tables, u32 portid)
{
	struct nst_route_table *load = nst_route_tables_loading(tables, portid);

	if (!load)
		return -ENOENT;
	nst_route_tables_end_load(tables, load);
	return 0;
}

/* Put a table into use, in place of @old if that is not %NULL. */
static void nst_route_tables_publish(struct nst_route_tables *tables,
				     struct nst_route_table *table,
				     struct nst_route_table *old)
{
	nst_routes_publish(table->routes);
	if (!*table->vrf) {
		rcu_assign_pointer(tables->own, table);
	} else if (old) {
		list_replace_rcu(&old->node, &table->node);
	} else {
		list_add_tail_rcu(&table->node, &tables->vrfs);
		WRITE_ONCE(tables->nvrfs, tables->nvrfs + 1);
	}
	nst_route_tables_changed(tables);
	if (old)
		nst_route_table_retire(old);
}

/**
 * nst_route_tables_commit - what a socket has loaded comes into use
 * @tables: tables of its namespace
 * @portid: port of the socket
 * @expected: generation of the table that it replaces, 0: any or none
 * @generation: generation of the new one
 *
 * Context: process, with @tables->lock.
 * Return: 0; -ENOENT if it loads nothing; -ESTALE if another table is in use than
 *	@expected; -ENOSPC if there are too many tables of VRFs.
 */
int nst_route_tables_commit(struct nst_route_tables *tables, u32 portid,
			    u32 expected, u32 *generation)
{
	struct nst_route_table *load = nst_route_tables_loading(tables, portid);
	struct nst_route_table *old;

	if (!load)
		return -ENOENT;
	old = nst_route_tables_of(tables, load->vrf);
	if (expected && (!old || old->generation != expected))
		return -ESTALE;
	if (!old && *load->vrf && tables->nvrfs >= NETSTREAM_ROUTES_VRFS_MAX)
		return -ENOSPC;
	list_del(&load->node);
	WRITE_ONCE(tables->nloads, tables->nloads - 1);
	tables->generation = tables->generation + 1 ?: 1;
	load->portid = 0;
	load->generation = tables->generation;
	load->loaded = nst_clock_ms();
	load->changed = load->loaded;
	load->added = 0;
	load->withdrawn = 0;
	nst_route_tables_publish(tables, load, old);
	*generation = load->generation;
	return 0;
}

/**
 * nst_route_tables_drop - remove a table that is in use
 * @tables: tables of the namespace
 * @vrf: name of the VRF; empty: the namespace's table
 * @expected: its generation, 0: any
 *
 * Context: process, with @tables->lock.
 * Return: 0, -ENOENT without a table, -ESTALE if it has another generation.
 */
int nst_route_tables_drop(struct nst_route_tables *tables, const char *vrf,
			  u32 expected)
{
	struct nst_route_table *table = nst_route_tables_of(tables, vrf);

	if (!table)
		return -ENOENT;
	if (expected && table->generation != expected)
		return -ESTALE;
	nst_route_tables_remove(tables, table);
	/* a listing notices that the tables are not the same any more */
	tables->generation = tables->generation + 1 ?: 1;
	return 0;
}

/* Prefixes of all tables and loads. */
static u64 nst_route_tables_total(struct nst_route_tables *tables)
{
	struct nst_route_table *table = nst_route_tables_own(tables);
	u64 total = table ? nst_routes_count(table->routes) : 0;

	list_for_each_entry(table, &tables->vrfs, node)
		total += nst_routes_count(table->routes);
	list_for_each_entry(table, &tables->loads, node)
		total += nst_routes_count(table->routes);
	return total;
}

/* What a table may have: a load may have what the table has that it replaces. */
static u32 nst_route_tables_room(struct nst_route_tables *tables,
				 struct nst_route_table *table, u32 max)
{
	u64 others = nst_route_tables_total(tables) -
		     nst_routes_count(table->routes);
	struct nst_route_table *old;

	if (table->portid) {
		old = nst_route_tables_of(tables, table->vrf);
		others -= old ? nst_routes_count(old->routes) : 0;
	}
	return others < max ? max - others : 0;
}

/**
 * nst_route_tables_bound - bound a table before prefixes are added to it
 * @tables: tables of the namespace
 * @table: one of them, or a load
 * @max: prefixes that all tables of the namespace may have together
 *
 * Context: process, with @tables->lock.
 */
void nst_route_tables_bound(struct nst_route_tables *tables,
			    struct nst_route_table *table, u32 max)
{
	nst_routes_bound(table->routes,
			 nst_route_tables_room(tables, table, max));
}

/**
 * nst_route_tables_add - add a prefix to a table, or replace its route
 * @table: table in use, or a load, after nst_route_tables_bound()
 * @key: prefix
 * @route: its route
 *
 * After changes of a table in use, the caller calls nst_route_tables_changed().
 *
 * Context: process, with the lock of the tables; may wait for a grace period.
 * Return: as nst_routes_add().
 */
int nst_route_tables_add(struct nst_route_table *table,
			 const struct nst_lpm_key *key,
			 const struct nst_route *route)
{
	int err = nst_routes_add(table->routes, key, route);

	if (!err) {
		table->added++;
		table->changed = nst_clock_ms();
	}
	return err;
}

/**
 * nst_route_tables_withdraw - remove a prefix from a table
 * @table: table in use, or a load
 * @key: prefix
 *
 * Context: as nst_route_tables_add().
 * Return: 0, also if it was not there; -ENOMEM.
 */
int nst_route_tables_withdraw(struct nst_route_table *table,
			      const struct nst_lpm_key *key)
{
	int err = nst_routes_withdraw(table->routes, key);

	if (err == -ENOENT)
		return 0;
	if (!err) {
		table->withdrawn++;
		table->changed = nst_clock_ms();
	}
	return err;
}

/* The table in use at a position of a listing, or %NULL. */
static struct nst_route_table *nst_route_tables_at(struct nst_route_tables *tables,
						   unsigned int index)
{
	struct nst_route_table *table = nst_route_tables_own(tables);

	if (table && !index--)
		return table;
	list_for_each_entry(table, &tables->vrfs, node)
		if (!index--)
			return table;
	return NULL;
}

/**
 * nst_route_tables_info - describe one of the tables in use
 * @tables: tables of the namespace
 * @index: which one, from 0
 * @max: prefixes that all tables of the namespace may have together
 * @info: the result
 *
 * Context: process, with @tables->lock.
 * Return: whether there is such a table.
 */
bool nst_route_tables_info(struct nst_route_tables *tables, unsigned int index,
			   u32 max, struct nst_route_info *info)
{
	struct nst_route_table *table = nst_route_tables_at(tables, index);
	u64 now = nst_clock_ms();

	if (!table)
		return false;
	strscpy(info->vrf, table->vrf, sizeof(info->vrf));
	strscpy(info->source, table->source, sizeof(info->source));
	info->generation = table->generation;
	info->age = now - table->loaded;
	info->changed = now - table->changed;
	info->added = table->added;
	info->withdrawn = table->withdrawn;
	info->bound = nst_route_tables_room(tables, table, max);
	nst_routes_size(table->routes, &info->size);
	return true;
}

/* ------------------------------------------------------------------ readers */

/* @vrf: set to the index of the VRF that the result belongs to */
static const struct nst_route_table *
nst_route_tables_of_interface(const struct nst_route_tables *tables,
			      struct net *net, u32 ifindex, u32 *vrf)
{
	struct net_device *dev = dev_get_by_index_rcu(net, ifindex);
	const struct nst_route_table *table;

	if (dev && netif_is_l3_slave(dev))
		dev = netdev_master_upper_dev_get_rcu(dev);
	if (!dev || !netif_is_l3_master(dev))
		return NULL;
	*vrf = dev->ifindex;
	list_for_each_entry_rcu(table, &tables->vrfs, node)
		if (!strncmp(table->vrf, dev->name, IFNAMSIZ))
			return table;
	return NULL;
}

/**
 * nst_route_tables_find - the routes that packets of an interface use
 * @tables: tables of the namespace
 * @net: the namespace
 * @ifindex: the interface; 0: none
 *
 * Context: RCU read side; the result is valid as long.
 * Return: those of its VRF if a table was loaded for that, else those of the
 *	namespace; %NULL if there are none.
 */
const struct nst_routes *nst_route_tables_find(const struct nst_route_tables *tables,
					       struct net *net, u32 ifindex)
{
	const struct nst_route_table *table = NULL;
	u32 vrf;

	if (READ_ONCE(tables->nvrfs) && ifindex)
		table = nst_route_tables_of_interface(tables, net, ifindex, &vrf);
	if (!table)
		table = rcu_dereference(tables->own);
	return table ? table->routes : NULL;
}

/**
 * nst_route_tables_vrf - which table the packets of an interface use
 * @tables: tables of the namespace
 * @net: the namespace
 * @ifindex: the interface; 0: none
 *
 * Context: RCU read side.
 * Return: index of the VRF device whose table it is; 0: that of the namespace, or none.
 */
u32 nst_route_tables_vrf(const struct nst_route_tables *tables, struct net *net,
			 u32 ifindex)
{
	u32 vrf = 0;

	if (!READ_ONCE(tables->nvrfs) || !ifindex ||
	    !nst_route_tables_of_interface(tables, net, ifindex, &vrf))
		return 0;
	return vrf;
}

/**
 * nst_route_tables_values - set what routes say of the addresses of a packet or flow
 * @tables: tables of the namespace
 * @net: the namespace
 * @what: mask of &enum nst_routes_value: which values
 * @fields: its addresses and interfaces are read; values without a route do not change
 *
 * The table is that of the interface that the packet arrived on or, if the packet was
 * made here, of the one that it leaves through.
 *
 * Context: any.
 */
void nst_route_tables_values(const struct nst_route_tables *tables,
			     struct net *net, u8 what,
			     struct nst_fields *fields)
{
	const struct nst_routes *routes;

	if (!nst_route_tables_used(tables))
		return;
	rcu_read_lock();
	routes = nst_route_tables_find(tables, net, fields->input_if ?:
						    fields->output_if);
	if (routes)
		nst_routes_values(routes, what, fields);
	rcu_read_unlock();
}

/**
 * nst_route_tables_masks - find the masks of a flow whose key does not have them
 * @tables: tables of its namespace
 * @net: the namespace
 * @from: &enum netstream_mask of its configuration
 * @what: %NST_ROUTES_SRC_MASK, %NST_ROUTES_DST_MASK or both: which masks
 * @fields: its addresses and interfaces are read; these masks are set, 0: no route
 *
 * This is for the export of flows: they carry the masks of that time.  Packets have
 * theirs from nst_dissect_source(), nst_dissect_destination() and
 * nst_route_tables_values().  A mask costs a lookup in the forwarding table, or in the
 * table of routes, or both; so ask once for a flow, not for each version.  An address
 * of which the key has only a prefix is looked up as that prefix.
 *
 * Context: any.
 */
void nst_route_tables_masks(const struct nst_route_tables *tables,
			    struct net *net, enum netstream_mask from, u8 what,
			    struct nst_fields *fields)
{
	u32 ifindex = fields->input_if ?: fields->output_if;
	bool fib = from != NETSTREAM_MASK_ROUTES;

	what &= NST_ROUTES_SRC_MASK | NST_ROUTES_DST_MASK;
	if (what & NST_ROUTES_SRC_MASK)
		fields->src_mask = fib ? nst_fib_prefix(net, &fields->src,
							ifindex) : 0;
	if (what & NST_ROUTES_DST_MASK)
		fields->dst_mask = fib ? nst_fib_prefix(net, &fields->dst,
							ifindex) : 0;
	if (from != NETSTREAM_MASK_FIB)
		nst_route_tables_values(tables, net, what, fields);
}
