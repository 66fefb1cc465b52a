// SPDX-License-Identifier: GPL-2.0
/*
 * Lines from files and options: all of them are tried on a copy first, so
 * that a mistake in the last line leaves everything as it was.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shell.h"

/**
 * batch_read() - read a file
 * @lines: its lines are added to these
 * @name: its name, "-" for standard input
 *
 * Return: 0, or -1 with the reason printed.
 */
int batch_read(batch_lines *lines, const char *name)
{
	bool standard = !strcmp(name, "-");
	FILE *f = standard ? stdin : fopen(name, "r");
	unsigned int number = 0;
	char *line = NULL;
	size_t size = 0;
	int rc = 0;

	if (!f) {
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
		return -1;
	}
	while (getline(&line, &size, f) >= 0) {
		struct batch_line *l = vec_push(lines);

		l->text = xstrdup(line);
		l->at.file = standard ? "<stdin>" : name;
		l->at.line = ++number;
	}
	if (ferror(f)) {
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
		rc = -1;
	}
	free(line);
	if (!standard)
		fclose(f);
	return rc;
}

static bool belongs(unsigned int view, const char *text)
{
	struct expectation e;
	struct match m;
	struct line l;
	unsigned int col;
	bool yes = false;

	if (!line_split(&l, text, &col) && l.words.n) {
		yes = !grammar_match(1u << view, &l, &m, &e);
		expectation_free(&e);
	}
	line_free(&l);
	return yes;
}

static bool is_blank(const char *text)
{
	struct line l;
	unsigned int col;
	bool blank;

	blank = !line_split(&l, text, &col) && !l.words.n;
	line_free(&l);
	return blank;
}

/* A file that does not begin with system-view begins in the system view. */
static enum view first_view(const batch_lines *lines)
{
	size_t i;

	for (i = 0; i < lines->n && is_blank(lines->v[i].text); i++)
		;
	if (i == lines->n || belongs(VIEW_USER, lines->v[i].text))
		return VIEW_USER;
	return VIEW_SYSTEM;
}

static int run_lines(struct session *s, const batch_lines *lines)
{
	size_t i;

	s->done = false;
	s->view = first_view(lines);
	for (i = 0; i < lines->n; i++) {
		s->at = lines->v[i].at;
		if (!session_run(s, lines->v[i].text))
			continue;
		fflush(stdout);
		session_report(s, stderr, lines->v[i].text);
		return -1;
	}
	return 0;
}

static int final_commit(struct session *s)
{
	s->at = (struct origin){ 0 };
	if (!s->check && !session_changed(s))
		return 0;
	if (!s->loaded && !s->check)
		return 0;
	if (!session_commit(s, 0))
		return 0;
	session_report(s, stderr, NULL);
	return -1;
}

/* Keep only which generation it is to replace. */
static void empty_candidate(struct session *s)
{
	uint32_t generation = s->candidate.generation;

	config_free(&s->candidate);
	s->candidate.generation = generation;
}

static int begin(struct session *s, bool replace)
{
	if (replace) {
		if (session_load(s)) {
			session_report(s, stderr, NULL);
			return -1;
		}
		empty_candidate(s);
	}
	return 0;
}

/* Every line, and what they make together, on a copy. */
static int rehearse(struct session *s, const batch_lines *lines, bool replace)
{
	struct session copy = *s;
	int rc = -1;

	config_copy(&copy.running, &s->running);
	config_copy(&copy.candidate, &s->candidate);
	memset(&copy.why, 0, sizeof(copy.why));
	copy.word = NULL;
	copy.dry = true;
	if (!begin(&copy, replace))
		rc = run_lines(&copy, lines);
	session_free(&copy);
	return rc;
}

/**
 * batch_run() - run lines and commit
 * @s: the session
 * @lines: the lines
 * @replace: begin with an empty configuration
 *
 * Return: 0, or -1 with the reason printed; nothing was committed then, unless
 * a line before said so.
 */
int batch_run(struct session *s, const batch_lines *lines, bool replace)
{
	if (rehearse(s, lines, replace) || begin(s, replace) || run_lines(s, lines))
		return -1;
	return final_commit(s);
}
