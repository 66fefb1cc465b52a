/* SPDX-License-Identifier: GPL-2.0 */
/* Requests to be told events. */
#ifndef _NST_NETLINK_EVENT_H
#define _NST_NETLINK_EVENT_H

#include <linux/netstream.h>
#include <net/netlink.h>

struct genl_info;
struct sk_buff;

extern const struct nla_policy nst_netlink_event_policy[NETSTREAM_A_MAX + 1];

int nst_netlink_event_listen(struct sk_buff *skb, struct genl_info *info);
int nst_netlink_event_init(void);
void nst_netlink_event_exit(void);

#endif /* _NST_NETLINK_EVENT_H */
