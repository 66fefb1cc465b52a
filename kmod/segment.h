/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hash of a table: segments of buckets, and how a bucket is searched.
 *
 * Hashing is extendible.  A directory indexed by the top bits of the hash points
 * to segments of %NST_BUCKETS buckets.  A segment that cannot take another flow is
 * split in two, so the table grows in small steps and is never rehashed as a whole.
 *
 * A bucket is one cache line of 16-bit tags and 32-bit flow indices.  Each flow
 * has two buckets in its segment; it is in the second only if the first was full.
 */
#ifndef _NST_SEGMENT_H
#define _NST_SEGMENT_H

#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/netstream.h>
#include <linux/types.h>

#define NST_BUCKET_ENTRIES	10
#define NST_BUCKET_WORDS	DIV_ROUND_UP(NST_BUCKET_ENTRIES, 4)
#define NST_BUCKETS		64	/* in a segment, which is 4 KiB */
#define NST_DIRECTORY_BITS_MIN	1	/* two segments */

struct nst_table;

/*
 * Besides the tag, a bucket entry has the flow's index, whether this is the flow's
 * second bucket, and the hash bits that decide the next splits of the segment.  So
 * a split need not read the flows.
 */
#define NST_ENTRY_INDEX		GENMASK(26, 0)
#define NST_ENTRY_SECOND		BIT(27)
#define NST_ENTRY_SPLITS		4
#define NST_ENTRY_SPLIT_SHIFT	28

/**
 * struct nst_bucket - one cache line of the hash
 * @tag: part of each flow's hash, four tags to a word; tag 0 marks an unused entry.
 *	The upper half of the last word counts spilled flows: flows that belong to
 *	this bucket but are in their second one
 * @flow: index and flags of each entry, see %NST_ENTRY_INDEX
 */
struct nst_bucket {
	u64	tag[NST_BUCKET_WORDS];
	u32	flow[NST_BUCKET_ENTRIES];
};

static_assert(sizeof(struct nst_bucket) == 64);

/**
 * struct nst_segment - the unit by which the hash grows and shrinks
 * @bucket: buckets
 */
struct nst_segment {
	struct nst_bucket bucket[NST_BUCKETS];
};

int nst_segment_init(struct nst_table *tbl);
void nst_segment_free(struct nst_table *tbl);
bool nst_segment_put(const struct nst_table *tbl, u32 hash, u32 index);
bool nst_segment_split(struct nst_table *tbl, u32 hash);
bool nst_segment_sparse(const struct nst_table *tbl);
void nst_segment_merge(struct nst_table *tbl, u64 end);

/* The first bucket of a hash, as an index into its segment. */
static inline unsigned int nst_bucket_first(u32 hash)
{
	return hash % NST_BUCKETS;
}

/*
 * A tag is never 0, which marks an unused entry.  Its top bit is clear, as
 * nst_bucket_match() requires.
 */
static inline u16 nst_bucket_tag(u32 hash)
{
	return (hash >> 6 & 0x7fff) | 0x4000;
}

/*
 * The other of a flow's two buckets, whichever @index is.  The two indices differ
 * in bit 0, so they are never the same.
 */
static inline unsigned int nst_bucket_other(unsigned int index, u16 tag)
{
	return index ^ ((tag >> 6) % NST_BUCKETS | 1);
}

static inline unsigned int nst_bucket_second(u32 hash)
{
	return nst_bucket_other(nst_bucket_first(hash), nst_bucket_tag(hash));
}

/* Words of four lanes: 1 in each lane, and the top bit of each lane. */
#define NST_TAG_ONES	0x0001000100010001ULL
#define NST_TAG_TOPS	(NST_TAG_ONES << 15)

/* The tag of a hash, copied to all four lanes of a word. */
static inline u64 nst_bucket_tags(u32 hash)
{
	u64 ones = NST_TAG_ONES;

	/* one multiplication is faster than the shifts that the compiler would use */
	OPTIMIZER_HIDE_VAR(ones);
	return nst_bucket_tag(hash) * ones;
}

/**
 * nst_bucket_match - find a tag in one word of a bucket
 * @bucket: the bucket
 * @word: index of the word
 * @tags: the tag in all four lanes, see nst_bucket_tags(); 0 finds unused entries
 *
 * Zero-lane test: subtracting 1 from each lane sets its top bit only if the lane
 * was zero.  A borrow may also flag the lane above a true match, so callers use the
 * lowest set bit or verify.
 *
 * Return: a mask of the lanes' top bits.
 */
static __always_inline u64 nst_bucket_match(const struct nst_bucket *bucket,
					    unsigned int word, u64 tags)
{
	u64 match = ((bucket->tag[word] ^ tags) - NST_TAG_ONES) & NST_TAG_TOPS;

	return word == NST_BUCKET_WORDS - 1 ? (u32)match : match;
}

/*
 * The first eight entries alternate between words 0 and 1.  So nst_bucket_probe()
 * can merge the masks of both words, and the position of a bit still identifies the
 * entry.
 */
static inline unsigned int nst_entry_word(unsigned int entry)
{
	return entry < 8 ? entry % 2 : 2;
}

static inline unsigned int nst_entry_lane(unsigned int entry)
{
	return entry < 8 ? entry / 2 : entry - 8;
}

/**
 * nst_bucket_probe - guess a key's flow from one bucket
 * @bucket: either bucket of the key; the pointer may be some packets old
 * @hash: of the key
 * @index: where to store the flow's index
 *
 * Compares tags only and reads no flow, so the caller can prefetch the flow.  The
 * caller has to compare the key: another flow may have the same tag.
 *
 * Context: owner, bottom halves off.
 * Return: whether a tag matched.
 */
static __always_inline bool nst_bucket_probe(const struct nst_bucket *bucket,
					     u32 hash, u32 *index)
{
	u64 tags = nst_bucket_tags(hash), match;

	/*
	 * Whether the flow is in word 0 or 1 is random, and a branch on it would
	 * be mispredicted half of the time.  So both masks go into one word, side
	 * by side.  The last two entries are rarely used.
	 */
	match = nst_bucket_match(bucket, 0, tags) >> 8 |
		nst_bucket_match(bucket, 1, tags);
	if (likely(match)) {
		*index = bucket->flow[__ffs64(match) / 8] & NST_ENTRY_INDEX;
		return true;
	}
	match = nst_bucket_match(bucket, 2, tags);
	if (match)
		*index = bucket->flow[8 + __ffs64(match) / 16] & NST_ENTRY_INDEX;
	return match;
}

/* The number of flows that belong to this bucket but are in their second one. */
static inline u32 nst_bucket_spilled(const struct nst_bucket *bucket)
{
	return bucket->tag[NST_BUCKET_WORDS - 1] >> 32;
}

#endif /* _NST_SEGMENT_H */
