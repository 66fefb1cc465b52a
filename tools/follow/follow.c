// SPDX-License-Identifier: GPL-2.0
/*
 * "netstream routes follow": neighbours and stations on one side, tables on the other.
 *
 * The routes view may change at any time: what stays is left alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../batch.h"
#include "../config_edit.h"
#include "../config_print.h"
#include "../nl_config.h"
#include "../routes_store.h"
#include "config.h"
#include "follow.h"
#include "log.h"
#include "sink_kernel.h"
#include "sink_text.h"

#define CONFIG_FILE	"/etc/netstream/routes.conf"
#define LISTEN_MS	1000
#define WATCH_MS	500
#define EMPTY_S		5	/* netstream.service empties the view when it is restarted */

/* Exit statuses: those of the other commands. */
enum { FOLLOW_DONE, FOLLOW_REFUSED, FOLLOW_USAGE };

/**
 * struct listener - a socket that passive neighbours connect to
 * @vrf: its VRF
 * @port: its port
 * @io: the socket; fd -1: there is none yet
 * @retry: the next attempt to listen
 * @told: told that it failed
 * @follower: whose neighbours they are
 */
struct listener {
	char			vrf[16];
	uint16_t		port;
	struct loop_io		io;
	struct loop_timer	retry;
	bool			told;
	struct follower		*follower;
};

/**
 * struct follower - all of it
 * @grammar: everything that can be typed
 * @file: name of the file with the routes view; "-": standard input
 * @watched: the file, if commit writes it; else -1
 * @seen: what the file was when it was read
 * @watch: the next look at it
 * @text: print routes instead of telling the module
 * @options: how tables are kept
 * @tables: one for each VRF
 * @sources: what the module is told of where each table comes from
 * @sessions: one for each neighbour
 * @stations: one for each statement
 * @listeners: one for each port and VRF of passive neighbours
 */
struct follower {
	const struct grammar	*grammar;
	char			*file;
	int			watched;
	struct stat		seen;
	struct loop_timer	watch;
	bool			text;
	struct table_options	options;
	VEC(struct table *)	tables;
	strings			sources;
	VEC(struct bgp_session *) sessions;
	VEC(struct bmp_station *) stations;
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
		*vec_push(&f->sources) = xstrdup("");
	}
	source = xasprintf("%s%s%s %s", f->sources.v[i], *f->sources.v[i] ? ", " : "", kind, text);
	free(f->sources.v[i]);
	f->sources.v[i] = source;
	f->tables.v[i]->sources++;
}

static void remove_table(struct follower *f, size_t i, bool from_module)
{
	table_free(f->tables.v[i], from_module);
	free(f->tables.v[i]);
	free(f->sources.v[i]);
	vec_remove(&f->tables, i);
	vec_remove(&f->sources, i);
}

/* How many of its sources have told all their routes once. */
static unsigned int count_settled(const struct follower *f, const struct table *t)
{
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < f->sessions.n; i++)
		count += f->sessions.v[i]->table == t && f->sessions.v[i]->ever_settled;
	for (i = 0; i < f->stations.n; i++)
		count += f->stations.v[i]->table == t && f->stations.v[i]->ever_settled;
	return count;
}

static void begin_table(struct follower *f, size_t i)
{
	struct table *t = f->tables.v[i];

	if (t->sink)
		table_sources(t, f->sources.v[i], count_settled(f, t), &f->options);
	else
		table_start(t, (f->text ? sink_text : sink_kernel)(t->vrf, f->sources.v[i]),
			    &f->options);
}

