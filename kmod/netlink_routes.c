// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that load, change and list tables of routes.
 */
#include <linux/ctype.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <net/genetlink.h>
#include <net/netlink.h>

#include "bounds.h"
#include "netlink_msg.h"
#include "netlink_routes.h"
#include "route_tables.h"
#include "state.h"

/* Bytes of a prefix: its length, and up to 16 of the address. */
#define NST_PREFIX_BYTES	17

static const struct nla_policy nst_routes_policy[NETSTREAM_ROUTES_A_MAX + 1] = {
	[NETSTREAM_ROUTES_A_FAMILY]	= { .type = NLA_U8 },
	[NETSTREAM_ROUTES_A_VRF]	= { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[NETSTREAM_ROUTES_A_SOURCE]	= { .type = NLA_NUL_STRING,
					    .len = NETSTREAM_ROUTES_SOURCE_MAX },
	[NETSTREAM_ROUTES_A_LOAD]	= { .type = NLA_FLAG },
	[NETSTREAM_ROUTES_A_GENERATION]	= NLA_POLICY_MIN(NLA_U32, 1),
	[NETSTREAM_ROUTES_A_WITHDRAW]	= { .type = NLA_BINARY, .len = NST_PREFIX_BYTES },
	[NETSTREAM_ROUTES_A_ROUTE]	= { .type = NLA_NESTED },
	[NETSTREAM_ROUTES_A_PREFIX]	= { .type = NLA_BINARY, .len = NST_PREFIX_BYTES },
	[NETSTREAM_ROUTES_A_LONGER]	= { .type = NLA_FLAG },
	[NETSTREAM_ROUTES_A_ADDRESS]	= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
};

static const struct nla_policy nst_route_policy[NETSTREAM_ROUTE_A_MAX + 1] = {
	[NETSTREAM_ROUTE_A_ORIGIN_AS]	= { .type = NLA_U32 },
	[NETSTREAM_ROUTE_A_PEER_AS]	= { .type = NLA_U32 },
	[NETSTREAM_ROUTE_A_NEXT_HOP]	= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[NETSTREAM_ROUTE_A_PREFIX]	= { .type = NLA_BINARY, .len = NST_PREFIX_BYTES },
};

const struct nla_policy nst_netlink_routes_policy[NETSTREAM_A_MAX + 1] = {
	/* what each command allows of the nest is checked there */
	[NETSTREAM_A_ROUTES]	= { .type = NLA_NESTED },
};

#define NST_ROUTES_REFUSE(_extack, _attr, _err, _text) ({	\
	NL_SET_ERR_MSG_ATTR(_extack, _attr, _text);		\
	(_err);							\
})

/* What the requests may have, as masks over &enum netstream_routes_attr. */
#define NST_ROUTES_TABLE	(BIT(NETSTREAM_ROUTES_A_FAMILY) | \
				 BIT(NETSTREAM_ROUTES_A_VRF))
#define NST_ROUTES_LOAD		(NST_ROUTES_TABLE | BIT(NETSTREAM_ROUTES_A_SOURCE))
#define NST_ROUTES_CHANGE	(NST_ROUTES_TABLE | BIT(NETSTREAM_ROUTES_A_LOAD) | \
				 BIT(NETSTREAM_ROUTES_A_GENERATION) | \
				 BIT(NETSTREAM_ROUTES_A_WITHDRAW) | \
				 BIT(NETSTREAM_ROUTES_A_ROUTE))
#define NST_ROUTES_COMMIT	BIT(NETSTREAM_ROUTES_A_GENERATION)
#define NST_ROUTES_DROP		(NST_ROUTES_TABLE | BIT(NETSTREAM_ROUTES_A_LOAD) | \
				 BIT(NETSTREAM_ROUTES_A_GENERATION))
#define NST_ROUTES_GET		(NST_ROUTES_TABLE | BIT(NETSTREAM_ROUTES_A_PREFIX) | \
				 BIT(NETSTREAM_ROUTES_A_LONGER) | \
				 BIT(NETSTREAM_ROUTES_A_ADDRESS))

static u32 nst_routes_max(const struct nst_net *nn)
{
	return nst_bounds_routes(nn->net->user_ns == &init_user_ns);
}

/* ------------------------------------------------------------------ parsing */

