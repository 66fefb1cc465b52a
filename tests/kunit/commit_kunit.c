// SPDX-License-Identifier: GPL-2.0
/*
 * Commit: the control path over a CPU whose packets are still pending.  A dump,
 * a reset, a new configuration, the end of a namespace and a CPU that dies all
 * find every packet, and the accounting equation holds before and after.
 */
#include "nst_kunit.h"

#include <linux/cpu.h>
#include <linux/ctype.h>
#include <linux/cpuhotplug.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "field.c"
#include "account.c"
#include "record.c"
#include "quota.c"
#include "segment.c"
#include "arrays.c"
#include "table.c"
#include "aging.c"
#include "meter.c"
#include "config.c"
#include "config_nl.c"
#include "config_nl_monitor.c"
#include "config_nl_export.c"
#include "config_nl_if.c"
#include "config_nl_record.c"
#include "plan.c"
#include "event.c"
#include "ifstat.c"
#include "watch.c"
#include "ifmap.c"

/* No CPU can be taken offline here: cpu.c is told that CPU 0 has been. */
static bool fake_offline;

#undef cpu_online
#define cpu_online(_cpu)	((_cpu) ? cpumask_test_cpu(_cpu, cpu_online_mask) : \
				 !fake_offline)

#include "cpu.c"
#include "commit.c"
#include "confirm.c"
#include "totals.c"
#include "slot_totals.c"
#include "cache.c"
#include "netlink_msg.c"
#include "netlink_config.c"
#include "netlink_dump.c"
#include "netlink_stats.c"
#include "netlink_export.c"
#include "fake_export.h"

#define MAX_FLOWS	1000

/* -------------------------------------------------- what is not under test */

static struct nst_export_set fake_set;
static unsigned int fake_flushes;
static unsigned int fake_flush_takes;	/* flows that the exporter accepts after a flush */
static unsigned int fake_published;	/* flows exported before new hosts were in effect */

struct workqueue_struct *nst_wq;

u32 nst_bounds_max_flows(void)
{
	return MAX_FLOWS;
}

u32 nst_bounds_userns_flows(void)
{
	return MAX_FLOWS;
}

u32 nst_bounds_userns_hosts(void)
{
	return 1;
}

void nst_route_tables_values(const struct nst_route_tables *tables,
			     struct net *net, u8 what, struct nst_fields *fields)
{
}

int nst_hook_enable(struct nst_net *nn, unsigned int dirs)
{
	nn->hooked |= dirs;
	return 0;
}

void nst_hook_disable(struct nst_net *nn, unsigned int dirs)
{
	nn->hooked &= ~dirs;
}

int nst_drops_enable(struct nst_net *nn)
{
	nn->settles = true;
	return 0;
}

void nst_drops_disable(struct nst_net *nn)
{
	nn->settles = false;
}

/* The fixture has started: nst_commit_start() does nothing. */
struct nst_sender *nst_sender_create(struct net *net, const struct nst_mem *mem)
{
	return NULL;
}

void nst_sender_stop(struct nst_sender *s)
{
}

void nst_sender_free(struct nst_sender *s)
{
}

struct nst_export_set *nst_export_set_prepare(struct nst_sender *s,
					      const struct nst_plan *plan,
					      struct nst_export_set *old,
					      struct netlink_ext_ack *extack)
{
	return nst_export_set_get(&fake_set);
}

void nst_sender_publish(struct nst_sender *s, struct nst_export_set *set)
{
	fake_published = fake.n;
}

void nst_exporter_init(struct nst_export_pcpu *x, struct nst_sender *s)
{
	memset(x, 0, sizeof(*x));
	INIT_LIST_HEAD(&x->open);
}

void nst_exporter_tick(struct nst_export_pcpu *x, u64 now)
{
}

void nst_exporter_flush(struct nst_export_pcpu *x)
{
}

void nst_sender_stats(struct nst_sender *s, struct nst_export_stats *st)
{
	memset(st, 0, sizeof(*st));
}

void nst_sender_account(struct nst_sender *s, const struct nst_account *account,
			struct nst_export_stats *st)
{
	memset(st, 0, sizeof(*st));
}

void nst_exporter_opened(const struct nst_export_pcpu *x,
			 const struct nst_account *account, struct nst_amount *sum)
{
}

void nst_sender_rescan(struct nst_sender *s)
{
}

void nst_sender_flush(struct nst_sender *s)
{
	fake_flushes++;
	fake.budget = fake_flush_takes;
}

void nst_sender_refresh(struct nst_sender *s)
{
}

bool nst_options_has(const struct nst_export_set *set, u8 table, u8 version)
{
	return true;
}

const char *nst_options_name(u8 table)
{
	return "options";
}

u16 nst_options_id(const struct nst_sender *s, u8 table, u8 version)
{
	return 256 + 2 * table + (version == NETSTREAM_VERSION_IPFIX);
}

u8 nst_host_shown_state(const struct nst_host *h, u64 now)
{
	return NETSTREAM_HOST_IDLE;
}

/* Replaces nst_net_of(): the namespace under test. */
static struct nst_net *fake_net;

struct nst_net *nst_net_of(const struct net *net)
{
	return fake_net;
}

/* --------------------------------------------------------------- fixture */

struct commit_fixture {
	struct nst_net nn;
	u64 packets;	/* sent since statistics were reset */
	u64 bytes;
};

static struct nst_net *net_of(struct kunit *test)
{
	struct commit_fixture *x = test->priv;

	return &x->nn;
}

static struct nst_cpu *cpu_of(struct kunit *test)
{
	return per_cpu_ptr(net_of(test)->cpu, 0);
}

static int commit_init(struct kunit *test)
{
	struct commit_fixture *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);
	struct nst_net *nn = &x->nn;
	struct nst_config *cfg;
	struct nst_plan *plan;
	unsigned int cpu;

	if (!x)
		return -ENOMEM;
	test->priv = x;
	fake_net = nn;
	fake_reset();
	refcount_set(&fake_set.ref, 1);
	fake_flushes = 0;
	fake_flush_takes = 0;
	fake_offline = false;
	nst_wq = system_dfl_wq;
	cfg = nst_config_default();
	if (!cfg)
		return -ENOMEM;
	plan = nst_plan_create(cfg, NULL);
	if (!plan)
		return -ENOMEM;
	nn->net = &init_net;
	mutex_init(&nn->mutex);
	RCU_INIT_POINTER(nn->plan, plan);
	nst_quota_init(&nn->quota, MAX_FLOWS);
	get_random_bytes(nn->secret, sizeof(nn->secret));
	INIT_DELAYED_WORK(&nn->rescan, nst_commit_rescan_work);
	INIT_DELAYED_WORK(&nn->reap, nst_commit_reap_work);
	INIT_DELAYED_WORK(&nn->drain, nst_cpu_drain_work);
	INIT_DELAYED_WORK(&nn->undo, nst_confirm_work);
	nn->cpu = alloc_percpu(struct nst_cpu);
	if (!nn->cpu)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		nst_meter_init(per_cpu_ptr(nn->cpu, cpu), nn, cpu, NULL);
		per_cpu_ptr(nn->cpu, cpu)->map = &nst_ifmap_none;
		/*
		 * keep the timer from flushing pending packets, however slow the
		 * kernel is
		 */
		per_cpu_ptr(nn->cpu, cpu)->armed = true;
	}
	nn->started = true;
	return 0;
}

static void commit_exit(struct kunit *test)
{
	struct nst_net *nn = net_of(test);
	unsigned int cpu;

	cancel_delayed_work_sync(&nn->rescan);
	cancel_delayed_work_sync(&nn->reap);
	cancel_delayed_work_sync(&nn->drain);
	cancel_delayed_work_sync(&nn->undo);
	nst_confirm_forget(nn);
	for_each_possible_cpu(cpu)
		timer_delete_sync(&per_cpu_ptr(nn->cpu, cpu)->timer);
	nst_commit_free_tables(nn);
	nst_commit_drop_config(nn);
	KUNIT_EXPECT_EQ(test, 1U, refcount_read(&fake_set.ref));
	KUNIT_EXPECT_EQ(test, MAX_FLOWS, atomic_read(&nn->quota.left));
	free_percpu(nn->cpu);
	kfree(nn->base);
}

#define MATCH(_field)	{ .field = NETSTREAM_FIELD_##_field, .prefix = 128 }

static const struct nst_record_def commit_records[] = {
	{ .name = "a", .nitems = 1, .item = { MATCH(SRC_PORT) } },
	{ .name = "b", .nitems = 2, .item = { MATCH(SRC_PORT), MATCH(TOS) } },
	/* the first one, with other keys */
	{ .name = "a", .nitems = 2, .item = { MATCH(SRC_PORT), MATCH(PROTOCOL) } },
};

/* A configuration that meters all interfaces by one of the records. */
static struct nst_config *config(struct kunit *test, unsigned int record)
{
	static u32 number;
	struct nst_config *cfg = nst_config_default();

	KUNIT_ASSERT_NOT_NULL(test, cfg);
	cfg->record = kvzalloc(sizeof(*cfg->record), GFP_KERNEL);
	cfg->ifs = kvzalloc(sizeof(*cfg->ifs), GFP_KERNEL);
	cfg->attrs = kvzalloc(sizeof(*cfg->attrs), GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, cfg->record && cfg->ifs && cfg->attrs);
	cfg->nrecords = 1;
	cfg->record[0] = commit_records[record];
	cfg->napplied = 1;
	cfg->nifs = 1;
	strscpy(cfg->ifs[0].name, "all", sizeof(cfg->ifs[0].name));
	cfg->ifs[0].metering[NETSTREAM_INBOUND] = NST_IF_ON;
	/* no two are the same */
	cfg->attrs_len = sizeof(*cfg->attrs);
	memcpy(cfg->attrs, &number, sizeof(number));
	number++;
	return cfg;
}

