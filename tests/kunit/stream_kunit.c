// SPDX-License-Identifier: GPL-2.0
/*
 * Stream: from flows to datagrams.  The whole export path is here as it is in the
 * module, and real sockets on the loopback device receive what it sends.  The tests
 * set the time: the sender's own work does not run, and pass() does what it would
 * do.
 */
#include "nst_kunit.h"

#include <linux/delay.h>
#include <linux/in6.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>

#include "field.c"
#include "account.c"
#include "record.c"
#include "template.c"
#include "encode.c"
#include "config.c"
#include "packet.c"
#include "event.c"
#include "queue.c"
#include "socket.c"
#include "guard.c"
#include "iftable.c"
#include "options.c"
#include "announce.c"
#include "host.c"
#include "export_set.c"
#include "plan.h"
#include "pace.c"
#include "sender.c"
#include "exporter.c"
#include "lpm_memory.c"
#include "lpm.c"
#include "routes.c"
#include "fib.c"
#include "route_tables.c"

struct workqueue_struct *nst_wq;

/* No control group is charged. */
static const struct nst_mem stream_mem;

u32 nst_bounds_max_flows(void)
{
	return 1000;
}

#define F(_field)	NETSTREAM_FIELD_##_field
#define MATCH(_field)	{ .field = F(_field), .prefix = 128 }
#define COLLECT(_field, _width) \
	{ .field = F(_field), .width = (_width), .collect = true }

#define V9	NETSTREAM_VERSION_9
#define IPFIX	NETSTREAM_VERSION_IPFIX

#define SOURCE_PORT	40000
#define PORT		20550	/* port of the first collector; the others follow */
#define COLLECTORS	3
#define START		1000000	/* milliseconds since boot when a test begins */
#define MINUTE		60000
#define BYTES_MAX	2048

/* 16 + 8 + 8 + 1 bytes on the wire: no multiple of four. */
static const struct nst_record_def stream_def = {
	.name = "wide", .nitems = 4,
	.item = { MATCH(DST_ADDR), MATCH(PROTOCOL), COLLECT(PACKETS, 64),
		  COLLECT(BYTES, 64) },
};

#define RECORD_LEN	33

static const struct nst_record_def stream_other = {
	.name = "other", .nitems = 2,
	.item = { MATCH(DST_ADDR), COLLECT(PACKETS, 64) },
};

static const struct nst_record_def stream_narrow = {
	.name = "narrow", .nitems = 2,
	.item = { COLLECT(PACKETS, 16), COLLECT(BYTES, 16) },
};

/**
 * struct stream_fixture - a sender, what it sends by, and who receives
 * @s: sender
 * @x: exporter
 * @e: exports in effect
 * @rec: record in effect
 * @plan: plan in effect, with its configuration
 * @now: the time
 * @collector: sockets that receive
 * @data: the datagram received last
 * @len: its length
 */
struct stream_fixture {
	struct nst_sender *s;
	struct nst_export_pcpu x;
	struct nst_export_set *e;
	struct nst_record *rec;
	struct nst_plan *plan;
	u64 now;
	struct socket *collector[COLLECTORS];
	u8 data[BYTES_MAX];
	int len;
};

/* -------------------------------------------------------------- collectors */

static int collector_open(struct socket **sock, u16 port)
{
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
		.sin6_port = htons(port),
	};
	int err;

	err = sock_create_kern(&init_net, AF_INET6, SOCK_DGRAM, IPPROTO_UDP,
			       sock);
	if (err)
		return err;
	WRITE_ONCE((*sock)->sk->sk_rcvbuf, 16 << 20);
	return kernel_bind(*sock, nst_sockaddr(&sin6), sizeof(sin6));
}

static void collector_close(struct socket **sock)
{
	if (*sock)
		sock_release(*sock);
	*sock = NULL;
}

/* The next datagram of a collector.  Return: whether there is one. */
static bool receive(struct stream_fixture *x, unsigned int collector)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT };
	struct kvec vec = { .iov_base = x->data, .iov_len = BYTES_MAX };

	x->len = kernel_recvmsg(x->collector[collector], &msg, &vec, 1,
				BYTES_MAX, MSG_DONTWAIT);
	return x->len > 0;
}

/* The same, but what was sent may still be on its way: ksoftirqd delivers it then. */
static bool receive_soon(struct stream_fixture *x, unsigned int collector)
{
	unsigned int tries;

	for (tries = 0; tries < 200; tries++) {
		if (receive(x, collector))
			return true;
		msleep(10);
	}
	return false;
}

static u16 word16(const struct stream_fixture *x, unsigned int at)
{
	return get_unaligned_be16(x->data + at);
}

static u32 word32(const struct stream_fixture *x, unsigned int at)
{
	return get_unaligned_be32(x->data + at);
}

static u32 sequence_of(const struct stream_fixture *x)
{
	return word32(x, word16(x, 0) == 9 ? 12 : 8);
}

static u32 source_of(const struct stream_fixture *x)
{
	return word32(x, word16(x, 0) == 9 ? 16 : 12);
}

static u16 set_of(const struct stream_fixture *x)
{
	return word16(x, word16(x, 0) == 9 ? 20 : 16);
}

/* The next datagram is one of templates or of data, with this sequence. */
static void expect_packet(struct kunit *test, unsigned int collector,
			  bool templates, u32 sequence)
{
	struct stream_fixture *x = test->priv;

	if (!receive_soon(x, collector)) {
		KUNIT_FAIL(test, "no packet; expected number %u", sequence);
		return;
	}
	KUNIT_EXPECT_EQ(test, templates, set_of(x) < 256);
	KUNIT_EXPECT_EQ(test, sequence, sequence_of(x));
	KUNIT_EXPECT_EQ(test, 0, x->len % 4);
}

static void expect_templates(struct kunit *test, unsigned int c, u32 sequence)
{
	expect_packet(test, c, true, sequence);
}

static void expect_data(struct kunit *test, unsigned int c, u32 sequence)
{
	expect_packet(test, c, false, sequence);
}

static void expect_nothing(struct kunit *test, unsigned int collector)
{
	struct stream_fixture *x = test->priv;

	KUNIT_EXPECT_FALSE(test, receive(x, collector));
}

/* ------------------------------------------------------------ configuration */

/* As the plan would number them. */
static struct nst_sampler_def stream_samplers[] = {
	{ .id = NST_SAMPLER_ID_ALL },
	{ .mode = NETSTREAM_SAMPLER_FIX_PACKETS, .interval = 100, .id = 2 },
	{ .mode = NETSTREAM_SAMPLER_RANDOM_PACKETS, .interval = 1000, .id = 3 },
};

static struct nst_config *new_config(struct kunit *test,
				     const struct nst_record_def *def)
{
	struct stream_fixture *x = test->priv;
	struct nst_config *cfg = nst_config_default();

	KUNIT_ASSERT_NOT_NULL(test, cfg);
	cfg->host = kvcalloc(COLLECTORS, sizeof(*cfg->host), GFP_KERNEL);
	cfg->slot = kvcalloc(COLLECTORS, sizeof(*cfg->slot), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cfg->host);
	KUNIT_ASSERT_NOT_NULL(test, cfg->slot);
	cfg->source6.set = true;
	cfg->source6.addr6 = in6addr_loopback;
	cfg->source6.port = SOURCE_PORT;
	/* so that most tests know the next sequence number */
	cfg->template_packets = 0;
	cfg->option[NST_OPTION_SAMPLER] = 0;
	if (def && (!x->rec || !nst_record_same(&x->rec->def, def))) {
		if (x->rec)
			nst_record_put(x->rec);
		x->rec = nst_record_compile(def);
		KUNIT_ASSERT_NOT_NULL(test, x->rec);
	}
	cfg->napplied = !x->rec->original;
	return cfg;
}

static struct nst_host_def host_def(unsigned int collector, u8 version)
{
	return (struct nst_host_def) {
		.family = AF_INET6, .addr6 = in6addr_loopback,
		.port = PORT + collector, .version = version,
	};
}

static void add_host(struct nst_config *cfg, unsigned int collector, u8 version)
{
	cfg->host[cfg->nhosts++] = host_def(collector, version);
}

static struct nst_slot_def *add_slot(struct kunit *test, struct nst_config *cfg,
				     u8 id)
{
	struct nst_slot_def *slot = &cfg->slot[cfg->nslots++];

	slot->id = id;
	slot->host = kvcalloc(COLLECTORS, sizeof(*slot->host), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, slot->host);
	return slot;
}

static void free_plan(struct nst_plan *plan)
{
	if (plan)
		nst_config_free((struct nst_config *)plan->cfg);
	kfree(plan);
}

/* What a commit does with the export path; the configuration is used up. */
static void publish(struct kunit *test, struct nst_config *cfg)
{
	struct stream_fixture *x = test->priv;
	struct nst_plan *plan = kzalloc(sizeof(*plan), GFP_KERNEL);
	struct nst_export_set *e;

	KUNIT_ASSERT_NOT_NULL(test, plan);
	plan->cfg = cfg;
	plan->nrecords = 1;
	plan->record[0].rec = x->rec;
	plan->record[0].versions = nst_plan_versions(x->rec, cfg->napplied,
						      cfg->flexible_ipfix);
	plan->sampler = stream_samplers;
	plan->nsamplers = ARRAY_SIZE(stream_samplers);
	e = nst_export_set_prepare(x->s, plan, x->e, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(e));
	nst_sender_publish(x->s, e);
	if (x->e)
		nst_export_set_put(x->e);
	x->e = e;
	free_plan(x->plan);
	x->plan = plan;
}

static void apply(struct kunit *test, struct nst_config *cfg)
{
	struct stream_fixture *x = test->priv;

	publish(test, cfg);
	/* check the hosts: before that, flows wait */
	mutex_lock(&x->s->lock);
	nst_sender_check(x->s, x->now);
	nst_sender_block(x->s);
	mutex_unlock(&x->s->lock);
}

/* The number of packets that wait in the version 9 stream of slot 0. */
static int waiting(const struct stream_fixture *x)
{
	return atomic_read(&x->e->slot[0].stream[0]->waiting);
}

static struct nst_host *host_of(const struct stream_fixture *x, unsigned int i)
{
	return x->e->host[i].host;
}

/* One collector, one record. */
static void apply_plain(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &stream_def);

	add_host(cfg, 0, 0);
	apply(test, cfg);
}

