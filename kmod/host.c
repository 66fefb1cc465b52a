// SPDX-License-Identifier: GPL-2.0
/*
 * Hosts: the state of each collector, its queue, and sending.  Process context,
 * under the sender's lock.
 *
 * A host is tried again later if its socket cannot be opened, or if its source
 * address, VRF or route has gone.  That needs no commit, and does not make a commit
 * fail.
 */
#include <linux/in6.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/ipv6.h>

#include "announce.h"
#include "clock.h"
#include "event.h"
#include "export.h"
#include "host.h"
#include "packet.h"

#define NST_RETRY_MIN		1000	/* ms between tries of a host that is down */
#define NST_RETRY_MAX		5000
#define NST_BUSY_MAX		10000	/* ms that a busy host is waited for */
#define NST_FLAP_MS		10000	/* ms that a host that is down keeps its queue */
#define NST_SHOWN_MS		5000	/* ms that a refusal or a drop is shown as the state */

/* If more packets than this exist, a slow host keeps no more than one that is down. */
#define NST_PACKETS_MAX		16384

/* ----------------------------------------------------------------- objects */

/**
 * nst_host_create - make a host; it has no socket yet
 * @def: address, port, VRF
 * @view: see struct nst_host
 *
 * Context: process, may sleep.
 * Return: the host with one reference, or %NULL.
 */
struct nst_host *nst_host_create(const struct nst_host_def *def, int view)
{
	struct nst_host *host = kzalloc(sizeof(*host), GFP_KERNEL_ACCOUNT);

	if (!host)
		return NULL;
	if (nst_queue_init(&host->queue)) {
		kfree(host);
		return NULL;
	}
	refcount_set(&host->ref, 1);
	INIT_LIST_HEAD(&host->node);
	host->def = *def;
	host->view = view;
	host->socket.to = &host->def;
	host->socket.from = &host->source;
	host->rate_factor = 1;
	host->state = NETSTREAM_HOST_IDLE;
	host->told = NETSTREAM_HOST_IDLE;
	return host;
}

/**
 * nst_host_put - give a reference back
 * @host: host
 *
 * Context: process, under the sender's lock.
 */
void nst_host_put(struct nst_host *host)
{
	unsigned int i;

	if (!refcount_dec_and_test(&host->ref))
		return;
	nst_host_give_up(host, 0, NST_LOST_NO_HOST);
	nst_socket_close(&host->socket);
	list_del(&host->node);
	for (i = 0; i < ARRAY_SIZE(host->feed); i++)
		kfree(host->feed[i]);
	nst_queue_destroy(&host->queue);
	kfree(host);
}

/**
 * nst_host_is - whether a host is the one that a configuration means
 * @host: host
 * @def: as configured
 * @view: see struct nst_host
 *
 * Context: any.
 */
bool nst_host_is(const struct nst_host *host, const struct nst_host_def *def,
		 int view)
{
	if (host->view != view || host->def.family != def->family ||
	    host->def.port != def->port || strcmp(host->def.vrf, def->vrf))
		return false;
	if (def->family == AF_INET)
		return host->def.addr4.s_addr == def->addr4.s_addr;
	return ipv6_addr_equal(&host->def.addr6, &def->addr6);
}

/**
 * nst_host_add_feed - let a host get a slot's stream
 * @host: host
 * @slot: the slot
 *
 * Context: process, under the sender's lock.
 * Return: 0 or -ENOMEM.
 */
int nst_host_add_feed(struct nst_host *host, u16 slot)
{
	if (!host->feed[slot])
		host->feed[slot] = kzalloc(sizeof(*host->feed[slot]),
					   GFP_KERNEL_ACCOUNT);
	return host->feed[slot] ? 0 : -ENOMEM;
}

static bool nst_host_same_source(const struct nst_source *a,
				 const struct nst_source *b, u16 family)
{
	if (a->set != b->set || a->port != b->port)
		return false;
	if (family == AF_INET)
		return a->addr4.s_addr == b->addr4.s_addr;
	return ipv6_addr_equal(&a->addr6, &b->addr6);
}

/* -------------------------------------------------------------------- queue */

