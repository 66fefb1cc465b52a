// SPDX-License-Identifier: GPL-2.0
/*
 * What the doctor finds.  Some findings follow from the configuration alone: valid
 * settings that some collectors cannot handle.  A commit warns of those;
 * docs/collectors.md lists the collectors that were tried.
 */
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "finding.h"

/* Names in JSON; docs/doctor.md explains each. */
static const char *const kind_names[FINDING_KINDS] = {
	[FINDING_MODULE]		= "module",
	[FINDING_HOST_NONE]		= "host-none",
	[FINDING_HOST_STATE]		= "host-state",
	[FINDING_HOST_REFUSES]		= "host-refuses",
	[FINDING_HOST_FILTERED]		= "host-filtered",
	[FINDING_HOST_MTU]		= "host-mtu",
	[FINDING_INTERFACE_NONE]	= "interface-none",
	[FINDING_INTERFACE_MISSING]	= "interface-missing",
	[FINDING_NOTHING_SEEN]		= "nothing-seen",
	[FINDING_NOTHING_METERED]	= "nothing-metered",
	[FINDING_RECORD_INERT]		= "record-inert",
	[FINDING_RECORD_UNUSED]		= "record-unused",
	[FINDING_RECORD_BARE]		= "record-bare",
	[FINDING_COUNTER_NARROW]	= "counter-narrow",
	[FINDING_SEQUENCE_FLOW]		= "sequence-flow",
	[FINDING_TEMPLATE_UNSENT]	= "template-unsent",
	[FINDING_SAMPLING_HIDDEN]	= "sampling-hidden",
	[FINDING_BOTH_DIRECTIONS]	= "both-directions",
	[FINDING_METERED_TWICE]		= "metered-twice",
	[FINDING_BYPASS]		= "bypass",
	[FINDING_CLOCK]			= "clock",
	[FINDING_MONITOR_HOST]		= "monitor-host",
	[FINDING_MONITOR_UNUSED]	= "monitor-unused",
};

const char *finding_name(enum finding_kind kind)
{
	return kind_names[kind];
}

/**
 * finding_add() - note a finding
 * @list: the findings
 * @kind: its kind
 * @text: what was found; taken over
 * @mend: what mends it; taken over
 */
void finding_add(findings *list, enum finding_kind kind, char *text, char *mend)
{
	struct finding *f = vec_push(list);

	f->kind = kind;
	f->text = text;
	f->mend = mend;
}

void findings_free(findings *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		free(list->v[i].text);
		free(list->v[i].mend);
	}
	vec_free(list);
}

/* nfacctd 1.7 reads counters of two bytes as 0. */
static void narrow_counters(findings *list, const struct record *r)
{
	size_t i;

	for (i = 0; i < r->collect.n; i++) {
		const char *words = field_words(r->collect.v[i].field);

		if (r->collect.v[i].width == 16)
			finding_add(list, FINDING_COUNTER_NARROW,
				    xasprintf("record %s: collect %s 16: some collectors read "
					      "counters of 2 bytes as 0 (nfacctd does)",
					      r->name, words),
				    xasprintf("ipv6 netstream record %s; collect %s 64",
					      r->name, words));
	}
}

static bool has_field(const struct record *r, unsigned int field)
{
	size_t i;

	for (i = 0; i < r->match.n; i++)
		if (r->match.v[i].field == field)
			return true;
	for (i = 0; i < r->collect.n; i++)
		if (r->collect.v[i].field == field)
			return true;
	return false;
}

/* nfdump dates flows without times to 1970, Akvorado drops those without an interface. */
static void bare_record(findings *list, const struct record *r)
{
	bool times = has_field(r, NETSTREAM_FIELD_FIRST) && has_field(r, NETSTREAM_FIELD_LAST);
	bool interfaces = has_field(r, NETSTREAM_FIELD_INPUT_IF) ||
			  has_field(r, NETSTREAM_FIELD_OUTPUT_IF);
	const char *lacks = "times of the first and last packet";

	if (times && interfaces)
		return;
	if (!interfaces)
		lacks = times ? "interfaces" : "times and interfaces";
	finding_add(list, FINDING_RECORD_BARE,
		    xasprintf("record %s has no %s: some collectors misdate or drop such flows",
			      r->name, lacks),
		    xasprintf("ipv6 netstream record %s%s%s", r->name,
			      interfaces ? "" : "; match input interface",
			      times ? "" : "; collect first switched; collect last switched"));
}

