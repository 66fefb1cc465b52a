// SPDX-License-Identifier: GPL-2.0
/*
 * Compiling records: from a list of fields to a mask over a packet's words and a list
 * of accumulated values.  No side effects except memory allocation.
 */
#include <linux/in6.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "record.h"
#include "routes.h"

#define NST_MATCH(_field) \
	{ .field = NETSTREAM_FIELD_##_field, .prefix = 128 }
#define NST_COLLECT(_field, _width) \
	{ .field = NETSTREAM_FIELD_##_field, .width = (_width), .collect = true }

/* The fields of original flows; @flags: how they have the TCP flags. */
#define NST_ORIGINAL(_flags) {			\
	.name	= "original",			\
	.nitems	= 19,				\
	.item	= {				\
		NST_MATCH(SRC_ADDR),		\
		NST_MATCH(DST_ADDR),		\
		NST_COLLECT(NEXT_HOP, 0),	\
		NST_COLLECT(PACKETS, 64),	\
		NST_COLLECT(BYTES, 64),		\
		NST_COLLECT(FIRST, 0),		\
		NST_COLLECT(LAST, 0),		\
		NST_MATCH(INPUT_IF),		\
		NST_COLLECT(OUTPUT_IF, 0),	\
		NST_COLLECT(FLOW_LABEL, 0),	\
		NST_MATCH(SRC_PORT),		\
		NST_MATCH(DST_PORT),		\
		NST_COLLECT(ICMP, 0),		\
		_flags,				\
		NST_MATCH(PROTOCOL),		\
		NST_MATCH(TOS),			\
		NST_MATCH(DIRECTION),		\
		NST_COLLECT(END_REASON, 0),	\
		NST_COLLECT(IP_VERSION, 0),	\
	},					\
}

/* The built-in record: one flow for each direction of a conversation on an interface. */
const struct nst_record_def nst_record_original = NST_ORIGINAL(NST_COLLECT(TCP_FLAG, 0));

/* The same with a flow for each value of the TCP flags. */
const struct nst_record_def nst_record_original_flags = NST_ORIGINAL(NST_MATCH(TCP_FLAG));

/* Set the bits of an item's field in a mask. */
static void nst_record_mask(struct nst_fields *mask, const struct nst_item *item)
{
	const struct nst_field *field = &nst_field[item->field];
	u8 *at = (u8 *)mask + field->offset;

	if (!(field->use & NST_FIELD_PREFIX)) {
		memset(at, 0xff, field->size);
		return;
	}
	memset(at, 0xff, item->prefix / 8);
	if (item->prefix % 8)
		at[item->prefix / 8] = (u8)(0xff << (8 - item->prefix % 8));
}

/* Largest value of a counter before its flow ends: four fifths of the range. */
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

static void nst_record_words(struct nst_words *words, const struct nst_fields *key,
			     const struct nst_fields *kept)
{
	unsigned int i;

	for (i = 0; i < NST_WORDS; i++) {
		if (key->word[i]) {
			words->key_word[words->nkey] = i;
			words->key_mask[words->nkey++] = key->word[i];
		}
		if (kept->word[i])
			words->kept_word[words->nkept++] = i;
	}
	if (words->nkey % 2) {
		words->key_word[words->nkey] = words->key_word[words->nkey - 1];
		words->nkey++;
	}
}

/*
 * What the built-in record compiles to: the first words of a packet, unchanged and in
 * order, so that its packets need not be masked or copied.
 */
static const struct nst_words nst_original_words = {
	.nkey		= NST_ORIGINAL_KEY,
	.nkept		= NST_ORIGINAL_WORDS - NST_ORIGINAL_KEY,
	.key_word	= { 0, 1, 2, 3, 4, 5 },
	.kept_word	= { 6, 7, 8 },
	.key_mask	= {
		~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL,
		~NST_FIELD_PREP(route_table, U32_MAX),
	},
};

/* Check what the packet path relies on. */
static bool nst_record_sound(const struct nst_record *rec)
{
	return rec->words.nkey + rec->words.nkept <= NST_FIRST_WORDS &&
	       (!rec->unchanged ||
		!memcmp(&rec->words, &nst_original_words, sizeof(rec->words)));
}

/* Add a value that accumulates in a word of its own. */
static void nst_record_add_fold(struct nst_words *words, u16 number,
				const struct nst_field *field)
{
	words->fold[words->nfold++] = (struct nst_folding) {
		.field	= number,
		.how	= field->fold,
		.offset	= field->offset,
		.size	= field->size,
	};
}

/* What routes say of a cut address, unless the record matches it: then packets have it. */
static void nst_record_make(struct nst_record *rec, enum netstream_field field,
			    enum nst_routes_value value, struct nst_fields *kept)
{
	const struct nst_item item = { .field = field };

	if (nst_record_matches(&rec->def, field, NULL))
		return;
	rec->made |= value;
	nst_record_mask(kept, &item);
}

/*
 * An address cut to the mask of its route.  The mask is in the key, too: other routes may
 * begin at the same address.  What routes say of it is looked up for the first packet,
 * while the whole address is known.
 */
static void nst_record_cut(struct nst_record *rec, const struct nst_item *item,
			   struct nst_fields *key, struct nst_fields *kept)
{
	rec->cut = true;
	rec->needs |= NST_NEEDS_PREFIX;
	if (item->field == NETSTREAM_FIELD_SRC_ADDR) {
		rec->needs |= NST_NEEDS_SRC_MASK;
		memset(&key->src_prefix, 0xff, sizeof(key->src_prefix));
		key->src_mask = U8_MAX;
		nst_record_make(rec, NETSTREAM_FIELD_SRC_AS, NST_ROUTES_SRC_AS, kept);
		return;
	}
	rec->needs |= NST_NEEDS_DST_MASK;
	memset(&key->dst_prefix, 0xff, sizeof(key->dst_prefix));
	key->dst_mask = U8_MAX;
	nst_record_make(rec, NETSTREAM_FIELD_DST_AS, NST_ROUTES_DST_AS, kept);
	nst_record_make(rec, NETSTREAM_FIELD_BGP_NEXT_HOP, NST_ROUTES_NEXT_HOP, kept);
}

/* What routes say of an address, and of which one. */
static u8 nst_record_route_value(enum netstream_field field,
				 enum netstream_field *address)
{
	*address = NETSTREAM_FIELD_DST_ADDR;
	switch (field) {
	case NETSTREAM_FIELD_SRC_AS:
		*address = NETSTREAM_FIELD_SRC_ADDR;
		return NST_ROUTES_SRC_AS;
	case NETSTREAM_FIELD_DST_AS:
		return NST_ROUTES_DST_AS;
	case NETSTREAM_FIELD_BGP_NEXT_HOP:
		return NST_ROUTES_NEXT_HOP;
	default:
		return 0;
	}
}

/*
 * A value of routes that is not looked up for each packet, since all packets of a flow
 * have the same, or since only the first one's is wanted.  It is kept, not in the key.
 * Which table says it depends on the interface, so that is in the key instead.
 * Return: whether the item is such a value.
 */
static bool nst_record_made(struct nst_record *rec, const struct nst_item *item,
			    struct nst_fields *key, struct nst_fields *kept)
{
	enum netstream_field address;
	u8 value = nst_record_route_value(item->field, &address);
	u8 prefix = 0;

	if (!value)
		return false;
	if (!item->collect) {
		if (!nst_record_matches(&rec->def, address, &prefix) || prefix != 128)
			return false;
		rec->follows |= value;
		rec->needs |= NST_NEEDS_ROUTE_TABLE;
		key->route_table = U32_MAX;
	}
	rec->made |= value;
	nst_record_mask(kept, item);
	return true;
}

static void nst_record_item(struct nst_record *rec, const struct nst_item *item,
			    struct nst_fields *key, struct nst_fields *kept)
{
	const struct nst_field *field = &nst_field[item->field];

	/* the value follows from the key, see nst_record_values() */
	if (item->field == NETSTREAM_FIELD_ICMP && rec->has_icmp)
		return;
	if (nst_record_made(rec, item, key, kept))
		return;
	if (item->prefix == NETSTREAM_PREFIX_ROUTE) {
		nst_record_cut(rec, item, key, kept);
		return;
	}
	rec->needs |= field->needs;
	if (!item->collect)
		nst_record_mask(key, item);
	else if (item->field == NETSTREAM_FIELD_PACKETS)
		rec->max_packets = nst_record_limit(item->width);
	else if (item->field == NETSTREAM_FIELD_BYTES)
		rec->max_bytes = nst_record_limit(item->width);
	else if (field->fold == NST_FOLD_FIRST)
		nst_record_mask(kept, item);
	else if (field->fold != NST_FOLD_FLOW)
		nst_record_add_fold(&rec->words, item->field, field);
}

/* FIN and RST end a flow only if its key identifies one connection. */
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
 * nst_record_compile - compile a record for the data path
 * @def: a valid definition
 *
 * Context: process, may sleep.
 * Return: the record with one reference, or %NULL if memory is short.
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
	rec->unchanged = nst_record_same(def, &nst_record_original);
	rec->connection = def->cache == NETSTREAM_CACHE_NORMAL &&
			  nst_record_connection(def);
	rec->has_icmp = nst_record_matches(def, NETSTREAM_FIELD_PROTOCOL, NULL) &&
			nst_record_matches(def, NETSTREAM_FIELD_DST_PORT, NULL);
	rec->max_packets = U64_MAX;
	rec->max_bytes = U64_MAX;
	key.slot = U8_MAX;
	for (i = 0; i < def->nitems; i++)
		nst_record_item(rec, &def->item[i], &key, &kept);
	rec->as_key = key.word[NST_WORD(src_as)];
	nst_record_words(&rec->words, &key, &kept);
	while (rec->words.key_word[rec->slot_word] != NST_WORD(slot))
		rec->slot_word++;
	if (def->cache == NETSTREAM_CACHE_IMMEDIATE)
		rec->max_packets = 1;
	rec->flow_size = ALIGN(offsetof(struct nst_flow, word) + sizeof(u64) *
			       (rec->words.nkey + rec->words.nkept +
				rec->words.nfold), 64);
	rec->narrow = rec->max_packets != U64_MAX || rec->max_bytes != U64_MAX;
	if (!WARN_ON_ONCE(!nst_record_sound(rec)))
		return rec;
	kfree(rec);
	return NULL;
}

