// SPDX-License-Identifier: GPL-2.0
/* See world.h.  Replaces the kernel's sockets, routes and devices. */
#include "route_tables.h"
#include "event.h"
#include "iftable.h"
#include "world.h"

struct world world;

static struct net_device devices[] = {
	{ .ifindex = 2, .name = "eth0" },
	{ .ifindex = 3, .name = "mgmt0" },
	{ .ifindex = 4, .name = "vrf0", .l3_master = true },
};

static const struct dst_ops world_dst_ops = { .family = AF_INET6 };
static struct dst_entry world_dst[2];
static struct nf_hook_ops world_hooks[8];
static struct ipv6_pinfo world_np;
static struct sock_exterr_skb world_error;
static struct sk_buff world_error_skb;

void world_reset(void)
{
	unsigned int i;

	memset(&world, 0, sizeof(world));
	memset(world_hooks, 0, sizeof(world_hooks));
	for (i = 0; i < WORLD_PLACES; i++)
		world.place[i].mtu = 1500;
	for (i = 0; i < ARRAY_SIZE(world_dst); i++) {
		world_dst[i].dev = &devices[i];
		world_dst[i].ops = &world_dst_ops;
	}
}

static struct place *place_of(const struct sock *sk)
{
	unsigned int i = sk->peer_port - WORLD_PORT;

	FUZZ_EXPECT(sk->connected && i < WORLD_PLACES, "not connected");
	return &world.place[i];
}

/* ----------------------------------------------------------------- sockets */

int sock_create_kern(struct net *net, int family, int type, int protocol,
		     struct socket **sock)
{
	struct socket *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return -ENOMEM;
	s->sk = &s->sock;
	s->sk->family = family;
	world.sockets++;
	*sock = s;
	return 0;
}

void sock_release(struct socket *sock)
{
	world.sockets--;
	kfree(sock);
}

int kernel_bind(struct socket *sock, struct sockaddr_unsized *addr, int length)
{
	FUZZ_EXPECT(addr->sa_family == sock->sk->family, "family");
	if (world.no_source)
		return -EADDRNOTAVAIL;
	sock->sk->bound = true;
	return 0;
}

int kernel_connect(struct socket *sock, struct sockaddr_unsized *addr,
		   int length, int flags)
{
	struct sock *sk = sock->sk;

	FUZZ_EXPECT(sk->bound && addr->sa_family == sk->family, "not bound");
	sk->peer_port = sk->family == AF_INET6 ?
			ntohs(((struct sockaddr_in6 *)addr)->sin6_port) :
			ntohs(((struct sockaddr_in *)addr)->sin_port);
	sk->connected = true;
	return place_of(sk)->no_route ? -ENETUNREACH : 0;
}

struct ipv6_pinfo *inet6_sk(struct sock *sk)
{
	FUZZ_EXPECT(sk->family == AF_INET6, "no IPv6 socket");
	return &world_np;
}

struct dst_entry *sk_dst_get(struct sock *sk)
{
	struct place *p = place_of(sk);

	if (p->no_route)
		return NULL;
	world.references++;
	return &world_dst[p->management];
}

struct dst_entry *sk_dst_check(struct sock *sk, u32 cookie)
{
	/* a stale route is dropped */
	return driver_chance(10) ? NULL : sk_dst_get(sk);
}

unsigned int dst_mtu(const struct dst_entry *dst)
{
	return 1280 + driver_below(2) * 220;
}

void dst_release(struct dst_entry *dst)
{
	FUZZ_EXPECT(world.references, "route given back twice");
	world.references--;
}

int sock_error(struct sock *sk)
{
	int err = -sk->sk_err;

	sk->sk_err = 0;
	return err;
}

struct sk_buff *sock_dequeue_err_skb(struct sock *sk)
{
	if (!sk->sk_error_queue.n)
		return NULL;
	sk->sk_error_queue.n--;
	world_error.ee.ee_errno = driver_chance(20) ? EMSGSIZE : ECONNREFUSED;
	world_error.ee.ee_origin = driver_chance(10) ? SO_EE_ORIGIN_LOCAL :
			sk->family == AF_INET6 ? SO_EE_ORIGIN_ICMP6 :
						 SO_EE_ORIGIN_ICMP;
	return &world_error_skb;
}

struct sock_exterr_skb *SKB_EXT_ERR(struct sk_buff *skb)
{
	return &world_error;
}

void kfree_skb(struct sk_buff *skb)
{
}

/* The verdict of the output hooks on a packet of the socket. */
static bool filtered(struct sock *sk, struct net_device *out)
{
	struct sk_buff skb = { .sk = sk };
	struct nf_hook_state state = { .out = out };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(world_hooks); i++)
		if (world_hooks[i].hook && world_hooks[i].pf == sk->family &&
		    world_hooks[i].hook(world_hooks[i].priv, &skb, &state) ==
		    NF_DROP)
			return true;
	return false;
}

