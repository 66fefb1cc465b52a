// SPDX-License-Identifier: GPL-2.0
/*
 * Replies that list records, interfaces and flows.
 */
#include <linux/delay.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/netlink.h>

#include "cache.h"
#include "net.h"
#include "netlink_dump.h"
#include "netlink_msg.h"
#include "plan.h"
#include "record.h"
#include "state.h"
#include "totals.h"

/* ----------------------------------------------------------------- records */

static int nst_fill_item(struct sk_buff *skb, const struct nst_item *item)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, item->collect ? NETSTREAM_RECORD_A_COLLECT :
						 NETSTREAM_RECORD_A_MATCH);
	if (!nest || nla_put_u16(skb, NETSTREAM_ITEM_A_FIELD, item->field) ||
	    (item->prefix && item->prefix != 128 &&
	     nla_put_u8(skb, NETSTREAM_ITEM_A_PREFIX, item->prefix)) ||
	    (item->width && nla_put_u8(skb, NETSTREAM_ITEM_A_WIDTH, item->width)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * struct nst_record_view - a record as a reply shows it
 * @def: the record as configured
 * @state: &enum netstream_record_state
 * @flow_bytes: memory of one flow, bytes; 0 while the record is not in effect
 */
struct nst_record_view {
	const struct nst_record_def	*def;
	u8			state;
	u32			flow_bytes;
};

static int nst_fill_record_attrs(struct sk_buff *skb,
				 const struct nst_record_view *view,
				 const struct nst_record_totals *totals)
{
	unsigned int i;

	if (nla_put_string(skb, NETSTREAM_RECORD_A_NAME, view->def->name) ||
	    (view->def->description[0] &&
	     nla_put_string(skb, NETSTREAM_RECORD_A_DESCRIPTION,
			    view->def->description)) ||
	    nla_put_u8(skb, NETSTREAM_RECORD_A_STATE, view->state) ||
	    nla_put_u8(skb, NETSTREAM_RECORD_A_CACHE, view->def->cache) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_RECORD_A_FLOWS, totals->flows) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_RECORD_A_CREATED, totals->created) ||
	    nla_put_u32(skb, NETSTREAM_RECORD_A_FLOW_BYTES, view->flow_bytes))
		return -EMSGSIZE;
	for (i = 0; i < view->def->nitems; i++)
		if (nst_fill_item(skb, &view->def->item[i]))
			return -EMSGSIZE;
	return 0;
}

static int nst_fill_record(struct sk_buff *skb, struct netlink_callback *cb,
			   const struct nst_record_view *view,
			   const struct nst_record_totals *totals)
{
	void *head = nst_netlink_msg_begin(skb, cb, NETSTREAM_CMD_RECORD_GET);
	struct nlattr *nest;

	if (!head)
		return -EMSGSIZE;
	nest = nla_nest_start(skb, NETSTREAM_A_RECORD);
	if (!nest || nst_fill_record_attrs(skb, view, totals)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, head);
	return 0;
}

static bool nst_record_applied(const struct nst_config *cfg, unsigned int index)
{
	unsigned int i;

	for (i = 0; i < cfg->napplied; i++)
		if (cfg->applied[i] == index)
			return true;
	return false;
}

static void nst_record_view_active(const struct nst_plan *plan,
				   struct nst_record_view *view)
{
	unsigned int i;

	for (i = 0; i < plan->nrecords; i++)
		if (!strcmp(plan->record[i].rec->def.name, view->def->name)) {
			view->state = NETSTREAM_RECORD_ACTIVE;
			view->flow_bytes = plan->record[i].rec->flow_size;
		}
}

/* @index: 0 for "original", then the configured records from 1 on. */
static void nst_record_view_init(struct nst_record_view *view,
				 const struct nst_plan *plan,
				 unsigned int index)
{
	const struct nst_config *cfg = plan->cfg;

	memset(view, 0, sizeof(*view));
	view->def = index ? &cfg->record[index - 1] : nst_config_original(cfg);
	if (index && nst_record_applied(cfg, index - 1))
		view->state = nst_config_record_in_effect(cfg) ?
			   NETSTREAM_RECORD_ACTIVE :
			   NETSTREAM_RECORD_NOT_IN_EFFECT;
	nst_record_view_active(plan, view);
}

