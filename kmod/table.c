// SPDX-License-Identifier: GPL-2.0
/*
 * Tables: their chunks, their flows, and giving memory back.
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

#include "account.h"
#include "arrays.h"
#include "compat.h"
#include "table.h"

#define NST_LINGER_MS	30000	/* memory unused for this long is given back */
#define NST_FRESH_AHEAD	8	/* how many flows ahead to prefetch */

/* ------------------------------------------------------------------ flows */

/*
 * Bytes of the words that the first packet sets: the key, and the words that the
 * record keeps.
 */
static size_t nst_table_words(const struct nst_table *tbl)
{
	return tbl->rec->words.nkey + tbl->rec->words.nkept;
}

static size_t nst_chunk_size(const struct nst_table *tbl)
{
	return (size_t)NST_CHUNK_FLOWS * tbl->flow_size;
}

/**
 * struct nst_gone - header of a chunk that is freed after an RCU grace period
 * @rcu: RCU callback
 * @size: of the chunk, bytes
 *
 * It overwrites the counters of the chunk's first flow, but not its state.  A
 * reader that copies them discards the copy, because the state says that the flow
 * is free.
 */
struct nst_gone {
	struct rcu_head	rcu;
	u32		size;
};

static_assert(sizeof(struct nst_gone) <= offsetof(struct nst_flow, hash) +
					 sizeof_field(struct nst_flow, hash));

static bool nst_chunk_add(struct nst_table *tbl)
{
	gfp_t gfp = NST_GFP_PACKET;
	struct nst_chunks *chunks;
	struct mem_cgroup *old;
	void *chunk;

	nst_arrays_grow(tbl);
	chunks = rcu_dereference_raw(tbl->chunks);
	if (tbl->nchunks == chunks->max)
		return false;
	/* a reader with an older, higher @fresh may look at flows not yet used */
	if (tbl->trimmed)
		gfp |= __GFP_ZERO;
	old = nst_mem_begin(&tbl->quota->mem);
	chunk = alloc_pages_exact(nst_chunk_size(tbl), gfp);
	nst_mem_end(old);
	if (!chunk)
		return false;
	tbl->stock[tbl->nchunks] = (struct nst_stock){ .free = NST_NONE };
	/* pairs with nst_table_read(): the chunk is cleared before it is seen */
	smp_store_release(&chunks->chunk[tbl->nchunks], chunk);
	tbl->nchunks++;
	return true;
}

static void nst_chunk_free(struct rcu_head *rcu)
{
	struct nst_gone *gone = container_of(rcu, struct nst_gone, rcu);

	free_pages_exact(gone, gone->size);
}

/* Free the last chunk, which has no flows. */
static void nst_chunk_drop(struct nst_table *tbl)
{
	struct nst_chunks *chunks = rcu_dereference_raw(tbl->chunks);
	unsigned int last = tbl->nchunks - 1;
	struct nst_gone *gone = chunks->chunk[last];

	__clear_bit(last, tbl->spare);
	WRITE_ONCE(tbl->fresh, min(tbl->fresh, last << NST_CHUNK_SHIFT));
	WRITE_ONCE(chunks->chunk[last], NULL);
	tbl->nchunks = last;
	tbl->trimmed = true;
	gone->size = nst_chunk_size(tbl);
	call_rcu(&gone->rcu, nst_chunk_free);
}

static bool nst_chunk_idle(const struct nst_table *tbl)
{
	return tbl->nchunks && !tbl->stock[tbl->nchunks - 1].used;
}

/* Take the first flow that was never used. */
static u32 nst_flow_fresh(struct nst_table *tbl)
{
	u32 index = tbl->fresh;
	struct nst_flow *flow;

	if (index == tbl->nchunks << NST_CHUNK_SHIFT && !nst_chunk_add(tbl))
		return NST_NONE;
	flow = nst_table_flow(tbl, index);
	flow->seq = 0;
	flow->state = NST_FLOW_FREE;
	/* pairs with nst_table_read(): seq and state are set before the flow is seen */
	smp_store_release(&tbl->fresh, index + 1);
	tbl->stock[index >> NST_CHUNK_SHIFT].used++;
	nst_flow_prefetch((void *)flow + NST_FRESH_AHEAD * tbl->flow_size);
	return index;
}

