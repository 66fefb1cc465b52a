// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics of one slot.  Tables count flows by slot, and the sender what it has sent
 * of them.  Packets are those of the slot's interfaces, so the packet path counts
 * nothing by slot.  Process context.
 */
#include <linux/string.h>

#include "cpu.h"
#include "export.h"
#include "meter.h"
#include "plan.h"
#include "slot_totals.h"
#include "state.h"
#include "table.h"

/**
 * struct nst_slot_reading - a slot that is being read, on one CPU after the other
 * @plan: running plan
 * @totals: result
 */
struct nst_slot_reading {
	const struct nst_plan	*plan;
	struct nst_slot_totals	*totals;
};

static void nst_slot_totals_cpu(struct nst_cpu *pcpu, void *arg)
{
	const struct nst_slot_reading *reading = arg;
	struct nst_slot_totals *totals = reading->totals;
	unsigned int i, j;

	for (i = 0; i < pcpu->nactive; i++) {
		struct nst_slot_flows flows = {};

		nst_table_slot_flows(pcpu->active[i], totals->slot, &flows);
		for (j = 0; j < totals->nrecords; j++) {
			if (reading->plan->record[j].rec != pcpu->active[i]->rec)
				continue;
			totals->record[j].created += flows.created;
			totals->record[j].ended += flows.ended;
		}
	}
}

static void nst_slot_totals_flows(struct nst_net *nn, struct nst_slot_reading *reading)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct nst_cpu *pcpu = per_cpu_ptr(nn->cpu, cpu);

		/* a CPU that has no flows is not interrupted, see nst_totals_idle() */
		if (IS_ENABLED(CONFIG_64BIT) && !READ_ONCE(pcpu->armed))
			nst_slot_totals_cpu(pcpu, reading);
		else
			nst_cpu_run(nn, cpu, nst_slot_totals_cpu, reading);
	}
}

static void nst_slot_totals_sent(struct nst_net *nn, struct nst_slot_reading *reading)
{
	struct nst_slot_totals *totals = reading->totals;
	unsigned int i;

	mutex_lock(&nn->sender->lock);
	for (i = 0; i < totals->nrecords; i++)
		totals->record[i].exported =
			reading->plan->record[i].rec->exported[totals->slot];
	mutex_unlock(&nn->sender->lock);
}

/**
 * nst_slot_totals_read - read the statistics of a slot
 * @nn: namespace
 * @slot: number of the slot
 * @totals: result
 *
 * What was sent is read first, so no flow is counted as exported that has not ended.
 *
 * Context: process, sleeps; takes the namespace's mutex and the sender's lock.
 * Return: 0, or -ENOENT if the running configuration has no such slot.
 */
int nst_slot_totals_read(struct nst_net *nn, u8 slot, struct nst_slot_totals *totals)
{
	struct nst_slot_reading reading = { .totals = totals };
	unsigned int i;
	int err = 0;

	memset(totals, 0, sizeof(*totals));
	totals->slot = slot;
	mutex_lock(&nn->mutex);
	reading.plan = rcu_dereference_protected(nn->plan, lockdep_is_held(&nn->mutex));
	totals->generation = reading.plan->generation;
	if (!nst_config_has_slot(reading.plan->cfg, slot)) {
		err = -ENOENT;
	} else if (nn->cpu) {
		/* those of monitors come last, and are of no slot */
		while (totals->nrecords < reading.plan->nrecords &&
		       !reading.plan->record[totals->nrecords].rec->account)
			totals->nrecords++;
		for (i = 0; i < totals->nrecords; i++)
			strscpy(totals->record[i].name,
				reading.plan->record[i].rec->def.name,
				sizeof(totals->record[i].name));
		nst_slot_totals_sent(nn, &reading);
		nst_slot_totals_flows(nn, &reading);
		nst_totals_slot_interfaces(nn, slot, totals->interfaces);
	}
	mutex_unlock(&nn->mutex);
	return err;
}
