/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Structures of the export path, and functions on them that all its parts use.
 *
 * An export set is what one configuration exports: its templates, its slots
 * with their streams, and its hosts.  The sender belongs to the namespace and
 * outlives export sets.
 */
#ifndef _NST_EXPORT_H
#define _NST_EXPORT_H

#include <linux/atomic.h>
#include <linux/if.h>
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
#include "options.h"
#include "stats.h"
#include "work.h"

struct net;
struct nst_events;
struct nst_host;
struct nst_iftable;
struct nst_mem;
struct nst_packet;
struct nst_plan;
struct nst_route_tables;

/* UDP payload: the most that IPv6 carries in an Ethernet frame, and a lower bound. */
#define NST_PAYLOAD_MAX		1452
#define NST_PAYLOAD_MIN		512

#define NST_TEMPLATES_MAX	(2 * NST_ACTIVE_MAX)
#define NST_VERSIONS		2	/* index 0: version 9, 1: IPFIX */
#define NST_OPTIONS_IDS		18	/* template IDs of option records */

/*
 * The smallest template ID that is used.  RFC 3954 allows 256 and up.  Other
 * exporters on the same machine begin there, and some collectors do not tell
 * exporters with the same address apart.
 */
#define NST_ID_FIRST		1024

/*
 * Export packets that may wait in one stream before its flows have to wait in
 * the cache.  Several streams share the larger number, but each gets at least
 * the smaller one.
 */
#define NST_WAITING_MAX		2048
#define NST_WAITING_MIN		4

/*
 * Packets that a host queues at most, and packets that it keeps when it has been
 * down for a while.  A host's queue holds what may wait in all streams at once.
 */
#define NST_HOST_QUEUE		4096
#define NST_HOST_QUEUE_DOWN	64

static_assert(NST_WAITING_MAX < NST_HOST_QUEUE);
static_assert(NST_VERSIONS * NST_SLOTS * NST_WAITING_MIN < NST_HOST_QUEUE);

/**
 * struct nst_stream - what one slot or monitor sends in one version
 * @ref: references: slots of export sets
 * @slot: number of the slot
 * @version: &enum netstream_version
 * @capacity: largest UDP payload that reaches all its hosts unfragmented
 * @limit: bound on @waiting
 * @waiting: packets that have not been sent to any host yet, and that wait for a
 *	host which is up
 * @blocked: none of its hosts can be sent to: its flows wait in the cache
 * @congested: @waiting has reached @limit, so flows have had to wait
 * @congested_since: jiffies when that began
 *
 * The sender writes @capacity, @limit and @blocked; every CPU reads them.
 */
struct nst_stream {
	refcount_t	ref;
	u16		slot;
	u8		version;
	u16		capacity;
	unsigned int	limit;
	atomic_t	waiting;
	bool		blocked;
	bool		congested;
	unsigned long	congested_since;
};

/**
 * struct nst_export_slot - a slot or a monitor under one configuration
 * @id: number of the slot; above %NST_SLOT_MONITOR: that of a monitor
 * @account: account of the monitor, a reference; %NULL: it is a slot
 * @template_set: number of its list of templates; the slot has the same number in a
 *	configuration with the same templates
 * @sequence_flow: the version 9 sequence counts data records
 * @stream: streams, indexed by nst_export_version_index(); %NULL: no host takes
 *	this version
 * @nhosts: number of hosts of each stream
 * @host: hosts of each stream
 */
struct nst_export_slot {
	u16			id;
	bool			sequence_flow;
	struct nst_account	*account;
	u32			template_set;
	struct nst_stream	*stream[NST_VERSIONS];
	unsigned int		nhosts[NST_VERSIONS];
	struct nst_host		*host[NST_VERSIONS][NETSTREAM_HOSTS_MAX];
};

/**
 * struct nst_export_host - a host under one configuration
 * @host: the host, a reference
 * @version: in effect
 * @dscp: of its packets
 * @source: where its packets come from: of its address family
 * @monitor: name of the monitor in whose view it is; %NULL: in that of none
 *
 * @source and @monitor are those of the set's plan, see there.
 */
struct nst_export_host {
	struct nst_host			*host;
	u8				version;
	u8				dscp;
	const struct nst_source		*source;
	const char			*monitor;
};

