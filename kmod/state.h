/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a network namespace owns.  Includes only leaves, and calls no function of
 * another file.
 */
#ifndef _NST_STATE_H
#define _NST_STATE_H

#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "event.h"
#include "route_tables.h"
#include "table.h"

struct nst_config;
struct nst_cpu;
struct nst_ifmap;
struct nst_plan;
struct nst_sender;

#define NST_HOOKS	3
#define NST_DROPS_HOOKS	3

/**
 * struct nst_net - the module's state in a network namespace
 * @net: the namespace
 * @mutex: held to commit, to reset, and to read what these change
 * @plan: running configuration and what it means; replaced under @mutex, read under RCU
 * @ifmap: what to do with packets of each interface; replaced under @mutex, adopted by each CPU
 * @cpu: each CPU's tables, pending packets and counters
 * @sender: numbers and sends export packets
 * @quota: bound on flows
 * @routes: what BGP says of prefixes
 * @events: who is told what happens
 * @secret: secret of the hash, generated at start
 * @hooked: mask of directions (1 << &enum netstream_direction) whose hooks are registered
 * @hook: the hooks
 * @drops: hooks that see what becomes of inbound packets, while a record asks for that
 * @drops_node: entry in the table of namespaces that have such a record
 * @settles: @drops are registered
 * @node: instance of the CPU hotplug state
 * @rescan: rebuilds the interface map after interfaces have changed
 * @reap: frees tables whose record is no longer in effect, once empty
 * @drain: exports the flows that CPUs have left when they went offline
 * @undo: undoes a commit that nobody has confirmed
 * @before: the configuration that it restores, a reference; %NULL: nothing is to be confirmed
 * @undo_at: when, in jiffies; 0: never; written under @mutex
 * @rcu: waits until no packet is in a hook of a deleted namespace
 * @base: amounts to subtract since the last reset of statistics
 * @started: @cpu and @sender exist
 * @stopped: the namespace is being deleted
 */
struct nst_net {
	struct net			*net;
	struct mutex			mutex;	/* commits and reads */
	struct nst_plan __rcu		*plan;
	struct nst_ifmap		*ifmap;
	struct nst_cpu __percpu		*cpu;
	struct nst_sender		*sender;
	struct nst_quota		quota;
	struct nst_route_tables		routes;
	struct nst_events		events;
	u64				secret[NST_SECRET_WORDS];
	unsigned int			hooked;
	struct nf_hook_ops		hook[NST_HOOKS];
	struct nf_hook_ops		drops[NST_DROPS_HOOKS];
	struct hlist_node		drops_node;
	bool				settles;
	struct hlist_node		node;
	struct delayed_work		rescan;
	struct delayed_work		reap;
	struct delayed_work		drain;
	struct delayed_work		undo;
	struct nst_config		*before;
	unsigned long			undo_at;
	unsigned long			rcu;
	struct nst_totals		*base;
	bool				started;
	bool				stopped;
};

/*
 * Disabling bottom halves excludes everything else that writes a CPU's part of a
 * namespace, except on PREEMPT_RT, where this lock does.
 */
#define nst_lock(_nn)	local_lock_nested_bh(&(_nn)->cpu->lock)
#define nst_unlock(_nn)	local_unlock_nested_bh(&(_nn)->cpu->lock)

/**
 * nst_started - whether a namespace has ever been configured
 * @nn: namespace
 *
 * Context: any.
 */
static inline bool nst_started(const struct nst_net *nn)
{
	/* pairs with nst_commit_start(): the sender exists before the flag is set */
	return smp_load_acquire(&nn->started);
}

#endif /* _NST_STATE_H */
