/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the export path share: packets, streams, exports, hosts.
 */
#ifndef _NST_SENDER_H
#define _NST_SENDER_H

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "config.h"
#include "encode.h"
#include "guard.h"
#include "exporter.h"

/* UDP payload: at most what fits Ethernet over IPv6, at least the smallest sensible. */
#define NST_PAYLOAD_MAX		1452
#define NST_PAYLOAD_MIN		512

/* How often hosts and templates are looked after, ms. */
#define NST_LOOK_MS		1000

#define NST_TEMPLATES_MAX	(2 * NST_METERS_MAX)
#define NST_VERSIONS		2	/* 0: version 9, 1: IPFIX */

/*
 * Export packets that may wait in one stream before its flows have to wait in
 * the cache.  Several streams share the larger number, but each gets at least
 * the smaller one.
 */
#define NST_WAITING_MAX		2048
#define NST_WAITING_MIN		4

/*
 * Packets that a host queues at most, and that one keeps that is down for long.
 * A host's queue holds what may wait in all streams at once.
 */
#define NST_HOST_QUEUE		4096
#define NST_HOST_QUEUE_DOWN	64

static_assert(NST_WAITING_MAX < NST_HOST_QUEUE);
static_assert(NST_VERSIONS * (NETSTREAM_SLOT_MAX + 1) * NST_WAITING_MIN < NST_HOST_QUEUE);

/* Packets that exist before slow hosts keep no more than those that are down. */
#define NST_PACKETS_MAX		16384

static inline unsigned int nst_version_index(u8 version)
{
	return version == NETSTREAM_VERSION_IPFIX;
}

/**
 * struct nst_packet - an export packet
 * @open: in its exporter's list, while it is being filled
 * @handed: on the way to the sender
 * @ref: references: host queues, a twin, and the code that works with it
 * @holds: queues of hosts that are up and still have to send it
 * @released: it no longer counts as waiting in its stream
 * @sender: the sender
 * @export_set: what it was made under, a reference
 * @out: slot that it belongs to
 * @twin: the packet of the other version that carries the same flows and
 *	accounts for them, a reference; %NULL: this packet accounts for its own
 * @version: &enum netstream_version
 * @length: bytes so far
 * @capacity: bytes at most
 * @set: offset of the open set, 0: none
 * @set_id: ID of the open set
 * @records: data records
 * @templates: template records
 * @born: milliseconds since boot when it was begun
 * @amount: traffic that it accounts for
 * @delivered: it was sent to at least one host
 * @cause: of the last failure, &enum nst_lost
 * @data: bytes; the header is written anew for each host
 *
 * Once it was handed over, the sender's lock protects it.
 */
struct nst_packet {
	struct list_head	open;
	struct llist_node	handed;
	refcount_t		ref;
	u32			holds;
	bool			released;
	struct nst_sender	*sender;
	struct nst_export_set	*export_set;
	struct nst_out		*out;
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
	bool			delivered;
	u8			cause;
	u8			data[];
};

/**
 * struct nst_stream - what one slot sends in one version
 * @ref: references: outs
 * @slot: Source ID
 * @version: &enum netstream_version
 * @capacity: payload that the path to all its hosts allows
 * @limit: bound on @waiting
 * @waiting: packets handed over that no host has sent yet, and one that is up will
 * @blocked: none of its hosts can be sent to: its flows wait in the cache
 * @full: its flows have had to wait, as @waiting was at its bound
 * @full_since: jiffies since when
 *
 * The sender writes @capacity, @limit and @blocked; every CPU reads them.
 */
struct nst_stream {
	refcount_t	ref;
	u8		slot;
	u8		version;
	u16		capacity;
	unsigned int	limit;
	atomic_t	waiting;
	bool		blocked;
	bool		full;
	unsigned long	full_since;
};

/**
 * struct nst_out - one slot's way out, under one configuration
 * @slot: the slot
 * @sequence_flow: the version 9 sequence counts data records
 * @stream: by version, %NULL where no host takes it
 * @nhosts: hosts of each stream
 * @host: these
 */
struct nst_out {
	u8			slot;
	bool			sequence_flow;
	struct nst_stream	*stream[NST_VERSIONS];
	unsigned int		nhosts[NST_VERSIONS];
	struct nst_host		*host[NST_VERSIONS][NETSTREAM_HOSTS_MAX];
};

/**
 * struct nst_host_use - a host, as one configuration has it
 * @host: the host, a reference
 * @version: in effect
 * @dscp: of its packets
 */
struct nst_host_use {
	struct nst_host	*host;
	u8		version;
	u8		dscp;
};

