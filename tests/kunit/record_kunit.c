// SPDX-License-Identifier: GPL-2.0
/*
 * Record: fields -> masked key.
 */
#include "nst_kunit.h"

#include <linux/random.h>
#include <net/ipv6.h>

#include "field.c"
#include "account.c"
#include "record.c"

#define F(_field)	NETSTREAM_FIELD_##_field
#define MATCH(_field)	{ .field = F(_field), .prefix = 128 }
#define PREFIX(_field, _bits) { .field = F(_field), .prefix = (_bits) }
#define COLLECT(_field, _width) \
	{ .field = F(_field), .width = (_width), .collect = true }

#define ITEMS_MAX	8

/* What a record keeps of a packet of which every byte is 0xff. */
struct record_case {
	const char *name;
	struct nst_item item[ITEMS_MAX];
	/* bytes of struct nst_fields that are in the key, [from, to) */
	u16 key[6][2];
	/* bits of the byte at .key[0][1] */
	u8 odd;
	u8 nkey;
	u8 nkept;
	u32 needs;
	u8 made;
	u8 follows;
	bool connection;
	u16 flow_size;
};

/* bytes of slot are in every key: 44 and 45 */
#define SLOT { 39, 40 }

static const struct record_case record_keys[] = {
	{
		.name = "nothing-but-slot", .key = { SLOT }, .nkey = 2,
		.flow_size = 64,
	}, {
		.name = "source-address", .item = { MATCH(SRC_ADDR) },
		.key = { { 0, 16 }, SLOT }, .nkey = 4, .flow_size = 128,
	}, {
		.name = "source-prefix-64", .item = { PREFIX(SRC_ADDR, 64) },
		.key = { { 0, 8 }, SLOT }, .nkey = 2, .flow_size = 64,
	}, {
		.name = "source-prefix-65", .item = { PREFIX(SRC_ADDR, 65) },
		.key = { { 0, 8 }, SLOT }, .odd = 0x80, .nkey = 4,
		.flow_size = 128,
	}, {
		.name = "destination-prefix-48", .item = { PREFIX(DST_ADDR, 48) },
		.key = { { 16, 22 }, SLOT }, .nkey = 2, .flow_size = 64,
	}, {
		.name = "destination-prefix-1", .item = { PREFIX(DST_ADDR, 1) },
		.key = { { 16, 16 }, SLOT }, .odd = 0x80, .nkey = 2,
		.flow_size = 64,
	}, {
		.name = "destination-prefix-127", .item = { PREFIX(DST_ADDR, 127) },
		.key = { { 16, 31 }, SLOT }, .odd = 0xfe, .nkey = 4,
		.flow_size = 128,
	}, {
		.name = "ports-and-protocol",
		.item = { MATCH(SRC_PORT), MATCH(DST_PORT), MATCH(PROTOCOL) },
		.key = { { 32, 37 }, SLOT }, .nkey = 2, .flow_size = 64,
	}, {
		.name = "class-direction-flags",
		.item = { MATCH(TOS), MATCH(DIRECTION), MATCH(TCP_FLAG) },
		.key = { { 37, 39 }, SLOT, { 78, 79 } }, .nkey = 2,
		.flow_size = 64,
	}, {
		.name = "interfaces-and-label",
		.item = { MATCH(INPUT_IF), MATCH(OUTPUT_IF), MATCH(FLOW_LABEL) },
		.key = { SLOT, { 40, 44 }, { 48, 56 } }, .nkey = 4,
		.flow_size = 128,
	}, {
		.name = "vlans",
		.item = { MATCH(SRC_VLAN), MATCH(DST_VLAN) },
		.key = { { 72, 76 }, SLOT }, .nkey = 2,
		.needs = NST_NEEDS_VLAN, .flow_size = 64,
	}, {
		.name = "source-vlan-alone",
		.item = { MATCH(SRC_VLAN) },
		.key = { { 72, 74 }, SLOT }, .nkey = 2,
		.needs = NST_NEEDS_VLAN, .flow_size = 64,
	}, {
		.name = "masks",
		.item = { MATCH(SRC_MASK), MATCH(DST_MASK) },
		.key = { { 76, 78 }, SLOT }, .nkey = 2,
		.needs = NST_NEEDS_SRC_MASK | NST_NEEDS_DST_MASK,
		.flow_size = 64,
	}, {
		.name = "as-and-next-hops",
		.item = { MATCH(SRC_AS), MATCH(DST_AS), MATCH(NEXT_HOP),
			  MATCH(BGP_NEXT_HOP) },
		.key = { SLOT, { 56, 72 }, { 80, 104 } }, .nkey = 6,
		.needs = NST_NEEDS_ROUTES | NST_NEEDS_NEXT_HOP, .flow_size = 128,
	}, {
		.name = "type-and-code",
		.item = { MATCH(ICMP), MATCH(DST_PORT) },
		.key = { { 34, 36 }, SLOT, { 104, 106 } }, .nkey = 2,
		.needs = NST_NEEDS_ICMP, .flow_size = 64,
	}, {
		/* the value follows from port and protocol */
		.name = "type-and-code-and-port",
		.item = { MATCH(ICMP), MATCH(DST_PORT), MATCH(PROTOCOL) },
		.key = { { 34, 37 }, SLOT }, .nkey = 2, .flow_size = 64,
	}, {
		.name = "collected-type-and-code",
		.item = { MATCH(PROTOCOL), COLLECT(ICMP, 0) },
		.key = { { 36, 37 }, SLOT }, .nkey = 2, .nkept = 1,
		.needs = NST_NEEDS_ICMP, .flow_size = 128,
	}, {
		.name = "connection",
		.item = { MATCH(SRC_ADDR), MATCH(DST_ADDR), MATCH(SRC_PORT),
			  MATCH(DST_PORT), MATCH(PROTOCOL) },
		.key = { { 0, 37 }, SLOT }, .nkey = 6, .connection = true,
		.flow_size = 128,
	}, {
		/* one bit of an address less is an aggregate */
		.name = "not-quite-a-connection",
		.item = { PREFIX(SRC_ADDR, 127), MATCH(DST_ADDR),
			  MATCH(SRC_PORT), MATCH(DST_PORT), MATCH(PROTOCOL) },
		.key = { { 0, 15 }, { 16, 37 }, SLOT }, .odd = 0xfe, .nkey = 6,
		.flow_size = 128,
	}, {
		.name = "collected-next-hop-is-kept",
		.item = { MATCH(DST_ADDR), COLLECT(NEXT_HOP, 0) },
		.key = { { 16, 32 }, SLOT }, .nkey = 4, .nkept = 2,
		.needs = NST_NEEDS_NEXT_HOP, .flow_size = 128,
	}, {
		.name = "collected-interface-is-kept",
		.item = { MATCH(FLOW_LABEL), COLLECT(OUTPUT_IF, 0) },
		.key = { SLOT, { 52, 56 } }, .nkey = 2, .nkept = 1,
		.flow_size = 128,
	}, {
		.name = "headers",
		.item = { MATCH(NEXT_HEADER), MATCH(HOP_LIMIT), MATCH(LENGTH),
			  MATCH(TCP_ACK) },
		.key = { SLOT, { 112, 114 }, { 120, 122 }, { 148, 152 } }, .nkey = 4,
		.needs = NST_NEEDS_DETAIL | NST_NEEDS_CHAIN, .flow_size = 128,
	}, {
		.name = "ipv6-header",
		.item = { MATCH(HOP_LIMIT), COLLECT(NEXT_HEADER, 0),
			  COLLECT(MIN_LENGTH, 0), COLLECT(MAX_HOP_LIMIT, 0) },
		.key = { SLOT, { 113, 114 } }, .nkey = 2, .nkept = 1,
		.needs = NST_NEEDS_DETAIL, .flow_size = 128,
	}, {
		.name = "collected-headers",
		.item = { MATCH(DSCP), COLLECT(HOP_LIMIT, 0), COLLECT(MIN_HOP_LIMIT, 0),
			  COLLECT(EXTENSIONS, 0), COLLECT(MAX_LENGTH, 0) },
		.key = { SLOT, { 114, 115 } }, .nkey = 2, .nkept = 1,
		.needs = NST_NEEDS_DETAIL | NST_NEEDS_CHAIN, .flow_size = 128,
	}, {
		.name = "vrf-and-flow-id",
		.item = { MATCH(VRF), COLLECT(VRF_NAME, 0), COLLECT(FLOW_ID, 0) },
		.key = { SLOT, { 160, 164 } }, .nkey = 2, .nkept = 3,
		.needs = NST_NEEDS_VRF_ID | NST_NEEDS_FLOW_ID, .flow_size = 128,
	}, {
		.name = "frames-and-translation",
		.item = { MATCH(SRC_MAC), MATCH(POST_DST_ADDR), COLLECT(POST_SRC_PORT, 0),
			  COLLECT(DST_MAC, 0) },
		.key = { SLOT, { 184, 190 }, { 224, 240 } }, .nkey = 4, .nkept = 2,
		.needs = NST_NEEDS_MAC | NST_NEEDS_NAT, .flow_size = 128,
	}, {
		/* tags share words with MAC addresses */
		.name = "tags-and-ports",
		.item = { MATCH(DOT1Q_VLAN), MATCH(INPUT_PORT), COLLECT(OUTPUT_PORT, 0),
			  COLLECT(POST_DST_MAC, 0), COLLECT(POST_DOT1Q_CUSTOMER, 0) },
		.key = { SLOT, { 190, 192 }, { 244, 248 } }, .nkey = 4, .nkept = 2,
		.needs = NST_NEEDS_MAC | NST_NEEDS_DOT1Q | NST_NEEDS_PORT,
		.flow_size = 128,
	}, {
		/* 48 + 2 * 8 bytes are one cache line; a word alone gets another, without bits */
		.name = "few-words",
		.item = { MATCH(PROTOCOL) },
		.key = { { 36, 37 }, SLOT }, .nkey = 2, .flow_size = 64,
	}, {
		/* 48 + 10 * 8 bytes are two cache lines */
		.name = "ten-words",
		.item = { MATCH(SRC_ADDR), MATCH(DST_ADDR), MATCH(SRC_PORT),
			  MATCH(OUTPUT_IF), MATCH(SRC_VLAN),
			  COLLECT(NEXT_HOP, 0) },
		.key = { { 0, 34 }, SLOT, { 48, 52 }, { 72, 74 } }, .nkey = 8,
		.nkept = 2, .needs = NST_NEEDS_NEXT_HOP | NST_NEEDS_VLAN,
		.flow_size = 128,
	}, {
		/* one more, and they take a third */
		.name = "many-words",
		.item = { MATCH(SRC_ADDR), MATCH(DST_ADDR), MATCH(SRC_PORT),
			  MATCH(INPUT_IF), MATCH(OUTPUT_IF), MATCH(SRC_VLAN),
			  MATCH(SRC_AS), COLLECT(NEXT_HOP, 0) },
		.key = { { 0, 34 }, SLOT, { 40, 48 }, { 48, 52 }, { 72, 74 } },
		.nkey = 8, .nkept = 3,
		.needs = NST_NEEDS_NEXT_HOP | NST_NEEDS_VLAN |
			 NST_NEEDS_ROUTE_TABLE,
		.flow_size = 192, .made = NST_ROUTES_SRC_AS,
		.follows = NST_ROUTES_SRC_AS,
	}, {
		/* the addresses say what they are, so which table is in the key instead */
		.name = "as-and-addresses",
		.item = { MATCH(SRC_ADDR), MATCH(DST_ADDR), MATCH(SRC_AS),
			  MATCH(DST_AS), MATCH(BGP_NEXT_HOP) },
		.key = { { 0, 32 }, SLOT, { 44, 48 } }, .nkey = 6, .nkept = 3,
		.needs = NST_NEEDS_ROUTE_TABLE, .flow_size = 128,
		.made = NST_ROUTES_SRC_AS | NST_ROUTES_DST_AS | NST_ROUTES_NEXT_HOP,
		.follows = NST_ROUTES_SRC_AS | NST_ROUTES_DST_AS |
			   NST_ROUTES_NEXT_HOP,
	}, {
		/* addresses of a prefix may be of different ASes */
		.name = "as-and-prefix",
		.item = { PREFIX(SRC_ADDR, 127), MATCH(SRC_AS) },
		.key = { { 0, 15 }, SLOT, { 80, 84 } }, .odd = 0xfe, .nkey = 4,
		.needs = NST_NEEDS_ROUTES, .flow_size = 128,
	}, {
		.name = "as-of-the-other-address",
		.item = { MATCH(SRC_ADDR), MATCH(DST_AS), MATCH(SRC_AS) },
		.key = { { 0, 16 }, SLOT, { 44, 48 }, { 84, 88 } }, .nkey = 6,
		.nkept = 1, .needs = NST_NEEDS_ROUTES | NST_NEEDS_ROUTE_TABLE,
		.flow_size = 128, .made = NST_ROUTES_SRC_AS,
		.follows = NST_ROUTES_SRC_AS,
	}, {
		.name = "source-cut-to-its-route",
		.item = { PREFIX(SRC_ADDR, NETSTREAM_PREFIX_ROUTE) },
		.key = { SLOT, { 76, 77 }, { 264, 280 } }, .nkey = 4, .nkept = 1,
		.needs = NST_NEEDS_SRC_MASK | NST_NEEDS_PREFIX,
		.flow_size = 128, .made = NST_ROUTES_SRC_AS,
	}, {
		.name = "destination-cut-to-its-route",
		.item = { PREFIX(DST_ADDR, NETSTREAM_PREFIX_ROUTE) },
		.key = { SLOT, { 77, 78 }, { 280, 296 } }, .nkey = 4, .nkept = 3,
		.needs = NST_NEEDS_DST_MASK | NST_NEEDS_PREFIX,
		.flow_size = 128, .made = NST_ROUTES_DST_AS | NST_ROUTES_NEXT_HOP,
	}, {
		/* what is matched is looked up for each packet */
		.name = "source-cut-to-its-route-and-as",
		.item = { PREFIX(SRC_ADDR, NETSTREAM_PREFIX_ROUTE), MATCH(SRC_AS) },
		.key = { SLOT, { 76, 77 }, { 80, 84 }, { 264, 280 } }, .nkey = 6,
		.needs = NST_NEEDS_SRC_MASK | NST_NEEDS_PREFIX | NST_NEEDS_ROUTES,
		.flow_size = 128,
	}, {
		.name = "cut-addresses-are-no-connection",
		.item = { PREFIX(SRC_ADDR, NETSTREAM_PREFIX_ROUTE), MATCH(DST_ADDR),
			  MATCH(SRC_PORT), MATCH(DST_PORT), MATCH(PROTOCOL) },
		.key = { { 16, 37 }, SLOT, { 76, 77 }, { 264, 280 } }, .nkey = 6, .nkept = 1,
		.needs = NST_NEEDS_SRC_MASK | NST_NEEDS_PREFIX,
		.flow_size = 128, .made = NST_ROUTES_SRC_AS,
	}, {
		.name = "bgp-next-hop-of-first-packet",
		.item = { MATCH(TOS), COLLECT(BGP_NEXT_HOP, 0) },
		.key = { { 37, 38 }, SLOT }, .nkey = 2, .nkept = 2,
		.flow_size = 128, .made = NST_ROUTES_NEXT_HOP,
	},
};

