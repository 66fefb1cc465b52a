// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps export packets away from management interfaces.
 *
 * Hosts look at their route before they send, but the route may change between
 * that and the sending.  So the module's own packets are looked at again where
 * they leave.  No other packet is touched, and without a management interface
 * there is no hook.
 */
#include <linux/netdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/string.h>

#include "guard.h"
#include "socket.h"

/* A dropped packet makes sendmsg() return -EPERM. */
static unsigned int nst_guard_hook(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	const struct nst_guard *g = priv;
	const struct nst_guard_names *names;
	unsigned int i;

	if (likely(!nst_socket_owns(skb)))
		return NF_ACCEPT;
	names = rcu_dereference(g->names);
	for (i = 0; names && i < names->n; i++)
		if (!strcmp(names->name[i], state->out->name))
			return NF_DROP;
	return NF_ACCEPT;
}

static const struct nf_hook_ops nst_guard_ops[] = {
	{
		.hook		= nst_guard_hook,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= NF_IP_PRI_LAST,
	}, {
		.hook		= nst_guard_hook,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= NF_IP6_PRI_LAST,
	},
};

/**
 * nst_guard_start - register the hooks, unless they are
 * @g: guard
 * @net: its namespace
 *
 * Context: process, may sleep; the caller serialises.
 * Return: 0 or a negative errno.
 */
int nst_guard_start(struct nst_guard *g, struct net *net)
{
	unsigned int i;
	int err;

	if (g->registered)
		return 0;
	for (i = 0; i < ARRAY_SIZE(g->ops); i++) {
		g->ops[i] = nst_guard_ops[i];
		g->ops[i].priv = g;
	}
	err = nf_register_net_hooks(net, g->ops, ARRAY_SIZE(g->ops));
	g->registered = !err;
	return err;
}

/**
 * nst_guard_set - say which interfaces are guarded
 * @g: guard
 * @names: the interfaces, which the guard frees; %NULL: none
 *
 * Context: process; the caller serialises.
 */
void nst_guard_set(struct nst_guard *g, struct nst_guard_names *names)
{
	struct nst_guard_names *old = rcu_dereference_protected(g->names, 1);

	rcu_assign_pointer(g->names, names);
	if (old)
		kfree_rcu(old, rcu);
}

/**
 * nst_guard_stop - remove the hooks
 * @g: guard; it is freed after a grace period
 * @net: its namespace
 *
 * Context: process, may sleep.
 */
void nst_guard_stop(struct nst_guard *g, struct net *net)
{
	if (g->registered)
		nf_unregister_net_hooks(net, g->ops, ARRAY_SIZE(g->ops));
	g->registered = false;
	nst_guard_set(g, NULL);
}
