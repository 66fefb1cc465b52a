/* SPDX-License-Identifier: GPL-2.0 */
/* The cache as a whole: listing and ending its flows. */
#ifndef _NST_CACHE_H
#define _NST_CACHE_H

#include "flow.h"

struct nst_net;
struct nst_record;

/**
 * struct nst_flow_copy - a consistent copy of a flow
 * @rec: record of the flow; valid under RCU
 * @cpu: CPU whose table has the flow
 * @values: values of all fields and counters
 * @first: milliseconds since boot of the first packet
 * @last: milliseconds since boot of the last packet
 */
struct nst_flow_copy {
	const struct nst_record	*rec;
	unsigned int		cpu;
	struct nst_flow_record	values;
	u64			first;
	u64			last;
};

/**
 * struct nst_flow_cursor - position of a listing of the cache
 * @cpu: current CPU
 * @table: serial number of the current table of that CPU
 * @index: index of the next flow of that table
 */
struct nst_flow_cursor {
	u32	cpu;
	u32	table;
	u32	index;
};

/**
 * enum nst_flow_step - result of one step of a listing of the cache
 * @NST_FLOW_END: there is no further flow
 * @NST_FLOW_FOUND: a flow was copied
 * @NST_FLOW_PAUSE: enough flows were inspected: leave the RCU read-side section and
 *	call again
 * @NST_FLOW_BUSY: the owner is writing the flow, and may be preempted: leave the RCU
 *	read-side section, sleep and call again
 */
enum nst_flow_step {
	NST_FLOW_END,
	NST_FLOW_FOUND,
	NST_FLOW_PAUSE,
	NST_FLOW_BUSY,
};

/* Number of flows that one RCU read-side section may inspect. */
#define NST_FLOW_LOOKS	4096

enum nst_flow_step nst_cache_next_flow(struct nst_net *nn, const char *record,
				       struct nst_flow_cursor *pos,
				 struct nst_flow_copy *copy,
				 unsigned int *looks);
void nst_cache_reset(struct nst_net *nn);
int nst_cache_reset_slot(struct nst_net *nn, u8 slot);
void nst_cache_flush_pending(struct nst_net *nn);

#endif /* _NST_CACHE_H */
