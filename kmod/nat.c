// SPDX-License-Identifier: GPL-2.0
/*
 * Network address translation.  The inbound hooks see a packet after its
 * destination was translated, and the answers to translated connections after they
 * were translated back.  The original addresses and ports are in the tuples of the
 * connection.  The outbound hook sees packets after all translation, as they leave.
 */
#include <linux/in.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/notifier.h>
#include <linux/string.h>
#include <net/netfilter/nf_conntrack.h>

#include "compat.h"
#include "flow.h"
#include "nat.h"

#define NST_ICMPV6_INFO	128	/* ICMPv6 types below are errors */

DEFINE_STATIC_KEY_FALSE(nst_nat_key);

/* What a packet has after translation if nothing is translated. */
static void nst_nat_copy(struct nst_fields *fields)
{
	fields->post_src = fields->src;
	fields->post_dst = fields->dst;
	fields->word[NST_WORD(post_sport)] = 0;
	fields->post_sport = fields->sport;
	fields->post_dport = fields->dport;
}

#if IS_ENABLED(CONFIG_NF_NAT)

/*
 * The source of an ICMPv6 error is a router on the path, not an end of the
 * connection.
 */
static bool nst_nat_is_error(const struct nst_fields *fields)
{
	return fields->protocol == IPPROTO_ICMPV6 &&
	       ntohs(fields->dport) >> 8 < NST_ICMPV6_INFO;
}

static bool nst_nat_has_ports(u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
	       protocol == IPPROTO_UDPLITE || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_DCCP;
}

/**
 * nst_nat_restore - set the addresses and ports that an inbound packet arrived with
 * @skb: the packet, at LOCAL_IN or FORWARD
 * @fields: its fields, as dissected; unchanged if its connection is not translated
 *
 * Context: bottom halves off.
 */
void nst_nat_restore(const struct sk_buff *skb, struct nst_fields *fields)
{
	enum ip_conntrack_info info;
	const struct nf_conn *connection = nf_ct_get(skb, &info);
	const struct nf_conntrack_tuple *tuple;

	if (!connection || !(READ_ONCE(connection->status) & IPS_NAT_MASK))
		return;
	tuple = &connection->tuplehash[CTINFO2DIR(info)].tuple;
	if (tuple->src.l3num != NFPROTO_IPV6)
		return;
	fields->dst = tuple->dst.u3.in6;
	if (nst_nat_is_error(fields))
		return;
	fields->src = tuple->src.u3.in6;
	if (!nst_nat_has_ports(fields->protocol))
		return;
	fields->sport = tuple->src.u.all;
	fields->dport = tuple->dst.u.all;
}

/**
 * nst_nat_after - set the addresses and ports that a packet has after translation
 * @skb: the packet
 * @fields: its fields, after nst_nat_restore() if it is inbound; the fields after
 *	translation are set, to the same values if its connection is not translated
 *
 * A connection's answers come from where its packets go to, so the tuple of the other
 * direction has them, reversed.  An ICMPv6 error is taken as not translated.
 *
 * Context: bottom halves off.
 */
void nst_nat_after(const struct sk_buff *skb, struct nst_fields *fields)
{
	enum ip_conntrack_info info;
	const struct nf_conn *connection = nf_ct_get(skb, &info);
	const struct nf_conntrack_tuple *tuple;

	nst_nat_copy(fields);
	if (!connection || !(READ_ONCE(connection->status) & IPS_NAT_MASK) ||
	    nst_nat_is_error(fields))
		return;
	tuple = &connection->tuplehash[!CTINFO2DIR(info)].tuple;
	if (tuple->src.l3num != NFPROTO_IPV6)
		return;
	fields->post_src = tuple->dst.u3.in6;
	fields->post_dst = tuple->src.u3.in6;
	if (!nst_nat_has_ports(fields->protocol))
		return;
	fields->post_sport = tuple->dst.u.all;
	fields->post_dport = tuple->src.u.all;
}

static int nst_nat_event(struct notifier_block *block, unsigned long event,
			 void *data)
{
	const struct module *module = data;

	if (event == MODULE_STATE_LIVE && !strcmp(module->name, "nf_nat"))
		static_branch_enable(&nst_nat_key);
	return NOTIFY_DONE;
}

static struct notifier_block nst_nat_block = { .notifier_call = nst_nat_event };

/**
 * nst_nat_init - enable nst_nat_used() when NAT is loaded, now or later
 *
 * Context: module load.
 * Return: 0 or a negative errno.
 */
int nst_nat_init(void)
{
	int err = register_module_notifier(&nst_nat_block);

	if (err)
		return err;
	if (rcu_access_pointer(nf_nat_hook))
		static_branch_enable(&nst_nat_key);
	return 0;
}

/**
 * nst_nat_exit - undo nst_nat_init()
 *
 * Context: module unload.
 */
void nst_nat_exit(void)
{
	unregister_module_notifier(&nst_nat_block);
}

#else

void nst_nat_restore(const struct sk_buff *skb, struct nst_fields *fields) {}

void nst_nat_after(const struct sk_buff *skb, struct nst_fields *fields)
{
	nst_nat_copy(fields);
}

int nst_nat_init(void) { return 0; }
void nst_nat_exit(void) {}

#endif
