/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NST_NETLINK_CONFIG_H
#define _NST_NETLINK_CONFIG_H

struct genl_info;
struct netlink_callback;
struct sk_buff;

int nst_netlink_config_set(struct sk_buff *skb, struct genl_info *info);
int nst_netlink_config_start(struct netlink_callback *cb);
int nst_netlink_config_get(struct sk_buff *skb, struct netlink_callback *cb);

#endif /* _NST_NETLINK_CONFIG_H */