NST_KUNIT_NAMED(record_keys, record_keys);

static void def_of(struct nst_record_def *def, const struct record_case *c)
{
	memset(def, 0, sizeof(*def));
	strscpy(def->name, c->name, sizeof(def->name));
	memcpy(def->item, c->item, sizeof(c->item));
	while (def->nitems < ITEMS_MAX && def->item[def->nitems].field)
		def->nitems++;
}

static void key_case(struct kunit *test)
{
	const struct record_case *c = test->param_value;
	u8 want[sizeof(struct nst_fields)] = {};
	u64 got[NST_WORDS] = {};
	struct nst_record_def def;
	struct nst_record *rec;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(c->key); i++)
		memset(want + c->key[i][0], 0xff, c->key[i][1] - c->key[i][0]);
	if (c->odd)
		want[c->key[0][1]] = c->odd;

	def_of(&def, c);
	rec = nst_record_compile(&def);
	KUNIT_ASSERT_NOT_NULL(test, rec);
	for (i = 0; i < rec->words.nkey; i++) {
		if (i == rec->words.nkey - 1 && !rec->words.key_mask[i])
			break;
		if (i)
			KUNIT_EXPECT_GT(test, rec->words.key_word[i],
					rec->words.key_word[i - 1]);
		got[rec->words.key_word[i]] = rec->words.key_mask[i];
	}
	KUNIT_EXPECT_MEMEQ(test, (u8 *)got, want, sizeof(want));
	KUNIT_EXPECT_EQ(test, c->nkey, rec->words.nkey);
	KUNIT_EXPECT_EQ(test, c->nkept, rec->words.nkept);
	KUNIT_EXPECT_EQ(test, c->needs, rec->needs);
	KUNIT_EXPECT_EQ(test, c->made, rec->made);
	KUNIT_EXPECT_EQ(test, c->follows, rec->follows);
	KUNIT_EXPECT_EQ(test, c->connection, rec->connection);
	KUNIT_EXPECT_EQ(test, (unsigned int)c->flow_size, rec->flow_size);
	KUNIT_EXPECT_FALSE(test, rec->original);
	nst_record_put(rec);
}

