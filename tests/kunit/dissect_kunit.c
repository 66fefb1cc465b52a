// SPDX-License-Identifier: GPL-2.0
/*
 * Dissect: packets built by scapy, whole, in pieces and cut short at each
 * byte; super-packets as drivers and the stack make them.
 */
#include "nst_kunit.h"

#include <linux/random.h>

#include "fib.c"
#include "dissect.c"

#define ENDS_MAX	5

/**
 * struct dissect_end - how a packet is malformed that is shorter than this
 * @len: bytes
 * @cause: &enum nst_malformed
 */
struct dissect_end {
	u16 len;
	u8 cause;
};

struct dissect_case {
	const char *name;
	const u8 *data;
	u16 len;
	u8 protocol;
	u16 sport;
	u16 dport;
	u8 tcp_flags;
	struct dissect_end end[ENDS_MAX];
};

#include "vectors/dissect_vectors.h"

NST_KUNIT_NAMED(dissect_packets, dissect_packets);

/* 2001:db8:1::1 and 2001:db8:2::2 */
static const u8 packet_src[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 1 };
static const u8 packet_dst[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, 2, [15] = 2 };

/*
 * A packet behind an Ethernet header's room, the first @linear bytes in the
 * head and the rest in a page, as a driver would leave it.
 */
static struct sk_buff *packet_skb(struct kunit *test, const u8 *data,
				  unsigned int len, unsigned int linear)
{
	struct sk_buff *skb = alloc_skb(NET_SKB_PAD + 14 + linear, GFP_KERNEL);
	struct page *page;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_reserve(skb, NET_SKB_PAD + 14);
	skb_reset_network_header(skb);
	skb->protocol = htons(ETH_P_IPV6);
	linear = min(len, linear);
	skb_put_data(skb, data, linear);
	if (linear == len)
		return skb;
	page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	memcpy(page_address(page) + 100, data + linear, len - linear);
	skb_add_rx_frag(skb, 0, page, 100, len - linear, PAGE_SIZE);
	return skb;
}

static int dissect(const struct sk_buff *skb, struct nst_pkt *pkt)
{
	struct nst_headers copy;

	return nst_dissect(skb, pkt, &copy);
}

static void expect_fields(struct kunit *test, const struct dissect_case *c,
			  const struct nst_pkt *pkt)
{
	KUNIT_EXPECT_MEMEQ(test, &pkt->f.src, packet_src, 16);
	KUNIT_EXPECT_MEMEQ(test, &pkt->f.dst, packet_dst, 16);
	KUNIT_EXPECT_EQ(test, c->protocol, pkt->f.protocol);
	KUNIT_EXPECT_EQ(test, c->sport, ntohs(pkt->f.sport));
	KUNIT_EXPECT_EQ(test, c->dport, ntohs(pkt->f.dport));
	KUNIT_EXPECT_EQ(test, c->tcp_flags, pkt->f.tcp_flags);
	KUNIT_EXPECT_EQ(test, 1U, pkt->packets);
	KUNIT_EXPECT_EQ(test, (u64)c->len, pkt->bytes);
	/* members that the caller sets are unchanged */
	KUNIT_EXPECT_EQ(test, 0U, pkt->f.input_if | pkt->f.output_if |
			pkt->f.slot | pkt->f.direction | pkt->now);
}

/* The fast path gives the same result as the general function, or declines. */
static bool expect_simple(struct kunit *test, const struct sk_buff *skb,
			  const struct nst_pkt *pkt, int err)
{
	struct nst_pkt simple = {};
	bool is = nst_dissect_simple(skb, &simple);

	if (!is) {
		KUNIT_EXPECT_EQ(test, 0U, simple.packets | simple.bytes);
		return false;
	}
	KUNIT_EXPECT_EQ(test, 0, err);
	KUNIT_EXPECT_MEMEQ(test, &simple.f, &pkt->f, sizeof(pkt->f));
	KUNIT_EXPECT_EQ(test, pkt->packets, simple.packets);
	KUNIT_EXPECT_EQ(test, pkt->bytes, simple.bytes);
	return true;
}