int kernel_sendmsg(struct socket *sock, struct msghdr *msg, struct kvec *vec,
		   size_t n, size_t length)
{
	struct sock *sk = sock->sk;
	struct place *p = place_of(sk);
	int err;

	FUZZ_EXPECT(msg->msg_flags & MSG_DONTWAIT, "would wait");
	if (sk->sk_err)
		return sock_error(sk);
	if (p->no_route)
		return -ENETUNREACH;
	if (p->stalled)
		return -p->stalled;
	/* a route may change after it was checked */
	if (filtered(sk, &devices[p->management]))
		return -EPERM;
	if (driver_chance(p->dropped))
		return -EPERM;
	if (length + 48 > p->mtu)
		return -EMSGSIZE;
	world.sent++;
	fuzz_yields = 0;
	collector_receive(sk->peer_port - WORLD_PORT, vec->iov_base, length);
	if (p->refuses) {
		err = driver_chance(50) ? ECONNREFUSED : EHOSTUNREACH;
		sk->sk_err = err;
		sk->sk_error_queue.n++;
	}
	return length;
}

/* -------------------------------------------------------------- neighbours */

static struct neighbour neighbours[2] = { { NUD_VALID }, { 0 } };

/* The link-layer addresses of some next hops are unknown for a while. */
struct neighbour *dst_neigh_lookup(const struct dst_entry *dst,
				   const void *addr)
{
	world.neighbours++;
	return &neighbours[world.no_neighbour];
}

int neigh_event_send(struct neighbour *neigh, struct sk_buff *skb)
{
	return 1;
}

void neigh_release(struct neighbour *neigh)
{
	FUZZ_EXPECT(world.neighbours--, "neighbour given back twice");
}

/* ------------------------------------------------------- devices, addresses */

struct net_device *dev_get_by_name_rcu(struct net *net, const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(devices); i++)
		if (!strcmp(devices[i].name, name))
			return i == 2 && world.no_vrf ? NULL : &devices[i];
	return NULL;
}

struct net_device *dev_get_by_index_rcu(struct net *net, int index)
{
	return index >= 2 && index <= 4 ? &devices[index - 2] : NULL;
}

unsigned int inet_addr_type_table(struct net *net, __be32 addr, u32 table)
{
	return world.no_source ? 1 : RTN_LOCAL;
}

bool ipv6_chk_addr(struct net *net, const struct in6_addr *addr,
		   const struct net_device *dev, int strict)
{
	return !world.no_source;
}

/* Replaces iftable.c: lists devices that exist in this simulation only. */
static unsigned int world_listed, world_renamed;

void world_devices(unsigned int n)
{
	world_listed = n;
	world_renamed = n ? 1 + driver_below(n) : 0;
}

/* No routes are loaded here: tests/fuzz/lpm.c is about them. */
void nst_route_tables_values(const struct nst_route_tables *tables,
			     struct net *net, u8 what,
			     struct nst_fields *fields)
{
}

void nst_route_tables_masks(const struct nst_route_tables *tables,
			    struct net *net, enum netstream_mask from, u8 what,
			    struct nst_fields *fields)
{
}

/* no VLANs either */
u16 nst_iftable_vlan(struct net *net, u32 ifindex)
{
	return 0;
}

struct nst_iftable *nst_iftable_take(struct net *net, struct nst_iftable *old)
{
	struct nst_iftable *table;
	struct nst_if_row *row;
	unsigned int i;

	table = kvzalloc(sizeof(*table) + world_listed * sizeof(*row), GFP_KERNEL);
	if (!table)
		return NULL;
	table->n = world_listed;
	table->serial = old ? old->serial + 1 : 1;
	for (i = 0; i < world_listed; i++) {
		row = &table->row[i];
		row->ifindex = 1 + 3 * i;
		row->vrf = i % 5 ? 0 : 100 + i;
		row->routed = i % 5;
		row->serial = old && i < old->n && row->ifindex != world_renamed ?
			      old->row[i].serial : table->serial;
		snprintf(row->name, sizeof(row->name), "eth%u", i);
		strscpy(row->description, row->name, sizeof(row->description));
	}
	return table;
}

void nst_iftable_free(struct nst_iftable *table)
{
	kfree(table);
}

const struct nst_if_row *nst_iftable_after(const struct nst_iftable *table,
					   u32 ifindex)
{
	u32 i;

	for (i = 0; i < table->n; i++)
		if (table->row[i].ifindex > ifindex)
			return &table->row[i];
	return NULL;
}

/* ------------------------------------------------------------------- events */

/* Nobody listens. */
void nst_event_send(struct nst_events *events, const struct nst_event *event)
{
	FUZZ_EXPECT(false, "an event that nobody wants");
}

/* ------------------------------------------------------------------ filters */

int nf_register_net_hooks(struct net *net, const struct nf_hook_ops *ops,
			  unsigned int n)
{
	unsigned int i;

	if (fuzz_alloc_fails && fuzz_alloc_fails())
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		FUZZ_EXPECT(!world_hooks[i].hook, "registered twice");
		world_hooks[i] = ops[i];
	}
	return 0;
}

void nf_unregister_net_hooks(struct net *net, const struct nf_hook_ops *ops,
			     unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		FUZZ_EXPECT(world_hooks[i].hook, "not registered");
		world_hooks[i].hook = NULL;
	}
}
