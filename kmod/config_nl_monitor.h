/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NST_CONFIG_NL_MONITOR_H
#define _NST_CONFIG_NL_MONITOR_H

struct netlink_ext_ack;
struct nlattr;
struct nst_config;

int nst_config_nl_monitor_parse(struct nst_config *cfg, const struct nlattr *nest,
				struct netlink_ext_ack *extack);

#endif /* _NST_CONFIG_NL_MONITOR_H */
