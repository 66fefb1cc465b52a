// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration of the follower: the routes view, in the grammar of the other
 * statements, but in a file of its own.  See docs/routes.md for the reason.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../arg.h"
#include "../grammar.h"
#include "../line.h"
#include "config.h"

#define STALE_DEFAULT	300
#define HOLD_DEFAULT	90
#define PREFERENCE_DEFAULT 100

enum view { VIEW_FILE = 1, VIEW_ROUTES = 2 };

enum statement {
	STATEMENT_ROUTES,
	STATEMENT_NEIGHBOR,
	STATEMENT_BMP,
	STATEMENT_STALE,
	STATEMENT_OTHER,
	STATEMENT_IDENTIFIER,
	STATEMENT_LEAVE,
};

static const struct arg_type own[] = {
	{ "as", "AS", "an AS number (1-4294967295)", ARG_NUMBER, 1, 4294967295u },
	{ "source6", "X:X::X:X", "an IPv6 address", ARG_ADDRESS6 },
	{ "source4", "A.B.C.D", "an IPv4 address", ARG_ADDRESS4 },
	{ "tcp-port", "PORT", "a TCP port (1-65535)", ARG_NUMBER, 1, 65535 },
	{ "preference-value", "PREFERENCE", "a preference (0-4294967295)", ARG_NUMBER, 0,
	  4294967295u },
	{ "hold", "SECONDS", "seconds (0, or 3-65535)", ARG_NUMBER, 0, 65535 },
	{ "stale", "SECONDS", "seconds (1-86400)", ARG_NUMBER, 1, 86400 },
	{ "key", "PASSWORD", "a password (1-80 characters without a space)", ARG_RECORD, 1,
	  NET_KEY_MAX },
	{ "key-id", "KEY-ID", "a KeyID (0-255)", ARG_NUMBER, 0, 255 },
	{ "ao-key", "KEY", "a key (1-80 characters without a space)", ARG_RECORD, 1, NET_KEY_MAX },
};

static const struct {
	enum view	views;
	const char	*text;
	const char	*help;
	enum statement	what;
} statements[] = {
	{ VIEW_FILE | VIEW_ROUTES, "routes", "Enter the routes view", STATEMENT_ROUTES },
	{ VIEW_ROUTES, "neighbor {<address6>|<address4>} remote-as <as> local-as <as>"
	  " [port <tcp-port>] [source {<source6>|<source4>}] [password <key>]"
	  " [tcp-ao <key-id> <ao-key> [hmac-sha1|cmac-aes128]] [preference <preference-value>]"
	  " [hold-time <hold>] [passive] [vpn-instance/vrf <vrf>]", "Follow a BGP neighbour",
	  STATEMENT_NEIGHBOR },
	{ VIEW_ROUTES, "bmp listen {<address6>|<address4>} <tcp-port> [vpn-instance/vrf <vrf>]",
	  "Listen for routers that speak BMP", STATEMENT_BMP },
	{ VIEW_ROUTES, "stale-time <stale>", "Keep routes of a lost source that long",
	  STATEMENT_STALE },
	{ VIEW_ROUTES, "other-loader {take-back|yield}",
	  "When somebody else loads the table: load it again, or leave it", STATEMENT_OTHER },
	{ VIEW_ROUTES, "router-id <address4>", "BGP identifier", STATEMENT_IDENTIFIER },
	{ VIEW_ROUTES, "quit/exit", "Leave the routes view", STATEMENT_LEAVE },
};

/**
 * struct reading - a file that is being read
 * @config: what it has said so far
 * @view: the present view
 * @identifier: of router-id, in host order
 * @why: what is wrong with the line; NULL: nothing
 */
struct reading {
	struct follow_config	*config;
	enum view		view;
	uint32_t		identifier;
	char			*why;
};

static struct grammar *make_grammar(void)
{
	struct grammar *g = grammar_new(NULL, 0);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(statements); i++) {
		struct syntax sx = {
			.views = statements[i].views,
			.text = statements[i].text,
			.help = statements[i].help,
			.own = own,
			.owns = ARRAY_SIZE(own),
			.what = &statements[i].what,
		};

		grammar_add(g, &sx);
	}
	return g;
}

static unsigned int number_or(const struct match *m, const char *name, unsigned int otherwise)
{
	return match_arg(m, name) ? match_number(m, name) : otherwise;
}

static void read_address(const struct match *m, struct in6_addr *address)
{
	net_parse(match_arg(m, "address6") ?: match_arg(m, "address4"), address);
}

