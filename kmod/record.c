// SPDX-License-Identifier: GPL-2.0
/*
 * Records: compiled from fields into a mask over the canonical key.  Pure.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "record.h"

/**
 * struct nst_place - where a field stands in struct nst_fields
 * @offset: bytes from its start
 * @length: bytes
 * @needs: what dissecting must find out for it
 */
struct nst_place {
	u8	offset;
	u8	length;
	u8	needs;
};

#define NST_PLACE(_member, _needs) {				\
	.offset	= offsetof(struct nst_fields, _member),		\
	.length	= sizeof_field(struct nst_fields, _member),	\
	.needs	= (_needs),					\
}

static const struct nst_place nst_place[NETSTREAM_FIELD_MAX + 1] = {
	[NETSTREAM_FIELD_SRC_ADDR]	= NST_PLACE(src, 0),
	[NETSTREAM_FIELD_DST_ADDR]	= NST_PLACE(dst, 0),
	[NETSTREAM_FIELD_SRC_MASK]	= NST_PLACE(src_mask, NST_NEEDS_SRC_MASK),
	[NETSTREAM_FIELD_DST_MASK]	= NST_PLACE(dst_mask, NST_NEEDS_DST_MASK),
	[NETSTREAM_FIELD_SRC_PORT]	= NST_PLACE(sport, 0),
	[NETSTREAM_FIELD_DST_PORT]	= NST_PLACE(dport, 0),
	[NETSTREAM_FIELD_SRC_VLAN]	= NST_PLACE(src_vlan, NST_NEEDS_VLAN),
	[NETSTREAM_FIELD_DST_VLAN]	= NST_PLACE(dst_vlan, NST_NEEDS_VLAN),
	[NETSTREAM_FIELD_SRC_AS]	= NST_PLACE(src_as, NST_NEEDS_AS),
	[NETSTREAM_FIELD_DST_AS]	= NST_PLACE(dst_as, NST_NEEDS_AS),
	[NETSTREAM_FIELD_PROTOCOL]	= NST_PLACE(protocol, 0),
	[NETSTREAM_FIELD_TOS]		= NST_PLACE(tos, 0),
	[NETSTREAM_FIELD_FLOW_LABEL]	= NST_PLACE(flow_label, 0),
	[NETSTREAM_FIELD_DIRECTION]	= NST_PLACE(direction, 0),
	[NETSTREAM_FIELD_TCP_FLAG]	= NST_PLACE(tcp_flags, 0),
	[NETSTREAM_FIELD_INPUT_IF]	= NST_PLACE(input_if, 0),
	[NETSTREAM_FIELD_OUTPUT_IF]	= NST_PLACE(output_if, 0),
	[NETSTREAM_FIELD_NEXT_HOP]	= NST_PLACE(next_hop, NST_NEEDS_NEXT_HOP),
	[NETSTREAM_FIELD_BGP_NEXT_HOP]	= NST_PLACE(bgp_next_hop, NST_NEEDS_AS),
};

