// SPDX-License-Identifier: GPL-2.0
/* The accounts, as text or JSON. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "nl_reply.h"
#include "out.h"
#include "session.h"
#include "show_metrics.h"
#include "show_stats.h"

enum { FLOWS = 1, PACKETS = 2, BYTES = 4 };

static json_object *count_json(const struct count *c, unsigned int what)
{
	json_object *o = json_object_new_object();

	if (what & FLOWS)
		json_object_object_add(o, "flows", json_object_new_uint64(c->flows));
	if (what & PACKETS)
		json_object_object_add(o, "packets", json_object_new_uint64(c->packets));
	if (what & BYTES)
		json_object_object_add(o, "bytes", json_object_new_uint64(c->bytes));
	return o;
}

static json_object *counts_json(const counts *list, unsigned int what)
{
	json_object *o = json_object_new_object();
	size_t i;

	for (i = 0; i < list->n; i++)
		json_object_object_add(o, list->v[i].name, count_json(&list->v[i], what));
	return o;
}

static bool balanced(const struct stats *s)
{
	return s->metered.packets == s->exported.packets + s->cached.packets +
				     s->pending.packets + s->lost.packets &&
	       s->metered.bytes == s->exported.bytes + s->cached.bytes +
				   s->pending.bytes + s->lost.bytes;
}

/**
 * stats_add_terms() - add the terms of the accounting equation to JSON
 * @o: an object
 * @s: accounts of the namespace, or of a monitor
 */
void stats_add_terms(struct json_object *o, const struct stats *s)
{
	json_object_object_add(o, "metered", count_json(&s->metered, PACKETS | BYTES));
	json_object_object_add(o, "exported", count_json(&s->exported, FLOWS | PACKETS | BYTES));
	json_object_object_add(o, "cached", count_json(&s->cached, FLOWS | PACKETS | BYTES));
	json_object_object_add(o, "pending", count_json(&s->pending, FLOWS | PACKETS | BYTES));
	json_object_object_add(o, "lost", count_json(&s->lost, FLOWS | PACKETS | BYTES));
	json_object_object_add(o, "balanced", json_object_new_boolean(balanced(s)));
	json_object_object_add(o, "lost_by_cause",
			       counts_json(&s->lost_by_cause, FLOWS | PACKETS | BYTES));
	json_object_object_add(o, "skipped", counts_json(&s->skipped, PACKETS));
}

/**
 * stats_add_ended() - add why flows ended to JSON
 * @o: an object
 * @s: accounts of the namespace, or of a monitor
 */
void stats_add_ended(struct json_object *o, const struct stats *s)
{
	json_object_object_add(o, "ended", counts_json(&s->ended, FLOWS));
}

static void stats_json(const struct stats *s)
{
	json_object *o = json_object_new_object();
	size_t i;

	json_object_object_add(o, "generation", json_object_new_uint64(s->generation));
	stats_add_terms(o, s);
	json_object_object_add(o, "malformed", counts_json(&s->malformed, PACKETS));
	stats_add_ended(o, s);
	json_object_object_add(o, "max_flows", json_object_new_uint64(s->max_flows));
	for (i = 0; i < s->others.n; i++)
		json_object_object_add(o, s->others.v[i].name,
				       json_object_new_uint64(s->others.v[i].value));
	json_print(o);
}

static void count_row(struct out *o, const char *name, const struct count *c, unsigned int what)
{
	out_row(o);
	out_text(o, NULL, "", "%s", name);
	if (what & FLOWS)
		out_number(o, NULL, "Flows", c->flows);
	else
		out_none(o, "Flows");
	if (what & PACKETS)
		out_number(o, NULL, "Packets", c->packets);
	else
		out_none(o, "Packets");
	if (what & BYTES)
		out_number(o, NULL, "Bytes", c->bytes);
	else
		out_none(o, "Bytes");
}

/**
 * stats_show_terms() - print the terms of the accounting equation, and whether it holds
 * @s: accounts of the namespace, or of a monitor
 */
void stats_show_terms(const struct stats *s)
{
	struct out o;

	out_open(&o, false);
	count_row(&o, "metered", &s->metered, PACKETS | BYTES);
	count_row(&o, "= exported", &s->exported, FLOWS | PACKETS | BYTES);
	count_row(&o, "+ cached", &s->cached, FLOWS | PACKETS | BYTES);
	count_row(&o, "+ pending", &s->pending, FLOWS | PACKETS | BYTES);
	count_row(&o, "+ lost", &s->lost, FLOWS | PACKETS | BYTES);
	out_close(&o, "");
	if (balanced(s))
		term_print(stdout, TINT_GOOD, "The accounts balance.");
	else
		term_print(stdout, TINT_BAD, "THE ACCOUNTS DO NOT BALANCE.");
	fputc('\n', stdout);
}

/* Only the causes that occurred. */
static void show_causes(const char *title, const counts *list, unsigned int what)
{
	struct out o;
	size_t i;

	out_open(&o, false);
	for (i = 0; i < list->n; i++) {
		const struct count *c = &list->v[i];

		if (c->flows || c->packets || c->bytes)
			count_row(&o, c->name, c, what);
	}
	printf("\n%s:", title);
	if (o.rows)
		fputc('\n', stdout);
	out_close(&o, " none");
}

/**
 * stats_show_losses() - print what was lost and what was not metered, and why
 * @s: accounts of the namespace, or of a monitor
 */
void stats_show_losses(const struct stats *s)
{
	show_causes("Lost", &s->lost_by_cause, FLOWS | PACKETS | BYTES);
	show_causes("Seen and not metered", &s->skipped, PACKETS);
}

/**
 * stats_show_ended() - print why flows ended
 * @s: accounts of the namespace, or of a monitor
 */
void stats_show_ended(const struct stats *s)
{
	show_causes("Why flows ended", &s->ended, FLOWS);
}

static void stats_text(const struct stats *s)
{
	size_t i;

	stats_show_terms(s);
	stats_show_losses(s);
	show_causes("Not dissected whole", &s->malformed, PACKETS);
	stats_show_ended(s);
	printf("\nGeneration %" PRIu32 ", at most %" PRIu32 " flows\n", s->generation,
	       s->max_flows);
	for (i = 0; i < s->others.n; i++)
		printf("%s: %" PRIu64 "\n", s->others.v[i].name, s->others.v[i].value);
}

int show_statistics(struct session *s, const struct match *m)
{
	struct stats st = { 0 };
	int rc;

	if (session_needs_module(s))
		return -1;
	if (s->prometheus || match_word(m, "--prometheus"))
		return show_metrics(s);
	rc = nl_stats(&st, &s->why);
	if (!rc && (s->json || match_word(m, "--json")))
		stats_json(&st);
	else if (!rc)
		stats_text(&st);
	nl_stats_free(&st);
	return rc;
}
