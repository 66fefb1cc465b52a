// SPDX-License-Identifier: GPL-2.0
/*
 * The sender of a namespace: takes export packets from the CPUs and gives each
 * to every host of its stream.  It is one work item, in process context.  It
 * sleeps between bursts, so that half a million flows that end together do not
 * overflow a collector's socket buffer.
 *
 * The number of packets that wait is bounded for each stream, and only packets that
 * wait for a host that is up count.  A stream whose hosts are all down is blocked:
 * its flows wait in the cache.  So a host that is down costs no other host
 * anything.
 */
#include <linux/random.h>
#include <linux/slab.h>

#include "clock.h"
#include "event.h"
#include "export_set.h"
#include "host.h"
#include "iftable.h"
#include "mem.h"
#include "options.h"
#include "pace.h"
#include "packet.h"
#include "plan.h"
#include "sender.h"
#include "work.h"

/* How often hosts and templates are checked, ms. */
#define NST_CHECK_MS		1000

/* How often interfaces are listed at most while they change all the time, ms. */
#define NST_IFTABLE_MS		200

/* Packets of templates and options to a host in one turn. */
#define NST_ANNOUNCE_BURST	4

/* ------------------------------------------------------------------ packets */

/**
 * nst_sender_submit - take a packet from a CPU
 * @pkt: packet; the caller's reference passes on
 *
 * Context: any.
 */
void nst_sender_submit(struct nst_packet *pkt)
{
	struct nst_sender *sender = pkt->sender;

	atomic_inc(&nst_packet_stream(pkt)->waiting);
	if (llist_add(&pkt->handed, &sender->in))
		nst_export_kick(sender);
}

/* Give a packet to every host of its stream that is still configured. */
static void nst_sender_distribute(struct nst_packet *pkt, u64 now)
{
	unsigned int ver = nst_export_version_index(pkt->version), i;
	struct nst_host *host;

	pkt->cause = NST_LOST_NO_HOST;
	nst_packet_take(pkt);
	pkt->holds = 1;
	for (i = 0; i < pkt->slot->nhosts[ver]; i++) {
		host = pkt->slot->host[ver][i];
		if (host->current_use)
			nst_host_queue(host, pkt, now);
	}
	if (!--pkt->holds)
		nst_packet_release(pkt);
	nst_packet_put(pkt);
}

/* Queue what the CPUs have handed over. */
static void nst_sender_take(struct nst_sender *sender, u64 now)
{
	struct llist_node *list = llist_reverse_order(llist_del_all(&sender->in));
	struct nst_packet *pkt, *next;

	llist_for_each_entry_safe(pkt, next, list, handed)
		nst_sender_distribute(pkt, now);
}

/* -------------------------------------------------------------------- hosts */

/* Option records describe interfaces: read these again when they may have changed. */
static void nst_sender_interfaces(struct nst_sender *sender, u64 now)
{
	const struct nst_export_set *set = sender->current_set;
	struct nst_iftable *table;
	struct mem_cgroup *old;

	if (!set || !set->nhosts || !set->ntemplates ||
	    !(set->option[NST_OPTION_SAMPLER] || set->option[NST_OPTION_VRF] ||
	      set->option[NST_OPTION_INTERFACE]))
		return;
	if ((!sender->iftable || sender->iftable_stale) &&
	    (!sender->iftable_at || now - sender->iftable_at >= NST_IFTABLE_MS)) {
		sender->iftable_stale = false;
		sender->iftable_at = now;
		old = nst_mem_begin(sender->mem);
		table = nst_iftable_take(sender->net, sender->iftable);
		nst_mem_end(old);
		if (!table) {
			/* no memory: try again later */
			sender->iftable_stale = true;
		} else if (table != sender->iftable) {
			nst_iftable_free(sender->iftable);
			sender->iftable = table;
			sender->surveyed = 0;
		}
	}
	if (sender->iftable && sender->surveyed != sender->published) {
		nst_options_survey(sender);
		sender->surveyed = sender->published;
	}
}

/*
 * Send templates and option records that are due, whether or not data flows.
 * Return: whether more of them can be sent at once.
 */
