// SPDX-License-Identifier: GPL-2.0
/*
 * One CPU's flows of one record.  The packet path calls with bottom halves
 * off; making, resizing and freeing tables is process context.
 */
#include <linux/bitops.h>
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/netstream.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "table.h"

#define NST_BITS_MIN	1	/* of the directory: two segments */
#define NST_ORDER_MIN	6	/* of the room: 61 chunks */
#define NST_ORDER_PACKET	12	/* of a room that a packet makes: a million flows */
#define NST_LINGER_MS	30000	/* until memory that is not needed is given back */
#define NST_FRESH_AHEAD		8	/* flows */
#define NST_SEGMENTS_SMALL	1024	/* four megabytes */

/* Flows that segments have, on average, before full ones are split: 13 of 20 */
#define NST_SEGMENT_LOAD	(NST_BUCKETS * NST_BUCKET_SLOTS * 13 / 20)

/* ------------------------------------------------------------------ quota */

static unsigned int nst_quota_batch(u32 max_flows)
{
	return clamp(max_flows / (16 * num_possible_cpus()), 1U, 64U);
}

/**
 * nst_quota_init - begin with a bound
 * @q: quota
 * @max_flows: flows that all tables together may hold
 *
 * Nobody pays yet, see nst_mem_own().
 *
 * Context: process.
 */
void nst_quota_init(struct nst_quota *q, u32 max_flows)
{
	atomic_set(&q->left, max_flows);
	atomic_set(&q->sharers, 0);
	q->max = max_flows;
	q->batch = nst_quota_batch(max_flows);
	q->hungry = jiffies - HZ;
	q->mem.group = NULL;
}

/**
 * nst_quota_change - set another bound
 * @q: quota
 * @old_max: bound until now
 * @new_max: bound from now on; tables that hold more shrink
 *
 * Context: process.
 */
void nst_quota_change(struct nst_quota *q, u32 old_max, u32 new_max)
{
	WRITE_ONCE(q->max, new_max);
	WRITE_ONCE(q->batch, nst_quota_batch(new_max));
	atomic_add((int)(new_max - old_max), &q->left);
}

static void nst_quota_join(struct nst_table *t)
{
	if (t->sharing)
		return;
	t->sharing = true;
	atomic_inc(&t->quota->sharers);
}

/* The table has no flows: it gives back those in hand, and its share. */
static void nst_quota_leave(struct nst_table *t)
{
	if (!t->sharing)
		return;
	t->sharing = false;
	atomic_dec(&t->quota->sharers);
	atomic_add(t->granted, &t->quota->left);
	t->granted = 0;
}

/*
 * May @t hold one more flow?  Takes a batch so that CPUs rarely meet here.  Who
 * has its share takes nothing while another with less finds hardly any left;
 * who has more gives back, see nst_table_over().
 */
static bool nst_quota_take(struct nst_table *t)
{
	struct nst_quota *q = t->quota;
	unsigned int batch;
	bool satisfied;
	int left;

	if (t->used < t->granted)
		return true;
	nst_quota_join(t);
	satisfied = t->granted >= nst_quota_share(q);
	if (satisfied && nst_quota_pressed(q))
		return false;
	batch = READ_ONCE(q->batch);
	left = atomic_read(&q->left);
	do {
		if (left <= 0) {
			if (!satisfied)
				WRITE_ONCE(q->hungry, jiffies);
			return false;
		}
		batch = min_t(unsigned int, batch, left);
	} while (!atomic_try_cmpxchg(&q->left, &left, left - batch));
	t->granted += batch;
	return true;
}

/*
 * Keep up to two batches in hand; what is more may be needed elsewhere.  Who has
 * more than it may keeps one, which is for the flow that another was evicted for.
 */
static void nst_quota_give(struct nst_table *t)
{
	unsigned int batch = READ_ONCE(t->quota->batch);
	unsigned int keep = 2 * batch;

	if (t->granted <= t->used + 1)
		return;
	if (nst_table_over(t)) {
		keep = 1;
		batch = t->granted - t->used - 1;
	}
	if (t->granted <= t->used + keep)
		return;
	t->granted -= batch;
	atomic_add(batch, &t->quota->left);
}

/**
 * nst_table_bound - tell a table how many flows it may have
 * @t: table
 * @max_flows: bound on flows, that of the quota
 *
 * Context: owner, bottom halves off.
 */
void nst_table_bound(struct nst_table *t, u32 max_flows)
{
	t->max_flows = max_flows;
	nst_quota_give(t);
}

/* Words that a flow has from its first packet: key and kept ones. */
static size_t nst_table_words(const struct nst_table *t)
{
	return t->rec->words.nkey + t->rec->words.nkept;
}

/* ----------------------------------------------------------------- lookup */

static void nst_bucket_spill(struct nst_bucket *b, int flows)
{
	b->tag[NST_BUCKET_WORDS - 1] += (u64)flows << 32;
}

static unsigned int nst_match_slot(unsigned int word, u64 match)
{
	unsigned int lane = __ffs64(match) / 16;

	return word < 2 ? 2 * lane + word : 8 + lane;
}

static u16 nst_bucket_get_tag(const struct nst_bucket *b, unsigned int slot)
{
	return b->tag[nst_slot_word(slot)] >> 16 * nst_slot_lane(slot);
}

