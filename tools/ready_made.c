// SPDX-License-Identifier: GPL-2.0
/*
 * Ready-made records.  Applying one that is not defined defines it, so it can be shown,
 * changed and removed like any other.
 *
 * original-input and original-output are those of Flexible NetFlow, the others the
 * aggregations of both kinds of routers, with the class of traffic where the name ends
 * in "-tos".
 */
#include <linux/netstream.h>
#include <stdio.h>
#include <string.h>

#include "field.h"
#include "ready_made.h"
#include "util.h"

#define F(field)	NETSTREAM_FIELD_##field
#define TOS_SUFFIX	"-tos"
#define PREFIX		64	/* as routers aggregate IPv6 */
#define WIDTH		64

/**
 * struct ready_made - a record
 * @name: its name
 * @tos: there is another of this name and "-tos", which matches the traffic class as well
 * @prefix: matched bits of addresses
 * @match: fields to match, up to the first 0
 * @collect: fields to collect beside counters and times, likewise
 */
struct ready_made {
	const char	*name;
	bool		tos;
	uint8_t		prefix;
	uint16_t	match[12];
	uint16_t	collect[8];
};

static const struct ready_made ready_made[] = {
	{ "original-input", .match = {
		F(SRC_ADDR), F(DST_ADDR), F(SRC_PORT), F(DST_PORT), F(PROTOCOL), F(TOS),
		F(FLOW_LABEL), F(EXTENSIONS), F(INPUT_IF), F(DIRECTION) },
	  .collect = { F(SRC_MASK), F(DST_MASK), F(TCP_FLAG), F(OUTPUT_IF), F(NEXT_HOP) } },
	{ "original-output", .match = {
		F(SRC_ADDR), F(DST_ADDR), F(SRC_PORT), F(DST_PORT), F(PROTOCOL), F(TOS),
		F(FLOW_LABEL), F(EXTENSIONS), F(OUTPUT_IF), F(DIRECTION) },
	  .collect = { F(SRC_MASK), F(DST_MASK), F(TCP_FLAG), F(INPUT_IF), F(NEXT_HOP) } },
	{ "as", .tos = true, .match = {
		F(SRC_AS), F(DST_AS), F(INPUT_IF), F(OUTPUT_IF), F(DIRECTION) },
	  .collect = { F(FLOWS) } },
	{ "protocol-port", .tos = true, .match = {
		F(PROTOCOL), F(SRC_PORT), F(DST_PORT), F(DIRECTION) },
	  .collect = { F(FLOWS) } },
	{ "prefix", .tos = true, .prefix = PREFIX, .match = {
		F(SRC_ADDR), F(DST_ADDR), F(SRC_MASK), F(DST_MASK), F(INPUT_IF), F(OUTPUT_IF),
		F(DIRECTION) }, .collect = { F(FLOWS) } },
	{ "source-prefix", .tos = true, .prefix = PREFIX, .match = {
		F(SRC_ADDR), F(SRC_MASK), F(INPUT_IF), F(DIRECTION) }, .collect = { F(FLOWS) } },
	{ "destination-prefix", .tos = true, .prefix = PREFIX, .match = {
		F(DST_ADDR), F(DST_MASK), F(OUTPUT_IF), F(DIRECTION) }, .collect = { F(FLOWS) } },
	{ "bgp-nexthop", .tos = true, .match = {
		F(SRC_AS), F(DST_AS), F(BGP_NEXT_HOP), F(INPUT_IF), F(OUTPUT_IF), F(DIRECTION) },
	  .collect = { F(FLOWS) } },
};

/* What all of them count. */
static const uint16_t counters[] = { F(PACKETS), F(BYTES), F(FIRST), F(LAST) };

/* @tos: set to whether the name ends in "-tos" */
static const struct ready_made *find(const char *name, bool *tos)
{
	const struct ready_made *r = ready_made;
	size_t length;

	for (; r < ready_made + ARRAY_SIZE(ready_made); r++) {
		length = strlen(r->name);
		if (strncmp(name, r->name, length))
			continue;
		*tos = r->tos && !strcmp(name + length, TOS_SUFFIX);
		if (!name[length] || *tos)
			return r;
	}
	return NULL;
}

/* Whether there is a ready-made record of a name. */
bool ready_made_is(const char *name)
{
	bool tos;

	return find(name, &tos);
}

/**
 * ready_made_name() - the names, one after another
 * @i: 0 and up
 *
 * Return: NULL behind the last one; valid until the next call.
 */
const char *ready_made_name(unsigned int i)
{
	static char name[NETSTREAM_RECORD_NAME_MAX + 1];
	const struct ready_made *r = ready_made;

	for (; r < ready_made + ARRAY_SIZE(ready_made); r++) {
		if (i < 1u + r->tos) {
			snprintf(name, sizeof(name), "%s%s", r->name, i ? TOS_SUFFIX : "");
			return name;
		}
		i -= 1 + r->tos;
	}
	return NULL;
}

static void add_items(items *list, const uint16_t *field, size_t max, uint8_t prefix,
		      struct origin at)
{
	struct item *item;
	size_t i;

	for (i = 0; i < max && field[i]; i++) {
		item = vec_push(list);
		item->field = field[i];
		item->at = at;
		if (field_row(field[i])->use & FIELD_PREFIX)
			item->prefix = prefix;
		if (field_row(field[i])->use & FIELD_WIDTH)
			item->width = WIDTH;
	}
}

/**
 * ready_made_add() - define a ready-made record
 * @c: the configuration, which has no record of this name and room for one
 * @name: a name for which ready_made_is() is true
 * @at: the line that asks for it
 */
void ready_made_add(struct config *c, const char *name, struct origin at)
{
	static const uint16_t class_of_traffic[] = { F(TOS) };
	bool tos;
	const struct ready_made *made = find(name, &tos);
	struct record *r = config_record_add(c, name, at);

	add_items(&r->match, made->match, ARRAY_SIZE(made->match), made->prefix, at);
	if (tos)
		add_items(&r->match, class_of_traffic, 1, 0, at);
	add_items(&r->collect, made->collect, ARRAY_SIZE(made->collect), 0, at);
	add_items(&r->collect, counters, ARRAY_SIZE(counters), 0, at);
	c->revision++;
}
