// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes of a request -> a configuration that is complete and valid.  Every
 * refusal names the statement that is wrong and points to its attribute.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/netlink.h>

#include "compat.h"
#include "config.h"
#include "config_nl.h"
#include "config_nl_attr.h"
#include "config_nl_export.h"
#include "config_nl_if.h"
#include "config_nl_monitor.h"
#include "config_nl_record.h"

/* nst_config_scalar[] has the ranges of numbers. */
static const struct nla_policy nst_system_policy[NETSTREAM_SYSTEM_A_MAX + 1] = {
	[NETSTREAM_SYSTEM_A_VERSION]	= { .type = NLA_U8 },
	[NETSTREAM_SYSTEM_A_AS_TYPE]	= { .type = NLA_U8 },
	[NETSTREAM_SYSTEM_A_BGP_NEXTHOP] = { .type = NLA_FLAG },
	[NETSTREAM_SYSTEM_A_MASK]	= { .type = NLA_U8 },
	[NETSTREAM_SYSTEM_A_AS_MODE]	= { .type = NLA_U8 },
	[NETSTREAM_SYSTEM_A_INDEX_SWITCH] = { .type = NLA_U8 },
	[NETSTREAM_SYSTEM_A_TEMPLATE_TIMEOUT] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_TEMPLATE_PACKETS] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_OPTION_TEMPLATE_TIMEOUT] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_OPTION_TEMPLATE_PACKETS] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_OPTION_SAMPLER] = { .type = NLA_U8 },
	[NETSTREAM_SYSTEM_A_OPTION_INTERFACE] = { .type = NLA_U8 },
	[NETSTREAM_SYSTEM_A_OPTION_VRF] = { .type = NLA_U8 },
	[NETSTREAM_SYSTEM_A_OPTION_STATS] = { .type = NLA_U8 },
	[NETSTREAM_SYSTEM_A_OPTION_SAMPLER_TIMEOUT] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_OPTION_INTERFACE_TIMEOUT] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_OPTION_VRF_TIMEOUT] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_OPTION_STATS_TIMEOUT] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_SOURCE_ID] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_SOURCE4]	= NLA_POLICY_EXACT_LEN(sizeof(struct in_addr)),
	[NETSTREAM_SYSTEM_A_SOURCE4_PORT] = { .type = NLA_U16 },
	[NETSTREAM_SYSTEM_A_SOURCE6]	= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[NETSTREAM_SYSTEM_A_SOURCE6_PORT] = { .type = NLA_U16 },
	[NETSTREAM_SYSTEM_A_FLEX_ACTIVE] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_FLEX_INACTIVE] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_ORIGINAL_ACTIVE] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_ORIGINAL_INACTIVE] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_TCP_LINGER] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_SRV6_INNER] = { .type = NLA_FLAG },
	[NETSTREAM_SYSTEM_A_IPSEC_INNER] = { .type = NLA_FLAG },
	[NETSTREAM_SYSTEM_A_FLEXIBLE_IPFIX] = { .type = NLA_FLAG },
	[NETSTREAM_SYSTEM_A_TCP_FLAG]	= { .type = NLA_FLAG },
	[NETSTREAM_SYSTEM_A_MAX_FLOWS]	= { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_APPLY]	=
		NST_CONFIG_NL_STRING(NETSTREAM_RECORD_NAME_MAX),
	[NETSTREAM_SYSTEM_A_MANAGEMENT]	=
		NST_CONFIG_NL_STRING(IFNAMSIZ - 1),
	[NETSTREAM_SYSTEM_A_SAMPLER]	= NLA_POLICY_NESTED(nst_config_nl_if_sampler_policy),
};

/* ------------------------------------------------------------------- system */

static int nst_parse_sources(struct nst_config *cfg, struct nlattr **tb,
			     struct netlink_ext_ack *extack)
{
	const struct nlattr *attr4 = tb[NETSTREAM_SYSTEM_A_SOURCE4];
	const struct nlattr *attr6 = tb[NETSTREAM_SYSTEM_A_SOURCE6];
	int err;

	if (attr4) {
		cfg->source4.set = true;
		cfg->source4.addr4.s_addr = nla_get_in_addr(attr4);
		err = nst_config_nl_export_addr4(&cfg->source4.addr4, attr4,
						 extack);
		if (err)
			return err;
	}
	if (attr6) {
		cfg->source6.set = true;
		cfg->source6.addr6 = nla_get_in6_addr(attr6);
		err = nst_config_nl_export_addr6(&cfg->source6.addr6, attr6,
						 extack);
		if (err)
			return err;
	}
	return 0;
}

