/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Building blocks of replies.
 */
#ifndef _NST_NETLINK_MSG_H
#define _NST_NETLINK_MSG_H

#include <linux/types.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "net.h"

struct genl_info;

void *nst_netlink_msg_begin(struct sk_buff *skb, struct netlink_callback *cb,
			    u8 cmd);
void *nst_netlink_msg_reply(struct sk_buff *skb, const struct genl_info *info,
			    u8 cmd);
bool nst_netlink_msg_goes_on(struct netlink_callback *cb, u32 number);
int nst_netlink_msg_counters(struct sk_buff *skb, int type, int what,
			     const char * const *name, const u64 *value,
			     unsigned int n);

/* The module's state in the namespace that the socket of a request is in. */
static inline struct nst_net *nst_netlink_net(const struct sk_buff *skb)
{
	return nst_net_of(sock_net(skb->sk));
}

/* Every nest except NETSTREAM_FLOW_A_FIELDS, which has none, has its padding attribute at 1. */
static inline int nst_netlink_msg_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, 1);
}

#endif /* _NST_NETLINK_MSG_H */
