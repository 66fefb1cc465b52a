// SPDX-License-Identifier: GPL-2.0
/*
 * The sender of a namespace: takes export packets from the CPUs, numbers them,
 * sends due templates before them and gives each to every host of its stream.
 * One work item, in process context; it sleeps between bursts, so that half a
 * million flows that end together do not run over a collector's socket buffer.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "clock.h"
#include "compat.h"
#include "host.h"
#include "sender.h"
#include "work.h"

/* Packets that a host gets at once. */
#define NST_BURST		8

/*
 * How long flows may wait for room before the pace is quickened, and how many
 * times it is quickened at once when the cache is full.
 */
#define NST_PATIENCE_MS		20000
#define NST_HURRY		8

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

/**
 * nst_sender_hand - take a packet from a CPU
 * @p: packet; the caller's reference passes on
 *
 * Context: any.
 */
void nst_sender_hand(struct nst_packet *p)
{
	struct nst_sender *s = p->sender;

	atomic_inc(&s->inflight);
	if (llist_add(&p->handed, &s->in))
		nst_sender_kick(s);
}

/**
 * nst_export_room - whether another flow can be exported
 * @s: sender
 *
 * Context: any.
 */
bool nst_export_room(struct nst_sender *s)
{
	if (likely(atomic_read(&s->inflight) < NST_INFLIGHT_MAX))
		return true;
	if (!READ_ONCE(s->full)) {
		WRITE_ONCE(s->full_since, jiffies);
		/* pairs with nst_sender_pace(): first since when, then that */
		smp_store_release(&s->full, true);
	}
	return false;
}

/**
 * nst_export_hurry - flows cannot wait: the cache is full, or metering stops
 * @s: sender
 *
 * Context: any.
 */
void nst_export_hurry(struct nst_sender *s)
{
	unsigned long now = jiffies;

	/* flows are evicted by the thousand: write once a tick */
	if (READ_ONCE(s->hurry) == now)
		return;
	WRITE_ONCE(s->hurry, now);
	WRITE_ONCE(s->hurried, true);
}

/* ----------------------------------------------------------------- packets */

static void nst_packet_account(struct nst_packet *p)
{
	struct nst_export_stats *st = &p->sender->stats;

	if (p->delivered)
		nst_amount_add(&st->exported, &p->amount);
	else
		nst_amount_add(&st->lost[p->cause], &p->amount);
}

static void nst_packet_account_templates(const struct nst_packet *p)
{
	struct nst_template *t;
	unsigned int i;

	if (!p->templates)
		return;
	for (i = 0; i < p->exports->ntemplates; i++) {
		t = p->exports->template[i];
		if (t->version != p->version)
			continue;
		if (p->delivered)
			t->sent++;
		else
			t->failed++;
	}
}

/**
 * nst_packet_put - be done with a packet
 * @p: packet
 *
 * When the last host is done with it, it is accounted for and freed.
 *
 * Context: process, under the sender's lock.
 */
void nst_packet_put(struct nst_packet *p)
{
	struct nst_sender *s = p->sender;

	if (!refcount_dec_and_test(&p->ref))
		return;
	nst_packet_account(p);
	nst_packet_account_templates(p);
	nst_exports_put(p->exports);
	kfree(p);
	atomic_dec(&s->inflight);
}

/* --------------------------------------------------------------- numbering */

/*
 * The sequence of version 9 counts packets before this one, or in sequence
 * mode flow the data records before it; that of IPFIX counts data records.
 */
static u32 nst_stream_number(struct nst_stream *st, const struct nst_packet *p)
{
	bool flow = p->version == NETSTREAM_VERSION_IPFIX ||
		    p->out->sequence_flow;
	u32 sequence = flow ? st->records : st->packets;

	st->packets++;
	st->records += p->records;
	st->since++;
	return sequence;
}

static void nst_packet_number(struct nst_packet *p, u64 now)
{
	struct nst_stream *st = p->out->stream[nst_version_index(p->version)];
	u32 seconds = div_u64(nst_clock_epoch(now) + now, MSEC_PER_SEC);

	nst_packet_close_set(p);
	nst_encode_header(p->data, p->version, p->records + p->templates,
			  p->length, now, seconds, nst_stream_number(st, p),
			  st->slot);
}

/* Number a packet and give it to every host of its stream. */
static void nst_packet_distribute(struct nst_packet *p, u64 now)
{
	unsigned int v = nst_version_index(p->version), i;

	nst_packet_number(p, now);
	p->cause = NST_LOST_NO_HOST;
	for (i = 0; i < p->out->nhosts[v]; i++)
		nst_host_queue(p->out->host[v][i], p);
	nst_packet_put(p);
}

/* --------------------------------------------------------------- templates */

static struct nst_packet *nst_template_packet(struct nst_exports *e,
					      struct nst_out *out, u8 version,
					      u64 now)
{
	struct nst_packet *p = nst_packet_create(e, out, version, now,
						 GFP_KERNEL);

	if (p)
		atomic_inc(&e->sender->inflight);
	return p;
}

