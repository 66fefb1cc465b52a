/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Aging: when flows end, and for which reason.
 */
#ifndef _NST_AGING_H
#define _NST_AGING_H

#include "flow.h"
#include "stats.h"
#include "table.h"

struct nst_export_pcpu;

/**
 * struct nst_aging - one CPU's aging, besides its tables
 * @exporter: where ended flows go
 * @ended: how many flows have ended, an array indexed by &enum nst_end
 * @now: milliseconds since boot
 * @stuck: due or ended flows wait because their streams are congested
 */
struct nst_aging {
	struct nst_export_pcpu	*exporter;
	u64			*ended;
	u64			now;
	bool			stuck;
};

void nst_aging_add(struct nst_table *tbl, u32 index, u32 now);
void nst_aging_close(struct nst_aging *aging, struct nst_table *tbl, u32 index);
void nst_aging_end(struct nst_aging *aging, struct nst_table *tbl, u32 index,
		   enum nst_end reason);
void nst_aging_cut(struct nst_aging *aging, struct nst_table *tbl, u32 index);
bool nst_aging_evict(struct nst_aging *aging, struct nst_table *tbl);
bool nst_aging_run(struct nst_aging *aging, struct nst_table *tbl,
		   unsigned int budget);
bool nst_aging_retry(struct nst_aging *aging, struct nst_table *tbl,
		     unsigned int budget);
bool nst_aging_lose(struct nst_aging *aging, struct nst_table *tbl,
		    enum nst_lost cause, unsigned int budget);
void nst_aging_rewheel(struct nst_table *tbl, u32 index, u32 now);
u32 nst_aging_left(const struct nst_table *tbl, const struct nst_flow *flow,
		   u32 now);

/**
 * nst_aging_due - whether a flow had ended before a packet arrived
 * @tbl: its table
 * @flow: the flow
 * @now: time of the packet, milliseconds since boot
 *
 * Context: owner, bottom halves off.
 * Return: the reason, or %NST_END_NONE.
 */
static inline enum nst_end nst_aging_due(const struct nst_table *tbl,
					 const struct nst_flow *flow, u32 now)
{
	if (unlikely(flow->state == NST_FLOW_CLOSING))
		return nst_aging_left(tbl, flow, now) ? NST_END_NONE : NST_END_TCP;
	if (unlikely((s32)(now - flow->last) >= (s32)tbl->inactive))
		return NST_END_INACTIVE;
	if (unlikely((s32)(now - flow->first) >= (s32)tbl->active))
		return NST_END_ACTIVE;
	return NST_END_NONE;
}

#endif /* _NST_AGING_H */
