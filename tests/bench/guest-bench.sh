# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For the guests of make bench.  To be sourced; nst_dir, where modules are, comes
# from the kernel's command line.

# shellcheck source=tests/uml/guest-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../uml/guest-lib.sh"

# Behind nsb1 nobody answers: a collector that takes everything.
# shellcheck disable=SC2034 # for those who source this
collector=192.0.2.9:2055 source=192.0.2.1

bench_devices() {
	local i

	guest_mounts >/dev/null
	ip link set lo up
	for i in nsb0 nsb1; do
		ip link add $i type dummy
		ip link set $i up
	done
	ip address add $source/24 dev nsb1
}

# bench LABEL [PARAMETER...]: time packets at the hook
bench() {
	echo "nst_bench: what=$1" >/dev/kmsg
	insmod "${nst_dir:?}/tests/bench/nst_bench.ko" "${@:2}" 2>/dev/null
}

# What was timed, for the one who reads the guest's output.
bench_log() {
	echo netstream-log-begins
	dmesg --color=never
	echo netstream-log-ends
}
