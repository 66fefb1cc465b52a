/* SPDX-License-Identifier: GPL-2.0 */
/* Events: what happens, told to the sockets that asked for it. */
#ifndef _NST_EVENT_H
#define _NST_EVENT_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/mutex.h>
#include <linux/netstream.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct net;
struct nst_export_set;
struct nst_export_slot;
struct nst_host_def;

/* Sockets that may listen in a namespace. */
#define NST_EVENT_LISTENERS	16

/* Events that a namespace sends at most in a second. */
#define NST_EVENT_RATE		200

/**
 * struct nst_event - something that has happened
 * @type: &enum netstream_event
 * @generation: of the running configuration; 0: not told
 * @confirm: seconds until it is undone; 0: not told
 * @flows: bound on flows; 0: not told
 * @suppressed: number of events that were not sent; 0: not told
 * @host: the collector that it is about; %NULL: none
 * @view: slot in whose view @host is configured, or -1
 * @monitor: name of the monitor in whose view @host is configured, or empty
 * @state: &enum netstream_host_state of @host
 * @error: positive errno that explains @state, or 0
 * @set: the templates that were sent to @host; %NULL: not told
 * @slot: slot or monitor whose stream they belong to
 * @version: &enum netstream_version of that stream
 * @ifname: name of the interface that it is about; %NULL: none
 * @ifindex: its index
 * @dirs: mask of its directions that are metered
 */
struct nst_event {
	u8				type;
	u32				generation;
	u32				confirm;
	u32				flows;
	u32				suppressed;
	const struct nst_host_def	*host;
	int				view;
	const char			*monitor;
	u8				state;
	int				error;
	const struct nst_export_set	*set;
	const struct nst_export_slot	*slot;
	u8				version;
	const char			*ifname;
	u32				ifindex;
	u8				dirs;
};

/**
 * struct nst_listener - a socket that is told events
 * @portid: its address
 * @mask: what it wants: 1 << &enum netstream_event
 */
struct nst_listener {
	u32	portid;
	u32	mask;
};

/**
 * struct nst_events - who listens in a network namespace
 * @net: the namespace
 * @lock: protects everything below
 * @wanted: what some socket wants; read without the lock
 * @n: number of @listener
 * @listener: the sockets
 * @type: type of the messages: the number of the family
 * @began: jiffies when the present second began
 * @sent: events since then
 * @suppressed: events that were not sent, and that nobody has been told of
 * @tell: tells how many were suppressed
 */
struct nst_events {
	struct net		*net;
	struct mutex		lock;	/* see above */
	u32			wanted;
	unsigned int		n;
	struct nst_listener	listener[NST_EVENT_LISTENERS];
	u16			type;
	unsigned long		began;
	unsigned int		sent;
	u32			suppressed;
	struct delayed_work	tell;
};

void nst_event_init(struct nst_events *events, struct net *net);
void nst_event_stop(struct nst_events *events);
int nst_event_listen(struct nst_events *events, u32 portid, u32 mask, u16 type);
void nst_event_leave(struct nst_events *events, u32 portid);
void nst_event_send(struct nst_events *events, const struct nst_event *event);

/**
 * nst_event_wanted - whether a socket wants to be told of something
 * @events: who listens; %NULL: nobody can
 * @type: &enum netstream_event
 *
 * Context: any.
 */
static inline bool nst_event_wanted(const struct nst_events *events, u8 type)
{
	return events && READ_ONCE(events->wanted) & BIT(type);
}

#endif /* _NST_EVENT_H */
