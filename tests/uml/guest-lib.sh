# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For scripts that are the first process of a UML guest.  To be sourced.

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL=C HOME=/root

guest_mounts() {
	mount -t proc proc /proc
	mount -t sysfs sys /sys
	mount -t devtmpfs dev /dev 2>/dev/null
	mount -t debugfs debug /sys/kernel/debug
	dmesg -n 7
	# what the kernel said before is its own affair
	echo netstream-guest-begins | tee /dev/kmsg
}

# What was allocated and can no longer be reached, on a kernel that knows.
guest_kmemleak() {
	[[ -e /sys/kernel/debug/kmemleak ]] || return 0
	# what RCU is about to free is no leak; a leak must be seen by two scans
	sleep 6
	# a detector that has run out of memory takes no command any more
	echo scan >/sys/kernel/debug/kmemleak &&
		echo scan >/sys/kernel/debug/kmemleak || echo netstream-kmemleak-is-off
	sed 's/^/netstream-kmemleak: /' /sys/kernel/debug/kmemleak
}

# A lock checker that switched itself off has found nothing, but also looked at nothing.
guest_lockdep() {
	[[ -e /proc/lockdep_stats ]] || return 0
	grep -q '^ *debug_locks: *1$' /proc/lockdep_stats || echo netstream-lockdep-is-off
}

# There is no init to ask and no SysRq in UML: the system call, from perl-base.
guest_off() {
	exec perl -e 'syscall(169, 0xfee1dead, 672274793, 0x4321fedc)'
}

# guest_seed FILE: such a kernel gathers randomness for minutes before it has keys made:
# give it 512 bytes of the machine's (RNDADDENTROPY).
guest_seed() {
	perl -e 'open S, "<", "/dev/random"; sysopen R, $ARGV[0], 0 or die; read R, $seed, 512;
		ioctl S, 0x40085203, pack "iia*", 4096, 512, $seed or die' "$1"
}
