/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writes flows into export packets.
 *
 *   CPU (bottom halves off)                process context
 *   nst_exporter_export -> open packet --> sender work -> each host's queue -> socket
 *
 * Each CPU fills its own open packets, without a lock.  A packet that is full or
 * old enough goes to the namespace's sender, which queues it for each host of its
 * stream.
 */
#ifndef _NST_EXPORTER_H
#define _NST_EXPORTER_H

#include <linux/list.h>
#include <linux/types.h>

#include "account.h"
#include "encode.h"
#include "flow.h"
#include "record.h"
#include "stats.h"

struct nst_export_set;
struct nst_sender;

/**
 * struct nst_export_pcpu - the open packets of one owner
 * @sender: where they go
 * @cpu: number of the CPU whose flows they carry
 * @open: packets that are being filled, at most one for each stream
 * @opened: amount in them
 * @handed: amount given to the sender since the start
 * @lost: amount lost before it was in a packet, by &enum nst_lost
 * @reporting: the flow that is being exported stays in the cache
 * @now: when @epoch was read, milliseconds since boot
 * @epoch: milliseconds since 1970 when the machine booted
 * @flow: the flow that is being exported; not on the stack, where the compiler
 *	would clear it first
 * @rest: what data records still have to report of @flow
 * @part: what the next of these data records reports
 *
 * Only the owner uses it, with bottom halves off.  Amounts count a flow once, even
 * if two streams carry it.
 */
struct nst_export_pcpu {
	struct nst_sender	*sender;
	unsigned int		cpu;
	struct list_head	open;
	struct nst_amount	opened;
	struct nst_amount	handed;
	struct nst_amount	lost[NST_LOST_MAX];
	bool			reporting;
	u64			now;
	u64			epoch;
	struct nst_flow_record	flow;
	struct nst_flow_record	rest;
	struct nst_flow_record	part;
};

void nst_exporter_init(struct nst_export_pcpu *pcpu, struct nst_sender *sender);
void nst_exporter_opened(const struct nst_export_pcpu *pcpu,
			 const struct nst_account *account, struct nst_amount *sum);
bool nst_exporter_export(struct nst_export_pcpu *pcpu, struct nst_export_set *set,
			 const struct nst_record *rec,
			 const struct nst_flow *flow, u64 now);
bool nst_exporter_report(struct nst_export_pcpu *pcpu, struct nst_export_set *set,
			 const struct nst_record *rec,
			 const struct nst_flow *flow, u64 now);
void nst_exporter_tick(struct nst_export_pcpu *pcpu, u64 now);
void nst_exporter_flush(struct nst_export_pcpu *pcpu);
bool nst_exporter_ready(const struct nst_export_set *set,
			const struct nst_record *rec,
			const struct nst_flow *flow);
bool nst_exporter_any_ready(const struct nst_export_set *set,
			    const struct nst_record *rec);
bool nst_exporter_single_slot(const struct nst_export_set *set,
			      const struct nst_record *rec);
enum nst_lost nst_exporter_lost_cause(const struct nst_export_set *set,
				      const struct nst_record *rec,
				      const struct nst_flow *flow);
void nst_exporter_expedite(struct nst_sender *sender);

/**
 * nst_exporter_lose - count traffic that was lost before it was in an export packet
 * @pcpu: open packets of the CPU whose traffic it is
 * @rec: its record
 * @cause: why
 * @amount: amount
 *
 * Context: owner, bottom halves off.
 */
static inline void nst_exporter_lose(struct nst_export_pcpu *pcpu,
				     const struct nst_record *rec, enum nst_lost cause,
				     const struct nst_amount *amount)
{
	/* a flow that is reported stays in the cache, and counts there */
	if (pcpu->reporting)
		return;
	nst_amount_add(&pcpu->lost[cause], amount);
	nst_account_lose(rec->account, pcpu->cpu, cause, amount);
}

#endif /* _NST_EXPORTER_H */
