// SPDX-License-Identifier: GPL-2.0
/*
 * Configuration: from the attributes of a request to an object that is right,
 * or to a refusal that names the statement and points to its attribute.
 */
#include "nst_kunit.h"

#include <linux/slab.h>

#include "field.c"
#include "account.c"
#include "record.c"
#include "config.c"
#include "config_nl.c"
#include "config_nl_monitor.c"
#include "config_nl_export.c"
#include "config_nl_if.c"
#include "config_nl_record.c"

#define DEFAULT_FLOWS	4711

u32 nst_bounds_max_flows(void)
{
	return DEFAULT_FLOWS;
}

/* --------------------------------------------- requests, written as statements */

/**
 * enum op - a step of building a request
 * @END: the last
 * @OPEN: begin a nest
 * @CLOSE: end it
 * @NUM8: a number of 8 bits
 * @NUM16: of 16
 * @NUM32: of 32
 * @TEXT: a string
 * @FLAG: a flag
 * @ADDR4: an IPv4 address, network byte order in the number
 * @ADDR6: an IPv6 address
 * @RAW: as many bytes as the number says
 */
enum op { END, OPEN, CLOSE, NUM8, NUM16, NUM32, TEXT, FLAG, ADDR4, ADDR6, RAW };

/**
 * struct step - a step of building a request
 * @op: what to do
 * @type: of the attribute
 * @bad: a refusal must point to this one
 * @num: value
 * @text: value
 */
struct step {
	u8 op;
	u8 type;
	bool bad;
	u32 num;
	const char *text;
};

#define S(_op, _type, ...)	{ .op = _op, .type = NETSTREAM_##_type, ##__VA_ARGS__ }
#define U8(_t, _n)	S(NUM8, _t, .num = (_n))
#define U16(_t, _n)	S(NUM16, _t, .num = (_n))
#define U32(_t, _n)	S(NUM32, _t, .num = (_n))
#define STR(_t, _s)	S(TEXT, _t, .text = (_s))
#define IP6(_t, _s)	S(ADDR6, _t, .text = (_s))
#define IP4(_t, _n)	S(ADDR4, _t, .num = (_n))
#define NEST(_t)	S(OPEN, _t)
#define DONE		{ .op = CLOSE }
#define BAD		.bad = true

/* what nearly every request needs */
#define A6		IP6(HOST_A_ADDR6, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x05")
#define PORT_		U16(HOST_A_PORT, 2055)
#define NAME(_s)	STR(RECORD_A_NAME, _s)
#define MATCH_(_f)	NEST(RECORD_A_MATCH), U16(ITEM_A_FIELD, NETSTREAM_FIELD_##_f), DONE
#define COLLECT_(_f)	NEST(RECORD_A_COLLECT), U16(ITEM_A_FIELD, NETSTREAM_FIELD_##_f), DONE
#define SAMPLER(_d, _m, _n)					\
	U8(SAMPLER_A_DIRECTION, _d), U8(SAMPLER_A_MODE, _m),	\
	U32(SAMPLER_A_INTERVAL, _n)

#define REQUEST_MAX	(256 * 1024)
#define STEPS_MAX	24
#define NESTS_MAX	4

/**
 * struct request - a request being built
 * @skb: its attributes
 * @bad: offset of the one that a refusal must point to; 0 if none
 * @nest: open nests
 * @nnests: how many
 */
struct request {
	struct sk_buff *skb;
	unsigned int bad;
	struct nlattr *nest[NESTS_MAX];
	unsigned int nnests;
};

static int config_init(struct kunit *test)
{
	struct request *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);

	if (!r)
		return -ENOMEM;
	test->priv = r;
	r->skb = alloc_skb(REQUEST_MAX, GFP_KERNEL);
	return r->skb ? 0 : -ENOMEM;
}

static void config_exit(struct kunit *test)
{
	struct request *r = test->priv;

	if (r)
		kfree_skb(r->skb);
}

static int put(struct request *r, const struct step *s)
{
	static const u8 zeros[64];

	/* the attribute that comes now */
	if (s->bad)
		r->bad = r->skb->len + 1;
	switch (s->op) {
	case OPEN:
		r->nest[r->nnests] = nla_nest_start(r->skb, s->type);
		return r->nest[r->nnests++] ? 0 : -EMSGSIZE;
	case CLOSE:
		nla_nest_end(r->skb, r->nest[--r->nnests]);
		return 0;
	case NUM8:
		return nla_put_u8(r->skb, s->type, s->num);
	case NUM16:
		return nla_put_u16(r->skb, s->type, s->num);
	case NUM32:
		return nla_put_u32(r->skb, s->type, s->num);
	case TEXT:
		return nla_put_string(r->skb, s->type, s->text);
	case FLAG:
		return nla_put_flag(r->skb, s->type);
	case ADDR4:
		return nla_put_be32(r->skb, s->type, htonl(s->num));
	case ADDR6:
		return nla_put(r->skb, s->type, 16, s->text);
	default:
		return nla_put(r->skb, s->type, s->num, zeros);
	}
}

static void put_all(struct kunit *test, const struct step *s, unsigned int n)
{
	struct request *r = test->priv;

	for (; n && s->op != END; s++, n--)
		KUNIT_ASSERT_EQ(test, 0, put(r, s));
	KUNIT_ASSERT_EQ(test, 0U, r->nnests);
}

#define PUT(_test, ...) do {						\
	static const struct step steps[] = { __VA_ARGS__ };		\
	put_all(_test, steps, ARRAY_SIZE(steps));			\
} while (0)

static struct nst_config *parse(struct kunit *test,
				struct netlink_ext_ack *extack)
{
	struct request *r = test->priv;

	return nst_config_nl_parse((struct nlattr *)r->skb->data, r->skb->len,
				extack);
}

/* A configuration out of what was put; the request is empty again. */
static struct nst_config *accepted(struct kunit *test)
{
	struct netlink_ext_ack extack = {};
	struct nst_config *cfg = parse(test, &extack);
	struct request *r = test->priv;

	if (IS_ERR(cfg))
		KUNIT_FAIL(test, "%ld %s", PTR_ERR(cfg), extack._msg);
	KUNIT_ASSERT_FALSE(test, IS_ERR(cfg));
	skb_trim(r->skb, 0);
	return cfg;
}

static void expect_refusal(struct kunit *test, int err, const char *said)
{
	struct netlink_ext_ack extack = {};
	struct nst_config *cfg = parse(test, &extack);
	struct request *r = test->priv;
	const void *bad = r->bad ? r->skb->data + r->bad - 1 : NULL;

	if (!IS_ERR(cfg)) {
		KUNIT_FAIL(test, "accepted");
		nst_config_free(cfg);
		return;
	}
	KUNIT_EXPECT_EQ(test, (long)err, PTR_ERR(cfg));
	if (*said && (!extack._msg || !strstr(extack._msg, said)))
		KUNIT_FAIL(test, "said '%s', not '%s'", extack._msg, said);
	if (bad)
		KUNIT_EXPECT_PTR_EQ(test, bad, (const void *)extack.bad_attr);
}

/* ------------------------------------------------------------------- refusals */

/**
 * struct bad_case - a request that must be refused
 * @name: its name
 * @err: error
 * @said: what the text must contain
 * @step: the request
 */
struct bad_case {
	const char *name;
	int err;
	const char *said;
	struct step step[STEPS_MAX];
};

