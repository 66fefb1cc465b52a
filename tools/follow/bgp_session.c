// SPDX-License-Identifier: GPL-2.0
/* A session with a BGP neighbour, which is listened to and told nothing. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgp_session.h"
#include "log.h"

#define CONNECT_MS	10000
#define OPEN_MS		60000	/* until the neighbour has sent its OPEN and KEEPALIVE */
#define BACKOFF_FIRST	500
#define BACKOFF_MAX	20000
#define QUIET_MS	10000	/* without End-of-RIB: that long nothing, and that was all */
#define QUIET_END_MS	30000	/* the same of a neighbour that should send End-of-RIB */
#define FAULTS_TOLD	10	/* in a session */

static void on_io(struct loop_io *io);

static bool is_up(const struct bgp_session *s)
{
	return s->state == BGP_ESTABLISHED;
}

static void close_connection(struct bgp_session *s)
{
	if (s->io.fd < 0)
		return;
	loop_remove(&s->io);
	close(s->io.fd);
	s->io.fd = -1;
	s->held = 0;
}

static void schedule_retry(struct bgp_session *s)
{
	if (s->neighbor.passive)
		return;
	loop_set(&s->retry, s->backoff);
	s->backoff *= 2;
	if (s->backoff > BACKOFF_MAX)
		s->backoff = BACKOFF_MAX;
}

/* Attempts that fail for the same reason are told once. */
static void tell_once(struct bgp_session *s, const char *why)
{
	if (s->last && !strcmp(s->last, why))
		return;
	log_warning("neighbor %s: %s", s->name, why);
	free(s->last);
	s->last = xstrdup(why);
}

/* The session, or the attempt, has ended.  Routes stay, as stale ones. */
static void drop(struct bgp_session *s, const char *why)
{
	bool was_up = is_up(s);

	close_connection(s);
	loop_stop_timer(&s->retry);
	loop_stop_timer(&s->hold);
	loop_stop_timer(&s->keepalive);
	loop_stop_timer(&s->quiet);
	s->state = BGP_IDLE;
	if (was_up) {
		log_warning("neighbor %s: %s; %zu paths are kept for %lld s", s->name, why,
			    s->peer.paths, (long long)s->table->options.stale_ms / 1000);
		rib_peer_lost(s->table->rib, &s->peer);
		table_changed(s->table);
		if (!s->stale.at)
			loop_set(&s->stale, s->table->options.stale_ms);
	} else {
		tell_once(s, why);
	}
	schedule_retry(s);
}

