// SPDX-License-Identifier: GPL-2.0
/*
 * A table of routes: prefixes, and what BGP says of them.
 *
 * Many prefixes have the same origin, neighbour and next hop, so each combination is
 * stored once.  The trie's value is its number plus one.  A combination that no
 * prefix uses any more stays where it is, since it is likely to come back.  When
 * there are many, they are freed together after one grace period.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "flow.h"
#include "hash.h"
#include "routes.h"

#define NST_ROUTES_CHUNK_BITS	10
#define NST_ROUTES_CHUNK	BIT(NST_ROUTES_CHUNK_BITS)
#define NST_ROUTES_CHUNKS	2048
#define NST_ROUTES_BUCKETS	256
/* Unused combinations are freed when there are so many, and as many as used ones. */
#define NST_ROUTES_IDLE		4096

/**
 * struct nst_routes_entry - a combination
 * @route: the combination
 * @uses: prefixes that have it
 * @next: next entry of its bucket, or of the free list, by number plus one
 */
struct nst_routes_entry {
	struct nst_route	route;
	u32			uses;
	u32			next;
};

/**
 * struct nst_routes - a table
 * @lpm: prefixes
 * @chunk: combinations
 * @bucket: hash of combinations, for the writer; first entry by number plus one
 * @buckets: how many of them, a power of two
 * @bound: most prefixes
 * @entries: combinations that have a number
 * @live: those of them in @bucket
 * @idle: those of @live that no prefix has
 * @free: list of numbers that can be given out again
 * @published: whether readers may see the table
 * @secret: of the hash
 */
struct nst_routes {
	struct nst_lpm		*lpm;
	struct nst_routes_entry	*chunk[NST_ROUTES_CHUNKS];
	u32			*bucket;
	unsigned int		buckets;
	unsigned int		bound;
	unsigned int		entries;
	unsigned int		live;
	unsigned int		idle;
	u32			free;
	bool			published;
	u64			secret[NST_SECRET_WORDS];
};

static struct nst_routes_entry *nst_routes_entry(const struct nst_routes *routes,
						 u32 number)
{
	return &routes->chunk[number >> NST_ROUTES_CHUNK_BITS]
			     [number & (NST_ROUTES_CHUNK - 1)];
}

static u32 *nst_routes_bucket(const struct nst_routes *routes,
			      const struct nst_route *route)
{
	u64 key[4] = { (u64)route->origin_as << 32 | route->peer_as };

	memcpy(&key[2], &route->next_hop, sizeof(route->next_hop));
	return &routes->bucket[nst_hash(key, ARRAY_SIZE(key), routes->secret) &
			       (routes->buckets - 1)];
}

static bool nst_routes_same(const struct nst_route *a, const struct nst_route *b)
{
	return a->origin_as == b->origin_as && a->peer_as == b->peer_as &&
	       !memcmp(&a->next_hop, &b->next_hop, sizeof(a->next_hop));
}

/* Longer chains without memory for more buckets: slower, not wrong. */
static void nst_routes_grow(struct nst_routes *routes)
{
	unsigned int old = routes->buckets, i;
	struct nst_routes_entry *entry;
	u32 *from = routes->bucket, *to, next, number;

	to = kvcalloc(2 * old, sizeof(*to), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!to)
		return;
	routes->bucket = to;
	routes->buckets = 2 * old;
	for (i = 0; i < old; i++)
		for (number = from[i]; number; number = next) {
			entry = nst_routes_entry(routes, number - 1);
			next = entry->next;
			to = nst_routes_bucket(routes, &entry->route);
			entry->next = *to;
			*to = number;
		}
	kvfree(from);
}

/* Free the combinations that no prefix has. */
static void nst_routes_sweep(struct nst_routes *routes)
{
	struct nst_routes_entry *entry;
	u32 *at, gone = 0, number;
	unsigned int i;

	for (i = 0; i < routes->buckets; i++) {
		at = &routes->bucket[i];
		while (*at) {
			number = *at;
			entry = nst_routes_entry(routes, number - 1);
			if (entry->uses) {
				at = &entry->next;
				continue;
			}
			*at = entry->next;
			entry->next = gone;
			gone = number;
			routes->live--;
		}
	}
	routes->idle = 0;
	/* a reader may still have found one of them by way of a prefix */
	if (routes->published)
		synchronize_rcu();
	while (gone) {
		entry = nst_routes_entry(routes, gone - 1);
		number = gone;
		gone = entry->next;
		entry->next = routes->free;
		routes->free = number;
	}
}

/* A number for a new combination, plus one; 0: no memory. */
static u32 nst_routes_number(struct nst_routes *routes)
{
	unsigned int chunk = routes->entries >> NST_ROUTES_CHUNK_BITS;
	u32 number = routes->free;

	if (number) {
		routes->free = nst_routes_entry(routes, number - 1)->next;
		return number;
	}
	if (chunk == NST_ROUTES_CHUNKS)
		return 0;
	if (!routes->chunk[chunk])
		routes->chunk[chunk] = kvcalloc(NST_ROUTES_CHUNK,
						sizeof(**routes->chunk),
						GFP_KERNEL_ACCOUNT);
	if (!routes->chunk[chunk])
		return 0;
	return ++routes->entries;
}

