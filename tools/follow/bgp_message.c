// SPDX-License-Identifier: GPL-2.0
/* Messages of BGP as bytes: where one ends, and those that a listener sends. */
#include <string.h>

#include "bgp_message.h"
#include "wire.h"

enum capability {
	CAPABILITY_FAMILY = 1,
	CAPABILITY_REFRESH = 2,
	CAPABILITY_RESTART = 64,
	CAPABILITY_AS4 = 65,
	CAPABILITY_ADD_PATH = 69,
};

#define OPTION_CAPABILITIES	2
#define OPTION_EXTENDED		255	/* RFC 9072 */
#define RESTART_KEPT		0x80

static int fail(struct bgp_fault *fault, unsigned int code, unsigned int subcode,
		const char *text)
{
	*fault = (struct bgp_fault){ code, subcode, 0, text };
	return -1;
}

static bool length_fits(unsigned int type, size_t len, size_t max)
{
	static const uint8_t least[] = {
		[BGP_OPEN] = 29,
		[BGP_UPDATE] = 23,
		[BGP_NOTIFICATION] = 21,
		[BGP_KEEPALIVE] = BGP_HEADER_LEN,
		[BGP_ROUTE_REFRESH] = 23,
	};

	if (type == BGP_KEEPALIVE)
		return len == BGP_HEADER_LEN;
	/* RFC 8654: OPEN stays short */
	return len >= least[type] && len <= (type == BGP_OPEN ? BGP_MESSAGE_MAX : max);
}

/**
 * bgp_message_length() - find the end of a message
 * @data: its beginning
 * @len: bytes that are there
 * @max: length that no message may exceed
 * @fault: what is wrong
 *
 * Return: the length of the message with its header, which may be more than @len; 0 if too
 * little is there to tell; -1 if this is no message.
 */
int bgp_message_length(const uint8_t *data, size_t len, size_t max, struct bgp_fault *fault)
{
	struct wire w = wire_of(data, len);
	size_t length, i;
	unsigned int type;

	for (i = 0; i < len && i < BGP_MARKER_LEN; i++)
		if (data[i] != 0xff)
			return fail(fault, BGP_ERROR_HEADER, 1, "no BGP: the marker is not all ones");
	if (len < BGP_HEADER_LEN)
		return 0;
	wire_bytes(&w, BGP_MARKER_LEN);
	length = wire_number(&w, 2);
	type = wire_number(&w, 1);
	if (type < BGP_OPEN || type > BGP_ROUTE_REFRESH)
		return fail(fault, BGP_ERROR_HEADER, 3, "unknown type of message");
	if (!length_fits(type, length, max))
		return fail(fault, BGP_ERROR_HEADER, 2, "a message of this type has another length");
	return length;
}

static void read_restart(struct bgp_open *open, struct wire w)
{
	open->restart = true;
	open->restart_time = wire_number(&w, 2) & 0xfff;
	while (w.left >= 4) {
		unsigned int afi = wire_number(&w, 2), safi = wire_number(&w, 1);
		unsigned int flags = wire_number(&w, 1);

		if (afi == BGP_AFI_IPV6 && safi == BGP_SAFI_UNICAST)
			open->kept = flags & RESTART_KEPT;
	}
}

static void read_add_path(struct bgp_open *open, struct wire w)
{
	while (w.left >= 4) {
		unsigned int afi = wire_number(&w, 2), safi = wire_number(&w, 1);
		unsigned int ways = wire_number(&w, 1);

		if (safi != BGP_SAFI_UNICAST || ways > 3)
			continue;
		if (afi == BGP_AFI_IPV6)
			open->add_path6 = ways;
		else if (afi == BGP_AFI_IPV4)
			open->add_path4 = ways;
	}
}

static void read_capability(struct bgp_open *open, unsigned int code, struct wire w)
{
	unsigned int afi;

	switch (code) {
	case CAPABILITY_FAMILY:
		afi = wire_number(&w, 2);
		wire_number(&w, 1);
		if (afi == BGP_AFI_IPV6 && wire_number(&w, 1) == BGP_SAFI_UNICAST)
			open->ipv6 = true;
		break;
	case CAPABILITY_REFRESH:
		open->refresh = true;
		break;
	case CAPABILITY_RESTART:
		if (w.left >= 2)
			read_restart(open, w);
		break;
	case CAPABILITY_AS4:
		if (w.left == 4) {
			open->as4 = true;
			open->as = wire_number(&w, 4);
		}
		break;
	case CAPABILITY_ADD_PATH:
		read_add_path(open, w);
		break;
	}
}