static void nst_bucket_set(struct nst_bucket *b, unsigned int slot, u16 tag,
			   u32 flow)
{
	unsigned int word = nst_slot_word(slot), shift = 16 * nst_slot_lane(slot);

	b->tag[word] &= ~(0xffffULL << shift);
	b->tag[word] |= (u64)tag << shift;
	b->flow[slot] = flow;
}

static u32 nst_bucket_find(const struct nst_table *t,
			   const struct nst_bucket *b, u32 hash, const u64 *key)
{
	unsigned int word;
	u64 match;
	u32 index;

	for (word = 0; word < NST_BUCKET_WORDS; word++) {
		match = nst_bucket_match(b, word, nst_bucket_tags(hash));
		for (; match; match &= match - 1) {
			index = b->flow[nst_match_slot(word, match)] &
				NST_SLOT_INDEX;
			if (nst_flow_is(nst_table_flow(t, index), key, t->nkey))
				return index;
		}
	}
	return NST_NONE;
}

/**
 * nst_table_find - find the live flow of a key
 * @t: table
 * @hash: of the key
 * @key: the record's key words
 *
 * Context: owner, bottom halves off.
 * Return: its index, or %NST_NONE.
 */
u32 nst_table_find(const struct nst_table *t, u32 hash, const u64 *key)
{
	const struct nst_segment *seg = nst_table_segment(t, hash);
	const struct nst_bucket *b = &seg->bucket[nst_bucket_first(hash)];
	u32 index = nst_bucket_find(t, b, hash, key);

	if (index != NST_NONE || likely(!nst_bucket_spilled(b)))
		return index;
	b = &seg->bucket[nst_bucket_second(hash)];
	return nst_bucket_find(t, b, hash, key);
}

/* --------------------------------------------------------------- segments */

static bool nst_bucket_put(struct nst_bucket *b, u16 tag, u32 flow)
{
	unsigned int word;
	u64 match;

	for (word = 0; word < NST_BUCKET_WORDS; word++) {
		/* an unused slot has no tag */
		match = nst_bucket_match(b, word, 0);
		if (!match)
			continue;
		nst_bucket_set(b, nst_match_slot(word, match), tag, flow);
		return true;
	}
	return false;
}

/*
 * The bits of a hash that split a segment of some depth and those after it, as
 * a slot holds them: %NST_SLOT_SPLITS at a time, the first on top.
 */
static u32 nst_slot_splits(u32 hash, unsigned int depth)
{
	unsigned int done = depth / NST_SLOT_SPLITS * NST_SLOT_SPLITS;

	return hash << done >> NST_SLOT_SPLIT_SHIFT << NST_SLOT_SPLIT_SHIFT;
}

/* Make room in a full bucket: one of the flows that are at home there moves to its second. */
static bool nst_bucket_yield(struct nst_segment *seg, unsigned int i)
{
	struct nst_bucket *b = &seg->bucket[i];
	unsigned int slot;
	u16 tag;

	for (slot = 0; slot < NST_BUCKET_SLOTS; slot++) {
		tag = nst_bucket_get_tag(b, slot);
		if (b->flow[slot] & NST_SLOT_SECOND ||
		    !nst_bucket_put(&seg->bucket[nst_bucket_other(i, tag)], tag,
				    b->flow[slot] | NST_SLOT_SECOND))
			continue;
		nst_bucket_set(b, slot, 0, 0);
		nst_bucket_spill(b, 1);
		return true;
	}
	return false;
}

static bool nst_segment_put(const struct nst_table *t, u32 hash, u32 index)
{
	u32 entry = hash >> (32 - t->bits);
	struct nst_segment *seg = t->directory[entry];
	struct nst_bucket *first = &seg->bucket[nst_bucket_first(hash)];
	u32 flow = index | nst_slot_splits(hash, t->depth[entry]);
	u16 tag = nst_bucket_tag(hash);

	if (nst_bucket_put(first, tag, flow))
		return true;
	if (nst_bucket_put(&seg->bucket[nst_bucket_second(hash)], tag,
			   flow | NST_SLOT_SECOND)) {
		nst_bucket_spill(first, 1);
		return true;
	}
	/* in a small table, or above that load, better that flows are in their first */
	return t->nsegments >= NST_SEGMENTS_SMALL &&
	       t->used < t->nsegments * NST_SEGMENT_LOAD &&
	       nst_bucket_yield(seg, nst_bucket_first(hash)) &&
	       nst_bucket_put(first, tag, flow);
}

static bool nst_bucket_drop(struct nst_bucket *b, u32 hash, u32 index)
{
	unsigned int word, slot;
	u64 match;

	for (word = 0; word < NST_BUCKET_WORDS; word++) {
		match = nst_bucket_match(b, word, nst_bucket_tags(hash));
		for (; match; match &= match - 1) {
			slot = nst_match_slot(word, match);
			/* one above a match may be none */
			if ((b->flow[slot] & NST_SLOT_INDEX) != index ||
			    !nst_bucket_get_tag(b, slot))
				continue;
			nst_bucket_set(b, slot, 0, 0);
			return true;
		}
	}
	return false;
}

