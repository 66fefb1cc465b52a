/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Statistics: reading and resetting them, listing interfaces with theirs.
 */
#ifndef _NST_TOTALS_H
#define _NST_TOTALS_H

#include <linux/if.h>

#include "flow.h"
#include "sampler.h"
#include "stats.h"

struct nst_net;

/**
 * struct nst_totals - every counter of a namespace
 * @metered: packets and bytes metered, once a record
 * @exported: sent to at least one host
 * @cached: in flows
 * @pending: in the rings, open export packets and the hosts' queues
 * @lost: by &enum nst_lost
 * @skipped: packets by &enum nst_skip
 * @malformed: packets by &enum nst_malformed
 * @ended: flows by &enum nst_end
 * @count: by &enum nst_count
 */
struct nst_totals {
	struct nst_amount	metered;
	struct nst_amount	exported;
	struct nst_amount	cached;
	struct nst_amount	pending;
	struct nst_amount	lost[NST_LOST_MAX];
	u64			skipped[NST_SKIP_MAX];
	u64			malformed[NST_MALFORMED_MAX];
	u64			ended[NST_END_MAX];
	u64			count[NST_COUNT_MAX];
};

/**
 * struct nst_record_totals - one record in effect
 * @flows: flows in the cache
 * @created: flows made
 */
struct nst_record_totals {
	u64	flows;
	u64	created;
};

/**
 * struct nst_if_totals - one interface in one direction
 * @seen: packets at the hook
 * @packets: packets metered of those
 * @bytes: bytes of these
 */
struct nst_if_totals {
	u64	seen;
	u64	packets;
	u64	bytes;
};

/**
 * struct nst_if_view - a metered interface as it is listed
 * @name: its name
 * @ifindex: its index, 0: there is no such interface now
 * @slot: its slot
 * @enabled: mask of directions
 * @sampler: by direction
 * @totals: by direction
 */
struct nst_if_view {
	char			name[IFNAMSIZ];
	u32			ifindex;
	u8			slot;
	u8			enabled;
	struct nst_sampler_def	sampler[2];
	struct nst_if_totals	totals[2];
};

void nst_totals_read(struct nst_net *nn, struct nst_totals *totals);
void nst_totals_record(struct nst_net *nn, const char *record,
		       struct nst_record_totals *totals);

/**
 * struct nst_if_cursor - where a listing of interfaces stands
 * @ifindex: interface that was listed last
 * @absent: those that exist have been listed
 * @name: view without an interface that was listed last
 *
 * It names what was listed, and counts nothing, so that the listing goes on
 * wherever interfaces came or went.
 */
struct nst_if_cursor {
	u32	ifindex;
	bool	absent;
	char	name[IFNAMSIZ];
};

u32 nst_totals_if_serial(const struct nst_net *nn);
bool nst_totals_next_if(const struct nst_net *nn, struct nst_if_cursor *pos,
			struct nst_if_view *view);
int nst_totals_reset(struct nst_net *nn);

#endif /* _NST_TOTALS_H */
