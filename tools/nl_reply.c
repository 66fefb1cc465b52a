// SPDX-License-Identifier: GPL-2.0
/* What the module replies, from attributes to plain structs. */
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "nl_decode.h"
#include "nl_reply.h"
#include "nl_request.h"

/**
 * struct sink - where the messages of a dump go
 * @decode: makes a struct of a nest and calls @each with it
 * @nest: type of the attribute that holds the nest
 * @each: takes the struct; @decode knows its type
 * @arg: for @each
 */
struct sink {
	void	(*decode)(struct nlattr *nest, const struct sink *sink);
	int	nest;
	void	(*each)(void);
	void	*arg;
};

static void sink_message(struct nlattr *attrs, int len, void *arg)
{
	struct sink *sink = arg;
	struct nlattr *a;
	int rem;

	nla_for_each_attr(a, attrs, len, rem)
		if (nla_type(a) == sink->nest)
			sink->decode(a, sink);
}

/* The messages of a dump, kept until it is known to be consistent. */
struct kept {
	struct nlattr	*attrs;
	int		len;
};

typedef VEC(struct kept) keep;

static void keep_message(struct nlattr *attrs, int len, void *arg)
{
	struct kept *k = vec_push((keep *)arg);

	k->attrs = xrealloc(NULL, len + 1);
	memcpy(k->attrs, attrs, len);
	k->len = len;
}

static void keep_free(keep *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		free(all->v[i].attrs);
	vec_free(all);
}

/* One dump.  Return 0, -1, or 1 if the listed objects changed meanwhile. */
static int dump_once(int cmd, const char *record, nl_message_fn each, void *arg,
		     struct failure *why)
{
	struct nl_msg *msg = nl_request(cmd, NLM_F_DUMP, REQUEST_SIZE, why);

	if (!msg)
		return -1;
	if (record)
		nla_put_string(msg, NETSTREAM_A_RECORD_NAME, record);
	return nl_exchange(msg, NULL, each, arg, why);
}

/* A dump that is repeated if the listed objects changed meanwhile. */
static int dump(int cmd, struct sink *sink, struct failure *why)
{
	keep all = { 0 };
	int tries, rc = 1;
	size_t i;

	for (tries = 0; tries < DUMP_TRIES && rc > 0; tries++) {
		keep_free(&all);
		rc = dump_once(cmd, NULL, keep_message, &all, why);
	}
	/* a commit ends other listings early; that of interfaces is complete all the same */
	if (rc > 0 && cmd != NETSTREAM_CMD_INTERFACE_GET) {
		failure_set(why, "what is listed keeps changing: try again");
		rc = -1;
	}
	for (i = 0; rc >= 0 && i < all.n; i++)
		sink_message(all.v[i].attrs, all.v[i].len, sink);
	keep_free(&all);
	return rc < 0 ? -1 : 0;
}

void count_decode(struct count *c, struct nlattr *nest)
{
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		switch (nla_type(a)) {
		case NETSTREAM_COUNT_A_FLOWS:
			c->flows = attr_number(a);
			break;
		case NETSTREAM_COUNT_A_PACKETS:
			c->packets = attr_number(a);
			break;
		case NETSTREAM_COUNT_A_BYTES:
			c->bytes = attr_number(a);
			break;
		case NETSTREAM_COUNT_A_NAME:
			attr_string(c->name, a, sizeof(c->name));
			break;
		case NETSTREAM_COUNT_A_VALUE:
			c->value = attr_number(a);
			break;
		}
	}
}