/* Two cache lines: six words of key; output interface and flow label, next hop. */
static void original(struct kunit *test)
{
	struct nst_record *rec = nst_record_compile(&nst_record_original);

	KUNIT_ASSERT_NOT_NULL(test, rec);
	KUNIT_EXPECT_TRUE(test, rec->original);
	KUNIT_EXPECT_TRUE(test, rec->connection);
	KUNIT_EXPECT_EQ(test, 6, rec->words.nkey);
	KUNIT_EXPECT_EQ(test, 3, rec->words.nkept);
	KUNIT_EXPECT_FALSE(test, rec->narrow);
	KUNIT_EXPECT_EQ(test, 128U, rec->flow_size);
	KUNIT_EXPECT_EQ(test, U64_MAX, rec->max_packets);
	KUNIT_EXPECT_EQ(test, U64_MAX, rec->max_bytes);
	nst_record_put(rec);
}

struct width_case {
	const char *name;
	u8 width;
	u64 limit;
};

/* Four fifths of what fits: 65535 and 4294967295. */
static const struct width_case record_widths[] = {
	{ "16", 16, 52428 },
	{ "32", 32, 3435973836ULL },
	{ "64", 64, U64_MAX },
};

NST_KUNIT_NAMED(record_widths, record_widths);

static void width(struct kunit *test)
{
	const struct width_case *c = test->param_value;
	struct nst_record_def def = {
		.name = "w", .nitems = 2,
		.item = { COLLECT(PACKETS, c->width), COLLECT(BYTES, c->width) },
	};
	struct nst_record *rec = nst_record_compile(&def);

	KUNIT_ASSERT_NOT_NULL(test, rec);
	KUNIT_EXPECT_EQ(test, c->limit, rec->max_packets);
	KUNIT_EXPECT_EQ(test, c->limit, rec->max_bytes);
	nst_record_put(rec);
}

