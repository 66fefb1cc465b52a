// SPDX-License-Identifier: GPL-2.0
/*
 * Tables and aging compared with a model: random operations, after each of which
 * both must agree.
 *
 *   cache SEED STEPS
 */
#include <linux/netstream.h>

#include "aging.h"
#include "driver.h"
#include "record.h"
#include "exporter.h"
#include "table.h"

/**
 * struct model - a flow, as the model has it
 * @key: number of its key
 * @packets: packets
 * @bytes: bytes
 * @first: milliseconds since boot, 32 bits
 * @last: the same of the last packet
 * @flags: TCP flags
 * @index: of the flow in the table
 * @serial: its number, which the flow keeps in its first kept word
 * @used: there is such a flow
 */
struct model {
	u32	key;
	u64	packets;
	u64	bytes;
	u32	first;
	u32	last;
	u8	flags;
	u32	index;
	u64	serial;
	bool	used;
};

/**
 * struct scene - the parameters of a run
 * @name: of the test
 * @flows: bound
 * @keys: keys that packets have
 * @active: timeout, milliseconds
 * @inactive: timeout, milliseconds
 * @slowly: microseconds between packets, at most
 * @secret: the hash has a secret; without one it is bad
 * @failures: one in this many allocations fails; 0: none
 */
struct scene {
	const char	*name;
	u32		flows;
	u32		keys;
	u32		active;
	u32		inactive;
	u32		slowly;
	bool		secret;
	u32		failures;
};

static const struct scene scenes[] = {
	{ "one",	1,	20,	60000,	15000,	100000,	true,	0 },
	{ "few",	7,	40,	60000,	15000,	30000,	true,	0 },
	{ "chunk",	300,	900,	120000,	30000,	2000,	true,	0 },
	{ "many",	20000,	50000,	60000,	20000,	400,	true,	0 },
	{ "churn",	20000,	2000000, 9000,	3000,	300,	true,	0 },
	{ "bad_hash",	3000,	6000,	60000,	15000,	400,	false,	0 },
	{ "no_memory",	5000,	12000,	60000,	15000,	1000,	true,	5 },
};

static const struct scene *scene;
static struct nst_record *rec;
static struct nst_table *table;
static struct nst_quota quota;
static struct nst_export_pcpu exporter;
static u64 ended[NST_END_MAX];
static struct nst_aging aging = { .exporter = &exporter, .ended = ended };
static u64 secret[NST_SECRET_WORDS];
static u32 bound;

static struct model *models;
static u32 nmodels;
static u64 serials, room, metered, exported, failed, given_up;
static u32 *of_key;		/* model of each key, or nmodels */

/* ------------------------------------------------- in place of the exporter */

static struct model *model_of(const struct nst_flow *flow)
{
	u64 serial = flow->word[rec->words.nkey];
	struct model *m = &models[serial % nmodels];

	FUZZ_EXPECT(m->used && m->serial == serial, "flow %llu is unknown",
		    (unsigned long long)serial);
	return m;
}

static void check_flow(const struct model *m, const struct nst_flow *flow)
{
	FUZZ_EXPECT(flow->packets == m->packets && flow->bytes == m->bytes,
		    "%llu packets, not %llu", (unsigned long long)flow->packets,
		    (unsigned long long)m->packets);
	FUZZ_EXPECT(flow->first == m->first && flow->last == m->last,
		    "%u to %u, not %u to %u", flow->first, flow->last, m->first,
		    m->last);
	FUZZ_EXPECT(flow->tcp_flags == m->flags, "flags");
	FUZZ_EXPECT(flow->word[1] == m->key, "key");
}

static void forget(struct model *m)
{
	if (of_key[m->key] == m - models)
		of_key[m->key] = nmodels;
	m->used = false;
}

bool nst_exporter_export(struct nst_export_pcpu *x, struct nst_export_set *e,
		     const struct nst_record *r, const struct nst_flow *flow,
		     u64 now)
{
	struct model *m;

	if (!room)
		return false;
	m = model_of(flow);
	check_flow(m, flow);
	FUZZ_EXPECT(flow->state == NST_FLOW_ENDED && flow->end, "not ended");
	exported += flow->packets;
	forget(m);
	return true;
}

/* no cache here is permanent */
bool nst_exporter_report(struct nst_export_pcpu *x, struct nst_export_set *e,
			 const struct nst_record *rec, const struct nst_flow *flow, u64 now)
{
	abort();
}