static void read_vrf(const struct match *m, char *to, size_t size)
{
	snprintf(to, size, "%s", match_arg(m, "vrf") ?: "");
}

static const char hmac_sha1[] = "hmac(sha1)", cmac_aes128[] = "cmac(aes128)";

static char *read_key(const struct match *m, struct net_key *key)
{
	const char *md5 = match_arg(m, "key"), *ao = match_arg(m, "ao-key");

	if (md5 && ao)
		return xstrdup("expected either password or tcp-ao");
	key->how = md5 ? NET_MD5 : ao ? NET_AO : NET_UNSIGNED;
	key->id = number_or(m, "key-id", 0);
	key->algorithm = match_word(m, "cmac-aes128") ? cmac_aes128 : hmac_sha1;
	snprintf(key->text, sizeof(key->text), "%s", md5 ?: ao ?: "");
	return NULL;
}

static char *add_neighbor(struct reading *r, const struct match *m)
{
	struct bgp_neighbor n = {
		.port = number_or(m, "tcp-port", BGP_PORT),
		.preference = number_or(m, "preference-value", PREFERENCE_DEFAULT),
		.hold = number_or(m, "hold", HOLD_DEFAULT),
		.passive = match_word(m, "passive"),
	};
	char *wrong;
	size_t i;

	/* two arguments of a type: by the word before */
	n.remote_as = strtoul(m->line->words.v[match_index(m, "remote-as") + 1].text, NULL, 10);
	n.local_as = strtoul(m->line->words.v[match_index(m, "local-as") + 1].text, NULL, 10);
	read_address(m, &n.address);
	if (match_word(m, "source"))
		net_parse(match_arg(m, "source6") ?: match_arg(m, "source4"), &n.source);
	read_vrf(m, n.vrf, sizeof(n.vrf));
	wrong = read_key(m, &n.key);
	if (wrong)
		return wrong;
	if (n.hold && n.hold < BGP_HOLD_MIN)
		return xstrdup("expected a hold time of 0, or of 3 seconds or more");
	for (i = 0; i < r->config->neighbors.n; i++)
		if (IN6_ARE_ADDR_EQUAL(&r->config->neighbors.v[i].address, &n.address) &&
		    !strcmp(r->config->neighbors.v[i].vrf, n.vrf))
			return xstrdup("this neighbor stands above already");
	*vec_push(&r->config->neighbors) = n;
	return NULL;
}

static void add_station(struct reading *r, const struct match *m)
{
	struct bmp_listen *l = vec_push(&r->config->stations);

	l->port = match_number(m, "tcp-port");
	read_address(m, &l->address);
	read_vrf(m, l->vrf, sizeof(l->vrf));
}

/* What is wrong with a statement, or NULL. */
static char *run(struct reading *r, const struct match *m)
{
	struct in6_addr address;

	switch (*(const enum statement *)m->what) {
	case STATEMENT_ROUTES:
		r->view = VIEW_ROUTES;
		return NULL;
	case STATEMENT_NEIGHBOR:
		return add_neighbor(r, m);
	case STATEMENT_BMP:
		add_station(r, m);
		return NULL;
	case STATEMENT_STALE:
		r->config->options.stale_ms = match_number(m, "stale") * 1000LL;
		return NULL;
	case STATEMENT_OTHER:
		r->config->options.yield = match_word(m, "yield");
		return NULL;
	case STATEMENT_IDENTIFIER:
		read_address(m, &address);
		r->identifier = ntohl(address.s6_addr32[3]);
		return r->identifier ? NULL : xstrdup("expected an identifier other than 0.0.0.0");
	case STATEMENT_LEAVE:
		r->view = VIEW_FILE;
		return NULL;
	}
	return NULL;
}

/* Run a line; the word that is to blame, or -1. */
static long run_line(struct reading *r, const struct grammar *g, const char *text)
{
	struct expectation e;
	struct match m;
	struct line l;
	size_t at = 0;
	long bad = -1;
	const char *wrong = line_split(&l, text, &at);
	char *expected;

	if (wrong) {
		r->why = xasprintf("%s", wrong);
		bad = at;
	} else if (l.words.n && grammar_match(g, r->view, &l, &m, &e)) {
		expected = expectation_text(&e);
		r->why = xasprintf("expected %s", expected);
		bad = e.at < l.words.n ? l.words.v[e.at].start : l.end;
		free(expected);
		expectation_free(&e);
	} else if (l.words.n) {
		expectation_free(&e);
		r->why = run(r, &m);
		bad = l.words.v[0].start;
	}
	line_free(&l);
	return bad;
}

