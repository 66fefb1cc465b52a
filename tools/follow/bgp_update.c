// SPDX-License-Identifier: GPL-2.0
/* UPDATE messages of BGP; see bgp_update.h. */
#include <stdlib.h>
#include <string.h>

#include "bgp_update.h"
#include "wire.h"

enum attribute {
	ATTRIBUTE_ORIGIN = 1,
	ATTRIBUTE_AS_PATH = 2,
	ATTRIBUTE_NEXT_HOP = 3,
	ATTRIBUTE_MED = 4,
	ATTRIBUTE_LOCAL_PREF = 5,
	ATTRIBUTE_AGGREGATOR = 7,
	ATTRIBUTE_COMMUNITIES = 8,
	ATTRIBUTE_ORIGINATOR = 9,
	ATTRIBUTE_CLUSTERS = 10,
	ATTRIBUTE_MP_REACH = 14,
	ATTRIBUTE_MP_UNREACH = 15,
	ATTRIBUTE_EXTENDED = 16,
	ATTRIBUTE_AS4_PATH = 17,
	ATTRIBUTE_AS4_AGGREGATOR = 18,
	ATTRIBUTE_LARGE = 32,
};

#define FLAG_OPTIONAL	0x80
#define FLAG_TRANSITIVE	0x40
#define FLAG_EXTENDED	0x10

#define PREFERENCE	100	/* of a path without LOCAL_PREF, as routers have it */

/* Prefixes of a family in a message. */
struct network {
	uint16_t	afi;
	bool		there;
	struct wire	prefixes;
};

/* What is known of a message while it is read. */
struct update {
	const struct bgp_encoding *encoding;
	struct bgp_fault	*fault;
	uint32_t		seen[8];	/* attributes, a bit each */
	bool			treat;		/* treat the message as a withdrawal */
	struct network		withdrawn4, announced4, withdrawn, announced;
	struct in6_addr		next_hop4, next_hop;
	struct as_path		as_path, as4_path;
	bool			as4_bad;
	bool			aggregator_true;	/* AGGREGATOR has no AS_TRANS */
	struct bgp_path		path;
};

static bool seen(const struct update *u, unsigned int type)
{
	return u->seen[type / 32] >> type % 32 & 1;
}

static void blame(struct update *u, unsigned int subcode, unsigned int type, const char *text)
{
	if (u->fault->text)
		return;
	*u->fault = (struct bgp_fault){ BGP_ERROR_UPDATE, subcode, type, text };
}

/* RFC 7606: the prefixes of the message count as withdrawn. */
static void treat_as_withdraw(struct update *u, unsigned int subcode, unsigned int type,
			      const char *text)
{
	blame(u, subcode, type, text);
	u->treat = true;
}

static enum bgp_verdict give_up(struct update *u, unsigned int subcode, unsigned int type,
				const char *text)
{
	u->fault->text = NULL;
	blame(u, subcode, type, text);
	return BGP_BAD;
}

/* Segments of an AS path; false if they do not fill @w exactly. */
static bool read_as_path(struct as_path *p, struct wire w, unsigned int size)
{
	while (w.left) {
		unsigned int type = wire_number(&w, 1);
		unsigned int count = wire_number(&w, 1);

		if (type < AS_SET || type > AS_CONFED_SET || !count ||
		    count * size > w.left)
			return false;
		as_path_begin(p, type);
		while (count--)
			as_path_add(p, wire_number(&w, size));
	}
	return !w.short_;
}

/* Some routers pass on by BMP what they received, and do not say that it has 2-byte numbers. */
static bool read_any_as_path(struct update *u, struct wire w)
{
	unsigned int size = u->encoding->as4 ? 4 : 2;

	if (read_as_path(&u->as_path, w, size))
		return true;
	as_path_clear(&u->as_path);
	return u->encoding->reported && read_as_path(&u->as_path, w, 6 - size);
}

static void read_v4(struct in6_addr *to, const uint8_t *p)
{
	memset(to, 0, sizeof(*to));
	memset(to->s6_addr + 10, 0xff, 2);
	memcpy(to->s6_addr + 12, p, 4);
}

/*
 * A next hop: 4 bytes for IPv4; 16 for IPv6, or 32 with a link-local address, which some
 * routers write first.  Anything else is not known: false.
 */
static bool read_next_hop(struct in6_addr *to, struct wire w)
{
	struct in6_addr first, second;

	if (w.left == 4) {
		read_v4(to, w.at);
		return true;
	}
	if (w.left != 16 && w.left != 32)
		return false;
	memcpy(&first, w.at, sizeof(first));
	*to = first;
	if (w.left == 16 || !(IN6_IS_ADDR_LINKLOCAL(&first) || IN6_IS_ADDR_UNSPECIFIED(&first)))
		return true;
	memcpy(&second, w.at + 16, sizeof(second));
	if (!IN6_IS_ADDR_UNSPECIFIED(&second))
		*to = second;
	return true;
}

