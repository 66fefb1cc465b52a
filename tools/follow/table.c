// SPDX-License-Identifier: GPL-2.0
/* A table that is kept true; see table.h. */
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "log.h"
#include "table.h"

#define FLUSH_MS	10	/* changes that come together go together */
#define CHECK_MS	1000
#define RETRY_MS	10000	/* after a refusal, and between taking a table back twice */
#define PATIENCE_MS	30000

/* A prefix on its way to the sink. */
struct delivery {
	struct table		*table;
	enum sink_result	result;
	size_t			count;
};

static const char *name_of(const struct table *t)
{
	return *t->vrf ? t->vrf : "the namespace";
}

static void deliver(const struct in6_addr *address, unsigned int length,
		    const struct rib_route *route, void *arg)
{
	struct delivery *d = arg;

	if (d->result)
		return;
	d->result = d->table->sink->ops->put(d->table->sink, address, length, route);
	d->count++;
}

static void say_loaded(const struct table *t, size_t prefixes)
{
	struct rib_counts c;

	rib_count(t->rib, &c);
	log_notice("table of %s: loaded %zu prefixes; %zu paths take %zu KiB here",
		   name_of(t), prefixes, c.paths, c.bytes >> 10);
}

/* Load everything; the table in use changes only at the end. */
static enum sink_result load(struct table *t)
{
	struct delivery d = { t, SINK_DONE, 0 };

	d.result = t->sink->ops->begin(t->sink);
	if (!d.result)
		rib_all(t->rib, deliver, &d);
	if (!d.result)
		d.result = t->sink->ops->flush(t->sink);
	if (!d.result)
		d.result = t->sink->ops->commit(t->sink);
	if (!d.result)
		say_loaded(t, d.count);
	return d.result;
}

static enum sink_result tell_changes(struct table *t)
{
	struct delivery d = { t, SINK_DONE, 0 };

	rib_changes(t->rib, deliver, &d);
	return d.result ? d.result : t->sink->ops->flush(t->sink);
}

/*
 * Whether the routes that are known may replace what the module has.  Its table is perhaps
 * that of a follower that was stopped: it is worth more than half of the routes.  Half of
 * the routes are worth more than nothing.
 */
static bool may_load(const struct table *t)
{
	struct rib_counts c;

	if (t->settled == t->sources || t->aged || (t->settled && t->waited))
		return true;
	rib_count(t->rib, &c);
	return t->result == SINK_EMPTY && c.paths;
}

static void say(struct table *t, enum sink_result result)
{
	if (result == t->result)
		return;
	if (result == SINK_AWAY)
		log_warning("table of %s: the netstream module is not loaded; waiting for it",
			    name_of(t));
	else if (result == SINK_FAILED)
		log_error("table of %s: %s", name_of(t), t->sink->why.text ?: "refused");
	else if (result == SINK_STALE)
		log_warning("table of %s: somebody else has loaded it", name_of(t));
	else if (result == SINK_EMPTY && t->loaded)
		log_warning("table of %s: it is gone", name_of(t));
	else if (result == SINK_DONE && t->result == SINK_AWAY)
		log_notice("the netstream module is back");
}

/* What follows from what the sink says: the table has to be loaded, or not. */
static void take(struct table *t, enum sink_result result)
{
	say(t, result);
	t->result = result;
	if (!result)
		return;
	t->loaded = false;
	if (result == SINK_STALE && t->options.yield) {
		log_warning("table of %s: left alone from now on, as configured", name_of(t));
		t->yielded = true;
	}
}

static bool too_early(const struct table *t)
{
	return t->taken && loop_now() - t->taken < RETRY_MS;
}

static void bring_up_to_date(struct table *t)
{
	if (t->yielded)
		return;
	/* not before the new sources have told their routes */
	if (t->relabel && t->settled == t->sources)
		t->loaded = false;
	if (t->loaded) {
		if (rib_has_changes(t->rib))
			take(t, tell_changes(t));
		if (t->loaded)
			return;
	}
	if (!may_load(t) || t->yielded)
		return;
	if (t->result == SINK_STALE || t->result == SINK_FAILED) {
		/* two that take the table from each other do so slowly */
		if (too_early(t))
			return;
		t->taken = loop_now();
	}
	take(t, load(t));
	t->loaded = !t->result;
	t->relabel &= !t->loaded;
}

static void on_flush(struct loop_timer *timer)
{
	bring_up_to_date(timer->owner);
}

static void on_check(struct loop_timer *timer)
{
	struct table *t = timer->owner;

	loop_set(timer, CHECK_MS);
	if (t->yielded)
		return;
	if (t->loaded || t->result != SINK_FAILED)
		take(t, t->sink->ops->check(t->sink));
	bring_up_to_date(t);
}

static void on_patience(struct loop_timer *timer)
{
	struct table *t = timer->owner;

	t->waited = true;
	bring_up_to_date(t);
}

static void on_age(struct loop_timer *timer)
{
	struct table *t = timer->owner;

	if (t->settled)
		return;
	log_warning("table of %s: no source for %lld s: what an earlier follower left ages out",
		    name_of(t), (long long)t->options.stale_ms / 1000);
	t->aged = true;
	bring_up_to_date(t);
}

static struct loop_timer timer(struct table *t, void (*due)(struct loop_timer *))
{
	return (struct loop_timer){ .due = due, .owner = t };
}

/**
 * table_start() - begin to keep a table
 * @t: the table; @t->vrf and @t->sources are set
 * @sink: where its routes go; freed with the table
 * @options: how it is kept
 */
void table_start(struct table *t, struct sink *sink, const struct table_options *options)
{
	t->rib = rib_new();
	t->sink = sink;
	sink->source = t->label = xstrdup(sink->source);
	t->options = *options;
	t->flush = timer(t, on_flush);
	t->check = timer(t, on_check);
	t->patience = timer(t, on_patience);
	t->age = timer(t, on_age);
	loop_set(&t->check, 0);
	loop_set(&t->patience, PATIENCE_MS);
	loop_set(&t->age, t->options.stale_ms);
}

/**
 * table_sources() - the sources of a table have changed, or how it is kept
 * @t: the table; @t->sources is set
 * @source: where its routes come from, for people
 * @settled: number of its sources that have told all their routes once
 * @options: how it is kept
 */
void table_sources(struct table *t, const char *source, unsigned int settled,
		   const struct table_options *options)
{
	if (strcmp(t->label, source)) {
		free(t->label);
		t->sink->source = t->label = xstrdup(source);
		t->relabel = true;
	}
	t->settled = settled;
	t->options = *options;
	t->yielded &= t->options.yield;
	table_changed(t);
}

/**
 * table_free() - a table is not kept any more
 * @t: the table
 * @from_sink: remove it from the sink, too, if it is there as it was told
 */
void table_free(struct table *t, bool from_sink)
{
	if (from_sink && t->loaded)
		t->sink->ops->remove(t->sink);
	loop_stop_timer(&t->flush);
	loop_stop_timer(&t->check);
	loop_stop_timer(&t->patience);
	loop_stop_timer(&t->age);
	rib_free(t->rib);
	failure_clear(&t->sink->why);
	free(t->sink);
	free(t->label);
}

/**
 * table_settled() - a source has told all its routes for the first time
 * @t: its table
 */
void table_settled(struct table *t)
{
	t->settled++;
	table_changed(t);
}

/**
 * table_changed() - paths have changed
 * @t: the table; the sink is told soon
 */
void table_changed(struct table *t)
{
	if (!t->flush.at)
		loop_set(&t->flush, FLUSH_MS);
}
