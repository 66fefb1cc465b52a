// SPDX-License-Identifier: GPL-2.0
/*
 * Meter: the ring of pending packets and the update of flows.  After every
 * step the accounting equation must hold.
 */
#include "nst_kunit.h"

#include <linux/random.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "field.c"
#include "account.c"
#include "record.c"
#include "quota.c"
#include "segment.c"
#include "arrays.c"
#include "table.c"
#include "aging.c"
#include "meter.c"
#include "fake_export.h"

void nst_exporter_init(struct nst_export_pcpu *x, struct nst_sender *s)
{
	memset(x, 0, sizeof(*x));
	INIT_LIST_HEAD(&x->open);
}

void nst_exporter_tick(struct nst_export_pcpu *x, u64 now)
{
	fake.ticks++;
}

/**
 * struct fake_routes - what routes say of addresses
 * @as: AS number of each source; destinations have one more
 * @lookups: calls
 */
static struct {
	u32		as;
	unsigned int	lookups;
} fake_routes;

void nst_route_tables_values(const struct nst_route_tables *tables,
			     struct net *net, u8 what, struct nst_fields *fields)
{
	fake_routes.lookups++;
	if (what & NST_ROUTES_SRC_AS)
		fields->src_as = fake_routes.as;
	if (what & NST_ROUTES_DST_AS)
		fields->dst_as = fake_routes.as + 1;
	if (what & NST_ROUTES_NEXT_HOP)
		fields->bgp_next_hop.s6_addr32[3] = htonl(fake_routes.as);
}

#define F(_field)	NETSTREAM_FIELD_##_field
#define MATCH(_field)	{ .field = F(_field), .prefix = 128 }
#define COLLECT(_field, _width) \
	{ .field = F(_field), .width = (_width), .collect = true }

#define FIN	0x01
#define SYN	0x02
#define RST	0x04
#define ACK	0x10

static const struct nst_record_def meter_connection = {
	.name = "connection", .nitems = 5,
	.item = { MATCH(SRC_ADDR), MATCH(DST_ADDR), MATCH(SRC_PORT),
		  MATCH(DST_PORT), MATCH(PROTOCOL) },
};

static const struct nst_record_def meter_aggregate = {
	.name = "aggregate", .nitems = 1,
	.item = { { .field = F(DST_ADDR), .prefix = 64 } },
};

static const struct nst_record_def meter_narrow = {
	.name = "narrow", .nitems = 3,
	.item = { { .field = F(DST_ADDR), .prefix = 64 }, COLLECT(PACKETS, 16),
		  COLLECT(BYTES, 32) },
};

static const struct nst_record_def meter_immediate = {
	.name = "immediate", .cache = NETSTREAM_CACHE_IMMEDIATE, .nitems = 7,
	.item = { MATCH(SRC_ADDR), MATCH(DST_ADDR), MATCH(SRC_PORT),
		  MATCH(DST_PORT), MATCH(PROTOCOL), COLLECT(PACKETS, 64),
		  COLLECT(BYTES, 64) },
};

static const struct nst_record_def meter_permanent = {
	.name = "permanent", .cache = NETSTREAM_CACHE_PERMANENT, .nitems = 7,
	.item = { MATCH(SRC_ADDR), MATCH(DST_ADDR), MATCH(SRC_PORT),
		  MATCH(DST_PORT), MATCH(PROTOCOL), COLLECT(PACKETS, 64),
		  COLLECT(BYTES, 64) },
};

#define TABLES_MAX	2

struct meter_fixture {
	struct nst_cpu *c;
	struct nst_quota quota;
	struct nst_table *t[TABLES_MAX];
	u64 secret[NST_SECRET_WORDS];
	struct nst_net net;
	u64 packets;	/* sums of all calls of send(), for each record */
	u64 bytes;
};

static int meter_init(struct kunit *test)
{
	struct meter_fixture *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);

	if (!x)
		return -ENOMEM;
	test->priv = x;
	fake_reset();
	get_random_bytes(x->secret, sizeof(x->secret));
	nst_quota_init(&x->quota, 10000);
	x->c = vzalloc(sizeof(*x->c));
	if (!x->c)
		return -ENOMEM;
	memset(&fake_routes, 0, sizeof(fake_routes));
	nst_meter_init(x->c, &x->net, 0, NULL);
	/* the tests set the time */
	x->c->armed = true;
	return 0;
}

static void meter_exit(struct kunit *test)
{
	struct meter_fixture *x = test->priv;
	unsigned int i;

	for (i = 0; i < TABLES_MAX; i++)
		if (x->t[i])
			nst_table_free(x->t[i]);
	vfree(x->c);
	/* wait for RCU callbacks of the module, which free chunks */
	rcu_barrier();
}

static struct nst_table *new_table(struct kunit *test,
				   const struct nst_record_def *def)
{
	struct meter_fixture *x = test->priv;
	struct nst_record *rec = nst_record_compile(def);
	unsigned int i = x->t[0] ? 1 : 0;

	KUNIT_ASSERT_NOT_NULL(test, rec);
	x->t[i] = nst_table_create(rec, 10000, &x->quota, x->secret);
	nst_record_put(rec);
	KUNIT_ASSERT_NOT_NULL(test, x->t[i]);
	x->t[i]->inactive = 30000;
	x->t[i]->active = 60000;
	x->t[i]->newest = x->c->next;
	list_add_tail(&x->t[i]->node, &x->c->tables);
	return x->t[i];
}

/* Check the accounting equation. */
static void expect_equation(struct kunit *test)
{
	struct meter_fixture *x = test->priv;
	struct nst_amount sum = fake.amount;
	unsigned int i;

	nst_meter_pending(x->c, &sum);
	for (i = 0; i < TABLES_MAX; i++)
		if (x->t[i])
			nst_amount_add(&sum, &x->t[i]->cached);
	for (i = 0; i < NST_LOST_MAX; i++)
		nst_amount_add(&sum, &x->c->exporter.lost[i]);
	KUNIT_EXPECT_EQ(test, x->packets, x->c->metered.packets);
	KUNIT_EXPECT_EQ(test, x->bytes, x->c->metered.bytes);
	KUNIT_EXPECT_EQ(test, x->packets, sum.packets);
	KUNIT_EXPECT_EQ(test, x->bytes, sum.bytes);
}

static unsigned int pending(struct kunit *test)
{
	struct meter_fixture *x = test->priv;
	unsigned int i, n = 0;

	for (i = 0; i < NST_RING; i++)
		n += !!x->c->ring[i].table;
	return n;
}

static struct nst_pkt *packet(struct kunit *test, u8 key, u8 flags, u32 packets,
			      u32 bytes, u64 now)
{
	struct meter_fixture *x = test->priv;
	struct nst_pkt *pkt = nst_ring_next(x->c);

	memset(pkt, 0, sizeof(*pkt));
	pkt->packets = packets;
	pkt->bytes = bytes;
	pkt->now = now;
	pkt->f.protocol = IPPROTO_TCP;
	pkt->f.tcp_flags = flags;
	pkt->f.dst.s6_addr[7] = key;
	pkt->f.sport = htons(key);
	x->c->aging.now = now;
	return pkt;
}

/* A packet or super-packet of the connection and aggregate that @key stands for. */
static void send_many(struct kunit *test, struct nst_table *t, u8 key, u8 flags,
		      u32 packets, u32 bytes, u64 now)
{
	struct meter_fixture *x = test->priv;

	local_bh_disable();
	nst_meter_packet(x->c, t, packet(test, key, flags, packets, bytes, now));
	local_bh_enable();
	x->packets += packets;
	x->bytes += bytes;
	expect_equation(test);
}

static void send(struct kunit *test, struct nst_table *t, u8 key, u8 flags,
		 u64 now)
{
	send_many(test, t, key, flags, 1, 100, now);
}

