// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: requests into calls, state into messages.  No
 * rule of its own.  See include/uapi/linux/netstream.h for the contract.
 */
#include <linux/delay.h>
#include <linux/netdevice.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/netlink.h>

#include "commit.h"
#include "compat.h"
#include "config.h"
#include "net.h"
#include "netlink.h"
#include "netlink_export.h"
#include "record.h"
#include "sender.h"

static struct genl_family nst_family;

/* ----------------------------------------------------------------- helpers */

static struct nst_net *nst_from_skb(const struct sk_buff *skb)
{
	return nst_net(sock_net(skb->sk));
}

/**
 * nst_genl_put - begin a message of a dump
 * @skb: where to
 * @cb: dump
 * @cmd: command
 *
 * Context: any.
 * Return: the message, for genlmsg_end(), or %NULL if it does not fit.
 */
void *nst_genl_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	void *head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				 cb->nlh->nlmsg_seq, &nst_family, NLM_F_MULTI,
				 cmd);

	if (head)
		genl_dump_check_consistent(cb, head);
	return head;
}

/**
 * nst_dump_goes_on - whether a dump still walks what it began with
 * @cb: dump
 * @number: of what it would walk now, another one each time that is replaced;
 *	never 0
 *
 * To be asked at the beginning of each part, under what protects the thing
 * that is walked.  Once the number is another one, the next message, or the
 * one that ends the dump, carries NLM_F_DUMP_INTR.
 *
 * Context: any.
 * Return: false if what is walked was replaced: positions in it mean nothing
 *	any more, the dump must end or find its place anew.
 */
bool nst_dump_goes_on(struct netlink_callback *cb, u32 number)
{
	cb->seq = number;
	/* of the first message; until then there is no position */
	return !cb->prev_seq || cb->prev_seq == number;
}

static int nst_put_u64(struct sk_buff *skb, int type, u64 value)
{
	/* every nest has its padding at 1 */
	return nla_put_u64_64bit(skb, type, value, 1);
}

/* ----------------------------------------------------------- configuration */

static const struct nla_policy nst_set_policy[NETSTREAM_A_MAX + 1] = {
	[NETSTREAM_A_GENERATION]	= NLA_POLICY_MIN(NLA_U32, 1),
	[NETSTREAM_A_CHECK]		= { .type = NLA_FLAG },
	/* the nests are parsed, strictly, with the policies of config.c */
	[NETSTREAM_A_SYSTEM]		= { .type = NLA_NESTED },
	[NETSTREAM_A_RECORD]		= { .type = NLA_NESTED },
	[NETSTREAM_A_SLOT]		= { .type = NLA_NESTED },
	[NETSTREAM_A_HOST]		= { .type = NLA_NESTED },
	[NETSTREAM_A_INTERFACE]		= { .type = NLA_NESTED },
};

static int nst_config_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nst_config *cfg;
	u32 expected = 0;

	if (info->attrs[NETSTREAM_A_GENERATION])
		expected = nla_get_u32(info->attrs[NETSTREAM_A_GENERATION]);
	cfg = nst_config_parse(genlmsg_data(info->genlhdr),
			       genlmsg_len(info->genlhdr), info->extack);
	if (IS_ERR(cfg))
		return PTR_ERR(cfg);
	return nst_commit(nst_from_skb(skb), cfg,
			  nla_get_flag(info->attrs[NETSTREAM_A_CHECK]),
			  expected, info->extack);
}

