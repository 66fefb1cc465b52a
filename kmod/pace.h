/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rate at which packets are sent.
 */
#ifndef _NST_PACE_H
#define _NST_PACE_H

struct nst_sender;

/* Number of packets in a burst to one host. */
#define NST_BURST	8

unsigned int nst_pace_factors(struct nst_sender *sender);
void nst_pace_pause(struct nst_sender *sender, unsigned int factor);

#endif /* _NST_PACE_H */
