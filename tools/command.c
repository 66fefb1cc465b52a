// SPDX-License-Identifier: GPL-2.0
/* Views, commit and discard, showing configurations. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "session.h"
#include "show.h"

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
	unsigned int id = match_number(m, "slot-id");
	struct slot *slot;

	if (session_load(s))
		return -1;
	if (!m->undo) {
		s->slot = id;
		s->view = VIEW_SLOT;
		return 0;
	}
	slot = config_slot(&s->candidate, id);
	if (!slot || slot_empty(slot))
		return session_refuse(s, m, match_index(m, "slot-id"),
				      "nothing is configured for this slot");
	config_slot_remove(&s->candidate, slot);
	return 0;
}

int command_interface(struct session *s, const struct match *m)
{
	const char *name = match_arg(m, "view");
	struct interface *i;

	if (session_load(s))
		return -1;
	if (!m->undo) {
		snprintf(s->name, sizeof(s->name), "%s", name);
		s->view = VIEW_INTERFACE;
		return 0;
	}
	i = config_interface(&s->candidate, name);
	if (!i || interface_empty(&s->candidate, i))
		return session_refuse(s, m, match_index(m, "view"),
				      "nothing is configured for this interface");
	config_interface_remove(&s->candidate, i);
	return 0;
}

static int remove_record(struct session *s, const struct match *m, const char *name, int word)
{
	struct record *r = config_record(&s->candidate, name);

	if (!r)
		return session_refuse(s, m, word, "no such record");
	if (names_find(&s->candidate.apply, name))
		return session_refuse(s, m, word, "the record is applied: it can go after "
				      "'undo ipv6 netstream apply record %s'", name);
	config_record_remove(&s->candidate, r);
	return 0;
}

int command_record(struct session *s, const struct match *m)
{
	const char *name = match_arg(m, "record-name");
	int word = match_index(m, "record-name");

	if (session_load(s))
		return -1;
	if (m->undo)
		return remove_record(s, m, name, word);
	if (!strcmp(name, "original"))
		return session_refuse(s, m, word, "the name of the built-in record: "
				      "expected another");
	if (!config_record(&s->candidate, name) &&
	    s->candidate.records.n >= NETSTREAM_RECORDS_MAX)
		return session_refuse(s, m, word, "too many records: expected at most %d",
				      NETSTREAM_RECORDS_MAX);
	config_record_add(&s->candidate, name, s->at);
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->view = VIEW_RECORD;
	return 0;
}

/* What was pasted may well end with one quit too many. */
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
	unsigned int flags = 0;

	if (match_word(m, "force"))
		flags |= SET_FORCE;
	if (match_word(m, "check"))
		flags |= SET_CHECK;
	return session_commit(s, flags);
}

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

/* A line of a configuration, with the line that opens its view before it. */
struct entry {
	char		*view;
	char		*line;
};

typedef VEC(struct entry) entries;

static void add_line(entries *list, const char *line, char **view)
{
	struct entry *e;

	if (!strcmp(line, "#") || !strcmp(line, " quit") || !strcmp(line, "system-view") ||
	    !strcmp(line, "return"))
		return;
	if (*line != ' ')
		*view = "";
	e = vec_push(list);
	e->line = xstrdup(line);
	e->view = xstrdup(*view);
}

static bool opens_view(const char *line)
{
	return !strncmp(line, "slot ", 5) || !strncmp(line, "interface ", 10) ||
	       !strncmp(line, "ipv6 netstream record ", 22);
}

static void read_entries(entries *list, const struct config *c)
{
	char *text = config_text(c), *save, *line, *view = "";

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		add_line(list, line, &view);
		if (opens_view(line))
			view = line;
	}
	free(text);
}

static void free_entries(entries *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		free(list->v[i].view);
		free(list->v[i].line);
	}
	vec_free(list);
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int views = strcmp(x->view, y->view);

	return views ? views : strcmp(x->line, y->line);
}

/* Print what is in @from and not in @other. */
static void print_only(const entries *from, const entries *other, char sign)
{
	const char *view = "";
	entries sorted;
	size_t i;

	vec_copy(&sorted, other);
	if (sorted.n)
		qsort(sorted.v, sorted.n, sizeof(*sorted.v), compare_entries);
	for (i = 0; i < from->n; i++) {
		const struct entry *e = &from->v[i];

		if (sorted.n && bsearch(e, sorted.v, sorted.n, sizeof(*e), compare_entries))
			continue;
		if (strcmp(view, e->view))
			printf("  %s\n", e->view);
		view = opens_view(e->line) ? e->line : e->view;
		printf("%c %s\n", sign, e->line);
	}
	free(sorted.v);
}

static void show_compare(struct session *s)
{
	entries a = { 0 }, b = { 0 };

	read_entries(&a, &s->running);
	read_entries(&b, &s->candidate);
	print_only(&a, &b, '-');
	print_only(&b, &a, '+');
	free_entries(&a);
	free_entries(&b);
}

int command_show_configuration(struct session *s, const struct match *m)
{
	bool json = s->json || match_word(m, "--json");
	struct config running = { 0 };

	if (match_word(m, "candidate") || match_word(m, "compare")) {
		if (session_load(s))
			return -1;
		if (match_word(m, "compare"))
			show_compare(s);
		else
			show_config(&s->candidate, json);
		return 0;
	}
	if (s->backend->get(&running, &s->why))
		return -1;
	show_config(&running, json);
	config_free(&running);
	return 0;
}

int command_show_this(struct session *s, const struct match *m)
{
	struct place p;

	(void)m;
	if (session_load(s))
		return -1;
	if (s->view <= VIEW_SYSTEM) {
		config_print(stdout, &s->candidate);
		return 0;
	}
	session_place(s, &p);
	place_print(stdout, &p, "");
	return 0;
}
