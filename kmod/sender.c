// SPDX-License-Identifier: GPL-2.0
/*
 * The sender of a namespace: takes export packets from the CPUs and gives each
 * to every host of its stream.  It is one work item, in process context.  It
 * sleeps between bursts, so that half a million flows that end together do not
 * overflow a collector's socket buffer.
 *
 * How much may wait is bounded for each stream, and only hosts that are up count
 * in that bound.  A stream none of whose hosts can be sent to is blocked: its
 * flows wait in the cache.  So a host that is down costs no other host anything.
 */
#include <linux/random.h>
#include <linux/slab.h>

#include "clock.h"
#include "export_set.h"
#include "host.h"
#include "iftable.h"
#include "mem.h"
#include "options.h"
#include "pace.h"
#include "packet.h"
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
	unsigned int v = nst_export_version_index(pkt->version), i;
	struct nst_host *host;

	pkt->cause = NST_LOST_NO_HOST;
	nst_packet_take(pkt);
	pkt->holds = 1;
	for (i = 0; i < pkt->slot->nhosts[v]; i++) {
		host = pkt->slot->host[v][i];
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

/* Option records are about interfaces: look at these when they may have changed. */
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
			/* without memory: again later */
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
 * Templates and options that are due, whether or not data flows.
 * Return: whether more of them are to be sent at once.
 */
static bool nst_sender_announce(struct nst_sender *sender, u64 now)
{
	struct nst_export_set *set = sender->current_set;
	struct nst_host *host;
	unsigned int i, j, v;
	bool more = false;

	nst_sender_interfaces(sender, now);
	list_for_each_entry(host, &sender->hosts, node) {
		host->budget = NST_ANNOUNCE_BURST;
		if (sender->refresh)
			nst_announce_forget(host);
	}
	sender->refresh = false;
	for (i = 0; set && i < set->nslots; i++)
		for (v = 0; v < NST_VERSIONS; v++)
			for (j = 0; j < set->slot[i].nhosts[v]; j++)
				more |= nst_host_announce(sender,
							  set->slot[i].host[v][j],
							  &set->slot[i], v, now);
	return more;
}

static void nst_sender_measure_stream(const struct nst_export_slot *slot,
				      unsigned int v)
{
	unsigned int capacity = NST_PAYLOAD_MAX, i;

	for (i = 0; i < slot->nhosts[v]; i++)
		capacity = min(capacity,
			       nst_socket_payload(&slot->host[v][i]->socket));
	WRITE_ONCE(slot->stream[v]->capacity, capacity);
}

static void nst_sender_measure(struct nst_sender *sender)
{
	struct nst_export_set *set = sender->current_set;
	unsigned int i, v;

	for (i = 0; set && i < set->nslots; i++)
		for (v = 0; v < NST_VERSIONS; v++)
			if (set->slot[i].stream[v])
				nst_sender_measure_stream(&set->slot[i], v);
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
 * Whether none of a stream's hosts can be sent to.  Where only a source address
 * is missing nothing is waited for: the model sends nothing without one.
 */
static bool nst_sender_stream_blocked(const struct nst_export_slot *slot,
				      unsigned int v)
{
	bool down = false;
	unsigned int i;

	for (i = 0; i < slot->nhosts[v]; i++) {
		if (!nst_host_down(slot->host[v][i]))
			return false;
		down |= slot->host[v][i]->state != NETSTREAM_HOST_NO_SOURCE;
	}
	return down;
}

static void nst_sender_block(struct nst_sender *sender)
{
	struct nst_export_set *set = sender->current_set;
	unsigned int i, v;

	if (!sender->states_changed)
		return;
	sender->states_changed = false;
	for (i = 0; set && i < set->nslots; i++)
		for (v = 0; v < NST_VERSIONS; v++)
			if (set->slot[i].stream[v])
				WRITE_ONCE(set->slot[i].stream[v]->blocked,
					   nst_sender_stream_blocked(&set->slot[i], v));
}

/* --------------------------------------------------------------------- work */

/*
 * A burst to each host whose turn it is.  Rounds follow the quickest host; a
 * slower one is passed over in between.
 * Return: whether any of them wants more at once.
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

/* Milliseconds until a host that takes nothing now is tried again. */
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

/*
 * One turn.  The clock is read after the packets were taken, so it is not behind
 * any time in them.
 */
static bool nst_sender_turn(struct nst_sender *sender, unsigned int *factor,
			    u64 now)
{
	bool more;

	nst_sender_check(sender, now);
	more = nst_sender_announce(sender, now);
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
 * nst_sender_publish - send by an export set from now on
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
	/* never 0 */
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
 * @mem: who pays for export packets; stays as long as the sender
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
	 * With other IDs it cannot decode new records by them.
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
 * Ignores the pace and waits for no host.  Streams that were congested are so no
 * longer, as far as the hosts took their packets.
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
 * @sender: sender; all exports have been given back
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
 * Asked for again before that was done, they are sent once.
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
 * Sockets that still serve stay open.
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
