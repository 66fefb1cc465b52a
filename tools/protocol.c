// SPDX-License-Identifier: GPL-2.0
/* Common names of protocols: /etc/protocols says "ipv6-icmp", and may be missing. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "protocol.h"
#include "util.h"

static const struct {
	const char	*name;
	unsigned int	number;
} protocols[] = {
	{ "tcp", IPPROTO_TCP },
	{ "udp", IPPROTO_UDP },
	{ "icmpv6", IPPROTO_ICMPV6 },
	{ "sctp", IPPROTO_SCTP },
	{ "dccp", IPPROTO_DCCP },
	{ "udplite", IPPROTO_UDPLITE },
	{ "esp", IPPROTO_ESP },
	{ "ah", IPPROTO_AH },
	{ "gre", IPPROTO_GRE },
	{ "ipip", IPPROTO_IPIP },
	{ "ipv6", IPPROTO_IPV6 },
	{ "none", IPPROTO_NONE },
	{ "ospf", 89 },
	{ "vrrp", 112 },
	{ "pim", IPPROTO_PIM },
};

/**
 * protocol_name() - the name of a protocol
 * @protocol: its number
 *
 * Return: NULL if it has no common name.
 */
const char *protocol_name(unsigned int protocol)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocols[i].number == protocol)
			return protocols[i].name;
	return NULL;
}

/**
 * protocol_number() - the number of a protocol
 * @word: its name in upper or lower case, or its number
 *
 * Return: -1 if it is neither.
 */
int protocol_number(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(protocols); i++)
		if (!strcasecmp(protocols[i].name, word))
			return protocols[i].number;
	if (!*word || strlen(word) > 3 || word[strspn(word, "0123456789")] || atoi(word) > 255)
		return -1;
	return atoi(word);
}
