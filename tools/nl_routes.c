// SPDX-License-Identifier: GPL-2.0
/* Tables of routes in the module: loading, changing, listing. */
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "nl_decode.h"
#include "nl_request.h"
#include "nl_routes.h"

/* Bytes of a batch; an attribute holds 64 KiB. */
#define BATCH_SIZE	(60u << 10)

/* Room for one more prefix with a route of its own. */
#define BATCH_ROOM	128u

/**
 * struct routes_batch - changes on their way
 * @vrf: name of the VRF; empty: of the namespace
 * @load: they go into the table that is being loaded
 * @generation: that the table in use must have, or 0
 * @msg: the request, or NULL while there is none
 * @table: its nest
 * @nest: nest of the route that prefixes are added to, or NULL
 * @route: that route
 */
struct routes_batch {
	char		vrf[IFNAMSIZ];
	bool		load;
	uint32_t	generation;
	struct nl_msg	*msg;
	struct nlattr	*table;
	struct nlattr	*nest;
	struct route	route;
};

static void put_vrf(struct nl_msg *msg, const char *vrf)
{
	if (vrf && *vrf)
		nla_put_string(msg, NETSTREAM_ROUTES_A_VRF, vrf);
}

/* An attribute with a prefix as BGP writes it: length, then the bytes that it needs. */
static void put_prefix(struct nl_msg *msg, int type, const struct prefix *p)
{
	uint8_t data[1 + sizeof(p->addr)];

	data[0] = p->length;
	memcpy(data + 1, &p->addr, sizeof(p->addr));
	nla_put(msg, type, 1 + (p->length + 7) / 8, data);
}

/**
 * nl_routes_load() - begin to load a table
 * @vrf: name of the VRF that it is for, or NULL
 * @source: where the routes come from, for people; cut off if it is too long
 * @why: filled in on failure
 *
 * What was being loaded is given up.
 */
int nl_routes_load(const char *vrf, const char *source, struct failure *why)
{
	struct nl_msg *msg = nl_request(NETSTREAM_CMD_ROUTES_LOAD, NLM_F_ACK, REQUEST_SIZE, why);
	char text[NETSTREAM_ROUTES_SOURCE_MAX + 1];
	struct nlattr *nest;

	if (!msg)
		return -1;
	snprintf(text, sizeof(text), "%s", source);
	nest = nla_nest_start(msg, NETSTREAM_A_ROUTES);
	put_vrf(msg, vrf);
	nla_put_string(msg, NETSTREAM_ROUTES_A_SOURCE, text);
	nla_nest_end(msg, nest);
	return nl_exchange(msg, NULL, NULL, NULL, why);
}

static void generation_message(struct nlattr *attrs, int len, void *arg)
{
	struct nlattr *nest = nla_find(attrs, len, NETSTREAM_A_ROUTES), *a;
	uint32_t *generation = arg;

	if (!nest)
		return;
	a = nla_find(nla_data(nest), nla_len(nest), NETSTREAM_ROUTES_A_GENERATION);
	if (a)
		*generation = attr_number(a);
}

/**
 * nl_routes_commit() - what was loaded replaces the table in use
 * @expected: generation that the table in use must have, or 0
 * @generation: set to that of the new one
 * @why: filled in on failure
 */
int nl_routes_commit(uint32_t expected, uint32_t *generation, struct failure *why)
{
	struct nl_msg *msg = nl_request(NETSTREAM_CMD_ROUTES_COMMIT, NLM_F_ACK, REQUEST_SIZE,
					why);
	struct nlattr *nest;

	if (!msg)
		return -1;
	nest = nla_nest_start(msg, NETSTREAM_A_ROUTES);
	if (expected)
		nla_put_u32(msg, NETSTREAM_ROUTES_A_GENERATION, expected);
	nla_nest_end(msg, nest);
	return nl_exchange(msg, NULL, generation_message, generation, why);
}

static int drop(const char *vrf, bool load, uint32_t expected, struct failure *why)
{
	struct nl_msg *msg = nl_request(NETSTREAM_CMD_ROUTES_DROP, NLM_F_ACK, REQUEST_SIZE, why);
	struct nlattr *nest;

	if (!msg)
		return -1;
	nest = nla_nest_start(msg, NETSTREAM_A_ROUTES);
	put_vrf(msg, vrf);
	if (load)
		nla_put_flag(msg, NETSTREAM_ROUTES_A_LOAD);
	if (expected)
		nla_put_u32(msg, NETSTREAM_ROUTES_A_GENERATION, expected);
	nla_nest_end(msg, nest);
	return nl_exchange(msg, NULL, NULL, NULL, why);
}

/* nl_routes_give_up() - give up what is being loaded */
int nl_routes_give_up(struct failure *why)
{
	return drop(NULL, true, 0, why);
}

