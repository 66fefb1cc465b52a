// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers packets and sends templates and option records.  Process context, under
 * the sender's lock.
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
#include "event.h"
#include "export.h"
#include "host.h"
#include "iftable.h"
#include "options.h"
#include "packet.h"
#include "socket.h"

/*
 * Templates may be lost on the way, and a collector that restarts forgets them.  So
 * they are repeated at these times after a host has come back and after each
 * change, ms.
 */
static const u32 nst_announce_repeats[] = { 1000, 5000, 20000 };

/* While ICMP errors report a closed port, templates are sent this often, ms. */
#define NST_PROBE_MS	1000

/* While they do, data has templates before it this often, ms. */
#define NST_ANEW_MS	100

/* ------------------------------------------------------------------ numbers */

static void nst_announce_errors(struct nst_host *host,
				const struct nst_socket_errors *errors, u64 now)
{
	host->icmp_errors += errors->refused + errors->too_big;
	/*
	 * not a refusal: the kernel now knows the path MTU, and smaller packets
	 * follow
	 */
	host->too_big += errors->too_big;
	host->refused_packets += errors->refused;
	if (errors->refused)
		host->refused_at = now;
}

/**
 * nst_announce_refusals - count the ICMP errors that a host's socket has received
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
 * The header has the time in seconds and the uptime in milliseconds.  Both are
 * those of the next full second, so that the collector computes the boot time
 * without a rounding error.
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
			  flow ? feed->records : feed->packets,
			  nst_export_source_id(pkt->export_set->source_id,
					       pkt->slot->id));
	err = nst_socket_send(&host->socket, pkt->data, pkt->length, &errors);
	nst_announce_errors(host, &errors, now);
	return err;
}

/**
 * nst_announce_count - a packet leaves the queue of a host
 * @host: host
 * @pkt: packet
 * @sent: true if it was sent, false if it was given up
 *
 * Context: under the sender's lock.
 */
void nst_announce_count(struct nst_host *host, const struct nst_packet *pkt,
			bool sent)
{
	struct nst_feed *feed = host->feed[pkt->slot->id];

	feed->packets++;
	feed->records += pkt->records;
	if (!sent)
		return;
	feed->since++;
	feed->option_since++;
	feed->flow_records += pkt->records;
	feed->bytes += pkt->length;
}

/* ---------------------------------------------------------------- templates */

/* Identifies a list of templates in one version.  Never 0. */
static u64 nst_announce_list(const struct nst_export_slot *slot, unsigned int ver)
{
	return (u64)slot->template_set * NST_VERSIONS + ver + 1;
}

static bool nst_announce_known(const struct nst_feed *feed,
			       const struct nst_export_slot *slot, unsigned int ver)
{
	unsigned int i;

	for (i = 0; i < NST_FEED_SETS; i++)
		if (feed->set[i] == nst_announce_list(slot, ver))
			return true;
	return false;
}

/* Which templates the host has not been sent, or too long ago for the data that followed. */
static u8 nst_announce_missing(const struct nst_feed *feed,
			       const struct nst_export_set *set,
			       const struct nst_export_slot *slot, unsigned int ver)
{
	u8 which = 0;

	if (!nst_announce_known(feed, slot, ver))
		return NST_TEMPLATES_DATA | NST_TEMPLATES_OPTION;
	if (set->template_packets && feed->since >= set->template_packets)
		which |= NST_TEMPLATES_DATA;
	if (set->option_template_packets &&
	    feed->option_since >= set->option_template_packets)
		which |= NST_TEMPLATES_OPTION;
	return which;
}

/**
 * nst_announce_needed - which templates must be sent before more data
 * @host: the host
 * @feed: what the host gets of the stream
 * @set: export set that the data was made under
 * @slot: slot of the set
 * @ver: index of the stream's version
 * @now: milliseconds since boot
 *
 * Templates that a closed port has refused, or packets after them, did not reach the
 * collector.  It may listen by now.
 *
 * Context: under the sender's lock.
 * Return: mask of &enum nst_templates.
 */
u8 nst_announce_needed(const struct nst_host *host, const struct nst_feed *feed,
		       const struct nst_export_set *set,
		       const struct nst_export_slot *slot, unsigned int ver, u64 now)
{
	if (host->refused_at && (s64)(host->refused_at - feed->announced) > 0 &&
	    (s64)(now - feed->announced) >= NST_ANEW_MS)
		return NST_TEMPLATES_DATA | NST_TEMPLATES_OPTION;
	return nst_announce_missing(feed, set, slot, ver);
}

