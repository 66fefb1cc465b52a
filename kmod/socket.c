// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets of hosts: binding, connecting, routes, ICMP errors.
 * Process context, under the sender's lock.
 */
#include <linux/errqueue.h>
#include <linux/inetdevice.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/string.h>
#include <net/addrconf.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/neighbour.h>
#include <net/route.h>

#include "compat.h"
#include "export.h"
#include "socket.h"

#define NST_SNDBUF	(1024 * 1024)

long nst_socket_tag;

/* ----------------------------------------------------------- open and close */

/**
 * nst_socket_close - close a socket, if it is open
 * @socket: socket
 *
 * Context: process, under the sender's lock.
 */
void nst_socket_close(struct nst_socket *socket)
{
	if (socket->sock)
		sock_release(socket->sock);
	socket->sock = NULL;
}

static int nst_socket_bind(struct nst_socket *socket)
{
	struct sockaddr_in6 sin6 = {
		.sin6_family	= AF_INET6,
		.sin6_addr	= socket->from->addr6,
		.sin6_port	= htons(socket->from->port),
	};
	struct sockaddr_in sin = {
		.sin_family	= AF_INET,
		.sin_addr	= socket->from->addr4,
		.sin_port	= htons(socket->from->port),
	};

	if (socket->to->family == AF_INET)
		return kernel_bind(socket->sock, nst_sockaddr(&sin), sizeof(sin));
	return kernel_bind(socket->sock, nst_sockaddr(&sin6), sizeof(sin6));
}

static int nst_socket_connect(struct nst_socket *socket)
{
	struct sockaddr_in6 sin6 = {
		.sin6_family	= AF_INET6,
		.sin6_addr	= socket->to->addr6,
		.sin6_port	= htons(socket->to->port),
	};
	struct sockaddr_in sin = {
		.sin_family	= AF_INET,
		.sin_addr	= socket->to->addr4,
		.sin_port	= htons(socket->to->port),
	};

	if (socket->to->family == AF_INET)
		return kernel_connect(socket->sock, nst_sockaddr(&sin),
				      sizeof(sin), 0);
	return kernel_connect(socket->sock, nst_sockaddr(&sin6), sizeof(sin6), 0);
}

/* Return: ifindex of the host's VRF device, 0 if it has none, or -ENODEV. */
static int nst_socket_device(const struct nst_socket *socket, struct net *net)
{
	struct net_device *dev;
	int ifindex = -ENODEV;

	if (!socket->to->vrf[0])
		return 0;
	rcu_read_lock();
	dev = dev_get_by_name_rcu(net, socket->to->vrf);
	if (dev && netif_is_l3_master(dev))
		ifindex = dev->ifindex;
	rcu_read_unlock();
	return ifindex;
}

/**
 * nst_socket_set_dscp - apply the host's DSCP to the packets of a socket
 * @socket: socket, open or closed
 *
 * Context: process, under the sender's lock.
 */
void nst_socket_set_dscp(struct nst_socket *socket)
{
	struct sock *sk;

	if (!socket->sock)
		return;
	sk = socket->sock->sk;
	if (socket->to->family == AF_INET)
		ip_sock_set_tos(sk, socket->to->dscp << 2);
	else
		inet6_sk(sk)->tclass = socket->to->dscp << 2;
}

/* Several hosts may share the source port: each socket is connected. */
static void nst_socket_setup(struct nst_socket *socket)
{
	struct sock *sk = socket->sock->sk;

	lock_sock(sk);
	sk->sk_user_data = &nst_socket_tag;
	sk->sk_reuse = SK_CAN_REUSE;
	sk->sk_bound_dev_if = socket->device;
	sk->sk_allocation = GFP_KERNEL;
	WRITE_ONCE(sk->sk_sndbuf, NST_SNDBUF);
	sk->sk_userlocks |= SOCK_SNDBUF_LOCK;
	release_sock(sk);
	/* IP_RECVERR reports qdisc drops as ENOBUFS */
	if (socket->to->family == AF_INET)
		ip_sock_set_recverr(sk);
	else
		ip6_sock_set_recverr(sk);
	nst_socket_set_dscp(socket);
}

