#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The units under systemd: what is applied at start, reload, restart and stop, what the
# journal says, namespaces, the follower of routes, and what is left when the package is
# removed.  Runs after t08_readme.sh, which has installed the packages.
set -u
suite=systemd
# shellcheck source=tests/e2e/step.sh
. "$(dirname "$0")/step.sh"
conf=/etc/netstream/netstream.conf

# Wait for a condition; a guest may be slow.
soon() {
	local i

	for ((i = 0; i < 240; i++)); do
		"$@" >/tmp/soon.log 2>&1 && return
		sleep 0.5
	done
	echo "not within two minutes: $*"
	cat /tmp/soon.log
	return 1
}

running() {
	netstream show configuration | grep -qxE " *$1"
}

# Each of them: systemctl is content with one.
active() {
	local unit

	for unit; do
		systemctl is-active "$unit" || return
	done
}

in_journal() {
	journalctl --no-pager -q -o cat "${@:2}" | grep -q -- "$1"
}

step disable systemctl disable --now netstream
step unload systemctl stop netstream-module
step unloaded test ! -e /sys/module/netstream
step purge dpkg -P netstream
step install dpkg -i "$PROJECT"/build/deb/netstream_*.deb
step nothing_is_started bash -c '! systemctl is-active netstream && ! systemctl is-enabled netstream && ! test -e /sys/module/netstream'

# without a file there is nothing to apply
step without_file systemctl start netstream
step without_file_is_inactive bash -c '! systemctl is-active netstream'

# eth0 and the source address do not exist yet
cp /usr/share/doc/netstream/examples/netstream.conf $conf
step enable systemctl enable --now netstream
step active active netstream netstream-module
step wanted_at_boot test -e /etc/systemd/system/multi-user.target.wants/netstream.service
step applied running 'ipv6 netstream export host ipv6 2001:db8::5 2055'
step commit_is_in_journal soon in_journal 'commit' -t netstream
ip link add eth0 type veth peer name far
ip link set eth0 up
ip link set far up
ip -6 addr add 2001:db8::1/64 dev eth0 nodad
step interface_came soon bash -c "netstream show interfaces --json | grep -q '\"eth0\"'"
step host_came soon bash -c "netstream show hosts --json | grep -qE '\"state\": *\"(up|unreachable)\"'"

# flows of a namespace behind eth0, which a reload keeps
ip netns add away
ip link set far netns away
ip -n away link set far up
ip -n away -6 addr add 2001:db8::9/64 dev far nodad
step traffic ip netns exec away ping -c 3 -i 0.2 2001:db8::1
# shellcheck disable=SC2016 # expanded when it is tried
step flow_is_cached soon bash -c '[ "$(netstream show cache --json | grep -c 2001:db8::9)" -ge 1 ]'
sed -i 's/^interface eth0/ipv6 netstream export host ipv6 2001:db8::6 2055\n&/' $conf
step reload systemctl reload netstream
step reload_is_applied running 'ipv6 netstream export host ipv6 2001:db8::6 2055'
step reload_keeps_flows bash -c 'netstream show cache --json | grep -q 2001:db8::9'

echo 'ipv6 netstream nonsense' >>$conf
netstream show configuration >/tmp/before
step bad_file_is_not_reloaded bash -c '! systemctl reload netstream'
step reason_is_in_journal soon in_journal 'was refused; the configuration is unchanged' -u netstream -p err
step line_is_in_journal soon in_journal 'nonsense' -u netstream
step still_active systemctl is-active netstream
step nothing_changed bash -c 'netstream show configuration | cmp - /tmp/before'
step restart_with_bad_file systemctl restart netstream
step last_good_is_in_journal soon in_journal 'accepted last' -u netstream -p err
step last_good_is_applied bash -c 'netstream show configuration | cmp - /tmp/before'

# save repairs the file, and keeps the old one
step save netstream save
step file_is_saved bash -c "! grep -q nonsense $conf"
step old_file_is_kept bash -c "grep -q nonsense /etc/netstream/netstream.conf?*"
step saved_file_is_accepted systemctl reload netstream

ip netns add blue
printf '%s\n' 'ipv6 netstream export source ipv6 2001:db8:b::1' 'interface all' 'ipv6 netstream outbound' >/etc/netstream/blue.conf
step namespace systemctl start netstream@blue
step namespace_is_applied bash -c 'ip netns exec blue netstream show configuration | grep -q outbound'
step namespace_alone bash -c '! netstream show configuration | grep -q outbound'
step module_restart systemctl restart netstream-module
step module_restart_applies soon bash -c 'netstream show configuration | cmp - /tmp/before'
step module_restart_namespace soon bash -c 'ip netns exec blue netstream show configuration | grep -q outbound'

# the follower starts once a routes view is committed, as a user of its own with one capability
step routes_path systemctl enable --now netstream-routes.path
step no_follower_yet bash -c '! systemctl is-active netstream-routes'
printf '%s\n' routes 'neighbor 2001:db8::9 remote-as 65000 local-as 65000' >/tmp/routes
step routes_view netstream -f /tmp/routes
step follower_starts soon systemctl is-active netstream-routes
follower=$(systemctl show -p MainPID --value netstream-routes)
step follower_is_nobody bash -c "[ \"\$(stat -c %u /proc/$follower)\" != 0 ]"
step follower_may grep -qx 'CapEff:	0000000000001000' "/proc/$follower/status"
step follower_is_followed bash -c "netstream routes follow check /run/netstream/routes | grep -q 2001:db8::9"
step routes_are_kept_at_stop systemctl stop netstream-routes.path netstream-routes
step namespace_routes systemctl start netstream-routes@blue.path
step namespace_routes_view ip netns exec blue netstream -f /tmp/routes
step namespace_follower soon systemctl is-active netstream-routes@blue
step namespace_follower_ends systemctl stop netstream-routes@blue.path netstream-routes@blue

step stop systemctl stop netstream
step stop_empties bash -c "! netstream show configuration | grep -q host"
step start_again systemctl start netstream
step all_again systemctl start netstream@blue netstream-routes.path
step follower_again soon systemctl is-active netstream-routes

step upgrade dpkg -i "$PROJECT"/build/deb/netstream_*.deb
step upgrade_stops_nothing active netstream netstream@blue netstream-module netstream-routes
step remove dpkg -r netstream
# shellcheck disable=SC2016 # expanded when it is tried
step removed_is_stopped bash -c '[ -z "$(systemctl list-units --no-legend --state=active "netstream*" | grep -v netstream-test)" ]'
step module_is_unloaded test ! -e /sys/module/netstream
step configuration_outlives_removal test -e $conf
step install_again dpkg -i "$PROJECT"/build/deb/netstream_*.deb
step still_enabled systemctl is-enabled netstream
step purge_again dpkg -P netstream
# shellcheck disable=SC2016 # expanded when it is tried
step nothing_is_left bash -c '[ -z "$(find /etc/systemd /etc/netstream /var/lib/netstream -name "netstream*" 2>/dev/null)" ]'
