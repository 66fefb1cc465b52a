/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Export packets.
 */
#ifndef _NST_PACKET_H
#define _NST_PACKET_H

#include "export.h"

/**
 * struct nst_packet_part - the flows of one template in an export packet
 * @set_id: the template's ID
 * @flows: number of flows that the packet accounts for
 */
struct nst_packet_part {
	u16	set_id;
	u16	flows;
};

/**
 * struct nst_packet - an export packet
 * @open: in its exporter's list, while it is being filled
 * @handed: on the way to the sender
 * @ref: references: host queues, a twin, and the code that works with it
 * @holds: number of queues of hosts that are up in which it waits
 * @released: it no longer counts as waiting in its stream
 * @sender: the sender
 * @export_set: set that it was made under, a reference
 * @slot: slot that it belongs to
 * @twin: the packet of the other version that carries the same flows and
 *	accounts for them, a reference; %NULL: this packet accounts for its own
 * @version: &enum netstream_version
 * @length: bytes so far
 * @capacity: bytes at most
 * @set: offset of the open set, 0: none
 * @set_id: ID of the open set
 * @records: data records
 * @templates: template records
 * @born: milliseconds since boot when it was created
 * @amount: traffic that it accounts for
 * @set_flows: flows of @amount that are in front of the open set
 * @nparts: number of @part
 * @part: templates that flows of @amount were written by, in closed sets
 * @taken: the sender has received it from its exporter
 * @delivered: it or the packet whose twin it is was sent to at least one host
 * @accounted: it counts as exported
 * @cause: why the last host lost it, &enum nst_lost
 * @data: bytes; the header is written anew for each host
 *
 * Its exporter owns it until it is handed over; then the sender's lock protects
 * it.
 */
struct nst_packet {
	struct list_head	open;
	struct llist_node	handed;
	refcount_t		ref;
	u32			holds;
	bool			released;
	struct nst_sender	*sender;
	struct nst_export_set	*export_set;
	struct nst_export_slot	*slot;
	struct nst_packet	*twin;
	u8			version;
	u16			length;
	u16			capacity;
	u16			set;
	u16			set_id;
	u16			records;
	u16			templates;
	u64			born;
	struct nst_amount	amount;
	u16			set_flows;
	u16			nparts;
	struct nst_packet_part	part[NST_ACTIVE_MAX];
	bool			taken;
	bool			delivered;
	bool			accounted;
	u8			cause;
	u8			data[];
};

struct nst_packet *nst_packet_create(struct nst_export_set *set,
				     struct nst_export_slot *slot, u8 version,
				     u64 now);
void nst_packet_close_set(struct nst_packet *pkt);
bool nst_packet_fits(const struct nst_packet *pkt, u16 set_id, size_t length);
u8 *nst_packet_reserve(struct nst_packet *pkt, u16 set_id, size_t length);
void nst_packet_take(struct nst_packet *pkt);
void nst_packet_deliver(struct nst_packet *pkt);
void nst_packet_release(struct nst_packet *pkt);
void nst_packet_put(struct nst_packet *pkt);

static inline struct nst_stream *nst_packet_stream(const struct nst_packet *pkt)
{
	return pkt->slot->stream[nst_export_version_index(pkt->version)];
}

#endif /* _NST_PACKET_H */
