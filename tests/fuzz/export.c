// SPDX-License-Identifier: GPL-2.0
/*
 * The export path in a simulated network: hosts stall, refuse, are behind a filter,
 * disappear and return, while commits, resets and other CPUs interfere.
 *
 *   export SEED STEPS     named scripts, then random ones of that many steps in all
 */
#include <linux/netstream.h>

#include "account.h"
#include "clock.h"
#include "config.h"
#include "host.h"
#include "mem.h"
#include "export_set.h"
#include "plan.h"
#include "sender.h"
#include "exporter.h"
#include "work.h"
#include "world.h"

#define VIEWS		33	/* the system view and slots 1 to 32 */
#define VIEW_HOSTS	8
#define MONITORS	3	/* monitors at once; their views are behind those of slots */
#define WATCHED		2	/* records of each */
#define LIVES		64	/* monitors that there are in a script, one after another */
#define RECORDS		4
#define TABLES		32
#define SCRIPT_STEPS	4000

static_assert(VIEWS * VIEW_HOSTS == WORLD_MONITORS);
static_assert((VIEWS + MONITORS) * VIEW_HOSTS <= WORLD_PLACES);

static struct workqueue_struct fuzz_wq;
struct workqueue_struct *nst_wq = &fuzz_wq;
extern unsigned int *fuzz_param_pace;

/**
 * struct source - replaces a table: exports flows
 * @rec: the record
 * @export_set: export set under which it was created, a reference
 * @dying: its record is no longer in effect
 */
struct source {
	struct nst_record	*rec;
	struct nst_export_set	*export_set;
	bool			dying;
};

/**
 * struct life - a monitor from its definition to its removal, and what is left of it
 * @account: its account, a reference
 * @rec: its records, references
 * @given: flows of these that CPUs took
 */
struct life {
	struct nst_account	*account;
	struct nst_record	*rec[WATCHED];
	struct totals		given;
};

/**
 * struct plan - contents of the next configuration
 * @hosts: hosts of each view, a mask; those of monitors behind those of slots
 * @monitors: monitors that there are, a mask
 * @slots: number of slots besides slot 0
 * @records: mask of the applied records
 * @ipfix: the system's version
 */
struct plan {
	u8		hosts[VIEWS + MONITORS];
	unsigned int	monitors;
	unsigned int	slots;
	unsigned int	records;
	bool		ipfix;
	bool		source;
	bool		management;
	bool		as;
	u32		template_packets;
	u32		template_timeout;
	u32		option_packets;
	u8		options;
	u32		source_id;
};

static struct nst_sender *sender;
static struct nst_export_pcpu exporter[FUZZ_CPUS];
static struct nst_export_set *running;
static struct nst_plan *running_plan;
static struct nst_record *record[RECORDS];
static struct source sources[TABLES];
static struct life lives[LIVES];
static unsigned int nlives;
static struct life *alive[MONITORS];
static struct plan plan;
static struct net net;
static struct nst_mem payer;
static struct totals given;
static u64 serial;
static u8 versions[WORLD_PLACES];
static struct delayed_work *work;
static bool working;

/* ------------------------------------------------------------- the work item */

bool fuzz_queue_work(struct delayed_work *w, u64 ms, bool again)
{
	bool was = w->work.queued;

	work = w;
	if (was && !again)
		return false;
	w->work.queued = true;
	w->due = fuzz_us + ms * 1000;
	return was;
}

static void run_work(void)
{
	if (!work || !work->work.queued || work->due > fuzz_us)
		return;
	FUZZ_EXPECT(!working, "two at a time");
	working = true;
	work->work.queued = false;
	work->work.function(&work->work);
	working = false;
}

static void pass_time(u64 ms)
{
	u64 end = fuzz_us + ms * 1000;

	while (fuzz_us < end) {
		if (work && work->work.queued && work->due < end)
			fuzz_us = max(fuzz_us, work->due);
		else
			fuzz_us = end;
		fuzz_yields = 0;
		run_work();
	}
}

/* ------------------------------------------------------------- configuration */

u32 nst_bounds_max_flows(void)
{
	return WORLD_FLOWS;
}

static unsigned int place_number(unsigned int view, unsigned int host)
{
	return view * VIEW_HOSTS + host;
}

static void make_host(struct nst_host_def *def, unsigned int place)
{
	def->family = place % 2 ? AF_INET : AF_INET6;
	if (place % 2)
		def->addr4.s_addr = htonl(0x0a000001);
	else
		def->addr6.s6_addr[15] = 1;
	def->port = WORLD_PORT + place;
	def->version = versions[place];
	def->dscp = driver_below(64);
	if (place % VIEW_HOSTS == 7)
		strscpy(def->vrf, "vrf0", sizeof(def->vrf));
}

static unsigned int make_hosts(struct nst_host_def **to, unsigned int view)
{
	unsigned int n = 0, i;

	*to = calloc(VIEW_HOSTS, sizeof(**to));
	for (i = 0; i < VIEW_HOSTS; i++)
		if (plan.hosts[view] & 1 << i)
			make_host(&(*to)[n++], place_number(view, i));
	return n;
}

static bool slot_mode(unsigned int slot)
{
	return slot % 3 == 1;
}

