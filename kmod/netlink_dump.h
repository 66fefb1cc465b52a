/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NST_NETLINK_DUMP_H
#define _NST_NETLINK_DUMP_H

struct netlink_callback;
struct sk_buff;

int nst_netlink_dump_records(struct sk_buff *skb, struct netlink_callback *cb);
int nst_netlink_dump_interfaces(struct sk_buff *skb,
				struct netlink_callback *cb);
int nst_netlink_dump_flows_start(struct netlink_callback *cb);
int nst_netlink_dump_flows(struct sk_buff *skb, struct netlink_callback *cb);
int nst_netlink_dump_flows_done(struct netlink_callback *cb);

#endif /* _NST_NETLINK_DUMP_H */
