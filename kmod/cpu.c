// SPDX-License-Identifier: GPL-2.0
/*
 * Reaching a CPU's tables from process context, and CPU hotplug.
 *
 * A table is written by its CPU alone.  So the control path does not lock a
 * table, it goes to the CPU: smp_call_on_cpu() runs a function there in process
 * context, which turns bottom halves off for a short while.  Long work is cut
 * into pieces, so that packets are never held up for long.  The tables of an
 * offline CPU have no writer; whoever holds off CPU hotplug may be it.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/smp.h>

#include "clock.h"
#include "compat.h"
#include "cpu.h"
#include "iface.h"
#include "meter.h"
#include "net.h"

/* Flows that are looked at while bottom halves are off. */
#define NST_SWEEP_AHEAD		4	/* flows */
#define NST_SWEEP_PIECE		256

static enum cpuhp_state nst_cpuhp_state;

/* ------------------------------------------------------------ going there */

/**
 * struct nst_call - something to do on a CPU
 * @nn: namespace
 * @fn: what
 * @arg: its argument
 */
struct nst_call {
	struct nst_net	*nn;
	nst_cpu_fn	fn;
	void		*arg;
};

static void nst_call_run(struct nst_call *call, struct nst_cpu *c)
{
	local_bh_disable();
	nst_lock(call->nn);
	call->fn(c, call->arg);
	nst_unlock(call->nn);
	local_bh_enable();
}

static int nst_call_here(void *arg)
{
	struct nst_call *call = arg;

	nst_call_run(call, per_cpu_ptr(call->nn->cpu, raw_smp_processor_id()));
	return 0;
}

/* CPU hotplug is held off */
static void nst_call_cpu(struct nst_call *call, unsigned int cpu)
{
	if (!cpu_online(cpu) || smp_call_on_cpu(cpu, nst_call_here, call, false))
		nst_call_run(call, per_cpu_ptr(call->nn->cpu, cpu));
}

/**
 * nst_on_cpu - do something to one CPU's part of a namespace
 * @nn: namespace
 * @cpu: a possible CPU
 * @fn: what; called with bottom halves off, must be short
 * @arg: its argument
 *
 * Context: process, sleeps; the namespace's mutex is held.
 */
void nst_on_cpu(struct nst_net *nn, unsigned int cpu, nst_cpu_fn fn, void *arg)
{
	struct nst_call call = { .nn = nn, .fn = fn, .arg = arg };

	cpus_read_lock();
	nst_call_cpu(&call, cpu);
	cpus_read_unlock();
}

/**
 * nst_on_each_cpu - do something to every CPU's part of a namespace, one by one
 * @nn: namespace
 * @fn: what; called with bottom halves off, must be short
 * @arg: its argument
 *
 * Context: process, sleeps; the namespace's mutex is held.
 */
void nst_on_each_cpu(struct nst_net *nn, nst_cpu_fn fn, void *arg)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		nst_on_cpu(nn, cpu, fn, arg);
}

/* ----------------------------------------------------------------- sweeps */

/**
 * struct nst_sweep - going through all flows of a table
 * @table: the table
 * @index: where to go on
 * @reason: why flows end; %NST_END_NONE: they are put into the wheel anew
 */
struct nst_sweep {
	struct nst_table	*table;
	u32			index;
	enum nst_end		reason;
};

static bool nst_sweep_done(const struct nst_sweep *sw)
{
	return sw->index >= READ_ONCE(sw->table->fresh);
}