static void sequence_of_flows(findings *list, const struct slot *s)
{
	if (s->sequence_flow.set && s->sequence_flow.number)
		finding_add(list, FINDING_SEQUENCE_FLOW,
			    xasprintf("slot %u: ip netstream export sequence-mode flow: most "
				      "collectors count packets of version 9, and will report "
				      "losses that did not happen", s->id),
			    xasprintf("slot %u; undo ip netstream export sequence-mode flow",
				      s->id));
}

static bool samples(const struct sampler s[2])
{
	unsigned int d;

	for (d = 0; d < 2; d++)
		if (s[d].mode == NETSTREAM_SAMPLER_FIX_TIME || (s[d].mode && s[d].interval > 1))
			return true;
	return false;
}

static void hidden_sampling(findings *list, const struct config *c)
{
	const struct value *option = &c->system[NETSTREAM_SYSTEM_A_OPTION_SAMPLER];
	bool sampled = samples(c->sampler);
	size_t i;

	for (i = 0; i < c->interfaces.n; i++)
		sampled |= samples(c->interfaces.v[i].sampler);
	for (i = 0; i < c->monitors.n; i++)
		sampled |= samples(c->monitors.v[i].sampler);
	if (sampled && option->set && !option->number)
		finding_add(list, FINDING_SAMPLING_HIDDEN,
			    xstrdup("packets are sampled and collectors are not told: they show "
				    "a fraction of the traffic"),
			    xstrdup("ipv6 netstream export template option sampler"));
}

static void both_directions(findings *list, const struct config *c)
{
	const char *in = NULL, *out = NULL;
	size_t i;

	for (i = 0; i < c->interfaces.n; i++) {
		const struct interface *x = &c->interfaces.v[i];

		if (!in && x->metering[NETSTREAM_INBOUND].number)
			in = x->name;
		if (!out && x->metering[NETSTREAM_OUTBOUND].number)
			out = x->name;
	}
	if (in && out)
		finding_add(list, FINDING_BOTH_DIRECTIONS,
			    xasprintf("forwarded packets are metered twice, inbound (interface %s) "
				      "and outbound (interface %s): sums over both are double",
				      in, out),
			    xasprintf("interface %s; undo ipv6 netstream outbound", out));
}

static bool attached(const struct config *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->interfaces.n; i++) {
		attachments *list = (attachments *)&c->interfaces.v[i].monitors;

		if (attachments_find(list, name, NETSTREAM_INBOUND) ||
		    attachments_find(list, name, NETSTREAM_OUTBOUND))
			return true;
	}
	return false;
}

/* Valid, but nothing comes of it. */
static void idle_monitor(findings *list, const struct config *c, const struct monitor *m)
{
	if (!m->hosts.n)
		finding_add(list, FINDING_MONITOR_HOST,
			    xasprintf("monitor %s has no collector: its flows are lost", m->name),
			    xasprintf("ipv6 netstream monitor %s; ipv6 netstream export host ipv6 "
				      "ADDRESS PORT", m->name));
	if (!attached(c, m->name))
		finding_add(list, FINDING_MONITOR_UNUSED,
			    xasprintf("monitor %s is attached to no interface: it meters nothing",
				      m->name),
			    xasprintf("interface INTERFACE; ipv6 netstream monitor %s inbound",
				      m->name));
}

/**
 * findings_of_config() - what a configuration alone shows
 * @list: the findings
 * @c: the configuration; of records only those that are applied are looked at
 */
void findings_of_config(findings *list, const struct config *c)
{
	size_t i, k;

	for (i = 0; i < c->apply.n; i++)
		for (k = 0; k < c->records.n; k++)
			if (!strcmp(c->apply.v[i].name, c->records.v[k].name)) {
				narrow_counters(list, &c->records.v[k]);
				bare_record(list, &c->records.v[k]);
			}
	for (i = 0; i < c->slots.n; i++)
		sequence_of_flows(list, &c->slots.v[i]);
	for (i = 0; i < c->monitors.n; i++)
		idle_monitor(list, c, &c->monitors.v[i]);
	hidden_sampling(list, c);
	both_directions(list, c);
}

/**
 * findings_warn() - warn of what a commit brings
 * @c: the configuration
 * @before: the configuration that it replaces; no warning is repeated for what that
 *	has too
 * @to: where the warnings go, a line each
 */
void findings_warn(const struct config *c, const struct config *before, FILE *to)
{
	findings known = { 0 }, list = { 0 };
	size_t i, k;

	findings_of_config(&known, before);
	findings_of_config(&list, c);
	for (i = 0; i < list.n; i++) {
		for (k = 0; k < known.n && strcmp(known.v[k].text, list.v[i].text); k++)
			;
		if (k == known.n)
			fprintf(to, "warning: %s\n", list.v[i].text);
	}
	findings_free(&known);
	findings_free(&list);
}
