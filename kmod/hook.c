// SPDX-License-Identifier: GPL-2.0
/*
 * Where packets are seen: inbound at LOCAL_IN and FORWARD, before any filter
 * has spoken and after routing; outbound at POST_ROUTING, after all filtering.
 * Runs in softirq, and for local output in process context.  Accepts always.
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

/* For a member of a VRF this is the member, while the hook is told the VRF. */
static __always_inline u32 nst_input_if(const struct sk_buff *skb,
					const struct nf_hook_state *state,
					unsigned int dir)
{
	u32 iif = IP6CB(skb)->iif;

	if (dir == NETSTREAM_OUTBOUND)
		return skb->skb_iif ? iif : 0;
	return likely(iif) ? iif : state->in->ifindex;
}

static u16 nst_vlan_of(const struct nst_cpu *c, u32 ifindex)
{
	return nst_ifmap_find(c->map, ifindex)->vlan;
}

/* Segments that count in sampling; the hint suffices for that. */
static u32 nst_hook_segments(const struct sk_buff *skb)
{
	return skb_shinfo(skb)->gso_segs ?: 1;
}

/* What only some records ask for: words beyond those of the headers. */
static noinline void nst_hook_extra(const struct nst_cpu *c,
				    const struct sk_buff *skb,
				    struct nst_fields *f)
{
	f->word[NST_WORD(src_as)] = 0;
	f->bgp_next_hop = in6addr_any;
	if (c->needs & NST_NEEDS_DST_MASK)
		nst_dissect_destination(skb, f);
	if (c->needs & NST_NEEDS_SRC_MASK)
		nst_dissect_source(c->net->net, f);
	if (c->needs & NST_NEEDS_VLAN) {
		f->src_vlan = nst_vlan_of(c, f->input_if);
		f->dst_vlan = nst_vlan_of(c, f->output_if);
	}
}

/*
 * Export packets to a collector on this machine come back through the
 * loopback device without their socket: then the source tells.
 */
static bool nst_hook_own_inbound(const struct nst_cpu *c,
				 const struct sk_buff *skb,
				 const struct nst_fields *f)
{
	const struct nst_ifmap *map = c->map;

	return map->source_port && f->sport == map->source_port &&
	       f->protocol == IPPROTO_UDP &&
	       skb->dev && skb->dev->flags & IFF_LOOPBACK &&
	       ipv6_addr_equal(&f->src, &map->source);
}

/* Some segments of a super-packet were selected: their share of its bytes. */
static void nst_hook_share(struct nst_pkt *pkt, u32 selected)
{
	if (selected >= pkt->packets)
		return;
	pkt->bytes = div_u64(pkt->bytes * selected, pkt->packets);
	pkt->packets = selected;
}

/* What the hook knows and the headers do not. */
static __always_inline void nst_hook_fields(struct nst_cpu *c,
					    struct nst_fields *f,
					    const struct sk_buff *skb,
					    const struct nf_hook_state *state,
					    const struct nst_policy *policy,
					    unsigned int dir)
{
	u32 output_if = state->out ? state->out->ifindex : 0;

	f->word[NST_WORD(slot)] |= NST_FIELD_PREP(direction, dir) |
				   NST_FIELD_PREP(slot, policy->slot);
	f->word[NST_WORD(input_if)] = NST_FIELD_PREP(input_if,
						     nst_input_if(skb, state, dir));
	f->word[NST_WORD(output_if)] |= NST_FIELD_PREP(output_if, output_if);
	if (c->needs & NST_NEEDS_NEXT_HOP)
		nst_dissect_next_hop(skb, f);
	if (unlikely(c->needs & ~NST_NEEDS_NEXT_HOP))
		nst_hook_extra(c, skb, f);
}

/* How many of the packet's segments are to be metered. */
static noinline u32 nst_hook_select(struct nst_cpu *c, const struct sk_buff *skb,
				    const struct nst_sampler_def *def,
				    struct nst_sampler_state *state)
{
	u32 n = nst_hook_segments(skb);
	u32 selected = nst_sampler_select(def, state, n, nst_meter_clock(c));

