// SPDX-License-Identifier: GPL-2.0
/* The table of fields; see field.h. */
#include <linux/netstream.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "util.h"

#define MATCH	FIELD_MATCH
#define COLLECT	FIELD_COLLECT
#define BOTH	(FIELD_MATCH | FIELD_COLLECT)

static const struct field fields[NETSTREAM_FIELD_MAX + 1] = {
	[NETSTREAM_FIELD_SRC_ADDR] = {
		"source address", "Source address", MATCH | FIELD_PREFIX,
		"source_address", .format = FORMAT_ENDPOINT_ADDRESS },
	[NETSTREAM_FIELD_DST_ADDR] = {
		"destination address", "Destination address", MATCH | FIELD_PREFIX,
		"destination_address", .format = FORMAT_ENDPOINT_ADDRESS },
	[NETSTREAM_FIELD_SRC_PORT] = {
		"source port", "Source port; 0 for ICMPv6", MATCH,
		"source_port", .format = FORMAT_ENDPOINT_PORT },
	[NETSTREAM_FIELD_DST_PORT] = {
		"destination port", "Destination port; type * 256 + code for ICMPv6", MATCH,
		"destination_port", .format = FORMAT_ENDPOINT_PORT },
	[NETSTREAM_FIELD_SRC_AS] = {
		"source as", "AS number of the source", MATCH,
		"source_as", "SrcAS", FORMAT_NUMBER },
	[NETSTREAM_FIELD_DST_AS] = {
		"destination as", "AS number of the destination", MATCH,
		"destination_as", "DstAS", FORMAT_NUMBER },
	[NETSTREAM_FIELD_SRC_MASK] = {
		"source mask", "Prefix length of the route to the source", BOTH,
		"source_mask", "Smask", FORMAT_NUMBER },
	[NETSTREAM_FIELD_DST_MASK] = {
		"destination mask", "Prefix length of the route to the destination", BOTH,
		"destination_mask", "Dmask", FORMAT_NUMBER },
	[NETSTREAM_FIELD_SRC_VLAN] = {
		"source vlan", "VLAN tag on arrival, 0 for none", BOTH,
		"source_vlan", "Svlan", FORMAT_NUMBER },
	[NETSTREAM_FIELD_DST_VLAN] = {
		"destination vlan", "VLAN tag on leaving, 0 for none", BOTH,
		"destination_vlan", "Dvlan", FORMAT_NUMBER },
	[NETSTREAM_FIELD_PROTOCOL] = {
		"protocol", "Protocol after the extension headers", MATCH,
		"protocol", "Proto", FORMAT_PROTOCOL },
	[NETSTREAM_FIELD_TOS] = {
		"tos", "Traffic class, all eight bits", MATCH,
		"tos", "TOS", FORMAT_NUMBER },
	[NETSTREAM_FIELD_FLOW_LABEL] = {
		"flow-label", "IPv6 flow label", BOTH,
		"flow_label", "Label", FORMAT_NUMBER },
	[NETSTREAM_FIELD_DIRECTION] = {
		"direction", "Inbound or outbound", BOTH,
		"direction", "Direction", FORMAT_DIRECTION },
	[NETSTREAM_FIELD_TCP_FLAG] = {
		"tcp-flag", "TCP flags: of each packet if matched, of all packets if collected", BOTH,
		"tcp_flags", "Flags", FORMAT_TCP_FLAGS },
	[NETSTREAM_FIELD_INPUT_IF] = {
		"input interface", "Interface of arrival", BOTH,
		"input_interface", "Input", FORMAT_INTERFACE },
	[NETSTREAM_FIELD_OUTPUT_IF] = {
		"output interface", "Interface of leaving", BOTH,
		"output_interface", "Output", FORMAT_INTERFACE },
	[NETSTREAM_FIELD_NEXT_HOP] = {
		"next-hop", "Next hop of the route", BOTH,
		"next_hop", "Next hop", FORMAT_ADDRESS },
	[NETSTREAM_FIELD_BGP_NEXT_HOP] = {
		"next-hop bgp", "BGP next hop of the route", BOTH,
		"bgp_next_hop", "BGP next hop", FORMAT_ADDRESS },
	[NETSTREAM_FIELD_PACKETS] = {
		"input packets", "Packets", COLLECT | FIELD_WIDTH, .format = FORMAT_TOTAL },
	[NETSTREAM_FIELD_BYTES] = {
		"input bytes", "Bytes from the IPv6 header on", COLLECT | FIELD_WIDTH,
		.format = FORMAT_TOTAL },
	[NETSTREAM_FIELD_FIRST] = {
		"first switched", "Time of the first packet", COLLECT, .format = FORMAT_TOTAL },
	[NETSTREAM_FIELD_LAST] = {
		"last switched", "Time of the last packet", COLLECT, .format = FORMAT_TOTAL },
	[NETSTREAM_FIELD_END_REASON] = {
		"flow-end-reason", "Why the flow ended", COLLECT, .format = FORMAT_TOTAL },
	[NETSTREAM_FIELD_IP_VERSION] = {
		"ip-version", "IP version: 6", COLLECT, .format = FORMAT_TOTAL },
	[NETSTREAM_FIELD_ICMP] = {
		"icmp type-code", "ICMPv6 type * 256 + code; 0 for other protocols", BOTH,
		"icmp_type_code", "ICMP", FORMAT_NUMBER },
	[NETSTREAM_FIELD_SAMPLER] = {
		"sampler", "Number of the sampler, as in option records", BOTH,
		"sampler", "Sampler", FORMAT_NUMBER },
	[NETSTREAM_FIELD_NEXT_HEADER] = {
		"next-header", "First header after the IPv6 header", BOTH,
		"next_header", "NextHdr", FORMAT_NUMBER },
	[NETSTREAM_FIELD_HOP_LIMIT] = {
		"hop-limit", "Hop limit", BOTH,
		"hop_limit", "Hops", FORMAT_NUMBER },
	[NETSTREAM_FIELD_MIN_HOP_LIMIT] = {
		"hop-limit minimum", "Least hop limit of the packets", COLLECT,
		"hop_limit_minimum", "MinHops", FORMAT_NUMBER },
	[NETSTREAM_FIELD_MAX_HOP_LIMIT] = {
		"hop-limit maximum", "Largest hop limit of the packets", COLLECT,
		"hop_limit_maximum", "MaxHops", FORMAT_NUMBER },
	[NETSTREAM_FIELD_DSCP] = {
		"dscp", "Upper six bits of the traffic class", BOTH,
		"dscp", "DSCP", FORMAT_NUMBER },
	[NETSTREAM_FIELD_PRECEDENCE] = {
		"precedence", "Upper three bits of the traffic class", BOTH,
		"precedence", "Prec", FORMAT_NUMBER },
	[NETSTREAM_FIELD_LENGTH] = {
		"length total", "Bytes of the packet, at most 65535; of a super-packet, those of its longest segment", BOTH,
		"length_total", "Length", FORMAT_NUMBER },
	[NETSTREAM_FIELD_MIN_LENGTH] = {
		"length total minimum", "Bytes of the shortest packet or segment", COLLECT,
		"length_total_minimum", "MinLen", FORMAT_NUMBER },
	[NETSTREAM_FIELD_MAX_LENGTH] = {
		"length total maximum", "Bytes of the longest packet or segment", COLLECT,
		"length_total_maximum", "MaxLen", FORMAT_NUMBER },
	[NETSTREAM_FIELD_PAYLOAD_LENGTH] = {
		"length payload", "Payload length in the IPv6 header; of a super-packet, that of its longest segment", BOTH,
		"length_payload", "Payload", FORMAT_NUMBER },
	[NETSTREAM_FIELD_EXTENSIONS] = {
		"extension map", "Extension headers, as bits of element 64: of each packet if matched, of all packets if collected", BOTH,
		"extension_map", "ExtHdrs", FORMAT_NUMBER },
	[NETSTREAM_FIELD_FRAGMENT_FLAGS] = {
		"fragmentation flags", "32 if more fragments follow: of each packet if matched, of all packets if collected", BOTH,
		"fragmentation_flags", "FragFlags", FORMAT_NUMBER },
	[NETSTREAM_FIELD_FRAGMENT_OFFSET] = {
		"fragmentation offset", "Offset of a fragment, in units of eight bytes", BOTH,
		"fragmentation_offset", "FragOffset", FORMAT_NUMBER },
	[NETSTREAM_FIELD_FRAGMENT_ID] = {
		"fragmentation id", "Identification of a fragment, 0 for other packets", BOTH,
		"fragmentation_id", "FragID", FORMAT_NUMBER },
	[NETSTREAM_FIELD_ICMP_TYPE] = {
		"icmp type", "ICMPv6 type; 0 for other protocols", BOTH,
		"icmp_type", "ICMPtype", FORMAT_NUMBER },
	[NETSTREAM_FIELD_ICMP_CODE] = {
		"icmp code", "ICMPv6 code; 0 for other protocols", BOTH,
		"icmp_code", "ICMPcode", FORMAT_NUMBER },
	[NETSTREAM_FIELD_TCP_SEQUENCE] = {
		"tcp sequence-number", "TCP sequence number", BOTH,
		"tcp_sequence_number", "TCPseq", FORMAT_NUMBER },
	[NETSTREAM_FIELD_TCP_ACK] = {
		"tcp acknowledgement-number", "TCP acknowledgement number", BOTH,
		"tcp_acknowledgement_number", "TCPack", FORMAT_NUMBER },
	[NETSTREAM_FIELD_TCP_WINDOW] = {
		"tcp window-size", "TCP window as in the header, not scaled", BOTH,
		"tcp_window_size", "TCPwin", FORMAT_NUMBER },
	[NETSTREAM_FIELD_TCP_URGENT] = {
		"tcp urgent-pointer", "TCP urgent pointer", BOTH,
		"tcp_urgent_pointer", "TCPurg", FORMAT_NUMBER },
	[NETSTREAM_FIELD_TCP_HEADER] = {
		"tcp header-length", "Length of the TCP header, bytes", BOTH,
		"tcp_header_length", "TCPhdr", FORMAT_NUMBER },
	[NETSTREAM_FIELD_UDP_LENGTH] = {
		"udp message-length", "Length in the UDP header; of a super-packet, that of its longest segment", BOTH,
		"udp_message_length", "UDPlen", FORMAT_NUMBER },
	[NETSTREAM_FIELD_MULTICAST] = {
		"is-multicast", "Flag T times 16 and the scope of a multicast destination, 0 for others", BOTH,
		"is_multicast", "Mcast", FORMAT_NUMBER },
	[NETSTREAM_FIELD_VRF] = {
		"vrf id", "Routing table of the VRF of the metered interface, 0 for none", BOTH,
		"vrf_id", "VRFid", FORMAT_NUMBER },
	[NETSTREAM_FIELD_VRF_NAME] = {
		"vrf name", "Name of the VRF of the metered interface", BOTH,
		"vrf_name", "VRF", FORMAT_TEXT },
	[NETSTREAM_FIELD_FLOW_ID] = {
		"flow id", "A number that no other flow of the namespace has", COLLECT,
		"flow_id", "FlowID", FORMAT_NUMBER },
	[NETSTREAM_FIELD_FLOWS] = {
		"flows", "Number of flows: 1", COLLECT, .format = FORMAT_TOTAL },
	[NETSTREAM_FIELD_START] = {
		"timestamp absolute first", "Time of the first packet, milliseconds since 1970", COLLECT,
		.format = FORMAT_TOTAL },
	[NETSTREAM_FIELD_END] = {
		"timestamp absolute last", "Time of the last packet, milliseconds since 1970", COLLECT,
		.format = FORMAT_TOTAL },
	[NETSTREAM_FIELD_DURATION] = {
		"flow-duration", "Milliseconds from the first packet to the last", COLLECT,
		.format = FORMAT_TOTAL },
	[NETSTREAM_FIELD_SRC_MAC] = {
		"source mac", "Source MAC address on arrival", BOTH,
		"source_mac", "SrcMAC", FORMAT_MAC },
	[NETSTREAM_FIELD_DST_MAC] = {
		"destination mac", "Destination MAC address on arrival", BOTH,
		"destination_mac", "DstMAC", FORMAT_MAC },
	[NETSTREAM_FIELD_POST_SRC_MAC] = {
		"post source mac", "MAC address of the interface that the packet leaves through", BOTH,
		"post_source_mac", "PostSrcMAC", FORMAT_MAC },
	[NETSTREAM_FIELD_POST_SRC_ADDR] = {
		"post-nat source address", "Source address after translation", BOTH,
		"post_nat_source_address", "PostSrc", FORMAT_ADDRESS },
	[NETSTREAM_FIELD_POST_DST_ADDR] = {
		"post-nat destination address", "Destination address after translation", BOTH,
		"post_nat_destination_address", "PostDst", FORMAT_ADDRESS },
	[NETSTREAM_FIELD_POST_SRC_PORT] = {
		"post-nat source port", "Source port after translation", BOTH,
		"post_nat_source_port", "PostSport", FORMAT_NUMBER },
	[NETSTREAM_FIELD_POST_DST_PORT] = {
		"post-nat destination port", "Destination port after translation", BOTH,
		"post_nat_destination_port", "PostDport", FORMAT_NUMBER },
	[NETSTREAM_FIELD_STATUS] = {
		"forwarding-status", "Whether the packet was forwarded, delivered or dropped, and why", BOTH,
		"forwarding_status", "Status", FORMAT_NUMBER },
	[NETSTREAM_FIELD_POST_DST_MAC] = {
		"post destination mac", "MAC address of the next hop, zeros until it is resolved", BOTH,
		"post_destination_mac", "PostDstMAC", FORMAT_MAC },
	[NETSTREAM_FIELD_DOT1Q_VLAN] = {
		"dot1q vlan", "VLAN of the outermost tag on arrival, 0 for none", BOTH,
		"dot1q_vlan", "Dot1q", FORMAT_NUMBER },
	[NETSTREAM_FIELD_DOT1Q_PRIORITY] = {
		"dot1q priority", "Priority in the outermost tag of outbound packets, 0 for inbound ones", BOTH,
		"dot1q_priority", "PCP", FORMAT_NUMBER },
	[NETSTREAM_FIELD_DOT1Q_CUSTOMER] = {
		"dot1q customer-vlan", "VLAN of the next tag on arrival, 0 for none", BOTH,
		"dot1q_customer_vlan", "Cvlan", FORMAT_NUMBER },
	[NETSTREAM_FIELD_POST_DOT1Q_VLAN] = {
		"post dot1q vlan", "VLAN of the outermost tag on leaving, 0 for none", BOTH,
		"post_dot1q_vlan", "PostDot1q", FORMAT_NUMBER },
	[NETSTREAM_FIELD_POST_DOT1Q_CUSTOMER] = {
		"post dot1q customer-vlan", "VLAN of the next tag on leaving, 0 for none", BOTH,
		"post_dot1q_customer_vlan", "PostCvlan", FORMAT_NUMBER },
	[NETSTREAM_FIELD_INPUT_PORT] = {
		"physical input interface", "Interface below VLANs, or port of the bridge, of arrival; 0: unknown", BOTH,
		"physical_input_interface", "InPort", FORMAT_INTERFACE },
	[NETSTREAM_FIELD_OUTPUT_PORT] = {
		"physical output interface", "Interface below VLANs, or port of the bridge, of leaving; 0: unknown", BOTH,
		"physical_output_interface", "OutPort", FORMAT_INTERFACE },
	[NETSTREAM_FIELD_MARK] = {
		"mark", "Firewall mark of the packet, as the rules before have left it", BOTH,
		"mark", "Mark", FORMAT_NUMBER },
};

