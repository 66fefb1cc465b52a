// SPDX-License-Identifier: GPL-2.0
/* The table of statements, and printing a configuration from it. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "edit.h"
#include "statement.h"
#include "text.h"

#define USER		(1u << VIEW_USER)
#define SYSTEM		(1u << VIEW_SYSTEM)
#define SLOT		(1u << VIEW_SLOT)
#define INTERFACE	(1u << VIEW_INTERFACE)
#define RECORD		(1u << VIEW_RECORD)
#define ANY		((1u << VIEWS) - 1)

#define HOST "ipv6 netstream export host {<address4>|[ipv6] <address6>} <port>" \
	" [vpn-instance/vrf <vrf>] [version {9|ipfix}] [dscp <dscp-value>]"
#define SAMPLER "ipv6 netstream sampler {fix-packets <interval>|random-packets <interval>" \
	"|fix-time <milliseconds>} {inbound|outbound}"
#define UNDO_SAMPLER "ipv6 netstream sampler [fix-packets [<interval>]" \
	"|random-packets [<interval>]|fix-time [<milliseconds>]] {inbound|outbound}"
#define TIMEOUT(kind, when) "ipv6 netstream " kind "timeout " when
#define ACTIVE " {<minutes>|interval-second <seconds>}"
#define UNDO_ACTIVE " [<minutes>|interval-second [<seconds>]]"
#define EXPORT_VERSION "ipv6 netstream export version"
#define TEMPLATE "ipv6 netstream export template"

/* A statement that one system attribute stands for. */
static void print_attr(FILE *f, const struct statement *st, const struct place *p)
{
	if (!config_has(p->config, st->attr))
		return;
	text_system(f, p->config, st->attr);
	fputc('\n', f);
}

static void print_version(FILE *f, const struct statement *st, const struct place *p)
{
	const struct config *c = p->config;

	if (!config_has(c, NETSTREAM_SYSTEM_A_VERSION) &&
	    !config_has(c, NETSTREAM_SYSTEM_A_AS_TYPE) &&
	    !config_has(c, NETSTREAM_SYSTEM_A_BGP_NEXTHOP))
		return;
	text_system(f, c, st->attr);
	fputc('\n', f);
}

static void print_source(FILE *f, const struct statement *st, const struct place *p)
{
	struct statement six = { .attr = NETSTREAM_SYSTEM_A_SOURCE6 };

	print_attr(f, st, p);
	print_attr(f, &six, p);
}

static void print_hosts(FILE *f, const struct statement *st, const struct place *p)
{
	const hosts *list = p->slot ? &p->slot->hosts : &p->config->hosts;
	size_t i;

	(void)st;
	for (i = 0; i < list->n; i++) {
		text_host(f, &list->v[i]);
		fputc('\n', f);
	}
}

static void print_apply(FILE *f, const struct statement *st, const struct place *p)
{
	size_t i;

	(void)st;
	for (i = 0; i < p->config->apply.n; i++)
		fprintf(f, "ipv6 netstream apply record %s\n", p->config->apply.v[i].name);
}

static void print_management(FILE *f, const struct statement *st, const struct place *p)
{
	size_t i;

	(void)st;
	for (i = 0; i < p->config->management.n; i++)
		fprintf(f, "management-interface %s\n", p->config->management.v[i].name);
}

static void print_sampler(FILE *f, const struct statement *st, const struct place *p)
{
	const struct sampler *s = p->interface ? p->interface->sampler : p->config->sampler;
	unsigned int i;

	(void)st;
	for (i = 0; i < 2; i++) {
		if (!s[i].mode)
			continue;
		text_sampler(f, &s[i], i);
		fputc('\n', f);
	}
}

static void print_enable(FILE *f, const struct statement *st, const struct place *p)
{
	bool excluded = interface_excluded(p->config, p->interface);
	unsigned int i;

	(void)st;
	for (i = 0; i < 2; i++)
		if (p->interface->enabled[i] || excluded)
			fprintf(f, "%sipv6 netstream %s\n", excluded ? "undo " : "",
				direction_name(i));
}

static void print_sequence(FILE *f, const struct statement *st, const struct place *p)
{
	(void)st;
	if (p->slot->sequence_flow)
		fputs("ip netstream export sequence-mode flow\n", f);
}

static void print_ports(FILE *f, const struct statement *st, const struct place *p)
{
	size_t i;

	(void)st;
	for (i = 0; i < p->slot->ports.n; i++)
		fprintf(f, "port %s\n", p->slot->ports.v[i].name);
}

static void print_description(FILE *f, const struct statement *st, const struct place *p)
{
	(void)st;
	if (*p->record->description)
		fprintf(f, "description %s\n", p->record->description);
}

static void print_items(FILE *f, const char *verb, const items *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		text_item(f, verb, &list->v[i]);
		fputc('\n', f);
	}
}

static void print_match(FILE *f, const struct statement *st, const struct place *p)
{
	(void)st;
	print_items(f, "match", &p->record->match);
}

static void print_collect(FILE *f, const struct statement *st, const struct place *p)
{
	(void)st;
	print_items(f, "collect", &p->record->collect);
}