/* Remove the first packet from the queue, as sent or as lost for @cause. */
static void nst_host_pop(struct nst_host *host, bool sent, u8 cause)
{
	struct nst_packet *pkt = nst_queue_first(&host->queue);

	nst_announce_count(host, pkt, sent);
	if (sent) {
		nst_packet_deliver(pkt);
		nst_packet_release(pkt);
		host->packets++;
		host->records += pkt->records;
		host->bytes += pkt->length;
	} else {
		pkt->cause = cause;
		host->lost_packets++;
		host->lost_records += pkt->records;
	}
	nst_queue_pop(&host->queue);
}

/**
 * nst_host_give_up - give up the oldest packets of a queue
 * @host: host
 * @keep: packets to keep
 * @cause: why the others are lost, &enum nst_lost
 *
 * Context: process, under the sender's lock.
 */
void nst_host_give_up(struct nst_host *host, u32 keep, u8 cause)
{
	while (nst_queue_length(&host->queue) > keep)
		nst_host_pop(host, false, cause);
}

/*
 * How many packets a host may keep.  One that is down keeps all of them for a
 * while, so that a short interruption costs nothing, and then only the newest few.
 */
static u32 nst_host_keeps(const struct nst_host *host, u64 now)
{
	if (!nst_host_down(host) || (s64)(now - host->down_since) < NST_FLAP_MS)
		return NST_HOST_QUEUE;
	return NST_HOST_QUEUE_DOWN;
}

/*
 * If many hosts are slow at the same time, each keeps only a few of the packets
 * that have already been sent to another host.
 */
static void nst_host_trim(struct nst_host *host,
			  const struct nst_sender *sender)
{
	if (atomic_read(&sender->packets) <= NST_PACKETS_MAX)
		return;
	while (nst_queue_length(&host->queue) > NST_HOST_QUEUE_DOWN &&
	       nst_queue_first(&host->queue)->released)
		nst_host_pop(host, false, NST_LOST_QUEUE);
}

/**
 * nst_host_queue - put a packet into a host's queue
 * @host: host, one that is published
 * @pkt: packet; a reference is taken
 * @now: milliseconds since boot
 *
 * Where the queue is full the oldest packet is lost.  A packet counts in the bound
 * of its stream only if the host is up.
 *
 * Context: process, under the sender's lock.
 */
void nst_host_queue(struct nst_host *host, struct nst_packet *pkt, u64 now)
{
	nst_host_give_up(host, nst_host_keeps(host, now) - 1,
			 nst_host_down(host) ? NST_LOST_HOST_DOWN : NST_LOST_QUEUE);
	nst_host_trim(host, pkt->sender);
	if (!nst_queue_grow(&host->queue))
		nst_host_pop(host, false, NST_LOST_QUEUE);
	nst_queue_push(&host->queue, pkt, !nst_host_down(host));
	if (host->state == NETSTREAM_HOST_NO_SOURCE)
		nst_host_give_up(host, 0, NST_LOST_NO_SOURCE);
}

/* -------------------------------------------------------------------- state */

/* The host state that stands for a negative errno of a socket or a route. */
static u8 nst_host_state_of(int err)
{
	switch (-err) {
	case EADDRNOTAVAIL:
		return NETSTREAM_HOST_NO_ADDRESS;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EINPROGRESS:
		return NETSTREAM_HOST_NO_ROUTE;
	case ENODEV:
	case ENXIO:
		return NETSTREAM_HOST_NO_VRF;
	case EXDEV:
		return NETSTREAM_HOST_MANAGEMENT;
	case EPERM:
		return NETSTREAM_HOST_FILTERED;
	default:
		return NETSTREAM_HOST_ERROR;
	}
}

/* What waits for a host that goes down no longer counts against its streams. */
static void nst_host_set_down(struct nst_sender *sender, struct nst_host *host,
			      u64 now)
{
	host->down_since = now;
	nst_queue_uncount(&host->queue);
	sender->states_changed = true;
}

/**
 * nst_host_configure - apply a new configuration to a host
 * @sender: sender
 * @use: the host, and what is configured
 *
 * The collector takes another source address or port for another exporter.  So a
 * new socket is opened, and templates are sent again.
 *
 * Context: process, under the sender's lock.
 */