static int send_bytes(struct bgp_session *s, const uint8_t *data, size_t len)
{
	return send(s->io.fd, data, len, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -1;
}

static void refuse(struct bgp_session *s, unsigned int code, unsigned int subcode,
		   const char *why)
{
	uint8_t data[BGP_MESSAGE_MAX];

	send_bytes(s, data, bgp_message_write_notification(data, code, subcode));
	drop(s, why);
}

/* ---------------------------------------------------------------- connecting */

/* An identifier that no router has by accident: 10.x.y.z from both addresses. */
static uint32_t make_identifier(const struct bgp_session *s)
{
	struct in6_addr both[2] = { s->neighbor.address };
	const uint8_t *p = (const uint8_t *)both;
	uint32_t h = 2166136261u;
	size_t i;

	net_local(s->io.fd, &both[1]);
	for (i = 0; i < sizeof(both); i++)
		h = (h ^ p[i]) * 16777619u;
	return 10u << 24 | (h ^ h >> 24) >> 8 | 1;
}

static struct bgp_open own_open(const struct bgp_session *s)
{
	return (struct bgp_open){
		.as = s->neighbor.local_as,
		.hold = s->neighbor.hold,
		.identifier = s->neighbor.identifier ?: make_identifier(s),
		.as4 = true,
	};
}

static void send_open(struct bgp_session *s)
{
	struct bgp_open own = own_open(s);
	uint8_t data[BGP_MESSAGE_MAX];

	s->state = BGP_OPEN_SENT;
	s->io.events = POLLIN;
	loop_set(&s->retry, OPEN_MS);
	if (send_bytes(s, data, bgp_message_write_open(data, &own)))
		drop(s, "cannot send OPEN");
}

static void use_connection(struct bgp_session *s, int fd, short events)
{
	s->io = (struct loop_io){ .fd = fd, .events = events, .ready = on_io, .owner = s };
	loop_add(&s->io);
}

static void connect_now(struct bgp_session *s)
{
	const struct bgp_neighbor *n = &s->neighbor;
	int fd = net_connect(&n->source, &n->address, n->port, n->vrf, &n->key);

	if (fd < 0) {
		drop(s, strerror(errno));
		return;
	}
	s->state = BGP_CONNECT;
	use_connection(s, fd, POLLOUT);
	loop_set(&s->retry, CONNECT_MS);
}

static void on_retry(struct loop_timer *t)
{
	struct bgp_session *s = t->owner;

	if (s->state == BGP_IDLE)
		connect_now(s);
	else
		drop(s, s->state == BGP_CONNECT ? "no answer" : "it does not open the session");
}

static void connected(struct bgp_session *s)
{
	int error = net_error(s->io.fd);

	if (error)
		drop(s, strerror(error));
	else
		send_open(s);
}

/* ------------------------------------------------------------------- routes */

static void on_announce(const struct bgp_prefix *prefix, const struct bgp_path *path, void *arg)
{
	struct bgp_session *s = arg;

	if (prefix->afi == BGP_AFI_IPV6)
		rib_announce(s->table->rib, &s->peer, prefix, path);
}

static void on_withdraw(const struct bgp_prefix *prefix, void *arg)
{
	struct bgp_session *s = arg;

	if (prefix->afi == BGP_AFI_IPV6)
		rib_withdraw(s->table->rib, &s->peer, prefix);
}

/* All routes have been told: what is stale now is gone. */
static void settle(struct bgp_session *s)
{
	if (s->settled)
		return;
	s->settled = true;
	s->backoff = BACKOFF_FIRST;
	loop_stop_timer(&s->stale);
	loop_stop_timer(&s->quiet);
	rib_sweep(s->table->rib, &s->peer);
	log_notice("neighbor %s: in step, %zu paths", s->name, s->peer.paths);
	if (!s->ever_settled)
		table_settled(s->table);
	s->ever_settled = true;
	table_changed(s->table);
}

static void on_end(enum bgp_afi afi, void *arg)
{
	if (afi == BGP_AFI_IPV6)
		settle(arg);
}

static void wait_for_quiet(struct bgp_session *s)
{
	if (!s->settled)
		loop_set(&s->quiet, s->open.restart ? QUIET_END_MS : QUIET_MS);
}

static void on_quiet(struct loop_timer *t)
{
	settle(t->owner);
}

static void on_stale(struct loop_timer *t)
{
	struct bgp_session *s = t->owner;
	size_t before = s->peer.paths;

	rib_sweep(s->table->rib, &s->peer);
	if (s->peer.paths < before)
		log_warning("neighbor %s: %zu paths have aged out", s->name,
			    before - s->peer.paths);
	table_changed(s->table);
}

static void tell_fault(struct bgp_session *s, const struct bgp_fault *fault)
{
	if (s->faults++ < FAULTS_TOLD)
		log_warning("neighbor %s: %s (attribute %u): its prefixes count as withdrawn%s",
			    s->name, fault->text, fault->type,
			    s->faults == FAULTS_TOLD ? "; more of these are not told" : "");
}

static void handle_update(struct bgp_session *s, const uint8_t *body, size_t len)
{
	const struct bgp_receiver receiver = { on_announce, on_withdraw, on_end, s };
	struct bgp_fault fault;

	wait_for_quiet(s);
	switch (bgp_update_parse(body, len, &s->encoding, &receiver, &fault)) {
	case BGP_GOOD:
		break;
	case BGP_WITHDRAWN:
		tell_fault(s, &fault);
		break;
	case BGP_BAD:
		refuse(s, fault.code, fault.subcode, fault.text);
		return;
	}
	if (rib_has_changes(s->table->rib))
		table_changed(s->table);
}

/* ----------------------------------------------------------------- messages */

static void send_keepalive(struct bgp_session *s)
{
	uint8_t data[BGP_MESSAGE_MAX];

	if (send_bytes(s, data, bgp_message_write_keepalive(data))) {
		drop(s, "it does not take our messages");
		return;
	}
	if (s->hold_ms)
		loop_set(&s->keepalive, s->hold_ms / 3);
}

static void on_keepalive(struct loop_timer *t)
{
	send_keepalive(t->owner);
}

static void on_hold(struct loop_timer *t)
{
	refuse(t->owner, BGP_ERROR_HOLD, 0, "nothing received within the hold time");
}

static void handle_open(struct bgp_session *s, const uint8_t *body, size_t len)
{
	const struct bgp_neighbor *n = &s->neighbor;
	struct bgp_open own = own_open(s);
	struct bgp_fault fault;
	char *why;

	if (bgp_message_read_open(body, len, &s->open, &fault)) {
		refuse(s, fault.code, fault.subcode, fault.text);
		return;
	}
	if (s->open.as != n->remote_as) {
		why = xasprintf("it is AS %u, not %u as configured", s->open.as, n->remote_as);
		refuse(s, BGP_ERROR_OPEN, BGP_OPEN_AS, why);
		free(why);
		return;
	}
	if (!s->open.ipv6) {
		refuse(s, BGP_ERROR_OPEN, BGP_OPEN_CAPABILITY, "it does not offer IPv6 unicast");
		return;
	}
	s->encoding = bgp_message_encoding(&s->open, &own);
	s->hold_ms = (own.hold < s->open.hold ? own.hold : s->open.hold) * 1000;
	s->state = BGP_OPEN_CONFIRM;
	send_keepalive(s);
}

static void establish(struct bgp_session *s)
{
	uint8_t data[BGP_MESSAGE_MAX];

	s->state = BGP_ESTABLISHED;
	s->settled = false;
	s->faults = 0;
	free(s->last);
	s->last = NULL;
	loop_stop_timer(&s->retry);
	s->peer.address = s->neighbor.address;
	s->peer.identifier = s->open.identifier;
	s->peer.external = s->encoding.external;
	rib_peer_up(s->table->rib, &s->peer);
	log_notice("neighbor %s: session is up%s", s->name,
		   s->peer.paths ? ", earlier paths are stale until it is in step" : "");
	if (!s->stale.at)
		loop_set(&s->stale, s->table->options.stale_ms);
	wait_for_quiet(s);
	if (send_bytes(s, data, bgp_message_write_end(data)))
		drop(s, "it does not take our messages");
}

static void handle_notification(struct bgp_session *s, const uint8_t *body)
{
	char *why = xasprintf("it ended the session: %s (%u/%u)",
			      bgp_message_error(body[0], body[1]), body[0], body[1]);

	drop(s, why);
	free(why);
}

static bool is_expected(const struct bgp_session *s, unsigned int type)
{
	switch (type) {
	case BGP_OPEN:
		return s->state == BGP_OPEN_SENT;
	case BGP_KEEPALIVE:
		return s->state == BGP_OPEN_CONFIRM || is_up(s);
	case BGP_NOTIFICATION:
		return true;
	}
	return is_up(s);
}

static void handle_message(struct bgp_session *s, const uint8_t *data, size_t len)
{
	unsigned int type = data[BGP_HEADER_LEN - 1];
	const uint8_t *body = data + BGP_HEADER_LEN;

	len -= BGP_HEADER_LEN;
	if (!is_expected(s, type)) {
		refuse(s, BGP_ERROR_FSM, 0, "a message that was not expected");
		return;
	}
	switch (type) {
	case BGP_OPEN:
		handle_open(s, body, len);
		break;
	case BGP_UPDATE:
		handle_update(s, body, len);
		break;
	case BGP_NOTIFICATION:
		handle_notification(s, body);
		break;
	case BGP_KEEPALIVE:
		if (!is_up(s))
			establish(s);
		break;
	/* ROUTE-REFRESH: there are no routes to send again */
	}
	if (s->io.fd >= 0 && s->hold_ms)
		loop_set(&s->hold, s->hold_ms);
}

static void handle_input(struct bgp_session *s)
{
	struct bgp_fault fault = { 0 };
	size_t at = 0;
	int len;

	while (s->io.fd >= 0) {
		len = bgp_message_length(s->in + at, s->held - at, BGP_MESSAGE_MAX, &fault);
		if (len < 0) {
			refuse(s, fault.code, fault.subcode, fault.text);
			return;
		}
		if (!len || (size_t)len > s->held - at)
			break;
		handle_message(s, s->in + at, len);
		at += len;
	}
	if (s->io.fd < 0)
		return;
	s->held -= at;
	memmove(s->in, s->in + at, s->held);
}

static void on_io(struct loop_io *io)
{
	struct bgp_session *s = io->owner;
	ssize_t got;

	if (s->state == BGP_CONNECT) {
		connected(s);
		return;
	}
	got = recv(io->fd, s->in + s->held, sizeof(s->in) - s->held, 0);
	if (got > 0) {
		s->held += got;
		handle_input(s);
	} else if (!got) {
		drop(s, "it closed the connection");
	} else if (errno != EAGAIN && errno != EINTR) {
		drop(s, strerror(errno));
	}
}

/* ---------------------------------------------------------------------- life */

static struct loop_timer timer(struct bgp_session *s, void (*due)(struct loop_timer *))
{
	return (struct loop_timer){ .due = due, .owner = s };
}

/**
 * bgp_session_start() - begin to follow a neighbour
 * @s: the session; @s->neighbor is set
 * @table: the table that its routes go into
 *
 * Return: 0, or -1 if the table has too many peers.
 */
int bgp_session_start(struct bgp_session *s, struct table *table)
{
	net_text(&s->neighbor.address, s->name);
	s->table = table;
	s->io.fd = -1;
	s->backoff = BACKOFF_FIRST;
	s->peer.preference = s->neighbor.preference;
	s->retry = timer(s, on_retry);
	s->hold = timer(s, on_hold);
	s->keepalive = timer(s, on_keepalive);
	s->quiet = timer(s, on_quiet);
	s->stale = timer(s, on_stale);
	if (rib_add_peer(table->rib, &s->peer))
		return -1;
	if (!s->neighbor.passive)
		loop_set(&s->retry, 0);
	return 0;
}

/**
 * bgp_session_accept() - the neighbour has connected
 * @s: the session of a passive neighbour
 * @fd: the connection
 *
 * A neighbour that connects again has restarted: the new connection counts (RFC 4724
 * section 4.2).
 */
void bgp_session_accept(struct bgp_session *s, int fd)
{
	if (s->io.fd >= 0)
		drop(s, "it connects again");
	use_connection(s, fd, POLLIN);
	send_open(s);
}

/**
 * bgp_session_stop() - end a session, when the follower ends
 * @s: the session
 */
void bgp_session_stop(struct bgp_session *s)
{
	uint8_t data[BGP_MESSAGE_MAX];

	if (s->io.fd >= 0 && s->state != BGP_CONNECT)
		send_bytes(s, data, bgp_message_write_notification(data, BGP_ERROR_CEASE,
								   BGP_CEASE_SHUTDOWN));
	close_connection(s);
	loop_stop_timer(&s->retry);
	loop_stop_timer(&s->hold);
	loop_stop_timer(&s->keepalive);
	loop_stop_timer(&s->quiet);
	loop_stop_timer(&s->stale);
	rib_remove_peer(s->table->rib, &s->peer);
	free(s->last);
	s->last = NULL;
}