/**
 * field_row() - the row of a field
 * @field: &enum netstream_field, from the kernel or anywhere else
 *
 * Return: NULL if this program does not know the field.
 */
const struct field *field_row(unsigned int field)
{
	if (field > NETSTREAM_FIELD_MAX || !fields[field].words)
		return NULL;
	return &fields[field];
}

/* Never NULL. */
const char *field_words(unsigned int field)
{
	const struct field *f = field_row(field);

	return f ? f->words : "unknown";
}

/* Whether its value has 16 bytes: an address, or text. */
bool field_is_wide(unsigned int field)
{
	const struct field *f = field_row(field);

	return f && (f->format == FORMAT_ADDRESS || f->format == FORMAT_ENDPOINT_ADDRESS ||
		     f->format == FORMAT_TEXT);
}

/**
 * field_option() - the name by which show cache takes a field
 * @field: &enum netstream_field
 *
 * Return: its key in JSON with "-" for "_", to be freed; NULL if flows have no such value.
 */
char *field_option(unsigned int field)
{
	const struct field *f = field_row(field);
	char *name, *p;

	if (!f || !f->key)
		return NULL;
	name = xstrdup(f->key);
	for (p = name; *p; p++)
		if (*p == '_')
			*p = '-';
	return name;
}

/**
 * field_of_key() - the field that an option of show cache names
 * @word: such as "source-port"
 *
 * Return: &enum netstream_field, or 0 if there is none of that name.
 */
