// SPDX-License-Identifier: GPL-2.0
/* Why nothing arrives, or why numbers look wrong, with what mends it. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

#include "config_print.h"
#include "running.h"
#include "doctor.h"
#include "finding.h"
#include "nl_links.h"
#include "nl_offload.h"
#include "nl_reply.h"
#include "out.h"
#include "session.h"
#include "show_status.h"
#include "term.h"

/**
 * struct examination - what was seen of the module
 * @list: findings so far
 * @hosts: number of collectors
 * @hosts_up: those that can be sent to
 * @metered: interfaces that are metered, by name
 * @watched: an interface has monitors
 * @seen: packets before sampling, on all of them
 * @packets: packets that were metered
 * @active: a flexible record is in effect
 */
struct examination {
	findings	list;
	unsigned int	hosts;
	unsigned int	hosts_up;
	names		metered;
	bool		watched;
	uint64_t	seen;
	uint64_t	packets;
	bool		active;
};

static uint64_t host_count(const struct host_status *h, const char *name)
{
	size_t i;

	for (i = 0; i < h->counts.n; i++)
		if (!strcmp(h->counts.v[i].name, name))
			return h->counts.v[i].value;
	return 0;
}

/* The words that the collector's statement has. */
static char *host_words(const struct host_status *h)
{
	char buffer[ADDRESS_TEXT_MAX];

	return xasprintf("%s%s %u%s%s", h->host.addr.family == AF_INET6 ? "ipv6 " : "",
			 address_text(&h->host.addr, buffer), h->host.port,
			 *h->host.vrf ? " vpn-instance " : "", h->host.vrf);
}

static char *host_mend(const struct host_status *h)
{
	char address[ADDRESS_TEXT_MAX], source[ADDRESS_TEXT_MAX] = "ADDRESS";
	bool v6 = h->host.addr.family == AF_INET6;
	const char *family = v6 ? "-6 " : "", *word = v6 ? "ipv6 " : "";

	address_text(&h->host.addr, address);
	if (h->source.family)
		address_text(&h->source, source);
	switch (h->state) {
	case NETSTREAM_HOST_NO_SOURCE:
		return xasprintf("ipv6 netstream export source %sADDRESS", word);
	case NETSTREAM_HOST_NO_ADDRESS:
		return xasprintf("ip address add %s dev INTERFACE", source);
	case NETSTREAM_HOST_NO_VRF:
		return xasprintf("ip link add %s type vrf table NUMBER", h->host.vrf);
	case NETSTREAM_HOST_NO_ROUTE:
		return xasprintf("ip %sroute add %s via GATEWAY%s%s", family, address,
				 *h->host.vrf ? " vrf " : "", h->host.vrf);
	case NETSTREAM_HOST_MANAGEMENT:
		return xasprintf("ip %sroute add %s via GATEWAY dev INTERFACE, or "
				 "undo management-interface INTERFACE", family, address);
	case NETSTREAM_HOST_UNREACHABLE:
		return xasprintf("on the way to %s: start the collector there, see that "
				 "routers and filters let UDP port %u through",
				 address, h->host.port);
	case NETSTREAM_HOST_FILTERED:
		return xasprintf("nft list ruleset: accept UDP from port %u to %s port %u",
				 h->source_port, address, h->host.port);
	}
	return xstrdup("dmesg, show hosts");
}

static void check_host(const struct host_status *h, void *arg)
{
	struct examination *e = arg;
	char *words = host_words(h);
	uint64_t refused = host_count(h, "refused_packets"), too_big = host_count(h, "too_big");
	uint64_t filtered = host_count(h, "filtered");

	e->hosts++;
	if (h->state == NETSTREAM_HOST_UP || h->state == NETSTREAM_HOST_IDLE)
		e->hosts_up++;
	else
		finding_add(&e->list, FINDING_HOST_STATE,
			    xasprintf("collector %s: %s", words, host_state_text(h)),
			    host_mend(h));
	if (refused)
		finding_add(&e->list, FINDING_HOST_REFUSES,
			    xasprintf("collector %s: nobody listened for at least %" PRIu64
				      " packets", words, refused),
			    xasprintf("start the collector; 'reset statistics' clears the count"));
	if (filtered && h->state != NETSTREAM_HOST_FILTERED)
		finding_add(&e->list, FINDING_HOST_FILTERED,
			    xasprintf("collector %s: a packet filter of this machine has dropped "
				      "%" PRIu64 " packets", words, filtered),
			    xasprintf("nft list ruleset: accept UDP from port %u", h->source_port));
	if (too_big)
		finding_add(&e->list, FINDING_HOST_MTU,
			    xasprintf("collector %s: %" PRIu64 " packets were larger than the path "
				      "takes", words, too_big),
			    xstrdup("raise the MTU on the way; later packets are no larger than "
				    "ICMP allows"));
	free(words);
}

