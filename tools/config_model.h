/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration as plain structs: statements edit them, and they are
 * printed, sent to the kernel and received from it.  The model knows neither
 * text nor netlink.  It tells "not configured" from zero, since the defaults
 * are the kernel's.
 */
#ifndef NS_CONFIG_MODEL_H
#define NS_CONFIG_MODEL_H

#include <linux/netstream.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>

#include "failure.h"
#include "util.h"

#define ALL_INTERFACES "all"

/**
 * struct address - an IPv4 or IPv6 address
 * @family: AF_INET, AF_INET6, or 0 for none
 * @v4: the address if IPv4
 * @v6: the address if IPv6
 */
struct address {
	int		family;
	union {
		struct in_addr	v4;
		struct in6_addr	v6;
	};
};

/**
 * struct value - a number or a flag
 * @set: it is configured; otherwise the kernel's default holds
 * @number: the number
 * @at: the line it came from
 */
struct value {
	bool		set;
	uint32_t	number;
	struct origin	at;
};

/**
 * struct name - name of an interface or of a record
 * @name: the name
 * @at: the line it came from
 */
struct name {
	char		name[NETSTREAM_RECORD_NAME_MAX + 1];
	struct origin	at;
};

typedef VEC(struct name) names;

/**
 * struct source - where packets to collectors of one address family come from
 * @addr: the address; family 0: none is configured
 * @port: the UDP port; 0: not configured
 * @at: the line it came from
 */
struct source {
	struct address	addr;
	uint16_t	port;
	struct origin	at;
};

/**
 * struct sampler - which packets are looked at in one direction
 * @mode: &enum netstream_sampler_mode; 0: none is configured
 * @interval: packets, or milliseconds
 * @at: the line it came from
 */
struct sampler {
	uint8_t		mode;
	uint32_t	interval;
	struct origin	at;
};

/**
 * struct host - a collector; address, port and VRF identify it
 * @addr: its address
 * @port: its UDP port
 * @vrf: name of its VRF device, empty for none
 * @version: &enum netstream_version; 0: not configured
 * @dscp: 0..63
 * @has_dscp: @dscp is configured
 * @at: the line it came from
 */
struct host {
	struct address	addr;
	uint16_t	port;
	char		vrf[IFNAMSIZ];
	uint8_t		version;
	uint8_t		dscp;
	bool		has_dscp;
	struct origin	at;
};

typedef VEC(struct host) hosts;

/**
 * struct item - a field that a record matches or collects
 * @field: &enum netstream_field
 * @prefix: 1..128 leading bits; %NETSTREAM_PREFIX_ROUTE: as many as the mask of the route;
 *	0: not configured
 * @width: 16, 32 or 64 bits; 0: not configured
 * @at: the line it came from
 */
struct item {
	uint16_t	field;
	uint8_t		prefix;
	uint8_t		width;
	struct origin	at;
};

typedef VEC(struct item) items;

/**
 * struct record - a flexible-flow definition
 * @name: its name
 * @description: free text, empty for none
 * @cache: what flows are kept for, &enum netstream_cache
 * @match: key fields, in order
 * @collect: reported fields, in order
 * @at: the line that opened its view
 */
struct record {
	char		name[NETSTREAM_RECORD_NAME_MAX + 1];
	char		description[NETSTREAM_DESCRIPTION_MAX + 1];
	struct value	cache;
	items		match;
	items		collect;
	struct origin	at;
};

/**
 * struct slot - a slot view
 * @id: its number
 * @sequence_flow: the sequence counts data records
 * @ports: names of its interfaces, in alphabetical order
 * @hosts: collectors of its own
 * @at: the line that first put something into it
 */
struct slot {
	uint8_t		id;
	struct value	sequence_flow;
	names		ports;
	hosts		hosts;
	struct origin	at;
};

/**
 * struct attachment - a monitor of an interface
 * @name: name of the monitor
 * @direction: &enum netstream_direction
 * @at: the line it came from
 */