static void commit_config(struct kunit *test, struct nst_config *cfg)
{
	KUNIT_ASSERT_EQ(test, 0, nst_commit(net_of(test), cfg, false, 0, NULL));
}

static void commit_record(struct kunit *test, unsigned int record)
{
	commit_config(test, config(test, record));
}

static void meter_one(struct nst_cpu *c, void *flow)
{
	struct nst_pkt *pkt = nst_ring_next(c);

	memset(pkt, 0, sizeof(*pkt));
	pkt->f.sport = htons(*(u16 *)flow);
	pkt->packets = 1;
	pkt->bytes = 100;
	pkt->now = nst_meter_clock(c);
	nst_meter_packet(c, c->active[0], pkt);
}

static void send(struct kunit *test, u16 flow)
{
	struct commit_fixture *x = test->priv;

	mutex_lock(&x->nn.mutex);
	nst_cpu_run(&x->nn, 0, meter_one, &flow);
	mutex_unlock(&x->nn.mutex);
	x->packets++;
	x->bytes += 100;
}

static void send_some(struct kunit *test, u16 flows)
{
	u16 i;

	for (i = 0; i < flows; i++)
		send(test, i);
}

static u64 lost_packets(const struct nst_totals *t)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < NST_LOST_MAX; i++)
		sum += t->lost[i].packets;
	return sum;
}

/*
 * The accounting equation, as show statistics has it; the fake exporter counts its
 * flows.
 */
static void expect_equation(struct kunit *test, struct nst_totals *t)
{
	struct commit_fixture *x = test->priv;

	nst_totals_read(&x->nn, t);
	KUNIT_EXPECT_EQ(test, x->packets, t->metered.packets);
	KUNIT_EXPECT_EQ(test, x->bytes, t->metered.bytes);
	KUNIT_EXPECT_EQ(test, x->packets,
			t->cached.packets + t->pending.packets +
			lost_packets(t) + fake.amount.packets);
}

/* Something must be pending, otherwise the test proves nothing. */
static void expect_pending(struct kunit *test, u64 packets)
{
	struct nst_totals t;

	expect_equation(test, &t);
	KUNIT_ASSERT_EQ(test, packets, t.pending.packets);
}

/* ------------------------------------------------------------------- cases */

static void before_dump(struct kunit *test)
{
	struct nst_flow_cursor pos = {};
	unsigned int n = 0, looks = NST_FLOW_LOOKS;
	struct nst_flow_copy copy;

	commit_record(test, 0);
	send_some(test, 5);
	expect_pending(test, 5);
	nst_cache_flush_pending(net_of(test));
	rcu_read_lock();
	for (; nst_cache_next_flow(net_of(test), NULL, &pos, &copy, &looks); n++)
		KUNIT_EXPECT_EQ(test, 1ULL, copy.values.packets);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, 5U, n);
	expect_pending(test, 0);
}

static void before_reset(struct kunit *test)
{
	struct nst_totals t;

	commit_record(test, 0);
	send_some(test, 5);
	expect_pending(test, 5);
	nst_cache_reset(net_of(test));
	KUNIT_EXPECT_EQ(test, 5U, fake.n);
	KUNIT_EXPECT_EQ(test, 5ULL, fake.amount.packets);
	KUNIT_EXPECT_EQ(test, (int)NST_END_RESET, (int)fake_last()->flow.end);
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 5ULL, t.ended[NST_END_RESET]);
	KUNIT_EXPECT_EQ(test, 0ULL, t.cached.flows);
}

/* What is pending or cached when statistics are reset counts as metered afterwards. */
static void before_reset_of_statistics(struct kunit *test)
{
	struct commit_fixture *x = test->priv;
	struct nst_totals t;

	commit_record(test, 0);
	send_some(test, 40);
	expect_pending(test, NST_RING - 1);
	KUNIT_ASSERT_EQ(test, 0, nst_totals_reset(&x->nn));
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 0ULL, t.count[NST_COUNT_TIMER_WORST]);
	send_some(test, 7);
	nst_cache_reset(&x->nn);
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 47ULL, fake.amount.packets);
}

/* Pending packets belong to the record under which they arrived. */
static void before_another(struct kunit *test, unsigned int record)
{
	struct nst_totals t;

	commit_record(test, 0);
	send_some(test, 5);
	expect_pending(test, 5);
	commit_record(test, record);
	KUNIT_EXPECT_EQ(test, 5ULL, fake.amount.packets);
	KUNIT_EXPECT_EQ(test, (int)NST_END_CONFIG, (int)fake_last()->flow.end);
	/* while the hosts that the old configuration had were still in effect */
	KUNIT_EXPECT_EQ(test, 5U, fake_published);
	/* the same keys as before, under the new record */
	send_some(test, 5);
	expect_pending(test, 5);
	nst_cache_reset(net_of(test));
	KUNIT_EXPECT_EQ(test, 10ULL, fake.amount.packets);
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 5ULL, t.ended[NST_END_CONFIG]);
	KUNIT_EXPECT_EQ(test, 5ULL, t.ended[NST_END_RESET]);
}

static void before_another_record(struct kunit *test)
{
	before_another(test, 1);
}

/* One commit may change the keys of a record that is applied. */
static void before_other_keys(struct kunit *test)
{
	before_another(test, 2);
}

/* A record that stays keeps its flows, whatever else changes. */
static void before_other_timeouts(struct kunit *test)
{
	struct nst_config *cfg;
	struct nst_table *before;
	struct nst_totals t;

	commit_record(test, 0);
	send_some(test, 5);
	before = cpu_of(test)->active[0];
	cfg = config(test, 0);
	cfg->flex_inactive = 200;
	cfg->max_flows = 2 * MAX_FLOWS;
	commit_config(test, cfg);
	KUNIT_EXPECT_PTR_EQ(test, before, cpu_of(test)->active[0]);
	KUNIT_EXPECT_EQ(test, 200000U, before->inactive);
	KUNIT_EXPECT_EQ(test, 0U, fake.n);
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 5ULL, t.cached.flows);
	/* the same flows continue */
	send_some(test, 5);
	nst_cache_flush_pending(net_of(test));
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 5ULL, t.cached.flows);
	KUNIT_EXPECT_EQ(test, 10ULL, t.cached.packets);
	cfg = config(test, 0);
	commit_config(test, cfg);
}

static void before_metering_stops(struct kunit *test)
{
	struct nst_config *cfg;
	struct nst_totals t;

	commit_record(test, 0);
	send_some(test, 5);
	expect_pending(test, 5);
	cfg = config(test, 0);
	cfg->ifs[0].metering[NETSTREAM_INBOUND] = NST_IF_OFF;
	commit_config(test, cfg);
	KUNIT_EXPECT_EQ(test, 0U, net_of(test)->hooked);
	KUNIT_EXPECT_EQ(test, 5ULL, fake.amount.packets);
	expect_equation(test, &t);
}

static void before_unload(struct kunit *test)
{
	struct nst_totals t;

	commit_record(test, 0);
	send_some(test, 40);
	expect_pending(test, NST_RING - 1);
	nst_cpu_drain_all(net_of(test));
	KUNIT_EXPECT_EQ(test, 40ULL, fake.amount.packets);
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 0ULL, t.cached.packets + t.pending.packets);
}

/* Hosts that accept nothing do not delay the end: the rest is counted as lost. */
static void before_unload_without_room(struct kunit *test)
{
	struct nst_totals t;

	commit_record(test, 0);
	send_some(test, 40);
	fake.room = false;
	nst_cpu_drain_all(net_of(test));
	KUNIT_EXPECT_EQ(test, 0U, fake.n);
	/* asked once, by the CPU that had flows */
	KUNIT_EXPECT_EQ(test, 1U, fake_flushes);
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 40ULL, t.lost[NST_LOST_SHUTDOWN].packets);
	KUNIT_EXPECT_EQ(test, 40ULL, t.lost[NST_LOST_SHUTDOWN].flows);
}

/* Hosts that accept a few flows each time get all of them in the end. */
static void before_unload_with_little_room(struct kunit *test)
{
	struct nst_totals t;

	commit_record(test, 0);
	send_some(test, 40);
	fake.room = false;
	fake_flush_takes = 7;
	nst_cpu_drain_all(net_of(test));
	KUNIT_EXPECT_EQ(test, 6U, fake_flushes);
	KUNIT_EXPECT_EQ(test, 40U, fake.n);
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 0ULL, lost_packets(&t));
}

static void cpu_dies(struct kunit *test)
{
	struct nst_net *nn = net_of(test);

	fake_offline = true;
	/* keeps the work from running: the callback itself touches nothing */
	mutex_lock(&nn->mutex);
	KUNIT_EXPECT_EQ(test, 0, nst_cpu_dead(0, &nn->node));
	KUNIT_EXPECT_FALSE(test, cpu_of(test)->armed);
	KUNIT_EXPECT_EQ(test, 0U, fake.n);
	mutex_unlock(&nn->mutex);
}

