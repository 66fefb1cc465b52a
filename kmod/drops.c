// SPDX-License-Identifier: GPL-2.0
/*
 * What became of inbound packets, for records that ask for it (forwardingStatus).
 *
 * Such a record meters a packet when it is settled: forwarded, delivered or dropped.  So
 * it meters each packet once, while other records meter it at the first hooks.
 *
 *   PRE_ROUTING, first		the packet arrives: its address is noted
 *   FORWARD, LOCAL_IN, last	it is forwarded, or delivered: metered, and forgotten
 *   tracepoint kfree_skb	the stack drops it: metered, if it is one of those noted
 *
 * A packet that is dropped later, on its way out or by the protocol above, has been
 * metered already.  Hooks and tracepoint are registered only while a namespace has such
 * a record, and the hooks only there.  What is dropped elsewhere costs a look at
 * one CPU's short list.
 *
 * A packet may also leave this path without being dropped: a queue for user space, the
 * reassembly of fragments.  Its address stays in the list until it is overwritten, and
 * may be used by another packet.  So the tracepoint follows no pointer of a packet
 * before it has checked that this is an IPv6 packet on its way in.
 */
#include <linux/bits.h>
#include <linux/hash.h>
#include <linux/hashtable.h>
#include <linux/if_ether.h>
#include <linux/ipv6.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/netfilter_ipv6.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include <net/ip6_fib.h>
#include <net/ipv6.h>
#include <trace/events/skb.h>

#include "compat.h"
#include "dissect.h"
#include "drops.h"
#include "flow.h"
#include "hook.h"
#include "meter.h"
#include "state.h"

/* -------------------------------------------------- packets on their way in */

/* Sets of the list, and packets in a set: much more than the stack receives at once. */
#define NST_ARRIVAL_BITS	5
#define NST_ARRIVAL_SETS	BIT(NST_ARRIVAL_BITS)
#define NST_ARRIVAL_WAYS	8

/**
 * struct nst_arrival - a packet on its way in
 * @skb: the packet; only its address is used; %NULL: a free entry
 * @nn: its namespace; only its address is used
 * @hop_limit: its hop limit
 */
struct nst_arrival {
	const struct sk_buff	*skb;
	const struct nst_net	*nn;
	u8			hop_limit;
};

/**
 * struct nst_arrivals - one CPU's packets on their way in, of all namespaces
 * @lock: taken with bottom halves off, as that of struct nst_cpu
 * @turn: by set, the entry that is overwritten next if it is full: the oldest
 * @at: sets, by the hash of the packet's address
 */
struct nst_arrivals {
	local_lock_t		lock;
	u8			turn[NST_ARRIVAL_SETS];
	struct nst_arrival	at[NST_ARRIVAL_SETS][NST_ARRIVAL_WAYS];
};

/* Allocated with the first record that asks for it. */
static struct nst_arrivals __percpu *nst_arrivals;

/* The entry of a packet, or with %NULL a free one, in the set of @skb; or %NULL. */
static struct nst_arrival *nst_arrivals_entry(const struct sk_buff *skb,
					      const struct sk_buff *what)
{
	struct nst_arrival *at = this_cpu_ptr(nst_arrivals)->at[hash_ptr(skb, NST_ARRIVAL_BITS)];
	unsigned int i;

	for (i = 0; i < NST_ARRIVAL_WAYS; i++)
		if (at[i].skb == what)
			return &at[i];
	return NULL;
}

static void nst_arrivals_add(const struct sk_buff *skb, const struct nst_net *nn,
			     u8 hop_limit)
{
	struct nst_arrivals *mine = this_cpu_ptr(nst_arrivals);
	unsigned int set = hash_ptr(skb, NST_ARRIVAL_BITS);
	struct nst_arrival *entry;

	/* a packet passes the hook again in the VRF that its interface is in */
	entry = nst_arrivals_entry(skb, skb) ?: nst_arrivals_entry(skb, NULL);
	if (!entry)
		entry = &mine->at[set][mine->turn[set]++ % NST_ARRIVAL_WAYS];
	entry->skb = skb;
	entry->nn = nn;
	entry->hop_limit = hop_limit;
}

/* Forget a packet.  Return: what was noted of it; its @skb is %NULL if nothing was. */
static struct nst_arrival nst_arrivals_remove(const struct sk_buff *skb)
{
	struct nst_arrival noted = {}, *entry = nst_arrivals_entry(skb, skb);

	if (entry) {
		noted = *entry;
		entry->skb = NULL;
	}
	return noted;
}

