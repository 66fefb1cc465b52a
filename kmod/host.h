/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A collector and the socket that packets to it leave through.
 */
#ifndef _NST_HOST_H
#define _NST_HOST_H

#include <linux/skbuff.h>
#include <net/sock.h>

#include "config.h"

struct nst_exports;
struct nst_packet;
struct nst_sender;
struct socket;

/* Marks the sockets of this module. */
extern long nst_host_tag;

/**
 * struct nst_host - a collector
 * @node: in the sender's list
 * @ref: references: exports
 * @view: slot in whose view it is configured, or -1: the system view
 * @def: address, port, VRF; version and DSCP in effect
 * @source: source in effect
 * @sock: its socket, or %NULL
 * @device: ifindex of the VRF device that the socket is bound to, 0 for none
 * @state: &enum netstream_host_state
 * @error: positive errno of the last failed send
 * @returned: it has come back: it needs templates
 * @nfirst: template packets at the head of @queue since then
 * @busy_since: milliseconds since boot since when it takes nothing, 0: it does
 * @retry_at: when to try again
 * @pause: milliseconds between tries
 * @refused_at: when the last ICMP error came, 0: none
 * @mtu: of the path
 * @queue: packets waiting, a ring
 * @head: number of the first
 * @tail: number after the last
 * @packets: export packets sent
 * @records: data records in them
 * @bytes: UDP payload in them
 * @templates: template records in them
 * @errors: sends that failed
 * @icmp_errors: ICMP errors that came back
 * @lost_packets: export packets given up
 * @lost_records: data records in them
 *
 * Protected by the sender's lock.
 */
struct nst_host {
	struct list_head	node;
	refcount_t		ref;
	int			view;
	struct nst_host_def	def;
	struct nst_source	source;
	struct socket		*sock;
	int			device;
	u8			state;
	int			error;
	bool			returned;
	u32			nfirst;
	u64			busy_since;
	u64			retry_at;
	unsigned int		pause;
	u64			refused_at;
	unsigned int		mtu;
	struct nst_packet	**queue;
	u32			head;
	u32			tail;
	u64			packets;
	u64			records;
	u64			bytes;
	u64			templates;
	u64			errors;
	u64			icmp_errors;
	u64			lost_packets;
	u64			lost_records;
};

struct nst_host *nst_host_create(const struct nst_host_def *def, int view);
void nst_host_put(struct nst_host *h);
bool nst_host_is(const struct nst_host *h, const struct nst_host_def *def,
		 int view);
void nst_host_configure(struct nst_host *h, const struct nst_source *source,
			u8 version, u8 dscp);
void nst_host_look(struct nst_sender *s, struct nst_host *h, u64 now);
void nst_host_recheck(struct nst_sender *s, struct nst_host *h);
void nst_host_close(struct nst_host *h);
void nst_host_queue(struct nst_host *h, struct nst_packet *p);
bool nst_host_send(struct nst_sender *s, struct nst_host *h,
		   unsigned int burst, u64 now);
void nst_host_give_up(struct nst_host *h, u32 keep, u8 cause);
u8 nst_host_shown_state(const struct nst_host *h, u64 now);
unsigned int nst_host_payload(const struct nst_host *h);

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