/* One turn of the sender.  Return: whether another turn is needed. */
static bool pass(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	unsigned int rate;
	bool more;

	mutex_lock(&x->s->lock);
	nst_sender_take(x->s, x->now);
	more = nst_sender_turn(x->s, &rate, x->now);
	mutex_unlock(&x->s->lock);
	return more;
}

static int stream_init(struct kunit *test)
{
	struct stream_fixture *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);
	unsigned int i;
	int err;

	if (!x)
		return -ENOMEM;
	test->priv = x;
	rtnl_lock();
	err = dev_open(init_net.loopback_dev, NULL);
	rtnl_unlock();
	for (i = 0; i < COLLECTORS && !err; i++)
		err = collector_open(&x->collector[i], PORT + i);
	if (err)
		return err;
	x->s = nst_sender_create(&init_net, &stream_mem);
	if (!x->s)
		return -ENOMEM;
	/* see pass() */
	x->s->stopped = true;
	x->now = START;
	nst_exporter_init(&x->x, x->s);
	return 0;
}

static void stream_exit(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	unsigned int i;

	if (!x)
		return;
	if (x->s) {
		nst_exporter_flush(&x->x);
		nst_sender_stop(x->s);
		if (x->e)
			nst_export_set_put(x->e);
		/* warns if anything is left */
		nst_sender_free(x->s);
	}
	free_plan(x->plan);
	if (x->rec)
		nst_record_put(x->rec);
	for (i = 0; i < COLLECTORS; i++)
		collector_close(&x->collector[i]);
}

/* ------------------------------------------------------------------- flows */

static bool try_flow(struct kunit *test, u16 slot, u64 packets, u64 bytes)
{
	struct stream_fixture *x = test->priv;
	struct nst_fields f = {
		.dst = IN6ADDR_LOOPBACK_INIT, .protocol = 17, .slot = slot,
	};
	u64 room[sizeof(struct nst_flow) / sizeof(u64) + 2 * NST_WORDS] = {};
	struct nst_flow *flow = (struct nst_flow *)room;
	const u64 *w = (const u64 *)&f;
	unsigned int i;

	flow->packets = packets;
	flow->bytes = bytes;
	flow->first = x->now - 100;
	flow->last = x->now;
	flow->end = NST_END_INACTIVE;
	for (i = 0; i < x->rec->words.nkey; i++)
		flow->word[i] = w[x->rec->words.key_word[i]] & x->rec->words.key_mask[i];
	for (i = 0; i < x->rec->words.nkept; i++)
		flow->word[x->rec->words.nkey + i] = w[x->rec->words.kept_word[i]];
	return nst_exporter_export(&x->x, x->e, x->rec, flow, x->now);
}

static void flows(struct kunit *test, unsigned int n)
{
	while (n--)
		KUNIT_EXPECT_TRUE(test, try_flow(test, 0, 2, 300));
}

/* Send some flows in one packet to the collectors. */
static void send_flows(struct kunit *test, unsigned int n)
{
	struct stream_fixture *x = test->priv;

	flows(test, n);
	nst_exporter_flush(&x->x);
	while (pass(test))
		;
}

/* ------------------------------------------------------- packets being filled */

/**
 * struct fill_case - records into packets
 * @name: its name
 * @capacity: of the packet
 * @length: of a record
 * @version: of the stream
 */
struct fill_case {
	const char *name;
	u16 capacity;
	u16 length;
	u8 version;
};

static const struct fill_case stream_fill[] = {
	{ "ethernet", 1452, 93, V9 },
	{ "ethernet-ipfix", 1452, 101, IPFIX },
	{ "least", 512, 93, V9 },
	{ "one-byte", 512, 1, V9 },
	{ "two-bytes-odd-capacity", 1001, 2, V9 },
	{ "three-bytes-odd-capacity", 1003, 3, IPFIX },
	{ "four-bytes", 1232, 4, V9 },
	{ "exactly-full", 20 + 4 + 10 * 40, 40, V9 },
	{ "one-byte-short", 20 + 4 + 10 * 40 - 1, 40, V9 },
	{ "padding-does-not-fit", 20 + 4 + 33, 33, V9 },
	{ "padding-just-fits", 20 + 4 + 36, 33, V9 },
};

NST_KUNIT_NAMED(stream_fill, stream_fill);

/* A packet takes as many records as fit, including padding, and not one more. */
static void filled_to_capacity(struct kunit *test)
{
	const struct fill_case *c = test->param_value;
	unsigned int header = c->version == V9 ? 20 : 16, n = 0, end, i;
	struct nst_packet *p;
	u8 *to;

	p = kunit_kzalloc(test, struct_size(p, data, BYTES_MAX), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p->data, 0xee, BYTES_MAX);
	p->capacity = c->capacity;
	p->length = nst_encode_header_size(c->version);
	KUNIT_EXPECT_EQ(test, header, (unsigned int)p->length);
	while ((to = nst_packet_reserve(p, 300, c->length)) && n < BYTES_MAX) {
		KUNIT_EXPECT_PTR_EQ(test, p->data + header + 4 + n * c->length,
				    to);
		memset(to, 0xaa, c->length);
		n++;
	}
	/* rounded up, n records fit and n + 1 do not */
	KUNIT_EXPECT_LE(test, header + ALIGN(4 + n * c->length, 4),
			(unsigned int)c->capacity);
	KUNIT_EXPECT_GT(test, header + ALIGN(4 + (n + 1) * c->length, 4),
			(unsigned int)c->capacity);
	nst_packet_close_set(p);
	if (!n) {
		KUNIT_EXPECT_EQ(test, header, (unsigned int)p->length);
		return;
	}
	end = header + 4 + n * c->length;
	KUNIT_EXPECT_EQ(test, ALIGN(end, 4), (unsigned int)p->length);
	KUNIT_EXPECT_EQ(test, 300, get_unaligned_be16(p->data + header));
	KUNIT_EXPECT_EQ(test, p->length - header,
			(unsigned int)get_unaligned_be16(p->data + header + 2));
	for (i = end; i < p->length; i++)
		KUNIT_EXPECT_EQ(test, 0, p->data[i]);
	KUNIT_EXPECT_EQ(test, 0xee, p->data[p->length]);
}

/* Each set begins on four bytes and is as long as it says. */
static void sets_in_a_packet(struct kunit *test)
{
	static const struct { u16 id, length, n; } sets[] = {
		{ 300, 33, 2 }, { 301, 5, 1 }, { 300, 33, 1 }, { 302, 8, 3 },
	};
	unsigned int at = 20, i, j;
	struct nst_packet *p;

	p = kunit_kzalloc(test, struct_size(p, data, BYTES_MAX), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	p->capacity = 512;
	p->length = 20;
	for (i = 0; i < ARRAY_SIZE(sets); i++)
		for (j = 0; j < sets[i].n; j++) {
			KUNIT_EXPECT_NOT_NULL(test, nst_packet_reserve(p, sets[i].id,
								    sets[i].length));
			p->amount.flows++;
		}
	nst_packet_close_set(p);
	/* two sets of one template are one part */
	KUNIT_EXPECT_EQ(test, 3U, (unsigned int)p->nparts);
	for (i = 0; i < p->nparts; i++) {
		KUNIT_EXPECT_EQ(test, 300 + i, (unsigned int)p->part[i].set_id);
		KUNIT_EXPECT_EQ(test, i == 1 ? 1 : 3, (int)p->part[i].flows);
	}
	for (i = 0; i < ARRAY_SIZE(sets); i++) {
		KUNIT_EXPECT_EQ(test, sets[i].id, get_unaligned_be16(p->data + at));
		KUNIT_EXPECT_EQ(test, ALIGN(4 + sets[i].n * sets[i].length, 4),
				(unsigned int)get_unaligned_be16(p->data + at + 2));
		at += get_unaligned_be16(p->data + at + 2);
	}
	KUNIT_EXPECT_EQ(test, at, (unsigned int)p->length);
}

/* A full packet is sent and the next one begun; nothing is lost. */
static void full_packet_leaves(struct kunit *test)
{
	unsigned int each = (NST_PAYLOAD_MAX - 20 - 4) / RECORD_LEN;
	struct stream_fixture *x = test->priv;

	apply_plain(test);
	flows(test, each);
	KUNIT_EXPECT_EQ(test, 0, waiting(x));
	flows(test, 1);
	KUNIT_EXPECT_EQ(test, 1, waiting(x));
	nst_exporter_flush(&x->x);
	pass(test);
	expect_templates(test, 0, 0);
	expect_data(test, 0, 1);
	KUNIT_EXPECT_EQ(test, each, (unsigned int)word16(x, 2));
	KUNIT_EXPECT_LE(test, x->len, NST_PAYLOAD_MAX);
	expect_data(test, 0, 2);
	KUNIT_EXPECT_EQ(test, 1, word16(x, 2));
	KUNIT_EXPECT_EQ(test, 20 + 4 + ALIGN(RECORD_LEN, 4), x->len);
	expect_nothing(test, 0);
}

/* An open packet waits for more flows, but not long. */
static void open_packet_ages(struct kunit *test)
{
	struct stream_fixture *x = test->priv;

	apply_plain(test);
	flows(test, 1);
	nst_exporter_tick(&x->x, x->now + 249);
	KUNIT_EXPECT_EQ(test, 0, waiting(x));
	KUNIT_EXPECT_EQ(test, 1ULL, x->x.opened.flows);
	/* from its first flow on, not its last */
	x->now += 200;
	flows(test, 1);
	nst_exporter_tick(&x->x, x->now + 50);
	KUNIT_EXPECT_EQ(test, 1, waiting(x));
	KUNIT_EXPECT_EQ(test, 0ULL, x->x.opened.flows);
	KUNIT_EXPECT_EQ(test, 2ULL, x->x.handed.flows);
}

/* The path's MTU bounds packets. */
static void capacity_follows_path(struct kunit *test)
{
	static const struct { u16 family; unsigned int mtu, payload; } paths[] = {
		{ AF_INET6, 0, 1452 }, { AF_INET6, 1500, 1452 },
		{ AF_INET6, 9000, 1452 }, { AF_INET6, 1280, 1232 },
		{ AF_INET6, 65536, 1452 }, { AF_INET, 1500, 1452 },
		{ AF_INET, 1400, 1372 }, { AF_INET, 576, 548 },
		{ AF_INET, 540, 512 }, { AF_INET, 539, 512 }, { AF_INET, 68, 512 },
	};
	struct stream_fixture *x = test->priv;
	struct nst_stream *stream;
	struct nst_config *cfg;
	struct nst_host_def def = {};
	struct nst_socket socket = { .to = &def };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		def.family = paths[i].family;
		socket.mtu = paths[i].mtu;
		KUNIT_EXPECT_EQ(test, paths[i].payload,
				nst_socket_payload(&socket));
	}
	/* of several hosts the smallest */
	cfg = new_config(test, &stream_def);
	add_host(cfg, 0, 0);
	add_host(cfg, 1, 0);
	apply(test, cfg);
	stream = x->e->slot[0].stream[0];
	KUNIT_EXPECT_EQ(test, 1452, stream->capacity);
	x->e->host[0].host->socket.mtu = 1400;
	x->e->host[1].host->socket.mtu = 1300;
	nst_sender_measure(x->s);
	KUNIT_EXPECT_EQ(test, 1252, stream->capacity);
}

