/* SPDX-License-Identifier: GPL-2.0 */
/* Fields of the headers that only some records need. */
#ifndef _NST_DETAIL_H
#define _NST_DETAIL_H

#include <linux/types.h>

struct nst_headers;
struct nst_pkt;
struct sk_buff;

void nst_detail_headers(const struct sk_buff *skb, unsigned int start,
			struct nst_pkt *pkt, struct nst_headers *copy, bool chain);

#endif /* _NST_DETAIL_H */
