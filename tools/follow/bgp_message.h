/* SPDX-License-Identifier: GPL-2.0 */
/* Messages of BGP as bytes: where one ends, and those that a listener sends. */
#ifndef NS_BGP_MESSAGE_H
#define NS_BGP_MESSAGE_H

#include "bgp_update.h"

#define BGP_VERSION		4
#define BGP_HOLD_MIN		3	/* seconds; 0: no limit */
#define BGP_NOTIFICATION_DATA	64

enum bgp_type {
	BGP_OPEN = 1,
	BGP_UPDATE = 2,
	BGP_NOTIFICATION = 3,
	BGP_KEEPALIVE = 4,
	BGP_ROUTE_REFRESH = 5,
};

enum bgp_open_error {
	BGP_OPEN_VERSION = 1,
	BGP_OPEN_AS = 2,
	BGP_OPEN_IDENTIFIER = 3,
	BGP_OPEN_OPTION = 4,
	BGP_OPEN_HOLD = 6,
	BGP_OPEN_CAPABILITY = 7,
};

enum bgp_cease_error {
	BGP_CEASE_SHUTDOWN = 2,
	BGP_CEASE_RECONFIGURED = 3,
	BGP_CEASE_COLLISION = 7,
};

/**
 * struct bgp_open - an OPEN message
 * @as: the AS of the sender
 * @hold: seconds without a message after which the session ends; 0: never
 * @identifier: BGP identifier of the sender
 * @ipv6: it exchanges IPv6 unicast
 * @as4: it knows 4-byte AS numbers
 * @refresh: it sends its routes again when asked
 * @restart: it knows graceful restart, and marks the end of its routes
 * @kept: it has kept its IPv6 forwarding state over a restart
 * @restart_time: seconds that it may take to restart
 * @add_path4: IPv4: bit 0, it can receive several paths for a prefix; bit 1, it can send them
 * @add_path6: the same of IPv6
 */
struct bgp_open {
	uint32_t	as;
	uint16_t	hold;
	uint32_t	identifier;
	bool		ipv6;
	bool		as4;
	bool		refresh;
	bool		restart;
	bool		kept;
	uint16_t	restart_time;
	uint8_t		add_path4;
	uint8_t		add_path6;
};

#define BGP_ADD_PATH_RECEIVE	1
#define BGP_ADD_PATH_SEND	2

int bgp_message_length(const uint8_t *data, size_t len, size_t max, struct bgp_fault *fault);
int bgp_message_read_open(const uint8_t *body, size_t len, struct bgp_open *open,
			  struct bgp_fault *fault);
size_t bgp_message_write_open(uint8_t *to, const struct bgp_open *open);
size_t bgp_message_write_keepalive(uint8_t *to);
size_t bgp_message_write_end(uint8_t *to);
size_t bgp_message_write_notification(uint8_t *to, unsigned int code, unsigned int subcode);
struct bgp_encoding bgp_message_encoding(const struct bgp_open *from, const struct bgp_open *to);
const char *bgp_message_error(unsigned int code, unsigned int subcode);

#endif