#define NST_MATCH(_field) \
	{ .field = NETSTREAM_FIELD_##_field, .prefix = 128 }
#define NST_COLLECT(_field, _width) \
	{ .field = NETSTREAM_FIELD_##_field, .width = (_width), .collect = true }

/* The built-in record: one flow for each direction of a conversation on an interface. */
const struct nst_record_def nst_record_original = {
	.name	= "original",
	.nitems	= 17,
	.item	= {
		NST_MATCH(SRC_ADDR),
		NST_MATCH(DST_ADDR),
		NST_COLLECT(NEXT_HOP, 0),
		NST_COLLECT(PACKETS, 64),
		NST_COLLECT(BYTES, 64),
		NST_COLLECT(FIRST, 0),
		NST_COLLECT(LAST, 0),
		NST_MATCH(INPUT_IF),
		NST_COLLECT(OUTPUT_IF, 0),
		NST_COLLECT(FLOW_LABEL, 0),
		NST_MATCH(SRC_PORT),
		NST_MATCH(DST_PORT),
		NST_COLLECT(TCP_FLAG, 0),
		NST_MATCH(PROTOCOL),
		NST_MATCH(TOS),
		NST_MATCH(DIRECTION),
		NST_COLLECT(END_REASON, 0),
	},
};

/* Bytes to set in a mask for an item; only addresses have a prefix. */
static void nst_record_mask(struct nst_fields *mask, const struct nst_item *it)
{
	const struct nst_place *p = &nst_place[it->field];
	u8 *at = (u8 *)mask + p->offset;

	if (it->field != NETSTREAM_FIELD_SRC_ADDR &&
	    it->field != NETSTREAM_FIELD_DST_ADDR) {
		memset(at, 0xff, p->length);
		return;
	}
	memset(at, 0xff, it->prefix / 8);
	if (it->prefix % 8)
		at[it->prefix / 8] = (u8)(0xff << (8 - it->prefix % 8));
}

/* A counter's greatest value before its flow ends: four fifths of what fits. */
static u64 nst_record_limit(u8 width)
{
	switch (width) {
	case 16:
		return 52428;
	case 32:
		return 3435973836ULL;
	default:
		return U64_MAX;
	}
}

static void nst_record_words(struct nst_words *w, const struct nst_fields *key,
			     const struct nst_fields *kept)
{
	unsigned int i;

	for (i = 0; i < NST_WORDS; i++) {
		if (key->word[i]) {
			w->key_word[w->nkey] = i;
			w->key_mask[w->nkey++] = key->word[i];
		}
		if (kept->word[i])
			w->kept_word[w->nkept++] = i;
	}
	if (w->nkey % 2) {
		w->key_word[w->nkey] = w->key_word[w->nkey - 1];
		w->nkey++;
	}
}

/*
 * What the built-in record compiles to: the words of a packet as they stand,
 * in their order, so its packets need not be masked nor copied.
 */
static const struct nst_words nst_original_words = {
	.nkey		= NST_ORIGINAL_KEY,
	.nkept		= NST_ORIGINAL_WORDS - NST_ORIGINAL_KEY,
	.key_word	= { 0, 1, 2, 3, 4, 5 },
	.kept_word	= { 6, 7, 8 },
	.key_mask	= {
		~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL,
		~NST_LANE(reserved, U32_MAX),
	},
};

/* What the packet path takes for granted. */
static bool nst_record_sound(const struct nst_record *rec)
{
	return rec->words.nkey + rec->words.nkept <= NST_FLOW_WORDS &&
	       (!rec->original ||
		!memcmp(&rec->words, &nst_original_words, sizeof(rec->words)));
}

static void nst_record_item(struct nst_record *rec, const struct nst_item *it,
			    struct nst_fields *key, struct nst_fields *kept)
{
	rec->needs |= nst_place[it->field].needs;
	if (!it->collect)
		nst_record_mask(key, it);
	else if (it->field == NETSTREAM_FIELD_PACKETS)
		rec->max_packets = nst_record_limit(it->width);
	else if (it->field == NETSTREAM_FIELD_BYTES)
		rec->max_bytes = nst_record_limit(it->width);
	else if (it->field != NETSTREAM_FIELD_TCP_FLAG)
		nst_record_mask(kept, it);
}

/* Only a key that tells connections apart lets FIN and RST speak for the flow. */
static bool nst_record_connection(const struct nst_record_def *def)
{
	u8 src = 0, dst = 0;

	return nst_record_matches(def, NETSTREAM_FIELD_SRC_ADDR, &src) &&
	       nst_record_matches(def, NETSTREAM_FIELD_DST_ADDR, &dst) &&
	       src == 128 && dst == 128 &&
	       nst_record_matches(def, NETSTREAM_FIELD_SRC_PORT, NULL) &&
	       nst_record_matches(def, NETSTREAM_FIELD_DST_PORT, NULL) &&
	       nst_record_matches(def, NETSTREAM_FIELD_PROTOCOL, NULL);
}

/**
 * nst_record_compile - make a record ready for the data path
 * @def: a valid definition
 *
 * Context: process, may sleep.
 * Return: the record with one reference, or %NULL for lack of memory.
 */
struct nst_record *nst_record_compile(const struct nst_record_def *def)
{
	struct nst_fields key = {}, kept = {};
	struct nst_record *rec;
	unsigned int i;

	rec = kzalloc(sizeof(*rec), GFP_KERNEL_ACCOUNT);
	if (!rec)
		return NULL;
	refcount_set(&rec->ref, 1);
	rec->def = *def;
	rec->original = !strcmp(def->name, nst_record_original.name);
	rec->connection = nst_record_connection(def);
	rec->max_packets = U64_MAX;
	rec->max_bytes = U64_MAX;
	key.slot = U8_MAX;
	for (i = 0; i < def->nitems; i++)
		nst_record_item(rec, &def->item[i], &key, &kept);
	nst_record_words(&rec->words, &key, &kept);
	rec->flow_size = ALIGN(offsetof(struct nst_flow, word) + sizeof(u64) *
			       (rec->words.nkey + rec->words.nkept), 64);
	rec->narrow = rec->max_packets != U64_MAX || rec->max_bytes != U64_MAX;
	if (!WARN_ON_ONCE(!nst_record_sound(rec)))
		return rec;
	kfree(rec);
	return NULL;
}

/**
 * nst_record_get - take another reference
 * @rec: a record that the caller has a reference to
 *
 * Context: any.
 */
struct nst_record *nst_record_get(struct nst_record *rec)
{
	refcount_inc(&rec->ref);
	return rec;
}

/**
 * nst_record_put - give a reference back
 * @rec: the record, or %NULL
 *
 * Readers under RCU may still look at it: whoever gives the last one waits for
 * them first.
 *
 * Context: any.
 */
void nst_record_put(struct nst_record *rec)
{
	if (rec && refcount_dec_and_test(&rec->ref))
		kfree(rec);
}

/**
 * nst_record_matches - whether a record matches a field
 * @def: the record
 * @field: the field
 * @prefix: where to leave the prefix length that is matched, or %NULL
 *
 * Context: any.
 */
bool nst_record_matches(const struct nst_record_def *def,
			enum netstream_field field, u8 *prefix)
{
	unsigned int i;

	for (i = 0; i < def->nitems; i++) {
		if (def->item[i].collect || def->item[i].field != field)
			continue;
		if (prefix)
			*prefix = def->item[i].prefix;
		return true;
	}
	return false;
}

static bool nst_record_has_match(const struct nst_record_def *def,
				 const struct nst_item *it)
{
	u8 prefix = 0;

	return nst_record_matches(def, it->field, &prefix) &&
	       prefix == it->prefix;
}

static bool nst_record_keys_in(const struct nst_record_def *a,
			       const struct nst_record_def *b)
{
	unsigned int i;

	for (i = 0; i < a->nitems; i++)
		if (!a->item[i].collect &&
		    !nst_record_has_match(b, &a->item[i]))
			return false;
	return true;
}

/**
 * nst_record_same_keys - whether two records cut traffic into the same flows
 * @a: a record
 * @b: another
 *
 * Context: any.
 */
bool nst_record_same_keys(const struct nst_record_def *a,
			  const struct nst_record_def *b)
{
	return nst_record_keys_in(a, b) && nst_record_keys_in(b, a);
}

/**
 * nst_record_same - whether two records have the same name and the same fields in the same order
 * @a: a record
 * @b: another; descriptions may differ
 *
 * Context: any.
 */
bool nst_record_same(const struct nst_record_def *a,
		     const struct nst_record_def *b)
{
	unsigned int i;

	if (strcmp(a->name, b->name) || a->nitems != b->nitems)
		return false;
	for (i = 0; i < a->nitems; i++)
		if (a->item[i].field != b->item[i].field ||
		    a->item[i].prefix != b->item[i].prefix ||
		    a->item[i].width != b->item[i].width ||
		    a->item[i].collect != b->item[i].collect)
			return false;
	return true;
}

/**
 * nst_record_fields - spread a flow's key and first-packet values over the canonical key
 * @rec: record of the flow
 * @flow: the flow, with the words behind it
 * @f: where to
 *
 * A matched field has the same value in all packets of the flow, so the first
 * packet's is right for it, too.
 *
 * Context: any.
 */
void nst_record_fields(const struct nst_record *rec,
		       const struct nst_flow *flow, struct nst_fields *f)
{
	const struct nst_words *w = &rec->words;
	const u64 *word = flow->word;
	unsigned int i;

	memset(f, 0, sizeof(*f));
	for (i = 0; i < w->nkey; i++)
		f->word[w->key_word[i]] |= word[i];
	for (i = 0; i < w->nkept; i++)
		f->word[w->kept_word[i]] = word[w->nkey + i];
	f->tcp_flags = flow->tcp_flags;
}
