// SPDX-License-Identifier: GPL-2.0
/*
 * Finding flows in the hash, adding and removing them; splitting and merging
 * segments.
 */
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "table.h"

#define NST_SEGMENTS_SMALL	1024	/* 4 MiB */

/* A full bucket displaces a flow while segments hold fewer than this on average. */
#define NST_SEGMENT_LOAD	(NST_BUCKETS * NST_BUCKET_ENTRIES * 13 / 20)

/* ------------------------------------------------------------------ entries */

static void nst_bucket_spill(struct nst_bucket *bucket, int flows)
{
	bucket->tag[NST_BUCKET_WORDS - 1] += (u64)flows << 32;
}

/* The entry of the lowest match in a word. */
static unsigned int nst_match_entry(unsigned int word, u64 match)
{
	unsigned int lane = __ffs64(match) / 16;

	return word < 2 ? 2 * lane + word : 8 + lane;
}

static u16 nst_bucket_get_tag(const struct nst_bucket *bucket, unsigned int entry)
{
	return bucket->tag[nst_entry_word(entry)] >> 16 * nst_entry_lane(entry);
}

static void nst_bucket_set(struct nst_bucket *bucket, unsigned int entry,
			   u16 tag, u32 flow)
{
	unsigned int word = nst_entry_word(entry), shift = 16 * nst_entry_lane(entry);

	bucket->tag[word] &= ~(0xffffULL << shift);
	bucket->tag[word] |= (u64)tag << shift;
	bucket->flow[entry] = flow;
}

static bool nst_bucket_put(struct nst_bucket *bucket, u16 tag, u32 flow)
{
	unsigned int word;
	u64 match;

	for (word = 0; word < NST_BUCKET_WORDS; word++) {
		match = nst_bucket_match(bucket, word, 0);
		if (!match)
			continue;
		nst_bucket_set(bucket, nst_match_entry(word, match), tag, flow);
		return true;
	}
	return false;
}

static bool nst_bucket_drop(struct nst_bucket *bucket, u32 hash, u32 index)
{
	unsigned int word, entry;
	u64 match;

	for (word = 0; word < NST_BUCKET_WORDS; word++) {
		match = nst_bucket_match(bucket, word, nst_bucket_tags(hash));
		for (; match; match &= match - 1) {
			entry = nst_match_entry(word, match);
			/* a borrow may have flagged an entry that is unused */
			if ((bucket->flow[entry] & NST_ENTRY_INDEX) != index ||
			    !nst_bucket_get_tag(bucket, entry))
				continue;
			nst_bucket_set(bucket, entry, 0, 0);
			return true;
		}
	}
	return false;
}

/*
 * The %NST_ENTRY_SPLITS hash bits that decide the next splits of a segment of
 * @depth bits, shifted to their place in a bucket entry.  The top bit decides the
 * first split.
 */
static u32 nst_entry_splits(u32 hash, unsigned int depth)
{
	unsigned int done = depth / NST_ENTRY_SPLITS * NST_ENTRY_SPLITS;

	return hash << done >> NST_ENTRY_SPLIT_SHIFT << NST_ENTRY_SPLIT_SHIFT;
}

/* ----------------------------------------------------------------- lookup */

static u32 nst_bucket_find(const struct nst_table *tbl,
			   const struct nst_bucket *bucket, u32 hash,
			   const u64 *key)
{
	unsigned int word;
	u64 match;
	u32 index;

	for (word = 0; word < NST_BUCKET_WORDS; word++) {
		match = nst_bucket_match(bucket, word, nst_bucket_tags(hash));
		for (; match; match &= match - 1) {
			index = bucket->flow[nst_match_entry(word, match)] &
				NST_ENTRY_INDEX;
			if (nst_flow_is(nst_table_flow(tbl, index), key, tbl->nkey))
				return index;
		}
	}
	return NST_NONE;
}

/**
 * nst_table_find - find the live flow of a key
 * @tbl: table
 * @hash: of the key
 * @key: the record's key words
 *
 * Context: owner, bottom halves off.
 * Return: its index, or %NST_NONE.
 */
