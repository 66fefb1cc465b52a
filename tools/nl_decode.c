// SPDX-License-Identifier: GPL-2.0
/* A configuration from netlink attributes, by the table of configuration statements. */
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "nl_decode.h"

/* An integer of any size; 0 if the attribute has no such size. */
uint64_t attr_number(const struct nlattr *a)
{
	uint64_t v64;
	uint32_t v32;
	uint16_t v16;

	switch (nla_len(a)) {
	case 1:
		return *(uint8_t *)nla_data(a);
	case 2:
		memcpy(&v16, nla_data(a), 2);
		return v16;
	case 4:
		memcpy(&v32, nla_data(a), 4);
		return v32;
	case 8:
		memcpy(&v64, nla_data(a), 8);
		return v64;
	}
	return 0;
}

/* A string, terminated or not, cut to @size. */
void attr_string(char *to, const struct nlattr *a, size_t size)
{
	snprintf(to, size, "%.*s", nla_len(a), (char *)nla_data(a));
}

/* At most @size bytes. */
void attr_bytes(void *to, const struct nlattr *a, size_t size)
{
	size_t len = nla_len(a);

	memcpy(to, nla_data(a), len < size ? len : size);
}

static void get_address(struct address *to, const struct nlattr *a, int family)
{
	memset(to, 0, sizeof(*to));
	to->family = family;
	if (family == AF_INET)
		attr_bytes(&to->v4, a, sizeof(to->v4));
	else
		attr_bytes(&to->v6, a, sizeof(to->v6));
}

static void get_sampler(struct sampler samplers[2], struct nlattr *nest, bool *foreign)
{
	struct sampler s = { 0 };
	unsigned int direction = 0;
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		switch (nla_type(a)) {
		case NETSTREAM_SAMPLER_A_DIRECTION:
			direction = attr_number(a) & 1;
			break;
		case NETSTREAM_SAMPLER_A_MODE:
			s.mode = attr_number(a);
			break;
		case NETSTREAM_SAMPLER_A_INTERVAL:
			s.interval = attr_number(a);
			break;
		default:
			*foreign = true;
		}
	}
	samplers[direction] = s;
}

static void get_item(items *list, struct nlattr *nest, bool *foreign)
{
	struct item *item = vec_push(list);
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		switch (nla_type(a)) {
		case NETSTREAM_ITEM_A_FIELD:
			item->field = attr_number(a);
			*foreign |= !field_row(item->field);
			break;
		case NETSTREAM_ITEM_A_PREFIX:
			item->prefix = attr_number(a);
			break;
		case NETSTREAM_ITEM_A_WIDTH:
			item->width = attr_number(a);
			break;
		default:
			*foreign = true;
		}
	}
}

/* The attributes of @st: IPv4 address and port, IPv6 address and port. */
static void get_source(const struct setting *st, struct source sources[2],
		       const struct nlattr *a)
{
	int type = nla_type(a);

	if (type == st->attr[0])
		get_address(&sources[SOURCE4].addr, a, AF_INET);
	else if (type == st->attr[1])
		sources[SOURCE4].port = attr_number(a);
	else if (type == st->attr[2])
		get_address(&sources[SOURCE6].addr, a, AF_INET6);
	else
		sources[SOURCE6].port = attr_number(a);
}

static void get_attachment(attachments *list, struct nlattr *nest, bool *foreign)
{
	struct attachment new = { 0 };
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		switch (nla_type(a)) {
		case NETSTREAM_ATTACH_A_NAME:
			attr_string(new.name, a, sizeof(new.name));
			break;
		case NETSTREAM_ATTACH_A_DIRECTION:
			new.direction = attr_number(a) & 1;
			break;
		default:
			*foreign = true;
		}
	}
	if (!attachments_find(list, new.name, new.direction))
		attachments_add(list, &new);
}

static struct value get_value(const struct nlattr *a)
{
	/* a flag has no payload */
	return (struct value){ .set = true, .number = nla_len(a) ? attr_number(a) : 1 };
}

static void get_name(names *list, const struct nlattr *a)
{
	char name[NETSTREAM_RECORD_NAME_MAX + 1];
	struct origin none = { 0 };

	attr_string(name, a, sizeof(name));
	names_add(list, name, none);
}

/* An attribute that belongs to a statement. */
static void get_setting(const struct setting *st, void *part, struct nlattr *a, bool *foreign)
{
	void *p = (char *)part + st->offset;
	struct value *v = p;

	switch (st->kind) {
	case KIND_NUMBER:
	case KIND_TIME:
	case KIND_FLAG:
	case KIND_SWITCH:
	case KIND_CHOICE:
		*v = get_value(a);
		break;
	case KIND_VERSION:
		v[nla_type(a)] = get_value(a);
		break;
	case KIND_SOURCES:
		get_source(st, p, a);
		break;
	case KIND_HOSTS:
		host_decode(vec_push((hosts *)p), a, foreign);
		break;
	case KIND_NAMES:
		get_name(p, a);
		break;
	case KIND_SAMPLERS:
		get_sampler(p, a, foreign);
		break;
	case KIND_DIRECTIONS:
		v[nla_type(a) == st->attr[1]] = get_value(a);
		break;
	case KIND_TEXT:
		attr_string(p, a, st->max + 1);
		break;
	case KIND_ATTACHMENTS:
		get_attachment(p, a, foreign);
		break;
	case KIND_ITEMS:
		get_item(p, a, foreign);
		break;
	case KIND_IDENTIFIER:
	case KIND_NEIGHBORS:
	case KIND_STATIONS:
		/* of the routes view, which has no attributes */
		break;
	}
}