static void decode_stats(struct stats *st, struct nlattr *nest)
{
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		switch (nla_type(a)) {
		case NETSTREAM_STATS_A_METERED:
			count_decode(&st->metered, a);
			break;
		case NETSTREAM_STATS_A_EXPORTED:
			count_decode(&st->exported, a);
			break;
		case NETSTREAM_STATS_A_CACHED:
			count_decode(&st->cached, a);
			break;
		case NETSTREAM_STATS_A_PENDING:
			count_decode(&st->pending, a);
			break;
		case NETSTREAM_STATS_A_LOST:
			count_decode(&st->lost, a);
			break;
		case NETSTREAM_STATS_A_LOST_CAUSE:
			count_decode(vec_push(&st->lost_by_cause), a);
			break;
		case NETSTREAM_STATS_A_SKIPPED_CAUSE:
			count_decode(vec_push(&st->skipped), a);
			break;
		case NETSTREAM_STATS_A_MALFORMED_CAUSE:
			count_decode(vec_push(&st->malformed), a);
			break;
		case NETSTREAM_STATS_A_ENDED_CAUSE:
			count_decode(vec_push(&st->ended), a);
			break;
		case NETSTREAM_STATS_A_COUNT:
			count_decode(vec_push(&st->others), a);
			break;
		case NETSTREAM_STATS_A_MAX_FLOWS:
			st->max_flows = attr_number(a);
			break;
		}
	}
}

static void stats_message(struct nlattr *attrs, int len, void *arg)
{
	struct stats *st = arg;
	struct nlattr *a;
	int rem;

	nla_for_each_attr(a, attrs, len, rem) {
		if (nla_type(a) == NETSTREAM_A_GENERATION)
			st->generation = attr_number(a);
		if (nla_type(a) == NETSTREAM_A_STATS)
			decode_stats(st, a);
	}
}

int nl_stats(struct stats *st, struct failure *why)
{
	struct nl_msg *msg = nl_request(NETSTREAM_CMD_STATS_GET, NLM_F_ACK, REQUEST_SIZE, why);

	return msg ? nl_exchange(msg, NULL, stats_message, st, why) : -1;
}

void nl_stats_free(struct stats *st)
{
	vec_free(&st->lost_by_cause);
	vec_free(&st->skipped);
	vec_free(&st->malformed);
	vec_free(&st->ended);
	vec_free(&st->others);
}

static void decode_slot_record(struct slot_record *r, struct nlattr *nest)
{
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		switch (nla_type(a)) {
		case NETSTREAM_SLOT_RECORD_A_NAME:
			attr_string(r->name, a, sizeof(r->name));
			break;
		case NETSTREAM_SLOT_RECORD_A_CREATED:
			r->created = attr_number(a);
			break;
		case NETSTREAM_SLOT_RECORD_A_CURRENT:
			r->current = attr_number(a);
			break;
		case NETSTREAM_SLOT_RECORD_A_ENDED:
			r->ended = attr_number(a);
			break;
		case NETSTREAM_SLOT_RECORD_A_EXPORTED_PACKETS:
			r->exported_packets = attr_number(a);
			break;
		case NETSTREAM_SLOT_RECORD_A_EXPORTED_FLOWS:
			r->exported_flows = attr_number(a);
			break;
		}
	}
}

static void decode_slot_attr(struct slot_stats *st, struct nlattr *a)
{
	switch (nla_type(a)) {
	case NETSTREAM_SLOT_STATS_A_ID:
		st->slot = attr_number(a);
		break;
	case NETSTREAM_SLOT_STATS_A_IN_SEEN:
		st->seen[NETSTREAM_INBOUND] = attr_number(a);
		break;
	case NETSTREAM_SLOT_STATS_A_IN_PACKETS:
		st->packets[NETSTREAM_INBOUND] = attr_number(a);
		break;
	case NETSTREAM_SLOT_STATS_A_IN_BYTES:
		st->bytes[NETSTREAM_INBOUND] = attr_number(a);
		break;
	case NETSTREAM_SLOT_STATS_A_OUT_SEEN:
		st->seen[NETSTREAM_OUTBOUND] = attr_number(a);
		break;
	case NETSTREAM_SLOT_STATS_A_OUT_PACKETS:
		st->packets[NETSTREAM_OUTBOUND] = attr_number(a);
		break;
	case NETSTREAM_SLOT_STATS_A_OUT_BYTES:
		st->bytes[NETSTREAM_OUTBOUND] = attr_number(a);
		break;
	case NETSTREAM_SLOT_STATS_A_RECORD:
		decode_slot_record(vec_push(&st->records), a);
		break;
	}
}

