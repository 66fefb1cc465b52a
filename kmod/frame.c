// SPDX-License-Identifier: GPL-2.0
/*
 * Fields of frames and devices that only some records need: MAC addresses, VRFs, tags,
 * physical interfaces.
 * Bottom halves are off.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netstream.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <net/ip6_route.h>
#include <net/l3mdev.h>
#include <net/ndisc.h>

#include "compat.h"
#include "dissect.h"
#include "flow.h"
#include "frame.h"

/* The Ethernet header that the packet arrived with, or %NULL. */
static const struct ethhdr *nst_frame_header(const struct sk_buff *skb)
{
	if (!skb_mac_header_was_set(skb) ||
	    skb_network_offset(skb) < 0 ||
	    skb_mac_header(skb) + ETH_HLEN > skb_network_header(skb))
		return NULL;
	return (const struct ethhdr *)skb_mac_header(skb);
}

/*
 * The MAC address that a packet will be sent to, as the table of neighbours has it now.
 * Return: false if it is not known, or the interface is not Ethernet.
 */
static bool nst_frame_neighbour(const struct sk_buff *skb,
				const struct net_device *out, u8 *mac)
{
	const struct rt6_info *rt = nst_dissect_dst(skb);
	const struct in6_addr *to = &ipv6_hdr(skb)->daddr;
	const struct neighbour *neighbour;

	if (!out || out->type != ARPHRD_ETHER || out->addr_len != ETH_ALEN)
		return false;
	if (ipv6_addr_is_multicast(to)) {
		ipv6_eth_mc_map(to, mac);
		return true;
	}
	if (!rt)
		return false;
	neighbour = __ipv6_neigh_lookup_noref((struct net_device *)out,
					      rt6_nexthop(rt, to));
	if (!neighbour || !(READ_ONCE(neighbour->nud_state) & NUD_VALID))
		return false;
	neigh_ha_snapshot((char *)mac, neighbour, out);
	return true;
}

/**
 * nst_frame_mac - find the MAC addresses of a packet
 * @skb: the packet
 * @out: interface that it leaves through, or %NULL
 * @fields: its input_if is read; its MAC addresses are set, to zero where there is none
 *
 * The frame's header is in front of the packet until it gets another one.
 *
 * Context: bottom halves off.
 */
void nst_frame_mac(const struct sk_buff *skb, const struct net_device *out,
		   struct nst_fields *fields)
{
	const struct ethhdr *eth = fields->input_if ? nst_frame_header(skb) : NULL;

	fields->word[NST_WORD(src_mac)] = 0;
	fields->word[NST_WORD(dst_mac)] = 0;
	fields->word[NST_WORD(post_src_mac)] = 0;
	fields->word[NST_WORD(post_dst_mac)] = 0;
	if (eth) {
		ether_addr_copy(fields->src_mac, eth->h_source);
		ether_addr_copy(fields->dst_mac, eth->h_dest);
	}
	if (out && out->type == ARPHRD_ETHER)
		ether_addr_copy(fields->post_src_mac, out->dev_addr);
	nst_frame_neighbour(skb, out, fields->post_dst_mac);
}

/* ---------------------------------------------------------------- VLAN devices */

#if IS_ENABLED(CONFIG_VLAN_8021Q)

/* The device right below a VLAN device: another one if there are two tags. */
static const struct net_device *nst_frame_below(const struct net_device *dev)
{
	return vlan_dev_priv(dev)->real_dev;
}

static u8 nst_frame_priority(const struct net_device *dev, const struct sk_buff *skb)
{
	return vlan_dev_get_egress_qos_mask((struct net_device *)dev,
					    skb->priority) >> VLAN_PRIO_SHIFT;
}

#else

static const struct net_device *nst_frame_below(const struct net_device *dev)
{
	return NULL;
}

static u8 nst_frame_priority(const struct net_device *dev, const struct sk_buff *skb)
{
	return 0;
}

#endif

/*
 * VLAN ids of the outermost tag and of the next one of a device's frames.
 * Return: the device of the outermost tag, or %NULL.
 */
static const struct net_device *nst_frame_tags(const struct net_device *dev,
					       u16 *vlan, u16 *customer)
{
	const struct net_device *outer = NULL;

	*vlan = 0;
	*customer = 0;
	for (; dev && is_vlan_dev(dev); dev = nst_frame_below(dev)) {
		*customer = *vlan;
		*vlan = vlan_dev_vlan_id(dev);
		outer = dev;
	}
	return outer;
}

