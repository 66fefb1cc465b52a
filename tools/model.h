/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration as plain structs: what the statements edit, what is
 * printed, and what goes to the kernel and comes back.  It knows neither text
 * nor netlink.  What is absent is told from what is zero: the kernel has the
 * defaults, not this program.
 */
#ifndef NS_MODEL_H
#define NS_MODEL_H

#include <linux/netstream.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>

#include "util.h"

#define ALL_INTERFACES "all"

/**
 * struct origin - the line that set something, to be named when the kernel refuses it
 * @file: name of the file, NULL if it came from the running configuration
 * @line: number of the line, from 1; of the -c option if @file is empty
 */
struct origin {
	const char	*file;
	unsigned int	line;
};

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
 * struct sampler - which packets are looked at in one direction
 * @mode: &enum netstream_sampler_mode, 0: none is configured
 * @interval: packets, or milliseconds
 * @at: the line it came from
 */
struct sampler {
	uint8_t		mode;
	uint32_t	interval;
	struct origin	at;
};

/**
 * struct host - a collector; address, port and vrf identify it
 * @addr: its address
 * @port: its UDP port
 * @vrf: name of its VRF device, empty for none
 * @version: &enum netstream_version, 0: not configured
 * @dscp: 0..63
 * @has_dscp: whether it is configured
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
 * @prefix: 1..128 leading bits, 0: not configured
 * @width: 16, 32 or 64 bits, 0: not configured
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
 * @match: key fields, in order
 * @collect: reported fields, in order
 * @at: the line that opened its view
 */
struct record {
	char		name[NETSTREAM_RECORD_NAME_MAX + 1];
	char		description[NETSTREAM_DESCRIPTION_MAX + 1];
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
 * @at: the line that opened its view, or that asked for @sequence_flow
 */
struct slot {
	uint8_t		id;
	bool		sequence_flow;
	names		ports;
	hosts		hosts;
	struct origin	at;
};

/**
 * struct interface - an interface view
 * @name: the interface, or "all"
 * @enabled: whether it is metered, by &enum netstream_direction
 * @excluded: an undo said that it is not metered: "all" does not cover it
 * @sampler: its samplers, by direction
 * @at: the line that last changed it
 */
struct interface {
	char		name[IFNAMSIZ];
	bool		enabled[2];
	bool		excluded;
	struct sampler	sampler[2];
	struct origin	at;
};

/**
 * struct config - a whole configuration
 * @generation: its number in the kernel; of a candidate, the one it was made from
 * @foreign: the kernel sent attributes that this program does not know
 * @has: bit n: the system attribute n (&enum netstream_system_attr) is present
 * @value: numbers and flags of the system view, by attribute
 * @at: the lines they came from, by attribute
 * @source4: source of packets to IPv4 collectors
 * @source6: source of packets to IPv6 collectors
 * @apply: names of the applied records, in order
 * @management: names of the management interfaces
 * @sampler: samplers of the system view, by direction
 * @records: records, in order of definition
 * @hosts: collectors of the system view
 * @slots: slot views, ascending
 * @interfaces: interface views, alphabetical
 */
struct config {
	uint32_t	generation;
	bool		foreign;
	uint32_t	has;
	uint32_t	value[NETSTREAM_SYSTEM_A_MAX + 1];
	struct origin	at[NETSTREAM_SYSTEM_A_MAX + 1];
	struct in_addr	source4;
	struct in6_addr	source6;
	names		apply;
	names		management;
	struct sampler	sampler[2];
	VEC(struct record) records;
	hosts		hosts;
	VEC(struct slot) slots;
	VEC(struct interface) interfaces;
};

void config_copy(struct config *to, const struct config *from);
void config_free(struct config *c);

bool config_has(const struct config *c, int attr);
void config_put(struct config *c, int attr, uint32_t value, struct origin at);
void config_drop(struct config *c, int attr);

struct record *config_record(struct config *c, const char *name);
struct record *config_record_add(struct config *c, const char *name, struct origin at);
void config_record_remove(struct config *c, struct record *r);

struct slot *config_slot(struct config *c, unsigned int id);
struct slot *config_slot_add(struct config *c, unsigned int id, struct origin at);
void config_slot_remove(struct config *c, struct slot *s);
bool slot_empty(const struct slot *s);
const struct slot *config_slot_of_port(const struct config *c, const char *port);

struct interface *config_interface(struct config *c, const char *name);
struct interface *config_interface_add(struct config *c, const char *name, struct origin at);
void config_interface_remove(struct config *c, struct interface *i);
bool interface_excluded(const struct config *c, const struct interface *i);
bool interface_empty(const struct config *c, const struct interface *i);

struct host *hosts_find(hosts *h, const struct host *key);
void hosts_remove(hosts *h, struct host *host);
struct item *items_find(items *i, unsigned int field);
void items_remove(items *i, struct item *item);
struct name *names_find(names *n, const char *name);
void names_add(names *n, const char *name, struct origin at);
void names_add_sorted(names *n, const char *name, struct origin at);
void names_remove(names *n, struct name *name);

const char *field_name(unsigned int field);
unsigned int field_by_name(const char *name);
const char *sampler_mode_name(unsigned int mode);
const char *direction_name(unsigned int direction);
const char *version_name(unsigned int version);

#endif
