// SPDX-License-Identifier: GPL-2.0
/*
 * The module's own workqueue.
 */
#include <linux/errno.h>
#include <linux/workqueue.h>

#include "work.h"

struct workqueue_struct *nst_wq;

/**
 * nst_work_init - make the workqueue
 *
 * It is unbound, since its work waits: for a CPU, for a mutex, between bursts.
 * It has no rescuer (WQ_MEM_RECLAIM), because reclaim never waits for it.  It is
 * not freezable: a busy sender would delay a suspend, and packets that cannot be
 * sent meanwhile stay queued.
 *
 * Context: module load.
 * Return: 0 or -ENOMEM.
 */
int nst_work_init(void)
{
	nst_wq = alloc_workqueue("netstream", WQ_UNBOUND, 0);
	return nst_wq ? 0 : -ENOMEM;
}

/**
 * nst_work_exit - destroy the workqueue
 *
 * Context: module unload; nothing queues work any more.
 */
void nst_work_exit(void)
{
	destroy_workqueue(nst_wq);
}