/* -------------------------------------------------------------- the sequence */

static void sequence_of_packets(struct kunit *test)
{
	struct stream_fixture *x = test->priv;

	apply_plain(test);
	send_flows(test, 3);
	expect_templates(test, 0, 0);
	KUNIT_EXPECT_EQ(test, 9, word16(x, 0));
	KUNIT_EXPECT_EQ(test, 1, word16(x, 2));
	KUNIT_EXPECT_EQ(test, 0, set_of(x));
	expect_data(test, 0, 1);
	KUNIT_EXPECT_EQ(test, 3, word16(x, 2));
	/* the header's second may begin a little later */
	KUNIT_EXPECT_GE(test, word32(x, 4), (u32)x->now);
	KUNIT_EXPECT_LT(test, word32(x, 4), (u32)x->now + MSEC_PER_SEC);
	send_flows(test, 5);
	expect_data(test, 0, 2);
	host_of(x, 0)->feed[0]->packets = U32_MAX;
	send_flows(test, 1);
	send_flows(test, 1);
	expect_data(test, 0, U32_MAX);
	expect_data(test, 0, 0);
}

/* Data records before the packet; templates are none. */
static void sequence_of_flows(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &stream_def);
	struct stream_fixture *x = test->priv;

	add_host(cfg, 0, 0);
	add_slot(test, cfg, 0)->sequence_flow = true;
	apply(test, cfg);
	send_flows(test, 3);
	send_flows(test, 5);
	expect_templates(test, 0, 0);
	expect_data(test, 0, 0);
	expect_data(test, 0, 3);
	nst_sender_refresh(x->s);
	send_flows(test, 1);
	expect_templates(test, 0, 8);
	expect_data(test, 0, 8);
	/* after undo, the sequence continues with the number of packets */
	apply_plain(test);
	send_flows(test, 1);
	expect_data(test, 0, 5);
}

static void sequence_of_ipfix(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &nst_record_original);
	struct stream_fixture *x = test->priv;

	cfg->version = IPFIX;
	add_host(cfg, 0, 0);
	apply(test, cfg);
	send_flows(test, 4);
	send_flows(test, 2);
	send_flows(test, 1);
	expect_templates(test, 0, 0);
	KUNIT_EXPECT_EQ(test, 10, word16(x, 0));
	KUNIT_EXPECT_EQ(test, 2, set_of(x));
	KUNIT_EXPECT_EQ(test, x->len, (int)word16(x, 2));
	expect_data(test, 0, 0);
	KUNIT_EXPECT_EQ(test, x->len, (int)word16(x, 2));
	expect_data(test, 0, 4);
	expect_data(test, 0, 6);
}

/* What was sent of the record in effect, in one slot. */
static void expect_exported_in(struct kunit *test, u8 slot, u64 packets, u64 flows)
{
	struct stream_fixture *x = test->priv;

	KUNIT_EXPECT_EQ(test, packets, x->rec->exported[slot].packets);
	KUNIT_EXPECT_EQ(test, flows, x->rec->exported[slot].flows);
}

/* Each slot has a stream of its own; with hosts of its own, only those get it. */
static void streams_of_slots(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &stream_def);
	struct stream_fixture *x = test->priv;
	struct nst_slot_def *slot;
	unsigned int i;

	add_host(cfg, 0, 0);
	slot = add_slot(test, cfg, 3);
	slot->host[slot->nhosts++] = host_def(1, 0);
	add_slot(test, cfg, 7);
	apply(test, cfg);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_TRUE(test, try_flow(test, 0, 1, 1));
		KUNIT_EXPECT_TRUE(test, try_flow(test, 3, 1, 1));
		KUNIT_EXPECT_TRUE(test, try_flow(test, 7, 1, 1));
		/* a slot without a view is slot 0 */
		KUNIT_EXPECT_TRUE(test, try_flow(test, 9, 1, 1));
		nst_exporter_flush(&x->x);
		pass(test);
	}
	/* slots 0 and 7: templates of both, in order, then twice data of both */
	expect_templates(test, 0, 0);
	KUNIT_EXPECT_EQ(test, 0U, source_of(x));
	expect_templates(test, 0, 0);
	KUNIT_EXPECT_EQ(test, 7U, source_of(x));
	for (i = 1; i <= 2; i++) {
		expect_data(test, 0, i);
		KUNIT_EXPECT_EQ(test, 0U, source_of(x));
		KUNIT_EXPECT_EQ(test, 2, word16(x, 2));
		expect_data(test, 0, i);
		KUNIT_EXPECT_EQ(test, 7U, source_of(x));
	}
	expect_nothing(test, 0);
	expect_templates(test, 1, 0);
	KUNIT_EXPECT_EQ(test, 3U, source_of(x));
	expect_data(test, 1, 1);
	expect_data(test, 1, 2);
	expect_nothing(test, 1);
	/* the record's flows by slot */
	expect_exported_in(test, 0, 2, 4);
	expect_exported_in(test, 3, 2, 2);
	expect_exported_in(test, 7, 2, 2);
	expect_exported_in(test, 9, 0, 0);
}

/* ------------------------------------------------------------------ templates */

/* Nothing is sent just before templates are due; then they are. */
static void expect_templates_after(struct kunit *test, u64 ms, u32 sequence)
{
	struct stream_fixture *x = test->priv;

	x->now += ms - 1;
	pass(test);
	expect_nothing(test, 0);
	x->now += 1;
	pass(test);
	expect_templates(test, 0, sequence);
	pass(test);
	expect_nothing(test, 0);
}

/* The repetitions after a beginning: 1, 5 and 20 seconds after it. */
static void expect_repeats(struct kunit *test, u32 sequence)
{
	expect_templates_after(test, 1000, sequence);
	expect_templates_after(test, 4000, sequence + 1);
	expect_templates_after(test, 15000, sequence + 2);
}

static void templates_by_time(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &stream_def);
	struct stream_fixture *x = test->priv;

	cfg->template_timeout = 7;
	add_host(cfg, 0, 0);
	apply(test, cfg);
	pass(test);
	expect_templates(test, 0, 0);
	/* whether or not data flows */
	expect_repeats(test, 1);
	expect_templates_after(test, 7 * MINUTE, 4);
	x->now += 3 * MINUTE;
	send_flows(test, 1);
	expect_data(test, 0, 5);
	x->now += 4 * MINUTE;
	send_flows(test, 1);
	expect_templates(test, 0, 6);
	expect_data(test, 0, 7);
}

/* They are repeated after each change and whenever the host has been down. */
static void templates_are_repeated(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	struct nst_config *cfg;

	apply_plain(test);
	pass(test);
	expect_templates(test, 0, 0);
	expect_repeats(test, 1);
	cfg = new_config(test, &stream_other);
	add_host(cfg, 0, 0);
	apply(test, cfg);
	pass(test);
	expect_templates(test, 0, 4);
	expect_repeats(test, 5);
	nst_host_fail(x->s, host_of(x, 0), -ENETUNREACH, x->now);
	x->now += NST_RETRY_MAX;
	pass(test);
	expect_templates(test, 0, 8);
	expect_repeats(test, 9);
}

static void templates_by_packets(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &stream_def);
	unsigned int i;
	u32 n = 0;

	cfg->template_packets = 3;
	add_host(cfg, 0, 0);
	apply(test, cfg);
	for (i = 0; i < 9; i++)
		send_flows(test, 1);
	for (i = 0; i < 9; i++) {
		if (i % 3 == 0)
			expect_templates(test, 0, n++);
		expect_data(test, 0, n++);
	}
	expect_nothing(test, 0);
}

/* ... also when more of them than that are handed over at once. */
static void templates_by_packets_in_a_burst(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &stream_def);
	struct stream_fixture *x = test->priv;
	unsigned int i;
	u32 n = 0;

	cfg->template_packets = 3;
	add_host(cfg, 0, 0);
	apply(test, cfg);
	for (i = 0; i < 6; i++) {
		flows(test, 1);
		nst_exporter_flush(&x->x);
	}
	while (pass(test))
		;
	for (i = 0; i < 6; i++) {
		if (i % 3 == 0)
			expect_templates(test, 0, n++);
		expect_data(test, 0, n++);
	}
}

static void templates_when_asked(struct kunit *test)
{
	struct stream_fixture *x = test->priv;

	apply_plain(test);
	pass(test);
	expect_templates(test, 0, 0);
	nst_sender_refresh(x->s);
	pass(test);
	expect_templates(test, 0, 1);
	pass(test);
	expect_nothing(test, 0);
}

