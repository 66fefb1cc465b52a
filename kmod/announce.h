/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a host is told before data: numbers in headers, and templates.
 */
#ifndef _NST_ANNOUNCE_H
#define _NST_ANNOUNCE_H

#include <linux/types.h>

struct nst_export_set;
struct nst_export_slot;
struct nst_host;
struct nst_packet;
struct nst_sender;

/* Lists of templates that a host is known to have, at most. */
#define NST_FEED_SETS	4

/**
 * struct nst_feed - what one host gets of one slot's stream
 * @packets: packets sent or given up: the sequence of version 9
 * @records: data records in them: the sequence of IPFIX and of sequence mode flow
 * @since: packets sent since the last templates
 * @announced: milliseconds since boot when templates were last sent
 * @began: when a list of templates was last sent that the host did not know
 * @repeated: how often templates have been repeated since, see announce.c
 * @set: lists of templates that were sent since the host came back, see
 *	nst_announce_list(); 0: none
 * @newest: index of the last one in @set
 *
 * Each host has sequences of its own.  So templates can be sent to one host, and
 * before packets that wait for it, without a gap at any other.  What is given
 * up counts in them: the collector sees that it is missing.
 *
 * Protected by the sender's lock.
 */
struct nst_feed {
	u32	packets;
	u32	records;
	u32	since;
	u64	announced;
	u64	began;
	u8	repeated;
	u64	set[NST_FEED_SETS];
	u8	newest;
};

int nst_announce_send(struct nst_host *host, struct nst_packet *pkt, u64 now);
void nst_announce_count(struct nst_host *host, const struct nst_packet *pkt,
			bool sent);
bool nst_announce_needed(const struct nst_feed *feed,
			 const struct nst_export_set *set, unsigned int v);
bool nst_announce_due(const struct nst_host *host, const struct nst_feed *feed,
		      const struct nst_export_set *set, unsigned int v, u64 now);
int nst_announce_templates(struct nst_host *host, struct nst_export_set *set,
			   struct nst_export_slot *slot, unsigned int v, u64 now);
void nst_announce_forget(struct nst_host *host);
void nst_announce_refusals(struct nst_host *host, u64 now);

#endif /* _NST_ANNOUNCE_H */
