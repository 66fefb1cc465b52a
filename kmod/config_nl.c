// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes of one message -> a configuration, whole and checked.  Every
 * refusal names the statement that is wrong and points to its attribute.
 */
#include <linux/ctype.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <net/ipv6.h>
#include <net/netlink.h>

#include "compat.h"
#include "config.h"
#include "config_nl.h"

#define NST_STRING(_max)	{ .type = NLA_NUL_STRING, .len = (_max) }

/* ----------------------------------------------------------------- policies */

static const struct nla_policy
nst_sampler_policy[NETSTREAM_SAMPLER_A_MAX + 1] = {
	[NETSTREAM_SAMPLER_A_DIRECTION]	= NLA_POLICY_MAX(NLA_U8, NETSTREAM_OUTBOUND),
	[NETSTREAM_SAMPLER_A_MODE]	=
		NLA_POLICY_RANGE(NLA_U8, NETSTREAM_SAMPLER_FIX_PACKETS,
				 NETSTREAM_SAMPLER_FIX_TIME),
	[NETSTREAM_SAMPLER_A_INTERVAL]	= NLA_POLICY_MIN(NLA_U32, 1),
};

/* Ranges of numbers stand in nst_config_scalar. */
static const struct nla_policy nst_system_policy[NETSTREAM_SYSTEM_A_MAX + 1] = {
	[NETSTREAM_SYSTEM_A_VERSION]	= { .type = NLA_U8 },
	[NETSTREAM_SYSTEM_A_AS_TYPE]	= { .type = NLA_U8 },
	[NETSTREAM_SYSTEM_A_BGP_NEXTHOP] = { .type = NLA_FLAG },
	[NETSTREAM_SYSTEM_A_TEMPLATE_TIMEOUT] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_TEMPLATE_PACKETS] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_SOURCE4]	= NLA_POLICY_EXACT_LEN(sizeof(struct in_addr)),
	[NETSTREAM_SYSTEM_A_SOURCE4_PORT] = { .type = NLA_U16 },
	[NETSTREAM_SYSTEM_A_SOURCE6]	= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[NETSTREAM_SYSTEM_A_SOURCE6_PORT] = { .type = NLA_U16 },
	[NETSTREAM_SYSTEM_A_FLEX_ACTIVE] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_FLEX_INACTIVE] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_ORIGINAL_ACTIVE] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_ORIGINAL_INACTIVE] = { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_MAX_FLOWS]	= { .type = NLA_U32 },
	[NETSTREAM_SYSTEM_A_APPLY]	=
		NST_STRING(NETSTREAM_RECORD_NAME_MAX),
	[NETSTREAM_SYSTEM_A_MANAGEMENT]	=
		NST_STRING(IFNAMSIZ - 1),
	[NETSTREAM_SYSTEM_A_SAMPLER]	= NLA_POLICY_NESTED(nst_sampler_policy),
};

static const struct nla_policy nst_item_policy[NETSTREAM_ITEM_A_MAX + 1] = {
	[NETSTREAM_ITEM_A_FIELD]	= NLA_POLICY_RANGE(NLA_U16, 1, NETSTREAM_FIELD_MAX),
	[NETSTREAM_ITEM_A_PREFIX]	= NLA_POLICY_RANGE(NLA_U8, 1, 128),
	[NETSTREAM_ITEM_A_WIDTH]	= { .type = NLA_U8 },
};

static const struct nla_policy nst_record_policy[NETSTREAM_RECORD_A_MAX + 1] = {
	[NETSTREAM_RECORD_A_NAME]	=
		NST_STRING(NETSTREAM_RECORD_NAME_MAX),
	[NETSTREAM_RECORD_A_DESCRIPTION] =
		NST_STRING(NETSTREAM_DESCRIPTION_MAX),
	[NETSTREAM_RECORD_A_MATCH]	= NLA_POLICY_NESTED(nst_item_policy),
	[NETSTREAM_RECORD_A_COLLECT]	= NLA_POLICY_NESTED(nst_item_policy),
};

static const struct nla_policy nst_host_policy[NETSTREAM_HOST_A_MAX + 1] = {
	[NETSTREAM_HOST_A_ADDR4]	= NLA_POLICY_EXACT_LEN(sizeof(struct in_addr)),
	[NETSTREAM_HOST_A_ADDR6]	= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[NETSTREAM_HOST_A_PORT]		= NLA_POLICY_MIN(NLA_U16, 1),
	[NETSTREAM_HOST_A_VRF]		= NST_STRING(IFNAMSIZ - 1),
	[NETSTREAM_HOST_A_VERSION]	=
		NLA_POLICY_RANGE(NLA_U8, NETSTREAM_VERSION_9,
				 NETSTREAM_VERSION_IPFIX),
	[NETSTREAM_HOST_A_DSCP]		= NLA_POLICY_MAX(NLA_U8, 63),
};