static void flush(struct kunit *test)
{
	struct meter_fixture *x = test->priv;

	local_bh_disable();
	nst_meter_flush(x->c);
	local_bh_enable();
	KUNIT_EXPECT_EQ(test, 0U, pending(test));
	expect_equation(test);
}

static bool tick(struct kunit *test, u64 now)
{
	struct meter_fixture *x = test->priv;
	bool done;

	local_bh_disable();
	done = nst_meter_tick(x->c, now);
	local_bh_enable();
	expect_equation(test);
	return done;
}

/* The live flow of a key, or NULL. */
static const struct nst_flow *live(struct nst_table *t, u8 key)
{
	const struct nst_flow *flow;
	u32 i;

	for (i = 0; i < t->fresh; i++) {
		struct nst_flow_record values;

		flow = nst_table_flow(t, i);
		nst_record_values(t->rec, flow, &values);
		if (nst_flow_takes(flow) && values.f.dst.s6_addr[7] == key)
			return flow;
	}
	return NULL;
}

/* --------------------------------------------------------------- the ring */

static void pending_until_flushed(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_connection);
	struct meter_fixture *x = test->priv;
	const struct nst_flow *flow;
	struct nst_amount pending = {};

	send(test, t, 1, SYN, 1000);
	KUNIT_EXPECT_EQ(test, 0U, t->used);
	nst_meter_pending(x->c, &pending);
	KUNIT_EXPECT_EQ(test, 1ULL, pending.packets);
	KUNIT_EXPECT_EQ(test, 100ULL, pending.bytes);
	flush(test);
	KUNIT_EXPECT_EQ(test, 1U, t->used);
	flow = live(t, 1);
	KUNIT_ASSERT_NOT_NULL(test, flow);
	KUNIT_EXPECT_EQ(test, 1ULL, flow->packets);
	KUNIT_EXPECT_EQ(test, 100ULL, flow->bytes);
	KUNIT_EXPECT_EQ(test, 1000U, flow->first);
	KUNIT_EXPECT_EQ(test, 1000U, flow->last);
	KUNIT_EXPECT_EQ(test, SYN, (int)flow->tcp_flags);
	flush(test);
	KUNIT_EXPECT_EQ(test, 1U, t->used);
}

static void ring_is_bounded(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_connection);
	u32 i;

	for (i = 0; i < 200; i++) {
		send(test, t, i, ACK, 1000 + i);
		KUNIT_EXPECT_EQ(test, min_t(u32, i + 1, NST_RING - 1),
				pending(test));
	}
	KUNIT_EXPECT_EQ(test, 200U - (NST_RING - 1), t->used);
	flush(test);
	KUNIT_EXPECT_EQ(test, 200U, t->used);
}

static void burst_is_one_entry(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_connection);
	const struct nst_flow *flow;
	u32 i;

	for (i = 0; i < 50; i++)
		send(test, t, 1, i ? ACK : SYN, 1000 + i);
	KUNIT_EXPECT_EQ(test, 1U, pending(test));
	flush(test);
	flow = live(t, 1);
	KUNIT_ASSERT_NOT_NULL(test, flow);
	KUNIT_EXPECT_EQ(test, 50ULL, flow->packets);
	KUNIT_EXPECT_EQ(test, 5000ULL, flow->bytes);
	KUNIT_EXPECT_EQ(test, 1000U, flow->first);
	KUNIT_EXPECT_EQ(test, 1049U, flow->last);
	KUNIT_EXPECT_EQ(test, SYN | ACK, (int)flow->tcp_flags);
	/* after a flush nothing is left to add to */
	send(test, t, 1, ACK, 2000);
	flush(test);
	KUNIT_EXPECT_EQ(test, 51ULL, flow->packets);
	KUNIT_EXPECT_EQ(test, 1ULL, t->created);
}

/*
 * The same key is pending in an older entry: both packets must be counted in one
 * flow.
 */
static void key_equal_to_pending(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_connection);
	u32 i;

	for (i = 0; i < 30; i++)
		send(test, t, i % 3, ACK, 1000 + i);
	flush(test);
	KUNIT_EXPECT_EQ(test, 3ULL, t->created);
	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_NOT_NULL(test, live(t, i));
		KUNIT_EXPECT_EQ(test, 10ULL, live(t, i)->packets);
		KUNIT_EXPECT_EQ(test, 1000 + i, live(t, i)->first);
		KUNIT_EXPECT_EQ(test, 1027 + i, live(t, i)->last);
	}
}

/*
 * Two records in effect: each packet is counted in both, and bursts are merged in
 * both.
 */
static void two_records(struct kunit *test)
{
	struct nst_table *a = new_table(test, &meter_connection);
	struct nst_table *b = new_table(test, &meter_aggregate);
	u32 i;

	for (i = 0; i < 20; i++) {
		send(test, a, 1, ACK, 1000);
		send(test, b, 1, ACK, 1000);
	}
	KUNIT_EXPECT_EQ(test, 2U, pending(test));
	flush(test);
	KUNIT_EXPECT_EQ(test, 20ULL, live(a, 1)->packets);
	KUNIT_EXPECT_EQ(test, 20ULL, live(b, 1)->packets);
}

/* One packet of connection @i: each record has its own entry. */
static void send_to_both(struct kunit *test, struct nst_table *a,
			 struct nst_table *b, u32 i)
{
	struct meter_fixture *x = test->priv;
	struct nst_pkt *pkt;

	local_bh_disable();
	pkt = packet(test, i % 7, ACK, 1, 100 + i % 7, 1000 + i);
	/*
	 * values that are equal in all packets of a connection, and values that
	 * differ
	 */
	pkt->f.output_if = i % 7;
	pkt->f.next_hop.s6_addr[15] = i % 7;
	pkt->f.src.s6_addr[i % 2 ? 0 : 15] = i % 7;
	nst_meter_packet(x->c, a, pkt);
	nst_meter_packet(x->c, b, pkt);
	local_bh_enable();
	x->packets += 2;
	x->bytes += 2 * (100 + i % 7);
	expect_equation(test);
}

/*
 * Packets of the built-in record are in the ring unchanged, those of others are
 * masked.
 */
static void packet_of_two_records(struct kunit *test)
{
	struct nst_table *a = new_table(test, &nst_record_original);
	struct nst_table *b = new_table(test, &meter_aggregate);
	struct nst_flow_record values;
	u32 i;

	for (i = 0; i < 7 * 6; i++)
		send_to_both(test, a, b, i);
	flush(test);
	/* each key has two source addresses, except the key that is zero */
	KUNIT_EXPECT_EQ(test, 13U, a->used);
	KUNIT_EXPECT_EQ(test, 7U, b->used);
	for (i = 0; i < 7; i++) {
		KUNIT_ASSERT_NOT_NULL(test, live(a, i));
		KUNIT_EXPECT_EQ(test, i ? 3ULL : 6ULL, live(a, i)->packets);
		nst_record_values(a->rec, live(a, i), &values);
		KUNIT_EXPECT_EQ(test, i, values.f.output_if);
		KUNIT_EXPECT_EQ(test, i, (u32)values.f.next_hop.s6_addr[15]);
		KUNIT_EXPECT_EQ(test, ACK, (int)values.f.tcp_flags);
		KUNIT_ASSERT_NOT_NULL(test, live(b, i));
		KUNIT_EXPECT_EQ(test, 6ULL, live(b, i)->packets);
		KUNIT_EXPECT_EQ(test, 6ULL * (100 + i), live(b, i)->bytes);
	}
}

/* ------------------------------------------- what accumulates besides counters */