unsigned int field_of_key(const char *word)
{
	unsigned int i;
	char *name;
	bool same;

	for (i = 1; i <= NETSTREAM_FIELD_MAX; i++) {
		name = field_option(i);
		same = name && !strcmp(name, word);
		free(name);
		if (same)
			return i;
	}
	return 0;
}

/**
 * field_list() - the fields of a list, such as "source-port,protocol"
 * @list: names with commas between them
 * @fields: filled in, unless it is NULL; has room for NETSTREAM_FIELD_MAX
 *
 * Return: their number; 0 if one is not known or is there twice.
 */
size_t field_list(const char *list, unsigned int *fields)
{
	char *copy = xstrdup(list), *rest = copy, *word;
	bool seen[NETSTREAM_FIELD_MAX + 1] = { false };
	size_t count = 0;
	unsigned int field;

	while ((word = strsep(&rest, ","))) {
		field = field_of_key(word);
		if (!field || seen[field]) {
			count = 0;
			break;
		}
		seen[field] = true;
		if (fields)
			fields[count] = field;
		count++;
	}
	free(copy);
	return count;
}

/* The name of a total; NULL for TOTAL_NONE. */
const char *field_total_name(enum field_total total)
{
	static const char *const names[] = {
		[TOTAL_BYTES]		= "bytes",
		[TOTAL_PACKETS]		= "packets",
		[TOTAL_FLOWS]		= "flows",
		[TOTAL_FIRST]		= "first",
		[TOTAL_LAST]		= "last",
		[TOTAL_DURATION]	= "duration",
	};

	return total < TOTAL_NONE ? names[total] : NULL;
}