static bool add_path(const struct bgp_encoding *e, unsigned int afi)
{
	return afi == BGP_AFI_IPV6 ? e->add_path6 : e->add_path4;
}

/* Read a prefix; false if there is none that fits. */
static bool read_prefix(struct wire *w, const struct bgp_encoding *e, struct bgp_prefix *p,
			unsigned int afi)
{
	unsigned int bytes;
	const uint8_t *at;

	memset(p, 0, sizeof(*p));
	p->afi = afi;
	if (add_path(e, afi))
		p->path_id = wire_number(w, 4);
	p->length = wire_number(w, 1);
	if (w->short_ || p->length > (afi == BGP_AFI_IPV6 ? 128 : 32))
		return false;
	bytes = (p->length + 7) / 8;
	at = wire_bytes(w, bytes);
	if (!at)
		return false;
	memcpy(&p->address, at, bytes);
	if (p->length % 8)
		p->address.s6_addr[bytes - 1] &= 0xff << (8 - p->length % 8);
	return true;
}

static bool prefixes_fit(const struct update *u, const struct network *n)
{
	struct wire w = n->prefixes;
	struct bgp_prefix p;

	while (n->there && w.left)
		if (!read_prefix(&w, u->encoding, &p, n->afi))
			return false;
	return true;
}

static bool is_known(unsigned int afi, unsigned int safi)
{
	return safi == BGP_SAFI_UNICAST && (afi == BGP_AFI_IPV4 || afi == BGP_AFI_IPV6);
}

/* false: what follows the next hop cannot be found. */
static bool read_reach(struct update *u, struct wire w)
{
	unsigned int afi = wire_number(&w, 2), safi = wire_number(&w, 1);
	struct wire hop = wire_part(&w, wire_number(&w, 1));

	wire_number(&w, 1);	/* reserved */
	if (w.short_ || hop.short_)
		return false;
	if (!is_known(afi, safi))
		return true;
	if (!read_next_hop(&u->next_hop, hop))
		treat_as_withdraw(u, BGP_UPDATE_OPTIONAL, ATTRIBUTE_MP_REACH,
				  "unknown length of the next hop");
	u->announced = (struct network){ afi, true, w };
	return true;
}

static bool read_unreach(struct update *u, struct wire w)
{
	unsigned int afi = wire_number(&w, 2), safi = wire_number(&w, 1);

	if (w.short_)
		return false;
	if (is_known(afi, safi))
		u->withdrawn = (struct network){ afi, true, w };
	return true;
}

static void read_aggregator(struct update *u, struct wire w)
{
	unsigned int size = u->encoding->as4 ? 4 : 2;

	if (w.left == size + 4)
		u->aggregator_true = wire_number(&w, size) != AS_TRANS;
}

/* Attributes that describe the path; of a wrong one, what is wrong. */
static const char *read_path(struct update *u, unsigned int type, struct wire w)
{
	switch (type) {
	case ATTRIBUTE_ORIGIN:
		if (w.left != 1 || *w.at > BGP_ORIGIN_INCOMPLETE)
			return "malformed ORIGIN";
		u->path.origin = *w.at;
		return NULL;
	case ATTRIBUTE_AS_PATH:
		return read_any_as_path(u, w) ? NULL : "malformed AS_PATH";
	case ATTRIBUTE_NEXT_HOP:
		if (w.left != 4)
			return "malformed NEXT_HOP";
		read_v4(&u->next_hop4, w.at);
		return NULL;
	case ATTRIBUTE_MED:
		if (w.left != 4)
			return "malformed MULTI_EXIT_DISC";
		u->path.med = wire_number(&w, 4);
		return NULL;
	case ATTRIBUTE_LOCAL_PREF:
		if (w.left != 4)
			return "malformed LOCAL_PREF";
		u->path.preference = wire_number(&w, 4);
		return NULL;
	case ATTRIBUTE_COMMUNITIES:
		return !w.left || w.left % 4 ? "malformed COMMUNITIES" : NULL;
	case ATTRIBUTE_EXTENDED:
		return !w.left || w.left % 8 ? "malformed EXTENDED_COMMUNITIES" : NULL;
	case ATTRIBUTE_LARGE:
		return !w.left || w.left % 12 ? "malformed LARGE_COMMUNITY" : NULL;
	case ATTRIBUTE_ORIGINATOR:
		if (w.left != 4)
			return "malformed ORIGINATOR_ID";
		u->path.originator = wire_number(&w, 4);
		return NULL;
	case ATTRIBUTE_CLUSTERS:
		if (!w.left || w.left % 4)
			return "malformed CLUSTER_LIST";
		u->path.clusters = w.left / 4;
		return NULL;
	case ATTRIBUTE_AGGREGATOR:	/* a wrong one is ignored */
		read_aggregator(u, w);
		return NULL;
	case ATTRIBUTE_AS4_PATH:	/* likewise, RFC 6793 section 6 */
		u->as4_bad = !read_as_path(&u->as4_path, w, 4);
		return NULL;
	}
	return NULL;
}

