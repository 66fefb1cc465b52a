// SPDX-License-Identifier: GPL-2.0
/*
 * Routes: tables that are loaded, changed and replaced, and what they say of packets.
 * tests/fuzz/lpm.c compares the trie with a model.
 */
#include "nst_kunit.h"

#include <linux/prandom.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "lpm_memory.c"
#include "lpm.c"
#include "routes.c"
#include "fib.c"
#include "route_tables.c"

struct workqueue_struct *nst_wq;

#define SOCKET	77

static const struct in6_addr near = { { { 0x20, 1, 0xd, 0xb8, 0, 1, [15] = 1 } } };
static const struct in6_addr far = { { { 0x20, 1, 0xd, 0xb8, 0x80, [15] = 1 } } };
static const struct in6_addr nowhere = { { { 0xfd } } };

static int routes_init(struct kunit *test)
{
	struct nst_route_tables *tables = kunit_kzalloc(test, sizeof(*tables), GFP_KERNEL);

	nst_wq = alloc_workqueue("routes_kunit", WQ_UNBOUND, 0);
	if (!tables || !nst_wq)
		return -ENOMEM;
	nst_route_tables_init(tables);
	test->priv = tables;
	return 0;
}

static void routes_exit(struct kunit *test)
{
	if (test->priv)
		nst_route_tables_free(test->priv);
	/* what was replaced is freed by a work behind a grace period */
	rcu_barrier();
	if (nst_wq)
		destroy_workqueue(nst_wq);
}

static int add(struct nst_route_table *table, const struct in6_addr *addr,
	       u8 length, u32 origin, u32 peer)
{
	struct nst_route route = { .origin_as = origin, .peer_as = peer, .next_hop = near };
	struct nst_lpm_key key;

	nst_lpm_key_set(&key, addr, length);
	return nst_route_tables_add(table, &key, &route);
}

static struct nst_route_table *loading(struct kunit *test, const char *vrf)
{
	struct nst_route_tables *tables = test->priv;
	struct nst_route_table *load;

	KUNIT_ASSERT_EQ(test, 0, nst_route_tables_load(tables, SOCKET, vrf, "test"));
	load = nst_route_tables_loading(tables, SOCKET);
	KUNIT_ASSERT_NOT_NULL(test, load);
	nst_route_tables_bound(tables, load, 1000);
	return load;
}

/* The origin AS of an address in the namespace's table; -1: no route. */
static long origin(struct kunit *test, const struct in6_addr *addr)
{
	const struct nst_routes *routes;
	const struct nst_route *route = NULL;
	long as = -1;
	u8 length;

	rcu_read_lock();
	routes = nst_route_tables_find(test->priv, &init_net, 0);
	if (routes)
		route = nst_routes_lookup(routes, addr, &length);
	if (route)
		as = route->origin_as;
	rcu_read_unlock();
	return as;
}

static void replaced_at_once(struct kunit *test)
{
	struct nst_route_tables *tables = test->priv;
	struct nst_route_table *load = loading(test, "");
	u32 first = 0, second = 0;

	KUNIT_EXPECT_EQ(test, 0, add(load, &near, 32, 1, 10));
	KUNIT_EXPECT_EQ(test, 0, add(load, &near, 48, 2, 10));
	KUNIT_EXPECT_EQ(test, -1L, origin(test, &near));
	KUNIT_EXPECT_EQ(test, 0, nst_route_tables_commit(tables, SOCKET, 0, &first));
	KUNIT_EXPECT_NE(test, 0U, first);
	KUNIT_EXPECT_EQ(test, 2L, origin(test, &near));
	KUNIT_EXPECT_EQ(test, 1L, origin(test, &far));
	KUNIT_EXPECT_EQ(test, -1L, origin(test, &nowhere));
	/* what is in use can be changed, and replaced */
	KUNIT_EXPECT_EQ(test, 0, add(nst_route_tables_of(tables, ""), &near, 48, 3, 10));
	KUNIT_EXPECT_EQ(test, 3L, origin(test, &near));
	load = loading(test, "");
	KUNIT_EXPECT_EQ(test, 0, add(load, &near, 0, 4, 10));
	KUNIT_EXPECT_EQ(test, -ESTALE,
			nst_route_tables_commit(tables, SOCKET, first + 1, &second));
	KUNIT_EXPECT_EQ(test, 0, nst_route_tables_commit(tables, SOCKET, first, &second));
	KUNIT_EXPECT_NE(test, first, second);
	KUNIT_EXPECT_EQ(test, 4L, origin(test, &nowhere));
	KUNIT_EXPECT_EQ(test, -ESTALE, nst_route_tables_drop(tables, "", first));
	KUNIT_EXPECT_EQ(test, 0, nst_route_tables_drop(tables, "", second));
	KUNIT_EXPECT_FALSE(test, nst_route_tables_used(tables));
	KUNIT_EXPECT_EQ(test, -1L, origin(test, &near));
}

