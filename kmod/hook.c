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

#include "clock.h"
#include "compat.h"
#include "config.h"
#include "dissect.h"
#include "hook.h"
#include "host.h"
#include "iface.h"
#include "meter.h"
#include "net.h"

/**
 * struct nst_seen - a packet at a hook
 * @skb: the packet
 * @policy: of the interface that is metered
 * @dir: direction
 * @input_if: ifindex it came from, 0: made here
 * @output_if: ifindex it leaves through, 0: delivered here
 */
struct nst_seen {
	const struct sk_buff	*skb;
	const struct nst_policy	*policy;
	unsigned int		dir;
	u32			input_if;
	u32			output_if;
};

/* For a member of a VRF this is the member, while the hook is told the VRF. */
static u32 nst_input_if(const struct sk_buff *skb,
			const struct nf_hook_state *state)
{
	u32 iif = IP6CB(skb)->iif;

	if (state->hook == NF_INET_POST_ROUTING)
		return skb->skb_iif ? iif : 0;
	return iif ?: state->in->ifindex;
}

static u16 nst_vlan_of(const struct nst_cpu *c, u32 ifindex)
{
	const struct nst_policy *p = nst_ifmap_find(c->map, ifindex);

	return p ? p->vlan : 0;
}

/* What only some records ask for. */
static void nst_hook_extra(const struct nst_cpu *c, const struct nst_seen *s,
			   u32 needs, struct nst_fields *f)
{
	if (needs & NST_NEEDS_ROUTE)
		nst_dissect_route(s->skb, f);
	if (needs & NST_NEEDS_SRC_MASK)
		nst_dissect_source(c->net->net, s->skb, f);
	if (needs & NST_NEEDS_VLAN) {
		f->src_vlan = nst_vlan_of(c, s->input_if);
		f->dst_vlan = nst_vlan_of(c, s->output_if);
	}
}

/*
 * Export packets to a collector on this machine come back through the
 * loopback device without their socket: then the source tells.
 */
static bool nst_hook_own_inbound(const struct nst_cpu *c,
				 const struct nst_seen *s,
				 const struct nst_fields *f)
{
	const struct nst_ifmap *map = c->map;

	return s->dir == NETSTREAM_INBOUND && f->protocol == IPPROTO_UDP &&
	       map->source_port && f->sport == map->source_port &&
	       s->skb->dev && s->skb->dev->flags & IFF_LOOPBACK &&
	       ipv6_addr_equal(&f->src, &map->source);
}

/* Some segments of a super-packet were selected: their share of its bytes. */
static void nst_hook_share(struct nst_pkt *pkt, u32 selected)
{
	if (selected >= pkt->packets)
		return;
	pkt->bytes = div_u64((u64)pkt->bytes * selected, pkt->packets);
	pkt->packets = selected;
}

static void nst_hook_meter(struct nst_cpu *c, const struct nst_seen *s,
			   struct nst_if_dir *st, u32 selected)
{
	struct nst_pkt pkt = {};
	unsigned long meters;
	unsigned int i;
	int err;

	err = nst_dissect(s->skb, &pkt);
	if (unlikely(err)) {
		c->malformed[-err]++;
		if (err == -NST_MALFORMED_VERSION)
			return;
	}
	if (unlikely(nst_hook_own_inbound(c, s, &pkt.f))) {
		c->skipped[NST_SKIP_OWN]++;
		return;
	}
	pkt.f.direction = s->dir;
	pkt.f.slot = s->policy->slot;
	pkt.f.input_if = s->input_if;
	pkt.f.output_if = s->output_if;
	if (c->needs)
		nst_hook_extra(c, s, c->needs, &pkt.f);
	c->now = nst_clock_ms();
	pkt.now = c->now;
	nst_hook_share(&pkt, selected);
	st->packets += pkt.packets;
	st->bytes += pkt.bytes;
	meters = s->policy->meters;
	for_each_set_bit(i, &meters, c->nmeters)
		nst_meter_packet(c, c->meter[i], &pkt);
}

/* How many of the packet's segments are to be metered. */
static u32 nst_hook_sample(struct nst_cpu *c, const struct nst_seen *s,
			   struct nst_if_dir *st)
{
	const struct nst_sampler_def *def = &s->policy->sampler[s->dir];
	u32 n = skb_shinfo(s->skb)->gso_segs ?: 1, selected, now = 0;

	st->seen += n;
	if (!def->mode)
		return U32_MAX;
	if (def->mode == NETSTREAM_SAMPLER_FIX_TIME)
		now = nst_clock_ms();
	selected = nst_sampler_select(def, &st->sampler, n, now);
	c->skipped[NST_SKIP_NOT_SELECTED] += n - selected;
	return selected;
}

static void nst_hook_seen(struct nst_cpu *c, struct nst_seen *s, u32 ifindex)
{
	struct nst_if_dir *st;
	u32 selected;

	s->policy = nst_ifmap_find(c->map, ifindex);
	if (!s->policy || !(s->policy->enabled & 1 << s->dir))
		return;
	if (s->dir == NETSTREAM_OUTBOUND && nst_host_owns(s->skb)) {
		c->skipped[NST_SKIP_OWN]++;
		return;
	}
	st = this_cpu_ptr(s->policy->stat->cpu) + s->dir;
	selected = nst_hook_sample(c, s, st);
	if (selected)
		nst_hook_meter(c, s, st, selected);
}

/* Forwarding and local input run in softirq: there it is off already. */
static void nst_hook_enter(struct nst_net *nn, struct nst_seen *s, u32 ifindex)
{
	bool off = softirq_count();

	if (!off)
		local_bh_disable();
	nst_lock(nn);
	nst_hook_seen(this_cpu_ptr(nn->cpu), s, ifindex);
	nst_unlock(nn);
	if (!off)
		local_bh_enable();
}

static unsigned int nst_hook_inbound(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	struct nst_net *nn = priv;
	struct nst_seen s = {
		.skb		= skb,
		.dir		= NETSTREAM_INBOUND,
		.input_if	= nst_input_if(skb, state),
		.output_if	= state->out ? state->out->ifindex : 0,
	};

	nst_hook_enter(nn, &s, s.input_if);
	return NF_ACCEPT;
}

static unsigned int nst_hook_outbound(void *priv, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	struct nst_net *nn = priv;
	struct nst_seen s = {
		.skb		= skb,
		.dir		= NETSTREAM_OUTBOUND,
		.input_if	= nst_input_if(skb, state),
		.output_if	= state->out->ifindex,
	};

	nst_hook_enter(nn, &s, s.output_if);
	return NF_ACCEPT;
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
 * nst_hook_disable - see no more packets
 * @nn: namespace
 * @dirs: mask of directions to stop
 *
 * Context: process, with the namespace's mutex; sleeps.  When it returns no
 *	packet is in a hook that it removed.
 */
void nst_hook_disable(struct nst_net *nn, unsigned int dirs)
{
	unsigned int i;

	dirs &= nn->hooked;
	if (!dirs)
		return;
	for (i = 0; i < ARRAY_SIZE(nst_hook_ops); i++)
		if (nst_hook_in(i, dirs))
			nf_unregister_net_hook(nn->net, &nn->hook[i]);
	nn->hooked &= ~dirs;
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
