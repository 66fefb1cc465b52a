// SPDX-License-Identifier: GPL-2.0
/*
 * A screen of the largest flows that refreshes, with the health of the export above them.
 *
 * The list is what "show cache" prints: the line that the person chooses by keys is run
 * as any other line, and its output is kept instead of printed.
 */
#include <errno.h>
#include <inttypes.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "config_print.h"
#include "nl_reply.h"
#include "session.h"
#include "show_status.h"
#include "top.h"

#define DEFAULT_SECONDS	2

/* What a key chooses: a word for each, and what stands for it in the line. */
static const struct choice_key {
	int		key;
	const char	*name;
	const char	*words;
} sums[] = {
	{ 'w', "flow", " by flow" },
	{ 's', "source", " by source-address" },
	{ 'd', "destination", " by destination-address" },
	{ 'a', "both", " by source-address,destination-address" },
	{ 'o', "protocol", " by protocol,destination-port" },
	{ 'i', "interface", " by input-interface" },
}, orders[] = {
	{ 'b', "bytes", " sort bytes" },
	{ 'p', "packets", " sort packets" },
	{ 'f', "flows", " sort flows" },
};

/**
 * struct rates - what the screen was made of the last time
 * @at: when, nanoseconds; 0: never
 * @metered: packets and bytes metered until then
 * @lost: packets lost until then
 */
struct rates {
	uint64_t	at;
	struct count	metered;
	uint64_t	lost;
};

/**
 * struct screen - what is shown
 * @s: session that the lines are run in
 * @filter: which flows, as words of the line
 * @given: what the line says instead of a key: by what flows are added up, and sorted
 * @sum: by what flows are added up
 * @order: by what they are sorted
 * @seconds: between two refreshes
 * @still: it does not refresh
 * @before: amounts of the last refresh
 * @stats: amounts of this one
 * @hosts: a line for each collector
 * @rows: lines of the list
 */
struct screen {
	struct session			s;
	char				*filter;
	struct choice_key		given[2];
	const struct choice_key		*sum;
	const struct choice_key		*order;
	unsigned int			seconds;
	bool				still;
	struct rates			before;
	struct stats			stats;
	strings				hosts;
	strings				rows;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static uint64_t count_of(const counts *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (!strcmp(list->v[i].name, name))
			return list->v[i].value;
	return 0;
}

static void add_host(const struct host_status *h, void *arg)
{
	char buffer[ADDRESS_TEXT_MAX];
	strings *lines = arg;

	*vec_push(lines) = xasprintf("%-39s %5u  %-20s sent %" PRIu64 "  queued %u  lost %" PRIu64,
				     address_text(&h->host.addr, buffer), h->host.port,
				     host_state_text(h), count_of(&h->counts, "packets"), h->queued,
				     count_of(&h->counts, "lost_packets"));
}

/* The lines of a file from its beginning. */
static void read_lines(int fd, strings *lines)
{
	FILE *f = fdopen(fd, "r");
	char *line = NULL;
	size_t size = 0;

	rewind(f);
	while (getline(&line, &size, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		*vec_push(lines) = xstrdup(line);
	}
	free(line);
	fclose(f);
}

/* Run a line; what it prints is kept. */
static int run_kept(struct session *s, const char *line, strings *lines)
{
	int fd = memfd_create("netstream", MFD_CLOEXEC), terminal, rc;

	if (fd < 0) {
		failure_set(&s->why, "memory: %s", strerror(errno));
		return -1;
	}
	fflush(stdout);
	terminal = dup(STDOUT_FILENO);
	dup2(fd, STDOUT_FILENO);
	rc = session_run(s, line);
	fflush(stdout);
	dup2(terminal, STDOUT_FILENO);
	close(terminal);
	read_lines(fd, lines);
	return rc;
}

static void forget(struct screen *x)
{
	nl_stats_free(&x->stats);
	memset(&x->stats, 0, sizeof(x->stats));
	strings_free(&x->hosts);
	strings_free(&x->rows);
}

/* Read everything that the screen shows. */
static int refresh_all(struct screen *x, int room)
{
	struct failure *why = &x->s.why;
	char *line;
	int rc;

	x->before = (struct rates){ x->stats.generation ? x->before.at : 0, x->stats.metered,
				    x->stats.lost.packets };
	forget(x);
	if (nl_stats(&x->stats, why) || nl_hosts(add_host, &x->hosts, why))
		return -1;
	room -= x->hosts.n + 4;
	line = xasprintf("show cache%s%s%s top %d | no-more", x->filter, x->sum->words,
			 x->order->words, room > 1 ? room : 1);
	rc = run_kept(&x->s, line, &x->rows);
	free(line);
	return rc;
}

static uint64_t per_second(uint64_t now, uint64_t before, uint64_t ns)
{
	/* statistics may have been reset meanwhile */
	return now > before && ns ? (now - before) * 1000000000ull / ns : 0;
}

static void print_health(struct screen *x)
{
	const struct stats *st = &x->stats;
	uint64_t now = now_ns(), ns = x->before.at ? now - x->before.at : 0;
	uint64_t bits = 8 * per_second(st->metered.bytes, x->before.metered.bytes, ns);

	printw("Flows: %" PRIu64 " of %u   metered: %" PRIu64 " packets/s, %" PRIu64 ".%" PRIu64
	       " Mbit/s   lost: %" PRIu64 " (%" PRIu64 "/s)%s\n", st->cached.flows, st->max_flows,
	       per_second(st->metered.packets, x->before.metered.packets, ns), bits / 1000000,
	       bits / 100000 % 10, st->lost.packets,
	       per_second(st->lost.packets, x->before.lost, ns), x->still ? "   PAUSED" : "");
	x->before.at = now;
}

static void print_keys(const struct choice_key *list, size_t count, const struct choice_key *chosen)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (&list[i] == chosen)
			attron(A_BOLD);
		printw(" %c %s", list[i].key, list[i].name);
		attroff(A_BOLD);
	}
}