/* How each way to accumulate is written in the table of fields. */
static const struct nst_field meter_folds[] = {
	{ .fold = NST_FOLD_LAST, .offset = offsetof(struct nst_fields, output_if), .size = 4 },
	{ .fold = NST_FOLD_OR, .offset = offsetof(struct nst_fields, tos), .size = 1 },
	{ .fold = NST_FOLD_MIN, .offset = offsetof(struct nst_fields, src_vlan), .size = 2 },
	{ .fold = NST_FOLD_MAX, .offset = offsetof(struct nst_fields, src_vlan), .size = 2 },
	{ .fold = NST_FOLD_SUM, .offset = offsetof(struct nst_fields, src_as), .size = 4 },
};

/* A table whose flows accumulate all of these. */
static struct nst_table *folding_table(struct kunit *test)
{
	static const struct nst_record_def def = {
		.name = "folds", .nitems = 2,
		.item = { { .field = F(DST_ADDR), .prefix = 64 }, COLLECT(FLOW_LABEL, 0) },
	};
	struct meter_fixture *x = test->priv;
	struct nst_record *rec = nst_record_compile(&def);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, rec);
	for (i = 0; i < ARRAY_SIZE(meter_folds); i++)
		nst_record_add_fold(&rec->words, i + 1, &meter_folds[i]);
	rec->flow_size = 128;
	x->t[0] = nst_table_create(rec, 10000, &x->quota, x->secret);
	nst_record_put(rec);
	KUNIT_ASSERT_NOT_NULL(test, x->t[0]);
	x->t[0]->inactive = 30000;
	x->t[0]->active = 60000;
	x->t[0]->newest = x->c->next;
	list_add_tail(&x->t[0]->node, &x->c->tables);
	return x->t[0];
}

/* A packet whose values all are @value. */
static void send_value(struct kunit *test, struct nst_table *t, u8 key, u8 value)
{
	struct meter_fixture *x = test->priv;
	struct nst_pkt *pkt = packet(test, key, 0, 1, 100, 1000);

	pkt->f.output_if = value;
	pkt->f.tos = value;
	pkt->f.src_vlan = value;
	pkt->f.src_as = value;
	pkt->f.flow_label = value;
	local_bh_disable();
	nst_meter_packet(x->c, t, pkt);
	local_bh_enable();
	x->packets++;
	x->bytes += 100;
	expect_equation(test);
}

static void expect_folded(struct kunit *test, struct nst_table *t, u8 key,
			  u64 first, u64 last, u64 or, u64 min, u64 max, u64 sum)
{
	const struct nst_flow *flow = live(t, key);
	struct nst_flow_record v;

	KUNIT_ASSERT_NOT_NULL(test, flow);
	nst_record_values(t->rec, flow, &v);
	KUNIT_EXPECT_EQ(test, first, (u64)v.f.flow_label);
	KUNIT_EXPECT_EQ(test, last, v.folded[0]);
	KUNIT_EXPECT_EQ(test, or, v.folded[1]);
	KUNIT_EXPECT_EQ(test, min, v.folded[2]);
	KUNIT_EXPECT_EQ(test, max, v.folded[3]);
	KUNIT_EXPECT_EQ(test, sum, v.folded[4]);
}

/* Packets one by one, in a burst, and of two flows in turn. */
static void accumulates(struct kunit *test)
{
	static const u8 values[] = { 9, 4, 64, 32, 17 };
	struct nst_table *t = folding_table(test);
	unsigned int i;

	send_value(test, t, 1, 5);
	flush(test);
	expect_folded(test, t, 1, 5, 5, 5, 5, 5, 5);
	for (i = 0; i < ARRAY_SIZE(values); i++)
		send_value(test, t, 1, values[i]);
	flush(test);
	expect_folded(test, t, 1, 5, 17, 0x7d, 4, 64, 131);
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		send_value(test, t, 2, values[i]);
		send_value(test, t, 1, 1);
	}
	flush(test);
	expect_folded(test, t, 1, 5, 1, 0x7d, 1, 64, 136);
	expect_folded(test, t, 2, 9, 17, 0x7d, 4, 64, 126);
	KUNIT_EXPECT_EQ(test, 11ULL, live(t, 1)->packets);
}

/* A new flow has no values of the previous flow with its key. */
static void accumulates_anew(struct kunit *test)
{
	struct nst_table *t = folding_table(test);

	send_value(test, t, 1, 9);
	flush(test);
	tick(test, 1000 + 40000);
	KUNIT_EXPECT_EQ(test, 1U, fake.n);
	send_value(test, t, 1, 12);
	flush(test);
	expect_folded(test, t, 1, 12, 12, 12, 12, 12, 12);
}

/* A table's newest entry must not take packets after the entry was reused. */
/* ----------------------------------------------------------------- routes */

#define BOTH_AS	(NST_ROUTES_SRC_AS | NST_ROUTES_DST_AS)

static const struct nst_record_def meter_as = {
	.name = "as", .nitems = 5,
	.item = { MATCH(SRC_ADDR), MATCH(DST_ADDR), MATCH(SRC_AS), MATCH(DST_AS),
		  MATCH(BGP_NEXT_HOP) },
};

/* A table of a record in effect whose values of routes are looked up for new flows. */
static struct nst_table *routed_table(struct kunit *test,
				      const struct nst_record_def *def, u8 what)
{
	struct meter_fixture *x = test->priv;
	struct nst_table *t = new_table(test, def);

	t->routes = what;
	x->c->active[x->c->nactive++] = t;
	return t;
}

/* A packet as the hook leaves it for such records: what is not needed is not cleared. */
static void send_routed(struct kunit *test, struct nst_table *t, u8 key, u32 route_table,
			u64 now)
{
	struct meter_fixture *x = test->priv;
	struct nst_pkt *pkt = packet(test, key, 0, 1, 100, now);

	pkt->f.src_as = 0xdead;
	pkt->f.dst_as = 0xbeef;
	memset(&pkt->f.bgp_next_hop, 0xdd, sizeof(pkt->f.bgp_next_hop));
	pkt->f.route_table = route_table;
	local_bh_disable();
	nst_meter_packet(x->c, t, pkt);
	local_bh_enable();
	x->packets++;
	x->bytes += 100;
	flush(test);
}

static void expect_as(struct kunit *test, struct nst_table *t, u8 key, u64 packets,
		      u32 src, u32 dst, u32 hop)
{
	const struct nst_flow *flow = live(t, key);
	struct nst_flow_record values;

	KUNIT_ASSERT_NOT_NULL(test, flow);
	nst_record_values(t->rec, flow, &values);
	KUNIT_EXPECT_EQ(test, packets, flow->packets);
	KUNIT_EXPECT_EQ(test, src, values.f.src_as);
	KUNIT_EXPECT_EQ(test, dst, values.f.dst_as);
	KUNIT_EXPECT_EQ(test, 0U, values.f.bgp_next_hop.s6_addr32[0]);
	KUNIT_EXPECT_EQ(test, hop, ntohl(values.f.bgp_next_hop.s6_addr32[3]));
}

static void routes_once_a_flow(struct kunit *test)
{
	struct nst_table *t = routed_table(test, &meter_as, BOTH_AS | NST_ROUTES_NEXT_HOP);
	unsigned int i;

	fake_routes.as = 7;
	for (i = 0; i < 5; i++) {
		send_routed(test, t, 1, 0, 1000);
		send_routed(test, t, 2, 0, 1000);
	}
	expect_as(test, t, 1, 5, 7, 8, 7);
	expect_as(test, t, 2, 5, 7, 8, 7);
	KUNIT_EXPECT_EQ(test, 2U, fake_routes.lookups);
}

