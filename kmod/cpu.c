// SPDX-License-Identifier: GPL-2.0
/*
 * Reaching a CPU's tables from process context, and CPU hotplug.
 *
 * Only its own CPU writes a table.  The control path therefore takes no lock but
 * calls the CPU: smp_call_on_cpu() runs a function there in process context, which
 * disables bottom halves for a short time.  Long work is split into pieces, so that
 * packets never wait long.
 *
 * A table has exactly one writer at any time:
 *
 *   its CPU is online		the CPU, with bottom halves off
 *   its CPU is offline		the holder of the namespace's mutex, while CPU
 *				hotplug is held off (nst_cpu_run())
 *   the namespace stopped	nst_cpu_drain_all(): a grace period has passed
 *				since the hooks were removed, the hotplug
 *				instance is removed, works are cancelled and
 *				timers are shut down
 *
 * A CPU that goes offline leaves flows behind.  The hotplug callback runs under a
 * lock that the whole machine may wait for, so it only stops the timer and queues a
 * work.  The work ends those flows and exports them as fast as the hosts take them.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/smp.h>

#include "clock.h"
#include "compat.h"
#include "cpu.h"
#include "ifmap.h"
#include "meter.h"
#include "sender.h"
#include "state.h"
#include "work.h"

/* Flows that are swept while bottom halves are off, and the prefetch distance. */
#define NST_SWEEP_AHEAD		4	/* flows */
#define NST_SWEEP_PIECE		256

/* Delay before flows of an offline CPU that found no space are exported again. */
#define NST_DRAIN_MS		100

/* Time that a namespace which goes away may spend on exporting flows. */
#define NST_LAST_MS		1000

static enum cpuhp_state nst_cpuhp_state;

/* ------------------------------------------------------- calling a CPU */

/**
 * struct nst_call - a function to run on a CPU
 * @nn: namespace
 * @fn: function, called with bottom halves off
 * @arg: argument of @fn
 */
struct nst_call {
	struct nst_net	*nn;
	nst_cpu_fn	fn;
	void		*arg;
};

static void nst_call_run(struct nst_call *call, struct nst_cpu *pcpu)
{
	local_bh_disable();
	nst_lock(call->nn);
	call->fn(pcpu, call->arg);
	nst_unlock(call->nn);
	local_bh_enable();
}

static int nst_call_here(void *arg)
{
	struct nst_call *call = arg;

	nst_call_run(call, per_cpu_ptr(call->nn->cpu, raw_smp_processor_id()));
	return 0;
}

/* Context: CPU hotplug is held off. */
static void nst_call_cpu(struct nst_call *call, unsigned int cpu)
{
	if (!cpu_online(cpu) || smp_call_on_cpu(cpu, nst_call_here, call, false))
		nst_call_run(call, per_cpu_ptr(call->nn->cpu, cpu));
}

/**
 * nst_cpu_run - run a function on one CPU's part of a namespace
 * @nn: namespace
 * @cpu: a possible CPU, online or offline
 * @fn: function, called with bottom halves off; must be short
 * @arg: argument of @fn
 *
 * Context: process, sleeps; the namespace's mutex is held.
 */
void nst_cpu_run(struct nst_net *nn, unsigned int cpu, nst_cpu_fn fn, void *arg)
{
	struct nst_call call = { .nn = nn, .fn = fn, .arg = arg };

	cpus_read_lock();
	nst_call_cpu(&call, cpu);
	cpus_read_unlock();
}

/**
 * nst_cpu_run_each - run a function on every CPU's part of a namespace, one by one
 * @nn: namespace
 * @fn: function, called with bottom halves off; must be short
 * @arg: argument of @fn
 *
 * Context: process, sleeps; the namespace's mutex is held.
 */
void nst_cpu_run_each(struct nst_net *nn, nst_cpu_fn fn, void *arg)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		nst_cpu_run(nn, cpu, fn, arg);
}

/* ----------------------------------------------------------------- sweeps */

/**
 * struct nst_sweep - a walk through all flows of a table
 * @table: the table
 * @index: next flow
 * @reason: end flows for this reason; %NST_END_NONE: put them into the wheel again
 * @one_slot: only flows of @slot, and none of monitors
 * @slot: number of a slot
 */
struct nst_sweep {
	struct nst_table	*table;
	u32			index;
	enum nst_end		reason;
	bool			one_slot;
	u8			slot;
};

static bool nst_sweep_wants(const struct nst_sweep *sweep, const struct nst_flow *flow)
{
	return nst_flow_takes(flow) &&
	       (!sweep->one_slot ||
		(!sweep->table->rec->account &&
		 nst_record_slot(sweep->table->rec, flow) == sweep->slot));
}

