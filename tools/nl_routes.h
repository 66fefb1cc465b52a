/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tables of routes in the module: loading, changing, listing.
 *
 * A new table is loaded apart from the one in use and replaces it at once:
 *
 *	nl_routes_load(), nl_routes_begin(..., true, 0), nl_routes_add() ...,
 *	nl_routes_flush(), nl_routes_commit()
 *
 * The table in use is changed by
 *
 *	nl_routes_begin(..., false, generation), nl_routes_add(), nl_routes_withdraw() ...,
 *	nl_routes_flush()
 *
 * Functions that can fail return 0, or -1 with the failure filled in; its error is
 * ESTALE if somebody else has loaded the table meanwhile.
 */
#ifndef NS_NL_ROUTES_H
#define NS_NL_ROUTES_H

#include <netinet/in.h>

#include "nl_reply.h"

/**
 * struct prefix - an IPv6 prefix
 * @addr: address; bits behind the length do not matter
 * @length: 0 to 128
 */
struct prefix {
	struct in6_addr	addr;
	uint8_t		length;
};

/**
 * struct route - what BGP says of a prefix
 * @origin_as: last AS of the path; 0: the router's own, or unknown
 * @peer_as: first AS of the path
 * @next_hop: BGP next hop, IPv4 as v4-mapped; :: if unknown
 */
struct route {
	uint32_t	origin_as;
	uint32_t	peer_as;
	struct in6_addr	next_hop;
};

/**
 * struct routes_table - a table in use
 * @vrf: name of the VRF; empty: of the namespace
 * @source: where the routes come from
 * @generation: number of the load
 * @age: milliseconds since it was loaded
 * @changed: milliseconds since it was loaded or last changed
 * @bound: prefixes that it may have
 * @counts: named counts: prefixes, routes, bytes ...
 */
struct routes_table {
	char		vrf[IFNAMSIZ];
	char		source[NETSTREAM_ROUTES_SOURCE_MAX + 1];
	uint32_t	generation;
	uint64_t	age;
	uint64_t	changed;
	uint32_t	bound;
	counts		counts;
};

/**
 * struct routes_filter - which prefixes are listed; all zero: all of the namespace
 * @vrf: name of the VRF, or NULL
 * @address: only the longest prefix of this address, or NULL
 * @prefix: only this prefix, or NULL
 * @longer: with @prefix: and those that it covers
 */
struct routes_filter {
	const char		*vrf;
	const struct in6_addr	*address;
	const struct prefix	*prefix;
	bool			longer;
};

struct routes_batch;

int nl_routes_load(const char *vrf, const char *source, struct failure *why);
int nl_routes_commit(uint32_t expected, uint32_t *generation, struct failure *why);
int nl_routes_give_up(struct failure *why);
int nl_routes_drop(const char *vrf, uint32_t expected, struct failure *why);

struct routes_batch *nl_routes_begin(const char *vrf, bool load, uint32_t generation);
int nl_routes_add(struct routes_batch *b, const struct prefix *prefix,
		  const struct route *route, struct failure *why);
int nl_routes_withdraw(struct routes_batch *b, const struct prefix *prefix,
		       struct failure *why);
int nl_routes_flush(struct routes_batch *b, struct failure *why);
void nl_routes_end(struct routes_batch *b);

int nl_routes_list(const struct routes_filter *filter,
		   void (*each)(const struct prefix *, const struct route *, void *), void *arg,
		   struct failure *why);
int nl_routes_tables(void (*each)(const struct routes_table *, void *), void *arg,
		     struct failure *why);

#endif
