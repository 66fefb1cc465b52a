// SPDX-License-Identifier: GPL-2.0
/*
 * Table: adding, finding and removing flows; growth; colliding hashes; quota;
 * readers.
 */
#include "nst_kunit.h"

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
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

/* Keys of the test record: one word of address, one of slot. */
static const struct nst_record_def table_def = {
	.name = "t", .nitems = 1,
	.item = { { .field = NETSTREAM_FIELD_DST_ADDR, .prefix = 64 } },
};

#define KEY_WORDS	2
#define ANY_HASH	0x12345678U

struct table_fixture {
	struct nst_record *rec;
	struct nst_quota quota;
	struct nst_table *t;
	u64 secret[NST_SECRET_WORDS];
};

static struct nst_table *fixture_table(struct kunit *test, u32 max_flows)
{
	struct table_fixture *x = test->priv;

	nst_quota_init(&x->quota, max_flows);
	x->t = nst_table_create(x->rec, max_flows, &x->quota, x->secret);
	KUNIT_ASSERT_NOT_NULL(test, x->t);
	return x->t;
}

static int table_init(struct kunit *test)
{
	struct table_fixture *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);

	if (!x)
		return -ENOMEM;
	get_random_bytes(x->secret, sizeof(x->secret));
	x->rec = nst_record_compile(&table_def);
	test->priv = x;
	return x->rec ? 0 : -ENOMEM;
}

static void table_exit(struct kunit *test)
{
	struct table_fixture *x = test->priv;

	if (x->t) {
		u32 left = atomic_read(&x->quota.left) + x->t->granted;

		nst_table_free(x->t);
		/* the table has returned everything to the quota */
		KUNIT_EXPECT_EQ(test, (int)left, atomic_read(&x->quota.left));
	}
	KUNIT_EXPECT_EQ(test, 1U, refcount_read(&x->rec->ref));
	nst_record_put(x->rec);
	/* wait for RCU callbacks of the module, which free chunks */
	rcu_barrier();
}

/* A flow as the packet path makes it, with @value as packets and bytes. */
static u32 put_flow(struct nst_table *t, u32 hash, u64 value)
{
	const u64 word[KEY_WORDS] = { value, 0 };
	u32 index = nst_table_insert(t, hash, word);
	struct nst_flow *flow;

	if (index == NST_NONE)
		return NST_NONE;
	flow = nst_table_flow(t, index);
	flow->packets = value;
	flow->bytes = value;
	t->cached.packets += value;
	t->cached.bytes += value;
	nst_flow_write_end(flow);
	return index;
}

static u32 find_flow(const struct nst_table *t, u32 hash, u64 value)
{
	const u64 word[KEY_WORDS] = { value, 0 };

	return nst_table_find(t, hash, word);
}

static void drop_flow(struct nst_table *t, u32 index)
{
	nst_table_unhash(t, index);
	nst_table_release(t, index);
}

static u32 hash_of(const struct nst_table *t, u64 value)
{
	const u64 word[KEY_WORDS] = { value, 0 };

	return nst_hash(word, KEY_WORDS, t->secret);
}

static u32 guess(const struct nst_table *t, u32 hash)
{
	u32 index;

	return nst_bucket_probe(nst_table_bucket(t, hash), hash, &index) ?
	       index : NST_NONE;
}

static void find_what_was_put(struct kunit *test)
{
	struct nst_table *t = fixture_table(test, 1000);
	u32 a, b;

	KUNIT_EXPECT_EQ(test, NST_NONE, find_flow(t, ANY_HASH, 1));
	a = put_flow(t, ANY_HASH, 1);
	b = put_flow(t, ANY_HASH + 1, 2);
	KUNIT_EXPECT_NE(test, a, b);
	KUNIT_EXPECT_EQ(test, a, find_flow(t, ANY_HASH, 1));
	KUNIT_EXPECT_EQ(test, b, find_flow(t, ANY_HASH + 1, 2));
	KUNIT_EXPECT_EQ(test, a, guess(t, ANY_HASH));
	/* the right key with a wrong hash, and the reverse */
	KUNIT_EXPECT_EQ(test, NST_NONE, find_flow(t, ANY_HASH + 1, 1));
	KUNIT_EXPECT_EQ(test, NST_NONE, find_flow(t, ANY_HASH, 2));
	KUNIT_EXPECT_EQ(test, 2U, t->used);
	KUNIT_EXPECT_EQ(test, 2ULL, t->cached.flows);
	KUNIT_EXPECT_EQ(test, 3ULL, t->cached.bytes);

	drop_flow(t, a);
	KUNIT_EXPECT_EQ(test, NST_NONE, find_flow(t, ANY_HASH, 1));
	KUNIT_EXPECT_EQ(test, NST_NONE, guess(t, ANY_HASH));
	KUNIT_EXPECT_EQ(test, b, find_flow(t, ANY_HASH + 1, 2));
	KUNIT_EXPECT_EQ(test, 1ULL, t->cached.flows);
	KUNIT_EXPECT_EQ(test, 2ULL, t->cached.packets);
	drop_flow(t, b);
	KUNIT_EXPECT_EQ(test, 0U, t->used);
	KUNIT_EXPECT_EQ(test, 0ULL, t->cached.bytes);
	KUNIT_EXPECT_EQ(test, 2ULL, t->created);
}

