/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NST_CONFIG_NL_IF_H
#define _NST_CONFIG_NL_IF_H

#include <linux/netstream.h>

struct netlink_ext_ack;
struct nla_policy;
struct nlattr;
struct nst_config;
struct nst_sampler_def;

extern const struct nla_policy
nst_config_nl_if_sampler_policy[NETSTREAM_SAMPLER_A_MAX + 1];

int nst_config_nl_if_sampler(const struct nlattr *nest,
			     struct nst_sampler_def sampler[2],
			     struct netlink_ext_ack *extack);
int nst_config_nl_if_parse(struct nst_config *cfg, const struct nlattr *attrs,
			   const struct nlattr *nest,
			   struct netlink_ext_ack *extack);
int nst_config_nl_if_sort(struct nst_config *cfg, const struct nlattr *attrs,
			  struct netlink_ext_ack *extack);

#endif /* _NST_CONFIG_NL_IF_H */
