// SPDX-License-Identifier: GPL-2.0
/*
 * Strict collectors: any violation of the protocol ends the test.
 *
 * They identify a flow by its source address, whose last four bytes are the flow's
 * number.
 */
#include "oracle.h"
#include "world.h"

#define SLOTS		40
#define KNOWN		2048
#define IDS		65536
#define DOMAINS		8
#define TEMPLATE_MAX	(4 + 4 * 44)

/**
 * struct stream_seen - what a collector has seen of one source ID in one version
 * @next: next sequence number
 * @begun: @next is valid
 * @known: templates that it has got: ID, and from which domains, in which of its lives
 */
struct stream_seen {
	u32		next;
	bool		begun;
	struct {
		u32	id;
		struct {
			u32	life;
			u32	domain;
		} by[DOMAINS];
		u32	next;
	} *known;
};

static struct {
	struct collected	got;
	u32			life;
	struct stream_seen	stream[SLOTS][2];
} collector[WORLD_PLACES];

/* The meaning of each template ID, which never changes. */
static struct {
	bool	used;
	bool	ipfix;
	bool	option;
	size_t	length;
	u8	bytes[TEMPLATE_MAX];
} *meaning;

static bool sequence_flow[SLOTS];

struct sent_flow *sent_flows;
struct totals received;

void collector_sequence_mode(unsigned int slot, bool flow)
{
	sequence_flow[slot] = flow;
}

/* A new world. */
void collector_reset(void)
{
	unsigned int i, j, v;

	for (i = 0; i < WORLD_PLACES; i++)
		for (j = 0; j < SLOTS; j++)
			for (v = 0; v < 2; v++)
				free(collector[i].stream[j][v].known);
	memset(collector, 0, sizeof(collector));
	memset(&received, 0, sizeof(received));
	memset(sequence_flow, 0, sizeof(sequence_flow));
	if (!meaning)
		meaning = calloc(IDS, sizeof(*meaning));
	memset(meaning, 0, IDS * sizeof(*meaning));
	if (!sent_flows)
		sent_flows = malloc(WORLD_FLOWS * sizeof(*sent_flows));
}

/* The collector is restarted: it has no templates and no sequence. */
void collector_restart(unsigned int place)
{
	unsigned int j, v;

	collector[place].life++;
	for (j = 0; j < SLOTS; j++)
		for (v = 0; v < 2; v++)
			collector[place].stream[j][v].begun = false;
}

/* The collector is no longer configured: later packets begin new sequences. */
void collector_forget(unsigned int place)
{
	collector_restart(place);
	memset(&collector[place].got, 0, sizeof(collector[place].got));
}

const struct collected *collector_got(unsigned int place)
{
	return &collector[place].got;
}

/* -------------------------------------------------------------- the packet */

/* Whether it has received the template from the domain since it was started. */
static bool knows(unsigned int place, const struct stream_seen *st, unsigned int id,
		  u32 domain)
{
	unsigned int i;

	if (!st->known || st->known[id % KNOWN].id != id)
		return false;
	for (i = 0; i < DOMAINS; i++)
		if (st->known[id % KNOWN].by[i].life == collector[place].life + 1 &&
		    st->known[id % KNOWN].by[i].domain == domain)
			return true;
	return false;
}

static void learn(unsigned int place, struct stream_seen *st, const u8 *from,
		  size_t length, bool ipfix, bool option, u32 domain)
{
	unsigned int id = oracle_number(from, 2), at, by;

	FUZZ_EXPECT(id >= 256 && length <= TEMPLATE_MAX, "template %u", id);
	if (meaning[id].used)
		FUZZ_EXPECT(meaning[id].length == length &&
			    meaning[id].ipfix == ipfix &&
			    meaning[id].option == option &&
			    !memcmp(meaning[id].bytes, from, length),
			    "template %u has another meaning", id);
	meaning[id].used = true;
	meaning[id].ipfix = ipfix;
	meaning[id].option = option;
	meaning[id].length = length;
	memcpy(meaning[id].bytes, from, length);
	if (!st->known)
		st->known = calloc(KNOWN, sizeof(*st->known));
	at = id % KNOWN;
	st->known[at].id = id;
	if (!knows(place, st, id, domain)) {
		by = st->known[at].next++ % DOMAINS;
		st->known[at].by[by].life = collector[place].life + 1;
		st->known[at].by[by].domain = domain;
	}
	collector[place].got.templates++;
}