/*
 * Send all templates of a stream, in packets of their own, as the model does.
 * For lack of memory they go out later.
 */
static void nst_out_announce(struct nst_exports *e, struct nst_out *out,
			     unsigned int v, u64 now)
{
	u8 version = v ? NETSTREAM_VERSION_IPFIX : NETSTREAM_VERSION_9;
	u16 set = nst_encode_template_set(version);
	struct nst_packet *p = NULL;
	struct nst_template *t;
	unsigned int i;
	u8 *to;

	for (i = 0; i < e->ntemplates; i++) {
		t = e->template[i];
		if (t->version != version)
			continue;
		to = p ? nst_packet_room(p, set, nst_encode_template_size(t)) :
			 NULL;
		if (!to) {
			if (p)
				nst_packet_distribute(p, now);
			p = nst_template_packet(e, out, version, now);
			if (!p) {
				out->announced[v] = false;
				return;
			}
			to = nst_packet_room(p, set,
					     nst_encode_template_size(t));
		}
		nst_encode_template(to, t);
		p->templates++;
	}
	if (p)
		nst_packet_distribute(p, now);
	out->announced[v] = true;
	out->stream[v]->announced = now;
	out->stream[v]->since = 0;
}

static bool nst_out_due(const struct nst_sender *s, const struct nst_exports *e,
			const struct nst_out *out, unsigned int v, u64 now)
{
	const struct nst_stream *st = out->stream[v];
	unsigned int i;

	if (s->refresh || !out->announced[v] ||
	    now - st->announced >= e->template_timeout)
		return true;
	if (e->template_packets && st->since >= e->template_packets)
		return true;
	for (i = 0; i < out->nhosts[v]; i++)
		if (out->host[v][i]->returned)
			return true;
	return false;
}

/*
 * What waited for a host that has come back may need templates that are no
 * longer current.  They go first: see nst_host_queue().
 */
static void nst_host_announce_old(const struct nst_host *h, u64 now)
{
	struct nst_packet *p;
	u32 head = h->head, tail = h->tail, i;
	unsigned int v;

	for (i = head; i != tail; i++) {
		p = h->queue[i % NST_HOST_QUEUE];
		if (!nst_exports_current(p->exports))
			p->out->announced[nst_version_index(p->version)] = false;
	}
	for (i = head; i != tail; i++) {
		p = h->queue[i % NST_HOST_QUEUE];
		v = nst_version_index(p->version);
		if (!nst_exports_current(p->exports) && !p->out->announced[v])
			nst_out_announce(p->exports, p->out, v, now);
	}
}

static void nst_sender_announce(struct nst_sender *s, u64 now)
{
	struct nst_exports *e = s->current_exports;
	struct nst_host *h;
	unsigned int i, v;

	list_for_each_entry(h, &s->hosts, node)
		if (h->returned)
			nst_host_announce_old(h, now);
	for (i = 0; e && i < e->nouts; i++)
		for (v = 0; v < NST_VERSIONS; v++)
			if (e->out[i].stream[v] &&
			    nst_out_due(s, e, &e->out[i], v, now))
				nst_out_announce(e, &e->out[i], v, now);
	s->refresh = false;
	list_for_each_entry(h, &s->hosts, node)
		h->returned = false;
}

/* Take what the CPUs have handed over; templates go before their data. */
static void nst_sender_take(struct nst_sender *s, u64 now)
{
	struct llist_node *list = llist_reverse_order(llist_del_all(&s->in));
	struct nst_packet *p, *next;
	unsigned int v;

	llist_for_each_entry_safe(p, next, list, handed) {
		v = nst_version_index(p->version);
		if (!p->out->announced[v] ||
		    (p->exports->template_packets &&
		     p->out->stream[v]->since >= p->exports->template_packets))
			nst_out_announce(p->exports, p->out, v, now);
		nst_packet_distribute(p, now);
	}
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
	struct nst_exports *e = s->current_exports;
	unsigned int i, v;

	for (i = 0; e && i < e->nouts; i++)
		for (v = 0; v < NST_VERSIONS; v++)
			if (e->out[i].stream[v])
				nst_stream_measure(&e->out[i], v);
}

static void nst_sender_look(struct nst_sender *s, u64 now)
{
	bool reopen = xchg(&s->reopen, false);
	struct nst_host *h;

	if (!reopen && now - s->looked < NST_LOOK_MS)
		return;
	s->looked = now;
	list_for_each_entry(h, &s->hosts, node) {
		if (reopen)
			nst_host_recheck(s, h);
		nst_host_look(s, h, now);
	}
	nst_sender_measure(s);
}

/* A burst to each host.  Return: whether any of them wants more. */
static bool nst_sender_round(struct nst_sender *s, u64 now)
{
	struct nst_host *h;
	bool more = false;

	list_for_each_entry(h, &s->hosts, node)
		more |= nst_host_send(s, h, NST_BURST, now);
	return more;
}

