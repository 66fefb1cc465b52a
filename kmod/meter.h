/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Metering: a packet into the flow it belongs to, on one CPU.
 *
 * With a large cache each packet misses every CPU cache at least twice: for its
 * bucket and for its flow.  Packets wait in a ring while these are prefetched
 * (see ring.h).  The timer, listings, resets and commits empty the ring.
 */
#ifndef _NST_METER_H
#define _NST_METER_H

#include <linux/jiffies.h>
#include <linux/local_lock.h>
#include <linux/timer.h>

#include "aging.h"
#include "clock.h"
#include "config.h"
#include "flow.h"
#include "stats.h"
#include "exporter.h"
#include "table.h"

struct nst_ifmap;
struct nst_net;

#define NST_AHEAD	12	/* packets from one fetch to the next */
#define NST_TICK_MS	250	/* between runs of the timer */
#define NST_RING	(2 * NST_AHEAD)

/**
 * enum nst_tcp_end - FIN or RST in pending packets of a connection
 * @NST_TCP_OPEN: none
 * @NST_TCP_ONLY: in the only packet; it ends the flow unless the flow is new
 * @NST_TCP_LATER: in a packet after the first; it ends the flow
 */
enum nst_tcp_end {
	NST_TCP_OPEN,
	NST_TCP_ONLY,
	NST_TCP_LATER,
};

/**
 * struct nst_pending - a packet, or several of one flow, on the way to the table
 * @pkt: the packet; packets, bytes and TCP flags are sums over all of them, the time
 *	is that of the first
 * @last: milliseconds since boot of the last
 * @hash: of the key
 * @table: which table, %NULL: the entry is free
 * @bucket: where the flow is looked for
 * @flow: result of the lookup, or %nst_no_flow; to be verified
 * @next: the entry that is filled after this one, which is the oldest
 * @behind: the entry that was filled %NST_AHEAD entries before
 * @again: the entry that was filled half as many before that one
 * @tcp_end: &enum nst_tcp_end
 * @word: masked key words, followed by the words of the first packet that the
 *	record keeps; not used for original flows
 */
struct nst_pending {
	struct nst_pkt		pkt;
	u32			last;
	u32			hash;
	struct nst_table	*table;
	struct nst_bucket	*bucket;
	struct nst_flow		*flow;
	struct nst_pending	*next;
	struct nst_pending	*behind;
	struct nst_pending	*again;
	u8			tcp_end;
	u64			word[NST_FIRST_WORDS];
} ____cacheline_aligned;

/**
 * struct nst_cpu - what one CPU meters in one namespace
 * @lock: taken with bottom halves off; excludes others on PREEMPT_RT, where that
 *	alone does not
 * @next: the entry of @ring to be filled next, free
 * @map: what to do with packets of each interface
 * @map_mask: copy of @map->mask, which saves a dependent load
 * @needs: mask of &enum nst_needs, of all records in effect
 * @ticks: jiffies when the clock was last read
 * @armed: the timer will fire
 * @metered: packets and bytes metered
 * @aging: its clock is that of the newest packet or tick
 * @nmeters: records in effect
 * @meter: their tables
 * @id: the CPU
 * @exporter: open export packets
 * @skipped: packets not metered, by &enum nst_skip
 * @malformed: packets not dissected whole, by &enum nst_malformed
 * @ended: flows ended, by &enum nst_end
 * @count: by &enum nst_count; flows made in tables that are gone
 * @timer: pinned
 * @tables: all tables, also those of records no longer in effect
 * @serial: of the next table
 * @orphaned: its CPU went offline and has left flows, which another CPU ends
 * @net: the namespace
 * @headers: copies of headers that are not in linear data; not on the stack, where
 *	the compiler would clear them first
 * @repeat: the multicast packet that was forwarded last
 * @ring: pending packets
 *
 * Only its CPU writes it, with bottom halves off.  While that CPU is offline, the
 * holder of the namespace's mutex does, with CPU hotplug held off.  After
 * nst_net_stop() the task that ends the namespace does.
 */
struct nst_cpu {
	local_lock_t		lock;
	struct nst_pending	*next;
	const struct nst_ifmap	*map;
	u32			map_mask;
	u32			needs;
	unsigned long		ticks;
	bool			armed;
	struct nst_amount	metered;
	struct nst_aging	aging;
	unsigned int		nmeters;
	struct nst_table	*meter[NST_METERS_MAX];
	unsigned int		id;
	struct nst_export_pcpu	exporter;
	u64			skipped[NST_SKIP_MAX];
	u64			malformed[NST_MALFORMED_MAX];
	u64			ended[NST_END_MAX];
	u64			count[NST_COUNT_MAX];
	struct timer_list	timer;
	struct list_head	tables;
	u32			serial;
	bool			orphaned;
	struct nst_net		*net;
	struct nst_headers	headers;
	struct nst_repeat	repeat;
	struct nst_pending	ring[NST_RING];
};

/* Result of a lookup that found no flow: never live, so it needs no check for NULL. */
extern struct nst_flow nst_no_flow;

void nst_meter_init(struct nst_cpu *c, struct nst_net *nn, unsigned int cpu,
		    struct nst_sender *sender);
void nst_meter_settle(struct nst_aging *a, struct nst_pending *p);
void nst_ring_probe_second(struct nst_pending *p);
void nst_ring_copy_pending(struct nst_pending *p, const struct nst_pkt *pkt);
void nst_meter_flush(struct nst_cpu *c);
bool nst_meter_tick(struct nst_cpu *c, u64 now);
void nst_meter_arm(struct nst_cpu *c);
void nst_meter_pending(const struct nst_cpu *c, struct nst_amount *sum);

/**
 * nst_meter_clock - the time of a packet
 * @c: this CPU
 *
 * The coarse clock changes once a timer tick, so it is read once a tick.
 *
 * Context: owner, bottom halves off.
 * Return: milliseconds since boot, low 32 bits.
 */
static inline u32 nst_meter_clock(struct nst_cpu *c)
{
	unsigned long ticks = jiffies;

	if (unlikely(c->ticks != ticks)) {
		c->ticks = ticks;
		c->aging.now = nst_clock_ms();
	}
	return c->aging.now;
}

#endif /* _NST_METER_H */
