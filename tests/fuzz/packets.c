// SPDX-License-Identifier: GPL-2.0
/*
 * Packets from bytes: dissected, recorded, counted, aged and encoded by the
 * files of kmod/, and compared with the oracle at each step.
 *
 * An input is a record, the size of the cache, and up to %PACKETS packets, each
 * with its layout in memory and its metadata.
 */
#include <linux/netstream.h>

#include "detail.h"
#include "dissect.h"
#include "encode.h"
#include "meter.h"
#include "state.h"
#include "oracle.h"
#include "record.h"
#include "ring.h"

#define PACKETS		24
#define VERSIONS	2
#define KEY_MAX		(ORACLE_VALUE_MAX * 24 + 3)

static struct nst_net *net;
static struct nst_cpu *cpu;
static struct nst_table *table;
static u64 metered_packets, metered_bytes;

/* ------------------------------------------------------------------- input */

struct input {
	const u8	*at;
	size_t		left;
};

static u8 input_u8(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static u16 input_u16(struct input *in)
{
	u16 high = input_u8(in);

	return high << 8 | input_u8(in);
}

/* ------------------------------------------------------------- expectation */

/**
 * struct expected - a packet that was metered, and is not yet exported
 * @o: what it says
 * @key: wire bytes of the fields that its record matches, masks of cut addresses, and its
 *	slot
 * @told: it was in a data record
 */
struct expected {
	struct oracle	o;
	u8		key[KEY_MAX];
	bool		told;
};

static struct {
	struct nst_record	*rec;
	struct nst_template	*template[VERSIONS];
	struct expected		packet[PACKETS];
	unsigned int		npackets;
	size_t			key_length;
	bool			single;
	struct nst_template_options options;
	bool			room[2];	/* of the slots' streams */
	u64			exported;
} test;

static u16 mask_of(u16 address)
{
	return address == NETSTREAM_FIELD_SRC_ADDR ? NETSTREAM_FIELD_SRC_MASK :
						     NETSTREAM_FIELD_DST_MASK;
}

static size_t make_key(u8 *key, const struct nst_record_def *def,
		       const struct oracle *o)
{
	const struct nst_item *it;
	size_t length = 0;
	unsigned int i;

	for (i = 0; i < def->nitems; i++) {
		it = &def->item[i];
		if (it->collect)
			continue;
		memcpy(key + length, o->value[it->field],
		       oracle_length(it->field));
		if (it->prefix == NETSTREAM_PREFIX_ROUTE) {
			oracle_mask(key + length, *o->value[mask_of(it->field)]);
			length += oracle_length(it->field);
			key[length++] = *o->value[mask_of(it->field)];
			continue;
		}
		if (it->field == NETSTREAM_FIELD_SRC_ADDR ||
		    it->field == NETSTREAM_FIELD_DST_ADDR)
			oracle_mask(key + length, it->prefix);
		length += oracle_length(it->field);
	}
	key[length++] = o->slot;
	return length;
}

/* ------------------------------------------------------------ decoded flows */

/**
 * struct told - the sum of the data records of a flow
 * @o: values; amounts are summed up
 * @first: its first packet, as it stands there
 * @last: its last
 * @start: its first packet, milliseconds since 1970
 * @end: its last
 * @duration: from the one to the other
 * @flows: number of flows
 * @parts: records
 */
struct told {
	struct oracle	o;
	u64		first;
	u64		last;
	u64		start;
	u64		end;
	u64		duration;
	u64		flows;
	unsigned int	parts;
};

static void tell_field(struct told *t, unsigned int field, const u8 *from,
		       unsigned int length, bool ipfix)
{
	unsigned int want = oracle_wire_length(field, ipfix);

	if ((test.options.as_mode && (field == NETSTREAM_FIELD_SRC_AS ||
				      field == NETSTREAM_FIELD_DST_AS)) ||
	    (test.options.index_switch && (field == NETSTREAM_FIELD_INPUT_IF ||
					   field == NETSTREAM_FIELD_OUTPUT_IF ||
					   field == NETSTREAM_FIELD_INPUT_PORT ||
					   field == NETSTREAM_FIELD_OUTPUT_PORT)))
		want = 2;
	FUZZ_EXPECT(!want || length == want, "field %u", field);
	switch (field) {
	case NETSTREAM_FIELD_PACKETS:
		t->o.packets += oracle_number(from, length);
		break;
	case NETSTREAM_FIELD_BYTES:
		t->o.bytes += oracle_number(from, length);
		break;
	case NETSTREAM_FIELD_FIRST:
		t->first = oracle_number(from, length);
		break;
	case NETSTREAM_FIELD_LAST:
		t->last = oracle_number(from, length);
		break;
	case NETSTREAM_FIELD_END_REASON:
		FUZZ_EXPECT(*from >= 1 && *from <= 5, "%u", *from);
		break;
	case NETSTREAM_FIELD_IP_VERSION:
		FUZZ_EXPECT(*from == 6, "%u", *from);
		break;
	case NETSTREAM_FIELD_START:
		t->start = oracle_number(from, length);
		break;
	case NETSTREAM_FIELD_END:
		t->end = oracle_number(from, length);
		break;
	case NETSTREAM_FIELD_DURATION:
		t->duration = oracle_number(from, length);
		break;
	case NETSTREAM_FIELD_FLOWS:
		t->flows += oracle_number(from, length);
		break;
	default:
		if (length > 8)
			memcpy(t->o.value[field], from, length);
		else
			oracle_set(&t->o, field, oracle_number(from, length));
	}
}

/*
 * What else is in a data record: VLANs of an original flow, and masks with AS numbers;
 * AS numbers where the addresses are and it was asked for them; ICMPv6 type and
 * code if its port and protocol are; the IP version if no address is.  Return: number
 * of fields.
 */
static unsigned int complete(unsigned int *field, const struct nst_record_def *def)
{
	static const unsigned int looked_up[] = {
		NETSTREAM_FIELD_SRC_VLAN, NETSTREAM_FIELD_DST_VLAN,
		NETSTREAM_FIELD_SRC_MASK, NETSTREAM_FIELD_DST_MASK,
	};
	bool original = !strcmp(def->name, "original");
	unsigned int n = !original ? 0 : test.options.as_type ? 4 : 2;
	bool has[NETSTREAM_FIELD_MAX + 1] = {};
	unsigned int i, j;

	for (i = 0; i < def->nitems; i++) {
		field[i] = def->item[i].field;
		has[field[i]] = true;
	}
	for (j = 0; j < n; j++)
		field[i++] = looked_up[j];
	if (test.options.as_type && has[NETSTREAM_FIELD_SRC_ADDR] && !has[NETSTREAM_FIELD_SRC_AS])
		field[i++] = NETSTREAM_FIELD_SRC_AS;
	if (test.options.as_type && has[NETSTREAM_FIELD_DST_ADDR] && !has[NETSTREAM_FIELD_DST_AS])
		field[i++] = NETSTREAM_FIELD_DST_AS;
	if (has[NETSTREAM_FIELD_PROTOCOL] && has[NETSTREAM_FIELD_DST_PORT] &&
	    !has[NETSTREAM_FIELD_ICMP])
		field[i++] = NETSTREAM_FIELD_ICMP;
	if (!has[NETSTREAM_FIELD_SRC_ADDR] && !has[NETSTREAM_FIELD_DST_ADDR] &&
	    !has[NETSTREAM_FIELD_IP_VERSION])
		field[i++] = NETSTREAM_FIELD_IP_VERSION;
	return i;
}

/* Reads a data record by what its template says on the wire. */
static void tell_record(struct told *t, const u8 *template, const u8 *record,
			size_t length, const struct nst_record_def *def,
			bool ipfix)
{
	unsigned int n = oracle_number(template + 2, 2), i, type, size;
	unsigned int field[NST_TEMPLATE_FIELDS_MAX], have;
	size_t at = 0;

	have = complete(field, def);
	FUZZ_EXPECT(n == have || n == have + 1, "%u fields", n);
	for (i = 0; i < n; i++) {
		type = oracle_number(template + 4 + 4 * i, 2);
		size = oracle_number(template + 6 + 4 * i, 2);
		FUZZ_EXPECT(at + size <= length, "field %u", i);
		if (i < have) {
			FUZZ_EXPECT(type == oracle_type(field[i], ipfix), "type %u", type);
			tell_field(t, field[i], record + at, size, ipfix);
		} else {
			FUZZ_EXPECT(type == 210 && at < 4 && at + size == 4 &&
				    !oracle_number(record + at, size), "padding");
		}
		at += size;
	}
	FUZZ_EXPECT(at == length && at >= 4, "%zu of %zu bytes", at, length);
	t->parts++;
}

/* Encodes a flow into memory of just its size, and reads it back. */
static void tell(struct told *t, const struct nst_record *rec,
		 const struct nst_flow *flow, u64 now, bool ipfix)
{
	const struct nst_template *template = test.template[ipfix];
	size_t size = nst_encode_template_size(template);
	struct nst_flow_record part, rest;
	u8 *head = malloc(size), *record;
	bool more;

	memset(t, 0, sizeof(*t));
	nst_encode_template(head, template);
	nst_encode_prepare(&rest, rec, flow, now, fuzz_epoch);
	t->o.slot = rest.f.slot;
	do {
		more = nst_encode_part(&part, &rest, template);
		record = malloc(template->length);
		nst_encode_record(record, template, &part);
		tell_record(t, head, record, template->length, &rec->def, ipfix);
		free(record);
	} while (more);
	free(head);
}

static bool record_has(const struct nst_record *rec, unsigned int field)
{
	unsigned int i;

	for (i = 0; i < rec->def.nitems; i++)
		if (rec->def.item[i].field == field)
			return true;
	return false;
}

/*
 * The key of a data record; fields that are not matched are ignored.  A record need not
 * tell the mask of an address that was cut.
 */
static bool key_is(const struct expected *x, const struct nst_record *rec,
		   const struct told *t)
{
	struct oracle o = t->o;
	size_t length, i;
	u8 key[KEY_MAX];

	for (i = 0; i < rec->def.nitems; i++)
		if (rec->def.item[i].prefix == NETSTREAM_PREFIX_ROUTE)
			*o.value[mask_of(rec->def.item[i].field)] =
				*x->o.value[mask_of(rec->def.item[i].field)];
	length = make_key(key, &rec->def, &o);

	return length == test.key_length && !memcmp(key, x->key, length);
}

static bool same_key(const struct expected *a, const struct expected *b)
{
	return !memcmp(a->key, b->key, test.key_length);
}

/* How collected values accumulate; other fields have the value of the first packet. */
static void accumulate(struct oracle *sum, const struct oracle *o)
{
	static const struct {
		u16 field;
		char how;
	} folds[] = {
		{ NETSTREAM_FIELD_MIN_HOP_LIMIT, '<' }, { NETSTREAM_FIELD_MAX_HOP_LIMIT, '>' },
		{ NETSTREAM_FIELD_MIN_LENGTH, '<' }, { NETSTREAM_FIELD_MAX_LENGTH, '>' },
		{ NETSTREAM_FIELD_EXTENSIONS, '|' }, { NETSTREAM_FIELD_FRAGMENT_FLAGS, '|' },
	};
	unsigned int i, length;
	u64 a, b;

	for (i = 0; i < ARRAY_SIZE(folds); i++) {
		length = oracle_length(folds[i].field);
		a = oracle_number(sum->value[folds[i].field], length);
		b = oracle_number(o->value[folds[i].field], length);
		if (folds[i].how == '|')
			b |= a;
		else if (folds[i].how == '<' ? a < b : a > b)
			b = a;
		oracle_set(sum, folds[i].field, b);
	}
}

/*
 * A flow has counted the packets of one key from its first to its last.
 * @sum: what its packets come to
 */
static void check_run(struct expected *first, const struct nst_flow *flow,
		      struct oracle *sum)
{
	struct expected *x = first;
	u64 packets = 0, bytes = 0;
	u32 last = first->o.time;
	unsigned int n = 0;
	u8 flags = 0;

	*sum = first->o;
	for (; x < test.packet + test.npackets && last != flow->last; x++) {
		if (!same_key(x, first))
			continue;
		last = x->o.time;
	}
	for (x = first; x < test.packet + test.npackets; x++) {
		if (!same_key(x, first) ||
		    (s32)(x->o.time - flow->last) > 0)
			continue;
		FUZZ_EXPECT(!x->told, "a packet is in two flows");
		x->told = true;
		n++;
		packets += x->o.packets;
		bytes += x->o.bytes;
		flags |= x->o.flags;
		accumulate(sum, &x->o);
	}
	FUZZ_EXPECT(last == flow->last, "last %u, not %u", flow->last, last);
	/* only a single super-packet may exceed the counters of its record */
	FUZZ_EXPECT(n == 1 || (bytes <= test.rec->max_bytes && packets <= test.rec->max_packets),
		    "%u packets overflowed", n);
	FUZZ_EXPECT(packets == flow->packets, "%llu, not %llu",
		    (unsigned long long)flow->packets,
		    (unsigned long long)packets);
	FUZZ_EXPECT(bytes == flow->bytes, "%llu, not %llu",
		    (unsigned long long)flow->bytes, (unsigned long long)bytes);
	FUZZ_EXPECT(flags == flow->tcp_flags, "%x, not %x", flow->tcp_flags,
		    flags);
}

/* The first packet of a flow: no two came at the same time. */
static struct expected *find_first(const struct nst_record *rec,
				   const struct nst_flow *flow,
				   const struct told *t)
{
	struct expected *x;

	for (x = test.packet; x < test.packet + test.npackets; x++)
		if (x->o.time == flow->first && key_is(x, rec, t))
			return x;
	fuzz_die("no packet is the first of a flow of %llu packets",
		 (unsigned long long)flow->packets);
}

/* Values of the first packet that the record collects, and those of all packets. */
static void check_kept(const struct nst_record_def *def, const struct told *t,
		       const struct oracle *sum, u8 flags)
{
	unsigned int i, field;

	for (i = 0; i < def->nitems; i++) {
		field = def->item[i].field;
		if (!def->item[i].collect || !oracle_length(field))
			continue;
		if (field == NETSTREAM_FIELD_TCP_FLAG)
			FUZZ_EXPECT(*t->o.value[field] == flags, "%x",
				    *t->o.value[field]);
		else
			FUZZ_EXPECT(!memcmp(t->o.value[field],
					    sum->value[field],
					    oracle_length(field)),
				    "field %u", field);
	}
}

/* Type and code agree with the port, whether or not the record asks for them. */
static void check_icmp(const struct nst_record_def *def, const struct told *t,
		       const struct expected *first)
{
	unsigned int field[NST_TEMPLATE_FIELDS_MAX], n = complete(field, def);

	while (n--)
		if (field[n] == NETSTREAM_FIELD_ICMP)
			FUZZ_EXPECT(!memcmp(t->o.value[NETSTREAM_FIELD_ICMP],
					    first->o.value[NETSTREAM_FIELD_ICMP], 2),
				    "type and code");
}

static u32 as_of(const struct in6_addr *addr)
{
	u32 as;

	memcpy(&as, &addr->s6_addr[12], sizeof(as));
	return as ^ 0x5a5a;
}

/* An address that was cut: its AS is that of the first packet's whole address. */
static void check_cut(const struct nst_record_def *def, const struct told *t,
		      const struct expected *first)
{
	static const u16 as[] = { NETSTREAM_FIELD_SRC_AS, NETSTREAM_FIELD_DST_AS };
	struct in6_addr addr;
	unsigned int i, j;
	bool matched;

	if (!test.options.as_type || test.options.as_mode || !table->routes)
		return;
	for (i = 0; i < def->nitems; i++) {
		if (def->item[i].prefix != NETSTREAM_PREFIX_ROUTE)
			continue;
		matched = false;
		for (j = 0; j < def->nitems; j++)
			matched |= def->item[j].field == as[def->item[i].field - 1];
		memcpy(&addr, first->o.value[def->item[i].field], sizeof(addr));
		FUZZ_EXPECT(matched ||
			    oracle_number(t->o.value[as[def->item[i].field - 1]], 4) ==
			    as_of(&addr), "AS of a cut address");
	}
}

static void check_amounts(const struct nst_record *rec, const struct told *t,
			  const struct nst_flow *flow)
{
	if (record_has(rec, NETSTREAM_FIELD_PACKETS))
		FUZZ_EXPECT(t->o.packets == flow->packets, "%llu, not %llu",
			    (unsigned long long)t->o.packets,
			    (unsigned long long)flow->packets);
	if (record_has(rec, NETSTREAM_FIELD_BYTES))
		FUZZ_EXPECT(t->o.bytes == flow->bytes, "%llu, not %llu",
			    (unsigned long long)t->o.bytes,
			    (unsigned long long)flow->bytes);
}

static void check_times(const struct nst_record *rec, const struct told *t,
			const struct nst_flow *flow, u64 now, bool ipfix)
{
	u64 base = fuzz_epoch + now;
	/* never behind a wrap: see nst_clock_base() */
	u32 zero = now < 3ULL << 30 ? 0 : (now - (1ULL << 30)) & 1ULL << 31;

	FUZZ_EXPECT((s32)(flow->last - flow->first) >= 0, "first after last");
	FUZZ_EXPECT((s32)((u32)now - flow->last) >= 0, "last after now");
	if (record_has(rec, NETSTREAM_FIELD_FIRST))
		FUZZ_EXPECT(t->first == (ipfix ? base - ((u32)now - flow->first) :
					 flow->first - zero), "%llu",
			    (unsigned long long)t->first);
	if (record_has(rec, NETSTREAM_FIELD_START))
		FUZZ_EXPECT(t->start == base - ((u32)now - flow->first), "%llu",
			    (unsigned long long)t->start);
	if (record_has(rec, NETSTREAM_FIELD_END))
		FUZZ_EXPECT(t->end == base - ((u32)now - flow->last), "%llu",
			    (unsigned long long)t->end);
	if (record_has(rec, NETSTREAM_FIELD_DURATION))
		FUZZ_EXPECT(t->duration == flow->last - flow->first, "%llu",
			    (unsigned long long)t->duration);
	if (record_has(rec, NETSTREAM_FIELD_FLOWS))
		FUZZ_EXPECT(t->flows == 1, "%llu in %u parts",
			    (unsigned long long)t->flows, t->parts);
	if (record_has(rec, NETSTREAM_FIELD_LAST))
		FUZZ_EXPECT(t->last == (ipfix ? base - ((u32)now - flow->last) :
					flow->last - zero), "%llu",
			    (unsigned long long)t->last);
}

/* ------------------------------------------------- in place of the exporter */

/* no cache here is permanent */
bool nst_exporter_report(struct nst_export_pcpu *x, struct nst_export_set *e,
			 const struct nst_record *rec, const struct nst_flow *flow, u64 now)
{
	abort();
}

static u64 lost_packets(const struct nst_export_pcpu *x)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < NST_LOST_MAX; i++)
		sum += x->lost[i].packets;
	return sum;
}

