/* SPDX-License-Identifier: GPL-2.0 */
/* A session with a BGP neighbour, which is listened to and told nothing. */
#ifndef NS_BGP_SESSION_H
#define NS_BGP_SESSION_H

#include "bgp_message.h"
#include "loop.h"
#include "net.h"
#include "table.h"

/**
 * struct bgp_neighbor - a neighbour, as it is configured
 * @address: its address
 * @source: our address; :: for any
 * @port: its port; if @passive, ours
 * @remote_as: its AS
 * @local_as: the AS that we say we are in
 * @preference: the higher one of two neighbours is believed
 * @hold: hold time that we propose, in seconds; 0: none
 * @identifier: our BGP identifier; 0: made from the addresses
 * @passive: it connects to us
 * @key: what TCP segments are signed with
 * @vrf: VRF of the session and of the table; empty: none
 */
struct bgp_neighbor {
	struct in6_addr	address;
	struct in6_addr	source;
	uint16_t	port;
	uint32_t	remote_as;
	uint32_t	local_as;
	uint32_t	preference;
	uint16_t	hold;
	uint32_t	identifier;
	bool		passive;
	struct net_key	key;
	char		vrf[16];
};

enum bgp_state {
	BGP_IDLE,	/* until the next attempt, or until it connects */
	BGP_CONNECT,
	BGP_OPEN_SENT,
	BGP_OPEN_CONFIRM,
	BGP_ESTABLISHED,
};

/**
 * struct bgp_session - a neighbour and what is known of it
 * @neighbor: as it is configured
 * @name: its address, for messages
 * @table: the table that its routes go into
 * @peer: itself in that table
 * @state: of the session
 * @io: its connection
 * @in: bytes received that are not yet a whole message
 * @held: number of them
 * @open: the OPEN message of the neighbour
 * @encoding: of its UPDATE messages
 * @hold_ms: hold time that was agreed on; 0: none
 * @settled: it has told all its routes in this session
 * @ever_settled: it has once
 * @backoff: milliseconds until the next attempt
 * @faults: malformed messages in this session
 * @last: why the last attempt failed, so that it is told once
 * @retry: the next attempt, or the end of this one
 * @hold: until the neighbour counts as gone
 * @keepalive: until it has to hear from us
 * @quiet: until it counts as settled, if it does not say so itself
 * @stale: until its old routes are removed
 */
struct bgp_session {
	struct bgp_neighbor	neighbor;
	char			name[NET_ADDRESS_MAX];
	struct table		*table;
	struct rib_peer		peer;
	enum bgp_state		state;
	struct loop_io		io;
	uint8_t			in[2 * BGP_MESSAGE_MAX];
	size_t			held;
	struct bgp_open		open;
	struct bgp_encoding	encoding;
	int64_t			hold_ms;
	bool			settled;
	bool			ever_settled;
	unsigned int		backoff;
	unsigned long		faults;
	char			*last;
	struct loop_timer	retry, hold, keepalive, quiet, stale;
};

int bgp_session_start(struct bgp_session *s, struct table *table);
void bgp_session_accept(struct bgp_session *s, int fd);
void bgp_session_stop(struct bgp_session *s);

#endif