static const struct bad_case bad_cases[] = {
	{ "version-8", -ERANGE, "out of range", {
		NEST(A_SYSTEM), S(NUM8, SYSTEM_A_VERSION, .num = 8, BAD), DONE } },
	{ "as-type-3", -ERANGE, "out of range", {
		NEST(A_SYSTEM), S(NUM8, SYSTEM_A_AS_TYPE, .num = 3, BAD), DONE } },
	{ "mask-3", -ERANGE, "ipv6 netstream mask", {
		NEST(A_SYSTEM), S(NUM8, SYSTEM_A_MASK, .num = 3, BAD), DONE } },
	{ "template-timeout-0", -ERANGE, "out of range", {
		NEST(A_SYSTEM), S(NUM32, SYSTEM_A_TEMPLATE_TIMEOUT, .num = 0, BAD), DONE } },
	{ "template-timeout-3601", -ERANGE, "out of range", {
		NEST(A_SYSTEM), S(NUM32, SYSTEM_A_TEMPLATE_TIMEOUT, .num = 3601, BAD), DONE } },
	{ "template-packets-65536", -ERANGE, "out of range", {
		NEST(A_SYSTEM), S(NUM32, SYSTEM_A_TEMPLATE_PACKETS, .num = 65536, BAD), DONE } },
	{ "active-0", -ERANGE, "out of range", {
		NEST(A_SYSTEM), S(NUM32, SYSTEM_A_FLEX_ACTIVE, .num = 0, BAD), DONE } },
	{ "inactive-3601", -ERANGE, "out of range", {
		NEST(A_SYSTEM), S(NUM32, SYSTEM_A_FLEX_INACTIVE, .num = 3601, BAD), DONE } },
	{ "original-active-3601", -ERANGE, "out of range", {
		NEST(A_SYSTEM), S(NUM32, SYSTEM_A_ORIGINAL_ACTIVE, .num = 3601, BAD), DONE } },
	{ "original-inactive-0", -ERANGE, "out of range", {
		NEST(A_SYSTEM), S(NUM32, SYSTEM_A_ORIGINAL_INACTIVE, .num = 0, BAD), DONE } },
	{ "tcp-session-61", -ERANGE, "ipv6 netstream timeout tcp-session: out of range", {
		NEST(A_SYSTEM), S(NUM32, SYSTEM_A_TCP_LINGER, .num = 61, BAD), DONE } },
	{ "15-flows", -ERANGE, "out of range", {
		NEST(A_SYSTEM), S(NUM32, SYSTEM_A_MAX_FLOWS, .num = 15, BAD), DONE } },
	{ "too-many-flows", -ERANGE, "ipv6 netstream cache entries: out of range", {
		NEST(A_SYSTEM), S(NUM32, SYSTEM_A_MAX_FLOWS,
				  .num = NETSTREAM_FLOWS_MAX + 1, BAD), DONE } },
	{ "source-of-five-bytes", -ERANGE, "", {
		NEST(A_SYSTEM), S(RAW, SYSTEM_A_SOURCE4, .num = 5, BAD), DONE } },
	{ "source-port-0", -ERANGE, "out of range", {
		NEST(A_SYSTEM), S(NUM16, SYSTEM_A_SOURCE4_PORT, .num = 0, BAD), DONE } },
	{ "source-0.0.0.0", -EINVAL, "a unicast address is required", {
		NEST(A_SYSTEM), S(ADDR4, SYSTEM_A_SOURCE4, .num = 0, BAD), DONE } },
	{ "source-224.0.0.1", -EINVAL, "a unicast address is required", {
		NEST(A_SYSTEM), S(ADDR4, SYSTEM_A_SOURCE4, .num = 0xe0000001, BAD), DONE } },
	{ "source-broadcast", -EINVAL, "a unicast address is required", {
		NEST(A_SYSTEM), S(ADDR4, SYSTEM_A_SOURCE4, .num = 0xffffffff, BAD), DONE } },
	{ "source-unspecified", -EINVAL, "a unicast address is required", {
		NEST(A_SYSTEM), S(RAW, SYSTEM_A_SOURCE6, .num = 16, BAD), DONE } },
	{ "source-multicast", -EINVAL, "a unicast address is required", {
		NEST(A_SYSTEM), S(ADDR6, SYSTEM_A_SOURCE6,
				  .text = "\xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", BAD), DONE } },
	{ "source-link-local", -EINVAL, "a link-local address is not unique", {
		NEST(A_SYSTEM), S(ADDR6, SYSTEM_A_SOURCE6,
				  .text = "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", BAD), DONE } },
	{ "source-mapped", -EINVAL, "write a mapped address as an IPv4 address", {
		NEST(A_SYSTEM), S(ADDR6, SYSTEM_A_SOURCE6,
				  .text = "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\x01", BAD), DONE } },
	{ "unknown-system-attribute", -EINVAL, "", {
		NEST(A_SYSTEM), { .op = FLAG, .type = 99, BAD }, DONE } },
	{ "system-twice", -EINVAL, "the system view appears twice", {
		NEST(A_SYSTEM), DONE, S(OPEN, A_SYSTEM, BAD), DONE } },
	{ "management-with-slash", -EINVAL,
	  "management-interface: this cannot be the name of an interface", {
		NEST(A_SYSTEM), S(TEXT, SYSTEM_A_MANAGEMENT, .text = "a/b", BAD), DONE } },
	{ "management-twice", -EINVAL, "management-interface: this interface appears twice", {
		NEST(A_SYSTEM), STR(SYSTEM_A_MANAGEMENT, "eth0"),
		S(TEXT, SYSTEM_A_MANAGEMENT, .text = "eth0", BAD), DONE } },

	{ "sampler-without-direction", -EINVAL, "mode, interval and direction are required", {
		NEST(A_SYSTEM), S(OPEN, SYSTEM_A_SAMPLER, BAD),
		U8(SAMPLER_A_MODE, 1), U32(SAMPLER_A_INTERVAL, 5), DONE, DONE } },
	{ "sampler-interval-0", -ERANGE, "out of range", {
		NEST(A_SYSTEM), NEST(SYSTEM_A_SAMPLER),
		U8(SAMPLER_A_DIRECTION, 0), U8(SAMPLER_A_MODE, 1),
		S(NUM32, SAMPLER_A_INTERVAL, .num = 0, BAD), DONE, DONE } },
	{ "sampler-65536-packets", -EINVAL, "1 to 65535 packets", {
		NEST(A_SYSTEM), NEST(SYSTEM_A_SAMPLER),
		U8(SAMPLER_A_DIRECTION, 0), U8(SAMPLER_A_MODE, 2),
		S(NUM32, SAMPLER_A_INTERVAL, .num = 65536, BAD), DONE, DONE } },
	{ "sampler-30001-ms", -EINVAL, "1 to 30000 milliseconds", {
		NEST(A_SYSTEM), NEST(SYSTEM_A_SAMPLER),
		U8(SAMPLER_A_DIRECTION, 0), U8(SAMPLER_A_MODE, 3),
		S(NUM32, SAMPLER_A_INTERVAL, .num = 30001, BAD), DONE, DONE } },
	{ "two-samplers-inbound", -EINVAL, "two samplers in one direction", {
		NEST(A_INTERFACE), STR(IF_A_NAME, "eth0"),
		NEST(IF_A_SAMPLER), SAMPLER(0, 1, 5), DONE,
		S(OPEN, IF_A_SAMPLER, BAD), SAMPLER(0, 2, 6), DONE, DONE } },

	{ "record-without-name", -EINVAL, "a name is required", {
		S(OPEN, A_RECORD, BAD), MATCH_(PROTOCOL), DONE } },
	{ "record-with-space", -EINVAL, "1 to 32 printable characters and no space", {
		NEST(A_RECORD), S(TEXT, RECORD_A_NAME, .text = "a b", BAD), DONE } },
	{ "record-empty-name", -EINVAL, "1 to 32 printable characters and no space", {
		NEST(A_RECORD), S(TEXT, RECORD_A_NAME, .text = "", BAD), DONE } },
	{ "record-of-33-characters", -EINVAL, "", {
		NEST(A_RECORD), S(TEXT, RECORD_A_NAME,
				  .text = "123456789012345678901234567890123", BAD), DONE } },
	{ "record-original", -EINVAL, "'original' is built in", {
		NEST(A_RECORD), S(TEXT, RECORD_A_NAME, .text = "original", BAD), DONE } },
	{ "record-twice", -EINVAL, "this name appears twice", {
		NEST(A_RECORD), NAME("r"), DONE,
		NEST(A_RECORD), S(TEXT, RECORD_A_NAME, .text = "r", BAD), DONE } },
	{ "match-packets", -EINVAL, "match: this field can only be collected", {
		NEST(A_RECORD), NAME("r"), S(OPEN, RECORD_A_MATCH, BAD),
		U16(ITEM_A_FIELD, NETSTREAM_FIELD_PACKETS), DONE, DONE } },
	{ "collect-address", -EINVAL, "collect: this field can only be matched", {
		NEST(A_RECORD), NAME("r"), S(OPEN, RECORD_A_COLLECT, BAD),
		U16(ITEM_A_FIELD, NETSTREAM_FIELD_SRC_ADDR), DONE, DONE } },
	{ "match-twice", -EINVAL, "a field appears twice", {
		NEST(A_RECORD), NAME("r"), MATCH_(TOS), S(OPEN, RECORD_A_MATCH, BAD),
		U16(ITEM_A_FIELD, NETSTREAM_FIELD_TOS), DONE, DONE } },
	{ "no-field", -EINVAL, "a field is required", {
		NEST(A_RECORD), NAME("r"), S(OPEN, RECORD_A_MATCH, BAD), DONE, DONE } },
	{ "field-0", -ERANGE, "out of range", {
		NEST(A_RECORD), NAME("r"), NEST(RECORD_A_MATCH),
		S(NUM16, ITEM_A_FIELD, .num = 0, BAD), DONE, DONE } },
	{ "field-after-the-last", -ERANGE, "out of range", {
		NEST(A_RECORD), NAME("r"), NEST(RECORD_A_MATCH),
		S(NUM16, ITEM_A_FIELD, .num = NETSTREAM_FIELD_MAX + 1, BAD), DONE, DONE } },
	{ "prefix-0", -ERANGE, "out of range", {
		NEST(A_RECORD), NAME("r"), NEST(RECORD_A_MATCH),
		U16(ITEM_A_FIELD, NETSTREAM_FIELD_DST_ADDR),
		S(NUM8, ITEM_A_PREFIX, .num = 0, BAD), DONE, DONE } },
	{ "prefix-129", -EINVAL, "a prefix length is 1 to 128", {
		NEST(A_RECORD), NAME("r"), NEST(RECORD_A_MATCH),
		U16(ITEM_A_FIELD, NETSTREAM_FIELD_DST_ADDR),
		S(NUM8, ITEM_A_PREFIX, .num = 129, BAD), DONE, DONE } },
	{ "prefix-of-a-port", -EINVAL, "only an address has a prefix length", {
		NEST(A_RECORD), NAME("r"), NEST(RECORD_A_MATCH),
		U16(ITEM_A_FIELD, NETSTREAM_FIELD_DST_PORT),
		S(NUM8, ITEM_A_PREFIX, .num = 8, BAD), DONE, DONE } },
	{ "width-of-a-port", -EINVAL, "only packets and bytes have a width", {
		NEST(A_RECORD), NAME("r"), NEST(RECORD_A_MATCH),
		U16(ITEM_A_FIELD, NETSTREAM_FIELD_DST_PORT),
		S(NUM8, ITEM_A_WIDTH, .num = 32, BAD), DONE, DONE } },
	{ "width-24", -EINVAL, "the width is 16, 32 or 64 bits", {
		NEST(A_RECORD), NAME("r"), NEST(RECORD_A_COLLECT),
		U16(ITEM_A_FIELD, NETSTREAM_FIELD_BYTES),
		S(NUM8, ITEM_A_WIDTH, .num = 24, BAD), DONE, DONE } },
	{ "apply-nobody", -EINVAL, "there is no record of this name", {
		NEST(A_SYSTEM), S(TEXT, SYSTEM_A_APPLY, .text = "nobody", BAD), DONE } },
	{ "apply-an-empty-record", -EINVAL, "matches and collects nothing", {
		NEST(A_SYSTEM), S(TEXT, SYSTEM_A_APPLY, .text = "r", BAD), DONE,
		NEST(A_RECORD), NAME("r"), DONE } },
	{ "apply-twice", -EINVAL, "this record is applied twice", {
		NEST(A_RECORD), NAME("r"), MATCH_(TOS), DONE, NEST(A_SYSTEM),
		STR(SYSTEM_A_APPLY, "r"), S(TEXT, SYSTEM_A_APPLY, .text = "r", BAD), DONE } },

	{ "host-without-address", -EINVAL, "one address is required", {
		S(OPEN, A_HOST, BAD), PORT_, DONE } },
	{ "host-with-two-addresses", -EINVAL, "one address is required", {
		S(OPEN, A_HOST, BAD), A6, IP4(HOST_A_ADDR4, 0x0a000001), PORT_, DONE } },
	{ "host-without-port", -EINVAL, "a port is required", {
		S(OPEN, A_HOST, BAD), A6, DONE } },
	{ "host-port-0", -ERANGE, "out of range", {
		NEST(A_HOST), A6, S(NUM16, HOST_A_PORT, .num = 0, BAD), DONE } },
	{ "host-multicast", -EINVAL, "a unicast address is required", {
		NEST(A_HOST), S(ADDR6, HOST_A_ADDR6,
				.text = "\xff\x05\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", BAD),
		PORT_, DONE } },
	{ "host-dscp-64", -ERANGE, "out of range", {
		NEST(A_HOST), A6, PORT_, S(NUM8, HOST_A_DSCP, .num = 64, BAD), DONE } },
	{ "host-version-11", -ERANGE, "out of range", {
		NEST(A_HOST), A6, PORT_, S(NUM8, HOST_A_VERSION, .num = 11, BAD), DONE } },
	{ "host-vrf-with-slash", -EINVAL, "this cannot be the name of a VRF", {
		NEST(A_HOST), A6, PORT_, S(TEXT, HOST_A_VRF, .text = "a/b", BAD), DONE } },
	{ "host-vrf-of-16-characters", -EINVAL, "", {
		NEST(A_HOST), A6, PORT_,
		S(TEXT, HOST_A_VRF, .text = "1234567890123456", BAD), DONE } },
	{ "host-twice", -EINVAL, "this host appears twice", {
		NEST(A_HOST), A6, PORT_, DONE,
		S(OPEN, A_HOST, BAD), A6, PORT_, U8(HOST_A_DSCP, 5), DONE } },
	{ "host-twice-in-a-slot", -EINVAL, "this host appears twice", {
		NEST(A_SLOT), U8(SLOT_A_ID, 2), NEST(SLOT_A_HOST), A6, PORT_, DONE,
		S(OPEN, SLOT_A_HOST, BAD), A6, PORT_, DONE, DONE } },

	{ "slot-without-number", -EINVAL, "slot: a number is required", {
		S(OPEN, A_SLOT, BAD), DONE } },
	{ "slot-twice", -EINVAL, "slot: this slot appears twice", {
		NEST(A_SLOT), U8(SLOT_A_ID, 1), DONE,
		S(OPEN, A_SLOT, BAD), U8(SLOT_A_ID, 1), DONE } },
	{ "port-in-slot-0", -EINVAL, "slot 0 has every interface", {
		NEST(A_SLOT), U8(SLOT_A_ID, 0),
		S(TEXT, SLOT_A_PORT, .text = "eth0", BAD), DONE } },
	{ "port-in-two-slots", -EINVAL, "this interface is in a slot already", {
		NEST(A_SLOT), U8(SLOT_A_ID, 1), STR(SLOT_A_PORT, "eth0"), DONE,
		NEST(A_SLOT), U8(SLOT_A_ID, 2),
		S(TEXT, SLOT_A_PORT, .text = "eth0", BAD), DONE } },
	{ "port-all", -EINVAL, "port: this cannot be the name of an interface", {
		NEST(A_SLOT), U8(SLOT_A_ID, 1),
		S(TEXT, SLOT_A_PORT, .text = "all", BAD), DONE } },

	{ "interface-without-name", -EINVAL, "interface: a name is required", {
		S(OPEN, A_INTERFACE, BAD), U8(IF_A_INBOUND, 1), DONE } },
	{ "interface-neither-on-nor-off", -ERANGE, "", {
		NEST(A_INTERFACE), STR(IF_A_NAME, "e"),
		S(NUM8, IF_A_INBOUND, .num = 2, BAD), DONE } },
	{ "interface-with-space", -EINVAL, "interface: this cannot be the name of an interface", {
		NEST(A_INTERFACE), S(TEXT, IF_A_NAME, .text = "e 0", BAD), DONE } },
	{ "interface-twice", -EINVAL, "interface: an interface appears twice", {
		NEST(A_INTERFACE), STR(IF_A_NAME, "e"), DONE,
		NEST(A_INTERFACE), STR(IF_A_NAME, "a"), DONE,
		S(OPEN, A_INTERFACE, BAD), STR(IF_A_NAME, "e"), DONE } },
	{ "monitor-without-name", -EINVAL, "monitor: a name is required", {
		S(OPEN, A_MONITOR, BAD), DONE } },
	{ "monitor-name-with-space", -EINVAL, "monitor: a name has 1 to 32", {
		NEST(A_MONITOR), S(TEXT, MONITOR_A_NAME, .text = "a b", BAD), DONE } },
	{ "monitor-twice", -EINVAL, "monitor: this name appears twice", {
		NEST(A_MONITOR), STR(MONITOR_A_NAME, "m"), DONE,
		NEST(A_MONITOR), S(TEXT, MONITOR_A_NAME, .text = "m", BAD), DONE } },
	{ "monitor-of-unknown-record", -EINVAL, "apply record: there is no record", {
		NEST(A_MONITOR), STR(MONITOR_A_NAME, "m"),
		S(TEXT, MONITOR_A_RECORD, .text = "r", BAD), DONE } },
	{ "monitor-of-empty-record", -EINVAL, "apply record: the record matches and", {
		NEST(A_RECORD), NAME("r"), DONE, NEST(A_MONITOR), STR(MONITOR_A_NAME, "m"),
		S(TEXT, MONITOR_A_RECORD, .text = "r", BAD), DONE } },
	{ "monitor-of-a-record-twice", -EINVAL, "apply record: this record is applied twice", {
		NEST(A_RECORD), NAME("r"), MATCH_(TOS), DONE,
		NEST(A_MONITOR), STR(MONITOR_A_NAME, "m"), STR(MONITOR_A_RECORD, "r"),
		S(TEXT, MONITOR_A_RECORD, .text = "r", BAD), DONE } },
	{ "monitor-host-without-port", -EINVAL, "export host: a port is required", {
		NEST(A_MONITOR), STR(MONITOR_A_NAME, "m"),
		S(OPEN, MONITOR_A_HOST, BAD), A6, DONE, DONE } },
	{ "monitor-host-twice", -EINVAL, "export host: this host appears twice", {
		NEST(A_MONITOR), STR(MONITOR_A_NAME, "m"), NEST(MONITOR_A_HOST), A6, PORT_, DONE,
		S(OPEN, MONITOR_A_HOST, BAD), A6, PORT_, DONE, DONE } },
	{ "monitor-source-multicast", -EINVAL, "export: a unicast address", {
		NEST(A_MONITOR), STR(MONITOR_A_NAME, "m"),
		S(ADDR4, MONITOR_A_SOURCE4, .num = 0xe0000001, BAD), DONE } },
	{ "monitor-port-0", -ERANGE, "", {
		NEST(A_MONITOR), STR(MONITOR_A_NAME, "m"),
		S(NUM16, MONITOR_A_SOURCE6_PORT, .num = 0, BAD), DONE } },
	{ "monitor-active-0", -ERANGE, "", {
		NEST(A_MONITOR), STR(MONITOR_A_NAME, "m"),
		S(NUM32, MONITOR_A_ACTIVE, .num = 0, BAD), DONE } },
	{ "monitor-inactive-3601", -ERANGE, "", {
		NEST(A_MONITOR), STR(MONITOR_A_NAME, "m"),
		S(NUM32, MONITOR_A_INACTIVE, .num = 3601, BAD), DONE } },
	{ "monitor-entries-15", -ERANGE, "cache entries: out of range", {
		NEST(A_MONITOR), STR(MONITOR_A_NAME, "m"),
		S(NUM32, MONITOR_A_MAX_FLOWS, .num = 15, BAD), DONE } },
	{ "monitor-entries-too-many", -ERANGE, "cache entries: out of range", {
		NEST(A_MONITOR), STR(MONITOR_A_NAME, "m"),
		S(NUM32, MONITOR_A_MAX_FLOWS, .num = NETSTREAM_FLOWS_MAX + 1, BAD), DONE } },
	{ "monitor-two-samplers", -EINVAL, "sampler: two samplers in one direction", {
		NEST(A_MONITOR), STR(MONITOR_A_NAME, "m"),
		NEST(MONITOR_A_SAMPLER), SAMPLER(0, 1, 10), DONE,
		S(OPEN, MONITOR_A_SAMPLER, BAD), SAMPLER(0, 2, 10), DONE, DONE } },
	{ "monitor-reply-attribute", -EINVAL, "", {
		NEST(A_MONITOR), STR(MONITOR_A_NAME, "m"),
		S(NUM32, MONITOR_A_SOURCE_ID, .num = 1, BAD), DONE } },
	{ "attached-unknown", -EINVAL, "monitor: there is no monitor of this name", {
		NEST(A_INTERFACE), STR(IF_A_NAME, "e"), NEST(IF_A_MONITOR),
		S(TEXT, ATTACH_A_NAME, .text = "m", BAD), U8(ATTACH_A_DIRECTION, 0), DONE, DONE } },
	{ "attached-without-direction", -EINVAL, "monitor: name and direction are required", {
		NEST(A_MONITOR), STR(MONITOR_A_NAME, "m"), DONE,
		NEST(A_INTERFACE), STR(IF_A_NAME, "e"), S(OPEN, IF_A_MONITOR, BAD),
		STR(ATTACH_A_NAME, "m"), DONE, DONE } },
	{ "attached-in-no-direction", -ERANGE, "", {
		NEST(A_MONITOR), STR(MONITOR_A_NAME, "m"), DONE,
		NEST(A_INTERFACE), STR(IF_A_NAME, "e"), NEST(IF_A_MONITOR),
		STR(ATTACH_A_NAME, "m"), S(NUM8, ATTACH_A_DIRECTION, .num = 2, BAD),
		DONE, DONE } },
	{ "attached-twice", -EINVAL, "monitor: this monitor is attached twice", {
		NEST(A_MONITOR), STR(MONITOR_A_NAME, "m"), DONE,
		NEST(A_INTERFACE), STR(IF_A_NAME, "e"), NEST(IF_A_MONITOR),
		STR(ATTACH_A_NAME, "m"), U8(ATTACH_A_DIRECTION, 0), DONE,
		S(OPEN, IF_A_MONITOR, BAD), STR(ATTACH_A_NAME, "m"),
		U8(ATTACH_A_DIRECTION, 0), DONE, DONE } },
	{ "interface-thrice", -EINVAL, "interface: an interface appears twice", {
		NEST(A_INTERFACE), STR(IF_A_NAME, "e"), DONE,
		S(OPEN, A_INTERFACE, BAD), STR(IF_A_NAME, "e"), DONE,
		NEST(A_INTERFACE), STR(IF_A_NAME, "e"), DONE } },
	{ "port-twice-in-a-slot", -EINVAL, "this interface is in a slot already", {
		NEST(A_SLOT), U8(SLOT_A_ID, 1), STR(SLOT_A_PORT, "b"),
		STR(SLOT_A_PORT, "a"), S(TEXT, SLOT_A_PORT, .text = "b", BAD),
		STR(SLOT_A_PORT, "c"), DONE } },
};

