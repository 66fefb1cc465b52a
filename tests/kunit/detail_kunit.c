// SPDX-License-Identifier: GPL-2.0
/*
 * Detail: fields of the headers of packets that are written here byte by byte, whole,
 * with headers in a page, and cut short at each byte; of super-packets, those of their
 * segments.
 */
#include "nst_kunit.h"

#include <linux/gfp.h>
#include <linux/skbuff.h>

#include "dissect.c"
#include "fib.c"
#include "detail.c"

#define DATA_MAX	128

/* What precedes each header in a packet: the IPv6 header, with class 0xb8. */
#define IP6(_next) \
	0x6b, 0x81, 0x23, 0x45, 0, 0, _next, 61, \
	0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, \
	0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2
#define IP6_MULTICAST(_next, _scope) \
	0x60, 0, 0, 0, 0, 0, _next, 1, \
	0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, \
	0xff, _scope, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2
#define OPTIONS(_next)		_next, 0, 1, 4, 0, 0, 0, 0
#define JUMBO(_next)		_next, 0, 194, 4, 0, 1, 0x23, 0x45
#define ROUTING(_next)		_next, 0, 4, 0, 0, 0, 0, 0
#define AUTH(_next)		_next, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2
#define FRAGMENT(_next, _high, _low) \
	_next, 0, _high, _low, 0xde, 0xad, 0xbe, 0xef
#define TCP \
	0x12, 0x34, 0, 80, 1, 2, 3, 4, 5, 6, 7, 8, 0x80, 0x38, 0xab, 0xcd, \
	0, 0, 0x77, 0x66, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
#define UDP			0x12, 0x34, 0, 53, 0, 24, 0, 0
#define ICMP			129, 7, 0, 0, 0, 1, 0, 2

/**
 * struct detail_case - a packet, and what is to be found in it
 * @name: name
 * @data: its bytes, without those of the payload behind it
 * @length: how many
 * @payload: bytes behind them
 * @size: of a segment's payload, or 0
 * @type: SKB_GSO_*
 * @want: its fields from %NST_DETAIL_WORD on; lengths of 0 follow from the packet's
 */
struct detail_case {
	const char		*name;
	u8			data[DATA_MAX];
	unsigned int		length;
	unsigned int		payload;
	unsigned int		size;
	unsigned int		type;
	struct nst_fields	want;
};

#define DATA(...) \
	.data = { __VA_ARGS__ }, .length = sizeof((u8[]){ __VA_ARGS__ })
#define TRAFFIC_CLASS	.hop_limit = 61, .dscp = 46, .precedence = 5
#define TCP_WANT \
	.tcp_sequence = 0x01020304, .tcp_ack = 0x05060708, \
	.tcp_window = 0xabcd, .tcp_urgent = 0x7766, .tcp_header = 32

static const struct detail_case detail_packets[] = {
	{
		.name = "tcp", DATA(IP6(6), TCP), .payload = 100,
		.want = { TRAFFIC_CLASS, .next_header = 6, TCP_WANT },
	}, {
		.name = "udp", DATA(IP6(17), UDP), .payload = 16,
		.want = { TRAFFIC_CLASS, .next_header = 17, .udp_length = 24 },
	}, {
		.name = "icmp", DATA(IP6(58), ICMP),
		.want = { TRAFFIC_CLASS, .next_header = 58, .icmp_type = 129, .icmp_code = 7 },
	}, {
		.name = "multicast", DATA(IP6_MULTICAST(17, 0x15), UDP),
		.want = { .next_header = 17, .hop_limit = 1, .multicast = 0x15,
			  .udp_length = 24 },
	}, {
		.name = "all-extensions",
		DATA(IP6(0), OPTIONS(60), OPTIONS(43), ROUTING(51), AUTH(6), TCP),
		.want = { TRAFFIC_CLASS, .next_header = 0, .extensions = 0x4023, TCP_WANT },
	}, {
		.name = "first-fragment", DATA(IP6(44), FRAGMENT(17, 0, 1), UDP),
		.payload = 8,
		.want = { TRAFFIC_CLASS, .next_header = 44, .extensions = 0x10,
			  .fragment_flags = 0x20, .fragment_id = 0xdeadbeef,
			  .udp_length = 24 },
	}, {
		.name = "later-fragment", DATA(IP6(44), FRAGMENT(17, 0x12, 0x38), UDP),
		.payload = 8,
		.want = { TRAFFIC_CLASS, .next_header = 44, .extensions = 0x40,
			  .fragment_offset = 0x247, .fragment_id = 0xdeadbeef },
	}, {
		.name = "esp", DATA(IP6(50), UDP),
		.want = { TRAFFIC_CLASS, .next_header = 50, .extensions = 0x2000 },
	}, {
		.name = "mobility-behind-options", DATA(IP6(60), OPTIONS(135), UDP),
		.want = { TRAFFIC_CLASS, .next_header = 60, .extensions = 0x1001 },
	}, {
		.name = "gre", DATA(IP6(47), UDP),
		.want = { TRAFFIC_CLASS, .next_header = 47, .extensions = 0x8 },
	}, {
		.name = "nothing-behind", DATA(IP6(59)),
		.want = { TRAFFIC_CLASS, .next_header = 59 },
	}, {
		/* 40 + 32 + 1000, and 200 bytes left */
		.name = "tcp-segments", DATA(IP6(6), TCP), .payload = 4200,
		.size = 1000, .type = SKB_GSO_TCPV6,
		.want = { TRAFFIC_CLASS, .next_header = 6, TCP_WANT, .length = 1072,
			  .shortest = 272, .payload_length = 1032 },
	}, {
		.name = "udp-segments", DATA(IP6(17), UDP), .payload = 3000,
		.size = 1000, .type = SKB_GSO_UDP_L4,
		.want = { TRAFFIC_CLASS, .next_header = 17, .udp_length = 1008,
			  .length = 1048, .shortest = 1048, .payload_length = 1008 },
	},
};