/**
 * nst_frame_dot1q - find what a packet's frames have in their tags
 * @skb: the packet
 * @in: interface that it arrived on, or %NULL
 * @out: interface that it leaves through, or %NULL
 * @fields: its direction is read; VLAN ids and priority are set
 *
 * The kernel takes tags off before a packet gets to a VLAN device, so that the priority
 * on arrival is not known.  On leaving it is the one that the device maps the packet's
 * priority to.
 *
 * Context: bottom halves off (RCU).  After nst_frame_mac(), which clears the words.
 */
void nst_frame_dot1q(const struct sk_buff *skb, const struct net_device *in,
		     const struct net_device *out, struct nst_fields *fields)
{
	const struct net_device *outer;

	nst_frame_tags(in, &fields->dot1q_vlan, &fields->dot1q_customer);
	outer = nst_frame_tags(out, &fields->post_dot1q_vlan,
			       &fields->post_dot1q_customer);
	fields->dot1q_priority = outer && fields->direction == NETSTREAM_OUTBOUND ?
				 nst_frame_priority(outer, skb) : 0;
}

/* --------------------------------------------------------- physical interfaces */

#define NST_FRAME_DEPTH		8	/* devices on top of each other */

#ifdef NST_FORWARD_PATH

/*
 * The port behind which a bridge has seen a MAC address.
 * @tag: VLAN device on top of the bridge, or %NULL
 * Return: %NULL if the bridge does not know.
 */
static const struct net_device *nst_frame_bridge_port(const struct net_device *bridge,
						      const struct net_device *tag,
						      const u8 *mac)
{
	struct net_device_path_ctx ctx = { .dev = bridge };
	struct net_device_path path = {};

	if (!bridge->netdev_ops->ndo_fill_forward_path)
		return NULL;
	memcpy(ctx.daddr, mac, ETH_ALEN);
	if (tag) {
		ctx.vlan[0].id = vlan_dev_vlan_id(tag);
		ctx.vlan[0].proto = vlan_dev_vlan_proto(tag);
		ctx.num_vlans = 1;
	}
	if (bridge->netdev_ops->ndo_fill_forward_path(&ctx, &path) < 0)
		return NULL;
	return ctx.dev;
}

#else

static const struct net_device *nst_frame_bridge_port(const struct net_device *bridge,
						      const struct net_device *tag,
						      const u8 *mac)
{
	return NULL;
}

#endif

/*
 * What is below VLAN devices and bridges.
 * @mac: the other end's MAC address, or %NULL
 * Return: its ifindex; 0 if it is not known, as below a bond or team.
 */
static u32 nst_frame_port(const struct net_device *dev, const u8 *mac)
{
	const struct net_device *tag = NULL;
	unsigned int depth;

	for (depth = 0; dev && depth < NST_FRAME_DEPTH; depth++) {
		if (is_vlan_dev(dev)) {
			tag = dev;
			dev = nst_frame_below(dev);
		} else if (netif_is_bridge_master(dev)) {
			dev = mac ? nst_frame_bridge_port(dev, tag, mac) : NULL;
			tag = NULL;
		} else {
			return netif_is_lag_master(dev) ? 0 : dev->ifindex;
		}
	}
	return 0;
}

/**
 * nst_frame_ports - find the physical interfaces of a packet
 * @skb: the packet
 * @in: interface that it arrived on, or %NULL
 * @out: interface that it leaves through, or %NULL
 * @fields: its input_port and output_port are set
 *
 * A bridge is asked for the ports of the source on arrival, and of the next hop.
 *
 * Context: bottom halves off (RCU).  After nst_nat_after(), which clears a word.
 */
void nst_frame_ports(const struct sk_buff *skb, const struct net_device *in,
		     const struct net_device *out, struct nst_fields *fields)
{
	const struct ethhdr *eth = in ? nst_frame_header(skb) : NULL;
	u8 mac[ETH_ALEN];
	bool known = nst_frame_neighbour(skb, out, mac);

	fields->input_port = nst_frame_port(in, eth ? eth->h_source : NULL);
	fields->output_port = nst_frame_port(out, known ? mac : NULL);
}

/**
 * nst_frame_vrf - find the VRF of an interface
 * @dev: the interface, or %NULL
 * @fields: its vrf and vrf_name are set
 *
 * Context: bottom halves off (RCU).
 */
void nst_frame_vrf(const struct net_device *dev, struct nst_fields *fields)
{
	const struct net_device *master = dev ? l3mdev_master_dev_rcu(dev) : NULL;

	memset(fields->vrf_name, 0, sizeof(fields->vrf_name));
	fields->vrf = master ? l3mdev_fib_table_rcu(master) : 0;
	if (master)
		strscpy(fields->vrf_name, master->name, sizeof(fields->vrf_name));
}
