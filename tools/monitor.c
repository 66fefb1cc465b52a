// SPDX-License-Identifier: GPL-2.0
/* What happens, as it happens: a line of text or JSON for each event. */
#include <linux/netstream.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config_print.h"
#include "json.h"
#include "monitor.h"
#include "nl_event.h"
#include "session.h"
#include "show_status.h"

/* In the order of &enum netstream_event. */
static const char *const event_names[] = {
	"lost", "commit", "unconfirmed", "confirmed", "undone", "host", "templates",
	"templates-again", "interface", "cache-full", "cache-room", "suppressed", "stopped",
};

static const char *event_name(const struct event *e)
{
	return e->type < ARRAY_SIZE(event_names) ? event_names[e->type] : "unknown";
}

/* --------------------------------------------------------------------- text */

static void print_host(const struct host_status *h)
{
	char buffer[ADDRESS_TEXT_MAX];

	printf(" %s %u", address_text(&h->host.addr, buffer), h->host.port);
	if (*h->host.vrf)
		printf(" vpn-instance %s", h->host.vrf);
	if (*h->monitor)
		printf(" of monitor %s", h->monitor);
	else if (h->in_slot)
		printf(" of slot %u", h->slot);
}

static void print_templates(const struct event *e)
{
	size_t i;

	for (i = 0; i < e->templates.n; i++) {
		const struct template_status *t = &e->templates.v[i];

		if (!i && *t->monitor)
			printf(" monitor %s version %s:", t->monitor, version_name(t->version));
		else if (!i)
			printf(" slot %u version %s:", t->slot, version_name(t->version));
		printf("%s %s %u", i ? "," : "", t->record, t->id);
	}
}

static void print_interface(const struct interface_status *i)
{
	static const char *const how[] = { "no longer metered", "metered inbound",
					   "metered outbound", "metered inbound and outbound" };
	bool in = i->interface.metering[0].number, out = i->interface.metering[1].number;

	printf(" %s (%u) %s", i->interface.name, i->ifindex, how[in + 2 * out]);
}

static void print_rest(const struct event *e)
{
	switch (e->type) {
	case NETSTREAM_EVENT_UNSPEC:
		printf(" of events: they came faster than they were read");
		break;
	case NETSTREAM_EVENT_COMMIT:
	case NETSTREAM_EVENT_CONFIRMED:
		printf(" %u", e->generation);
		break;
	case NETSTREAM_EVENT_UNCONFIRMED:
		printf(" %u: will be undone in %u s", e->generation, e->confirm);
		break;
	case NETSTREAM_EVENT_UNDONE:
		printf(": %u is what was confirmed last", e->generation);
		break;
	case NETSTREAM_EVENT_HOST:
		print_host(&e->host);
		printf(" %s", host_state_text(&e->host));
		break;
	case NETSTREAM_EVENT_TEMPLATES:
	case NETSTREAM_EVENT_TEMPLATES_AGAIN:
		printf(" to");
		print_host(&e->host);
		print_templates(e);
		break;
	case NETSTREAM_EVENT_INTERFACE:
		print_interface(&e->interface);
		break;
	case NETSTREAM_EVENT_CACHE_FULL:
	case NETSTREAM_EVENT_CACHE_ROOM:
		printf(" of %u flows", e->max_flows);
		break;
	case NETSTREAM_EVENT_SUPPRESSED:
		printf(" %u events: there were too many", e->suppressed);
		break;
	case NETSTREAM_EVENT_STOPPED:
		printf(": the module is unloaded");
		break;
	}
}

