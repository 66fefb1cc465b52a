// SPDX-License-Identifier: GPL-2.0
/*
 * The export packets that wait for one host.
 *
 * A stream bounds how many of its packets wait.  Only the queues of hosts that
 * are up count in that bound: a packet is held by each of them until it has been
 * popped.  Packets that wait for a host that is down are bounded by its own queue.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "export.h"
#include "packet.h"
#include "queue.h"

#define NST_QUEUE_FIRST		64	/* entries at first */

/**
 * nst_queue_init - make an empty queue
 * @queue: queue
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int nst_queue_init(struct nst_queue *queue)
{
	queue->size = NST_QUEUE_FIRST;
	queue->packet = kvcalloc(queue->size, sizeof(*queue->packet),
				 GFP_KERNEL_ACCOUNT);
	return queue->packet ? 0 : -ENOMEM;
}

/**
 * nst_queue_destroy - free an empty queue
 * @queue: queue
 *
 * Context: process.
 */
void nst_queue_destroy(struct nst_queue *queue)
{
	kvfree(queue->packet);
}

static void nst_queue_unhold(struct nst_packet *pkt)
{
	if (!--pkt->holds)
		nst_packet_release(pkt);
}

/**
 * nst_queue_grow - make space for another packet
 * @queue: queue
 *
 * Context: process, under the sender's lock; may sleep.
 * Return: false if the queue has its full size, or there is no memory.
 */
bool nst_queue_grow(struct nst_queue *queue)
{
	u32 size = 2 * queue->size, i;
	struct nst_packet **packet;

	if (nst_queue_length(queue) < queue->size)
		return true;
	if (queue->size == NST_HOST_QUEUE)
		return false;
	packet = kvcalloc(size, sizeof(*packet),
			  GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!packet)
		return false;
	for (i = queue->head; i != queue->tail; i++)
		packet[i & (size - 1)] = queue->packet[i & (queue->size - 1)];
	kvfree(queue->packet);
	queue->packet = packet;
	queue->size = size;
	return true;
}

/**
 * nst_queue_push - append a packet
 * @queue: queue with space for it
 * @pkt: packet; a reference is taken
 * @count: the packet counts as waiting in its stream until it is popped
 *
 * Context: process, under the sender's lock.
 */
void nst_queue_push(struct nst_queue *queue, struct nst_packet *pkt, bool count)
{
	refcount_inc(&pkt->ref);
	if (count)
		pkt->holds++;
	else
		queue->counted++;
	queue->packet[queue->tail++ & (queue->size - 1)] = pkt;
}

/**
 * nst_queue_pop - remove the first packet
 * @queue: queue, not empty
 *
 * Context: process, under the sender's lock.
 */
void nst_queue_pop(struct nst_queue *queue)
{
	struct nst_packet *pkt = nst_queue_first(queue);

	if (queue->head++ == queue->counted) {
		queue->counted++;
		nst_queue_unhold(pkt);
	}
	nst_packet_put(pkt);
}

/**
 * nst_queue_uncount - packets no longer count as waiting: their host is down
 * @queue: queue
 *
 * Context: process, under the sender's lock.
 */
void nst_queue_uncount(struct nst_queue *queue)
{
	while (queue->counted != queue->tail)
		nst_queue_unhold(queue->packet[queue->counted++ & (queue->size - 1)]);
}