/* A table stays, is new, or has no source any more.  Sessions that ended are gone. */
static void set_tables(struct follower *f, const struct follow_config *c)
{
	size_t i;

	for (i = 0; i < f->tables.n; i++) {
		f->tables.v[i]->sources = 0;
		*f->sources.v[i] = '\0';
	}
	for (i = 0; i < c->neighbors.n; i++)
		add_source(f, c->neighbors.v[i].vrf, "bgp", &c->neighbors.v[i].address);
	for (i = 0; i < c->stations.n; i++)
		add_source(f, c->stations.v[i].vrf, "bmp", &c->stations.v[i].address);
	f->options = c->options;
	for (i = f->tables.n; i-- > 0;) {
		if (f->tables.v[i]->sources)
			begin_table(f, i);
		else
			remove_table(f, i, true);
	}
}

/* ----------------------------------------------------------------- sessions */

static bool keeps_session(const struct follow_config *c, const struct bgp_session *s)
{
	size_t i;

	for (i = 0; i < c->neighbors.n; i++)
		if (follow_neighbor_equal(&c->neighbors.v[i], &s->neighbor))
			return true;
	return false;
}

static bool keeps_station(const struct follow_config *c, const struct bmp_station *s)
{
	size_t i;

	for (i = 0; i < c->stations.n; i++)
		if (follow_station_equal(&c->stations.v[i], &s->listen))
			return true;
	return false;
}

/* End what the configuration does not have any more. */
static void stop_others(struct follower *f, const struct follow_config *c)
{
	size_t i;

	for (i = f->sessions.n; i-- > 0;) {
		struct bgp_session *s = f->sessions.v[i];

		if (keeps_session(c, s))
			continue;
		bgp_session_stop(s);
		table_changed(s->table);
		free(s);
		vec_remove(&f->sessions, i);
	}
	for (i = f->stations.n; i-- > 0;) {
		struct bmp_station *s = f->stations.v[i];

		if (keeps_station(c, s))
			continue;
		bmp_station_stop(s);
		table_changed(s->table);
		free(s);
		vec_remove(&f->stations, i);
	}
}

static bool has_session(const struct follower *f, const struct bgp_neighbor *n)
{
	size_t i;

	for (i = 0; i < f->sessions.n; i++)
		if (follow_neighbor_equal(&f->sessions.v[i]->neighbor, n))
			return true;
	return false;
}

static bool has_station(const struct follower *f, const struct bmp_listen *l)
{
	size_t i;

	for (i = 0; i < f->stations.n; i++)
		if (follow_station_equal(&f->stations.v[i]->listen, l))
			return true;
	return false;
}

static void start_session(struct follower *f, const struct bgp_neighbor *n)
{
	struct bgp_session *s = xcalloc(1, sizeof(*s));

	s->neighbor = *n;
	if (!bgp_session_start(s, f->tables.v[find_table(f, n->vrf)])) {
		*vec_push(&f->sessions) = s;
		return;
	}
	log_error("neighbor %s: too many neighbors", s->name);
	free(s);
}

static void start_station(struct follower *f, const struct bmp_listen *l)
{
	struct bmp_station *s = xcalloc(1, sizeof(*s));

	s->listen = *l;
	bmp_station_start(s, f->tables.v[find_table(f, l->vrf)]);
	*vec_push(&f->stations) = s;
}

static void start_others(struct follower *f, const struct follow_config *c)
{
	size_t i;

	for (i = 0; i < c->neighbors.n; i++)
		if (!has_session(f, &c->neighbors.v[i]))
			start_session(f, &c->neighbors.v[i]);
	for (i = 0; i < c->stations.n; i++)
		if (!has_station(f, &c->stations.v[i]))
			start_station(f, &c->stations.v[i]);
}

/* ---------------------------------------------------------------- listeners */

static bool is_for(const struct listener *l, const struct bgp_neighbor *n)
{
	return n->passive && n->port == l->port && !strcmp(n->vrf, l->vrf);
}

static struct bgp_session *session_from(const struct listener *l, const struct in6_addr *from)
{
	size_t i;

