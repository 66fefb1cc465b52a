// SPDX-License-Identifier: GPL-2.0
/* What can follow the beginning of a line, from the grammar. */
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arg.h"
#include "complete.h"
#include "field.h"
#include "nl_links.h"
#include "ready_made.h"

static void add_choice(choices *list, const char *text, const char *shown, const char *help)
{
	struct choice *c = vec_push(list);

	c->text = text ? xstrdup(text) : NULL;
	c->shown = xstrdup(shown);
	c->help = xstrdup(help);
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* Of keywords the case is ignored. */
static bool keyword_begins(const char *text, const char *with)
{
	return !strncasecmp(text, with, strlen(with));
}

static void add_value(choices *list, const char *value, const char *partial, const char *help)
{
	if (begins(value, partial))
		add_choice(list, value, value, help);
}

static void add_interfaces(choices *list, const char *partial)
{
	struct if_nameindex *all = if_nameindex(), *i;

	for (i = all; i && i->if_name; i++)
		add_value(list, i->if_name, partial, "Interface");
	if_freenameindex(all);
}

struct vrf_choices {
	choices		*list;
	const char	*partial;
};

static void add_vrf(const char *name, const char *kind, void *arg)
{
	struct vrf_choices *c = arg;

	if (!strcmp(kind, "vrf"))
		add_value(c->list, name, c->partial, "VRF");
}

static void add_records(choices *list, struct session *s, const char *partial)
{
	size_t i;

	if (session_load(s))
		return;
	for (i = 0; i < s->candidate.records.n; i++)
		add_value(list, s->candidate.records.v[i].name, partial, "Record");
	/* these only once a part of a name was typed */
	for (i = 0; *partial && ready_made_name(i); i++)
		if (!config_record(&s->candidate, ready_made_name(i)))
			add_value(list, ready_made_name(i), partial, "Ready-made record");
}

static void add_monitors(choices *list, struct session *s, const char *partial)
{
	size_t i;

	if (session_load(s))
		return;
	for (i = 0; i < s->candidate.monitors.n; i++)
		add_value(list, s->candidate.monitors.v[i].name, partial,
			  s->candidate.monitors.v[i].description);
}

static void add_slots(choices *list, struct session *s, const char *partial)
{
	char id[16];
	size_t i;

	if (session_load(s))
		return;
	for (i = 0; i < s->candidate.slots.n; i++) {
		snprintf(id, sizeof(id), "%u", s->candidate.slots.v[i].id);
		add_value(list, id, partial, "Slot");
	}
}

static void add_fields(choices *list, const char *partial, bool totals)
{
	enum field_total total;
	unsigned int i;
	char *name;

	for (total = TOTAL_BYTES; totals && total < TOTAL_NONE; total++)
		add_value(list, field_total_name(total), partial, "Of the flow");
	for (i = 1; i <= NETSTREAM_FIELD_MAX; i++) {
		name = field_option(i);
		if (name)
			add_value(list, name, partial, field_row(i)->help);
		free(name);
	}
}

static void add_values(choices *list, struct session *s, enum arg_values values,
		       const char *partial)
{
	switch (values) {
	case VALUES_NONE:
		break;
	case VALUES_VIEWS:
		add_value(list, "all", partial, "Every interface without a view of its own");
		/* fall through */
	case VALUES_INTERFACES:
		add_interfaces(list, partial);
		break;
	case VALUES_VRFS:
		nl_links(add_vrf, &(struct vrf_choices){ list, partial });
		break;
	case VALUES_RECORDS:
		add_records(list, s, partial);
		break;
	case VALUES_MONITORS:
		add_monitors(list, s, partial);
		break;
	case VALUES_SLOTS:
		add_slots(list, s, partial);
		break;
	case VALUES_KEYS:
		add_fields(list, partial, true);
		break;
	case VALUES_FIELDS:
		add_value(list, "flow", partial, "Flows, of all CPUs together");
		add_fields(list, partial, false);
		break;
	}
}

static void add_expected(choices *list, struct session *s, const struct expected *x,
			 const char *partial)
{
	if (x->arg) {
		if (!*partial || arg_fits(x->arg, partial) || x->arg->kind == ARG_ADDRESS4 ||
		    x->arg->kind == ARG_ADDRESS6)
			add_choice(list, NULL, x->arg->shown, x->help);
		add_values(list, s, x->arg->values, partial);
		return;
	}
	if (!x->word) {
		if (!*partial)
			add_choice(list, NULL, "<cr>", x->help);
		return;
	}
	if (keyword_begins(x->word, partial))
		add_choice(list, x->word, x->word, x->help);
	else if (x->alias && keyword_begins(x->alias, partial))
		add_choice(list, x->alias, x->alias, x->help);
}

/**
 * complete() - what can follow the beginning of a line
 * @s: the session
 * @text: the line up to the cursor
 * @list: filled in; to be freed with choices_free()
 *
 * Return: length of the word before the cursor, which all choices begin with;
 * 0 between words.
 */
size_t complete(struct session *s, const char *text, choices *list)
{
	struct expectation e;
	const char *partial = "";
	struct line l;
	size_t i, len;

	memset(list, 0, sizeof(*list));
	if (line_split(&l, text, &i)) {
		line_free(&l);
		return 0;
	}
	i = strlen(text);
	len = l.words.n;
	if (len && text[i - 1] != ' ' && text[i - 1] != '\t')
		partial = l.words.v[--len].text;
	grammar_follow(s->grammar, 1u << s->view, &l, len, &e);
	for (i = 0; i < e.list.n; i++)
		add_expected(list, s, &e.list.v[i], partial);
	len = strlen(partial);
	expectation_free(&e);
	line_free(&l);
	return len;
}

void choices_free(choices *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		free(list->v[i].text);
		free(list->v[i].shown);
		free(list->v[i].help);
	}
	vec_free(list);
}

/**
 * print_choices() - list choices with their help, one per line
 * @f: where to
 * @list: the choices
 */
void print_choices(FILE *f, const choices *list)
{
	size_t i, width = 0;

	for (i = 0; i < list->n; i++)
		if (strlen(list->v[i].shown) > width)
			width = strlen(list->v[i].shown);
	for (i = 0; i < list->n; i++)
		fprintf(f, "  %-*s  %s\n", (int)width, list->v[i].shown, list->v[i].help);
	if (!list->n)
		fputs("  Nothing can follow here.\n", f);
}
