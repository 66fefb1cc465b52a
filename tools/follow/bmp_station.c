// SPDX-License-Identifier: GPL-2.0
/* A BMP station: routers connect, and say what routes they have. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../util.h"
#include "bmp.h"
#include "bmp_station.h"
#include "log.h"

#define ROUTERS_MAX	32
#define RECEIVE		(64u << 10)
#define LISTEN_MS	1000
#define QUIET_MS	10000	/* without End-of-RIB of all peers: that long no route, and that was all */
#define SILENT_MS	30000	/* the same before the first message about a peer */
#define SETTLE_MS	1000	/* after the last End-of-RIB: another peer may come up */
#define FAULTS_TOLD	10	/* of a connection */

/**
 * struct bmp_peer - a peer of a router, or the router's Loc-RIB
 * @id: which one
 * @rib: itself in the table
 * @encoding: of its UPDATE messages
 * @up: it has been seen in this connection
 * @ended: it has told all its IPv6 routes
 */
struct bmp_peer {
	struct bmp_peer_id	id;
	struct rib_peer		rib;
	struct bgp_encoding	encoding;
	bool			up;
	bool			ended;
};

/**
 * struct bmp_router - a router
 * @station: where it has connected
 * @address: where it connects from
 * @name: the same, for messages
 * @io: its connection; fd -1: there is none
 * @in: bytes that are not yet a whole message
 * @held: number of them
 * @room: size of @in
 * @peers: its peers
 * @loc_rib: it tells its Loc-RIB: nothing else counts
 * @settled: it has told all its routes in this connection
 * @told_pre: told that routes before import policy do not count
 * @faults: malformed messages of this connection
 * @current: the peer whose message is being read
 * @quiet: until it counts as settled
 * @stale: until its old routes are removed
 */
struct bmp_router {
	struct bmp_station	*station;
	struct in6_addr		address;
	char			name[NET_ADDRESS_MAX];
	struct loop_io		io;
	uint8_t			*in;
	size_t			held, room;
	VEC(struct bmp_peer *)	peers;
	bool			loc_rib;
	bool			settled;
	bool			told_pre;
	unsigned long		faults;
	struct bmp_peer		*current;
	struct loop_timer	quiet, stale;
};

static struct table *table_of(const struct bmp_router *r)
{
	return r->station->table;
}

static struct rib *rib_of(const struct bmp_router *r)
{
	return r->station->table->rib;
}

static size_t paths_of(const struct bmp_router *r)
{
	size_t i, paths = 0;

	for (i = 0; i < r->peers.n; i++)
		paths += r->peers.v[i]->rib.paths;
	return paths;
}

/* -------------------------------------------------------------------- peers */

static bool same_id(const struct bmp_peer_id *a, const struct bmp_peer_id *b)
{
	return a->type == b->type && IN6_ARE_ADDR_EQUAL(&a->address, &b->address) &&
	       !memcmp(a->distinguisher, b->distinguisher, sizeof(a->distinguisher));
}

static struct bmp_peer *find_peer(const struct bmp_router *r, const struct bmp_peer_id *id)
{
	size_t i;

	for (i = 0; i < r->peers.n; i++)
		if (same_id(&r->peers.v[i]->id, id))
			return r->peers.v[i];
	return NULL;
}

static void remove_peer(struct bmp_router *r, size_t index)
{
	rib_remove_peer(rib_of(r), &r->peers.v[index]->rib);
	free(r->peers.v[index]);
	vec_remove(&r->peers, index);
}

/* Remove the peers that are not up, or are not the Loc-RIB. */
static void remove_peers(struct bmp_router *r, bool others)
{
	size_t i;

	for (i = r->peers.n; i-- > 0; ) {
		const struct bmp_peer *p = r->peers.v[i];

		if (others ? p->id.type != BMP_PEER_LOC_RIB : !p->up)
			remove_peer(r, i);
	}
	table_changed(table_of(r));
}

static void use_loc_rib(struct bmp_router *r)
{
	if (r->loc_rib)
		return;
	r->loc_rib = true;
	log_info("bmp router %s: tells its Loc-RIB, which is followed", r->name);
	remove_peers(r, true);
}