static bool nst_sweep_done(const struct nst_sweep *sweep)
{
	return sweep->index >= READ_ONCE(sweep->table->fresh);
}

static void nst_sweep_piece(struct nst_cpu *pcpu, void *arg)
{
	struct nst_sweep *sweep = arg;
	struct nst_table *tbl = sweep->table;
	u32 end = min(tbl->fresh, sweep->index + NST_SWEEP_PIECE);
	struct nst_aging *aging = &pcpu->aging;

	aging->now = nst_clock_ms();
	nst_meter_flush(pcpu);
	for (; sweep->index < end; sweep->index++) {
		if (sweep->index + NST_SWEEP_AHEAD < end)
			nst_table_prefetch(tbl, nst_table_flow(tbl, sweep->index +
							     NST_SWEEP_AHEAD));
		if (!nst_sweep_wants(sweep, nst_table_flow(tbl, sweep->index)))
			continue;
		if (sweep->reason)
			nst_aging_end(aging, tbl, sweep->index, sweep->reason);
		else
			nst_aging_rewheel(tbl, sweep->index, aging->now);
	}
	/* an online CPU runs this itself, so it may arm its timer */
	if (!pcpu->armed && tbl->used && cpu_online(pcpu->id))
		nst_meter_arm(pcpu);
}

static void nst_sweep_table(struct nst_net *nn, unsigned int cpu,
			    struct nst_table *tbl, struct nst_sweep sweep)
{
	sweep.table = tbl;
	while (!nst_sweep_done(&sweep)) {
		nst_cpu_run(nn, cpu, nst_sweep_piece, &sweep);
		cond_resched();
	}
}

/**
 * nst_cpu_end_table - end the flows that are in a table now
 * @nn: namespace
 * @cpu: CPU that owns the table
 * @tbl: table
 * @reason: reason that is exported and counted
 *
 * Flows are exported as fast as the hosts take them.  The rest waits in the ended
 * list of the table.
 *
 * Context: process, sleeps; the namespace's mutex is held.
 */
void nst_cpu_end_table(struct nst_net *nn, unsigned int cpu, struct nst_table *tbl,
		       enum nst_end reason)
{
	nst_sweep_table(nn, cpu, tbl, (struct nst_sweep) { .reason = reason });
}

static void nst_sweep_all(struct nst_net *nn, struct nst_sweep sweep)
{
	struct nst_table *tbl;
	unsigned int cpu;

	/* tables are added and removed under the mutex only */
	for_each_possible_cpu(cpu)
		list_for_each_entry(tbl, &per_cpu_ptr(nn->cpu, cpu)->tables, node)
			nst_sweep_table(nn, cpu, tbl, sweep);
}

static void nst_flush_one(struct nst_cpu *pcpu, void *arg)
{
	nst_meter_flush(pcpu);
	nst_exporter_flush(&pcpu->exporter);
}

/**
 * nst_cpu_end_all - end all flows of a namespace
 * @nn: namespace
 * @reason: reason that is exported and counted
 *
 * Context: process, sleeps; the namespace's mutex is held.
 */
void nst_cpu_end_all(struct nst_net *nn, enum nst_end reason)
{
	nst_cpu_run_each(nn, nst_flush_one, NULL);
	nst_sweep_all(nn, (struct nst_sweep) { .reason = reason });
	nst_cpu_run_each(nn, nst_flush_one, NULL);
}

/**
 * nst_cpu_end_slot - end the flows of one slot
 * @nn: namespace
 * @slot: number of the slot
 * @reason: reason that is exported and counted
 *
 * Context: process, sleeps; the namespace's mutex is held.
 */
void nst_cpu_end_slot(struct nst_net *nn, u8 slot, enum nst_end reason)
{
	struct nst_sweep sweep = { .reason = reason, .one_slot = true, .slot = slot };

	nst_cpu_run_each(nn, nst_flush_one, NULL);
	nst_sweep_all(nn, sweep);
	nst_cpu_run_each(nn, nst_flush_one, NULL);
}

/**
 * nst_cpu_rewheel_all - schedule all flows again after timeouts have become shorter
 * @nn: namespace
 *
 * Context: process, sleeps; the namespace's mutex is held.
 */
void nst_cpu_rewheel_all(struct nst_net *nn)
{
	nst_sweep_all(nn, (struct nst_sweep) { .reason = NST_END_NONE });
}

/**
 * nst_cpu_flush_packets - hand a CPU's open export packets to the sender
 * @nn: namespace
 * @cpu: a possible CPU
 *
 * Context: process, sleeps; the namespace's mutex is held.
 */
