// SPDX-License-Identifier: GPL-2.0
/*
 * See oracle.h.
 */
#include "oracle.h"

/* Numbers and lengths: RFC 3954, section 8, and the registry of IPFIX. */
static const struct {
	unsigned int type, length, ipfix_type, ipfix_length;
} oracle_field[NETSTREAM_FIELD_MAX + 1] = {
	[NETSTREAM_FIELD_SRC_ADDR]	= { 27, 16, 27, 16 },
	[NETSTREAM_FIELD_DST_ADDR]	= { 28, 16, 28, 16 },
	[NETSTREAM_FIELD_SRC_MASK]	= { 29, 1, 29, 1 },
	[NETSTREAM_FIELD_DST_MASK]	= { 30, 1, 30, 1 },
	[NETSTREAM_FIELD_SRC_PORT]	= { 7, 2, 7, 2 },
	[NETSTREAM_FIELD_DST_PORT]	= { 11, 2, 11, 2 },
	[NETSTREAM_FIELD_SRC_VLAN]	= { 58, 2, 58, 2 },
	[NETSTREAM_FIELD_DST_VLAN]	= { 59, 2, 59, 2 },
	[NETSTREAM_FIELD_SRC_AS]	= { 16, 4, 16, 4 },
	[NETSTREAM_FIELD_DST_AS]	= { 17, 4, 17, 4 },
	[NETSTREAM_FIELD_PROTOCOL]	= { 4, 1, 4, 1 },
	[NETSTREAM_FIELD_TOS]		= { 5, 1, 5, 1 },
	[NETSTREAM_FIELD_FLOW_LABEL]	= { 31, 3, 31, 4 },
	[NETSTREAM_FIELD_DIRECTION]	= { 61, 1, 61, 1 },
	[NETSTREAM_FIELD_TCP_FLAG]	= { 6, 1, 6, 1 },
	[NETSTREAM_FIELD_INPUT_IF]	= { 10, 4, 10, 4 },
	[NETSTREAM_FIELD_OUTPUT_IF]	= { 14, 4, 14, 4 },
	[NETSTREAM_FIELD_NEXT_HOP]	= { 62, 16, 62, 16 },
	[NETSTREAM_FIELD_BGP_NEXT_HOP]	= { 63, 16, 63, 16 },
	[NETSTREAM_FIELD_PACKETS]	= { 2, 0, 2, 0 },
	[NETSTREAM_FIELD_BYTES]		= { 1, 0, 1, 0 },
	[NETSTREAM_FIELD_FIRST]		= { 22, 4, 152, 8 },
	[NETSTREAM_FIELD_LAST]		= { 21, 4, 153, 8 },
	[NETSTREAM_FIELD_END_REASON]	= { 136, 1, 136, 1 },
	[NETSTREAM_FIELD_IP_VERSION]	= { 60, 1, 60, 1 },
	[NETSTREAM_FIELD_ICMP]		= { 32, 2, 139, 2 },
	[NETSTREAM_FIELD_SAMPLER]	= { 48, 2, 48, 2 },
	[NETSTREAM_FIELD_NEXT_HEADER]	= { 193, 1, 193, 1 },
	[NETSTREAM_FIELD_HOP_LIMIT]	= { 192, 1, 192, 1 },
	[NETSTREAM_FIELD_MIN_HOP_LIMIT]	= { 52, 1, 52, 1 },
	[NETSTREAM_FIELD_MAX_HOP_LIMIT]	= { 53, 1, 53, 1 },
	[NETSTREAM_FIELD_DSCP]		= { 195, 1, 195, 1 },
	[NETSTREAM_FIELD_PRECEDENCE]	= { 196, 1, 196, 1 },
	[NETSTREAM_FIELD_LENGTH]	= { 224, 2, 224, 2 },
	[NETSTREAM_FIELD_MIN_LENGTH]	= { 25, 2, 25, 2 },
	[NETSTREAM_FIELD_MAX_LENGTH]	= { 26, 2, 26, 2 },
	[NETSTREAM_FIELD_PAYLOAD_LENGTH] = { 191, 2, 191, 2 },
	[NETSTREAM_FIELD_EXTENSIONS]	= { 64, 4, 64, 4 },
	[NETSTREAM_FIELD_FRAGMENT_FLAGS] = { 197, 1, 197, 1 },
	[NETSTREAM_FIELD_FRAGMENT_OFFSET] = { 88, 2, 88, 2 },
	[NETSTREAM_FIELD_FRAGMENT_ID]	= { 54, 4, 54, 4 },
	[NETSTREAM_FIELD_ICMP_TYPE]	= { 178, 1, 178, 1 },
	[NETSTREAM_FIELD_ICMP_CODE]	= { 179, 1, 179, 1 },
	[NETSTREAM_FIELD_TCP_SEQUENCE]	= { 184, 4, 184, 4 },
	[NETSTREAM_FIELD_TCP_ACK]	= { 185, 4, 185, 4 },
	[NETSTREAM_FIELD_TCP_WINDOW]	= { 186, 2, 186, 2 },
	[NETSTREAM_FIELD_TCP_URGENT]	= { 187, 2, 187, 2 },
	[NETSTREAM_FIELD_TCP_HEADER]	= { 188, 1, 188, 1 },
	[NETSTREAM_FIELD_UDP_LENGTH]	= { 205, 2, 205, 2 },
	[NETSTREAM_FIELD_MULTICAST]	= { 206, 1, 206, 1 },
	[NETSTREAM_FIELD_VRF]		= { 234, 4, 234, 4 },
	[NETSTREAM_FIELD_VRF_NAME]	= { 236, 16, 236, 16 },
	[NETSTREAM_FIELD_FLOW_ID]	= { 148, 8, 148, 8 },
	[NETSTREAM_FIELD_FLOWS]		= { 3, 4, 3, 8 },
	[NETSTREAM_FIELD_START]		= { 152, 8, 152, 8 },
	[NETSTREAM_FIELD_END]		= { 153, 8, 153, 8 },
	[NETSTREAM_FIELD_DURATION]	= { 161, 4, 161, 4 },
	[NETSTREAM_FIELD_SRC_MAC]	= { 56, 6, 56, 6 },
	[NETSTREAM_FIELD_DST_MAC]	= { 80, 6, 80, 6 },
	[NETSTREAM_FIELD_POST_SRC_MAC]	= { 81, 6, 81, 6 },
	[NETSTREAM_FIELD_POST_SRC_ADDR]	= { 281, 16, 281, 16 },
	[NETSTREAM_FIELD_POST_DST_ADDR]	= { 282, 16, 282, 16 },
	[NETSTREAM_FIELD_POST_SRC_PORT]	= { 227, 2, 227, 2 },
	[NETSTREAM_FIELD_POST_DST_PORT]	= { 228, 2, 228, 2 },
	[NETSTREAM_FIELD_STATUS]	= { 89, 1, 89, 1 },
	[NETSTREAM_FIELD_POST_DST_MAC]	= { 57, 6, 57, 6 },
	[NETSTREAM_FIELD_DOT1Q_VLAN]	= { 243, 2, 243, 2 },
	[NETSTREAM_FIELD_DOT1Q_PRIORITY] = { 244, 1, 244, 1 },
	[NETSTREAM_FIELD_DOT1Q_CUSTOMER] = { 245, 2, 245, 2 },
	[NETSTREAM_FIELD_POST_DOT1Q_VLAN] = { 254, 2, 254, 2 },
	[NETSTREAM_FIELD_POST_DOT1Q_CUSTOMER] = { 255, 2, 255, 2 },
	[NETSTREAM_FIELD_INPUT_PORT]	= { 252, 4, 252, 4 },
	[NETSTREAM_FIELD_OUTPUT_PORT]	= { 253, 4, 253, 4 },
	[NETSTREAM_FIELD_MARK]		= { 137, 4, 137, 4 },
};

