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
# nothing but the warnings of the seed's record and of sequence-mode flow, once
two_warnings()
{
	[ ! -s "$tmp/out" ] || problem "not silent: $(cat "$tmp/out")"
	[ "$(wc -l <"$tmp/err")" = 2 ] || problem "not two lines: $(cat "$tmp/err")"
	err "warning: record r1 has no times and interfaces: "
	err "warning: slot 0: ip netstream export sequence-mode flow: "
}
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
err "expected show, routes, reset, refresh or save"
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

begin "a commit warns of what collectors misread"
cat >"$tmp/narrow" <<'END'
system-view
ipv6 netstream record narrow
match protocol
match input interface
collect first switched
collect last switched
collect input packets 16
collect input bytes 64
quit
slot 3
ip netstream export sequence-mode flow
quit
END
run 0 --offline --check -f "$tmp/narrow"
err "warning: slot 3: ip netstream export sequence-mode flow: "
grep -q narrow "$tmp/err" && problem "a record that is not applied: $(cat "$tmp/err")"
echo "ipv6 netstream apply record narrow" >>"$tmp/narrow"
run 0 --offline --check -f "$tmp/narrow"
err "warning: record narrow: collect input packets 16: "
grep -q "input bytes" "$tmp/err" && problem "64 bits: $(cat "$tmp/err")"
[ "$(wc -l <"$tmp/err")" = 2 ] || problem "not a line each: $(cat "$tmp/err")"
echo "undo slot 3" >>"$tmp/narrow"
run 0 --offline --check -f "$tmp/narrow"
grep -q "slot 3" "$tmp/err" && problem "slot 3 is gone: $(cat "$tmp/err")"
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

begin "routes follow check: what the file says, without keys; a mistake, its line and the reason"
cat >"$tmp/follow" <<'S'
routes
 neighbor 2001:db8::1 remote-as 1 local-as 2 password hush
 neighbor 10.0.0.1 remote-as 1 local-as 2 tcp-ao 255 hush cmac-aes128 hold-time 20
 neighbor 2001:db8::2 remote-as 1 local-as 2 tcp-ao 0 hush hmac-sha1 passive
 bmp listen :: 1790 vpn-instance red
S
run 0 routes follow check "$tmp/follow"
out " neighbor 2001:db8::1 remote-as 1 local-as 2 password ******"
out " neighbor 10.0.0.1 remote-as 1 local-as 2 tcp-ao 255 ****** cmac-aes128 hold-time 20"
out " neighbor 2001:db8::2 remote-as 1 local-as 2 tcp-ao 0 ****** passive"
out " bmp listen :: 1790 vpn-instance red"
grep -q hush "$tmp/out" && problem "a key was shown"
echo " neighbor 2001:db8::3 remote-as 1 local-as 2 tcp-ao 256 hush" >>"$tmp/follow"
run 1 routes follow check "$tmp/follow"
err "follow:6:53: '256': expected a KeyID (0-255)"
sed -i '6s/tcp-ao 256/tcp-ao 1 hush password/' "$tmp/follow"
run 1 routes follow check "$tmp/follow"
err "follow:6:60: 'password': expected hmac-sha1, cmac-aes128, port"
sed -i 6d "$tmp/follow"
echo " neighbor 2001:db8::3 remote-as 1 local-as 2 passive port 1790 vrf red" >>"$tmp/follow"
run 1 routes follow check "$tmp/follow"
err "'routes: neighbor 2001:db8::3': it would connect to port 1790, where 'bmp listen' listens"
echo "ipv6 netstream timeout inactive 7" >"$tmp/follow"
run 1 routes follow check "$tmp/follow"
err "expected a neighbor or bmp listen in the routes view"
# the whole configuration is no worse, and neither is standard input
{ echo "ipv6 netstream timeout inactive 7"; echo routes; echo " bmp listen :: 1790"; } >"$tmp/follow"
input=$tmp/follow run 0 routes follow check -
out " bmp listen :: 1790"
NETSTREAM_STATE_DIR=$tmp/state run 1 routes follow check
err "no routes view was committed, and there is no /etc/netstream/routes.conf"
end

