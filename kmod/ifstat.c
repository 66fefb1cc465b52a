// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of interfaces: their memory, and the start of their samplers.
 */
#include <linux/netstream.h>
#include <linux/slab.h>

#include "ifstat.h"

/**
 * nst_ifstat_create - make counters
 *
 * Context: process, may sleep.
 * Return: counters with one reference, all zero, or %NULL for lack of memory.
 */
struct nst_if_stat *nst_ifstat_create(void)
{
	struct nst_if_stat *stat = kzalloc(sizeof(*stat), GFP_KERNEL_ACCOUNT);
	unsigned int cpu, dir;

	if (!stat)
		return NULL;
	refcount_set(&stat->ref, 1);
	stat->cpu = __alloc_percpu_gfp(NST_IF_DIRS * sizeof(struct nst_if_dir),
				       __alignof__(struct nst_if_dir),
				       GFP_KERNEL_ACCOUNT);
	if (!stat->cpu) {
		kfree(stat);
		return NULL;
	}
	for_each_possible_cpu(cpu)
		for (dir = 0; dir < NST_IF_DIRS; dir++)
			u64_stats_init(&per_cpu_ptr(stat->cpu, cpu)[dir].sync);
	return stat;
}

/**
 * nst_ifstat_get - take another reference
 * @stat: counters
 *
 * Context: process.
 * Return: @stat.
 */
struct nst_if_stat *nst_ifstat_get(struct nst_if_stat *stat)
{
	refcount_inc(&stat->ref);
	return stat;
}

/**
 * nst_ifstat_put - drop a reference
 * @stat: counters; may be %NULL
 *
 * Context: process.
 */
void nst_ifstat_put(struct nst_if_stat *stat)
{
	if (!stat || !refcount_dec_and_test(&stat->ref))
		return;
	free_percpu(stat->cpu);
	kfree(stat);
}

/**
 * nst_ifstat_begin - restart the samplers that have changed
 * @stat: counters
 * @cpu: CPU whose sampler state is restarted
 * @sampler: samplers by direction
 *
 * Context: on that CPU, bottom halves off; or see nst_cpu_run().
 */
void nst_ifstat_begin(struct nst_if_stat *stat, unsigned int cpu,
		      const struct nst_sampler_def sampler[2])
{
	struct nst_if_dir *st = per_cpu_ptr(stat->cpu, cpu);
	unsigned int dir;

	for (dir = 0; dir < 2; dir++)
		nst_sampler_begin(&sampler[dir], &st[dir].sampler);
	nst_sampler_begin(&sampler[NETSTREAM_INBOUND], &st[NST_IF_SETTLED].sampler);
}

/**
 * nst_ifstat_clear - set the counters of both directions to zero
 * @stat: counters
 * @cpu: CPU whose counters are set to zero
 *
 * Context: on that CPU, bottom halves off; or see nst_cpu_run().
 */
void nst_ifstat_clear(struct nst_if_stat *stat, unsigned int cpu)
{
	struct nst_if_dir *st = per_cpu_ptr(stat->cpu, cpu);
	unsigned int dir;

	for (dir = 0; dir < 2; dir++) {
		u64_stats_update_begin(&st[dir].sync);
		st[dir].seen = 0;
		st[dir].packets = 0;
		st[dir].bytes = 0;
		u64_stats_update_end(&st[dir].sync);
	}
}
