#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The Debian packages, isolated: installed, upgraded, with a build that fails,
# removed, purged.
set -u
# shellcheck source=tests/e2e/overlay.sh
. "$(dirname "$0")/overlay.sh"
suite=deb
# shellcheck source=tests/e2e/step.sh
. "$(dirname "$0")/step.sh"
kernel=$NETSTREAM_TEST_KERNEL
debs=$PROJECT/build/deb

overlay /etc /usr /var
only_kernel "$kernel"
export DEBIAN_FRONTEND=noninteractive

built() {
	modinfo -k "$kernel" -F version netstream | grep -qx "$1"
}

state() {
	dpkg-query -W -f '${Status}' "$1" | grep -qx "$2"
}

step install_older dpkg -i "$debs/older.deb"
step older_is_built built 0.0.9
mkdir -p /etc/netstream
echo "! mine" >/etc/netstream/netstream.conf
step upgrade dpkg -i "$debs"/netstream-dkms_*_all.deb "$debs"/netstream_*.deb
version=$(dpkg-query -W -f '${Version}' netstream-dkms)
step is_built built "$version"
step older_is_gone bash -c "! dkms status | grep -q 0.0.9"
step configuration_is_kept grep -qx "! mine" /etc/netstream/netstream.conf
step tool_runs bash -c "/usr/sbin/netstream --version | grep -qx 'netstream $version'"
step units systemd-analyze verify --man=no netstream.service netstream@blue.service netstream-module.service \
	netstream-routes.service netstream-routes.path netstream-routes@blue.service netstream-routes@blue.path
echo "options netstream userns_max_hosts=2" >>/etc/modprobe.d/netstream.conf
step reinstall dpkg -i "$debs"/netstream_*.deb
step parameters_are_kept grep -q "userns_max_hosts=2" /etc/modprobe.d/netstream.conf

step broken_build_is_no_error dpkg -i "$debs/broken.deb"
step broken_build_is_told said "dpkg-reconfigure netstream-dkms"
step broken_is_configured state netstream-dkms "install ok installed"
step remove dpkg -r netstream-dkms netstream
step module_is_gone bash -c "! modinfo -k $kernel netstream"
step source_is_gone bash -c "! ls -d /usr/src/netstream-*"
step configuration_outlives_removal test -e /etc/netstream/netstream.conf
mkdir -p /var/lib/netstream
step purge dpkg -P netstream-dkms netstream
step nothing_is_left bash -c "[ -z \"\$(ls -d /etc/netstream /etc/modprobe.d/netstream.conf /var/lib/netstream /var/lib/dkms/netstream /usr/libexec/netstream 2>/dev/null)\" ]"