NST_KUNIT_NAMED(bad, bad_cases);

static void refusal(struct kunit *test)
{
	const struct bad_case *c = test->param_value;

	put_all(test, c->step, STEPS_MAX);
	expect_refusal(test, c->err, c->said);
}

/* -------------------------------------------------------------------- bounds */

static void put_hosts(struct kunit *test, unsigned int n)
{
	struct step host[] = { NEST(A_HOST), A6, PORT_, DONE };
	unsigned int i;

	for (i = 0; i < n; i++) {
		host[2].num = 3000 + i;
		host[0].bad = i == NETSTREAM_HOSTS_MAX;
		put_all(test, host, ARRAY_SIZE(host));
	}
}

static void put_named(struct kunit *test, unsigned int n, u8 view, u8 type)
{
	struct step named[] = {
		{ .op = OPEN, .type = view }, { .op = TEXT, .type = type }, DONE,
	};
	char name[16];
	unsigned int i;

	named[1].text = name;
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		put_all(test, named, ARRAY_SIZE(named));
	}
}

static void bound_on_hosts(struct kunit *test)
{
	struct nst_config *cfg;

	put_hosts(test, NETSTREAM_HOSTS_MAX);
	cfg = accepted(test);
	KUNIT_EXPECT_EQ(test, (unsigned int)NETSTREAM_HOSTS_MAX, cfg->nhosts);
	nst_config_free(cfg);
	put_hosts(test, NETSTREAM_HOSTS_MAX + 1);
	expect_refusal(test, -EINVAL, "ipv6 netstream export host: too many hosts");
}

