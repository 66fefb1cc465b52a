/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One CPU's flows of one record: find, make, free.
 *
 * Flows live in chunks of an array and are named by their index in it, which
 * never changes while they live.  They are found by extendible hashing: a
 * directory indexed by the top bits of the hash names segments of
 * %NST_BUCKETS buckets; a segment that cannot take another flow is split in
 * two, so that growing costs a little at a time and never a whole table.  A
 * bucket is one cache line of 16-bit tags and 32-bit indices.
 *
 * Only the owner writes: the table's CPU, with bottom halves off.  Readers
 * walk the chunks under RCU with nst_table_read().
 */
#ifndef _NST_TABLE_H
#define _NST_TABLE_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/prefetch.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>

#include "flow.h"
#include "hash.h"
#include "mem.h"
#include "record.h"

#define NST_NONE		U32_MAX		/* no flow */
#define NST_BUCKET_SLOTS	10
#define NST_BUCKET_WORDS	DIV_ROUND_UP(NST_BUCKET_SLOTS, 4)
#define NST_BUCKETS		64		/* buckets of a segment: a page of 4 KiB */
#define NST_CHUNK_SHIFT		8
#define NST_CHUNK_FLOWS		BIT(NST_CHUNK_SHIFT)
#define NST_WHEEL_SLOTS		4096
#define NST_WHEEL_SHIFT		8		/* a wheel slot is 256 ms */

struct nst_export_set;
struct nst_pending;

/*
 * What a slot of a bucket holds beside its tag: the flow's index, whether this
 * is the flow's second bucket, and the bits of its hash by which its segment
 * will be split next, so that splitting needs not look at flows.
 */
#define NST_SLOT_INDEX		GENMASK(26, 0)
#define NST_SLOT_SECOND		BIT(27)
#define NST_SLOT_SPLITS		4
#define NST_SLOT_SPLIT_SHIFT	28

static_assert(NETSTREAM_FLOWS_MAX + NST_CHUNK_FLOWS <= NST_SLOT_INDEX);

/**
 * struct nst_bucket - where a flow is looked for: one cache line
 * @tag: part of each flow's hash, four to a word, 0: unused; the upper half of
 *	the last word counts flows whose first bucket this is and that stand in
 *	their second: spilled ones
 * @flow: which flow, see %NST_SLOT_INDEX
 */
struct nst_bucket {
	u64	tag[NST_BUCKET_WORDS];
	u32	flow[NST_BUCKET_SLOTS];
};

static_assert(sizeof(struct nst_bucket) == 64);

/**
 * struct nst_segment - a page of buckets
 * @bucket: buckets
 */
struct nst_segment {
	struct nst_bucket bucket[NST_BUCKETS];
};

/**
 * struct nst_quota - flows that a namespace may still make, and who pays for them
 * @left: flows not given to any table; negative after the bound was lowered
 * @sharers: tables that have flows, or had until recently
 * @max: the bound
 * @batch: flows that a table takes at a time
 * @hungry: jiffies when a table found nothing left although it had less than
 *	its share
 * @mem: who pays for what packets make tables allocate
 */
struct nst_quota {
	atomic_t	left;
	atomic_t	sharers;
	u32		max;
	unsigned int	batch;
	unsigned long	hungry;
	struct nst_mem	mem;
};

/**
 * struct nst_chunks - the array of flows
 * @rcu: for freeing after the array has grown
 * @max: chunks it has room for
 * @chunk: chunks, %NULL where there is none
 */
struct nst_chunks {
	struct rcu_head	rcu;
	unsigned int	max;
	void		*chunk[];
};

/**
 * struct nst_stock - flows of a chunk that are to be had
 * @free: flows that were used and are free, linked by next
 * @used: flows that are live or ended
 */
struct nst_stock {
	u32	free;
	u32	used;
};

/**
 * struct nst_room - arrays that bound how large a table can grow
 * @chunks: array of chunks
 * @stock: what each chunk has to give
 * @spare: which chunks have free flows
 * @directory: directory of segments
 * @depth: of each directory entry's segment, how many bits it stands for
 * @order: logarithm of the room for chunks; the directory has twice as many
 *	entries
 *
 * Each array takes a power of two of bytes, so that nothing is wasted by
 * rounding.
 */
struct nst_room {
	struct nst_chunks	*chunks;
	struct nst_stock	*stock;
	unsigned long		*spare;
	struct nst_segment	**directory;
	u8			*depth;
	unsigned int		order;
};

/**
 * enum nst_room_state - another room for a table
 * @NST_ROOM_NONE: nobody has asked for one
 * @NST_ROOM_ASKED: the worker makes it
 * @NST_ROOM_READY: it is there
 * @NST_ROOM_FAILED: there was no memory; to be asked again later
 */
