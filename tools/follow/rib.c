// SPDX-License-Identifier: GPL-2.0
/* The paths of all peers, and the best one of each prefix; see rib.h. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "rib.h"

#define PEERS_MAX	4096
#define BUCKETS_FIRST	1024

/* Attributes, shared by all paths that have the same. */
struct attributes {
	struct attributes	*next;		/* in the bucket */
	uint32_t		users;
	uint32_t		hash;
	struct bgp_path		path;
};

struct path {
	struct path		*next;		/* of the prefix */
	struct attributes	*attributes;
	uint32_t		id;
	uint16_t		peer;
	uint16_t		session;
};

struct prefix {
	struct prefix		*next;		/* in the bucket */
	struct prefix		*next_changed;
	struct path		*paths;
	struct attributes	*told;		/* what the module has; NULL: nothing */
	struct in6_addr		address;
	uint8_t			length;
	bool			changed;	/* it is in the list of changes */
};

struct rib {
	struct prefix		**prefixes;
	size_t			prefix_buckets;
	struct attributes	**attributes;
	size_t			attribute_buckets;
	struct prefix		*changed, **changed_end;
	VEC(struct rib_peer *)	peers;		/* by index; NULL: the index is free */
	struct rib_counts	counts;
	size_t			nodes;		/* prefixes, those without a path too */
};

static uint32_t hash_bytes(uint32_t h, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (; len--; p++)
		h = (h ^ *p) * 16777619u;
	return h;
}

static uint32_t mix(uint32_t h)
{
	h ^= h >> 15;
	h *= 0x2c1b3c6du;
	return h ^ h >> 13;
}

/* Field by field: the structure may have holes. */
static uint32_t hash_path(const struct bgp_path *p)
{
	uint32_t h = hash_bytes(2166136261u, &p->next_hop, sizeof(p->next_hop));
	const uint32_t numbers[] = { p->origin_as, p->peer_as, p->length, p->med, p->preference,
				     p->originator, p->clusters, p->origin };

	return mix(hash_bytes(h, numbers, sizeof(numbers)));
}

static bool same_path(const struct bgp_path *a, const struct bgp_path *b)
{
	return IN6_ARE_ADDR_EQUAL(&a->next_hop, &b->next_hop) && a->origin_as == b->origin_as &&
	       a->peer_as == b->peer_as && a->length == b->length && a->med == b->med &&
	       a->preference == b->preference && a->originator == b->originator &&
	       a->clusters == b->clusters && a->origin == b->origin;
}

static bool same_route(const struct bgp_path *a, const struct bgp_path *b)
{
	return IN6_ARE_ADDR_EQUAL(&a->next_hop, &b->next_hop) && a->origin_as == b->origin_as &&
	       a->peer_as == b->peer_as;
}

static uint32_t hash_prefix(const struct in6_addr *address, unsigned int length)
{
	return mix(hash_bytes(2166136261u ^ length, address, sizeof(*address)));
}

static void grow_attributes(struct rib *r)
{
	size_t i, buckets = r->attribute_buckets * 2;
	struct attributes **v = xcalloc(buckets, sizeof(*v)), *a;

	for (i = 0; i < r->attribute_buckets; i++) {
		while ((a = r->attributes[i])) {
			r->attributes[i] = a->next;
			a->next = v[a->hash & (buckets - 1)];
			v[a->hash & (buckets - 1)] = a;
		}
	}
	free(r->attributes);
	r->attributes = v;
	r->attribute_buckets = buckets;
}

static void grow_prefixes(struct rib *r)
{
	size_t i, at, buckets = r->prefix_buckets * 2;
	struct prefix **v = xcalloc(buckets, sizeof(*v)), *p;

	for (i = 0; i < r->prefix_buckets; i++) {
		while ((p = r->prefixes[i])) {
			r->prefixes[i] = p->next;
			at = hash_prefix(&p->address, p->length) & (buckets - 1);
			p->next = v[at];
			v[at] = p;
		}
	}
	free(r->prefixes);
	r->prefixes = v;
	r->prefix_buckets = buckets;
}

static struct attributes *get_attributes(struct rib *r, const struct bgp_path *path)
{
	uint32_t h = hash_path(path);
	struct attributes *a, **bucket;

	for (a = r->attributes[h & (r->attribute_buckets - 1)]; a; a = a->next) {
		if (a->hash == h && same_path(&a->path, path)) {
			a->users++;
			return a;
		}
	}
	if (r->counts.routes >= r->attribute_buckets)
		grow_attributes(r);
	bucket = &r->attributes[h & (r->attribute_buckets - 1)];
	a = xcalloc(1, sizeof(*a));
	a->path = *path;
	a->hash = h;
	a->users = 1;
	a->next = *bucket;
	*bucket = a;
	r->counts.routes++;
	return a;
}

