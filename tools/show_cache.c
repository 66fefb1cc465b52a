// SPDX-License-Identifier: GPL-2.0
/* The flows of the cache, by the table of fields. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "field.h"
#include "nl_reply.h"
#include "out.h"
#include "session.h"
#include "show_cache.h"

/* How many flows a table shows unless the line says otherwise. */
#define DEFAULT_LIMIT 100

struct link_name {
	uint32_t	index;
	char		name[IFNAMSIZ];
};

/**
 * struct cache - flows being shown
 * @out: the list that they are printed to
 * @boot: wall clock at boot, milliseconds since 1970
 * @names: interface names, by index, as far as they were asked for
 * @limit: how many flows are shown, the largest first; 0: all, as they come
 * @heap: the largest flows so far; the smallest of them is the first
 * @total: number of flows so far
 */
struct cache {
	struct out		out;
	int64_t			boot;
	VEC(struct link_name)	names;
	size_t			limit;
	VEC(struct flow *)	heap;
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

/* Common names: /etc/protocols says "ipv6-icmp", and may be missing. */
static const char *protocol_name(unsigned int protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_DCCP:
		return "dccp";
	case IPPROTO_UDPLITE:
		return "udplite";
	case IPPROTO_ESP:
		return "esp";
	case IPPROTO_AH:
		return "ah";
	case IPPROTO_GRE:
		return "gre";
	case IPPROTO_IPIP:
		return "ipip";
	case IPPROTO_IPV6:
		return "ipv6";
	case IPPROTO_NONE:
		return "none";
	case 89:
		return "ospf";
	case 112:
		return "vrrp";
	case IPPROTO_PIM:
		return "pim";
	}
	return NULL;
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

static const struct flow_value *find_value(const struct flow *f, unsigned int field)
{
	size_t i;

	for (i = 0; i < f->values; i++)
		if (f->value[i].field == field)
			return &f->value[i];
	return NULL;
}

static void show_address(struct out *o, const char *key, const char *heading,
			 const struct in6_addr *a)
{
	char text[INET6_ADDRSTRLEN];

	out_text(o, key, heading, "%s", inet_ntop(AF_INET6, a, text, sizeof(text)));
}

/* An address and its port share a column; a flow may have either of them. */
static void show_endpoint(struct out *o, const char *heading, const struct flow_value *address,
			  const struct flow_value *port)
{
	char text[INET6_ADDRSTRLEN] = "*";

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
		out_text(o, "protocol_name", row->heading, "%s", name);
	else
		out_text(o, NULL, row->heading, "%u", (unsigned int)v->number);
}

static void show_interface(struct cache *c, const struct field *row, const struct flow_value *v)
{
	const char *name = interface_name(c, v->number);
	char *key = xasprintf("%s_name", row->key);
	struct out *o = &c->out;

	out_number(o, row->key, NULL, v->number);
	if (*name)
		out_text(o, key, row->heading, "%s", name);
	else if (v->number)
		out_text(o, NULL, row->heading, "%u", (unsigned int)v->number);
	else
		out_none(o, row->heading);
	free(key);
}

static void show_tcp_flags(struct out *o, const struct field *row, const struct flow_value *v)
{
	char *text = tcp_flags_text(v->number);

	out_number(o, row->key, NULL, v->number);
	out_text(o, NULL, row->heading, "%s", text);
	free(text);
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
		out_text(o, row->key, row->heading, "%s", direction_name(v->number));
		break;
	case FORMAT_TCP_FLAGS:
		show_tcp_flags(o, row, v);
		break;
	case FORMAT_INTERFACE:
		show_interface(c, row, v);
		break;
	case FORMAT_TOTAL:
		break;
	}
}

/* Every flow in the order of the table, so that columns match. */
static void show_values(struct cache *c, const struct flow *f)
{
	struct out *o = &c->out;
	unsigned int i;

	show_endpoint(o, "Source", find_value(f, NETSTREAM_FIELD_SRC_ADDR),
		      find_value(f, NETSTREAM_FIELD_SRC_PORT));
	show_endpoint(o, "Destination", find_value(f, NETSTREAM_FIELD_DST_ADDR),
		      find_value(f, NETSTREAM_FIELD_DST_PORT));
	for (i = 1; i <= NETSTREAM_FIELD_MAX; i++) {
		const struct flow_value *v = find_value(f, i);
		const struct field *row = field_row(i);

		if (row && v)
			show_value(c, row, v);
		else if (row)
			out_none(o, row->heading);
	}
}

