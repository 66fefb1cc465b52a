// SPDX-License-Identifier: GPL-2.0
/*
 * The plan: which records are metered, with which timeouts, for which versions and
 * slots.  It has no side effects except memory allocation.
 */
#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/bsearch.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "plan.h"
#include "routes.h"

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

/* Versions of the hosts of all views. */
static u8 nst_plan_wanted(const struct nst_config *cfg)
{
	u8 versions = nst_plan_hosts_want(cfg, cfg->host, cfg->nhosts);
	unsigned int i;

	for (i = 0; i < cfg->nslots; i++)
		versions |= nst_plan_hosts_want(cfg, cfg->slot[i].host,
						cfg->slot[i].nhosts);
	return versions;
}

/* What routes have to say of addresses that are cut to the masks of their routes. */
static u8 nst_plan_cut_values(const struct nst_config *cfg, const struct nst_record_def *def)
{
	u8 what = 0;

	if (nst_record_cuts(def, NETSTREAM_FIELD_SRC_ADDR))
		what |= NST_ROUTES_SRC_MASK | (cfg->as_type ? NST_ROUTES_SRC_AS : 0);
	if (nst_record_cuts(def, NETSTREAM_FIELD_DST_ADDR))
		what |= NST_ROUTES_DST_MASK | (cfg->as_type ? NST_ROUTES_DST_AS : 0) |
			(cfg->bgp_nexthop ? NST_ROUTES_NEXT_HOP : 0);
	return what;
}

/*
 * What routes have to say of packets of a record.  What its key determines and it does
 * not match is looked up when a flow is exported, see struct nst_template.
 */
static u8 nst_plan_route_values(const struct nst_config *cfg,
				const struct nst_record_def *def)
{
	const struct nst_item *item = def->item, *end = item + def->nitems;
	u8 what = nst_plan_cut_values(cfg, def);

	for (; item < end; item++) {
		if (item->field == NETSTREAM_FIELD_SRC_AS && cfg->as_type)
			what |= NST_ROUTES_SRC_AS;
		else if (item->field == NETSTREAM_FIELD_DST_AS && cfg->as_type)
			what |= NST_ROUTES_DST_AS;
		else if (item->field == NETSTREAM_FIELD_SRC_MASK)
			what |= NST_ROUTES_SRC_MASK;
		else if (item->field == NETSTREAM_FIELD_DST_MASK)
			what |= NST_ROUTES_DST_MASK;
		else if (item->field == NETSTREAM_FIELD_BGP_NEXT_HOP &&
			 cfg->bgp_nexthop &&
			 (!item->collect ||
			  !nst_record_matches(def, NETSTREAM_FIELD_DST_ADDR, NULL)))
			what |= NST_ROUTES_NEXT_HOP;
	}
	if (cfg->mask == NETSTREAM_MASK_FIB)
		what &= ~(NST_ROUTES_SRC_MASK | NST_ROUTES_DST_MASK);
	return what;
}

/* The given values, of the neighbours or the origins. */
static u8 nst_plan_of_type(const struct nst_config *cfg, u8 what)
{
	return what && cfg->as_type == NETSTREAM_AS_PEER ? what | NST_ROUTES_PEER : what;
}

/* What a record's packets need: no forwarding table where masks are not from there. */
static u32 nst_plan_needs(const struct nst_config *cfg,
			  const struct nst_record *rec)
{
	const u32 masks = NST_NEEDS_SRC_MASK | NST_NEEDS_DST_MASK;

	if (cfg->mask != NETSTREAM_MASK_ROUTES || !(rec->needs & masks))
		return rec->needs;
	return (rec->needs & ~masks) | NST_NEEDS_ROUTES;
}

/* @mon: the monitor whose record it is, or %NULL */
static void nst_plan_timeouts(struct nst_plan_record *record, const struct nst_config *cfg,
			      const struct nst_monitor_def *mon)
{
	const struct nst_record *rec = record->rec;
	u32 active = rec->original ? cfg->original_active : cfg->flex_active;
	u32 inactive = rec->original ? cfg->original_inactive : cfg->flex_inactive;
	bool permanent = rec->def.cache == NETSTREAM_CACHE_PERMANENT;

	if (mon) {
		active = mon->active ?: active;
		inactive = mon->inactive ?: inactive;
	}
	record->active = permanent ? S32_MAX : 1000 * active;
	record->inactive = permanent ? S32_MAX : 1000 * inactive;
	record->report = permanent ? 1000 * active : 0;
}

/* A record that did not change is reused, so that its tables are kept, too. */
static struct nst_record *nst_plan_compile(const struct nst_plan *old,
					   const struct nst_record_def *def,
					   struct nst_account *account)
{
	struct nst_record *rec;
	unsigned int i;

