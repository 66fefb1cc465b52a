// SPDX-License-Identifier: GPL-2.0
/*
 * The sender of a namespace: takes export packets from the CPUs and gives each
 * to every host of its stream.  One work item, in process context; it sleeps
 * between bursts, so that half a million flows that end together do not run over
 * a collector's socket buffer.
 *
 * How much may wait is bounded for each stream, and only hosts that are up count
 * in it.  A stream none of whose hosts can be sent to is blocked: its flows wait
 * in the cache.  So a host that is down costs no other host anything.
 */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "clock.h"
#include "compat.h"
#include "host.h"
#include "sender.h"
#include "work.h"

/* Packets that a host gets at once. */
#define NST_BURST		8

/*
 * How long flows may wait for room before the pace is quickened, how many times
 * it is quickened at once when the cache is full, and at most.
 */
#define NST_PATIENCE_MS		20000
#define NST_HURRY		8
#define NST_RATE_MAX		64

/* Pauses of this length and longer can be interrupted. */
#define NST_NAP_US		20000

#define NST_ID_FIRST		256	/* of data sets, RFC 3954 */

static unsigned int nst_pace = 2000;
module_param_named(pace, nst_pace, uint, 0644);
MODULE_PARM_DESC(pace, "export packets a second to each host (default 2000, 0: no limit); more while flows have waited for over 20 s or the cache is full");

/**
 * nst_sender_kick - let the sender work now
 * @s: sender
 *
 * Context: any.
 */
void nst_sender_kick(struct nst_sender *s)
{
	if (!READ_ONCE(s->stopped))
		mod_delayed_work(nst_wq, &s->work, 0);
}

static struct nst_stream *nst_packet_stream(const struct nst_packet *p)
{
	return p->out->stream[nst_version_index(p->version)];
}

/**
 * nst_sender_hand - take a packet from a CPU
 * @p: packet; the caller's reference passes on
 *
 * Context: any.
 */
void nst_sender_hand(struct nst_packet *p)
{
	struct nst_sender *s = p->sender;

	atomic_inc(&nst_packet_stream(p)->waiting);
	if (llist_add(&p->handed, &s->in))
		nst_sender_kick(s);
}

/**
 * nst_exporter_expedite - flows cannot wait: the cache is full, or metering stops
 * @s: sender
 *
 * Context: any.
 */
void nst_exporter_expedite(struct nst_sender *s)
{
	unsigned long now = jiffies;

	/* flows are evicted by the thousand: write once a tick */
	if (READ_ONCE(s->hurry) == now)
		return;
	WRITE_ONCE(s->hurry, now);
	WRITE_ONCE(s->hurried, true);
}

/* ----------------------------------------------------------------- packets */

/**
 * nst_packet_release - a packet makes room in its stream
 * @p: packet
 *
 * That is when the first host was sent it, or no host is up that could be.  So
 * the quickest host sets the pace of a stream; slower ones, and those that are
 * down, may still keep the packet.
 *
 * Context: process, under the sender's lock.
 */
void nst_packet_release(struct nst_packet *p)
{
	if (p->released)
		return;
	p->released = true;
	atomic_dec(&nst_packet_stream(p)->waiting);
}

static void nst_packet_account(struct nst_packet *p)
{
	struct nst_export_stats *st = &p->sender->stats;

	if (p->delivered)
		nst_amount_add(&st->exported, &p->amount);
	else
		nst_amount_add(&st->lost[p->cause], &p->amount);
}

/**
 * nst_packet_put - give a reference to a packet back
 * @p: packet
 *
 * With the last one it is accounted for and freed.  A flow counts as exported
 * when it reached a host in any version, so what carries the same flows in
 * another version is asked last.
 *
 * Context: process, under the sender's lock.
 */
void nst_packet_put(struct nst_packet *p)
{
	struct nst_packet *twin;

	while (p && refcount_dec_and_test(&p->ref)) {
		twin = p->twin;
		if (twin) {
			twin->delivered |= p->delivered;
			twin->cause = p->cause;
		} else {
			nst_packet_account(p);
		}
		nst_export_set_put(p->export_set);
		atomic_dec(&p->sender->packets);
		kfree(p);
		p = twin;
	}
}

/* Give a packet to every host of its stream that is still configured. */
static void nst_packet_distribute(struct nst_packet *p, u64 now)
{
	unsigned int v = nst_version_index(p->version), i;
	struct nst_host *h;

	p->cause = NST_LOST_NO_HOST;
	p->holds = 1;
	for (i = 0; i < p->out->nhosts[v]; i++) {
		h = p->out->host[v][i];
		if (h->current_use)
			nst_host_queue(h, p, now);
	}
	if (!--p->holds)
		nst_packet_release(p);
	nst_packet_put(p);
}