static void put_attributes(struct rib *r, struct attributes *a)
{
	struct attributes **at;

	if (!a || --a->users)
		return;
	at = &r->attributes[a->hash & (r->attribute_buckets - 1)];
	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	free(a);
	r->counts.routes--;
}

static struct prefix **find_prefix(const struct rib *r, const struct in6_addr *address,
				   unsigned int length)
{
	struct prefix **at = &r->prefixes[hash_prefix(address, length) &
					  (r->prefix_buckets - 1)];

	while (*at && ((*at)->length != length ||
		       !IN6_ARE_ADDR_EQUAL(&(*at)->address, address)))
		at = &(*at)->next;
	return at;
}

static struct prefix *get_prefix(struct rib *r, const struct in6_addr *address,
				 unsigned int length)
{
	struct prefix **at = find_prefix(r, address, length), *p;

	if (*at)
		return *at;
	if (r->nodes >= r->prefix_buckets) {
		grow_prefixes(r);
		at = find_prefix(r, address, length);
	}
	p = xcalloc(1, sizeof(*p));
	p->address = *address;
	p->length = length;
	*at = p;
	r->nodes++;
	return p;
}

static void change(struct rib *r, struct prefix *p)
{
	if (p->changed)
		return;
	p->changed = true;
	*r->changed_end = p;
	r->changed_end = &p->next_changed;
}

static void count_path(struct rib *r, struct prefix *p, struct rib_peer *peer, int more)
{
	r->counts.paths += more;
	peer->paths += more;
	if (more > 0 ? !p->paths->next : !p->paths)
		r->counts.prefixes += more;
}

/* Remove the path that @at points to. */
static void remove_path(struct rib *r, struct prefix *p, struct path **at)
{
	struct path *path = *at;

	*at = path->next;
	put_attributes(r, path->attributes);
	count_path(r, p, r->peers.v[path->peer], -1);
	free(path);
	change(r, p);
}

/* What decides between paths. */
struct candidate {
	const struct path	*path;
	const struct bgp_path	*attributes;
	const struct rib_peer	*peer;
	bool			fresh;
};

static bool is_fresh(const struct rib *r, const struct path *path)
{
	const struct rib_peer *peer = r->peers.v[path->peer];

	return peer->live && peer->session == path->session;
}

static int compare(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

/* Before MED: negative if @a is the better one. */
static int compare_before(const struct candidate *a, const struct candidate *b)
{
	int c = compare(b->fresh, a->fresh);

	if (!c)
		c = compare(b->peer->preference, a->peer->preference);
	if (!c)
		c = compare(b->attributes->preference, a->attributes->preference);
	if (!c)
		c = compare(a->attributes->length, b->attributes->length);
	if (!c)
		c = compare(a->attributes->origin, b->attributes->origin);
	return c;
}

static uint32_t identifier_of(const struct candidate *c)
{
	return c->attributes->originator ? c->attributes->originator : c->peer->identifier;
}

/* After MED; the distance to the next hop is not known here. */
static int compare_after(const struct candidate *a, const struct candidate *b)
{
	int c = compare(b->peer->external, a->peer->external);

	if (!c)
		c = compare(identifier_of(a), identifier_of(b));
	if (!c)
		c = compare(a->attributes->clusters, b->attributes->clusters);
	if (!c)
		c = memcmp(&a->peer->address, &b->peer->address, sizeof(a->peer->address));
	if (!c)
		c = compare(a->peer->index, b->peer->index);
	if (!c)
		c = compare(a->path->id, b->path->id);
	return c;
}

/* Whether another one of @c has the same neighbour AS and a lower MED. */
static bool loses_by_med(const struct candidate *c, size_t n, const struct candidate *one)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (c[i].attributes->peer_as == one->attributes->peer_as &&
		    c[i].attributes->med < one->attributes->med)
			return true;
	return false;
}

/*
 * RFC 4271 section 9.1.2.2: rule after rule removes candidates.  MED compares only paths of
 * one neighbour AS, so paths cannot be sorted by it.
 */
