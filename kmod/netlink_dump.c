// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of records, interfaces and flows.
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

static int nst_fill_item(struct sk_buff *skb, const struct nst_item *it)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, it->collect ? NETSTREAM_RECORD_A_COLLECT :
						 NETSTREAM_RECORD_A_MATCH);
	if (!nest || nla_put_u16(skb, NETSTREAM_ITEM_A_FIELD, it->field) ||
	    (it->prefix && it->prefix < 128 &&
	     nla_put_u8(skb, NETSTREAM_ITEM_A_PREFIX, it->prefix)) ||
	    (it->width && nla_put_u8(skb, NETSTREAM_ITEM_A_WIDTH, it->width)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * struct nst_record_view - a record as it is listed
 * @def: definition
 * @state: &enum netstream_record_state
 * @flow_bytes: memory that a flow takes, 0: not in effect
 */
struct nst_record_view {
	const struct nst_record_def	*def;
	u8			state;
	u32			flow_bytes;
};

static int nst_fill_record_attrs(struct sk_buff *skb,
				 const struct nst_record_view *v,
				 const struct nst_record_totals *t)
{
	unsigned int i;

	if (nla_put_string(skb, NETSTREAM_RECORD_A_NAME, v->def->name) ||
	    (v->def->description[0] &&
	     nla_put_string(skb, NETSTREAM_RECORD_A_DESCRIPTION,
			    v->def->description)) ||
	    nla_put_u8(skb, NETSTREAM_RECORD_A_STATE, v->state) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_RECORD_A_FLOWS, t->flows) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_RECORD_A_CREATED, t->created) ||
	    nla_put_u32(skb, NETSTREAM_RECORD_A_FLOW_BYTES, v->flow_bytes))
		return -EMSGSIZE;
	for (i = 0; i < v->def->nitems; i++)
		if (nst_fill_item(skb, &v->def->item[i]))
			return -EMSGSIZE;
	return 0;
}

static int nst_fill_record(struct sk_buff *skb, struct netlink_callback *cb,
			   const struct nst_record_view *v,
			   const struct nst_record_totals *t)
{
	void *head = nst_netlink_msg_begin(skb, cb, NETSTREAM_CMD_RECORD_GET);
	struct nlattr *nest;

	if (!head)
		return -EMSGSIZE;
	nest = nla_nest_start(skb, NETSTREAM_A_RECORD);
	if (!nest || nst_fill_record_attrs(skb, v, t)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, head);
	return 0;
}

static bool nst_record_applied(const struct nst_config *cfg, unsigned int i)
{
	unsigned int j;

	for (j = 0; j < cfg->napplied; j++)
		if (cfg->applied[j] == i)
			return true;
	return false;
}

static void nst_record_view_meter(const struct nst_plan *plan,
				  struct nst_record_view *v)
{
	unsigned int i;

	for (i = 0; i < plan->nmeters; i++)
		if (!strcmp(plan->meter[i].rec->def.name, v->def->name)) {
			v->state = NETSTREAM_RECORD_ACTIVE;
			v->flow_bytes = plan->meter[i].rec->flow_size;
		}
}

/* Record number @i, the first being "original". */
static void nst_record_view(const struct nst_plan *plan, unsigned int i,
			    struct nst_record_view *v)
{
	const struct nst_config *cfg = plan->cfg;

	memset(v, 0, sizeof(*v));
	v->def = i ? &cfg->record[i - 1] : &nst_record_original;
	if (i && nst_record_applied(cfg, i - 1))
		v->state = nst_config_record_in_effect(cfg) ?
			   NETSTREAM_RECORD_ACTIVE :
			   NETSTREAM_RECORD_NOT_IN_EFFECT;
	nst_record_view_meter(plan, v);
}

static void nst_record_fill(struct nst_net *nn, struct sk_buff *skb,
			    struct netlink_callback *cb)
{
	const struct nst_plan *plan =
		rcu_dereference_protected(nn->plan,
					  lockdep_is_held(&nn->mutex));
	struct nst_record_totals t;
	struct nst_record_view v;

	if (!nst_netlink_msg_goes_on(cb, plan->generation))
		return;
	for (; cb->args[0] <= plan->cfg->nrecords; cb->args[0]++) {
		nst_record_view(plan, cb->args[0], &v);
		nst_totals_record(nn, v.def->name, &t);
		if (nst_fill_record(skb, cb, &v, &t))
			return;
	}
}

