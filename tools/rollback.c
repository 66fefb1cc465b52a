// SPDX-License-Identifier: GPL-2.0
/* Commands on configurations in files: those of the history, and others. */
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "config_diff.h"
#include "config_json.h"
#include "history.h"
#include "json.h"
#include "out.h"
#include "rollback.h"

/* The candidate becomes what a file says. */
static int load(struct session *s, const char *file, bool replace)
{
	struct config c = { 0 };

	if (batch_config(s, file, replace, &c))
		return -1;
	c.revision = s->candidate.revision + 1;
	config_free(&s->candidate);
	s->candidate = c;
	/* the view may be of something that is gone */
	if (s->view != VIEW_USER)
		s->view = VIEW_SYSTEM;
	return 0;
}

/* load { merge | replace } FILE */
int rollback_load(struct session *s, const struct match *m)
{
	return load(s, match_arg(m, "load-file"), match_word(m, "replace"));
}

/* The file of "rollback N"; NULL, with the reason, if there is none.  To be freed. */
static char *file_of(struct session *s, const struct match *m)
{
	unsigned int n = match_number(m, "commit-number");
	history_list list;
	char *path = NULL;

	history_read(&list);
	if (n < list.n)
		path = xstrdup(list.v[n].path);
	else
		failure_word(&s->why, match_index(m, "commit-number"),
			     "there are %zu commits: 'show configuration commit list'", list.n);
	history_free(&list);
	return path;
}

/*
 * rollback N: 0 is the last commit, 1 the one before it.  These numbers change with every
 * commit, so the journal has the name of the file.
 */
int rollback(struct session *s, const struct match *m)
{
	char *file = file_of(s, m);

	/* a dry run does not have the commits that lines before this one will make */
	if (!file && s->dry)
		return 0;
	if (!file)
		return -1;
	if (load(s, file, true)) {
		free(file);
		return -1;
	}
	free(s->noted);
	s->noted = xasprintf("load replace %s", file);
	free(file);
	return 0;
}

/* show configuration compare rollback N: what the candidate has and that commit had not */
int rollback_compare(struct session *s, const struct match *m)
{
	struct config then = { 0 };
	changes list = { 0 };
	char *file;

	if (session_load(s))
		return -1;
	file = file_of(s, m);
	if (!file)
		return -1;
	if (batch_config(s, file, true, &then)) {
		free(file);
		return -1;
	}
	free(file);
	if (s->json || match_word(m, "--json")) {
		config_diff(&list, &then, &s->candidate);
		json_print(changes_json(&list));
		changes_free(&list);
	} else {
		session_print_changes(&then, &s->candidate, stdout);
	}
	config_free(&then);
	return 0;
}

/* show configuration commit list */
int rollback_list(struct session *s, const struct match *m)
{
	history_list list;
	struct out o;
	size_t i;

	history_read(&list);
	out_open(&o, s->json || match_word(m, "--json"));
	for (i = 0; i < list.n; i++) {
		const struct history_entry *e = &list.v[i];

		out_row(&o);
		out_number(&o, "rollback", "Rollback", i);
		out_number(&o, "commit", "Commit", e->number);
		out_number(&o, "generation", "Generation", e->generation);
		if (*e->time)
			out_text(&o, "time", "Time", "%s", e->time);
		else
			out_none(&o, "Time");
		if (*e->user)
			out_text(&o, "user", "User", "%s", e->user);
		else
			out_none(&o, "User");
		if (e->confirm)
			out_number(&o, "confirm_seconds", "Confirm", e->confirm);
		else
			out_none(&o, "Confirm");
		if (*e->label)
			out_text(&o, "label", "Label", "%s", e->label);
		else
			out_none(&o, "Label");
	}
	out_close(&o, "No commits.");
	history_free(&list);
	return 0;
}
