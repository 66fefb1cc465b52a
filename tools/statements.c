// SPDX-License-Identifier: GPL-2.0
/*
 * The table of everything that can be typed.
 *
 * Statements of the configuration come from their own tables, setting.c and
 * field.c; commands stand here, with the functions that run them.
 */
#include <linux/netstream.h>
#include <stdlib.h>
#include <string.h>

#include "arg.h"
#include "command.h"
#include "doctor.h"
#include "field.h"
#include "flow_filter.h"
#include "grammar.h"
#include "monitor.h"
#include "pipe.h"
#include "rollback.h"
#include "routes_load.h"
#include "setting.h"
#include "show_cache.h"
#include "show_monitor.h"
#include "show_routes.h"
#include "show_stats.h"
#include "show_router.h"
#include "show_status.h"
#include "show_version.h"
#include "statement.h"
#include "startup.h"
#include "statements.h"
#include "top.h"
#include "util.h"

#define USER		(1u << VIEW_USER)
#define SYSTEM		(1u << VIEW_SYSTEM)
#define SLOT		(1u << VIEW_SLOT)
#define INTERFACE	(1u << VIEW_INTERFACE)
#define ANY		((1u << VIEWS) - 1)

/* The statements that open views; each is undone by the same words. */
static const struct command {
	unsigned int		views;
	const char		*syntax;
	const char		*undo;
	const char		*help;
	struct statement	statement;
} openings[] = {
	{ USER, "system-view", NULL, "Enter the system view",
	  { EFFECT_VIEW, .run = command_system_view } },
	{ SYSTEM, "ipv6 netstream record <record-name>", "ipv6 netstream record <record-name>",
	  "Define a record, or enter its view", { EFFECT_EDIT, .run = command_record } },
	{ SYSTEM, "ipv6 netstream monitor <monitor-name>", "ipv6 netstream monitor <monitor-name>",
	  "Define a monitor, or enter its view", { EFFECT_EDIT, .run = command_monitor } },
	{ SYSTEM, "slot <slot-id>", "slot <slot-id>", "Enter the view of a slot",
	  { EFFECT_EDIT, .run = command_slot } },
	{ SYSTEM, "interface <view>", "interface <view>", "Enter the view of an interface",
	  { EFFECT_EDIT, .run = command_interface } },
	{ SYSTEM, "routes", "routes", "Enter the view of the follower of routes",
	  { EFFECT_EDIT, .run = command_routes } },
}, natural[] = {
	/* what the model system has to be told and what is so here in any case */
	{ SYSTEM, "ipv6 netstream mpls-aware ip-only", "ipv6 netstream mpls-aware [ip-only]",
	  "Meter IPv6 packets, not labels of MPLS (always so)",
	  { EFFECT_EDIT, .run = command_natural } },
	{ SLOT, "{ip|ipv6} netstream sampler to slot self", NULL,
	  "Meter and export in this slot (always so)", { EFFECT_EDIT, .run = command_natural } },
	{ INTERFACE, "ipv6 netstream statistics enable", NULL,
	  "Count packets of this interface (always so)", { EFFECT_EDIT, .run = command_natural } },
}, commands[] = {
	{ ANY, "commit [force|check|confirmed [<confirm-minutes>]] [label <label-text>]", NULL, "Make the candidate the running configuration",
	  { EFFECT_VIEW, .run = command_commit } },
	{ ANY, "discard", NULL, "Give up the candidate", { EFFECT_VIEW, .run = command_discard } },
	{ ANY, "quit/exit", NULL, "Leave this view", { EFFECT_VIEW, .run = command_quit } },
	{ ANY, "return/end", NULL, "Return to the user view",
	  { EFFECT_VIEW, .run = command_return } },
	{ ANY, "abort", NULL, "Give up the candidate and return to the user view",
	  { EFFECT_VIEW, .run = command_abort } },
	{ ANY, "show/display configuration/current-configuration [running|all|candidate|compare]"
	  " [--json]", NULL, "Show a configuration",
	  { EFFECT_ASK, .run = command_show_configuration } },
	{ ANY, "rollback <commit-number>", NULL,
	  "Make a configuration that was committed the candidate", { EFFECT_EDIT, .run = rollback } },
	{ ANY, "load {merge|replace} <load-file>", NULL,
	  "Change the candidate by the statements of a file", { EFFECT_EDIT, .run = rollback_load } },
	{ ANY, "lock", NULL, "Keep others from committing while this shell runs",
	  { EFFECT_VIEW, .run = command_lock } },
	{ ANY, "unlock", NULL, "Let others commit again", { EFFECT_VIEW, .run = command_unlock } },
	{ USER, "configure [terminal|exclusive]", NULL, "Enter the system view",
	  { EFFECT_VIEW, .run = command_configure } },
	{ ANY, "show/display configuration commit list [--json]", NULL,
	  "Show configurations that were committed", { EFFECT_ASK, .run = rollback_list } },
	{ ANY, "show/display configuration compare rollback <commit-number> [--json]", NULL,
	  "Show what the candidate changes of a configuration that was committed",
	  { EFFECT_ASK, .run = rollback_compare } },
	{ ANY, "show/display this [--json]", NULL, "Show the candidate's statements of this view",
	  { EFFECT_ASK, .run = command_show_this } },
	{ ANY, "show/display [ipv6 netstream] cache [record/flexflowtpl <record-name>|origin]"
	  FLOW_FILTER_SYNTAX " [by <fields>] [sort <key>] [limit/top <most>|all] [detail] [--json]", NULL,
	  "Show flows, the largest first", { EFFECT_ASK, .run = show_cache } },
	{ ANY, "show/display [ipv6 netstream] cache [record/flexflowtpl <record-name>|origin]"
	  FLOW_FILTER_SYNTAX " [by <fields>] [sort <key>] --watch", NULL,
	  "Watch the largest flows and the collectors", { EFFECT_ACT, .run = top } },
	{ ANY, "show/display [ipv6 netstream] statistics [--json|--prometheus]", NULL,
	  "Show what became of the packets", { EFFECT_ASK, .run = show_statistics } },
	{ ANY, "show/display [ipv6 netstream] statistics slot <slot-id> [--json]", NULL,
	  "Show the flows of a slot, by record", { EFFECT_ASK, .run = show_slot_statistics } },
	{ ANY, "show/display [ipv6 netstream] hosts/host [detail] [--json]", NULL,
	  "Show collectors", { EFFECT_ASK, .run = show_hosts } },
	{ ANY, "show/display [ipv6 netstream] templates/template [detail] [--json]", NULL,
	  "Show templates", { EFFECT_ASK, .run = show_templates } },
	{ ANY, "show/display [ipv6 netstream] records/record [detail] [--json]", NULL,
	  "Show records", { EFFECT_ASK, .run = show_records } },
	{ ANY, "show/display [ipv6 netstream] monitors/monitor [all|<monitor-name>] [--json]", NULL,
	  "Show monitors and what became of their packets",
	  { EFFECT_ASK, .run = show_monitors } },
	{ ANY, "show/display [ipv6 netstream] interfaces/interface [detail] [--json]", NULL,
	  "Show metered interfaces", { EFFECT_ASK, .run = show_interfaces } },
	{ ANY, "show/display [ipv6 netstream] routes [<route-prefix> [longer]]"
	  " [vpn-instance/vrf <vrf>] [detail] [--json]", NULL,
	  "Show what BGP says of prefixes", { EFFECT_ASK, .run = show_routes } },
	{ ANY, "show/display [ipv6 netstream] routes statistics [detail] [--json]", NULL,
	  "Show tables of routes", { EFFECT_ASK, .run = show_routes_statistics } },
	{ USER, "routes load <route-file> [vpn-instance/vrf <vrf>] [peer {<address4>|<address6>}]", NULL,
	  "Replace a table of routes by that of a file", { EFFECT_ACT, .run = routes_load } },
	{ USER, "reset [ipv6 netstream] routes [vpn-instance/vrf <vrf>]", NULL,
	  "Remove a table of routes", { EFFECT_ACT, .run = routes_reset } },
	{ ANY, "show/display netstream {all|global|interface <view>} [--json]", NULL,
	  "Show the statements in effect, by view",
	  { EFFECT_ASK, .run = command_show_netstream } },
	{ ANY, "show/display {ip|ipv6} netstream statistics interface <interface> [--json]", NULL,
	  "Show the packets of an interface", { EFFECT_ASK, .run = show_interface_statistics } },
	{ ANY, "show/display {ip|ipv6} netstream export template [--json]", NULL,
	  "Show how often templates were sent", { EFFECT_ASK, .run = show_export_templates } },
	{ ANY, "show/display {ip|ipv6} netstream export template option [--json]", NULL,
	  "Show how often templates of option records were sent",
	  { EFFECT_ASK, .run = show_option_templates } },
	{ ANY, "show/display version [--json]", NULL, "Show versions of tool, module and kernel",
	  { EFFECT_ASK, .run = show_version } },
	{ ANY, "show/display tech/tech-support [--json]", NULL,
	  "Show everything that whoever helps will ask for", { EFFECT_ASK, .run = show_tech } },
	{ ANY, "doctor [--json]", NULL, "Find why nothing arrives or numbers look wrong",
	  { EFFECT_ASK, .run = doctor } },
	{ USER, "top [<refresh-seconds>]" FLOW_FILTER_SYNTAX " [by <fields>] [sort <key>]", NULL, "Watch the largest flows and the collectors",
	  { EFFECT_ACT, .run = top } },
	{ USER, "monitor [all] [--json]", NULL, "Print what happens, as it happens",
	  { EFFECT_ACT, .run = monitor_events } },
	{ USER, "reset [ipv6 netstream] {cache [slot <slot-id>]|statistics}", NULL,
	  "End flows, of all slots or of one, or clear all counters", { EFFECT_ACT, .run = show_reset } },
	{ USER, "refresh [ipv6 netstream] template", NULL, "Send all templates to all hosts now",
	  { EFFECT_ACT, .run = show_refresh } },
	{ USER, "save [<file>]", NULL, "Write the running configuration for the next boot",
	  { EFFECT_ACT, .run = startup_save } },
	{ USER, "write [memory]", NULL, "Write the running configuration for the next boot",
	  { EFFECT_ACT, .run = startup_save } },
	{ USER, "copy running-config startup-config", NULL,
	  "Write the running configuration for the next boot",
	  { EFFECT_ACT, .run = startup_save } },
};