static const struct nla_policy nst_slot_policy[NETSTREAM_SLOT_A_MAX + 1] = {
	[NETSTREAM_SLOT_A_ID]		= { .type = NLA_U8 },
	[NETSTREAM_SLOT_A_SEQUENCE_FLOW] = { .type = NLA_FLAG },
	[NETSTREAM_SLOT_A_PORT]		= NST_STRING(IFNAMSIZ - 1),
	[NETSTREAM_SLOT_A_HOST]		= NLA_POLICY_NESTED(nst_host_policy),
};

static const struct nla_policy nst_if_policy[NETSTREAM_IF_A_MAX + 1] = {
	[NETSTREAM_IF_A_NAME]		= NST_STRING(IFNAMSIZ - 1),
	[NETSTREAM_IF_A_INBOUND]	= NLA_POLICY_MAX(NLA_U8, 1),
	[NETSTREAM_IF_A_OUTBOUND]	= NLA_POLICY_MAX(NLA_U8, 1),
	[NETSTREAM_IF_A_SAMPLER]	= NLA_POLICY_NESTED(nst_sampler_policy),
};

/* ------------------------------------------------------------------ helpers */

/* Refuse @attr with a sentence. */
#define nst_refuse(_extack, _attr, _text) ({			\
	NL_SET_ERR_MSG_ATTR(_extack, _attr, _text);		\
	-EINVAL;						\
})

static int nst_parse(struct nlattr **tb, int max, const struct nlattr *nest,
		     const struct nla_policy *policy,
		     struct netlink_ext_ack *extack)
{
	return nla_parse_nested(tb, max, nest, policy, extack);
}

static bool nst_name_ok(const char *name)
{
	if (!*name)
		return false;
	for (; *name; name++)
		if (!isgraph(*name))
			return false;
	return true;
}

static bool nst_ifname_ok(const char *name)
{
	return nst_name_ok(name) && !strchr(name, '/');
}

static unsigned int nst_count(const struct nlattr *attrs, size_t len, int type)
{
	const struct nlattr *a;
	unsigned int n = 0;
	int rem;

	nla_for_each_attr(a, attrs, len, rem)
		n += nla_type(a) == type;
	return n;
}

static unsigned int nst_count_nested(const struct nlattr *nest, int type)
{
	return nst_count(nla_data(nest), nla_len(nest), type);
}

/* Where in a request an attribute is: sorting and keeping lists needs no pointer. */
static u32 nst_attr_at(const struct nlattr *attrs, const struct nlattr *a)
{
	return (const u8 *)a - (const u8 *)attrs;
}

static const struct nlattr *nst_attr_of(const struct nlattr *attrs, u32 at)
{
	return (const void *)((const u8 *)attrs + at);
}

/* ----------------------------------------------------------------- samplers */

static int nst_parse_sampler(const struct nlattr *nest,
			     struct nst_sampler_def sampler[2],
			     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NETSTREAM_SAMPLER_A_MAX + 1];
	u32 interval, max;
	u8 dir, mode;
	int err;

	err = nst_parse(tb, NETSTREAM_SAMPLER_A_MAX, nest, nst_sampler_policy,
			extack);
	if (err)
		return err;
	if (!tb[NETSTREAM_SAMPLER_A_DIRECTION] ||
	    !tb[NETSTREAM_SAMPLER_A_MODE] || !tb[NETSTREAM_SAMPLER_A_INTERVAL])
		return nst_refuse(extack, nest,
				  "ipv6 netstream sampler: mode, interval and direction are required");
	dir = nla_get_u8(tb[NETSTREAM_SAMPLER_A_DIRECTION]);
	mode = nla_get_u8(tb[NETSTREAM_SAMPLER_A_MODE]);
	interval = nla_get_u32(tb[NETSTREAM_SAMPLER_A_INTERVAL]);
	max = mode == NETSTREAM_SAMPLER_FIX_TIME ? 30000 : U16_MAX;
	if (interval > max)
		return nst_refuse(extack, tb[NETSTREAM_SAMPLER_A_INTERVAL],
				  "ipv6 netstream sampler: the interval is 1 to 65535 packets or 1 to 30000 milliseconds");
	if (sampler[dir].mode)
		return nst_refuse(extack, nest,
				  "ipv6 netstream sampler: two samplers in one direction");
	sampler[dir].mode = mode;
	sampler[dir].interval = interval;
	return 0;
}

/* ------------------------------------------------------------------ records */

static int nst_check_item(const struct nst_record_def *def,
			  const struct nst_item *it, const struct nlattr *nest,
			  struct nlattr **tb, struct netlink_ext_ack *extack)
{
	u8 use = nst_field[it->field].use;
	unsigned int i;

