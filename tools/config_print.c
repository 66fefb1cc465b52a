// SPDX-License-Identifier: GPL-2.0
/* A configuration as the statements that make it; see config_print.h. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "config_print.h"
#include "field.h"

const char *address_text(const struct address *a, char buffer[static ADDRESS_TEXT_MAX])
{
	const void *addr = a->family == AF_INET ? (const void *)&a->v4 : &a->v6;

	if (!a->family || !inet_ntop(a->family, addr, buffer, ADDRESS_TEXT_MAX))
		snprintf(buffer, ADDRESS_TEXT_MAX, "-");
	return buffer;
}

static const void *member(const struct setting *st, const void *part)
{
	return (const char *)part + st->offset;
}

/**
 * setting_lines() - how many lines a statement row gives a part
 * @st: the row
 * @part: the part; of the row's view
 *
 * Return: an upper bound: setting_line() tells which of them are there.
 */
size_t setting_lines(const struct setting *st, const void *part)
{
	switch (st->kind) {
	case KIND_NUMBER:
	case KIND_TIME:
	case KIND_FLAG:
	case KIND_SWITCH:
	case KIND_CHOICE:
	case KIND_VERSION:
	case KIND_TEXT:
	case KIND_IDENTIFIER:
		return 1;
	case KIND_SOURCES:
	case KIND_SAMPLERS:
	case KIND_DIRECTIONS:
		return 2;
	case KIND_HOSTS:
		return ((const hosts *)member(st, part))->n;
	case KIND_NAMES:
		return ((const names *)member(st, part))->n;
	case KIND_ATTACHMENTS:
		return ((const attachments *)member(st, part))->n;
	case KIND_ITEMS:
		return ((const items *)member(st, part))->n;
	case KIND_NEIGHBORS:
		return ((const struct routes_view *)part)->neighbors.n;
	case KIND_STATIONS:
		return ((const struct routes_view *)part)->stations.n;
	}
	return 0;
}

static bool value_line(FILE *f, const struct setting *st, const struct value *v)
{
	if (!v->set)
		return false;
	if (st->kind == KIND_FLAG)
		fprintf(f, "%s %s", st->words, st->syntax);
	else if (st->kind == KIND_SWITCH)
		fprintf(f, "%s%s", v->number ? "" : "undo ", st->words);
	else if (st->kind == KIND_CHOICE)
		fprintf(f, "%s %s", st->words, setting_choice(st, v->number));
	else if (st->kind == KIND_NUMBER)
		fprintf(f, "%s %u", st->words, v->number);
	else if (v->number % 60)
		fprintf(f, "%s interval-second %u", st->words, v->number);
	else
		fprintf(f, "%s %u", st->words, v->number / 60);
	return true;
}

static bool version_line(FILE *f, const struct setting *st, const struct value *system)
{
	static const char *const as[] = { "", " origin-as", " peer-as" };
	const struct value *version = &system[NETSTREAM_SYSTEM_A_VERSION];
	const struct value *type = &system[NETSTREAM_SYSTEM_A_AS_TYPE];
	const struct value *bgp = &system[NETSTREAM_SYSTEM_A_BGP_NEXTHOP];

	if (!version->set && !type->set && !bgp->set)
		return false;
	fprintf(f, "%s %s%s%s", st->words, version_name(version->number),
		type->number < ARRAY_SIZE(as) ? as[type->number] : "",
		bgp->set ? " bgp-nexthop" : "");
	return true;
}

static bool source_line(FILE *f, const struct setting *st, const struct source *s)
{
	char buffer[ADDRESS_TEXT_MAX];

	if (!s->addr.family)
		return false;
	fprintf(f, "%s %s%s", st->words, s->addr.family == AF_INET6 ? "ipv6 " : "",
		address_text(&s->addr, buffer));
	if (s->port)
		fprintf(f, " %u", s->port);
	return true;
}

