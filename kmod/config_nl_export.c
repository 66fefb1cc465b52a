// SPDX-License-Identifier: GPL-2.0
/*
 * Hosts and slot views of a configuration.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <net/ipv6.h>
#include <net/netlink.h>

#include "compat.h"
#include "config.h"
#include "config_nl_attr.h"
#include "config_nl_export.h"

const struct nla_policy nst_config_nl_export_host_policy[NETSTREAM_HOST_A_MAX + 1] = {
	[NETSTREAM_HOST_A_ADDR4]	= NLA_POLICY_EXACT_LEN(sizeof(struct in_addr)),
	[NETSTREAM_HOST_A_ADDR6]	= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[NETSTREAM_HOST_A_PORT]		= NLA_POLICY_MIN(NLA_U16, 1),
	[NETSTREAM_HOST_A_VRF]		= NST_CONFIG_NL_STRING(IFNAMSIZ - 1),
	[NETSTREAM_HOST_A_VERSION]	=
		NLA_POLICY_RANGE(NLA_U8, NETSTREAM_VERSION_9,
				 NETSTREAM_VERSION_IPFIX),
	[NETSTREAM_HOST_A_DSCP]		= NLA_POLICY_MAX(NLA_U8, 63),
};

static const struct nla_policy nst_slot_policy[NETSTREAM_SLOT_A_MAX + 1] = {
	[NETSTREAM_SLOT_A_ID]		= { .type = NLA_U8 },
	[NETSTREAM_SLOT_A_SEQUENCE_FLOW] = { .type = NLA_FLAG },
	[NETSTREAM_SLOT_A_PORT]		= NST_CONFIG_NL_STRING(IFNAMSIZ - 1),
	[NETSTREAM_SLOT_A_HOST]		= NLA_POLICY_NESTED(nst_config_nl_export_host_policy),
};

/* -------------------------------------------------------------------- hosts */

