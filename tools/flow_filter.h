/* SPDX-License-Identifier: GPL-2.0 */
/* Which flows of the cache are wanted. */
#ifndef NS_FLOW_FILTER_H
#define NS_FLOW_FILTER_H

#include "nl_reply.h"

struct match;

/* The options by which a line chooses flows, as part of a syntax. */
#define FLOW_FILTER_SYNTAX \
	" [slot <slot-id>|monitor <monitor-name>] [source/source-ipv6 <source-prefix>]" \
	" [destination/destination-ipv6 <destination-prefix>] [address <either-prefix>]" \
	" [source-port <source-port>] [destination-port <destination-port>] [port <either-port>]" \
	" [protocol <protocol>] [source-interface <source-interface>]" \
	" [destination-interface <destination-interface>] [interface <interface>] [as <as>]" \
	" [inbound|outbound]"

/**
 * struct condition - what a flow must have
 * @field: it counts in either of these fields; the second may be 0
 * @prefix: leading bits of @address that count
 * @is_address: @address counts, not @number
 * @address: an address
 * @number: any other value
 */
struct condition {
	unsigned int	field[2];
	unsigned int	prefix;
	bool		is_address;
	struct in6_addr	address;
	uint64_t	number;
};

/**
 * struct flow_filter - all that a flow must have
 * @conditions: what its fields must be
 * @slot: its slot; negative: any
 * @monitor: the monitor that meters it; empty: any, or the system
 * @sums: flows are added up: without @monitor only those of the system are, since monitors
 *	meter packets again
 */
struct flow_filter {
	VEC(struct condition)	conditions;
	int			slot;
	char			monitor[NETSTREAM_MONITOR_NAME_MAX + 1];
	bool			sums;
};

int flow_filter_read(struct flow_filter *filter, const struct match *m, struct failure *why);
bool flow_filter_fits(const struct flow_filter *filter, const struct flow *f);
void flow_filter_free(struct flow_filter *filter);

#endif
