// SPDX-License-Identifier: GPL-2.0
/*
 * Module parameters: metering without the tool.  They are translated to the
 * attributes that the tool would send, and committed like those.
 */
#include <linux/inet.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/net_namespace.h>
#include <net/netlink.h>

#include "clock.h"
#include "commit.h"
#include "config.h"
#include "config_nl.h"
#include "net.h"
#include "params.h"

#define NST_PARAM_RECORD	"param"
#define NST_PARAM_BYTES		16384

static char *nst_host;
module_param_named(host, nst_host, charp, 0444);
MODULE_PARM_DESC(host, "collectors: [2001:db8::5]:2055 or 192.0.2.5:2055, separated by commas");

static char *nst_source;
module_param_named(source, nst_source, charp, 0444);
MODULE_PARM_DESC(source, "source of export packets: an address, or [address]:port, one a family, separated by commas");

static char *nst_interfaces;
module_param_named(interfaces, nst_interfaces, charp, 0444);
MODULE_PARM_DESC(interfaces, "interfaces to meter, separated by commas (default: all, if there is a host)");

static char *nst_direction;
module_param_named(direction, nst_direction, charp, 0444);
MODULE_PARM_DESC(direction, "inbound (default), outbound or both");

static uint nst_active;
module_param_named(active, nst_active, uint, 0444);
MODULE_PARM_DESC(active, "active timeout, seconds");

static uint nst_inactive;
module_param_named(inactive, nst_inactive, uint, 0444);
MODULE_PARM_DESC(inactive, "inactive timeout, seconds");

static char *nst_sampler;
module_param_named(sampler, nst_sampler, charp, 0444);
MODULE_PARM_DESC(sampler, "fix-packets:N, random-packets:N or fix-time:MS");

#ifdef NST_CLOCK_PARAM
unsigned long nst_clock_ahead;
module_param_named(clock_ahead, nst_clock_ahead, ulong, 0444);
MODULE_PARM_DESC(clock_ahead, "milliseconds that the clock is ahead, for tests");
#endif

static char *nst_record;
module_param_named(record, nst_record, charp, 0444);
MODULE_PARM_DESC(record, "flexible record: fields such as destination-address/48,protocol,packets:64,bytes:64");

/* @word: the wrong word, up to the next comma. */
static int nst_param_refuse(const char *param, const char *word)
{
	pr_err("parameter %s: cannot make sense of '%.*s'\n", param,
	       (int)strcspn(word, ","), word);
	return -EINVAL;
}

/* ---------------------------------------------------------------- addresses */

/**
 * struct nst_endpoint - an address with an optional port
 * @family: AF_INET or AF_INET6
 * @addr: address, network byte order
 * @port: UDP port, host byte order; 0 if none was given
 */
struct nst_endpoint {
	int	family;
	u8	addr[16];
	u16	port;
};

static bool nst_param_port(const char *text, u16 *port)
{
	return !kstrtou16(text, 10, port) && *port;
}

/* "[addr6]:port", "[addr6]", "addr6", "addr4:port" or "addr4"; changes @word. */
static bool nst_param_endpoint(char *word, struct nst_endpoint *ep)
{
	char *colon = strchr(word, ':');
	const char *end;

	ep->port = 0;
	ep->family = AF_INET6;
	if (*word == '[') {
		end = strchr(word, ']');
		if (!end || !in6_pton(word + 1, end - word - 1, ep->addr, -1, NULL))
			return false;
		return !end[1] || (end[1] == ':' &&
				   nst_param_port(end + 2, &ep->port));
	}
	if (in6_pton(word, -1, ep->addr, -1, &end) && !*end)
		return true;
	ep->family = AF_INET;
	if (colon) {
		*colon = 0;
		if (!nst_param_port(colon + 1, &ep->port))
			return false;
	}
	return in4_pton(word, -1, ep->addr, -1, &end) && !*end;
}

/* -------------------------------------------------------------- attributes */