static int nst_routes_check_family(struct nlattr **tb,
				   struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[NETSTREAM_ROUTES_A_FAMILY];

	if (!attr || nla_get_u8(attr) == AF_INET6)
		return 0;
	if (nla_get_u8(attr) == AF_INET)
		return NST_ROUTES_REFUSE(extack, attr, -EAFNOSUPPORT,
					 "routes: IPv4 is not supported yet");
	return NST_ROUTES_REFUSE(extack, attr, -EAFNOSUPPORT,
				 "routes: only IPv6 is supported");
}

/* Nothing that a request does not know is passed over in silence. */
static int nst_routes_check_known(struct nlattr **tb, unsigned long allowed,
				  struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 1; i <= NETSTREAM_ROUTES_A_MAX; i++)
		if (tb[i] && !(allowed & BIT(i)))
			return NST_ROUTES_REFUSE(extack, tb[i], -EINVAL,
						 "routes: this request does not have this attribute");
	return 0;
}

static int nst_routes_check_text(const struct nlattr *attr,
				 struct netlink_ext_ack *extack)
{
	const char *c;

	if (!attr)
		return 0;
	c = nla_data(attr);
	if (!*c)
		return NST_ROUTES_REFUSE(extack, attr, -EINVAL, "routes: the name is empty");
	for (; *c; c++)
		if (!isprint(*c))
			return NST_ROUTES_REFUSE(extack, attr, -EINVAL,
						 "routes: a character cannot be printed");
	return 0;
}

/* The nest of a request.  @attr may be %NULL: then nothing is in it. */
static int nst_routes_parse(struct nlattr **tb, const struct nlattr *attr,
			    unsigned long allowed,
			    struct netlink_ext_ack *extack)
{
	int err;

	memset(tb, 0, sizeof(*tb) * (NETSTREAM_ROUTES_A_MAX + 1));
	if (!attr)
		return 0;
	err = nla_parse_nested(tb, NETSTREAM_ROUTES_A_MAX, attr,
			       nst_routes_policy, extack);
	if (err)
		return err;
	err = nst_routes_check_known(tb, allowed, extack);
	if (err)
		return err;
	err = nst_routes_check_family(tb, extack);
	if (err)
		return err;
	err = nst_routes_check_text(tb[NETSTREAM_ROUTES_A_VRF], extack);
	if (err)
		return err;
	return nst_routes_check_text(tb[NETSTREAM_ROUTES_A_SOURCE], extack);
}

static const char *nst_routes_vrf(struct nlattr **tb)
{
	const struct nlattr *attr = tb[NETSTREAM_ROUTES_A_VRF];

	return attr ? nla_data(attr) : "";
}

static u32 nst_routes_expected(struct nlattr **tb)
{
	const struct nlattr *attr = tb[NETSTREAM_ROUTES_A_GENERATION];

	return attr ? nla_get_u32(attr) : 0;
}

static int nst_routes_parse_prefix(struct nst_lpm_key *key,
				   const struct nlattr *attr,
				   struct netlink_ext_ack *extack)
{
	const u8 *data = nla_data(attr);
	struct in6_addr addr = {};
	unsigned int length;

	if (!nla_len(attr))
		return NST_ROUTES_REFUSE(extack, attr, -EINVAL, "routes: the prefix is empty");
	length = *data;
	if (length > NST_LPM_BITS)
		return NST_ROUTES_REFUSE(extack, attr, -EINVAL,
					 "routes: the prefix is longer than an address");
	if (nla_len(attr) != 1 + DIV_ROUND_UP(length, 8))
		return NST_ROUTES_REFUSE(extack, attr, -EINVAL,
					 "routes: the prefix has more or fewer bytes than its length");
	memcpy(&addr, data + 1, nla_len(attr) - 1);
	nst_lpm_key_set(key, &addr, length);
	return 0;
}

/* ------------------------------------------------------------------ changing */

static int nst_routes_refuse_stale(struct nlattr **tb,
				   struct netlink_ext_ack *extack)
{
	return NST_ROUTES_REFUSE(extack, tb[NETSTREAM_ROUTES_A_GENERATION], -ESTALE,
				 "routes: somebody else has loaded this table meanwhile");
}

/**
 * nst_netlink_routes_load - begin to load a table
 * @skb: request
 * @info: request, parsed
 *
 * Context: process.
 * Return: 0 or a negative errno, with extended ACK text.
 */