begin "the routes view: keys are in what is saved, in the history, and in nothing that is shown"
cat >"$tmp/keys" <<'S'
system-view
routes
neighbor 2001:db8::1 remote-as 1 local-as 2 password hush
neighbor 10.0.0.1 remote-as 1 local-as 2 tcp-ao 255 hush cmac-aes128 hold-time 20
display this
display configuration candidate
display configuration candidate --json
display configuration compare
display configuration compare --json
commit
neighbor 2001:db8::1 remote-as 1 local-as 2 password hush2
display configuration compare
display netstream all
display configuration
commit
return
S
mkdir -p "$tmp/keep"
NETSTREAM_STATE_DIR=$tmp/keep run 0 --offline -f "$tmp/keys" -c "save $tmp/saved"
grep -q "hush" "$tmp/out" && problem "a key was shown"
out "+  neighbor 2001:db8::1 remote-as 1 local-as 2 password ******"
out "-  neighbor 2001:db8::1 remote-as 1 local-as 2 password ******"
out "neighbor 10.0.0.1 remote-as 1 local-as 2 tcp-ao 255 ****** cmac-aes128 hold-time 20"
[ "$(stat -c %a "$tmp/saved")" = 600 ] || problem "others can read the keys"
grep -q "^ neighbor 2001:db8::1 remote-as 1 local-as 2 password hush2$" "$tmp/saved" || problem "the key was not saved"
grep -rq "password hush$" "$tmp"/keep/commits* || problem "the key is not in the history"
[ -z "$(find "$tmp"/keep -name '*.conf' -perm /077)" ] || problem "others can read the history"
# what was saved is input again
run 0 --offline -f "$tmp/saved" -c commit -c "show configuration"
out " neighbor 2001:db8::1 remote-as 1 local-as 2 password ******"
run 1 --offline -c routes -c "neighbor 2001:db8::1 remote-as 1 local-as 2 passive port 1790" -c "bmp listen :: 1790"
err "command 2: 'routes: neighbor 2001:db8::1': it would connect to port 1790, where 'bmp listen' listens"
run 0 --offline --check -c routes -c "bmp listen :: 1790"
[ -s "$tmp/out" ] && problem "checking shows something"
rm -r "$tmp/keep" "$tmp/keys" "$tmp/saved" "$tmp/follow"
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
two_warnings
input=$tmp/seed
run 0 --offline -f -
two_warnings
run 0 --offline
two_warnings
input=
options=()
while IFS= read -r line; do options+=(-c "$line"); done <"$tmp/seed"
run 0 --offline "${options[@]}"
two_warnings
run 0 --offline --check "${options[@]}"
two_warnings
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
sed -n 2,3p "$tmp/err" | cmp -s - <(printf '%s\n' '   ipv6 netflow' '        ^') ||
	problem "caret: $(cat -A "$tmp/err")"
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

begin "a pipe: lines as they come, until the first mistake"
printf 'system-view\nipv6 netstream timeout inactive 5\nshow configuration candidate\ncommit\n' \
	>"$tmp/a"
input=$tmp/a
run 0 --offline
out "ipv6 netstream timeout inactive 5"
printf 'system-view\nipv6 netstream timeout inactive 5\nbogus\ncommit\nshow configuration\n' \
	>"$tmp/a"
run 1 --offline
err "<stdin>:3:1: 'bogus'"
err "The candidate was not committed."
[ ! -s "$tmp/out" ] || problem "went on: $(cat "$tmp/out")"
printf 'system-view\nipv6 netstream timeout inactive 5\n' >"$tmp/a"
run 1 --offline
err "not committed"
printf 'system-view\nslot ?\n' >"$tmp/a"
run 0 --offline
out "a slot number (0-255)"
end

begin "line breaks in -c, NUL and CR: nothing is dropped"
run 0 --offline -c $'system-view\nipv6 netstream timeout inactive 5\n' -c return -c commit \
	-c "show configuration"