static void nst_segment_drop(struct nst_segment *seg, u32 hash, u32 index)
{
	struct nst_bucket *first = &seg->bucket[nst_bucket_first(hash)];

	if (nst_bucket_drop(first, hash, index))
		return;
	if (nst_bucket_drop(&seg->bucket[nst_bucket_second(hash)], hash, index))
		nst_bucket_spill(first, -1);
}

/* Move what belongs to the upper half; every flow keeps its bucket and slot. */
static void nst_bucket_split(struct nst_segment *from, struct nst_segment *to,
			     unsigned int i, u32 bit)
{
	struct nst_bucket *b = &from->bucket[i];
	unsigned int slot, first;
	u16 tag;

	for (slot = 0; slot < NST_BUCKET_SLOTS; slot++) {
		if (!(b->flow[slot] & bit))
			continue;
		tag = nst_bucket_get_tag(b, slot);
		nst_bucket_set(&to->bucket[i], slot, tag, b->flow[slot]);
		if (b->flow[slot] & NST_SLOT_SECOND) {
			first = nst_bucket_other(i, tag);
			nst_bucket_spill(&from->bucket[first], -1);
			nst_bucket_spill(&to->bucket[first], 1);
		}
		nst_bucket_set(b, slot, 0, 0);
	}
}

static void nst_segment_split(struct nst_segment *from, struct nst_segment *to,
			      unsigned int depth)
{
	u32 bit = BIT(31 - depth % NST_SLOT_SPLITS);
	unsigned int i;

	for (i = 0; i < NST_BUCKETS; i++)
		nst_bucket_split(from, to, i, bit);
}

/* All flows of a bucket will be looked at: fetch them side by side. */
static void nst_bucket_prefetch(const struct nst_table *t,
				const struct nst_bucket *b)
{
	unsigned int slot;

	for (slot = 0; slot < NST_BUCKET_SLOTS; slot++)
		if (nst_bucket_get_tag(b, slot))
			prefetch(nst_table_flow(t, b->flow[slot] & NST_SLOT_INDEX));
}

static void nst_bucket_reload(const struct nst_table *t, struct nst_bucket *b,
			      unsigned int depth)
{
	unsigned int slot;
	u32 index;

	for (slot = 0; slot < NST_BUCKET_SLOTS; slot++) {
		if (!nst_bucket_get_tag(b, slot))
			continue;
		index = b->flow[slot] & NST_SLOT_INDEX;
		b->flow[slot] &= NST_SLOT_INDEX | NST_SLOT_SECOND;
		b->flow[slot] |= nst_slot_splits(nst_table_flow(t, index)->hash,
						 depth);
	}
}

/* The bits that slots have for splitting are used up: take the next from the flows. */
static void nst_segment_reload(const struct nst_table *t,
			       struct nst_segment *seg, unsigned int depth)
{
	unsigned int i;

	nst_bucket_prefetch(t, &seg->bucket[0]);
	nst_bucket_prefetch(t, &seg->bucket[1]);
	for (i = 0; i < NST_BUCKETS; i++) {
		if (i + 2 < NST_BUCKETS)
			nst_bucket_prefetch(t, &seg->bucket[i + 2]);
		nst_bucket_reload(t, &seg->bucket[i], depth);
	}
}

/* Twice the directory, in place: entry i becomes entries 2i and 2i + 1. */
static bool nst_directory_double(struct nst_table *t)
{
	u32 i = 1U << t->bits;

	if (t->bits > t->order)
		return false;
	while (i--) {
		t->directory[2 * i] = t->directory[i];
		t->directory[2 * i + 1] = t->directory[i];
		t->depth[2 * i] = t->depth[i];
		t->depth[2 * i + 1] = t->depth[i];
	}
	t->bits++;
	t->merge = 0;
	return true;
}

/* Half the directory, in place: no segment has as many bits as it. */
static void nst_directory_halve(struct nst_table *t)
{
	u32 n = 1U << (t->bits - 1), i;

	for (i = 0; i < n; i++) {
		t->directory[i] = t->directory[2 * i];
		t->depth[i] = t->depth[2 * i];
	}
	t->bits--;
}

static struct nst_segment *nst_segment_create(struct nst_table *t)
{
	struct mem_cgroup *old = nst_mem_begin(&t->quota->mem);
	struct nst_segment *seg = kzalloc(sizeof(*seg), NST_GFP_PACKET);

	nst_mem_end(old);
	if (seg)
		t->nsegments++;
	return seg;
}

static bool nst_table_split(struct nst_table *t, u32 hash)
{
	u32 entry = hash >> (32 - t->bits), first, n, i;
	struct nst_segment *from = t->directory[entry], *to;
	unsigned int depth = t->depth[entry];

	if (depth == t->bits && !nst_directory_double(t))
		return false;
	to = nst_segment_create(t);
	if (!to)
		return false;
	nst_segment_split(from, to, depth++);
	if (!(depth % NST_SLOT_SPLITS)) {
		nst_segment_reload(t, from, depth);
		nst_segment_reload(t, to, depth);
	}
	n = 2U << (t->bits - depth);
	first = (hash >> (32 - t->bits)) & ~(n - 1);
	for (i = 0; i < n; i++) {
		t->depth[first + i] = depth;
		if (i >= n / 2)
			t->directory[first + i] = to;
	}
	t->deepest = max_t(u8, t->deepest, depth);
	return true;
}