bool nst_exporter_export(struct nst_export_pcpu *x, struct nst_export_set *e,
		     const struct nst_record *rec, const struct nst_flow *flow,
		     u64 now)
{
	struct expected *first = NULL;
	struct oracle sum;
	struct told t;
	unsigned int v;

	if (!nst_exporter_ready(e, rec, flow))
		return false;
	FUZZ_EXPECT(flow->packets, "a flow without a packet");
	for (v = 0; v < VERSIONS; v++) {
		tell(&t, rec, flow, now, v);
		if (!first) {
			first = find_first(rec, flow, &t);
			check_run(first, flow, &sum);
		}
		check_amounts(rec, &t, flow);
		check_times(rec, &t, flow, now, v);
		check_kept(&rec->def, &t, &sum, flow->tcp_flags);
		check_icmp(&rec->def, &t, first);
		check_cut(&rec->def, &t, first);
	}
	test.exported += flow->packets;
	return true;
}

bool nst_exporter_ready(const struct nst_export_set *e, const struct nst_record *rec,
		      const struct nst_flow *flow)
{
	struct nst_flow_record values;

	nst_record_values(rec, flow, &values);
	return test.room[!!values.f.slot];
}

bool nst_exporter_single_slot(const struct nst_export_set *e,
			      const struct nst_record *rec)
{
	return test.single;
}

