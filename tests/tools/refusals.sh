#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every row of bad-statements.tbl, through -c and through -f.
# Usage: refusals.sh [NETSTREAM [OPTION]...]; a VM runs it with the real kernel,
# whose running configuration must be empty.

here=$(dirname "$0")
. "$here/lib.sh"
[ $# -gt 0 ] || set -- "$here/../../tools/netstream" --offline
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0 n=0

# Run it; the first line of the refusal must begin with PREFIX and what the row says.
check()
{
	local how=$1 prefix=$2 rc
	shift 2
	"$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
	case $rc:$(head -1 "$tmp/err") in
	"1:$prefix$want"*) return ;;
	esac
	echo "  $how: $lines"
	echo "    expected (status 1): $prefix$want"
	echo "    got (status $rc): $(head -1 "$tmp/err")"
	failed=1
}

while IFS= read -r row; do
	case $row in '' | '#'*) continue ;; esac
	n=$((n + 1))
	lines=${row%% ; *}
	want=${row#* ; }
	expand_lines "$lines" "$tmp/lines"
	mapfile -t array <"$tmp/lines"
	options=()
	for line in "${array[@]}"; do
		options+=(-c "$line")
	done
	check -c "command " "$@" "${options[@]}"
	check -f "$tmp/lines:" "$@" -f "$tmp/lines"
done <"$here/bad-statements.tbl"

[ "$n" -ge 60 ] || failed=1
verdict $failed "refusals: each of $n bad statements is refused with its words"
exit $failed