/**
 * nst_record_belongs - let a monitor meter a record
 * @rec: record that was just compiled
 * @account: account of the monitor
 *
 * Its flows have the slot 0, and go to the streams of the monitor.
 *
 * Context: process.
 */
void nst_record_belongs(struct nst_record *rec, struct nst_account *account)
{
	rec->account = nst_account_get(account);
	rec->slot_base = NST_SLOT_MONITOR + account->number;
}

/**
 * nst_record_get - take another reference
 * @rec: a record that the caller has a reference to
 *
 * Context: any.
 * Return: @rec.
 */
struct nst_record *nst_record_get(struct nst_record *rec)
{
	refcount_inc(&rec->ref);
	return rec;
}

/**
 * nst_record_put - drop a reference
 * @rec: the record, or %NULL
 *
 * The record is freed at once with the last reference.  Before dropping that, the
 * caller waits for RCU readers.
 *
 * Context: process.
 */
void nst_record_put(struct nst_record *rec)
{
	if (!rec || !refcount_dec_and_test(&rec->ref))
		return;
	nst_account_put(rec->account);
	kfree(rec);
}

/**
 * nst_record_matches - whether a record matches a field
 * @def: the record
 * @field: the field
 * @prefix: set to the prefix length that is matched; may be %NULL
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

/**
 * nst_record_cuts - whether a record matches an address cut to the mask of its route
 * @def: the record
 * @address: %NETSTREAM_FIELD_SRC_ADDR or %NETSTREAM_FIELD_DST_ADDR
 *
 * Context: any.
 */
