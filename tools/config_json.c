// SPDX-License-Identifier: GPL-2.0
/* A configuration as JSON, from the table of configuration statements. */
#include "config_json.h"
#include "config_print.h"
#include "field.h"
#include "json.h"
#include "setting.h"

typedef struct json_object json;

static void add_number(json *o, const char *key, uint64_t value)
{
	json_object_object_add(o, key, json_object_new_uint64(value));
}

static void add_text(json *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_text(value));
}

static json *names_json(const names *list)
{
	json *a = json_object_new_array();
	size_t i;

	for (i = 0; i < list->n; i++)
		json_object_array_add(a, json_text(list->v[i].name));
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
		add_text(o, "direction", direction_name(i));
		add_text(o, "mode", sampler_mode_name(samplers[i].mode));
		add_number(o, "interval", samplers[i].interval);
		json_object_array_add(a, o);
	}
	return a;
}

static json *attachments_json(const attachments *list)
{
	json *a = json_object_new_array();
	size_t i;

	for (i = 0; i < list->n; i++) {
		json *o = json_object_new_object();

		add_text(o, "monitor", list->v[i].name);
		add_text(o, "direction", direction_name(list->v[i].direction));
		json_object_array_add(a, o);
	}
	return a;
}

static json *items_json(const items *list)
{
	json *a = json_object_new_array();
	size_t i;

	for (i = 0; i < list->n; i++) {
		json *o = json_object_new_object();

		add_text(o, "field", field_words(list->v[i].field));
		if (list->v[i].prefix == NETSTREAM_PREFIX_ROUTE)
			json_object_object_add(o, "route_mask", json_object_new_boolean(true));
		else if (list->v[i].prefix)
			add_number(o, "prefix", list->v[i].prefix);
		if (list->v[i].width)
			add_number(o, "width", list->v[i].width);
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

		add_text(o, "address", address_text(&h->addr, buffer));
		add_number(o, "port", h->port);
		add_text(o, "vrf", h->vrf);
		if (h->version)
			add_text(o, "version", version_name(h->version));
		if (h->has_dscp)
			add_number(o, "dscp", h->dscp);
		json_object_array_add(a, o);
	}
	return a;
}

static void add_version(json *o, const struct value *system)
{
	static const char *const as[] = { "none", "origin-as", "peer-as" };
	const struct value *version = &system[NETSTREAM_SYSTEM_A_VERSION];
	const struct value *type = &system[NETSTREAM_SYSTEM_A_AS_TYPE];

	if (version->set)
		add_text(o, "version", version_name(version->number));
	if (type->set && type->number < ARRAY_SIZE(as))
		add_text(o, "as", as[type->number]);
	if (system[NETSTREAM_SYSTEM_A_BGP_NEXTHOP].set)
		json_object_object_add(o, "bgp_nexthop", json_object_new_boolean(true));
}

static void add_sources(json *o, const struct source sources[2])
{
	char buffer[ADDRESS_TEXT_MAX];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		json *source;

		if (!sources[i].addr.family)
			continue;
		source = json_object_new_object();
		add_text(source, "address", address_text(&sources[i].addr, buffer));
		if (sources[i].port)
			add_number(source, "port", sources[i].port);
		json_object_object_add(o, i == SOURCE4 ? "source4" : "source6", source);
	}
}

/* true: metered, false: not metered, absent: as "all" */
static void add_directions(json *o, const struct value metering[2])
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (metering[i].set)
			json_object_object_add(o, direction_name(i),
					       json_object_new_boolean(metering[i].number));
}

static void add_vrf(json *o, const char *vrf)
{
	if (*vrf)
		add_text(o, "vrf", vrf);
}

/* Keys are left out. */
static json *neighbor_json(const struct neighbor *n)
{
	static const char *const signing[] = {
		[SIGNING_NONE] = "none", [SIGNING_MD5] = "md5",
		[SIGNING_AO_SHA1] = "tcp-ao-hmac-sha1", [SIGNING_AO_AES] = "tcp-ao-cmac-aes128",
	};
	json *o = json_object_new_object();
	char buffer[ADDRESS_TEXT_MAX];

	add_text(o, "address", address_text(&n->addr, buffer));
	add_number(o, "remote_as", n->remote_as);
	add_number(o, "local_as", n->local_as);
	add_number(o, "port", n->port);
	if (n->source.family)
		add_text(o, "source", address_text(&n->source, buffer));
	add_text(o, "signing", signing[n->signing]);
	if (n->signing > SIGNING_MD5)
		add_number(o, "key_id", n->key_id);
	add_number(o, "preference", n->preference);
	add_number(o, "hold_seconds", n->hold);
	json_object_object_add(o, "passive", json_object_new_boolean(n->passive));
	add_vrf(o, n->vrf);
	return o;
}