static unsigned int nst_bucket_count(const struct nst_bucket *b)
{
	unsigned int slot, n = 0;

	for (slot = 0; slot < NST_BUCKET_SLOTS; slot++)
		n += nst_bucket_get_tag(b, slot) != 0;
	return n;
}

static bool nst_segments_fit(const struct nst_segment *a,
			     const struct nst_segment *b)
{
	unsigned int i;

	for (i = 0; i < NST_BUCKETS; i++)
		if (nst_bucket_count(&a->bucket[i]) +
		    nst_bucket_count(&b->bucket[i]) > NST_BUCKET_SLOTS)
			return false;
	return true;
}

/* Every flow keeps its bucket. */
static void nst_bucket_join(struct nst_bucket *to, const struct nst_bucket *from)
{
	unsigned int slot;
	u16 tag;

	for (slot = 0; slot < NST_BUCKET_SLOTS; slot++) {
		tag = nst_bucket_get_tag(from, slot);
		if (tag)
			nst_bucket_put(to, tag, from->flow[slot]);
	}
	nst_bucket_spill(to, nst_bucket_spilled(from));
}

/* Splitting backwards: two segments of @depth bits become one of a bit less. */
static void nst_segments_join(struct nst_table *t, struct nst_segment *to,
			      struct nst_segment *from, unsigned int depth)
{
	unsigned int i;

	for (i = 0; i < NST_BUCKETS; i++)
		nst_bucket_join(&to->bucket[i], &from->bucket[i]);
	if (!(depth % NST_SLOT_SPLITS))
		nst_segment_reload(t, to, depth - 1);
	kfree(from);
	t->nsegments--;
}

/*
 * Merge the segment of a directory entry with the one that it was split from or
 * into, if both fit one.  Return: the entry after it.
 */
static u32 nst_table_merge(struct nst_table *t, u32 entry)
{
	unsigned int depth = t->depth[entry];
	u32 n = 1U << (t->bits - depth), first = entry & ~(n - 1), i;
	struct nst_segment *to = t->directory[first];
	struct nst_segment *from = t->directory[first ^ n];

	if (depth == NST_BITS_MIN || t->depth[first ^ n] != depth ||
	    !nst_segments_fit(to, from)) {
		t->deepest = max_t(u8, t->deepest, depth);
		return first + n;
	}
	nst_segments_join(t, to, from, depth--);
	t->deepest = max_t(u8, t->deepest, depth);
	first &= ~n;
	for (i = 0; i < 2 * n; i++) {
		t->directory[first + i] = to;
		t->depth[first + i] = depth;
	}
	return first + 2 * n;
}

/* So few flows in so many segments that a quarter of these would do. */
static bool nst_segments_lean(const struct nst_table *t)
{
	return t->nsegments > 1U << NST_BITS_MIN &&
	       t->used < t->nsegments * (NST_SEGMENT_LOAD / 4);
}

/* Go through the directory once, or as far as there is time. */
static void nst_table_merge_some(struct nst_table *t, u64 end)
{
	while (nst_segments_lean(t)) {
		t->merge = nst_table_merge(t, t->merge);
		if (t->merge >> t->bits) {
			if (t->deepest < t->bits)
				nst_directory_halve(t);
			t->merge = 0;
			t->deepest = 0;
			return;
		}
		if (ktime_get_ns() >= end)
			return;
	}
}

/* ------------------------------------------------------------------- room */

/* What stands before the array in struct nst_chunks, in entries of it. */
#define NST_CHUNKS_HEAD	(sizeof(struct nst_chunks) / sizeof(void *))

static_assert(sizeof(struct nst_chunks) % sizeof(void *) == 0);

static unsigned int nst_room_order(u32 max_flows)
{
	/* a chunk more: the first flow is always allowed */
	unsigned int chunks = DIV_ROUND_UP(max_flows, NST_CHUNK_FLOWS) + 1;

	return max_t(unsigned int, order_base_2(chunks + NST_CHUNKS_HEAD),
		     NST_ORDER_MIN);
}

static size_t nst_room_spare(unsigned int order)
{
	return BITS_TO_LONGS(1UL << order) * sizeof(long);
}

static size_t nst_room_bytes(unsigned int order)
{
	return ((sizeof(void *) + sizeof(struct nst_stock) +
		 2 * sizeof(struct nst_segment *) + 2) << order) +
	       nst_room_spare(order);
}

static void *nst_room_array(size_t bytes, gfp_t gfp)
{
	/* a packet cannot have memory of many pages that are not side by side */
	return gfpflags_allow_blocking(gfp) ? kvzalloc(bytes, gfp) :
					      kzalloc(bytes, gfp);
}

static void nst_room_free(struct nst_room *room)
{
	kvfree(room->chunks);
	kvfree(room->stock);
	kvfree(room->spare);
	kvfree(room->directory);
	kvfree(room->depth);
	memset(room, 0, sizeof(*room));
}

static int nst_room_alloc(struct nst_room *room, unsigned int order, gfp_t gfp)
{
	room->order = order;
	room->chunks = nst_room_array(sizeof(void *) << order, gfp);
	room->stock = nst_room_array(sizeof(*room->stock) << order, gfp);
	room->spare = nst_room_array(nst_room_spare(order), gfp);
	room->directory = nst_room_array(2 * sizeof(void *) << order, gfp);
	room->depth = nst_room_array(2U << order, gfp);
	if (!room->chunks || !room->stock || !room->spare ||
	    !room->directory || !room->depth) {
		nst_room_free(room);
		return -ENOMEM;
	}
	room->chunks->max = (1U << order) - NST_CHUNKS_HEAD;
	return 0;
}

