#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# README's two minutes, in a guest whose first process is systemd: its commands, as they
# stand there.  The machine has already what apt would fetch from the archive.
#
# DKMS compiles in the guest when NETSTREAM_TEST_ALL is set.  Otherwise it is given the
# module, which was built for this kernel before, as an archive of its own format.
#
# What the commands print, and when each begins, is left in $OUT/commands.log.
set -u
suite=readme
# shellcheck source=tests/e2e/step.sh
. "$(dirname "$0")/step.sh"
heading='## Two minutes to flows in nfdump'
script=/tmp/readme.sh
debs=$PROJECT/build/deb

# The indented lines of the section.
commands() {
	awk -v heading="$heading" '/^## / { inside = $0 == heading } inside && sub(/^    /, "")' "$PROJECT/README.md"
}

# A kernel of the archive has a package of headers; this one gets one.
headers() {
	local release dir=/tmp/headers

	release=$(uname -r)
	mkdir -p $dir/DEBIAN "$dir/usr/lib/modules/$release"
	# as Debian's headers do, a makefile there says where the kernel's is
	mkdir "$dir/usr/lib/modules/$release/build"
	ln -s "$NETSTREAM_KERNEL_TREE/.config" "$NETSTREAM_KERNEL_TREE/include" "$dir/usr/lib/modules/$release/build/"
	# shellcheck disable=SC2016 # for make
	printf 'modules clean:\n\t$(MAKE) -C %s ARCH=um M=$(M) $@\n' "$NETSTREAM_KERNEL_TREE" \
		>"$dir/usr/lib/modules/$release/build/Makefile"
	cp "$NETSTREAM_KERNEL_TREE/modules.builtin" "$dir/usr/lib/modules/$release/"
	touch "$dir/usr/lib/modules/$release/modules.order"
	printf '%s\n' "Package: linux-headers-$release" "Version: $release" "Architecture: all" "Provides: linux-headers" \
		"Maintainer: nobody <nobody@example.org>" "Description: headers of the guest's kernel" >$dir/DEBIAN/control
	dpkg-deb --root-owner-group -b $dir /tmp/headers.deb && dpkg -i /tmp/headers.deb
}

# The archive that "dkms mktarball" would make of the module.
prebuilt() {
	local dir=/tmp/prebuilt version target

	target=$dir/tar/dkms_main_tree/$(uname -r)/$(uname -m)
	mkdir -p $dir/deb "$target/module" "$target/log" /usr/share/netstream-dkms
	dpkg-deb -x "$debs"/netstream-dkms_*_all.deb $dir/deb &&
		version=$(ls $dir/deb/usr/src) &&
		cp "$NETSTREAM_MODULE" "$target/module/" &&
		cp -r "$dir/deb/usr/src/$version" $dir/tar/dkms_source_tree &&
		tar -C $dir/tar -czf "/usr/share/netstream-dkms/$version.dkms.tar.gz" .
}

run_commands() {
	# root's bash takes no PS4 from the environment
	# shellcheck disable=SC2016 # expanded when a command is traced
	bash -e -c 'PS4="+ \${SECONDS} s: "; set -x; . "$1"' readme "$script" 2>&1 | tee "$OUT/commands.log"
	return "${PIPESTATUS[0]}"
}

# The last command, again and again: the three pings, and their answers, as nfcapd received them.
flows_come() {
	local i

	for ((i = 0; i < 120; i++)); do
		bash -c "$last" >/tmp/flows.txt 2>&1
		[ "$(grep -cE 'ICMP6 .*::1.*::1.* 3 +312 ' /tmp/flows.txt)" = 2 ] && return
		sleep 1
	done
	head -n 3 /tmp/flows.txt
	return 1
}

commands >$script
last=$(tail -n 1 $script)
sed -i '$d' $script
step not_installed bash -c '! command -v netstream && ! modinfo netstream'
step commands_are_there grep -q '^systemctl enable --now netstream$' $script
step last_is_nfdump grep -q '^nfdump ' <<<"$last"
step headers headers
[ "${NETSTREAM_TEST_ALL:-}" ] || step prebuilt prebuilt
cd "$debs" || exit 1
SECONDS=0
step commands run_commands
step cache_was_shown grep -qE '::1.*icmpv6.* 3 +312 ' "$OUT/commands.log"
step doctor_finds_nothing grep -q 'Nothing is wrong' "$OUT/commands.log"
step flows_come flows_come
echo "# from the first command to flows in nfdump: $SECONDS s in this guest"
grep -E '^\++ [0-9]+ s: ' "$OUT/commands.log" | sed 's/^/# /'
grep ICMP6 /tmp/flows.txt | sed 's/^/# /'
step enabled systemctl is-enabled netstream
step active systemctl is-active netstream
pkill -x nfcapd
