// SPDX-License-Identifier: GPL-2.0
/*
 * The file with the routes view that is in effect.
 *
 * The module does not know that view, so its running configuration is here: in /run, until
 * the next boot, and readable for root only, since it may have keys.  Commit writes it, and
 * the follower reads it.
 *
 * The follower may run as another user, and then has the file as its standard input.  So the
 * file is written in place, and readers and writers lock it.  The follower holds another
 * lock, by which others see that there is one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_edit.h"
#include "config_print.h"
#include "place.h"
#include "routes_store.h"
#include "statement.h"

#define STORE_NAME	"routes"

/**
 * routes_store_path() - the name of the file, for this network namespace
 *
 * Return: to be freed.
 */
char *routes_store_path(void)
{
	return place_run_path(STORE_NAME);
}

static int fail(struct failure *why, const char *what)
{
	int error = errno;
	char *path = routes_store_path();

	failure_set(why, "%s: %s", path, what ? what : strerror(error));
	why->error = error;
	free(path);
	return -1;
}

/* All that is in the file; to be freed.  NULL: it cannot be read. */
static char *read_all(int fd)
{
	struct stat st;
	char *text;

	if (fstat(fd, &st))
		return NULL;
	text = xcalloc(1, st.st_size + 1);
	if (pread(fd, text, st.st_size, 0) == st.st_size)
		return text;
	free(text);
	return NULL;
}

/* Wait until nobody else has the file, also if a signal comes. */
static void lock_file(int fd, int how)
{
	while (flock(fd, how) && errno == EINTR)
		;
}

/* FNV-1a; 0 stands for no text. */
static uint64_t stamp_of(const char *text)
{
	uint64_t h = 14695981039346656037u;

	if (!*text)
		return 0;
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211u;
	return h;
}

/* The text of the file at one moment; empty if there is no file. */
static char *read_store(struct failure *why)
{
	int fd = place_run_open(STORE_NAME, O_RDONLY);
	char *text;

	if (fd < 0 && errno == ENOENT)
		return xstrdup("");
	if (fd < 0) {
		fail(why, NULL);
		return NULL;
	}
	lock_file(fd, LOCK_SH);
	text = read_all(fd);
	if (!text)
		fail(why, NULL);
	close(fd);
	return text;
}

/* A line that opens or leaves the view says nothing. */
static bool is_frame(const struct line *l)
{
	const char *word = l->words.n == 1 ? l->words.v[0].text : "";

	return !l->words.n || !strcmp(word, "routes") || !strcmp(word, "quit");
}

static int read_line(struct edit *e, const struct grammar *g, const char *text)
{
	struct expectation expected;
	const struct statement *st;
	struct match m;
	struct line l;
	size_t at;
	int rc = -1;

	if (!line_split(&l, text, &at)) {
		if (is_frame(&l)) {
			rc = 0;
		} else if (!grammar_match(g, 1u << VIEW_ROUTES, &l, &m, &expected)) {
			st = m.what;
			rc = st->setting ? config_edit(e, st->setting, 0, &m) : -1;
		}
		if (!is_frame(&l))
			expectation_free(&expected);
	}
	line_free(&l);
	return rc;
}

static int read_lines(struct config *c, const struct grammar *g, char *text, struct failure *why)
{
	struct edit e = { .config = c, .view = VIEW_ROUTES, .why = why };
	unsigned int number = 0;
	char *line, *save, *wrong;
	int rc = 0;

	for (line = strtok_r(text, "\n", &save); line && !rc; line = strtok_r(NULL, "\n", &save)) {
		number++;
		rc = read_line(&e, g, line);
	}
	if (!rc)
		return 0;
	wrong = xasprintf("line %u is no statement of the routes view: 'netstream' writes this file",
			  number);
	fail(why, wrong);
	free(wrong);
	return -1;
}

