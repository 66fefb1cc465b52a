// SPDX-License-Identifier: GPL-2.0
/*
 * What the statements of the configuration do to a configuration.
 *
 * The syntax has been checked already.  Each function checks all it has to
 * before it changes anything: a refused line leaves the configuration as it
 * was.  The kernel checks everything once more; checking here names the word.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "config_edit.h"
#include "config_print.h"
#include "field.h"
#include "grammar.h"
#include "ready_made.h"

/**
 * config_part() - what the statements of a view edit
 * @c: the configuration
 * @view: the view
 * @slot: number of the slot, in a slot view
 * @name: name of the interface, record or monitor, in its view
 *
 * Return: NULL if nothing is configured in that view.
 */
const void *config_part(const struct config *c, enum view view, unsigned int slot,
			const char *name)
{
	struct config *config = (struct config *)c;

	switch (view) {
	case VIEW_SLOT:
		return config_slot(config, slot);
	case VIEW_INTERFACE:
		return config_interface(config, name);
	case VIEW_RECORD:
		return config_record(config, name);
	case VIEW_MONITOR:
		return config_monitor(config, name);
	case VIEW_ROUTES:
		return &config->routes;
	default:
		return config;
	}
}

/* The value that the statement sets, for reading; all zero if its view is empty. */
static const void *look(const struct edit *e, const struct setting *st)
{
	static const union {
		struct slot		slot;
		struct interface	interface;
		struct record		record;
		struct monitor		monitor;
	} empty;
	const void *part = config_part(e->config, e->view, e->slot, e->name);

	return (const char *)(part ? part : &empty) + st->offset;
}

/* The value that the statement sets, for writing; the view is created if it was empty. */
static void *change(struct edit *e, const struct setting *st)
{
	struct config *c = e->config;
	void *part = c;

	c->revision++;
	if (e->view == VIEW_SLOT)
		part = config_slot_add(c, e->slot, e->at);
	if (e->view == VIEW_INTERFACE)
		part = config_interface_add(c, e->name, e->at);
	if (e->view == VIEW_RECORD)
		part = config_record_add(c, e->name, e->at);
	if (e->view == VIEW_MONITOR)
		part = config_monitor_add(c, e->name, e->at);
	if (e->view == VIEW_ROUTES)
		part = &c->routes;
	return (char *)part + st->offset;
}

/* Remove a slot or an interface view that has become empty. */
static int done(struct edit *e)
{
	struct config *c = e->config;
	struct interface *i;
	struct slot *s;

	if (e->view == VIEW_SLOT) {
		s = config_slot(c, e->slot);
		if (s && slot_empty(s))
			config_slot_remove(c, s);
	}
	if (e->view == VIEW_INTERFACE) {
		i = config_interface(c, e->name);
		if (i && interface_empty(i))
			config_interface_remove(c, i);
	}
	return 0;
}

static int set_value(struct edit *e, const struct setting *st, bool set, uint32_t number)
{
	const struct value *old = look(e, st);

	if (old->set == set && (!set || old->number == number))
		return 0;
	*(struct value *)change(e, st) = (struct value){ set, set ? number : 0, e->at };
	return done(e);
}

static int edit_number(struct edit *e, const struct setting *st, const struct match *m)
{
	if (match_arg(m, "minutes"))
		return set_value(e, st, !m->undo, match_number(m, "minutes") * 60);
	return set_value(e, st, !m->undo, match_number(m, "value"));
}

/* The default is not part of the configuration. */
static int edit_choice(struct edit *e, const struct setting *st, const struct match *m)
{
	uint32_t number = 0;

	while (!m->undo && st->choice[number] && !match_word(m, st->choice[number]))
		number++;
	return set_value(e, st, number != 0, number);
}