static json *neighbors_json(const struct routes_view *r)
{
	json *a = json_object_new_array();
	size_t i;

	for (i = 0; i < r->neighbors.n; i++)
		json_object_array_add(a, neighbor_json(&r->neighbors.v[i]));
	return a;
}

static json *stations_json(const struct routes_view *r)
{
	json *a = json_object_new_array();
	char buffer[ADDRESS_TEXT_MAX];
	size_t i;

	for (i = 0; i < r->stations.n; i++) {
		json *o = json_object_new_object();

		add_text(o, "address", address_text(&r->stations.v[i].addr, buffer));
		add_number(o, "port", r->stations.v[i].port);
		add_vrf(o, r->stations.v[i].vrf);
		json_object_array_add(a, o);
	}
	return a;
}

static void add_identifier(json *o, const char *key, const struct value *v)
{
	struct address a = { AF_INET, .v4.s_addr = htonl(v->number) };
	char buffer[ADDRESS_TEXT_MAX];

	if (v->set)
		add_text(o, key, address_text(&a, buffer));
}

static void add_setting(json *o, const struct setting *st, const void *part)
{
	const void *p = (const char *)part + st->offset;
	const struct value *v = p;

	switch (st->kind) {
	case KIND_NUMBER:
	case KIND_TIME:
		if (v->set)
			add_number(o, st->key, v->number);
		break;
	case KIND_FLAG:
		json_object_object_add(o, st->key, json_object_new_boolean(v->set));
		break;
	case KIND_SWITCH:
		json_object_object_add(o, st->key, json_object_new_boolean(
			v->set ? v->number : st->def));
		break;
	case KIND_CHOICE:
		add_text(o, st->key, setting_choice(st, v->set ? v->number : 0));
		break;
	case KIND_VERSION:
		add_version(o, p);
		break;
	case KIND_SOURCES:
		add_sources(o, p);
		break;
	case KIND_HOSTS:
		json_object_object_add(o, st->key, hosts_json(p));
		break;
	case KIND_NAMES:
		json_object_object_add(o, st->key, names_json(p));
		break;
	case KIND_SAMPLERS:
		json_object_object_add(o, st->key, samplers_json(p));
		break;
	case KIND_DIRECTIONS:
		add_directions(o, p);
		break;
	case KIND_TEXT:
		add_text(o, st->key, p);
		break;
	case KIND_ATTACHMENTS:
		json_object_object_add(o, st->key, attachments_json(p));
		break;
	case KIND_ITEMS:
		json_object_object_add(o, st->key, items_json(p));
		break;
	case KIND_IDENTIFIER:
		add_identifier(o, st->key, v);
		break;
	case KIND_NEIGHBORS:
		json_object_object_add(o, st->key, neighbors_json(part));
		break;
	case KIND_STATIONS:
		json_object_object_add(o, st->key, stations_json(part));
		break;
	}
}

static void add_settings(json *o, enum view v, const void *part)
{
	size_t i;

	for (i = 0; i < settings_count; i++)
		if (settings[i].view == v)
			add_setting(o, &settings[i], part);
}

static json *records_json(const struct config *c)
{
	json *a = json_object_new_array();
	size_t i;

	for (i = 0; i < c->records.n; i++) {
		json *o = json_object_new_object();

		add_text(o, "name", c->records.v[i].name);
		add_settings(o, VIEW_RECORD, &c->records.v[i]);
		json_object_array_add(a, o);
	}
	return a;
}

static json *slots_json(const struct config *c)
{
	json *a = json_object_new_array();
	size_t i;

	for (i = 0; i < c->slots.n; i++) {
		json *o = json_object_new_object();

		add_number(o, "slot", c->slots.v[i].id);
		add_settings(o, VIEW_SLOT, &c->slots.v[i]);
		json_object_array_add(a, o);
	}
	return a;
}

