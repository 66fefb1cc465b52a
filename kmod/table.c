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
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "table.h"

#define NST_BITS_MIN	3
#define NST_BITS_MAX	22
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
 * Context: process.
 */
void nst_quota_init(struct nst_quota *q, u32 max_flows)
{
	atomic_set(&q->left, max_flows);
	q->batch = nst_quota_batch(max_flows);
}

/**
 * nst_quota_change - set another bound
 * @q: quota
 * @old_max: bound until now
 * @new_max: bound from now on; tables that hold more shrink as flows end
 *
 * Context: process.
 */
void nst_quota_change(struct nst_quota *q, u32 old_max, u32 new_max)
{
	atomic_add((int)(new_max - old_max), &q->left);
	WRITE_ONCE(q->batch, nst_quota_batch(new_max));
}

/* May @t hold one more flow?  Takes a batch so that CPUs rarely meet here. */
static bool nst_quota_take(struct nst_table *t)
{
	unsigned int batch = READ_ONCE(t->quota->batch);
	int left;

	if (t->used < t->granted)
		return true;
	left = atomic_read(&t->quota->left);
	do {
		if (left <= 0)
			return false;
		batch = min_t(unsigned int, batch, left);
	} while (!atomic_try_cmpxchg(&t->quota->left, &left, left - batch));
	t->granted += batch;
	return true;
}

/*
 * Keep up to two batches in hand; what is more may be needed elsewhere.  Above
 * the bound keep one, which is for the flow that another was evicted for.
 */
static void nst_quota_give(struct nst_table *t)
{
	unsigned int batch = READ_ONCE(t->quota->batch);
	unsigned int keep = 2 * batch;

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
 * nst_table_trim - give back flows in hand, if the bound was lowered
 * @t: table
 *
 * Context: owner, bottom halves off.
 */
void nst_table_trim(struct nst_table *t)
{
	nst_quota_give(t);
}

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

	if (t->bits == t->bits_max)
		return false;
	while (i--) {
		t->directory[2 * i] = t->directory[i];
		t->directory[2 * i + 1] = t->directory[i];
		t->depth[2 * i] = t->depth[i];
		t->depth[2 * i + 1] = t->depth[i];
	}
	t->bits++;
	return true;
}

static bool nst_table_split(struct nst_table *t, u32 hash)
{
	u32 entry = hash >> (32 - t->bits), first, n, i;
	struct nst_segment *from = t->directory[entry], *to;
	unsigned int depth = t->depth[entry];

	if (depth == t->bits && !nst_directory_double(t))
		return false;
	to = kzalloc(sizeof(*to), GFP_ATOMIC | __GFP_NOWARN);
	if (!to)
		return false;
	t->nsegments++;
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
	return true;
}

/* ------------------------------------------------------------------ flows */

static size_t nst_chunk_size(const struct nst_table *t)
{
	return (size_t)NST_CHUNK_FLOWS * t->flow_size;
}

static bool nst_chunk_add(struct nst_table *t)
{
	struct nst_chunks *chunks = rcu_dereference_raw(t->chunks);
	void *chunk;

	if (t->nchunks == chunks->max)
		return false;
	chunk = alloc_pages_exact(nst_chunk_size(t),
				  GFP_ATOMIC | __GFP_NOWARN);
	if (!chunk)
		return false;
	WRITE_ONCE(chunks->chunk[t->nchunks], chunk);
	t->nchunks++;
	return true;
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
	nst_flow_prefetch((void *)flow + NST_FRESH_AHEAD * t->flow_size);
	return index;
}

static u32 nst_flow_alloc(struct nst_table *t)
{
	u32 index = t->free;

	if (index != NST_NONE) {
		t->free = nst_table_flow(t, index)->next;
		return index;
	}
	return nst_flow_fresh(t);
}

