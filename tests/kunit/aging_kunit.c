// SPDX-License-Identifier: GPL-2.0
/*
 * Aging: no flow ends early, late or for the wrong reason; congested streams;
 * eviction.
 */
#include "nst_kunit.h"

#include <linux/random.h>
#include <linux/slab.h>

#include "clock.h"

#include "field.c"
#include "account.c"
#include "record.c"
#include "quota.c"
#include "segment.c"
#include "arrays.c"
#include "table.c"
#include "aging.c"
#include "fake_export.h"

static const struct nst_record_def aging_def = {
	.name = "t", .nitems = 1,
	.item = { { .field = NETSTREAM_FIELD_DST_ADDR, .prefix = 64 } },
};

#define TICK	250	/* interval at which the tests check */
/*
 * A wheel tick is handled when it is over, and the test may look up to TICK ms
 * later.
 */
#define LATE	(BIT(NST_WHEEL_SHIFT) + TICK)

struct aging_fixture {
	struct nst_record *rec;
	struct nst_quota quota;
	struct nst_table *t;
	struct nst_aging a;
	struct nst_export_pcpu exporter;
	u64 ended[NST_END_MAX];
	u64 secret[NST_SECRET_WORDS];
};

static int aging_init(struct kunit *test)
{
	struct aging_fixture *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);

	if (!x)
		return -ENOMEM;
	test->priv = x;
	fake_reset();
	get_random_bytes(x->secret, sizeof(x->secret));
	x->rec = nst_record_compile(&aging_def);
	if (!x->rec)
		return -ENOMEM;
	nst_quota_init(&x->quota, 10000);
	x->t = nst_table_create(x->rec, 10000, &x->quota, x->secret);
	if (!x->t)
		return -ENOMEM;
	x->t->inactive = 30000;
	x->t->active = 1800000;
	x->a.exporter = &x->exporter;
	x->a.ended = x->ended;
	return 0;
}

static void aging_exit(struct kunit *test)
{
	struct aging_fixture *x = test->priv;

	if (x->t)
		nst_table_free(x->t);
	nst_record_put(x->rec);
}

/* A flow of one packet of 100 bytes at @when. */
static u32 new_flow(struct aging_fixture *x, u64 key, u64 when)
{
	const u64 word[2] = { key, 0 };
	u32 index = nst_table_insert(x->t, nst_hash(word, 2, x->secret), word);
	struct nst_flow *flow = nst_table_flow(x->t, index);

	flow->first = when;
	flow->last = when;
	flow->packets = 1;
	flow->bytes = 100;
	x->t->cached.packets++;
	x->t->cached.bytes += 100;
	nst_flow_write_end(flow);
	nst_aging_add(x->t, index, when);
	return index;
}

static u32 find_flow(struct aging_fixture *x, u64 key)
{
	const u64 word[2] = { key, 0 };

	return nst_table_find(x->t, nst_hash(word, 2, x->secret), word);
}

static bool run(struct aging_fixture *x, u64 now)
{
	x->a.now = now;
	return nst_aging_run(&x->a, x->t, U32_MAX);
}

/* ------------------------------------------------------------- one flow */

/**
 * struct one_case - the life of a flow
 * @name: its name
 * @inactive: timeout
 * @active: timeout
 * @start: when its first packet comes
 * @gap: between packets
 * @packets: how many
 * @life: expected, from its first packet
 * @reason: expected
 */
struct one_case {
	const char *name;
	u32 inactive;
	u32 active;
	u64 start;
	u32 gap;
	u32 packets;
	u32 life;
	enum nst_end reason;
};

#define S	1000U
#define WRAP	(1ULL << 32)

