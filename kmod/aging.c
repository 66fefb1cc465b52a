// SPDX-License-Identifier: GPL-2.0
/*
 * Aging.  A packet only stores its time in its flow.  The timer wheel holds each
 * flow in the tick at which the flow could end.  There it is checked, and moved on
 * if packets have kept it alive.  So the cost depends on how many flows end, not on
 * the size of the table or the number of packets.
 *
 * An ended flow is exported at once.  While its streams are congested, the timer
 * leaves due flows live, and flows that a packet has ended wait in the table's ended
 * list.  No flow is lost until the cache is full.
 *
 * All of this runs on the table's CPU with bottom halves off.
 */
#include <linux/bitmap.h>
#include <linux/minmax.h>

#include "aging.h"
#include "exporter.h"

/* Flows that an eviction checks before it takes the one nearest its end. */
#define NST_EVICT_CHECKS		8

/* Milliseconds until a due flow whose streams are congested is checked again. */
#define NST_PARK_MS		1000

/*
 * The oldest that a time of a flow in a permanent cache may become, milliseconds: half
 * the range of the 32-bit clock later it would be a time to come.
 */
#define NST_OLDEST_MS		(20U * 24 * 3600 * 1000)

/* ------------------------------------------------------------------- lists */

static void nst_aging_wheel_link(struct nst_table *tbl, u32 index, u32 tick)
{
	struct nst_flow *flow = nst_table_flow(tbl, index);
	u32 head = tbl->wheel->head[tick];

	flow->wheel = tick;
	flow->prev = NST_NONE;
	flow->next = head;
	if (head != NST_NONE)
		nst_table_flow(tbl, head)->prev = index;
	else
		__set_bit(tick, tbl->wheel->busy);
	tbl->wheel->head[tick] = index;
	tbl->live++;
}

static void nst_aging_wheel_unlink(struct nst_table *tbl, u32 index)
{
	struct nst_flow *flow = nst_table_flow(tbl, index);

	if (flow->next != NST_NONE)
		nst_table_flow(tbl, flow->next)->prev = flow->prev;
	if (flow->prev != NST_NONE)
		nst_table_flow(tbl, flow->prev)->next = flow->next;
	else
		tbl->wheel->head[flow->wheel] = flow->next;
	if (tbl->wheel->head[flow->wheel] == NST_NONE)
		__clear_bit(flow->wheel, tbl->wheel->busy);
	tbl->live--;
}

static void nst_aging_ended_append(struct nst_table *tbl, u32 index)
{
	struct nst_flow *flow = nst_table_flow(tbl, index);

	flow->next = NST_NONE;
	flow->prev = tbl->ended_tail;
	if (tbl->ended_tail != NST_NONE)
		nst_table_flow(tbl, tbl->ended_tail)->next = index;
	else
		tbl->ended_head = index;
	tbl->ended_tail = index;
}

static u32 nst_aging_ended_pop(struct nst_table *tbl)
{
	u32 index = tbl->ended_head;

	if (index == NST_NONE)
		return NST_NONE;
	tbl->ended_head = nst_table_flow(tbl, index)->next;
	if (tbl->ended_head == NST_NONE)
		tbl->ended_tail = NST_NONE;
	else
		nst_table_flow(tbl, tbl->ended_head)->prev = NST_NONE;
	return index;
}

/* --------------------------------------------------------------- deadlines */

/**
 * nst_aging_left - how long a flow lasts if no packet arrives
 * @tbl: its table
 * @flow: the flow
 * @now: milliseconds since boot
 *
 * Context: owner, bottom halves off.
 * Return: milliseconds; 0 if it is due.
 */
u32 nst_aging_left(const struct nst_table *tbl, const struct nst_flow *flow,
		   u32 now)
{
	u32 idle = now - flow->last, age = now - flow->first;
	u32 inactive = tbl->inactive;

	if (flow->state == NST_FLOW_CLOSING)
		inactive = min(inactive, tbl->linger);

	/* a packet may be stamped after the timer read the clock */
	if ((s32)idle < 0)
		idle = 0;
	if ((s32)age < 0)
		age = 0;
	if (idle >= inactive || age >= tbl->active)
		return 0;
	return min(inactive - idle, tbl->active - age);
}

