/* SPDX-License-Identifier: GPL-2.0 */
/* Fields that only some records need. */
#ifndef _NST_EXTRA_H
#define _NST_EXTRA_H

struct nf_hook_state;
struct nst_cpu;
struct nst_pkt;
struct nst_policy;
struct sk_buff;

unsigned int nst_extra_start(const struct nst_cpu *pcpu, const struct sk_buff *skb,
			     const struct nf_hook_state *state);
void nst_extra_fields(struct nst_cpu *pcpu, const struct sk_buff *skb,
		      const struct nf_hook_state *state,
		      const struct nst_policy *policy, struct nst_pkt *pkt);

#endif /* _NST_EXTRA_H */