static void nst_record_fill(struct nst_net *nn, struct sk_buff *skb,
			    struct netlink_callback *cb)
{
	const struct nst_plan *plan =
		rcu_dereference_protected(nn->plan,
					  lockdep_is_held(&nn->mutex));
	struct nst_record_totals totals;
	struct nst_record_view view;

	if (!nst_netlink_msg_goes_on(cb, plan->generation))
		return;
	for (; cb->args[0] <= plan->cfg->nrecords; cb->args[0]++) {
		nst_record_view_init(&view, plan, cb->args[0]);
		nst_totals_record(nn, view.def->name, &totals);
		if (nst_fill_record(skb, cb, &view, &totals))
			return;
	}
}

/**
 * nst_netlink_dump_records - list "original" and the configured records
 * @skb: buffer to fill with messages
 * @cb: dump; args[0] is the index of the next record, 0 for "original"
 *
 * Context: process.
 * Return: as a dump callback.
 */
int nst_netlink_dump_records(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nst_net *nn = nst_netlink_net(cb->skb);

	mutex_lock(&nn->mutex);
	nst_record_fill(nn, skb, cb);
	mutex_unlock(&nn->mutex);
	return skb->len;
}

/* -------------------------------------------------------------- interfaces */

static int nst_fill_if_attrs(struct sk_buff *skb, const struct nst_if_view *view)
{
	const struct nst_if_totals *in = &view->totals[NETSTREAM_INBOUND];
	const struct nst_if_totals *out = &view->totals[NETSTREAM_OUTBOUND];

	if (nla_put_string(skb, NETSTREAM_IF_A_NAME, view->name) ||
	    nla_put_u32(skb, NETSTREAM_IF_A_IFINDEX, view->ifindex) ||
	    nla_put_u8(skb, NETSTREAM_IF_A_SLOT, view->slot) ||
	    nla_put_u8(skb, NETSTREAM_IF_A_INBOUND,
		       !!(view->enabled & 1 << NETSTREAM_INBOUND)) ||
	    nla_put_u8(skb, NETSTREAM_IF_A_OUTBOUND,
		       !!(view->enabled & 1 << NETSTREAM_OUTBOUND)) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_IF_A_IN_SEEN, in->seen) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_IF_A_IN_PACKETS, in->packets) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_IF_A_IN_BYTES, in->bytes) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_IF_A_OUT_SEEN, out->seen) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_IF_A_OUT_PACKETS, out->packets))
		return -EMSGSIZE;
	return nst_netlink_msg_u64(skb, NETSTREAM_IF_A_OUT_BYTES, out->bytes);
}

