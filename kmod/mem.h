/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose memory it is.  A leaf.
 *
 * What a request allocates is charged to the memory control group of its
 * task by %GFP_KERNEL_ACCOUNT alone.  What a packet allocates has no task: it is
 * charged to the group of whoever began to meter in the namespace.
 */
#ifndef _NST_MEM_H
#define _NST_MEM_H

#include <linux/gfp.h>
#include <linux/memcontrol.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

#include "compat.h"

/*
 * For packets.  Not GFP_ATOMIC: that would take from the reserves of the
 * machine, and would be charged beyond the limit of the group.
 */
#define NST_GFP_PACKET	(GFP_NOWAIT | __GFP_NOWARN | __GFP_ACCOUNT)

/* For work that grows tables ahead of need: it may sleep, and ends no process. */
#define NST_GFP_AHEAD	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_NORETRY)

/**
 * struct nst_mem - who pays for memory
 * @group: memory control group, a reference; %NULL: nobody
 */
struct nst_mem {
	struct mem_cgroup *group;
};

/**
 * nst_mem_own - let the current task's memory control group pay
 * @m: who pays; nobody until now
 *
 * Context: process.
 */
static inline void nst_mem_own(struct nst_mem *m)
{
	m->group = get_mem_cgroup_from_mm(current->mm);
}

/**
 * nst_mem_disown - let nobody pay any more
 * @m: who pays; what was charged stays so until it is freed
 *
 * Context: process.
 */
static inline void nst_mem_disown(struct nst_mem *m)
{
	mem_cgroup_put(m->group);
	m->group = NULL;
}

/**
 * nst_mem_begin - charge the allocations with __GFP_ACCOUNT that follow
 * @m: who pays
 *
 * Context: any; no sleep and no change of bottom halves until nst_mem_end()
 *	unless it is process context throughout.
 * Return: who has paid so far, for nst_mem_end().
 */
static inline struct mem_cgroup *nst_mem_begin(const struct nst_mem *m)
{
	return nst_set_active_memcg(m->group);
}

/**
 * nst_mem_end - charge as before
 * @old: from nst_mem_begin()
 *
 * Context: as nst_mem_begin().
 */
static inline void nst_mem_end(struct mem_cgroup *old)
{
	nst_set_active_memcg(old);
}

#endif /* _NST_MEM_H */