/*
 * Bounds of a user namespace: a statement above them is refused, a default is
 * lowered.
 */
static void bounds_of_user_namespace(struct kunit *test)
{
	struct netlink_ext_ack extack = {};
	struct request *r = test->priv;
	struct nst_config *cfg;

	put_hosts(test, 3);
	cfg = accepted(test);
	KUNIT_EXPECT_EQ(test, 0, nst_config_nl_bound(cfg, DEFAULT_FLOWS - 1, 3,
						  &extack));
	KUNIT_EXPECT_EQ(test, (u32)DEFAULT_FLOWS - 1, cfg->max_flows);
	KUNIT_EXPECT_EQ(test, 0, nst_config_nl_bound(cfg, U32_MAX, 3, &extack));
	KUNIT_EXPECT_EQ(test, (u32)DEFAULT_FLOWS - 1, cfg->max_flows);
	KUNIT_EXPECT_EQ(test, -EDQUOT, nst_config_nl_bound(cfg, U32_MAX, 2, &extack));
	KUNIT_EXPECT_NOT_NULL(test, strstr(extack._msg,
					   "ipv6 netstream export host: "));
	nst_config_free(cfg);

	PUT(test, NEST(A_SYSTEM), S(NUM32, SYSTEM_A_MAX_FLOWS, .num = 5000, BAD),
	    DONE);
	cfg = parse(test, &extack);
	KUNIT_ASSERT_FALSE(test, IS_ERR(cfg));
	KUNIT_EXPECT_EQ(test, -EDQUOT, nst_config_nl_bound(cfg, 4999, 0, &extack));
	KUNIT_EXPECT_NOT_NULL(test, strstr(extack._msg,
					   "ipv6 netstream cache entries: "));
	KUNIT_EXPECT_PTR_EQ(test, (const void *)(r->skb->data + r->bad - 1),
			    (const void *)extack.bad_attr);
	KUNIT_EXPECT_NULL(test, cfg->max_flows_at);
	nst_config_free(cfg);
	cfg = parse(test, &extack);
	KUNIT_ASSERT_FALSE(test, IS_ERR(cfg));
	KUNIT_EXPECT_EQ(test, 0, nst_config_nl_bound(cfg, 5000, 0, &extack));
	KUNIT_EXPECT_EQ(test, 5000U, cfg->max_flows);
	nst_config_free(cfg);
}

