/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Set-up and teardown of network namespaces; events of devices.
 */
#ifndef _NST_NET_H
#define _NST_NET_H

struct net;
struct nst_net;

struct nst_net *nst_net_of(const struct net *net);
int nst_net_init(void);
void nst_net_exit(void);

#endif /* _NST_NET_H */
