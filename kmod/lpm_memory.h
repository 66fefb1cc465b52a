/* SPDX-License-Identifier: GPL-2.0 */
/* Memory of a trie for longest-prefix match: units, in blocks that readers may see. */
#ifndef _NST_LPM_MEMORY_H
#define _NST_LPM_MEMORY_H

#include <linux/bits.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include "lpm.h"

#define NST_LPM_STEP	4
#define NST_LPM_STEPS	(NST_LPM_BITS / NST_LPM_STEP)

/* Units a chunk of memory, and chunks: 256 MiB at most. */
#define NST_LPM_CHUNK_BITS	14
#define NST_LPM_CHUNK		BIT(NST_LPM_CHUNK_BITS)
#define NST_LPM_CHUNKS		1024

/* Largest block: 16 children. */
#define NST_LPM_BLOCK	16
/* Blocks that one change takes out: nodes that lead nowhere any more, and a few more. */
#define NST_LPM_GONE	(NST_LPM_STEPS + 4)

/**
 * struct nst_lpm_node - four bits of addresses that have the same bits before
 * @ends: bitmap of prefixes that end here; the upper two bits: steps skipped
 * @children: bitmap of children by the node's four bits
 * @skip: the address's bits in the steps that are skipped before this node's
 * @child: first unit of the children
 * @value: the value if one prefix ends here, else the first unit of the values
 */
struct nst_lpm_node {
	u32	ends;
	u16	children;
	u16	skip;
	u32	child;
	u32	value;
};

/**
 * union nst_lpm_unit - what memory consists of
 * @node: a node
 * @value: values of a node that has several
 * @next_free: first unit of the next free block of the same size, or 0
 */
union nst_lpm_unit {
	struct nst_lpm_node	node;
	u32			value[4];
	u32			next_free;
};

static_assert(sizeof(union nst_lpm_unit) == 16);

struct nst_lpm_retired;

/**
 * struct nst_lpm_memory - memory of a trie
 * @chunk: memory; unit 0 means none
 * @chunks: how many of @chunk are there
 * @used: units of the last chunk that were ever used
 * @free: first unit of a list of free blocks by size, or 0
 * @bytes: memory
 * @published: whether readers may see the trie
 * @grace: whether the blocks of @waiting wait for a grace period
 * @gone: blocks that the change under way takes out, as in &struct nst_lpm_retired
 * @ngone: how many they are
 * @retired: blocks that are no longer linked
 * @waiting: those for which a grace period has begun
 * @rcu: its end
 */
struct nst_lpm_memory {
	union nst_lpm_unit	*chunk[NST_LPM_CHUNKS];
	unsigned int		chunks;
	u32			used;
	u32			free[NST_LPM_BLOCK + 1];
	size_t			bytes;
	bool			published;
	bool			grace;
	unsigned int		ngone;
	u32			gone[NST_LPM_GONE];
	struct nst_lpm_retired	*retired;
	struct nst_lpm_retired	*waiting;
	struct rcu_head		rcu;
};

int nst_lpm_memory_reserve(struct nst_lpm_memory *memory);
u32 nst_lpm_memory_alloc(struct nst_lpm_memory *memory, unsigned int size);
void nst_lpm_memory_retire(struct nst_lpm_memory *memory, u32 unit, unsigned int size);
void nst_lpm_memory_give_back(struct nst_lpm_memory *memory);
void nst_lpm_memory_recycle(struct nst_lpm_memory *memory);
void nst_lpm_memory_destroy(struct nst_lpm_memory *memory);

/* The unit that an index names. */
static inline union nst_lpm_unit *nst_lpm_unit(const struct nst_lpm_memory *memory,
					       u32 unit)
{
	return &memory->chunk[unit >> NST_LPM_CHUNK_BITS]
			     [unit & (NST_LPM_CHUNK - 1)];
}

#endif /* _NST_LPM_MEMORY_H */
