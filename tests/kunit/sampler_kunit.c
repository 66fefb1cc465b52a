// SPDX-License-Identifier: GPL-2.0
/*
 * Sampler: which packets are selected.
 */
#include "nst_kunit.h"

#include <linux/prandom.h>
#include <linux/random.h>

/* The same numbers in each run, so that statistics cannot fail by chance. */
static struct rnd_state sampler_seeded;

static u32 sampler_random(void)
{
	return prandom_u32_state(&sampler_seeded);
}

#define get_random_u32	sampler_random
#include "sampler.c"
#undef get_random_u32

#define FIX_PACKETS	NETSTREAM_SAMPLER_FIX_PACKETS
#define RANDOM_PACKETS	NETSTREAM_SAMPLER_RANDOM_PACKETS
#define FIX_TIME	NETSTREAM_SAMPLER_FIX_TIME

#define STEPS_MAX	12

/**
 * struct sampler_step - packets that come at once
 * @n: how many
 * @want: how many of them are to be selected
 * @now: when
 * @interval: 0, or the sampler's interval from here on
 * @times: 0, or how often this step is done
 */
struct sampler_step {
	u32 n;
	u32 want;
	u32 now;
	u32 interval;
	u32 times;
};

struct sampler_case {
	const char *name;
	struct nst_sampler_def def;
	struct sampler_step step[STEPS_MAX];
};

static const struct sampler_case sampler_steps[] = {
	{
		.name = "none-selects-all",
		.step = { { .n = 1, .want = 1, .times = 5 }, { .n = 44, .want = 44 } },
	}, {
		.name = "fix-packets-1-selects-all",
		.def = { .mode = FIX_PACKETS, .interval = 1 },
		.step = { { .n = 1, .want = 1, .times = 7 }, { .n = 44, .want = 44 } },
	}, {
		.name = "fix-packets-first-of-each-4",
		.def = { .mode = FIX_PACKETS, .interval = 4 },
		.step = {
			{ .n = 1, .want = 1 }, { .n = 1, .want = 0, .times = 3 },
			{ .n = 1, .want = 1 }, { .n = 1, .want = 0, .times = 3 },
			{ .n = 1, .want = 1 },
		},
	}, {
		/* packets 1 to 25: 1, 11, 21; 26 to 30: none; 31 */
		.name = "fix-packets-super-packet",
		.def = { .mode = FIX_PACKETS, .interval = 10 },
		.step = {
			{ .n = 25, .want = 3 }, { .n = 5, .want = 0 },
			{ .n = 1, .want = 1 },
		},
	}, {
		.name = "fix-packets-super-packet-ends-at-interval",
		.def = { .mode = FIX_PACKETS, .interval = 10 },
		.step = {
			{ .n = 10, .want = 1 }, { .n = 10, .want = 1 },
			{ .n = 11, .want = 2 }, { .n = 9, .want = 0 },
			{ .n = 1, .want = 1 },
		},
	}, {
		.name = "fix-packets-largest-interval",
		.def = { .mode = FIX_PACKETS, .interval = 65535 },
		.step = {
			{ .n = 1, .want = 1 }, { .n = 65534, .want = 0 },
			{ .n = 1, .want = 1 }, { .n = 65534, .want = 0 },
			{ .n = 65536, .want = 2 },
		},
	}, {
		.name = "fix-packets-interval-made-shorter",
		.def = { .mode = FIX_PACKETS, .interval = 1000 },
		.step = {
			{ .n = 1, .want = 1 }, { .n = 5, .want = 0 },
			{ .n = 1, .want = 1, .interval = 10 },
			{ .n = 9, .want = 0 }, { .n = 1, .want = 1 },
		},
	}, {
		.name = "random-1-selects-all",
		.def = { .mode = RANDOM_PACKETS, .interval = 1 },
		.step = { { .n = 1, .want = 1, .times = 9 }, { .n = 30, .want = 30 } },
	}, {
		/* whole intervals, however they come, have one each */
		.name = "random-super-packet-of-whole-intervals",
		.def = { .mode = RANDOM_PACKETS, .interval = 7 },
		.step = {
			{ .n = 7, .want = 1, .times = 100 }, { .n = 21, .want = 3 },
			{ .n = 7000, .want = 1000 },
		},
	}, {
		.name = "fix-time-first-of-each-100-ms",
		.def = { .mode = FIX_TIME, .interval = 100 },
		.step = {
			{ .n = 1, .want = 1, .now = 5000 },
			{ .n = 1, .want = 0, .now = 5000 },
			{ .n = 1, .want = 0, .now = 5099 },
			{ .n = 1, .want = 1, .now = 5100 },
			{ .n = 1, .want = 0, .now = 5101 },
		},
	}, {
		.name = "fix-time-one-of-a-super-packet",
		.def = { .mode = FIX_TIME, .interval = 100 },
		.step = {
			{ .n = 44, .want = 1, .now = 1 },
			{ .n = 44, .want = 0, .now = 100 },
			{ .n = 44, .want = 1, .now = 101 },
		},
	}, {
		.name = "fix-time-quiet-intervals-are-not-made-up-for",
		.def = { .mode = FIX_TIME, .interval = 100 },
		.step = {
			{ .n = 1, .want = 1, .now = 0 },
			{ .n = 1, .want = 1, .now = 950 },
			{ .n = 1, .want = 0, .now = 1000 },
			{ .n = 1, .want = 0, .now = 1049 },
			{ .n = 1, .want = 1, .now = 1050 },
		},
	}, {
		.name = "fix-time-clock-wraps",
		.def = { .mode = FIX_TIME, .interval = 100 },
		.step = {
			{ .n = 1, .want = 1, .now = U32_MAX - 40 },
			{ .n = 1, .want = 0, .now = U32_MAX },
			{ .n = 1, .want = 0, .now = 58 },
			{ .n = 1, .want = 1, .now = 59 },
		},
	}, {
		.name = "fix-time-interval-made-shorter",
		.def = { .mode = FIX_TIME, .interval = 30000 },
		.step = {
			{ .n = 1, .want = 1, .now = 10 },
			{ .n = 1, .want = 0, .now = 20 },
			{ .n = 1, .want = 1, .now = 30, .interval = 10 },
			{ .n = 1, .want = 0, .now = 39 },
			{ .n = 1, .want = 1, .now = 40 },
		},
	},
};

