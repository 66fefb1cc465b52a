/* SPDX-License-Identifier: GPL-2.0 */
/* What the module answers, as plain structs; times and states as it gives them. */
#ifndef NS_REPLY_H
#define NS_REPLY_H

#include <string.h>

#include "model.h"

/**
 * struct count - an amount of traffic
 * @name: what is counted, in lists
 * @flows: flows
 * @packets: packets
 * @bytes: bytes
 * @value: what is none of these
 */
struct count {
	char		name[64];
	uint64_t	flows;
	uint64_t	packets;
	uint64_t	bytes;
	uint64_t	value;
};

typedef VEC(struct count) counts;

/* A count by its name; 0 if there is none. */
static inline uint64_t counts_value(const counts *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (!strcmp(list->v[i].name, name))
			return list->v[i].value;
	return 0;
}

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
	counts		counts;
	uint32_t	max_flows;
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
	counts		counts;
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

/**
 * struct flow - a flow, see &enum netstream_flow_attr
 * @has: which fields it has
 * @number: fields that are numbers
 */
struct flow {
	char		record[NETSTREAM_RECORD_NAME_MAX + 1];
	uint8_t		slot;
	uint32_t	cpu;
	uint64_t	packets;
	uint64_t	bytes;
	uint64_t	first;
	uint64_t	last;
	bool		has[NETSTREAM_FIELD_MAX + 1];
	uint64_t	number[NETSTREAM_FIELD_MAX + 1];
	struct in6_addr	source;
	struct in6_addr	destination;
	struct in6_addr	next_hop;
	struct in6_addr	bgp_next_hop;
};

static inline bool flow_has(const struct flow *f, int field)
{
	return f->has[field];
}

static inline uint64_t flow_number(const struct flow *f, int field)
{
	return f->number[field];
}

#endif