/* A new flow is blank, whatever its memory contained. */
static void reuse_is_blank(struct kunit *test)
{
	struct nst_table *t = fixture_table(test, 1000);
	u32 a = put_flow(t, ANY_HASH, 77), b;
	const u64 word[KEY_WORDS] = { 5, 0 };
	struct nst_flow *flow = nst_table_flow(t, a);

	flow->tcp_flags = 0xff;
	flow->end = NST_END_TCP;
	drop_flow(t, a);
	b = nst_table_insert(t, ANY_HASH, word);
	KUNIT_ASSERT_EQ(test, a, b);
	KUNIT_EXPECT_EQ(test, 0ULL, flow->packets);
	KUNIT_EXPECT_EQ(test, 0ULL, flow->bytes);
	KUNIT_EXPECT_EQ(test, 0, flow->tcp_flags);
	KUNIT_EXPECT_EQ(test, NST_END_NONE, (int)flow->end);
	KUNIT_EXPECT_EQ(test, NST_FLOW_LIVE, (int)flow->state);
	KUNIT_EXPECT_EQ(test, 1U, flow->seq & 1);
	nst_flow_write_end(flow);
	drop_flow(t, b);
}

/* Counts the entries of a bucket that do not agree with the hash of their flow. */
static u32 wrong_entries(const struct nst_table *t, const struct nst_segment *seg,
			 unsigned int depth, unsigned int i, int *spilled)
{
	const struct nst_bucket *b = &seg->bucket[i];
	u32 hash, want, index, wrong = 0;
	unsigned int entry;

	for (entry = 0; entry < NST_BUCKET_ENTRIES; entry++) {
		if (!nst_bucket_get_tag(b, entry)) {
			wrong += b->flow[entry] != 0;
			continue;
		}
		index = b->flow[entry] & NST_ENTRY_INDEX;
		hash = nst_table_flow(t, index)->hash;
		want = index | nst_entry_splits(hash, depth);
		if (nst_bucket_first(hash) != i) {
			want |= NST_ENTRY_SECOND;
			wrong += nst_bucket_second(hash) != i;
			spilled[nst_bucket_first(hash)]++;
		}
		wrong += b->flow[entry] != want;
		wrong += nst_bucket_get_tag(b, entry) != nst_bucket_tag(hash);
		wrong += nst_table_segment(t, hash) != seg;
	}
	return wrong;
}

static void expect_sound(struct kunit *test, const struct nst_table *t)
{
	const struct nst_segment *last = NULL, *seg;
	u32 entry, wrong = 0;
	unsigned int i;

	for (entry = 0; entry < 1U << t->bits; entry++) {
		int spilled[NST_BUCKETS] = {};

		seg = t->directory[entry];
		if (seg == last)
			continue;
		last = seg;
		for (i = 0; i < NST_BUCKETS; i++)
			wrong += wrong_entries(t, seg, t->depth[entry], i, spilled);
		for (i = 0; i < NST_BUCKETS; i++)
			wrong += spilled[i] != nst_bucket_spilled(&seg->bucket[i]);
	}
	KUNIT_EXPECT_EQ(test, 0U, wrong);
}

/* Growth: all flows are found at each doubling, and none twice. */
static void grow_and_shrink(struct kunit *test)
{
	const u32 n = 50000;
	struct nst_table *t = fixture_table(test, n);
	u32 *index = vmalloc(n * sizeof(*index)), i, wrong = 0;

	KUNIT_ASSERT_NOT_NULL(test, index);
	for (i = 0; i < n; i++) {
		index[i] = put_flow(t, hash_of(t, i), i);
		wrong += index[i] == NST_NONE;
		if (!(i & (i - 1)) || i == n - 1) {
			u32 j;

			for (j = 0; j <= i; j++)
				wrong += find_flow(t, hash_of(t, j), j) != index[j];
			expect_sound(test, t);
		}
	}
	KUNIT_EXPECT_EQ(test, 0U, wrong);
	KUNIT_EXPECT_EQ(test, n, t->used);
	KUNIT_EXPECT_GE(test, t->nsegments, n / (NST_BUCKETS * NST_BUCKET_ENTRIES));

	/* every other flow is removed, the others are still found */
	for (i = 0; i < n; i += 2)
		drop_flow(t, index[i]);
	for (i = 0; i < n; i++)
		wrong += find_flow(t, hash_of(t, i), i) !=
			 (i % 2 ? index[i] : NST_NONE);
	KUNIT_EXPECT_EQ(test, 0U, wrong);

	/* their memory is reused */
	for (i = 0; i < n; i += 2)
		wrong += put_flow(t, hash_of(t, i), i) == NST_NONE;
	KUNIT_EXPECT_EQ(test, 0U, wrong);
	KUNIT_EXPECT_EQ(test, n, t->fresh);
	vfree(index);
}

#define FIT	(2 * NST_BUCKET_ENTRIES)

/*
 * The two buckets of a hash hold twenty flows, however large the table is.  Another
 * flow is refused, and the others stay.
 */