/**
 * struct nst_export_set - streams, templates and hosts of one configuration
 * @ref: references: configuration, tables, packets
 * @sender: the sender
 * @dead: in the list of those to be freed
 * @ntemplates: templates
 * @template: these
 * @template_set: number of this list of templates; a configuration with the
 *	same templates has the same number
 * @nouts: slots with streams of their own; the first is slot 0
 * @out: these
 * @by_slot: which out serves a slot
 * @nhosts: hosts
 * @use: these
 * @template_timeout: milliseconds between templates
 * @template_packets: packets between templates, 0: any number
 * @source4: source of packets to IPv4 collectors
 * @source6: source of packets to IPv6 collectors
 * @nmanagement: management interfaces
 * @management: their names
 * @guarded: the same for the guard, which gets it when they are published
 *
 * Immutable once published.
 */
struct nst_export_set {
	refcount_t		ref;
	struct nst_sender	*sender;
	struct llist_node	dead;
	unsigned int		ntemplates;
	struct nst_template	*template[NST_TEMPLATES_MAX];
	u32			template_set;
	unsigned int		nouts;
	struct nst_out		*out;
	u8			by_slot[NETSTREAM_SLOT_MAX + 1];
	unsigned int		nhosts;
	struct nst_host_use	*use;
	u64			template_timeout;
	u32			template_packets;
	struct nst_source	source4;
	struct nst_source	source6;
	unsigned int		nmanagement;
	char			management[NETSTREAM_MANAGEMENT_MAX][IFNAMSIZ];
	struct nst_guard_names	*guarded;
};

/**
 * struct nst_sender - the export path of a namespace
 * @net: namespace
 * @mem: who pays for export packets
 * @rcu: for freeing, as hooks may still look at @guard
 * @lock: protects all below but what is atomic; process context
 * @guard: keeps packets away from management interfaces
 * @work: takes packets from the CPUs, sends them, and looks after hosts and templates
 * @in: packets handed over
 * @full: a stream has been full
 * @hurried: the cache has been full not long ago
 * @hurry: jiffies when it was last
 * @current_set: published
 * @published: number of these, another one each time
 * @dead: exports to be freed
 * @hosts: all hosts
 * @packets: export packets that exist, handed over or not
 * @stats: what became of packets
 * @next_id: template ID to try next
 * @next_set: number of the next list of templates
 * @scratch: template packet that is being sent
 * @refresh: send all templates now
 * @reopen: routes, addresses or devices have changed: check all hosts now
 * @states_changed: a host has gone up or down, or hosts were published
 * @stopped: nothing is sent any more
 * @wait: woken when it stops
 * @looked: milliseconds since boot when hosts were last checked
 */
struct nst_sender {
	struct net		*net;
	const struct nst_mem	*mem;
	struct rcu_head		rcu;
	struct mutex		lock;	/* see above */
	struct nst_guard	guard;
	struct delayed_work	work;
	struct llist_head	in;
	bool			full;
	bool			hurried;
	unsigned long		hurry;
	struct nst_export_set	*current_set;
	u32			published;
	struct llist_head	dead;
	struct list_head	hosts;
	atomic_t		packets;
	struct nst_export_stats	stats;
	u16			next_id;
	u32			next_set;
	struct nst_packet	*scratch;
	bool			refresh;
	bool			reopen;
	bool			states_changed;
	bool			stopped;
	wait_queue_head_t	wait;
	u64			looked;
};

/**
 * nst_stream_takes - whether a stream takes another packet
 * @st: stream
 * @s: its sender
 *
 * Context: any.
 */
static inline bool nst_stream_takes(struct nst_stream *st, struct nst_sender *s)
{
	if (likely(atomic_read(&st->waiting) < READ_ONCE(st->limit)))
		return true;
	if (!READ_ONCE(st->full)) {
		WRITE_ONCE(st->full_since, jiffies);
		/* pairs with nst_stream_rate(): first since when, then that */
		smp_store_release(&st->full, true);
	}
	WRITE_ONCE(s->full, true);
	return false;
}

void nst_sender_kick(struct nst_sender *s);
void nst_sender_hand(struct nst_packet *p);
void nst_sender_take(struct nst_sender *s, u64 now);
void nst_packet_put(struct nst_packet *p);
void nst_packet_release(struct nst_packet *p);
void nst_packet_close_set(struct nst_packet *p);
u8 *nst_packet_room(struct nst_packet *p, u16 set, size_t length);
void nst_export_set_free_dead(struct nst_sender *s);
void nst_export_set_withdraw(struct nst_sender *s);
struct nst_template *nst_export_set_template(const struct nst_export_set *e,
					     const struct nst_record *rec,
					  u8 version);

#endif /* _NST_SENDER_H */
