// SPDX-License-Identifier: GPL-2.0
/* The flows of the cache, by the table of fields. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "field.h"
#include "flow_filter.h"
#include "flow_group.h"
#include "flow_top.h"
#include "nl_reply.h"
#include "out.h"
#include "protocol.h"
#include "session.h"
#include "show_cache.h"

/* How many flows a table shows unless the line says otherwise. */
#define DEFAULT_LIMIT 100

/* A second as text, kept until another one is wanted that has the same place. */
struct second {
	time_t	second;
	char	text[32];
};

#define SECONDS_KEPT 64

struct link_name {
	uint32_t	index;
	char		name[IFNAMSIZ];
};

/**
 * struct cache - flows being shown
 * @out: the list that they are printed to
 * @boot: wall clock at boot, milliseconds since 1970
 * @utc: seconds that were shown lately, in UTC
 * @value: the values of the flow that is being shown, by field; NULL: it has none
 * @names: interface names, by index, as far as they were asked for
 * @filter: which flows are shown
 * @grouped: flows are added up in @groups
 * @groups: their sums
 * @sorted: the line says by what they are sorted or added up
 * @top: the first flows in the order; with limit 0 all are shown as they come
 * @total: number of flows, or groups, so far
 */
struct cache {
	struct out		out;
	int64_t			boot;
	struct second		utc[SECONDS_KEPT];
	const struct flow_value	*value[NETSTREAM_FIELD_MAX + 1];
	VEC(struct link_name)	names;
	struct flow_filter	filter;
	bool			grouped;
	struct flow_groups	groups;
	bool			sorted;
	struct flow_top		top;
	uint64_t		total;
};

static int64_t milliseconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Empty if there is no such interface any more. */
static const char *interface_name(struct cache *c, uint32_t index)
{
	size_t low = 0, high = c->names.n, mid;
	struct link_name *new;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (c->names.v[mid].index < index)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < c->names.n && c->names.v[low].index == index)
		return c->names.v[low].name;
	new = vec_insert(&c->names, low);
	new->index = index;
	if (!index || !if_indextoname(index, new->name))
		*new->name = '\0';
	return new->name;
}

static char *tcp_flags_text(unsigned int flags)
{
	static const char *const names[] = {
		"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR",
	};
	char text[64] = "";
	unsigned int i;

	for (i = 0; i < 8; i++) {
		if (!(flags & 1u << i))
			continue;
		if (*text)
			strcat(text, "|");
		strcat(text, names[i]);
	}
	return xstrdup(text);
}

static void show_address(struct out *o, const char *key, const char *heading,
			 const struct in6_addr *a)
{
	char text[INET6_ADDRSTRLEN];

	if (o->json ? !!key : !!heading)
		out_string(o, key, heading, inet_ntop(AF_INET6, a, text, sizeof(text)));
}

/* An address and its port share a column; a flow may have either of them. */
static void show_endpoint(struct out *o, const char *heading, const struct flow_value *address,
			  const struct flow_value *port)
{
	char text[INET6_ADDRSTRLEN] = "*";

	if (o->json)
		return;
	if (address)
		inet_ntop(AF_INET6, &address->address, text, sizeof(text));
	if (port)
		out_text(o, NULL, heading, "[%s]:%u", text, (unsigned int)port->number);
	else if (address)
		out_text(o, NULL, heading, "%s", text);
	else
		out_none(o, heading);
}

static void show_protocol(struct out *o, const struct field *row, const struct flow_value *v)
{
	const char *name = protocol_name(v->number);

	out_number(o, row->key, NULL, v->number);
	if (name)
		out_string(o, "protocol_name", row->heading, name);
	else
		out_text(o, NULL, row->heading, "%u", (unsigned int)v->number);
}

static void show_interface(struct cache *c, const struct field *row, const struct flow_value *v)
{
	const char *name = interface_name(c, v->number);
	struct out *o = &c->out;
	char key[64];

	/* a million times: no format */
	stpcpy(stpcpy(key, row->key), "_name");

	out_number(o, row->key, NULL, v->number);
	if (*name)
		out_string(o, key, row->heading, name);
	else if (v->number)
		out_text(o, NULL, row->heading, "%u", (unsigned int)v->number);
	else
		out_none(o, row->heading);
}

static void show_tcp_flags(struct out *o, const struct field *row, const struct flow_value *v)
{
	char *text;

	out_number(o, row->key, NULL, v->number);
	if (o->json)
		return;
	text = tcp_flags_text(v->number);
	out_string(o, NULL, row->heading, text);
	free(text);
}

