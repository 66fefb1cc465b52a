/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of everything that is counted.  A leaf.
 */
#ifndef _NST_STATS_H
#define _NST_STATS_H

/**
 * enum nst_skip - why a packet at an enabled hook was not metered
 * @NST_SKIP_NOT_SELECTED: the sampler did not choose it
 * @NST_SKIP_OWN: it is one of the module's own export packets
 * @NST_SKIP_MAX: number of causes
 */
enum nst_skip {
	NST_SKIP_NOT_SELECTED,
	NST_SKIP_OWN,
	NST_SKIP_MAX
};

/**
 * enum nst_malformed - why a packet could not be dissected whole
 * @NST_MALFORMED_NONE: it could
 * @NST_MALFORMED_LENGTH: the lengths in the IPv6 header and of the packet disagree
 * @NST_MALFORMED_EXTENSION: an extension header is cut short
 * @NST_MALFORMED_CHAIN: more extension headers than the walk's bound
 * @NST_MALFORMED_TRANSPORT: the transport header is cut short
 * @NST_MALFORMED_VERSION: there is no whole IPv6 header: not metered
 * @NST_MALFORMED_MAX: number of causes
 */
enum nst_malformed {
	NST_MALFORMED_NONE,
	NST_MALFORMED_LENGTH,
	NST_MALFORMED_EXTENSION,
	NST_MALFORMED_CHAIN,
	NST_MALFORMED_TRANSPORT,
	NST_MALFORMED_VERSION,
	NST_MALFORMED_MAX
};

/**
 * enum nst_lost - why metered traffic reached no host
 * @NST_LOST_NO_HOST: the slot has no host
 * @NST_LOST_NO_SOURCE: no source address is configured for any host's family
 * @NST_LOST_HOST_DOWN: no host could be sent to for longer than the cache and the
 *	hosts' queues hold
 * @NST_LOST_QUEUE: every host's queue was full
 * @NST_LOST_SEND: sending failed for every host
 * @NST_LOST_FILTERED: a local packet filter dropped it on the way to every host
 * @NST_LOST_MEMORY: no memory for a flow or for an export packet
 * @NST_LOST_BACKLOG: the cache was full of ended flows that waited for the hosts
 * @NST_LOST_SHUTDOWN: metering stopped, and the hosts did not take it in time
 * @NST_LOST_MAX: number of causes
 */
enum nst_lost {
	NST_LOST_NO_HOST,
	NST_LOST_NO_SOURCE,
	NST_LOST_HOST_DOWN,
	NST_LOST_QUEUE,
	NST_LOST_SEND,
	NST_LOST_FILTERED,
	NST_LOST_MEMORY,
	NST_LOST_BACKLOG,
	NST_LOST_SHUTDOWN,
	NST_LOST_MAX
};

#endif /* _NST_STATS_H */