static void slot_message(struct nlattr *attrs, int len, void *arg)
{
	struct nlattr *a, *b;
	int rem, rest;

	nla_for_each_attr(a, attrs, len, rem)
		if (nla_type(a) == NETSTREAM_A_SLOT_STATS)
			nla_for_each_nested(b, a, rest)
				decode_slot_attr(arg, b);
}

/**
 * nl_slot_stats() - statistics of a slot
 * @st: filled in; its @slot says which; to be freed with nl_slot_stats_free()
 * @why: filled in on failure; its @error is ENOENT if there is no such slot
 *
 * Return: 0 or -1.
 */
int nl_slot_stats(struct slot_stats *st, struct failure *why)
{
	struct nl_msg *msg = nl_request(NETSTREAM_CMD_SLOT_STATS_GET, NLM_F_ACK, REQUEST_SIZE,
					why);

	if (!msg)
		return -1;
	nla_put_u8(msg, NETSTREAM_A_SLOT_ID, st->slot);
	return nl_exchange(msg, NULL, slot_message, st, why);
}

void nl_slot_stats_free(struct slot_stats *st)
{
	vec_free(&st->records);
}

static void decode_option_template(struct nlattr *nest, const struct sink *sink)
{
	struct option_template_status t = { 0 };
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		switch (nla_type(a)) {
		case NETSTREAM_OPTION_TEMPLATE_A_NAME:
			attr_string(t.name, a, sizeof(t.name));
			break;
		case NETSTREAM_OPTION_TEMPLATE_A_VERSION:
			t.version = attr_number(a);
			break;
		case NETSTREAM_OPTION_TEMPLATE_A_ID:
			t.id = attr_number(a);
			break;
		case NETSTREAM_OPTION_TEMPLATE_A_SENT:
			t.sent = attr_number(a);
			break;
		case NETSTREAM_OPTION_TEMPLATE_A_FAILED:
			t.failed = attr_number(a);
			break;
		}
	}
	((void (*)(const struct option_template_status *, void *))sink->each)(&t, sink->arg);
}

int nl_option_templates(void (*each)(const struct option_template_status *, void *), void *arg,
			struct failure *why)
{
	struct sink sink = { decode_option_template, NETSTREAM_A_OPTION_TEMPLATE,
			     (void (*)(void))each, arg };

	return dump(NETSTREAM_CMD_OPTION_TEMPLATE_GET, &sink, why);
}

static void decode_host_status(struct host_status *h, int type, struct nlattr *a)
{
	switch (type) {
	case NETSTREAM_HOST_A_VIEW_SLOT:
		h->in_slot = true;
		break;
	case NETSTREAM_HOST_A_MONITOR:
		attr_string(h->monitor, a, sizeof(h->monitor));
		break;
	case NETSTREAM_HOST_A_SLOT:
		h->slot = attr_number(a);
		break;
	case NETSTREAM_HOST_A_STATE:
		h->state = attr_number(a);
		break;
	case NETSTREAM_HOST_A_ERRNO:
		h->error = attr_number(a);
		break;
	case NETSTREAM_HOST_A_COUNT:
		count_decode(vec_push(&h->counts), a);
		break;
	case NETSTREAM_HOST_A_QUEUED:
		h->queued = attr_number(a);
		break;
	case NETSTREAM_HOST_A_SOURCE4:
		h->source.family = AF_INET;
		attr_bytes(&h->source.v4, a, sizeof(h->source.v4));
		break;
	case NETSTREAM_HOST_A_SOURCE6:
		h->source.family = AF_INET6;
		attr_bytes(&h->source.v6, a, sizeof(h->source.v6));
		break;
	case NETSTREAM_HOST_A_SOURCE_PORT:
		h->source_port = attr_number(a);
		break;
	}
}

void host_status_decode(struct host_status *h, struct nlattr *nest)
{
	struct nlattr *a;
	bool foreign = false;
	int rem;

	host_decode(&h->host, nest, &foreign);
	nla_for_each_nested(a, nest, rem)
		decode_host_status(h, nla_type(a), a);
}

