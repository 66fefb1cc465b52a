// SPDX-License-Identifier: GPL-2.0
/*
 * Encode: bytes, written down by hand from RFC 3954 and RFC 7011.
 */
#include "nst_kunit.h"

#include "field.c"
#include "account.c"
#include "record.c"
#include "template.c"
#include "encode.c"

#define F(_field)	NETSTREAM_FIELD_##_field
#define MATCH(_field)	{ .field = F(_field), .prefix = 128 }
#define COLLECT(_field, _width) \
	{ .field = F(_field), .width = (_width), .collect = true }

#define V9	NETSTREAM_VERSION_9
#define IPFIX	NETSTREAM_VERSION_IPFIX

#define BYTES_MAX	160
#define ITEMS_MAX	24

/**
 * struct encode_case - a record, its template and a data record
 * @name: its name
 * @version: of the stream
 * @options: what the template depends on
 * @original: the built-in record; else @item
 * @item: fields
 * @template_len: bytes of the template record
 * @record_len: bytes of the data record
 * @template: expected
 * @record: expected, for the flow below
 */
struct encode_case {
	const char *name;
	u8 version;
	struct nst_template_options options;
	bool original;
	struct nst_item item[ITEMS_MAX];
	u16 template_len;
	u16 record_len;
	u8 template[BYTES_MAX];
	u8 record[BYTES_MAX];
};

/* Each byte of each value is different where there is room for that. */
static const struct nst_flow_record encode_image = {
	.f = {
		.src = { { { 0x20, 0x01, 0x0d, 0xb8, [8] = 1, 2, 3, 4, 5, 6, 7,
			     8 } } },
		.dst = { { { 0xfe, 0x80, [8] = 11, 12, 13, 14, 15, 16, 17,
			     18 } } },
		.sport = cpu_to_be16(0x1234),
		.dport = cpu_to_be16(0x5678),
		.protocol = 6,
		.tos = 0xb9,
		.direction = 1,
		.tcp_flags = 0x1b,
		.input_if = 0x00010203,
		.slot = 9,
		.output_if = 0x00040506,
		.flow_label = 0x000abcde,
		.src_vlan = 0x0123,
		.dst_vlan = 0x0fff,
		.src_mask = 48,
		.dst_mask = 64,
		.src_as = 64512,
		.dst_as = 4200000000U,
		.icmp = 0x8001,
		.next_hop = { { { [0] = 0xfe, 0x80, [15] = 0x77 } } },
		.bgp_next_hop = { { { [0] = 0x20, [15] = 0x99 } } },
	},
	.packets = 0x0102030405060708ULL,
	.bytes = 0x1112131415161718ULL,
	.first = 0x21222324,
	.last = 0x31323334,
	.first_unix = 0x0000018bcfe56800ULL,
	.last_unix = 0x0000018bcfe57bcdULL,
	.end_reason = 3,
	.ip_version = 6,
};

#define SRC_BYTES	0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8
#define DST_BYTES	0xfe, 0x80, 0, 0, 0, 0, 0, 0, 11, 12, 13, 14, 15, 16, 17, 18
#define NEXT_HOP_BYTES	0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x77
#define BGP_BYTES	0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x99

