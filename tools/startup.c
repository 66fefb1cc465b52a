// SPDX-License-Identifier: GPL-2.0
/*
 * The file with the configuration that is applied at boot.  It is replaced at once,
 * and the file that was there is kept.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_print.h"
#include "routes_store.h"
#include "running.h"
#include "startup.h"
#include "util.h"

#define STARTUP_FOLDER	"/etc/netstream/"

/* Write a configuration to a new file beside @path; its name, or NULL. */
static char *write_beside(const char *path, const struct config *c, struct failure *why)
{
	char *name = xasprintf("%s.XXXXXX", path);
	mode_t mode = routes_view_has_keys(&c->routes) ? 0600 : 0644;
	int fd = mkstemp(name);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	int rc = -1;

	if (f) {
		config_print(f, c, KEYS_SHOWN);
		rc = fflush(f) || ferror(f) || fchmod(fd, mode) || fsync(fd) ? -1 : 0;
		/* what is left in the buffer is reported by fclose() only */
		if (fclose(f))
			rc = -1;
	} else if (fd >= 0) {
		close(fd);
	}
	if (!rc)
		return name;
	failure_set(why, "%s: %s", name, strerror(errno));
	if (fd >= 0)
		unlink(name);
	free(name);
	return NULL;
}

/* There is a whole file of the name @path at any time; the old one becomes @old. */
static int put_in_place(const char *name, const char *path, const char *old,
			struct failure *why)
{
	if ((unlink(old) && errno != ENOENT) || (link(path, old) && errno != ENOENT)) {
		failure_set(why, "%s: %s", old, strerror(errno));
		return -1;
	}
	if (rename(name, path)) {
		failure_set(why, "%s: %s", path, strerror(errno));
		return -1;
	}
	return 0;
}

/**
 * startup_save() - the statement "save [FILE]"
 * @s: session, whose running configuration is saved
 * @m: match of the statement
 *
 * Without a file it is the one that netstream.service applies, or
 * netstream@NAME.service in network namespace NAME.  The file that was there is
 * kept as FILE.old.  A file with keys is readable for its owner only.
 *
 * Return: 0, or -1 with @s->why filled in; then the file is as it was.
 */
int startup_save(struct session *s, const struct match *m)
{
	const char *file = match_arg(m, "file");
	char *path = file ? xstrdup(file) : xasprintf(STARTUP_FOLDER "%s.conf", s->netns);
	char *old = xasprintf("%s.old", path), *name = NULL;
	struct config running = { 0 };
	int rc = -1;

	if (running_get(s, &running))
		goto free_names;
	if (running.routes.stamp == ROUTES_STORE_UNREADABLE)
		failure_set(&s->why, "only root can save the routes view");
	else if (running.confirm)
		failure_set(&s->why, "the running configuration is to be confirmed by 'commit' before it can be saved");
	else
		name = write_beside(path, &running, &s->why);
	config_free(&running);
	if (!name)
		goto free_names;
	rc = put_in_place(name, path, old, &s->why);
	if (rc)
		unlink(name);
	else
		printf("Saved in %s.\n", path);
	if (!rc && session_changed(s))
		printf("The candidate has changes that were not committed: they were not saved.\n");
free_names:
	free(name);
	free(old);
	free(path);
	return rc;
}
