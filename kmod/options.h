/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Option records: what a collector has to know of the exporter to interpret its
 * flows.
 */
#ifndef _NST_OPTIONS_H
#define _NST_OPTIONS_H

#include <linux/netstream.h>
#include <linux/types.h>

#include "config.h"
#include "sampler.h"

struct nst_export_set;
struct nst_export_slot;
struct nst_feed;
struct nst_sender;

/**
 * enum nst_options_table - option records of one layout
 * @NST_OPTIONS_INTERVAL: sampling interval alone
 * @NST_OPTIONS_ALGORITHM: sampling interval and algorithm
 * @NST_OPTIONS_SELECTOR: IPFIX: each sampler as a selector (RFC 5477)
 * @NST_OPTIONS_SAMPLER: each sampler by its ID
 * @NST_OPTIONS_SAMPLER_IF: the sampler of each interface and direction, if they
 *	differ within the slot
 * @NST_OPTIONS_INTERFACE: name and description of each interface
 * @NST_OPTIONS_VRF: name of each VRF
 * @NST_OPTIONS_STATS: what was exported to this host and what was not sent
 * @NST_OPTIONS_START: when the system was started
 * @NST_OPTIONS_MAX: number of layouts
 *
 * The tables of a group are adjacent.
 */
enum nst_options_table {
	NST_OPTIONS_INTERVAL,
	NST_OPTIONS_ALGORITHM,
	NST_OPTIONS_SELECTOR,
	NST_OPTIONS_SAMPLER,
	NST_OPTIONS_SAMPLER_IF,
	NST_OPTIONS_INTERFACE,
	NST_OPTIONS_VRF,
	NST_OPTIONS_STATS,
	NST_OPTIONS_START,
	NST_OPTIONS_MAX
};

/* Bytes of a template of options and of an option record, at most. */
#define NST_OPTIONS_TEMPLATE_SIZE	40
#define NST_OPTIONS_ROW_SIZE		96

/**
 * struct nst_options_rate - the sampler of a slot's packets
 * @def: the most common sampler of the interfaces and directions that are metered
 * @votes: of the majority vote, see nst_option_vote()
 * @differ: not all of them have the same sampler
 */
struct nst_options_rate {
	struct nst_sampler_def	def;
	u32			votes;
	bool			differ;
};

/**
 * struct nst_options_sent - how often a template of options was sent
 * @sent: to a host
 * @failed: attempts to send it that failed
 */
struct nst_options_sent {
	u64	sent;
	u64	failed;
};

/**
 * struct nst_options - the stream and host that option records are written for
 * @sender: sender; its export set is the published one
 * @slot: slot of the stream
 * @feed: what the host gets of the stream
 * @version: &enum netstream_version
 * @after: serial number of a table of interfaces: only rows that changed after it
 *	are written
 * @now: milliseconds since boot
 */
struct nst_options {
	const struct nst_sender		*sender;
	const struct nst_export_slot	*slot;
	const struct nst_feed		*feed;
	u8				version;
	u32				after;
	u64				now;
};

bool nst_options_has(const struct nst_export_set *set, u8 table, u8 version);
const char *nst_options_name(u8 table);
u16 nst_options_id(const struct nst_sender *sender, u8 table, u8 version);
size_t nst_options_template(u8 *to, const struct nst_sender *sender, u8 table,
			    u8 version);
size_t nst_options_next(const struct nst_options *o, u8 table, u32 *cursor,
			u8 *to);
u8 nst_options_first(u8 group);
void nst_options_survey(struct nst_sender *sender);

#endif /* _NST_OPTIONS_H */
