// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that is counted, in the text exposition format of Prometheus,
 * version 0.0.4.  All samples of a metric stand together below its HELP and
 * TYPE, so the objects are collected first.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config_print.h"
#include "nl_reply.h"
#include "session.h"
#include "show_metrics.h"
#include "show_status.h"
#include "utf8.h"

#define PREFIX "netstream_"

/**
 * struct metrics - what is printed
 * @stats: the accounts
 * @hosts: the collectors; their counts are copies
 * @monitors: monitors; their lists of losses are copies
 * @interfaces: metered interfaces
 * @records: records, without what they match and collect
 * @templates: templates, without their fields
 */
struct metrics {
	struct stats			stats;
	VEC(struct host_status)		hosts;
	VEC(struct monitor_status)	monitors;
	VEC(struct interface_status)	interfaces;
	VEC(struct record_status)	records;
	VEC(struct template_status)	templates;
};

static void keep_host(const struct host_status *h, void *arg)
{
	struct host_status *new = vec_push(&((struct metrics *)arg)->hosts);

	*new = *h;
	vec_copy(&new->counts, &h->counts);
}

static void keep_monitor(const struct monitor_status *m, void *arg)
{
	struct monitor_status *new = vec_push(&((struct metrics *)arg)->monitors);

	*new = *m;
	vec_copy(&new->stats.lost_by_cause, &m->stats.lost_by_cause);
	vec_copy(&new->stats.skipped, &m->stats.skipped);
	vec_copy(&new->stats.ended, &m->stats.ended);
}

static void keep_interface(const struct interface_status *i, void *arg)
{
	struct interface_status *new = vec_push(&((struct metrics *)arg)->interfaces);

	*new = *i;
	memset(&new->interface.monitors, 0, sizeof(new->interface.monitors));
}

static void keep_record(const struct record_status *r, void *arg)
{
	*vec_push(&((struct metrics *)arg)->records) = *r;
}

static void keep_template(const struct template_status *t, void *arg)
{
	*vec_push(&((struct metrics *)arg)->templates) = *t;
}

static void metrics_free(struct metrics *m)
{
	size_t i;

	nl_stats_free(&m->stats);
	for (i = 0; i < m->hosts.n; i++)
		vec_free(&m->hosts.v[i].counts);
	vec_free(&m->hosts);
	for (i = 0; i < m->monitors.n; i++) {
		vec_free(&m->monitors.v[i].stats.lost_by_cause);
		vec_free(&m->monitors.v[i].stats.skipped);
		vec_free(&m->monitors.v[i].stats.ended);
	}
	vec_free(&m->monitors);
	vec_free(&m->interfaces);
	vec_free(&m->records);
	vec_free(&m->templates);
}

static int metrics_get(struct metrics *m, struct failure *why)
{
	if (nl_stats(&m->stats, why) || nl_hosts(keep_host, m, why) ||
	    nl_interfaces(keep_interface, m, why) || nl_records(keep_record, m, why) ||
	    nl_monitors(keep_monitor, m, why))
		return -1;
	return nl_templates(keep_template, m, why);
}

static void head(const char *name, const char *type, const char *help)
{
	printf("# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", name, help, name, type);
}

