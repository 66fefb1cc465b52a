// SPDX-License-Identifier: GPL-2.0
/*
 * Packets that the hooks see more than once, or that crossed no interface.
 *
 *   forwarded multicast	FORWARD once for each interface that it leaves
 *				through, then LOCAL_IN if this machine is a member
 *   looped multicast		POST_ROUTING and LOCAL_IN once more, for members on
 *				this machine
 *   IPsec by policy		before and after encryption, after and before
 *				decryption
 *   segment routing		LOCAL_IN at an endpoint, then FORWARD; with the sysctl
 *				nf_hooks_lwtunnel POST_ROUTING before encapsulation
 *   br_netfilter		frames that a bridge passes on
 *
 * Bottom halves are off.  Nothing here is called for plain traffic.
 */
#include <linux/if_bridge.h>
#include <linux/in6.h>
#include <linux/mroute6.h>
#include <linux/netdevice.h>
#include <linux/netfilter_ipv6.h>
#include <linux/seg6.h>
#include <linux/string.h>
#include <net/addrconf.h>
#include <net/dst.h>
#include <net/flow.h>
#include <net/ipv6.h>
#include <net/rtnetlink.h>
#include <net/xfrm.h>

#include "compat.h"
#include "ifmap.h"
#include "repeat.h"

/* Bound on the segments of a routing header that are looked up as own addresses. */
#define NST_SEGMENTS_MAX	16

/* ---------------------------------------------------------------- multicast */

static_assert(NST_COPIES_MAX >= MAXMIFS);

static void nst_repeat_describe(const struct sk_buff *skb,
				struct nst_copied *packet)
{
	memset(packet, 0, sizeof(*packet));
	packet->ip6 = *ipv6_hdr(skb);
	packet->ip6.hop_limit = 0;
	packet->input_if = IP6CB(skb)->iif;
	skb_copy_bits(skb, skb_network_offset(skb) + sizeof(packet->ip6),
		      packet->behind, sizeof(packet->behind));
}

static bool nst_repeat_has_left(const struct nst_repeat *repeat, u32 output_if)
{
	unsigned int i;

	for (i = 0; i < repeat->ncopies; i++)
		if (repeat->output_if[i] == output_if)
			return true;
	return repeat->ncopies == NST_COPIES_MAX;
}

/*
 * The copies of a forwarded packet pass FORWARD one right after the other on the
 * same CPU, each to another interface; the copy for this machine comes last.  A
 * packet that leaves through an interface a second time is a new packet, even if it
 * looks the same.
 */
static bool nst_repeat_multicast(struct nst_repeat *repeat,
				 const struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	struct nst_copied packet;
	bool same;

	/* a copy of what this machine has sent */
	if (skb->pkt_type == PACKET_LOOPBACK)
		return true;
	if (state->hook == NF_INET_LOCAL_IN && !repeat->ncopies)
		return false;
	nst_repeat_describe(skb, &packet);
	same = repeat->ncopies && !memcmp(&packet, &repeat->packet, sizeof(packet));
	if (state->hook == NF_INET_LOCAL_IN) {
		repeat->ncopies = 0;
		return same;
	}
	if (!same || nst_repeat_has_left(repeat, state->out->ifindex)) {
		repeat->packet = packet;
		repeat->ncopies = 0;
		same = false;
	}
	repeat->output_if[repeat->ncopies++] = state->out->ifindex;
	return same;
}

/* ---------------------------------------------------------- segment routing */

/*
 * Whether the remaining segments lead to another machine.  The kernel skips
 * segments that are its own addresses without calling a hook again.
 */
static bool nst_repeat_leads_away(const struct sk_buff *skb, struct net *net,
				  unsigned int segments, unsigned int left)
{
	unsigned int tries = NST_SEGMENTS_MAX;
	const struct in6_addr *segment;
	struct in6_addr _segment;

	while (left-- && tries--) {
		segment = skb_header_pointer(skb, segments + left * sizeof(*segment),
					     sizeof(*segment), &_segment);
		if (!segment)
			return false;
		if (!ipv6_chk_addr(net, segment, NULL, 0))
			return true;
	}
	return false;
}

static bool nst_repeat_is_endpoint(const struct sk_buff *skb, struct net *net)
{
	const struct inet6_dev *idev = __in6_dev_get(skb->dev);

	return idev && READ_ONCE(idev->cnf.seg6_enabled) &&
	       READ_ONCE(net->ipv6.devconf_all->seg6_enabled);
}

/*
 * Whether the kernel itself forwards to the next segment, or decapsulates the
 * packet.
 */
