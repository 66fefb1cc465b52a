// SPDX-License-Identifier: GPL-2.0
/*
 * Filters and the pager: a child process reads what a command prints, line by
 * line, so that a listing of any length needs no memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <signal.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "grammar.h"
#include "failure.h"
#include "pipe.h"
#include "term.h"

enum filter_kind { FILTER_NONE, INCLUDE, EXCLUDE, BEGIN, COUNT, NO_MORE };

static const char *const filter_words[] = {
	[INCLUDE]	= "include",
	[EXCLUDE]	= "exclude",
	[BEGIN]		= "begin",
	[COUNT]		= "count",
	[NO_MORE]	= "no-more",
};

/**
 * struct filter - which lines are printed
 * @kind: what stands behind "|"
 * @all: there is no expression: every line counts
 * @regex: the expression
 */
struct filter {
	enum filter_kind	kind;
	bool			all;
	regex_t			regex;
};

/* The reader has gone: what a listing still has to print is wanted by nobody. */
static volatile sig_atomic_t reader_left;

static void on_broken_pipe(int signal)
{
	(void)signal;
	reader_left = 1;
	interrupted = 1;
}

static int filter_read(struct filter *f, const struct match *m, struct failure *why)
{
	char message[128], *text;
	int rc;

	f->kind = FILTER_NONE;
	f->all = true;
	if (!match_word(m, "|"))
		return 0;
	for (f->kind = INCLUDE; !match_word(m, filter_words[f->kind]); f->kind++)
		;
	if (match_index(m, "regex") < 0)
		return 0;
	f->all = false;
	text = match_rest(m, "regex");
	rc = regcomp(&f->regex, text, REG_EXTENDED | REG_NOSUB);
	free(text);
	if (!rc)
		return 0;
	regerror(rc, &f->regex, message, sizeof(message));
	return failure_word(why, match_index(m, "regex"), "expected a regular expression: %s",
			    message);
}

/* "^" and "$" are of a line without its end. */
static bool fits(const struct filter *f, char *line, ssize_t len)
{
	bool end = len && line[len - 1] == '\n', yes;

	if (f->all)
		return true;
	if (end)
		line[len - 1] = '\0';
	yes = !regexec(&f->regex, line, 0, NULL, 0);
	if (end)
		line[len - 1] = '\n';
	return yes;
}

static void filter_lines(const struct filter *f, FILE *in)
{
	bool begun = false, yes;
	unsigned long count = 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, in)) > 0) {
		yes = fits(f, line, len);
		begun |= yes;
		count += yes;
		if (f->kind == EXCLUDE)
			yes = !yes;
		else if (f->kind == BEGIN)
			yes = begun;
		if (yes && f->kind != COUNT)
			fwrite(line, 1, len, stdout);
	}
	if (f->kind == COUNT)
		printf("Total lines: %lu\n", count);
	fflush(stdout);
	free(line);
}

/*
 * Often this program runs as root for somebody who is not: less must not be a way
 * to run other commands.
 */
static void run_pager(void)
{
	const char *pager = getenv("PAGER");

	setenv("LESS", "FRX", 0);
	setenv("LESSSECURE", "1", 1);
	if (pager)
		execl("/bin/sh", "sh", "-c", pager, NULL);
	else
		execlp("less", "less", NULL);
}

/* Without a pager that can be run, lines are printed as they are. */
static void child_run(const struct filter *f, int from)
{
	struct filter copy = { .all = true };
	FILE *in;

	signal(SIGPIPE, SIG_DFL);
	if (f->kind == FILTER_NONE) {
		dup2(from, STDIN_FILENO);
		run_pager();
		f = &copy;
	}
	in = fdopen(from, "r");
	if (in)
		filter_lines(f, in);
	_exit(0);
}

static bool pager_wanted(void)
{
	const char *pager = getenv("PAGER");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return false;
	return !pager || (*pager && strcmp(pager, "cat"));
}

/* less shows colours if it is told to, which is the default here; of others nothing is known. */
static bool pager_colours(void)
{
	const char *less = getenv("LESS");

	return !getenv("PAGER") && (!less || strpbrk(less, "rR"));
}

static int child_start(struct pipe *p, const struct filter *f, struct failure *why)
{
	int fd[2];

	fflush(stdout);
	if (pipe2(fd, O_CLOEXEC)) {
		failure_set(why, "pipe: %s", strerror(errno));
		return -1;
	}
	p->child = fork();
	if (!p->child) {
		close(fd[1]);
		child_run(f, fd[0]);
	}
	close(fd[0]);
	if (p->child < 0) {
		p->child = 0;
		failure_set(why, "fork: %s", strerror(errno));
		close(fd[1]);
		return -1;
	}
	p->terminal = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	dup2(fd[1], STDOUT_FILENO);
	close(fd[1]);
	/* expressions are of what is shown, not of its colours; and lines may be any length */
	p->plain = f->kind != FILTER_NONE || !pager_colours();
	if (p->plain)
		term_plain(true);
	reader_left = 0;
	signal(SIGPIPE, on_broken_pipe);
	return 0;
}

/**
 * pipe_open() - have standard output filtered or paged, if the line or the terminal asks for it
 * @p: filled in; to be closed with pipe_close() after success
 * @m: the line, of a syntax that ends in PIPE_SYNTAX
 * @why: filled in on failure
 *
 * Return: 0, or -1 if the expression is none or there can be no process.
 */
int pipe_open(struct pipe *p, const struct match *m, struct failure *why)
{
	struct filter f;
	int rc = 0;

	p->child = 0;
	p->plain = false;
	if (filter_read(&f, m, why))
		return -1;
	if (f.kind != NO_MORE && (f.kind != FILTER_NONE || pager_wanted()))
		rc = child_start(p, &f, why);
	if (!f.all)
		regfree(&f.regex);
	return rc;
}

/**
 * pipe_close() - wait until everything was read, and print to the terminal again
 * @p: the pipe
 *
 * Return: whether the person left the pager before the end.  Then @interrupted was
 * set to end the listing; it is cleared.
 */
bool pipe_close(struct pipe *p)
{
	bool left;

	if (!p->child)
		return false;
	if (p->plain)
		term_plain(false);
	fflush(stdout);
	__fpurge(stdout);
	clearerr(stdout);
	dup2(p->terminal, STDOUT_FILENO);
	close(p->terminal);
	while (waitpid(p->child, NULL, 0) < 0 && errno == EINTR)
		;
	signal(SIGPIPE, SIG_DFL);
	left = reader_left;
	if (left)
		interrupted = 0;
	return left;
}
