// SPDX-License-Identifier: GPL-2.0
/*
 * The arrays of a table: chunks of flows and the directory of segments.  A packet reads
 * them, so they are flat, and are replaced as a whole to grow or shrink.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "arrays.h"
#include "compat.h"
#include "table.h"

#define NST_ORDER_PACKET	12	/* largest arrays allocated by a packet: a million flows */

/* Size of the header of struct nst_chunks, in array entries. */
#define NST_CHUNKS_HEAD	(sizeof(struct nst_chunks) / sizeof(void *))

static_assert(sizeof(struct nst_chunks) % sizeof(void *) == 0);

static unsigned int nst_arrays_order(u32 max_flows)
{
	/* one more: a table may always have one flow, see nst_table_insert() */
	unsigned int chunks = DIV_ROUND_UP(max_flows, NST_CHUNK_FLOWS) + 1;

	return max_t(unsigned int, order_base_2(chunks + NST_CHUNKS_HEAD),
		     NST_ORDER_MIN);
}

static size_t nst_arrays_spare_bytes(unsigned int order)
{
	return BITS_TO_LONGS(1UL << order) * sizeof(long);
}

/**
 * nst_arrays_bytes - memory that the arrays of an order take
 * @order: order of the arrays
 *
 * Context: any.
 * Return: bytes.
 */
size_t nst_arrays_bytes(unsigned int order)
{
	return ((sizeof(void *) + sizeof(struct nst_stock) +
		 2 * sizeof(struct nst_segment *) + 2) << order) +
	       nst_arrays_spare_bytes(order);
}

static void *nst_arrays_alloc_one(size_t bytes, gfp_t gfp)
{
	/* vmalloc() may sleep, which a packet must not */
	return gfpflags_allow_blocking(gfp) ? kvzalloc(bytes, gfp) :
					      kzalloc(bytes, gfp);
}

/**
 * nst_arrays_free - free arrays
 * @arrays: arrays that no table uses, any of which may be %NULL; cleared
 *
 * Context: any.
 */
void nst_arrays_free(struct nst_table_arrays *arrays)
{
	kvfree(arrays->chunks);
	kvfree(arrays->stock);
	kvfree(arrays->spare);
	kvfree(arrays->directory);
	kvfree(arrays->depth);
	memset(arrays, 0, sizeof(*arrays));
}

/**
 * nst_arrays_alloc - allocate empty arrays
 * @arrays: result
 * @order: log2 of the size of the chunk array, in pointers
 * @gfp: how to allocate; if it may not block, only contiguous memory is used
 *
 * Context: as @gfp allows.
 * Return: 0 or -ENOMEM.
 */
int nst_arrays_alloc(struct nst_table_arrays *arrays, unsigned int order, gfp_t gfp)
{
	arrays->order = order;
	arrays->chunks = nst_arrays_alloc_one(sizeof(void *) << order, gfp);
	arrays->stock = nst_arrays_alloc_one(sizeof(*arrays->stock) << order, gfp);
	arrays->spare = nst_arrays_alloc_one(nst_arrays_spare_bytes(order), gfp);
	arrays->directory = nst_arrays_alloc_one(2 * sizeof(void *) << order, gfp);
	arrays->depth = nst_arrays_alloc_one(2U << order, gfp);
	if (!arrays->chunks || !arrays->stock || !arrays->spare ||
	    !arrays->directory || !arrays->depth) {
		nst_arrays_free(arrays);
		return -ENOMEM;
	}
	arrays->chunks->max = (1U << order) - NST_CHUNKS_HEAD;
	return 0;
}

/* Replace the arrays of a table.  New ones that are too small by now are freed. */
static void nst_arrays_replace(struct nst_table *tbl,
			       struct nst_table_arrays *arrays)
{
	struct nst_chunks *old = rcu_dereference_raw(tbl->chunks);