/* As many of the configuration's attributes as fit, from offset args[0] on. */
static int nst_config_fill(struct sk_buff *skb, struct netlink_callback *cb,
			   const struct nst_config *cfg)
{
	void *head = nst_genl_put(skb, cb, NETSTREAM_CMD_CONFIG_GET);
	const struct nlattr *a;
	unsigned int n = 0;

	if (!head || nla_put_u32(skb, NETSTREAM_A_GENERATION, cfg->generation))
		goto full;
	while (cb->args[0] < cfg->attrs_len) {
		a = (const void *)cfg->attrs + cb->args[0];
		if (nla_put(skb, a->nla_type, nla_len(a), nla_data(a)))
			break;
		cb->args[0] += NLA_ALIGN(a->nla_len);
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

/* Some views are larger than a message is by default. */
static int nst_config_start(struct netlink_callback *cb)
{
	const struct nst_config *cfg;
	const struct nlattr *a;
	unsigned int most = 0;
	int rem;

	rcu_read_lock();
	cfg = rcu_dereference(nst_from_skb(cb->skb)->config);
	nla_for_each_attr(a, cfg->attrs, cfg->attrs_len, rem)
		most = max_t(unsigned int, most, a->nla_len);
	rcu_read_unlock();
	/* of 16 or 32 bits */
	cb->min_dump_alloc = min_t(u32, most + 256,
				   type_max(typeof(cb->min_dump_alloc)));
	return 0;
}

static int nst_config_get(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct nst_config *cfg;
	int err = 0;

	if (cb->args[1])
		return 0;
	rcu_read_lock();
	cfg = rcu_dereference(nst_from_skb(cb->skb)->config);
	if (nst_dump_goes_on(cb, cfg->generation))
		err = nst_config_fill(skb, cb, cfg);
	rcu_read_unlock();
	return err && !skb->len ? err : skb->len;
}

/* -------------------------------------------------------------- statistics */

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
			  const struct nst_amount *a, bool flows)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest ||
	    (name && nla_put_string(skb, NETSTREAM_COUNT_A_NAME, name)) ||
	    (flows && nst_put_u64(skb, NETSTREAM_COUNT_A_FLOWS, a->flows)) ||
	    nst_put_u64(skb, NETSTREAM_COUNT_A_PACKETS, a->packets) ||
	    nst_put_u64(skb, NETSTREAM_COUNT_A_BYTES, a->bytes))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * nst_genl_put_counters - write a list of named counters
 * @skb: where to
 * @type: attribute of the list
 * @what: &enum netstream_count_attr that has the number
 * @name: names
 * @value: values
 * @n: how many there are
 *
 * Context: any.
 * Return: 0 or -EMSGSIZE.
 */