static u32 nst_get_scalar(const struct nlattr *attr, u8 size)
{
	switch (size) {
	case 1:
		return nla_get_u8(attr);
	case 2:
		return nla_get_u16(attr);
	default:
		return nla_get_u32(attr);
	}
}

static int nst_parse_scalars(struct nst_config *cfg, struct nlattr **tb,
			     struct netlink_ext_ack *extack)
{
	const struct nst_config_scalar *scalar = nst_config_scalar;
	unsigned int i;
	u32 value;

	for (i = 0; i < nst_config_scalars; i++, scalar++) {
		if (!tb[scalar->attr])
			continue;
		value = nst_get_scalar(tb[scalar->attr], scalar->size);
		if (value >= scalar->min && value <= scalar->max) {
			nst_config_set_scalar(cfg, scalar, value);
			continue;
		}
		NL_SET_BAD_ATTR(extack, tb[scalar->attr]);
		if (extack)
			extack->_msg = scalar->refusal;
		return -ERANGE;
	}
	cfg->bgp_nexthop = nla_get_flag(tb[NETSTREAM_SYSTEM_A_BGP_NEXTHOP]);
	cfg->srv6_inner = nla_get_flag(tb[NETSTREAM_SYSTEM_A_SRV6_INNER]);
	cfg->ipsec_inner = nla_get_flag(tb[NETSTREAM_SYSTEM_A_IPSEC_INNER]);
	cfg->flexible_ipfix = nla_get_flag(tb[NETSTREAM_SYSTEM_A_FLEXIBLE_IPFIX]);
	cfg->tcp_flag = nla_get_flag(tb[NETSTREAM_SYSTEM_A_TCP_FLAG]);
	cfg->max_flows_at = tb[NETSTREAM_SYSTEM_A_MAX_FLOWS];
	return 0;
}

static int nst_parse_apply(struct nst_config *cfg, const struct nlattr *attr,
			   struct netlink_ext_ack *extack)
{
	int index = nst_config_nl_record_index(cfg, nla_data(attr));
	unsigned int i;

	if (index < 0)
		return nst_refuse(extack, attr,
				  "ipv6 netstream apply record: there is no record of this name");
	if (!cfg->record[index].nitems)
		return nst_refuse(extack, attr,
				  "ipv6 netstream apply record: the record matches and collects nothing");
	for (i = 0; i < cfg->napplied; i++)
		if (cfg->applied[i] == index)
			return nst_refuse(extack, attr,
					  "ipv6 netstream apply record: this record is applied twice");
	if (cfg->napplied == NETSTREAM_APPLIED_MAX)
		return nst_refuse(extack, attr,
				  "ipv6 netstream apply record: too many records are applied");
	cfg->applied[cfg->napplied++] = index;
	return 0;
}

static int nst_parse_management(struct nst_config *cfg,
				const struct nlattr *attr,
				struct netlink_ext_ack *extack)
{
	char *name = cfg->management[cfg->nmanagement];
	unsigned int i;

	if (cfg->nmanagement == NETSTREAM_MANAGEMENT_MAX)
		return nst_refuse(extack, attr, "management-interface: too many interfaces");
	nla_strscpy(name, attr, IFNAMSIZ);
	if (!nst_config_nl_attr_ifname_ok(name))
		return nst_refuse(extack, attr,
				  "management-interface: this cannot be the name of an interface");
	for (i = 0; i < cfg->nmanagement; i++)
		if (!strcmp(cfg->management[i], name))
			return nst_refuse(extack, attr,
					  "management-interface: this interface appears twice");
	cfg->nmanagement++;
	return 0;
}

static int nst_parse_system_lists(struct nst_config *cfg,
				  const struct nlattr *nest,
				  struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int rem, err = 0;

	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) == NETSTREAM_SYSTEM_A_APPLY)
			err = nst_parse_apply(cfg, attr, extack);
		else if (nla_type(attr) == NETSTREAM_SYSTEM_A_MANAGEMENT)
			err = nst_parse_management(cfg, attr, extack);
		else if (nla_type(attr) == NETSTREAM_SYSTEM_A_SAMPLER)
			err = nst_config_nl_if_sampler(attr, cfg->sampler, extack);
		if (err)
			return err;
	}
	return 0;
}

static int nst_parse_system(struct nst_config *cfg, const struct nlattr *nest,
			    struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NETSTREAM_SYSTEM_A_MAX + 1];
	int err;

	err = nla_parse_nested(tb, NETSTREAM_SYSTEM_A_MAX, nest,
			       nst_system_policy, extack);
	if (err)
		return err;
	err = nst_parse_scalars(cfg, tb, extack);
	if (err)
		return err;
	err = nst_parse_sources(cfg, tb, extack);
	if (err)
		return err;
	return nst_parse_system_lists(cfg, nest, extack);
}