/* Whether the table is about this peer: the router's own table, and nothing better is told. */
static bool counts(struct bmp_router *r, const struct bmp_message *m)
{
	static const uint8_t none[8];

	if (memcmp(m->id.distinguisher, none, sizeof(none)) || m->outbound)
		return false;
	if (m->id.type == BMP_PEER_LOC_RIB) {
		use_loc_rib(r);
		return true;
	}
	return m->id.type == BMP_PEER_GLOBAL && !r->loc_rib;
}

static struct bmp_peer *add_peer(struct bmp_router *r, const struct bmp_message *m)
{
	struct bmp_peer *p = xcalloc(1, sizeof(*p));

	p->id = m->id;
	p->rib.address = m->id.address;
	p->rib.preference = 100;
	if (rib_add_peer(rib_of(r), &p->rib)) {
		free(p);
		return NULL;
	}
	*vec_push(&r->peers) = p;
	return p;
}

/* The peer of a message, which is up from now on. */
static struct bmp_peer *get_peer(struct bmp_router *r, const struct bmp_message *m, bool again)
{
	struct bmp_peer *p = find_peer(r, &m->id) ?: add_peer(r, m);

	if (!p || (p->up && !again))
		return p;
	p->up = true;
	p->ended = false;
	p->rib.identifier = m->identifier;
	p->encoding = (struct bgp_encoding){ .as4 = true };
	rib_peer_up(rib_of(r), &p->rib);
	return p;
}

static void handle_peer_up(struct bmp_router *r, const struct bmp_message *m)
{
	struct bmp_peer *p = get_peer(r, m, true);

	if (!p)
		return;
	/* the router has received the routes, so they are written as the peer writes */
	p->encoding = bgp_message_encoding(&m->received, &m->sent);
	p->rib.external = p->encoding.external && m->id.type != BMP_PEER_LOC_RIB;
	/* a path that really had the router's AS would be a loop */
	if (p->rib.external)
		p->encoding.own_as = m->sent.as;
	/* LOCAL_PREF is what import policy has made of it */
	p->encoding.external = false;
	/* RFC 9069 section 4.1: a router makes up the OPEN messages of its Loc-RIB */
	if (m->id.type == BMP_PEER_LOC_RIB)
		p->encoding.as4 = true;
}

/* The router has lost the peer, and uses none of its routes. */
static void handle_peer_down(struct bmp_router *r, const struct bmp_message *m)
{
	struct bmp_peer *p = find_peer(r, &m->id);

	if (!p)
		return;
	p->up = false;
	rib_flush(rib_of(r), &p->rib);
}

/* ------------------------------------------------------------------- routes */

static void settle(struct bmp_router *r)
{
	r->settled = true;
	loop_stop_timer(&r->stale);
	loop_stop_timer(&r->quiet);
	remove_peers(r, false);
	log_notice("bmp router %s: in step, %zu paths of %zu peers", r->name, paths_of(r),
		   r->peers.n);
	if (!r->station->ever_settled)
		table_settled(table_of(r));
	r->station->ever_settled = true;
}

static void on_quiet(struct loop_timer *t)
{
	struct bmp_router *r = t->owner;
	size_t i;

	for (i = 0; i < r->peers.n; i++)
		rib_sweep(rib_of(r), &r->peers.v[i]->rib);
	settle(r);
}

/* A router settles when all peers have told all, and for a moment no other comes up. */
static void expect_quiet(struct bmp_router *r)
{
	size_t i, ended = 0;

	if (r->settled)
		return;
	for (i = 0; i < r->peers.n; i++)
		ended += !r->peers.v[i]->up || r->peers.v[i]->ended;
	loop_set(&r->quiet, r->peers.n && ended == r->peers.n ? SETTLE_MS : QUIET_MS);
}

static void on_announce(const struct bgp_prefix *prefix, const struct bgp_path *path, void *arg)
{
	struct bmp_router *r = arg;

	if (prefix->afi == BGP_AFI_IPV6)
		rib_announce(rib_of(r), &r->current->rib, prefix, path);
}

static void on_withdraw(const struct bgp_prefix *prefix, void *arg)
{
	struct bmp_router *r = arg;

	if (prefix->afi == BGP_AFI_IPV6)
		rib_withdraw(rib_of(r), &r->current->rib, prefix);
}

