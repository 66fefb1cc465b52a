/* SPDX-License-Identifier: GPL-2.0 */
/*
 * User Mode Linux with more than one CPU has a fence of the CPU where Linux on
 * x86 orders only the compiler.  Two lfence in the kernel's clock, which wait
 * for the prefetches of the packets before, make a packet cost three times as
 * much as on any real machine.  So the clock and the modules that are timed
 * there are built with the barriers of arch/x86/include/asm/barrier.h.
 */
#ifndef _BENCH_X86_BARRIERS_H
#define _BENCH_X86_BARRIERS_H

#include <asm/barrier.h>

#undef __smp_mb
#undef __smp_rmb
#undef __smp_wmb
#undef __smp_store_release
#undef __smp_load_acquire

#define __smp_mb()	({ asm volatile("lock addl $0,-4(%%rsp)" ::: "memory", "cc"); })
#define __smp_rmb()	barrier()
#define __smp_wmb()	barrier()

#define __smp_store_release(p, v)		\
do {						\
	compiletime_assert_atomic_type(*(p));	\
	barrier();				\
	WRITE_ONCE(*(p), v);			\
} while (0)

#define __smp_load_acquire(p)			\
({						\
	typeof(*(p)) ___p1 = READ_ONCE(*(p));	\
	compiletime_assert_atomic_type(*(p));	\
	barrier();				\
	___p1;					\
})

#endif /* _BENCH_X86_BARRIERS_H */
