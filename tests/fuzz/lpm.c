// SPDX-License-Identifier: GPL-2.0
/*
 * Longest-prefix match against a model: prefixes are added, changed and removed at
 * random, and lookups and walks must say what a plain table of them says.
 *
 *   lpm SEED STEPS
 */
#include "driver.h"

/* with its structures: a reader that is slow is made of them */
#include "../../kmod/lpm_memory.c"
#include "../../kmod/lpm.c"
#include "../../kmod/routes.c"

#define PREFIXES	4096
#define BUCKETS		8192

/**
 * struct entry - a prefix that has ever been drawn
 * @key: the prefix
 * @value: its value, 0: it is not in the trie
 * @next: in the bucket
 */
struct entry {
	struct nst_lpm_key	key;
	u32			value;
	struct entry		*next;
};

static struct entry entries[PREFIXES];
static struct entry *bucket[BUCKETS];
static unsigned int drawn, present;

static struct entry **find(const struct nst_lpm_key *key)
{
	u64 hash = (key->word[0] * GOLDEN_RATIO_64 ^ key->word[1] ^ key->length) *
		   GOLDEN_RATIO_64;
	struct entry **at = &bucket[hash >> 51];

	while (*at && memcmp((*at)->key.word, key->word, sizeof(key->word)))
		at = &(*at)->next;
	while (*at && ((*at)->key.length != key->length ||
		       memcmp((*at)->key.word, key->word, sizeof(key->word))))
		at = &(*at)->next;
	return at;
}

/* What the longest prefix of an address is, by looking for each length. */
static u32 expected(const struct in6_addr *addr, u8 *length)
{
	struct nst_lpm_key key;
	struct entry *e;
	int bits;

	for (bits = NST_LPM_BITS; bits >= 0; bits--) {
		nst_lpm_key_set(&key, addr, bits);
		e = *find(&key);
		if (e && e->value) {
			*length = bits;
			return e->value;
		}
	}
	return 0;
}

/* Addresses that have much in common, so that prefixes are close to each other. */
static void draw_addr(struct in6_addr *addr)
{
	unsigned int i;

	if (drawn && driver_chance(60)) {
		nst_lpm_key_addr(&entries[driver_below(drawn)].key, addr);
		i = driver_below(NST_LPM_BITS);
		addr->s6_addr[i / 8] ^= 1 << i % 8;
		if (driver_chance(50))
			return;
	} else {
		memset(addr, 0, sizeof(*addr));
		addr->s6_addr[0] = 0x20;
	}
	for (i = driver_below(16); i < 16; i++)
		addr->s6_addr[i] = driver_chance(50) ? driver_random() : 0;
}

static struct entry *draw_entry(void)
{
	static const u8 common[] = { 0, 1, 3, 4, 5, 16, 29, 32, 36, 44, 48, 48, 48, 64, 127, 128 };
	struct nst_lpm_key key;
	struct in6_addr addr;
	struct entry **at;

	if (drawn == PREFIXES || (drawn && driver_chance(50)))
		return &entries[driver_below(drawn)];
	draw_addr(&addr);
	nst_lpm_key_set(&key, &addr, driver_chance(50) ?
			common[driver_below(ARRAY_SIZE(common))] :
			driver_below(NST_LPM_BITS + 1));
	at = find(&key);
	if (*at)
		return *at;
	entries[drawn].key = key;
	*at = &entries[drawn];
	return &entries[drawn++];
}

static void check_lookup(const struct nst_lpm *lpm)
{
	struct in6_addr addr;
	u8 length = 0, wanted = 0;
	u32 value, want;

	draw_addr(&addr);
	want = expected(&addr, &wanted);
	value = nst_lpm_lookup(lpm, &addr, &length);
	FUZZ_EXPECT(value == want && (!want || length == wanted),
		    "lookup says %u of length %u, not %u of length %u",
		    value, length, want, wanted);
}

struct seen {
	struct nst_lpm_key	last;
	unsigned int		n;
};

static int visit(const struct nst_lpm_key *key, u32 value, void *data)
{
	struct seen *seen = data;
	struct entry *e = *find(key);

	FUZZ_EXPECT(e && e->value == value, "walk: a prefix that is not there");
	if (seen->n++) {
		int order = key->word[0] != seen->last.word[0] ?
			    (key->word[0] > seen->last.word[0] ? 1 : -1) :
			    key->word[1] != seen->last.word[1] ?
			    (key->word[1] > seen->last.word[1] ? 1 : -1) :
			    (int)key->length - seen->last.length;

		FUZZ_EXPECT(order > 0, "walk: prefixes out of order");
	}
	seen->last = *key;
	/* now and then begin anew behind this one, as a dump does */
	return driver_chance(2);
}

