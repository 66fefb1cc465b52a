/* SPDX-License-Identifier: GPL-2.0 */
/* The first flows in an order, of any number of flows, in memory for those alone. */
#ifndef NS_FLOW_TOP_H
#define NS_FLOW_TOP_H

#include "field.h"
#include "nl_reply.h"

/**
 * struct flow_top - the first flows in an order
 * @total: what they are sorted by, the largest first; of TOTAL_FIRST the earliest
 * @field: &enum netstream_field that they are sorted by instead, or 0: the largest
 *	number or the lowest address first
 * @limit: how many are kept
 * @heap: the first flows so far; the last of them stands at index 0, until they are sorted
 */
struct flow_top {
	enum field_total	total;
	unsigned int		field;
	size_t			limit;
	VEC(struct flow *)	heap;
};

void flow_top_sort_by(struct flow_top *t, const char *word);
struct flow *flow_copy(const struct flow *f);
void flow_top_add(struct flow_top *t, const struct flow *f);
void flow_top_sort(struct flow_top *t);
void flow_top_free(struct flow_top *t);

#endif