static bool nst_repeat_routed_on(const struct sk_buff *skb, struct net *net,
				 const struct ipv6_sr_hdr *srh,
				 unsigned int offset)
{
	if (srh->type != IPV6_SRCRT_TYPE_4 || !nst_repeat_is_endpoint(skb, net))
		return false;
	return srh->nexthdr == IPPROTO_IPV6 ||
	       nst_repeat_leads_away(skb, net, offset + sizeof(*srh),
				     srh->segments_left);
}

/*
 * Whether a packet is at LOCAL_IN only because of its segments, and it or the
 * packet inside it passes another hook later.
 */
static bool nst_repeat_goes_on(const struct sk_buff *skb, struct net *net)
{
	unsigned int start = skb_network_offset(skb) + sizeof(struct ipv6hdr);
	const struct dst_entry *dst = skb_dst(skb);
	u8 nexthdr = ipv6_hdr(skb)->nexthdr;
	const struct ipv6_sr_hdr *srh = NULL;
	struct ipv6_sr_hdr _srh;
	unsigned int offset = 0;
	__be16 frag_off;

	if (ipv6_find_hdr(skb, &offset, NEXTHDR_ROUTING, NULL, NULL) ==
	    NEXTHDR_ROUTING)
		srh = skb_header_pointer(skb, offset, sizeof(_srh), &_srh);
	if (!dst || !dst->lwtstate)
		return srh && nst_repeat_routed_on(skb, net, srh, offset);
	if (srh && srh->segments_left)
		return true;
	ipv6_skip_exthdr(skb, start, &nexthdr, &frag_off);
	return nexthdr == IPPROTO_IPV6;
}

/* -------------------------------------------------------------------- IPsec */

#ifdef CONFIG_XFRM
/* Whether a device is one on which packets arrive that IPsec has decrypted. */
static bool nst_repeat_is_ipsec_device(const struct net_device *dev)
{
	const struct rtnl_link_ops *ops = dev->rtnl_link_ops;

	return ops && (!strcmp(ops->kind, "xfrm") || !strcmp(ops->kind, "vti6") ||
		       !strcmp(ops->kind, "vti"));
}

static bool nst_repeat_by_interface(const struct xfrm_state *sa)
{
	return sa->if_id;
}

/* Whether a packet that will be encrypted was counted on an xfrm or vti6 device. */
static bool nst_repeat_from_device(const struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	/* the device sets skb->dev to its way out, and forgets where the packet arrived */
	return state->in == state->out && !skb->skb_iif;
}

/*
 * Whether a packet is ESP or AH of a security association of this machine that no
 * xfrm interface uses.
 */
static bool nst_repeat_is_by_policy(const struct sk_buff *skb, struct net *net)
{
	int offset = skb_network_offset(skb) + sizeof(struct ipv6hdr);
	const struct ipv6hdr *ip6 = ipv6_hdr(skb);
	u8 nexthdr = ip6->nexthdr;
	struct xfrm_state *sa;
	const __be32 *spi;
	bool by_policy;
	__be16 frag_off;
	__be32 _spi;

	/* ipv6_skip_exthdr() would skip AH, which it takes for an extension header */
	if (nexthdr != IPPROTO_ESP && nexthdr != IPPROTO_AH)
		offset = ipv6_skip_exthdr(skb, offset, &nexthdr, &frag_off);
	if (offset < 0 || (nexthdr != IPPROTO_ESP && nexthdr != IPPROTO_AH))
		return false;
	offset += nexthdr == IPPROTO_AH ? 4 : 0;
	spi = skb_header_pointer(skb, offset, sizeof(_spi), &_spi);
	if (!spi)
		return false;
	sa = xfrm_state_lookup(net, skb->mark,
			       (const xfrm_address_t *)&ip6->daddr, *spi,
			       nexthdr, AF_INET6);
	if (!sa)
		return false;
	by_policy = !nst_repeat_by_interface(sa);
	xfrm_state_put(sa);
	return by_policy;
}

/* Whether an inbound packet is counted in its other form, encrypted or decrypted. */
static bool nst_repeat_decrypted(const struct nst_ifmap *map,
				 const struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	const struct net_device *dev;

	if (!skb_sec_path(skb))
		return map->ipsec_inner && state->hook == NF_INET_LOCAL_IN &&
		       nst_repeat_is_by_policy(skb, state->net);
	if (map->ipsec_inner)
		return false;
	dev = dev_get_by_index_rcu(state->net, IP6CB(skb)->iif);
	return dev && !nst_repeat_is_ipsec_device(dev);
}

