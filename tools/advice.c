// SPDX-License-Identifier: GPL-2.0
/*
 * Valid settings that some collectors cannot handle.  A commit warns of them;
 * docs/collectors.md lists the collectors that were tried.
 */
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "field.h"

/* nfacctd 1.7 reads counters of two bytes as 0. */
static void narrow_counters(const struct record *r, FILE *to)
{
	size_t i;

	for (i = 0; i < r->collect.n; i++) {
		const struct item *item = &r->collect.v[i];

		if (item->width == 16)
			fprintf(to, "warning: record %s: collect %s 16: some collectors read "
				"counters of 2 bytes as 0 (nfacctd does)\n",
				r->name, field_words(item->field));
	}
}

static void sequence_of_flows(const struct slot *s, FILE *to)
{
	if (s->sequence_flow.set && s->sequence_flow.number)
		fprintf(to, "warning: slot %u: ip netstream export sequence-mode flow: most "
			"collectors count packets of version 9, and will report losses that "
			"did not happen\n", s->id);
}

static char *advice_of(const struct config *c)
{
	char *text = NULL;
	size_t size, i, k;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		abort();
	for (i = 0; i < c->apply.n; i++)
		for (k = 0; k < c->records.n; k++)
			if (!strcmp(c->apply.v[i].name, c->records.v[k].name))
				narrow_counters(&c->records.v[k], to);
	for (i = 0; i < c->slots.n; i++)
		sequence_of_flows(&c->slots.v[i], to);
	if (fclose(to))
		abort();
	return text;
}

/**
 * advice_print() - warn of what collectors are known to misread
 * @c: the configuration; only applied records and slots with a view are looked at
 * @before: the configuration that it replaces; no warning is repeated for what that
 *	has too
 * @to: where the warnings go, a line each
 */
void advice_print(const struct config *c, const struct config *before, FILE *to)
{
	char *known = advice_of(before), *text = advice_of(c);
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")))
		if (*line && !strstr(known, line))
			fprintf(to, "%s\n", line);
	free(text);
	free(known);
}
