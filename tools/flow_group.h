/* SPDX-License-Identifier: GPL-2.0 */
/* Flows added up by some of their fields. */
#ifndef NS_FLOW_GROUP_H
#define NS_FLOW_GROUP_H

#include "nl_reply.h"

/**
 * struct flow_groups - sums of flows
 * @fields: those that tell groups apart; none: everything of a flow but its CPU
 * @count: number of @fields
 * @table: a hash table: groups, or NULL; its capacity is a power of two
 * @size: capacity of @table
 * @used: number of groups
 */
struct flow_groups {
	unsigned int	fields[NETSTREAM_FIELD_MAX];
	size_t		count;
	struct flow	**table;
	size_t		size;
	size_t		used;
};

void flow_groups_add(struct flow_groups *g, const struct flow *f);
void flow_groups_free(struct flow_groups *g);

#endif
