// SPDX-License-Identifier: GPL-2.0
/* A session: the view, the candidate and running lines; see session.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "config_diff.h"
#include "config_edit.h"
#include "finding.h"
#include "history.h"
#include "lock.h"
#include "pipe.h"
#include "running.h"
#include "session.h"
#include "term.h"

void session_init(struct session *s, const struct backend *backend,
		  const struct grammar *grammar)
{
	memset(s, 0, sizeof(*s));
	s->backend = backend;
	s->netns = "netstream";
	s->grammar = grammar;
	s->bad = -1;
}

/**
 * session_copy() - a session to try lines in
 * @to: filled in; it has no journal
 * @from: the session
 */
void session_copy(struct session *to, const struct session *from)
{
	*to = *from;
	config_copy(&to->running, &from->running);
	config_copy(&to->candidate, &from->candidate);
	memset(&to->journal, 0, sizeof(to->journal));
	memset(&to->why, 0, sizeof(to->why));
	memset(&to->names, 0, sizeof(to->names));
	to->word = NULL;
	to->noted = NULL;
}

static void forget_journal(struct session *s)
{
	size_t i;

	for (i = 0; i < s->journal.n; i++)
		free(s->journal.v[i].text);
	vec_free(&s->journal);
}

/**
 * session_discard() - forget the candidate and the running configuration
 * @s: the session; it reads the running configuration when it next needs it
 */
void session_discard(struct session *s)
{
	config_free(&s->running);
	config_free(&s->candidate);
	forget_journal(s);
	s->loaded = false;
	s->shown = 0;
}

void session_free(struct session *s)
{
	session_discard(s);
	failure_clear(&s->why);
	free(s->word);
	s->word = NULL;
	free(s->noted);
	s->noted = NULL;
	strings_free(&s->names);
}

/**
 * session_keep() - a text that lives as long as the session
 * @s: the session
 * @name: the text
 */
const char *session_keep(struct session *s, const char *name)
{
	return *vec_push(&s->names) = xstrdup(name);
}

static void mark_compared(struct session *s)
{
	s->compared = s->candidate.revision;
	s->changed = false;
}

/* @now, which the session owns from here on, becomes the running configuration. */
static void take(struct session *s, const struct config *now)
{
	s->running = *now;
	config_copy(&s->candidate, &s->running);
	s->loaded = true;
	mark_compared(s);
}

/*
 * The shell may have been idle for hours.  While it has no edits to lose, it
 * follows what others commit.
 */
static int follow(struct session *s)
{
	int stale;

	if (!s->loaded || !s->interactive || s->dry || session_changed(s))
		return 0;
	stale = running_stale(s, &s->running);
	if (stale > 0)
		session_discard(s);
	return stale < 0 ? -1 : 0;
}

/**
 * session_load() - make sure that there is a candidate
 * @s: the session
 *
 * Return: 0, or -1 with the reason in @s->why.
 */
int session_load(struct session *s)
{
	struct config now = { 0 };

	if (follow(s))
		return -1;
	if (s->loaded)
		return 0;
	if (running_get(s, &now))
		return -1;
	take(s, &now);
	return 0;
}

/**
 * session_changed() - whether commit would change anything
 * @s: the session
 */
bool session_changed(struct session *s)
{
	if (!s->loaded)
		return false;
	if (s->compared != s->candidate.revision) {
		s->compared = s->candidate.revision;
		s->changed = !config_equal(&s->running, &s->candidate);
	}
	return s->changed;
}

/**
 * session_needs_module() - refuse a command that only the module can answer
 * @s: the session
 *
 * Return: 0, or -1 with the reason if the session is offline.
 */
int session_needs_module(struct session *s)
{
	if (s->backend->live)
		return 0;
	failure_set(&s->why, "this needs the module: not with --offline");
	return -1;
}

/**
 * session_print_changes() - print how two configurations differ
 * @from: the first; lines that only it has are printed with "-"
 * @to: the second; lines that only it has are printed with "+"
 * @f: where to
 */
void session_print_changes(const struct config *from, const struct config *to, FILE *f)
{
	const char *view = "", *opened = "";
	changes list = { 0 };
	size_t i;

	config_diff(&list, from, to);
	for (i = 0; i < list.n; i++) {
		const struct change *c = &list.v[i];
		char *line;

		/* a record that comes or goes opens its view itself */
		if (*c->view && strcmp(view, c->view) && strcmp(opened, c->view))
			fprintf(f, "  %s\n", c->view);
		view = c->view;
		opened = *c->view ? "" : c->line;
		line = xasprintf("%c %s%s", c->added ? '+' : '-', *c->view ? " " : "", c->line);
		term_print(f, f != stdout ? TINT_NONE : c->added ? TINT_GOOD : TINT_BAD, line);
		fputc('\n', f);
		free(line);
	}
	changes_free(&list);
}