static struct nst_sampler_def samplers[] = {
	{ .id = NST_SAMPLER_ID_ALL },
	{ .mode = NETSTREAM_SAMPLER_FIX_PACKETS, .interval = 100, .id = 2 },
	{ .mode = NETSTREAM_SAMPLER_FIX_TIME, .interval = 10, .id = 3 },
};

/* A monitor begins with an account and records of its own. */
static struct life *begin_life(unsigned int number)
{
	bool (*failing)(void) = fuzz_alloc_fails;
	struct life *l = &lives[nlives++];
	struct nst_record_def def;
	char name[8];
	unsigned int i;

	/* plan.c would refuse the commit before it begins */
	fuzz_alloc_fails = NULL;
	snprintf(name, sizeof(name), "m%u", number);
	l->account = nst_account_create(name, number);
	for (i = 0; i < WATCHED; i++) {
		/* the first monitor meters original flows, too */
		def = record[(number + i - 1) % RECORDS]->def;
		l->rec[i] = nst_record_compile(&def);
		nst_record_belongs(l->rec[i], l->account);
	}
	fuzz_alloc_fails = failing;
	return l;
}

/* Drop the references to all but the first @keep. */
static void end_lives(unsigned int keep)
{
	unsigned int i, j;

	for (i = keep; i < nlives; i++) {
		for (j = 0; j < WATCHED; j++)
			nst_record_put(lives[i].rec[j]);
		nst_account_put(lives[i].account);
		memset(&lives[i], 0, sizeof(lives[i]));
	}
	nlives = keep;
}

static struct life *life_of(const struct nst_account *account)
{
	unsigned int i;

	for (i = 0; i < nlives; i++)
		if (lives[i].account == account)
			return &lives[i];
	return NULL;
}

/* Versions of the hosts of a monitor. */
static u8 watched_versions(unsigned int monitor)
{
	u8 want = 0;
	unsigned int i;

	for (i = 0; i < VIEW_HOSTS; i++)
		if (plan.hosts[VIEWS + monitor] & 1 << i)
			want |= versions[(VIEWS + monitor) * VIEW_HOSTS + i] ==
				NETSTREAM_VERSION_IPFIX ? NST_PLAN_IPFIX : NST_PLAN_V9;
	return want ?: NST_PLAN_V9;
}

/* Monitors of the next configuration; one that was there before goes on. */
static void make_watched(struct nst_plan *to)
{
	unsigned int i, j, n = 0;

	for (i = 0; i < MONITORS; i++) {
		if (!(plan.monitors & 1 << i)) {
			alive[i] = NULL;
			continue;
		}
		if (!alive[i])
			alive[i] = begin_life(i + 1);
		to->monitor[n++].account = alive[i]->account;
		for (j = 0; j < WATCHED; j++) {
			to->record[to->nrecords].rec = alive[i]->rec[j];
			to->record[to->nrecords++].versions = watched_versions(i);
		}
	}
}

/* The plan that plan.c would derive from the configuration. */
static void make_meters(struct nst_plan *to)
{
	unsigned int i;

	to->sampler = samplers;
	to->nsamplers = ARRAY_SIZE(samplers);
	if (!plan.ipfix)
		for (i = 1; i < RECORDS; i++)
			if (plan.records & 1 << i)
				to->record[to->nrecords++].rec = record[i];
	to->record[to->nrecords++].rec = record[0];
	for (i = 0; i < to->nrecords; i++)
		to->record[i].versions = nst_plan_versions(to->record[i].rec, to->nrecords > 1,
							    false);
	make_watched(to);
}

/* All interfaces are metered, some with a different sampler in one direction. */
static void make_interfaces(struct nst_config *cfg)
{
	unsigned int sampler = driver_below(ARRAY_SIZE(samplers));

	cfg->port = calloc(1, sizeof(*cfg->port));
	cfg->nifs = 1;
	cfg->ifs = calloc(1, sizeof(*cfg->ifs));
	strscpy(cfg->ifs->name, "all", IFNAMSIZ);
	cfg->ifs->metering[0] = NST_IF_ON;
	cfg->ifs->metering[1] = NST_IF_ON;
	cfg->ifs->sampler[0] = samplers[0];
	cfg->ifs->sampler[1] = samplers[sampler];
}

static void make_monitors(struct nst_config *cfg)
{
	struct nst_monitor_def *def;
	unsigned int i;

	cfg->monitor = calloc(MONITORS, sizeof(*cfg->monitor));
	for (i = 0; i < MONITORS; i++) {
		if (!(plan.monitors & 1 << i))
			continue;
		def = &cfg->monitor[cfg->nmonitors++];
		snprintf(def->name, sizeof(def->name), "m%u", i + 1);
		def->nhosts = make_hosts(&def->host, VIEWS + i);
	}
}

static struct nst_config *make_config(void)
{
	struct nst_config *cfg = calloc(1, sizeof(*cfg));
	unsigned int i;