struct attachment {
	char		name[NETSTREAM_MONITOR_NAME_MAX + 1];
	unsigned int	direction;
	struct origin	at;
};

typedef VEC(struct attachment) attachments;

/**
 * struct interface - an interface view
 * @name: the interface, or "all"
 * @metering: 1: metered, 0: not metered, not set: as "all"; by &enum netstream_direction
 * @sampler: its samplers, by direction
 * @monitors: monitors that are attached, by name, then by direction
 * @at: the line that first put something into it
 */
struct interface {
	char		name[IFNAMSIZ];
	struct value	metering[2];
	struct sampler	sampler[2];
	attachments	monitors;
	struct origin	at;
};

/**
 * struct monitor - a monitor view
 * @name: its name
 * @description: free text, empty for none
 * @apply: names of its records, in order
 * @source: sources of its own, by SOURCE4 and SOURCE6
 * @hosts: its collectors
 * @active: active timeout, seconds
 * @inactive: inactive timeout, seconds
 * @max_flows: bound on its flows in the cache
 * @sampler: its samplers, by direction
 * @at: the line that opened its view
 */
struct monitor {
	char		name[NETSTREAM_MONITOR_NAME_MAX + 1];
	char		description[NETSTREAM_DESCRIPTION_MAX + 1];
	names		apply;
	struct source	source[2];
	hosts		hosts;
	struct value	active;
	struct value	inactive;
	struct value	max_flows;
	struct sampler	sampler[2];
	struct origin	at;
};

/* What TCP segments of a BGP session are signed with. */
enum signing {
	SIGNING_NONE,
	SIGNING_MD5,		/* RFC 2385 */
	SIGNING_AO_SHA1,	/* RFC 5925 with hmac(sha1) */
	SIGNING_AO_AES,		/* RFC 5925 with cmac(aes128) */
};

#define SIGNING_KEY_MAX			80	/* what the kernel takes */
#define BGP_PORT		179
#define BGP_PREFERENCE		100
#define BGP_HOLD		90
#define ROUTES_STALE		300

/**
 * struct neighbor - a BGP neighbour of the follower; address and VRF identify it
 * @addr: its address
 * @source: our address; family 0: any
 * @remote_as: its AS
 * @local_as: the AS that the follower says it is in
 * @preference: the higher one of two neighbours is believed
 * @port: its port; if @passive, the follower's
 * @hold: hold time that is proposed, in seconds; 0: none
 * @passive: it connects to the follower
 * @signing: what TCP segments are signed with
 * @key_id: KeyID of TCP-AO
 * @key: the key
 * @vrf: VRF of the session and of the table; empty for none
 * @at: the line it came from
 */
struct neighbor {
	struct address	addr;
	struct address	source;
	uint32_t	remote_as;
	uint32_t	local_as;
	uint32_t	preference;
	uint16_t	port;
	uint16_t	hold;
	bool		passive;
	enum signing	signing;
	uint8_t		key_id;
	char		key[SIGNING_KEY_MAX + 1];
	char		vrf[IFNAMSIZ];
	struct origin	at;
};

/**
 * struct station - where the follower listens for routers that speak BMP
 * @addr: local address
 * @port: local port
 * @vrf: VRF of the socket and of the table; empty for none
 * @at: the line it came from
 */
struct station {
	struct address	addr;
	uint16_t	port;
	char		vrf[IFNAMSIZ];
	struct origin	at;
};

/**
 * struct routes_view - the routes view: what the follower does.  The module does not know it
 * @neighbors: BGP neighbours
 * @stations: BMP stations
 * @stale: seconds for which routes are kept without their source
 * @yield: 1: a table that somebody else has loaded is left alone
 * @identifier: BGP identifier, in host order
 * @stamp: of the file that it was read from, which tells whether that has changed
 */
