/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of an interface, and the state of its samplers.
 */
#ifndef _NST_IFSTAT_H
#define _NST_IFSTAT_H

#include <linux/percpu.h>
#include <linux/refcount.h>
#include <linux/u64_stats_sync.h>

#include "sampler.h"

/*
 * Behind those of the directions: inbound packets that are metered when they are settled,
 * while others are metered by the first hooks.  The sampler is the same, its state is not.
 */
#define NST_IF_SETTLED	2
#define NST_IF_DIRS	3

/**
 * struct nst_if_dir - counters of one interface in one direction on one CPU, or those of
 *	its settled packets (%NST_IF_SETTLED)
 * @seen: packets that reached the hook
 * @packets: packets that were metered
 * @bytes: bytes of the metered packets
 * @sampler: state of the sampler
 * @sync: lets another CPU read 64-bit counters consistently on 32-bit machines
 */
struct nst_if_dir {
	u64				seen;
	u64				packets;
	u64				bytes;
	struct nst_sampler_state	sampler;
	struct u64_stats_sync		sync;
};

/**
 * struct nst_if_stat - counters of one interface, or of a monitor at one interface, which
 *	outlive configurations
 * @ref: number of maps that share them
 * @cpu: per CPU, an array of %NST_IF_DIRS by direction
 */
struct nst_if_stat {
	refcount_t			ref;
	struct nst_if_dir __percpu	*cpu;
};

struct nst_if_stat *nst_ifstat_create(void);
struct nst_if_stat *nst_ifstat_get(struct nst_if_stat *stat);
void nst_ifstat_put(struct nst_if_stat *stat);
void nst_ifstat_begin(struct nst_if_stat *stat, unsigned int cpu,
		      const struct nst_sampler_def sampler[2]);
void nst_ifstat_clear(struct nst_if_stat *stat, unsigned int cpu);

#endif /* _NST_IFSTAT_H */
