// SPDX-License-Identifier: GPL-2.0
/*
 * Listing hosts and templates: state of the export path into netlink messages.
 * Process context.
 */
#include <net/genetlink.h>
#include <net/netlink.h>

#include "clock.h"
#include "host.h"
#include "netlink.h"
#include "sender.h"

static int nst_fill_host_address(struct sk_buff *skb, const struct nst_host *h)
{
	const struct nst_host_def *def = &h->def;

	if (def->family == AF_INET) {
		if (nla_put_in_addr(skb, NETSTREAM_HOST_A_ADDR4,
				    def->addr4.s_addr))
			return -EMSGSIZE;
		if (h->source.set &&
		    nla_put_in_addr(skb, NETSTREAM_HOST_A_SOURCE4,
				    h->source.addr4.s_addr))
			return -EMSGSIZE;
	} else {
		if (nla_put_in6_addr(skb, NETSTREAM_HOST_A_ADDR6, &def->addr6))
			return -EMSGSIZE;
		if (h->source.set &&
		    nla_put_in6_addr(skb, NETSTREAM_HOST_A_SOURCE6,
				     &h->source.addr6))
			return -EMSGSIZE;
	}
	if (h->source.set && nla_put_u16(skb, NETSTREAM_HOST_A_SOURCE_PORT,
					 h->source.port))
		return -EMSGSIZE;
	return nla_put_u16(skb, NETSTREAM_HOST_A_PORT, def->port);
}

static int nst_fill_host_config(struct sk_buff *skb, const struct nst_host *h)
{
	if (h->def.vrf[0] &&
	    nla_put_string(skb, NETSTREAM_HOST_A_VRF, h->def.vrf))
		return -EMSGSIZE;
	if (nla_put_u8(skb, NETSTREAM_HOST_A_SLOT, max(h->view, 0)))
		return -EMSGSIZE;
	if (h->view >= 0 &&
	    nla_put_u8(skb, NETSTREAM_HOST_A_VIEW_SLOT, h->view))
		return -EMSGSIZE;
	if (nla_put_u8(skb, NETSTREAM_HOST_A_VERSION, h->def.version) ||
	    nla_put_u8(skb, NETSTREAM_HOST_A_DSCP, h->def.dscp) ||
	    nla_put_u8(skb, NETSTREAM_HOST_A_STATE,
		       nst_host_shown_state(h, nst_clock_ms())))
		return -EMSGSIZE;
	return nla_put_u32(skb, NETSTREAM_HOST_A_ERRNO, h->error);
}

static const char * const nst_host_counter_name[] = {
	NST_HOST_ROWS(NST_ROW_NAME)
};

static int nst_fill_host_counters(struct sk_buff *skb, const struct nst_host *h)
{
	if (nla_put_u32(skb, NETSTREAM_HOST_A_QUEUED, h->tail - h->head))
		return -EMSGSIZE;
	return nst_genl_put_counters(skb, NETSTREAM_HOST_A_COUNT,
				     NETSTREAM_COUNT_A_VALUE,
				     nst_host_counter_name, h->counter,
				     NST_HOST_COUNTERS);
}

static int nst_fill_host(struct sk_buff *skb, struct netlink_callback *cb,
			 const struct nst_host *h)
{
	void *head = nst_genl_put(skb, cb, NETSTREAM_CMD_HOST_GET);
	struct nlattr *nest;

	if (!head)
		return -EMSGSIZE;
	nest = nla_nest_start(skb, NETSTREAM_A_HOST);
	if (!nest || nst_fill_host_address(skb, h) ||
	    nst_fill_host_config(skb, h) || nst_fill_host_counters(skb, h)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, head);
	return 0;
}

/**
 * nst_sender_dump_hosts - list hosts
 * @s: sender
 * @skb: message to fill
 * @cb: dump; args[0] is the next host
 *
 * Ends, with NLM_F_DUMP_INTR, when there are other hosts than at the beginning.
 *
 * Context: process, may sleep; takes the sender's lock.
 * Return: as a dump callback.
 */