bool nst_exporter_ready(const struct nst_export_set *e, const struct nst_record *r,
		      const struct nst_flow *flow)
{
	return room;
}

bool nst_exporter_single_slot(const struct nst_export_set *e,
			      const struct nst_record *rec)
{
	return true;
}

bool nst_exporter_any_ready(const struct nst_export_set *e,
			    const struct nst_record *rec)
{
	return room;
}

enum nst_lost nst_exporter_lost_cause(const struct nst_export_set *e,
			       const struct nst_record *r,
			       const struct nst_flow *flow)
{
	return NST_LOST_BACKLOG;
}

void nst_exporter_expedite(struct nst_sender *s)
{
}

/* ---------------------------------------------------------------- operations */

static void make_words(u64 *word, u32 key, u64 serial)
{
	memset(word, 0, NST_FLOW_WORDS * sizeof(*word));
	/* with a bad hash many keys have the same */
	word[0] = scene->secret ? key * GOLDEN_RATIO_64 : 1;
	word[1] = key;
	word[2] = scene->secret ? key >> 3 : 0;
	word[4] = key & 7;
	word[rec->words.nkey] = serial;
}

/* A flow that is live in the model may have ended and be waiting for its stream. */
static bool waits(const struct model *m)
{
	u64 word[NST_FLOW_WORDS];
	struct nst_flow flow;

	return nst_table_read(table, m->index, &flow, word) &&
	       flow.state == NST_FLOW_ENDED &&
	       word[rec->words.nkey] == m->serial;
}

static bool gone(const struct model *m)
{
	u64 word[NST_FLOW_WORDS];
	struct nst_flow flow;

	return !nst_table_read(table, m->index, &flow, word) ||
	       word[rec->words.nkey] != m->serial;
}

static void forget_given_up(void)
{
	u32 i;

	for (i = 0; i < nmodels; i++) {
		if (!models[i].used || !gone(&models[i]))
			continue;
		given_up += models[i].packets;
		forget(&models[i]);
	}
}

static struct model *model_new(u32 key)
{
	struct model *m = &models[++serials % nmodels];
	u32 tries;

	for (tries = 1; m->used; tries++) {
		m = &models[++serials % nmodels];
		if (!(tries % nmodels))
			forget_given_up();
		FUZZ_EXPECT(tries < 3 * nmodels, "more flows than there can be");
	}
	*m = (struct model) { .key = key, .serial = serials, .used = true };
	return m;
}

static u32 insert(u32 hash, const u64 *word)
{
	u32 index = nst_table_insert(table, hash, word);

	if (index != NST_NONE)
		return index;
	/* as meter.c does: a flow in the same buckets, or the flow nearest its end */
	if (table->crowded) {
		index = nst_table_rival(table, hash, aging.now);
		if (index == NST_NONE)
			return NST_NONE;
		nst_aging_end(&aging, table, index, NST_END_FULL);
	} else if (!nst_aging_evict(&aging, table)) {
		return NST_NONE;
	}
	return nst_table_insert(table, hash, word);
}

static void begin_flow(u32 key, u32 hash, u64 *word, u32 bytes)
{
	struct model *m = model_new(key);
	struct nst_flow *flow;
	u32 index;

	word[rec->words.nkey] = m->serial;
	index = insert(hash, word);
	if (index == NST_NONE) {
		m->used = false;
		failed++;
		return;
	}
	m->index = index;
	m->packets = 1;
	m->bytes = bytes;
	m->first = aging.now;
	m->last = aging.now;
	of_key[key] = m - models;
	flow = nst_table_flow(table, index);
	flow->first = aging.now;
	flow->last = aging.now;
	nst_flow_write_end(flow);
	nst_aging_add(table, index, aging.now);
	flow->packets = 1;
	flow->bytes = bytes;
	table->cached.packets++;
	table->cached.bytes += bytes;
}

static void count_packet(struct model *m, struct nst_flow *flow, u32 bytes)
{
	nst_flow_write_begin(flow);
	flow->packets++;
	flow->bytes += bytes;
	flow->last = aging.now;
	flow->tcp_flags |= 2;
	nst_flow_write_end(flow);
	table->cached.packets++;
	table->cached.bytes += bytes;
	m->packets++;
	m->bytes += bytes;
	m->last = aging.now;
	m->flags |= 2;
}

