/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The export packets that wait for one host.
 */
#ifndef _NST_QUEUE_H
#define _NST_QUEUE_H

#include <linux/types.h>

struct nst_packet;

/**
 * struct nst_queue - a ring of export packets
 * @packet: the ring, @size entries
 * @size: a power of two
 * @head: number of the first packet
 * @tail: number after the last packet
 * @counted: packets from this number on count as waiting in their stream
 *
 * Each packet in it is a reference.  Protected by the sender's lock.
 */
struct nst_queue {
	struct nst_packet	**packet;
	u32			size;
	u32			head;
	u32			tail;
	u32			counted;
};

int nst_queue_init(struct nst_queue *queue);
void nst_queue_destroy(struct nst_queue *queue);
bool nst_queue_grow(struct nst_queue *queue);
void nst_queue_push(struct nst_queue *queue, struct nst_packet *pkt, bool count);
void nst_queue_pop(struct nst_queue *queue);
void nst_queue_uncount(struct nst_queue *queue);

static inline u32 nst_queue_length(const struct nst_queue *queue)
{
	return queue->tail - queue->head;
}

/* The packet that is sent next; the queue is not empty. */
static inline struct nst_packet *nst_queue_first(const struct nst_queue *queue)
{
	return queue->packet[queue->head & (queue->size - 1)];
}

#endif /* _NST_QUEUE_H */