u32 nst_table_find(const struct nst_table *tbl, u32 hash, const u64 *key)
{
	const struct nst_segment *seg = nst_table_segment(tbl, hash);
	const struct nst_bucket *bucket = &seg->bucket[nst_bucket_first(hash)];
	u32 index = nst_bucket_find(tbl, bucket, hash, key);

	if (index != NST_NONE || likely(!nst_bucket_spilled(bucket)))
		return index;
	bucket = &seg->bucket[nst_bucket_second(hash)];
	return nst_bucket_find(tbl, bucket, hash, key);
}

/* The flow of a bucket that has been idle longest, or @best if that is idler. */
static u32 nst_bucket_idlest(const struct nst_table *tbl,
			     const struct nst_bucket *bucket, u32 now, u32 best)
{
	unsigned int entry;
	u32 index;

	for (entry = 0; entry < NST_BUCKET_ENTRIES; entry++) {
		if (!nst_bucket_get_tag(bucket, entry))
			continue;
		index = bucket->flow[entry] & NST_ENTRY_INDEX;
		if (best == NST_NONE ||
		    (s32)(now - nst_table_flow(tbl, index)->last) >
		    (s32)(now - nst_table_flow(tbl, best)->last))
			best = index;
	}
	return best;
}

/**
 * nst_table_rival - choose the flow to evict when a flow's buckets are full
 * @tbl: table whose last insert set @crowded
 * @hash: of the flow that could not be inserted
 * @now: milliseconds since boot
 *
 * Context: owner, bottom halves off.
 * Return: the flow in the two buckets of @hash that has been idle longest.
 */
u32 nst_table_rival(const struct nst_table *tbl, u32 hash, u32 now)
{
	const struct nst_segment *seg = nst_table_segment(tbl, hash);
	u32 best;

	best = nst_bucket_idlest(tbl, &seg->bucket[nst_bucket_first(hash)], now,
				 NST_NONE);
	return nst_bucket_idlest(tbl, &seg->bucket[nst_bucket_second(hash)], now,
				 best);
}

/* ------------------------------------------------------ adding and removing */

/*
 * Free an entry of a full bucket: move a flow whose first bucket this is to its
 * second.
 */
static bool nst_bucket_displace(struct nst_segment *seg, unsigned int i)
{
	struct nst_bucket *bucket = &seg->bucket[i];
	unsigned int entry;
	u16 tag;

	for (entry = 0; entry < NST_BUCKET_ENTRIES; entry++) {
		tag = nst_bucket_get_tag(bucket, entry);
		if (bucket->flow[entry] & NST_ENTRY_SECOND ||
		    !nst_bucket_put(&seg->bucket[nst_bucket_other(i, tag)], tag,
				    bucket->flow[entry] | NST_ENTRY_SECOND))
			continue;
		nst_bucket_set(bucket, entry, 0, 0);
		nst_bucket_spill(bucket, 1);
		return true;
	}
	return false;
}

/* The first bucket of a flow is full.  Return: whether another entry was found. */
static noinline bool nst_segment_spill(const struct nst_table *tbl,
				       struct nst_segment *seg, u32 hash,
				       u32 flow)
{
	struct nst_bucket *first = &seg->bucket[nst_bucket_first(hash)];
	u16 tag = nst_bucket_tag(hash);

	if (nst_bucket_put(&seg->bucket[nst_bucket_second(hash)], tag,
			   flow | NST_ENTRY_SECOND)) {
		nst_bucket_spill(first, 1);
		return true;
	}
	/*
	 * A displaced flow takes longer to find.  That is worth the memory it
	 * saves only in a large table whose segments are not yet well filled.
	 */
	return tbl->nsegments >= NST_SEGMENTS_SMALL &&
	       tbl->used < tbl->nsegments * NST_SEGMENT_LOAD &&
	       nst_bucket_displace(seg, nst_bucket_first(hash)) &&
	       nst_bucket_put(first, tag, flow);
}

/**
 * nst_segment_put - add a flow to the segment of its hash
 * @tbl: table
 * @hash: of the flow's key
 * @index: the flow
 *
 * Context: owner, bottom halves off.
 * Return: whether an entry was free; if not, the segment has to be split.
 */
