// SPDX-License-Identifier: GPL-2.0
/* The cache as a whole: listing and ending its flows.  Process context. */
#include <linux/rculist.h>
#include <linux/string.h>

#include "cache.h"
#include "clock.h"
#include "config.h"
#include "cpu.h"
#include "meter.h"
#include "plan.h"
#include "state.h"

/**
 * nst_cache_reset - end all flows and export them with reason "forced end"
 * @nn: namespace
 *
 * Context: process, sleeps; takes the namespace's mutex.
 */
void nst_cache_reset(struct nst_net *nn)
{
	mutex_lock(&nn->mutex);
	if (nn->cpu)
		nst_cpu_end_all(nn, NST_END_RESET);
	mutex_unlock(&nn->mutex);
}

/**
 * nst_cache_reset_slot - end the flows of one slot and export them, "forced end"
 * @nn: namespace
 * @slot: number of the slot
 *
 * Context: process, sleeps; takes the namespace's mutex.
 * Return: 0, or -ENOENT if the running configuration has no such slot.
 */
int nst_cache_reset_slot(struct nst_net *nn, u8 slot)
{
	const struct nst_plan *plan;
	int err = 0;

	mutex_lock(&nn->mutex);
	plan = rcu_dereference_protected(nn->plan, lockdep_is_held(&nn->mutex));
	if (!nst_config_has_slot(plan->cfg, slot))
		err = -ENOENT;
	else if (nn->cpu)
		nst_cpu_end_slot(nn, slot, NST_END_RESET);
	mutex_unlock(&nn->mutex);
	return err;
}

static void nst_flush_cpu(struct nst_cpu *pcpu, void *arg)
{
	nst_meter_flush(pcpu);
}

/**
 * nst_cache_flush_pending - put pending packets into the cache
 * @nn: namespace
 *
 * A CPU whose timer is not armed has no pending packets and is not disturbed.
 *
 * Context: process, sleeps; takes the namespace's mutex.
 */
void nst_cache_flush_pending(struct nst_net *nn)
{
	unsigned int cpu;

	mutex_lock(&nn->mutex);
	if (nn->cpu)
		for_each_possible_cpu(cpu)
			if (READ_ONCE(per_cpu_ptr(nn->cpu, cpu)->armed))
				nst_cpu_run(nn, cpu, nst_flush_cpu, NULL);
	mutex_unlock(&nn->mutex);
}

static void nst_flow_copy_fill(const struct nst_cpu *pcpu,
			       const struct nst_table *tbl,
			       const struct nst_flow *flow,
			       struct nst_flow_copy *copy)
{
	u64 now = nst_clock_ms();

	copy->rec = tbl->rec;
	copy->cpu = pcpu->id;
	copy->first = nst_clock_extend(now, flow->first);
	copy->last = nst_clock_extend(now, flow->last);
	nst_record_values(tbl->rec, flow, &copy->values);
}

/* Find the next flow of @tbl, from @pos->index on. */
static enum nst_flow_step nst_flow_in_table(const struct nst_cpu *pcpu,
					    const struct nst_table *tbl,
					    struct nst_flow_cursor *pos,
					    struct nst_flow_copy *copy,
					    unsigned int *looks)
{
	u64 buffer[sizeof(struct nst_flow) / sizeof(u64) + NST_FLOW_WORDS];
	struct nst_flow *flow = (struct nst_flow *)buffer;
	int found;

	for (; pos->index < READ_ONCE(tbl->fresh); pos->index++) {
		if (!*looks)
			return NST_FLOW_PAUSE;
		--*looks;
		found = nst_table_read(tbl, pos->index, flow, flow->word);
		if (found < 0)
			return NST_FLOW_BUSY;
		if (!found)
			continue;
		nst_flow_copy_fill(pcpu, tbl, flow, copy);
		pos->index++;
		return NST_FLOW_FOUND;
	}
	return NST_FLOW_END;
}

static enum nst_flow_step nst_flow_on_cpu(const struct nst_cpu *pcpu,
					  const char *record,
					  struct nst_flow_cursor *pos,
					  struct nst_flow_copy *copy,
					  unsigned int *looks)
{
	const struct nst_table *tbl;
	enum nst_flow_step step;

	list_for_each_entry_rcu(tbl, &pcpu->tables, node) {
		if (tbl->serial < pos->table ||
		    (record && strcmp(record, tbl->rec->def.name)))
			continue;
		if (tbl->serial > pos->table) {
			pos->table = tbl->serial;
			pos->index = 0;
		}
		step = nst_flow_in_table(pcpu, tbl, pos, copy, looks);
		if (step != NST_FLOW_END)
			return step;
	}
	return NST_FLOW_END;
}

/**
 * nst_cache_next_flow - copy the next flow of a listing
 * @nn: namespace
 * @record: name of the only record to list; %NULL lists all
 * @pos: position of the listing, zeroed before the first call
 * @copy: receives the flow
 * @looks: number of flows that this RCU read-side section may still inspect
 *
 * Flows come and go between calls.  A flow that exists throughout the listing is
 * listed exactly once.
 *
 * Context: RCU read-side section; @copy->rec is valid only within it.
 * Return: &enum nst_flow_step.
 */
enum nst_flow_step nst_cache_next_flow(struct nst_net *nn, const char *record,
				       struct nst_flow_cursor *pos,
				 struct nst_flow_copy *copy,
				 unsigned int *looks)
{
	enum nst_flow_step step;

	if (!nst_started(nn))
		return NST_FLOW_END;
	for (; pos->cpu < nr_cpu_ids; pos->cpu++) {
		step = NST_FLOW_END;
		if (cpu_possible(pos->cpu))
			step = nst_flow_on_cpu(per_cpu_ptr(nn->cpu, pos->cpu),
					       record, pos, copy, looks);
		if (step != NST_FLOW_END)
			return step;
		pos->table = 0;
		pos->index = 0;
	}
	return NST_FLOW_END;
}
