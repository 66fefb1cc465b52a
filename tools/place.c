// SPDX-License-Identifier: GPL-2.0
/*
 * Where the tool keeps what belongs to a network namespace.
 *
 * A namespace with a name has a configuration that outlives the machine's next boot, as
 * netstream@NAME.service applies it.  So what is kept for it does, too.  A namespace
 * without a name is gone after that, and its inode number may be that of another one: what
 * is kept for it is in /run.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "place.h"
#include "util.h"

#define STATE_FOLDER	"/var/lib/netstream"
#define RUN_FOLDER	"/run/netstream"
#define NAMES_FOLDER	"/run/netns"

static bool same_file(const struct stat *a, const char *path)
{
	struct stat b;

	return !stat(path, &b) && a->st_dev == b.st_dev && a->st_ino == b.st_ino;
}

/* The name under which a namespace is in /run/netns; to be freed; NULL if it has none. */
static char *namespace_name(const struct stat *mine)
{
	DIR *names = opendir(NAMES_FOLDER);
	struct dirent *d;
	char *name = NULL;

	while (names && !name && (d = readdir(names))) {
		char *path = xasprintf(NAMES_FOLDER "/%s", d->d_name);

		if (*d->d_name != '.' && same_file(mine, path))
			name = xstrdup(d->d_name);
		free(path);
	}
	if (names)
		closedir(names);
	return name;
}

/**
 * struct place - the namespace of this process
 * @name: its name; empty for the first namespace
 * @passing: it has no name
 */
static struct place {
	char	*name;
	bool	passing;
} here;

/* The process enters a namespace before it asks for the first time. */
static const struct place *place(void)
{
	struct stat mine;

	if (here.name)
		return &here;
	if (stat("/proc/self/ns/net", &mine) || same_file(&mine, "/proc/1/ns/net")) {
		here.name = xstrdup("");
		return &here;
	}
	here.name = namespace_name(&mine);
	if (!here.name) {
		here.passing = true;
		here.name = xasprintf("net:[%lu]", (unsigned long)mine.st_ino);
	}
	return &here;
}

static char *path_in(const char *folder, const char *what)
{
	const struct place *p = place();

	return xasprintf("%s/%s%s%s", folder, what, *p->name ? "@" : "", p->name);
}

/**
 * place_name() - how the network namespace of this process is called in messages
 *
 * Return: its name; empty for the first one.
 */
const char *place_name(void)
{
	return place()->name;
}

/**
 * place_run_path() - a file or folder for this network namespace until the next boot
 * @what: what it is for
 *
 * Return: its name; to be freed.  The folder that it is in may have to be made.
 */
char *place_run_path(const char *what)
{
	return path_in(getenv("NETSTREAM_STATE_DIR") ?: RUN_FOLDER, what);
}

/**
 * place_run_open() - open a file for this network namespace until the next boot
 * @what: what it is for
 * @flags: as for open(2); with %O_CREAT the folder that it is in is made, too
 *
 * A file that is made is for its owner only.
 *
 * Return: a descriptor that programs which are started do not get, or -1 with errno.
 */
int place_run_open(const char *what, int flags)
{
	char *path = place_run_path(what), *folder = xstrdup(path);
	int fd;

	if (flags & O_CREAT) {
		*strrchr(folder, '/') = '\0';
		mkdir(folder, 0755);
	}
	fd = open(path, flags | O_CLOEXEC, 0600);
	free(folder);
	free(path);
	return fd;
}

/**
 * place_path() - a file or folder for this network namespace, as long as it can exist
 * @what: what it is for
 *
 * Return: as place_run_path().
 */
char *place_path(const char *what)
{
	if (place()->passing)
		return place_run_path(what);
	return path_in(getenv("NETSTREAM_STATE_DIR") ?: STATE_FOLDER, what);
}
