// SPDX-License-Identifier: GPL-2.0
/* The types of arguments that more than one statement has. */
#include <arpa/inet.h>
#include <linux/netstream.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "arg.h"
#include "field.h"
#include "protocol.h"
#include "util.h"

#define PREFIX_WHAT "an IPv6 address or prefix"
#define NAME_WHAT "an interface name (1-15 characters)"

static const struct arg_type types[] = {
	{ "address4", "A.B.C.D", "an IPv4 address", ARG_ADDRESS4 },
	{ "address6", "X:X::X:X", "an IPv6 address", ARG_ADDRESS6 },
	{ "source4", "A.B.C.D", "an IPv4 address", ARG_ADDRESS4 },
	{ "source6", "X:X::X:X", "an IPv6 address", ARG_ADDRESS6 },
	{ "port", "PORT", "a UDP port (1-65535)", ARG_NUMBER, 1, 65535 },
	{ "vrf", "VRF", "the name of a VRF (1-15 characters)", ARG_INTERFACE, 1, 15,
	  VALUES_VRFS },
	{ "dscp-value", "DSCP", "a DSCP (0-63)", ARG_NUMBER, 0, 63 },
	{ "slot-id", "SLOT", "a slot number (0-255)", ARG_NUMBER, 0, NETSTREAM_SLOT_MAX,
	  VALUES_SLOTS },
	{ "interface", "INTERFACE", NAME_WHAT, ARG_INTERFACE, 1, 15, VALUES_INTERFACES },
	{ "view", "INTERFACE", "an interface name (1-15 characters) or all",
	  ARG_INTERFACE, 1, 15, VALUES_VIEWS },
	{ "record-name", "RECORD", "a record name (1-32 characters)", ARG_RECORD, 1,
	  NETSTREAM_RECORD_NAME_MAX, VALUES_RECORDS },
	{ "monitor-name", "MONITOR", "a monitor name (1-32 characters)", ARG_RECORD, 1,
	  NETSTREAM_MONITOR_NAME_MAX, VALUES_MONITORS },
	{ "text", "TEXT", "a text (1-80 characters)", ARG_TEXT, 1, NETSTREAM_DESCRIPTION_MAX },
	{ "source-prefix", "X:X::X:X[/LENGTH]", PREFIX_WHAT, ARG_PREFIX6 },
	{ "destination-prefix", "X:X::X:X[/LENGTH]", PREFIX_WHAT, ARG_PREFIX6 },
	{ "either-prefix", "X:X::X:X[/LENGTH]", PREFIX_WHAT, ARG_PREFIX6 },
	{ "source-port", "PORT", "a port (0-65535)", ARG_NUMBER, 0, 65535 },
	{ "destination-port", "PORT", "a port (0-65535)", ARG_NUMBER, 0, 65535 },
	{ "either-port", "PORT", "a port (0-65535)", ARG_NUMBER, 0, 65535 },
	{ "protocol", "PROTOCOL", "a protocol (0-255, tcp, udp, icmpv6, ...)", ARG_PROTOCOL },
	{ "source-interface", "INTERFACE", NAME_WHAT, ARG_INTERFACE, 1, 15, VALUES_INTERFACES },
	{ "destination-interface", "INTERFACE", NAME_WHAT, ARG_INTERFACE, 1, 15,
	  VALUES_INTERFACES },
	{ "as", "AS", "an AS number (0-4294967295)", ARG_NUMBER, 0, 4294967295u },
	{ "key", "KEY", "bytes, packets, flows, first, last, duration or a field",
	  ARG_KEY, .values = VALUES_KEYS },
	{ "fields", "FIELD[,FIELD]...", "fields with commas between them, each once, or flow",
	  ARG_FIELDS, .values = VALUES_FIELDS },
	{ "confirm-minutes", "MINUTES", "a number of minutes (1-1440)", ARG_NUMBER, 1,
	  NETSTREAM_CONFIRM_MAX / 60 },
	{ "commit-number", "COMMIT", "a number of commits to go back (0-49)", ARG_NUMBER, 0, 49 },
	{ "label-text", "TEXT", "a text (1-80 characters)", ARG_TEXT, 1, 80 },
	{ "load-file", "FILE", "the name of a file", ARG_WORD, 1, 4095 },
	{ "refresh-seconds", "SECONDS", "a number of seconds (1-3600)", ARG_NUMBER, 1, 3600 },
	{ "file", "FILE", "the name of a file", ARG_TEXT, 1, 4095 },
	{ "regex", "REGEX", "an extended regular expression, up to the end of the line",
	  ARG_TEXT, 1, 4096 },
	{ "remote", "AS", "an AS number (1-4294967295)", ARG_NUMBER, 1, 4294967295u },
	{ "local", "AS", "an AS number (1-4294967295)", ARG_NUMBER, 1, 4294967295u },
	{ "tcp-port", "PORT", "a TCP port (1-65535)", ARG_NUMBER, 1, 65535 },
	{ "secret", "PASSWORD", "a password (1-80 characters without a space)", ARG_RECORD, 1, 80 },
	{ "key-id", "KEY-ID", "a KeyID (0-255)", ARG_NUMBER, 0, 255 },
	{ "ao-secret", "KEY", "a key (1-80 characters without a space)", ARG_RECORD, 1, 80 },
	{ "preference-value", "PREFERENCE", "a preference (0-4294967295)", ARG_NUMBER, 0,
	  4294967295u },
	{ "hold", "SECONDS", "seconds (0, or 3-65535)", ARG_NUMBER, 0, 65535 },
	{ "interval", "PACKETS", "packets (1-65535)", ARG_NUMBER, 1, 65535 },
	{ "milliseconds", "MILLISECONDS", "milliseconds (1-30000)", ARG_NUMBER, 1, 30000 },
	{ "prefix", "LENGTH", "a prefix length (1-128)", ARG_NUMBER, 1, 128 },
	{ "route-prefix", "X:X::X:X[/LENGTH]", PREFIX_WHAT, ARG_PREFIX6 },
	{ "route-file", "FILE", "the name of a file, or - for standard input", ARG_WORD, 1, 4096 },
	{ "most", "FLOWS", "a number of flows (1-4294967295)", ARG_NUMBER, 1, 4294967295u },
};