int nst_genl_put_counters(struct sk_buff *skb, int type, int what,
			  const char * const *name, const u64 *value,
			  unsigned int n)
{
	struct nlattr *nest;
	unsigned int i;

	for (i = 0; i < n; i++) {
		nest = nla_nest_start(skb, type);
		if (!nest ||
		    nla_put_string(skb, NETSTREAM_COUNT_A_NAME, name[i]) ||
		    nst_put_u64(skb, what, value[i]))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int nst_put_lost(struct sk_buff *skb, const struct nst_totals *t)
{
	struct nst_amount sum = {};
	unsigned int i;

	for (i = 0; i < NST_LOST_MAX; i++) {
		nst_amount_add(&sum, &t->lost[i]);
		if (nst_put_amount(skb, NETSTREAM_STATS_A_LOST_CAUSE,
				   nst_lost_name[i], &t->lost[i], true))
			return -EMSGSIZE;
	}
	return nst_put_amount(skb, NETSTREAM_STATS_A_LOST, NULL, &sum, true);
}

static int nst_put_totals(struct sk_buff *skb, const struct nst_totals *t)
{
	if (nst_put_amount(skb, NETSTREAM_STATS_A_METERED, NULL, &t->metered,
			   false) ||
	    nst_put_amount(skb, NETSTREAM_STATS_A_EXPORTED, NULL, &t->exported,
			   true) ||
	    nst_put_amount(skb, NETSTREAM_STATS_A_CACHED, NULL, &t->cached,
			   true) ||
	    nst_put_amount(skb, NETSTREAM_STATS_A_PENDING, NULL, &t->pending,
			   true) ||
	    nst_put_lost(skb, t) ||
	    nst_genl_put_counters(skb, NETSTREAM_STATS_A_SKIPPED_CAUSE,
				  NETSTREAM_COUNT_A_PACKETS, nst_skip_name,
				  t->skipped, NST_SKIP_MAX) ||
	    /* the first of these two lists' constants means "none" */
	    nst_genl_put_counters(skb, NETSTREAM_STATS_A_MALFORMED_CAUSE,
				  NETSTREAM_COUNT_A_PACKETS, nst_malformed_name,
				  t->malformed + 1, NST_MALFORMED_MAX - 1) ||
	    nst_genl_put_counters(skb, NETSTREAM_STATS_A_ENDED_CAUSE,
				  NETSTREAM_COUNT_A_FLOWS, nst_end_name,
				  t->ended + 1, NST_END_MAX - 1))
		return -EMSGSIZE;
	return nst_genl_put_counters(skb, NETSTREAM_STATS_A_COUNT,
				     NETSTREAM_COUNT_A_VALUE, nst_count_name,
				     t->count, NST_COUNT_MAX);
}

static void nst_running_numbers(const struct nst_net *nn, u32 *generation,
				u32 *max_flows)
{
	const struct nst_config *cfg;

	rcu_read_lock();
	cfg = rcu_dereference(nn->config);
	*generation = cfg->generation;
	*max_flows = cfg->max_flows;
	rcu_read_unlock();
}

static int nst_stats_fill(struct sk_buff *reply, struct nst_net *nn,
			  const struct nst_totals *t)
{
	u32 generation, max_flows;
	struct nlattr *nest;

	nst_running_numbers(nn, &generation, &max_flows);
	if (nla_put_u32(reply, NETSTREAM_A_GENERATION, generation))
		return -EMSGSIZE;
	nest = nla_nest_start(reply, NETSTREAM_A_STATS);
	if (!nest || nst_put_totals(reply, t) ||
	    nla_put_u32(reply, NETSTREAM_STATS_A_MAX_FLOWS, max_flows))
		return -EMSGSIZE;
	nla_nest_end(reply, nest);
	return 0;
}

static int nst_stats_reply(struct nst_net *nn, struct genl_info *info,
			   const struct nst_totals *t)
{
	struct sk_buff *reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *head;

	if (!reply)
		return -ENOMEM;
	head = genlmsg_put_reply(reply, info, &nst_family, 0,
				 NETSTREAM_CMD_STATS_GET);
	if (!head || nst_stats_fill(reply, nn, t)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, head);
	return genlmsg_reply(reply, info);
}

static int nst_stats_get(struct sk_buff *skb, struct genl_info *info)
{
	struct nst_net *nn = nst_from_skb(skb);
	struct nst_totals *t;
	int err;

	t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);
	if (!t)
		return -ENOMEM;
	nst_totals(nn, t);
	err = nst_stats_reply(nn, info, t);
	kfree(t);
	return err;
}

/* -------------------------------------------------------- hosts, templates */

static int nst_host_get(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nst_net *nn = nst_from_skb(cb->skb);

	if (!nst_started(nn))
		return 0;
	return nst_netlink_export_hosts(nn->sender, skb, cb);
}

static int nst_template_get_dump(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	struct nst_net *nn = nst_from_skb(cb->skb);

	if (!nst_started(nn))
		return 0;
	return nst_netlink_export_templates(nn->sender, skb, cb);
}

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
	    nst_put_u64(skb, NETSTREAM_RECORD_A_FLOWS, t->flows) ||
	    nst_put_u64(skb, NETSTREAM_RECORD_A_CREATED, t->created) ||
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
	void *head = nst_genl_put(skb, cb, NETSTREAM_CMD_RECORD_GET);
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

static void nst_record_view_meter(const struct nst_config *cfg,
				  struct nst_record_view *v)
{
	unsigned int i;

	for (i = 0; i < cfg->nmeters; i++)
		if (!strcmp(cfg->meter[i]->def.name, v->def->name)) {
			v->state = NETSTREAM_RECORD_ACTIVE;
			v->flow_bytes = cfg->meter[i]->flow_size;
		}
}

/* Record number @i, the first being "original". */
static void nst_record_view(const struct nst_config *cfg, unsigned int i,
			    struct nst_record_view *v)
{
	memset(v, 0, sizeof(*v));
	v->def = i ? &cfg->record[i - 1] : &nst_record_original;
	if (i && nst_record_applied(cfg, i - 1))
		v->state = nst_config_record_in_effect(cfg) ?
			   NETSTREAM_RECORD_ACTIVE :
			   NETSTREAM_RECORD_NOT_IN_EFFECT;
	nst_record_view_meter(cfg, v);
}

static void nst_record_fill(struct nst_net *nn, struct sk_buff *skb,
			    struct netlink_callback *cb)
{
	const struct nst_config *cfg =
		rcu_dereference_protected(nn->config,
					  lockdep_is_held(&nn->mutex));
	struct nst_record_totals t;
	struct nst_record_view v;

	if (!nst_dump_goes_on(cb, cfg->generation))
		return;
	for (; cb->args[0] <= cfg->nrecords; cb->args[0]++) {
		nst_record_view(cfg, cb->args[0], &v);
		nst_record_totals(nn, v.def->name, &t);
		if (nst_fill_record(skb, cb, &v, &t))
			return;
	}
}

static int nst_record_get_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nst_net *nn = nst_from_skb(cb->skb);

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
	    nst_put_u64(skb, NETSTREAM_IF_A_IN_SEEN, in->seen) ||
	    nst_put_u64(skb, NETSTREAM_IF_A_IN_PACKETS, in->packets) ||
	    nst_put_u64(skb, NETSTREAM_IF_A_IN_BYTES, in->bytes) ||
	    nst_put_u64(skb, NETSTREAM_IF_A_OUT_SEEN, out->seen) ||
	    nst_put_u64(skb, NETSTREAM_IF_A_OUT_PACKETS, out->packets))
		return -EMSGSIZE;
	return nst_put_u64(skb, NETSTREAM_IF_A_OUT_BYTES, out->bytes);
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
	void *head = nst_genl_put(skb, cb, NETSTREAM_CMD_INTERFACE_GET);
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

