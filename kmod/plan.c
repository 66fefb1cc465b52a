// SPDX-License-Identifier: GPL-2.0
/*
 * The plan: which records are metered, with which timeouts, for which versions
 * and slots.  Pure but for memory.
 */
#include <linux/bits.h>
#include <linux/slab.h>

#include "plan.h"

static u8 nst_plan_host_version(const struct nst_config *cfg,
				const struct nst_host_def *host)
{
	return (host->version ?: cfg->version) == NETSTREAM_VERSION_9 ?
	       NST_PLAN_V9 : NST_PLAN_IPFIX;
}

static u8 nst_plan_hosts_want(const struct nst_config *cfg,
			      const struct nst_host_def *host, unsigned int n)
{
	u8 versions = 0;

	while (n--)
		versions |= nst_plan_host_version(cfg, &host[n]);
	return versions;
}

/* Versions of all hosts, whichever view they are in. */
static u8 nst_plan_wanted(const struct nst_config *cfg)
{
	u8 versions = nst_plan_hosts_want(cfg, cfg->host, cfg->nhosts);
	unsigned int i;

	for (i = 0; i < cfg->nslots; i++)
		versions |= nst_plan_hosts_want(cfg, cfg->slot[i].host,
						cfg->slot[i].nhosts);
	return versions;
}

/* A record that did not change is carried over, and its tables with it. */
static int nst_plan_add(struct nst_plan *plan, const struct nst_plan *old,
			const struct nst_record_def *def, bool flexible)
{
	struct nst_plan_meter *meter = &plan->meter[plan->nmeters];
	const struct nst_config *cfg = plan->cfg;
	struct nst_record *rec = NULL;
	unsigned int i;

	for (i = 0; old && i < old->nmeters && !rec; i++)
		if (nst_record_same(&old->meter[i].rec->def, def))
			rec = nst_record_get(old->meter[i].rec);
	if (!rec)
		rec = nst_record_compile(def);
	if (!rec)
		return -ENOMEM;
	meter->rec = rec;
	meter->versions = nst_plan_versions(rec, flexible);
	meter->active = 1000 * (rec->original ? cfg->original_active :
						cfg->flex_active);
	meter->inactive = 1000 * (rec->original ? cfg->original_inactive :
						  cfg->flex_inactive);
	plan->needs |= rec->needs;
	plan->nmeters++;
	return 0;
}

static int nst_plan_meters(struct nst_plan *plan, const struct nst_plan *old)
{
	const struct nst_config *cfg = plan->cfg;
	unsigned int i;
	int err;

	if (!plan->dirs)
		return 0;
	if (!nst_config_record_in_effect(cfg))
		return nst_plan_add(plan, old, &nst_record_original, false);
	for (i = 0; i < cfg->napplied; i++) {
		err = nst_plan_add(plan, old, &cfg->record[cfg->applied[i]],
				   true);
		if (err)
			return err;
	}
	if (!(nst_plan_wanted(cfg) & NST_PLAN_IPFIX))
		return 0;
	return nst_plan_add(plan, old, &nst_record_original, true);
}

/**
 * nst_plan_create - find out what a configuration means
 * @cfg: configuration; the plan's from now on, freed on failure
 * @old: plan until now, whose records are carried over; may be %NULL
 *
 * Context: process, may sleep.
 * Return: the plan, without export set, or %NULL for lack of memory.
 */
struct nst_plan *nst_plan_create(struct nst_config *cfg,
				 const struct nst_plan *old)
{
	struct nst_plan *plan = kzalloc(sizeof(*plan), GFP_KERNEL_ACCOUNT);
	unsigned int dir;

	if (!plan) {
		nst_config_free(cfg);
		return NULL;
	}
	plan->cfg = cfg;
	plan->generation = old ? old->generation + 1 ?: 1 : 1;
	for (dir = 0; dir < 2; dir++)
		if (nst_config_meters(cfg, dir))
			plan->dirs |= 1 << dir;
	if (!nst_plan_meters(plan, old))
		return plan;
	nst_plan_free(plan);
	return NULL;
}

/**
 * nst_plan_free - free a plan and its configuration
 * @plan: plan that nobody reads, may be %NULL; its export set was given back
 *
 * Context: process.
 */
void nst_plan_free(struct nst_plan *plan)
{
	unsigned int i;

	if (!plan)
		return;
	for (i = 0; i < plan->nmeters; i++)
		nst_record_put(plan->meter[i].rec);
	nst_config_free((struct nst_config *)plan->cfg);
	kfree(plan);
}

/**
 * nst_plan_slot_meters - which records are metered for the interfaces of a slot
 * @plan: plan
 * @slot: number of the slot
 *
 * Those that the slot's hosts get.  If they get none, or there is no host, the
 * records are metered that version 9 hosts would get.
 *
 * Context: any.
 * Return: mask of indices of @plan->meter.
 */
u32 nst_plan_slot_meters(const struct nst_plan *plan, u8 slot)
{
	const struct nst_host_def *host;
	unsigned int i, n;
	u32 meters = 0;
	u8 versions;

	nst_config_hosts(plan->cfg, slot, &host, &n);
	versions = nst_plan_hosts_want(plan->cfg, host, n) ?: NST_PLAN_V9;
	for (i = 0; i < plan->nmeters; i++)
		if (plan->meter[i].versions & versions)
			meters |= BIT(i);
	return meters;
}
