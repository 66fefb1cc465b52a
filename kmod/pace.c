// SPDX-License-Identifier: GPL-2.0
/*
 * The pace of sending.  When many flows end together, they can wait in the cache.
 * So packets are sent at a rate that does not overflow a collector's default socket
 * buffer.  Flows that permanently end faster than that would fill the cache.  So
 * each host has a rate factor, by which the configured pace is multiplied.  It
 * grows with the time that flows have been backlogged, and is raised at once when
 * the cache is full.
 */
#include <linux/delay.h>
#include <linux/math64.h>
#include <linux/module.h>

#include "export.h"
#include "host.h"
#include "pace.h"

/*
 * Backlog after which the rate factor is raised by one, the factor when the cache
 * is full, and the largest factor.
 */
#define NST_BACKLOG_MS		20000
#define NST_EXPEDITE_FACTOR	8
#define NST_RATE_FACTOR_MAX	64

/* Pauses of this length and longer can be interrupted. */
#define NST_NAP_US		20000

static unsigned int nst_pace = 2000;
module_param_named(pace, nst_pace, uint, 0644);
MODULE_PARM_DESC(pace, "export packets a second to each host (default 2000, 0: no limit); more while flows have waited for over 20 s or the cache is full");

/* The rate factor that the backlog of a stream asks for. */
static unsigned int nst_pace_factor(struct nst_stream *stream)
{
	unsigned int backlog;

	/* pairs with nst_export_congested() */
	if (!smp_load_acquire(&stream->congested))
		return 1;
	if (atomic_read(&stream->waiting) < stream->limit / 2) {
		WRITE_ONCE(stream->congested, false);
		return 1;
	}
	backlog = jiffies_to_msecs(jiffies - READ_ONCE(stream->congested_since));
	return min_t(unsigned int, 1 + backlog / NST_BACKLOG_MS,
		     NST_RATE_FACTOR_MAX);
}

/* Whether the cache has been full within the last second. */
static bool nst_pace_expedited(struct nst_sender *sender)
{
	if (!READ_ONCE(sender->expedited))
		return false;
	if (jiffies - READ_ONCE(sender->expedited_at) <= HZ)
		return true;
	WRITE_ONCE(sender->expedited, false);
	return false;
}

/* Raise the rate factor of hosts whose streams are congested. */
static void nst_pace_raise(struct nst_sender *sender)
{
	struct nst_export_set *set = sender->current_set;
	struct nst_stream *stream;
	struct nst_host *host;
	unsigned int i, j, ver, factor;

	if (!READ_ONCE(sender->congested))
		return;
	WRITE_ONCE(sender->congested, false);
	for (i = 0; set && i < set->nslots; i++)
		for (ver = 0; ver < NST_VERSIONS; ver++) {
			stream = set->slot[i].stream[ver];
			if (!stream)
				continue;
			factor = nst_pace_factor(stream);
			if (READ_ONCE(stream->congested))
				WRITE_ONCE(sender->congested, true);
			for (j = 0; j < set->slot[i].nhosts[ver]; j++) {
				host = set->slot[i].host[ver][j];
				host->rate_factor = max(host->rate_factor, factor);
			}
		}
}

/**
 * nst_pace_factors - compute the rate factor of each host
 * @sender: sender
 *
 * Context: process, under the sender's lock.
 * Return: the largest factor of those hosts that have something to send.
 */
unsigned int nst_pace_factors(struct nst_sender *sender)
{
	unsigned int least = nst_pace_expedited(sender) ? NST_EXPEDITE_FACTOR : 1;
	unsigned int largest = 1;
	struct nst_host *host;

	list_for_each_entry(host, &sender->hosts, node)
		host->rate_factor = least;
	nst_pace_raise(sender);
	list_for_each_entry(host, &sender->hosts, node)
		if (nst_queue_length(&host->queue) && !nst_host_down(host))
			largest = max(largest, host->rate_factor);
	return largest;
}

/**
 * nst_pace_pause - sleep between two bursts
 * @sender: sender; a long pause ends when it is stopped
 * @factor: rate factor
 *
 * Context: process, sleeps; without the sender's lock.
 */
void nst_pace_pause(struct nst_sender *sender, unsigned int factor)
{
	u64 rate = (u64)READ_ONCE(nst_pace) * factor;
	unsigned int us;

	if (!rate) {
		cond_resched();
		return;
	}
	us = max_t(u64, div64_u64(NST_BURST * USEC_PER_SEC, rate), 1);
	if (us < NST_NAP_US)
		usleep_range(us, us + us / 4 + 1);
	else
		wait_event_timeout(sender->wait, READ_ONCE(sender->stopped),
				   usecs_to_jiffies(us));
}
