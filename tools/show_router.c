// SPDX-License-Identifier: GPL-2.0
/* Listings that an engineer knows from the model router, laid out as there. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "nl_reply.h"
#include "out.h"
#include "session.h"
#include "show_router.h"
#include "show_status.h"

/**
 * struct wanted - the interface that is asked for
 * @name: its name
 * @found: it is metered
 * @json: it is shown as "show interfaces --json" shows it
 * @out: the list of this one
 */
struct wanted {
	const char	*name;
	bool		found;
	bool		json;
	struct out	out;
};

/* The keyword may have the name of its argument, which comes last. */
static int match_last(const struct match *m, const char *name)
{
	int i, index = 0;

	for (i = 0; i < LINE_WORDS_MAX && m->names[i]; i++)
		if (!strcmp(m->names[i], name))
			index = i;
	return index;
}

static void print_direction(const struct interface_status *i, unsigned int d)
{
	printf(" %s\n", d == NETSTREAM_INBOUND ? "Inbound:" : "Outbound:");
	printf("   IPV6  :%" PRIu64 " Bytes, %" PRIu64 " Packets\n", i->bytes[d], i->packets[d]);
	printf("   Total :%" PRIu64 " Bytes, %" PRIu64 " Packets\n", i->bytes[d], i->packets[d]);
}

static void print_interface(const struct interface_status *i, void *arg)
{
	struct wanted *w = arg;

	if (strcmp(i->interface.name, w->name))
		return;
	w->found = true;
	if (w->json) {
		show_interface(i, &w->out);
		return;
	}
	printf("Netstream statistics information on interface %s:\n", w->name);
	print_direction(i, NETSTREAM_INBOUND);
	print_direction(i, NETSTREAM_OUTBOUND);
}

/* Only IPv6 is metered here: the router has lines for IPv4 and MPLS as well. */
int show_interface_statistics(struct session *s, const struct match *m)
{
	struct wanted w = { .json = s->json || match_word(m, "--json") };
	int index = match_last(m, "interface"), rc;

	w.name = m->line->words.v[index].text;
	if (session_needs_module(s))
		return -1;
	out_open(&w.out, w.json);
	rc = nl_interfaces(print_interface, &w, &s->why);
	if (w.json)
		out_close(&w.out, NULL);
	if (rc || w.found)
		return rc;
	return failure_word(&s->why, index, "this interface is not metered");
}

/* --------------------------------------------------------------- templates */

/**
 * struct sent - how often templates were sent
 * @json: as JSON
 * @out: the list, as JSON
 * @begun: the headings are printed
 */
struct sent {
	bool		json;
	struct out	out;
	bool		begun;
};

static void print_sent(struct sent *l, const char *name, uint64_t sent, uint64_t failed)
{
	if (!l->begun)
		printf("%-44s %12s %12s\n", "TemplateName", "Success", "Failed");
	l->begun = true;
	printf("%-44s %12" PRIu64 " %12" PRIu64 "\n", name, sent, failed);
}

/* The router's names; flexible flows are of a record that the system view applies. */
static void router_name(char *name, size_t size, const char *record)
{
	if (strcmp(record, "original"))
		snprintf(name, size, "Record %s(system)", record);
	else
		snprintf(name, size, "Origin");
}

static void print_template(const struct template_status *t, void *arg)
{
	char name[NETSTREAM_RECORD_NAME_MAX + NETSTREAM_MONITOR_NAME_MAX + 32];
	struct sent *l = arg;

	if (*t->monitor)
		snprintf(name, sizeof(name), "Record %s(%s)", t->record, t->monitor);
	else
		router_name(name, sizeof(name), t->record);
	if (!l->json) {
		print_sent(l, name, t->sent, t->failed);
		return;
	}
	out_row(&l->out);
	out_text(&l->out, "template", NULL, "%s", name);
	out_text(&l->out, "record", NULL, "%s", t->record);
	if (*t->monitor)
		out_text(&l->out, "monitor", NULL, "%s", t->monitor);
	else
		out_number(&l->out, "slot", NULL, t->slot);
	out_text(&l->out, "version", NULL, "%s", version_name(t->version));
	out_number(&l->out, "success", NULL, t->sent);
	out_number(&l->out, "failed", NULL, t->failed);
}

static void print_option_template(const struct option_template_status *t, void *arg)
{
	struct sent *l = arg;
	char *name = xasprintf("Option %s (%s)", t->name, version_name(t->version));

	if (!l->json) {
		print_sent(l, name, t->sent, t->failed);
	} else {
		out_row(&l->out);
		out_text(&l->out, "template", NULL, "%s", t->name);
		out_number(&l->out, "id", NULL, t->id);
		out_text(&l->out, "version", NULL, "%s", version_name(t->version));
		out_number(&l->out, "success", NULL, t->sent);
		out_number(&l->out, "failed", NULL, t->failed);
	}
	free(name);
}

/* Templates of each slot and version have a line. */
int show_export_templates(struct session *s, const struct match *m)
{
	struct sent l = { .json = s->json || match_word(m, "--json") };
	int rc;

	if (session_needs_module(s))
		return -1;
	out_open(&l.out, l.json);
	rc = nl_templates(print_template, &l, &s->why);
	if (l.json)
		out_close(&l.out, rc ? NULL : "");
	return rc;
}