static void nst_sweep_piece(struct nst_cpu *c, void *arg)
{
	struct nst_sweep *sw = arg;
	struct nst_table *t = sw->table;
	u32 end = min(t->fresh, sw->index + NST_SWEEP_PIECE);
	struct nst_aging *a = &c->aging;

	a->now = nst_clock_ms();
	nst_meter_flush(c);
	for (; sw->index < end; sw->index++) {
		if (sw->index + NST_SWEEP_AHEAD < end)
			nst_table_prefetch(t, nst_table_flow(t, sw->index +
							     NST_SWEEP_AHEAD));
		if (nst_table_flow(t, sw->index)->state != NST_FLOW_LIVE)
			continue;
		if (sw->reason)
			nst_aging_end(a, t, sw->index, sw->reason);
		else
			nst_aging_rewheel(t, sw->index, a->now);
	}
	if (!c->armed && t->used && c->id == raw_smp_processor_id())
		nst_meter_arm(c);
}

static void nst_sweep(struct nst_net *nn, unsigned int cpu, struct nst_table *t,
		      enum nst_end reason)
{
	struct nst_sweep sw = { .table = t, .reason = reason };

	while (!nst_sweep_done(&sw)) {
		nst_on_cpu(nn, cpu, nst_sweep_piece, &sw);
		cond_resched();
	}
}

/**
 * nst_end_table - end all flows of a table that it has now
 * @nn: namespace
 * @cpu: the table's CPU
 * @t: table
 * @reason: why
 *
 * They are exported as fast as the hosts take them; the rest waits in the
 * table's ended list.
 *
 * Context: process, sleeps; the namespace's mutex is held.
 */
void nst_end_table(struct nst_net *nn, unsigned int cpu, struct nst_table *t,
		   enum nst_end reason)
{
	nst_sweep(nn, cpu, t, reason);
}

static void nst_sweep_all(struct nst_net *nn, enum nst_end reason)
{
	struct nst_table *t;
	unsigned int cpu;

	/* tables are added and removed under the mutex only */
	for_each_possible_cpu(cpu)
		list_for_each_entry(t, &per_cpu_ptr(nn->cpu, cpu)->tables, node)
			nst_sweep(nn, cpu, t, reason);
}

static void nst_flush_one(struct nst_cpu *c, void *arg)
{
	nst_meter_flush(c);
	nst_exporter_flush(&c->exporter);
}

/**
 * nst_end_all - end all flows of a namespace
 * @nn: namespace
 * @reason: why
 *
 * Context: process, sleeps; the namespace's mutex is held.
 */
void nst_end_all(struct nst_net *nn, enum nst_end reason)
{
	nst_on_each_cpu(nn, nst_flush_one, NULL);
	nst_sweep_all(nn, reason);
	nst_on_each_cpu(nn, nst_flush_one, NULL);
}

/**
 * nst_rewheel_all - look at all flows anew after timeouts were changed
 * @nn: namespace
 *
 * Context: process, sleeps; the namespace's mutex is held.
 */
void nst_rewheel_all(struct nst_net *nn)
{
	nst_sweep_all(nn, NST_END_NONE);
}

/* ----------------------------------------------------------------- drains */

/**
 * struct nst_drain - exporting what has ended
 * @done: nothing is left
 * @left: flows that were left
 * @lose: give up what is left
 */
struct nst_drain {
	bool	done;
	u64	left;
	bool	lose;
};

static void nst_drain_piece(struct nst_cpu *c, void *arg)
{
	struct nst_drain *d = arg;
	struct nst_aging *a = &c->aging;
	struct nst_table *t;

	a->now = nst_clock_ms();
	d->done = true;
	d->left = 0;
	list_for_each_entry(t, &c->tables, node) {
		if (d->lose)
			nst_aging_lose(a, t, NST_LOST_SHUTDOWN);
		else
			d->done &= nst_aging_retry(a, t, NST_SWEEP_PIECE);
		d->left += t->used;
	}
	nst_exporter_flush(&c->exporter);
}

/* The CPU sees no more packets.  Its flows leave, or are counted as lost. */
static void nst_drain(struct nst_call *call, struct nst_cpu *c)
{
	struct nst_drain *d = call->arg;
	u64 left;

	call->fn = nst_drain_piece;
	nst_call_run(call, c);
	while (!d->done) {
		left = d->left;
		nst_sender_flush(call->nn->sender);
		nst_call_run(call, c);
		if (d->left == left && !d->done)
			break;
		cond_resched();
	}
	d->lose = true;
	nst_call_run(call, c);
}

