/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Statistics of a namespace, its records and its interfaces.
 */
#ifndef _NST_TOTALS_H
#define _NST_TOTALS_H

#include <linux/if.h>

#include "flow.h"
#include "sampler.h"
#include "stats.h"

struct nst_account;
struct nst_net;

/**
 * struct nst_totals - every counter of a namespace
 * @metered: packets and bytes metered, counted once for each record in effect
 * @exported: sent to at least one host
 * @cached: in flows of the cache
 * @pending: in rings, open export packets and the queues of hosts
 * @lost: sent to no host, by &enum nst_lost
 * @skipped: packets that were not metered, by &enum nst_skip
 * @malformed: packets with an unreadable header, by &enum nst_malformed
 * @ended: ended flows, by &enum nst_end
 * @count: other counts, by &enum nst_count
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
 * struct nst_record_totals - statistics of a record in effect
 * @flows: flows in the cache
 * @created: flows created since the record was applied
 */
struct nst_record_totals {
	u64	flows;
	u64	created;
};

/**
 * struct nst_if_totals - statistics of one direction of an interface
 * @seen: packets that reached the hook
 * @packets: packets that were metered
 * @bytes: bytes of the metered packets
 */
struct nst_if_totals {
	u64	seen;
	u64	packets;
	u64	bytes;
};

/**
 * struct nst_if_view - a metered interface in a listing
 * @name: name
 * @ifindex: interface index; 0: the interface does not exist
 * @slot: number of its slot
 * @enabled: mask of the directions that are metered
 * @sampler: samplers by direction
 * @totals: statistics by direction
 * @nmonitors: number of monitors that are attached
 * @monitor: their names
 * @monitor_dirs: masks of the directions in which they are
 */
struct nst_if_view {
	char			name[IFNAMSIZ];
	u32			ifindex;
	u8			slot;
	u8			enabled;
	struct nst_sampler_def	sampler[2];
	struct nst_if_totals	totals[2];
	unsigned int		nmonitors;
	const char		*monitor[NETSTREAM_MONITORS_MAX];
	u8			monitor_dirs[NETSTREAM_MONITORS_MAX];
};

/**
 * struct nst_monitor_totals - statistics of a monitor
 * @metered: packets and bytes metered, counted once for each of its records
 * @exported: sent to at least one host
 * @cached: in flows of the cache
 * @pending: in rings, open export packets and the queues of hosts
 * @lost: sent to no host, by &enum nst_lost
 * @not_selected: packets that its sampler did not choose
 * @cache_full: flows ended early because the cache, or the monitor's part of it, was full
 */
struct nst_monitor_totals {
	struct nst_amount	metered;
	struct nst_amount	exported;
	struct nst_amount	cached;
	struct nst_amount	pending;
	struct nst_amount	lost[NST_LOST_MAX];
	u64			not_selected;
	u64			cache_full;
};

void nst_totals_read(struct nst_net *nn, struct nst_totals *totals);
void nst_totals_monitor(struct nst_net *nn, struct nst_account *account,
			struct nst_monitor_totals *totals);
unsigned int nst_totals_attached(const struct nst_net *nn,
				 const struct nst_account *account);
void nst_totals_record(struct nst_net *nn, const char *record,
		       struct nst_record_totals *totals);

/**
 * struct nst_if_cursor - position in a listing of interfaces
 * @ifindex: index of the existing interface that was listed last
 * @absent: all existing interfaces have been listed
 * @name: view without an interface that was listed last
 *
 * The cursor identifies the last entry instead of counting entries, so a listing can
 * continue after interfaces were added or removed.
 */
struct nst_if_cursor {
	u32	ifindex;
	bool	absent;
	char	name[IFNAMSIZ];
};

u32 nst_totals_if_serial(const struct nst_net *nn);
bool nst_totals_next_if(const struct nst_net *nn, struct nst_if_cursor *pos,
			struct nst_if_view *view);
void nst_totals_slot_interfaces(const struct nst_net *nn, u8 slot,
				struct nst_if_totals totals[2]);
int nst_totals_reset(struct nst_net *nn);

#endif /* _NST_TOTALS_H */