static int run_text(struct session *s, const char *text);

static void report_replay(const struct session *s, const struct journal_entry *e)
{
	fprintf(stderr, "'%s' cannot be done any more: %s\n", e->text, s->why.text);
}

/*
 * Somebody else has committed.  Run the lines of the journal again on what is
 * running now; @s->view and what belongs to it stay.
 */
static int replay(struct session *s)
{
	struct session before = *s;
	struct config now = { 0 };
	size_t i;

	if (running_get(s, &now))
		return -1;
	memset(&s->journal, 0, sizeof(s->journal));
	session_discard(s);
	take(s, &now);
	for (i = 0; i < before.journal.n; i++) {
		const struct journal_entry *e = &before.journal.v[i];

		s->view = e->view;
		s->slot = e->slot;
		s->at = e->at;
		snprintf(s->name, sizeof(s->name), "%s", e->name);
		if (run_text(s, e->text))
			report_replay(s, e);
	}
	s->view = before.view;
	s->slot = before.slot;
	s->at = before.at;
	memcpy(s->name, before.name, sizeof(s->name));
	forget_journal(&before);
	failure_clear(&s->why);
	s->bad = -1;
	return 0;
}

/* Turn ESTALE into a message; a person's edits are moved to the new running configuration. */
static int explain_stale(struct session *s)
{
	if (s->why.error != ESTALE)
		return -1;
	if (!s->interactive) {
		failure_set(&s->why, "the running configuration has changed since the candidate "
			    "was copied from it (generation %u): nothing was committed, try again",
			    s->candidate.generation);
		return -1;
	}
	if (replay(s))
		return -1;
	session_print_changes(&s->running, &s->candidate, stdout);
	if (session_changed(s))
		failure_set(&s->why, "somebody else has committed meanwhile: your edits were "
			    "made again on what is running now; 'commit' makes the difference "
			    "above take effect");
	else
		failure_set(&s->why, "somebody else has committed meanwhile: nothing is left "
			    "of your edits to commit");
	return -1;
}

/*
 * commit force overwrites what somebody else has committed.  The difference is
 * shown first, and a person has to repeat the command for that difference.
 */
static int prepare_force(struct session *s)
{
	int stale = running_stale(s, &s->candidate);
	struct config now = { 0 };
	int rc = -1;

	if (stale <= 0)
		return stale;
	if (running_get(s, &now))
		return -1;
	if (!s->interactive || s->shown == now.generation) {
		if (!s->interactive)
			session_print_changes(&now, &s->candidate, stdout);
		s->candidate.generation = now.generation;
		s->candidate.routes.stamp = now.routes.stamp;
		rc = 0;
	} else {
		session_print_changes(&now, &s->candidate, stdout);
		s->shown = now.generation;
		failure_set(&s->why, "somebody else has committed meanwhile: 'commit force' "
			    "once more makes the difference above take effect");
	}
	config_free(&now);
	return rc;
}

static int set_running(struct session *s, const struct commit *how)
{
	if (how->force && prepare_force(s))
		return -1;
	if (running_set(s, how))
		return explain_stale(s);
	return 0;
}

/* In a dry run, the following lines see the candidate as committed. */
static void adopt(struct session *s)
{
	config_free(&s->running);
	config_copy(&s->running, &s->candidate);
	forget_journal(s);
	mark_compared(s);
}

/*
 * The commit that is to be confirmed may have been undone: then a commit would confirm
 * nothing, and its author has to know.
 */
static int still_unconfirmed(struct session *s)
{
	bool gone = s->confirming && s->running.generation != s->confirming;

	if (!gone)
		return 0;
	s->confirming = 0;
	failure_set(&s->why, "the commit before was undone, since nobody has confirmed it, or "
		    "somebody else has committed: nothing was committed now");
	return -1;
}

/* Say what becomes of a commit that is to be confirmed, and of the one before. */
static int note_confirm(struct session *s, const struct commit *how, bool confirmed)
{
	struct config now = { 0 };

	s->confirming = 0;
	if (confirmed && !how->confirm)
		puts("The commit before is confirmed.");
	if (!how->confirm || !s->backend->live)
		return 0;
	if (running_get(s, &now))
		return -1;
	s->confirming = now.confirm ? now.generation : 0;
	if (now.confirm)
		printf("The commit will be undone in %u minutes, unless 'commit' confirms it.\n",
		       (now.confirm + 59) / 60);
	else
		puts("Nothing has changed: there is nothing to confirm.");
	config_free(&now);
	return 0;
}