static bool nst_announce_repeats_now(const struct nst_feed *feed, u64 now)
{
	return feed->repeated < ARRAY_SIZE(nst_announce_repeats) &&
	       (s64)(now - feed->began) >= nst_announce_repeats[feed->repeated];
}

/**
 * nst_announce_due - which templates are due, even if no data flows
 * @host: the host
 * @feed: what the host gets of the stream
 * @set: published export set
 * @slot: slot of the set
 * @ver: index of the stream's version
 * @now: milliseconds since boot
 *
 * A collector that is being restarted refuses packets meanwhile.  Templates are
 * sent to it again and again, so that they are among the first packets that it
 * receives.
 *
 * Context: under the sender's lock.
 * Return: mask of &enum nst_templates.
 */
u8 nst_announce_due(const struct nst_host *host, const struct nst_feed *feed,
		    const struct nst_export_set *set, const struct nst_export_slot *slot,
		    unsigned int ver, u64 now)
{
	s64 age = now - feed->announced, option_age = now - feed->option_announced;
	u8 which = nst_announce_missing(feed, set, slot, ver);

	if (nst_announce_repeats_now(feed, now) ||
	    (host->refused_at && age >= NST_PROBE_MS))
		return NST_TEMPLATES_DATA | NST_TEMPLATES_OPTION;
	if (age >= (s64)set->template_timeout)
		which |= NST_TEMPLATES_DATA;
	if (option_age >= (s64)set->option_template_timeout)
		which |= NST_TEMPLATES_OPTION;
	return which;
}

/**
 * nst_announce_forget - assume that a host has no templates
 * @host: host
 *
 * Templates are sent again before any more data.
 *
 * Context: under the sender's lock.
 */
void nst_announce_forget(struct nst_host *host)
{
	struct nst_feed *feed;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(host->feed); i++) {
		feed = host->feed[i];
		if (!feed)
			continue;
		memset(feed->set, 0, sizeof(feed->set));
		memset(feed->walk, 0, sizeof(feed->walk));
	}
}

static void nst_announce_begin(struct nst_packet *pkt,
			       struct nst_export_set *set,
			       struct nst_export_slot *slot, unsigned int ver,
			       u64 now)
{
	pkt->export_set = set;
	pkt->slot = slot;
	pkt->version = nst_export_version(ver);
	pkt->capacity = slot->stream[ver]->capacity;
	pkt->length = nst_encode_header_size(pkt->version);
	pkt->set = 0;
	pkt->templates = 0;
	pkt->records = 0;
	pkt->born = now;
}

static int nst_announce_finish(struct nst_host *host, struct nst_packet *pkt,
			       u64 now)
{
	struct nst_feed *feed = host->feed[pkt->slot->id];
	int err;

	nst_packet_close_set(pkt);
	err = nst_announce_send(host, pkt, now);
	if (err)
		return err;
	feed->packets++;
	feed->records += pkt->records;
	feed->bytes += pkt->length;
	host->packets++;
	host->bytes += pkt->length;
	host->templates += pkt->templates;
	host->option_records += pkt->records;
	return 0;
}

/* Add a template record to a packet.  A full packet is sent first. */
static int nst_announce_add(struct nst_host *host, struct nst_packet *pkt,
			    u16 set_id, const u8 *from, size_t length, u64 now)
{
	unsigned int ver = nst_export_version_index(pkt->version);
	u8 *to = nst_packet_reserve(pkt, set_id, length);
	int err;

	if (!to) {
		err = nst_announce_finish(host, pkt, now);
		if (err)
			return err;
		nst_announce_begin(pkt, pkt->export_set, pkt->slot, ver, now);
		to = nst_packet_reserve(pkt, set_id, length);
	}
	memcpy(to, from, length);
	pkt->templates++;
	return 0;
}

static int nst_announce_data(struct nst_host *host, struct nst_packet *pkt,
			     u64 now)
{
	struct nst_export_set *set = pkt->export_set;
	u16 set_id = nst_encode_template_set(pkt->version);
	u8 record[4 + 4 * NST_TEMPLATE_FIELDS_MAX];
	struct nst_template *tmpl;
	unsigned int i;
	int err;

	for (i = 0; i < set->ntemplates; i++) {
		tmpl = set->template[i];
		if (tmpl->version != pkt->version || !nst_export_slot_has(pkt->slot, tmpl))
			continue;
		nst_encode_template(record, tmpl);
		err = nst_announce_add(host, pkt, set_id, record,
				       nst_encode_template_size(tmpl), now);
		if (err)
			return err;
	}
	return 0;
}

/*
 * Each goes into a set of its own: some collectors read only the first template of
 * a set.
 */