static void decode_host(struct nlattr *nest, const struct sink *sink)
{
	struct host_status h = { 0 };

	host_status_decode(&h, nest);
	((void (*)(const struct host_status *, void *))sink->each)(&h, sink->arg);
	vec_free(&h.counts);
}

int nl_hosts(void (*each)(const struct host_status *, void *), void *arg, struct failure *why)
{
	struct sink sink = { decode_host, NETSTREAM_A_HOST, (void (*)(void))each, arg };

	return dump(NETSTREAM_CMD_HOST_GET, &sink, why);
}

static void decode_template_field(struct template_field *f, struct nlattr *nest)
{
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		switch (nla_type(a)) {
		case NETSTREAM_TFIELD_A_TYPE:
			f->type = attr_number(a);
			break;
		case NETSTREAM_TFIELD_A_LENGTH:
			f->length = attr_number(a);
			break;
		case NETSTREAM_TFIELD_A_FIELD:
			f->field = attr_number(a);
			break;
		}
	}
}

static void decode_template_attr(struct template_status *t, struct nlattr *a)
{
	switch (nla_type(a)) {
	case NETSTREAM_TEMPLATE_A_RECORD:
		attr_string(t->record, a, sizeof(t->record));
		break;
	case NETSTREAM_TEMPLATE_A_MONITOR:
		attr_string(t->monitor, a, sizeof(t->monitor));
		break;
	case NETSTREAM_TEMPLATE_A_SLOT:
		t->slot = attr_number(a);
		break;
	case NETSTREAM_TEMPLATE_A_VERSION:
		t->version = attr_number(a);
		break;
	case NETSTREAM_TEMPLATE_A_ID:
		t->id = attr_number(a);
		break;
	case NETSTREAM_TEMPLATE_A_LENGTH:
		t->length = attr_number(a);
		break;
	case NETSTREAM_TEMPLATE_A_SENT:
		t->sent = attr_number(a);
		break;
	case NETSTREAM_TEMPLATE_A_FAILED:
		t->failed = attr_number(a);
		break;
	case NETSTREAM_TEMPLATE_A_FIELD:
		decode_template_field(vec_push(&t->fields), a);
		break;
	}
}

void template_status_decode(struct template_status *t, struct nlattr *nest)
{
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem)
		decode_template_attr(t, a);
}

static void decode_template(struct nlattr *nest, const struct sink *sink)
{
	struct template_status t = { 0 };

	template_status_decode(&t, nest);
	((void (*)(const struct template_status *, void *))sink->each)(&t, sink->arg);
	vec_free(&t.fields);
}

int nl_templates(void (*each)(const struct template_status *, void *), void *arg,
		 struct failure *why)
{
	struct sink sink = { decode_template, NETSTREAM_A_TEMPLATE, (void (*)(void))each, arg };

	return dump(NETSTREAM_CMD_TEMPLATE_GET, &sink, why);
}

static void decode_monitor_attr(struct monitor_status *m, struct nlattr *a)
{
	char record[NETSTREAM_RECORD_NAME_MAX + 1];

	switch (nla_type(a)) {
	case NETSTREAM_MONITOR_A_NAME:
		attr_string(m->name, a, sizeof(m->name));
		break;
	case NETSTREAM_MONITOR_A_SOURCE_ID:
		m->source_id = attr_number(a);
		break;
	case NETSTREAM_MONITOR_A_RECORD:
		attr_string(record, a, sizeof(record));
		names_add(&m->records, record, (struct origin){ 0 });
		break;
	case NETSTREAM_MONITOR_A_INTERFACES:
		m->interfaces = attr_number(a);
		break;
	case NETSTREAM_MONITOR_A_HOSTS:
		m->hosts = attr_number(a);
		break;
	case NETSTREAM_MONITOR_A_STATS:
		decode_stats(&m->stats, a);
		break;
	}
}

