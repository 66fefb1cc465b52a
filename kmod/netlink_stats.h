/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NST_NETLINK_STATS_H
#define _NST_NETLINK_STATS_H

struct genl_info;
struct netlink_callback;
struct sk_buff;

int nst_netlink_stats_get(struct sk_buff *skb, struct genl_info *info);
int nst_netlink_stats_monitors(struct sk_buff *skb, struct netlink_callback *cb);

#endif /* _NST_NETLINK_STATS_H */
