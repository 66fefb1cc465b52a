// SPDX-License-Identifier: GPL-2.0
/*
 * Option records: their layouts, and their values as bytes. announce.c decides when
 * they are sent.  Process context, under the sender's lock.
 *
 * Collectors differ in where they read the sampling rate.  So it is sent several
 * times, in separate layouts.
 */
#include <linux/string.h>

#include "announce.h"
#include "clock.h"
#include "compat.h"
#include "encode.h"
#include "export.h"
#include "iftable.h"
#include "options.h"
#include "plan.h"

#define NST_SCOPE_SIZE		4
#define NST_SAMPLER_NAME	32	/* bytes */

/* RFC 3954, section 6.1. */
#define NST_SCOPE_SYSTEM	1
#define NST_SCOPE_INTERFACE	2

/* Information elements that are scopes in IPFIX. */
#define NST_IE_INGRESS_INTERFACE	10
#define NST_IE_EXPORTING_PROCESS	144
#define NST_IE_OBSERVATION_DOMAIN	149
#define NST_IE_SELECTOR			302

#define NST_OPTION_FIELDS_MAX	6

/**
 * struct nst_option_layout - what the records of a table look like
 * @name: what the records are about, in replies
 * @group: &enum nst_option
 * @ipfix_only: version 9 has no such records
 * @v9_scope: type of the scope in version 9; it has four bytes
 * @ipfix_scope: information element of the scope in IPFIX
 * @field: fields after the scope: information element and bytes; 0: no more
 */
struct nst_option_layout {
	const char *name;
	u8	group;
	bool	ipfix_only;
	u16	v9_scope;
	u16	ipfix_scope;
	struct {
		u16	id;
		u16	length;
	} field[NST_OPTION_FIELDS_MAX];
};

static const struct nst_option_layout nst_option_layout[] = {
	[NST_OPTIONS_INTERVAL] = {
		.name = "sampling interval",
		.group = NST_OPTION_SAMPLER,
		.v9_scope = NST_SCOPE_SYSTEM,
		.ipfix_scope = NST_IE_OBSERVATION_DOMAIN,
		.field = { { 34, 4 } },
	},
	[NST_OPTIONS_ALGORITHM] = {
		.name = "sampling algorithm",
		.group = NST_OPTION_SAMPLER,
		.v9_scope = NST_SCOPE_SYSTEM,
		.ipfix_scope = NST_IE_OBSERVATION_DOMAIN,
		.field = { { 34, 4 }, { 35, 1 } },
	},
	[NST_OPTIONS_SELECTOR] = {
		.name = "selector",
		.group = NST_OPTION_SAMPLER, .ipfix_only = true,
		.ipfix_scope = NST_IE_SELECTOR,
		.field = { { 304, 2 }, { 305, 4 }, { 306, 4 } },
	},
	[NST_OPTIONS_SAMPLER] = {
		.name = "sampler",
		.group = NST_OPTION_SAMPLER,
		.v9_scope = NST_SCOPE_SYSTEM,
		.ipfix_scope = NST_IE_OBSERVATION_DOMAIN,
		.field = { { 48, 2 }, { 49, 1 }, { 50, 4 },
			   { 84, NST_SAMPLER_NAME } },
	},
	[NST_OPTIONS_SAMPLER_IF] = {
		.name = "sampler of interface",
		.group = NST_OPTION_SAMPLER,
		.v9_scope = NST_SCOPE_INTERFACE,
		.ipfix_scope = NST_IE_INGRESS_INTERFACE,
		.field = { { 61, 1 }, { 48, 2 }, { 49, 1 }, { 50, 4 },
			   { 84, NST_SAMPLER_NAME } },
	},
	[NST_OPTIONS_INTERFACE] = {
		.name = "interface",
		.group = NST_OPTION_INTERFACE,
		.v9_scope = NST_SCOPE_INTERFACE,
		.ipfix_scope = NST_IE_INGRESS_INTERFACE,
		.field = { { 82, IFNAMSIZ }, { 83, NST_IF_DESCRIPTION } },
	},
	[NST_OPTIONS_VRF] = {
		.name = "vrf",
		.group = NST_OPTION_VRF,
		.v9_scope = NST_SCOPE_SYSTEM,
		.ipfix_scope = NST_IE_OBSERVATION_DOMAIN,
		.field = { { 234, 4 }, { 236, IFNAMSIZ } },
	},
	[NST_OPTIONS_STATS] = {
		.name = "exporter statistics",
		.group = NST_OPTION_STATS,
		.v9_scope = NST_SCOPE_SYSTEM,
		.ipfix_scope = NST_IE_EXPORTING_PROCESS,
		.field = { { 40, 8 }, { 41, 8 }, { 42, 8 },
			   { 166, 8 }, { 167, 8 }, { 168, 8 } },
	},
	[NST_OPTIONS_START] = {
		.name = "system start",
		.group = NST_OPTION_STATS,
		.v9_scope = NST_SCOPE_SYSTEM,
		.ipfix_scope = NST_IE_OBSERVATION_DOMAIN,
		.field = { { 160, 8 } },
	},
};