/* A line that is longer than the screen is cut. */
static void print_line(const char *text)
{
	addnstr(text, COLS);
	if (getcurx(stdscr))
		addch('\n');
}

static void draw(struct screen *x)
{
	size_t i;

	erase();
	print_health(x);
	for (i = 0; i < x->hosts.n; i++)
		print_line(x->hosts.v[i]);
	printw("by:");
	print_keys(sums, ARRAY_SIZE(sums), x->sum);
	printw("  sort:");
	print_keys(orders, ARRAY_SIZE(orders), x->order);
	printw("  space pause  q quit\n");
	for (i = 0; i < x->rows.n && getcury(stdscr) < LINES - 1; i++) {
		if (!i)
			attron(A_REVERSE);
		print_line(x->rows.v[i]);
		attroff(A_REVERSE);
	}
	refresh();
}

static const struct choice_key *chosen(const struct choice_key *list, size_t count, int key,
				       const struct choice_key *old)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (list[i].key == key)
			return &list[i];
	return old;
}

/* What a key asks for.  Return: whether there is something new to be read. */
static bool press(struct screen *x, int key)
{
	const struct choice_key *sum = x->sum, *order = x->order;

	if (key == ' ')
		x->still = !x->still;
	x->sum = chosen(sums, ARRAY_SIZE(sums), key, sum);
	x->order = chosen(orders, ARRAY_SIZE(orders), key, order);
	return !x->still || x->sum != sum || x->order != order;
}

/* Until the person leaves or the module does not answer. */
static int show_screen(struct screen *x)
{
	bool stale = true;
	int key = 0;

	while (key != 'q' && !interrupted) {
		if (stale && refresh_all(x, LINES))
			return -1;
		draw(x);
		timeout(1000 * x->seconds);
		key = getch();
		stale = press(x, key);
	}
	return 0;
}

/* The editor of the shell uses the terminal in its own way: each has it by turns. */
static int with_screen(struct screen *x, struct failure *why)
{
	FILE *out = fdopen(dup(STDOUT_FILENO), "w");
	SCREEN *screen = newterm(NULL, out, stdin);
	int rc = -1;

	if (screen) {
		cbreak();
		noecho();
		curs_set(0);
		rc = show_screen(x);
		endwin();
		delscreen(screen);
	} else {
		failure_set(why, "this terminal is not known: set TERM");
	}
	fclose(out);
	return rc;
}

static void add_word(char **text, const char *word)
{
	char *longer = xasprintf("%s %s", *text, word);

	free(*text);
	*text = longer;
}

/* The first word behind "top" or "show cache". */
static size_t first_word(const struct match *m)
{
	size_t i;

	for (i = 0; i < m->line->words.n; i++)
		if (!strcmp(m->names[i], "top") || !strcmp(m->names[i], "cache"))
			break;
	return i + 1;
}

/* What the line says of flows goes into the line that lists them. */
static void read_words(struct screen *x, const struct match *m)
{
	char *by = xstrdup(""), *sort = xstrdup("");
	size_t i;

	x->filter = xstrdup("");
	for (i = first_word(m); i < m->line->words.n; i++) {
		const char *name = m->names[i], *word = m->line->words.v[i].text;

		if (!strcmp(name, "by") || !strcmp(name, "fields"))
			add_word(&by, word);
		else if (!strcmp(name, "sort") || !strcmp(name, "key"))
			add_word(&sort, word);
		else if (strcmp(name, "refresh-seconds") && strcmp(name, "--watch"))
			add_word(&x->filter, word);
	}
	x->given[0].words = by;
	x->given[1].words = sort;
	x->sum = *by ? &x->given[0] : sums;
	x->order = *sort ? &x->given[1] : orders;
}

/* top [SECONDS] ..., show cache ... --watch: a screen that refreshes */
int top(struct session *s, const struct match *m)
{
	struct screen x = { .seconds = DEFAULT_SECONDS };
	int rc;

	if (session_needs_module(s))
		return -1;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		failure_set(&s->why, "this needs a terminal: 'show cache top 20' is a list");
		return -1;
	}
	if (match_arg(m, "refresh-seconds"))
		x.seconds = match_number(m, "refresh-seconds");
	read_words(&x, m);
	session_copy(&x.s, s);
	x.s.json = false;
	rc = with_screen(&x, &s->why);
	if (rc && x.s.why.text)
		failure_set(&s->why, "%s", x.s.why.text);
	interrupted = 0;
	forget(&x);
	session_free(&x.s);
	free(x.filter);
	free((char *)x.given[0].words);
	free((char *)x.given[1].words);
	return rc;
}