static bool host_line(FILE *f, const struct setting *st, const struct host *h)
{
	char buffer[ADDRESS_TEXT_MAX];

	fprintf(f, "%s %s%s %u", st->words, h->addr.family == AF_INET6 ? "ipv6 " : "",
		address_text(&h->addr, buffer), h->port);
	if (*h->vrf)
		fprintf(f, " vpn-instance %s", h->vrf);
	if (h->version)
		fprintf(f, " version %s", version_name(h->version));
	if (h->has_dscp)
		fprintf(f, " dscp %u", h->dscp);
	return true;
}

static bool sampler_line(FILE *f, const struct setting *st, const struct sampler *s,
			 unsigned int direction)
{
	if (!s->mode)
		return false;
	fprintf(f, "%s %s %u %s", st->words, sampler_mode_name(s->mode), s->interval,
		direction_name(direction));
	return true;
}

static bool direction_line(FILE *f, const struct setting *st, const struct value *v,
			   unsigned int direction)
{
	if (!v->set)
		return false;
	fprintf(f, "%s%s %s", v->number ? "" : "undo ", st->words, direction_name(direction));
	return true;
}

static bool item_line(FILE *f, const struct setting *st, const struct item *i)
{
	fprintf(f, "%s %s", st->words, field_words(i->field));
	if (i->prefix == NETSTREAM_PREFIX_ROUTE)
		fputs(" route-mask", f);
	else if (i->prefix)
		fprintf(f, " %u", i->prefix);
	if (i->width)
		fprintf(f, " %u", i->width);
	return true;
}

static bool attachment_line(FILE *f, const struct setting *st, const struct attachment *a)
{
	fprintf(f, "%s %s %s", st->words, a->name, direction_name(a->direction));
	return true;
}

static bool identifier_line(FILE *f, const struct setting *st, const struct value *v)
{
	struct address a = { AF_INET, .v4.s_addr = htonl(v->number) };
	char buffer[ADDRESS_TEXT_MAX];

	if (v->set)
		fprintf(f, "%s %s", st->words, address_text(&a, buffer));
	return v->set;
}

static void vrf_words(FILE *f, const char *vrf)
{
	if (*vrf)
		fprintf(f, " vpn-instance %s", vrf);
}

static void signing_words(FILE *f, const struct neighbor *n)
{
	if (n->signing == SIGNING_MD5)
		fprintf(f, " password %s", n->key);
	if (n->signing == SIGNING_AO_SHA1 || n->signing == SIGNING_AO_AES)
		fprintf(f, " tcp-ao %u %s%s", n->key_id, n->key,
			n->signing == SIGNING_AO_AES ? " cmac-aes128" : "");
}

static bool neighbor_line(FILE *f, const struct setting *st, const struct neighbor *n)
{
	char buffer[ADDRESS_TEXT_MAX];

	fprintf(f, "%s %s remote-as %u local-as %u", st->words, address_text(&n->addr, buffer),
		n->remote_as, n->local_as);
	if (n->port != BGP_PORT)
		fprintf(f, " port %u", n->port);
	if (n->source.family)
		fprintf(f, " source %s", address_text(&n->source, buffer));
	signing_words(f, n);
	if (n->preference != BGP_PREFERENCE)
		fprintf(f, " preference %u", n->preference);
	if (n->hold != BGP_HOLD)
		fprintf(f, " hold-time %u", n->hold);
	if (n->passive)
		fputs(" passive", f);
	vrf_words(f, n->vrf);
	return true;
}

static bool station_line(FILE *f, const struct setting *st, const struct station *s)
{
	char buffer[ADDRESS_TEXT_MAX];

	fprintf(f, "%s %s %u", st->words, address_text(&s->addr, buffer), s->port);
	vrf_words(f, s->vrf);
	return true;
}

