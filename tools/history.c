// SPDX-License-Identifier: GPL-2.0
/*
 * The configurations that were committed, as files: statements, below comments that say
 * who committed them, when and why.  There is a folder for each network namespace, with
 * the last HISTORY_MOST commits.  A file never changes, and is there as a whole.
 *
 * What the kernel undoes, and what other programs commit, is not seen by this program.
 * So the configuration that a commit replaces is added before it, if it is not the last
 * one of the list.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config_print.h"
#include "history.h"
#include "place.h"
#include "utf8.h"

#define HISTORY_MOST	50

static int is_entry(const struct dirent *d)
{
	return strlen(d->d_name) == strlen("00000001.conf") &&
	       strspn(d->d_name, "0123456789") == 8 && !strcmp(d->d_name + 8, ".conf");
}

/* "# key: value" of the head of a file; NULL if the line is none. */
static char *head_value(const char *line, const char *key)
{
	size_t len = strlen(key);

	if (strncmp(line, "# ", 2) || strncmp(line + 2, key, len) ||
	    strncmp(line + 2 + len, ": ", 2))
		return NULL;
	line += len + 4;
	return xasprintf("%.*s", (int)strcspn(line, "\n"), line);
}

static void take_text(char **to, const char *line, const char *key)
{
	char *value = head_value(line, key);

	if (!value)
		return;
	free(*to);
	*to = value;
}

static void take_number(uint32_t *to, const char *line, const char *key)
{
	char *value = head_value(line, key);

	if (value)
		*to = strtoul(value, NULL, 10);
	free(value);
}

/* The head ends at the first line of the configuration, "#". */
static void read_head(struct history_entry *e, FILE *f)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, f) > 0 && strcmp(line, "#\n")) {
		take_text(&e->time, line, "time");
		take_text(&e->user, line, "user");
		take_text(&e->label, line, "label");
		take_number(&e->generation, line, "generation");
		take_number(&e->confirm, line, "confirm");
	}
	free(line);
}

static void read_entry(history_list *list, const char *folder, const char *name)
{
	char *path = xasprintf("%s/%s", folder, name);
	FILE *f = fopen(path, "r");
	struct history_entry *e;

	if (!f) {
		free(path);
		return;
	}
	e = vec_push(list);
	e->number = strtoul(name, NULL, 10);
	e->path = path;
	e->time = xstrdup("");
	e->user = xstrdup("");
	e->label = xstrdup("");
	read_head(e, f);
	fclose(f);
}

/**
 * history_read() - the commits of this network namespace
 * @list: filled in, the last one first; empty if there is none, or they cannot be read
 */
void history_read(history_list *list)
{
	char *folder = place_path("commits");
	struct dirent **names;
	int n = scandir(folder, &names, is_entry, alphasort);

	memset(list, 0, sizeof(*list));
	while (n-- > 0) {
		read_entry(list, folder, names[n]->d_name);
		free(names[n]);
		if (!n)
			free(names);
	}
	free(folder);
}

void history_free(history_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		free(list->v[i].path);
		free(list->v[i].time);
		free(list->v[i].user);
		free(list->v[i].label);
	}
	vec_free(list);
}

/* Whether a file has these statements. */
static bool has_statements(const char *path, const char *statements)
{
	struct history_entry head = { 0 };
	size_t len = strlen(statements), n;
	FILE *f = fopen(path, "r");
	char *text;
	bool same;

	if (!f)
		return false;
	/* the "#" that ends the head is the first line of the statements */
	read_head(&head, f);
	free(head.time);
	free(head.user);
	free(head.label);
	text = xrealloc(NULL, len + 2);
	n = fread(text, 1, len + 1, f);
	same = n + 2 == len && !memcmp(text, statements + 2, n);
	free(text);
	fclose(f);
	return same;
}

static void print_entry(FILE *f, const struct history_entry *e, const char *statements)
{
	char *label = utf8_printable(e->label, strlen(e->label));

	fprintf(f, "# time: %s\n# user: %s\n", e->time, e->user);
	if (*label)
		fprintf(f, "# label: %s\n", label);
	fprintf(f, "# generation: %u\n", e->generation);
	if (e->confirm)
		fprintf(f, "# confirm: %u\n", e->confirm);
	fputs(statements, f);
	free(label);
}

/* Give a whole file the next free number. */
static int link_next(const char *folder, const char *temporary, unsigned int number)
{
	char *name;
	int rc;

	do {
		name = xasprintf("%s/%08u.conf", folder, number++);
		rc = link(temporary, name);
		free(name);
	} while (rc && errno == EEXIST && number < 99999999);
	return rc;
}

static int write_entry(const char *folder, unsigned int number, const struct history_entry *e,
		       const char *statements)
{
	char *temporary = xasprintf("%s/new.XXXXXX", folder);
	int fd = mkstemp(temporary), rc = -1;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (f) {
		print_entry(f, e, statements);
		rc = ferror(f) ? -1 : 0;
		if (fclose(f) || rc)
			rc = -1;
		else
			rc = link_next(folder, temporary, number);
	}
	if (fd >= 0)
		unlink(temporary);
	free(temporary);
	return rc;
}

/* The folder and, if it is missing as well, the one that it is in. */
static int make_folder(char *folder)
{
	char *slash = strrchr(folder, '/');

	*slash = '\0';
	mkdir(folder, 0755);
	*slash = '/';
	return mkdir(folder, 0700) && errno != EEXIST ? -1 : 0;
}

static void forget_oldest(const history_list *list, size_t added)
{
	size_t i;

	for (i = HISTORY_MOST > added ? HISTORY_MOST - added : 0; i < list->n; i++)
		unlink(list->v[i].path);
}

static char *time_now(void)
{
	time_t now = time(NULL);
	char text[32];

	strftime(text, sizeof(text), "%FT%TZ", gmtime(&now));
	return xstrdup(text);
}

/* What was running before, if nobody has told. */
static int add_before(const char *folder, const history_list *list, const struct config *before,
		      unsigned int *number)
{
	struct history_entry e = {
		.time = "", .user = "", .label = "", .generation = before->generation,
	};
	char *statements = config_text(before);
	int rc = 0;

	if (!list->n || !has_statements(list->v[0].path, statements)) {
		rc = write_entry(folder, *number, &e, statements);
		(*number)++;
	}
	free(statements);
	return rc;
}

/**
 * history_add() - add a commit to the history
 * @about: what is to be said of it; number, path and time are not asked for
 * @before: the configuration that it replaced
 * @now: the configuration that was committed
 * @why: filled in on failure
 *
 * Return: 0, or -1.
 */
int history_add(const struct history_entry *about, const struct config *before,
		const struct config *now, struct failure *why)
{
	char *folder = place_path("commits"), *statements = config_text(now);
	struct history_entry e = *about;
	unsigned int number;
	history_list list;
	int rc;

	history_read(&list);
	number = list.n ? list.v[0].number + 1 : 1;
	e.time = time_now();
	rc = make_folder(folder);
	if (!rc)
		rc = add_before(folder, &list, before, &number);
	if (!rc)
		rc = write_entry(folder, number, &e, statements);
	if (rc)
		failure_set(why, "%s: %s", folder, strerror(errno));
	else
		forget_oldest(&list, number - (list.n ? list.v[0].number : 0));
	free(e.time);
	free(statements);
	free(folder);
	history_free(&list);
	return rc;
}