static bool read_capabilities(struct bgp_open *open, struct wire w)
{
	while (w.left) {
		unsigned int code = wire_number(&w, 1);
		struct wire value = wire_part(&w, wire_number(&w, 1));

		if (w.short_)
			return false;
		read_capability(open, code, value);
	}
	return true;
}

/* Optional parameters; RFC 9072 has another way to write their lengths. */
static bool read_options(struct bgp_open *open, struct wire w)
{
	unsigned int size = 1, len = wire_number(&w, 1);
	struct wire options;

	if (len && w.left && *w.at == OPTION_EXTENDED) {
		wire_number(&w, 1);
		len = wire_number(&w, 2);
		size = 2;
	}
	options = wire_part(&w, len);
	if (w.short_ || w.left)
		return false;
	while (options.left) {
		unsigned int type = wire_number(&options, 1);
		struct wire value = wire_part(&options, wire_number(&options, size));

		if (options.short_)
			return false;
		if (type == OPTION_CAPABILITIES && !read_capabilities(open, value))
			return false;
	}
	return true;
}

/**
 * bgp_message_read_open() - read an OPEN message
 * @body: what follows its header
 * @len: length of @body
 * @open: filled in
 * @fault: what is wrong
 *
 * Return: 0, or -1 if it is refused.
 */
int bgp_message_read_open(const uint8_t *body, size_t len, struct bgp_open *open,
			  struct bgp_fault *fault)
{
	struct wire w = wire_of(body, len);

	memset(open, 0, sizeof(*open));
	if (wire_number(&w, 1) != BGP_VERSION)
		return fail(fault, BGP_ERROR_OPEN, BGP_OPEN_VERSION, "not version 4");
	open->as = wire_number(&w, 2);
	open->hold = wire_number(&w, 2);
	open->identifier = wire_number(&w, 4);
	if (w.short_ || !read_options(open, w))
		return fail(fault, BGP_ERROR_OPEN, 0, "malformed OPEN");
	if (!open->identifier)
		return fail(fault, BGP_ERROR_OPEN, BGP_OPEN_IDENTIFIER, "no BGP identifier");
	if (open->hold && open->hold < BGP_HOLD_MIN)
		return fail(fault, BGP_ERROR_OPEN, BGP_OPEN_HOLD, "hold time below 3 seconds");
	return 0;
}

static uint8_t *put_header(uint8_t *to, unsigned int type)
{
	memset(to, 0xff, BGP_MARKER_LEN);
	return wire_put(to + BGP_MARKER_LEN + 2, type, 1);
}

static size_t put_length(uint8_t *to, const uint8_t *end)
{
	wire_put(to + BGP_MARKER_LEN, end - to, 2);
	return end - to;
}

static uint8_t *put_capability(uint8_t *p, unsigned int code, unsigned int len)
{
	p = wire_put(p, code, 1);
	return wire_put(p, len, 1);
}

/**
 * bgp_message_write_open() - write an OPEN message
 * @to: room for BGP_MESSAGE_MAX bytes
 * @open: AS, hold time and identifier
 *
 * The capabilities are those of this listener: IPv6 unicast, 4-byte AS numbers, route
 * refresh, and graceful restart without a family: it keeps the routes of a neighbour that
 * restarts, and has none itself.
 *
 * Return: the length.
 */
size_t bgp_message_write_open(uint8_t *to, const struct bgp_open *open)
{
	uint8_t *p = put_header(to, BGP_OPEN), *options, *capabilities;

	p = wire_put(p, BGP_VERSION, 1);
	p = wire_put(p, open->as > 0xffff ? AS_TRANS : open->as, 2);
	p = wire_put(p, open->hold, 2);
	p = wire_put(p, open->identifier, 4);
	options = p;
	p = wire_put(p + 1, OPTION_CAPABILITIES, 1);
	capabilities = p++;
	p = put_capability(p, CAPABILITY_FAMILY, 4);
	p = wire_put(p, BGP_AFI_IPV6, 2);
	p = wire_put(p, BGP_SAFI_UNICAST, 2);
	p = put_capability(p, CAPABILITY_REFRESH, 0);
	p = put_capability(p, CAPABILITY_RESTART, 2);
	p = wire_put(p, 0, 2);
	p = put_capability(p, CAPABILITY_AS4, 4);
	p = wire_put(p, open->as, 4);
	wire_put(options, p - options - 1, 1);
	wire_put(capabilities, p - capabilities - 1, 1);
	return put_length(to, p);
}

