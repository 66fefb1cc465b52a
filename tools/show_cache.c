// SPDX-License-Identifier: GPL-2.0
/* The flows of the cache, those with most bytes first. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nl_reply.h"
#include "out.h"
#include "session.h"
#include "show.h"

/**
 * struct cache - flows being collected and shown
 * @flows: flows so far
 * @most: how many are wanted
 * @boot: wall clock at boot, milliseconds since 1970
 * @names: interface names by index, as far as they were asked for
 */
struct cache {
	VEC(struct flow)	flows;
	size_t			most;
	int64_t			boot;
	VEC(struct { uint32_t index; char name[IFNAMSIZ]; }) names;
};

static int more_bytes_first(const void *a, const void *b)
{
	const struct flow *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return 0;
}

static void sort_flows(struct cache *c)
{
	if (c->flows.n)
		qsort(c->flows.v, c->flows.n, sizeof(*c->flows.v), more_bytes_first);
	if (c->flows.n > c->most)
		c->flows.n = c->most;
}

/* Twice as many as wanted are kept at most, however large the cache. */
static void add_flow(const struct flow *f, void *arg)
{
	struct cache *c = arg;

	*vec_push(&c->flows) = *f;
	if (c->flows.n / 2 >= c->most)
		sort_flows(c);
}

static int64_t milliseconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static const char *interface_name(struct cache *c, uint32_t index)
{
	size_t i;

	for (i = 0; i < c->names.n; i++)
		if (c->names.v[i].index == index)
			return c->names.v[i].name;
	(void)vec_push(&c->names);
	c->names.v[i].index = index;
	if (!index || !if_indextoname(index, c->names.v[i].name))
		*c->names.v[i].name = '\0';
	return c->names.v[i].name;
}

/* Names that people know; /etc/protocols says "ipv6-icmp" and need not be there. */
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

/* An address and its port, whichever of them the flow has. */
static void endpoint_text(struct out *o, const char *heading, const struct flow *f,
			  int address, const struct in6_addr *a, int port)
{
	char text[INET6_ADDRSTRLEN] = "*";

	if (!flow_has(f, address) && !flow_has(f, port)) {
		out_none(o, heading);
		return;
	}
	if (flow_has(f, address))
		inet_ntop(AF_INET6, a, text, sizeof(text));
	if (flow_has(f, port))
		out_text(o, NULL, heading, "[%s]:%u", text, flow_number(f, port));
	else
		out_text(o, NULL, heading, "%s", text);
}

static void address_json(struct out *o, const char *key, const struct flow *f, int attr,
			 const struct in6_addr *a)
{
	char text[INET6_ADDRSTRLEN];

	if (flow_has(f, attr))
		out_text(o, key, NULL, "%s", inet_ntop(AF_INET6, a, text, sizeof(text)));
}

static void number(struct out *o, const char *key, const char *heading, const struct flow *f,
		   int attr)
{
	if (flow_has(f, attr))
		out_number(o, key, heading, flow_number(f, attr));
	else
		out_none(o, heading);
}

static void protocol(struct out *o, const struct flow *f)
{
	uint32_t p = flow_number(f, NETSTREAM_FLOW_A_PROTOCOL);
	const char *name = protocol_name(p);

	number(o, "protocol", NULL, f, NETSTREAM_FLOW_A_PROTOCOL);
	if (!flow_has(f, NETSTREAM_FLOW_A_PROTOCOL))
		out_none(o, "Proto");
	else if (name)
		out_text(o, "protocol_name", "Proto", "%s", name);
	else
		out_text(o, NULL, "Proto", "%u", p);
}

static void interface(struct out *o, struct cache *c, const char *key, const char *name_key,
		      const char *heading, const struct flow *f, int attr)
{
	uint32_t index = flow_number(f, attr);
	const char *name;

	number(o, key, NULL, f, attr);
	if (!flow_has(f, attr)) {
		out_none(o, heading);
		return;
	}
	name = interface_name(c, index);
	if (*name)
		out_text(o, name_key, heading, "%s", name);
	else if (index)
		out_text(o, NULL, heading, "%u", index);
	else
		out_none(o, heading);
}

static void address(struct out *o, const char *key, const char *heading, const struct flow *f,
		    int attr, const struct in6_addr *a)
{
	char text[INET6_ADDRSTRLEN];

	if (flow_has(f, attr))
		out_text(o, key, heading, "%s", inet_ntop(AF_INET6, a, text, sizeof(text)));
	else
		out_none(o, heading);
}

