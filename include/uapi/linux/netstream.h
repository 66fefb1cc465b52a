/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * netstream: IPv6 flexible flows, exported as NetFlow version 9 (RFC 3954) or
 * IPFIX (RFC 7011).
 *
 * The generic netlink family "netstream", version 1.
 *
 * Every request concerns the network namespace of the socket it arrives on.
 * Requests that change something need CAP_NET_ADMIN in the user namespace that
 * owns that network namespace; so do those that show flows.  Every command is
 * strictly validated: an
 * attribute that a command does not list is refused.  A refusal carries
 * extended ACK text and the offset of the offending attribute.
 *
 * Byte order: attributes are in host byte order unless the comment says
 * "network byte order".
 */
#ifndef _UAPI_LINUX_NETSTREAM_H
#define _UAPI_LINUX_NETSTREAM_H

#include <linux/types.h>

#define NETSTREAM_GENL_NAME		"netstream"
#define NETSTREAM_GENL_VERSION		1

/* Limits, in the units of the attribute they bound. */
#define NETSTREAM_RECORD_NAME_MAX	32	/* characters */
#define NETSTREAM_DESCRIPTION_MAX	80	/* characters */
#define NETSTREAM_RECORDS_MAX		64	/* records defined in a namespace */
#define NETSTREAM_APPLIED_MAX		8	/* records applied at once */
#define NETSTREAM_FIELDS_MAX		40	/* match and collect fields of a record */
#define NETSTREAM_HOSTS_MAX		32	/* hosts in the system view, and in each slot */
#define NETSTREAM_SLOT_MAX		255	/* slot numbers 0..255 */
#define NETSTREAM_MANAGEMENT_MAX	8	/* management interfaces */
#define NETSTREAM_INTERFACES_MAX	16384	/* interface views */
#define NETSTREAM_SOURCE_PORT_DEFAULT	40000
#define NETSTREAM_FLOWS_MIN		16
#define NETSTREAM_FLOWS_MAX		(64 * 1024 * 1024)

/**
 * enum netstream_cmd - commands of the family
 * @NETSTREAM_CMD_UNSPEC: never used
 * @NETSTREAM_CMD_CONFIG_SET: Replace the whole configuration, or with
 *	%NETSTREAM_A_CHECK only validate it.  Privileged.  The request holds the complete new
 *	configuration: at most one %NETSTREAM_A_SYSTEM and any number of
 *	%NETSTREAM_A_RECORD, %NETSTREAM_A_SLOT, %NETSTREAM_A_HOST and
 *	%NETSTREAM_A_INTERFACE, in any order.  What is absent has its default.
 *	With %NETSTREAM_A_GENERATION the request is refused with ESTALE when
 *	the running configuration has another generation.  It takes effect
 *	whole or not at all.
 * @NETSTREAM_CMD_CONFIG_GET: Dump.  The running configuration, in messages
 *	that each carry %NETSTREAM_A_GENERATION and some of the attributes that a
 *	%NETSTREAM_CMD_CONFIG_SET would need to make it.  NLM_F_DUMP_INTR is
 *	set when it changed meanwhile.
 * @NETSTREAM_CMD_STATS_GET: One reply: %NETSTREAM_A_GENERATION and
 *	%NETSTREAM_A_STATS.
 * @NETSTREAM_CMD_HOST_GET: Dump, a message a host: %NETSTREAM_A_HOST.
 * @NETSTREAM_CMD_TEMPLATE_GET: Dump, a message a template: %NETSTREAM_A_TEMPLATE.
 * @NETSTREAM_CMD_RECORD_GET: Dump, a message a record: %NETSTREAM_A_RECORD; the
 *	built-in record "original" is listed first.
 * @NETSTREAM_CMD_INTERFACE_GET: Dump, a message an interface that is being
 *	metered: %NETSTREAM_A_INTERFACE.
 * @NETSTREAM_CMD_FLOW_GET: Dump, a message a flow: %NETSTREAM_A_FLOW.  Privileged.  With
 *	%NETSTREAM_A_RECORD_NAME only flows of that record.  The cache changes
 *	while it is listed: each flow is listed whole, and at most once a CPU.
 * @NETSTREAM_CMD_RESET: %NETSTREAM_A_RESET says what.  Privileged.
 * @NETSTREAM_CMD_TEMPLATE_REFRESH: Send all templates to all hosts now.  Privileged.
 * @__NETSTREAM_CMD_MAX: one more than the last command
 * @NETSTREAM_CMD_MAX: the last command
 */
enum netstream_cmd {
	NETSTREAM_CMD_UNSPEC,
	NETSTREAM_CMD_CONFIG_SET,
	NETSTREAM_CMD_CONFIG_GET,
	NETSTREAM_CMD_STATS_GET,
	NETSTREAM_CMD_HOST_GET,
	NETSTREAM_CMD_TEMPLATE_GET,
	NETSTREAM_CMD_RECORD_GET,
	NETSTREAM_CMD_INTERFACE_GET,
	NETSTREAM_CMD_FLOW_GET,
	NETSTREAM_CMD_RESET,
	NETSTREAM_CMD_TEMPLATE_REFRESH,

	__NETSTREAM_CMD_MAX,
	NETSTREAM_CMD_MAX = __NETSTREAM_CMD_MAX - 1
};

