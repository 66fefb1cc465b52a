/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The cache as a whole: listing its flows, ending them.
 */
#ifndef _NST_CACHE_H
#define _NST_CACHE_H

#include "flow.h"

struct nst_net;
struct nst_record;

/**
 * struct nst_flow_copy - a flow as a reader sees it
 * @rec: its record; valid under RCU
 * @cpu: whose table it is in
 * @values: its values
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
 * struct nst_flow_cursor - where a listing of the cache stands
 * @cpu: CPU
 * @table: serial number of the table within the CPU
 * @index: next flow of the table
 */
struct nst_flow_cursor {
	u32	cpu;
	u32	table;
	u32	index;
};

/**
 * enum nst_flow_step - what a step of listing the cache has come to
 * @NST_FLOW_END: there is no other flow
 * @NST_FLOW_FOUND: there is another flow
 * @NST_FLOW_PAUSE: enough was looked at for once: leave the RCU read side, go on
 * @NST_FLOW_BUSY: the CPU that owns the flow is writing, and perhaps does not
 *	run: leave the RCU read side, sleep, go on
 */
enum nst_flow_step {
	NST_FLOW_END,
	NST_FLOW_FOUND,
	NST_FLOW_PAUSE,
	NST_FLOW_BUSY,
};

/* Flows that are looked at in one RCU read side. */
#define NST_FLOW_LOOKS	4096

enum nst_flow_step nst_cache_next_flow(struct nst_net *nn, const char *record,
				       struct nst_flow_cursor *pos,
				 struct nst_flow_copy *copy,
				 unsigned int *looks);
void nst_cache_reset(struct nst_net *nn);
void nst_cache_flush_pending(struct nst_net *nn);

#endif /* _NST_CACHE_H */