/* All flows of the model are found, and no others. */
static struct model *find(u32 key, u32 hash, const u64 *word)
{
	struct model *m = &models[of_key[key]];
	u32 index = nst_table_find(table, hash, word);

	if (index == NST_NONE) {
		if (of_key[key] == nmodels)
			return NULL;
		FUZZ_EXPECT(waits(m) || gone(m), "flow of key %u is not found",
			    key);
		of_key[key] = nmodels;
		return NULL;
	}
	FUZZ_EXPECT(of_key[key] != nmodels, "found a flow of key %u", key);
	FUZZ_EXPECT(index == m->index, "%u, not %u", index, m->index);
	check_flow(m, nst_table_flow(table, index));
	FUZZ_EXPECT(nst_table_flow(table, index)->state == NST_FLOW_LIVE, "");
	return m;
}

static void step_packet(void)
{
	u32 key = driver_below(scene->keys), bytes = 40 + driver_below(1500);
	u64 word[NST_FLOW_WORDS];
	enum nst_end due;
	struct model *m;
	u32 hash;

	fuzz_us += driver_below(scene->slowly);
	aging.now = fuzz_us / 1000;
	make_words(word, key, 0);
	hash = nst_hash(word, rec->words.nkey, secret);
	m = find(key, hash, word);
	metered++;
	due = m ? nst_aging_due(table, nst_table_flow(table, m->index),
				aging.now) : NST_END_NONE;
	if (due) {
		nst_aging_end(&aging, table, m->index, due);
		of_key[key] = nmodels;
		m = NULL;
	}
	if (!m)
		begin_flow(key, hash, word, bytes);
	else
		count_packet(m, nst_table_flow(table, m->index), bytes);
}

static void step_end(void)
{
	u32 key = driver_below(scene->keys);
	u64 word[NST_FLOW_WORDS];
	struct model *m;

	make_words(word, key, 0);
	m = find(key, nst_hash(word, rec->words.nkey, secret), word);
	if (!m)
		return;
	of_key[key] = nmodels;
	nst_aging_end(&aging, table, m->index, NST_END_TCP);
}

static void step_rewheel(void)
{
	u32 key = driver_below(scene->keys);

	if (of_key[key] == nmodels || gone(&models[of_key[key]]))
		return;
	nst_aging_rewheel(table, models[of_key[key]].index, aging.now);
}

static void step_bound(void)
{
	u32 next = 1 + driver_below(scene->flows);

	nst_quota_change(&quota, bound, next);
	nst_table_bound(table, next);
	bound = next;
}

/* After a whole turn of the wheel no flow is left that should have ended. */
static void step_tick(void)
{
	u64 word[NST_FLOW_WORDS];
	struct nst_flow flow;
	unsigned int tries;
	u32 i;

	for (tries = 0; tries < 10000; tries++)
		if (nst_aging_run(&aging, table, 64))
			break;
	FUZZ_EXPECT(tries < 10000, "never done");
	fuzz_run_works();
	/* nothing is in a ring */
	nst_table_tend(table, aging.now, U64_MAX);
	if (!room || driver_below(50))
		return;
	for (i = 0; i < nmodels; i++) {
		if (!models[i].used ||
		    !nst_table_read(table, models[i].index, &flow, word))
			continue;
		FUZZ_EXPECT((s32)((u32)aging.now - flow.last) <
			    (s32)table->inactive + 1000, "idle flow is there");
		FUZZ_EXPECT((s32)((u32)aging.now - flow.first) <
			    (s32)table->active + 1000, "old flow is there");
	}
}

static u64 lost_packets(void)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < NST_LOST_MAX; i++)
		sum += exporter.lost[i].packets;
	return sum;
}

