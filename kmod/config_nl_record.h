/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NST_CONFIG_NL_RECORD_H
#define _NST_CONFIG_NL_RECORD_H

struct netlink_ext_ack;
struct nlattr;
struct nst_config;

int nst_config_nl_record_parse(struct nst_config *cfg, const struct nlattr *nest,
			       struct netlink_ext_ack *extack);
int nst_config_nl_record_index(const struct nst_config *cfg, const char *name);

#endif /* _NST_CONFIG_NL_RECORD_H */
