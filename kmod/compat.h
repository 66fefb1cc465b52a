/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernels.  The rest of the module is written for the
 * newest; this gives its names to older ones.  The floor is 5.10.
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
#include <linux/socket.h>
#include <linux/tcp.h>
#include <linux/timer.h>

/*
 * What can be tested for is tested for, since distributions backport.  What is
 * left goes by version, and only where the older name is there in each older
 * kernel: a macro that hides a backported function does no harm.
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

/* 6.11: before, bottom halves off exclude on PREEMPT_RT as well */
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
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define nla_strscpy(to, attr, size)	nla_strlcpy(to, attr, size)
#endif

/* 6.17 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define system_percpu_wq	system_wq
#define system_dfl_wq		system_unbound_wq
#endif

/* 5.19 to 6.19: segmenting BIG TCP takes a jumbo payload option away */
#ifdef IP6SKB_FAKEJUMBO
#define NST_JUMBO_GOES		true
#else
#define NST_JUMBO_GOES		false
#endif

/* 6.19 gives addresses of any size a type of their own: this is either */
#define nst_sockaddr(addr)	((void *)(addr))

/*
 * 5.14 exports what it takes in soft interrupts.  Before, nobody is charged for
 * what packets allocate; the bounds on flows hold all the same.
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
 * A look into the FIB without making a route.  Until 7.1 by way of a table of
 * functions; since then it is only there when nft_fib_ipv6, too, needs it.
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

#endif /* _NST_COMPAT_H */