	if (it->collect && !(use & NST_FIELD_COLLECT))
		return nst_refuse(extack, nest, "collect: this field can only be matched");
	if (!it->collect && !(use & NST_FIELD_MATCH))
		return nst_refuse(extack, nest, "match: this field can only be collected");
	if (tb[NETSTREAM_ITEM_A_PREFIX] &&
	    (!(use & NST_FIELD_PREFIX) || it->collect))
		return nst_refuse(extack, tb[NETSTREAM_ITEM_A_PREFIX],
				  "match: only an address has a prefix length");
	if (tb[NETSTREAM_ITEM_A_WIDTH] && !(use & NST_FIELD_WIDTH))
		return nst_refuse(extack, tb[NETSTREAM_ITEM_A_WIDTH],
				  "collect: only packets and bytes have a width");
	if (it->width && it->width != 16 && it->width != 32 && it->width != 64)
		return nst_refuse(extack, tb[NETSTREAM_ITEM_A_WIDTH],
				  "collect input: the width is 16, 32 or 64 bits");
	for (i = 0; i < def->nitems; i++)
		if (def->item[i].field == it->field)
			return nst_refuse(extack, nest,
					  "ipv6 netstream record: a field is there twice");
	return 0;
}

static int nst_parse_item(struct nst_record_def *def, const struct nlattr *nest,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NETSTREAM_ITEM_A_MAX + 1];
	struct nst_item it = {
		.collect = nla_type(nest) == NETSTREAM_RECORD_A_COLLECT,
	};
	int err;

	err = nst_parse(tb, NETSTREAM_ITEM_A_MAX, nest, nst_item_policy, extack);
	if (err)
		return err;
	if (!tb[NETSTREAM_ITEM_A_FIELD])
		return nst_refuse(extack, nest, "ipv6 netstream record: a field is required");
	it.field = nla_get_u16(tb[NETSTREAM_ITEM_A_FIELD]);
	it.prefix = it.collect ? 0 : 128;
	if (tb[NETSTREAM_ITEM_A_PREFIX])
		it.prefix = nla_get_u8(tb[NETSTREAM_ITEM_A_PREFIX]);
	if (nst_field[it.field].use & NST_FIELD_WIDTH)
		it.width = tb[NETSTREAM_ITEM_A_WIDTH] ?
			   nla_get_u8(tb[NETSTREAM_ITEM_A_WIDTH]) : 32;
	err = nst_check_item(def, &it, nest, tb, extack);
	if (err)
		return err;
	if (def->nitems == NETSTREAM_FIELDS_MAX)
		return nst_refuse(extack, nest, "ipv6 netstream record: too many fields");
	def->item[def->nitems++] = it;
	return 0;
}

static int nst_record_index(const struct nst_config *cfg, const char *name)
{
	unsigned int i;

	for (i = 0; i < cfg->nrecords; i++)
		if (!strcmp(cfg->record[i].name, name))
			return i;
	return -ENOENT;
}

static int nst_parse_record_name(const struct nst_config *cfg,
				 struct nst_record_def *def,
				 const struct nlattr *nest,
				 const struct nlattr *name,
				 struct netlink_ext_ack *extack)
{
	if (!name)
		return nst_refuse(extack, nest, "ipv6 netstream record: a name is required");
	nla_strscpy(def->name, name, sizeof(def->name));
	if (!nst_name_ok(def->name))
		return nst_refuse(extack, name,
				  "ipv6 netstream record: a name has 1 to 32 printable characters and no space");
	if (!strcmp(def->name, nst_record_original.name))
		return nst_refuse(extack, name, "ipv6 netstream record: 'original' is built in");
	if (nst_record_index(cfg, def->name) >= 0)
		return nst_refuse(extack, name, "ipv6 netstream record: this name is there twice");
	return 0;
}

static int nst_parse_record(struct nst_config *cfg, const struct nlattr *nest,
			    struct netlink_ext_ack *extack)
{
	struct nst_record_def *def = &cfg->record[cfg->nrecords];
	struct nlattr *tb[NETSTREAM_RECORD_A_MAX + 1];
	const struct nlattr *a;
	int err, rem;

	err = nst_parse(tb, NETSTREAM_RECORD_A_MAX, nest, nst_record_policy,
			extack);
	if (!err)
		err = nst_parse_record_name(cfg, def, nest,
					    tb[NETSTREAM_RECORD_A_NAME], extack);
	if (err)
		return err;
	if (tb[NETSTREAM_RECORD_A_DESCRIPTION])
		nla_strscpy(def->description, tb[NETSTREAM_RECORD_A_DESCRIPTION],
			    sizeof(def->description));
	nla_for_each_nested(a, nest, rem) {
		if (nla_type(a) != NETSTREAM_RECORD_A_MATCH &&
		    nla_type(a) != NETSTREAM_RECORD_A_COLLECT)
			continue;
		err = nst_parse_item(def, a, extack);
		if (err)
			return err;
	}
	cfg->nrecords++;
	return 0;
}