int nst_netlink_routes_load(struct sk_buff *skb, struct genl_info *info)
{
	struct nst_route_tables *tables = &nst_netlink_net(skb)->routes;
	struct nlattr *tb[NETSTREAM_ROUTES_A_MAX + 1];
	int err;

	err = nst_routes_parse(tb, info->attrs[NETSTREAM_A_ROUTES],
			       NST_ROUTES_LOAD, info->extack);
	if (err)
		return err;
	if (!tb[NETSTREAM_ROUTES_A_SOURCE]) {
		NL_SET_ERR_MSG(info->extack, "routes: say where they come from");
		return -EINVAL;
	}
	mutex_lock(&tables->lock);
	err = nst_route_tables_load(tables, info->snd_portid, nst_routes_vrf(tb),
				    nla_data(tb[NETSTREAM_ROUTES_A_SOURCE]));
	mutex_unlock(&tables->lock);
	if (err == -EBUSY)
		NL_SET_ERR_MSG(info->extack,
			       "routes: too many loads are under way in this namespace");
	return err;
}

static int nst_routes_refuse_add(const struct nlattr *attr, int err,
				 struct netlink_ext_ack *extack)
{
	if (err != -ENOSPC)
		return err;
	return NST_ROUTES_REFUSE(extack, attr, -EDQUOT,
				 "routes: more prefixes than max_routes or userns_max_routes allows");
}

/* The prefixes of one route. */
static int nst_routes_add_route(struct nst_route_table *table,
				const struct nlattr *nest,
				struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NETSTREAM_ROUTE_A_MAX + 1];
	struct nst_route route = {};
	const struct nlattr *attr;
	struct nst_lpm_key key;
	int rem, err;

	err = nla_parse_nested(tb, NETSTREAM_ROUTE_A_MAX, nest, nst_route_policy,
			       extack);
	if (err)
		return err;
	if (tb[NETSTREAM_ROUTE_A_ORIGIN_AS])
		route.origin_as = nla_get_u32(tb[NETSTREAM_ROUTE_A_ORIGIN_AS]);
	if (tb[NETSTREAM_ROUTE_A_PEER_AS])
		route.peer_as = nla_get_u32(tb[NETSTREAM_ROUTE_A_PEER_AS]);
	if (tb[NETSTREAM_ROUTE_A_NEXT_HOP])
		route.next_hop = nla_get_in6_addr(tb[NETSTREAM_ROUTE_A_NEXT_HOP]);
	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) != NETSTREAM_ROUTE_A_PREFIX)
			continue;
		err = nst_routes_parse_prefix(&key, attr, extack);
		if (err)
			return err;
		err = nst_route_tables_add(table, &key, &route);
		if (err)
			return nst_routes_refuse_add(attr, err, extack);
		cond_resched();
	}
	return 0;
}

static int nst_routes_withdraw_one(struct nst_route_table *table,
				   const struct nlattr *attr,
				   struct netlink_ext_ack *extack)
{
	struct nst_lpm_key key;
	int err;

	err = nst_routes_parse_prefix(&key, attr, extack);
	return err ?: nst_route_tables_withdraw(table, &key);
}

/* All changes of a request, in order. */
static int nst_routes_apply(struct nst_route_table *table,
			    const struct nlattr *nest,
			    struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int rem, err = 0;

	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) == NETSTREAM_ROUTES_A_ROUTE)
			err = nst_routes_add_route(table, attr, extack);
		else if (nla_type(attr) == NETSTREAM_ROUTES_A_WITHDRAW)
			err = nst_routes_withdraw_one(table, attr, extack);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

/* The table that a change is for. */
static struct nst_route_table *
nst_routes_changed(struct nst_route_tables *tables, struct nlattr **tb,
		   const struct genl_info *info)
{
	struct nst_route_table *table;

	if (tb[NETSTREAM_ROUTES_A_LOAD]) {
		table = nst_route_tables_loading(tables, info->snd_portid);
		if (!table)
			NL_SET_ERR_MSG_ATTR(info->extack, tb[NETSTREAM_ROUTES_A_LOAD],
					    "routes: this socket loads nothing");
		return table ?: ERR_PTR(-ENOENT);
	}
	table = nst_route_tables_of(tables, nst_routes_vrf(tb));
	if (nst_routes_expected(tb) &&
	    (!table || table->generation != nst_routes_expected(tb)))
		return ERR_PTR(nst_routes_refuse_stale(tb, info->extack));
	if (!table)
		NL_SET_ERR_MSG(info->extack, "routes: there is no table to change: load one first");
	return table ?: ERR_PTR(-ENOENT);
}

