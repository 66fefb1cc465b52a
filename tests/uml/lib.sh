# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Shared by the User Mode Linux scripts: where things are kept, and how they
# are said.  To be sourced.

set -euo pipefail

uml_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top_dir=$(cd "$uml_dir/../.." && pwd)
build_dir=$top_dir/build
# kernels outlive a clone and serve all clones
# shellcheck disable=SC2034 # for those who source this
cache_dir=${NETSTREAM_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/netstream}/uml
jobs=${JOBS:-$(nproc)}

export LC_ALL=C

say() {
	printf '%(%H:%M:%S)T %s\n' -1 "$*" >&2
}

die() {
	say "error: $*"
	exit 1
}

# Install what is not there yet: need PACKAGE...
need() {
	local package missing=()

	for package; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
			grep -q 'ok installed' || missing+=("$package")
	done
	((${#missing[@]})) || return 0
	((EUID == 0)) || die "please install: ${missing[*]}"
	say "installing ${missing[*]}"
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
		--no-install-recommends "${missing[@]}" >&2
}

# Say how far a long command is: progress WHAT LOG COMMAND...
progress() {
	local what=$1 log=$2 pid start=$SECONDS
	shift 2

	"$@" >"$log" 2>&1 &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		sleep 1
		(((SECONDS - start) % 30)) || ((SECONDS == start)) ||
			say "$what: $((SECONDS - start)) s, $(wc -l <"$log") steps"
	done
	wait "$pid" && return
	tail -n 30 "$log" >&2
	die "$what failed; all of its output: $log"
}

# Copy the module's and the tests' sources to where they are built for a
# kernel: stage VARIANT; prints the directory.
stage() {
	local dir=$build_dir/uml/$1 file

	mkdir -p "$dir"
	# what is not newer stays as it is, so that make builds only what changed
	(cd "$top_dir" && find Kbuild kmod include tests/kunit tests/bench -type f \
		\( -name '*.[ch]' -o -name Kbuild \) ! -name '*.mod.c' \
		-exec cp -u -p --parents -t "$dir" {} +) 2>/dev/null || true
	while IFS= read -r file; do
		[[ -e $top_dir/$file ]] || rm -f "$dir/$file"
	done < <(cd "$dir" && find . -name '*.[ch]' ! -name '*.mod.c')
	echo "$dir"
}

# Build modules: build_modules OBJ DIRECTORY LOG [make arguments]
build_modules() {
	local obj=$1 dir=$2 log=$3
	shift 3

	nice make -C "$obj" ARCH=um M="$dir" -j "$jobs" modules "$@" >"$log" 2>&1 && return
	grep -E 'error|Error|undefined|WARNING' "$log" >&2 || cat "$log" >&2
	die "building $dir failed; all of its output: $log"
}

# Boot a kernel: uml_boot OBJ SECONDS LOG GUEST-SCRIPT [kernel arguments].
#
# The guest has the machine's / as its root, read-only, and the script as its
# first process.  What it says goes to LOG: a file, as a killed UML may leave
# processes behind that would hold a pipe open.
uml_boot() {
	local obj=$1 limit=$2 log=$3 guest=$4 umid=nst-$$-$RANDOM dir status=0
	shift 4

	dir=$(mktemp -d)
	timeout -s KILL "$limit" "$obj/linux" umid="$umid" uml_dir="$dir" \
		root=/dev/root rootfstype=hostfs rootflags=/ ro \
		init="$guest" con=null con0=fd:0,fd:1 panic=-1 ssl=null kunit.enable=1 kunit.autorun=1 "$@" \
		<"/dev/null" >"$log" 2>&1 || status=$?
	# only this boot's processes have its umid
	pkill -KILL -f "umid=$umid" || true
	rm -rf "$dir"
	return "$status"
}
