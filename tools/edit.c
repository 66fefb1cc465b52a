// SPDX-License-Identifier: GPL-2.0
/*
 * What the statements of the configuration do to the candidate.
 *
 * The syntax has been checked already.  What is refused here is what would
 * be refused by the kernel as well, but can be said better while the line is
 * at hand; the kernel remains the judge.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "edit.h"
#include "session.h"

static int edit_begin(struct session *s, struct place *p)
{
	if (session_load(s))
		return -1;
	session_place(s, p);
	return 0;
}

/* ipv6 netstream export version: what is not said is taken back. */
int edit_version(struct session *s, const struct match *m)
{
	struct config *c;
	struct place p;

	if (edit_begin(s, &p))
		return -1;
	c = p.config;
	config_drop(c, NETSTREAM_SYSTEM_A_VERSION);
	config_drop(c, NETSTREAM_SYSTEM_A_AS_TYPE);
	config_drop(c, NETSTREAM_SYSTEM_A_BGP_NEXTHOP);
	if (m->undo)
		return 0;
	config_put(c, NETSTREAM_SYSTEM_A_VERSION,
		   match_word(m, "ipfix") ? NETSTREAM_VERSION_IPFIX : NETSTREAM_VERSION_9, s->at);
	if (match_word(m, "origin-as"))
		config_put(c, NETSTREAM_SYSTEM_A_AS_TYPE, NETSTREAM_AS_ORIGIN, s->at);
	if (match_word(m, "peer-as"))
		config_put(c, NETSTREAM_SYSTEM_A_AS_TYPE, NETSTREAM_AS_PEER, s->at);
	if (match_word(m, "bgp-nexthop"))
		config_put(c, NETSTREAM_SYSTEM_A_BGP_NEXTHOP, 1, s->at);
	return 0;
}

/* The last word is the number. */
int edit_number(struct session *s, const struct match *m)
{
	int attr = m->statement->attr;
	struct place p;

	if (edit_begin(s, &p))
		return -1;
	if (m->undo)
		config_drop(p.config, attr);
	else
		config_put(p.config, attr,
			   match_number(m, m->names[m->line->words.n - 1]), s->at);
	return 0;
}

int edit_active(struct session *s, const struct match *m)
{
	int attr = m->statement->attr;
	struct place p;

	if (edit_begin(s, &p))
		return -1;
	if (m->undo)
		config_drop(p.config, attr);
	else if (match_arg(m, "seconds"))
		config_put(p.config, attr, match_number(m, "seconds"), s->at);
	else
		config_put(p.config, attr, match_number(m, "minutes") * 60, s->at);
	return 0;
}

/* The word that is the address, and the address; family 0 if there is none. */
static int get_address(const struct match *m, struct address *a)
{
	int i = match_index(m, "address4");

	memset(a, 0, sizeof(*a));
	if (i >= 0) {
		a->family = AF_INET;
		inet_pton(AF_INET, m->line->words.v[i].text, &a->v4);
		return i;
	}
	i = match_index(m, "address6");
	if (i >= 0) {
		a->family = AF_INET6;
		inet_pton(AF_INET6, m->line->words.v[i].text, &a->v6);
	}
	return i;
}

static const char *wrong_address4(struct in_addr a)
{
	uint32_t addr = ntohl(a.s_addr);

	if (addr >> 24 == 0)
		return "the address is unspecified: expected the address of a machine";
	if (IN_MULTICAST(addr))
		return "the address is multicast: expected the address of a machine";
	if (addr == INADDR_BROADCAST)
		return "the address is broadcast: expected the address of a machine";
	return NULL;
}

static const char *wrong_address6(const struct in6_addr *a)
{
	if (IN6_IS_ADDR_UNSPECIFIED(a))
		return "the address is unspecified: expected the address of a machine";
	if (IN6_IS_ADDR_MULTICAST(a))
		return "the address is multicast: expected the address of a machine";
	if (IN6_IS_ADDR_LINKLOCAL(a))
		return "the address is link-local: expected one that does not need an interface";
	if (IN6_IS_ADDR_V4MAPPED(a))
		return "the address is IPv4-mapped: expected the IPv4 address itself";
	return NULL;
}