static void check_walk(const struct nst_lpm *lpm)
{
	struct seen seen = {};
	struct nst_lpm_key after;

	if (nst_lpm_walk(lpm, NULL, visit, &seen)) {
		do
			after = seen.last;
		while (nst_lpm_walk(lpm, &after, visit, &seen));
	}
	FUZZ_EXPECT(seen.n == present && nst_lpm_count(lpm) == present,
		    "walk: %u prefixes of %u, counted %u", seen.n, present,
		    nst_lpm_count(lpm));
}

/* The change under way: a prefix, and what it will be. */
static struct {
	const struct nst_lpm	*lpm;
	struct nst_lpm_key	key;
	u32			value;
} changing;

/* Waiting for readers is of use only once new ones see the change. */
static void published(void)
{
	FUZZ_EXPECT(!changing.lpm ||
		    nst_lpm_get(changing.lpm, &changing.key) == changing.value,
		    "waits for readers before the change is published");
}

static void change(struct nst_lpm *lpm, u32 add_percent)
{
	struct entry *e = draw_entry();
	u32 old, value;
	int err;

	if (driver_chance(add_percent)) {
		value = driver_random() | 1;
		changing.lpm = lpm;
		changing.key = e->key;
		changing.value = value;
		err = nst_lpm_put(lpm, &e->key, value, &old);
		if (err)
			return;
		FUZZ_EXPECT(old == e->value, "put: the old value");
		present += !e->value;
		e->value = value;
		return;
	}
	changing.lpm = e->value ? lpm : NULL;
	changing.key = e->key;
	changing.value = 0;
	old = nst_lpm_remove(lpm, &e->key);
	if (!old && fuzz_alloc_fails)
		return;
	FUZZ_EXPECT(old == e->value, "remove: the old value");
	present -= !!e->value;
	e->value = 0;
}

/* ------------------------------------------------------------ grace periods */

static void (*waiting)(struct rcu_head *rcu);
static struct rcu_head *waiting_head;

static void hold(struct rcu_head *rcu, void (*func)(struct rcu_head *rcu))
{
	FUZZ_EXPECT(!waiting, "two grace periods at once");
	waiting = func;
	waiting_head = rcu;
}

static void let_go(void)
{
	void (*func)(struct rcu_head *rcu) = waiting;

	waiting = NULL;
	if (func)
		func(waiting_head);
}

/*
 * A reader that began at the root before changes, and goes on after them, finds
 * what was there before, if that has not changed.
 */
static void check_slow_reader(struct nst_lpm *lpm)
{
	static struct in6_addr addr[64];
	static u32 before[64];
	u8 length, wanted;
	unsigned int i, n;
	struct nst_lpm *slow = malloc(sizeof(*slow));

	for (i = 0; i < ARRAY_SIZE(addr); i++) {
		draw_addr(&addr[i]);
		before[i] = expected(&addr[i], &wanted);
	}
	/* what was there before may be used again: it waits since long ago */
	let_go();
	*slow = *lpm;
	for (n = driver_below(200); n; n--)
		change(lpm, 50);
	for (i = 0; i < ARRAY_SIZE(addr); i++) {
		if (expected(&addr[i], &wanted) != before[i])
			continue;
		/* it may see a longer prefix that came and went meanwhile */
		FUZZ_EXPECT(!before[i] ||
			    nst_lpm_lookup(slow, &addr[i], &length) != 0,
			    "a slow reader misses a prefix");
	}
	free(slow);
}

static u32 failures;

static bool fail(void)
{
	return driver_below(failures) == 0;
}

