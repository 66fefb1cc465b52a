// SPDX-License-Identifier: GPL-2.0
/*
 * Which packets are looked at.  Pure: the state is an argument.
 */
#include <linux/kernel.h>
#include <linux/netstream.h>
#include <linux/random.h>

#include "sampler.h"

/* The first of each interval: after it, interval - 1 packets are passed over. */
static u32 nst_sampler_fix_packets(const struct nst_sampler_def *def,
				   struct nst_sampler_state *st, u32 n)
{
	u32 interval = def->interval, beyond;

	if (nst_sampler_passes(def, st, n))
		return 0;
	/* the interval was made shorter meanwhile */
	if (st->left >= interval)
		st->left = 0;
	beyond = n - st->left - 1;
	st->left = interval - 1 - beyond % interval;
	return 1 + beyond / interval;
}

/* One of each interval, its place drawn when the interval begins. */
static u32 nst_sampler_random(u32 interval, struct nst_sampler_state *st, u32 n)
{
	u32 selected = 0, step;

	while (n) {
		if (!st->left || st->left > interval) {
			st->left = interval;
			st->pick = 1 + reciprocal_scale(get_random_u32(),
							interval);
		}
		step = min(n, st->left);
		if (st->pick <= st->left && st->pick > st->left - step)
			selected++;
		st->left -= step;
		n -= step;
	}
	return selected;
}

/* The first packet of each interval of time; quiet intervals are passed over. */
static u32 nst_sampler_fix_time(u32 interval, struct nst_sampler_state *st,
				u32 now)
{
	if (st->started && (s32)(now - st->due) < 0 &&
	    st->due - now <= interval)
		return 0;
	st->started = true;
	st->due = now + interval;
	return 1;
}

/**
 * nst_sampler_select - how many of some packets are to be metered
 * @def: sampler; its interval may change between calls
 * @state: this CPU's place in the sampling of one interface and direction; zero at first
 * @n: packets that come at once: the segments of a super-packet, else 1
 * @now: milliseconds since boot; only read by fix-time
 *
 * With several CPUs each selects from the packets that it sees, so over all of
 * them the ratio holds, and the spacing holds for each.
 *
 * Context: the owner of @state, bottom halves off.
 * Return: packets selected, 0 to @n.
 */
u32 nst_sampler_select(const struct nst_sampler_def *def,
		       struct nst_sampler_state *state, u32 n, u32 now)
{
	switch (def->mode) {
	case NETSTREAM_SAMPLER_FIX_PACKETS:
		return nst_sampler_fix_packets(def, state, n);
	case NETSTREAM_SAMPLER_RANDOM_PACKETS:
		return nst_sampler_random(def->interval, state, n);
	case NETSTREAM_SAMPLER_FIX_TIME:
		return nst_sampler_fix_time(def->interval, state, now);
	default:
		return n;
	}
}