/* A change is seen by the next tick, and costs each flow a lookup; the flow goes on if it is the same. */
static void routes_change(struct kunit *test)
{
	struct nst_table *t = routed_table(test, &meter_as, BOTH_AS | NST_ROUTES_NEXT_HOP);
	struct meter_fixture *x = test->priv;
	u64 now = 1000;

	fake_routes.as = 7;
	tick(test, now);
	send_routed(test, t, 1, 0, now);
	x->net.routes.changes++;
	tick(test, now += NST_TICK_MS);
	send_routed(test, t, 1, 0, now);
	send_routed(test, t, 1, 0, now);
	expect_as(test, t, 1, 3, 7, 8, 7);
	KUNIT_EXPECT_EQ(test, 2U, fake_routes.lookups);
	KUNIT_EXPECT_EQ(test, 0U, fake.n);

	fake_routes.as = 70;
	x->net.routes.changes++;
	/* more often than that nobody looks */
	tick(test, now + 1);
	send_routed(test, t, 1, 0, now);
	expect_as(test, t, 1, 4, 7, 8, 7);
	tick(test, now += NST_TICK_MS);
	send_routed(test, t, 1, 0, now);
	send_routed(test, t, 1, 0, now);
	expect_as(test, t, 1, 2, 70, 71, 70);
	KUNIT_EXPECT_EQ(test, 1U, fake.n);
	KUNIT_EXPECT_EQ(test, 4ULL, fake_last()->flow.packets);
	KUNIT_EXPECT_EQ(test, NST_END_ROUTES, fake_last()->flow.end);
	KUNIT_EXPECT_EQ(test, 1ULL, x->c->ended[NST_END_ROUTES]);
	/* one to compare, one for the new flow */
	KUNIT_EXPECT_EQ(test, 4U, fake_routes.lookups);
	/* and nothing without a change */
	tick(test, now += NST_TICK_MS);
	send_routed(test, t, 1, 0, now);
	KUNIT_EXPECT_EQ(test, 4U, fake_routes.lookups);
}

static void routes_of_several_tables(struct kunit *test)
{
	struct nst_table *t = routed_table(test, &meter_as, BOTH_AS);

	send_routed(test, t, 1, 0, 1000);
	send_routed(test, t, 1, 9, 1000);
	send_routed(test, t, 1, 9, 1000);
	send_routed(test, t, 1, 5, 1000);
	KUNIT_EXPECT_EQ(test, 3U, t->used);
	KUNIT_EXPECT_EQ(test, 3U, fake_routes.lookups);
}

/* The other one is in the key, as it was looked up for the packet. */
static void routes_of_one_address(struct kunit *test)
{
	static const struct nst_record_def def = {
		.name = "one", .nitems = 3,
		.item = { MATCH(DST_ADDR), MATCH(SRC_AS), MATCH(DST_AS) },
	};
	struct nst_table *t = routed_table(test, &def, NST_ROUTES_DST_AS);
	struct meter_fixture *x = test->priv;
	u64 now = 1000;

	fake_routes.as = 3;
	send_routed(test, t, 1, 0, now);
	expect_as(test, t, 1, 1, 0xdead, 4, 0);
	x->net.routes.changes++;
	tick(test, now += NST_TICK_MS);
	send_routed(test, t, 1, 0, now);
	expect_as(test, t, 1, 2, 0xdead, 4, 0);
}

/* What another record's packets are given in the same word does not count. */
static void routes_not_asked_for(struct kunit *test)
{
	static const struct nst_record_def def = {
		.name = "single", .nitems = 2,
		.item = { MATCH(DST_ADDR), MATCH(DST_AS) },
	};
	struct nst_table *t = routed_table(test, &def, NST_ROUTES_DST_AS);

	fake_routes.as = 3;
	send_routed(test, t, 1, 0, 1000);
	expect_as(test, t, 1, 1, 0, 4, 0);
}

/* Without the option in the configuration all are 0. */
static void routes_without_option(struct kunit *test)
{
	struct nst_table *t = routed_table(test, &meter_as, 0);
	struct meter_fixture *x = test->priv;
	u64 now = 1000;

	send_routed(test, t, 1, 0, now);
	x->net.routes.changes++;
	tick(test, now += NST_TICK_MS);
	send_routed(test, t, 1, 0, now);
	expect_as(test, t, 1, 2, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, 0U, fake_routes.lookups);
	/* a commit gives it */
	t->routes = NST_ROUTES_SRC_AS;
	fake_routes.as = 5;
	local_bh_disable();
	nst_meter_reroute(x->c);
	local_bh_enable();
	send_routed(test, t, 1, 0, now);
	expect_as(test, t, 1, 1, 5, 0, 0);
	KUNIT_EXPECT_EQ(test, 1ULL, x->c->ended[NST_END_ROUTES]);
}

/* What the first packet had stays. */
static void route_of_first_packet(struct kunit *test)
{
	static const struct nst_record_def def = {
		.name = "hop", .nitems = 2,
		.item = { { .field = F(DST_ADDR), .prefix = 64 },
			  COLLECT(BGP_NEXT_HOP, 0) },
	};
	struct nst_table *t = routed_table(test, &def, NST_ROUTES_NEXT_HOP);
	struct meter_fixture *x = test->priv;

	fake_routes.as = 3;
	send_routed(test, t, 1, 0, 1000);
	fake_routes.as = 4;
	local_bh_disable();
	nst_meter_reroute(x->c);
	local_bh_enable();
	send_routed(test, t, 1, 0, 1000);
	expect_as(test, t, 1, 2, 0, 0, 3);
	KUNIT_EXPECT_EQ(test, 1U, fake_routes.lookups);
	KUNIT_EXPECT_EQ(test, 0U, fake.n);
}

static void place_in_ring_is_reused(struct kunit *test)
{
	struct nst_table *a = new_table(test, &meter_connection);
	struct nst_table *b = new_table(test, &meter_aggregate);
	u32 i;

	send(test, a, 1, ACK, 1000);
	for (i = 0; i < NST_RING; i++)
		send(test, b, i, ACK, 1000);
	send(test, a, 1, ACK, 1000);
	flush(test);
	KUNIT_EXPECT_EQ(test, 2ULL, live(a, 1)->packets);
	for (i = 0; i < NST_RING; i++)
		KUNIT_EXPECT_EQ(test, 1ULL, live(b, i)->packets);
}

/* The flow that the lookup found has ended before it is updated. */
static void guess_has_ended(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_connection);
	struct meter_fixture *x = test->priv;
	const struct nst_pending *p;
	u32 i;

	send(test, t, 1, ACK, 1000);
	flush(test);
	p = x->c->next;
	send(test, t, 1, ACK, 1001);
	for (i = 0; i < NST_AHEAD; i++)
		send(test, t, 100 + i, ACK, 1001);
	/* looked up, not yet updated */
	KUNIT_ASSERT_PTR_EQ(test, t, p->table);
	KUNIT_ASSERT_PTR_EQ(test, nst_table_flow(t, 0), p->flow);
	nst_aging_end(&x->c->aging, t, 0, NST_END_RESET);
	/* its memory is reused for another flow */
	send(test, t, 2, ACK, 1001);
	flush(test);
	KUNIT_EXPECT_EQ(test, 1U, fake.n);
	KUNIT_EXPECT_EQ(test, 1ULL, live(t, 1)->packets);
	KUNIT_EXPECT_EQ(test, 1ULL, live(t, 2)->packets);
	KUNIT_EXPECT_EQ(test, 1001U, live(t, 1)->first);
}

/* One more connection than a bucket has entries, all with the same first bucket. */
static void crowd(struct kunit *test, struct nst_table *t,
		  struct nst_fields *f, unsigned int n)
{
	u64 key[NST_KEY_WORDS];
	u32 i, found = 0, hash;

	for (i = 0; found < n; i++) {
		KUNIT_ASSERT_LT(test, i, 10000000U);
		memset(&f[found], 0, sizeof(*f));
		f[found].protocol = IPPROTO_UDP;
		f[found].src.s6_addr32[3] = (__force __be32)i;
		hash = nst_record_key(&t->rec->words, key, &f[found], t->secret);
		found += !(hash >> 24) && !nst_bucket_first(hash);
	}
}

