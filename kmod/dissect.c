// SPDX-License-Identifier: GPL-2.0
/*
 * Dissection: IPv6 packet -> fields, segments, bytes.  Reads packet data and
 * never writes it.  Runs with bottom halves off.
 */
#include <linux/icmpv6.h>
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
 * @offset: of the header that is next, from the start of the packet's data
 * @protocol: which header that is
 * @later: a fragment that does not begin the datagram: it has no ports
 * @jumbo: bytes of a hop-by-hop header that exists only inside a super-packet
 */
struct nst_walk {
	unsigned int	offset;
	u8		protocol;
	bool		later;
	unsigned int	jumbo;
};

/* One step; 1: another header may follow, 0: the chain ends here, or -cause. */
static int nst_walk_options(const struct sk_buff *skb, struct nst_walk *w)
{
	const struct ipv6_opt_hdr *opt;
	struct ipv6_opt_hdr _opt;
	unsigned int length;

	opt = skb_header_pointer(skb, w->offset, sizeof(_opt), &_opt);
	if (!opt)
		return -NST_MALFORMED_EXTENSION;
	length = w->protocol == NEXTHDR_AUTH ? ipv6_authlen(opt) :
					       ipv6_optlen(opt);
	if (length > skb->len - w->offset)
		return -NST_MALFORMED_EXTENSION;
	w->offset += length;
	w->protocol = opt->nexthdr;
	return 1;
}

static int nst_walk_fragment(const struct sk_buff *skb, struct nst_walk *w)
{
	const struct frag_hdr *frag;
	struct frag_hdr _frag;

	frag = skb_header_pointer(skb, w->offset, sizeof(_frag), &_frag);
	if (!frag)
		return -NST_MALFORMED_EXTENSION;
	w->offset += sizeof(_frag);
	w->protocol = frag->nexthdr;
	w->later = frag->frag_off & htons(IP6_OFFSET);
	return !w->later;
}

static int nst_walk_step(const struct sk_buff *skb, struct nst_walk *w)
{
	switch (w->protocol) {
	case NEXTHDR_HOP:
	case NEXTHDR_ROUTING:
	case NEXTHDR_DEST:
	case NEXTHDR_AUTH:
		return nst_walk_options(skb, w);
	case NEXTHDR_FRAGMENT:
		return nst_walk_fragment(skb, w);
	default:
		return 0;
	}
}

/* Return: 0, or a cause (&enum nst_malformed), negative. */
static int nst_walk_chain(const struct sk_buff *skb, struct nst_walk *w)
{
	unsigned int i;
	int more;

	for (i = 0; i <= NST_EXTENSIONS_MAX; i++) {
		more = nst_walk_step(skb, w);
		if (more <= 0)
			return more;
	}
	return -NST_MALFORMED_CHAIN;
}

static int nst_dissect_tcp(const struct sk_buff *skb, unsigned int offset,
			   struct nst_fields *f, unsigned int *length)
{
	const struct tcphdr *tcp;
	struct tcphdr _tcp;

	tcp = skb_header_pointer(skb, offset, sizeof(_tcp), &_tcp);
	if (!tcp)
		return -NST_MALFORMED_TRANSPORT;
	f->sport = tcp->source;
	f->dport = tcp->dest;
	f->tcp_flags = tcp_flag_byte(tcp);
	*length = __tcp_hdrlen(tcp);
	return 0;
}

static int nst_dissect_ports(const struct sk_buff *skb, unsigned int offset,
			     struct nst_fields *f)
{
	const __be16 *port;
	__be16 _port[2];

	port = skb_header_pointer(skb, offset, sizeof(_port), _port);
	if (!port)
		return -NST_MALFORMED_TRANSPORT;
	f->sport = port[0];
	f->dport = port[1];
	return 0;
}

/* Where collectors look for it: type and code in the destination port. */
static int nst_dissect_icmp(const struct sk_buff *skb, unsigned int offset,
			    struct nst_fields *f)
{
	const u8 *icmp;
	u8 _icmp[2];

	icmp = skb_header_pointer(skb, offset, sizeof(_icmp), _icmp);
	if (!icmp)
		return -NST_MALFORMED_TRANSPORT;
	f->dport = htons(icmp[0] << 8 | icmp[1]);
	return 0;
}

static int nst_dissect_transport(const struct sk_buff *skb,
				 const struct nst_walk *w,
				 struct nst_fields *f, unsigned int *length)
{
	*length = 0;
	if (w->later)
		return 0;
	switch (w->protocol) {
	case IPPROTO_TCP:
		return nst_dissect_tcp(skb, w->offset, f, length);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		*length = sizeof(struct udphdr);
		return nst_dissect_ports(skb, w->offset, f);
	case IPPROTO_SCTP:
		*length = sizeof(struct sctphdr);
		return nst_dissect_ports(skb, w->offset, f);
	case IPPROTO_DCCP:
		return nst_dissect_ports(skb, w->offset, f);
	case IPPROTO_ICMPV6:
		return nst_dissect_icmp(skb, w->offset, f);
	default:
		return 0;
	}
}