static void given_up(struct kunit *test)
{
	struct nst_route_tables *tables = test->priv;
	unsigned int i;
	u32 generation;

	loading(test, "");
	loading(test, "red");
	KUNIT_EXPECT_EQ(test, 1U, tables->nloads);
	KUNIT_EXPECT_EQ(test, 0, nst_route_tables_give_up(tables, SOCKET));
	KUNIT_EXPECT_EQ(test, -ENOENT, nst_route_tables_give_up(tables, SOCKET));
	KUNIT_EXPECT_EQ(test, -ENOENT,
			nst_route_tables_commit(tables, SOCKET, 0, &generation));
	for (i = 1; i <= NETSTREAM_ROUTES_LOADS_MAX; i++)
		KUNIT_EXPECT_EQ(test, 0, nst_route_tables_load(tables, i, "", "test"));
	KUNIT_EXPECT_EQ(test, -EBUSY, nst_route_tables_load(tables, i, "", "test"));
}

static void bounded(struct kunit *test)
{
	struct nst_route_tables *tables = test->priv;
	struct nst_route_table *load = loading(test, "");
	struct in6_addr addr = near;
	u32 generation;
	unsigned int i;

	for (i = 0; i < 6; i++) {
		addr.s6_addr[7] = i;
		KUNIT_EXPECT_EQ(test, 0, add(load, &addr, 64, i, 0));
	}
	nst_route_tables_commit(tables, SOCKET, 0, &generation);
	/* the table that is replaced does not count, other ones do */
	load = loading(test, "");
	nst_route_tables_bound(tables, load, 8);
	for (i = 0; i < 9; i++) {
		addr.s6_addr[7] = i;
		KUNIT_EXPECT_EQ(test, i < 8 ? 0 : -ENOSPC, add(load, &addr, 64, i, 0));
	}
	load = loading(test, "red");
	nst_route_tables_bound(tables, load, 8);
	for (i = 0; i < 3; i++) {
		addr.s6_addr[7] = i;
		KUNIT_EXPECT_EQ(test, i < 2 ? 0 : -ENOSPC, add(load, &addr, 64, i, 0));
	}
}

static void values(struct kunit *test)
{
	struct nst_route_tables *tables = test->priv;
	struct nst_fields f = { .src = near, .dst = far, .dst_as = 99 };
	struct nst_route_table *load;
	u32 generation;

	nst_route_tables_values(tables, &init_net, NST_ROUTES_DST_AS, &f);
	KUNIT_EXPECT_EQ(test, 99U, f.dst_as);
	load = loading(test, "");
	add(load, &near, 48, 1, 10);
	add(load, &far, 36, 2, 20);
	nst_route_tables_commit(tables, SOCKET, 0, &generation);
	nst_route_tables_values(tables, &init_net, NST_ROUTES_SRC_AS, &f);
	KUNIT_EXPECT_EQ(test, 1U, f.src_as);
	KUNIT_EXPECT_EQ(test, 99U, f.dst_as);
	nst_route_tables_values(tables, &init_net, NST_ROUTES_SRC_AS | NST_ROUTES_DST_AS |
				NST_ROUTES_NEXT_HOP | NST_ROUTES_PEER, &f);
	KUNIT_EXPECT_EQ(test, 10U, f.src_as);
	KUNIT_EXPECT_EQ(test, 20U, f.dst_as);
	KUNIT_EXPECT_MEMEQ(test, &near, &f.bgp_next_hop, sizeof(near));
	f.dst = nowhere;
	nst_route_tables_values(tables, &init_net, NST_ROUTES_DST_AS, &f);
	KUNIT_EXPECT_EQ(test, 20U, f.dst_as);
}

#define LISTED	64

struct listed {
	struct nst_lpm_key	key;
	u32			value;	/* 0: it is not in the table */
};

/* An address, of few of which the first bits differ, so that prefixes nest. */
static void draw(struct rnd_state *rnd, struct in6_addr *addr)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		addr->s6_addr32[i] = prandom_u32_state(rnd);
	addr->s6_addr[0] = 0x20;
	addr->s6_addr[1] &= 0x03;
	addr->s6_addr[2] &= 0x81;
}

/* The longest prefix of the list that covers the address. */
static u32 find_listed(const struct listed *list, const struct in6_addr *addr, u8 *length)
{
	struct nst_lpm_key key;
	const struct listed *best = NULL;
	unsigned int i;

	nst_lpm_key_set(&key, addr, NST_LPM_BITS);
	for (i = 0; i < LISTED; i++)
		if (list[i].value && nst_lpm_key_covers(&list[i].key, &key) &&
		    (!best || list[i].key.length > best->key.length))
			best = &list[i];
	*length = best ? best->key.length : 0;
	return best ? best->value : 0;
}

static unsigned int wrong_lookups(const struct nst_lpm *lpm, const struct listed *list,
				  struct rnd_state *rnd, unsigned int lookups)
{
	unsigned int wrong = 0;
	struct in6_addr addr;
	u8 length, expected;
	u32 value;

