// SPDX-License-Identifier: GPL-2.0
/* What --help prints of a command; see help.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "grammar.h"
#include "help.h"
#include "statement.h"
#include "statements.h"
#include "term.h"

/* Each command has at least one; tests/tools/terminal.py tries them. */
const struct example help_examples[] = {
	{ "system-view", "system-view", "enter the system view, to configure" },
	{ "configure", "configure exclusive", "the same, and keep others from committing" },
	{ "commit", "commit check", "see whether the module would accept the candidate" },
	{ "commit", "commit confirmed 5 label \"new collector\"",
	  "undone after 5 minutes unless another commit confirms it" },
	{ "discard", "discard", "give up the candidate" },
	{ "quit", "quit", "leave this view" },
	{ "return", "return", "back to the user view; the candidate stays" },
	{ "abort", "abort", "back to the user view without the candidate" },
	{ "show configuration", "show configuration all", "the statements in effect, with defaults" },
	{ "show configuration", "show configuration compare", "what commit would change" },
	{ "show configuration commit list", "show configuration commit list",
	  "what was committed, when and by whom" },
	{ "show configuration compare rollback", "show configuration compare rollback 1",
	  "what has changed since the commit before the last" },
	{ "rollback", "rollback 1", "make the configuration before the last commit the candidate" },
	{ "load", "load replace /etc/netstream/netstream.conf",
	  "make the statements of a file the candidate" },
	{ "lock", "lock", "keep others from committing while this shell runs" },
	{ "unlock", "unlock", "let others commit again" },
	{ "show this", "show this", "the candidate's statements of this view" },
	{ "show cache", "show cache top 10", "the ten largest flows" },
	{ "show cache", "show cache source 2001:db8::/32 protocol udp sort packets top 5",
	  "the five with most packets from a prefix" },
	{ "show cache", "show cache by source-address,destination-port top 20",
	  "who talks to which port, added up" },
	{ "show cache", "show cache record web slot 3 --json", "a record's flows of a slot, for a program" },
	{ "show cache --watch", "show cache destination-port 443 --watch", "a screen that refreshes" },
	{ "show statistics", "show statistics", "what became of the packets" },
	{ "show statistics", "show statistics --prometheus", "the same and more, for Prometheus" },
	{ "show statistics slot", "show statistics slot 3", "the flows of a slot, by record" },
	{ "show statistics interface", "display ip netstream statistics interface lo",
	  "the packets of an interface" },
	{ "show hosts", "show hosts", "collectors and their states" },
	{ "show hosts", "show hosts detail | include State|errors", "only what matters of each" },
	{ "show templates", "show templates", "templates as they are sent" },
	{ "show records", "show records detail", "records with their fields" },
	{ "show interfaces", "show interfaces", "what is metered, and where" },
	{ "show monitors", "show monitors", "what became of the packets of each monitor" },
	{ "show routes", "show routes 2001:db8::1", "the route that an address belongs to" },
	{ "show routes", "show routes 2001:db8::/32 longer vrf red",
	  "all routes below a prefix, in a VRF" },
	{ "show routes statistics", "show routes statistics", "tables of routes, their age and memory" },
	{ "routes load", "routes load rib.mrt.gz peer 2001:db8::1",
	  "load a table of routes from a dump, as one peer has it" },
	{ "reset routes", "reset routes vrf red", "remove the table of routes of a VRF" },
	{ "show all", "display netstream all", "the statements in effect, by view" },
	{ "show all", "display netstream interface eth0", "those of an interface" },
	{ "show export template", "display ipv6 netstream export template",
	  "how often templates were sent" },
	{ "show export template option", "display ipv6 netstream export template option",
	  "those of option records" },
	{ "show version", "show version", "versions of this program, the module and the kernel" },
	{ "show tech", "show tech | no-more", "everything that whoever helps will ask for" },
	{ "doctor", "doctor", "why nothing arrives, and what mends it" },
	{ "top", "top 2 by source-address sort bytes", "who sends most, anew every two seconds" },
	{ "monitor", "monitor --json", "what happens, a line of JSON for each event" },
	{ "reset", "reset cache slot 3", "end the flows of a slot; they are exported" },
	{ "reset", "reset statistics", "set all counters to zero" },
	{ "refresh template", "refresh template", "after a collector has lost its templates" },
	{ "save", "save", "keep the running configuration for the next boot" },
	{ "save", "save /root/before-upgrade.conf", "write it to another file" },
	{ "write", "write memory", "the same as save" },
	{ "copy running-config startup-config", "copy running-config startup-config",
	  "the same as save" },
};

