/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All counters, one row each: the name in the code, the name in replies, and the
 * meaning.  A new counter takes a row here and its increment; replies and the tool list
 * it by its name.
 */
#ifndef _NST_STATS_H
#define _NST_STATS_H

#include <linux/types.h>

/* Why a packet at an enabled hook was not metered: enum nst_skip. */
#define NST_SKIP_ROWS(row)						\
	row(SKIP_NOT_SELECTED, "not_selected",				\
	    "the sampler did not choose it")				\
	row(SKIP_OWN, "own_export",					\
	    "it is one of the module's own export packets")		\
	row(SKIP_REPEAT, "repeated",					\
	    "it crossed no interface here, or another hook counts it")

/* Why a header could not be read: enum nst_malformed, from 1 on. */
#define NST_MALFORMED_ROWS(row)						\
	row(MALFORMED_LENGTH, "length",					\
	    "the lengths in the IPv6 header and of the packet disagree") \
	row(MALFORMED_EXTENSION, "extension_header",			\
	    "an extension header is cut short")				\
	row(MALFORMED_CHAIN, "header_chain",				\
	    "more extension headers than the walk's bound")		\
	row(MALFORMED_TRANSPORT, "transport_header",			\
	    "the transport header is cut short")			\
	row(MALFORMED_VERSION, "ip_header",				\
	    "there is no whole IPv6 header: it is not metered")

/* Why metered traffic was sent to no host: enum nst_lost. */
#define NST_LOST_ROWS(row)						\
	row(LOST_NO_HOST, "no_host",					\
	    "the slot has no host, or a commit removed it")		\
	row(LOST_NO_SOURCE, "no_source",				\
	    "no source address is configured for any host's family")	\
	row(LOST_HOST_DOWN, "host_down",				\
	    "no host could be sent to for longer than cache and queues hold") \
	row(LOST_QUEUE, "host_queue",					\
	    "every host's queue was full")				\
	row(LOST_SEND, "send_error",					\
	    "sending failed for every host")				\
	row(LOST_FILTERED, "filtered",					\
	    "a local packet filter dropped it on the way to every host") \
	row(LOST_MEMORY, "no_memory",					\
	    "no memory for a flow or for an export packet")		\
	row(LOST_BACKLOG, "backlog",					\
	    "the cache was full of ended flows that waited for the hosts") \
	row(LOST_SHUTDOWN, "shutdown",					\
	    "metering stopped, and the hosts did not take it in time")

/* Why a flow ended: enum nst_end, from 1 on. */
#define NST_END_ROWS(row)						\
	row(END_INACTIVE, "inactive",					\
	    "no packet for the inactive timeout")			\
	row(END_ACTIVE, "active",					\
	    "older than the active timeout")				\
	row(END_TCP, "tcp",						\
	    "FIN or RST seen, and nothing for the linger time")		\
	row(END_OVERFLOW, "overflow",					\
	    "a counter of its record would not hold more")		\
	row(END_FULL, "full",						\
	    "the cache is full, and this flow was nearest its end")	\
	row(END_RESET, "reset",						\
	    "reset by the operator")					\
	row(END_CONFIG, "config",					\
	    "its record is no longer in effect, or metering stops")	\
	row(END_ROUTES, "routes",					\
	    "routes have changed, and with them what its record matches")

/* Other counts of a namespace: enum nst_count.  Each CPU has its own. */
#define NST_COUNT_ROWS(row)						\
	row(COUNT_CREATED, "flows_created",				\
	    "flows made")						\
	row(COUNT_MEMORY, "memory",					\
	    "bytes that the tables take; never reset")			\
	row(COUNT_TIMER_WORST, "timer_worst_ns",			\
	    "longest time that a timer callback held a CPU: the maximum")

/* Counts of a host: members of struct nst_host. */
#define NST_HOST_ROWS(row)						\
	row(packets, "packets", "export packets sent")			\
	row(records, "records", "data records in them")			\
	row(bytes, "bytes", "UDP payload in them")			\
	row(templates, "templates", "template records in them")		\
	row(option_records, "option_records", "option records in them")	\
	row(errors, "errors", "sends that failed")			\
	row(icmp_errors, "icmp_errors", "ICMP errors that came back")	\
	row(refused_packets, "refused_packets",				\
	    "packets answered by one that says that nobody listens there") \
	row(too_big, "too_big",						\
	    "those that said that a packet was too big for the path")	\
	row(filtered, "filtered",					\
	    "packets that a local packet filter dropped")		\
	row(lost_packets, "lost_packets", "export packets given up")	\
	row(lost_records, "lost_records", "data records in them")

/* What a row becomes: a constant, a member, a name. */
#define NST_ROW_ID(_id, _name, _meaning)	NST_##_id,
#define NST_ROW_MEMBER(_id, _name, _meaning)	u64 _id;
#define NST_ROW_NAME(_id, _name, _meaning)	_name,
#define NST_ROW_ONE(_id, _name, _meaning)	+ 1

#define NST_HOST_COUNTERS	(0 NST_HOST_ROWS(NST_ROW_ONE))

enum nst_skip {
	NST_SKIP_ROWS(NST_ROW_ID)
	NST_SKIP_MAX
};

enum nst_malformed {
	NST_MALFORMED_NONE,
	NST_MALFORMED_ROWS(NST_ROW_ID)
	NST_MALFORMED_MAX
};

enum nst_lost {
	NST_LOST_ROWS(NST_ROW_ID)
	NST_LOST_MAX
};

enum nst_end {
	NST_END_NONE,
	NST_END_ROWS(NST_ROW_ID)
	NST_END_MAX
};

enum nst_count {
	NST_COUNT_ROWS(NST_ROW_ID)
	NST_COUNT_MAX
};

#endif /* _NST_STATS_H */
