/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records, compiled to a mask over the words of a packet's fields.
 */
#ifndef _NST_RECORD_H
#define _NST_RECORD_H

#include <linux/netstream.h>
#include <linux/refcount.h>

#include "account.h"
#include "field.h"
#include "flow.h"
#include "hash.h"

/**
 * struct nst_item - one field of a record, as configured
 * @field: &enum netstream_field
 * @prefix: number of leading bits of an address that are matched, or
 *	%NETSTREAM_PREFIX_ROUTE
 * @width: width of a counter in bits
 * @collect: the field is collected, not matched
 */
struct nst_item {
	u16	field;
	u8	prefix;
	u8	width;
	bool	collect;
};

/**
 * struct nst_record_def - a record as configured
 * @name: name
 * @description: free text, may be empty
 * @cache: &enum netstream_cache
 * @nitems: number of items
 * @item: match and collect fields, in the order of the configuration
 */
struct nst_record_def {
	char		name[NETSTREAM_RECORD_NAME_MAX + 1];
	char		description[NETSTREAM_DESCRIPTION_MAX + 1];
	u8		cache;
	unsigned int	nitems;
	struct nst_item	item[NETSTREAM_FIELDS_MAX];
};

#define NST_KEY_WORDS	round_up(NST_WORDS, 2)

static_assert(NST_KEY_WORDS <= NST_SECRET_WORDS);

/**
 * struct nst_folding - a value that accumulates in a word of the flow
 * @field: &enum netstream_field
 * @offset: offset of the packet's value in struct nst_fields
 * @how: &enum nst_fold, %NST_FOLD_LAST or above
 * @size: size of that value in bytes
 */
struct nst_folding {
	u16	field;
	u16	offset;
	u8	how;
	u8	size;
};

/**
 * struct nst_words - what the words of a flow consist of
 * @nkey: number of key words; even, since the hash takes them in pairs
 * @nkept: number of words kept of the first packet; they follow the key
 * @nfold: number of accumulated values, one word each; they come last
 * @key_word: indices of the key words in struct nst_fields, ascending; one with an
 *	empty mask may be added to make the number even
 * @kept_word: indices of the kept words in struct nst_fields, ascending
 * @key_mask: masks of the key words
 * @fold: accumulated values
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
 * struct nst_record_exported - what was sent to at least one host of one slot's streams
 * @packets: export packets with flows of the record
 * @flows: the flows in them
 */
struct nst_record_exported {
	u64	packets;
	u64	flows;
};

/**
 * struct nst_record - a compiled record
 * @ref: number of plans, tables and templates that use it
 * @def: definition that it was compiled from
 * @original: it is of original flows, which have timeouts of their own
 * @unchanged: its flows begin with the first words of struct nst_fields, unchanged:
 *	it is the built-in record
 * @connection: its key distinguishes TCP connections, so FIN and RST end a flow of a
 *	normal cache
 * @narrow: a flow may have to end before a packet is added: its counters have less than
 *	64 bits, or its cache is immediate
 * @cut: its key has addresses that are cut to the masks of their routes
 * @has_icmp: ICMPv6 type and code follow from the key: it has protocol and
 *	destination port
 * @needs: mask of &enum nst_needs
 * @made: mask of &enum nst_routes_value: what is looked up when a flow is made
 * @follows: mask of those of @made that follow from the key: the record matches them
 *	and the whole address.  They are kept of the first packet, and looked up again
 *	after routes have changed.
 * @as_key: the bits of AS numbers in the key: those that are looked up for each packet
 * @flow_size: size of a flow in bytes, a multiple of a cache line
 * @max_packets: a flow ends before it would count more packets
 * @max_bytes: a flow ends before it would count more bytes
 * @words: what the words of a flow consist of
 * @exported: by slot; under the lock of the sender that sends the record's flows
 * @account: account of the monitor that meters it, a reference; %NULL: the system does
 * @slot_word: index of the flow's word that has the slot
 * @slot_base: what is added to a flow's slot: 0, or for a monitor the number of its slot
 *	in export sets
 */
struct nst_record {
	refcount_t		ref;
	struct nst_record_def	def;
	bool			original;
	bool			unchanged;
	bool			connection;
	bool			narrow;
	bool			cut;
	bool			has_icmp;
	u32			needs;
	u8			made;
	u8			follows;
	u64			as_key;
	unsigned int		flow_size;
	u64			max_packets;
	u64			max_bytes;
	struct nst_words	words;
	struct nst_record_exported exported[NETSTREAM_SLOT_MAX + 1];
	struct nst_account	*account;
	u8			slot_word;
	u16			slot_base;
};

extern const struct nst_record_def nst_record_original;
extern const struct nst_record_def nst_record_original_flags;

struct nst_record *nst_record_compile(const struct nst_record_def *def);
void nst_record_belongs(struct nst_record *rec, struct nst_account *account);
struct nst_record *nst_record_get(struct nst_record *rec);
void nst_record_put(struct nst_record *rec);
bool nst_record_same(const struct nst_record_def *a,
		     const struct nst_record_def *b);
bool nst_record_matches(const struct nst_record_def *def,
			enum netstream_field field, u8 *prefix);
bool nst_record_cuts(const struct nst_record_def *def, enum netstream_field address);
void nst_record_values(const struct nst_record *rec,
		       const struct nst_flow *flow,
		       struct nst_flow_record *values);
int nst_record_folds(const struct nst_record *rec, u16 field);
void nst_record_fold_begin(const struct nst_words *words, struct nst_flow *flow);
void nst_record_fold(const struct nst_words *words, struct nst_flow *flow,
		     const struct nst_fields *fields);

/**
 * nst_record_slot - the slot of a flow
 * @rec: its record
 * @flow: the flow
 *
 * The slot is part of every key, so one of the key words contains it.
 *
 * Context: any; the flow does not change.
 */
static inline u8 nst_record_slot(const struct nst_record *rec,
				 const struct nst_flow *flow)
{
	struct nst_fields fields;

	fields.word[NST_WORD(slot)] = flow->word[rec->slot_word];
	return fields.slot;
}

/* Key word @i of a packet. */
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
 * nst_record_key - extract a packet's key and hash it
 * @words: words of the record
 * @key: buffer for @words->nkey words
 * @fields: the packet's fields
 * @secret: secret of the hash, %NST_SECRET_WORDS words
 *
 * Context: any.
 * Return: the same hash as nst_hash() of the key.
 */
static __always_inline u32 nst_record_key(const struct nst_words *words, u64 *key,
					  const struct nst_fields *fields,
					  const u64 *secret)
{
	struct nst_sum sum = nst_hash_begin();
	unsigned int i;

	/* most keys have one or two pairs: no loop for these */
	nst_record_pair(words, key, fields, 0, secret, &sum);
	if (likely(words->nkey > 2))
		nst_record_pair(words, key, fields, 2, secret, &sum);
	for (i = 4; unlikely(i < words->nkey); i += 2)
		nst_record_pair(words, key, fields, i, secret, &sum);
	return nst_hash_end(&sum);
}

/**
 * nst_record_is - whether a packet has the given key
 * @words: words of the record
 * @key: key
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
