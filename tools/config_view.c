// SPDX-License-Identifier: GPL-2.0
/* Defining and removing records, monitors, slots and interface views as a whole. */
#include <string.h>

#include "config_view.h"
#include "setting.h"
#include "grammar.h"

/**
 * config_define_record() - make a record, if there is none of that name
 * @e: the configuration and where the line is from
 * @m: the line, with a <record-name>
 *
 * Return: 0, or -1 with the reason.
 */
int config_define_record(struct edit *e, const struct match *m)
{
	const char *name = match_arg(m, "record-name");
	int word = match_index(m, "record-name");

	if (!strcmp(name, "original"))
		return failure_word(e->why, word, "the name of the built-in record: "
				    "expected another");
	if (config_record(e->config, name))
		return 0;
	if (e->config->records.n >= NETSTREAM_RECORDS_MAX)
		return failure_word(e->why, word, "too many records: expected at most %d",
				    NETSTREAM_RECORDS_MAX);
	config_record_add(e->config, name, e->at);
	e->config->revision++;
	return 0;
}

static int remove_record(struct edit *e, const struct match *m)
{
	const char *name = match_arg(m, "record-name");
	int word = match_index(m, "record-name");
	struct record *r = config_record(e->config, name);
	size_t i;

	if (!r)
		return failure_word(e->why, word, "no such record");
	if (names_find(&e->config->apply, name))
		return failure_word(e->why, word, "the record is applied: it can be removed after "
				    "'undo ipv6 netstream apply record %s'", name);
	for (i = 0; i < e->config->monitors.n; i++)
		if (names_find(&e->config->monitors.v[i].apply, name))
			return failure_word(e->why, word, "monitor %s meters the record: it can be "
					    "removed after 'undo apply record %s' there",
					    e->config->monitors.v[i].name, name);
	config_record_remove(e->config, r);
	e->config->revision++;
	return 0;
}

/**
 * config_define_monitor() - make a monitor, if there is none of that name
 * @e: the configuration and where the line is from
 * @m: the line, with a <monitor-name>
 *
 * Return: 0, or -1 with the reason.
 */
int config_define_monitor(struct edit *e, const struct match *m)
{
	const char *name = match_arg(m, "monitor-name");
	int word = match_index(m, "monitor-name");

	if (config_monitor(e->config, name))
		return 0;
	if (e->config->monitors.n >= NETSTREAM_MONITORS_MAX)
		return failure_word(e->why, word, "too many monitors: expected at most %d",
				    NETSTREAM_MONITORS_MAX);
	config_monitor_add(e->config, name, e->at);
	e->config->revision++;
	return 0;
}

static int remove_monitor(struct edit *e, const struct match *m)
{
	const char *name = match_arg(m, "monitor-name");
	int word = match_index(m, "monitor-name");
	struct monitor *mon = config_monitor(e->config, name);
	size_t i;

	if (!mon)
		return failure_word(e->why, word, "no such monitor");
	for (i = 0; i < e->config->interfaces.n; i++) {
		struct interface *at = &e->config->interfaces.v[i];

		if (attachments_find(&at->monitors, name, NETSTREAM_INBOUND) ||
		    attachments_find(&at->monitors, name, NETSTREAM_OUTBOUND))
			return failure_word(e->why, word, "the monitor is attached to interface "
					    "%s: it can be removed after 'undo ipv6 netstream "
					    "monitor %s' there", at->name, name);
	}
	config_monitor_remove(e->config, mon);
	e->config->revision++;
	return 0;
}

static int remove_slot(struct edit *e, const struct match *m)
{
	struct slot *s = config_slot(e->config, match_number(m, "slot-id"));

	if (!s)
		return failure_word(e->why, match_index(m, "slot-id"),
				    "nothing is configured for this slot");
	config_slot_remove(e->config, s);
	e->config->revision++;
	return 0;
}

static int remove_interface(struct edit *e, const struct match *m)
{
	struct interface *i = config_interface(e->config, match_arg(m, "view"));

	if (!i)
		return failure_word(e->why, match_index(m, "view"),
				    "nothing is configured for this interface");
	config_interface_remove(e->config, i);
	e->config->revision++;
	return 0;
}

/**
 * config_remove_view() - remove all that is configured in a view
 * @e: the configuration
 * @view: kind of the view
 * @m: the line, which names the view
 *
 * Return: 0, or -1 with the reason.
 */
int config_remove_view(struct edit *e, enum view view, const struct match *m)
{
	if (view == VIEW_RECORD)
		return remove_record(e, m);
	if (view == VIEW_MONITOR)
		return remove_monitor(e, m);
	return view == VIEW_SLOT ? remove_slot(e, m) : remove_interface(e, m);
}

/**
 * config_remove_routes() - remove all that is configured in the routes view
 * @e: the configuration
 *
 * Return: 0, or -1 with the reason.
 */
int config_remove_routes(struct edit *e)
{
	uint64_t stamp = e->config->routes.stamp;

	if (routes_view_empty(&e->config->routes))
		return failure_word(e->why, 1, "nothing is configured in the routes view");
	routes_view_free(&e->config->routes);
	e->config->routes.stamp = stamp;
	e->config->revision++;
	return 0;
}

/**
 * config_add_defaults() - write down what holds without a statement
 * @c: the configuration
 *
 * Only defaults that do not depend on the machine are known here: the bound on
 * flows is not.
 */
void config_add_defaults(struct config *c)
{
	size_t i;

	for (i = 0; i < settings_count; i++) {
		const struct setting *st = &settings[i];
		struct value *v = &c->system[st->attr[0]];

		if (st->view != VIEW_SYSTEM || v->set)
			continue;
		if (st->kind != KIND_SWITCH && st->kind != KIND_CHOICE && !st->def)
			continue;
		v->set = true;
		v->number = st->def;
	}
	if (!c->system[NETSTREAM_SYSTEM_A_VERSION].set) {
		c->system[NETSTREAM_SYSTEM_A_VERSION].set = true;
		c->system[NETSTREAM_SYSTEM_A_VERSION].number = NETSTREAM_VERSION_9;
	}
	for (i = 0; i < ARRAY_SIZE(c->source); i++)
		if (c->source[i].addr.family && !c->source[i].port)
			c->source[i].port = NETSTREAM_SOURCE_PORT_DEFAULT;
	c->revision++;
}
