/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The account of a monitor: what became of the packets that it metered.
 */
#ifndef _NST_ACCOUNT_H
#define _NST_ACCOUNT_H

#include <linux/cache.h>
#include <linux/netstream.h>
#include <linux/refcount.h>

#include "flow.h"
#include "quota.h"
#include "stats.h"

/*
 * Numbers of slots in export sets: those of slot views, then one for each monitor, by the
 * number of its account, from 1 on.
 */
#define NST_SLOT_MONITOR	NETSTREAM_SLOT_MAX
#define NST_SLOTS		(NST_SLOT_MONITOR + NETSTREAM_MONITORS_MAX + 1)

/**
 * struct nst_account_cpu - a monitor's amounts on one CPU
 * @metered: packets and bytes metered, once for each of its records
 * @handed: what was given to the sender in export packets
 * @lost: amount lost before that, by &enum nst_lost
 * @not_selected: packets that its sampler did not choose
 * @cache_full: flows ended early because the cache, or the monitor's part of it, was full
 *
 * Whoever writes the CPU's tables writes it, see struct nst_cpu.
 */
struct nst_account_cpu {
	struct nst_amount	metered;
	struct nst_amount	handed;
	struct nst_amount	lost[NST_LOST_MAX];
	u64			not_selected;
	u64			cache_full;
} ____cacheline_aligned;

/**
 * struct nst_account_base - amounts to subtract since statistics were reset
 * @metered: see struct nst_monitor_totals
 * @exported: likewise
 * @lost: likewise
 * @not_selected: likewise
 * @cache_full: likewise
 */
struct nst_account_base {
	struct nst_amount	metered;
	struct nst_amount	exported;
	struct nst_amount	lost[NST_LOST_MAX];
	u64			not_selected;
	u64			cache_full;
};

/**
 * struct nst_account - the account of a monitor, which outlives configurations
 * @ref: references: plans, records and export slots
 * @number: number of the monitor, 1 to %NETSTREAM_MONITORS_MAX; no two monitors of a
 *	configuration have the same
 * @name: name of the monitor
 * @exported: amount sent to at least one host; under the sender's lock
 * @lost: amount that the sender could send to no host, by &enum nst_lost; likewise
 * @base: see there; under the namespace's mutex
 * @quota: bound on its flows, which are also taken from the quota of the namespace
 * @cpu: by CPU
 *
 * For packets and for bytes: the sum of @metered of all CPUs is what is cached, in rings
 * and in open export packets, plus all @handed and @lost of @cpu.  The sum of @handed is
 * @exported, plus @lost, plus what is queued.
 */
struct nst_account {
	refcount_t		ref;
	u8			number;
	char			name[NETSTREAM_MONITOR_NAME_MAX + 1];
	struct nst_amount	exported;
	struct nst_amount	lost[NST_LOST_MAX];
	struct nst_account_base	base;
	struct nst_quota	quota;
	struct nst_account_cpu	cpu[];
};

struct nst_account *nst_account_create(const char *name, u8 number);
void nst_account_put(struct nst_account *account);

/**
 * nst_account_get - take another reference
 * @account: account that the caller has a reference to; may be %NULL
 *
 * Context: any.
 * Return: @account.
 */
static inline struct nst_account *nst_account_get(struct nst_account *account)
{
	if (account)
		refcount_inc(&account->ref);
	return account;
}

/**
 * nst_account_hand - note that an amount was given to the sender
 * @account: account; %NULL: the flows are not those of a monitor
 * @cpu: number of the CPU whose tables they were in
 * @amount: amount
 *
 * Context: owner of that CPU's tables, bottom halves off.
 */
static inline void nst_account_hand(struct nst_account *account, unsigned int cpu,
				    const struct nst_amount *amount)
{
	if (account)
		nst_amount_add(&account->cpu[cpu].handed, amount);
}

/**
 * nst_account_lose - note that an amount was lost on a CPU
 * @account: account; %NULL: the flows are not those of a monitor
 * @cpu: number of the CPU whose tables they were in
 * @cause: why
 * @amount: amount
 *
 * Context: owner of that CPU's tables, bottom halves off.
 */
static inline void nst_account_lose(struct nst_account *account, unsigned int cpu,
				    enum nst_lost cause, const struct nst_amount *amount)
{
	if (account)
		nst_amount_add(&account->cpu[cpu].lost[cause], amount);
}

/**
 * nst_account_cut - note that a flow was ended early to make room for another
 * @account: account; %NULL: the flow is not that of a monitor
 * @cpu: number of the CPU whose table it was in
 *
 * Context: owner of that CPU's tables, bottom halves off.
 */
static inline void nst_account_cut(struct nst_account *account, unsigned int cpu)
{
	if (account)
		account->cpu[cpu].cache_full++;
}

#endif /* _NST_ACCOUNT_H */