/**
 * nst_config_nl_export_addr4 - refuse an IPv4 address that is not unicast
 * @addr: address of a host or of the source of export packets
 * @attr: attribute to blame
 * @extack: where to report a refusal
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
int nst_config_nl_export_addr4(const struct in_addr *addr,
			       const struct nlattr *attr,
			       struct netlink_ext_ack *extack)
{
	if (ipv4_is_zeronet(addr->s_addr) || ipv4_is_multicast(addr->s_addr) ||
	    ipv4_is_lbcast(addr->s_addr))
		return nst_refuse(extack, attr,
				  "ipv6 netstream export: a unicast address is required");
	return 0;
}

/**
 * nst_config_nl_export_addr6 - refuse an IPv6 address that is not global unicast
 * @addr: address of a host or of the source of export packets
 * @attr: attribute to blame
 * @extack: where to report a refusal
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
int nst_config_nl_export_addr6(const struct in6_addr *addr,
			       const struct nlattr *attr,
			       struct netlink_ext_ack *extack)
{
	if (ipv6_addr_any(addr) || ipv6_addr_is_multicast(addr))
		return nst_refuse(extack, attr,
				  "ipv6 netstream export: a unicast address is required");
	if (ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL)
		return nst_refuse(extack, attr,
				  "ipv6 netstream export: a link-local address is not unique");
	if (ipv6_addr_v4mapped(addr))
		return nst_refuse(extack, attr,
				  "ipv6 netstream export: write a mapped address as an IPv4 address");
	return 0;
}

static int nst_parse_host_addr(struct nst_host_def *host,
			       const struct nlattr *nest,
			       struct nlattr **tb,
			       struct netlink_ext_ack *extack)
{
	if (!tb[NETSTREAM_HOST_A_ADDR4] == !tb[NETSTREAM_HOST_A_ADDR6])
		return nst_refuse(extack, nest,
				  "ipv6 netstream export host: one address is required");
	if (tb[NETSTREAM_HOST_A_ADDR4]) {
		host->family = AF_INET;
		host->addr4.s_addr = nla_get_in_addr(tb[NETSTREAM_HOST_A_ADDR4]);
		return nst_config_nl_export_addr4(&host->addr4,
						  tb[NETSTREAM_HOST_A_ADDR4],
						  extack);
	}
	host->family = AF_INET6;
	host->addr6 = nla_get_in6_addr(tb[NETSTREAM_HOST_A_ADDR6]);
	return nst_config_nl_export_addr6(&host->addr6, tb[NETSTREAM_HOST_A_ADDR6], extack);
}

static bool nst_same_host(const struct nst_host_def *a,
			  const struct nst_host_def *b)
{
	if (a->family != b->family || a->port != b->port ||
	    strcmp(a->vrf, b->vrf))
		return false;
	if (a->family == AF_INET)
		return a->addr4.s_addr == b->addr4.s_addr;
	return ipv6_addr_equal(&a->addr6, &b->addr6);
}

static int nst_parse_host_rest(struct nst_host_def *host,
			       const struct nlattr *nest,
			       struct nlattr **tb,
			       struct netlink_ext_ack *extack)
{
	if (!tb[NETSTREAM_HOST_A_PORT])
		return nst_refuse(extack, nest, "ipv6 netstream export host: a port is required");
	host->port = nla_get_u16(tb[NETSTREAM_HOST_A_PORT]);
	if (tb[NETSTREAM_HOST_A_VERSION])
		host->version = nla_get_u8(tb[NETSTREAM_HOST_A_VERSION]);
	if (tb[NETSTREAM_HOST_A_DSCP])
		host->dscp = nla_get_u8(tb[NETSTREAM_HOST_A_DSCP]);
	if (!tb[NETSTREAM_HOST_A_VRF])
		return 0;
	nla_strscpy(host->vrf, tb[NETSTREAM_HOST_A_VRF], sizeof(host->vrf));
	if (!nst_config_nl_attr_ifname_ok(host->vrf))
		return nst_refuse(extack, tb[NETSTREAM_HOST_A_VRF],
				  "ipv6 netstream export host: this cannot be the name of a VRF");
	return 0;
}

/**
 * nst_config_nl_export_host - append a host to the list of a view
 * @list: hosts of the system view, a slot or a monitor, with memory for all in the
 *	request or %NETSTREAM_HOSTS_MAX, whichever is less
 * @n: number of hosts in @list, incremented
 * @nest: attributes of the host
 * @extack: where to report a refusal
 *
 * Context: any.
 * Return: 0 or a negative errno.
 */
int nst_config_nl_export_host(struct nst_host_def *list, unsigned int *n,
			      const struct nlattr *nest,
			      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NETSTREAM_HOST_A_MAX + 1];
	struct nst_host_def *host = &list[*n];
	unsigned int i;
	int err;

	if (*n == NETSTREAM_HOSTS_MAX)
		return nst_refuse(extack, nest, "ipv6 netstream export host: too many hosts");
	err = nla_parse_nested(tb, NETSTREAM_HOST_A_MAX, nest,
			       nst_config_nl_export_host_policy, extack);
	if (err)
		return err;
	err = nst_parse_host_addr(host, nest, tb, extack);
	if (err)
		return err;
	err = nst_parse_host_rest(host, nest, tb, extack);
	if (err)
		return err;
	for (i = 0; i < *n; i++)
		if (nst_same_host(&list[i], host))
			return nst_refuse(extack, nest,
					  "ipv6 netstream export host: this host appears twice");
	(*n)++;
	return 0;
}

/* -------------------------------------------------------------------- slots */

static int nst_parse_port(struct nst_config *cfg, const struct nlattr *attrs,
			  const struct nst_slot_def *slot,
			  const struct nlattr *attr,
			  struct netlink_ext_ack *extack)
{
	struct nst_port_def *port = &cfg->port[cfg->nports];

	if (cfg->nports == NETSTREAM_PORTS_MAX)
		return nst_refuse(extack, attr, "port: too many ports");
	nla_strscpy(port->name, attr, sizeof(port->name));
	if (!nst_config_nl_attr_ifname_ok(port->name) || !strcmp(port->name, "all"))
		return nst_refuse(extack, attr, "port: this cannot be the name of an interface");
	if (!slot->id)
		return nst_refuse(extack, attr,
				  "port: slot 0 has every interface that is in no other slot");
	port->at = nst_config_nl_attr_offset(attrs, attr);
	port->slot = slot->id;
	cfg->nports++;
	return 0;
}

