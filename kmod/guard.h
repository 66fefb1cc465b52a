/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keeps export packets away from management interfaces.
 */
#ifndef _NST_GUARD_H
#define _NST_GUARD_H

#include <linux/if.h>
#include <linux/netfilter.h>
#include <linux/netstream.h>
#include <linux/rcupdate.h>

struct net;

/**
 * struct nst_guard_names - interfaces that export packets must not leave through
 * @rcu: for freeing
 * @n: number of names
 * @name: their names
 */
struct nst_guard_names {
	struct rcu_head	rcu;
	unsigned int	n;
	char		name[NETSTREAM_MANAGEMENT_MAX][IFNAMSIZ];
};

/**
 * struct nst_guard - the guard of a namespace
 * @ops: hooks where packets leave, IPv4 and IPv6
 * @names: the interfaces; %NULL: none
 * @registered: the hooks are registered
 */
struct nst_guard {
	struct nf_hook_ops		ops[2];
	struct nst_guard_names __rcu	*names;
	bool				registered;
};

int nst_guard_start(struct nst_guard *guard, struct net *net);
void nst_guard_set(struct nst_guard *guard, struct nst_guard_names *names);
void nst_guard_stop(struct nst_guard *guard, struct net *net);

#endif /* _NST_GUARD_H */