bool nst_segment_put(const struct nst_table *tbl, u32 hash, u32 index)
{
	u32 entry = hash >> (32 - tbl->bits);
	struct nst_segment *seg = tbl->directory[entry];
	u32 flow = index | nst_entry_splits(hash, tbl->depth[entry]);

	/* the usual case: calls nothing, so no register is saved */
	if (likely(nst_bucket_put(&seg->bucket[nst_bucket_first(hash)],
				  nst_bucket_tag(hash), flow)))
		return true;
	return nst_segment_spill(tbl, seg, hash, flow);
}

/**
 * nst_table_unhash - remove a flow from the hash, so that packets no longer find it
 * @tbl: table
 * @index: of a live flow
 *
 * Context: owner, bottom halves off.
 */
void nst_table_unhash(struct nst_table *tbl, u32 index)
{
	u32 hash = nst_table_flow(tbl, index)->hash;
	struct nst_segment *seg = nst_table_segment(tbl, hash);
	struct nst_bucket *first = &seg->bucket[nst_bucket_first(hash)];

	if (nst_bucket_drop(first, hash, index))
		return;
	if (nst_bucket_drop(&seg->bucket[nst_bucket_second(hash)], hash, index))
		nst_bucket_spill(first, -1);
}

/* --------------------------------------------------------------- splitting */

/* Move the entries that have @bit set to the same place in the new segment. */
static void nst_bucket_divide(struct nst_segment *from, struct nst_segment *to,
			      unsigned int i, u32 bit)
{
	struct nst_bucket *bucket = &from->bucket[i];
	unsigned int entry, first;
	u16 tag;

	for (entry = 0; entry < NST_BUCKET_ENTRIES; entry++) {
		if (!(bucket->flow[entry] & bit))
			continue;
		tag = nst_bucket_get_tag(bucket, entry);
		nst_bucket_set(&to->bucket[i], entry, tag, bucket->flow[entry]);
		if (bucket->flow[entry] & NST_ENTRY_SECOND) {
			first = nst_bucket_other(i, tag);
			nst_bucket_spill(&from->bucket[first], -1);
			nst_bucket_spill(&to->bucket[first], 1);
		}
		nst_bucket_set(bucket, entry, 0, 0);
	}
}

static void nst_segment_divide(struct nst_segment *from, struct nst_segment *to,
			       unsigned int depth)
{
	u32 bit = BIT(31 - depth % NST_ENTRY_SPLITS);
	unsigned int i;

	for (i = 0; i < NST_BUCKETS; i++)
		nst_bucket_divide(from, to, i, bit);
}

/* All flows of the bucket are about to be read: overlap the cache misses. */
static void nst_bucket_prefetch(const struct nst_table *tbl,
				const struct nst_bucket *bucket)
{
	unsigned int entry;

	for (entry = 0; entry < NST_BUCKET_ENTRIES; entry++)
		if (nst_bucket_get_tag(bucket, entry))
			prefetch(nst_table_flow(tbl, bucket->flow[entry] &
						     NST_ENTRY_INDEX));
}

static void nst_bucket_reload(const struct nst_table *tbl,
			      struct nst_bucket *bucket, unsigned int depth)
{
	unsigned int entry;
	u32 index;

	for (entry = 0; entry < NST_BUCKET_ENTRIES; entry++) {
		if (!nst_bucket_get_tag(bucket, entry))
			continue;
		index = bucket->flow[entry] & NST_ENTRY_INDEX;
		bucket->flow[entry] &= NST_ENTRY_INDEX | NST_ENTRY_SECOND;
		bucket->flow[entry] |=
			nst_entry_splits(nst_table_flow(tbl, index)->hash, depth);
	}
}

/* The split bits in the entries are used up: load the next ones from the flows. */
static void nst_segment_reload(const struct nst_table *tbl,
			       struct nst_segment *seg, unsigned int depth)
{
	unsigned int i;

	nst_bucket_prefetch(tbl, &seg->bucket[0]);
	nst_bucket_prefetch(tbl, &seg->bucket[1]);
	for (i = 0; i < NST_BUCKETS; i++) {
		if (i + 2 < NST_BUCKETS)
			nst_bucket_prefetch(tbl, &seg->bucket[i + 2]);
		nst_bucket_reload(tbl, &seg->bucket[i], depth);
	}
}

