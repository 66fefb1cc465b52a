// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: its operations and their policies.
 * include/uapi/linux/netstream.h is the contract.
 */
#include <linux/module.h>
#include <net/genetlink.h>
#include <net/netlink.h>

#include "cache.h"
#include "net.h"
#include "netlink.h"
#include "netlink_config.h"
#include "netlink_dump.h"
#include "netlink_event.h"
#include "netlink_export.h"
#include "netlink_msg.h"
#include "netlink_routes.h"
#include "netlink_stats.h"
#include "sender.h"
#include "state.h"
#include "totals.h"

/* -------------------------------------------------------- hosts, templates */

static int nst_host_get(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nst_net *nn = nst_netlink_net(cb->skb);

	if (!nst_started(nn))
		return 0;
	return nst_netlink_export_hosts(nn->sender, skb, cb);
}

static int nst_template_get_dump(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	struct nst_net *nn = nst_netlink_net(cb->skb);

	if (!nst_started(nn))
		return 0;
	return nst_netlink_export_templates(nn->sender, skb, cb);
}

static int nst_option_template_get(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nst_net *nn = nst_netlink_net(cb->skb);

	if (!nst_started(nn))
		return 0;
	return nst_netlink_export_option_templates(nn->sender, skb, cb);
}

/* ------------------------------------------------------------------ actions */

static const struct nla_policy nst_set_policy[NETSTREAM_A_MAX + 1] = {
	[NETSTREAM_A_GENERATION]	= NLA_POLICY_MIN(NLA_U32, 1),
	[NETSTREAM_A_CHECK]		= { .type = NLA_FLAG },
	[NETSTREAM_A_CONFIRM]		= { .type = NLA_U32 },
	/* nst_config_nl_parse() validates the nests strictly */
	[NETSTREAM_A_SYSTEM]		= { .type = NLA_NESTED },
	[NETSTREAM_A_RECORD]		= { .type = NLA_NESTED },
	[NETSTREAM_A_SLOT]		= { .type = NLA_NESTED },
	[NETSTREAM_A_HOST]		= { .type = NLA_NESTED },
	[NETSTREAM_A_INTERFACE]		= { .type = NLA_NESTED },
	[NETSTREAM_A_MONITOR]		= { .type = NLA_NESTED },
};

static const struct nla_policy nst_reset_policy[NETSTREAM_A_MAX + 1] = {
	[NETSTREAM_A_RESET]	= NLA_POLICY_MASK(NLA_U32, NETSTREAM_RESET_CACHE |
						  NETSTREAM_RESET_STATISTICS),
	[NETSTREAM_A_SLOT_ID]	= { .type = NLA_U8 },
};

static const struct nla_policy nst_flow_policy[NETSTREAM_A_MAX + 1] = {
	[NETSTREAM_A_RECORD_NAME] = { .type = NLA_NUL_STRING,
				      .len = NETSTREAM_RECORD_NAME_MAX },
};

static int nst_reset_slot(struct nst_net *nn, u32 what, struct genl_info *info)
{
	const struct nlattr *slot = info->attrs[NETSTREAM_A_SLOT_ID];
	int err;

	if (what != NETSTREAM_RESET_CACHE) {
		NL_SET_ERR_MSG_ATTR(info->extack, slot,
				    "reset: only flows of the cache can be those of one slot");
		return -EINVAL;
	}
	err = nst_cache_reset_slot(nn, nla_get_u8(slot));
	if (err)
		NL_SET_ERR_MSG_ATTR(info->extack, slot, "reset: there is no such slot");
	return err;
}

static int nst_reset(struct sk_buff *skb, struct genl_info *info)
{
	struct nst_net *nn = nst_netlink_net(skb);
	u32 what;

	if (!info->attrs[NETSTREAM_A_RESET]) {
		NL_SET_ERR_MSG(info->extack, "reset: say what to reset");
		return -EINVAL;
	}
	what = nla_get_u32(info->attrs[NETSTREAM_A_RESET]);
	if (info->attrs[NETSTREAM_A_SLOT_ID])
		return nst_reset_slot(nn, what, info);
	if (what & NETSTREAM_RESET_CACHE)
		nst_cache_reset(nn);
	if (what & NETSTREAM_RESET_STATISTICS)
		return nst_totals_reset(nn);
	return 0;
}

static int nst_refresh(struct sk_buff *skb, struct genl_info *info)
{
	struct nst_net *nn = nst_netlink_net(skb);

	if (nst_started(nn))
		nst_sender_refresh(nn->sender);
	return 0;
}

/* ------------------------------------------------------------------- family */

/*
 * Every operation needs CAP_NET_ADMIN in the user namespace that owns the network
 * namespace.  That includes the replies: they show addresses and totals, and they
 * take the locks that commits wait for.
 */