bool nst_exporter_any_ready(const struct nst_export_set *e,
			    const struct nst_record *rec)
{
	return test.room[0] || test.room[1];
}

enum nst_lost nst_exporter_lost_cause(const struct nst_export_set *e,
			       const struct nst_record *rec,
			       const struct nst_flow *flow)
{
	return NST_LOST_BACKLOG;
}

void nst_exporter_expedite(struct nst_sender *s)
{
}

void nst_exporter_init(struct nst_export_pcpu *x, struct nst_sender *s)
{
	memset(x, 0, sizeof(*x));
	INIT_LIST_HEAD(&x->open);
}

void nst_exporter_tick(struct nst_export_pcpu *x, u64 now)
{
}

/* ------------------------------------------------------------------ routes */

void nst_route_tables_values(const struct nst_route_tables *tables, struct net *n, u8 what,
			     struct nst_fields *f)
{
	if (what & NST_ROUTES_SRC_AS)
		f->src_as = as_of(&f->src);
	if (what & NST_ROUTES_DST_AS)
		f->dst_as = as_of(&f->dst);
}

/* A record that matches an AS and the whole address: the address says which AS. */
static void expect_as(struct oracle *o, u16 as, u16 address)
{
	const struct nst_record_def *def = &test.rec->def;
	bool matched = false, whole = false;
	struct in6_addr addr;
	unsigned int i;
	u32 number;

	for (i = 0; i < def->nitems; i++) {
		matched |= def->item[i].field == as;
		whole |= def->item[i].field == address && def->item[i].prefix == 128;
	}
	if (!matched || !whole || !table->routes)
		return;
	memcpy(&addr, o->value[address], sizeof(addr));
	number = as_of(&addr);
	/* as it is written: AS_TRANS stands for what two bytes cannot hold */
	if (test.options.as_mode && number > U16_MAX)
		number = 23456;
	oracle_set(o, as, number);
}

