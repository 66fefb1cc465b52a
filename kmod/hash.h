/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hash of a flow's key: NH, the core of UMAC (RFC 4418, section 5.1).
 *
 * A word of a secret is added to each key word, and the products of pairs of these
 * sums are added up.  For an attacker who does not know the secret, two keys collide
 * with a probability of 2^-64 (2^-32 on machines without 128-bit multiplication).
 * The products do not depend on each other, so the CPU computes them in parallel, and
 * each can start as soon as its two key words are known.
 */
#ifndef _NST_HASH_H
#define _NST_HASH_H

#include <linux/hash.h>
#include <linux/types.h>

#define NST_SECRET_WORDS	38	/* one for each word of a key */

#ifdef __SIZEOF_INT128__
struct nst_sum {
	unsigned __int128 n;
};

/* Add two words of the key.  @secret: the two secret words at the same position. */
static __always_inline void nst_hash_add(struct nst_sum *sum, u64 a, u64 b,
					 const u64 *secret)
{
	sum->n += (unsigned __int128)(a + secret[0]) * (b + secret[1]);
}

static __always_inline u64 nst_hash_fold(const struct nst_sum *sum)
{
	return (u64)sum->n ^ (u64)(sum->n >> 64);
}

/* One multiplication; XORing both halves lets all input bits affect all output bits. */
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

/* Consecutive keys have sums that are evenly spaced, so the sum has to be mixed. */
static __always_inline u32 nst_hash_end(const struct nst_sum *sum)
{
	return nst_hash_mix(nst_hash_fold(sum));
}

/**
 * nst_hash - hash of a key
 * @key: key words
 * @words: number of key words, even, at most %NST_SECRET_WORDS
 * @secret: random, %NST_SECRET_WORDS words
 *
 * Context: any.
 * Return: the hash; all of its bits are equally well mixed.
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

/* nst_hash() of the six key words of the built-in record. */
static __always_inline u32 nst_hash_original(const u64 *key, const u64 *secret)
{
	struct nst_sum sum = nst_hash_begin();

	nst_hash_add(&sum, key[0], key[1], secret);
	nst_hash_add(&sum, key[2], key[3], secret + 2);
	nst_hash_add(&sum, key[4], key[5], secret + 4);
	return nst_hash_end(&sum);
}

#endif /* _NST_HASH_H */
