/* SPDX-License-Identifier: GPL-2.0 */
/* What the AS path of a route says: who originates it, and who is the neighbour. */
#ifndef NS_AS_PATH_H
#define NS_AS_PATH_H

#include <stdint.h>

#include "util.h"

#define AS_TRANS	23456u	/* stands for an AS number above 65535: RFC 6793 */

/* Types of segments, as BGP has them. */
enum as_segment_type {
	AS_SET = 1,
	AS_SEQUENCE = 2,
	AS_CONFED_SEQUENCE = 3,
	AS_CONFED_SET = 4,
};

/**
 * struct as_segment - a segment of an AS path
 * @type: &enum as_segment_type
 * @first: index of its first AS in the path's @as
 * @count: number of them
 */
struct as_segment {
	uint8_t	type;
	size_t	first;
	size_t	count;
};

/**
 * struct as_path - an AS path; all zero is an empty one
 * @segments: its segments, the neighbour's first
 * @as: the AS numbers of all segments
 */
struct as_path {
	VEC(struct as_segment)	segments;
	VEC(uint32_t)		as;
};

void as_path_begin(struct as_path *p, enum as_segment_type type);
void as_path_add(struct as_path *p, uint32_t as);
void as_path_clear(struct as_path *p);
void as_path_free(struct as_path *p);
void as_path_resolve(struct as_path *p, const struct as_path *p4);
void as_path_drop(struct as_path *p, uint32_t as);
uint32_t as_path_origin(const struct as_path *p);
uint32_t as_path_peer(const struct as_path *p);
unsigned int as_path_length(const struct as_path *p);

#endif
