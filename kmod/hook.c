// SPDX-License-Identifier: GPL-2.0
/*
 * The netfilter hooks.  Inbound packets are seen at LOCAL_IN and FORWARD, after
 * routing and before any filter; outbound packets at POST_ROUTING, after all
 * filters.  The hooks run in softirq, and in process context for packets that a
 * local process sends.  They always accept.
 *
 * A packet takes four steps, all inline: nst_hook_enter() takes the lock,
 * nst_hook_seen() finds the interface's policy, nst_hook_select() counts and
 * samples, nst_hook_meter() fills in a ring entry and meters it.  Packets of
 * interfaces that are not metered, and packets that a sampler skips, return before
 * the first function that needs a stack frame.
 */
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv6.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "compat.h"
#include "config.h"
#include "dissect.h"
#include "hook.h"
#include "ifmap.h"
#include "meter.h"
#include "ring.h"
#include "socket.h"
#include "state.h"

/*
 * The interface that a packet arrived on.  For a member of a VRF this is the member,
 * while the hook's state has the VRF device.
 */
static __always_inline u32 nst_hook_input_if(const struct sk_buff *skb,
					     const struct nf_hook_state *state,
					     unsigned int dir)
{
	u32 iif = IP6CB(skb)->iif;

	if (dir == NETSTREAM_OUTBOUND)
		return skb->skb_iif ? iif : 0;
	return likely(iif) ? iif : state->in->ifindex;
}

/* Number of segments of a packet for sampling. */
static u32 nst_hook_segments(const struct sk_buff *skb)
{
	return skb_shinfo(skb)->gso_segs ?: 1;
}

/* Set the fields that are not in the headers and that only some records need. */
static noinline void nst_hook_extra(const struct nst_cpu *pcpu,
				    const struct sk_buff *skb,
				    struct nst_fields *fields)
{
	fields->word[NST_WORD(src_as)] = 0;
	fields->bgp_next_hop = in6addr_any;
	if (pcpu->needs & NST_NEEDS_DST_MASK)
		nst_dissect_destination(skb, fields);
	if (pcpu->needs & NST_NEEDS_SRC_MASK)
		nst_dissect_source(pcpu->net->net, fields);
	if (pcpu->needs & NST_NEEDS_ICMP)
		fields->word[NST_WORD(icmp)] =
			NST_FIELD_PREP(icmp, fields->protocol == IPPROTO_ICMPV6 ?
				       ntohs(fields->dport) : 0);
	if (pcpu->needs & NST_NEEDS_VLAN) {
		fields->src_vlan = nst_ifmap_find(pcpu->map, fields->input_if)->vlan;
		fields->dst_vlan = nst_ifmap_find(pcpu->map, fields->output_if)->vlan;
	}
}

/* Set the fields that are not in the headers: direction, slot, interfaces, next hop. */
static __always_inline void nst_hook_fields(struct nst_cpu *pcpu,
					    struct nst_fields *fields,
					    const struct sk_buff *skb,
					    const struct nf_hook_state *state,
					    const struct nst_policy *policy,
					    unsigned int dir)
{
	u32 input_if = nst_hook_input_if(skb, state, dir);
	u32 output_if = state->out ? state->out->ifindex : 0;

	fields->word[NST_WORD(slot)] |= NST_FIELD_PREP(direction, dir) |
					NST_FIELD_PREP(slot, policy->slot);
	fields->word[NST_WORD(input_if)] = NST_FIELD_PREP(input_if, input_if);
	fields->word[NST_WORD(output_if)] |= NST_FIELD_PREP(output_if, output_if);
	if (pcpu->needs & NST_NEEDS_NEXT_HOP)
		nst_dissect_next_hop(skb, fields);
	if (unlikely(pcpu->needs & ~NST_NEEDS_NEXT_HOP))
		nst_hook_extra(pcpu, skb, fields);
}

/*
 * Whether an inbound packet is one of our own export packets.  On the loopback device
 * it no longer has a socket, so its source address and port tell.
 */
static bool nst_hook_own_inbound(const struct nst_cpu *pcpu,
				 const struct sk_buff *skb,
				 const struct nst_fields *fields)
{
	const struct nst_ifmap *map = pcpu->map;

	return map->source_port && fields->sport == map->source_port &&
	       fields->protocol == IPPROTO_UDP &&
	       skb->dev && skb->dev->flags & IFF_LOOPBACK &&
	       ipv6_addr_equal(&fields->src, &map->source);
}

/* Return: number of the packet's segments that the sampler selects. */
static noinline u32 nst_hook_sample(struct nst_cpu *pcpu,
				    const struct sk_buff *skb,
				    const struct nst_sampler_def *def,
				    struct nst_sampler_state *state)
{
	u32 segments = nst_hook_segments(skb);
	u32 selected = nst_sampler_select(def, state, segments,
					  nst_meter_clock(pcpu));

	pcpu->skipped[NST_SKIP_NOT_SELECTED] += segments - selected;
	return selected;
}

