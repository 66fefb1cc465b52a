// SPDX-License-Identifier: GPL-2.0
/*
 * Dissection: IPv6 packet -> fields, segments, bytes.  Reads packet data and
 * never writes it.  Runs with bottom halves off.
 */
#include <linux/icmpv6.h>
#include <linux/in6.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/sctp.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/tcp.h>

#include "compat.h"
#include "dissect.h"

/**
 * struct nst_walk - where the walk along the header chain stands
 * @skb: the packet
 * @copy: room for a header that is in pieces
 * @linear: bytes of the packet's data that are in one piece
 * @offset: of the header that is next, from the start of the packet's data
 * @protocol: which header that is
 * @later: a fragment that does not begin the datagram: it has no ports
 * @jumbo: bytes of a hop-by-hop header that exists only inside a super-packet
 */
struct nst_walk {
	const struct sk_buff *skb;
	void		*copy;
	unsigned int	linear;
	unsigned int	offset;
	u8		protocol;
	bool		later;
	unsigned int	jumbo;
};

/* The next header's first bytes, or %NULL if the packet is too short. */
static const void *nst_walk_header(const struct nst_walk *w, unsigned int length)
{
	if (likely(w->offset + length <= w->linear))
		return w->skb->data + w->offset;
	return skb_header_pointer(w->skb, w->offset, length, w->copy);
}

/* One step; 1: another header may follow, 0: the chain ends here, or -cause. */
static int nst_walk_options(struct nst_walk *w)
{
	const struct ipv6_opt_hdr *opt = nst_walk_header(w, sizeof(*opt));
	unsigned int length;

	if (!opt)
		return -NST_MALFORMED_EXTENSION;
	length = w->protocol == NEXTHDR_AUTH ? ipv6_authlen(opt) :
					       ipv6_optlen(opt);
	if (length > w->skb->len - w->offset)
		return -NST_MALFORMED_EXTENSION;
	w->offset += length;
	w->protocol = opt->nexthdr;
	return 1;
}

static int nst_walk_fragment(struct nst_walk *w)
{
	const struct frag_hdr *frag = nst_walk_header(w, sizeof(*frag));

	if (!frag)
		return -NST_MALFORMED_EXTENSION;
	w->offset += sizeof(*frag);
	w->protocol = frag->nexthdr;
	w->later = frag->frag_off & htons(IP6_OFFSET);
	return !w->later;
}

static int nst_walk_step(struct nst_walk *w)
{
	if (!nst_dissect_is_extension(w->protocol))
		return 0;
	return w->protocol == NEXTHDR_FRAGMENT ? nst_walk_fragment(w) :
						 nst_walk_options(w);
}

/* Return: 0, or a cause (&enum nst_malformed), negative. */
static int nst_walk_chain(struct nst_walk *w)
{
	unsigned int i;
	int more;

	for (i = 0; i < NST_EXTENSIONS_MAX; i++) {
		more = nst_walk_step(w);
		if (more <= 0)
			return more;
	}
	return nst_dissect_is_extension(w->protocol) ? -NST_MALFORMED_CHAIN : 0;
}

/**
 * struct nst_transport - what a transport header says
 * @ports: source and destination port, as they stand there
 * @flags: TCP flags
 * @length: bytes of the header, as far as segments repeat it
 */
struct nst_transport {
	__be32		ports;
	u8		flags;
	unsigned int	length;
};

static int nst_dissect_tcp(const struct nst_walk *w, struct nst_transport *t)
{
	const struct tcphdr *tcp = nst_walk_header(w, sizeof(*tcp));

	if (!tcp)
		return -NST_MALFORMED_TRANSPORT;
	t->ports = get_unaligned((const __be32 *)tcp);
	t->flags = tcp_flag_byte(tcp);
	t->length = __tcp_hdrlen(tcp);
	return 0;
}

static int nst_dissect_ports(const struct nst_walk *w, struct nst_transport *t,
			     unsigned int length)
{
	const __be32 *ports = nst_walk_header(w, sizeof(*ports));

	if (!ports)
		return -NST_MALFORMED_TRANSPORT;
	t->ports = get_unaligned(ports);
	t->length = length;
	return 0;
}

/* Where collectors look for it: type and code in the destination port. */
static int nst_dissect_icmp(const struct nst_walk *w, struct nst_transport *t)
{
	const u8 *icmp = nst_walk_header(w, 2);

	if (!icmp)
		return -NST_MALFORMED_TRANSPORT;
	t->ports = htonl(icmp[0] << 8 | icmp[1]);
	return 0;
}