struct same_case {
	const char *name;
	struct nst_item a[3];
	struct nst_item b[3];
	bool whole;
};

static const struct same_case record_pairs[] = {
	{
		.name = "equal", .whole = true,
		.a = { MATCH(SRC_ADDR), COLLECT(PACKETS, 32) },
		.b = { MATCH(SRC_ADDR), COLLECT(PACKETS, 32) },
	}, {
		.name = "order-of-keys",
		.a = { MATCH(SRC_ADDR), MATCH(TOS) },
		.b = { MATCH(TOS), MATCH(SRC_ADDR) },
	}, {
		.name = "other-collect",
		.a = { MATCH(SRC_ADDR), COLLECT(PACKETS, 32) },
		.b = { MATCH(SRC_ADDR), COLLECT(BYTES, 32) },
	}, {
		.name = "other-width",
		.a = { MATCH(SRC_ADDR), COLLECT(PACKETS, 32) },
		.b = { MATCH(SRC_ADDR), COLLECT(PACKETS, 64) },
	}, {
		.name = "one-key-more",
		.a = { MATCH(SRC_ADDR) },
		.b = { MATCH(SRC_ADDR), MATCH(TOS) },
	}, {
		.name = "other-prefix",
		.a = { PREFIX(SRC_ADDR, 64) },
		.b = { PREFIX(SRC_ADDR, 48) },
	}, {
		.name = "matched-against-collected",
		.a = { MATCH(TCP_FLAG) },
		.b = { COLLECT(TCP_FLAG, 0) },
	},
};