/* Reduce a GSO packet to the segments that were selected. */
static void nst_hook_share(struct nst_pkt *pkt, u32 selected)
{
	if (selected >= pkt->packets)
		return;
	pkt->bytes = div_u64(pkt->bytes * selected, pkt->packets);
	pkt->packets = selected;
}

/* Return: whether the packet can be metered, that is, has an IPv6 header. */
static noinline bool nst_hook_dissect(struct nst_cpu *pcpu,
				      const struct sk_buff *skb,
				      struct nst_pkt *pkt)
{
	int err = nst_dissect(skb, pkt, &pcpu->headers);

	if (unlikely(err))
		pcpu->malformed[-err]++;
	return err != -NST_MALFORMED_VERSION;
}

static __always_inline unsigned int
nst_hook_meter(struct nst_cpu *pcpu, const struct sk_buff *skb,
	       const struct nf_hook_state *state,
	       const struct nst_policy *policy, struct nst_if_dir *stats,
	       unsigned int dir)
{
	const struct nst_sampler_def *def = &policy->sampler[dir];
	struct nst_pkt *pkt = nst_ring_next(pcpu);
	u32 records = policy->record_mask;
	u32 selected = U32_MAX;

	if (unlikely(def->mode)) {
		selected = nst_hook_sample(pcpu, skb, def, &stats->sampler);
		if (!selected)
			return NF_ACCEPT;
	}
	if (unlikely(!nst_dissect_simple(skb, pkt)) &&
	    !nst_hook_dissect(pcpu, skb, pkt))
		return NF_ACCEPT;
	if (dir == NETSTREAM_INBOUND &&
	    nst_hook_own_inbound(pcpu, skb, &pkt->f)) {
		pcpu->skipped[NST_SKIP_OWN]++;
		return NF_ACCEPT;
	}
	nst_hook_fields(pcpu, &pkt->f, skb, state, policy, dir);
	pkt->now = nst_meter_clock(pcpu);
	if (unlikely(pkt->packets > 1))
		nst_hook_share(pkt, selected);
	u64_stats_update_begin(&stats->sync);
	stats->packets += pkt->packets;
	stats->bytes += pkt->bytes;
	u64_stats_update_end(&stats->sync);
	for (; records; records &= records - 1)
		nst_meter_packet(pcpu, pcpu->active[__ffs(records)], pkt);
	return NF_ACCEPT;
}

/* One copy per direction, in which the direction is a constant. */
static noinline unsigned int
nst_hook_meter_inbound(struct nst_cpu *pcpu, const struct sk_buff *skb,
		       const struct nf_hook_state *state,
		       const struct nst_policy *policy,
		       struct nst_if_dir *stats)
{
	return nst_hook_meter(pcpu, skb, state, policy, stats,
			      NETSTREAM_INBOUND);
}

static noinline unsigned int
nst_hook_meter_outbound(struct nst_cpu *pcpu, const struct sk_buff *skb,
			const struct nf_hook_state *state,
			const struct nst_policy *policy,
			struct nst_if_dir *stats)
{
	return nst_hook_meter(pcpu, skb, state, policy, stats,
			      NETSTREAM_OUTBOUND);
}

/* Count a packet at its interface.  Meter it unless it is ours or skipped. */
static __always_inline unsigned int
nst_hook_select(struct nst_cpu *pcpu, const struct sk_buff *skb,
		const struct nf_hook_state *state,
		const struct nst_policy *policy, unsigned int dir, u32 segments)
{
	struct nst_if_dir *stats;

	if (!(policy->enabled & 1 << dir))
		return NF_ACCEPT;
	if (dir == NETSTREAM_OUTBOUND && nst_socket_owns(skb)) {
		pcpu->skipped[NST_SKIP_OWN]++;
		return NF_ACCEPT;
	}
	stats = this_cpu_ptr(policy->cpu) + dir;
	u64_stats_update_begin(&stats->sync);
	stats->seen += segments;
	u64_stats_update_end(&stats->sync);
	if (nst_sampler_passes(&stats->sampler, segments)) {
		pcpu->skipped[NST_SKIP_NOT_SELECTED] += segments;
		return NF_ACCEPT;
	}
	return dir == NETSTREAM_INBOUND ?
	       nst_hook_meter_inbound(pcpu, skb, state, policy, stats) :
	       nst_hook_meter_outbound(pcpu, skb, state, policy, stats);
}

/* GSO packets, and interfaces that are not in their home entry of the map. */
static noinline unsigned int
nst_hook_seen_other(struct nst_cpu *pcpu, const struct sk_buff *skb,
		    const struct nf_hook_state *state, u32 ifindex,
		    unsigned int dir)
{
	return nst_hook_select(pcpu, skb, state,
			       nst_ifmap_find(pcpu->map, ifindex), dir,
			       nst_hook_segments(skb));
}