/* What samplers count: gso_segs where it is filled in, else what the headers say. */
static void expect_segments(struct kunit *test, struct sk_buff *skb,
			    const struct nst_pkt *pkt)
{
	struct nst_headers copy;
	struct nst_pkt scratch;

	skb_shinfo(skb)->gso_segs = 7;
	KUNIT_EXPECT_EQ(test, 7U, nst_dissect_segments(skb, &scratch, &copy));
	skb_shinfo(skb)->gso_segs = 0;
	KUNIT_EXPECT_EQ(test, pkt->packets,
			nst_dissect_segments(skb, &scratch, &copy));
}

/* Random TCP and UDP packets besides those of the table, some of them truncated. */
static void simple(struct kunit *test)
{
	static const u8 protocol[] = { 6, 17, 0, 58, 59, 44, 43, 132 };
	unsigned int i, len, payload, linear, taken = 0;
	struct nst_pkt pkt;
	struct sk_buff *skb;
	u8 data[120];
	int err;

	for (i = 0; i < 20000; i++) {
		get_random_bytes(data, sizeof(data));
		data[0] = i % 16 ? 0x60 | (data[0] & 15) : data[0];
		data[6] = protocol[i % 3 ? i % 2 : i % ARRAY_SIZE(protocol)];
		len = 40 + data[40] % 81;
		payload = i % 5 ? len - 40 : data[41];
		data[4] = payload >> 8;
		data[5] = payload;
		linear = i % 4 ? len : data[42] % (len + 1);
		skb = packet_skb(test, data, len, linear);
		memset(&pkt, 0, sizeof(pkt));
		err = dissect(skb, &pkt);
		taken += expect_simple(test, skb, &pkt, err);
		kfree_skb(skb);
	}
	KUNIT_EXPECT_GT(test, taken, 5000U);
}

static void whole(struct kunit *test)
{
	const struct dissect_case *c = test->param_value;
	struct sk_buff *skb = packet_skb(test, c->data, c->len, c->len);
	struct nst_pkt pkt = {};

	KUNIT_EXPECT_EQ(test, 0, dissect(skb, &pkt));
	expect_fields(test, c, &pkt);
	expect_simple(test, skb, &pkt, 0);
	KUNIT_EXPECT_MEMEQ(test, skb->data, c->data, c->len);
	kfree_skb(skb);
}

/* Headers need not be in one piece, nor the first byte in the head. */
static void in_two_pieces(struct kunit *test)
{
	const struct dissect_case *c = test->param_value;
	struct sk_buff *skb;
	struct nst_pkt pkt;
	unsigned int linear;

	for (linear = 0; linear <= c->len; linear++) {
		skb = packet_skb(test, c->data, c->len, linear);
		memset(&pkt, 0, sizeof(pkt));
		KUNIT_EXPECT_EQ_MSG(test, 0, dissect(skb, &pkt),
				    "%u bytes in the head", linear);
		expect_fields(test, c, &pkt);
		expect_simple(test, skb, &pkt, 0);
		kfree_skb(skb);
	}
}

static enum nst_malformed expected_cause(const struct dissect_case *c,
					 unsigned int len)
{
	const struct dissect_end *e;

	for (e = c->end; e < c->end + ENDS_MAX && e->len; e++)
		if (len < e->len)
			return e->cause;
	return NST_MALFORMED_NONE;
}

/* Each truncation is reported with its cause, and counted with its remaining bytes. */
static void cut_short(struct kunit *test)
{
	const struct dissect_case *c = test->param_value;
	struct sk_buff *skb;
	struct nst_pkt pkt;
	unsigned int len;
	int cause;

	for (len = 0; len < c->len; len++) {
		skb = packet_skb(test, c->data, len, len);
		memset(&pkt, 0, sizeof(pkt));
		cause = -dissect(skb, &pkt);
		KUNIT_EXPECT_EQ_MSG(test, (int)expected_cause(c, len), cause,
				    "cut to %u bytes", len);
		expect_simple(test, skb, &pkt, -cause);
		kfree_skb(skb);
		if (cause == NST_MALFORMED_VERSION)
			continue;
		KUNIT_EXPECT_MEMEQ(test, &pkt.f.dst, packet_dst, 16);
		KUNIT_EXPECT_EQ(test, 1U, pkt.packets);
		KUNIT_EXPECT_EQ(test, len, pkt.bytes);
		if (cause == NST_MALFORMED_LENGTH)
			continue;
		KUNIT_EXPECT_EQ(test, 0, pkt.f.sport | pkt.f.dport |
				pkt.f.tcp_flags);
	}
}

