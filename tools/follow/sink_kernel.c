// SPDX-License-Identifier: GPL-2.0
/* Routes into a table of the module. */
#include <errno.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "../nl_request.h"
#include "../nl_routes.h"
#include "../util.h"
#include "sink_kernel.h"

/**
 * struct kernel_sink - a table of the module
 * @sink: as others see it
 * @generation: of the table that this sink has loaded; 0: none yet
 * @batch: changes on their way
 */
struct kernel_sink {
	struct sink		sink;
	uint32_t		generation;
	struct routes_batch	*batch;
};

static struct kernel_sink *kernel(struct sink *s)
{
	return (struct kernel_sink *)s;
}

static void end_batch(struct kernel_sink *k)
{
	nl_routes_end(k->batch);
	k->batch = NULL;
}

/* Whether the module is there; if it was loaded anew, the next request finds it. */
static bool is_loaded(void)
{
	struct failure why = { 0 };
	struct nl_msg *msg;
	bool loaded;

	nl_request_close();
	msg = nl_request(NETSTREAM_CMD_ROUTES_STATS_GET, NLM_F_DUMP, REQUEST_SIZE, &why);
	loaded = msg;
	nlmsg_free(msg);
	failure_clear(&why);
	return loaded;
}

/* What a refusal means. */
static enum sink_result result(struct kernel_sink *k, int rc)
{
	if (!rc)
		return SINK_DONE;
	end_batch(k);
	switch (k->sink.why.error) {
	case ESTALE:
		return SINK_STALE;
	case ENOENT:	/* no table, no family of that number, or no module */
		return is_loaded() ? SINK_EMPTY : SINK_AWAY;
	}
	return SINK_FAILED;
}

static enum sink_result begin_kernel(struct sink *s)
{
	struct kernel_sink *k = kernel(s);

	end_batch(k);
	failure_clear(&s->why);
	if (nl_routes_load(s->vrf, s->source, &s->why))
		return result(k, -1);
	k->batch = nl_routes_begin(s->vrf, true, 0);
	return SINK_DONE;
}

static enum sink_result put_kernel(struct sink *s, const struct in6_addr *address,
				   unsigned int length, const struct rib_route *route)
{
	const struct prefix prefix = { *address, length };
	struct kernel_sink *k = kernel(s);
	struct route r;

	if (!k->batch) {
		failure_clear(&s->why);
		k->batch = nl_routes_begin(s->vrf, false, k->generation);
	}
	if (!route)
		return result(k, nl_routes_withdraw(k->batch, &prefix, &s->why));
	r = (struct route){ route->origin_as, route->peer_as, route->next_hop };
	return result(k, nl_routes_add(k->batch, &prefix, &r, &s->why));
}

static enum sink_result flush_kernel(struct sink *s)
{
	struct kernel_sink *k = kernel(s);
	enum sink_result sent;

	if (!k->batch)
		return SINK_DONE;
	sent = result(k, nl_routes_flush(k->batch, &s->why));
	end_batch(k);
	return sent;
}

static enum sink_result commit_kernel(struct sink *s)
{
	struct kernel_sink *k = kernel(s);

	return result(k, nl_routes_commit(0, &k->generation, &s->why));
}

static enum sink_result remove_kernel(struct sink *s)
{
	struct kernel_sink *k = kernel(s);

	failure_clear(&s->why);
	return result(k, nl_routes_drop(s->vrf, k->generation, &s->why));
}

struct search {
	const char	*vrf;
	uint32_t	generation;
};

static void find_table(const struct routes_table *t, void *arg)
{
	struct search *search = arg;

	if (!strcmp(t->vrf, search->vrf))
		search->generation = t->generation;
}

static enum sink_result check_kernel(struct sink *s)
{
	struct kernel_sink *k = kernel(s);
	struct search search = { .vrf = s->vrf };
	int rc;

	failure_clear(&s->why);
	rc = nl_routes_tables(find_table, &search, &s->why);
	if (rc < 0)
		return result(k, rc);
	if (!search.generation)
		return SINK_EMPTY;
	return k->generation && k->generation != search.generation ? SINK_STALE : SINK_DONE;
}

static const struct sink_ops kernel_ops = {
	.begin = begin_kernel,
	.put = put_kernel,
	.flush = flush_kernel,
	.commit = commit_kernel,
	.remove = remove_kernel,
	.check = check_kernel,
};

/**
 * sink_kernel() - a sink that is a table of the module
 * @vrf: name of the VRF, or empty: the namespace's own table
 * @source: where routes come from, for people
 */
struct sink *sink_kernel(const char *vrf, const char *source)
{
	struct kernel_sink *k = xcalloc(1, sizeof(*k));

	k->sink.ops = &kernel_ops;
	k->sink.vrf = vrf;
	k->sink.source = source;
	return &k->sink;
}
