// SPDX-License-Identifier: GPL-2.0
/* A configuration as JSON; as text it is its statements. */
#include <stdlib.h>

#include "out.h"
#include "show.h"
#include "statement.h"
#include "text.h"

typedef struct json_object json;

static void add_number(json *o, const char *key, uint64_t value)
{
	json_object_object_add(o, key, json_object_new_uint64(value));
}

static void add_string(json *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

static void add_value(json *o, const char *key, const struct config *c, int attr)
{
	if (config_has(c, attr))
		add_number(o, key, c->value[attr]);
}

static json *names_json(const names *list)
{
	json *a = json_object_new_array();
	size_t i;

	for (i = 0; i < list->n; i++)
		json_object_array_add(a, json_object_new_string(list->v[i].name));
	return a;
}

static json *samplers_json(const struct sampler samplers[2])
{
	json *a = json_object_new_array();
	unsigned int i;

	for (i = 0; i < 2; i++) {
		json *o;

		if (!samplers[i].mode)
			continue;
		o = json_object_new_object();
		add_string(o, "direction", direction_name(i));
		add_string(o, "mode", sampler_mode_name(samplers[i].mode));
		add_number(o, "interval", samplers[i].interval);
		json_object_array_add(a, o);
	}
	return a;
}

static void add_source(json *o, const char *key, const struct address *a, const struct config *c,
		       int port)
{
	json *source = json_object_new_object();
	char buffer[ADDRESS_TEXT_MAX];

	add_string(source, "address", address_text(a, buffer));
	add_value(source, "port", c, port);
	json_object_object_add(o, key, source);
}

static void add_sources(json *o, const struct config *c)
{
	struct address four = { .family = AF_INET, .v4 = c->source4 };
	struct address six = { .family = AF_INET6, .v6 = c->source6 };

	if (config_has(c, NETSTREAM_SYSTEM_A_SOURCE4))
		add_source(o, "source4", &four, c, NETSTREAM_SYSTEM_A_SOURCE4_PORT);
	if (config_has(c, NETSTREAM_SYSTEM_A_SOURCE6))
		add_source(o, "source6", &six, c, NETSTREAM_SYSTEM_A_SOURCE6_PORT);
}

static json *system_json(const struct config *c)
{
	static const char *const as[] = { "none", "origin-as", "peer-as" };
	unsigned int type = c->value[NETSTREAM_SYSTEM_A_AS_TYPE];
	json *o = json_object_new_object();

	if (config_has(c, NETSTREAM_SYSTEM_A_VERSION))
		add_string(o, "version", version_name(c->value[NETSTREAM_SYSTEM_A_VERSION]));
	if (config_has(c, NETSTREAM_SYSTEM_A_AS_TYPE) && type < ARRAY_SIZE(as))
		add_string(o, "as", as[type]);
	if (config_has(c, NETSTREAM_SYSTEM_A_BGP_NEXTHOP))
		json_object_object_add(o, "bgp_nexthop", json_object_new_boolean(true));
	add_value(o, "template_timeout_minutes", c, NETSTREAM_SYSTEM_A_TEMPLATE_TIMEOUT);
	add_value(o, "template_refresh_packets", c, NETSTREAM_SYSTEM_A_TEMPLATE_PACKETS);
	add_sources(o, c);
	add_value(o, "aggregation_active_seconds", c, NETSTREAM_SYSTEM_A_FLEX_ACTIVE);
	add_value(o, "aggregation_inactive_seconds", c, NETSTREAM_SYSTEM_A_FLEX_INACTIVE);
	add_value(o, "active_seconds", c, NETSTREAM_SYSTEM_A_ORIGINAL_ACTIVE);
	add_value(o, "inactive_seconds", c, NETSTREAM_SYSTEM_A_ORIGINAL_INACTIVE);
	add_value(o, "cache_entries", c, NETSTREAM_SYSTEM_A_MAX_FLOWS);
	json_object_object_add(o, "apply", names_json(&c->apply));
	json_object_object_add(o, "management_interfaces", names_json(&c->management));
	json_object_object_add(o, "samplers", samplers_json(c->sampler));
	return o;
}

static json *items_json(const items *list)
{
	json *a = json_object_new_array();
	size_t i;

	for (i = 0; i < list->n; i++) {
		json *o = json_object_new_object();

		add_string(o, "field", field_name(list->v[i].field));
		if (list->v[i].prefix)
			add_number(o, "prefix", list->v[i].prefix);
		if (list->v[i].width)
			add_number(o, "width", list->v[i].width);
		json_object_array_add(a, o);
	}
	return a;
}

static json *records_json(const struct config *c)
{
	json *a = json_object_new_array();
	size_t i;

	for (i = 0; i < c->records.n; i++) {
		const struct record *r = &c->records.v[i];
		json *o = json_object_new_object();

		add_string(o, "name", r->name);
		add_string(o, "description", r->description);
		json_object_object_add(o, "match", items_json(&r->match));
		json_object_object_add(o, "collect", items_json(&r->collect));
		json_object_array_add(a, o);
	}
	return a;
}

static json *hosts_json(const hosts *list)
{
	json *a = json_object_new_array();
	char buffer[ADDRESS_TEXT_MAX];
	size_t i;

	for (i = 0; i < list->n; i++) {
		const struct host *h = &list->v[i];
		json *o = json_object_new_object();

		add_string(o, "address", address_text(&h->addr, buffer));
		add_number(o, "port", h->port);
		add_string(o, "vrf", h->vrf);
		if (h->version)
			add_string(o, "version", version_name(h->version));
		if (h->has_dscp)
			add_number(o, "dscp", h->dscp);
		json_object_array_add(a, o);
	}
	return a;
}

static json *slots_json(const struct config *c)
{
	json *a = json_object_new_array();
	size_t i;

	for (i = 0; i < c->slots.n; i++) {
		const struct slot *s = &c->slots.v[i];
		json *o;

		if (slot_empty(s))
			continue;
		o = json_object_new_object();
		add_number(o, "slot", s->id);
		json_object_object_add(o, "sequence_mode_flow",
				       json_object_new_boolean(s->sequence_flow));
		json_object_object_add(o, "ports", names_json(&s->ports));
		json_object_object_add(o, "hosts", hosts_json(&s->hosts));
		json_object_array_add(a, o);
	}
	return a;
}

static json *interfaces_json(const struct config *c)
{
	json *a = json_object_new_array();
	size_t i;

	for (i = 0; i < c->interfaces.n; i++) {
		const struct interface *x = &c->interfaces.v[i];
		json *o;

		if (interface_empty(c, x))
			continue;
		o = json_object_new_object();
		add_string(o, "interface", x->name);
		json_object_object_add(o, "inbound", json_object_new_boolean(x->enabled[0]));
		json_object_object_add(o, "outbound", json_object_new_boolean(x->enabled[1]));
		json_object_object_add(o, "samplers", samplers_json(x->sampler));
		json_object_array_add(a, o);
	}
	return a;
}

/**
 * show_config() - print a configuration
 * @c: the configuration
 * @as_json: as JSON, not as statements
 */
void show_config(const struct config *c, bool as_json)
{
	json *o;

	if (!as_json) {
		config_print(stdout, c);
		return;
	}
	o = json_object_new_object();
	add_number(o, "generation", c->generation);
	json_object_object_add(o, "system", system_json(c));
	json_object_object_add(o, "records", records_json(c));
	json_object_object_add(o, "hosts", hosts_json(&c->hosts));
	json_object_object_add(o, "slots", slots_json(c));
	json_object_object_add(o, "interfaces", interfaces_json(c));
	out_print(o);
}
