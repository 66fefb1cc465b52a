# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For the guests of make bench: the two modules that are compared, and what is
# timed.  To be sourced.  From the kernel's command line come nst_dir, where
# modules are, nst_peer, where the peer is, and nst_module: netstream or
# ipt_NETFLOW.  A guest that compares two builds of netstream sets module_dir.

# shellcheck source=tests/uml/guest-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../uml/guest-lib.sh"
: "${nst_dir:?}" "${nst_module:?}" "${nst_peer=}" "${nst_project=}"

# Behind nsb1 nobody answers: a collector that takes everything.
collector=192.0.2.9:2055 source=192.0.2.1

# What the first process of a UML guest has to do.
bench_boot() {
	guest_mounts >/dev/null
	# what a shell's <(...) needs
	ln -s /proc/self/fd /dev/fd
	bench_devices
}

bench_devices() {
	local i

	ip link set lo up
	for i in nsb0 nsb1; do
		ip link add $i type dummy
		ip link set $i up
	done
	ip address add $source/24 dev nsb1
}

unload_netstream() {
	rmmod netstream
}

unload_ipt_NETFLOW() {
	ip6tables-legacy -F FORWARD
	rmmod ipt_NETFLOW
}

load_netstream() {
	local inactive=$2
	shift 2

	insmod "${module_dir:-$nst_dir}/netstream.ko" interfaces=nsb0 direction=inbound max_flows=4000000 \
		inactive="$inactive" active=3600 host="$collector" source="$source" "$@"
}

# The peer gets a bucket for each flow.
load_ipt_NETFLOW() {
	local flows=$1 inactive=$2
	shift 2

	export XTABLES_LOCKFILE=/dev/xtables.lock
	export XTABLES_LIBDIR=$nst_peer/xtables:/usr/lib/x86_64-linux-gnu/xtables
	insmod "$nst_peer/ipt_NETFLOW.ko" protocol=9 maxflows=4000000 hashsize="$flows" \
		inactive_timeout="$inactive" active_timeout=3600 destination="$collector" "$@" &&
		ip6tables-legacy -A FORWARD -j NETFLOW
}

# load FLOWS INACTIVE [PARAMETER...]: the module, anew, for so many flows
load() {
	if [[ -e /sys/module/$nst_module ]]; then
		"unload_$nst_module"
	fi
	"load_$nst_module" "$@" || echo "netstream-insmod-failed: $nst_module"
}

# bench LABEL [PARAMETER...]: time packets at the hook
bench() {
	echo "nst_bench: what=$1" >/dev/kmsg
	insmod "$nst_dir/tests/bench/nst_bench.ko" "${@:2}" 2>/dev/null
}

# warm FLOWS: every flow once
warm() {
	bench warm flows="$1" packets="$1" order=once
}

# value NAME NUMBER: something else that was measured
value() {
	echo "nst_bench: value $1=$2" >/dev/kmsg
}

# What was timed, for the one who reads the guest's output.
bench_log() {
	echo netstream-log-begins
	dmesg --color=never | grep -a nst_bench
	echo netstream-log-ends
}
