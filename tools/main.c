// SPDX-License-Identifier: GPL-2.0
/* The command line: options, and a command. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch.h"
#include "complete.h"
#include "field.h"
#include "follow/follow.h"
#include "help.h"
#include "nl_config.h"
#include "report.h"
#include "shell.h"
#include "statements.h"
#include "term.h"

#ifndef NETSTREAM_VERSION
#define NETSTREAM_VERSION "unknown"
#endif

enum exit_code {
	DONE = 0,
	REFUSED = 1,
	USAGE = 2,
};

static const char usage_text[] =
	"Usage: netstream [OPTION]... [show ... | routes ... | reset ... | refresh template | save]\n"
	"\n"
	"Without a command and without -f or -c: an interactive shell.\n"
	"\n"
	"  -f, --file FILE      run the lines of FILE (- for standard input), then commit\n"
	"  -c, --command LINE   run LINE, then commit; -f and -c can be repeated\n"
	"      --check          only validate, in the kernel too; change nothing\n"
	"      --replace        begin with an empty configuration, not with the running one\n"
	"  -j, --json           show in JSON\n"
	"      --color WHEN     colours: auto (default), always, never\n"
	"      --prometheus     show statistics for Prometheus\n"
	"  -n, --netns NAME     in the network namespace NAME\n"
	"      --offline        without the module: with a configuration in memory only\n"
	"  -h, --help           print this; with a command, what it does and examples\n"
	"  -V, --version        print the version\n"
	"\n"
	"Commands:\n"
	"  show {configuration | cache [record NAME] [limit N | all] | statistics | hosts\n"
	"        | templates | records | interfaces | monitors\n"
	"        | routes [ADDRESS | PREFIX [longer] | statistics]}\n"
	"  routes load FILE [vrf VRF] [peer ADDRESS]\n"
	"  doctor\n"
	"  show cache ... --watch                 the screen of top\n"
	"  top [SECONDS] [by FIELDS] [sort KEY]   a screen that refreshes\n"
	"  monitor [all]                          what happens, line by line\n"
	"  reset {cache | statistics | routes [vrf VRF]}\n"
	"  refresh template\n"
	"  save [FILE]\n"
	"  routes follow [check | print] [FILE]   keep tables of routes true\n"
	"\n"
	"Exit status: 0 done, 1 refused or the doctor has found something, 2 wrong usage.  See netstream(8).\n";

enum { OPT_CHECK = 256, OPT_REPLACE, OPT_OFFLINE, OPT_COMPLETE, OPT_MANUAL,
       OPT_PROMETHEUS, OPT_WATCH, OPT_COLOR };

static const struct option options[] = {
	{ "file", required_argument, NULL, 'f' },
	{ "command", required_argument, NULL, 'c' },
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "replace", no_argument, NULL, OPT_REPLACE },
	{ "json", no_argument, NULL, 'j' },
	{ "color", required_argument, NULL, OPT_COLOR },
	{ "colour", required_argument, NULL, OPT_COLOR },
	{ "prometheus", no_argument, NULL, OPT_PROMETHEUS },
	{ "watch", no_argument, NULL, OPT_WATCH },
	{ "netns", required_argument, NULL, 'n' },
	{ "offline", no_argument, NULL, OPT_OFFLINE },
	{ "complete", required_argument, NULL, OPT_COMPLETE },
	{ "manual-fields", no_argument, NULL, OPT_MANUAL },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

/**
 * struct request - what the command line asks for
 * @lines: of the files and -c options, in order
 * @batch: there was a file or -c option, possibly an empty one
 * @commands: number of -c options
 * @replace: begin with an empty configuration
 * @watch: --watch is a word of the command
 * @help: print help, on the command if there is one
 * @complete: list what can follow this
 * @status: exit status if there is nothing more to do, otherwise negative
 */
struct request {
	batch_lines	lines;
	bool		batch;
	unsigned int	commands;
	bool		replace;
	bool		watch;
	bool		help;
	const char	*complete;
	int		status;
};

static int wrong_usage(void)
{
	fputs("Try 'netstream --help'.\n", stderr);
	return USAGE;
}