static bool nst_sender_announce(struct nst_sender *sender, u64 now)
{
	struct nst_export_set *set = sender->current_set;
	struct nst_host *host;
	unsigned int i, j, ver;
	bool more = false;

	nst_sender_interfaces(sender, now);
	list_for_each_entry(host, &sender->hosts, node) {
		host->budget = NST_ANNOUNCE_BURST;
		if (sender->refresh)
			nst_announce_forget(host);
	}
	sender->refresh = false;
	for (i = 0; set && i < set->nslots; i++)
		for (ver = 0; ver < NST_VERSIONS; ver++)
			for (j = 0; j < set->slot[i].nhosts[ver]; j++)
				more |= nst_host_announce(sender,
							  set->slot[i].host[ver][j],
							  &set->slot[i], ver, now);
	return more;
}

static void nst_sender_measure_stream(const struct nst_export_slot *slot,
				      unsigned int ver)
{
	unsigned int capacity = NST_PAYLOAD_MAX, i;

	for (i = 0; i < slot->nhosts[ver]; i++)
		capacity = min(capacity,
			       nst_socket_payload(&slot->host[ver][i]->socket));
	WRITE_ONCE(slot->stream[ver]->capacity, capacity);
}

static void nst_sender_measure(struct nst_sender *sender)
{
	struct nst_export_set *set = sender->current_set;
	unsigned int i, ver;

	for (i = 0; set && i < set->nslots; i++)
		for (ver = 0; ver < NST_VERSIONS; ver++)
			if (set->slot[i].stream[ver])
				nst_sender_measure_stream(&set->slot[i], ver);
}

static void nst_sender_check(struct nst_sender *sender, u64 now)
{
	struct nst_host *host;

	if (!READ_ONCE(sender->recheck) && now - sender->checked_at < NST_CHECK_MS)
		return;
	sender->checked_at = now;
	sender->iftable_stale |= READ_ONCE(sender->recheck);
	list_for_each_entry(host, &sender->hosts, node) {
		if (!host->current_use)
			continue;
		if (READ_ONCE(sender->recheck))
			host->retry_at = 0;
		nst_host_check(sender, host, now);
	}
	WRITE_ONCE(sender->recheck, false);
	nst_sender_measure(sender);
}

/*
 * Whether flows wait because all hosts of a stream are down.  They do not wait if
 * every host only lacks a source address, without which the model sends nothing.
 */
static bool nst_sender_stream_blocked(const struct nst_export_slot *slot,
				      unsigned int ver)
{
	bool down = false;
	unsigned int i;

	for (i = 0; i < slot->nhosts[ver]; i++) {
		if (!nst_host_down(slot->host[ver][i]))
			return false;
		down |= slot->host[ver][i]->state != NETSTREAM_HOST_NO_SOURCE;
	}
	return down;
}

static void nst_sender_block(struct nst_sender *sender)
{
	struct nst_export_set *set = sender->current_set;
	unsigned int i, ver;

	if (!sender->states_changed)
		return;
	sender->states_changed = false;
	for (i = 0; set && i < set->nslots; i++)
		for (ver = 0; ver < NST_VERSIONS; ver++)
			if (set->slot[i].stream[ver])
				WRITE_ONCE(set->slot[i].stream[ver]->blocked,
					   nst_sender_stream_blocked(&set->slot[i], ver));
}

/*
 * Tell whoever listens to events what has changed since the last turn.  @expedited lasts
 * for a second at least.
 */
static void nst_sender_tell(struct nst_sender *sender, u64 now)
{
	bool full = READ_ONCE(sender->expedited);
	struct nst_event event = {
		.type = full ? NETSTREAM_EVENT_CACHE_FULL :
			       NETSTREAM_EVENT_CACHE_ROOM,
	};
	struct nst_host *host;

	list_for_each_entry(host, &sender->hosts, node)
		nst_host_tell(sender, host, now);
	if (full == sender->told_full || !sender->current_set)
		return;
	sender->told_full = full;
	event.flows = sender->current_set->plan->cfg->max_flows;
	if (nst_event_wanted(sender->events, event.type))
		nst_event_send(sender->events, &event);
}

/* --------------------------------------------------------------------- work */

/*
 * Send a burst to each host whose turn it is.  The host with the largest rate
 * factor has a turn in every round, slower hosts in some rounds.
 * Return: whether any host can be sent more at once.
 */
static bool nst_sender_round(struct nst_sender *sender, unsigned int largest,
			     u64 now)
{
	struct nst_host *host;
	bool more = false;

	list_for_each_entry(host, &sender->hosts, node) {
		if (!host->current_use || !nst_queue_length(&host->queue))
			continue;
		host->credit += host->rate_factor;
		if (host->credit < largest) {
			more |= !nst_host_down(host) && now >= host->retry_at;
			continue;
		}
		host->credit = min(host->credit - largest, largest);
		more |= nst_host_send(sender, host, NST_BURST, now);
		cond_resched();
	}
	return more;
}

