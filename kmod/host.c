// SPDX-License-Identifier: GPL-2.0
/*
 * Hosts: one connected kernel UDP socket a collector.  Process context, under
 * the sender's lock.
 *
 * A socket that cannot be made, or that lost its route, address or VRF, is
 * made anew by and by: no commit is needed, and none fails for it.
 */
#include <linux/errqueue.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>

#include "clock.h"
#include "compat.h"
#include "host.h"
#include "sender.h"

#define NST_SNDBUF		(1024 * 1024)
#define NST_RETRY_MIN		1000	/* ms between tries of a host that is down */
#define NST_RETRY_MAX		5000
#define NST_BUSY_MAX		10000	/* ms that a busy host is waited for */
#define NST_REFUSED_MS		5000	/* ms that an ICMP error is remembered */

long nst_host_tag;

/* ----------------------------------------------------------------- objects */

/**
 * nst_host_create - make a host; it has no socket yet
 * @def: address, port, VRF
 * @view: slot whose view it is in, or -1
 *
 * Context: process, may sleep.
 * Return: the host with one reference, or %NULL.
 */
struct nst_host *nst_host_create(const struct nst_host_def *def, int view)
{
	struct nst_host *h = kzalloc(sizeof(*h), GFP_KERNEL);

	if (!h)
		return NULL;
	h->queue = kvcalloc(NST_HOST_QUEUE, sizeof(*h->queue), GFP_KERNEL);
	if (!h->queue) {
		kfree(h);
		return NULL;
	}
	refcount_set(&h->ref, 1);
	INIT_LIST_HEAD(&h->node);
	h->def = *def;
	h->view = view;
	h->state = NETSTREAM_HOST_IDLE;
	return h;
}

/**
 * nst_host_put - give a reference back
 * @h: host
 *
 * Context: process, under the sender's lock.
 */
void nst_host_put(struct nst_host *h)
{
	if (!refcount_dec_and_test(&h->ref))
		return;
	nst_host_give_up(h, 0, NST_LOST_NO_HOST);
	nst_host_close(h);
	list_del(&h->node);
	kvfree(h->queue);
	kfree(h);
}

/**
 * nst_host_is - whether a host is the one that a configuration means
 * @h: host
 * @def: as configured
 * @view: slot whose view it is in, or -1
 *
 * Context: any.
 */
bool nst_host_is(const struct nst_host *h, const struct nst_host_def *def,
		 int view)
{
	if (h->view != view || h->def.family != def->family ||
	    h->def.port != def->port || strcmp(h->def.vrf, def->vrf))
		return false;
	if (def->family == AF_INET)
		return h->def.addr4.s_addr == def->addr4.s_addr;
	return ipv6_addr_equal(&h->def.addr6, &def->addr6);
}

static void nst_host_set_dscp(struct nst_host *h)
{
	if (!h->sock)
		return;
	if (h->def.family == AF_INET)
		ip_sock_set_tos(h->sock->sk, h->def.dscp << 2);
	else
		inet6_sk(h->sock->sk)->tclass = h->def.dscp << 2;
}

static bool nst_source_same(const struct nst_source *a,
			    const struct nst_source *b, u16 family)
{
	if (a->set != b->set || a->port != b->port)
		return false;
	if (family == AF_INET)
		return a->addr4.s_addr == b->addr4.s_addr;
	return ipv6_addr_equal(&a->addr6, &b->addr6);
}

/**
 * nst_host_configure - let a host have what a new configuration says
 * @h: host
 * @source: source of its family
 * @version: in effect
 * @dscp: of its packets
 *
 * Context: process, under the sender's lock.
 */
void nst_host_configure(struct nst_host *h, const struct nst_source *source,
			u8 version, u8 dscp)
{
	h->def.version = version;
	if (h->def.dscp != dscp) {
		h->def.dscp = dscp;
		nst_host_set_dscp(h);
	}
	if (nst_source_same(&h->source, source, h->def.family))
		return;
	h->source = *source;
	h->retry_at = 0;
	nst_host_close(h);
}

