// SPDX-License-Identifier: GPL-2.0
/* Routes as text on standard output, instead of the module. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "../util.h"
#include "sink_text.h"

/**
 * struct text_sink - standard output
 * @sink: as others see it
 * @loaded: a table was loaded
 */
struct text_sink {
	struct sink	sink;
	bool		loaded;
};

static enum sink_result flush_text(struct sink *s)
{
	(void)s;
	return fflush(stdout) ? SINK_FAILED : SINK_DONE;
}

static enum sink_result begin_text(struct sink *s)
{
	printf("begin %s\n", *s->vrf ? s->vrf : "-");
	return SINK_DONE;
}

static enum sink_result put_text(struct sink *s, const struct in6_addr *address,
				 unsigned int length, const struct rib_route *route)
{
	char prefix[INET6_ADDRSTRLEN], hop[INET6_ADDRSTRLEN];
	const char *vrf = *s->vrf ? s->vrf : "-";

	inet_ntop(AF_INET6, address, prefix, sizeof(prefix));
	if (!route) {
		printf("withdraw %s %s/%u\n", vrf, prefix, length);
		return SINK_DONE;
	}
	inet_ntop(AF_INET6, &route->next_hop, hop, sizeof(hop));
	printf("route %s %s/%u %u %u %s\n", vrf, prefix, length, route->origin_as,
	       route->peer_as, hop);
	return SINK_DONE;
}

static enum sink_result commit_text(struct sink *s)
{
	struct text_sink *t = (struct text_sink *)s;

	t->loaded = true;
	printf("commit %s\n", *s->vrf ? s->vrf : "-");
	return flush_text(s);
}

static enum sink_result remove_text(struct sink *s)
{
	printf("remove %s\n", *s->vrf ? s->vrf : "-");
	return flush_text(s);
}

static enum sink_result check_text(struct sink *s)
{
	return ((struct text_sink *)s)->loaded ? SINK_DONE : SINK_EMPTY;
}

static const struct sink_ops text_ops = {
	.begin = begin_text,
	.put = put_text,
	.flush = flush_text,
	.commit = commit_text,
	.remove = remove_text,
	.check = check_text,
};

/**
 * sink_text() - a sink that prints
 * @vrf: name of the VRF, or empty
 * @source: where routes come from; not shown
 *
 * Each line is "begin VRF", "route VRF PREFIX ORIGIN PEER NEXTHOP", "withdraw VRF PREFIX",
 * "commit VRF" or "remove VRF"; VRF is "-" for the namespace's own table.
 */
struct sink *sink_text(const char *vrf, const char *source)
{
	struct text_sink *t = xcalloc(1, sizeof(*t));

	t->sink.ops = &text_ops;
	t->sink.vrf = vrf;
	t->sink.source = source;
	return &t->sink;
}
