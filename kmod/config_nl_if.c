// SPDX-License-Identifier: GPL-2.0
/*
 * Interface views and samplers of a configuration.
 */
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <net/netlink.h>

#include "compat.h"
#include "config.h"
#include "config_nl_attr.h"
#include "config_nl_if.h"

const struct nla_policy
nst_config_nl_if_sampler_policy[NETSTREAM_SAMPLER_A_MAX + 1] = {
	[NETSTREAM_SAMPLER_A_DIRECTION]	= NLA_POLICY_MAX(NLA_U8, NETSTREAM_OUTBOUND),
	[NETSTREAM_SAMPLER_A_MODE]	=
		NLA_POLICY_RANGE(NLA_U8, NETSTREAM_SAMPLER_FIX_PACKETS,
				 NETSTREAM_SAMPLER_FIX_TIME),
	[NETSTREAM_SAMPLER_A_INTERVAL]	= NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy nst_attach_policy[NETSTREAM_ATTACH_A_MAX + 1] = {
	[NETSTREAM_ATTACH_A_NAME]	=
		NST_CONFIG_NL_STRING(NETSTREAM_MONITOR_NAME_MAX),
	[NETSTREAM_ATTACH_A_DIRECTION]	= NLA_POLICY_MAX(NLA_U8, NETSTREAM_OUTBOUND),
};

static const struct nla_policy nst_if_policy[NETSTREAM_IF_A_MAX + 1] = {
	[NETSTREAM_IF_A_NAME]		= NST_CONFIG_NL_STRING(IFNAMSIZ - 1),
	[NETSTREAM_IF_A_INBOUND]	= NLA_POLICY_MAX(NLA_U8, 1),
	[NETSTREAM_IF_A_OUTBOUND]	= NLA_POLICY_MAX(NLA_U8, 1),
	[NETSTREAM_IF_A_SAMPLER]	= NLA_POLICY_NESTED(nst_config_nl_if_sampler_policy),
	[NETSTREAM_IF_A_MONITOR]	= NLA_POLICY_NESTED(nst_attach_policy),
};

/* --------------------------------------------------------------- samplers */

/**
 * nst_config_nl_if_sampler - parse a sampler of the system view, an interface or a monitor
 * @nest: attributes of the sampler
 * @sampler: samplers of the view, by direction
 * @extack: where to report a refusal
 *
 * Context: any.
 * Return: 0 or a negative errno.
 */
int nst_config_nl_if_sampler(const struct nlattr *nest,
			     struct nst_sampler_def sampler[2],
			     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NETSTREAM_SAMPLER_A_MAX + 1];
	u32 interval, max;
	u8 dir, mode;
	int err;

	err = nla_parse_nested(tb, NETSTREAM_SAMPLER_A_MAX, nest,
			       nst_config_nl_if_sampler_policy, extack);
	if (err)
		return err;
	if (!tb[NETSTREAM_SAMPLER_A_DIRECTION] ||
	    !tb[NETSTREAM_SAMPLER_A_MODE] || !tb[NETSTREAM_SAMPLER_A_INTERVAL])
		return nst_refuse(extack, nest,
				  "ipv6 netstream sampler: mode, interval and direction are required");
	dir = nla_get_u8(tb[NETSTREAM_SAMPLER_A_DIRECTION]);
	mode = nla_get_u8(tb[NETSTREAM_SAMPLER_A_MODE]);
	interval = nla_get_u32(tb[NETSTREAM_SAMPLER_A_INTERVAL]);
	max = mode == NETSTREAM_SAMPLER_FIX_TIME ? 30000 : U16_MAX;
	if (interval > max)
		return nst_refuse(extack, tb[NETSTREAM_SAMPLER_A_INTERVAL],
				  "ipv6 netstream sampler: the interval is 1 to 65535 packets or 1 to 30000 milliseconds");
	if (sampler[dir].mode)
		return nst_refuse(extack, nest,
				  "ipv6 netstream sampler: two samplers in one direction");
	sampler[dir].mode = mode;
	sampler[dir].interval = interval;
	return 0;
}

/* --------------------------------------------------------------- interfaces */

static u8 nst_parse_metering(const struct nlattr *attr)
{
	if (!attr)
		return NST_IF_INHERIT;
	return nla_get_u8(attr) ? NST_IF_ON : NST_IF_OFF;
}