static const struct one_case aging_lives[] = {
	{ "one-packet", 30 * S, 1800 * S, 12345, 0, 1,
	  30 * S, NST_END_INACTIVE },
	{ "kept-alive", 30 * S, 1800 * S, 12345, 29999, 5,
	  4 * 29999 + 30 * S, NST_END_INACTIVE },
	{ "active-beats-inactive", 30 * S, 60 * S, 5000, 10 * S, 100,
	  60 * S, NST_END_ACTIVE },
	{ "both-at-once", 60 * S, 60 * S, 5000, 0, 1,
	  60 * S, NST_END_INACTIVE },
	{ "least-timeouts", 1 * S, 1 * S, 777, 100, 100,
	  1 * S, NST_END_ACTIVE },
	{ "inactive-beyond-wheel", 3600 * S, 7200 * S, 999, 0, 1,
	  3600 * S, NST_END_INACTIVE },
	{ "active-beyond-wheel", 300 * S, 3600 * S, 999, 200 * S, 100,
	  3600 * S, NST_END_ACTIVE },
	{ "clock-wraps-while-idle", 30 * S, 1800 * S, WRAP - 10 * S, 0, 1,
	  30 * S, NST_END_INACTIVE },
	{ "clock-wraps-while-active", 30 * S, 60 * S, WRAP - 30 * S, 1 * S, 100,
	  60 * S, NST_END_ACTIVE },
	{ "clock-wraps-beyond-wheel", 3600 * S, 3600 * S, WRAP - 1800 * S,
	  600 * S, 3, 3600 * S, NST_END_ACTIVE },
	{ "clock-wrapped-often", 30 * S, 60 * S, 7 * WRAP - 3, 1 * S, 100,
	  60 * S, NST_END_ACTIVE },
	{ "starts-at-zero", 30 * S, 60 * S, 0, 0, 1,
	  30 * S, NST_END_INACTIVE },
};

NST_KUNIT_NAMED(aging_lives, aging_lives);

static void one_life(struct kunit *test)
{
	const struct one_case *c = test->param_value;
	struct aging_fixture *x = test->priv;
	struct nst_flow *flow;
	u32 sent = 1;
	u64 now;

	x->t->inactive = c->inactive;
	x->t->active = c->active;
	flow = nst_table_flow(x->t, new_flow(x, 1, c->start));
	for (now = c->start; !fake.n && now < c->start + 2 * c->life; now += TICK) {
		while (sent < c->packets &&
		       c->start + (u64)sent * c->gap <= now) {
			flow->last = c->start + (u64)sent * c->gap;
			sent++;
		}
		KUNIT_EXPECT_TRUE(test, run(x, now));
	}
	KUNIT_ASSERT_EQ(test, 1U, fake.n);
	KUNIT_EXPECT_EQ(test, c->reason, (enum nst_end)fake_last()->flow.end);
	KUNIT_EXPECT_GE(test, fake_last()->now, c->start + c->life);
	KUNIT_EXPECT_LE(test, fake_last()->now, c->start + c->life + LATE);
	KUNIT_EXPECT_EQ(test, 1ULL, x->ended[c->reason]);
	KUNIT_EXPECT_EQ(test, 0U, x->t->used);
	KUNIT_EXPECT_EQ(test, 0U, x->t->live);
	KUNIT_EXPECT_EQ(test, NST_NONE, find_flow(x, 1));
}

/*
 * A table that always has flows never resets its cursor.  The cursor counts beyond
 * the 24 bits of the wheel time, and finally wraps.
 */
static void cursor_counts_on(struct kunit *test)
{
	struct aging_fixture *x = test->priv;
	static const u32 rounds[] = { 0, 1, 2, 254, 255 };
	u64 now, start;
	unsigned int i;

	x->t->inactive = 30 * S;
	for (i = 0; i < ARRAY_SIZE(rounds); i++) {
		start = (rounds[i] + 1) * WRAP - 15 * S;
		fake_reset();
		new_flow(x, 1, start);
		x->t->cursor = (rounds[i] << 24) + ((u32)start >> NST_WHEEL_SHIFT);
		for (now = start; !fake.n && now < start + 100 * S; now += TICK)
			KUNIT_EXPECT_TRUE(test, run(x, now));
		KUNIT_ASSERT_EQ(test, 1U, fake.n);
		KUNIT_EXPECT_GE(test, fake_last()->now, start + 30 * S);
		KUNIT_EXPECT_LE(test, fake_last()->now, start + 30 * S + LATE);
		KUNIT_EXPECT_EQ(test, (rounds[i] + 1) << 24,
				x->t->cursor & (255U << 24));
	}
}