static void equal_hashes(struct kunit *test)
{
	struct nst_table *t = fixture_table(test, 100000);
	u32 index[FIT], i;

	for (i = 0; i < FIT; i++) {
		index[i] = put_flow(t, ANY_HASH, i);
		KUNIT_ASSERT_NE(test, NST_NONE, index[i]);
	}
	KUNIT_EXPECT_EQ(test, NST_NONE, put_flow(t, ANY_HASH, FIT));
	KUNIT_EXPECT_EQ(test, 1U * FIT, t->used);
	for (i = 0; i < FIT; i++)
		KUNIT_EXPECT_EQ(test, index[i], find_flow(t, ANY_HASH, i));
	/* other buckets have free entries */
	KUNIT_EXPECT_NE(test, NST_NONE, put_flow(t, ~ANY_HASH, 99));
	/* the first bucket is emptied: all flows in the second are still found */
	for (i = 0; i < FIT; i++) {
		u32 j;

		drop_flow(t, index[i]);
		for (j = i + 1; j < FIT; j++)
			KUNIT_EXPECT_EQ(test, index[j],
					find_flow(t, ANY_HASH, j));
		KUNIT_EXPECT_EQ(test, NST_NONE, find_flow(t, ANY_HASH, i));
	}
	KUNIT_EXPECT_NE(test, NST_NONE, put_flow(t, ANY_HASH, FIT));
}

/*
 * Segments of a large table are not split as soon as two buckets of one are
 * full: at two thirds of what they hold, 500 000 flows need 1 200.
 */
static void segments_fill_up(struct kunit *test)
{
	struct nst_table *t = fixture_table(test, 500000);
	const u32 n = 500000;
	u32 i, wrong = 0;

	for (i = 0; i < n; i++)
		KUNIT_ASSERT_NE(test, NST_NONE, put_flow(t, hash_of(t, i), i));
	KUNIT_EXPECT_LE(test, t->nsegments, 1400U);
	expect_sound(test, t);
	for (i = 0; i < n; i++)
		wrong += find_flow(t, hash_of(t, i), i) == NST_NONE;
	KUNIT_EXPECT_EQ(test, 0U, wrong);
	/* every flow is found in its new place, and removed from there */
	for (i = 0; i < n; i++) {
		drop_flow(t, find_flow(t, hash_of(t, i), i));
		wrong += find_flow(t, hash_of(t, i), i) != NST_NONE;
		wrong += i + 1 < n &&
			 find_flow(t, hash_of(t, n - 1), n - 1) == NST_NONE;
	}
	KUNIT_EXPECT_EQ(test, 0U, wrong);
	KUNIT_EXPECT_EQ(test, 0U, t->used);
}

/* Spilled flows move with their segment: hashes differ in the top bits only. */
static void spilled_flows_split(struct kunit *test)
{
	struct nst_table *t = fixture_table(test, 100000);
	u32 index[64], i, n = 0, low = ANY_HASH & 0xffffff;

	for (i = 0; i < 64; i++) {
		index[i] = put_flow(t, i << 26 | low, i);
		KUNIT_ASSERT_NE(test, NST_NONE, index[i]);
		for (n = 0; n <= i; n++)
			KUNIT_EXPECT_EQ(test, index[n],
					find_flow(t, n << 26 | low, n));
		expect_sound(test, t);
	}
	for (i = 0; i < 64; i++)
		drop_flow(t, index[i]);
	for (i = 0; i < 64; i++)
		KUNIT_EXPECT_EQ(test, NST_NONE,
				find_flow(t, i << 26 | low, i));
}

/*
 * An entry above one that matches may be flagged as well.  If it is empty, and
 * names a flow that is gone and had the key, that must not be found.
 */
static void empty_entries_do_not_match(struct kunit *test)
{
	struct nst_table *t = fixture_table(test, 100);
	u32 other, gone;

	/* empty entries hold index 0, and flow 0 is the one that will be removed */
	other = put_flow(t, 1, 1);
	put_flow(t, 0, 2);
	drop_flow(t, other);
	gone = put_flow(t, 0, 3);
	KUNIT_EXPECT_EQ(test, 0U, gone);
	drop_flow(t, gone);
	KUNIT_EXPECT_EQ(test, NST_NONE, find_flow(t, 0, 3));
}

/* A random walk against a plain array. */
static void against_a_model(struct kunit *test)
{
	const u32 n = 3000;
	struct nst_table *t = fixture_table(test, n);
	u32 *index = kunit_kcalloc(test, n, sizeof(*index), GFP_KERNEL);
	u32 step, i, used = 0, wrong = 0;

	KUNIT_ASSERT_NOT_NULL(test, index);
	memset32(index, NST_NONE, n);
	for (step = 0; step < 200000; step++) {
		i = get_random_u32() % n;
		/* hashes with few different low bits: buckets fill and spill */
		u32 hash = hash_of(t, i) & 0xfff0c00f;

		wrong += find_flow(t, hash, i) != index[i];
		if (index[i] != NST_NONE) {
			drop_flow(t, index[i]);
			index[i] = NST_NONE;
			used--;
		} else {
			index[i] = put_flow(t, hash, i);
			used += index[i] != NST_NONE;
		}
		if (!(step % 1000))
			expect_sound(test, t);
	}
	KUNIT_EXPECT_EQ(test, 0U, wrong);
	KUNIT_EXPECT_EQ(test, used, t->used);
	KUNIT_EXPECT_EQ(test, (u64)used, t->cached.flows);
}

