// SPDX-License-Identifier: GPL-2.0
/* Which flows of the cache are wanted; see flow_filter.h. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "arg.h"
#include "flow_filter.h"
#include "grammar.h"
#include "protocol.h"

enum kind { IS_PREFIX, IS_NUMBER, IS_PROTOCOL, IS_INTERFACE };

/* An argument of the line, and the fields in which its value counts. */
static const struct {
	const char	*arg;
	enum kind	kind;
	unsigned int	field[2];
} options[] = {
	{ "source-prefix", IS_PREFIX, { NETSTREAM_FIELD_SRC_ADDR } },
	{ "destination-prefix", IS_PREFIX, { NETSTREAM_FIELD_DST_ADDR } },
	{ "either-prefix", IS_PREFIX, { NETSTREAM_FIELD_SRC_ADDR, NETSTREAM_FIELD_DST_ADDR } },
	{ "source-port", IS_NUMBER, { NETSTREAM_FIELD_SRC_PORT } },
	{ "destination-port", IS_NUMBER, { NETSTREAM_FIELD_DST_PORT } },
	{ "either-port", IS_NUMBER, { NETSTREAM_FIELD_SRC_PORT, NETSTREAM_FIELD_DST_PORT } },
	{ "protocol", IS_PROTOCOL, { NETSTREAM_FIELD_PROTOCOL } },
	{ "source-interface", IS_INTERFACE, { NETSTREAM_FIELD_INPUT_IF } },
	{ "destination-interface", IS_INTERFACE, { NETSTREAM_FIELD_OUTPUT_IF } },
	{ "interface", IS_INTERFACE, { NETSTREAM_FIELD_INPUT_IF, NETSTREAM_FIELD_OUTPUT_IF } },
	{ "as", IS_NUMBER, { NETSTREAM_FIELD_SRC_AS, NETSTREAM_FIELD_DST_AS } },
};

/* Flows outlive their interfaces: of one that has gone the index can be given. */
static int read_interface(struct condition *c, const char *word)
{
	c->number = if_nametoindex(word);
	if (!c->number && !word[strspn(word, "0123456789")])
		c->number = strtoul(word, NULL, 10);
	return c->number ? 0 : -1;
}

/* Where the keyword and its argument have the same name, the argument is the second. */
static int argument_index(const struct match *m, const char *name)
{
	int i = match_index(m, name);

	if (i >= 0 && i + 1 < LINE_WORDS_MAX && m->names[i + 1] &&
	    !strcmp(m->names[i + 1], name))
		return i + 1;
	return i;
}

static int read_option(struct condition *c, enum kind kind, const char *word)
{
	switch (kind) {
	case IS_PREFIX:
		c->is_address = true;
		return arg_prefix6(word, &c->address, &c->prefix);
	case IS_NUMBER:
		c->number = strtoul(word, NULL, 10);
		return 0;
	case IS_PROTOCOL:
		c->number = protocol_number(word);
		return 0;
	case IS_INTERFACE:
		return read_interface(c, word);
	}
	return -1;
}

/**
 * flow_filter_read() - what a line wants of flows
 * @filter: filled in; to be freed with flow_filter_free()
 * @m: the line, of a syntax with FLOW_FILTER_SYNTAX
 * @why: filled in on failure
 *
 * Return: 0, or -1 if there is no such interface.
 */
int flow_filter_read(struct flow_filter *filter, const struct match *m, struct failure *why)
{
	struct condition *c;
	size_t i;
	int at;

	memset(filter, 0, sizeof(*filter));
	if (match_arg(m, "monitor-name"))
		snprintf(filter->monitor, sizeof(filter->monitor), "%s",
			 match_arg(m, "monitor-name"));
	filter->sums = match_arg(m, "fields") && strcmp(match_arg(m, "fields"), "flow");
	filter->slot = match_arg(m, "slot-id") ? (int)match_number(m, "slot-id") : -1;
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		at = argument_index(m, options[i].arg);
		if (at < 0)
			continue;
		c = vec_push(&filter->conditions);
		memcpy(c->field, options[i].field, sizeof(c->field));
		if (read_option(c, options[i].kind, m->line->words.v[at].text)) {
			vec_free(&filter->conditions);
			return failure_word(why, at, "no such interface");
		}
	}
	if (match_word(m, "inbound") || match_word(m, "outbound")) {
		c = vec_push(&filter->conditions);
		c->field[0] = NETSTREAM_FIELD_DIRECTION;
		c->number = match_word(m, "outbound") ? NETSTREAM_OUTBOUND : NETSTREAM_INBOUND;
	}
	return 0;
}

static bool same_prefix(const struct in6_addr *a, const struct in6_addr *b, unsigned int bits)
{
	unsigned int bytes = bits / 8, rest = bits % 8;

	if (memcmp(a, b, bytes))
		return false;
	return !rest || !((a->s6_addr[bytes] ^ b->s6_addr[bytes]) >> (8 - rest));
}

static bool condition_holds(const struct condition *c, const struct flow *f)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		const struct flow_value *v = c->field[i] ? flow_value(f, c->field[i]) : NULL;

		if (!v)
			continue;
		if (c->is_address ? same_prefix(&v->address, &c->address, c->prefix)
				  : v->number == c->number)
			return true;
	}
	return false;
}

/**
 * flow_filter_fits() - whether a flow is wanted
 * @filter: the filter
 * @f: the flow; a field that it does not have fits nothing
 */
bool flow_filter_fits(const struct flow_filter *filter, const struct flow *f)
{
	size_t i;

	if (filter->slot >= 0 && (*f->monitor || filter->slot != f->slot))
		return false;
	if (*filter->monitor ? strcmp(filter->monitor, f->monitor) != 0
			     : filter->sums && *f->monitor)
		return false;
	for (i = 0; i < filter->conditions.n; i++)
		if (!condition_holds(&filter->conditions.v[i], f))
			return false;
	return true;
}

void flow_filter_free(struct flow_filter *filter)
{
	vec_free(&filter->conditions);
}
