// SPDX-License-Identifier: GPL-2.0
/*
 * Building blocks of replies: messages, and counters in them.
 */
#include <linux/netstream.h>
#include <net/genetlink.h>
#include <net/netlink.h>

#include "netlink_msg.h"

/* The type of a message is the ID of the family; replies copy it from the request. */
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
 * @skb: buffer of the dump
 * @cb: dump
 * @cmd: &enum netstream_cmd of the message
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
 * @skb: an empty buffer
 * @info: request
 * @cmd: &enum netstream_cmd of the reply
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
 * nst_netlink_msg_goes_on - check whether a dump still walks the same object
 * @cb: dump
 * @number: version of the object that the dump walks.  It changes whenever the
 *	object is replaced.  Never 0.
 *
 * Call it at the start of each part of a dump, under the lock that protects the
 * object.  After @number has changed, the next message of the dump or its
 * NLMSG_DONE carries NLM_F_DUMP_INTR.
 *
 * Context: any.
 * Return: false if the object was replaced.  Positions in the old object are then
 *	invalid: the dump must end, or find its position by other means.
 */
bool nst_netlink_msg_goes_on(struct netlink_callback *cb, u32 number)
{
	cb->seq = number;
	/* prev_seq is 0 until the first message has set it */
	return !cb->prev_seq || cb->prev_seq == number;
}

/**
 * nst_netlink_msg_counters - add a list of named counters to a message
 * @skb: message
 * @type: attribute type of each nest
 * @what: &enum netstream_count_attr that carries the value
 * @name: names of the counters, @n of them
 * @value: values of the counters, @n of them
 * @n: number of counters
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