	cfg->version = plan.ipfix ? NETSTREAM_VERSION_IPFIX : NETSTREAM_VERSION_9;
	cfg->as_type = plan.as ? NETSTREAM_AS_NONE + 1 : NETSTREAM_AS_NONE;
	cfg->index_switch = plan.as ? NETSTREAM_WIDTH_16 : NETSTREAM_WIDTH_32;
	cfg->template_timeout = plan.template_timeout;
	cfg->template_packets = plan.template_packets;
	cfg->option_template_timeout = plan.template_timeout;
	cfg->option_template_packets = plan.option_packets;
	for (i = 0; i < NST_OPTION_MAX; i++) {
		cfg->option[i] = plan.options >> i & 1;
		cfg->option_timeout[i] = 1 + i;
	}
	cfg->source_id = plan.source_id;
	make_interfaces(cfg);
	cfg->source4.set = plan.source;
	cfg->source6.set = plan.source;
	cfg->source4.port = 4000;
	cfg->source6.port = 4000;
	if (plan.management)
		strscpy(cfg->management[cfg->nmanagement++], "mgmt0", IFNAMSIZ);
	cfg->nhosts = make_hosts(&cfg->host, 0);
	cfg->nslots = plan.slots;
	cfg->slot = calloc(plan.slots + 1, sizeof(*cfg->slot));
	for (i = 0; i < plan.slots; i++) {
		cfg->slot[i].id = i + 1;
		cfg->slot[i].sequence_flow = slot_mode(i + 1);
		cfg->slot[i].nhosts = make_hosts(&cfg->slot[i].host, i + 1);
	}
	make_monitors(cfg);
	return cfg;
}

static void free_config(struct nst_config *cfg)
{
	unsigned int i;

	for (i = 0; i < cfg->nslots; i++)
		free(cfg->slot[i].host);
	for (i = 0; i < cfg->nmonitors; i++)
		free(cfg->monitor[i].host);
	free(cfg->monitor);
	free(cfg->slot);
	free(cfg->host);
	free(cfg->ifs);
	free(cfg->port);
	free(cfg);
}

static void free_plan(struct nst_plan *made)
{
	if (made)
		free_config((struct nst_config *)made->cfg);
	free(made);
}

static bool in_effect(const struct nst_plan *made, const struct nst_record *rec)
{
	unsigned int i;

	for (i = 0; i < made->nrecords; i++)
		if (made->record[i].rec == rec)
			return true;
	return false;
}

static struct source *source_of(const struct nst_record *rec)
{
	struct source *free = NULL;
	unsigned int i;

	for (i = 0; i < TABLES; i++) {
		if (!sources[i].rec)
			free = free ?: &sources[i];
		else if (sources[i].rec == rec && !sources[i].dying)
			return &sources[i];
	}
	return free;
}

/* As commit.c does: each CPU adopts, then all is published. */
static void adopt(const struct nst_plan *made, struct nst_export_set *e)
{
	struct source *src;
	unsigned int i;

	for (i = 0; i < FUZZ_CPUS; i++)
		nst_exporter_flush(&exporter[i]);
	for (i = 0; i < TABLES; i++)
		if (sources[i].rec && !in_effect(made, sources[i].rec))
			sources[i].dying = true;
	for (i = 0; i < made->nrecords; i++) {
		src = source_of(made->record[i].rec);
		if (!src)
			continue;
		if (src->export_set)
			nst_export_set_put(src->export_set);
		else
			src->rec = nst_record_get(made->record[i].rec);
		src->export_set = nst_export_set_get(e);
	}
}

static void reap(struct source *src)
{
	nst_export_set_put(src->export_set);
	nst_record_put(src->rec);
	memset(src, 0, sizeof(*src));
}

static bool is_configured(const struct nst_export_set *e, unsigned int place)
{
	unsigned int i;

	for (i = 0; i < e->nhosts; i++)
		if (e->host[i].host->def.port == WORLD_PORT + place)
			return true;
	return false;
}

static bool commit(void)
{
	struct nst_config *cfg = make_config();
	struct nst_export_set *old = running, *e;
	struct nst_plan *made = calloc(1, sizeof(*made));
	unsigned int before_lives = nlives, i;
	struct life *before[MONITORS];

	memcpy(before, alive, sizeof(before));
	make_meters(made);
	made->cfg = cfg;
	e = nst_export_set_prepare(sender, made, running, NULL);
	if (IS_ERR(e)) {
		FUZZ_EXPECT(fuzz_alloc_fails, "refused: %ld", PTR_ERR(e));
		end_lives(before_lives);
		memcpy(alive, before, sizeof(before));
		free_plan(made);
		return false;
	}
	adopt(made, e);
	nst_sender_publish(sender, e);
	running = e;
	for (i = 0; old && i < WORLD_PLACES; i++)
		if (is_configured(old, i) && !is_configured(e, i))
			collector_forget(i);
	if (old)
		nst_export_set_put(old);
	free_plan(running_plan);
	running_plan = made;
	return true;
}

/* -------------------------------------------------------------------- flows */