/* Length of a field's value in struct oracle; 0: packets do not have the field. */
unsigned int oracle_length(unsigned int field)
{
	if ((field >= NETSTREAM_FIELD_PACKETS && field <= NETSTREAM_FIELD_IP_VERSION) ||
	    (field >= NETSTREAM_FIELD_FLOWS && field <= NETSTREAM_FIELD_DURATION))
		return 0;
	return oracle_field[field].ipfix_length;
}

/* Length of a field in a data record; 0: the record gives the width of the counter. */
unsigned int oracle_wire_length(unsigned int field, bool ipfix)
{
	return ipfix ? oracle_field[field].ipfix_length : oracle_field[field].length;
}

unsigned int oracle_type(unsigned int field, bool ipfix)
{
	return ipfix ? oracle_field[field].ipfix_type : oracle_field[field].type;
}

u64 oracle_number(const u8 *from, unsigned int length)
{
	u64 n = 0;

	while (length--)
		n = n << 8 | *from++;
	return n;
}

void oracle_set(struct oracle *o, unsigned int field, u64 value)
{
	unsigned int i = oracle_length(field);

	while (i--) {
		o->value[field][i] = value;
		value >>= 8;
	}
}

/* Clears all bits of an address behind a prefix. */
void oracle_mask(u8 *address, unsigned int prefix)
{
	unsigned int bit;

	for (bit = prefix; bit < 128; bit++)
		address[bit / 8] &= ~(0x80 >> bit % 8);
}