static int check_address(struct session *s, const struct match *m, int word,
			 const struct address *a)
{
	const char *wrong = a->family == AF_INET ? wrong_address4(a->v4) : wrong_address6(&a->v6);

	return wrong ? session_refuse(s, m, word, "%s", wrong) : 0;
}

static bool source_is(const struct config *c, const struct address *a)
{
	if (a->family == AF_INET)
		return config_has(c, NETSTREAM_SYSTEM_A_SOURCE4) &&
		       c->source4.s_addr == a->v4.s_addr;
	return config_has(c, NETSTREAM_SYSTEM_A_SOURCE6) &&
	       IN6_ARE_ADDR_EQUAL(&c->source6, &a->v6);
}

static void drop_source4(struct config *c)
{
	config_drop(c, NETSTREAM_SYSTEM_A_SOURCE4);
	config_drop(c, NETSTREAM_SYSTEM_A_SOURCE4_PORT);
	c->source4.s_addr = 0;
}

static void drop_source6(struct config *c)
{
	config_drop(c, NETSTREAM_SYSTEM_A_SOURCE6);
	config_drop(c, NETSTREAM_SYSTEM_A_SOURCE6_PORT);
	memset(&c->source6, 0, sizeof(c->source6));
}

/* Without an address: both, or with "ipv6" the IPv6 one. */
static int undo_source(struct session *s, const struct match *m, struct config *c,
		       const struct address *a, int word)
{
	const char *next = m->names[match_index(m, "source") + 1];
	bool only6 = next && !strcmp(next, "ipv6");

	if (a->family && !source_is(c, a))
		return session_refuse(s, m, word, "not the source: expected the configured one");
	if (a->family != AF_INET)
		drop_source6(c);
	if (a->family == AF_INET || (!a->family && !only6))
		drop_source4(c);
	return 0;
}

int edit_source(struct session *s, const struct match *m)
{
	struct address a;
	struct place p;
	int word;

	if (edit_begin(s, &p))
		return -1;
	word = get_address(m, &a);
	if (m->undo)
		return undo_source(s, m, p.config, &a, word);
	if (check_address(s, m, word, &a))
		return -1;
	if (a.family == AF_INET) {
		drop_source4(p.config);
		p.config->source4 = a.v4;
		config_put(p.config, NETSTREAM_SYSTEM_A_SOURCE4, 0, s->at);
		if (match_arg(m, "port"))
			config_put(p.config, NETSTREAM_SYSTEM_A_SOURCE4_PORT,
				   match_number(m, "port"), s->at);
		return 0;
	}
	drop_source6(p.config);
	p.config->source6 = a.v6;
	config_put(p.config, NETSTREAM_SYSTEM_A_SOURCE6, 0, s->at);
	if (match_arg(m, "port"))
		config_put(p.config, NETSTREAM_SYSTEM_A_SOURCE6_PORT,
			   match_number(m, "port"), s->at);
	return 0;
}

static void get_host(const struct match *m, struct host *h)
{
	const char *vrf = match_arg(m, "vrf");

	h->port = match_number(m, "port");
	snprintf(h->vrf, sizeof(h->vrf), "%s", vrf ? vrf : "");
	if (match_word(m, "version"))
		h->version = match_word(m, "ipfix") ? NETSTREAM_VERSION_IPFIX
						    : NETSTREAM_VERSION_9;
	h->has_dscp = match_word(m, "dscp");
	h->dscp = match_number(m, "dscp-value");
}

/* The same address, port and VRF again: new version and DSCP. */
int edit_host(struct session *s, const struct match *m)
{
	struct host new = { .at = s->at }, *old;
	struct place p;
	hosts *list;
	int word;

	if (edit_begin(s, &p))
		return -1;
	list = p.slot ? &p.slot->hosts : &p.config->hosts;
	word = get_address(m, &new.addr);
	get_host(m, &new);
	old = hosts_find(list, &new);
	if (m->undo && !old)
		return session_refuse(s, m, word, "no such host in this view");
	if (m->undo) {
		hosts_remove(list, old);
		return 0;
	}
	if (check_address(s, m, word, &new.addr))
		return -1;
	if (!old && list->n >= NETSTREAM_HOSTS_MAX)
		return session_refuse(s, m, word, "too many hosts: expected at most %d in a view",
				      NETSTREAM_HOSTS_MAX);
	if (!old)
		old = vec_push(list);
	*old = new;
	return 0;
}