static int nst_announce_option_templates(struct nst_host *host,
					 struct nst_packet *pkt, u64 now)
{
	const struct nst_sender *sender = pkt->export_set->sender;
	u16 set_id = nst_encode_options_set(pkt->version);
	u8 record[NST_OPTIONS_TEMPLATE_SIZE];
	size_t length;
	u8 table;
	int err;

	for (table = 0; table < NST_OPTIONS_MAX; table++) {
		if (!nst_options_has(pkt->export_set, table, pkt->version))
			continue;
		length = nst_options_template(record, sender, table,
					      pkt->version);
		nst_packet_close_set(pkt);
		err = nst_announce_add(host, pkt, set_id, record, length, now);
		if (err)
			return err;
	}
	return 0;
}

/* Fill and send packets of templates until all have been sent. */
static int nst_announce_all(struct nst_host *host, struct nst_export_set *set,
			    struct nst_export_slot *slot, unsigned int ver,
			    u8 which, u64 now)
{
	struct nst_packet *pkt = set->sender->scratch;
	int err;

	nst_announce_begin(pkt, set, slot, ver, now);
	if (which & NST_TEMPLATES_DATA) {
		err = nst_announce_data(host, pkt, now);
		if (err)
			return err;
	}
	if (which & NST_TEMPLATES_OPTION) {
		err = nst_announce_option_templates(host, pkt, now);
		if (err)
			return err;
	}
	return pkt->templates ? nst_announce_finish(host, pkt, now) : 0;
}

static void nst_announce_count_templates(struct nst_export_set *set,
					 const struct nst_export_slot *slot, u8 version,
					 bool sent)
{
	unsigned int i;

	for (i = 0; i < set->ntemplates; i++) {
		if (set->template[i]->version != version ||
		    !nst_export_slot_has(slot, set->template[i]))
			continue;
		if (sent)
			set->template[i]->sent++;
		else
			set->template[i]->failed++;
	}
}

static void nst_announce_count_options(const struct nst_export_set *set,
				       unsigned int ver, bool sent)
{
	struct nst_options_sent *count;
	u8 table;

	for (table = 0; table < NST_OPTIONS_MAX; table++) {
		if (!nst_options_has(set, table, nst_export_version(ver)))
			continue;
		count = &set->sender->option_sent[table][ver];
		count->sent += sent;
		count->failed += !sent;
	}
}

/* Tell whoever listens to events that a host was sent templates of data records. */
static void nst_announce_tell(const struct nst_host *host,
			      const struct nst_export_set *set,
			      const struct nst_export_slot *slot,
			      unsigned int ver, bool again)
{
	struct nst_event event = {
		.type = again ? NETSTREAM_EVENT_TEMPLATES_AGAIN :
				NETSTREAM_EVENT_TEMPLATES,
		.host = &host->def, .view = host->view, .monitor = host->monitor,
		.set = set, .slot = slot, .version = nst_export_version(ver),
	};

	if (nst_event_wanted(set->sender->events, event.type))
		nst_event_send(set->sender->events, &event);
}

/*
 * Note that a host was sent templates of a stream.  Templates that are new to it
 * will be repeated.
 */
static void nst_announce_told(struct nst_feed *feed,
			      const struct nst_export_slot *slot, unsigned int ver,
			      u8 which, u64 now)
{
	if (which & NST_TEMPLATES_DATA) {
		feed->announced = now;
		feed->since = 0;
	}
	if (which & NST_TEMPLATES_OPTION) {
		feed->option_announced = now;
		feed->option_since = 0;
	}
	while (nst_announce_repeats_now(feed, now))
		feed->repeated++;
	if (nst_announce_known(feed, slot, ver))
		return;
	feed->newest = (feed->newest + 1) % NST_FEED_SETS;
	feed->set[feed->newest] = nst_announce_list(slot, ver);
	feed->began = now;
	feed->repeated = 0;
}

/**
 * nst_announce_templates - send a host templates of a slot's stream
 * @host: host with a socket
 * @set: export set of the templates
 * @slot: slot of the set
 * @ver: index of the stream's version
 * @which: mask of &enum nst_templates
 * @now: milliseconds since boot
 *
 * They go in packets without data, as the model sends them.  The packets are built
 * in @scratch of the sender, so no memory is allocated.
 *
 * Context: process, under the sender's lock; may sleep for memory.
 * Return: 0 or the negative errno of sendmsg().
 */