static void bound_on_records(struct kunit *test)
{
	struct nst_config *cfg;

	put_named(test, NETSTREAM_RECORDS_MAX, NETSTREAM_A_RECORD,
		  NETSTREAM_RECORD_A_NAME);
	cfg = accepted(test);
	KUNIT_EXPECT_EQ(test, (unsigned int)NETSTREAM_RECORDS_MAX, cfg->nrecords);
	nst_config_free(cfg);
	put_named(test, NETSTREAM_RECORDS_MAX + 1, NETSTREAM_A_RECORD,
		  NETSTREAM_RECORD_A_NAME);
	expect_refusal(test, -EINVAL, "ipv6 netstream record: too many records");
}

/* Ports p0 to p(@n - 1), in turn in slots 1, 2, ... with @each of them; then @last. */
static void put_ports(struct kunit *test, unsigned int n, unsigned int each,
		      const char *last)
{
	struct step port = { .op = TEXT, .type = NETSTREAM_SLOT_A_PORT };
	struct step id = { .op = NUM8, .type = NETSTREAM_SLOT_A_ID };
	struct request *r = test->priv;
	char name[16];
	unsigned int i;

	port.text = name;
	for (i = 0; i < n; i++) {
		if (!(i % each)) {
			id.num++;
			r->nest[0] = nla_nest_start(r->skb, NETSTREAM_A_SLOT);
			KUNIT_ASSERT_EQ(test, 0, put(r, &id));
		}
		/* in no order */
		snprintf(name, sizeof(name), "p%u", i * 7919 % n);
		KUNIT_ASSERT_EQ(test, 0, put(r, &port));
		if (i == n - 1 && last) {
			strscpy(name, last, sizeof(name));
			port.bad = true;
			KUNIT_ASSERT_EQ(test, 0, put(r, &port));
		}
		if (i % each == each - 1 || i == n - 1)
			nla_nest_end(r->skb, r->nest[0]);
	}
}

/* Thousands of ports are found, each in its slot; the one that appears twice, too. */
static void many_ports(struct kunit *test)
{
	unsigned int n = 12000, i, wrong = 0;
	struct nst_config *cfg;
	char name[16];

	put_ports(test, n, 4000, NULL);
	cfg = accepted(test);
	KUNIT_EXPECT_EQ(test, n, cfg->nports);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "p%u", i * 7919 % n);
		wrong += nst_config_slot_of(cfg, name) != 1 + i / 4000;
	}
	KUNIT_EXPECT_EQ(test, 0U, wrong);
	KUNIT_EXPECT_EQ(test, 0, (int)nst_config_slot_of(cfg, "p"));
	KUNIT_EXPECT_EQ(test, 0, (int)nst_config_slot_of(cfg, "zz"));
	nst_config_free(cfg);
	put_ports(test, n, 4000, "p3");
	expect_refusal(test, -EINVAL, "this interface is in a slot already");
}

/* As many views as there may be: each is found. */
static void many_interfaces(struct kunit *test)
{
	unsigned int n = 10000, i, wrong = 0;
	const struct nst_if_def *def;
	struct nst_config *cfg;
	char name[16];

	put_named(test, n, NETSTREAM_A_INTERFACE, NETSTREAM_IF_A_NAME);
	cfg = accepted(test);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		def = nst_config_if(cfg, name);
		wrong += !def || strcmp(def->name, name);
	}
	KUNIT_EXPECT_EQ(test, 0U, wrong);
	KUNIT_EXPECT_NULL(test, nst_config_if(cfg, "n"));
	KUNIT_EXPECT_NULL(test, nst_config_if(cfg, "z"));
	KUNIT_EXPECT_EQ(test, 0U, nst_config_if_at(cfg, ""));
	KUNIT_EXPECT_EQ(test, n, nst_config_if_at(cfg, "z"));
	nst_config_free(cfg);
}

static void bound_on_interfaces(struct kunit *test)
{
	put_named(test, NETSTREAM_INTERFACES_MAX + 1, NETSTREAM_A_INTERFACE,
		  NETSTREAM_IF_A_NAME);
	expect_refusal(test, -EINVAL, "too many views");
}

static void bound_on_management_interfaces(struct kunit *test)
{
	struct step name = { .op = TEXT, .type = NETSTREAM_SYSTEM_A_MANAGEMENT };
	struct request *r = test->priv;
	static const char * const names[] = {
		"m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8",
	};
	unsigned int i;

	KUNIT_ASSERT_EQ(test, NETSTREAM_MANAGEMENT_MAX + 1, (int)ARRAY_SIZE(names));
	r->nest[r->nnests++] = nla_nest_start(r->skb, NETSTREAM_A_SYSTEM);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		name.text = names[i];
		name.bad = i == NETSTREAM_MANAGEMENT_MAX;
		KUNIT_ASSERT_EQ(test, 0, put(r, &name));
	}
	nla_nest_end(r->skb, r->nest[--r->nnests]);
	expect_refusal(test, -EINVAL, "management-interface: too many interfaces");
}

static void bound_on_applied_records(struct kunit *test)
{
	struct step record[] = {
		NEST(A_RECORD), STR(RECORD_A_NAME, ""), MATCH_(TOS), DONE,
	};
	struct step apply = { .op = TEXT, .type = NETSTREAM_SYSTEM_A_APPLY };
	struct request *r = test->priv;
	char name[16];
	unsigned int i;

	record[1].text = name;
	apply.text = name;
	for (i = 0; i <= NETSTREAM_APPLIED_MAX; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		put_all(test, record, ARRAY_SIZE(record));
	}
	r->nest[r->nnests++] = nla_nest_start(r->skb, NETSTREAM_A_SYSTEM);
	for (i = 0; i <= NETSTREAM_APPLIED_MAX; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		apply.bad = i == NETSTREAM_APPLIED_MAX;
		KUNIT_ASSERT_EQ(test, 0, put(r, &apply));
	}
	nla_nest_end(r->skb, r->nest[--r->nnests]);
	expect_refusal(test, -EINVAL, "ipv6 netstream apply record: too many records are applied");
}

/* ---------------------------------------------------------- what is understood */

static void defaults(struct kunit *test)
{
	struct nst_config *cfg = accepted(test);

	KUNIT_EXPECT_EQ(test, NETSTREAM_VERSION_9, (int)cfg->version);
	KUNIT_EXPECT_EQ(test, NETSTREAM_AS_NONE, (int)cfg->as_type);
	KUNIT_EXPECT_FALSE(test, cfg->bgp_nexthop);
	KUNIT_EXPECT_EQ(test, NETSTREAM_MASK_AUTO, (int)cfg->mask);
	KUNIT_EXPECT_EQ(test, NETSTREAM_WIDTH_32, (int)cfg->as_mode);
	KUNIT_EXPECT_EQ(test, NETSTREAM_WIDTH_32, (int)cfg->index_switch);
	KUNIT_EXPECT_PTR_EQ(test, &nst_record_original, nst_config_original(cfg));
	KUNIT_EXPECT_EQ(test, 30U, cfg->template_timeout);
	KUNIT_EXPECT_EQ(test, 20U, cfg->template_packets);
	KUNIT_EXPECT_FALSE(test, cfg->source4.set);
	KUNIT_EXPECT_FALSE(test, cfg->source6.set);
	KUNIT_EXPECT_EQ(test, 40000, (int)cfg->source4.port);
	KUNIT_EXPECT_EQ(test, 40000, (int)cfg->source6.port);
	KUNIT_EXPECT_EQ(test, 300U, cfg->flex_active);
	KUNIT_EXPECT_EQ(test, 300U, cfg->flex_inactive);
	KUNIT_EXPECT_EQ(test, 1800U, cfg->original_active);
	KUNIT_EXPECT_EQ(test, 30U, cfg->original_inactive);
	KUNIT_EXPECT_EQ(test, 2U, cfg->tcp_linger);
	KUNIT_EXPECT_EQ(test, (u32)DEFAULT_FLOWS, cfg->max_flows);
	KUNIT_EXPECT_EQ(test, 0U, cfg->nrecords + cfg->nhosts + cfg->nslots + cfg->nifs);
	KUNIT_EXPECT_FALSE(test, nst_config_meters(cfg, NETSTREAM_INBOUND));
	KUNIT_EXPECT_FALSE(test, nst_config_record_in_effect(cfg));
	nst_config_free(cfg);
}

