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
 * the first function that needs a stack frame.  Packets that the hooks may see more
 * than once take a longer way, by nst_hook_seen_other().
 *
 * Packets of interfaces with monitors go another way, nst_hook_watched(), from the step
 * that counts them on.  Other packets do not know that there are monitors.
 *
 * Records that say what became of a packet do not take this way inbound: drops.c calls
 * nst_hook_settle() for them when a packet has been forwarded, delivered or dropped.
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
#include "extra.h"
#include "hook.h"
#include "ifmap.h"
#include "meter.h"
#include "nat.h"
#include "repeat.h"
#include "ring.h"
#include "route_tables.h"
#include "socket.h"
#include "state.h"
#include "watch.h"

static __always_inline unsigned int nst_hook_direction(unsigned int hooknum)
{
	return hooknum == NF_INET_POST_ROUTING ? NETSTREAM_OUTBOUND :
						 NETSTREAM_INBOUND;
}

/* The interface that a packet arrived on; 0: none. */
static __always_inline u32 nst_hook_input_if(const struct sk_buff *skb,
					     const struct nf_hook_state *state,
					     unsigned int dir)
{
	u32 iif = IP6CB(skb)->iif;

	if (dir == NETSTREAM_OUTBOUND)
		return likely(iif == skb->skb_iif) ? iif :
		       nst_repeat_forwarded_from(skb, state->in);
	return likely(iif == skb->skb_iif) ? iif :
					     nst_repeat_input_if(skb, state->in);
}

/*
 * Whether the hooks may see a packet more than once, or get an input interface on
 * which it did not arrive.  False for all plain traffic. nst_repeat_is_duplicate()
 * and nst_repeat_input_if() decide on the others.
 */
static __always_inline bool nst_hook_may_repeat(const struct sk_buff *skb,
						const struct nf_hook_state *state,
						unsigned int hooknum)
{
	if (hooknum == NF_INET_POST_ROUTING)
		return skb->dev != state->out ||
		       ipv6_hdr(skb)->daddr.s6_addr[0] == 0xff ||
		       state->in == state->out ||
		       (nst_lwtunnel_hooks() &&
			IP6CB(skb)->iif == state->out->ifindex);
	if (hooknum == NF_INET_LOCAL_IN && nst_repeat_may_go_on(skb))
		return true;
	return IP6CB(skb)->iif != skb->skb_iif || nst_repeat_marked(skb);
}

/* Set the fields that are not in the headers: direction, slot, interfaces, next hop. */
static __always_inline void nst_hook_fields(struct nst_cpu *pcpu,
					    struct nst_pkt *pkt,
					    const struct sk_buff *skb,
					    const struct nf_hook_state *state,
					    const struct nst_policy *policy,
					    unsigned int dir)
{
	struct nst_fields *fields = &pkt->f;
	u32 input_if = nst_hook_input_if(skb, state, dir);
	u32 output_if = state->out ? state->out->ifindex : 0;

	fields->word[NST_WORD(slot)] |= NST_FIELD_PREP(direction, dir) |
					NST_FIELD_PREP(slot, policy->slot);
	fields->word[NST_WORD(input_if)] = NST_FIELD_PREP(input_if, input_if);
	fields->word[NST_WORD(output_if)] |= NST_FIELD_PREP(output_if, output_if);
	if (pcpu->needs & NST_NEEDS_NEXT_HOP)
		nst_dissect_next_hop(skb, fields);
	if (unlikely(pcpu->needs & ~NST_NEEDS_NEXT_HOP))
		nst_extra_fields(pcpu, skb, state, policy, pkt);
}

