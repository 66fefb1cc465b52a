// SPDX-License-Identifier: GPL-2.0
/*
 * Aging.  A packet only stores when it came; a timer wheel looks at a flow
 * when it could have ended and puts it back if it has not.  So the cost
 * follows the flows that end, not the table and not the packets.
 *
 * An ended flow is exported at once.  When the export buffers have no room,
 * the timer leaves flows live, and flows that packets ended wait in the
 * table's ended list: nothing is lost while the cache has room.
 *
 * All of this runs on the table's CPU with bottom halves off.
 */
#include <linux/bitmap.h>
#include <linux/minmax.h>

#include "aging.h"
#include "exporter.h"

/* Stale flows put right before an eviction takes the best of what it has seen. */
#define NST_EVICT_LOOKS		8

/* ------------------------------------------------------------------- lists */

static void nst_wheel_link(struct nst_table *t, u32 index, u32 slot)
{
	struct nst_flow *flow = nst_table_flow(t, index);
	u32 head = t->wheel->head[slot];

	flow->wheel = slot;
	flow->prev = NST_NONE;
	flow->next = head;
	if (head != NST_NONE)
		nst_table_flow(t, head)->prev = index;
	else
		__set_bit(slot, t->wheel->busy);
	t->wheel->head[slot] = index;
	t->live++;
}

static void nst_wheel_unlink(struct nst_table *t, u32 index)
{
	struct nst_flow *flow = nst_table_flow(t, index);

	if (flow->next != NST_NONE)
		nst_table_flow(t, flow->next)->prev = flow->prev;
	if (flow->prev != NST_NONE)
		nst_table_flow(t, flow->prev)->next = flow->next;
	else
		t->wheel->head[flow->wheel] = flow->next;
	if (t->wheel->head[flow->wheel] == NST_NONE)
		__clear_bit(flow->wheel, t->wheel->busy);
	t->live--;
}

/* How long a flow that is due stays in the wheel while its stream takes none, ms. */
#define NST_PARK_MS		1000

static void nst_ended_append(struct nst_table *t, u32 index)
{
	struct nst_flow *flow = nst_table_flow(t, index);

	flow->next = NST_NONE;
	flow->prev = t->ended_tail;
	if (t->ended_tail != NST_NONE)
		nst_table_flow(t, t->ended_tail)->next = index;
	else
		t->ended_head = index;
	t->ended_tail = index;
}

static u32 nst_ended_pop(struct nst_table *t)
{
	u32 index = t->ended_head;

	if (index == NST_NONE)
		return NST_NONE;
	t->ended_head = nst_table_flow(t, index)->next;
	if (t->ended_head == NST_NONE)
		t->ended_tail = NST_NONE;
	else
		nst_table_flow(t, t->ended_head)->prev = NST_NONE;
	return index;
}

/* --------------------------------------------------------------- deadlines */

/* Milliseconds from @now until @flow ends if no packet comes; 0: it has ended. */
static u32 nst_aging_left(const struct nst_table *t,
			  const struct nst_flow *flow, u32 now)
{
	u32 idle = now - flow->last, age = now - flow->first;

	/* a packet may be stamped after the timer read the clock */
	if ((s32)idle < 0)
		idle = 0;
	if ((s32)age < 0)
		age = 0;
	if (idle >= t->inactive || age >= t->active)
		return 0;
	return min(t->inactive - idle, t->active - age);
}

/* Wheel times are 24 bits of the 32-bit clock and wrap with it. */
static bool nst_wheel_before(u32 a, u32 b)
{
	return (s32)((a - b) << NST_WHEEL_SHIFT) < 0;
}

/* The wheel slot after which a flow has certainly ended, if it ends in @left. */
static u32 nst_wheel_time(const struct nst_table *t, u32 now, u32 left)
{
	u32 time = (now + left) >> NST_WHEEL_SHIFT;
	u32 ahead = (time - t->cursor) & (U32_MAX >> NST_WHEEL_SHIFT);

	/* what is further away than the wheel reaches is looked at earlier */
	return t->cursor + min_t(u32, ahead, NST_WHEEL_SLOTS - 1);
}

/**
 * nst_aging_add - put a live flow into the wheel
 * @t: its table
 * @index: the flow
 * @now: milliseconds since boot
 *
 * Context: owner, bottom halves off.
 */
void nst_aging_add(struct nst_table *t, u32 index, u32 now)
{
	u32 left = nst_aging_left(t, nst_table_flow(t, index), now);

	if (!t->live)
		t->cursor = now >> NST_WHEEL_SHIFT;
	nst_wheel_link(t, index,
		       nst_wheel_time(t, now, left) % NST_WHEEL_SLOTS);
}