/* ------------------------------------------------------------------ quota */

static void quota_bounds(struct kunit *test)
{
	struct nst_table *t = fixture_table(test, 100);
	u32 i, refused = 0;

	for (i = 0; i < 120; i++)
		refused += put_flow(t, hash_of(t, i), i) == NST_NONE;
	KUNIT_EXPECT_EQ(test, 20U, refused);
	KUNIT_EXPECT_EQ(test, 100U, t->used);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&t->quota->left));
	for (i = 0; i < 100; i++)
		drop_flow(t, find_flow(t, hash_of(t, i), i));
	/* at most two batches stay granted */
	KUNIT_EXPECT_LE(test, t->granted, 2 * t->quota->batch);
	KUNIT_EXPECT_EQ(test, 100, (int)t->granted +
			atomic_read(&t->quota->left));
}

/*
 * Flows granted to one CPU are not available to the other, but each may have one
 * flow.
 */
static void quota_is_shared(struct kunit *test)
{
	struct table_fixture *x = test->priv;
	struct nst_table *a = fixture_table(test, 16), *b;
	u32 i;

	b = nst_table_create(x->rec, 16, &x->quota, x->secret);
	KUNIT_ASSERT_NOT_NULL(test, b);
	for (i = 0; i < 16; i++)
		KUNIT_EXPECT_NE(test, NST_NONE, put_flow(a, hash_of(a, i), i));
	KUNIT_EXPECT_EQ(test, NST_NONE, put_flow(a, hash_of(a, 16), 16));
	KUNIT_EXPECT_NE(test, NST_NONE, put_flow(b, hash_of(b, 1), 1));
	KUNIT_EXPECT_EQ(test, NST_NONE, put_flow(b, hash_of(b, 2), 2));
	for (i = 0; i < 16; i++)
		drop_flow(a, find_flow(a, hash_of(a, i), i));
	KUNIT_EXPECT_NE(test, NST_NONE, put_flow(b, hash_of(b, 2), 2));
	drop_flow(b, find_flow(b, hash_of(b, 1), 1));
	drop_flow(b, find_flow(b, hash_of(b, 2), 2));
	nst_table_free(b);
	KUNIT_EXPECT_EQ(test, 16, (int)a->granted + atomic_read(&x->quota.left));
}

/*
 * A table that has used up the quota shrinks for one that has less than its share,
 * until both have the same number of flows.
 */
static void quota_is_fair(struct kunit *test)
{
	struct table_fixture *x = test->priv;
	struct nst_table *a = fixture_table(test, 1000), *b;
	u32 i, next, made = 0;

	b = nst_table_create(x->rec, 1000, &x->quota, x->secret);
	KUNIT_ASSERT_NOT_NULL(test, b);
	for (i = 0; i < 1000; i++)
		put_flow(a, hash_of(a, i), i);
	KUNIT_EXPECT_FALSE(test, nst_table_over(a));
	/* one flow is always allowed, and marks the quota as pressed */
	KUNIT_EXPECT_NE(test, NST_NONE, put_flow(b, hash_of(b, 1), 1));
	KUNIT_EXPECT_TRUE(test, nst_table_over(a));
	KUNIT_EXPECT_EQ(test, NST_NONE, put_flow(b, hash_of(b, 2), 2));
	/* the flood continues: the table is above its share for each new flow */
	for (i = 0, next = 2; i < 1000 && nst_table_over(a); i++) {
		drop_flow(a, find_flow(a, hash_of(a, 2 * i), 2 * i));
		drop_flow(a, find_flow(a, hash_of(a, 2 * i + 1), 2 * i + 1));
		KUNIT_EXPECT_NE(test, NST_NONE,
				put_flow(a, hash_of(a, 5000 + i), 5000 + i));
		if (put_flow(b, hash_of(b, next), next) != NST_NONE) {
			next++;
			made++;
		}
	}
	KUNIT_EXPECT_GE(test, b->used, 490U);
	KUNIT_EXPECT_LE(test, a->used, 500U);
	KUNIT_EXPECT_LE(test, a->used + b->used, 1001U);
	/* it takes no batch while the other table wants more */
	KUNIT_EXPECT_EQ(test, NST_NONE,
			put_flow(a, hash_of(a, 9000), 9000));
	nst_table_free(b);
	KUNIT_EXPECT_EQ(test, 1000, (int)a->granted + atomic_read(&x->quota.left));
	KUNIT_EXPECT_NE(test, NST_NONE, put_flow(a, hash_of(a, 9000), 9000));
}

