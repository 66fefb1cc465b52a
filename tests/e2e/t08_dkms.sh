#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# DKMS: add, build, install and remove, for the stock kernel.  Runs isolated.  The
# module, and what depmod wrote with it and without it, is left in $OUT/dkms for
# t08_load.sh.
set -u
# shellcheck source=tests/e2e/overlay.sh
. "$(dirname "$0")/overlay.sh"
suite=t08_dkms
# shellcheck source=tests/e2e/step.sh
. "$(dirname "$0")/step.sh"
kernel=$NETSTREAM_TEST_KERNEL
version=$(sed -n 's/.*NST_VERSION[[:space:]]*"\(.*\)"/\1/p' "$PROJECT/kmod/version.h")

overlay /usr/src /var/lib/dkms /usr/lib/modules
only_kernel "$kernel"

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
