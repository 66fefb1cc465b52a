// SPDX-License-Identifier: GPL-2.0
/* Tables of routes, as text or JSON. */
#include <arpa/inet.h>
#include <string.h>

#include "nl_routes.h"
#include "out.h"
#include "routes_file.h"
#include "session.h"
#include "show_routes.h"

static void show_route(const struct prefix *prefix, const struct route *route, void *arg)
{
	char addr[INET6_ADDRSTRLEN], hop[INET6_ADDRSTRLEN];
	struct out *o = arg;

	inet_ntop(AF_INET6, &prefix->addr, addr, sizeof(addr));
	inet_ntop(AF_INET6, &route->next_hop, hop, sizeof(hop));
	out_row(o);
	out_text(o, "prefix", "Prefix", "%s/%u", addr, prefix->length);
	out_number(o, "origin_as", "Origin AS", route->origin_as);
	out_number(o, "peer_as", "Peer AS", route->peer_as);
	out_text(o, "bgp_next_hop", "BGP next hop", "%s", hop);
}

/* show routes [ADDRESS | PREFIX [longer]] */
int show_routes(struct session *s, const struct match *m)
{
	const char *text = match_arg(m, "route-prefix");
	struct routes_filter filter = { .vrf = match_arg(m, "vrf") };
	struct prefix prefix;
	struct in6_addr addr;
	struct out o;
	int rc;

	if (session_needs_module(s))
		return -1;
	if (text && routes_prefix(&prefix, text))
		filter.prefix = &prefix;
	else if (text && inet_pton(AF_INET6, text, &addr) == 1)
		filter.address = &addr;
	filter.longer = match_word(m, "longer");
	out_open(&o, s->json || match_word(m, "--json"));
	o.detail = match_word(m, "detail");
	rc = nl_routes_list(&filter, show_route, &o, &s->why);
	out_close(&o, rc ? NULL : "No routes.");
	if (rc <= 0)
		return rc;
	failure_set(&s->why, "the table was replaced meanwhile: the list is not complete");
	return -1;
}

static void show_age(struct out *o, const char *key, const char *heading, uint64_t ms)
{
	uint64_t seconds = ms / 1000;

	if (o->json)
		out_number(o, key, heading, seconds);
	else if (seconds < 86400)
		out_text(o, NULL, heading, "%02u:%02u:%02u", (unsigned int)(seconds / 3600),
			 (unsigned int)(seconds / 60 % 60), (unsigned int)(seconds % 60));
	else
		out_text(o, NULL, heading, "%ud%02uh", (unsigned int)(seconds / 86400),
			 (unsigned int)(seconds / 3600 % 24));
}

static void show_table(const struct routes_table *t, void *arg)
{
	struct out *o = arg;
	size_t i;

	out_row(o);
	if (*t->vrf)
		out_text(o, "vrf", "VRF", "%s", t->vrf);
	else
		out_none(o, "VRF");
	out_text(o, "source", "Source", "%s", t->source);
	out_number(o, "generation", "Generation", t->generation);
	show_age(o, "age_seconds", "Age", t->age);
	show_age(o, "changed_seconds", "Changed", t->changed);
	for (i = 0; i < t->counts.n; i++)
		out_number(o, t->counts.v[i].name, t->counts.v[i].name,
			   t->counts.v[i].value);
	out_number(o, "bound", "Bound", t->bound);
}

int show_routes_statistics(struct session *s, const struct match *m)
{
	struct out o;
	int rc;

	if (session_needs_module(s))
		return -1;
	out_open(&o, s->json || match_word(m, "--json"));
	o.detail = match_word(m, "detail");
	rc = nl_routes_tables(show_table, &o, &s->why);
	out_close(&o, rc ? NULL : "No table of routes is loaded.");
	return rc;
}