out "ipv6 netstream timeout inactive 5"
run 1 --offline -c $'system-view\nipv6 netstream timeout inactive 5\nbogus'
err "command 1, line 3:1: 'bogus': expected"
run 1 --offline -c system-view -c $'slot 1\nport all'
err "command 2, line 2:6: 'all': expected"
printf 'system-view\nslot 1\rport eth0\nslot 2\n' >"$tmp/a"
run 1 --offline -f "$tmp/a"
err "$tmp/a:2:7: '\x0d': expected no control character"
printf 'system-view\nslot\0001\nbogus\n' >"$tmp/a"
run 1 --offline -f "$tmp/a"
err "$tmp/a:2:5: expected no NUL byte"
input=$tmp/a
run 1 --offline
err "<stdin>:2:5: expected no NUL byte"
input=
end

begin "--offline --check knows the limits of the kernel"
run 1 --offline --check -c "ipv6 netstream record r" -c "match tos" -c quit \
	-c "ipv6 netstream apply record r" -c "ipv6 netstream record r" -c "undo match tos"
err "command 4: 'ipv6 netstream apply record r': the record matches and collects nothing"
for i in {1..65}; do printf 'ipv6 netstream record r%d\nquit\n' "$i"; done >"$tmp/a"
run 1 --offline --check -f "$tmp/a"
err "$tmp/a:129:23: 'r65': too many records: expected at most 64"
for i in {1..33}; do printf 'ipv6 netstream export host 10.0.0.%d 1\n' "$i"; done >"$tmp/a"
run 1 --offline --check -f "$tmp/a"
err "$tmp/a:33:28: '10.0.0.33': too many hosts: expected at most 32 in a view"
for i in {1..9}; do
	printf 'ipv6 netstream record r%d\nmatch tos\nquit\nipv6 netstream apply record r%d\n' "$i" "$i"
done >"$tmp/a"
run 1 --offline --check -f "$tmp/a"
err "$tmp/a:36:29: 'r9': too many: expected at most 8"
for i in {1..16385}; do printf 'interface if%d\nipv6 netstream inbound\nquit\n' "$i"; done >"$tmp/a"
run 1 --offline --check -f "$tmp/a"
err "$tmp/a:49154: too many interface views: expected at most 16384"
for i in {0..16}; do
	[ $i = 0 ] || printf 'slot %d\n' "$i"
	[ $i = 0 ] || seq -f "port if${i}_%g" 1 $((i == 16 ? 4097 : 4096))
	[ $i = 0 ] || echo quit
done >"$tmp/a"
run 1 --offline --check -f "$tmp/a"
err "too many: expected at most 65536"
end

begin "text that is no UTF-8"
printf 'ipv6 netstream record r\ndescription gr\374n\n' >"$tmp/a"
run 0 --offline --json -f "$tmp/a" -c return -c commit -c "show configuration"
python3 -c 'import json, sys; json.load(open(sys.argv[1], encoding="utf-8"))' "$tmp/out" ||
	problem "not JSON"
run 1 --offline -c $'show \e[31m\x80'
grep -q $'\e' "$tmp/err" && problem "an escape was echoed: $(cat -A "$tmp/err")"
err "expected no control character"
end

begin "show candidate, compare, this"
run 0 --offline -c system-view -c "slot 1" -c "port eth0" -c commit -c "undo port eth0" \
	-c "port eth1" -c "show configuration compare" -c "undo port eth1" -c "port eth0"
printf '%s\n' '  slot 1' '-  port eth0' '+  port eth1' | cmp -s - "$tmp/out" ||
	problem "compare: $(cat "$tmp/out")"
