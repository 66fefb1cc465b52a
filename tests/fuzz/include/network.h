/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In place of the kernel's network: packets, headers and routes, as far as
 * the files of the data path read them.
 */
#ifndef _FUZZ_NETWORK_H
#define _FUZZ_NETWORK_H

#define AF_INET			2
#define AF_INET6		10
#define IFNAMSIZ		16
#define ETH_P_IPV6		0x86DD
#define IPPROTO_ICMP		1
#define IPPROTO_TCP		6
#define IPPROTO_UDP		17
#define IPPROTO_DCCP		33
#define IPPROTO_ICMPV6		58
#define IPPROTO_SCTP		132
#define IPPROTO_UDPLITE		136
#define NEXTHDR_HOP		0
#define NEXTHDR_ROUTING		43
#define NEXTHDR_FRAGMENT	44
#define NEXTHDR_ESP		50
#define NEXTHDR_AUTH		51
#define NEXTHDR_NONE		59
#define NEXTHDR_DEST		60
#define IPPROTO_COMP		108
#define NEXTHDR_MOBILITY	135
#define IP6_OFFSET		0xFFF8
#define IP6_MF			0x0001
#define IPV6_TLV_JUMBO		194
#define IPV6_FLOWLABEL_MASK	htonl(0x000FFFFF)
#define IP6SKB_FAKEJUMBO	512

struct in_addr {
	__be32 s_addr;
};

struct in6_addr {
	union {
		u8 u6_addr8[16];
		__be16 u6_addr16[8];
		__be32 u6_addr32[4];
	} in6_u;
#define s6_addr		in6_u.u6_addr8
#define s6_addr16	in6_u.u6_addr16
#define s6_addr32	in6_u.u6_addr32
};