/* ------------------------------------------------------------ many flows */

/* Flows come and packets keep them alive at random, across the clock's wrap. */
static void many_lives(struct kunit *test)
{
	struct aging_fixture *x = test->priv;
	const u64 start = WRAP - 150 * S;
	u32 made = 0, checked = 0, early = 0, late = 0, i, index;
	struct nst_flow *flow;
	u64 now, due;

	x->t->inactive = 10 * S;
	x->t->active = 35 * S;
	for (now = start; now < start + 300 * S || x->t->used; now += TICK) {
		for (i = 0; i < 8 && now < start + 300 * S; i++)
			new_flow(x, made++, now);
		for (i = 0; i < 80 && x->t->fresh; i++) {
			index = get_random_u32() % x->t->fresh;
			flow = nst_table_flow(x->t, index);
			if (flow->state == NST_FLOW_LIVE &&
			    !nst_aging_due(x->t, flow, now))
				flow->last = now;
		}
		KUNIT_ASSERT_TRUE(test, run(x, now));
		for (; checked < fake.n; checked++) {
			const struct fake_flow *f = &fake.kept[checked % FAKE_KEPT];

			due = min(nst_clock_extend(now, f->flow.last) + 10 * S,
				  nst_clock_extend(now, f->flow.first) + 35 * S);
			early += now < due;
			late += now > due + LATE;
		}
		KUNIT_ASSERT_LT(test, now, start + 400 * S);
	}
	KUNIT_EXPECT_EQ(test, made, fake.n);
	KUNIT_EXPECT_EQ(test, 0U, early);
	KUNIT_EXPECT_EQ(test, 0U, late);
	KUNIT_EXPECT_GT(test, x->ended[NST_END_ACTIVE], 10ULL);
	KUNIT_EXPECT_GT(test, x->ended[NST_END_INACTIVE], 10ULL);
	KUNIT_EXPECT_EQ(test, (u64)made, x->ended[NST_END_ACTIVE] +
			x->ended[NST_END_INACTIVE]);
}

/* An idle flow is checked a few times in its life, not at each tick. */
static void work_follows_what_ends(struct kunit *test)
{
	struct aging_fixture *x = test->priv;
	u32 i, calls = 0;
	u64 now;

	for (i = 0; i < 1000; i++)
		new_flow(x, i, 100);
	/* all are alive: nothing is due for 30 s, so a budget of 1 suffices */
	for (now = 100; now < 30 * S; now += TICK) {
		x->a.now = now;
		calls += !nst_aging_run(&x->a, x->t, 1);
	}
	KUNIT_EXPECT_EQ(test, 0U, calls);
	KUNIT_EXPECT_EQ(test, 0U, fake.n);
}

static void budget(struct kunit *test)
{
	struct aging_fixture *x = test->priv;
	u32 i;

	for (i = 0; i < 1000; i++)
		new_flow(x, i, 100);
	x->a.now = 100 + 30 * S + 256;
	for (i = 1; i <= 9; i++) {
		KUNIT_EXPECT_FALSE(test, nst_aging_run(&x->a, x->t, 100));
		KUNIT_EXPECT_EQ(test, i * 100, fake.n);
	}
	KUNIT_EXPECT_TRUE(test, nst_aging_run(&x->a, x->t, 101));
	KUNIT_EXPECT_EQ(test, 1000U, fake.n);
}