run 0 --offline -c system-view -c "slot 1" -c "port eth0" -c "show configuration compare --json"
python3 - "$tmp/out" <<'P' || problem "compare --json: $(cat "$tmp/out")"
import json, sys
assert json.load(open(sys.argv[1])) == [{"view": "slot 1", "change": "added", "line": "port eth0"}]
P
run 0 --offline -c system-view -c "slot 1" -c "port eth0" -c "show this"
[ "$(cat "$tmp/out")" = "port eth0" ] || problem "this: $(cat "$tmp/out")"
run 0 --offline -c system-view -c "slot 1" -c "port eth0" -c "show configuration candidate"
out " port eth0"
end

begin "the router's abbreviations"
run 0 --offline -c sys -c "ipv6 netstream timeout inactive 5" -c ret -c commit -c "dis cur"
out "ipv6 netstream timeout inactive 5"
run 0 --offline -c sys -c "int eth0" -c "ipv6 n in" -c "dis this" -c q -c q
out "ipv6 netstream inbound"
end

begin "completion for the login shell"
run 0 --offline --complete "show t"
[ "$(tr '\n' ' ' <"$tmp/out")" = "this templates tech " ] || problem "$(cat "$tmp/out")"
run 0 --offline --complete "show bogus "
silent
run 0 --offline --complete ""
out "show"
end

begin "save writes the running configuration, and keeps the old file"
cat >"$tmp/lines" <<END
system-view
ipv6 netstream record one
match protocol
quit
commit
ipv6 netstream record two
return
save $tmp/saved.conf
system-view
discard
undo ipv6 netstream record one
commit
return
save $tmp/saved.conf
save $tmp/no/folder
END
input=$tmp/lines
echo before >"$tmp/saved.conf"
run 1 --offline
out "Saved in $tmp/saved.conf."
out "The candidate has changes that were not committed: they were not saved."
err "$tmp/no/folder"
grep -q "record one" "$tmp/saved.conf.old" || problem "saved.conf.old: $(cat "$tmp/saved.conf.old")"
grep -q "record" "$tmp/saved.conf" && problem "saved.conf: $(cat "$tmp/saved.conf")"
grep -q "record two" "$tmp/saved.conf.old" && problem "the candidate was saved"
[ "$(ls "$tmp" | grep -c saved)" = 2 ] || problem "left behind: $(ls "$tmp")"
input=
run 0 --offline --check -f "$tmp/saved.conf.old"
run 0 --offline --complete "write "
out memory
run 0 --offline --complete "copy running-config "
out startup-config
end

# What is installed must be what was committed: nothing may be ignored or forgotten.
tree=$(cd "$(dirname "$0")/../.." && pwd)
if git -C "$tree" rev-parse HEAD >/dev/null 2>&1; then
	begin "install from a clean clone"
	git clone -q "$tree" "$tmp/clone" || problem "git clone"
	make -s -C "$tmp/clone" install-tools DESTDIR="$tmp/root" PREFIX=/usr >"$tmp/out" 2>&1 ||
		problem "make: $(tail -3 "$tmp/out")"
	for f in sbin/netstream share/man/man8/netstream.8 \
		share/bash-completion/completions/netstream libexec/netstream/netstream-apply \
		lib/systemd/system/netstream-module.service lib/systemd/system/netstream.service \
		lib/systemd/system/netstream@.service lib/systemd/system/netstream-routes.service \
		lib/systemd/system/netstream-routes.path lib/systemd/system/netstream-routes@.path \
		lib/systemd/system/netstream-routes@.service; do
		[ -s "$tmp/root/usr/$f" ] || problem "$f is missing"
	done
	[ -z "$(git -C "$tmp/clone" status --porcelain)" ] ||
		problem "building leaves: $(git -C "$tmp/clone" status --porcelain)"
	grep -q "^@" "$tmp/root/usr/share/man/man8/netstream.8" && problem "the manual has a gap"
	grep -qF 'match source address' "$tmp/root/usr/share/man/man8/netstream.8" ||
		problem "the manual has no fields"
	grep -rq "@[A-Z]*@" "$tmp/root/usr/lib/systemd" && problem "a unit has a gap"
	bash -n "$tmp/root/usr/share/bash-completion/completions/netstream" || problem "completion"
	end
else
	echo "skip cli: install from a clean clone"
fi

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
