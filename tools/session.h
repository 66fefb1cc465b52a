/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Somebody typing: the view, the candidate, and running one line after another.
 *
 * A session takes the running configuration when it first needs it, edits a
 * copy of it, the candidate, and gives that back whole on commit, together
 * with the generation that it was made from.
 */
#ifndef NS_SESSION_H
#define NS_SESSION_H

#include "statement.h"

/**
 * struct failure - why something was refused
 * @text: the reason; NULL: nothing was refused
 * @statement: the statement that the kernel blames, or NULL
 * @at: where @statement was written
 * @error: errno of the kernel, or 0
 */
struct failure {
	char		*text;
	char		*statement;
	struct origin	at;
	int		error;
};

void failure_set(struct failure *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void failure_clear(struct failure *f);

enum set_flags {
	SET_CHECK = 1 << 0,	/* validate only */
	SET_FORCE = 1 << 1,	/* whatever generation is running */
};

/**
 * struct backend - who has the running configuration
 * @get: reads it
 * @set: replaces it, or validates it
 *
 * Both return 0, or -1 with the failure filled in.
 */
struct backend {
	int (*get)(struct config *c, struct failure *why);
	int (*set)(const struct config *c, unsigned int flags, struct failure *why);
};

/**
 * struct session - somebody typing
 * @backend: who has the running configuration
 * @loaded: @running and @candidate are there
 * @running: as it was when the candidate was taken
 * @candidate: what commit would make the running configuration
 * @view: the view
 * @slot: number of the slot, in a slot view
 * @name: name of the interface or record, in its view
 * @at: the line being run
 * @dry: nothing but the candidate may change, and nothing is shown
 * @check: what is committed is only validated
 * @json: shows are in JSON unless said otherwise
 * @interactive: a person types
 * @done: quit was said in the user view
 * @why: the reason of the last refusal
 * @col: column of the word that it blames, 0: the whole line
 * @word: that word; NULL: the end of the line
 */
struct session {
	const struct backend	*backend;
	bool			loaded;
	struct config		running;
	struct config		candidate;
	enum view		view;
	unsigned int		slot;
	char			name[NETSTREAM_RECORD_NAME_MAX + 1];
	struct origin		at;
	bool			dry;
	bool			check;
	bool			json;
	bool			interactive;
	bool			done;
	struct failure		why;
	unsigned int		col;
	char			*word;
};

void session_init(struct session *s, const struct backend *backend);
void session_free(struct session *s);
int session_load(struct session *s);
void session_discard(struct session *s);
void session_place(struct session *s, struct place *p);
bool session_changed(struct session *s);
int session_commit(struct session *s, unsigned int flags);
int session_run(struct session *s, const char *text);
int session_refuse(struct session *s, const struct match *m, int word, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void session_report(struct session *s, FILE *f, const char *text);
char *session_prompt(const struct session *s);

#endif