static inline bool ipv6_addr_equal(const struct in6_addr *a,
				   const struct in6_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static inline bool ipv6_addr_is_multicast(const struct in6_addr *a)
{
	return a->s6_addr[0] == 0xff;
}

static inline bool ipv6_addr_any(const struct in6_addr *a)
{
	static const struct in6_addr any;

	return ipv6_addr_equal(a, &any);
}

struct ipv6hdr {
	u8		priority:4, version:4;
	u8		flow_lbl[3];
	__be16		payload_len;
	u8		nexthdr;
	u8		hop_limit;
	struct in6_addr	saddr;
	struct in6_addr	daddr;
};

struct ipv6_opt_hdr {
	u8 nexthdr;
	u8 hdrlen;
} __packed;

struct frag_hdr {
	u8	nexthdr;
	u8	reserved;
	__be16	frag_off;
	__be32	identification;
};

struct tcphdr {
	__be16	source;
	__be16	dest;
	__be32	seq;
	__be32	ack_seq;
	u16	res1:4, doff:4, flags:8;
	__be16	window;
	__sum16	check;
	__be16	urg_ptr;
};

struct udphdr {
	__be16	source;
	__be16	dest;
	__be16	len;
	__sum16	check;
};

struct sctphdr {
	__be16	source;
	__be16	dest;
	__be32	vtag;
	__be32	checksum;
};

#define ipv6_optlen(p)		(((p)->hdrlen + 1) << 3)
#define ipv6_authlen(p)		(((p)->hdrlen + 2) << 2)
#define tcp_flag_byte(th)	(((const u8 *)(th))[13])
#define __tcp_hdrlen(th)	((th)->doff * 4)

/* ----------------------------------------------------------------- devices */

struct net {
	int unused;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	int		ifindex;
	char		name[IFNAMSIZ];
	unsigned int	flags;
	bool		l3_master;
};

#define IFF_LOOPBACK		8

/* ------------------------------------------------------------------ routes */

#define RTF_GATEWAY		2

struct dst_ops {
	u16 family;
};

struct dst_entry {
	struct net_device	*dev;
	const struct dst_ops	*ops;
	int			ref;
};

struct rt6key {
	struct in6_addr	addr;
	int		plen;
};

struct fib6_info {
	struct rt6key	fib6_dst;
	u32		fib6_flags;
};

struct flowi6 {
	struct in6_addr	daddr;
	int		flowi6_oif;
};

struct fib6_result {
	struct fib6_info *f6i;
};

#define RTF_REJECT		0x0200

struct ipv6_stub {
	int (*fib6_lookup)(struct net *net, int oif, struct flowi6 *fl6,
			   struct fib6_result *res, int flags);
};

extern const struct ipv6_stub *ipv6_stub;

/* Prefix length of the route to an address, as every routing table here has it. */
static inline u8 fuzz_prefix(const u8 *addr)
{
	return addr[0] & 1 ? 0 : addr[1] % 129;
}

/* Bit by bit, unlike the kernel's. */
static inline void ipv6_addr_prefix(struct in6_addr *prefix, const struct in6_addr *addr,
				    int length)
{
	int i;

	for (i = 0; i < 128; i++)
		if (i >= length)
			prefix->s6_addr[i / 8] &= ~(0x80 >> i % 8);
		else
			prefix->s6_addr[i / 8] = (prefix->s6_addr[i / 8] & ~(0x80 >> i % 8)) |
						 (addr->s6_addr[i / 8] & 0x80 >> i % 8);
}

struct rt6_info {
	struct dst_entry	dst;
	struct fib6_info	*from;
	u32			rt6i_flags;
	struct in6_addr		rt6i_gateway;
	struct rt6key		rt6i_dst;
};

#define l3mdev_master_ifindex_by_index(net, index)	0


/* ----------------------------------------------------------------- packets */

#define SKB_GSO_TCPV4		1
#define SKB_GSO_TCPV6		16
#define SKB_GSO_UDP_L4		65536
#define SKB_GSO_SCTP		16384
#define GSO_BY_FRAGS		0xFFFF

struct sock;

struct skb_shared_info {
	unsigned short	gso_size;
	unsigned short	gso_segs;
	unsigned int	gso_type;
	struct sk_buff	*frag_list;
};

struct sk_buff {
	struct sk_buff		*next;
	struct net_device	*dev;
	struct sock		*sk;
	struct dst_entry	*dst;
	unsigned int		len;
	unsigned int		data_len;
	u16			network_header;
	u16			transport_header;
	u16			inner_transport_header;
	bool			encapsulation;
	u8			*head;
	u8			*data;
	struct skb_shared_info	shared;
	/* data that is not in the head; what is missing of it is zero */
	const u8		*rest;
	unsigned int		rest_length;
};

#define skb_shinfo(skb)		(&((struct sk_buff *)(skb))->shared)
#define skb_headlen(skb)	((skb)->len - (skb)->data_len)
#define skb_network_header(skb)	((skb)->head + (skb)->network_header)
#define skb_network_offset(skb)	((int)(skb_network_header(skb) - (skb)->data))
#define skb_transport_header(skb)	((skb)->head + (skb)->transport_header)
#define skb_inner_transport_header(skb)	\
	((skb)->head + (skb)->inner_transport_header)
/* behind an Ethernet header of a tunnel it stands at an odd place */
#define inner_tcp_hdrlen(skb)	\
	(skb_inner_transport_header(skb)[12] / 16 * 4)
#define skb_is_gso(skb)		(skb_shinfo(skb)->gso_size != 0)
#define skb_dst(skb)		((skb)->dst)
#define skb_walk_frags(skb, f)	\
	for (f = skb_shinfo(skb)->frag_list; f; f = f->next)

static inline u8 fuzz_skb_byte(const struct sk_buff *skb, unsigned int at)
{
	unsigned int head = skb_headlen(skb);

	if (at < head)
		return skb->data[at];
	return at - head < skb->rest_length ? skb->rest[at - head] : 0;
}

static inline const void *skb_header_pointer(const struct sk_buff *skb,
					     int offset, int length, void *copy)
{
	u8 *to = copy;
	int i;

	if (offset >= 0 && offset + length <= (int)skb_headlen(skb))
		return skb->data + offset;
	if (offset < 0 || (unsigned int)offset + length > skb->len)
		return NULL;
	for (i = 0; i < length; i++)
		to[i] = fuzz_skb_byte(skb, offset + i);
	return copy;
}

/* ----------------------------------------------------------------- filters */

#define NF_DROP			0
#define NF_ACCEPT		1
#define NFPROTO_IPV4		2
#define NFPROTO_IPV6		10
#define NF_INET_POST_ROUTING	4
#define NF_IP_PRI_LAST		INT_MAX
#define NF_IP6_PRI_LAST		INT_MAX

struct nf_hook_state {
	struct net_device *in;
	struct net_device *out;
};

struct nf_hook_ops {
	unsigned int	(*hook)(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state);
	void		*priv;
	u8		pf;
	unsigned int	hooknum;
	int		priority;
};

int nf_register_net_hooks(struct net *net, const struct nf_hook_ops *ops,
			  unsigned int n);
void nf_unregister_net_hooks(struct net *net, const struct nf_hook_ops *ops,
			     unsigned int n);

/* ---------------------------------------------------------------- requests */

struct nlattr {
	u16 nla_len;
	u16 nla_type;
};

struct netlink_callback {
	unsigned int	seq;
	long		args[6];
	u8		ctx[48];
};

/* -------------------------------------------------------------- work queues */

struct work_struct {
	void (*function)(struct work_struct *work);
	bool queued;
};

struct delayed_work {
	struct work_struct	work;
	u64			due;	/* microseconds since boot */
};

struct rcu_work {
	struct work_struct	work;
};

struct workqueue_struct {
	int unused;
};

#define INIT_WORK(w, f)		\
	((w)->function = (f), (w)->queued = false)
#define INIT_DELAYED_WORK(w, f)	INIT_WORK(&(w)->work, f)

/* Work without a delay waits until fuzz_run_works(). */
bool fuzz_queue_now(struct work_struct *w);
void fuzz_forget_work(struct work_struct *w);
void fuzz_run_works(void);
#define system_dfl_wq		NULL
#define system_percpu_wq	NULL
#define queue_work(wq, w)	((void)(wq), fuzz_queue_now(w))
#define cancel_work_sync(w)	fuzz_forget_work(w)

/* The driver runs what is due. */
bool fuzz_queue_work(struct delayed_work *w, u64 ms, bool again);
#define mod_delayed_work(wq, w, ms)	fuzz_queue_work(w, ms, true)
#define queue_delayed_work(wq, w, ms)	fuzz_queue_work(w, ms, false)
#define cancel_delayed_work_sync(w)	((w)->work.queued = false)

typedef int wait_queue_head_t;

#define init_waitqueue_head(w)	(*(w) = 0)
#define wake_up(w)		((void)(w))
#define wq_has_sleeper(w)	false
#define wait_event_timeout(w, c, t)			\
({							\
	bool wait_ = (c);				\
							\
	if (!wait_)					\
		fuzz_sleep((u64)(t) * 1000);		\
	wait_ || (c);					\
})

/* ----------------------------------------------------------------- sockets */

#define SOCK_DGRAM		2
#define SK_CAN_REUSE		1
#define SOCK_SNDBUF_LOCK	1
#define MSG_DONTWAIT		0x40
#define MSG_NOSIGNAL		0x4000
#define SO_EE_ORIGIN_LOCAL	1
#define SO_EE_ORIGIN_ICMP	2
#define SO_EE_ORIGIN_ICMP6	3
#define RT_TABLE_LOCAL		255
#define RTN_LOCAL		2

struct sockaddr_unsized {
	u16 sa_family;
};

struct sockaddr_in {
	u16		sin_family;
	__be16		sin_port;
	struct in_addr	sin_addr;
};

struct sockaddr_in6 {
	u16		sin6_family;
	__be16		sin6_port;
	u32		sin6_flowinfo;
	struct in6_addr	sin6_addr;
	u32		sin6_scope_id;
};

struct kvec {
	void	*iov_base;
	size_t	iov_len;
};

struct msghdr {
	unsigned int msg_flags;
};

struct fuzz_error_queue {
	unsigned int n;
};

struct sock {
	void			*sk_user_data;
	int			sk_reuse;
	int			sk_bound_dev_if;
	gfp_t			sk_allocation;
	int			sk_sndbuf;
	int			sk_userlocks;
	int			sk_err;
	struct fuzz_error_queue	sk_error_queue;
	bool			locked;
	u16			family;
	u16			peer_port;
	bool			bound;
	bool			connected;
};

struct socket {
	struct sock	*sk;
	struct sock	sock;
};

struct ipv6_pinfo {
	u8	tclass;
	u32	dst_cookie;
};

struct sock_exterr_skb {
	struct {
		u32	ee_errno;
		u8	ee_origin;
	} ee;
};

struct ipv6_pinfo *inet6_sk(struct sock *sk);
struct sock_exterr_skb *SKB_EXT_ERR(struct sk_buff *skb);
int sock_create_kern(struct net *net, int family, int type, int protocol,
		     struct socket **sock);
void sock_release(struct socket *sock);
int kernel_bind(struct socket *sock, struct sockaddr_unsized *addr, int length);
int kernel_connect(struct socket *sock, struct sockaddr_unsized *addr,
		   int length, int flags);
int kernel_sendmsg(struct socket *sock, struct msghdr *msg, struct kvec *vec,
		   size_t n, size_t length);
struct dst_entry *sk_dst_check(struct sock *sk, u32 cookie);
struct dst_entry *sk_dst_get(struct sock *sk);
unsigned int dst_mtu(const struct dst_entry *dst);
void dst_release(struct dst_entry *dst);
int sock_error(struct sock *sk);
struct sk_buff *sock_dequeue_err_skb(struct sock *sk);
void kfree_skb(struct sk_buff *skb);
struct net_device *dev_get_by_name_rcu(struct net *net, const char *name);
struct net_device *dev_get_by_index_rcu(struct net *net, int index);
unsigned int inet_addr_type_table(struct net *net, __be32 addr, u32 table);
bool ipv6_chk_addr(struct net *net, const struct in6_addr *addr,
		   const struct net_device *dev, int strict);

#define NUD_VALID		0xDE

struct neighbour {
	u8 nud_state;
};

struct neighbour *dst_neigh_lookup(const struct dst_entry *dst,
				   const void *addr);
int neigh_event_send(struct neighbour *neigh, struct sk_buff *skb);
void neigh_release(struct neighbour *neigh);

#define skb_queue_empty(q)	(!(q)->n)
#define lock_sock(sk)		((void)(sk))
#define release_sock(sk)	((void)(sk))
#define ip_sock_set_recverr(sk)	((void)(sk))
#define ip6_sock_set_recverr(sk)	((void)(sk))
#define ip_sock_set_tos(sk, tos)	((void)(sk), (void)(tos))
#define sk_fullsock(sk)		((sk) != NULL)
#define netif_is_l3_master(dev)	((dev)->l3_master)
#define l3mdev_fib_table_by_index(net, index)	((u32)(index))

#endif /* _FUZZ_NETWORK_H */