static void check_interface(const struct interface_status *i, void *arg)
{
	struct examination *e = arg;
	unsigned int d;

	e->watched |= i->interface.monitors.n;
	if (!i->interface.metering[0].number && !i->interface.metering[1].number)
		return;
	if (!i->ifindex) {
		finding_add(&e->list, FINDING_INTERFACE_MISSING,
			    xasprintf("interface %s does not exist", i->interface.name),
			    xasprintf("undo interface %s", i->interface.name));
		return;
	}
	names_add_sorted(&e->metered, i->interface.name, (struct origin){ 0 });
	for (d = 0; d < 2; d++) {
		e->seen += i->seen[d];
		e->packets += i->packets[d];
	}
}

static void check_record(const struct record_status *r, void *arg)
{
	struct examination *e = arg;

	if (r->state == NETSTREAM_RECORD_ACTIVE && strcmp(r->record.name, "original"))
		e->active = true;
	if (r->state == NETSTREAM_RECORD_NOT_IN_EFFECT)
		finding_add(&e->list, FINDING_RECORD_INERT,
			    xasprintf("record %s is applied and not in effect: flexible flows go "
				      "out in version 9 only", r->record.name),
			    xstrdup("ipv6 netstream export version 9"));
}

/* Nothing is sent to a collector that is down: only one that is up shows a fault. */
static void check_template(const struct template_status *t, void *arg)
{
	struct examination *e = arg;

	if (!t->sent && e->hosts_up && *t->monitor)
		finding_add(&e->list, FINDING_TEMPLATE_UNSENT,
			    xasprintf("monitor %s: the template of record %s has not been sent: "
				      "collectors cannot read its flows", t->monitor, t->record),
			    xstrdup("refresh template"));
	else if (!t->sent && e->hosts_up)
		finding_add(&e->list, FINDING_TEMPLATE_UNSENT,
			    xasprintf("slot %u: the template of record %s has not been sent: "
				      "collectors cannot read its flows", t->slot, t->record),
			    xstrdup("refresh template"));
}

static void check_traffic(struct examination *e)
{
	if (!e->hosts)
		finding_add(&e->list, FINDING_HOST_NONE,
			    xstrdup("no collector is configured"),
			    xstrdup("ipv6 netstream export host ipv6 ADDRESS PORT"));
	if (!e->metered.n && !e->watched)
		finding_add(&e->list, FINDING_INTERFACE_NONE,
			    xstrdup("no interface is metered"),
			    xstrdup("interface all; ipv6 netstream inbound"));
	else if (e->metered.n && !e->seen)
		finding_add(&e->list, FINDING_NOTHING_SEEN,
			    xstrdup("no IPv6 packet has come by the metered interfaces"),
			    xstrdup("show interfaces; ip -s link: meter the interface and "
				    "direction that the packets take"));
	else if (e->metered.n && !e->packets)
		finding_add(&e->list, FINDING_NOTHING_METERED,
			    xasprintf("none of %" PRIu64 " packets has been metered", e->seen),
			    xstrdup("show interfaces: see the sampler; show statistics: see "
				    "what was not metered and why"));
}

static void check_config(struct examination *e, const struct config *c)
{
	if (c->records.n && !c->apply.n && !e->active && !c->monitors.n)
		finding_add(&e->list, FINDING_RECORD_UNUSED,
			    xstrdup("records are defined and none is applied: original flows "
				    "are exported"),
			    xasprintf("ipv6 netstream apply record %s", c->records.v[0].name));
	findings_of_config(&e->list, c);
}

/* Kinds of interface whose packets cross another interface as well, wrapped or not. */
static bool carried_by_another(const char *kind)
{
	static const char *const kinds[] = {
		"gre", "gretap", "ip6gre", "ip6gretap", "ip6tnl", "ipip", "sit", "vti6", "xfrm",
		"vxlan", "geneve", "wireguard", "tun", "vrf",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i], kind))
			return true;
	return false;
}

static void check_link(const char *name, const char *kind, void *arg)
{
	struct examination *e = arg;

	if (e->metered.n < 2 || !names_find_sorted(&e->metered, name) || !carried_by_another(kind))
		return;
	finding_add(&e->list, FINDING_METERED_TWICE,
		    xasprintf("interface %s (%s) is metered and so is the interface below it: "
			      "its packets count on both", name, kind),
		    xasprintf("interface %s; undo ipv6 netstream inbound; undo ipv6 netstream "
			      "outbound", name));
}

