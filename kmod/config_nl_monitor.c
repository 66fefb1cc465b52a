// SPDX-License-Identifier: GPL-2.0
/*
 * Monitors of a configuration.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/netlink.h>

#include "compat.h"
#include "config.h"
#include "config_nl_attr.h"
#include "config_nl_export.h"
#include "config_nl_if.h"
#include "config_nl_monitor.h"
#include "config_nl_record.h"

static const struct nla_policy nst_monitor_policy[NETSTREAM_MONITOR_A_MAX + 1] = {
	[NETSTREAM_MONITOR_A_NAME]	=
		NST_CONFIG_NL_STRING(NETSTREAM_MONITOR_NAME_MAX),
	[NETSTREAM_MONITOR_A_DESCRIPTION] =
		NST_CONFIG_NL_STRING(NETSTREAM_DESCRIPTION_MAX),
	[NETSTREAM_MONITOR_A_RECORD]	=
		NST_CONFIG_NL_STRING(NETSTREAM_RECORD_NAME_MAX),
	[NETSTREAM_MONITOR_A_HOST]	=
		NLA_POLICY_NESTED(nst_config_nl_export_host_policy),
	[NETSTREAM_MONITOR_A_SOURCE4]	= NLA_POLICY_EXACT_LEN(sizeof(struct in_addr)),
	[NETSTREAM_MONITOR_A_SOURCE4_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[NETSTREAM_MONITOR_A_SOURCE6]	= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[NETSTREAM_MONITOR_A_SOURCE6_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[NETSTREAM_MONITOR_A_ACTIVE]	= NLA_POLICY_RANGE(NLA_U32, 1, 3600),
	[NETSTREAM_MONITOR_A_INACTIVE]	= NLA_POLICY_RANGE(NLA_U32, 1, 3600),
	[NETSTREAM_MONITOR_A_SAMPLER]	= NLA_POLICY_NESTED(nst_config_nl_if_sampler_policy),
	[NETSTREAM_MONITOR_A_MAX_FLOWS]	= { .type = NLA_U32 },
};

static int nst_parse_monitor_name(const struct nst_config *cfg,
				  struct nst_monitor_def *def,
				  const struct nlattr *nest, const struct nlattr *name,
				  struct netlink_ext_ack *extack)
{
	if (!name)
		return nst_refuse(extack, nest, "ipv6 netstream monitor: a name is required");
	nla_strscpy(def->name, name, sizeof(def->name));
	if (!nst_config_nl_attr_name_ok(def->name))
		return nst_refuse(extack, name,
				  "ipv6 netstream monitor: a name has 1 to 32 printable characters and no space");
	if (nst_config_monitor(cfg, def->name) >= 0)
		return nst_refuse(extack, name, "ipv6 netstream monitor: this name appears twice");
	return 0;
}

static int nst_parse_monitor_sources(struct nst_monitor_def *def, struct nlattr **tb,
				     struct netlink_ext_ack *extack)
{
	const struct nlattr *attr4 = tb[NETSTREAM_MONITOR_A_SOURCE4];
	const struct nlattr *attr6 = tb[NETSTREAM_MONITOR_A_SOURCE6];
	int err;

	def->source4.port = NETSTREAM_SOURCE_PORT_DEFAULT;
	def->source6.port = NETSTREAM_SOURCE_PORT_DEFAULT;
	if (tb[NETSTREAM_MONITOR_A_SOURCE4_PORT])
		def->source4.port = nla_get_u16(tb[NETSTREAM_MONITOR_A_SOURCE4_PORT]);
	if (tb[NETSTREAM_MONITOR_A_SOURCE6_PORT])
		def->source6.port = nla_get_u16(tb[NETSTREAM_MONITOR_A_SOURCE6_PORT]);
	if (attr4) {
		def->source4.set = true;
		def->source4.addr4.s_addr = nla_get_in_addr(attr4);
		err = nst_config_nl_export_addr4(&def->source4.addr4, attr4, extack);
		if (err)
			return err;
	}
	if (attr6) {
		def->source6.set = true;
		def->source6.addr6 = nla_get_in6_addr(attr6);
		err = nst_config_nl_export_addr6(&def->source6.addr6, attr6, extack);
		if (err)
			return err;
	}
	return 0;
}

static int nst_parse_monitor_bounds(struct nst_monitor_def *def, struct nlattr **tb,
				    struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[NETSTREAM_MONITOR_A_MAX_FLOWS];

	if (tb[NETSTREAM_MONITOR_A_ACTIVE])
		def->active = nla_get_u32(tb[NETSTREAM_MONITOR_A_ACTIVE]);
	if (tb[NETSTREAM_MONITOR_A_INACTIVE])
		def->inactive = nla_get_u32(tb[NETSTREAM_MONITOR_A_INACTIVE]);
	if (!attr)
		return 0;
	def->max_flows = nla_get_u32(attr);
	/* bounds of a policy have 16 bits */
	if (def->max_flows >= NETSTREAM_FLOWS_MIN && def->max_flows <= NETSTREAM_FLOWS_MAX)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "cache entries: out of range: expected 16 to 67108864 flows");
	return -ERANGE;
}