static unsigned int read_templates(unsigned int place, struct stream_seen *st,
				   const u8 *from, size_t length, bool ipfix,
				   u32 domain)
{
	unsigned int n = 0, fields;
	size_t size;

	while (length >= 4) {
		fields = oracle_number(from + 2, 2);
		if (!fields)
			break;
		size = 4 + 4 * fields;
		FUZZ_EXPECT(size <= length, "template cut short");
		learn(place, st, from, size, ipfix, false, domain);
		from += size;
		length -= size;
		n++;
	}
	FUZZ_EXPECT(length < 4, "%zu bytes behind templates", length);
	return n;
}

/* Fields of an options template, its scope included. */
static unsigned int option_fields(const u8 *from, bool ipfix)
{
	return ipfix ? oracle_number(from + 2, 2) :
	       (oracle_number(from + 2, 2) + oracle_number(from + 4, 2)) / 4;
}

/* Options templates stand alone in their sets, with one scope. */
static unsigned int read_option_template(unsigned int place, struct stream_seen *st,
					 const u8 *from, size_t length, bool ipfix,
					 u32 domain)
{
	size_t size = 6 + 4 * option_fields(from, ipfix);

	FUZZ_EXPECT(size <= length && length - size < 4, "%zu of %zu bytes", size,
		    length);
	FUZZ_EXPECT(oracle_number(from + (ipfix ? 4 : 2), 2) == (ipfix ? 1 : 4),
		    "scope");
	learn(place, st, from, size, ipfix, true, domain);
	return 1;
}

static unsigned int read_options(unsigned int id, const u8 *from, size_t length,
				 bool ipfix)
{
	const u8 *template = meaning[id].bytes;
	unsigned int i, size = 0;

	for (i = 0; i < option_fields(template, ipfix); i++)
		size += oracle_number(template + 8 + 4 * i, 2);
	FUZZ_EXPECT(length >= size && length % size < 4, "%zu bytes of options of %u",
		    length, size);
	return length / size;
}

struct data {
	u64	serial;
	u64	packets;
	u64	bytes;
	u64	first;
	u64	last;
};

/* Return: bytes of the record. */
static size_t read_record(const u8 *template, const u8 *from, size_t left,
			  struct data *d)
{
	unsigned int n = oracle_number(template + 2, 2), i, type, size;
	size_t at = 0;

	memset(d, 0, sizeof(*d));
	for (i = 0; i < n; i++) {
		type = oracle_number(template + 4 + 4 * i, 2);
		size = oracle_number(template + 6 + 4 * i, 2);
		if (at + size > left)
			return 0;
		if (type == 27)
			d->serial = oracle_number(from + at + 8, 8);
		else if (type == 2)
			d->packets = oracle_number(from + at, size);
		else if (type == 1)
			d->bytes = oracle_number(from + at, size);
		else if (type == 22 || type == 152)
			d->first = oracle_number(from + at, size);
		else if (type == 21 || type == 153)
			d->last = oracle_number(from + at, size);
		at += size;
	}
	return at;
}

/* Milliseconds since boot, of their low 32 bits. */
static u64 full_time(u32 stamp)
{
	u64 now = fuzz_us / 1000;

	return now - (u32)((u32)now - stamp);
}

/*
 * Times are in order, and not later than the header, as plain numbers: collectors
 * do not expect a wrap.  Computed from the header, they are exactly those of the
 * flow.
 */
static void check_order(const struct data *d, const struct sent_flow *f,
			bool ipfix, const u8 *header)
{
	u32 uptime = oracle_number(header + 4, 4);
	u64 ms = oracle_number(header + (ipfix ? 4 : 8), 4) * 1000;
	u64 zero = ipfix ? 0 : ms - uptime;

	FUZZ_EXPECT(d->first <= d->last && d->last <= (ipfix ? ms : uptime),
		    "%llu, %llu, header %llu", (unsigned long long)d->first,
		    (unsigned long long)d->last,
		    (unsigned long long)(ipfix ? ms : uptime));
	FUZZ_EXPECT(zero + d->first == fuzz_epoch + full_time(f->first) &&
		    zero + d->last == fuzz_epoch + full_time(f->last),
		    "a flow of %u to %u says %llu to %llu", f->first, f->last,
		    (unsigned long long)(zero + d->first - fuzz_epoch),
		    (unsigned long long)(zero + d->last - fuzz_epoch));
}

