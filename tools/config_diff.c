// SPDX-License-Identifier: GPL-2.0
/*
 * Comparing configurations.
 *
 * The models are compared, statement row by statement row; lines are printed
 * only for the parts that differ.  The order of applied records, hosts and
 * fields counts, since the kernel keeps it.  The order in which records are
 * defined does not.
 */
#include <stdlib.h>
#include <string.h>

#include "config_diff.h"
#include "config_print.h"

/* Parts whose line counts multiply to more than this are compared as sets, without order. */
#define TABLE_MAX (4u << 20)

static bool value_equal(const struct value *a, const struct value *b)
{
	return a->set == b->set && (!a->set || a->number == b->number);
}

static bool version_equal(const struct setting *st, const struct value *a, const struct value *b)
{
	size_t i;

	for (i = 0; i < SETTING_ATTRS && st->attr[i]; i++)
		if (!value_equal(&a[st->attr[i]], &b[st->attr[i]]))
			return false;
	return true;
}

static bool source_equal(const struct source *a, const struct source *b)
{
	return address_equal(&a->addr, &b->addr) && a->port == b->port;
}

static bool sampler_equal(const struct sampler *a, const struct sampler *b)
{
	return a->mode == b->mode && a->interval == b->interval;
}

static bool hosts_equal(const hosts *a, const hosts *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (!host_same(&a->v[i], &b->v[i]) || a->v[i].version != b->v[i].version ||
		    a->v[i].has_dscp != b->v[i].has_dscp || a->v[i].dscp != b->v[i].dscp)
			return false;
	return true;
}

static bool names_equal(const names *a, const names *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (strcmp(a->v[i].name, b->v[i].name))
			return false;
	return true;
}

static bool attachments_equal(const attachments *a, const attachments *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (strcmp(a->v[i].name, b->v[i].name) || a->v[i].direction != b->v[i].direction)
			return false;
	return true;
}

static bool items_equal(const items *a, const items *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (a->v[i].field != b->v[i].field || a->v[i].prefix != b->v[i].prefix ||
		    a->v[i].width != b->v[i].width)
			return false;
	return true;
}

static bool neighbors_equal(const struct routes_view *a, const struct routes_view *b)
{
	size_t i;

	if (a->neighbors.n != b->neighbors.n)
		return false;
	for (i = 0; i < a->neighbors.n; i++)
		if (!neighbor_equal(&a->neighbors.v[i], &b->neighbors.v[i]))
			return false;
	return true;
}

static bool stations_equal(const struct routes_view *a, const struct routes_view *b)
{
	size_t i;

	if (a->stations.n != b->stations.n)
		return false;
	for (i = 0; i < a->stations.n; i++)
		if (!station_equal(&a->stations.v[i], &b->stations.v[i]))
			return false;
	return true;
}

static bool setting_equal(const struct setting *st, const void *a, const void *b)
{
	const void *x = (const char *)a + st->offset, *y = (const char *)b + st->offset;
	const struct value *v = x, *w = y;
	const struct source *s = x, *t = y;
	const struct sampler *m = x, *n = y;

	switch (st->kind) {
	case KIND_NUMBER:
	case KIND_TIME:
	case KIND_FLAG:
	case KIND_SWITCH:
	case KIND_CHOICE:
	case KIND_IDENTIFIER:
		return value_equal(x, y);
	case KIND_VERSION:
		return version_equal(st, x, y);
	case KIND_SOURCES:
		return source_equal(s, t) && source_equal(s + 1, t + 1);
	case KIND_HOSTS:
		return hosts_equal(x, y);
	case KIND_NAMES:
		return names_equal(x, y);
	case KIND_SAMPLERS:
		return sampler_equal(m, n) && sampler_equal(m + 1, n + 1);
	case KIND_DIRECTIONS:
		return value_equal(v, w) && value_equal(v + 1, w + 1);
	case KIND_TEXT:
		return !strcmp(x, y);
	case KIND_ATTACHMENTS:
		return attachments_equal(x, y);
	case KIND_ITEMS:
		return items_equal(x, y);
	case KIND_NEIGHBORS:
		return neighbors_equal(a, b);
	case KIND_STATIONS:
		return stations_equal(a, b);
	}
	return false;
}

