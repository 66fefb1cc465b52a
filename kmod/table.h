/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One CPU's flows of one record.
 *
 * Flows are stored in an array that is allocated in chunks.  A flow's index in it
 * does not change while the flow exists.  segment.h has the hash that finds the
 * index of a key, quota.h the bound on flows.
 *
 * Only the owner, which is the table's CPU with bottom halves off, writes to a
 * table.  Readers on other CPUs go through the chunks under RCU and copy flows with
 * nst_table_read().
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
#include "quota.h"
#include "record.h"
#include "segment.h"

#define NST_NONE		U32_MAX		/* no flow */
#define NST_CHUNK_SHIFT		8
#define NST_CHUNK_FLOWS		BIT(NST_CHUNK_SHIFT)
#define NST_WHEEL_TICKS		4096
#define NST_WHEEL_SHIFT		8		/* a tick of the wheel is 256 ms */

struct nst_export_set;
struct nst_pending;

static_assert(NETSTREAM_FLOWS_MAX + NST_CHUNK_FLOWS <= NST_ENTRY_INDEX);

/**
 * struct nst_chunks - the array of flows
 * @rcu: frees the array after another one has replaced it
 * @max: size of @chunk
 * @chunk: chunks of %NST_CHUNK_FLOWS flows, or %NULL
 */
struct nst_chunks {
	struct rcu_head	rcu;
	unsigned int	max;
	void		*chunk[];
};

/**
 * struct nst_stock - the free flows of a chunk
 * @free: first flow of the list of freed flows, which are linked by @next
 * @used: flows that are live or ended
 */
struct nst_stock {
	u32	free;
	u32	used;
};

/**
 * struct nst_table_arrays - the arrays that are replaced as a whole when a table grows
 * @chunks: chunks of flows
 * @stock: free flows of each chunk
 * @spare: bitmap of chunks that have free flows
 * @directory: the segment of each directory entry
 * @depth: for each directory entry, how many hash bits select its segment
 * @order: log2 of the entries of @chunks, header included; @directory has twice as many
 *
 * The size of each array is a power of two, so allocators waste nothing by
 * rounding up.
 */
struct nst_table_arrays {
	struct nst_chunks	*chunks;
	struct nst_stock	*stock;
	unsigned long		*spare;
	struct nst_segment	**directory;
	u8			*depth;
	unsigned int		order;
};

/**
 * enum nst_arrays_state - progress of the worker that allocates larger arrays
 * @NST_ARRAYS_NONE: not asked
 * @NST_ARRAYS_ASKED: queued or running
 * @NST_ARRAYS_READY: the new arrays are in @ahead of struct nst_table
 * @NST_ARRAYS_FAILED: out of memory; the timer allows another attempt
 */
enum nst_arrays_state {
	NST_ARRAYS_NONE,
	NST_ARRAYS_ASKED,
	NST_ARRAYS_READY,
	NST_ARRAYS_FAILED,
};

/**
 * struct nst_wheel - live flows, ordered by the earliest time at which each can end
 * @head: first flow of each tick
 * @busy: bitmap of ticks that have flows
 */
struct nst_wheel {
	u32	head[NST_WHEEL_TICKS];
	DECLARE_BITMAP(busy, NST_WHEEL_TICKS);
};

/**
 * struct nst_slot_flows - flows of a slot in one table
 * @created: flows that were created
 * @ended: those of them that have ended
 */
struct nst_slot_flows {
	u64	created;
	u64	ended;
};

/**
 * struct nst_slot_counts - flows of a table by slot
 * @n: size of @slot, more than the number of any slot that a flow may have
 * @slot: by number of the slot; what slot 0 would count is the sum of all others, since
 *	its own flows follow from the counts of the table
 */
struct nst_slot_counts {
	unsigned int		n;
	struct nst_slot_flows	slot[];
};

