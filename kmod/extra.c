// SPDX-License-Identifier: GPL-2.0
/*
 * Fields that only some records need: those that cost a lookup, a second walk along the
 * headers, or a look at a device.  Packets of other records do not come here.
 */
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <net/ipv6.h>

#include "compat.h"
#include "config.h"
#include "detail.h"
#include "dissect.h"
#include "extra.h"
#include "frame.h"
#include "ifmap.h"
#include "meter.h"
#include "nat.h"
#include "repeat.h"
#include "route_tables.h"
#include "state.h"

/**
 * nst_extra_start - offset of the IPv6 header that is metered
 * @pcpu: this CPU
 * @skb: the packet
 * @state: where it is
 *
 * Context: owner, bottom halves off, RCU read side.
 * Return: offset in the packet's data of its header, of that of the packet as it
 *	arrived, or of that of the packet inside it.
 */
unsigned int nst_extra_start(const struct nst_cpu *pcpu, const struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	unsigned int start = skb_network_offset(skb);

	if (state->hook == NF_INET_FORWARD)
		start = nst_repeat_arrived_at(skb, state->net);
	if (pcpu->map->srv6_inner)
		start = nst_repeat_segments_inside(skb, start);
	return start;
}

/* Set what devices below the interfaces say: tags and physical interfaces. */
static void nst_extra_lower(const struct nst_cpu *pcpu, const struct sk_buff *skb,
			    const struct nf_hook_state *state,
			    struct nst_fields *fields)
{
	const struct net_device *in = NULL;

	if (fields->input_if)
		in = dev_get_by_index_rcu(state->net, fields->input_if);
	if (pcpu->needs & NST_NEEDS_DOT1Q)
		nst_frame_dot1q(skb, in, state->out, fields);
	if (pcpu->needs & NST_NEEDS_PORT)
		nst_frame_ports(skb, in, state->out, fields);
}

/* Set the firewall mark, and the addresses that are cut to the masks of their routes. */
static void nst_extra_mark(const struct nst_cpu *pcpu, const struct sk_buff *skb,
			   struct nst_fields *fields)
{
	fields->word[NST_WORD(mark)] = NST_FIELD_PREP(mark, skb->mark);
	if (!(pcpu->needs & NST_NEEDS_PREFIX))
		return;
	ipv6_addr_prefix(&fields->src_prefix, &fields->src, fields->src_mask);
	ipv6_addr_prefix(&fields->dst_prefix, &fields->dst, fields->dst_mask);
}

/* Set the fields that records beyond the model's need. */
static noinline void nst_extra_detail(struct nst_cpu *pcpu,
				      const struct sk_buff *skb,
				      const struct nf_hook_state *state,
				      struct nst_pkt *pkt)
{
	bool inbound = pkt->f.direction == NETSTREAM_INBOUND;
	unsigned int start;

	if (pcpu->needs & NST_NEEDS_DETAIL) {
		start = nst_extra_start(pcpu, skb, state);
		nst_detail_headers(skb, start, pkt, &pcpu->headers,
				   pcpu->needs & NST_NEEDS_CHAIN);
		/* the packet arrived with one more */
		if (state->hook == NF_INET_FORWARD && start == skb_network_offset(skb))
			pkt->f.hop_limit++;
	}
	/* numbers of CPUs have less than 16 bits, and no packet has number 0 */
	if (pcpu->needs & NST_NEEDS_FLOW_ID)
		pkt->f.flow_id = (u64)pcpu->id << 48 | ++pcpu->numbered;
	if (pcpu->needs & NST_NEEDS_VRF_ID)
		nst_frame_vrf(inbound ?
			      dev_get_by_index_rcu(state->net, pkt->f.input_if) :
			      state->out, &pkt->f);
	if (pcpu->needs & NST_NEEDS_MAC)
		nst_frame_mac(skb, state->out, &pkt->f);
	if (pcpu->needs & NST_NEEDS_NAT)
		nst_nat_after(skb, &pkt->f);
	if (pcpu->needs & (NST_NEEDS_MARK | NST_NEEDS_PREFIX))
		nst_extra_mark(pcpu, skb, &pkt->f);
	/* last, since others clear its words */
	if (pcpu->needs & (NST_NEEDS_DOT1Q | NST_NEEDS_PORT))
		nst_extra_lower(pcpu, skb, state, &pkt->f);
}

/**
 * nst_extra_fields - set the fields that only some records, or namespaces with VRFs, need
 * @pcpu: this CPU; its @needs and @routes say which
 * @skb: the packet
 * @state: where it is
 * @policy: policy of the interface that meters it
 * @pkt: the packet, with its other fields set
 *
 * Context: owner, bottom halves off, RCU read side.
 */
void nst_extra_fields(struct nst_cpu *pcpu, const struct sk_buff *skb,
		      const struct nf_hook_state *state,
		      const struct nst_policy *policy, struct nst_pkt *pkt)
{
	struct nst_fields *fields = &pkt->f;

	if (pcpu->needs & NST_NEEDS_VRF && !fields->input_if)
		fields->input_if = nst_repeat_leaked_from(skb, state);
	if (pcpu->needs & NST_NEEDS_ROUTE_TABLE)
		fields->route_table =
			nst_route_tables_vrf(&pcpu->net->routes, pcpu->net->net,
					     fields->input_if ?: fields->output_if);
	fields->word[NST_WORD(src_as)] = 0;
	fields->bgp_next_hop = in6addr_any;
	if (pcpu->needs & NST_NEEDS_DST_MASK)
		nst_dissect_destination(skb, fields);
	if (pcpu->needs & NST_NEEDS_SRC_MASK)
		nst_dissect_source(pcpu->net->net, fields);
	/* the same word as that of the ICMPv6 type */
	fields->word[NST_WORD(icmp)] = NST_FIELD_PREP(status, pcpu->status);
	if (pcpu->needs & NST_NEEDS_ICMP && fields->protocol == IPPROTO_ICMPV6)
		fields->icmp = ntohs(fields->dport);
	if (pcpu->needs & NST_NEEDS_SAMPLER)
		fields->sampler =
			nst_config_sampler_id(&policy->sampler[fields->direction]);
	if (pcpu->needs & NST_NEEDS_VLAN) {
		fields->src_vlan = nst_ifmap_find(pcpu->map, fields->input_if)->vlan;
		fields->dst_vlan = nst_ifmap_find(pcpu->map, fields->output_if)->vlan;
	}
	if (pcpu->routes)
		nst_route_tables_values(&pcpu->net->routes, pcpu->net->net,
					pcpu->routes, fields);
	if (pcpu->needs & NST_NEEDS_ANY_DETAIL)
		nst_extra_detail(pcpu, skb, state, pkt);
}
