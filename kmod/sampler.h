/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is this packet selected?  (RFC 5475: count-based and time-based samplers.)
 */
#ifndef _NST_SAMPLER_H
#define _NST_SAMPLER_H

#include <linux/netstream.h>
#include <linux/overflow.h>
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
 * @skip: packets to pass over before the sampler is asked again
 * @place: place in its interval of the packet selected next, random-packets
 * @due: milliseconds since boot from which on the next packet is selected
 * @started: @place, or @due, has a meaning
 * @def: the sampler that all this is of
 */
struct nst_sampler_state {
	u32			skip;
	u32			place;
	u32			due;
	bool			started;
	struct nst_sampler_def	def;
};

u32 nst_sampler_select(const struct nst_sampler_def *def,
		       struct nst_sampler_state *state, u32 n, u32 now);

/**
 * nst_sampler_passes - pass over packets that no sampler need be asked about
 * @state: this CPU's place in the sampling of one interface and direction
 * @n: packets that come at once
 *
 * What nst_sampler_select() does for nearly all packets, without a call.
 *
 * Context: the owner of @state, bottom halves off.
 * Return: whether they were passed over; else, and always without a sampler,
 *	nst_sampler_select() decides.
 */
static inline bool nst_sampler_passes(struct nst_sampler_state *state, u32 n)
{
	u32 left;

	if (check_sub_overflow(state->skip, n, &left))
		return false;
	state->skip = left;
	return true;
}

/**
 * nst_sampler_begin - use a sampler from now on
 * @def: sampler
 * @state: this CPU's place in the sampling of one interface and direction;
 *	unchanged if the sampler is the same as before, else it begins anew
 *
 * Context: the owner of @state, bottom halves off.
 */
static inline void nst_sampler_begin(const struct nst_sampler_def *def,
				     struct nst_sampler_state *state)
{
	if (state->def.mode == def->mode &&
	    state->def.interval == def->interval)
		return;
	*state = (struct nst_sampler_state) { .def = *def };
}

#endif /* _NST_SAMPLER_H */
