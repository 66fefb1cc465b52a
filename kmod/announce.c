// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers and templates.  Process context, under the sender's lock.
 *
 * A packet is numbered, and the host is sent the templates that it needs, just
 * before the packet leaves.  So sequence numbers are in the order of sending, no
 * time in a packet is newer than its header, and no data leaves before its
 * templates.
 */
#include <linux/string.h>

#include "announce.h"
#include "clock.h"
#include "encode.h"
#include "export.h"
#include "host.h"
#include "packet.h"
#include "socket.h"

/*
 * The first templates may be lost, as may the collector's memory of them: they
 * are repeated so long after a host has come back and after each change, ms.
 */
static const u32 nst_announce_repeats[] = { 1000, 5000, 20000 };

/* While packets come back as refused, templates are sent this often, ms. */
#define NST_PROBE_MS	1000

/* ------------------------------------------------------------------ numbers */

static void nst_announce_errors(struct nst_host *host,
				const struct nst_socket_errors *errors, u64 now)
{
	host->icmp_errors += errors->refused + errors->too_big;
	/* not a refusal: the kernel learnt the MTU, and smaller packets follow */
	host->too_big += errors->too_big;
	host->refused_packets += errors->refused;
	if (errors->refused)
		host->refused_at = now;
}

/**
 * nst_announce_refusals - take note of ICMP errors that have come back
 * @host: host with a socket
 * @now: milliseconds since boot
 *
 * Context: process, under the sender's lock.
 */
void nst_announce_refusals(struct nst_host *host, u64 now)
{
	struct nst_socket_errors errors = {};

	nst_socket_take_errors(&host->socket, &errors);
	nst_announce_errors(host, &errors, now);
}

/**
 * nst_announce_send - number a packet for a host and send it
 * @host: host with a socket
 * @pkt: packet
 * @now: milliseconds since boot, read after the packet was handed over
 *
 * A header has its time in seconds.  It states when the next second begins, on
 * both clocks, so that nothing is lost by rounding.
 *
 * Context: process, under the sender's lock; may sleep for memory.
 * Return: 0 or the negative errno of sendmsg().
 */
int nst_announce_send(struct nst_host *host, struct nst_packet *pkt, u64 now)
{
	struct nst_feed *feed = host->feed[pkt->slot->id];
	bool flow = pkt->version == NETSTREAM_VERSION_IPFIX ||
		    pkt->slot->sequence_flow;
	u64 unix_ms = nst_clock_epoch(now) + now;
	u32 seconds = div_u64(unix_ms + MSEC_PER_SEC - 1, MSEC_PER_SEC);
	u32 ahead = (u64)seconds * MSEC_PER_SEC - unix_ms;
	struct nst_socket_errors errors = {};
	int err;

	nst_encode_header(pkt->data, pkt->version,
			  pkt->records + pkt->templates, pkt->length,
			  now + ahead - nst_clock_base(pkt->born), seconds,
			  flow ? feed->records : feed->packets, pkt->slot->id);
	err = nst_socket_send(&host->socket, pkt->data, pkt->length, &errors);
	nst_announce_errors(host, &errors, now);
	return err;
}

/**
 * nst_announce_count - a packet leaves the queue of a host
 * @host: host
 * @pkt: packet
 * @sent: it was sent; else it was given up
 *
 * Context: under the sender's lock.
 */
void nst_announce_count(struct nst_host *host, const struct nst_packet *pkt,
			bool sent)
{
	struct nst_feed *feed = host->feed[pkt->slot->id];

	feed->packets++;
	feed->records += pkt->records;
	feed->since += sent;
}

/* ---------------------------------------------------------------- templates */

/* The number of a list of templates in one version; never 0. */
static u64 nst_announce_list(const struct nst_export_set *set, unsigned int v)
{
	return (u64)set->template_set * NST_VERSIONS + v + 1;
}

static bool nst_announce_known(const struct nst_feed *feed,
			       const struct nst_export_set *set, unsigned int v)
{
	unsigned int i;

	for (i = 0; i < NST_FEED_SETS; i++)
		if (feed->set[i] == nst_announce_list(set, v))
			return true;
	return false;
}

/**
 * nst_announce_needed - whether templates must be sent before more data
 * @feed: what the host gets of the stream
 * @set: export set that the data was made under
 * @v: which stream of the slot
 *
 * Context: under the sender's lock.
 */
bool nst_announce_needed(const struct nst_feed *feed,
			 const struct nst_export_set *set, unsigned int v)
{
	return !nst_announce_known(feed, set, v) ||
	       (set->template_packets && feed->since >= set->template_packets);
}

static bool nst_announce_repeats_now(const struct nst_feed *feed, u64 now)
{
	return feed->repeated < ARRAY_SIZE(nst_announce_repeats) &&
	       (s64)(now - feed->began) >= nst_announce_repeats[feed->repeated];
}