/* As in RFC 3339, to the millisecond. */
static void time_text(uint64_t ms, char *text, size_t size)
{
	time_t seconds = ms / 1000;
	struct tm tm;
	char zone[8];
	size_t n;

	localtime_r(&seconds, &tm);
	n = strftime(text, size, "%FT%T", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	snprintf(text + n, size - n, ".%03u%.3s:%.2s", (unsigned int)(ms % 1000), zone, zone + 3);
}

static void print_line(const struct event *e)
{
	char at[64];

	time_text(e->time, at, sizeof(at));
	printf("%s %s", at, event_name(e));
	print_rest(e);
	putchar('\n');
}

/* --------------------------------------------------------------------- JSON */

static void add_number(json_object *o, const char *key, uint64_t value)
{
	json_object_object_add(o, key, json_object_new_int64(value));
}

static void add_host(json_object *o, const struct host_status *h, bool state)
{
	char buffer[ADDRESS_TEXT_MAX];

	json_object_object_add(o, "address", json_text(address_text(&h->host.addr, buffer)));
	add_number(o, "port", h->host.port);
	json_object_object_add(o, "vrf", json_text(h->host.vrf));
	json_object_object_add(o, "view", json_text(*h->monitor ? "monitor" :
						    h->in_slot ? "slot" : "system"));
	if (*h->monitor)
		json_object_object_add(o, "monitor", json_text(h->monitor));
	if (!state)
		return;
	if (!*h->monitor)
		add_number(o, "slot", h->slot);
	json_object_object_add(o, "state", json_text(host_state_text(h)));
	json_object_object_add(o, "up", json_object_new_boolean(h->state == NETSTREAM_HOST_UP));
	if (h->error)
		add_number(o, "errno", h->error);
}

static void add_templates(json_object *o, const struct event *e)
{
	json_object *list = json_object_new_array(), *one;
	size_t i;

	for (i = 0; i < e->templates.n; i++) {
		const struct template_status *t = &e->templates.v[i];

		if (!i) {
			if (!*t->monitor)
				add_number(o, "slot", t->slot);
			json_object_object_add(o, "version", json_text(version_name(t->version)));
		}
		one = json_object_new_object();
		json_object_object_add(one, "record", json_text(t->record));
		add_number(one, "id", t->id);
		json_object_array_add(list, one);
	}
	json_object_object_add(o, "templates", list);
}

static void add_interface(json_object *o, const struct interface_status *i)
{
	json_object_object_add(o, "interface", json_text(i->interface.name));
	add_number(o, "ifindex", i->ifindex);
	json_object_object_add(o, "inbound",
			       json_object_new_boolean(i->interface.metering[0].number));
	json_object_object_add(o, "outbound",
			       json_object_new_boolean(i->interface.metering[1].number));
}

static void print_json(const struct event *e)
{
	json_object *o = json_object_new_object();
	char at[64];

	time_text(e->time, at, sizeof(at));
	json_object_object_add(o, "time", json_text(at));
	json_object_object_add(o, "event", json_text(event_name(e)));
	if (e->generation)
		add_number(o, "generation", e->generation);
	if (e->confirm)
		add_number(o, "confirm_seconds", e->confirm);
	if (e->max_flows)
		add_number(o, "max_flows", e->max_flows);
	if (e->suppressed)
		add_number(o, "suppressed", e->suppressed);
	if (e->host.host.port)
		add_host(o, &e->host, e->type == NETSTREAM_EVENT_HOST);
	if (e->templates.n)
		add_templates(o, e);
	if (*e->interface.interface.name)
		add_interface(o, &e->interface);
	puts(json_line(o));
	json_object_put(o);
}

static void print_event(const struct event *e, void *arg)
{
	const bool *json = arg;

	if (*json)
		print_json(e);
	else
		print_line(e);
	/* whoever reads this waits for it */
	fflush(stdout);
}

/* monitor [all]: until it is interrupted */
int monitor_events(struct session *s, const struct match *m)
{
	bool json = s->json || match_word(m, "--json");
	int rc;

	if (session_needs_module(s))
		return -1;
	rc = nl_events(match_word(m, "all"), print_event, &json, &s->why);
	if (!rc)
		interrupted = 0;
	return rc;
}
