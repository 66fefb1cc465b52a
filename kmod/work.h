/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module's own workqueue.  A leaf.
 */
#ifndef _NST_WORK_H
#define _NST_WORK_H

struct workqueue_struct;

/* Unbound: work that waits for a CPU or a lock holds up nobody else's. */
extern struct workqueue_struct *nst_wq;

#endif /* _NST_WORK_H */
