/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is this packet selected?  (RFC 5475: count-based and time-based samplers.)
 */
#ifndef _NST_SAMPLER_H
#define _NST_SAMPLER_H

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

#endif /* _NST_SAMPLER_H */