static int nst_fill_if_samplers(struct sk_buff *skb, const struct nst_if_view *view)
{
	struct nlattr *nest;
	unsigned int dir;

	for (dir = 0; dir < 2; dir++) {
		if (!view->sampler[dir].mode || !(view->enabled & 1 << dir))
			continue;
		nest = nla_nest_start(skb, NETSTREAM_IF_A_SAMPLER);
		if (!nest ||
		    nla_put_u8(skb, NETSTREAM_SAMPLER_A_DIRECTION, dir) ||
		    nla_put_u8(skb, NETSTREAM_SAMPLER_A_MODE,
			       view->sampler[dir].mode) ||
		    nla_put_u32(skb, NETSTREAM_SAMPLER_A_INTERVAL,
				view->sampler[dir].interval))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int nst_fill_if_attached(struct sk_buff *skb, const char *name, unsigned int dir)
{
	struct nlattr *nest = nla_nest_start(skb, NETSTREAM_IF_A_MONITOR);

	if (!nest || nla_put_string(skb, NETSTREAM_ATTACH_A_NAME, name) ||
	    nla_put_u8(skb, NETSTREAM_ATTACH_A_DIRECTION, dir))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int nst_fill_if_monitors(struct sk_buff *skb, const struct nst_if_view *view)
{
	unsigned int i, dir;

	for (i = 0; i < view->nmonitors; i++)
		for (dir = 0; dir < 2; dir++)
			if (view->monitor_dirs[i] & 1 << dir &&
			    nst_fill_if_attached(skb, view->monitor[i], dir))
				return -EMSGSIZE;
	return 0;
}

static int nst_fill_if(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct nst_if_view *view)
{
	void *head = nst_netlink_msg_begin(skb, cb, NETSTREAM_CMD_INTERFACE_GET);
	struct nlattr *nest;

	if (!head)
		return -EMSGSIZE;
	nest = nla_nest_start(skb, NETSTREAM_A_INTERFACE);
	if (!nest || nst_fill_if_attrs(skb, view) || nst_fill_if_samplers(skb, view) ||
	    nst_fill_if_monitors(skb, view)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, head);
	return 0;
}

/**
 * nst_netlink_dump_interfaces - list metered interfaces and views without an interface
 * @skb: buffer to fill with messages
 * @cb: dump; ctx is a struct nst_if_cursor, which survives changes of the list
 *
 * Context: process.
 * Return: as a dump callback.
 */
int nst_netlink_dump_interfaces(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nst_if_cursor *pos = (void *)cb->ctx, before;
	struct nst_net *nn = nst_netlink_net(cb->skb);
	struct nst_if_view view;

	BUILD_BUG_ON(sizeof(*pos) > sizeof(cb->ctx));
	mutex_lock(&nn->mutex);
	/* the cursor survives a change, so only NLM_F_DUMP_INTR matters */
	nst_netlink_msg_goes_on(cb, nst_totals_if_serial(nn));
	for (before = *pos; nst_totals_next_if(nn, pos, &view); before = *pos)
		if (nst_fill_if(skb, cb, &view)) {
			*pos = before;
			break;
		}
	mutex_unlock(&nn->mutex);
	return skb->len;
}

/* ------------------------------------------------------------------- flows */

static int nst_put_number(struct sk_buff *skb, int type, u8 size, u64 value)
{
	switch (size) {
	case 1:
		return nla_put_u8(skb, type, value);
	case 2:
		return nla_put_u16(skb, type, value);
	case 4:
		return nla_put_u32(skb, type, value);
	default:
		/* not aligned: no number of the nest is free for padding */
		return nla_put(skb, type, sizeof(value), &value);
	}
}

static int nst_put_field(struct sk_buff *skb, u16 number,
			 const struct nst_flow_record *values)
{
	const struct nst_field *field = &nst_field[number];
	const void *at = (const u8 *)values + field->offset;

	switch (field->type) {
	case NST_FIELD_ADDR:
	case NST_FIELD_TEXT:
	case NST_FIELD_MAC:
		return nla_put(skb, number, field->size, at);
	case NST_FIELD_NET16:
		return nla_put_u16(skb, number, ntohs(*(const __be16 *)at));
	default:
		return nst_put_number(skb, number, field->size,
				      nst_field_number(at, field->size));
	}
}

/* Counters and times have attributes of their own outside the nest. */
static int nst_put_flow_fields(struct sk_buff *skb,
			       const struct nst_flow_copy *copy)
{
	struct nlattr *nest = nla_nest_start(skb, NETSTREAM_FLOW_A_FIELDS);
	const struct nst_record_def *def = &copy->rec->def;
	const struct nst_words *words = &copy->rec->words;
	unsigned int i;
	u16 number;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < def->nitems; i++) {
		number = def->item[i].field;
		if (!nst_field_of_packet(&nst_field[number]) ||
		    nst_record_folds(copy->rec, number) >= 0)
			continue;
		if (nst_put_field(skb, number, &copy->values))
			return -EMSGSIZE;
	}
	for (i = 0; i < words->nfold; i++)
		if (nst_put_number(skb, words->fold[i].field,
				   words->fold[i].how == NST_FOLD_SUM ?
				   sizeof(u64) : words->fold[i].size,
				   copy->values.folded[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int nst_fill_flow_attrs(struct sk_buff *skb,
			       const struct nst_flow_copy *copy)
{
	const struct nst_flow_record *values = &copy->values;

	const struct nst_account *account = copy->rec->account;
	int err;

	if (account)
		err = nla_put_string(skb, NETSTREAM_FLOW_A_MONITOR, account->name);
	else
		err = nla_put_u8(skb, NETSTREAM_FLOW_A_SLOT, values->f.slot);
	if (err || nla_put_string(skb, NETSTREAM_FLOW_A_RECORD, copy->rec->def.name) ||
	    nla_put_u32(skb, NETSTREAM_FLOW_A_CPU, copy->cpu) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_FLOW_A_PACKETS, values->packets) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_FLOW_A_BYTES, values->bytes) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_FLOW_A_FIRST, copy->first) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_FLOW_A_LAST, copy->last))
		return -EMSGSIZE;
	return nst_put_flow_fields(skb, copy);
}

static int nst_fill_flow(struct sk_buff *skb, struct netlink_callback *cb,
			 const struct nst_flow_copy *copy)
{
	void *head = nst_netlink_msg_begin(skb, cb, NETSTREAM_CMD_FLOW_GET);
	struct nlattr *nest;

	if (!head)
		return -EMSGSIZE;
	nest = nla_nest_start(skb, NETSTREAM_A_FLOW);
	if (!nest || nst_fill_flow_attrs(skb, copy)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, head);
	return 0;
}

/**
 * struct nst_flow_dump - state of a dump of flows, in the context of the dump
 * @pos: position in the cache
 * @record: name of the only record to list; %NULL lists all
 */
struct nst_flow_dump {
	struct nst_flow_cursor	pos;
	char			*record;
};

/**
 * nst_netlink_dump_flows_start - begin to list flows
 * @cb: dump; ctx becomes a struct nst_flow_dump
 *
 * Moves pending packets into the cache first, so that the list includes them.
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int nst_netlink_dump_flows_start(struct netlink_callback *cb)
{
	struct nst_flow_dump *dump = (void *)cb->ctx;
	/* already validated; where the parsed table is depends on the kernel */
	const struct nlattr *name = nlmsg_find_attr(cb->nlh, GENL_HDRLEN,
						    NETSTREAM_A_RECORD_NAME);

	BUILD_BUG_ON(sizeof(*dump) > sizeof(cb->ctx));
	memset(dump, 0, sizeof(*dump));
	if (name) {
		dump->record = nla_strdup(name, GFP_KERNEL_ACCOUNT);
		if (!dump->record)
			return -ENOMEM;
	}
	nst_cache_flush_pending(nst_netlink_net(cb->skb));
	return 0;
}

/* List flows within one RCU read-side section, or until the message is full. */
static enum nst_flow_step nst_flow_part(struct sk_buff *skb,
					struct netlink_callback *cb)
{
	struct nst_flow_dump *dump = (void *)cb->ctx;
	struct nst_net *nn = nst_netlink_net(cb->skb);
	unsigned int looks = NST_FLOW_LOOKS;
	struct nst_flow_cursor before;
	struct nst_flow_copy copy;
	enum nst_flow_step step;

	rcu_read_lock();
	/* the cursor survives a commit, so only NLM_F_DUMP_INTR matters */
	nst_netlink_msg_goes_on(cb, rcu_dereference(nn->plan)->generation);
	for (;;) {
		before = dump->pos;
		step = nst_cache_next_flow(nn, dump->record, &dump->pos, &copy, &looks);
		if (step != NST_FLOW_FOUND)
			break;
		if (nst_fill_flow(skb, cb, &copy)) {
			dump->pos = before;
			break;
		}
	}
	rcu_read_unlock();
	return step;
}

/**
 * nst_netlink_dump_flows - list flows
 * @skb: buffer to fill with messages
 * @cb: dump that nst_netlink_dump_flows_start() began
 *
 * Context: process.
 * Return: as a dump callback.
 */
int nst_netlink_dump_flows(struct sk_buff *skb, struct netlink_callback *cb)
{
	enum nst_flow_step step;

	for (;;) {
		step = nst_flow_part(skb, cb);
		if (step == NST_FLOW_END || step == NST_FLOW_FOUND)
			return skb->len;
		if (fatal_signal_pending(current))
			return -EINTR;
		/* the writer may have a lower priority: let it run */
		if (step == NST_FLOW_BUSY)
			usleep_range(50, 500);
		cond_resched();
	}
}

/**
 * nst_netlink_dump_flows_done - free the state of a dump of flows
 * @cb: dump that nst_netlink_dump_flows_start() began
 *
 * Context: process.
 * Return: 0.
 */
int nst_netlink_dump_flows_done(struct netlink_callback *cb)
{
	struct nst_flow_dump *dump = (void *)cb->ctx;

	kfree(dump->record);
	return 0;
}