/* By name.  Ports of the same name keep the order of the request. */
static int nst_port_cmp(const void *a, const void *b)
{
	const struct nst_port_def *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	/* 65536 ports take a while to sort */
	cond_resched();
	return order ?: left->at < right->at ? -1 : left->at > right->at;
}

/**
 * nst_config_nl_export_sort - sort the ports of all slots and refuse duplicates
 * @cfg: configuration with all its slots
 * @attrs: first attribute of the request
 * @extack: where to report a refusal
 *
 * Lookups among tens of thousands of ports need them sorted by name.
 *
 * Context: process, may sleep.
 * Return: 0 or -EINVAL.
 */
int nst_config_nl_export_sort(struct nst_config *cfg,
			      const struct nlattr *attrs,
			      struct netlink_ext_ack *extack)
{
	unsigned int i;

	sort(cfg->port, cfg->nports, sizeof(*cfg->port), nst_port_cmp, NULL);
	for (i = 1; i < cfg->nports; i++)
		if (!strcmp(cfg->port[i - 1].name, cfg->port[i].name))
			return nst_refuse(extack,
					  nst_config_nl_attr_at(attrs, cfg->port[i].at),
					  "port: this interface is in a slot already");
	return 0;
}

static int nst_parse_slot_lists(struct nst_config *cfg,
				const struct nlattr *attrs,
				struct nst_slot_def *slot,
				const struct nlattr *nest,
				struct netlink_ext_ack *extack)
{
	unsigned int hosts = nst_config_nl_attr_count(nla_data(nest),
						      nla_len(nest),
						      NETSTREAM_SLOT_A_HOST);
	const struct nlattr *attr;
	int rem, err = 0;

	slot->host = kvcalloc(min_t(u32, hosts, NETSTREAM_HOSTS_MAX) + 1,
			      sizeof(*slot->host), GFP_KERNEL_ACCOUNT);
	if (!slot->host)
		return -ENOMEM;
	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) == NETSTREAM_SLOT_A_PORT)
			err = nst_parse_port(cfg, attrs, slot, attr, extack);
		else if (nla_type(attr) == NETSTREAM_SLOT_A_HOST)
			err = nst_config_nl_export_host(slot->host, &slot->nhosts,
							attr, extack);
		if (err)
			return err;
	}
	return 0;
}

/**
 * nst_config_nl_export_slot - add a slot view to a configuration
 * @cfg: configuration that has memory for one more slot, and for its ports
 * @attrs: first attribute of the request
 * @nest: attributes of the slot
 * @extack: where to report a refusal
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
int nst_config_nl_export_slot(struct nst_config *cfg,
			      const struct nlattr *attrs,
			      const struct nlattr *nest,
			      struct netlink_ext_ack *extack)
{
	struct nst_slot_def *slot = &cfg->slot[cfg->nslots];
	struct nlattr *tb[NETSTREAM_SLOT_A_MAX + 1];
	int err;

	err = nla_parse_nested(tb, NETSTREAM_SLOT_A_MAX, nest, nst_slot_policy, extack);
	if (err)
		return err;
	if (!tb[NETSTREAM_SLOT_A_ID])
		return nst_refuse(extack, nest, "slot: a number is required");
	slot->id = nla_get_u8(tb[NETSTREAM_SLOT_A_ID]);
	if (nst_config_slot(cfg, slot->id))
		return nst_refuse(extack, nest, "slot: this slot appears twice");
	slot->sequence_flow = nla_get_flag(tb[NETSTREAM_SLOT_A_SEQUENCE_FLOW]);
	err = nst_parse_slot_lists(cfg, attrs, slot, nest, extack);
	/* on failure too, so that nst_config_free() frees its hosts */
	cfg->nslots++;
	return err;
}
