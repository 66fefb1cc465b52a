// SPDX-License-Identifier: GPL-2.0
/*
 * A configuration as netlink attributes, and back.
 *
 * While a message is built, every statement's part of it is marked, so that
 * the offset by which the kernel names a bad attribute leads to a statement.
 */
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "nl_config.h"
#include "text.h"

/* A message being built; @wrong is what did not fit. */
struct builder {
	struct nl_msg	*msg;
	marks		*marks;
	char		view[64];
	const char	*wrong;
};

static size_t offset(const struct builder *b)
{
	return nlmsg_hdr(b->msg)->nlmsg_len;
}

static void put(struct builder *b, int attr, const void *data, size_t len)
{
	if (nla_put(b->msg, attr, len, data))
		b->wrong = "the configuration is too large for one message";
}

static void put_u8(struct builder *b, int attr, uint8_t v)
{
	put(b, attr, &v, sizeof(v));
}

static void put_u16(struct builder *b, int attr, uint16_t v)
{
	put(b, attr, &v, sizeof(v));
}

static void put_u32(struct builder *b, int attr, uint32_t v)
{
	put(b, attr, &v, sizeof(v));
}

static void put_string(struct builder *b, int attr, const char *v)
{
	put(b, attr, v, strlen(v) + 1);
}

static void put_flag(struct builder *b, int attr)
{
	put(b, attr, NULL, 0);
}

static size_t nest_begin(struct builder *b, int attr)
{
	size_t start = offset(b);

	put(b, attr | NLA_F_NESTED, NULL, 0);
	return start;
}

static void nest_end(struct builder *b, size_t start)
{
	struct nlattr *nest = (struct nlattr *)((char *)nlmsg_hdr(b->msg) + start);
	size_t len = offset(b) - start;

	if (b->wrong)
		return;
	if (len > UINT16_MAX)
		b->wrong = "a slot or a record is too large for one message";
	else
		nest->nla_len = len;
}

/* What was added since @start is what @f, an open_memstream(), says. */
static void mark(struct builder *b, size_t start, struct origin at, FILE *f, char **text)
{
	struct mark *m;

	fclose(f);
	m = vec_push(b->marks);
	m->start = start;
	m->end = offset(b);
	m->at = at;
	m->text = xasprintf("%s%s", b->view, *text);
	free(*text);
}

static void add_text(struct builder *b, size_t start, struct origin at, const char *statement)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	fputs(statement, f);
	mark(b, start, at, f, &text);
}

static void put_sampler(struct builder *b, int attr, const struct sampler *s,
			unsigned int direction)
{
	size_t size, start;
	char *text = NULL;
	FILE *f;

	if (!s->mode)
		return;
	start = nest_begin(b, attr);
	put_u8(b, NETSTREAM_SAMPLER_A_DIRECTION, direction);
	put_u8(b, NETSTREAM_SAMPLER_A_MODE, s->mode);
	put_u32(b, NETSTREAM_SAMPLER_A_INTERVAL, s->interval);
	nest_end(b, start);
	f = open_memstream(&text, &size);
	text_sampler(f, s, direction);
	mark(b, start, s->at, f, &text);
}

static void put_system_value(struct builder *b, const struct config *c, int attr)
{
	switch (attr) {
	case NETSTREAM_SYSTEM_A_SOURCE4:
		put(b, attr, &c->source4, sizeof(c->source4));
		break;
	case NETSTREAM_SYSTEM_A_SOURCE6:
		put(b, attr, &c->source6, sizeof(c->source6));
		break;
	case NETSTREAM_SYSTEM_A_VERSION:
	case NETSTREAM_SYSTEM_A_AS_TYPE:
		put_u8(b, attr, c->value[attr]);
		break;
	case NETSTREAM_SYSTEM_A_BGP_NEXTHOP:
		put_flag(b, attr);
		break;
	case NETSTREAM_SYSTEM_A_SOURCE4_PORT:
	case NETSTREAM_SYSTEM_A_SOURCE6_PORT:
		put_u16(b, attr, c->value[attr]);
		break;
	default:
		put_u32(b, attr, c->value[attr]);
	}
}

static void put_system_scalar(struct builder *b, const struct config *c, int attr)
{
	size_t size, start = offset(b);
	char *text = NULL;
	FILE *f;

	if (!config_has(c, attr))
		return;
	put_system_value(b, c, attr);
	f = open_memstream(&text, &size);
	text_system(f, c, attr);
	mark(b, start, c->at[attr], f, &text);
}

