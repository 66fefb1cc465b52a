#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What DKMS has built (t08_dkms.sh) is loaded on the stock kernel, as modprobe finds it.
# depmod itself would take minutes here.
set -u
kernel=$(uname -r)
version=$(sed -n 's/.*NST_VERSION[[:space:]]*"\(.*\)"/\1/p' "$PROJECT/kmod/version.h")
step() {
	local name=$1
	shift
	if "$@" > /tmp/dkms.log 2>&1; then
		echo "ok t08_dkms.$name"
	else
		echo "not ok t08_dkms.$name - $(tail -3 /tmp/dkms.log | tr '\n' '/')"
		exit 1
	fi
}

folder=/lib/modules/$kernel/updates/dkms
mkdir -p "$folder"
step built cp "$OUT/dkms/"netstream.ko* "$folder/"
cp "$OUT/dkms/installed/"* "/lib/modules/$kernel/"
step load modprobe netstream
step version bash -c "[ \"\$(cat /sys/module/netstream/version)\" = $version ]"
step unload modprobe -r netstream
rm -f "$folder/"netstream.ko*
cp "$OUT/dkms/removed/"* "/lib/modules/$kernel/"
step not_loadable bash -c "! modprobe netstream"