/* Move a table into another room, or leave it where it is if it does not fit. */
static void nst_room_swap(struct nst_table *t, struct nst_room *room)
{
	struct nst_chunks *old = rcu_dereference_raw(t->chunks);

	if (room->chunks->max < t->nchunks || room->order + 1 < t->bits) {
		nst_room_free(room);
		return;
	}
	memcpy(room->chunks->chunk, old->chunk,
	       t->nchunks * sizeof(*old->chunk));
	memcpy(room->stock, t->stock, t->nchunks * sizeof(*t->stock));
	memcpy(room->spare, t->spare,
	       BITS_TO_LONGS(t->nchunks) * sizeof(*t->spare));
	memcpy(room->directory, t->directory,
	       sizeof(*t->directory) << t->bits);
	memcpy(room->depth, t->depth, 1U << t->bits);
	rcu_assign_pointer(t->chunks, room->chunks);
	swap(t->stock, room->stock);
	swap(t->spare, room->spare);
	swap(t->directory, room->directory);
	swap(t->depth, room->depth);
	t->order = room->order;
	room->chunks = NULL;
	nst_room_free(room);
	kvfree_rcu(old, rcu);
}

/* Process context, any CPU: make the room that a table's owner has asked for. */
static void nst_room_work(struct work_struct *work)
{
	struct nst_table *t = container_of(work, struct nst_table, grow);
	struct mem_cgroup *old = nst_mem_begin(&t->quota->mem);
	int err = nst_room_alloc(&t->ahead, t->want, NST_GFP_AHEAD);

	nst_mem_end(old);
	/* pairs with nst_room_take(): what was made is there */
	smp_store_release(&t->state, err ? NST_ROOM_FAILED : NST_ROOM_READY);
}

static void nst_room_take(struct nst_table *t)
{
	struct nst_room room;

	/* pairs with nst_room_work() */
	if (smp_load_acquire(&t->state) != NST_ROOM_READY)
		return;
	room = t->ahead;
	memset(&t->ahead, 0, sizeof(t->ahead));
	t->state = NST_ROOM_NONE;
	nst_room_swap(t, &room);
}

/* Another room: at once if it is a small one, else from the worker. */
static void nst_room_want(struct nst_table *t, unsigned int order)
{
	struct mem_cgroup *old;
	struct nst_room room;
	int err = -ENOMEM;

	if (READ_ONCE(t->state) != NST_ROOM_NONE)
		return;
	if (order <= NST_ORDER_PACKET) {
		old = nst_mem_begin(&t->quota->mem);
		err = nst_room_alloc(&room, order,
				     NST_GFP_PACKET | __GFP_NORETRY);
		nst_mem_end(old);
	}
	if (!err) {
		nst_room_swap(t, &room);
		return;
	}
	t->want = order;
	t->state = NST_ROOM_ASKED;
	queue_work(system_dfl_wq, &t->grow);
}

/* Half of the room is in use: time to ask for more. */
static void nst_room_grow(struct nst_table *t)
{
	nst_room_take(t);
	if (t->nchunks >= 1U << (t->order - 1) &&
	    t->order < nst_room_order(t->max_flows))
		nst_room_want(t, t->order + 1);
}

/* An eighth of the room would do. */
static void nst_room_shrink(struct nst_table *t)
{
	unsigned int order = max_t(unsigned int, t->bits - 1, NST_ORDER_MIN);

	order = max_t(unsigned int, order,
		      order_base_2(4 * t->nchunks + NST_CHUNKS_HEAD));
	if (8 * t->nchunks < 1U << t->order && order < t->order)
		nst_room_want(t, order);
}

/* ------------------------------------------------------------------ flows */

static size_t nst_chunk_size(const struct nst_table *t)
{
	return (size_t)NST_CHUNK_FLOWS * t->flow_size;
}

/**
 * struct nst_gone - a chunk that waits until no reader can look at it
 * @rcu: for freeing
 * @size: of the chunk
 *
 * It stands where the counters of the chunk's first flow were.  Readers may copy
 * them; they see by its state that there is no flow.
 */
struct nst_gone {
	struct rcu_head	rcu;
	u32		size;
};

static_assert(sizeof(struct nst_gone) <= offsetof(struct nst_flow, hash) +
					 sizeof_field(struct nst_flow, hash));

static bool nst_chunk_add(struct nst_table *t)
{
	gfp_t gfp = NST_GFP_PACKET;
	struct nst_chunks *chunks;
	struct mem_cgroup *old;
	void *chunk;

	nst_room_grow(t);
	chunks = rcu_dereference_raw(t->chunks);
	if (t->nchunks == chunks->max)
		return false;
	/* a reader that has an old mark may look at flows beyond the mark of now */
	if (t->trimmed)
		gfp |= __GFP_ZERO;
	old = nst_mem_begin(&t->quota->mem);
	chunk = alloc_pages_exact(nst_chunk_size(t), gfp);
	nst_mem_end(old);
	if (!chunk)
		return false;
	t->stock[t->nchunks] = (struct nst_stock){ .free = NST_NONE };
	/* pairs with nst_table_read(): a chunk that must be clear is so */
	smp_store_release(&chunks->chunk[t->nchunks], chunk);
	t->nchunks++;
	return true;
}

