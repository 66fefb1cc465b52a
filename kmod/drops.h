/* SPDX-License-Identifier: GPL-2.0 */
/* What became of inbound packets: forwarded, delivered, or dropped by the stack. */
#ifndef _NST_DROPS_H
#define _NST_DROPS_H

struct nst_net;

int nst_drops_enable(struct nst_net *nn);
bool nst_drops_withdraw(struct nst_net *nn);
void nst_drops_disable(struct nst_net *nn);
void nst_drops_init(void);
void nst_drops_exit(void);

#endif /* _NST_DROPS_H */
