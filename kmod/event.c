// SPDX-License-Identifier: GPL-2.0
/*
 * Events: what happens, told to the sockets that asked for it.
 *
 * They go to each socket by unicast, not to a multicast group.  Events have addresses
 * of collectors, and whoever may not read the list of hosts must not learn these.  Who
 * may join a group differs between kernels; a request that needs CAP_NET_ADMIN does
 * not.  A socket can also choose what it wants, and where nobody listens nothing is
 * allocated.
 *
 * The rate is bounded for each namespace.  Events beyond it are counted, and the
 * number is told.  A socket whose buffer is full loses events; the kernel reports that
 * to its owner (ENOBUFS).
 *
 * Process context.
 */
#include <linux/jiffies.h>
#include <linux/netstream.h>
#include <linux/string.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netlink.h>

#include "clock.h"
#include "config.h"
#include "event.h"
#include "export.h"
#include "template.h"
#include "work.h"

/* ----------------------------------------------------------------- messages */

/* The view that the host is configured in. */
static int nst_event_put_view(struct sk_buff *skb, const struct nst_event *event)
{
	if (event->monitor && event->monitor[0])
		return nla_put_string(skb, NETSTREAM_HOST_A_MONITOR, event->monitor);
	if (event->view >= 0 &&
	    nla_put_u8(skb, NETSTREAM_HOST_A_VIEW_SLOT, event->view))
		return -EMSGSIZE;
	return nla_put_u8(skb, NETSTREAM_HOST_A_SLOT, max(event->view, 0));
}