static void quota_lowered_and_raised(struct kunit *test)
{
	struct nst_table *t = fixture_table(test, 1000);
	struct nst_quota *q = t->quota;
	u32 i;

	for (i = 0; i < 1000; i++)
		put_flow(t, hash_of(t, i), i);
	nst_quota_change(q, 1000, 100);
	KUNIT_EXPECT_EQ(test, NST_NONE, put_flow(t, hash_of(t, 5000), 5000));
	KUNIT_EXPECT_TRUE(test, nst_table_over(t));
	/*
	 * a flow that ends makes room for a new one; other granted flows are
	 * returned
	 */
	drop_flow(t, find_flow(t, hash_of(t, 0), 0));
	KUNIT_EXPECT_NE(test, NST_NONE, put_flow(t, hash_of(t, 0), 0));
	for (i = 0; i < 899; i++)
		drop_flow(t, find_flow(t, hash_of(t, i), i));
	KUNIT_EXPECT_EQ(test, 101U, t->used);
	KUNIT_EXPECT_TRUE(test, nst_table_over(t));
	drop_flow(t, find_flow(t, hash_of(t, 899), 899));
	drop_flow(t, find_flow(t, hash_of(t, 900), 900));
	KUNIT_EXPECT_FALSE(test, nst_table_over(t));
	KUNIT_EXPECT_NE(test, NST_NONE, put_flow(t, hash_of(t, 5000), 5000));
	KUNIT_EXPECT_EQ(test, NST_NONE, put_flow(t, hash_of(t, 5001), 5001));
	nst_quota_change(q, 100, 101);
	KUNIT_EXPECT_NE(test, NST_NONE, put_flow(t, hash_of(t, 5001), 5001));
	KUNIT_EXPECT_EQ(test, NST_NONE, put_flow(t, hash_of(t, 5002), 5002));
	KUNIT_EXPECT_EQ(test, 101, (int)t->granted + atomic_read(&q->left));
}

/*
 * Tables of a monitor share its own quota, and take from that of the namespace as well;
 * what they use is not there for others, and what they do not get is.
 */
static void quota_of_a_monitor(struct kunit *test)
{
	struct nst_account *account = nst_account_create("m", 1);
	struct table_fixture *x = test->priv;
	struct nst_table *t = fixture_table(test, 100), *a, *b;
	struct nst_record *rec = nst_record_compile(&table_def);
	u32 i, made = 0;

	KUNIT_ASSERT_NOT_NULL(test, account);
	KUNIT_ASSERT_NOT_NULL(test, rec);
	nst_record_belongs(rec, account);
	nst_quota_init(&account->quota, 32);
	a = nst_table_create(rec, 100, &x->quota, x->secret);
	b = nst_table_create(rec, 100, &x->quota, x->secret);
	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_ASSERT_NOT_NULL(test, b);
	for (i = 0; i < 50; i++)
		made += put_flow(a, hash_of(a, i), i) != NST_NONE;
	KUNIT_EXPECT_EQ(test, 32U, made);
	KUNIT_EXPECT_TRUE(test, nst_quota_used_up(&account->quota));
	KUNIT_EXPECT_FALSE(test, nst_quota_used_up(&x->quota));
	KUNIT_EXPECT_FALSE(test, nst_table_over(a));
	/* the other CPU wants its share of the monitor's flows */
	KUNIT_EXPECT_NE(test, NST_NONE, put_flow(b, hash_of(b, 1), 1));
	KUNIT_EXPECT_TRUE(test, nst_table_over(a));
	KUNIT_EXPECT_FALSE(test, nst_table_over(t));
	for (i = 0; i < 16; i++)
		drop_flow(a, find_flow(a, hash_of(a, i), i));
	KUNIT_EXPECT_FALSE(test, nst_table_over(a));
	KUNIT_EXPECT_NE(test, NST_NONE, put_flow(b, hash_of(b, 2), 2));
	/* the system has all the rest */
	for (i = 0; put_flow(t, hash_of(t, i), i) != NST_NONE; i++)
		;
	KUNIT_EXPECT_EQ(test, 100, (int)(t->granted + a->granted + b->granted) +
			atomic_read(&x->quota.left));
	KUNIT_EXPECT_EQ(test, 32, (int)(a->granted + b->granted) +
			atomic_read(&account->quota.left));
	KUNIT_EXPECT_GE(test, t->used, 100U - 32);
	/* a bound that is lowered: what is above it has to go */
	nst_quota_change(&account->quota, 32, 16);
	KUNIT_EXPECT_TRUE(test, nst_table_over(a));
	/* a bound of all that is used up leaves the monitor's own as it was */
	nst_quota_change(&account->quota, 16, 1000);
	for (i = 100; put_flow(b, hash_of(b, i), i) != NST_NONE; i++)
		;
	KUNIT_EXPECT_EQ(test, 1000, (int)(a->granted + b->granted) +
			atomic_read(&account->quota.left));
	KUNIT_EXPECT_EQ(test, 100, (int)(t->granted + a->granted + b->granted) +
			atomic_read(&x->quota.left));
	nst_table_free(a);
	nst_table_free(b);
	KUNIT_EXPECT_EQ(test, 1000, atomic_read(&account->quota.left));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&account->quota.sharers));
	KUNIT_EXPECT_EQ(test, 100, (int)t->granted + atomic_read(&x->quota.left));
	nst_record_put(rec);
	nst_account_put(account);
}

/* ----------------------------------------------------------------- arrays */

