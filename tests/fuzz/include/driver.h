/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The dice of a random driver: the same seed gives the same run.
 */
#ifndef _FUZZ_DRIVER_H
#define _FUZZ_DRIVER_H

#include "kernel.h"

extern u64 driver_state;

static inline void driver_seed(u64 seed)
{
	driver_state = seed * 0x9E3779B97F4A7C15ull + 1;
}

static inline u32 driver_random(void)
{
	u64 x = driver_state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	driver_state = x;
	return (x * 0x2545F4914F6CDD1Dull) >> 32;
}

/* Less than @n, which is not 0. */
static inline u32 driver_below(u32 n)
{
	return (u64)driver_random() * n >> 32;
}

/* True @percent times of a hundred. */
static inline bool driver_chance(u32 percent)
{
	return driver_below(100) < percent;
}

#endif /* _FUZZ_DRIVER_H */
