// SPDX-License-Identifier: GPL-2.0
/* Hosts, templates, records, interfaces and statistics, as text or JSON. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config_print.h"
#include "field.h"
#include "json.h"
#include "nl_reply.h"
#include "out.h"
#include "session.h"
#include "show.h"

/* What keeps a host from being sent to, in words. */
static const char *host_state(const struct host_status *h)
{
	switch (h->state) {
	case NETSTREAM_HOST_UP:
		return "up";
	case NETSTREAM_HOST_NO_SOURCE:
		return "no source";
	case NETSTREAM_HOST_NO_ADDRESS:
		return "source address missing";
	case NETSTREAM_HOST_NO_VRF:
		return "no VRF";
	case NETSTREAM_HOST_NO_ROUTE:
		return "no route";
	case NETSTREAM_HOST_MANAGEMENT:
		return "management interface";
	case NETSTREAM_HOST_UNREACHABLE:
		return "unreachable";
	case NETSTREAM_HOST_IDLE:
		return "idle";
	case NETSTREAM_HOST_FILTERED:
		return "filtered";
	}
	return h->error ? strerror(h->error) : "error";
}

static void show_host_source(struct out *o, const struct host_status *h)
{
	char buffer[ADDRESS_TEXT_MAX];

	if (h->source.family) {
		out_text(o, "source", "Source", "%s", address_text(&h->source, buffer));
		out_number(o, "source_port", "Port", h->source_port);
	} else {
		out_none(o, "Source");
		out_none(o, "Port");
	}
}

static void show_host(const struct host_status *h, void *arg)
{
	char buffer[ADDRESS_TEXT_MAX];
	struct out *o = arg;

	out_row(o);
	out_number(o, "slot", "Slot", h->slot);
	out_text(o, "view", NULL, h->view_slot < 0 ? "system" : "slot");
	out_text(o, "address", "Host", "%s", address_text(&h->host.addr, buffer));
	out_number(o, "port", "Port", h->host.port);
	out_text(o, "vrf", "VRF", "%s", h->host.vrf);
	out_text(o, "version", "Version", "%s", version_name(h->host.version));
	out_number(o, "dscp", "DSCP", h->host.dscp);
	out_text(o, "state", "State", "%s", host_state(h));
	if (h->error)
		out_number(o, "errno", NULL, h->error);
	out_number(o, "packets", "Packets", h->packets);
	out_number(o, "records", "Records", h->records);
	out_number(o, "bytes", "Bytes", h->bytes);
	out_number(o, "templates", "Templates", h->templates);
	out_number(o, "errors", "Errors", h->errors);
	out_number(o, "icmp_errors", "ICMP", h->icmp_errors);
	out_number(o, "too_big", NULL, h->too_big);
	out_number(o, "filtered", NULL, h->filtered);
	out_number(o, "lost_packets", "Lost", h->lost_packets);
	out_number(o, "lost_records", NULL, h->lost_records);
	out_number(o, "queued", "Queued", h->queued);
	show_host_source(o, h);
}

static json_object *template_fields(const struct template_status *t)
{
	json_object *a = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < t->fields.n; i++) {
		const struct template_field *f = &t->fields.v[i];

		o = json_object_new_object();
		json_object_object_add(o, "type", json_object_new_int(f->type));
		json_object_object_add(o, "length", json_object_new_int(f->length));
		json_object_object_add(o, "field", json_object_new_string(field_words(f->field)));
		json_object_array_add(a, o);
	}
	return a;
}

/* As type/length, which is what goes out. */
static char *template_fields_text(const struct template_status *t)
{
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	for (i = 0; i < t->fields.n; i++)
		fprintf(f, "%s%u/%u", i ? " " : "", t->fields.v[i].type, t->fields.v[i].length);
	fclose(f);
	return text;
}