/*
 * Take a free flow from the lowest chunk that has one.  So the last chunks become
 * empty after a flood and can be freed.
 */
static u32 nst_flow_alloc(struct nst_table *tbl)
{
	struct nst_stock *stock;
	u32 index;

	if (tbl->used == tbl->fresh)
		return nst_flow_fresh(tbl);
	if (!test_bit(tbl->lowest, tbl->spare))
		tbl->lowest = find_next_bit(tbl->spare, tbl->nchunks, tbl->lowest);
	stock = &tbl->stock[tbl->lowest];
	index = stock->free;
	stock->free = nst_table_flow(tbl, index)->next;
	stock->used++;
	if (stock->free == NST_NONE)
		__clear_bit(tbl->lowest, tbl->spare);
	else
		nst_flow_prefetch(nst_table_flow(tbl, stock->free));
	return index;
}

static void nst_flow_free(struct nst_table *tbl, u32 index)
{
	unsigned int chunk = index >> NST_CHUNK_SHIFT;
	struct nst_stock *stock = &tbl->stock[chunk];

	nst_table_flow(tbl, index)->next = stock->free;
	stock->free = index;
	stock->used--;
	__set_bit(chunk, tbl->spare);
	tbl->lowest = min(tbl->lowest, chunk);
}

/**
 * nst_table_insert - add a flow
 * @tbl: table that has no live flow with this key
 * @hash: of the key
 * @word: key words, followed by the words that the record keeps of the first packet
 *
 * The new flow is live and in the hash, but in no list.  Packets and bytes are zero.
 * The caller sets the other members and then calls nst_flow_write_end(), which
 * lets readers see the flow.  An empty table may exceed the quota by one flow, so
 * that every CPU can meter.
 *
 * Context: owner, bottom halves off.
 * Return: its index, or %NST_NONE if there is no quota or no memory, or if the flow's
 *	buckets are full and cannot be split (@crowded of the table is set).
 */
u32 nst_table_insert(struct nst_table *tbl, u32 hash, const u64 *word)
{
	size_t i, n = nst_table_words(tbl);
	struct nst_flow *flow;
	u32 index;

	tbl->crowded = false;
	/* usually a granted flow is left, and the call is saved */
	if (tbl->used >= tbl->granted && !nst_quota_take(tbl) && tbl->used)
		return NST_NONE;
	index = nst_flow_alloc(tbl);
	if (index == NST_NONE)
		return NST_NONE;
	flow = nst_table_flow(tbl, index);
	nst_flow_write_begin(flow);
	flow->hash = hash;
	while (!nst_segment_put(tbl, hash, index)) {
		if (nst_segment_split(tbl, hash))
			continue;
		tbl->crowded = true;
		nst_flow_write_end(flow);
		nst_flow_free(tbl, index);
		return NST_NONE;
	}
	/* faster than a call of memcpy() for so few words */
	for (i = 0; i < n; i++)
		flow->word[i] = word[i];
	flow->packets = 0;
	flow->bytes = 0;
	flow->tcp_flags = 0;
	flow->end = NST_END_NONE;
	flow->state = NST_FLOW_LIVE;
	tbl->used++;
	u64_stats_update_begin(&tbl->sync);
	tbl->created++;
	u64_stats_update_end(&tbl->sync);
	tbl->cached.flows++;
	return index;
}

/**
 * nst_table_release - free an ended flow
 * @tbl: table
 * @index: of a flow that is neither in a list nor in the hash
 *
 * Context: owner, bottom halves off.
 */
void nst_table_release(struct nst_table *tbl, u32 index)
{
	struct nst_flow *flow = nst_table_flow(tbl, index);

	tbl->cached.flows--;
	tbl->cached.packets -= flow->packets;
	tbl->cached.bytes -= flow->bytes;
	nst_flow_write_begin(flow);
	flow->state = NST_FLOW_FREE;
	nst_flow_write_end(flow);
	nst_flow_free(tbl, index);
	tbl->used--;
	nst_quota_give(tbl);
}

