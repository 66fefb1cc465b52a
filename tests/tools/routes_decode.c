// SPDX-License-Identifier: GPL-2.0
/*
 * Print what UPDATE messages say: routes_decode bgp|bmp < STREAM
 *
 * "update" begins each message; "announce PREFIX ORIGIN PEER NEXTHOP" and "withdraw PREFIX"
 * follow, "end AFI", and what was wrong with it.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "follow/bmp.h"

static const char *text_of(const struct bgp_prefix *p, char *text)
{
	char address[INET6_ADDRSTRLEN];

	inet_ntop(p->afi == BGP_AFI_IPV6 ? AF_INET6 : AF_INET, &p->address, address,
		  sizeof(address));
	sprintf(text, "%s/%u", address, p->length);
	return text;
}

static void on_announce(const struct bgp_prefix *prefix, const struct bgp_path *path, void *arg)
{
	char text[64], hop[INET6_ADDRSTRLEN];

	(void)arg;
	printf("announce %s %u %u %s\n", text_of(prefix, text), path->origin_as, path->peer_as,
	       inet_ntop(AF_INET6, &path->next_hop, hop, sizeof(hop)));
}

static void on_withdraw(const struct bgp_prefix *prefix, void *arg)
{
	char text[64];

	(void)arg;
	printf("withdraw %s\n", text_of(prefix, text));
}

static void on_end(enum bgp_afi afi, void *arg)
{
	(void)arg;
	printf("end %u\n", afi);
}

static void print_update(const uint8_t *body, size_t len, const struct bgp_encoding *encoding)
{
	const struct bgp_receiver receiver = { on_announce, on_withdraw, on_end, NULL };
	struct bgp_fault fault;

	puts("update");
	if (bgp_update_parse(body, len, encoding, &receiver, &fault) != BGP_GOOD)
		printf("fault %s (attribute %u)\n", fault.text, fault.type);
}

static void print_bgp(const uint8_t *data, size_t len)
{
	static const struct bgp_open own = { .as4 = true, .add_path4 = 3, .add_path6 = 3 };
	static struct bgp_encoding encoding = { .as4 = true };
	struct bgp_fault fault;
	struct bgp_open open;

	if (data[18] == BGP_OPEN && !bgp_message_read_open(data + 19, len - 19, &open, &fault)) {
		encoding = bgp_message_encoding(&open, &own);
		encoding.external = false;
	} else if (data[18] == BGP_UPDATE) {
		print_update(data + 19, len - 19, &encoding);
	}
}

static void print_bmp(const uint8_t *data, size_t len)
{
	struct bgp_encoding encoding = { .as4 = true, .reported = true };
	struct bgp_fault fault;
	struct bmp_message m;

	if (bmp_read(data, len, &m, &fault)) {
		printf("fault %s\n", fault.text);
	} else if (m.type == BMP_ROUTES) {
		encoding.as4 = !m.as2;
		print_update(m.update, m.update_len, &encoding);
	}
}

int main(int argc, char **argv)
{
	bool bmp = argc > 1 && !strcmp(argv[1], "bmp");
	struct bgp_fault fault;
	uint8_t *data = NULL;
	size_t held = 0, at = 0, got;
	int len = 1;

	do {
		data = xrealloc(data, held + 65536);
		got = fread(data + held, 1, 65536, stdin);
		held += got;
	} while (got);
	while (len > 0 && at < held) {
		len = bmp ? bmp_length(data + at, held - at, &fault) :
			    bgp_message_length(data + at, held - at, BGP_MESSAGE_LONG, &fault);
		if (len <= 0 || (size_t)len > held - at)
			break;
		(bmp ? print_bmp : print_bgp)(data + at, len);
		at += len;
	}
	if (len < 0)
		printf("fault %s\n", fault.text);
	printf("rest %zu\n", held - at);
	free(data);
	return 0;
}
