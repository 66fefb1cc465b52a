// SPDX-License-Identifier: GPL-2.0
/*
 * Drops: packets on their way in, and what their status is.
 */
#include "nst_kunit.h"

#include <linux/skbuff.h>
#include <net/dst.h>
#include <net/ip6_fib.h>

#include "drops.c"

/* -------------------------------------------------- what is not under test */

static u8 fake_status;	/* of the packet that was settled last; 0: none */
static unsigned int fake_hook;

bool nst_hook_settle(struct nst_cpu *pcpu, const struct sk_buff *skb,
		     const struct nf_hook_state *state, u8 status)
{
	fake_status = status;
	fake_hook = state->hook;
	return true;
}

/* ---------------------------------------------------------------- fixture */

/**
 * struct drops_fixture - a packet and a namespace that sees drops
 * @skb: the packet: an IPv6 header, hop limit 64
 * @rt: its route
 * @nn: the namespace
 */
struct drops_fixture {
	struct sk_buff	*skb;
	struct rt6_info	rt;
	struct nst_net	nn;
};

static struct dst_ops fake_dst_ops = { .family = AF_INET6 };

static int drops_init(struct kunit *test)
{
	struct drops_fixture *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);
	struct ipv6hdr *ip6;

	KUNIT_ASSERT_NOT_NULL(test, x);
	test->priv = x;
	nst_drops_init();
	KUNIT_ASSERT_EQ(test, 0, nst_drops_allocate());
	x->nn.net = &init_net;
	x->nn.cpu = alloc_percpu(struct nst_cpu);
	x->skb = alloc_skb(200, GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, x->nn.cpu && x->skb);
	x->rt.dst.ops = &fake_dst_ops;
	ip6 = skb_put_zero(x->skb, sizeof(*ip6));
	ip6->version = 6;
	ip6->hop_limit = 64;
	skb_reset_network_header(x->skb);
	x->skb->protocol = htons(ETH_P_IPV6);
	x->skb->skb_iif = LOOPBACK_IFINDEX;
	IP6CB(x->skb)->iif = LOOPBACK_IFINDEX;
	x->skb->_skb_refdst = (unsigned long)&x->rt.dst;
	mutex_lock(&nst_drops_mutex);
	hash_add_rcu(nst_drops_nets, &x->nn.drops_node, (unsigned long)&x->nn);
	mutex_unlock(&nst_drops_mutex);
	fake_status = 0;
	return 0;
}

static void drops_exit(struct kunit *test)
{
	struct drops_fixture *x = test->priv;

	if (!x)
		return;
	hash_del_rcu(&x->nn.drops_node);
	synchronize_rcu();
	if (x->skb)
		x->skb->_skb_refdst = 0;
	kfree_skb(x->skb);
	free_percpu(x->nn.cpu);
	free_percpu(nst_arrivals);
	nst_arrivals = NULL;
}

static void arrive(struct drops_fixture *x)
{
	struct nf_hook_state state = { .hook = NF_INET_PRE_ROUTING };

	nst_drops_arrive(&x->nn, x->skb, &state);
}

static void dropped(struct drops_fixture *x, unsigned int reason)
{
	local_bh_disable();
	nst_drops_freed(x->skb, reason);
	local_bh_enable();
}

/* ------------------------------------------------------------------ cases */

/* A packet that arrived is metered when it is dropped, once. */
static void drops_once(struct kunit *test)
{
	struct drops_fixture *x = test->priv;

	dropped(x, 0);
	KUNIT_EXPECT_EQ(test, 0, fake_status);
	arrive(x);
	arrive(x);
	dropped(x, 0);
	KUNIT_EXPECT_EQ(test, NST_STATUS_DROPPED, fake_status);
	fake_status = 0;
	dropped(x, 0);
	KUNIT_EXPECT_EQ(test, 0, fake_status);
}

/* A packet that was forwarded or delivered is not metered again when it is dropped. */
static void drops_settled(struct kunit *test)
{
	struct drops_fixture *x = test->priv;
	struct nf_hook_state state = { .hook = NF_INET_FORWARD };

	arrive(x);
	nst_drops_settle(&x->nn, x->skb, &state);
	KUNIT_EXPECT_EQ(test, NST_STATUS_FORWARDED, fake_status);
	fake_status = 0;
	dropped(x, 0);
	KUNIT_EXPECT_EQ(test, 0, fake_status);
	arrive(x);
	state.hook = NF_INET_LOCAL_IN;
	nst_drops_settle(&x->nn, x->skb, &state);
	KUNIT_EXPECT_EQ(test, NST_STATUS_FOR_US, fake_status);
}

/* What an address was noted for is checked: the packet may be another one by now. */
static void drops_others(struct kunit *test)
{
	struct drops_fixture *x = test->priv;

	arrive(x);
	skb_pull(x->skb, 4);
	dropped(x, 0);
	skb_push(x->skb, 4);
	arrive(x);
	x->skb->protocol = htons(ETH_P_IP);
	dropped(x, 0);
	x->skb->protocol = htons(ETH_P_IPV6);
	arrive(x);
	hash_del_rcu(&x->nn.drops_node);
	dropped(x, 0);
	hash_add_rcu(nst_drops_nets, &x->nn.drops_node, (unsigned long)&x->nn);
	/* bottom halves are on: it is not being received */
	arrive(x);
	nst_drops_freed(x->skb, 0);
	KUNIT_EXPECT_EQ(test, 0, fake_status);
	/* a frame that a bridge passes on */
	nst_arrivals_forget(x->skb);
	IP6CB(x->skb)->iif = 0;
	arrive(x);
	IP6CB(x->skb)->iif = LOOPBACK_IFINDEX;
	dropped(x, 0);
	KUNIT_EXPECT_EQ(test, 0, fake_status);
}