static int nst_dissect_transport(const struct nst_walk *w,
				 struct nst_transport *t)
{
	if (w->later)
		return 0;
	switch (w->protocol) {
	case IPPROTO_TCP:
		return nst_dissect_tcp(w, t);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return nst_dissect_ports(w, t, sizeof(struct udphdr));
	case IPPROTO_SCTP:
		return nst_dissect_ports(w, t, sizeof(struct sctphdr));
	case IPPROTO_DCCP:
		return nst_dissect_ports(w, t, 0);
	case IPPROTO_ICMPV6:
		return nst_dissect_icmp(w, t);
	default:
		return 0;
	}
}

/* A tunnel's super-packet repeats everything up to the inner transport header. */
static unsigned int nst_segment_header(const struct sk_buff *skb,
				       unsigned int outer)
{
	int inner, end;

	if (!skb->encapsulation)
		return outer;
	inner = skb_inner_transport_header(skb) - skb_network_header(skb);
	end = skb_network_offset(skb) + inner + (int)sizeof(struct tcphdr);
	if (inner <= 0 || end > (int)skb_headlen(skb))
		return outer;
	if (skb_shinfo(skb)->gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6))
		return inner + inner_tcp_hdrlen(skb);
	return inner + sizeof(struct udphdr);
}

/* SCTP: each segment is an skb of the fragment list, without headers. */
static void nst_segments_by_frags(const struct sk_buff *skb, unsigned int total,
				  unsigned int header, struct nst_pkt *pkt)
{
	const struct sk_buff *frag;

	pkt->packets = 0;
	skb_walk_frags(skb, frag)
		pkt->packets++;
	if (!pkt->packets)
		pkt->packets = 1;
	pkt->bytes = total + (pkt->packets - 1) * header;
}

/*
 * What a super-packet is on the wire: each segment repeats the headers.  The
 * number of segments is computed rather than read: gso_segs is a hint that
 * some drivers leave at 0.
 */
static noinline void nst_segments(const struct nst_walk *w,
				  unsigned int transport, struct nst_pkt *pkt)
{
	const struct sk_buff *skb = w->skb;
	unsigned int start = skb_network_offset(skb);
	unsigned int total = skb->len - start - w->jumbo;
	unsigned int header, size = skb_shinfo(skb)->gso_size;

	header = nst_segment_header(skb, w->offset - start + transport);
	header -= min(header, w->jumbo);
	if (size == GSO_BY_FRAGS) {
		nst_segments_by_frags(skb, total, header, pkt);
		return;
	}
	if (total <= header)
		return;
	pkt->packets = DIV_ROUND_UP(total - header, size);
	pkt->bytes = total + (pkt->packets - 1) * header;
}

/*
 * BIG TCP: a payload length of 0.  Some kernels put a hop-by-hop header with a
 * jumbo payload option first, which segmenting removes again.
 */
static unsigned int nst_super_jumbo(const struct sk_buff *skb,
				    const struct ipv6hdr *ip6)
{
	const u8 *hbh;
	u8 _hbh[8];

	if (!NST_JUMBO_GOES || ip6->payload_len || ip6->nexthdr != NEXTHDR_HOP)
		return 0;
	hbh = skb_header_pointer(skb, skb_network_offset(skb) + sizeof(*ip6),
				 sizeof(_hbh), _hbh);
	if (!hbh || hbh[1] || hbh[2] != IPV6_TLV_JUMBO || hbh[3] != 4)
		return 0;
	return sizeof(_hbh);
}

static bool nst_length_wrong(const struct ipv6hdr *ip6, unsigned int total)
{
	unsigned int length = ntohs(ip6->payload_len);

	return length && length + sizeof(*ip6) > total;
}

static_assert(sizeof_field(struct nst_headers, other) >= sizeof(struct tcphdr));

/**
 * nst_dissect - read the headers of a packet
 * @skb: an IPv6 packet; its network header is set
 * @pkt: where to leave segments, bytes, and those words of the fields that
 *	are read from headers: addresses, and the words of the ports, of the
 *	flow label and of TCP's flags.  Whatever else stands in these words is
 *	zero; all other words and the time are the caller's.
 * @copy: room for headers that are in pieces
 *
 * The walk along extension headers looks at %NST_EXTENSIONS_MAX of them at
 * most.  A first or an atomic fragment has the ports of the datagram, a later
 * one has none, and its protocol is what its fragment header says.  For ICMPv6
 * the destination port holds type and code.  A packet that is cut short or
 * malformed is reported with what could be read: fields not reached are zero.
 *
 * Context: bottom halves off.  Never writes to the packet.
 * Return: 0, or the negative of &enum nst_malformed; with
 *	%NST_MALFORMED_VERSION there is nothing to meter.
 */