static const struct encode_case encode_records[] = {
	{
		.name = "v9-original", .version = V9, .original = true,
		.template_len = 88, .record_len = 99,
		.template = {
			0x01, 0x02, 0, 21,
			0, 27, 0, 16,	0, 28, 0, 16,	0, 62, 0, 16,
			0, 2, 0, 8,	0, 1, 0, 8,	0, 22, 0, 4,
			0, 21, 0, 4,	0, 10, 0, 4,	0, 14, 0, 4,
			0, 31, 0, 3,	0, 7, 0, 2,	0, 11, 0, 2,
			0, 32, 0, 2,	0, 6, 0, 1,	0, 4, 0, 1,
			0, 5, 0, 1,	0, 61, 0, 1,	0, 136, 0, 1,
			0, 60, 0, 1,	0, 58, 0, 2,	0, 59, 0, 2,
		},
		.record = {
			SRC_BYTES, DST_BYTES, NEXT_HOP_BYTES,
			1, 2, 3, 4, 5, 6, 7, 8,
			0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,
			0x21, 0x22, 0x23, 0x24,	0x31, 0x32, 0x33, 0x34,
			0, 1, 2, 3,		0, 4, 5, 6,
			0x0a, 0xbc, 0xde,	0x12, 0x34,	0x56, 0x78,
			0x80, 0x01,	0x1b, 6, 0xb9, 1, 3, 6,
			0x01, 0x23,	0x0f, 0xff,
		},
	}, {
		/* with AS numbers come the masks */
		.name = "ipfix-original-as", .version = IPFIX, .original = true,
		.options = { .as_type = NETSTREAM_AS_PEER },
		.template_len = 104, .record_len = 118,
		.template = {
			0x01, 0x02, 0, 25,
			0, 27, 0, 16,	0, 28, 0, 16,	0, 62, 0, 16,
			0, 2, 0, 8,	0, 1, 0, 8,	0, 152, 0, 8,
			0, 153, 0, 8,	0, 10, 0, 4,	0, 14, 0, 4,
			0, 31, 0, 4,	0, 7, 0, 2,	0, 11, 0, 2,
			0, 139, 0, 2,	0, 6, 0, 1,	0, 4, 0, 1,
			0, 5, 0, 1,	0, 61, 0, 1,	0, 136, 0, 1,
			0, 60, 0, 1,	0, 58, 0, 2,	0, 59, 0, 2,
			0, 29, 0, 1,	0, 30, 0, 1,
			0, 16, 0, 4,	0, 17, 0, 4,
		},
		.record = {
			SRC_BYTES, DST_BYTES, NEXT_HOP_BYTES,
			1, 2, 3, 4, 5, 6, 7, 8,
			0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,
			0, 0, 0x01, 0x8b, 0xcf, 0xe5, 0x68, 0x00,
			0, 0, 0x01, 0x8b, 0xcf, 0xe5, 0x7b, 0xcd,
			0, 1, 2, 3,		0, 4, 5, 6,
			0, 0x0a, 0xbc, 0xde,	0x12, 0x34,	0x56, 0x78,
			0x80, 0x01,	0x1b, 6, 0xb9, 1, 3, 6,
			0x01, 0x23,	0x0f, 0xff,	48, 64,
			0, 0, 0xfc, 0x00,	0xfa, 0x56, 0xea, 0x00,
		},
	}, {
		/* all that original does not have, in an order of its own */
		.name = "v9-the-other-fields", .version = V9,
		.item = {
			MATCH(DST_VLAN), MATCH(SRC_VLAN), MATCH(SRC_MASK),
			MATCH(DST_MASK), MATCH(SRC_AS), MATCH(DST_AS),
			MATCH(BGP_NEXT_HOP),
		},
		.template_len = 36, .record_len = 31,
		.template = {
			0x01, 0x02, 0, 8,
			0, 59, 0, 2,	0, 58, 0, 2,	0, 29, 0, 1,
			0, 30, 0, 1,	0, 16, 0, 4,	0, 17, 0, 4,
			0, 63, 0, 16,	0, 60, 0, 1,
		},
		.record = {
			0x0f, 0xff,	0x01, 0x23,	48,	64,
			0, 0, 0xfc, 0x00,	0xfa, 0x56, 0xea, 0x00,
			BGP_BYTES, 6,
		},
	}, {
		.name = "v9-counters-of-16-bits", .version = V9,
		.item = { COLLECT(BYTES, 16), COLLECT(PACKETS, 16) },
		.template_len = 16, .record_len = 5,
		.template = {
			0x01, 0x02, 0, 3, 0, 1, 0, 2, 0, 2, 0, 2, 0, 60, 0, 1,
		},
		.record = { 0x17, 0x18, 0x07, 0x08, 6 },
	}, {
		.name = "v9-counters-of-32-bits", .version = V9,
		.item = { COLLECT(BYTES, 32), COLLECT(PACKETS, 32) },
		.template_len = 16, .record_len = 9,
		.template = {
			0x01, 0x02, 0, 3, 0, 1, 0, 4, 0, 2, 0, 4, 0, 60, 0, 1,
		},
		.record = { 0x15, 0x16, 0x17, 0x18, 0x05, 0x06, 0x07, 0x08, 6 },
	}, {
		/* the key determines them: appended, AS numbers before the next hop */
		.name = "v9-as-and-bgp-appended", .version = V9,
		.options = { .as_type = NETSTREAM_AS_ORIGIN, .bgp_nexthop = true },
		.item = { MATCH(SRC_ADDR), MATCH(DST_ADDR) },
		.template_len = 24, .record_len = 56,
		.template = {
			0x01, 0x02, 0, 5,	0, 27, 0, 16,	0, 28, 0, 16,
			0, 16, 0, 4,	0, 17, 0, 4,	0, 63, 0, 16,
		},
		.record = {
			SRC_BYTES, DST_BYTES,
			0, 0, 0xfc, 0x00,	0xfa, 0x56, 0xea, 0x00,
			BGP_BYTES,
		},
	}, {
		.name = "v9-destination-only-appended", .version = V9,
		.options = { .as_type = NETSTREAM_AS_PEER, .bgp_nexthop = true },
		.item = { { .field = F(DST_ADDR), .prefix = 48 } },
		.template_len = 16, .record_len = 36,
		.template = {
			0x01, 0x02, 0, 3,	0, 28, 0, 16,
			0, 17, 0, 4,	0, 63, 0, 16,
		},
		.record = { DST_BYTES, 0xfa, 0x56, 0xea, 0x00, BGP_BYTES },
	}, {
		/* nothing to determine them by, and matched already */
		.name = "v9-nothing-appended", .version = V9,
		.options = { .as_type = NETSTREAM_AS_ORIGIN, .bgp_nexthop = true },
		.item = { MATCH(DST_AS), MATCH(PROTOCOL) },
		.template_len = 16, .record_len = 6,
		.template = {
			0x01, 0x02, 0, 3, 0, 17, 0, 4, 0, 4, 0, 1, 0, 60, 0, 1,
		},
		.record = { 0xfa, 0x56, 0xea, 0x00, 6, 6 },
	}, {
		.name = "v9-appended-once", .version = V9,
		.options = { .as_type = NETSTREAM_AS_ORIGIN },
		.item = { MATCH(SRC_AS), MATCH(SRC_ADDR) },
		.template_len = 12, .record_len = 20,
		.template = { 0x01, 0x02, 0, 2, 0, 16, 0, 4, 0, 27, 0, 16 },
		.record = { 0, 0, 0xfc, 0x00, SRC_BYTES },
	}, {
		.name = "v9-flow-label-of-3-bytes", .version = V9,
		.item = { MATCH(FLOW_LABEL), MATCH(SRC_ADDR) },
		.template_len = 12, .record_len = 19,
		.template = { 0x01, 0x02, 0, 2, 0, 31, 0, 3, 0, 27, 0, 16 },
		.record = { 0x0a, 0xbc, 0xde, SRC_BYTES },
	}, {
		/* less than 4 bytes would be taken for padding of the set */
		.name = "v9-padded", .version = V9,
		.item = { MATCH(PROTOCOL) },
		.template_len = 16, .record_len = 4,
		.template = {
			0x01, 0x02, 0, 3, 0, 4, 0, 1, 0, 60, 0, 1, 0, 210, 0, 2,
		},
		.record = { 6, 6, 0, 0 },
	}, {
		.name = "ipfix-padded", .version = IPFIX,
		.item = { MATCH(SRC_PORT) },
		.template_len = 16, .record_len = 4,
		.template = {
			0x01, 0x02, 0, 3, 0, 7, 0, 2, 0, 60, 0, 1, 0, 210, 0, 1,
		},
		.record = { 0x12, 0x34, 6, 0 },
	}, {
		/* its own place is kept, and it is there once */
		.name = "v9-version-collected", .version = V9,
		.item = { COLLECT(IP_VERSION, 0), MATCH(SRC_PORT), MATCH(TOS) },
		.template_len = 16, .record_len = 4,
		.template = {
			0x01, 0x02, 0, 3, 0, 60, 0, 1, 0, 7, 0, 2, 0, 5, 0, 1,
		},
		.record = { 6, 0x12, 0x34, 0xb9 },
	}, {
		.name = "v9-type-and-code-appended", .version = V9,
		.item = { MATCH(DST_PORT), MATCH(PROTOCOL), MATCH(SRC_ADDR) },
		.template_len = 20, .record_len = 21,
		.template = {
			0x01, 0x02, 0, 4, 0, 11, 0, 2, 0, 4, 0, 1, 0, 27, 0, 16,
			0, 32, 0, 2,
		},
		.record = { 0x56, 0x78, 6, SRC_BYTES, 0x80, 0x01 },
	}, {
		.name = "ipfix-type-and-code-appended", .version = IPFIX,
		.item = { MATCH(DST_PORT), MATCH(PROTOCOL), MATCH(SRC_ADDR) },
		.template_len = 20, .record_len = 21,
		.template = {
			0x01, 0x02, 0, 4, 0, 11, 0, 2, 0, 4, 0, 1, 0, 27, 0, 16,
			0, 139, 0, 2,
		},
		.record = { 0x56, 0x78, 6, SRC_BYTES, 0x80, 0x01 },
	}, {
		/* without the protocol nobody knows what the port is */
		.name = "v9-port-alone", .version = V9,
		.item = { MATCH(DST_PORT), MATCH(SRC_ADDR) },
		.template_len = 12, .record_len = 18,
		.template = { 0x01, 0x02, 0, 2, 0, 11, 0, 2, 0, 27, 0, 16 },
		.record = { 0x56, 0x78, SRC_BYTES },
	}, {
		.name = "v9-type-and-code-matched", .version = V9,
		.item = { MATCH(ICMP), MATCH(DST_ADDR) },
		.template_len = 12, .record_len = 18,
		.template = { 0x01, 0x02, 0, 2, 0, 32, 0, 2, 0, 28, 0, 16 },
		.record = { 0x80, 0x01, DST_BYTES },
	}, {
		/* only AS numbers: one that fits, and AS_TRANS for one that does not */
		.name = "v9-as-of-16-bits", .version = V9,
		.options = { .as_mode = NETSTREAM_WIDTH_16 },
		.item = {
			MATCH(SRC_AS), MATCH(DST_AS), MATCH(INPUT_IF),
			MATCH(DST_ADDR),
		},
		.template_len = 20, .record_len = 24,
		.template = {
			0x01, 0x02, 0, 4, 0, 16, 0, 2, 0, 17, 0, 2,
			0, 10, 0, 4, 0, 28, 0, 16,
		},
		.record = { 0xfc, 0x00, 0x5b, 0xa0, 0, 1, 2, 3, DST_BYTES },
	}, {
		/* appended ones, too */
		.name = "ipfix-as-of-16-bits", .version = IPFIX,
		.options = {
			.as_type = NETSTREAM_AS_PEER,
			.as_mode = NETSTREAM_WIDTH_16,
		},
		.item = { MATCH(DST_ADDR) },
		.template_len = 12, .record_len = 18,
		.template = { 0x01, 0x02, 0, 2, 0, 28, 0, 16, 0, 17, 0, 2 },
		.record = { DST_BYTES, 0x5b, 0xa0 },
	}, {
		/* an unknown interface, not another one */
		.name = "v9-indices-of-16-bits", .version = V9,
		.options = { .index_switch = NETSTREAM_WIDTH_16 },
		.item = {
			MATCH(INPUT_IF), COLLECT(OUTPUT_IF, 0), MATCH(DST_AS),
			MATCH(DST_ADDR),
		},
		.template_len = 20, .record_len = 24,
		.template = {
			0x01, 0x02, 0, 4, 0, 10, 0, 2, 0, 14, 0, 2,
			0, 17, 0, 4, 0, 28, 0, 16,
		},
		.record = { 0, 0, 0, 0, 0xfa, 0x56, 0xea, 0x00, DST_BYTES },
	},
};