static u8 oracle_byte(const struct oracle_packet *p, size_t at)
{
	return at < p->have ? p->data[at] : 0;
}

static unsigned int oracle_short(const struct oracle_packet *p, size_t at)
{
	return oracle_byte(p, at) << 8 | oracle_byte(p, at + 1);
}

/* The bit of a header in IPFIX's map of them. */
static u32 oracle_bit(unsigned int protocol, bool later)
{
	static const struct {
		u8 protocol, bit;
	} bits[] = {
		{ 60, 0 }, { 0, 1 }, { 43, 5 }, { 135, 12 }, { 50, 13 }, { 51, 14 },
		{ 108, 15 },
	};
	static const u8 known[] = { 6, 17, 33, 58, 59, 132, 136 };
	unsigned int i;

	if (protocol == 44)
		return 1 << (later ? 6 : 4);
	for (i = 0; i < sizeof(bits) / sizeof(*bits); i++)
		if (bits[i].protocol == protocol)
			return 1 << bits[i].bit;
	for (i = 0; i < sizeof(known); i++)
		if (known[i] == protocol)
			return 0;
	return 1 << 3;
}

static void oracle_see(struct oracle *o, unsigned int protocol, bool later)
{
	u64 seen = oracle_number(o->value[NETSTREAM_FIELD_EXTENSIONS], 4);

	oracle_set(o, NETSTREAM_FIELD_EXTENSIONS, seen | oracle_bit(protocol, later));
}

/* Whether there is a hop-by-hop header that exists only inside the machine. */
static bool oracle_jumbo(const struct oracle_packet *p)
{
	return (p->gso_size || p->by_frags) &&
	       !oracle_short(p, 4) && !oracle_byte(p, 6) && p->length >= 48 &&
	       !oracle_byte(p, 41) && oracle_byte(p, 42) == 194 &&
	       oracle_byte(p, 43) == 4;
}

static bool oracle_extension(unsigned int protocol)
{
	return protocol == 0 || protocol == 43 || protocol == 44 ||
	       protocol == 51 || protocol == 60;
}

/*
 * Walks from @at, where a header of @protocol is; leaves both at where the
 * walk ends.  Return: whether a transport header may be there.
 */
static bool oracle_walk(struct oracle *o, const struct oracle_packet *p,
			size_t *at, unsigned int *protocol)
{
	unsigned int seen, kind;
	bool later = false;
	size_t length;

	for (seen = 0; oracle_extension(*protocol); seen++) {
		if (*protocol == 44 && *at + 8 <= p->length) {
			later = oracle_short(p, *at + 2) >> 3;
			oracle_set(o, NETSTREAM_FIELD_FRAGMENT_OFFSET,
				   oracle_short(p, *at + 2) >> 3);
			oracle_set(o, NETSTREAM_FIELD_FRAGMENT_FLAGS,
				   oracle_short(p, *at + 2) & 1 ? 32 : 0);
			oracle_set(o, NETSTREAM_FIELD_FRAGMENT_ID,
				   (u64)oracle_short(p, *at + 4) << 16 |
				   oracle_short(p, *at + 6));
		}
		if (seen == 10) {
			o->fault = ORACLE_CHAIN;
			return false;
		}
		kind = *protocol;
		if (*at + (kind == 44 ? 8 : 2) > p->length) {
			o->fault = ORACLE_EXTENSION;
			return false;
		}
		if (kind == 44)
			length = 8;
		else if (kind == 51)
			length = (oracle_byte(p, *at + 1) + 2) * 4;
		else
			length = (oracle_byte(p, *at + 1) + 1) * 8;
		if (*at + length > p->length) {
			o->fault = ORACLE_EXTENSION;
			return false;
		}
		/* a header that does not exist on the wire is not seen there */
		if (seen || !oracle_jumbo(p))
			oracle_see(o, kind, later);
		*protocol = oracle_byte(p, *at);
		*at += length;
		if (later)
			return false;
	}
	oracle_see(o, *protocol, false);
	return true;
}