/* The ends of each range are inside it. */
static void least_and_greatest(struct kunit *test)
{
	struct nst_config *cfg;

	PUT(test, NEST(A_SYSTEM), U32(SYSTEM_A_TEMPLATE_TIMEOUT, 1),
	    U32(SYSTEM_A_TEMPLATE_PACKETS, 65535), U32(SYSTEM_A_FLEX_ACTIVE, 1),
	    U32(SYSTEM_A_FLEX_INACTIVE, 3600), U32(SYSTEM_A_ORIGINAL_ACTIVE, 3600),
	    U32(SYSTEM_A_ORIGINAL_INACTIVE, 1), U32(SYSTEM_A_TCP_LINGER, 60),
	    U32(SYSTEM_A_MAX_FLOWS, NETSTREAM_FLOWS_MAX),
	    U16(SYSTEM_A_SOURCE6_PORT, 65535), U16(SYSTEM_A_SOURCE4_PORT, 1),
	    NEST(SYSTEM_A_SAMPLER), SAMPLER(0, 1, 65535), DONE,
	    NEST(SYSTEM_A_SAMPLER), SAMPLER(1, 3, 30000), DONE, DONE,
	    NEST(A_SLOT), U8(SLOT_A_ID, 255), DONE);
	cfg = accepted(test);
	KUNIT_EXPECT_EQ(test, 1U, cfg->template_timeout);
	KUNIT_EXPECT_EQ(test, 65535U, cfg->template_packets);
	KUNIT_EXPECT_EQ(test, 1U, cfg->flex_active);
	KUNIT_EXPECT_EQ(test, 3600U, cfg->flex_inactive);
	KUNIT_EXPECT_EQ(test, 3600U, cfg->original_active);
	KUNIT_EXPECT_EQ(test, 1U, cfg->original_inactive);
	KUNIT_EXPECT_EQ(test, 60U, cfg->tcp_linger);
	KUNIT_EXPECT_EQ(test, (u32)NETSTREAM_FLOWS_MAX, cfg->max_flows);
	KUNIT_EXPECT_EQ(test, 65535, (int)cfg->source6.port);
	KUNIT_EXPECT_EQ(test, 1, (int)cfg->source4.port);
	KUNIT_EXPECT_EQ(test, 65535U, cfg->sampler[0].interval);
	KUNIT_EXPECT_EQ(test, NETSTREAM_SAMPLER_FIX_TIME, (int)cfg->sampler[1].mode);
	KUNIT_EXPECT_NOT_NULL(test, nst_config_slot(cfg, 255));
	KUNIT_EXPECT_NULL(test, nst_config_slot(cfg, 0));
	nst_config_free(cfg);
}

static void everything(struct kunit *test)
{
	const struct nst_record_def *rec;
	struct nst_config *cfg;

	/* the system view names a record that comes after it */
	PUT(test, NEST(A_SYSTEM), U8(SYSTEM_A_AS_TYPE, NETSTREAM_AS_PEER),
	    S(FLAG, SYSTEM_A_BGP_NEXTHOP), STR(SYSTEM_A_APPLY, "two"),
	    U8(SYSTEM_A_MASK, NETSTREAM_MASK_ROUTES),
	    U8(SYSTEM_A_AS_MODE, NETSTREAM_WIDTH_16), S(FLAG, SYSTEM_A_TCP_FLAG),
	    U8(SYSTEM_A_INDEX_SWITCH, NETSTREAM_WIDTH_16),
	    STR(SYSTEM_A_MANAGEMENT, "eth9"), IP4(SYSTEM_A_SOURCE4, 0x0a000001),
	    IP6(SYSTEM_A_SOURCE6, "\x20\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\x09"), DONE,
	    NEST(A_RECORD), NAME("one"), STR(RECORD_A_DESCRIPTION, "of use"), DONE,
	    NEST(A_RECORD), NAME("two"),
	    NEST(RECORD_A_MATCH), U16(ITEM_A_FIELD, NETSTREAM_FIELD_DST_ADDR),
	    U8(ITEM_A_PREFIX, 48), DONE, MATCH_(SRC_ADDR), COLLECT_(PACKETS),
	    NEST(RECORD_A_COLLECT), U16(ITEM_A_FIELD, NETSTREAM_FIELD_BYTES),
	    U8(ITEM_A_WIDTH, 64), DONE, DONE);
	PUT(test, NEST(A_HOST), A6, PORT_, STR(HOST_A_VRF, "blue"),
	    U8(HOST_A_VERSION, NETSTREAM_VERSION_IPFIX), U8(HOST_A_DSCP, 63), DONE,
	    /* the same address and port in no VRF is another host */
	    NEST(A_HOST), A6, PORT_, DONE,
	    NEST(A_HOST), IP4(HOST_A_ADDR4, 0x0a000002), PORT_, DONE);
	PUT(test, NEST(A_SLOT), U8(SLOT_A_ID, 3), S(FLAG, SLOT_A_SEQUENCE_FLOW),
	    STR(SLOT_A_PORT, "eth1"), STR(SLOT_A_PORT, "eth2"),
	    /* also of the system view, and yet another */
	    NEST(SLOT_A_HOST), A6, PORT_, DONE, DONE,
	    NEST(A_SLOT), U8(SLOT_A_ID, 0), DONE,
	    NEST(A_INTERFACE), STR(IF_A_NAME, "eth2"), U8(IF_A_OUTBOUND, 1), DONE,
	    NEST(A_INTERFACE), STR(IF_A_NAME, "all"),
	    NEST(IF_A_SAMPLER), SAMPLER(1, 2, 10), DONE, DONE);
	cfg = accepted(test);

	KUNIT_EXPECT_EQ(test, NETSTREAM_AS_PEER, (int)cfg->as_type);
	KUNIT_EXPECT_TRUE(test, cfg->bgp_nexthop);
	KUNIT_EXPECT_EQ(test, NETSTREAM_MASK_ROUTES, (int)cfg->mask);
	KUNIT_EXPECT_EQ(test, NETSTREAM_WIDTH_16, (int)cfg->as_mode);
	KUNIT_EXPECT_EQ(test, NETSTREAM_WIDTH_16, (int)cfg->index_switch);
	KUNIT_EXPECT_PTR_EQ(test, &nst_record_original_flags, nst_config_original(cfg));
	KUNIT_EXPECT_TRUE(test, cfg->source4.set);
	KUNIT_EXPECT_EQ(test, htonl(0x0a000001), cfg->source4.addr4.s_addr);
	KUNIT_EXPECT_EQ(test, 9, (int)cfg->source6.addr6.s6_addr[15]);
	KUNIT_EXPECT_EQ(test, 40000, (int)cfg->source6.port);
	KUNIT_EXPECT_STREQ(test, "eth9", cfg->management[0]);

	KUNIT_EXPECT_EQ(test, 1U, cfg->napplied);
	KUNIT_EXPECT_TRUE(test, nst_config_record_in_effect(cfg));
	KUNIT_EXPECT_STREQ(test, "of use", cfg->record[0].description);
	rec = &cfg->record[cfg->applied[0]];
	KUNIT_EXPECT_STREQ(test, "two", rec->name);
	KUNIT_EXPECT_EQ(test, 4U, rec->nitems);
	KUNIT_EXPECT_EQ(test, 48, (int)rec->item[0].prefix);
	KUNIT_EXPECT_EQ(test, 128, (int)rec->item[1].prefix);
	KUNIT_EXPECT_EQ(test, 32, (int)rec->item[2].width);
	KUNIT_EXPECT_EQ(test, 64, (int)rec->item[3].width);
	KUNIT_EXPECT_FALSE(test, rec->item[1].collect);
	KUNIT_EXPECT_TRUE(test, rec->item[2].collect);

	KUNIT_EXPECT_EQ(test, 3U, cfg->nhosts);
	KUNIT_EXPECT_STREQ(test, "blue", cfg->host[0].vrf);
	KUNIT_EXPECT_EQ(test, 2055, (int)cfg->host[0].port);
	KUNIT_EXPECT_EQ(test, NETSTREAM_VERSION_IPFIX, (int)cfg->host[0].version);
	KUNIT_EXPECT_EQ(test, 63, (int)cfg->host[0].dscp);
	KUNIT_EXPECT_EQ(test, 0, (int)cfg->host[1].version);
	KUNIT_EXPECT_EQ(test, AF_INET, (int)cfg->host[2].family);

	KUNIT_EXPECT_TRUE(test, nst_config_slot(cfg, 3)->sequence_flow);
	KUNIT_EXPECT_FALSE(test, nst_config_slot(cfg, 0)->sequence_flow);
	KUNIT_EXPECT_EQ(test, 3, (int)nst_config_slot_of(cfg, "eth2"));
	KUNIT_EXPECT_EQ(test, 0, (int)nst_config_slot_of(cfg, "eth3"));

	/* sorted by name */
	KUNIT_EXPECT_STREQ(test, "all", cfg->ifs[0].name);
	KUNIT_EXPECT_EQ(test, 10U, cfg->ifs[0].sampler[1].interval);
	KUNIT_EXPECT_FALSE(test, nst_config_meters(cfg, NETSTREAM_INBOUND));
	KUNIT_EXPECT_TRUE(test, nst_config_meters(cfg, NETSTREAM_OUTBOUND));
	nst_config_free(cfg);
}