static int nst_param_put_host(struct sk_buff *skb, char *word)
{
	struct nst_endpoint ep;
	struct nlattr *nest;

	if (!nst_param_endpoint(word, &ep) || !ep.port)
		return -EINVAL;
	nest = nla_nest_start(skb, NETSTREAM_A_HOST);
	if (!nest || nla_put_u16(skb, NETSTREAM_HOST_A_PORT, ep.port))
		return -EMSGSIZE;
	if (ep.family == AF_INET ?
	    nla_put(skb, NETSTREAM_HOST_A_ADDR4, 4, ep.addr) :
	    nla_put(skb, NETSTREAM_HOST_A_ADDR6, 16, ep.addr))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int nst_param_put_source(struct sk_buff *skb, char *word)
{
	struct nst_endpoint ep;
	int err;

	if (!nst_param_endpoint(word, &ep))
		return -EINVAL;
	if (ep.family == AF_INET)
		err = nla_put(skb, NETSTREAM_SYSTEM_A_SOURCE4, 4, ep.addr);
	else
		err = nla_put(skb, NETSTREAM_SYSTEM_A_SOURCE6, 16, ep.addr);
	if (err || !ep.port)
		return err;
	return nla_put_u16(skb, ep.family == AF_INET ?
			   NETSTREAM_SYSTEM_A_SOURCE4_PORT :
			   NETSTREAM_SYSTEM_A_SOURCE6_PORT, ep.port);
}

static int nst_param_directions(unsigned int *dirs)
{
	/* with both directions, collectors would count forwarded packets twice */
	*dirs = 1 << NETSTREAM_INBOUND;
	if (!nst_direction || !strcmp(nst_direction, "inbound"))
		return 0;
	if (!strcmp(nst_direction, "both"))
		*dirs = 1 << NETSTREAM_INBOUND | 1 << NETSTREAM_OUTBOUND;
	else if (!strcmp(nst_direction, "outbound"))
		*dirs = 1 << NETSTREAM_OUTBOUND;
	else
		return nst_param_refuse("direction", nst_direction);
	return 0;
}

static int nst_param_put_interface(struct sk_buff *skb, char *word)
{
	struct nlattr *nest;
	unsigned int dirs;
	int err;

	err = nst_param_directions(&dirs);
	if (err)
		return err;
	nest = nla_nest_start(skb, NETSTREAM_A_INTERFACE);
	if (!nest || nla_put_string(skb, NETSTREAM_IF_A_NAME, word) ||
	    (dirs & 1 << NETSTREAM_INBOUND &&
	     nla_put_u8(skb, NETSTREAM_IF_A_INBOUND, 1)) ||
	    (dirs & 1 << NETSTREAM_OUTBOUND &&
	     nla_put_u8(skb, NETSTREAM_IF_A_OUTBOUND, 1)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* A prefix length, or "route-mask"; or the width of a counter. */
static int nst_param_value(u8 type, const char *word, u8 *value)
{
	if (type != NETSTREAM_ITEM_A_PREFIX || strcmp(word, "route-mask"))
		return kstrtou8(word, 10, value);
	*value = NETSTREAM_PREFIX_ROUTE;
	return 0;
}

/* "name", "name/prefix" or "name:width". */
static int nst_param_put_field(struct sk_buff *skb, char *word)
{
	char *mark = strpbrk(word, "/:"), *number = NULL;
	const struct nst_field *field;
	struct nlattr *nest;
	u8 value = 0, type;

	type = mark && *mark == '/' ? NETSTREAM_ITEM_A_PREFIX :
				      NETSTREAM_ITEM_A_WIDTH;
	if (mark) {
		*mark = 0;
		number = mark + 1;
	}
	field = nst_field_find(word);
	if (!field || (number && nst_param_value(type, number, &value)))
		return -EINVAL;
	/* a field that can be matched is matched rather than collected */
	nest = nla_nest_start(skb, field->use & NST_FIELD_MATCH ?
				   NETSTREAM_RECORD_A_MATCH :
				   NETSTREAM_RECORD_A_COLLECT);
	if (!nest ||
	    nla_put_u16(skb, NETSTREAM_ITEM_A_FIELD, field - nst_field) ||
	    (number && nla_put_u8(skb, type, value)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Call @put for each word of a list separated by commas. */
static int nst_param_list(struct sk_buff *skb, const char *param,
			  const char *list,
			  int (*put)(struct sk_buff *skb, char *word))
{
	char *copy, *rest, *word;
	int err = 0;

	copy = kstrdup(list, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	rest = copy;
	while (!err && (word = strsep(&rest, ","))) {
		err = put(skb, strim(word));
		/* @put may have modified the copy, so show the original */
		if (err == -EINVAL)
			nst_param_refuse(param, list + (word - copy));
	}
	kfree(copy);
	return err;
}

static int nst_param_put_record(struct sk_buff *skb)
{
	struct nlattr *nest;
	int err;

	if (!nst_record)
		return 0;
	nest = nla_nest_start(skb, NETSTREAM_A_RECORD);
	if (!nest || nla_put_string(skb, NETSTREAM_RECORD_A_NAME,
				    NST_PARAM_RECORD))
		return -EMSGSIZE;
	err = nst_param_list(skb, "record", nst_record, nst_param_put_field);
	nla_nest_end(skb, nest);
	return err;
}

static int nst_param_sampler_mode(const char *name)
{
	if (!strcmp(name, "fix-packets"))
		return NETSTREAM_SAMPLER_FIX_PACKETS;
	if (!strcmp(name, "random-packets"))
		return NETSTREAM_SAMPLER_RANDOM_PACKETS;
	if (!strcmp(name, "fix-time"))
		return NETSTREAM_SAMPLER_FIX_TIME;
	return 0;
}

static int nst_param_put_sampler(struct sk_buff *skb)
{
	char name[32], *colon;
	struct nlattr *nest;
	unsigned int dir;
	u32 interval;

	if (!nst_sampler)
		return 0;
	strscpy(name, nst_sampler, sizeof(name));
	colon = strchr(name, ':');
	if (!colon || kstrtou32(colon + 1, 10, &interval))
		return nst_param_refuse("sampler", nst_sampler);
	*colon = 0;
	if (!nst_param_sampler_mode(name))
		return nst_param_refuse("sampler", nst_sampler);
	for (dir = 0; dir < 2; dir++) {
		nest = nla_nest_start(skb, NETSTREAM_SYSTEM_A_SAMPLER);
		if (!nest ||
		    nla_put_u8(skb, NETSTREAM_SAMPLER_A_DIRECTION, dir) ||
		    nla_put_u8(skb, NETSTREAM_SAMPLER_A_MODE,
			       nst_param_sampler_mode(name)) ||
		    nla_put_u32(skb, NETSTREAM_SAMPLER_A_INTERVAL, interval))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int nst_param_put_timeouts(struct sk_buff *skb)
{
	if (nst_active &&
	    (nla_put_u32(skb, NETSTREAM_SYSTEM_A_ORIGINAL_ACTIVE, nst_active) ||
	     nla_put_u32(skb, NETSTREAM_SYSTEM_A_FLEX_ACTIVE, nst_active)))
		return -EMSGSIZE;
	if (nst_inactive &&
	    (nla_put_u32(skb, NETSTREAM_SYSTEM_A_ORIGINAL_INACTIVE,
			 nst_inactive) ||
	     nla_put_u32(skb, NETSTREAM_SYSTEM_A_FLEX_INACTIVE, nst_inactive)))
		return -EMSGSIZE;
	return 0;
}

static int nst_param_put_system(struct sk_buff *skb)
{
	struct nlattr *nest = nla_nest_start(skb, NETSTREAM_A_SYSTEM);
	int err;

	if (!nest)
		return -EMSGSIZE;
	if (nst_source) {
		err = nst_param_list(skb, "source", nst_source,
				     nst_param_put_source);
		if (err)
			return err;
	}
	err = nst_param_put_timeouts(skb);
	if (err)
		return err;
	err = nst_param_put_sampler(skb);
	if (err)
		return err;
	if (nst_record && nla_put_string(skb, NETSTREAM_SYSTEM_A_APPLY,
					 NST_PARAM_RECORD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int nst_param_put_all(struct sk_buff *skb)
{
	unsigned int dirs;
	int err;

	err = nst_param_directions(&dirs);
	if (err)
		return err;
	err = nst_param_put_record(skb);
	if (err)
		return err;
	err = nst_param_put_system(skb);
	if (err)
		return err;
	if (nst_host) {
		err = nst_param_list(skb, "host", nst_host, nst_param_put_host);
		if (err)
			return err;
	}
	return nst_param_list(skb, "interfaces", nst_interfaces ?: "all",
			      nst_param_put_interface);
}

static int nst_params_commit(const struct sk_buff *skb)
{
	struct netlink_ext_ack extack = {};
	struct nst_config *cfg;
	int err;

	cfg = nst_config_nl_parse((const struct nlattr *)skb->data, skb->len,
				  &extack);
	err = IS_ERR(cfg) ? PTR_ERR(cfg) :
	      nst_commit(nst_net_of(&init_net), cfg, false, 0, &extack);
	if (err)
		pr_err("parameters refused: %s\n",
		       extack._msg ?: "a value is out of range");
	return err;
}

/* Is any parameter set that needs host or interfaces? */
static bool nst_params_given(void)
{
	return nst_source || nst_direction || nst_active || nst_inactive ||
	       nst_sampler || nst_record;
}

/**
 * nst_params_apply - configure the initial namespace by module parameters
 *
 * Context: module load.
 * Return: 0 or a negative errno, after a message in the log that names the
 *	parameter.
 */
int __init nst_params_apply(void)
{
	struct sk_buff *skb;
	int err;

	if (!nst_host && !nst_interfaces) {
		if (nst_params_given())
			pr_warn("parameters do nothing without host or interfaces\n");
		return 0;
	}
	skb = alloc_skb(NST_PARAM_BYTES, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	err = nst_param_put_all(skb);
	if (err == -EMSGSIZE)
		pr_err("the parameters are too long\n");
	if (err)
		goto free;
	err = nst_params_commit(skb);
free:
	kfree_skb(skb);
	return err;
}
