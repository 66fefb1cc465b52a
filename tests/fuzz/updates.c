// SPDX-License-Identifier: GPL-2.0
/*
 * UPDATE messages, OPEN messages and BMP streams of the follower (libFuzzer).
 *
 * The first byte says what the rest is: bits 0 to 4 are the encoding, bit 5: a BMP stream,
 * bit 6: an OPEN message.  What UPDATE messages say goes into a table of paths, whose
 * counts have to be those of a simple list.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "follow/bmp.h"
#include "follow/rib.h"

#define FAULT(condition) do {							\
	if (condition) {							\
		fprintf(stderr, "FAULT %s:%d: %s\n", __FILE__, __LINE__, #condition); \
		abort();							\
	}									\
} while (0)

#define PATHS_MAX	512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The paths that there should be. */
static struct bgp_prefix paths[PATHS_MAX];
static size_t count;
static bool full;

static struct rib *rib;
static struct rib_peer peer;
static unsigned int told;

static bool same(const struct bgp_prefix *a, const struct bgp_prefix *b)
{
	return a->length == b->length && a->path_id == b->path_id &&
	       !memcmp(&a->address, &b->address, sizeof(a->address));
}

static size_t find(const struct bgp_prefix *p)
{
	size_t i;

	for (i = 0; i < count && !same(&paths[i], p); i++)
		;
	return i;
}

static void check_prefix(const struct bgp_prefix *p)
{
	unsigned int most = p->afi == BGP_AFI_IPV6 ? 128 : 32, bit;

	FAULT(p->afi != BGP_AFI_IPV4 && p->afi != BGP_AFI_IPV6);
	FAULT(p->length > most);
	for (bit = p->length; bit < 128; bit++)
		FAULT(p->address.s6_addr[bit / 8] >> (7 - bit % 8) & 1);
	told++;
}

static void on_announce(const struct bgp_prefix *prefix, const struct bgp_path *path, void *arg)
{
	size_t i = find(prefix);

	(void)arg;
	check_prefix(prefix);
	FAULT(path->origin > BGP_ORIGIN_INCOMPLETE);
	if (prefix->afi != BGP_AFI_IPV6)
		return;
	if (i == PATHS_MAX) {
		full = true;
		return;
	}
	if (i == count)
		paths[count++] = *prefix;
	rib_announce(rib, &peer, prefix, path);
}

static void on_withdraw(const struct bgp_prefix *prefix, void *arg)
{
	size_t i = find(prefix);

	(void)arg;
	check_prefix(prefix);
	if (prefix->afi != BGP_AFI_IPV6)
		return;
	if (i < count)
		paths[i] = paths[--count];
	rib_withdraw(rib, &peer, prefix);
}

static void on_end(enum bgp_afi afi, void *arg)
{
	(void)arg;
	FAULT(afi != BGP_AFI_IPV4 && afi != BGP_AFI_IPV6);
	told++;
}

static void visit(const struct in6_addr *address, unsigned int length,
		  const struct rib_route *route, void *arg)
{
	size_t *routes = arg;

	(void)address;
	FAULT(length > 128);
	*routes += route ? 1 : -1;
}

static void feed(const uint8_t *body, size_t len, const struct bgp_encoding *encoding)
{
	const struct bgp_receiver receiver = { on_announce, on_withdraw, on_end, NULL };
	/* exactly as long as it is, so that the sanitizer sees a byte too many */
	uint8_t *copy = malloc(len ? len : 1);
	struct bgp_fault fault;
	enum bgp_verdict verdict;

	memcpy(copy, body, len);
	told = 0;
	verdict = bgp_update_parse(copy, len, encoding, &receiver, &fault);
	FAULT(verdict == BGP_BAD && told);
	FAULT((verdict == BGP_GOOD) != !fault.text);
	free(copy);
}

static void feed_bmp(const uint8_t *data, size_t size)
{
	struct bgp_encoding encoding = { .as4 = true };
	struct bgp_fault fault;
	struct bmp_message m;
	size_t at = 0;
	int len;

	for (; at < size; at += len) {
		uint8_t *copy;

		len = bmp_length(data + at, size - at, &fault);
		if (len <= 0 || (size_t)len > size - at)
			return;
		copy = malloc(len);
		memcpy(copy, data + at, len);
		if (!bmp_read(copy, len, &m, &fault)) {
			if (m.type == BMP_PEER_UP)
				encoding = bgp_message_encoding(&m.received, &m.sent);
			encoding.reported = true;
			if (m.type == BMP_ROUTES)
				feed(m.update, m.update_len, &encoding);
		}
		free(copy);
	}
}

static void feed_open(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct bgp_fault fault;
	struct bgp_open open;

	memcpy(copy, data, size);
	bgp_message_length(copy, size, BGP_MESSAGE_MAX, &fault);
	if (!bgp_message_read_open(copy, size, &open, &fault))
		FAULT(!open.identifier || (open.hold && open.hold < BGP_HOLD_MIN));
	free(copy);
}

/* UPDATE messages, each behind its length. */
static void feed_updates(const uint8_t *data, size_t size, unsigned int bits)
{
	const struct bgp_encoding encoding = {
		.as4 = bits & 1,
		.add_path4 = bits & 2,
		.add_path6 = bits & 4,
		.external = bits & 8,
		.reported = bits & 16,
	};

	while (size >= 2) {
		size_t len = data[0] << 8 | data[1];

		data += 2;
		size -= 2;
		if (len > size)
			len = size;
		feed(data, len, &encoding);
		data += len;
		size -= len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rib_counts c;
	size_t routes = 0;

	if (!size)
		return 0;
	count = 0;
	full = false;
	rib = rib_new();
	memset(&peer, 0, sizeof(peer));
	FAULT(rib_add_peer(rib, &peer));
	rib_peer_up(rib, &peer);
	if (*data & 64)
		feed_open(data + 1, size - 1);
	else if (*data & 32)
		feed_bmp(data + 1, size - 1);
	else
		feed_updates(data + 1, size - 1, *data);
	rib_count(rib, &c);
	FAULT(!full && (c.paths != count || peer.paths != count));
	rib_changes(rib, visit, &routes);
	FAULT(routes != c.prefixes);
	rib_flush(rib, &peer);
	rib_changes(rib, visit, &routes);
	FAULT(routes);
	rib_free(rib);
	return 0;
}