/* -------------------------------------------------------------------- hosts */

static int nst_check_addr4(const struct in_addr *a, const struct nlattr *attr,
			   struct netlink_ext_ack *extack)
{
	if (ipv4_is_zeronet(a->s_addr) || ipv4_is_multicast(a->s_addr) ||
	    ipv4_is_lbcast(a->s_addr))
		return nst_refuse(extack, attr,
				  "ipv6 netstream export: a unicast address is required");
	return 0;
}

static int nst_check_addr6(const struct in6_addr *a, const struct nlattr *attr,
			   struct netlink_ext_ack *extack)
{
	if (ipv6_addr_any(a) || ipv6_addr_is_multicast(a))
		return nst_refuse(extack, attr,
				  "ipv6 netstream export: a unicast address is required");
	if (ipv6_addr_type(a) & IPV6_ADDR_LINKLOCAL)
		return nst_refuse(extack, attr,
				  "ipv6 netstream export: a link-local address is not unique");
	if (ipv6_addr_v4mapped(a))
		return nst_refuse(extack, attr,
				  "ipv6 netstream export: write a mapped address as an IPv4 address");
	return 0;
}

static int nst_parse_host_addr(struct nst_host_def *h, const struct nlattr *nest,
			       struct nlattr **tb,
			       struct netlink_ext_ack *extack)
{
	if (!tb[NETSTREAM_HOST_A_ADDR4] == !tb[NETSTREAM_HOST_A_ADDR6])
		return nst_refuse(extack, nest,
				  "ipv6 netstream export host: one address is required");
	if (tb[NETSTREAM_HOST_A_ADDR4]) {
		h->family = AF_INET;
		h->addr4.s_addr = nla_get_in_addr(tb[NETSTREAM_HOST_A_ADDR4]);
		return nst_check_addr4(&h->addr4, tb[NETSTREAM_HOST_A_ADDR4],
				       extack);
	}
	h->family = AF_INET6;
	h->addr6 = nla_get_in6_addr(tb[NETSTREAM_HOST_A_ADDR6]);
	return nst_check_addr6(&h->addr6, tb[NETSTREAM_HOST_A_ADDR6], extack);
}

static bool nst_same_host(const struct nst_host_def *a,
			  const struct nst_host_def *b)
{
	if (a->family != b->family || a->port != b->port ||
	    strcmp(a->vrf, b->vrf))
		return false;
	if (a->family == AF_INET)
		return a->addr4.s_addr == b->addr4.s_addr;
	return ipv6_addr_equal(&a->addr6, &b->addr6);
}

static int nst_parse_host_rest(struct nst_host_def *h, const struct nlattr *nest,
			       struct nlattr **tb,
			       struct netlink_ext_ack *extack)
{
	if (!tb[NETSTREAM_HOST_A_PORT])
		return nst_refuse(extack, nest, "ipv6 netstream export host: a port is required");
	h->port = nla_get_u16(tb[NETSTREAM_HOST_A_PORT]);
	if (tb[NETSTREAM_HOST_A_VERSION])
		h->version = nla_get_u8(tb[NETSTREAM_HOST_A_VERSION]);
	if (tb[NETSTREAM_HOST_A_DSCP])
		h->dscp = nla_get_u8(tb[NETSTREAM_HOST_A_DSCP]);
	if (!tb[NETSTREAM_HOST_A_VRF])
		return 0;
	nla_strscpy(h->vrf, tb[NETSTREAM_HOST_A_VRF], sizeof(h->vrf));
	if (!nst_ifname_ok(h->vrf))
		return nst_refuse(extack, tb[NETSTREAM_HOST_A_VRF],
				  "ipv6 netstream export host: this cannot be the name of a VRF");
	return 0;
}

/* A host into the list of a view, of which there are @n so far. */
static int nst_parse_host(struct nst_host_def *list, unsigned int *n,
			  const struct nlattr *nest,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NETSTREAM_HOST_A_MAX + 1];
	struct nst_host_def *h = &list[*n];
	unsigned int i;
	int err;

	if (*n == NETSTREAM_HOSTS_MAX)
		return nst_refuse(extack, nest, "ipv6 netstream export host: too many hosts");
	err = nst_parse(tb, NETSTREAM_HOST_A_MAX, nest, nst_host_policy, extack);
	if (!err)
		err = nst_parse_host_addr(h, nest, tb, extack);
	if (!err)
		err = nst_parse_host_rest(h, nest, tb, extack);
	if (err)
		return err;
	for (i = 0; i < *n; i++)
		if (nst_same_host(&list[i], h))
			return nst_refuse(extack, nest,
					  "ipv6 netstream export host: this host is there twice");
	(*n)++;
	return 0;
}

/* -------------------------------------------------------------------- slots */

