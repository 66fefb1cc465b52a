// SPDX-License-Identifier: GPL-2.0
/*
 * Export packets: their memory, their sets, and how they are accounted for.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "encode.h"
#include "mem.h"
#include "packet.h"

/**
 * nst_packet_create - begin an export packet
 * @set: export set whose templates it will use; a reference is taken
 * @slot: slot whose stream it belongs to
 * @version: which of its streams
 * @now: milliseconds since boot
 *
 * Space for the header is left free: each host writes its own.
 *
 * Context: bottom halves off.
 * Return: the packet, or %NULL for lack of memory.
 */
struct nst_packet *nst_packet_create(struct nst_export_set *set,
				     struct nst_export_slot *slot, u8 version,
				     u64 now)
{
	struct nst_stream *stream = slot->stream[nst_export_version_index(version)];
	u16 capacity = READ_ONCE(stream->capacity);
	struct mem_cgroup *old;
	struct nst_packet *pkt;

	old = nst_mem_begin(set->sender->mem);
	pkt = kmalloc(struct_size(pkt, data, capacity), NST_GFP_PACKET);
	nst_mem_end(old);
	if (!pkt)
		return NULL;
	memset(pkt, 0, sizeof(*pkt));
	refcount_set(&pkt->ref, 1);
	INIT_LIST_HEAD(&pkt->open);
	pkt->sender = set->sender;
	atomic_inc(&set->sender->packets);
	pkt->export_set = nst_export_set_get(set);
	pkt->slot = slot;
	pkt->version = version;
	pkt->capacity = capacity;
	pkt->length = nst_encode_header_size(version);
	pkt->born = now;
	return pkt;
}

/* Note how many flows the open set has, by its template.  A template has one version. */
static void nst_packet_note_part(struct nst_packet *pkt)
{
	u16 flows = pkt->amount.flows - pkt->set_flows;
	unsigned int i = 0;

	if (!flows)
		return;
	pkt->set_flows = pkt->amount.flows;
	while (i < pkt->nparts && pkt->part[i].set_id != pkt->set_id)
		i++;
	if (WARN_ON_ONCE(i == ARRAY_SIZE(pkt->part)))
		return;
	if (i == pkt->nparts)
		pkt->part[pkt->nparts++] = (struct nst_packet_part) { .set_id = pkt->set_id };
	pkt->part[i].flows += flows;
}

/**
 * nst_packet_close_set - end the open set: pad it to four bytes, write its header
 * @pkt: packet
 *
 * Context: the packet's owner.
 */
void nst_packet_close_set(struct nst_packet *pkt)
{
	if (!pkt->set)
		return;
	nst_packet_note_part(pkt);
	while (pkt->length % 4)
		pkt->data[pkt->length++] = 0;
	nst_encode_set(pkt->data + pkt->set, pkt->set_id, pkt->length - pkt->set);
	pkt->set = 0;
}

/**
 * nst_packet_fits - whether a record still fits
 * @pkt: packet
 * @set_id: ID of the set that the record must stand in
 * @length: bytes of the record
 *
 * A set other than the open one needs a header, and padding before it.
 *
 * Context: the packet's owner.
 */
bool nst_packet_fits(const struct nst_packet *pkt, u16 set_id, size_t length)
{
	size_t start = pkt->length;

	if (!pkt->set || pkt->set_id != set_id)
		start = ALIGN(start, 4) + NST_SET_HEADER;
	return ALIGN(start + length, 4) <= pkt->capacity;
}

/**
 * nst_packet_reserve - append a record that is still to be written
 * @pkt: packet
 * @set_id: ID of the set that the record must stand in; another set is closed
 *	first
 * @length: bytes of the record
 *
 * Context: the packet's owner.
 * Return: where to write the record, or %NULL if it does not fit.
 */