static bool part_equal(enum view v, const void *a, const void *b)
{
	size_t i;

	for (i = 0; i < settings_count; i++)
		if (settings[i].view == v && !setting_equal(&settings[i], a, b))
			return false;
	return true;
}

/**
 * config_equal_routes() - whether the routes views of two configurations mean the same
 * @a: one
 * @b: the other
 */
bool config_equal_routes(const struct config *a, const struct config *b)
{
	return part_equal(VIEW_ROUTES, &a->routes, &b->routes);
}

/**
 * config_equal_module() - whether all that the module knows of two configurations means the same
 * @a: one
 * @b: the other
 */
bool config_equal_module(const struct config *a, const struct config *b)
{
	size_t i;

	if (a->records.n != b->records.n || a->slots.n != b->slots.n ||
	    a->interfaces.n != b->interfaces.n || a->monitors.n != b->monitors.n ||
	    !part_equal(VIEW_SYSTEM, a, b))
		return false;
	for (i = 0; i < a->monitors.n; i++) {
		const struct monitor *m = &a->monitors.v[i];
		const struct monitor *n = config_monitor((struct config *)b, m->name);

		if (!n || !part_equal(VIEW_MONITOR, m, n))
			return false;
	}
	for (i = 0; i < a->records.n; i++) {
		const struct record *r = &a->records.v[i];
		const struct record *s = config_record((struct config *)b, r->name);

		if (!s || !part_equal(VIEW_RECORD, r, s))
			return false;
	}
	for (i = 0; i < a->slots.n; i++)
		if (a->slots.v[i].id != b->slots.v[i].id ||
		    !part_equal(VIEW_SLOT, &a->slots.v[i], &b->slots.v[i]))
			return false;
	for (i = 0; i < a->interfaces.n; i++)
		if (strcmp(a->interfaces.v[i].name, b->interfaces.v[i].name) ||
		    !part_equal(VIEW_INTERFACE, &a->interfaces.v[i], &b->interfaces.v[i]))
			return false;
	return true;
}

bool config_equal(const struct config *a, const struct config *b)
{
	return config_equal_module(a, b) && config_equal_routes(a, b);
}

/* The lines of a part; none for NULL. */
static void read_lines(strings *lines, enum view v, const void *part)
{
	char *text = NULL, *line, *save;
	size_t size;
	FILE *f;

	if (!part)
		return;
	f = open_memstream(&text, &size);
	view_print(f, v, part, "", KEYS_SHOWN);
	fclose(f);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		*vec_push(lines) = xstrdup(line);
	free(text);
}

