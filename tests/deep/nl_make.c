// SPDX-License-Identifier: GPL-2.0
/*
 * Requests.  One is a tree of attributes until it is written, so that what is
 * changed in the middle leaves the lengths around it right, unless they are to
 * be wrong.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "nl.h"

#define NODES		4096
#define DATA		128

struct node {
	uint16_t	type;
	int		set;		/* that it belongs to, or -1 */
	bool		nest;
	int		delta;		/* what is added to its length */
	unsigned int	len;
	uint8_t		data[DATA];
	struct node	*child, *next;
};

static struct node pool[NODES];
static unsigned int used;
uint64_t rnd_state;

uint64_t rnd(void)
{
	uint64_t z = (rnd_state += 0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* ------------------------------------------------------------------- trees */

static struct node *node(struct node *parent, int set, uint16_t type, const void *data,
			 unsigned int len)
{
	/* what is too much is hung nowhere */
	struct node *n = &pool[used < NODES ? used++ : NODES - 1], **at;

	memset(n, 0, sizeof(*n));
	n->type = type;
	n->set = set;
	n->len = len < DATA ? len : DATA;
	if (data)
		memcpy(n->data, data, n->len);
	if (!parent || used == NODES)
		return n;
	for (at = &parent->child; *at; at = &(*at)->next)
		;
	*at = n;
	return n;
}

static struct node *nest(struct node *parent, int set, uint16_t type)
{
	struct node *n = node(parent, set, type | NLA_F_NESTED, NULL, 0);

	n->nest = true;
	return n;
}

static void number(struct node *parent, int set, uint16_t type, uint64_t value)
{
	static const unsigned int size[] = {
		[T_U8] = 1, [T_U16] = 2, [T_U32] = 4, [T_U64] = 8,
	};
	const struct spec *s = spec_find(set, type);

	node(parent, set, type, &value, s ? size[s->type] : 4);
}

static void text(struct node *parent, int set, uint16_t type, const char *value)
{
	node(parent, set, type, value, strlen(value) + 1);
}

/* Return: bytes written, as far as there is room. */
static size_t write_nodes(const struct node *n, uint8_t *to, size_t room)
{
	size_t total = 0;

	for (; n; n = n->next) {
		struct nlattr *a = (void *)(to + total);
		size_t len = n->len;

		if (room - total < NLA_HDRLEN + DATA + 4)
			break;
		if (n->nest)
			len = write_nodes(n->child, to + total + NLA_HDRLEN,
					  room - total - NLA_HDRLEN);
		else
			memcpy(to + total + NLA_HDRLEN, n->data, len);
		memset(to + total + NLA_HDRLEN + len, 0, -len & 3);
		a->nla_type = n->type;
		a->nla_len = NLA_HDRLEN + len + n->delta;
		total += NLA_ALIGN(NLA_HDRLEN + len);
	}
	return total;
}

/* ------------------------------------------------------------ random values */

static const char * const ifnames[] = {
	"all", "ra", "rb", "rc", "lo", "eth0", "x", "fifteen-letters", "vrf0", "e0",
};
static const char * const monitor_names[] = { "m0", "m1", "m2" };
static const char * const records[] = {
	"r0", "r1", "r2", "r3", "r4", "r5", "tuple", "a-name-of-just-two-and-thirty-cha",
};

#define PICK(list)	((list)[below(sizeof(list) / sizeof(*(list)))])

static uint64_t any_number(const struct spec *s)
{
	switch (below(6)) {
	case 0: return s->min;
	case 1: return s->max;
	case 2: return s->max + 1;
	case 3: return s->min - 1;
	case 4: return rnd();
	default: return s->min + rnd() % (s->max - s->min + 1 ? s->max - s->min + 1 : 1);
	}
}

static void any_text(struct node *parent, int set, uint16_t type)
{
	char s[DATA];
	unsigned int i, n = below(40);

	if (once(2)) {
		text(parent, set, type, once(2) ? PICK(ifnames) : PICK(records));
		return;
	}
	for (i = 0; i < n; i++)
		s[i] = once(10) ? rnd() : ' ' + below(95);
	s[n] = 0;
	node(parent, set, type, s, n + !once(5));
}

static void any_bytes(struct node *parent, int set, uint16_t type, unsigned int len)
{
	uint64_t data[DATA / 8];
	unsigned int i;

	for (i = 0; i < DATA / 8; i++)
		data[i] = rnd();
	node(parent, set, type, data, len);
}

/* A prefix of routes: mostly as long as it says, and of few that begin alike. */
static void any_prefix(struct node *parent, int set, uint16_t type)
{
	uint8_t data[17] = { below(130), 0x20, 0x01, 0x0d, 0xb8 };
	unsigned int i;

	for (i = 4; i < sizeof(data); i++)
		data[i] = once(2) ? below(4) : 0;
	if (once(8))
		any_bytes(parent, set, type, below(18));
	else
		node(parent, set, type, data, 1 + (data[0] > 128 ? 16 : (data[0] + 7) / 8));
}

/* An attribute of a set, as the specification says, with any value. */
static void any_attr(struct node *parent, int set, unsigned int depth)
{
	const struct spec *s = &spec_sets[set].attr[below(spec_sets[set].n)];
	unsigned int i, n;
	struct node *it;

	switch (s->type) {
	case T_NEST:
		it = nest(parent, set, s->id);
		n = depth ? below(5) : 0;
		for (i = 0; i < n; i++)
			any_attr(it, s->nested, depth - 1);
		break;
	case T_STRING:
		any_text(parent, set, s->id);
		break;
	case T_BINARY:
		if (!s->exact) {
			any_prefix(parent, set, s->id);
			break;
		}
		any_bytes(parent, set, s->id, once(8) ? below(40) : s->exact);
		break;
	case T_FLAG:
	case T_PAD:
		node(parent, set, s->id, NULL, 0);
		break;
	default:
		number(parent, set, s->id, any_number(s));
	}
}

/* -------------------------------------------------------------- valid views */

static uint64_t in_range(int set, unsigned int id)
{
	const struct spec *s = spec_find(set, id);

	return s->min + rnd() % (s->max - s->min + 1);
}

static void valid_sampler(struct node *parent, int set, uint16_t type, unsigned int dir)
{
	struct node *n = nest(parent, set, type);

	number(n, SET_SAMPLER, NETSTREAM_SAMPLER_A_DIRECTION, dir);
	number(n, SET_SAMPLER, NETSTREAM_SAMPLER_A_MODE, 1 + below(3));
	number(n, SET_SAMPLER, NETSTREAM_SAMPLER_A_INTERVAL, 1 + below(30000));
}

static void valid_item(struct node *record, unsigned int field)
{
	bool counter = field == NETSTREAM_FIELD_PACKETS || field == NETSTREAM_FIELD_BYTES;
	bool collect = field >= NETSTREAM_FIELD_PACKETS;
	struct node *n = nest(record, SET_RECORD, collect ? NETSTREAM_RECORD_A_COLLECT :
							    NETSTREAM_RECORD_A_MATCH);

	number(n, SET_ITEM, NETSTREAM_ITEM_A_FIELD, field);
	if (field <= NETSTREAM_FIELD_DST_ADDR && once(3))
		number(n, SET_ITEM, NETSTREAM_ITEM_A_PREFIX,
		       below(4) ? 1 + below(128) : NETSTREAM_PREFIX_ROUTE);
	if (counter && once(2))
		number(n, SET_ITEM, NETSTREAM_ITEM_A_WIDTH, 16 << below(3));
}

static void valid_record(struct node *root, const char *name)
{
	struct node *n = nest(root, SET_NETSTREAM, NETSTREAM_A_RECORD);
	unsigned int field;

	text(n, SET_RECORD, NETSTREAM_RECORD_A_NAME, name);
	if (once(3))
		text(n, SET_RECORD, NETSTREAM_RECORD_A_DESCRIPTION, "what it is for");
	for (field = 1; field <= NETSTREAM_FIELD_MAX; field++)
		if (once(3) || field == NETSTREAM_FIELD_PACKETS)
			valid_item(n, field);
}

static void valid_host(struct node *parent, int set, uint16_t type, unsigned int i)
{
	struct node *n = nest(parent, set, type);
	struct in6_addr a6;
	struct in_addr a4;

	inet_pton(AF_INET6, once(3) ? "fd00:2::2" : "fd00:3::2", &a6);
	inet_pton(AF_INET, once(3) ? "10.0.3.2" : "10.9.9.9", &a4);
	if (once(3))
		node(n, SET_HOST, NETSTREAM_HOST_A_ADDR4, &a4, 4);
	else
		node(n, SET_HOST, NETSTREAM_HOST_A_ADDR6, &a6, 16);
	number(n, SET_HOST, NETSTREAM_HOST_A_PORT, 2055 + i);
	if (once(3))
		number(n, SET_HOST, NETSTREAM_HOST_A_VERSION, 9 + below(2));
	if (once(4))
		number(n, SET_HOST, NETSTREAM_HOST_A_DSCP, below(64));
	if (once(8))
		text(n, SET_HOST, NETSTREAM_HOST_A_VRF, "vrf0");
}

static void valid_slot(struct node *root, unsigned int id, unsigned int *port)
{
	struct node *n = nest(root, SET_NETSTREAM, NETSTREAM_A_SLOT);
	unsigned int i, hosts = below(4);

	number(n, SET_SLOT, NETSTREAM_SLOT_A_ID, id);
	if (once(2))
		node(n, SET_SLOT, NETSTREAM_SLOT_A_SEQUENCE_FLOW, NULL, 0);
	/* the first name cannot be a port's */
	if (id && once(2) && *port < 4)
		text(n, SET_SLOT, NETSTREAM_SLOT_A_PORT, ifnames[(*port)++]);
	for (i = 0; i < hosts; i++)
		valid_host(n, SET_SLOT, NETSTREAM_SLOT_A_HOST, i);
}

static void valid_monitor(struct node *root, const char *name, unsigned int nrecords)
{
	struct node *n = nest(root, SET_NETSTREAM, NETSTREAM_A_MONITOR);
	unsigned int i, hosts = below(3);
	struct in6_addr a6;

	text(n, SET_MONITOR, NETSTREAM_MONITOR_A_NAME, name);
	for (i = 0; i < nrecords; i++)
		if (once(2))
			text(n, SET_MONITOR, NETSTREAM_MONITOR_A_RECORD, records[i]);
	for (i = 0; i < hosts; i++)
		valid_host(n, SET_MONITOR, NETSTREAM_MONITOR_A_HOST, i);
	inet_pton(AF_INET6, "fd00:3::1", &a6);
	if (once(3)) {
		node(n, SET_MONITOR, NETSTREAM_MONITOR_A_SOURCE6, &a6, 16);
		number(n, SET_MONITOR, NETSTREAM_MONITOR_A_SOURCE6_PORT, 41000 + below(9));
	}
	if (once(3))
		number(n, SET_MONITOR, NETSTREAM_MONITOR_A_ACTIVE,
		       in_range(SET_MONITOR, NETSTREAM_MONITOR_A_ACTIVE));
	if (once(3))
		number(n, SET_MONITOR, NETSTREAM_MONITOR_A_MAX_FLOWS, 16 << below(13));
	if (once(3))
		valid_sampler(n, SET_MONITOR, NETSTREAM_MONITOR_A_SAMPLER, below(2));
}

/* The monitors whose bit is in @monitors may be attached. */
static void valid_attachments(struct node *interface, unsigned int monitors)
{
	struct node *n;
	unsigned int i, dir;

	for (i = 0; i < sizeof(monitor_names) / sizeof(*monitor_names); i++)
		for (dir = 0; dir < 2; dir++) {
			if (!(monitors & 1u << i) || !once(2))
				continue;
			n = nest(interface, SET_INTERFACE, NETSTREAM_IF_A_MONITOR);
			text(n, SET_ATTACH, NETSTREAM_ATTACH_A_NAME, monitor_names[i]);
			number(n, SET_ATTACH, NETSTREAM_ATTACH_A_DIRECTION, dir);
		}
}

static void valid_interface(struct node *root, const char *name, unsigned int monitors)
{
	struct node *n = nest(root, SET_NETSTREAM, NETSTREAM_A_INTERFACE);
	unsigned int dir;

	text(n, SET_INTERFACE, NETSTREAM_IF_A_NAME, name);
	for (dir = 0; dir < 2; dir++) {
		if (!once(3))
			number(n, SET_INTERFACE, NETSTREAM_IF_A_INBOUND + dir, below(2));
		if (once(4))
			valid_sampler(n, SET_INTERFACE, NETSTREAM_IF_A_SAMPLER, dir);
	}
	valid_attachments(n, monitors);
}

static void valid_source(struct node *system)
{
	struct in6_addr a6;
	struct in_addr a4;

	inet_pton(AF_INET6, "fd00:3::1", &a6);
	inet_pton(AF_INET, "10.0.3.1", &a4);
	if (!once(4))
		node(system, SET_SYSTEM, NETSTREAM_SYSTEM_A_SOURCE6, &a6, 16);
	if (once(2))
		node(system, SET_SYSTEM, NETSTREAM_SYSTEM_A_SOURCE4, &a4, 4);
}

static void valid_system(struct node *root, unsigned int nrecords)
{
	struct node *n = nest(root, SET_NETSTREAM, NETSTREAM_A_SYSTEM);
	const struct spec *s;
	unsigned int i;

	if (once(4))
		number(n, SET_SYSTEM, NETSTREAM_SYSTEM_A_VERSION, 9 + below(2));
	if (once(4))
		number(n, SET_SYSTEM, NETSTREAM_SYSTEM_A_AS_TYPE, below(3));
	/* what has its bounds in the specification */
	for (i = NETSTREAM_SYSTEM_A_TEMPLATE_TIMEOUT;
	     i <= NETSTREAM_SYSTEM_A_ORIGINAL_INACTIVE; i++) {
		s = spec_find(SET_SYSTEM, i);
		if (s->type != T_BINARY && once(3))
			number(n, SET_SYSTEM, i, in_range(SET_SYSTEM, i));
	}
	if (once(3))
		number(n, SET_SYSTEM, NETSTREAM_SYSTEM_A_TCP_LINGER, below(61));
	if (once(2))
		number(n, SET_SYSTEM, NETSTREAM_SYSTEM_A_MAX_FLOWS, 16 << below(13));
	valid_source(n);
	for (i = 0; i < nrecords; i++)
		if (once(2))
			text(n, SET_SYSTEM, NETSTREAM_SYSTEM_A_APPLY, records[i]);
	if (once(4))
		text(n, SET_SYSTEM, NETSTREAM_SYSTEM_A_MANAGEMENT, ifnames[1 + below(8)]);
	if (once(4))
		valid_sampler(n, SET_SYSTEM, NETSTREAM_SYSTEM_A_SAMPLER, below(2));
}

/* A configuration that a namespace takes, but for what is applied there now. */
static void valid_config(struct node *root)
{
	unsigned int i, nrecords = below(3), port = 1, nhosts = below(3);
	unsigned int monitors = once(2) ? below(1u << 3) : 0;

	for (i = 0; i < nrecords; i++)
		valid_record(root, records[i]);
	for (i = 0; i < nhosts; i++)
		valid_host(root, SET_NETSTREAM, NETSTREAM_A_HOST, i);
	for (i = 0; i < 4; i++)
		if (once(6))
			valid_slot(root, i ? i * 85 : 0, &port);
	for (i = 0; i < 3; i++)
		if (monitors & 1u << i)
			valid_monitor(root, monitor_names[i], nrecords);
	for (i = 0; i < sizeof(ifnames) / sizeof(*ifnames); i++)
		if (once(5))
			valid_interface(root, ifnames[i], monitors);
	valid_system(root, nrecords);
}

/* ---------------------------------------------------------------- mutations */

/* Any node below @root but itself. */
static struct node *any_node(void)
{
	return used > 1 ? &pool[1 + below(used - 1)] : NULL;
}

static void copy_behind(struct node *n)
{
	struct node *copy = &pool[used];

	if (used + 1 >= NODES)
		return;
	used++;
	*copy = *n;
	n->next = copy;
}

/* Into one more nest, or out of it: the children take its place. */
static void change_depth(struct node *n)
{
	if (n->nest && n->child && once(2)) {
		struct node *child = n->child, *next = n->next;

		*n = *child;
		if (!n->next)
			n->next = next;
	} else if (used + 1 < NODES) {
		struct node *inner = &pool[used++];

		*inner = *n;
		inner->next = NULL;
		n->nest = true;
		n->child = inner;
	}
}

static void mutate_data(struct node *n)
{
	const struct spec *s = n->set >= 0 ? spec_find(n->set, n->type & NLA_TYPE_MASK) : NULL;
	uint64_t value;

	if (s && s->max && once(2)) {
		value = any_number(s);
		memcpy(n->data, &value, 8);
	} else if (n->len) {
		n->data[below(n->len)] = rnd();
	}
}

/* What follows a node is left out, or stands before it. */
static void mutate_order(struct node *n)
{
	struct node *next = n->next, swap;

	if (!next)
		return;
	if (once(2)) {
		n->next = next->next;
		return;
	}
	swap = *n;
	*n = *next;
	*next = swap;
	next->next = n->next;
	n->next = next;
}

static void mutate_tree(void)
{
	struct node *n = any_node();

	if (!n)
		return;
	switch (below(10)) {
	case 0: n->type = (n->type & NLA_F_NESTED) | below(40); break;
	case 1: n->type ^= NLA_F_NESTED; break;
	case 2: n->type = rnd(); break;
	case 3: n->delta = once(2) ? (int)below(9) - 4 : (int)below(70000) - 4; break;
	case 4: n->len = below(DATA); break;
	case 5: copy_behind(n); break;
	case 6: change_depth(n); break;
	case 7: mutate_order(n); break;
	case 8:
		if (n->nest)
			any_attr(n, below(SETS), 2);
		else
			n->len = n->len ? n->len - 1 : 0;
		break;
	default: mutate_data(n);
	}
}

static void mutate_bytes(struct request *r, size_t from)
{
	unsigned int i, n = 1 + below(4);

	if (once(3))
		r->len = from + below(r->len - from + 1);
	for (i = 0; i < n && r->len > from; i++)
		r->buf[from + below(r->len - from)] = rnd();
}

/* -------------------------------------------------------------- the whole */

static struct node *begin(void)
{
	used = 0;
	return nest(NULL, -1, 0);
}

static void finish(struct request *r, const struct node *root, uint8_t cmd, bool dump)
{
	struct nlmsghdr *h = (void *)r->buf;
	struct genlmsghdr *g = NLMSG_DATA(h);

	memset(h, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	h->nlmsg_flags = NLM_F_REQUEST | (dump ? NLM_F_DUMP : NLM_F_ACK);
	g->cmd = cmd;
	g->version = NETSTREAM_GENL_VERSION;
	r->cmd = cmd;
	r->dump = dump;
	r->framed = true;
	r->len = NLMSG_HDRLEN + GENL_HDRLEN +
		 write_nodes(root->child, (uint8_t *)g + GENL_HDRLEN,
			     REQUEST_MAX - NLMSG_HDRLEN - GENL_HDRLEN);
}

/**
 * make_valid - a configuration that can be taken
 * @r: request
 * @check: only to be looked at
 */
void make_valid(struct request *r, bool check)
{
	struct node *root = begin();

	if (check)
		node(root, SET_NETSTREAM, NETSTREAM_A_CHECK, NULL, 0);
	valid_config(root);
	finish(r, root, NETSTREAM_CMD_CONFIG_SET, false);
}

/**
 * make_dump - a dump without attributes
 * @r: request
 * @cmd: command
 */
void make_dump(struct request *r, uint8_t cmd)
{
	finish(r, begin(), cmd, true);
}

/* A configuration, changed here and there. */
static void make_mutated(struct request *r, bool check)
{
	struct node *root = begin();
	unsigned int i, n = below(4);

	if (check)
		node(root, SET_NETSTREAM, NETSTREAM_A_CHECK, NULL, 0);
	if (once(6))
		number(root, SET_NETSTREAM, NETSTREAM_A_GENERATION, once(2) ? below(9) : rnd());
	valid_config(root);
	for (i = 0; i < n; i++)
		mutate_tree();
	finish(r, root, NETSTREAM_CMD_CONFIG_SET, false);
	/* one that was to be looked at only must not become one that is taken */
	if (once(4))
		mutate_bytes(r, NLMSG_HDRLEN + GENL_HDRLEN + (check ? NLA_HDRLEN : 0));
}

/* What a command about routes takes, so that tables are loaded, changed and replaced. */
static void valid_routes(struct node *root, unsigned int cmd)
{
	struct node *n = nest(root, SET_NETSTREAM, NETSTREAM_A_ROUTES), *route;
	unsigned int i, j;

	if (cmd == NETSTREAM_CMD_ROUTES_LOAD)
		text(n, SET_ROUTES, NETSTREAM_ROUTES_A_SOURCE, PICK(records));
	if (cmd == NETSTREAM_CMD_ROUTES_GET && once(2))
		any_prefix(n, SET_ROUTES, NETSTREAM_ROUTES_A_PREFIX);
	if (cmd != NETSTREAM_CMD_ROUTES_CHANGE)
		return;
	if (once(2))
		node(n, SET_ROUTES, NETSTREAM_ROUTES_A_LOAD, NULL, 0);
	for (i = below(4); i; i--) {
		any_prefix(n, SET_ROUTES, NETSTREAM_ROUTES_A_WITHDRAW);
		route = nest(n, SET_ROUTES, NETSTREAM_ROUTES_A_ROUTE);
		number(route, SET_ROUTE, NETSTREAM_ROUTE_A_ORIGIN_AS, below(9));
		for (j = below(6); j; j--)
			any_prefix(route, SET_ROUTE, NETSTREAM_ROUTE_A_PREFIX);
	}
}

/* Any command with any attributes of the specification. */
static void make_any(struct request *r)
{
	const struct spec_cmd *c = &PICK(spec_cmds);
	struct node *root = begin();
	unsigned int i, n = below(4);
	bool dump = once(10) ? c->does : c->dumps;

	if (c->cmd == NETSTREAM_CMD_CONFIG_SET)
		node(root, SET_NETSTREAM, NETSTREAM_A_CHECK, NULL, 0);
	if (c->cmd == NETSTREAM_CMD_RESET && once(2))
		number(root, SET_NETSTREAM, NETSTREAM_A_RESET, below(5));
	if (c->cmd == NETSTREAM_CMD_FLOW_GET && once(2))
		text(root, SET_NETSTREAM, NETSTREAM_A_RECORD_NAME, PICK(records));
	if (c->cmd >= NETSTREAM_CMD_ROUTES_LOAD && !once(3))
		valid_routes(root, c->cmd);
	/* most commands take none */
	if (c->cmd == NETSTREAM_CMD_CONFIG_SET || once(2))
		for (i = 0; i < n; i++)
			any_attr(root, once(8) ? (int)below(SETS) : SET_NETSTREAM, 3);
	finish(r, root, c->cmd, dump);
	r->framed = dump == c->dumps;
}

/* Headers that no client would write. */
static void break_header(struct request *r)
{
	struct nlmsghdr *h = (void *)r->buf;
	struct genlmsghdr *g = NLMSG_DATA(h);

	r->framed = false;
	switch (below(5)) {
	case 0: h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | rnd(); break;
	case 1: g->version = rnd(); break;
	case 2: g->reserved = rnd(); break;
	case 3:
		/* any command, but none that is taken */
		g->cmd = 11 + below(245);
		break;
	default: r->len = NLMSG_HDRLEN + below(8);
	}
	r->cmd = g->cmd;
	r->dump = (h->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
}

/**
 * make_request - any request
 * @r: where to leave it
 * @commits: it may change something; else it is to be checked only
 */
void make_request(struct request *r, bool commits)
{
	if (commits && once(2))
		make_valid(r, false);
	else if (commits || !once(3))
		make_mutated(r, !commits);
	else
		make_any(r);
	if (!commits && once(16))
		break_header(r);
}
