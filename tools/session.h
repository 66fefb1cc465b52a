/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A session: the view, the candidate, and running one line after another.
 *
 * A session reads the running configuration when it first needs it.  Statements
 * edit a copy of it, the candidate, and commit sends the candidate whole,
 * together with the generation that it was copied from.  A session without
 * edits reads the running configuration anew when somebody else has committed.
 * The lines that have edited the candidate are kept in a journal, so that they
 * can be run again on top of what somebody else has committed.
 */
#ifndef NS_SESSION_H
#define NS_SESSION_H

#include "backend.h"
#include "grammar.h"
#include "setting.h"
#include "statement.h"

/**
 * struct journal_entry - a line that has edited the candidate
 * @view: the view it was typed in
 * @slot: number of the slot, in a slot view
 * @name: name of the interface, record or monitor, in its view
 * @text: the line
 * @at: where it is from
 */
struct journal_entry {
	enum view	view;
	unsigned int	slot;
	char		name[NETSTREAM_RECORD_NAME_MAX + 1];
	char		*text;
	struct origin	at;
};

/**
 * struct session - a session
 * @backend: where the running configuration is
 * @netns: name of the network namespace; "netstream" for that of the process
 * @grammar: what can be typed; its matches are struct statement
 * @loaded: @running and @candidate are there
 * @running: the running configuration that the candidate was copied from
 * @candidate: what commit would make the running configuration
 * @compared: revision of @candidate for which @changed holds
 * @changed: @candidate differs from @running
 * @journal: lines that have edited the candidate
 * @confirming: generation that this session has committed and not confirmed, or 0
 * @noted: what the journal says instead of the line that was run, or NULL
 * @names: names of files that lines are from
 * @shown: generation against which the difference was shown before commit force
 * @view: the view
 * @slot: number of the slot, in a slot view
 * @name: name of the interface, record or monitor, in its view
 * @at: the line being run
 * @dry: only the candidate may change, and nothing is shown
 * @check: what is committed is only validated
 * @json: shows are in JSON unless the line says otherwise
 * @prometheus: show statistics for Prometheus
 * @interactive: a person types
 * @found: the doctor has found something
 * @done: quit was typed in the user view
 * @why: why the last line was refused
 * @bad: offset of the word to blame in the line; negative: no word
 * @word: that word; NULL: the end of the line
 */
struct session {
	const struct backend	*backend;
	const char		*netns;
	const struct grammar	*grammar;
	bool			loaded;
	struct config		running;
	struct config		candidate;
	unsigned long		compared;
	bool			changed;
	VEC(struct journal_entry) journal;
	uint32_t		confirming;
	char			*noted;
	strings			names;
	uint32_t		shown;
	enum view		view;
	unsigned int		slot;
	char			name[NETSTREAM_RECORD_NAME_MAX + 1];
	struct origin		at;
	bool			dry;
	bool			check;
	bool			json;
	bool			prometheus;
	bool			interactive;
	bool			found;
	bool			done;
	struct failure		why;
	long			bad;
	char			*word;
};

void session_init(struct session *s, const struct backend *backend,
		  const struct grammar *grammar);
void session_copy(struct session *to, const struct session *from);
void session_free(struct session *s);
int session_load(struct session *s);
const char *session_keep(struct session *s, const char *name);
void session_discard(struct session *s);
bool session_changed(struct session *s);
int session_needs_module(struct session *s);
int session_commit(struct session *s, const struct commit *how);
int session_run(struct session *s, const char *text);
void session_print_changes(const struct config *from, const struct config *to, FILE *f);
char *session_prompt(struct session *s);

#endif