int nst_dissect(const struct sk_buff *skb, struct nst_pkt *pkt,
		struct nst_headers *copy)
{
	unsigned int start = skb_network_offset(skb), total = skb->len - start;
	const struct ipv6hdr *ip6 = skb_header_pointer(skb, start, sizeof(*ip6),
						       &copy->ip6);
	struct nst_walk w = {
		.skb	= skb,
		.copy	= copy->other,
		.linear	= skb_headlen(skb),
		.offset	= start + sizeof(*ip6),
	};
	struct nst_transport t = {};
	int err;

	if (!ip6 || ip6->version != 6)
		return -NST_MALFORMED_VERSION;
	w.protocol = ip6->nexthdr;
	err = nst_walk_chain(&w);
	if (!err)
		err = nst_dissect_transport(&w, &t);
	if (!err && unlikely(nst_length_wrong(ip6, total)))
		err = -NST_MALFORMED_LENGTH;
	nst_dissect_fields(&pkt->f, ip6, t.ports, w.protocol);
	pkt->f.tcp_flags = t.flags;
	pkt->packets = 1;
	pkt->bytes = total;
	if (skb_is_gso(skb)) {
		w.jumbo = nst_super_jumbo(skb, ip6);
		nst_segments(&w, t.length, pkt);
	}
	return err;
}

/**
 * nst_dissect_segments - the number of segments of a super-packet
 * @skb: a super-packet
 * @pkt: memory that it may use
 * @copy: as for nst_dissect()
 *
 * Devices of virtual machines leave gso_segs at 0.  Then the headers tell.
 *
 * Context: bottom halves off.
 * Return: segments, at least 1.
 */
u32 nst_dissect_segments(const struct sk_buff *skb, struct nst_pkt *pkt,
			 struct nst_headers *copy)
{
	if (skb_shinfo(skb)->gso_segs)
		return skb_shinfo(skb)->gso_segs;
	pkt->packets = 1;
	nst_dissect(skb, pkt, copy);
	return pkt->packets;
}

static u8 nst_route_prefix(const struct rt6_info *rt,
			   const struct fib6_info *from)
{
	return from ? from->fib6_dst.plen : rt->rt6i_dst.plen;
}

/**
 * nst_dissect_destination - prefix length of the packet's route
 * @skb: a routed packet
 * @f: where to; without a route nothing is written
 *
 * Context: bottom halves off, RCU read side, which hooks are in.
 */
void nst_dissect_destination(const struct sk_buff *skb, struct nst_fields *f)
{
	const struct rt6_info *rt = nst_dissect_dst(skb);

	if (rt)
		f->dst_mask = nst_route_prefix(rt, rcu_dereference(rt->from));
}

#ifdef nst_fib6_lookup
/* Prefix length of the route to an address; 0 without one.  No route is made. */
static u8 nst_fib_prefix(struct net *net, const struct in6_addr *addr,
			 int master)
{
	struct flowi6 fl6 = { .daddr = *addr, .flowi6_oif = master };
	struct fib6_result res = {};
	u8 prefix = 0;

	rcu_read_lock();
	if (!nst_fib6_lookup(net, master, &fl6, &res, 0) && res.f6i &&
	    !(res.f6i->fib6_flags & RTF_REJECT))
		prefix = res.f6i->fib6_dst.plen;
	rcu_read_unlock();
	return prefix;
}
#else
/* The kernel gives nobody else its FIB: by a route that is made for it. */
static u8 nst_fib_prefix(struct net *net, const struct in6_addr *addr,
			 int master)
{
	struct rt6_info *rt = rt6_lookup(net, addr, NULL, master, NULL, 0);
	u8 prefix;

	if (!rt)
		return 0;
	rcu_read_lock();
	prefix = nst_route_prefix(rt, rcu_dereference(rt->from));
	rcu_read_unlock();
	ip6_rt_put(rt);
	return prefix;
}
#endif

/**
 * nst_dissect_source - prefix length of the route back to the source
 * @net: namespace
 * @f: fields; the source address is read, its prefix length left
 *
 * A lookup in the FIB, the one costly thing a record can ask for.
 *
 * Context: bottom halves off.
 */
void nst_dissect_source(struct net *net, struct nst_fields *f)
{
	int master = 0;

	if (f->input_if)
		master = l3mdev_master_ifindex_by_index(net, f->input_if);
	f->src_mask = nst_fib_prefix(net, &f->src, master);
}