static void put_names(struct builder *b, int attr, const names *list, const char *verb)
{
	size_t i, start;
	char *text;

	for (i = 0; i < list->n; i++) {
		start = offset(b);
		put_string(b, attr, list->v[i].name);
		text = xasprintf("%s %s", verb, list->v[i].name);
		add_text(b, start, list->v[i].at, text);
		free(text);
	}
}

static void put_system(struct builder *b, const struct config *c)
{
	size_t start;
	int i;

	if (!c->has && !c->apply.n && !c->management.n && !c->sampler[0].mode &&
	    !c->sampler[1].mode)
		return;
	start = nest_begin(b, NETSTREAM_A_SYSTEM);
	for (i = 1; i <= NETSTREAM_SYSTEM_A_MAX_FLOWS; i++)
		put_system_scalar(b, c, i);
	put_names(b, NETSTREAM_SYSTEM_A_APPLY, &c->apply, "ipv6 netstream apply record");
	put_names(b, NETSTREAM_SYSTEM_A_MANAGEMENT, &c->management, "management-interface");
	for (i = 0; i < 2; i++)
		put_sampler(b, NETSTREAM_SYSTEM_A_SAMPLER, &c->sampler[i], i);
	nest_end(b, start);
}

static void put_items(struct builder *b, int attr, const items *list, const char *verb)
{
	size_t i, size, start;
	char *text;
	FILE *f;

	for (i = 0; i < list->n; i++) {
		const struct item *item = &list->v[i];

		start = nest_begin(b, attr);
		put_u16(b, NETSTREAM_ITEM_A_FIELD, item->field);
		if (item->prefix)
			put_u8(b, NETSTREAM_ITEM_A_PREFIX, item->prefix);
		if (item->width)
			put_u8(b, NETSTREAM_ITEM_A_WIDTH, item->width);
		nest_end(b, start);
		text = NULL;
		f = open_memstream(&text, &size);
		text_item(f, verb, item);
		mark(b, start, item->at, f, &text);
	}
}

static void put_record(struct builder *b, const struct record *r)
{
	size_t start = nest_begin(b, NETSTREAM_A_RECORD);

	snprintf(b->view, sizeof(b->view), "ipv6 netstream record %s", r->name);
	put_string(b, NETSTREAM_RECORD_A_NAME, r->name);
	add_text(b, start, r->at, "");
	strcat(b->view, ": ");
	if (*r->description)
		put_string(b, NETSTREAM_RECORD_A_DESCRIPTION, r->description);
	put_items(b, NETSTREAM_RECORD_A_MATCH, &r->match, "match");
	put_items(b, NETSTREAM_RECORD_A_COLLECT, &r->collect, "collect");
	*b->view = '\0';
	nest_end(b, start);
}

static void put_host(struct builder *b, int attr, const struct host *h)
{
	size_t size, start = nest_begin(b, attr);
	char *text = NULL;
	FILE *f;

	if (h->addr.family == AF_INET)
		put(b, NETSTREAM_HOST_A_ADDR4, &h->addr.v4, sizeof(h->addr.v4));
	else
		put(b, NETSTREAM_HOST_A_ADDR6, &h->addr.v6, sizeof(h->addr.v6));
	put_u16(b, NETSTREAM_HOST_A_PORT, h->port);
	if (*h->vrf)
		put_string(b, NETSTREAM_HOST_A_VRF, h->vrf);
	if (h->version)
		put_u8(b, NETSTREAM_HOST_A_VERSION, h->version);
	if (h->has_dscp)
		put_u8(b, NETSTREAM_HOST_A_DSCP, h->dscp);
	nest_end(b, start);
	f = open_memstream(&text, &size);
	text_host(f, h);
	mark(b, start, h->at, f, &text);
}

static void put_slot(struct builder *b, const struct slot *s)
{
	size_t i, start;

	if (slot_empty(s))
		return;
	start = nest_begin(b, NETSTREAM_A_SLOT);
	snprintf(b->view, sizeof(b->view), "slot %u", s->id);
	put_u8(b, NETSTREAM_SLOT_A_ID, s->id);
	add_text(b, start, s->at, "");
	strcat(b->view, ": ");
	if (s->sequence_flow)
		put_flag(b, NETSTREAM_SLOT_A_SEQUENCE_FLOW);
	put_names(b, NETSTREAM_SLOT_A_PORT, &s->ports, "port");
	for (i = 0; i < s->hosts.n; i++)
		put_host(b, NETSTREAM_SLOT_A_HOST, &s->hosts.v[i]);
	*b->view = '\0';
	nest_end(b, start);
}

