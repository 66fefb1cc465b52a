// SPDX-License-Identifier: GPL-2.0
/*
 * Selection of packets.  No side effects except on the state that is passed in.
 */
#include <linux/kernel.h>
#include <linux/netstream.h>
#include <linux/random.h>

#include "sampler.h"

/* Number of packets between the selected one and the next to be selected. */
static u32 nst_sampler_gap(const struct nst_sampler_def *def,
			   struct nst_sampler_state *st)
{
	u32 rest = def->interval - 1 - st->place;

	/* select the first packet of the interval, or a random one */
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
		/* as if the last packet of an interval had just been selected */
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

/* Select the first packet of each interval; an interval may have no packet. */
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
 * nst_sampler_select - decide how many of the given packets are metered
 * @def: sampler
 * @state: this CPU's sampling state of the interface and direction; see
 *	nst_sampler_begin()
 * @n: number of packets: the segments of a GSO packet, else 1
 * @now: milliseconds since boot; only read by fix-time
 *
 * Each CPU samples the packets that it processes.  So the ratio is right over all
 * CPUs, while the spacing of selected packets is right on each CPU only.
 *
 * Context: the owner of @state, bottom halves off.
 * Return: number of packets selected, 0 to @n.
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