	c->skipped[NST_SKIP_NOT_SELECTED] += n - selected;
	return selected;
}

/* Return: whether there is something to meter. */
static noinline bool nst_hook_dissect(struct nst_cpu *c,
				      const struct sk_buff *skb,
				      struct nst_pkt *pkt)
{
	int err = nst_dissect(skb, pkt, &c->headers);

	if (unlikely(err))
		c->malformed[-err]++;
	return err != -NST_MALFORMED_VERSION;
}

static __always_inline unsigned int
nst_hook_meter(struct nst_cpu *c, const struct sk_buff *skb,
	       const struct nf_hook_state *state,
	       const struct nst_policy *policy, struct nst_if_dir *st,
	       unsigned int dir)
{
	const struct nst_sampler_def *def = &policy->sampler[dir];
	struct nst_pkt *pkt = nst_ring_next(c);
	u32 meters = policy->meters;
	u32 selected = U32_MAX;

	if (unlikely(def->mode)) {
		selected = nst_hook_select(c, skb, def, &st->sampler);
		if (!selected)
			return NF_ACCEPT;
	}
	if (unlikely(!nst_dissect_simple(skb, pkt)) &&
	    !nst_hook_dissect(c, skb, pkt))
		return NF_ACCEPT;
	if (dir == NETSTREAM_INBOUND && nst_hook_own_inbound(c, skb, &pkt->f)) {
		c->skipped[NST_SKIP_OWN]++;
		return NF_ACCEPT;
	}
	nst_hook_fields(c, &pkt->f, skb, state, policy, dir);
	pkt->now = nst_meter_clock(c);
	if (unlikely(pkt->packets > 1))
		nst_hook_share(pkt, selected);
	u64_stats_update_begin(&st->sync);
	st->packets += pkt->packets;
	st->bytes += pkt->bytes;
	u64_stats_update_end(&st->sync);
	for (; meters; meters &= meters - 1)
		nst_meter_packet(c, c->meter[__ffs(meters)], pkt);
	return NF_ACCEPT;
}

static noinline unsigned int
nst_hook_meter_inbound(struct nst_cpu *c, const struct sk_buff *skb,
		       const struct nf_hook_state *state,
		       const struct nst_policy *policy, struct nst_if_dir *st)
{
	return nst_hook_meter(c, skb, state, policy, st, NETSTREAM_INBOUND);
}

static noinline unsigned int
nst_hook_meter_outbound(struct nst_cpu *c, const struct sk_buff *skb,
			const struct nf_hook_state *state,
			const struct nst_policy *policy, struct nst_if_dir *st)
{
	return nst_hook_meter(c, skb, state, policy, st, NETSTREAM_OUTBOUND);
}

static __always_inline unsigned int
nst_hook_sample(struct nst_cpu *c, const struct sk_buff *skb,
		const struct nf_hook_state *state,
		const struct nst_policy *policy, unsigned int dir, u32 n)
{
	struct nst_if_dir *st = this_cpu_ptr(policy->cpu) + dir;

	u64_stats_update_begin(&st->sync);
	st->seen += n;
	u64_stats_update_end(&st->sync);
	if (nst_sampler_passes(&st->sampler, n)) {
		c->skipped[NST_SKIP_NOT_SELECTED] += n;
		return NF_ACCEPT;
	}
	return dir == NETSTREAM_INBOUND ?
	       nst_hook_meter_inbound(c, skb, state, policy, st) :
	       nst_hook_meter_outbound(c, skb, state, policy, st);
}

static __always_inline unsigned int
nst_hook_policy(struct nst_cpu *c, const struct sk_buff *skb,
		const struct nf_hook_state *state,
		const struct nst_policy *policy, unsigned int dir, u32 n)
{
	if (!(policy->enabled & 1 << dir))
		return NF_ACCEPT;
	if (dir == NETSTREAM_OUTBOUND && nst_socket_owns(skb)) {
		c->skipped[NST_SKIP_OWN]++;
		return NF_ACCEPT;
	}
	return nst_hook_sample(c, skb, state, policy, dir, n);
}