/**
 * nst_netlink_routes_change - add, replace and withdraw prefixes
 * @skb: request
 * @info: request, parsed
 *
 * Context: process.
 * Return: 0 or a negative errno, with extended ACK text.
 */
int nst_netlink_routes_change(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *nest = info->attrs[NETSTREAM_A_ROUTES];
	struct nlattr *tb[NETSTREAM_ROUTES_A_MAX + 1];
	struct nst_net *nn = nst_netlink_net(skb);
	unsigned long allowed = NST_ROUTES_CHANGE;
	struct nst_route_table *table;
	int err;

	err = nst_routes_parse(tb, nest, allowed, info->extack);
	if (err)
		return err;
	if (tb[NETSTREAM_ROUTES_A_LOAD]) {
		allowed &= ~(BIT(NETSTREAM_ROUTES_A_VRF) |
			     BIT(NETSTREAM_ROUTES_A_GENERATION));
		err = nst_routes_check_known(tb, allowed, info->extack);
		if (err)
			return err;
	}
	mutex_lock(&nn->routes.lock);
	table = nst_routes_changed(&nn->routes, tb, info);
	err = PTR_ERR_OR_ZERO(table);
	if (!err && nest) {
		nst_route_tables_bound(&nn->routes, table, nst_routes_max(nn));
		err = nst_routes_apply(table, nest, info->extack);
		/* one that failed half way has changed some */
		if (!table->portid)
			nst_route_tables_changed(&nn->routes);
	}
	mutex_unlock(&nn->routes.lock);
	return err;
}

static int nst_routes_reply(struct genl_info *info, u32 generation)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	struct nlattr *nest;
	void *head;

	if (!skb)
		return -ENOMEM;
	head = nst_netlink_msg_reply(skb, info, NETSTREAM_CMD_ROUTES_COMMIT);
	nest = head ? nla_nest_start(skb, NETSTREAM_A_ROUTES) : NULL;
	if (!nest || nla_put_u32(skb, NETSTREAM_ROUTES_A_GENERATION, generation)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, head);
	return genlmsg_reply(skb, info);
}

/**
 * nst_netlink_routes_commit - what the socket has loaded comes into use
 * @skb: request
 * @info: request, parsed
 *
 * Context: process.
 * Return: 0 or a negative errno, with extended ACK text.
 */
int nst_netlink_routes_commit(struct sk_buff *skb, struct genl_info *info)
{
	struct nst_route_tables *tables = &nst_netlink_net(skb)->routes;
	struct nlattr *tb[NETSTREAM_ROUTES_A_MAX + 1];
	u32 generation = 0;
	int err;

	err = nst_routes_parse(tb, info->attrs[NETSTREAM_A_ROUTES],
			       NST_ROUTES_COMMIT, info->extack);
	if (err)
		return err;
	mutex_lock(&tables->lock);
	err = nst_route_tables_commit(tables, info->snd_portid,
				      nst_routes_expected(tb), &generation);
	mutex_unlock(&tables->lock);
	if (!err)
		return nst_routes_reply(info, generation);
	if (err == -ESTALE)
		return nst_routes_refuse_stale(tb, info->extack);
	if (err == -ENOENT)
		NL_SET_ERR_MSG(info->extack, "routes: this socket loads nothing");
	if (err == -ENOSPC)
		NL_SET_ERR_MSG(info->extack, "routes: too many VRFs have tables");
	return err;
}

/**
 * nst_netlink_routes_drop - give up a load, or remove a table
 * @skb: request
 * @info: request, parsed
 *
 * Context: process.
 * Return: 0 or a negative errno, with extended ACK text.
 */