static void before_cpu_goes_offline(struct kunit *test)
{
	struct commit_fixture *x = test->priv;
	struct nst_totals t;

	commit_record(test, 0);
	send_some(test, 40);
	expect_pending(test, NST_RING - 1);
	KUNIT_EXPECT_TRUE(test, cpu_of(test)->armed);
	cpu_dies(test);
	flush_delayed_work(&x->nn.drain);
	KUNIT_EXPECT_FALSE(test, cpu_of(test)->orphaned);
	KUNIT_EXPECT_FALSE(test, delayed_work_pending(&x->nn.drain));
	KUNIT_EXPECT_EQ(test, 40ULL, fake.amount.packets);
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 0ULL, t.cached.packets + t.pending.packets);
	/* it comes back */
	fake_offline = false;
	send_some(test, 3);
	expect_pending(test, 3);
	KUNIT_EXPECT_TRUE(test, cpu_of(test)->armed);
	nst_cache_reset(&x->nn);
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 43ULL, fake.amount.packets);
}

/* Nothing is lost and nothing blocks: the flows are exported once the streams accept them. */
static void cpu_offline_without_room(struct kunit *test)
{
	struct nst_net *nn = net_of(test);
	struct nst_totals t;

	commit_record(test, 0);
	send_some(test, 40);
	fake.room = false;
	cpu_dies(test);
	flush_delayed_work(&nn->drain);
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 40ULL, t.cached.packets);
	KUNIT_EXPECT_EQ(test, 40ULL, t.ended[NST_END_CONFIG]);
	KUNIT_EXPECT_EQ(test, 0U, fake_flushes);
	KUNIT_EXPECT_FALSE(test, cpu_of(test)->armed);
	/* it queues itself again, and continues where it stopped */
	KUNIT_EXPECT_TRUE(test, delayed_work_pending(&nn->drain));
	fake.budget = 7;
	flush_delayed_work(&nn->drain);
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 33ULL, t.cached.packets);
	fake.room = true;
	flush_delayed_work(&nn->drain);
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 40ULL, fake.amount.packets);
	KUNIT_EXPECT_EQ(test, 0ULL, lost_packets(&t));
	KUNIT_EXPECT_FALSE(test, delayed_work_pending(&nn->drain));
}

/* The CPU is back before its flows were exported: it owns them again, and they age. */
static void cpu_is_back_at_once(struct kunit *test)
{
	struct nst_net *nn = net_of(test);
	struct nst_totals t;

	commit_record(test, 0);
	send_some(test, 40);
	mutex_lock(&nn->mutex);
	KUNIT_EXPECT_EQ(test, 0, nst_cpu_dead(0, &nn->node));
	mutex_unlock(&nn->mutex);
	flush_delayed_work(&nn->drain);
	KUNIT_EXPECT_EQ(test, 0U, fake.n);
	KUNIT_EXPECT_FALSE(test, cpu_of(test)->orphaned);
	KUNIT_EXPECT_TRUE(test, cpu_of(test)->armed);
	KUNIT_EXPECT_TRUE(test, timer_pending(&cpu_of(test)->timer));
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 40ULL, t.cached.packets + t.pending.packets);
}

static void tick(struct nst_cpu *c, void *arg)
{
	nst_meter_tick(c, nst_clock_ms());
}

/* Back while some of its flows still wait for room: its timer exports them. */
static void cpu_is_back_later(struct kunit *test)
{
	struct nst_net *nn = net_of(test);
	struct nst_totals t;

	commit_record(test, 0);
	send_some(test, 40);
	fake.room = false;
	cpu_dies(test);
	flush_delayed_work(&nn->drain);
	fake_offline = false;
	flush_delayed_work(&nn->drain);
	KUNIT_EXPECT_FALSE(test, delayed_work_pending(&nn->drain));
	KUNIT_EXPECT_TRUE(test, cpu_of(test)->armed);
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 40ULL, t.cached.packets);
	fake.room = true;
	mutex_lock(&nn->mutex);
	nst_cpu_run(nn, 0, tick, NULL);
	mutex_unlock(&nn->mutex);
	KUNIT_EXPECT_EQ(test, 40ULL, fake.amount.packets);
	expect_equation(test, &t);
}

/* The namespace is deleted while flows of an offline CPU wait: each is counted once. */
static void cpu_offline_and_unload(struct kunit *test)
{
	struct nst_net *nn = net_of(test);
	struct nst_totals t;

	commit_record(test, 0);
	send_some(test, 40);
	fake.room = false;
	fake.budget = 15;
	cpu_dies(test);
	flush_delayed_work(&nn->drain);
	KUNIT_EXPECT_EQ(test, 15U, fake.n);
	/* what nst_net_stop() does */
	mutex_lock(&nn->mutex);
	nn->stopped = true;
	mutex_unlock(&nn->mutex);
	flush_delayed_work(&nn->drain);
	KUNIT_EXPECT_FALSE(test, delayed_work_pending(&nn->drain));
	nst_cpu_drain_all(nn);
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 15U, fake.n);
	KUNIT_EXPECT_EQ(test, 25ULL, t.lost[NST_LOST_SHUTDOWN].flows);
	KUNIT_EXPECT_EQ(test, 0ULL, t.cached.packets + t.pending.packets);
	/* nothing starts in a namespace that is being deleted */
	KUNIT_EXPECT_EQ(test, -ENODEV,
			nst_commit(nn, config(test, 1), false, 0, NULL));
}

/* What the interfaces are looked at again for. */
static void rescan(struct kunit *test)
{
	queue_delayed_work(nst_wq, &net_of(test)->rescan, 0);
	flush_delayed_work(&net_of(test)->rescan);
}

/* A map that is equivalent to the old one is not adopted, and no CPU is interrupted. */
static void rescan_of_the_same(struct kunit *test)
{
	struct nst_net *nn = net_of(test);
	const struct nst_ifmap *map;
	struct nst_policy *lo;

	/* nothing is metered, so no CPU needs a map */
	rescan(test);
	KUNIT_EXPECT_NULL(test, nn->ifmap);
	commit_record(test, 0);
	map = nn->ifmap;
	KUNIT_ASSERT_NOT_NULL(test, map);
	rescan(test);
	KUNIT_EXPECT_PTR_EQ(test, map, (const struct nst_ifmap *)nn->ifmap);
	/* as if loopback had been in another slot when the map was made */
	lo = (struct nst_policy *)nst_ifmap_find(map, 1);
	KUNIT_ASSERT_EQ(test, 1U, lo->ifindex);
	lo->slot = 3;
	rescan(test);
	KUNIT_EXPECT_PTR_NE(test, map, (const struct nst_ifmap *)nn->ifmap);
	KUNIT_EXPECT_PTR_EQ(test, (const struct nst_ifmap *)nn->ifmap, cpu_of(test)->map);
	KUNIT_EXPECT_EQ(test, 0, (int)nst_ifmap_find(nn->ifmap, 1)->slot);
}

/* ---------------------------------------------------------------- monitors */

/*
 * The system meters by record 0.  Monitors have these names and meter original flows, or
 * record 0, if the name is in upper case; they are attached to all interfaces.
 */
static struct nst_config *watched(struct kunit *test, const char *names)
{
	struct nst_config *cfg = config(test, 0);
	unsigned int i;

	cfg->monitor = kvcalloc(8, sizeof(*cfg->monitor), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cfg->monitor);
	for (i = 0; names[i]; i++) {
		cfg->monitor[i].name[0] = names[i];
		cfg->monitor[i].nrecords = isupper(names[i]);
		cfg->ifs[0].monitors[NETSTREAM_INBOUND] |= BIT(i);
		cfg->nmonitors++;
	}
	return cfg;
}

static const struct nst_plan_monitor *monitor_of(struct kunit *test, const char *name)
{
	const struct nst_plan *plan = nst_running(net_of(test));

	return &plan->monitor[nst_config_monitor(plan->cfg, name)];
}

/* The table on CPU 0 of the only record of a monitor. */
static struct nst_table *table_of(struct kunit *test, const char *name)
{
	return cpu_of(test)->active[__ffs(monitor_of(test, name)->records)];
}

/* Each has records, tables and a number of its own, and keeps them while others change. */
static void monitors_are_apart(struct kunit *test)
{
	struct nst_table *system, *a, *b;
	struct nst_config *cfg;

	commit_config(test, watched(test, "Ab"));
	KUNIT_EXPECT_EQ(test, 3U, cpu_of(test)->nactive);
	system = cpu_of(test)->active[0];
	a = table_of(test, "A");
	b = table_of(test, "b");
	KUNIT_EXPECT_NULL(test, system->rec->account);
	KUNIT_EXPECT_PTR_NE(test, system->rec, a->rec);
	KUNIT_EXPECT_TRUE(test, nst_record_same(&system->rec->def, &a->rec->def));
	KUNIT_EXPECT_TRUE(test, b->original);
	KUNIT_EXPECT_EQ(test, NST_SLOT_MONITOR + 1, (int)a->rec->slot_base);
	KUNIT_EXPECT_EQ(test, NST_SLOT_MONITOR + 2, (int)b->rec->slot_base);
	KUNIT_EXPECT_EQ(test, 0, (int)system->rec->slot_base);
	/* one that is defined before them does not take their numbers */
	cfg = watched(test, "cAb");
	cfg->monitor[1].active = 7;
	commit_config(test, cfg);
	KUNIT_EXPECT_PTR_EQ(test, system, cpu_of(test)->active[0]);
	KUNIT_EXPECT_PTR_EQ(test, a, table_of(test, "A"));
	KUNIT_EXPECT_PTR_EQ(test, b, table_of(test, "b"));
	KUNIT_EXPECT_EQ(test, 7000U, a->active);
	KUNIT_EXPECT_EQ(test, 300000U, system->active);
	KUNIT_EXPECT_EQ(test, 3, (int)monitor_of(test, "c")->account->number);
	/* a number that has become free is used by the commit after the next */
	commit_config(test, watched(test, "cb"));
	KUNIT_EXPECT_PTR_EQ(test, b, table_of(test, "b"));
	commit_config(test, watched(test, "cbd"));
	KUNIT_EXPECT_EQ(test, 1, (int)monitor_of(test, "d")->account->number);
	KUNIT_EXPECT_EQ(test, 2, (int)monitor_of(test, "b")->account->number);
}