NST_KUNIT_NAMED(record_pairs, record_pairs);

static void pair_def(struct nst_record_def *def, const struct nst_item *item)
{
	memset(def, 0, sizeof(*def));
	strscpy(def->name, "r", sizeof(def->name));
	for (; def->nitems < 3 && item->field; item++)
		def->item[def->nitems++] = *item;
}

static void same(struct kunit *test)
{
	const struct same_case *c = test->param_value;
	struct nst_record_def a, b;

	pair_def(&a, c->a);
	pair_def(&b, c->b);
	KUNIT_EXPECT_EQ(test, c->whole, nst_record_same(&a, &b));
	KUNIT_EXPECT_EQ(test, c->whole, nst_record_same(&b, &a));
	strscpy(b.description, "another", sizeof(b.description));
	KUNIT_EXPECT_EQ(test, c->whole, nst_record_same(&a, &b));
	strscpy(b.name, "s", sizeof(b.name));
	KUNIT_EXPECT_FALSE(test, nst_record_same(&a, &b));
}

static void matches(struct kunit *test)
{
	static const struct nst_record_def def = {
		.name = "m", .nitems = 3,
		.item = { PREFIX(DST_ADDR, 48), MATCH(PROTOCOL),
			  COLLECT(OUTPUT_IF, 0) },
	};
	u8 prefix = 0;

	KUNIT_EXPECT_TRUE(test, nst_record_matches(&def, F(DST_ADDR), &prefix));
	KUNIT_EXPECT_EQ(test, 48, prefix);
	KUNIT_EXPECT_TRUE(test, nst_record_matches(&def, F(PROTOCOL), NULL));
	KUNIT_EXPECT_FALSE(test, nst_record_matches(&def, F(OUTPUT_IF), NULL));
	KUNIT_EXPECT_FALSE(test, nst_record_matches(&def, F(SRC_ADDR), NULL));
}