static const struct path *decide(const struct rib *r, const struct prefix *p)
{
	VEC(struct candidate) c = { 0 };
	const struct candidate *best = NULL;
	const struct path *path;
	size_t i, n = 0;

	if (!p->paths || !p->paths->next)
		return p->paths;
	for (path = p->paths; path; path = path->next) {
		struct candidate new = { path, &path->attributes->path, r->peers.v[path->peer],
					 is_fresh(r, path) };
		int cmp = c.n ? compare_before(&new, c.v) : 0;

		if (cmp < 0)
			c.n = 0;
		if (cmp <= 0)
			*vec_push(&c) = new;
	}
	n = c.n;
	for (i = 0; i < n; i++) {
		if (loses_by_med(c.v, n, &c.v[i]))
			continue;
		if (!best || compare_after(&c.v[i], best) < 0)
			best = &c.v[i];
	}
	path = best->path;
	vec_free(&c);
	return path;
}

struct rib *rib_new(void)
{
	struct rib *r = xcalloc(1, sizeof(*r));

	r->prefix_buckets = r->attribute_buckets = BUCKETS_FIRST;
	r->prefixes = xcalloc(r->prefix_buckets, sizeof(*r->prefixes));
	r->attributes = xcalloc(r->attribute_buckets, sizeof(*r->attributes));
	r->changed_end = &r->changed;
	return r;
}

static void free_prefix(struct rib *r, struct prefix *p)
{
	struct path *path;

	while ((path = p->paths)) {
		p->paths = path->next;
		put_attributes(r, path->attributes);
		free(path);
	}
	put_attributes(r, p->told);
	free(p);
	r->nodes--;
}

void rib_free(struct rib *r)
{
	struct prefix *p;
	size_t i;

	for (i = 0; i < r->prefix_buckets; i++) {
		while ((p = r->prefixes[i])) {
			r->prefixes[i] = p->next;
			free_prefix(r, p);
		}
	}
	free(r->prefixes);
	free(r->attributes);
	vec_free(&r->peers);
	free(r);
}

/**
 * rib_add_peer() - make a peer known
 * @r: the table
 * @p: the peer, which stays where it is until rib_remove_peer(); it is not live yet
 *
 * Return: 0, or -1 if there are too many.
 */
int rib_add_peer(struct rib *r, struct rib_peer *p)
{
	size_t i;

	for (i = 0; i < r->peers.n && r->peers.v[i]; i++)
		;
	if (i == PEERS_MAX)
		return -1;
	if (i == r->peers.n)
		vec_push(&r->peers);
	r->peers.v[i] = p;
	p->index = i;
	p->live = false;
	p->paths = 0;
	return 0;
}

/* Go through all prefixes; those for which @each returns true have changed. */
static void each_prefix(struct rib *r, const struct rib_peer *peer,
			void (*each)(struct rib *r, struct prefix *p, const struct rib_peer *peer))
{
	struct prefix *p;
	size_t i;

	for (i = 0; i < r->prefix_buckets; i++)
		for (p = r->prefixes[i]; p; p = p->next)
			each(r, p, peer);
}

/* What of a peer's is stale may have to stand back. */
static void decide_again(struct rib *r, struct prefix *p, const struct rib_peer *peer)
{
	const struct path *path;

	if (!p->paths || !p->paths->next)
		return;
	for (path = p->paths; path; path = path->next)
		if (path->peer == peer->index)
			change(r, p);
}

static void sweep_prefix(struct rib *r, struct prefix *p, const struct rib_peer *peer)
{
	struct path **at = &p->paths;

	while (*at) {
		if ((*at)->peer == peer->index && !is_fresh(r, *at))
			remove_path(r, p, at);
		else
			at = &(*at)->next;
	}
}

/**
 * rib_peer_up() - a session with a peer begins
 * @r: the table
 * @p: the peer
 *
 * What it announced in earlier sessions is stale until it announces it again.
 */
void rib_peer_up(struct rib *r, struct rib_peer *p)
{
	p->live = true;
	p->session++;
	if (p->paths)
		each_prefix(r, p, decide_again);
}

/**
 * rib_peer_lost() - a session with a peer has ended, perhaps for a moment
 * @r: the table
 * @p: the peer; its paths stay as stale
 */
void rib_peer_lost(struct rib *r, struct rib_peer *p)
{
	p->live = false;
	if (p->paths)
		each_prefix(r, p, decide_again);
}

/**
 * rib_sweep() - remove the stale paths of a peer
 * @r: the table
 * @p: the peer; if it is not live, all its paths are stale
 */
void rib_sweep(struct rib *r, struct rib_peer *p)
{
	if (p->paths)
		each_prefix(r, p, sweep_prefix);
}

/**
 * rib_flush() - remove all paths of a peer
 * @r: the table
 * @p: the peer, which is not live afterwards
 */
void rib_flush(struct rib *r, struct rib_peer *p)
{
	p->live = false;
	rib_sweep(r, p);
}

void rib_remove_peer(struct rib *r, struct rib_peer *p)
{
	rib_flush(r, p);
	r->peers.v[p->index] = NULL;
}

