// SPDX-License-Identifier: GPL-2.0
/*
 * Longest-prefix match over IPv6 addresses.
 *
 * A trie that takes four bits of the address a step.  A node holds a bitmap of the
 * prefixes that end in its four bits and a bitmap of its children; children and
 * values stand in arrays without gaps, and their place is the number of bits
 * before theirs (W. Eatherton, G. Varghese, Z. Dittia: Tree Bitmap, 2004).  Up to
 * three steps with one way to go are skipped.
 *
 * A node is a unit of memory, values are four to a unit (lpm_memory.c).  A million
 * prefixes need fewer than three units each.
 *
 * One writer at a time; readers under RCU.  A node never changes but for its two
 * indices.  Whatever else changes is written into a copy of the block in which the
 * node stands, and one store of an index publishes the copy.  The old block is used
 * again after a grace period.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "lpm.h"
#include "lpm_memory.h"

#define NST_LPM_SKIP	3

/*
 * Prefixes that end in a node: two bits for those of one bit, then 4, 8, 16.  A
 * longer prefix has a higher bit.
 */
#define NST_LPM_ENDS	GENMASK(29, 0)

/**
 * struct nst_lpm - the trie
 * @root: unit of the root's node
 * @any: value of ::/0, or 0
 * @count: prefixes
 * @memory: nodes and values
 */
struct nst_lpm {
	u32			root;
	u32			any;
	unsigned int		count;
	struct nst_lpm_memory	memory;
};

/* A node on the way to a prefix: where it stands in the block of its siblings. */
struct nst_lpm_place {
	u32		block;
	u8		size;
	u8		position;
	u8		step;
};

struct nst_lpm_path {
	struct nst_lpm_place	place[NST_LPM_STEPS + 1];
	unsigned int		n;
};

/* --------------------------------------------------------------------- keys */

static u64 nst_lpm_mask(unsigned int bits)
{
	return bits ? ~0ULL << (64 - min(bits, 64U)) : 0;
}

/**
 * nst_lpm_key_set - make a prefix of an address
 * @key: prefix
 * @addr: address; bits behind the length do not matter
 * @length: 0 to 128
 */
void nst_lpm_key_set(struct nst_lpm_key *key, const struct in6_addr *addr,
		     u8 length)
{
	key->word[0] = get_unaligned_be64(&addr->s6_addr[0]) &
		       nst_lpm_mask(length);
	key->word[1] = get_unaligned_be64(&addr->s6_addr[8]) &
		       nst_lpm_mask(length > 64 ? length - 64 : 0);
	key->length = length;
}

/**
 * nst_lpm_key_covers - whether all addresses of a prefix belong to another one
 * @key: the other one
 * @other: prefix, which may be the same
 */
bool nst_lpm_key_covers(const struct nst_lpm_key *key,
			const struct nst_lpm_key *other)
{
	unsigned int low = key->length > 64 ? key->length - 64 : 0;

	return other->length >= key->length &&
	       !((key->word[0] ^ other->word[0]) & nst_lpm_mask(key->length)) &&
	       !((key->word[1] ^ other->word[1]) & nst_lpm_mask(low));
}

/**
 * nst_lpm_key_addr - the address of a prefix
 * @key: prefix
 * @addr: its address; bits behind the length are 0
 */
void nst_lpm_key_addr(const struct nst_lpm_key *key, struct in6_addr *addr)
{
	put_unaligned_be64(key->word[0], &addr->s6_addr[0]);
	put_unaligned_be64(key->word[1], &addr->s6_addr[8]);
}

static unsigned int nst_lpm_nibble(const u64 word[2], unsigned int step)
{
	return word[step / 16] >> (60 - step % 16 * NST_LPM_STEP) & 15;
}

/* In which step a prefix ends; not for ::/0. */
static unsigned int nst_lpm_last(const struct nst_lpm_key *key)
{
	return (key->length - 1) / NST_LPM_STEP;
}

/* The bit of a prefix of 1 to 4 bits in &struct nst_lpm_node.ends */
static unsigned int nst_lpm_end_of(unsigned int bits, unsigned int nibble)
{
	return BIT(bits) - 2 + (nibble >> (NST_LPM_STEP - bits));
}

static unsigned int nst_lpm_end(const struct nst_lpm_key *key)
{
	unsigned int last = nst_lpm_last(key);

	return nst_lpm_end_of(key->length - last * NST_LPM_STEP,
			      nst_lpm_nibble(key->word, last));
}