/* Help on keywords; one that is not here has the help of its statement. */
const struct keyword statement_keywords[] = {
	{ "16", "16 bits" },
	{ "32", "32 bits" },
	{ "64", "64 bits" },
	{ "9", "NetFlow version 9" },
	{ "--json", "JSON instead of text" },
	{ "--prometheus", "Metrics for Prometheus, with collectors, interfaces and records" },
	{ "active", "Flows that go on" },
	{ "address", "IPv6 address" },
	{ "aggregation", "Flexible flows" },
	{ "abort", "Give up the candidate and return to the user view" },
	{ "all", "All of them; of flows, as they come" },
	{ "apply", "Meter a record" },
	{ "as", "Number of the autonomous system" },
	{ "auto", "The forwarding table; routes where it has only a default route" },
	{ "begin", "From the first line on that fits" },
	{ "bgp", "BGP next hop instead of the next hop" },
	{ "bgp-nexthop", "Report BGP next hops" },
	{ "bytes", "Bytes from the IPv6 header on" },
	{ "cache", "Flows being metered" },
	{ "by", "Add up flows by fields, in memory for each sum" },
	{ "candidate", "What commit would make the running configuration" },
	{ "check", "Only validate" },
	{ "collect", "Report a field" },
	{ "commit", "Make the candidate the running configuration" },
	{ "compare", "What commit would change" },
	{ "configuration", "Statements in effect" },
	{ "confirmed", "Have the kernel undo it unless another commit confirms it" },
	{ "count", "Number of lines, or of those that fit" },
	{ "detail", "Everything of each, as a paragraph" },
	{ "destination-interface", "Interface of leaving" },
	{ "destination-port", "Destination port" },
	{ "destination", "Where packets go to" },
	{ "direction", "Inbound or outbound" },
	/* "dis" is the router's "display" */
	{ "discard", "Give up the candidate and take the running configuration", 4 },
	{ "doctor", "Find why nothing arrives or numbers look wrong" },
	{ "dscp", "DSCP of export packets" },
	{ "entries", "Bound on flows in the cache" },
	{ "exclusive", "And keep others from committing" },
	{ "exclude", "Only lines that do not fit" },
	{ "export", "What leaves for collectors" },
	{ "fib", "Only the forwarding table" },
	{ "first", "First packet of the flow" },
	{ "fix-packets", "The first of each so many packets" },
	{ "fix-time", "The first packet in each interval" },
	{ "flow", "Count data records" },
	{ "flow-end-reason", "Why the flow ended" },
	{ "flow-label", "IPv6 flow label" },
	{ "force", "Even if the running configuration has changed meanwhile" },
	{ "host", "Collector" },
	{ "global", "Statements of the system view" },
	{ "hosts", "Collectors and what they were sent" },
	{ "include", "Only lines that fit" },
	{ "inactive", "Flows that have stopped" },
	{ "inbound", "Packets that arrive" },
	{ "input", "Where packets arrive" },
	{ "interface", "Interface" },
	{ "interfaces", "Interfaces being metered" },
	{ "interval-second", "In seconds instead of minutes" },
	{ "ip", "IPv4 and IPv6 statements" },
	{ "ipfix", "IPFIX" },
	/* "ip" begins the statements of another protocol on the router */
	{ "ipv6", "IPv6", 3 },
	{ "last", "Last packet of the flow" },
	{ "label", "Say what it is for" },
	{ "limit", "Only the first, of most bytes if not sorted" },
	{ "list", "Configurations that were committed" },
	{ "longer", "And all prefixes that it covers" },
	{ "management-interface", "Interface that export packets never leave through" },
	{ "mask", "Prefix length of the route" },
	{ "merge", "On top of the candidate" },
	{ "match", "Make a field part of the key" },
	{ "netstream", "Metering and export of flows" },
	{ "monitor", "A record, collectors and a sampler beside those of the system" },
	{ "monitors", "Monitors and what became of their packets" },
	{ "next-hop", "Next hop of the route" },
	{ "no-more", "Without a pager" },
	{ "option", "Option records, which say things of the exporter itself" },
	{ "origin", "Original flows" },
	{ "origin-as", "Report the AS that originates the prefix" },
	{ "outbound", "Packets that leave" },
	{ "output", "Where packets leave" },
	{ "packets", "Packets" },
	{ "peer-as", "Report the neighbouring AS" },
	{ "peer", "Only paths that this peer announced" },
	{ "port", "Port" },
	{ "protocol", "Protocol after the extension headers" },
	{ "quit", "Leave this view" },
	{ "random-packets", "A random one of each so many packets" },
	{ "record", "Definition of flexible flows" },
	{ "records", "Records and their flows" },
	{ "refresh", "Send again now" },
	{ "refresh-rate", "Packets after which templates are sent again" },
	{ "replace", "Instead of the candidate" },
	{ "reset", "End flows or clear counters" },
	{ "return", "Return to the user view" },
	/* "r" is "return" */
	{ "rollback", "Make a configuration that was committed the candidate", 2 },
	{ "route-mask", "As many bits as the mask of the route" },
	{ "routes", "What BGP says of prefixes" },
	{ "running", "What is in effect" },
	{ "sampler", "Look at some packets only" },
	{ "sequence-mode", "What the sequence number counts" },
	{ "show", "Show" },
	{ "slot", "Group of interfaces with an export stream of its own" },
	{ "sort", "Sort: numbers from the largest, addresses from the lowest" },
	{ "source-interface", "Interface of arrival" },
	{ "source-port", "Source port" },
	{ "source", "Where packets come from" },
	{ "statistics", "What became of the packets" },
	{ "switched", "Time of that packet" },
	{ "system-view", "Enter the system view" },
	{ "self", "The slot itself" },
	{ "tcp-flag", "TCP flags" },
	{ "tech", "Everything that whoever helps will ask for" },
	{ "template", "Templates" },
	{ "templates", "Templates as they are being sent" },
	{ "this", "Statements of this view" },
	{ "terminal", "The system view" },
	{ "timeout", "When flows are ended" },
	{ "timeout-rate", "Minutes after which templates are sent again" },
	{ "tos", "Traffic class" },
	{ "undo", "Reverse a statement" },
	/* "un" is "undo" */
	{ "unlock", "Let others commit again", 3 },
	{ "version", "Format of export packets" },
	{ "vlan", "VLAN tag" },
	{ "vpn-instance", "VRF through which the collector is reached" },
	{ "|", "Choose among the lines that are shown" },
};