/* ------------------------------------------------------------------ sockets */

/**
 * nst_host_close - close a host's socket
 * @h: host
 *
 * Context: process, under the sender's lock.
 */
void nst_host_close(struct nst_host *h)
{
	if (h->sock)
		sock_release(h->sock);
	h->sock = NULL;
}

static int nst_host_bind(struct nst_host *h)
{
	struct sockaddr_in6 sin6 = {
		.sin6_family	= AF_INET6,
		.sin6_addr	= h->source.addr6,
		.sin6_port	= htons(h->source.port),
	};
	struct sockaddr_in sin = {
		.sin_family	= AF_INET,
		.sin_addr	= h->source.addr4,
		.sin_port	= htons(h->source.port),
	};

	if (h->def.family == AF_INET)
		return kernel_bind(h->sock, nst_sockaddr(&sin), sizeof(sin));
	return kernel_bind(h->sock, nst_sockaddr(&sin6), sizeof(sin6));
}

static int nst_host_connect(struct nst_host *h)
{
	struct sockaddr_in6 sin6 = {
		.sin6_family	= AF_INET6,
		.sin6_addr	= h->def.addr6,
		.sin6_port	= htons(h->def.port),
	};
	struct sockaddr_in sin = {
		.sin_family	= AF_INET,
		.sin_addr	= h->def.addr4,
		.sin_port	= htons(h->def.port),
	};

	if (h->def.family == AF_INET)
		return kernel_connect(h->sock, nst_sockaddr(&sin), sizeof(sin), 0);
	return kernel_connect(h->sock, nst_sockaddr(&sin6), sizeof(sin6), 0);
}

/* Return: ifindex of the host's VRF device, 0 if it is in none, or -ENODEV. */
static int nst_host_device(struct net *net, const struct nst_host *h)
{
	struct net_device *dev;
	int ifindex = -ENODEV;

	if (!h->def.vrf[0])
		return 0;
	rcu_read_lock();
	dev = dev_get_by_name_rcu(net, h->def.vrf);
	if (dev && netif_is_l3_master(dev))
		ifindex = dev->ifindex;
	rcu_read_unlock();
	return ifindex;
}

/* Several hosts share the source port: each socket is connected to its own. */
static void nst_host_setup(struct nst_host *h)
{
	struct sock *sk = h->sock->sk;

	lock_sock(sk);
	sk->sk_user_data = &nst_host_tag;
	sk->sk_reuse = SK_CAN_REUSE;
	sk->sk_bound_dev_if = h->device;
	sk->sk_allocation = GFP_KERNEL;
	WRITE_ONCE(sk->sk_sndbuf, NST_SNDBUF);
	sk->sk_userlocks |= SOCK_SNDBUF_LOCK;
	release_sock(sk);
	/* else nobody says that a queue of the way out has dropped a packet */
	if (h->def.family == AF_INET)
		ip_sock_set_recverr(sk);
	else
		ip6_sock_set_recverr(sk);
	nst_host_set_dscp(h);
}

static u8 nst_host_state_of(int err)
{
	switch (-err) {
	case EADDRNOTAVAIL:
		return NETSTREAM_HOST_NO_ADDRESS;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
		return NETSTREAM_HOST_NO_ROUTE;
	case ENODEV:
	case ENXIO:
		return NETSTREAM_HOST_NO_VRF;
	default:
		return NETSTREAM_HOST_ERROR;
	}
}

static int nst_host_open(struct nst_sender *s, struct nst_host *h)
{
	int err;

	h->device = nst_host_device(s->net, h);
	if (h->device < 0)
		return h->device;
	err = sock_create_kern(s->net, h->def.family, SOCK_DGRAM, IPPROTO_UDP,
			       &h->sock);
	if (err)
		return err;
	nst_host_setup(h);
	err = nst_host_bind(h);
	if (!err)
		err = nst_host_connect(h);
	if (err)
		nst_host_close(h);
	return err;
}