NST_KUNIT_NAMED(encode_records, encode_records);

static struct nst_template *template_of(struct kunit *test,
					const struct encode_case *c)
{
	struct nst_record_def def = nst_record_original;
	struct nst_template *t;
	struct nst_record *rec;

	if (!c->original) {
		memset(&def, 0, sizeof(def));
		strscpy(def.name, "r", sizeof(def.name));
		memcpy(def.item, c->item, sizeof(c->item));
		while (def.nitems < ITEMS_MAX && def.item[def.nitems].field)
			def.nitems++;
	}
	rec = nst_record_compile(&def);
	KUNIT_ASSERT_NOT_NULL(test, rec);
	t = nst_template_create(rec, c->version, &c->options, 0x0102);
	nst_record_put(rec);
	KUNIT_ASSERT_NOT_NULL(test, t);
	return t;
}

/* Nothing is written behind what was asked for. */
static void expect_untouched(struct kunit *test, const u8 *at, size_t from)
{
	size_t i;

	for (i = from; i < BYTES_MAX; i++)
		KUNIT_EXPECT_EQ(test, 0xaa, at[i]);
}

static void template_bytes(struct kunit *test)
{
	const struct encode_case *c = test->param_value;
	struct nst_template *t = template_of(test, c);
	u8 got[BYTES_MAX];

	memset(got, 0xaa, sizeof(got));
	KUNIT_EXPECT_EQ(test, (size_t)c->template_len,
			nst_encode_template_size(t));
	nst_encode_template(got, t);
	KUNIT_EXPECT_MEMEQ(test, got, c->template, c->template_len);
	expect_untouched(test, got, c->template_len);
	nst_template_put(t);
}