/**
 * nst_netlink_dump_records - list records
 * @skb: message to fill
 * @cb: dump
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

static int nst_fill_if_attrs(struct sk_buff *skb, const struct nst_if_view *v)
{
	const struct nst_if_totals *in = &v->totals[NETSTREAM_INBOUND];
	const struct nst_if_totals *out = &v->totals[NETSTREAM_OUTBOUND];

	if (nla_put_string(skb, NETSTREAM_IF_A_NAME, v->name) ||
	    nla_put_u32(skb, NETSTREAM_IF_A_IFINDEX, v->ifindex) ||
	    nla_put_u8(skb, NETSTREAM_IF_A_SLOT, v->slot) ||
	    nla_put_u8(skb, NETSTREAM_IF_A_INBOUND,
		       !!(v->enabled & 1 << NETSTREAM_INBOUND)) ||
	    nla_put_u8(skb, NETSTREAM_IF_A_OUTBOUND,
		       !!(v->enabled & 1 << NETSTREAM_OUTBOUND)) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_IF_A_IN_SEEN, in->seen) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_IF_A_IN_PACKETS, in->packets) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_IF_A_IN_BYTES, in->bytes) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_IF_A_OUT_SEEN, out->seen) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_IF_A_OUT_PACKETS, out->packets))
		return -EMSGSIZE;
	return nst_netlink_msg_u64(skb, NETSTREAM_IF_A_OUT_BYTES, out->bytes);
}

static int nst_fill_if_samplers(struct sk_buff *skb, const struct nst_if_view *v)
{
	struct nlattr *nest;
	unsigned int dir;

	for (dir = 0; dir < 2; dir++) {
		if (!v->sampler[dir].mode || !(v->enabled & 1 << dir))
			continue;
		nest = nla_nest_start(skb, NETSTREAM_IF_A_SAMPLER);
		if (!nest ||
		    nla_put_u8(skb, NETSTREAM_SAMPLER_A_DIRECTION, dir) ||
		    nla_put_u8(skb, NETSTREAM_SAMPLER_A_MODE,
			       v->sampler[dir].mode) ||
		    nla_put_u32(skb, NETSTREAM_SAMPLER_A_INTERVAL,
				v->sampler[dir].interval))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int nst_fill_if(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct nst_if_view *v)
{
	void *head = nst_netlink_msg_begin(skb, cb, NETSTREAM_CMD_INTERFACE_GET);
	struct nlattr *nest;

	if (!head)
		return -EMSGSIZE;
	nest = nla_nest_start(skb, NETSTREAM_A_INTERFACE);
	if (!nest || nst_fill_if_attrs(skb, v) || nst_fill_if_samplers(skb, v)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, head);
	return 0;
}

/**
 * nst_netlink_dump_interfaces - list interfaces that are metered
 * @skb: message to fill
 * @cb: dump; what was listed is known by name, so it goes on whatever came or went
 *
 * Context: process.
 * Return: as a dump callback.
 */
int nst_netlink_dump_interfaces(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nst_if_cursor *pos = (void *)cb->ctx, before;
	struct nst_net *nn = nst_netlink_net(cb->skb);
	struct nst_if_view v;

	BUILD_BUG_ON(sizeof(*pos) > sizeof(cb->ctx));
	mutex_lock(&nn->mutex);
	/* that it is not of one instant any more is said all the same */
	nst_netlink_msg_goes_on(cb, nst_totals_if_serial(nn));
	for (before = *pos; nst_totals_next_if(nn, pos, &v); before = *pos)
		if (nst_fill_if(skb, cb, &v)) {
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
		return nla_put_u64_64bit(skb, type, value,
					 NETSTREAM_FIELD_UNSPEC);
	}
}

static int nst_put_field(struct sk_buff *skb, u16 number,
			 const struct nst_flow_record *values)
{
	const struct nst_field *field = &nst_field[number];
	const void *at = (const u8 *)values + field->offset;

	switch (field->type) {
	case NST_FIELD_ADDR:
		return nla_put(skb, number, field->size, at);
	case NST_FIELD_NET16:
		return nla_put_u16(skb, number, ntohs(*(const __be16 *)at));
	default:
		return nst_put_number(skb, number, field->size,
				      nst_field_number(at, field->size));
	}
}