/**
 * struct nst_table - flows of one record on one CPU
 * @rec: the record; the table holds a reference
 * @secret: key of the hash function, %NST_SECRET_WORDS words
 * @directory: segments, indexed by the top @bits bits of the hash
 * @chunks: flows
 * @bits: log2 of the directory entries in use
 * @flow_size: bytes of a flow
 * @active: active timeout, milliseconds
 * @inactive: inactive timeout, milliseconds
 * @report: of a permanent cache: milliseconds from one export of a flow to the next; 0:
 *	flows are exported when they end
 * @linger: inactive timeout of a flow in which FIN or RST was seen, milliseconds;
 *	0: such a flow ends at once
 * @cached: flows, packets and bytes in live and ended flows
 * @newest: its newest entry in the CPU's ring; may be stale and belong to another table
 * @original: the record is the built-in one, whose key is not masked
 * @narrow: a flow may have to end before packets are added to it, see struct nst_record
 * @folds: the record accumulates values for which struct nst_flow has no member
 * @careful: @folds, or values of routes are looked up when a flow is made: an update
 *	takes more than the comparison of keys
 * @merge_check: @narrow or @folds: not all packets of a flow may be merged in the ring
 * @begins: a new flow needs more than its words and times: @careful, @by_slot, or the cache
 *	is not a normal one
 * @immediate: each packet is a flow
 * @nkey: words of the key
 * @routes: mask of &enum nst_routes_value: what is looked up when a flow is made
 * @used: flows that are live or ended
 * @fresh: index of the first flow that was never used
 * @lowest: no chunk before this one has free flows
 * @granted: flows taken from the quota, and from @own, used or not
 * @live: flows in the wheel
 * @cursor: wheel time (ms >> %NST_WHEEL_SHIFT) of the earliest tick that can have
 *	flows
 * @ended_head: oldest ended flow that waits to be exported
 * @ended_tail: newest such flow
 * @wheel: timer wheel of live flows
 * @stock: see struct nst_table_arrays
 * @spare: see struct nst_table_arrays
 * @depth: see struct nst_table_arrays
 * @order: see struct nst_table_arrays
 * @max_flows: bound on flows; limits how far the arrays grow
 * @nsegments: segments allocated
 * @nchunks: chunks allocated
 * @sharing: the table is counted in the quota's sharers
 * @crowded: the last insert failed because both buckets were full and their segment
 *	could not be split
 * @trimmed: chunks were freed, so a reader with an old @fresh may look into a new one
 * @quota: quota of the namespace
 * @own: quota of the monitor whose record it is, from which flows are taken as well; %NULL
 *	for records of the system
 * @export_set: export set that its flows go to; the table holds a reference
 * @by_slot: flows by slot; %NULL while the configuration has had no slot but 0
 * @created: flows inserted so far
 * @sync: protects @created from torn reads on 32-bit machines
 * @peak: milliseconds since boot when the last chunk last had flows
 * @dense: milliseconds since boot when merging segments was last not worthwhile
 * @empty: milliseconds since boot when the table last had a flow
 * @merge: directory entry at which merging continues
 * @deepest: most hash bits of any segment seen since merging started at entry 0
 * @state: &enum nst_arrays_state
 * @want: order of the arrays that the worker is to allocate
 * @ahead: arrays that the worker has allocated
 * @grow: the worker
 * @serial: number of the table, ascending on each CPU
 * @dying: the record is no longer in effect; the table is freed once it is empty
 * @node: entry in the CPU's list of tables
 * @reaped: next in the list of tables that are about to be freed
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
	bool			careful;
	bool			merge_check;
	bool			begins;
	bool			immediate;
	u8			nkey;
	u8			routes;

	/* used when flows are added or end */
	u32			used;
	u32			fresh;
	u32			lowest;
	u32			granted;
	u32			live;
	u32			cursor;
	u32			ended_head;
	u32			ended_tail;
	u32			linger;
	u32			report;
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
	struct nst_quota	*own;
	struct nst_export_set	*export_set;
	struct nst_slot_counts	*by_slot;
	u64			created;
	struct u64_stats_sync	sync;

	/* used when memory is given back or arrays grow */
	u64			peak;
	u64			dense;
	u64			empty;
	u32			merge;
	u8			deepest;
	u8			state;
	unsigned int		want;
	struct nst_table_arrays	ahead;
	struct work_struct	grow;

	/* control path */
	u32			serial;
	bool			dying;
	struct list_head	node;
	struct nst_table	*reaped;
};

struct nst_table *nst_table_create(struct nst_record *rec, u32 max_flows,
				   struct nst_quota *quota, const u64 *secret);
void nst_table_free(struct nst_table *tbl);
void nst_table_bound(struct nst_table *tbl, u32 max_flows);
void nst_table_tend(struct nst_table *tbl, u64 now, u64 end);
bool nst_table_lean(const struct nst_table *tbl);
size_t nst_table_memory(const struct nst_table *tbl);

/* in segment.c */
u32 nst_table_find(const struct nst_table *tbl, u32 hash, const u64 *key);
u32 nst_table_rival(const struct nst_table *tbl, u32 hash, u32 now);
void nst_table_unhash(struct nst_table *tbl, u32 index);