	for (i = 0; old && i < old->nrecords; i++) {
		rec = old->record[i].rec;
		if (rec->account == account && nst_record_same(&rec->def, def))
			return nst_record_get(rec);
	}
	rec = nst_record_compile(def);
	if (rec && account)
		nst_record_belongs(rec, account);
	return rec;
}

static int nst_plan_add(struct nst_plan *plan, const struct nst_plan *old,
			const struct nst_record_def *def, bool flexible)
{
	struct nst_plan_record *record = &plan->record[plan->nrecords];
	const struct nst_config *cfg = plan->cfg;
	struct nst_record *rec = nst_plan_compile(old, def, NULL);
	u8 routes;

	if (!rec)
		return -ENOMEM;
	record->rec = rec;
	record->versions = nst_plan_versions(rec, flexible, cfg->flexible_ipfix);
	nst_plan_timeouts(record, cfg, NULL);
	plan->needs |= nst_plan_needs(cfg, rec);
	routes = nst_plan_route_values(cfg, &rec->def);
	record->routes = nst_plan_of_type(cfg, routes & rec->made);
	plan->routes |= nst_plan_of_type(cfg, routes & ~rec->made);
	plan->nrecords++;
	return 0;
}

static int nst_plan_records(struct nst_plan *plan, const struct nst_plan *old)
{
	const struct nst_config *cfg = plan->cfg;
	unsigned int i;
	int err;

	if (!nst_config_meters(cfg, NETSTREAM_INBOUND) &&
	    !nst_config_meters(cfg, NETSTREAM_OUTBOUND))
		return 0;
	if (!nst_config_record_in_effect(cfg))
		return nst_plan_add(plan, old, nst_config_original(cfg), false);
	for (i = 0; i < cfg->napplied; i++) {
		err = nst_plan_add(plan, old, &cfg->record[cfg->applied[i]],
				   true);
		if (err)
			return err;
	}
	if (cfg->flexible_ipfix || !(nst_plan_wanted(cfg) & NST_PLAN_IPFIX))
		return 0;
	return nst_plan_add(plan, old, nst_config_original(cfg), true);
}

/* ----------------------------------------------------------------- monitors */

static struct nst_account *nst_plan_old_account(const struct nst_plan *old,
						const char *name)
{
	int index = old ? nst_config_monitor(old->cfg, name) : -ENOENT;

	return index < 0 ? NULL : old->monitor[index].account;
}

/* The least number that no monitor of either plan has, or of this one if there is none. */
static u8 nst_plan_new_number(const struct nst_plan *plan, const struct nst_plan *old)
{
	unsigned long used = 0, using = 0, number;
	unsigned int i;

	for (i = 0; i < plan->cfg->nmonitors; i++)
		if (plan->monitor[i].account)
			using |= BIT(plan->monitor[i].account->number);
	for (i = 0; old && i < old->cfg->nmonitors; i++)
		used |= BIT(old->monitor[i].account->number);
	number = ffz(used | using | 1);
	return number <= NETSTREAM_MONITORS_MAX ? number : ffz(using | 1);
}

/*
 * A monitor that was there before keeps its account, and with it its number and Source ID.
 * These come first, so that a new one does not take a number of theirs.
 */
static int nst_plan_accounts(struct nst_plan *plan, const struct nst_plan *old)
{
	const struct nst_config *cfg = plan->cfg;
	struct nst_plan_monitor *monitor;
	unsigned int i;

	for (i = 0; i < cfg->nmonitors; i++)
		plan->monitor[i].account =
			nst_account_get(nst_plan_old_account(old, cfg->monitor[i].name));
	for (i = 0; i < cfg->nmonitors; i++) {
		monitor = &plan->monitor[i];
		if (!monitor->account)
			monitor->account = nst_account_create(cfg->monitor[i].name,
							      nst_plan_new_number(plan, old));
		if (!monitor->account)
			return -ENOMEM;
	}
	return 0;
}

static int nst_plan_watch(struct nst_plan *plan, const struct nst_plan *old,
			  unsigned int index, const struct nst_record_def *def)
{
	const struct nst_monitor_def *mon = &plan->cfg->monitor[index];
	struct nst_plan_record *record = &plan->record[plan->nrecords];
	struct nst_plan_monitor *monitor = &plan->monitor[index];
	const struct nst_config *cfg = plan->cfg;
	struct nst_record *rec = nst_plan_compile(old, def, monitor->account);
	u8 routes;

	if (!rec)
		return -ENOMEM;
	record->rec = rec;
	record->versions = nst_plan_hosts_want(cfg, mon->host, mon->nhosts) ?: NST_PLAN_V9;
	nst_plan_timeouts(record, cfg, mon);
	monitor->needs |= nst_plan_needs(cfg, rec);
	routes = nst_plan_route_values(cfg, &rec->def);
	record->routes = nst_plan_of_type(cfg, routes & rec->made);
	monitor->routes |= nst_plan_of_type(cfg, routes & ~rec->made);
	monitor->records |= BIT(plan->nrecords++);
	return 0;
}