/*
 * After a long pause (a suspended machine) all due flows are found, in whatever
 * tick.
 */
static void clock_jumps(struct kunit *test)
{
	struct aging_fixture *x = test->priv;
	u32 i;

	for (i = 0; i < 100; i++)
		new_flow(x, i, 1000 + 777 * i);
	KUNIT_EXPECT_TRUE(test, run(x, 100 * 24 * 3600 * 1000ULL));
	KUNIT_EXPECT_EQ(test, 100U, fake.n);
}

/* --------------------------------------------------------------- no room */

/* The timer does not end a flow that cannot be exported: packets still find it. */
static void no_room_for_timer(struct kunit *test)
{
	struct aging_fixture *x = test->priv;
	u64 later = 100 + 31 * S;

	new_flow(x, 1, 100);
	fake.room = false;
	KUNIT_EXPECT_TRUE(test, run(x, later));
	KUNIT_EXPECT_TRUE(test, x->a.stuck);
	KUNIT_EXPECT_EQ(test, 1U, x->t->live);
	KUNIT_EXPECT_NE(test, NST_NONE, find_flow(x, 1));
	KUNIT_EXPECT_EQ(test, 0ULL, x->ended[NST_END_INACTIVE]);
	fake.room = true;
	x->a.stuck = false;
	KUNIT_EXPECT_TRUE(test, run(x, later));
	KUNIT_EXPECT_FALSE(test, x->a.stuck);
	KUNIT_EXPECT_EQ(test, 1U, fake.n);
}

/* A congested stream does not delay flows of another stream. */
static void one_stream_is_blocked(struct kunit *test)
{
	struct aging_fixture *x = test->priv;
	u64 later = 100 + 31 * S, key;

	fake.streams = true;
	fake.blocked = 3;
	for (key = 1; key <= 5; key++)
		new_flow(x, key, 100);
	x->a.now = 200;
	nst_aging_end(&x->a, x->t, find_flow(x, 3), NST_END_TCP);
	nst_aging_end(&x->a, x->t, find_flow(x, 5), NST_END_TCP);
	KUNIT_EXPECT_EQ(test, 1U, fake.n);
	new_flow(x, 3, 100);
	KUNIT_EXPECT_TRUE(test, run(x, later));
	KUNIT_EXPECT_TRUE(test, x->a.stuck);
	KUNIT_EXPECT_EQ(test, 4U, fake.n);
	/* one has ended and waits, one is due and still in the hash */
	KUNIT_EXPECT_EQ(test, 1U, x->t->live);
	KUNIT_EXPECT_EQ(test, 2U, x->t->used);
	KUNIT_EXPECT_NE(test, NST_NONE, find_flow(x, 3));
	fake.blocked = 0;
	KUNIT_EXPECT_TRUE(test, run(x, later + 2 * NST_PARK_MS));
	KUNIT_EXPECT_EQ(test, 6U, fake.n);
	KUNIT_EXPECT_EQ(test, 0U, x->t->used);
}

/* An ended flow that waits is not dropped if its stream accepts it by now. */
static void evicted_when_there_is_room_again(struct kunit *test)
{
	struct aging_fixture *x = test->priv;

	new_flow(x, 1, 100);
	new_flow(x, 2, 100);
	x->a.now = 200;
	fake.room = false;
	nst_aging_end(&x->a, x->t, find_flow(x, 1), NST_END_TCP);
	fake.room = true;
	KUNIT_EXPECT_TRUE(test, nst_aging_evict(&x->a, x->t));
	KUNIT_EXPECT_EQ(test, 1U, fake.n);
	KUNIT_EXPECT_EQ(test, 0ULL, x->exporter.lost[NST_LOST_BACKLOG].flows);
	KUNIT_EXPECT_EQ(test, 1U, x->t->used);
	KUNIT_EXPECT_NE(test, NST_NONE, find_flow(x, 2));
}

