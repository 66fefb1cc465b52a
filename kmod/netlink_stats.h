/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NST_NETLINK_STATS_H
#define _NST_NETLINK_STATS_H

#include <linux/netstream.h>
#include <net/netlink.h>

struct genl_info;
struct netlink_callback;
struct sk_buff;

extern const struct nla_policy nst_netlink_stats_slot_policy[NETSTREAM_A_MAX + 1];

int nst_netlink_stats_get(struct sk_buff *skb, struct genl_info *info);
int nst_netlink_stats_slot(struct sk_buff *skb, struct genl_info *info);
int nst_netlink_stats_monitors(struct sk_buff *skb, struct netlink_callback *cb);

#endif /* _NST_NETLINK_STATS_H */