/* Attach a monitor in one direction. */
static int nst_parse_attach(const struct nst_config *cfg, struct nst_if_def *def,
			    const struct nlattr *nest,
			    struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NETSTREAM_ATTACH_A_MAX + 1];
	int err, index;
	u8 dir;

	err = nla_parse_nested(tb, NETSTREAM_ATTACH_A_MAX, nest, nst_attach_policy, extack);
	if (err)
		return err;
	if (!tb[NETSTREAM_ATTACH_A_NAME] || !tb[NETSTREAM_ATTACH_A_DIRECTION])
		return nst_refuse(extack, nest,
				  "ipv6 netstream monitor: name and direction are required");
	index = nst_config_monitor(cfg, nla_data(tb[NETSTREAM_ATTACH_A_NAME]));
	if (index < 0)
		return nst_refuse(extack, tb[NETSTREAM_ATTACH_A_NAME],
				  "ipv6 netstream monitor: there is no monitor of this name");
	dir = nla_get_u8(tb[NETSTREAM_ATTACH_A_DIRECTION]);
	if (def->monitors[dir] & BIT(index))
		return nst_refuse(extack, nest,
				  "ipv6 netstream monitor: this monitor is attached twice");
	def->monitors[dir] |= BIT(index);
	return 0;
}

/**
 * nst_config_nl_if_parse - add an interface view to a configuration
 * @cfg: configuration that has all its monitors, and memory for one more view
 * @attrs: first attribute of the request
 * @nest: attributes of the view
 * @extack: where to report a refusal
 *
 * Context: any.
 * Return: 0 or a negative errno.
 */
int nst_config_nl_if_parse(struct nst_config *cfg, const struct nlattr *attrs,
			   const struct nlattr *nest,
			   struct netlink_ext_ack *extack)
{
	struct nst_if_def *def = &cfg->ifs[cfg->nifs];
	struct nlattr *tb[NETSTREAM_IF_A_MAX + 1];
	const struct nlattr *attr;
	int err, rem;

	err = nla_parse_nested(tb, NETSTREAM_IF_A_MAX, nest, nst_if_policy, extack);
	if (err)
		return err;
	if (!tb[NETSTREAM_IF_A_NAME])
		return nst_refuse(extack, nest, "interface: a name is required");
	nla_strscpy(def->name, tb[NETSTREAM_IF_A_NAME], sizeof(def->name));
	if (!nst_config_nl_attr_ifname_ok(def->name))
		return nst_refuse(extack, tb[NETSTREAM_IF_A_NAME],
				  "interface: this cannot be the name of an interface");
	def->at = nst_config_nl_attr_offset(attrs, nest);
	def->metering[NETSTREAM_INBOUND] = nst_parse_metering(tb[NETSTREAM_IF_A_INBOUND]);
	def->metering[NETSTREAM_OUTBOUND] = nst_parse_metering(tb[NETSTREAM_IF_A_OUTBOUND]);
	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) == NETSTREAM_IF_A_SAMPLER)
			err = nst_config_nl_if_sampler(attr, def->sampler, extack);
		else if (nla_type(attr) == NETSTREAM_IF_A_MONITOR)
			err = nst_parse_attach(cfg, def, attr, extack);
		if (err)
			return err;
	}
	cfg->nifs++;
	return 0;
}

/* By name.  Views of the same name keep the order of the request. */
static int nst_if_cmp(const void *a, const void *b)
{
	const struct nst_if_def *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	/* 16384 views take a while to sort */
	cond_resched();
	return order ?: left->at < right->at ? -1 : left->at > right->at;
}

/**
 * nst_config_nl_if_sort - sort interface views by name and refuse duplicates
 * @cfg: configuration with all its interface views
 * @attrs: first attribute of the request
 * @extack: where to report a refusal
 *
 * Lookups and comparisons of thousands of views need them sorted.
 *
 * Context: process, may sleep.
 * Return: 0 or -EINVAL.
 */
int nst_config_nl_if_sort(struct nst_config *cfg, const struct nlattr *attrs,
			  struct netlink_ext_ack *extack)
{
	unsigned int i;

	sort(cfg->ifs, cfg->nifs, sizeof(*cfg->ifs), nst_if_cmp, NULL);
	for (i = 1; i < cfg->nifs; i++)
		if (!strcmp(cfg->ifs[i - 1].name, cfg->ifs[i].name))
			return nst_refuse(extack,
					  nst_config_nl_attr_at(attrs, cfg->ifs[i].at),
					  "interface: an interface appears twice");
	return 0;
}