static void show_mac(struct out *o, const struct field *row, uint64_t mac)
{
	unsigned int i;
	char text[18];

	for (i = 0; i < 6; i++)
		snprintf(text + 3 * i, 4, "%02x%s", (unsigned int)(mac >> (40 - 8 * i)) & 0xff,
			 i < 5 ? ":" : "");
	out_text(o, row->key, row->heading, "%s", text);
}

static void show_value(struct cache *c, const struct field *row, const struct flow_value *v)
{
	struct out *o = &c->out;

	switch (row->format) {
	case FORMAT_NUMBER:
		out_number(o, row->key, row->heading, v->number);
		break;
	case FORMAT_ADDRESS:
		show_address(o, row->key, row->heading, &v->address);
		break;
	case FORMAT_ENDPOINT_ADDRESS:
		show_address(o, row->key, NULL, &v->address);
		break;
	case FORMAT_ENDPOINT_PORT:
		out_number(o, row->key, NULL, v->number);
		break;
	case FORMAT_PROTOCOL:
		show_protocol(o, row, v);
		break;
	case FORMAT_DIRECTION:
		out_string(o, row->key, row->heading, direction_name(v->number));
		break;
	case FORMAT_TCP_FLAGS:
		show_tcp_flags(o, row, v);
		break;
	case FORMAT_INTERFACE:
		show_interface(c, row, v);
		break;
	case FORMAT_MAC:
		show_mac(o, row, v->number);
		break;
	case FORMAT_TEXT:
		out_text(o, row->key, row->heading, "%.16s", (const char *)&v->address);
		break;
	case FORMAT_TOTAL:
		break;
	}
}

static void values_by_field(struct cache *c, const struct flow *f)
{
	size_t i;

	memset(c->value, 0, sizeof(c->value));
	for (i = f->values; i-- > 0;)
		if (f->value[i].field <= NETSTREAM_FIELD_MAX)
			c->value[f->value[i].field] = &f->value[i];
}

/* Every flow in the order of the table, so that columns match. */
static void show_values(struct cache *c, const struct flow *f)
{
	struct out *o = &c->out;
	unsigned int i;

	values_by_field(c, f);
	/* by what they are added up, if they are */
	out_keep(o, true);
	show_endpoint(o, "Source", c->value[NETSTREAM_FIELD_SRC_ADDR],
		      c->value[NETSTREAM_FIELD_SRC_PORT]);
	show_endpoint(o, "Destination", c->value[NETSTREAM_FIELD_DST_ADDR],
		      c->value[NETSTREAM_FIELD_DST_PORT]);
	out_keep(o, c->groups.count);
	for (i = 1; i <= NETSTREAM_FIELD_MAX; i++) {
		const struct flow_value *v = c->value[i];
		const struct field *row = field_row(i);

		if (row && v)
			show_value(c, row, v);
		else if (row)
			out_none(o, row->heading);
	}
}

/* Flows of a cache share their seconds: most are not reckoned again. */
static const char *utc_text(struct cache *c, time_t seconds)
{
	struct second *kept = &c->utc[(size_t)seconds % SECONDS_KEPT];
	struct tm tm;

	if (kept->second == seconds && *kept->text)
		return kept->text;
	kept->second = seconds;
	gmtime_r(&seconds, &tm);
	strftime(kept->text, sizeof(kept->text), "%Y-%m-%dT%H:%M:%S", &tm);
	return kept->text;
}

/* Tables have the local time of day, JSON has UTC and the kernel's own number. */
static void moment(struct cache *c, const char *key, const char *boot_key, const char *heading,
		   uint64_t ms)
{
	int64_t wall = c->boot + (int64_t)ms;
	unsigned int part = wall % 1000;
	time_t seconds = wall / 1000;
	struct out *o = &c->out;
	char text[64], *end;
	struct tm tm;

	if (o->json) {
		end = stpcpy(text, utc_text(c, seconds));
		*end++ = '.';
		*end++ = '0' + part / 100;
		*end++ = '0' + part / 10 % 10;
		*end++ = '0' + part % 10;
		strcpy(end, "Z");
		out_string(o, key, NULL, text);
		out_number(o, boot_key, NULL, ms);
	} else if (heading) {
		localtime_r(&seconds, &tm);
		strftime(text, sizeof(text), "%H:%M:%S", &tm);
		out_text(o, NULL, heading, "%s.%03u", text, part);
	}
}

static void times(struct cache *c, const struct flow *f)
{
	uint64_t ms = f->last > f->first ? f->last - f->first : 0;
	struct out *o = &c->out;

	moment(c, "first", "first_boot_ms", "First", f->first);
	moment(c, "last", "last_boot_ms", NULL, f->last);
	out_number(o, "duration_ms", NULL, ms);
	if (ms < 3600000)
		out_text(o, NULL, "Duration", "%" PRIu64 ".%03us", ms / 1000,
			 (unsigned int)(ms % 1000));
	else
		out_text(o, NULL, "Duration", "%" PRIu64 "h%02um", ms / 3600000,
			 (unsigned int)(ms / 60000 % 60));
}

