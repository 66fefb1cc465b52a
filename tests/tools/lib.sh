# SPDX-License-Identifier: GPL-2.0
# For the table tests: rows of "LINES ; EXPECTED", see bad-statements.tbl.

# Write what LINES stand for to the file.
expand_lines()
{
	local lines=$1 file=$2

	: >"$file"
	while [ -n "$lines" ]; do
		expand_one "${lines%% / *}" >>"$file"
		case $lines in
		*' / '*) lines=${lines#* / } ;;
		*) lines= ;;
		esac
	done
}

expand_one()
{
	case $1 in
	SYS) echo system-view ;;
	REC) printf '%s\n' system-view "ipv6 netstream record r" "match protocol" ;;
	SLOT) printf '%s\n' system-view "slot 1" ;;
	IF) printf '%s\n' system-view "interface eth0" ;;
	*) printf '%s\n' "$1" ;;
	esac
}

verdict()
{
	if [ "$1" = 0 ]; then echo "ok $2"; else echo "not ok $2"; fi
}