/**
 * nst_sender_take - queue what the CPUs have handed over
 * @s: sender
 * @now: milliseconds since boot
 *
 * Context: process, under the sender's lock.
 */
void nst_sender_take(struct nst_sender *s, u64 now)
{
	struct llist_node *list = llist_reverse_order(llist_del_all(&s->in));
	struct nst_packet *p, *next;

	llist_for_each_entry_safe(p, next, list, handed)
		nst_packet_distribute(p, now);
}

/* --------------------------------------------------------------- templates */

/* Templates that are due, whether or not data flows. */
static void nst_sender_announce(struct nst_sender *s, u64 now)
{
	struct nst_export_set *e = s->current_set;
	struct nst_host *h;
	unsigned int i, j, v;

	if (s->refresh)
		list_for_each_entry(h, &s->hosts, node)
			nst_host_forget_templates(h);
	s->refresh = false;
	for (i = 0; e && i < e->nouts; i++)
		for (v = 0; v < NST_VERSIONS; v++)
			for (j = 0; j < e->out[i].nhosts[v]; j++)
				nst_host_announce_due(s, e->out[i].host[v][j],
						      &e->out[i], v, now);
}

/* ------------------------------------------------------------------- hosts */

static void nst_stream_measure(const struct nst_out *out, unsigned int v)
{
	unsigned int capacity = NST_PAYLOAD_MAX, i;

	for (i = 0; i < out->nhosts[v]; i++)
		capacity = min(capacity, nst_host_payload(out->host[v][i]));
	WRITE_ONCE(out->stream[v]->capacity, capacity);
}

static void nst_sender_measure(struct nst_sender *s)
{
	struct nst_export_set *e = s->current_set;
	unsigned int i, v;

	for (i = 0; e && i < e->nouts; i++)
		for (v = 0; v < NST_VERSIONS; v++)
			if (e->out[i].stream[v])
				nst_stream_measure(&e->out[i], v);
}

static void nst_sender_check(struct nst_sender *s, u64 now)
{
	struct nst_host *h;

	if (!READ_ONCE(s->reopen) && now - s->looked < NST_LOOK_MS)
		return;
	s->looked = now;
	list_for_each_entry(h, &s->hosts, node) {
		if (!h->current_use)
			continue;
		if (READ_ONCE(s->reopen))
			h->retry_at = 0;
		nst_host_check(s, h, now);
	}
	WRITE_ONCE(s->reopen, false);
	nst_sender_measure(s);
}

/*
 * Whether none of a stream's hosts can be sent to.  Where only a source address
 * is missing nothing is waited for: the model sends nothing without one.
 */
static bool nst_stream_blocked(const struct nst_out *out, unsigned int v)
{
	bool down = false;
	unsigned int i;

	for (i = 0; i < out->nhosts[v]; i++) {
		if (!nst_host_down(out->host[v][i]))
			return false;
		down |= out->host[v][i]->state != NETSTREAM_HOST_NO_SOURCE;
	}
	return down;
}

static void nst_sender_block(struct nst_sender *s)
{
	struct nst_export_set *e = s->current_set;
	unsigned int i, v;

	if (!s->states_changed)
		return;
	s->states_changed = false;
	for (i = 0; e && i < e->nouts; i++)
		for (v = 0; v < NST_VERSIONS; v++)
			if (e->out[i].stream[v])
				WRITE_ONCE(e->out[i].stream[v]->blocked,
					   nst_stream_blocked(&e->out[i], v));
}

/* -------------------------------------------------------------------- pace */

/* The longer a stream's flows have had to wait, the quicker they leave. */
static unsigned int nst_stream_rate(struct nst_stream *st)
{
	/* pairs with nst_stream_takes() */
	if (!smp_load_acquire(&st->full))
		return 1;
	if (atomic_read(&st->waiting) < st->limit / 2) {
		WRITE_ONCE(st->full, false);
		return 1;
	}
	return 1 + jiffies_to_msecs(jiffies - READ_ONCE(st->full_since)) /
		   NST_PATIENCE_MS;
}

static bool nst_sender_hurries(struct nst_sender *s)
{
	if (!READ_ONCE(s->hurried))
		return false;
	if (jiffies - READ_ONCE(s->hurry) <= HZ)
		return true;
	WRITE_ONCE(s->hurried, false);
	return false;
}

