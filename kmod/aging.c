// SPDX-License-Identifier: GPL-2.0
/*
 * Aging.  A packet only stores its time.  A timer wheel checks each flow when it
 * could have ended, and puts it back if it has not.  So the cost depends on how
 * many flows end, not on the size of the table or the number of packets.
 *
 * An ended flow is exported at once.  While its streams are congested the timer
 * leaves flows live, and flows that packets have ended wait in the table's ended
 * list.  Nothing is lost while the cache is not full.
 *
 * All of this runs on the table's CPU with bottom halves off.
 */
#include <linux/bitmap.h>
#include <linux/minmax.h>

#include "aging.h"
#include "exporter.h"

/* Flows that an eviction checks before it takes the one nearest its end. */
#define NST_EVICT_CHECKS		8

/* When a due flow whose streams are congested is checked again, ms. */
#define NST_PARK_MS		1000

/* ------------------------------------------------------------------- lists */

static void nst_aging_wheel_link(struct nst_table *t, u32 index, u32 slot)
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

static void nst_aging_wheel_unlink(struct nst_table *t, u32 index)
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

static void nst_aging_ended_append(struct nst_table *t, u32 index)
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

static u32 nst_aging_ended_pop(struct nst_table *t)
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
static bool nst_aging_wheel_before(u32 a, u32 b)
{
	return (s32)((a - b) << NST_WHEEL_SHIFT) < 0;
}

/* Wheel time after which a flow that ends in @left has certainly ended. */
static u32 nst_aging_wheel_time(const struct nst_table *t, u32 now, u32 left)
{
	u32 time = (now + left) >> NST_WHEEL_SHIFT;
	u32 ahead = (time - t->cursor) & (U32_MAX >> NST_WHEEL_SHIFT);

	/* a flow that ends beyond the wheel's range is checked earlier */
	return t->cursor + min_t(u32, ahead, NST_WHEEL_SLOTS - 1);
}

/* Put a flow that ends in @left where the wheel comes by after that. */
static void nst_aging_wheel_put(struct nst_table *t, u32 index, u32 now, u32 left)
{
	nst_aging_wheel_link(t, index, nst_aging_wheel_time(t, now, left) %
				       NST_WHEEL_SLOTS);
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
	nst_aging_wheel_put(t, index, now, left);
}

/**
 * nst_aging_rewheel - move a flow in the wheel after timeouts were changed
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
	nst_aging_wheel_unlink(t, index);
	/*
	 * The cursor stays, even if this was the only flow: otherwise the flow
	 * could land in the slot that nst_aging_run() is working on.
	 */
	nst_aging_wheel_put(t, index, now, left);
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
	nst_aging_wheel_unlink(t, index);
	nst_flow_write_begin(flow);
	flow->state = NST_FLOW_ENDED;
	flow->end = reason;
	nst_flow_write_end(flow);
	a->ended[reason]++;
	/* flows of one stream leave in the order in which they ended */
	if ((t->ended_head != NST_NONE && nst_exporter_single_slot(t->export_set)) ||
	    !nst_aging_export(a, t, index))
		nst_aging_ended_append(t, index);
}

/**
 * nst_aging_retry - export flows that ended while their streams were congested
 * @a: context
 * @t: their table
 * @budget: flows to check at most
 *
 * Where there are several slots, a flow that still has to wait goes to the end of
 * the list, so that flows of other slots get their turn.
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
			nst_aging_ended_pop(t);
			nst_table_release(t, index);
		} else {
			a->stuck = true;
			if (nst_exporter_single_slot(t->export_set))
				return false;
			nst_aging_ended_pop(t);
			nst_aging_ended_append(t, index);
		}
		if (index == last)
			break;
	}
	return t->ended_head == NST_NONE;
}

/* Lose the flow that has waited longest. */
static void nst_aging_drop(struct nst_aging *a, struct nst_table *t,
			   enum nst_lost cause)
{
	u32 index = nst_aging_ended_pop(t);
	struct nst_flow *flow = nst_table_flow(t, index);
	struct nst_amount *lost = &a->exporter->lost[cause];

	lost->flows++;
	lost->packets += flow->packets;
	lost->bytes += flow->bytes;
	nst_table_release(t, index);
}

