// SPDX-License-Identifier: GPL-2.0
/*
 * Hosts: one connected kernel UDP socket a collector.  Process context, under
 * the sender's lock.
 *
 * A socket that cannot be made, or whose source address, VRF or route went
 * away, is tried again later.  No commit is needed, and none fails for it.
 *
 * A host numbers what it is sent, and is sent the templates that it needs, just
 * before each packet leaves.  So the order of sequence numbers is the order of
 * sending, no header is older than what its packet says, and no data leaves
 * before its templates.
 */
#include <linux/errqueue.h>
#include <linux/inetdevice.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/neighbour.h>
#include <net/route.h>

#include "clock.h"
#include "compat.h"
#include "host.h"
#include "sender.h"

#define NST_SNDBUF		(1024 * 1024)
#define NST_RETRY_MIN		1000	/* ms between tries of a host that is down */
#define NST_RETRY_MAX		5000
#define NST_BUSY_MAX		10000	/* ms that a busy host is waited for */
#define NST_FLAP_MS		10000	/* ms that a host that is down keeps its queue */
#define NST_SHOWN_MS		5000	/* ms that a refusal or a drop is shown as the state */
#define NST_QUEUE_FIRST		64	/* entries of a queue at first */

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
	struct nst_host *h = kzalloc(sizeof(*h), GFP_KERNEL_ACCOUNT);

	if (!h)
		return NULL;
	h->size = NST_QUEUE_FIRST;
	h->queue = kvcalloc(h->size, sizeof(*h->queue), GFP_KERNEL_ACCOUNT);
	if (!h->queue) {
		kfree(h);
		return NULL;
	}
	refcount_set(&h->ref, 1);
	INIT_LIST_HEAD(&h->node);
	h->def = *def;
	h->view = view;
	h->rate = 1;
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
	unsigned int i;

	if (!refcount_dec_and_test(&h->ref))
		return;
	nst_host_give_up(h, 0, NST_LOST_NO_HOST);
	nst_host_close(h);
	list_del(&h->node);
	for (i = 0; i < ARRAY_SIZE(h->feed); i++)
		kfree(h->feed[i]);
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

/**
 * nst_host_add_feed - let a host get a slot's stream
 * @h: host
 * @slot: the slot
 *
 * Context: process, under the sender's lock.
 * Return: 0 or -ENOMEM.
 */
int nst_host_add_feed(struct nst_host *h, u8 slot)
{
	if (!h->feed[slot])
		h->feed[slot] = kzalloc(sizeof(*h->feed[slot]),
					GFP_KERNEL_ACCOUNT);
	return h->feed[slot] ? 0 : -ENOMEM;
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

/* Return: ifindex of the host's VRF device, 0 if it has none, or -ENODEV. */
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
	/* IP_RECVERR reports qdisc drops as ENOBUFS */
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
	case EINPROGRESS:
		return NETSTREAM_HOST_NO_ROUTE;
	case ENODEV:
	case ENXIO:
		return NETSTREAM_HOST_NO_VRF;
	case EXDEV:
		return NETSTREAM_HOST_MANAGEMENT;
	case EPERM:
		return NETSTREAM_HOST_FILTERED;
	default:
		return NETSTREAM_HOST_ERROR;
	}
}

/*
 * Whether the source address is still on this machine.  The kernel asks that
 * when a socket is bound, and not again.
 */