static void show_template(const struct template_status *t, void *arg)
{
	char *fields = template_fields_text(t);
	struct out *o = arg;

	out_row(o);
	out_number(o, "slot", "Slot", t->slot);
	out_text(o, "record", "Record", "%s", t->record);
	out_text(o, "version", "Version", "%s", version_name(t->version));
	out_number(o, "id", "ID", t->id);
	out_number(o, "length", "Length", t->length);
	out_number(o, "sent", "Sent", t->sent);
	out_number(o, "failed", "Failed", t->failed);
	out_text(o, NULL, "Fields (type/length)", "%s", fields);
	out_json(o, "fields", template_fields(t));
	free(fields);
}

static const char *record_state(unsigned int state)
{
	switch (state) {
	case NETSTREAM_RECORD_ACTIVE:
		return "active";
	case NETSTREAM_RECORD_NOT_IN_EFFECT:
		return "not in effect";
	}
	return "idle";
}

/* Items as text "source address 48, protocol" and as the same in JSON. */
static char *items_text(const items *list, json_object *array)
{
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	for (i = 0; i < list->n; i++) {
		const struct item *x = &list->v[i];
		char *one = xasprintf("%s", field_words(x->field));

		if (x->prefix || x->width) {
			char *more = xasprintf("%s %u", one, x->prefix ? x->prefix : x->width);

			free(one);
			one = more;
		}
		fprintf(f, "%s%s", i ? ", " : "", one);
		json_object_array_add(array, json_object_new_string(one));
		free(one);
	}
	fclose(f);
	return text;
}

static void show_items(struct out *o, const char *key, const char *heading, const items *list)
{
	json_object *array = json_object_new_array();
	char *text = items_text(list, array);

	out_json(o, key, array);
	out_text(o, NULL, heading, "%s", text);
	free(text);
}

static void show_record(const struct record_status *r, void *arg)
{
	struct out *o = arg;

	out_row(o);
	out_text(o, "name", "Record", "%s", r->record.name);
	out_text(o, "state", "State", "%s", record_state(r->state));
	out_number(o, "flows", "Flows", r->flows);
	out_number(o, "created", "Created", r->created);
	out_number(o, "flow_bytes", "Memory/flow", r->flow_bytes);
	out_text(o, "description", "Description", "%s", r->record.description);
	show_items(o, "match", "Match", &r->record.match);
	show_items(o, "collect", "Collect", &r->record.collect);
}

static json_object *direction_json(const struct interface_status *i, unsigned int direction)
{
	const struct sampler *s = &i->interface.sampler[direction];
	json_object *o = json_object_new_object();

	json_object_object_add(o, "enabled",
			       json_object_new_boolean(i->interface.metering[direction].number));
	json_object_object_add(o, "seen", json_object_new_uint64(i->seen[direction]));
	json_object_object_add(o, "packets", json_object_new_uint64(i->packets[direction]));
	json_object_object_add(o, "bytes", json_object_new_uint64(i->bytes[direction]));
	if (s->mode) {
		json_object_object_add(o, "sampler",
				       json_object_new_string(sampler_mode_name(s->mode)));
		json_object_object_add(o, "interval", json_object_new_uint64(s->interval));
	}
	return o;
}

static void show_direction(struct out *o, const struct interface_status *i, unsigned int d)
{
	const struct sampler *s = &i->interface.sampler[d];

	if (!i->interface.metering[d].number) {
		out_none(o, d ? "Outbound seen" : "Inbound seen");
		out_none(o, "Packets");
		out_none(o, "Bytes");
		out_none(o, "Sampler");
		return;
	}
	out_number(o, NULL, d ? "Outbound seen" : "Inbound seen", i->seen[d]);
	out_number(o, NULL, "Packets", i->packets[d]);
	out_number(o, NULL, "Bytes", i->bytes[d]);
	if (s->mode)
		out_text(o, NULL, "Sampler", "%s %u", sampler_mode_name(s->mode), s->interval);
	else
		out_none(o, "Sampler");
}

