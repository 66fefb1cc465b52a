/* SPDX-License-Identifier: GPL-2.0 */
/* What BGP says of prefixes: origin AS, peer AS and next hop. */
#ifndef _NST_ROUTES_H
#define _NST_ROUTES_H

#include <linux/in6.h>
#include <linux/types.h>

#include "lpm.h"

struct nst_fields;
struct nst_routes;

/**
 * enum nst_routes_value - values that a packet or a flow may get from its routes, a mask
 * @NST_ROUTES_SRC_AS: AS number of the source
 * @NST_ROUTES_DST_AS: AS number of the destination
 * @NST_ROUTES_NEXT_HOP: BGP next hop towards the destination
 * @NST_ROUTES_SRC_MASK: prefix length of the source, if it is not known yet (0)
 * @NST_ROUTES_DST_MASK: prefix length of the destination, likewise
 * @NST_ROUTES_PEER: the AS numbers are those of the neighbours, not of the origins
 */
enum nst_routes_value {
	NST_ROUTES_SRC_AS	= 1 << 0,
	NST_ROUTES_DST_AS	= 1 << 1,
	NST_ROUTES_NEXT_HOP	= 1 << 2,
	NST_ROUTES_PEER		= 1 << 3,
	NST_ROUTES_SRC_MASK	= 1 << 4,
	NST_ROUTES_DST_MASK	= 1 << 5,
};

/**
 * struct nst_route - what BGP says of a prefix
 * @next_hop: BGP next hop; the unspecified address: unknown.  The global address
 *	where a link-local one comes along, v4-mapped for an IPv4 next hop.
 * @origin_as: last AS of the path; 0: of the router's own AS, or unknown
 * @peer_as: first AS of the path, the neighbour; 0 as above
 */
struct nst_route {
	struct in6_addr	next_hop;
	u32		origin_as;
	u32		peer_as;
};

/**
 * struct nst_routes_sizes - how large a table is
 * @prefixes: prefixes
 * @routes: different &struct nst_route of them
 * @bytes: memory, with what waits to be used again
 */
struct nst_routes_sizes {
	unsigned int	prefixes;
	unsigned int	routes;
	size_t		bytes;
};

typedef int (*nst_routes_visit)(const struct nst_lpm_key *key,
				const struct nst_route *route, void *data);

struct nst_routes *nst_routes_create(unsigned int bound);
void nst_routes_bound(struct nst_routes *routes, unsigned int bound);
unsigned int nst_routes_count(const struct nst_routes *routes);
void nst_routes_publish(struct nst_routes *routes);
void nst_routes_destroy(struct nst_routes *routes);
int nst_routes_add(struct nst_routes *routes, const struct nst_lpm_key *key,
		   const struct nst_route *route);
int nst_routes_withdraw(struct nst_routes *routes,
			const struct nst_lpm_key *key);
const struct nst_route *nst_routes_lookup(const struct nst_routes *routes,
					  const struct in6_addr *addr,
					  u8 *length);
void nst_routes_values(const struct nst_routes *routes, u8 what,
		       struct nst_fields *fields);
const struct nst_route *nst_routes_get(const struct nst_routes *routes,
				       const struct nst_lpm_key *key);
int nst_routes_walk(const struct nst_routes *routes,
		    const struct nst_lpm_key *after, nst_routes_visit visit,
		    void *data);
void nst_routes_size(const struct nst_routes *routes,
		     struct nst_routes_sizes *size);

#endif /* _NST_ROUTES_H */