struct routes_view {
	VEC(struct neighbor) neighbors;
	VEC(struct station) stations;
	struct value	stale;
	struct value	yield;
	struct value	identifier;
	uint64_t	stamp;
};

/* Indices of struct config.source. */
enum { SOURCE4, SOURCE6 };

/**
 * struct config - a whole configuration
 * @generation: its number in the kernel; of a candidate, that of the configuration it
 *	was copied from
 * @confirm: seconds until the kernel undoes it unless it is confirmed; 0: it stays
 * @foreign: the kernel sent attributes that this program does not know
 * @revision: goes up with every change
 * @system: numbers and flags of the system view, by &enum netstream_system_attr
 * @source: sources, by SOURCE4 and SOURCE6
 * @apply: names of the applied records, in order
 * @management: names of the management interfaces
 * @sampler: samplers of the system view, by direction
 * @records: records, in order of definition
 * @hosts: collectors of the system view
 * @slots: slot views that are not empty, ascending
 * @monitors: monitors, in order of definition
 * @interfaces: interface views that are not empty: "all", then the others alphabetically
 * @routes: the routes view
 */
struct config {
	uint32_t	generation;
	uint32_t	confirm;
	bool		foreign;
	unsigned long	revision;
	struct value	system[NETSTREAM_SYSTEM_A_MAX + 1];
	struct source	source[2];
	names		apply;
	names		management;
	struct sampler	sampler[2];
	VEC(struct record) records;
	hosts		hosts;
	VEC(struct slot) slots;
	VEC(struct monitor) monitors;
	VEC(struct interface) interfaces;
	struct routes_view routes;
};

void config_copy(struct config *to, const struct config *from);
void config_free(struct config *c);

struct record *config_record(struct config *c, const char *name);
struct record *config_record_add(struct config *c, const char *name, struct origin at);
void config_record_remove(struct config *c, struct record *r);

struct slot *config_slot(struct config *c, unsigned int id);
struct slot *config_slot_add(struct config *c, unsigned int id, struct origin at);
void config_slot_remove(struct config *c, struct slot *s);
bool slot_empty(const struct slot *s);
const struct slot *config_slot_of_port(const struct config *c, const char *port);

struct monitor *config_monitor(struct config *c, const char *name);
struct monitor *config_monitor_add(struct config *c, const char *name, struct origin at);
void config_monitor_remove(struct config *c, struct monitor *m);

struct interface *config_interface(struct config *c, const char *name);
struct interface *config_interface_add(struct config *c, const char *name, struct origin at);
void config_interface_remove(struct config *c, struct interface *i);
bool interface_empty(const struct interface *i);
void interface_free(struct interface *i);
struct attachment *attachments_find(attachments *a, const char *name, unsigned int direction);
void attachments_add(attachments *a, const struct attachment *new);

void routes_view_copy(struct routes_view *to, const struct routes_view *from);
void routes_view_free(struct routes_view *r);
bool routes_view_empty(const struct routes_view *r);
bool routes_view_has_keys(const struct routes_view *r);
struct neighbor *routes_view_neighbor(struct routes_view *r, const struct address *addr,
				      const char *vrf);
bool neighbor_equal(const struct neighbor *a, const struct neighbor *b);
bool station_equal(const struct station *a, const struct station *b);

bool address_equal(const struct address *a, const struct address *b);
bool host_same(const struct host *a, const struct host *b);
struct host *hosts_find(hosts *h, const struct host *key);
void hosts_remove(hosts *h, struct host *host);
struct item *items_find(items *i, unsigned int field);
void items_remove(items *i, struct item *item);
struct name *names_find(names *n, const char *name);
struct name *names_find_sorted(names *n, const char *name);
void names_add(names *n, const char *name, struct origin at);
void names_add_sorted(names *n, const char *name, struct origin at);
void names_remove(names *n, struct name *name);

const char *sampler_mode_name(unsigned int mode);
const char *direction_name(unsigned int direction);
const char *version_name(unsigned int version);

#endif