static void nst_chunk_free(struct rcu_head *rcu)
{
	struct nst_gone *gone = container_of(rcu, struct nst_gone, rcu);

	free_pages_exact(gone, gone->size);
}

/* Give back the last chunk, which has no flows. */
static void nst_chunk_drop(struct nst_table *t)
{
	struct nst_chunks *chunks = rcu_dereference_raw(t->chunks);
	unsigned int last = t->nchunks - 1;
	struct nst_gone *gone = chunks->chunk[last];

	__clear_bit(last, t->spare);
	WRITE_ONCE(t->fresh, min(t->fresh, last << NST_CHUNK_SHIFT));
	WRITE_ONCE(chunks->chunk[last], NULL);
	t->nchunks = last;
	t->trimmed = true;
	gone->size = nst_chunk_size(t);
	call_rcu(&gone->rcu, nst_chunk_free);
}

static bool nst_chunk_idle(const struct nst_table *t)
{
	return t->nchunks && !t->stock[t->nchunks - 1].used;
}

/* The first time a flow is used; what comes after it will be soon. */
static u32 nst_flow_fresh(struct nst_table *t)
{
	u32 index = t->fresh;
	struct nst_flow *flow;

	if (index == t->nchunks << NST_CHUNK_SHIFT && !nst_chunk_add(t))
		return NST_NONE;
	flow = nst_table_flow(t, index);
	flow->seq = 0;
	flow->state = NST_FLOW_FREE;
	/* pairs with nst_table_read(): only what is in order is looked at */
	smp_store_release(&t->fresh, index + 1);
	t->stock[index >> NST_CHUNK_SHIFT].used++;
	nst_flow_prefetch((void *)flow + NST_FRESH_AHEAD * t->flow_size);
	return index;
}

/*
 * Of flows that are free the one in the lowest chunk is used, so that after a
 * flood the last chunks are empty some time and can be given back.
 */
static u32 nst_flow_alloc(struct nst_table *t)
{
	struct nst_stock *stock;
	u32 index;

	if (t->used == t->fresh)
		return nst_flow_fresh(t);
	if (!test_bit(t->lowest, t->spare))
		t->lowest = find_next_bit(t->spare, t->nchunks, t->lowest);
	stock = &t->stock[t->lowest];
	index = stock->free;
	stock->free = nst_table_flow(t, index)->next;
	stock->used++;
	if (stock->free == NST_NONE)
		__clear_bit(t->lowest, t->spare);
	else
		nst_flow_prefetch(nst_table_flow(t, stock->free));
	return index;
}

static void nst_flow_free(struct nst_table *t, u32 index)
{
	unsigned int chunk = index >> NST_CHUNK_SHIFT;
	struct nst_stock *stock = &t->stock[chunk];

	nst_table_flow(t, index)->next = stock->free;
	stock->free = index;
	stock->used--;
	__set_bit(chunk, t->spare);
	t->lowest = min(t->lowest, chunk);
}

/**
 * nst_table_insert - make a flow
 * @t: table; @word's key must not be in it
 * @hash: of the key
 * @word: key words, and the words to keep behind them
 *
 * The flow is in the hash, live, with all counters zero, in no list, and
 * readers do not see it yet: the caller fills it in and ends with
 * nst_flow_write_end().  A table without any flow may exceed the quota by one,
 * so that no CPU is blind.
 *
 * Context: owner, bottom halves off.
 * Return: its index, or %NST_NONE: the quota or memory is used up, or, when
 *	@t->crowded says so, its buckets are full and cannot be split.
 */
u32 nst_table_insert(struct nst_table *t, u32 hash, const u64 *word)
{
	size_t i, n = nst_table_words(t);
	struct nst_flow *flow;
	u32 index;

	t->crowded = false;
	if (!nst_quota_take(t) && t->used)
		return NST_NONE;
	index = nst_flow_alloc(t);
	if (index == NST_NONE)
		return NST_NONE;
	flow = nst_table_flow(t, index);
	nst_flow_write_begin(flow);
	flow->hash = hash;
	while (!nst_segment_put(t, hash, index)) {
		if (nst_table_split(t, hash))
			continue;
		t->crowded = true;
		nst_flow_write_end(flow);
		nst_flow_free(t, index);
		return NST_NONE;
	}
	/* too few for a call of memcpy() to pay */
	for (i = 0; i < n; i++)
		flow->word[i] = word[i];
	flow->packets = 0;
	flow->bytes = 0;
	flow->tcp_flags = 0;
	flow->end = NST_END_NONE;
	flow->state = NST_FLOW_LIVE;
	t->used++;
	u64_stats_update_begin(&t->sync);
	t->created++;
	u64_stats_update_end(&t->sync);
	t->cached.flows++;
	return index;
}

static u32 nst_bucket_idlest(const struct nst_table *t,
			     const struct nst_bucket *b, u32 now, u32 best)
{
	unsigned int slot;
	u32 index;

	for (slot = 0; slot < NST_BUCKET_SLOTS; slot++) {
		if (!nst_bucket_get_tag(b, slot))
			continue;
		index = b->flow[slot] & NST_SLOT_INDEX;
		if (best == NST_NONE ||
		    (s32)(now - nst_table_flow(t, index)->last) >
		    (s32)(now - nst_table_flow(t, best)->last))
			best = index;
	}
	return best;
}

