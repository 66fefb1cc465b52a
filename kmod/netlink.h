/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NST_NETLINK_H
#define _NST_NETLINK_H

#include <linux/types.h>

struct netlink_callback;
struct sk_buff;

int nst_netlink_init(void);
void nst_netlink_exit(void);
bool nst_dump_goes_on(struct netlink_callback *cb, u32 number);
void *nst_genl_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd);
int nst_genl_put_counters(struct sk_buff *skb, int type, int what,
			  const char * const *name, const u64 *value,
			  unsigned int n);

#endif /* _NST_NETLINK_H */
