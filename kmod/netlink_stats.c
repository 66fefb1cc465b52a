// SPDX-License-Identifier: GPL-2.0
/*
 * Replies with statistics.
 */
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/netlink.h>

#include "account.h"
#include "export.h"
#include "net.h"
#include "netlink_msg.h"
#include "netlink_stats.h"
#include "plan.h"
#include "slot_totals.h"
#include "state.h"
#include "totals.h"

static const char * const nst_lost_name[] = {
	NST_LOST_ROWS(NST_ROW_NAME)
};

static const char * const nst_skip_name[] = {
	NST_SKIP_ROWS(NST_ROW_NAME)
};

static const char * const nst_malformed_name[] = {
	NST_MALFORMED_ROWS(NST_ROW_NAME)
};

static const char * const nst_end_name[] = {
	NST_END_ROWS(NST_ROW_NAME)
};

static const char * const nst_count_name[] = {
	NST_COUNT_ROWS(NST_ROW_NAME)
};

static int nst_put_amount(struct sk_buff *skb, int type, const char *name,
			  const struct nst_amount *amount, bool flows)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest ||
	    (name && nla_put_string(skb, NETSTREAM_COUNT_A_NAME, name)) ||
	    (flows && nst_netlink_msg_u64(skb, NETSTREAM_COUNT_A_FLOWS, amount->flows)) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_COUNT_A_PACKETS, amount->packets) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_COUNT_A_BYTES, amount->bytes))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* @lost: by &enum nst_lost */
/* The terms of the accounting equation, except what was lost. */
static int nst_put_traffic(struct sk_buff *skb, const struct nst_amount *metered,
			   const struct nst_amount *exported,
			   const struct nst_amount *cached,
			   const struct nst_amount *pending)
{
	if (nst_put_amount(skb, NETSTREAM_STATS_A_METERED, NULL, metered, false) ||
	    nst_put_amount(skb, NETSTREAM_STATS_A_EXPORTED, NULL, exported, true) ||
	    nst_put_amount(skb, NETSTREAM_STATS_A_CACHED, NULL, cached, true) ||
	    nst_put_amount(skb, NETSTREAM_STATS_A_PENDING, NULL, pending, true))
		return -EMSGSIZE;
	return 0;
}

static int nst_put_lost(struct sk_buff *skb, const struct nst_amount *lost)
{
	struct nst_amount sum = {};
	unsigned int i;

	for (i = 0; i < NST_LOST_MAX; i++) {
		nst_amount_add(&sum, &lost[i]);
		if (nst_put_amount(skb, NETSTREAM_STATS_A_LOST_CAUSE,
				   nst_lost_name[i], &lost[i], true))
			return -EMSGSIZE;
	}
	return nst_put_amount(skb, NETSTREAM_STATS_A_LOST, NULL, &sum, true);
}

static int nst_put_totals(struct sk_buff *skb, const struct nst_totals *totals)
{
	if (nst_put_traffic(skb, &totals->metered, &totals->exported, &totals->cached,
			    &totals->pending) ||
	    nst_put_lost(skb, totals->lost) ||
	    nst_netlink_msg_counters(skb, NETSTREAM_STATS_A_SKIPPED_CAUSE,
				     NETSTREAM_COUNT_A_PACKETS, nst_skip_name,
				     totals->skipped, NST_SKIP_MAX) ||
	    /* 0 means "none" in both enums, so the names begin at 1 */
	    nst_netlink_msg_counters(skb, NETSTREAM_STATS_A_MALFORMED_CAUSE,
				     NETSTREAM_COUNT_A_PACKETS, nst_malformed_name,
				     totals->malformed + 1, NST_MALFORMED_MAX - 1) ||
	    nst_netlink_msg_counters(skb, NETSTREAM_STATS_A_ENDED_CAUSE,
				     NETSTREAM_COUNT_A_FLOWS, nst_end_name,
				     totals->ended + 1, NST_END_MAX - 1))
		return -EMSGSIZE;
	return nst_netlink_msg_counters(skb, NETSTREAM_STATS_A_COUNT,
				     NETSTREAM_COUNT_A_VALUE, nst_count_name,
				     totals->count, NST_COUNT_MAX);
}

static void nst_running_numbers(const struct nst_net *nn, u32 *generation,
				u32 *max_flows)
{
	const struct nst_plan *plan;

	rcu_read_lock();
	plan = rcu_dereference(nn->plan);
	*generation = plan->generation;
	*max_flows = plan->cfg->max_flows;
	rcu_read_unlock();
}