/* A tunnel's super-packet repeats everything up to the inner transport header. */
static unsigned int nst_segment_header(const struct sk_buff *skb,
				       unsigned int outer)
{
	int inner;

	if (!skb->encapsulation)
		return outer;
	inner = skb_inner_transport_header(skb) - skb_network_header(skb);
	if (inner <= 0 || inner + sizeof(struct tcphdr) > skb_headlen(skb))
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
static void nst_segments(const struct sk_buff *skb, const struct nst_walk *w,
			 unsigned int transport, struct nst_pkt *pkt)
{
	unsigned int start = skb_network_offset(skb);
	unsigned int total = skb->len - start - w->jumbo;
	unsigned int header, size;

	pkt->packets = 1;
	pkt->bytes = skb->len - start;
	if (!skb_is_gso(skb))
		return;
	size = skb_shinfo(skb)->gso_size;
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
 * BIG TCP: a payload length of 0.  The kernel may put a hop-by-hop header with
 * a jumbo payload option first, which segmenting removes again.
 */
static unsigned int nst_super_jumbo(const struct sk_buff *skb,
				    const struct ipv6hdr *ip6)
{
	const u8 *hbh;
	u8 _hbh[8];

	if (!skb_is_gso(skb) || ip6->payload_len || ip6->nexthdr != NEXTHDR_HOP)
		return 0;
	hbh = skb_header_pointer(skb, skb_network_offset(skb) + sizeof(*ip6),
				 sizeof(_hbh), _hbh);
	if (!hbh || hbh[1] || hbh[2] != IPV6_TLV_JUMBO || hbh[3] != 4)
		return 0;
	return sizeof(_hbh);
}

static void nst_dissect_fixed(const struct ipv6hdr *ip6, struct nst_fields *f)
{
	__be32 flow = *(const __be32 *)ip6;

	f->src = ip6->saddr;
	f->dst = ip6->daddr;
	f->tos = ntohl(flow) >> 20;
	f->flow_label = ntohl(flow & IPV6_FLOWLABEL_MASK);
}

static bool nst_length_wrong(const struct sk_buff *skb,
			     const struct ipv6hdr *ip6)
{
	unsigned int length = ntohs(ip6->payload_len);

	return length && length + sizeof(*ip6) >
			 skb->len - skb_network_offset(skb);
}

/**
 * nst_dissect - read the headers of a packet
 * @skb: an IPv6 packet; its network header is set
 * @pkt: where to leave fields, segments and bytes; zero at first.  Direction,
 *	interfaces, slot and time are the caller's.
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
int nst_dissect(const struct sk_buff *skb, struct nst_pkt *pkt)
{
	unsigned int start = skb_network_offset(skb), transport = 0;
	const struct ipv6hdr *ip6;
	struct nst_walk w = {};
	struct ipv6hdr _ip6;
	int err;

	ip6 = skb_header_pointer(skb, start, sizeof(_ip6), &_ip6);
	if (!ip6 || ip6->version != 6)
		return -NST_MALFORMED_VERSION;
	nst_dissect_fixed(ip6, &pkt->f);
	w.offset = start + sizeof(*ip6);
	w.protocol = ip6->nexthdr;
	w.jumbo = nst_super_jumbo(skb, ip6);
	err = nst_walk_chain(skb, &w);
	pkt->f.protocol = w.protocol;
	if (!err)
		err = nst_dissect_transport(skb, &w, &pkt->f, &transport);
	if (!err && nst_length_wrong(skb, ip6))
		err = -NST_MALFORMED_LENGTH;
	nst_segments(skb, &w, transport, pkt);
	return err;
}

/**
 * nst_dissect_route - what the packet's route says: next hop, destination prefix length
 * @skb: a routed packet; without a route nothing is found
 * @f: where to
 *
 * Context: bottom halves off (RCU).
 */
void nst_dissect_route(const struct sk_buff *skb, struct nst_fields *f)
{
	const struct dst_entry *dst = skb_dst(skb);
	const struct fib6_info *from;
	const struct rt6_info *rt;

	if (!dst || dst->ops->family != AF_INET6)
		return;
	rt = container_of(dst, struct rt6_info, dst);
	if (rt->rt6i_flags & RTF_GATEWAY)
		f->next_hop = rt->rt6i_gateway;
	from = rcu_dereference_check(rt->from, rcu_read_lock_bh_held());
	f->dst_mask = from ? from->fib6_dst.plen : rt->rt6i_dst.plen;
}

/**
 * nst_dissect_source - prefix length of the route back to the source
 * @net: namespace
 * @skb: the packet
 * @f: fields; the source address is read, its prefix length left
 *
 * A lookup in the FIB, the one costly thing a record can ask for.
 *
 * Context: bottom halves off.
 */
void nst_dissect_source(struct net *net, const struct sk_buff *skb,
			struct nst_fields *f)
{
	int master = 0;
	struct rt6_info *rt;
	const struct fib6_info *from;

	if (f->input_if)
		master = l3mdev_master_ifindex_by_index(net, f->input_if);
	rt = rt6_lookup(net, &f->src, NULL, master, skb, 0);
	if (!rt)
		return;
	rcu_read_lock();
	from = rcu_dereference(rt->from);
	f->src_mask = from ? from->fib6_dst.plen : rt->rt6i_dst.plen;
	rcu_read_unlock();
	ip6_rt_put(rt);
}