u8 *nst_packet_reserve(struct nst_packet *pkt, u16 set_id, size_t length)
{
	if (!nst_packet_fits(pkt, set_id, length))
		return NULL;
	if (!pkt->set || pkt->set_id != set_id) {
		nst_packet_close_set(pkt);
		pkt->set = pkt->length;
		pkt->set_id = set_id;
		pkt->length += NST_SET_HEADER;
	}
	pkt->length += length;
	return pkt->data + pkt->length - length;
}

/**
 * nst_packet_release - stop counting a packet in the bound of its stream
 * @pkt: packet
 *
 * Called when the packet has been sent to the first host, or waits for no host that
 * is up any more.  So the quickest host sets the pace of a stream; hosts that are
 * slow or down may keep the packet.
 *
 * Context: process, under the sender's lock.
 */
void nst_packet_release(struct nst_packet *pkt)
{
	if (pkt->released)
		return;
	pkt->released = true;
	atomic_dec(&nst_packet_stream(pkt)->waiting);
}

/* Count the flows of a packet as exported, by slot and record. */
static void nst_packet_account_parts(const struct nst_packet *pkt)
{
	const struct nst_export_set *set = pkt->export_set;
	/* flows of a monitor are in slot 0 */
	unsigned int slot = pkt->slot->account ? 0 : pkt->slot->id;
	struct nst_record_exported *exported;
	unsigned int i, j;

	for (i = 0; i < pkt->nparts; i++)
		for (j = 0; j < set->ntemplates; j++) {
			if (set->template[j]->id != pkt->part[i].set_id)
				continue;
			exported = &set->template[j]->rec->exported[slot];
			exported->packets++;
			exported->flows += pkt->part[i].flows;
		}
}

/* Count a packet as exported, once its exporter has counted it as handed over. */
static void nst_packet_account(struct nst_packet *pkt)
{
	if (pkt->accounted || !pkt->taken || !pkt->delivered)
		return;
	pkt->accounted = true;
	nst_amount_add(&pkt->sender->stats.exported, &pkt->amount);
	nst_packet_account_parts(pkt);
	if (pkt->slot->account)
		nst_amount_add(&pkt->slot->account->exported, &pkt->amount);
}

/**
 * nst_packet_take - note that the sender has received a packet from its exporter
 * @pkt: packet
 *
 * Context: process, under the sender's lock.
 */
void nst_packet_take(struct nst_packet *pkt)
{
	pkt->taken = true;
	/* its twin may have been sent before */
	nst_packet_account(pkt);
}

/**
 * nst_packet_deliver - note that a packet was sent to a host
 * @pkt: packet
 *
 * The packet's flows count as exported from now on.  Other hosts may keep the
 * packet for a long time.
 *
 * Context: process, under the sender's lock.
 */
void nst_packet_deliver(struct nst_packet *pkt)
{
	if (pkt->twin)
		pkt = pkt->twin;
	pkt->delivered = true;
	nst_packet_account(pkt);
}

static void nst_packet_lose(struct nst_packet *pkt)
{
	nst_amount_add(&pkt->sender->stats.lost[pkt->cause], &pkt->amount);
	if (pkt->slot->account)
		nst_amount_add(&pkt->slot->account->lost[pkt->cause], &pkt->amount);
}

/**
 * nst_packet_put - drop a reference to a packet
 * @pkt: packet
 *
 * The last reference frees the packet.  If the packet was sent to no host, it then
 * counts as lost, unless a twin accounts for it.
 *
 * Context: process, under the sender's lock.
 */
void nst_packet_put(struct nst_packet *pkt)
{
	struct nst_packet *twin;

	while (pkt && refcount_dec_and_test(&pkt->ref)) {
		twin = pkt->twin;
		if (twin)
			twin->cause = pkt->cause;
		else if (!pkt->accounted)
			nst_packet_lose(pkt);
		nst_export_set_put(pkt->export_set);
		atomic_dec(&pkt->sender->packets);
		kfree(pkt);
		pkt = twin;
	}
}