/**
 * setting_line() - print a line that a statement row gives a part
 * @f: where to; no end of line is printed
 * @st: the row
 * @part: the part; of the row's view
 * @line: number of the line, below setting_lines()
 *
 * A line of the routes view may have a key in it: see hide_keys().
 *
 * Return: whether the line is there.
 */
bool setting_line(FILE *f, const struct setting *st, const void *part, size_t line)
{
	const void *p = member(st, part);

	switch (st->kind) {
	case KIND_NUMBER:
	case KIND_TIME:
	case KIND_FLAG:
	case KIND_SWITCH:
	case KIND_CHOICE:
		return value_line(f, st, p);
	case KIND_VERSION:
		return version_line(f, st, p);
	case KIND_SOURCES:
		return source_line(f, st, (const struct source *)p + line);
	case KIND_HOSTS:
		return host_line(f, st, &((const hosts *)p)->v[line]);
	case KIND_NAMES:
		fprintf(f, "%s %s", st->words, ((const names *)p)->v[line].name);
		return true;
	case KIND_SAMPLERS:
		return sampler_line(f, st, (const struct sampler *)p + line, line);
	case KIND_DIRECTIONS:
		return direction_line(f, st, (const struct value *)p + line, line);
	case KIND_TEXT:
		if (*(const char *)p)
			fprintf(f, "%s %s", st->words, (const char *)p);
		return *(const char *)p;
	case KIND_ATTACHMENTS:
		return attachment_line(f, st, &((const attachments *)p)->v[line]);
	case KIND_ITEMS:
		return item_line(f, st, &((const items *)p)->v[line]);
	case KIND_IDENTIFIER:
		return identifier_line(f, st, p);
	case KIND_NEIGHBORS:
		return neighbor_line(f, st, &((const struct routes_view *)part)->neighbors.v[line]);
	case KIND_STATIONS:
		return station_line(f, st, &((const struct routes_view *)part)->stations.v[line]);
	}
	return false;
}

/* The origin of a line that setting_line() prints. */
struct origin setting_origin(const struct setting *st, const void *part, size_t line)
{
	const void *p = member(st, part);

	switch (st->kind) {
	case KIND_NUMBER:
	case KIND_TIME:
	case KIND_FLAG:
	case KIND_SWITCH:
	case KIND_CHOICE:
	case KIND_IDENTIFIER:
		return ((const struct value *)p)->at;
	case KIND_VERSION:
		return ((const struct value *)p)[st->attr[0]].at;
	case KIND_SOURCES:
		return ((const struct source *)p)[line].at;
	case KIND_HOSTS:
		return ((const hosts *)p)->v[line].at;
	case KIND_NAMES:
		return ((const names *)p)->v[line].at;
	case KIND_SAMPLERS:
		return ((const struct sampler *)p)[line].at;
	case KIND_DIRECTIONS:
		return ((const struct value *)p)[line].at;
	case KIND_ATTACHMENTS:
		return ((const attachments *)p)->v[line].at;
	case KIND_ITEMS:
		return ((const items *)p)->v[line].at;
	case KIND_NEIGHBORS:
		return ((const struct routes_view *)part)->neighbors.v[line].at;
	case KIND_STATIONS:
		return ((const struct routes_view *)part)->stations.v[line].at;
	case KIND_TEXT:
		break;
	}
	if (st->view == VIEW_MONITOR)
		return ((const struct monitor *)part)->at;
	return ((const struct record *)part)->at;
}

/**
 * view_line() - the line that opens a view
 * @v: the view
 * @part: what it edits
 *
 * Return: such as "slot 1"; empty for the system view; to be freed.
 */
char *view_line(enum view v, const void *part)
{
	switch (v) {
	case VIEW_SLOT:
		return xasprintf("slot %u", ((const struct slot *)part)->id);
	case VIEW_INTERFACE:
		return xasprintf("interface %s", ((const struct interface *)part)->name);
	case VIEW_RECORD:
		return xasprintf("ipv6 netstream record %s", ((const struct record *)part)->name);
	case VIEW_MONITOR:
		return xasprintf("ipv6 netstream monitor %s", ((const struct monitor *)part)->name);
	case VIEW_ROUTES:
		return xstrdup("routes");
	default:
		return xstrdup("");
	}
}