static void show_interface(const struct interface_status *i, void *arg)
{
	struct out *o = arg;

	out_row(o);
	out_text(o, "interface", "Interface", "%s", i->interface.name);
	if (i->ifindex)
		out_number(o, "ifindex", "Index", i->ifindex);
	else
		out_none(o, "Index");
	out_number(o, "slot", "Slot", i->slot);
	show_direction(o, i, NETSTREAM_INBOUND);
	show_direction(o, i, NETSTREAM_OUTBOUND);
	out_json(o, "inbound", direction_json(i, NETSTREAM_INBOUND));
	out_json(o, "outbound", direction_json(i, NETSTREAM_OUTBOUND));
}

enum { FLOWS = 1, PACKETS = 2, BYTES = 4 };

static json_object *count_json(const struct count *c, unsigned int what)
{
	json_object *o = json_object_new_object();

	if (what & FLOWS)
		json_object_object_add(o, "flows", json_object_new_uint64(c->flows));
	if (what & PACKETS)
		json_object_object_add(o, "packets", json_object_new_uint64(c->packets));
	if (what & BYTES)
		json_object_object_add(o, "bytes", json_object_new_uint64(c->bytes));
	return o;
}

static json_object *counts_json(const counts *list, unsigned int what)
{
	json_object *o = json_object_new_object();
	size_t i;

	for (i = 0; i < list->n; i++)
		json_object_object_add(o, list->v[i].name, count_json(&list->v[i], what));
	return o;
}

static bool balanced(const struct stats *s)
{
	return s->metered.packets == s->exported.packets + s->cached.packets +
				     s->pending.packets + s->lost.packets &&
	       s->metered.bytes == s->exported.bytes + s->cached.bytes +
				   s->pending.bytes + s->lost.bytes;
}

static void stats_json(const struct stats *s)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "generation", json_object_new_uint64(s->generation));
	json_object_object_add(o, "metered", count_json(&s->metered, PACKETS | BYTES));
	json_object_object_add(o, "exported", count_json(&s->exported, FLOWS | PACKETS | BYTES));
	json_object_object_add(o, "cached", count_json(&s->cached, FLOWS | PACKETS | BYTES));
	json_object_object_add(o, "pending", count_json(&s->pending, FLOWS | PACKETS | BYTES));
	json_object_object_add(o, "lost", count_json(&s->lost, FLOWS | PACKETS | BYTES));
	json_object_object_add(o, "balanced", json_object_new_boolean(balanced(s)));
	json_object_object_add(o, "lost_by_cause",
			       counts_json(&s->lost_by_cause, FLOWS | PACKETS | BYTES));
	json_object_object_add(o, "skipped", counts_json(&s->skipped, PACKETS));
	json_object_object_add(o, "malformed", counts_json(&s->malformed, PACKETS));
	json_object_object_add(o, "ended", counts_json(&s->ended, FLOWS));
	json_object_object_add(o, "flows_created", json_object_new_uint64(s->created));
	json_object_object_add(o, "max_flows", json_object_new_uint64(s->max_flows));
	json_object_object_add(o, "memory", json_object_new_uint64(s->memory));
	json_object_object_add(o, "timer_worst_ns", json_object_new_uint64(s->timer_worst));
	json_print(o);
}

static void count_row(struct out *o, const char *name, const struct count *c, unsigned int what)
{
	out_row(o);
	out_text(o, NULL, "", "%s", name);
	if (what & FLOWS)
		out_number(o, NULL, "Flows", c->flows);
	else
		out_none(o, "Flows");
	if (what & PACKETS)
		out_number(o, NULL, "Packets", c->packets);
	else
		out_none(o, "Packets");
	if (what & BYTES)
		out_number(o, NULL, "Bytes", c->bytes);
	else
		out_none(o, "Bytes");
}

static void show_terms(const struct stats *s)
{
	struct out o;

	out_open(&o, false);
	count_row(&o, "metered", &s->metered, PACKETS | BYTES);
	count_row(&o, "= exported", &s->exported, FLOWS | PACKETS | BYTES);
	count_row(&o, "+ cached", &s->cached, FLOWS | PACKETS | BYTES);
	count_row(&o, "+ pending", &s->pending, FLOWS | PACKETS | BYTES);
	count_row(&o, "+ lost", &s->lost, FLOWS | PACKETS | BYTES);
	out_close(&o, "");
	puts(balanced(s) ? "The accounts balance." : "THE ACCOUNTS DO NOT BALANCE.");
}

