/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module's own workqueue.
 */
#ifndef _NST_WORK_H
#define _NST_WORK_H

struct workqueue_struct;

/* Unbound: work that waits for a CPU or a lock delays no other work. */
extern struct workqueue_struct *nst_wq;

int nst_work_init(void);
void nst_work_exit(void);

#endif /* _NST_WORK_H */