static void put_interface(struct builder *b, const struct config *c, const struct interface *i)
{
	size_t start;

	if (interface_empty(c, i))
		return;
	start = nest_begin(b, NETSTREAM_A_INTERFACE);
	snprintf(b->view, sizeof(b->view), "interface %s", i->name);
	put_string(b, NETSTREAM_IF_A_NAME, i->name);
	add_text(b, start, i->at, "");
	strcat(b->view, ": ");
	put_u8(b, NETSTREAM_IF_A_INBOUND, i->enabled[NETSTREAM_INBOUND]);
	put_u8(b, NETSTREAM_IF_A_OUTBOUND, i->enabled[NETSTREAM_OUTBOUND]);
	put_sampler(b, NETSTREAM_IF_A_SAMPLER, &i->sampler[0], 0);
	put_sampler(b, NETSTREAM_IF_A_SAMPLER, &i->sampler[1], 1);
	*b->view = '\0';
	nest_end(b, start);
}

/**
 * config_encode() - append a configuration to a message
 * @msg: the message, with its headers
 * @c: the configuration
 * @m: filled with what became of each statement; to be freed in every case
 *
 * Return: NULL, or why it cannot be done.
 */
const char *config_encode(struct nl_msg *msg, const struct config *c, marks *m)
{
	struct builder b = { .msg = msg, .marks = m };
	size_t i;

	put_system(&b, c);
	for (i = 0; i < c->records.n && !b.wrong; i++)
		put_record(&b, &c->records.v[i]);
	for (i = 0; i < c->slots.n && !b.wrong; i++)
		put_slot(&b, &c->slots.v[i]);
	for (i = 0; i < c->hosts.n && !b.wrong; i++)
		put_host(&b, NETSTREAM_A_HOST, &c->hosts.v[i]);
	for (i = 0; i < c->interfaces.n && !b.wrong; i++)
		put_interface(&b, c, &c->interfaces.v[i]);
	return b.wrong;
}

/**
 * marks_find() - the statement that a place in the message belongs to
 * @m: the marks
 * @offset: offset from the beginning of the message
 *
 * Return: the narrowest one, NULL if there is none.
 */
const struct mark *marks_find(const marks *m, size_t offset)
{
	const struct mark *best = NULL;
	size_t i;

	for (i = 0; i < m->n; i++) {
		const struct mark *x = &m->v[i];

		if (offset < x->start || offset >= x->end)
			continue;
		if (!best || x->end - x->start < best->end - best->start)
			best = x;
	}
	return best;
}

void marks_free(marks *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		free(m->v[i].text);
	vec_free(m);
}

/* A number of whatever size it was sent in. */
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

static void get_bytes(void *to, const struct nlattr *a, size_t size)
{
	size_t len = nla_len(a);

	memcpy(to, nla_data(a), len < size ? len : size);
}

/* A string, terminated or not, cut to @size. */
void attr_string(char *to, const struct nlattr *a, size_t size)
{
	snprintf(to, size, "%.*s", nla_len(a), (char *)nla_data(a));
}

static void decode_sampler(struct sampler samplers[2], struct nlattr *nest, bool *foreign)
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

static void decode_system(struct config *c, struct nlattr *nest)
{
	struct origin none = { 0 };
	char name[64];
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		attr_string(name, a, sizeof(name));
		switch (nla_type(a)) {
		case NETSTREAM_SYSTEM_A_APPLY:
			names_add(&c->apply, name, none);
			continue;
		case NETSTREAM_SYSTEM_A_MANAGEMENT:
			names_add(&c->management, name, none);
			continue;
		case NETSTREAM_SYSTEM_A_SAMPLER:
			decode_sampler(c->sampler, a, &c->foreign);
			continue;
		case NETSTREAM_SYSTEM_A_SOURCE4:
			get_bytes(&c->source4, a, sizeof(c->source4));
			break;
		case NETSTREAM_SYSTEM_A_SOURCE6:
			get_bytes(&c->source6, a, sizeof(c->source6));
			break;
		}
		if (!nla_type(a) || nla_type(a) > NETSTREAM_SYSTEM_A_MAX)
			c->foreign = true;
		else
			config_put(c, nla_type(a), nla_len(a) > 8 ? 0 : attr_number(a), none);
	}
	if (config_has(c, NETSTREAM_SYSTEM_A_BGP_NEXTHOP))
		c->value[NETSTREAM_SYSTEM_A_BGP_NEXTHOP] = 1;
}

