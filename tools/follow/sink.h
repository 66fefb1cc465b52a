/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where routes go: a table of the module, or text.
 *
 * A table is loaded whole, which replaces what was there at once, and changed afterwards.
 */
#ifndef NS_SINK_H
#define NS_SINK_H

#include "../failure.h"
#include "rib.h"

enum sink_result {
	SINK_DONE,
	SINK_STALE,	/* somebody else has loaded the table since this sink did */
	SINK_EMPTY,	/* there is no table: it was removed, or the module is a new one */
	SINK_AWAY,	/* the module is not there */
	SINK_FAILED,	/* refused; the reason is in @why */
};

struct sink;

/**
 * struct sink_ops - what a sink can do; all return &enum sink_result
 * @begin: begin to load the table: what follows goes into a new one
 * @put: a prefix and its route; NULL: it has none.  May be kept back until @flush
 * @flush: what was put has arrived
 * @commit: the new table replaces the one in use
 * @remove: the table in use is removed, if it is the one that this sink has loaded
 * @check: whether the table in use is the one that this sink has loaded
 */
struct sink_ops {
	enum sink_result (*begin)(struct sink *s);
	enum sink_result (*put)(struct sink *s, const struct in6_addr *address,
				unsigned int length, const struct rib_route *route);
	enum sink_result (*flush)(struct sink *s);
	enum sink_result (*commit)(struct sink *s);
	enum sink_result (*remove)(struct sink *s);
	enum sink_result (*check)(struct sink *s);
};

/**
 * struct sink - where the routes of a table go
 * @ops: what it can do
 * @vrf: name of the VRF; empty: the namespace's own table
 * @source: where routes come from, for people
 * @why: why something was refused
 */
struct sink {
	const struct sink_ops	*ops;
	const char		*vrf;
	const char		*source;
	struct failure		why;
};

#endif
