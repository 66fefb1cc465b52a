// SPDX-License-Identifier: GPL-2.0
/* "netstream routes follow": neighbours and stations on one side, tables on the other. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "config.h"
#include "follow.h"
#include "log.h"
#include "sink_kernel.h"
#include "sink_text.h"

#define CONFIG_FILE	"/etc/netstream/routes.conf"
#define LISTEN_MS	1000

/* Exit statuses: those of the other commands. */
enum { FOLLOW_DONE, FOLLOW_REFUSED, FOLLOW_USAGE };

/**
 * struct listener - a socket that passive neighbours connect to
 * @vrf: its VRF
 * @port: its port
 * @io: the socket; fd -1: there is none yet
 * @retry: the next attempt to listen
 * @told: told that it failed
 * @sessions: all sessions of the follower
 * @count: number of them
 */
struct listener {
	const char		*vrf;
	uint16_t		port;
	struct loop_io		io;
	struct loop_timer	retry;
	bool			told;
	struct bgp_session	*sessions;
	size_t			count;
};

/**
 * struct follower - all of it
 * @config: what it follows
 * @text: print routes instead of telling the module
 * @tables: one for each VRF
 * @sources: what the module is told of where each table comes from
 * @sessions: one for each neighbour
 * @stations: one for each statement
 * @listeners: one for each port and VRF of passive neighbours
 */
struct follower {
	struct follow_config	config;
	bool			text;
	VEC(struct table *)	tables;
	strings			sources;
	struct bgp_session	*sessions;
	struct bmp_station	*stations;
	VEC(struct listener *)	listeners;
};

/* ------------------------------------------------------------------- tables */

static size_t find_table(const struct follower *f, const char *vrf)
{
	size_t i;

	for (i = 0; i < f->tables.n; i++)
		if (!strcmp(f->tables.v[i]->vrf, vrf))
			break;
	return i;
}

/* A source of the table of a VRF: "bgp 2001:db8::1". */
static void add_source(struct follower *f, const char *vrf, const char *kind,
		       const struct in6_addr *address)
{
	char text[NET_ADDRESS_MAX], *source;
	size_t i = find_table(f, vrf);
	struct table *t;

	net_text(address, text);
	if (i == f->tables.n) {
		t = xcalloc(1, sizeof(*t));
		snprintf(t->vrf, sizeof(t->vrf), "%s", vrf);
		*vec_push(&f->tables) = t;
		*vec_push(&f->sources) = xasprintf("%s %s", kind, text);
	} else {
		source = xasprintf("%s, %s %s", f->sources.v[i], kind, text);
		free(f->sources.v[i]);
		f->sources.v[i] = source;
	}
	f->tables.v[i]->sources++;
}

static void start_tables(struct follower *f)
{
	size_t i;

	for (i = 0; i < f->config.neighbors.n; i++)
		add_source(f, f->config.neighbors.v[i].vrf, "bgp",
			   &f->config.neighbors.v[i].address);
	for (i = 0; i < f->config.stations.n; i++)
		add_source(f, f->config.stations.v[i].vrf, "bmp",
			   &f->config.stations.v[i].address);
	for (i = 0; i < f->tables.n; i++) {
		struct table *t = f->tables.v[i];

		table_start(t, (f->text ? sink_text : sink_kernel)(t->vrf, f->sources.v[i]),
			    &f->config.options);
	}
}

/* ---------------------------------------------------------------- listeners */

static bool is_for(const struct listener *l, const struct bgp_neighbor *n)
{
	return n->passive && n->port == l->port && !strcmp(n->vrf, l->vrf);
}

static struct bgp_session *session_from(const struct listener *l, const struct in6_addr *from)
{
	size_t i;

	for (i = 0; i < l->count; i++) {
		const struct bgp_neighbor *n = &l->sessions[i].neighbor;

		if (is_for(l, n) && IN6_ARE_ADDR_EQUAL(&n->address, from))
			return &l->sessions[i];
	}
	return NULL;
}

static void on_connection(struct loop_io *io)
{
	struct listener *l = io->owner;
	struct bgp_session *s;
	struct in6_addr from;
	char text[NET_ADDRESS_MAX];
	int fd = net_accept(io->fd, &from);

	if (fd < 0)
		return;
	s = session_from(l, &from);
	if (s) {
		bgp_session_accept(s, fd);
		return;
	}
	log_info("%s connects, and is no neighbor", net_text(&from, text));
	close(fd);
}

/* Listening needs the passwords of all its neighbours. */
static int listen_now(struct listener *l)
{
	int fd = net_listen(&in6addr_any, l->port, l->vrf);
	size_t i;

	for (i = 0; fd >= 0 && i < l->count; i++) {
		const struct bgp_neighbor *n = &l->sessions[i].neighbor;

		if (!is_for(l, n) || !net_set_key(fd, &n->address, n->vrf, &n->key))
			continue;
		close(fd);
		fd = -1;
	}
	return fd;
}

/* The VRF may not exist yet. */
static void on_listen(struct loop_timer *t)
{
	struct listener *l = t->owner;

	l->io.fd = listen_now(l);
	if (l->io.fd >= 0) {
		loop_add(&l->io);
		return;
	}
	if (!l->told)
		log_error("cannot listen on port %u: %s", l->port, strerror(errno));
	l->told = true;
	loop_set(t, LISTEN_MS);
}

