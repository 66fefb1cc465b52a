// SPDX-License-Identifier: GPL-2.0
/*
 * Repeat: packets that the hooks see more than once, as the stack shows them.
 */
#include "nst_kunit.h"

#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>

#include "repeat.c"

#define RA	11
#define RB	12
#define D1	13
#define D2	14
#define BR	15

/**
 * struct repeat_fixture - a CPU's memory, and devices that are not registered
 * @repeat: the memory
 * @map: the interface map
 * @dev: devices, by their index less RA
 */
struct repeat_fixture {
	struct nst_repeat	repeat;
	struct nst_ifmap	map;
	struct net_device	*dev[5];
};

static int repeat_init(struct kunit *test)
{
	struct repeat_fixture *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, x);
	test->priv = x;
	for (i = 0; i < ARRAY_SIZE(x->dev); i++) {
		x->dev[i] = alloc_etherdev(0);
		KUNIT_ASSERT_NOT_NULL(test, x->dev[i]);
		x->dev[i]->ifindex = RA + i;
	}
	return 0;
}

static void repeat_exit(struct kunit *test)
{
	struct repeat_fixture *x = test->priv;
	unsigned int i;

	for (i = 0; x && i < ARRAY_SIZE(x->dev); i++)
		if (x->dev[i])
			free_netdev(x->dev[i]);
}

static struct net_device *device(struct kunit *test, unsigned int ifindex)
{
	struct repeat_fixture *x = test->priv;

	return ifindex ? x->dev[ifindex - RA] : NULL;
}

/* A datagram of UDP to an address that begins with @first, from an interface. */
static struct sk_buff *packet(struct kunit *test, u8 first, u8 last, u32 iif)
{
	struct sk_buff *skb = alloc_skb(200, GFP_KERNEL);
	struct ipv6hdr *ip6;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_reserve(skb, 64);
	skb_reset_network_header(skb);
	ip6 = skb_put_zero(skb, 60);
	ip6->version = 6;
	ip6->nexthdr = IPPROTO_UDP;
	ip6->payload_len = htons(20);
	ip6->hop_limit = 64;
	ip6->saddr.s6_addr[0] = 0xfd;
	ip6->saddr.s6_addr[15] = 2;
	ip6->daddr.s6_addr[0] = first;
	ip6->daddr.s6_addr[15] = last;
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	IP6CB(skb)->iif = iif;
	skb->skb_iif = iif;
	skb->pkt_type = first == 0xff ? PACKET_MULTICAST : PACKET_HOST;
	return skb;
}

/* Whether a packet at a hook is a repetition; the packet is freed. */
static bool at(struct kunit *test, struct sk_buff *skb, unsigned int hook, u32 in, u32 out)
{
	struct nf_hook_state state = {
		.hook = hook, .pf = NFPROTO_IPV6, .net = &init_net,
		.in = device(test, in), .out = device(test, out),
	};
	struct repeat_fixture *x = test->priv;
	bool is;

	if (!skb->dev)
		skb->dev = hook == NF_INET_POST_ROUTING ? state.out : state.in;
	rcu_read_lock();
	is = nst_repeat_is_duplicate(&x->repeat, &x->map, skb, &state);
	rcu_read_unlock();
	kfree_skb(skb);
	return is;
}

/* A copy that is forwarded: its hop limit has been lowered. */
static bool forward(struct kunit *test, u8 last, u32 out)
{
	struct sk_buff *skb = packet(test, 0xff, last, RA);

	ipv6_hdr(skb)->hop_limit--;
	return at(test, skb, NF_INET_FORWARD, RA, out);
}

static bool deliver(struct kunit *test, u8 last)
{
	return at(test, packet(test, 0xff, last, RA), NF_INET_LOCAL_IN, RA, 0);
}