/* The line replaces all three values, also those that it does not mention. */
static int edit_version(struct edit *e, const struct setting *st, const struct match *m)
{
	struct value *v = change(e, st);
	size_t i;

	for (i = 0; i < SETTING_ATTRS && st->attr[i]; i++)
		v[st->attr[i]] = (struct value){ .at = e->at };
	if (m->undo)
		return 0;
	v[NETSTREAM_SYSTEM_A_VERSION].set = true;
	v[NETSTREAM_SYSTEM_A_VERSION].number =
		match_word(m, "ipfix") ? NETSTREAM_VERSION_IPFIX : NETSTREAM_VERSION_9;
	if (match_word(m, "origin-as") || match_word(m, "peer-as")) {
		v[NETSTREAM_SYSTEM_A_AS_TYPE].set = true;
		v[NETSTREAM_SYSTEM_A_AS_TYPE].number =
			match_word(m, "origin-as") ? NETSTREAM_AS_ORIGIN : NETSTREAM_AS_PEER;
	}
	if (match_word(m, "bgp-nexthop")) {
		v[NETSTREAM_SYSTEM_A_BGP_NEXTHOP].set = true;
		v[NETSTREAM_SYSTEM_A_BGP_NEXTHOP].number = 1;
	}
	return 0;
}

/* Return the index of the address; without one, -1 with the family 0. */
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

static int check_address(struct edit *e, int word, const struct address *a)
{
	const char *wrong = a->family == AF_INET ? wrong_address4(a->v4) : wrong_address6(&a->v6);

	return wrong ? failure_word(e->why, word, "%s", wrong) : 0;
}

/* Without an address: both sources, or with "ipv6" the IPv6 one. */
static int undo_source(struct edit *e, const struct setting *st, const struct match *m,
		       const struct address *a, int word)
{
	const char *next = m->names[match_index(m, "source") + 1];
	bool only6 = next && !strcmp(next, "ipv6");
	const struct source *old = look(e, st);
	struct source *s;

	if (a->family && !address_equal(&old[a->family == AF_INET6].addr, a))
		return failure_word(e->why, word, "not the source: expected the configured one");
	s = change(e, st);
	if (a->family != AF_INET)
		memset(&s[SOURCE6], 0, sizeof(*s));
	if (a->family == AF_INET || (!a->family && !only6))
		memset(&s[SOURCE4], 0, sizeof(*s));
	return 0;
}

