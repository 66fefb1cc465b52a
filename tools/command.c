// SPDX-License-Identifier: GPL-2.0
/* Commands: views, commit and discard, showing configurations. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "config_diff.h"
#include "config_edit.h"
#include "config_view.h"
#include "config_json.h"
#include "config_print.h"
#include "json.h"
#include "lock.h"
#include "routes_store.h"
#include "running.h"
#include "session.h"

/* How long a commit waits for its confirmation by default, as in Junos. */
#define CONFIRM_MINUTES	10

#define LABEL_MOST	80

static struct edit edit_of(struct session *s)
{
	return (struct edit){ .config = &s->candidate, .at = s->at, .why = &s->why };
}

int command_system_view(struct session *s, const struct match *m)
{
	(void)m;
	if (session_load(s))
		return -1;
	s->view = VIEW_SYSTEM;
	return 0;
}

int command_slot(struct session *s, const struct match *m)
{
	struct edit e = edit_of(s);

	if (m->undo)
		return config_remove_view(&e, VIEW_SLOT, m);
	s->slot = match_number(m, "slot-id");
	s->view = VIEW_SLOT;
	return 0;
}

int command_interface(struct session *s, const struct match *m)
{
	struct edit e = edit_of(s);

	if (m->undo)
		return config_remove_view(&e, VIEW_INTERFACE, m);
	snprintf(s->name, sizeof(s->name), "%s", match_arg(m, "view"));
	s->view = VIEW_INTERFACE;
	return 0;
}

int command_record(struct session *s, const struct match *m)
{
	struct edit e = edit_of(s);

	if (m->undo)
		return config_remove_view(&e, VIEW_RECORD, m);
	if (config_define_record(&e, m))
		return -1;
	snprintf(s->name, sizeof(s->name), "%s", match_arg(m, "record-name"));
	s->view = VIEW_RECORD;
	return 0;
}

int command_monitor(struct session *s, const struct match *m)
{
	struct edit e = edit_of(s);

	if (m->undo)
		return config_remove_view(&e, VIEW_MONITOR, m);
	if (config_define_monitor(&e, m))
		return -1;
	snprintf(s->name, sizeof(s->name), "%s", match_arg(m, "monitor-name"));
	s->view = VIEW_MONITOR;
	return 0;
}

int command_routes(struct session *s, const struct match *m)
{
	struct edit e = edit_of(s);

	if (m->undo)
		return config_remove_routes(&e);
	s->view = VIEW_ROUTES;
	return 0;
}

/* A statement of the model system that changes nothing, since it holds in any case. */
int command_natural(struct session *s, const struct match *m)
{
	(void)s;
	(void)m;
	return 0;
}

/* An extra quit at the end of a batch does no harm: pasted text often ends with one. */
int command_quit(struct session *s, const struct match *m)
{
	(void)m;
	if (s->view == VIEW_USER)
		s->done = true;
	else
		s->view = s->view == VIEW_SYSTEM ? VIEW_USER : VIEW_SYSTEM;
	return 0;
}

int command_return(struct session *s, const struct match *m)
{
	(void)m;
	s->view = VIEW_USER;
	return 0;
}

int command_commit(struct session *s, const struct match *m)
{
	struct commit how = {
		.check = match_word(m, "check"),
		.force = match_word(m, "force"),
	};
	char *label = NULL;
	int rc;

	if (match_word(m, "confirmed"))
		how.confirm = 60 * (match_arg(m, "confirm-minutes") ?
				    match_number(m, "confirm-minutes") : CONFIRM_MINUTES);
	if (match_index(m, "label-text") >= 0)
		how.label = label = match_rest(m, "label-text");
	if (label && strlen(label) > LABEL_MOST)
		rc = failure_word(&s->why, match_index(m, "label-text"),
				  "expected a text (1-%u characters)", LABEL_MOST);
	else
		rc = session_commit(s, &how);
	free(label);
	return rc;
}

int command_lock(struct session *s, const struct match *m)
{
	(void)m;
	return lock_take(&s->why);
}

int command_unlock(struct session *s, const struct match *m)
{
	(void)s;
	(void)m;
	lock_release();
	return 0;
}

/* As those who come from another router enter the configuration. */
int command_configure(struct session *s, const struct match *m)
{
	if (match_word(m, "exclusive") && !s->dry && lock_take(&s->why))
		return -1;
	return command_system_view(s, m);
}

/* With --check and in a dry run, @s->running is what the last commit line would have committed. */
int command_discard(struct session *s, const struct match *m)
{
	(void)m;
	if (!s->dry && !s->check) {
		session_discard(s);
		return session_load(s);
	}
	config_free(&s->candidate);
	config_copy(&s->candidate, &s->running);
	return 0;
}

