/* SPDX-License-Identifier: GPL-2.0 */
/* A collector: its state, its queue and its socket. */
#ifndef _NST_HOST_H
#define _NST_HOST_H

#include <linux/list.h>
#include <linux/refcount.h>

#include "announce.h"
#include "config.h"
#include "queue.h"
#include "socket.h"
#include "stats.h"

struct nst_export_host;
struct nst_export_slot;
struct nst_packet;
struct nst_sender;

/**
 * struct nst_host - a collector
 * @node: in the sender's list
 * @ref: references: export sets
 * @view: number of the slot in whose view it is configured, or -1: the system view; above
 *	%NST_SLOT_MONITOR: that of a monitor
 * @monitor: name of that monitor, else empty
 * @def: address, port, VRF; version and DSCP in effect
 * @source: source in effect
 * @current_use: it is in the published export set
 * @socket: its socket
 * @state: &enum netstream_host_state
 * @told: state that the listeners to events know
 * @error: positive errno of the last failed send
 * @busy_since: milliseconds since boot when it stopped taking packets; 0: it takes
 *	them
 * @down_since: milliseconds since boot when it went down
 * @retry_at: when to try again
 * @pause: milliseconds between tries
 * @refused_at: when the last ICMP error arrived that reports a closed port; 0: never
 * @filtered_at: when a local packet filter last dropped a packet, 0: never
 * @rate_factor: its pace, in multiples of the configured one
 * @credit: what it may send before others, see nst_sender_round()
 * @budget: packets of templates and options that it may still be sent in this turn
 * @queue: packets that wait for it
 * @feed: what it gets of the stream of each slot; %NULL: nothing
 *
 * Its counters follow, see %NST_HOST_ROWS.
 *
 * Protected by the sender's lock.
 */
struct nst_host {
	struct list_head	node;
	refcount_t		ref;
	int			view;
	char			monitor[NETSTREAM_MONITOR_NAME_MAX + 1];
	struct nst_host_def	def;
	struct nst_source	source;
	bool			current_use;
	struct nst_socket	socket;
	u8			state;
	u8			told;
	int			error;
	u64			busy_since;
	u64			down_since;
	u64			retry_at;
	unsigned int		pause;
	u64			refused_at;
	u64			filtered_at;
	unsigned int		rate_factor;
	unsigned int		credit;
	unsigned int		budget;
	struct nst_queue	queue;
	struct nst_feed		*feed[NST_SLOTS];
	/* in the order of their names */
	union {
		struct { NST_HOST_ROWS(NST_ROW_MEMBER) };
		u64		counter[NST_HOST_COUNTERS];
	};
};

struct nst_host *nst_host_create(const struct nst_host_def *def, int view);
void nst_host_put(struct nst_host *host);
bool nst_host_is(const struct nst_host *host, const struct nst_host_def *def,
		 int view);
int nst_host_add_feed(struct nst_host *host, u16 slot);
void nst_host_configure(struct nst_sender *sender, const struct nst_export_host *use);
void nst_host_check(struct nst_sender *sender, struct nst_host *host, u64 now);
void nst_host_queue(struct nst_host *host, struct nst_packet *pkt, u64 now);
bool nst_host_announce(struct nst_sender *sender, struct nst_host *host,
		       struct nst_export_slot *slot, unsigned int ver, u64 now);
bool nst_host_send(struct nst_sender *sender, struct nst_host *host,
		   unsigned int burst, u64 now);
void nst_host_give_up(struct nst_host *host, u32 keep, u8 cause);
void nst_host_withdraw(struct nst_sender *sender, struct nst_host *host, u64 now);
void nst_host_tell(struct nst_sender *sender, struct nst_host *host, u64 now);
u8 nst_host_shown_state(const struct nst_host *host, u64 now);

/**
 * nst_host_down - whether nothing can be sent to a host
 * @host: host
 *
 * Context: under the sender's lock.
 */
static inline bool nst_host_down(const struct nst_host *host)
{
	return host->state != NETSTREAM_HOST_UP;
}

#endif /* _NST_HOST_H */
