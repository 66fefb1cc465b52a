// SPDX-License-Identifier: GPL-2.0
/* The follower: UPDATE messages, the decision between paths, what is stale. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "follow/bmp.h"
#include "follow/rib.h"

/* ------------------------------------------------------- UPDATE messages */

static char told[4096];

static void tell(const char *what, const struct bgp_prefix *p, const struct bgp_path *path)
{
	char address[INET6_ADDRSTRLEN], hop[INET6_ADDRSTRLEN], line[200];

	inet_ntop(p->afi == BGP_AFI_IPV6 ? AF_INET6 : AF_INET, &p->address, address,
		  sizeof(address));
	snprintf(line, sizeof(line), "%s%s/%u", what, address, p->length);
	strcat(told, line);
	if (p->path_id) {
		snprintf(line, sizeof(line), "#%u", p->path_id);
		strcat(told, line);
	}
	if (path) {
		inet_ntop(AF_INET6, &path->next_hop, hop, sizeof(hop));
		snprintf(line, sizeof(line), " %u %u %s %u", path->origin_as, path->peer_as, hop,
			 path->preference);
		strcat(told, line);
	}
	strcat(told, ";");
}

static void on_announce(const struct bgp_prefix *prefix, const struct bgp_path *path, void *arg)
{
	(void)arg;
	tell("+", prefix, path);
}

static void on_withdraw(const struct bgp_prefix *prefix, void *arg)
{
	(void)arg;
	tell("-", prefix, NULL);
}

static void on_end(enum bgp_afi afi, void *arg)
{
	(void)arg;
	strcat(told, afi == BGP_AFI_IPV6 ? "end6;" : "end4;");
}

static const struct bgp_receiver receiver = { on_announce, on_withdraw, on_end, NULL };
static struct bgp_encoding encoding;
static struct bgp_fault fault;

static size_t from_hex(const char *hex, uint8_t *to)
{
	size_t n = 0;
	unsigned int byte;

	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		sscanf(hex++, "%2x", &byte);
		to[n++] = byte;
	}
	return n;
}

/* An UPDATE with these attributes; the verdict, and what it says in @told. */
static enum bgp_verdict parse(const char *attributes)
{
	uint8_t data[4096];
	size_t n = from_hex(attributes, data + 4);

	memset(data, 0, 2);
	data[2] = n >> 8;
	data[3] = n;
	told[0] = '\0';
	return bgp_update_parse(data, n + 4, &encoding, &receiver, &fault);
}

static void expect(int line, const char *attributes, enum bgp_verdict verdict, const char *what)
{
	enum bgp_verdict got = parse(attributes);

	if (got == verdict && !strcmp(told, what))
		return;
	printf("  %s:%d: verdict %d, \"%s\" (%s)\n", __FILE__, line, got, told,
	       fault.text ? fault.text : "no fault");
	failures++;
}

#define EXPECT(...) expect(__LINE__, __VA_ARGS__)

#define ORIGIN	"400101 00"
#define PATH4	"400206 0201 00011170"		/* AS 70000 */
#define PATH_12	"40020a 0202 00000001 00000002"
#define HOP	"20010db8000000000000000000000001"
#define REACH	"800e1c 0002 01 10" HOP "00 30 20010db80001"	/* 2001:db8:1::/48 */
#define BOTH	"800e2c 0002 01 20" HOP "fe800000000000000000000000000001 00 30 20010db80001"
#define WRONG	"800e2c 0002 01 20 fe800000000000000000000000000001" HOP "00 30 20010db80001"

static void test_update(void)
{
	encoding = (struct bgp_encoding){ .as4 = true };
	EXPECT(ORIGIN PATH_12 REACH, BGP_GOOD, "+2001:db8:1::/48 2 1 2001:db8::1 100;");
	EXPECT(ORIGIN PATH4 BOTH, BGP_GOOD, "+2001:db8:1::/48 70000 70000 2001:db8::1 100;");
	EXPECT(ORIGIN PATH4 WRONG, BGP_GOOD, "+2001:db8:1::/48 70000 70000 2001:db8::1 100;");
	EXPECT(ORIGIN "400200" REACH "400504 000000c8", BGP_GOOD,
	       "+2001:db8:1::/48 0 0 2001:db8::1 200;");
	EXPECT("800f0a 0002 01 30 20010db80001", BGP_GOOD, "-2001:db8:1::/48;");
	/* bits behind the length do not count */
	EXPECT("800f09 0002 01 21 20010db8ff", BGP_GOOD, "-2001:db8:8000::/33;");
	EXPECT("800f03 0002 01", BGP_GOOD, "end6;");
	EXPECT("", BGP_GOOD, "end4;");
	/* a family that is not known is passed over */
	EXPECT(ORIGIN PATH_12 "800e0a 0002 80 00 00 58 00000000", BGP_GOOD, "");
	/* an IPv6 prefix by an IPv4 next hop */
	EXPECT(ORIGIN PATH_12 "800e10 0002 01 04 c0000201 00 30 20010db80001", BGP_GOOD,
	       "+2001:db8:1::/48 2 1 ::ffff:192.0.2.1 100;");
}