NST_KUNIT_NAMED(sampler_steps, sampler_steps);

static void select_case(struct kunit *test)
{
	const struct sampler_case *c = test->param_value;
	struct nst_sampler_def def = c->def;
	struct nst_sampler_state state = {};
	const struct sampler_step *s;
	u32 i;

	for (s = c->step; s < c->step + STEPS_MAX && s->n; s++) {
		if (s->interval)
			def.interval = s->interval;
		nst_sampler_begin(&def, &state);
		for (i = 0; i < (s->times ?: 1); i++)
			KUNIT_EXPECT_EQ_MSG(test, s->want,
					    nst_sampler_select(&def, &state,
							       s->n, s->now),
					    "step %zd, time %u", s - c->step, i);
	}
}

/* However the packets of an interval come, one of them is selected. */
static void random_one_of_each(struct kunit *test)
{
	const struct nst_sampler_def def = { .mode = RANDOM_PACKETS, .interval = 50 };
	static const u32 piece[] = { 1, 3, 11, 20, 10, 5 };	/* 50 */
	struct nst_sampler_state state = {};
	u32 round, i, n;

	for (round = 0; round < 400; round++) {
		for (n = 0, i = 0; i < ARRAY_SIZE(piece); i++)
			n += nst_sampler_select(&def, &state, piece[i], 0);
		KUNIT_EXPECT_EQ(test, 1U, n);
	}
}

/* Each place of the interval gets its share: 1000 expected, 8 sigma allowed. */
static void random_is_even(struct kunit *test)
{
	const struct nst_sampler_def def = { .mode = RANDOM_PACKETS, .interval = 8 };
	struct nst_sampler_state state = {};
	u32 hits[8] = {}, i;

	for (i = 0; i < 8 * 8000; i++)
		hits[i % 8] += nst_sampler_select(&def, &state, 1, 0);
	for (i = 0; i < 8; i++) {
		KUNIT_EXPECT_GT_MSG(test, hits[i], 760U, "place %u", i);
		KUNIT_EXPECT_LT_MSG(test, hits[i], 1240U, "place %u", i);
	}
}

/* Pearson's statistic of counts that are expected to be equal. */
static u32 chi_square(const u32 *count, unsigned int n, u32 expected)
{
	u64 sum = 0;
	unsigned int i;
	s64 off;

	for (i = 0; i < n; i++) {
		off = (s64)count[i] - expected;
		sum += off * off;
	}
	return div_u64(sum, expected);
}

/*
 * 100 000 intervals of 100 packets: exactly one of each, at a place that is uniform.  With
 * 99 degrees of freedom 998 of 1000 statistics are from 61 to 148.
 */
static void random_is_uniform(struct kunit *test)
{
	const struct nst_sampler_def def = { .mode = RANDOM_PACKETS, .interval = 100 };
	u32 *hits = kunit_kcalloc(test, 100, sizeof(*hits), GFP_KERNEL);
	struct nst_sampler_state state = {};
	u32 round, i, n, one, wrong = 0;

	KUNIT_ASSERT_NOT_NULL(test, hits);
	prandom_seed_state(&sampler_seeded, 2026);
	for (round = 0; round < 100000; round++) {
		for (n = 0, i = 0; i < 100; i++) {
			one = nst_sampler_select(&def, &state, 1, 0);
			hits[i] += one;
			n += one;
		}
		wrong += n != 1;
	}
	KUNIT_EXPECT_EQ(test, 0U, wrong);
	KUNIT_EXPECT_GE(test, chi_square(hits, 100, 1000), 61U);
	KUNIT_EXPECT_LE(test, chi_square(hits, 100, 1000), 148U);
}