static json *monitors_json(const struct config *c)
{
	json *a = json_object_new_array();
	size_t i;

	for (i = 0; i < c->monitors.n; i++) {
		json *o = json_object_new_object();

		add_text(o, "name", c->monitors.v[i].name);
		add_settings(o, VIEW_MONITOR, &c->monitors.v[i]);
		json_object_array_add(a, o);
	}
	return a;
}

static json *interfaces_json(const struct config *c)
{
	json *a = json_object_new_array();
	size_t i;

	for (i = 0; i < c->interfaces.n; i++) {
		json *o = json_object_new_object();

		add_text(o, "interface", c->interfaces.v[i].name);
		add_settings(o, VIEW_INTERFACE, &c->interfaces.v[i]);
		json_object_array_add(a, o);
	}
	return a;
}

static void add_system(json *o, const struct config *c)
{
	json *system = json_object_new_object();

	add_settings(system, VIEW_SYSTEM, c);
	json_object_object_add(o, "hosts", hosts_json(&c->hosts));
	json_object_object_del(system, "hosts");
	json_object_object_add(o, "system", system);
}

static void add_routes(json *o, const struct config *c)
{
	json *routes = json_object_new_object();

	add_settings(routes, VIEW_ROUTES, &c->routes);
	json_object_object_add(o, "routes", routes);
}

/* An array of the one record, slot, interface or monitor; empty if @one is NULL. */
static void add_one(json *o, const char *key, json *one)
{
	json *a = json_object_new_array();

	if (one)
		json_object_array_add(a, one);
	json_object_object_add(o, key, a);
}

static json *part_json(enum view v, const void *part, const char *key, const char *name)
{
	json *o = json_object_new_object();

	add_text(o, key, name);
	add_settings(o, v, part);
	return o;
}

/**
 * config_view_json() - one view of a configuration as JSON
 * @c: the configuration
 * @v: the view; that of the user is that of the system
 * @part: the record, slot, interface or monitor that the view is of, or NULL if there is none
 *
 * Return: an object with what config_json() has of this view.
 */
struct json_object *config_view_json(const struct config *c, enum view v, const void *part)
{
	json *o = json_object_new_object(), *slot = NULL;

	add_number(o, "generation", c->generation);
	switch (v) {
	case VIEW_RECORD:
		add_one(o, "records", part ? part_json(v, part, "name",
						       ((const struct record *)part)->name) : NULL);
		break;
	case VIEW_SLOT:
		if (part) {
			slot = json_object_new_object();
			add_number(slot, "slot", ((const struct slot *)part)->id);
			add_settings(slot, v, part);
		}
		add_one(o, "slots", slot);
		break;
	case VIEW_INTERFACE:
		add_one(o, "interfaces",
			part ? part_json(v, part, "interface",
					 ((const struct interface *)part)->name) : NULL);
		break;
	case VIEW_MONITOR:
		add_one(o, "monitors",
			part ? part_json(v, part, "name",
					 ((const struct monitor *)part)->name) : NULL);
		break;
	case VIEW_ROUTES:
		add_routes(o, c);
		break;
	default:
		add_system(o, c);
	}
	return o;
}

/**
 * config_json() - a configuration as JSON
 * @c: the configuration
 *
 * Return: an object; the collectors of the system view stand beside it.
 */
struct json_object *config_json(const struct config *c)
{
	json *o = json_object_new_object();

	add_number(o, "generation", c->generation);
	if (c->confirm)
		add_number(o, "confirm_seconds", c->confirm);
	add_system(o, c);
	json_object_object_add(o, "records", records_json(c));
	json_object_object_add(o, "slots", slots_json(c));
	json_object_object_add(o, "monitors", monitors_json(c));
	json_object_object_add(o, "interfaces", interfaces_json(c));
	add_routes(o, c);
	return o;
}

/**
 * changes_json() - a difference as JSON
 * @list: the changes
 *
 * Return: an array of objects with "view", "change" and "line".
 */
struct json_object *changes_json(const changes *list)
{
	json *a = json_object_new_array();
	size_t i;

	for (i = 0; i < list->n; i++) {
		json *o = json_object_new_object();

		add_text(o, "view", list->v[i].view);
		add_text(o, "change", list->v[i].added ? "added" : "removed");
		add_text(o, "line", list->v[i].line);
		json_object_array_add(a, o);
	}
	return a;
}