/* All hosts of a monitor get the flows of all its records. */
static int nst_plan_monitors(struct nst_plan *plan, const struct nst_plan *old)
{
	const struct nst_config *cfg = plan->cfg;
	unsigned int i, j;
	int err;

	err = nst_plan_accounts(plan, old);
	for (i = 0; !err && i < cfg->nmonitors; i++) {
		if (!cfg->monitor[i].nrecords)
			err = nst_plan_watch(plan, old, i, nst_config_original(cfg));
		for (j = 0; !err && j < cfg->monitor[i].nrecords; j++)
			err = nst_plan_watch(plan, old, i,
					     &cfg->record[cfg->monitor[i].record[j]]);
	}
	return err;
}

/* ----------------------------------------------------------------- samplers */

static int nst_plan_sampler_cmp(const void *a, const void *b)
{
	const struct nst_sampler_def *left = a, *right = b;

	/* thousands of interface views take a while to sort */
	cond_resched();
	if (left->mode != right->mode)
		return left->mode < right->mode ? -1 : 1;
	return left->interval < right->interval ? -1 :
	       left->interval > right->interval;
}

static struct nst_sampler_def *nst_plan_sampler(const struct nst_plan *plan,
						const struct nst_sampler_def *def)
{
	return bsearch(def, plan->sampler, plan->nsamplers,
		       sizeof(*plan->sampler), nst_plan_sampler_cmp);
}

/* Sort the samplers and remove duplicates. */
static void nst_plan_unique_samplers(struct nst_plan *plan, unsigned int n)
{
	unsigned int i, kept = 0;

	sort(plan->sampler, n, sizeof(*plan->sampler), nst_plan_sampler_cmp, NULL);
	for (i = 0; i < n; i++)
		if (!kept || nst_plan_sampler_cmp(&plan->sampler[kept - 1],
						  &plan->sampler[i]))
			plan->sampler[kept++] = plan->sampler[i];
	plan->nsamplers = kept;
}

/*
 * A sampler of the previous plan keeps its number.  A new one gets a number that
 * neither plan uses.  If all numbers are in use, new samplers share the last one.
 */
static int nst_plan_number_samplers(struct nst_plan *plan,
				    const struct nst_plan *old)
{
	struct nst_sampler_def *def, *was;
	unsigned int i, id = NST_SAMPLER_ID_ALL;
	unsigned long *used;

	plan->sampler[0].id = NST_SAMPLER_ID_ALL;
	if (plan->nsamplers == 1)
		return 0;
	used = bitmap_zalloc(U16_MAX + 1, GFP_KERNEL_ACCOUNT);
	if (!used)
		return -ENOMEM;
	for (i = 0; old && i < old->nsamplers; i++)
		__set_bit(old->sampler[i].id, used);
	for (i = 1; i < plan->nsamplers; i++) {
		def = &plan->sampler[i];
		was = old ? nst_plan_sampler(old, def) : NULL;
		if (!was)
			id = find_next_zero_bit(used, U16_MAX, id + 1);
		def->id = was ? was->id : id;
	}
	bitmap_free(used);
	return 0;
}

static void nst_plan_use_number(const struct nst_plan *plan,
				struct nst_sampler_def *def)
{
	def->id = nst_plan_sampler(plan, def)->id;
}

/* Give each sampler of the configuration its number. */
static int nst_plan_samplers(struct nst_plan *plan, struct nst_config *cfg,
			     const struct nst_plan *old)
{
	unsigned int n = 1, i, dir;
	int err;

	/* the first one, which selects every packet, always exists */
	plan->sampler = kvcalloc(2 * (cfg->nifs + cfg->nmonitors) + 3,
				 sizeof(*plan->sampler), GFP_KERNEL_ACCOUNT);
	if (!plan->sampler)
		return -ENOMEM;
	for (dir = 0; dir < 2; dir++) {
		plan->sampler[n++] = cfg->sampler[dir];
		for (i = 0; i < cfg->nifs; i++)
			plan->sampler[n++] = cfg->ifs[i].sampler[dir];
		for (i = 0; i < cfg->nmonitors; i++)
			plan->sampler[n++] = cfg->monitor[i].sampler[dir];
	}
	nst_plan_unique_samplers(plan, n);
	err = nst_plan_number_samplers(plan, old);
	if (err)
		return err;
	for (dir = 0; dir < 2; dir++) {
		nst_plan_use_number(plan, &cfg->sampler[dir]);
		for (i = 0; i < cfg->nifs; i++)
			nst_plan_use_number(plan, &cfg->ifs[i].sampler[dir]);
		for (i = 0; i < cfg->nmonitors; i++)
			nst_plan_use_number(plan, &cfg->monitor[i].sampler[dir]);
	}
	return 0;
}