/* -------------------------------------------------------------------- nodes */

static struct nst_lpm_node *nst_lpm_node(const struct nst_lpm *lpm, u32 unit)
{
	return &nst_lpm_unit(&lpm->memory, unit)->node;
}

static unsigned int nst_lpm_skipped(const struct nst_lpm_node *node)
{
	return node->ends >> 30;
}

static unsigned int nst_lpm_children(const struct nst_lpm_node *node)
{
	return hweight16(node->children);
}

static unsigned int nst_lpm_values(const struct nst_lpm_node *node)
{
	return hweight32(node->ends & NST_LPM_ENDS);
}

static unsigned int nst_lpm_value_units(unsigned int values)
{
	return values > 1 ? DIV_ROUND_UP(values, 4) : 0;
}

/* Where the value of a prefix stands that ends in a node. */
static u32 *nst_lpm_value_at(const struct nst_lpm *lpm,
			     struct nst_lpm_node *node, unsigned int end)
{
	unsigned int i = hweight32(node->ends & (BIT(end) - 1));

	if (nst_lpm_values(node) == 1)
		return &node->value;
	return &nst_lpm_unit(&lpm->memory, node->value + i / 4)->value[i % 4];
}

static u32 nst_lpm_child(const struct nst_lpm_node *node, unsigned int nibble)
{
	return node->child + hweight16(node->children & (BIT(nibble) - 1));
}

static void nst_lpm_set_skip(struct nst_lpm_node *node, unsigned int steps,
			     u16 skip)
{
	node->ends = (node->ends & NST_LPM_ENDS) | steps << 30;
	node->skip = skip;
}

/* The address's bits in a number of steps, as in &struct nst_lpm_node.skip */
static u16 nst_lpm_bits(const u64 word[2], unsigned int step, unsigned int n)
{
	u16 bits = 0;

	while (n--)
		bits = bits << NST_LPM_STEP | nst_lpm_nibble(word, step++);
	return bits;
}

/* Change which values a node has: @set or clear the bit @end. */
static void nst_lpm_set_value(struct nst_lpm *lpm, struct nst_lpm_node *node,
			      unsigned int end, bool set, u32 value)
{
	struct nst_lpm_node old = *node;
	unsigned int had = nst_lpm_values(&old), has, bit;

	if (set)
		node->ends |= BIT(end);
	else
		node->ends &= ~BIT(end);
	has = nst_lpm_values(node);
	node->value = has > 1 ? nst_lpm_memory_alloc(&lpm->memory, nst_lpm_value_units(has)) : 0;
	for (bit = 0; bit < 30; bit++)
		if (node->ends & BIT(bit))
			*nst_lpm_value_at(lpm, node, bit) =
				set && bit == end ? value :
				*nst_lpm_value_at(lpm, &old, bit);
	if (had > 1)
		nst_lpm_memory_retire(&lpm->memory, old.value, nst_lpm_value_units(had));
}

/* Add a child to a node, or take one away. */
static void nst_lpm_set_child(struct nst_lpm *lpm, struct nst_lpm_node *node,
			      unsigned int nibble,
			      const struct nst_lpm_node *child)
{
	struct nst_lpm_node old = *node;
	unsigned int bit;

	if (child)
		node->children |= BIT(nibble);
	else
		node->children &= ~BIT(nibble);
	node->child = node->children ?
		      nst_lpm_memory_alloc(&lpm->memory, nst_lpm_children(node)) : 0;
	for (bit = 0; bit < 16; bit++)
		if (node->children & BIT(bit))
			*nst_lpm_node(lpm, nst_lpm_child(node, bit)) =
				child && bit == nibble ? *child :
				*nst_lpm_node(lpm, nst_lpm_child(&old, bit));
	nst_lpm_memory_retire(&lpm->memory, old.child, nst_lpm_children(&old));
}

/* The nodes that lead from a step to the end of a prefix, as the first of them. */
static struct nst_lpm_node nst_lpm_chain(struct nst_lpm *lpm,
					 const struct nst_lpm_key *key,
					 unsigned int step, u32 value)
{
	unsigned int last = nst_lpm_last(key), at;
	struct nst_lpm_node node = {};
	u32 unit;

	at = last - (last - step) % (NST_LPM_SKIP + 1);
	node.ends = BIT(nst_lpm_end(key));
	node.value = value;
	nst_lpm_set_skip(&node, last - at, nst_lpm_bits(key->word, at, last - at));
	while (at > step) {
		unit = nst_lpm_memory_alloc(&lpm->memory, 1);
		*nst_lpm_node(lpm, unit) = node;
		at -= NST_LPM_SKIP + 1;
		node = (struct nst_lpm_node) {
			.children = BIT(nst_lpm_nibble(key->word, at + NST_LPM_SKIP)),
			.child = unit,
		};
		nst_lpm_set_skip(&node, NST_LPM_SKIP,
				 nst_lpm_bits(key->word, at, NST_LPM_SKIP));
	}
	return node;
}