static __always_inline unsigned int
nst_hook_seen(struct nst_net *nn, const struct sk_buff *skb,
	      const struct nf_hook_state *state, unsigned int dir)
{
	struct nst_cpu *pcpu = this_cpu_ptr(nn->cpu);
	u32 ifindex = dir == NETSTREAM_INBOUND ?
		      nst_hook_input_if(skb, state, dir) : state->out->ifindex;
	const struct nst_policy *policy =
		nst_ifmap_first(pcpu->map, pcpu->map_mask, ifindex);

	if (unlikely(policy->ifindex != ifindex || nst_hook_segments(skb) > 1))
		return nst_hook_seen_other(pcpu, skb, state, ifindex, dir);
	return nst_hook_select(pcpu, skb, state, policy, dir, 1);
}

/* Packets that a local process sends: bottom halves are still on. */
static noinline unsigned int
nst_hook_enter_process(struct nst_net *nn, const struct sk_buff *skb,
		       const struct nf_hook_state *state, unsigned int dir)
{
	local_bh_disable();
	nst_lock(nn);
	nst_hook_seen(nn, skb, state, dir);
	nst_unlock(nn);
	local_bh_enable();
	return NF_ACCEPT;
}

static __always_inline unsigned int
nst_hook_enter(struct nst_net *nn, const struct sk_buff *skb,
	       const struct nf_hook_state *state, unsigned int dir)
{
	unsigned int verdict;

	if (unlikely(!softirq_count()))
		return nst_hook_enter_process(nn, skb, state, dir);
	nst_lock(nn);
	verdict = nst_hook_seen(nn, skb, state, dir);
	nst_unlock(nn);
	return verdict;
}

static unsigned int nst_hook_inbound(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	return nst_hook_enter(priv, skb, state, NETSTREAM_INBOUND);
}

static unsigned int nst_hook_outbound(void *priv, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	return nst_hook_enter(priv, skb, state, NETSTREAM_OUTBOUND);
}

/* ------------------------------------------------------------ registration */

static const struct nf_hook_ops nst_hook_ops[] = {
	{
		.hook		= nst_hook_inbound,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_LOCAL_IN,
		.priority	= NF_IP6_PRI_FIRST,
	}, {
		.hook		= nst_hook_inbound,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_FORWARD,
		.priority	= NF_IP6_PRI_FIRST,
	}, {
		.hook		= nst_hook_outbound,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= NF_IP6_PRI_LAST,
	},
};

static_assert(ARRAY_SIZE(nst_hook_ops) == NST_HOOKS);

static bool nst_hook_in(unsigned int i, unsigned int dirs)
{
	unsigned int dir = nst_hook_ops[i].hooknum == NF_INET_POST_ROUTING ?
			   NETSTREAM_OUTBOUND : NETSTREAM_INBOUND;

	return dirs & 1 << dir;
}

/**
 * nst_hook_withdraw - unregister hooks without waiting
 * @nn: namespace
 * @dirs: mask of directions to stop
 *
 * Packets may still be in a hook.  The caller waits for them, with one RCU grace
 * period.
 *
 * Context: process, with the namespace's mutex; sleeps.
 * Return: whether a hook was unregistered.
 */
bool nst_hook_withdraw(struct nst_net *nn, unsigned int dirs)
{
	unsigned int i;

	dirs &= nn->hooked;
	for (i = 0; i < ARRAY_SIZE(nst_hook_ops); i++)
		if (nst_hook_in(i, dirs))
			nf_unregister_net_hook(nn->net, &nn->hook[i]);
	nn->hooked &= ~dirs;
	return dirs;
}

/**
 * nst_hook_disable - unregister hooks and wait for packets that are in them
 * @nn: namespace
 * @dirs: mask of directions to stop
 *
 * Context: process, with the namespace's mutex; sleeps for a grace period.
 */
void nst_hook_disable(struct nst_net *nn, unsigned int dirs)
{
	if (nst_hook_withdraw(nn, dirs))
		synchronize_net();
}

/**
 * nst_hook_enable - register hooks
 * @nn: namespace
 * @dirs: mask of directions to start
 *
 * Context: process, with the namespace's mutex; sleeps.
 * Return: 0 or a negative errno; then nothing was started.
 */
int nst_hook_enable(struct nst_net *nn, unsigned int dirs)
{
	unsigned int i;
	int err;

	dirs &= ~nn->hooked;
	for (i = 0; i < ARRAY_SIZE(nst_hook_ops); i++) {
		if (!nst_hook_in(i, dirs))
			continue;
		nn->hook[i] = nst_hook_ops[i];
		nn->hook[i].priv = nn;
		err = nf_register_net_hook(nn->net, &nn->hook[i]);
		if (err)
			goto err_unregister;
	}
	nn->hooked |= dirs;
	return 0;

err_unregister:
	while (i--)
		if (nst_hook_in(i, dirs))
			nf_unregister_net_hook(nn->net, &nn->hook[i]);
	return err;
}
