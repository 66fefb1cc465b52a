// SPDX-License-Identifier: GPL-2.0
/* Messages of the BGP Monitoring Protocol; see bmp.h. */
#include <string.h>

#include "bmp.h"
#include "wire.h"

#define BMP_VERSION	3
#define PEER_FLAG_IPV6	0x80	/* not of a Loc-RIB peer */
#define PEER_FLAG_POST	0x40
#define PEER_FLAG_AS2	0x20
#define PEER_FLAG_OUT	0x10	/* RFC 8671 */

static int fail(struct bgp_fault *fault, const char *text)
{
	*fault = (struct bgp_fault){ .text = text };
	return -1;
}

/**
 * bmp_length() - find the end of a message
 * @data: its beginning
 * @len: bytes that are there
 * @fault: what is wrong
 *
 * Return: the length of the message, which may be more than @len; 0 if too little is there
 * to tell; -1 if this is no message.
 */
int bmp_length(const uint8_t *data, size_t len, struct bgp_fault *fault)
{
	struct wire w = wire_of(data, len);
	uint32_t length;

	if (len && *data != BMP_VERSION)
		return fail(fault, "not BMP version 3");
	if (len < BMP_HEADER_LEN)
		return 0;
	wire_number(&w, 1);
	length = wire_number(&w, 4);
	if (length < BMP_HEADER_LEN || length > BMP_MESSAGE_MAX)
		return fail(fault, "a message of impossible length");
	return length;
}

/* 16 bytes of an address; IPv4 is in the last 4. */
static void read_address(struct in6_addr *to, struct wire *w, bool ipv6)
{
	const uint8_t *p = wire_bytes(w, sizeof(*to));

	memset(to, 0, sizeof(*to));
	if (!p)
		return;
	memcpy(to, p, sizeof(*to));
	if (!ipv6)
		memset(to->s6_addr + 10, 0xff, 2);
}

static void read_peer(struct bmp_message *m, struct wire *w)
{
	unsigned int flags;
	const uint8_t *distinguisher;
	bool loc_rib;

	m->id.type = wire_number(w, 1);
	loc_rib = m->id.type == BMP_PEER_LOC_RIB;
	flags = wire_number(w, 1);
	m->post_policy = !loc_rib && flags & PEER_FLAG_POST;
	m->outbound = !loc_rib && flags & PEER_FLAG_OUT;
	m->as2 = !loc_rib && flags & PEER_FLAG_AS2;
	distinguisher = wire_bytes(w, sizeof(m->id.distinguisher));
	if (distinguisher)
		memcpy(m->id.distinguisher, distinguisher, sizeof(m->id.distinguisher));
	read_address(&m->id.address, w, loc_rib || flags & PEER_FLAG_IPV6);
	m->as = wire_number(w, 4);
	m->identifier = wire_number(w, 4);
	wire_bytes(w, 8);	/* time stamp */
}

/* A BGP message of a type inside a BMP message: its body. */
static int read_inner(struct wire *w, unsigned int type, const uint8_t **body, size_t *len,
		      struct bgp_fault *fault)
{
	int length = bgp_message_length(w->at, w->left, BGP_MESSAGE_LONG, fault);

	if (length < 0)
		return -1;
	if (!length || (size_t)length > w->left || w->at[BGP_HEADER_LEN - 1] != type)
		return fail(fault, "no BGP message where one should be");
	*body = w->at + BGP_HEADER_LEN;
	*len = length - BGP_HEADER_LEN;
	wire_bytes(w, length);
	return 0;
}

static int read_peer_up(struct bmp_message *m, struct wire *w, struct bgp_fault *fault)
{
	struct bgp_open *const opens[] = { &m->sent, &m->received };
	const uint8_t *body;
	size_t len, i;

	wire_bytes(w, 20);	/* local address and ports */
	if (w->short_)
		return fail(fault, "a message that is too short");
	for (i = 0; i < ARRAY_SIZE(opens); i++) {
		if (read_inner(w, BGP_OPEN, &body, &len, fault))
			return -1;
		/* a router that made it up for its Loc-RIB may leave things out */
		if (bgp_message_read_open(body, len, opens[i], fault) &&
		    (fault->subcode != BGP_OPEN_IDENTIFIER && fault->subcode != BGP_OPEN_HOLD))
			return -1;
	}
	memset(fault, 0, sizeof(*fault));
	return 0;
}

/**
 * bmp_read() - read a message
 * @data: the message
 * @len: its length, as bmp_length() has found it
 * @m: filled in; points into @data
 * @fault: what is wrong
 *
 * Return: 0, or -1 if it cannot be read.  The next one can.
 */
int bmp_read(const uint8_t *data, size_t len, struct bmp_message *m, struct bgp_fault *fault)
{
	struct wire w = wire_of(data, len);

	memset(m, 0, sizeof(*m));
	memset(fault, 0, sizeof(*fault));
	wire_bytes(&w, BMP_HEADER_LEN - 1);
	m->type = wire_number(&w, 1);
	if (m->type > BMP_MIRROR || m->type == BMP_INITIATION || m->type == BMP_TERMINATION)
		return 0;
	read_peer(m, &w);
	if (w.short_)
		return fail(fault, "a message that is too short");
	switch (m->type) {
	case BMP_ROUTES:
		return read_inner(&w, BGP_UPDATE, &m->update, &m->update_len, fault);
	case BMP_PEER_UP:
		return read_peer_up(m, &w, fault);
	case BMP_PEER_DOWN:
		m->reason = wire_number(&w, 1);
		return 0;
	default:
		return 0;
	}
}