/* How many times the pace flows have to leave, as they have waited for long. */
static unsigned int nst_sender_impatience(struct nst_sender *s)
{
	/* pairs with nst_export_room() */
	if (!smp_load_acquire(&s->full))
		return 1;
	if (atomic_read(&s->inflight) < NST_INFLIGHT_MAX / 2) {
		WRITE_ONCE(s->full, false);
		return 1;
	}
	return 1 + jiffies_to_msecs(jiffies - READ_ONCE(s->full_since)) /
		   NST_PATIENCE_MS;
}

/*
 * Packets a second to each host, 0: no limit.  Flows that end together can
 * wait in the cache while a collector takes them one after the other.  Where
 * more end all the time than the pace allows, that would fill the cache: the
 * longer flows have had to wait, the quicker they go, and quicker still when
 * the cache is full.
 */
static unsigned int nst_sender_pace(struct nst_sender *s)
{
	unsigned int pace = READ_ONCE(nst_pace);
	unsigned int times = nst_sender_impatience(s);

	if (READ_ONCE(s->hurried)) {
		if (jiffies - READ_ONCE(s->hurry) > HZ)
			WRITE_ONCE(s->hurried, false);
		else
			times = max_t(unsigned int, times, NST_HURRY);
	}
	return min_t(u64, (u64)pace * times, U32_MAX);
}

static void nst_sender_pause(struct nst_sender *s)
{
	unsigned int pace = nst_sender_pace(s), us;

	if (!pace) {
		cond_resched();
		return;
	}
	us = max(NST_BURST * (unsigned int)USEC_PER_SEC / pace, 1U);
	usleep_range(us, us + us / 4 + 1);
}

static void nst_sender_work(struct work_struct *work)
{
	struct nst_sender *s = container_of(work, struct nst_sender, work.work);
	bool more = true;
	u64 now;

	mutex_lock(&s->lock);
	while (more && !s->stopped) {
		now = nst_clock_ms();
		nst_sender_look(s, now);
		nst_sender_announce(s, now);
		nst_sender_take(s, now);
		more = nst_sender_round(s, now);
		nst_exports_free_dead(s);
		mutex_unlock(&s->lock);
		if (more)
			nst_sender_pause(s);
		mutex_lock(&s->lock);
	}
	if (!s->stopped && !list_empty(&s->hosts))
		queue_delayed_work(nst_wq, &s->work,
				   msecs_to_jiffies(NST_LOOK_MS));
	mutex_unlock(&s->lock);
}

/* --------------------------------------------------------------- life cycle */

/**
 * nst_sender_create - make the export path of a namespace
 * @net: namespace
 *
 * Context: process, may sleep.
 * Return: the sender, or %NULL for lack of memory.
 */
struct nst_sender *nst_sender_create(struct net *net)
{
	struct nst_sender *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return NULL;
	s->net = net;
	mutex_init(&s->lock);
	INIT_DELAYED_WORK(&s->work, nst_sender_work);
	init_llist_head(&s->in);
	init_llist_head(&s->dead);
	INIT_LIST_HEAD(&s->hosts);
	s->next_id = 256;
	return s;
}

/**
 * nst_sender_flush - send what hosts take at once
 * @s: sender
 *
 * All that was handed over goes out, without pace and without waiting.
 *
 * Context: process, sleeps.
 */
void nst_sender_flush(struct nst_sender *s)
{
	u64 now = nst_clock_ms();
	int before;
	bool more;

	mutex_lock(&s->lock);
	nst_sender_look(s, now);
	nst_sender_announce(s, now);
	do {
		before = atomic_read(&s->inflight);
		nst_sender_take(s, now);
		more = nst_sender_round(s, now);
		nst_exports_free_dead(s);
		cond_resched();
	} while (more && atomic_read(&s->inflight) < before);
	mutex_unlock(&s->lock);
}

/**
 * nst_sender_stop - send nothing more and close all sockets
 * @s: sender
 *
 * Hosts get what they take at once; what then still waits is lost, and counted.
 *
 * Context: process, sleeps; while the namespace's devices still exist.
 */
void nst_sender_stop(struct nst_sender *s)
{
	struct llist_node *list;
	struct nst_packet *p, *next;
	struct nst_host *h;

	nst_sender_flush(s);
	mutex_lock(&s->lock);
	WRITE_ONCE(s->stopped, true);
	mutex_unlock(&s->lock);
	cancel_delayed_work_sync(&s->work);
	mutex_lock(&s->lock);
	list = llist_del_all(&s->in);
	llist_for_each_entry_safe(p, next, list, handed) {
		p->cause = NST_LOST_SHUTDOWN;
		nst_packet_put(p);
	}
	list_for_each_entry(h, &s->hosts, node) {
		nst_host_give_up(h, 0, NST_LOST_SHUTDOWN);
		nst_host_close(h);
	}
	nst_exports_withdraw(s);
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
	nst_exports_free_dead(s);
	mutex_unlock(&s->lock);
	WARN_ON_ONCE(!list_empty(&s->hosts) || atomic_read(&s->inflight));
	kfree(s);
}

/**
 * nst_sender_refresh - send all templates to all hosts now
 * @s: sender
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
 * nst_sender_rescan - devices or addresses have changed: look at hosts anew
 * @s: sender
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
