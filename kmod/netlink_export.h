/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Replies that list hosts and templates.
 */
#ifndef _NST_NETLINK_EXPORT_H
#define _NST_NETLINK_EXPORT_H

struct netlink_callback;
struct nst_sender;
struct sk_buff;

int nst_netlink_export_hosts(struct nst_sender *sender, struct sk_buff *skb,
			     struct netlink_callback *cb);
int nst_netlink_export_templates(struct nst_sender *sender, struct sk_buff *skb,
				 struct netlink_callback *cb);
int nst_netlink_export_option_templates(struct nst_sender *sender, struct sk_buff *skb,
					struct netlink_callback *cb);

#endif /* _NST_NETLINK_EXPORT_H */
