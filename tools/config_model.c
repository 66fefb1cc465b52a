// SPDX-License-Identifier: GPL-2.0
/* The configuration as plain structs: finding, adding, removing, copying. */
#include <stdlib.h>
#include <string.h>

#include "config_model.h"

const char *sampler_mode_name(unsigned int mode)
{
	switch (mode) {
	case NETSTREAM_SAMPLER_FIX_PACKETS:
		return "fix-packets";
	case NETSTREAM_SAMPLER_RANDOM_PACKETS:
		return "random-packets";
	case NETSTREAM_SAMPLER_FIX_TIME:
		return "fix-time";
	}
	return "unknown";
}

const char *direction_name(unsigned int direction)
{
	return direction == NETSTREAM_OUTBOUND ? "outbound" : "inbound";
}

const char *version_name(unsigned int version)
{
	return version == NETSTREAM_VERSION_IPFIX ? "ipfix" : "9";
}

static void record_copy(struct record *to, const struct record *from)
{
	*to = *from;
	vec_copy(&to->match, &from->match);
	vec_copy(&to->collect, &from->collect);
}

static void record_free(struct record *r)
{
	vec_free(&r->match);
	vec_free(&r->collect);
}

static void slot_copy(struct slot *to, const struct slot *from)
{
	*to = *from;
	vec_copy(&to->ports, &from->ports);
	vec_copy(&to->hosts, &from->hosts);
}

static void slot_free(struct slot *s)
{
	vec_free(&s->ports);
	vec_free(&s->hosts);
}

static void monitor_copy(struct monitor *to, const struct monitor *from)
{
	*to = *from;
	vec_copy(&to->apply, &from->apply);
	vec_copy(&to->hosts, &from->hosts);
}

static void monitor_free(struct monitor *m)
{
	vec_free(&m->apply);
	vec_free(&m->hosts);
}

/* Free what an interface view holds. */
void interface_free(struct interface *i)
{
	vec_free(&i->monitors);
}

/**
 * routes_view_copy() - make @to a deep copy of @from
 * @to: what it held before is not freed
 * @from: copied
 */
void routes_view_copy(struct routes_view *to, const struct routes_view *from)
{
	*to = *from;
	vec_copy(&to->neighbors, &from->neighbors);
	vec_copy(&to->stations, &from->stations);
}

/**
 * routes_view_free() - free what a routes view holds; it is empty afterwards
 * @r: the view
 */
void routes_view_free(struct routes_view *r)
{
	vec_free(&r->neighbors);
	vec_free(&r->stations);
	memset(r, 0, sizeof(*r));
}

bool routes_view_empty(const struct routes_view *r)
{
	return !r->neighbors.n && !r->stations.n && !r->stale.set && !r->yield.set &&
	       !r->identifier.set;
}

bool routes_view_has_keys(const struct routes_view *r)
{
	size_t i;

	for (i = 0; i < r->neighbors.n; i++)
		if (r->neighbors.v[i].signing)
			return true;
	return false;
}

/**
 * routes_view_neighbor() - the neighbour with an address
 * @r: where to look
 * @addr: the address
 * @vrf: its VRF; empty for none
 *
 * Return: NULL if there is none.
 */
struct neighbor *routes_view_neighbor(struct routes_view *r, const struct address *addr,
				      const char *vrf)
{
	size_t i;

	for (i = 0; i < r->neighbors.n; i++)
		if (address_equal(&r->neighbors.v[i].addr, addr) &&
		    !strcmp(r->neighbors.v[i].vrf, vrf))
			return &r->neighbors.v[i];
	return NULL;
}

bool neighbor_equal(const struct neighbor *a, const struct neighbor *b)
{
	return address_equal(&a->addr, &b->addr) && address_equal(&a->source, &b->source) &&
	       a->remote_as == b->remote_as && a->local_as == b->local_as &&
	       a->preference == b->preference && a->port == b->port && a->hold == b->hold &&
	       a->passive == b->passive && a->signing == b->signing &&
	       a->key_id == b->key_id && !strcmp(a->key, b->key) && !strcmp(a->vrf, b->vrf);
}

bool station_equal(const struct station *a, const struct station *b)
{
	return address_equal(&a->addr, &b->addr) && a->port == b->port &&
	       !strcmp(a->vrf, b->vrf);
}

/**
 * config_copy() - make @to a deep copy of @from
 * @to: what it held before is not freed
 * @from: copied
 */