static int nst_stats_fill(struct sk_buff *reply, struct nst_net *nn,
			  const struct nst_totals *totals)
{
	u32 generation, max_flows;
	struct nlattr *nest;

	nst_running_numbers(nn, &generation, &max_flows);
	if (nla_put_u32(reply, NETSTREAM_A_GENERATION, generation))
		return -EMSGSIZE;
	nest = nla_nest_start(reply, NETSTREAM_A_STATS);
	if (!nest || nst_put_totals(reply, totals) ||
	    nla_put_u32(reply, NETSTREAM_STATS_A_MAX_FLOWS, max_flows))
		return -EMSGSIZE;
	nla_nest_end(reply, nest);
	return 0;
}

static int nst_stats_reply(struct nst_net *nn, struct genl_info *info,
			   const struct nst_totals *totals)
{
	struct sk_buff *reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *head;

	if (!reply)
		return -ENOMEM;
	head = nst_netlink_msg_reply(reply, info, NETSTREAM_CMD_STATS_GET);
	if (!head || nst_stats_fill(reply, nn, totals)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, head);
	return genlmsg_reply(reply, info);
}

/**
 * nst_netlink_stats_get - reply with all counters of a namespace
 * @skb: request
 * @info: request, parsed
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int nst_netlink_stats_get(struct sk_buff *skb, struct genl_info *info)
{
	struct nst_net *nn = nst_netlink_net(skb);
	struct nst_totals *totals;
	int err;

	totals = kzalloc(sizeof(*totals), GFP_KERNEL_ACCOUNT);
	if (!totals)
		return -ENOMEM;
	nst_totals_read(nn, totals);
	err = nst_stats_reply(nn, info, totals);
	kfree(totals);
	return err;
}

/* ---------------------------------------------------------------- one slot */

/* Attributes of a request for the statistics of a slot. */
const struct nla_policy nst_netlink_stats_slot_policy[NETSTREAM_A_MAX + 1] = {
	[NETSTREAM_A_SLOT_ID]	= { .type = NLA_U8 },
};

static int nst_put_slot_record(struct sk_buff *skb, const struct nst_slot_record *rec)
{
	struct nlattr *nest = nla_nest_start(skb, NETSTREAM_SLOT_STATS_A_RECORD);

	if (!nest ||
	    nla_put_string(skb, NETSTREAM_SLOT_RECORD_A_NAME, rec->name) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_SLOT_RECORD_A_CREATED, rec->created) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_SLOT_RECORD_A_CURRENT,
				rec->created - rec->ended) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_SLOT_RECORD_A_ENDED, rec->ended) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_SLOT_RECORD_A_EXPORTED_PACKETS,
				rec->exported.packets) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_SLOT_RECORD_A_EXPORTED_FLOWS,
				rec->exported.flows))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int nst_put_slot(struct sk_buff *skb, const struct nst_slot_totals *totals)
{
	const struct nst_if_totals *in = &totals->interfaces[NETSTREAM_INBOUND];
	const struct nst_if_totals *out = &totals->interfaces[NETSTREAM_OUTBOUND];
	unsigned int i;

	if (nla_put_u8(skb, NETSTREAM_SLOT_STATS_A_ID, totals->slot) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_SLOT_STATS_A_IN_SEEN, in->seen) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_SLOT_STATS_A_IN_PACKETS, in->packets) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_SLOT_STATS_A_IN_BYTES, in->bytes) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_SLOT_STATS_A_OUT_SEEN, out->seen) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_SLOT_STATS_A_OUT_PACKETS, out->packets) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_SLOT_STATS_A_OUT_BYTES, out->bytes))
		return -EMSGSIZE;
	for (i = 0; i < totals->nrecords; i++)
		if (nst_put_slot_record(skb, &totals->record[i]))
			return -EMSGSIZE;
	return 0;
}

static int nst_slot_fill(struct sk_buff *reply, const struct nst_slot_totals *totals)
{
	struct nlattr *nest;

	if (nla_put_u32(reply, NETSTREAM_A_GENERATION, totals->generation))
		return -EMSGSIZE;
	nest = nla_nest_start(reply, NETSTREAM_A_SLOT_STATS);
	if (!nest || nst_put_slot(reply, totals))
		return -EMSGSIZE;
	nla_nest_end(reply, nest);
	return 0;
}

static int nst_slot_reply(struct genl_info *info, const struct nst_slot_totals *totals)
{
	struct sk_buff *reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *head;

	if (!reply)
		return -ENOMEM;
	head = nst_netlink_msg_reply(reply, info, NETSTREAM_CMD_SLOT_STATS_GET);
	if (!head || nst_slot_fill(reply, totals)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, head);
	return genlmsg_reply(reply, info);
}