/* Each packet counts once: at its first copy, or where it is delivered. */
static void multicast_copies(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_FALSE(test, forward(test, 1, D2));
		KUNIT_EXPECT_TRUE(test, forward(test, 1, D1));
		KUNIT_EXPECT_TRUE(test, forward(test, 1, RB));
	}
	KUNIT_EXPECT_TRUE(test, deliver(test, 1));
	KUNIT_EXPECT_FALSE(test, forward(test, 1, RB));
	KUNIT_EXPECT_TRUE(test, deliver(test, 1));
	/* one way out, one packet after the other */
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_FALSE(test, forward(test, 1, RB));
	/* another group */
	KUNIT_EXPECT_FALSE(test, forward(test, 2, D1));
	KUNIT_EXPECT_FALSE(test, deliver(test, 3));
	KUNIT_EXPECT_FALSE(test, deliver(test, 3));
}

static void multicast_all_ways(struct kunit *test)
{
	struct repeat_fixture *x = test->priv;
	unsigned int i, n;

	for (n = 0; n < 2; n++)
		for (i = 0; i < NST_COPIES_MAX; i++) {
			x->dev[1]->ifindex = 100 + i;
			KUNIT_EXPECT_EQ(test, i != 0, forward(test, 1, RB));
		}
	x->dev[1]->ifindex = 1000;
	KUNIT_EXPECT_FALSE(test, forward(test, 1, RB));
	x->dev[1]->ifindex = RB;
}