/* Copy a flow that the owner may be writing; the caller checks seq. */
static void nst_flow_copy_racy(const struct nst_table *tbl,
			       const struct nst_flow *from,
			       struct nst_flow *flow, u64 *word)
{
	size_t words = (nst_table_words(tbl) + tbl->rec->words.nfold) *
		       sizeof(*word);

	/* the caller discards a torn copy */
	data_race(memcpy(flow, from, sizeof(*flow)));
	/* as above */
	data_race(memcpy(word, from->word, words));
}

/* Attempts of a reader to copy a flow before it has to sleep. */
#define NST_READ_TRIES	64

static bool nst_flow_copy_whole(const struct nst_table *tbl,
				const struct nst_flow *from,
				struct nst_flow *flow, u64 *word)
{
	u32 seq = READ_ONCE(from->seq);

	/* pairs with nst_flow_write_begin(): seq before what it guards */
	smp_rmb();
	nst_flow_copy_racy(tbl, from, flow, word);
	/* pairs with nst_flow_write_end(): what it guards before seq */
	smp_rmb();
	return !(seq & 1) && seq == READ_ONCE(from->seq);
}

/**
 * nst_table_read - copy a flow while its owner may be changing it
 * @tbl: table
 * @index: any index, also of a flow that does not exist
 * @flow: where to copy the counters
 * @word: where to copy the words; an array of %NST_FLOW_WORDS
 *
 * Context: RCU read side, any CPU.
 * Return: 1 if a live or ended flow was copied, 0 if there is none, -EAGAIN if the
 *	owner was writing during every attempt.  The caller may have preempted the
 *	owner, so it has to sleep before it tries again.
 */
int nst_table_read(const struct nst_table *tbl, u32 index,
		   struct nst_flow *flow, u64 *word)
{
	struct nst_chunks *chunks = rcu_dereference(tbl->chunks);
	unsigned int tries = NST_READ_TRIES;
	const struct nst_flow *from;
	const void *chunk;

	/* pairs with nst_flow_fresh(): seq and state of flows below are set */
	if (index >= smp_load_acquire(&tbl->fresh) ||
	    index >> NST_CHUNK_SHIFT >= chunks->max)
		return 0;
	chunk = READ_ONCE(chunks->chunk[index >> NST_CHUNK_SHIFT]);
	if (!chunk)
		return 0;
	from = chunk + (index & (NST_CHUNK_FLOWS - 1)) * tbl->flow_size;
	while (!nst_flow_copy_whole(tbl, from, flow, word)) {
		if (!--tries)
			return -EAGAIN;
		cpu_relax();
	}
	return flow->state != NST_FLOW_FREE;
}

/* ------------------------------------------------------------- flows by slot */

/**
 * nst_table_new_counts - allocate counts by slot for a table that has none for a slot
 * @tbl: table, whose @by_slot does not change meanwhile
 * @slot: highest slot number that its flows may have from now on
 *
 * Context: process, may sleep.
 * Return: counts for nst_table_use_counts(), %NULL if the table needs none, or an error
 *	pointer.
 */
struct nst_slot_counts *nst_table_new_counts(const struct nst_table *tbl,
					     unsigned int slot)
{
	struct nst_slot_counts *counts;

	if (!slot || (tbl->by_slot && slot < tbl->by_slot->n))
		return NULL;
	counts = kzalloc(struct_size(counts, slot, slot + 1), GFP_KERNEL_ACCOUNT);
	if (!counts)
		return ERR_PTR(-ENOMEM);
	counts->n = slot + 1;
	return counts;
}

/**
 * nst_table_use_counts - count flows by slot from now on
 * @tbl: table
 * @counts: from nst_table_new_counts(); it takes over what was counted before
 *
 * Context: owner, bottom halves off.
 * Return: what the caller has to free, or %NULL.
 */
struct nst_slot_counts *nst_table_use_counts(struct nst_table *tbl,
					     struct nst_slot_counts *counts)
{
	struct nst_slot_counts *old = tbl->by_slot;

	if (!counts)
		return NULL;
	if (old)
		memcpy(counts->slot, old->slot, old->n * sizeof(*old->slot));
	tbl->by_slot = counts;
	tbl->begins = true;
	return old;
}