/**
 * nst_aging_rewheel - look at a flow anew after timeouts were changed
 * @t: its table
 * @index: any index below the table's fresh mark
 * @now: milliseconds since boot
 *
 * Context: owner, bottom halves off.
 */
void nst_aging_rewheel(struct nst_table *t, u32 index, u32 now)
{
	u32 left;

	if (nst_table_flow(t, index)->state != NST_FLOW_LIVE)
		return;
	left = nst_aging_left(t, nst_table_flow(t, index), now);
	nst_wheel_unlink(t, index);
	/*
	 * The cursor stays, even if this was the only flow: who walks the
	 * wheel would meet the flow again in the slot it is looking at.
	 */
	nst_wheel_link(t, index,
		       nst_wheel_time(t, now, left) % NST_WHEEL_SLOTS);
}

/* ------------------------------------------------------------------ ending */

static bool nst_aging_export(struct nst_aging *a, struct nst_table *t,
			     u32 index)
{
	if (!nst_exporter_export(a->exporter, t->export_set, t->rec,
				 nst_table_flow(t, index), a->now))
		return false;
	nst_table_release(t, index);
	return true;
}

/**
 * nst_aging_end - end a live flow
 * @a: context
 * @t: its table
 * @index: the flow
 * @reason: why
 *
 * The flow is exported, or waits for that; its index is no longer valid for the caller.
 *
 * Context: owner, bottom halves off.
 */
void nst_aging_end(struct nst_aging *a, struct nst_table *t, u32 index,
		   enum nst_end reason)
{
	struct nst_flow *flow = nst_table_flow(t, index);

	nst_table_unhash(t, index);
	nst_wheel_unlink(t, index);
	nst_flow_write_begin(flow);
	flow->state = NST_FLOW_ENDED;
	flow->end = reason;
	nst_flow_write_end(flow);
	a->ended[reason]++;
	/* flows of one stream leave in the order in which they ended */
	if ((t->ended_head != NST_NONE && nst_exporter_single_slot(t->export_set)) ||
	    !nst_aging_export(a, t, index))
		nst_ended_append(t, index);
}

/**
 * nst_aging_retry - export flows that ended and found no room
 * @a: context
 * @t: their table
 * @budget: flows to look at, at most
 *
 * Where there are several streams, a flow that still has to wait goes to the end
 * of the list, so that those of other streams get their turn.
 *
 * Context: owner, bottom halves off.
 * Return: whether none is left.
 */
bool nst_aging_retry(struct nst_aging *a, struct nst_table *t,
		     unsigned int budget)
{
	u32 last = t->ended_tail, index;

	while (t->ended_head != NST_NONE && budget--) {
		index = t->ended_head;
		if (nst_exporter_export(a->exporter, t->export_set, t->rec,
					nst_table_flow(t, index), a->now)) {
			nst_ended_pop(t);
			nst_table_release(t, index);
		} else {
			a->stuck = true;
			if (nst_exporter_single_slot(t->export_set))
				return false;
			nst_ended_pop(t);
			nst_ended_append(t, index);
		}
		if (index == last)
			break;
	}
	return t->ended_head == NST_NONE;
}

/* Give up the flow that has waited longest. */
static void nst_aging_drop(struct nst_aging *a, struct nst_table *t,
			   enum nst_lost cause)
{
	u32 index = nst_ended_pop(t);
	struct nst_flow *flow = nst_table_flow(t, index);
	struct nst_amount *lost = &a->exporter->lost[cause];

	lost->flows++;
	lost->packets += flow->packets;
	lost->bytes += flow->bytes;
	nst_table_release(t, index);
}

/**
 * nst_aging_lose - give up ended flows of a table
 * @a: context
 * @t: the table
 * @cause: what they count as
 * @budget: flows to give up at most
 *
 * Context: owner, bottom halves off.
 * Return: whether none is left.
 */
bool nst_aging_lose(struct nst_aging *a, struct nst_table *t,
		    enum nst_lost cause, unsigned int budget)
{
	while (t->ended_head != NST_NONE && budget--)
		nst_aging_drop(a, t, cause);
	return t->ended_head == NST_NONE;
}

/* ---------------------------------------------------------------- eviction */

/* First slot in wheel order that has flows; there is one if a flow is live. */
static u32 nst_wheel_first(const struct nst_table *t)
{
	u32 from = t->cursor % NST_WHEEL_SLOTS;
	u32 slot = find_next_bit(t->wheel->busy, NST_WHEEL_SLOTS, from);

	if (slot < NST_WHEEL_SLOTS)
		return slot;
	return find_first_bit(t->wheel->busy, NST_WHEEL_SLOTS);
}

/*
 * The flow nearest its end.  The wheel's order is when flows could end when
 * they were last looked at: those that packets kept alive since are put where
 * they belong, up to a bound.
 */