/**
 * nst_aging_lose - lose ended flows of a table
 * @a: context
 * @t: the table
 * @cause: what they count as
 * @budget: flows to lose at most
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
static u32 nst_aging_wheel_first(const struct nst_table *t)
{
	u32 from = t->cursor % NST_WHEEL_SLOTS;
	u32 slot = find_next_bit(t->wheel->busy, NST_WHEEL_SLOTS, from);

	if (slot < NST_WHEEL_SLOTS)
		return slot;
	return find_first_bit(t->wheel->busy, NST_WHEEL_SLOTS);
}

/*
 * The flow nearest its end.  The wheel is ordered by when a flow could have ended
 * at its last check.  Flows that packets have kept alive since then are moved to
 * where they belong, up to a bound.
 */
static u32 nst_aging_evict_choose(struct nst_table *t, u32 now)
{
	u32 best = NST_NONE, best_left = U32_MAX, checks, index, slot, left;

	for (checks = 0; checks < NST_EVICT_CHECKS && t->live; checks++) {
		slot = nst_aging_wheel_first(t);
		index = t->wheel->head[slot];
		left = nst_aging_left(t, nst_table_flow(t, index), now);
		if (left < best_left) {
			best = index;
			best_left = left;
		}
		if (nst_aging_wheel_time(t, now, left) % NST_WHEEL_SLOTS == slot)
			break;
		nst_aging_wheel_unlink(t, index);
		nst_aging_wheel_put(t, index, now, left);
	}
	return best;
}

/* Export the ended flow that has waited longest, or lose it. */
static void nst_aging_evict_ended(struct nst_aging *a, struct nst_table *t)
{
	u32 used = t->used;

	/* its streams may take it by now */
	nst_aging_retry(a, t, 1);
	if (t->used == used)
		nst_aging_drop(a, t,
			       nst_exporter_lost_cause(t->export_set, t->rec,
						       nst_table_flow(t,
								      t->ended_head)));
}

/**
 * nst_aging_evict - free the place of one flow
 * @a: context
 * @t: a table that cannot take another flow
 *
 * The flow nearest its end is exported early.  If flows wait for their streams,
 * the one that has waited longest goes instead: it is exported if its streams take
 * it by now; else it is lost, and counted.
 *
 * Context: owner, bottom halves off.
 * Return: whether a place is free now.
 */
bool nst_aging_evict(struct nst_aging *a, struct nst_table *t)
{
	u32 index, used = t->used;
	enum nst_end due;

	nst_exporter_expedite(a->exporter->sender);
	if (t->ended_head == NST_NONE) {
		index = nst_aging_evict_choose(t, a->now);
		if (index == NST_NONE)
			return false;
		due = nst_aging_due(t, nst_table_flow(t, index), a->now);
		nst_aging_end(a, t, index, due ?: NST_END_FULL);
	}
	if (t->used == used)
		nst_aging_evict_ended(a, t);
	return t->used < used;
}

/* ------------------------------------------------------------------- timer */

/* Prefetch for the next two flows of the list. */
static void nst_aging_wheel_ahead(const struct nst_table *t,
				  const struct nst_flow *flow)
{
	if (flow->next == NST_NONE)
		return;
	flow = nst_table_flow(t, flow->next);
	nst_table_prefetch(t, flow);
	if (flow->next != NST_NONE)
		nst_flow_prefetch(nst_table_flow(t, flow->next));
}

/* A due flow whose streams are congested is checked again later. */
static void nst_aging_wheel_park(struct nst_table *t, u32 index, u32 now)
{
	nst_aging_wheel_unlink(t, index);
	nst_aging_wheel_put(t, index, now, NST_PARK_MS);
}

/*
 * End a flow of a wheel slot if it is due, else put it where it belongs.
 * Return: false if it is due and has to wait, as all others would.
 */
static bool nst_aging_wheel_check(struct nst_aging *a, struct nst_table *t,
				  u32 index)
{
	struct nst_flow *flow = nst_table_flow(t, index);
	enum nst_end reason = nst_aging_due(t, flow, a->now);

	nst_aging_wheel_ahead(t, flow);
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
	nst_aging_wheel_park(t, index, a->now);
	return true;
}

/**
 * nst_aging_run - end the flows that are due
 * @a: context; @stuck is set if flows have to wait
 * @t: a table
 * @budget: flows to check at most
 *
 * Context: owner, bottom halves off; from the timer.
 * Return: false if the budget was used up before all due flows were checked.
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
	while (t->live && nst_aging_wheel_before(t->cursor, end)) {
		slot = t->cursor % NST_WHEEL_SLOTS;
		while ((index = t->wheel->head[slot]) != NST_NONE) {
			if (!budget--)
				return false;
			if (!nst_aging_wheel_check(a, t, index))
				return true;
		}
		t->cursor++;
	}
	return true;
}