/* Is the source still an address of this machine? */
static bool nst_host_has_source(struct net *net, const struct nst_host *h)
{
	if (h->def.family == AF_INET)
		return inet_addr_type(net, h->source.addr4.s_addr) == RTN_LOCAL;
	return ipv6_chk_addr(net, &h->source.addr6, NULL, 0);
}

/**
 * nst_host_recheck - an address or a device has changed: look at a host anew
 * @s: sender
 * @h: host
 *
 * Its socket stays, unless what it is bound to may have gone.
 *
 * Context: process, under the sender's lock.
 */
void nst_host_recheck(struct nst_sender *s, struct nst_host *h)
{
	h->retry_at = 0;
	if (h->sock && (h->device || !nst_host_has_source(s->net, h)))
		nst_host_close(h);
}

/* ------------------------------------------------------------------- routes */

/* The route that packets take now; a stale one is looked up anew. */
static struct dst_entry *nst_host_route(struct nst_host *h)
{
	struct sock *sk = h->sock->sk;
	struct dst_entry *dst;
	u32 cookie = 0;

	if (h->def.family == AF_INET6)
		cookie = inet6_sk(sk)->dst_cookie;
	dst = sk_dst_check(sk, cookie);
	if (dst || nst_host_connect(h))
		return dst;
	return sk_dst_get(sk);
}

static bool nst_is_management(const struct nst_exports *e,
			      const struct net_device *dev)
{
	unsigned int i;

	for (i = 0; e && i < e->nmanagement; i++)
		if (!strcmp(e->management[i], dev->name))
			return true;
	return false;
}

/* Does the way to the host lead where it may?  Learns the path's MTU. */
static int nst_host_check_route(struct nst_sender *s, struct nst_host *h)
{
	struct dst_entry *dst = nst_host_route(h);
	bool management;

	if (!dst)
		return -ENETUNREACH;
	management = nst_is_management(s->current_exports, dst->dev);
	h->mtu = dst_mtu(dst);
	dst_release(dst);
	return management ? -EPERM : 0;
}

/**
 * nst_host_payload - UDP payload that the path to a host takes unfragmented
 * @h: host
 *
 * Context: under the sender's lock.
 */
unsigned int nst_host_payload(const struct nst_host *h)
{
	unsigned int header = h->def.family == AF_INET ? 20 + 8 : 40 + 8;

	if (!h->mtu)
		return NST_PAYLOAD_MAX;
	if (h->mtu < NST_PAYLOAD_MIN + header)
		return NST_PAYLOAD_MIN;
	return min_t(unsigned int, h->mtu - header, NST_PAYLOAD_MAX);
}

/* -------------------------------------------------------------------- state */

static bool nst_host_down(const struct nst_host *h)
{
	return h->state != NETSTREAM_HOST_UP;
}

static void nst_host_fail(struct nst_host *h, u8 state, int err, u64 now)
{
	h->pause = nst_host_down(h) && h->pause ?
		   min(2 * h->pause, (unsigned int)NST_RETRY_MAX) :
		   NST_RETRY_MIN;
	h->retry_at = now + h->pause;
	h->state = state;
	h->error = -err;
	h->busy_since = 0;
}

static void nst_host_rise(struct nst_host *h)
{
	if (nst_host_down(h)) {
		h->returned = true;
		h->nfirst = 0;
	}
	h->state = NETSTREAM_HOST_UP;
	h->pause = 0;
	h->busy_since = 0;
}

/**
 * nst_host_look - see whether a host can be sent to
 * @s: sender
 * @h: host
 * @now: milliseconds since boot
 *
 * Context: process, under the sender's lock.
 */
