/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the export path share: packets, streams, exports, hosts.
 */
#ifndef _NST_SENDER_H
#define _NST_SENDER_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/workqueue.h>

#include "config.h"
#include "encode.h"
#include "stream.h"

/* UDP payload: at most what fits Ethernet over IPv6, at least the smallest sensible. */
#define NST_PAYLOAD_MAX		1452
#define NST_PAYLOAD_MIN		512

/* How often hosts and templates are looked after, ms. */
#define NST_LOOK_MS		1000

/* Export packets on their way before flows have to wait in the cache. */
#define NST_INFLIGHT_MAX	2048

/* Queue of a host: an up one never fills it, a down one keeps a few. */
#define NST_HOST_QUEUE		4096
#define NST_HOST_QUEUE_DOWN	64

static_assert(NST_INFLIGHT_MAX + 1024 < NST_HOST_QUEUE);

#define NST_TEMPLATES_MAX	(2 * NST_METERS_MAX)
#define NST_VERSIONS		2	/* 0: version 9, 1: IPFIX */

static inline unsigned int nst_version_index(u8 version)
{
	return version == NETSTREAM_VERSION_IPFIX;
}

/**
 * struct nst_packet - an export packet
 * @open: in its exporter's list, while it is being filled
 * @handed: on the way to the sender
 * @ref: hosts that have it in their queues, and whoever works with it
 * @sender: the sender
 * @exports: what it was made under, a reference
 * @out: whose stream it belongs to
 * @version: &enum netstream_version
 * @length: bytes so far
 * @capacity: bytes at most
 * @set: where the open set begins, 0: none
 * @set_id: of the open set
 * @records: data records
 * @templates: template records
 * @born: milliseconds since boot when it was begun
 * @amount: what it answers for
 * @delivered: at least one host was sent to
 * @cause: of the last failure, &enum nst_lost
 * @data: bytes
 */
struct nst_packet {
	struct list_head	open;
	struct llist_node	handed;
	refcount_t		ref;
	struct nst_sender	*sender;
	struct nst_exports	*exports;
	struct nst_out		*out;
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
 * @packets: packets sent, the version 9 sequence
 * @records: data records sent, the sequence of IPFIX and of sequence-mode flow
 * @since: packets sent since the last templates
 * @announced: milliseconds since boot of the last templates
 *
 * Protected by the sender's lock, but for @capacity, which anybody reads.
 */
struct nst_stream {
	refcount_t	ref;
	u8		slot;
	u8		version;
	u16		capacity;
	u32		packets;
	u32		records;
	u32		since;
	u64		announced;
};

/**
 * struct nst_out - one slot's way out, under one configuration
 * @slot: the slot
 * @sequence_flow: the version 9 sequence counts data records
 * @stream: by version, %NULL where no host takes it
 * @nhosts: hosts of each stream
 * @host: these
 * @announced: templates of these exports have been sent in the stream
 */
struct nst_out {
	u8			slot;
	bool			sequence_flow;
	struct nst_stream	*stream[NST_VERSIONS];
	unsigned int		nhosts[NST_VERSIONS];
	struct nst_host		*host[NST_VERSIONS][NETSTREAM_HOSTS_MAX];
	bool			announced[NST_VERSIONS];
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
 * struct nst_exports - streams, templates and hosts of one configuration
 * @ref: references: configuration, tables, packets
 * @sender: the sender
 * @dead: in the list of those to be freed
 * @ntemplates: templates
 * @template: these
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
 *
 * Immutable but for @out's announced, which the sender's lock protects.
 */
struct nst_exports {
	refcount_t		ref;
	struct nst_sender	*sender;
	struct llist_node	dead;
	unsigned int		ntemplates;
	struct nst_template	*template[NST_TEMPLATES_MAX];
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
};

/**
 * struct nst_sender - the export path of a namespace
 * @net: namespace
 * @lock: protects all below but what is atomic; process context
 * @work: numbers packets, sends them, and looks after hosts and templates
 * @in: packets handed over
 * @inflight: packets handed over and not yet sent or given up
 * @full: flows have had to wait, as @inflight was at its bound
 * @full_since: jiffies since when
 * @hurried: the cache has been full not long ago
 * @hurry: jiffies when it was last
 * @current_exports: published
 * @dead: exports to be freed
 * @hosts: all hosts
 * @stats: what became of packets
 * @next_id: template ID to try next
 * @refresh: send all templates now
 * @reopen: look at all hosts' sockets anew
 * @stopped: nothing is sent any more
 * @looked: milliseconds since boot of the last look at hosts and templates
 */
struct nst_sender {
	struct net		*net;
	struct mutex		lock;	/* see above */
	struct delayed_work	work;
	struct llist_head	in;
	atomic_t		inflight;
	bool			full;
	unsigned long		full_since;
	bool			hurried;
	unsigned long		hurry;
	struct nst_exports	*current_exports;
	struct llist_head	dead;
	struct list_head	hosts;
	struct nst_export_stats	stats;
	u16			next_id;
	bool			refresh;
	bool			reopen;
	bool			stopped;
	u64			looked;
};

void nst_sender_kick(struct nst_sender *s);
void nst_sender_hand(struct nst_packet *p);
struct nst_packet *nst_packet_create(struct nst_exports *e, struct nst_out *out,
				     u8 version, u64 now, gfp_t gfp);
void nst_packet_put(struct nst_packet *p);
void nst_packet_close_set(struct nst_packet *p);
u8 *nst_packet_room(struct nst_packet *p, u16 set, size_t length);
bool nst_exports_current(const struct nst_exports *e);
void nst_exports_free_dead(struct nst_sender *s);
void nst_exports_withdraw(struct nst_sender *s);
struct nst_template *nst_exports_template(const struct nst_exports *e,
					  const struct nst_record *rec,
					  u8 version);

#endif /* _NST_SENDER_H */