void config_copy(struct config *to, const struct config *from)
{
	size_t i;

	*to = *from;
	vec_copy(&to->apply, &from->apply);
	vec_copy(&to->management, &from->management);
	vec_copy(&to->hosts, &from->hosts);
	vec_copy(&to->interfaces, &from->interfaces);
	for (i = 0; i < from->interfaces.n; i++)
		vec_copy(&to->interfaces.v[i].monitors, &from->interfaces.v[i].monitors);
	vec_copy(&to->monitors, &from->monitors);
	for (i = 0; i < from->monitors.n; i++)
		monitor_copy(&to->monitors.v[i], &from->monitors.v[i]);
	vec_copy(&to->records, &from->records);
	for (i = 0; i < from->records.n; i++)
		record_copy(&to->records.v[i], &from->records.v[i]);
	vec_copy(&to->slots, &from->slots);
	for (i = 0; i < from->slots.n; i++)
		slot_copy(&to->slots.v[i], &from->slots.v[i]);
	routes_view_copy(&to->routes, &from->routes);
}

/**
 * config_free() - free what a configuration holds; it is empty afterwards
 * @c: the configuration
 */
void config_free(struct config *c)
{
	size_t i;

	for (i = 0; i < c->records.n; i++)
		record_free(&c->records.v[i]);
	for (i = 0; i < c->slots.n; i++)
		slot_free(&c->slots.v[i]);
	for (i = 0; i < c->monitors.n; i++)
		monitor_free(&c->monitors.v[i]);
	for (i = 0; i < c->interfaces.n; i++)
		interface_free(&c->interfaces.v[i]);
	vec_free(&c->monitors);
	vec_free(&c->records);
	vec_free(&c->slots);
	vec_free(&c->apply);
	vec_free(&c->management);
	vec_free(&c->hosts);
	vec_free(&c->interfaces);
	routes_view_free(&c->routes);
	memset(c, 0, sizeof(*c));
}

struct record *config_record(struct config *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->records.n; i++)
		if (!strcmp(c->records.v[i].name, name))
			return &c->records.v[i];
	return NULL;
}

struct record *config_record_add(struct config *c, const char *name, struct origin at)
{
	struct record *r = config_record(c, name);

	if (r)
		return r;
	r = vec_push(&c->records);
	snprintf(r->name, sizeof(r->name), "%s", name);
	r->at = at;
	return r;
}

void config_record_remove(struct config *c, struct record *r)
{
	record_free(r);
	vec_remove(&c->records, (size_t)(r - c->records.v));
}

struct monitor *config_monitor(struct config *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->monitors.n; i++)
		if (!strcmp(c->monitors.v[i].name, name))
			return &c->monitors.v[i];
	return NULL;
}

struct monitor *config_monitor_add(struct config *c, const char *name, struct origin at)
{
	struct monitor *m = config_monitor(c, name);

	if (m)
		return m;
	m = vec_push(&c->monitors);
	snprintf(m->name, sizeof(m->name), "%s", name);
	m->at = at;
	return m;
}

void config_monitor_remove(struct config *c, struct monitor *m)
{
	monitor_free(m);
	vec_remove(&c->monitors, (size_t)(m - c->monitors.v));
}

/* Where slot @id is, or belongs. */
static size_t slot_index(const struct config *c, unsigned int id)
{
	size_t i;

	for (i = 0; i < c->slots.n && c->slots.v[i].id < id; i++)
		;
	return i;
}

struct slot *config_slot(struct config *c, unsigned int id)
{
	size_t i = slot_index(c, id);

	return i < c->slots.n && c->slots.v[i].id == id ? &c->slots.v[i] : NULL;
}

struct slot *config_slot_add(struct config *c, unsigned int id, struct origin at)
{
	struct slot *s = config_slot(c, id);

	if (s)
		return s;
	s = vec_insert(&c->slots, slot_index(c, id));
	s->id = id;
	s->at = at;
	return s;
}

void config_slot_remove(struct config *c, struct slot *s)
{
	slot_free(s);
	vec_remove(&c->slots, (size_t)(s - c->slots.v));
}

bool slot_empty(const struct slot *s)
{
	return !s->sequence_flow.set && !s->ports.n && !s->hosts.n;
}