/**
 * nst_table_rival - the flow that stands in the way of another
 * @t: table that was crowded
 * @hash: of the flow that could not be made
 * @now: milliseconds since boot
 *
 * Context: owner, bottom halves off.
 * Return: the flow in the buckets of @hash that has had no packet for longest.
 */
u32 nst_table_rival(const struct nst_table *t, u32 hash, u32 now)
{
	const struct nst_segment *seg = nst_table_segment(t, hash);
	u32 best;

	best = nst_bucket_idlest(t, &seg->bucket[nst_bucket_first(hash)], now,
				 NST_NONE);
	return nst_bucket_idlest(t, &seg->bucket[nst_bucket_second(hash)], now,
				 best);
}

/**
 * nst_table_unhash - let packets no longer find a flow
 * @t: table
 * @index: of a live flow
 *
 * Context: owner, bottom halves off.
 */
void nst_table_unhash(struct nst_table *t, u32 index)
{
	u32 hash = nst_table_flow(t, index)->hash;

	nst_segment_drop(nst_table_segment(t, hash), hash, index);
}

/**
 * nst_table_release - forget a flow
 * @t: table
 * @index: of a flow that is in no list and not in the hash
 *
 * Context: owner, bottom halves off.
 */
void nst_table_release(struct nst_table *t, u32 index)
{
	struct nst_flow *flow = nst_table_flow(t, index);

	t->cached.flows--;
	t->cached.packets -= flow->packets;
	t->cached.bytes -= flow->bytes;
	nst_flow_write_begin(flow);
	flow->state = NST_FLOW_FREE;
	nst_flow_write_end(flow);
	nst_flow_free(t, index);
	t->used--;
	nst_quota_give(t);
}

/* The owner may be writing: the caller looks at seq before and after. */
static void nst_flow_copy_racy(const struct nst_table *t,
			       const struct nst_flow *from,
			       struct nst_flow *flow, u64 *word)
{
	size_t words = (nst_table_words(t) + t->rec->words.nfold) *
		       sizeof(*word);

	/* a torn copy is thrown away */
	data_race(memcpy(flow, from, sizeof(*flow)));
	/* as above */
	data_race(memcpy(word, from->word, words));
}

/* Copies that are made before a reader gives the writer time. */
#define NST_READ_TRIES	64

static bool nst_flow_copy_whole(const struct nst_table *t,
				const struct nst_flow *from,
				struct nst_flow *flow, u64 *word)
{
	u32 seq = READ_ONCE(from->seq);

	/* pairs with nst_flow_write_begin(): seq before what it guards */
	smp_rmb();
	nst_flow_copy_racy(t, from, flow, word);
	/* pairs with nst_flow_write_end(): what it guards before seq */
	smp_rmb();
	return !(seq & 1) && seq == READ_ONCE(from->seq);
}

/**
 * nst_table_read - copy a flow while its owner may be changing it
 * @t: table
 * @index: any index; there may be no such flow
 * @flow: where to copy the counters
 * @word: where to copy the words, room for %NST_FLOW_WORDS
 *
 * Context: RCU read side, any CPU.
 * Return: 1 if there is a flow, live or ended; the copy is whole.  0 if there
 *	is none.  -EAGAIN if its owner was at it all the while: it may have been
 *	preempted by the caller, who has to sleep before another try.
 */
int nst_table_read(const struct nst_table *t, u32 index,
		   struct nst_flow *flow, u64 *word)
{
	struct nst_chunks *chunks = rcu_dereference(t->chunks);
	unsigned int tries = NST_READ_TRIES;
	const struct nst_flow *from;
	const void *chunk;

	/* pairs with nst_flow_fresh(): below, seq and state are in order */
	if (index >= smp_load_acquire(&t->fresh) ||
	    index >> NST_CHUNK_SHIFT >= chunks->max)
		return 0;
	chunk = READ_ONCE(chunks->chunk[index >> NST_CHUNK_SHIFT]);
	if (!chunk)
		return 0;
	from = chunk + (index & (NST_CHUNK_FLOWS - 1)) * t->flow_size;
	while (!nst_flow_copy_whole(t, from, flow, word)) {
		if (!--tries)
			return -EAGAIN;
		cpu_relax();
	}
	return flow->state != NST_FLOW_FREE;
}

/* ------------------------------------------------------------------ tables */

static int nst_table_first_segments(struct nst_table *t)
{
	unsigned int i;

	t->bits = NST_BITS_MIN;
	for (i = 0; i < 1U << NST_BITS_MIN; i++) {
		t->directory[i] = kzalloc(sizeof(*t->directory[i]),
					  GFP_KERNEL_ACCOUNT);
		if (!t->directory[i])
			return -ENOMEM;
		t->depth[i] = NST_BITS_MIN;
		t->nsegments++;
	}
	return 0;
}