/* --------------------------------------------------------------- the whole */

/* Monitors name records, and interface views name monitors. */
static unsigned int nst_parse_turn(int type)
{
	switch (type) {
	case NETSTREAM_A_MONITOR:
		return 1;
	case NETSTREAM_A_INTERFACE:
		return 2;
	default:
		return 0;
	}
}

static int nst_parse_one(struct nst_config *cfg, const struct nlattr *attrs,
			 const struct nlattr *attr,
			 struct netlink_ext_ack *extack)
{
	switch (nla_type(attr)) {
	case NETSTREAM_A_MONITOR:
		return nst_config_nl_monitor_parse(cfg, attr, extack);
	case NETSTREAM_A_RECORD:
		return nst_config_nl_record_parse(cfg, attr, extack);
	case NETSTREAM_A_SLOT:
		return nst_config_nl_export_slot(cfg, attrs, attr, extack);
	case NETSTREAM_A_HOST:
		return nst_config_nl_export_host(cfg->host, &cfg->nhosts, attr,
						 extack);
	case NETSTREAM_A_INTERFACE:
		return nst_config_nl_if_parse(cfg, attrs, attr, extack);
	default:
		return 0;
	}
}

static int nst_parse_views(struct nst_config *cfg, const struct nlattr *attrs,
			   size_t len, unsigned int turn,
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int rem, err;

	nla_for_each_attr(attr, attrs, len, rem) {
		if (nst_parse_turn(nla_type(attr)) != turn)
			continue;
		err = nst_parse_one(cfg, attrs, attr, extack);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

static int nst_parse_all(struct nst_config *cfg, const struct nlattr *attrs,
			 size_t len, struct netlink_ext_ack *extack)
{
	const struct nlattr *attr, *system = NULL;
	unsigned int turn;
	int rem, err;

	nla_for_each_attr(attr, attrs, len, rem) {
		if (nla_type(attr) == NETSTREAM_A_SYSTEM && system)
			return nst_refuse(extack, attr,
					  "the system view appears twice");
		if (nla_type(attr) == NETSTREAM_A_SYSTEM)
			system = attr;
		cond_resched();
	}
	for (turn = 0; turn <= 2; turn++) {
		err = nst_parse_views(cfg, attrs, len, turn, extack);
		if (err)
			return err;
	}
	/* the system view names records, so it is parsed after them */
	if (system) {
		err = nst_parse_system(cfg, system, extack);
		if (err)
			return err;
	}
	err = nst_config_nl_export_sort(cfg, attrs, extack);
	if (err)
		return err;
	return nst_config_nl_if_sort(cfg, attrs, extack);
}

static bool nst_is_config(const struct nlattr *attr)
{
	switch (nla_type(attr)) {
	case NETSTREAM_A_SYSTEM:
	case NETSTREAM_A_RECORD:
	case NETSTREAM_A_SLOT:
	case NETSTREAM_A_HOST:
	case NETSTREAM_A_MONITOR:
	case NETSTREAM_A_INTERFACE:
		return true;
	default:
		return false;
	}
}

/* Keep the attributes as they came, for NETSTREAM_CMD_CONFIG_GET. */
static int nst_keep_attrs(struct nst_config *cfg, const struct nlattr *attrs,
			  size_t len)
{
	const struct nlattr *attr;
	int rem;

	cfg->attrs = kvzalloc(len + 1, GFP_KERNEL_ACCOUNT);
	if (!cfg->attrs)
		return -ENOMEM;
	nla_for_each_attr(attr, attrs, len, rem) {
		if (!nst_is_config(attr))
			continue;
		memcpy((u8 *)cfg->attrs + cfg->attrs_len, attr, attr->nla_len);
		cfg->attrs_len += NLA_ALIGN(attr->nla_len);
	}
	return 0;
}

/* Count the ports of all slots, before they are validated. */
static unsigned int nst_count_ports(const struct nlattr *attrs, size_t len)
{
	const struct nlattr *attr;
	unsigned int n = 0;
	int rem;

	nla_for_each_attr(attr, attrs, len, rem)
		if (nla_type(attr) == NETSTREAM_A_SLOT)
			n += nst_config_nl_attr_count(nla_data(attr),
						      nla_len(attr),
						      NETSTREAM_SLOT_A_PORT);
	return n;
}

/*
 * Allocate the lists for what the request has.  Hosts and ports beyond their
 * limit are refused when they are parsed.
 */
static int nst_config_alloc(struct nst_config *cfg, const struct nlattr *attrs,
			    size_t len, struct netlink_ext_ack *extack)
{
	unsigned int records = nst_config_nl_attr_count(attrs, len, NETSTREAM_A_RECORD);
	unsigned int hosts = nst_config_nl_attr_count(attrs, len, NETSTREAM_A_HOST);
	unsigned int slots = nst_config_nl_attr_count(attrs, len, NETSTREAM_A_SLOT);
	unsigned int ifs = nst_config_nl_attr_count(attrs, len, NETSTREAM_A_INTERFACE);
	unsigned int monitors = nst_config_nl_attr_count(attrs, len, NETSTREAM_A_MONITOR);
	unsigned int ports = nst_count_ports(attrs, len);

	if (records > NETSTREAM_RECORDS_MAX) {
		NL_SET_ERR_MSG(extack, "ipv6 netstream record: too many records");
		return -EINVAL;
	}
	if (ifs > NETSTREAM_INTERFACES_MAX || slots > NETSTREAM_SLOT_MAX + 1) {
		NL_SET_ERR_MSG(extack, "interface, slot: too many views");
		return -EINVAL;
	}
	if (monitors > NETSTREAM_MONITORS_MAX) {
		NL_SET_ERR_MSG(extack, "ipv6 netstream monitor: too many monitors");
		return -EINVAL;
	}
	cfg->record = kvcalloc(records + 1, sizeof(*cfg->record), GFP_KERNEL_ACCOUNT);
	cfg->host = kvcalloc(min_t(u32, hosts, NETSTREAM_HOSTS_MAX) + 1,
			     sizeof(*cfg->host), GFP_KERNEL_ACCOUNT);
	cfg->slot = kvcalloc(slots + 1, sizeof(*cfg->slot), GFP_KERNEL_ACCOUNT);
	cfg->ifs = kvcalloc(ifs + 1, sizeof(*cfg->ifs), GFP_KERNEL_ACCOUNT);
	cfg->port = kvcalloc(min_t(u32, ports, NETSTREAM_PORTS_MAX) + 1,
			     sizeof(*cfg->port), GFP_KERNEL_ACCOUNT);
	cfg->monitor = kvcalloc(monitors + 1, sizeof(*cfg->monitor), GFP_KERNEL_ACCOUNT);
	if (!cfg->record || !cfg->host || !cfg->slot || !cfg->ifs || !cfg->port ||
	    !cfg->monitor)
		return -ENOMEM;
	return 0;
}

/**
 * nst_config_nl_parse - make a configuration from the attributes of a request
 * @attrs: first top-level attribute
 * @len: size of all attributes, bytes
 * @extack: where to report a refusal
 *
 * Context: process, may sleep.
 * Return: the configuration, or an error pointer.
 */
struct nst_config *nst_config_nl_parse(const struct nlattr *attrs, size_t len,
				       struct netlink_ext_ack *extack)
{
	struct nst_config *cfg = nst_config_default();
	int err;

	if (!cfg)
		return ERR_PTR(-ENOMEM);
	err = nst_config_alloc(cfg, attrs, len, extack);
	if (err)
		goto free;
	err = nst_parse_all(cfg, attrs, len, extack);
	if (err)
		goto free;
	err = nst_keep_attrs(cfg, attrs, len);
	if (err)
		goto free;
	return cfg;

free:
	nst_config_free(cfg);
	return ERR_PTR(err);
}

/**
 * nst_config_nl_bound - apply the limits of a namespace to a configuration
 * @cfg: configuration from nst_config_nl_parse()
 * @max_flows: greatest number of flows.  A statement that sets a greater number
 *	is refused.  The default is lowered.
 * @max_hosts: greatest number of hosts in all views together
 * @extack: where to report a refusal
 *
 * Context: any.  The request that @cfg was made from still exists.
 * Return: 0 or -EDQUOT.
 */
int nst_config_nl_bound(struct nst_config *cfg, u32 max_flows, u32 max_hosts,
			struct netlink_ext_ack *extack)
{
	const struct nlattr *at = cfg->max_flows_at;
	unsigned int hosts = cfg->nhosts, i;

	cfg->max_flows_at = NULL;
	for (i = 0; i < cfg->nslots; i++)
		hosts += cfg->slot[i].nhosts;
	for (i = 0; i < cfg->nmonitors; i++)
		hosts += cfg->monitor[i].nhosts;
	if (hosts > max_hosts) {
		NL_SET_ERR_MSG(extack,
			       "ipv6 netstream export host: more hosts than userns_max_hosts allows in this namespace");
		return -EDQUOT;
	}
	if (at && cfg->max_flows > max_flows) {
		NL_SET_ERR_MSG_ATTR(extack, at,
				    "ipv6 netstream cache entries: more than userns_max_flows allows in this namespace");
		return -EDQUOT;
	}
	cfg->max_flows = min(cfg->max_flows, max_flows);
	return 0;
}