static void decode_monitor(struct nlattr *nest, const struct sink *sink)
{
	struct monitor_status m = { 0 };
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem)
		decode_monitor_attr(&m, a);
	((void (*)(const struct monitor_status *, void *))sink->each)(&m, sink->arg);
	vec_free(&m.records);
	nl_stats_free(&m.stats);
}

int nl_monitors(void (*each)(const struct monitor_status *, void *), void *arg,
		struct failure *why)
{
	struct sink sink = { decode_monitor, NETSTREAM_A_MONITOR, (void (*)(void))each, arg };

	return dump(NETSTREAM_CMD_MONITOR_GET, &sink, why);
}

static void decode_record(struct nlattr *nest, const struct sink *sink)
{
	struct record_status r = { 0 };
	struct nlattr *a;
	bool foreign = false;
	int rem;

	record_decode(&r.record, nest, &foreign);
	nla_for_each_nested(a, nest, rem) {
		if (nla_type(a) == NETSTREAM_RECORD_A_STATE)
			r.state = attr_number(a);
		if (nla_type(a) == NETSTREAM_RECORD_A_FLOWS)
			r.flows = attr_number(a);
		if (nla_type(a) == NETSTREAM_RECORD_A_CREATED)
			r.created = attr_number(a);
		if (nla_type(a) == NETSTREAM_RECORD_A_FLOW_BYTES)
			r.flow_bytes = attr_number(a);
	}
	((void (*)(const struct record_status *, void *))sink->each)(&r, sink->arg);
	vec_free(&r.record.match);
	vec_free(&r.record.collect);
}

int nl_records(void (*each)(const struct record_status *, void *), void *arg,
	       struct failure *why)
{
	struct sink sink = { decode_record, NETSTREAM_A_RECORD, (void (*)(void))each, arg };

	return dump(NETSTREAM_CMD_RECORD_GET, &sink, why);
}

static void decode_interface_status(struct interface_status *i, struct nlattr *a)
{
	switch (nla_type(a)) {
	case NETSTREAM_IF_A_IFINDEX:
		i->ifindex = attr_number(a);
		break;
	case NETSTREAM_IF_A_SLOT:
		i->slot = attr_number(a);
		break;
	case NETSTREAM_IF_A_IN_SEEN:
		i->seen[0] = attr_number(a);
		break;
	case NETSTREAM_IF_A_IN_PACKETS:
		i->packets[0] = attr_number(a);
		break;
	case NETSTREAM_IF_A_IN_BYTES:
		i->bytes[0] = attr_number(a);
		break;
	case NETSTREAM_IF_A_OUT_SEEN:
		i->seen[1] = attr_number(a);
		break;
	case NETSTREAM_IF_A_OUT_PACKETS:
		i->packets[1] = attr_number(a);
		break;
	case NETSTREAM_IF_A_OUT_BYTES:
		i->bytes[1] = attr_number(a);
		break;
	}
}

void interface_status_decode(struct interface_status *i, struct nlattr *nest)
{
	struct nlattr *a;
	bool foreign = false;
	int rem;

	interface_decode(&i->interface, nest, &foreign);
	nla_for_each_nested(a, nest, rem)
		decode_interface_status(i, a);
}

static void decode_interface(struct nlattr *nest, const struct sink *sink)
{
	struct interface_status i = { 0 };

	interface_status_decode(&i, nest);
	((void (*)(const struct interface_status *, void *))sink->each)(&i, sink->arg);
	interface_free(&i.interface);
}

int nl_interfaces(void (*each)(const struct interface_status *, void *), void *arg,
		  struct failure *why)
{
	struct sink sink = { decode_interface, NETSTREAM_A_INTERFACE, (void (*)(void))each, arg };

	return dump(NETSTREAM_CMD_INTERFACE_GET, &sink, why);
}

static void decode_value(struct flow_value *v, const struct nlattr *a)
{
	uint8_t mac[6];
	size_t i;

	/* the room for values is used again */
	memset(v, 0, sizeof(*v));
	v->field = nla_type(a);
	if (nla_len(a) == sizeof(v->address))
		attr_bytes(&v->address, a, sizeof(v->address));
	else if (nla_len(a) == sizeof(mac))
		for (attr_bytes(mac, a, sizeof(mac)), i = 0; i < sizeof(mac); i++)
			v->number = v->number << 8 | mac[i];
	else
		v->number = attr_number(a);
}

