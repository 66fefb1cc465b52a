/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IPv6 packet -> fields.
 */
#ifndef _NST_DISSECT_H
#define _NST_DISSECT_H

#include <linux/skbuff.h>

#include "flow.h"
#include "stats.h"

struct net;

/* Extension headers looked at before the walk gives up. */
#define NST_EXTENSIONS_MAX	10

int nst_dissect(const struct sk_buff *skb, struct nst_pkt *pkt);
void nst_dissect_route(const struct sk_buff *skb, struct nst_fields *f);
void nst_dissect_source(struct net *net, const struct sk_buff *skb,
			struct nst_fields *f);

#endif /* _NST_DISSECT_H */
