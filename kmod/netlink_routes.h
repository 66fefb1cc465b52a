/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests that load, change and list tables of routes.
 */
#ifndef _NST_NETLINK_ROUTES_H
#define _NST_NETLINK_ROUTES_H

#include <linux/netstream.h>
#include <net/netlink.h>

struct genl_info;

extern const struct nla_policy nst_netlink_routes_policy[NETSTREAM_A_MAX + 1];

int nst_netlink_routes_load(struct sk_buff *skb, struct genl_info *info);
int nst_netlink_routes_change(struct sk_buff *skb, struct genl_info *info);
int nst_netlink_routes_commit(struct sk_buff *skb, struct genl_info *info);
int nst_netlink_routes_drop(struct sk_buff *skb, struct genl_info *info);
int nst_netlink_routes_get(struct sk_buff *skb, struct netlink_callback *cb);
int nst_netlink_routes_done(struct netlink_callback *cb);
int nst_netlink_routes_stats_get(struct sk_buff *skb,
				 struct netlink_callback *cb);
int nst_netlink_routes_init(void);
void nst_netlink_routes_exit(void);

#endif /* _NST_NETLINK_ROUTES_H */