const size_t statement_keywords_count = ARRAY_SIZE(statement_keywords);

/* The statements that the grammar points to. */
static VEC(struct statement *) made;
static VEC(struct arg_type *) arguments;

static const struct statement *make_statement(const struct setting *st, unsigned int field)
{
	struct statement *new = xcalloc(1, sizeof(*new));

	new->effect = EFFECT_EDIT;
	new->setting = st;
	new->field = field;
	*vec_push(&made) = new;
	return new;
}

static char *upper(const char *s)
{
	char *text = xstrdup(s), *p;

	for (p = text; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p -= 'a' - 'A';
	return text;
}

static struct arg_type number_type(const char *name, const char *unit, unsigned int min,
				   unsigned int max, const char *zero)
{
	struct arg_type t = { .name = name, .kind = ARG_NUMBER, .min = min, .max = max };

	t.shown = upper(unit);
	t.what = xasprintf("%s (%u-%u%s%s)", unit, min, max, zero ? ", 0 for " : "",
			   zero ? zero : "");
	return t;
}

/* The number of a row, and for times also the same in minutes. */
static const struct arg_type *make_types(const struct setting *st, size_t *count)
{
	struct arg_type *t;

	*count = 0;
	if (st->kind != KIND_NUMBER && st->kind != KIND_TIME)
		return NULL;
	t = xcalloc(2, sizeof(*t));
	*vec_push(&arguments) = t;
	t[0] = number_type("value", st->unit, st->min, st->max, st->zero);
	*count = 1;
	if (st->kind == KIND_NUMBER)
		return t;
	t[1] = number_type("minutes", "minutes", (st->min + 59) / 60, st->max / 60, NULL);
	*count = 2;
	return t;
}

/* What follows the words of a row. */
static char *syntax_of(const struct setting *st, bool undo)
{
	if (undo && st->undo)
		return xstrdup(st->undo);
	if (!undo && st->syntax)
		return xstrdup(st->syntax);
	switch (st->kind) {
	case KIND_NUMBER:
		return xstrdup(undo ? "[<value>]" : "<value>");
	case KIND_TIME:
		return xstrdup(undo ? "[<minutes>|interval-second [<value>]]"
				    : "{<minutes>|interval-second <value>}");
	case KIND_NAMES:
		return xasprintf(undo ? "[<%s>]" : "<%s>", st->arg);
	case KIND_TEXT:
		return xstrdup(undo ? "[<text>]" : "<text>");
	default:
		return xstrdup("");
	}
}

/* The help of a number includes its default. */
static char *help_of(const struct setting *st)
{
	if (!st->def)
		return xstrdup(st->help);
	if (st->kind == KIND_SWITCH)
		return xasprintf("%s (default on)", st->help);
	return xasprintf("%s (default %u %s)", st->help, st->def, st->unit);
}

static strings helps;

static void add_setting(struct grammar *g, const struct setting *st, bool undo)
{
	char *more = syntax_of(st, undo), *text = xasprintf("%s %s", st->words, more);
	struct syntax sx = {
		.views = 1u << st->view,
		.text = text,
		.undo = undo,
		.help = *vec_push(&helps) = help_of(st),
		.what = make_statement(st, 0),
	};

	sx.own = make_types(st, &sx.owns);
	grammar_add(g, &sx);
	free(text);
	free(more);
}

static const char *field_options(const struct field *f, const struct setting *st, bool undo)
{
	if (st->attr[0] == NETSTREAM_RECORD_A_MATCH)
		return f->use & FIELD_PREFIX ? " [<prefix>|route-mask]" : "";
	if (!(f->use & FIELD_WIDTH))
		return "";
	return undo ? " [16|32|64]" : " {16|32|64}";
}

/* match and collect: one syntax for each field that allows it. */
static void add_fields(struct grammar *g, const struct setting *st, bool undo)
{
	unsigned int use = st->attr[0] == NETSTREAM_RECORD_A_MATCH ? FIELD_MATCH : FIELD_COLLECT;
	unsigned int i;

	for (i = 1; i <= NETSTREAM_FIELD_MAX; i++) {
		const struct field *f = field_row(i);
		struct syntax sx = { .views = 1u << st->view, .undo = undo };
		char *text;

		if (!f || !(f->use & use))
			continue;
		text = xasprintf("%s %s%s", st->words, f->words, field_options(f, st, undo));
		sx.text = text;
		sx.help = f->help;
		sx.what = make_statement(st, i);
		grammar_add(g, &sx);
		free(text);
	}
}

static void add_commands(struct grammar *g, const struct command *list, size_t count, bool undo)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct command *c = &list[i];
		struct syntax sx = {
			.views = c->views,
			.undo = undo,
			.help = c->help,
			.what = &c->statement,
		};
		const char *shows = c->statement.effect == EFFECT_ASK ? PIPE_SYNTAX : "";
		char *text;

		if (undo && !c->undo)
			continue;
		text = xasprintf("%s%s", undo ? c->undo : c->syntax, shows);
		sx.text = text;
		grammar_add(g, &sx);
		free(text);
	}
}

