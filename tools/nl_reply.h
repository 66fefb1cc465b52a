/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the module replies, as plain structs.
 *
 * Functions that can fail return 0, or -1 with the failure filled in.  Listings
 * call @each for each object; what it is handed is only valid during the call.
 */
#ifndef NS_NL_REPLY_H
#define NS_NL_REPLY_H

#include "config_model.h"

/**
 * struct count - an amount of traffic
 * @name: what is counted, in lists
 * @flows: flows
 * @packets: packets
 * @bytes: bytes
 */
struct count {
	char		name[64];
	uint64_t	flows;
	uint64_t	packets;
	uint64_t	bytes;
};

typedef VEC(struct count) counts;

/**
 * struct stats - the accounts, see &enum netstream_stats_attr
 * @generation: of the running configuration
 */
struct stats {
	uint32_t	generation;
	struct count	metered;
	struct count	exported;
	struct count	cached;
	struct count	pending;
	struct count	lost;
	counts		lost_by_cause;
	counts		skipped;
	counts		malformed;
	counts		ended;
	uint64_t	created;
	uint32_t	max_flows;
	uint64_t	memory;
	uint64_t	timer_worst;
};

/**
 * struct host_status - a collector and what it was sent, see &enum netstream_host_attr
 * @host: as configured; the version is the one in effect
 * @view_slot: the slot in whose view it is configured, negative: the system view
 */
struct host_status {
	struct host	host;
	int		view_slot;
	unsigned int	slot;
	unsigned int	state;
	unsigned int	error;
	uint64_t	packets;
	uint64_t	records;
	uint64_t	bytes;
	uint64_t	templates;
	uint64_t	errors;
	uint64_t	icmp_errors;
	uint64_t	too_big;
	uint64_t	filtered;
	uint64_t	lost_packets;
	uint64_t	lost_records;
	uint32_t	queued;
	struct address	source;
	uint16_t	source_port;
};

struct template_field {
	unsigned int	type;
	unsigned int	length;
	unsigned int	field;
};

struct template_status {
	char		record[NETSTREAM_RECORD_NAME_MAX + 1];
	unsigned int	slot;
	unsigned int	version;
	unsigned int	id;
	unsigned int	length;
	uint64_t	sent;
	uint64_t	failed;
	VEC(struct template_field) fields;
};

struct record_status {
	struct record	record;
	unsigned int	state;
	uint64_t	flows;
	uint64_t	created;
	uint32_t	flow_bytes;
};

struct interface_status {
	struct interface interface;
	uint32_t	ifindex;
	unsigned int	slot;
	uint64_t	seen[2];
	uint64_t	packets[2];
	uint64_t	bytes[2];
};

#define FLOW_KEYS (NETSTREAM_FLOW_A_MAX - NETSTREAM_FLOW_A_SRC_ADDR + 1)

/**
 * struct flow - a flow, see &enum netstream_flow_attr
 * @has: bit n: it has the key n after NETSTREAM_FLOW_A_SRC_ADDR
 * @number: keys that are numbers
 */
struct flow {
	char		record[NETSTREAM_RECORD_NAME_MAX + 1];
	uint8_t		slot;
	uint8_t		tcp_flags;
	uint32_t	cpu;
	uint64_t	packets;
	uint64_t	bytes;
	uint64_t	first;
	uint64_t	last;
	uint32_t	has;
	uint32_t	number[FLOW_KEYS];
	struct in6_addr	source;
	struct in6_addr	destination;
	struct in6_addr	next_hop;
	struct in6_addr	bgp_next_hop;
};

static inline bool flow_has(const struct flow *f, int attr)
{
	return f->has & 1u << (attr - NETSTREAM_FLOW_A_SRC_ADDR);
}

static inline uint32_t flow_number(const struct flow *f, int attr)
{
	return f->number[attr - NETSTREAM_FLOW_A_SRC_ADDR];
}

int nl_reset(unsigned int what, struct failure *why);
int nl_refresh(struct failure *why);
int nl_stats(struct stats *st, struct failure *why);
int nl_hosts(void (*each)(const struct host_status *, void *), void *arg, struct failure *why);
int nl_templates(void (*each)(const struct template_status *, void *), void *arg,
		 struct failure *why);
int nl_records(void (*each)(const struct record_status *, void *), void *arg,
	       struct failure *why);
int nl_interfaces(void (*each)(const struct interface_status *, void *), void *arg,
		  struct failure *why);
int nl_flows(const char *record, void (*each)(const struct flow *, void *), void *arg,
	     struct failure *why);

#endif
