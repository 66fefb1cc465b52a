# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests that are scripts: to be sourced.  $suite begins the names of their lines.
# What a step prints is in $log, and what the one before printed in $log.last.

log=${overlays:-/tmp}/step.log

# step NAME COMMAND...: a line for the command; a failure ends the script
step() {
	local name=$1
	shift
	[ ! -e "$log" ] || mv "$log" "$log.last"
	if "$@" >"$log" 2>&1; then
		echo "ok ${suite:?}.$name"
	else
		echo "not ok ${suite:?}.$name - $(tail -n 3 "$log" | tr '\n' '/')"
		exit 1
	fi
}

# Whether the step before has printed something.
said() {
	grep -q -- "$1" "$log.last" || { cat "$log.last"; return 1; }
}
