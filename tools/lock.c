// SPDX-License-Identifier: GPL-2.0
/*
 * A lock that keeps others from committing.
 *
 * It is a lock of the kernel on a file, which ends with the process that holds it: there
 * is none that somebody has left behind.  The file says who holds it.  Programs that talk
 * to the module themselves do not ask for it; they are held up by generations.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit.h"
#include "lock.h"
#include "place.h"
#include "util.h"

#define LOCK_NAME	"lock"

/* The descriptor that holds the lock, or -1. */
static int held = -1;

static void refuse(int fd, pid_t pid, struct failure *why)
{
	char who[128];
	ssize_t n = pread(fd, who, sizeof(who) - 1, 0);

	who[n > 0 ? n : 0] = '\0';
	failure_set(why, "the configuration is locked by %s (process %d): ask for 'unlock'",
		    *who ? who : "another session", (int)pid);
}

/* Whether another process holds the lock. */
static bool taken(int fd, struct failure *why)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_GETLK, &l) || l.l_type == F_UNLCK)
		return false;
	refuse(fd, l.l_pid, why);
	return true;
}

static void write_holder(int fd)
{
	time_t now = time(NULL);
	char *user = audit_user(), at[32];

	strftime(at, sizeof(at), "%F %T", localtime(&now));
	/* who cannot read it knows the process nevertheless */
	if (!ftruncate(fd, 0))
		dprintf(fd, "%s since %s", user, at);
	free(user);
}

/**
 * lock_take() - keep others from committing until lock_release() or the end of the process
 * @why: filled in on failure
 *
 * Return: 0, or -1 if somebody else holds the lock or it cannot be had.
 */
int lock_take(struct failure *why)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd;

	if (held >= 0)
		return 0;
	fd = place_run_open(LOCK_NAME, O_RDWR | O_CREAT);
	if (fd < 0) {
		failure_set(why, "cannot lock: %s", strerror(errno));
		return -1;
	}
	if (fcntl(fd, F_SETLK, &l)) {
		if (!taken(fd, why))
			failure_set(why, "cannot lock: %s", strerror(errno));
		close(fd);
		return -1;
	}
	write_holder(fd);
	held = fd;
	return 0;
}

/**
 * lock_release() - let others commit again
 */
void lock_release(void)
{
	if (held >= 0)
		close(held);
	held = -1;
}

/**
 * lock_check() - refuse a commit if somebody else holds the lock
 * @why: filled in on failure
 *
 * Who takes the lock after this and before the commit has a candidate that is out of
 * date, and learns it from the generation.
 *
 * Return: 0, or -1.
 */
int lock_check(struct failure *why)
{
	int fd, rc;

	/* closing any descriptor of the file would end the lock of this process */
	if (held >= 0)
		return 0;
	fd = place_run_open(LOCK_NAME, O_RDONLY);
	if (fd < 0)
		return 0;
	rc = taken(fd, why) ? -1 : 0;
	close(fd);
	return rc;
}