static void flags(struct out *o, const struct flow *f)
{
	char *text = tcp_flags_text(f->tcp_flags);

	out_number(o, "tcp_flags", NULL, f->tcp_flags);
	out_text(o, NULL, "Flags", "%s", text);
	free(text);
}

/* People get the local time of day, programs UTC and what the kernel gave. */
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

static void keys(struct out *o, struct cache *c, const struct flow *f)
{
	address_json(o, "source_address", f, NETSTREAM_FLOW_A_SRC_ADDR, &f->source);
	address_json(o, "destination_address", f, NETSTREAM_FLOW_A_DST_ADDR, &f->destination);
	number(o, "source_port", NULL, f, NETSTREAM_FLOW_A_SRC_PORT);
	number(o, "destination_port", NULL, f, NETSTREAM_FLOW_A_DST_PORT);
	endpoint_text(o, "Source", f, NETSTREAM_FLOW_A_SRC_ADDR, &f->source,
		      NETSTREAM_FLOW_A_SRC_PORT);
	endpoint_text(o, "Destination", f, NETSTREAM_FLOW_A_DST_ADDR, &f->destination,
		      NETSTREAM_FLOW_A_DST_PORT);
	protocol(o, f);
	number(o, "source_mask", "Smask", f, NETSTREAM_FLOW_A_SRC_MASK);
	number(o, "destination_mask", "Dmask", f, NETSTREAM_FLOW_A_DST_MASK);
	number(o, "source_as", "SrcAS", f, NETSTREAM_FLOW_A_SRC_AS);
	number(o, "destination_as", "DstAS", f, NETSTREAM_FLOW_A_DST_AS);
	number(o, "source_vlan", "Svlan", f, NETSTREAM_FLOW_A_SRC_VLAN);
	number(o, "destination_vlan", "Dvlan", f, NETSTREAM_FLOW_A_DST_VLAN);
	number(o, "tos", "TOS", f, NETSTREAM_FLOW_A_TOS);
	number(o, "flow_label", "Label", f, NETSTREAM_FLOW_A_FLOW_LABEL);
	if (flow_has(f, NETSTREAM_FLOW_A_DIRECTION))
		out_text(o, "direction", "Direction", "%s",
			 direction_name(flow_number(f, NETSTREAM_FLOW_A_DIRECTION)));
	else
		out_none(o, "Direction");
	number(o, "tcp_flag", "Flag", f, NETSTREAM_FLOW_A_TCP_FLAG);
	interface(o, c, "input_interface", "input_interface_name", "Input", f,
		  NETSTREAM_FLOW_A_INPUT_IF);
	interface(o, c, "output_interface", "output_interface_name", "Output", f,
		  NETSTREAM_FLOW_A_OUTPUT_IF);
	address(o, "next_hop", "Next hop", f, NETSTREAM_FLOW_A_NEXT_HOP, &f->next_hop);
	address(o, "bgp_next_hop", "BGP next hop", f, NETSTREAM_FLOW_A_BGP_NEXT_HOP,
		&f->bgp_next_hop);
}

static void show_flow(struct out *o, struct cache *c, const struct flow *f)
{
	out_row(o);
	out_text(o, "record", "Record", "%s", f->record);
	out_number(o, "slot", "Slot", f->slot);
	out_number(o, "cpu", NULL, f->cpu);
	keys(o, c, f);
	out_number(o, "packets", "Packets", f->packets);
	out_number(o, "bytes", "Bytes", f->bytes);
	flags(o, f);
	times(o, c, f);
}

static void show_flows(struct cache *c, bool json)
{
	struct out o;
	size_t i;

	out_open(&o, json);
	for (i = 0; i < c->flows.n; i++)
		show_flow(&o, c, &c->flows.v[i]);
	out_close(&o, "No flows in the cache.");
}

int show_cache(struct session *s, const struct match *m)
{
	struct cache c = { .most = SIZE_MAX };
	int rc;

	if (show_needs_module(s))
		return -1;
	if (match_arg(m, "most"))
		c.most = match_number(m, "most");
	c.boot = milliseconds(CLOCK_REALTIME) - milliseconds(CLOCK_BOOTTIME);
	rc = nl_flows(match_arg(m, "record-name"), add_flow, &c, &s->why);
	if (!rc) {
		sort_flows(&c);
		show_flows(&c, s->json || match_word(m, "--json"));
	}
	vec_free(&c.flows);
	vec_free(&c.names);
	return rc;
}