enum nst_room_state {
	NST_ROOM_NONE,
	NST_ROOM_ASKED,
	NST_ROOM_READY,
	NST_ROOM_FAILED,
};

/**
 * struct nst_wheel - live flows by when each may end
 * @head: first flow of each slot
 * @busy: which slots have flows
 */
struct nst_wheel {
	u32	head[NST_WHEEL_SLOTS];
	DECLARE_BITMAP(busy, NST_WHEEL_SLOTS);
};

/**
 * struct nst_table - flows of one record on one CPU
 * @rec: the record, a reference
 * @secret: of the hash, %NST_SECRET_WORDS words
 * @directory: segments, indexed by the top @bits bits of the hash
 * @chunks: flows
 * @bits: logarithm of the directory's size now
 * @flow_size: bytes of a flow
 * @active: active timeout, milliseconds
 * @inactive: inactive timeout, milliseconds
 * @cached: amount in live and ended flows
 * @newest: its newest entry in the CPU's ring, or any other
 * @original: the record is the built-in one
 * @narrow: the record has counters that overflow
 * @folds: the record accumulates more than struct nst_flow has
 * @nkey: words of the key
 * @used: flows that are live or ended
 * @fresh: flows at and after this index were never used
 * @lowest: no chunk before this has free flows
 * @granted: flows taken from the quota
 * @live: flows in the wheel
 * @cursor: wheel time (ms >> %NST_WHEEL_SHIFT) before which no flow is in the wheel
 * @ended_head: oldest ended flow that waits to be exported
 * @ended_tail: newest
 * @wheel: live flows by when each may end
 * @stock: what each chunk has to give
 * @spare: which chunks have free flows
 * @depth: of each directory entry's segment, how many bits it stands for
 * @order: of the room, see struct nst_room
 * @max_flows: bound on flows; the room grows no further than that takes
 * @nsegments: segments there are
 * @nchunks: chunks there are
 * @sharing: it counts as one of the quota's sharers
 * @crowded: the last flow that could not be made found its buckets full, and
 *	they could not be split
 * @trimmed: chunks were given back: readers may look where a new one comes
 * @quota: the namespace's
 * @export_set: streams and templates its flows are exported by, a reference
 * @created: flows made
 * @sync: lets another CPU read @created whole, where that takes something
 * @peak: milliseconds since boot when its last chunk was last in use
 * @dense: the same of when its segments were filled well enough
 * @empty: the same of when it had a flow
 * @merge: directory entry where merging segments goes on
 * @deepest: deepest segment that was met since merging began at entry 0
 * @state: &enum nst_room_state
 * @want: order of the room that the worker is asked for
 * @ahead: what it has made
 * @grow: the worker
 * @serial: its number among all tables of the CPU, ascending
 * @dying: no more packets come; freed once empty
 * @node: in the CPU's list of tables
 * @reaped: next of those taken out of it
 */
struct nst_table {
	/* read and written for every packet */
	struct nst_record	*rec;
	const u64		*secret;
	struct nst_segment	**directory;
	struct nst_chunks __rcu	*chunks;
	unsigned int		bits;
	unsigned int		flow_size;
	u32			active;
	u32			inactive;
	struct nst_amount	cached;
	struct nst_pending	*newest;
	bool			original;
	bool			narrow;
	bool			folds;
	u8			nkey;

	/* when flows are made and end */
	u32			used;
	u32			fresh;
	u32			lowest;
	u32			granted;
	u32			live;
	u32			cursor;
	u32			ended_head;
	u32			ended_tail;
	struct nst_wheel	*wheel;
	struct nst_stock	*stock;
	unsigned long		*spare;
	u8			*depth;
	unsigned int		order;
	u32			max_flows;
	unsigned int		nsegments;
	unsigned int		nchunks;
	bool			sharing;
	bool			crowded;
	bool			trimmed;
	struct nst_quota	*quota;
	struct nst_export_set	*export_set;
	u64			created;
	struct u64_stats_sync	sync;

	/* giving memory back, growing ahead of need */
	u64			peak;
	u64			dense;
	u64			empty;
	u32			merge;
	u8			deepest;
	u8			state;
	unsigned int		want;
	struct nst_room		ahead;
	struct work_struct	grow;

	/* control path */
	u32			serial;
	bool			dying;
	struct list_head	node;
	struct nst_table	*reaped;
};

void nst_quota_init(struct nst_quota *q, u32 max_flows);
void nst_quota_change(struct nst_quota *q, u32 old_max, u32 new_max);

struct nst_table *nst_table_create(struct nst_record *rec, u32 max_flows,
				   struct nst_quota *quota, const u64 *secret);