static void run(u64 seed, unsigned int steps)
{
	struct nst_lpm *lpm;
	u32 add = 60;

	driver_seed(seed);
	memset(bucket, 0, sizeof(bucket));
	memset(entries, 0, sizeof(entries));
	drawn = 0;
	present = 0;
	lpm = nst_lpm_create();
	FUZZ_EXPECT(lpm, "no memory");
	for (unsigned int i = 0; i < steps; i++) {
		if (i == steps / 8)
			nst_lpm_publish(lpm);
		if (i % 5000 == 0) {
			add = 20 + driver_below(70);
			failures = driver_chance(30) ? 2 + driver_below(20) : 0;
			fuzz_alloc_fails = failures ? fail : NULL;
		}
		change(lpm, add);
		check_lookup(lpm);
		if (driver_chance(1))
			let_go();
		if (i % 1000 == 0) {
			check_walk(lpm);
			if (i > steps / 8)
				check_slow_reader(lpm);
		}
	}
	fuzz_alloc_fails = NULL;
	changing.lpm = NULL;
	while (present) {
		for (unsigned int i = 0; i < drawn; i++)
			if (entries[i].value) {
				FUZZ_EXPECT(nst_lpm_remove(lpm, &entries[i].key),
					    "the last removal");
				entries[i].value = 0;
				present--;
			}
	}
	check_walk(lpm);
	let_go();
	nst_lpm_destroy(lpm);
	FUZZ_EXPECT(!fuzz_allocated, "%ld allocations leaked", fuzz_allocated);
}

/* ------------------------------------------------------------------- routes */

/* Few combinations at a time, but always other ones, so that unused ones are freed. */
static void draw_route(struct nst_route *route, unsigned int step)
{
	memset(route, 0, sizeof(*route));
	route->origin_as = step / 20 + driver_below(50);
	route->peer_as = driver_below(4);
	route->next_hop.s6_addr[15] = driver_below(3);
}

static void run_routes(u64 seed, unsigned int steps)
{
	static struct nst_route wanted[PREFIXES];
	struct nst_routes *routes = nst_routes_create(PREFIXES / 2);
	const struct nst_route *found;
	struct nst_routes_sizes size;
	struct nst_route route;
	struct in6_addr addr;
	struct entry *e;
	u8 length;
	int err;

	driver_seed(seed);
	memset(bucket, 0, sizeof(bucket));
	memset(entries, 0, sizeof(entries));
	drawn = 0;
	present = 0;
	FUZZ_EXPECT(routes, "no memory");
	for (unsigned int i = 0; i < steps; i++) {
		if (i == steps / 8)
			nst_routes_publish(routes);
		fuzz_alloc_fails = i / 1000 % 4 == 3 ? fail : NULL;
		failures = 10;
		e = draw_entry();
		draw_route(&route, i);
		if (driver_chance(65)) {
			err = nst_routes_add(routes, &e->key, &route);
			FUZZ_EXPECT(!err || err == -ENOMEM ||
				    (err == -ENOSPC && !e->value && present == PREFIXES / 2),
				    "add: %d", err);
			if (!err) {
				present += !e->value;
				e->value = 1;
				wanted[e - entries] = route;
			}
		} else {
			err = nst_routes_withdraw(routes, &e->key);
			FUZZ_EXPECT(err == (e->value ? 0 : -ENOENT) || err == -ENOMEM,
				    "withdraw: %d", err);
			if (!err) {
				present--;
				e->value = 0;
			}
		}
		draw_addr(&addr);
		found = nst_routes_lookup(routes, &addr, &length);
		e = NULL;
		for (int bits = NST_LPM_BITS; bits >= 0 && !(e && e->value); bits--) {
			struct nst_lpm_key key;

			nst_lpm_key_set(&key, &addr, bits);
			e = *find(&key);
		}
		e = e && e->value ? e : NULL;
		FUZZ_EXPECT(!found == !e && (!e || (e->key.length == length &&
			    nst_routes_same(found, &wanted[e - entries]))),
			    "lookup: another route");
		if (driver_chance(1))
			let_go();
		nst_routes_size(routes, &size);
		FUZZ_EXPECT(size.prefixes == present && size.routes <= present &&
			    routes->idle < NST_ROUTES_IDLE + routes->live,
			    "%u prefixes of %u, %u routes", size.prefixes, present,
			    size.routes);
	}
	fuzz_alloc_fails = NULL;
	let_go();
	nst_routes_destroy(routes);
	FUZZ_EXPECT(!fuzz_allocated, "%ld allocations leaked", fuzz_allocated);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: lpm SEED STEPS\n");
		return 2;
	}
	fuzz_call_rcu = hold;
	fuzz_synchronize_rcu = published;
	run(atoll(argv[1]), atoi(argv[2]));
	printf("ok fuzz.lpm # %s steps\n", argv[2]);
	run_routes(atoll(argv[1]), atoi(argv[2]));
	printf("ok fuzz.routes # %s steps\n", argv[2]);
	return 0;
}