static void class_and_label(struct kunit *test)
{
	struct sk_buff *skb = packet_skb(test, packet_class_and_label,
					 sizeof(packet_class_and_label), 100);
	struct nst_pkt pkt = {};

	KUNIT_EXPECT_EQ(test, 0, dissect(skb, &pkt));
	KUNIT_EXPECT_EQ(test, 0xb9, pkt.f.tos);
	KUNIT_EXPECT_EQ(test, 0xabcdeU, pkt.f.flow_label);
	kfree_skb(skb);
}

static void walk_is_bounded(struct kunit *test)
{
	struct sk_buff *skb = packet_skb(test, packet_eleven_extensions,
					 sizeof(packet_eleven_extensions), 200);
	struct nst_pkt pkt = {};

	KUNIT_EXPECT_EQ(test, -NST_MALFORMED_CHAIN, dissect(skb, &pkt));
	KUNIT_EXPECT_EQ(test, 0, pkt.f.sport | pkt.f.dport | pkt.f.tcp_flags);
	KUNIT_EXPECT_EQ(test, 1U, pkt.packets);
	KUNIT_EXPECT_EQ(test, (u32)sizeof(packet_eleven_extensions), pkt.bytes);
	kfree_skb(skb);
}

/* An extension header says it is longer than anything can be. */
static void extension_too_long(struct kunit *test)
{
	u8 data[sizeof(packet_hop_by_hop_tcp)];
	struct nst_pkt pkt = {};
	struct sk_buff *skb;

	memcpy(data, packet_hop_by_hop_tcp, sizeof(data));
	data[41] = 255;
	skb = packet_skb(test, data, sizeof(data), sizeof(data));
	KUNIT_EXPECT_EQ(test, -NST_MALFORMED_EXTENSION, dissect(skb, &pkt));
	kfree_skb(skb);
}

static void not_version_6(struct kunit *test)
{
	u8 data[sizeof(packet_udp)], version;
	struct nst_pkt pkt = {};
	struct sk_buff *skb;

	memcpy(data, packet_udp, sizeof(data));
	for (version = 0; version < 16; version++) {
		data[0] = version << 4;
		skb = packet_skb(test, data, sizeof(data), sizeof(data));
		KUNIT_EXPECT_EQ(test, version == 6 ? 0 : -NST_MALFORMED_VERSION,
				dissect(skb, &pkt));
		kfree_skb(skb);
	}
}

/* As in a driver's receive path: data begins at another header. */
static void network_header_elsewhere(struct kunit *test)
{
	const struct dissect_case *c = &dissect_packets[1];
	struct sk_buff *skb = packet_skb(test, c->data, c->len, c->len);
	struct nst_pkt pkt = {};

	memset(skb_push(skb, 14), 0xff, 14);
	KUNIT_EXPECT_EQ(test, 0, dissect(skb, &pkt));
	expect_fields(test, c, &pkt);
	kfree_skb(skb);
}

/* ---------------------------------------------------------- super-packets */

#define TCP_OPTIONS	12

/**
 * struct gso_case - a super-packet, and what it is on the wire
 * @name: its name
 * @header: its headers
 * @header_len: bytes of them
 * @doff: 0, or TCP header length in words, options added
 * @payload: bytes behind them
 * @size: gso_size
 * @segs: gso_segs, which may be wrong
 * @type: gso_type
 * @zero_length: BIG TCP: the payload length is 0
 * @packets: expected
 * @bytes: expected
 */
struct gso_case {
	const char *name;
	const u8 *header;
	u16 header_len;
	u8 doff;
	u32 payload;
	u16 size;
	u16 segs;
	u32 type;
	bool zero_length;
	u32 packets;
	u32 bytes;
};