/* Wheel times are 24 bits of the 32-bit clock and wrap with it. */
static bool nst_aging_wheel_before(u32 a, u32 b)
{
	return (s32)((a - b) << NST_WHEEL_SHIFT) < 0;
}

/* The first wheel time at which a flow that has @left ms to live has ended. */
static u32 nst_aging_wheel_time(const struct nst_table *tbl, u32 now, u32 left)
{
	u32 time = (now + left) >> NST_WHEEL_SHIFT;
	u32 ahead = (time - tbl->cursor) & (U32_MAX >> NST_WHEEL_SHIFT);

	/* a flow that ends beyond the wheel's range is checked earlier */
	return tbl->cursor + min_t(u32, ahead, NST_WHEEL_TICKS - 1);
}

/* Put a flow that has @left ms to live into the tick at which it ends. */
static void nst_aging_wheel_put(struct nst_table *tbl, u32 index, u32 now,
				u32 left)
{
	nst_aging_wheel_link(tbl, index, nst_aging_wheel_time(tbl, now, left) %
			     NST_WHEEL_TICKS);
}

/**
 * nst_aging_add - put a live flow into the wheel
 * @tbl: its table
 * @index: the flow
 * @now: milliseconds since boot
 *
 * Context: owner, bottom halves off.
 */
void nst_aging_add(struct nst_table *tbl, u32 index, u32 now)
{
	u32 left = nst_aging_left(tbl, nst_table_flow(tbl, index), now);

	if (!tbl->live)
		tbl->cursor = now >> NST_WHEEL_SHIFT;
	nst_aging_wheel_put(tbl, index, now, left);
}

/* A lap of the wheel, the longest time for which it can hold a flow. */
#define NST_WHEEL_LAP	(NST_WHEEL_TICKS - 1)

/* The longest active timeout is 3 600 seconds. */
static_assert((3600 * 1000 >> NST_WHEEL_SHIFT) / NST_WHEEL_LAP <= U8_MAX);

/* Move a flow of a permanent cache to the tick at which it is reported next. */
static void nst_aging_schedule(struct nst_table *tbl, u32 index, u32 now)
{
	u32 ticks = DIV_ROUND_UP(tbl->report, 1U << NST_WHEEL_SHIFT);

	nst_table_flow(tbl, index)->laps = ticks / NST_WHEEL_LAP;
	nst_aging_wheel_unlink(tbl, index);
	nst_aging_wheel_put(tbl, index, now, (ticks % NST_WHEEL_LAP) << NST_WHEEL_SHIFT);
}

/**
 * nst_aging_rewheel - move a flow in the wheel after timeouts were changed
 * @tbl: its table
 * @index: any index below the table's fresh mark
 * @now: milliseconds since boot
 *
 * Context: owner, bottom halves off.
 */
void nst_aging_rewheel(struct nst_table *tbl, u32 index, u32 now)
{
	u32 left;

	if (!nst_flow_takes(nst_table_flow(tbl, index)))
		return;
	if (tbl->report) {
		nst_aging_schedule(tbl, index, now);
		return;
	}
	left = nst_aging_left(tbl, nst_table_flow(tbl, index), now);
	nst_aging_wheel_unlink(tbl, index);
	/*
	 * The cursor stays, even if this was the only flow: otherwise the flow
	 * could land in the tick that nst_aging_run() is working on.
	 */
	nst_aging_wheel_put(tbl, index, now, left);
}

/* ------------------------------------------------------------------ ending */

static bool nst_aging_export(struct nst_aging *aging, struct nst_table *tbl,
			     u32 index)
{
	if (!nst_exporter_export(aging->exporter, tbl->export_set, tbl->rec,
				 nst_table_flow(tbl, index), aging->now))
		return false;
	nst_table_release(tbl, index);
	return true;
}

/**
 * nst_aging_end - end a live flow
 * @aging: context
 * @tbl: its table
 * @index: the flow
 * @reason: why
 *
 * The flow is exported, or appended to the ended list.  The caller must not use its
 * index any more.
 *
 * Context: owner, bottom halves off.
 */
void nst_aging_end(struct nst_aging *aging, struct nst_table *tbl, u32 index,
		   enum nst_end reason)
{
	struct nst_flow *flow = nst_table_flow(tbl, index);