/* Times since boot in version 9 are times since 1970 in IPFIX, as START and END are. */
static bool same_time(unsigned int i, unsigned int n)
{
	return (i == F(FIRST) && n == F(START)) || (i == F(LAST) && n == F(END));
}

/* A row for each field, with what the rest of the module counts on. */
static void rows(struct kunit *test)
{
	unsigned int i, n, folds = 0;

	for (i = 1; i <= NETSTREAM_FIELD_MAX; i++) {
		const struct nst_field *f = &nst_field[i];

		KUNIT_ASSERT_NOT_NULL(test, f->name);
		KUNIT_EXPECT_PTR_EQ(test, f, nst_field_find(f->name));
		KUNIT_EXPECT_TRUE(test, f->use & (NST_FIELD_MATCH | NST_FIELD_COLLECT));
		KUNIT_EXPECT_GT(test, f->v9.id, 0);
		KUNIT_EXPECT_GT(test, f->ipfix.id, 0);
		/* only a counter is as wide as the record says */
		KUNIT_EXPECT_EQ(test, !f->v9.length, !!(f->use & NST_FIELD_WIDTH));
		KUNIT_EXPECT_EQ(test, !f->ipfix.length, !!(f->use & NST_FIELD_WIDTH));
		if (f->use & NST_FIELD_MATCH)
			KUNIT_EXPECT_TRUE(test, nst_field_of_packet(f));
		if (f->use & NST_FIELD_PREFIX)
			KUNIT_EXPECT_EQ(test, NST_FIELD_ADDR, (int)f->type);
		if (f->type == NST_FIELD_ADDR)
			KUNIT_EXPECT_EQ(test, 16, (int)f->size);
		else if (f->type == NST_FIELD_NET16)
			KUNIT_EXPECT_EQ(test, 2, (int)f->size);
		else if (f->type == NST_FIELD_TEXT)
			KUNIT_EXPECT_EQ(test, 16, (int)f->size);
		else if (f->type == NST_FIELD_MAC)
			KUNIT_EXPECT_EQ(test, 6, (int)f->size);
		else
			KUNIT_EXPECT_TRUE(test, f->size <= 8 && is_power_of_2(f->size));
		if (f->fold > NST_FOLD_FIRST) {
			folds++;
			KUNIT_EXPECT_EQ(test, NST_FIELD_NUMBER, (int)f->type);
		}
		/* sums need room */
		if (f->fold == NST_FOLD_SUM) {
			KUNIT_EXPECT_EQ(test, 8, (int)f->v9.length);
			KUNIT_EXPECT_EQ(test, 8, (int)f->ipfix.length);
		}
		for (n = i + 1; n <= NETSTREAM_FIELD_MAX; n++) {
			KUNIT_EXPECT_STRNEQ(test, f->name, nst_field[n].name);
			KUNIT_EXPECT_NE(test, f->v9.id, nst_field[n].v9.id);
			if (!same_time(i, n))
				KUNIT_EXPECT_NE(test, f->ipfix.id, nst_field[n].ipfix.id);
		}
	}
	/* a record may collect all of them */
	KUNIT_EXPECT_LE(test, folds, NST_FOLDED_MAX);
	KUNIT_EXPECT_NULL(test, nst_field_find("no-such-field"));
}

