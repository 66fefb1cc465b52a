// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of a trie for longest-prefix match.
 *
 * It is an array of units of 16 bytes, and 32-bit indices name them.  What the trie
 * links is a block of 1 to 16 units.  A change reserves all that it may need, so that
 * it cannot fail half way; notes the blocks that it takes out; and gives them back when
 * it has been published.  Blocks that readers may still see are used again after a
 * grace period, those of many changes after the same one.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "lpm_memory.h"

/* the first chunk is small, each next one twice as large */
#define NST_LPM_FIRST_BITS	8

/* One change needs at most: two blocks of nodes, one of values, a path. */
#define NST_LPM_WORST	(2 * NST_LPM_BLOCK + 8 + NST_LPM_STEPS)

/* Blocks that readers may still see, each as its first unit and its size. */
struct nst_lpm_retired {
	struct nst_lpm_retired	*next;
	unsigned int		n;
	u32			block[1018];
};

static u32 nst_lpm_memory_chunk_size(unsigned int chunk)
{
	return BIT(min_t(unsigned int, NST_LPM_FIRST_BITS + chunk,
			 NST_LPM_CHUNK_BITS));
}

/* Put a block onto the list of those of its size. */
static void nst_lpm_memory_free(struct nst_lpm_memory *memory, u32 unit,
				unsigned int size)
{
	nst_lpm_unit(memory, unit)->next_free = memory->free[size];
	memory->free[size] = unit;
}

/**
 * nst_lpm_memory_reserve - make sure that a change does not fail for want of memory
 * @memory: memory of a trie
 *
 * Context: process; one writer at a time.
 * Return: 0, -ENOMEM, or -ENOSPC if the trie is as large as it can be.
 */
int nst_lpm_memory_reserve(struct nst_lpm_memory *memory)
{
	u32 left = memory->chunks ?
		   nst_lpm_memory_chunk_size(memory->chunks - 1) - memory->used : 0;
	size_t bytes;

	if (left >= NST_LPM_WORST)
		return 0;
	if (memory->chunks == NST_LPM_CHUNKS)
		return -ENOSPC;
	bytes = nst_lpm_memory_chunk_size(memory->chunks) * sizeof(union nst_lpm_unit);
	memory->chunk[memory->chunks] = kvzalloc(bytes, GFP_KERNEL_ACCOUNT);
	if (!memory->chunk[memory->chunks])
		return -ENOMEM;
	while (left) {
		unsigned int size = min_t(u32, left, NST_LPM_BLOCK);

		nst_lpm_memory_free(memory, memory->used +
				    ((memory->chunks - 1) << NST_LPM_CHUNK_BITS),
				    size);
		memory->used += size;
		left -= size;
	}
	memory->bytes += bytes;
	/* unit 0 means none */
	memory->used = memory->chunks ? 0 : 1;
	memory->chunks++;
	return 0;
}

/**
 * nst_lpm_memory_alloc - take a block of units, which are not initialised
 * @memory: memory of a trie, after nst_lpm_memory_reserve()
 * @size: units, 1 to %NST_LPM_BLOCK
 *
 * Context: as nst_lpm_memory_reserve().
 * Return: the first unit; there is always a block.
 */
u32 nst_lpm_memory_alloc(struct nst_lpm_memory *memory, unsigned int size)
{
	unsigned int from;
	u32 unit;

	for (from = size; from <= NST_LPM_BLOCK; from++) {
		unit = memory->free[from];
		if (!unit)
			continue;
		memory->free[from] = nst_lpm_unit(memory, unit)->next_free;
		if (from > size)
			nst_lpm_memory_free(memory, unit + size, from - size);
		return unit;
	}
	unit = ((memory->chunks - 1) << NST_LPM_CHUNK_BITS) + memory->used;
	memory->used += size;
	return unit;
}

static void nst_lpm_memory_free_retired(struct nst_lpm_memory *memory,
					struct nst_lpm_retired *retired)
{
	struct nst_lpm_retired *next;
	unsigned int i;