/*
 * Divide a node in the steps that it skips: the first of them become a node whose
 * only child is the rest.
 */
static void nst_lpm_divide(struct nst_lpm *lpm, struct nst_lpm_node *node,
			   unsigned int steps)
{
	unsigned int rest = nst_lpm_skipped(node) - steps - 1;
	struct nst_lpm_node lower = *node;
	u16 skip = node->skip;
	u32 unit = nst_lpm_memory_alloc(&lpm->memory, 1);

	nst_lpm_set_skip(&lower, rest, skip & (BIT(rest * NST_LPM_STEP) - 1));
	*nst_lpm_node(lpm, unit) = lower;
	*node = (struct nst_lpm_node) {
		.children = BIT(skip >> rest * NST_LPM_STEP & 15),
		.child = unit,
	};
	nst_lpm_set_skip(node, steps, skip >> (rest + 1) * NST_LPM_STEP);
}

/* Make one node of a node and its only child, if that skips no more than can be. */
static void nst_lpm_join(struct nst_lpm *lpm, struct nst_lpm_node *node)
{
	unsigned int steps = nst_lpm_skipped(node), below;
	struct nst_lpm_node upper = *node;

	if (nst_lpm_values(node) || nst_lpm_children(node) != 1)
		return;
	below = nst_lpm_skipped(nst_lpm_node(lpm, node->child));
	if (steps + 1 + below > NST_LPM_SKIP)
		return;
	*node = *nst_lpm_node(lpm, upper.child);
	nst_lpm_set_skip(node, steps + 1 + below,
			 (upper.skip << NST_LPM_STEP | (ffs(upper.children) - 1)) <<
			 below * NST_LPM_STEP | node->skip);
	nst_lpm_memory_retire(&lpm->memory, upper.child, 1);
}

/* --------------------------------------------------------------------- ways */

static struct nst_lpm_node *nst_lpm_at(const struct nst_lpm *lpm,
				       const struct nst_lpm_place *place)
{
	return nst_lpm_node(lpm, place->block + place->position);
}

/* How many of the steps that a node skips a prefix goes along with. */
static unsigned int nst_lpm_agree(const struct nst_lpm_node *node,
				  const struct nst_lpm_key *key,
				  unsigned int step)
{
	unsigned int n = nst_lpm_skipped(node), i;

	for (i = 0; i < n; i++)
		if (step + i == nst_lpm_last(key) ||
		    nst_lpm_nibble(key->word, step + i) !=
		    (node->skip >> (n - 1 - i) * NST_LPM_STEP & 15))
			break;
	return i;
}

/*
 * Go towards a prefix as far as there are nodes.
 * Return: whether the last one is that in which the prefix ends.
 */
static bool nst_lpm_go(const struct nst_lpm *lpm, const struct nst_lpm_key *key,
		       struct nst_lpm_path *path)
{
	struct nst_lpm_place place = { .block = lpm->root, .size = 1 };
	struct nst_lpm_node *node;
	unsigned int step, nibble;

	path->n = 0;
	for (;;) {
		path->place[path->n++] = place;
		node = nst_lpm_at(lpm, &place);
		if (nst_lpm_agree(node, key, place.step) < nst_lpm_skipped(node))
			return false;
		step = place.step + nst_lpm_skipped(node);
		if (step == nst_lpm_last(key))
			return true;
		nibble = nst_lpm_nibble(key->word, step);
		if (!(node->children & BIT(nibble)))
			return false;
		place = (struct nst_lpm_place) {
			.block = node->child,
			.size = nst_lpm_children(node),
			.position = nst_lpm_child(node, nibble) - node->child,
			.step = step + 1,
		};
	}
}