/* Milliseconds until the first of the hosts that take nothing now is tried again. */
static unsigned int nst_sender_wait(struct nst_sender *sender, u64 now)
{
	unsigned int wait = NST_CHECK_MS;
	struct nst_host *host;

	list_for_each_entry(host, &sender->hosts, node)
		if (!nst_host_down(host) && nst_queue_length(&host->queue))
			wait = min_t(u64, wait, now < host->retry_at ?
				     host->retry_at - now : 1);
	return wait;
}

/* One turn.  @now was read after packets were taken, so no time in them is later. */
static bool nst_sender_turn(struct nst_sender *sender, unsigned int *factor,
			    u64 now)
{
	bool more;

	nst_sender_check(sender, now);
	more = nst_sender_announce(sender, now);
	nst_sender_tell(sender, now);
	*factor = nst_pace_factors(sender);
	more |= nst_sender_round(sender, *factor, now);
	nst_sender_block(sender);
	nst_export_set_free_dead(sender);
	return more;
}

static void nst_sender_work(struct work_struct *work)
{
	struct nst_sender *sender = container_of(work, struct nst_sender,
						 work.work);
	unsigned int factor = 1;
	bool more = true;
	u64 now = 0;

	mutex_lock(&sender->lock);
	while (more && !sender->stopped) {
		nst_sender_take(sender, nst_clock_ms());
		now = nst_clock_ms();
		more = nst_sender_turn(sender, &factor, now);
		mutex_unlock(&sender->lock);
		if (more)
			nst_pace_pause(sender, factor);
		mutex_lock(&sender->lock);
	}
	if (!sender->stopped && !list_empty(&sender->hosts))
		queue_delayed_work(nst_wq, &sender->work,
				   msecs_to_jiffies(nst_sender_wait(sender,
								    now)));
	mutex_unlock(&sender->lock);
}

/* -------------------------------------------------------------- publication */

/**
 * nst_sender_publish - make an export set the current one
 * @sender: sender
 * @set: export set; a reference is taken
 *
 * Context: process, may sleep.  Cannot fail.
 */
void nst_sender_publish(struct nst_sender *sender, struct nst_export_set *set)
{
	struct nst_export_set *old;

	mutex_lock(&sender->lock);
	old = sender->current_set;
	/* what was made under the old set goes to the old hosts */
	nst_sender_take(sender, nst_clock_ms());
	nst_export_set_apply(set, old, nst_clock_ms());
	sender->current_set = nst_export_set_get(set);
	sender->states_changed = true;
	WRITE_ONCE(sender->recheck, true);
	/* never 0: @surveyed is 0 until a survey was made */
	sender->published = sender->published + 1 ?: 1;
	mutex_unlock(&sender->lock);
	if (old)
		nst_export_set_put(old);
	nst_export_kick(sender);
}

/* --------------------------------------------------------------- life cycle */

/**
 * nst_sender_create - make the export path of a namespace
 * @net: namespace
 * @mem: memory control group that pays for export packets; outlives the sender
 *
 * Context: process, may sleep.
 * Return: the sender, or %NULL for lack of memory.
 */
struct nst_sender *nst_sender_create(struct net *net, const struct nst_mem *mem)
{
	struct nst_sender *sender = kzalloc(sizeof(*sender),
					    GFP_KERNEL_ACCOUNT);

	if (!sender)
		return NULL;
	sender->scratch = kzalloc(struct_size(sender->scratch, data,
					      NST_PAYLOAD_MAX),
				  GFP_KERNEL_ACCOUNT);
	if (!sender->scratch) {
		kfree(sender);
		return NULL;
	}
	sender->net = net;
	sender->mem = mem;
	mutex_init(&sender->lock);
	INIT_DELAYED_WORK(&sender->work, nst_sender_work);
	init_llist_head(&sender->in);
	init_llist_head(&sender->dead);
	init_waitqueue_head(&sender->wait);
	INIT_LIST_HEAD(&sender->hosts);
	/*
	 * A collector may still have templates from before the module was reloaded.
	 * It must not decode new records by them, so IDs begin at a random number.
	 */
	sender->option_ids = NST_ID_FIRST + get_random_u32() %
			     (U16_MAX - NST_OPTIONS_IDS - NST_ID_FIRST);
	sender->next_id = sender->option_ids + NST_OPTIONS_IDS;
	return sender;
}

