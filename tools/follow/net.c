// SPDX-License-Identifier: GPL-2.0
/* TCP sockets of the follower; see net.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"

#define BACKLOG	16

/* linux/tcp.h has this from 6.7 on, but cannot be included beside netinet/tcp.h. */
#ifndef TCP_AO_ADD_KEY
#define TCP_AO_ADD_KEY	38
#endif
#define AO_KEY_IFINDEX	1

/**
 * struct ao_key - struct tcp_ao_add of the kernel
 * @address: of the other side
 * @algorithm: such as "hmac(sha1)"
 * @ifindex: VRF device, with AO_KEY_IFINDEX
 * @current: whether the key is used at once: decided by the handshake
 * @reserved: 0
 * @prefix: bits of @address that count
 * @send_id: KeyID of what is sent
 * @receive_id: KeyID of what is received
 * @mac_length: bytes of the signature; 0: 12, as RFC 5926 says
 * @flags: AO_KEY_IFINDEX
 * @key_length: bytes of @key
 * @key: the key
 */
struct ao_key {
	struct sockaddr_storage	address;
	char			algorithm[64];
	int32_t			ifindex;
	uint32_t		current;
	uint16_t		reserved;
	uint8_t			prefix;
	uint8_t			send_id;
	uint8_t			receive_id;
	uint8_t			mac_length;
	uint8_t			flags;
	uint8_t			key_length;
	uint8_t			key[NET_KEY_MAX];
} __attribute__((aligned(8)));

static int new_socket(const char *vrf)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int off = 0, dscp = 0xc0;	/* CS6, as routers send BGP */

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	setsockopt(fd, SOL_IPV6, IPV6_TCLASS, &dscp, sizeof(dscp));
	if (*vrf && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, vrf, strlen(vrf))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int close_failed(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
	return -1;
}

/**
 * net_listen() - listen for connections
 * @address: local address; :: for all, of both families
 * @port: local port
 * @vrf: name of the VRF, or empty
 *
 * Return: a descriptor, or -1 with errno set.
 */
int net_listen(const struct in6_addr *address, unsigned int port, const char *vrf)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_addr = *address,
				  .sin6_port = htons(port) };
	int fd = new_socket(vrf), on = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, BACKLOG))
		return close_failed(fd);
	return fd;
}

static int set_md5(int fd, const struct sockaddr_in6 *a, const struct net_key *key)
{
	struct tcp_md5sig sig = { .tcpm_keylen = strlen(key->text) };

	memcpy(&sig.tcpm_addr, a, sizeof(*a));
	memcpy(sig.tcpm_key, key->text, sig.tcpm_keylen);
	return setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &sig, sizeof(sig));
}

/* An IPv4 address is one of IPv4 to the kernel here, of which 32 bits count. */
static int set_ao(int fd, const struct sockaddr_in6 *a, const char *vrf, const struct net_key *key)
{
	struct ao_key new = {
		.prefix = IN6_IS_ADDR_V4MAPPED(&a->sin6_addr) ? 32 : 128,
		.send_id = key->id, .receive_id = key->id,
		.key_length = strlen(key->text),
	};

	memcpy(&new.address, a, sizeof(*a));
	snprintf(new.algorithm, sizeof(new.algorithm), "%s", key->algorithm);
	memcpy(new.key, key->text, new.key_length);
	if (*vrf) {
		new.ifindex = if_nametoindex(vrf);
		new.flags = AO_KEY_IFINDEX;
		if (!new.ifindex)
			return -1;
	}
	return setsockopt(fd, IPPROTO_TCP, TCP_AO_ADD_KEY, &new, sizeof(new));
}

/**
 * net_set_key() - sign segments
 * @fd: the socket; one that listens can have several keys
 * @address: of the other side
 * @vrf: VRF of the socket, or empty
 * @key: the key; none if it says so
 *
 * Return: 0, or -1 with errno set: ENOPROTOOPT if the kernel cannot sign so.
 */