static void send_fields(struct kunit *test, struct nst_table *t,
			const struct nst_fields *f)
{
	struct meter_fixture *x = test->priv;
	struct nst_pkt *pkt;

	local_bh_disable();
	pkt = packet(test, 0, 0, 1, 100, 1000);
	pkt->f = *f;
	nst_meter_packet(x->c, t, pkt);
	local_bh_enable();
	x->packets++;
	x->bytes += 100;
	expect_equation(test);
}

/* A flow in its second bucket is found by the second lookup. */
static void second_look(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_connection);
	struct nst_fields *f = kunit_kcalloc(test, NST_BUCKET_ENTRIES + 1,
					     sizeof(*f), GFP_KERNEL);
	struct meter_fixture *x = test->priv;
	const struct nst_pending *p;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, f);
	crowd(test, t, f, NST_BUCKET_ENTRIES + 1);
	for (i = 0; i <= NST_BUCKET_ENTRIES; i++)
		send_fields(test, t, &f[i]);
	flush(test);
	KUNIT_ASSERT_EQ(test, 1U, nst_bucket_spilled(nst_table_bucket(t, 0)));
	p = x->c->next;
	send_fields(test, t, &f[NST_BUCKET_ENTRIES]);
	for (i = 0; i < NST_AHEAD; i++)
		send(test, t, 100 + i, ACK, 1000);
	KUNIT_EXPECT_PTR_EQ(test, &nst_no_flow, p->flow);
	for (; i < NST_AHEAD + NST_AHEAD / 2; i++)
		send(test, t, 100 + i, ACK, 1000);
	KUNIT_EXPECT_PTR_EQ(test, t, p->table);
	KUNIT_EXPECT_PTR_EQ(test, nst_table_flow(t, NST_BUCKET_ENTRIES), p->flow);
	flush(test);
	KUNIT_EXPECT_EQ(test, 2ULL,
			nst_table_flow(t, NST_BUCKET_ENTRIES)->packets);
}

static void tick_flushes(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_connection);

	send(test, t, 1, ACK, 1000);
	KUNIT_EXPECT_TRUE(test, tick(test, 1250));
	KUNIT_EXPECT_EQ(test, 0U, pending(test));
	KUNIT_EXPECT_EQ(test, 1U, t->used);
	KUNIT_EXPECT_EQ(test, 1U, fake.ticks);
	KUNIT_EXPECT_TRUE(test, tick(test, 1000 + 30000 + 256));
	KUNIT_EXPECT_EQ(test, 1U, fake.n);
	KUNIT_EXPECT_EQ(test, 0U, t->used);
}

/* While streams are congested a tick ends early; afterwards a few ticks end all flows. */
static void tick_waits_for_room(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_connection);
	unsigned int i;

	for (i = 0; i < 250; i++)
		send(test, t, i, ACK, 1000);
	flush(test);
	fake.room = false;
	KUNIT_EXPECT_FALSE(test, tick(test, 1000 + 30000 + 256));
	KUNIT_EXPECT_EQ(test, 0U, fake.n);
	KUNIT_EXPECT_EQ(test, 250U, t->used);
	fake.room = true;
	for (i = 0; i < 1000 && !tick(test, 1000 + 30000 + 256); i++)
		;
	KUNIT_EXPECT_EQ(test, 250U, fake.n);
	KUNIT_EXPECT_EQ(test, 0U, t->used);
}

/* -------------------------------------------------------------------- TCP */

#define STEPS_MAX	8

/**
 * struct tcp_case - packets of one connection
 * @name: its name
 * @flags: TCP flags of each packet; 0: end of the list
 * @flush: flush the ring after each packet
 * @ended: flows that end because of FIN or RST
 * @left: a live flow is left
 */
struct tcp_case {
	const char *name;
	u8 flags[STEPS_MAX];
	bool flush;
	u8 ended;
	bool left;
};

static const struct tcp_case meter_connections[] = {
	{ "fin-ends-in-burst", { SYN, ACK, FIN | ACK }, false, 1, false },
	{ "fin-ends-one-by-one", { SYN, ACK, FIN | ACK }, true, 1, false },
	{ "rst-ends-in-burst", { SYN, RST }, false, 1, false },
	{ "rst-ends-one-by-one", { SYN, RST }, true, 1, false },
	{ "lone-fin-does-not-end", { FIN | ACK }, false, 0, true },
	{ "lone-rst-does-not-end", { RST }, true, 0, true },
	{ "ack-after-fin-is-another-flow", { ACK, FIN | ACK, ACK }, false, 1,
	  true },
	{ "ack-after-fin-one-by-one", { ACK, FIN | ACK, ACK }, true, 1, true },
	{ "second-fin-ends-first", { FIN | ACK, FIN | ACK }, true, 1, false },
	{ "second-fin-pending", { FIN | ACK, FIN | ACK }, false, 1, false },
	{ "no-flags-end-nothing", { SYN, ACK, ACK | 8, ACK | 0x20 }, false, 0,
	  true },
};

NST_KUNIT_NAMED(meter_connections, meter_connections);

static void tcp(struct kunit *test)
{
	const struct tcp_case *c = test->param_value;
	struct nst_table *t = new_table(test, &meter_connection);
	struct meter_fixture *x = test->priv;
	unsigned int i;

	for (i = 0; i < STEPS_MAX && c->flags[i]; i++) {
		send(test, t, 1, c->flags[i], 1000 + i);
		if (c->flush)
			flush(test);
	}
	flush(test);
	KUNIT_EXPECT_EQ(test, (u64)c->ended, x->c->ended[NST_END_TCP]);
	KUNIT_EXPECT_EQ(test, (unsigned int)c->ended, fake.n);
	KUNIT_EXPECT_EQ(test, c->left, !!live(t, 1));
}

/* Packets after FIN belong to the same flow, which ends after the linger time. */
static void trailing_packets(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_connection);
	struct meter_fixture *x = test->priv;

	t->linger = 2000;
	send(test, t, 1, SYN, 1000);
	send(test, t, 1, ACK, 1001);
	send(test, t, 1, FIN | ACK, 1002);
	send(test, t, 1, ACK, 1003);
	flush(test);
	send(test, t, 1, FIN | ACK, 2900);
	flush(test);
	KUNIT_EXPECT_TRUE(test, tick(test, 2900 + 1999));
	KUNIT_EXPECT_EQ(test, 0U, fake.n);
	KUNIT_EXPECT_TRUE(test, tick(test, 2900 + 2000 + 256));
	KUNIT_ASSERT_EQ(test, 1U, fake.n);
	KUNIT_EXPECT_EQ(test, 5ULL, fake_last()->flow.packets);
	KUNIT_EXPECT_EQ(test, (int)NST_END_TCP, (int)fake_last()->flow.end);
	KUNIT_EXPECT_EQ(test, 1ULL, x->c->ended[NST_END_TCP]);
	KUNIT_EXPECT_EQ(test, 0U, t->used);
}

/*
 * A packet that arrives after the linger time, but before the timer, begins a new
 * flow.
 */
static void late_packet(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_connection);

	t->linger = 2000;
	send(test, t, 1, ACK, 1000);
	send(test, t, 1, RST, 1001);
	flush(test);
	send(test, t, 1, ACK, 3001);
	flush(test);
	KUNIT_ASSERT_EQ(test, 1U, fake.n);
	KUNIT_EXPECT_EQ(test, 2ULL, fake_last()->flow.packets);
	KUNIT_EXPECT_EQ(test, 1ULL, live(t, 1)->packets);
	KUNIT_EXPECT_EQ(test, (int)NST_FLOW_LIVE, (int)live(t, 1)->state);
}