static struct nst_arrival nst_arrivals_forget(const struct sk_buff *skb)
{
	struct nst_arrival noted;

	local_lock_nested_bh(&nst_arrivals->lock);
	noted = nst_arrivals_remove(skb);
	local_unlock_nested_bh(&nst_arrivals->lock);
	return noted;
}

/* ------------------------------------------------------------------ hooks */

static unsigned int nst_drops_arrive(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	/* 0 in frames that br_netfilter passes on */
	if (!IP6CB(skb)->iif)
		return NF_ACCEPT;
	local_bh_disable();
	local_lock_nested_bh(&nst_arrivals->lock);
	nst_arrivals_add(skb, priv, ipv6_hdr(skb)->hop_limit);
	local_unlock_nested_bh(&nst_arrivals->lock);
	local_bh_enable();
	return NF_ACCEPT;
}

static unsigned int nst_drops_settle(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	u8 status = state->hook == NF_INET_FORWARD ? NST_STATUS_FORWARDED :
						     NST_STATUS_FOR_US;
	struct nst_net *nn = priv;
	bool settled;

	local_bh_disable();
	nst_lock(nn);
	settled = nst_hook_settle(this_cpu_ptr(nn->cpu), skb, state, status);
	nst_unlock(nn);
	/* of multicast packets the original is the last copy */
	if (settled || ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr))
		nst_arrivals_forget(skb);
	local_bh_enable();
	return NF_ACCEPT;
}

static const struct nf_hook_ops nst_drops_ops[] = {
	{
		.hook		= nst_drops_arrive,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP6_PRI_FIRST,
	}, {
		.hook		= nst_drops_settle,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_LOCAL_IN,
		.priority	= NF_IP6_PRI_LAST,
	}, {
		.hook		= nst_drops_settle,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_FORWARD,
		.priority	= NF_IP6_PRI_LAST,
	},
};

static_assert(ARRAY_SIZE(nst_drops_ops) == NST_DROPS_HOOKS);

/* ------------------------------------------------------------- the reason */

#ifdef DEFINE_DROP_REASON
/**
 * struct nst_drops_reason - what a reason of the kernel means
 * @name: of the reason, see enum skb_drop_reason
 * @status: &enum nst_status
 */
struct nst_drops_reason {
	const char	*name;
	u8		status;
};

/*
 * By name, since kernels have different ones.  Reasons that only packets have that were
 * delivered, or that never arrived, are not here.
 */
static const struct nst_drops_reason nst_drops_reasons[] = {
	{ "NETFILTER_DROP",	NST_STATUS_FILTERED },
	{ "XFRM_POLICY",	NST_STATUS_FILTERED },
	{ "IP_INNOROUTES",	NST_STATUS_UNROUTABLE },
	{ "IP_OUTNOROUTES",	NST_STATUS_UNROUTABLE },
	{ "IP_INADDRERRORS",	NST_STATUS_UNROUTABLE },
	{ "PKT_TOO_BIG",	NST_STATUS_TOO_BIG },
	{ "IP_INHDR",		NST_STATUS_BAD_HEADER },
	{ "IP_RPFILTER",	NST_STATUS_REVERSE_PATH },
};