/*
 * Whether the source address is configured on this machine now.  The kernel checks
 * that only when it binds a socket.
 */
static bool nst_socket_has_source(const struct nst_socket *socket,
				  struct net *net)
{
	struct net_device *dev = NULL;
	bool has;
	u32 table;

	rcu_read_lock();
	if (socket->to->family == AF_INET) {
		table = l3mdev_fib_table_by_index(net, socket->device) ?:
			RT_TABLE_LOCAL;
		has = inet_addr_type_table(net, socket->from->addr4.s_addr,
					   table) == RTN_LOCAL;
	} else {
		if (socket->device)
			dev = dev_get_by_index_rcu(net, socket->device);
		has = ipv6_chk_addr(net, &socket->from->addr6, dev, 0);
	}
	rcu_read_unlock();
	return has;
}

/**
 * nst_socket_open - open, bind and connect a socket
 * @socket: socket, closed
 * @net: namespace
 *
 * Context: process, under the sender's lock; may sleep.
 * Return: 0; -ENODEV if the VRF does not exist; or what bind or connect returned.
 */
int nst_socket_open(struct nst_socket *socket, struct net *net)
{
	int err;

	socket->device = nst_socket_device(socket, net);
	if (socket->device < 0)
		return socket->device;
	err = sock_create_kern(net, socket->to->family, SOCK_DGRAM, IPPROTO_UDP,
			       &socket->sock);
	if (err)
		return err;
	nst_socket_setup(socket);
	err = nst_socket_bind(socket);
	if (err)
		goto close;
	err = nst_socket_connect(socket);
	if (err)
		goto close;
	socket->source_local = nst_socket_has_source(socket, net);
	return 0;

close:
	nst_socket_close(socket);
	return err;
}

/**
 * nst_socket_stale - whether a socket has to be replaced
 * @socket: socket, open
 * @net: namespace
 *
 * Context: process, under the sender's lock.
 * Return: true if its VRF device was replaced, or its source address has gone.
 */
bool nst_socket_stale(const struct nst_socket *socket, struct net *net)
{
	if (nst_socket_device(socket, net) != socket->device)
		return true;
	return socket->source_local && !nst_socket_has_source(socket, net);
}

/* -------------------------------------------------------------------- route */

/* The route that packets take now; a stale one is looked up anew. */
static struct dst_entry *nst_socket_route(struct nst_socket *socket)
{
	struct sock *sk = socket->sock->sk;
	struct dst_entry *dst;
	u32 cookie = 0;

	if (socket->to->family == AF_INET6)
		cookie = inet6_sk(sk)->dst_cookie;
	dst = sk_dst_check(sk, cookie);
	if (dst || nst_socket_connect(socket))
		return dst;
	return sk_dst_get(sk);
}

static bool nst_socket_is_management(const struct nst_export_set *set,
				     const struct net_device *dev)
{
	unsigned int i;

	for (i = 0; set && i < set->nmanagement; i++)
		if (!strcmp(set->management[i], dev->name))
			return true;
	return false;
}

/*
 * Whether the link-layer address of the next hop is known.  If not, neighbour
 * discovery is started.  Meanwhile the kernel queues a few packets and drops the
 * others without an error.
 */
static bool nst_socket_has_neighbour(const struct nst_socket *socket,
				     const struct dst_entry *dst)
{
	const void *addr = socket->to->family == AF_INET ?
			   (const void *)&socket->to->addr4 : &socket->to->addr6;
	struct neighbour *neigh = dst_neigh_lookup(dst, addr);
	bool valid = true;

	if (IS_ERR_OR_NULL(neigh))
		return true;
	if (!(READ_ONCE(neigh->nud_state) & NUD_VALID))
		valid = !neigh_event_send(neigh, NULL);
	neigh_release(neigh);
	return valid;
}