/* Where @name is, or belongs, in a sorted array of structs whose first member is a name. */
static size_t sorted_index(const void *v, size_t n, size_t size, const char *name)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp((const char *)v + mid * size, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/**
 * config_slot_of_port() - the slot that an interface was put into
 * @c: the configuration
 * @port: name of the interface
 *
 * Return: NULL if no slot names it, which puts it into slot 0.
 */
const struct slot *config_slot_of_port(const struct config *c, const char *port)
{
	size_t i;

	for (i = 0; i < c->slots.n; i++)
		if (names_find_sorted(&c->slots.v[i].ports, port))
			return &c->slots.v[i];
	return NULL;
}

/*
 * Where the view of @name is, or belongs: "all" comes first, so that a printed
 * configuration has it before its exceptions.
 */
static size_t interface_index(const struct config *c, const char *name)
{
	const struct interface *v = c->interfaces.v;
	size_t n = c->interfaces.n, all;

	if (!strcmp(name, ALL_INTERFACES))
		return 0;
	all = n && !strcmp(v->name, ALL_INTERFACES);
	return all + sorted_index(v + all, n - all, sizeof(*v), name);
}

struct interface *config_interface(struct config *c, const char *name)
{
	size_t i = interface_index(c, name);

	if (i == c->interfaces.n || strcmp(c->interfaces.v[i].name, name))
		return NULL;
	return &c->interfaces.v[i];
}

struct interface *config_interface_add(struct config *c, const char *name, struct origin at)
{
	struct interface *i = config_interface(c, name);

	if (i)
		return i;
	i = vec_insert(&c->interfaces, interface_index(c, name));
	snprintf(i->name, sizeof(i->name), "%s", name);
	i->at = at;
	return i;
}

void config_interface_remove(struct config *c, struct interface *i)
{
	interface_free(i);
	vec_remove(&c->interfaces, (size_t)(i - c->interfaces.v));
}

bool interface_empty(const struct interface *i)
{
	return !i->metering[0].set && !i->metering[1].set &&
	       !i->sampler[0].mode && !i->sampler[1].mode && !i->monitors.n;
}

/* Where an attachment is, or belongs. */
static size_t attachment_index(const attachments *a, const char *name, unsigned int direction)
{
	size_t i;
	int order;

	for (i = 0; i < a->n; i++) {
		order = strcmp(a->v[i].name, name);
		if (order > 0 || (!order && a->v[i].direction >= direction))
			break;
	}
	return i;
}

/**
 * attachments_find() - the attachment of a monitor in a direction
 * @a: where to look
 * @name: name of the monitor
 * @direction: &enum netstream_direction
 *
 * Return: NULL if there is none.
 */
struct attachment *attachments_find(attachments *a, const char *name, unsigned int direction)
{
	size_t i = attachment_index(a, name, direction);

	if (i == a->n || strcmp(a->v[i].name, name) || a->v[i].direction != direction)
		return NULL;
	return &a->v[i];
}

/* Add an attachment that is not there, in its place. */
void attachments_add(attachments *a, const struct attachment *new)
{
	*(struct attachment *)vec_insert(a, attachment_index(a, new->name, new->direction)) = *new;
}

bool address_equal(const struct address *a, const struct address *b)
{
	if (a->family != b->family)
		return false;
	if (a->family == AF_INET)
		return a->v4.s_addr == b->v4.s_addr;
	return IN6_ARE_ADDR_EQUAL(&a->v6, &b->v6);
}

/* The same collector; version and DSCP do not identify one. */
bool host_same(const struct host *a, const struct host *b)
{
	return address_equal(&a->addr, &b->addr) && a->port == b->port &&
	       !strcmp(a->vrf, b->vrf);
}

/**
 * hosts_find() - the collector with the same address, port and VRF
 * @h: where to look
 * @key: what to look for
 *
 * Return: NULL if there is none.
 */
struct host *hosts_find(hosts *h, const struct host *key)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (host_same(&h->v[i], key))
			return &h->v[i];
	return NULL;
}

void hosts_remove(hosts *h, struct host *host)
{
	vec_remove(h, (size_t)(host - h->v));
}

struct item *items_find(items *i, unsigned int field)
{
	size_t n;

	for (n = 0; n < i->n; n++)
		if (i->v[n].field == field)
			return &i->v[n];
	return NULL;
}

void items_remove(items *i, struct item *item)
{
	vec_remove(i, (size_t)(item - i->v));
}

struct name *names_find(names *n, const char *name)
{
	size_t i;

	for (i = 0; i < n->n; i++)
		if (!strcmp(n->v[i].name, name))
			return &n->v[i];
	return NULL;
}

/* The same for a sorted list, in logarithmic time. */
struct name *names_find_sorted(names *n, const char *name)
{
	size_t at = sorted_index(n->v, n->n, sizeof(*n->v), name);

	return at < n->n && !strcmp(n->v[at].name, name) ? &n->v[at] : NULL;
}

static void names_insert(names *n, size_t where, const char *name, struct origin at)
{
	struct name *new = vec_insert(n, where);

	snprintf(new->name, sizeof(new->name), "%s", name);
	new->at = at;
}

void names_add(names *n, const char *name, struct origin at)
{
	names_insert(n, n->n, name, at);
}

void names_add_sorted(names *n, const char *name, struct origin at)
{
	names_insert(n, sorted_index(n->v, n->n, sizeof(*n->v), name), name, at);
}

void names_remove(names *n, struct name *name)
{
	vec_remove(n, (size_t)(name - n->v));
}
