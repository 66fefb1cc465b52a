#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The Debian packages in a guest: installed, upgraded, with a build that fails,
# removed, purged.  Then what the systemd units run.
set -u
kernel=$NETSTREAM_TEST_KERNEL
debs=$PROJECT/build/deb
log=/tmp/deb.log

step() {
	local name=$1
	shift
	[ ! -e "$log" ] || mv "$log" "$log.last"
	if "$@" >"$log" 2>&1; then
		echo "ok deb.$name"
	else
		echo "not ok deb.$name - $(tail -n 3 "$log" | tr '\n' '/')"
		exit 1
	fi
}

# What the step before has printed.
said() {
	grep -q -- "$1" "$log.last" || { cat "$log.last"; return 1; }
}

# the machine's folders stay as they are
for folder in /etc /usr /var; do
	mkdir -p "/tmp/overlay$folder/upper" "/tmp/overlay$folder/work"
	mount -t overlay overlay \
		-o "lowerdir=$folder,upperdir=/tmp/overlay$folder/upper,workdir=/tmp/overlay$folder/work" "$folder" || exit 1
done
export DEBIAN_FRONTEND=noninteractive
# other kernels of the machine are not tried here, and depmod need not read thousands of modules
for other in /usr/lib/modules/*; do
	[ "${other##*/}" = "$kernel" ] || rm -rf "$other"
done
mount -t tmpfs tmpfs "/usr/lib/modules/$kernel/kernel"

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
step units systemd-analyze verify --man=no netstream.service netstream@blue.service netstream-module.service
echo "options netstream userns_max_hosts=2" >>/etc/modprobe.d/netstream.conf
step reinstall dpkg -i "$debs"/netstream_*.deb
step parameters_are_kept grep -q "userns_max_hosts=2" /etc/modprobe.d/netstream.conf

# what the units run, with a module for this kernel
apply=/usr/libexec/netstream/netstream-apply
insmod "$NETSTREAM_MODULE"
mkdir -p /var/lib/netstream
cp /usr/share/doc/netstream/examples/netstream.conf /etc/netstream/netstream.conf
step apply $apply start netstream
netstream show configuration >/tmp/applied
step applied grep -q "interface eth0" /tmp/applied
echo "ipv6 netstream nonsense" >/etc/netstream/netstream.conf
step bad_file_is_not_reloaded bash -c "! $apply reload netstream"
step reason_is_told said "<3>.*was refused; the configuration is unchanged"
step nothing_changed bash -c "netstream show configuration | cmp - /tmp/applied"
netstream --replace -f /dev/null
step bad_file_at_boot $apply start netstream
step last_good_is_told said "accepted last"
step last_good_is_in_effect bash -c "netstream show configuration | cmp - /tmp/applied"
rmmod netstream

step broken_build_is_no_error dpkg -i "$debs/broken.deb"
step broken_build_is_told said "dpkg-reconfigure netstream-dkms"
step broken_is_configured state netstream-dkms "install ok installed"
step remove dpkg -r netstream-dkms netstream
step module_is_gone bash -c "! modinfo -k $kernel netstream"
step source_is_gone bash -c "! ls -d /usr/src/netstream-*"
step configuration_outlives_removal test -e /etc/netstream/netstream.conf
step purge dpkg -P netstream-dkms netstream
step nothing_is_left bash -c "[ -z \"\$(ls -d /etc/netstream /etc/modprobe.d/netstream.conf /var/lib/netstream /var/lib/dkms/netstream /usr/libexec/netstream 2>/dev/null)\" ]"