/* What the entry of an interface says of the way of its packets. */
static void monitors_of_interfaces(struct kunit *test)
{
	struct nst_config *cfg = watched(test, "Ab");
	const struct nst_policy *lo;

	cfg->ifs[0].monitors[NETSTREAM_OUTBOUND] = BIT(1);
	commit_config(test, cfg);
	lo = nst_ifmap_find(net_of(test)->ifmap, 1);
	KUNIT_ASSERT_NOT_NULL(test, lo->watch);
	KUNIT_EXPECT_EQ(test, 1, (int)lo->enabled);
	KUNIT_EXPECT_EQ(test, 1, (int)lo->counted);
	KUNIT_EXPECT_EQ(test, 3, (int)lo->watched);
	KUNIT_EXPECT_EQ(test, 0, (int)lo->hooked);
	KUNIT_EXPECT_EQ(test, 3, (int)lo->watch->n);
	KUNIT_EXPECT_NULL(test, lo->watch->at[0].account);
	KUNIT_EXPECT_PTR_EQ(test, lo->stat, lo->watch->at[0].stat);
	KUNIT_EXPECT_EQ(test, 1, (int)nst_watch_dirs(&lo->watch->at[0]));
	KUNIT_EXPECT_EQ(test, 1, (int)nst_watch_dirs(&lo->watch->at[1]));
	KUNIT_EXPECT_EQ(test, 3, (int)nst_watch_dirs(&lo->watch->at[2]));
	KUNIT_EXPECT_EQ(test, net_of(test)->ifmap->npolicies,
			nst_totals_attached(net_of(test), lo->watch->at[1].account));
	/* the system does not meter it: only the monitor remains */
	cfg = watched(test, "b");
	cfg->ifs[0].metering[NETSTREAM_INBOUND] = NST_IF_INHERIT;
	commit_config(test, cfg);
	lo = nst_ifmap_find(net_of(test)->ifmap, 1);
	KUNIT_EXPECT_EQ(test, 0, (int)lo->enabled);
	KUNIT_EXPECT_NULL(test, lo->stat);
	KUNIT_EXPECT_EQ(test, 1, (int)lo->watched);
	KUNIT_EXPECT_EQ(test, 1, (int)lo->watch->n);
	KUNIT_EXPECT_EQ(test, 1U, cpu_of(test)->nactive);
	/* and no monitor: the straight way */
	commit_record(test, 0);
	lo = nst_ifmap_find(net_of(test)->ifmap, 1);
	KUNIT_EXPECT_NULL(test, lo->watch);
	KUNIT_EXPECT_EQ(test, 1, (int)lo->hooked);
}

/* As nst_hook_watcher() does. */
static void watch_one(struct nst_cpu *c, void *arg)
{
	struct nst_pkt *pkt = nst_ring_next(c);
	struct nst_table *tbl = arg;

	memset(pkt, 0, sizeof(*pkt));
	pkt->f.sport = htons(c->numbered++);
	pkt->packets = 1;
	pkt->bytes = 100;
	pkt->now = nst_meter_clock(c);
	tbl->rec->account->cpu[c->id].metered.packets++;
	tbl->rec->account->cpu[c->id].metered.bytes += 100;
	nst_meter_packet(c, tbl, pkt);
}

static void watch_some(struct kunit *test, const char *name, unsigned int n)
{
	struct commit_fixture *x = test->priv;

	mutex_lock(&x->nn.mutex);
	for (; n; n--, x->packets++, x->bytes += 100)
		nst_cpu_run(&x->nn, 0, watch_one, table_of(test, name));
	mutex_unlock(&x->nn.mutex);
}

/* What the fake exporter has of a monitor's flows is in no account: @exported. */
static void expect_account(struct kunit *test, const char *name, u64 metered, u64 pending,
			   u64 cached, u64 lost)
{
	struct nst_net *nn = net_of(test);
	struct nst_monitor_totals t;
	unsigned int i;
	u64 sum = 0;

	mutex_lock(&nn->mutex);
	nst_totals_monitor(nn, monitor_of(test, name)->account, &t);
	mutex_unlock(&nn->mutex);
	for (i = 0; i < NST_LOST_MAX; i++)
		sum += t.lost[i].packets;
	KUNIT_EXPECT_EQ(test, metered, t.metered.packets);
	KUNIT_EXPECT_EQ(test, 100 * metered, t.metered.bytes);
	KUNIT_EXPECT_EQ(test, pending, t.pending.packets);
	KUNIT_EXPECT_EQ(test, cached, t.cached.packets);
	KUNIT_EXPECT_EQ(test, lost, sum);
}

/* Each account has what its monitor has metered, wherever that is, and all have the total. */
static void accounts_of_monitors(struct kunit *test)
{
	struct nst_totals t;

	commit_config(test, watched(test, "Ab"));
	watch_some(test, "A", 3);
	watch_some(test, "b", 5);
	send_some(test, 2);
	expect_account(test, "A", 3, 3, 0, 0);
	expect_account(test, "b", 5, 5, 0, 0);
	expect_equation(test, &t);
	nst_cache_flush_pending(net_of(test));
	expect_account(test, "A", 3, 0, 3, 0);
	expect_account(test, "b", 5, 0, 5, 0);
	/* what is cached counts as metered after a reset */
	KUNIT_ASSERT_EQ(test, 0, nst_totals_reset(net_of(test)));
	watch_some(test, "b", 4);
	expect_account(test, "A", 3, 0, 3, 0);
	expect_account(test, "b", 9, 4, 5, 0);
	/* its flows that no host takes are lost in its account alone */
	local_bh_disable();
	nst_meter_flush(cpu_of(test));
	nst_exporter_lose(&cpu_of(test)->exporter, table_of(test, "b")->rec, NST_LOST_QUEUE,
			  &(struct nst_amount) { .flows = 1, .packets = 2, .bytes = 200 });
	local_bh_enable();
	expect_account(test, "b", 9, 0, 9, 2);
	expect_account(test, "A", 3, 0, 3, 0);
	cpu_of(test)->exporter.lost[NST_LOST_QUEUE] = (struct nst_amount) {};
	nst_cache_reset(net_of(test));
	KUNIT_EXPECT_EQ(test, 14ULL, fake.amount.packets);
}

/* A monitor that goes ends its flows; the one that stays keeps its own. */
static void monitor_goes(struct kunit *test)
{
	struct nst_totals t;

	commit_config(test, watched(test, "Ab"));
	watch_some(test, "A", 3);
	watch_some(test, "b", 5);
	commit_config(test, watched(test, "A"));
	KUNIT_EXPECT_EQ(test, 5ULL, fake.amount.packets);
	KUNIT_EXPECT_EQ(test, (int)NST_END_CONFIG, (int)fake_last()->flow.end);
	expect_account(test, "A", 3, 0, 3, 0);
	expect_equation(test, &t);
}

/*
 * A monitor's flows above its own bound are ended early and counted in its account, and
 * those of others stay.  A commit changes the bound of flows that exist.
 */
static void monitor_has_a_bound(struct kunit *test)
{
	struct nst_config *cfg = watched(test, "Ab");
	struct nst_monitor_totals t;

	cfg->monitor[0].max_flows = 16;
	commit_config(test, cfg);
	watch_some(test, "A", 40);
	watch_some(test, "b", 40);
	send_some(test, 40);
	nst_cache_flush_pending(net_of(test));
	KUNIT_EXPECT_EQ(test, 16U, table_of(test, "A")->used);
	KUNIT_EXPECT_EQ(test, 40U, table_of(test, "b")->used);
	KUNIT_EXPECT_EQ(test, 40U, cpu_of(test)->active[0]->used);
	KUNIT_EXPECT_EQ(test, 24ULL, fake.amount.packets);
	KUNIT_EXPECT_EQ(test, (int)NST_END_FULL, (int)fake_last()->flow.end);
	/* hosts need not receive faster for a cache that has room */
	KUNIT_EXPECT_EQ(test, 0U, fake.expedited);
	expect_account(test, "A", 40, 0, 16, 0);
	mutex_lock(&net_of(test)->mutex);
	nst_totals_monitor(net_of(test), monitor_of(test, "A")->account, &t);
	KUNIT_EXPECT_EQ(test, 24ULL, t.cache_full);
	nst_totals_monitor(net_of(test), monitor_of(test, "b")->account, &t);
	KUNIT_EXPECT_EQ(test, 0ULL, t.cache_full);
	mutex_unlock(&net_of(test)->mutex);
	/* none of its own any more: as many as fit into the cache */
	commit_config(test, watched(test, "Ab"));
	watch_some(test, "A", 100);
	nst_cache_flush_pending(net_of(test));
	KUNIT_EXPECT_EQ(test, 116U, table_of(test, "A")->used);
	/* a bound below what there is: the timer ends flows */
	cfg = watched(test, "Ab");
	cfg->monitor[0].max_flows = 20;
	commit_config(test, cfg);
	nst_cpu_run(net_of(test), 0, tick, NULL);
	KUNIT_EXPECT_LE(test, table_of(test, "A")->used, 20U);
	KUNIT_EXPECT_EQ(test, 40U, table_of(test, "b")->used);
	KUNIT_ASSERT_EQ(test, 0, nst_totals_reset(net_of(test)));
	mutex_lock(&net_of(test)->mutex);
	nst_totals_monitor(net_of(test), monitor_of(test, "A")->account, &t);
	KUNIT_EXPECT_EQ(test, 0ULL, t.cache_full);
	mutex_unlock(&net_of(test)->mutex);
}