NST_KUNIT_NAMED(detail_packets, detail_packets);

/* The first @linear bytes in the head, the rest in a page; the payload nowhere. */
static struct sk_buff *detail_skb(struct kunit *test, const struct detail_case *c,
				  unsigned int length, unsigned int linear)
{
	struct sk_buff *skb = alloc_skb(NET_SKB_PAD + DATA_MAX, GFP_KERNEL);
	struct page *page;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_reserve(skb, NET_SKB_PAD);
	skb_reset_network_header(skb);
	skb_put_data(skb, c->data, linear);
	if (linear < length) {
		page = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, page);
		memcpy(page_address(page), c->data + linear, length - linear);
		skb_add_rx_frag(skb, 0, page, 0, length - linear, PAGE_SIZE);
	}
	if (length < c->length)
		return skb;
	skb->len += c->payload;
	skb->data_len += c->payload;
	ipv6_hdr(skb)->payload_len = htons(skb->len - sizeof(struct ipv6hdr));
	skb_shinfo(skb)->gso_size = c->size;
	skb_shinfo(skb)->gso_type = c->type;
	return skb;
}

static void detail_as_needed(const struct sk_buff *skb, struct nst_pkt *pkt, bool chain)
{
	struct nst_headers copy;

	memset(pkt, 0x5a, sizeof(*pkt));
	nst_dissect(skb, pkt, &copy);
	nst_detail_headers(skb, skb_network_offset(skb), pkt, &copy, chain);
}

static void detail(const struct sk_buff *skb, struct nst_pkt *pkt)
{
	detail_as_needed(skb, pkt, true);
}

static void expect_words(struct kunit *test, const struct detail_case *c,
			 const struct sk_buff *skb)
{
	struct nst_fields want = c->want;
	struct nst_pkt pkt;

	if (!want.length) {
		want.length = skb->len;
		want.shortest = skb->len;
		want.payload_length = skb->len - sizeof(struct ipv6hdr);
	}
	detail(skb, &pkt);
	KUNIT_EXPECT_MEMEQ(test, &pkt.f.next_header, &want.next_header,
			   offsetof(struct nst_fields, flow_id) -
			   offsetof(struct nst_fields, next_header));
	/* of the IPv6 header only: nothing else is written */
	want.icmp_type = 0;
	want.icmp_code = 0;
	want.tcp_header = 0;
	want.udp_length = 0;
	memset(&want.extensions, 0x5a, offsetof(struct nst_fields, flow_id) -
	       offsetof(struct nst_fields, extensions));
	detail_as_needed(skb, &pkt, false);
	KUNIT_EXPECT_MEMEQ(test, &pkt.f.next_header, &want.next_header,
			   offsetof(struct nst_fields, flow_id) -
			   offsetof(struct nst_fields, next_header));
}

static void whole(struct kunit *test)
{
	const struct detail_case *c = test->param_value;
	unsigned int linear;
	struct sk_buff *skb;

	for (linear = sizeof(struct ipv6hdr); linear <= c->length; linear++) {
		skb = detail_skb(test, c, c->length, linear);
		expect_words(test, c, skb);
		kfree_skb(skb);
	}
}

