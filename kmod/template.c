// SPDX-License-Identifier: GPL-2.0
/*
 * Templates.  The template, the data records and their length all come from the
 * table of fields (field.c), so they always agree.
 */
#include <linux/slab.h>

#include "template.h"

/* IANA: counts since the flow began; IN_PERMANENT_BYTES, IN_PERMANENT_PKTS in version 9. */
#define NST_OCTET_TOTAL_COUNT	85
#define NST_PACKET_TOTAL_COUNT	86

/* How a value of @size bytes is written into @length bytes. */
static u8 nst_template_copy(u8 type, u8 size, u16 length)
{
	if (type != NST_FIELD_NUMBER)
		return NST_COPY_BYTES;
	if (size == sizeof(u32) && length == 3)
		return NST_COPY_U24;
	if (size != length || size == sizeof(u64))
		return NST_COPY_COUNTER;
	switch (size) {
	case 1:
		return NST_COPY_U8;
	case 2:
		return NST_COPY_U16;
	default:
		return NST_COPY_U32;
	}
}

/* The element of a counter that is not of what came since the last export; 0: none. */
static u16 nst_template_total(u16 number)
{
	switch (number) {
	case NETSTREAM_FIELD_BYTES:
		return NST_OCTET_TOTAL_COUNT;
	case NETSTREAM_FIELD_PACKETS:
		return NST_PACKET_TOTAL_COUNT;
	default:
		return 0;
	}
}

/* Whether a field is written into two bytes of its four. */
static bool nst_template_shortens(const struct nst_template *tmpl, u8 shorten)
{
	if (shorten == NST_SHORTEN_AS)
		return tmpl->options.as_mode == NETSTREAM_WIDTH_16;
	return shorten == NST_SHORTEN_INDEX &&
	       tmpl->options.index_switch == NETSTREAM_WIDTH_16;
}

static void nst_template_add(struct nst_template *tmpl, u16 number, u8 width)
{
	const struct nst_field *field = &nst_field[number];
	const struct nst_element *element = tmpl->version == NETSTREAM_VERSION_IPFIX ?
				       &field->ipfix : &field->v9;
	struct nst_field_spec *spec = &tmpl->field[tmpl->nfields++];
	u8 size = element->size ?: field->size;
	int folded;

	spec->field = number;
	spec->type = element->id;
	spec->length = element->length ?: width / 8;
	spec->offset = element->offset ?: field->offset;
	if (tmpl->rec->def.cache == NETSTREAM_CACHE_PERMANENT)
		spec->type = nst_template_total(number) ?: spec->type;
	folded = nst_record_folds(tmpl->rec, number);
	if (folded >= 0) {
		spec->offset = offsetof(struct nst_flow_record, folded[folded]);
		size = sizeof(u64);
	}
	spec->how = nst_template_copy(field->type, size, spec->length);
	if (nst_template_shortens(tmpl, field->shorten)) {
		spec->length = sizeof(u16);
		spec->how = field->shorten == NST_SHORTEN_AS ? NST_COPY_AS16 :
							       NST_COPY_INDEX16;
	}
	tmpl->length += spec->length;
}

static u64 nst_template_counter_max(u8 width)
{
	return width == 64 ? U64_MAX : (1ULL << width) - 1;
}

static void nst_template_items(struct nst_template *tmpl)
{
	const struct nst_record_def *def = &tmpl->rec->def;
	const struct nst_item *item;
	unsigned int i;

	for (i = 0; i < def->nitems; i++) {
		item = &def->item[i];
		nst_template_add(tmpl, item->field, item->width);
		if (item->field == NETSTREAM_FIELD_PACKETS)
			tmpl->max_packets = nst_template_counter_max(item->width);
		if (item->field == NETSTREAM_FIELD_BYTES)
			tmpl->max_bytes = nst_template_counter_max(item->width);
	}
	/* the segments of a super-packet are records of their own */
	if (tmpl->rec->def.cache == NETSTREAM_CACHE_IMMEDIATE)
		tmpl->max_packets = 1;
}

static bool nst_template_has(const struct nst_template *tmpl, u16 field)
{
	unsigned int i;

	for (i = 0; i < tmpl->nfields; i++)
		if (tmpl->field[i].field == field)
			return true;
	return false;
}

/*
 * A field that @key determines: append it unless the record has it, and look it up when
 * a flow is exported, unless the record matches it.  That of an address that is cut to
 * the mask of its route was looked up when the flow was made: the route of its first
 * address may be another one.
 */
static void nst_template_append(struct nst_template *tmpl, u16 field, u16 key,
				enum nst_routes_value value)
{
	const struct nst_record_def *def = &tmpl->rec->def;

	if (!nst_record_matches(def, key, NULL) ||
	    nst_record_matches(def, field, NULL))
		return;
	if (!nst_record_cuts(def, key) || !(tmpl->rec->made & value))
		tmpl->routes |= value;
	if (!nst_template_has(tmpl, field))
		nst_template_add(tmpl, field, 0);
}