/* ----------------------------------------------------------------- records */

static bool is_counter(unsigned int field)
{
	return field == NETSTREAM_FIELD_PACKETS || field == NETSTREAM_FIELD_BYTES;
}

/* Fields that a configuration may collect. */
static bool may_collect(unsigned int field)
{
	switch (field) {
	case NETSTREAM_FIELD_SRC_ADDR:
	case NETSTREAM_FIELD_DST_ADDR:
	case NETSTREAM_FIELD_SRC_PORT:
	case NETSTREAM_FIELD_DST_PORT:
	case NETSTREAM_FIELD_SRC_AS:
	case NETSTREAM_FIELD_DST_AS:
	case NETSTREAM_FIELD_PROTOCOL:
	case NETSTREAM_FIELD_TOS:
	case NETSTREAM_FIELD_DIRECTION:
		return false;
	default:
		return true;
	}
}

static bool only_collect(unsigned int field)
{
	switch (field) {
	case NETSTREAM_FIELD_MIN_HOP_LIMIT:
	case NETSTREAM_FIELD_MAX_HOP_LIMIT:
	case NETSTREAM_FIELD_MIN_LENGTH:
	case NETSTREAM_FIELD_MAX_LENGTH:
	case NETSTREAM_FIELD_FLOW_ID:
		return true;
	default:
		return !oracle_length(field);
	}
}

