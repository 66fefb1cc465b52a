/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Count-based and time-based packet sampling (RFC 5475).
 */
#ifndef _NST_SAMPLER_H
#define _NST_SAMPLER_H

#include <linux/netstream.h>
#include <linux/overflow.h>
#include <linux/types.h>

/**
 * struct nst_sampler_def - a sampler, as configured
 * @mode: &enum netstream_sampler_mode, 0: every packet is selected
 * @id: its number in option records, see nst_config_sampler_id()
 * @interval: packets, or milliseconds for fix-time
 */
struct nst_sampler_def {
	u8	mode;
	u16	id;
	u32	interval;
};

/**
 * struct nst_sampler_state - sampling state of one interface and direction on one CPU
 * @skip: packets to skip before the next one is selected
 * @place: position of the next selected packet in its interval; random-packets only
 * @due: milliseconds since boot; the next packet after this time is selected
 * @started: @place or @due is valid
 * @def: the sampler that this state belongs to
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
 * nst_sampler_passes - fast path of nst_sampler_select(): skip packets
 * @state: this CPU's sampling state of the interface and direction
 * @n: number of packets: the segments of a GSO packet, else 1
 *
 * Context: the owner of @state, bottom halves off.
 * Return: true if the packets are skipped.  Otherwise the caller must call
 *	nst_sampler_select(); that is always so without a sampler.
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
 * nst_sampler_begin - start to use a sampler
 * @def: sampler
 * @state: this CPU's sampling state of the interface and direction; it is reset unless
 *	it belongs to an equal sampler
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