/* What was listed is known by name: a dump goes on, whatever came or went. */
static int nst_interface_get(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nst_if_cursor *pos = (void *)cb->ctx, before;
	struct nst_net *nn = nst_from_skb(cb->skb);
	struct nst_if_view v;

	BUILD_BUG_ON(sizeof(*pos) > sizeof(cb->ctx));
	mutex_lock(&nn->mutex);
	/* that it is not of one instant any more is said all the same */
	nst_dump_goes_on(cb, nst_if_serial(nn));
	for (before = *pos; nst_if_next(nn, pos, &v); before = *pos)
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
	    nst_put_u64(skb, NETSTREAM_FLOW_A_PACKETS, v->packets) ||
	    nst_put_u64(skb, NETSTREAM_FLOW_A_BYTES, v->bytes) ||
	    nst_put_u64(skb, NETSTREAM_FLOW_A_FIRST, c->first) ||
	    nst_put_u64(skb, NETSTREAM_FLOW_A_LAST, c->last))
		return -EMSGSIZE;
	return nst_put_flow_fields(skb, c);
}

static int nst_fill_flow(struct sk_buff *skb, struct netlink_callback *cb,
			 const struct nst_flow_copy *copy)
{
	void *head = nst_genl_put(skb, cb, NETSTREAM_CMD_FLOW_GET);
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

static int nst_flow_start(struct netlink_callback *cb)
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
	nst_flush_pending(nst_from_skb(cb->skb));
	return 0;
}

/* List flows for one RCU read side, or until the message is full. */
static enum nst_flow_step nst_flow_part(struct sk_buff *skb,
					struct netlink_callback *cb)
{
	struct nst_flow_dump *d = (void *)cb->ctx;
	struct nst_net *nn = nst_from_skb(cb->skb);
	unsigned int looks = NST_FLOW_LOOKS;
	struct nst_flow_cursor before;
	struct nst_flow_copy copy;
	enum nst_flow_step step;