static void test_encodings(void)
{
	encoding = (struct bgp_encoding){ .as4 = true, .add_path6 = true };
	EXPECT(ORIGIN PATH_12 "800e20 0002 01 10" HOP "00 00000007 30 20010db80001", BGP_GOOD,
	       "+2001:db8:1::/48#7 2 1 2001:db8::1 100;");
	encoding = (struct bgp_encoding){ .as4 = false };
	EXPECT(ORIGIN "400206 0202 0001 5ba0" "c01106 0201 00011170" REACH, BGP_GOOD,
	       "+2001:db8:1::/48 70000 1 2001:db8::1 100;");
	/* somebody aggregated later: AS4_PATH is older */
	EXPECT(ORIGIN "400206 0202 0001 5ba0" "c01106 0201 00011170"
	       "c00706 0001 0a000001" "c01208 00011170 0a000001" REACH, BGP_GOOD,
	       "+2001:db8:1::/48 23456 1 2001:db8::1 100;");
	/* from another AS, LOCAL_PREF does not count, even if it is malformed */
	encoding = (struct bgp_encoding){ .as4 = true, .external = true };
	EXPECT(ORIGIN PATH_12 "400503 000001" REACH, BGP_GOOD,
	       "+2001:db8:1::/48 2 1 2001:db8::1 100;");
}

/* RFC 7606: a malformed attribute withdraws. */
static void test_malformed(void)
{
	static const char *const attributes[] = {
		"400101 03" PATH_12, "400102 0000" PATH_12, PATH_12, ORIGIN,
		ORIGIN "400205 0201 000111", ORIGIN "400206 0501 00011170", ORIGIN "400202 0200",
		ORIGIN PATH_12 "800403 000001", ORIGIN PATH_12 "400503 000001",
		ORIGIN PATH_12 "c00803 000001", ORIGIN PATH_12 "800900", ORIGIN PATH_12 "800a03 000001",
		"c00101 00" PATH_12, ORIGIN PATH_12 "c01007 00000000000000",
	};
	char text[500];
	size_t i;

	encoding = (struct bgp_encoding){ .as4 = true };
	for (i = 0; i < ARRAY_SIZE(attributes); i++) {
		snprintf(text, sizeof(text), "%s" REACH, attributes[i]);
		EXPECT(text, BGP_WITHDRAWN, "-2001:db8:1::/48;");
	}
	/* an attribute that reaches beyond the others: the prefixes stand before it */
	EXPECT(ORIGIN PATH_12 REACH "c008ff 00", BGP_WITHDRAWN, "-2001:db8:1::/48;");
	EXPECT(ORIGIN PATH_12 "800e14 0002 01 08 0000000000000001 00 30 20010db80001",
	       BGP_WITHDRAWN, "-2001:db8:1::/48;");
	/* only the first one counts */
	EXPECT(ORIGIN PATH_12 "40020400000000" REACH, BGP_GOOD,
	       "+2001:db8:1::/48 2 1 2001:db8::1 100;");
}

/* The prefixes themselves cannot be read. */
static void test_unreadable(void)
{
	encoding = (struct bgp_encoding){ .as4 = true };
	EXPECT(ORIGIN PATH_12 "800e1c 0002 01 10" HOP "00 81 20010db80001", BGP_BAD, "");
	EXPECT(ORIGIN PATH_12 "800e1c 0002 01 10" HOP "00 40 20010db80001", BGP_BAD, "");
	EXPECT(ORIGIN PATH_12 REACH REACH, BGP_BAD, "");
	EXPECT(ORIGIN PATH_12 "800e05 0002 01 10 00", BGP_BAD, "");
	EXPECT("800f02 0002", BGP_BAD, "");
}