static void oracle_tcp(struct oracle *o, const struct oracle_packet *p, size_t at)
{
	o->flags = oracle_byte(p, at + 13);
	oracle_set(o, NETSTREAM_FIELD_TCP_SEQUENCE,
		   (u64)oracle_short(p, at + 4) << 16 | oracle_short(p, at + 6));
	oracle_set(o, NETSTREAM_FIELD_TCP_ACK,
		   (u64)oracle_short(p, at + 8) << 16 | oracle_short(p, at + 10));
	oracle_set(o, NETSTREAM_FIELD_TCP_HEADER, oracle_byte(p, at + 12) / 16 * 4);
	oracle_set(o, NETSTREAM_FIELD_TCP_WINDOW, oracle_short(p, at + 14));
	oracle_set(o, NETSTREAM_FIELD_TCP_URGENT, oracle_short(p, at + 18));
}

/* Return: bytes of the transport header that each segment would repeat. */
static size_t oracle_transport(struct oracle *o, const struct oracle_packet *p,
			       size_t at, unsigned int protocol)
{
	size_t need, repeated = 0;

	switch (protocol) {
	case 6:
		need = 20;
		repeated = oracle_byte(p, at + 12) / 16 * 4;
		break;
	case 17:
	case 136:
		need = 4;
		repeated = 8;
		break;
	case 132:
		need = 4;
		repeated = 12;
		break;
	case 33:
		need = 4;
		break;
	case 58:
		need = 2;
		break;
	default:
		return 0;
	}
	if (at + need > p->length) {
		o->fault = ORACLE_TRANSPORT;
		return 0;
	}
	if (protocol == 58) {
		oracle_set(o, NETSTREAM_FIELD_DST_PORT, oracle_short(p, at));
		oracle_set(o, NETSTREAM_FIELD_ICMP, oracle_short(p, at));
		oracle_set(o, NETSTREAM_FIELD_ICMP_TYPE, oracle_byte(p, at));
		oracle_set(o, NETSTREAM_FIELD_ICMP_CODE, oracle_byte(p, at + 1));
		return 0;
	}
	oracle_set(o, NETSTREAM_FIELD_SRC_PORT, oracle_short(p, at));
	oracle_set(o, NETSTREAM_FIELD_DST_PORT, oracle_short(p, at + 2));
	if (protocol == 6)
		oracle_tcp(o, p, at);
	if (protocol == 17 && at + 8 <= p->length)
		oracle_set(o, NETSTREAM_FIELD_UDP_LENGTH, oracle_short(p, at + 4));
	return repeated;
}

/* Cuts a super-packet into the segments that are sent. */
static void oracle_segments(struct oracle *o, const struct oracle_packet *p,
			    size_t header)
{
	size_t total = p->length, left;

	if (oracle_jumbo(p)) {
		total -= 8;
		header = header > 8 ? header - 8 : 0;
	}
	if (p->by_frags) {
		o->packets = p->frags ? p->frags : 1;
		o->bytes = total + (o->packets - 1) * header;
		o->longest = header;
		o->shortest = header;
		return;
	}
	if (total <= header)
		return;
	o->packets = 0;
	o->bytes = 0;
	for (left = total - header; left > p->gso_size; left -= p->gso_size) {
		o->packets++;
		o->bytes += header + p->gso_size;
	}
	o->packets++;
	o->bytes += header + left;
	o->longest = header + (o->packets > 1 ? p->gso_size : left);
	o->shortest = header + left;
}

static unsigned int oracle_16_bits(size_t n)
{
	return n < 65535 ? n : 65535;
}