static_assert(NETSTREAM_FLOWS_MIN == 16 && NETSTREAM_FLOWS_MAX == 67108864);

static int nst_parse_monitor_record(const struct nst_config *cfg,
				    struct nst_monitor_def *def,
				    const struct nlattr *attr,
				    struct netlink_ext_ack *extack)
{
	int index = nst_config_nl_record_index(cfg, nla_data(attr));
	unsigned int i;

	if (index < 0)
		return nst_refuse(extack, attr, "apply record: there is no record of this name");
	if (!cfg->record[index].nitems)
		return nst_refuse(extack, attr,
				  "apply record: the record matches and collects nothing");
	for (i = 0; i < def->nrecords; i++)
		if (def->record[i] == index)
			return nst_refuse(extack, attr,
					  "apply record: this record is applied twice");
	if (def->nrecords == NETSTREAM_MONITOR_RECORDS_MAX)
		return nst_refuse(extack, attr, "apply record: too many records are applied");
	def->record[def->nrecords++] = index;
	return 0;
}

/* A packet has a place in the ring for each of these. */
static int nst_count_monitor_records(const struct nst_config *cfg,
				     const struct nlattr *nest,
				     struct netlink_ext_ack *extack)
{
	unsigned int n = 0, i;

	for (i = 0; i < cfg->nmonitors; i++)
		n += cfg->monitor[i].nrecords ?: 1;
	if (n > NETSTREAM_MONITOR_RECORDS_MAX)
		return nst_refuse(extack, nest,
				  "apply record: all monitors together have more than 14 records");
	return 0;
}

static_assert(NETSTREAM_MONITOR_RECORDS_MAX == 14);

static int nst_parse_monitor_lists(const struct nst_config *cfg,
				   struct nst_monitor_def *def, const struct nlattr *nest,
				   struct netlink_ext_ack *extack)
{
	unsigned int hosts = nst_config_nl_attr_count(nla_data(nest), nla_len(nest),
						      NETSTREAM_MONITOR_A_HOST);
	const struct nlattr *attr;
	int rem, err = 0;

	def->host = kvcalloc(min_t(u32, hosts, NETSTREAM_HOSTS_MAX) + 1,
			     sizeof(*def->host), GFP_KERNEL_ACCOUNT);
	if (!def->host)
		return -ENOMEM;
	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) == NETSTREAM_MONITOR_A_RECORD)
			err = nst_parse_monitor_record(cfg, def, attr, extack);
		else if (nla_type(attr) == NETSTREAM_MONITOR_A_HOST)
			err = nst_config_nl_export_host(def->host, &def->nhosts, attr,
							extack);
		else if (nla_type(attr) == NETSTREAM_MONITOR_A_SAMPLER)
			err = nst_config_nl_if_sampler(attr, def->sampler, extack);
		if (err)
			return err;
	}
	return 0;
}

/**
 * nst_config_nl_monitor_parse - add a monitor to a configuration
 * @cfg: configuration that has all its records, and memory for one more monitor
 * @nest: attributes of the monitor
 * @extack: where to report a refusal
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
int nst_config_nl_monitor_parse(struct nst_config *cfg, const struct nlattr *nest,
				struct netlink_ext_ack *extack)
{
	struct nst_monitor_def *def = &cfg->monitor[cfg->nmonitors];
	struct nlattr *tb[NETSTREAM_MONITOR_A_MAX + 1];
	int err;

	err = nla_parse_nested(tb, NETSTREAM_MONITOR_A_MAX, nest, nst_monitor_policy,
			       extack);
	if (err)
		return err;
	err = nst_parse_monitor_name(cfg, def, nest, tb[NETSTREAM_MONITOR_A_NAME], extack);
	if (err)
		return err;
	err = nst_parse_monitor_sources(def, tb, extack);
	if (err)
		return err;
	err = nst_parse_monitor_bounds(def, tb, extack);
	if (err)
		return err;
	err = nst_parse_monitor_lists(cfg, def, nest, extack);
	/* on failure too, so that nst_config_free() frees its hosts */
	cfg->nmonitors++;
	return err ?: nst_count_monitor_records(cfg, nest, extack);
}
