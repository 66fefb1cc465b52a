/* SPDX-License-Identifier: GPL-2.0 */
/* TCP sockets of the follower.  All addresses are IPv6; IPv4 ones are v4-mapped. */
#ifndef NS_NET_H
#define NS_NET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define NET_KEY_MAX	80	/* what the kernel takes */

/* How TCP segments are signed. */
enum net_signing {
	NET_UNSIGNED,
	NET_MD5,	/* RFC 2385 */
	NET_AO,		/* RFC 5925 */
};

/**
 * struct net_key - what TCP segments are signed with
 * @how: how
 * @id: KeyID of TCP-AO, the same in both directions
 * @algorithm: of TCP-AO, as the kernel calls it
 * @text: the key
 */
struct net_key {
	enum net_signing	how;
	uint8_t			id;
	const char		*algorithm;
	char			text[NET_KEY_MAX + 1];
};

#define NET_ADDRESS_MAX	(INET6_ADDRSTRLEN + 1)

int net_listen(const struct in6_addr *address, unsigned int port, const char *vrf);
int net_connect(const struct in6_addr *from, const struct in6_addr *address, unsigned int port,
		const char *vrf, const struct net_key *key);
int net_accept(int fd, struct in6_addr *from);
int net_set_key(int fd, const struct in6_addr *address, const char *vrf, const struct net_key *key);
const char *net_lacks(const struct in6_addr *address, const struct net_key *key);
int net_error(int fd);
void net_local(int fd, struct in6_addr *address);
const char *net_text(const struct in6_addr *address, char *text);
int net_parse(const char *text, struct in6_addr *address);

#endif
