/* SPDX-License-Identifier: GPL-2.0 */
/* TCP sockets of the follower.  All addresses are IPv6; IPv4 ones are v4-mapped. */
#ifndef NS_NET_H
#define NS_NET_H

#include <netinet/in.h>

#define NET_ADDRESS_MAX	(INET6_ADDRSTRLEN + 1)

int net_listen(const struct in6_addr *address, unsigned int port, const char *vrf);
int net_connect(const struct in6_addr *from, const struct in6_addr *address, unsigned int port,
		const char *vrf, const char *password);
int net_accept(int fd, struct in6_addr *from);
int net_set_password(int fd, const struct in6_addr *address, const char *password);
int net_error(int fd);
void net_local(int fd, struct in6_addr *address);
const char *net_text(const struct in6_addr *address, char *text);
int net_parse(const char *text, struct in6_addr *address);

#endif
