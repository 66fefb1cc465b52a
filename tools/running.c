// SPDX-License-Identifier: GPL-2.0
/*
 * The running configuration: what the module has, and the routes view.
 *
 * The routes view is of the follower.  The module would have to keep text that it never uses,
 * and show keys to every reader of the configuration.  So it is in a file, and a commit that
 * changes both changes both or none.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "config_diff.h"
#include "config_edit.h"
#include "config_print.h"
#include "follow/config.h"
#include "routes_store.h"
#include "running.h"

/**
 * running_get() - read the running configuration
 * @s: the session
 * @c: filled in; to be freed
 *
 * Return: 0, or -1 with the reason in @s->why.
 */
int running_get(struct session *s, struct config *c)
{
	if (s->backend->get(c, &s->why))
		return -1;
	if (!s->backend->live)
		return 0;
	routes_view_free(&c->routes);
	if (!routes_store_read(&c->routes, s->grammar, &s->why))
		return 0;
	config_free(c);
	return -1;
}

/**
 * running_stale() - whether the running configuration is another one by now
 * @s: the session
 * @c: the running configuration as it was read, or a candidate that was copied from it
 *
 * Return: 1, 0, or -1 with the reason in @s->why.
 */
int running_stale(struct session *s, const struct config *c)
{
	int stale = s->backend->stale(c->generation, &s->why);

	if (stale || !s->backend->live)
		return stale;
	return routes_store_stamp() != c->routes.stamp;
}

/* What the kernel cannot do is found before anything changes. */
static int check_signing(const struct routes_view *r, struct failure *why)
{
	char text[ADDRESS_TEXT_MAX];
	const struct neighbor *n;
	const char *lacks;
	size_t i;

	for (i = 0; i < r->neighbors.n; i++) {
		n = &r->neighbors.v[i];
		lacks = follow_signing_lacks(n);
		if (!lacks)
			continue;
		failure_set(why, "this kernel has no %s", lacks);
		why->statement = xasprintf("routes: neighbor %s", address_text(&n->addr, text));
		why->at = n->at;
		return -1;
	}
	return 0;
}

static void hint_follower(const struct session *s, int fd)
{
	if (s->interactive && !routes_store_followed(fd))
		puts("No follower runs: 'systemctl enable --now netstream-routes.path', or "
		     "'netstream routes follow'.");
}

/* Both parts change, or none. */
static int set_both(struct session *s, const struct commit *how)
{
	int fd, rc = -1;

	if (how->confirm) {
		failure_set(&s->why, "the kernel does not undo the routes view: commit what it "
			    "changes by itself, without 'confirmed'");
		return -1;
	}
	if (config_check_routes(&s->candidate.routes, &s->why) ||
	    check_signing(&s->candidate.routes, &s->why))
		return -1;
	if (how->check)
		return s->backend->set(&s->candidate, how, &s->why);
	fd = routes_store_open(&s->candidate.routes, &s->why);
	if (fd < 0)
		return -1;
	if (!s->backend->set(&s->candidate, how, &s->why))
		rc = routes_store_write(fd, &s->candidate.routes, &s->why);
	if (!rc && s->candidate.routes.neighbors.n + s->candidate.routes.stations.n)
		hint_follower(s, fd);
	close(fd);
	return rc;
}

/**
 * running_set() - make the candidate the running configuration
 * @s: the session
 * @how: how
 *
 * The module leaves its configuration as it is, and its generation, if only the routes view
 * has changed.
 *
 * Return: 0, or -1 with the reason in @s->why and the running configuration as it was; with
 *	error ESTALE if the candidate was copied from another one than is running.
 */
int running_set(struct session *s, const struct commit *how)
{
	if (!s->backend->live || config_equal_routes(&s->running, &s->candidate))
		return s->backend->set(&s->candidate, how, &s->why);
	return set_both(s, how);
}
