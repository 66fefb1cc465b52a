// SPDX-License-Identifier: GPL-2.0
/* What the AS path of a route says: who originates it, and who is the neighbour. */
#include <stdlib.h>
#include <string.h>

#include "as_path.h"

/**
 * as_path_begin() - begin a segment at the end of a path
 * @p: the path
 * @type: type of the segment
 */
void as_path_begin(struct as_path *p, enum as_segment_type type)
{
	struct as_segment *s = vec_push(&p->segments);

	s->type = type;
	s->first = p->as.n;
}

/**
 * as_path_add() - add an AS to the last segment, which as_path_begin() has begun
 * @p: the path
 * @as: the AS
 */
void as_path_add(struct as_path *p, uint32_t as)
{
	*vec_push(&p->as) = as;
	p->segments.v[p->segments.n - 1].count++;
}

/* Make a path empty, but keep its memory for the next one. */
void as_path_clear(struct as_path *p)
{
	p->segments.n = 0;
	p->as.n = 0;
}

void as_path_free(struct as_path *p)
{
	vec_free(&p->segments);
	vec_free(&p->as);
}

static bool is_confederation(const struct as_segment *s)
{
	return s->type == AS_CONFED_SEQUENCE || s->type == AS_CONFED_SET;
}

/**
 * as_path_length() - the length of a path, as best paths are chosen by it
 * @p: the path
 *
 * A set counts as one (RFC 4271 section 9.1.2.2), a confederation as nothing (RFC 5065).
 */
unsigned int as_path_length(const struct as_path *p)
{
	unsigned int length = 0;
	size_t i;

	for (i = 0; i < p->segments.n; i++) {
		const struct as_segment *s = &p->segments.v[i];

		if (s->type == AS_SEQUENCE)
			length += s->count;
		else if (s->type == AS_SET)
			length++;
	}
	return length;
}

/* The first @keep ASes of @p, counted as as_path_length() does, with the confederations before them. */
static void copy_head(struct as_path *to, const struct as_path *p, unsigned int keep)
{
	size_t i, j;

	for (i = 0; i < p->segments.n && keep; i++) {
		const struct as_segment *s = &p->segments.v[i];
		size_t count = s->count;

		if (s->type == AS_SEQUENCE && count > keep)
			count = keep;
		as_path_begin(to, s->type);
		for (j = 0; j < count; j++)
			as_path_add(to, p->as.v[s->first + j]);
		if (s->type == AS_SEQUENCE)
			keep -= count;
		else if (s->type == AS_SET)
			keep--;
	}
}

static void copy_all(struct as_path *to, const struct as_path *p)
{
	size_t i, j;

	for (i = 0; i < p->segments.n; i++) {
		as_path_begin(to, p->segments.v[i].type);
		for (j = 0; j < p->segments.v[i].count; j++)
			as_path_add(to, p->as.v[p->segments.v[i].first + j]);
	}
}

/**
 * as_path_resolve() - put true AS numbers in the place of AS_TRANS
 * @p: an AS_PATH of 2-byte numbers
 * @p4: the AS4_PATH that came along
 *
 * The ASes that have 2-byte numbers only have added themselves in front of @p, not of @p4
 * (RFC 6793 section 4.2.3).  A @p4 that is longer than @p is not believed.
 */
void as_path_resolve(struct as_path *p, const struct as_path *p4)
{
	unsigned int length = as_path_length(p), length4 = as_path_length(p4);
	struct as_path whole = { 0 };

	if (!p4->segments.n || length < length4)
		return;
	copy_head(&whole, p, length - length4);
	copy_all(&whole, p4);
	as_path_free(p);
	*p = whole;
}

/**
 * as_path_drop() - drop an AS from the beginning of a path
 * @p: the path
 * @as: the AS; nothing happens if the path does not begin with it
 */
void as_path_drop(struct as_path *p, uint32_t as)
{
	struct as_segment *s = p->segments.v;

	if (!p->segments.n || s->type != AS_SEQUENCE || !s->count || p->as.v[s->first] != as)
		return;
	s->first++;
	s->count--;
	if (!s->count)
		vec_remove(&p->segments, 0);
}

/* A sequence names the AS at its end; a set does only if it has one member. */
static uint32_t end_of(const struct as_path *p, const struct as_segment *s, bool last)
{
	if (!s->count || (s->type == AS_SET && s->count > 1))
		return 0;
	return p->as.v[s->first + (last ? s->count - 1 : 0)];
}

/**
 * as_path_origin() - the AS that originates a route
 * @p: its AS path
 *
 * Return: the last AS; 0 if the route is of the router's own AS or confederation, or if
 * the path ends with a set of several, as RFC 6472 advises.
 */
uint32_t as_path_origin(const struct as_path *p)
{
	size_t i;

	for (i = p->segments.n; i-- > 0; )
		if (!is_confederation(&p->segments.v[i]))
			return end_of(p, &p->segments.v[i], true);
	return 0;
}

/**
 * as_path_peer() - the neighbour AS through which a route leads
 * @p: its AS path
 *
 * Return: the first AS; 0 as for as_path_origin().
 */
uint32_t as_path_peer(const struct as_path *p)
{
	size_t i;

	for (i = 0; i < p->segments.n; i++)
		if (!is_confederation(&p->segments.v[i]))
			return end_of(p, &p->segments.v[i], false);
	return 0;
}