/* The words and counters of a flow are unpacked to the fields that they came from. */
static void fields(struct kunit *test)
{
	struct nst_record *rec = nst_record_compile(&nst_record_original);
	const struct nst_words *w = &rec->words;
	struct {
		struct nst_flow flow;
		u64 word[NST_FLOW_WORDS];
	} f = { .flow = { .tcp_flags = 0x1b } };
	struct nst_flow_record values;
	struct nst_fields from, to;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, rec);
	memset(&from, 0x5a, sizeof(from));
	from.input_if = 7;
	from.output_if = 9;
	from.flow_label = 0xabcde;
	for (i = 0; i < w->nkey; i++)
		f.word[i] = from.word[w->key_word[i]] & w->key_mask[i];
	for (i = 0; i < w->nkept; i++)
		f.word[w->nkey + i] = from.word[w->kept_word[i]];
	/* what the flow cannot know must come out as zero */
	memset(&values, 0xff, sizeof(values));
	nst_record_values(rec, &f.flow, &values);
	to = values.f;
	KUNIT_EXPECT_MEMEQ(test, &to.src, &from.src, 16);
	KUNIT_EXPECT_MEMEQ(test, &to.dst, &from.dst, 16);
	KUNIT_EXPECT_EQ(test, 0x5a5a, ntohs(to.sport));
	KUNIT_EXPECT_EQ(test, 0x5a5a, ntohs(to.dport));
	KUNIT_EXPECT_EQ(test, 0x5a, to.protocol);
	KUNIT_EXPECT_EQ(test, 0x5a, to.tos);
	KUNIT_EXPECT_EQ(test, 0x5a, to.direction);
	KUNIT_EXPECT_EQ(test, 0x5a, to.slot);
	KUNIT_EXPECT_MEMEQ(test, &to.next_hop, &from.next_hop, 16);
	KUNIT_EXPECT_EQ(test, 0x1b, to.tcp_flags);
	KUNIT_EXPECT_EQ(test, 7U, to.input_if);
	KUNIT_EXPECT_EQ(test, 9U, to.output_if);
	KUNIT_EXPECT_EQ(test, 0xabcdeU, to.flow_label);
	KUNIT_EXPECT_EQ(test, 0, to.src_vlan | to.dst_vlan);
	KUNIT_EXPECT_EQ(test, 0, to.src_mask | to.dst_mask);
	KUNIT_EXPECT_EQ(test, 0U, to.src_as | to.dst_as);
	KUNIT_EXPECT_TRUE(test, ipv6_addr_any(&to.bgp_next_hop));
	nst_record_put(rec);
}

/* Values that are in no word of the flow: derived from the key, or constant. */
static void derived(struct kunit *test)
{
	static const struct nst_record_def def = {
		.name = "d", .nitems = 2,
		.item = { MATCH(DST_PORT), MATCH(PROTOCOL) },
	};
	struct nst_record *rec = nst_record_compile(&def);
	struct nst_fields key = { .dport = htons(0x8103), .protocol = 58 };
	struct {
		struct nst_flow flow;
		u64 word[NST_FLOW_WORDS];
	} f = {};
	struct nst_flow_record values;

	KUNIT_ASSERT_NOT_NULL(test, rec);
	KUNIT_EXPECT_TRUE(test, rec->has_icmp);
	f.word[0] = key.word[NST_WORD(protocol)];
	nst_record_values(rec, &f.flow, &values);
	KUNIT_EXPECT_EQ(test, 0x8103, values.f.icmp);
	KUNIT_EXPECT_EQ(test, 6, values.ip_version);
	/* a port of another protocol is no type */
	key.protocol = 6;
	f.word[0] = key.word[NST_WORD(protocol)];
	nst_record_values(rec, &f.flow, &values);
	KUNIT_EXPECT_EQ(test, 0, values.f.icmp);
	nst_record_put(rec);
}