static void record_bytes(struct kunit *test)
{
	const struct encode_case *c = test->param_value;
	struct nst_template *t = template_of(test, c);
	u8 got[BYTES_MAX];

	memset(got, 0xaa, sizeof(got));
	KUNIT_EXPECT_EQ(test, c->record_len, t->length);
	/* wherever it stands in the packet */
	nst_encode_record(got + 1, t, &encode_image);
	KUNIT_EXPECT_MEMEQ(test, got + 1, c->record, c->record_len);
	KUNIT_EXPECT_EQ(test, 0xaa, got[0]);
	expect_untouched(test, got, 1 + c->record_len);
	nst_template_put(t);
}

/* ---------------------------------------------------------------- headers */

static void header_v9(struct kunit *test)
{
	static const u8 want[20] = {
		0, 9, 0x00, 0x1c, 0xfe, 0xdc, 0xba, 0x98, 0x65, 0x53, 0xf1, 0x00,
		0x01, 0x02, 0x03, 0x04, 0, 0, 0, 0xc8,
	};
	u8 got[21] = { [20] = 0xaa };

	KUNIT_EXPECT_EQ(test, (size_t)20, nst_encode_header_size(V9));
	KUNIT_EXPECT_EQ(test, 0, nst_encode_template_set(V9));
	/* the boot clock has gone round: sysUptime is its low 32 bits */
	nst_encode_header(got, V9, 28, 1400, (u32)0x5fedcba98ULL, 0x6553f100,
			  0x01020304, 200);
	KUNIT_EXPECT_MEMEQ(test, got, want, 20);
	KUNIT_EXPECT_EQ(test, 0xaa, got[20]);
}