static void add_configuration(struct grammar *g, bool undo)
{
	size_t i;

	add_commands(g, openings, ARRAY_SIZE(openings), undo);
	add_commands(g, natural, ARRAY_SIZE(natural), undo);
	for (i = 0; i < settings_count; i++) {
		if (settings[i].kind == KIND_ITEMS)
			add_fields(g, &settings[i], undo);
		else
			add_setting(g, &settings[i], undo);
	}
}

/**
 * statements_each() - name each command of the user view
 * @each: called with it
 * @arg: for @each
 */
void statements_each(statements_fn each, void *arg)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(openings); i++)
		if (openings[i].views & USER)
			each(openings[i].syntax, openings[i].help, &openings[i].statement, arg);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].views & USER)
			each(commands[i].syntax, commands[i].help, &commands[i].statement, arg);
}

/**
 * statements_grammar() - everything that can be typed, as a grammar
 *
 * Its matches are struct statement.
 *
 * Return: the grammar; to be freed with statements_free().
 */
struct grammar *statements_grammar(void)
{
	struct grammar *g = grammar_new(statement_keywords, statement_keywords_count);

	add_configuration(g, false);
	add_configuration(g, true);
	add_commands(g, commands, ARRAY_SIZE(commands), false);
	return g;
}

void statements_free(struct grammar *g)
{
	size_t i, j;

	grammar_free(g);
	for (i = 0; i < made.n; i++)
		free(made.v[i]);
	for (i = 0; i < arguments.n; i++) {
		for (j = 0; j < 2; j++) {
			free((char *)arguments.v[i][j].shown);
			free((char *)arguments.v[i][j].what);
		}
		free(arguments.v[i]);
	}
	vec_free(&made);
	vec_free(&arguments);
	strings_free(&helps);
}