static int nst_event_put_host(struct sk_buff *skb, const struct nst_event *event)
{
	const struct nst_host_def *host = event->host;
	struct nlattr *nest = nla_nest_start(skb, NETSTREAM_A_HOST);
	int err;

	if (!nest)
		return -EMSGSIZE;
	if (host->family == AF_INET)
		err = nla_put_in_addr(skb, NETSTREAM_HOST_A_ADDR4,
				      host->addr4.s_addr);
	else
		err = nla_put_in6_addr(skb, NETSTREAM_HOST_A_ADDR6, &host->addr6);
	if (err || nla_put_u16(skb, NETSTREAM_HOST_A_PORT, host->port) ||
	    nst_event_put_view(skb, event))
		return -EMSGSIZE;
	if (host->vrf[0] && nla_put_string(skb, NETSTREAM_HOST_A_VRF, host->vrf))
		return -EMSGSIZE;
	if (event->type == NETSTREAM_EVENT_HOST &&
	    (nla_put_u8(skb, NETSTREAM_HOST_A_STATE, event->state) ||
	     nla_put_u32(skb, NETSTREAM_HOST_A_ERRNO, event->error)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int nst_event_put_template(struct sk_buff *skb, const struct nst_event *event,
				  const struct nst_template *tmpl)
{
	struct nlattr *nest = nla_nest_start(skb, NETSTREAM_A_TEMPLATE);
	int err;

	if (!nest)
		return -EMSGSIZE;
	if (event->slot->account)
		err = nla_put_string(skb, NETSTREAM_TEMPLATE_A_MONITOR,
				     event->slot->account->name);
	else
		err = nla_put_u8(skb, NETSTREAM_TEMPLATE_A_SLOT, event->slot->id);
	if (err ||
	    nla_put_string(skb, NETSTREAM_TEMPLATE_A_RECORD, tmpl->rec->def.name) ||
	    nla_put_u8(skb, NETSTREAM_TEMPLATE_A_VERSION, event->version) ||
	    nla_put_u16(skb, NETSTREAM_TEMPLATE_A_ID, tmpl->id))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int nst_event_put_templates(struct sk_buff *skb,
				   const struct nst_event *event)
{
	const struct nst_template *tmpl;
	unsigned int i;

	for (i = 0; i < event->set->ntemplates; i++) {
		tmpl = event->set->template[i];
		if (tmpl->version != event->version ||
		    !nst_export_slot_has(event->slot, tmpl))
			continue;
		if (nst_event_put_template(skb, event, tmpl))
			return -EMSGSIZE;
	}
	return 0;
}

static int nst_event_put_interface(struct sk_buff *skb,
				   const struct nst_event *event)
{
	struct nlattr *nest = nla_nest_start(skb, NETSTREAM_A_INTERFACE);

	if (!nest || nla_put_string(skb, NETSTREAM_IF_A_NAME, event->ifname) ||
	    nla_put_u32(skb, NETSTREAM_IF_A_IFINDEX, event->ifindex) ||
	    nla_put_u8(skb, NETSTREAM_IF_A_INBOUND,
		       !!(event->dirs & BIT(NETSTREAM_INBOUND))) ||
	    nla_put_u8(skb, NETSTREAM_IF_A_OUTBOUND,
		       !!(event->dirs & BIT(NETSTREAM_OUTBOUND))))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int nst_event_put_self(struct sk_buff *skb, const struct nst_event *event)
{
	struct nlattr *nest = nla_nest_start(skb, NETSTREAM_A_EVENT);
	u64 now = nst_clock_ms();

	if (!nest || nla_put_u8(skb, NETSTREAM_EVENT_A_TYPE, event->type) ||
	    nla_put_u64_64bit(skb, NETSTREAM_EVENT_A_TIME,
			      nst_clock_epoch(now) + now, NETSTREAM_EVENT_A_PAD))
		return -EMSGSIZE;
	if (event->flows &&
	    nla_put_u32(skb, NETSTREAM_EVENT_A_MAX_FLOWS, event->flows))
		return -EMSGSIZE;
	if (event->suppressed &&
	    nla_put_u32(skb, NETSTREAM_EVENT_A_SUPPRESSED, event->suppressed))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int nst_event_put(struct sk_buff *skb, const struct nst_event *event)
{
	int err = nst_event_put_self(skb, event);

	if (!err && event->generation)
		err = nla_put_u32(skb, NETSTREAM_A_GENERATION, event->generation);
	if (!err && event->confirm)
		err = nla_put_u32(skb, NETSTREAM_A_CONFIRM, event->confirm);
	if (!err && event->host)
		err = nst_event_put_host(skb, event);
	if (!err && event->set)
		err = nst_event_put_templates(skb, event);
	if (!err && event->ifname)
		err = nst_event_put_interface(skb, event);
	return err;
}

/* Return: the message, or %NULL for lack of memory. */
static struct sk_buff *nst_event_message(const struct nst_events *events,
					 const struct nst_event *event)
{
	struct sk_buff *skb = nlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	struct genlmsghdr *genl;
	struct nlmsghdr *nlh;

	if (!skb)
		return NULL;
	/* port ID and sequence number 0: it answers no request */
	nlh = nlmsg_put(skb, 0, 0, events->type, GENL_HDRLEN, 0);
	if (!nlh)
		goto free;
	genl = nlmsg_data(nlh);
	genl->cmd = NETSTREAM_CMD_EVENT;
	genl->version = NETSTREAM_GENL_VERSION;
	genl->reserved = 0;
	if (WARN_ON_ONCE(nst_event_put(skb, event)))
		goto free;
	nlmsg_end(skb, nlh);
	return skb;
free:
	nlmsg_free(skb);
	return NULL;
}

/* ------------------------------------------------------------------ sending */

/* Give an event to those who want it.  Return: false if there is no memory. */
static bool nst_event_deliver(struct nst_events *events,
			      const struct nst_event *event)
{
	struct sk_buff *skb, *copy;
	unsigned int i;
	bool all = true;

	skb = nst_event_message(events, event);
	if (!skb)
		return false;
	for (i = 0; i < events->n; i++) {
		if (!(events->listener[i].mask & BIT(event->type)))
			continue;
		copy = skb_clone(skb, GFP_KERNEL);
		/* the owner of a socket that is full learns it from the kernel */
		if (copy)
			nlmsg_unicast(events->net->genl_sock, copy,
				      events->listener[i].portid);
		else
			all = false;
	}
	nlmsg_free(skb);
	return all;
}

/* Whether one more event may be sent in this second. */
static bool nst_event_may_send(struct nst_events *events)
{
	if (jiffies - events->began >= HZ) {
		events->began = jiffies;
		events->sent = 0;
	}
	if (events->sent >= NST_EVENT_RATE)
		return false;
	events->sent++;
	return true;
}

/**
 * nst_event_send - tell those who want it that something has happened
 * @events: who listens
 * @event: what has happened
 *
 * Call it only if nst_event_wanted(), which costs nothing.  An event beyond the rate, or
 * for which there is no memory, is counted instead.
 *
 * Context: process, sleeps; under any lock of the module except that of @events.
 */
void nst_event_send(struct nst_events *events, const struct nst_event *event)
{
	mutex_lock(&events->lock);
	if (!nst_event_may_send(events) || !nst_event_deliver(events, event)) {
		events->suppressed++;
		queue_delayed_work(nst_wq, &events->tell, HZ);
	}
	mutex_unlock(&events->lock);
}

static void nst_event_tell_work(struct work_struct *work)
{
	struct nst_events *events = container_of(work, struct nst_events, tell.work);
	struct nst_event event = { .type = NETSTREAM_EVENT_SUPPRESSED };

	mutex_lock(&events->lock);
	event.suppressed = events->suppressed;
	if (!events->n || nst_event_deliver(events, &event))
		events->suppressed = 0;
	else
		queue_delayed_work(nst_wq, &events->tell, HZ);
	mutex_unlock(&events->lock);
}

/* ---------------------------------------------------------------- listeners */

static void nst_event_count_wishes(struct nst_events *events)
{
	u32 wanted = 0;
	unsigned int i;

	for (i = 0; i < events->n; i++)
		wanted |= events->listener[i].mask;
	WRITE_ONCE(events->wanted, wanted);
}

/* Return: the socket's entry, or that behind the last one. */
static unsigned int nst_event_find(const struct nst_events *events, u32 portid)
{
	unsigned int i;

	for (i = 0; i < events->n; i++)
		if (events->listener[i].portid == portid)
			break;
	return i;
}

/**
 * nst_event_listen - tell a socket events from now on
 * @events: who listens
 * @portid: the socket
 * @mask: events that it wants: 1 << &enum netstream_event; replaces what it wanted before
 * @type: type of the messages: the number of the family
 *
 * Context: process, sleeps.
 * Return: 0 or -EUSERS.
 */
int nst_event_listen(struct nst_events *events, u32 portid, u32 mask, u16 type)
{
	unsigned int i;
	int err = 0;

	mutex_lock(&events->lock);
	i = nst_event_find(events, portid);
	if (i == NST_EVENT_LISTENERS) {
		err = -EUSERS;
	} else {
		events->listener[i].portid = portid;
		events->listener[i].mask = mask;
		events->n = max(events->n, i + 1);
		events->type = type;
		nst_event_count_wishes(events);
	}
	mutex_unlock(&events->lock);
	return err;
}

/**
 * nst_event_leave - forget a socket that is closed
 * @events: who listens
 * @portid: the socket, which may not be among them
 *
 * Context: process, sleeps.
 */
void nst_event_leave(struct nst_events *events, u32 portid)
{
	unsigned int i;

	mutex_lock(&events->lock);
	i = nst_event_find(events, portid);
	if (i < events->n) {
		events->listener[i] = events->listener[--events->n];
		nst_event_count_wishes(events);
	}
	mutex_unlock(&events->lock);
}

/* --------------------------------------------------------------- life cycle */

/**
 * nst_event_init - begin without listeners
 * @events: who listens
 * @net: namespace
 *
 * Context: any.
 */
void nst_event_init(struct nst_events *events, struct net *net)
{
	events->net = net;
	mutex_init(&events->lock);
	INIT_DELAYED_WORK(&events->tell, nst_event_tell_work);
}

/**
 * nst_event_stop - tell the listeners that no more events come
 * @events: who listens; nothing sends events any more
 *
 * A namespace that is deleted has no sockets, so this is for a module that is unloaded.
 *
 * Context: process, sleeps.
 */
void nst_event_stop(struct nst_events *events)
{
	static const struct nst_event event = { .type = NETSTREAM_EVENT_STOPPED };

	cancel_delayed_work_sync(&events->tell);
	mutex_lock(&events->lock);
	if (events->n)
		nst_event_deliver(events, &event);
	events->n = 0;
	WRITE_ONCE(events->wanted, 0);
	mutex_unlock(&events->lock);
}