int nst_sender_dump_hosts(struct nst_sender *s, struct sk_buff *skb,
			  struct netlink_callback *cb)
{
	struct nst_export_set *e;

	mutex_lock(&s->lock);
	e = nst_dump_goes_on(cb, s->published) ? s->current_set : NULL;
	for (; e && cb->args[0] < e->nhosts; cb->args[0]++)
		if (nst_fill_host(skb, cb, e->use[cb->args[0]].host))
			break;
	mutex_unlock(&s->lock);
	return skb->len;
}

static int nst_fill_tfield(struct sk_buff *skb, const struct nst_field_spec *tf)
{
	struct nlattr *nest = nla_nest_start(skb, NETSTREAM_TEMPLATE_A_FIELD);

	if (!nest || nla_put_u16(skb, NETSTREAM_TFIELD_A_TYPE, tf->type) ||
	    nla_put_u16(skb, NETSTREAM_TFIELD_A_LENGTH, tf->length) ||
	    nla_put_u16(skb, NETSTREAM_TFIELD_A_FIELD, tf->field))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int nst_fill_template_attrs(struct sk_buff *skb,
				   const struct nst_out *out,
				   const struct nst_template *t)
{
	unsigned int i;

	if (nla_put_string(skb, NETSTREAM_TEMPLATE_A_RECORD,
			   t->rec->def.name) ||
	    nla_put_u8(skb, NETSTREAM_TEMPLATE_A_SLOT, out->slot) ||
	    nla_put_u8(skb, NETSTREAM_TEMPLATE_A_VERSION, t->version) ||
	    nla_put_u16(skb, NETSTREAM_TEMPLATE_A_ID, t->id) ||
	    nla_put_u16(skb, NETSTREAM_TEMPLATE_A_LENGTH, t->length) ||
	    nla_put_u64_64bit(skb, NETSTREAM_TEMPLATE_A_SENT, t->sent,
			      NETSTREAM_TEMPLATE_A_PAD) ||
	    nla_put_u64_64bit(skb, NETSTREAM_TEMPLATE_A_FAILED, t->failed,
			      NETSTREAM_TEMPLATE_A_PAD))
		return -EMSGSIZE;
	for (i = 0; i < t->nfields; i++)
		if (nst_fill_tfield(skb, &t->field[i]))
			return -EMSGSIZE;
	return 0;
}

static int nst_fill_template(struct sk_buff *skb, struct netlink_callback *cb,
			     const struct nst_out *out,
			     const struct nst_template *t)
{
	void *head = nst_genl_put(skb, cb, NETSTREAM_CMD_TEMPLATE_GET);
	struct nlattr *nest;

	if (!head)
		return -EMSGSIZE;
	nest = nla_nest_start(skb, NETSTREAM_A_TEMPLATE);
	if (!nest || nst_fill_template_attrs(skb, out, t)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, head);
	return 0;
}

/**
 * nst_sender_dump_templates - list templates, those of each slot's stream
 * @s: sender
 * @skb: message to fill
 * @cb: dump; args[0] is the next slot, args[1] the next template
 *
 * Ends, with NLM_F_DUMP_INTR, when there are other ones than at the beginning.
 *
 * Context: process, may sleep; takes the sender's lock.
 * Return: as a dump callback.
 */
int nst_sender_dump_templates(struct nst_sender *s, struct sk_buff *skb,
			      struct netlink_callback *cb)
{
	struct nst_export_set *e;
	struct nst_template *t;
	struct nst_out *out;

	mutex_lock(&s->lock);
	e = nst_dump_goes_on(cb, s->published) ? s->current_set : NULL;
	for (; e && cb->args[0] < e->nouts; cb->args[0]++) {
		out = &e->out[cb->args[0]];
		for (; cb->args[1] < e->ntemplates; cb->args[1]++) {
			t = e->template[cb->args[1]];
			if (out->stream[nst_version_index(t->version)] &&
			    nst_fill_template(skb, cb, out, t))
				goto full;
		}
		cb->args[1] = 0;
	}
full:
	mutex_unlock(&s->lock);
	return skb->len;
}