	while (lookups--) {
		draw(rnd, &addr);
		length = 0;
		rcu_read_lock();
		value = nst_lpm_lookup(lpm, &addr, &length);
		rcu_read_unlock();
		wrong += value != find_listed(list, &addr, &expected);
		wrong += value && length != expected;
		cond_resched();
	}
	return wrong;
}

/* Inserts, replacements and withdrawals, compared with a list; then a million lookups. */
static void random_changes(struct kunit *test)
{
	struct listed *list = kunit_kcalloc(test, LISTED, sizeof(*list), GFP_KERNEL);
	struct nst_lpm *lpm = nst_lpm_create();
	unsigned int i, at, wrong = 0, count = 0;
	struct rnd_state rnd;
	struct in6_addr addr;
	u32 old;

	KUNIT_ASSERT_NOT_NULL(test, list);
	KUNIT_ASSERT_NOT_NULL(test, lpm);
	prandom_seed_state(&rnd, 7);
	for (i = 0; i < LISTED; i++) {
		do {
			draw(&rnd, &addr);
			nst_lpm_key_set(&list[i].key, &addr, 1 + prandom_u32_state(&rnd) % 40);
			for (at = 0; at < i; at++)
				if (!memcmp(&list[at].key, &list[i].key, sizeof(list[i].key)))
					break;
		} while (at < i);
	}
	nst_lpm_publish(lpm);
	for (i = 0; i < 20000; i++) {
		at = prandom_u32_state(&rnd) % LISTED;
		if (prandom_u32_state(&rnd) % 3) {
			count += !list[at].value;
			wrong += !!nst_lpm_put(lpm, &list[at].key, i + 1, &old);
			wrong += old != list[at].value;
			list[at].value = i + 1;
		} else if (list[at].value) {
			wrong += nst_lpm_remove(lpm, &list[at].key) != list[at].value;
			list[at].value = 0;
			count--;
		}
		wrong += nst_lpm_count(lpm) != count;
		wrong += wrong_lookups(lpm, list, &rnd, 2);
	}
	KUNIT_EXPECT_EQ(test, 0U, wrong);
	KUNIT_EXPECT_GT(test, count, 20U);
	KUNIT_EXPECT_EQ(test, 0U, wrong_lookups(lpm, list, &rnd, 1000000));
	nst_lpm_destroy(lpm);
}

/* This namespace's forwarding table has no route to any of the addresses. */
static void masks(struct kunit *test)
{
	const u8 both = NST_ROUTES_SRC_MASK | NST_ROUTES_DST_MASK;
	struct nst_fields f = { .src = near, .dst = far, .src_mask = 64 };
	struct nst_route_tables *tables = test->priv;
	struct nst_route_table *load = loading(test, "");
	u32 generation;

	add(load, &near, 48, 1, 10);
	add(load, &far, 36, 2, 20);
	nst_route_tables_commit(tables, SOCKET, 0, &generation);
	/* of a packet: what the forwarding table says stays */
	nst_route_tables_values(tables, &init_net, both, &f);
	KUNIT_EXPECT_EQ(test, 64, (int)f.src_mask);
	KUNIT_EXPECT_EQ(test, 36, (int)f.dst_mask);
	KUNIT_EXPECT_EQ(test, 0U, f.src_as);
	/* of a flow: what it had before does not count */
	nst_route_tables_masks(tables, &init_net, NETSTREAM_MASK_FIB, NST_ROUTES_DST_MASK, &f);
	KUNIT_EXPECT_EQ(test, 64, (int)f.src_mask);
	KUNIT_EXPECT_EQ(test, 0, (int)f.dst_mask);
	nst_route_tables_masks(tables, &init_net, NETSTREAM_MASK_AUTO, both, &f);
	KUNIT_EXPECT_EQ(test, 48, (int)f.src_mask);
	KUNIT_EXPECT_EQ(test, 36, (int)f.dst_mask);
	f.dst = nowhere;
	nst_route_tables_masks(tables, &init_net, NETSTREAM_MASK_ROUTES,
			       both | NST_ROUTES_DST_AS, &f);
	KUNIT_EXPECT_EQ(test, 48, (int)f.src_mask);
	KUNIT_EXPECT_EQ(test, 0, (int)f.dst_mask);
	KUNIT_EXPECT_EQ(test, 0U, f.dst_as);
}

static struct kunit_case routes_cases[] = {
	KUNIT_CASE(replaced_at_once),
	KUNIT_CASE(given_up),
	KUNIT_CASE(bounded),
	KUNIT_CASE(values),
	KUNIT_CASE(masks),
	KUNIT_CASE(random_changes),
	{}
};

static struct kunit_suite routes_suite = {
	.name = "routes",
	.init = routes_init,
	.exit = routes_exit,
	.test_cases = routes_cases,
};

kunit_test_suite(routes_suite);

MODULE_DESCRIPTION("KUnit suite: routes");
MODULE_LICENSE("GPL");