/*
 * The first inputs were made when there were %FIELDS_ONCE fields: most bytes still
 * stand for these.
 */
#define FIELDS_ONCE	27

static unsigned int input_field(struct input *in)
{
	u8 n = input_u8(in);

	if (n < 7 * FIELDS_ONCE)
		return 1 + n % FIELDS_ONCE;
	return FIELDS_ONCE + 1 + (n - 7 * FIELDS_ONCE) % (NETSTREAM_FIELD_MAX - FIELDS_ONCE);
}

/* A record that a configuration could have, from bytes. */
static void input_record(struct input *in, struct nst_record_def *def)
{
	unsigned int n = 1 + input_u8(in) % FIELDS_ONCE, i, how, field;
	bool used[NETSTREAM_FIELD_MAX + 1] = {};
	struct nst_item *it;

	strscpy(def->name, "fuzz", sizeof(def->name));
	for (i = 0; i < n; i++) {
		field = input_field(in);
		how = input_u8(in);
		if (used[field])
			continue;
		used[field] = true;
		it = &def->item[def->nitems++];
		it->field = field;
		it->collect = only_collect(field) ||
			      (may_collect(field) && how & 1);
		it->prefix = it->collect ? 0 : 128;
		if (field <= NETSTREAM_FIELD_DST_ADDR)
			it->prefix = how >= 240 ? NETSTREAM_PREFIX_ROUTE : how % 129;
		if (is_counter(field))
			it->width = 16 << how % 3;
	}
}

/* ----------------------------------------------------------------- packets */

static const struct dst_ops route_ops = { .family = AF_INET6 };
static struct fib6_info route_from;
static struct rt6_info route;

/**
 * struct shape - the layout of a packet in memory, and its metadata
 * @how: bits, see shape_bits
 * @later: milliseconds since the packet before, at least one
 * @start: bytes before the IPv6 header
 * @head: bytes of the packet in one piece
 * @extra: zero bytes behind those of the input
 * @gso_size: payload of a segment
 * @frags: parts of the fragment list
 * @inner: where the inner transport header is, from the IPv6 header on
 * @gso_type: mask
 */
struct shape {
	u8		how;
	u32		later;
	unsigned int	start;
	unsigned int	head;
	unsigned int	extra;
	unsigned int	gso_size;
	unsigned int	frags;
	unsigned int	inner;
	unsigned int	gso_type;
};

enum shape_bits {
	IN_PIECES	= 1,
	SUPER		= 2,
	TUNNEL		= 4,
	TICK		= 8,
	NO_ROOM		= 16,
	OTHER_SIDE	= 32,
	SHIFTED		= 64,
	ROUTED		= 128,
};

static void input_shape(struct input *in, struct shape *sh, unsigned int *length)
{
	u8 n;

	memset(sh, 0, sizeof(*sh));
	sh->how = input_u8(in);
	n = input_u8(in);
	sh->later = n < 128 ? n + 1 : (n - 127) * 600;
	if (sh->how & SHIFTED)
		sh->start = 4 * (1 + input_u8(in) % 16);
	sh->head = U32_MAX;
	if (sh->how & IN_PIECES) {
		sh->head = input_u16(in);
		sh->extra = input_u16(in);
	}
	if (sh->how & SUPER) {
		sh->gso_size = input_u16(in);
		sh->frags = input_u8(in) % 8;
		sh->extra += input_u16(in) * 8;
		sh->gso_type = input_u8(in) & 1 ? SKB_GSO_TCPV6 : SKB_GSO_UDP_L4;
	}
	if (sh->how & TUNNEL)
		sh->inner = input_u16(in);
	*length = min_t(size_t, input_u16(in), in->left);
	sh->head = min(sh->head, *length);
}

/*
 * Memory of exactly the length of the packet, so that the sanitizer sees an access
 * beyond it.
 */
static void make_skb(struct sk_buff *skb, struct sk_buff *frags,
		     const struct shape *sh, const u8 *data, unsigned int length)
{
	unsigned int rest = length - sh->head, i;
	u8 *tail = malloc(rest);

	memset(skb, 0, sizeof(*skb));
	skb->head = malloc(sh->start + sh->head);
	if (sh->start + sh->head)
		memset(skb->head, 0xee, sh->start + sh->head);
	if (sh->head)
		memcpy(skb->head + sh->start, data, sh->head);
	if (rest)
		memcpy(tail, data + sh->head, rest);
	skb->data = skb->head;
	skb->network_header = sh->start;
	skb->len = sh->start + length + sh->extra;
	skb->data_len = rest + sh->extra;
	skb->rest = tail;
	skb->rest_length = rest;
	skb->encapsulation = sh->how & TUNNEL;
	skb->inner_transport_header = sh->start + sh->inner;
	skb->shared.gso_size = sh->gso_size;
	skb->shared.gso_type = sh->gso_type;
	for (i = 0; i < sh->frags; i++) {
		frags[i].next = skb->shared.frag_list;
		skb->shared.frag_list = &frags[i];
	}
	if (sh->how & ROUTED)
		skb->dst = &route.dst;
}

static void check_untouched(const struct sk_buff *skb, const struct shape *sh,
			    const u8 *data)
{
	FUZZ_EXPECT(!sh->head || !memcmp(skb->head + sh->start, data, sh->head),
		    "the packet was written to");
	FUZZ_EXPECT(!skb->rest_length ||
		    !memcmp(skb->rest, data + sh->head, skb->rest_length),
		    "the packet was written to");
}

static void make_oracle(struct oracle *o, const struct shape *sh,
			const u8 *data, unsigned int length)
{
	struct oracle_packet p = {
		.data		= data,
		.have		= length,
		.length		= length + sh->extra,
		.gso_size	= sh->gso_size == GSO_BY_FRAGS ? 0 : sh->gso_size,
		.by_frags	= sh->gso_size == GSO_BY_FRAGS,
		.frags		= sh->frags,
		.inner		= sh->inner,
		.inner_tcp	= sh->gso_type == SKB_GSO_TCPV6,
		.head		= sh->head,
	};

	memset(o, 0, sizeof(*o));
	oracle_read(o, &p);
}