void nst_cpu_flush_packets(struct nst_net *nn, unsigned int cpu)
{
	nst_cpu_run(nn, cpu, nst_flush_one, NULL);
}

/* ----------------------------------------------------------------- drains */

/**
 * struct nst_drain - one pass over the flows that wait for export
 * @done: no ended flow is left
 * @left: flows in the tables after the pass
 */
struct nst_drain {
	bool	done;
	u64	left;
};

static void nst_drain_piece(struct nst_cpu *pcpu, void *arg)
{
	struct nst_drain *drain = arg;
	struct nst_aging *aging = &pcpu->aging;
	struct nst_table *tbl;

	aging->now = nst_clock_ms();
	drain->done = true;
	drain->left = 0;
	list_for_each_entry(tbl, &pcpu->tables, node) {
		drain->done &= nst_aging_retry(aging, tbl, NST_SWEEP_PIECE);
		drain->left += tbl->used;
	}
	nst_exporter_flush(&pcpu->exporter);
}

/* -------------------------------------------------- a CPU that went offline */

/*
 * Is the CPU back online?  It then owns its flows again.  Its timer is armed here,
 * because there may be no packet that would arm it.
 */
static bool nst_orphan_returned(struct nst_cpu *pcpu)
{
	if (!cpu_online(pcpu->id))
		return false;
	pcpu->orphaned = false;
	if (!pcpu->armed)
		nst_meter_arm(pcpu);
	return true;
}

static void nst_orphan_flush(struct nst_cpu *pcpu, void *arg)
{
	if (!nst_orphan_returned(pcpu))
		nst_flush_one(pcpu, arg);
}

static void nst_orphan_sweep(struct nst_cpu *pcpu, void *arg)
{
	if (!nst_orphan_returned(pcpu))
		nst_sweep_piece(pcpu, arg);
}

static void nst_orphan_drain(struct nst_cpu *pcpu, void *arg)
{
	struct nst_drain *drain = arg;

	if (nst_orphan_returned(pcpu))
		return;
	nst_drain_piece(pcpu, drain);
	pcpu->orphaned = !drain->done;
}

/* End the flows.  Those that cannot be exported yet wait in the ended list. */
static void nst_orphan_end(struct nst_net *nn, struct nst_cpu *pcpu,
			   struct nst_table *tbl)
{
	struct nst_sweep sweep = { .table = tbl, .reason = NST_END_CONFIG };

	if (!READ_ONCE(tbl->live))
		return;
	while (READ_ONCE(pcpu->orphaned) && !nst_sweep_done(&sweep)) {
		nst_cpu_run(nn, pcpu->id, nst_orphan_sweep, &sweep);
		cond_resched();
	}
}

/* Export the flows of an offline CPU until the hosts take no more. */
static void nst_orphan_work(struct nst_net *nn, struct nst_cpu *pcpu)
{
	struct nst_drain drain = { .left = U64_MAX };
	struct nst_table *tbl;
	u64 left;

	nst_cpu_run(nn, pcpu->id, nst_orphan_flush, NULL);
	list_for_each_entry(tbl, &pcpu->tables, node)
		nst_orphan_end(nn, pcpu, tbl);
	do {
		left = drain.left;
		nst_cpu_run(nn, pcpu->id, nst_orphan_drain, &drain);
		cond_resched();
	} while (READ_ONCE(pcpu->orphaned) && drain.left < left);
}

/**
 * nst_cpu_drain_work - export the flows of CPUs that went offline
 * @work: member @drain of struct nst_net
 *
 * It never waits for a host.  Flows that the hosts do not take stay in the cache,
 * and the work queues itself again.
 *
 * Context: worker.
 */
void nst_cpu_drain_work(struct work_struct *work)
{
	struct nst_net *nn = container_of(work, struct nst_net, drain.work);
	bool left = false;
	struct nst_cpu *pcpu;
	unsigned int cpu;

	mutex_lock(&nn->mutex);
	for_each_possible_cpu(cpu) {
		pcpu = per_cpu_ptr(nn->cpu, cpu);
		if (nn->stopped || !READ_ONCE(pcpu->orphaned))
			continue;
		nst_orphan_work(nn, pcpu);
		left |= READ_ONCE(pcpu->orphaned);
	}
	if (left)
		queue_delayed_work(nst_wq, &nn->drain,
				   msecs_to_jiffies(NST_DRAIN_MS));
	mutex_unlock(&nn->mutex);
}

/*
 * The CPU is offline: its timer does not run and it sees no packets.  The hotplug
 * lock is held, so this touches no table and waits for nothing.
 */