static int nst_parse_port(struct nst_config *cfg, const struct nlattr *attrs,
			  const struct nst_slot_def *slot,
			  const struct nlattr *attr,
			  struct netlink_ext_ack *extack)
{
	struct nst_port_def *port = &cfg->port[cfg->nports];

	if (cfg->nports == NETSTREAM_PORTS_MAX)
		return nst_refuse(extack, attr, "port: too many ports");
	nla_strscpy(port->name, attr, sizeof(port->name));
	if (!nst_ifname_ok(port->name) || !strcmp(port->name, "all"))
		return nst_refuse(extack, attr, "port: this cannot be the name of an interface");
	if (!slot->id)
		return nst_refuse(extack, attr,
				  "port: slot 0 has every interface that is in no other slot");
	port->at = nst_attr_at(attrs, attr);
	port->slot = slot->id;
	cfg->nports++;
	return 0;
}

/* By name; of one name the first in the request comes first. */
static int nst_port_cmp(const void *a, const void *b)
{
	const struct nst_port_def *x = a, *y = b;
	int differ = strcmp(x->name, y->name);

	/* sorting so many takes a while */
	cond_resched();
	return differ ?: x->at < y->at ? -1 : x->at > y->at;
}

/* Sorted, so that tens of thousands are quickly found, and those that are there twice. */
static int nst_sort_ports(struct nst_config *cfg, const struct nlattr *attrs,
			  struct netlink_ext_ack *extack)
{
	unsigned int i;

	sort(cfg->port, cfg->nports, sizeof(*cfg->port), nst_port_cmp, NULL);
	for (i = 1; i < cfg->nports; i++)
		if (!strcmp(cfg->port[i - 1].name, cfg->port[i].name))
			return nst_refuse(extack,
					  nst_attr_of(attrs, cfg->port[i].at),
					  "port: this interface is in a slot already");
	return 0;
}

static int nst_parse_slot_lists(struct nst_config *cfg,
				const struct nlattr *attrs,
				struct nst_slot_def *slot,
				const struct nlattr *nest,
				struct netlink_ext_ack *extack)
{
	unsigned int hosts = nst_count_nested(nest, NETSTREAM_SLOT_A_HOST);
	const struct nlattr *a;
	int rem, err = 0;

	slot->host = kvcalloc(min_t(u32, hosts, NETSTREAM_HOSTS_MAX) + 1,
			      sizeof(*slot->host), GFP_KERNEL_ACCOUNT);
	if (!slot->host)
		return -ENOMEM;
	nla_for_each_nested(a, nest, rem) {
		if (nla_type(a) == NETSTREAM_SLOT_A_PORT)
			err = nst_parse_port(cfg, attrs, slot, a, extack);
		else if (nla_type(a) == NETSTREAM_SLOT_A_HOST)
			err = nst_parse_host(slot->host, &slot->nhosts, a,
					     extack);
		if (err)
			return err;
	}
	return 0;
}

static int nst_parse_slot(struct nst_config *cfg, const struct nlattr *attrs,
			  const struct nlattr *nest,
			  struct netlink_ext_ack *extack)
{
	struct nst_slot_def *slot = &cfg->slot[cfg->nslots];
	struct nlattr *tb[NETSTREAM_SLOT_A_MAX + 1];
	int err;

	err = nst_parse(tb, NETSTREAM_SLOT_A_MAX, nest, nst_slot_policy, extack);
	if (err)
		return err;
	if (!tb[NETSTREAM_SLOT_A_ID])
		return nst_refuse(extack, nest, "slot: a number is required");
	slot->id = nla_get_u8(tb[NETSTREAM_SLOT_A_ID]);
	if (nst_config_slot(cfg, slot->id))
		return nst_refuse(extack, nest, "slot: this slot is there twice");
	slot->sequence_flow = nla_get_flag(tb[NETSTREAM_SLOT_A_SEQUENCE_FLOW]);
	err = nst_parse_slot_lists(cfg, attrs, slot, nest, extack);
	/* what it has got so far is freed with the rest */
	cfg->nslots++;
	return err;
}

/* --------------------------------------------------------------- interfaces */

static u8 nst_parse_meter(const struct nlattr *attr)
{
	if (!attr)
		return NST_IF_INHERIT;
	return nla_get_u8(attr) ? NST_IF_ON : NST_IF_OFF;
}

static int nst_parse_interface(struct nst_config *cfg,
			       const struct nlattr *attrs,
			       const struct nlattr *nest,
			       struct netlink_ext_ack *extack)
{
	struct nst_if_def *def = &cfg->ifs[cfg->nifs];
	struct nlattr *tb[NETSTREAM_IF_A_MAX + 1];
	const struct nlattr *a;
	int err, rem;