static int nst_table_fill(struct nst_table *t)
{
	struct nst_room room;

	if (nst_room_alloc(&room, NST_ORDER_MIN, GFP_KERNEL_ACCOUNT))
		return -ENOMEM;
	t->stock = room.stock;
	t->spare = room.spare;
	t->directory = room.directory;
	t->depth = room.depth;
	t->order = room.order;
	RCU_INIT_POINTER(t->chunks, room.chunks);
	/* a little over a power of two */
	t->wheel = alloc_pages_exact(sizeof(*t->wheel),
				     GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!t->wheel)
		return -ENOMEM;
	memset32(t->wheel->head, NST_NONE, NST_WHEEL_SLOTS);
	return nst_table_first_segments(t);
}

/**
 * nst_table_create - make an empty table
 * @rec: its record; a reference is taken
 * @max_flows: bound on flows; memory for them is taken as they come
 * @quota: from where it takes flows
 * @secret: of the hash, %NST_SECRET_WORDS words
 *
 * Context: process, may sleep.
 * Return: the table, or %NULL for lack of memory.
 */
struct nst_table *nst_table_create(struct nst_record *rec, u32 max_flows,
				   struct nst_quota *quota, const u64 *secret)
{
	struct nst_table *t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);

	if (!t)
		return NULL;
	t->rec = nst_record_get(rec);
	t->secret = secret;
	t->quota = quota;
	t->flow_size = rec->flow_size;
	t->original = rec->original;
	t->narrow = rec->narrow;
	t->folds = rec->words.nfold;
	t->nkey = rec->words.nkey;
	t->max_flows = max_flows;
	t->ended_head = NST_NONE;
	t->ended_tail = NST_NONE;
	INIT_LIST_HEAD(&t->node);
	u64_stats_init(&t->sync);
	INIT_WORK(&t->grow, nst_room_work);
	if (!nst_table_fill(t))
		return t;
	nst_table_free(t);
	return NULL;
}

static void nst_table_free_segments(struct nst_table *t)
{
	struct nst_segment *seg, *last = NULL;
	u32 i;

	/* entries of one segment stand side by side */
	for (i = 0; i < 1U << t->bits; i++) {
		seg = t->directory[i];
		if (seg && seg != last)
			kfree(seg);
		last = seg;
	}
}

/**
 * nst_table_free - free a table and whatever flows it has
 * @t: the table; no packet and no reader may be left
 *
 * Context: process.
 */
void nst_table_free(struct nst_table *t)
{
	struct nst_room room = {
		.chunks		= rcu_dereference_raw(t->chunks),
		.stock		= t->stock,
		.spare		= t->spare,
		.directory	= t->directory,
		.depth		= t->depth,
	};
	unsigned int i;

	cancel_work_sync(&t->grow);
	nst_room_free(&t->ahead);
	for (i = 0; i < t->nchunks; i++)
		free_pages_exact(room.chunks->chunk[i], nst_chunk_size(t));
	if (t->directory)
		nst_table_free_segments(t);
	nst_room_free(&room);
	if (t->wheel)
		free_pages_exact(t->wheel, sizeof(*t->wheel));
	nst_quota_leave(t);
	nst_record_put(t->rec);
	kfree(t);
}

/**
 * nst_table_lean - whether a table may have memory to give back some time
 * @t: a table without flows
 *
 * Context: owner, bottom halves off.
 */
bool nst_table_lean(const struct nst_table *t)
{
	return t->nchunks || t->sharing || t->order > NST_ORDER_MIN ||
	       t->nsegments > 1U << NST_BITS_MIN;
}

/**
 * nst_table_tend - give back what a table has not needed for long
 * @t: table
 * @now: milliseconds since boot
 * @end: when to stop, ktime_get_ns()
 *
 * Chunks without flows at the end of the array, segments that are nearly empty,
 * the room for more than there is, flows in hand.  Frees flows and buckets: no
 * packet may be pending.
 *
 * Context: owner, bottom halves off; from the timer.
 */
void nst_table_tend(struct nst_table *t, u64 now, u64 end)
{
	nst_room_take(t);
	if (READ_ONCE(t->state) == NST_ROOM_FAILED)
		t->state = NST_ROOM_NONE;
	if (t->used)
		t->empty = now;
	else if (now - t->empty >= NST_LINGER_MS)
		nst_quota_leave(t);
	if (!nst_chunk_idle(t))
		t->peak = now;
	while (now - t->peak >= NST_LINGER_MS && nst_chunk_idle(t)) {
		nst_chunk_drop(t);
		if (ktime_get_ns() >= end)
			break;
	}
	if (!nst_segments_lean(t))
		t->dense = now;
	else if (now - t->dense >= NST_LINGER_MS)
		nst_table_merge_some(t, end);
	nst_room_shrink(t);
}

/**
 * nst_table_memory - bytes that a table takes
 * @t: the table
 *
 * What allocators round up is counted; what they need for themselves is not.
 *
 * Context: any; a racy reading.
 */
size_t nst_table_memory(const struct nst_table *t)
{
	size_t ahead = READ_ONCE(t->state) == NST_ROOM_READY ?
		       nst_room_bytes(t->want) : 0;

	return roundup_pow_of_two(sizeof(*t)) + PAGE_ALIGN(sizeof(*t->wheel)) +
	       nst_room_bytes(READ_ONCE(t->order)) + ahead +
	       (size_t)t->nsegments * sizeof(struct nst_segment) +
	       (size_t)t->nchunks * PAGE_ALIGN(nst_chunk_size(t));
}