static void make_flow(struct nst_flow *flow, const struct nst_record *rec,
		      unsigned int slot)
{
	const struct nst_words *w = &rec->words;
	struct sent_flow *f = &sent_flows[serial % WORLD_FLOWS];
	struct nst_fields fields = { .slot = slot };
	u32 now = nst_clock_ms();
	unsigned int i;

	put_unaligned_be64(serial % WORLD_FLOWS, &fields.src.s6_addr[8]);
	fields.protocol = 17;
	memset(f, 0, sizeof(*f));
	f->packets = 1 + driver_below(1000);
	f->bytes = f->packets * (40 + driver_below(1400));
	f->last = now - driver_below(20000);
	f->first = f->last - driver_below(50000);
	memset(flow, 0, sizeof(*flow));
	flow->packets = f->packets;
	flow->bytes = f->bytes;
	flow->first = f->first;
	flow->last = f->last;
	flow->end = 1 + driver_below(NST_END_MAX - 1);
	for (i = 0; i < w->nkey; i++)
		flow->word[i] = fields.word[w->key_word[i]] & w->key_mask[i];
	for (i = 0; i < w->nkept; i++)
		flow->word[w->nkey + i] = fields.word[w->kept_word[i]];
}

/* Return: whether the flow was taken. */
static bool export_from(struct source *src, unsigned int cpu, unsigned int slot)
{
	u64 room[(sizeof(struct nst_flow) / 8) + NST_FLOW_WORDS];
	struct nst_flow *flow = (struct nst_flow *)room;
	struct nst_account *account = src->rec->account;
	struct life *l = account ? life_of(account) : NULL;
	struct totals *sums[] = { &given, l ? &l->given : NULL };
	unsigned int i;
	bool ready;

	/* flows of monitors have no slot */
	make_flow(flow, src->rec, account ? 0 : slot);
	ready = nst_exporter_ready(src->export_set, src->rec, flow);
	if (!nst_exporter_export(&exporter[cpu], src->export_set, src->rec, flow,
			     nst_clock_ms())) {
		FUZZ_EXPECT(!ready || fuzz_alloc_fails, "ready, and not taken");
		return false;
	}
	serial++;
	for (i = 0; i < ARRAY_SIZE(sums) && sums[i]; i++) {
		sums[i]->flows++;
		sums[i]->packets += flow->packets;
		sums[i]->bytes += flow->bytes;
	}
	return true;
}

static struct source *some_source(void)
{
	unsigned int i, at = driver_below(TABLES);

	for (i = 0; i < TABLES; i++)
		if (sources[(at + i) % TABLES].rec)
			return &sources[(at + i) % TABLES];
	return NULL;
}

static bool export_one(unsigned int slot)
{
	struct source *src = some_source();

	return src && export_from(src, driver_below(FUZZ_CPUS), slot);
}

static unsigned int export_many(unsigned int n, unsigned int slots)
{
	unsigned int taken = 0;

	while (n--)
		taken += export_one(driver_below(slots + 1));
	return taken;
}

static void hand_over(bool all)
{
	unsigned int i;

	for (i = 0; i < FUZZ_CPUS; i++)
		if (all)
			nst_exporter_flush(&exporter[i]);
		else
			nst_exporter_tick(&exporter[i], nst_clock_ms());
}

/* ------------------------------------------------------------------- checks */

static void add(struct totals *t, const struct nst_amount *a)
{
	t->flows += a->flows;
	t->packets += a->packets;
	t->bytes += a->bytes;
}

static bool same(const struct totals *a, const struct totals *b)
{
	return a->flows == b->flows && a->packets == b->packets &&
	       a->bytes == b->bytes;
}

/* Flows given to the CPUs are in open packets, handed over, or lost on the CPU. */
static void check_cpus(struct totals *handed)
{
	struct totals all = {};
	unsigned int i, cause;

	memset(handed, 0, sizeof(*handed));
	for (i = 0; i < FUZZ_CPUS; i++) {
		add(&all, &exporter[i].opened);
		add(&all, &exporter[i].handed);
		add(handed, &exporter[i].handed);
		for (cause = 0; cause < NST_LOST_MAX; cause++)
			add(&all, &exporter[i].lost[cause]);
	}
	FUZZ_EXPECT(same(&all, &given), "%llu flows given, %llu there",
		    (unsigned long long)given.flows,
		    (unsigned long long)all.flows);
}

/* What was exported, by slot and record. */
static u64 exported_by_slot(void)
{
	unsigned int i, slot;
	u64 flows = 0;

	for (i = 0; i < RECORDS; i++)
		for (slot = 0; slot <= NETSTREAM_SLOT_MAX; slot++)
			flows += record[i]->exported[slot].flows;
	for (i = 0; i < nlives; i++)
		for (slot = 0; slot < WATCHED; slot++)
			flows += lives[i].rec[slot]->exported[0].flows;
	return flows;
}

/*
 * The equation of a monitor, also of one that has been removed: what CPUs took is in their open
 * packets, handed over or lost, and what was handed over is exported, lost or under way.
 */