static const struct nst_watch some_watch;

/**
 * struct map_case - what two maps differ by
 * @name: of the case
 * @same: it makes no difference
 * @ifindex: interface of the second map; the first has 1
 * @p: its policy in the second map
 */
static const struct map_case {
	const char		*name;
	bool			same;
	u32			ifindex;
	struct nst_policy	p;
} map_cases[] = {
	{ "none", true, 1, { .enabled = 1, .record_mask = { 1, 1 } } },
	{ "slot", false, 1, { .enabled = 1, .record_mask = { 1, 1 }, .slot = 2 } },
	{ "direction", false, 1, { .enabled = 3, .record_mask = { 1, 1 } } },
	{ "meters", false, 1, { .enabled = 1, .record_mask = { 1, 3 } } },
	{ "settled", false, 1, { .enabled = 1, .record_mask = { 1, 1 }, .settled_mask = 2 } },
	{ "vlan", false, 1, { .enabled = 1, .record_mask = { 1, 1 }, .vlan = 5 } },
	{ "sampler", false, 1, { .enabled = 1, .record_mask = { 1, 1 }, .sampler = { { 1, 9 } } } },
	{ "other_interface", false, 2, { .enabled = 1, .record_mask = { 1, 1 } } },
	{ "monitors", false, 1, { .enabled = 1, .record_mask = { 1, 1 },
				  .watch = (struct nst_watch *)&some_watch } },
	{ "not_metered", false, 1, {} },
};

NST_KUNIT_NAMED(maps, map_cases);

static void maps_differ(struct kunit *test)
{
	const struct map_case *c = test->param_value;
	struct nst_ifmap *a = nst_ifmap_alloc(2, 3);
	struct nst_ifmap *b = nst_ifmap_alloc(2, 3);

	KUNIT_ASSERT_TRUE(test, a && b);
	a->policy[0] = nst_ifmap_free_entry(a, 1);
	*a->policy[0] = map_cases[0].p;
	a->policy[0]->ifindex = 1;
	b->policy[0] = nst_ifmap_free_entry(b, c->ifindex);
	*b->policy[0] = c->p;
	b->policy[0]->ifindex = c->ifindex;
	/* one that is not metered, in one of the maps */
	b->policy[1] = nst_ifmap_free_entry(b, 7);
	b->policy[1]->ifindex = 7;
	a->npolicies = 1;
	b->npolicies = 2;
	KUNIT_EXPECT_EQ(test, c->same, nst_ifmap_same(a, b));
	KUNIT_EXPECT_EQ(test, c->same, nst_ifmap_same(b, a));
	/* an interface was renamed, or one came that has a view of its own */
	strscpy(b->name[0], "other", IFNAMSIZ);
	KUNIT_EXPECT_EQ(test, c->same && !c->p.enabled, nst_ifmap_same(a, b));
	b->name[0][0] = 0;
	__set_bit(2, b->present);
	KUNIT_EXPECT_FALSE(test, nst_ifmap_same(a, b));
	b->policy[0]->watch = NULL;
	nst_ifmap_free(a);
	nst_ifmap_free(b);
}

/* A refused or checked configuration leaves everything as it is. */
static void check_changes_nothing(struct kunit *test)
{
	struct nst_net *nn = net_of(test);
	struct nst_table *before;
	struct nst_totals t;

	commit_record(test, 0);
	send_some(test, 5);
	before = cpu_of(test)->active[0];
	KUNIT_EXPECT_EQ(test, 0, nst_commit(nn, config(test, 1), true, 0, NULL));
	KUNIT_EXPECT_EQ(test, -ESTALE,
			nst_commit(nn, config(test, 1), false, 99, NULL));
	KUNIT_EXPECT_PTR_EQ(test, before, cpu_of(test)->active[0]);
	expect_pending(test, 5);
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 0U, fake.n);
}

/* Commit a record for an hour: no test waits so long. */
static void commit_for_a_while(struct kunit *test, unsigned int record)
{
	KUNIT_ASSERT_EQ(test, 0, nst_confirm_commit(net_of(test), config(test, record),
						    false, 0, 3600, NULL));
}

static void time_is_up(struct kunit *test)
{
	struct nst_net *nn = net_of(test);

	if (nn->undo_at)
		nn->undo_at = jiffies ?: 1;
	mod_delayed_work(nst_wq, &nn->undo, 0);
	flush_delayed_work(&nn->undo);
}

static void expect_record(struct kunit *test, unsigned int record, u32 generation)
{
	struct nst_net *nn = net_of(test);
	const struct nst_plan *plan = rcu_dereference_protected(nn->plan, true);

	KUNIT_EXPECT_EQ(test, generation, plan->generation);
	KUNIT_ASSERT_EQ(test, 1U, plan->cfg->nrecords);
	KUNIT_EXPECT_EQ(test, 0, memcmp(&plan->cfg->record[0], &commit_records[record],
					sizeof(commit_records[record])));
	KUNIT_EXPECT_PTR_EQ(test, (const struct nst_record *)plan->record[0].rec,
			    cpu_of(test)->active[0]->rec);
}

/* A commit that nobody confirms is undone, and flows end as with any commit. */
static void unconfirmed_commit_is_undone(struct kunit *test)
{
	struct nst_net *nn = net_of(test);
	struct nst_totals t;

	commit_record(test, 0);
	KUNIT_EXPECT_EQ(test, 0U, nst_confirm_left(nn));
	commit_for_a_while(test, 1);
	expect_record(test, 1, 3);
	KUNIT_EXPECT_GE(test, 3600U, nst_confirm_left(nn));
	KUNIT_EXPECT_LE(test, 3500U, nst_confirm_left(nn));
	send_some(test, 5);
	time_is_up(test);
	expect_record(test, 0, 4);
	KUNIT_EXPECT_EQ(test, 0U, nst_confirm_left(nn));
	KUNIT_EXPECT_NULL(test, nn->before);
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 5U, fake.n);
	/* once */
	time_is_up(test);
	expect_record(test, 0, 4);
}

/* The next commit confirms, also one that changes nothing; a check or a refusal does not. */
static void commit_confirms(struct kunit *test)
{
	struct nst_net *nn = net_of(test);
	struct nst_config *same;

	commit_record(test, 0);
	same = config(test, 1);
	nst_config_get(same);
	KUNIT_ASSERT_EQ(test, 0, nst_confirm_commit(nn, same, false, 0, 3600, NULL));
	KUNIT_EXPECT_EQ(test, 0, nst_confirm_commit(nn, config(test, 2), true, 0, 0, NULL));
	KUNIT_EXPECT_EQ(test, 0, nst_confirm_commit(nn, config(test, 2), true, 0, 9, NULL));
	KUNIT_EXPECT_EQ(test, -ESTALE,
			nst_confirm_commit(nn, config(test, 2), false, 99, 0, NULL));
	KUNIT_EXPECT_GT(test, nst_confirm_left(nn), 3500U);
	/* the running configuration once more */
	KUNIT_EXPECT_EQ(test, 0, nst_confirm_commit(nn, same, false, 3, 0, NULL));
	KUNIT_EXPECT_EQ(test, 0U, nst_confirm_left(nn));
	time_is_up(test);
	expect_record(test, 1, 3);
	/* another one */
	commit_for_a_while(test, 2);
	KUNIT_EXPECT_EQ(test, 0, nst_confirm_commit(nn, config(test, 0), false, 0, 0, NULL));
	time_is_up(test);
	expect_record(test, 0, 5);
}

/* The time starts again, but what was never confirmed is not restored. */
static void unconfirmed_commits_follow(struct kunit *test)
{
	struct nst_net *nn = net_of(test);

	commit_record(test, 0);
	commit_for_a_while(test, 1);
	nn->undo_at = jiffies + HZ;
	commit_for_a_while(test, 2);
	KUNIT_EXPECT_GT(test, nst_confirm_left(nn), 3500U);
	/* the work of the first runs late */
	mod_delayed_work(nst_wq, &nn->undo, 0);
	flush_delayed_work(&nn->undo);
	expect_record(test, 2, 4);
	time_is_up(test);
	expect_record(test, 0, 5);
}

/* References to a configuration besides the test's own; it is freed with the last one. */
static void expect_kept(struct kunit *test, const struct nst_config *cfg, unsigned int by)
{
	KUNIT_EXPECT_EQ(test, by + 1, refcount_read(&cfg->ref));
}

static struct nst_config *kept_config(struct kunit *test, unsigned int record)
{
	return nst_config_get(config(test, record));
}