/* Whether the flags are those of the type: RFC 7606 section 3 c. */
static bool flags_fit(unsigned int type, unsigned int flags)
{
	unsigned int kind = flags & (FLAG_OPTIONAL | FLAG_TRANSITIVE);

	switch (type) {
	case ATTRIBUTE_ORIGIN:
	case ATTRIBUTE_AS_PATH:
	case ATTRIBUTE_NEXT_HOP:
	case ATTRIBUTE_LOCAL_PREF:
		return kind == FLAG_TRANSITIVE;
	case ATTRIBUTE_MED:
	case ATTRIBUTE_ORIGINATOR:
	case ATTRIBUTE_CLUSTERS:
		return kind == FLAG_OPTIONAL;
	case ATTRIBUTE_COMMUNITIES:
	case ATTRIBUTE_EXTENDED:
	case ATTRIBUTE_LARGE:
		return kind == (FLAG_OPTIONAL | FLAG_TRANSITIVE);
	}
	return true;
}

static bool is_internal(unsigned int type)
{
	return type == ATTRIBUTE_LOCAL_PREF || type == ATTRIBUTE_ORIGINATOR ||
	       type == ATTRIBUTE_CLUSTERS;
}

/* One attribute; false if the message has to be given up. */
static bool read_attribute(struct update *u, unsigned int type, unsigned int flags, struct wire w)
{
	bool mp = type == ATTRIBUTE_MP_REACH || type == ATTRIBUTE_MP_UNREACH;
	const char *wrong;

	if (seen(u, type)) {
		/* the first one counts, but there cannot be two lists of prefixes */
		if (mp)
			give_up(u, BGP_UPDATE_LIST, type, "two lists of prefixes");
		return !mp;
	}
	u->seen[type / 32] |= 1u << type % 32;
	if (u->encoding->external && is_internal(type))
		return true;
	if (mp) {
		if (type == ATTRIBUTE_MP_REACH ? read_reach(u, w) : read_unreach(u, w))
			return true;
		give_up(u, BGP_UPDATE_OPTIONAL, type, "malformed list of prefixes");
		return false;
	}
	if (!flags_fit(type, flags)) {
		treat_as_withdraw(u, BGP_UPDATE_FLAGS, type, "wrong flags of an attribute");
		return true;
	}
	wrong = read_path(u, type, w);
	if (wrong)
		treat_as_withdraw(u, BGP_UPDATE_LENGTH, type, wrong);
	return true;
}

static bool read_attributes(struct update *u, struct wire w)
{
	while (w.left) {
		unsigned int flags = wire_number(&w, 1), type = wire_number(&w, 1);
		size_t len = wire_number(&w, flags & FLAG_EXTENDED ? 2 : 1);
		struct wire value = wire_part(&w, len);

		if (w.short_) {
			treat_as_withdraw(u, BGP_UPDATE_LENGTH, type,
					  "an attribute is longer than the message says");
			return true;
		}
		if (!read_attribute(u, type, flags, value))
			return false;
	}
	return true;
}

static void check_missing(struct update *u)
{
	bool any = u->announced.there && u->announced.prefixes.left;
	bool any4 = u->announced4.prefixes.left;

	if ((!any && !any4) || u->encoding->reported)
		return;
	if (!seen(u, ATTRIBUTE_ORIGIN))
		treat_as_withdraw(u, BGP_UPDATE_MISSING, ATTRIBUTE_ORIGIN, "no ORIGIN");
	if (!seen(u, ATTRIBUTE_AS_PATH))
		treat_as_withdraw(u, BGP_UPDATE_MISSING, ATTRIBUTE_AS_PATH, "no AS_PATH");
	if (any4 && !seen(u, ATTRIBUTE_NEXT_HOP))
		treat_as_withdraw(u, BGP_UPDATE_MISSING, ATTRIBUTE_NEXT_HOP, "no NEXT_HOP");
}

