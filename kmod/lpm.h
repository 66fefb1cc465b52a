/* SPDX-License-Identifier: GPL-2.0 */
/* Longest-prefix match over IPv6 addresses. */
#ifndef _NST_LPM_H
#define _NST_LPM_H

#include <linux/in6.h>
#include <linux/types.h>

#define NST_LPM_BITS	128

struct nst_lpm;

/**
 * struct nst_lpm_key - a prefix, or an address with its full length
 * @word: the address's upper and lower half, host byte order; bits behind
 *	@length are 0 in a prefix
 * @length: bits that count, 0 to 128
 */
struct nst_lpm_key {
	u64	word[2];
	u8	length;
};

/**
 * typedef nst_lpm_visit - called for each prefix of a walk
 * @key: prefix
 * @value: its value
 * @data: as given to nst_lpm_walk()
 *
 * Return: 0, or what ends the walk.
 */
typedef int (*nst_lpm_visit)(const struct nst_lpm_key *key, u32 value,
			     void *data);

void nst_lpm_key_set(struct nst_lpm_key *key, const struct in6_addr *addr,
		     u8 length);
bool nst_lpm_key_covers(const struct nst_lpm_key *key,
			const struct nst_lpm_key *other);
void nst_lpm_key_addr(const struct nst_lpm_key *key, struct in6_addr *addr);
struct nst_lpm *nst_lpm_create(void);
void nst_lpm_publish(struct nst_lpm *lpm);
void nst_lpm_destroy(struct nst_lpm *lpm);
u32 nst_lpm_lookup(const struct nst_lpm *lpm, const struct in6_addr *addr,
		   u8 *length);
u32 nst_lpm_get(const struct nst_lpm *lpm, const struct nst_lpm_key *key);
int nst_lpm_put(struct nst_lpm *lpm, const struct nst_lpm_key *key, u32 value,
		u32 *old);
u32 nst_lpm_remove(struct nst_lpm *lpm, const struct nst_lpm_key *key);
int nst_lpm_walk(const struct nst_lpm *lpm, const struct nst_lpm_key *after,
		 nst_lpm_visit visit, void *data);
unsigned int nst_lpm_count(const struct nst_lpm *lpm);
size_t nst_lpm_bytes(const struct nst_lpm *lpm);

#endif /* _NST_LPM_H */