static_assert(ARRAY_SIZE(nst_option_layout) == NST_OPTIONS_MAX);
static_assert(NST_OPTIONS_TEMPLATE_SIZE >= 6 + 4 * (1 + NST_OPTION_FIELDS_MAX));
static_assert(NST_SCOPE_SIZE + IFNAMSIZ + NST_IF_DESCRIPTION <= NST_OPTIONS_ROW_SIZE);
static_assert(NST_OPTIONS_MAX * NST_VERSIONS == NST_OPTIONS_IDS);

/* ---------------------------------------------------------------- templates */

/**
 * nst_options_has - whether records of a table are exported
 * @set: export set
 * @table: &enum nst_options_table
 * @version: &enum netstream_version
 *
 * Context: any.
 */
bool nst_options_has(const struct nst_export_set *set, u8 table, u8 version)
{
	const struct nst_option_layout *layout = &nst_option_layout[table];

	return set->option[layout->group] &&
	       !(layout->ipfix_only && version == NETSTREAM_VERSION_9);
}

/**
 * nst_options_first - the first table of a group
 * @group: &enum nst_option, or %NST_OPTION_MAX
 *
 * Context: any.
 * Return: &enum nst_options_table; that of the next group is the end of this one.
 */
u8 nst_options_first(u8 group)
{
	u8 table = 0;

	while (table < NST_OPTIONS_MAX && nst_option_layout[table].group < group)
		table++;
	return table;
}

/**
 * nst_options_id - the template ID of a table
 * @sender: sender
 * @table: &enum nst_options_table
 * @version: &enum netstream_version
 *
 * Context: any.
 * Return: the ID, which the sender never uses for anything else.
 */
u16 nst_options_id(const struct nst_sender *sender, u8 table, u8 version)
{
	return sender->option_ids + NST_VERSIONS * table +
	       nst_export_version_index(version);
}

/**
 * nst_options_name - what the records of a table are about
 * @table: &enum nst_options_table
 *
 * Context: any.
 * Return: a few words, for replies.
 */
const char *nst_options_name(u8 table)
{
	return nst_option_layout[table].name;
}

/* RFC 3954, 6.1: lengths of scope and options in bytes; RFC 7011, 3.4.2.2: counts. */
static u8 *nst_options_head(u8 *to, u16 id, u8 version, unsigned int nfields)
{
	bool v9 = version == NETSTREAM_VERSION_9;

	put_unaligned_be16(id, to);
	put_unaligned_be16(v9 ? 4 : nfields + 1, to + 2);
	put_unaligned_be16(v9 ? 4 * nfields : 1, to + 4);
	return to + 6;
}

/**
 * nst_options_template - write the options template record of a table
 * @to: buffer of %NST_OPTIONS_TEMPLATE_SIZE bytes
 * @sender: sender
 * @table: &enum nst_options_table
 * @version: &enum netstream_version
 *
 * Context: any.
 * Return: bytes written.
 */
