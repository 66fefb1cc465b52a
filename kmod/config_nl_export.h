/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NST_CONFIG_NL_EXPORT_H
#define _NST_CONFIG_NL_EXPORT_H

#include <linux/netstream.h>

struct in6_addr;
struct in_addr;
struct netlink_ext_ack;
struct nla_policy;
struct nlattr;
struct nst_config;
struct nst_host_def;

/* A host of the system view, a slot or a monitor. */
extern const struct nla_policy
nst_config_nl_export_host_policy[NETSTREAM_HOST_A_MAX + 1];

int nst_config_nl_export_addr4(const struct in_addr *addr,
			       const struct nlattr *attr,
			       struct netlink_ext_ack *extack);
int nst_config_nl_export_addr6(const struct in6_addr *addr,
			       const struct nlattr *attr,
			       struct netlink_ext_ack *extack);
int nst_config_nl_export_host(struct nst_host_def *list, unsigned int *n,
			      const struct nlattr *nest,
			      struct netlink_ext_ack *extack);
int nst_config_nl_export_slot(struct nst_config *cfg,
			      const struct nlattr *attrs,
			      const struct nlattr *nest,
			      struct netlink_ext_ack *extack);
int nst_config_nl_export_sort(struct nst_config *cfg,
			      const struct nlattr *attrs,
			      struct netlink_ext_ack *extack);

#endif /* _NST_CONFIG_NL_EXPORT_H */