static bool nst_host_has_source(struct net *net, const struct nst_host *h)
{
	struct net_device *dev = NULL;
	bool has;
	u32 table;

	rcu_read_lock();
	if (h->def.family == AF_INET) {
		table = l3mdev_fib_table_by_index(net, h->device) ?:
			RT_TABLE_LOCAL;
		has = inet_addr_type_table(net, h->source.addr4.s_addr,
					   table) == RTN_LOCAL;
	} else {
		if (h->device)
			dev = dev_get_by_index_rcu(net, h->device);
		has = ipv6_chk_addr(net, &h->source.addr6, dev, 0);
	}
	rcu_read_unlock();
	return has;
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
	h->source_local = nst_host_has_source(s->net, h);
	return err;
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

static bool nst_is_management(const struct nst_export_set *e,
			      const struct net_device *dev)
{
	unsigned int i;

	for (i = 0; e && i < e->nmanagement; i++)
		if (!strcmp(e->management[i], dev->name))
			return true;
	return false;
}

/*
 * Whether the link-layer address of the next hop is known; if not, it is asked
 * for.  Of what is sent before that, the kernel keeps a little and drops the
 * rest without a word.
 */
static bool nst_host_has_neighbour(const struct nst_host *h,
				   const struct dst_entry *dst)
{
	const void *addr = h->def.family == AF_INET ?
			   (const void *)&h->def.addr4 : &h->def.addr6;
	struct neighbour *neigh = dst_neigh_lookup(dst, addr);
	bool valid = true;

	if (IS_ERR_OR_NULL(neigh))
		return true;
	if (!(READ_ONCE(neigh->nud_state) & NUD_VALID))
		valid = !neigh_event_send(neigh, NULL);
	neigh_release(neigh);
	return valid;
}

/*
 * Whether the way to the host leads where it may.  Learns the path's MTU.
 * Return: 0, or the negative errno that stands for the state; -EXDEV: the way
 * leads through a management interface; -EINPROGRESS: the next hop is being asked
 * for its link-layer address.
 */
static int nst_host_check_route(struct nst_sender *s, struct nst_host *h)
{
	struct dst_entry *dst = nst_host_route(h);
	bool management;
	int err = 0;

	if (!dst)
		return -ENETUNREACH;
	/* a device that goes is replaced in its routes, and freed after that */
	rcu_read_lock();
	management = nst_is_management(s->current_set,
				       READ_ONCE(dst->dev));
	rcu_read_unlock();
	h->mtu = dst_mtu(dst);
	if (management)
		err = -EXDEV;
	else if (!nst_host_has_neighbour(h, dst))
		err = -EINPROGRESS;
	dst_release(dst);
	return err;
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

/* -------------------------------------------------------------------- queue */

static struct nst_packet *nst_host_at(const struct nst_host *h, u32 number)
{
	return h->queue[number & (h->size - 1)];
}

static struct nst_feed *nst_host_feed(const struct nst_host *h,
				      const struct nst_packet *p)
{
	return h->feed[p->out->slot];
}

/* This host no longer keeps a packet in the bound of its stream. */
static void nst_host_unhold(struct nst_packet *p)
{
	if (!--p->holds)
		nst_packet_release(p);
}

/* Take the first packet out, as sent or as lost for @cause. */
static void nst_host_pop(struct nst_host *h, bool sent, u8 cause)
{
	struct nst_packet *p = nst_host_at(h, h->head);
	struct nst_feed *feed = nst_host_feed(h, p);

	feed->packets++;
	feed->records += p->records;
	if (sent) {
		feed->since++;
		p->delivered = true;
		nst_packet_release(p);
		h->packets++;
		h->records += p->records;
		h->bytes += p->length;
	} else {
		p->cause = cause;
		h->lost_packets++;
		h->lost_records += p->records;
	}
	if (h->head++ == h->counted) {
		h->counted++;
		nst_host_unhold(p);
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

/* Return: whether there is room for another packet now. */
static bool nst_host_grow(struct nst_host *h)
{
	struct nst_packet **queue;
	u32 i;

	if (nst_host_queued(h) < h->size)
		return true;
	if (h->size == NST_HOST_QUEUE)
		return false;
	queue = kvcalloc(2 * h->size, sizeof(*queue),
			 GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!queue)
		return false;
	for (i = h->head; i != h->tail; i++)
		queue[i & (2 * h->size - 1)] = nst_host_at(h, i);
	kvfree(h->queue);
	h->queue = queue;
	h->size *= 2;
	return true;
}

/*
 * A host that is down keeps all that it has for a while, so that a short
 * interruption costs nothing, and later the newest few packets.
 */
static u32 nst_host_keeps(const struct nst_host *h, u64 now)
{
	if (!nst_host_down(h) || (s64)(now - h->down_since) < NST_FLAP_MS)
		return NST_HOST_QUEUE;
	return NST_HOST_QUEUE_DOWN;
}

/* Where many hosts are slow at once, they keep little of what others were sent. */
static void nst_host_slim(struct nst_host *h, const struct nst_sender *s)
{
	if (atomic_read(&s->packets) <= NST_PACKETS_MAX)
		return;
	while (nst_host_queued(h) > NST_HOST_QUEUE_DOWN &&
	       nst_host_at(h, h->head)->released)
		nst_host_pop(h, false, NST_LOST_QUEUE);
}

/**
 * nst_host_queue - put a packet into a host's queue
 * @h: host, one that is published
 * @p: packet; a reference is taken
 * @now: milliseconds since boot
 *
 * Only a host that is up counts in the bound of the packet's stream: what waits for
 * one that is down is that host's alone, and bounded by its own queue.
 *
 * Context: process, under the sender's lock.
 */
void nst_host_queue(struct nst_host *h, struct nst_packet *p, u64 now)
{
	bool source = h->state != NETSTREAM_HOST_NO_SOURCE;

	nst_host_give_up(h, nst_host_keeps(h, now) - 1,
			 nst_host_down(h) ? NST_LOST_HOST_DOWN : NST_LOST_QUEUE);
	nst_host_slim(h, p->sender);
	if (!nst_host_grow(h))
		nst_host_pop(h, false, NST_LOST_QUEUE);
	refcount_inc(&p->ref);
	if (nst_host_down(h))
		h->counted++;
	else
		p->holds++;
	h->queue[h->tail++ & (h->size - 1)] = p;
	if (!source)
		nst_host_give_up(h, 0, NST_LOST_NO_SOURCE);
}

/* -------------------------------------------------------------------- state */

/* What waits for a host that goes down no longer counts against its streams. */
static void nst_host_fall(struct nst_sender *s, struct nst_host *h, u64 now)
{
	h->down_since = now;
	while (h->counted != h->tail)
		nst_host_unhold(nst_host_at(h, h->counted++));
	s->states_changed = true;
}

/**
 * nst_host_configure - let a host have what a new configuration says
 * @s: sender
 * @h: host
 * @source: source of its family
 * @version: in effect
 * @dscp: of its packets
 *
 * From another source address or port it is another exporter to the collector: a
 * new socket is opened, and templates are sent again.
 *
 * Context: process, under the sender's lock.
 */
void nst_host_configure(struct nst_sender *s, struct nst_host *h,
			const struct nst_source *source, u8 version, u8 dscp)
{
	h->current_use = true;
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
	if (!nst_host_down(h))
		nst_host_fall(s, h, nst_clock_ms());
	h->state = NETSTREAM_HOST_IDLE;
}

static void nst_host_fail(struct nst_sender *s, struct nst_host *h, int err,
			  u64 now)
{
	bool down = nst_host_down(h);

	h->pause = down && h->pause ?
		   min(2 * h->pause, (unsigned int)NST_RETRY_MAX) :
		   NST_RETRY_MIN;
	h->retry_at = now + h->pause;
	h->state = nst_host_state_of(err);
	h->error = -err;
	h->busy_since = 0;
	if (!down)
		nst_host_fall(s, h, now);
}

/**
 * nst_host_forget_templates - a host may know no template
 * @h: host
 *
 * They are sent again, before any more data.
 *
 * Context: under the sender's lock.
 */
void nst_host_forget_templates(struct nst_host *h)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(h->feed); i++)
		if (h->feed[i])
			memset(h->feed[i]->set, 0, sizeof(h->feed[i]->set));
}

/* A collector that was away may have been restarted meanwhile. */
static void nst_host_rise(struct nst_sender *s, struct nst_host *h)
{
	if (!nst_host_down(h))
		return;
	nst_host_forget_templates(h);
	h->state = NETSTREAM_HOST_UP;
	h->error = 0;
	h->pause = 0;
	h->busy_since = 0;
	s->states_changed = true;
}

/**
 * nst_host_check - see whether a host can be sent to
 * @s: sender
 * @h: host
 * @now: milliseconds since boot
 *
 * Its socket is opened if it has none, and closed if the source address or the
 * VRF that it is bound to has gone.  A socket that still serves is left alone.
 *
 * Context: process, under the sender's lock.
 */
void nst_host_check(struct nst_sender *s, struct nst_host *h, u64 now)
{
	int err = 0;

	if (now < h->retry_at && nst_host_down(h))
		return;
	if (!h->source.set) {
		nst_host_close(h);
		if (!nst_host_down(h))
			nst_host_fall(s, h, now);
		s->states_changed |= h->state != NETSTREAM_HOST_NO_SOURCE;
		h->state = NETSTREAM_HOST_NO_SOURCE;
		nst_host_give_up(h, 0, NST_LOST_NO_SOURCE);
		return;
	}
	if (h->sock && (nst_host_device(s->net, h) != h->device ||
			(h->source_local && !nst_host_has_source(s->net, h))))
		nst_host_close(h);
	if (!h->sock)
		err = nst_host_open(s, h);
	if (!err)
		err = nst_host_check_route(s, h);
	/* that is waited for when there is something to send, unless it was in vain */
	if (err == -EINPROGRESS &&
	    !(nst_host_down(h) && h->error == EINPROGRESS))
		err = 0;
	if (err)
		nst_host_fail(s, h, err, now);
	else
		nst_host_rise(s, h);
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
	if (nst_host_down(h))
		return h->state;
	if (h->filtered_at && now - h->filtered_at < NST_SHOWN_MS)
		return NETSTREAM_HOST_FILTERED;
	if (h->refused_at && now - h->refused_at < NST_SHOWN_MS)
		return NETSTREAM_HOST_UNREACHABLE;
	return h->state;
}

/* ------------------------------------------------------------------ sending */

/*
 * One ICMP error.  One that says that a packet was too big is no refusal: the
 * kernel has learnt the path's MTU from it, and the next packets are smaller.
 */
static void nst_host_icmp(struct nst_host *h, int err, u64 now)
{
	h->icmp_errors++;
	if (err == EMSGSIZE)
		h->too_big++;
	else
		h->refused_at = now;
}

/*
 * ICMP errors would be reported instead of sending: take them off first.
 * Return: whether there were any.
 */
static bool nst_host_take_errors(struct nst_host *h, u64 now)
{
	struct sock *sk = h->sock->sk;
	int pending = -sock_error(sk);
	bool any = pending;
	struct sk_buff *skb;
	u8 origin;

	/* each has been queued as well, unless there was no memory for it */
	if (pending && skb_queue_empty(&sk->sk_error_queue))
		nst_host_icmp(h, pending, now);
	while ((skb = sock_dequeue_err_skb(sk))) {
		origin = SKB_EXT_ERR(skb)->ee.ee_origin;
		if (origin == SO_EE_ORIGIN_ICMP || origin == SO_EE_ORIGIN_ICMP6) {
			nst_host_icmp(h, SKB_EXT_ERR(skb)->ee.ee_errno, now);
			any = true;
		}
		kfree_skb(skb);
	}
	return any;
}

/*
 * Number a packet for its feed and send it.  The clock was read after the packet
 * was handed over, so no time in it is newer than its header.  A header has its
 * time in seconds: it says when the next second begins, on both clocks, so that
 * nothing is lost by rounding.
 */
static int nst_host_transmit(struct nst_host *h, struct nst_packet *p, u64 now)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct kvec vec = { .iov_base = p->data, .iov_len = p->length };
	struct nst_feed *feed = nst_host_feed(h, p);
	bool flow = p->version == NETSTREAM_VERSION_IPFIX ||
		    p->out->sequence_flow;
	u64 unix_ms = nst_clock_epoch(now) + now;
	u32 seconds = div_u64(unix_ms + MSEC_PER_SEC - 1, MSEC_PER_SEC);
	u32 ahead = (u64)seconds * MSEC_PER_SEC - unix_ms;
	int err;

	nst_encode_header(p->data, p->version, p->records + p->templates,
			  p->length, now + ahead - nst_clock_base(p->born),
			  seconds,
			  flow ? feed->records : feed->packets, p->out->slot);
	nst_host_take_errors(h, now);
	err = kernel_sendmsg(h->sock, &msg, &vec, 1, p->length);
	/* one that came just now is no reason not to send */
	if (err < 0 && nst_host_take_errors(h, now))
		err = kernel_sendmsg(h->sock, &msg, &vec, 1, p->length);
	return min(err, 0);
}

/* ---------------------------------------------------------------- templates */

/* A list of templates in one version; never 0. */
static u64 nst_feed_set(const struct nst_export_set *e, unsigned int v)
{
	return (u64)e->template_set * NST_VERSIONS + v + 1;
}

static bool nst_feed_knows(const struct nst_feed *feed,
			   const struct nst_export_set *e, unsigned int v)
{
	unsigned int i;

	for (i = 0; i < NST_FEED_SETS; i++)
		if (feed->set[i] == nst_feed_set(e, v))
			return true;
	return false;
}

static int nst_host_send_templates(struct nst_host *h, struct nst_packet *p,
				   u64 now)
{
	int err;

	nst_packet_close_set(p);
	err = nst_host_transmit(h, p, now);
	if (err)
		return err;
	nst_host_feed(h, p)->packets++;
	h->packets++;
	h->bytes += p->length;
	h->templates += p->templates;
	return 0;
}

static void nst_scratch_begin(struct nst_packet *p, struct nst_export_set *e,
			      struct nst_out *out, unsigned int v, u64 now)
{
	p->export_set = e;
	p->out = out;
	p->version = v ? NETSTREAM_VERSION_IPFIX : NETSTREAM_VERSION_9;
	p->capacity = out->stream[v]->capacity;
	p->length = nst_encode_header_size(p->version);
	p->set = 0;
	p->templates = 0;
	p->born = now;
}

/* A template may have been sent to other hosts at this time, and failed here. */
static void nst_templates_count(struct nst_export_set *e, u8 version, bool sent)
{
	unsigned int i;

	for (i = 0; i < e->ntemplates; i++) {
		if (e->template[i]->version != version)
			continue;
		if (sent)
			e->template[i]->sent++;
		else
			e->template[i]->failed++;
	}
}

/*
 * Send a host all templates of a slot's stream, in packets of their own, as the
 * model does.  They are written into memory that the sender always has.
 */
static int nst_host_announce(struct nst_sender *s, struct nst_host *h,
			     struct nst_export_set *e, struct nst_out *out,
			     unsigned int v, u64 now)
{
	struct nst_feed *feed = h->feed[out->slot];
	struct nst_packet *p = s->scratch;
	struct nst_template *t;
	unsigned int i;
	int err = 0;
	u16 set;
	u8 *to;

	nst_scratch_begin(p, e, out, v, now);
	set = nst_encode_template_set(p->version);
	for (i = 0; i < e->ntemplates && !err; i++) {
		t = e->template[i];
		if (t->version != p->version)
			continue;
		to = nst_packet_room(p, set, nst_encode_template_size(t));
		if (!to) {
			err = nst_host_send_templates(h, p, now);
			nst_scratch_begin(p, e, out, v, now);
			to = nst_packet_room(p, set, nst_encode_template_size(t));
		}
		nst_encode_template(to, t);
		p->templates++;
	}
	if (!err && p->templates)
		err = nst_host_send_templates(h, p, now);
	nst_templates_count(e, p->version, !err);
	if (err)
		return err;
	feed->announced = now;
	feed->since = 0;
	if (!nst_feed_knows(feed, e, v)) {
		feed->newest = (feed->newest + 1) % NST_FEED_SETS;
		feed->set[feed->newest] = nst_feed_set(e, v);
	}
	return 0;
}

/* Return: whether data of @e may not leave before its templates do. */
static bool nst_host_needs_templates(const struct nst_feed *feed,
				     const struct nst_export_set *e, unsigned int v)
{
	return !nst_feed_knows(feed, e, v) ||
	       (e->template_packets && feed->since >= e->template_packets);
}

/* ------------------------------------------------------------- send errors */

/* It takes nothing now: wait, longer each time, but not for ever. */
static void nst_host_busy(struct nst_sender *s, struct nst_host *h, int err,
			  u64 now)
{
	if (err != -EINPROGRESS)
		h->error = -err;
	if (!h->busy_since)
		h->busy_since = now;
	h->pause = clamp(2 * h->pause, 1U, 256U);
	h->retry_at = now + h->pause;
	if (now - h->busy_since > NST_BUSY_MAX)
		nst_host_fail(s, h, err, now);
}

/* Return: 0, or why nothing can be sent to the host now; it is told. */
static int nst_host_way(struct nst_sender *s, struct nst_host *h, u64 now)
{
	int err = nst_host_check_route(s, h);

	if (err == -EINPROGRESS)
		nst_host_busy(s, h, err, now);
	else if (err)
		nst_host_fail(s, h, err, now);
	return err;
}

static void nst_host_took(struct nst_host *h)
{
	h->busy_since = 0;
	h->pause = 0;
}

static void nst_host_dropped(struct nst_host *h, u64 now)
{
	h->filtered++;
	h->filtered_at = now;
	h->error = EPERM;
}

/* What a failed send means for the host.  A packet stays in the queue. */
static void nst_host_error(struct nst_sender *s, struct nst_host *h, int err,
			   u64 now)
{
	h->errors++;
	switch (-err) {
	case EPERM:
		nst_host_dropped(h, now);
		fallthrough;
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
		nst_host_busy(s, h, err, now);
		break;
	default:
		nst_host_close(h);
		nst_host_fail(s, h, err, now);
	}
}

/* Return: 0, or why the templates could not be sent; the host is told. */
static int nst_host_templates_first(struct nst_sender *s, struct nst_host *h,
				    struct nst_export_set *e, struct nst_out *out,
				    unsigned int v, u64 now)
{
	int err = nst_host_announce(s, h, e, out, v, now);

	if (err)
		nst_host_error(s, h, err, now);
	else
		nst_host_took(h);
	return err;
}

/**
 * nst_host_announce_due - send a host the templates of a stream, if it is time
 * @s: sender
 * @h: a host of the stream
 * @out: slot, of the published exports
 * @v: which of its streams
 * @now: milliseconds since boot
 *
 * Context: process, under the sender's lock; may sleep for memory.
 */
void nst_host_announce_due(struct nst_sender *s, struct nst_host *h,
			   struct nst_out *out, unsigned int v, u64 now)
{
	struct nst_export_set *e = s->current_set;
	struct nst_feed *feed = h->feed[out->slot];

	if (nst_host_down(h) || now < h->retry_at)
		return;
	if (!nst_host_needs_templates(feed, e, v) &&
	    (s64)(now - feed->announced) < (s64)e->template_timeout)
		return;
	if (!nst_host_way(s, h, now))
		nst_host_templates_first(s, h, e, out, v, now);
}

/* Send the first packet of the queue.  Return: whether to go on. */
static bool nst_host_send_one(struct nst_sender *s, struct nst_host *h, u64 now)
{
	struct nst_packet *p = nst_host_at(h, h->head);
	unsigned int v = nst_version_index(p->version);
	int err;

	if (nst_host_way(s, h, now))
		return false;
	if (nst_host_needs_templates(nst_host_feed(h, p), p->export_set, v) &&
	    nst_host_templates_first(s, h, p->export_set, p->out, v, now))
		return false;
	err = nst_host_transmit(h, p, now);
	switch (-err) {
	case 0:
		nst_host_pop(h, true, 0);
		nst_host_took(h);
		return true;
	case EPERM:
		h->errors++;
		/* the route may have changed since it was looked at */
		if (nst_host_way(s, h, now))
			return false;
		/* a filter may drop some packets and let others pass */
		nst_host_dropped(h, now);
		nst_host_pop(h, false, NST_LOST_FILTERED);
		return true;
	case EMSGSIZE:
		h->errors++;
		nst_host_pop(h, false, NST_LOST_SEND);
		return true;
	default:
		nst_host_error(s, h, err, now);
		return false;
	}
}

/**
 * nst_host_send - send some of what waits for a host
 * @s: sender
 * @h: host
 * @burst: packets at most
 * @now: milliseconds since boot
 *
 * Context: process, under the sender's lock; may sleep for memory.
 * Return: whether something is left that can be sent at once.
 */
bool nst_host_send(struct nst_sender *s, struct nst_host *h,
		   unsigned int burst, u64 now)
{
	nst_host_give_up(h, nst_host_keeps(h, now), NST_LOST_HOST_DOWN);
	if (nst_host_down(h) || now < h->retry_at)
		return false;
	while (burst-- && nst_host_queued(h))
		if (!nst_host_send_one(s, h, now))
			return false;
	return nst_host_queued(h);
}

/**
 * nst_host_withdraw - a host is no longer configured
 * @s: sender
 * @h: host
 * @now: milliseconds since boot
 *
 * It is sent what it takes at once.  The rest is given up, and its socket is
 * closed: old data is not sent to it if it should ever be back.
 *
 * Context: process, under the sender's lock; may sleep.
 */
void nst_host_withdraw(struct nst_sender *s, struct nst_host *h, u64 now)
{
	while (nst_host_send(s, h, NST_HOST_QUEUE_DOWN, now))
		cond_resched();
	nst_host_give_up(h, 0, NST_LOST_NO_HOST);
	nst_host_close(h);
	h->current_use = false;
	h->state = NETSTREAM_HOST_IDLE;
	h->retry_at = 0;
	h->pause = 0;
}