/* Flows that packets have ended wait in order, and later ones follow them. */
static void no_room_for_packet(struct kunit *test)
{
	struct aging_fixture *x = test->priv;
	u64 key;

	for (key = 1; key <= 4; key++)
		new_flow(x, key, 100);
	x->a.now = 200;
	fake.room = false;
	nst_aging_end(&x->a, x->t, find_flow(x, 2), NST_END_TCP);
	nst_aging_end(&x->a, x->t, find_flow(x, 1), NST_END_OVERFLOW);
	KUNIT_EXPECT_EQ(test, NST_NONE, find_flow(x, 1));
	KUNIT_EXPECT_EQ(test, 2U, x->t->live);
	/* still in the cache, and counted there */
	KUNIT_EXPECT_EQ(test, 4ULL, x->t->cached.flows);
	KUNIT_EXPECT_EQ(test, 400ULL, x->t->cached.bytes);

	fake.room = true;
	nst_aging_end(&x->a, x->t, find_flow(x, 3), NST_END_TCP);
	KUNIT_EXPECT_EQ(test, 0U, fake.n);
	KUNIT_EXPECT_FALSE(test, nst_aging_retry(&x->a, x->t, 2));
	KUNIT_EXPECT_EQ(test, 2U, fake.n);
	KUNIT_EXPECT_EQ(test, 2ULL, fake.kept[0].key);
	KUNIT_EXPECT_EQ(test, 1ULL, fake.kept[1].key);
	KUNIT_EXPECT_TRUE(test, nst_aging_retry(&x->a, x->t, 2));
	KUNIT_EXPECT_EQ(test, 3ULL, fake.kept[2].key);
	KUNIT_EXPECT_EQ(test, (enum nst_end)fake.kept[1].flow.end,
			NST_END_OVERFLOW);
	KUNIT_EXPECT_EQ(test, 1ULL, x->t->cached.flows);
}

static void what_waits_is_lost(struct kunit *test)
{
	struct aging_fixture *x = test->priv;
	const struct nst_amount *lost = x->exporter.lost;
	u64 key;

	for (key = 1; key <= 3; key++)
		new_flow(x, key, 100);
	fake.room = false;
	nst_aging_end(&x->a, x->t, find_flow(x, 1), NST_END_CONFIG);
	nst_aging_end(&x->a, x->t, find_flow(x, 2), NST_END_CONFIG);
	KUNIT_EXPECT_TRUE(test, nst_aging_lose(&x->a, x->t, NST_LOST_SHUTDOWN, U32_MAX));
	KUNIT_EXPECT_EQ(test, 2ULL, lost[NST_LOST_SHUTDOWN].flows);
	KUNIT_EXPECT_EQ(test, 2ULL, lost[NST_LOST_SHUTDOWN].packets);
	KUNIT_EXPECT_EQ(test, 200ULL, lost[NST_LOST_SHUTDOWN].bytes);
	KUNIT_EXPECT_EQ(test, 1ULL, x->t->cached.flows);
	KUNIT_EXPECT_EQ(test, 1U, x->t->used);
}

/* --------------------------------------------------------------- eviction */

static void evict_nearest_end(struct kunit *test)
{
	struct aging_fixture *x = test->priv;

	new_flow(x, 1, 5000);
	new_flow(x, 2, 1000);
	new_flow(x, 3, 9000);
	x->a.now = 10000;
	KUNIT_EXPECT_TRUE(test, nst_aging_evict(&x->a, x->t));
	KUNIT_EXPECT_EQ(test, 2ULL, fake_last()->key);
	KUNIT_EXPECT_EQ(test, (enum nst_end)fake_last()->flow.end, NST_END_FULL);
	KUNIT_EXPECT_TRUE(test, nst_aging_evict(&x->a, x->t));
	KUNIT_EXPECT_EQ(test, 1ULL, fake_last()->key);
	KUNIT_EXPECT_TRUE(test, nst_aging_evict(&x->a, x->t));
	KUNIT_EXPECT_EQ(test, 3ULL, fake_last()->key);
	KUNIT_EXPECT_FALSE(test, nst_aging_evict(&x->a, x->t));
	KUNIT_EXPECT_EQ(test, 3ULL, x->ended[NST_END_FULL]);
}

