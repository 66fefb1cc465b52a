// SPDX-License-Identifier: GPL-2.0
/* The table of configuration statements; see setting.h. */
#include "config_model.h"
#include "setting.h"

#define SAMPLER "{fix-packets <interval>|random-packets <interval>|fix-time <milliseconds>}" \
	" {inbound|outbound}"
#define UNDO_SAMPLER "[fix-packets [<interval>]|random-packets [<interval>]" \
	"|fix-time [<milliseconds>]] {inbound|outbound}"
#define HOST "{<address4>|[ipv6] <address6>} <port> [vpn-instance/vrf <vrf>]" \
	" [version {9|ipfix}] [dscp <dscp-value>]"
#define SOURCE "{<address4>|[ipv6] <address6>} [<port>]"
#define UNDO_SOURCE "[<address4> [<port>]|<address6> [<port>]|ipv6 [<address6> [<port>]]]"
#define NEIGHBOR "{<address4>|<address6>} remote-as <remote> local-as <local>" \
	" [port <tcp-port>] [source {<source4>|<source6>}]" \
	" [password <secret>|tcp-ao <key-id> <ao-secret> [hmac-sha1|cmac-aes128]]" \
	" [preference <preference-value>] [hold-time <hold>] [passive] [vpn-instance/vrf <vrf>]"
#define STATION "{<address4>|<address6>} <tcp-port> [vpn-instance/vrf <vrf>]"
#define VERSION "[origin-as|peer-as] [bgp-nexthop]"

static const char *const masks[] = {
	[NETSTREAM_MASK_AUTO] = "auto",
	[NETSTREAM_MASK_FIB] = "fib",
	[NETSTREAM_MASK_ROUTES] = "routes",
	NULL
};

static const char *const caches[] = {
	[NETSTREAM_CACHE_NORMAL] = "normal",
	[NETSTREAM_CACHE_PERMANENT] = "permanent",
	[NETSTREAM_CACHE_IMMEDIATE] = "immediate",
	NULL
};

/* enum netstream_width */
static const char *const widths[] = { "32", "16", NULL };

static const char *const loaders[] = { "take-back", "yield", NULL };

