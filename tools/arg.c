// SPDX-License-Identifier: GPL-2.0
/* The types of arguments, and a few words of help on every keyword. */
#include <arpa/inet.h>
#include <linux/netstream.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "arg.h"
#include "util.h"

#define NAME_WHAT "an interface name (1-15 characters)"

static const struct arg_type types[] = {
	{ "address4", "A.B.C.D", "an IPv4 address", ARG_ADDRESS4 },
	{ "address6", "X:X::X:X", "an IPv6 address", ARG_ADDRESS6 },
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
	{ "text", "TEXT", "a text (1-80 characters)", ARG_TEXT, 1, NETSTREAM_DESCRIPTION_MAX },
	{ "template-minutes", "MINUTES", "minutes (1-3600)", ARG_NUMBER, 1, 3600 },
	{ "packets", "PACKETS", "packets (0-65535, 0 for never)", ARG_NUMBER, 0, 65535 },
	{ "minutes", "MINUTES", "minutes (1-60)", ARG_NUMBER, 1, 60 },
	{ "seconds", "SECONDS", "seconds (1-3600)", ARG_NUMBER, 1, 3600 },
	{ "flows", "FLOWS", "flows (16-67108864)", ARG_NUMBER, NETSTREAM_FLOWS_MIN,
	  NETSTREAM_FLOWS_MAX },
	{ "interval", "PACKETS", "packets (1-65535)", ARG_NUMBER, 1, 65535 },
	{ "milliseconds", "MILLISECONDS", "milliseconds (1-30000)", ARG_NUMBER, 1, 30000 },
	{ "prefix", "LENGTH", "a prefix length (1-128)", ARG_NUMBER, 1, 128 },
	{ "most", "FLOWS", "a number of flows (1-4294967295)", ARG_NUMBER, 1, 4294967295u },
};

static const struct {
	const char *word;
	const char *help;
} helps[] = {
	{ "16", "16-bit counter" },
	{ "32", "32-bit counter" },
	{ "64", "64-bit counter" },
	{ "9", "NetFlow version 9" },
	{ "--json", "JSON instead of text" },
	{ "active", "Flows that go on" },
	{ "address", "IPv6 address" },
	{ "aggregation", "Flexible flows" },
	{ "apply", "Meter a record" },
	{ "as", "Number of the autonomous system" },
	{ "bgp", "BGP next hop instead of the next hop" },
	{ "bgp-nexthop", "Report BGP next hops" },
	{ "bytes", "Bytes from the IPv6 header on" },
	{ "cache", "Flows being metered" },
	{ "candidate", "What commit would make the running configuration" },
	{ "check", "Only validate" },
	{ "collect", "Report a field" },
	{ "commit", "Make the candidate the running configuration" },
	{ "compare", "What commit would change" },
	{ "configuration", "Statements in effect" },
	{ "description", "Text that describes the record" },
	{ "destination", "Where packets go to" },
	{ "direction", "Inbound or outbound" },
	{ "discard", "Give up the candidate and take the running configuration" },
	{ "dscp", "DSCP of export packets" },
	{ "entries", "Bound on flows in the cache" },
	{ "export", "What leaves for collectors" },
	{ "first", "First packet of the flow" },
	{ "fix-packets", "The first of each so many packets" },
	{ "fix-time", "The first packet in each interval" },
	{ "flow", "Count data records" },
	{ "flow-end-reason", "Why the flow ended" },
	{ "flow-label", "IPv6 flow label" },
	{ "force", "Even if the running configuration has changed meanwhile" },
	{ "host", "Collector" },
	{ "hosts", "Collectors and what they were sent" },
	{ "inactive", "Flows that have stopped" },
	{ "inbound", "Packets that arrive" },
	{ "input", "Where packets arrive" },
	{ "interface", "Interface" },
	{ "interfaces", "Interfaces being metered" },
	{ "interval-second", "In seconds instead of minutes" },
	{ "ip", "IPv4 and IPv6 statements" },
	{ "ipfix", "IPFIX" },
	{ "ipv6", "IPv6" },
	{ "last", "Last packet of the flow" },
	{ "limit", "Only those with most bytes" },
	{ "management-interface", "Interface that export packets never leave through" },
	{ "mask", "Prefix length of the route" },
	{ "match", "Make a field part of the key" },
	{ "netstream", "Metering and export of flows" },
	{ "next-hop", "Next hop of the route" },
	{ "origin-as", "Report the AS that originates the prefix" },
	{ "outbound", "Packets that leave" },
	{ "output", "Where packets leave" },
	{ "packets", "Packets" },
	{ "peer-as", "Report the neighbouring AS" },
	{ "port", "Port" },
	{ "protocol", "Protocol after the extension headers" },
	{ "quit", "Leave this view" },
	{ "random-packets", "A random one of each so many packets" },
	{ "record", "Definition of flexible flows" },
	{ "records", "Records and their flows" },
	{ "refresh", "Send again now" },
	{ "refresh-rate", "Packets after which templates are sent again" },
	{ "reset", "End flows or clear counters" },
	{ "return", "Return to the user view" },
	{ "running", "What is in effect" },
	{ "sampler", "Look at some packets only" },
	{ "sequence-mode", "What the sequence number counts" },
	{ "show", "Show" },
	{ "slot", "Group of interfaces with an export stream of its own" },
	{ "source", "Where packets come from" },
	{ "statistics", "What became of the packets" },
	{ "switched", "Time of that packet" },
	{ "system-view", "Enter the system view" },
	{ "tcp-flag", "TCP flags" },
	{ "template", "Templates" },
	{ "templates", "Templates as they are being sent" },
	{ "this", "Statements of this view" },
	{ "timeout", "When flows are ended" },
	{ "timeout-rate", "Minutes after which templates are sent again" },
	{ "tos", "Traffic class" },
	{ "undo", "Reverse a statement" },
	{ "version", "Format of export packets" },
	{ "vlan", "VLAN tag" },
	{ "vpn-instance", "VRF through which the collector is reached" },
};

/**
 * arg_type() - the type of an argument
 * @name: its name, not terminated
 * @len: length of @name
 *
 * Return: NULL if there is none of that name.
 */
const struct arg_type *arg_type(const char *name, int len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!strncmp(types[i].name, name, len) && !types[i].name[len])
			return &types[i];
	return NULL;
}

/**
 * word_help() - a few words on a keyword
 * @word: the keyword
 *
 * Return: an empty text if there are none.
 */
const char *word_help(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(helps); i++)
		if (!strcmp(helps[i].word, word))
			return helps[i].help;
	return "";
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
 * arg_fits() - whether a word can be an argument
 * @t: type of the argument
 * @word: the word
 *
 * Return: whether it can.  A text is not only this word, so its length is
 * left to whoever takes it.
 */
bool arg_fits(const struct arg_type *t, const char *word)
{
	struct in6_addr buffer;

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
	case ARG_TEXT:
		return true;
	}
	return false;
}