void nst_table_free(struct nst_table *t);
void nst_table_bound(struct nst_table *t, u32 max_flows);
void nst_table_tend(struct nst_table *t, u64 now, u64 end);
bool nst_table_lean(const struct nst_table *t);
size_t nst_table_memory(const struct nst_table *t);

u32 nst_table_find(const struct nst_table *t, u32 hash, const u64 *key);
u32 nst_table_insert(struct nst_table *t, u32 hash, const u64 *word);
u32 nst_table_rival(const struct nst_table *t, u32 hash, u32 now);
void nst_table_unhash(struct nst_table *t, u32 index);
void nst_table_release(struct nst_table *t, u32 index);
int nst_table_read(const struct nst_table *t, u32 index,
		   struct nst_flow *flow, u64 *word);

/**
 * nst_table_flow - the flow of an index
 * @t: table
 * @index: of a flow that exists
 *
 * Context: the owner, bottom halves off; or a reader under RCU.
 */
static __always_inline struct nst_flow *
nst_table_flow(const struct nst_table *t, u32 index)
{
	struct nst_chunks *chunks = rcu_dereference_raw(t->chunks);
	void *chunk = chunks->chunk[index >> NST_CHUNK_SHIFT];

	return chunk + (index & (NST_CHUNK_FLOWS - 1)) * t->flow_size;
}

/**
 * nst_quota_share - flows that each table may have when others want some, too
 * @q: quota
 *
 * Context: any.
 */
static inline u32 nst_quota_share(const struct nst_quota *q)
{
	u32 sharers = max(atomic_read(&q->sharers), 1);

	return max(READ_ONCE(q->max) / sharers, 1U);
}

/* Hardly anything is left, and a table with less than its share wanted some lately. */
static inline bool nst_quota_pressed(const struct nst_quota *q)
{
	return atomic_read(&q->left) <= (int)READ_ONCE(q->batch) &&
	       jiffies - READ_ONCE(q->hungry) < HZ;
}

/**
 * nst_table_over - whether a table holds more flows than it may keep
 * @t: table
 *
 * It is so when it has more than its share, and either the bound was lowered,
 * or a table with less than its share has found nothing left.
 *
 * Context: any.
 */
static inline bool nst_table_over(const struct nst_table *t)
{
	const struct nst_quota *q = t->quota;

	return (atomic_read(&q->left) < 0 || nst_quota_pressed(q)) &&
	       t->granted > nst_quota_share(q);
}

/* First and second bucket of a hash within its segment, and its tag there. */
static inline unsigned int nst_bucket_first(u32 hash)
{
	return hash % NST_BUCKETS;
}

/* Never 0, which is an unused slot, and the top bit is clear: see nst_bucket_match(). */
static inline u16 nst_bucket_tag(u32 hash)
{
	return (hash >> 6 & 0x7fff) | 0x4000;
}

/* From one of a flow's two buckets to the other; they are an odd number apart. */
static inline unsigned int nst_bucket_other(unsigned int bucket, u16 tag)
{
	return bucket ^ ((tag >> 6) % NST_BUCKETS | 1);
}

static inline unsigned int nst_bucket_second(u32 hash)
{
	return nst_bucket_other(nst_bucket_first(hash), nst_bucket_tag(hash));
}

static inline struct nst_segment *nst_table_segment(const struct nst_table *t,
						    u32 hash)
{
	return t->directory[hash >> (32 - t->bits)];
}

/*
 * Tags are compared four at a time.  Their top bits are clear, so less one only
 * those that are equal, which leave zero, have it set; or one above such a one.
 */
#define NST_LANES	0x0001000100010001ULL
#define NST_LANES_TOP	(NST_LANES << 15)

static inline u64 nst_bucket_tags(u32 hash)
{
	u64 lanes = NST_LANES;

	/* one product is shorter than the shifts it could be made of */
	OPTIMIZER_HIDE_VAR(lanes);
	return nst_bucket_tag(hash) * lanes;
}

/**
 * nst_bucket_match - which slots of a word of a bucket have a tag
 * @b: the bucket
 * @word: which word of it
 * @tags: the tag, in each lane
 *
 * Return: a mask; the lowest bit that is set is of a slot that has the tag, one
 *	above it may be of a slot that has not.
 */
static __always_inline u64 nst_bucket_match(const struct nst_bucket *b,
					    unsigned int word, u64 tags)
{
	u64 match = ((b->tag[word] ^ tags) - NST_LANES) & NST_LANES_TOP;

	return word == NST_BUCKET_WORDS - 1 ? (u32)match : match;
}

/* Slots of two words take turns, so that the place of a bit of both tells the slot. */
static inline unsigned int nst_slot_word(unsigned int slot)
{
	return slot < 8 ? slot % 2 : 2;
}