/* End and export everything that a CPU without packets and timer has. */
static void nst_cpu_empty(struct nst_net *nn, struct nst_cpu *c)
{
	struct nst_drain d = {};
	struct nst_call call = { .nn = nn };
	struct nst_sweep sw;
	struct nst_table *t;

	list_for_each_entry(t, &c->tables, node) {
		sw = (struct nst_sweep) { .table = t, .reason = NST_END_CONFIG };
		call.fn = nst_sweep_piece;
		call.arg = &sw;
		do {
			nst_call_run(&call, c);
			cond_resched();
		} while (!nst_sweep_done(&sw));
	}
	call.arg = &d;
	nst_drain(&call, c);
}

/**
 * nst_drain_all - end and export all flows of a namespace that meters no more
 * @nn: namespace; its hooks are gone
 *
 * Waits for the hosts for as long as they take something.  What they do not
 * take is lost, and counted.
 *
 * Context: process, sleeps.
 */
void nst_drain_all(struct nst_net *nn)
{
	struct nst_cpu *c;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		c = per_cpu_ptr(nn->cpu, cpu);
		timer_shutdown_sync(&c->timer);
		nst_cpu_empty(nn, c);
	}
}

/* ---------------------------------------------------------------- hotplug */

/* The CPU is dead: its timer does not run, it sees no packets. */
static int nst_cpu_dead(unsigned int cpu, struct hlist_node *node)
{
	struct nst_net *nn = hlist_entry(node, struct nst_net, node);
	struct nst_cpu *c = per_cpu_ptr(nn->cpu, cpu);

	timer_delete_sync(&c->timer);
	nst_cpu_empty(nn, c);
	c->armed = false;
	return 0;
}

/**
 * nst_cpus_create - prepare all CPUs' part of a namespace
 * @nn: namespace with a sender
 *
 * Context: process, sleeps.
 * Return: 0 or a negative errno.
 */
int nst_cpus_create(struct nst_net *nn)
{
	unsigned int cpu;
	int err;

	nn->cpu = alloc_percpu_gfp(struct nst_cpu, GFP_KERNEL_ACCOUNT);
	if (!nn->cpu)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		nst_meter_init(per_cpu_ptr(nn->cpu, cpu), nn, cpu, nn->sender);
		per_cpu_ptr(nn->cpu, cpu)->map = &nst_ifmap_none;
	}
	err = cpuhp_state_add_instance_nocalls(nst_cpuhp_state, &nn->node);
	if (!err)
		return 0;
	free_percpu(nn->cpu);
	nn->cpu = NULL;
	return err;
}

/**
 * nst_cpus_destroy - forget all CPUs' part of a namespace
 * @nn: namespace; nothing uses its CPUs' parts
 *
 * Context: process, sleeps.
 */
void nst_cpus_destroy(struct nst_net *nn)
{
	cpuhp_state_remove_instance_nocalls(nst_cpuhp_state, &nn->node);
	free_percpu(nn->cpu);
	nn->cpu = NULL;
}

/**
 * nst_cpu_init - hear of CPUs that die
 *
 * Context: module load.
 * Return: 0 or a negative errno.
 */
int nst_cpu_init(void)
{
	int state = cpuhp_setup_state_multi(CPUHP_BP_PREPARE_DYN,
					    "net/netstream:dead", NULL,
					    nst_cpu_dead);

	if (state < 0)
		return state;
	nst_cpuhp_state = state;
	return 0;
}

/**
 * nst_cpu_exit - hear of it no more
 *
 * Context: module unload; no namespace is left.
 */
void nst_cpu_exit(void)
{
	cpuhp_remove_multi_state(nst_cpuhp_state);
}
