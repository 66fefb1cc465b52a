// SPDX-License-Identifier: GPL-2.0
/* The configuration as plain structs: finding, adding, removing, copying. */
#include <stdlib.h>
#include <string.h>

#include "model.h"

/* The words by which statements name a field. */
static const char *const field_names[NETSTREAM_FIELD_MAX + 1] = {
	[NETSTREAM_FIELD_SRC_ADDR]	= "source address",
	[NETSTREAM_FIELD_DST_ADDR]	= "destination address",
	[NETSTREAM_FIELD_SRC_MASK]	= "source mask",
	[NETSTREAM_FIELD_DST_MASK]	= "destination mask",
	[NETSTREAM_FIELD_SRC_PORT]	= "source port",
	[NETSTREAM_FIELD_DST_PORT]	= "destination port",
	[NETSTREAM_FIELD_SRC_VLAN]	= "source vlan",
	[NETSTREAM_FIELD_DST_VLAN]	= "destination vlan",
	[NETSTREAM_FIELD_SRC_AS]	= "source as",
	[NETSTREAM_FIELD_DST_AS]	= "destination as",
	[NETSTREAM_FIELD_PROTOCOL]	= "protocol",
	[NETSTREAM_FIELD_TOS]		= "tos",
	[NETSTREAM_FIELD_FLOW_LABEL]	= "flow-label",
	[NETSTREAM_FIELD_DIRECTION]	= "direction",
	[NETSTREAM_FIELD_TCP_FLAG]	= "tcp-flag",
	[NETSTREAM_FIELD_INPUT_IF]	= "input interface",
	[NETSTREAM_FIELD_OUTPUT_IF]	= "output interface",
	[NETSTREAM_FIELD_NEXT_HOP]	= "next-hop",
	[NETSTREAM_FIELD_BGP_NEXT_HOP]	= "next-hop bgp",
	[NETSTREAM_FIELD_PACKETS]	= "input packets",
	[NETSTREAM_FIELD_BYTES]		= "input bytes",
	[NETSTREAM_FIELD_FIRST]		= "first switched",
	[NETSTREAM_FIELD_LAST]		= "last switched",
	[NETSTREAM_FIELD_END_REASON]	= "flow-end-reason",
};

/**
 * field_name() - the words of a field, as after match or collect
 * @field: &enum netstream_field
 *
 * Return: never NULL.
 */
const char *field_name(unsigned int field)
{
	if (field > NETSTREAM_FIELD_MAX || !field_names[field])
		return "unknown";
	return field_names[field];
}

/**
 * field_by_name() - the field that statements name so
 * @name: its words
 *
 * Return: 0 if there is none.
 */
unsigned int field_by_name(const char *name)
{
	unsigned int i;

	for (i = 1; i <= NETSTREAM_FIELD_MAX; i++)
		if (!strcmp(field_names[i], name))
			return i;
	return 0;
}

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
	vec_copy(&to->records, &from->records);
	for (i = 0; i < from->records.n; i++)
		record_copy(&to->records.v[i], &from->records.v[i]);
	vec_copy(&to->slots, &from->slots);
	for (i = 0; i < from->slots.n; i++)
		slot_copy(&to->slots.v[i], &from->slots.v[i]);
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
	vec_free(&c->records);
	vec_free(&c->slots);
	vec_free(&c->apply);
	vec_free(&c->management);
	vec_free(&c->hosts);
	vec_free(&c->interfaces);
	memset(c, 0, sizeof(*c));
}

bool config_has(const struct config *c, int attr)
{
	return c->has & 1u << attr;
}

void config_put(struct config *c, int attr, uint32_t value, struct origin at)
{
	c->has |= 1u << attr;
	c->value[attr] = value;
	c->at[attr] = at;
}

void config_drop(struct config *c, int attr)
{
	c->has &= ~(1u << attr);
	c->value[attr] = 0;
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

/* Whether opening its view was all that was ever done to it. */
bool slot_empty(const struct slot *s)
{
	return !s->sequence_flow && !s->ports.n && !s->hosts.n;
}

/* Where @name is, or belongs, in an alphabetical array of things that begin with their name. */
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
 * Return: NULL if none was named: it is in slot 0.
 */
const struct slot *config_slot_of_port(const struct config *c, const char *port)
{
	size_t i, at;

	for (i = 0; i < c->slots.n; i++) {
		const names *p = &c->slots.v[i].ports;

		at = sorted_index(p->v, p->n, sizeof(*p->v), port);
		if (at < p->n && !strcmp(p->v[at].name, port))
			return &c->slots.v[i];
	}
	return NULL;
}

struct interface *config_interface(struct config *c, const char *name)
{
	size_t i = sorted_index(c->interfaces.v, c->interfaces.n,
				sizeof(*c->interfaces.v), name);

	if (i == c->interfaces.n || strcmp(c->interfaces.v[i].name, name))
		return NULL;
	return &c->interfaces.v[i];
}

struct interface *config_interface_add(struct config *c, const char *name, struct origin at)
{
	struct interface *i = config_interface(c, name);

	if (i)
		return i;
	i = vec_insert(&c->interfaces, sorted_index(c->interfaces.v, c->interfaces.n,
						    sizeof(*c->interfaces.v), name));
	snprintf(i->name, sizeof(i->name), "%s", name);
	i->at = at;
	return i;
}

void config_interface_remove(struct config *c, struct interface *i)
{
	vec_remove(&c->interfaces, (size_t)(i - c->interfaces.v));
}

/**
 * interface_excluded() - whether an interface view says "not this one" beside "all"
 * @c: the configuration
 * @i: the view
 */
bool interface_excluded(const struct config *c, const struct interface *i)
{
	const struct interface *all = config_interface((struct config *)c, ALL_INTERFACES);

	return i->excluded && all && all != i && (all->enabled[0] || all->enabled[1]);
}

/**
 * interface_empty() - whether an interface view says nothing
 * @c: the configuration
 * @i: the view
 */
bool interface_empty(const struct config *c, const struct interface *i)
{
	return !i->enabled[0] && !i->enabled[1] && !i->sampler[0].mode &&
	       !i->sampler[1].mode && !interface_excluded(c, i);
}

static bool address_equal(const struct address *a, const struct address *b)
{
	if (a->family != b->family)
		return false;
	if (a->family == AF_INET)
		return a->v4.s_addr == b->v4.s_addr;
	return IN6_ARE_ADDR_EQUAL(&a->v6, &b->v6);
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
		if (address_equal(&h->v[i].addr, &key->addr) &&
		    h->v[i].port == key->port && !strcmp(h->v[i].vrf, key->vrf))
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