/**
 * enum netstream_attr - attributes of every message
 * @NETSTREAM_A_UNSPEC: never used
 * @NETSTREAM_A_PAD: padding of 64-bit attributes
 * @NETSTREAM_A_GENERATION: u32.  Number of the configuration; every commit that
 *	changes something makes a new one.  Never 0.
 * @NETSTREAM_A_CHECK: flag.  Validate, change nothing.
 * @NETSTREAM_A_SYSTEM: nest of &enum netstream_system_attr
 * @NETSTREAM_A_RECORD: nest of &enum netstream_record_attr, any number
 * @NETSTREAM_A_SLOT: nest of &enum netstream_slot_attr, any number
 * @NETSTREAM_A_HOST: nest of &enum netstream_host_attr, any number
 * @NETSTREAM_A_INTERFACE: nest of &enum netstream_if_attr, any number
 * @NETSTREAM_A_STATS: nest of &enum netstream_stats_attr
 * @NETSTREAM_A_TEMPLATE: nest of &enum netstream_template_attr
 * @NETSTREAM_A_FLOW: nest of &enum netstream_flow_attr
 * @NETSTREAM_A_RECORD_NAME: string.  Selects flows of one record.
 * @NETSTREAM_A_RESET: u32, mask of &enum netstream_reset
 * @__NETSTREAM_A_MAX: one more than the last attribute
 * @NETSTREAM_A_MAX: the last attribute
 */
enum netstream_attr {
	NETSTREAM_A_UNSPEC,
	NETSTREAM_A_PAD,
	NETSTREAM_A_GENERATION,
	NETSTREAM_A_CHECK,
	NETSTREAM_A_SYSTEM,
	NETSTREAM_A_RECORD,
	NETSTREAM_A_SLOT,
	NETSTREAM_A_HOST,
	NETSTREAM_A_INTERFACE,
	NETSTREAM_A_STATS,
	NETSTREAM_A_TEMPLATE,
	NETSTREAM_A_FLOW,
	NETSTREAM_A_RECORD_NAME,
	NETSTREAM_A_RESET,

	__NETSTREAM_A_MAX,
	NETSTREAM_A_MAX = __NETSTREAM_A_MAX - 1
};

/**
 * enum netstream_version - format of a stream
 * @NETSTREAM_VERSION_9: NetFlow version 9, RFC 3954
 * @NETSTREAM_VERSION_IPFIX: IPFIX, RFC 7011 (version 10 on the wire)
 */
enum netstream_version {
	NETSTREAM_VERSION_9 = 9,
	NETSTREAM_VERSION_IPFIX = 10,
};

/**
 * enum netstream_as_type - which AS number SRC_AS and DST_AS carry
 * @NETSTREAM_AS_NONE: none: 0 where matched, absent where not
 * @NETSTREAM_AS_ORIGIN: the AS that originates the prefix
 * @NETSTREAM_AS_PEER: the neighbouring AS
 */
enum netstream_as_type {
	NETSTREAM_AS_NONE,
	NETSTREAM_AS_ORIGIN,
	NETSTREAM_AS_PEER,
};

/**
 * enum netstream_system_attr - system view
 * @NETSTREAM_SYSTEM_A_UNSPEC: never used
 * @NETSTREAM_SYSTEM_A_VERSION: u8, &enum netstream_version; default 9
 * @NETSTREAM_SYSTEM_A_AS_TYPE: u8, &enum netstream_as_type; default none
 * @NETSTREAM_SYSTEM_A_BGP_NEXTHOP: flag
 * @NETSTREAM_SYSTEM_A_TEMPLATE_TIMEOUT: u32 minutes, 1..3600; default 30
 * @NETSTREAM_SYSTEM_A_TEMPLATE_PACKETS: u32 packets, 0 (never)..65535; default 0
 * @NETSTREAM_SYSTEM_A_SOURCE4: IPv4 address, network byte order
 * @NETSTREAM_SYSTEM_A_SOURCE4_PORT: u16, 1..65535; default 40000
 * @NETSTREAM_SYSTEM_A_SOURCE6: IPv6 address
 * @NETSTREAM_SYSTEM_A_SOURCE6_PORT: u16, 1..65535; default 40000
 * @NETSTREAM_SYSTEM_A_FLEX_ACTIVE: u32 seconds, 1..3600; default 300.  Active
 *	timeout of flexible flows.
 * @NETSTREAM_SYSTEM_A_FLEX_INACTIVE: u32 seconds, 1..3600; default 300
 * @NETSTREAM_SYSTEM_A_ORIGINAL_ACTIVE: u32 seconds, 1..3600; default 1800.
 *	Active timeout of original flows.
 * @NETSTREAM_SYSTEM_A_ORIGINAL_INACTIVE: u32 seconds, 1..3600; default 30
 * @NETSTREAM_SYSTEM_A_MAX_FLOWS: u32, %NETSTREAM_FLOWS_MIN..%NETSTREAM_FLOWS_MAX;
 *	default: the module parameter max_flows
 * @NETSTREAM_SYSTEM_A_APPLY: string, name of a record to apply; any number up
 *	to %NETSTREAM_APPLIED_MAX
 * @NETSTREAM_SYSTEM_A_MANAGEMENT: string, name of an interface that export
 *	packets never leave through; any number up to %NETSTREAM_MANAGEMENT_MAX
 * @NETSTREAM_SYSTEM_A_SAMPLER: nest of &enum netstream_sampler_attr; at most one a direction
 * @__NETSTREAM_SYSTEM_A_MAX: one more than the last attribute
 * @NETSTREAM_SYSTEM_A_MAX: the last attribute
 */
