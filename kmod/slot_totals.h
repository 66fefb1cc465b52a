/* SPDX-License-Identifier: GPL-2.0 */
/* Statistics of one slot. */
#ifndef _NST_SLOT_TOTALS_H
#define _NST_SLOT_TOTALS_H

#include "config.h"
#include "record.h"
#include "totals.h"

struct nst_net;

/**
 * struct nst_slot_record - a record's flows of a slot, since the record was applied
 * @name: name of the record
 * @created: flows that were created
 * @ended: those of them that have ended
 * @exported: what was sent of them to at least one host
 */
struct nst_slot_record {
	char				name[NETSTREAM_RECORD_NAME_MAX + 1];
	u64				created;
	u64				ended;
	struct nst_record_exported	exported;
};

/**
 * struct nst_slot_totals - statistics of a slot
 * @slot: number of the slot
 * @generation: generation of the configuration that was running
 * @interfaces: by direction: packets of the interfaces that are in the slot
 * @nrecords: number of records in effect
 * @record: their flows
 */
struct nst_slot_totals {
	u8			slot;
	u32			generation;
	struct nst_if_totals	interfaces[2];
	unsigned int		nrecords;
	struct nst_slot_record	record[NST_ACTIVE_MAX];
};

int nst_slot_totals_read(struct nst_net *nn, u8 slot, struct nst_slot_totals *totals);

#endif /* _NST_SLOT_TOTALS_H */
