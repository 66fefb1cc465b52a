/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The netfilter hooks: registered for a direction while an interface is metered in
 * it.
 */
#ifndef _NST_HOOK_H
#define _NST_HOOK_H

#include <linux/types.h>

struct nf_hook_state;
struct nst_cpu;
struct nst_net;
struct sk_buff;

int nst_hook_enable(struct nst_net *nn, unsigned int dirs);
bool nst_hook_withdraw(struct nst_net *nn, unsigned int dirs);
void nst_hook_disable(struct nst_net *nn, unsigned int dirs);
bool nst_hook_settle(struct nst_cpu *pcpu, const struct sk_buff *skb,
		     const struct nf_hook_state *state, u8 status);

#endif /* _NST_HOOK_H */