/* The flow is in an old tick of the wheel, because packets have kept it alive. */
static void evict_spares_the_busy(struct kunit *test)
{
	struct aging_fixture *x = test->priv;

	nst_table_flow(x->t, new_flow(x, 1, 1000))->last = 20000;
	new_flow(x, 2, 5000);
	x->a.now = 20000;
	KUNIT_EXPECT_TRUE(test, nst_aging_evict(&x->a, x->t));
	KUNIT_EXPECT_EQ(test, 2ULL, fake_last()->key);
}

/* A flow that was due anyway does not end with reason "full". */
static void evict_the_overdue(struct kunit *test)
{
	struct aging_fixture *x = test->priv;

	new_flow(x, 1, 1000);
	new_flow(x, 2, 30000);
	x->a.now = 32000;
	KUNIT_EXPECT_TRUE(test, nst_aging_evict(&x->a, x->t));
	KUNIT_EXPECT_EQ(test, 1ULL, fake_last()->key);
	KUNIT_EXPECT_EQ(test, (enum nst_end)fake_last()->flow.end,
			NST_END_INACTIVE);
	KUNIT_EXPECT_EQ(test, 0ULL, x->ended[NST_END_FULL]);
}

/* No stream accepts flows: the flow that has waited longest is lost, and counted. */
static void evict_without_room(struct kunit *test)
{
	struct aging_fixture *x = test->priv;
	const struct nst_amount *lost = &x->exporter.lost[NST_LOST_BACKLOG];

	new_flow(x, 1, 1000);
	new_flow(x, 2, 2000);
	new_flow(x, 3, 3000);
	fake.room = false;
	x->a.now = 4000;
	nst_aging_end(&x->a, x->t, find_flow(x, 3), NST_END_TCP);
	KUNIT_EXPECT_TRUE(test, nst_aging_evict(&x->a, x->t));
	KUNIT_EXPECT_EQ(test, 1ULL, lost->flows);
	KUNIT_EXPECT_EQ(test, 100ULL, lost->bytes);
	KUNIT_EXPECT_EQ(test, 2U, x->t->live);
	KUNIT_EXPECT_TRUE(test, nst_aging_evict(&x->a, x->t));
	KUNIT_EXPECT_EQ(test, 2ULL, lost->flows);
	KUNIT_EXPECT_EQ(test, 1U, x->t->live);
	KUNIT_EXPECT_EQ(test, NST_NONE, find_flow(x, 1));
	KUNIT_EXPECT_EQ(test, 1U, x->t->used);
	KUNIT_EXPECT_EQ(test, 0U, fake.n);
}

/* ------------------------------------------------------------- the clock */

static void timeouts_made_shorter(struct kunit *test)
{
	struct aging_fixture *x = test->priv;
	u32 i;

	x->t->inactive = 3600 * S;
	for (i = 0; i < 100; i++)
		new_flow(x, i, 1000 + 10 * i);
	x->t->inactive = 5 * S;
	for (i = 0; i < x->t->fresh; i++)
		nst_aging_rewheel(x->t, i, 4000);
	KUNIT_EXPECT_TRUE(test, run(x, 5999));
	KUNIT_EXPECT_EQ(test, 0U, fake.n);
	KUNIT_EXPECT_TRUE(test, run(x, 1000 + 990 + 5 * S + 256));
	KUNIT_EXPECT_EQ(test, 100U, fake.n);
	/* free flows are not touched */
	for (i = 0; i < x->t->fresh; i++)
		nst_aging_rewheel(x->t, i, 9000);
	KUNIT_EXPECT_EQ(test, 0U, x->t->live);
}

