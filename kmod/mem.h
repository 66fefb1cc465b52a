/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Charging memory to control groups.
 *
 * Memory that a request allocates is charged to the control group of its task by
 * %GFP_KERNEL_ACCOUNT alone.  A softirq has no task of its own, so memory allocated for
 * packets is charged to the group of the task that started metering in the namespace.
 */
#ifndef _NST_MEM_H
#define _NST_MEM_H

#include <linux/gfp.h>
#include <linux/memcontrol.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

#include "compat.h"

/*
 * For packets.  GFP_ATOMIC would use the reserves of the machine, and could exceed the
 * limit of the group.
 */
#define NST_GFP_PACKET	(GFP_NOWAIT | __GFP_NOWARN | __GFP_ACCOUNT)

/* For growing tables ahead of need: it may sleep, but invokes no OOM killer. */
#define NST_GFP_AHEAD	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_NORETRY)

/**
 * struct nst_mem - the memory control group that is charged for packets
 * @group: the group, a reference; %NULL: none
 */
struct nst_mem {
	struct mem_cgroup *group;
};

/**
 * nst_mem_own - charge the control group of the current task from now on
 * @m: without a group until now
 *
 * Context: process.
 */
static inline void nst_mem_own(struct nst_mem *m)
{
	m->group = get_mem_cgroup_from_mm(current->mm);
}

/**
 * nst_mem_disown - drop the reference to the group
 * @m: memory charged to its group stays charged until it is freed
 *
 * Context: process.
 */
static inline void nst_mem_disown(struct nst_mem *m)
{
	mem_cgroup_put(m->group);
	m->group = NULL;
}

/**
 * nst_mem_begin - charge the following allocations with __GFP_ACCOUNT to a group
 * @m: the group
 *
 * Context: any.  Outside process context, the caller neither sleeps nor enables bottom
 *	halves before nst_mem_end().
 * Return: the group charged until now, for nst_mem_end().
 */
static inline struct mem_cgroup *nst_mem_begin(const struct nst_mem *m)
{
	return nst_set_active_memcg(m->group);
}

/**
 * nst_mem_end - restore the group charged before nst_mem_begin()
 * @old: result of nst_mem_begin()
 *
 * Context: as nst_mem_begin().
 */
static inline void nst_mem_end(struct mem_cgroup *old)
{
	nst_set_active_memcg(old);
}

#endif /* _NST_MEM_H */