static void test_open(void)
{
	struct bgp_open own = { .as = 4200000000u, .hold = 90, .identifier = 0x0a000001 }, got;
	uint8_t data[BGP_MESSAGE_MAX];
	size_t len = bgp_message_write_open(data, &own);

	CHECK(bgp_message_length(data, len, BGP_MESSAGE_MAX, &fault) == (int)len);
	CHECK(bgp_message_length(data, 18, BGP_MESSAGE_MAX, &fault) == 0);
	CHECK(!bgp_message_read_open(data + 19, len - 19, &got, &fault));
	CHECK(got.as == own.as && got.hold == 90 && got.identifier == own.identifier);
	CHECK(got.ipv6 && got.as4 && got.refresh && got.restart && !got.kept);
	CHECK(!got.add_path4 && !got.add_path6);
	/* RFC 9072: the same with lengths of two bytes */
	len = from_hex("04 fde8 005a 0a000001 ff ff 000b 02 0008 0104 00020001 0200", data);
	CHECK(!bgp_message_read_open(data, len, &got, &fault));
	CHECK(got.as == 65000 && got.ipv6 && got.refresh);
	data[0] = 3;
	CHECK(bgp_message_read_open(data, len, &got, &fault) && fault.subcode == BGP_OPEN_VERSION);
	data[0] = 4;
	data[4] = 2;
	CHECK(bgp_message_read_open(data, len, &got, &fault) && fault.subcode == BGP_OPEN_HOLD);
	data[0] = 0;
	CHECK(bgp_message_length(data, 1, BGP_MESSAGE_MAX, &fault) < 0);
}

/* --------------------------------------------------------------- decision */

static struct rib *rib;
static struct rib_peer peers[3];
static struct bgp_prefix prefix = { .afi = BGP_AFI_IPV6, .length = 48 };
static char changes[512];

static void note(const struct in6_addr *address, unsigned int length,
		 const struct rib_route *route, void *arg)
{
	char line[100];

	(void)address;
	(void)length;
	(void)arg;
	snprintf(line, sizeof(line), route ? "%u;" : "gone;", route ? route->origin_as : 0);
	strcat(changes, line);
}

/* What has changed: the origin AS of each route that the module is told of. */
static const char *changed(void)
{
	changes[0] = '\0';
	rib_changes(rib, note, NULL);
	return changes;
}

static const char *everything(void)
{
	changes[0] = '\0';
	rib_all(rib, note, NULL);
	return changes;
}

static void begin(void)
{
	size_t i;

	memset(peers, 0, sizeof(peers));
	rib = rib_new();
	for (i = 0; i < ARRAY_SIZE(peers); i++) {
		peers[i].address.s6_addr[15] = i + 1;
		peers[i].identifier = i + 1;
		peers[i].preference = 100;
		rib_add_peer(rib, &peers[i]);
		rib_peer_up(rib, &peers[i]);
	}
}

static void end(void)
{
	struct rib_counts c;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(peers); i++)
		rib_remove_peer(rib, &peers[i]);
	changed();
	rib_count(rib, &c);
	CHECK(!c.paths && !c.prefixes && !c.routes);
	rib_free(rib);
}

/* P() overrides what most paths have. */
#pragma GCC diagnostic ignored "-Woverride-init"

/* Paths of peers 0 and 1, which differ in one thing: that of peer 1 has to win. */
static void wins(int line, struct bgp_path loser, struct bgp_path winner)
{
	loser.origin_as = 10;
	winner.origin_as = 11;
	rib_announce(rib, &peers[0], &prefix, &loser);
	rib_announce(rib, &peers[1], &prefix, &winner);
	if (strcmp(changed(), "11;")) {
		printf("  %s:%d: \"%s\"\n", __FILE__, line, changes);
		failures++;
	}
	rib_withdraw(rib, &peers[0], &prefix);
	rib_withdraw(rib, &peers[1], &prefix);
	changed();
}

#define WINS(a, b) wins(__LINE__, (struct bgp_path)a, (struct bgp_path)b)
#define P(...) { .peer_as = 1, .length = 2, .preference = 100, __VA_ARGS__ }

