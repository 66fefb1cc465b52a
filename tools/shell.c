// SPDX-License-Identifier: GPL-2.0
/* The interactive shell, and its plain form for a pipe. */
#include <errno.h>
#include <histedit.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "batch.h"
#include "complete.h"
#include "report.h"
#include "shell.h"

#define HISTORY_LINES 1000

#define PASTE_BEGINS	"\033[200~"
#define PASTE_ENDS	"\033[201~"
#define PASTE_MARK	6	/* bytes of either */

/**
 * struct editor - the line editor and what belongs to it
 * @el: the editor
 * @history: its history
 * @history_file: where the history is kept, or NULL
 * @prompt: the last prompt
 * @session: the session
 * @pasting: between the marks by which the terminal brackets pasted text
 * @input: bytes that were read and not handed to the editor
 * @filled: bytes in @input
 * @taken: bytes of them that were handed on
 */
struct editor {
	EditLine	*el;
	History		*history;
	char		*history_file;
	char		*prompt;
	struct session	*session;
	bool		pasting;
	char		input[4096];
	size_t		filled;
	size_t		taken;
};

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

static struct editor *editor_of(EditLine *el)
{
	void *e;

	el_get(el, EL_CLIENTDATA, &e);
	return e;
}

static char *prompt(EditLine *el)
{
	struct editor *e = editor_of(el);

	free(e->prompt);
	e->prompt = session_prompt(e->session);
	return e->prompt;
}

static char *text_before_cursor(EditLine *el)
{
	const LineInfo *l = el_line(el);

	return xasprintf("%.*s", (int)(l->cursor - l->buffer), l->buffer);
}

/* The longest text that all choices that can be typed begin with. */
static char *common_text(const choices *list, size_t *count)
{
	char *common = NULL;
	size_t i, n;

	*count = 0;
	for (i = 0; i < list->n; i++) {
		const char *text = list->v[i].text;

		if (!text)
			continue;
		(*count)++;
		if (!common)
			common = xstrdup(text);
		for (n = 0; common[n] && common[n] == text[n]; n++)
			;
		common[n] = '\0';
	}
	return common;
}

/* Arguments that only the person knows are listed, but never completed. */
static unsigned char insert_completion(EditLine *el, const choices *list, size_t partial)
{
	size_t count;
	char *common = common_text(list, &count);
	bool more = common && strlen(common) > partial;

	if (more)
		el_insertstr(el, common + partial);
	if (count == 1)
		el_insertstr(el, " ");
	free(common);
	if (more || count == 1)
		return CC_REFRESH;
	putchar('\n');
	print_choices(stdout, list);
	fflush(stdout);
	return CC_REDISPLAY;
}

/* Within pasted text, TAB and "?" are plain characters. */
static unsigned char insert_text(EditLine *el, const char *text)
{
	el_insertstr(el, text);
	return CC_REFRESH;
}

static unsigned char on_tab(EditLine *el, int c)
{
	struct editor *e = editor_of(el);
	unsigned char rc;
	choices list;
	size_t partial;
	char *text;

	(void)c;
	if (e->pasting)
		return insert_text(el, " ");
	text = text_before_cursor(el);
	partial = complete(e->session, text, &list);
	rc = insert_completion(el, &list, partial);
	choices_free(&list);
	free(text);
	return rc;
}

static unsigned char on_question(EditLine *el, int c)
{
	struct editor *e = editor_of(el);
	choices list;
	char *text;

	(void)c;
	if (e->pasting)
		return insert_text(el, "?");
	text = text_before_cursor(el);
	complete(e->session, text, &list);
	puts("?");
	print_choices(stdout, &list);
	fflush(stdout);
	choices_free(&list);
	free(text);
	return CC_REDISPLAY;
}

static void load_history(struct editor *e)
{
	const char *home = getenv("HOME");
	HistEvent event;

	e->history = history_init();
	history(e->history, &event, H_SETSIZE, HISTORY_LINES);
	history(e->history, &event, H_SETUNIQUE, 1);
	e->history_file = home ? xasprintf("%s/.netstream_history", home) : NULL;
	if (e->history_file)
		history(e->history, &event, H_LOAD, e->history_file);
	el_set(e->el, EL_HIST, history, e->history);
}