/* The next connection with the same ports is another flow, even within a burst. */
static void next_connection(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_connection);

	t->linger = 2000;
	send(test, t, 1, SYN, 1000);
	send(test, t, 1, ACK, 1000);
	send(test, t, 1, FIN | ACK, 1000);
	send(test, t, 1, ACK, 1000);
	send(test, t, 1, SYN, 1001);
	send(test, t, 1, ACK, 1001);
	flush(test);
	KUNIT_ASSERT_EQ(test, 1U, fake.n);
	KUNIT_EXPECT_EQ(test, 4ULL, fake_last()->flow.packets);
	KUNIT_EXPECT_EQ(test, 2ULL, live(t, 1)->packets);
	/* a repeated SYN is not */
	send(test, t, 1, SYN, 1002);
	flush(test);
	KUNIT_EXPECT_EQ(test, 1U, fake.n);
	KUNIT_EXPECT_EQ(test, 3ULL, live(t, 1)->packets);
}

/* The active timeout applies to a flow that lingers, and a reset ends it. */
static void lingering_flow_is_bounded(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_connection);
	unsigned int now;

	t->linger = 2000;
	send(test, t, 1, ACK, 1000);
	for (now = 1000; now < 61000; now += 1000) {
		send(test, t, 1, FIN | ACK, now);
		flush(test);
	}
	KUNIT_EXPECT_EQ(test, 0U, fake.n);
	KUNIT_EXPECT_TRUE(test, tick(test, 61000 + 256));
	KUNIT_EXPECT_EQ(test, 1U, fake.n);
	KUNIT_EXPECT_EQ(test, 61ULL, fake_last()->flow.packets);
}

/* FIN does not end a flow of an aggregate. */
static void fin_in_aggregate(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_aggregate);

	send(test, t, 1, ACK, 1000);
	send(test, t, 1, FIN, 1000);
	send(test, t, 1, RST, 1000);
	flush(test);
	KUNIT_EXPECT_EQ(test, 0U, fake.n);
	KUNIT_EXPECT_EQ(test, 3ULL, live(t, 1)->packets);
	KUNIT_EXPECT_EQ(test, FIN | RST | ACK, (int)live(t, 1)->tcp_flags);
}

/* --------------------------------------------------------------- overflow */

static void sixteen_bits_of_packets(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_narrow);
	struct meter_fixture *x = test->priv;
	u32 i, most = 0;

	for (i = 0; i < 2000; i++) {
		send_many(test, t, 1, ACK, 100, 100, 1000);
		/* no burst: no packets are merged */
		send_many(test, t, 2, ACK, 1, 1, 1000);
	}
	flush(test);
	for (i = 0; i < fake.n; i++)
		most = max_t(u32, most, fake.kept[i].flow.packets);
	/* 200000 packets, at most 52428 a flow, in steps of 100 */
	KUNIT_EXPECT_EQ(test, 3U, fake.n);
	KUNIT_EXPECT_EQ(test, 52400U, most);
	KUNIT_EXPECT_EQ(test, 3ULL, x->c->ended[NST_END_OVERFLOW]);
	KUNIT_EXPECT_EQ(test, 200000ULL - 3 * 52400, live(t, 1)->packets);
	KUNIT_EXPECT_EQ(test, 2000ULL, live(t, 2)->packets);
}

static void thirty_two_bits_of_bytes(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_narrow);
	struct meter_fixture *x = test->priv;
	u32 i;

	for (i = 0; i < 10; i++) {
		send_many(test, t, 1, ACK, 1, 1000000000, 1000);
		flush(test);
	}
	/* three of them fit, four do not */
	KUNIT_EXPECT_EQ(test, 3ULL, x->c->ended[NST_END_OVERFLOW]);
	for (i = 0; i < fake.n; i++)
		KUNIT_EXPECT_EQ(test, 3000000000ULL, fake.kept[i].flow.bytes);
	KUNIT_EXPECT_EQ(test, 1000000000ULL, live(t, 1)->bytes);
}

/* A burst is merged in the ring only up to the limits of the flow's counters. */
static void burst_beyond_width(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_narrow);
	u32 i;

	for (i = 0; i < 600; i++)
		send_many(test, t, 1, ACK, 100, 1000, 1000);
	flush(test);
	KUNIT_EXPECT_EQ(test, 1U, fake.n);
	KUNIT_EXPECT_EQ(test, 52400ULL, fake_last()->flow.packets);
	KUNIT_EXPECT_EQ(test, NST_END_OVERFLOW, (int)fake_last()->flow.end);
	KUNIT_EXPECT_EQ(test, 7600ULL, live(t, 1)->packets);
}

/* A super-packet that exceeds the counters is a flow of its own. */
static void packet_beyond_width(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_narrow);

	send_many(test, t, 1, ACK, 10, 1000, 1000);
	send_many(test, t, 1, ACK, 60000, 60000, 1000);
	send_many(test, t, 1, ACK, 10, 1000, 1000);
	flush(test);
	KUNIT_EXPECT_EQ(test, 2U, fake.n);
	KUNIT_EXPECT_EQ(test, 10ULL, fake.kept[0].flow.packets);
	KUNIT_EXPECT_EQ(test, 60000ULL, fake.kept[1].flow.packets);
	KUNIT_EXPECT_EQ(test, 10ULL, live(t, 1)->packets);
}

/* ----------------------------------------------------------------- caches */

/* Each packet is a flow, also in a burst, and a super-packet is one. */
static void immediate_cache(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_immediate);
	struct meter_fixture *x = test->priv;
	unsigned int i;

	for (i = 0; i < 5; i++)
		send_many(test, t, 1, i == 2 ? FIN : ACK, 1, 100 + i, 1000);
	send_many(test, t, 1, ACK, 3, 3000, 1001);
	send(test, t, 2, ACK, 1001);
	flush(test);
	KUNIT_EXPECT_EQ(test, 7U, fake.n);
	KUNIT_EXPECT_EQ(test, 7ULL, x->c->ended[NST_END_ACTIVE]);
	KUNIT_EXPECT_EQ(test, 0U, t->used);
	for (i = 0; i < 5; i++) {
		KUNIT_EXPECT_EQ(test, 1ULL, fake.kept[i].flow.packets);
		KUNIT_EXPECT_EQ(test, 100ULL + i, fake.kept[i].flow.bytes);
	}
	KUNIT_EXPECT_EQ(test, 3ULL, fake.kept[5].flow.packets);
	/* while the streams are full they wait, each for itself */
	fake.room = false;
	send(test, t, 1, ACK, 1002);
	send(test, t, 1, ACK, 1003);
	flush(test);
	KUNIT_EXPECT_EQ(test, 2U, t->used);
	fake.room = true;
	tick(test, 1250);
	KUNIT_EXPECT_EQ(test, 9U, fake.n);
	KUNIT_EXPECT_EQ(test, 0U, t->used);
}

static struct nst_table *new_permanent(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_permanent);

	t->active = S32_MAX;
	t->inactive = S32_MAX;
	t->report = 10000;
	return t;
}

/* Pass the time, in steps of the timer. */
static void pass_time(struct kunit *test, u64 from, u64 to)
{
	for (; from < to; from += NST_TICK_MS)
		tick(test, from);
	tick(test, to);
}

