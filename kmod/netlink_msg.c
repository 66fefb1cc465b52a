// SPDX-License-Identifier: GPL-2.0
/*
 * What replies are made of: messages, and counters in them.
 */
#include <linux/netstream.h>
#include <net/genetlink.h>
#include <net/netlink.h>

#include "netlink_msg.h"

/* A message's type is the family's number, which stands in the request. */
static void *nst_netlink_msg_put(struct sk_buff *skb, u32 portid, u32 seq,
				 u16 type, int flags, u8 cmd)
{
	struct genlmsghdr *genl;
	struct nlmsghdr *nlh;

	nlh = nlmsg_put(skb, portid, seq, type, GENL_HDRLEN, flags);
	if (!nlh)
		return NULL;
	genl = nlmsg_data(nlh);
	genl->cmd = cmd;
	genl->version = NETSTREAM_GENL_VERSION;
	genl->reserved = 0;
	return genl + 1;
}

/**
 * nst_netlink_msg_begin - begin a message of a dump
 * @skb: where to
 * @cb: dump
 * @cmd: command
 *
 * Context: any.
 * Return: the message, for genlmsg_end(), or %NULL if it does not fit.
 */
void *nst_netlink_msg_begin(struct sk_buff *skb, struct netlink_callback *cb,
			    u8 cmd)
{
	void *head = nst_netlink_msg_put(skb, NETLINK_CB(cb->skb).portid,
					 cb->nlh->nlmsg_seq, cb->nlh->nlmsg_type,
					 NLM_F_MULTI, cmd);

	if (head)
		genl_dump_check_consistent(cb, head);
	return head;
}

/**
 * nst_netlink_msg_reply - begin the only reply to a request
 * @skb: where to
 * @info: request
 * @cmd: command
 *
 * Context: any.
 * Return: the message, for genlmsg_end(), or %NULL if it does not fit.
 */
void *nst_netlink_msg_reply(struct sk_buff *skb, const struct genl_info *info,
			    u8 cmd)
{
	return nst_netlink_msg_put(skb, info->snd_portid, info->snd_seq,
				   info->nlhdr->nlmsg_type, 0, cmd);
}

/**
 * nst_netlink_msg_goes_on - whether a dump still walks what it began with
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
bool nst_netlink_msg_goes_on(struct netlink_callback *cb, u32 number)
{
	cb->seq = number;
	/* of the first message; until then there is no position */
	return !cb->prev_seq || cb->prev_seq == number;
}

/**
 * nst_netlink_msg_counters - write a list of named counters
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
int nst_netlink_msg_counters(struct sk_buff *skb, int type, int what,
			     const char * const *name, const u64 *value,
			     unsigned int n)
{
	struct nlattr *nest;
	unsigned int i;

	for (i = 0; i < n; i++) {
		nest = nla_nest_start(skb, type);
		if (!nest ||
		    nla_put_string(skb, NETSTREAM_COUNT_A_NAME, name[i]) ||
		    nst_netlink_msg_u64(skb, what, value[i]))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}