struct due_case {
	const char *name;
	u32 first;
	u32 last;
	u32 now;
	enum nst_end due;
};

/* With 30 s inactive and 60 s active. */
static const struct due_case aging_dues[] = {
	{ "at-once", 1000, 1000, 1000, NST_END_NONE },
	{ "idle-just-not", 1000, 1000, 30999, NST_END_NONE },
	{ "idle-just", 1000, 1000, 31000, NST_END_INACTIVE },
	{ "old-just-not", 1000, 60000, 60999, NST_END_NONE },
	{ "old-just", 1000, 60000, 61000, NST_END_ACTIVE },
	{ "idle-and-old", 1000, 1000, 61000, NST_END_INACTIVE },
	{ "stamped-after-now", 1005, 1005, 1000, NST_END_NONE },
	{ "wrapped-alive", U32_MAX - 1000, U32_MAX - 1000, 28998, NST_END_NONE },
	{ "wrapped-idle", U32_MAX - 1000, U32_MAX - 1000, 28999,
	  NST_END_INACTIVE },
	{ "wrapped-old", U32_MAX - 1000, 58000, 58999, NST_END_ACTIVE },
};

NST_KUNIT_NAMED(aging_dues, aging_dues);

static void due(struct kunit *test)
{
	const struct due_case *c = test->param_value;
	struct aging_fixture *x = test->priv;
	struct nst_flow flow = { .first = c->first, .last = c->last };

	x->t->inactive = 30 * S;
	x->t->active = 60 * S;
	KUNIT_EXPECT_EQ(test, c->due, nst_aging_due(x->t, &flow, c->now));
}

struct extend_case {
	const char *name;
	u64 now;
	u32 stamp;
	u64 want;
};

static const struct extend_case clock_stamps[] = {
	{ "same", 5000, 5000, 5000 },
	{ "before", 5000, 1, 1 },
	{ "at-wrap", WRAP, U32_MAX, WRAP - 1 },
	{ "after-wrap", WRAP + 10, 10, WRAP + 10 },
	{ "before-wrap", WRAP + 10, 11, 11 },
	{ "third-round", 3 * WRAP + 5, 0xfffffff0, 3 * WRAP - 16 },
};

NST_KUNIT_NAMED(clock_stamps, clock_stamps);

static void clock_extend(struct kunit *test)
{
	const struct extend_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, c->want, nst_clock_extend(c->now, c->stamp));
}

static struct kunit_case aging_cases[] = {
	KUNIT_CASE_PARAM(one_life, aging_lives_gen_params),
	KUNIT_CASE(cursor_counts_on),
	KUNIT_CASE(many_lives),
	KUNIT_CASE(work_follows_what_ends),
	KUNIT_CASE(budget),
	KUNIT_CASE(clock_jumps),
	KUNIT_CASE(no_room_for_timer),
	KUNIT_CASE(one_stream_is_blocked),
	KUNIT_CASE(evicted_when_there_is_room_again),
	KUNIT_CASE(no_room_for_packet),
	KUNIT_CASE(what_waits_is_lost),
	KUNIT_CASE(evict_nearest_end),
	KUNIT_CASE(evict_spares_the_busy),
	KUNIT_CASE(evict_the_overdue),
	KUNIT_CASE(evict_without_room),
	KUNIT_CASE(timeouts_made_shorter),
	KUNIT_CASE_PARAM(due, aging_dues_gen_params),
	KUNIT_CASE_PARAM(clock_extend, clock_stamps_gen_params),
	{}
};

static struct kunit_suite aging_suite = {
	.name = "aging",
	.init = aging_init,
	.exit = aging_exit,
	.test_cases = aging_cases,
};

kunit_test_suite(aging_suite);

MODULE_DESCRIPTION("KUnit suite: aging");
MODULE_LICENSE("GPL");
