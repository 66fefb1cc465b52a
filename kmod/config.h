/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration of one network namespace: an immutable object, built from one
 * netlink message.  The plan that is derived from it has a reference.
 */
#ifndef _NST_CONFIG_H
#define _NST_CONFIG_H

#include <linux/if.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netstream.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>

#include "account.h"
#include "record.h"
#include "sampler.h"

struct nlattr;

/* Most records in effect at once: the applied ones, original, and those of monitors. */
#define NST_ACTIVE_MAX	(NETSTREAM_APPLIED_MAX + 1 + NETSTREAM_MONITOR_RECORDS_MAX)

/* The sampler ID that stands for "every packet", the default. */
#define NST_SAMPLER_ID_ALL	1

/**
 * nst_config_sampler_id - the number of a sampler in option records and in flows
 * @def: sampler of a plan
 *
 * Samplers with the same mode and interval have the same.
 *
 * Context: any.
 */
static inline u16 nst_config_sampler_id(const struct nst_sampler_def *def)
{
	return def->id ?: NST_SAMPLER_ID_ALL;
}

/**
 * struct nst_host_def - a collector, as configured
 * @family: AF_INET or AF_INET6
 * @addr4: its address, network byte order
 * @addr6: its address
 * @port: its UDP port, host byte order
 * @version: &enum netstream_version; 0: the version of the system view
 * @dscp: 0..63
 * @vrf: name of the VRF device, empty for none
 *
 * Two definitions with the same family, address, port and VRF are the same host.
 */
struct nst_host_def {
	u16		family;
	union {
		struct in_addr	addr4;
		struct in6_addr	addr6;
	};
	u16		port;
	u8		version;
	u8		dscp;
	char		vrf[IFNAMSIZ];
};

/**
 * struct nst_slot_def - a slot view, as configured
 * @id: its number, the Source ID of its streams
 * @sequence_flow: the v9 sequence counts data records
 * @nhosts: number of hosts; 0: the hosts of the system view are used
 * @host: hosts
 */
struct nst_slot_def {
	u8			id;
	bool			sequence_flow;
	unsigned int		nhosts;
	struct nst_host_def	*host;
};

/**
 * struct nst_port_def - an interface in a slot
 * @name: name of the interface
 * @at: offset of its attribute in the request
 * @slot: number of the slot
 */
struct nst_port_def {
	char			name[IFNAMSIZ];
	u32			at;
	u8			slot;
};

/**
 * enum nst_if_metering - metering of one direction in an interface view
 * @NST_IF_INHERIT: not configured here: the view "all" decides
 * @NST_IF_ON: metered
 * @NST_IF_OFF: not metered
 */
enum nst_if_metering {
	NST_IF_INHERIT,
	NST_IF_ON,
	NST_IF_OFF,
};

/**
 * struct nst_if_def - an interface view, as configured
 * @name: name of the interface, or "all"
 * @at: offset of its attribute in the request
 * @metering: &enum nst_if_metering, by direction
 * @monitors: monitors that are attached, by direction: mask of indices in struct
 *	nst_config.monitor
 * @sampler: samplers by direction; mode 0: not configured here
 */
struct nst_if_def {
	char			name[IFNAMSIZ];
	u32			at;
	u8			metering[2];
	u16			monitors[2];
	struct nst_sampler_def	sampler[2];
};

static_assert(NETSTREAM_MONITORS_MAX <= 16);

/**
 * struct nst_if_rule - what is in effect for one direction of an interface
 * @metered: packets are metered
 * @sampler: sampler that selects them; mode 0: all packets are selected
 */
struct nst_if_rule {
	bool			metered;
	struct nst_sampler_def	sampler;
};

/**
 * struct nst_source - source address and port of export packets of one family
 * @set: it is configured
 * @addr4: IPv4 address
 * @addr6: IPv6 address
 * @port: UDP port, host byte order
 */
struct nst_source {
	bool			set;
	union {
		struct in_addr	addr4;
		struct in6_addr	addr6;
	};
	u16			port;
};

