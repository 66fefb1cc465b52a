// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps export packets away from management interfaces.
 *
 * A host checks its route before it sends, but the route may change between the
 * check and the sending.  So a POST_ROUTING hook checks the module's own packets
 * again.  It drops no other packet, and is not registered before a management
 * interface is configured for the first time.
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
	const struct nst_guard *guard = priv;
	const struct nst_guard_names *names;
	unsigned int i;

	if (likely(!nst_socket_owns(skb)))
		return NF_ACCEPT;
	names = rcu_dereference(guard->names);
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
 * nst_guard_start - register the hooks, if they are not
 * @guard: guard
 * @net: its namespace
 *
 * Context: process, may sleep; the caller serialises.
 * Return: 0 or a negative errno.
 */
int nst_guard_start(struct nst_guard *guard, struct net *net)
{
	unsigned int i;
	int err;

	if (guard->registered)
		return 0;
	for (i = 0; i < ARRAY_SIZE(guard->ops); i++) {
		guard->ops[i] = nst_guard_ops[i];
		guard->ops[i].priv = guard;
	}
	err = nf_register_net_hooks(net, guard->ops, ARRAY_SIZE(guard->ops));
	guard->registered = !err;
	return err;
}

/**
 * nst_guard_set - replace the list of guarded interfaces
 * @guard: guard
 * @names: the interfaces, owned by the guard from now on; %NULL: none
 *
 * Context: process; the caller serialises.
 */
void nst_guard_set(struct nst_guard *guard, struct nst_guard_names *names)
{
	struct nst_guard_names *old = rcu_dereference_protected(guard->names,
								1);

	rcu_assign_pointer(guard->names, names);
	if (old)
		kfree_rcu(old, rcu);
}

/**
 * nst_guard_stop - remove the hooks
 * @guard: guard; it is freed after a grace period
 * @net: its namespace
 *
 * Context: process, may sleep.
 */
void nst_guard_stop(struct nst_guard *guard, struct net *net)
{
	if (guard->registered)
		nf_unregister_net_hooks(net, guard->ops,
					ARRAY_SIZE(guard->ops));
	guard->registered = false;
	nst_guard_set(guard, NULL);
}
