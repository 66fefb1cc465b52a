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

#include "complete.h"
#include "shell.h"

#define HISTORY_LINES 1000

/* The line editor hands its callbacks no pointer of ours but this one. */
struct editor {
	EditLine	*el;
	History		*history;
	char		*history_file;
	char		*prompt;
	struct session	*session;
};

static volatile sig_atomic_t interrupted;

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

/* What the person can say freely is listed, but never completed. */
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

static unsigned char on_tab(EditLine *el, int c)
{
	struct editor *e = editor_of(el);
	char *text = text_before_cursor(el);
	unsigned char rc;
	choices list;
	size_t partial;

	(void)c;
	partial = complete(e->session, text, &list);
	rc = insert_completion(el, &list, partial);
	choices_free(&list);
	free(text);
	return rc;
}

static unsigned char on_question(EditLine *el, int c)
{
	struct editor *e = editor_of(el);
	char *text = text_before_cursor(el);
	choices list;

	(void)c;
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

static void keep_line(struct editor *e, const char *line)
{
	HistEvent event;

	if (line[strspn(line, " \t\n")])
		history(e->history, &event, H_ENTER, line);
}

/*
 * Wait for input or for Ctrl-C.  The signal is let through in the wait only:
 * one that came before, while the editor was at work, would otherwise be seen
 * after the next key.
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

/* The next character, for the editor: 1, or 0 at the end, or -1 after Ctrl-C. */
static int next_character(EditLine *el, wchar_t *c)
{
	mbstate_t state = { 0 };
	ssize_t n;
	char byte;

	(void)el;
	for (;;) {
		if (!wait_for_input())
			return -1;
		n = read(STDIN_FILENO, &byte, 1);
		if (n <= 0)
			return n;
		switch (mbrtowc(c, &byte, 1, &state)) {
		case (size_t)-2:	/* more to come */
			continue;
		case (size_t)-1:	/* no character at all: begin again with the next */
			memset(&state, 0, sizeof(state));
			continue;
		default:
			return 1;
		}
	}
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
		line = el_gets(e->el, &count);
		if (line && count > 0 && !interrupted)
			return line;
		if (!interrupted)
			return NULL;
		putchar('\n');
		el_reset(e->el);
	}
}

/* Whether to leave: what is not committed is lost only when it is said twice. */
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

	if (session_run(s, line)) {
		fflush(stdout);
		session_report(s, stderr, line);
	} else {
		note_view(s, before);
	}
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

		if (!line) {
			putchar('\n');
			if (may_leave(s, &warned))
				break;
			continue;
		}
		keep_line(&e, line);
		run_typed(s, line);
		if (s->done && may_leave(s, &warned))
			break;
		if (s->done || session_changed(s))
			continue;
		warned = false;
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
 * Return: 0, or -1 if a line was refused or the candidate was left uncommitted.
 */
int shell_piped(struct session *s)
{
	char *line = NULL;
	size_t size = 0;
	int rc = 0;

	s->at.file = "<stdin>";
	while (!s->done && getline(&line, &size, stdin) >= 0) {
		s->at.line++;
		if (asks(s, line) || !session_run(s, line))
			continue;
		fflush(stdout);
		session_report(s, stderr, line);
		rc = -1;
	}
	free(line);
	if (!session_changed(s))
		return rc;
	fflush(stdout);
	fputs("The candidate was not committed.\n", stderr);
	return -1;
}
