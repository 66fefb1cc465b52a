#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What DKMS has built (t08_dkms.sh) is loaded on the stock kernel, as modprobe finds it.
# depmod itself would take minutes here.
set -u
suite=t08_dkms
# shellcheck source=tests/e2e/step.sh
. "$(dirname "$0")/step.sh"
kernel=$(uname -r)
version=$(sed -n 's/.*NST_VERSION[[:space:]]*"\(.*\)"/\1/p' "$PROJECT/kmod/version.h")

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