/* A label; @first begins the list.  Names of interfaces may hold any byte but NUL. */
static void label(bool first, const char *name, const char *text)
{
	char *shown = utf8_printable(text, strlen(text)), *p;

	printf("%s%s=\"", first ? "{" : ",", name);
	for (p = shown; *p; p++)
		printf(*p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
	putchar('"');
	free(shown);
}

/* The name of a metric about a count, whose name is the kernel's. */
static char *metric_name(const char *before, const char *count, const char *after)
{
	char *name = xasprintf("%s%s%s", before, count, after), *p;

	for (p = name; *p; p++)
		if (!isalnum((unsigned char)*p))
			*p = '_';
	return name;
}

static void label_number(const char *name, unsigned int value)
{
	printf(",%s=\"%u\"", name, value);
}

static void value(uint64_t v)
{
	printf("} %" PRIu64 "\n", v);
}

static void single(const char *name, const char *type, const char *help, uint64_t v)
{
	head(name, type, help);
	printf(PREFIX "%s %" PRIu64 "\n", name, v);
}

/* A term of the equation: an amount of now, or a counter. */
static void term(const char *name, const char *what, const struct count *c, bool flows, bool now)
{
	const struct { const char *unit; uint64_t count; } part[] = {
		{ "flows", c->flows }, { "packets", c->packets }, { "bytes", c->bytes },
	};
	size_t i;

	for (i = flows ? 0 : 1; i < ARRAY_SIZE(part); i++) {
		char *full = xasprintf("%s_%s%s", name, part[i].unit, now ? "" : "_total");
		char *help = xasprintf("%c%s %s.", toupper((unsigned char)*part[i].unit),
				       part[i].unit + 1, what);

		single(full, now ? "gauge" : "counter", help, part[i].count);
		free(full);
		free(help);
	}
}

static void by_reason(const char *name, const char *help, const counts *list, size_t offset)
{
	size_t i;

	if (!list->n)
		return;
	head(name, "counter", help);
	for (i = 0; i < list->n; i++) {
		printf(PREFIX "%s", name);
		label(true, "reason", list->v[i].name);
		value(*(const uint64_t *)((const char *)&list->v[i] + offset));
	}
}

/* A count that this program does not know is shown by its name, as it is. */
static void other_count(const struct count *c)
{
	char *name;

	if (!strcmp(c->name, "flows_created")) {
		single("flows_created_total", "counter", "Flows created.", c->value);
	} else if (!strcmp(c->name, "memory")) {
		single("cache_memory_bytes", "gauge", "Memory that the cache takes.", c->value);
	} else if (!strcmp(c->name, "timer_worst_ns")) {
		head("timer_worst_seconds", "gauge",
		     "Longest run of a timer callback since statistics were reset.");
		printf(PREFIX "timer_worst_seconds %.9f\n", c->value / 1e9);
	} else {
		name = metric_name("count_", c->name, "");
		single(name, "untyped", "A count of the module, by its name.", c->value);
		free(name);
	}
}

static void print_stats(const struct stats *s)
{
	size_t i;

	single("configuration_generation", "gauge", "Number of the running configuration.",
	       s->generation);
	term("metered", "metered", &s->metered, false, false);
	term("exported", "sent to at least one host", &s->exported, true, false);
	term("cached", "in the cache", &s->cached, true, true);
	term("pending", "not yet in a flow, or in export packets that wait", &s->pending, true,
	     true);
	by_reason("lost_flows_total", "Flows sent to no host, by reason.",
		  &s->lost_by_cause, offsetof(struct count, flows));
	by_reason("lost_packets_total", "Packets in flows sent to no host, by reason.",
		  &s->lost_by_cause, offsetof(struct count, packets));
	by_reason("lost_bytes_total", "Bytes in flows sent to no host, by reason.",
		  &s->lost_by_cause, offsetof(struct count, bytes));
	by_reason("skipped_packets_total", "Packets seen and not metered, by reason.",
		  &s->skipped, offsetof(struct count, packets));
	by_reason("malformed_packets_total", "Packets with a header that could not be read.",
		  &s->malformed, offsetof(struct count, packets));
	by_reason("ended_flows_total", "Flows that ended, by reason.",
		  &s->ended, offsetof(struct count, flows));
	single("cache_entries_max", "gauge", "Bound on flows in the cache.", s->max_flows);
	for (i = 0; i < s->others.n; i++)
		other_count(&s->others.v[i]);
}

static void host_labels(const struct host_status *h)
{
	char buffer[ADDRESS_TEXT_MAX];

	label(true, "host", address_text(&h->host.addr, buffer));
	label_number("port", h->host.port);
	label(false, "vrf", h->host.vrf);
	if (*h->monitor)
		label(false, "monitor", h->monitor);
	else
		label_number("slot", h->slot);
	label(false, "view", *h->monitor ? "monitor" : h->in_slot ? "slot" : "system");
}

static bool named_before(const struct metrics *m, size_t host, const char *name)
{
	size_t i, k;

	for (i = 0; i < host; i++)
		for (k = 0; k < m->hosts.v[i].counts.n; k++)
			if (!strcmp(m->hosts.v[i].counts.v[k].name, name))
				return true;
	return false;
}

/* One metric for each name, over all hosts that have it. */
static void host_count(const struct metrics *m, const char *name)
{
	char *full = metric_name("host_", name, "_total");
	size_t i, k;

	head(full, "counter", "A count of the collector, by the name that show hosts has.");
	for (i = 0; i < m->hosts.n; i++)
		for (k = 0; k < m->hosts.v[i].counts.n; k++) {
			if (strcmp(m->hosts.v[i].counts.v[k].name, name))
				continue;
			printf(PREFIX "%s", full);
			host_labels(&m->hosts.v[i]);
			value(m->hosts.v[i].counts.v[k].value);
		}
	free(full);
}

static void print_hosts(const struct metrics *m)
{
	size_t i, k;

	if (!m->hosts.n)
		return;
	head("host_up", "gauge", "Whether export packets can be sent to the collector; the label "
	     "state says why not.");
	for (i = 0; i < m->hosts.n; i++) {
		printf(PREFIX "host_up");
		host_labels(&m->hosts.v[i]);
		label(false, "state", host_state_text(&m->hosts.v[i]));
		value(m->hosts.v[i].state == NETSTREAM_HOST_UP ||
		      m->hosts.v[i].state == NETSTREAM_HOST_IDLE);
	}
	head("host_queued_packets", "gauge", "Export packets that wait.");
	for (i = 0; i < m->hosts.n; i++) {
		printf(PREFIX "host_queued_packets");
		host_labels(&m->hosts.v[i]);
		value(m->hosts.v[i].queued);
	}
	for (i = 0; i < m->hosts.n; i++)
		for (k = 0; k < m->hosts.v[i].counts.n; k++)
			if (!named_before(m, i, m->hosts.v[i].counts.v[k].name))
				host_count(m, m->hosts.v[i].counts.v[k].name);
}

/* A count of each monitor; @offset: of a number in struct monitor_status. */
static void monitor_count(const struct metrics *m, const char *name, const char *type,
			  const char *help, size_t offset)
{
	size_t i;

	head(name, type, help);
	for (i = 0; i < m->monitors.n; i++) {
		printf(PREFIX "%s", name);
		label(true, "monitor", m->monitors.v[i].name);
		value(*(const uint64_t *)((const char *)&m->monitors.v[i] + offset));
	}
}

/*
 * What was lost, or has ended, by reason; @list_at: offset of a list in struct
 * monitor_status, @offset: of a number in struct count.
 */
static void monitor_reasons(const struct metrics *m, const char *name, const char *help,
			    size_t list_at, size_t offset)
{
	size_t i, k;

	head(name, "counter", help);
	for (i = 0; i < m->monitors.n; i++) {
		const counts *list = (const void *)((const char *)&m->monitors.v[i] + list_at);

		for (k = 0; k < list->n; k++) {
			printf(PREFIX "%s", name);
			label(true, "monitor", m->monitors.v[i].name);
			label(false, "reason", list->v[k].name);
			value(*(const uint64_t *)((const char *)&list->v[k] + offset));
		}
	}
}

/* Of the monitors that have a bound of their own. */
static void monitor_bounds(const struct metrics *m)
{
	const char *name = "monitor_cache_entries_max";
	bool any = false;
	size_t i;

	for (i = 0; i < m->monitors.n; i++) {
		if (!m->monitors.v[i].stats.max_flows)
			continue;
		if (!any)
			head(name, "gauge", "Bound on flows of a monitor in the cache.");
		any = true;
		printf(PREFIX "%s", name);
		label(true, "monitor", m->monitors.v[i].name);
		value(m->monitors.v[i].stats.max_flows);
	}
}

#define OF_MONITOR(_term, _unit)	offsetof(struct monitor_status, stats._term._unit)

static void print_monitors(const struct metrics *m)
{
	static const struct {
		const char	*name;
		const char	*type;
		const char	*help;
		size_t		offset;
	} rows[] = {
		{ "monitor_metered_packets_total", "counter", "Packets metered by a monitor.",
		  OF_MONITOR(metered, packets) },
		{ "monitor_metered_bytes_total", "counter", "Bytes metered by a monitor.",
		  OF_MONITOR(metered, bytes) },
		{ "monitor_exported_flows_total", "counter", "Flows of a monitor sent to a host.",
		  OF_MONITOR(exported, flows) },
		{ "monitor_exported_packets_total", "counter", "Packets in these flows.",
		  OF_MONITOR(exported, packets) },
		{ "monitor_exported_bytes_total", "counter", "Bytes in these flows.",
		  OF_MONITOR(exported, bytes) },
		{ "monitor_cached_flows", "gauge", "Flows of a monitor in the cache.",
		  OF_MONITOR(cached, flows) },
		{ "monitor_cached_packets", "gauge", "Packets in these flows.",
		  OF_MONITOR(cached, packets) },
		{ "monitor_pending_packets", "gauge", "Packets of a monitor not yet in a flow, "
		  "or in export packets that wait.", OF_MONITOR(pending, packets) },
	};
	size_t i;

	if (!m->monitors.n)
		return;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		monitor_count(m, rows[i].name, rows[i].type, rows[i].help, rows[i].offset);
	monitor_reasons(m, "monitor_lost_flows_total",
			"Flows of a monitor sent to no host, by reason.",
			offsetof(struct monitor_status, stats.lost_by_cause),
			offsetof(struct count, flows));
	monitor_reasons(m, "monitor_lost_packets_total",
			"Packets in flows of a monitor sent to no host, by reason.",
			offsetof(struct monitor_status, stats.lost_by_cause),
			offsetof(struct count, packets));
	monitor_reasons(m, "monitor_ended_flows_total",
			"Flows of a monitor that ended early since the cache, or its part of it, "
			"was full.",
			offsetof(struct monitor_status, stats.ended),
			offsetof(struct count, flows));
	monitor_bounds(m);
}

/* One counter of both directions of all interfaces, where they are metered. */
static void interface_count(const struct metrics *m, const char *name, const char *help,
			    size_t offset)
{
	unsigned int d;
	size_t i;

	head(name, "counter", help);
	for (i = 0; i < m->interfaces.n; i++)
		for (d = 0; d < 2; d++) {
			const struct interface_status *s = &m->interfaces.v[i];

			if (!s->interface.metering[d].number)
				continue;
			printf(PREFIX "%s", name);
			label(true, "interface", s->interface.name);
			label_number("slot", s->slot);
			label(false, "direction", direction_name(d));
			value(((const uint64_t *)((const char *)s + offset))[d]);
		}
}

static void print_interfaces(const struct metrics *m)
{
	if (!m->interfaces.n)
		return;
	interface_count(m, "interface_seen_packets_total", "Packets before sampling.",
			offsetof(struct interface_status, seen));
	interface_count(m, "interface_packets_total", "Packets metered.",
			offsetof(struct interface_status, packets));
	interface_count(m, "interface_bytes_total", "Bytes metered.",
			offsetof(struct interface_status, bytes));
}

static void record_values(const struct metrics *m, const char *name, const char *type,
			  const char *help, size_t offset)
{
	size_t i;

	head(name, type, help);
	for (i = 0; i < m->records.n; i++) {
		printf(PREFIX "%s", name);
		label(true, "record", m->records.v[i].record.name);
		value(*(const uint64_t *)((const char *)&m->records.v[i] + offset));
	}
}

static void template_values(const struct metrics *m, const char *name, const char *help,
			    size_t offset)
{
	size_t i;

	if (!m->templates.n)
		return;
	head(name, "counter", help);
	for (i = 0; i < m->templates.n; i++) {
		const struct template_status *t = &m->templates.v[i];

		printf(PREFIX "%s", name);
		label(true, "record", t->record);
		if (*t->monitor)
			label(false, "monitor", t->monitor);
		else
			label_number("slot", t->slot);
		label(false, "version", version_name(t->version));
		label_number("id", t->id);
		value(*(const uint64_t *)((const char *)t + offset));
	}
}

/**
 * show_metrics() - print everything that is counted for Prometheus
 * @s: the session
 *
 * Nothing is printed if something cannot be read, so that a collector of text
 * files never sees half of it.
 *
 * Return: 0, or -1 with the reason in @s->why.
 */
int show_metrics(struct session *s)
{
	struct metrics m = { 0 };
	int rc = metrics_get(&m, &s->why);

	if (!rc) {
		print_stats(&m.stats);
		print_hosts(&m);
		print_interfaces(&m);
		print_monitors(&m);
		record_values(&m, "record_flows", "gauge", "Flows in the cache.",
			      offsetof(struct record_status, flows));
		record_values(&m, "record_flows_created_total", "counter",
			      "Flows created since the record was applied.",
			      offsetof(struct record_status, created));
		template_values(&m, "template_sent_total", "Times a template was sent.",
				offsetof(struct template_status, sent));
		template_values(&m, "template_failed_total",
				"Times sending a template failed.",
				offsetof(struct template_status, failed));
	}
	metrics_free(&m);
	return rc;
}