bool nst_record_cuts(const struct nst_record_def *def, enum netstream_field address)
{
	u8 prefix = 0;

	return nst_record_matches(def, address, &prefix) && prefix == NETSTREAM_PREFIX_ROUTE;
}

/**
 * nst_record_same - whether two definitions compile to the same record
 * @a: a definition
 * @b: another one
 *
 * They have the same name, the same cache, and the same fields in the same order.
 * Descriptions may differ.
 *
 * Context: any.
 */
bool nst_record_same(const struct nst_record_def *a,
		     const struct nst_record_def *b)
{
	unsigned int i;

	if (strcmp(a->name, b->name) || a->cache != b->cache || a->nitems != b->nitems)
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
 * nst_record_folds - find the accumulated value of a field
 * @rec: record
 * @field: &enum netstream_field
 *
 * Context: any.
 * Return: index into @folded of struct nst_flow_record, or -ENOENT if the field does
 *	not accumulate in a word of its own.
 */
int nst_record_folds(const struct nst_record *rec, u16 field)
{
	unsigned int i;

	for (i = 0; i < rec->words.nfold; i++)
		if (rec->words.fold[i].field == field)
			return i;
	return -ENOENT;
}

/**
 * nst_record_fold_begin - initialize the accumulated values of a new flow
 * @words: words of its record
 * @flow: the flow, which readers do not see yet
 *
 * Context: owner of the flow.
 */
void nst_record_fold_begin(const struct nst_words *words, struct nst_flow *flow)
{
	u64 *word = &flow->word[words->nkey + words->nkept];
	unsigned int i;

	for (i = 0; i < words->nfold; i++)
		word[i] = words->fold[i].how == NST_FOLD_MIN ? U64_MAX : 0;
}

/**
 * nst_record_fold - add a packet to the accumulated values of a flow
 * @words: words of the flow's record
 * @flow: the flow, between nst_flow_write_begin() and nst_flow_write_end()
 * @fields: the packet's fields
 *
 * Context: owner of the flow.
 */
void nst_record_fold(const struct nst_words *words, struct nst_flow *flow,
		     const struct nst_fields *fields)
{
	u64 *word = &flow->word[words->nkey + words->nkept], value;
	unsigned int i;

	for (i = 0; i < words->nfold; i++) {
		value = nst_field_number((const u8 *)fields + words->fold[i].offset,
					 words->fold[i].size);
		switch (words->fold[i].how) {
		case NST_FOLD_OR:
			word[i] |= value;
			break;
		case NST_FOLD_MIN:
			word[i] = min(word[i], value);
			break;
		case NST_FOLD_MAX:
			word[i] = max(word[i], value);
			break;
		case NST_FOLD_SUM:
			word[i] += value;
			break;
		default:
			word[i] = value;
			break;
		}
	}
}

/**
 * nst_record_values - unpack the values of a flow
 * @rec: record of the flow
 * @flow: the flow with its words
 * @values: result, without the times since 1970 and the end reason
 *
 * A word may be both in the key and kept.  The kept word replaces the key word, since
 * a matched field has the same value in all packets of the flow.
 *
 * Context: any.
 */
void nst_record_values(const struct nst_record *rec,
		       const struct nst_flow *flow,
		       struct nst_flow_record *values)
{
	const struct nst_words *words = &rec->words;
	const u64 *word = flow->word;
	unsigned int i;

	memset(&values->f, 0, NST_DETAIL_WORD * sizeof(u64));
	if (unlikely(rec->needs & NST_NEEDS_ANY_DETAIL))
		memset(&values->f.word[NST_DETAIL_WORD], 0,
		       sizeof(values->f) - NST_DETAIL_WORD * sizeof(u64));
	for (i = 0; i < words->nkey; i++)
		values->f.word[words->key_word[i]] |= *word++;
	for (i = 0; i < words->nkept; i++)
		values->f.word[words->kept_word[i]] = *word++;
	for (i = 0; i < words->nfold; i++)
		values->folded[i] = *word++;
	if (unlikely(rec->cut)) {
		if (nst_record_cuts(&rec->def, NETSTREAM_FIELD_SRC_ADDR))
			values->f.src = values->f.src_prefix;
		if (nst_record_cuts(&rec->def, NETSTREAM_FIELD_DST_ADDR))
			values->f.dst = values->f.dst_prefix;
	}
	values->f.tcp_flags = flow->tcp_flags;
	if (rec->has_icmp && values->f.protocol == IPPROTO_ICMPV6)
		values->f.icmp = ntohs(values->f.dport);
	values->ip_version = 6;
	values->packets = flow->packets;
	values->bytes = flow->bytes;
	values->first = flow->first;
	values->last = flow->last;
	values->flows = 1;
	values->duration = flow->last - flow->first;
}