static void check_account(const struct life *l, bool idle)
{
	const struct nst_account *account = l->account;
	struct totals all = {}, handed = {}, done = {};
	struct nst_amount opened = {};
	struct nst_export_stats st;
	unsigned int i, cause;

	for (i = 0; i < FUZZ_CPUS; i++) {
		nst_exporter_opened(&exporter[i], account, &opened);
		add(&all, &account->cpu[i].handed);
		add(&handed, &account->cpu[i].handed);
		for (cause = 0; cause < NST_LOST_MAX; cause++)
			add(&all, &account->cpu[i].lost[cause]);
	}
	add(&all, &opened);
	FUZZ_EXPECT(same(&all, &l->given), "%s: %llu flows given, %llu there",
		    account->name, (unsigned long long)l->given.flows,
		    (unsigned long long)all.flows);
	nst_sender_account(sender, account, &st);
	add(&done, &st.exported);
	for (cause = 0; cause < NST_LOST_MAX; cause++)
		add(&done, &st.lost[cause]);
	FUZZ_EXPECT(done.flows <= handed.flows && done.packets <= handed.packets &&
		    done.bytes <= handed.bytes, "%s: more than was handed over",
		    account->name);
	FUZZ_EXPECT(!idle || same(&done, &handed),
		    "%s: %llu flows handed, %llu accounted for", account->name,
		    (unsigned long long)handed.flows, (unsigned long long)done.flows);
}

/*
 * @idle: no packet is under way, so all packets that were handed over are accounted
 * for.
 */
static void check_equation(bool idle)
{
	struct nst_export_stats st;
	struct totals handed, done = {};
	unsigned int cause;

	check_cpus(&handed);
	for (cause = 0; cause < nlives; cause++)
		check_account(&lives[cause], idle);
	nst_sender_stats(sender, &st);
	add(&done, &st.exported);
	for (cause = 0; cause < NST_LOST_MAX; cause++)
		add(&done, &st.lost[cause]);
	FUZZ_EXPECT(st.exported.flows == exported_by_slot(),
		    "%llu flows exported, %llu in all slots",
		    (unsigned long long)st.exported.flows,
		    (unsigned long long)exported_by_slot());
	FUZZ_EXPECT(done.flows <= handed.flows && done.packets <= handed.packets &&
		    done.bytes <= handed.bytes, "more than was handed over");
	FUZZ_EXPECT(st.exported.flows <= received.flows &&
		    st.exported.packets <= received.packets,
		    "%llu flows exported, %llu received",
		    (unsigned long long)st.exported.flows,
		    (unsigned long long)received.flows);
	if (!idle)
		return;
	FUZZ_EXPECT(same(&done, &handed), "%llu flows handed, %llu accounted for",
		    (unsigned long long)handed.flows,
		    (unsigned long long)done.flows);
	FUZZ_EXPECT(st.exported.flows == received.flows &&
		    st.exported.packets == received.packets &&
		    st.exported.bytes == received.bytes,
		    "%llu flows exported, %llu received",
		    (unsigned long long)st.exported.flows,
		    (unsigned long long)received.flows);
}

static void check_host(const struct nst_host *h)
{
	const struct collected *got = collector_got(h->def.port - WORLD_PORT);

	FUZZ_EXPECT(nst_queue_length(&h->queue) <= NST_HOST_QUEUE, "%u queued",
		    nst_queue_length(&h->queue));
	FUZZ_EXPECT(h->packets >= got->packets && h->records >= got->records,
		    "more arrived than was sent");
	/* gaps are packets that were given up */
	FUZZ_EXPECT(got->missing_packets <= h->lost_packets,
		    "port %u: %llu missing, %llu lost", h->def.port,
		    (unsigned long long)got->missing_packets,
		    (unsigned long long)h->lost_packets);
	FUZZ_EXPECT(got->missing_records <= h->lost_records,
		    "port %u: %llu records missing, %llu lost", h->def.port,
		    (unsigned long long)got->missing_records,
		    (unsigned long long)h->lost_records);
	FUZZ_EXPECT(h->current_use || (!h->socket.sock && !nst_queue_length(&h->queue)),
		    "a removed host has a socket or a queue");
	FUZZ_EXPECT(h->rate_factor <= 64, "%u times the pace", h->rate_factor);
}

static void check_bounds(void)
{
	unsigned int i, v, used = 0;
	struct nst_stream *st;
	struct nst_host *h;

	list_for_each_entry(h, &sender->hosts, node) {
		check_host(h);
		used += h->current_use;
	}
	FUZZ_EXPECT(used == (running ? running->nhosts : 0),
		    "%u hosts in use", used);
	for (i = 0; running && i < running->nslots; i++)
		for (v = 0; v < NST_VERSIONS; v++) {
			st = running->slot[i].stream[v];
			if (!st)
				continue;
			/* each CPU may have some open when the bound is reached */
			FUZZ_EXPECT(atomic_read(&st->waiting) <=
				    NST_WAITING_MAX + 8 * FUZZ_CPUS &&
				    atomic_read(&st->waiting) >= 0,
				    "%d waiting", atomic_read(&st->waiting));
		}
	FUZZ_EXPECT(!world.references && !world.neighbours, "%u routes held",
		    world.references);
	FUZZ_EXPECT(world.sockets <= used, "%u sockets of %u hosts",
		    world.sockets, used);
}

