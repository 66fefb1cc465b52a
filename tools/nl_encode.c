// SPDX-License-Identifier: GPL-2.0
/*
 * A configuration as netlink attributes, from the table of configuration
 * statements.
 *
 * Each line's part of the message is marked.  The kernel names a bad attribute
 * by its offset, and the mark leads from there to the line.
 */
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "config_print.h"
#include "nl_encode.h"

/* A message being built; @wrong is what did not fit. */
struct builder {
	struct nl_msg	*msg;
	marks		*marks;
	enum view	view;
	const void	*part;
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

/* Mark what was added since @start as a line of @st, or with NULL as the opening of the view. */
static void mark(struct builder *b, size_t start, const struct setting *st, size_t line)
{
	struct mark *m = vec_push(b->marks);

	*m = (struct mark){ start, offset(b), b->view, b->part, st, line };
}

static void put_value(struct builder *b, const struct setting *st, const struct value *v)
{
	if (!v->set)
		return;
	if (st->kind == KIND_FLAG)
		put(b, st->attr[0], NULL, 0);
	else if (st->kind == KIND_SWITCH || st->kind == KIND_CHOICE)
		put_u8(b, st->attr[0], v->number);
	else
		put_u32(b, st->attr[0], v->number);
}

static void put_version(struct builder *b, const struct value *system)
{
	if (system[NETSTREAM_SYSTEM_A_VERSION].set)
		put_u8(b, NETSTREAM_SYSTEM_A_VERSION, system[NETSTREAM_SYSTEM_A_VERSION].number);
	if (system[NETSTREAM_SYSTEM_A_AS_TYPE].set)
		put_u8(b, NETSTREAM_SYSTEM_A_AS_TYPE, system[NETSTREAM_SYSTEM_A_AS_TYPE].number);
	if (system[NETSTREAM_SYSTEM_A_BGP_NEXTHOP].set)
		put(b, NETSTREAM_SYSTEM_A_BGP_NEXTHOP, NULL, 0);
}

static void put_address(struct builder *b, int attr4, int attr6, const struct address *a)
{
	if (a->family == AF_INET)
		put(b, attr4, &a->v4, sizeof(a->v4));
	if (a->family == AF_INET6)
		put(b, attr6, &a->v6, sizeof(a->v6));
}

/* The attributes of @st: IPv4 address and port, IPv6 address and port. */
static void put_source(struct builder *b, const struct setting *st, const struct source *s)
{
	put_address(b, st->attr[0], st->attr[2], &s->addr);
	if (s->port)
		put_u16(b, s->addr.family == AF_INET ? st->attr[1] : st->attr[3], s->port);
}

static void put_host(struct builder *b, int attr, const struct host *h)
{
	size_t start = nest_begin(b, attr);

	put_address(b, NETSTREAM_HOST_A_ADDR4, NETSTREAM_HOST_A_ADDR6, &h->addr);
	put_u16(b, NETSTREAM_HOST_A_PORT, h->port);
	if (*h->vrf)
		put_string(b, NETSTREAM_HOST_A_VRF, h->vrf);
	if (h->version)
		put_u8(b, NETSTREAM_HOST_A_VERSION, h->version);
	if (h->has_dscp)
		put_u8(b, NETSTREAM_HOST_A_DSCP, h->dscp);
	nest_end(b, start);
}

static void put_sampler(struct builder *b, int attr, const struct sampler *s,
			unsigned int direction)
{
	size_t start;

	if (!s->mode)
		return;
	start = nest_begin(b, attr);
	put_u8(b, NETSTREAM_SAMPLER_A_DIRECTION, direction);
	put_u8(b, NETSTREAM_SAMPLER_A_MODE, s->mode);
	put_u32(b, NETSTREAM_SAMPLER_A_INTERVAL, s->interval);
	nest_end(b, start);
}

static void put_attachment(struct builder *b, int attr, const struct attachment *a)
{
	size_t start = nest_begin(b, attr);

	put_string(b, NETSTREAM_ATTACH_A_NAME, a->name);
	put_u8(b, NETSTREAM_ATTACH_A_DIRECTION, a->direction);
	nest_end(b, start);
}

static void put_item(struct builder *b, int attr, const struct item *i)
{
	size_t start = nest_begin(b, attr);

	put_u16(b, NETSTREAM_ITEM_A_FIELD, i->field);
	if (i->prefix)
		put_u8(b, NETSTREAM_ITEM_A_PREFIX, i->prefix);
	if (i->width)
		put_u8(b, NETSTREAM_ITEM_A_WIDTH, i->width);
	nest_end(b, start);
}

/* The attributes of one line. */
static void put_line(struct builder *b, const struct setting *st, const void *p, size_t line)
{
	const struct value *v = p;

	switch (st->kind) {
	case KIND_NUMBER:
	case KIND_TIME:
	case KIND_FLAG:
	case KIND_SWITCH:
	case KIND_CHOICE:
		put_value(b, st, v);
		break;
	case KIND_VERSION:
		put_version(b, v);
		break;
	case KIND_SOURCES:
		put_source(b, st, (const struct source *)p + line);
		break;
	case KIND_HOSTS:
		put_host(b, st->attr[0], &((const hosts *)p)->v[line]);
		break;
	case KIND_NAMES:
		put_string(b, st->attr[0], ((const names *)p)->v[line].name);
		break;
	case KIND_SAMPLERS:
		put_sampler(b, st->attr[0], (const struct sampler *)p + line, line);
		break;
	case KIND_DIRECTIONS:
		if (v[line].set)
			put_u8(b, st->attr[line], v[line].number);
		break;
	case KIND_TEXT:
		if (*(const char *)p)
			put_string(b, st->attr[0], p);
		break;
	case KIND_ATTACHMENTS:
		put_attachment(b, st->attr[0], &((const attachments *)p)->v[line]);
		break;
	case KIND_ITEMS:
		put_item(b, st->attr[0], &((const items *)p)->v[line]);
		break;
	case KIND_IDENTIFIER:
	case KIND_NEIGHBORS:
	case KIND_STATIONS:
		/* of the routes view, which has no attributes */
		break;
	}
}

static void put_setting(struct builder *b, const struct setting *st)
{
	size_t i, start, lines = setting_lines(st, b->part);

	for (i = 0; i < lines && !b->wrong; i++) {
		start = offset(b);
		put_line(b, st, (const char *)b->part + st->offset, i);
		if (offset(b) > start)
			mark(b, start, st, i);
	}
}

/* Hosts of the system view are not in its nest, but beside it. */
static void put_settings(struct builder *b, bool beside)
{
	size_t i;

	for (i = 0; i < settings_count && !b->wrong; i++) {
		const struct setting *st = &settings[i];
		bool is_beside = st->view == VIEW_SYSTEM && st->kind == KIND_HOSTS;

		if (st->view == b->view && is_beside == beside)
			put_setting(b, st);
	}
}

static void put_name(struct builder *b)
{
	switch (b->view) {
	case VIEW_SLOT:
		put_u8(b, NETSTREAM_SLOT_A_ID, ((const struct slot *)b->part)->id);
		break;
	case VIEW_INTERFACE:
		put_string(b, NETSTREAM_IF_A_NAME, ((const struct interface *)b->part)->name);
		break;
	case VIEW_RECORD:
		put_string(b, NETSTREAM_RECORD_A_NAME, ((const struct record *)b->part)->name);
		break;
	case VIEW_MONITOR:
		put_string(b, NETSTREAM_MONITOR_A_NAME, ((const struct monitor *)b->part)->name);
		break;
	default:
		break;
	}
}

static void put_view(struct builder *b, enum view view, int attr, const void *part)
{
	size_t start;

	if (b->wrong)
		return;
	start = nest_begin(b, attr);
	b->view = view;
	b->part = part;
	put_name(b);
	if (view != VIEW_SYSTEM)
		mark(b, start, NULL, 0);
	put_settings(b, false);
	nest_end(b, start);
}

/* An empty system view is left out: an empty configuration is an empty message. */
static void put_system(struct builder *b, const struct config *c)
{
	struct nlmsghdr *h = nlmsg_hdr(b->msg);
	size_t start = offset(b);

	put_view(b, VIEW_SYSTEM, NETSTREAM_A_SYSTEM, c);
	if (offset(b) == start + NLA_HDRLEN)
		h->nlmsg_len = start;
	put_settings(b, true);
}

/**
 * config_encode() - append a configuration to a message
 * @msg: the message, with its headers
 * @c: the configuration
 * @m: filled with marks; to be freed with vec_free() in every case
 *
 * Return: NULL, or why it cannot be done.
 */
const char *config_encode(struct nl_msg *msg, const struct config *c, marks *m)
{
	struct builder b = { .msg = msg, .marks = m };
	size_t i;

	put_system(&b, c);
	for (i = 0; i < c->records.n; i++)
		put_view(&b, VIEW_RECORD, NETSTREAM_A_RECORD, &c->records.v[i]);
	for (i = 0; i < c->slots.n; i++)
		put_view(&b, VIEW_SLOT, NETSTREAM_A_SLOT, &c->slots.v[i]);
	for (i = 0; i < c->monitors.n; i++)
		put_view(&b, VIEW_MONITOR, NETSTREAM_A_MONITOR, &c->monitors.v[i]);
	for (i = 0; i < c->interfaces.n; i++)
		put_view(&b, VIEW_INTERFACE, NETSTREAM_A_INTERFACE, &c->interfaces.v[i]);
	return b.wrong;
}

/* Such as "slot 1: port eth0". */
static char *mark_text(const struct mark *m)
{
	char *view = view_line(m->view, m->part), *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	fputs(view, f);
	if (*view && m->st)
		fputs(": ", f);
	if (m->st)
		setting_line(f, m->st, m->part, m->line);
	fclose(f);
	free(view);
	return text;
}

static struct origin mark_origin(const struct mark *m)
{
	if (m->st)
		return setting_origin(m->st, m->part, m->line);
	if (m->view == VIEW_SLOT)
		return ((const struct slot *)m->part)->at;
	if (m->view == VIEW_INTERFACE)
		return ((const struct interface *)m->part)->at;
	if (m->view == VIEW_MONITOR)
		return ((const struct monitor *)m->part)->at;
	return ((const struct record *)m->part)->at;
}

/**
 * marks_blame() - name the line that a place in the message belongs to
 * @m: the marks
 * @offset: offset from the beginning of the message
 * @why: its statement and origin are filled in
 *
 * Return: false if no line is there.
 */
bool marks_blame(const marks *m, size_t offset, struct failure *why)
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
	if (!best)
		return false;
	why->statement = mark_text(best);
	why->at = mark_origin(best);
	return true;
}
