/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Streams: what a slot sends in one version.  From here on a flow is bytes.
 *
 *   CPU (bottom halves off)            process context
 *   nst_exporter_export -> open packet --> sender work -> each host's queue -> socket
 *
 * Each CPU fills open packets of its own, without a lock.  A full one, or one
 * that is old enough, goes to the namespace's sender, which numbers it (one
 * sequence a stream), sends due templates before it and gives it to every host
 * of the stream.
 */
#ifndef _NST_EXPORTER_H
#define _NST_EXPORTER_H

#include <linux/list.h>
#include <linux/netlink.h>
#include <linux/types.h>

#include "encode.h"
#include "flow.h"
#include "record.h"
#include "stats.h"

struct net;
struct nst_config;
struct nst_export_set;
struct nst_mem;
struct nst_packet;
struct nst_sender;
struct nst_stream;

/**
 * struct nst_export_pcpu - the open packets of one owner
 * @sender: where they go
 * @open: packets being filled, one a stream in use
 * @opened: amount in them
 * @handed: amount given to the sender since the start
 * @lost: amount lost right here, by &enum nst_lost
 * @now: when @epoch was read, milliseconds since boot
 * @epoch: milliseconds since 1970 when the machine booted
 * @img: the flow that is being exported; not on the stack, where the compiler
 *	would clear it first
 * @rest: what is left of it to say in further records
 * @part: what one of these says
 *
 * Every call with an exporter is made by its owner, with bottom halves off.
 * An amount counts a flow once, whichever streams carry it.
 */
struct nst_export_pcpu {
	struct nst_sender	*sender;
	struct list_head	open;
	struct nst_amount	opened;
	struct nst_amount	handed;
	struct nst_amount	lost[NST_LOST_MAX];
	u64			now;
	u64			epoch;
	struct nst_flow_record	img;
	struct nst_flow_record	rest;
	struct nst_flow_record	part;
};

/**
 * struct nst_export_stats - what became of the packets handed over
 * @exported: amount sent to at least one host
 * @lost: amount that reached no host, by cause
 *
 * What was handed over and is in neither is queued.
 */
struct nst_export_stats {
	struct nst_amount	exported;
	struct nst_amount	lost[NST_LOST_MAX];
};

struct nst_sender *nst_sender_create(struct net *net, const struct nst_mem *mem);
void nst_sender_flush(struct nst_sender *s);
void nst_sender_stop(struct nst_sender *s);
void nst_sender_free(struct nst_sender *s);
void nst_sender_refresh(struct nst_sender *s);
void nst_sender_rescan(struct nst_sender *s);
void nst_sender_stats(struct nst_sender *s, struct nst_export_stats *st);

struct nst_export_set *nst_export_set_prepare(struct nst_sender *s,
					      const struct nst_config *cfg,
					struct nst_export_set *old,
					struct netlink_ext_ack *extack);
void nst_export_set_publish(struct nst_sender *s, struct nst_export_set *e);
struct nst_export_set *nst_export_set_get(struct nst_export_set *e);
void nst_export_set_put(struct nst_export_set *e);

void nst_exporter_init(struct nst_export_pcpu *x, struct nst_sender *s);
bool nst_exporter_export(struct nst_export_pcpu *x, struct nst_export_set *e,
			 const struct nst_record *rec, const struct nst_flow *flow,
		     u64 now);
void nst_exporter_tick(struct nst_export_pcpu *x, u64 now);
void nst_exporter_flush(struct nst_export_pcpu *x);
bool nst_exporter_ready(const struct nst_export_set *e, const struct nst_record *rec,
			const struct nst_flow *flow);
bool nst_exporter_any_ready(const struct nst_export_set *e);
bool nst_exporter_single_slot(const struct nst_export_set *e);
enum nst_lost nst_exporter_lost_cause(const struct nst_export_set *e,
				      const struct nst_record *rec,
			       const struct nst_flow *flow);
void nst_exporter_expedite(struct nst_sender *s);

int nst_sender_dump_hosts(struct nst_sender *s, struct sk_buff *skb,
			  struct netlink_callback *cb);
int nst_sender_dump_templates(struct nst_sender *s, struct sk_buff *skb,
			      struct netlink_callback *cb);

#endif /* _NST_EXPORTER_H */
