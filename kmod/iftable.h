/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The interfaces of a namespace by name, for option records.
 */
#ifndef _NST_IFTABLE_H
#define _NST_IFTABLE_H

#include <linux/if.h>
#include <linux/types.h>

struct net;

#define NST_IF_DESCRIPTION	64	/* bytes, the last one 0 */

/**
 * struct nst_if_row - an interface
 * @ifindex: its index
 * @vrf: VRF device: the routing table of its VRF, which is the VRF's ID; else 0
 * @routed: the view "all" covers it
 * @serial: serial number of the table in which it last changed
 * @name: its name
 * @description: its alias, or its name if it has none
 */
struct nst_if_row {
	u32	ifindex;
	u32	vrf;
	bool	routed;
	u32	serial;
	char	name[IFNAMSIZ];
	char	description[NST_IF_DESCRIPTION];
};

/**
 * struct nst_iftable - a snapshot of the interfaces of a namespace
 * @n: number of interfaces
 * @serial: serial number, never 0
 * @row: interfaces, by index
 */
struct nst_iftable {
	u32			n;
	u32			serial;
	struct nst_if_row	row[];
};

struct nst_iftable *nst_iftable_take(struct net *net, struct nst_iftable *old);
void nst_iftable_free(struct nst_iftable *table);
u16 nst_iftable_vlan(struct net *net, u32 ifindex);
const struct nst_if_row *nst_iftable_after(const struct nst_iftable *table,
					   u32 ifindex);

#endif /* _NST_IFTABLE_H */
