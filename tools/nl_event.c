// SPDX-License-Identifier: GPL-2.0
/* Events that the module sends, from attributes to plain structs. */
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nl_decode.h"
#include "nl_event.h"
#include "nl_request.h"

/* Every event but repetitions of templates; the module adds what is always sent. */
#define USUAL	(((1u << __NETSTREAM_EVENT_MAX) - 2) & ~(1u << NETSTREAM_EVENT_TEMPLATES_AGAIN))
#define ALL	(USUAL | 1u << NETSTREAM_EVENT_TEMPLATES_AGAIN)

/**
 * struct listening - events while they come
 * @each: called for each event
 * @arg: for @each
 * @stopped: no more will come
 */
struct listening {
	void	(*each)(const struct event *e, void *arg);
	void	*arg;
	bool	stopped;
};

static void decode_self(struct event *e, struct nlattr *nest)
{
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		switch (nla_type(a)) {
		case NETSTREAM_EVENT_A_TYPE:
			e->type = attr_number(a);
			break;
		case NETSTREAM_EVENT_A_TIME:
			e->time = attr_number(a);
			break;
		case NETSTREAM_EVENT_A_MAX_FLOWS:
			e->max_flows = attr_number(a);
			break;
		case NETSTREAM_EVENT_A_SUPPRESSED:
			e->suppressed = attr_number(a);
			break;
		}
	}
}

static void decode_attr(struct event *e, struct nlattr *a)
{
	switch (nla_type(a)) {
	case NETSTREAM_A_EVENT:
		decode_self(e, a);
		break;
	case NETSTREAM_A_GENERATION:
		e->generation = attr_number(a);
		break;
	case NETSTREAM_A_CONFIRM:
		e->confirm = attr_number(a);
		break;
	case NETSTREAM_A_HOST:
		host_status_decode(&e->host, a);
		break;
	case NETSTREAM_A_INTERFACE:
		interface_status_decode(&e->interface, a);
		break;
	case NETSTREAM_A_TEMPLATE:
		template_status_decode(vec_push(&e->templates), a);
		break;
	}
}

static void event_free(struct event *e)
{
	size_t i;

	for (i = 0; i < e->templates.n; i++)
		vec_free(&e->templates.v[i].fields);
	vec_free(&e->templates);
	vec_free(&e->host.counts);
}

/* The time of an event that this program finds out by itself. */
static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

static void event_message(struct nlattr *attrs, int len, void *arg)
{
	struct listening *l = arg;
	struct event e = { 0 };
	struct nlattr *a;
	int rem;

	if (!attrs)
		e.time = now_ms();
	nla_for_each_attr(a, attrs, len, rem)
		decode_attr(&e, a);
	l->stopped |= e.type == NETSTREAM_EVENT_STOPPED;
	l->each(&e, l->arg);
	event_free(&e);
}

/**
 * nl_events() - be told what happens, until the person stops it
 * @all: repetitions of templates, too
 * @each: called for each event
 * @arg: passed to @each
 * @why: filled in on failure
 *
 * Return: 0 after an interrupt; -1 on failure, or if the module was unloaded.
 */
int nl_events(bool all, void (*each)(const struct event *, void *), void *arg,
	      struct failure *why)
{
	struct nl_msg *msg = nl_request(NETSTREAM_CMD_EVENT_LISTEN, NLM_F_ACK, REQUEST_SIZE, why);
	struct listening l = { each, arg };
	int rc;

	if (!msg)
		return -1;
	nla_put_u32(msg, NETSTREAM_A_EVENT_MASK, all ? ALL : USUAL);
	rc = nl_exchange(msg, NULL, event_message, &l, why);
	if (!rc)
		rc = nl_listen(event_message, &l, &l.stopped, why);
	/* what comes after this is no reply to the next request */
	nl_request_close();
	if (rc || !l.stopped)
		return rc;
	failure_set(why, "the netstream module was unloaded");
	return -1;
}
