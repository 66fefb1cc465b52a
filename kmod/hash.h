/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hash of a flow's key.
 *
 * The sum of products of pairs of words, to each of which a word of a secret
 * is added: NH, the core of UMAC (RFC 4418, section 5.1).  Whoever does not
 * know the secret finds two keys with equal sums with a probability of 2^-64
 * a try (2^-32 where there is no product of 128 bits).  The products do not
 * wait for each other, and a word goes in as soon as it is known.
 */
#ifndef _NST_HASH_H
#define _NST_HASH_H

#include <linux/hash.h>
#include <linux/types.h>

#define NST_SECRET_WORDS	14	/* one for each word of a key */

#ifdef __SIZEOF_INT128__
struct nst_sum {
	unsigned __int128 n;
};

/* Add two words of the key; @secret: the words of the secret that are theirs. */
static __always_inline void nst_hash_add(struct nst_sum *sum, u64 a, u64 b,
					 const u64 *secret)
{
	sum->n += (unsigned __int128)(a + secret[0]) * (b + secret[1]);
}

static __always_inline u64 nst_hash_fold(const struct nst_sum *sum)
{
	return (u64)sum->n ^ (u64)(sum->n >> 64);
}

/* Both halves of a product: what has to come out at random takes one. */
static __always_inline u32 nst_hash_mix(u64 h)
{
	unsigned __int128 product = (unsigned __int128)h * GOLDEN_RATIO_64;

	return (u64)product ^ (u64)(product >> 64);
}
#else
struct nst_sum {
	u64 n;
};

static __always_inline u64 nst_hash_half(u64 word, u64 secret)
{
	return (u64)((u32)word + (u32)secret) *
	       ((u32)(word >> 32) + (u32)(secret >> 32));
}

static __always_inline void nst_hash_add(struct nst_sum *sum, u64 a, u64 b,
					 const u64 *secret)
{
	sum->n += nst_hash_half(a, secret[0]) + nst_hash_half(b, secret[1]);
}

static __always_inline u64 nst_hash_fold(const struct nst_sum *sum)
{
	return sum->n;
}

static __always_inline u32 nst_hash_mix(u64 h)
{
	h ^= h >> 32;
	h *= GOLDEN_RATIO_64;
	h ^= h >> 29;
	h *= GOLDEN_RATIO_64;
	return h >> 32;
}
#endif

static __always_inline struct nst_sum nst_hash_begin(void)
{
	return (struct nst_sum) {};
}

/* Sums of keys in a row are in a row as well, and so is every multiple of them. */
static __always_inline u32 nst_hash_end(const struct nst_sum *sum)
{
	return nst_hash_mix(nst_hash_fold(sum));
}

/**
 * nst_hash - hash of a key
 * @key: its words
 * @words: how many, even, at most %NST_SECRET_WORDS
 * @secret: random, %NST_SECRET_WORDS words
 *
 * Context: any.
 * Return: the hash; all of its bits are good.
 */
static inline u32 nst_hash(const u64 *key, unsigned int words,
			   const u64 *secret)
{
	struct nst_sum sum = nst_hash_begin();
	unsigned int i;

	for (i = 0; i < words; i += 2)
		nst_hash_add(&sum, key[i], key[i + 1], secret + i);
	return nst_hash_end(&sum);
}

/* Hash of the six words of original flows, without a loop. */
static __always_inline u32 nst_hash_original(const u64 *key, const u64 *secret)
{
	struct nst_sum sum = nst_hash_begin();

	nst_hash_add(&sum, key[0], key[1], secret);
	nst_hash_add(&sum, key[2], key[3], secret + 2);
	nst_hash_add(&sum, key[4], key[5], secret + 4);
	return nst_hash_end(&sum);
}

#endif /* _NST_HASH_H */