/* Tables have the local time of day, JSON has UTC and the kernel's own number. */
static void moment(struct out *o, const struct cache *c, const char *key, const char *boot_key,
		   const char *heading, uint64_t ms)
{
	int64_t wall = c->boot + (int64_t)ms;
	time_t seconds = wall / 1000;
	struct tm tm;
	char text[32];

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	out_text(o, key, NULL, "%s.%03dZ", text, (int)(wall % 1000));
	out_number(o, boot_key, NULL, ms);
	localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%H:%M:%S", &tm);
	if (heading)
		out_text(o, NULL, heading, "%s.%03d", text, (int)(wall % 1000));
}

static void times(struct out *o, const struct cache *c, const struct flow *f)
{
	uint64_t ms = f->last > f->first ? f->last - f->first : 0;

	moment(o, c, "first", "first_boot_ms", "First", f->first);
	moment(o, c, "last", "last_boot_ms", NULL, f->last);
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
	out_text(o, "record", "Record", "%s", f->record);
	out_number(o, "slot", "Slot", f->slot);
	out_number(o, "cpu", NULL, f->cpu);
	show_values(c, f);
	out_number(o, "packets", "Packets", f->packets);
	out_number(o, "bytes", "Bytes", f->bytes);
	times(o, c, f);
}

static bool is_larger(const struct flow *a, const struct flow *b)
{
	return a->bytes != b->bytes ? a->bytes > b->bytes : a->first < b->first;
}

static void swap(struct flow **a, struct flow **b)
{
	struct flow *f = *a;

	*a = *b;
	*b = f;
}

/* Restore the heap of the first @n flows after the one at @at has changed. */
static void sink_flow(struct flow **heap, size_t n, size_t at)
{
	for (;;) {
		size_t least = at, child = 2 * at + 1;

		if (child < n && is_larger(heap[least], heap[child]))
			least = child;
		if (child + 1 < n && is_larger(heap[least], heap[child + 1]))
			least = child + 1;
		if (least == at)
			return;
		swap(&heap[at], &heap[least]);
		at = least;
	}
}

static struct flow *clone_flow(const struct flow *f)
{
	size_t size = sizeof(*f) + f->values * sizeof(f->value[0]);

	return memcpy(xrealloc(NULL, size), f, size);
}

static void keep_flow(struct cache *c, const struct flow *f)
{
	size_t at = c->heap.n;

	if (at < c->limit) {
		*vec_push(&c->heap) = clone_flow(f);
		for (; at && is_larger(c->heap.v[(at - 1) / 2], c->heap.v[at]); at = (at - 1) / 2)
			swap(&c->heap.v[at], &c->heap.v[(at - 1) / 2]);
	} else if (is_larger(f, c->heap.v[0])) {
		free(c->heap.v[0]);
		c->heap.v[0] = clone_flow(f);
		sink_flow(c->heap.v, c->heap.n, 0);
	}
}

static void add_flow(const struct flow *f, void *arg)
{
	struct cache *c = arg;

	c->total++;
	if (c->limit)
		keep_flow(c, f);
	else
		show_flow(c, f);
}

/* Sort the heap, the largest flow first, and show it. */
static void show_kept(struct cache *c)
{
	size_t i;

	for (i = c->heap.n; i > 1; i--) {
		swap(&c->heap.v[0], &c->heap.v[i - 1]);
		sink_flow(c->heap.v, i - 1, 0);
	}
	for (i = 0; i < c->heap.n; i++)
		show_flow(c, c->heap.v[i]);
}

/* A program gets all flows unless it asks for fewer; a person can ask for all. */
static size_t get_limit(const struct match *m, bool json)
{
	if (match_arg(m, "most"))
		return match_number(m, "most");
	return json || match_word(m, "all") ? 0 : DEFAULT_LIMIT;
}

int show_cache(struct session *s, const struct match *m)
{
	bool json = s->json || match_word(m, "--json");
	struct cache c = { .limit = get_limit(m, json) };
	size_t i;
	int rc;

	if (session_needs_module(s))
		return -1;
	c.boot = milliseconds(CLOCK_REALTIME) - milliseconds(CLOCK_BOOTTIME);
	out_open(&c.out, json);
	rc = nl_flows(match_arg(m, "record-name"), add_flow, &c, &s->why);
	if (!rc)
		show_kept(&c);
	out_close(&c.out, rc ? NULL : "No flows in the cache.");
	if (!rc && !json && c.heap.n < c.total && c.limit)
		printf("%" PRIu64 " more: 'show cache limit %zu' shows more, 'show cache all' "
		       "shows all as they come\n", c.total - c.heap.n, 10 * c.limit);
	for (i = 0; i < c.heap.n; i++)
		free(c.heap.v[i]);
	vec_free(&c.heap);
	vec_free(&c.names);
	return rc;
}
