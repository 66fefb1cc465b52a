/* SPDX-License-Identifier: GPL-2.0 */
/* Sequence numbers, templates and option records of each host. */
#ifndef _NST_ANNOUNCE_H
#define _NST_ANNOUNCE_H

#include <linux/types.h>

#include "config.h"

struct nst_export_set;
struct nst_export_slot;
struct nst_host;
struct nst_packet;
struct nst_sender;

/* How many lists of templates are remembered as known to a host. */
#define NST_FEED_SETS	4

/**
 * enum nst_templates - kinds of templates, each of which has its own schedule
 * @NST_TEMPLATES_DATA: of data records
 * @NST_TEMPLATES_OPTION: of option records
 */
enum nst_templates {
	NST_TEMPLATES_DATA	= 1 << 0,
	NST_TEMPLATES_OPTION	= 1 << 1,
};

/**
 * struct nst_walk - how far option records of one kind have been sent to a host
 * @began: milliseconds since boot when the last walk over all of them began
 * @begun: such a walk has begun since the host came back
 * @again: begin another walk over all of them
 * @active: a walk is under way
 * @table: &enum nst_options_table that the walk has reached
 * @cursor: position in @table
 * @after: send only what has changed since the table of interfaces with this serial
 *	number; 0: send everything
 * @seen: serial number of the table of interfaces when the walk began
 * @published: number of the publication at that time
 */
struct nst_walk {
	u64	began;
	bool	begun;
	bool	again;
	bool	active;
	u8	table;
	u32	cursor;
	u32	after;
	u32	seen;
	u32	published;
};

/**
 * struct nst_feed - what one host gets of one slot's stream
 * @packets: packets sent or given up: the sequence of version 9
 * @records: records in them, of flows and of options: the sequence of IPFIX and of
 *	sequence mode flow
 * @flow_records: records of flows in packets that were sent
 * @bytes: UDP payload in packets that were sent
 * @since: packets sent since the last templates of data records
 * @announced: milliseconds since boot when these were last sent
 * @option_since: packets sent since the last templates of option records
 * @option_announced: milliseconds since boot when these were last sent
 * @began: milliseconds since boot when the host was last sent a list of templates
 *	that was new to it
 * @repeated: how often templates have been repeated since, see announce.c
 * @set: lists of templates that were sent since the host came back, see
 *	nst_announce_list(); 0: none
 * @newest: index of the last one in @set
 * @walk: option records, by &enum nst_option
 *
 * Each host has its own sequence numbers.  So templates can be sent to one host,
 * even ahead of packets that wait for it, without a gap at another host.  Packets
 * that are given up are counted, so that the collector sees the gap.
 *
 * Protected by the sender's lock.
 */
struct nst_feed {
	u32	packets;
	u32	records;
	u64	flow_records;
	u64	bytes;
	u32	since;
	u32	option_since;
	u64	announced;
	u64	option_announced;
	u64	began;
	u8	repeated;
	u64	set[NST_FEED_SETS];
	u8	newest;
	struct nst_walk	walk[NST_OPTION_MAX];
};

int nst_announce_send(struct nst_host *host, struct nst_packet *pkt, u64 now);
void nst_announce_count(struct nst_host *host, const struct nst_packet *pkt,
			bool sent);
u8 nst_announce_needed(const struct nst_host *host, const struct nst_feed *feed,
		       const struct nst_export_set *set,
		       const struct nst_export_slot *slot, unsigned int ver, u64 now);
u8 nst_announce_due(const struct nst_host *host, const struct nst_feed *feed,
		    const struct nst_export_set *set, const struct nst_export_slot *slot,
		    unsigned int ver, u64 now);
int nst_announce_templates(struct nst_host *host, struct nst_export_set *set,
			   struct nst_export_slot *slot, unsigned int ver,
			   u8 which, u64 now);
u8 nst_announce_option(const struct nst_sender *sender, struct nst_feed *feed,
		       u64 now);
int nst_announce_options(struct nst_sender *sender, struct nst_host *host,
			 struct nst_export_slot *slot, unsigned int ver, u8 group,
			 u64 now);
void nst_announce_forget(struct nst_host *host);
void nst_announce_refusals(struct nst_host *host, u64 now);

#endif /* _NST_ANNOUNCE_H */
