#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the systemd units run, in a guest: a configuration that is applied at boot, and
# one that is refused.
set -u
suite=units
# shellcheck source=tests/e2e/step.sh
. "$(dirname "$0")/step.sh"
export CONFIG_DIR=/tmp/etc STATE_DIR=/tmp/state NETSTREAM=$PROJECT/tools/netstream

apply=$PROJECT/tools/systemd/netstream-apply
insmod "$NETSTREAM_MODULE"
mkdir -p "$CONFIG_DIR" "$STATE_DIR"
cp "$PROJECT/tools/systemd/netstream.conf.example" "$CONFIG_DIR/netstream.conf"
step apply $apply start netstream
$NETSTREAM show configuration >/tmp/applied
step applied grep -q "interface eth0" /tmp/applied
echo "ipv6 netstream nonsense" >"$CONFIG_DIR/netstream.conf"
step bad_file_is_not_reloaded bash -c "! $apply reload netstream"
step reason_is_told said "<3>.*was refused; the configuration is unchanged"
step nothing_changed bash -c "$NETSTREAM show configuration | cmp - /tmp/applied"
$NETSTREAM --replace -f /dev/null
step bad_file_at_boot $apply start netstream
step last_good_is_told said "accepted last"
step last_good_is_in_effect bash -c "$NETSTREAM show configuration | cmp - /tmp/applied"
rmmod netstream