/* Without a name: all. */
static int undo_apply(struct session *s, const struct match *m, struct config *c)
{
	const char *name = match_arg(m, "record-name");
	struct name *applied;

	if (!name) {
		vec_free(&c->apply);
		return 0;
	}
	applied = names_find(&c->apply, name);
	if (!applied)
		return session_refuse(s, m, match_index(m, "record-name"),
				      "the record is not applied");
	names_remove(&c->apply, applied);
	return 0;
}

int edit_apply(struct session *s, const struct match *m)
{
	const char *name = match_arg(m, "record-name");
	int word = match_index(m, "record-name");
	const struct record *r;
	struct place p;

	if (edit_begin(s, &p))
		return -1;
	if (m->undo)
		return undo_apply(s, m, p.config);
	r = config_record(p.config, name);
	if (!r)
		return session_refuse(s, m, word, "no such record: expected one that is defined");
	if (!r->match.n && !r->collect.n)
		return session_refuse(s, m, word,
				      "the record is empty: expected a match or collect in it");
	if (names_find(&p.config->apply, name))
		return 0;
	if (p.config->apply.n >= NETSTREAM_APPLIED_MAX)
		return session_refuse(s, m, word, "too many records: expected at most %d applied",
				      NETSTREAM_APPLIED_MAX);
	names_add(&p.config->apply, name, s->at);
	return 0;
}

int edit_management(struct session *s, const struct match *m)
{
	int word = match_index(m, "interface");
	const char *name = match_arg(m, "interface");
	struct name *old;
	struct place p;

	if (edit_begin(s, &p))
		return -1;
	old = name ? names_find(&p.config->management, name) : NULL;
	if (m->undo && !name) {
		vec_free(&p.config->management);
		return 0;
	}
	if (m->undo && !old)
		return session_refuse(s, m, word, "not a management interface");
	if (m->undo) {
		names_remove(&p.config->management, old);
		return 0;
	}
	if (!strcmp(name, ALL_INTERFACES))
		return session_refuse(s, m, word, "expected the name of one interface");
	if (old)
		return 0;
	if (p.config->management.n >= NETSTREAM_MANAGEMENT_MAX)
		return session_refuse(s, m, word,
				      "too many: expected at most %d management interfaces",
				      NETSTREAM_MANAGEMENT_MAX);
	names_add(&p.config->management, name, s->at);
	return 0;
}

int edit_sampler(struct session *s, const struct match *m)
{
	struct sampler *sampler;
	struct place p;

	if (edit_begin(s, &p))
		return -1;
	sampler = p.interface ? p.interface->sampler : p.config->sampler;
	if (match_word(m, "outbound"))
		sampler += NETSTREAM_OUTBOUND;
	memset(sampler, 0, sizeof(*sampler));
	if (m->undo)
		return 0;
	sampler->at = s->at;
	sampler->interval = match_number(m, "interval");
	sampler->mode = NETSTREAM_SAMPLER_RANDOM_PACKETS;
	if (match_word(m, "fix-packets"))
		sampler->mode = NETSTREAM_SAMPLER_FIX_PACKETS;
	if (match_word(m, "fix-time")) {
		sampler->mode = NETSTREAM_SAMPLER_FIX_TIME;
		sampler->interval = match_number(m, "milliseconds");
	}
	return 0;
}

int edit_enable(struct session *s, const struct match *m)
{
	struct place p;

	if (edit_begin(s, &p))
		return -1;
	p.interface->enabled[match_word(m, "outbound")] = !m->undo;
	p.interface->excluded = !p.interface->enabled[0] && !p.interface->enabled[1];
	p.interface->at = s->at;
	return 0;
}

int edit_sequence(struct session *s, const struct match *m)
{
	struct place p;

	if (edit_begin(s, &p))
		return -1;
	p.slot->sequence_flow = !m->undo;
	p.slot->at = s->at;
	return 0;
}

static int undo_port(struct session *s, const struct match *m, struct slot *slot)
{
	struct name *port = names_find(&slot->ports, match_arg(m, "interface"));

	if (!port)
		return session_refuse(s, m, match_index(m, "interface"),
				      "the interface is not in this slot");
	names_remove(&slot->ports, port);
	return 0;
}