/* Whether a line has a key, which is to be in no file that is not the configuration's. */
static bool has_key(const struct session *s, const char *line)
{
	return s->view == VIEW_ROUTES && (strstr(line, " passw") || strstr(line, " tcp"));
}

static void keep_line(struct editor *e, const char *line)
{
	HistEvent event;

	if (line[strspn(line, " \t\n")] && !has_key(e->session, line))
		history(e->history, &event, H_ENTER, line);
}

/*
 * Wait for input or for Ctrl-C.  SIGINT is only delivered while ppoll() waits:
 * otherwise one that arrives just before ppoll() would be noticed with the next
 * key only.
 */
static bool wait_for_input(void)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	sigset_t block, before;
	int rc = -1;

	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigprocmask(SIG_BLOCK, &block, &before);
	while (!interrupted && rc < 0) {
		rc = ppoll(&in, 1, NULL, &before);
		if (rc < 0 && errno != EINTR)
			break;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return !interrupted && rc > 0;
}

/*
 * Read at least a byte.  Outside pasted text no more than @wanted bytes are
 * read: what follows "quit" belongs to another program.
 */
static int fill(struct editor *e, size_t wanted)
{
	ssize_t n;

	if (e->taken == e->filled)
		e->taken = e->filled = 0;
	if (!wait_for_input())
		return -1;
	n = read(STDIN_FILENO, e->input + e->filled,
		 e->pasting ? sizeof(e->input) - e->filled : wanted);
	if (n > 0)
		e->filled += n;
	return n;
}

static bool more_follows(void)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

	/* all bytes of a key or a mark are sent at once; allow for a slow line */
	return poll(&in, 1, 100) > 0;
}

static bool could_become(const struct editor *e, const char *mark)
{
	size_t have = e->filled - e->taken;

	return !memcmp(e->input + e->taken, mark, have < PASTE_MARK ? have : PASTE_MARK);
}

/* Consume the mark that begins at the next byte, if one does. */
static bool take_mark(struct editor *e)
{
	if (e->taken + PASTE_MARK > sizeof(e->input)) {
		memmove(e->input, e->input + e->taken, e->filled - e->taken);
		e->filled -= e->taken;
		e->taken = 0;
	}
	while (could_become(e, PASTE_BEGINS) || could_become(e, PASTE_ENDS)) {
		if (e->filled - e->taken >= PASTE_MARK) {
			e->pasting = could_become(e, PASTE_BEGINS);
			e->taken += PASTE_MARK;
			return true;
		}
		if (!more_follows() || fill(e, 1) <= 0)
			return false;
	}
	return false;
}

/* The next byte: 1, or 0 at the end, or -1 after Ctrl-C. */
static int next_byte(struct editor *e, char *byte)
{
	do {
		if (e->taken == e->filled) {
			int rc = fill(e, 1);

			if (rc <= 0)
				return rc;
		}
	} while (e->input[e->taken] == PASTE_BEGINS[0] && take_mark(e));
	*byte = e->input[e->taken++];
	return 1;
}

/* The next character, for the editor: 1, or 0 at the end, or -1 after Ctrl-C. */
static int next_character(EditLine *el, wchar_t *c)
{
	struct editor *e = editor_of(el);
	mbstate_t state = { 0 };
	char byte;
	int rc;

	for (;;) {
		rc = next_byte(e, &byte);
		if (rc <= 0)
			return rc;
		switch (mbrtowc(c, &byte, 1, &state)) {
		case (size_t)-2:	/* more bytes belong to it */
			continue;
		case (size_t)-1:	/* not a character: skip it */
			memset(&state, 0, sizeof(state));
			continue;
		default:
			return 1;
		}
	}
}

/* Ask the terminal to bracket pasted text, while the editor reads. */
static void bracket_paste(bool on)
{
	fputs(on ? "\033[?2004h" : "\033[?2004l", stdout);
	fflush(stdout);
}