/* When all hosts work, everything is sent, and only configured objects are left. */
static void settle(void)
{
	unsigned int i, hosts = 0;
	struct nst_host *h;

	fuzz_alloc_fails = NULL;
	fuzz_meanwhile = NULL;
	world.no_source = false;
	world.no_vrf = false;
	world.no_neighbour = false;
	for (i = 0; i < WORLD_PLACES; i++)
		world.place[i] = (struct place) { .mtu = 1500 };
	for (i = 0; i < TABLES; i++)
		if (sources[i].rec && sources[i].dying)
			reap(&sources[i]);
	hand_over(true);
	pass_time(120000);
	check_equation(true);
	check_bounds();
	list_for_each_entry(h, &sender->hosts, node) {
		hosts++;
		FUZZ_EXPECT(!nst_queue_length(&h->queue), "%u still queued",
			    nst_queue_length(&h->queue));
		FUZZ_EXPECT(h->state == (h->source.set ? NETSTREAM_HOST_UP :
					 NETSTREAM_HOST_NO_SOURCE), "state %u",
			    h->state);
	}
	FUZZ_EXPECT(hosts == (running ? running->nhosts : 0),
		    "%u hosts of %u configured", hosts,
		    running ? running->nhosts : 0);
}

/* ------------------------------------------------------------ random scripts */

static void change_plan(void)
{
	unsigned int view = driver_below(plan.slots + 1);
	unsigned int monitor = driver_below(MONITORS);

	switch (driver_below(15)) {
	case 0:
		plan.slots = driver_below(5);
		break;
	case 1:
		plan.records = driver_below(1 << RECORDS);
		break;
	case 2:
		plan.ipfix = driver_chance(30);
		break;
	case 3:
		plan.source = driver_chance(85);
		break;
	case 4:
		plan.management = driver_chance(50);
		break;
	case 5:
		plan.as = driver_chance(50);
		break;
	case 6:
		plan.template_packets = driver_below(3) * driver_below(10);
		plan.template_timeout = 1 + driver_below(30);
		plan.option_packets = driver_below(3) * driver_below(10);
		break;
	case 7:
		plan.options = driver_below(1 << NST_OPTION_MAX);
		break;
	case 8:
		plan.source_id = driver_chance(20) ? driver_below(1 << 24) :
				 plan.source_id;
		break;
	case 9:
		/* each time it comes back it is another one */
		if (nlives + MONITORS < LIVES)
			plan.monitors ^= 1 << monitor;
		break;
	case 10:
	case 11:
		plan.hosts[VIEWS + monitor] ^= 1 << driver_below(VIEW_HOSTS);
		break;
	default:
		plan.hosts[view] ^= 1 << driver_below(VIEW_HOSTS);
	}
}

static void change_place(void)
{
	unsigned int view = driver_chance(70) ? driver_below(5) :
						VIEWS + driver_below(MONITORS);
	struct place *p = &world.place[place_number(view, driver_below(VIEW_HOSTS))];

	switch (driver_below(7)) {
	case 0:
		p->no_route = driver_chance(60);
		break;
	case 1:
		p->management = driver_chance(40);
		break;
	case 2:
		p->dropped = driver_chance(50) ? driver_below(101) : 0;
		break;
	case 3:
		p->stalled = driver_chance(40) ? 0 : driver_chance(50) ?
			     EAGAIN : ENOBUFS;
		break;
	case 4:
		p->refuses = driver_chance(50);
		break;
	case 5:
		p->mtu = driver_chance(70) ? 1500 : 576 + driver_below(1000);
		break;
	default:
		*p = (struct place) { .mtu = 1500 };
	}
}

static void change_world(void)
{
	struct nst_host *h;

	if (driver_chance(90)) {
		change_place();
		return;
	}
	if (driver_chance(30))
		world.no_source = driver_chance(30);
	else if (driver_chance(50))
		world.no_neighbour = driver_chance(40);
	else if (driver_chance(50))
		world_devices(driver_below(200));
	else
		world.no_vrf = driver_chance(40);
	nst_sender_rescan(sender);
	/* a collector whose host is down may be restarted */
	list_for_each_entry(h, &sender->hosts, node)
		if (nst_host_down(h) && driver_chance(20))
			collector_restart(h->def.port - WORLD_PORT);
}

static void one_step(void)
{
	unsigned int what = driver_below(100);
	struct source *src;

	if (what < 50)
		export_many(1 + driver_below(40), 4);
	else if (what < 62)
		hand_over(driver_chance(20));
	else if (what < 82)
		change_world();
	else if (what < 88)
		change_plan();
	else if (what < 90)
		commit();
	else if (what < 92)
		nst_sender_refresh(sender);
	else if (what < 94)
		nst_sender_rescan(sender);
	else if (what < 95)
		nst_sender_flush(sender);
	else if (what < 97)
		nst_exporter_expedite(sender);
	else if ((src = some_source()) && src->dying)
		reap(src);
	check_equation(false);
}

/* Other CPUs continue while the sender pauses. */
static void meanwhile(void)
{
	void (*again)(void) = fuzz_meanwhile;

	if (!driver_chance(15))
		return;
	fuzz_meanwhile = NULL;
	one_step();
	fuzz_meanwhile = again;
}

static bool alloc_fails(void)
{
	return driver_chance(3);
}