/**
 * arg_type() - find a type by its name
 * @name: the name; @len bytes of it count
 * @len: length of @name
 *
 * Return: NULL if no type has that name.
 */
const struct arg_type *arg_type(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!strncmp(types[i].name, name, len) && !types[i].name[len])
			return &types[i];
	return NULL;
}

static bool number_fits(const struct arg_type *t, const char *word)
{
	unsigned long long n;

	if (!*word || strlen(word) > 10 || word[strspn(word, "0123456789")])
		return false;
	n = strtoull(word, NULL, 10);
	return n >= t->min && n <= t->max;
}

/* The kernel's rule: dev_valid_name(). */
static bool interface_fits(const struct arg_type *t, const char *word)
{
	size_t len = strlen(word);

	if (len < t->min || len > t->max || strpbrk(word, "/:"))
		return false;
	return strcmp(word, ".") && strcmp(word, "..");
}

static bool record_fits(const struct arg_type *t, const char *word)
{
	size_t len = strlen(word);
	const char *p;

	for (p = word; *p; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	return len >= t->min && len <= t->max;
}

/**
 * arg_prefix6() - read an IPv6 address or prefix
 * @word: the word
 * @address: filled in
 * @length: filled in: 128 if there is only an address
 *
 * Return: 0, or -1 if the word is neither.
 */
int arg_prefix6(const char *word, struct in6_addr *address, unsigned int *length)
{
	static const struct arg_type length_type = { .min = 0, .max = 128 };
	size_t len = strcspn(word, "/");
	char text[INET6_ADDRSTRLEN];

	if (len >= sizeof(text))
		return -1;
	memcpy(text, word, len);
	text[len] = '\0';
	*length = 128;
	if (word[len]) {
		if (!number_fits(&length_type, word + len + 1))
			return -1;
		*length = atoi(word + len + 1);
	}
	return inet_pton(AF_INET6, text, address) == 1 ? 0 : -1;
}

/**
 * arg_fits() - whether a word can be an argument of a type
 * @t: the type
 * @word: the word
 *
 * A text goes on beyond this word: the statement that takes it checks its length.
 */
bool arg_fits(const struct arg_type *t, const char *word)
{
	struct in6_addr buffer;
	unsigned int length;

	switch (t->kind) {
	case ARG_NUMBER:
		return number_fits(t, word);
	case ARG_ADDRESS4:
		return inet_pton(AF_INET, word, &buffer) == 1;
	case ARG_ADDRESS6:
		return inet_pton(AF_INET6, word, &buffer) == 1;
	case ARG_INTERFACE:
		return interface_fits(t, word);
	case ARG_RECORD:
		return record_fits(t, word);
	case ARG_WORD:
		return strlen(word) >= t->min && strlen(word) <= t->max;
	case ARG_TEXT:
		return true;
	case ARG_PREFIX6:
		return !arg_prefix6(word, &buffer, &length);
	case ARG_PROTOCOL:
		return protocol_number(word) >= 0;
	case ARG_KEY:
		return field_total(word) != TOTAL_NONE || field_of_key(word);
	case ARG_FIELDS:
		return !strcmp(word, "flow") || field_list(word, NULL);
	}
	return false;
}