void nst_host_configure(struct nst_sender *sender, const struct nst_export_host *use)
{
	struct nst_host *host = use->host;

	host->current_use = true;
	strscpy(host->monitor, use->monitor ?: "", sizeof(host->monitor));
	host->def.version = use->version;
	if (host->def.dscp != use->dscp) {
		host->def.dscp = use->dscp;
		nst_socket_set_dscp(&host->socket);
	}
	if (nst_host_same_source(&host->source, use->source, host->def.family))
		return;
	host->source = *use->source;
	host->retry_at = 0;
	nst_socket_close(&host->socket);
	if (!nst_host_down(host))
		nst_host_set_down(sender, host, nst_clock_ms());
	host->state = NETSTREAM_HOST_IDLE;
}

static void nst_host_fail(struct nst_sender *sender, struct nst_host *host,
			  int err, u64 now)
{
	bool down = nst_host_down(host);

	host->pause = down && host->pause ?
		   min(2 * host->pause, (unsigned int)NST_RETRY_MAX) :
		   NST_RETRY_MIN;
	host->retry_at = now + host->pause;
	host->state = nst_host_state_of(err);
	host->error = -err;
	host->busy_since = 0;
	if (!down)
		nst_host_set_down(sender, host, now);
}

/* A collector that was down may have restarted and forgotten its templates. */
static void nst_host_set_up(struct nst_sender *sender, struct nst_host *host)
{
	if (!nst_host_down(host))
		return;
	nst_announce_forget(host);
	host->state = NETSTREAM_HOST_UP;
	host->error = 0;
	host->pause = 0;
	host->busy_since = 0;
	sender->states_changed = true;
}

/* A collector that listens again after refusals has probably restarted. */
static void nst_host_check_refusals(struct nst_host *host, u64 now)
{
	if (host->socket.sock)
		nst_announce_refusals(host, now);
	if (!host->refused_at || now - host->refused_at < NST_SHOWN_MS)
		return;
	host->refused_at = 0;
	nst_announce_forget(host);
}

/* Return: 0 if packets can be sent to the host, or why not. */
static int nst_host_connect(struct nst_sender *sender, struct nst_host *host)
{
	int err;

	if (host->socket.sock && nst_socket_stale(&host->socket, sender->net))
		nst_socket_close(&host->socket);
	if (!host->socket.sock) {
		err = nst_socket_open(&host->socket, sender->net);
		if (err)
			return err;
	}
	err = nst_socket_check_route(&host->socket, sender->current_set);
	/* packets wait for neighbour discovery, unless it has just failed */
	if (err == -EINPROGRESS &&
	    !(nst_host_down(host) && host->error == EINPROGRESS))
		return 0;
	return err;
}

/**
 * nst_host_check - see whether a host can be sent to
 * @sender: sender
 * @host: host
 * @now: milliseconds since boot
 *
 * Its socket is opened if it has none, and closed if the source address or the VRF
 * that it is bound to has gone.  A socket that is still usable stays open.
 *
 * Context: process, under the sender's lock.
 */
void nst_host_check(struct nst_sender *sender, struct nst_host *host, u64 now)
{
	int err;

	nst_host_check_refusals(host, now);
	if (now < host->retry_at && nst_host_down(host))
		return;
	if (!host->source.set) {
		nst_socket_close(&host->socket);
		if (!nst_host_down(host))
			nst_host_set_down(sender, host, now);
		sender->states_changed |= host->state != NETSTREAM_HOST_NO_SOURCE;
		host->state = NETSTREAM_HOST_NO_SOURCE;
		nst_host_give_up(host, 0, NST_LOST_NO_SOURCE);
		return;
	}
	err = nst_host_connect(sender, host);
	if (err)
		nst_host_fail(sender, host, err, now);
	else
		nst_host_set_up(sender, host);
}

/**
 * nst_host_shown_state - a host's state as it is shown
 * @host: host
 * @now: milliseconds since boot
 *
 * Context: under the sender's lock.
 */
u8 nst_host_shown_state(const struct nst_host *host, u64 now)
{
	if (nst_host_down(host))
		return host->state;
	if (host->filtered_at && now - host->filtered_at < NST_SHOWN_MS)
		return NETSTREAM_HOST_FILTERED;
	if (host->refused_at && now - host->refused_at < NST_SHOWN_MS)
		return NETSTREAM_HOST_UNREACHABLE;
	return host->state;
}