static void header_ipfix(struct kunit *test)
{
	static const u8 want[16] = {
		0, 10, 0x05, 0x78, 0x65, 0x53, 0xf1, 0x00,
		0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 7,
	};
	u8 got[17] = { [16] = 0xaa };

	KUNIT_EXPECT_EQ(test, (size_t)16, nst_encode_header_size(IPFIX));
	KUNIT_EXPECT_EQ(test, 2, nst_encode_template_set(IPFIX));
	nst_encode_header(got, IPFIX, 28, 1400, 99, 0x6553f100, 0xfffffffe, 7);
	KUNIT_EXPECT_MEMEQ(test, got, want, 16);
	KUNIT_EXPECT_EQ(test, 0xaa, got[16]);
}

static void set_header(struct kunit *test)
{
	static const u8 want[4] = { 0x01, 0x02, 0x05, 0x78 };
	u8 got[4];

	nst_encode_set(got, 258, 1400);
	KUNIT_EXPECT_MEMEQ(test, got, want, 4);
}

/* ----------------------------------------------------------------- images */

struct reason_case {
	const char *name;
	u8 end;
	u8 want;
};

/* flowEndReason of IPFIX: 1 idle, 2 active, 3 end of flow, 4 forced, 5 resources */
static const struct reason_case encode_reasons[] = {
	{ "inactive", NST_END_INACTIVE, 1 },
	{ "active", NST_END_ACTIVE, 2 },
	{ "tcp", NST_END_TCP, 3 },
	{ "overflow", NST_END_OVERFLOW, 2 },
	{ "full", NST_END_FULL, 5 },
	{ "reset", NST_END_RESET, 4 },
	{ "config", NST_END_CONFIG, 4 },
	{ "routes", NST_END_ROUTES, 4 },
};