/*
 * The journal and the history have what has taken effect.  A history that cannot be
 * written does not take a commit back.
 */
static void record_commit(struct session *s, const struct commit *how)
{
	struct history_entry e = { .label = (char *)(how->label ? how->label : "") };
	struct audit a = { .confirm = how->confirm, .label = how->label };
	struct failure why = { 0 };
	changes list = { 0 };
	size_t i;

	config_diff(&list, &s->running, &s->candidate);
	for (i = 0; i < list.n; i++)
		if (list.v[i].added)
			a.added++;
	a.removed = list.n - a.added;
	changes_free(&list);
	a.generation = s->candidate.generation;
	/* the module has no new one if only the routes view has changed; 0 is left out */
	if (!s->backend->live || !config_equal_module(&s->running, &s->candidate))
		a.generation = a.generation + 1 ? a.generation + 1 : 1;
	if (s->backend->live)
		audit_commit(&a);
	e.generation = a.generation;
	e.confirm = how->confirm;
	e.user = audit_user();
	if (history_add(&e, &s->running, &s->candidate, &why))
		fprintf(stderr, "The commit took effect, but is not in the history: %s\n", why.text);
	failure_clear(&why);
	free(e.user);
}

/* Offline there is a history only where a folder for it is named. */
static bool is_recorded(const struct session *s)
{
	return s->backend->live || getenv("NETSTREAM_STATE_DIR");
}

/* What stands in the way of a commit before the module is asked. */
static int may_commit(struct session *s, const struct commit *how)
{
	if (session_load(s))
		return -1;
	if (s->candidate.foreign) {
		failure_set(&s->why, "the module has settings that this program does not know: "
			    "a commit would lose them; it needs the netstream of the same version");
		return -1;
	}
	if (s->dry || s->check || how->check)
		return 0;
	if (is_recorded(s) && lock_check(&s->why))
		return -1;
	return still_unconfirmed(s);
}

/**
 * session_commit() - make the candidate the running configuration
 * @s: the session
 * @how: how
 *
 * Return: 0, or -1 with the reason in @s->why.  The running configuration then
 * is as it was.  So is the candidate, except that a person's edits are moved
 * to what somebody else has committed.
 */
int session_commit(struct session *s, const struct commit *how)
{
	struct commit really = *how;
	bool changed, confirmed;

	if (may_commit(s, how))
		return -1;
	really.check |= s->check;
	changed = !s->dry && session_changed(s);
	confirmed = s->running.confirm;
	if (!s->dry && set_running(s, &really))
		return -1;
	if (changed)
		findings_warn(&s->candidate, &s->running, stderr);
	if (how->check && !s->check)
		return 0;
	if (s->dry || s->check) {
		adopt(s);
		return 0;
	}
	if (changed && is_recorded(s))
		record_commit(s, how);
	else if (confirmed && !how->confirm)
		audit_confirmed(s->running.generation);
	session_discard(s);
	return note_confirm(s, how, confirmed);
}

static void note_edit(struct session *s, const struct journal_entry *e, const char *text)
{
	struct journal_entry *new = vec_push(&s->journal);

	*new = *e;
	new->text = xstrdup(text);
}

static int run_edit(struct session *s, const struct statement *st, const struct match *m)
{
	struct journal_entry entry = { .view = s->view, .slot = s->slot, .at = s->at };
	struct edit e = {
		.config = &s->candidate,
		.view = s->view,
		.slot = s->slot,
		.name = s->name,
		.at = s->at,
		.why = &s->why,
	};
	unsigned long revision;
	int rc;

	if (session_load(s))
		return -1;
	memcpy(entry.name, s->name, sizeof(entry.name));
	revision = s->candidate.revision;
	rc = st->setting ? config_edit(&e, st->setting, st->field, m) : st->run(s, m);
	if (!rc && s->candidate.revision != revision && s->interactive)
		note_edit(s, &entry, s->noted ? s->noted : m->line->raw);
	free(s->noted);
	s->noted = NULL;
	return rc;
}

static int run_ask(struct session *s, const struct statement *st, const struct match *m)
{
	struct pipe p;
	int rc;

	if (pipe_open(&p, m, &s->why))
		return -1;
	rc = st->run(s, m);
	if (pipe_close(&p) && rc) {
		failure_clear(&s->why);
		rc = 0;
	}
	return rc;
}