static int nst_cpu_dead(unsigned int cpu, struct hlist_node *node)
{
	struct nst_net *nn = hlist_entry(node, struct nst_net, node);
	struct nst_cpu *pcpu = per_cpu_ptr(nn->cpu, cpu);

	timer_delete_sync(&pcpu->timer);
	pcpu->armed = false;
	WRITE_ONCE(pcpu->orphaned, true);
	mod_delayed_work(nst_wq, &nn->drain, 0);
	return 0;
}

/* -------------------------------------------- a namespace that goes away */

static void nst_lose_piece(struct nst_cpu *pcpu, void *arg)
{
	struct nst_drain *drain = arg;
	struct nst_table *tbl;

	drain->done = true;
	list_for_each_entry(tbl, &pcpu->tables, node)
		drain->done &= nst_aging_lose(&pcpu->aging, tbl, NST_LOST_SHUTDOWN,
					  NST_SWEEP_PIECE);
}

static void nst_stopped_end(struct nst_net *nn, struct nst_cpu *pcpu)
{
	struct nst_sweep sweep = { .reason = NST_END_CONFIG };
	struct nst_call call = { .nn = nn, .fn = nst_sweep_piece, .arg = &sweep };
	struct nst_table *tbl;

	list_for_each_entry(tbl, &pcpu->tables, node) {
		sweep.table = tbl;
		sweep.index = 0;
		do {
			nst_call_run(&call, pcpu);
			cond_resched();
		} while (!nst_sweep_done(&sweep));
	}
}

/* Export the flows that the hosts take now, without waiting for them. */
static void nst_stopped_export(struct nst_net *nn, struct nst_cpu *pcpu,
			       unsigned long end)
{
	struct nst_drain drain = { .left = U64_MAX };
	struct nst_call call = { .nn = nn, .fn = nst_drain_piece, .arg = &drain };
	bool flushed = false;
	u64 left;

	do {
		left = drain.left;
		nst_call_run(&call, pcpu);
		if (drain.left < left) {
			flushed = false;
		} else if (!flushed) {
			nst_sender_flush(nn->sender);
			flushed = true;
		} else {
			break;
		}
		cond_resched();
	} while (!drain.done && time_before(jiffies, end));
}

static void nst_stopped_lose(struct nst_net *nn, struct nst_cpu *pcpu)
{
	struct nst_drain drain;
	struct nst_call call = { .nn = nn, .fn = nst_lose_piece, .arg = &drain };

	do {
		nst_call_run(&call, pcpu);
		cond_resched();
	} while (!drain.done);
}

/**
 * nst_cpu_drain_all - end and export all flows of a namespace that has stopped
 * @nn: namespace; nothing else uses its per-CPU data, see the top of this file
 *
 * It waits for no host.  Flows that the hosts do not take at once are lost, and are
 * counted as such.
 *
 * Context: process, sleeps.
 */
void nst_cpu_drain_all(struct nst_net *nn)
{
	unsigned long end = jiffies + msecs_to_jiffies(NST_LAST_MS);
	struct nst_cpu *pcpu;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		pcpu = per_cpu_ptr(nn->cpu, cpu);
		timer_shutdown_sync(&pcpu->timer);
		/* so that nothing arms it again */
		pcpu->armed = true;
		nst_stopped_end(nn, pcpu);
		nst_stopped_export(nn, pcpu, end);
		nst_stopped_lose(nn, pcpu);
	}
}

/* ------------------------------------------------------- set-up, teardown */

/**
 * nst_cpu_create_all - allocate the per-CPU data of a namespace
 * @nn: namespace that has a sender
 *
 * Context: process, sleeps.
 * Return: 0 or a negative errno.
 */
int nst_cpu_create_all(struct nst_net *nn)
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
 * nst_cpu_leave_all - remove a namespace from CPU hotplug
 * @nn: namespace whose per-CPU data still exist
 *
 * No hotplug callback of the namespace runs after it returns.
 *
 * Context: process, sleeps.
 */
void nst_cpu_leave_all(struct nst_net *nn)
{
	cpuhp_state_remove_instance_nocalls(nst_cpuhp_state, &nn->node);
}

/**
 * nst_cpu_destroy_all - free the per-CPU data of a namespace
 * @nn: namespace; nst_cpu_leave_all() was called and nothing uses the data
 *
 * Context: process, sleeps.
 */
void nst_cpu_destroy_all(struct nst_net *nn)
{
	free_percpu(nn->cpu);
	nn->cpu = NULL;
}

/**
 * nst_cpu_init - register the CPU hotplug state
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
 * nst_cpu_exit - remove the CPU hotplug state
 *
 * Context: module unload; no namespace is left.
 */
void nst_cpu_exit(void)
{
	cpuhp_remove_multi_state(nst_cpuhp_state);
}