/* Of what was replaced nothing is kept once it is confirmed, undone, or nobody is there. */
static void unconfirmed_memory_is_freed(struct kunit *test)
{
	struct nst_config *first = kept_config(test, 0), *second = kept_config(test, 1);
	struct nst_config *third = kept_config(test, 2), *fourth = kept_config(test, 0);
	struct nst_config *fifth = kept_config(test, 1);
	struct nst_net *nn = net_of(test);

	commit_config(test, first);
	expect_kept(test, first, 1);
	KUNIT_ASSERT_EQ(test, 0, nst_confirm_commit(nn, second, false, 0, 3600, NULL));
	expect_kept(test, first, 1);
	expect_kept(test, second, 1);
	/* confirmed by another one, which replaces it */
	KUNIT_ASSERT_EQ(test, 0, nst_confirm_commit(nn, third, false, 0, 0, NULL));
	expect_kept(test, first, 0);
	expect_kept(test, second, 0);
	expect_kept(test, third, 1);
	/* undone */
	KUNIT_ASSERT_EQ(test, 0, nst_confirm_commit(nn, fourth, false, 0, 3600, NULL));
	time_is_up(test);
	expect_kept(test, fourth, 0);
	expect_kept(test, third, 1);
	/* the namespace goes away before either */
	KUNIT_ASSERT_EQ(test, 0, nst_confirm_commit(nn, fifth, false, 0, 3600, NULL));
	expect_kept(test, third, 1);
	expect_kept(test, fifth, 1);
	nst_confirm_forget(nn);
	expect_kept(test, third, 0);
	nst_config_put(first);
	nst_config_put(second);
	nst_config_put(third);
	nst_config_put(fourth);
	nst_config_put(fifth);
}

/* Nothing is to be undone if nothing was changed, or if the namespace goes away. */
static void nothing_to_undo(struct kunit *test)
{
	struct nst_net *nn = net_of(test);
	struct nst_config *same = config(test, 0);

	nst_config_get(same);
	commit_config(test, same);
	KUNIT_EXPECT_EQ(test, 0, nst_confirm_commit(nn, same, false, 0, 3600, NULL));
	KUNIT_EXPECT_EQ(test, 0U, nst_confirm_left(nn));
	commit_for_a_while(test, 1);
	mutex_lock(&nn->mutex);
	nn->stopped = true;
	mutex_unlock(&nn->mutex);
	time_is_up(test);
	expect_record(test, 1, 3);
	KUNIT_EXPECT_NOT_NULL(test, nn->before);
}

/* Interfaces with the same home entry in the map, and one that is not in the map. */
static void interfaces_in_the_map(struct kunit *test)
{
	struct nst_ifmap *map = nst_ifmap_alloc(5, 0);
	static const u32 ifindex[] = { 7, 7 + 16, 7 + 32, 8, 15 };
	const struct nst_policy *p;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, map);
	KUNIT_ASSERT_EQ(test, 15U, map->mask);
	for (i = 0; i < ARRAY_SIZE(ifindex); i++)
		nst_ifmap_free_entry(map, ifindex[i])->ifindex = ifindex[i];
	for (i = 0; i < ARRAY_SIZE(ifindex); i++) {
		p = nst_ifmap_find(map, ifindex[i]);
		KUNIT_EXPECT_EQ(test, ifindex[i], p->ifindex);
	}
	p = nst_ifmap_first(map, map->mask, 7);
	KUNIT_EXPECT_EQ(test, 7U, p->ifindex);
	p = nst_ifmap_find(map, 7 + 48);
	KUNIT_EXPECT_EQ(test, 0U, p->ifindex | p->enabled);
	p = nst_ifmap_find(&nst_ifmap_none, 7);
	KUNIT_EXPECT_EQ(test, 0U, p->ifindex | p->enabled);
	nst_ifmap_free(map);
}

/*
 * An interface is outside its home entry only if a metered one has it: the loopback
 * device, whose entry the secret chooses, drove others out.
 */
static void interfaces_at_home(struct kunit *test)
{
	static const u32 ifindex[] = { LOOPBACK_IFINDEX, 2, 3, 4, 5, 3 + 32, 4 + 32 };
	struct nst_policy policies[ARRAY_SIZE(ifindex)];
	const struct nst_policy *found;
	unsigned int i, secret;
	struct nst_ifmap *map;

	for (secret = 0; secret < 64; secret++) {
		map = nst_ifmap_alloc(ARRAY_SIZE(ifindex), 0);
		KUNIT_ASSERT_NOT_NULL(test, map);
		KUNIT_ASSERT_EQ(test, 31U, map->mask);
		map->secret = secret;
		memset(policies, 0, sizeof(policies));
		for (i = 0; i < ARRAY_SIZE(ifindex); i++) {
			policies[i].ifindex = ifindex[i];
			policies[i].enabled = ifindex[i] != 3;
			map->policy[map->npolicies++] = &policies[i];
		}
		nst_ifmap_place(map, policies);
		for (i = 0; i < ARRAY_SIZE(ifindex); i++) {
			found = nst_ifmap_find(map, ifindex[i]);
			KUNIT_EXPECT_PTR_EQ(test, map->policy[i], found);
			KUNIT_EXPECT_EQ(test, ifindex[i], found->ifindex);
		}
		/* 3 is not metered and 3 + 32 is; both 4 and 4 + 32 are metered */
		for (i = 2; i < 6; i++)
			KUNIT_EXPECT_EQ(test, i == 3 ? 3U + 32 : i, map->at[i].ifindex);
		KUNIT_EXPECT_EQ(test, U32_MAX, map->at[LOOPBACK_IFINDEX].ifindex);
		nst_ifmap_free(map);
	}
}

/* Interface indices chosen by a user so that all have the same home entry. */
static void chosen_interface_indices(struct kunit *test)
{
	const u32 n = 4096;
	struct nst_ifmap *map = nst_ifmap_alloc(n, 0);
	u32 i, ifindex, steps, longest = 0;
	const struct nst_policy *p;

	KUNIT_ASSERT_NOT_NULL(test, map);
	for (i = 0; i < n; i++) {
		ifindex = 1 + i * (map->mask + 1);
		nst_ifmap_free_entry(map, ifindex)->ifindex = ifindex;
	}
	for (i = 1; i < n; i++) {
		ifindex = 1 + i * (map->mask + 1);
		p = nst_ifmap_find(map, ifindex);
		KUNIT_ASSERT_EQ(test, ifindex, p->ifindex);
		steps = ((u32)(p - map->at) - jhash_1word(ifindex, map->secret)) &
			map->mask;
		longest = max(longest, steps);
	}
	/* linear probing in a map that is half full; n of 4096 in a row before */
	KUNIT_EXPECT_LT(test, longest, 128U);
	nst_ifmap_free(map);
}

/* ------------------------------------------------- dumps that meet a commit */

/**
 * struct dump - a dump and the message that its next part goes to
 * @cb: the dump
 * @nlh: header of the request
 * @skb: the message
 */
struct dump {
	struct netlink_callback cb;
	struct nlmsghdr nlh;
	struct sk_buff *skb;
};

#define DUMP_PART	600	/* bytes */

static struct dump *dump_begin(struct kunit *test)
{
	struct dump *d = kunit_kzalloc(test, sizeof(*d), GFP_KERNEL);
	struct sk_buff *skb = kunit_kzalloc(test, sizeof(*skb), GFP_KERNEL);
	struct sock *sk = kunit_kzalloc(test, sizeof(*sk), GFP_KERNEL);

	KUNIT_ASSERT_TRUE(test, d && skb && sk);
	sock_net_set(sk, &init_net);
	skb->sk = sk;
	d->cb.skb = skb;
	d->cb.nlh = &d->nlh;
	return d;
}

/* The next part; what it returns. */
static int dump_part(struct kunit *test, struct dump *d,
		     int (*part)(struct sk_buff *, struct netlink_callback *))
{
	int rc;

	kfree_skb(d->skb);
	d->skb = alloc_skb(DUMP_PART, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, d->skb);
	/* the rest of what was allocated is not for it */
	skb_reserve(d->skb, skb_tailroom(d->skb) - DUMP_PART);
	rc = part(d->skb, &d->cb);
	if (rc > 0)
		KUNIT_EXPECT_EQ(test, (unsigned int)rc, d->skb->len);
	return rc;
}

static void dump_end(struct dump *d)
{
	kfree_skb(d->skb);
}

/* What the kernel would say in the message that ends the dump. */
static bool dump_interrupted(struct dump *d)
{
	struct nlmsghdr done = {};

	nl_dump_check_consistent(&d->cb, &done);
	return done.nlmsg_flags & NLM_F_DUMP_INTR;
}

/* What the kernel has said in the messages of a part. */
static unsigned int dump_flags(const struct dump *d)
{
	const struct nlmsghdr *h = (const void *)d->skb->data;
	int rem = d->skb->len;
	unsigned int flags = 0;

	for (; nlmsg_ok(h, rem); h = nlmsg_next(h, &rem))
		flags |= h->nlmsg_flags;
	return flags;
}

/* A configuration of @n interface views and a record, as from a request. */
static struct nst_config *views(struct kunit *test, const char *prefix,
				unsigned int n)
{
	struct sk_buff *skb = alloc_skb(64 * (n + 4), GFP_KERNEL);
	struct nlattr *nest;
	struct nst_config *cfg;
	char name[IFNAMSIZ];
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s%u", prefix, i);
		nest = nla_nest_start(skb, NETSTREAM_A_INTERFACE);
		nla_put_string(skb, NETSTREAM_IF_A_NAME, name);
		nla_put_u8(skb, NETSTREAM_IF_A_INBOUND, 1);
		nla_nest_end(skb, nest);
		if (i >= 40)
			continue;
		nest = nla_nest_start(skb, NETSTREAM_A_RECORD);
		nla_put_string(skb, NETSTREAM_RECORD_A_NAME, name);
		nla_nest_end(skb, nest);
	}
	cfg = nst_config_nl_parse((struct nlattr *)skb->data, skb->len, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(cfg));
	kfree_skb(skb);
	return cfg;
}

