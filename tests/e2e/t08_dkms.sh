#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# DKMS: add, build, install, load, remove, on the stock kernel.
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
step install make -C "$PROJECT" --no-print-directory dkms-install KVER="$kernel"
step status bash -c "dkms status netstream/$version | grep -q installed"
step load modprobe netstream
step version bash -c "[ \"\$(cat /sys/module/netstream/version)\" = $version ]"
step unload modprobe -r netstream
step remove make -C "$PROJECT" --no-print-directory dkms-remove
# of the version that was there nothing is left: no module, no source, no entry
step gone bash -c "! modinfo -k $kernel netstream"
step no_file bash -c "[ -z \"\$(find /lib/modules/$kernel /var/lib/dkms -name 'netstream*' -not -type l)\" ]"
step no_source test ! -e "/usr/src/netstream-$version"
step no_status bash -c "[ -z \"\$(dkms status | grep netstream)\" ]"
step not_loadable bash -c "! modprobe netstream"