/* What the record matches or collects of its packets; counters and times are apart. */
static int nst_put_flow_fields(struct sk_buff *skb,
			       const struct nst_flow_copy *c)
{
	struct nlattr *nest = nla_nest_start(skb, NETSTREAM_FLOW_A_FIELDS);
	const struct nst_record_def *def = &c->rec->def;
	const struct nst_words *w = &c->rec->words;
	unsigned int i;
	u16 number;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < def->nitems; i++) {
		number = def->item[i].field;
		if (!nst_field_of_packet(&nst_field[number]) ||
		    nst_record_folds(c->rec, number) >= 0)
			continue;
		if (nst_put_field(skb, number, &c->values))
			return -EMSGSIZE;
	}
	for (i = 0; i < w->nfold; i++)
		if (nst_put_number(skb, w->fold[i].field,
				   w->fold[i].how == NST_FOLD_SUM ?
				   sizeof(u64) : w->fold[i].size,
				   c->values.folded[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int nst_fill_flow_attrs(struct sk_buff *skb,
			       const struct nst_flow_copy *c)
{
	const struct nst_flow_record *v = &c->values;

	if (nla_put_string(skb, NETSTREAM_FLOW_A_RECORD, c->rec->def.name) ||
	    nla_put_u8(skb, NETSTREAM_FLOW_A_SLOT, v->f.slot) ||
	    nla_put_u32(skb, NETSTREAM_FLOW_A_CPU, c->cpu) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_FLOW_A_PACKETS, v->packets) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_FLOW_A_BYTES, v->bytes) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_FLOW_A_FIRST, c->first) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_FLOW_A_LAST, c->last))
		return -EMSGSIZE;
	return nst_put_flow_fields(skb, c);
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
 * struct nst_flow_dump - a listing of the cache, in a dump's context
 * @pos: where it stands
 * @record: name of the only record to list, or %NULL
 */
struct nst_flow_dump {
	struct nst_flow_cursor	pos;
	char			*record;
};

/**
 * nst_netlink_dump_flows_start - begin to list flows
 * @cb: dump
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int nst_netlink_dump_flows_start(struct netlink_callback *cb)
{
	struct nst_flow_dump *d = (void *)cb->ctx;
	/* it has been validated; where its table is, differs between kernels */
	const struct nlattr *name = nlmsg_find_attr(cb->nlh, GENL_HDRLEN,
						    NETSTREAM_A_RECORD_NAME);

	BUILD_BUG_ON(sizeof(*d) > sizeof(cb->ctx));
	memset(d, 0, sizeof(*d));
	if (name) {
		d->record = nla_strdup(name, GFP_KERNEL_ACCOUNT);
		if (!d->record)
			return -ENOMEM;
	}
	nst_cache_flush_pending(nst_netlink_net(cb->skb));
	return 0;
}

/* List flows for one RCU read side, or until the message is full. */
static enum nst_flow_step nst_flow_part(struct sk_buff *skb,
					struct netlink_callback *cb)
{
	struct nst_flow_dump *d = (void *)cb->ctx;
	struct nst_net *nn = nst_netlink_net(cb->skb);
	unsigned int looks = NST_FLOW_LOOKS;
	struct nst_flow_cursor before;
	struct nst_flow_copy copy;
	enum nst_flow_step step;

	rcu_read_lock();
	/* serial numbers of tables outlive a commit; it is only to be told */
	nst_netlink_msg_goes_on(cb, rcu_dereference(nn->plan)->generation);
	for (;;) {
		before = d->pos;
		step = nst_cache_next_flow(nn, d->record, &d->pos, &copy, &looks);
		if (step != NST_FLOW_FOUND)
			break;
		if (nst_fill_flow(skb, cb, &copy)) {
			d->pos = before;
			break;
		}
	}
	rcu_read_unlock();
	return step;
}

/**
 * nst_netlink_dump_flows - list flows
 * @skb: message to fill
 * @cb: dump
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
		/* whoever writes may be of lower priority: it needs the CPU */
		if (step == NST_FLOW_BUSY)
			usleep_range(50, 500);
		cond_resched();
	}
}

/**
 * nst_netlink_dump_flows_done - end a list of flows
 * @cb: dump
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int nst_netlink_dump_flows_done(struct netlink_callback *cb)
{
	struct nst_flow_dump *d = (void *)cb->ctx;

	kfree(d->record);
	return 0;
}