static void test_decision(void)
{
	begin();
	WINS(P(.preference = 100), P(.preference = 200, .length = 9));
	WINS(P(.length = 3), P(.length = 2, .origin = 2));
	WINS(P(.origin = BGP_ORIGIN_INCOMPLETE), P(.origin = BGP_ORIGIN_EGP, .med = 9));
	WINS(P(.med = 2), P(.med = 1));
	/* of another neighbour AS, MED says nothing: the lower identifier */
	peers[1].identifier = 0;
	WINS(P(.med = 1), P(.med = 2, .peer_as = 2));
	peers[1].identifier = 2;
	peers[1].external = true;
	WINS(P(), P());
	peers[1].external = false;
	/* ORIGINATOR_ID stands for the identifier */
	WINS(P(.originator = 7), P(.originator = 6, .clusters = 9));
	WINS(P(.originator = 7, .clusters = 2), P(.originator = 7, .clusters = 1));
	peers[1].preference = 101;
	WINS(P(.preference = 300), P());
	peers[1].preference = 100;
	/* at last, the address */
	peers[0].identifier = 2;
	peers[0].address.s6_addr[15] = 9;
	WINS(P(), P());
	end();
}

/* MED is not transitive: A beats B by MED, B beats C and C beats A by identifier. */
static void test_med_among_three(void)
{
	static const unsigned int order[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 2, 0 } };
	const struct bgp_path paths[] = {
		{ .origin_as = 20, .peer_as = 1, .med = 1, .preference = 100 },
		{ .origin_as = 21, .peer_as = 1, .med = 2, .preference = 100 },
		{ .origin_as = 22, .peer_as = 2, .med = 0, .preference = 100 },
	};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		begin();
		peers[0].identifier = 3;
		peers[1].identifier = 1;
		peers[2].identifier = 2;
		for (j = 0; j < 3; j++)
			rib_announce(rib, &peers[order[i][j]], &prefix, &paths[order[i][j]]);
		CHECK(!strcmp(changed(), "22;"));
		end();
	}
}

static void test_changes(void)
{
	struct bgp_path a = P(.origin_as = 1), b = P(.origin_as = 2, .length = 5);

	begin();
	rib_announce(rib, &peers[0], &prefix, &a);
	CHECK(!strcmp(changed(), "1;"));
	/* nothing of it is told: the best one stays */
	rib_announce(rib, &peers[1], &prefix, &b);
	a.med = 5;
	rib_announce(rib, &peers[0], &prefix, &a);
	CHECK(!strcmp(changed(), ""));
	rib_withdraw(rib, &peers[0], &prefix);
	CHECK(!strcmp(changed(), "2;"));
	rib_withdraw(rib, &peers[1], &prefix);
	rib_announce(rib, &peers[1], &prefix, &b);
	CHECK(!strcmp(changed(), ""));
	rib_withdraw(rib, &peers[1], &prefix);
	CHECK(!strcmp(changed(), "gone;"));
	CHECK(!strcmp(everything(), ""));
	end();
}

/* Several paths of one peer. */
static void test_path_identifiers(void)
{
	struct bgp_path a = P(.origin_as = 1), b = P(.origin_as = 2, .length = 5);
	struct bgp_prefix other = prefix;

	begin();
	other.path_id = 9;
	rib_announce(rib, &peers[0], &prefix, &b);
	rib_announce(rib, &peers[0], &other, &a);
	CHECK(!strcmp(changed(), "1;") && peers[0].paths == 2);
	rib_withdraw(rib, &peers[0], &other);
	CHECK(!strcmp(changed(), "2;") && peers[0].paths == 1);
	end();
}

static void test_stale(void)
{
	struct bgp_path a = P(.origin_as = 1), b = P(.origin_as = 2, .length = 5);
	struct bgp_prefix gone = prefix;

	begin();
	gone.address.s6_addr[0] = 0x20;
	rib_announce(rib, &peers[0], &prefix, &a);
	rib_announce(rib, &peers[0], &gone, &a);
	CHECK(!strcmp(changed(), "1;1;"));
	/* routes stay while the session is lost, */
	rib_peer_lost(rib, &peers[0]);
	CHECK(!strcmp(changed(), ""));
	/* but a path of a session that is up is better, */
	rib_announce(rib, &peers[1], &prefix, &b);
	CHECK(!strcmp(changed(), "2;"));
	/* and what is announced again is fresh */
	rib_peer_up(rib, &peers[0]);
	CHECK(!strcmp(changed(), ""));
	rib_announce(rib, &peers[0], &prefix, &a);
	CHECK(!strcmp(changed(), "1;"));
	/* the end of the routes sweeps the rest */
	rib_sweep(rib, &peers[0]);
	CHECK(!strcmp(changed(), "gone;") && peers[0].paths == 1);
	rib_flush(rib, &peers[0]);
	CHECK(!strcmp(changed(), "2;") && !peers[0].paths);
	end();
}