/**
 * struct nst_export_set - streams, templates and hosts of one configuration
 * @ref: references: configuration, tables, packets
 * @sender: the sender
 * @dead: in the sender's list of sets to free
 * @ntemplates: number of templates
 * @template: templates
 * @nslots: slots with streams of their own; the first is slot 0, the last are monitors
 * @nmonitors: how many of them are monitors
 * @slot: these slots
 * @slot_index: by slot number, the entry of @slot that serves it
 * @nhosts: number of hosts
 * @host: hosts
 * @template_timeout: milliseconds between templates
 * @template_packets: packets between templates, 0: any number
 * @option: which option records are exported, by &enum nst_option
 * @option_timeout: milliseconds between option records, by &enum nst_option
 * @option_template_timeout: milliseconds between templates of options
 * @option_template_packets: packets between templates of options, 0: any number
 * @source_id: upper 24 bits of Source IDs
 * @mask: &enum netstream_mask: where the masks of original flows come from
 * @plan: plan that it was made from; only there while the set is the published one
 * @nmanagement: number of management interfaces
 * @management: names of management interfaces
 * @guarded: the same names for the guard, which owns them after publication
 *
 * Immutable once published.
 */
struct nst_export_set {
	refcount_t		ref;
	struct nst_sender	*sender;
	struct llist_node	dead;
	unsigned int		ntemplates;
	struct nst_template	*template[NST_TEMPLATES_MAX];
	unsigned int		nslots;
	unsigned int		nmonitors;
	struct nst_export_slot	*slot;
	u16			slot_index[NST_SLOTS];
	unsigned int		nhosts;
	struct nst_export_host	*host;
	u64			template_timeout;
	u32			template_packets;
	bool			option[NST_OPTION_MAX];
	u64			option_timeout[NST_OPTION_MAX];
	u64			option_template_timeout;
	u32			option_template_packets;
	u32			source_id;
	u8			mask;
	const struct nst_plan	*plan;
	unsigned int		nmanagement;
	char			management[NETSTREAM_MANAGEMENT_MAX][IFNAMSIZ];
	struct nst_guard_names	*guarded;
};

/**
 * struct nst_export_stats - what became of the packets handed over
 * @exported: amount sent to at least one host
 * @lost: amount that reached no host, by cause
 *
 * What was handed over and is in neither amount is still queued.
 */
struct nst_export_stats {
	struct nst_amount	exported;
	struct nst_amount	lost[NST_LOST_MAX];
};

/**
 * struct nst_sender - the export path of a namespace
 * @net: namespace
 * @mem: memory control group that pays for export packets
 * @routes: tables of routes of the namespace
 * @events: who is told what happens; %NULL: nobody
 * @rcu: frees the sender after a grace period, since hooks may still read @guard
 * @lock: protects all members below that are not atomic; process context
 * @guard: keeps packets away from management interfaces
 * @work: takes packets from the CPUs, sends them, checks hosts, sends templates
 * @in: packets handed over
 * @congested: a stream is, or has just been, congested
 * @expedited: the cache was full a moment ago
 * @expedited_at: jiffies when it last was
 * @told_full: the listeners to events know that it is
 * @current_set: published export set
 * @published: number of the publication, by which dumps notice that the set was
 *	replaced
 * @dead: export sets to free
 * @hosts: all hosts
 * @packets: export packets that exist, handed over or not
 * @stats: what became of packets
 * @next_id: template ID to try next
 * @option_ids: first of the %NST_OPTIONS_IDS template IDs of option records
 * @next_set: number of the next list of templates
 * @scratch: template packet that is being sent
 * @refresh: send all templates now
 * @recheck: routes, addresses or devices have changed: check all hosts now
 * @iftable: table of interfaces for option records; %NULL until it is needed
 * @iftable_at: milliseconds since boot when it was made
 * @iftable_stale: devices may have changed since
 * @surveyed: number of the publication that @rate was found for
 * @rate: sampler of each slot, for option records
 * @option_sent: how often templates of options were sent, by &enum nst_options_table and
 *	version
 * @states_changed: a host has gone up or down, or hosts were published
 * @stopped: nothing is sent any more
 * @wait: woken when it stops
 * @checked_at: milliseconds since boot when hosts were last checked
 */