static void nst_sender_rate_hosts(struct nst_sender *s, unsigned int least)
{
	struct nst_export_set *e = s->current_set;
	struct nst_stream *st;
	struct nst_host *h;
	unsigned int i, j, v, rate;

	list_for_each_entry(h, &s->hosts, node)
		h->rate = least;
	if (!READ_ONCE(s->full))
		return;
	WRITE_ONCE(s->full, false);
	for (i = 0; e && i < e->nouts; i++)
		for (v = 0; v < NST_VERSIONS; v++) {
			st = e->out[i].stream[v];
			if (!st)
				continue;
			rate = min_t(unsigned int, nst_stream_rate(st), NST_RATE_MAX);
			if (READ_ONCE(st->full))
				WRITE_ONCE(s->full, true);
			for (j = 0; j < e->out[i].nhosts[v]; j++) {
				h = e->out[i].host[v][j];
				h->rate = max(h->rate, rate);
			}
		}
}

/*
 * How many times the configured pace each host has, and the quickest of those
 * that have something to send.  Flows that end together can wait in the cache
 * while a collector takes them one after the other.  Where more end all the time
 * than the pace allows, that would fill the cache: the longer flows have had to
 * wait, the quicker they go, and quicker still when the cache is full.
 */
static unsigned int nst_sender_rates(struct nst_sender *s)
{
	unsigned int most = 1;
	struct nst_host *h;

	nst_sender_rate_hosts(s, nst_sender_hurries(s) ? NST_HURRY : 1);
	list_for_each_entry(h, &s->hosts, node)
		if (nst_host_queued(h) && !nst_host_down(h))
			most = max(most, h->rate);
	return most;
}

/*
 * A burst to each host whose turn it is.  Rounds follow the quickest host; a
 * slower one is passed over in between.
 * Return: whether any of them wants more at once.
 */
static bool nst_sender_round(struct nst_sender *s, unsigned int most, u64 now)
{
	struct nst_host *h;
	bool more = false;

	list_for_each_entry(h, &s->hosts, node) {
		if (!h->current_use || !nst_host_queued(h))
			continue;
		h->credit += h->rate;
		if (h->credit < most) {
			more |= !nst_host_down(h) && now >= h->retry_at;
			continue;
		}
		h->credit = min(h->credit - most, most);
		more |= nst_host_send(s, h, NST_BURST, now);
		cond_resched();
	}
	return more;
}

/* A long pause ends when the sender is stopped. */
static void nst_sender_pause(struct nst_sender *s, unsigned int rate)
{
	u64 pace = (u64)READ_ONCE(nst_pace) * rate;
	unsigned int us;

	if (!pace) {
		cond_resched();
		return;
	}
	us = max_t(u64, div64_u64(NST_BURST * USEC_PER_SEC, pace), 1);
	if (us < NST_NAP_US)
		usleep_range(us, us + us / 4 + 1);
	else
		wait_event_timeout(s->wait, READ_ONCE(s->stopped),
				   usecs_to_jiffies(us));
}

/* Milliseconds until a host that takes nothing now is tried again. */
static unsigned int nst_sender_wait(struct nst_sender *s, u64 now)
{
	unsigned int wait = NST_LOOK_MS;
	struct nst_host *h;

	list_for_each_entry(h, &s->hosts, node)
		if (!nst_host_down(h) && nst_host_queued(h))
			wait = min_t(u64, wait, now < h->retry_at ?
					 h->retry_at - now : 1);
	return wait;
}

/*
 * One turn.  The clock is read after the packets were taken, so it is not behind
 * any time in them.
 */
static bool nst_sender_turn(struct nst_sender *s, unsigned int *rate, u64 now)
{
	bool more;

	nst_sender_check(s, now);
	nst_sender_announce(s, now);
	*rate = nst_sender_rates(s);
	more = nst_sender_round(s, *rate, now);
	nst_sender_block(s);
	nst_export_set_free_dead(s);
	return more;
}