/* Super-packets, and interfaces that the map has not in the first place. */
static noinline unsigned int
nst_hook_other(struct nst_cpu *c, const struct sk_buff *skb,
	       const struct nf_hook_state *state, u32 ifindex, unsigned int dir)
{
	return nst_hook_policy(c, skb, state, nst_ifmap_find(c->map, ifindex),
			       dir, nst_hook_segments(skb));
}

/*
 * Packets of interfaces that are not metered, and those that a sampler passes
 * over, end here: nothing that costs them a stack frame.
 */
static __always_inline unsigned int
nst_hook_seen(struct nst_cpu *c, const struct sk_buff *skb,
	      const struct nf_hook_state *state, unsigned int dir)
{
	u32 ifindex = dir == NETSTREAM_INBOUND ?
		      nst_input_if(skb, state, dir) : state->out->ifindex;
	const struct nst_policy *policy = nst_ifmap_first(c->map, c->map_mask,
							  ifindex);

	if (unlikely(policy->ifindex != ifindex || nst_hook_segments(skb) > 1))
		return nst_hook_other(c, skb, state, ifindex, dir);
	return nst_hook_policy(c, skb, state, policy, dir, 1);
}

static __always_inline unsigned int
nst_hook_locked(struct nst_net *nn, const struct sk_buff *skb,
		const struct nf_hook_state *state, unsigned int dir)
{
	unsigned int verdict;

	nst_lock(nn);
	verdict = nst_hook_seen(this_cpu_ptr(nn->cpu), skb, state, dir);
	nst_unlock(nn);
	return verdict;
}

/* Locally made packets come in process context. */
static noinline unsigned int nst_hook_process(struct nst_net *nn,
					      const struct sk_buff *skb,
					      const struct nf_hook_state *state,
					      unsigned int dir)
{
	local_bh_disable();
	nst_hook_locked(nn, skb, state, dir);
	local_bh_enable();
	return NF_ACCEPT;
}

/* Forwarding and local input run in softirq: there they are off already. */
static __always_inline unsigned int
nst_hook_enter(struct nst_net *nn, const struct sk_buff *skb,
	       const struct nf_hook_state *state, unsigned int dir)
{
	if (likely(softirq_count()))
		return nst_hook_locked(nn, skb, state, dir);
	return nst_hook_process(nn, skb, state, dir);
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
 * nst_hook_withdraw - see no more packets after a grace period
 * @nn: namespace
 * @dirs: mask of directions to stop
 *
 * Context: process, with the namespace's mutex; sleeps, but does not wait for
 *	packets that are in a hook: the caller does, with one RCU grace period.
 * Return: whether a hook was removed.
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
 * nst_hook_disable - see no more packets
 * @nn: namespace
 * @dirs: mask of directions to stop
 *
 * Context: process, with the namespace's mutex; sleeps.  When it returns no
 *	packet is in a hook that it removed.
 */
void nst_hook_disable(struct nst_net *nn, unsigned int dirs)
{
	if (nst_hook_withdraw(nn, dirs))
		synchronize_net();
}

/**
 * nst_hook_enable - see packets
 * @nn: namespace
 * @dirs: mask of directions to start
 *
 * Context: process, with the namespace's mutex; sleeps.
 * Return: 0 or a negative errno; then nothing was started.
 */
int nst_hook_enable(struct nst_net *nn, unsigned int dirs)
{
	unsigned int i, done;
	int err = 0;

	dirs &= ~nn->hooked;
	for (i = 0; i < ARRAY_SIZE(nst_hook_ops) && !err; i++) {
		if (!nst_hook_in(i, dirs))
			continue;
		nn->hook[i] = nst_hook_ops[i];
		nn->hook[i].priv = nn;
		err = nf_register_net_hook(nn->net, &nn->hook[i]);
	}
	if (!err) {
		nn->hooked |= dirs;
		return 0;
	}
	for (done = 0; done + 1 < i; done++)
		if (nst_hook_in(done, dirs))
			nf_unregister_net_hook(nn->net, &nn->hook[done]);
	return err;
}