/*
 * Find a combination or make it, for one more prefix.
 * Return: its number plus one; 0: no memory.
 */
static u32 nst_routes_use(struct nst_routes *routes,
			  const struct nst_route *route)
{
	u32 *bucket = nst_routes_bucket(routes, route), number;
	struct nst_routes_entry *entry;

	for (number = *bucket; number; number = entry->next) {
		entry = nst_routes_entry(routes, number - 1);
		if (nst_routes_same(&entry->route, route)) {
			routes->idle -= !entry->uses;
			entry->uses++;
			return number;
		}
	}
	number = nst_routes_number(routes);
	if (!number)
		return 0;
	if (routes->live >= routes->buckets)
		nst_routes_grow(routes);
	bucket = nst_routes_bucket(routes, route);
	entry = nst_routes_entry(routes, number - 1);
	entry->route = *route;
	entry->uses = 1;
	entry->next = *bucket;
	*bucket = number;
	routes->live++;
	return number;
}

static void nst_routes_unuse(struct nst_routes *routes, u32 number)
{
	if (!number || --nst_routes_entry(routes, number - 1)->uses)
		return;
	routes->idle++;
	if (routes->idle >= NST_ROUTES_IDLE && routes->idle >= routes->live / 2)
		nst_routes_sweep(routes);
}

/**
 * nst_routes_create - make an empty table that no reader sees
 * @bound: most prefixes that it may have
 *
 * Context: process; memory is charged to the current task's group.
 * Return: table, or %NULL without memory.
 */
struct nst_routes *nst_routes_create(unsigned int bound)
{
	struct nst_routes *routes = kvzalloc(sizeof(*routes), GFP_KERNEL_ACCOUNT);

	if (!routes)
		return NULL;
	routes->bound = bound;
	routes->buckets = NST_ROUTES_BUCKETS;
	routes->bucket = kvcalloc(routes->buckets, sizeof(*routes->bucket),
				  GFP_KERNEL_ACCOUNT);
	routes->lpm = nst_lpm_create();
	get_random_bytes(routes->secret, sizeof(routes->secret));
	if (routes->bucket && routes->lpm)
		return routes;
	nst_routes_destroy(routes);
	return NULL;
}

/**
 * nst_routes_bound - change how many prefixes a table may have
 * @routes: table
 * @bound: most prefixes; what it has beyond them stays
 *
 * Context: as nst_routes_add().
 */
void nst_routes_bound(struct nst_routes *routes, unsigned int bound)
{
	routes->bound = bound;
}

/**
 * nst_routes_count - how many prefixes a table has
 * @routes: table
 *
 * Context: as nst_routes_add().
 */
unsigned int nst_routes_count(const struct nst_routes *routes)
{
	return nst_lpm_count(routes->lpm);
}

/**
 * nst_routes_publish - readers may see the table from now on
 * @routes: table; the caller publishes the pointer to it afterwards
 */
void nst_routes_publish(struct nst_routes *routes)
{
	routes->published = true;
	nst_lpm_publish(routes->lpm);
}

/**
 * nst_routes_destroy - free a table
 * @routes: table that no reader sees any more, or %NULL
 *
 * Context: process; may wait for a grace period.
 */
void nst_routes_destroy(struct nst_routes *routes)
{
	unsigned int i;

	if (!routes)
		return;
	nst_lpm_destroy(routes->lpm);
	for (i = 0; i < NST_ROUTES_CHUNKS && routes->chunk[i]; i++)
		kvfree(routes->chunk[i]);
	kvfree(routes->bucket);
	kvfree(routes);
}

/**
 * nst_routes_add - add the route of a prefix, or replace it
 * @routes: table
 * @key: prefix
 * @route: its route
 *
 * Context: process; one writer at a time; may wait for a grace period.
 * Return: 0; -ENOSPC if the table has as many prefixes as it may; -ENOMEM.
 */
int nst_routes_add(struct nst_routes *routes, const struct nst_lpm_key *key,
		   const struct nst_route *route)
{
	u32 number, old;
	int err;

	if (nst_lpm_count(routes->lpm) >= routes->bound &&
	    !nst_lpm_get(routes->lpm, key))
		return -ENOSPC;
	number = nst_routes_use(routes, route);
	if (!number)
		return -ENOMEM;
	err = nst_lpm_put(routes->lpm, key, number, &old);
	nst_routes_unuse(routes, err ? number : old);
	return err;
}

/**
 * nst_routes_withdraw - remove a prefix
 * @routes: table
 * @key: prefix
 *
 * Context: as nst_routes_add().
 * Return: 0; -ENOENT if it is not there; -ENOMEM.
 */