int edit_port(struct session *s, const struct match *m)
{
	const char *name = match_arg(m, "interface");
	int word = match_index(m, "interface");
	const struct slot *other;
	struct place p;

	if (edit_begin(s, &p))
		return -1;
	if (m->undo)
		return undo_port(s, m, p.slot);
	if (!p.slot->id)
		return session_refuse(s, m, 0, "slot 0 has every interface that is not "
				      "in another: expected no port");
	if (!strcmp(name, ALL_INTERFACES))
		return session_refuse(s, m, word, "expected the name of one interface");
	other = config_slot_of_port(p.config, name);
	if (other && other != p.slot)
		return session_refuse(s, m, word, "the interface is in slot %u already", other->id);
	if (!other)
		names_add_sorted(&p.slot->ports, name, s->at);
	return 0;
}

int edit_description(struct session *s, const struct match *m)
{
	struct place p;
	char *text;
	int rc = 0;

	if (edit_begin(s, &p))
		return -1;
	if (m->undo) {
		*p.record->description = '\0';
		return 0;
	}
	text = match_rest(m, "text");
	if (strlen(text) > NETSTREAM_DESCRIPTION_MAX)
		rc = session_refuse(s, m, match_index(m, "text"),
				    "too long: expected at most %d characters",
				    NETSTREAM_DESCRIPTION_MAX);
	else
		snprintf(p.record->description, sizeof(p.record->description), "%s", text);
	free(text);
	return rc;
}

/* The keywords after match or collect, as field_name() has them. */
static unsigned int get_field(const struct match *m)
{
	char name[64] = "";
	size_t i, len = 0;

	for (i = m->undo ? 2 : 1; i < m->line->words.n; i++) {
		if (isdigit((unsigned char)*m->names[i]) || !strcmp(m->names[i], "prefix"))
			break;
		len += snprintf(name + len, sizeof(name) - len, "%s%s", len ? " " : "",
				m->names[i]);
	}
	return field_by_name(name);
}

static uint8_t get_width(const struct match *m)
{
	const char *last = m->names[m->line->words.n - 1];

	return isdigit((unsigned char)*last) ? strtoul(last, NULL, 10) : 0;
}

static int add_item(struct session *s, const struct match *m, struct record *r,
		    items *list, const struct item *new)
{
	struct item *old = items_find(list, new->field);

	if (items_find(list == &r->match ? &r->collect : &r->match, new->field))
		return session_refuse(s, m, 0, "the record %s this field already",
				      list == &r->match ? "collects" : "matches");
	if (!old && r->match.n + r->collect.n >= NETSTREAM_FIELDS_MAX)
		return session_refuse(s, m, 0, "too many fields: expected at most %d in a record",
				      NETSTREAM_FIELDS_MAX);
	if (!old)
		old = vec_push(list);
	*old = *new;
	return 0;
}

static int undo_item(struct session *s, const struct match *m, items *list, unsigned int field)
{
	struct item *old = items_find(list, field);

	if (!old)
		return session_refuse(s, m, 1, "the record has no such field");
	items_remove(list, old);
	return 0;
}

/* The keys of a record in use stay as they are: flows were made with them. */
static int check_unused(struct session *s, const struct match *m, const struct place *p)
{
	if (!names_find(&p->config->apply, p->record->name))
		return 0;
	return session_refuse(s, m, 0, "record %s is applied: its keys can change after "
			      "'undo ipv6 netstream apply record %s'",
			      p->record->name, p->record->name);
}

int edit_match(struct session *s, const struct match *m)
{
	struct item new = { .at = s->at }, *old;
	struct place p;

	if (edit_begin(s, &p))
		return -1;
	new.field = get_field(m);
	new.prefix = match_number(m, "prefix");
	old = items_find(&p.record->match, new.field);
	if (!m->undo && old && old->prefix == new.prefix)
		return 0;
	if (check_unused(s, m, &p))
		return -1;
	if (m->undo)
		return undo_item(s, m, &p.record->match, new.field);
	return add_item(s, m, p.record, &p.record->match, &new);
}

int edit_collect(struct session *s, const struct match *m)
{
	struct item new = { .at = s->at };
	struct place p;

	if (edit_begin(s, &p))
		return -1;
	new.field = get_field(m);
	new.width = get_width(m);
	if (m->undo)
		return undo_item(s, m, &p.record->collect, new.field);
	return add_item(s, m, p.record, &p.record->collect, &new);
}