/* The list holds what the stack receives at once, and its size is bound. */
static void drops_many(struct kunit *test)
{
	struct drops_fixture *x = test->priv;
	const struct sk_buff *at = x->skb;
	unsigned int i, n = 0;

	local_bh_disable();
	for (i = 0; i < 1000; i++)
		nst_arrivals_add(at + i, &x->nn, 64);
	for (i = 0; i < 64; i++)
		n += !!nst_arrivals_remove(at + 999 - i).skb;
	/* a set has the newest, so a burst is whole unless nine of it share a set */
	KUNIT_EXPECT_GE(test, n, 60U);
	for (i = 0; i < 1000; i++)
		n += !!nst_arrivals_remove(at + i).skb;
	local_bh_enable();
	KUNIT_EXPECT_EQ(test, (1U << NST_ARRIVAL_BITS) * NST_ARRIVAL_WAYS, n);
}

#define IN	NF_INET_LOCAL_IN
#define FWD	NF_INET_FORWARD

/**
 * struct status_case - a packet that is dropped
 * @name: of the case
 * @reason: name of the kernel's reason; %NULL: none
 * @error: of the route
 * @flags: of the route
 * @hop_limit: of the packet when it arrives
 * @forwarded: its hop limit has become one less when it is dropped
 * @status: expected
 * @hook: hook that it is taken to be at, expected
 */
static const struct status_case {
	const char	*name;
	const char	*reason;
	int		error;
	u32		flags;
	u8		hop_limit;
	u8		status;
	u8		hook;
	bool		forwarded;
} status_cases[] = {
	{ "no_reason", NULL, 0, 0, 64, NST_STATUS_DROPPED, IN },
	{ "no_route", "IP_INNOROUTES", -ENETUNREACH, 0, 64, NST_STATUS_UNROUTABLE, IN },
	{ "blackhole", "IP_INNOROUTES", -EINVAL, 0, 64, NST_STATUS_DISCARDED, IN },
	{ "blackhole_silent", NULL, -EINVAL, 0, 1, NST_STATUS_DISCARDED, IN },
	{ "prohibit", NULL, -EACCES, 0, 64, NST_STATUS_DENIED, IN },
	{ "unreachable", NULL, -EHOSTUNREACH, 0, 64, NST_STATUS_UNROUTABLE, IN },
	{ "hop_limit", "IP_INHDR", 0, 0, 1, NST_STATUS_HOP_LIMIT, IN },
	{ "hop_limit_no_reason", NULL, 0, 0, 0, NST_STATUS_HOP_LIMIT, IN },
	{ "hop_limit_local", NULL, 0, RTF_LOCAL, 1, NST_STATUS_DROPPED, IN },
	{ "header", "IP_INHDR", 0, 0, 64, NST_STATUS_BAD_HEADER, IN },
	{ "too_big", "PKT_TOO_BIG", 0, 0, 64, NST_STATUS_TOO_BIG, IN },
	{ "input_rule", "NETFILTER_DROP", 0, RTF_LOCAL, 64, NST_STATUS_FILTERED, IN },
	{ "forward_rule", "NETFILTER_DROP", 0, 0, 2, NST_STATUS_FILTERED, FWD, true },
	{ "forward_rule_no_reason", NULL, 0, 0, 2, NST_STATUS_DROPPED, FWD, true },
};

NST_KUNIT_NAMED(statuses, status_cases);

static unsigned int reason_named(const char *name)
{
#ifdef DEFINE_DROP_REASON
	unsigned int i;

	for (i = 0; name && i < NST_REASONS; i++)
		if (nst_reason_name[i] && !strcmp(nst_reason_name[i], name))
			return i;
#endif
	return 0;
}

static void drops_status(struct kunit *test)
{
	const struct status_case *c = test->param_value;
	struct drops_fixture *x = test->priv;
	unsigned int reason = reason_named(c->reason);

	if (c->reason && !reason)
		kunit_skip(test, "this kernel has no such reason");
	x->rt.dst.error = c->error;
	x->rt.rt6i_flags = c->flags;
	ipv6_hdr(x->skb)->hop_limit = c->hop_limit;
	arrive(x);
	ipv6_hdr(x->skb)->hop_limit -= c->forwarded;
	dropped(x, reason);
	KUNIT_EXPECT_EQ(test, c->status, fake_status);
	KUNIT_EXPECT_EQ(test, (unsigned int)c->hook, fake_hook);
}

static struct kunit_case drops_cases[] = {
	KUNIT_CASE(drops_once),
	KUNIT_CASE(drops_settled),
	KUNIT_CASE(drops_others),
	KUNIT_CASE(drops_many),
	KUNIT_CASE_PARAM(drops_status, statuses_gen_params),
	{}
};

static struct kunit_suite drops_suite = {
	.name = "drops",
	.init = drops_init,
	.exit = drops_exit,
	.test_cases = drops_cases,
};

kunit_test_suite(drops_suite);

MODULE_LICENSE("GPL");
