#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every row of good-statements.tbl, and its configuration as input again.
# Usage: acceptance.sh [NETSTREAM [OPTION]...]; a VM runs it with the real kernel,
# whose running configuration is emptied before each.

here=$(dirname "$0")
. "$here/lib.sh"
[ $# -gt 0 ] || set -- "$here/../../tools/netstream" --offline
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0 again=0 n=0
nothing='# / system-view / # / # / return'

fail()
{
	echo "  $lines"
	echo "    expected: $want"
	echo "    got: $*"
}

# With the real kernel each row begins with an empty configuration; without it there is no other.
live=yes
case " $* " in *" --offline "*) live=no ;; esac

# The configuration on one line.
one_line()
{
	sed 's/$/ \/ /' "$1" | tr -d '\n'
}

while IFS= read -r row; do
	case $row in '' | '#'*) continue ;; esac
	n=$((n + 1))
	lines=${row%% ; *}
	want=${row#* ; }
	[ "$want" = nothing ] && want=$nothing
	expand_lines "$lines" "$tmp/lines"
	replace=()
	if [ $live = yes ]; then
		replace=(--replace)
		# what it takes instead is what is running
		case $lines in *discard*) "$@" --replace -c system-view ;; esac
	fi
	if ! "$@" "${replace[@]}" -f "$tmp/lines" -c return -c commit -c "show configuration" \
		>"$tmp/first" 2>"$tmp/err"; then
		fail "$(cat "$tmp/err")"
		failed=1
		continue
	fi
	case " / $(one_line "$tmp/first")" in
	*" / $want / "*) ;;
	*)
		fail "$(one_line "$tmp/first")"
		failed=1
		;;
	esac
	[ $live = no ] || continue
	"$@" -f "$tmp/first" -c commit -c "show configuration" >"$tmp/second" \
		2>"$tmp/again"
	if ! cmp -s "$tmp/first" "$tmp/second" || ! cmp -s "$tmp/err" "$tmp/again"; then
		fail "the second time: $(one_line "$tmp/second") $(cat "$tmp/again")"
		again=1
	fi
done <"$here/good-statements.tbl"

verdict $failed "acceptance: each of $n statements is accepted and shown"
[ $live = yes ] || verdict $again "acceptance: each configuration shown is input that makes it again"
exit $((failed || again))
