// SPDX-License-Identifier: GPL-2.0
/*
 * Replies that list hosts and templates.
 * Process context.
 */
#include <net/genetlink.h>
#include <net/netlink.h>

#include "clock.h"
#include "export.h"
#include "host.h"
#include "netlink_export.h"
#include "netlink_msg.h"
#include "options.h"

static int nst_fill_host_address(struct sk_buff *skb,
				 const struct nst_host *host)
{
	const struct nst_host_def *def = &host->def;

	if (def->family == AF_INET) {
		if (nla_put_in_addr(skb, NETSTREAM_HOST_A_ADDR4,
				    def->addr4.s_addr))
			return -EMSGSIZE;
		if (host->source.set &&
		    nla_put_in_addr(skb, NETSTREAM_HOST_A_SOURCE4,
				    host->source.addr4.s_addr))
			return -EMSGSIZE;
	} else {
		if (nla_put_in6_addr(skb, NETSTREAM_HOST_A_ADDR6, &def->addr6))
			return -EMSGSIZE;
		if (host->source.set &&
		    nla_put_in6_addr(skb, NETSTREAM_HOST_A_SOURCE6,
				     &host->source.addr6))
			return -EMSGSIZE;
	}
	if (host->source.set && nla_put_u16(skb, NETSTREAM_HOST_A_SOURCE_PORT,
					    host->source.port))
		return -EMSGSIZE;
	return nla_put_u16(skb, NETSTREAM_HOST_A_PORT, def->port);
}

static int nst_fill_host_view(struct sk_buff *skb, const struct nst_host *host)
{
	if (host->monitor[0])
		return nla_put_string(skb, NETSTREAM_HOST_A_MONITOR, host->monitor);
	if (host->view >= 0 &&
	    nla_put_u8(skb, NETSTREAM_HOST_A_VIEW_SLOT, host->view))
		return -EMSGSIZE;
	return nla_put_u8(skb, NETSTREAM_HOST_A_SLOT, max(host->view, 0));
}

static int nst_fill_host_config(struct sk_buff *skb,
				const struct nst_host *host)
{
	if (host->def.vrf[0] &&
	    nla_put_string(skb, NETSTREAM_HOST_A_VRF, host->def.vrf))
		return -EMSGSIZE;
	if (nst_fill_host_view(skb, host))
		return -EMSGSIZE;
	if (nla_put_u8(skb, NETSTREAM_HOST_A_VERSION, host->def.version) ||
	    nla_put_u8(skb, NETSTREAM_HOST_A_DSCP, host->def.dscp) ||
	    nla_put_u8(skb, NETSTREAM_HOST_A_STATE,
		       nst_host_shown_state(host, nst_clock_ms())))
		return -EMSGSIZE;
	return nla_put_u32(skb, NETSTREAM_HOST_A_ERRNO, host->error);
}

static const char * const nst_host_counter_name[] = {
	NST_HOST_ROWS(NST_ROW_NAME)
};

static int nst_fill_host_counters(struct sk_buff *skb,
				  const struct nst_host *host)
{
	if (nla_put_u32(skb, NETSTREAM_HOST_A_QUEUED,
			nst_queue_length(&host->queue)))
		return -EMSGSIZE;
	return nst_netlink_msg_counters(skb, NETSTREAM_HOST_A_COUNT,
				     NETSTREAM_COUNT_A_VALUE,
				     nst_host_counter_name, host->counter,
				     NST_HOST_COUNTERS);
}

static int nst_fill_host(struct sk_buff *skb, struct netlink_callback *cb,
			 const struct nst_host *host)
{
	void *head = nst_netlink_msg_begin(skb, cb, NETSTREAM_CMD_HOST_GET);
	struct nlattr *nest;

	if (!head)
		return -EMSGSIZE;
	nest = nla_nest_start(skb, NETSTREAM_A_HOST);
	if (!nest || nst_fill_host_address(skb, host) ||
	    nst_fill_host_config(skb, host) || nst_fill_host_counters(skb,
								      host)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, head);
	return 0;
}