/**
 * rib_announce() - a peer has a path to a prefix
 * @r: the table
 * @peer: the peer
 * @prefix: the prefix, of IPv6; with @prefix->path_id it names a path
 * @path: the path, which replaces an earlier one of that name
 */
void rib_announce(struct rib *r, struct rib_peer *peer, const struct bgp_prefix *prefix,
		  const struct bgp_path *path)
{
	struct prefix *p = get_prefix(r, &prefix->address, prefix->length);
	struct attributes *old = NULL;
	struct path *mine = p->paths;

	while (mine && (mine->peer != peer->index || mine->id != prefix->path_id))
		mine = mine->next;
	if (mine) {
		old = mine->attributes;
	} else {
		mine = xcalloc(1, sizeof(*mine));
		mine->peer = peer->index;
		mine->id = prefix->path_id;
		mine->next = p->paths;
		p->paths = mine;
		count_path(r, p, peer, 1);
	}
	mine->attributes = get_attributes(r, path);
	mine->session = peer->session;
	put_attributes(r, old);
	change(r, p);
}

/**
 * rib_withdraw() - a peer has no path to a prefix any more
 * @r: the table
 * @peer: the peer
 * @prefix: the prefix, and the identifier of the path
 */
void rib_withdraw(struct rib *r, struct rib_peer *peer, const struct bgp_prefix *prefix)
{
	struct prefix *p = *find_prefix(r, &prefix->address, prefix->length);
	struct path **at;

	if (!p)
		return;
	for (at = &p->paths; *at; at = &(*at)->next) {
		if ((*at)->peer == peer->index && (*at)->id == prefix->path_id) {
			remove_path(r, p, at);
			return;
		}
	}
}

static struct rib_route route_of(const struct bgp_path *path)
{
	return (struct rib_route){ path->next_hop, path->origin_as, path->peer_as };
}

/* Bring what has been told to what is best. */
static bool settle(struct rib *r, struct prefix *p)
{
	const struct path *best = decide(r, p);
	struct attributes *now = best ? best->attributes : NULL, *told = p->told;
	bool same = now && told ? same_route(&now->path, &told->path) : now == told;

	if (now)
		now->users++;
	put_attributes(r, told);
	p->told = now;
	return !same;
}

/* A prefix without a path, of which nobody has been told, goes. */
static void drop_if_empty(struct rib *r, struct prefix *p)
{
	struct prefix **at;

	if (p->paths || p->told)
		return;
	at = find_prefix(r, &p->address, p->length);
	*at = p->next;
	free_prefix(r, p);
}

bool rib_has_changes(const struct rib *r)
{
	return r->changed;
}

/**
 * rib_changes() - tell what has changed since it was told last
 * @r: the table
 * @visit: is told each prefix whose route is another than before
 * @arg: passed to @visit
 */
void rib_changes(struct rib *r, rib_visit visit, void *arg)
{
	struct prefix *p;

	while ((p = r->changed)) {
		r->changed = p->next_changed;
		p->next_changed = NULL;
		p->changed = false;
		if (settle(r, p)) {
			struct rib_route route;

			if (p->told)
				route = route_of(&p->told->path);
			visit(&p->address, p->length, p->told ? &route : NULL, arg);
		}
		drop_if_empty(r, p);
	}
	r->changed_end = &r->changed;
}

static void ignore(const struct in6_addr *address, unsigned int length,
		   const struct rib_route *route, void *arg)
{
	(void)address;
	(void)length;
	(void)route;
	(void)arg;
}

/**
 * rib_all() - tell all
 * @r: the table
 * @visit: is told each prefix that has a route; afterwards nothing has changed
 * @arg: passed to @visit
 */
void rib_all(struct rib *r, rib_visit visit, void *arg)
{
	struct prefix *p;
	size_t i;

	rib_changes(r, ignore, NULL);
	for (i = 0; i < r->prefix_buckets; i++) {
		for (p = r->prefixes[i]; p; p = p->next) {
			struct rib_route route;

			if (!p->told)
				continue;
			route = route_of(&p->told->path);
			visit(&p->address, p->length, &route, arg);
		}
	}
}

/**
 * rib_count() - how large a table is
 * @r: the table
 * @counts: filled in
 */
void rib_count(const struct rib *r, struct rib_counts *counts)
{
	*counts = r->counts;
	counts->bytes = r->nodes * sizeof(struct prefix) + r->counts.paths * sizeof(struct path) +
			r->counts.routes * sizeof(struct attributes) +
			r->prefix_buckets * sizeof(*r->prefixes) +
			r->attribute_buckets * sizeof(*r->attributes);
}