/* Put another node into the place of the last one of a path. */
static void nst_lpm_replace(struct nst_lpm *lpm, const struct nst_lpm_path *path,
			    const struct nst_lpm_node *node)
{
	const struct nst_lpm_place *place = &path->place[path->n - 1];
	u32 unit = nst_lpm_memory_alloc(&lpm->memory, place->size);
	u32 *link = &lpm->root;

	memcpy(nst_lpm_unit(&lpm->memory, unit), nst_lpm_unit(&lpm->memory, place->block),
	       place->size * sizeof(union nst_lpm_unit));
	*nst_lpm_node(lpm, unit + place->position) = *node;
	if (path->n > 1)
		link = &nst_lpm_at(lpm, place - 1)->child;
	/* pairs with the address dependency of readers */
	smp_store_release(link, unit);
	nst_lpm_memory_retire(&lpm->memory, place->block, place->size);
	nst_lpm_memory_give_back(&lpm->memory);
}

/* ---------------------------------------------------------------- interface */

/**
 * nst_lpm_create - make an empty trie that no reader sees
 *
 * Context: process.
 * Return: trie, or %NULL without memory.
 */
struct nst_lpm *nst_lpm_create(void)
{
	struct nst_lpm *lpm = kvzalloc(sizeof(*lpm), GFP_KERNEL_ACCOUNT);

	if (!lpm)
		return NULL;
	lpm->memory.bytes = sizeof(*lpm);
	if (nst_lpm_memory_reserve(&lpm->memory)) {
		kvfree(lpm);
		return NULL;
	}
	lpm->root = nst_lpm_memory_alloc(&lpm->memory, 1);
	return lpm;
}

/**
 * nst_lpm_publish - readers may see the trie from now on
 * @lpm: trie; the caller publishes the pointer to it afterwards
 *
 * Until then memory is used again without a grace period.
 */
void nst_lpm_publish(struct nst_lpm *lpm)
{
	lpm->memory.published = true;
}

/**
 * nst_lpm_destroy - free a trie
 * @lpm: trie that no reader sees any more, or %NULL
 *
 * Context: process; may wait for a grace period.
 */
void nst_lpm_destroy(struct nst_lpm *lpm)
{
	if (!lpm)
		return;
	nst_lpm_memory_destroy(&lpm->memory);
	kvfree(lpm);
}

/**
 * nst_lpm_lookup - find the longest prefix of an address
 * @lpm: trie
 * @addr: address
 * @length: length of the prefix; not written if there is none
 *
 * Context: RCU read side.
 * Return: value of the prefix, or 0.
 */
u32 nst_lpm_lookup(const struct nst_lpm *lpm, const struct in6_addr *addr,
		   u8 *length)
{
	u64 hi = get_unaligned_be64(&addr->s6_addr[0]);
	u64 lo = get_unaligned_be64(&addr->s6_addr[8]);
	/* pairs with nst_lpm_replace(), as do the indices of children below */
	struct nst_lpm_node *node = nst_lpm_node(lpm, READ_ONCE(lpm->root));
	struct nst_lpm_node *best = NULL;
	unsigned int step = 0, best_step = 0, skipped, nibble;
	u32 ends, best_ends = 0;

	for (;;) {
		skipped = nst_lpm_skipped(node);
		if (skipped) {
			unsigned int bits = skipped * NST_LPM_STEP;

			if (hi >> (64 - bits) != node->skip)
				break;
			hi = hi << bits | lo >> (64 - bits);
			lo <<= bits;
			step += skipped;
		}
		nibble = hi >> 60;
		ends = node->ends & (BIT(nibble >> 3) | BIT(2 + (nibble >> 2)) |
				     BIT(6 + (nibble >> 1)) | BIT(14 + nibble));
		if (ends) {
			best = node;
			best_ends = ends;
			best_step = step;
		}
		if (!(node->children & BIT(nibble)))
			break;
		node = nst_lpm_node(lpm, READ_ONCE(node->child) +
				    hweight16(node->children & (BIT(nibble) - 1)));
		hi = hi << NST_LPM_STEP | lo >> (64 - NST_LPM_STEP);
		lo <<= NST_LPM_STEP;
		step++;
	}
	if (best) {
		unsigned int end = fls(best_ends) - 1;

		*length = best_step * NST_LPM_STEP + ilog2(end + 2);
		return READ_ONCE(*nst_lpm_value_at(lpm, best, end));
	}
	if (lpm->any)
		*length = 0;
	return READ_ONCE(lpm->any);
}

/**
 * nst_lpm_get - find a prefix
 * @lpm: trie
 * @key: prefix
 *
 * Context: as nst_lpm_put().
 * Return: its value, or 0 if it is not there.
 */
