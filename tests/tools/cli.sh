#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Options, exit statuses, and what is printed where.

tool=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
all=0

# run STATUS ARGUMENT...
run()
{
	local want=$1 rc
	shift
	"$tool" "$@" >"$tmp/out" 2>"$tmp/err" <"${input:-/dev/null}"
	rc=$?
	[ $rc = "$want" ] || problem "status $rc, expected $want: $*: $(cat "$tmp/err")"
}

problem()
{
	echo "  $*"
	failed=1
}

out() { grep -qF -- "$1" "$tmp/out" || problem "no '$1' in: $(cat "$tmp/out")"; }
err() { grep -qF -- "$1" "$tmp/err" || problem "no '$1' in: $(cat "$tmp/err")"; }
silent() { [ ! -s "$tmp/out" ] && [ ! -s "$tmp/err" ] || problem "not silent"; }

begin() { failed=0 name=$1 input=; }

end()
{
	[ $failed = 0 ] && echo "ok cli: $name" || { echo "not ok cli: $name"; all=1; }
}

begin "usage is status 2"
run 2 --bogus
run 2 bogus
err "expected system-view"
run 2 commit
err "expected show, reset or refresh"
run 2 show
run 2 show hosts now
run 2 --check
run 2 -f
run 2 -c return show hosts
run 0 --help
out "Usage: netstream"
run 0 --version
out "netstream "
end

begin "what cannot be done is status 1"
run 1 -f "$tmp/missing"
err "No such file"
run 1 -n missing show hosts
err "network namespace missing"
run 1 --offline show hosts
err "this needs the module"
run 1 --offline reset cache
run 1 --offline refresh template
end

begin "the seed's procedure, from a file, standard input and options"
cat >"$tmp/seed" <<'S'
system-view
ipv6 netstream record r1
match source address
match destination address
collect input packets 64
collect input bytes 64
quit
ipv6 netstream export version 9 origin-as bgp-nexthop
slot 0
ip netstream export sequence-mode flow
quit
ipv6 netstream apply record r1
ipv6 netstream export template timeout-rate 1
ipv6 netstream export source ipv6 2001:db8::1 40000
ipv6 netstream export host ipv6 2001:db8::2 2055 vpn-instance red version 9 dscp 8
slot 1
ipv6 netstream export host 10.0.0.2 2055
quit
ipv6 netstream aggregation timeout active interval-second 15
ipv6 netstream aggregation timeout inactive 5
commit
S
run 0 --offline -f "$tmp/seed"
silent
input=$tmp/seed
run 0 --offline -f -
silent
run 0 --offline
silent
input=
options=()
while IFS= read -r line; do options+=(-c "$line"); done <"$tmp/seed"
run 0 --offline "${options[@]}"
silent
run 0 --offline --check "${options[@]}"
silent
run 0 --offline -f "$tmp/seed" -c return -c "display configuration"
out "ipv6 netstream apply record r1"
run 0 --offline --json -f "$tmp/seed" -c "show configuration"
python3 -m json.tool <"$tmp/out" >/dev/null || problem "not JSON"
end

begin "files and options in the order given"
echo "ipv6 netstream timeout inactive 5" >"$tmp/a"
run 0 --offline -f "$tmp/a" -c "ipv6 netstream timeout inactive 6" -c commit \
	-c "show configuration"
out "ipv6 netstream timeout inactive 6"
run 1 --offline -c system-view -f "$tmp/a" -c bogus
err "command 2:1: 'bogus'"
end

begin "positions: tabs, DOS line ends, control characters, no line end"
printf 'system-view\r\n\tipv6\tnetflow\r\n' >"$tmp/a"
run 1 --offline -f "$tmp/a"
err "$tmp/a:2:7: 'netflow': expected netstream"
sed -n 3p "$tmp/err" | grep -qP '^  \t    \t\^$' || problem "caret: $(cat -A "$tmp/err")"
printf 'system-view\nslot \001' >"$tmp/a"
run 1 --offline -f "$tmp/a"
err "$tmp/a:2:6: '\\x01': expected no control character"
printf 'system-view\nslot' >"$tmp/a"
run 1 --offline -f "$tmp/a"
err "$tmp/a:2:5: end of line: expected a slot number (0-255)"
end

begin "a long line and a large file"
printf 'ipv6 netstream export host %s\n' "$(head -c 100000 /dev/zero | tr '\0' x)" >"$tmp/a"
run 1 --offline -f "$tmp/a"
printf 'slot%s\n' "$(printf ' a%.0s' {1..5000})" >"$tmp/a"
run 1 --offline -f "$tmp/a"
for i in {1..3000}; do
	printf 'interface if%d\nipv6 netstream inbound\nquit\n' "$i"
done >"$tmp/a"
run 0 --offline -f "$tmp/a"
end

begin "a pipe: lines go on after a mistake, status 1"
printf 'system-view\nbogus\nipv6 netstream timeout inactive 5\ncommit\nshow configuration\n' \
	>"$tmp/a"
input=$tmp/a
run 1 --offline
err "<stdin>:2:1: 'bogus'"
out "ipv6 netstream timeout inactive 5"
printf 'system-view\nipv6 netstream timeout inactive 5\n' >"$tmp/a"
run 1 --offline
err "not committed"
printf 'system-view\nslot ?\n' >"$tmp/a"
run 0 --offline
out "a slot number (0-255)"
end

begin "show candidate, compare, this"
run 0 --offline -c system-view -c "slot 1" -c "port eth0" -c commit -c "undo port eth0" \
	-c "port eth1" -c "show configuration compare" -c "undo port eth1" -c "port eth0"
printf '%s\n' '  slot 1' '-  port eth0' '  slot 1' '+  port eth1' | cmp -s - "$tmp/out" ||
	problem "compare: $(cat "$tmp/out")"
run 0 --offline -c system-view -c "slot 1" -c "port eth0" -c "show this"
[ "$(cat "$tmp/out")" = "port eth0" ] || problem "this: $(cat "$tmp/out")"
run 0 --offline -c system-view -c "slot 1" -c "port eth0" -c "show configuration candidate"
out " port eth0"
end

begin "completion for the login shell"
run 0 --offline --complete "show t"
[ "$(tr '\n' ' ' <"$tmp/out")" = "this templates " ] || problem "$(cat "$tmp/out")"
run 0 --offline --complete "show bogus "
silent
run 0 --offline --complete ""
out "show"
end

if [ "$(id -u)" = 0 ] && [ ! -d /sys/module/netstream ] && ! modinfo netstream >/dev/null 2>&1; then
	begin "without the module"
	run 1 show hosts
	err "the netstream module is not loaded: modprobe netstream"
	run 1 -c system-view
	run 1
	end
else
	echo "skip cli: without the module"
fi
exit $all
