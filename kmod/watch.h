/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interfaces with monitors: who meters the packets of an interface.
 */
#ifndef _NST_WATCH_H
#define _NST_WATCH_H

#include <linux/netstream.h>

#include "ifstat.h"
#include "sampler.h"

struct nst_account;
struct nst_plan;
struct nst_policy;

/* The system view, and monitors. */
#define NST_WATCHERS_MAX	(1 + NETSTREAM_MONITORS_MAX)

/**
 * struct nst_watcher - the system view or a monitor at one interface
 * @account: account of the monitor, which the plan holds; %NULL: the system view
 * @slot: what its flows have as their slot
 * @records: masks of the records that it meters packets for, by direction, and at
 *	%NST_IF_SETTLED those of inbound packets when it is known what became of them;
 *	0: none
 * @sampler: samplers by direction
 * @cpu: same as @stat->cpu, for the packet path
 * @stat: counters, a reference
 */
struct nst_watcher {
	struct nst_account	*account;
	u8			slot;
	u32			records[NST_IF_DIRS];
	struct nst_sampler_def	sampler[2];
	struct nst_if_dir __percpu *cpu;
	struct nst_if_stat	*stat;
};

/**
 * struct nst_watch - who meters the packets of an interface that has monitors
 * @needs: mask of &enum nst_needs of the records of its monitors
 * @routes: mask of &enum nst_routes_value, likewise
 * @system: mask of the directions in which the system view meters the interface
 * @whole: mask of those of @system in which the system view and a monitor select every
 *	packet
 * @settles: one of them has records that are metered when packets are settled
 * @n: number of watchers
 * @only: by direction, the monitor if only one has records there; else %NULL
 * @at: the system view, if it meters the interface; then its monitors
 */
struct nst_watch {
	u32			needs;
	u8			routes;
	u8			system;
	u8			whole;
	bool			settles;
	u8			n;
	const struct nst_watcher *only[2];
	struct nst_watcher	at[];
};

int nst_watch_create(struct nst_policy *policy, const char *name, bool in_all,
		     const struct nst_plan *plan, const struct nst_watch *old);
void nst_watch_free(struct nst_watch *watch);
bool nst_watch_same(const struct nst_watch *a, const struct nst_watch *b);
bool nst_watch_samples_anew(const struct nst_watch *watch, const struct nst_watch *old);
u8 nst_watch_dirs(const struct nst_watcher *watcher);

#endif /* _NST_WATCH_H */