/* A header that is not complete has no values. */
static void cut_short(struct kunit *test)
{
	const struct detail_case *c = test->param_value;
	unsigned int length;
	struct sk_buff *skb;
	struct nst_pkt pkt;

	for (length = sizeof(struct ipv6hdr); length < c->length; length++) {
		skb = detail_skb(test, c, length, sizeof(struct ipv6hdr));
		detail(skb, &pkt);
		KUNIT_EXPECT_EQ(test, length, (unsigned int)pkt.f.length);
		KUNIT_EXPECT_EQ(test, 61 * !c->want.multicast + !!c->want.multicast,
				(int)pkt.f.hop_limit);
		KUNIT_EXPECT_EQ(test, 0U, pkt.f.extensions & ~c->want.extensions);
		if (length < sizeof(struct ipv6hdr) + sizeof(struct udphdr))
			KUNIT_EXPECT_EQ(test, 0U, pkt.f.udp_length |
					pkt.f.fragment_id | pkt.f.fragment_offset);
		if (length < sizeof(struct ipv6hdr) + sizeof(struct tcphdr))
			KUNIT_EXPECT_EQ(test, 0U, pkt.f.tcp_sequence |
					pkt.f.tcp_ack | pkt.f.tcp_window);
		kfree_skb(skb);
	}
}

/* A hop-by-hop header that only super-packets have is not seen. */
static void jumbo(struct kunit *test)
{
	static const struct detail_case c = {
		DATA(IP6(0), JUMBO(6), TCP), .payload = 280000, .size = 1400,
		.type = SKB_GSO_TCPV6,
	};
	struct sk_buff *skb = detail_skb(test, &c, c.length, c.length);
	unsigned int gone = NST_JUMBO_GOES ? 0 : 8;
	struct nst_pkt pkt;

	ipv6_hdr(skb)->payload_len = 0;
	detail(skb, &pkt);
	KUNIT_EXPECT_EQ(test, 200U, pkt.packets);
	KUNIT_EXPECT_EQ(test, gone ? 0 : 6, (int)pkt.f.next_header);
	KUNIT_EXPECT_EQ(test, gone ? 2U : 0U, pkt.f.extensions);
	KUNIT_EXPECT_EQ(test, 1472 + gone, (unsigned int)pkt.f.length);
	KUNIT_EXPECT_EQ(test, 1472 + gone, (unsigned int)pkt.f.shortest);
	KUNIT_EXPECT_EQ(test, 0x01020304U, pkt.f.tcp_sequence);
	kfree_skb(skb);
}

/* SCTP: each part of the list is a segment with 52 bytes of headers. */
static void by_frags(struct kunit *test)
{
	static const unsigned int chunk[] = { 700, 1000, 20 };
	static const struct detail_case c = { DATA(IP6(132), UDP, 0, 0, 0, 0) };
	struct sk_buff *skb = detail_skb(test, &c, c.length, c.length);
	struct sk_buff *frag, **at = &skb_shinfo(skb)->frag_list;
	struct nst_pkt pkt;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(chunk); i++) {
		frag = alloc_skb(chunk[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, frag);
		skb_put_zero(frag, chunk[i]);
		*at = frag;
		at = &frag->next;
		skb->len += chunk[i];
		skb->data_len += chunk[i];
	}
	skb_shinfo(skb)->gso_size = GSO_BY_FRAGS;
	skb_shinfo(skb)->gso_type = SKB_GSO_SCTP;
	detail(skb, &pkt);
	KUNIT_EXPECT_EQ(test, 3U, pkt.packets);
	KUNIT_EXPECT_EQ(test, 1052, (int)pkt.f.length);
	KUNIT_EXPECT_EQ(test, 72, (int)pkt.f.shortest);
	KUNIT_EXPECT_EQ(test, 1012, (int)pkt.f.payload_length);
	kfree_skb(skb);
}

static struct kunit_case detail_cases[] = {
	KUNIT_CASE_PARAM(whole, detail_packets_gen_params),
	KUNIT_CASE_PARAM(cut_short, detail_packets_gen_params),
	KUNIT_CASE(jumbo),
	KUNIT_CASE(by_frags),
	{}
};

static struct kunit_suite detail_suite = {
	.name = "detail",
	.test_cases = detail_cases,
};

kunit_test_suite(detail_suite);

MODULE_DESCRIPTION("KUnit suite: detail");
MODULE_LICENSE("GPL");