/* In each view, statements are printed in the order in which they stand here. */
const struct statement statements[] = {
	/* views */
	{ USER, "system-view", NULL, "Enter the system view", command_system_view },
	{ SYSTEM, "ipv6 netstream record <record-name>", "ipv6 netstream record <record-name>",
	  "Enter the view of a record, new or old", command_record },
	{ SYSTEM, "slot <slot-id>", "slot <slot-id>", "Enter the view of a slot", command_slot },
	{ SYSTEM, "interface <view>", "interface <view>",
	  "Enter the view of an interface", command_interface },

	/* system view */
	{ SYSTEM, "ipv6 netstream cache entries <flows>", "ipv6 netstream cache entries [<flows>]",
	  "Bound the number of flows", edit_number, print_attr, NETSTREAM_SYSTEM_A_MAX_FLOWS },
	{ SYSTEM, EXPORT_VERSION " {9|ipfix} [origin-as|peer-as] [bgp-nexthop]",
	  EXPORT_VERSION " [9|ipfix] [origin-as|peer-as] [bgp-nexthop]",
	  "Set the format of export packets and what they say of routes", edit_version,
	  print_version, NETSTREAM_SYSTEM_A_VERSION },
	{ SYSTEM, "ipv6 netstream apply record <record-name>",
	  "ipv6 netstream apply record [<record-name>]",
	  "Meter and export a record", edit_apply, print_apply },
	{ SYSTEM, TEMPLATE " timeout-rate <template-minutes>",
	  TEMPLATE " timeout-rate [<template-minutes>]",
	  "Send templates again after so many minutes", edit_number, print_attr,
	  NETSTREAM_SYSTEM_A_TEMPLATE_TIMEOUT },
	{ SYSTEM, TEMPLATE " refresh-rate <packets>", TEMPLATE " refresh-rate [<packets>]",
	  "Send templates again after so many packets", edit_number, print_attr,
	  NETSTREAM_SYSTEM_A_TEMPLATE_PACKETS },
	{ SYSTEM, "ipv6 netstream export source {<address4>|[ipv6] <address6>} [<port>]",
	  "ipv6 netstream export source [<address4>|<address6>|ipv6 [<address6>]] [<port>]",
	  "Set where packets to collectors come from", edit_source, print_source,
	  NETSTREAM_SYSTEM_A_SOURCE4 },
	{ SYSTEM | SLOT, HOST, HOST, "Export to a collector", edit_host, print_hosts },
	{ SYSTEM, "management-interface <interface>", "management-interface [<interface>]",
	  "Never export through an interface", edit_management, print_management },
	{ SYSTEM, TIMEOUT("aggregation ", "active" ACTIVE),
	  TIMEOUT("aggregation ", "active" UNDO_ACTIVE),
	  "End flexible flows that have lasted so long", edit_active, print_attr,
	  NETSTREAM_SYSTEM_A_FLEX_ACTIVE },
	{ SYSTEM, TIMEOUT("aggregation ", "inactive <seconds>"),
	  TIMEOUT("aggregation ", "inactive [<seconds>]"),
	  "End flexible flows without packets for so long", edit_number, print_attr,
	  NETSTREAM_SYSTEM_A_FLEX_INACTIVE },
	{ SYSTEM, TIMEOUT("", "active" ACTIVE), TIMEOUT("", "active" UNDO_ACTIVE),
	  "End original flows that have lasted so long", edit_active, print_attr,
	  NETSTREAM_SYSTEM_A_ORIGINAL_ACTIVE },
	{ SYSTEM, TIMEOUT("", "inactive <seconds>"), TIMEOUT("", "inactive [<seconds>]"),
	  "End original flows without packets for so long", edit_number, print_attr,
	  NETSTREAM_SYSTEM_A_ORIGINAL_INACTIVE },
	{ SYSTEM | INTERFACE, SAMPLER, UNDO_SAMPLER, "Look at some packets only",
	  edit_sampler, print_sampler },

	/* interface view */
	{ INTERFACE, "ipv6 netstream {inbound|outbound}", "ipv6 netstream {inbound|outbound}",
	  "Meter this interface", edit_enable, print_enable },

	/* slot view */
	{ SLOT, "ip netstream export sequence-mode flow", "ip netstream export sequence-mode [flow]",
	  "Count data records, not packets, in the sequence number", edit_sequence,
	  print_sequence },
	{ SLOT, "port <interface>", "port <interface>", "Put an interface into this slot",
	  edit_port, print_ports },

	/* record view */
	{ RECORD, "description <text>", "description [<text>]", "Describe this record",
	  edit_description, print_description },
	{ RECORD, "match {{source|destination} {address [<prefix>]|port|as|mask|vlan}"
	  "|protocol|tos|flow-label|direction|tcp-flag|{input|output} interface|next-hop [bgp]}",
	  "match {{source|destination} {address [<prefix>]|port|as|mask|vlan}"
	  "|protocol|tos|flow-label|direction|tcp-flag|{input|output} interface|next-hop [bgp]}",
	  "Make a field part of the key", edit_match, print_match },
	{ RECORD, "collect {input {packets|bytes} {16|32|64}|{first|last} switched"
	  "|flow-end-reason|tcp-flag|flow-label|{source|destination} {mask|vlan}"
	  "|{input|output} interface|next-hop [bgp]}",
	  "collect {input {packets|bytes} [16|32|64]|{first|last} switched"
	  "|flow-end-reason|tcp-flag|flow-label|{source|destination} {mask|vlan}"
	  "|{input|output} interface|next-hop [bgp]}",
	  "Report a field", edit_collect, print_collect },

	/* commands */
	{ ANY, "commit [force|check]", NULL, "Make the candidate the running configuration",
	  command_commit },
	{ ANY, "discard", NULL, "Give up the candidate", command_discard },
	{ ANY, "quit/exit", NULL, "Leave this view", command_quit },
	{ ANY, "return", NULL, "Return to the user view", command_return },
	{ ANY, "show/display configuration [running|candidate|compare] [--json]", NULL,
	  "Show a configuration", command_show_configuration, .batch = ASK },
	{ ANY, "show/display this", NULL, "Show the candidate's statements of this view",
	  command_show_this, .batch = ASK },
	{ ANY, "show/display [ipv6 netstream] cache [record <record-name>] [limit <most>] [--json]",
	  NULL, "Show flows, those with most bytes first", command_show_cache, .batch = ASK },
	{ ANY, "show/display [ipv6 netstream] {statistics|hosts/host|templates/template"
	  "|records/record|interfaces/interface} [--json]", NULL,
	  "Show what the module does", command_show, .batch = ASK },
	{ USER, "reset [ipv6 netstream] {cache|statistics}", NULL,
	  "End all flows, or clear all counters", command_reset, .batch = ACT },
	{ USER, "refresh [ipv6 netstream] template", NULL, "Send all templates to all hosts now",
	  command_refresh, .batch = ACT },
};