struct nst_sender {
	struct net		*net;
	const struct nst_mem	*mem;
	const struct nst_route_tables *routes;
	struct nst_events	*events;
	struct rcu_head		rcu;
	struct mutex		lock;	/* see above */
	struct nst_guard	guard;
	struct delayed_work	work;
	struct llist_head	in;
	bool			congested;
	bool			expedited;
	unsigned long		expedited_at;
	bool			told_full;
	struct nst_export_set	*current_set;
	u32			published;
	struct llist_head	dead;
	struct list_head	hosts;
	atomic_t		packets;
	struct nst_export_stats	stats;
	u16			next_id;
	u16			option_ids;
	u32			next_set;
	struct nst_packet	*scratch;
	bool			refresh;
	bool			recheck;
	struct nst_iftable	*iftable;
	u64			iftable_at;
	bool			iftable_stale;
	u32			surveyed;
	struct nst_options_rate	rate[NST_SLOTS];
	struct nst_options_sent	option_sent[NST_OPTIONS_MAX][NST_VERSIONS];
	bool			states_changed;
	bool			stopped;
	wait_queue_head_t	wait;
	u64			checked_at;
};

/* The index of a version in arrays of %NST_VERSIONS entries. */
static inline unsigned int nst_export_version_index(u8 version)
{
	return version == NETSTREAM_VERSION_IPFIX;
}

/* The version of an index, &enum netstream_version. */
static inline u8 nst_export_version(unsigned int ver)
{
	return ver ? NETSTREAM_VERSION_IPFIX : NETSTREAM_VERSION_9;
}

/**
 * nst_export_source_id - the Source ID, or observation domain, of a slot
 * @source_id: upper 24 bits, as configured
 * @slot: number of the slot; above %NST_SLOT_MONITOR: that of a monitor
 *
 * In that of a monitor the highest bit is inverted.  So no slot of the same exporter has
 * it, and it does not depend on which slots are configured.
 *
 * Context: any.
 */
static inline u32 nst_export_source_id(u32 source_id, u16 slot)
{
	if (slot <= NST_SLOT_MONITOR)
		return source_id << 8 | slot;
	return (source_id << 8 ^ BIT(31)) | (slot - NST_SLOT_MONITOR);
}

/**
 * nst_export_slot_has - whether a slot's streams carry the records of a template
 * @slot: slot
 * @tmpl: template of the same export set
 *
 * Context: any.
 */
static inline bool nst_export_slot_has(const struct nst_export_slot *slot,
				       const struct nst_template *tmpl)
{
	return tmpl->rec->account == slot->account;
}

/**
 * nst_export_kick - let the sender work now
 * @sender: sender
 *
 * Context: any.
 */
static inline void nst_export_kick(struct nst_sender *sender)
{
	if (!READ_ONCE(sender->stopped))
		mod_delayed_work(nst_wq, &sender->work, 0);
}

/**
 * nst_export_set_get - take another reference to an export set
 * @set: export set
 *
 * Context: any.
 */
static inline struct nst_export_set *
nst_export_set_get(struct nst_export_set *set)
{
	refcount_inc(&set->ref);
	return set;
}

/**
 * nst_export_set_put - drop a reference to an export set
 * @set: export set
 *
 * After the last one, the sender frees the set in process context.
 *
 * Context: any.
 */
static inline void nst_export_set_put(struct nst_export_set *set)
{
	struct nst_sender *sender = set->sender;

	if (!refcount_dec_and_test(&set->ref))
		return;
	llist_add(&set->dead, &sender->dead);
	nst_export_kick(sender);
}

/**
 * nst_export_template - the template of a record in a version
 * @set: export set
 * @rec: record
 * @version: &enum netstream_version
 *
 * Context: any.
 * Return: the template, or %NULL if the record is not exported in the version.
 */
static inline struct nst_template *
nst_export_template(const struct nst_export_set *set,
		    const struct nst_record *rec, u8 version)
{
	unsigned int i;

	for (i = 0; i < set->ntemplates; i++)
		if (set->template[i]->rec == rec &&
		    set->template[i]->version == version)
			return set->template[i];
	return NULL;
}

/**
 * nst_export_congested - whether a stream takes no packet for now
 * @stream: stream
 * @sender: its sender
 *
 * Context: any.
 */
static inline bool nst_export_congested(struct nst_stream *stream,
					struct nst_sender *sender)
{
	if (likely(atomic_read(&stream->waiting) < READ_ONCE(stream->limit)))
		return false;
	if (!READ_ONCE(stream->congested)) {
		WRITE_ONCE(stream->congested_since, jiffies);
		/* pairs with nst_pace_factor(): the time is there before the flag */
		smp_store_release(&stream->congested, true);
	}
	WRITE_ONCE(sender->congested, true);
	return true;
}

#endif /* _NST_EXPORT_H */