static int run_match(struct session *s, const struct match *m)
{
	const struct statement *st = m->what;

	if (s->dry && (st->effect == EFFECT_ASK || st->effect == EFFECT_ACT))
		return 0;
	if (s->check && st->effect == EFFECT_ACT)
		return 0;
	if (st->effect == EFFECT_EDIT)
		return run_edit(s, st, m);
	if (st->effect == EFFECT_ASK)
		return run_ask(s, st, m);
	return st->run(s, m);
}

/* Another view in which the line would be right; VIEWS if there is none. */
static enum view other_view(const struct session *s, const struct line *l)
{
	struct expectation e;
	struct match m;
	int v;

	for (v = 0; v < VIEWS; v++) {
		if (v == (int)s->view)
			continue;
		if (!grammar_match(s->grammar, 1u << v, l, &m, &e))
			return v;
		expectation_free(&e);
	}
	return VIEWS;
}

static void refuse_word(struct session *s, const struct line *l, const struct expectation *e)
{
	enum view other = other_view(s, l);
	char *expected = expectation_text(e);

	if (other != VIEWS)
		failure_word(&s->why, e->at, "belongs to the %s view, this is the %s view",
			     view_name(other), view_name(s->view));
	else if (e->ambiguous)
		failure_word(&s->why, e->at, "ambiguous: %s", expected);
	else
		failure_word(&s->why, e->at, "expected %s", expected);
	free(expected);
}

/* Find the word that a refusal blames; an index after the last word means the end of the line. */
static void find_word(struct session *s, const struct line *l)
{
	size_t index = s->why.word - 1;

	if (!s->why.word)
		return;
	s->bad = l->end;
	if (index >= l->words.n)
		return;
	s->bad = l->words.v[index].start;
	s->word = xstrdup(l->words.v[index].text);
}

static int run_line(struct session *s, const struct line *l)
{
	struct expectation e;
	struct match m;
	int rc = -1;

	if (!l->words.n)
		return 0;
	if (!grammar_match(s->grammar, 1u << s->view, l, &m, &e))
		rc = run_match(s, &m);
	else
		refuse_word(s, l, &e);
	expectation_free(&e);
	if (rc)
		find_word(s, l);
	return rc;
}

static int run_text(struct session *s, const char *text)
{
	const char *wrong;
	struct line l;
	size_t at;
	int rc = -1;

	failure_clear(&s->why);
	free(s->word);
	s->word = NULL;
	s->bad = -1;
	wrong = line_split(&l, text, &at);
	if (wrong) {
		failure_set(&s->why, "expected no %s", wrong);
		s->bad = at;
		s->word = xasprintf("%c", l.raw[at]);
	} else {
		rc = run_line(s, &l);
	}
	line_free(&l);
	return rc;
}

/**
 * session_run() - run a line in the present view
 * @s: the session; @s->at says where the line is from
 * @text: the line
 *
 * Return: 0, or -1 with the reason for report_refusal().
 */
int session_run(struct session *s, const char *text)
{
	return run_text(s, text);
}

static const char *host_name(char *buffer, size_t size)
{
	if (gethostname(buffer, size - 1))
		snprintf(buffer, size, "netstream");
	buffer[strcspn(buffer, ".")] = '\0';
	return buffer;
}

/**
 * session_prompt() - the prompt, as on the router
 * @s: the session
 *
 * Return: such as "[*host-slot-1]", with a star if the candidate is not
 * committed; to be freed.
 */
char *session_prompt(struct session *s)
{
	char host[65] = "", *view = NULL, *prompt;

	host_name(host, sizeof(host));
	switch (s->view) {
	case VIEW_USER:
		return xasprintf("<%s>", host);
	case VIEW_SYSTEM:
	case VIEWS:
		view = xstrdup("");
		break;
	case VIEW_SLOT:
		view = xasprintf("-slot-%u", s->slot);
		break;
	case VIEW_INTERFACE:
		view = xasprintf("-interface-%s", s->name);
		break;
	case VIEW_RECORD:
		view = xasprintf("-record6-%s", s->name);
		break;
	case VIEW_MONITOR:
		view = xasprintf("-monitor6-%s", s->name);
		break;
	case VIEW_ROUTES:
		view = xstrdup("-routes");
		break;
	}
	prompt = xasprintf("[%c%s%s]", session_changed(s) ? '*' : '~', host, view);
	free(view);
	return prompt;
}