/**
 * nst_socket_check_route - whether packets may take the route to the collector
 * @socket: socket, open; learns the path's MTU
 * @set: export set with the management interfaces; may be %NULL
 *
 * Context: process, under the sender's lock; may sleep.
 * Return: 0; -ENETUNREACH: there is no route; -EXDEV: the route leads through a
 *	management interface; -EINPROGRESS: neighbour discovery of the next hop is
 *	under way.
 */
int nst_socket_check_route(struct nst_socket *socket,
			   const struct nst_export_set *set)
{
	struct dst_entry *dst = nst_socket_route(socket);
	bool management;
	int err = 0;

	if (!dst)
		return -ENETUNREACH;
	/*
	 * under RCU the device stays: a device is freed after its routes have
	 * dropped it
	 */
	rcu_read_lock();
	management = nst_socket_is_management(set, READ_ONCE(dst->dev));
	rcu_read_unlock();
	socket->mtu = dst_mtu(dst);
	if (management)
		err = -EXDEV;
	else if (!nst_socket_has_neighbour(socket, dst))
		err = -EINPROGRESS;
	dst_release(dst);
	return err;
}

/**
 * nst_socket_payload - UDP payload that the path takes unfragmented
 * @socket: socket
 *
 * Context: under the sender's lock.
 * Return: bytes, between %NST_PAYLOAD_MIN and %NST_PAYLOAD_MAX.
 */
unsigned int nst_socket_payload(const struct nst_socket *socket)
{
	unsigned int header = socket->to->family == AF_INET ? 20 + 8 : 40 + 8;

	if (!socket->mtu)
		return NST_PAYLOAD_MAX;
	if (socket->mtu < NST_PAYLOAD_MIN + header)
		return NST_PAYLOAD_MIN;
	return min_t(unsigned int, socket->mtu - header, NST_PAYLOAD_MAX);
}

/* --------------------------------------------------------------------- send */

static void nst_socket_count_error(struct nst_socket_errors *errors, int err)
{
	if (err == EMSGSIZE)
		errors->too_big++;
	else
		errors->refused++;
}

/**
 * nst_socket_take_errors - read the pending ICMP errors of a socket
 * @socket: socket, open
 * @errors: counters that they are added to
 *
 * Otherwise the next sendmsg() would report one of them instead of sending.
 *
 * Context: process, under the sender's lock.
 * Return: whether there were any.
 */
bool nst_socket_take_errors(struct nst_socket *socket,
			    struct nst_socket_errors *errors)
{
	struct sock *sk = socket->sock->sk;
	int pending = -sock_error(sk);
	bool any = pending;
	struct sk_buff *skb;
	u8 origin;

	/* the queue has this error too, unless it could not be allocated */
	if (pending && skb_queue_empty(&sk->sk_error_queue))
		nst_socket_count_error(errors, pending);
	while ((skb = sock_dequeue_err_skb(sk))) {
		origin = SKB_EXT_ERR(skb)->ee.ee_origin;
		if (origin == SO_EE_ORIGIN_ICMP || origin == SO_EE_ORIGIN_ICMP6) {
			nst_socket_count_error(errors,
					       SKB_EXT_ERR(skb)->ee.ee_errno);
			any = true;
		}
		kfree_skb(skb);
	}
	return any;
}

/**
 * nst_socket_send - send a datagram without waiting
 * @socket: socket, open
 * @data: payload
 * @length: bytes of it
 * @errors: counters that pending ICMP errors are added to
 *
 * Context: process, under the sender's lock; may sleep for memory.
 * Return: 0 or the negative errno of sendmsg().  ICMP errors are not reported here.
 */
int nst_socket_send(struct nst_socket *socket, void *data, size_t length,
		    struct nst_socket_errors *errors)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct kvec vec = { .iov_base = data, .iov_len = length };
	int err;

	nst_socket_take_errors(socket, errors);
	err = kernel_sendmsg(socket->sock, &msg, &vec, 1, length);
	/* the error may be that of an ICMP message that has just arrived: send again */
	if (err < 0 && nst_socket_take_errors(socket, errors))
		err = kernel_sendmsg(socket->sock, &msg, &vec, 1, length);
	return min(err, 0);
}