/**
 * bgp_message_write_keepalive() - write a KEEPALIVE message
 * @to: room for BGP_MESSAGE_MAX bytes
 *
 * Return: the length.
 */
size_t bgp_message_write_keepalive(uint8_t *to)
{
	return put_length(to, put_header(to, BGP_KEEPALIVE));
}

/**
 * bgp_message_write_end() - write the End-of-RIB of IPv6: there is nothing to announce
 * @to: room for BGP_MESSAGE_MAX bytes
 *
 * Return: the length.
 */
size_t bgp_message_write_end(uint8_t *to)
{
	static const uint8_t body[] = { 0, 0, 0, 6, 0x80, 15, 3, 0, BGP_AFI_IPV6,
					BGP_SAFI_UNICAST };
	uint8_t *p = put_header(to, BGP_UPDATE);

	memcpy(p, body, sizeof(body));
	return put_length(to, p + sizeof(body));
}

/**
 * bgp_message_write_notification() - write a NOTIFICATION message
 * @to: room for BGP_MESSAGE_MAX bytes
 * @code: &enum bgp_error
 * @subcode: what that code has
 *
 * Return: the length.
 */
size_t bgp_message_write_notification(uint8_t *to, unsigned int code, unsigned int subcode)
{
	uint8_t *p = put_header(to, BGP_NOTIFICATION);

	p = wire_put(p, code, 1);
	p = wire_put(p, subcode, 1);
	return put_length(to, p);
}

static bool many_paths(uint8_t from, uint8_t to)
{
	return from & BGP_ADD_PATH_SEND && to & BGP_ADD_PATH_RECEIVE;
}

/**
 * bgp_message_encoding() - what two OPEN messages agree on
 * @from: of the sender of UPDATE messages
 * @to: of their receiver
 */
struct bgp_encoding bgp_message_encoding(const struct bgp_open *from, const struct bgp_open *to)
{
	return (struct bgp_encoding){
		.as4 = from->as4 && to->as4,
		.add_path4 = many_paths(from->add_path4, to->add_path4),
		.add_path6 = many_paths(from->add_path6, to->add_path6),
		.external = from->as != to->as,
	};
}

/**
 * bgp_message_error() - a NOTIFICATION in words
 * @code: &enum bgp_error
 * @subcode: what that code has
 */
const char *bgp_message_error(unsigned int code, unsigned int subcode)
{
	static const char *const codes[] = {
		[BGP_ERROR_HEADER] = "message header error",
		[BGP_ERROR_OPEN] = "OPEN refused",
		[BGP_ERROR_UPDATE] = "UPDATE refused",
		[BGP_ERROR_HOLD] = "hold time expired",
		[BGP_ERROR_FSM] = "unexpected message",
		[BGP_ERROR_CEASE] = "cease",
	};
	static const char *const opens[] = {
		[BGP_OPEN_VERSION] = "OPEN refused: version",
		[BGP_OPEN_AS] = "OPEN refused: it expects another AS",
		[BGP_OPEN_IDENTIFIER] = "OPEN refused: BGP identifier",
		[BGP_OPEN_OPTION] = "OPEN refused: optional parameter",
		[BGP_OPEN_HOLD] = "OPEN refused: hold time",
		[BGP_OPEN_CAPABILITY] = "OPEN refused: it needs another capability",
	};
	static const char *const ceases[] = {
		[1] = "cease: too many prefixes",
		[BGP_CEASE_SHUTDOWN] = "cease: shut down",
		[BGP_CEASE_RECONFIGURED] = "cease: not configured there any more",
		[4] = "cease: reset",
		[5] = "cease: connection rejected",
		[6] = "cease: configuration changed",
		[BGP_CEASE_COLLISION] = "cease: another connection",
		[8] = "cease: out of resources",
		[9] = "cease: hard reset",
	};

	if (code == BGP_ERROR_OPEN && subcode < ARRAY_SIZE(opens) && opens[subcode])
		return opens[subcode];
	if (code == BGP_ERROR_CEASE && subcode < ARRAY_SIZE(ceases) && ceases[subcode])
		return ceases[subcode];
	return code < ARRAY_SIZE(codes) && codes[code] ? codes[code] : "unknown error";
}
