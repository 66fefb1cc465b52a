// SPDX-License-Identifier: GPL-2.0
/*
 * Lines from files and options, run as a whole: all of them are tried on a copy
 * first, so that a mistake in the last line leaves everything as it was.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "report.h"

/**
 * batch_getline() - read a line, like getline()
 * @line: the buffer
 * @size: its size
 * @f: the file
 * @at: the line, for the message
 *
 * Return: as getline(), or -2 with the reason printed if the line holds a NUL byte,
 *	since what follows that would be ignored.
 */
ssize_t batch_getline(char **line, size_t *size, FILE *f, const struct origin *at)
{
	ssize_t len = getline(line, size, f);

	if (len <= 0 || !memchr(*line, '\0', len))
		return len;
	fprintf(stderr, "%s:%u:%zu: expected no NUL byte\n", at->file, at->line,
		strlen(*line) + 1);
	return -2;
}

/**
 * batch_read() - read a file
 * @lines: its lines are added to these
 * @name: its name, "-" for standard input; must outlive @lines
 *
 * Return: 0, or -1 with the reason printed.
 */
int batch_read(batch_lines *lines, const char *name)
{
	bool standard = !strcmp(name, "-");
	struct origin at = { .file = standard ? "<stdin>" : name, .line = 1 };
	FILE *f = standard ? stdin : fopen(name, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	if (!f) {
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
		return -1;
	}
	for (; (len = batch_getline(&line, &size, f, &at)) >= 0; at.line++) {
		struct batch_line *l = vec_push(lines);

		l->text = xstrdup(line);
		l->at = at;
	}
	if (ferror(f)) {
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
		len = -2;
	}
	free(line);
	if (!standard)
		fclose(f);
	return len == -2 ? -1 : 0;
}

/**
 * batch_add_command() - add the lines of a -c option
 * @lines: they are added to these
 * @text: the value of the option: a line, or several
 * @number: number of the option, from 1
 */
void batch_add_command(batch_lines *lines, const char *text, unsigned int number)
{
	bool several = text[strcspn(text, "\n")] && text[strcspn(text, "\n") + 1];
	struct origin at = { .file = "", .line = number, .part = several };
	size_t len;

	do {
		struct batch_line *l = vec_push(lines);

		len = strcspn(text, "\n");
		l->text = xasprintf("%.*s", (int)len, text);
		l->at = at;
		at.part += several;
		text += len + !!text[len];
	} while (*text);
}

void batch_free(batch_lines *lines)
{
	size_t i;

	for (i = 0; i < lines->n; i++)
		free(lines->v[i].text);
	vec_free(lines);
}

static bool belongs(const struct session *s, enum view view, const char *text)
{
	struct expectation e;
	struct match m;
	struct line l;
	size_t at;
	bool yes = false;

	if (!line_split(&l, text, &at) && l.words.n) {
		yes = !grammar_match(s->grammar, 1u << view, &l, &m, &e);
		expectation_free(&e);
	}
	line_free(&l);
	return yes;
}

static bool is_blank(const char *text)
{
	struct line l;
	size_t at;
	bool blank;

	blank = !line_split(&l, text, &at) && !l.words.n;
	line_free(&l);
	return blank;
}

/* A file that does not begin with system-view begins in the system view. */
static enum view first_view(const struct session *s, const batch_lines *lines)
{
	size_t i;

	for (i = 0; i < lines->n && is_blank(lines->v[i].text); i++)
		;
	if (i == lines->n || belongs(s, VIEW_USER, lines->v[i].text))
		return VIEW_USER;
	return VIEW_SYSTEM;
}

static int run_lines(struct session *s, const batch_lines *lines)
{
	size_t i;

	s->done = false;
	s->view = first_view(s, lines);
	for (i = 0; i < lines->n; i++) {
		s->at = lines->v[i].at;
		if (!session_run(s, lines->v[i].text))
			continue;
		fflush(stdout);
		report_refusal(s, stderr, lines->v[i].text);
		return -1;
	}
	return 0;
}

static int final_commit(struct session *s)
{
	struct commit how = { 0 };

	s->at = (struct origin){ 0 };
	if (!s->check && !session_changed(s))
		return 0;
	if (!s->loaded && !s->check)
		return 0;
	if (!session_commit(s, &how))
		return 0;
	report_refusal(s, stderr, NULL);
	return -1;
}

/* Keep only the generation and the stamp, which are those that the candidate replaces. */
static void empty_candidate(struct session *s)
{
	uint32_t generation = s->candidate.generation;
	uint64_t stamp = s->candidate.routes.stamp;
	unsigned long revision = s->candidate.revision;

	config_free(&s->candidate);
	s->candidate.generation = generation;
	s->candidate.routes.stamp = stamp;
	s->candidate.revision = revision + 1;
}

static int begin(struct session *s, bool replace)
{
	if (replace) {
		if (session_load(s)) {
			report_refusal(s, stderr, NULL);
			return -1;
		}
		empty_candidate(s);
	}
	return 0;
}

/* Try all lines on a copy of the session. */
static int rehearse(struct session *s, const batch_lines *lines, bool replace)
{
	struct session copy;
	int rc = -1;

	session_copy(&copy, s);
	copy.dry = true;
	if (!begin(&copy, replace))
		rc = run_lines(&copy, lines);
	session_free(&copy);
	return rc;
}

/* Whatever the lines are, they only change the copy: a commit in them takes no effect. */
static int run_apart(struct session *s, const batch_lines *lines, bool replace)
{
	struct origin at = s->at;
	int rc;

	s->dry = true;
	s->interactive = false;
	if (replace)
		empty_candidate(s);
	rc = run_lines(s, lines);
	s->at = at;
	return rc;
}

/**
 * batch_config() - the configuration that lines of a file make
 * @s: the session, whose view is as it was afterwards
 * @name: name of the file
 * @replace: begin with an empty configuration, not with the candidate
 * @c: filled in; to be freed
 *
 * Return: 0, or -1 with the reason in @s->why.  What is wrong in the file is printed.
 */
int batch_config(struct session *s, const char *name, bool replace, struct config *c)
{
	batch_lines lines = { 0 };
	struct session copy;
	int rc;

	if (session_load(s))
		return -1;
	/* the lines name it, and they may be asked for long after */
	name = session_keep(s, name);
	session_copy(&copy, s);
	rc = batch_read(&lines, name) || run_apart(&copy, &lines, replace) ? -1 : 0;
	if (rc)
		failure_set(&s->why, "%s: not loaded", name);
	else
		config_copy(c, &copy.candidate);
	session_free(&copy);
	batch_free(&lines);
	return rc;
}

/**
 * batch_run() - run lines and commit
 * @s: the session
 * @lines: the lines
 * @replace: begin with an empty configuration
 *
 * Return: 0, or -1 with the reason printed.  Nothing has been committed then,
 * unless an earlier line was a commit.
 */
int batch_run(struct session *s, const batch_lines *lines, bool replace)
{
	if (rehearse(s, lines, replace) || begin(s, replace) || run_lines(s, lines))
		return -1;
	return final_commit(s);
}