/* After a commit, the old offset is not the start of an attribute. */
static void config_dump_meets_commit(struct kunit *test)
{
	struct dump *d = dump_begin(test);

	commit_config(test, views(test, "eth", 200));
	KUNIT_ASSERT_EQ(test, 0, nst_netlink_config_start(&d->cb));
	KUNIT_EXPECT_GT(test, dump_part(test, d, nst_netlink_config_get), 0);
	KUNIT_EXPECT_GT(test, dump_part(test, d, nst_netlink_config_get), 0);
	KUNIT_EXPECT_FALSE(test, dump_flags(d) & NLM_F_DUMP_INTR);
	commit_config(test, views(test, "a-long-name", 100));
	KUNIT_EXPECT_EQ(test, 0, dump_part(test, d, nst_netlink_config_get));
	KUNIT_EXPECT_EQ(test, 0U, d->skb->len);
	KUNIT_EXPECT_TRUE(test, dump_interrupted(d));
	dump_end(d);
}

/* The new configuration is shorter than the offset of the dump. */
static void config_dump_meets_short_commit(struct kunit *test)
{
	struct dump *d = dump_begin(test);

	commit_config(test, views(test, "eth", 200));
	while (d->cb.args[0] < 4000)
		KUNIT_ASSERT_GT(test, dump_part(test, d, nst_netlink_config_get), 0);
	commit_config(test, views(test, "x", 1));
	KUNIT_EXPECT_EQ(test, 0, dump_part(test, d, nst_netlink_config_get));
	KUNIT_EXPECT_TRUE(test, dump_interrupted(d));
	dump_end(d);
}

/* Without a commit in between, the dump is complete. */
static void config_dump_is_whole(struct kunit *test)
{
	struct dump *d = dump_begin(test);
	const struct nst_config *cfg;
	int n = 0;

	commit_config(test, views(test, "eth", 200));
	while (dump_part(test, d, nst_netlink_config_get) > 0) {
		KUNIT_EXPECT_FALSE(test, dump_flags(d) & NLM_F_DUMP_INTR);
		n++;
	}
	cfg = rcu_dereference_protected(net_of(test)->plan, 1)->cfg;
	KUNIT_EXPECT_EQ(test, (long)cfg->attrs_len, d->cb.args[0]);
	KUNIT_EXPECT_GT(test, n, 2);
	KUNIT_EXPECT_FALSE(test, dump_interrupted(d));
	dump_end(d);
}

static void record_dump_meets_commit(struct kunit *test)
{
	struct dump *d = dump_begin(test);

	commit_config(test, views(test, "eth", 40));
	KUNIT_EXPECT_GT(test, dump_part(test, d, nst_netlink_dump_records), 0);
	KUNIT_EXPECT_FALSE(test, dump_flags(d) & NLM_F_DUMP_INTR);
	commit_config(test, views(test, "x", 30));
	KUNIT_EXPECT_EQ(test, 0, dump_part(test, d, nst_netlink_dump_records));
	KUNIT_EXPECT_TRUE(test, dump_interrupted(d));
	dump_end(d);
}

/* Interface views listed, by number in their names. */
static void count_views(const struct dump *d, u8 *seen)
{
	const struct nlmsghdr *h = (const void *)d->skb->data;
	const struct nlattr *nest, *name;
	int rem = d->skb->len;
	unsigned int i;

	for (; nlmsg_ok(h, rem); h = nlmsg_next(h, &rem)) {
		nest = nla_find(nlmsg_attrdata(h, GENL_HDRLEN),
				nlmsg_attrlen(h, GENL_HDRLEN),
				NETSTREAM_A_INTERFACE);
		name = nest ? nla_find_nested(nest, NETSTREAM_IF_A_NAME) : NULL;
		if (name && sscanf(nla_data(name), "eth%u", &i) == 1)
			seen[i]++;
	}
}

/* A list of interfaces is marked, continues, and has each interface that stays once. */
static void interface_dump_meets_commit(struct kunit *test)
{
	struct dump *d = dump_begin(test);
	unsigned int i, wrong = 0, flags = 0;
	u8 seen[300] = {};

	commit_config(test, views(test, "eth", 200));
	KUNIT_EXPECT_GT(test, dump_part(test, d, nst_netlink_dump_interfaces), 0);
	count_views(d, seen);
	KUNIT_EXPECT_FALSE(test, dump_flags(d) & NLM_F_DUMP_INTR);
	commit_config(test, views(test, "eth", 300));
	while (dump_part(test, d, nst_netlink_dump_interfaces) > 0) {
		count_views(d, seen);
		flags |= dump_flags(d);
	}
	KUNIT_EXPECT_TRUE(test, flags & NLM_F_DUMP_INTR);
	for (i = 0; i < 200; i++)
		wrong += seen[i] != 1;
	KUNIT_EXPECT_EQ(test, 0U, wrong);
	dump_end(d);
}

static int hosts_part(struct sk_buff *skb, struct netlink_callback *cb)
{
	return nst_netlink_export_hosts(fake_net->sender, skb, cb);
}

static int templates_part(struct sk_buff *skb, struct netlink_callback *cb)
{
	return nst_netlink_export_templates(fake_net->sender, skb, cb);
}

/* Lists of hosts and templates end when their set was replaced. */
static void export_dumps_meet_commit(struct kunit *test)
{
	struct nst_sender *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	struct nst_export_set *e = kunit_kzalloc(test, sizeof(*e), GFP_KERNEL);
	struct nst_export_host *use = kunit_kcalloc(test, 40, sizeof(*use), GFP_KERNEL);
	struct nst_template *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	struct nst_host *h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);
	struct nst_export_slot *out = kunit_kcalloc(test, 40, sizeof(*out), GFP_KERNEL);
	struct nst_record *rec = nst_record_compile(&nst_record_original);
	struct dump *d = dump_begin(test), *d2 = dump_begin(test);
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, s && e && use && t && h && out && rec);
	mutex_init(&s->lock);
	s->published = 7;
	s->current_set = e;
	h->def.family = AF_INET6;
	t->rec = rec;
	t->version = NETSTREAM_VERSION_9;
	e->host = use;
	e->nhosts = 40;
	e->slot = out;
	e->nslots = 40;
	e->ntemplates = 1;
	e->template[0] = t;
	for (i = 0; i < 40; i++) {
		use[i].host = h;
		/* only whether there is one matters */
		out[i].stream[0] = (void *)s;
	}
	fake_net->sender = s;
	KUNIT_EXPECT_GT(test, dump_part(test, d, hosts_part), 0);
	KUNIT_EXPECT_GT(test, dump_part(test, d2, templates_part), 0);
	KUNIT_EXPECT_GT(test, dump_part(test, d, hosts_part), 0);
	KUNIT_EXPECT_GT(test, dump_part(test, d2, templates_part), 0);
	KUNIT_EXPECT_FALSE(test, (dump_flags(d) | dump_flags(d2)) & NLM_F_DUMP_INTR);
	s->published++;
	KUNIT_EXPECT_EQ(test, 0, dump_part(test, d, hosts_part));
	KUNIT_EXPECT_TRUE(test, dump_interrupted(d));
	KUNIT_EXPECT_EQ(test, 0, dump_part(test, d2, templates_part));
	KUNIT_EXPECT_TRUE(test, dump_interrupted(d2));
	fake_net->sender = NULL;
	nst_record_put(rec);
	dump_end(d);
	dump_end(d2);
}

/* --------------------------------------------------- readers and the owner */

static u32 listed(struct kunit *test, struct nst_flow_cursor *pos,
		  unsigned int looks, enum nst_flow_step *step)
{
	struct nst_flow_copy copy;
	u32 n = 0;

	rcu_read_lock();
	while ((*step = nst_cache_next_flow(net_of(test), NULL, pos, &copy,
				      &looks)) == NST_FLOW_FOUND)
		n++;
	rcu_read_unlock();
	return n;
}

/*
 * A limited number of flows is read in one RCU read-side section; then the list
 * continues.
 */
static void listing_in_pieces(struct kunit *test)
{
	struct nst_flow_cursor pos = {};
	enum nst_flow_step step;

	commit_record(test, 0);
	send_some(test, 25);
	nst_cache_flush_pending(net_of(test));
	KUNIT_EXPECT_EQ(test, 10U, listed(test, &pos, 10, &step));
	KUNIT_EXPECT_EQ(test, NST_FLOW_PAUSE, step);
	KUNIT_EXPECT_EQ(test, 10U, listed(test, &pos, 10, &step));
	KUNIT_EXPECT_EQ(test, NST_FLOW_PAUSE, step);
	KUNIT_EXPECT_EQ(test, 5U, listed(test, &pos, 10, &step));
	KUNIT_EXPECT_EQ(test, NST_FLOW_END, step);
}