/* Packets of connections in a flowtable go round the hooks.  Without nft there is none. */
static void check_flowtables(struct examination *e)
{
	FILE *f = popen("nft list flowtables 2>/dev/null", "r");
	char *line = NULL, table[128] = "", name[128];
	size_t size = 0;

	if (!f)
		return;
	while (getline(&line, &size, f) > 0) {
		if (sscanf(line, "table %127[^{\n]", table) == 1)
			table[strcspn(table, "{")] = '\0';
		if (sscanf(line, " flowtable %127s", name) != 1)
			continue;
		finding_add(&e->list, FINDING_BYPASS,
			    xasprintf("flowtable %s of table %sforwards packets round the "
				      "hooks: they are not metered", name, table),
			    xasprintf("nft delete flowtable %s%s", table, name));
	}
	free(line);
	pclose(f);
}

static void add_filter(const char *device, const char *kind, void *arg)
{
	struct examination *e = arg;

	finding_add(&e->list, FINDING_BYPASS,
		    xasprintf("hardware of interface %s applies %s filters of tc: packets that it "
			      "forwards or drops are not metered", device, kind),
		    xasprintf("tc filter show dev %s ingress: give the filters skip_hw", device));
}

/* Packets that hardware forwards do not come to the hooks. */
static void check_hardware(struct examination *e)
{
	unsigned long routes = nl_offloaded_routes();
	size_t i;

	for (i = 0; i < e->metered.n; i++)
		nl_offloaded_filters(e->metered.v[i].name, add_filter, e);
	if (!routes)
		return;
	finding_add(&e->list, FINDING_BYPASS,
		    xasprintf("hardware forwards packets by %lu IPv6 %s: they are not metered", routes,
			      routes == 1 ? "route" : "routes"),
		    xstrdup("ip -6 route show table all: see the routes that are marked offload; "
			    "meter them on the switch"));
}

/*
 * Export packets have this machine's time, and collectors date flows by it.  A clock that
 * nobody keeps right steps when it is set, and flows that began before are dated anew.
 */
static void check_clock(struct examination *e)
{
	struct timex t = { 0 };

	if (adjtimex(&t) == -1 || !(t.status & STA_UNSYNC))
		return;
	finding_add(&e->list, FINDING_CLOCK,
		    xstrdup("this machine's clock is not synchronized: collectors date flows by it, "
			    "and their times jump when it is set"),
		    xstrdup("timedatectl set-ntp true"));
}

static int examine(struct examination *e, struct session *s)
{
	struct config c = { 0 };

	if (running_get(s, &c)) {
		if (s->why.error != ENOENT)
			return -1;
		finding_add(&e->list, FINDING_MODULE, xstrdup("the module is not loaded"),
			    xstrdup("modprobe netstream"));
		failure_clear(&s->why);
		return 0;
	}
	if (nl_hosts(check_host, e, &s->why) || nl_interfaces(check_interface, e, &s->why) ||
	    nl_records(check_record, e, &s->why) || nl_templates(check_template, e, &s->why)) {
		config_free(&c);
		return -1;
	}
	check_traffic(e);
	check_config(e, &c);
	nl_links(check_link, e);
	check_flowtables(e);
	check_hardware(e);
	check_clock(e);
	config_free(&c);
	return 0;
}

static void print_finding(size_t number, const struct finding *f)
{
	printf("%zu. ", number);
	term_print(stdout, TINT_CARE, f->text);
	printf("\n   mend: %s\n", f->mend);
}

static void print_findings(const findings *list, bool json)
{
	struct out o;
	size_t i;

	if (!json) {
		for (i = 0; i < list->n; i++)
			print_finding(i + 1, &list->v[i]);
		if (!list->n) {
			term_print(stdout, TINT_GOOD, "Nothing is wrong.");
			putchar('\n');
		}
		return;
	}
	out_open(&o, true);
	for (i = 0; i < list->n; i++) {
		out_row(&o);
		out_text(&o, "finding", NULL, "%s", finding_name(list->v[i].kind));
		out_text(&o, "text", NULL, "%s", list->v[i].text);
		out_text(&o, "mend", NULL, "%s", list->v[i].mend);
	}
	out_close(&o, "");
}

/* The exit status of the program says whether something was found. */
int doctor(struct session *s, const struct match *m)
{
	struct examination e = { 0 };
	int rc;

	if (session_needs_module(s))
		return -1;
	rc = examine(&e, s);
	if (!rc) {
		print_findings(&e.list, s->json || match_word(m, "--json"));
		s->found |= e.list.n;
	}
	findings_free(&e.list);
	vec_free(&e.metered);
	return rc;
}