static void show_flow(struct cache *c, const struct flow *f)
{
	struct out *o = &c->out;

	out_row(o);
	out_keep(o, false);
	/* a sum over some fields has no record, and none over CPUs has a CPU */
	if (!c->groups.count) {
		out_string(o, "record", "Record", f->record);
		if (*f->monitor) {
			out_none(o, "Slot");
			out_string(o, "monitor", "Monitor", f->monitor);
		} else {
			out_number(o, "slot", "Slot", f->slot);
			out_none(o, "Monitor");
		}
	}
	if (!c->grouped)
		out_number(o, "cpu", NULL, f->cpu);
	show_values(c, f);
	out_keep(o, true);
	if (c->grouped)
		out_number(o, "flows", "Flows", f->flows);
	out_number(o, "packets", "Packets", f->packets);
	out_number(o, "bytes", "Bytes", f->bytes);
	out_keep(o, false);
	times(c, f);
}

static void add_flow(const struct flow *f, void *arg)
{
	struct cache *c = arg;

	if (!flow_filter_fits(&c->filter, f))
		return;
	if (c->grouped) {
		flow_groups_add(&c->groups, f);
		return;
	}
	c->total++;
	if (c->top.limit)
		flow_top_add(&c->top, f);
	else
		show_flow(c, f);
}

/* Of groups, too, only the first are shown. */
static void sort_groups(struct cache *c)
{
	size_t i;

	c->total = c->groups.used;
	if (!c->top.limit)
		c->top.limit = c->total;
	for (i = 0; i < c->groups.size; i++)
		if (c->groups.table[i])
			flow_top_add(&c->top, c->groups.table[i]);
}

/*
 * A program gets all flows unless it asks for fewer; a person can ask for all.
 * A sorted list of any number of flows would need memory for all of them.
 */
static int read_options(struct cache *c, const struct match *m, struct failure *why)
{
	const char *fields = match_arg(m, "fields"), *key = match_arg(m, "key");

	if (key && !fields && match_word(m, "all"))
		return failure_word(why, match_index(m, "all"), "flows that are sorted need a "
				    "limit: expected top");
	if (flow_filter_read(&c->filter, m, why))
		return -1;
	c->grouped = fields;
	if (fields && strcmp(fields, "flow"))
		c->groups.count = field_list(fields, c->groups.fields);
	if (key)
		flow_top_sort_by(&c->top, key);
	if (match_arg(m, "most"))
		c->top.limit = match_number(m, "most");
	else if (!match_word(m, "all") && (!c->out.json || (key && !fields)))
		c->top.limit = DEFAULT_LIMIT;
	return 0;
}

static void show_kept(struct cache *c)
{
	size_t i;

	if (c->grouped)
		sort_groups(c);
	flow_top_sort(&c->top);
	for (i = 0; i < c->top.heap.n; i++)
		show_flow(c, c->top.heap.v[i]);
}

static void print_rest(const struct cache *c)
{
	uint64_t more = c->total - c->top.heap.n;

	if (!more || !c->top.limit || c->out.json)
		return;
	if (c->sorted)
		printf("%" PRIu64 " more: 'limit %zu' shows more\n", more, 10 * c->top.limit);
	else
		printf("%" PRIu64 " more: 'show cache limit %zu' shows more, 'show cache all' "
		       "shows all as they come\n", more, 10 * c->top.limit);
}

static void cache_free(struct cache *c)
{
	flow_top_free(&c->top);
	flow_groups_free(&c->groups);
	flow_filter_free(&c->filter);
	vec_free(&c->names);
}

int show_cache(struct session *s, const struct match *m)
{
	struct cache c = { .sorted = match_arg(m, "key") || match_arg(m, "fields") };
	const char *record = match_word(m, "origin") ? "original" : match_arg(m, "record-name");
	int rc;

	out_open(&c.out, s->json || match_word(m, "--json"));
	c.out.detail = match_word(m, "detail");
	if (session_needs_module(s) || read_options(&c, m, &s->why))
		return -1;
	c.boot = milliseconds(CLOCK_REALTIME) - milliseconds(CLOCK_BOOTTIME);
	rc = nl_flows(record, add_flow, &c, &s->why);
	if (!rc)
		show_kept(&c);
	out_close(&c.out, rc ? NULL : "No flows in the cache.");
	if (!rc)
		print_rest(&c);
	cache_free(&c);
	return rc;
}