/**
 * struct nst_monitor_def - a monitor, as configured
 * @name: its name
 * @nrecords: number of records; 0: original flows
 * @record: indices of its records in struct nst_config.record
 * @source4: source of packets to IPv4 collectors; not set: that of the system view
 * @source6: the same for IPv6
 * @active: active timeout, seconds; 0: that of the system view
 * @inactive: inactive timeout, seconds; 0: that of the system view
 * @max_flows: bound on its flows in the cache; 0: only that of all flows
 * @sampler: samplers by direction; mode 0: every packet
 * @nhosts: number of hosts
 * @host: hosts
 */
struct nst_monitor_def {
	char			name[NETSTREAM_MONITOR_NAME_MAX + 1];
	unsigned int		nrecords;
	unsigned int		record[NETSTREAM_MONITOR_RECORDS_MAX];
	struct nst_source	source4;
	struct nst_source	source6;
	u32			active;
	u32			inactive;
	u32			max_flows;
	struct nst_sampler_def	sampler[2];
	unsigned int		nhosts;
	struct nst_host_def	*host;
};

/**
 * enum nst_option - kinds of option records, each of which can be switched on and off
 * @NST_OPTION_SAMPLER: samplers and sampling rates
 * @NST_OPTION_INTERFACE: names of interfaces
 * @NST_OPTION_VRF: names of VRFs
 * @NST_OPTION_STATS: what was exported and what was not, and when the system started
 * @NST_OPTION_MAX: number of kinds
 */
enum nst_option {
	NST_OPTION_SAMPLER,
	NST_OPTION_INTERFACE,
	NST_OPTION_VRF,
	NST_OPTION_STATS,
	NST_OPTION_MAX
};

/**
 * struct nst_config - a configuration
 * @ref: references: the plan's, and that of a commit which may be undone
 * @version: &enum netstream_version of the streams
 * @as_type: &enum netstream_as_type
 * @bgp_nexthop: whether BGP next hops are reported
 * @mask: &enum netstream_mask: where prefix lengths come from
 * @as_mode: &enum netstream_width of AS numbers
 * @index_switch: &enum netstream_width of interface indices
 * @template_timeout: minutes between template packets
 * @template_packets: export packets between template packets; 0: no limit
 * @option: which option records are exported, by &enum nst_option
 * @option_timeout: minutes between option records, by &enum nst_option
 * @option_template_timeout: minutes between templates of options
 * @option_template_packets: packets between templates of options, 0: any number
 * @source_id: upper 24 bits of Source IDs; the slot is the lower 8
 * @source4: source of packets to IPv4 collectors
 * @source6: source of packets to IPv6 collectors
 * @flex_active: seconds, active timeout of flexible flows
 * @flex_inactive: seconds, their inactive timeout
 * @original_active: seconds, active timeout of original flows
 * @original_inactive: seconds, their inactive timeout
 * @tcp_linger: inactive timeout of flows in which FIN or RST was seen, seconds; 0 ends
 *	them at once
 * @srv6_inner: meter the IPv6 packet inside segment routing
 * @ipsec_inner: meter the packets inside IPsec by policy
 * @flexible_ipfix: IPFIX hosts get the flows of applied records, not original flows
 * @tcp_flag: TCP flags are part of the key of original flows
 * @max_flows: bound on flows in the cache
 * @max_flows_at: attribute of @max_flows, or %NULL; valid only while the request
 *	exists, see nst_config_nl_bound()
 * @sampler: samplers of the system view, by direction
 * @nmanagement: number of management interfaces
 * @management: their names
 * @nrecords: number of records
 * @record: records as configured
 * @napplied: number of applied records
 * @applied: indices of the applied records in @record
 * @nhosts: number of hosts of the system view
 * @host: hosts of the system view
 * @nslots: number of slots
 * @slot: slot views, in the order of the request
 * @nports: number of ports in all slots
 * @port: ports of all slots, sorted by name
 * @nmonitors: number of monitors
 * @monitor: monitors
 * @nifs: number of interface views
 * @ifs: interface views, sorted by name
 * @attrs: copy of the request's top-level attributes, for CONFIG_GET
 * @attrs_len: length of @attrs in bytes
 */
