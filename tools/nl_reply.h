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
 * struct count - an amount of traffic, or another count
 * @name: what is counted, in lists
 * @flows: flows
 * @packets: packets
 * @bytes: bytes
 * @value: the count, if it is none of the three
 */
struct count {
	char		name[64];
	uint64_t	flows;
	uint64_t	packets;
	uint64_t	bytes;
	uint64_t	value;
};

typedef VEC(struct count) counts;

struct nlattr;

void count_decode(struct count *c, struct nlattr *nest);

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
	counts		others;
	uint32_t	max_flows;
};

/**
 * struct monitor_status - a monitor, see &enum netstream_monitor_attr
 * @name: its name
 * @source_id: Source ID of its streams
 * @records: names of its records
 * @interfaces: interfaces that it is attached to
 * @hosts: its collectors
 * @stats: its accounts; those of a namespace that a monitor does not have are 0
 */
struct monitor_status {
	char		name[NETSTREAM_MONITOR_NAME_MAX + 1];
	uint32_t	source_id;
	names		records;
	uint32_t	interfaces;
	uint32_t	hosts;
	struct stats	stats;
};

/**
 * struct host_status - a collector and what it was sent, see &enum netstream_host_attr
 * @host: as configured; the version is the one in effect
 * @in_slot: it is configured in the view of @slot rather than in the system view
 * @monitor: monitor in whose view it is configured; empty: none
 */
struct host_status {
	struct host	host;
	bool		in_slot;
	char		monitor[NETSTREAM_MONITOR_NAME_MAX + 1];
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

/* See &enum netstream_template_attr. */
struct template_status {
	char		record[NETSTREAM_RECORD_NAME_MAX + 1];
	char		monitor[NETSTREAM_MONITOR_NAME_MAX + 1];
	unsigned int	slot;
	unsigned int	version;
	unsigned int	id;
	unsigned int	length;
	uint64_t	sent;
	uint64_t	failed;
	VEC(struct template_field) fields;
};

/* See &enum netstream_record_attr. */
struct record_status {
	struct record	record;
	unsigned int	state;
	uint64_t	flows;
	uint64_t	created;
	uint32_t	flow_bytes;
};

/* See &enum netstream_if_attr; the metering in @interface is what is in effect. */
struct interface_status {
	struct interface interface;
	uint32_t	ifindex;
	unsigned int	slot;
	uint64_t	seen[2];
	uint64_t	packets[2];
	uint64_t	bytes[2];
};

/**
 * struct slot_record - a record's flows of a slot, see &enum netstream_slot_record_attr
 * @name: name of the record
 */
struct slot_record {
	char		name[NETSTREAM_RECORD_NAME_MAX + 1];
	uint64_t	created;
	uint64_t	current;
	uint64_t	ended;
	uint64_t	exported_packets;
	uint64_t	exported_flows;
};

/**
 * struct slot_stats - statistics of a slot, see &enum netstream_slot_stats_attr
 * @seen: by direction, as @packets and @bytes
 */
struct slot_stats {
	unsigned int	slot;
	uint64_t	seen[2];
	uint64_t	packets[2];
	uint64_t	bytes[2];
	VEC(struct slot_record) records;
};

/* See &enum netstream_option_template_attr. */
struct option_template_status {
	char		name[64];
	unsigned int	version;
	unsigned int	id;
	uint64_t	sent;
	uint64_t	failed;
};

/**
 * struct flow_value - the value of a field of a flow
 * @field: &enum netstream_field
 * @number: the value, unless it has 16 bytes
 * @address: the value, if it has 16 bytes: an address or text
 */
struct flow_value {
	unsigned int	field;
	union {
		uint64_t	number;
		struct in6_addr	address;
	};
};

/**
 * struct flow - a flow, see &enum netstream_flow_attr
 * @monitor: the monitor that meters it; empty: the system, and @slot counts
 * @flows: 1, or how many were added up
 * @values: number of @value
 * @value: what its record matches or collects, in any order
 */
struct flow {
	char			record[NETSTREAM_RECORD_NAME_MAX + 1];
	char			monitor[NETSTREAM_MONITOR_NAME_MAX + 1];
	uint8_t			slot;
	uint32_t		cpu;
	uint64_t		flows;
	uint64_t		packets;
	uint64_t		bytes;
	uint64_t		first;
	uint64_t		last;
	size_t			values;
	struct flow_value	value[];
};

const struct flow_value *flow_value(const struct flow *f, unsigned int field);

void host_status_decode(struct host_status *h, struct nlattr *nest);
void template_status_decode(struct template_status *t, struct nlattr *nest);
void interface_status_decode(struct interface_status *i, struct nlattr *nest);

int nl_reset(unsigned int what, int slot, struct failure *why);
int nl_refresh(struct failure *why);
int nl_stats(struct stats *st, struct failure *why);
void nl_stats_free(struct stats *st);
int nl_slot_stats(struct slot_stats *st, struct failure *why);
void nl_slot_stats_free(struct slot_stats *st);
int nl_option_templates(void (*each)(const struct option_template_status *, void *), void *arg,
			struct failure *why);
int nl_hosts(void (*each)(const struct host_status *, void *), void *arg, struct failure *why);
int nl_templates(void (*each)(const struct template_status *, void *), void *arg,
		 struct failure *why);
int nl_monitors(void (*each)(const struct monitor_status *, void *), void *arg,
		struct failure *why);
int nl_records(void (*each)(const struct record_status *, void *), void *arg,
	       struct failure *why);
int nl_interfaces(void (*each)(const struct interface_status *, void *), void *arg,
		  struct failure *why);
int nl_flows(const char *record, void (*each)(const struct flow *, void *), void *arg,
	     struct failure *why);

#endif