struct nst_slot_counts *nst_table_new_counts(const struct nst_table *tbl,
					     unsigned int slot);
struct nst_slot_counts *nst_table_use_counts(struct nst_table *tbl,
					     struct nst_slot_counts *counts);
void nst_table_count(struct nst_table *tbl, const struct nst_flow *flow, bool ended);
void nst_table_slot_flows(const struct nst_table *tbl, u8 slot,
			  struct nst_slot_flows *sum);

u32 nst_table_insert(struct nst_table *tbl, u32 hash, const u64 *word);
void nst_table_release(struct nst_table *tbl, u32 index);
int nst_table_read(const struct nst_table *tbl, u32 index,
		   struct nst_flow *flow, u64 *word);

/**
 * nst_table_flow - the flow of an index
 * @tbl: table
 * @index: of a flow that exists
 *
 * Context: the owner, bottom halves off; or a reader under RCU.
 */
static __always_inline struct nst_flow *
nst_table_flow(const struct nst_table *tbl, u32 index)
{
	struct nst_chunks *chunks = rcu_dereference_raw(tbl->chunks);
	void *chunk = chunks->chunk[index >> NST_CHUNK_SHIFT];

	return chunk + (index & (NST_CHUNK_FLOWS - 1)) * tbl->flow_size;
}

/**
 * nst_table_over - whether a table has to give up flows
 * @tbl: table
 *
 * Context: any.
 */
static inline bool nst_table_over(const struct nst_table *tbl)
{
	return nst_quota_either_exceeded(tbl->quota, tbl->own, tbl->granted);
}

static inline struct nst_segment *nst_table_segment(const struct nst_table *tbl,
						    u32 hash)
{
	return tbl->directory[hash >> (32 - tbl->bits)];
}

/**
 * nst_table_bucket - the first bucket of a hash
 * @tbl: table
 * @hash: of a key
 *
 * The pointer stays valid until nst_table_tend() merges segments.  A split may move
 * the flow to a bucket of the new segment meanwhile.
 *
 * Context: owner, bottom halves off.
 */
static inline struct nst_bucket *nst_table_bucket(const struct nst_table *tbl,
						  u32 hash)
{
	return &nst_table_segment(tbl, hash)->bucket[nst_bucket_first(hash)];
}

/*
 * The next three are always inline: the compiler sees no effect in a function that
 * only prefetches, and drops calls to it.
 */

/**
 * nst_bucket_prefetch_second - prefetch the second bucket if the first one has spilled flows
 * @tbl: table
 * @bucket: first bucket of @hash, where no tag matched
 * @hash: of a key
 */
static __always_inline void
nst_bucket_prefetch_second(const struct nst_table *tbl,
			   const struct nst_bucket *bucket, u32 hash)
{
	if (nst_bucket_spilled(bucket))
		prefetch(&nst_table_segment(tbl, hash)->bucket[nst_bucket_second(hash)]);
}

/**
 * nst_table_prefetch - prefetch the bucket that nst_table_unhash() will change
 * @tbl: table
 * @flow: the flow
 */
static __always_inline void nst_table_prefetch(const struct nst_table *tbl,
					       const struct nst_flow *flow)
{
	prefetchw(nst_table_bucket(tbl, flow->hash));
}

/**
 * nst_flow_prefetch - prefetch both cache lines of a flow that will be updated
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
 * @key: key words
 * @words: number of key words, even
 *
 * Context: owner, bottom halves off.
 */
static __always_inline bool nst_flow_is(const struct nst_flow *flow,
					const u64 *key, unsigned int words)
{
	u64 differ = (flow->word[0] ^ key[0]) | (flow->word[1] ^ key[1]);
	unsigned int i;

	/* most keys have four words and are compared without a loop */
	if (likely(words > 2))
		differ |= (flow->word[2] ^ key[2]) | (flow->word[3] ^ key[3]);
	for (i = 4; unlikely(i < words); i += 2)
		differ |= (flow->word[i] ^ key[i]) |
			  (flow->word[i + 1] ^ key[i + 1]);
	return !differ;
}

/* Whether two keys of the built-in record are equal. */
static __always_inline bool nst_original_same(const u64 *a, const u64 *b)
{
	return !((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) |
		 (a[3] ^ b[3]) | (a[4] ^ b[4]) | (a[5] ^ b[5]));
}

/* A writer brackets its changes with these, so that readers detect a torn copy. */
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