/* A changed record gets a new ID; its template goes out before its data. */
static void templates_after_a_change(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	struct nst_config *cfg;
	u16 id;

	apply_plain(test);
	send_flows(test, 1);
	expect_templates(test, 0, 0);
	id = word16(x, 24);
	expect_data(test, 0, 1);
	KUNIT_EXPECT_EQ(test, id, set_of(x));
	/* the same again: neither templates nor another ID */
	apply_plain(test);
	send_flows(test, 1);
	expect_data(test, 0, 2);
	KUNIT_EXPECT_EQ(test, id, set_of(x));

	cfg = new_config(test, &stream_other);
	add_host(cfg, 0, 0);
	apply(test, cfg);
	send_flows(test, 1);
	expect_templates(test, 0, 3);
	KUNIT_EXPECT_NE(test, id, word16(x, 24));
	id = word16(x, 24);
	expect_data(test, 0, 4);
	KUNIT_EXPECT_EQ(test, id, set_of(x));
	/* an option that changes what the record carries */
	cfg = new_config(test, &stream_other);
	cfg->as_type = NETSTREAM_AS_ORIGIN;
	add_host(cfg, 0, 0);
	apply(test, cfg);
	send_flows(test, 1);
	expect_templates(test, 0, 5);
	KUNIT_EXPECT_NE(test, id, word16(x, 24));
	id = word16(x, 24);
	expect_data(test, 0, 6);
	/* options that change how wide it is */
	cfg = new_config(test, &stream_other);
	cfg->as_type = NETSTREAM_AS_ORIGIN;
	cfg->as_mode = NETSTREAM_WIDTH_16;
	cfg->index_switch = NETSTREAM_WIDTH_16;
	add_host(cfg, 0, 0);
	apply(test, cfg);
	send_flows(test, 1);
	expect_templates(test, 0, 7);
	KUNIT_EXPECT_NE(test, id, word16(x, 24));
	expect_data(test, 0, 8);
}

/*
 * Packets that were filled under the old configuration are still preceded by their
 * template.
 */
static void templates_of_what_was_before(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	struct nst_config *cfg;
	unsigned int i;
	u16 old, new;

	apply_plain(test);
	flows(test, 1);
	cfg = new_config(test, &stream_other);
	add_host(cfg, 0, 0);
	apply(test, cfg);
	send_flows(test, 1);
	expect_templates(test, 0, 0);
	new = word16(x, 24);
	expect_templates(test, 0, 1);
	old = word16(x, 24);
	KUNIT_EXPECT_NE(test, new, old);
	expect_data(test, 0, 2);
	KUNIT_EXPECT_EQ(test, old, set_of(x));
	expect_data(test, 0, 3);
	KUNIT_EXPECT_EQ(test, new, set_of(x));
	/* both are known from now on */
	for (i = 4; i < 8; i++) {
		send_flows(test, 1);
		expect_data(test, 0, i);
	}
}

/* ------------------------------------------------------------ option records */

#define OPTIONS_MAX	64

/**
 * struct said - the values of option records, by element
 * @n: number of records
 * @records: scope and first value of each, and the elements of its layout
 */
struct said {
	unsigned int n;
	struct {
		u32 scope;
		u64 value;
		u16 element;
		u16 id;
	} record[OPTIONS_MAX];
};

static u64 number_at(const struct stream_fixture *x, unsigned int at, u16 length)
{
	u64 value = 0;

	while (length--)
		value = value << 8 | x->data[at++];
	return value;
}

/* Layout of template IDs that was received: first element after the scope, and sizes. */
static struct {
	u16 id;
	u16 element;
	u16 first;
	u16 length;
} layout[NST_OPTIONS_MAX];

static void read_layout(struct kunit *test, unsigned int at)
{
	struct stream_fixture *x = test->priv;
	bool v9 = word16(x, 0) == 9;
	unsigned int i, n, fields = v9 ? word16(x, at + 4) / 4 : word16(x, at + 2) - 1;

	KUNIT_EXPECT_EQ(test, v9 ? 4 : 1, (int)word16(x, v9 ? at + 2 : at + 4));
	for (n = 0; layout[n].id && layout[n].id != word16(x, at); n++)
		KUNIT_ASSERT_LT(test, n, NST_OPTIONS_MAX - 1U);
	layout[n].id = word16(x, at);
	layout[n].element = word16(x, at + 10);
	layout[n].first = word16(x, at + 12);
	layout[n].length = 0;
	for (i = 0; i <= fields; i++)
		layout[n].length += word16(x, at + 8 + 4 * i);
}

static void read_rows(struct kunit *test, struct said *said, u16 id,
		      unsigned int at, unsigned int end)
{
	struct stream_fixture *x = test->priv;
	unsigned int n;

	for (n = 0; n < NST_OPTIONS_MAX && layout[n].id != id; n++)
		;
	KUNIT_ASSERT_LT(test, n, (unsigned int)NST_OPTIONS_MAX);
	for (; at + layout[n].length <= end; at += layout[n].length) {
		KUNIT_ASSERT_LT(test, said->n, (unsigned int)OPTIONS_MAX);
		said->record[said->n].id = id;
		said->record[said->n].element = layout[n].element;
		said->record[said->n].scope = word32(x, at);
		said->record[said->n++].value =
			number_at(x, at + 4, min_t(u16, layout[n].first, 8));
	}
}

/* Parse all packets of options that have arrived. */
static void read_options(struct kunit *test, struct said *said)
{
	struct stream_fixture *x = test->priv;
	unsigned int at, set, length;

	said->n = 0;
	while (receive(x, 0)) {
		at = word16(x, 0) == 9 ? 20 : 16;
		for (; at < x->len; at += length) {
			set = word16(x, at);
			length = word16(x, at + 2);
			KUNIT_ASSERT_GT(test, length, 4U);
			if (set == 1 || set == 3)
				read_layout(test, at + 4);
			else if (set > 3)
				read_rows(test, said, set, at + 4, at + length);
		}
	}
}

static unsigned int said_of(const struct said *said, u16 element)
{
	unsigned int i, n = 0;

	for (i = 0; i < said->n; i++)
		n += said->record[i].element == element;
	return n;
}

static struct said *options_of(struct kunit *test, struct nst_config *cfg)
{
	struct said *said = kunit_kzalloc(test, sizeof(*said), GFP_KERNEL);
	struct stream_fixture *x = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, said);
	/* templates that are known are not sent again */
	if (!x->e)
		memset(layout, 0, sizeof(layout));
	add_host(cfg, 0, 0);
	apply(test, cfg);
	while (pass(test))
		;
	read_options(test, said);
	return said;
}

static void set_sampler(struct nst_config *cfg, unsigned int n)
{
	/* all interfaces, of which there is lo, in both directions */
	cfg->ifs = kvcalloc(1, sizeof(*cfg->ifs), GFP_KERNEL);
	if (!cfg->ifs)
		return;
	cfg->nifs = 1;
	strscpy(cfg->ifs->name, "all", IFNAMSIZ);
	cfg->ifs->metering[0] = NST_IF_ON;
	cfg->ifs->metering[1] = NST_IF_ON;
	cfg->ifs->sampler[0] = stream_samplers[n];
	cfg->ifs->sampler[1] = stream_samplers[n];
}

/*
 * By default the sampling rate is sent in each form, even if every packet is
 * selected.
 */
static void sampler_options(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &stream_def);
	struct stream_fixture *x = test->priv;
	struct said *said;
	unsigned int i, n = 0;

	cfg->option[NST_OPTION_SAMPLER] = 1;
	said = options_of(test, cfg);
	KUNIT_EXPECT_EQ(test, 2U, said_of(said, 34));
	KUNIT_EXPECT_EQ(test, 3U, said_of(said, 48));
	KUNIT_EXPECT_EQ(test, 5U, said->n);
	KUNIT_EXPECT_EQ(test, 5ULL, host_of(x, 0)->option_records);
	for (i = 0; i < said->n; i++)
		if (said->record[i].element == 34)
			KUNIT_EXPECT_EQ(test, 1ULL, said->record[i].value);

	cfg = new_config(test, &stream_def);
	cfg->option[NST_OPTION_SAMPLER] = 1;
	set_sampler(cfg, 2);
	said = options_of(test, cfg);
	for (i = 0; i < said->n; i++)
		if (said->record[i].element == 34) {
			KUNIT_EXPECT_EQ(test, 1000ULL, said->record[i].value);
			n++;
		}
	KUNIT_EXPECT_EQ(test, 2U, n);
	KUNIT_EXPECT_EQ(test, 0U, said_of(said, 61));
}

/* Directions differ: then each interface has records of its own. */
static void sampler_options_differ(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &stream_def);
	struct said *said;
	unsigned int i, n = 0;

	cfg->option[NST_OPTION_SAMPLER] = 1;
	set_sampler(cfg, 2);
	cfg->ifs->sampler[0] = stream_samplers[1];
	said = options_of(test, cfg);
	for (i = 0; i < said->n; i++)
		if (said->record[i].element == 61 &&
		    said->record[i].scope == init_net.loopback_dev->ifindex)
			KUNIT_EXPECT_EQ(test, (u64)n++, said->record[i].value);
	KUNIT_EXPECT_EQ(test, 2U, n);
}

/* IPFIX has its own scopes, and selectors besides. */
static void sampler_options_of_ipfix(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &nst_record_original);
	struct stream_fixture *x = test->priv;
	struct said *said;

	cfg->version = IPFIX;
	cfg->option[NST_OPTION_SAMPLER] = 1;
	said = options_of(test, cfg);
	KUNIT_EXPECT_EQ(test, 2U, said_of(said, 34));
	KUNIT_EXPECT_EQ(test, 3U, said_of(said, 48));
	KUNIT_EXPECT_EQ(test, 3U, said_of(said, 304));
	/* option records count in its sequence */
	send_flows(test, 1);
	expect_data(test, 0, said->n);
	KUNIT_EXPECT_EQ(test, x->e->slot[0].host[1][0]->option_records, (u64)said->n);
}

/* Each kind is sent at its interval, and names are updated when devices change. */
static void options_by_time(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &stream_def);
	struct stream_fixture *x = test->priv;
	struct said *said;

	cfg->option[NST_OPTION_INTERFACE] = 1;
	cfg->option[NST_OPTION_STATS] = 1;
	cfg->option_timeout[NST_OPTION_INTERFACE] = 10;
	cfg->option_timeout[NST_OPTION_STATS] = 3;
	said = options_of(test, cfg);
	KUNIT_EXPECT_EQ(test, x->s->iftable->n, said_of(said, 82));
	KUNIT_EXPECT_EQ(test, 1U, said_of(said, 40));
	KUNIT_EXPECT_EQ(test, 1U, said_of(said, 160));
	x->now += 3 * MINUTE;
	while (pass(test))
		;
	read_options(test, said);
	KUNIT_EXPECT_EQ(test, 0U, said_of(said, 82));
	KUNIT_EXPECT_EQ(test, 1U, said_of(said, 40));
	/* as after a rename: just that one is sent again */
	x->s->iftable->serial++;
	x->s->iftable->row[0].serial = x->s->iftable->serial;
	while (pass(test))
		;
	read_options(test, said);
	KUNIT_EXPECT_EQ(test, 1U, said_of(said, 82));
	KUNIT_EXPECT_EQ(test, x->s->iftable->row[0].ifindex, said->record[0].scope);
	x->now += 7 * MINUTE;
	while (pass(test))
		;
	read_options(test, said);
	KUNIT_EXPECT_EQ(test, x->s->iftable->n, said_of(said, 82));
	KUNIT_EXPECT_EQ(test, 1U, said_of(said, 40));
}

