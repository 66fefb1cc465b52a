/* SPDX-License-Identifier: GPL-2.0 */
/*
 * UPDATE messages of BGP: RFC 4271, with 4760 (IPv6), 6793 (4-byte AS numbers), 7606 (a
 * malformed attribute withdraws), 7911 (several paths for a prefix) and 8950 (next hops of
 * the other family).  BGP sessions and BMP both bring them.
 */
#ifndef NS_BGP_UPDATE_H
#define NS_BGP_UPDATE_H

#include <netinet/in.h>
#include <stdint.h>

#include "../as_path.h"

#define BGP_MARKER_LEN		16
#define BGP_HEADER_LEN		19
#define BGP_MESSAGE_MAX		4096	/* between neighbours */
#define BGP_MESSAGE_LONG	65535	/* RFC 8654, as BMP may carry it */

enum bgp_afi {
	BGP_AFI_IPV4 = 1,
	BGP_AFI_IPV6 = 2,
};

#define BGP_SAFI_UNICAST	1

enum bgp_origin {
	BGP_ORIGIN_IGP,
	BGP_ORIGIN_EGP,
	BGP_ORIGIN_INCOMPLETE,
};

/* Codes and subcodes of NOTIFICATION. */
enum bgp_error {
	BGP_ERROR_HEADER = 1,
	BGP_ERROR_OPEN = 2,
	BGP_ERROR_UPDATE = 3,
	BGP_ERROR_HOLD = 4,
	BGP_ERROR_FSM = 5,
	BGP_ERROR_CEASE = 6,
};

enum bgp_update_error {
	BGP_UPDATE_LIST = 1,
	BGP_UPDATE_UNKNOWN = 2,
	BGP_UPDATE_MISSING = 3,
	BGP_UPDATE_FLAGS = 4,
	BGP_UPDATE_LENGTH = 5,
	BGP_UPDATE_ORIGIN = 6,
	BGP_UPDATE_NEXT_HOP = 8,
	BGP_UPDATE_OPTIONAL = 9,
	BGP_UPDATE_NETWORK = 10,
	BGP_UPDATE_AS_PATH = 11,
};

/**
 * struct bgp_encoding - how the two ends agreed to write UPDATE messages
 * @as4: AS numbers have 4 bytes
 * @add_path4: IPv4 prefixes have a path identifier
 * @add_path6: IPv6 prefixes have one
 * @external: from a neighbour of another AS: attributes that are for use inside an AS do
 *	not count (RFC 7606 section 7)
 * @own_as: AS that paths do not really begin with, as FRR's do in BMP, which puts its own
 *	in front as if it announced them; 0: none
 * @reported: a router reports what it has accepted, by BMP: what is missing it leaves out
 */
struct bgp_encoding {
	bool	as4;
	bool	add_path4;
	bool	add_path6;
	bool	external;
	bool	reported;
	uint32_t own_as;
};

/**
 * struct bgp_prefix - a prefix
 * @afi: &enum bgp_afi
 * @length: its length in bits
 * @path_id: identifier of the path; 0 without one
 * @address: its address, without bits behind @length; an IPv4 address is in the first 4 bytes
 */
struct bgp_prefix {
	uint16_t	afi;
	uint8_t		length;
	uint32_t	path_id;
	struct in6_addr	address;
};

/**
 * struct bgp_path - what the attributes of a path say
 * @next_hop: the global address where there is a choice; v4-mapped for IPv4
 * @origin_as: see as_path_origin()
 * @peer_as: see as_path_peer()
 * @length: see as_path_length()
 * @med: MULTI_EXIT_DISC; 0 if it is absent, the best
 * @preference: LOCAL_PREF; 100 if it is absent
 * @originator: ORIGINATOR_ID; 0 if it is absent
 * @clusters: number of IDs in CLUSTER_LIST
 * @origin: &enum bgp_origin
 */
struct bgp_path {
	struct in6_addr	next_hop;
	uint32_t	origin_as;
	uint32_t	peer_as;
	uint32_t	length;
	uint32_t	med;
	uint32_t	preference;
	uint32_t	originator;
	uint16_t	clusters;
	uint8_t		origin;
};

/**
 * struct bgp_fault - what is wrong with a message
 * @code: code of the NOTIFICATION that it deserves
 * @subcode: its subcode
 * @type: type of the attribute, or 0
 * @text: in words; NULL: nothing is wrong
 */
struct bgp_fault {
	uint8_t		code;
	uint8_t		subcode;
	uint8_t		type;
	const char	*text;
};

/**
 * struct bgp_receiver - who is told what a message says
 * @announce: a path, which replaces an earlier one of the same prefix and path_id
 * @withdraw: there is no such path any more
 * @end: End-of-RIB of an address family (RFC 4724)
 * @arg: passed to each of them
 */
struct bgp_receiver {
	void	(*announce)(const struct bgp_prefix *prefix, const struct bgp_path *path, void *arg);
	void	(*withdraw)(const struct bgp_prefix *prefix, void *arg);
	void	(*end)(enum bgp_afi afi, void *arg);
	void	*arg;
};

enum bgp_verdict {
	BGP_GOOD,	/* the message was well formed */
	BGP_WITHDRAWN,	/* an attribute was malformed: its prefixes count as withdrawn */
	BGP_BAD,	/* its prefixes cannot be read: nothing was told */
};

enum bgp_verdict bgp_update_parse(const uint8_t *body, size_t len,
				  const struct bgp_encoding *encoding,
				  const struct bgp_receiver *receiver, struct bgp_fault *fault);

#endif