/* What the stack puts before BIG TCP: a jumbo payload option. */
static const u8 packet_jumbo_tcp[] = {
	0x60, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x40,
	0x20, 0x01, 0x0d, 0xb8, 0x00, 0x01, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x20, 0x01, 0x0d, 0xb8, 0x00, 0x02, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
	/* hop-by-hop: next TCP, jumbo payload of 28 + 199 * 1400 */
	0x06, 0x00, 0xc2, 0x04, 0x00, 0x04, 0x40, 0x64,
	/* TCP 1 -> 2, ACK */
	0x00, 0x01, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x50, 0x10, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00,
};

#define HEADER(_p)	.header = (_p), .header_len = sizeof(_p)

static const struct gso_case gso_packets[] = {
	{
		/* 10 of 1448 bytes behind 40 + 20 + 12 */
		.name = "tcp-10-full", HEADER(packet_tcp_syn), .doff = 8,
		.payload = 14480, .size = 1448, .segs = 10,
		.type = SKB_GSO_TCPV6, .packets = 10, .bytes = 15200,
	}, {
		.name = "tcp-last-of-1-byte", HEADER(packet_tcp_syn), .doff = 8,
		.payload = 14481, .size = 1448, .segs = 11,
		.type = SKB_GSO_TCPV6, .packets = 11, .bytes = 15273,
	}, {
		.name = "tcp-no-options", HEADER(packet_tcp_syn),
		.payload = 3000, .size = 1440, .segs = 3,
		.type = SKB_GSO_TCPV6, .packets = 3, .bytes = 3180,
	}, {
		.name = "tcp-segs-not-filled-in", HEADER(packet_tcp_syn),
		.payload = 3000, .size = 1440, .segs = 0,
		.type = SKB_GSO_TCPV6, .packets = 3, .bytes = 3180,
	}, {
		.name = "tcp-one-segment", HEADER(packet_tcp_syn),
		.payload = 1000, .size = 1440, .segs = 1,
		.type = SKB_GSO_TCPV6, .packets = 1, .bytes = 1060,
	}, {
		.name = "tcp-behind-hop-by-hop", HEADER(packet_hop_by_hop_tcp),
		.payload = 2800, .size = 1400, .segs = 2,
		.type = SKB_GSO_TCPV6, .packets = 2, .bytes = 2936,
	}, {
		/* headers only: 40 + 8 of the packet, not its data */
		.name = "udp-segmentation", .header = packet_udp,
		.header_len = 48, .payload = 12000, .size = 1200, .segs = 10,
		.type = SKB_GSO_UDP_L4, .packets = 10, .bytes = 12480,
	}, {
		/* 65536 + 1400 - 60 bytes of payload would not fit 16 bits */
		.name = "big-tcp-without-jumbo", HEADER(packet_tcp_syn),
		.payload = 280000, .size = 1400, .segs = 200,
		.type = SKB_GSO_TCPV6, .zero_length = true, .packets = 200,
		.bytes = 292000,
	}, {
		/*
		 * it depends on the kernel whether the hop-by-hop header is on the
		 * wire
		 */
		.name = "big-tcp-with-jumbo", HEADER(packet_jumbo_tcp),
		.payload = 278600, .size = 1400, .segs = 199,
		.type = SKB_GSO_TCPV6, .zero_length = true, .packets = 199,
		.bytes = 290540 + (NST_JUMBO_GOES ? 0 : 199 * 8),
	},
};

NST_KUNIT_NAMED(gso_packets, gso_packets);

/* Only the headers exist: bytes behind them are never looked at. */
static struct sk_buff *gso_skb(struct kunit *test, const u8 *header,
			       unsigned int len, unsigned int options,
			       unsigned int payload)
{
	static const u8 nops[TCP_OPTIONS] = { [0 ... TCP_OPTIONS - 1] = 1 };
	struct sk_buff *skb = packet_skb(test, header, len, len + TCP_OPTIONS);

	KUNIT_ASSERT_LE(test, options, (unsigned int)TCP_OPTIONS);
	skb_put_data(skb, nops, options);
	skb->len += payload;
	skb->data_len += payload;
	return skb;
}