	rcu_read_lock();
	/* serial numbers of tables outlive a commit; it is only to be told */
	nst_dump_goes_on(cb, rcu_dereference(nn->config)->generation);
	for (;;) {
		before = d->pos;
		step = nst_flow_next(nn, d->record, &d->pos, &copy, &looks);
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

static int nst_flow_get(struct sk_buff *skb, struct netlink_callback *cb)
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

static int nst_flow_done(struct netlink_callback *cb)
{
	struct nst_flow_dump *d = (void *)cb->ctx;

	kfree(d->record);
	return 0;
}

/* ------------------------------------------------------------------ actions */

static const struct nla_policy nst_reset_policy[NETSTREAM_A_MAX + 1] = {
	[NETSTREAM_A_RESET]	= NLA_POLICY_MASK(NLA_U32, NETSTREAM_RESET_CACHE |
						  NETSTREAM_RESET_STATISTICS),
};

static const struct nla_policy nst_flow_policy[NETSTREAM_A_MAX + 1] = {
	[NETSTREAM_A_RECORD_NAME] = { .type = NLA_NUL_STRING,
				      .len = NETSTREAM_RECORD_NAME_MAX },
};

static int nst_reset(struct sk_buff *skb, struct genl_info *info)
{
	struct nst_net *nn = nst_from_skb(skb);
	u32 what;

	if (!info->attrs[NETSTREAM_A_RESET]) {
		NL_SET_ERR_MSG(info->extack, "reset: say what to reset");
		return -EINVAL;
	}
	what = nla_get_u32(info->attrs[NETSTREAM_A_RESET]);
	if (what & NETSTREAM_RESET_CACHE)
		nst_reset_cache(nn);
	if (what & NETSTREAM_RESET_STATISTICS)
		return nst_reset_statistics(nn);
	return 0;
}

static int nst_refresh(struct sk_buff *skb, struct genl_info *info)
{
	struct nst_net *nn = nst_from_skb(skb);

	if (nst_started(nn))
		nst_sender_refresh(nn->sender);
	return 0;
}

/* ------------------------------------------------------------------- family */

/*
 * All of it is for whoever administers the namespace: replies show addresses
 * and totals, and the locks that they take are those that commits wait for.
 */
static const struct genl_ops nst_ops[] = {
	{
		.cmd	= NETSTREAM_CMD_CONFIG_SET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= nst_set_policy,
		.maxattr = NETSTREAM_A_MAX,
		.doit	= nst_config_set,
	}, {
		.cmd	= NETSTREAM_CMD_CONFIG_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.start	= nst_config_start,
		.dumpit	= nst_config_get,
	}, {
		.cmd	= NETSTREAM_CMD_STATS_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.doit	= nst_stats_get,
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
		.dumpit	= nst_record_get_dump,
	}, {
		.cmd	= NETSTREAM_CMD_INTERFACE_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.dumpit	= nst_interface_get,
	}, {
		.cmd	= NETSTREAM_CMD_FLOW_GET,
		.flags	= GENL_UNS_ADMIN_PERM,
		.policy	= nst_flow_policy,
		.maxattr = NETSTREAM_A_MAX,
		.start	= nst_flow_start,
		.dumpit	= nst_flow_get,
		.done	= nst_flow_done,
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
	},
};

/*
 * For requests that take no attribute: any is refused.  Without a policy as long
 * as maxattr says, the kernel would look behind the end of one of its own.
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
 * nst_netlink_init - take requests
 *
 * Context: module load, last.
 * Return: 0 or a negative errno.
 */
int __init nst_netlink_init(void)
{
	return genl_register_family(&nst_family);
}

/**
 * nst_netlink_exit - take no more requests
 *
 * Context: module unload, first.
 */
void nst_netlink_exit(void)
{
	genl_unregister_family(&nst_family);
}