/* The arrays grow with the flows, whatever the bound is. */
static void arrays_grow_with_use(struct kunit *test)
{
	struct nst_table *t = fixture_table(test, NETSTREAM_FLOWS_MAX);
	size_t empty = nst_table_memory(t);
	u32 i, wrong = 0;

	KUNIT_EXPECT_LT(test, empty, (size_t)50000);
	for (i = 0; i < 100000; i++)
		wrong += put_flow(t, hash_of(t, i), i) == NST_NONE;
	for (i = 0; i < 100000; i++)
		wrong += find_flow(t, hash_of(t, i), i) == NST_NONE;
	KUNIT_EXPECT_EQ(test, 0U, wrong);
	KUNIT_EXPECT_GE(test, 1U << t->order, t->nchunks);
	KUNIT_EXPECT_LE(test, 1U << t->order, 4 * t->nchunks);
	KUNIT_EXPECT_LT(test, nst_table_memory(t), (size_t)20000000);
	expect_sound(test, t);
}

/* If a packet cannot allocate arrays, the worker does, and all flows are found. */
static void worker_allocates_arrays(struct kunit *test)
{
	struct nst_table *t = fixture_table(test, 1000000);
	u32 i, wrong = 0;

	for (i = 0; i < 5000; i++)
		put_flow(t, hash_of(t, i), i);
	KUNIT_ASSERT_EQ(test, NST_ORDER_MIN, (int)t->order);
	/* as nst_arrays_want() does when there is no memory at once */
	t->want = 20;
	t->state = NST_ARRAYS_ASKED;
	queue_work(system_dfl_wq, &t->grow);
	flush_work(&t->grow);
	KUNIT_EXPECT_EQ(test, NST_ARRAYS_READY, (int)t->state);
	for (; i < 6000; i++)
		put_flow(t, hash_of(t, i), i);
	KUNIT_EXPECT_EQ(test, 20U, t->order);
	KUNIT_EXPECT_EQ(test, NST_ARRAYS_NONE, (int)t->state);
	for (i = 0; i < 6000; i++)
		wrong += find_flow(t, hash_of(t, i), i) == NST_NONE;
	KUNIT_EXPECT_EQ(test, 0U, wrong);

	/* arrays that are too small by now are not taken */
	t->want = 1;
	KUNIT_ASSERT_EQ(test, 0, nst_arrays_alloc(&t->ahead, 4, GFP_KERNEL));
	t->state = NST_ARRAYS_READY;
	nst_arrays_take(t);
	KUNIT_EXPECT_EQ(test, 20U, t->order);
	KUNIT_EXPECT_NE(test, NST_NONE, find_flow(t, hash_of(t, 5999), 5999));
}

/* Let time pass, without a time limit for freeing memory at each tick. */
static void pass(struct nst_table *t, u64 *now, u32 ms)
{
	u64 until = *now + ms;

	for (; *now < until; *now += 250)
		nst_table_tend(t, *now, U64_MAX);
}

/* After a flood a table takes as much as before, but not at once. */
static void memory_comes_back(struct kunit *test)
{
	const u32 n = 200000;
	struct nst_table *t = fixture_table(test, n);
	size_t empty = nst_table_memory(t), full;
	u64 now = 1000000;
	u32 i;

	for (i = 0; i < n; i++)
		put_flow(t, hash_of(t, i), i);
	full = nst_table_memory(t);
	KUNIT_EXPECT_GT(test, full, 100 * empty);
	pass(t, &now, 250);
	for (i = 0; i < n; i++)
		drop_flow(t, find_flow(t, hash_of(t, i), i));
	pass(t, &now, NST_LINGER_MS - 1000);
	KUNIT_EXPECT_EQ(test, full, nst_table_memory(t));
	KUNIT_EXPECT_TRUE(test, nst_table_lean(t));
	pass(t, &now, 10000);
	KUNIT_EXPECT_EQ(test, empty, nst_table_memory(t));
	KUNIT_EXPECT_FALSE(test, nst_table_lean(t));
	KUNIT_EXPECT_EQ(test, 0U, t->granted);
	KUNIT_EXPECT_EQ(test, (int)n, atomic_read(&t->quota->left));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&t->quota->sharers));
	/* the table grows again */
	for (i = 0; i < n; i++)
		put_flow(t, hash_of(t, i), i);
	KUNIT_EXPECT_EQ(test, n, t->used);
	expect_sound(test, t);
}

/*
 * Flows that outlive a flood are found while segments merge and the directory
 * shrinks.  New flows use the low chunks.
 */
static void flows_outlive_a_flood(struct kunit *test)
{
	const u32 n = 100000, step = 97;
	struct nst_table *t = fixture_table(test, n);
	u64 now = 1000000;
	u32 i, k, wrong = 0;
	size_t full;

	for (i = 0; i < n; i++)
		put_flow(t, hash_of(t, i), i);
	full = nst_table_memory(t);
	for (i = 0; i < n; i++)
		if (i % step)
			drop_flow(t, find_flow(t, hash_of(t, i), i));
	pass(t, &now, NST_LINGER_MS + 250);
	for (k = 0; k < 40; k++) {
		pass(t, &now, 250);
		expect_sound(test, t);
		for (i = 0; i < n; i++)
			wrong += (find_flow(t, hash_of(t, i), i) != NST_NONE) !=
				 !(i % step);
	}
	KUNIT_EXPECT_EQ(test, 0U, wrong);
	KUNIT_EXPECT_LE(test, t->nsegments, 16U);
	KUNIT_EXPECT_LE(test, t->bits, 6U);
	/* each flow is replaced by another one, in a lower chunk */
	for (i = 0; i < n; i += step) {
		put_flow(t, hash_of(t, n + i), n + i);
		drop_flow(t, find_flow(t, hash_of(t, i), i));
	}
	pass(t, &now, NST_LINGER_MS + 1000);
	KUNIT_EXPECT_LE(test, t->nchunks, 2 * n / step / NST_CHUNK_FLOWS + 1);
	KUNIT_EXPECT_LT(test, nst_table_memory(t), full / 20);
	for (i = 0; i < n; i += step)
		wrong += find_flow(t, hash_of(t, n + i), n + i) == NST_NONE;
	KUNIT_EXPECT_EQ(test, 0U, wrong);
}