enum netstream_system_attr {
	NETSTREAM_SYSTEM_A_UNSPEC,
	NETSTREAM_SYSTEM_A_VERSION,
	NETSTREAM_SYSTEM_A_AS_TYPE,
	NETSTREAM_SYSTEM_A_BGP_NEXTHOP,
	NETSTREAM_SYSTEM_A_TEMPLATE_TIMEOUT,
	NETSTREAM_SYSTEM_A_TEMPLATE_PACKETS,
	NETSTREAM_SYSTEM_A_SOURCE4,
	NETSTREAM_SYSTEM_A_SOURCE4_PORT,
	NETSTREAM_SYSTEM_A_SOURCE6,
	NETSTREAM_SYSTEM_A_SOURCE6_PORT,
	NETSTREAM_SYSTEM_A_FLEX_ACTIVE,
	NETSTREAM_SYSTEM_A_FLEX_INACTIVE,
	NETSTREAM_SYSTEM_A_ORIGINAL_ACTIVE,
	NETSTREAM_SYSTEM_A_ORIGINAL_INACTIVE,
	NETSTREAM_SYSTEM_A_MAX_FLOWS,
	NETSTREAM_SYSTEM_A_APPLY,
	NETSTREAM_SYSTEM_A_MANAGEMENT,
	NETSTREAM_SYSTEM_A_SAMPLER,

	__NETSTREAM_SYSTEM_A_MAX,
	NETSTREAM_SYSTEM_A_MAX = __NETSTREAM_SYSTEM_A_MAX - 1
};

/**
 * enum netstream_direction - where a packet was seen, as in DIRECTION (61)
 * @NETSTREAM_INBOUND: arriving: local input or forwarded
 * @NETSTREAM_OUTBOUND: leaving
 */
enum netstream_direction {
	NETSTREAM_INBOUND,
	NETSTREAM_OUTBOUND,
};

/**
 * enum netstream_sampler_mode - which packets are looked at
 * @NETSTREAM_SAMPLER_FIX_PACKETS: the first of each N packets
 * @NETSTREAM_SAMPLER_RANDOM_PACKETS: a random one of each N packets
 * @NETSTREAM_SAMPLER_FIX_TIME: the first packet in each interval of N milliseconds
 */
enum netstream_sampler_mode {
	NETSTREAM_SAMPLER_FIX_PACKETS = 1,
	NETSTREAM_SAMPLER_RANDOM_PACKETS,
	NETSTREAM_SAMPLER_FIX_TIME,
};

/**
 * enum netstream_sampler_attr - a sampler
 * @NETSTREAM_SAMPLER_A_UNSPEC: never used
 * @NETSTREAM_SAMPLER_A_DIRECTION: u8, &enum netstream_direction; required
 * @NETSTREAM_SAMPLER_A_MODE: u8, &enum netstream_sampler_mode; required
 * @NETSTREAM_SAMPLER_A_INTERVAL: u32; required: 1..65535 packets, or 1..30000 ms
 * @__NETSTREAM_SAMPLER_A_MAX: one more than the last attribute
 * @NETSTREAM_SAMPLER_A_MAX: the last attribute
 */
enum netstream_sampler_attr {
	NETSTREAM_SAMPLER_A_UNSPEC,
	NETSTREAM_SAMPLER_A_DIRECTION,
	NETSTREAM_SAMPLER_A_MODE,
	NETSTREAM_SAMPLER_A_INTERVAL,

	__NETSTREAM_SAMPLER_A_MAX,
	NETSTREAM_SAMPLER_A_MAX = __NETSTREAM_SAMPLER_A_MAX - 1
};

/**
 * enum netstream_field - what a record can match or collect
 * @NETSTREAM_FIELD_UNSPEC: never used
 * @NETSTREAM_FIELD_SRC_ADDR: IPV6_SRC_ADDR (27), 16 bytes; a prefix length may be given
 * @NETSTREAM_FIELD_DST_ADDR: IPV6_DST_ADDR (28), 16 bytes; a prefix length may be given
 * @NETSTREAM_FIELD_SRC_MASK: IPV6_SRC_MASK (29), 1 byte: prefix length of the
 *	route to the source
 * @NETSTREAM_FIELD_DST_MASK: IPV6_DST_MASK (30), 1 byte
 * @NETSTREAM_FIELD_SRC_PORT: L4_SRC_PORT (7), 2 bytes; 0 for ICMPv6
 * @NETSTREAM_FIELD_DST_PORT: L4_DST_PORT (11), 2 bytes; type * 256 + code for ICMPv6
 * @NETSTREAM_FIELD_SRC_VLAN: SRC_VLAN (58), 2 bytes: tag on arrival, 0 for none
 * @NETSTREAM_FIELD_DST_VLAN: DST_VLAN (59), 2 bytes: tag on leaving
 * @NETSTREAM_FIELD_SRC_AS: SRC_AS (16), 4 bytes
 * @NETSTREAM_FIELD_DST_AS: DST_AS (17), 4 bytes
 * @NETSTREAM_FIELD_PROTOCOL: PROTOCOL (4), 1 byte: the last header of the chain
 * @NETSTREAM_FIELD_TOS: SRC_TOS (5), 1 byte: the whole traffic class
 * @NETSTREAM_FIELD_FLOW_LABEL: IPV6_FLOW_LABEL (31), 4 bytes
 * @NETSTREAM_FIELD_DIRECTION: DIRECTION (61), 1 byte
 * @NETSTREAM_FIELD_TCP_FLAG: TCP_FLAGS (6), 1 byte: of each packet when matched,
 *	OR over the flow when collected
 * @NETSTREAM_FIELD_INPUT_IF: INPUT_SNMP (10), 4 bytes: ifindex, 0 for none
 * @NETSTREAM_FIELD_OUTPUT_IF: OUTPUT_SNMP (14), 4 bytes
 * @NETSTREAM_FIELD_NEXT_HOP: IPV6_NEXT_HOP (62), 16 bytes; :: where there is none
 * @NETSTREAM_FIELD_BGP_NEXT_HOP: BGP_IPV6_NEXT_HOP (63), 16 bytes
 * @NETSTREAM_FIELD_PACKETS: IN_PKTS (2); collect only; width 16, 32 or 64 bits
 * @NETSTREAM_FIELD_BYTES: IN_BYTES (1); collect only; width 16, 32 or 64 bits:
 *	bytes from the IPv6 header on
 * @NETSTREAM_FIELD_FIRST: FIRST_SWITCHED (22), 4 bytes; collect only.  In
 *	IPFIX flowStartMilliseconds (152), 8 bytes
 * @NETSTREAM_FIELD_LAST: LAST_SWITCHED (21), 4 bytes; collect only.  In
 *	IPFIX flowEndMilliseconds (153), 8 bytes
 * @NETSTREAM_FIELD_END_REASON: flowEndReason (136), 1 byte; collect only
 * @__NETSTREAM_FIELD_MAX: one more than the last field
 * @NETSTREAM_FIELD_MAX: the last field
 */