/**
 * nst_netlink_export_hosts - list hosts
 * @sender: sender of the namespace
 * @skb: buffer to fill with messages
 * @cb: dump; args[0] is the index of the next host
 *
 * The dump ends with NLM_F_DUMP_INTR if a commit replaced the hosts meanwhile.
 *
 * Context: process, may sleep; takes the sender's lock.
 * Return: as a dump callback.
 */
int nst_netlink_export_hosts(struct nst_sender *sender, struct sk_buff *skb,
			     struct netlink_callback *cb)
{
	struct nst_export_set *set;

	mutex_lock(&sender->lock);
	set = sender->current_set;
	if (!nst_netlink_msg_goes_on(cb, sender->published))
		set = NULL;
	for (; set && cb->args[0] < set->nhosts; cb->args[0]++)
		if (nst_fill_host(skb, cb, set->host[cb->args[0]].host))
			break;
	mutex_unlock(&sender->lock);
	return skb->len;
}

static int nst_fill_tfield(struct sk_buff *skb, const struct nst_field_spec *spec)
{
	struct nlattr *nest = nla_nest_start(skb, NETSTREAM_TEMPLATE_A_FIELD);

	if (!nest || nla_put_u16(skb, NETSTREAM_TFIELD_A_TYPE, spec->type) ||
	    nla_put_u16(skb, NETSTREAM_TFIELD_A_LENGTH, spec->length) ||
	    nla_put_u16(skb, NETSTREAM_TFIELD_A_FIELD, spec->field))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int nst_fill_template_attrs(struct sk_buff *skb,
				   const struct nst_export_slot *slot,
				   const struct nst_template *tmpl)
{
	unsigned int i;
	int err;

	if (slot->account)
		err = nla_put_string(skb, NETSTREAM_TEMPLATE_A_MONITOR,
				     slot->account->name);
	else
		err = nla_put_u8(skb, NETSTREAM_TEMPLATE_A_SLOT, slot->id);
	if (err || nla_put_string(skb, NETSTREAM_TEMPLATE_A_RECORD,
				  tmpl->rec->def.name) ||
	    nla_put_u8(skb, NETSTREAM_TEMPLATE_A_VERSION, tmpl->version) ||
	    nla_put_u16(skb, NETSTREAM_TEMPLATE_A_ID, tmpl->id) ||
	    nla_put_u16(skb, NETSTREAM_TEMPLATE_A_LENGTH, tmpl->length) ||
	    nla_put_u64_64bit(skb, NETSTREAM_TEMPLATE_A_SENT, tmpl->sent,
			      NETSTREAM_TEMPLATE_A_PAD) ||
	    nla_put_u64_64bit(skb, NETSTREAM_TEMPLATE_A_FAILED, tmpl->failed,
			      NETSTREAM_TEMPLATE_A_PAD))
		return -EMSGSIZE;
	for (i = 0; i < tmpl->nfields; i++)
		if (nst_fill_tfield(skb, &tmpl->field[i]))
			return -EMSGSIZE;
	return 0;
}

static int nst_fill_template(struct sk_buff *skb, struct netlink_callback *cb,
			     const struct nst_export_slot *slot,
			     const struct nst_template *tmpl)
{
	void *head = nst_netlink_msg_begin(skb, cb, NETSTREAM_CMD_TEMPLATE_GET);
	struct nlattr *nest;

	if (!head)
		return -EMSGSIZE;
	nest = nla_nest_start(skb, NETSTREAM_A_TEMPLATE);
	if (!nest || nst_fill_template_attrs(skb, slot, tmpl)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, head);
	return 0;
}

/**
 * nst_netlink_export_templates - list the templates of each slot's stream
 * @sender: sender of the namespace
 * @skb: buffer to fill with messages
 * @cb: dump; args[0] is the index of the next slot, args[1] of the next template
 *
 * The dump ends with NLM_F_DUMP_INTR if a commit replaced the templates meanwhile.
 *
 * Context: process, may sleep; takes the sender's lock.
 * Return: as a dump callback.
 */
int nst_netlink_export_templates(struct nst_sender *sender, struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	struct nst_export_set *set;
	struct nst_template *tmpl;
	struct nst_export_slot *slot;

	mutex_lock(&sender->lock);
	set = sender->current_set;
	if (!nst_netlink_msg_goes_on(cb, sender->published))
		set = NULL;
	for (; set && cb->args[0] < set->nslots; cb->args[0]++) {
		slot = &set->slot[cb->args[0]];
		for (; cb->args[1] < set->ntemplates; cb->args[1]++) {
			tmpl = set->template[cb->args[1]];
			if (nst_export_slot_has(slot, tmpl) &&
			    slot->stream[nst_export_version_index(tmpl->version)] &&
			    nst_fill_template(skb, cb, slot, tmpl))
				goto full;
		}
		cb->args[1] = 0;
	}
full:
	mutex_unlock(&sender->lock);
	return skb->len;
}

static int nst_fill_option_attrs(struct sk_buff *skb, const struct nst_sender *sender,
				 u8 table, unsigned int ver)
{
	const struct nst_options_sent *count = &sender->option_sent[table][ver];
	u8 version = nst_export_version(ver);

	if (nla_put_string(skb, NETSTREAM_OPTION_TEMPLATE_A_NAME, nst_options_name(table)) ||
	    nla_put_u8(skb, NETSTREAM_OPTION_TEMPLATE_A_VERSION, version) ||
	    nla_put_u16(skb, NETSTREAM_OPTION_TEMPLATE_A_ID,
			nst_options_id(sender, table, version)) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_OPTION_TEMPLATE_A_SENT, count->sent))
		return -EMSGSIZE;
	return nst_netlink_msg_u64(skb, NETSTREAM_OPTION_TEMPLATE_A_FAILED, count->failed);
}