/* The whole table, flow by flow. */
static void check_all(void)
{
	u64 word[NST_FLOW_WORDS], packets = 0, bytes = 0;
	u32 used = 0, live = 0, i;
	struct nst_flow flow;

	forget_given_up();
	for (i = 0; i < nmodels; i++) {
		if (!models[i].used)
			continue;
		FUZZ_EXPECT(nst_table_read(table, models[i].index, &flow, word),
			    "flow is gone");
		used++;
		live += flow.state == NST_FLOW_LIVE;
		packets += flow.packets;
		bytes += flow.bytes;
		FUZZ_EXPECT(flow.packets == models[i].packets, "packets");
	}
	FUZZ_EXPECT(used == table->used, "%u, not %u", table->used, used);
	FUZZ_EXPECT(live == table->live, "%u, not %u", table->live, live);
	FUZZ_EXPECT(used == table->cached.flows, "");
	FUZZ_EXPECT(packets == table->cached.packets, "");
	FUZZ_EXPECT(bytes == table->cached.bytes, "");
	FUZZ_EXPECT(given_up == lost_packets(), "%llu given up, %llu counted",
		    (unsigned long long)given_up,
		    (unsigned long long)lost_packets());
	FUZZ_EXPECT(metered == exported + packets + given_up + failed,
		    "%llu metered, %llu exported, %llu cached, %llu lost, %llu failed",
		    (unsigned long long)metered, (unsigned long long)exported,
		    (unsigned long long)packets, (unsigned long long)given_up,
		    (unsigned long long)failed);
	/*
	 * each flow takes one from the quota; an empty table may exceed the quota
	 * by one
	 */
	FUZZ_EXPECT(used <= table->granted + 1, "%u flows, %u granted", used,
		    table->granted);
	FUZZ_EXPECT(atomic_read(&quota.left) + (int)table->granted == (int)bound,
		    "%d left, %u granted of %u", atomic_read(&quota.left),
		    table->granted, bound);
}

static bool sometimes_fails(void)
{
	return !driver_below(scene->failures);
}

static void one_step(void)
{
	u32 what = driver_below(1000);

	if (what < 960)
		step_packet();
	else if (what < 980)
		step_end();
	else if (what < 988)
		step_rewheel();
	else if (what < 997)
		step_tick();
	else if (what < 998)
		room = driver_below(8);
	else if (what < 999)
		nst_aging_retry(&aging, table, 1 + driver_below(20));
	else if (!driver_below(10))
		step_bound();
}

static void begin(void)
{
	u32 i;

	memset(&exporter, 0, sizeof(exporter));
	memset(secret, 0, sizeof(secret));
	if (scene->secret)
		get_random_bytes(secret, sizeof(secret));
	rec = nst_record_compile(&nst_record_original);
	bound = scene->flows;
	nst_quota_init(&quota, bound);
	table = nst_table_create(rec, bound, &quota, secret);
	FUZZ_EXPECT(table, "no table");
	table->active = scene->active;
	table->inactive = scene->inactive;
	nmodels = 4 * scene->flows + 64;
	models = calloc(nmodels, sizeof(*models));
	of_key = malloc(scene->keys * sizeof(*of_key));
	for (i = 0; i < scene->keys; i++)
		of_key[i] = nmodels;
	metered = 0;
	exported = 0;
	failed = 0;
	given_up = 0;
	room = 1;
	/* the 32-bit clock and the wheel wrap on the way */
	fuzz_us = ((1ULL << 32) - 30000) * 1000;
	aging.now = fuzz_us / 1000;
	check_all();
	if (scene->failures)
		fuzz_alloc_fails = sometimes_fails;
}

/* All flows end in time, and nothing is left. */
static void end(void)
{
	unsigned int i;

	fuzz_alloc_fails = NULL;
	room = 1;
	for (i = 0; i < 600 && table->used; i++) {
		fuzz_us += 250000;
		aging.now = fuzz_us / 1000;
		step_tick();
	}
	FUZZ_EXPECT(!table->used, "%u flows do not end", table->used);
	check_all();
	nst_table_free(table);
	nst_record_put(rec);
	free(models);
	free(of_key);
	FUZZ_EXPECT(atomic_read(&quota.left) == (int)bound, "quota");
	FUZZ_EXPECT(!fuzz_allocated, "%ld allocations left", fuzz_allocated);
}

int main(int argc, char **argv)
{
	u64 seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	u64 steps = argc > 2 ? strtoull(argv[2], NULL, 0) : 100000, i;

	for (scene = scenes; scene < scenes + ARRAY_SIZE(scenes); scene++) {
		driver_seed(seed + (scene - scenes));
		begin();
		for (i = 0; i < steps; i++) {
			one_step();
			if (i % 5000 == 4999)
				check_all();
		}
		end();
		printf("ok fuzz.cache.%s (%llu operations)\n", scene->name,
		       (unsigned long long)steps);
		fflush(stdout);
	}
	return 0;
}