/* An attribute above @max is from a newer module; others without a row occur in replies only. */
static void get_settings(enum view view, void *part, struct nlattr *nest, int max, bool *foreign)
{
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		const struct setting *st = setting_of_attr(view, nla_type(a));

		if (st)
			get_setting(st, part, a, foreign);
		else
			*foreign |= nla_type(a) > max;
	}
}

/**
 * record_decode() - read a record
 * @r: filled in; zero before
 * @nest: a nest of &enum netstream_record_attr
 * @foreign: set if something in it is unknown
 */
void record_decode(struct record *r, struct nlattr *nest, bool *foreign)
{
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem)
		if (nla_type(a) == NETSTREAM_RECORD_A_NAME)
			attr_string(r->name, a, sizeof(r->name));
	get_settings(VIEW_RECORD, r, nest, NETSTREAM_RECORD_A_MAX, foreign);
}

/**
 * interface_decode() - read an interface view
 * @i: filled in; zero before
 * @nest: a nest of &enum netstream_if_attr
 * @foreign: set if something in it is unknown
 */
void interface_decode(struct interface *i, struct nlattr *nest, bool *foreign)
{
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem)
		if (nla_type(a) == NETSTREAM_IF_A_NAME)
			attr_string(i->name, a, sizeof(i->name));
	get_settings(VIEW_INTERFACE, i, nest, NETSTREAM_IF_A_MAX, foreign);
}

/**
 * host_decode() - read a collector
 * @h: filled in; zero before
 * @nest: a nest of &enum netstream_host_attr
 * @foreign: set if something in it is unknown
 */
void host_decode(struct host *h, struct nlattr *nest, bool *foreign)
{
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		switch (nla_type(a)) {
		case NETSTREAM_HOST_A_ADDR4:
			get_address(&h->addr, a, AF_INET);
			break;
		case NETSTREAM_HOST_A_ADDR6:
			get_address(&h->addr, a, AF_INET6);
			break;
		case NETSTREAM_HOST_A_PORT:
			h->port = attr_number(a);
			break;
		case NETSTREAM_HOST_A_VRF:
			attr_string(h->vrf, a, sizeof(h->vrf));
			break;
		case NETSTREAM_HOST_A_VERSION:
			h->version = attr_number(a);
			break;
		case NETSTREAM_HOST_A_DSCP:
			h->has_dscp = true;
			h->dscp = attr_number(a);
			break;
		default:
			*foreign |= nla_type(a) > NETSTREAM_HOST_A_MAX;
		}
	}
}

static unsigned int slot_id(struct nlattr *nest)
{
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem)
		if (nla_type(a) == NETSTREAM_SLOT_A_ID)
			return attr_number(a);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->name, ((const struct name *)b)->name);
}

/* Ports come in any order, and possibly in more than one message. */
static void decode_slot(struct config *c, struct nlattr *nest)
{
	struct origin none = { 0 };
	struct slot *s = config_slot_add(c, slot_id(nest), none);

	get_settings(VIEW_SLOT, s, nest, NETSTREAM_SLOT_A_MAX, &c->foreign);
	if (s->ports.n)
		qsort(s->ports.v, s->ports.n, sizeof(*s->ports.v), compare_names);
}

static void decode_monitor(struct config *c, struct nlattr *nest)
{
	struct monitor *m = vec_push(&c->monitors);
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem)
		if (nla_type(a) == NETSTREAM_MONITOR_A_NAME)
			attr_string(m->name, a, sizeof(m->name));
	get_settings(VIEW_MONITOR, m, nest, NETSTREAM_MONITOR_A_MAX, &c->foreign);
}

static void decode_interface(struct config *c, struct nlattr *nest)
{
	struct interface i = { 0 };

	interface_decode(&i, nest, &c->foreign);
	*config_interface_add(c, i.name, i.at) = i;
}

/**
 * config_decode() - add the contents of a message of the running configuration
 * @c: the configuration so far
 * @attrs: top-level attributes of the message
 * @len: length of all of them
 */
void config_decode(struct config *c, struct nlattr *attrs, int len)
{
	struct nlattr *a;
	int rem;

	nla_for_each_attr(a, attrs, len, rem) {
		switch (nla_type(a)) {
		case NETSTREAM_A_GENERATION:
			c->generation = attr_number(a);
			break;
		case NETSTREAM_A_CONFIRM:
			c->confirm = attr_number(a);
			break;
		case NETSTREAM_A_CHECK:
		case NETSTREAM_A_PAD:
			break;
		case NETSTREAM_A_SYSTEM:
			get_settings(VIEW_SYSTEM, c, a, NETSTREAM_SYSTEM_A_MAX, &c->foreign);
			break;
		case NETSTREAM_A_RECORD:
			record_decode(vec_push(&c->records), a, &c->foreign);
			break;
		case NETSTREAM_A_SLOT:
			decode_slot(c, a);
			break;
		case NETSTREAM_A_HOST:
			host_decode(vec_push(&c->hosts), a, &c->foreign);
			break;
		case NETSTREAM_A_MONITOR:
			decode_monitor(c, a);
			break;
		case NETSTREAM_A_INTERFACE:
			decode_interface(c, a);
			break;
		default:
			c->foreign = true;
		}
	}
}