const size_t statements_count = ARRAY_SIZE(statements);

const char *view_name(enum view v)
{
	static const char *const names[VIEWS] = {
		[VIEW_USER]		= "user",
		[VIEW_SYSTEM]		= "system",
		[VIEW_SLOT]		= "slot",
		[VIEW_INTERFACE]	= "interface",
		[VIEW_RECORD]		= "record",
	};

	return names[v];
}

/* Copy @text to @f, every line with @indent before it. */
static void indent_lines(FILE *f, const char *text, const char *indent)
{
	size_t len;

	for (; *text; text += len) {
		len = strcspn(text, "\n") + 1;
		fprintf(f, "%s%.*s", indent, (int)len, text);
	}
}

/**
 * place_print() - print the statements that make a place what it is
 * @f: where to
 * @p: the place
 * @indent: what to begin each line with
 */
void place_print(FILE *f, const struct place *p, const char *indent)
{
	char *text = NULL;
	FILE *lines;
	size_t i;

	lines = open_memstream(&text, &i);
	for (i = 0; i < statements_count; i++) {
		const struct statement *st = &statements[i];

		if (st->views & 1u << p->view && st->print)
			st->print(lines, st, p);
	}
	fclose(lines);
	indent_lines(f, text, indent);
	free(text);
}

static void print_view(FILE *f, const struct place *p)
{
	place_print(f, p, " ");
	fputs(" quit\n#\n", f);
}

static void print_records(FILE *f, struct config *c)
{
	size_t i;

	for (i = 0; i < c->records.n; i++) {
		struct place p = { .view = VIEW_RECORD, .config = c, .record = &c->records.v[i] };

		fprintf(f, "ipv6 netstream record %s\n", p.record->name);
		print_view(f, &p);
	}
}

static void print_slots(FILE *f, struct config *c)
{
	size_t i;

	for (i = 0; i < c->slots.n; i++) {
		struct place p = { .view = VIEW_SLOT, .config = c, .slot = &c->slots.v[i] };

		if (slot_empty(p.slot))
			continue;
		fprintf(f, "slot %u\n", p.slot->id);
		print_view(f, &p);
	}
}

static void print_interfaces(FILE *f, struct config *c)
{
	size_t i;

	for (i = 0; i < c->interfaces.n; i++) {
		struct place p = { .view = VIEW_INTERFACE, .config = c,
				   .interface = &c->interfaces.v[i] };

		if (interface_empty(c, p.interface))
			continue;
		fprintf(f, "interface %s\n", p.interface->name);
		print_view(f, &p);
	}
}

/**
 * config_print() - print a configuration as statements that make it
 * @f: where to
 * @c: the configuration
 *
 * Records come first: what applies them must find them.
 */
void config_print(FILE *f, const struct config *c)
{
	struct place system = { .view = VIEW_SYSTEM, .config = (struct config *)c };

	fputs("#\nsystem-view\n#\n", f);
	print_records(f, system.config);
	place_print(f, &system, "");
	fputs("#\n", f);
	print_slots(f, system.config);
	print_interfaces(f, system.config);
	fputs("return\n", f);
}

/**
 * config_text() - a configuration as statements that make it
 * @c: the configuration
 *
 * Return: the statements; to be freed.
 */
char *config_text(const struct config *c)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	config_print(f, c);
	fclose(f);
	return text;
}