static void check_record(const struct data *d, bool ipfix, const u8 *header)
{
	struct sent_flow *f = &sent_flows[d->serial];

	FUZZ_EXPECT(d->serial < WORLD_FLOWS, "flow %llu",
		    (unsigned long long)d->serial);
	FUZZ_EXPECT(d->packets == f->packets && d->bytes == f->bytes,
		    "flow %llu: %llu packets, not %u",
		    (unsigned long long)d->serial,
		    (unsigned long long)d->packets, f->packets);
	check_order(d, f, ipfix, header);
	if (f->received)
		return;
	f->received = true;
	received.flows++;
	received.packets += f->packets;
	received.bytes += f->bytes;
}

static unsigned int read_data(unsigned int place, struct stream_seen *st,
			      unsigned int id, const u8 *from, size_t length,
			      bool ipfix, const u8 *header, u32 domain)
{
	unsigned int n = 0;
	struct data d;
	size_t size;

	FUZZ_EXPECT(knows(place, st, id, domain),
		    "data of template %u, which port %u does not know", id,
		    WORLD_PORT + place);
	if (meaning[id].option)
		return read_options(id, from, length, ipfix);
	while ((size = read_record(meaning[id].bytes, from, length, &d))) {
		check_record(&d, ipfix, header);
		from += size;
		length -= size;
		n++;
	}
	FUZZ_EXPECT(n && length < 4, "%zu bytes behind data", length);
	return n;
}

/*
 * A gap in the sequence is the number of missing packets or records.  The sequence
 * never goes back.
 */
static void check_sequence(unsigned int place, struct stream_seen *st,
			   u32 sequence, bool flow, unsigned int records)
{
	struct collected *got = &collector[place].got;
	u32 missing = sequence - st->next;

	if (st->begun) {
		FUZZ_EXPECT((s32)missing >= 0, "port %u: sequence %u after %u",
			    WORLD_PORT + place, sequence, st->next);
		if (flow)
			got->missing_records += missing;
		else
			got->missing_packets += missing;
	}
	st->begun = true;
	st->next = sequence + (flow ? records : 1);
}

void collector_receive(unsigned int place, const u8 *data, size_t length)
{
	bool ipfix = oracle_number(data, 2) == 10;
	size_t at = ipfix ? 16 : 20, size;
	u32 domain = oracle_number(data + at - 4, 4);
	unsigned int slot = domain & 0xff, records = 0, options = 0, n;
	unsigned int templates = 0, id;
	struct stream_seen *st;

	FUZZ_EXPECT(ipfix || oracle_number(data, 2) == 9, "version");
	FUZZ_EXPECT(slot < SLOTS, "source %u", slot);
	/* what is a slot for others is the number of a monitor */
	FUZZ_EXPECT(place < WORLD_MONITORS || slot, "a monitor without a number");
	FUZZ_EXPECT(!ipfix || oracle_number(data + 2, 2) == length, "length");
	FUZZ_EXPECT(length > at, "nothing in it");
	st = &collector[place].stream[slot][ipfix];
	for (; at < length; at += size) {
		FUZZ_EXPECT(length - at >= 4, "%zu bytes left", length - at);
		id = oracle_number(data + at, 2);
		size = oracle_number(data + at + 2, 2);
		FUZZ_EXPECT(size > 4 && !(size % 4) && size <= length - at,
			    "set of %zu bytes", size);
		if (id == (ipfix ? 2 : 0))
			templates += read_templates(place, st, data + at + 4,
						    size - 4, ipfix, domain);
		else if (id == (ipfix ? 3 : 1))
			templates += read_option_template(place, st, data + at + 4,
							  size - 4, ipfix, domain);
		else {
			n = read_data(place, st, id, data + at + 4, size - 4,
				      ipfix, data, domain);
			records += n;
			options += meaning[id].option ? n : 0;
		}
	}
	FUZZ_EXPECT(ipfix || oracle_number(data + 2, 2) == records + templates,
		    "count");
	check_sequence(place, st, oracle_number(data + (ipfix ? 8 : 12), 4),
		       ipfix || (place < WORLD_MONITORS && sequence_flow[slot]), records);
	collector[place].got.packets++;
	collector[place].got.records += records - options;
}