/* Views are in any order; an interface has its own monitors and those of "all". */
static void monitors(struct kunit *test)
{
	const struct nst_monitor_def *m;
	struct nst_config *cfg;

	PUT(test, NEST(A_INTERFACE), STR(IF_A_NAME, "e"),
	    NEST(IF_A_MONITOR), STR(ATTACH_A_NAME, "b"), U8(ATTACH_A_DIRECTION, 1), DONE, DONE,
	    NEST(A_MONITOR), STR(MONITOR_A_NAME, "a"), STR(MONITOR_A_RECORD, "r"),
	    STR(MONITOR_A_DESCRIPTION, "of use"), U32(MONITOR_A_ACTIVE, 1),
	    U32(MONITOR_A_MAX_FLOWS, NETSTREAM_FLOWS_MAX),
	    IP4(MONITOR_A_SOURCE4, 0x0a000001), DONE);
	PUT(test, NEST(A_RECORD), NAME("r"), MATCH_(TOS), DONE,
	    NEST(A_INTERFACE), STR(IF_A_NAME, "all"),
	    NEST(IF_A_MONITOR), STR(ATTACH_A_NAME, "a"), U8(ATTACH_A_DIRECTION, 1), DONE, DONE,
	    NEST(A_MONITOR), STR(MONITOR_A_NAME, "b"), NEST(MONITOR_A_HOST), A6, PORT_, DONE,
	    NEST(MONITOR_A_SAMPLER), SAMPLER(0, 1, 10), DONE, DONE);
	cfg = accepted(test);
	KUNIT_EXPECT_EQ(test, 2U, cfg->nmonitors);
	m = &cfg->monitor[nst_config_monitor(cfg, "a")];
	KUNIT_EXPECT_EQ(test, 1U, m->nrecords);
	KUNIT_EXPECT_EQ(test, 1U, m->active);
	KUNIT_EXPECT_EQ(test, 0U, m->inactive);
	KUNIT_EXPECT_EQ(test, (u32)NETSTREAM_FLOWS_MAX, m->max_flows);
	KUNIT_EXPECT_TRUE(test, m->source4.set && !m->source6.set);
	KUNIT_EXPECT_EQ(test, 40000, (int)m->source4.port);
	m = &cfg->monitor[nst_config_monitor(cfg, "b")];
	KUNIT_EXPECT_EQ(test, 0U, m->nrecords);
	KUNIT_EXPECT_EQ(test, 1U, m->nhosts);
	KUNIT_EXPECT_EQ(test, 10U, m->sampler[0].interval);
	KUNIT_EXPECT_EQ(test, 0U, m->max_flows);
	KUNIT_EXPECT_EQ(test, -ENOENT, nst_config_monitor(cfg, "c"));
	KUNIT_EXPECT_EQ(test, 3, (int)nst_config_attached(cfg, "e", true, NETSTREAM_OUTBOUND));
	KUNIT_EXPECT_EQ(test, 2, (int)nst_config_attached(cfg, "e", false, NETSTREAM_OUTBOUND));
	KUNIT_EXPECT_EQ(test, 1, (int)nst_config_attached(cfg, "f", true, NETSTREAM_OUTBOUND));
	KUNIT_EXPECT_EQ(test, 0, (int)nst_config_attached(cfg, "e", true, NETSTREAM_INBOUND));
	KUNIT_EXPECT_TRUE(test, nst_config_attaches(cfg, NETSTREAM_OUTBOUND));
	KUNIT_EXPECT_FALSE(test, nst_config_attaches(cfg, NETSTREAM_INBOUND));
	KUNIT_EXPECT_FALSE(test, nst_config_meters(cfg, NETSTREAM_OUTBOUND));
	/* hosts of monitors count in the bound of a user namespace */
	KUNIT_EXPECT_EQ(test, 0, nst_config_nl_bound(cfg, U32_MAX, 1, NULL));
	KUNIT_EXPECT_EQ(test, -EDQUOT, nst_config_nl_bound(cfg, U32_MAX, 0, NULL));
	nst_config_free(cfg);
}

static void put_monitors(struct kunit *test, unsigned int n, unsigned int records)
{
	struct request *r = test->priv;
	struct nlattr *nest;
	char name[8];
	unsigned int i, j;

	for (i = 0; i < records; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		nest = nla_nest_start(r->skb, NETSTREAM_A_RECORD);
		nla_put_string(r->skb, NETSTREAM_RECORD_A_NAME, name);
		put_all(test, (const struct step[]) { MATCH_(TOS) }, 3);
		nla_nest_end(r->skb, nest);
	}
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		nest = nla_nest_start(r->skb, NETSTREAM_A_MONITOR);
		nla_put_string(r->skb, NETSTREAM_MONITOR_A_NAME, name);
		for (j = 0; j < (i ? 0 : records); j++) {
			snprintf(name, sizeof(name), "r%u", j);
			nla_put_string(r->skb, NETSTREAM_MONITOR_A_RECORD, name);
		}
		nla_nest_end(r->skb, nest);
	}
}

/* Eight monitors; fourteen records, where one without records counts as one. */
static void bounds_on_monitors(struct kunit *test)
{
	struct request *r = test->priv;

	put_monitors(test, NETSTREAM_MONITORS_MAX, 7);
	nst_config_free(accepted(test));
	put_monitors(test, 1, NETSTREAM_MONITOR_RECORDS_MAX);
	nst_config_free(accepted(test));
	put_monitors(test, NETSTREAM_MONITORS_MAX + 1, 1);
	expect_refusal(test, -EINVAL, "too many monitors");
	skb_trim(r->skb, 0);
	put_monitors(test, NETSTREAM_MONITORS_MAX, 8);
	expect_refusal(test, -EINVAL, "all monitors together have more than 14 records");
	skb_trim(r->skb, 0);
	put_monitors(test, 1, NETSTREAM_MONITOR_RECORDS_MAX + 1);
	expect_refusal(test, -EINVAL, "too many records are applied");
}

/* A slot with hosts of its own uses only those. */
static void hosts_of_slots(struct kunit *test)
{
	const struct nst_host_def *host;
	struct nst_config *cfg;
	unsigned int n;

	PUT(test, NEST(A_HOST), A6, PORT_, DONE, NEST(A_SLOT), U8(SLOT_A_ID, 1),
	    NEST(SLOT_A_HOST), A6, U16(HOST_A_PORT, 1), DONE,
	    NEST(SLOT_A_HOST), A6, U16(HOST_A_PORT, 2), DONE, DONE,
	    NEST(A_SLOT), U8(SLOT_A_ID, 2), DONE);
	cfg = accepted(test);
	nst_config_hosts(cfg, 1, &host, &n);
	KUNIT_EXPECT_EQ(test, 2U, n);
	KUNIT_EXPECT_EQ(test, 2, (int)host[1].port);
	nst_config_hosts(cfg, 2, &host, &n);
	KUNIT_EXPECT_EQ(test, 1U, n);
	KUNIT_EXPECT_EQ(test, 2055, (int)host->port);
	nst_config_hosts(cfg, 77, &host, &n);
	KUNIT_EXPECT_PTR_EQ(test, (const struct nst_host_def *)cfg->host, host);
	nst_config_free(cfg);
}