/* Double the directory in place: entry i becomes entries 2i and 2i + 1. */
static bool nst_directory_double(struct nst_table *tbl)
{
	u32 i = 1U << tbl->bits;

	/* the array of the directory has 2 << order entries */
	if (tbl->bits > tbl->order)
		return false;
	while (i--) {
		tbl->directory[2 * i] = tbl->directory[i];
		tbl->directory[2 * i + 1] = tbl->directory[i];
		tbl->depth[2 * i] = tbl->depth[i];
		tbl->depth[2 * i + 1] = tbl->depth[i];
	}
	tbl->bits++;
	tbl->merge = 0;
	return true;
}

/*
 * Halve the directory in place.  Each segment must have at least two directory
 * entries.
 */
static void nst_directory_halve(struct nst_table *tbl)
{
	u32 n = 1U << (tbl->bits - 1), i;

	for (i = 0; i < n; i++) {
		tbl->directory[i] = tbl->directory[2 * i];
		tbl->depth[i] = tbl->depth[2 * i];
	}
	tbl->bits--;
}

static struct nst_segment *nst_segment_create(struct nst_table *tbl)
{
	struct mem_cgroup *old = nst_mem_begin(&tbl->quota->mem);
	struct nst_segment *seg = kzalloc(sizeof(*seg), NST_GFP_PACKET);

	nst_mem_end(old);
	if (seg)
		tbl->nsegments++;
	return seg;
}

/**
 * nst_segment_split - split the segment of a hash in two
 * @tbl: table
 * @hash: hash of a flow for which no bucket entry was free
 *
 * Context: owner, bottom halves off.
 * Return: false if there is no memory, or if the directory would have to double and
 *	its array is too small.
 */
bool nst_segment_split(struct nst_table *tbl, u32 hash)
{
	u32 entry = hash >> (32 - tbl->bits), first, n, i;
	struct nst_segment *from = tbl->directory[entry], *to;
	unsigned int depth = tbl->depth[entry];

	if (depth == tbl->bits && !nst_directory_double(tbl))
		return false;
	to = nst_segment_create(tbl);
	if (!to)
		return false;
	nst_segment_divide(from, to, depth++);
	if (!(depth % NST_ENTRY_SPLITS)) {
		nst_segment_reload(tbl, from, depth);
		nst_segment_reload(tbl, to, depth);
	}
	/*
	 * the upper half of the old segment's n directory entries now points to the
	 * new one
	 */
	n = 2U << (tbl->bits - depth);
	first = (hash >> (32 - tbl->bits)) & ~(n - 1);
	for (i = 0; i < n; i++) {
		tbl->depth[first + i] = depth;
		if (i >= n / 2)
			tbl->directory[first + i] = to;
	}
	tbl->deepest = max_t(u8, tbl->deepest, depth);
	return true;
}

/* ----------------------------------------------------------------- merging */

static unsigned int nst_bucket_count(const struct nst_bucket *bucket)
{
	unsigned int entry, n = 0;

	for (entry = 0; entry < NST_BUCKET_ENTRIES; entry++)
		n += nst_bucket_get_tag(bucket, entry) != 0;
	return n;
}

static bool nst_segment_fits(const struct nst_segment *to,
			     const struct nst_segment *from)
{
	unsigned int i;

	for (i = 0; i < NST_BUCKETS; i++)
		if (nst_bucket_count(&to->bucket[i]) +
		    nst_bucket_count(&from->bucket[i]) > NST_BUCKET_ENTRIES)
			return false;
	return true;
}

/* Add the flows of a bucket to the same bucket of another segment. */
static void nst_bucket_join(struct nst_bucket *to, const struct nst_bucket *from)
{
	unsigned int entry;
	u16 tag;

	for (entry = 0; entry < NST_BUCKET_ENTRIES; entry++) {
		tag = nst_bucket_get_tag(from, entry);
		if (tag)
			nst_bucket_put(to, tag, from->flow[entry]);
	}
	nst_bucket_spill(to, nst_bucket_spilled(from));
}