/* Return: number of the packet's segments that the sampler selects. */
static noinline u32 nst_hook_sample(struct nst_cpu *pcpu, u32 segments,
				    const struct nst_sampler_def *def,
				    struct nst_sampler_state *state)
{
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
static __always_inline bool nst_hook_dissected(struct nst_cpu *pcpu, int err)
{
	if (unlikely(err))
		pcpu->malformed[-err]++;
	return err != -NST_MALFORMED_VERSION;
}

/* Dissect the packet, or the packet as it arrived, or the packet inside it. */
static noinline bool nst_hook_dissect_inside(struct nst_cpu *pcpu,
					     const struct sk_buff *skb,
					     const struct nf_hook_state *state,
					     struct nst_pkt *pkt)
{
	return nst_hook_dissected(pcpu,
				  nst_dissect_at(skb, nst_extra_start(pcpu, skb, state),
						 pkt, &pcpu->headers));
}

static noinline bool nst_hook_dissect(struct nst_cpu *pcpu,
				      const struct sk_buff *skb,
				      const struct nf_hook_state *state,
				      struct nst_pkt *pkt)
{
	/* this machine may have encapsulated it */
	if (unlikely(skb->inner_network_header > skb->network_header))
		return nst_hook_dissect_inside(pcpu, skb, state, pkt);
	return nst_hook_dissected(pcpu, nst_dissect(skb, pkt, &pcpu->headers));
}

/*
 * @records: records to meter it for
 * @other: it is a GSO packet with @segments segments, or may have a packet inside
 */
static __always_inline unsigned int
nst_hook_meter(struct nst_cpu *pcpu, const struct sk_buff *skb,
	       const struct nf_hook_state *state,
	       const struct nst_policy *policy, struct nst_if_dir *stats,
	       unsigned int dir, u32 records, bool other, u32 segments)
{
	const struct nst_sampler_def *def = &policy->sampler[dir];
	struct nst_pkt *pkt = nst_ring_next(pcpu);
	u32 selected = U32_MAX;

	if (unlikely(def->mode)) {
		selected = nst_hook_sample(pcpu, segments, def, &stats->sampler);
		if (!selected)
			return NF_ACCEPT;
	}
	if (other) {
		if (!nst_hook_dissect_inside(pcpu, skb, state, pkt))
			return NF_ACCEPT;
	} else if (unlikely(!nst_dissect_simple(skb, pkt)) &&
		   !nst_hook_dissect(pcpu, skb, state, pkt)) {
		return NF_ACCEPT;
	}
	if (dir == NETSTREAM_INBOUND && nst_nat_used())
		nst_nat_restore(skb, &pkt->f);
	nst_hook_fields(pcpu, pkt, skb, state, policy, dir);
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
	return nst_hook_meter(pcpu, skb, state, policy, stats, NETSTREAM_INBOUND,
			      policy->record_mask[NETSTREAM_INBOUND], false, 1);
}

static noinline unsigned int
nst_hook_meter_outbound(struct nst_cpu *pcpu, const struct sk_buff *skb,
			const struct nf_hook_state *state,
			const struct nst_policy *policy,
			struct nst_if_dir *stats)
{
	return nst_hook_meter(pcpu, skb, state, policy, stats, NETSTREAM_OUTBOUND,
			      policy->record_mask[NETSTREAM_OUTBOUND], false, 1);
}

/* One copy for both directions: a GSO packet spreads the cost over its segments. */
static noinline unsigned int
nst_hook_meter_other(struct nst_cpu *pcpu, const struct sk_buff *skb,
		     const struct nf_hook_state *state,
		     const struct nst_policy *policy, struct nst_if_dir *stats,
		     unsigned int dir, u32 records, u32 segments)
{
	return nst_hook_meter(pcpu, skb, state, policy, stats, dir, records, true,
			      segments);
}

/*
 * An export packet, or a tunnel's packet with one inside, which still has its socket.
 * The export packet has been counted on its way into the tunnel, unless it is IPv4.
 * A clone that is given @state->in would cost all packets that are not ours a load.
 */
static noinline __noclone unsigned int
nst_hook_skip_own(struct nst_cpu *pcpu, const struct sk_buff *skb,
		  const struct nf_hook_state *state)
{
	bool outer = state->in && !netif_is_l3_master(state->in) &&
		     skb->sk->sk_family == AF_INET6;

	if (!outer)
		pcpu->skipped[NST_SKIP_OWN]++;
	return NF_ACCEPT;
}

/* Meter a packet that the sampler does not skip for the system view. */
static __always_inline unsigned int
nst_hook_meter_chosen(struct nst_cpu *pcpu, const struct sk_buff *skb,
		      const struct nf_hook_state *state,
		      const struct nst_policy *policy, struct nst_if_dir *stats,
		      unsigned int dir, bool other, u32 segments)
{
	if (other)
		return nst_hook_meter_other(pcpu, skb, state, policy, stats, dir,
					    policy->record_mask[dir], segments);
	return dir == NETSTREAM_INBOUND ?
	       nst_hook_meter_inbound(pcpu, skb, state, policy, stats) :
	       nst_hook_meter_outbound(pcpu, skb, state, policy, stats);
}

/* Count a packet at its interface.  Meter it unless the sampler skips it. */
static __always_inline unsigned int
nst_hook_count(struct nst_cpu *pcpu, const struct sk_buff *skb,
	       const struct nf_hook_state *state,
	       const struct nst_policy *policy, unsigned int dir, bool other,
	       u32 segments)
{
	struct nst_if_dir *stats = this_cpu_ptr(policy->cpu) + dir;

	u64_stats_update_begin(&stats->sync);
	stats->seen += segments;
	u64_stats_update_end(&stats->sync);
	if (nst_sampler_passes(&stats->sampler, segments)) {
		pcpu->skipped[NST_SKIP_NOT_SELECTED] += segments;
		return NF_ACCEPT;
	}
	return nst_hook_meter_chosen(pcpu, skb, state, policy, stats, dir, other, segments);
}

/* ------------------------------------------------------- interfaces with monitors */

/*
 * Count a packet at a watcher.
 * @place: direction, or %NST_IF_SETTLED
 * Return: number of the packet's segments that it selects; U32_MAX: all of them.
 */
static __always_inline u32 nst_hook_choose(struct nst_cpu *pcpu,
					   const struct nst_watcher *watcher,
					   unsigned int place, u32 segments)
{
	/* the first hooks count packets at the interface, if they meter any records */
	bool again = place == NST_IF_SETTLED && watcher->records[NETSTREAM_INBOUND];
	unsigned int dir = place == NST_IF_SETTLED ? NETSTREAM_INBOUND : place;
	const struct nst_sampler_def *def = &watcher->sampler[dir];
	struct nst_if_dir *stats = this_cpu_ptr(watcher->cpu) + (again ? place : dir);
	u32 selected = U32_MAX;

	u64_stats_update_begin(&stats->sync);
	stats->seen += segments;
	u64_stats_update_end(&stats->sync);
	if (!def->mode)
		return selected;
	selected = 0;
	if (!nst_sampler_passes(&stats->sampler, segments))
		selected = nst_sampler_select(def, &stats->sampler, segments,
					      nst_meter_clock(pcpu));
	if (again)
		return selected;
	if (watcher->account)
		watcher->account->cpu[pcpu->id].not_selected += segments - selected;
	else
		pcpu->skipped[NST_SKIP_NOT_SELECTED] += segments - selected;
	return selected;
}

/*
 * Meter a packet for the records of one watcher.
 * @pkt: the packet; only its amounts, slot and sampler may be those of another watcher,
 *	which has metered it in this ring entry
 * @whole: packets and bytes of all its segments
 */
static __always_inline void nst_hook_watcher(struct nst_cpu *pcpu,
					     const struct nst_watcher *watcher,
					     const struct nst_pkt *pkt,
					     const struct nst_amount *whole,
					     unsigned int place, u32 selected)
{
	unsigned int dir = place == NST_IF_SETTLED ? NETSTREAM_INBOUND : place;
	bool again = place == NST_IF_SETTLED && watcher->records[NETSTREAM_INBOUND];
	struct nst_if_dir *stats = this_cpu_ptr(watcher->cpu) + (again ? place : dir);
	u32 records = watcher->records[place];
	struct nst_pkt *mine = nst_ring_next(pcpu);
	struct nst_account_cpu *account = NULL;
	struct nst_amount amount = {};

	if (watcher->account)
		account = &watcher->account->cpu[pcpu->id];
	if (mine != pkt)
		nst_ring_copy(pcpu, mine, pkt);
	mine->f.word[NST_WORD(slot)] &= ~NST_FIELD_PREP(slot, U8_MAX);
	mine->f.word[NST_WORD(slot)] |= NST_FIELD_PREP(slot, watcher->slot);
	if (unlikely(pcpu->needs & NST_NEEDS_SAMPLER))
		mine->f.sampler = nst_config_sampler_id(&watcher->sampler[dir]);
	amount.packets = whole->packets;
	amount.bytes = whole->bytes;
	if (unlikely(amount.packets > 1)) {
		mine->packets = amount.packets;
		mine->bytes = amount.bytes;
		nst_hook_share(mine, selected);
		amount.packets = mine->packets;
		amount.bytes = mine->bytes;
	}
	u64_stats_update_begin(&stats->sync);
	stats->packets += amount.packets;
	stats->bytes += amount.bytes;
	u64_stats_update_end(&stats->sync);
	for (; records; records &= records - 1) {
		if (likely(account))
			nst_amount_add(&account->metered, &amount);
		nst_meter_packet(pcpu, pcpu->active[__ffs(records)], mine);
	}
}

/* Meter a packet for the watchers that have selected some of its segments. */
static noinline void nst_hook_meter_watched(struct nst_cpu *pcpu,
					    const struct sk_buff *skb,
					    const struct nf_hook_state *state,
					    const struct nst_policy *policy,
					    unsigned int place, bool other,
					    const u32 *selected)
{
	unsigned int dir = place == NST_IF_SETTLED ? NETSTREAM_INBOUND : place;
	const struct nst_watch *watch = policy->watch;
	struct nst_pkt *pkt = nst_ring_next(pcpu);
	struct nst_amount whole = {};
	u8 routes = pcpu->routes;
	u32 needs = pcpu->needs;
	unsigned int i;

	if (other ? !nst_hook_dissect_inside(pcpu, skb, state, pkt) :
		    !nst_dissect_simple(skb, pkt) &&
		    !nst_hook_dissect(pcpu, skb, state, pkt))
		return;
	if (dir == NETSTREAM_INBOUND && nst_nat_used())
		nst_nat_restore(skb, &pkt->f);
	pcpu->needs |= watch->needs;
	pcpu->routes |= watch->routes;
	nst_hook_fields(pcpu, pkt, skb, state, policy, dir);
	pkt->now = nst_meter_clock(pcpu);
	whole.packets = pkt->packets;
	whole.bytes = pkt->bytes;
	for (i = 0; i < watch->n; i++)
		if (selected[i])
			nst_hook_watcher(pcpu, &watch->at[i], pkt, &whole, place,
					 selected[i]);
	pcpu->needs = needs;
	pcpu->routes = routes;
}

/*
 * Meter a packet for the system view, which selects every packet, then for the monitors
 * that select some of its segments.
 */
static noinline unsigned int nst_hook_meter_both(struct nst_cpu *pcpu,
						 const struct sk_buff *skb,
						 const struct nf_hook_state *state,
						 const struct nst_policy *policy,
						 bool other, u32 segments)
{
	unsigned int dir = nst_hook_direction(state->hook);
	struct nst_if_dir *stats = this_cpu_ptr(policy->cpu) + dir;
	const struct nst_watch *watch = policy->watch;
	const struct nst_watcher *monitor = watch->at + 1, *end = watch->at + watch->n;
	const struct nst_pkt *pkt = nst_ring_next(pcpu);
	struct nst_amount whole = {};
	u64 metered = stats->packets;
	u8 routes = pcpu->routes;
	u32 needs = pcpu->needs, selected;

	pcpu->needs |= watch->needs;
	pcpu->routes |= watch->routes;
	u64_stats_update_begin(&stats->sync);
	stats->seen += segments;
	u64_stats_update_end(&stats->sync);
	nst_hook_meter_chosen(pcpu, skb, state, policy, stats, dir, other, segments);
	/* the packet is still in its ring entry, unless it is malformed */
	metered = stats->packets - metered;
	whole.packets = pkt->packets;
	whole.bytes = pkt->bytes;
	for (; monitor < end; monitor++) {
		if (!monitor->records[dir])
			continue;
		selected = nst_hook_choose(pcpu, monitor, dir, segments);
		if (selected && metered)
			nst_hook_watcher(pcpu, monitor, pkt, &whole, dir, selected);
	}
	pcpu->needs = needs;
	pcpu->routes = routes;
	return NF_ACCEPT;
}

/*
 * Meter a packet for the watchers that select some of its segments.
 * @place: direction, or %NST_IF_SETTLED
 */
static noinline unsigned int nst_hook_watch(struct nst_cpu *pcpu,
					    const struct sk_buff *skb,
					    const struct nf_hook_state *state,
					    const struct nst_policy *policy,
					    unsigned int place, bool other, u32 segments)
{
	const struct nst_watch *watch = policy->watch;
	u32 selected[NST_WATCHERS_MAX], any = 0;
	unsigned int i;

	for (i = 0; i < watch->n; i++) {
		selected[i] = 0;
		if (watch->at[i].records[place])
			selected[i] = nst_hook_choose(pcpu, &watch->at[i], place, segments);
		any |= selected[i];
	}
	if (any)
		nst_hook_meter_watched(pcpu, skb, state, policy, place, other, selected);
	return NF_ACCEPT;
}

/* Count a packet at a monitor if its sampler skips it.  Return: whether it does. */
static __always_inline bool nst_hook_passes(struct nst_cpu *pcpu,
					    const struct nst_watcher *monitor,
					    unsigned int dir, u32 segments)
{
	struct nst_if_dir *stats = this_cpu_ptr(monitor->cpu) + dir;

	if (!nst_sampler_passes(&stats->sampler, segments))
		return false;
	u64_stats_update_begin(&stats->sync);
	stats->seen += segments;
	u64_stats_update_end(&stats->sync);
	monitor->account->cpu[pcpu->id].not_selected += segments;
	return true;
}

/* A packet that all monitors skip: the system view treats it as if there were none. */
static __always_inline unsigned int
nst_hook_watch_none(struct nst_cpu *pcpu, const struct sk_buff *skb,
		    const struct nf_hook_state *state, const struct nst_policy *policy,
		    unsigned int dir, bool other, u32 segments)
{
	if (!(policy->watch->system & 1 << dir))
		return NF_ACCEPT;
	return nst_hook_count(pcpu, skb, state, policy, dir, other, segments);
}

/* A packet of an interface where several monitors sample, or that one selects. */
static noinline unsigned int nst_hook_watch_several(struct nst_cpu *pcpu,
						    const struct sk_buff *skb,
						    const struct nf_hook_state *state,
						    const struct nst_policy *policy,
						    bool other, u32 segments)
{
	unsigned int dir = nst_hook_direction(state->hook), i;
	const struct nst_watch *watch = policy->watch;
	const unsigned int first = !watch->at[0].account;
	const struct nst_watcher *monitor;

	for (i = first; i < watch->n; i++) {
		monitor = &watch->at[i];
		if (!monitor->records[dir] ||
		    this_cpu_ptr(monitor->cpu)[dir].sampler.skip >= segments)
			continue;
		if (watch->system & 1 << dir && !policy->sampler[dir].mode)
			return nst_hook_meter_both(pcpu, skb, state, policy, other,
						   segments);
		return nst_hook_watch(pcpu, skb, state, policy, dir, other, segments);
	}
	for (i = first; i < watch->n; i++)
		if (watch->at[i].records[dir])
			nst_hook_passes(pcpu, &watch->at[i], dir, segments);
	return nst_hook_watch_none(pcpu, skb, state, policy, dir, other, segments);
}

/* A packet that samplers may skip.  Most interfaces have one monitor. */
static noinline unsigned int nst_hook_watch_sampled(struct nst_cpu *pcpu,
						    const struct sk_buff *skb,
						    const struct nf_hook_state *state,
						    const struct nst_policy *policy,
						    bool other, u32 segments)
{
	unsigned int dir = nst_hook_direction(state->hook);
	const struct nst_watcher *only = policy->watch->only[dir];

	if (!only || !nst_hook_passes(pcpu, only, dir, segments))
		return nst_hook_watch_several(pcpu, skb, state, policy, other, segments);
	return nst_hook_watch_none(pcpu, skb, state, policy, dir, other, segments);
}

/* A packet of an interface that has monitors in this direction. */
static noinline unsigned int nst_hook_watched(struct nst_cpu *pcpu,
					      const struct sk_buff *skb,
					      const struct nf_hook_state *state,
					      const struct nst_policy *policy, bool other,
					      u32 segments)
{
	unsigned int dir = nst_hook_direction(state->hook);

	if (dir == NETSTREAM_OUTBOUND && nst_socket_owns(skb))
		return nst_hook_skip_own(pcpu, skb, state);
	if (policy->watch->whole & 1 << dir)
		return nst_hook_meter_both(pcpu, skb, state, policy, other, segments);
	return nst_hook_watch_sampled(pcpu, skb, state, policy, other, segments);
}

/* Meter a packet unless this module sent it or no one meters its interface. */
static __always_inline unsigned int
nst_hook_select(struct nst_cpu *pcpu, const struct sk_buff *skb,
		const struct nf_hook_state *state,
		const struct nst_policy *policy, unsigned int dir, bool other,
		u32 segments)
{
	if (!(policy->hooked & 1 << dir)) {
		if (likely(!(policy->watched & 1 << dir)))
			return NF_ACCEPT;
		return nst_hook_watched(pcpu, skb, state, policy, other, segments);
	}
	if (dir == NETSTREAM_OUTBOUND && nst_socket_owns(skb))
		return nst_hook_skip_own(pcpu, skb, state);
	return nst_hook_count(pcpu, skb, state, policy, dir, other, segments);
}

/*
 * GSO packets, packets that may have been seen before, and interfaces that are
 * not in their home entry of the map.
 */
static noinline unsigned int
nst_hook_seen_other(struct nst_cpu *pcpu, const struct sk_buff *skb,
		    const struct nf_hook_state *state)
{
	unsigned int dir = nst_hook_direction(state->hook);
	u32 ifindex = dir == NETSTREAM_INBOUND ?
		      nst_hook_input_if(skb, state, dir) : state->out->ifindex;
	const struct nst_policy *policy = nst_ifmap_find(pcpu->map, ifindex);
	bool gso = skb_is_gso(skb);
	u32 segments = 1;

	if (!((policy->hooked | policy->watched) & 1 << dir))
		return NF_ACCEPT;
	if (nst_repeat_is_duplicate(&pcpu->repeat, pcpu->map, skb, state)) {
		pcpu->skipped[NST_SKIP_REPEAT]++;
		return NF_ACCEPT;
	}
	if (nst_repeat_own_export(pcpu->map, skb, state)) {
		pcpu->skipped[NST_SKIP_OWN]++;
		return NF_ACCEPT;
	}
	if (gso)
		segments = nst_dissect_segments(skb, nst_ring_next(pcpu),
						&pcpu->headers);
	return nst_hook_select(pcpu, skb, state, policy, dir,
			       gso || pcpu->map->srv6_inner, segments);
}

static __always_inline unsigned int
nst_hook_seen(struct nst_net *nn, const struct sk_buff *skb,
	      const struct nf_hook_state *state, unsigned int hooknum)
{
	struct nst_cpu *pcpu = this_cpu_ptr(nn->cpu);
	unsigned int dir = nst_hook_direction(hooknum);
	u32 ifindex = dir == NETSTREAM_INBOUND ? IP6CB(skb)->iif :
						 state->out->ifindex;
	const struct nst_policy *policy =
		nst_ifmap_first(pcpu->map, pcpu->map_mask, ifindex);

	if (unlikely(policy->ifindex != ifindex || skb_is_gso(skb) ||
		     nst_hook_may_repeat(skb, state, hooknum)))
		return nst_hook_seen_other(pcpu, skb, state);
	return nst_hook_select(pcpu, skb, state, policy, dir, false, 1);
}

/* Packets that a local process sends: bottom halves are still on. */
static noinline unsigned int
nst_hook_enter_process(struct nst_net *nn, const struct sk_buff *skb,
		       const struct nf_hook_state *state)
{
	local_bh_disable();
	nst_lock(nn);
	nst_hook_seen(nn, skb, state, state->hook);
	nst_unlock(nn);
	local_bh_enable();
	return NF_ACCEPT;
}

/* @hooknum: that of @state, as a constant */
static __always_inline unsigned int
nst_hook_enter(struct nst_net *nn, const struct sk_buff *skb,
	       const struct nf_hook_state *state, unsigned int hooknum)
{
	unsigned int verdict;

	if (unlikely(!softirq_count()))
		return nst_hook_enter_process(nn, skb, state);
	nst_lock(nn);
	verdict = nst_hook_seen(nn, skb, state, hooknum);
	nst_unlock(nn);
	return verdict;
}

static unsigned int nst_hook_local_in(void *priv, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	return nst_hook_enter(priv, skb, state, NF_INET_LOCAL_IN);
}

static unsigned int nst_hook_forward(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	return nst_hook_enter(priv, skb, state, NF_INET_FORWARD);
}

static unsigned int nst_hook_post_routing(void *priv, struct sk_buff *skb,
					  const struct nf_hook_state *state)
{
	return nst_hook_enter(priv, skb, state, NF_INET_POST_ROUTING);
}

/* --------------------------------------------------------- settled packets */

/* Meter a packet of an interface with records that say what became of it. */
static void nst_hook_meter_settled(struct nst_cpu *pcpu, const struct sk_buff *skb,
				   const struct nf_hook_state *state,
				   const struct nst_policy *policy)
{
	bool counted = policy->counted & 1 << NETSTREAM_INBOUND;
	struct nst_if_dir *stats = this_cpu_ptr(policy->cpu) +
				   (counted ? NST_IF_SETTLED : NETSTREAM_INBOUND);
	u64 skipped = pcpu->skipped[NST_SKIP_NOT_SELECTED];
	u32 segments = 1;

	if (skb_is_gso(skb))
		segments = nst_dissect_segments(skb, nst_ring_next(pcpu),
						&pcpu->headers);
	u64_stats_update_begin(&stats->sync);
	stats->seen += segments;
	u64_stats_update_end(&stats->sync);
	if (nst_sampler_passes(&stats->sampler, segments))
		pcpu->skipped[NST_SKIP_NOT_SELECTED] += segments;
	else
		nst_hook_meter_other(pcpu, skb, state, policy, stats,
				     NETSTREAM_INBOUND, policy->settled_mask,
				     segments);
	if (counted)
		pcpu->skipped[NST_SKIP_NOT_SELECTED] = skipped;
}

/* The same for one that has monitors. */
static void nst_hook_watch_settled(struct nst_cpu *pcpu, const struct sk_buff *skb,
				   const struct nf_hook_state *state,
				   const struct nst_policy *policy)
{
	u32 segments = 1;

	if (skb_is_gso(skb))
		segments = nst_dissect_segments(skb, nst_ring_next(pcpu),
						&pcpu->headers);
	nst_hook_watch(pcpu, skb, state, policy, NST_IF_SETTLED, true, segments);
}

/**
 * nst_hook_settle - meter an inbound packet for records that say what became of it
 * @pcpu: this CPU
 * @skb: the packet, with its IPv6 header at the start of its data
 * @state: LOCAL_IN or FORWARD, where the packet is or where it would have gone
 * @status: forwardingStatus
 *
 * The first hooks count the packet at its interface if they meter it for other records,
 * and this function does if not.
 *
 * Context: owner, bottom halves off, RCU read side.
 * Return: false if the packet is, or will be, counted in another form.
 */
bool nst_hook_settle(struct nst_cpu *pcpu, const struct sk_buff *skb,
		     const struct nf_hook_state *state, u8 status)
{
	u32 ifindex = nst_hook_input_if(skb, state, NETSTREAM_INBOUND);
	const struct nst_policy *policy = nst_ifmap_find(pcpu->map, ifindex);
	bool watched = policy->watched & 1 << NETSTREAM_INBOUND && policy->watch->settles;

	if (!policy->settled_mask && !watched)
		return true;
	if (status < NST_STATUS_DROPPED || status >= NST_STATUS_CONSUMED ?
	    nst_repeat_is_duplicate(&pcpu->settled, pcpu->map, skb, state) :
	    nst_repeat_was_counted(&pcpu->settled, pcpu->map, skb, state))
		return false;
	if (nst_repeat_own_export(pcpu->map, skb, state))
		return true;
	pcpu->status = status;
	if (watched)
		nst_hook_watch_settled(pcpu, skb, state, policy);
	else
		nst_hook_meter_settled(pcpu, skb, state, policy);
	pcpu->status = NST_STATUS_FORWARDED;
	return true;
}

/* ------------------------------------------------------------ registration */

static const struct nf_hook_ops nst_hook_ops[] = {
	{
		.hook		= nst_hook_local_in,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_LOCAL_IN,
		.priority	= NF_IP6_PRI_FIRST,
	}, {
		.hook		= nst_hook_forward,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_FORWARD,
		.priority	= NF_IP6_PRI_FIRST,
	}, {
		.hook		= nst_hook_post_routing,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= NF_IP6_PRI_LAST,
	},
};

static_assert(ARRAY_SIZE(nst_hook_ops) == NST_HOOKS);

static bool nst_hook_in(unsigned int i, unsigned int dirs)
{
	return dirs & 1 << nst_hook_direction(nst_hook_ops[i].hooknum);
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