static void finish_path(struct update *u)
{
	bool stale4 = seen(u, ATTRIBUTE_AS4_AGGREGATOR) && u->aggregator_true;

	/* an AGGREGATOR of a later aggregation: AS4_PATH is older (RFC 6793 section 4.2.3) */
	if (!u->encoding->as4 && seen(u, ATTRIBUTE_AS4_PATH) && !u->as4_bad && !stale4)
		as_path_resolve(&u->as_path, &u->as4_path);
	if (u->encoding->own_as)
		as_path_drop(&u->as_path, u->encoding->own_as);
	u->path.origin_as = as_path_origin(&u->as_path);
	u->path.peer_as = as_path_peer(&u->as_path);
	u->path.length = as_path_length(&u->as_path);
}

static void tell_withdrawn(const struct update *u, const struct network *n,
			   const struct bgp_receiver *r)
{
	struct wire w = n->prefixes;
	struct bgp_prefix p;

	while (n->there && w.left && read_prefix(&w, u->encoding, &p, n->afi))
		r->withdraw(&p, r->arg);
}

static void tell_announced(struct update *u, const struct network *n, const struct in6_addr *hop,
			   const struct bgp_receiver *r)
{
	struct wire w = n->prefixes;
	struct bgp_prefix p;

	if (u->treat) {
		tell_withdrawn(u, n, r);
		return;
	}
	u->path.next_hop = *hop;
	while (n->there && w.left && read_prefix(&w, u->encoding, &p, n->afi))
		r->announce(&p, &u->path, r->arg);
}

/* RFC 4724: an empty message for IPv4, an empty MP_UNREACH alone for others. */
static void tell_end(const struct update *u, const struct bgp_receiver *r)
{
	if (u->treat || u->withdrawn4.prefixes.left || u->announced4.prefixes.left ||
	    seen(u, ATTRIBUTE_MP_REACH))
		return;
	if (u->withdrawn.there && !u->withdrawn.prefixes.left)
		r->end(u->withdrawn.afi, r->arg);
	else if (!seen(u, ATTRIBUTE_MP_UNREACH) && !seen(u, ATTRIBUTE_ORIGIN))
		r->end(BGP_AFI_IPV4, r->arg);
}

/* The three parts of the message; false if they are not there. */
static bool split(struct update *u, struct wire w, struct wire *attributes)
{
	struct wire withdrawn = wire_part(&w, wire_number(&w, 2));

	*attributes = wire_part(&w, wire_number(&w, 2));
	if (w.short_)
		return false;
	u->withdrawn4 = (struct network){ BGP_AFI_IPV4, true, withdrawn };
	u->announced4 = (struct network){ BGP_AFI_IPV4, true, w };
	return true;
}

static enum bgp_verdict parse(struct update *u, struct wire w, const struct bgp_receiver *r)
{
	struct wire attributes;

	if (!split(u, w, &attributes))
		return give_up(u, BGP_UPDATE_LIST, 0, "its parts are longer than the message");
	if (!read_attributes(u, attributes))
		return BGP_BAD;
	if (!prefixes_fit(u, &u->withdrawn4) || !prefixes_fit(u, &u->announced4) ||
	    !prefixes_fit(u, &u->withdrawn) || !prefixes_fit(u, &u->announced))
		return give_up(u, BGP_UPDATE_NETWORK, 0, "malformed prefix");
	check_missing(u);
	finish_path(u);
	tell_withdrawn(u, &u->withdrawn4, r);
	tell_withdrawn(u, &u->withdrawn, r);
	tell_announced(u, &u->announced4, &u->next_hop4, r);
	tell_announced(u, &u->announced, &u->next_hop, r);
	tell_end(u, r);
	return u->treat ? BGP_WITHDRAWN : BGP_GOOD;
}

/**
 * bgp_update_parse() - read an UPDATE message
 * @body: what follows its header
 * @len: length of @body
 * @encoding: how it is written
 * @receiver: is told what it says: withdrawals first, then announcements
 * @fault: what is wrong with it
 *
 * Prefixes of families other than IPv4 and IPv6 unicast are passed over.
 *
 * Return: BGP_BAD if even the prefixes cannot be read.  Then @receiver is told nothing, and
 * the table of the sender is no longer known: a session has to begin anew.
 */
enum bgp_verdict bgp_update_parse(const uint8_t *body, size_t len,
				  const struct bgp_encoding *encoding,
				  const struct bgp_receiver *receiver, struct bgp_fault *fault)
{
	struct update u = {
		.encoding = encoding,
		.fault = fault,
		.path.preference = PREFERENCE,
	};
	enum bgp_verdict verdict;

	memset(fault, 0, sizeof(*fault));
	verdict = parse(&u, wire_of(body, len), receiver);
	as_path_free(&u.as_path);
	as_path_free(&u.as4_path);
	return verdict;
}