enum netstream_field {
	NETSTREAM_FIELD_UNSPEC,
	NETSTREAM_FIELD_SRC_ADDR,
	NETSTREAM_FIELD_DST_ADDR,
	NETSTREAM_FIELD_SRC_MASK,
	NETSTREAM_FIELD_DST_MASK,
	NETSTREAM_FIELD_SRC_PORT,
	NETSTREAM_FIELD_DST_PORT,
	NETSTREAM_FIELD_SRC_VLAN,
	NETSTREAM_FIELD_DST_VLAN,
	NETSTREAM_FIELD_SRC_AS,
	NETSTREAM_FIELD_DST_AS,
	NETSTREAM_FIELD_PROTOCOL,
	NETSTREAM_FIELD_TOS,
	NETSTREAM_FIELD_FLOW_LABEL,
	NETSTREAM_FIELD_DIRECTION,
	NETSTREAM_FIELD_TCP_FLAG,
	NETSTREAM_FIELD_INPUT_IF,
	NETSTREAM_FIELD_OUTPUT_IF,
	NETSTREAM_FIELD_NEXT_HOP,
	NETSTREAM_FIELD_BGP_NEXT_HOP,
	NETSTREAM_FIELD_PACKETS,
	NETSTREAM_FIELD_BYTES,
	NETSTREAM_FIELD_FIRST,
	NETSTREAM_FIELD_LAST,
	NETSTREAM_FIELD_END_REASON,

	__NETSTREAM_FIELD_MAX,
	NETSTREAM_FIELD_MAX = __NETSTREAM_FIELD_MAX - 1
};

/**
 * enum netstream_record_state - whether a record is metered
 * @NETSTREAM_RECORD_IDLE: not applied
 * @NETSTREAM_RECORD_ACTIVE: metered
 * @NETSTREAM_RECORD_NOT_IN_EFFECT: applied, but not in effect: the system version is ipfix
 */
enum netstream_record_state {
	NETSTREAM_RECORD_IDLE,
	NETSTREAM_RECORD_ACTIVE,
	NETSTREAM_RECORD_NOT_IN_EFFECT,
};

/**
 * enum netstream_record_attr - a record
 * @NETSTREAM_RECORD_A_UNSPEC: never used
 * @NETSTREAM_RECORD_A_PAD: padding of 64-bit attributes
 * @NETSTREAM_RECORD_A_NAME: string, 1..%NETSTREAM_RECORD_NAME_MAX printable
 *	characters, no space; "original" is reserved; required
 * @NETSTREAM_RECORD_A_DESCRIPTION: string, up to %NETSTREAM_DESCRIPTION_MAX
 * @NETSTREAM_RECORD_A_MATCH: nest of &enum netstream_item_attr, any number, in order
 * @NETSTREAM_RECORD_A_COLLECT: nest of &enum netstream_item_attr, any number, in order
 * @NETSTREAM_RECORD_A_STATE: u8, &enum netstream_record_state; replies only
 * @NETSTREAM_RECORD_A_FLOWS: u64, flows in the cache now; replies only
 * @NETSTREAM_RECORD_A_CREATED: u64, flows made since the record was applied; replies only
 * @NETSTREAM_RECORD_A_FLOW_BYTES: u32, bytes of memory a flow takes; replies only
 * @__NETSTREAM_RECORD_A_MAX: one more than the last attribute
 * @NETSTREAM_RECORD_A_MAX: the last attribute
 */
enum netstream_record_attr {
	NETSTREAM_RECORD_A_UNSPEC,
	NETSTREAM_RECORD_A_PAD,
	NETSTREAM_RECORD_A_NAME,
	NETSTREAM_RECORD_A_DESCRIPTION,
	NETSTREAM_RECORD_A_MATCH,
	NETSTREAM_RECORD_A_COLLECT,
	NETSTREAM_RECORD_A_STATE,
	NETSTREAM_RECORD_A_FLOWS,
	NETSTREAM_RECORD_A_CREATED,
	NETSTREAM_RECORD_A_FLOW_BYTES,

	__NETSTREAM_RECORD_A_MAX,
	NETSTREAM_RECORD_A_MAX = __NETSTREAM_RECORD_A_MAX - 1
};

