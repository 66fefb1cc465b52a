// SPDX-License-Identifier: GPL-2.0
/* Parts of a configuration as the statements that make them. */
#include <arpa/inet.h>

#include "text.h"

const char *address_text(const struct address *a, char buffer[static ADDRESS_TEXT_MAX])
{
	const void *addr = a->family == AF_INET ? (const void *)&a->v4 : &a->v6;

	if (!a->family || !inet_ntop(a->family, addr, buffer, ADDRESS_TEXT_MAX))
		snprintf(buffer, ADDRESS_TEXT_MAX, "-");
	return buffer;
}

static void text_version(FILE *f, const struct config *c)
{
	static const char *const as[] = { "", " origin-as", " peer-as" };
	unsigned int type = c->value[NETSTREAM_SYSTEM_A_AS_TYPE];

	fprintf(f, "ipv6 netstream export version %s%s%s",
		version_name(c->value[NETSTREAM_SYSTEM_A_VERSION]),
		type < ARRAY_SIZE(as) ? as[type] : "",
		c->value[NETSTREAM_SYSTEM_A_BGP_NEXTHOP] ? " bgp-nexthop" : "");
}

static void text_source(FILE *f, const struct config *c, int attr, int port)
{
	struct address a = { .family = AF_INET6, .v6 = c->source6 };
	char buffer[ADDRESS_TEXT_MAX];

	if (attr == NETSTREAM_SYSTEM_A_SOURCE4)
		a = (struct address){ .family = AF_INET, .v4 = c->source4 };
	fprintf(f, "ipv6 netstream export source %s%s",
		a.family == AF_INET6 ? "ipv6 " : "", address_text(&a, buffer));
	if (config_has(c, port))
		fprintf(f, " %u", c->value[port]);
}

static void text_active(FILE *f, const char *what, uint32_t seconds)
{
	fprintf(f, "ipv6 netstream %stimeout active ", what);
	if (seconds % 60)
		fprintf(f, "interval-second %u", seconds);
	else
		fprintf(f, "%u", seconds / 60);
}

/**
 * text_system() - the statement that sets a system attribute
 * @f: where to write it
 * @c: the configuration
 * @attr: &enum netstream_system_attr, one that occurs once at most
 */
void text_system(FILE *f, const struct config *c, int attr)
{
	uint32_t value = c->value[attr];

	switch (attr) {
	case NETSTREAM_SYSTEM_A_VERSION:
	case NETSTREAM_SYSTEM_A_AS_TYPE:
	case NETSTREAM_SYSTEM_A_BGP_NEXTHOP:
		text_version(f, c);
		break;
	case NETSTREAM_SYSTEM_A_TEMPLATE_TIMEOUT:
		fprintf(f, "ipv6 netstream export template timeout-rate %u", value);
		break;
	case NETSTREAM_SYSTEM_A_TEMPLATE_PACKETS:
		fprintf(f, "ipv6 netstream export template refresh-rate %u", value);
		break;
	case NETSTREAM_SYSTEM_A_SOURCE4:
	case NETSTREAM_SYSTEM_A_SOURCE4_PORT:
		text_source(f, c, NETSTREAM_SYSTEM_A_SOURCE4, NETSTREAM_SYSTEM_A_SOURCE4_PORT);
		break;
	case NETSTREAM_SYSTEM_A_SOURCE6:
	case NETSTREAM_SYSTEM_A_SOURCE6_PORT:
		text_source(f, c, NETSTREAM_SYSTEM_A_SOURCE6, NETSTREAM_SYSTEM_A_SOURCE6_PORT);
		break;
	case NETSTREAM_SYSTEM_A_FLEX_ACTIVE:
		text_active(f, "aggregation ", value);
		break;
	case NETSTREAM_SYSTEM_A_FLEX_INACTIVE:
		fprintf(f, "ipv6 netstream aggregation timeout inactive %u", value);
		break;
	case NETSTREAM_SYSTEM_A_ORIGINAL_ACTIVE:
		text_active(f, "", value);
		break;
	case NETSTREAM_SYSTEM_A_ORIGINAL_INACTIVE:
		fprintf(f, "ipv6 netstream timeout inactive %u", value);
		break;
	case NETSTREAM_SYSTEM_A_MAX_FLOWS:
		fprintf(f, "ipv6 netstream cache entries %u", value);
		break;
	}
}

void text_host(FILE *f, const struct host *h)
{
	char buffer[ADDRESS_TEXT_MAX];

	fprintf(f, "ipv6 netstream export host %s%s %u",
		h->addr.family == AF_INET6 ? "ipv6 " : "",
		address_text(&h->addr, buffer), h->port);
	if (*h->vrf)
		fprintf(f, " vpn-instance %s", h->vrf);
	if (h->version)
		fprintf(f, " version %s", version_name(h->version));
	if (h->has_dscp)
		fprintf(f, " dscp %u", h->dscp);
}

void text_sampler(FILE *f, const struct sampler *s, unsigned int direction)
{
	fprintf(f, "ipv6 netstream sampler %s %u %s", sampler_mode_name(s->mode),
		s->interval, direction_name(direction));
}

void text_item(FILE *f, const char *verb, const struct item *i)
{
	fprintf(f, "%s %s", verb, field_name(i->field));
	if (i->prefix)
		fprintf(f, " %u", i->prefix);
	if (i->width)
		fprintf(f, " %u", i->width);
}
