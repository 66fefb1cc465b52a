/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernels.  The rest of the module is written for the newest
 * kernel; here older ones get its names.  The oldest supported kernel is 5.10.
 */
#ifndef _NST_COMPAT_H
#define _NST_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error netstream needs Linux 5.10 or newer
#endif

#include <linux/compiler.h>
#include <linux/ipv6.h>
#include <linux/local_lock.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/tcp.h>
#include <linux/timer.h>

/*
 * Distributions backport, so what can be tested at compile time is.  Version tests are
 * used only if the old name exists in all older kernels: then a macro that hides a
 * backported function does no harm.
 */

/* 6.16 */
#ifndef timer_container_of
#define timer_container_of(var, callback_timer, timer_fieldname) \
	from_timer(var, callback_timer, timer_fieldname)
#endif

/* 6.2 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define timer_delete_sync(timer)	del_timer_sync(timer)
/* only called when nothing arms the timer any more */
#define timer_shutdown_sync(timer)	del_timer_sync(timer)
#endif

/*
 * 6.11: on older kernels, disabling bottom halves excludes other tasks on
 * PREEMPT_RT too
 */
#ifndef local_lock_nested_bh
#define local_lock_nested_bh(lock)	((void)(lock))
#define local_unlock_nested_bh(lock)	((void)(lock))
#endif

/* 6.12 moved it; sparse does not know __has_include */
#ifdef __has_include
#if __has_include(<linux/unaligned.h>)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#include <asm/unaligned.h>
#else
#include <linux/unaligned.h>
#endif

/* 5.11 */
#ifndef in_hardirq
#define in_hardirq()	in_irq()
#endif

/* 5.11 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define nla_strscpy(to, attr, size)	nla_strlcpy(to, attr, size)
#endif

/* 6.17 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define system_percpu_wq	system_wq
#define system_dfl_wq		system_unbound_wq
#endif

/* 5.19 to 6.19: segmentation of BIG TCP removes a jumbo payload option */
#ifdef IP6SKB_FAKEJUMBO
#define NST_JUMBO_GOES		true
#else
#define NST_JUMBO_GOES		false
#endif

/* 6.19 introduces a type for socket addresses of any size; this converts to both */
#define nst_sockaddr(addr)	((void *)(addr))

/*
 * 5.14 exports what this needs in softirqs.  On older kernels memory allocated for
 * packets is not charged; the bounds on flows still limit it.
 */
static inline struct mem_cgroup *nst_set_active_memcg(struct mem_cgroup *group)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 14, 0)
	return NULL;
#else
	return set_active_memcg(group);
#endif
}

/*
 * A FIB lookup that does not allocate a route.  Before 7.1 it is in a table of function
 * pointers; since then it is exported only if nft_fib_ipv6 is a module.
 */
#ifdef __has_include
#if __has_include(<net/ipv6_stubs.h>)
#define NST_IPV6_STUBS
#endif
#elif LINUX_VERSION_CODE < KERNEL_VERSION(7, 1, 0)
#define NST_IPV6_STUBS
#endif

#ifdef NST_IPV6_STUBS
#include <net/ipv6_stubs.h>
#define nst_fib6_lookup		ipv6_stub->fib6_lookup
#elif IS_MODULE(CONFIG_NFT_FIB_IPV6)
#define nst_fib6_lookup		fib6_lookup
#endif

/* 5.15: a sysctl shows what lightweight tunnels process to netfilter as well */
#if IS_ENABLED(CONFIG_LWTUNNEL) && LINUX_VERSION_CODE >= KERNEL_VERSION(5, 15, 0)
#include <net/lwtunnel.h>
#define nst_lwtunnel_hooks()	static_branch_unlikely(&nf_hooks_lwtunnel_enabled)
#else
#define nst_lwtunnel_hooks()	false
#endif

/* 5.13: a bridge tells behind which port a MAC address is */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 13, 0)
#define NST_FORWARD_PATH
#endif

/*
 * 5.17: dropped packets have a reason.  Their list is a macro from 6.0 on, and where
 * it was backported.
 */
#if defined(DEFINE_DROP_REASON) || LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0)
#define NST_DROP_REASON
#endif

#endif /* _NST_COMPAT_H */