/* NST_FIELD_PREP() puts a value where the field is in memory. */
static void lanes(struct kunit *test)
{
	struct nst_fields f = {}, g = {};

	f.protocol = 0x12;
	f.tos = 0x34;
	f.direction = 0x56;
	f.tcp_flags = 0x78;
	f.input_if = 0x9abcdef0;
	f.slot = 0x9a;
	f.output_if = 0x56789abc;
	f.flow_label = 0xdef01;
	g.word[NST_WORD(protocol)] = NST_FIELD_PREP(protocol, 0x12) |
				     NST_FIELD_PREP(tos, 0x34) |
				     NST_FIELD_PREP(direction, 0x56) |
				     NST_FIELD_PREP(slot, 0x9a);
	g.word[NST_WORD(tcp_flags)] = NST_FIELD_PREP(tcp_flags, 0x78);
	g.word[NST_WORD(input_if)] = NST_FIELD_PREP(input_if, 0x9abcdef0);
	g.word[NST_WORD(output_if)] = NST_FIELD_PREP(output_if, 0x56789abc) |
				      NST_FIELD_PREP(flow_label, 0xdef01);
	KUNIT_EXPECT_MEMEQ(test, &g, &f, sizeof(f));
}

/* The packet path computes the hash differently, with the same result as nst_hash(). */
static void hashes_agree(struct kunit *test)
{
	u64 secret[NST_SECRET_WORDS], key[NST_KEY_WORDS];
	struct nst_fields f;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(record_keys); i++) {
		struct nst_record_def def;
		struct nst_record *rec;
		u32 hash;

		get_random_bytes(secret, sizeof(secret));
		get_random_bytes(&f, sizeof(f));
		def_of(&def, &record_keys[i]);
		rec = nst_record_compile(&def);
		KUNIT_ASSERT_NOT_NULL(test, rec);
		hash = nst_record_key(&rec->words, key, &f, secret);
		KUNIT_EXPECT_EQ(test, nst_hash(key, rec->words.nkey, secret), hash);
		KUNIT_EXPECT_TRUE(test, nst_record_is(&rec->words, key, &f));
		nst_record_put(rec);
		KUNIT_EXPECT_EQ(test, nst_hash(f.word, NST_ORIGINAL_KEY, secret),
				nst_hash_original(f.word, secret));
	}
}

static void references(struct kunit *test)
{
	struct nst_record *rec = nst_record_compile(&nst_record_original);

	KUNIT_ASSERT_NOT_NULL(test, rec);
	KUNIT_EXPECT_PTR_EQ(test, rec, nst_record_get(rec));
	KUNIT_EXPECT_EQ(test, 2U, refcount_read(&rec->ref));
	nst_record_put(rec);
	KUNIT_EXPECT_EQ(test, 1U, refcount_read(&rec->ref));
	nst_record_put(rec);
	nst_record_put(NULL);
}

static struct kunit_case record_cases[] = {
	KUNIT_CASE_PARAM(key_case, record_keys_gen_params),
	KUNIT_CASE(original),
	KUNIT_CASE_PARAM(width, record_widths_gen_params),
	KUNIT_CASE_PARAM(same, record_pairs_gen_params),
	KUNIT_CASE(matches),
	KUNIT_CASE(rows),
	KUNIT_CASE(fields),
	KUNIT_CASE(derived),
	KUNIT_CASE(lanes),
	KUNIT_CASE(hashes_agree),
	KUNIT_CASE(references),
	{}
};

static struct kunit_suite record_suite = {
	.name = "record",
	.test_cases = record_cases,
};

kunit_test_suite(record_suite);

MODULE_DESCRIPTION("KUnit suite: record");
MODULE_LICENSE("GPL");