/* Only what happened: a cause without a count is no news. */
static void show_causes(const char *title, const counts *list, unsigned int what)
{
	struct out o;
	size_t i;

	out_open(&o, false);
	for (i = 0; i < list->n; i++) {
		const struct count *c = &list->v[i];

		if (c->flows || c->packets || c->bytes)
			count_row(&o, c->name, c, what);
	}
	printf("\n%s:", title);
	if (o.rows)
		fputc('\n', stdout);
	out_close(&o, " none");
}

static void stats_text(const struct stats *s)
{
	show_terms(s);
	show_causes("Lost", &s->lost_by_cause, FLOWS | PACKETS | BYTES);
	show_causes("Seen and not metered", &s->skipped, PACKETS);
	show_causes("Not dissected whole", &s->malformed, PACKETS);
	show_causes("Why flows ended", &s->ended, FLOWS);
	printf("\nFlows made: %" PRIu64 ", at most %" PRIu32 " in the cache; memory: %" PRIu64
	       " bytes; configuration: generation %" PRIu32 "\n",
	       s->created, s->max_flows, s->memory, s->generation);
}

/**
 * show_needs_module() - refuse a command that only the module can answer
 * @s: the session
 *
 * Return: 0, or -1 if the session is offline.
 */
int show_needs_module(struct session *s)
{
	if (s->backend->live)
		return 0;
	failure_set(&s->why, "this needs the module: not with --offline");
	return -1;
}

int show_statistics(struct session *s, const struct match *m)
{
	struct stats st = { 0 };
	int rc;

	if (show_needs_module(s))
		return -1;
	rc = nl_stats(&st, &s->why);
	if (!rc && (s->json || match_word(m, "--json")))
		stats_json(&st);
	else if (!rc)
		stats_text(&st);
	vec_free(&st.lost_by_cause);
	vec_free(&st.skipped);
	vec_free(&st.malformed);
	vec_free(&st.ended);
	return rc;
}

int show_hosts(struct session *s, const struct match *m)
{
	struct out o;
	int rc;

	if (show_needs_module(s))
		return -1;
	out_open(&o, s->json || match_word(m, "--json"));
	rc = nl_hosts(show_host, &o, &s->why);
	out_close(&o, rc ? NULL : "No hosts are configured.");
	return rc;
}

int show_templates(struct session *s, const struct match *m)
{
	struct out o;
	int rc;

	if (show_needs_module(s))
		return -1;
	out_open(&o, s->json || match_word(m, "--json"));
	rc = nl_templates(show_template, &o, &s->why);
	out_close(&o, rc ? NULL : "No templates are being sent.");
	return rc;
}

int show_records(struct session *s, const struct match *m)
{
	struct out o;
	int rc;

	if (show_needs_module(s))
		return -1;
	out_open(&o, s->json || match_word(m, "--json"));
	rc = nl_records(show_record, &o, &s->why);
	out_close(&o, rc ? NULL : "No records.");
	return rc;
}

int show_interfaces(struct session *s, const struct match *m)
{
	struct out o;
	int rc;

	if (show_needs_module(s))
		return -1;
	out_open(&o, s->json || match_word(m, "--json"));
	rc = nl_interfaces(show_interface, &o, &s->why);
	out_close(&o, rc ? NULL : "No interface is being metered.");
	return rc;
}

int show_reset(struct session *s, const struct match *m)
{
	if (show_needs_module(s))
		return -1;
	return nl_reset(match_word(m, "cache") ? NETSTREAM_RESET_CACHE
					       : NETSTREAM_RESET_STATISTICS, &s->why);
}

int show_refresh(struct session *s, const struct match *m)
{
	(void)m;
	return show_needs_module(s) ? -1 : nl_refresh(&s->why);
}