/* A packet that this machine has sent arrived on no interface. */
static void multicast_looped(struct kunit *test)
{
	struct sk_buff *skb = packet(test, 0xff, 1, RB), *copy;

	skb->pkt_type = PACKET_LOOPBACK;
	KUNIT_EXPECT_TRUE(test, at(test, skb, NF_INET_LOCAL_IN, RB, 0));
	skb = packet(test, 0xff, 1, 0);
	skb->pkt_type = PACKET_HOST;
	copy = skb_clone(skb, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	KUNIT_EXPECT_TRUE(test, at(test, copy, NF_INET_POST_ROUTING, 0, RB));
	KUNIT_EXPECT_FALSE(test, at(test, skb, NF_INET_POST_ROUTING, 0, RB));
}

/* br_netfilter: the packet is at a bridge port, but the hook gets the bridge. */
static void bridged(struct kunit *test)
{
	struct sk_buff *skb = packet(test, 0xfd, 1, 0);

	device(test, BR)->priv_flags |= IFF_EBRIDGE;
	device(test, RB)->priv_flags |= IFF_BRIDGE_PORT;
	skb->dev = device(test, RB);
	KUNIT_EXPECT_EQ(test, 0U, nst_repeat_input_if(skb, device(test, BR)));
	KUNIT_EXPECT_TRUE(test, at(test, skb, NF_INET_POST_ROUTING, 0, BR));
	/* routed out of the bridge */
	skb = packet(test, 0xfd, 1, RA);
	KUNIT_EXPECT_FALSE(test, at(test, skb, NF_INET_POST_ROUTING, RA, BR));
}

/* The input interface, where the stack gives another one. */
static void input_interface(struct kunit *test)
{
	struct sk_buff *skb = packet(test, 0xfd, 1, RA);

	/* a member of a VRF */
	skb->skb_iif = D1;
	skb->dev = device(test, D1);
	KUNIT_EXPECT_EQ(test, (u32)RA, nst_repeat_input_if(skb, device(test, D1)));
	/* from this machine to itself, in a VRF and without one */
	skb->pkt_type = PACKET_LOOPBACK;
	KUNIT_EXPECT_EQ(test, (u32)D1, nst_repeat_input_if(skb, device(test, D1)));
	skb->pkt_type = PACKET_HOST;
	device(test, D2)->flags |= IFF_LOOPBACK;
	KUNIT_EXPECT_EQ(test, (u32)D2, nst_repeat_input_if(skb, device(test, D2)));
	/* a packet without an input interface */
	IP6CB(skb)->iif = 0;
	KUNIT_EXPECT_EQ(test, (u32)D1, nst_repeat_input_if(skb, device(test, D1)));
	kfree_skb(skb);
}

/* The interface that an outbound packet came from. */
static void forwarded_from(struct kunit *test)
{
	struct sk_buff *skb = packet(test, 0xfd, 1, RA);

	KUNIT_EXPECT_EQ(test, (u32)RA, nst_repeat_forwarded_from(skb, device(test, RA)));
	/* a VRF: the packet arrived on a member */
	skb->skb_iif = D1;
	device(test, D1)->priv_flags |= IFF_L3MDEV_MASTER;
	KUNIT_EXPECT_EQ(test, (u32)RA, nst_repeat_forwarded_from(skb, device(test, D1)));
	/* a tunnel's own packet, with a length in the control block */
	IP6CB(skb)->iif = 162;
	KUNIT_EXPECT_EQ(test, 0U, nst_repeat_forwarded_from(skb, device(test, D2)));
	skb->skb_iif = 0;
	KUNIT_EXPECT_EQ(test, 0U, nst_repeat_forwarded_from(skb, device(test, D2)));
	KUNIT_EXPECT_EQ(test, 0U, nst_repeat_forwarded_from(skb, device(test, D1)));
	KUNIT_EXPECT_EQ(test, 0U, nst_repeat_forwarded_from(skb, NULL));
	kfree_skb(skb);
}

/* The offset of the packet inside segment routing; 0 for all other packets. */
static void segments_inside(struct kunit *test)
{
	struct sk_buff *skb = packet(test, 0xfd, 1, RA);
	struct ipv6_sr_hdr *srh = (void *)(ipv6_hdr(skb) + 1);

	skb_put_zero(skb, 60);
	ipv6_hdr(skb)->nexthdr = NEXTHDR_ROUTING;
	srh->hdrlen = 2;
	srh->type = IPV6_SRCRT_TYPE_4;
	srh->nexthdr = IPPROTO_IPV6;
	KUNIT_EXPECT_EQ(test, 64U, nst_repeat_segments_inside(skb, 0));
	srh->hdrlen = 4;
	/* 40 + 40 + 40 bytes: no byte more, no byte less */
	KUNIT_EXPECT_EQ(test, 80U, nst_repeat_segments_inside(skb, 0));
	skb_trim(skb, 119);
	KUNIT_EXPECT_EQ(test, 0U, nst_repeat_segments_inside(skb, 0));
	srh->hdrlen = 2;
	srh->nexthdr = IPPROTO_UDP;
	KUNIT_EXPECT_EQ(test, 0U, nst_repeat_segments_inside(skb, 0));
	srh->nexthdr = IPPROTO_IPV6;
	srh->type = 2;
	KUNIT_EXPECT_EQ(test, 0U, nst_repeat_segments_inside(skb, 0));
	ipv6_hdr(skb)->nexthdr = IPPROTO_IPV6;
	KUNIT_EXPECT_EQ(test, 0U, nst_repeat_segments_inside(skb, 0));
	kfree_skb(skb);
}

static void marks(struct kunit *test)
{
	struct sk_buff *skb = packet(test, 0xfd, 1, RA);
	unsigned int type;

	KUNIT_EXPECT_FALSE(test, nst_repeat_marked(skb));
	for (type = PACKET_BROADCAST; type <= PACKET_LOOPBACK; type++) {
		skb->pkt_type = type;
		KUNIT_EXPECT_TRUE(test, nst_repeat_marked(skb));
	}
	skb->pkt_type = PACKET_HOST;
	/* the other bits do not matter */
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->ignore_df = 1;
	KUNIT_EXPECT_FALSE(test, nst_repeat_marked(skb));
	kfree_skb(skb);
}

static struct kunit_case repeat_cases[] = {
	KUNIT_CASE(multicast_copies),
	KUNIT_CASE(multicast_all_ways),
	KUNIT_CASE(multicast_looped),
	KUNIT_CASE(bridged),
	KUNIT_CASE(input_interface),
	KUNIT_CASE(forwarded_from),
	KUNIT_CASE(segments_inside),
	KUNIT_CASE(marks),
	{}
};

static struct kunit_suite repeat_suite = {
	.name = "repeat",
	.init = repeat_init,
	.exit = repeat_exit,
	.test_cases = repeat_cases,
};

kunit_test_suite(repeat_suite);

MODULE_LICENSE("GPL");