/*
 * source-id is the upper part of Source IDs.  When it changes, templates are sent
 * again.
 */
static void source_ids(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &stream_def);
	struct stream_fixture *x = test->priv;

	apply_plain(test);
	pass(test);
	expect_templates(test, 0, 0);
	KUNIT_EXPECT_EQ(test, 0U, source_of(x));
	cfg->source_id = 0xabcdef;
	add_host(cfg, 0, 0);
	apply(test, cfg);
	send_flows(test, 1);
	expect_templates(test, 0, 1);
	KUNIT_EXPECT_EQ(test, 0xabcdef00U, source_of(x));
	KUNIT_EXPECT_GE(test, word16(x, 24), NST_ID_FIRST);
	expect_data(test, 0, 2);
	KUNIT_EXPECT_EQ(test, 0xabcdef00U, source_of(x));
}

/* Another host changes nothing for the first; the new one's numbers begin at 0. */
static void adding_a_host_restarts_nothing(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &stream_def);
	struct stream_fixture *x = test->priv;
	struct socket *sock;
	u16 id;

	add_host(cfg, 0, 0);
	apply(test, cfg);
	send_flows(test, 1);
	expect_templates(test, 0, 0);
	id = word16(x, 24);
	expect_data(test, 0, 1);
	sock = x->e->host[0].host->socket.sock;
	cfg = new_config(test, &stream_def);
	add_host(cfg, 1, 0);
	add_host(cfg, 0, 0);
	apply(test, cfg);
	send_flows(test, 1);
	KUNIT_EXPECT_PTR_EQ(test, sock, x->e->host[1].host->socket.sock);
	expect_data(test, 0, 2);
	KUNIT_EXPECT_EQ(test, id, set_of(x));
	expect_templates(test, 1, 0);
	KUNIT_EXPECT_EQ(test, id, word16(x, 24));
	expect_data(test, 1, 1);
}

/* ------------------------------------------------------------------- accounts */

static void expect_lost(struct kunit *test, enum nst_lost cause, u64 flows,
			u64 packets)
{
	struct stream_fixture *x = test->priv;
	struct nst_export_stats st;

	nst_sender_stats(x->s, &st);
	KUNIT_EXPECT_EQ(test, flows,
			st.lost[cause].flows + x->x.lost[cause].flows);
	KUNIT_EXPECT_EQ(test, packets,
			st.lost[cause].packets + x->x.lost[cause].packets);
}

static void expect_exported(struct kunit *test, u64 flows, u64 packets,
			    u64 bytes)
{
	struct stream_fixture *x = test->priv;
	struct nst_export_stats st;

	nst_sender_stats(x->s, &st);
	KUNIT_EXPECT_EQ(test, flows, st.exported.flows);
	KUNIT_EXPECT_EQ(test, packets, st.exported.packets);
	KUNIT_EXPECT_EQ(test, bytes, st.exported.bytes);
}

static void amounts(struct kunit *test)
{
	struct stream_fixture *x = test->priv;

	apply_plain(test);
	flows(test, 3);
	KUNIT_EXPECT_EQ(test, 3ULL, x->x.opened.flows);
	KUNIT_EXPECT_EQ(test, 6ULL, x->x.opened.packets);
	KUNIT_EXPECT_EQ(test, 900ULL, x->x.opened.bytes);
	KUNIT_EXPECT_EQ(test, 0ULL, x->x.handed.flows);
	nst_exporter_flush(&x->x);
	KUNIT_EXPECT_EQ(test, 0ULL, x->x.opened.packets);
	KUNIT_EXPECT_EQ(test, 900ULL, x->x.handed.bytes);
	expect_exported(test, 0, 0, 0);
	expect_exported_in(test, 0, 0, 0);
	pass(test);
	expect_exported(test, 3, 6, 900);
	expect_exported_in(test, 0, 1, 3);
	KUNIT_EXPECT_EQ(test, 0, waiting(x));
}

/* In two versions at once a flow still counts once. */
static void two_versions_count_once(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &nst_record_original);
	struct stream_fixture *x = test->priv;

	add_host(cfg, 0, V9);
	add_host(cfg, 1, IPFIX);
	apply(test, cfg);
	send_flows(test, 2);
	expect_templates(test, 0, 0);
	expect_data(test, 0, 1);
	KUNIT_EXPECT_EQ(test, 9, word16(x, 0));
	expect_templates(test, 1, 0);
	expect_data(test, 1, 0);
	KUNIT_EXPECT_EQ(test, 10, word16(x, 0));
	KUNIT_EXPECT_EQ(test, 2ULL, x->x.handed.flows);
	expect_exported(test, 2, 4, 600);
	expect_exported_in(test, 0, 1, 2);
}

/* ... and is exported if it got to a host in either version. */
static void one_version_is_enough(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	struct nst_config *cfg;
	unsigned int i, dead;

	for (dead = 0; dead < 2; dead++) {
		cfg = new_config(test, &nst_record_original);
		add_host(cfg, 0, dead ? V9 : IPFIX);
		add_host(cfg, 1, dead ? IPFIX : V9);
		strscpy(cfg->host[1].vrf, "nowhere", IFNAMSIZ);
		apply(test, cfg);
		/* more than the one that is down keeps */
		x->now += NST_FLAP_MS;
		for (i = 0; i < NST_HOST_QUEUE_DOWN + 10; i++)
			send_flows(test, 1);
		while (receive(x, 0))
			;
	}
	i = 2 * (NST_HOST_QUEUE_DOWN + 10);
	/* at once: the last of them are still kept for the host that is down */
	expect_exported(test, i, 2 * i, 300 * i);
	apply_plain(test);
	expect_exported(test, i, 2 * i, 300 * i);
	expect_lost(test, NST_LOST_HOST_DOWN, 0, 0);
	expect_lost(test, NST_LOST_NO_HOST, 0, 0);
}

/* Flexible flows go out in version 9 only. */
static void flexible_flows_are_not_ipfix(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &stream_def);

	add_host(cfg, 0, V9);
	add_host(cfg, 1, IPFIX);
	apply(test, cfg);
	send_flows(test, 2);
	expect_templates(test, 0, 0);
	expect_data(test, 0, 1);
	expect_nothing(test, 1);
	expect_exported(test, 2, 4, 600);
}

/* A flow that exceeds the counters of a record is exported in several: exact sums. */
static void narrow_counters_in_parts(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &stream_narrow);
	struct stream_fixture *x = test->priv;
	u64 packets = 0, bytes = 0;
	unsigned int i, n;

	add_host(cfg, 0, 0);
	apply(test, cfg);
	KUNIT_EXPECT_TRUE(test, try_flow(test, 0, 70000, 150000));
	nst_exporter_flush(&x->x);
	pass(test);
	expect_templates(test, 0, 0);
	expect_data(test, 0, 1);
	n = word16(x, 2);
	KUNIT_EXPECT_EQ(test, 3U, n);
	for (i = 0; i < n; i++) {
		packets += word16(x, 24 + 5 * i);
		bytes += word16(x, 26 + 5 * i);
	}
	KUNIT_EXPECT_EQ(test, 70000ULL, packets);
	KUNIT_EXPECT_EQ(test, 150000ULL, bytes);
	expect_exported(test, 1, 70000, 150000);
}

/* The same where a slot sends the flow in both versions. */
static void narrow_counters_in_both_versions(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &stream_narrow);
	struct stream_fixture *x = test->priv;
	unsigned int i, n, ver, at;
	u64 packets, bytes;

	cfg->flexible_ipfix = true;
	add_host(cfg, 0, V9);
	add_host(cfg, 1, IPFIX);
	apply(test, cfg);
	KUNIT_EXPECT_TRUE(test, try_flow(test, 0, 70000, 150000));
	nst_exporter_flush(&x->x);
	pass(test);
	for (ver = 0; ver < 2; ver++) {
		packets = 0;
		bytes = 0;
		/* the templates */
		receive(x, ver);
		KUNIT_ASSERT_TRUE(test, receive(x, ver));
		/* behind the header and the set's: packets, bytes, IP version */
		at = ver ? 20 : 24;
		n = (word16(x, at - 2) - 4) / 5;
		KUNIT_EXPECT_EQ(test, 3U, n);
		for (i = 0; i < n; i++) {
			packets += word16(x, at + 5 * i);
			bytes += word16(x, at + 2 + 5 * i);
		}
		KUNIT_EXPECT_EQ(test, 70000ULL, packets);
		KUNIT_EXPECT_EQ(test, 150000ULL, bytes);
	}
	expect_exported(test, 1, 70000, 150000);
}

/* A permanent cache tells totals, and a report is in no account. */
static void permanent_cache_reports(struct kunit *test)
{
	static const struct nst_record_def def = {
		.name = "permanent", .cache = NETSTREAM_CACHE_PERMANENT, .nitems = 3,
		.item = { MATCH(DST_ADDR), COLLECT(PACKETS, 64), COLLECT(BYTES, 64) },
	};
	struct nst_config *cfg = new_config(test, &def);
	struct stream_fixture *x = test->priv;

	add_host(cfg, 0, V9);
	apply(test, cfg);
	x->x.reporting = true;
	KUNIT_EXPECT_TRUE(test, try_flow(test, 0, 7, 700));
	x->x.reporting = false;
	nst_exporter_flush(&x->x);
	pass(test);
	KUNIT_ASSERT_TRUE(test, receive(x, 0));
	/* header, set, template: destination, IN_PERMANENT_PKTS, IN_PERMANENT_BYTES */
	KUNIT_EXPECT_EQ(test, 28, (int)word16(x, 28));
	KUNIT_EXPECT_EQ(test, 86, (int)word16(x, 32));
	KUNIT_EXPECT_EQ(test, 85, (int)word16(x, 36));
	KUNIT_ASSERT_TRUE(test, receive(x, 0));
	KUNIT_EXPECT_EQ(test, 7, (int)x->data[24 + 16 + 7]);
	expect_exported(test, 0, 0, 0);
	/* when it ends it is exported like others */
	KUNIT_EXPECT_TRUE(test, try_flow(test, 0, 8, 800));
	nst_exporter_flush(&x->x);
	pass(test);
	KUNIT_ASSERT_TRUE(test, receive(x, 0));
	KUNIT_EXPECT_EQ(test, 8, (int)x->data[24 + 16 + 7]);
	expect_exported(test, 1, 8, 800);
}

