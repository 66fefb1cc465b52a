// SPDX-License-Identifier: GPL-2.0
/*
 * A snapshot of the interfaces of a namespace and their names.  Option records are
 * written from such a table, a few at a time, while interfaces come and go.
 * Process context, except for nst_iftable_vlan().
 */
#include <linux/if_vlan.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>

#include "iftable.h"

static void nst_if_row_fill(struct nst_if_row *row, const struct net_device *dev)
{
	const struct dev_ifalias *alias = rcu_dereference(dev->ifalias);

	row->ifindex = dev->ifindex;
	row->vrf = netif_is_l3_master(dev) ? l3mdev_fib_table_rcu(dev) : 0;
	row->routed = !netif_is_l3_master(dev) && !netif_is_bridge_port(dev);
	/* a rename in progress causes another snapshot */
	strscpy(row->name, dev->name, sizeof(row->name));
	strscpy(row->description, alias && alias->ifalias[0] ? alias->ifalias :
		row->name, sizeof(row->description));
}

static int nst_if_row_cmp(const void *a, const void *b)
{
	const struct nst_if_row *left = a, *right = b;

	/* thousands of interfaces take a while to sort */
	cond_resched();
	return left->ifindex < right->ifindex ? -1 : left->ifindex > right->ifindex;
}

/**
 * nst_iftable_after - find the first interface with a greater index
 * @table: table
 * @ifindex: an index, in the table or not; 0 finds the first interface
 *
 * Context: any.
 * Return: the interface, or %NULL.
 */
const struct nst_if_row *nst_iftable_after(const struct nst_iftable *table,
					   u32 ifindex)
{
	u32 low = 0, high = table->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (table->row[middle].ifindex <= ifindex)
			low = middle + 1;
		else
			high = middle;
	}
	return low < table->n ? &table->row[low] : NULL;
}

static bool nst_if_row_same(const struct nst_if_row *a,
			    const struct nst_if_row *b)
{
	return a->ifindex == b->ifindex && a->vrf == b->vrf &&
	       a->routed == b->routed && !strcmp(a->name, b->name) &&
	       !strcmp(a->description, b->description);
}

/*
 * Rows that did not change keep their serial number.  Return: whether no row
 * changed.
 */
static bool nst_iftable_compare(struct nst_iftable *table,
				const struct nst_iftable *old)
{
	const struct nst_if_row *was;
	struct nst_if_row *row;
	bool same = old && old->n == table->n;

	table->serial = old ? old->serial + 1 ?: 1 : 1;
	for (row = table->row; row < table->row + table->n; row++) {
		row->serial = table->serial;
		was = old ? nst_iftable_after(old, row->ifindex - 1) : NULL;
		if (was && nst_if_row_same(row, was))
			row->serial = was->serial;
		else
			same = false;
	}
	return same;
}

/**
 * nst_iftable_take - take a snapshot of the interfaces
 * @net: namespace
 * @old: previous table, or %NULL; rows that did not change keep their serial number
 *
 * Context: process, may sleep.
 * Return: the table; @old if nothing has changed; %NULL for lack of memory.
 */
struct nst_iftable *nst_iftable_take(struct net *net, struct nst_iftable *old)
{
	struct nst_iftable *table;
	struct net_device *dev;
	u32 n = 0;

	rcu_read_lock();
	for_each_netdev_rcu(net, dev)
		n++;
	rcu_read_unlock();
	/* a device that is registered meanwhile causes another snapshot */
	table = kvzalloc(struct_size(table, row, n), GFP_KERNEL_ACCOUNT);
	if (!table)
		return NULL;
	rcu_read_lock();
	for_each_netdev_rcu(net, dev) {
		if (table->n == n)
			break;
		nst_if_row_fill(&table->row[table->n++], dev);
	}
	rcu_read_unlock();
	sort(table->row, table->n, sizeof(*table->row), nst_if_row_cmp, NULL);
	if (!nst_iftable_compare(table, old))
		return table;
	nst_iftable_free(table);
	return old;
}

/**
 * nst_iftable_free - free a table
 * @table: table, may be %NULL
 *
 * Context: process.
 */
void nst_iftable_free(struct nst_iftable *table)
{
	kvfree(table);
}

/**
 * nst_iftable_vlan - find the VLAN id of an interface as it is now
 * @net: namespace
 * @ifindex: the interface; 0: none
 *
 * Context: any.
 * Return: 0 if it is no VLAN's, or has gone.
 */
u16 nst_iftable_vlan(struct net *net, u32 ifindex)
{
	const struct net_device *dev;
	u16 vlan = 0;

	if (!ifindex)
		return 0;
	rcu_read_lock();
	dev = dev_get_by_index_rcu(net, ifindex);
	if (dev && is_vlan_dev(dev))
		vlan = vlan_dev_vlan_id(dev);
	rcu_read_unlock();
	return vlan;
}
