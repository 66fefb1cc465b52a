/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets that the hooks see more than once, or that crossed no interface: each
 * packet counts once for an interface and direction that it crossed.
 */
#ifndef _NST_REPEAT_H
#define _NST_REPEAT_H

#include <linux/bits.h>
#include <linux/if_packet.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>

#include "compat.h"
#include "dissect.h"
#include "flow.h"

struct net;
struct net_device;
struct nst_ifmap;

bool nst_repeat_is_duplicate(struct nst_repeat *repeat,
			     const struct nst_ifmap *map,
			     const struct sk_buff *skb,
			     const struct nf_hook_state *state);
bool nst_repeat_was_counted(struct nst_repeat *repeat,
			    const struct nst_ifmap *map,
			    const struct sk_buff *skb,
			    const struct nf_hook_state *state);
bool nst_repeat_own_export(const struct nst_ifmap *map,
			   const struct sk_buff *skb,
			   const struct nf_hook_state *state);
unsigned int nst_repeat_segments_inside(const struct sk_buff *skb,
					unsigned int start);
unsigned int nst_repeat_arrived_at(const struct sk_buff *skb, struct net *net);
u32 nst_repeat_input_if(const struct sk_buff *skb, const struct net_device *in);
u32 nst_repeat_forwarded_from(const struct sk_buff *skb,
			      const struct net_device *in);
u32 nst_repeat_leaked_from(const struct sk_buff *skb,
			   const struct nf_hook_state *state);

/* Whether a packet may be at LOCAL_IN only because of its segments. */
static __always_inline bool nst_repeat_may_go_on(const struct sk_buff *skb)
{
	return nst_lwtunnel_hooks() ||
	       nst_walk_is_extension(ipv6_hdr(skb)->nexthdr);
}

#ifdef CONFIG_XFRM
#define NST_SEC_PATH	BIT(SKB_EXT_SEC_PATH)
#else
#define NST_SEC_PATH	0
#endif

#if defined(CONFIG_SKB_EXTENSIONS) && defined(__LITTLE_ENDIAN)
#define NST_EXTENSIONS_OFFSET	offsetof(struct sk_buff, active_extensions)
#define NST_PKT_TYPE_OFFSET	offsetof(struct sk_buff, __pkt_type_offset)
#endif

/* Whether the stack marked an inbound packet: as multicast, looped or decrypted. */
static __always_inline bool nst_repeat_marked(const struct sk_buff *skb)
{
#ifdef NST_EXTENSIONS_OFFSET
	/*
	 * The two are neighbours in most kernels.  One test instead of two saves each
	 * packet two instructions (make bench-instructions, sampled: 96.8, not 98.8).
	 */
	if (NST_EXTENSIONS_OFFSET + 1 == NST_PKT_TYPE_OFFSET)
		return get_unaligned((const u16 *)((const u8 *)skb + NST_EXTENSIONS_OFFSET)) &
		       (NST_SEC_PATH | PKT_TYPE_MAX << 8);
#endif
	return skb->pkt_type != PACKET_HOST || skb_sec_path(skb);
}

#endif /* _NST_REPEAT_H */
