#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The RPM packages, isolated: installed, upgraded, with a build that fails, removed.
# RPM's database is empty, so that dependencies are not looked for.
set -u
# shellcheck source=tests/e2e/overlay.sh
. "$(dirname "$0")/overlay.sh"
suite=rpm
# shellcheck source=tests/e2e/step.sh
. "$(dirname "$0")/step.sh"
kernel=$NETSTREAM_TEST_KERNEL
rpms=$PROJECT/build/rpm

overlay /etc /usr /var
only_kernel "$kernel"
# DKMS builds for the running kernel, which is the machine's
mv /usr/bin/uname /usr/bin/uname.real
cat >/usr/bin/uname <<END
#!/bin/sh
[ "\$*" = -r ] && exec echo "$kernel"
exec /usr/bin/uname.real "\$@"
END
chmod 755 /usr/bin/uname

built() {
	modinfo -k "$kernel" -F version netstream | grep -qx "$1"
}

packages() {
	echo "$1"/RPMS/*/netstream-[0-9]*.rpm "$1"/RPMS/*/netstream-dkms-[0-9]*.rpm
}

# shellcheck disable=SC2046 # two packages
step install_older rpm -U --nodeps $(packages "$rpms/older")
step older_is_built built 0.0.9
echo "! mine" >/etc/netstream/netstream.conf
echo "options netstream userns_max_hosts=2" >>/etc/modprobe.d/netstream.conf
# shellcheck disable=SC2046
step upgrade rpm -U --nodeps $(packages "$rpms")
version=$(rpm -q --qf '%{VERSION}' netstream-dkms)
step is_built built "$version"
step older_is_gone bash -c "! dkms status | grep -q 0.0.9 && ! ls -d /usr/src/netstream-0.0.9"
step configuration_is_kept grep -qx "! mine" /etc/netstream/netstream.conf
step parameters_are_kept grep -q "userns_max_hosts=2" /etc/modprobe.d/netstream.conf
step tool_runs bash -c "/usr/sbin/netstream --version | grep -qx 'netstream $version'"
step units systemd-analyze verify --man=no netstream.service netstream@blue.service netstream-module.service \
	netstream-routes.service netstream-routes.path netstream-routes@blue.service netstream-routes@blue.path
# shellcheck disable=SC2046
step broken_build_is_no_error rpm -U --nodeps $(packages "$rpms/broken")
step broken_build_is_told said "could not be built for this kernel"
step broken_is_installed bash -c "rpm -q netstream-dkms | grep -q 9.9.9"
# systemd, as far as a package's scripts see it
mkdir -p /run/systemd/system
# shellcheck disable=SC2016 # for that script
printf '#!/bin/sh\n[ "$1" != stop ] || echo "$*" >>"%s"\n' "$OUT/stopped" >/usr/bin/systemctl
step remove rpm -e netstream-dkms netstream
step stops_paths_first bash -c "head -n 1 '$OUT/stopped' | grep -qxF 'stop netstream-routes.path netstream-routes@*.path'"
step stops_instances bash -c "tail -n 1 '$OUT/stopped' | grep -F 'netstream-routes@*.service' | grep -qF 'netstream@*.service'"
step module_is_gone bash -c "! modinfo -k $kernel netstream"
step nothing_is_left bash -c "[ -z \"\$(ls -d /usr/src/netstream-* /var/lib/dkms/netstream /usr/libexec/netstream /usr/sbin/netstream 2>/dev/null)\" ]"
step configuration_outlives_removal test -e /etc/netstream/netstream.conf