void nst_host_look(struct nst_sender *s, struct nst_host *h, u64 now)
{
	int err = 0;

	if (now < h->retry_at)
		return;
	if (!h->source.set) {
		nst_host_close(h);
		h->state = NETSTREAM_HOST_NO_SOURCE;
		return;
	}
	if (h->sock && nst_host_device(s->net, h) != h->device)
		nst_host_close(h);
	if (!h->sock)
		err = nst_host_open(s, h);
	if (!err)
		err = nst_host_check_route(s, h);
	if (!err)
		nst_host_rise(h);
	else if (err == -EPERM)
		nst_host_fail(h, NETSTREAM_HOST_MANAGEMENT, 0, now);
	else
		nst_host_fail(h, nst_host_state_of(err), err, now);
}

/**
 * nst_host_shown_state - a host's state as it is shown
 * @h: host
 * @now: milliseconds since boot
 *
 * Context: under the sender's lock.
 */
u8 nst_host_shown_state(const struct nst_host *h, u64 now)
{
	if (h->state == NETSTREAM_HOST_UP && h->refused_at &&
	    now - h->refused_at < NST_REFUSED_MS)
		return NETSTREAM_HOST_UNREACHABLE;
	return h->state;
}

/* -------------------------------------------------------------------- queue */

static u32 nst_host_queued(const struct nst_host *h)
{
	return h->tail - h->head;
}

static u8 nst_host_cause(const struct nst_host *h)
{
	if (h->state == NETSTREAM_HOST_NO_SOURCE)
		return NST_LOST_NO_SOURCE;
	return nst_host_down(h) ? NST_LOST_HOST_DOWN : NST_LOST_QUEUE;
}

/* Take the first packet out, as sent or as lost for @cause. */
static void nst_host_pop(struct nst_host *h, bool sent, u8 cause)
{
	struct nst_packet *p = h->queue[h->head++ % NST_HOST_QUEUE];

	if (sent) {
		p->delivered = true;
		h->packets++;
		h->records += p->records;
		h->templates += p->templates;
		h->bytes += p->length;
	} else {
		p->cause = cause;
		h->lost_packets++;
		h->lost_records += p->records;
	}
	nst_packet_put(p);
}

/**
 * nst_host_give_up - give up the oldest packets of a queue
 * @h: host
 * @keep: packets to keep
 * @cause: what the others count as, &enum nst_lost
 *
 * Context: process, under the sender's lock.
 */
void nst_host_give_up(struct nst_host *h, u32 keep, u8 cause)
{
	while (nst_host_queued(h) > keep)
		nst_host_pop(h, false, cause);
}

/* Before all that waits, but after those that came this way before. */
static void nst_host_queue_first(struct nst_host *h, struct nst_packet *p)
{
	u32 at = --h->head, end = at + h->nfirst++;

	for (; at != end; at++)
		h->queue[at % NST_HOST_QUEUE] = h->queue[(at + 1) % NST_HOST_QUEUE];
	h->queue[end % NST_HOST_QUEUE] = p;
}

/**
 * nst_host_queue - put a packet into a host's queue
 * @h: host
 * @p: packet; a reference is taken
 *
 * A host that has come back gets its templates before the data that waited:
 * it may have been started meanwhile and know none.
 *
 * Context: process, under the sender's lock.
 */
void nst_host_queue(struct nst_host *h, struct nst_packet *p)
{
	u32 keep = nst_host_down(h) ? NST_HOST_QUEUE_DOWN : NST_HOST_QUEUE;

	refcount_inc(&p->ref);
	if (h->returned && p->templates) {
		nst_host_queue_first(h, p);
		return;
	}
	if (h->state == NETSTREAM_HOST_NO_SOURCE)
		keep = 1;
	nst_host_give_up(h, keep - 1, nst_host_cause(h));
	h->queue[h->tail++ % NST_HOST_QUEUE] = p;
	if (h->state == NETSTREAM_HOST_NO_SOURCE)
		nst_host_give_up(h, 0, NST_LOST_NO_SOURCE);
}

/* ------------------------------------------------------------------ sending */

