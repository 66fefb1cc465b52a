// SPDX-License-Identifier: GPL-2.0
/*
 * Fields of frames and devices that only some records need: MAC addresses, VRFs.
 * Bottom halves are off.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <net/l3mdev.h>

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
	if (eth) {
		ether_addr_copy(fields->src_mac, eth->h_source);
		ether_addr_copy(fields->dst_mac, eth->h_dest);
	}
	if (out && out->type == ARPHRD_ETHER)
		ether_addr_copy(fields->post_src_mac, out->dev_addr);
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
