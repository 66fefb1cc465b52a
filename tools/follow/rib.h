/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The paths of all peers, and the best one of each prefix.
 *
 * A peer that is lost leaves its paths behind as stale.  What it does not announce again
 * until the end of its routes is swept.  Marking costs nothing: a path carries the number of
 * the session that brought it.
 */
#ifndef NS_RIB_H
#define NS_RIB_H

#include <netinet/in.h>
#include <stdint.h>

#include "bgp_update.h"

/**
 * struct rib_peer - where paths come from
 * @address: its address; v4-mapped for IPv4
 * @identifier: its BGP identifier
 * @preference: configured; a higher one is better
 * @external: it is in another AS
 * @live: it has a session; its paths of earlier sessions are stale
 * @session: number of the present or last session, modulo 65536
 * @paths: number of its paths
 * @index: its number in the table; private
 */
struct rib_peer {
	struct in6_addr	address;
	uint32_t	identifier;
	uint32_t	preference;
	bool		external;
	bool		live;
	uint16_t	session;
	size_t		paths;
	uint16_t	index;
};

/**
 * struct rib_route - what the module is told of a prefix
 * @next_hop: BGP next hop
 * @origin_as: AS that originates it
 * @peer_as: neighbour AS
 */
struct rib_route {
	struct in6_addr	next_hop;
	uint32_t	origin_as;
	uint32_t	peer_as;
};

/**
 * struct rib_counts - how large a table is
 * @prefixes: prefixes with a path
 * @paths: paths
 * @routes: different combinations of attributes
 * @bytes: memory of all that
 */
struct rib_counts {
	size_t	prefixes;
	size_t	paths;
	size_t	routes;
	size_t	bytes;
};

/* Is told of a prefix and its route; NULL: it has none. */
typedef void (*rib_visit)(const struct in6_addr *address, unsigned int length,
			  const struct rib_route *route, void *arg);

struct rib;

struct rib *rib_new(void);
void rib_free(struct rib *r);
int rib_add_peer(struct rib *r, struct rib_peer *p);
void rib_remove_peer(struct rib *r, struct rib_peer *p);
void rib_peer_up(struct rib *r, struct rib_peer *p);
void rib_peer_lost(struct rib *r, struct rib_peer *p);
void rib_sweep(struct rib *r, struct rib_peer *p);
void rib_flush(struct rib *r, struct rib_peer *p);
void rib_announce(struct rib *r, struct rib_peer *p, const struct bgp_prefix *prefix,
		  const struct bgp_path *path);
void rib_withdraw(struct rib *r, struct rib_peer *p, const struct bgp_prefix *prefix);
bool rib_has_changes(const struct rib *r);
void rib_changes(struct rib *r, rib_visit visit, void *arg);
void rib_all(struct rib *r, rib_visit visit, void *arg);
void rib_count(const struct rib *r, struct rib_counts *counts);

#endif