static void decode_item(items *list, struct nlattr *nest, bool *foreign)
{
	struct item *item = vec_push(list);
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		switch (nla_type(a)) {
		case NETSTREAM_ITEM_A_FIELD:
			item->field = attr_number(a);
			*foreign |= item->field > NETSTREAM_FIELD_MAX;
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

/**
 * config_decode_record() - read a record
 * @r: filled in, zero before
 * @nest: a nest of &enum netstream_record_attr
 * @foreign: set if there is something unknown in it
 */
void config_decode_record(struct record *r, struct nlattr *nest, bool *foreign)
{
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		switch (nla_type(a)) {
		case NETSTREAM_RECORD_A_NAME:
			attr_string(r->name, a, sizeof(r->name));
			break;
		case NETSTREAM_RECORD_A_DESCRIPTION:
			attr_string(r->description, a, sizeof(r->description));
			break;
		case NETSTREAM_RECORD_A_MATCH:
			decode_item(&r->match, a, foreign);
			break;
		case NETSTREAM_RECORD_A_COLLECT:
			decode_item(&r->collect, a, foreign);
			break;
		default:
			*foreign |= nla_type(a) > NETSTREAM_RECORD_A_MAX;
		}
	}
}

/**
 * config_decode_host() - read a collector
 * @h: filled in, zero before
 * @nest: a nest of &enum netstream_host_attr
 * @foreign: set if there is something unknown in it
 */
void config_decode_host(struct host *h, struct nlattr *nest, bool *foreign)
{
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		switch (nla_type(a)) {
		case NETSTREAM_HOST_A_ADDR4:
			h->addr.family = AF_INET;
			get_bytes(&h->addr.v4, a, sizeof(h->addr.v4));
			break;
		case NETSTREAM_HOST_A_ADDR6:
			h->addr.family = AF_INET6;
			get_bytes(&h->addr.v6, a, sizeof(h->addr.v6));
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

static uint8_t slot_id(struct nlattr *nest)
{
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem)
		if (nla_type(a) == NETSTREAM_SLOT_A_ID)
			return attr_number(a);
	return 0;
}

static void decode_slot(struct config *c, struct nlattr *nest)
{
	struct origin none = { 0 };
	struct slot *s = config_slot_add(c, slot_id(nest), none);
	char name[64];
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		switch (nla_type(a)) {
		case NETSTREAM_SLOT_A_ID:
			break;
		case NETSTREAM_SLOT_A_SEQUENCE_FLOW:
			s->sequence_flow = true;
			break;
		case NETSTREAM_SLOT_A_PORT:
			attr_string(name, a, sizeof(name));
			names_add_sorted(&s->ports, name, none);
			break;
		case NETSTREAM_SLOT_A_HOST:
			config_decode_host(vec_push(&s->hosts), a, &c->foreign);
			break;
		default:
			c->foreign = true;
		}
	}
}

/**
 * config_decode_interface() - read an interface view
 * @i: filled in, zero before
 * @nest: a nest of &enum netstream_if_attr
 * @foreign: set if there is something unknown in it
 */
void config_decode_interface(struct interface *i, struct nlattr *nest, bool *foreign)
{
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		switch (nla_type(a)) {
		case NETSTREAM_IF_A_NAME:
			attr_string(i->name, a, sizeof(i->name));
			break;
		case NETSTREAM_IF_A_INBOUND:
			i->enabled[NETSTREAM_INBOUND] = attr_number(a);
			break;
		case NETSTREAM_IF_A_OUTBOUND:
			i->enabled[NETSTREAM_OUTBOUND] = attr_number(a);
			break;
		case NETSTREAM_IF_A_SAMPLER:
			decode_sampler(i->sampler, a, foreign);
			break;
		default:
			*foreign |= nla_type(a) > NETSTREAM_IF_A_MAX;
		}
	}
}

static void decode_one_interface(struct config *c, struct nlattr *nest)
{
	struct interface i = { 0 };

	config_decode_interface(&i, nest, &c->foreign);
	i.excluded = !i.enabled[0] && !i.enabled[1];
	*config_interface_add(c, i.name, i.at) = i;
}

/**
 * config_decode() - add what a message of the running configuration says
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
		case NETSTREAM_A_CHECK:
		case NETSTREAM_A_PAD:
			break;
		case NETSTREAM_A_SYSTEM:
			decode_system(c, a);
			break;
		case NETSTREAM_A_RECORD:
			config_decode_record(vec_push(&c->records), a, &c->foreign);
			break;
		case NETSTREAM_A_SLOT:
			decode_slot(c, a);
			break;
		case NETSTREAM_A_HOST:
			config_decode_host(vec_push(&c->hosts), a, &c->foreign);
			break;
		case NETSTREAM_A_INTERFACE:
			decode_one_interface(c, a);
			break;
		default:
			c->foreign = true;
		}
	}
}