	err = nst_parse(tb, NETSTREAM_IF_A_MAX, nest, nst_if_policy, extack);
	if (err)
		return err;
	if (!tb[NETSTREAM_IF_A_NAME])
		return nst_refuse(extack, nest, "interface: a name is required");
	nla_strscpy(def->name, tb[NETSTREAM_IF_A_NAME], sizeof(def->name));
	if (!nst_ifname_ok(def->name))
		return nst_refuse(extack, tb[NETSTREAM_IF_A_NAME],
				  "interface: this cannot be the name of an interface");
	def->at = nst_attr_at(attrs, nest);
	def->meter[NETSTREAM_INBOUND] = nst_parse_meter(tb[NETSTREAM_IF_A_INBOUND]);
	def->meter[NETSTREAM_OUTBOUND] = nst_parse_meter(tb[NETSTREAM_IF_A_OUTBOUND]);
	nla_for_each_nested(a, nest, rem) {
		if (nla_type(a) != NETSTREAM_IF_A_SAMPLER)
			continue;
		err = nst_parse_sampler(a, def->sampler, extack);
		if (err)
			return err;
	}
	cfg->nifs++;
	return 0;
}

/* By name; of one name the first in the request comes first. */
static int nst_if_cmp(const void *a, const void *b)
{
	const struct nst_if_def *x = a, *y = b;
	int differ = strcmp(x->name, y->name);

	/* sorting so many takes a while */
	cond_resched();
	return differ ?: x->at < y->at ? -1 : x->at > y->at;
}

/* Sorted, so that thousands of interfaces are quickly found and compared. */
static int nst_sort_interfaces(struct nst_config *cfg,
			       const struct nlattr *attrs,
			       struct netlink_ext_ack *extack)
{
	unsigned int i;

	sort(cfg->ifs, cfg->nifs, sizeof(*cfg->ifs), nst_if_cmp, NULL);
	for (i = 1; i < cfg->nifs; i++)
		if (!strcmp(cfg->ifs[i - 1].name, cfg->ifs[i].name))
			return nst_refuse(extack,
					  nst_attr_of(attrs, cfg->ifs[i].at),
					  "interface: an interface is there twice");
	return 0;
}

/* ------------------------------------------------------------------- system */

static int nst_parse_sources(struct nst_config *cfg, struct nlattr **tb,
			     struct netlink_ext_ack *extack)
{
	const struct nlattr *a4 = tb[NETSTREAM_SYSTEM_A_SOURCE4];
	const struct nlattr *a6 = tb[NETSTREAM_SYSTEM_A_SOURCE6];
	int err = 0;

	if (a4) {
		cfg->source4.set = true;
		cfg->source4.addr4.s_addr = nla_get_in_addr(a4);
		err = nst_check_addr4(&cfg->source4.addr4, a4, extack);
	}
	if (a6 && !err) {
		cfg->source6.set = true;
		cfg->source6.addr6 = nla_get_in6_addr(a6);
		err = nst_check_addr6(&cfg->source6.addr6, a6, extack);
	}
	return err;
}

static u32 nst_get_scalar(const struct nlattr *attr, u8 size)
{
	switch (size) {
	case 1:
		return nla_get_u8(attr);
	case 2:
		return nla_get_u16(attr);
	default:
		return nla_get_u32(attr);
	}
}

static int nst_parse_scalars(struct nst_config *cfg, struct nlattr **tb,
			     struct netlink_ext_ack *extack)
{
	const struct nst_config_scalar *s = nst_config_scalar;
	unsigned int i;
	u32 value;

	for (i = 0; i < nst_config_scalars; i++, s++) {
		if (!tb[s->attr])
			continue;
		value = nst_get_scalar(tb[s->attr], s->size);
		if (value >= s->min && value <= s->max) {
			nst_config_set_scalar(cfg, s, value);
			continue;
		}
		NL_SET_BAD_ATTR(extack, tb[s->attr]);
		if (extack)
			extack->_msg = s->refusal;
		return -ERANGE;
	}
	cfg->bgp_nexthop = nla_get_flag(tb[NETSTREAM_SYSTEM_A_BGP_NEXTHOP]);
	cfg->max_flows_at = tb[NETSTREAM_SYSTEM_A_MAX_FLOWS];
	return 0;
}

/* Records are known by now: applied ones are looked up. */
static int nst_parse_apply(struct nst_config *cfg, const struct nlattr *attr,
			   struct netlink_ext_ack *extack)
{
	int index = nst_record_index(cfg, nla_data(attr));
	unsigned int i;

	if (index < 0)
		return nst_refuse(extack, attr,
				  "ipv6 netstream apply record: there is no record of this name");
	if (!cfg->record[index].nitems)
		return nst_refuse(extack, attr,
				  "ipv6 netstream apply record: the record matches and collects nothing");
	for (i = 0; i < cfg->napplied; i++)
		if (cfg->applied[i] == index)
			return nst_refuse(extack, attr,
					  "ipv6 netstream apply record: this record is applied twice");
	if (cfg->napplied == NETSTREAM_APPLIED_MAX)
		return nst_refuse(extack, attr,
				  "ipv6 netstream apply record: too many records are applied");
	cfg->applied[cfg->napplied++] = index;
	return 0;
}

