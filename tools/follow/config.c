// SPDX-License-Identifier: GPL-2.0
/* The configuration of the follower: a routes view, as its parts want it. */
#include <stdlib.h>
#include <string.h>

#include "../config_print.h"
#include "config.h"

static void take_address(struct in6_addr *to, const struct address *a)
{
	char text[ADDRESS_TEXT_MAX];

	if (a->family)
		net_parse(address_text(a, text), to);
}

static void take_key(struct net_key *to, const struct neighbor *n)
{
	static const char hmac_sha1[] = "hmac(sha1)", cmac_aes128[] = "cmac(aes128)";

	to->how = n->signing == SIGNING_MD5 ? NET_MD5 : n->signing ? NET_AO : NET_UNSIGNED;
	to->id = n->key_id;
	to->algorithm = n->signing == SIGNING_AO_AES ? cmac_aes128 : hmac_sha1;
	snprintf(to->text, sizeof(to->text), "%s", n->key);
}

static void take_neighbor(struct bgp_neighbor *to, const struct neighbor *n, uint32_t identifier)
{
	*to = (struct bgp_neighbor){
		.port = n->port,
		.remote_as = n->remote_as,
		.local_as = n->local_as,
		.preference = n->preference,
		.hold = n->hold,
		.identifier = identifier,
		.passive = n->passive,
	};
	take_address(&to->address, &n->addr);
	take_address(&to->source, &n->source);
	take_key(&to->key, n);
	snprintf(to->vrf, sizeof(to->vrf), "%s", n->vrf);
}

/**
 * follow_config_make() - what a routes view says
 * @c: filled in; to be freed with follow_config_free()
 * @r: the view
 */
void follow_config_make(struct follow_config *c, const struct routes_view *r)
{
	size_t i;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < r->neighbors.n; i++)
		take_neighbor(vec_push(&c->neighbors), &r->neighbors.v[i], r->identifier.number);
	for (i = 0; i < r->stations.n; i++) {
		struct bmp_listen *l = vec_push(&c->stations);

		take_address(&l->address, &r->stations.v[i].addr);
		l->port = r->stations.v[i].port;
		snprintf(l->vrf, sizeof(l->vrf), "%s", r->stations.v[i].vrf);
	}
	c->options.stale_ms = (r->stale.set ? r->stale.number : ROUTES_STALE) * 1000LL;
	c->options.yield = r->yield.set && r->yield.number;
}

void follow_config_free(struct follow_config *c)
{
	vec_free(&c->neighbors);
	vec_free(&c->stations);
}

/* Whether a session with one is a session with the other. */
bool follow_neighbor_equal(const struct bgp_neighbor *a, const struct bgp_neighbor *b)
{
	return IN6_ARE_ADDR_EQUAL(&a->address, &b->address) &&
	       IN6_ARE_ADDR_EQUAL(&a->source, &b->source) && a->port == b->port &&
	       a->remote_as == b->remote_as && a->local_as == b->local_as &&
	       a->preference == b->preference && a->hold == b->hold &&
	       a->identifier == b->identifier && a->passive == b->passive &&
	       a->key.how == b->key.how && a->key.id == b->key.id &&
	       a->key.algorithm == b->key.algorithm && !strcmp(a->key.text, b->key.text) &&
	       !strcmp(a->vrf, b->vrf);
}

bool follow_station_equal(const struct bmp_listen *a, const struct bmp_listen *b)
{
	return IN6_ARE_ADDR_EQUAL(&a->address, &b->address) && a->port == b->port &&
	       !strcmp(a->vrf, b->vrf);
}

/**
 * follow_signing_lacks() - what this kernel lacks to sign segments as a neighbour wants it
 * @n: the neighbour
 *
 * Return: NULL if it lacks nothing, as far as it can be told.
 */
const char *follow_signing_lacks(const struct neighbor *n)
{
	struct bgp_neighbor wanted;

	take_neighbor(&wanted, n, 0);
	return net_lacks(&wanted.address, &wanted.key);
}