/**
 * enum netstream_item_attr - one field of a record
 * @NETSTREAM_ITEM_A_UNSPEC: never used
 * @NETSTREAM_ITEM_A_FIELD: u16, &enum netstream_field; required
 * @NETSTREAM_ITEM_A_PREFIX: u8, 1..128: match only this many leading bits of an
 *	address; default 128
 * @NETSTREAM_ITEM_A_WIDTH: u8 bits, 16, 32 or 64, of a counter; default 32
 * @__NETSTREAM_ITEM_A_MAX: one more than the last attribute
 * @NETSTREAM_ITEM_A_MAX: the last attribute
 */
enum netstream_item_attr {
	NETSTREAM_ITEM_A_UNSPEC,
	NETSTREAM_ITEM_A_FIELD,
	NETSTREAM_ITEM_A_PREFIX,
	NETSTREAM_ITEM_A_WIDTH,

	__NETSTREAM_ITEM_A_MAX,
	NETSTREAM_ITEM_A_MAX = __NETSTREAM_ITEM_A_MAX - 1
};

/**
 * enum netstream_slot_attr - a slot view
 * @NETSTREAM_SLOT_A_UNSPEC: never used
 * @NETSTREAM_SLOT_A_ID: u8, 0..255; required
 * @NETSTREAM_SLOT_A_SEQUENCE_FLOW: flag: the v9 sequence counts data records
 * @NETSTREAM_SLOT_A_PORT: string, name of an interface in the slot, any number;
 *	not in slot 0, which has all that are nowhere else
 * @NETSTREAM_SLOT_A_HOST: nest of &enum netstream_host_attr, any number
 * @__NETSTREAM_SLOT_A_MAX: one more than the last attribute
 * @NETSTREAM_SLOT_A_MAX: the last attribute
 */
enum netstream_slot_attr {
	NETSTREAM_SLOT_A_UNSPEC,
	NETSTREAM_SLOT_A_ID,
	NETSTREAM_SLOT_A_SEQUENCE_FLOW,
	NETSTREAM_SLOT_A_PORT,
	NETSTREAM_SLOT_A_HOST,

	__NETSTREAM_SLOT_A_MAX,
	NETSTREAM_SLOT_A_MAX = __NETSTREAM_SLOT_A_MAX - 1
};

/**
 * enum netstream_host_state - whether export packets leave for a host
 * @NETSTREAM_HOST_UP: they do
 * @NETSTREAM_HOST_NO_SOURCE: no source address of its family is configured
 * @NETSTREAM_HOST_NO_ADDRESS: the source address is not on this machine (yet)
 * @NETSTREAM_HOST_NO_VRF: the VRF device does not exist
 * @NETSTREAM_HOST_NO_ROUTE: there is no route to it
 * @NETSTREAM_HOST_MANAGEMENT: the route leaves through a management interface
 * @NETSTREAM_HOST_UNREACHABLE: ICMP says nobody listens there; packets are
 *	still sent
 * @NETSTREAM_HOST_ERROR: another error; %NETSTREAM_HOST_A_ERRNO has its number
 * @NETSTREAM_HOST_IDLE: its slot has sent nothing to it yet
 */
enum netstream_host_state {
	NETSTREAM_HOST_UP,
	NETSTREAM_HOST_NO_SOURCE,
	NETSTREAM_HOST_NO_ADDRESS,
	NETSTREAM_HOST_NO_VRF,
	NETSTREAM_HOST_NO_ROUTE,
	NETSTREAM_HOST_MANAGEMENT,
	NETSTREAM_HOST_UNREACHABLE,
	NETSTREAM_HOST_ERROR,
	NETSTREAM_HOST_IDLE,
};

/**
 * enum netstream_host_attr - a collector
 * @NETSTREAM_HOST_A_UNSPEC: never used
 * @NETSTREAM_HOST_A_PAD: padding of 64-bit attributes
 * @NETSTREAM_HOST_A_ADDR4: IPv4 address, network byte order; this or the next
 * @NETSTREAM_HOST_A_ADDR6: IPv6 address
 * @NETSTREAM_HOST_A_PORT: u16, 1..65535; required
 * @NETSTREAM_HOST_A_VRF: string, name of a VRF device
 * @NETSTREAM_HOST_A_VERSION: u8, &enum netstream_version; default: the system's.
 *	In replies always there: the version in effect.
 * @NETSTREAM_HOST_A_DSCP: u8, 0..63; default 0
 * @NETSTREAM_HOST_A_SLOT: u8; replies only: the slot whose stream this is
 * @NETSTREAM_HOST_A_STATE: u8, &enum netstream_host_state; replies only
 * @NETSTREAM_HOST_A_ERRNO: u32, positive errno of the last failed send; replies only
 * @NETSTREAM_HOST_A_PACKETS: u64, export packets sent; replies only
 * @NETSTREAM_HOST_A_RECORDS: u64, data records in them; replies only
 * @NETSTREAM_HOST_A_BYTES: u64, UDP payload bytes in them; replies only
 * @NETSTREAM_HOST_A_TEMPLATES: u64, template records in them; replies only
 * @NETSTREAM_HOST_A_ERRORS: u64, sends that failed; replies only
 * @NETSTREAM_HOST_A_ICMP_ERRORS: u64, ICMP errors that came back; replies only
 * @NETSTREAM_HOST_A_LOST_PACKETS: u64, export packets given up; replies only
 * @NETSTREAM_HOST_A_LOST_RECORDS: u64, data records in them; replies only
 * @NETSTREAM_HOST_A_QUEUED: u32, export packets waiting; replies only
 * @NETSTREAM_HOST_A_SOURCE4: IPv4 address they come from; replies only
 * @NETSTREAM_HOST_A_SOURCE6: IPv6 address they come from; replies only
 * @NETSTREAM_HOST_A_SOURCE_PORT: u16; replies only
 * @NETSTREAM_HOST_A_VIEW_SLOT: u8; replies only: present when the host is
 *	configured in that slot's view rather than in the system view
 * @__NETSTREAM_HOST_A_MAX: one more than the last attribute
 * @NETSTREAM_HOST_A_MAX: the last attribute
 */