static void ignore(const struct in6_addr *address, unsigned int length,
		   const struct rib_route *route, void *arg)
{
	(void)address;
	(void)length;
	(void)route;
	(void)arg;
}

/* Against a list of all paths: random changes, then everything. */
static void test_many(void)
{
	enum { PREFIXES = 3000, STEPS = 60000 };
	static unsigned int model[PREFIXES][3];
	unsigned int seed = 1, i, n, peer, want = 0;
	struct rib_counts c;

	begin();
	memset(model, 0, sizeof(model));
	for (i = 0; i < STEPS; i++) {
		struct bgp_path path = P(.origin_as = 1 + rand_r(&seed) % 50);

		n = rand_r(&seed) % PREFIXES;
		peer = rand_r(&seed) % 3;
		prefix.address.s6_addr16[1] = n;
		if (rand_r(&seed) % 3) {
			rib_announce(rib, &peers[peer], &prefix, &path);
			model[n][peer] = path.origin_as;
		} else {
			rib_withdraw(rib, &peers[peer], &prefix);
			model[n][peer] = 0;
		}
		if (i % 1000 == 0)
			rib_changes(rib, ignore, NULL);
	}
	for (n = 0; n < PREFIXES; n++)
		for (peer = 0; peer < 3; peer++)
			want += !!model[n][peer];
	rib_count(rib, &c);
	CHECK(c.paths == want);
	for (n = 0; n < PREFIXES; n++) {
		prefix.address.s6_addr16[1] = n;
		for (peer = 0; peer < 3; peer++)
			if (model[n][peer])
				rib_withdraw(rib, &peers[peer], &prefix);
	}
	rib_count(rib, &c);
	CHECK(!c.paths && !c.prefixes);
	memset(&prefix.address, 0, sizeof(prefix.address));
	rib_changes(rib, ignore, NULL);
	end();
}

/* -------------------------------------------------------------------- BMP */

static void test_bmp(void)
{
	uint8_t data[400];
	struct bmp_message m;
	size_t len = from_hex("03 0000005c 00 03 00 0000000000000000"
			      "00000000000000000000000000000000 0000fde8 0a000001 00000000 00000000"
			      "ffffffffffffffffffffffffffffffff 0026 02 0000 000f"
			      "400101 00 400200 800f05 0002 01 00", data);

	data[4] = len;
	data[48 + 17] = len - 48;
	data[48 + 22] = len - 48 - 23;
	CHECK(bmp_length(data, len, &fault) == (int)len);
	CHECK(bmp_length(data, 5, &fault) == 0);
	CHECK(!bmp_read(data, len, &m, &fault));
	CHECK(m.type == BMP_ROUTES && m.id.type == BMP_PEER_LOC_RIB && m.as == 65000);
	CHECK(!m.post_policy && !m.outbound && !m.as2);
	data[48] = 0;
	CHECK(bmp_read(data, len, &m, &fault));
	data[4] = 40;
	CHECK(bmp_read(data, 40, &m, &fault));
	data[0] = 2;
	CHECK(bmp_length(data, len, &fault) < 0);
	data[0] = 3;
	data[1] = 1;
	CHECK(bmp_length(data, len, &fault) < 0);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "UPDATE messages", test_update },
		{ "2-byte AS numbers, path identifiers, another AS", test_encodings },
		{ "a malformed attribute withdraws", test_malformed },
		{ "prefixes that cannot be read end the session", test_unreadable },
		{ "OPEN messages", test_open },
		{ "rules that decide between two paths", test_decision },
		{ "MED among three paths, in any order", test_med_among_three },
		{ "only what changes is told", test_changes },
		{ "several paths of a peer", test_path_identifiers },
		{ "stale routes: kept, replaced, swept", test_stale },
		{ "random changes of 3000 prefixes", test_many },
		{ "BMP messages", test_bmp },
	};

	return run_tests("follow", tests, ARRAY_SIZE(tests), NULL);
}