static void gso(struct kunit *test)
{
	const struct gso_case *c = test->param_value;
	unsigned int options = c->doff ? 4 * c->doff - 20 : 0;
	struct sk_buff *skb = gso_skb(test, c->header, c->header_len, options,
				      c->payload);
	unsigned int tcp = c->header_len - 20;
	struct nst_pkt pkt = {};

	if (c->doff)
		skb->data[tcp + 12] = c->doff << 4;
	ipv6_hdr(skb)->payload_len = c->zero_length ? 0 :
				     htons(skb->len - sizeof(struct ipv6hdr));
	skb_shinfo(skb)->gso_size = c->size;
	skb_shinfo(skb)->gso_segs = c->segs;
	skb_shinfo(skb)->gso_type = c->type;
	KUNIT_EXPECT_EQ(test, 0, dissect(skb, &pkt));
	KUNIT_EXPECT_EQ(test, c->packets, pkt.packets);
	KUNIT_EXPECT_EQ(test, c->bytes, pkt.bytes);
	if (c->size)
		expect_segments(test, skb, &pkt);
	kfree_skb(skb);
}

/* IPv6 in IPv6: each segment repeats both headers. 40 + 40 + 20 + 1400, thrice. */
static void gso_tunnel(struct kunit *test)
{
	struct sk_buff *skb = gso_skb(test, packet_ip_in_ip,
				      sizeof(packet_ip_in_ip), 0, 3 * 1400);
	struct nst_pkt pkt = {};

	ipv6_hdr(skb)->payload_len = htons(60 + 3 * 1400);
	skb->encapsulation = 1;
	skb_set_inner_network_header(skb, 40);
	skb_set_inner_transport_header(skb, 80);
	skb_shinfo(skb)->gso_size = 1400;
	skb_shinfo(skb)->gso_type = SKB_GSO_TCPV6 | SKB_GSO_IPXIP6;
	KUNIT_EXPECT_EQ(test, 0, dissect(skb, &pkt));
	KUNIT_EXPECT_EQ(test, 41, pkt.f.protocol);
	KUNIT_EXPECT_EQ(test, 3U, pkt.packets);
	KUNIT_EXPECT_EQ(test, 4500U, pkt.bytes);
	kfree_skb(skb);
}

/* SCTP: segments of their own lengths in a list; 52 bytes of header each. */
static void gso_by_frags(struct kunit *test)
{
	static const unsigned int chunk[] = { 1000, 500, 20 };
	struct sk_buff *skb = gso_skb(test, packet_sctp, 52, 0, 0);
	struct sk_buff *frag, **at = &skb_shinfo(skb)->frag_list;
	struct nst_pkt pkt = {};
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
	ipv6_hdr(skb)->payload_len = htons(skb->len - 40);
	skb_shinfo(skb)->gso_size = GSO_BY_FRAGS;
	skb_shinfo(skb)->gso_type = SKB_GSO_SCTP;
	KUNIT_EXPECT_EQ(test, 0, dissect(skb, &pkt));
	KUNIT_EXPECT_EQ(test, 3U, pkt.packets);
	KUNIT_EXPECT_EQ(test, 1676U, pkt.bytes);
	kfree_skb(skb);
}

static struct kunit_case dissect_cases[] = {
	KUNIT_CASE_PARAM(whole, dissect_packets_gen_params),
	KUNIT_CASE_PARAM(in_two_pieces, dissect_packets_gen_params),
	KUNIT_CASE_PARAM(cut_short, dissect_packets_gen_params),
	KUNIT_CASE(simple),
	KUNIT_CASE(class_and_label),
	KUNIT_CASE(walk_is_bounded),
	KUNIT_CASE(extension_too_long),
	KUNIT_CASE(not_version_6),
	KUNIT_CASE(network_header_elsewhere),
	KUNIT_CASE_PARAM(gso, gso_packets_gen_params),
	KUNIT_CASE(gso_tunnel),
	KUNIT_CASE(gso_by_frags),
	{}
};

static struct kunit_suite dissect_suite = {
	.name = "dissect",
	.test_cases = dissect_cases,
};

kunit_test_suite(dissect_suite);

MODULE_DESCRIPTION("KUnit suite: dissect");
MODULE_LICENSE("GPL");