	for (; retired; retired = next) {
		for (i = 0; i < retired->n; i++)
			nst_lpm_memory_free(memory, retired->block[i] / NST_LPM_BLOCK,
					    retired->block[i] % NST_LPM_BLOCK + 1);
		next = retired->next;
		memory->bytes -= sizeof(*retired);
		kfree(retired);
	}
}

static void nst_lpm_memory_grace_ended(struct rcu_head *rcu)
{
	struct nst_lpm_memory *memory =
		container_of(rcu, struct nst_lpm_memory, rcu);

	/* pairs with the acquire in nst_lpm_memory_recycle() */
	smp_store_release(&memory->grace, false);
}

/**
 * nst_lpm_memory_recycle - use again the blocks that no reader can see any more
 * @memory: memory of a trie, between two changes
 *
 * It does not wait: blocks whose grace period has not ended are left to a later call.
 *
 * Context: as nst_lpm_memory_reserve().
 */
void nst_lpm_memory_recycle(struct nst_lpm_memory *memory)
{
	/* pairs with the release in nst_lpm_memory_grace_ended() */
	if (smp_load_acquire(&memory->grace))
		return;
	nst_lpm_memory_free_retired(memory, memory->waiting);
	memory->waiting = memory->retired;
	memory->retired = NULL;
	if (!memory->waiting)
		return;
	memory->grace = true;
	call_rcu(&memory->rcu, nst_lpm_memory_grace_ended);
}

/**
 * nst_lpm_memory_retire - note a block that the change under way takes out
 * @memory: memory of a trie
 * @unit: first unit of the block; 0: there is none
 * @size: its units
 *
 * Context: as nst_lpm_memory_reserve().
 */
void nst_lpm_memory_retire(struct nst_lpm_memory *memory, u32 unit, unsigned int size)
{
	if (unit && size)
		memory->gone[memory->ngone++] = unit * NST_LPM_BLOCK + size - 1;
}

/* Where blocks are noted that readers may still see; %NULL without memory. */
static struct nst_lpm_retired *nst_lpm_memory_retired(struct nst_lpm_memory *memory)
{
	struct nst_lpm_retired *retired = memory->retired;

	if (retired && retired->n + memory->ngone <= ARRAY_SIZE(retired->block))
		return retired;
	retired = kmalloc(sizeof(*retired), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!retired)
		return NULL;
	memory->bytes += sizeof(*retired);
	retired->n = 0;
	retired->next = memory->retired;
	memory->retired = retired;
	return retired;
}

/**
 * nst_lpm_memory_give_back - give back what the change just published took out
 * @memory: memory of a trie
 *
 * Context: as nst_lpm_memory_reserve(); waits for a grace period if there is no memory
 * to note blocks that readers may still see.
 */
void nst_lpm_memory_give_back(struct nst_lpm_memory *memory)
{
	struct nst_lpm_retired *retired;
	unsigned int i;

	if (memory->published && memory->ngone) {
		retired = nst_lpm_memory_retired(memory);
		if (retired) {
			memcpy(&retired->block[retired->n], memory->gone,
			       memory->ngone * sizeof(*memory->gone));
			retired->n += memory->ngone;
			memory->ngone = 0;
		} else {
			synchronize_rcu();
		}
	}
	for (i = 0; i < memory->ngone; i++)
		nst_lpm_memory_free(memory, memory->gone[i] / NST_LPM_BLOCK,
				    memory->gone[i] % NST_LPM_BLOCK + 1);
	memory->ngone = 0;
}

/**
 * nst_lpm_memory_destroy - free all memory of a trie
 * @memory: memory of a trie that no reader sees any more
 *
 * Context: process; may wait for a grace period.
 */
void nst_lpm_memory_destroy(struct nst_lpm_memory *memory)
{
	unsigned int i;

	if (memory->published)
		rcu_barrier();
	nst_lpm_memory_free_retired(memory, memory->waiting);
	nst_lpm_memory_free_retired(memory, memory->retired);
	for (i = 0; i < memory->chunks; i++)
		kvfree(memory->chunk[i]);
}