static int nst_parse_management(struct nst_config *cfg,
				const struct nlattr *attr,
				struct netlink_ext_ack *extack)
{
	char *name = cfg->management[cfg->nmanagement];
	unsigned int i;

	if (cfg->nmanagement == NETSTREAM_MANAGEMENT_MAX)
		return nst_refuse(extack, attr, "management-interface: too many interfaces");
	nla_strscpy(name, attr, IFNAMSIZ);
	if (!nst_ifname_ok(name))
		return nst_refuse(extack, attr,
				  "management-interface: this cannot be the name of an interface");
	for (i = 0; i < cfg->nmanagement; i++)
		if (!strcmp(cfg->management[i], name))
			return nst_refuse(extack, attr,
					  "management-interface: this interface is there twice");
	cfg->nmanagement++;
	return 0;
}

static int nst_parse_system_lists(struct nst_config *cfg,
				  const struct nlattr *nest,
				  struct netlink_ext_ack *extack)
{
	const struct nlattr *a;
	int rem, err = 0;

	nla_for_each_nested(a, nest, rem) {
		if (nla_type(a) == NETSTREAM_SYSTEM_A_APPLY)
			err = nst_parse_apply(cfg, a, extack);
		else if (nla_type(a) == NETSTREAM_SYSTEM_A_MANAGEMENT)
			err = nst_parse_management(cfg, a, extack);
		else if (nla_type(a) == NETSTREAM_SYSTEM_A_SAMPLER)
			err = nst_parse_sampler(a, cfg->sampler, extack);
		if (err)
			return err;
	}
	return 0;
}

static int nst_parse_system(struct nst_config *cfg, const struct nlattr *nest,
			    struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NETSTREAM_SYSTEM_A_MAX + 1];
	int err;

	err = nst_parse(tb, NETSTREAM_SYSTEM_A_MAX, nest, nst_system_policy,
			extack);
	if (err)
		return err;
	err = nst_parse_scalars(cfg, tb, extack);
	if (err)
		return err;
	err = nst_parse_sources(cfg, tb, extack);
	if (err)
		return err;
	return nst_parse_system_lists(cfg, nest, extack);
}

/* --------------------------------------------------------------- the whole */

static int nst_parse_one(struct nst_config *cfg, const struct nlattr *attrs,
			 const struct nlattr *a,
			 struct netlink_ext_ack *extack)
{
	switch (nla_type(a)) {
	case NETSTREAM_A_RECORD:
		return nst_parse_record(cfg, a, extack);
	case NETSTREAM_A_SLOT:
		return nst_parse_slot(cfg, attrs, a, extack);
	case NETSTREAM_A_HOST:
		return nst_parse_host(cfg->host, &cfg->nhosts, a, extack);
	case NETSTREAM_A_INTERFACE:
		return nst_parse_interface(cfg, attrs, a, extack);
	default:
		return 0;
	}
}

static int nst_parse_all(struct nst_config *cfg, const struct nlattr *attrs,
			 size_t len, struct netlink_ext_ack *extack)
{
	const struct nlattr *a, *system = NULL;
	int rem, err = 0;

	nla_for_each_attr(a, attrs, len, rem) {
		if (nla_type(a) == NETSTREAM_A_SYSTEM && system)
			return nst_refuse(extack, a, "the system view is there twice");
		if (nla_type(a) == NETSTREAM_A_SYSTEM)
			system = a;
		err = nst_parse_one(cfg, attrs, a, extack);
		if (err)
			return err;
		cond_resched();
	}
	/* last, for it names records */
	if (system)
		err = nst_parse_system(cfg, system, extack);
	if (!err)
		err = nst_sort_ports(cfg, attrs, extack);
	return err ?: nst_sort_interfaces(cfg, attrs, extack);
}

static bool nst_is_config(const struct nlattr *a)
{
	switch (nla_type(a)) {
	case NETSTREAM_A_SYSTEM:
	case NETSTREAM_A_RECORD:
	case NETSTREAM_A_SLOT:
	case NETSTREAM_A_HOST:
	case NETSTREAM_A_INTERFACE:
		return true;
	default:
		return false;
	}
}

/* What was said, word for word, for whoever asks for the configuration. */
static int nst_keep_attrs(struct nst_config *cfg, const struct nlattr *attrs,
			  size_t len)
{
	const struct nlattr *a;
	int rem;

	cfg->attrs = kvzalloc(len + 1, GFP_KERNEL_ACCOUNT);
	if (!cfg->attrs)
		return -ENOMEM;
	nla_for_each_attr(a, attrs, len, rem) {
		if (!nst_is_config(a))
			continue;
		memcpy((u8 *)cfg->attrs + cfg->attrs_len, a, a->nla_len);
		cfg->attrs_len += NLA_ALIGN(a->nla_len);
	}
	return 0;
}

