/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is this packet selected?  (RFC 5475: count-based and time-based samplers.)
 */
#ifndef _NST_SAMPLER_H
#define _NST_SAMPLER_H

#include <linux/netstream.h>
#include <linux/types.h>

/**
 * struct nst_sampler_def - a sampler, as configured
 * @mode: &enum netstream_sampler_mode, 0: every packet is selected
 * @interval: packets, or milliseconds
 */
struct nst_sampler_def {
	u8	mode;
	u32	interval;
};

/**
 * struct nst_sampler_state - one CPU's place in an interface's sampling
 * @left: packets until the interval ends
 * @pick: the packet of the interval to select: the one that makes @left less than this
 * @due: milliseconds since boot from which on the next packet is selected
 * @started: @due has a meaning
 */
struct nst_sampler_state {
	u32	left;
	u32	pick;
	u32	due;
	bool	started;
};

u32 nst_sampler_select(const struct nst_sampler_def *def,
		       struct nst_sampler_state *state, u32 n, u32 now);

/**
 * nst_sampler_passes - pass over packets in the midst of an interval
 * @def: sampler
 * @state: this CPU's place in the sampling of one interface and direction
 * @n: packets that come at once
 *
 * What nst_sampler_select() does for nearly all packets, without a call.
 *
 * Context: the owner of @state, bottom halves off.
 * Return: whether they were passed over; else nst_sampler_select() decides.
 */
static inline bool nst_sampler_passes(const struct nst_sampler_def *def,
				      struct nst_sampler_state *state, u32 n)
{
	if (def->mode != NETSTREAM_SAMPLER_FIX_PACKETS || n > state->left ||
	    state->left >= def->interval)
		return false;
	state->left -= n;
	return true;
}

#endif /* _NST_SAMPLER_H */
