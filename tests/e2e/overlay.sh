# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For scripts that tests/e2e/isolated runs: to be sourced.

[ -e /run/out/command ] || [ "${NETSTREAM_ISOLATED:-}" = yes ] || { echo "this is not isolated: see tests/e2e/isolated" >&2; exit 2; }

# a tmpfs, in a guest and in isolated's namespace
overlays=$(mktemp -d -p /run)
mount -t tmpfs tmpfs "$overlays" || exit 1

# What is written to a folder lies in memory, until the namespace or the guest ends.
overlay() {
	local folder

	for folder; do
		mkdir -p "$overlays$folder/upper" "$overlays$folder/work"
		mount -t overlay overlay \
			-o "lowerdir=$folder,upperdir=$overlays$folder/upper,workdir=$overlays$folder/work" "$folder" || exit 1
	done
}

# Other kernels of the machine are not tried, and depmod need not read thousands of
# modules: netstream depends on none.  Only after overlay has been called for /usr.
only_kernel() {
	local other

	mountpoint -q /usr || mountpoint -q /usr/lib/modules || exit 1
	for other in /usr/lib/modules/*; do
		[ "${other##*/}" = "$1" ] || rm -rf "$other"
	done
	mount -t tmpfs tmpfs "/usr/lib/modules/$1/kernel" || exit 1
}