/* Lengths, as far as they are those of segments; @at: the transport header. */
static void oracle_lengths(struct oracle *o, const struct oracle_packet *p, size_t at,
			   bool udp)
{
	unsigned int payload = oracle_short(p, 4);

	if (o->packets == 1) {
		o->longest = o->bytes;
		o->shortest = o->bytes;
	} else {
		payload = o->longest > 40 ? oracle_16_bits(o->longest - 40) : 0;
		if (udp)
			oracle_set(o, NETSTREAM_FIELD_UDP_LENGTH, o->longest > at ?
				   oracle_16_bits(o->longest - at) : 0);
	}
	oracle_set(o, NETSTREAM_FIELD_LENGTH, oracle_16_bits(o->longest));
	oracle_set(o, NETSTREAM_FIELD_MAX_LENGTH, oracle_16_bits(o->longest));
	oracle_set(o, NETSTREAM_FIELD_MIN_LENGTH, oracle_16_bits(o->shortest));
	oracle_set(o, NETSTREAM_FIELD_PAYLOAD_LENGTH, payload);
}

static size_t oracle_header(const struct oracle_packet *p, size_t outer)
{
	if (!p->inner || p->inner + 20 > p->head)
		return outer;
	if (p->inner_tcp)
		return p->inner + oracle_byte(p, p->inner + 12) / 16 * 4;
	return p->inner + 8;
}

/* The fields that are read from headers, and the amounts; others are untouched. */
void oracle_read(struct oracle *o, const struct oracle_packet *p)
{
	unsigned int protocol = oracle_byte(p, 6), payload = oracle_short(p, 4);
	bool jumbo = oracle_jumbo(p), whole;
	size_t at = 40, repeated = 0;
	unsigned int i;

	o->fault = ORACLE_SOUND;
	o->packets = 1;
	o->bytes = p->length;
	o->flags = 0;
	if (p->length < 40 || oracle_byte(p, 0) >> 4 != 6) {
		o->fault = ORACLE_VERSION;
		return;
	}
	for (i = 0; i < 16; i++) {
		o->value[NETSTREAM_FIELD_SRC_ADDR][i] = oracle_byte(p, 8 + i);
		o->value[NETSTREAM_FIELD_DST_ADDR][i] = oracle_byte(p, 24 + i);
	}
	oracle_set(o, NETSTREAM_FIELD_SRC_PORT, 0);
	oracle_set(o, NETSTREAM_FIELD_DST_PORT, 0);
	oracle_set(o, NETSTREAM_FIELD_ICMP, 0);
	oracle_set(o, NETSTREAM_FIELD_TOS, oracle_short(p, 0) >> 4 & 0xff);
	oracle_set(o, NETSTREAM_FIELD_DSCP, oracle_short(p, 0) >> 6 & 0x3f);
	oracle_set(o, NETSTREAM_FIELD_PRECEDENCE, oracle_short(p, 0) >> 9 & 7);
	oracle_set(o, NETSTREAM_FIELD_NEXT_HEADER, oracle_byte(p, jumbo ? 40 : 6));
	oracle_set(o, NETSTREAM_FIELD_HOP_LIMIT, oracle_byte(p, 7));
	oracle_set(o, NETSTREAM_FIELD_MIN_HOP_LIMIT, oracle_byte(p, 7));
	oracle_set(o, NETSTREAM_FIELD_MAX_HOP_LIMIT, oracle_byte(p, 7));
	oracle_set(o, NETSTREAM_FIELD_MULTICAST,
		   oracle_byte(p, 24) == 255 ? oracle_byte(p, 25) & 31 : 0);
	oracle_set(o, NETSTREAM_FIELD_FLOW_LABEL,
		   (oracle_byte(p, 1) & 15) << 16 | oracle_short(p, 2));
	whole = oracle_walk(o, p, &at, &protocol);
	if (whole)
		repeated = oracle_transport(o, p, at, protocol);
	oracle_set(o, NETSTREAM_FIELD_PROTOCOL, protocol);
	oracle_set(o, NETSTREAM_FIELD_TCP_FLAG, o->flags);
	if (!o->fault && payload && payload + 40 > p->length)
		o->fault = ORACLE_LENGTH;
	if (p->gso_size || p->by_frags)
		oracle_segments(o, p, oracle_header(p, at + repeated));
	oracle_lengths(o, p, at - (jumbo ? 8 : 0),
		       whole && protocol == 17 && at + 8 <= p->length);
}
