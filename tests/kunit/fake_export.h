/* SPDX-License-Identifier: GPL-2.0 */
/* Replaces exporter.c by an exporter that records the flows it gets. */
#ifndef _FAKE_EXPORT_H
#define _FAKE_EXPORT_H

#include "exporter.h"

#define FAKE_KEPT	4096

/**
 * struct fake_flow - a flow that was exported
 * @key: first word of its key
 * @flow: its counters
 * @now: when
 */
struct fake_flow {
	u64		key;
	struct nst_flow	flow;
	u64		now;
};

/**
 * struct fake_export - what was exported
 * @room: there is room
 * @streams: flows go out in several streams
 * @blocked: first word of the key of flows whose stream takes none
 * @budget: flows that there is room for all the same
 * @amount: what was exported
 * @n: how many flows; the last %FAKE_KEPT are kept
 * @kept: these
 * @reports: how many flows were reported, and stayed
 * @reported: the one that was reported last
 * @ticks: calls of nst_exporter_tick()
 * @expedited: calls of nst_exporter_expedite()
 */
static struct fake_export {
	bool			room;
	bool			streams;
	u64			blocked;
	unsigned int		budget;
	struct nst_amount	amount;
	unsigned int		n;
	struct fake_flow	kept[FAKE_KEPT];
	unsigned int		reports;
	struct nst_flow		reported;
	unsigned int		ticks;
	unsigned int		expedited;
} fake;

static void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.room = true;
}

static const struct fake_flow *fake_last(void)
{
	return &fake.kept[(fake.n - 1) % FAKE_KEPT];
}

bool nst_exporter_ready(const struct nst_export_set *e, const struct nst_record *rec,
		      const struct nst_flow *flow)
{
	return fake.room && (!fake.blocked || flow->word[0] != fake.blocked);
}

bool nst_exporter_export(struct nst_export_pcpu *x, struct nst_export_set *e,
		     const struct nst_record *rec, const struct nst_flow *flow,
		     u64 now)
{
	struct fake_flow *f = &fake.kept[fake.n % FAKE_KEPT];
	struct nst_amount a = { 1, flow->packets, flow->bytes };

	if (!nst_exporter_ready(e, rec, flow) && !fake.budget)
		return false;
	if (!fake.room)
		fake.budget--;
	fake.n++;
	memcpy(&f->flow, flow, sizeof(*flow));
	f->key = flow->word[0];
	f->now = now;
	nst_amount_add(&fake.amount, &a);
	return true;
}

bool nst_exporter_report(struct nst_export_pcpu *x, struct nst_export_set *e,
			 const struct nst_record *rec, const struct nst_flow *flow, u64 now)
{
	if (!nst_exporter_ready(e, rec, flow))
		return false;
	fake.reports++;
	memcpy(&fake.reported, flow, sizeof(*flow));
	return true;
}

bool nst_exporter_any_ready(const struct nst_export_set *e,
			    const struct nst_record *rec)
{
	return fake.room;
}

bool nst_exporter_single_slot(const struct nst_export_set *e,
			      const struct nst_record *rec)
{
	return !fake.streams;
}

enum nst_lost nst_exporter_lost_cause(const struct nst_export_set *e,
			       const struct nst_record *rec,
			       const struct nst_flow *flow)
{
	return NST_LOST_BACKLOG;
}

void nst_exporter_expedite(struct nst_sender *s)
{
	fake.expedited++;
}

#endif /* _FAKE_EXPORT_H */