/* ---------------------------------------------------- hosts that are not there */

static void lost_without_a_host(struct kunit *test)
{
	apply(test, new_config(test, &stream_def));
	send_flows(test, 4);
	expect_lost(test, NST_LOST_NO_HOST, 4, 8);
	expect_exported(test, 0, 0, 0);
}

static void lost_without_a_source(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &stream_def);
	struct stream_fixture *x = test->priv;

	cfg->source6.set = false;
	add_host(cfg, 0, 0);
	apply(test, cfg);
	pass(test);
	KUNIT_EXPECT_EQ(test, NETSTREAM_HOST_NO_SOURCE, (int)x->e->host[0].host->state);
	send_flows(test, 4);
	expect_lost(test, NST_LOST_NO_SOURCE, 4, 8);
	KUNIT_EXPECT_EQ(test, 0, waiting(x));
	/* one that is configured now serves from the next packet on */
	apply_plain(test);
	send_flows(test, 1);
	expect_templates(test, 0, 1);
	expect_data(test, 0, 2);
	expect_exported(test, 1, 2, 300);
	expect_lost(test, NST_LOST_NO_SOURCE, 4, 8);
}

/**
 * struct down_case - why a host is down
 * @name: its name
 * @source: source address
 * @vrf: VRF of the host
 * @management: management interface
 * @state: expected
 */
struct down_case {
	const char *name;
	struct in6_addr source;
	const char *vrf;
	const char *management;
	u8 state;
};

static const struct down_case stream_down[] = {
	{ "no-such-address", { { { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } } }, "", "",
	  NETSTREAM_HOST_NO_ADDRESS },
	{ "no-such-vrf", IN6ADDR_LOOPBACK_INIT, "nowhere", "",
	  NETSTREAM_HOST_NO_VRF },
	{ "no-vrf-device", IN6ADDR_LOOPBACK_INIT, "lo", "",
	  NETSTREAM_HOST_NO_VRF },
	{ "management", IN6ADDR_LOOPBACK_INIT, "", "lo",
	  NETSTREAM_HOST_MANAGEMENT },
};

NST_KUNIT_NAMED(stream_down, stream_down);

static void apply_down(struct kunit *test, const struct down_case *c)
{
	struct nst_config *cfg = new_config(test, &stream_def);
	struct stream_fixture *x = test->priv;

	cfg->source6.addr6 = c->source;
	if (*c->management) {
		strscpy(cfg->management[0], c->management, IFNAMSIZ);
		cfg->nmanagement = 1;
	}
	add_host(cfg, 0, 0);
	strscpy(cfg->host[0].vrf, c->vrf, IFNAMSIZ);
	apply(test, cfg);
	pass(test);
	KUNIT_EXPECT_EQ(test, c->state, host_of(x, 0)->state);
}

/* While its only host is down, a stream accepts no flow: flows wait in the cache. */
static void host_down_and_back(struct kunit *test)
{
	const struct down_case *c = test->param_value;
	struct stream_fixture *x = test->priv;

	apply_down(test, c);
	KUNIT_EXPECT_TRUE(test, x->e->slot[0].stream[0]->blocked);
	KUNIT_EXPECT_FALSE(test, try_flow(test, 0, 2, 300));
	KUNIT_EXPECT_EQ(test, 0ULL, x->x.opened.flows);
	expect_nothing(test, 0);
	if (*c->vrf)
		return;
	/* the same host, as its VRF is the same: what was wrong is put right */
	apply_plain(test);
	x->now += NST_RETRY_MAX;
	pass(test);
	KUNIT_EXPECT_EQ(test, NETSTREAM_HOST_UP, (int)host_of(x, 0)->state);
	send_flows(test, 1);
	expect_templates(test, 0, 0);
	expect_data(test, 0, 1);
	expect_exported(test, 1, 2, 300);
	KUNIT_EXPECT_EQ(test, 0ULL, host_of(x, 0)->lost_packets);
}

/* A route changes after it was checked: the packet does not leave. */
static void management_is_guarded(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	struct nst_guard_names *names = kzalloc(sizeof(*names), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, names);
	apply_plain(test);
	send_flows(test, 1);
	expect_templates(test, 0, 0);
	expect_data(test, 0, 1);
	strscpy(names->name[0], "lo", IFNAMSIZ);
	names->n = 1;
	KUNIT_EXPECT_EQ(test, 0, nst_guard_start(&x->s->guard, &init_net));
	nst_guard_set(&x->s->guard, names);
	flows(test, 1);
	nst_exporter_flush(&x->x);
	pass(test);
	expect_nothing(test, 0);
	/* for the host this is the same as a drop by a packet filter */
	KUNIT_EXPECT_EQ(test, 1ULL, host_of(x, 0)->filtered);
	KUNIT_EXPECT_EQ(test, NETSTREAM_HOST_FILTERED,
			(int)nst_host_shown_state(host_of(x, 0), x->now));
	expect_lost(test, NST_LOST_FILTERED, 1, 2);
	/* only the dropped packet is lost, and the collector sees the gap */
	nst_guard_set(&x->s->guard, NULL);
	send_flows(test, 1);
	expect_data(test, 0, 3);
	KUNIT_EXPECT_EQ(test, 1ULL, host_of(x, 0)->lost_packets);
}

static void set_management(struct kunit *test, bool management,
			   const struct nst_record_def *def)
{
	struct nst_config *cfg = new_config(test, def);

	strscpy(cfg->management[0], "lo", IFNAMSIZ);
	cfg->nmanagement = management;
	add_host(cfg, 0, 0);
	apply(test, cfg);
}

/* Fill the queue of a host that then goes down: nothing is lost in a short while. */
static void queue_then_down(struct kunit *test, unsigned int n)
{
	struct stream_fixture *x = test->priv;
	unsigned int i;

	set_management(test, false, &stream_def);
	pass(test);
	/* it accepts nothing now */
	host_of(x, 0)->retry_at = x->now + 1;
	for (i = 0; i < n; i++) {
		flows(test, 1);
		nst_exporter_flush(&x->x);
	}
	pass(test);
	KUNIT_EXPECT_EQ(test, n, nst_queue_length(&host_of(x, 0)->queue));
	KUNIT_EXPECT_EQ(test, (int)n, waiting(x));
	mutex_lock(&x->s->lock);
	nst_host_fail(x->s, host_of(x, 0), -ENETUNREACH, x->now);
	nst_sender_block(x->s);
	mutex_unlock(&x->s->lock);
	KUNIT_EXPECT_EQ(test, 0, waiting(x));
	KUNIT_EXPECT_FALSE(test, try_flow(test, 0, 2, 300));
}

static void short_flap_loses_nothing(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	unsigned int i;

	queue_then_down(test, 500);
	expect_templates(test, 0, 0);
	x->now += NST_RETRY_MIN;
	while (pass(test))
		;
	KUNIT_EXPECT_EQ(test, NETSTREAM_HOST_UP, (int)host_of(x, 0)->state);
	/* it may have been restarted: templates first, and no gap in the numbers */
	expect_templates(test, 0, 1);
	for (i = 0; i < 500; i++)
		expect_data(test, 0, i + 2);
	expect_exported(test, 500, 1000, 150000);
	expect_lost(test, NST_LOST_HOST_DOWN, 0, 0);
}

/* After a long while only the newest packets are kept; the collector sees the gap. */
static void long_outage_keeps_the_newest(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	unsigned int i;

	queue_then_down(test, 500);
	expect_templates(test, 0, 0);
	host_of(x, 0)->retry_at = x->now + 2 * NST_FLAP_MS;
	x->now += NST_FLAP_MS;
	pass(test);
	expect_lost(test, NST_LOST_HOST_DOWN, 500 - NST_HOST_QUEUE_DOWN,
		    2 * (500 - NST_HOST_QUEUE_DOWN));
	x->now += NST_FLAP_MS;
	while (pass(test))
		;
	expect_templates(test, 0, 1 + 500 - NST_HOST_QUEUE_DOWN);
	for (i = 0; i < NST_HOST_QUEUE_DOWN; i++)
		expect_data(test, 0, 2 + 500 - NST_HOST_QUEUE_DOWN + i);
	expect_nothing(test, 0);
}

/* ... the templates of what it was filled with, whatever came since. */
static void record_changes_while_down(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	u16 id[2], i;

	queue_then_down(test, 3);
	expect_templates(test, 0, 0);
	id[0] = word16(x, 24);
	set_management(test, false, &stream_other);
	x->now += NST_RETRY_MAX;
	while (pass(test))
		;
	/* the current ones, then those of the packets that waited */
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_TRUE(test, receive_soon(x, 0));
		KUNIT_EXPECT_EQ(test, 0, set_of(x));
		id[1] = word16(x, 24);
		KUNIT_EXPECT_TRUE(test, !i == (id[0] != id[1]));
	}
	KUNIT_EXPECT_TRUE(test, receive_soon(x, 0));
	KUNIT_EXPECT_EQ(test, id[0], set_of(x));
}