/* Whether an outbound packet is counted in its other form, encrypted or decrypted. */
static bool nst_repeat_encrypted(const struct nst_ifmap *map,
				 const struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	const struct xfrm_state *next = dst_xfrm(skb_dst(skb));
	bool encrypted = IP6CB(skb)->flags & IP6SKB_XFRM_TRANSFORMED;

	if (!map->ipsec_inner)
		return next;
	/* if the packet is encrypted already, this is a second encryption */
	if (next)
		return encrypted || nst_repeat_from_device(skb, state);
	return encrypted && nst_repeat_is_by_policy(skb, state->net);
}
#else
static bool nst_repeat_decrypted(const struct nst_ifmap *map,
				 const struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	return false;
}

static bool nst_repeat_encrypted(const struct nst_ifmap *map,
				 const struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	return false;
}
#endif

/* ----------------------------------------------------------------- outbound */

static bool nst_repeat_outbound(const struct nst_ifmap *map,
				const struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	const struct dst_entry *dst = skb_dst(skb);

	/* the copy for members on this machine */
	if (ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr) && !state->in &&
	    skb_cloned(skb) && !(state->out->flags & IFF_LOOPBACK))
		return true;
	/* br_netfilter: the packet is at a bridge port, but the hook gets the bridge */
	if (skb->dev && skb->dev != state->out && netif_is_bridge_port(skb->dev) &&
	    netif_is_bridge_master(state->out))
		return true;
	if (!dst)
		return false;
	if (nst_repeat_encrypted(map, skb, state))
		return true;
	/* it will be encapsulated, and pass the hook again */
	return dst->lwtstate && (skb->dev != state->out || !state->in);
}

/* ------------------------------------------------------------------- public */

/**
 * nst_repeat_is_duplicate - whether a packet is counted elsewhere, or crossed no interface
 * @repeat: the multicast packet that the CPU forwarded last
 * @map: interface map, which says whether packets inside IPsec count
 * @skb: a packet at a hook
 * @state: the hook
 *
 * Context: owner, bottom halves off, RCU read side, which hooks are in.
 * Return: true if it must not count for the hook's interface and direction.
 */
bool nst_repeat_is_duplicate(struct nst_repeat *repeat,
			     const struct nst_ifmap *map,
			     const struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	if (state->hook == NF_INET_POST_ROUTING)
		return nst_repeat_outbound(map, skb, state);
	if (ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr) &&
	    nst_repeat_multicast(repeat, skb, state))
		return true;
	if (state->hook == NF_INET_LOCAL_IN && nst_repeat_may_go_on(skb) &&
	    nst_repeat_goes_on(skb, state->net))
		return true;
	return nst_repeat_decrypted(map, skb, state);
}

/**
 * nst_repeat_was_counted - whether a packet that is dropped was counted elsewhere
 * @repeat: the multicast packet that the CPU forwarded last
 * @map: interface map, which says whether packets inside IPsec count
 * @skb: a packet that has not passed LOCAL_IN, nor FORWARD
 * @state: LOCAL_IN for a multicast packet
 *
 * Unlike those of nst_repeat_is_duplicate(), such a packet passes no hook later.
 *
 * Context: owner, bottom halves off, RCU read side.
 * Return: true if copies of the packet have been forwarded, or if it came out of an
 *	IPsec packet that counts instead.
 */
bool nst_repeat_was_counted(struct nst_repeat *repeat,
			    const struct nst_ifmap *map,
			    const struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	if (ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr) &&
	    nst_repeat_multicast(repeat, skb, state))
		return true;
	return skb_sec_path(skb) && nst_repeat_decrypted(map, skb, state);
}

/**
 * nst_repeat_forwarded_from - find the interface on which an outbound packet arrived
 * @skb: a packet at POST_ROUTING
 * @in: the hook's input interface, or %NULL
 *
 * The control block has it for packets that were forwarded.  Tunnels such as L2TP send
 * packets whose control block still has what the queueing layer wrote there.
 *
 * Context: bottom halves off.
 * Return: ifindex, of the member for a packet that a VRF has forwarded; 0 if this
 *	machine made the packet.
 */
u32 nst_repeat_forwarded_from(const struct sk_buff *skb,
			      const struct net_device *in)
{
	if (IP6CB(skb)->iif == skb->skb_iif ||
	    (skb->skb_iif && in && netif_is_l3_master(in)))
		return IP6CB(skb)->iif;
	return 0;
}

/**
 * nst_repeat_leaked_from - the input interface of what a VRF device has passed on
 * @skb: a packet at POST_ROUTING that says that it came in by no interface
 * @state: the hook
 *
 * A route whose way out is the device of a VRF sends packets through that device, which
 * looks up another route and forgets where they came in.
 *
 * Context: bottom halves off.
 * Return: ifindex, of the VRF device if the packet came in by a member of another VRF;
 *	0 if this machine made the packet, or no VRF device has passed it on.
 */
