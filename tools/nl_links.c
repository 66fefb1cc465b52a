// SPDX-License-Identifier: GPL-2.0
/*
 * Interfaces of the network namespace. sysfs does not help: it shows the namespace
 * in which it was mounted.
 */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>

#include "nl_links.h"

struct links {
	void	(*each)(const char *name, const char *kind, void *arg);
	void	*arg;
};

static int on_link(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1] = { 0 };
	const struct links *l = arg;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(struct ifinfomsg), tb, IFLA_MAX, NULL) ||
	    !tb[IFLA_IFNAME])
		return NL_OK;
	if (tb[IFLA_LINKINFO])
		nla_parse_nested(info, IFLA_INFO_MAX, tb[IFLA_LINKINFO], NULL);
	l->each(nla_get_string(tb[IFLA_IFNAME]),
		info[IFLA_INFO_KIND] ? nla_get_string(info[IFLA_INFO_KIND]) : "", l->arg);
	return NL_OK;
}

/**
 * nl_links() - list the interfaces of the network namespace
 * @each: called for each, with its name and kind, such as "vrf"; empty for hardware
 * @arg: passed to @each
 *
 * If a request fails, the list is incomplete.
 */
void nl_links(void (*each)(const char *name, const char *kind, void *arg), void *arg)
{
	struct ifinfomsg request = { .ifi_family = AF_UNSPEC };
	struct links l = { each, arg };
	struct nl_sock *sock = nl_socket_alloc();

	if (!sock)
		return;
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_link, &l);
	if (!nl_connect(sock, NETLINK_ROUTE) &&
	    nl_send_simple(sock, RTM_GETLINK, NLM_F_DUMP, &request, sizeof(request)) >= 0)
		nl_recvmsgs_default(sock);
	nl_socket_free(sock);
}
