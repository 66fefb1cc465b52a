// SPDX-License-Identifier: GPL-2.0
/*
 * What the shim of the kernel has one of.
 */
#include "driver.h"

bool (*fuzz_alloc_fails)(void);
long fuzz_allocated;
unsigned int fuzz_cpu;
u64 driver_state;
u64 fuzz_us;
void (*fuzz_meanwhile)(void);
unsigned int fuzz_yields;
u64 fuzz_epoch = 1700000000000ULL;

/* No fuzzer has a routing table. */
struct rt6_info *rt6_lookup(struct net *net, const struct in6_addr *to,
			    const struct in6_addr *from, int oif,
			    const void *skb, int flags)
{
	return NULL;
}