/* With system version IPFIX an applied record is accepted, and not in effect. */
static void not_in_effect_under_ipfix(struct kunit *test)
{
	struct nst_config *cfg;

	PUT(test, NEST(A_RECORD), NAME("r"), MATCH_(TOS), DONE, NEST(A_SYSTEM),
	    U8(SYSTEM_A_VERSION, NETSTREAM_VERSION_IPFIX),
	    STR(SYSTEM_A_APPLY, "r"), DONE);
	cfg = accepted(test);
	KUNIT_EXPECT_EQ(test, 1U, cfg->napplied);
	KUNIT_EXPECT_FALSE(test, nst_config_record_in_effect(cfg));
	nst_config_free(cfg);
}

/* Unless flexible flows are exported in IPFIX. */
static void in_effect_under_ipfix(struct kunit *test)
{
	struct nst_config *cfg;

	PUT(test, NEST(A_RECORD), NAME("r"), MATCH_(TOS), DONE, NEST(A_SYSTEM),
	    U8(SYSTEM_A_VERSION, NETSTREAM_VERSION_IPFIX),
	    S(FLAG, SYSTEM_A_FLEXIBLE_IPFIX), STR(SYSTEM_A_APPLY, "r"), DONE);
	cfg = accepted(test);
	KUNIT_EXPECT_TRUE(test, cfg->flexible_ipfix);
	KUNIT_EXPECT_TRUE(test, nst_config_record_in_effect(cfg));
	nst_config_free(cfg);
}

/* The attributes are kept unchanged, without those that are not configuration. */
static void said_is_kept(struct kunit *test)
{
	struct request *r = test->priv;
	struct nst_config *cfg;
	unsigned int begin, end;
	void *said;

	PUT(test, U32(A_GENERATION, 5), S(FLAG, A_CHECK));
	begin = r->skb->len;
	PUT(test, NEST(A_SYSTEM), U8(SYSTEM_A_VERSION, 9), DONE,
	    NEST(A_INTERFACE), STR(IF_A_NAME, "eth0"), DONE);
	end = r->skb->len;
	said = kunit_kmalloc(test, end - begin, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, said);
	memcpy(said, r->skb->data + begin, end - begin);
	cfg = accepted(test);
	KUNIT_ASSERT_EQ(test, (size_t)(end - begin), cfg->attrs_len);
	KUNIT_EXPECT_MEMEQ(test, said, cfg->attrs, cfg->attrs_len);
	nst_config_free(cfg);
}

/* --------------------------------------------- what holds for an interface */

#define IN(_n)		U8(IF_A_INBOUND, _n)
#define OUT(_n)		U8(IF_A_OUTBOUND, _n)
#define VIEW(_s, ...)	NEST(A_INTERFACE), STR(IF_A_NAME, _s), ##__VA_ARGS__, DONE
#define FIX(_n)		NEST(IF_A_SAMPLER), SAMPLER(0, 1, _n), DONE

/**
 * struct rule_case - what holds for interface eth0
 * @name: its name
 * @step: the configuration
 * @not_all: it is none of those that "all" covers
 * @metered: expected, by direction
 * @interval: expected of the inbound sampler, 0: none
 */
struct rule_case {
	const char *name;
	struct step step[STEPS_MAX];
	bool not_all;
	bool metered[2];
	u32 interval;
};

static const struct rule_case rule_cases[] = {
	{ "no-view", { VIEW("eth1", IN(1), OUT(1)) } },
	{ "all", { VIEW("all", IN(1)) }, .metered = { 1, 0 } },
	{ "all-and-own", { VIEW("all", IN(1)), VIEW("eth0", OUT(1)) }, .metered = { 1, 1 } },
	{ "own-off", { VIEW("all", IN(1), OUT(1)), VIEW("eth0", IN(0)) }, .metered = { 0, 1 } },
	{ "all-off", { VIEW("all", IN(0)), VIEW("eth0", IN(1)) }, .metered = { 1, 0 } },
	{ "empty-view", { VIEW("all", IN(1), OUT(1)), VIEW("eth0") }, .metered = { 1, 1 } },
	/* a sampler does not turn metering on */
	{ "own-sampler", { VIEW("all", IN(1)), VIEW("eth0", FIX(7)) },
	  .metered = { 1, 0 }, .interval = 7 },
	{ "own-sampler-alone", { VIEW("eth0", FIX(7)) }, .interval = 7 },
	{ "sampler-of-all", { VIEW("all", FIX(9)), VIEW("eth0", IN(1)) },
	  .metered = { 1, 0 }, .interval = 9 },
	{ "own-before-all", { VIEW("all", FIX(9), IN(1)), VIEW("eth0", FIX(7)) },
	  .metered = { 1, 0 }, .interval = 7 },
	{ "sampler-of-system", { NEST(A_SYSTEM), NEST(SYSTEM_A_SAMPLER), SAMPLER(0, 1, 5),
				 DONE, DONE, VIEW("eth0", OUT(1)) },
	  .metered = { 0, 1 }, .interval = 5 },
	{ "not-of-all", { VIEW("all", IN(1), FIX(9)) }, .not_all = true },
	{ "not-of-all-named", { VIEW("all", IN(1), FIX(9)), VIEW("eth0", OUT(1)) },
	  .not_all = true, .metered = { 0, 1 } },
};

NST_KUNIT_NAMED(rule, rule_cases);

static void rule(struct kunit *test)
{
	const struct rule_case *c = test->param_value;
	struct nst_if_rule got[2];
	struct nst_config *cfg;
	unsigned int dir;

	put_all(test, c->step, STEPS_MAX);
	cfg = accepted(test);
	for (dir = 0; dir < 2; dir++) {
		nst_config_if_rule(cfg, "eth0", !c->not_all, dir, &got[dir]);
		KUNIT_EXPECT_EQ(test, c->metered[dir], got[dir].metered);
	}
	KUNIT_EXPECT_EQ(test, !c->interval, !got[0].sampler.mode);
	if (c->interval)
		KUNIT_EXPECT_EQ(test, c->interval, got[0].sampler.interval);
	nst_config_free(cfg);
}

/* A row of the table of numbers has the type that the policy says. */
static void scalars(struct kunit *test)
{
	static const u8 type[] = { [1] = NLA_U8, [2] = NLA_U16, [4] = NLA_U32 };
	const struct nst_config_scalar *s = nst_config_scalar;
	struct nst_config *cfg = nst_config_default();
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cfg);
	for (i = 0; i < nst_config_scalars; i++, s++) {
		u32 value = 0;

		KUNIT_ASSERT_TRUE(test, s->size == 1 || s->size == 2 || s->size == 4);
		KUNIT_EXPECT_EQ(test, type[s->size], nst_system_policy[s->attr].type);
		KUNIT_EXPECT_LE(test, s->min, s->max);
		if (s->attr == NETSTREAM_SYSTEM_A_MAX_FLOWS)
			continue;
		memcpy(&value, (u8 *)cfg + s->offset, s->size);
		KUNIT_EXPECT_EQ(test, s->preset, le32_to_cpu((__force __le32)value));
		KUNIT_EXPECT_TRUE(test, s->preset >= s->min && s->preset <= s->max);
	}
	nst_config_free(cfg);
}

static struct kunit_case config_cases[] = {
	KUNIT_CASE(defaults),
	KUNIT_CASE(scalars),
	KUNIT_CASE(least_and_greatest),
	KUNIT_CASE(everything),
	KUNIT_CASE(hosts_of_slots),
	KUNIT_CASE(not_in_effect_under_ipfix),
	KUNIT_CASE(in_effect_under_ipfix),
	KUNIT_CASE(said_is_kept),
	KUNIT_CASE_PARAM(refusal, bad_gen_params),
	KUNIT_CASE(bound_on_hosts),
	KUNIT_CASE(bounds_of_user_namespace),
	KUNIT_CASE(bound_on_records),
	KUNIT_CASE(monitors),
	KUNIT_CASE(bounds_on_monitors),
	KUNIT_CASE(many_ports),
	KUNIT_CASE(many_interfaces),
	KUNIT_CASE(bound_on_interfaces),
	KUNIT_CASE(bound_on_management_interfaces),
	KUNIT_CASE(bound_on_applied_records),
	KUNIT_CASE_PARAM(rule, rule_gen_params),
	{}
};

static struct kunit_suite config_suite = {
	.name = "config",
	.init = config_init,
	.exit = config_exit,
	.test_cases = config_cases,
};

kunit_test_suite(config_suite);

MODULE_DESCRIPTION("KUnit suite: config");
MODULE_LICENSE("GPL");