/* ------------------------------------------------------------- dissection */

/* Whether dissection agrees with the oracle. */
static void check_dissected(const struct nst_pkt *pkt, const struct oracle *o)
{
	const struct nst_fields *f = &pkt->f;
	const u8 (*value)[ORACLE_VALUE_MAX] = o->value;

	FUZZ_EXPECT(!memcmp(&f->src, value[NETSTREAM_FIELD_SRC_ADDR], 16), "");
	FUZZ_EXPECT(!memcmp(&f->dst, value[NETSTREAM_FIELD_DST_ADDR], 16), "");
	FUZZ_EXPECT(!memcmp(&f->sport, value[NETSTREAM_FIELD_SRC_PORT], 2), "");
	FUZZ_EXPECT(!memcmp(&f->dport, value[NETSTREAM_FIELD_DST_PORT], 2), "");
	FUZZ_EXPECT(f->protocol == *value[NETSTREAM_FIELD_PROTOCOL], "%u",
		    f->protocol);
	FUZZ_EXPECT(f->tos == *value[NETSTREAM_FIELD_TOS], "%u", f->tos);
	FUZZ_EXPECT(f->flow_label ==
		    oracle_number(value[NETSTREAM_FIELD_FLOW_LABEL], 4), "%x",
		    f->flow_label);
	FUZZ_EXPECT(f->tcp_flags == o->flags, "%x", f->tcp_flags);
	FUZZ_EXPECT(!f->direction && !f->slot && !f->output_if &&
		    !f->src_vlan && !f->dst_vlan && !f->src_mask &&
		    !f->dst_mask && !f->reserved2, "more than headers say");
	FUZZ_EXPECT(pkt->packets == o->packets, "%u, not %llu", pkt->packets,
		    (unsigned long long)o->packets);
	FUZZ_EXPECT(pkt->bytes == o->bytes, "%llu, not %llu",
		    (unsigned long long)pkt->bytes,
		    (unsigned long long)o->bytes);
}

/* Both ways to dissect a packet.  Return: whether it is to be metered. */
static bool dissect(const struct sk_buff *skb, struct nst_pkt *pkt,
		    const struct oracle *o)
{
	struct nst_headers *copy = malloc(sizeof(*copy));
	struct nst_pkt general;
	bool simple;
	int err;

	memset(&general, 0x5a, sizeof(general));
	err = nst_dissect(skb, &general, copy);
	free(copy);
	FUZZ_EXPECT(err == -(int)o->fault, "%d, not %d", err, -(int)o->fault);
	simple = !skb_is_gso(skb) && nst_dissect_simple(skb, pkt);
	if (err == -NST_MALFORMED_VERSION) {
		FUZZ_EXPECT(!simple, "not even IPv6");
		return false;
	}
	check_dissected(&general, o);
	if (simple) {
		FUZZ_EXPECT(!err, "%d", err);
		check_dissected(pkt, o);
	} else {
		*pkt = general;
	}
	return true;
}

static void surround_detail(const struct sk_buff *skb, struct nst_pkt *pkt,
			    struct oracle *o, u32 needs)
{
	struct nst_headers *copy = malloc(sizeof(*copy));

	if (needs & NST_NEEDS_DETAIL)
		nst_detail_headers(skb, skb_network_offset(skb), pkt, copy,
				   needs & NST_NEEDS_CHAIN);
	free(copy);
	if (needs & NST_NEEDS_FLOW_ID) {
		pkt->f.flow_id = ++cpu->numbered;
		oracle_set(o, NETSTREAM_FIELD_FLOW_ID, cpu->numbered);
	}
	/* what frames, devices, connections and rules say, in place of the hook */
	if (needs & NST_NEEDS_MARK) {
		pkt->f.word[NST_WORD(mark)] = NST_FIELD_PREP(mark, 0xfe000000 + o->slot);
		oracle_set(o, NETSTREAM_FIELD_MARK, 0xfe000000 + o->slot);
	}
	if (needs & NST_NEEDS_VRF_ID) {
		pkt->f.vrf = 1000 + o->slot;
		oracle_set(o, NETSTREAM_FIELD_VRF, 1000 + o->slot);
		memcpy(pkt->f.vrf_name, "blue\0\0\0\0\0\0\0\0\0\0\0", 16);
		memcpy(o->value[NETSTREAM_FIELD_VRF_NAME], "blue", 4);
	}
	if (needs & NST_NEEDS_MAC) {
		memset(pkt->f.src_mac, 1 + o->slot, 6);
		memset(o->value[NETSTREAM_FIELD_SRC_MAC], 1 + o->slot, 6);
		memset(pkt->f.dst_mac, 2, 6);
		memset(o->value[NETSTREAM_FIELD_DST_MAC], 2, 6);
		memset(pkt->f.post_src_mac, 3, 6);
		memset(o->value[NETSTREAM_FIELD_POST_SRC_MAC], 3, 6);
		memset(pkt->f.post_dst_mac, 4 + o->slot, 6);
		memset(o->value[NETSTREAM_FIELD_POST_DST_MAC], 4 + o->slot, 6);
	}
	if (needs & NST_NEEDS_NAT) {
		pkt->f.post_src = pkt->f.dst;
		memcpy(o->value[NETSTREAM_FIELD_POST_SRC_ADDR],
		       o->value[NETSTREAM_FIELD_DST_ADDR], 16);
		pkt->f.post_dst = pkt->f.src;
		memcpy(o->value[NETSTREAM_FIELD_POST_DST_ADDR],
		       o->value[NETSTREAM_FIELD_SRC_ADDR], 16);
		pkt->f.post_sport = pkt->f.dport;
		memcpy(o->value[NETSTREAM_FIELD_POST_SRC_PORT],
		       o->value[NETSTREAM_FIELD_DST_PORT], 2);
		pkt->f.post_dport = htons(4 + o->slot);
		oracle_set(o, NETSTREAM_FIELD_POST_DST_PORT, 4 + o->slot);
	}
}