/*
 * What the model system's original flows have beyond the record.  It is looked up when
 * a flow is exported, so that packets cost no more.  Masks cost two lookups in the
 * forwarding table, as much as the rest of the export, so only those who ask for AS
 * numbers get them.
 */
static void nst_template_original(struct nst_template *tmpl)
{
	nst_template_add(tmpl, NETSTREAM_FIELD_SRC_VLAN, 0);
	nst_template_add(tmpl, NETSTREAM_FIELD_DST_VLAN, 0);
	tmpl->vlans = true;
	if (tmpl->options.as_type == NETSTREAM_AS_NONE)
		return;
	nst_template_append(tmpl, NETSTREAM_FIELD_SRC_MASK, NETSTREAM_FIELD_SRC_ADDR,
			    NST_ROUTES_SRC_MASK);
	nst_template_append(tmpl, NETSTREAM_FIELD_DST_MASK, NETSTREAM_FIELD_DST_ADDR,
			    NST_ROUTES_DST_MASK);
}

/*
 * Append what collectors need and cannot derive from the record. nfdump and goflow2
 * read ICMPv6 type and code from an element of their own. nfacctd drops a data
 * record that has neither an address nor an IP version.
 */
static void nst_template_complete(struct nst_template *tmpl)
{
	const struct nst_record *rec = tmpl->rec;

	if (rec->has_icmp && !nst_template_has(tmpl, NETSTREAM_FIELD_ICMP))
		nst_template_add(tmpl, NETSTREAM_FIELD_ICMP, 0);
	if (!nst_record_matches(&rec->def, NETSTREAM_FIELD_SRC_ADDR, NULL) &&
	    !nst_record_matches(&rec->def, NETSTREAM_FIELD_DST_ADDR, NULL) &&
	    !nst_template_has(tmpl, NETSTREAM_FIELD_IP_VERSION))
		nst_template_add(tmpl, NETSTREAM_FIELD_IP_VERSION, 0);
}

static void nst_template_pad(struct nst_template *tmpl)
{
	struct nst_field_spec *spec;

	if (tmpl->length >= NST_TEMPLATE_RECORD_MIN)
		return;
	spec = &tmpl->field[tmpl->nfields++];
	spec->type = NST_TEMPLATE_PADDING;
	spec->length = NST_TEMPLATE_RECORD_MIN - tmpl->length;
	spec->how = NST_COPY_ZERO;
	tmpl->length = NST_TEMPLATE_RECORD_MIN;
}

/**
 * nst_template_create - make the template of a record
 * @rec: the record; a reference is taken
 * @version: &enum netstream_version
 * @options: what it depends on besides
 * @id: template ID
 *
 * Context: process, may sleep.
 * Return: the template with one reference, or %NULL for lack of memory.
 */
struct nst_template *nst_template_create(struct nst_record *rec, u8 version,
					 const struct nst_template_options *options,
					 u16 id)
{
	struct nst_template *tmpl = kzalloc(sizeof(*tmpl), GFP_KERNEL_ACCOUNT);

	if (!tmpl)
		return NULL;
	refcount_set(&tmpl->ref, 1);
	tmpl->rec = nst_record_get(rec);
	tmpl->id = id;
	tmpl->version = version;
	tmpl->options = *options;
	tmpl->max_packets = U64_MAX;
	tmpl->max_bytes = U64_MAX;
	nst_template_items(tmpl);
	if (rec->original)
		nst_template_original(tmpl);
	if (options->as_type != NETSTREAM_AS_NONE) {
		nst_template_append(tmpl, NETSTREAM_FIELD_SRC_AS,
				    NETSTREAM_FIELD_SRC_ADDR, NST_ROUTES_SRC_AS);
		nst_template_append(tmpl, NETSTREAM_FIELD_DST_AS,
				    NETSTREAM_FIELD_DST_ADDR, NST_ROUTES_DST_AS);
	}
	if (options->bgp_nexthop)
		nst_template_append(tmpl, NETSTREAM_FIELD_BGP_NEXT_HOP,
				    NETSTREAM_FIELD_DST_ADDR,
				    NST_ROUTES_NEXT_HOP);
	if (tmpl->routes && options->as_type == NETSTREAM_AS_PEER)
		tmpl->routes |= NST_ROUTES_PEER;
	nst_template_complete(tmpl);
	nst_template_pad(tmpl);
	return tmpl;
}

/**
 * nst_template_get - take another reference
 * @tmpl: template
 *
 * Context: any.
 */
struct nst_template *nst_template_get(struct nst_template *tmpl)
{
	refcount_inc(&tmpl->ref);
	return tmpl;
}

/**
 * nst_template_put - drop a reference
 * @tmpl: template, may be %NULL
 *
 * Context: any.
 */
void nst_template_put(struct nst_template *tmpl)
{
	if (!tmpl || !refcount_dec_and_test(&tmpl->ref))
		return;
	nst_record_put(tmpl->rec);
	kfree(tmpl);
}