static void nst_sender_work(struct work_struct *work)
{
	struct nst_sender *s = container_of(work, struct nst_sender, work.work);
	unsigned int rate = 1;
	bool more = true;
	u64 now = 0;

	mutex_lock(&s->lock);
	while (more && !s->stopped) {
		nst_sender_take(s, nst_clock_ms());
		now = nst_clock_ms();
		more = nst_sender_turn(s, &rate, now);
		mutex_unlock(&s->lock);
		if (more)
			nst_sender_pause(s, rate);
		mutex_lock(&s->lock);
	}
	if (!s->stopped && !list_empty(&s->hosts))
		queue_delayed_work(nst_wq, &s->work,
				   msecs_to_jiffies(nst_sender_wait(s, now)));
	mutex_unlock(&s->lock);
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
	struct nst_sender *s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);

	if (!s)
		return NULL;
	s->scratch = kzalloc(struct_size(s->scratch, data, NST_PAYLOAD_MAX),
			     GFP_KERNEL_ACCOUNT);
	if (!s->scratch) {
		kfree(s);
		return NULL;
	}
	s->net = net;
	s->mem = mem;
	mutex_init(&s->lock);
	INIT_DELAYED_WORK(&s->work, nst_sender_work);
	init_llist_head(&s->in);
	init_llist_head(&s->dead);
	init_waitqueue_head(&s->wait);
	INIT_LIST_HEAD(&s->hosts);
	/*
	 * A collector that has templates from before the module was loaded again
	 * must not read other records by them.
	 */
	s->next_id = NST_ID_FIRST + get_random_u32() % (U16_MAX - NST_ID_FIRST);
	return s;
}

/* Send as much as the hosts take at once. */
static void nst_sender_flush_locked(struct nst_sender *s)
{
	struct nst_host *h;
	u64 now;

	nst_sender_take(s, nst_clock_ms());
	now = nst_clock_ms();
	nst_sender_check(s, now);
	nst_sender_announce(s, now);
	list_for_each_entry(h, &s->hosts, node)
		while (h->current_use && nst_host_send(s, h, NST_BURST, now))
			cond_resched();
	nst_sender_block(s);
}

/**
 * nst_sender_flush - send as much as the hosts take at once
 * @s: sender
 *
 * Without pace, and without waiting for a host.  Afterwards its streams have room
 * again, as far as the hosts took it.
 *
 * Context: process, may sleep.
 */
void nst_sender_flush(struct nst_sender *s)
{
	mutex_lock(&s->lock);
	nst_sender_flush_locked(s);
	nst_export_set_free_dead(s);
	mutex_unlock(&s->lock);
}

/**
 * nst_sender_stop - send what can leave at once, then nothing more
 * @s: sender
 *
 * Waits for no host.  Whatever is left is lost, and counted.  All sockets are
 * closed.
 *
 * Context: process, sleeps; while the namespace's devices still exist.
 */
void nst_sender_stop(struct nst_sender *s)
{
	struct nst_host *h;

	mutex_lock(&s->lock);
	WRITE_ONCE(s->stopped, true);
	mutex_unlock(&s->lock);
	wake_up(&s->wait);
	cancel_delayed_work_sync(&s->work);
	mutex_lock(&s->lock);
	nst_sender_flush_locked(s);
	list_for_each_entry(h, &s->hosts, node) {
		nst_host_give_up(h, 0, NST_LOST_SHUTDOWN);
		nst_host_close(h);
	}
	nst_export_set_withdraw(s);
	nst_guard_stop(&s->guard, s->net);
	mutex_unlock(&s->lock);
}

/**
 * nst_sender_free - free a stopped sender
 * @s: sender; all exports have been given back
 *
 * Context: process.
 */
void nst_sender_free(struct nst_sender *s)
{
	cancel_delayed_work_sync(&s->work);
	mutex_lock(&s->lock);
	nst_export_set_free_dead(s);
	mutex_unlock(&s->lock);
	WARN_ON_ONCE(!list_empty(&s->hosts) || atomic_read(&s->packets));
	kfree(s->scratch);
	kfree_rcu(s, rcu);
}

/**
 * nst_sender_refresh - send all templates to all hosts now
 * @s: sender
 *
 * Asked for again before that was done, they are sent once.
 *
 * Context: process, may sleep.
 */
void nst_sender_refresh(struct nst_sender *s)
{
	mutex_lock(&s->lock);
	s->refresh = true;
	mutex_unlock(&s->lock);
	nst_sender_kick(s);
}

/**
 * nst_sender_rescan - devices, addresses or routes have changed: check hosts now
 * @s: sender
 *
 * Sockets that still serve stay open.
 *
 * Context: any.
 */
void nst_sender_rescan(struct nst_sender *s)
{
	WRITE_ONCE(s->reopen, true);
	nst_sender_kick(s);
}

/**
 * nst_sender_stats - what became of the packets handed over
 * @s: sender
 * @st: where to
 *
 * Context: process, may sleep.
 */
void nst_sender_stats(struct nst_sender *s, struct nst_export_stats *st)
{
	mutex_lock(&s->lock);
	*st = s->stats;
	mutex_unlock(&s->lock);
}