static void pick_time(void)
{
	/* some runs begin just before the 32-bit uptime wraps, or its base changes */
	static const u64 edge[] = { 1ULL << 32, 3ULL << 30, 5ULL << 30, 7ULL << 30 };

	fuzz_us = driver_chance(30) ?
		  (edge[driver_below(ARRAY_SIZE(edge))] - driver_below(200000)) * 1000 :
		  100000000ULL + driver_below(1000000000);
}

static void begin(bool random)
{
	unsigned int i;

	world_reset();
	collector_reset();
	pick_time();
	memset(&given, 0, sizeof(given));
	memset(&plan, 0, sizeof(plan));
	memset(sources, 0, sizeof(sources));
	serial = 0;
	work = NULL;
	running = NULL;
	for (i = 0; i < WORLD_PLACES; i++)
		versions[i] = random && driver_chance(25) ?
			      NETSTREAM_VERSION_IPFIX : NETSTREAM_VERSION_9;
	for (i = 0; i < VIEWS; i++)
		collector_sequence_mode(i, slot_mode(i));
	plan.source = true;
	plan.template_timeout = 30;
	plan.options = random ? driver_below(1 << NST_OPTION_MAX) : 0;
	world_devices(3);
	/* records outlive a script, what a sender counts does not */
	for (i = 0; i < RECORDS; i++)
		memset(record[i]->exported, 0, sizeof(record[i]->exported));
	sender = nst_sender_create(&net, &payer);
	for (i = 0; i < FUZZ_CPUS; i++)
		nst_exporter_init(&exporter[i], sender);
}

static void end(void)
{
	unsigned int i;

	fuzz_meanwhile = NULL;
	hand_over(true);
	nst_sender_stop(sender);
	check_equation(true);
	for (i = 0; i < TABLES; i++)
		if (sources[i].rec)
			reap(&sources[i]);
	if (running)
		nst_export_set_put(running);
	nst_sender_free(sender);
	end_lives(0);
	memset(alive, 0, sizeof(alive));
	free_plan(running_plan);
	running_plan = NULL;
	FUZZ_EXPECT(!world.sockets && !world.references, "%u sockets, %u routes",
		    world.sockets, world.references);
	fuzz_alloc_fails = NULL;
}

static void random_script(u64 number, unsigned int steps)
{
	unsigned int i;

	begin(true);
	*fuzz_param_pace = driver_chance(80) ? 2000 : driver_chance(50) ? 0 : 50;
	plan.slots = driver_below(5);
	plan.hosts[0] = 1 + driver_below(255);
	plan.monitors = driver_below(1 << MONITORS);
	for (i = 0; i < MONITORS; i++)
		plan.hosts[VIEWS + i] = driver_below(256);
	FUZZ_EXPECT(commit(), "first commit");
	if (number % 4 == 3)
		fuzz_alloc_fails = alloc_fails;
	fuzz_meanwhile = meanwhile;
	for (i = 0; i < steps; i++) {
		one_step();
		pass_time(driver_chance(5) ? driver_below(15000) :
			  driver_below(30));
		if (i % 64 == 63)
			check_bounds();
	}
	if (number % 2)
		settle();
	end();
	*fuzz_param_pace = 2000;
}

/* ------------------------------------------------------------- named scripts */

static void all_down(unsigned int view)
{
	unsigned int i;

	for (i = 0; i < VIEW_HOSTS; i++)
		world.place[place_number(view, i)].no_route = true;
}

/* Hosts that are down are removed one after another: the next is served. */
static void removed_hosts_that_are_down(void)
{
	unsigned int i, taken;

	for (i = 0; i < 40; i++) {
		all_down(1 + i % 32);
		memset(plan.hosts, 0, sizeof(plan.hosts));
		plan.slots = 32;
		plan.hosts[1 + i % 32] = 1 + i / 32;
		commit();
		export_many(70, 32);
		hand_over(true);
		pass_time(500);
	}
	memset(plan.hosts, 0, sizeof(plan.hosts));
	plan.slots = 0;
	plan.hosts[0] = 1;
	commit();
	pass_time(2000);
	taken = export_many(70, 0);
	FUZZ_EXPECT(taken == 70, "%u of 70 flows taken", taken);
	settle();
}

/* Slots whose hosts are down do not affect the one whose host is up. */
static void slots_whose_hosts_are_down(void)
{
	unsigned int i, taken = 0, had = received.flows;

	plan.slots = 32;
	plan.hosts[0] = 1;
	for (i = 1; i <= 32; i++) {
		plan.hosts[i] = 1;
		all_down(i);
	}
	commit();
	pass_time(2000);
	for (i = 0; i < 300; i++) {
		export_many(200, 32);
		hand_over(true);
		pass_time(20);
	}
	pass_time(20000);
	had = received.flows;
	for (i = 0; i < 100; i++)
		taken += export_one(0);
	hand_over(true);
	pass_time(2000);
	FUZZ_EXPECT(taken == 100 && received.flows == had + 100,
		    "%u of 100 flows taken", taken);
	settle();
}

/* Templates are requested repeatedly while a host accepts nothing. */
static void refresh_on_a_stalled_link(void)
{
	unsigned int i;

	plan.slots = 32;
	plan.hosts[0] = 1;
	commit();
	pass_time(1000);
	world.place[0].stalled = EAGAIN;
	for (i = 0; i < 5000; i++) {
		nst_sender_refresh(sender);
		export_many(3, 32);
		hand_over(true);
		pass_time(5);
		if (!(i % 100))
			check_bounds();
	}
	settle();
}