int net_set_key(int fd, const struct in6_addr *address, const char *vrf, const struct net_key *key)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_addr = *address };

	if (key->how == NET_MD5)
		return set_md5(fd, &a, key);
	return key->how == NET_AO ? set_ao(fd, &a, vrf, key) : 0;
}

/**
 * net_lacks() - what this kernel lacks to sign segments
 * @address: of the other side
 * @key: what to sign with
 *
 * Return: NULL if it lacks nothing, or no socket can be had to find out.
 */
const char *net_lacks(const struct in6_addr *address, const struct net_key *key)
{
	int fd = key->how ? new_socket("") : -1;
	bool cannot = fd >= 0 && net_set_key(fd, address, "", key) && errno == ENOPROTOOPT;

	if (fd >= 0)
		close(fd);
	if (!cannot)
		return NULL;
	return key->how == NET_MD5 ? "TCP MD5 (CONFIG_TCP_MD5SIG)" :
	       "TCP-AO (Linux 6.7 with CONFIG_TCP_AO)";
}

static int bind_to(int fd, const struct in6_addr *from)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_addr = *from };

	return bind(fd, (struct sockaddr *)&a, sizeof(a));
}

/**
 * net_connect() - begin to connect
 * @from: local address; :: for any
 * @address: of the other side
 * @port: its port
 * @vrf: name of the VRF, or empty
 * @key: what to sign with
 *
 * Return: a descriptor, which is writable when the attempt has ended, or -1 with errno set.
 */
int net_connect(const struct in6_addr *from, const struct in6_addr *address, unsigned int port,
		const char *vrf, const struct net_key *key)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_addr = *address,
				  .sin6_port = htons(port) };
	int fd = new_socket(vrf);

	if (fd < 0)
		return -1;
	if (!IN6_IS_ADDR_UNSPECIFIED(from) && bind_to(fd, from))
		return close_failed(fd);
	if (net_set_key(fd, address, vrf, key))
		return close_failed(fd);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) && errno != EINPROGRESS)
		return close_failed(fd);
	return fd;
}

/**
 * net_accept() - accept a connection
 * @fd: the listening socket
 * @from: set to the address of the other side
 *
 * Return: a descriptor, or -1 with errno set.
 */
int net_accept(int fd, struct in6_addr *from)
{
	struct sockaddr_in6 a;
	socklen_t len = sizeof(a);
	int on = 1, conn = accept4(fd, (struct sockaddr *)&a, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (conn < 0)
		return -1;
	/* the other side may never send anything: notice when it is gone */
	setsockopt(conn, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	*from = a.sin6_addr;
	return conn;
}

/* How an attempt to connect has ended: 0 or an errno. */
int net_error(int fd)
{
	socklen_t len = sizeof(int);
	int error = 0;

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return error;
}

/* The address of this side of a connection. */
void net_local(int fd, struct in6_addr *address)
{
	struct sockaddr_in6 a = { 0 };
	socklen_t len = sizeof(a);

	getsockname(fd, (struct sockaddr *)&a, &len);
	*address = a.sin6_addr;
}

/* An address as text in @text, which has room for NET_ADDRESS_MAX characters. */
const char *net_text(const struct in6_addr *address, char *text)
{
	if (IN6_IS_ADDR_V4MAPPED(address))
		return inet_ntop(AF_INET, address->s6_addr + 12, text, NET_ADDRESS_MAX);
	return inet_ntop(AF_INET6, address, text, NET_ADDRESS_MAX);
}

/* An address from text of either family; 0, or -1 if it is none. */
int net_parse(const char *text, struct in6_addr *address)
{
	struct in_addr v4;

	if (inet_pton(AF_INET6, text, address) == 1)
		return 0;
	if (inet_pton(AF_INET, text, &v4) != 1)
		return -1;
	memset(address, 0, sizeof(*address));
	memset(address->s6_addr + 10, 0xff, 2);
	memcpy(address->s6_addr + 12, &v4, sizeof(v4));
	return 0;
}
