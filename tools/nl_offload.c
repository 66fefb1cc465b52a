// SPDX-License-Identifier: GPL-2.0
/*
 * What hardware does with packets instead of the kernel: filters of tc and routes that a
 * device has taken over.  Their packets pass no hook.
 */
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>

#include "nl_offload.h"
#include "util.h"

#ifndef RTM_F_OFFLOAD
#define RTM_F_OFFLOAD	0x4000
#endif

static const struct {
	const char	*kind;
	int		flags;	/* the attribute */
} classifiers[] = {
	{ "flower", TCA_FLOWER_FLAGS },
	{ "matchall", TCA_MATCHALL_FLAGS },
	{ "u32", TCA_U32_FLAGS },
	{ "bpf", TCA_BPF_FLAGS_GEN },
};

struct filters {
	const char	*device;
	void		(*each)(const char *device, const char *kind, void *arg);
	void		*arg;
	bool		told[ARRAY_SIZE(classifiers)];
};

static bool in_hardware(struct nlattr *options, int type)
{
	struct nlattr *flags = nla_find(nla_data(options), nla_len(options), type);

	return flags && nla_len(flags) >= (int)sizeof(uint32_t) &&
	       nla_get_u32(flags) & TCA_CLS_FLAGS_IN_HW;
}

static int on_filter(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[TCA_MAX + 1];
	struct filters *f = arg;
	size_t i;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(struct tcmsg), tb, TCA_MAX, NULL) ||
	    !tb[TCA_KIND] || !tb[TCA_OPTIONS])
		return NL_OK;
	for (i = 0; i < ARRAY_SIZE(classifiers); i++) {
		if (f->told[i] || strcmp(nla_get_string(tb[TCA_KIND]), classifiers[i].kind) ||
		    !in_hardware(tb[TCA_OPTIONS], classifiers[i].flags))
			continue;
		f->told[i] = true;
		f->each(f->device, classifiers[i].kind, f->arg);
	}
	return NL_OK;
}

static int on_route(struct nl_msg *msg, void *arg)
{
	const struct rtmsg *r = nlmsg_data(nlmsg_hdr(msg));
	unsigned long *n = arg;

	if (nlmsg_datalen(nlmsg_hdr(msg)) >= (int)sizeof(*r) &&
	    r->rtm_flags & (RTM_F_OFFLOAD | RTNH_F_OFFLOAD))
		++*n;
	return NL_OK;
}

/* What cannot be asked has nothing to say. */
static void dump(int type, void *request, size_t size, nl_recvmsg_msg_cb_t on, void *arg)
{
	struct nl_sock *sock = nl_socket_alloc();

	if (!sock)
		return;
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on, arg);
	if (!nl_connect(sock, NETLINK_ROUTE) &&
	    nl_send_simple(sock, type, NLM_F_DUMP, request, size) >= 0)
		nl_recvmsgs_default(sock);
	nl_socket_free(sock);
}

/**
 * nl_offloaded_filters() - find filters of tc that a device's hardware applies
 * @device: name of the device; filters of packets that arrive on it are looked at
 * @each: called once for each kind of such filters, such as "flower"
 * @arg: passed to @each
 *
 * A filter with skip_sw is in hardware, and one without skip_hw may be.
 */
void nl_offloaded_filters(const char *device,
			  void (*each)(const char *device, const char *kind, void *arg), void *arg)
{
	struct tcmsg request = {
		.tcm_family = AF_UNSPEC,
		.tcm_ifindex = if_nametoindex(device),
		.tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
	};
	struct filters f = { .device = device, .each = each, .arg = arg };

	if (request.tcm_ifindex)
		dump(RTM_GETTFILTER, &request, sizeof(request), on_filter, &f);
}

/**
 * nl_offloaded_routes() - count IPv6 routes by which hardware forwards packets
 *
 * Return: 0 also where routes cannot be listed.
 */
unsigned long nl_offloaded_routes(void)
{
	struct rtmsg request = { .rtm_family = AF_INET6 };
	unsigned long n = 0;

	dump(RTM_GETROUTE, &request, sizeof(request), on_route, &n);
	return n;
}