static int read_lines(struct reading *r, const struct grammar *g, FILE *f, const char *file)
{
	unsigned int number = 0;
	char *line = NULL;
	size_t size = 0;
	long bad;

	while (!r->why && getline(&line, &size, f) >= 0) {
		number++;
		bad = run_line(r, g, line);
		if (r->why)
			fprintf(stderr, "%s:%u:%ld: %s\n", file, number, bad + 1, r->why);
	}
	free(line);
	return r->why ? -1 : 0;
}

static int check_whole(const struct follow_config *c, const char *file)
{
	if (c->neighbors.n || c->stations.n)
		return 0;
	fprintf(stderr, "%s: expected a neighbor or bmp listen\n", file);
	return -1;
}

/**
 * follow_config_read() - read the configuration of the follower
 * @c: filled in; to be freed with follow_config_free() in every case
 * @file: name of the file; "-" for standard input
 *
 * Return: 0, or -1 with the reason printed.
 */
int follow_config_read(struct follow_config *c, const char *file)
{
	bool standard = !strcmp(file, "-");
	struct reading r = { .config = c, .view = VIEW_FILE };
	struct grammar *g;
	FILE *f;
	size_t i;
	int rc;

	memset(c, 0, sizeof(*c));
	c->options.stale_ms = STALE_DEFAULT * 1000;
	f = standard ? stdin : fopen(file, "r");
	if (!f) {
		fprintf(stderr, "%s: %s\n", file, strerror(errno));
		return -1;
	}
	g = make_grammar();
	rc = read_lines(&r, g, f, file);
	if (!rc)
		rc = check_whole(c, file);
	for (i = 0; i < c->neighbors.n; i++)
		c->neighbors.v[i].identifier = r.identifier;
	free(r.why);
	grammar_free(g);
	if (!standard)
		fclose(f);
	return rc;
}

static void print_vrf(const char *vrf)
{
	if (*vrf)
		printf(" vpn-instance %s", vrf);
}

static void print_neighbor(const struct bgp_neighbor *n)
{
	char text[NET_ADDRESS_MAX];

	printf(" neighbor %s remote-as %u local-as %u", net_text(&n->address, text),
	       n->remote_as, n->local_as);
	if (n->port != BGP_PORT)
		printf(" port %u", n->port);
	if (!IN6_IS_ADDR_UNSPECIFIED(&n->source))
		printf(" source %s", net_text(&n->source, text));
	if (n->key.how == NET_MD5)
		printf(" password ******");
	if (n->key.how == NET_AO)
		printf(" tcp-ao %u ******%s", n->key.id,
		       n->key.algorithm == cmac_aes128 ? " cmac-aes128" : "");
	if (n->preference != PREFERENCE_DEFAULT)
		printf(" preference %u", n->preference);
	if (n->hold != HOLD_DEFAULT)
		printf(" hold-time %u", n->hold);
	if (n->passive)
		printf(" passive");
	print_vrf(n->vrf);
	putchar('\n');
}

/**
 * follow_config_print() - show a configuration as statements, without its passwords
 * @c: the configuration
 */
void follow_config_print(const struct follow_config *c)
{
	char text[NET_ADDRESS_MAX];
	size_t i;

	puts("routes");
	for (i = 0; i < c->neighbors.n; i++)
		print_neighbor(&c->neighbors.v[i]);
	for (i = 0; i < c->stations.n; i++) {
		printf(" bmp listen %s %u", net_text(&c->stations.v[i].address, text),
		       c->stations.v[i].port);
		print_vrf(c->stations.v[i].vrf);
		putchar('\n');
	}
	if (c->options.stale_ms != STALE_DEFAULT * 1000)
		printf(" stale-time %lld\n", (long long)c->options.stale_ms / 1000);
	if (c->options.yield)
		puts(" other-loader yield");
	if (c->neighbors.n && c->neighbors.v[0].identifier) {
		uint32_t id = c->neighbors.v[0].identifier;

		printf(" router-id %u.%u.%u.%u\n", id >> 24, id >> 16 & 255, id >> 8 & 255,
		       id & 255);
	}
}

void follow_config_free(struct follow_config *c)
{
	vec_free(&c->neighbors);
	vec_free(&c->stations);
}