/* One host that is up is enough for a flow to count as exported. */
static void one_of_two_is_down(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &stream_def);
	struct stream_fixture *x = test->priv;
	unsigned int i;

	add_host(cfg, 0, 0);
	add_host(cfg, 1, 0);
	strscpy(cfg->host[1].vrf, "nowhere", IFNAMSIZ);
	apply(test, cfg);
	KUNIT_EXPECT_FALSE(test, x->e->slot[0].stream[0]->blocked);
	x->now += NST_FLAP_MS;
	for (i = 0; i < NST_HOST_QUEUE_DOWN + 10; i++)
		send_flows(test, 1);
	expect_templates(test, 0, 0);
	for (i = 0; i < NST_HOST_QUEUE_DOWN + 10; i++)
		expect_data(test, 0, i + 1);
	/* packets that wait for the other host count in no bound */
	KUNIT_EXPECT_EQ(test, 0, waiting(x));
	KUNIT_EXPECT_EQ(test, 10ULL, host_of(x, 1)->lost_packets);
	expect_lost(test, NST_LOST_HOST_DOWN, 0, 0);
	/* what one host was sent is exported, whatever other hosts still keep it */
	expect_exported(test, NST_HOST_QUEUE_DOWN + 10, 2 * (NST_HOST_QUEUE_DOWN + 10),
			300 * (NST_HOST_QUEUE_DOWN + 10));
	nst_sender_stop(x->s);
	expect_exported(test, NST_HOST_QUEUE_DOWN + 10, 2 * (NST_HOST_QUEUE_DOWN + 10),
			300 * (NST_HOST_QUEUE_DOWN + 10));
	expect_lost(test, NST_LOST_SHUTDOWN, 0, 0);
}

/*
 * The collector takes another source for another exporter.  A commit may happen
 * before the host has its new socket.
 */
static void source_changes(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	struct nst_config *cfg;
	unsigned int i;

	apply_plain(test);
	send_flows(test, 1);
	expect_templates(test, 0, 0);
	expect_data(test, 0, 1);
	cfg = new_config(test, &stream_def);
	add_host(cfg, 0, 0);
	cfg->source6.port = SOURCE_PORT + 1;
	apply(test, cfg);
	send_flows(test, 1);
	expect_templates(test, 0, 2);
	expect_data(test, 0, 3);
	for (i = 0; i < 2; i++) {
		flows(test, 1);
		nst_exporter_flush(&x->x);
		cfg = new_config(test, &stream_def);
		add_host(cfg, i, 0);
		cfg->source6.port = SOURCE_PORT + 2;
		publish(test, cfg);
	}
	pass(test);
	/* it had no socket when it was removed: the rest is counted as lost */
	expect_lost(test, NST_LOST_NO_HOST, 2, 4);
	expect_nothing(test, 0);
}

/*
 * A host that is removed gets the packets that wait for it; the other keeps its
 * pace.
 */
static void removed_host_gets_the_rest(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &stream_def);
	struct stream_fixture *x = test->priv;
	unsigned int i, n = 3 * NST_BURST, received = 0;

	add_host(cfg, 0, 0);
	add_host(cfg, 1, 0);
	apply(test, cfg);
	pass(test);
	expect_templates(test, 0, 0);
	expect_templates(test, 1, 0);
	for (i = 0; i < n; i++) {
		flows(test, 1);
		nst_exporter_flush(&x->x);
	}
	apply_plain(test);
	while (receive_soon(x, 1) && ++received < n)
		;
	KUNIT_EXPECT_EQ(test, n, received);
	expect_nothing(test, 0);
	KUNIT_EXPECT_EQ(test, n, nst_queue_length(&host_of(x, 0)->queue));
}

/*
 * A host that accepts nothing for a while, but is not down, does not delay the
 * other host of its stream.
 */
static void slow_host_costs_others_nothing(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &stream_def);
	struct stream_fixture *x = test->priv;
	unsigned int i, n = NST_HOST_QUEUE + 100;

	add_host(cfg, 0, 0);
	add_host(cfg, 1, 0);
	apply(test, cfg);
	pass(test);
	expect_templates(test, 0, 0);
	expect_templates(test, 1, 0);
	host_of(x, 1)->retry_at = x->now + 1000;
	for (i = 0; i < n; i++) {
		send_flows(test, 1);
		KUNIT_ASSERT_TRUE(test, receive_soon(x, 0));
	}
	KUNIT_EXPECT_EQ(test, 0, waiting(x));
	/* what one host was sent is exported, whatever other hosts still keep it */
	expect_exported(test, n, 2 * n, 300 * n);
	KUNIT_EXPECT_EQ(test, (u32)NST_HOST_QUEUE, nst_queue_length(&host_of(x, 1)->queue));
	/* the host's own loss: its flows were exported to the other host */
	KUNIT_EXPECT_EQ(test, 100ULL, host_of(x, 1)->lost_packets);
	KUNIT_EXPECT_EQ(test, 0ULL, host_of(x, 0)->lost_packets);
	expect_lost(test, NST_LOST_QUEUE, 0, 0);
	x->now += 1000;
	pass(test);
	/* the first repetition, then what it has kept */
	expect_templates(test, 1, 101);
	expect_data(test, 1, 102);
}

/*
 * Many hosts are down when they are removed.  They are freed at once, and the
 * healthy host is not affected.
 */
static void removed_hosts_are_gone(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	struct nst_config *cfg;
	unsigned int i, j;
	struct nst_host *h;

	for (i = 0; i < 40; i++) {
		cfg = new_config(test, &stream_def);
		add_host(cfg, 0, 0);
		add_host(cfg, 1, 0);
		cfg->host[1].port = 30000 + i;
		strscpy(cfg->host[1].vrf, "nowhere", IFNAMSIZ);
		apply(test, cfg);
		for (j = 0; j < NST_HOST_QUEUE_DOWN + 10; j++)
			send_flows(test, 1);
	}
	apply_plain(test);
	pass(test);
	i = 0;
	list_for_each_entry(h, &x->s->hosts, node)
		i++;
	KUNIT_EXPECT_EQ(test, 1U, i);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&x->s->packets));
	KUNIT_EXPECT_EQ(test, 0, waiting(x));
	expect_exported(test, 40 * (NST_HOST_QUEUE_DOWN + 10),
			80 * (NST_HOST_QUEUE_DOWN + 10),
			40 * 300 * (NST_HOST_QUEUE_DOWN + 10));
	while (receive(x, 0))
		;
	send_flows(test, 70);
	expect_data(test, 0, 40 * (NST_HOST_QUEUE_DOWN + 10) + 1);
}

/* Slots whose hosts are down do not affect one whose host is up. */
static void dead_slots_cost_others_nothing(struct kunit *test)
{
	struct nst_config *cfg = new_config(test, &stream_def);
	struct stream_fixture *x = test->priv;
	struct nst_slot_def *slot;
	unsigned int i, id;

	add_host(cfg, 0, 0);
	kvfree(cfg->slot);
	cfg->slot = kvcalloc(40, sizeof(*cfg->slot), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cfg->slot);
	for (id = 1; id <= 40; id++) {
		slot = add_slot(test, cfg, id);
		slot->host[slot->nhosts++] = host_def(1, 0);
		strscpy(slot->host[0].vrf, "nowhere", IFNAMSIZ);
	}
	apply(test, cfg);
	for (i = 0; i < 200; i++) {
		for (id = 1; id <= 40; id++)
			KUNIT_EXPECT_FALSE(test, try_flow(test, id, 2, 300));
		send_flows(test, 1);
	}
	expect_exported(test, 200, 400, 60000);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&x->s->packets));
}

/*
 * Templates asked for again and again while a full queue cannot leave.  They do not
 * enter the queue.
 */
static void refresh_while_the_queue_is_full(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	unsigned int i, n = NST_WAITING_MAX;

	apply_plain(test);
	pass(test);
	expect_templates(test, 0, 0);
	host_of(x, 0)->retry_at = x->now + 1000;
	for (i = 0; i < n; i++) {
		flows(test, 1);
		nst_exporter_flush(&x->x);
	}
	for (i = 0; i < 3 * NST_HOST_QUEUE; i++) {
		nst_sender_refresh(x->s);
		pass(test);
	}
	KUNIT_EXPECT_EQ(test, n, nst_queue_length(&host_of(x, 0)->queue));
	x->now += 1000;
	do {
		while (receive(x, 0))
			;
	} while (pass(test));
	expect_exported(test, n, 2 * n, 300 * n);
	KUNIT_EXPECT_EQ(test, 2ULL, host_of(x, 0)->templates);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&x->s->packets));
}

/* Stopped with packets on their way, some taken and some not, for a host that is down. */
static void lost_at_shutdown(struct kunit *test)
{
	struct stream_fixture *x = test->priv;

	set_management(test, false, &stream_def);
	host_of(x, 0)->retry_at = x->now + 1000;
	send_flows(test, 2);
	flows(test, 3);
	nst_exporter_flush(&x->x);
	mutex_lock(&x->s->lock);
	nst_host_fail(x->s, host_of(x, 0), -ENETUNREACH, nst_clock_ms());
	mutex_unlock(&x->s->lock);
	nst_sender_stop(x->s);
	expect_lost(test, NST_LOST_SHUTDOWN, 5, 10);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&x->s->packets));
}

/* A host that is up gets what is left when the sender is stopped, without pace. */
static void sent_at_shutdown(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	unsigned int i, n = 0;

	apply_plain(test);
	for (i = 0; i < 100; i++) {
		flows(test, 1);
		nst_exporter_flush(&x->x);
	}
	nst_sender_stop(x->s);
	expect_exported(test, 100, 200, 30000);
	while (receive_soon(x, 0) && ++n < 101)
		;
	KUNIT_EXPECT_EQ(test, 101U, n);
}

/* Nobody listens: the ICMP error of a datagram does not lose the next one. */
static void nobody_listens(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	struct nst_host *h;
	unsigned int i;

	collector_close(&x->collector[0]);
	apply_plain(test);
	for (i = 0; i < 5; i++)
		send_flows(test, 1);
	h = x->e->host[0].host;
	KUNIT_EXPECT_EQ(test, 6ULL, h->packets);
	/* the error of the last one has not been read yet */
	KUNIT_EXPECT_EQ(test, 5ULL, h->icmp_errors);
	KUNIT_EXPECT_EQ(test, 5ULL, h->refused_packets);
	KUNIT_EXPECT_EQ(test, 0ULL, h->lost_packets);
	KUNIT_EXPECT_EQ(test, NETSTREAM_HOST_UNREACHABLE,
			(int)nst_host_shown_state(h, x->now));
	expect_exported(test, 5, 10, 1500);
	/* the state is shown for a while only */
	KUNIT_EXPECT_EQ(test, NETSTREAM_HOST_UP,
			(int)nst_host_shown_state(h, x->now + NST_SHOWN_MS));
	KUNIT_EXPECT_EQ(test, 0, collector_open(&x->collector[0], PORT));
	send_flows(test, 1);
	expect_data(test, 0, 6);
}

