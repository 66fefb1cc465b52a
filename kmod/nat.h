/* SPDX-License-Identifier: GPL-2.0 */
/* Network address translation: restores the addresses that a packet arrived with. */
#ifndef _NST_NAT_H
#define _NST_NAT_H

#include <linux/jump_label.h>

struct nst_fields;
struct sk_buff;

DECLARE_STATIC_KEY_FALSE(nst_nat_key);

int nst_nat_init(void);
void nst_nat_exit(void);
void nst_nat_restore(const struct sk_buff *skb, struct nst_fields *fields);
void nst_nat_after(const struct sk_buff *skb, struct nst_fields *fields);

/* Whether the kernel translates addresses at all: a jump label. */
#define nst_nat_used()	static_branch_unlikely(&nst_nat_key)

#endif /* _NST_NAT_H */