u32 nst_lpm_get(const struct nst_lpm *lpm, const struct nst_lpm_key *key)
{
	struct nst_lpm_path path;
	struct nst_lpm_node *node;
	unsigned int end;

	if (!key->length)
		return lpm->any;
	if (!nst_lpm_go(lpm, key, &path))
		return 0;
	node = nst_lpm_at(lpm, &path.place[path.n - 1]);
	end = nst_lpm_end(key);
	return node->ends & BIT(end) ? *nst_lpm_value_at(lpm, node, end) : 0;
}

/**
 * nst_lpm_put - add a prefix, or give it another value
 * @lpm: trie
 * @key: prefix
 * @value: its value, not 0
 * @old: its value until now, 0 if it was not there
 *
 * Context: process; one writer at a time.
 * Return: 0, -ENOMEM, or -ENOSPC if the trie is as large as it can be.
 */
int nst_lpm_put(struct nst_lpm *lpm, const struct nst_lpm_key *key, u32 value,
		u32 *old)
{
	struct nst_lpm_place *place;
	struct nst_lpm_node node, chain;
	struct nst_lpm_path path;
	unsigned int step, agree;
	u32 *at;
	int err;

	*old = nst_lpm_get(lpm, key);
	if (!key->length) {
		/* readers may follow the value to what it names */
		smp_store_release(&lpm->any, value);
		lpm->count += !*old;
		return 0;
	}
	err = nst_lpm_memory_reserve(&lpm->memory);
	if (err)
		return err;
	nst_lpm_go(lpm, key, &path);
	place = &path.place[path.n - 1];
	if (*old) {
		at = nst_lpm_value_at(lpm, nst_lpm_at(lpm, place),
				      nst_lpm_end(key));
		/* readers may follow the value to what it names */
		smp_store_release(at, value);
		return 0;
	}
	node = *nst_lpm_at(lpm, place);
	agree = nst_lpm_agree(&node, key, place->step);
	if (agree < nst_lpm_skipped(&node))
		nst_lpm_divide(lpm, &node, agree);
	step = place->step + agree;
	if (step == nst_lpm_last(key)) {
		nst_lpm_set_value(lpm, &node, nst_lpm_end(key), true, value);
	} else {
		chain = nst_lpm_chain(lpm, key, step + 1, value);
		nst_lpm_set_child(lpm, &node, nst_lpm_nibble(key->word, step),
				  &chain);
	}
	nst_lpm_replace(lpm, &path, &node);
	lpm->count++;
	nst_lpm_memory_recycle(&lpm->memory);
	return 0;
}

/**
 * nst_lpm_remove - remove a prefix
 * @lpm: trie
 * @key: prefix
 *
 * Context: process; one writer at a time.
 * Return: the value that it had, 0 if it was not there or there is no memory for the change.
 */
u32 nst_lpm_remove(struct nst_lpm *lpm, const struct nst_lpm_key *key)
{
	u32 old = nst_lpm_get(lpm, key);
	struct nst_lpm_place *place;
	struct nst_lpm_node node;
	struct nst_lpm_path path;

	if (!old)
		return 0;
	if (!key->length) {
		WRITE_ONCE(lpm->any, 0);
		lpm->count--;
		return old;
	}
	if (nst_lpm_memory_reserve(&lpm->memory))
		return 0;
	nst_lpm_go(lpm, key, &path);
	node = *nst_lpm_at(lpm, &path.place[path.n - 1]);
	nst_lpm_set_value(lpm, &node, nst_lpm_end(key), false, 0);
	/* nodes that lead nowhere go, too */
	while (!node.children && !nst_lpm_values(&node) && path.n > 1) {
		place = &path.place[--path.n];
		node = *nst_lpm_at(lpm, place - 1);
		if (nst_lpm_children(&node) > 1 || nst_lpm_values(&node) ||
		    path.n == 1) {
			nst_lpm_set_child(lpm, &node,
					  nst_lpm_nibble(key->word, place->step - 1),
					  NULL);
			break;
		}
		nst_lpm_memory_retire(&lpm->memory, place->block, place->size);
		node.children = 0;
	}
	if (path.n > 1)
		nst_lpm_join(lpm, &node);
	nst_lpm_replace(lpm, &path, &node);
	lpm->count--;
	nst_lpm_memory_recycle(&lpm->memory);
	return old;
}

/* --------------------------------------------------------------------- walk */

struct nst_lpm_walker {
	const struct nst_lpm		*lpm;
	const struct nst_lpm_key	*after;
	nst_lpm_visit			visit;
	void				*data;
};