const size_t help_examples_count = ARRAY_SIZE(help_examples);

/* Words that say which protocol it is about, which is always the same. */
static bool says_nothing(const char *word)
{
	return !strcasecmp(word, "ip") || !strcasecmp(word, "ipv6") || !strcasecmp(word, "netstream");
}

/* The end of a group, which begins with a bracket. */
static const char *group_end(const char *p)
{
	int depth = 0;

	do {
		if (*p == '[' || *p == '{')
			depth++;
		if (*p == ']' || *p == '}')
			depth--;
		p++;
	} while (depth);
	return p;
}

/**
 * help_head() - the keywords that a command begins with
 * @syntax: its syntax, see grammar.h
 *
 * Optional words before them, arguments and the words of the protocol are left out, and
 * of alternatives the first stands for all; where only those are left, they are the end.
 *
 * Return: the keywords, to be freed.
 */
char *help_head(const char *syntax)
{
	char *head = xstrdup("");
	const char *p = syntax;
	bool only_show = true;

	while (*p && *p != '<') {
		size_t word = strcspn(p, "/ [{<|]}"), len = strcspn(p, " [{<");
		char *longer;

		if (*p == '[' || (*p == '{' && (!strncmp(p, "{ip|", 4) || !only_show))) {
			p = group_end(p);
		} else if (*p == '{' || *p == ' ') {
			p++;
		} else {
			char *one = xasprintf("%.*s", (int)word, p);

			if (!says_nothing(one)) {
				longer = xasprintf("%s%s%s", head, *head ? " " : "", one);
				free(head);
				head = longer;
				only_show = !strcmp(head, "show");
			}
			free(one);
			p += len;
		}
	}
	return head;
}

/* Whether the words given say as much as a head, or its beginning; "display" is "show". */
static size_t words_in_common(const char *head, int count, char **words)
{
	size_t same = 0;
	int i;

	for (i = 0; i < count && *head; i++) {
		size_t len = strcspn(head, " ");
		const char *word = words[i];

		if (says_nothing(word))
			continue;
		if (!strncasecmp(word, "display", strlen(word)) && strlen(word) > 2)
			word = "show";
		if (strlen(word) > len || strncasecmp(word, head, strlen(word)))
			return 0;
		same++;
		head += len;
		head += *head == ' ';
	}
	return same;
}

/**
 * struct asked - the command that help is wanted on
 * @count: number of @words
 * @words: how it begins
 * @best: most words that any command has in common with it
 * @printed: some command was printed
 */
struct asked {
	int	count;
	char	**words;
	size_t	best;
	bool	printed;
};

static void find_best(const char *syntax, const char *help, const struct statement *st,
		      void *arg)
{
	char *head = help_head(syntax);
	struct asked *a = arg;
	size_t same = words_in_common(head, a->count, a->words);

	(void)help;
	(void)st;
	if (same > a->best)
		a->best = same;
	free(head);
}

/* Commands that ask or act are words of the command line; others are lines of the shell. */
static void print_examples(const char *head, const struct statement *st)
{
	bool words = st->effect == EFFECT_ASK || st->effect == EFFECT_ACT;
	size_t i;

	for (i = 0; i < help_examples_count; i++) {
		const char *line = help_examples[i].line;

		if (strcmp(help_examples[i].head, head))
			continue;
		if (words && strchr(line, '|'))
			printf("    netstream -c '%s'\n", line);
		else
			printf("    %s%s\n", words ? "netstream " : "", line);
		printf("        %s\n", help_examples[i].what);
	}
}

static void print_command(const char *syntax, const char *help, const struct statement *st,
			  void *arg)
{
	char *head = help_head(syntax);
	struct asked *a = arg;

	if (words_in_common(head, a->count, a->words) == a->best) {
		if (a->printed)
			putchar('\n');
		term_print(stdout, TINT_TITLE, syntax);
		printf("\n  %s\n", help);
		print_examples(head, st);
		a->printed = true;
	}
	free(head);
}

/**
 * help_print() - print the commands that begin with some words, with examples
 * @count: number of @words
 * @words: the words; what follows the keywords of a command is not looked at
 *
 * Return: 0, or -1 if no command begins so.
 */
int help_print(int count, char **words)
{
	struct asked a = { count, words };

	statements_each(find_best, &a);
	if (!a.best)
		return -1;
	statements_each(print_command, &a);
	printf("\nOptions stand before or behind the command; 'netstream --help' lists them.\n");
	return 0;
}