/**
 * nl_routes_drop() - remove a table that is in use
 * @vrf: name of its VRF, or NULL
 * @expected: its generation, or 0
 * @why: filled in on failure
 */
int nl_routes_drop(const char *vrf, uint32_t expected, struct failure *why)
{
	return drop(vrf, false, expected, why);
}

/**
 * nl_routes_begin() - begin to collect changes
 * @vrf: name of the VRF whose table is changed, or NULL
 * @load: change the table that is being loaded instead; then @vrf does not matter
 * @generation: that the table in use must have, or 0
 *
 * Return: a batch; to be freed with nl_routes_end().
 */
struct routes_batch *nl_routes_begin(const char *vrf, bool load, uint32_t generation)
{
	struct routes_batch *b = xcalloc(1, sizeof(*b));

	if (vrf && !load)
		snprintf(b->vrf, sizeof(b->vrf), "%s", vrf);
	b->load = load;
	b->generation = load ? 0 : generation;
	return b;
}

/**
 * nl_routes_flush() - send the changes collected so far
 * @b: batch, which then is empty
 * @why: filled in on failure; earlier changes of the batch may have taken effect
 */
int nl_routes_flush(struct routes_batch *b, struct failure *why)
{
	struct nl_msg *msg = b->msg;

	if (!msg)
		return 0;
	if (b->nest)
		nla_nest_end(msg, b->nest);
	nla_nest_end(msg, b->table);
	b->msg = NULL;
	b->nest = NULL;
	return nl_exchange(msg, NULL, NULL, NULL, why);
}

/* Make room for one more change. */
static int make_room(struct routes_batch *b, struct failure *why)
{
	if (b->msg && nlmsg_hdr(b->msg)->nlmsg_len + BATCH_ROOM > BATCH_SIZE &&
	    nl_routes_flush(b, why))
		return -1;
	if (b->msg)
		return 0;
	b->msg = nl_request(NETSTREAM_CMD_ROUTES_CHANGE, NLM_F_ACK, BATCH_SIZE, why);
	if (!b->msg)
		return -1;
	b->table = nla_nest_start(b->msg, NETSTREAM_A_ROUTES);
	put_vrf(b->msg, b->vrf);
	if (b->load)
		nla_put_flag(b->msg, NETSTREAM_ROUTES_A_LOAD);
	if (b->generation)
		nla_put_u32(b->msg, NETSTREAM_ROUTES_A_GENERATION, b->generation);
	return 0;
}

static bool same_route(const struct route *a, const struct route *b)
{
	return a->origin_as == b->origin_as && a->peer_as == b->peer_as &&
	       !memcmp(&a->next_hop, &b->next_hop, sizeof(a->next_hop));
}

/**
 * nl_routes_add() - add a prefix, or replace its route
 * @b: batch; it is sent when it is full
 * @prefix: prefix
 * @route: its route; successive prefixes with the same one take least room
 * @why: filled in on failure
 */
int nl_routes_add(struct routes_batch *b, const struct prefix *prefix,
		  const struct route *route, struct failure *why)
{
	if (make_room(b, why))
		return -1;
	if (b->nest && !same_route(&b->route, route)) {
		nla_nest_end(b->msg, b->nest);
		b->nest = NULL;
	}
	if (!b->nest) {
		b->nest = nla_nest_start(b->msg, NETSTREAM_ROUTES_A_ROUTE);
		nla_put_u32(b->msg, NETSTREAM_ROUTE_A_ORIGIN_AS, route->origin_as);
		nla_put_u32(b->msg, NETSTREAM_ROUTE_A_PEER_AS, route->peer_as);
		nla_put(b->msg, NETSTREAM_ROUTE_A_NEXT_HOP, sizeof(route->next_hop),
			&route->next_hop);
		b->route = *route;
	}
	put_prefix(b->msg, NETSTREAM_ROUTE_A_PREFIX, prefix);
	return 0;
}

/**
 * nl_routes_withdraw() - remove a prefix
 * @b: batch; it is sent when it is full
 * @prefix: prefix, which need not be there
 * @why: filled in on failure
 */
int nl_routes_withdraw(struct routes_batch *b, const struct prefix *prefix,
		       struct failure *why)
{
	if (make_room(b, why))
		return -1;
	if (b->nest) {
		nla_nest_end(b->msg, b->nest);
		b->nest = NULL;
	}
	put_prefix(b->msg, NETSTREAM_ROUTES_A_WITHDRAW, prefix);
	return 0;
}

/* nl_routes_end() - free a batch; what has not been sent is forgotten */
void nl_routes_end(struct routes_batch *b)
{
	if (b)
		nlmsg_free(b->msg);
	free(b);
}

/* ------------------------------------------------------------------ listing */

struct listing {
	void	(*each)(const struct prefix *, const struct route *, void *);
	void	*arg;
};