int nst_routes_withdraw(struct nst_routes *routes, const struct nst_lpm_key *key)
{
	u32 number;

	if (!nst_lpm_get(routes->lpm, key))
		return -ENOENT;
	number = nst_lpm_remove(routes->lpm, key);
	if (!number)
		return -ENOMEM;
	nst_routes_unuse(routes, number);
	return 0;
}

/**
 * nst_routes_lookup - the route of an address
 * @routes: table
 * @addr: address
 * @length: length of the prefix that it belongs to
 *
 * Context: RCU read side; the result is valid as long.
 * Return: route, or %NULL.
 */
const struct nst_route *nst_routes_lookup(const struct nst_routes *routes,
					  const struct in6_addr *addr,
					  u8 *length)
{
	u32 number = nst_lpm_lookup(routes->lpm, addr, length);

	return number ? &nst_routes_entry(routes, number - 1)->route : NULL;
}

static void nst_routes_source(const struct nst_routes *routes, u8 what,
			      struct nst_fields *fields)
{
	const struct nst_route *route;
	u8 length;

	route = nst_routes_lookup(routes, &fields->src, &length);
	if (!route)
		return;
	if (what & NST_ROUTES_SRC_AS)
		fields->src_as = what & NST_ROUTES_PEER ? route->peer_as :
							  route->origin_as;
	if (what & NST_ROUTES_SRC_MASK && !fields->src_mask)
		fields->src_mask = length;
}

static void nst_routes_destination(const struct nst_routes *routes, u8 what,
				   struct nst_fields *fields)
{
	const struct nst_route *route;
	u8 length;

	route = nst_routes_lookup(routes, &fields->dst, &length);
	if (!route)
		return;
	if (what & NST_ROUTES_DST_AS)
		fields->dst_as = what & NST_ROUTES_PEER ? route->peer_as :
							  route->origin_as;
	if (what & NST_ROUTES_NEXT_HOP)
		fields->bgp_next_hop = route->next_hop;
	if (what & NST_ROUTES_DST_MASK && !fields->dst_mask)
		fields->dst_mask = length;
}

/**
 * nst_routes_values - set what routes say of the addresses of a packet or flow
 * @routes: table
 * @what: mask of &enum nst_routes_value: which values
 * @fields: its addresses are read; values without a route do not change
 *
 * Context: RCU read side.
 */
void nst_routes_values(const struct nst_routes *routes, u8 what,
		       struct nst_fields *fields)
{
	if (what & NST_ROUTES_SRC_AS ||
	    (what & NST_ROUTES_SRC_MASK && !fields->src_mask))
		nst_routes_source(routes, what, fields);
	if (what & (NST_ROUTES_DST_AS | NST_ROUTES_NEXT_HOP) ||
	    (what & NST_ROUTES_DST_MASK && !fields->dst_mask))
		nst_routes_destination(routes, what, fields);
}

/**
 * nst_routes_get - the route of a prefix
 * @routes: table
 * @key: prefix
 *
 * Context: as nst_routes_add().
 * Return: route, or %NULL if the prefix is not there.
 */
const struct nst_route *nst_routes_get(const struct nst_routes *routes,
				       const struct nst_lpm_key *key)
{
	u32 number = nst_lpm_get(routes->lpm, key);

	return number ? &nst_routes_entry(routes, number - 1)->route : NULL;
}

struct nst_routes_walker {
	const struct nst_routes	*routes;
	nst_routes_visit	visit;
	void			*data;
};

static int nst_routes_visit_one(const struct nst_lpm_key *key, u32 number,
				void *data)
{
	struct nst_routes_walker *walk = data;

	return walk->visit(key, &nst_routes_entry(walk->routes, number - 1)->route,
			   walk->data);
}

/**
 * nst_routes_walk - visit prefixes in the order of their addresses, shorter ones first
 * @routes: table
 * @after: begin with the first prefix behind this one, %NULL: with the first
 * @visit: called for each; may sleep
 * @data: for it
 *
 * Context: process; no writer meanwhile.
 * Return: 0, or what @visit returned to end the walk.
 */
int nst_routes_walk(const struct nst_routes *routes,
		    const struct nst_lpm_key *after, nst_routes_visit visit,
		    void *data)
{
	struct nst_routes_walker walk = {
		.routes = routes, .visit = visit, .data = data,
	};

	return nst_lpm_walk(routes->lpm, after, nst_routes_visit_one, &walk);
}

/**
 * nst_routes_size - how large a table is
 * @routes: table
 * @size: the result
 *
 * Context: as nst_routes_add().
 */
void nst_routes_size(const struct nst_routes *routes,
		     struct nst_routes_sizes *size)
{
	size->prefixes = nst_lpm_count(routes->lpm);
	size->routes = routes->live - routes->idle;
	size->bytes = sizeof(*routes) + nst_lpm_bytes(routes->lpm) +
		      routes->buckets * sizeof(*routes->bucket) +
		      DIV_ROUND_UP(routes->entries, NST_ROUTES_CHUNK) *
		      NST_ROUTES_CHUNK * sizeof(**routes->chunk);
}