/* The owner was preempted while it wrote: the reader waits, and skips nothing. */
static void listing_meets_a_writer(struct kunit *test)
{
	struct nst_flow_cursor pos = {};
	enum nst_flow_step step;
	struct nst_flow *flow;

	commit_record(test, 0);
	send_some(test, 5);
	nst_cache_flush_pending(net_of(test));
	flow = nst_table_flow(cpu_of(test)->active[0], 2);
	nst_flow_write_begin(flow);
	KUNIT_EXPECT_EQ(test, 2U, listed(test, &pos, 100, &step));
	KUNIT_EXPECT_EQ(test, NST_FLOW_BUSY, step);
	KUNIT_EXPECT_EQ(test, 0U, listed(test, &pos, 100, &step));
	KUNIT_EXPECT_EQ(test, NST_FLOW_BUSY, step);
	nst_flow_write_end(flow);
	KUNIT_EXPECT_EQ(test, 3U, listed(test, &pos, 100, &step));
	KUNIT_EXPECT_EQ(test, NST_FLOW_END, step);
}

/*
 * Statistics do not interrupt an idle CPU, except one that has just received a
 * packet.
 */
static void idle_cpus_are_left_alone(struct kunit *test)
{
	struct nst_cpu *c = cpu_of(test);
	struct nst_totals t = {};

	if (!IS_ENABLED(CONFIG_64BIT))
		kunit_skip(test, "64 bits are not read at once");
	commit_record(test, 0);
	send_some(test, 5);
	/* it has packets in hand */
	KUNIT_EXPECT_FALSE(test, nst_totals_idle(net_of(test), 0, &t));
	nst_cache_reset(net_of(test));
	/* the real exporter counts what it is given */
	c->exporter.handed = (struct nst_amount) { 5, 5, 500 };
	c->armed = false;
	KUNIT_EXPECT_TRUE(test, nst_totals_idle(net_of(test), 0, &t));
	KUNIT_EXPECT_EQ(test, 5ULL, t.metered.packets);
	KUNIT_EXPECT_EQ(test, 5ULL, t.ended[NST_END_RESET]);
	/* a packet that is just being counted */
	c->metered.packets++;
	KUNIT_EXPECT_FALSE(test, nst_totals_idle(net_of(test), 0, &t));
	KUNIT_EXPECT_EQ(test, 5ULL, t.metered.packets);
	c->metered.packets--;
	c->armed = true;
}

/* -------------------------------------------------------------------- slots */

struct slot_packet {
	u16	flow;
	u8	slot;
};

static void meter_in_slot(struct nst_cpu *c, void *arg)
{
	const struct slot_packet *in = arg;
	struct nst_pkt *pkt = nst_ring_next(c);

	memset(pkt, 0, sizeof(*pkt));
	pkt->f.sport = htons(in->flow);
	pkt->f.slot = in->slot;
	pkt->packets = 1;
	pkt->bytes = 100;
	pkt->now = nst_meter_clock(c);
	nst_meter_packet(c, c->active[0], pkt);
}

static void send_in_slot(struct kunit *test, u8 slot, u16 flows)
{
	struct commit_fixture *x = test->priv;
	struct slot_packet in = { .slot = slot };

	mutex_lock(&x->nn.mutex);
	for (; in.flow < flows; in.flow++)
		nst_cpu_run(&x->nn, 0, meter_in_slot, &in);
	mutex_unlock(&x->nn.mutex);
	x->packets += flows;
	x->bytes += 100 * flows;
}

/* The first record, and up to two slots; 0: none. */
static struct nst_config *config_of_slots(struct kunit *test, u8 a, u8 b)
{
	struct nst_config *cfg = config(test, 0);

	cfg->slot = kvcalloc(2, sizeof(*cfg->slot), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cfg->slot);
	if (a)
		cfg->slot[cfg->nslots++].id = a;
	if (b)
		cfg->slot[cfg->nslots++].id = b;
	return cfg;
}

static void expect_slot(struct kunit *test, u8 slot, u64 created, u64 ended)
{
	struct nst_slot_totals *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	KUNIT_ASSERT_EQ(test, 0, nst_slot_totals_read(net_of(test), slot, t));
	KUNIT_EXPECT_EQ(test, 1U, t->nrecords);
	KUNIT_EXPECT_STREQ(test, "a", t->record[0].name);
	KUNIT_EXPECT_EQ(test, created, t->record[0].created);
	KUNIT_EXPECT_EQ(test, ended, t->record[0].ended);
}

static void expect_no_slot(struct kunit *test, u8 slot)
{
	struct nst_slot_totals *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	KUNIT_EXPECT_EQ(test, -ENOENT, nst_slot_totals_read(net_of(test), slot, t));
	KUNIT_EXPECT_EQ(test, -ENOENT, nst_cache_reset_slot(net_of(test), slot));
}

/* Flows are counted by slot, whatever slots come and go; one slot's can be ended. */
static void flows_by_slot(struct kunit *test)
{
	struct nst_sender *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	struct nst_net *nn = net_of(test);
	struct nst_totals t;

	KUNIT_ASSERT_NOT_NULL(test, s);
	mutex_init(&s->lock);
	nn->sender = s;
	commit_record(test, 0);
	send_in_slot(test, 0, 3);
	expect_slot(test, 0, 0, 0);
	nst_cache_flush_pending(nn);
	expect_slot(test, 0, 3, 0);
	expect_no_slot(test, 3);
	/* the table stays, and counts from now on */
	commit_config(test, config_of_slots(test, 3, 1));
	send_in_slot(test, 3, 2);
	send_in_slot(test, 1, 1);
	nst_cache_flush_pending(nn);
	expect_slot(test, 0, 3, 0);
	expect_slot(test, 1, 1, 0);
	expect_slot(test, 3, 2, 0);
	KUNIT_EXPECT_EQ(test, 0, nst_cache_reset_slot(nn, 3));
	expect_slot(test, 0, 3, 0);
	expect_slot(test, 1, 1, 0);
	expect_slot(test, 3, 2, 2);
	KUNIT_EXPECT_EQ(test, 2U, fake.n);
	expect_equation(test, &t);
	KUNIT_EXPECT_EQ(test, 2ULL, t.ended[NST_END_RESET]);
	KUNIT_EXPECT_EQ(test, 4ULL, t.cached.flows);
	/* a larger number, and one that has gone and comes back */
	commit_config(test, config_of_slots(test, 200, 3));
	send_in_slot(test, 200, 5);
	send_in_slot(test, 3, 1);
	nst_cache_flush_pending(nn);
	expect_no_slot(test, 1);
	expect_slot(test, 3, 3, 2);
	expect_slot(test, 200, 5, 0);
	commit_config(test, config_of_slots(test, 1, 0));
	expect_slot(test, 1, 1, 0);
	KUNIT_EXPECT_EQ(test, 0, nst_cache_reset_slot(nn, 0));
	expect_slot(test, 0, 3, 3);
	nst_cache_reset(nn);
	expect_slot(test, 1, 1, 1);
	KUNIT_EXPECT_EQ(test, 12U, fake.n);
	/* another record begins at 0 */
	commit_config(test, config(test, 2));
	expect_slot(test, 0, 0, 0);
	nn->sender = NULL;
}

static struct kunit_case commit_cases[] = {
	KUNIT_CASE(before_dump),
	KUNIT_CASE(before_reset),
	KUNIT_CASE(before_reset_of_statistics),
	KUNIT_CASE(before_another_record),
	KUNIT_CASE(before_other_keys),
	KUNIT_CASE(before_other_timeouts),
	KUNIT_CASE(before_metering_stops),
	KUNIT_CASE(before_unload),
	KUNIT_CASE(before_unload_without_room),
	KUNIT_CASE(before_unload_with_little_room),
	KUNIT_CASE(before_cpu_goes_offline),
	KUNIT_CASE(cpu_offline_without_room),
	KUNIT_CASE(cpu_is_back_at_once),
	KUNIT_CASE(cpu_is_back_later),
	KUNIT_CASE(cpu_offline_and_unload),
	KUNIT_CASE(rescan_of_the_same),
	KUNIT_CASE_PARAM(maps_differ, maps_gen_params),
	KUNIT_CASE(check_changes_nothing),
	KUNIT_CASE(unconfirmed_commit_is_undone),
	KUNIT_CASE(commit_confirms),
	KUNIT_CASE(unconfirmed_commits_follow),
	KUNIT_CASE(unconfirmed_memory_is_freed),
	KUNIT_CASE(nothing_to_undo),
	KUNIT_CASE(interfaces_in_the_map),
	KUNIT_CASE(interfaces_at_home),
	KUNIT_CASE(chosen_interface_indices),
	KUNIT_CASE(config_dump_meets_commit),
	KUNIT_CASE(config_dump_meets_short_commit),
	KUNIT_CASE(config_dump_is_whole),
	KUNIT_CASE(record_dump_meets_commit),
	KUNIT_CASE(interface_dump_meets_commit),
	KUNIT_CASE(export_dumps_meet_commit),
	KUNIT_CASE(listing_in_pieces),
	KUNIT_CASE(listing_meets_a_writer),
	KUNIT_CASE(idle_cpus_are_left_alone),
	KUNIT_CASE(flows_by_slot),
	KUNIT_CASE(monitors_are_apart),
	KUNIT_CASE(monitors_of_interfaces),
	KUNIT_CASE(accounts_of_monitors),
	KUNIT_CASE(monitor_goes),
	KUNIT_CASE(monitor_has_a_bound),
	{}
};

static struct kunit_suite commit_suite = {
	.name = "commit",
	.init = commit_init,
	.exit = commit_exit,
	.test_cases = commit_cases,
};

kunit_test_suite(commit_suite);

MODULE_DESCRIPTION("KUnit suite: commit");
MODULE_LICENSE("GPL");