static void editor_open(struct editor *e, struct session *s)
{
	struct sigaction act = { .sa_handler = on_interrupt };

	memset(e, 0, sizeof(*e));
	e->session = s;
	e->el = el_init("netstream", stdin, stdout, stderr);
	el_set(e->el, EL_CLIENTDATA, e);
	el_set(e->el, EL_PROMPT, prompt);
	el_set(e->el, EL_EDITOR, "emacs");
	el_set(e->el, EL_SIGNAL, 1);
	el_set(e->el, EL_GETCFN, next_character);
	el_set(e->el, EL_ADDFN, "netstream-complete", "Complete the word", on_tab);
	el_set(e->el, EL_ADDFN, "netstream-help", "What can follow", on_question);
	el_set(e->el, EL_BIND, "^I", "netstream-complete", NULL);
	el_set(e->el, EL_BIND, "?", "netstream-help", NULL);
	load_history(e);
	el_source(e->el, NULL);
	sigaction(SIGINT, &act, NULL);
}

static void editor_close(struct editor *e)
{
	HistEvent event;

	if (e->history_file)
		history(e->history, &event, H_SAVE, e->history_file);
	history_end(e->history);
	el_end(e->el);
	free(e->history_file);
	free(e->prompt);
}

/* The next line; NULL at the end.  Ctrl-C gives up the line, not the shell. */
static const char *next_line(struct editor *e)
{
	const char *line;
	int count;

	for (;;) {
		interrupted = 0;
		bracket_paste(true);
		line = el_gets(e->el, &count);
		bracket_paste(false);
		if (line && count > 0 && !interrupted)
			return line;
		if (!interrupted)
			return NULL;
		e->pasting = false;
		e->taken = e->filled = 0;
		putchar('\n');
		el_reset(e->el);
	}
}

/*
 * Whether to leave.  An uncommitted candidate is lost only if the person leaves
 * twice in a row.
 */
static bool may_leave(struct session *s, bool *warned)
{
	if (*warned || !session_changed(s))
		return true;
	*warned = true;
	s->done = false;
	puts("The candidate is not committed: 'commit', 'discard', or leave once more to lose it.");
	return false;
}

static void note_view(struct session *s, enum view before)
{
	if (before != VIEW_USER && s->view == VIEW_USER && session_changed(s))
		puts("The candidate is kept; it is not committed.");
}

static void run_typed(struct session *s, const char *line)
{
	enum view before = s->view;
	int rc = session_run(s, line);

	fflush(stdout);
	/* Ctrl-C may have ended a write to the terminal */
	clearerr(stdout);
	if (rc)
		report_refusal(s, stderr, line);
	else
		note_view(s, before);
}

/**
 * shell_interactive() - talk to a person until they leave
 * @s: the session
 *
 * Return: 0
 */
int shell_interactive(struct session *s)
{
	bool warned = false;
	struct editor e;

	s->interactive = true;
	editor_open(&e, s);
	for (;;) {
		const char *line = next_line(&e);

		if (line) {
			keep_line(&e, line);
			run_typed(s, line);
		} else {
			putchar('\n');
		}
		if (line && !s->done)
			warned = false;
		else if (may_leave(s, &warned))
			break;
	}
	editor_close(&e);
	return 0;
}

/* A line that ends in "?" asks what can follow. */
static bool asks(struct session *s, char *line)
{
	size_t len = strcspn(line, "\r\n");
	choices list;

	if (!len || line[len - 1] != '?')
		return false;
	line[len - 1] = '\0';
	complete(s, line, &list);
	print_choices(stdout, &list);
	choices_free(&list);
	return true;
}

/**
 * shell_piped() - run lines from standard input as they come
 * @s: the session
 *
 * The first mistake ends it: a commit that was meant for all lines must not
 * commit some of them.
 *
 * Return: 0, or -1 if a line was refused or the candidate was left uncommitted.
 */
int shell_piped(struct session *s)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len = 0;
	int rc = 0;

	s->at.file = "<stdin>";
	while (!s->done && !rc) {
		s->at.line++;
		len = batch_getline(&line, &size, stdin, &s->at);
		if (len < 0)
			break;
		if (asks(s, line))
			continue;
		rc = session_run(s, line);
		fflush(stdout);
		if (rc)
			report_refusal(s, stderr, line);
	}
	free(line);
	if (session_changed(s))
		fputs("The candidate was not committed.\n", stderr);
	return rc || len == -2 || session_changed(s) ? -1 : 0;
}
