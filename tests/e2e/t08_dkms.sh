#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# DKMS: add, build, install and remove, for the stock kernel.  Runs in a guest.  The
# module, and what depmod wrote with it and without it, is left in $OUT/dkms for
# t08_load.sh.
set -u
kernel=$NETSTREAM_TEST_KERNEL
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

# the machine's folders stay as they are
for folder in /usr/src /var/lib/dkms /usr/lib/modules; do
	mkdir -p "/tmp/overlay$folder/upper" "/tmp/overlay$folder/work"
	mount -t overlay overlay \
		-o "lowerdir=$folder,upperdir=/tmp/overlay$folder/upper,workdir=/tmp/overlay$folder/work" "$folder" || exit 1
done

# depmod need not read thousands of modules, none of which this one depends on
mount -t tmpfs tmpfs "/usr/lib/modules/$kernel/kernel"

step install make -C "$PROJECT" --no-print-directory dkms-install DKMS_KERNEL="$kernel"
step status bash -c "dkms status netstream/$version -k $kernel | grep -q installed"
step module bash -c "modinfo -k $kernel -F version netstream | grep -qx $version"
mkdir -p "$OUT/dkms/installed" "$OUT/dkms/removed"
cp "/lib/modules/$kernel/updates/dkms/"netstream.ko* "$OUT/dkms/"
cp "/lib/modules/$kernel/modules."* "$OUT/dkms/installed/"
step remove make -C "$PROJECT" --no-print-directory dkms-remove
cp "/lib/modules/$kernel/modules."* "$OUT/dkms/removed/"
# of the version that was there nothing is left: no module, no source, no entry
step gone bash -c "! modinfo -k $kernel netstream"
step no_file bash -c "[ -z \"\$(find /lib/modules/$kernel /var/lib/dkms -name 'netstream*' -not -type l)\" ]"
step no_source test ! -e "/usr/src/netstream-$version"
step no_status bash -c "[ -z \"\$(dkms status | grep netstream)\" ]"