	nst_table_unhash(tbl, index);
	nst_aging_wheel_unlink(tbl, index);
	nst_flow_write_begin(flow);
	flow->state = NST_FLOW_ENDED;
	flow->end = reason;
	nst_flow_write_end(flow);
	aging->ended[reason]++;
	if (unlikely(tbl->by_slot))
		nst_table_count(tbl, flow, true);
	/* flows of one stream leave in the order in which they ended */
	if ((tbl->ended_head != NST_NONE && nst_exporter_single_slot(tbl->export_set, tbl->rec)) ||
	    !nst_aging_export(aging, tbl, index))
		nst_aging_ended_append(tbl, index);
}

/**
 * nst_aging_close - end the flow of a connection that ends, or begin that of another cache
 * @aging: context
 * @tbl: its table
 * @index: the flow; FIN or RST was seen in it, or it is new and its cache not a normal one
 *
 * A flow of an immediate cache ends at once, and that of a permanent one is put into the
 * tick at which it is reported.
 *
 * Packets that follow FIN or RST (acknowledgements, the other end's FIN,
 * retransmissions) belong to the same flow.  So the flow ends when no packet has
 * arrived for @tbl->linger.
 *
 * Context: owner, bottom halves off.
 */
void nst_aging_close(struct nst_aging *aging, struct nst_table *tbl, u32 index)
{
	struct nst_flow *flow = nst_table_flow(tbl, index);

	if (tbl->report) {
		nst_aging_schedule(tbl, index, aging->now);
		return;
	}
	if (!tbl->linger || tbl->immediate) {
		nst_aging_end(aging, tbl, index,
			      tbl->immediate ? NST_END_ACTIVE : NST_END_TCP);
		return;
	}
	if (flow->state == NST_FLOW_CLOSING)
		return;
	nst_flow_write_begin(flow);
	flow->state = NST_FLOW_CLOSING;
	nst_flow_write_end(flow);
	nst_aging_rewheel(tbl, index, aging->now);
}

/**
 * nst_aging_retry - export flows that ended while their streams were congested
 * @aging: context
 * @tbl: their table
 * @budget: most flows to check
 *
 * Where there are several slots, a flow that still has to wait goes to the end of
 * the list, so that flows of other slots get their turn.
 *
 * Context: owner, bottom halves off.
 * Return: whether the ended list is empty.
 */
bool nst_aging_retry(struct nst_aging *aging, struct nst_table *tbl,
		     unsigned int budget)
{
	u32 last = tbl->ended_tail, index;
	struct nst_flow *flow;

	while (tbl->ended_head != NST_NONE && budget--) {
		index = tbl->ended_head;
		flow = nst_table_flow(tbl, index);
		if (nst_exporter_export(aging->exporter, tbl->export_set,
					tbl->rec, flow, aging->now)) {
			nst_aging_ended_pop(tbl);
			nst_table_release(tbl, index);
		} else {
			aging->stuck = true;
			if (nst_exporter_single_slot(tbl->export_set, tbl->rec))
				return false;
			nst_aging_ended_pop(tbl);
			nst_aging_ended_append(tbl, index);
		}
		if (index == last)
			break;
	}
	return tbl->ended_head == NST_NONE;
}

/* Drop the flow that has waited longest, and count it as lost. */
static void nst_aging_drop(struct nst_aging *aging, struct nst_table *tbl,
			   enum nst_lost cause)
{
	u32 index = nst_aging_ended_pop(tbl);
	struct nst_flow *flow = nst_table_flow(tbl, index);
	struct nst_amount amount = {
		.flows = 1, .packets = flow->packets, .bytes = flow->bytes,
	};

	nst_exporter_lose(aging->exporter, tbl->rec, cause, &amount);
	nst_table_release(tbl, index);
}

/**
 * nst_aging_lose - drop ended flows of a table, and count them as lost
 * @aging: context
 * @tbl: the table
 * @cause: counter of lost flows to add them to
 * @budget: most flows to drop
 *
 * Context: owner, bottom halves off.
 * Return: whether the ended list is empty.
 */