/* Lines are compared with their keys, and shown without. */
static void add_change(changes *list, const char *view, const char *line, bool added)
{
	struct change *c = vec_push(list);

	c->view = xstrdup(view);
	c->line = strcmp(view, "routes") ? xstrdup(line) : hide_keys(line);
	c->added = added;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Report the lines of @from that @other lacks, whatever their order. */
static void diff_set(changes *list, const char *view, const strings *from, const strings *other,
		     bool added)
{
	strings sorted;
	size_t i;

	vec_copy(&sorted, other);
	if (sorted.n)
		qsort(sorted.v, sorted.n, sizeof(*sorted.v), compare_lines);
	for (i = 0; i < from->n; i++)
		if (!sorted.n || !bsearch(&from->v[i], sorted.v, sorted.n, sizeof(*sorted.v),
					  compare_lines))
			add_change(list, view, from->v[i], added);
	free(sorted.v);
}

/* Lines outside the longest common subsequence are reported as removed and added. */
static void diff_sequence(changes *list, const char *view, const strings *a, const strings *b)
{
	size_t i, j, width = b->n + 1;
	unsigned int *common = xcalloc((a->n + 1) * width, sizeof(*common));

	for (i = a->n; i-- > 0;) {
		for (j = b->n; j-- > 0;) {
			unsigned int *at = &common[i * width + j];

			if (!strcmp(a->v[i], b->v[j]))
				*at = at[width + 1] + 1;
			else
				*at = at[width] > at[1] ? at[width] : at[1];
		}
	}
	for (i = j = 0; i < a->n || j < b->n;) {
		const unsigned int *at = &common[i * width + j];

		if (i < a->n && j < b->n && !strcmp(a->v[i], b->v[j]))
			i++, j++;
		else if (i < a->n && (j == b->n || at[width] >= at[1]))
			add_change(list, view, a->v[i++], false);
		else
			add_change(list, view, b->v[j++], true);
	}
	free(common);
}

static void diff_lines(changes *list, const char *view, const strings *a, const strings *b)
{
	if ((a->n + 1) * (b->n + 1) <= TABLE_MAX) {
		diff_sequence(list, view, a, b);
		return;
	}
	diff_set(list, view, a, b, false);
	diff_set(list, view, b, a, true);
}

/* @a or @b is NULL if its configuration lacks the part. */
static void diff_part(changes *list, enum view v, const void *a, const void *b)
{
	strings x = { 0 }, y = { 0 };
	char *view;

	if (a && b && part_equal(v, a, b))
		return;
	view = view_line(v, a ? a : b);
	if ((v == VIEW_RECORD || v == VIEW_MONITOR) && (!a || !b))
		add_change(list, "", view, !a);
	read_lines(&x, v, a);
	read_lines(&y, v, b);
	diff_lines(list, view, &x, &y);
	strings_free(&x);
	strings_free(&y);
	free(view);
}

static void diff_records(changes *list, struct config *a, struct config *b)
{
	size_t i;

	for (i = 0; i < a->records.n; i++)
		diff_part(list, VIEW_RECORD, &a->records.v[i],
			  config_record(b, a->records.v[i].name));
	for (i = 0; i < b->records.n; i++)
		if (!config_record(a, b->records.v[i].name))
			diff_part(list, VIEW_RECORD, NULL, &b->records.v[i]);
}

static void diff_slots(changes *list, struct config *a, struct config *b)
{
	size_t i;

	for (i = 0; i < a->slots.n; i++)
		diff_part(list, VIEW_SLOT, &a->slots.v[i], config_slot(b, a->slots.v[i].id));
	for (i = 0; i < b->slots.n; i++)
		if (!config_slot(a, b->slots.v[i].id))
			diff_part(list, VIEW_SLOT, NULL, &b->slots.v[i]);
}

static void diff_monitors(changes *list, struct config *a, struct config *b)
{
	size_t i;

	for (i = 0; i < a->monitors.n; i++)
		diff_part(list, VIEW_MONITOR, &a->monitors.v[i],
			  config_monitor(b, a->monitors.v[i].name));
	for (i = 0; i < b->monitors.n; i++)
		if (!config_monitor(a, b->monitors.v[i].name))
			diff_part(list, VIEW_MONITOR, NULL, &b->monitors.v[i]);
}

static void diff_interfaces(changes *list, struct config *a, struct config *b)
{
	size_t i;

	for (i = 0; i < a->interfaces.n; i++)
		diff_part(list, VIEW_INTERFACE, &a->interfaces.v[i],
			  config_interface(b, a->interfaces.v[i].name));
	for (i = 0; i < b->interfaces.n; i++)
		if (!config_interface(a, b->interfaces.v[i].name))
			diff_part(list, VIEW_INTERFACE, NULL, &b->interfaces.v[i]);
}

/**
 * config_diff() - the lines in which two configurations differ
 * @list: the changes are added to it; to be freed with changes_free()
 * @a: the first configuration
 * @b: the second
 */
void config_diff(changes *list, const struct config *a, const struct config *b)
{
	diff_records(list, (struct config *)a, (struct config *)b);
	diff_part(list, VIEW_SYSTEM, a, b);
	diff_slots(list, (struct config *)a, (struct config *)b);
	diff_monitors(list, (struct config *)a, (struct config *)b);
	diff_interfaces(list, (struct config *)a, (struct config *)b);
	diff_part(list, VIEW_ROUTES, &a->routes, &b->routes);
}

void changes_free(changes *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		free(list->v[i].view);
		free(list->v[i].line);
	}
	vec_free(list);
}