/* Those of option records have a line for each version. */
int show_option_templates(struct session *s, const struct match *m)
{
	struct sent l = { .json = s->json || match_word(m, "--json") };
	int rc;

	if (session_needs_module(s))
		return -1;
	out_open(&l.out, l.json);
	rc = nl_option_templates(print_option_template, &l, &s->why);
	if (l.json)
		out_close(&l.out, rc ? NULL : "");
	return rc;
}

/* -------------------------------------------------------------------- slots */

#define RULE " ----------------------------------------------------------------------------\n"

/* Lengths of packets are not counted, which the router shows of boards that cannot so. */
static void print_lengths(const struct slot_stats *st)
{
	static const char *const bins[] = {
		"1     ~    64", "65    ~    128", "129   ~    256", "257   ~    512",
		"513   ~    1024", "1025  ~    1500", "longer than 1500",
	};
	static const char *const protocols[] = { "IPV4", "IPV6", "MPLS", "L2", "Total" };
	uint64_t packets = st->packets[NETSTREAM_INBOUND] + st->packets[NETSTREAM_OUTBOUND];
	size_t i;

	printf(" %-28s %-18s %-15s %s\n" RULE, "length of packets", "Number", "Protocol", "Number");
	for (i = 0; i < ARRAY_SIZE(bins); i++) {
		printf(" %-26s:  ", bins[i]);
		if (i >= ARRAY_SIZE(protocols))
			puts("---");
		else if (!strcmp(protocols[i], "IPV6") || !strcmp(protocols[i], "Total"))
			printf("%-18s %-13s:  %" PRIu64 "\n", "---", protocols[i], packets);
		else
			printf("%-18s %-13s:  ---\n", "---", protocols[i]);
	}
}

static void print_streams(const char *name, const struct slot_record *r)
{
	printf(" %-20s %-18" PRIu64 " %" PRIu64 "\n", name, r->current, r->ended);
	printf(" %-20s %-18" PRIu64 " %-18" PRIu64 " %" PRIu64 "\n", "", r->created,
	       r->exported_packets, r->exported_flows);
}

static void print_slot(const struct slot_stats *st)
{
	struct slot_record all = { .name = "all-aggre" };
	size_t i;

	printf(" Netstream statistic information on slot %u:\n", st->slot);
	print_lengths(st);
	printf(RULE " %-20s %-18s %s\n %-20s %-18s %-18s %s\n" RULE, "Aggregation", "Current Streams",
	       "Aged Streams", "", "Created Streams", "Exported Packets", "Exported Streams");
	for (i = 0; i < st->records.n; i++) {
		const struct slot_record *r = &st->records.v[i];
		char *name = strcmp(r->name, "original") ? xasprintf("system: %s", r->name)
							 : xstrdup("origin");

		print_streams(name, r);
		free(name);
		if (!strcmp(r->name, "original"))
			continue;
		all.created += r->created;
		all.current += r->current;
		all.ended += r->ended;
		all.exported_packets += r->exported_packets;
		all.exported_flows += r->exported_flows;
	}
	print_streams(all.name, &all);
}

static struct json_object *slot_direction(const struct slot_stats *st, unsigned int d)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "seen", json_object_new_uint64(st->seen[d]));
	json_object_object_add(o, "packets", json_object_new_uint64(st->packets[d]));
	json_object_object_add(o, "bytes", json_object_new_uint64(st->bytes[d]));
	return o;
}

static struct json_object *slot_record_json(const struct slot_record *r)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "record", json_text(r->name));
	json_object_object_add(o, "current_flows", json_object_new_uint64(r->current));
	json_object_object_add(o, "ended_flows", json_object_new_uint64(r->ended));
	json_object_object_add(o, "created_flows", json_object_new_uint64(r->created));
	json_object_object_add(o, "exported_packets", json_object_new_uint64(r->exported_packets));
	json_object_object_add(o, "exported_flows", json_object_new_uint64(r->exported_flows));
	return o;
}

static void slot_json(const struct slot_stats *st)
{
	struct json_object *o = json_object_new_object(), *records = json_object_new_array();
	size_t i;

	for (i = 0; i < st->records.n; i++)
		json_object_array_add(records, slot_record_json(&st->records.v[i]));
	json_object_object_add(o, "slot", json_object_new_uint64(st->slot));
	json_object_object_add(o, "inbound", slot_direction(st, NETSTREAM_INBOUND));
	json_object_object_add(o, "outbound", slot_direction(st, NETSTREAM_OUTBOUND));
	json_object_object_add(o, "records", records);
	json_print(o);
}

int show_slot_statistics(struct session *s, const struct match *m)
{
	struct slot_stats st = { .slot = match_number(m, "slot-id") };
	int rc;

	if (session_needs_module(s))
		return -1;
	rc = nl_slot_stats(&st, &s->why);
	if (rc && s->why.error == ENOENT)
		failure_word(&s->why, match_index(m, "slot-id"), "there is no such slot");
	else if (!rc && (s->json || match_word(m, "--json")))
		slot_json(&st);
	else if (!rc)
		print_slot(&st);
	nl_slot_stats_free(&st);
	return rc;
}