int nst_netlink_routes_drop(struct sk_buff *skb, struct genl_info *info)
{
	struct nst_route_tables *tables = &nst_netlink_net(skb)->routes;
	struct nlattr *tb[NETSTREAM_ROUTES_A_MAX + 1];
	int err;

	err = nst_routes_parse(tb, info->attrs[NETSTREAM_A_ROUTES],
			       NST_ROUTES_DROP, info->extack);
	if (err)
		return err;
	mutex_lock(&tables->lock);
	if (tb[NETSTREAM_ROUTES_A_LOAD])
		err = nst_route_tables_give_up(tables, info->snd_portid);
	else
		err = nst_route_tables_drop(tables, nst_routes_vrf(tb),
					    nst_routes_expected(tb));
	mutex_unlock(&tables->lock);
	if (err == -ESTALE)
		return nst_routes_refuse_stale(tb, info->extack);
	if (err == -ENOENT && tb[NETSTREAM_ROUTES_A_LOAD])
		NL_SET_ERR_MSG(info->extack, "routes: this socket loads nothing");
	else if (err == -ENOENT)
		NL_SET_ERR_MSG(info->extack, "routes: there is no such table");
	return err;
}

/* ------------------------------------------------------------------ listing */

/**
 * struct nst_routes_listing - a dump of prefixes
 * @vrf: name of the VRF; empty: of the namespace
 * @only: prefix to look for; length 0 and @longer: all prefixes
 * @longer: and those that it covers
 * @after: the last one that was listed
 * @begun: @after is set
 * @skb: message buffer of this part
 * @cb: the dump
 */
struct nst_routes_listing {
	char			vrf[IFNAMSIZ];
	struct nst_lpm_key	only;
	bool			longer;
	struct nst_lpm_key	after;
	bool			begun;
	struct sk_buff		*skb;
	struct netlink_callback	*cb;
};

static struct nst_routes_listing *nst_routes_listing(struct netlink_callback *cb)
{
	return (void *)cb->args[0];
}

/* What a listing is to look for. */
static int nst_routes_look_for(struct nst_routes_listing *listing,
			       struct nst_route_tables *tables,
			       struct nlattr **tb, struct netlink_ext_ack *extack)
{
	const struct nlattr *prefix = tb[NETSTREAM_ROUTES_A_PREFIX];
	const struct nlattr *address = tb[NETSTREAM_ROUTES_A_ADDRESS];
	struct nst_route_table *table;
	struct in6_addr addr;
	u8 length = 0;

	if (address && prefix)
		return NST_ROUTES_REFUSE(extack, address, -EINVAL,
					 "routes: either an address or a prefix");
	if (tb[NETSTREAM_ROUTES_A_LONGER] && !prefix)
		return NST_ROUTES_REFUSE(extack, tb[NETSTREAM_ROUTES_A_LONGER], -EINVAL,
					 "routes: longer than which prefix?");
	listing->longer = tb[NETSTREAM_ROUTES_A_LONGER] || (!prefix && !address);
	if (prefix)
		return nst_routes_parse_prefix(&listing->only, prefix, extack);
	if (!address)
		return 0;
	addr = nla_get_in6_addr(address);
	mutex_lock(&tables->lock);
	table = nst_route_tables_of(tables, listing->vrf);
	if (table)
		nst_routes_lookup(table->routes, &addr, &length);
	mutex_unlock(&tables->lock);
	nst_lpm_key_set(&listing->only, &addr, length);
	return 0;
}

/*
 * What the request says is looked at with the first message, not when the dump starts,
 * because before 6.5 the core does not pass on what a start callback refuses.
 */
static int nst_routes_begin(struct netlink_callback *cb)
{
	struct nst_route_tables *tables = &nst_netlink_net(cb->skb)->routes;
	/* already validated; where the parsed table is depends on the kernel */
	const struct nlattr *nest = nlmsg_find_attr(cb->nlh, GENL_HDRLEN,
						    NETSTREAM_A_ROUTES);
	struct nlattr *tb[NETSTREAM_ROUTES_A_MAX + 1];
	struct nst_routes_listing *listing;
	int err;

	err = nst_routes_parse(tb, nest, NST_ROUTES_GET, cb->extack);
	if (err)
		return err;
	listing = kzalloc(sizeof(*listing), GFP_KERNEL_ACCOUNT);
	if (!listing)
		return -ENOMEM;
	strscpy(listing->vrf, nst_routes_vrf(tb), sizeof(listing->vrf));
	err = nst_routes_look_for(listing, tables, tb, cb->extack);
	if (err) {
		kfree(listing);
		return err;
	}
	cb->args[0] = (long)listing;
	return 0;
}