static int edit_sources(struct edit *e, const struct setting *st, const struct match *m)
{
	struct source *s, new = { .at = e->at, .port = match_number(m, "port") };
	int word = get_address(m, &new.addr);

	if (m->undo)
		return undo_source(e, st, m, &new.addr, word);
	if (check_address(e, word, &new.addr))
		return -1;
	s = change(e, st);
	s[new.addr.family == AF_INET6 ? SOURCE6 : SOURCE4] = new;
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

/* A host with the same address, port and VRF gets the new version and DSCP. */
static int edit_hosts(struct edit *e, const struct setting *st, const struct match *m)
{
	struct host new = { .at = e->at }, *old;
	const hosts *list = look(e, st);
	int word = get_address(m, &new.addr);

	get_host(m, &new);
	old = hosts_find((hosts *)list, &new);
	if (m->undo && !old)
		return failure_word(e->why, word, "no such host in this view");
	if (m->undo) {
		hosts_remove(change(e, st), old);
		return done(e);
	}
	if (check_address(e, word, &new.addr))
		return -1;
	if (!old && list->n >= st->max)
		return failure_word(e->why, word, "too many hosts: expected at most %u in a view",
				    st->max);
	if (old)
		e->config->revision++;
	else
		old = vec_push((hosts *)change(e, st));
	*old = new;
	return 0;
}

static int check_apply(struct edit *e, int word, const char *name)
{
	const struct record *r = config_record(e->config, name);

	if (!r && ready_made_is(name))
		return e->config->records.n < NETSTREAM_RECORDS_MAX ? 0 :
		       failure_word(e->why, word, "too many records: expected at most %d",
				    NETSTREAM_RECORDS_MAX);
	if (!r)
		return failure_word(e->why, word,
				    "no such record: expected one that is defined");
	if (!r->match.n && !r->collect.n)
		return failure_word(e->why, word,
				    "the record is empty: expected a match or collect in it");
	return 0;
}

static size_t count_ports(const struct config *c)
{
	size_t i, n = 0;

	for (i = 0; i < c->slots.n; i++)
		n += c->slots.v[i].ports.n;
	return n;
}

/* An interface is in one slot only. */
static int check_port(struct edit *e, int word, const char *name)
{
	const struct slot *other = config_slot_of_port(e->config, name);

	if (!e->slot)
		return failure_word(e->why, 0, "slot 0 has every interface that is not in "
				    "another slot: expected no port");
	if (other && other->id != e->slot)
		return failure_word(e->why, word, "the interface is in slot %u already",
				    other->id);
	return 0;
}

/* Checks that apply to only one of the lists. */
static int check_name(struct edit *e, const struct setting *st, int word, const char *name)
{
	if (!strcmp(st->arg, "record-name"))
		return check_apply(e, word, name);
	if (!strcmp(name, ALL_INTERFACES))
		return failure_word(e->why, word, "expected the name of one interface");
	if (st->view == VIEW_SLOT)
		return check_port(e, word, name);
	return 0;
}

/* Records of all monitors; one that has none meters original flows. */
static size_t count_monitor_records(const struct config *c)
{
	size_t i, n = 0;

	for (i = 0; i < c->monitors.n; i++)
		n += c->monitors.v[i].apply.n ? c->monitors.v[i].apply.n : 1;
	return n;
}

/* How many more names the list may have. */
static size_t names_left(const struct edit *e, const struct setting *st, const names *list)
{
	size_t used = list->n;

	if (st->view == VIEW_SLOT)
		used = count_ports(e->config);
	if (st->view == VIEW_MONITOR)
		used = count_monitor_records(e->config) - !list->n;
	return used < st->max ? st->max - used : 0;
}

static int undo_name(struct edit *e, const struct setting *st, const char *name, int word)
{
	struct name *old;

	if (!name) {
		names *list = change(e, st);

		vec_free(list);
		return done(e);
	}
	old = st->view == VIEW_SLOT ? names_find_sorted((names *)look(e, st), name)
				    : names_find((names *)look(e, st), name);
	if (!old && st->view == VIEW_SLOT)
		return failure_word(e->why, word, "the interface is not in this slot");
	if (!old)
		return failure_word(e->why, word, strcmp(st->arg, "record-name") ?
				    "not a management interface" : "the record is not applied");
	names_remove(change(e, st), old);
	return done(e);
}

/* Ports are kept sorted, since there may be many of them. */
static int edit_names(struct edit *e, const struct setting *st, const struct match *m)
{
	const char *name = match_arg(m, st->arg);
	int word = match_index(m, st->arg);
	bool ports = st->view == VIEW_SLOT;
	const names *list = look(e, st);

	if (m->undo)
		return undo_name(e, st, name, word);
	if (check_name(e, st, word, name))
		return -1;
	if (ports ? !!config_slot_of_port(e->config, name) : !!names_find((names *)list, name))
		return 0;
	if (!names_left(e, st, list))
		return failure_word(e->why, word, st->view == VIEW_MONITOR ?
				    "too many: expected at most %u in all monitors" :
				    "too many: expected at most %u", st->max);
	if (!strcmp(st->arg, "record-name") && !config_record(e->config, name))
		ready_made_add(e->config, name, e->at);
	if (ports)
		names_add_sorted(change(e, st), name, e->at);
	else
		names_add(change(e, st), name, e->at);
	return 0;
}

static int edit_samplers(struct edit *e, const struct setting *st, const struct match *m)
{
	unsigned int direction = match_word(m, "outbound");
	struct sampler new = { 0 };

	if (!m->undo) {
		new.at = e->at;
		new.interval = match_number(m, "interval");
		new.mode = NETSTREAM_SAMPLER_RANDOM_PACKETS;
		if (match_word(m, "fix-packets"))
			new.mode = NETSTREAM_SAMPLER_FIX_PACKETS;
		if (match_word(m, "fix-time")) {
			new.mode = NETSTREAM_SAMPLER_FIX_TIME;
			new.interval = match_number(m, "milliseconds");
		}
	}
	((struct sampler *)change(e, st))[direction] = new;
	return done(e);
}

static int edit_attachments(struct edit *e, const struct setting *st, const struct match *m)
{
	struct attachment *old, new = { .direction = match_word(m, "outbound"), .at = e->at };
	int word = match_index(m, "monitor-name");
	attachments *list;

	snprintf(new.name, sizeof(new.name), "%s", match_arg(m, "monitor-name"));
	old = attachments_find((attachments *)look(e, st), new.name, new.direction);
	if (m->undo && !old)
		return failure_word(e->why, word, "the monitor is not attached in this direction");
	if (m->undo) {
		list = change(e, st);
		vec_remove(list, (size_t)(old - list->v));
		return done(e);
	}
	if (!config_monitor(e->config, new.name))
		return failure_word(e->why, word,
				    "no such monitor: expected one that is defined");
	if (!old)
		attachments_add(change(e, st), &new);
	return 0;
}

static bool all_meters(struct config *c, unsigned int direction)
{
	const struct interface *all = config_interface(c, ALL_INTERFACES);

	return all && all->metering[direction].set && all->metering[direction].number;
}

/*
 * undo removes the statement.  If there was none, or if "all" would then meter
 * the interface, undo excludes the interface instead.  The view of "all" has
 * nothing to be excluded from.
 */
static int edit_directions(struct edit *e, const struct setting *st, const struct match *m)
{
	unsigned int direction = match_word(m, "outbound");
	const struct value *old = (const struct value *)look(e, st) + direction;
	struct value new = { .set = true, .number = !m->undo, .at = e->at };

	if (m->undo && (!strcmp(e->name, ALL_INTERFACES) ||
			(old->set && old->number && !all_meters(e->config, direction))))
		new = (struct value){ 0 };
	if (old->set == new.set && old->number == new.number)
		return 0;
	((struct value *)change(e, st))[direction] = new;
	return done(e);
}

static int edit_text(struct edit *e, const struct setting *st, const struct match *m)
{
	char *text = m->undo ? xstrdup("") : match_rest(m, "text");
	int rc = 0;

	if (strlen(text) > st->max)
		rc = failure_word(e->why, match_index(m, "text"),
				  "too long: expected at most %u characters", st->max);
	else if (strcmp(look(e, st), text))
		snprintf(change(e, st), st->max + 1, "%s", text);
	free(text);
	return rc;
}

/* The width is a keyword, the last word of the line. */
static uint8_t get_width(const struct match *m, const struct field *f)
{
	if (m->undo || !(f->use & FIELD_WIDTH))
		return 0;
	return strtoul(m->names[m->line->words.n - 1], NULL, 10);
}

/* 0: not configured */
static uint8_t get_prefix(const struct match *m)
{
	return match_word(m, "route-mask") ? NETSTREAM_PREFIX_ROUTE : match_number(m, "prefix");
}

static int add_item(struct edit *e, const struct setting *st, const struct item *new, int word)
{
	const struct record *r = config_record(e->config, e->name);
	bool match = st->attr[0] == NETSTREAM_RECORD_A_MATCH;
	struct item *old = items_find((items *)look(e, st), new->field);

	if (old && old->prefix == new->prefix && old->width == new->width)
		return 0;
	if (r && items_find((items *)(match ? &r->collect : &r->match), new->field))
		return failure_word(e->why, word, "the record %s this field already",
				    match ? "collects" : "matches");
	if (!old && r && r->match.n + r->collect.n >= NETSTREAM_FIELDS_MAX)
		return failure_word(e->why, word,
				    "too many fields: expected at most %d in a record",
				    NETSTREAM_FIELDS_MAX);
	if (old)
		e->config->revision++;
	else
		old = vec_push((items *)change(e, st));
	*old = *new;
	return 0;
}

static int edit_items(struct edit *e, const struct setting *st, unsigned int field,
		      const struct match *m)
{
	struct item new = {
		.field = field,
		.prefix = get_prefix(m),
		.width = get_width(m, field_row(field)),
		.at = e->at,
	};
	struct item *old = items_find((items *)look(e, st), field);
	int word = m->undo ? 2 : 1;

	if (!m->undo)
		return add_item(e, st, &new, word);
	if (!old)
		return failure_word(e->why, word, "the record does not %s this field", st->words);
	items_remove(change(e, st), old);
	return 0;
}

/* ------------------------------------------------------------- the routes view */

/* What is shown instead of a key, and is therefore no key. */
static int check_secret(struct edit *e, const struct match *m, const char *arg)
{
	const char *secret = match_arg(m, arg);

	if (!secret || strcmp(secret, HIDDEN_KEY))
		return 0;
	return failure_word(e->why, match_index(m, arg), "this is what is shown instead of a "
			    "key: expected the key itself");
}

static int check_neighbor(struct edit *e, const struct setting *st, const struct match *m,
			  const struct neighbor *n)
{
	const struct routes_view *r = &e->config->routes;
	int word = match_arg(m, "address4") ? match_index(m, "address4")
					    : match_index(m, "address6");

	if (check_address(e, word, &n->addr) || check_secret(e, m, "secret") ||
	    check_secret(e, m, "ao-secret"))
		return -1;
	if (n->hold && n->hold < 3)
		return failure_word(e->why, match_index(m, "hold"),
				    "expected a hold time of 0, or of 3 seconds or more");
	if (n->source.family && n->source.family != n->addr.family)
		return failure_word(e->why, match_index(m, n->source.family == AF_INET ?
							"source4" : "source6"),
				    "expected an address of the neighbor's family");
	if (r->neighbors.n >= st->max &&
	    !routes_view_neighbor((struct routes_view *)r, &n->addr, n->vrf))
		return failure_word(e->why, word, "too many neighbors: expected at most %u",
				    st->max);
	return 0;
}

static void get_signing(struct neighbor *n, const struct match *m)
{
	const char *md5 = match_arg(m, "secret"), *ao = match_arg(m, "ao-secret");

	if (md5)
		n->signing = SIGNING_MD5;
	else if (ao)
		n->signing = match_word(m, "cmac-aes128") ? SIGNING_AO_AES : SIGNING_AO_SHA1;
	n->key_id = match_number(m, "key-id");
	snprintf(n->key, sizeof(n->key), "%s", md5 ? md5 : ao ? ao : "");
}

static uint32_t number_or(const struct match *m, const char *name, uint32_t otherwise)
{
	return match_arg(m, name) ? match_number(m, name) : otherwise;
}

static void get_vrf(char to[IFNAMSIZ], const struct match *m)
{
	const char *vrf = match_arg(m, "vrf");

	snprintf(to, IFNAMSIZ, "%s", vrf ? vrf : "");
}

static void get_source(struct address *a, const struct match *m)
{
	const char *v4 = match_arg(m, "source4"), *v6 = match_arg(m, "source6");

	if (!v4 && !v6)
		return;
	a->family = v4 ? AF_INET : AF_INET6;
	inet_pton(a->family, v4 ? v4 : v6, v4 ? (void *)&a->v4 : &a->v6);
}

/* A neighbour with the same address and VRF becomes what the line says. */
static int edit_neighbors(struct edit *e, const struct setting *st, const struct match *m)
{
	struct routes_view *r = &e->config->routes;
	struct neighbor *old, new = {
		.remote_as = match_number(m, "remote"),
		.local_as = match_number(m, "local"),
		.preference = number_or(m, "preference-value", BGP_PREFERENCE),
		.port = number_or(m, "tcp-port", BGP_PORT),
		.hold = number_or(m, "hold", BGP_HOLD),
		.passive = match_word(m, "passive"),
		.at = e->at,
	};
	int word = get_address(m, &new.addr);

	get_vrf(new.vrf, m);
	old = routes_view_neighbor(r, &new.addr, new.vrf);
	if (m->undo && !old)
		return failure_word(e->why, word, "no such neighbor");
	if (m->undo) {
		e->config->revision++;
		vec_remove(&r->neighbors, (size_t)(old - r->neighbors.v));
		return 0;
	}
	get_source(&new.source, m);
	get_signing(&new, m);
	if (check_neighbor(e, st, m, &new))
		return -1;
	e->config->revision++;
	if (!old)
		old = vec_push(&r->neighbors);
	*old = new;
	return 0;
}

static int edit_stations(struct edit *e, const struct setting *st, const struct match *m)
{
	struct routes_view *r = &e->config->routes;
	struct station new = { .port = match_number(m, "tcp-port"), .at = e->at };
	int word = get_address(m, &new.addr);
	size_t i;

	get_vrf(new.vrf, m);
	for (i = 0; i < r->stations.n && !station_equal(&r->stations.v[i], &new); i++)
		;
	if (m->undo && i == r->stations.n)
		return failure_word(e->why, word, "no such station");
	if (!m->undo && i < r->stations.n)
		return 0;
	if (!m->undo && i >= st->max)
		return failure_word(e->why, word, "too many stations: expected at most %u",
				    st->max);
	e->config->revision++;
	if (m->undo)
		vec_remove(&r->stations, i);
	else
		*vec_push(&r->stations) = new;
	return 0;
}

static int edit_identifier(struct edit *e, const struct setting *st, const struct match *m)
{
	const char *text = match_arg(m, "address4");
	struct in_addr a = { 0 };

	if (m->undo)
		return set_value(e, st, false, 0);
	inet_pton(AF_INET, text, &a);
	if (!a.s_addr)
		return failure_word(e->why, match_index(m, "address4"),
				    "expected an identifier other than 0.0.0.0");
	return set_value(e, st, true, ntohl(a.s_addr));
}

/**
 * config_edit() - do what a line says, or undo it
 * @e: the line's view and configuration
 * @st: the statement that the line is
 * @field: of match and collect: &enum netstream_field
 * @m: the line
 *
 * Return: 0, or -1 with the reason and nothing changed.
 */
int config_edit(struct edit *e, const struct setting *st, unsigned int field,
		const struct match *m)
{
	if (e->view == VIEW_INTERFACE && !config_interface(e->config, e->name) &&
	    e->config->interfaces.n >= NETSTREAM_INTERFACES_MAX)
		return failure_word(e->why, -1, "too many interface views: expected at most %d",
				    NETSTREAM_INTERFACES_MAX);
	switch (st->kind) {
	case KIND_NUMBER:
	case KIND_TIME:
		return edit_number(e, st, m);
	case KIND_FLAG:
		return set_value(e, st, !m->undo, 1);
	case KIND_SWITCH:
		/* a value that equals the default is not part of the configuration */
		return set_value(e, st, !m->undo != !!st->def, !m->undo);
	case KIND_CHOICE:
		return edit_choice(e, st, m);
	case KIND_VERSION:
		return edit_version(e, st, m);
	case KIND_SOURCES:
		return edit_sources(e, st, m);
	case KIND_HOSTS:
		return edit_hosts(e, st, m);
	case KIND_NAMES:
		return edit_names(e, st, m);
	case KIND_SAMPLERS:
		return edit_samplers(e, st, m);
	case KIND_DIRECTIONS:
		return edit_directions(e, st, m);
	case KIND_TEXT:
		return edit_text(e, st, m);
	case KIND_ATTACHMENTS:
		return edit_attachments(e, st, m);
	case KIND_ITEMS:
		return edit_items(e, st, field, m);
	case KIND_IDENTIFIER:
		return edit_identifier(e, st, m);
	case KIND_NEIGHBORS:
		return edit_neighbors(e, st, m);
	case KIND_STATIONS:
		return edit_stations(e, st, m);
	}
	return -1;
}

/* One socket cannot serve both. */
static const struct station *station_on(const struct routes_view *r, const struct neighbor *n)
{
	size_t i;

	for (i = 0; n->passive && i < r->stations.n; i++)
		if (r->stations.v[i].port == n->port && !strcmp(r->stations.v[i].vrf, n->vrf))
			return &r->stations.v[i];
	return NULL;
}

/**
 * config_check_routes() - checks that need the whole routes view
 * @r: the view
 * @why: filled in if it is refused, as by the kernel
 *
 * Return: 0 or -1.
 */
int config_check_routes(const struct routes_view *r, struct failure *why)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	for (i = 0; i < r->neighbors.n; i++) {
		const struct neighbor *n = &r->neighbors.v[i];

		if (!station_on(r, n))
			continue;
		failure_set(why, "it would connect to port %u, where 'bmp listen' listens",
			    n->port);
		inet_ntop(n->addr.family, n->addr.family == AF_INET ? (const void *)&n->addr.v4 :
			  &n->addr.v6, text, sizeof(text));
		why->statement = xasprintf("routes: neighbor %s", text);
		why->at = n->at;
		return -1;
	}
	return 0;
}

static int check_applied(const struct config *c, const names *list, const char *words,
			 struct failure *why)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		const struct name *applied = &list->v[i];
		const struct record *r = config_record((struct config *)c, applied->name);

		if (r && (r->match.n || r->collect.n))
			continue;
		failure_set(why, "the record matches and collects nothing");
		why->statement = xasprintf("%s %s", words, applied->name);
		why->at = applied->at;
		return -1;
	}
	return 0;
}

/**
 * config_check() - checks that need the whole configuration
 * @c: the configuration, made by config_edit()
 * @why: filled in if it is refused, as by the kernel
 *
 * A record may be applied first and lose its last field later.
 *
 * Return: 0 or -1.
 */
int config_check(const struct config *c, struct failure *why)
{
	size_t i;

	if (check_applied(c, &c->apply, "ipv6 netstream apply record", why))
		return -1;
	for (i = 0; i < c->monitors.n; i++)
		if (check_applied(c, &c->monitors.v[i].apply, "apply record", why))
			return -1;
	return config_check_routes(&c->routes, why);
}