/**
 * nst_announce_due - whether it is time for templates, even if no data flows
 * @host: the host
 * @feed: what the host gets of the stream
 * @set: published export set
 * @v: which stream of the slot
 * @now: milliseconds since boot
 *
 * A collector that is being restarted refuses packets meanwhile.  Templates are
 * sent to it again and again, so that one of the first packets that it receives
 * is of templates.
 *
 * Context: under the sender's lock.
 */
bool nst_announce_due(const struct nst_host *host, const struct nst_feed *feed,
		      const struct nst_export_set *set, unsigned int v, u64 now)
{
	s64 age = now - feed->announced;

	return nst_announce_needed(feed, set, v) ||
	       nst_announce_repeats_now(feed, now) ||
	       (host->refused_at && age >= NST_PROBE_MS) ||
	       age >= (s64)set->template_timeout;
}

/**
 * nst_announce_forget - a host may know no template
 * @host: host
 *
 * Templates are sent again before any more data.
 *
 * Context: under the sender's lock.
 */
void nst_announce_forget(struct nst_host *host)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(host->feed); i++)
		if (host->feed[i])
			memset(host->feed[i]->set, 0,
			       sizeof(host->feed[i]->set));
}

static void nst_announce_begin(struct nst_packet *pkt,
			       struct nst_export_set *set,
			       struct nst_export_slot *slot, unsigned int v,
			       u64 now)
{
	pkt->export_set = set;
	pkt->slot = slot;
	pkt->version = v ? NETSTREAM_VERSION_IPFIX : NETSTREAM_VERSION_9;
	pkt->capacity = slot->stream[v]->capacity;
	pkt->length = nst_encode_header_size(pkt->version);
	pkt->set = 0;
	pkt->templates = 0;
	pkt->born = now;
}

static int nst_announce_finish(struct nst_host *host, struct nst_packet *pkt,
			       u64 now)
{
	int err;

	nst_packet_close_set(pkt);
	err = nst_announce_send(host, pkt, now);
	if (err)
		return err;
	host->feed[pkt->slot->id]->packets++;
	host->packets++;
	host->bytes += pkt->length;
	host->templates += pkt->templates;
	return 0;
}

/* Fill and send packets of templates until all have been sent. */
static int nst_announce_all(struct nst_host *host, struct nst_export_set *set,
			    struct nst_export_slot *slot, unsigned int v, u64 now)
{
	struct nst_packet *pkt = set->sender->scratch;
	struct nst_template *tmpl;
	unsigned int i;
	u16 set_id;
	int err;
	u8 *to;

	nst_announce_begin(pkt, set, slot, v, now);
	set_id = nst_encode_template_set(pkt->version);
	for (i = 0; i < set->ntemplates; i++) {
		tmpl = set->template[i];
		if (tmpl->version != pkt->version)
			continue;
		to = nst_packet_reserve(pkt, set_id,
					nst_encode_template_size(tmpl));
		if (!to) {
			err = nst_announce_finish(host, pkt, now);
			if (err)
				return err;
			nst_announce_begin(pkt, set, slot, v, now);
			to = nst_packet_reserve(pkt, set_id,
						nst_encode_template_size(tmpl));
		}
		nst_encode_template(to, tmpl);
		pkt->templates++;
	}
	return pkt->templates ? nst_announce_finish(host, pkt, now) : 0;
}

/**
 * nst_announce_templates - send a host all templates of a slot's stream
 * @host: host with a socket
 * @set: export set of the templates
 * @slot: slot of the set
 * @v: which of its streams
 * @now: milliseconds since boot
 *
 * They go in packets of their own, as the model sends them, and are written into
 * memory that the sender always has.
 *
 * Context: process, under the sender's lock; may sleep for memory.
 * Return: 0 or the negative errno of sendmsg().
 */
int nst_announce_templates(struct nst_host *host, struct nst_export_set *set,
			   struct nst_export_slot *slot, unsigned int v, u64 now)
{
	u8 version = v ? NETSTREAM_VERSION_IPFIX : NETSTREAM_VERSION_9;
	struct nst_feed *feed = host->feed[slot->id];
	unsigned int i;
	int err;

	err = nst_announce_all(host, set, slot, v, now);
	for (i = 0; i < set->ntemplates; i++) {
		if (set->template[i]->version != version)
			continue;
		if (err)
			set->template[i]->failed++;
		else
			set->template[i]->sent++;
	}
	if (err)
		return err;
	feed->announced = now;
	feed->since = 0;
	while (nst_announce_repeats_now(feed, now))
		feed->repeated++;
	if (!nst_announce_known(feed, set, v)) {
		feed->newest = (feed->newest + 1) % NST_FEED_SETS;
		feed->set[feed->newest] = nst_announce_list(set, v);
		feed->began = now;
		feed->repeated = 0;
	}
	return 0;
}