enum netstream_host_attr {
	NETSTREAM_HOST_A_UNSPEC,
	NETSTREAM_HOST_A_PAD,
	NETSTREAM_HOST_A_ADDR4,
	NETSTREAM_HOST_A_ADDR6,
	NETSTREAM_HOST_A_PORT,
	NETSTREAM_HOST_A_VRF,
	NETSTREAM_HOST_A_VERSION,
	NETSTREAM_HOST_A_DSCP,
	NETSTREAM_HOST_A_SLOT,
	NETSTREAM_HOST_A_STATE,
	NETSTREAM_HOST_A_ERRNO,
	NETSTREAM_HOST_A_PACKETS,
	NETSTREAM_HOST_A_RECORDS,
	NETSTREAM_HOST_A_BYTES,
	NETSTREAM_HOST_A_TEMPLATES,
	NETSTREAM_HOST_A_ERRORS,
	NETSTREAM_HOST_A_ICMP_ERRORS,
	NETSTREAM_HOST_A_LOST_PACKETS,
	NETSTREAM_HOST_A_LOST_RECORDS,
	NETSTREAM_HOST_A_QUEUED,
	NETSTREAM_HOST_A_SOURCE4,
	NETSTREAM_HOST_A_SOURCE6,
	NETSTREAM_HOST_A_SOURCE_PORT,
	NETSTREAM_HOST_A_VIEW_SLOT,

	__NETSTREAM_HOST_A_MAX,
	NETSTREAM_HOST_A_MAX = __NETSTREAM_HOST_A_MAX - 1
};

/**
 * enum netstream_if_attr - an interface view
 * @NETSTREAM_IF_A_UNSPEC: never used
 * @NETSTREAM_IF_A_PAD: padding of 64-bit attributes
 * @NETSTREAM_IF_A_NAME: string, name of the interface, or "all" for every one that is not
 *	named in a view of its own; required
 * @NETSTREAM_IF_A_INBOUND: flag: meter what arrives
 * @NETSTREAM_IF_A_OUTBOUND: flag: meter what leaves
 * @NETSTREAM_IF_A_SAMPLER: nest of &enum netstream_sampler_attr; at most one a direction
 * @NETSTREAM_IF_A_IFINDEX: u32; replies only; 0: there is no such interface now
 * @NETSTREAM_IF_A_SLOT: u8; replies only
 * @NETSTREAM_IF_A_IN_SEEN: u64, packets seen arriving; replies only
 * @NETSTREAM_IF_A_IN_PACKETS: u64, packets metered of those; replies only
 * @NETSTREAM_IF_A_IN_BYTES: u64; replies only
 * @NETSTREAM_IF_A_OUT_SEEN: u64, packets seen leaving; replies only
 * @NETSTREAM_IF_A_OUT_PACKETS: u64, packets metered of those; replies only
 * @NETSTREAM_IF_A_OUT_BYTES: u64; replies only
 * @__NETSTREAM_IF_A_MAX: one more than the last attribute
 * @NETSTREAM_IF_A_MAX: the last attribute
 */
enum netstream_if_attr {
	NETSTREAM_IF_A_UNSPEC,
	NETSTREAM_IF_A_PAD,
	NETSTREAM_IF_A_NAME,
	NETSTREAM_IF_A_INBOUND,
	NETSTREAM_IF_A_OUTBOUND,
	NETSTREAM_IF_A_SAMPLER,
	NETSTREAM_IF_A_IFINDEX,
	NETSTREAM_IF_A_SLOT,
	NETSTREAM_IF_A_IN_SEEN,
	NETSTREAM_IF_A_IN_PACKETS,
	NETSTREAM_IF_A_IN_BYTES,
	NETSTREAM_IF_A_OUT_SEEN,
	NETSTREAM_IF_A_OUT_PACKETS,
	NETSTREAM_IF_A_OUT_BYTES,

	__NETSTREAM_IF_A_MAX,
	NETSTREAM_IF_A_MAX = __NETSTREAM_IF_A_MAX - 1
};

/**
 * enum netstream_template_attr - a template as it is being sent
 * @NETSTREAM_TEMPLATE_A_UNSPEC: never used
 * @NETSTREAM_TEMPLATE_A_PAD: padding of 64-bit attributes
 * @NETSTREAM_TEMPLATE_A_RECORD: string, name of its record
 * @NETSTREAM_TEMPLATE_A_SLOT: u8, slot whose stream sends it
 * @NETSTREAM_TEMPLATE_A_VERSION: u8, &enum netstream_version
 * @NETSTREAM_TEMPLATE_A_ID: u16, 256..65535
 * @NETSTREAM_TEMPLATE_A_LENGTH: u16, bytes of a data record
 * @NETSTREAM_TEMPLATE_A_SENT: u64, times it was sent
 * @NETSTREAM_TEMPLATE_A_FAILED: u64, times it could not be sent to any host
 * @NETSTREAM_TEMPLATE_A_FIELD: nest of &enum netstream_tfield_attr, any number, in order
 * @__NETSTREAM_TEMPLATE_A_MAX: one more than the last attribute
 * @NETSTREAM_TEMPLATE_A_MAX: the last attribute
 */
