# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For the guests of make bench: configurations whose packets are timed.  To be
# sourced, after guest-bench.sh.

tuple="match source address
match destination address
match protocol
match source port
match destination port
match input interface"
counters="collect input packets 64
collect input bytes 64
collect first switched
collect last switched"
limits="collect length total minimum
collect length total maximum
collect hop-limit minimum
collect hop-limit maximum"
# the rest of what a packet's headers have
headers="match tos
collect tcp-flag
collect flow-label
collect next-header
collect hop-limit
collect dscp
collect precedence
collect length total
collect length payload
collect extension map
collect fragmentation flags
collect fragmentation offset
collect fragmentation id
collect icmp type-code
collect icmp type
collect icmp code
collect tcp sequence-number
collect tcp acknowledgement-number
collect tcp window-size
collect tcp urgent-pointer
collect tcp header-length
collect udp message-length
collect is-multicast
collect ip-version"

# a record: record NAME FIELDS...
record() {
	echo "ipv6 netstream record $1"
	printf '%s\n' "${@:2}" quit
}

applied() {
	record "$@"
	echo "ipv6 netstream apply record $1"
}

monitor() {
	echo "ipv6 netstream monitor $1"
	printf '%s\n' "${@:2}" "ipv6 netstream export host ${collector%:*} ${collector#*:}" quit
	printf '%s\n' "interface nsb0" "ipv6 netstream monitor $1 inbound" quit
}

# configure CONFIGURATION: one of those below, beside the module's parameters
configure() {
	{
		printf '%s\n' "ipv6 netstream aggregation timeout active 60" \
			"ipv6 netstream aggregation timeout inactive 3600"
		"$1"
	} | "$nst_project/tools/netstream" -f - || echo "netstream-bench-failed: $1"
}

original() { :; }
ten() { applied ten "$tuple" "$counters"; }
limits() { applied limits "$tuple" "$counters" "$limits"; }
headers() { applied headers "$tuple" "$counters" "$limits" "$headers"; }
second-record() { ten; applied second "$tuple" "match tos" "$counters"; }
monitor-1() { monitor one; }
monitor-2() { monitor one; monitor two; }
monitor-sampled() { monitor one "ipv6 netstream sampler fix-packets 1000 inbound"; }
