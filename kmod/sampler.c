// SPDX-License-Identifier: GPL-2.0
/*
 * Which packets are looked at.  Pure: the state is an argument.
 */
#include <linux/kernel.h>
#include <linux/netstream.h>
#include <linux/random.h>

#include "sampler.h"

/* Packets to pass over from one that is selected to the next. */
static u32 nst_sampler_gap(const struct nst_sampler_def *def,
			   struct nst_sampler_state *st)
{
	u32 rest = def->interval - 1 - st->place;

	/* the first of each interval, or one whose place is drawn */
	st->place = 0;
	if (def->mode == NETSTREAM_SAMPLER_RANDOM_PACKETS)
		st->place = reciprocal_scale(get_random_u32(), def->interval);
	return rest + st->place;
}

static u32 nst_sampler_packets(const struct nst_sampler_def *def,
			       struct nst_sampler_state *st, u32 n)
{
	u32 selected = 0;

	if (!st->started) {
		st->started = true;
		/* as if the last of an interval had been selected */
		st->place = def->interval - 1;
		st->skip = nst_sampler_gap(def, st);
	}
	while (!nst_sampler_passes(st, n)) {
		n -= st->skip + 1;
		selected++;
		st->skip = nst_sampler_gap(def, st);
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
 * @def: sampler
 * @state: this CPU's place in the sampling of one interface and direction;
 *	see nst_sampler_begin()
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
	case NETSTREAM_SAMPLER_RANDOM_PACKETS:
		return nst_sampler_packets(def, state, n);
	case NETSTREAM_SAMPLER_FIX_TIME:
		return nst_sampler_fix_time(def->interval, state, now);
	default:
		return n;
	}
}
