// SPDX-License-Identifier: GPL-2.0
/* The first flows in an order; see flow_top.h. */
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "flow_top.h"

static uint64_t total_of(const struct flow *f, enum field_total total)
{
	switch (total) {
	case TOTAL_PACKETS:
		return f->packets;
	case TOTAL_FLOWS:
		return f->flows;
	case TOTAL_FIRST:
		/* the earliest comes first */
		return ~f->first;
	case TOTAL_LAST:
		return f->last;
	case TOTAL_DURATION:
		return f->last > f->first ? f->last - f->first : 0;
	default:
		return f->bytes;
	}
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* A flow without the field comes last. */
static int compare_fields(const struct flow *a, const struct flow *b, unsigned int field)
{
	const struct flow_value *x = flow_value(a, field), *y = flow_value(b, field);

	if (!x || !y)
		return !!x - !!y;
	if (field_is_wide(field))
		return memcmp(&y->address, &x->address, sizeof(x->address));
	return compare_numbers(x->number, y->number);
}

/* Whether @a stands before @b. */
static bool is_before(const struct flow_top *t, const struct flow *a, const struct flow *b)
{
	int order = t->field ? compare_fields(a, b, t->field)
			     : compare_numbers(total_of(a, t->total), total_of(b, t->total));

	if (!order)
		order = compare_numbers(a->bytes, b->bytes);
	return order ? order > 0 : a->first < b->first;
}

static void swap(struct flow **a, struct flow **b)
{
	struct flow *f = *a;

	*a = *b;
	*b = f;
}

/* Restore the heap of the first @n flows after the one at index 0 has changed. */
static void sink_first(const struct flow_top *t, size_t n)
{
	struct flow **heap = t->heap.v;
	size_t at = 0;

	for (;;) {
		size_t last = at, child = 2 * at + 1;

		if (child < n && is_before(t, heap[last], heap[child]))
			last = child;
		if (child + 1 < n && is_before(t, heap[last], heap[child + 1]))
			last = child + 1;
		if (last == at)
			return;
		swap(&heap[at], &heap[last]);
		at = last;
	}
}

/* A copy; to be freed. */
struct flow *flow_copy(const struct flow *f)
{
	size_t size = sizeof(*f) + f->values * sizeof(f->value[0]);

	return memcpy(xrealloc(NULL, size), f, size);
}

/**
 * flow_top_sort_by() - choose the order
 * @t: flows; none yet
 * @word: name of a total, or of a field, as arg_fits() accepts them
 */
void flow_top_sort_by(struct flow_top *t, const char *word)
{
	t->total = field_total(word);
	t->field = t->total == TOTAL_NONE ? field_of_key(word) : 0;
}

/**
 * flow_top_add() - see another flow
 * @t: the first flows so far
 * @f: the flow; a copy is kept if it is one of them
 */
void flow_top_add(struct flow_top *t, const struct flow *f)
{
	size_t at = t->heap.n;
	struct flow **heap;

	if (at < t->limit) {
		*vec_push(&t->heap) = flow_copy(f);
		heap = t->heap.v;
		for (; at && is_before(t, heap[(at - 1) / 2], heap[at]); at = (at - 1) / 2)
			swap(&heap[at], &heap[(at - 1) / 2]);
	} else if (is_before(t, f, t->heap.v[0])) {
		free(t->heap.v[0]);
		t->heap.v[0] = flow_copy(f);
		sink_first(t, t->heap.n);
	}
}

/* Make of the heap a sorted array; nothing can be added from here on. */
void flow_top_sort(struct flow_top *t)
{
	size_t i;

	for (i = t->heap.n; i > 1; i--) {
		swap(&t->heap.v[0], &t->heap.v[i - 1]);
		sink_first(t, i - 1);
	}
}

void flow_top_free(struct flow_top *t)
{
	size_t i;

	for (i = 0; i < t->heap.n; i++)
		free(t->heap.v[i]);
	vec_free(&t->heap);
}