static void permanent_cache(struct kunit *test)
{
	struct nst_table *t = new_permanent(test);
	unsigned int reports;

	send_many(test, t, 1, ACK, 3, 300, 1000);
	send(test, t, 1, FIN, 1001);
	pass_time(test, 1000, 10900);
	KUNIT_EXPECT_EQ(test, 0U, fake.reports);
	pass_time(test, 10900, 12000);
	KUNIT_EXPECT_EQ(test, 1U, fake.reports);
	KUNIT_EXPECT_EQ(test, 4ULL, fake.reported.packets);
	/* neither a connection's end nor time ends it, and the counts go on */
	send(test, t, 1, RST, 12001);
	pass_time(test, 12001, 22000);
	KUNIT_EXPECT_EQ(test, 2U, fake.reports);
	KUNIT_EXPECT_EQ(test, 5ULL, fake.reported.packets);
	KUNIT_EXPECT_EQ(test, 500ULL, fake.reported.bytes);
	KUNIT_EXPECT_EQ(test, 1000U, fake.reported.first);
	pass_time(test, 22000, 112000);
	/* the timer and the wheel make a period up to half a second longer */
	KUNIT_EXPECT_GE(test, fake.reports, 10U);
	KUNIT_EXPECT_LE(test, fake.reports, 11U);
	/* full streams delay a report; others follow at their times */
	fake.room = false;
	reports = fake.reports;
	pass_time(test, 112000, 125000);
	KUNIT_EXPECT_EQ(test, reports, fake.reports);
	fake.room = true;
	pass_time(test, 125000, 126250);
	KUNIT_EXPECT_EQ(test, reports + 1, fake.reports);
	KUNIT_EXPECT_EQ(test, 0U, fake.n);
	KUNIT_EXPECT_EQ(test, 5ULL, live(t, 1)->packets);
}

/* Who has a flow keeps it: the packets of others are lost while the cache is full. */
static void permanent_cache_full(struct kunit *test)
{
	struct nst_table *t = new_permanent(test);
	struct meter_fixture *x = test->priv;
	u8 i;

	nst_quota_change(&x->quota, 10000, 4);
	for (i = 1; i <= 6; i++)
		send(test, t, i, ACK, 1000);
	flush(test);
	KUNIT_EXPECT_EQ(test, 4U, t->used);
	KUNIT_EXPECT_EQ(test, 0U, fake.n);
	KUNIT_EXPECT_EQ(test, 2ULL, x->c->exporter.lost[NST_LOST_MEMORY].packets);
	for (i = 1; i <= 4; i++)
		KUNIT_EXPECT_EQ(test, 1ULL, live(t, i)->packets);
	/* a bound that is lowered is kept */
	nst_quota_change(&x->quota, 4, 2);
	pass_time(test, 1000, 2000);
	KUNIT_EXPECT_LE(test, t->used, 2U);
	KUNIT_EXPECT_EQ(test, 4U, t->used + fake.n);
}

/* Times of a flow that lasts for months never look like times to come. */
static void permanent_cache_old(struct kunit *test)
{
	struct nst_table *t = new_permanent(test);
	u64 now = 1000, end = now + 60ULL * 24 * 3600 * 1000;

	t->report = 3600 * 1000;
	send(test, t, 1, ACK, now);
	for (; now < end; now += 60000) {
		if (now == 1000 + 30ULL * 24 * 3600 * 1000)
			send(test, t, 1, ACK, now);
		tick(test, now);
		if (!fake.reports)
			continue;
		KUNIT_ASSERT_GE(test, (s32)((u32)now - fake.reported.last), 0);
		KUNIT_ASSERT_GE(test, (s32)(fake.reported.last - fake.reported.first), 0);
	}
	KUNIT_EXPECT_GE(test, fake.reports, 60U * 24 - 24);
	KUNIT_EXPECT_LE(test, fake.reports, 60U * 24);
	KUNIT_EXPECT_EQ(test, 2ULL, live(t, 1)->packets);
	KUNIT_EXPECT_EQ(test, 0U, fake.n);
}

/* ----------------------------------------------------------- time and room */

static void overdue_flow_ends_first(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_connection);
	struct meter_fixture *x = test->priv;

	send(test, t, 1, ACK, 1000);
	flush(test);
	send(test, t, 1, ACK, 31000);
	flush(test);
	KUNIT_EXPECT_EQ(test, 1ULL, x->c->ended[NST_END_INACTIVE]);
	KUNIT_EXPECT_EQ(test, 1ULL, fake_last()->flow.packets);
	KUNIT_EXPECT_EQ(test, 1000U, fake_last()->flow.last);
	KUNIT_EXPECT_EQ(test, 31000U, live(t, 1)->first);
	KUNIT_EXPECT_EQ(test, 1ULL, live(t, 1)->packets);
}

/* A long burst: the pending entry began long ago. */
static void long_burst_keeps_its_times(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_connection);

	send(test, t, 1, ACK, 1000);
	send(test, t, 1, ACK, 1200);
	flush(test);
	KUNIT_EXPECT_EQ(test, 1000U, live(t, 1)->first);
	KUNIT_EXPECT_EQ(test, 1200U, live(t, 1)->last);
}

static void full_cache_evicts(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_connection);
	struct meter_fixture *x = test->priv;
	u32 i;

	nst_quota_change(&x->quota, 10000, 16);
	for (i = 0; i < 100; i++)
		send(test, t, i, ACK, 1000 + 290 * i);
	flush(test);
	KUNIT_EXPECT_EQ(test, 16U, t->used);
	KUNIT_EXPECT_EQ(test, 84U, fake.n);
	KUNIT_EXPECT_EQ(test, 84ULL, x->c->ended[NST_END_FULL]);
	KUNIT_EXPECT_EQ(test, 84U, fake.expedited);
	/* they are a tick of the wheel apart: the last ones remain */
	for (i = 84; i < 100; i++)
		KUNIT_EXPECT_NOT_NULL(test, live(t, i));
}

/* The bound is lowered below what is cached: it shrinks, and no packet is lost. */
static void full_cache_shrinks(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_connection);
	struct meter_fixture *x = test->priv;
	u32 i;

	for (i = 0; i < 60; i++)
		send(test, t, i, ACK, 1000 + i);
	flush(test);
	KUNIT_EXPECT_EQ(test, 60U, t->used);
	nst_quota_change(&x->quota, 10000, 16);
	nst_table_bound(t, 16);
	for (; i < 200; i++)
		send(test, t, i, ACK, 1000 + i);
	flush(test);
	KUNIT_EXPECT_EQ(test, 0ULL,
			x->c->exporter.lost[NST_LOST_MEMORY].packets);
	KUNIT_EXPECT_LE(test, t->used, 16U);
	KUNIT_EXPECT_GE(test, t->used, 15U);
	KUNIT_EXPECT_EQ(test, 200 - t->used, fake.n);
}

/* If no packets arrive, the timer shrinks it. */
static void idle_cache_shrinks(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_connection);
	struct meter_fixture *x = test->priv;
	u32 i;

	for (i = 0; i < 200; i++)
		send(test, t, i, ACK, 1000 + i);
	flush(test);
	nst_quota_change(&x->quota, 10000, 16);
	nst_table_bound(t, 16);
	/* not while no stream accepts flows */
	fake.room = false;
	KUNIT_EXPECT_FALSE(test, tick(test, 1500));
	KUNIT_EXPECT_EQ(test, 200U, t->used);
	fake.room = true;
	for (i = 0; i < 10 && !tick(test, 2000); i++)
		;
	KUNIT_EXPECT_LE(test, t->used, 16U);
	KUNIT_EXPECT_GE(test, t->used, 15U);
	KUNIT_EXPECT_EQ(test, 200U, fake.n + t->used);
	KUNIT_EXPECT_EQ(test, 0ULL,
			x->c->exporter.lost[NST_LOST_BACKLOG].packets);
}

/* Flows that a flood has taken become available to others after it has stopped. */
static void flood_makes_way(struct kunit *test)
{
	struct nst_table *a = new_table(test, &meter_connection);
	struct nst_table *b = new_table(test, &meter_aggregate);
	struct meter_fixture *x = test->priv;
	u32 i;

	nst_quota_change(&x->quota, 10000, 100);
	nst_table_bound(a, 100);
	nst_table_bound(b, 100);
	for (i = 0; i < 200; i++)
		send(test, a, i, ACK, 1000 + i);
	flush(test);
	KUNIT_EXPECT_EQ(test, 100U, a->used);
	for (i = 0; i < 200; i++) {
		send(test, b, i, ACK, 2000 + i);
		if (!(i % 8))
			tick(test, 2000 + i);
	}
	flush(test);
	KUNIT_EXPECT_GE(test, b->used, 48U);
	KUNIT_EXPECT_GE(test, a->used, 48U);
	KUNIT_EXPECT_LE(test, a->used + b->used, 101U);
	KUNIT_EXPECT_EQ(test, 0ULL,
			x->c->exporter.lost[NST_LOST_MEMORY].packets);
}