/*
 * ICMP errors would be reported instead of sending: take them off first.
 * Return: whether there were any.
 */
static bool nst_host_take_errors(struct nst_host *h, u64 now)
{
	struct sock *sk = h->sock->sk;
	bool any = sock_error(sk);
	struct sk_buff *skb;
	u8 origin;

	/* each has been queued as well, unless there was no memory for it */
	h->icmp_errors += any && skb_queue_empty(&sk->sk_error_queue);
	while ((skb = sock_dequeue_err_skb(sk))) {
		origin = SKB_EXT_ERR(skb)->ee.ee_origin;
		if (origin == SO_EE_ORIGIN_ICMP || origin == SO_EE_ORIGIN_ICMP6) {
			h->icmp_errors++;
			any = true;
		}
		kfree_skb(skb);
	}
	if (any)
		h->refused_at = now;
	return any;
}

static int nst_host_transmit(struct nst_host *h, struct nst_packet *p, u64 now)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct kvec vec = { .iov_base = p->data, .iov_len = p->length };
	int err;

	nst_host_take_errors(h, now);
	err = kernel_sendmsg(h->sock, &msg, &vec, 1, p->length);
	/* one that came just now is no reason not to send */
	if (err < 0 && nst_host_take_errors(h, now))
		err = kernel_sendmsg(h->sock, &msg, &vec, 1, p->length);
	return err;
}

static bool nst_host_is_busy(int err)
{
	return err == -EAGAIN || err == -ENOBUFS || err == -ENOMEM;
}

/* It takes nothing now: wait, longer each time, but not for ever. */
static void nst_host_busy(struct nst_host *h, int err, u64 now)
{
	h->error = -err;
	if (!h->busy_since)
		h->busy_since = now;
	h->pause = clamp(2 * h->pause, 1U, 256U);
	h->retry_at = now + h->pause;
	if (now - h->busy_since > NST_BUSY_MAX)
		nst_host_fail(h, NETSTREAM_HOST_ERROR, err, now);
}

/* Send the first packet of the queue.  Return: whether to go on. */
static bool nst_host_send_one(struct nst_sender *s, struct nst_host *h, u64 now)
{
	struct nst_packet *p = h->queue[h->head % NST_HOST_QUEUE];
	int err;

	err = nst_host_check_route(s, h);
	if (!err) {
		err = nst_host_transmit(h, p, now);
		if (err >= 0) {
			nst_host_pop(h, true, 0);
			h->busy_since = 0;
			h->pause = 0;
			return true;
		}
		h->errors++;
	}
	if (nst_host_is_busy(err)) {
		nst_host_busy(h, err, now);
	} else if (err == -EPERM) {
		nst_host_fail(h, NETSTREAM_HOST_MANAGEMENT, 0, now);
	} else if (err == -EMSGSIZE) {
		nst_host_pop(h, false, NST_LOST_SEND);
	} else {
		nst_host_close(h);
		nst_host_fail(h, nst_host_state_of(err), err, now);
	}
	return false;
}

/**
 * nst_host_send - send some of what waits for a host
 * @s: sender
 * @h: host
 * @burst: packets at most
 * @now: milliseconds since boot
 *
 * Context: process, under the sender's lock; may sleep for memory.
 * Return: whether something is left that can be sent soon.
 */
bool nst_host_send(struct nst_sender *s, struct nst_host *h,
		   unsigned int burst, u64 now)
{
	if (nst_host_down(h) && nst_host_queued(h) > NST_HOST_QUEUE_DOWN)
		nst_host_give_up(h, NST_HOST_QUEUE_DOWN, NST_LOST_HOST_DOWN);
	if (nst_host_down(h) || now < h->retry_at)
		return !nst_host_down(h) && nst_host_queued(h);
	while (burst-- && nst_host_queued(h))
		if (!nst_host_send_one(s, h, now))
			break;
	return !nst_host_down(h) && nst_host_queued(h);
}