static u32 nst_evict_choose(struct nst_table *t, u32 now)
{
	u32 best = NST_NONE, best_left = U32_MAX, looks, index, slot, left;

	for (looks = 0; looks < NST_EVICT_LOOKS && t->live; looks++) {
		slot = nst_wheel_first(t);
		index = t->wheel->head[slot];
		left = nst_aging_left(t, nst_table_flow(t, index), now);
		if (left < best_left) {
			best = index;
			best_left = left;
		}
		if (nst_wheel_time(t, now, left) % NST_WHEEL_SLOTS == slot)
			break;
		nst_wheel_unlink(t, index);
		nst_wheel_link(t, index, nst_wheel_time(t, now, left) %
			       NST_WHEEL_SLOTS);
	}
	return best;
}

/* The ended flow that has waited longest makes room for another. */
static void nst_evict_ended(struct nst_aging *a, struct nst_table *t)
{
	u32 used = t->used;

	/* there may be room for it by now */
	nst_aging_retry(a, t, 1);
	if (t->used == used)
		nst_aging_drop(a, t, nst_exporter_lost_cause(t->export_set, t->rec,
							     nst_table_flow(t, t->ended_head)));
}

/**
 * nst_aging_evict - make room for one more flow
 * @a: context
 * @t: a table that cannot take another
 *
 * The flow nearest its end is exported early.  If flows are waiting for room in
 * their streams, the one that has waited longest goes instead: it is exported if
 * there is room by now; else it is given up, and counted.
 *
 * Context: owner, bottom halves off.
 * Return: whether there is room now.
 */
bool nst_aging_evict(struct nst_aging *a, struct nst_table *t)
{
	u32 index, used = t->used;
	enum nst_end due;

	nst_exporter_expedite(a->exporter->sender);
	if (t->ended_head == NST_NONE) {
		index = nst_evict_choose(t, a->now);
		if (index == NST_NONE)
			return false;
		due = nst_aging_due(t, nst_table_flow(t, index), a->now);
		nst_aging_end(a, t, index, due ?: NST_END_FULL);
	}
	if (t->used == used)
		nst_evict_ended(a, t);
	return t->used < used;
}

/* ------------------------------------------------------------------- timer */

/* Fetch what the next flow of the list, and the one after it, will need. */
static void nst_wheel_ahead(const struct nst_table *t, const struct nst_flow *flow)
{
	if (flow->next == NST_NONE)
		return;
	flow = nst_table_flow(t, flow->next);
	nst_table_prefetch(t, flow);
	if (flow->next != NST_NONE)
		nst_flow_prefetch(nst_table_flow(t, flow->next));
}

/* A flow that is due and has to wait is looked at again in a while. */
static void nst_wheel_park(struct nst_table *t, u32 index, u32 now)
{
	nst_wheel_unlink(t, index);
	nst_wheel_link(t, index, nst_wheel_time(t, now, NST_PARK_MS) %
		       NST_WHEEL_SLOTS);
}

/*
 * Look at one flow of a wheel slot.  Return: false if it is due and has to wait,
 * and all others would have to wait as well.
 */
static bool nst_wheel_look(struct nst_aging *a, struct nst_table *t, u32 index)
{
	struct nst_flow *flow = nst_table_flow(t, index);
	enum nst_end reason = nst_aging_due(t, flow, a->now);

	nst_wheel_ahead(t, flow);
	if (!reason) {
		nst_aging_rewheel(t, index, a->now);
		return true;
	}
	if (nst_exporter_ready(t->export_set, t->rec, flow)) {
		nst_aging_end(a, t, index, reason);
		return true;
	}
	if (nst_exporter_single_slot(t->export_set)) {
		a->stuck = true;
		return false;
	}
	nst_wheel_park(t, index, a->now);
	return true;
}

/**
 * nst_aging_run - end the flows whose time has come
 * @a: context; @stuck is set if flows have to wait
 * @t: a table
 * @budget: flows to look at, at most
 *
 * Context: owner, bottom halves off; from the timer.
 * Return: whether all was looked at that can go on now; false when the budget
 *	was used up.
 */
bool nst_aging_run(struct nst_aging *a, struct nst_table *t,
		   unsigned int budget)
{
	u32 end = (u32)a->now >> NST_WHEEL_SHIFT, slot, index;

	if (!nst_aging_retry(a, t, budget)) {
		if (!a->stuck)
			return false;
		if (nst_exporter_single_slot(t->export_set))
			return true;
	}
	while (t->live && nst_wheel_before(t->cursor, end)) {
		slot = t->cursor % NST_WHEEL_SLOTS;
		while ((index = t->wheel->head[slot]) != NST_NONE) {
			if (!budget--)
				return false;
			if (!nst_wheel_look(a, t, index))
				return true;
		}
		t->cursor++;
	}
	return true;
}
