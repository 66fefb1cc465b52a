// SPDX-License-Identifier: GPL-2.0
/* Flows added up by some of their fields; see flow_group.h. */
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "flow_group.h"
#include "flow_top.h"

#define FIRST_SIZE 1024

/* What a flow is added to, if it is the first of its group. */
static struct flow *new_group(const struct flow_groups *g, const struct flow *f)
{
	struct flow *sum = flow_copy(f);
	size_t i;

	sum->cpu = 0;
	if (!g->count)
		return sum;
	sum->slot = 0;
	*sum->monitor = '\0';
	memset(sum->record, 0, sizeof(sum->record));
	sum->values = 0;
	for (i = 0; i < g->count && sum->values <= f->values; i++) {
		const struct flow_value *v = flow_value(f, g->fields[i]);

		if (v)
			sum->value[sum->values++] = *v;
	}
	return sum;
}

static bool same_value(const struct flow_value *a, const struct flow_value *b)
{
	if (a->field != b->field)
		return false;
	if (field_is_wide(a->field))
		return !memcmp(&a->address, &b->address, sizeof(a->address));
	return a->number == b->number;
}

static bool same_group(const struct flow *a, const struct flow *b)
{
	size_t i;

	if (a->values != b->values || a->slot != b->slot || strcmp(a->record, b->record) ||
	    strcmp(a->monitor, b->monitor))
		return false;
	for (i = 0; i < a->values; i++)
		if (!same_value(&a->value[i], &b->value[i]))
			return false;
	return true;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 29;
}

static uint64_t hash_group(const struct flow *f)
{
	uint64_t hash = f->slot, half[2];
	size_t i;

	for (i = 0; f->record[i]; i++)
		hash = mix(hash, f->record[i]);
	for (i = 0; i < f->values; i++) {
		memcpy(half, &f->value[i].address, sizeof(half));
		hash = mix(hash, f->value[i].field);
		if (field_is_wide(f->value[i].field))
			hash = mix(mix(hash, half[0]), half[1]);
		else
			hash = mix(hash, f->value[i].number);
	}
	return hash;
}

static struct flow **find_place(struct flow **table, size_t size, const struct flow *f)
{
	size_t at = hash_group(f) & (size - 1);

	while (table[at] && !same_group(table[at], f))
		at = (at + 1) & (size - 1);
	return &table[at];
}

static void grow(struct flow_groups *g)
{
	size_t size = g->size ? 2 * g->size : FIRST_SIZE, i;
	struct flow **table = xcalloc(size, sizeof(*table));

	for (i = 0; i < g->size; i++)
		if (g->table[i])
			*find_place(table, size, g->table[i]) = g->table[i];
	free(g->table);
	g->table = table;
	g->size = size;
}

/**
 * flow_groups_add() - add a flow to its group
 * @g: the groups; memory grows with their number, not with that of flows
 * @f: the flow
 */
void flow_groups_add(struct flow_groups *g, const struct flow *f)
{
	struct flow *new = new_group(g, f), **place, *sum;

	if (4 * g->used >= 3 * g->size)
		grow(g);
	place = find_place(g->table, g->size, new);
	sum = *place;
	if (!sum) {
		*place = new;
		g->used++;
		return;
	}
	free(new);
	sum->flows += f->flows;
	sum->packets += f->packets;
	sum->bytes += f->bytes;
	if (f->first < sum->first)
		sum->first = f->first;
	if (f->last > sum->last)
		sum->last = f->last;
}

void flow_groups_free(struct flow_groups *g)
{
	size_t i;

	for (i = 0; i < g->size; i++)
		free(g->table[i]);
	free(g->table);
	g->table = NULL;
	g->size = g->used = 0;
}
