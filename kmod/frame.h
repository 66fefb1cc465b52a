/* SPDX-License-Identifier: GPL-2.0 */
/* Fields of frames and devices that only some records need. */
#ifndef _NST_FRAME_H
#define _NST_FRAME_H

struct net_device;
struct nst_fields;
struct sk_buff;

void nst_frame_mac(const struct sk_buff *skb, const struct net_device *out,
		   struct nst_fields *fields);
void nst_frame_dot1q(const struct sk_buff *skb, const struct net_device *in,
		     const struct net_device *out, struct nst_fields *fields);
void nst_frame_ports(const struct sk_buff *skb, const struct net_device *in,
		     const struct net_device *out, struct nst_fields *fields);
void nst_frame_vrf(const struct net_device *dev, struct nst_fields *fields);

#endif /* _NST_FRAME_H */
