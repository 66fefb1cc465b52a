// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to be told events.
 */
#include <linux/notifier.h>
#include <net/genetlink.h>
#include <net/netlink.h>

#include "event.h"
#include "netlink_event.h"
#include "netlink_msg.h"
#include "state.h"

/* Told whatever a socket wants: that some were suppressed, and that no more come. */
#define NST_EVENTS_ALWAYS	(BIT(NETSTREAM_EVENT_SUPPRESSED) | \
				 BIT(NETSTREAM_EVENT_STOPPED))

#define NST_EVENTS_ALL		(BIT(__NETSTREAM_EVENT_MAX) - 2)

/* What a socket gets that does not say what it wants. */
#define NST_EVENTS_DEFAULT	(NST_EVENTS_ALL & \
				 ~BIT(NETSTREAM_EVENT_TEMPLATES_AGAIN))

const struct nla_policy nst_netlink_event_policy[NETSTREAM_A_MAX + 1] = {
	[NETSTREAM_A_EVENT_MASK]	= NLA_POLICY_MASK(NLA_U32, NST_EVENTS_ALL),
};

/**
 * nst_netlink_event_listen - tell the requester's socket events from now on
 * @skb: request
 * @info: request, parsed
 *
 * Context: process.
 * Return: 0 or a negative errno, with extended ACK text.
 */
int nst_netlink_event_listen(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[NETSTREAM_A_EVENT_MASK];
	u32 mask = attr ? nla_get_u32(attr) : NST_EVENTS_DEFAULT;
	int err;

	err = nst_event_listen(&nst_netlink_net(skb)->events, info->snd_portid,
			       mask | NST_EVENTS_ALWAYS,
			       info->nlhdr->nlmsg_type);
	if (err == -EUSERS)
		NL_SET_ERR_MSG(info->extack,
			       "monitor: too many programs listen in this namespace");
	return err;
}

static int nst_event_socket_event(struct notifier_block *nb, unsigned long event,
				  void *ptr)
{
	const struct netlink_notify *notify = ptr;
	struct nst_events *events;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	events = &nst_net_of(notify->net)->events;
	/* where nobody listens nobody has to wait for the lock */
	if (READ_ONCE(events->wanted))
		nst_event_leave(events, notify->portid);
	return NOTIFY_DONE;
}

static struct notifier_block nst_event_socket_notifier = {
	.notifier_call	= nst_event_socket_event,
};

/**
 * nst_netlink_event_init - forget sockets that are closed from now on
 *
 * Context: module load, before the first request.
 * Return: 0 or a negative errno.
 */
int __init nst_netlink_event_init(void)
{
	return netlink_register_notifier(&nst_event_socket_notifier);
}

/**
 * nst_netlink_event_exit - sockets are no longer watched
 *
 * Context: module unload, after the last request.
 */
void nst_netlink_event_exit(void)
{
	netlink_unregister_notifier(&nst_event_socket_notifier);
}