size_t nst_options_template(u8 *to, const struct nst_sender *sender, u8 table,
			    u8 version)
{
	const struct nst_option_layout *layout = &nst_option_layout[table];
	unsigned int nfields = 0, i;
	u8 *at;

	while (nfields < NST_OPTION_FIELDS_MAX && layout->field[nfields].id)
		nfields++;
	at = nst_options_head(to, nst_options_id(sender, table, version),
			      version, nfields);
	put_unaligned_be16(version == NETSTREAM_VERSION_9 ? layout->v9_scope :
			   layout->ipfix_scope, at);
	put_unaligned_be16(NST_SCOPE_SIZE, at + 2);
	for (i = 0; i < nfields; i++) {
		at += 4;
		put_unaligned_be16(layout->field[i].id, at);
		put_unaligned_be16(layout->field[i].length, at + 2);
	}
	return at + 4 - to;
}

/* ------------------------------------------------------------------- values */

static u8 *nst_option_u8(u8 *to, u8 value)
{
	*to = value;
	return to + 1;
}

static u8 *nst_option_u16(u8 *to, u16 value)
{
	put_unaligned_be16(value, to);
	return to + 2;
}

static u8 *nst_option_u32(u8 *to, u32 value)
{
	put_unaligned_be32(value, to);
	return to + 4;
}

static u8 *nst_option_u64(u8 *to, u64 value)
{
	put_unaligned_be64(value, to);
	return to + 8;
}

static u8 *nst_option_text(u8 *to, const char *text, size_t size)
{
	strscpy_pad((char *)to, text, size);
	return to + size;
}

/*
 * N of 1-in-N sampling.  A time-based sampler has no such number: it reports 1, so
 * that collectors do not scale the counters.
 */
static u32 nst_option_interval(const struct nst_sampler_def *def)
{
	bool counts = def->mode == NETSTREAM_SAMPLER_FIX_PACKETS ||
		      def->mode == NETSTREAM_SAMPLER_RANDOM_PACKETS;

	return counts ? def->interval : 1;
}

/* 1: deterministic, 2: random, in elements 35 and 49. */
static u8 nst_option_algorithm(const struct nst_sampler_def *def)
{
	return def->mode == NETSTREAM_SAMPLER_RANDOM_PACKETS ? 2 : 1;
}

/* RFC 5477, 8.2.1: systematic count-based, systematic time-based, random n-out-of-N. */
static u16 nst_option_selector(const struct nst_sampler_def *def)
{
	switch (def->mode) {
	case NETSTREAM_SAMPLER_FIX_TIME:
		return 2;
	case NETSTREAM_SAMPLER_RANDOM_PACKETS:
		return 3;
	default:
		return 1;
	}
}

static void nst_option_sampler_name(char *to, const struct nst_sampler_def *def)
{
	static const char * const mode[] = {
		[NETSTREAM_SAMPLER_FIX_PACKETS]		= "fix-packets",
		[NETSTREAM_SAMPLER_RANDOM_PACKETS]	= "random-packets",
		[NETSTREAM_SAMPLER_FIX_TIME]		= "fix-time",
	};

	if (def->mode)
		snprintf(to, NST_SAMPLER_NAME, "%s %u", mode[def->mode],
			 def->interval);
	else
		strscpy(to, "all packets", NST_SAMPLER_NAME);
}

static u8 *nst_option_sampler(u8 *to, const struct nst_sampler_def *def)
{
	char name[NST_SAMPLER_NAME];

	nst_option_sampler_name(name, def);
	to = nst_option_u16(to, nst_config_sampler_id(def));
	to = nst_option_u8(to, nst_option_algorithm(def));
	to = nst_option_u32(to, nst_option_interval(def));
	return nst_option_text(to, name, sizeof(name));
}

static u32 nst_option_domain(const struct nst_options *o)
{
	return nst_export_source_id(o->sender->current_set->source_id, o->slot->id);
}

/* --------------------------------------------------------------------- rows */