int nst_announce_templates(struct nst_host *host, struct nst_export_set *set,
			   struct nst_export_slot *slot, unsigned int ver,
			   u8 which, u64 now)
{
	u8 version = nst_export_version(ver);
	int err = nst_announce_all(host, set, slot, ver, which, now);
	struct nst_feed *feed = host->feed[slot->id];

	if (which & NST_TEMPLATES_DATA)
		nst_announce_count_templates(set, slot, version, !err);
	if (which & NST_TEMPLATES_OPTION)
		nst_announce_count_options(set, ver, !err);
	if (err)
		return err;
	if (which & NST_TEMPLATES_DATA)
		nst_announce_tell(host, set, slot, ver,
				  nst_announce_known(feed, slot, ver));
	nst_announce_told(feed, slot, ver, which, now);
	return 0;
}

/* ------------------------------------------------------------ option records */

/* Begin a walk over the option records of a group, if it is due. */
static bool nst_walk_begins(const struct nst_sender *sender,
			    struct nst_walk *walk, u8 group, u64 now)
{
	u32 serial = sender->iftable ? sender->iftable->serial : 0;
	bool changed = group != NST_OPTION_STATS && walk->seen != serial;
	bool all = !walk->begun || walk->again ||
		   (s64)(now - walk->began) >=
		   (s64)sender->current_set->option_timeout[group];

	/* a sampler may concern any interface */
	if (group == NST_OPTION_SAMPLER)
		all |= changed || walk->published != sender->published;
	if (!all && !changed)
		return false;
	*walk = (struct nst_walk) {
		.began = all ? now : walk->began, .begun = true, .active = true,
		.table = nst_options_first(group),
		.after = all ? 0 : walk->seen,
		.seen = serial, .published = sender->published,
	};
	return true;
}

/**
 * nst_announce_option - which option records are to be sent to a host now
 * @sender: sender
 * @feed: what the host gets of the stream
 * @now: milliseconds since boot
 *
 * Context: process, under the sender's lock.
 * Return: &enum nst_option, %NST_OPTION_MAX for none.
 */
u8 nst_announce_option(const struct nst_sender *sender, struct nst_feed *feed,
		       u64 now)
{
	const struct nst_export_set *set = sender->current_set;
	u8 group;

	for (group = 0; group < NST_OPTION_MAX; group++) {
		if (!set->option[group] || !set->ntemplates)
			continue;
		/* all but the statistics are about interfaces */
		if (group != NST_OPTION_STATS && !sender->iftable)
			continue;
		if (feed->walk[group].active ||
		    nst_walk_begins(sender, &feed->walk[group], group, now))
			break;
	}
	return group;
}

/* Fill a packet with the next option records of a walk, and advance the walk. */
static void nst_announce_fill(const struct nst_options *o,
			      struct nst_walk *walk, struct nst_packet *pkt,
			      u8 end)
{
	u8 row[NST_OPTIONS_ROW_SIZE], *to;
	size_t length;
	u32 cursor;

	while (walk->table < end) {
		cursor = walk->cursor;
		length = 0;
		if (nst_options_has(pkt->export_set, walk->table, pkt->version))
			length = nst_options_next(o, walk->table, &cursor, row);
		if (!length) {
			walk->table++;
			walk->cursor = 0;
			continue;
		}
		to = nst_packet_reserve(pkt, nst_options_id(o->sender, walk->table,
							    pkt->version), length);
		if (!to)
			return;
		memcpy(to, row, length);
		pkt->records++;
		walk->cursor = cursor;
		cond_resched();
	}
	walk->active = false;
}

/**
 * nst_announce_options - send a host the next packet of option records
 * @sender: sender
 * @host: host with a socket
 * @slot: slot of the published export set
 * @ver: index of the stream's version
 * @group: &enum nst_option, from nst_announce_option()
 * @now: milliseconds since boot
 *
 * Records that a packet filter drops, or that are too big for the path, are not
 * repeated before they are due again.
 *
 * Context: process, under the sender's lock; may sleep for memory.
 * Return: 0 or the negative errno of sendmsg().
 */
int nst_announce_options(struct nst_sender *sender, struct nst_host *host,
			 struct nst_export_slot *slot, unsigned int ver, u8 group,
			 u64 now)
{
	struct nst_feed *feed = host->feed[slot->id];
	struct nst_packet *pkt = sender->scratch;
	struct nst_walk walk = feed->walk[group];
	struct nst_options o = {
		.sender = sender, .slot = slot, .feed = feed,
		.version = nst_export_version(ver),
		.after = walk.after, .now = now,
	};
	int err = 0;

	nst_announce_begin(pkt, sender->current_set, slot, ver, now);
	nst_announce_fill(&o, &walk, pkt, nst_options_first(group + 1));
	if (pkt->records)
		err = nst_announce_finish(host, pkt, now);
	if (!err || err == -EPERM || err == -EMSGSIZE)
		feed->walk[group] = walk;
	return err;
}