/* Undo a split: merge two segments of @depth bits into one of @depth - 1 bits. */
static void nst_segment_join(struct nst_table *tbl, struct nst_segment *to,
			     struct nst_segment *from, unsigned int depth)
{
	unsigned int i;

	for (i = 0; i < NST_BUCKETS; i++)
		nst_bucket_join(&to->bucket[i], &from->bucket[i]);
	if (!(depth % NST_ENTRY_SPLITS))
		nst_segment_reload(tbl, to, depth - 1);
	kfree(from);
	tbl->nsegments--;
}

/*
 * Merge the segment of a directory entry with its sibling, if their flows fit into
 * one segment.  Return: the directory entry after it.
 */
static u32 nst_segment_merge_entry(struct nst_table *tbl, u32 entry)
{
	unsigned int depth = tbl->depth[entry];
	u32 n = 1U << (tbl->bits - depth), first = entry & ~(n - 1), i;
	struct nst_segment *to = tbl->directory[first];
	struct nst_segment *from = tbl->directory[first ^ n];

	if (depth == NST_DIRECTORY_BITS_MIN || tbl->depth[first ^ n] != depth ||
	    !nst_segment_fits(to, from)) {
		tbl->deepest = max_t(u8, tbl->deepest, depth);
		return first + n;
	}
	nst_segment_join(tbl, to, from, depth--);
	tbl->deepest = max_t(u8, tbl->deepest, depth);
	first &= ~n;
	for (i = 0; i < 2 * n; i++) {
		tbl->directory[first + i] = to;
		tbl->depth[first + i] = depth;
	}
	return first + 2 * n;
}

/**
 * nst_segment_sparse - whether merging segments would save much memory
 * @tbl: table
 *
 * Context: owner, bottom halves off.
 * Return: true if the flows would fit into a quarter of the segments.
 */
bool nst_segment_sparse(const struct nst_table *tbl)
{
	return tbl->nsegments > 1U << NST_DIRECTORY_BITS_MIN &&
	       tbl->used < tbl->nsegments * (NST_SEGMENT_LOAD / 4);
}

/**
 * nst_segment_merge - merge segments that have few flows
 * @tbl: table
 * @end: when to stop, ktime_get_ns()
 *
 * Continues where the last call stopped, and returns at the end of the directory.
 * The directory is then halved if no segment needs its last bit.
 *
 * Context: owner, bottom halves off; no packet may be pending, since buckets are
 *	freed.
 */
void nst_segment_merge(struct nst_table *tbl, u64 end)
{
	while (nst_segment_sparse(tbl)) {
		tbl->merge = nst_segment_merge_entry(tbl, tbl->merge);
		if (tbl->merge >> tbl->bits) {
			if (tbl->deepest < tbl->bits)
				nst_directory_halve(tbl);
			tbl->merge = 0;
			tbl->deepest = 0;
			return;
		}
		if (ktime_get_ns() >= end)
			return;
	}
}

/* ----------------------------------------------------------- first and last */

/**
 * nst_segment_init - make the first segments of a table
 * @tbl: table that has a directory
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOMEM; the caller then frees the first segments with
 *	nst_segment_free().
 */
int nst_segment_init(struct nst_table *tbl)
{
	unsigned int i;

	tbl->bits = NST_DIRECTORY_BITS_MIN;
	for (i = 0; i < 1U << NST_DIRECTORY_BITS_MIN; i++) {
		tbl->directory[i] = kzalloc(sizeof(*tbl->directory[i]),
					    GFP_KERNEL_ACCOUNT);
		if (!tbl->directory[i])
			return -ENOMEM;
		tbl->depth[i] = NST_DIRECTORY_BITS_MIN;
		tbl->nsegments++;
	}
	return 0;
}

/**
 * nst_segment_free - free all segments of a table
 * @tbl: table that has a directory
 *
 * Context: process.
 */
void nst_segment_free(struct nst_table *tbl)
{
	struct nst_segment *seg, *last = NULL;
	u32 i;

	/* the directory entries of one segment are adjacent */
	for (i = 0; i < 1U << tbl->bits; i++) {
		seg = tbl->directory[i];
		if (seg && seg != last)
			kfree(seg);
		last = seg;
	}
}