static void on_end(enum bgp_afi afi, void *arg)
{
	struct bmp_router *r = arg;

	if (afi != BGP_AFI_IPV6)
		return;
	r->current->ended = true;
	rib_sweep(rib_of(r), &r->current->rib);
}

static void tell_fault(struct bmp_router *r, const struct bgp_fault *fault)
{
	if (r->faults++ < FAULTS_TOLD)
		log_warning("bmp router %s: %s%s", r->name, fault->text,
			    r->faults == FAULTS_TOLD ? "; more of these are not told" : "");
}

static void handle_routes(struct bmp_router *r, const struct bmp_message *m)
{
	const struct bgp_receiver receiver = { on_announce, on_withdraw, on_end, r };
	struct bgp_encoding encoding;
	struct bgp_fault fault;

	if (m->id.type != BMP_PEER_LOC_RIB && !m->post_policy) {
		if (!r->told_pre)
			log_info("bmp router %s: routes before import policy do not count", r->name);
		r->told_pre = true;
		return;
	}
	r->current = get_peer(r, m, false);
	if (!r->current)
		return;
	encoding = r->current->encoding;
	encoding.as4 = encoding.as4 && !m->as2;
	encoding.reported = true;
	if (bgp_update_parse(m->update, m->update_len, &encoding, &receiver, &fault) != BGP_GOOD)
		tell_fault(r, &fault);
}

/* --------------------------------------------------------------- connections */

static void close_connection(struct bmp_router *r)
{
	if (r->io.fd < 0)
		return;
	loop_remove(&r->io);
	close(r->io.fd);
	r->io.fd = -1;
	r->held = 0;
}

/* Routes stay, as stale ones. */
static void drop(struct bmp_router *r, const char *why)
{
	size_t i;

	close_connection(r);
	loop_stop_timer(&r->quiet);
	log_warning("bmp router %s: %s; %zu paths are kept for %lld s", r->name, why, paths_of(r),
		    (long long)table_of(r)->options.stale_ms / 1000);
	for (i = 0; i < r->peers.n; i++) {
		r->peers.v[i]->up = false;
		rib_peer_lost(rib_of(r), &r->peers.v[i]->rib);
	}
	if (!r->stale.at)
		loop_set(&r->stale, table_of(r)->options.stale_ms);
	table_changed(table_of(r));
}

static void handle_message(struct bmp_router *r, const uint8_t *data, size_t len)
{
	struct bgp_fault fault;
	struct bmp_message m;

	if (bmp_read(data, len, &m, &fault)) {
		tell_fault(r, &fault);
		return;
	}
	if (m.type == BMP_TERMINATION) {
		drop(r, "it ends the session");
		return;
	}
	if (m.type != BMP_ROUTES && m.type != BMP_PEER_UP && m.type != BMP_PEER_DOWN)
		return;
	if (!counts(r, &m))
		return;
	if (m.type == BMP_PEER_UP)
		handle_peer_up(r, &m);
	else if (m.type == BMP_PEER_DOWN)
		handle_peer_down(r, &m);
	else
		handle_routes(r, &m);
	expect_quiet(r);
	if (rib_has_changes(rib_of(r)))
		table_changed(table_of(r));
}

static void handle_input(struct bmp_router *r)
{
	struct bgp_fault fault = { 0 };
	size_t at = 0;
	int len;

	while (r->io.fd >= 0) {
		len = bmp_length(r->in + at, r->held - at, &fault);
		if (len < 0) {
			drop(r, fault.text);
			return;
		}
		if (!len || (size_t)len > r->held - at)
			break;
		handle_message(r, r->in + at, len);
		at += len;
	}
	if (r->io.fd < 0)
		return;
	r->held -= at;
	memmove(r->in, r->in + at, r->held);
}

static void on_input(struct loop_io *io)
{
	struct bmp_router *r = io->owner;
	ssize_t got;

	if (r->room - r->held < RECEIVE) {
		r->room = r->held + RECEIVE;
		r->in = xrealloc(r->in, r->room);
	}
	got = recv(io->fd, r->in + r->held, r->room - r->held, 0);
	if (got > 0) {
		r->held += got;
		handle_input(r);
	} else if (!got) {
		drop(r, "it closed the connection");
	} else if (errno != EAGAIN && errno != EINTR) {
		drop(r, strerror(errno));
	}
}