static int nst_routes_put_prefix(struct sk_buff *skb,
				 const struct nst_lpm_key *key)
{
	u8 data[NST_PREFIX_BYTES];
	struct in6_addr addr;

	data[0] = key->length;
	nst_lpm_key_addr(key, &addr);
	memcpy(data + 1, &addr, sizeof(addr));
	return nla_put(skb, NETSTREAM_ROUTE_A_PREFIX,
		       1 + DIV_ROUND_UP(key->length, 8), data);
}

static int nst_routes_put_route(struct sk_buff *skb,
				const struct nst_routes_listing *listing,
				const struct nst_lpm_key *key,
				const struct nst_route *route)
{
	struct nlattr *table = nla_nest_start(skb, NETSTREAM_A_ROUTES), *nest;

	if (!table || nla_put_u8(skb, NETSTREAM_ROUTES_A_FAMILY, AF_INET6) ||
	    (*listing->vrf &&
	     nla_put_string(skb, NETSTREAM_ROUTES_A_VRF, listing->vrf)))
		return -EMSGSIZE;
	nest = nla_nest_start(skb, NETSTREAM_ROUTES_A_ROUTE);
	if (!nest ||
	    nla_put_u32(skb, NETSTREAM_ROUTE_A_ORIGIN_AS, route->origin_as) ||
	    nla_put_u32(skb, NETSTREAM_ROUTE_A_PEER_AS, route->peer_as) ||
	    nla_put_in6_addr(skb, NETSTREAM_ROUTE_A_NEXT_HOP, &route->next_hop) ||
	    nst_routes_put_prefix(skb, key))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	nla_nest_end(skb, table);
	return 0;
}

