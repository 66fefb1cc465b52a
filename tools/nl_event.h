/* SPDX-License-Identifier: GPL-2.0 */
/* Events that the module sends. */
#ifndef NS_NL_EVENT_H
#define NS_NL_EVENT_H

#include "nl_reply.h"

/**
 * struct event - something that has happened, see &enum netstream_event
 * @type: &enum netstream_event; 0: events were lost, since this program was too slow
 * @time: milliseconds since 1970
 * @generation: of the running configuration
 * @confirm: seconds until it is undone
 * @max_flows: bound on flows
 * @suppressed: number of events that the module did not send
 * @host: the collector that it is about
 * @interface: the interface that it is about
 * @templates: what the collector was sent
 */
struct event {
	unsigned int		type;
	uint64_t		time;
	uint32_t		generation;
	uint32_t		confirm;
	uint32_t		max_flows;
	uint32_t		suppressed;
	struct host_status	host;
	struct interface_status	interface;
	VEC(struct template_status) templates;
};

int nl_events(bool all, void (*each)(const struct event *, void *), void *arg,
	      struct failure *why);

#endif
