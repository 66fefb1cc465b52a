/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Metering: adding packets to flows on one CPU.
 *
 * With many flows, a packet misses the CPU's caches at least twice: for its bucket and
 * for its flow.  Packets wait in a ring while these are prefetched (see ring.h).  The
 * timer, listings, resets and commits empty the ring.
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

struct nst_account;
struct nst_ifmap;
struct nst_net;

#define NST_AHEAD	12	/* packets from a prefetch to its use */
#define NST_TICK_MS	250	/* between runs of the timer */
#define NST_RING	(2 * NST_AHEAD)

/**
 * enum nst_tcp_end - SYN, FIN and RST in the pending packets of a TCP connection, a mask
 * @NST_TCP_OPEN: none of them
 * @NST_TCP_SYN: SYN in the first packet, which is of a new connection
 * @NST_TCP_ONLY: FIN or RST in a single pending packet, which ends the flow unless it
 *	is new
 * @NST_TCP_LATER: FIN or RST in a packet after the first, which ends the flow in any case
 */
enum nst_tcp_end {
	NST_TCP_OPEN	= 0,
	NST_TCP_SYN	= 1 << 0,
	NST_TCP_ONLY	= 1 << 1,
	NST_TCP_LATER	= 1 << 2,
};

/**
 * struct nst_pending - ring entry: one packet, or several successive ones of a flow
 * @pkt: the packet.  Of several, packets and bytes are sums, TCP flags are their OR,
 *	and the rest is that of the first.
 * @last: time of the last packet, milliseconds since boot
 * @hash: hash of the key
 * @table: table for the packet; %NULL: the entry is free
 * @bucket: first bucket of the hash
 * @flow: result of the lookup, or %nst_no_flow; it is verified before the update
 * @next: the entry to be filled next, which is the oldest one
 * @behind: the entry filled %NST_AHEAD entries before this one
 * @again: the entry filled %NST_AHEAD / 2 entries before @behind
 * @tcp_end: mask of &enum nst_tcp_end
 * @word: masked key words, then the words kept of the first packet; unused for
 *	original flows
 */
struct nst_pending {
	struct nst_pkt		pkt;
	/* together in one cache line */
	u32			last ____cacheline_aligned;
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
 * struct nst_cpu - one CPU's part of a namespace
 * @lock: taken with bottom halves off; it excludes other writers on PREEMPT_RT, where
 *	disabling bottom halves does not
 * @next: free entry of @ring, to be filled next
 * @map: policies of the interfaces
 * @map_mask: copy of @map->first_mask, which saves a dependent load
 * @needs: mask of &enum nst_needs: what packets have to be given; those of the plan, and while
 *	a packet is metered for monitors, theirs as well
 * @routes: mask of &enum nst_routes_value, likewise
 * @ticks: value of jiffies when the clock was last read
 * @armed: the timer is armed
 * @metered: packets and bytes metered
 * @aging: state of aging; its time is that of the newest packet or tick
 * @nactive: number of records in effect
 * @active: their tables on this CPU
 * @id: number of the CPU
 * @exporter: open export packets
 * @skipped: packets not metered, by &enum nst_skip
 * @malformed: packets with an unreadable header, by &enum nst_malformed
 * @ended: ended flows, by &enum nst_end
 * @count: other counts, by &enum nst_count; created flows are those of freed tables
 * @timer: timer of nst_meter_tick(), pinned
 * @tables: all tables, including those of records that are no longer in effect
 * @serial: serial number of the next table
 * @orphaned: the CPU went offline and left flows, which another CPU ends
 * @numbered: packets that were given a number
 * @net: the namespace
 * @headers: buffers for headers that are not linear; on the stack the compiler would
 *	clear them for each packet
 * @repeat: the multicast packet that was forwarded last
 * @settled: the same for packets that are metered when they are settled
 * @status: forwardingStatus of the packet that is being metered
 * @route_state: raised when routes may have changed: flows of another state have theirs
 *	looked up again.  It wraps; a flow that meets its old number again is looked at
 *	after the next change.
 * @route_changes: &struct nst_route_tables.changes when it was raised last
 * @route_checked: milliseconds since boot when changes were looked for last
 * @ring: pending packets
 *
 * Only its CPU writes to it, with bottom halves off.  While the CPU is offline, the
 * holder of the namespace's mutex may, with CPU hotplug disabled.  After
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
	u8			routes;
	struct nst_amount	metered;
	struct nst_aging	aging;
	unsigned int		nactive;
	struct nst_table	*active[NST_ACTIVE_MAX];
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
	u64			numbered;
	struct nst_net		*net;
	struct nst_headers	headers;
	struct nst_repeat	repeat;
	struct nst_repeat	settled;
	u8			status;
	u16			route_state;
	u32			route_changes;
	u64			route_checked;
	struct nst_pending	ring[NST_RING];
};

/* Lookup result if there is no flow.  It is never live, which saves a check for NULL. */
extern struct nst_flow nst_no_flow;

void nst_meter_init(struct nst_cpu *pcpu, struct nst_net *nn, unsigned int cpu,
		    struct nst_sender *sender);
void nst_meter_settle(struct nst_cpu *pcpu, struct nst_pending *entry);
void nst_ring_probe_second(struct nst_pending *entry);
void nst_ring_copy(const struct nst_cpu *pcpu, struct nst_pkt *to,
		   const struct nst_pkt *from);
void nst_meter_flush(struct nst_cpu *pcpu);
void nst_meter_reroute(struct nst_cpu *pcpu);
bool nst_meter_tick(struct nst_cpu *pcpu, u64 now);
void nst_meter_arm(struct nst_cpu *pcpu);
void nst_meter_pending(const struct nst_cpu *pcpu, struct nst_amount *sum);
void nst_meter_watched(const struct nst_cpu *pcpu, const struct nst_account *account,
		       struct nst_amount *sum);

/**
 * nst_meter_clock - read the time for a packet
 * @pcpu: this CPU
 *
 * The coarse clock changes once per jiffy, so it is read only once per jiffy.
 *
 * Context: owner, bottom halves off.
 * Return: milliseconds since boot, low 32 bits.
 */
static inline u32 nst_meter_clock(struct nst_cpu *pcpu)
{
	unsigned long ticks = jiffies;

	if (unlikely(pcpu->ticks != ticks)) {
		pcpu->ticks = ticks;
		pcpu->aging.now = nst_clock_ms();
	}
	return pcpu->aging.now;
}

#endif /* _NST_METER_H */