/**
 * nst_plan_create - derive a plan from a configuration
 * @cfg: configuration; the plan takes over the reference, and a failure drops it
 * @old: running plan, whose unchanged records are reused; may be %NULL
 *
 * Context: process, may sleep.
 * Return: the plan without an export set, or %NULL if memory is short.
 */
struct nst_plan *nst_plan_create(struct nst_config *cfg,
				 const struct nst_plan *old)
{
	struct nst_plan *plan = kzalloc(sizeof(*plan), GFP_KERNEL_ACCOUNT);
	unsigned int dir;

	if (!plan) {
		nst_config_put(cfg);
		return NULL;
	}
	plan->cfg = cfg;
	plan->generation = old ? old->generation + 1 ?: 1 : 1;
	for (dir = 0; dir < 2; dir++)
		if (nst_config_meters(cfg, dir) || nst_config_attaches(cfg, dir))
			plan->dirs |= 1 << dir;
	if (!nst_plan_samplers(plan, cfg, old) && !nst_plan_records(plan, old) &&
	    !nst_plan_monitors(plan, old))
		return plan;
	nst_plan_free(plan);
	return NULL;
}

/**
 * nst_plan_free - free a plan and drop its reference to the configuration
 * @plan: plan without readers, whose reference to an export set the caller dropped;
 *	may be %NULL
 *
 * Context: process.
 */
void nst_plan_free(struct nst_plan *plan)
{
	unsigned int i;

	if (!plan)
		return;
	for (i = 0; i < plan->nrecords; i++)
		nst_record_put(plan->record[i].rec);
	for (i = 0; i < plan->cfg->nmonitors; i++)
		nst_account_put(plan->monitor[i].account);
	kvfree(plan->sampler);
	nst_config_put((struct nst_config *)plan->cfg);
	kfree(plan);
}

/**
 * nst_plan_slot_records - find the records that interfaces of a slot are metered for
 * @plan: plan
 * @slot: number of the slot
 *
 * These are the records that the hosts of the slot get.  A slot without hosts is
 * metered as if it had a version 9 host.
 *
 * Context: any.
 * Return: mask of indices into @plan->record.
 */
u32 nst_plan_slot_records(const struct nst_plan *plan, u8 slot)
{
	const struct nst_host_def *host;
	unsigned int i, n;
	u32 records = 0;
	u8 versions;

	nst_config_hosts(plan->cfg, slot, &host, &n);
	versions = nst_plan_hosts_want(plan->cfg, host, n) ?: NST_PLAN_V9;
	for (i = 0; i < plan->nrecords; i++)
		if (!plan->record[i].rec->account && plan->record[i].versions & versions)
			records |= BIT(i);
	return records;
}

/**
 * nst_plan_settled - find the records that say what became of packets
 * @plan: plan
 *
 * Inbound packets are metered for them when they have been forwarded, delivered or
 * dropped.
 *
 * Context: any.
 * Return: mask of indices into @plan->record.
 */
u32 nst_plan_settled(const struct nst_plan *plan)
{
	u32 records = 0;
	unsigned int i;

	for (i = 0; i < plan->nrecords; i++)
		if (plan->record[i].rec->needs & NST_NEEDS_STATUS)
			records |= BIT(i);
	return records;
}

/**
 * nst_plan_ages_sooner - whether flows that exist may have to end earlier
 * @plan: plan that takes effect
 * @old: plan that it replaces
 *
 * Context: any.
 */
bool nst_plan_ages_sooner(const struct nst_plan *plan, const struct nst_plan *old)
{
	const struct nst_plan_record *now, *was;
	unsigned int i, j;

	if (plan->cfg->tcp_linger < old->cfg->tcp_linger)
		return true;
	for (i = 0; i < plan->nrecords; i++)
		for (j = 0; j < old->nrecords; j++) {
			now = &plan->record[i];
			was = &old->record[j];
			if (now->rec == was->rec && (now->active < was->active ||
						     now->inactive < was->inactive ||
						     now->report < was->report))
				return true;
		}
	return false;
}
