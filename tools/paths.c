// SPDX-License-Identifier: GPL-2.0
/* Paths to prefixes as a file has them, and the best one for each prefix. */
#include <stdlib.h>
#include <string.h>

#include "paths.h"

static int compare_prefix(const struct path *a, const struct path *b)
{
	int order = memcmp(&a->prefix.addr, &b->prefix.addr, sizeof(a->prefix.addr));

	return order ? order : a->prefix.length - b->prefix.length;
}

static int compare_number(unsigned long long a, unsigned long long b)
{
	return a < b ? -1 : a > b;
}

/* By prefix, then by who announced it, the newest first. */
static int compare_announcements(const void *left, const void *right)
{
	const struct path *a = left, *b = right;
	int order = compare_prefix(a, b);

	if (!order)
		order = memcmp(&a->peer, &b->peer, sizeof(a->peer));
	if (!order)
		order = compare_number(a->id, b->id);
	return order ? order : compare_number(b->order, a->order);
}

static bool same_announcement(const struct path *a, const struct path *b)
{
	return !compare_prefix(a, b) && !memcmp(&a->peer, &b->peer, sizeof(a->peer)) &&
	       a->id == b->id;
}

/*
 * Which of two paths to a prefix is better: that which the router uses, if the file says
 * so; then the shorter AS path, the lower origin code, the lower address of the peer,
 * the lower path identifier.
 */
static bool better(const struct path *a, const struct path *b)
{
	int order;

	if (a->chosen != b->chosen)
		return a->chosen;
	if (a->length != b->length)
		return a->length < b->length;
	if (a->origin != b->origin)
		return a->origin < b->origin;
	order = memcmp(&a->peer, &b->peer, sizeof(a->peer));
	return order ? order < 0 : a->id < b->id;
}

/**
 * paths_best() - keep the best path to each prefix
 * @all: paths in the order of the file; a later one of the same peer replaces an
 *	earlier one.  Then the best ones, by address.
 */
void paths_best(paths *all)
{
	size_t i, kept = 0;

	if (!all->n)
		return;
	for (i = 0; i < all->n; i++)
		all->v[i].order = i;
	qsort(all->v, all->n, sizeof(*all->v), compare_announcements);
	/* the newest announcement of each peer */
	for (i = 0; i < all->n; i++)
		if (!kept || !same_announcement(&all->v[kept - 1], &all->v[i]))
			all->v[kept++] = all->v[i];
	all->n = kept;
	kept = 0;
	for (i = 0; i < all->n; i++) {
		if (all->v[i].withdrawn)
			continue;
		if (!kept || compare_prefix(&all->v[kept - 1], &all->v[i]))
			all->v[kept++] = all->v[i];
		else if (better(&all->v[i], &all->v[kept - 1]))
			all->v[kept - 1] = all->v[i];
	}
	all->n = kept;
}