enum netstream_template_attr {
	NETSTREAM_TEMPLATE_A_UNSPEC,
	NETSTREAM_TEMPLATE_A_PAD,
	NETSTREAM_TEMPLATE_A_RECORD,
	NETSTREAM_TEMPLATE_A_SLOT,
	NETSTREAM_TEMPLATE_A_VERSION,
	NETSTREAM_TEMPLATE_A_ID,
	NETSTREAM_TEMPLATE_A_LENGTH,
	NETSTREAM_TEMPLATE_A_SENT,
	NETSTREAM_TEMPLATE_A_FAILED,
	NETSTREAM_TEMPLATE_A_FIELD,

	__NETSTREAM_TEMPLATE_A_MAX,
	NETSTREAM_TEMPLATE_A_MAX = __NETSTREAM_TEMPLATE_A_MAX - 1
};

/**
 * enum netstream_tfield_attr - a field of a template
 * @NETSTREAM_TFIELD_A_UNSPEC: never used
 * @NETSTREAM_TFIELD_A_TYPE: u16, number on the wire
 * @NETSTREAM_TFIELD_A_LENGTH: u16, bytes
 * @NETSTREAM_TFIELD_A_FIELD: u16, &enum netstream_field
 * @__NETSTREAM_TFIELD_A_MAX: one more than the last attribute
 * @NETSTREAM_TFIELD_A_MAX: the last attribute
 */
enum netstream_tfield_attr {
	NETSTREAM_TFIELD_A_UNSPEC,
	NETSTREAM_TFIELD_A_TYPE,
	NETSTREAM_TFIELD_A_LENGTH,
	NETSTREAM_TFIELD_A_FIELD,

	__NETSTREAM_TFIELD_A_MAX,
	NETSTREAM_TFIELD_A_MAX = __NETSTREAM_TFIELD_A_MAX - 1
};

/**
 * enum netstream_flow_attr - a flow in the cache
 * @NETSTREAM_FLOW_A_UNSPEC: never used
 * @NETSTREAM_FLOW_A_PAD: padding of 64-bit attributes
 * @NETSTREAM_FLOW_A_RECORD: string, name of its record
 * @NETSTREAM_FLOW_A_SLOT: u8
 * @NETSTREAM_FLOW_A_CPU: u32, the CPU whose table it is in
 * @NETSTREAM_FLOW_A_PACKETS: u64
 * @NETSTREAM_FLOW_A_BYTES: u64
 * @NETSTREAM_FLOW_A_FIRST: u64, milliseconds since boot of its first packet
 * @NETSTREAM_FLOW_A_LAST: u64, milliseconds since boot of its last packet
 * @NETSTREAM_FLOW_A_TCP_FLAGS: u8, OR over its packets
 * @NETSTREAM_FLOW_A_SRC_ADDR: IPv6 address.  This and what follows is there
 *	only if the record matches it, or if the record is "original".
 * @NETSTREAM_FLOW_A_DST_ADDR: IPv6 address
 * @NETSTREAM_FLOW_A_SRC_MASK: u8
 * @NETSTREAM_FLOW_A_DST_MASK: u8
 * @NETSTREAM_FLOW_A_SRC_PORT: u16
 * @NETSTREAM_FLOW_A_DST_PORT: u16
 * @NETSTREAM_FLOW_A_SRC_VLAN: u16
 * @NETSTREAM_FLOW_A_DST_VLAN: u16
 * @NETSTREAM_FLOW_A_SRC_AS: u32
 * @NETSTREAM_FLOW_A_DST_AS: u32
 * @NETSTREAM_FLOW_A_PROTOCOL: u8
 * @NETSTREAM_FLOW_A_TOS: u8
 * @NETSTREAM_FLOW_A_FLOW_LABEL: u32
 * @NETSTREAM_FLOW_A_DIRECTION: u8
 * @NETSTREAM_FLOW_A_TCP_FLAG: u8, the matched one
 * @NETSTREAM_FLOW_A_INPUT_IF: u32
 * @NETSTREAM_FLOW_A_OUTPUT_IF: u32
 * @NETSTREAM_FLOW_A_NEXT_HOP: IPv6 address
 * @NETSTREAM_FLOW_A_BGP_NEXT_HOP: IPv6 address
 * @__NETSTREAM_FLOW_A_MAX: one more than the last attribute
 * @NETSTREAM_FLOW_A_MAX: the last attribute
 */
enum netstream_flow_attr {
	NETSTREAM_FLOW_A_UNSPEC,
	NETSTREAM_FLOW_A_PAD,
	NETSTREAM_FLOW_A_RECORD,
	NETSTREAM_FLOW_A_SLOT,
	NETSTREAM_FLOW_A_CPU,
	NETSTREAM_FLOW_A_PACKETS,
	NETSTREAM_FLOW_A_BYTES,
	NETSTREAM_FLOW_A_FIRST,
	NETSTREAM_FLOW_A_LAST,
	NETSTREAM_FLOW_A_TCP_FLAGS,
	NETSTREAM_FLOW_A_SRC_ADDR,
	NETSTREAM_FLOW_A_DST_ADDR,
	NETSTREAM_FLOW_A_SRC_MASK,
	NETSTREAM_FLOW_A_DST_MASK,
	NETSTREAM_FLOW_A_SRC_PORT,
	NETSTREAM_FLOW_A_DST_PORT,
	NETSTREAM_FLOW_A_SRC_VLAN,
	NETSTREAM_FLOW_A_DST_VLAN,
	NETSTREAM_FLOW_A_SRC_AS,
	NETSTREAM_FLOW_A_DST_AS,
	NETSTREAM_FLOW_A_PROTOCOL,
	NETSTREAM_FLOW_A_TOS,
	NETSTREAM_FLOW_A_FLOW_LABEL,
	NETSTREAM_FLOW_A_DIRECTION,
	NETSTREAM_FLOW_A_TCP_FLAG,
	NETSTREAM_FLOW_A_INPUT_IF,
	NETSTREAM_FLOW_A_OUTPUT_IF,
	NETSTREAM_FLOW_A_NEXT_HOP,
	NETSTREAM_FLOW_A_BGP_NEXT_HOP,

