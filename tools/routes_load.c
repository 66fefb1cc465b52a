// SPDX-License-Identifier: GPL-2.0
/* Loading a table of routes from a file, and removing one. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nl_routes.h"
#include "routes_file.h"
#include "routes_load.h"
#include "session.h"

static const char *const skip_names[SKIPS] = {
	[SKIP_FAMILY]		= "not IPv6",
	[SKIP_PEER]		= "of another peer",
	[SKIP_MALFORMED]	= "malformed",
	[SKIP_INVALID]		= "not valid for the router itself",
};

/* Progress, for a person who waits. */
static void show_read(size_t count)
{
	fprintf(stderr, "\r%zu paths read", count);
}

static void show_loaded(size_t done, size_t all)
{
	fprintf(stderr, "\r%zu of %zu prefixes loaded", done, all);
}

static void end_progress(bool person)
{
	if (person)
		fputs("\r\033[K", stderr);
}

static int load_all(const paths *all, bool person, struct failure *why)
{
	struct routes_batch *b = nl_routes_begin(NULL, true, 0);
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < all->n; i++) {
		rc = nl_routes_add(b, &all->v[i].prefix, &all->v[i].route, why);
		if (person && i % 20000 == 0)
			show_loaded(i, all->n);
	}
	if (!rc)
		rc = nl_routes_flush(b, why);
	nl_routes_end(b);
	return rc;
}

/* "loaded 300000, skipped 12: 10 not IPv6, 2 malformed" */
static void print_summary(const struct routes_file *f)
{
	const char *before = ": ";
	size_t i, skipped = 0;

	for (i = 0; i < SKIPS; i++)
		skipped += f->skipped[i];
	printf("loaded %zu, skipped %zu", f->paths.n, skipped);
	for (i = 0; i < SKIPS; i++) {
		if (!f->skipped[i])
			continue;
		printf("%s%zu %s", before, f->skipped[i], skip_names[i]);
		before = ", ";
	}
	putchar('\n');
}

static int load_file(const struct match *m, struct routes_file *f, struct failure *why)
{
	const char *name = match_arg(m, "route-file");
	bool person = isatty(STDERR_FILENO);
	uint32_t generation;
	char *source;
	int rc;

	f->tick = person ? show_read : NULL;
	rc = routes_file_read(f, name, why);
	end_progress(person);
	if (rc)
		return rc;
	paths_best(&f->paths);
	source = xasprintf("file %s", strcmp(name, "-") ? name : "on standard input");
	rc = nl_routes_load(match_arg(m, "vrf"), source, why);
	free(source);
	if (!rc)
		rc = load_all(&f->paths, person, why);
	end_progress(person);
	return rc ? rc : nl_routes_commit(0, &generation, why);
}

/* routes load FILE: what the file has replaces the table in use. */
int routes_load(struct session *s, const struct match *m)
{
	const char *peer = match_arg(m, "address6") ? match_arg(m, "address6") :
						      match_arg(m, "address4");
	struct routes_file f = { 0 };
	struct in6_addr addr;
	int rc;

	if (session_needs_module(s))
		return -1;
	if (peer && routes_address(&addr, peer))
		f.peer = &addr;
	rc = load_file(m, &f, &s->why);
	if (!rc)
		print_summary(&f);
	routes_file_free(&f);
	return rc;
}

/* reset routes: remove the table in use. */
int routes_reset(struct session *s, const struct match *m)
{
	if (session_needs_module(s))
		return -1;
	return nl_routes_drop(match_arg(m, "vrf"), 0, &s->why);
}
