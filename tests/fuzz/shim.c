// SPDX-License-Identifier: GPL-2.0
/* Global variables of the simulated kernel. */
#include "driver.h"

bool (*fuzz_alloc_fails)(void);
void (*fuzz_synchronize_rcu)(void);
long fuzz_allocated;
void (*fuzz_call_rcu)(struct rcu_head *head, void (*func)(struct rcu_head *head));
unsigned int fuzz_cpu;
u64 driver_state;
u64 fuzz_us;
void (*fuzz_meanwhile)(void);
unsigned int fuzz_yields;
u64 fuzz_epoch = 1700000000000ULL;

/* -------------------------------------------------------------------- work */

static struct work_struct *queued[64];
static unsigned int nqueued;

bool fuzz_queue_now(struct work_struct *w)
{
	if (w->queued)
		return false;
	FUZZ_EXPECT(nqueued < ARRAY_SIZE(queued), "work is never run");
	w->queued = true;
	queued[nqueued++] = w;
	return true;
}

void fuzz_forget_work(struct work_struct *w)
{
	unsigned int i;

	for (i = 0; i < nqueued; i++)
		if (queued[i] == w)
			queued[i] = queued[--nqueued];
	w->queued = false;
}

void fuzz_run_works(void)
{
	struct work_struct *w;

	while (nqueued) {
		w = queued[--nqueued];
		w->queued = false;
		w->function(w);
	}
}

/* ------------------------------------------------------------------ routes */

static struct fib6_info found_route;

static int find_route(struct net *net, int oif, struct flowi6 *fl6,
		      struct fib6_result *res, int flags)
{
	u8 prefix = fuzz_prefix(fl6->daddr.s6_addr);

	if (!prefix)
		return -ENETUNREACH;
	found_route.fib6_dst.plen = prefix;
	res->f6i = &found_route;
	return 0;
}

static const struct ipv6_stub the_stub = { .fib6_lookup = find_route };
const struct ipv6_stub *ipv6_stub = &the_stub;