#define NST_REASON_NAME(_reason) \
	[SKB_DROP_REASON_##_reason] = #_reason,
static const char *const nst_reason_name[] = {
	DEFINE_DROP_REASON(NST_REASON_NAME, NST_REASON_NAME)
};

#define NST_REASONS	ARRAY_SIZE(nst_reason_name)

static u8 nst_reason_means(const char *name)
{
	unsigned int i;

	for (i = 0; name && i < ARRAY_SIZE(nst_drops_reasons); i++)
		if (!strcmp(nst_drops_reasons[i].name, name))
			return nst_drops_reasons[i].status;
	return 0;
}
#else
#define NST_REASONS	1
#endif

/* What each reason of this kernel means; 0: nothing that is known. */
static u8 nst_reason_status[NST_REASONS];

/* What a route means that has packets discarded; 0 for other routes. */
static u8 nst_drops_route(const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb_dst(skb);

	switch (dst ? dst->error : 0) {
	case 0:
		return 0;
	case -EINVAL:
		return NST_STATUS_DISCARDED;
	case -EACCES:
	case -EPERM:
		return NST_STATUS_DENIED;
	default:
		return NST_STATUS_UNROUTABLE;
	}
}

/* Whether a packet has a route to another machine. */
static bool nst_drops_forwards(const struct sk_buff *skb)
{
	const struct rt6_info *rt = nst_dissect_dst(skb);

	return rt && !rt->dst.error && !(rt->rt6i_flags & (RTF_LOCAL | RTF_ANYCAST));
}

/*
 * What the kernel has said is more exact than what its route says, except that it has
 * one reason for all routes that discard packets.  @hop_limit: with which the packet
 * arrived
 */
static u8 nst_drops_status(const struct sk_buff *skb, unsigned int reason, u8 hop_limit)
{
	u8 status = reason < NST_REASONS ? nst_reason_status[reason] : 0;
	u8 route = nst_drops_route(skb);

	if (route && (!status || status == NST_STATUS_UNROUTABLE))
		return route;
	/* the kernel counts an exceeded hop limit as an error of the header */
	if ((!status || status == NST_STATUS_BAD_HEADER) &&
	    hop_limit <= 1 && nst_drops_forwards(skb))
		return NST_STATUS_HOP_LIMIT;
	return status ?: NST_STATUS_DROPPED;
}

/* --------------------------------------------------------- the tracepoint */

/* Namespaces that have such a record, by address. */
static DEFINE_HASHTABLE(nst_drops_nets, 6);

/* Guards what follows, and changes of @nst_drops_nets. */
static DEFINE_MUTEX(nst_drops_mutex);
static unsigned int nst_drops_users;

static struct nst_net *nst_drops_net(const struct nst_net *where)
{
	struct nst_net *nn;

	hash_for_each_possible_rcu(nst_drops_nets, nn, drops_node,
				   (unsigned long)where)
		if (nn == where)
			return nn;
	return NULL;
}

/* Whether a packet is what its address was noted for: see the head of this file. */
static bool nst_drops_on_its_way(const struct sk_buff *skb)
{
	return skb->protocol == htons(ETH_P_IPV6) && skb_network_offset(skb) == 0 &&
	       skb_headlen(skb) >= sizeof(struct ipv6hdr) &&
	       ipv6_hdr(skb)->version == 6 && IP6CB(skb)->iif && skb->skb_iif;
}

/* @hop_limit: with which the packet arrived */
static void nst_drops_meter(struct nst_net *nn, const struct sk_buff *skb,
			    unsigned int reason, u8 hop_limit)
{
	u8 status = nst_drops_status(skb, reason, hop_limit);
	struct nf_hook_state state = {
		.hook	= NF_INET_LOCAL_IN,
		.pf	= NFPROTO_IPV6,
		.net	= nn->net,
		.in	= dev_get_by_index_rcu(nn->net, skb->skb_iif),
	};

	if (!state.in)
		return;
	/* where the next hop's hop limit is set, the rules of FORWARD come next */
	if (ipv6_hdr(skb)->hop_limit + 1 == hop_limit && nst_drops_forwards(skb) &&
	    !ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr))
		state.hook = NF_INET_FORWARD;
	nst_lock(nn);
	nst_hook_settle(this_cpu_ptr(nn->cpu), skb, &state, status);
	nst_unlock(nn);
}

/* Any packet of the machine is freed because it was dropped.  Context: any. */
static void nst_drops_freed(const struct sk_buff *skb, unsigned int reason)
{
	struct nst_arrival noted;
	struct nst_net *nn;

	/* packets on their way in are dropped where they were received, or not seen */
	if (in_hardirq() || irqs_disabled() || !softirq_count())
		return;
	noted = nst_arrivals_forget(skb);
	if (!noted.skb || !nst_drops_on_its_way(skb))
		return;
	rcu_read_lock();
	nn = nst_drops_net(noted.nn);
	if (nn)
		nst_drops_meter(nn, skb, reason, noted.hop_limit);
	rcu_read_unlock();
}

#ifdef NST_DROP_REASON
static void nst_drops_probe(void *data, struct sk_buff *skb, void *location,
			    enum skb_drop_reason reason)
{
	nst_drops_freed(skb, reason);
}

/* 6.11 and newer; the type of @sk changed later */
static void nst_drops_probe_sk(void *data, struct sk_buff *skb, void *location,
			       enum skb_drop_reason reason, struct sock *sk)
{
	nst_drops_freed(skb, reason);
}

static void nst_drops_probe_const_sk(void *data, struct sk_buff *skb, void *location,
				     enum skb_drop_reason reason, const struct sock *sk)
{
	nst_drops_freed(skb, reason);
}

#define nst_drops_takes(_probe) \
	__builtin_types_compatible_p(typeof(register_trace_kfree_skb), \
				     int (typeof(_probe) *, void *))
#define NST_PROBE \
	__builtin_choose_expr(nst_drops_takes(nst_drops_probe_const_sk), \
			      nst_drops_probe_const_sk, \
	__builtin_choose_expr(nst_drops_takes(nst_drops_probe_sk), \
			      nst_drops_probe_sk, nst_drops_probe))