static void decode_values(struct flow *f, struct nlattr *nest)
{
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem)
		if (nla_type(a) && f->values < NETSTREAM_FIELDS_MAX)
			decode_value(&f->value[f->values++], a);
}

static void decode_flow_attr(struct flow *f, struct nlattr *a)
{
	switch (nla_type(a)) {
	case NETSTREAM_FLOW_A_RECORD:
		attr_string(f->record, a, sizeof(f->record));
		break;
	case NETSTREAM_FLOW_A_MONITOR:
		attr_string(f->monitor, a, sizeof(f->monitor));
		break;
	case NETSTREAM_FLOW_A_SLOT:
		f->slot = attr_number(a);
		break;
	case NETSTREAM_FLOW_A_CPU:
		f->cpu = attr_number(a);
		break;
	case NETSTREAM_FLOW_A_PACKETS:
		f->packets = attr_number(a);
		break;
	case NETSTREAM_FLOW_A_BYTES:
		f->bytes = attr_number(a);
		break;
	case NETSTREAM_FLOW_A_FIRST:
		f->first = attr_number(a);
		break;
	case NETSTREAM_FLOW_A_LAST:
		f->last = attr_number(a);
		break;
	case NETSTREAM_FLOW_A_FIELDS:
		decode_values(f, a);
		break;
	}
}

static void decode_flow(struct nlattr *nest, const struct sink *sink)
{
	/* NETSTREAM_FIELDS_MAX values fit */
	static union {
		struct flow	flow;
		char		room[sizeof(struct flow) +
				     NETSTREAM_FIELDS_MAX * sizeof(struct flow_value)];
	} u;
	struct nlattr *a;
	int rem;

	memset(&u.flow, 0, sizeof(u.flow));
	u.flow.flows = 1;
	nla_for_each_nested(a, nest, rem)
		decode_flow_attr(&u.flow, a);
	((void (*)(const struct flow *, void *))sink->each)(&u.flow, sink->arg);
}

/* The value of a field, or NULL if the flow does not have it. */
const struct flow_value *flow_value(const struct flow *f, unsigned int field)
{
	size_t i;

	for (i = 0; i < f->values; i++)
		if (f->value[i].field == field)
			return &f->value[i];
	return NULL;
}

int nl_flows(const char *record, void (*each)(const struct flow *, void *), void *arg,
	     struct failure *why)
{
	struct sink sink = { decode_flow, NETSTREAM_A_FLOW, (void (*)(void))each, arg };

	/* the cache changes all the time: flows are listed as they come */
	return dump_once(NETSTREAM_CMD_FLOW_GET, record, sink_message, &sink, why) < 0 ? -1 : 0;
}

/**
 * nl_reset() - end flows or clear counters
 * @what: mask of &enum netstream_reset
 * @slot: only flows of this slot, with NETSTREAM_RESET_CACHE alone; negative: all
 * @why: filled in on failure; its @error is ENOENT if there is no such slot
 *
 * Return: 0 or -1.
 */
int nl_reset(unsigned int what, int slot, struct failure *why)
{
	struct nl_msg *msg = nl_request(NETSTREAM_CMD_RESET, NLM_F_ACK, REQUEST_SIZE, why);

	if (!msg)
		return -1;
	nla_put_u32(msg, NETSTREAM_A_RESET, what);
	if (slot >= 0)
		nla_put_u8(msg, NETSTREAM_A_SLOT_ID, slot);
	return nl_exchange(msg, NULL, NULL, NULL, why);
}

int nl_refresh(struct failure *why)
{
	struct nl_msg *msg = nl_request(NETSTREAM_CMD_TEMPLATE_REFRESH, NLM_F_ACK,
					REQUEST_SIZE, why);

	return msg ? nl_exchange(msg, NULL, NULL, NULL, why) : -1;
}
