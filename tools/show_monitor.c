// SPDX-License-Identifier: GPL-2.0
/* Monitors and their accounts, as text or JSON. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "nl_reply.h"
#include "out.h"
#include "session.h"
#include "show_monitor.h"
#include "show_stats.h"

/**
 * struct listing - monitors being shown
 * @name: the only one that is wanted, or NULL
 * @list: those so far, in JSON; NULL: they are printed as text
 * @shown: number of those so far
 */
struct listing {
	const char	*name;
	json_object	*list;
	size_t		shown;
};

static json_object *monitor_json(const struct monitor_status *m)
{
	json_object *o = json_object_new_object(), *records = json_object_new_array();
	size_t i;

	json_object_object_add(o, "monitor", json_text(m->name));
	json_object_object_add(o, "source_id", json_object_new_uint64(m->source_id));
	for (i = 0; i < m->records.n; i++)
		json_object_array_add(records, json_text(m->records.v[i].name));
	json_object_object_add(o, "records", records);
	json_object_object_add(o, "interfaces", json_object_new_uint64(m->interfaces));
	json_object_object_add(o, "hosts", json_object_new_uint64(m->hosts));
	stats_add_terms(o, &m->stats);
	stats_add_ended(o, &m->stats);
	if (m->stats.max_flows)
		json_object_object_add(o, "max_flows",
				       json_object_new_uint64(m->stats.max_flows));
	return o;
}

static void monitor_text(const struct monitor_status *m, bool first)
{
	size_t i;

	printf("%sMonitor %s: Source ID %" PRIu32 ", %" PRIu32 " interface%s, %" PRIu32
	       " host%s, record", first ? "" : "\n", m->name, m->source_id, m->interfaces,
	       m->interfaces == 1 ? "" : "s", m->hosts, m->hosts == 1 ? "" : "s");
	for (i = 0; i < m->records.n; i++)
		printf("%s %s", i ? "," : "", m->records.v[i].name);
	if (m->stats.max_flows)
		printf(", at most %" PRIu32 " flows", m->stats.max_flows);
	putchar('\n');
	stats_show_terms(&m->stats);
	stats_show_losses(&m->stats);
	stats_show_ended(&m->stats);
}

static void show_one(const struct monitor_status *m, void *arg)
{
	struct listing *l = arg;

	if (l->name && strcmp(l->name, m->name))
		return;
	if (l->list)
		json_object_array_add(l->list, monitor_json(m));
	else
		monitor_text(m, !l->shown);
	l->shown++;
}

int show_monitors(struct session *s, const struct match *m)
{
	struct listing l = { .name = match_arg(m, "monitor-name") };
	int rc;

	if (session_needs_module(s))
		return -1;
	if (s->json || match_word(m, "--json"))
		l.list = json_object_new_array();
	rc = nl_monitors(show_one, &l, &s->why);
	if (!rc && l.name && !l.shown)
		rc = failure_word(&s->why, match_index(m, "monitor-name"), "no such monitor");
	if (!rc && !l.list && !l.shown)
		puts("No monitors are configured.");
	if (!rc && l.list)
		json_print(l.list);
	else if (l.list)
		json_object_put(l.list);
	return rc;
}