NST_KUNIT_NAMED(encode_reasons, encode_reasons);

static void image(struct kunit *test)
{
	const struct reason_case *c = test->param_value;
	struct nst_record *rec = nst_record_compile(&nst_record_original);
	struct {
		struct nst_flow flow;
		u64 word[NST_WORDS];
	} f = {
		.flow = {
			.packets = 7, .bytes = 700, .end = c->end,
			.first = 0xfffffff0, .last = 16,
		},
	};
	/* booted 1700000000000 ms after 1970; the clock went round 32 ms ago */
	u64 now = (1ULL << 32) + 20, epoch = 1700000000000ULL;
	struct nst_flow_record img;

	KUNIT_ASSERT_NOT_NULL(test, rec);
	nst_encode_prepare(&img, rec, &f.flow, now, epoch);
	KUNIT_EXPECT_EQ(test, 7ULL, img.packets);
	KUNIT_EXPECT_EQ(test, 700ULL, img.bytes);
	/* from 2^31 on, so that the wrap is not between them */
	KUNIT_EXPECT_EQ(test, 0x7ffffff0U, img.first);
	KUNIT_EXPECT_EQ(test, 0x80000010U, img.last);
	KUNIT_EXPECT_EQ(test, 1704294967280ULL, img.first_unix);
	KUNIT_EXPECT_EQ(test, 1704294967312ULL, img.last_unix);
	KUNIT_EXPECT_EQ(test, c->want, img.end_reason);
	nst_record_put(rec);
}

/* ------------------------------------------------------------------ parts */

struct part_case {
	const char *name;
	u8 width;
	u64 packets;
	u64 bytes;
	u32 parts;
};

static const struct part_case encode_parts[] = {
	{ "fits-16", 16, 65535, 65535, 1 },
	{ "one-packet-too-many", 16, 65536, 100, 2 },
	{ "one-byte-too-many", 16, 3, 65536, 2 },
	{ "ten-parts", 16, 1, 655350, 10 },
	{ "a-super-packet", 16, 31, 471720, 8 },
	{ "both-too-many", 16, 200000, 100000, 4 },
	{ "fits-32", 32, 0xffffffffULL, 0xffffffffULL, 1 },
	{ "more-than-32", 32, 1, 0x100000000ULL, 2 },
	{ "64-holds-all", 64, U64_MAX, U64_MAX, 1 },
	{ "empty", 16, 0, 0, 1 },
};

NST_KUNIT_NAMED(encode_parts, encode_parts);

static void parts(struct kunit *test)
{
	const struct part_case *c = test->param_value;
	const struct encode_case e = {
		.version = V9,
		.item = { COLLECT(PACKETS, c->width), COLLECT(BYTES, c->width) },
	};
	struct nst_template *t = template_of(test, &e);
	u64 max = c->width == 64 ? U64_MAX : (1ULL << c->width) - 1;
	struct nst_flow_record rest = encode_image, part;
	u64 packets = 0, bytes = 0;
	u32 n = 0;

	/* in proportion: none has all of the packets and another all of the bytes */
	u64 packets_share = div_u64(c->packets, c->parts);
	u64 bytes_share = div_u64(c->bytes, c->parts);
	bool more;

	rest.packets = c->packets;
	rest.bytes = c->bytes;
	do {
		more = nst_encode_part(&part, &rest, t);
		KUNIT_EXPECT_LE(test, part.packets, max);
		KUNIT_EXPECT_LE(test, part.bytes, max);
		KUNIT_EXPECT_LE(test, part.packets - packets_share, 1ULL);
		KUNIT_EXPECT_LE(test, part.bytes - bytes_share, 1ULL);
		KUNIT_EXPECT_EQ(test, encode_image.first, part.first);
		packets += part.packets;
		bytes += part.bytes;
	} while (++n < 100 && more);
	KUNIT_EXPECT_EQ(test, c->parts, n);
	KUNIT_EXPECT_EQ(test, c->packets, packets);
	KUNIT_EXPECT_EQ(test, c->bytes, bytes);
	nst_template_put(t);
}