static void free_router(struct bmp_router *r)
{
	close_connection(r);
	loop_stop_timer(&r->quiet);
	loop_stop_timer(&r->stale);
	while (r->peers.n)
		remove_peer(r, r->peers.n - 1);
	vec_free(&r->peers);
	free(r->in);
	free(r);
}

static void on_stale(struct loop_timer *t)
{
	struct bmp_router *r = t->owner;
	struct bmp_station *s = r->station;
	size_t i, before = paths_of(r);

	for (i = 0; i < r->peers.n; i++)
		rib_sweep(rib_of(r), &r->peers.v[i]->rib);
	if (paths_of(r) < before)
		log_warning("bmp router %s: %zu paths have aged out", r->name,
			    before - paths_of(r));
	table_changed(s->table);
	if (r->io.fd >= 0)
		return;
	for (i = 0; s->routers.v[i] != r; i++)
		;
	vec_remove(&s->routers, i);
	free_router(r);
}

static struct bmp_router *find_router(const struct bmp_station *s, const struct in6_addr *from)
{
	size_t i;

	for (i = 0; i < s->routers.n; i++)
		if (IN6_ARE_ADDR_EQUAL(&s->routers.v[i]->address, from))
			return s->routers.v[i];
	return NULL;
}

static struct bmp_router *get_router(struct bmp_station *s, const struct in6_addr *from)
{
	struct bmp_router *r = find_router(s, from);

	if (r)
		return r;
	if (s->routers.n == ROUTERS_MAX)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	r->station = s;
	r->address = *from;
	r->io.fd = -1;
	r->quiet = (struct loop_timer){ .due = on_quiet, .owner = r };
	r->stale = (struct loop_timer){ .due = on_stale, .owner = r };
	net_text(from, r->name);
	*vec_push(&s->routers) = r;
	return r;
}

static void on_connection(struct loop_io *io)
{
	struct bmp_station *s = io->owner;
	struct bmp_router *r;
	struct in6_addr from;
	int fd = net_accept(io->fd, &from);

	if (fd < 0)
		return;
	r = get_router(s, &from);
	if (!r) {
		log_warning("bmp: more than %d routers: one is refused", ROUTERS_MAX);
		close(fd);
		return;
	}
	if (r->io.fd >= 0)
		drop(r, "it connects again");
	log_notice("bmp router %s: connected", r->name);
	r->settled = r->loc_rib = r->told_pre = false;
	r->faults = 0;
	r->io = (struct loop_io){ .fd = fd, .events = POLLIN, .ready = on_input, .owner = r };
	loop_add(&r->io);
	loop_set(&r->quiet, SILENT_MS);
	if (!r->stale.at)
		loop_set(&r->stale, s->table->options.stale_ms);
}

static void on_retry(struct loop_timer *t)
{
	struct bmp_station *s = t->owner;
	char text[NET_ADDRESS_MAX];
	int fd = net_listen(&s->listen.address, s->listen.port, s->listen.vrf);

	if (fd < 0) {
		if (s->io.fd == -1)
			log_error("bmp: cannot listen on %s port %u: %s",
				  net_text(&s->listen.address, text), s->listen.port,
				  strerror(errno));
		s->io.fd = -2;	/* told */
		loop_set(t, LISTEN_MS);
		return;
	}
	s->io = (struct loop_io){ .fd = fd, .events = POLLIN, .ready = on_connection,
				  .owner = s };
	loop_add(&s->io);
}

/**
 * bmp_station_start() - begin to listen, as soon as the address is there
 * @s: the station; @s->listen is set
 * @table: the table that routes go into
 */
void bmp_station_start(struct bmp_station *s, struct table *table)
{
	s->table = table;
	s->io.fd = -1;
	s->retry = (struct loop_timer){ .due = on_retry, .owner = s };
	loop_set(&s->retry, 0);
}

void bmp_station_stop(struct bmp_station *s)
{
	size_t i;

	loop_stop_timer(&s->retry);
	if (s->io.fd >= 0) {
		loop_remove(&s->io);
		close(s->io.fd);
	}
	for (i = 0; i < s->routers.n; i++)
		free_router(s->routers.v[i]);
	vec_free(&s->routers);
}
