/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The plan: what follows from a configuration, computed once at commit.  Interface
 * map, export set, tables and replies read it instead of computing it again.
 */
#ifndef _NST_PLAN_H
#define _NST_PLAN_H

#include "config.h"
#include "record.h"

struct nst_export_set;

/**
 * enum nst_plan_version - versions that a record is exported in
 * @NST_PLAN_V9: NetFlow version 9
 * @NST_PLAN_IPFIX: IPFIX
 */
enum nst_plan_version {
	NST_PLAN_V9	= 1 << 0,
	NST_PLAN_IPFIX	= 1 << 1,
};

/**
 * struct nst_plan_record - a record in effect
 * @rec: the compiled record, a reference
 * @versions: mask of &enum nst_plan_version of the hosts that get its flows
 * @active: active timeout, milliseconds
 * @inactive: inactive timeout, milliseconds
 * @report: of a permanent cache: milliseconds from one export of a flow to the next; else
 *	0.  Its flows have no timeout
 * @routes: mask of &enum nst_routes_value: what is looked up when a flow is made
 */
struct nst_plan_record {
	struct nst_record	*rec;
	u8			versions;
	u32			active;
	u32			inactive;
	u32			report;
	u8			routes;
};

/**
 * struct nst_plan_monitor - a monitor; it has the index of its definition in the
 *	configuration
 * @account: its account, a reference
 * @records: mask of indices into the records of the plan
 * @needs: mask of &enum nst_needs of these records
 * @routes: mask of &enum nst_routes_value: what packets have to be given for them
 */
struct nst_plan_monitor {
	struct nst_account	*account;
	u32			records;
	u32			needs;
	u8			routes;
};

/**
 * struct nst_plan - a configuration and what follows from it
 * @cfg: configuration, a reference; never changed while it is running
 * @generation: generation of the configuration, never 0
 * @dirs: mask of the directions in which any interface may be metered
 * @needs: mask of &enum nst_needs of all records in effect, without those of monitors
 * @routes: mask of &enum nst_routes_value: what packets have to be given for them
 * @nrecords: number of records in effect
 * @record: records in effect: those of the system, then those of monitors
 * @monitor: monitors
 * @nsamplers: number of different samplers
 * @sampler: different samplers, by mode and interval; the first selects every packet
 * @export_set: streams, templates and hosts; commit takes and drops the reference
 */
struct nst_plan {
	const struct nst_config	*cfg;
	u32			generation;
	unsigned int		dirs;
	u32			needs;
	u8			routes;
	unsigned int		nrecords;
	struct nst_plan_record	record[NST_ACTIVE_MAX];
	struct nst_plan_monitor	monitor[NETSTREAM_MONITORS_MAX];
	unsigned int		nsamplers;
	struct nst_sampler_def	*sampler;
	struct nst_export_set	*export_set;
};

struct nst_plan *nst_plan_create(struct nst_config *cfg,
				 const struct nst_plan *old);
void nst_plan_free(struct nst_plan *plan);
u32 nst_plan_settled(const struct nst_plan *plan);
u32 nst_plan_slot_records(const struct nst_plan *plan, u8 slot);
bool nst_plan_ages_sooner(const struct nst_plan *plan, const struct nst_plan *old);

/**
 * nst_plan_versions - find which hosts get the flows of a record
 * @rec: the record
 * @flexible: a record other than "original" is in effect
 * @ipfix: flexible flows are exported in IPFIX, too
 *
 * Version 9 hosts get flexible flows and IPFIX hosts get original flows, or flexible
 * flows if the configuration says so.  While no other record than "original" is in
 * effect, all hosts get original flows.
 *
 * Context: any.
 * Return: mask of &enum nst_plan_version.
 */
static inline u8 nst_plan_versions(const struct nst_record *rec, bool flexible,
				   bool ipfix)
{
	if (!rec->original)
		return ipfix ? NST_PLAN_V9 | NST_PLAN_IPFIX : NST_PLAN_V9;
	return flexible ? NST_PLAN_IPFIX : NST_PLAN_V9 | NST_PLAN_IPFIX;
}

/**
 * nst_plan_wants_drops - whether packets that the stack drops are metered
 * @plan: plan
 *
 * Context: any.
 */
static inline bool nst_plan_wants_drops(const struct nst_plan *plan)
{
	u32 needs = plan->needs;
	unsigned int i;

	for (i = 0; i < plan->cfg->nmonitors; i++)
		needs |= plan->monitor[i].needs;
	return plan->dirs & 1 << NETSTREAM_INBOUND && needs & NST_NEEDS_STATUS;
}

#endif /* _NST_PLAN_H */