/* Templates before each packet, and a link that stalls for longer than 10 s. */
static void templates_before_each_packet(void)
{
	unsigned int i;

	plan.hosts[0] = 3;
	plan.template_packets = 1;
	commit();
	pass_time(1000);
	for (i = 0; i < 6000; i++) {
		world.place[0].stalled = i % 3000 < 2500 ? ENOBUFS : 0;
		export_many(3, 0);
		hand_over(true);
		pass_time(5);
		if (!(i % 100))
			check_bounds();
	}
	settle();
}

/* Flows that have waited for hours raise the pace, up to its bound. */
static void pace_is_bounded(void)
{
	unsigned int i;

	plan.hosts[0] = 3;
	all_down(0);
	world.place[1].no_route = false;
	commit();
	pass_time(1000);
	world.place[1].stalled = EAGAIN;
	for (i = 0; i < 3000; i++) {
		export_many(400, 0);
		hand_over(true);
		pass_time(5000);
		if (!(i % 10))
			world.place[1].stalled ^= EAGAIN;
		if (!(i % 50))
			check_bounds();
	}
	settle();
}

static const struct {
	const char	*name;
	void		(*run)(void);
} scripts[] = {
	{ "removed_hosts_that_are_down", removed_hosts_that_are_down },
	{ "slots_whose_hosts_are_down", slots_whose_hosts_are_down },
	{ "refresh_on_a_stalled_link", refresh_on_a_stalled_link },
	{ "templates_before_each_packet", templates_before_each_packet },
	{ "pace_is_bounded", pace_is_bounded },
};

/* ---------------------------------------------------------------------- main */

static void make_record(struct nst_record **rec, const char *name,
			const struct nst_item *item, unsigned int n)
{
	struct nst_record_def def = { .nitems = n };

	strscpy(def.name, name, sizeof(def.name));
	memcpy(def.item, item, n * sizeof(*item));
	*rec = nst_record_compile(&def);
}

#define MATCH(_f)	{ .field = NETSTREAM_FIELD_##_f, .prefix = 128 }
#define COLLECT(_f, _w)	\
	{ .field = NETSTREAM_FIELD_##_f, .width = (_w), .collect = true }

static void make_all_records(void)
{
	static const struct nst_item one[] = {
		MATCH(SRC_ADDR), COLLECT(PACKETS, 64), COLLECT(BYTES, 64),
		COLLECT(FIRST, 0), COLLECT(LAST, 0),
	}, two[] = {
		COLLECT(LAST, 0), COLLECT(FIRST, 0), MATCH(PROTOCOL),
		COLLECT(BYTES, 32), MATCH(SRC_ADDR), MATCH(DST_PORT),
		COLLECT(PACKETS, 32), COLLECT(TCP_FLAG, 0),
	}, three[] = {
		MATCH(SRC_ADDR), MATCH(DST_ADDR), MATCH(SRC_PORT), MATCH(TOS),
		COLLECT(PACKETS, 64), COLLECT(BYTES, 64), COLLECT(FIRST, 0),
		COLLECT(LAST, 0), COLLECT(NEXT_HOP, 0), COLLECT(FLOW_LABEL, 0),
		MATCH(DIRECTION), MATCH(INPUT_IF), COLLECT(OUTPUT_IF, 0),
	};

	record[0] = nst_record_compile(&nst_record_original);
	make_record(&record[1], "one", one, ARRAY_SIZE(one));
	make_record(&record[2], "two", two, ARRAY_SIZE(two));
	make_record(&record[3], "three", three, ARRAY_SIZE(three));
}

int main(int argc, char **argv)
{
	u64 seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	u64 steps = argc > 2 ? strtoull(argv[2], NULL, 0) : 20000, done = 0, n;
	u64 flows = 0, arrived = 0, sent = 0;
	unsigned int i;
	long before;

	make_all_records();
	before = fuzz_allocated;
	for (i = 0; i < ARRAY_SIZE(scripts); i++) {
		driver_seed(seed);
		begin(false);
		scripts[i].run();
		end();
		FUZZ_EXPECT(fuzz_allocated == before, "%ld allocations left",
			    fuzz_allocated - before);
		printf("ok fuzz.export.%s\n", scripts[i].name);
		fflush(stdout);
	}
	for (n = 0; done < steps; n++, done += SCRIPT_STEPS) {
		driver_seed(seed * 1000003 + n);
		random_script(n, SCRIPT_STEPS);
		flows += given.flows;
		arrived += received.flows;
		sent += world.sent;
		FUZZ_EXPECT(fuzz_allocated == before, "script %llu: %ld allocations left",
			    (unsigned long long)n, fuzz_allocated - before);
	}
	printf("ok fuzz.export.random (%llu steps, %llu of %llu flows arrived in %llu packets)\n",
	       (unsigned long long)done, (unsigned long long)arrived,
	       (unsigned long long)flows, (unsigned long long)sent);
	for (i = 0; i < RECORDS; i++)
		nst_record_put(record[i]);
	collector_reset();
	return 0;
}