static inline unsigned int nst_slot_lane(unsigned int slot)
{
	return slot < 8 ? slot / 2 : slot - 8;
}

/**
 * nst_bucket_probe - guess which flow has a hash, from its first bucket alone
 * @b: the bucket, from nst_table_bucket(), perhaps of some packets ago
 * @hash: of a key
 * @index: where to leave the flow's index
 *
 * Reads no flow, so that the flow can be prefetched.  The guess is to be
 * checked.
 *
 * Context: owner, bottom halves off.
 * Return: whether there is a guess.
 */
static __always_inline bool nst_bucket_probe(const struct nst_bucket *b,
					     u32 hash, u32 *index)
{
	u64 tags = nst_bucket_tags(hash), match;

	/*
	 * Which of two words has the flow is a toss-up that no branch predictor
	 * wins, so their lanes go side by side into one.  The last two slots
	 * are rarely in use.
	 */
	match = nst_bucket_match(b, 0, tags) >> 8 | nst_bucket_match(b, 1, tags);
	if (likely(match)) {
		*index = b->flow[__ffs64(match) / 8] & NST_SLOT_INDEX;
		return true;
	}
	match = nst_bucket_match(b, 2, tags);
	if (match)
		*index = b->flow[8 + __ffs64(match) / 16] & NST_SLOT_INDEX;
	return match;
}

/**
 * nst_table_bucket - the first bucket of a hash
 * @t: table
 * @hash: of a key
 *
 * Buckets stay where they are for as long as their table.  Later, the flow may
 * have moved to another.
 *
 * Context: owner, bottom halves off.
 */
static inline struct nst_bucket *nst_table_bucket(const struct nst_table *t,
						  u32 hash)
{
	return &nst_table_segment(t, hash)->bucket[nst_bucket_first(hash)];
}

static inline u32 nst_bucket_spilled(const struct nst_bucket *b)
{
	return b->tag[NST_BUCKET_WORDS - 1] >> 32;
}

/*
 * Always inline: a function that does nothing but prefetch has no effect as
 * far as the compiler can see, and it leaves out calls of it.
 */

/**
 * nst_bucket_prefetch_second - begin to fetch where a flow is that its first bucket has not
 * @t: table
 * @b: the first bucket
 * @hash: of its key
 */
static __always_inline void
nst_bucket_prefetch_second(const struct nst_table *t,
			   const struct nst_bucket *b, u32 hash)
{
	if (nst_bucket_spilled(b))
		prefetch(&nst_table_segment(t, hash)->bucket[nst_bucket_second(hash)]);
}

/**
 * nst_table_prefetch - begin to fetch what ending a flow will look at in the hash
 * @t: table
 * @flow: the flow
 */
static __always_inline void nst_table_prefetch(const struct nst_table *t,
					       const struct nst_flow *flow)
{
	prefetchw(nst_table_bucket(t, flow->hash));
}

/**
 * nst_flow_prefetch - begin to fetch a flow that will be updated
 * @flow: the flow
 */
static __always_inline void nst_flow_prefetch(const struct nst_flow *flow)
{
	prefetchw(flow);
	prefetch((const void *)flow + 64);
}

/**
 * nst_flow_is - whether a flow has a key
 * @flow: the flow
 * @key: its words
 * @words: how many, even
 *
 * Context: owner, bottom halves off.
 */
static __always_inline bool nst_flow_is(const struct nst_flow *flow,
					const u64 *key, unsigned int words)
{
	u64 differ = (flow->word[0] ^ key[0]) | (flow->word[1] ^ key[1]);
	unsigned int i;

	/* most keys are two pairs: a straight line */
	if (likely(words > 2))
		differ |= (flow->word[2] ^ key[2]) | (flow->word[3] ^ key[3]);
	for (i = 4; unlikely(i < words); i += 2)
		differ |= (flow->word[i] ^ key[i]) |
			  (flow->word[i + 1] ^ key[i + 1]);
	return !differ;
}

/* Whether two keys of original flows are the same, without a loop. */
static __always_inline bool nst_original_same(const u64 *a, const u64 *b)
{
	return !((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) |
		 (a[3] ^ b[3]) | (a[4] ^ b[4]) | (a[5] ^ b[5]));
}

/* Writers bracket changes of a flow so that readers can tell a torn copy. */
static inline void nst_flow_write_begin(struct nst_flow *flow)
{
	WRITE_ONCE(flow->seq, flow->seq + 1);
	/* pairs with nst_table_read() */
	smp_wmb();
}

static inline void nst_flow_write_end(struct nst_flow *flow)
{
	/* pairs with nst_table_read() */
	smp_wmb();
	WRITE_ONCE(flow->seq, flow->seq + 1);
}

#endif /* _NST_TABLE_H */