static int nst_fill_option(struct sk_buff *skb, struct netlink_callback *cb,
			   const struct nst_sender *sender, u8 table, unsigned int ver)
{
	void *head = nst_netlink_msg_begin(skb, cb, NETSTREAM_CMD_OPTION_TEMPLATE_GET);
	struct nlattr *nest;

	if (!head)
		return -EMSGSIZE;
	nest = nla_nest_start(skb, NETSTREAM_A_OPTION_TEMPLATE);
	if (!nest || nst_fill_option_attrs(skb, sender, table, ver)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, head);
	return 0;
}

/* Whether any slot has a stream of a version, which then carries templates of options. */
static bool nst_export_set_sends(const struct nst_export_set *set, unsigned int ver)
{
	unsigned int i;

	for (i = 0; i < set->nslots; i++)
		if (set->slot[i].stream[ver])
			return true;
	return false;
}

/**
 * nst_netlink_export_option_templates - list the templates of options
 * @sender: sender of the namespace
 * @skb: buffer to fill with messages
 * @cb: dump; args[0] is the number of the next template
 *
 * The dump ends with NLM_F_DUMP_INTR if a commit replaced the export set meanwhile.
 *
 * Context: process, may sleep; takes the sender's lock.
 * Return: as a dump callback.
 */
int nst_netlink_export_option_templates(struct nst_sender *sender, struct sk_buff *skb,
					struct netlink_callback *cb)
{
	struct nst_export_set *set;
	unsigned int ver;
	u8 table;

	mutex_lock(&sender->lock);
	set = sender->current_set;
	if (!nst_netlink_msg_goes_on(cb, sender->published))
		set = NULL;
	for (; set && cb->args[0] < NST_OPTIONS_IDS; cb->args[0]++) {
		table = cb->args[0] / NST_VERSIONS;
		ver = cb->args[0] % NST_VERSIONS;
		if (!nst_options_has(set, table, nst_export_version(ver)) ||
		    !nst_export_set_sends(set, ver))
			continue;
		if (nst_fill_option(skb, cb, sender, table, ver))
			break;
	}
	mutex_unlock(&sender->lock);
	return skb->len;
}