u32 nst_repeat_leaked_from(const struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	if (state->hook != NF_INET_POST_ROUTING || !state->in ||
	    !netif_is_l3_master(state->in))
		return 0;
	return skb->skb_iif;
}

/**
 * nst_repeat_own_export - whether an inbound packet is one of our export packets
 * @map: interface map, which has the sources of export packets
 * @skb: a packet at a hook
 * @state: the hook
 *
 * A packet that arrives on the loopback device no longer has its socket, so it is
 * recognised by its source.
 *
 * Context: bottom halves off.
 */
bool nst_repeat_own_export(const struct nst_ifmap *map,
			   const struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	const struct ipv6hdr *ip6 = ipv6_hdr(skb);
	const __be16 *port;
	unsigned int i;
	__be16 _port;

	if (state->hook != NF_INET_LOCAL_IN || !map->nsources ||
	    !(state->in->flags & IFF_LOOPBACK) || ip6->nexthdr != IPPROTO_UDP)
		return false;
	port = skb_header_pointer(skb, skb_network_offset(skb) + sizeof(*ip6),
				  sizeof(_port), &_port);
	for (i = 0; port && i < map->nsources; i++)
		if (*port == map->source[i].port &&
		    ipv6_addr_equal(&ip6->saddr, &map->source[i].addr))
			return true;
	return false;
}

/**
 * nst_repeat_arrived_at - find the packet that arrived in an encapsulated packet
 * @skb: a packet at FORWARD, with a header inside
 * @net: namespace
 *
 * Segment routing encapsulates before FORWARD (H.Encaps).  Then the packet that
 * arrived is inside one that this machine has made.
 *
 * Context: bottom halves off.
 * Return: offset of its IPv6 header in the packet's data.
 */
unsigned int nst_repeat_arrived_at(const struct sk_buff *skb, struct net *net)
{
	unsigned int start = skb_network_offset(skb);
	int inside = start + sizeof(struct ipv6hdr);
	u8 nexthdr = ipv6_hdr(skb)->nexthdr;
	__be16 frag_off;

	if (skb->inner_network_header <= skb->network_header)
		return start;
	inside = ipv6_skip_exthdr(skb, inside, &nexthdr, &frag_off);
	if (nexthdr != IPPROTO_IPV6 || inside != skb_inner_network_offset(skb) ||
	    !ipv6_chk_addr(net, &ipv6_hdr(skb)->saddr, NULL, 0))
		return start;
	return inside;
}

/**
 * nst_repeat_segments_inside - find the packet inside segment routing
 * @skb: a packet
 * @start: offset of its IPv6 header in the data
 *
 * Context: bottom halves off.
 * Return: offset of the inner IPv6 header; @start if there is no segment routing
 *	header with an IPv6 packet behind it.
 */
unsigned int nst_repeat_segments_inside(const struct sk_buff *skb,
					unsigned int start)
{
	unsigned int offset = start + sizeof(struct ipv6hdr);
	const struct ipv6_sr_hdr *srh;
	struct ipv6_sr_hdr _srh;
	struct ipv6hdr _ip6;
	const struct ipv6hdr *ip6 = skb_header_pointer(skb, start, sizeof(_ip6),
						       &_ip6);

	if (!ip6 || ip6->nexthdr != NEXTHDR_ROUTING)
		return start;
	srh = skb_header_pointer(skb, offset, sizeof(_srh), &_srh);
	if (!srh || srh->type != IPV6_SRCRT_TYPE_4 ||
	    srh->nexthdr != IPPROTO_IPV6)
		return start;
	offset += ipv6_optlen(srh);
	return offset + sizeof(*ip6) <= skb->len ? offset : start;
}

/**
 * nst_repeat_input_if - find the interface on which a packet really arrived
 * @skb: a packet at LOCAL_IN or FORWARD
 * @in: the hook's input interface
 *
 * For a member of a VRF, the hook gets the VRF device, but the packet arrived on
 * the member.  For a packet from this machine to one of its own addresses, the
 * stack gives the interface that has the address, but the packet arrived on the
 * loopback or VRF device.
 *
 * Context: bottom halves off.
 * Return: ifindex; 0 for a bridged frame that br_netfilter passes to the hook.
 */
u32 nst_repeat_input_if(const struct sk_buff *skb, const struct net_device *in)
{
	u32 iif = IP6CB(skb)->iif;

	if (in->flags & IFF_LOOPBACK || skb->pkt_type == PACKET_LOOPBACK)
		return in->ifindex;
	if (!iif)
		return skb->dev == in ? in->ifindex : 0;
	return iif;
}
