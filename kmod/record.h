/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records: which words of the canonical key make a flow's key.
 */
#ifndef _NST_RECORD_H
#define _NST_RECORD_H

#include <linux/netstream.h>
#include <linux/refcount.h>

#include "field.h"
#include "flow.h"
#include "hash.h"

/**
 * struct nst_item - one field of a record, as configured
 * @field: &enum netstream_field
 * @prefix: leading bits of an address that are matched
 * @width: bits of a counter
 * @collect: collected, not matched
 */
struct nst_item {
	u16	field;
	u8	prefix;
	u8	width;
	bool	collect;
};

/**
 * struct nst_record_def - a record as configured
 * @name: its name
 * @description: free text, may be empty
 * @nitems: number of items
 * @item: match and collect fields, in the order in which they were given
 */
struct nst_record_def {
	char		name[NETSTREAM_RECORD_NAME_MAX + 1];
	char		description[NETSTREAM_DESCRIPTION_MAX + 1];
	unsigned int	nitems;
	struct nst_item	item[NETSTREAM_FIELDS_MAX];
};

#define NST_KEY_WORDS	round_up(NST_WORDS, 2)

/**
 * struct nst_folding - a value that accumulates in a word of the flow
 * @field: &enum netstream_field
 * @how: &enum nst_fold, %NST_FOLD_LAST or above
 * @offset: of the packet's value in struct nst_fields
 * @size: its bytes
 */
struct nst_folding {
	u16	field;
	u8	how;
	u8	offset;
	u8	size;
};

/**
 * struct nst_words - what the words of a flow are made of
 * @nkey: words of the key
 * @nkept: words of the first packet that are kept behind the key
 * @nfold: words behind these, each of one accumulated value
 * @key_word: which words of struct nst_fields are the key, ascending
 * @kept_word: which words are kept
 * @key_mask: which bits of the key's words
 * @fold: what is accumulated
 *
 * The words of a key are even in number: the last may be one more that has no
 * bits.
 */
struct nst_words {
	u8	nkey;
	u8	nkept;
	u8	nfold;
	u8	key_word[NST_KEY_WORDS];
	u8	kept_word[NST_WORDS];
	u64	key_mask[NST_KEY_WORDS];
	struct nst_folding fold[NST_FOLDED_MAX];
};

/**
 * struct nst_record - a record, compiled
 * @ref: references: configurations, tables
 * @def: what it was compiled from
 * @original: the built-in record: it has the timeouts of original flows, and
 *	its words are the first of struct nst_fields as they stand
 * @connection: its key tells TCP connections apart, so FIN and RST end flows
 * @narrow: it has counters that overflow
 * @has_icmp: its key has what ICMPv6 type and code follow from: protocol and
 *	destination port
 * @needs: mask of &enum nst_needs
 * @flow_size: bytes of a flow, a multiple of a cache line
 * @max_packets: a flow ends before it counts more
 * @max_bytes: a flow ends before it counts more
 * @words: its words
 */
struct nst_record {
	refcount_t		ref;
	struct nst_record_def	def;
	bool			original;
	bool			connection;
	bool			narrow;
	bool			has_icmp;
	u32			needs;
	unsigned int		flow_size;
	u64			max_packets;
	u64			max_bytes;
	struct nst_words	words;
};

extern const struct nst_record_def nst_record_original;

struct nst_record *nst_record_compile(const struct nst_record_def *def);
struct nst_record *nst_record_get(struct nst_record *rec);
void nst_record_put(struct nst_record *rec);
bool nst_record_same(const struct nst_record_def *a,
		     const struct nst_record_def *b);
bool nst_record_matches(const struct nst_record_def *def,
			enum netstream_field field, u8 *prefix);
void nst_record_values(const struct nst_record *rec,
		       const struct nst_flow *flow,
		       struct nst_flow_record *values);
int nst_record_folds(const struct nst_record *rec, u16 field);
void nst_record_fold_begin(const struct nst_words *words, struct nst_flow *flow);
void nst_record_fold(const struct nst_words *words, struct nst_flow *flow,
		     const struct nst_fields *fields);

/* A word of a packet's key. */
static __always_inline u64 nst_record_word(const struct nst_words *words,
					   const struct nst_fields *fields,
					   unsigned int i)
{
	return fields->word[words->key_word[i]] & words->key_mask[i];
}

static __always_inline void nst_record_pair(const struct nst_words *words, u64 *key,
					    const struct nst_fields *fields,
					    unsigned int i, const u64 *secret,
					    struct nst_sum *sum)
{
	key[i] = nst_record_word(words, fields, i);
	key[i + 1] = nst_record_word(words, fields, i + 1);
	nst_hash_add(sum, key[i], key[i + 1], secret + i);
}

/**
 * nst_record_key - make the key of a packet
 * @words: words of the record
 * @key: where to leave the key's words
 * @fields: the packet's fields
 * @secret: of the hash, %NST_SECRET_WORDS words
 *
 * Context: any.
 * Return: the key's hash, as nst_hash() would make it.
 */
static __always_inline u32 nst_record_key(const struct nst_words *words, u64 *key,
					  const struct nst_fields *fields,
					  const u64 *secret)
{
	struct nst_sum sum = nst_hash_begin();
	unsigned int i;

	/* most keys are two pairs: a straight line */
	nst_record_pair(words, key, fields, 0, secret, &sum);
	if (likely(words->nkey > 2))
		nst_record_pair(words, key, fields, 2, secret, &sum);
	for (i = 4; unlikely(i < words->nkey); i += 2)
		nst_record_pair(words, key, fields, i, secret, &sum);
	return nst_hash_end(&sum);
}

/**
 * nst_record_is - whether a packet has a key
 * @words: words of the record
 * @key: the key's words
 * @fields: the packet's fields
 *
 * Context: any.
 */
static __always_inline bool nst_record_is(const struct nst_words *words,
					  const u64 *key,
					  const struct nst_fields *fields)
{
	unsigned int i = 0;

	do {
		if (key[i] != nst_record_word(words, fields, i))
			return false;
	} while (++i < words->nkey);
	return true;
}

#endif /* _NST_RECORD_H */