/**
 * nst_host_tell - tell whoever listens to events that a host has another state
 * @sender: sender
 * @host: host
 * @now: milliseconds since boot
 *
 * A host that has not been tried yet will soon have another state.
 *
 * Context: process, under the sender's lock.
 */
void nst_host_tell(struct nst_sender *sender, struct nst_host *host, u64 now)
{
	struct nst_event event = {
		.type = NETSTREAM_EVENT_HOST, .host = &host->def,
		.view = host->view, .monitor = host->monitor,
		.state = nst_host_shown_state(host, now),
	};

	if (event.state == host->told)
		return;
	host->told = event.state;
	if (event.state == NETSTREAM_HOST_IDLE ||
	    !nst_event_wanted(sender->events, event.type))
		return;
	if (event.state != NETSTREAM_HOST_UP)
		event.error = host->error;
	nst_event_send(sender->events, &event);
}

/* ------------------------------------------------------------------ sending */

/* The host takes nothing now: wait, longer each time.  In the end it counts as down. */
static void nst_host_busy(struct nst_sender *sender, struct nst_host *host,
			  int err, u64 now)
{
	if (err != -EINPROGRESS)
		host->error = -err;
	if (!host->busy_since)
		host->busy_since = now;
	host->pause = clamp(2 * host->pause, 1U, 256U);
	host->retry_at = now + host->pause;
	if (now - host->busy_since > NST_BUSY_MAX)
		nst_host_fail(sender, host, err, now);
}

/* Return: 0, or why nothing can be sent now; the host's state is set accordingly. */
static int nst_host_check_route(struct nst_sender *sender,
				struct nst_host *host, u64 now)
{
	int err = nst_socket_check_route(&host->socket, sender->current_set);

	if (err == -EINPROGRESS)
		nst_host_busy(sender, host, err, now);
	else if (err)
		nst_host_fail(sender, host, err, now);
	return err;
}

static void nst_host_took(struct nst_host *host)
{
	host->busy_since = 0;
	host->pause = 0;
}

static void nst_host_filtered(struct nst_host *host, u64 now)
{
	host->filtered++;
	host->filtered_at = now;
	host->error = EPERM;
}

/* Set the host's state after a failed send.  The packet stays in the queue. */
static void nst_host_error(struct nst_sender *sender, struct nst_host *host,
			   int err, u64 now)
{
	host->errors++;
	switch (-err) {
	case EPERM:
		nst_host_filtered(host, now);
		fallthrough;
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
		nst_host_busy(sender, host, err, now);
		break;
	default:
		nst_socket_close(&host->socket);
		nst_host_fail(sender, host, err, now);
	}
}

/*
 * Return: 0, or why the templates could not be sent; the host's state is set
 * accordingly.
 */
static int nst_host_send_templates(struct nst_sender *sender,
				   struct nst_host *host,
				   struct nst_export_set *set,
				   struct nst_export_slot *slot, unsigned int ver,
				   u8 which, u64 now)
{
	int err = nst_announce_templates(host, set, slot, ver, which, now);

	if (err)
		nst_host_error(sender, host, err, now);
	else
		nst_host_took(host);
	return err;
}

static void nst_host_send_options(struct nst_sender *sender,
				  struct nst_host *host,
				  struct nst_export_slot *slot, unsigned int ver,
				  u8 group, u64 now)
{
	int err = nst_announce_options(sender, host, slot, ver, group, now);

	switch (-err) {
	case 0:
		nst_host_took(host);
		break;
	case EPERM:
		nst_host_filtered(host, now);
		fallthrough;
	case EMSGSIZE:
		host->errors++;
		break;
	default:
		nst_host_error(sender, host, err, now);
	}
}

/**
 * nst_host_announce - send a host templates and option records that are due
 * @sender: sender
 * @host: a host of the stream
 * @slot: slot, of the published export set
 * @ver: index of the stream's version
 * @now: milliseconds since boot
 *
 * A host with many streams, or with many option records, gets them over several
 * turns.
 *
 * Context: process, under the sender's lock; may sleep for memory.
 * Return: whether more is due at once.
 */