/* What devices below the interfaces say, in place of the hook. */
static void surround_lower(struct nst_pkt *pkt, struct oracle *o, u32 needs)
{
	if (needs & NST_NEEDS_DOT1Q) {
		pkt->f.dot1q_vlan = 100 + o->slot;
		oracle_set(o, NETSTREAM_FIELD_DOT1Q_VLAN, 100 + o->slot);
		pkt->f.dot1q_customer = 4094;
		oracle_set(o, NETSTREAM_FIELD_DOT1Q_CUSTOMER, 4094);
		pkt->f.post_dot1q_vlan = 7;
		oracle_set(o, NETSTREAM_FIELD_POST_DOT1Q_VLAN, 7);
		pkt->f.post_dot1q_customer = 8 + o->slot;
		oracle_set(o, NETSTREAM_FIELD_POST_DOT1Q_CUSTOMER, 8 + o->slot);
		pkt->f.dot1q_priority = o->slot;
		oracle_set(o, NETSTREAM_FIELD_DOT1Q_PRIORITY, o->slot);
	}
	if (needs & NST_NEEDS_PORT) {
		pkt->f.input_port = 21 + o->slot;
		oracle_set(o, NETSTREAM_FIELD_INPUT_PORT, 21 + o->slot);
		pkt->f.output_port = 22;
		oracle_set(o, NETSTREAM_FIELD_OUTPUT_PORT, 22);
	}
}

/* What the hook adds to a packet, here and for the oracle. */
static void surround(const struct sk_buff *skb, const struct shape *sh,
		     struct nst_pkt *pkt, struct oracle *o, u32 needs)
{
	unsigned int dir = !!(sh->how & OTHER_SIDE), in = 3 + dir, out = 7 - dir;
	struct nst_fields *f = &pkt->f;

	o->slot = 5 * dir;
	oracle_set(o, NETSTREAM_FIELD_DIRECTION, dir);
	oracle_set(o, NETSTREAM_FIELD_INPUT_IF, in);
	oracle_set(o, NETSTREAM_FIELD_OUTPUT_IF, out);
	f->word[NST_WORD(slot)] |= NST_FIELD_PREP(direction, dir) |
				   NST_FIELD_PREP(slot, o->slot);
	f->word[NST_WORD(input_if)] = NST_FIELD_PREP(input_if, in);
	f->word[NST_WORD(output_if)] |= NST_FIELD_PREP(output_if, out);
	if (needs & NST_NEEDS_NEXT_HOP) {
		nst_dissect_next_hop(skb, f);
		if (sh->how & ROUTED && route.rt6i_flags & RTF_GATEWAY)
			memcpy(o->value[NETSTREAM_FIELD_NEXT_HOP],
			       &route.rt6i_gateway, 16);
	}
	if (!(needs & ~NST_NEEDS_NEXT_HOP))
		return;
	f->word[NST_WORD(src_as)] = 0;
	memset(&f->bgp_next_hop, 0, sizeof(f->bgp_next_hop));
	if (needs & NST_NEEDS_DST_MASK) {
		nst_dissect_destination(skb, f);
		if (sh->how & ROUTED)
			oracle_set(o, NETSTREAM_FIELD_DST_MASK,
				   route_from.fib6_dst.plen);
	}
	if (needs & NST_NEEDS_SRC_MASK) {
		nst_dissect_source(net->net, f);
		oracle_set(o, NETSTREAM_FIELD_SRC_MASK,
			   fuzz_prefix(o->value[NETSTREAM_FIELD_SRC_ADDR]));
	}
	if (needs & NST_NEEDS_PREFIX) {
		ipv6_addr_prefix(&f->src_prefix, &f->src, f->src_mask);
		ipv6_addr_prefix(&f->dst_prefix, &f->dst, f->dst_mask);
	}
	f->word[NST_WORD(icmp)] = 0;
	if (needs & NST_NEEDS_ICMP && f->protocol == 58)
		f->icmp = ntohs(f->dport);
	if (needs & NST_NEEDS_STATUS) {
		f->status = 64 + dir;
		oracle_set(o, NETSTREAM_FIELD_STATUS, 64 + dir);
	}
	if (needs & NST_NEEDS_SAMPLER) {
		f->sampler = 300 + dir;
		oracle_set(o, NETSTREAM_FIELD_SAMPLER, 300 + dir);
	}
	if (needs & NST_NEEDS_VLAN) {
		f->src_vlan = 4000 + dir;
		oracle_set(o, NETSTREAM_FIELD_SRC_VLAN, 4000 + dir);
		f->dst_vlan = 17;
		oracle_set(o, NETSTREAM_FIELD_DST_VLAN, 17);
	}
	if (needs & NST_NEEDS_ANY_DETAIL)
		surround_detail(skb, pkt, o, needs);
	surround_lower(pkt, o, needs);
}

/* ----------------------------------------------------------------- metering */

static void run_timer(void)
{
	unsigned int i;

	fuzz_run_works();
	for (i = 0; i < 64 && cpu->armed && cpu->timer.expires <= jiffies; i++)
		cpu->timer.function(&cpu->timer);
}

/* All metered packets are in the ring, in the table, exported or lost. */
static void check_equation(void)
{
	struct nst_amount pending = {};

	nst_meter_pending(cpu, &pending);
	FUZZ_EXPECT(cpu->metered.packets == metered_packets, "");
	FUZZ_EXPECT(cpu->metered.bytes == metered_bytes, "");
	FUZZ_EXPECT(metered_packets == pending.packets + table->cached.packets +
		    test.exported + lost_packets(&cpu->exporter),
		    "%llu metered, %llu pending, %llu cached, %llu exported, %llu lost",
		    (unsigned long long)metered_packets,
		    (unsigned long long)pending.packets,
		    (unsigned long long)table->cached.packets,
		    (unsigned long long)test.exported,
		    (unsigned long long)lost_packets(&cpu->exporter));
}