/**
 * nst_table_count - count a flow that was created or has ended, by its slot
 * @tbl: its table, which has @by_slot
 * @flow: the flow
 * @ended: it has ended
 *
 * Context: owner, bottom halves off.
 */
void nst_table_count(struct nst_table *tbl, const struct nst_flow *flow, bool ended)
{
	struct nst_slot_flows *all = tbl->by_slot->slot;
	u8 slot = nst_record_slot(tbl->rec, flow);

	if (!slot || WARN_ON_ONCE(slot >= tbl->by_slot->n))
		return;
	all[0].created += !ended;
	all[0].ended += ended;
	all[slot].created += !ended;
	all[slot].ended += ended;
}

/**
 * nst_table_slot_flows - add a table's flows of one slot to a sum
 * @tbl: table
 * @slot: number of the slot
 * @sum: the sum
 *
 * Context: owner, bottom halves off.
 */
void nst_table_slot_flows(const struct nst_table *tbl, u8 slot,
			  struct nst_slot_flows *sum)
{
	static const struct nst_slot_flows none;
	const struct nst_slot_flows *counted = &none;

	if (tbl->by_slot && slot < tbl->by_slot->n)
		counted = &tbl->by_slot->slot[slot];
	if (slot) {
		sum->created += counted->created;
		sum->ended += counted->ended;
	} else {
		sum->created += tbl->created - counted->created;
		sum->ended += tbl->created - tbl->live - counted->ended;
	}
}

/* ------------------------------------------------------------------ tables */

static int nst_table_alloc(struct nst_table *tbl)
{
	struct nst_table_arrays arrays;

	if (nst_arrays_alloc(&arrays, NST_ORDER_MIN, GFP_KERNEL_ACCOUNT))
		return -ENOMEM;
	tbl->stock = arrays.stock;
	tbl->spare = arrays.spare;
	tbl->directory = arrays.directory;
	tbl->depth = arrays.depth;
	tbl->order = arrays.order;
	RCU_INIT_POINTER(tbl->chunks, arrays.chunks);
	/* kzalloc() would round its size up to the next power of two */
	tbl->wheel = alloc_pages_exact(sizeof(*tbl->wheel),
				       GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!tbl->wheel)
		return -ENOMEM;
	memset32(tbl->wheel->head, NST_NONE, NST_WHEEL_TICKS);
	return nst_segment_init(tbl);
}

/**
 * nst_table_create - allocate an empty table
 * @rec: its record; the table takes a reference
 * @max_flows: bound on flows; memory for them is allocated as they are added
 * @quota: quota of the namespace
 * @secret: key of the hash function, %NST_SECRET_WORDS words; must outlive the table
 *
 * Context: process, may sleep.
 * Return: the table, or %NULL if there is no memory.
 */
struct nst_table *nst_table_create(struct nst_record *rec, u32 max_flows,
				   struct nst_quota *quota, const u64 *secret)
{
	struct nst_table *tbl = kzalloc(sizeof(*tbl), GFP_KERNEL_ACCOUNT);

	if (!tbl)
		return NULL;
	tbl->rec = nst_record_get(rec);
	tbl->secret = secret;
	tbl->quota = quota;
	tbl->own = rec->account ? &rec->account->quota : NULL;
	tbl->flow_size = rec->flow_size;
	tbl->original = rec->unchanged;
	tbl->narrow = rec->narrow;
	tbl->folds = rec->words.nfold;
	tbl->careful = tbl->folds || rec->made;
	tbl->merge_check = tbl->narrow || tbl->folds;
	tbl->immediate = rec->def.cache == NETSTREAM_CACHE_IMMEDIATE;
	tbl->begins = tbl->careful || rec->def.cache != NETSTREAM_CACHE_NORMAL;
	tbl->nkey = rec->words.nkey;
	tbl->max_flows = max_flows;
	tbl->ended_head = NST_NONE;
	tbl->ended_tail = NST_NONE;
	INIT_LIST_HEAD(&tbl->node);
	u64_stats_init(&tbl->sync);
	INIT_WORK(&tbl->grow, nst_arrays_work);
	if (!nst_table_alloc(tbl))
		return tbl;
	nst_table_free(tbl);
	return NULL;
}