/* Ports of all slots; whether they are well formed is seen later. */
static unsigned int nst_count_ports(const struct nlattr *attrs, size_t len)
{
	const struct nlattr *a;
	unsigned int n = 0;
	int rem;

	nla_for_each_attr(a, attrs, len, rem)
		if (nla_type(a) == NETSTREAM_A_SLOT)
			n += nst_count_nested(a, NETSTREAM_SLOT_A_PORT);
	return n;
}

/* Room for what the request has; what is too much for it is refused as it comes. */
static int nst_config_lists(struct nst_config *cfg, const struct nlattr *attrs,
			    size_t len, struct netlink_ext_ack *extack)
{
	unsigned int records = nst_count(attrs, len, NETSTREAM_A_RECORD);
	unsigned int hosts = nst_count(attrs, len, NETSTREAM_A_HOST);
	unsigned int slots = nst_count(attrs, len, NETSTREAM_A_SLOT);
	unsigned int ifs = nst_count(attrs, len, NETSTREAM_A_INTERFACE);
	unsigned int ports = nst_count_ports(attrs, len);

	if (records > NETSTREAM_RECORDS_MAX) {
		NL_SET_ERR_MSG(extack, "ipv6 netstream record: too many records");
		return -EINVAL;
	}
	if (ifs > NETSTREAM_INTERFACES_MAX || slots > NETSTREAM_SLOT_MAX + 1) {
		NL_SET_ERR_MSG(extack, "interface, slot: too many views");
		return -EINVAL;
	}
	cfg->record = kvcalloc(records + 1, sizeof(*cfg->record), GFP_KERNEL_ACCOUNT);
	cfg->host = kvcalloc(min_t(u32, hosts, NETSTREAM_HOSTS_MAX) + 1,
			     sizeof(*cfg->host), GFP_KERNEL_ACCOUNT);
	cfg->slot = kvcalloc(slots + 1, sizeof(*cfg->slot), GFP_KERNEL_ACCOUNT);
	cfg->ifs = kvcalloc(ifs + 1, sizeof(*cfg->ifs), GFP_KERNEL_ACCOUNT);
	cfg->port = kvcalloc(min_t(u32, ports, NETSTREAM_PORTS_MAX) + 1,
			     sizeof(*cfg->port), GFP_KERNEL_ACCOUNT);
	if (!cfg->record || !cfg->host || !cfg->slot || !cfg->ifs || !cfg->port)
		return -ENOMEM;
	return 0;
}

/**
 * nst_config_nl_parse - make a configuration from the attributes of a request
 * @attrs: top-level attributes
 * @len: bytes of them
 * @extack: where to say what is wrong, and where
 *
 * Context: process, may sleep.
 * Return: the configuration, or an error pointer.
 */
struct nst_config *nst_config_nl_parse(const struct nlattr *attrs, size_t len,
				       struct netlink_ext_ack *extack)
{
	struct nst_config *cfg = nst_config_default();
	int err;

	if (!cfg)
		return ERR_PTR(-ENOMEM);
	err = nst_config_lists(cfg, attrs, len, extack);
	if (!err)
		err = nst_parse_all(cfg, attrs, len, extack);
	if (!err)
		err = nst_keep_attrs(cfg, attrs, len);
	if (!err)
		return cfg;
	nst_config_free(cfg);
	return ERR_PTR(err);
}

/**
 * nst_config_nl_bound - hold a configuration to what its namespace may have
 * @cfg: configuration; a bound on flows that no statement has set is lowered
 * @max_flows: flows at most
 * @max_hosts: hosts of all views at most
 * @extack: where to say why not
 *
 * Context: any; the request that @cfg was made from is still there.
 * Return: 0 or -EDQUOT.
 */
int nst_config_nl_bound(struct nst_config *cfg, u32 max_flows, u32 max_hosts,
			struct netlink_ext_ack *extack)
{
	const struct nlattr *at = cfg->max_flows_at;
	unsigned int hosts = cfg->nhosts, i;

	cfg->max_flows_at = NULL;
	for (i = 0; i < cfg->nslots; i++)
		hosts += cfg->slot[i].nhosts;
	if (hosts > max_hosts) {
		NL_SET_ERR_MSG(extack,
			       "ipv6 netstream export host: more hosts than userns_max_hosts allows in this namespace");
		return -EDQUOT;
	}
	if (at && cfg->max_flows > max_flows) {
		NL_SET_ERR_MSG_ATTR(extack, at,
				    "ipv6 netstream cache entries: more than userns_max_flows allows in this namespace");
		return -EDQUOT;
	}
	cfg->max_flows = min(cfg->max_flows, max_flows);
	return 0;
}