static void meter(const struct sk_buff *skb, const struct shape *sh,
		  struct nst_pkt *pkt, struct oracle *o)
{
	struct expected *x = &test.packet[test.npackets++];

	/* without VRFs nothing is filled in for it */
	surround(skb, sh, pkt, o, test.rec->needs & ~NST_NEEDS_ROUTE_TABLE);
	expect_as(o, NETSTREAM_FIELD_SRC_AS, NETSTREAM_FIELD_SRC_ADDR);
	expect_as(o, NETSTREAM_FIELD_DST_AS, NETSTREAM_FIELD_DST_ADDR);
	pkt->now = nst_meter_clock(cpu);
	o->time = pkt->now;
	x->o = *o;
	x->told = false;
	test.key_length = make_key(x->key, &test.rec->def, o);
	metered_packets += o->packets;
	metered_bytes += o->bytes;
	nst_meter_packet(cpu, table, pkt);
}

static void one_packet(struct input *in)
{
	struct sk_buff skb, frags[8] = {};
	struct nst_pkt *pkt = nst_ring_next(cpu);
	unsigned int length;
	struct shape sh;
	struct oracle o;

	input_shape(in, &sh, &length);
	fuzz_us += sh.later * 1000;
	test.room[!!(sh.how & OTHER_SIDE)] = !(sh.how & NO_ROOM);
	if (test.single)
		test.room[!(sh.how & OTHER_SIDE)] = !(sh.how & NO_ROOM);
	run_timer();
	make_skb(&skb, frags, &sh, in->at, length);
	make_oracle(&o, &sh, in->at, length);
	/* the contents must not matter */
	memset(pkt, 0xa5, sizeof(*pkt));
	if (dissect(&skb, pkt, &o))
		meter(&skb, &sh, pkt, &o);
	check_untouched(&skb, &sh, in->at);
	in->at += length;
	in->left -= length;
	free(skb.head);
	free((void *)skb.rest);
	if (sh.how & OTHER_SIDE)
		nst_meter_reroute(cpu);
	if (sh.how & TICK)
		nst_meter_tick(cpu, nst_clock_ms());
	check_equation();
}

/* When time passes and streams accept flows, all flows end. */
static void finish(void)
{
	unsigned int i, told = 0;
	u64 left = 0;

	test.room[0] = true;
	test.room[1] = true;
	for (i = 0; i < 100 && cpu->armed; i++) {
		fuzz_us += 40000000;
		run_timer();
	}
	check_equation();
	FUZZ_EXPECT(!cpu->armed && !table->used && !table->live, "%u flows left",
		    table->used);
	FUZZ_EXPECT(!table->cached.flows && !table->cached.packets &&
		    !table->cached.bytes, "counted flows that are gone");
	for (i = 0; i < test.npackets; i++) {
		if (test.packet[i].told)
			told++;
		else
			left += test.packet[i].o.packets;
	}
	FUZZ_EXPECT(left == lost_packets(&cpu->exporter),
		    "%llu packets nowhere, %u told", (unsigned long long)left,
		    told);
}

static void begin(struct input *in)
{
	struct nst_record_def def = {};
	u8 first = input_u8(in);
	u32 flows;

	memset(&test, 0, sizeof(test));
	if (first & 1)
		input_record(in, &def);
	else
		def = first & 16 ? nst_record_original_flags : nst_record_original;
	test.rec = nst_record_compile(&def);
	test.options.as_type = first & 128 ? NETSTREAM_AS_ORIGIN : NETSTREAM_AS_NONE;
	test.options.as_mode = first & 32 ? NETSTREAM_WIDTH_16 : NETSTREAM_WIDTH_32;
	test.options.index_switch = first & 16 ? NETSTREAM_WIDTH_16 : NETSTREAM_WIDTH_32;
	test.template[0] = nst_template_create(test.rec, NETSTREAM_VERSION_9,
					       &test.options, 256);
	test.template[1] = nst_template_create(test.rec, NETSTREAM_VERSION_IPFIX,
					       &test.options, 257);
	test.single = first & 64;
	flows = first & 2 ? 1 + (first >> 4) % 4 : 100;
	/* some begin just before the 32-bit clock wraps, or the wheel does */
	fuzz_us = 1000000;
	if (first & 4)
		fuzz_us = ((first & 8 ? 1ULL << 32 : 1ULL << 31) - 20000) * 1000;
	route.rt6i_flags = first & 8 ? RTF_GATEWAY : 0;
	net = calloc(1, sizeof(*net));
	cpu = aligned_alloc(64, ALIGN(sizeof(*cpu), 64));
	memset(cpu, 0, sizeof(*cpu));
	net->cpu = cpu;
	nst_quota_init(&net->quota, flows);
	get_random_bytes(net->secret, sizeof(net->secret));
	nst_meter_init(cpu, net, 0, NULL);
	table = nst_table_create(test.rec, flows, &net->quota, net->secret);
	table->active = 60000;
	table->inactive = 15000;
	table->linger = first & 32 ? 2000 : 0;
	if (first & 16)
		table->routes = test.rec->made & (NST_ROUTES_SRC_AS | NST_ROUTES_DST_AS);
	table->newest = cpu->ring;
	list_add_tail(&table->node, &cpu->tables);
	metered_packets = 0;
	metered_bytes = 0;
}

static void end(void)
{
	nst_table_free(table);
	nst_template_put(test.template[0]);
	nst_template_put(test.template[1]);
	nst_record_put(test.rec);
	free(cpu);
	free(net);
	FUZZ_EXPECT(!fuzz_allocated, "%ld allocations left", fuzz_allocated);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	route.dst.ops = &route_ops;
	route.from = &route_from;
	route_from.fib6_dst.plen = 56;
	memset(&route.rt6i_gateway, 0xfe, sizeof(route.rt6i_gateway));
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, size };

	begin(&in);
	while (in.left && test.npackets < PACKETS)
		one_packet(&in);
	finish();
	end();
	return 0;
}