static void listen_for(struct follower *f, const struct bgp_neighbor *n)
{
	struct listener *l;
	size_t i;

	for (i = 0; i < f->listeners.n; i++)
		if (is_for(f->listeners.v[i], n))
			return;
	l = xcalloc(1, sizeof(*l));
	l->vrf = n->vrf;
	l->port = n->port;
	l->sessions = f->sessions;
	l->count = f->config.neighbors.n;
	l->io = (struct loop_io){ -1, POLLIN, on_connection, l, NULL };
	l->retry = (struct loop_timer){ .due = on_listen, .owner = l };
	loop_set(&l->retry, 0);
	*vec_push(&f->listeners) = l;
}

/* --------------------------------------------------------------------- life */

/* Tell systemd, if it has asked to be told. */
static void notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;

	if (!path || strlen(path) >= sizeof(a.sun_path))
		return;
	strcpy(a.sun_path, path);
	if (*path == '@')
		a.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&a,
	       offsetof(struct sockaddr_un, sun_path) + strlen(path));
	close(fd);
}

/* Whether the kernel can sign as each neighbour wants it.  Other errors show when connecting. */
static int check_signing(const struct follow_config *c)
{
	char text[NET_ADDRESS_MAX];
	size_t i;

	for (i = 0; i < c->neighbors.n; i++) {
		const struct bgp_neighbor *n = &c->neighbors.v[i];
		int fd = net_listen(&in6addr_any, 0, "");
		bool cannot = fd >= 0 && net_set_key(fd, &n->address, "", &n->key) &&
			      errno == ENOPROTOOPT;

		if (fd >= 0)
			close(fd);
		if (!cannot)
			continue;
		log_error("neighbor %s: this kernel has no %s", net_text(&n->address, text),
			  n->key.how == NET_MD5 ? "TCP MD5 (CONFIG_TCP_MD5SIG)" :
			  "TCP-AO (Linux 6.7 with CONFIG_TCP_AO)");
		return -1;
	}
	return 0;
}

static int start(struct follower *f)
{
	const struct follow_config *c = &f->config;
	size_t i;

	f->sessions = xcalloc(c->neighbors.n, sizeof(*f->sessions));
	f->stations = xcalloc(c->stations.n, sizeof(*f->stations));
	if (check_signing(c))
		return -1;
	start_tables(f);
	for (i = 0; i < c->neighbors.n; i++) {
		f->sessions[i].neighbor = c->neighbors.v[i];
		if (bgp_session_start(&f->sessions[i],
				      f->tables.v[find_table(f, c->neighbors.v[i].vrf)])) {
			log_error("too many neighbors");
			return -1;
		}
	}
	for (i = 0; i < c->stations.n; i++) {
		f->stations[i].listen = c->stations.v[i];
		bmp_station_start(&f->stations[i],
				  f->tables.v[find_table(f, c->stations.v[i].vrf)]);
	}
	for (i = 0; i < c->neighbors.n; i++)
		if (c->neighbors.v[i].passive)
			listen_for(f, &f->sessions[i].neighbor);
	return 0;
}

/* The module keeps the tables: the next follower finds them. */
static void stop(struct follower *f)
{
	size_t i;

	for (i = 0; i < f->listeners.n; i++) {
		struct listener *l = f->listeners.v[i];

		loop_stop_timer(&l->retry);
		loop_remove(&l->io);
		if (l->io.fd >= 0)
			close(l->io.fd);
		free(l);
	}
	for (i = 0; i < f->config.neighbors.n; i++)
		if (f->sessions[i].table)
			bgp_session_stop(&f->sessions[i]);
	for (i = 0; i < f->config.stations.n; i++)
		if (f->stations[i].table)
			bmp_station_stop(&f->stations[i]);
	for (i = 0; i < f->tables.n; i++) {
		table_free(f->tables.v[i]);
		free(f->tables.v[i]);
	}
	vec_free(&f->tables);
	vec_free(&f->listeners);
	strings_free(&f->sources);
	free(f->sessions);
	free(f->stations);
}

static int follow(struct follower *f)
{
	int rc = start(f);

	if (!rc) {
		notify("READY=1");
		rc = loop_run();
		if (rc)
			log_error("poll: %s", strerror(errno));
		notify("STOPPING=1");
	}
	stop(f);
	return rc;
}

/**
 * follow_main() - keep tables of routes true until a signal ends it
 * @count: number of @words
 * @words: [check | print] [FILE]: check prints the configuration and does nothing else; print
 *	prints routes and tells the module nothing; FILE is read instead of CONFIG_FILE
 *
 * Return: exit status.
 */
int follow_main(int count, char **words)
{
	struct follower f = { 0 };
	bool check = count && !strcmp(*words, "check");
	int rc;

	f.text = count && !strcmp(*words, "print");
	if (check || f.text) {
		count--;
		words++;
	}
	if (count > 1) {
		fprintf(stderr, "'%s': expected no word after the name of the file\n", words[1]);
		return FOLLOW_USAGE;
	}
	rc = follow_config_read(&f.config, count ? *words : CONFIG_FILE);
	if (!rc && check)
		follow_config_print(&f.config);
	else if (!rc)
		rc = follow(&f);
	follow_config_free(&f.config);
	return rc ? FOLLOW_REFUSED : FOLLOW_DONE;
}