bool nst_host_announce(struct nst_sender *sender, struct nst_host *host,
		       struct nst_export_slot *slot, unsigned int ver, u64 now)
{
	struct nst_export_set *set = sender->current_set;
	struct nst_feed *feed = host->feed[slot->id];
	u8 which, group;

	if (nst_host_down(host) || now < host->retry_at)
		return false;
	which = nst_announce_due(host, feed, set, slot, ver, now);
	group = nst_announce_option(sender, feed, now);
	if (!which && group == NST_OPTION_MAX)
		return false;
	if (!host->budget)
		return true;
	host->budget--;
	if (nst_host_check_route(sender, host, now))
		return false;
	if (which) {
		/*
		 * send the sampler's records again, unless a walk over them is
		 * under way
		 */
		if (!feed->walk[NST_OPTION_SAMPLER].active)
			feed->walk[NST_OPTION_SAMPLER].again = true;
		return !nst_host_send_templates(sender, host, set, slot, ver,
						which, now);
	}
	nst_host_send_options(sender, host, slot, ver, group, now);
	return true;
}

/* Send the first packet of the queue.  Return: whether to go on. */
static bool nst_host_send_one(struct nst_sender *sender, struct nst_host *host,
			      u64 now)
{
	struct nst_packet *pkt = nst_queue_first(&host->queue);
	unsigned int ver = nst_export_version_index(pkt->version);
	u8 which;
	int err;

	if (nst_host_check_route(sender, host, now))
		return false;
	which = nst_announce_needed(host, host->feed[pkt->slot->id], pkt->export_set,
				    pkt->slot, ver, now);
	if (which &&
	    nst_host_send_templates(sender, host, pkt->export_set, pkt->slot, ver,
				    which, now))
		return false;
	err = nst_announce_send(host, pkt, now);
	switch (-err) {
	case 0:
		nst_host_pop(host, true, 0);
		nst_host_took(host);
		return true;
	case EPERM:
		host->errors++;
		/* the route may have changed since it was looked at */
		if (nst_host_check_route(sender, host, now))
			return false;
		/* a filter may drop some packets and let others pass */
		nst_host_filtered(host, now);
		nst_host_pop(host, false, NST_LOST_FILTERED);
		return true;
	case EMSGSIZE:
		host->errors++;
		nst_host_pop(host, false, NST_LOST_SEND);
		return true;
	default:
		nst_host_error(sender, host, err, now);
		return false;
	}
}

/**
 * nst_host_send - send some of what waits for a host
 * @sender: sender
 * @host: host
 * @burst: packets at most
 * @now: milliseconds since boot
 *
 * Context: process, under the sender's lock; may sleep for memory.
 * Return: whether something is left that can be sent at once.
 */
bool nst_host_send(struct nst_sender *sender, struct nst_host *host,
		   unsigned int burst, u64 now)
{
	nst_host_give_up(host, nst_host_keeps(host, now), NST_LOST_HOST_DOWN);
	if (nst_host_down(host) || now < host->retry_at)
		return false;
	/* templates may have been refused */
	if (nst_queue_length(&host->queue) && host->socket.sock)
		nst_announce_refusals(host, now);
	while (burst-- && nst_queue_length(&host->queue))
		if (!nst_host_send_one(sender, host, now))
			return false;
	return nst_queue_length(&host->queue);
}

/**
 * nst_host_withdraw - a host is no longer configured
 * @sender: sender
 * @host: host
 * @now: milliseconds since boot
 *
 * The host is sent what it takes at once.  The rest is given up, and the socket is
 * closed, so that no old data is sent if the host is configured again.
 *
 * Context: process, under the sender's lock; may sleep.
 */
void nst_host_withdraw(struct nst_sender *sender, struct nst_host *host,
		       u64 now)
{
	while (nst_host_send(sender, host, NST_HOST_QUEUE_DOWN, now))
		cond_resched();
	nst_host_give_up(host, 0, NST_LOST_NO_HOST);
	nst_socket_close(&host->socket);
	host->current_use = false;
	host->state = NETSTREAM_HOST_IDLE;
	host->retry_at = 0;
	host->pause = 0;
}