static void nst_lpm_key_append(struct nst_lpm_key *key, unsigned int nibble)
{
	unsigned int step = key->length / NST_LPM_STEP;

	key->word[step / 16] |= (u64)nibble << (60 - step % 16 * NST_LPM_STEP);
	key->length += NST_LPM_STEP;
}

static bool nst_lpm_key_after(const struct nst_lpm_key *a,
			      const struct nst_lpm_key *b)
{
	if (a->word[0] != b->word[0])
		return a->word[0] > b->word[0];
	if (a->word[1] != b->word[1])
		return a->word[1] > b->word[1];
	return a->length > b->length;
}

/* Whether all prefixes that begin with @key come before or with @after. */
static bool nst_lpm_walk_done(const struct nst_lpm_walker *walk,
			      const struct nst_lpm_key *key)
{
	const struct nst_lpm_key *after = walk->after;
	u64 end[2];

	if (!after)
		return false;
	end[0] = key->word[0] | ~nst_lpm_mask(key->length);
	end[1] = key->word[1] |
		 ~nst_lpm_mask(key->length > 64 ? key->length - 64 : 0);
	return end[0] < after->word[0] ||
	       (end[0] == after->word[0] && end[1] < after->word[1]);
}

static int nst_lpm_walk_ends(const struct nst_lpm_walker *walk,
			     struct nst_lpm_node *node,
			     const struct nst_lpm_key *key, unsigned int nibble)
{
	unsigned int bits, end;
	struct nst_lpm_key at;
	int ret;

	for (bits = 1; bits <= NST_LPM_STEP; bits++) {
		end = nst_lpm_end_of(bits, nibble);
		if (nibble & (BIT(NST_LPM_STEP - bits) - 1) ||
		    !(node->ends & BIT(end)))
			continue;
		at = *key;
		nst_lpm_key_append(&at, nibble);
		at.length += bits - NST_LPM_STEP;
		if (walk->after && !nst_lpm_key_after(&at, walk->after))
			continue;
		ret = walk->visit(&at, *nst_lpm_value_at(walk->lpm, node, end),
				  walk->data);
		if (ret)
			return ret;
	}
	return 0;
}

/* Recursion ends after %NST_LPM_STEPS nodes. */
static int nst_lpm_walk_node(const struct nst_lpm_walker *walk, u32 unit,
			     struct nst_lpm_key key)
{
	struct nst_lpm_node *node = nst_lpm_node(walk->lpm, unit);
	unsigned int n = nst_lpm_skipped(node), nibble;
	struct nst_lpm_key below;
	int ret;

	while (n--)
		nst_lpm_key_append(&key, node->skip >> n * NST_LPM_STEP & 15);
	if (nst_lpm_walk_done(walk, &key))
		return 0;
	for (nibble = 0; nibble < 16; nibble++) {
		ret = nst_lpm_walk_ends(walk, node, &key, nibble);
		if (ret)
			return ret;
		if (!(node->children & BIT(nibble)))
			continue;
		below = key;
		nst_lpm_key_append(&below, nibble);
		if (nst_lpm_walk_done(walk, &below))
			continue;
		ret = nst_lpm_walk_node(walk, nst_lpm_child(node, nibble), below);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * nst_lpm_walk - visit prefixes in the order of their addresses, shorter ones first
 * @lpm: trie
 * @after: begin with the first prefix behind this one, %NULL: with the first
 * @visit: called for each; may sleep
 * @data: for it
 *
 * Context: process; no writer meanwhile.
 * Return: 0, or what @visit returned to end the walk.
 */
int nst_lpm_walk(const struct nst_lpm *lpm, const struct nst_lpm_key *after,
		 nst_lpm_visit visit, void *data)
{
	struct nst_lpm_walker walk = {
		.lpm = lpm, .after = after, .visit = visit, .data = data,
	};
	struct nst_lpm_key key = {};
	int ret;

	if (lpm->any && !after) {
		ret = visit(&key, lpm->any, data);
		if (ret)
			return ret;
	}
	return nst_lpm_walk_node(&walk, lpm->root, key);
}

/**
 * nst_lpm_count - how many prefixes there are
 * @lpm: trie
 */
unsigned int nst_lpm_count(const struct nst_lpm *lpm)
{
	return lpm->count;
}

/**
 * nst_lpm_bytes - memory of a trie, with what waits for a grace period
 * @lpm: trie
 */
size_t nst_lpm_bytes(const struct nst_lpm *lpm)
{
	return lpm->memory.bytes;
}
