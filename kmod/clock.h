/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one clock of the module: milliseconds since boot, suspend included. sysUptime
 * in headers, the first and last times of flows, and aging use it, so all of these
 * can be compared.
 */
#ifndef _NST_CLOCK_H
#define _NST_CLOCK_H

#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/timekeeping.h>

/*
 * Offset of the clock in milliseconds, a parameter of modules built for tests, in which
 * the 32-bit time wraps soon after loading.
 */
#ifdef NST_CLOCK_PARAM
extern unsigned long nst_clock_ahead;
#define NST_CLOCK_AHEAD	nst_clock_ahead
#endif
#ifndef NST_CLOCK_AHEAD
#define NST_CLOCK_AHEAD	0ULL
#endif

/**
 * nst_clock_ms - milliseconds since boot, to the accuracy of a timer tick
 *
 * Context: any.
 */
static inline u64 nst_clock_ms(void)
{
	return div_u64(ktime_to_ns(ktime_get_coarse_boottime()),
		       NSEC_PER_MSEC) + NST_CLOCK_AHEAD;
}

/**
 * nst_clock_extend - extend a 32-bit time to 64 bits
 * @now: the present, from nst_clock_ms()
 * @stamp: low 32 bits of a time at most 49 days before
 */
static inline u64 nst_clock_extend(u64 now, u32 stamp)
{
	return now - (u32)((u32)now - stamp);
}

/**
 * nst_clock_base - the time from which the 32-bit times of an export packet count
 * @now: the present, from nst_clock_ms()
 *
 * Collectors compute a flow's time as header time - sysUptime + FIRST_SWITCHED, and
 * ignore a wrap in between: nfdump 1.7 and others are wrong by 49.7 days then.  So
 * 32-bit times never wrap within a packet.  Times count from boot until 37.3 days
 * after it, and after that from the last multiple of 2^31 ms that is at least 2^30
 * ms (12.4 days) ago. sysUptime is then between 12.4 and 37.3 days.
 *
 * Return: milliseconds since boot.
 */
static inline u64 nst_clock_base(u64 now)
{
	if (now < 3ULL << 30)
		return 0;
	return (now - (1ULL << 30)) >> 31 << 31;
}

/**
 * nst_clock_epoch - when the clock was 0, which is when the machine booted, in
 *	milliseconds since 1970
 * @now: the present, from nst_clock_ms()
 *
 * Context: any.
 */
static inline u64 nst_clock_epoch(u64 now)
{
	return div_u64(ktime_to_ns(ktime_get_coarse_real()), NSEC_PER_MSEC) -
	       now;
}

#endif /* _NST_CLOCK_H */