static void decode_prefix(struct prefix *p, struct nlattr *a)
{
	const uint8_t *data = nla_data(a);
	int len = nla_len(a);

	memset(p, 0, sizeof(*p));
	if (!len)
		return;
	p->length = data[0];
	len = len - 1 < (int)sizeof(p->addr) ? len - 1 : (int)sizeof(p->addr);
	memcpy(&p->addr, data + 1, len);
}

static void decode_route(struct nlattr *nest, const struct listing *l)
{
	struct route route = { 0 };
	struct prefix prefix = { 0 };
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		switch (nla_type(a)) {
		case NETSTREAM_ROUTE_A_ORIGIN_AS:
			route.origin_as = attr_number(a);
			break;
		case NETSTREAM_ROUTE_A_PEER_AS:
			route.peer_as = attr_number(a);
			break;
		case NETSTREAM_ROUTE_A_NEXT_HOP:
			attr_bytes(&route.next_hop, a, sizeof(route.next_hop));
			break;
		case NETSTREAM_ROUTE_A_PREFIX:
			decode_prefix(&prefix, a);
			break;
		}
	}
	l->each(&prefix, &route, l->arg);
}

static void route_message(struct nlattr *attrs, int len, void *arg)
{
	struct nlattr *nest = nla_find(attrs, len, NETSTREAM_A_ROUTES), *a;
	int rem;

	if (!nest)
		return;
	nla_for_each_nested(a, nest, rem)
		if (nla_type(a) == NETSTREAM_ROUTES_A_ROUTE)
			decode_route(a, arg);
}

/**
 * nl_routes_list() - list prefixes, in the order of addresses, shorter ones first
 * @filter: which ones
 * @each: called for each
 * @arg: passed to @each
 * @why: filled in on failure
 *
 * Return: 0, -1 on failure, 1 if the table was replaced meanwhile: then the list is not
 * complete.
 */
int nl_routes_list(const struct routes_filter *filter,
		   void (*each)(const struct prefix *, const struct route *, void *), void *arg,
		   struct failure *why)
{
	struct nl_msg *msg = nl_request(NETSTREAM_CMD_ROUTES_GET, NLM_F_DUMP, REQUEST_SIZE, why);
	struct listing l = { .each = each, .arg = arg };
	struct nlattr *nest;

	if (!msg)
		return -1;
	nest = nla_nest_start(msg, NETSTREAM_A_ROUTES);
	put_vrf(msg, filter->vrf);
	if (filter->address)
		nla_put(msg, NETSTREAM_ROUTES_A_ADDRESS, sizeof(*filter->address),
			filter->address);
	if (filter->prefix)
		put_prefix(msg, NETSTREAM_ROUTES_A_PREFIX, filter->prefix);
	if (filter->longer)
		nla_put_flag(msg, NETSTREAM_ROUTES_A_LONGER);
	nla_nest_end(msg, nest);
	return nl_exchange(msg, NULL, route_message, &l, why);
}

struct tables {
	void	(*each)(const struct routes_table *, void *);
	void	*arg;
};

static void decode_table(struct routes_table *t, struct nlattr *nest)
{
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		switch (nla_type(a)) {
		case NETSTREAM_ROUTES_A_VRF:
			attr_string(t->vrf, a, sizeof(t->vrf));
			break;
		case NETSTREAM_ROUTES_A_SOURCE:
			attr_string(t->source, a, sizeof(t->source));
			break;
		case NETSTREAM_ROUTES_A_GENERATION:
			t->generation = attr_number(a);
			break;
		case NETSTREAM_ROUTES_A_AGE:
			t->age = attr_number(a);
			break;
		case NETSTREAM_ROUTES_A_CHANGED:
			t->changed = attr_number(a);
			break;
		case NETSTREAM_ROUTES_A_BOUND:
			t->bound = attr_number(a);
			break;
		case NETSTREAM_ROUTES_A_COUNT:
			count_decode(vec_push(&t->counts), a);
			break;
		}
	}
}

static void table_message(struct nlattr *attrs, int len, void *arg)
{
	struct nlattr *nest = nla_find(attrs, len, NETSTREAM_A_ROUTES);
	struct routes_table t = { 0 };
	const struct tables *all = arg;

	if (!nest)
		return;
	decode_table(&t, nest);
	all->each(&t, all->arg);
	vec_free(&t.counts);
}

/**
 * nl_routes_tables() - list the tables in use
 * @each: called for each
 * @arg: passed to @each
 * @why: filled in on failure
 */
int nl_routes_tables(void (*each)(const struct routes_table *, void *), void *arg,
		     struct failure *why)
{
	struct nl_msg *msg = nl_request(NETSTREAM_CMD_ROUTES_STATS_GET, NLM_F_DUMP, REQUEST_SIZE,
					why);
	struct tables all = { .each = each, .arg = arg };

	if (!msg)
		return -1;
	return nl_exchange(msg, NULL, table_message, &all, why) < 0 ? -1 : 0;
}
