// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that set or read the configuration.
 */
#include <linux/overflow.h>
#include <net/genetlink.h>
#include <net/netlink.h>

#include "config_nl.h"
#include "confirm.h"
#include "net.h"
#include "netlink_config.h"
#include "netlink_msg.h"
#include "plan.h"
#include "state.h"

/* A limit of 16 bits is all that a policy can have. */
static int nst_confirm_seconds(const struct genl_info *info, u32 *seconds)
{
	const struct nlattr *attr = info->attrs[NETSTREAM_A_CONFIRM];

	*seconds = attr ? nla_get_u32(attr) : 0;
	if (!attr || (*seconds && *seconds <= NETSTREAM_CONFIRM_MAX))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, attr,
			    "commit confirmed: the time is out of range");
	return -ERANGE;
}

/**
 * nst_netlink_config_set - replace the configuration
 * @skb: request
 * @info: request, parsed
 *
 * Context: process.
 * Return: 0 or a negative errno, with extended ACK text.
 */
int nst_netlink_config_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nst_config *cfg;
	u32 expected = 0, seconds;
	int err;

	if (info->attrs[NETSTREAM_A_GENERATION])
		expected = nla_get_u32(info->attrs[NETSTREAM_A_GENERATION]);
	err = nst_confirm_seconds(info, &seconds);
	if (err)
		return err;
	cfg = nst_config_nl_parse(genlmsg_data(info->genlhdr),
				  genlmsg_len(info->genlhdr), info->extack);
	if (IS_ERR(cfg))
		return PTR_ERR(cfg);
	return nst_confirm_commit(nst_netlink_net(skb), cfg,
				  nla_get_flag(info->attrs[NETSTREAM_A_CHECK]),
				  expected, seconds, info->extack);
}

/*
 * Fill one message with the attributes that fit.  args[0] is the offset of the
 * next attribute; args[1] is set after the last one.
 */
static int nst_config_fill(struct sk_buff *skb, struct netlink_callback *cb,
			   const struct nst_plan *plan, u32 confirm)
{
	const struct nst_config *cfg = plan->cfg;
	void *head = nst_netlink_msg_begin(skb, cb, NETSTREAM_CMD_CONFIG_GET);
	const struct nlattr *attr;
	unsigned int n = 0;

	if (!head || nla_put_u32(skb, NETSTREAM_A_GENERATION, plan->generation))
		goto full;
	if (confirm && nla_put_u32(skb, NETSTREAM_A_CONFIRM, confirm))
		goto full;
	while (cb->args[0] < cfg->attrs_len) {
		attr = (const void *)cfg->attrs + cb->args[0];
		if (nla_put(skb, attr->nla_type, nla_len(attr), nla_data(attr)))
			break;
		cb->args[0] += NLA_ALIGN(attr->nla_len);
		n++;
	}
	if (!n && cb->args[0] < cfg->attrs_len)
		goto full;
	if (cb->args[0] >= cfg->attrs_len)
		cb->args[1] = 1;
	genlmsg_end(skb, head);
	return 0;
full:
	if (head)
		genlmsg_cancel(skb, head);
	return -EMSGSIZE;
}

/**
 * nst_netlink_config_start - begin to list the configuration
 * @cb: dump; its buffers are made large enough for the largest view
 *
 * Context: process.
 * Return: 0.
 */
int nst_netlink_config_start(struct netlink_callback *cb)
{
	const struct nst_config *cfg;
	const struct nlattr *attr;
	unsigned int most = 0;
	int rem;

	rcu_read_lock();
	cfg = rcu_dereference(nst_netlink_net(cb->skb)->plan)->cfg;
	nla_for_each_attr(attr, cfg->attrs, cfg->attrs_len, rem)
		most = max_t(unsigned int, most, attr->nla_len);
	rcu_read_unlock();
	/* min_dump_alloc has 16 or 32 bits, depending on the kernel */
	cb->min_dump_alloc = min_t(u32, most + 256,
				   type_max(typeof(cb->min_dump_alloc)));
	return 0;
}

/**
 * nst_netlink_config_get - list the attributes of the running configuration
 * @skb: buffer to fill with a message
 * @cb: dump that nst_netlink_config_start() began
 *
 * Context: process.
 * Return: as a dump callback.
 */
int nst_netlink_config_get(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nst_net *nn = nst_netlink_net(cb->skb);
	const struct nst_plan *plan;
	int err = 0;

	if (cb->args[1])
		return 0;
	rcu_read_lock();
	plan = rcu_dereference(nn->plan);
	if (nst_netlink_msg_goes_on(cb, plan->generation))
		err = nst_config_fill(skb, cb, plan, nst_confirm_left(nn));
	rcu_read_unlock();
	return err && !skb->len ? err : skb->len;
}