/* Send as much as the hosts take at once. */
static void nst_sender_flush_locked(struct nst_sender *sender)
{
	struct nst_host *host;
	u64 now;

	nst_sender_take(sender, nst_clock_ms());
	now = nst_clock_ms();
	nst_sender_check(sender, now);
	nst_sender_announce(sender, now);
	list_for_each_entry(host, &sender->hosts, node)
		while (host->current_use && nst_host_send(sender, host,
							  NST_BURST, now))
			cond_resched();
	nst_sender_block(sender);
}

/**
 * nst_sender_flush - send as much as the hosts take at once
 * @sender: sender
 *
 * Ignores the pace and waits for no host.  Packets that the hosts take no longer
 * count in the bounds of their streams.
 *
 * Context: process, may sleep.
 */
void nst_sender_flush(struct nst_sender *sender)
{
	mutex_lock(&sender->lock);
	nst_sender_flush_locked(sender);
	nst_export_set_free_dead(sender);
	mutex_unlock(&sender->lock);
}

/**
 * nst_sender_stop - send what can leave at once, then nothing more
 * @sender: sender
 *
 * Waits for no host.  Whatever is left is lost, and counted.  All sockets are
 * closed.
 *
 * Context: process, sleeps; while the namespace's devices still exist.
 */
void nst_sender_stop(struct nst_sender *sender)
{
	struct nst_host *host;

	mutex_lock(&sender->lock);
	WRITE_ONCE(sender->stopped, true);
	mutex_unlock(&sender->lock);
	wake_up(&sender->wait);
	cancel_delayed_work_sync(&sender->work);
	mutex_lock(&sender->lock);
	nst_sender_flush_locked(sender);
	list_for_each_entry(host, &sender->hosts, node) {
		nst_host_give_up(host, 0, NST_LOST_SHUTDOWN);
		nst_socket_close(&host->socket);
	}
	if (sender->current_set)
		nst_export_set_put(sender->current_set);
	sender->current_set = NULL;
	nst_guard_stop(&sender->guard, sender->net);
	mutex_unlock(&sender->lock);
}

/**
 * nst_sender_free - free a stopped sender
 * @sender: sender, to whose export sets no reference is left
 *
 * Context: process.
 */
void nst_sender_free(struct nst_sender *sender)
{
	cancel_delayed_work_sync(&sender->work);
	mutex_lock(&sender->lock);
	nst_export_set_free_dead(sender);
	mutex_unlock(&sender->lock);
	WARN_ON_ONCE(!list_empty(&sender->hosts) || atomic_read(&sender->packets));
	kfree(sender->scratch);
	nst_iftable_free(sender->iftable);
	kfree_rcu(sender, rcu);
}

/**
 * nst_sender_refresh - send all templates to all hosts now
 * @sender: sender
 *
 * If it is called again before they have been sent, they are sent once.
 *
 * Context: process, may sleep.
 */
void nst_sender_refresh(struct nst_sender *sender)
{
	mutex_lock(&sender->lock);
	sender->refresh = true;
	mutex_unlock(&sender->lock);
	nst_export_kick(sender);
}

/**
 * nst_sender_rescan - devices, addresses or routes have changed: check hosts now
 * @sender: sender
 *
 * Sockets that are still usable stay open.
 *
 * Context: any.
 */
void nst_sender_rescan(struct nst_sender *sender)
{
	WRITE_ONCE(sender->recheck, true);
	nst_export_kick(sender);
}

/**
 * nst_sender_stats - what became of the packets handed over
 * @sender: sender
 * @stats: where to copy it
 *
 * Context: process, may sleep.
 */
void nst_sender_stats(struct nst_sender *sender,
		      struct nst_export_stats *stats)
{
	mutex_lock(&sender->lock);
	*stats = sender->stats;
	mutex_unlock(&sender->lock);
}

/**
 * nst_sender_account - what became of the packets of a monitor
 * @sender: sender
 * @account: account of the monitor
 * @stats: where to copy it
 *
 * Context: process, may sleep.
 */
void nst_sender_account(struct nst_sender *sender, const struct nst_account *account,
			struct nst_export_stats *stats)
{
	mutex_lock(&sender->lock);
	stats->exported = account->exported;
	memcpy(stats->lost, account->lost, sizeof(stats->lost));
	mutex_unlock(&sender->lock);
}
