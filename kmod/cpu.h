/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Access to a CPU's tables from process context.  Functions run on that CPU with
 * bottom halves off, so that a table has one writer.
 */
#ifndef _NST_CPU_H
#define _NST_CPU_H

#include "flow.h"

struct nst_cpu;
struct nst_net;
struct nst_table;
struct work_struct;

typedef void (*nst_cpu_fn)(struct nst_cpu *pcpu, void *arg);

int nst_cpu_create_all(struct nst_net *nn);
void nst_cpu_leave_all(struct nst_net *nn);
void nst_cpu_destroy_all(struct nst_net *nn);
void nst_cpu_run(struct nst_net *nn, unsigned int cpu, nst_cpu_fn fn, void *arg);
void nst_cpu_run_each(struct nst_net *nn, nst_cpu_fn fn, void *arg);
void nst_cpu_end_all(struct nst_net *nn, enum nst_end reason);
void nst_cpu_end_slot(struct nst_net *nn, u8 slot, enum nst_end reason);
void nst_cpu_end_table(struct nst_net *nn, unsigned int cpu, struct nst_table *tbl,
		       enum nst_end reason);
void nst_cpu_rewheel_all(struct nst_net *nn);
void nst_cpu_flush_packets(struct nst_net *nn, unsigned int cpu);
void nst_cpu_drain_work(struct work_struct *work);
void nst_cpu_drain_all(struct nst_net *nn);
int nst_cpu_init(void);
void nst_cpu_exit(void);

#endif /* _NST_CPU_H */