/* Tables of one record.  Return: @to after the record, or @to unchanged at the end. */
static u8 *nst_option_single(const struct nst_options *o, u8 table, u32 *cursor,
			     u8 *to)
{
	const struct nst_sender *sender = o->sender;
	const struct nst_sampler_def *def = &sender->rate[o->slot->id].def;
	struct nst_amount lost = {};
	unsigned int i;

	if ((*cursor)++)
		return to;
	to = nst_option_u32(to, nst_option_domain(o));
	switch (table) {
	case NST_OPTIONS_INTERVAL:
		return nst_option_u32(to, nst_option_interval(def));
	case NST_OPTIONS_ALGORITHM:
		to = nst_option_u32(to, nst_option_interval(def));
		return nst_option_u8(to, nst_option_algorithm(def));
	case NST_OPTIONS_START:
		return nst_option_u64(to, nst_clock_epoch(o->now));
	default:
		for (i = 0; i < NST_LOST_MAX; i++)
			nst_amount_add(&lost, &sender->stats.lost[i]);
		to = nst_option_u64(to, o->feed->bytes);
		to = nst_option_u64(to, o->feed->packets);
		to = nst_option_u64(to, o->feed->flow_records);
		to = nst_option_u64(to, lost.flows);
		to = nst_option_u64(to, lost.packets);
		return nst_option_u64(to, lost.bytes);
	}
}

/* Tables of samplers, by the numbers that the plan has given them. */
static u8 *nst_option_samplers(const struct nst_options *o, u8 table,
			       u32 *cursor, u8 *to)
{
	const struct nst_plan *plan = o->sender->current_set->plan;
	const struct nst_sampler_def *def;

	if (*cursor >= plan->nsamplers)
		return to;
	def = &plan->sampler[(*cursor)++];
	if (table == NST_OPTIONS_SAMPLER) {
		to = nst_option_u32(to, nst_option_domain(o));
		return nst_option_sampler(to, def);
	}
	to = nst_option_u32(to, nst_config_sampler_id(def));
	to = nst_option_u16(to, nst_option_selector(def));
	to = nst_option_u32(to, 1);
	return nst_option_u32(to, nst_option_interval(def) - 1);
}

/* The index of a monitor in the configuration. */
static unsigned int nst_option_monitor(const struct nst_plan *plan,
				       const struct nst_account *account)
{
	unsigned int i = 0;

	while (plan->monitor[i].account != account)
		i++;
	return i;
}

/*
 * Whether an interface is metered in a direction for a slot or a monitor, and by which
 * rule.
 */
static bool nst_option_rule(const struct nst_plan *plan,
			    const struct nst_export_slot *slot,
			    const struct nst_if_row *row,
			    enum netstream_direction dir,
			    struct nst_if_rule *rule)
{
	const struct nst_config *cfg = plan->cfg;
	unsigned int i;

	if (slot->account) {
		i = nst_option_monitor(plan, slot->account);
		rule->sampler = cfg->monitor[i].sampler[dir];
		return nst_config_attached(cfg, row->name, row->routed, dir) & BIT(i);
	}
	if (nst_config_slot_of(cfg, row->name) != slot->id)
		return false;
	nst_config_if_rule(cfg, row->name, row->routed, dir, rule);
	return rule->metered;
}

/* The cursor is twice the interface's index, plus the direction that comes next. */
static u8 *nst_option_sampler_if(const struct nst_options *o, u32 *cursor, u8 *to)
{
	const struct nst_plan *plan = o->sender->current_set->plan;
	const struct nst_if_row *row;
	struct nst_if_rule rule;
	u32 dir;

	if (!o->sender->rate[o->slot->id].differ)
		return to;
	while ((row = nst_iftable_after(o->sender->iftable, *cursor / 2))) {
		dir = *cursor % 2;
		/* the cursor passes an interface only after both of its directions */
		*cursor = dir ? 2 * row->ifindex : *cursor + 1;
		cond_resched();
		if (!nst_option_rule(plan, o->slot, row, dir, &rule))
			continue;
		to = nst_option_u32(to, row->ifindex);
		to = nst_option_u8(to, dir);
		return nst_option_sampler(to, &rule.sampler);
	}
	return to;
}