/* ------------------------------------------------------------- accumulated */

/* What accumulates is a 64-bit number, written as long as the element is. */
static void folded_bytes(struct kunit *test)
{
	static const u8 want[] = { 0x2b, 0x00, 0x00, 0xff, 6 };
	static const struct nst_record_def def = {
		.name = "r", .nitems = 2,
		.item = { COLLECT(TOS, 0), COLLECT(FLOW_LABEL, 0) },
	};
	struct nst_record *rec = nst_record_compile(&def);
	struct nst_flow_record values = encode_image, part;
	const struct nst_template_options options = {};
	struct nst_field sum = nst_field[F(FLOW_LABEL)];
	struct nst_template *t;
	u8 got[sizeof(want)];

	KUNIT_ASSERT_NOT_NULL(test, rec);
	nst_record_add_fold(&rec->words, F(TOS), &nst_field[F(TOS)]);
	sum.fold = NST_FOLD_SUM;
	nst_record_add_fold(&rec->words, F(FLOW_LABEL), &sum);
	t = nst_template_create(rec, V9, &options, 256);
	nst_record_put(rec);
	KUNIT_ASSERT_NOT_NULL(test, t);
	KUNIT_ASSERT_EQ(test, sizeof(want), (size_t)t->length);
	values.folded[0] = 0x2b;
	values.folded[1] = 0xff;
	nst_encode_record(got, t, &values);
	KUNIT_EXPECT_MEMEQ(test, got, want, sizeof(want));
	/* a flow in two data records has its sum in the first */
	nst_encode_part(&part, &values, t);
	KUNIT_EXPECT_EQ(test, 0xffULL, part.folded[1]);
	KUNIT_EXPECT_EQ(test, 0x2bULL, values.folded[0]);
	KUNIT_EXPECT_EQ(test, 0ULL, values.folded[1]);
	nst_template_put(t);
}

/* What two bytes hold, and the first value that they do not. */
static void short_numbers(struct kunit *test)
{
	static const struct nst_record_def def = {
		.name = "r", .nitems = 4,
		.item = {
			MATCH(SRC_AS), MATCH(DST_AS),
			MATCH(INPUT_IF), MATCH(OUTPUT_IF),
		},
	};
	static const struct nst_template_options options = {
		.as_mode = NETSTREAM_WIDTH_16,
		.index_switch = NETSTREAM_WIDTH_16,
	};
	static const u8 want[] = { 0xff, 0xff, 0x5b, 0xa0, 0xff, 0xff, 0, 0, 6 };
	struct nst_record *rec = nst_record_compile(&def);
	struct nst_flow_record values = encode_image;
	struct nst_template *t;
	u8 got[sizeof(want)];

	KUNIT_ASSERT_NOT_NULL(test, rec);
	t = nst_template_create(rec, IPFIX, &options, 256);
	nst_record_put(rec);
	KUNIT_ASSERT_NOT_NULL(test, t);
	KUNIT_ASSERT_EQ(test, sizeof(want), (size_t)t->length);
	values.f.src_as = 65535;
	values.f.dst_as = 65536;
	values.f.input_if = 65535;
	values.f.output_if = 65536;
	nst_encode_record(got, t, &values);
	KUNIT_EXPECT_MEMEQ(test, got, want, sizeof(want));
	nst_template_put(t);
}

static struct kunit_case encode_cases[] = {
	KUNIT_CASE_PARAM(template_bytes, encode_records_gen_params),
	KUNIT_CASE_PARAM(record_bytes, encode_records_gen_params),
	KUNIT_CASE(header_v9),
	KUNIT_CASE(header_ipfix),
	KUNIT_CASE(set_header),
	KUNIT_CASE_PARAM(image, encode_reasons_gen_params),
	KUNIT_CASE_PARAM(parts, encode_parts_gen_params),
	KUNIT_CASE(folded_bytes),
	KUNIT_CASE(short_numbers),
	{}
};

static struct kunit_suite encode_suite = {
	.name = "encode",
	.test_cases = encode_cases,
};

kunit_test_suite(encode_suite);

MODULE_DESCRIPTION("KUnit suite: encode");
MODULE_LICENSE("GPL");
