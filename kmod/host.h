/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A collector and the socket that packets to it leave through.
 */
#ifndef _NST_HOST_H
#define _NST_HOST_H

#include <linux/skbuff.h>
#include <net/sock.h>

#include "config.h"
#include "stats.h"

struct nst_export_set;
struct nst_out;
struct nst_packet;
struct nst_sender;
struct socket;

/* Marks the sockets of this module. */
extern long nst_host_tag;

/* Lists of templates that a host is known to have, at most. */
#define NST_FEED_SETS	4

/**
 * struct nst_feed - what one host gets of one slot's stream
 * @packets: packets sent or given up: the sequence of version 9
 * @records: data records in them: the sequence of IPFIX and of sequence mode flow
 * @since: packets sent since the last templates
 * @announced: milliseconds since boot when templates were last sent
 * @set: lists of templates that were sent since the host came back, see
 *	nst_feed_set(); 0: none
 * @newest: index of the last one in @set
 *
 * Each host has sequences of its own.  So templates can be sent to one host, and
 * before packets that wait for it, without a gap at any other.  What is given
 * up counts in them: the collector sees that it is missing.
 *
 * Protected by the sender's lock.
 */
struct nst_feed {
	u32	packets;
	u32	records;
	u32	since;
	u64	announced;
	u64	set[NST_FEED_SETS];
	u8	newest;
};

/**
 * struct nst_host - a collector
 * @node: in the sender's list
 * @ref: references: exports
 * @view: slot in whose view it is configured, or -1: the system view
 * @def: address, port, VRF; version and DSCP in effect
 * @source: source in effect
 * @current_use: it is in the published exports
 * @sock: its socket, or %NULL
 * @device: ifindex of the VRF device that the socket is bound to, 0 for none
 * @source_local: the source address was on this machine when it was bound; it is
 *	not where ip_nonlocal_bind allows others
 * @state: &enum netstream_host_state
 * @error: positive errno of the last failed send
 * @busy_since: milliseconds since boot since when it takes nothing, 0: it does
 * @down_since: milliseconds since boot when it went down
 * @retry_at: when to try again
 * @pause: milliseconds between tries
 * @refused_at: when the last ICMP error that means "nobody is there" came, 0: none
 * @filtered_at: when a local packet filter last dropped a packet, 0: never
 * @mtu: of the path
 * @rate: its pace, in multiples of the configured one
 * @credit: what it may send before others, see nst_sender_round()
 * @queue: packets waiting, a ring of @size entries
 * @size: a power of two
 * @head: number of the first
 * @tail: number after the last
 * @counted: packets from this number on count as waiting in their stream
 * @feed: by slot, %NULL where it gets none
 *
 * Its counters follow, see %NST_HOST_ROWS.
 *
 * Protected by the sender's lock.
 */
struct nst_host {
	struct list_head	node;
	refcount_t		ref;
	int			view;
	struct nst_host_def	def;
	struct nst_source	source;
	bool			current_use;
	struct socket		*sock;
	int			device;
	bool			source_local;
	u8			state;
	int			error;
	u64			busy_since;
	u64			down_since;
	u64			retry_at;
	unsigned int		pause;
	u64			refused_at;
	u64			filtered_at;
	unsigned int		mtu;
	unsigned int		rate;
	unsigned int		credit;
	struct nst_packet	**queue;
	u32			size;
	u32			head;
	u32			tail;
	u32			counted;
	struct nst_feed		*feed[NETSTREAM_SLOT_MAX + 1];
	/* in the order of their names */
	union {
		struct { NST_HOST_ROWS(NST_ROW_MEMBER) };
		u64		counter[NST_HOST_COUNTERS];
	};
};

struct nst_host *nst_host_create(const struct nst_host_def *def, int view);
void nst_host_put(struct nst_host *h);
bool nst_host_is(const struct nst_host *h, const struct nst_host_def *def,
		 int view);
int nst_host_add_feed(struct nst_host *h, u8 slot);
void nst_host_configure(struct nst_sender *s, struct nst_host *h,
			const struct nst_source *source, u8 version, u8 dscp);
void nst_host_check(struct nst_sender *s, struct nst_host *h, u64 now);
void nst_host_close(struct nst_host *h);
void nst_host_queue(struct nst_host *h, struct nst_packet *p, u64 now);
void nst_host_announce_due(struct nst_sender *s, struct nst_host *h,
			   struct nst_out *out, unsigned int v, u64 now);
bool nst_host_send(struct nst_sender *s, struct nst_host *h,
		   unsigned int burst, u64 now);
void nst_host_give_up(struct nst_host *h, u32 keep, u8 cause);
void nst_host_withdraw(struct nst_sender *s, struct nst_host *h, u64 now);
void nst_host_forget_templates(struct nst_host *h);
u8 nst_host_shown_state(const struct nst_host *h, u64 now);
unsigned int nst_host_payload(const struct nst_host *h);

/**
 * nst_host_down - whether nothing can be sent to a host
 * @h: host
 *
 * Context: under the sender's lock.
 */
static inline bool nst_host_down(const struct nst_host *h)
{
	return h->state != NETSTREAM_HOST_UP;
}

/**
 * nst_host_queued - packets that wait for a host
 * @h: host
 *
 * Context: under the sender's lock.
 */
static inline u32 nst_host_queued(const struct nst_host *h)
{
	return h->tail - h->head;
}

/**
 * nst_host_owns - whether the module sent a packet itself
 * @skb: a packet at an output hook
 *
 * Context: any.
 */
static inline bool nst_host_owns(const struct sk_buff *skb)
{
	const struct sock *sk = skb->sk;

	return sk && sk_fullsock(sk) && sk->sk_user_data == &nst_host_tag;
}

#endif /* _NST_HOST_H */