bool nst_aging_lose(struct nst_aging *aging, struct nst_table *tbl,
		    enum nst_lost cause, unsigned int budget)
{
	while (tbl->ended_head != NST_NONE && budget--)
		nst_aging_drop(aging, tbl, cause);
	return tbl->ended_head == NST_NONE;
}

/* ---------------------------------------------------------------- eviction */

/* First tick in wheel order that has flows; there is one if a flow is live. */
static u32 nst_aging_wheel_first(const struct nst_table *tbl)
{
	u32 from = tbl->cursor % NST_WHEEL_TICKS;
	u32 tick = find_next_bit(tbl->wheel->busy, NST_WHEEL_TICKS, from);

	if (tick < NST_WHEEL_TICKS)
		return tick;
	return find_first_bit(tbl->wheel->busy, NST_WHEEL_TICKS);
}

/*
 * The flow nearest its end.  The wheel is ordered by when a flow could have ended
 * at its last check.  At most %NST_EVICT_CHECKS flows that packets have kept alive
 * since then are moved to the tick at which they end.
 */
static u32 nst_aging_evict_choose(struct nst_table *tbl, u32 now)
{
	u32 best = NST_NONE, best_left = U32_MAX, checks, index, tick, left;

	for (checks = 0; checks < NST_EVICT_CHECKS && tbl->live; checks++) {
		tick = nst_aging_wheel_first(tbl);
		index = tbl->wheel->head[tick];
		/* the one that is reported next */
		if (tbl->report)
			return index;
		left = nst_aging_left(tbl, nst_table_flow(tbl, index), now);
		if (left < best_left) {
			best = index;
			best_left = left;
		}
		if (nst_aging_wheel_time(tbl, now, left) % NST_WHEEL_TICKS ==
		    tick)
			break;
		nst_aging_wheel_unlink(tbl, index);
		nst_aging_wheel_put(tbl, index, now, left);
	}
	return best;
}

/* Export the ended flow that has waited longest, or lose it. */
static void nst_aging_evict_ended(struct nst_aging *aging,
				  struct nst_table *tbl)
{
	struct nst_flow *flow;
	u32 used = tbl->used;

	/* its streams may accept it by now */
	nst_aging_retry(aging, tbl, 1);
	if (tbl->used < used)
		return;
	flow = nst_table_flow(tbl, tbl->ended_head);
	nst_aging_drop(aging, tbl, nst_exporter_lost_cause(tbl->export_set,
							   tbl->rec, flow));
}

/**
 * nst_aging_cut - end a live flow to make room for another
 * @aging: context
 * @tbl: its table
 * @index: the flow
 *
 * The reason is that the cache is full, unless the flow is due anyway.
 *
 * Context: owner, bottom halves off.
 */
void nst_aging_cut(struct nst_aging *aging, struct nst_table *tbl, u32 index)
{
	enum nst_end due = nst_aging_due(tbl, nst_table_flow(tbl, index), aging->now);

	if (!due)
		nst_account_cut(tbl->rec->account, aging->exporter->cpu);
	nst_aging_end(aging, tbl, index, due ?: NST_END_FULL);
}

/**
 * nst_aging_evict - end one flow so that another can be added
 * @aging: context
 * @tbl: a table that cannot take another flow
 *
 * If no flow waits for its streams, the live flow nearest its end is exported early.
 * Otherwise the flow that has waited longest is exported if its streams accept it by
 * now, or dropped and counted as lost.
 *
 * A monitor that has used up its own part of the cache makes no host receive faster: there
 * is room for the flows of others.
 *
 * Context: owner, bottom halves off.
 * Return: whether a flow was freed.
 */
bool nst_aging_evict(struct nst_aging *aging, struct nst_table *tbl)
{
	u32 index, used = tbl->used;

	if (!tbl->own || !nst_quota_used_up(tbl->own))
		nst_exporter_expedite(aging->exporter->sender);
	if (tbl->ended_head == NST_NONE) {
		index = nst_aging_evict_choose(tbl, aging->now);
		if (index == NST_NONE)
			return false;
		nst_aging_cut(aging, tbl, index);
	}
	if (tbl->used == used)
		nst_aging_evict_ended(aging, tbl);
	return tbl->used < used;
}

/* ------------------------------------------------------------------- timer */