/**
 * nst_table_free - free a table and its flows
 * @tbl: table that neither a packet nor a reader can still reach
 *
 * Context: process.
 */
void nst_table_free(struct nst_table *tbl)
{
	struct nst_table_arrays arrays = {
		.chunks		= rcu_dereference_raw(tbl->chunks),
		.stock		= tbl->stock,
		.spare		= tbl->spare,
		.directory	= tbl->directory,
		.depth		= tbl->depth,
	};
	unsigned int i;

	cancel_work_sync(&tbl->grow);
	nst_arrays_free(&tbl->ahead);
	for (i = 0; i < tbl->nchunks; i++)
		free_pages_exact(arrays.chunks->chunk[i], nst_chunk_size(tbl));
	if (tbl->directory)
		nst_segment_free(tbl);
	nst_arrays_free(&arrays);
	if (tbl->wheel)
		free_pages_exact(tbl->wheel, sizeof(*tbl->wheel));
	nst_quota_leave(tbl);
	nst_record_put(tbl->rec);
	kfree(tbl->by_slot);
	kfree(tbl);
}

/**
 * nst_table_bound - change the bound on flows
 * @tbl: table
 * @max_flows: new bound of the quota
 *
 * Returns granted flows above the new bound to the quota.  Flows of the table above
 * it are ended later, see nst_table_over().
 *
 * Context: owner, bottom halves off.
 */
void nst_table_bound(struct nst_table *tbl, u32 max_flows)
{
	tbl->max_flows = max_flows;
	nst_quota_give(tbl);
}

/**
 * nst_table_lean - whether nst_table_tend() may still free something
 * @tbl: table without flows
 *
 * Context: owner, bottom halves off.
 */
bool nst_table_lean(const struct nst_table *tbl)
{
	return tbl->nchunks || tbl->sharing || tbl->order > NST_ORDER_MIN ||
	       tbl->nsegments > 1U << NST_DIRECTORY_BITS_MIN;
}

/**
 * nst_table_tend - give back what a table has not needed for %NST_LINGER_MS
 * @tbl: table
 * @now: milliseconds since boot
 * @end: when to stop, ktime_get_ns()
 *
 * This frees empty chunks at the end of the array, merges sparse segments, shrinks the
 * arrays, and returns granted flows to the quota.
 *
 * Context: owner, bottom halves off; from the timer, with no packet pending, since
 *	pending packets point to flows and buckets.
 */
void nst_table_tend(struct nst_table *tbl, u64 now, u64 end)
{
	nst_arrays_take(tbl);
	if (READ_ONCE(tbl->state) == NST_ARRAYS_FAILED)
		tbl->state = NST_ARRAYS_NONE;
	if (tbl->used)
		tbl->empty = now;
	else if (now - tbl->empty >= NST_LINGER_MS)
		nst_quota_leave(tbl);
	if (!nst_chunk_idle(tbl))
		tbl->peak = now;
	while (now - tbl->peak >= NST_LINGER_MS && nst_chunk_idle(tbl)) {
		nst_chunk_drop(tbl);
		if (ktime_get_ns() >= end)
			break;
	}
	if (!nst_segment_sparse(tbl))
		tbl->dense = now;
	else if (now - tbl->dense >= NST_LINGER_MS)
		nst_segment_merge(tbl, end);
	nst_arrays_shrink(tbl);
}

/**
 * nst_table_memory - bytes that a table occupies
 * @tbl: table
 *
 * Counts what allocators add by rounding up, but not their own overhead.
 *
 * Context: any CPU; the value may be out of date.
 */
size_t nst_table_memory(const struct nst_table *tbl)
{
	size_t ahead = READ_ONCE(tbl->state) == NST_ARRAYS_READY ?
		       nst_arrays_bytes(tbl->want) : 0;

	return roundup_pow_of_two(sizeof(*tbl)) + PAGE_ALIGN(sizeof(*tbl->wheel)) +
	       nst_arrays_bytes(READ_ONCE(tbl->order)) + ahead +
	       (size_t)tbl->nsegments * sizeof(struct nst_segment) +
	       (size_t)tbl->nchunks * PAGE_ALIGN(nst_chunk_size(tbl));
}