static void nst_flow_free(struct nst_table *t, u32 index)
{
	nst_table_flow(t, index)->next = t->free;
	t->free = index;
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
 * Return: its index, or %NST_NONE when the quota or memory is used up.
 */
u32 nst_table_insert(struct nst_table *t, u32 hash, const u64 *word)
{
	size_t i, n = nst_table_words(t);
	struct nst_flow *flow;
	u32 index;

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
	size_t words = nst_table_words(t) * sizeof(*word);

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
 * @word: where to copy the words, room for 2 * %NST_WORDS
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

/* Twice as many segments as flows would fill: some grow before others. */
static unsigned int nst_room_bits(u32 max_flows)
{
	return clamp(fls((max_flows - 1) / (NST_BUCKETS * NST_BUCKET_SLOTS / 2)) + 1,
		     NST_BITS_MIN, NST_BITS_MAX);
}

/**
 * nst_room_alloc - take memory for what of a table cannot grow by itself
 * @room: where to leave it
 * @max_flows: bound on flows
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int nst_room_alloc(struct nst_room *room, u32 max_flows)
{
	/* a chunk more: the first flow is always allowed */
	unsigned int chunks = DIV_ROUND_UP(max_flows, NST_CHUNK_FLOWS) + 1;

	room->bits_max = nst_room_bits(max_flows);
	room->chunks = kvzalloc(struct_size(room->chunks, chunk, chunks),
				GFP_KERNEL);
	room->directory = kvcalloc(1U << room->bits_max,
				   sizeof(*room->directory), GFP_KERNEL);
	room->depth = kvzalloc(1U << room->bits_max, GFP_KERNEL);
	if (!room->chunks || !room->directory || !room->depth) {
		nst_room_free(room);
		return -ENOMEM;
	}
	room->chunks->max = chunks;
	return 0;
}

/**
 * nst_room_free - give memory back
 * @room: from nst_room_alloc() or nst_table_swap_room(); no reader may be left
 *
 * Context: process.
 */
void nst_room_free(struct nst_room *room)
{
	kvfree(room->chunks);
	kvfree(room->directory);
	kvfree(room->depth);
	memset(room, 0, sizeof(*room));
}

/**
 * nst_table_swap_room - let a table grow further
 * @t: table
 * @room: memory for more flows than before; on return the old memory, to be
 *	freed after a grace period.  Unchanged if the table needs more than it.
 *
 * Context: owner, bottom halves off.
 */
void nst_table_swap_room(struct nst_table *t, struct nst_room *room)
{
	struct nst_chunks *old = rcu_dereference_raw(t->chunks);

	if (room->chunks->max <= old->max || room->bits_max < t->bits)
		return;
	memcpy(room->chunks->chunk, old->chunk,
	       t->nchunks * sizeof(*old->chunk));
	memcpy(room->directory, t->directory,
	       sizeof(*t->directory) << t->bits);
	memcpy(room->depth, t->depth, 1U << t->bits);
	rcu_assign_pointer(t->chunks, room->chunks);
	room->chunks = old;
	swap(t->directory, room->directory);
	swap(t->depth, room->depth);
	swap(t->bits_max, room->bits_max);
}

static int nst_table_first_segments(struct nst_table *t)
{
	unsigned int i;

	t->bits = NST_BITS_MIN;
	for (i = 0; i < 1U << NST_BITS_MIN; i++) {
		t->directory[i] = kzalloc(sizeof(*t->directory[i]), GFP_KERNEL);
		if (!t->directory[i])
			return -ENOMEM;
		t->depth[i] = NST_BITS_MIN;
		t->nsegments++;
	}
	return 0;
}

static int nst_table_fill(struct nst_table *t, u32 max_flows)
{
	struct nst_room room;

	if (nst_room_alloc(&room, max_flows))
		return -ENOMEM;
	t->directory = room.directory;
	t->depth = room.depth;
	t->bits_max = room.bits_max;
	RCU_INIT_POINTER(t->chunks, room.chunks);
	t->wheel = kvzalloc(sizeof(*t->wheel), GFP_KERNEL);
	if (!t->wheel)
		return -ENOMEM;
	memset32(t->wheel->head, NST_NONE, NST_WHEEL_SLOTS);
	return nst_table_first_segments(t);
}

/**
 * nst_table_create - make an empty table
 * @rec: its record; a reference is taken
 * @max_flows: bound on flows, for its directories
 * @quota: from where it takes flows
 * @secret: of the hash, %NST_SECRET_WORDS words
 *
 * Context: process, may sleep.
 * Return: the table, or %NULL for lack of memory.
 */
struct nst_table *nst_table_create(struct nst_record *rec, u32 max_flows,
				   struct nst_quota *quota, const u64 *secret)
{
	struct nst_table *t = kzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return NULL;
	t->rec = nst_record_get(rec);
	t->secret = secret;
	t->quota = quota;
	t->flow_size = rec->flow_size;
	t->original = rec->original;
	t->narrow = rec->narrow;
	t->nkey = rec->words.nkey;
	t->free = NST_NONE;
	t->ended_head = NST_NONE;
	t->ended_tail = NST_NONE;
	INIT_LIST_HEAD(&t->node);
	u64_stats_init(&t->sync);
	if (!nst_table_fill(t, max_flows))
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
		if (seg != last)
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
		.directory	= t->directory,
		.depth		= t->depth,
	};
	unsigned int i;

	for (i = 0; i < t->nchunks; i++)
		free_pages_exact(room.chunks->chunk[i], nst_chunk_size(t));
	if (t->directory)
		nst_table_free_segments(t);
	nst_room_free(&room);
	kvfree(t->wheel);
	atomic_add(t->granted, &t->quota->left);
	nst_record_put(t->rec);
	kfree(t);
}

/**
 * nst_table_memory - bytes that a table takes
 * @t: the table
 *
 * Context: any; a racy reading.
 */
size_t nst_table_memory(const struct nst_table *t)
{
	return sizeof(*t) + sizeof(*t->wheel) +
	       (sizeof(*t->directory) + 1UL) * (1UL << t->bits_max) +
	       (size_t)t->nsegments * sizeof(struct nst_segment) +
	       (size_t)t->nchunks * (nst_chunk_size(t) + sizeof(void *));
}