	__NETSTREAM_FLOW_A_MAX,
	NETSTREAM_FLOW_A_MAX = __NETSTREAM_FLOW_A_MAX - 1
};

/**
 * enum netstream_count_attr - an amount of traffic
 * @NETSTREAM_COUNT_A_UNSPEC: never used
 * @NETSTREAM_COUNT_A_PAD: padding of 64-bit attributes
 * @NETSTREAM_COUNT_A_FLOWS: u64
 * @NETSTREAM_COUNT_A_PACKETS: u64
 * @NETSTREAM_COUNT_A_BYTES: u64
 * @NETSTREAM_COUNT_A_NAME: string: what is counted, where a list is nested
 * @__NETSTREAM_COUNT_A_MAX: one more than the last attribute
 * @NETSTREAM_COUNT_A_MAX: the last attribute
 */
enum netstream_count_attr {
	NETSTREAM_COUNT_A_UNSPEC,
	NETSTREAM_COUNT_A_PAD,
	NETSTREAM_COUNT_A_FLOWS,
	NETSTREAM_COUNT_A_PACKETS,
	NETSTREAM_COUNT_A_BYTES,
	NETSTREAM_COUNT_A_NAME,

	__NETSTREAM_COUNT_A_MAX,
	NETSTREAM_COUNT_A_MAX = __NETSTREAM_COUNT_A_MAX - 1
};

/**
 * enum netstream_stats_attr - what became of the packets
 *
 * At any instant, in packets and in bytes:
 * metered = exported + cached + pending + lost.
 * A packet is metered once for each record in effect.
 *
 * @NETSTREAM_STATS_A_UNSPEC: never used
 * @NETSTREAM_STATS_A_PAD: padding of 64-bit attributes
 * @NETSTREAM_STATS_A_METERED: nest of &enum netstream_count_attr, without flows
 * @NETSTREAM_STATS_A_EXPORTED: nest of &enum netstream_count_attr: sent to at least one host
 * @NETSTREAM_STATS_A_CACHED: nest of &enum netstream_count_attr: in flows of the cache
 * @NETSTREAM_STATS_A_PENDING: nest of &enum netstream_count_attr: on the way into
 *	the cache, or in export buffers
 * @NETSTREAM_STATS_A_LOST: nest of &enum netstream_count_attr: reached no host
 * @NETSTREAM_STATS_A_LOST_CAUSE: nest of &enum netstream_count_attr with a name, any
 *	number; they add up to lost
 * @NETSTREAM_STATS_A_SKIPPED_CAUSE: nest of &enum netstream_count_attr with a name,
 *	without flows and bytes, any number: packets seen and not metered
 * @NETSTREAM_STATS_A_MALFORMED_CAUSE: the same for packets that could not be
 *	dissected whole.  Those with at least an IPv6 header are metered all the same.
 * @NETSTREAM_STATS_A_ENDED_CAUSE: nest of &enum netstream_count_attr with a name,
 *	with flows only, any number: why flows ended
 * @NETSTREAM_STATS_A_CREATED: u64, flows made
 * @NETSTREAM_STATS_A_MAX_FLOWS: u32, bound on flows in the cache
 * @NETSTREAM_STATS_A_MEMORY: u64, bytes that the cache takes
 * @__NETSTREAM_STATS_A_MAX: one more than the last attribute
 * @NETSTREAM_STATS_A_MAX: the last attribute
 */
enum netstream_stats_attr {
	NETSTREAM_STATS_A_UNSPEC,
	NETSTREAM_STATS_A_PAD,
	NETSTREAM_STATS_A_METERED,
	NETSTREAM_STATS_A_EXPORTED,
	NETSTREAM_STATS_A_CACHED,
	NETSTREAM_STATS_A_PENDING,
	NETSTREAM_STATS_A_LOST,
	NETSTREAM_STATS_A_LOST_CAUSE,
	NETSTREAM_STATS_A_SKIPPED_CAUSE,
	NETSTREAM_STATS_A_MALFORMED_CAUSE,
	NETSTREAM_STATS_A_ENDED_CAUSE,
	NETSTREAM_STATS_A_CREATED,
	NETSTREAM_STATS_A_MAX_FLOWS,
	NETSTREAM_STATS_A_MEMORY,

	__NETSTREAM_STATS_A_MAX,
	NETSTREAM_STATS_A_MAX = __NETSTREAM_STATS_A_MAX - 1
};

/**
 * enum netstream_reset - what %NETSTREAM_CMD_RESET ends or clears
 * @NETSTREAM_RESET_CACHE: end all flows; they are exported with reason "forced end"
 * @NETSTREAM_RESET_STATISTICS: set counters to zero; what is cached or pending
 *	then counts as metered anew, so that the accounts still balance
 */
enum netstream_reset {
	NETSTREAM_RESET_CACHE = 1 << 0,
	NETSTREAM_RESET_STATISTICS = 1 << 1,
};

#endif /* _UAPI_LINUX_NETSTREAM_H */