/**
 * routes_store_read() - read the routes view that is in effect
 * @r: filled in; to be freed
 * @g: everything that can be typed
 * @why: filled in on failure
 *
 * Who may not read the file sees an empty view with the stamp %ROUTES_STORE_UNREADABLE.
 *
 * Return: 0, or -1.
 */
int routes_store_read(struct routes_view *r, const struct grammar *g, struct failure *why)
{
	struct config c = { 0 };
	char *text = read_store(why);
	int rc;

	memset(r, 0, sizeof(*r));
	if (!text && why->error == EACCES) {
		failure_clear(why);
		r->stamp = ROUTES_STORE_UNREADABLE;
		return 0;
	}
	if (!text)
		return -1;
	c.routes.stamp = stamp_of(text);
	rc = read_lines(&c, g, text, why);
	free(text);
	if (rc)
		config_free(&c);
	*r = c.routes;
	return rc;
}

/**
 * routes_store_stamp() - tells whether the file has changed since it was read
 *
 * Return: the stamp that &struct routes_view would have now.
 */
uint64_t routes_store_stamp(void)
{
	struct failure why = { 0 };
	char *text = read_store(&why);
	uint64_t stamp = text ? stamp_of(text) : ROUTES_STORE_UNREADABLE;

	failure_clear(&why);
	free(text);
	return stamp;
}

static char *store_text(const struct routes_view *r, size_t *size)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, size);

	fputs("routes\n", f);
	view_print(f, VIEW_ROUTES, r, " ", KEYS_SHOWN);
	fputs(" quit\n", f);
	fclose(f);
	return text;
}

/*
 * Take the room that a view needs, so that writing it cannot fail for want of room.  The
 * file system takes this for a change, and nothing has been written yet: the commit may
 * still be refused.
 */
static int reserve(int fd, const struct routes_view *r)
{
	struct timespec times[2];
	struct stat st;
	size_t size;

	free(store_text(r, &size));
	if (fstat(fd, &st))
		return -1;
	/* file systems that cannot do this show a full disk when it is written */
	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, size))
		return errno == EOPNOTSUPP ? 0 : -1;
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	return futimens(fd, times);
}

/**
 * routes_store_open() - begin to replace the routes view that is in effect
 * @r: the view that replaces it, with the stamp of the one that is replaced
 * @why: filled in on failure; its error is ESTALE if another view is in effect by now
 *
 * Return: a descriptor that others wait for until it is closed, with room for the view, or
 *	-1.
 */
int routes_store_open(const struct routes_view *r, struct failure *why)
{
	int fd = place_run_open(STORE_NAME, O_RDWR | O_CREAT);
	uint64_t now;
	char *text;

	if (fd < 0)
		return fail(why, NULL);
	lock_file(fd, LOCK_EX);
	text = read_all(fd);
	now = text ? stamp_of(text) : ROUTES_STORE_UNREADABLE;
	free(text);
	if (now != r->stamp) {
		close(fd);
		errno = ESTALE;
		return fail(why, "changed meanwhile");
	}
	if (!reserve(fd, r))
		return fd;
	fail(why, NULL);
	close(fd);
	return -1;
}

/**
 * routes_store_write() - replace the routes view that is in effect
 * @fd: from routes_store_open(); it stays open
 * @r: the view
 * @why: filled in on failure
 *
 * routes_store_open() has taken the room that it needs.
 *
 * Return: 0, or -1; the file may then have parts of both views.
 */
int routes_store_write(int fd, const struct routes_view *r, struct failure *why)
{
	size_t size, done = 0;
	char *text = store_text(r, &size);
	ssize_t n = 0;

	/* where there was no way to take room: what is cut short has no reason, the rest does */
	while (done < size && (n = pwrite(fd, text + done, size - done, done)) > 0)
		done += n;
	free(text);
	return done < size || ftruncate(fd, size) ? fail(why, NULL) : 0;
}

/**
 * routes_store_followed() - whether a follower reads the file
 * @fd: the file
 */
bool routes_store_followed(int fd)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return !fcntl(fd, F_OFD_GETLK, &l) && l.l_type != F_UNLCK;
}