/* A reader with an old @fresh finds a new chunk where one was freed. */
static void old_mark_sees_no_flow(struct kunit *test)
{
	struct nst_table *t = fixture_table(test, 1000);
	u64 word[NST_FLOW_WORDS], now = 1000000;
	struct nst_flow flow;
	u32 i, mark;

	for (i = 0; i < 1000; i++)
		put_flow(t, hash_of(t, i), i);
	mark = t->fresh;
	for (i = 0; i < 1000; i++)
		drop_flow(t, find_flow(t, hash_of(t, i), i));
	pass(t, &now, 2 * NST_LINGER_MS);
	KUNIT_ASSERT_EQ(test, 0U, t->nchunks);
	rcu_read_lock();
	KUNIT_EXPECT_FALSE(test, nst_table_read(t, 0, &flow, word));
	rcu_read_unlock();
	for (i = 0; i < 1000; i++)
		put_flow(t, hash_of(t, i), i);
	for (i = 0; i < 999; i++)
		drop_flow(t, find_flow(t, hash_of(t, i), i));
	t->fresh = mark;
	rcu_read_lock();
	for (i = 0; i < 999; i++)
		KUNIT_EXPECT_FALSE(test, nst_table_read(t, i, &flow, word));
	rcu_read_unlock();
}

/* If there is no memory for a segment, the flow to evict is named. */
static void crowded_buckets(struct kunit *test)
{
	struct nst_table *t = fixture_table(test, 100000);
	u32 index[FIT], i;

	for (i = 0; i < FIT; i++) {
		index[i] = put_flow(t, ANY_HASH, i);
		nst_table_flow(t, index[i])->last = 1000 + (i * 7) % FIT;
	}
	KUNIT_EXPECT_EQ(test, NST_NONE, put_flow(t, ANY_HASH, FIT));
	KUNIT_EXPECT_TRUE(test, t->crowded);
	KUNIT_EXPECT_EQ(test, index[0], nst_table_rival(t, ANY_HASH, 5000));
	drop_flow(t, index[0]);
	KUNIT_EXPECT_NE(test, NST_NONE, put_flow(t, ANY_HASH, FIT));
	KUNIT_EXPECT_FALSE(test, t->crowded);
}

/* Everything counted; how full segments are varies with the hash. */
static void memory_of_a_flow(struct kunit *test)
{
	const u32 n = 200000;
	struct nst_table *t = fixture_table(test, n);
	u32 i;

	for (i = 0; i < n; i++)
		put_flow(t, hash_of(t, i), i);
	KUNIT_EXPECT_EQ(test, n, t->used);
	kunit_info(test, "%zu bytes a flow of %u", nst_table_memory(t) / n,
		   t->flow_size);
	KUNIT_EXPECT_LE(test, nst_table_memory(t) / n, (size_t)160);
}

/* ------------------------------------------------------------------- hash */

/* Each bit of the key changes about half of the hash's bits. */
static void hash_spreads(struct kunit *test)
{
	struct table_fixture *x = test->priv;
	u64 key[6] = {};
	unsigned int bit, flips, least = 32, words;
	u32 h;

	for (words = 2; words <= 6; words += 2) {
		for (bit = 0; bit < 64 * words; bit++) {
			unsigned int round;

			for (flips = 0, round = 0; round < 64; round++) {
				get_random_bytes(key, sizeof(key));
				h = nst_hash(key, words, x->secret);
				key[bit / 64] ^= 1ULL << bit % 64;
				flips += hweight32(h ^ nst_hash(key, words,
								x->secret));
			}
			least = min(least, flips / 64);
		}
	}
	KUNIT_EXPECT_GE(test, least, 13U);
}

/* A scan makes consecutive keys.  They do not crowd buckets, whatever the secret is. */
static void keys_in_a_row_fit(struct kunit *test)
{
	struct table_fixture *x = test->priv;
	const u32 n = 60000;
	u32 round, i, refused = 0;
	struct nst_table *t;

	for (round = 0; round < 100; round++) {
		get_random_bytes(x->secret, sizeof(x->secret));
		nst_quota_init(&x->quota, n);
		t = nst_table_create(x->rec, n, &x->quota, x->secret);
		KUNIT_ASSERT_NOT_NULL(test, t);
		for (i = 0; i < n; i++)
			refused += put_flow(t, hash_of(t, i), i) == NST_NONE;
		nst_table_free(t);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, 0U, refused);
}

