// SPDX-License-Identifier: GPL-2.0
/* Listings that an engineer knows from the model router, laid out as there. */
#include <inttypes.h>
#include <string.h>

#include "nl_reply.h"
#include "session.h"
#include "show_router.h"

/**
 * struct wanted - the interface that is asked for
 * @name: its name
 * @found: it is metered
 */
struct wanted {
	const char	*name;
	bool		found;
};

static void print_direction(const struct interface_status *i, unsigned int d)
{
	printf(" %s\n", d == NETSTREAM_INBOUND ? "Inbound:" : "Outbound:");
	printf("   IPV6  :%" PRIu64 " Bytes, %" PRIu64 " Packets\n", i->bytes[d], i->packets[d]);
	printf("   Total :%" PRIu64 " Bytes, %" PRIu64 " Packets\n", i->bytes[d], i->packets[d]);
}

static void print_interface(const struct interface_status *i, void *arg)
{
	struct wanted *w = arg;

	if (strcmp(i->interface.name, w->name))
		return;
	w->found = true;
	printf("Netstream statistics information on interface %s:\n", w->name);
	print_direction(i, NETSTREAM_INBOUND);
	print_direction(i, NETSTREAM_OUTBOUND);
}

/* Only IPv6 is metered here: the router has lines for IPv4 and MPLS as well. */
int show_interface_statistics(struct session *s, const struct match *m)
{
	struct wanted w = { 0 };
	int i, index = 0;

	/* the keyword has the name of its argument, which comes last */
	for (i = 0; i < LINE_WORDS_MAX && m->names[i]; i++)
		if (!strcmp(m->names[i], "interface"))
			index = i;
	w.name = m->line->words.v[index].text;
	if (session_needs_module(s) || nl_interfaces(print_interface, &w, &s->why))
		return -1;
	if (w.found)
		return 0;
	return failure_word(&s->why, index, "this interface is not metered");
}

static void print_template(const struct template_status *t, void *arg)
{
	bool *begun = arg;
	char name[NETSTREAM_RECORD_NAME_MAX + 32] = "Origin";

	if (!*begun)
		printf("%-44s %12s %12s\n", "TemplateName", "Success", "Failed");
	*begun = true;
	if (strcmp(t->record, "original"))
		snprintf(name, sizeof(name), "Record %s(system)", t->record);
	printf("%-44s %12" PRIu64 " %12" PRIu64 "\n", name, t->sent, t->failed);
}

/* Templates of each slot and version have a line. */
int show_export_templates(struct session *s, const struct match *m)
{
	bool begun = false;

	(void)m;
	return session_needs_module(s) ? -1 : nl_templates(print_template, &begun, &s->why);
}
