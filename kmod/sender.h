/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sender of a namespace.
 */
#ifndef _NST_SENDER_H
#define _NST_SENDER_H

#include "export.h"

struct net;
struct nst_mem;
struct nst_packet;

struct nst_sender *nst_sender_create(struct net *net, const struct nst_mem *mem);
void nst_sender_publish(struct nst_sender *sender, struct nst_export_set *set);
void nst_sender_submit(struct nst_packet *pkt);
void nst_sender_flush(struct nst_sender *sender);
void nst_sender_stop(struct nst_sender *sender);
void nst_sender_free(struct nst_sender *sender);
void nst_sender_refresh(struct nst_sender *sender);
void nst_sender_rescan(struct nst_sender *sender);
void nst_sender_stats(struct nst_sender *sender, struct nst_export_stats *stats);
void nst_sender_account(struct nst_sender *sender, const struct nst_account *account,
			struct nst_export_stats *stats);

#endif /* _NST_SENDER_H */