static const struct genl_ops nst_ops[] = {
	{
		.cmd	= NETSTREAM_CMD_CONFIG_SET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= nst_set_policy,
		.maxattr = NETSTREAM_A_MAX,
		.doit	= nst_netlink_config_set,
	}, {
		.cmd	= NETSTREAM_CMD_CONFIG_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.start	= nst_netlink_config_start,
		.dumpit	= nst_netlink_config_get,
	}, {
		.cmd	= NETSTREAM_CMD_STATS_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.doit	= nst_netlink_stats_get,
	}, {
		.cmd	= NETSTREAM_CMD_HOST_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.dumpit	= nst_host_get,
	}, {
		.cmd	= NETSTREAM_CMD_TEMPLATE_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.dumpit	= nst_template_get_dump,
	}, {
		.cmd	= NETSTREAM_CMD_RECORD_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.dumpit	= nst_netlink_dump_records,
	}, {
		.cmd	= NETSTREAM_CMD_INTERFACE_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.dumpit	= nst_netlink_dump_interfaces,
	}, {
		.cmd	= NETSTREAM_CMD_FLOW_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= nst_flow_policy,
		.maxattr = NETSTREAM_A_MAX,
		.start	= nst_netlink_dump_flows_start,
		.dumpit	= nst_netlink_dump_flows,
		.done	= nst_netlink_dump_flows_done,
	}, {
		.cmd	= NETSTREAM_CMD_RESET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= nst_reset_policy,
		.maxattr = NETSTREAM_A_MAX,
		.doit	= nst_reset,
	}, {
		.cmd	= NETSTREAM_CMD_TEMPLATE_REFRESH,
		.flags	= GENL_UNS_ADMIN_PERM,
		.doit	= nst_refresh,
	}, {
		.cmd	= NETSTREAM_CMD_ROUTES_LOAD,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= nst_netlink_routes_policy,
		.maxattr = NETSTREAM_A_MAX,
		.doit	= nst_netlink_routes_load,
	}, {
		.cmd	= NETSTREAM_CMD_ROUTES_CHANGE,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= nst_netlink_routes_policy,
		.maxattr = NETSTREAM_A_MAX,
		.doit	= nst_netlink_routes_change,
	}, {
		.cmd	= NETSTREAM_CMD_ROUTES_COMMIT,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= nst_netlink_routes_policy,
		.maxattr = NETSTREAM_A_MAX,
		.doit	= nst_netlink_routes_commit,
	}, {
		.cmd	= NETSTREAM_CMD_ROUTES_DROP,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= nst_netlink_routes_policy,
		.maxattr = NETSTREAM_A_MAX,
		.doit	= nst_netlink_routes_drop,
	}, {
		.cmd	= NETSTREAM_CMD_ROUTES_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= nst_netlink_routes_policy,
		.maxattr = NETSTREAM_A_MAX,
		.dumpit	= nst_netlink_routes_get,
		.done	= nst_netlink_routes_done,
	}, {
		.cmd	= NETSTREAM_CMD_ROUTES_STATS_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.dumpit	= nst_netlink_routes_stats_get,
	}, {
		.cmd	= NETSTREAM_CMD_EVENT_LISTEN,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= nst_netlink_event_policy,
		.maxattr = NETSTREAM_A_MAX,
		.doit	= nst_netlink_event_listen,
	}, {
		.cmd	= NETSTREAM_CMD_SLOT_STATS_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= nst_netlink_stats_slot_policy,
		.maxattr = NETSTREAM_A_MAX,
		.doit	= nst_netlink_stats_slot,
	}, {
		.cmd	= NETSTREAM_CMD_OPTION_TEMPLATE_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.dumpit	= nst_option_template_get,
	}, {
		.cmd	= NETSTREAM_CMD_MONITOR_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.dumpit	= nst_netlink_stats_monitors,
	},
};

/*
 * Policy of the commands without attributes: every attribute is refused.  It must
 * have maxattr + 1 entries, because the core indexes it up to maxattr.
 */
static const struct nla_policy nst_no_policy[NETSTREAM_A_MAX + 1] = {};

static struct genl_family nst_family __ro_after_init = {
	.name		= NETSTREAM_GENL_NAME,
	.version	= NETSTREAM_GENL_VERSION,
	.maxattr	= NETSTREAM_A_MAX,
	.policy		= nst_no_policy,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= nst_ops,
	.n_ops		= ARRAY_SIZE(nst_ops),
};

/**
 * nst_netlink_init - register the generic netlink family
 *
 * Context: module load, last.
 * Return: 0 or a negative errno.
 */
int __init nst_netlink_init(void)
{
	int err;

	err = nst_netlink_routes_init();
	if (err)
		return err;
	err = nst_netlink_event_init();
	if (err)
		goto err_routes;
	err = genl_register_family(&nst_family);
	if (err)
		goto err_event;
	return 0;

err_event:
	nst_netlink_event_exit();
err_routes:
	nst_netlink_routes_exit();
	return err;
}

/**
 * nst_netlink_exit - unregister the family; no request runs after it returns
 *
 * Context: module unload, first.
 */
void nst_netlink_exit(void)
{
	genl_unregister_family(&nst_family);
	nst_netlink_event_exit();
	nst_netlink_routes_exit();
}
