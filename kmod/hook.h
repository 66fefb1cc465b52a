/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The netfilter hooks: registered for a direction while an interface is metered in
 * it.
 */
#ifndef _NST_HOOK_H
#define _NST_HOOK_H

struct nst_net;

int nst_hook_enable(struct nst_net *nn, unsigned int dirs);
bool nst_hook_withdraw(struct nst_net *nn, unsigned int dirs);
void nst_hook_disable(struct nst_net *nn, unsigned int dirs);

#endif /* _NST_HOOK_H */