/* Tables of interfaces and of VRFs; the cursor is the last interface's index. */
static u8 *nst_option_interface(const struct nst_options *o, u8 table,
				u32 *cursor, u8 *to)
{
	const struct nst_if_row *row;

	while ((row = nst_iftable_after(o->sender->iftable, *cursor))) {
		*cursor = row->ifindex;
		if (o->after && (s32)(row->serial - o->after) <= 0)
			continue;
		if (table == NST_OPTIONS_INTERFACE) {
			to = nst_option_u32(to, row->ifindex);
			to = nst_option_text(to, row->name, IFNAMSIZ);
			return nst_option_text(to, row->description,
					       NST_IF_DESCRIPTION);
		}
		if (!row->vrf)
			continue;
		to = nst_option_u32(to, nst_option_domain(o));
		to = nst_option_u32(to, row->vrf);
		return nst_option_text(to, row->name, IFNAMSIZ);
	}
	return to;
}

/**
 * nst_options_next - write the next record of a table
 * @o: stream and host that the record is for
 * @table: &enum nst_options_table
 * @cursor: position in the table, 0 at first; advanced
 * @to: buffer of %NST_OPTIONS_ROW_SIZE bytes
 *
 * Context: process, under the sender's lock.
 * Return: bytes written; 0 at the end of the table.
 */
size_t nst_options_next(const struct nst_options *o, u8 table, u32 *cursor,
			u8 *to)
{
	switch (table) {
	case NST_OPTIONS_SELECTOR:
	case NST_OPTIONS_SAMPLER:
		return nst_option_samplers(o, table, cursor, to) - to;
	case NST_OPTIONS_SAMPLER_IF:
		return o->sender->iftable ?
		       nst_option_sampler_if(o, cursor, to) - to : 0;
	case NST_OPTIONS_INTERFACE:
	case NST_OPTIONS_VRF:
		return o->sender->iftable ?
		       nst_option_interface(o, table, cursor, to) - to : 0;
	default:
		return nst_option_single(o, table, cursor, to) - to;
	}
}

/* ------------------------------------------------------------- sampling rate */

/*
 * Boyer-Moore majority vote: if more than half have the same sampler, it is left in
 * the end.
 */
static void nst_option_vote(struct nst_options_rate *rate,
			    const struct nst_sampler_def *def, bool first)
{
	if (first || !rate->votes) {
		rate->def = *def;
		rate->votes = 1;
	} else if (nst_config_sampler_id(&rate->def) ==
		   nst_config_sampler_id(def)) {
		rate->votes++;
	} else {
		rate->differ = true;
		rate->votes--;
	}
}

static void nst_option_survey_slot(struct nst_sender *sender,
				   const struct nst_export_slot *slot,
				   const struct nst_if_row *row, bool *seen)
{
	struct nst_if_rule rule;
	unsigned int dir;

	for (dir = 0; dir < 2; dir++) {
		if (!nst_option_rule(sender->current_set->plan, slot, row, dir, &rule))
			continue;
		nst_option_vote(&sender->rate[slot->id], &rule.sampler, !*seen);
		*seen = true;
	}
}

/**
 * nst_options_survey - find the sampling rate of each slot and monitor
 * @sender: sender with an export set and a table of interfaces
 *
 * Context: process, under the sender's lock.
 */
void nst_options_survey(struct nst_sender *sender)
{
	const struct nst_export_set *set = sender->current_set;
	const struct nst_iftable *table = sender->iftable;
	bool seen[NST_SLOTS] = {};
	const struct nst_export_slot *slot;
	const struct nst_if_row *row;
	unsigned int i;

	memset(sender->rate, 0, sizeof(sender->rate));
	for (row = table->row; row < table->row + table->n; row++) {
		i = nst_config_slot_of(set->plan->cfg, row->name);
		slot = &set->slot[set->slot_index[i]];
		if (slot->id == i)
			nst_option_survey_slot(sender, slot, row, &seen[i]);
		for (i = 0; i < set->nmonitors; i++) {
			slot = &set->slot[set->nslots - set->nmonitors + i];
			nst_option_survey_slot(sender, slot, row, &seen[slot->id]);
		}
		cond_resched();
	}
}
