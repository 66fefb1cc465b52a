/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attributes of a request -> a configuration.
 */
#ifndef _NST_CONFIG_NL_H
#define _NST_CONFIG_NL_H

#include <linux/types.h>

struct netlink_ext_ack;
struct nlattr;
struct nst_config;

struct nst_config *nst_config_nl_parse(const struct nlattr *attrs, size_t len,
				       struct netlink_ext_ack *extack);
int nst_config_nl_bound(struct nst_config *cfg, u32 max_flows, u32 max_hosts,
			struct netlink_ext_ack *extack);

#endif /* _NST_CONFIG_NL_H */
