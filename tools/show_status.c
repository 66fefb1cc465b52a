// SPDX-License-Identifier: GPL-2.0
/* Collectors, templates, records and interfaces, as text or JSON. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_print.h"
#include "field.h"
#include "json.h"
#include "nl_reply.h"
#include "out.h"
#include "session.h"
#include "show_status.h"

/* Why a host is not being sent to, in words. */
const char *host_state_text(const struct host_status *h)
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

/* A host that is idle or filtered is sent to: somebody has to look why. */
static enum tint host_tint(const struct host_status *h)
{
	switch (h->state) {
	case NETSTREAM_HOST_UP:
		return TINT_GOOD;
	case NETSTREAM_HOST_IDLE:
	case NETSTREAM_HOST_FILTERED:
		return TINT_CARE;
	}
	return TINT_BAD;
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

/* "lost_packets" is headed "Lost packets". */
static char *heading_of(const char *name)
{
	char *heading = xstrdup(name), *p;

	if (*heading >= 'a' && *heading <= 'z')
		*heading -= 'a' - 'A';
	for (p = heading; *p; p++)
		if (*p == '_')
			*p = ' ';
	return heading;
}

/* Counters by their names in the reply; a table leaves out those that are 0. */
static void show_counts(struct out *o, const counts *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		const struct count *c = &list->v[i];
		char *heading = heading_of(c->name);

		out_number(o, c->name, NULL, c->value);
		if (c->value)
			out_number(o, NULL, heading, c->value);
		else
			out_none(o, heading);
		free(heading);
	}
}

/* What belongs to a monitor is in no slot. */
static void show_slot(struct out *o, const char *monitor, unsigned int slot)
{
	if (*monitor) {
		out_none(o, "Slot");
		out_text(o, "monitor", "Monitor", "%s", monitor);
	} else {
		out_number(o, "slot", "Slot", slot);
		out_none(o, "Monitor");
	}
}

static void show_host(const struct host_status *h, void *arg)
{
	char buffer[ADDRESS_TEXT_MAX];
	struct out *o = arg;

	out_row(o);
	show_slot(o, h->monitor, h->slot);
	out_text(o, "view", NULL, *h->monitor ? "monitor" : h->in_slot ? "slot" : "system");
	out_keep(o, true);
	out_text(o, "address", "Host", "%s", address_text(&h->host.addr, buffer));
	out_number(o, "port", "Port", h->host.port);
	out_text(o, "vrf", "VRF", "%s", h->host.vrf);
	out_keep(o, false);
	out_text(o, "version", "Version", "%s", version_name(h->host.version));
	out_number(o, "dscp", "DSCP", h->host.dscp);
	out_keep(o, true);
	out_tint(o, host_tint(h));
	out_text(o, "state", "State", "%s", host_state_text(h));
	out_keep(o, false);
	if (h->error)
		out_number(o, "errno", NULL, h->error);
	show_counts(o, &h->counts);
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
		json_object_object_add(o, "field", json_text(f->field ? field_words(f->field) : "padding"));
		json_object_array_add(a, o);
	}
	return a;
}

/* As type/length, as in the template. */
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
	show_slot(o, t->monitor, t->slot);
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

		if (x->prefix == NETSTREAM_PREFIX_ROUTE) {
			free(one);
			one = xasprintf("%s route-mask", field_words(x->field));
		} else if (x->prefix || x->width) {
			char *more = xasprintf("%s %u", one, x->prefix ? x->prefix : x->width);

			free(one);
			one = more;
		}
		fprintf(f, "%s%s", i ? ", " : "", one);
		json_object_array_add(array, json_text(one));
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
	const struct setting *cache = setting_of_attr(VIEW_RECORD, NETSTREAM_RECORD_A_CACHE);
	struct out *o = arg;

	out_row(o);
	out_text(o, "name", "Record", "%s", r->record.name);
	if (r->state != NETSTREAM_RECORD_ACTIVE)
		out_tint(o, TINT_CARE);
	out_text(o, "state", "State", "%s", record_state(r->state));
	out_number(o, "flows", "Flows", r->flows);
	out_number(o, "created", "Created", r->created);
	out_number(o, "flow_bytes", "Memory/flow", r->flow_bytes);
	out_text(o, "cache", "Cache", "%s", setting_choice(cache, r->record.cache.number));
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

/* Such as "web in, dns in out", and the same in JSON. */
static void show_attached(struct out *o, const attachments *list)
{
	json_object *array = json_object_new_array(), *one;
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	for (i = 0; i < list->n; i++) {
		const struct attachment *a = &list->v[i];
		bool first = !i || strcmp(a->name, list->v[i - 1].name);

		if (first)
			fprintf(f, "%s%s", i ? ", " : "", a->name);
		fputs(a->direction ? " out" : " in", f);
		one = json_object_new_object();
		json_object_object_add(one, "monitor", json_text(a->name));
		json_object_object_add(one, "direction", json_text(direction_name(a->direction)));
		json_object_array_add(array, one);
	}
	fclose(f);
	out_json(o, "monitors", array);
	if (*text)
		out_text(o, NULL, "Monitors", "%s", text);
	else
		out_none(o, "Monitors");
	free(text);
}

/* A row of a list of interfaces; @arg is the list, a struct out. */
void show_interface(const struct interface_status *i, void *arg)
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
	show_attached(o, &i->interface.monitors);
}

int show_hosts(struct session *s, const struct match *m)
{
	struct out o;
	int rc;

	if (session_needs_module(s))
		return -1;
	out_open(&o, s->json || match_word(m, "--json"));
	o.detail = match_word(m, "detail");
	rc = nl_hosts(show_host, &o, &s->why);
	out_close(&o, rc ? NULL : "No hosts are configured.");
	return rc;
}

int show_templates(struct session *s, const struct match *m)
{
	struct out o;
	int rc;

	if (session_needs_module(s))
		return -1;
	out_open(&o, s->json || match_word(m, "--json"));
	o.detail = match_word(m, "detail");
	rc = nl_templates(show_template, &o, &s->why);
	out_close(&o, rc ? NULL : "No templates are being sent.");
	return rc;
}

int show_records(struct session *s, const struct match *m)
{
	struct out o;
	int rc;

	if (session_needs_module(s))
		return -1;
	out_open(&o, s->json || match_word(m, "--json"));
	o.detail = match_word(m, "detail");
	rc = nl_records(show_record, &o, &s->why);
	out_close(&o, rc ? NULL : "No records.");
	return rc;
}

int show_interfaces(struct session *s, const struct match *m)
{
	struct out o;
	int rc;

	if (session_needs_module(s))
		return -1;
	out_open(&o, s->json || match_word(m, "--json"));
	o.detail = match_word(m, "detail");
	rc = nl_interfaces(show_interface, &o, &s->why);
	out_close(&o, rc ? NULL : "No interface is being metered.");
	return rc;
}

int show_reset(struct session *s, const struct match *m)
{
	unsigned int what = match_word(m, "cache") ? NETSTREAM_RESET_CACHE
						   : NETSTREAM_RESET_STATISTICS;
	int at = match_index(m, "slot-id"), slot = at < 0 ? -1 : (int)match_number(m, "slot-id");

	if (session_needs_module(s))
		return -1;
	if (!nl_reset(what, slot, &s->why))
		return 0;
	if (slot >= 0 && s->why.error == ENOENT)
		failure_word(&s->why, at, "there is no such slot");
	return -1;
}

int show_refresh(struct session *s, const struct match *m)
{
	(void)m;
	return session_needs_module(s) ? -1 : nl_refresh(&s->why);
}
