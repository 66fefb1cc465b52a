/* SPDX-License-Identifier: GPL-2.0 */
/* Paths to prefixes as a file has them, and the best one for each prefix. */
#ifndef NS_PATHS_H
#define NS_PATHS_H

#include "nl_routes.h"

/* How a router learned of the prefix; the lower, the better. */
enum path_origin {
	PATH_IGP,
	PATH_EGP,
	PATH_INCOMPLETE,
};

/**
 * struct path - a path to a prefix
 * @prefix: the prefix
 * @peer: who announced it; IPv4 as v4-mapped
 * @id: path identifier, 0 if there is none
 * @route: what it says of the prefix
 * @length: length of its AS path
 * @origin: &enum path_origin
 * @chosen: the router that wrote the file uses it
 * @withdrawn: there is none any more
 * @order: which one of the file it is
 */
struct path {
	struct prefix	prefix;
	struct in6_addr	peer;
	uint32_t	id;
	struct route	route;
	unsigned int	length;
	uint8_t		origin;
	bool		chosen;
	bool		withdrawn;
	size_t		order;
};

typedef VEC(struct path) paths;

void paths_best(paths *all);

#endif
