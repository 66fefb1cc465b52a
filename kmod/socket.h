/* SPDX-License-Identifier: GPL-2.0 */
/* The UDP socket that sends to one collector. */
#ifndef _NST_SOCKET_H
#define _NST_SOCKET_H

#include <linux/skbuff.h>
#include <net/sock.h>

#include "config.h"

struct net;
struct nst_export_set;
struct socket;

/* Marks the sockets of this module. */
extern long nst_socket_tag;

/**
 * struct nst_socket - a connected UDP socket
 * @sock: the kernel's socket, or %NULL: closed
 * @to: collector that it is connected to
 * @from: source that it is bound to
 * @device: ifindex of the VRF device that it is bound to, 0 for none
 * @source_local: the source address was configured on this machine when the socket
 *	was bound.  With ip_nonlocal_bind it need not be.
 * @mtu: path MTU; 0: not known yet
 *
 * Protected by the sender's lock.
 */
struct nst_socket {
	struct socket			*sock;
	const struct nst_host_def	*to;
	const struct nst_source		*from;
	int				device;
	bool				source_local;
	unsigned int			mtu;
};

/**
 * struct nst_socket_errors - ICMP errors that came back
 * @refused: errors which report that nobody listens, or that the collector is
 *	unreachable
 * @too_big: errors which report that a packet was too big for the path
 */
struct nst_socket_errors {
	unsigned int	refused;
	unsigned int	too_big;
};

int nst_socket_open(struct nst_socket *socket, struct net *net);
void nst_socket_close(struct nst_socket *socket);
bool nst_socket_stale(const struct nst_socket *socket, struct net *net);
void nst_socket_set_dscp(struct nst_socket *socket);
int nst_socket_check_route(struct nst_socket *socket,
			   const struct nst_export_set *set);
bool nst_socket_take_errors(struct nst_socket *socket,
			    struct nst_socket_errors *errors);
unsigned int nst_socket_payload(const struct nst_socket *socket);
int nst_socket_send(struct nst_socket *socket, void *data, size_t length,
		    struct nst_socket_errors *errors);

/**
 * nst_socket_owns - whether the module sent a packet itself
 * @skb: a packet at an output hook
 *
 * Context: any.
 */
static inline bool nst_socket_owns(const struct sk_buff *skb)
{
	const struct sock *sk = skb->sk;

	return sk && sk_fullsock(sk) && sk->sk_user_data == &nst_socket_tag;
}

#endif /* _NST_SOCKET_H */