/* Time passes, a second at a time, as the sender's work sees it. */
static void seconds(struct kunit *test, unsigned int n)
{
	struct stream_fixture *x = test->priv;

	while (n--) {
		x->now += 1000;
		pass(test);
	}
}

/* A collector has its templates, and then stops listening.  Return: its host. */
static struct nst_host *stop_listening(struct kunit *test)
{
	struct stream_fixture *x = test->priv;

	apply_plain(test);
	pass(test);
	expect_templates(test, 0, 0);
	/* the repetitions are over */
	seconds(test, 30);
	while (receive(x, 0))
		;
	collector_close(&x->collector[0]);
	send_flows(test, 1);
	return x->e->host[0].host;
}

/*
 * A host that refuses packets is sent templates until it listens: then it decodes
 * at once.
 */
static void refused_until_it_listens(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	struct nst_host *h = stop_listening(test);
	u32 n = h->packets;

	seconds(test, 20);
	KUNIT_EXPECT_EQ(test, n + 20, (u32)h->packets);
	/* the error of the last one has not been read yet */
	KUNIT_EXPECT_EQ(test, 20ULL, h->refused_packets);
	KUNIT_EXPECT_EQ(test, 0, collector_open(&x->collector[0], PORT));
	n = h->packets;
	seconds(test, 1);
	send_flows(test, 1);
	expect_templates(test, 0, n);
	expect_data(test, 0, n + 1);
	/* no error for a while: the host counts as back, and templates are repeated */
	seconds(test, 40);
	KUNIT_EXPECT_EQ(test, 0ULL, h->refused_at);
	while (receive(x, 0))
		KUNIT_EXPECT_LT(test, set_of(x), 256);
	n = h->packets;
	seconds(test, 60);
	KUNIT_EXPECT_EQ(test, n, (u32)h->packets);
}

/* It listens again between two attempts: data does not go before what was refused. */
static void listens_when_data_comes(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	struct nst_host *h = stop_listening(test);
	u32 n;

	/* these templates are refused */
	seconds(test, 1);
	KUNIT_EXPECT_EQ(test, 0, collector_open(&x->collector[0], PORT));
	x->now += 200;
	n = h->packets;
	send_flows(test, 1);
	expect_templates(test, 0, n);
	expect_data(test, 0, n + 1);
	/* which have arrived now */
	x->now += 200;
	send_flows(test, 1);
	expect_data(test, 0, n + 2);
}

/* -------------------------------------------------------------------- bounds */

/* A congested stream: flows wait, and none is lost. */
static void bound_on_packets_in_flight(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	unsigned int i, received = 0;

	apply_plain(test);
	for (i = 0; i < NST_WAITING_MAX; i++) {
		flows(test, 1);
		nst_exporter_flush(&x->x);
	}
	KUNIT_EXPECT_FALSE(test, try_flow(test, 0, 2, 300));
	KUNIT_EXPECT_FALSE(test, try_flow(test, 0, 2, 300));
	KUNIT_EXPECT_EQ(test, 0ULL, x->x.opened.flows);
	KUNIT_EXPECT_EQ(test, (u64)NST_WAITING_MAX, x->x.handed.flows);
	/* a burst at a time */
	pass(test);
	while (receive(x, 0))
		received++;
	KUNIT_EXPECT_EQ(test, NST_BURST + 1U, received);
	KUNIT_EXPECT_FALSE(test, nst_export_congested(x->e->slot[0].stream[0], x->s));
	KUNIT_EXPECT_TRUE(test, try_flow(test, 0, 2, 300));
	nst_exporter_flush(&x->x);
	do {
		while (receive(x, 0))
			received++;
	} while (pass(test));
	while (receive(x, 0))
		received++;
	/* and one of templates */
	KUNIT_EXPECT_EQ(test, NST_WAITING_MAX + 2U, received);
	expect_exported(test, NST_WAITING_MAX + 1, 2 * (NST_WAITING_MAX + 1),
			300 * (NST_WAITING_MAX + 1));
	KUNIT_EXPECT_EQ(test, 0, waiting(x));
}

static unsigned int rate_of(struct stream_fixture *x)
{
	nst_pace_factors(x->s);
	return host_of(x, 0)->rate_factor;
}

/* The longer flows have been backlogged, the faster packets are sent. */
static void pace_follows_waiting(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	struct nst_stream *st;
	unsigned int i;

	apply_plain(test);
	st = x->e->slot[0].stream[0];
	KUNIT_EXPECT_EQ(test, 1U, rate_of(x));
	for (i = 0; i < NST_WAITING_MAX; i++) {
		flows(test, 1);
		nst_exporter_flush(&x->x);
	}
	KUNIT_EXPECT_EQ(test, 1U, rate_of(x));
	KUNIT_EXPECT_FALSE(test, try_flow(test, 0, 2, 300));
	KUNIT_EXPECT_EQ(test, 1U, rate_of(x));
	st->congested_since = jiffies - msecs_to_jiffies(2 * NST_BACKLOG_MS + 100);
	KUNIT_EXPECT_FALSE(test, try_flow(test, 0, 2, 300));
	KUNIT_EXPECT_EQ(test, 3U, rate_of(x));
	/* the cache is full, until it has not been for a second */
	nst_exporter_expedite(x->s);
	KUNIT_EXPECT_EQ(test, (unsigned int)NST_EXPEDITE_FACTOR, rate_of(x));
	x->s->expedited_at = jiffies - 2 * HZ;
	KUNIT_EXPECT_EQ(test, 3U, rate_of(x));
	KUNIT_EXPECT_FALSE(test, x->s->expedited);
	/* up to a bound */
	st->congested_since = jiffies - msecs_to_jiffies(1000 * NST_BACKLOG_MS);
	KUNIT_EXPECT_EQ(test, (unsigned int)NST_RATE_FACTOR_MAX, rate_of(x));
	do {
		while (receive(x, 0))
			;
	} while (pass(test));
	/* the backlog is gone: the next one begins at factor 1 */
	KUNIT_EXPECT_EQ(test, 1U, rate_of(x));
	KUNIT_EXPECT_FALSE(test, st->congested);
}

static bool is_up(struct stream_fixture *x)
{
	bool up;

	mutex_lock(&x->s->lock);
	up = x->e->host[0].host->state == NETSTREAM_HOST_UP;
	mutex_unlock(&x->s->lock);
	return up;
}

/* The sender's own work, in real time. */
static void by_the_work_itself(struct kunit *test)
{
	struct stream_fixture *x = test->priv;
	unsigned int i, n = 0;

	nst_wq = system_dfl_wq;
	x->s->stopped = false;
	apply_plain(test);
	for (i = 0; i < 500 && !is_up(x); i++)
		msleep(10);
	for (i = 0; i < 100; i++) {
		flows(test, 1);
		nst_exporter_flush(&x->x);
	}
	for (i = 0; i < 500 && waiting(x); i++)
		msleep(20);
	KUNIT_EXPECT_EQ(test, 0, waiting(x));
	expect_exported(test, 100, 200, 30000);
	expect_templates(test, 0, 0);
	while (receive(x, 0)) {
		n++;
		KUNIT_EXPECT_EQ(test, n, sequence_of(x));
	}
	KUNIT_EXPECT_EQ(test, 100U, n);
}

static struct kunit_case stream_cases[] = {
	KUNIT_CASE_PARAM(filled_to_capacity, stream_fill_gen_params),
	KUNIT_CASE(sets_in_a_packet),
	KUNIT_CASE(full_packet_leaves),
	KUNIT_CASE(open_packet_ages),
	KUNIT_CASE(capacity_follows_path),
	KUNIT_CASE(sequence_of_packets),
	KUNIT_CASE(sequence_of_flows),
	KUNIT_CASE(sequence_of_ipfix),
	KUNIT_CASE(streams_of_slots),
	KUNIT_CASE(templates_by_time),
	KUNIT_CASE(templates_are_repeated),
	KUNIT_CASE(templates_by_packets),
	KUNIT_CASE(templates_by_packets_in_a_burst),
	KUNIT_CASE(templates_when_asked),
	KUNIT_CASE(templates_after_a_change),
	KUNIT_CASE(templates_of_what_was_before),
	KUNIT_CASE(sampler_options),
	KUNIT_CASE(sampler_options_differ),
	KUNIT_CASE(sampler_options_of_ipfix),
	KUNIT_CASE(options_by_time),
	KUNIT_CASE(source_ids),
	KUNIT_CASE(adding_a_host_restarts_nothing),
	KUNIT_CASE(amounts),
	KUNIT_CASE(two_versions_count_once),
	KUNIT_CASE(one_version_is_enough),
	KUNIT_CASE(flexible_flows_are_not_ipfix),
	KUNIT_CASE(narrow_counters_in_parts),
	KUNIT_CASE(narrow_counters_in_both_versions),
	KUNIT_CASE(permanent_cache_reports),
	KUNIT_CASE(lost_without_a_host),
	KUNIT_CASE(lost_without_a_source),
	KUNIT_CASE_PARAM(host_down_and_back, stream_down_gen_params),
	KUNIT_CASE(management_is_guarded),
	KUNIT_CASE(short_flap_loses_nothing),
	KUNIT_CASE(long_outage_keeps_the_newest),
	KUNIT_CASE(record_changes_while_down),
	KUNIT_CASE(one_of_two_is_down),
	KUNIT_CASE(source_changes),
	KUNIT_CASE(removed_host_gets_the_rest),
	KUNIT_CASE(slow_host_costs_others_nothing),
	KUNIT_CASE(removed_hosts_are_gone),
	KUNIT_CASE(dead_slots_cost_others_nothing),
	KUNIT_CASE(refresh_while_the_queue_is_full),
	KUNIT_CASE(lost_at_shutdown),
	KUNIT_CASE(sent_at_shutdown),
	KUNIT_CASE(nobody_listens),
	KUNIT_CASE(refused_until_it_listens),
	KUNIT_CASE(listens_when_data_comes),
	KUNIT_CASE(bound_on_packets_in_flight),
	KUNIT_CASE(pace_follows_waiting),
	KUNIT_CASE(by_the_work_itself),
	{}
};

static struct kunit_suite stream_suite = {
	.name = "stream",
	.init = stream_init,
	.exit = stream_exit,
	.test_cases = stream_cases,
};

kunit_test_suite(stream_suite);

MODULE_DESCRIPTION("KUnit suite: stream");
MODULE_LICENSE("GPL");