/*
 * The place in one interval says nothing of that in the next: 64 pairs of places, of which
 * each is as likely.  With 63 degrees of freedom 998 of 1000 statistics are from 33 to 104.
 */
static void random_places_are_independent(struct kunit *test)
{
	const struct nst_sampler_def def = { .mode = RANDOM_PACKETS, .interval = 8 };
	struct nst_sampler_state state = {};
	u32 pairs[64] = {}, round, i, place = 0, before;

	prandom_seed_state(&sampler_seeded, 11);
	for (round = 0; round <= 64000; round++) {
		before = place;
		for (i = 0; i < 8; i++)
			if (nst_sampler_select(&def, &state, 1, 0))
				place = i;
		if (round)
			pairs[8 * before + place]++;
	}
	KUNIT_EXPECT_GE(test, chi_square(pairs, 64, 1000), 33U);
	KUNIT_EXPECT_LE(test, chi_square(pairs, 64, 1000), 104U);
}

/*
 * However packets come, each interval has exactly one that is selected, its first, and an
 * interval begins where that comes.  This is reckoned here with times that do not wrap, from
 * a sampler whose 32-bit clock wraps several times.
 */
static void fix_time_one_of_each(struct kunit *test)
{
	const struct nst_sampler_def def = { .mode = FIX_TIME, .interval = 100 };
	u32 round, n, one, selected = 0, wanted = 0, wrong = 0;
	struct nst_sampler_state state = {};
	u64 now = 5, due = 0;

	prandom_seed_state(&sampler_seeded, 2026);
	for (round = 0; round < 200000; round++) {
		/* several in a millisecond, some apart, and rarely a long pause */
		now += sampler_random() % 8 ? sampler_random() % 3 : sampler_random() % 250;
		if (!(sampler_random() % 4096))
			now += sampler_random() % (1U << 30);
		n = 1 + sampler_random() % 44;
		one = nst_sampler_select(&def, &state, n, now);
		wrong += one != (now >= due);
		selected += one;
		if (now < due)
			continue;
		wanted++;
		due = now + 100;
	}
	KUNIT_EXPECT_GT(test, now, 3ULL << 32);
	KUNIT_EXPECT_GT(test, wanted, 10000U);
	KUNIT_EXPECT_EQ(test, wanted, selected);
	KUNIT_EXPECT_EQ(test, 0U, wrong);
}

/* Packets in each millisecond: ten seconds are 100 intervals of 100 ms, one packet in each. */
static void fix_time_steady(struct kunit *test)
{
	const struct nst_sampler_def def = { .mode = FIX_TIME, .interval = 100 };
	u32 hits[100] = {}, now, i, wrong = 0;
	struct nst_sampler_state state = {};

	for (now = 0; now < 10000; now++)
		for (i = 0; i < 3; i++)
			hits[now / 100] += nst_sampler_select(&def, &state, 1, now + 77);
	for (i = 0; i < 100; i++)
		wrong += hits[i] != 1;
	KUNIT_EXPECT_EQ(test, 0U, wrong);
}

/* An interval that changes while it lasts begins anew. */
static void random_interval_changes(struct kunit *test)
{
	struct nst_sampler_def def = { .mode = RANDOM_PACKETS, .interval = 1000 };
	struct nst_sampler_state state = {};
	u32 i, n = 0;

	nst_sampler_select(&def, &state, 1, 0);
	def.interval = 10;
	nst_sampler_begin(&def, &state);
	for (i = 0; i < 10; i++)
		n += nst_sampler_select(&def, &state, 1, 0);
	KUNIT_EXPECT_EQ(test, 1U, n);
	def.interval = 1000;
	nst_sampler_begin(&def, &state);
	KUNIT_EXPECT_EQ(test, 1U, nst_sampler_select(&def, &state, 1000, 0));
}

static struct kunit_case sampler_cases[] = {
	KUNIT_CASE_PARAM(select_case, sampler_steps_gen_params),
	KUNIT_CASE(random_one_of_each),
	KUNIT_CASE(random_is_even),
	KUNIT_CASE(random_is_uniform),
	KUNIT_CASE(random_places_are_independent),
	KUNIT_CASE(random_interval_changes),
	KUNIT_CASE(fix_time_one_of_each),
	KUNIT_CASE(fix_time_steady),
	{}
};

static int sampler_init(struct kunit *test)
{
	prandom_seed_state(&sampler_seeded, 1);
	return 0;
}

static struct kunit_suite sampler_suite = {
	.name = "sampler",
	.init = sampler_init,
	.test_cases = sampler_cases,
};

kunit_test_suite(sampler_suite);

MODULE_DESCRIPTION("KUnit suite: sampler");
MODULE_LICENSE("GPL");