/**
 * nst_netlink_stats_slot - reply with the statistics of a slot
 * @skb: request
 * @info: request, parsed
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int nst_netlink_stats_slot(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *slot = info->attrs[NETSTREAM_A_SLOT_ID];
	struct nst_slot_totals *totals;
	int err;

	if (!slot) {
		NL_SET_ERR_MSG(info->extack, "statistics: the number of a slot is required");
		return -EINVAL;
	}
	totals = kmalloc(sizeof(*totals), GFP_KERNEL_ACCOUNT);
	if (!totals)
		return -ENOMEM;
	err = nst_slot_totals_read(nst_netlink_net(skb), nla_get_u8(slot), totals);
	if (err)
		NL_SET_ERR_MSG_ATTR(info->extack, slot, "statistics: there is no such slot");
	else
		err = nst_slot_reply(info, totals);
	kfree(totals);
	return err;
}

/* ---------------------------------------------------------------- monitors */

/* @max_flows: bound of its own, or 0 */
static int nst_fill_monitor_stats(struct sk_buff *skb,
				  const struct nst_monitor_totals *totals,
				  u32 max_flows)
{
	struct nlattr *nest = nla_nest_start(skb, NETSTREAM_MONITOR_A_STATS);

	if (!nest ||
	    nst_put_traffic(skb, &totals->metered, &totals->exported, &totals->cached,
			    &totals->pending) ||
	    nst_put_lost(skb, totals->lost) ||
	    nst_netlink_msg_counters(skb, NETSTREAM_STATS_A_SKIPPED_CAUSE,
				     NETSTREAM_COUNT_A_PACKETS,
				     &nst_skip_name[NST_SKIP_NOT_SELECTED],
				     &totals->not_selected, 1) ||
	    nst_netlink_msg_counters(skb, NETSTREAM_STATS_A_ENDED_CAUSE,
				     NETSTREAM_COUNT_A_FLOWS,
				     &nst_end_name[NST_END_FULL - 1],
				     &totals->cache_full, 1) ||
	    (max_flows && nla_put_u32(skb, NETSTREAM_STATS_A_MAX_FLOWS, max_flows)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int nst_fill_monitor_records(struct sk_buff *skb, const struct nst_plan *plan,
				    unsigned int index)
{
	unsigned int i;

	for (i = 0; i < plan->nrecords; i++)
		if (plan->monitor[index].records & BIT(i) &&
		    nla_put_string(skb, NETSTREAM_MONITOR_A_RECORD,
				   plan->record[i].rec->def.name))
			return -EMSGSIZE;
	return 0;
}

static int nst_fill_monitor_attrs(struct sk_buff *skb, struct nst_net *nn,
				  const struct nst_plan *plan, unsigned int index,
				  const struct nst_monitor_totals *totals)
{
	const struct nst_account *account = plan->monitor[index].account;
	u16 slot = NST_SLOT_MONITOR + account->number;

	if (nla_put_string(skb, NETSTREAM_MONITOR_A_NAME, account->name) ||
	    nla_put_u32(skb, NETSTREAM_MONITOR_A_SOURCE_ID,
			nst_export_source_id(plan->cfg->source_id, slot)) ||
	    nla_put_u32(skb, NETSTREAM_MONITOR_A_INTERFACES,
			nst_totals_attached(nn, account)) ||
	    nla_put_u32(skb, NETSTREAM_MONITOR_A_HOSTS,
			plan->cfg->monitor[index].nhosts) ||
	    nst_fill_monitor_records(skb, plan, index))
		return -EMSGSIZE;
	return nst_fill_monitor_stats(skb, totals, plan->cfg->monitor[index].max_flows);
}

static int nst_fill_monitor(struct sk_buff *skb, struct netlink_callback *cb,
			    struct nst_net *nn, const struct nst_plan *plan)
{
	struct nst_monitor_totals totals;
	struct nlattr *nest;
	void *head;

	nst_totals_monitor(nn, plan->monitor[cb->args[0]].account, &totals);
	head = nst_netlink_msg_begin(skb, cb, NETSTREAM_CMD_MONITOR_GET);
	if (!head)
		return -EMSGSIZE;
	nest = nla_nest_start(skb, NETSTREAM_A_MONITOR);
	if (!nest || nst_fill_monitor_attrs(skb, nn, plan, cb->args[0], &totals)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, head);
	return 0;
}

/**
 * nst_netlink_stats_monitors - list monitors with their counters
 * @skb: buffer to fill with messages
 * @cb: dump; args[0] is the index of the next monitor
 *
 * Context: process.
 * Return: as a dump callback.
 */
int nst_netlink_stats_monitors(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nst_net *nn = nst_netlink_net(cb->skb);
	const struct nst_plan *plan;

	mutex_lock(&nn->mutex);
	plan = rcu_dereference_protected(nn->plan, lockdep_is_held(&nn->mutex));
	if (nst_netlink_msg_goes_on(cb, plan->generation))
		for (; cb->args[0] < plan->cfg->nmonitors; cb->args[0]++)
			if (nst_fill_monitor(skb, cb, nn, plan))
				break;
	mutex_unlock(&nn->mutex);
	return skb->len;
}