/* Called for each prefix, in order.  Return: 1 to end the listing. */
static int nst_routes_list(const struct nst_lpm_key *key,
			   const struct nst_route *route, void *data)
{
	struct nst_routes_listing *listing = data;
	void *head;

	if (!nst_lpm_key_covers(&listing->only, key))
		return 1;
	head = nst_netlink_msg_begin(listing->skb, listing->cb,
				     NETSTREAM_CMD_ROUTES_GET);
	if (!head)
		return -EMSGSIZE;
	if (nst_routes_put_route(listing->skb, listing, key, route)) {
		genlmsg_cancel(listing->skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(listing->skb, head);
	listing->after = *key;
	listing->begun = true;
	return 0;
}

/* Return: 1 when the listing is complete, -EMSGSIZE when the message is full. */
static int nst_routes_list_some(struct nst_routes_listing *listing,
				const struct nst_routes *routes)
{
	const struct nst_route *route;
	int ret;

	if (!listing->begun) {
		route = nst_routes_get(routes, &listing->only);
		ret = route ? nst_routes_list(&listing->only, route, listing) : 0;
		if (ret)
			return ret;
		listing->after = listing->only;
		listing->begun = true;
	}
	if (!listing->longer)
		return 1;
	return nst_routes_walk(routes, &listing->after, nst_routes_list,
			       listing) ?: 1;
}

/**
 * nst_netlink_routes_get - list prefixes
 * @skb: buffer to fill with messages
 * @cb: dump; args[0] becomes a struct nst_routes_listing, args[1] is set after the last
 *	prefix
 *
 * Context: process.
 * Return: as a dump callback.
 */
int nst_netlink_routes_get(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nst_route_tables *tables = &nst_netlink_net(cb->skb)->routes;
	struct nst_routes_listing *listing;
	struct nst_route_table *table;
	int ret;

	if (cb->args[1])
		return 0;
	ret = cb->args[0] ? 0 : nst_routes_begin(cb);
	if (ret)
		return ret;
	listing = nst_routes_listing(cb);
	listing->skb = skb;
	listing->cb = cb;
	mutex_lock(&tables->lock);
	table = nst_route_tables_of(tables, listing->vrf);
	ret = 1;
	/* a table that is gone is another one, too */
	if (nst_netlink_msg_goes_on(cb, table ? table->generation : U32_MAX) &&
	    table)
		ret = nst_routes_list_some(listing, table->routes);
	mutex_unlock(&tables->lock);
	if (ret > 0)
		cb->args[1] = 1;
	return ret < 0 && !skb->len ? ret : skb->len;
}

/**
 * nst_netlink_routes_done - free the state of a listing
 * @cb: dump of nst_netlink_routes_get()
 *
 * Context: process.
 * Return: 0.
 */
int nst_netlink_routes_done(struct netlink_callback *cb)
{
	kfree(nst_routes_listing(cb));
	return 0;
}

static const char * const nst_routes_count_name[] = {
	"prefixes", "routes", "bytes", "bytes_prefix", "added", "withdrawn",
};

static int nst_routes_put_info(struct sk_buff *skb,
			       const struct nst_route_info *info)
{
	struct nlattr *nest = nla_nest_start(skb, NETSTREAM_A_ROUTES);
	const u64 count[] = {
		info->size.prefixes, info->size.routes, info->size.bytes,
		info->size.bytes / max(info->size.prefixes, 1U),
		info->added, info->withdrawn,
	};

	BUILD_BUG_ON(ARRAY_SIZE(count) != ARRAY_SIZE(nst_routes_count_name));
	if (!nest || nla_put_u8(skb, NETSTREAM_ROUTES_A_FAMILY, AF_INET6) ||
	    (*info->vrf && nla_put_string(skb, NETSTREAM_ROUTES_A_VRF, info->vrf)) ||
	    nla_put_string(skb, NETSTREAM_ROUTES_A_SOURCE, info->source) ||
	    nla_put_u32(skb, NETSTREAM_ROUTES_A_GENERATION, info->generation) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_ROUTES_A_AGE, info->age) ||
	    nst_netlink_msg_u64(skb, NETSTREAM_ROUTES_A_CHANGED, info->changed) ||
	    nla_put_u32(skb, NETSTREAM_ROUTES_A_BOUND, info->bound) ||
	    nst_netlink_msg_counters(skb, NETSTREAM_ROUTES_A_COUNT,
				     NETSTREAM_COUNT_A_VALUE, nst_routes_count_name,
				     count, ARRAY_SIZE(count)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * nst_netlink_routes_stats_get - list tables of routes
 * @skb: buffer to fill with messages
 * @cb: dump; args[0] is the number of tables listed
 *
 * Context: process.
 * Return: as a dump callback.
 */
int nst_netlink_routes_stats_get(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	struct nst_net *nn = nst_netlink_net(cb->skb);
	struct nst_route_info info;
	void *head;

	mutex_lock(&nn->routes.lock);
	/* positions in another list mean nothing */
	if (!nst_netlink_msg_goes_on(cb, nn->routes.generation))
		goto unlock;
	while (nst_route_tables_info(&nn->routes, cb->args[0],
				     nst_routes_max(nn), &info)) {
		head = nst_netlink_msg_begin(skb, cb, NETSTREAM_CMD_ROUTES_STATS_GET);
		if (!head)
			break;
		if (nst_routes_put_info(skb, &info)) {
			genlmsg_cancel(skb, head);
			break;
		}
		genlmsg_end(skb, head);
		cb->args[0]++;
	}
unlock:
	mutex_unlock(&nn->routes.lock);
	return skb->len;
}

/* ----------------------------------------------------- sockets that are closed */

static int nst_routes_socket_event(struct notifier_block *nb,
				   unsigned long event, void *ptr)
{
	const struct netlink_notify *notify = ptr;
	struct nst_route_tables *tables;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	tables = &nst_net_of(notify->net)->routes;
	/* nearly no socket loads routes, and then nobody has to wait for the lock */
	if (!READ_ONCE(tables->nloads))
		return NOTIFY_DONE;
	mutex_lock(&tables->lock);
	nst_route_tables_give_up(tables, notify->portid);
	mutex_unlock(&tables->lock);
	return NOTIFY_DONE;
}

static struct notifier_block nst_routes_socket_notifier = {
	.notifier_call	= nst_routes_socket_event,
};

/**
 * nst_netlink_routes_init - give up the loads of sockets that are closed from now on
 *
 * Context: module load, before the first request.
 * Return: 0 or a negative errno.
 */
int nst_netlink_routes_init(void)
{
	return netlink_register_notifier(&nst_routes_socket_notifier);
}

/**
 * nst_netlink_routes_exit - undo nst_netlink_routes_init()
 *
 * Context: module unload, after the last request.
 */
void nst_netlink_routes_exit(void)
{
	netlink_unregister_notifier(&nst_routes_socket_notifier);
}