	if (arrays->chunks->max < tbl->nchunks || arrays->order + 1 < tbl->bits) {
		nst_arrays_free(arrays);
		return;
	}
	memcpy(arrays->chunks->chunk, old->chunk,
	       tbl->nchunks * sizeof(*old->chunk));
	memcpy(arrays->stock, tbl->stock, tbl->nchunks * sizeof(*tbl->stock));
	memcpy(arrays->spare, tbl->spare,
	       BITS_TO_LONGS(tbl->nchunks) * sizeof(*tbl->spare));
	memcpy(arrays->directory, tbl->directory,
	       sizeof(*tbl->directory) << tbl->bits);
	memcpy(arrays->depth, tbl->depth, 1U << tbl->bits);
	rcu_assign_pointer(tbl->chunks, arrays->chunks);
	swap(tbl->stock, arrays->stock);
	swap(tbl->spare, arrays->spare);
	swap(tbl->directory, arrays->directory);
	swap(tbl->depth, arrays->depth);
	tbl->order = arrays->order;
	arrays->chunks = NULL;
	nst_arrays_free(arrays);
	kvfree_rcu(old, rcu);
}

/**
 * nst_arrays_work - allocate the arrays that the owner of a table wants
 * @work: member @grow of struct nst_table
 *
 * Context: worker, on any CPU.
 */
void nst_arrays_work(struct work_struct *work)
{
	struct nst_table *tbl = container_of(work, struct nst_table, grow);
	struct mem_cgroup *old = nst_mem_begin(&tbl->quota->mem);
	int err = nst_arrays_alloc(&tbl->ahead, tbl->want, NST_GFP_AHEAD);

	nst_mem_end(old);
	/* pairs with nst_arrays_take(): @ahead is written before the state */
	smp_store_release(&tbl->state, err ? NST_ARRAYS_FAILED : NST_ARRAYS_READY);
}

/**
 * nst_arrays_take - install the arrays that the worker has allocated, if any
 * @tbl: table
 *
 * Context: owner, bottom halves off.
 */
void nst_arrays_take(struct nst_table *tbl)
{
	struct nst_table_arrays arrays;

	/* pairs with nst_arrays_work() */
	if (smp_load_acquire(&tbl->state) != NST_ARRAYS_READY)
		return;
	arrays = tbl->ahead;
	memset(&tbl->ahead, 0, sizeof(tbl->ahead));
	tbl->state = NST_ARRAYS_NONE;
	nst_arrays_replace(tbl, &arrays);
}

/* Get arrays of another order: small ones at once, others from the worker. */
static void nst_arrays_want(struct nst_table *tbl, unsigned int order)
{
	struct nst_table_arrays arrays;
	struct mem_cgroup *old;
	int err;

	if (READ_ONCE(tbl->state) != NST_ARRAYS_NONE)
		return;
	if (order <= NST_ORDER_PACKET) {
		old = nst_mem_begin(&tbl->quota->mem);
		err = nst_arrays_alloc(&arrays, order,
				       NST_GFP_PACKET | __GFP_NORETRY);
		nst_mem_end(old);
		if (!err) {
			nst_arrays_replace(tbl, &arrays);
			return;
		}
	}
	tbl->want = order;
	tbl->state = NST_ARRAYS_ASKED;
	queue_work(system_dfl_wq, &tbl->grow);
}

/**
 * nst_arrays_grow - double the arrays when half of the chunk array is in use
 * @tbl: table
 *
 * The worker allocates large arrays, and a later call installs them.
 *
 * Context: owner, bottom halves off.
 */
void nst_arrays_grow(struct nst_table *tbl)
{
	nst_arrays_take(tbl);
	if (tbl->nchunks >= 1U << (tbl->order - 1) &&
	    tbl->order < nst_arrays_order(tbl->max_flows))
		nst_arrays_want(tbl, tbl->order + 1);
}

/**
 * nst_arrays_shrink - shrink the arrays when less than an eighth of the chunk array is in use
 * @tbl: table
 *
 * Context: owner, bottom halves off.
 */
void nst_arrays_shrink(struct nst_table *tbl)
{
	unsigned int order = max_t(unsigned int, tbl->bits - 1, NST_ORDER_MIN);

	order = max_t(unsigned int, order,
		      order_base_2(4 * tbl->nchunks + NST_CHUNKS_HEAD));
	if (8 * tbl->nchunks < 1U << tbl->order && order < tbl->order)
		nst_arrays_want(tbl, order);
}