	for (i = 0; i < l->follower->sessions.n; i++) {
		struct bgp_session *s = l->follower->sessions.v[i];

		if (is_for(l, &s->neighbor) && IN6_ARE_ADDR_EQUAL(&s->neighbor.address, from))
			return s;
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

	for (i = 0; fd >= 0 && i < l->follower->sessions.n; i++) {
		const struct bgp_neighbor *n = &l->follower->sessions.v[i]->neighbor;

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
	snprintf(l->vrf, sizeof(l->vrf), "%s", n->vrf);
	l->port = n->port;
	l->follower = f;
	l->io = (struct loop_io){ -1, POLLIN, on_connection, l, NULL };
	l->retry = (struct loop_timer){ .due = on_listen, .owner = l };
	loop_set(&l->retry, 0);
	*vec_push(&f->listeners) = l;
}

static void start_listeners(struct follower *f)
{
	size_t i;

	for (i = 0; i < f->sessions.n; i++)
		if (f->sessions.v[i]->neighbor.passive)
			listen_for(f, &f->sessions.v[i]->neighbor);
}

/* Sessions that are up have sockets of their own. */
static void stop_listeners(struct follower *f)
{
	size_t i;

	for (i = 0; i < f->listeners.n; i++) {
		struct listener *l = f->listeners.v[i];

		loop_stop_timer(&l->retry);
		if (l->io.fd >= 0) {
			loop_remove(&l->io);
			close(l->io.fd);
		}
		free(l);
	}
	vec_free(&f->listeners);
}

/* ------------------------------------------------------------ configuration */

static int read_config(const struct follower *f, struct config *c)
{
	struct session s;
	int rc;

	session_init(&s, &offline_backend, f->grammar);
	if (f->watched >= 0)
		flock(f->watched, LOCK_SH);
	if (!strcmp(f->file, "-"))
		rewind(stdin);
	rc = batch_config(&s, f->file, true, c);
	if (f->watched >= 0)
		flock(f->watched, LOCK_UN);
	session_free(&s);
	return rc;
}

static int check_signing(const struct routes_view *r)
{
	char text[ADDRESS_TEXT_MAX];
	const char *lacks;
	size_t i;

	for (i = 0; i < r->neighbors.n; i++) {
		lacks = follow_signing_lacks(&r->neighbors.v[i]);
		if (!lacks)
			continue;
		log_error("neighbor %s: this kernel has no %s",
			  address_text(&r->neighbors.v[i].addr, text), lacks);
		return -1;
	}
	return 0;
}

/* A file that no commit will change has to say what to follow. */
static int check_view(const struct follower *f, const struct routes_view *r)
{
	struct failure why = { 0 };
	int rc = config_check_routes(r, &why);

	if (rc)
		fprintf(stderr, "%s: '%s': %s\n", f->file, why.statement, why.text);
	failure_clear(&why);
	if (rc || f->watched >= 0 || r->neighbors.n || r->stations.n)
		return rc;
	fprintf(stderr, "%s: expected a neighbor or bmp listen in the routes view\n", f->file);
	return -1;
}

/* What the view has and had stays as it is. */
static void apply(struct follower *f, const struct routes_view *r)
{
	struct follow_config c;

	follow_config_make(&c, r);
	stop_listeners(f);
	stop_others(f, &c);
	set_tables(f, &c);
	start_others(f, &c);
	start_listeners(f);
	follow_config_free(&c);
}

static void read_again(struct follower *f)
{
	struct config c = { 0 };

	if (f->watched >= 0 && fstat(f->watched, &f->seen))
		return;
	if (read_config(f, &c) || check_view(f, &c.routes) || check_signing(&c.routes)) {
		log_error("%s: refused; what was followed before is still followed", f->file);
	} else {
		apply(f, &c.routes);
		log_notice("%s: read again, %zu neighbors, %zu stations", f->file,
			   c.routes.neighbors.n, c.routes.stations.n);
	}
	config_free(&c);
}

static void on_hangup(void *follower)
{
	read_again(follower);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_size == b->st_size;
}

/* Whether a view was emptied just now, perhaps to be filled again. */
static bool is_fresh_and_empty(const struct stat *now)
{
	return now->st_size <= (off_t)strlen("routes\n quit\n") &&
	       time(NULL) - now->st_mtim.tv_sec < EMPTY_S;
}

static void on_watch(struct loop_timer *t)
{
	struct follower *f = t->owner;
	struct stat now;

	loop_set(t, WATCH_MS);
	if (!fstat(f->watched, &now) && !is_same(&now, &f->seen) && !is_fresh_and_empty(&now))
		read_again(f);
}

/*
 * Standard input, if it is a file, and the file that commit writes are looked after.  A
 * lock tells commit that somebody does so.
 */
static void watch(struct follower *f, int fd)
{
	struct flock l = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

	if (fd < 0 || fstat(fd, &f->seen) || !S_ISREG(f->seen.st_mode))
		return;
	f->watched = fd;
	fcntl(fd, F_OFD_SETLK, &l);
}

/* Without a name it is what was committed, or the file of earlier versions. */
static int choose_file(struct follower *f, const char *name)
{
	char *committed;

	f->watched = -1;
	if (name) {
		f->file = xstrdup(name);
		if (!strcmp(name, "-"))
			watch(f, STDIN_FILENO);
		return 0;
	}
	committed = routes_store_path();
	watch(f, open(committed, O_RDONLY | O_CLOEXEC));
	if (f->watched >= 0) {
		f->file = committed;
		return 0;
	}
	if (!access(CONFIG_FILE, F_OK)) {
		free(committed);
		f->file = xstrdup(CONFIG_FILE);
		return 0;
	}
	fprintf(stderr, "%s: no routes view was committed, and there is no " CONFIG_FILE "\n",
		committed);
	free(committed);
	return -1;
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

/* The module keeps the tables: the next follower finds them. */
static void stop(struct follower *f)
{
	struct follow_config none = { 0 };

	loop_stop_timer(&f->watch);
	stop_listeners(f);
	stop_others(f, &none);
	while (f->tables.n)
		remove_table(f, f->tables.n - 1, false);
	vec_free(&f->tables);
	strings_free(&f->sources);
	vec_free(&f->sessions);
	vec_free(&f->stations);
}

static int follow(struct follower *f, const struct routes_view *r)
{
	int rc;

	if (check_signing(r))
		return -1;
	apply(f, r);
	loop_on_hangup(on_hangup, f);
	f->watch = (struct loop_timer){ .due = on_watch, .owner = f };
	if (f->watched >= 0)
		loop_set(&f->watch, WATCH_MS);
	notify("READY=1");
	rc = loop_run();
	if (rc)
		log_error("poll: %s", strerror(errno));
	notify("STOPPING=1");
	stop(f);
	return rc;
}

static void print_view(const struct routes_view *r)
{
	puts("routes");
	view_print(stdout, VIEW_ROUTES, r, " ", KEYS_HIDDEN);
}

/**
 * follow_main() - keep tables of routes true until a signal ends it
 * @g: everything that can be typed
 * @count: number of @words
 * @words: [check | print] [FILE]: check prints the configuration and does nothing else; print
 *	prints routes and tells the module nothing; FILE is read instead of what was committed
 *
 * Return: exit status.
 */
int follow_main(const struct grammar *g, int count, char **words)
{
	struct follower f = { .grammar = g, .watched = -1 };
	bool check = count && !strcmp(*words, "check");
	struct config c = { 0 };
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
	rc = choose_file(&f, count ? *words : NULL);
	if (!rc)
		rc = read_config(&f, &c) || check_view(&f, &c.routes) ? -1 : 0;
	if (!rc && check)
		print_view(&c.routes);
	else if (!rc)
		rc = follow(&f, &c.routes);
	config_free(&c);
	free(f.file);
	return rc ? FOLLOW_REFUSED : FOLLOW_DONE;
}