static void hash_depends_on_secret(struct kunit *test)
{
	struct table_fixture *x = test->priv;
	const u64 key[6] = { 1, 2, 3, 4, 5, 6 };
	u32 h = nst_hash(key, 6, x->secret);
	u64 other[NST_SECRET_WORDS];

	get_random_bytes(other, sizeof(other));
	KUNIT_EXPECT_EQ(test, h, nst_hash(key, 6, x->secret));
	KUNIT_EXPECT_NE(test, h, nst_hash(key, 6, other));
}

/* ---------------------------------------------------------------- readers */

static void read_flow(struct kunit *test)
{
	struct nst_table *t = fixture_table(test, 1000);
	u32 index = put_flow(t, ANY_HASH, 42);
	u64 word[NST_FLOW_WORDS];
	struct nst_flow flow;

	rcu_read_lock();
	KUNIT_EXPECT_TRUE(test, nst_table_read(t, index, &flow, word));
	KUNIT_EXPECT_EQ(test, 42ULL, flow.packets);
	KUNIT_EXPECT_EQ(test, 42ULL, word[0]);
	/* never used, in no chunk, beyond all chunks */
	KUNIT_EXPECT_FALSE(test, nst_table_read(t, index + 1, &flow, word));
	KUNIT_EXPECT_FALSE(test, nst_table_read(t, 999, &flow, word));
	KUNIT_EXPECT_FALSE(test, nst_table_read(t, 1000000, &flow, word));
	KUNIT_EXPECT_FALSE(test, nst_table_read(t, NST_NONE, &flow, word));
	rcu_read_unlock();
	drop_flow(t, index);
	rcu_read_lock();
	KUNIT_EXPECT_FALSE(test, nst_table_read(t, index, &flow, word));
	rcu_read_unlock();
}

struct writer {
	struct nst_table *t;
	struct completion done;
};

/*
 * Flows whose key, packets and bytes are always equal are added, changed and
 * removed.
 */
static int writer_run(void *arg)
{
	struct writer *w = arg;
	u32 step, hash, index;
	struct nst_flow *flow;
	u64 value;

	for (step = 0; step < 200000; step++) {
		value = 1 + step % 7;
		hash = value * 0x9e3779b9U;
		local_bh_disable();
		index = find_flow(w->t, hash, value);
		if (index == NST_NONE) {
			put_flow(w->t, hash, value);
		} else if (step % 3) {
			flow = nst_table_flow(w->t, index);
			nst_flow_write_begin(flow);
			WRITE_ONCE(flow->packets, flow->packets + value);
			WRITE_ONCE(flow->bytes, flow->bytes + value);
			nst_flow_write_end(flow);
			w->t->cached.packets += value;
			w->t->cached.bytes += value;
		} else {
			drop_flow(w->t, index);
		}
		local_bh_enable();
		/* with a single CPU, the reader must get it too */
		if (!(step % 20000))
			msleep(1);
	}
	complete(&w->done);
	return 0;
}

static void readers_see_whole_flows(struct kunit *test)
{
	struct writer w = { .t = fixture_table(test, 100) };
	struct task_struct *task;
	u64 word[NST_FLOW_WORDS], torn = 0, seen = 0;
	struct nst_flow flow;
	u32 index;

	init_completion(&w.done);
	task = kthread_run(writer_run, &w, "nst_writer");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	while (!try_wait_for_completion(&w.done)) {
		rcu_read_lock();
		for (index = 0; index < 10; index++) {
			if (nst_table_read(w.t, index, &flow, word) <= 0)
				continue;
			seen++;
			torn += flow.packets != flow.bytes ||
				flow.packets % word[0];
		}
		rcu_read_unlock();
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, 0ULL, torn);
	KUNIT_EXPECT_GT(test, seen, 0ULL);
}

static struct kunit_case table_cases[] = {
	KUNIT_CASE(find_what_was_put),
	KUNIT_CASE(reuse_is_blank),
	KUNIT_CASE(grow_and_shrink),
	KUNIT_CASE(equal_hashes),
	KUNIT_CASE(segments_fill_up),
	KUNIT_CASE(spilled_flows_split),
	KUNIT_CASE(empty_entries_do_not_match),
	KUNIT_CASE(against_a_model),
	KUNIT_CASE(quota_bounds),
	KUNIT_CASE(quota_is_shared),
	KUNIT_CASE(quota_lowered_and_raised),
	KUNIT_CASE(quota_is_fair),
	KUNIT_CASE(quota_of_a_monitor),
	KUNIT_CASE(arrays_grow_with_use),
	KUNIT_CASE(worker_allocates_arrays),
	KUNIT_CASE(memory_comes_back),
	KUNIT_CASE(flows_outlive_a_flood),
	KUNIT_CASE(old_mark_sees_no_flow),
	KUNIT_CASE(crowded_buckets),
	KUNIT_CASE(memory_of_a_flow),
	KUNIT_CASE(hash_spreads),
	KUNIT_CASE(keys_in_a_row_fit),
	KUNIT_CASE(hash_depends_on_secret),
	KUNIT_CASE(read_flow),
	KUNIT_CASE(readers_see_whole_flows),
	{}
};

static struct kunit_suite table_suite = {
	.name = "table",
	.init = table_init,
	.exit = table_exit,
	.test_cases = table_cases,
};

kunit_test_suite(table_suite);

MODULE_DESCRIPTION("KUnit suite: table");
MODULE_LICENSE("GPL");