/* Prefetch what checking the next two flows of the tick will read. */
static void nst_aging_wheel_ahead(const struct nst_table *tbl,
				  const struct nst_flow *flow)
{
	if (flow->next == NST_NONE)
		return;
	flow = nst_table_flow(tbl, flow->next);
	nst_table_prefetch(tbl, flow);
	if (flow->next != NST_NONE)
		nst_flow_prefetch(nst_table_flow(tbl, flow->next));
}

/* A due flow whose streams are congested is checked again later. */
static void nst_aging_wheel_park(struct nst_table *tbl, u32 index, u32 now)
{
	nst_aging_wheel_unlink(tbl, index);
	nst_aging_wheel_put(tbl, index, now, NST_PARK_MS);
}

/* Times of a permanent cache's flow must not become so old that they look like new ones. */
static void nst_aging_limit_age(struct nst_flow *flow, u32 now)
{
	u32 oldest = now - NST_OLDEST_MS;

	if (now - flow->first <= NST_OLDEST_MS)
		return;
	nst_flow_write_begin(flow);
	flow->first = oldest;
	if (now - flow->last > NST_OLDEST_MS)
		flow->last = oldest;
	nst_flow_write_end(flow);
}

/* Export what a flow of a permanent cache has counted so far. */
static void nst_aging_report(struct nst_aging *aging, struct nst_table *tbl, u32 index)
{
	struct nst_flow *flow = nst_table_flow(tbl, index);

	nst_aging_limit_age(flow, aging->now);
	if (nst_exporter_report(aging->exporter, tbl->export_set, tbl->rec, flow,
				aging->now))
		nst_aging_schedule(tbl, index, aging->now);
	else
		nst_aging_wheel_park(tbl, index, aging->now);
}

/*
 * End a flow of the wheel if it is due, or report it if that is due.  Else move it to the
 * tick at which it ends or is reported.
 * Return: false if it is due but has to wait for its streams, for which all other
 * flows wait as well.
 */
static bool nst_aging_wheel_check(struct nst_aging *aging,
				  struct nst_table *tbl,
				  u32 index)
{
	struct nst_flow *flow = nst_table_flow(tbl, index);
	enum nst_end reason = nst_aging_due(tbl, flow, aging->now);

	nst_aging_wheel_ahead(tbl, flow);
	if (!reason && tbl->report && flow->laps) {
		flow->laps--;
		nst_aging_wheel_unlink(tbl, index);
		nst_aging_wheel_put(tbl, index, aging->now,
				    NST_WHEEL_LAP << NST_WHEEL_SHIFT);
		return true;
	}
	if (!reason && !tbl->report) {
		nst_aging_rewheel(tbl, index, aging->now);
		return true;
	}
	if (nst_exporter_ready(tbl->export_set, tbl->rec, flow)) {
		if (reason)
			nst_aging_end(aging, tbl, index, reason);
		else
			nst_aging_report(aging, tbl, index);
		return true;
	}
	if (nst_exporter_single_slot(tbl->export_set, tbl->rec)) {
		aging->stuck = true;
		return false;
	}
	nst_aging_wheel_park(tbl, index, aging->now);
	return true;
}

/**
 * nst_aging_run - end the flows that are due
 * @aging: context; @stuck is set if flows have to wait
 * @tbl: a table
 * @budget: most flows to check
 *
 * Context: owner, bottom halves off; from the timer.
 * Return: false if the budget was used up before all due flows were checked.
 */
bool nst_aging_run(struct nst_aging *aging, struct nst_table *tbl,
		   unsigned int budget)
{
	u32 end = (u32)aging->now >> NST_WHEEL_SHIFT, tick, index;

	if (!nst_aging_retry(aging, tbl, budget)) {
		if (!aging->stuck)
			return false;
		if (nst_exporter_single_slot(tbl->export_set, tbl->rec))
			return true;
	}
	while (tbl->live && nst_aging_wheel_before(tbl->cursor, end)) {
		tick = tbl->cursor % NST_WHEEL_TICKS;
		while ((index = tbl->wheel->head[tick]) != NST_NONE) {
			if (!budget--)
				return false;
			if (!nst_aging_wheel_check(aging, tbl, index))
				return true;
		}
		tbl->cursor++;
	}
	return true;
}
