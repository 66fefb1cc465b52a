/* SPDX-License-Identifier: GPL-2.0 */
/* Messages of the BGP Monitoring Protocol: RFC 7854, 8671 and 9069. */
#ifndef NS_BMP_H
#define NS_BMP_H

#include "bgp_message.h"

#define BMP_HEADER_LEN	6
#define BMP_MESSAGE_MAX	(256u << 10)	/* two long OPEN messages and their company */

enum bmp_type {
	BMP_ROUTES = 0,
	BMP_STATISTICS = 1,
	BMP_PEER_DOWN = 2,
	BMP_PEER_UP = 3,
	BMP_INITIATION = 4,
	BMP_TERMINATION = 5,
	BMP_MIRROR = 6,
};

enum bmp_peer_type {
	BMP_PEER_GLOBAL = 0,
	BMP_PEER_DISTINGUISHED = 1,
	BMP_PEER_LOCAL = 2,
	BMP_PEER_LOC_RIB = 3,
};

/**
 * struct bmp_peer_id - which peer of the router a message is about
 * @type: &enum bmp_peer_type
 * @distinguisher: route distinguisher or the like; all 0 for the global table
 * @address: address of the peer, v4-mapped for IPv4
 */
struct bmp_peer_id {
	uint8_t		type;
	uint8_t		distinguisher[8];
	struct in6_addr	address;
};

/**
 * struct bmp_message - a message
 * @type: &enum bmp_type
 * @id: the peer, if the type has one
 * @as: AS of the peer
 * @identifier: BGP identifier of the peer
 * @post_policy: routes as the router's import policy has left them
 * @outbound: routes that the router sends to the peer, not that it has from it
 * @as2: AS numbers in AS paths have 2 bytes
 * @update: BMP_ROUTES: what follows the header of the UPDATE message
 * @update_len: its length
 * @sent: BMP_PEER_UP: OPEN that the router sent
 * @received: BMP_PEER_UP: OPEN that it received
 * @reason: BMP_PEER_DOWN: why
 */
struct bmp_message {
	enum bmp_type		type;
	struct bmp_peer_id	id;
	uint32_t		as;
	uint32_t		identifier;
	bool			post_policy;
	bool			outbound;
	bool			as2;
	const uint8_t		*update;
	size_t			update_len;
	struct bgp_open		sent;
	struct bgp_open		received;
	uint8_t			reason;
};

int bmp_length(const uint8_t *data, size_t len, struct bgp_fault *fault);
int bmp_read(const uint8_t *data, size_t len, struct bmp_message *m, struct bgp_fault *fault);

#endif