#else
static void nst_drops_probe(void *data, struct sk_buff *skb, void *location)
{
	nst_drops_freed(skb, 0);
}

#define NST_PROBE	nst_drops_probe
#endif

/* ------------------------------------------------------------ registration */

static int nst_drops_allocate(void)
{
	unsigned int cpu;

	if (nst_arrivals)
		return 0;
	nst_arrivals = alloc_percpu(struct nst_arrivals);
	if (!nst_arrivals)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		local_lock_init(&per_cpu_ptr(nst_arrivals, cpu)->lock);
	return 0;
}

/*
 * Tracepoints are called with preemption disabled, and on PREEMPT_RT the locks of a CPU's
 * tables may sleep.
 */
static bool nst_drops_can_watch(void)
{
	return IS_ENABLED(CONFIG_TRACEPOINTS) && !IS_ENABLED(CONFIG_PREEMPT_RT);
}

static int nst_drops_watch(void)
{
	if (nst_drops_can_watch())
		return register_trace_kfree_skb(NST_PROBE, NULL);
	pr_warn_once("this kernel's tracepoints cannot be used: packets that it drops are not seen\n");
	return 0;
}

static void nst_drops_unwatch(void)
{
	if (nst_drops_can_watch())
		unregister_trace_kfree_skb(NST_PROBE, NULL);
}

/* A namespace begins to use the tracepoint. */
static int nst_drops_begin(struct nst_net *nn)
{
	int err;

	mutex_lock(&nst_drops_mutex);
	err = nst_drops_allocate();
	if (!err && !nst_drops_users)
		err = nst_drops_watch();
	if (!err) {
		nst_drops_users++;
		hash_add_rcu(nst_drops_nets, &nn->drops_node, (unsigned long)nn);
	}
	mutex_unlock(&nst_drops_mutex);
	return err;
}

static void nst_drops_end(struct nst_net *nn)
{
	mutex_lock(&nst_drops_mutex);
	hash_del_rcu(&nn->drops_node);
	if (!--nst_drops_users)
		nst_drops_unwatch();
	mutex_unlock(&nst_drops_mutex);
}

/**
 * nst_drops_enable - begin to see what becomes of inbound packets
 * @nn: namespace
 *
 * Context: process, with the namespace's mutex; sleeps.
 * Return: 0 or a negative errno; then nothing was started.
 */
int nst_drops_enable(struct nst_net *nn)
{
	unsigned int i;
	int err;

	if (nn->settles)
		return 0;
	err = nst_drops_begin(nn);
	if (err)
		return err;
	for (i = 0; i < NST_DROPS_HOOKS; i++) {
		nn->drops[i] = nst_drops_ops[i];
		nn->drops[i].priv = nn;
	}
	err = nf_register_net_hooks(nn->net, nn->drops, NST_DROPS_HOOKS);
	if (err)
		nst_drops_end(nn);
	nn->settles = !err;
	return err;
}

/**
 * nst_drops_withdraw - stop to see what becomes of packets, without waiting
 * @nn: namespace
 *
 * A hook or the tracepoint may still be metering packets.  The caller waits for them, with
 * one RCU grace period.
 *
 * Context: process, with the namespace's mutex; sleeps.
 * Return: whether anything was stopped.
 */
bool nst_drops_withdraw(struct nst_net *nn)
{
	if (!nn->settles)
		return false;
	nf_unregister_net_hooks(nn->net, nn->drops, NST_DROPS_HOOKS);
	nst_drops_end(nn);
	nn->settles = false;
	return true;
}

/**
 * nst_drops_disable - stop to see what becomes of packets
 * @nn: namespace
 *
 * Context: process, with the namespace's mutex; sleeps for a grace period.
 */
void nst_drops_disable(struct nst_net *nn)
{
	if (nst_drops_withdraw(nn))
		synchronize_net();
}

/**
 * nst_drops_init - find out what the reasons of this kernel mean
 *
 * Context: module load.
 */
void nst_drops_init(void)
{
#ifdef DEFINE_DROP_REASON
	unsigned int i;

	for (i = 0; i < NST_REASONS; i++)
		nst_reason_status[i] = nst_reason_means(nst_reason_name[i]);
#endif
}

/**
 * nst_drops_exit - free what packets on their way in were noted in
 *
 * Context: module unload, when no namespace has hooks.
 */
void nst_drops_exit(void)
{
	tracepoint_synchronize_unregister();
	free_percpu(nst_arrivals);
}