/* A number of the system view: struct config has one for every attribute. */
#define SYSTEM(a)	offsetof(struct config, system[NETSTREAM_SYSTEM_A_##a]), \
			{ NETSTREAM_SYSTEM_A_##a }

/* In each view, statements are printed in the order in which they stand here. */
const struct setting settings[] = {
	/* system view */
	{ VIEW_SYSTEM, KIND_NUMBER, "ipv6 netstream cache entries", "Bound the number of flows",
	  SYSTEM(MAX_FLOWS), "cache_entries", "flows", NETSTREAM_FLOWS_MIN, NETSTREAM_FLOWS_MAX },
	{ VIEW_SYSTEM, KIND_VERSION, "ipv6 netstream export version",
	  "Set the format of export packets and what they say of routes",
	  offsetof(struct config, system),
	  { NETSTREAM_SYSTEM_A_VERSION, NETSTREAM_SYSTEM_A_AS_TYPE, NETSTREAM_SYSTEM_A_BGP_NEXTHOP },
	  "version", .syntax = "{9|ipfix} " VERSION, .undo = "[9|ipfix] " VERSION },
	{ VIEW_SYSTEM, KIND_CHOICE, "ipv6 netstream mask",
	  "Set where prefix lengths of source and destination come from (default auto)",
	  SYSTEM(MASK), "mask", .choice = masks,
	  .syntax = "{auto|fib|routes}", .undo = "[auto|fib|routes]" },
	{ VIEW_SYSTEM, KIND_CHOICE, "ipv6 netstream as-mode",
	  "Set how many bits AS numbers have in data records (default 32)",
	  SYSTEM(AS_MODE), "as_mode", .choice = widths,
	  .syntax = "{16|32}", .undo = "[16|32]" },
	{ VIEW_SYSTEM, KIND_CHOICE, "ipv6 netstream export index-switch",
	  "Set how many bits interface indices have in data records (default 32)",
	  SYSTEM(INDEX_SWITCH), "index_switch", .choice = widths,
	  .syntax = "{16|32}", .undo = "[16|32]" },
	{ VIEW_SYSTEM, KIND_FLAG, "ipv6 netstream tcp-flag",
	  "Make TCP flags part of the key of original flows",
	  SYSTEM(TCP_FLAG), "tcp_flag",
	  .syntax = "enable", .undo = "[enable]" },
	{ VIEW_SYSTEM, KIND_NAMES, "ipv6 netstream apply record", "Meter and export a record",
	  offsetof(struct config, apply), { NETSTREAM_SYSTEM_A_APPLY }, "apply",
	  .max = NETSTREAM_APPLIED_MAX, .arg = "record-name" },
	{ VIEW_SYSTEM, KIND_NUMBER, "ipv6 netstream export template timeout-rate",
	  "Send templates again after so many minutes",
	  SYSTEM(TEMPLATE_TIMEOUT), "template_timeout_minutes", "minutes", 1, 3600, 30 },
	{ VIEW_SYSTEM, KIND_NUMBER, "ipv6 netstream export template refresh-rate",
	  "Send templates again after so many packets",
	  SYSTEM(TEMPLATE_PACKETS), "template_refresh_packets", "packets", 0, 65535, 20,
	  .zero = "never" },
	{ VIEW_SYSTEM, KIND_NUMBER, "ipv6 netstream export template option timeout-rate",
	  "Send templates of options again after so many minutes",
	  SYSTEM(OPTION_TEMPLATE_TIMEOUT), "option_template_timeout_minutes", "minutes", 1, 3600, 30 },
	{ VIEW_SYSTEM, KIND_NUMBER, "ipv6 netstream export template option refresh-rate",
	  "Send templates of options again after so many packets",
	  SYSTEM(OPTION_TEMPLATE_PACKETS), "option_template_refresh_packets", "packets", 0, 65535, 20,
	  .zero = "never" },
	{ VIEW_SYSTEM, KIND_SWITCH, "ipv6 netstream export template option sampler",
	  "Export how packets are sampled",
	  SYSTEM(OPTION_SAMPLER), "option_sampler", .max = 1, .def = 1 },
	{ VIEW_SYSTEM, KIND_SWITCH, "ipv6 netstream export template option interface",
	  "Export names of interfaces",
	  SYSTEM(OPTION_INTERFACE), "option_interface", .max = 1 },
	{ VIEW_SYSTEM, KIND_SWITCH, "ipv6 netstream export template option vrf",
	  "Export names of VRFs",
	  SYSTEM(OPTION_VRF), "option_vrf", .max = 1 },
	{ VIEW_SYSTEM, KIND_SWITCH, "ipv6 netstream export template option exporter-stats",
	  "Export what was exported, and when the system started",
	  SYSTEM(OPTION_STATS), "option_exporter_stats", .max = 1 },
	{ VIEW_SYSTEM, KIND_NUMBER, "ipv6 netstream export option sampler timeout-rate",
	  "Export how packets are sampled again after so many minutes",
	  SYSTEM(OPTION_SAMPLER_TIMEOUT), "option_sampler_timeout_minutes", "minutes", 1, 3600, 1 },
	{ VIEW_SYSTEM, KIND_NUMBER, "ipv6 netstream export option interface timeout-rate",
	  "Export names of interfaces again after so many minutes",
	  SYSTEM(OPTION_INTERFACE_TIMEOUT), "option_interface_timeout_minutes", "minutes", 1, 3600, 10 },
	{ VIEW_SYSTEM, KIND_NUMBER, "ipv6 netstream export option vrf timeout-rate",
	  "Export names of VRFs again after so many minutes",
	  SYSTEM(OPTION_VRF_TIMEOUT), "option_vrf_timeout_minutes", "minutes", 1, 3600, 10 },
	{ VIEW_SYSTEM, KIND_NUMBER, "ipv6 netstream export option exporter-stats timeout-rate",
	  "Export statistics again after so many minutes",
	  SYSTEM(OPTION_STATS_TIMEOUT), "option_exporter_stats_timeout_minutes", "minutes", 1, 3600, 1 },
	{ VIEW_SYSTEM, KIND_NUMBER, "ipv6 netstream export source-id",
	  "Set the upper 24 bits of Source IDs",
	  SYSTEM(SOURCE_ID), "source_id", "Source ID / 256", 0, 16777215 },
	{ VIEW_SYSTEM, KIND_FLAG, "ipv6 netstream export flexible",
	  "Export flexible flows to IPFIX collectors, too",
	  SYSTEM(FLEXIBLE_IPFIX), "export_flexible_ipfix",
	  .syntax = "ipfix", .undo = "[ipfix]" },
	{ VIEW_SYSTEM, KIND_SOURCES, "ipv6 netstream export source",
	  "Set where packets to collectors come from", offsetof(struct config, source),
	  { NETSTREAM_SYSTEM_A_SOURCE4, NETSTREAM_SYSTEM_A_SOURCE4_PORT,
	    NETSTREAM_SYSTEM_A_SOURCE6, NETSTREAM_SYSTEM_A_SOURCE6_PORT },
	  "source", .syntax = SOURCE, .undo = UNDO_SOURCE },
	{ VIEW_SYSTEM, KIND_HOSTS, "ipv6 netstream export host", "Export to a collector",
	  offsetof(struct config, hosts), { NETSTREAM_A_HOST }, "hosts",
	  .max = NETSTREAM_HOSTS_MAX, .syntax = HOST, .undo = HOST },
	{ VIEW_SYSTEM, KIND_NAMES, "management-interface", "Never export through an interface",
	  offsetof(struct config, management), { NETSTREAM_SYSTEM_A_MANAGEMENT },
	  "management_interfaces", .max = NETSTREAM_MANAGEMENT_MAX, .arg = "interface" },
	{ VIEW_SYSTEM, KIND_TIME, "ipv6 netstream aggregation timeout active",
	  "End flexible flows that have lasted so long",
	  SYSTEM(FLEX_ACTIVE), "aggregation_active_seconds", "seconds", 1, 3600, 300 },
	{ VIEW_SYSTEM, KIND_NUMBER, "ipv6 netstream aggregation timeout inactive",
	  "End flexible flows without packets for so long",
	  SYSTEM(FLEX_INACTIVE), "aggregation_inactive_seconds", "seconds", 1, 3600, 300 },
	{ VIEW_SYSTEM, KIND_TIME, "ipv6 netstream timeout active",
	  "End original flows that have lasted so long",
	  SYSTEM(ORIGINAL_ACTIVE), "active_seconds", "seconds", 1, 3600, 1800 },
	{ VIEW_SYSTEM, KIND_NUMBER, "ipv6 netstream timeout inactive",
	  "End original flows without packets for so long",
	  SYSTEM(ORIGINAL_INACTIVE), "inactive_seconds", "seconds", 1, 3600, 30 },
	{ VIEW_SYSTEM, KIND_NUMBER, "ipv6 netstream timeout tcp-session",
	  "End flows of TCP so long after their last packet once FIN or RST was seen",
	  SYSTEM(TCP_LINGER), "tcp_session_seconds", "seconds", 0, 60, 2,
	  .zero = "at once" },
	{ VIEW_SYSTEM, KIND_FLAG, "ipv6 netstream srv6-aware",
	  "Meter the IPv6 packets inside segment routing",
	  SYSTEM(SRV6_INNER), "srv6_aware_inner_header",
	  .syntax = "inner-header", .undo = "[inner-header]" },
	{ VIEW_SYSTEM, KIND_FLAG, "ipv6 netstream ipsec-aware",
	  "Meter the packets inside IPsec, not ESP and AH",
	  SYSTEM(IPSEC_INNER), "ipsec_aware_inner_header",
	  .syntax = "inner-header", .undo = "[inner-header]" },
	{ VIEW_SYSTEM, KIND_SAMPLERS, "ipv6 netstream sampler", "Look at some packets only",
	  offsetof(struct config, sampler), { NETSTREAM_SYSTEM_A_SAMPLER }, "samplers",
	  .syntax = SAMPLER, .undo = UNDO_SAMPLER },

	/* slot view */
	{ VIEW_SLOT, KIND_HOSTS, "ipv6 netstream export host", "Export to a collector",
	  offsetof(struct slot, hosts), { NETSTREAM_SLOT_A_HOST }, "hosts",
	  .max = NETSTREAM_HOSTS_MAX, .syntax = HOST, .undo = HOST },
	{ VIEW_SLOT, KIND_FLAG, "ip netstream export sequence-mode",
	  "Count data records, not packets, in the sequence number",
	  offsetof(struct slot, sequence_flow), { NETSTREAM_SLOT_A_SEQUENCE_FLOW },
	  "sequence_mode_flow", .syntax = "flow", .undo = "[flow]" },
	{ VIEW_SLOT, KIND_NAMES, "port", "Put an interface into this slot",
	  offsetof(struct slot, ports), { NETSTREAM_SLOT_A_PORT }, "ports",
	  .max = NETSTREAM_PORTS_MAX, .arg = "interface", .undo = "<interface>" },

	/* interface view */
	{ VIEW_INTERFACE, KIND_SAMPLERS, "ipv6 netstream sampler", "Look at some packets only",
	  offsetof(struct interface, sampler), { NETSTREAM_IF_A_SAMPLER }, "samplers",
	  .syntax = SAMPLER, .undo = UNDO_SAMPLER },
	{ VIEW_INTERFACE, KIND_DIRECTIONS, "ipv6 netstream", "Meter this interface",
	  offsetof(struct interface, metering), { NETSTREAM_IF_A_INBOUND, NETSTREAM_IF_A_OUTBOUND },
	  "inbound", .syntax = "{inbound|outbound}", .undo = "{inbound|outbound}" },
	{ VIEW_INTERFACE, KIND_ATTACHMENTS, "ipv6 netstream monitor",
	  "Let a monitor meter this interface, too",
	  offsetof(struct interface, monitors), { NETSTREAM_IF_A_MONITOR }, "monitors",
	  .syntax = "<monitor-name> {inbound|outbound}",
	  .undo = "<monitor-name> {inbound|outbound}" },

	/* record view */
	{ VIEW_RECORD, KIND_TEXT, "description", "Describe this record",
	  offsetof(struct record, description), { NETSTREAM_RECORD_A_DESCRIPTION }, "description",
	  .max = NETSTREAM_DESCRIPTION_MAX },
	{ VIEW_RECORD, KIND_CHOICE, "cache",
	  "Set what flows are kept for: until they age, for totals, for one packet each",
	  offsetof(struct record, cache), { NETSTREAM_RECORD_A_CACHE }, "cache",
	  .choice = caches, .syntax = "{normal|permanent|immediate}",
	  .undo = "[normal|permanent|immediate]" },
	{ VIEW_RECORD, KIND_ITEMS, "match", "Make a field part of the key",
	  offsetof(struct record, match), { NETSTREAM_RECORD_A_MATCH }, "match" },
	{ VIEW_RECORD, KIND_ITEMS, "collect", "Report a field",
	  offsetof(struct record, collect), { NETSTREAM_RECORD_A_COLLECT }, "collect" },

	/* monitor view */
	{ VIEW_MONITOR, KIND_TEXT, "description", "Describe this monitor",
	  offsetof(struct monitor, description), { NETSTREAM_MONITOR_A_DESCRIPTION },
	  "description", .max = NETSTREAM_DESCRIPTION_MAX },
	{ VIEW_MONITOR, KIND_NAMES, "apply record", "Meter and export a record",
	  offsetof(struct monitor, apply), { NETSTREAM_MONITOR_A_RECORD }, "apply",
	  .max = NETSTREAM_MONITOR_RECORDS_MAX, .arg = "record-name" },
	{ VIEW_MONITOR, KIND_SOURCES, "ipv6 netstream export source",
	  "Set where its packets to collectors come from", offsetof(struct monitor, source),
	  { NETSTREAM_MONITOR_A_SOURCE4, NETSTREAM_MONITOR_A_SOURCE4_PORT,
	    NETSTREAM_MONITOR_A_SOURCE6, NETSTREAM_MONITOR_A_SOURCE6_PORT },
	  "source", .syntax = SOURCE, .undo = UNDO_SOURCE },
	{ VIEW_MONITOR, KIND_HOSTS, "ipv6 netstream export host", "Export its flows to a collector",
	  offsetof(struct monitor, hosts), { NETSTREAM_MONITOR_A_HOST }, "hosts",
	  .max = NETSTREAM_HOSTS_MAX, .syntax = HOST, .undo = HOST },
	{ VIEW_MONITOR, KIND_TIME, "ipv6 netstream aggregation timeout active",
	  "End its flows that have lasted so long",
	  offsetof(struct monitor, active), { NETSTREAM_MONITOR_A_ACTIVE },
	  "active_seconds", "seconds", 1, 3600 },
	{ VIEW_MONITOR, KIND_NUMBER, "ipv6 netstream aggregation timeout inactive",
	  "End its flows without packets for so long",
	  offsetof(struct monitor, inactive), { NETSTREAM_MONITOR_A_INACTIVE },
	  "inactive_seconds", "seconds", 1, 3600 },
	{ VIEW_MONITOR, KIND_NUMBER, "cache entries", "Bound the number of its flows",
	  offsetof(struct monitor, max_flows), { NETSTREAM_MONITOR_A_MAX_FLOWS },
	  "cache_entries", "flows", NETSTREAM_FLOWS_MIN, NETSTREAM_FLOWS_MAX },
	{ VIEW_MONITOR, KIND_SAMPLERS, "ipv6 netstream sampler", "Look at some packets only",
	  offsetof(struct monitor, sampler), { NETSTREAM_MONITOR_A_SAMPLER }, "samplers",
	  .syntax = SAMPLER, .undo = UNDO_SAMPLER },

	/* routes view */
	{ VIEW_ROUTES, KIND_NEIGHBORS, "neighbor", "Follow a BGP neighbor",
	  offsetof(struct routes_view, neighbors), .key = "neighbors", .max = 256,
	  .syntax = NEIGHBOR, .undo = "{<address4>|<address6>} [vpn-instance/vrf <vrf>]" },
	{ VIEW_ROUTES, KIND_STATIONS, "bmp listen", "Listen for routers that speak BMP",
	  offsetof(struct routes_view, stations), .key = "bmp_stations", .max = 64,
	  .syntax = STATION, .undo = STATION },
	{ VIEW_ROUTES, KIND_NUMBER, "stale-time", "Keep routes without their source so long",
	  offsetof(struct routes_view, stale), .key = "stale_seconds", .unit = "seconds",
	  .min = 1, .max = 86400, .def = ROUTES_STALE },
	{ VIEW_ROUTES, KIND_CHOICE, "other-loader",
	  "Load a table again that somebody else has loaded, or leave it (default take-back)",
	  offsetof(struct routes_view, yield), .key = "other_loader", .choice = loaders,
	  .syntax = "{take-back|yield}", .undo = "[take-back|yield]" },
	{ VIEW_ROUTES, KIND_IDENTIFIER, "router-id",
	  "Set the BGP identifier, which is otherwise made from addresses",
	  offsetof(struct routes_view, identifier), .key = "router_id",
	  .syntax = "<address4>", .undo = "[<address4>]" },
};

const size_t settings_count = ARRAY_SIZE(settings);

const char *view_name(enum view v)
{
	static const char *const names[VIEWS] = {
		[VIEW_USER]		= "user",
		[VIEW_SYSTEM]		= "system",
		[VIEW_SLOT]		= "slot",
		[VIEW_INTERFACE]	= "interface",
		[VIEW_RECORD]		= "record",
		[VIEW_MONITOR]		= "monitor",
		[VIEW_ROUTES]		= "routes",
	};

	return names[v];
}

/**
 * setting_choice() - the word of a choice
 * @st: row of the choice
 * @number: number of the word, as the module has it
 *
 * Return: "unknown" for one that only a newer module knows.
 */
const char *setting_choice(const struct setting *st, unsigned int number)
{
	unsigned int i;

	for (i = 0; st->choice[i]; i++)
		if (i == number)
			return st->choice[i];
	return "unknown";
}

/**
 * setting_of_attr() - the statement that an attribute belongs to
 * @v: the view
 * @attr: the attribute, of the nest of that view
 *
 * Hosts of the system view are not in its nest: ask for hosts by their kind.
 *
 * Return: NULL if no statement sets the attribute.
 */
const struct setting *setting_of_attr(enum view v, int attr)
{
	size_t i, j;

	for (i = 0; i < settings_count; i++) {
		const struct setting *st = &settings[i];

		if (st->view != v || (v == VIEW_SYSTEM && st->kind == KIND_HOSTS))
			continue;
		for (j = 0; j < SETTING_ATTRS && st->attr[j]; j++)
			if (st->attr[j] == attr)
				return st;
	}
	return NULL;
}