/*
 * Flows of one hash fill their two buckets.  Another flow replaces one of those.
 * No other flow is evicted, and no packet is lost.
 */
static void crowded_buckets_evict_their_own(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_aggregate);
	struct meter_fixture *x = test->priv;
	const u32 fit = 2 * NST_BUCKET_ENTRIES;
	u32 i;

	/* without a secret a key whose second word is 0 has a hash of 0 */
	memset(x->secret, 0, sizeof(x->secret));
	for (i = 0; i < fit + 5; i++)
		send(test, t, i, ACK, 1000 + i);
	flush(test);
	KUNIT_EXPECT_EQ(test, fit, t->used);
	KUNIT_EXPECT_EQ(test, 5U, fake.n);
	KUNIT_EXPECT_EQ(test, 5ULL, x->c->ended[NST_END_FULL]);
	KUNIT_EXPECT_EQ(test, 0ULL,
			x->c->exporter.lost[NST_LOST_MEMORY].packets);
	/* the oldest flow was evicted */
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_NULL(test, live(t, i));
	for (; i < fit + 5; i++)
		KUNIT_EXPECT_NOT_NULL(test, live(t, i));
}

/* The timer stays armed until an empty table has freed its memory. */
static void timer_gives_memory_back(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_connection);
	struct meter_fixture *x = test->priv;
	size_t empty = nst_table_memory(t);
	u64 now;
	u32 i;

	for (i = 0; i < 200; i++)
		send(test, t, i, ACK, 1000 + i);
	flush(test);
	KUNIT_EXPECT_GT(test, nst_table_memory(t), empty);
	for (now = 2000; t->used; now += NST_TICK_MS)
		tick(test, now);
	KUNIT_EXPECT_FALSE(test, nst_meter_idle(x->c));
	for (i = 0; i < 4 * (NST_LINGER_MS / 1000 + 2); i++)
		tick(test, now += NST_TICK_MS);
	KUNIT_EXPECT_TRUE(test, nst_meter_idle(x->c));
	KUNIT_EXPECT_EQ(test, empty, nst_table_memory(t));
	/* the table works as a new one does */
	for (i = 0; i < 200; i++)
		send(test, t, i, ACK, now + i);
	flush(test);
	KUNIT_EXPECT_EQ(test, 200U, t->used);
}

static void full_cache_without_room(struct kunit *test)
{
	struct nst_table *t = new_table(test, &meter_connection);
	struct meter_fixture *x = test->priv;
	u32 i;

	nst_quota_change(&x->quota, 10000, 16);
	fake.room = false;
	for (i = 0; i < 100; i++)
		send(test, t, i, ACK, 1000 + i);
	flush(test);
	KUNIT_EXPECT_EQ(test, 16U, t->used);
	KUNIT_EXPECT_EQ(test, 0U, fake.n);
	KUNIT_EXPECT_EQ(test, 84ULL,
			x->c->exporter.lost[NST_LOST_BACKLOG].flows);
	KUNIT_EXPECT_EQ(test, 8400ULL,
			x->c->exporter.lost[NST_LOST_BACKLOG].bytes);
	fake.room = true;
	tick(test, 200000);
	KUNIT_EXPECT_EQ(test, 16U, fake.n);
	KUNIT_EXPECT_EQ(test, 0U, t->used);
}

/*
 * Everything at once, at random: flows come and go, end in every way, the
 * cache is too small, the hosts stall; two records; the equation holds.
 */
static void soak(struct kunit *test)
{
	struct nst_table *a = new_table(test, &meter_connection);
	struct nst_table *b = new_table(test, &meter_narrow);
	struct meter_fixture *x = test->priv;
	u64 now = (1ULL << 32) - 20000;
	u32 i, r;

	nst_quota_change(&x->quota, 10000, 64);
	for (i = 0; i < 20000; i++) {
		r = get_random_u32();
		send_many(test, r & 1 ? a : b, r >> 1 & 127,
			  r >> 8 & (r >> 16) & 0x17, 1 + (r >> 24) % 45,
			  1 + (r >> 10) % 60000, now);
		if (!(r >> 20 & 7))
			now += r >> 28;
		if (!(i % 97))
			tick(test, now);
		if (!(i % 1000))
			fake.room = i / 1000 % 3;
		KUNIT_ASSERT_LE(test, a->used + b->used, 66U);
	}
	flush(test);
	fake.room = true;
	KUNIT_EXPECT_TRUE(test, tick(test, now + 3600000));
	KUNIT_EXPECT_EQ(test, 0U, a->used + b->used);
	KUNIT_EXPECT_EQ(test, 0ULL, a->cached.bytes + b->cached.bytes);
	KUNIT_EXPECT_EQ(test, 64, atomic_read(&x->quota.left) +
			(int)(a->granted + b->granted));
}

static struct kunit_case meter_cases[] = {
	KUNIT_CASE(pending_until_flushed),
	KUNIT_CASE(ring_is_bounded),
	KUNIT_CASE(burst_is_one_entry),
	KUNIT_CASE(key_equal_to_pending),
	KUNIT_CASE(two_records),
	KUNIT_CASE(packet_of_two_records),
	KUNIT_CASE(accumulates),
	KUNIT_CASE(accumulates_anew),
	KUNIT_CASE(routes_once_a_flow),
	KUNIT_CASE(routes_change),
	KUNIT_CASE(routes_of_several_tables),
	KUNIT_CASE(routes_of_one_address),
	KUNIT_CASE(routes_not_asked_for),
	KUNIT_CASE(routes_without_option),
	KUNIT_CASE(route_of_first_packet),
	KUNIT_CASE(place_in_ring_is_reused),
	KUNIT_CASE(guess_has_ended),
	KUNIT_CASE(second_look),
	KUNIT_CASE(tick_flushes),
	KUNIT_CASE(tick_waits_for_room),
	KUNIT_CASE_PARAM(tcp, meter_connections_gen_params),
	KUNIT_CASE(fin_in_aggregate),
	KUNIT_CASE(sixteen_bits_of_packets),
	KUNIT_CASE(trailing_packets),
	KUNIT_CASE(late_packet),
	KUNIT_CASE(next_connection),
	KUNIT_CASE(lingering_flow_is_bounded),
	KUNIT_CASE(thirty_two_bits_of_bytes),
	KUNIT_CASE(burst_beyond_width),
	KUNIT_CASE(packet_beyond_width),
	KUNIT_CASE(overdue_flow_ends_first),
	KUNIT_CASE(long_burst_keeps_its_times),
	KUNIT_CASE(full_cache_evicts),
	KUNIT_CASE(full_cache_shrinks),
	KUNIT_CASE(full_cache_without_room),
	KUNIT_CASE(idle_cache_shrinks),
	KUNIT_CASE(flood_makes_way),
	KUNIT_CASE(crowded_buckets_evict_their_own),
	KUNIT_CASE(timer_gives_memory_back),
	KUNIT_CASE(immediate_cache),
	KUNIT_CASE(permanent_cache),
	KUNIT_CASE(permanent_cache_full),
	KUNIT_CASE(permanent_cache_old),
	KUNIT_CASE(soak),
	{}
};

static struct kunit_suite meter_suite = {
	.name = "meter",
	.init = meter_init,
	.exit = meter_exit,
	.test_cases = meter_cases,
};

kunit_test_suite(meter_suite);

MODULE_DESCRIPTION("KUnit suite: meter");
MODULE_LICENSE("GPL");