/* As those who come from another router leave a configuration that they do not want. */
int command_abort(struct session *s, const struct match *m)
{
	s->view = VIEW_USER;
	return s->loaded ? command_discard(s, m) : 0;
}

/* A comment, so that what is shown can be typed again. */
static void print_confirm(uint32_t seconds)
{
	time_t at = time(NULL) + seconds;
	char text[32];

	strftime(text, sizeof(text), "%F %T", localtime(&at));
	printf("# to be confirmed: undone at %s, in %u s, unless 'commit' confirms it\n", text,
	       seconds);
}

static int show_config(struct session *s, const struct config *c, bool json)
{
	if (json)
		json_print(config_json(c));
	else
		config_print(stdout, c, KEYS_HIDDEN);
	if (!interrupted)
		return 0;
	failure_set(&s->why, "interrupted");
	return -1;
}

static void show_compare(const struct session *s, bool json)
{
	changes list = { 0 };

	if (!json) {
		session_print_changes(&s->running, &s->candidate, stdout);
		return;
	}
	config_diff(&list, &s->running, &s->candidate);
	json_print(changes_json(&list));
	changes_free(&list);
}

int command_show_configuration(struct session *s, const struct match *m)
{
	bool json = s->json || match_word(m, "--json");
	struct config running = { 0 };
	int rc;

	if (match_word(m, "candidate") || match_word(m, "compare")) {
		if (session_load(s))
			return -1;
		if (!match_word(m, "compare"))
			return show_config(s, &s->candidate, json);
		show_compare(s, json);
		return 0;
	}
	if (running_get(s, &running))
		return -1;
	if (match_word(m, "all"))
		config_add_defaults(&running);
	if (running.confirm && !json)
		print_confirm(running.confirm);
	if (running.routes.stamp == ROUTES_STORE_UNREADABLE && !json)
		puts("# the routes view is not shown: only root may read it");
	rc = show_config(s, &running, json);
	config_free(&running);
	return rc;
}

/* A view as the router shows it: its line, and its statements below. */
static void show_view(enum view v, const char *title, const void *part)
{
	printf("%s\n", title);
	view_print(stdout, v, part, " ", KEYS_HIDDEN);
}

static void show_views(const struct config *c)
{
	char *title;
	size_t i;

	for (i = 0; i < c->slots.n; i++) {
		title = view_line(VIEW_SLOT, &c->slots.v[i]);
		show_view(VIEW_SLOT, title, &c->slots.v[i]);
		free(title);
	}
	for (i = 0; i < c->monitors.n; i++) {
		title = view_line(VIEW_MONITOR, &c->monitors.v[i]);
		show_view(VIEW_MONITOR, title, &c->monitors.v[i]);
		free(title);
	}
	for (i = 0; i < c->interfaces.n; i++) {
		title = view_line(VIEW_INTERFACE, &c->interfaces.v[i]);
		show_view(VIEW_INTERFACE, title, &c->interfaces.v[i]);
		free(title);
	}
	if (!routes_view_empty(&c->routes))
		show_view(VIEW_ROUTES, "routes", &c->routes);
}

/* display netstream: the statements in effect, by view; nothing if nothing is configured. */
int command_show_netstream(struct session *s, const struct match *m)
{
	const char *name = match_arg(m, "view");
	struct config c = { 0 }, none = { 0 };
	struct interface *i;
	char *title;

	if (running_get(s, &c))
		return -1;
	none.generation = c.generation;
	i = name ? config_interface(&c, name) : NULL;
	if (s->json || match_word(m, "--json")) {
		json_print(match_word(m, "all") ? config_json(&c) :
			   config_view_json(&c, name ? VIEW_INTERFACE : VIEW_SYSTEM, i));
		config_free(&c);
		return 0;
	}
	if (i) {
		title = view_line(VIEW_INTERFACE, i);
		show_view(VIEW_INTERFACE, title, i);
		free(title);
	} else if (!name && !config_equal_module(&c, &none)) {
		show_view(VIEW_SYSTEM, "system", &c);
	}
	if (match_word(m, "all"))
		show_views(&c);
	config_free(&c);
	return 0;
}

int command_show_this(struct session *s, const struct match *m)
{
	bool json = s->json || match_word(m, "--json");
	const void *part;

	if (session_load(s))
		return -1;
	if (s->view <= VIEW_SYSTEM)
		return show_config(s, &s->candidate, json);
	part = config_part(&s->candidate, s->view, s->slot, s->name);
	if (json)
		json_print(config_view_json(&s->candidate, s->view, part));
	else if (part)
		view_print(stdout, s->view, part, "", KEYS_HIDDEN);
	return 0;
}