struct nst_config {
	refcount_t		ref;
	u8			version;
	u8			as_type;
	bool			bgp_nexthop;
	u8			mask;
	u8			as_mode;
	u8			index_switch;
	u32			template_timeout;
	u32			template_packets;
	u8			option[NST_OPTION_MAX];
	u32			option_timeout[NST_OPTION_MAX];
	u32			option_template_timeout;
	u32			option_template_packets;
	u32			source_id;
	struct nst_source	source4;
	struct nst_source	source6;
	u32			flex_active;
	u32			flex_inactive;
	u32			original_active;
	u32			original_inactive;
	u32			tcp_linger;
	bool			srv6_inner;
	bool			ipsec_inner;
	bool			flexible_ipfix;
	bool			tcp_flag;
	u32			max_flows;
	const struct nlattr	*max_flows_at;
	struct nst_sampler_def	sampler[2];
	unsigned int		nmanagement;
	char			management[NETSTREAM_MANAGEMENT_MAX][IFNAMSIZ];
	unsigned int		nrecords;
	struct nst_record_def	*record;
	unsigned int		napplied;
	unsigned int		applied[NETSTREAM_APPLIED_MAX];
	unsigned int		nhosts;
	struct nst_host_def	*host;
	unsigned int		nslots;
	struct nst_slot_def	*slot;
	unsigned int		nports;
	struct nst_port_def	*port;
	unsigned int		nmonitors;
	struct nst_monitor_def	*monitor;
	unsigned int		nifs;
	struct nst_if_def	*ifs;
	struct nlattr		*attrs;
	size_t			attrs_len;
};

/**
 * struct nst_config_scalar - a number of the system view
 * @attr: &enum netstream_system_attr, of type u8, u16 or u32 as @size says
 * @size: bytes of the attribute and of the number in struct nst_config
 * @offset: of the number in struct nst_config
 * @min: smallest value
 * @max: largest value
 * @preset: default
 * @refusal: extack text for a value out of range
 */
struct nst_config_scalar {
	u8		attr;
	u8		size;
	u16		offset;
	u32		min;
	u32		max;
	u32		preset;
	const char	*refusal;
};

extern const struct nst_config_scalar nst_config_scalar[];
extern const unsigned int nst_config_scalars;

void nst_config_set_scalar(struct nst_config *cfg,
			   const struct nst_config_scalar *s, u32 value);
struct nst_config *nst_config_default(void);
void nst_config_free(struct nst_config *cfg);
struct nst_config *nst_config_get(const struct nst_config *cfg);
void nst_config_put(struct nst_config *cfg);
bool nst_config_has_slot(const struct nst_config *cfg, u8 id);
const struct nst_slot_def *nst_config_slot(const struct nst_config *cfg, u8 id);
u8 nst_config_slot_of(const struct nst_config *cfg, const char *ifname);
unsigned int nst_config_if_at(const struct nst_config *cfg, const char *name);
const struct nst_if_def *nst_config_if(const struct nst_config *cfg,
				       const char *name);
void nst_config_if_rule(const struct nst_config *cfg, const char *name,
			bool in_all, enum netstream_direction dir,
			struct nst_if_rule *rule);
void nst_config_hosts(const struct nst_config *cfg, u8 slot,
		      const struct nst_host_def **host, unsigned int *nhosts);
const struct nst_record_def *nst_config_original(const struct nst_config *cfg);
bool nst_config_record_in_effect(const struct nst_config *cfg);
bool nst_config_meters(const struct nst_config *cfg,
		       enum netstream_direction dir);
int nst_config_monitor(const struct nst_config *cfg, const char *name);
u16 nst_config_attached(const struct nst_config *cfg, const char *name, bool in_all,
			enum netstream_direction dir);
bool nst_config_attaches(const struct nst_config *cfg, enum netstream_direction dir);

#endif /* _NST_CONFIG_H */