/**
 * hide_keys() - a line of the routes view without the keys in it
 * @line: the line, as setting_line() prints it
 *
 * Return: the line to be shown; to be freed.
 */
char *hide_keys(const char *line)
{
	static const char md5[] = " password ", ao[] = " tcp-ao ";
	const char *key = strstr(line, md5), *end;

	if (key)
		key += strlen(md5);
	else if ((key = strstr(line, ao)))
		key = strchr(key + strlen(ao), ' ') + 1;
	else
		return xstrdup(line);
	end = key + strcspn(key, " ");
	return xasprintf("%.*s" HIDDEN_KEY "%s", (int)(key - line), line, end);
}

static void print_line(FILE *f, const char *indent, const char *line, bool hide)
{
	char *shown = hide ? hide_keys(line) : NULL;

	fprintf(f, "%s%s\n", indent, shown ? shown : line);
	free(shown);
}

/**
 * view_print() - print the statements that make a part what it is
 * @f: where to
 * @v: the view that edits it
 * @part: the part
 * @indent: what to begin each line with
 * @keys: whether to print keys
 */
void view_print(FILE *f, enum view v, const void *part, const char *indent, enum keys keys)
{
	bool hide = v == VIEW_ROUTES && keys == KEYS_HIDDEN;
	char *text = NULL;
	size_t size, i, j;
	FILE *line = open_memstream(&text, &size);

	for (i = 0; i < settings_count; i++) {
		const struct setting *st = &settings[i];

		for (j = 0; st->view == v && j < setting_lines(st, part); j++) {
			rewind(line);
			if (!setting_line(line, st, part, j))
				continue;
			fputc('\0', line);
			fflush(line);
			print_line(f, indent, text, hide);
		}
	}
	fclose(line);
	free(text);
}

static void print_part(FILE *f, enum view v, const void *part, enum keys keys)
{
	char *opening;

	if (interrupted)
		return;
	opening = view_line(v, part);
	fprintf(f, "%s\n", opening);
	view_print(f, v, part, " ", keys);
	fputs(" quit\n#\n", f);
	free(opening);
}

/**
 * config_print() - print a configuration as statements that make it
 * @f: where to
 * @c: the configuration
 * @keys: whether to print keys
 *
 * Records come first: the statements that apply them refer to them.  Monitors come before
 * the interfaces that they are attached to.
 */
void config_print(FILE *f, const struct config *c, enum keys keys)
{
	size_t i;

	fputs("#\nsystem-view\n#\n", f);
	for (i = 0; i < c->records.n; i++)
		print_part(f, VIEW_RECORD, &c->records.v[i], keys);
	view_print(f, VIEW_SYSTEM, c, "", keys);
	fputs("#\n", f);
	for (i = 0; i < c->slots.n; i++)
		print_part(f, VIEW_SLOT, &c->slots.v[i], keys);
	for (i = 0; i < c->monitors.n; i++)
		print_part(f, VIEW_MONITOR, &c->monitors.v[i], keys);
	for (i = 0; i < c->interfaces.n; i++)
		print_part(f, VIEW_INTERFACE, &c->interfaces.v[i], keys);
	if (!routes_view_empty(&c->routes))
		print_part(f, VIEW_ROUTES, &c->routes, keys);
	fputs("return\n", f);
}

/**
 * config_text() - a configuration as statements that make it, in memory
 * @c: the configuration
 *
 * Return: what config_print() prints, with keys; to be freed by the caller.
 */
char *config_text(const struct config *c)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	config_print(f, c, KEYS_SHOWN);
	fclose(f);
	return text;
}