static int enter_netns(const char *name)
{
	char *path = strchr(name, '/') ? xstrdup(name) : xasprintf("/run/netns/%s", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : setns(fd, CLONE_NEWNET);

	if (rc)
		fprintf(stderr, "network namespace %s: %s\n", name, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(path);
	return rc;
}

static int do_option(struct request *r, struct session *s, int option)
{
	switch (option) {
	case 'f':
		r->batch = true;
		return batch_read(&r->lines, optarg) ? REFUSED : -1;
	case 'c':
		r->batch = true;
		batch_add_command(&r->lines, optarg, ++r->commands);
		return -1;
	case OPT_CHECK:
		s->check = true;
		return -1;
	case OPT_REPLACE:
		r->replace = true;
		return -1;
	case 'j':
		s->json = true;
		return -1;
	case OPT_COLOR:
		if (!term_colour(optarg))
			return -1;
		fprintf(stderr, "--color: '%s': expected auto, always or never\n", optarg);
		return wrong_usage();
	case OPT_PROMETHEUS:
		s->prometheus = true;
		return -1;
	case OPT_WATCH:
		r->watch = true;
		return -1;
	case 'n':
		s->netns = basename(optarg);
		return enter_netns(optarg) ? REFUSED : -1;
	case OPT_OFFLINE:
		s->backend = &offline_backend;
		return -1;
	case OPT_COMPLETE:
		r->complete = optarg;
		return -1;
	case OPT_MANUAL:
		field_print_manual();
		return DONE;
	case 'h':
		r->help = true;
		return -1;
	case 'V':
		puts("netstream " NETSTREAM_VERSION);
		return DONE;
	}
	return wrong_usage();
}

static void read_options(struct request *r, struct session *s, int argc, char **argv)
{
	int option;

	r->status = -1;
	while (r->status < 0) {
		option = getopt_long(argc, argv, "f:c:jn:hV", options, NULL);
		if (option < 0)
			break;
		r->status = do_option(r, s, option);
	}
}

static char *join(int count, char **words)
{
	char *text = xstrdup(""), *longer;
	int i;

	for (i = 0; i < count; i++) {
		longer = xasprintf("%s%s%s", text, i ? " " : "", words[i]);
		free(text);
		text = longer;
	}
	return text;
}

/* The statement of the user view that a line is; NULL if there is none. */
static const struct statement *user_statement(const struct session *s, const char *text)
{
	const struct statement *st = NULL;
	struct expectation e;
	struct match m;
	struct line l;
	size_t at;

	if (!line_split(&l, text, &at) && l.words.n) {
		if (!grammar_match(s->grammar, 1u << VIEW_USER, &l, &m, &e))
			st = m.what;
		expectation_free(&e);
	}
	line_free(&l);
	return st;
}

/* "netstream show ...": the words form a line of the user view. */
static int run_words(struct session *s, bool watch, int count, char **words)
{
	char *said = join(count, words), *line = xasprintf("%s%s", said, watch ? " --watch" : "");
	const struct statement *st = user_statement(s, line);
	int rc = st ? REFUSED : USAGE;

	if (st && (st->effect == EFFECT_VIEW || st->effect == EFFECT_EDIT)) {
		fprintf(stderr, "'%s': expected show, routes, reset, refresh or save; statements go with "
			"-c or -f\n", words[0]);
		rc = USAGE;
	} else if (!session_run(s, line)) {
		rc = DONE;
	} else {
		report_refusal(s, stderr, line);
	}
	free(said);
	free(line);
	return rc;
}

/* For the login shell: one choice a line. */
static int print_completion(struct session *s, const char *text)
{
	choices list;
	size_t i;

	complete(s, text, &list);
	for (i = 0; i < list.n; i++)
		if (list.v[i].text)
			puts(list.v[i].text);
	choices_free(&list);
	return DONE;
}

static int run_shell(struct session *s)
{
	bool tty = isatty(STDIN_FILENO);

	if (session_load(s)) {
		report_refusal(s, stderr, NULL);
		return REFUSED;
	}
	return (tty ? shell_interactive(s) : shell_piped(s)) ? REFUSED : DONE;
}

static int print_help(int count, char **words)
{
	bool follow = count > 1 && !strcmp(words[0], "routes") && !strcmp(words[1], "follow");

	if (!count || follow) {
		fputs(usage_text, stdout);
		return DONE;
	}
	if (!help_print(count, words))
		return DONE;
	fprintf(stderr, "'%s': there is no such command\n", words[0]);
	return wrong_usage();
}

static int run(struct request *r, struct session *s, int argc, char **argv)
{
	if (r->help)
		return print_help(argc - optind, argv + optind);
	if (r->complete)
		return print_completion(s, r->complete);
	if (r->batch && optind < argc) {
		fprintf(stderr, "'%s': expected no command beside -f and -c\n", argv[optind]);
		return wrong_usage();
	}
	if (r->batch)
		return batch_run(s, &r->lines, r->replace) ? REFUSED : DONE;
	if (r->watch && optind == argc)
		return wrong_usage();
	if (s->check || r->replace) {
		fputs("--check and --replace need -f or -c\n", stderr);
		return wrong_usage();
	}
	if (optind + 1 < argc && !strcmp(argv[optind], "routes") &&
	    !strcmp(argv[optind + 1], "follow"))
		return follow_main(s->grammar, argc - optind - 2, argv + optind + 2);
	if (optind < argc)
		return run_words(s, r->watch, argc - optind, argv + optind);
	return run_shell(s);
}

int main(int argc, char **argv)
{
	struct grammar *g = statements_grammar();
	struct request r = { 0 };
	struct session s;

	setlocale(LC_CTYPE, "");
	term_init();
	session_init(&s, &nl_backend, g);
	read_options(&r, &s, argc, argv);
	if (r.status < 0)
		r.status = run(&r, &s, argc, argv);
	if (!r.status && s.found && !s.interactive)
		r.status = REFUSED;
	session_free(&s);
	batch_free(&r.lines);
	statements_free(g);
	if (fflush(stdout) || ferror(stdout)) {
		if (errno != EPIPE)
			perror("netstream: standard output");
		return REFUSED;
	}
	return r.status;
}