/* The total of a name, or TOTAL_NONE. */
enum field_total field_total(const char *word)
{
	enum field_total total = TOTAL_BYTES;

	while (total < TOTAL_NONE && strcmp(field_total_name(total), word))
		total++;
	return total;
}

/* The words in the font of the manual page, where "-" is a hyphen. */
static void print_words(const char *words)
{
	for (; *words; words++)
		printf(*words == '-' ? "\\-" : "%c", *words);
}

static void print_statement(const char *verb, const struct field *f, const char *more)
{
	printf("\\fB%s ", verb);
	print_words(f->words);
	printf("\\fR%s\n", more);
}

/**
 * field_print_manual() - print the list of fields in the manual page, as roff
 */
void field_print_manual(void)
{
	unsigned int i;

	for (i = 1; i <= NETSTREAM_FIELD_MAX; i++) {
		const struct field *f = field_row(i);

		if (!f)
			continue;
		puts(".TP");
		if (f->use & FIELD_MATCH)
			print_statement("match", f, f->use & FIELD_PREFIX ?
					" [\\fIprefix\\-length\\fR | \\fBroute\\-mask\\fR]" : "");
		if ((f->use & BOTH) == BOTH)
			puts(".TQ");
		if (f->use & FIELD_COLLECT)
			print_statement("collect", f, f->use & FIELD_WIDTH ?
					" {\\fB16\\fR | \\fB32\\fR | \\fB64\\fR}" : "");
		if (f->key)
			printf("%s.  In JSON\n.BR %s .\n", f->help, f->key);
		else
			printf("%s.\n", f->help);
	}
}
