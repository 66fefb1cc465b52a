/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In place of the kernel: what the files of kmod/ use of it, in user space, so
 * that they compile unchanged.  Forced into every file; the kernel's own
 * headers are empty files that the Makefile makes.
 *
 * There is one thread.  Locks only check that nobody takes one twice or gives
 * back what he has not, and time is a number that a driver moves.
 */
#ifndef _FUZZ_KERNEL_H
#define _FUZZ_KERNEL_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* with the C library both are numbers; in the kernel one of them is there */
#undef __BIG_ENDIAN

#define LINUX_VERSION_CODE	KERNEL_VERSION(7, 2, 0)
#define KERNEL_VERSION(a, b, c)	((a) * 65536 + (b) * 256 + (c))

/* ------------------------------------------------------------------- types */

typedef uint8_t u8, __u8;
typedef uint16_t u16, __u16;
typedef uint32_t u32, __u32;
typedef uint64_t u64, __u64;
typedef int8_t s8, __s8;
typedef int16_t s16, __s16;
typedef int32_t s32, __s32;
typedef int64_t s64, __s64;
typedef u16 __be16, __sum16;
typedef u32 __be32;
typedef u64 __be64;
typedef unsigned int gfp_t;

#define U8_MAX		UINT8_MAX
#define S16_MAX		INT16_MAX
#define U16_MAX		UINT16_MAX
#define U32_MAX		UINT32_MAX
#define U64_MAX		UINT64_MAX

/* ---------------------------------------------------------------- compiler */

#undef __always_inline
#undef static_assert
#define __force
#define __rcu
#define __percpu
#define __init
#define __exit
#define __read_mostly
#define __must_check		__attribute__((warn_unused_result))
#define __always_inline		inline __attribute__((always_inline))
#define noinline		__attribute__((noinline))
#define __maybe_unused		__attribute__((unused))
#define __printf(a, b)		__attribute__((format(printf, a, b)))
#define __aligned(n)		__attribute__((aligned(n)))
#define __packed		__attribute__((packed))
#define ____cacheline_aligned	__aligned(64)
#define ____cacheline_aligned_in_smp	__aligned(64)
#define fallthrough		__attribute__((fallthrough))
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define static_assert(...)	__static_assert(__VA_ARGS__, "")
#define __static_assert(e, m, ...)	_Static_assert(e, m)
#define BUILD_BUG_ON(x)		_Static_assert(!(x), #x)
#define sizeof_field(t, m)	sizeof(((t *)0)->m)
#define offsetofend(t, m)	(offsetof(t, m) + sizeof_field(t, m))
#define struct_size(p, m, n)	(sizeof(*(p)) + sizeof((p)->m[0]) * (size_t)(n))
#define array_size(a, b)	((size_t)(a) * (b))
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define container_of(p, t, m)	((t *)((char *)(p) - offsetof(t, m)))
#define OPTIMIZER_HIDE_VAR(x)	((void)(x))
#define barrier()		__asm__ __volatile__("" : : : "memory")
#define READ_ONCE(x)		(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile typeof(x) *)&(x) = (v))
#define data_race(x)		(x)
#define smp_load_acquire(p)	READ_ONCE(*(p))
#define smp_store_release(p, v)	WRITE_ONCE(*(p), v)
#define smp_wmb()		barrier()
#define smp_rmb()		barrier()
#define smp_mb()		barrier()
#define smp_mb__after_atomic()	barrier()
#define smp_mb__before_atomic()	barrier()
#define prefetch(x)		((void)(x))
#define prefetchw(x)		((void)(x))
#define EXPORT_SYMBOL_GPL(x)
#define MODULE_PARM_DESC(a, b)
/* a driver may set it: extern unsigned int *fuzz_param_pace; */
#define module_param_named(name, value, type, perm)	\
	typeof(value) *fuzz_param_##name = &(value)
#define module_param(name, type, perm)
#define IS_ENABLED(x)		0

/* A kernel that warns has a fault: so has the program. */
#define WARN_ON(c)							\
({									\
	bool warn_ = (c);						\
									\
	if (warn_)							\
		fuzz_die("%s:%d: warning: %s", __FILE__, __LINE__, #c);	\
	warn_;								\
})
#define WARN_ON_ONCE(c)		WARN_ON(c)
#define WARN_ONCE(c, ...)	WARN_ON(c)
#define BUG_ON(c)		((void)WARN_ON(c))
#define pr_warn_ratelimited(...)	((void)0)
#define pr_warn(...)		((void)0)
#define pr_info(...)		((void)0)
#define pr_err(...)		((void)0)
#define net_warn_ratelimited(...)	((void)0)

/* Says what is wrong and ends the program, as the sanitizers do. */
static inline __attribute__((noreturn)) __printf(1, 2)
void fuzz_die(const char *format, ...)
{
	__builtin_va_list args;

	__builtin_va_start(args, format);
	fputs("FAULT: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	__builtin_va_end(args);
	abort();
}

#define FUZZ_EXPECT(c, format, ...)					\
do {									\
	if (!(c))							\
		fuzz_die("%s:%d: %s: " format, __FILE__, __LINE__, #c,	\
			 ##__VA_ARGS__);				\
} while (0)

/* ----------------------------------------------------------------- numbers */

#define min(a, b)						\
({								\
	typeof(a) min_a_ = (a);					\
	typeof(b) min_b_ = (b);					\
								\
	min_a_ < min_b_ ? min_a_ : min_b_;			\
})
#define max(a, b)						\
({								\
	typeof(a) max_a_ = (a);					\
	typeof(b) max_b_ = (b);					\
								\
	max_a_ > max_b_ ? max_a_ : max_b_;			\
})
#define min_t(t, a, b)		min((t)(a), (t)(b))
#define max_t(t, a, b)		max((t)(a), (t)(b))
#define min3(a, b, c)		min(min(a, b), c)
#define max3(a, b, c)		max(max(a, b), c)
#define clamp(v, lo, hi)	min(max(v, lo), hi)
#define clamp_t(t, v, lo, hi)	min_t(t, max_t(t, v, lo), hi)
#define swap(a, b)						\
do {								\
	typeof(a) swap_ = (a);					\
								\
	(a) = (b);						\
	(b) = swap_;						\
} while (0)
#define BIT(n)			(1UL << (n))
#define BIT_ULL(n)		(1ULL << (n))
#define GENMASK(h, l)		((~0UL << (l)) & (~0UL >> (63 - (h))))
#define ALIGN(x, a)		(((x) + (typeof(x))(a) - 1) & ~((typeof(x))(a) - 1))
#define round_up(x, a)		((((x) - 1) | ((typeof(x))(a) - 1)) + 1)
#define check_sub_overflow(a, b, d)	__builtin_sub_overflow(a, b, d)
#define DIV_ROUND_UP(a, b)	(((a) + (b) - 1) / (b))
#define div_u64(a, b)		((u64)(a) / (u32)(b))
#define div64_u64(a, b)		((u64)(a) / (u64)(b))
static inline u64 div64_u64_rem(u64 a, u64 b, u64 *rest)
{
	*rest = a % b;
	return a / b;
}
#define mul_u64_u32_div(a, b, c)	((u64)((unsigned __int128)(a) * (b) / (c)))
#define ilog2(x)		(63 - __builtin_clzll(x))
#define __ffs(x)		((unsigned int)__builtin_ctzl(x))
#define __ffs64(x)		((unsigned int)__builtin_ctzll(x))
#define hweight16(x)		((unsigned int)__builtin_popcount((u16)(x)))
#define ffs(x)			__builtin_ffs(x)
#define hweight32(x)		((unsigned int)__builtin_popcount(x))
#define hweight64(x)		((unsigned int)__builtin_popcountll(x))
#define GOLDEN_RATIO_64		0x61C8864680B583EBull
#define GOLDEN_RATIO_32		0x61C88647u
#define BITS_PER_LONG		64
#define BITS_TO_LONGS(n)	DIV_ROUND_UP(n, BITS_PER_LONG)
#define DECLARE_BITMAP(name, bits)	unsigned long name[BITS_TO_LONGS(bits)]
#define BITS_PER_BYTE		8
#define SZ_4K			4096
#define PAGE_SIZE		4096UL
#define PAGE_SHIFT		12
#define roundup_pow_of_two(n)	\
	((n) <= 1 ? 1UL : 1UL << (64 - __builtin_clzl((unsigned long)(n) - 1)))
#define is_power_of_2(n)	((n) && !((n) & ((n) - 1)))
#define order_base_2(n)		((n) > 1 ? ilog2((n) - 1) + 1 : 0)

static inline int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

static inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

static inline void __set_bit(unsigned int bit, unsigned long *map)
{
	map[bit / BITS_PER_LONG] |= BIT(bit % BITS_PER_LONG);
}

static inline void __clear_bit(unsigned int bit, unsigned long *map)
{
	map[bit / BITS_PER_LONG] &= ~BIT(bit % BITS_PER_LONG);
}

static inline bool test_bit(unsigned int bit, const unsigned long *map)
{
	return map[bit / BITS_PER_LONG] >> (bit % BITS_PER_LONG) & 1;
}

#define set_bit(bit, map)	__set_bit(bit, map)
#define clear_bit(bit, map)	__clear_bit(bit, map)

static inline bool __test_and_clear_bit(unsigned int bit, unsigned long *map)
{
	bool was = test_bit(bit, map);

	__clear_bit(bit, map);
	return was;
}

static inline bool __test_and_set_bit(unsigned int bit, unsigned long *map)
{
	bool was = test_bit(bit, map);

	__set_bit(bit, map);
	return was;
}

#define test_and_clear_bit(bit, map)	__test_and_clear_bit(bit, map)
#define test_and_set_bit(bit, map)	__test_and_set_bit(bit, map)

static inline unsigned long find_next_bit(const unsigned long *map,
					  unsigned long bits, unsigned long at)
{
	unsigned long word;

	while (at < bits) {
		word = map[at / BITS_PER_LONG] >> (at % BITS_PER_LONG);
		if (word)
			return min(bits, at + __ffs(word));
		at = (at / BITS_PER_LONG + 1) * BITS_PER_LONG;
	}
	return bits;
}

#define find_first_bit(map, bits)	find_next_bit(map, bits, 0)
#define bitmap_zero(map, bits)	\
	memset(map, 0, BITS_TO_LONGS(bits) * sizeof(unsigned long))
#define bitmap_empty(map, bits)	(find_first_bit(map, bits) >= (bits))

/* of the C library, for speed */
#define memset32(to, value, n)	\
	((void)wmemset((wchar_t *)(to), (wchar_t)(value), n))

/* -------------------------------------------------------------- byte order */

#define htons(x)		((__be16)__builtin_bswap16(x))
#define ntohs(x)		((u16)__builtin_bswap16(x))
#define htonl(x)		((__be32)__builtin_bswap32(x))
#define ntohl(x)		((u32)__builtin_bswap32(x))
#define cpu_to_be16(x)		htons(x)
#define cpu_to_be32(x)		htonl(x)
#define be16_to_cpu(x)		ntohs(x)
#define be32_to_cpu(x)		ntohl(x)

#define get_unaligned(p)						\
({									\
	struct {							\
		typeof(*(p)) value;					\
	} __packed const *get_ = (const void *)(p);			\
									\
	get_->value;							\
})

static inline void put_unaligned_be16(u16 value, void *p)
{
	u8 *to = p;

	to[0] = value >> 8;
	to[1] = value;
}

static inline void put_unaligned_be32(u32 value, void *p)
{
	put_unaligned_be16(value >> 16, p);
	put_unaligned_be16(value, (u8 *)p + 2);
}

static inline void put_unaligned_be64(u64 value, void *p)
{
	put_unaligned_be32(value >> 32, p);
	put_unaligned_be32(value, (u8 *)p + 4);
}

static inline u16 get_unaligned_be16(const void *p)
{
	const u8 *from = p;

	return from[0] << 8 | from[1];
}

static inline u32 get_unaligned_be32(const void *p)
{
	return (u32)get_unaligned_be16(p) << 16 |
	       get_unaligned_be16((const u8 *)p + 2);
}

static inline u64 get_unaligned_be64(const void *p)
{
	return (u64)get_unaligned_be32(p) << 32 |
	       get_unaligned_be32((const u8 *)p + 4);
}

/* ------------------------------------------------------------------- errors */

#define MAX_ERRNO		4095
#define ERR_PTR(e)		((void *)(long)(e))
#define PTR_ERR(p)		((long)(p))
#define ERR_CAST(p)		((void *)(p))
#define IS_ERR(p)		((unsigned long)(p) >= (unsigned long)-MAX_ERRNO)
#define IS_ERR_OR_NULL(p)	(!(p) || IS_ERR(p))
#define PTR_ERR_OR_ZERO(p)	(IS_ERR(p) ? (int)PTR_ERR(p) : 0)

struct netlink_ext_ack {
	const char *text;
};

#define NL_SET_ERR_MSG(ack, s)						\
do {									\
	if (ack)							\
		(ack)->text = (s);					\
} while (0)
#define NL_SET_ERR_MSG_MOD(ack, s)	NL_SET_ERR_MSG(ack, s)

/* ------------------------------------------------------------------ memory */

#define GFP_KERNEL		0x01u
#define GFP_ATOMIC		0x02u
#define GFP_NOWAIT		0x04u
#define __GFP_NOWARN		0x10u
#define __GFP_ZERO		0x20u
#define __GFP_ACCOUNT		0x40u
#define __GFP_NORETRY		0x80u
#define __GFP_COMP		0x100u
#define GFP_KERNEL_ACCOUNT	(GFP_KERNEL | __GFP_ACCOUNT)

/*
 * Which allocations fail is the driver's: fuzz_alloc_fails() is asked each
 * time.  Without a driver that wants any, none does.
 */
extern bool (*fuzz_alloc_fails)(void);
/* Allocations that have not been freed. */
extern long fuzz_allocated;

static inline void *fuzz_alloc(size_t size, bool zero)
{
	void *p;

	if (fuzz_alloc_fails && fuzz_alloc_fails())
		return NULL;
	p = zero ? calloc(1, size) : malloc(size);
	FUZZ_EXPECT(p, "%zu bytes", size);
	fuzz_allocated++;
	return p;
}

static inline void fuzz_free(const void *p)
{
	fuzz_allocated -= !!p;
	free((void *)p);
}

#define kmalloc(n, g)		fuzz_alloc(n, (g) & __GFP_ZERO)
#define kzalloc(n, g)		fuzz_alloc(n, true)
#define kcalloc(n, s, g)	fuzz_alloc((size_t)(n) * (s), true)
#define kmalloc_array(n, s, g)	fuzz_alloc((size_t)(n) * (s), (g) & __GFP_ZERO)
#define kvmalloc(n, g)		fuzz_alloc(n, (g) & __GFP_ZERO)
#define kvmalloc_array(n, s, g)	fuzz_alloc((size_t)(n) * (s), (g) & __GFP_ZERO)
#define kvzalloc(n, g)		fuzz_alloc(n, true)
#define kvcalloc(n, s, g)	fuzz_alloc((size_t)(n) * (s), true)
#define alloc_pages_exact(n, g)	fuzz_alloc(n, (g) & __GFP_ZERO)
#define free_pages_exact(p, n)	fuzz_free(p)
#define kfree(p)		fuzz_free(p)
#define kvfree(p)		fuzz_free(p)
#define kfree_rcu(p, m)		fuzz_free(p)
#define kvfree_rcu(p, m)	fuzz_free(p)
#define kfree_rcu_mightsleep(p)	fuzz_free(p)

#define gfpflags_allow_blocking(g)	(!!((g) & GFP_KERNEL))
#define PAGE_ALIGN(n)		ALIGN(n, PAGE_SIZE)

/* Nobody pays. */
struct mem_cgroup;
#define current			(&fuzz_task)
#define get_mem_cgroup_from_mm(mm)	((struct mem_cgroup *)NULL)
#define mem_cgroup_put(g)	((void)(g))
#define set_active_memcg(g)	((void)(g), (struct mem_cgroup *)NULL)

static struct {
	void *mm;
} fuzz_task __attribute__((unused));

/* ------------------------------------------------------------------- lists */

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

#define LIST_HEAD_INIT(l)	{ &(l), &(l) }
#define LIST_HEAD(l)		struct list_head l = LIST_HEAD_INIT(l)
#define LIST_POISON		((struct list_head *)0x100)

static inline void INIT_LIST_HEAD(struct list_head *l)
{
	l->next = l;
	l->prev = l;
}

static inline void fuzz_list_link(struct list_head *n, struct list_head *prev,
				  struct list_head *next)
{
	FUZZ_EXPECT(prev->next == next && next->prev == prev, "list corrupted");
	FUZZ_EXPECT(n != prev && n != next, "added twice");
	n->prev = prev;
	n->next = next;
	prev->next = n;
	next->prev = n;
}

static inline void list_add(struct list_head *n, struct list_head *l)
{
	fuzz_list_link(n, l, l->next);
}

static inline void list_add_tail(struct list_head *n, struct list_head *l)
{
	fuzz_list_link(n, l->prev, l);
}

static inline void list_del(struct list_head *n)
{
	FUZZ_EXPECT(n->next->prev == n && n->prev->next == n, "list corrupted");
	n->next->prev = n->prev;
	n->prev->next = n->next;
	n->next = LIST_POISON;
	n->prev = LIST_POISON;
}

static inline void list_del_init(struct list_head *n)
{
	list_del(n);
	INIT_LIST_HEAD(n);
}

static inline bool list_empty(const struct list_head *l)
{
	return l->next == l;
}

static inline void list_move_tail(struct list_head *n, struct list_head *l)
{
	list_del(n);
	list_add_tail(n, l);
}

static inline void list_move(struct list_head *n, struct list_head *l)
{
	list_del(n);
	list_add(n, l);
}

static inline void list_splice_tail_init(struct list_head *from,
					 struct list_head *to)
{
	while (!list_empty(from))
		list_move_tail(from->next, to);
}

static inline void list_splice_init(struct list_head *from,
				    struct list_head *to)
{
	while (!list_empty(from))
		list_move(from->prev, to);
}

#define list_is_singular(l)	(!list_empty(l) && (l)->next == (l)->prev)
#define list_entry(p, t, m)	container_of(p, t, m)
#define list_first_entry(l, t, m)	list_entry((l)->next, t, m)
#define list_last_entry(l, t, m)	list_entry((l)->prev, t, m)
#define list_first_entry_or_null(l, t, m)	\
	(list_empty(l) ? NULL : list_first_entry(l, t, m))
#define list_next_entry(p, m)	list_entry((p)->m.next, typeof(*(p)), m)
#define list_for_each_entry(p, l, m)					\
	for (p = list_first_entry(l, typeof(*p), m); &p->m != (l);	\
	     p = list_next_entry(p, m))
#define list_for_each_entry_safe(p, n, l, m)				\
	for (p = list_first_entry(l, typeof(*p), m),			\
	     n = list_next_entry(p, m); &p->m != (l);			\
	     p = n, n = list_next_entry(n, m))
#define list_add_tail_rcu(n, l)	list_add_tail(n, l)
#define list_add_rcu(n, l)	list_add(n, l)
#define list_del_rcu(n)		list_del(n)
#define list_for_each_entry_rcu(p, l, m, ...)	list_for_each_entry(p, l, m)

struct llist_node {
	struct llist_node *next;
};

struct llist_head {
	struct llist_node *first;
};

#define init_llist_head(l)	((l)->first = NULL)
#define llist_empty(l)		(!(l)->first)
#define llist_entry(p, t, m)	container_of(p, t, m)

static inline bool llist_add(struct llist_node *n, struct llist_head *l)
{
	bool first = !l->first;

	n->next = l->first;
	l->first = n;
	return first;
}

static inline struct llist_node *llist_del_all(struct llist_head *l)
{
	struct llist_node *list = l->first;

	l->first = NULL;
	return list;
}

static inline struct llist_node *llist_reverse_order(struct llist_node *list)
{
	struct llist_node *reversed = NULL, *next;

	for (; list; list = next) {
		next = list->next;
		list->next = reversed;
		reversed = list;
	}
	return reversed;
}

#define llist_node_or_null(p, m)	((p) ? &(p)->m : NULL)
#define fuzz_llist_entry(n, t, m)	\
	((n) ? llist_entry(n, t, m) : (t *)NULL)
#define llist_for_each_entry_safe(p, n, list, m)			\
	for (p = fuzz_llist_entry(list, typeof(*p), m);			\
	     p && (n = fuzz_llist_entry(p->m.next, typeof(*p), m), true); \
	     p = n)
#define llist_for_each_entry(p, list, m)				\
	for (p = fuzz_llist_entry(list, typeof(*p), m); p;		\
	     p = fuzz_llist_entry(p->m.next, typeof(*p), m))

/* ------------------------------------------------------ references, atomics */

typedef struct {
	int n;
} refcount_t;

typedef struct {
	int n;
} atomic_t;

typedef struct {
	s64 n;
} atomic64_t, atomic_long_t;

#define REFCOUNT_INIT(v)	{ (v) }
#define refcount_set(r, v)	((r)->n = (v))
#define refcount_read(r)	((r)->n)

static inline void refcount_inc(refcount_t *r)
{
	FUZZ_EXPECT(r->n > 0, "reference to something that is gone");
	r->n++;
}

static inline bool refcount_inc_not_zero(refcount_t *r)
{
	if (!r->n)
		return false;
	r->n++;
	return true;
}

static inline bool refcount_dec_and_test(refcount_t *r)
{
	FUZZ_EXPECT(r->n > 0, "one reference too many given back");
	return !--r->n;
}

#define ATOMIC_INIT(v)		{ (v) }
#define atomic_set(a, v)	((void)((a)->n = (v)))
#define atomic_read(a)		((a)->n)
#define atomic_inc(a)		((void)(a)->n++)
#define atomic_dec(a)		((void)(a)->n--)
#define atomic_add(v, a)	((void)((a)->n += (v)))
#define atomic_sub(v, a)	((void)((a)->n -= (v)))
#define atomic_inc_return(a)	(++(a)->n)
#define atomic_dec_return(a)	(--(a)->n)
#define atomic_add_return(v, a)	((a)->n += (v))
#define atomic_sub_return(v, a)	((a)->n -= (v))
#define atomic_dec_and_test(a)	(!--(a)->n)
#define atomic64_set(a, v)	atomic_set(a, v)
#define atomic64_read(a)	atomic_read(a)
#define atomic64_add(v, a)	atomic_add(v, a)
#define atomic64_sub(v, a)	atomic_sub(v, a)
#define atomic64_inc(a)		atomic_inc(a)
#define atomic64_dec(a)		atomic_dec(a)
#define atomic_long_set(a, v)	atomic_set(a, v)
#define atomic_long_read(a)	atomic_read(a)
#define atomic_long_add(v, a)	atomic_add(v, a)
#define atomic_long_sub(v, a)	atomic_sub(v, a)
#define atomic_long_inc(a)	atomic_inc(a)
#define atomic_long_dec(a)	atomic_dec(a)
#define atomic_fetch_add(v, a)	((a)->n += (v), (a)->n - (v))

static inline int atomic_xchg(atomic_t *a, int v)
{
	int old = a->n;

	a->n = v;
	return old;
}

static inline bool atomic_try_cmpxchg(atomic_t *a, int *old, int v)
{
	if (a->n != *old) {
		*old = a->n;
		return false;
	}
	a->n = v;
	return true;
}

static inline int atomic_cmpxchg(atomic_t *a, int old, int v)
{
	atomic_try_cmpxchg(a, &old, v);
	return old;
}

#define xchg(p, v)						\
({								\
	typeof(*(p)) xchg_ = *(p);				\
								\
	*(p) = (v);						\
	xchg_;							\
})
#define cmpxchg(p, o, v)					\
({								\
	typeof(*(p)) cmpxchg_ = *(p);				\
								\
	if (cmpxchg_ == (o))					\
		*(p) = (v);					\
	cmpxchg_;						\
})

struct u64_stats_sync {
	int unused;
};

#define u64_stats_init(s)		((void)(s))
#define u64_stats_update_begin(s)	((void)(s))
#define u64_stats_update_end(s)		((void)(s))
#define u64_stats_fetch_begin(s)	((void)(s), 0)
#define u64_stats_fetch_retry(s, v)	((void)(s), (void)(v), false)

/* ------------------------------------------------------- locks, RCU, sleep */

struct mutex {
	bool held;
};

typedef struct {
	bool held;
} spinlock_t, local_lock_t;

struct rcu_head {
	void *unused[2];
};

#define DEFINE_MUTEX(m)		struct mutex m
#define mutex_init(m)		((m)->held = false)
#define mutex_destroy(m)	((void)(m))
#define mutex_is_locked(m)	((m)->held)

static inline void mutex_lock(struct mutex *m)
{
	FUZZ_EXPECT(!m->held, "deadlock");
	m->held = true;
}

static inline void mutex_unlock(struct mutex *m)
{
	FUZZ_EXPECT(m->held, "not locked");
	m->held = false;
}

static inline void spin_lock(spinlock_t *l)
{
	FUZZ_EXPECT(!l->held, "deadlock");
	l->held = true;
}

static inline void spin_unlock(spinlock_t *l)
{
	FUZZ_EXPECT(l->held, "not locked");
	l->held = false;
}

#define spin_lock_init(l)		((l)->held = false)
#define spin_lock_bh(l)			spin_lock(l)
#define spin_unlock_bh(l)		spin_unlock(l)
#define lockdep_assert_held(l)		FUZZ_EXPECT((l)->held, "not locked")
#define lockdep_is_held(l)		((l)->held)
#define local_lock_init(l)		((l)->held = false)
#define local_lock_nested_bh(l)		((void)(l))
#define local_unlock_nested_bh(l)	((void)(l))
#define local_bh_disable()		((void)0)
#define local_bh_enable()		((void)0)
#define rcu_read_lock()			((void)0)
#define rcu_read_unlock()		((void)0)
/* nobody else reads: whatever is used after it is a fault */
/* When a grace period ends is the driver's; without one that cares, at once. */
extern void (*fuzz_call_rcu)(struct rcu_head *head,
			     void (*func)(struct rcu_head *head));

static inline void call_rcu(struct rcu_head *head,
			    void (*func)(struct rcu_head *head))
{
	if (fuzz_call_rcu)
		fuzz_call_rcu(head, func);
	else
		func(head);
}
/* What has to be true while somebody waits for one is the driver's, too. */
extern void (*fuzz_synchronize_rcu)(void);

static inline void synchronize_rcu(void)
{
	if (fuzz_synchronize_rcu)
		fuzz_synchronize_rcu();
}

#define synchronize_net()		((void)0)
#define rcu_barrier()			((void)0)
#define rcu_dereference(p)		(p)
#define rcu_dereference_raw(p)		(p)
#define rcu_dereference_bh(p)		(p)
#define rcu_dereference_check(p, c)	(p)
#define rcu_dereference_protected(p, c)	(p)
#define rcu_access_pointer(p)		(p)
#define rcu_assign_pointer(p, v)	((void)((p) = (v)))
#define RCU_INIT_POINTER(p, v)		((void)((p) = (v)))
#define rcu_replace_pointer(p, v, c)	xchg(&(p), v)
#define rcu_head_init(h)		((void)(h))
#define might_sleep()			((void)0)
#define cond_resched()			fuzz_yield()
#define cpu_relax()			fuzz_yield()
#define msleep(ms)			fuzz_sleep((u64)(ms) * 1000)
#define usleep_range(a, b)		fuzz_sleep(a)
#define fsleep(us)			fuzz_sleep(us)
#define num_possible_cpus()		FUZZ_CPUS
#define num_online_cpus()		FUZZ_CPUS
#define smp_processor_id()		(fuzz_cpu)
#define raw_smp_processor_id()		(fuzz_cpu)
#define nr_cpu_ids			FUZZ_CPUS
#define for_each_possible_cpu(cpu)	for ((cpu) = 0; (cpu) < FUZZ_CPUS; (cpu)++)

#define FUZZ_CPUS			4

/* The CPU that runs. */
extern unsigned int fuzz_cpu;

/* -------------------------------------------------------------------- time */

#define HZ			1000
#define NSEC_PER_USEC		1000ULL
#define NSEC_PER_MSEC		1000000ULL
#define NSEC_PER_SEC		1000000000ULL
#define USEC_PER_SEC		1000000U
#define USEC_PER_MSEC		1000U
#define MSEC_PER_SEC		1000U

typedef s64 ktime_t;

/* Microseconds since boot, and milliseconds since 1970 when that was. */
extern u64 fuzz_us;
extern u64 fuzz_epoch;

/* What others do meanwhile. */
extern void (*fuzz_meanwhile)(void);
/* Times that something yielded without that anything happened. */
extern unsigned int fuzz_yields;

static inline void fuzz_sleep(u64 us)
{
	fuzz_us += us;
	fuzz_yields = 0;
	if (fuzz_meanwhile)
		fuzz_meanwhile();
}

static inline void fuzz_yield(void)
{
	FUZZ_EXPECT(fuzz_yields++ < 100000, "spins");
}

#define jiffies				((unsigned long)(fuzz_us / 1000))
#define msecs_to_jiffies(ms)		((unsigned long)(ms))
#define usecs_to_jiffies(us)		((unsigned long)DIV_ROUND_UP(us, 1000))
#define jiffies_to_msecs(j)		((unsigned int)(j))
#define time_before(a, b)		((long)((a) - (b)) < 0)
#define time_after(a, b)		time_before(b, a)
#define time_after_eq(a, b)		(!time_before(a, b))
#define time_before_eq(a, b)		(!time_after(a, b))
#define ktime_to_ns(t)			(t)
#define ktime_get_ns()			(fuzz_us * NSEC_PER_USEC)
#define ktime_get_coarse_boottime()	\
	((ktime_t)(fuzz_us / 1000 * NSEC_PER_MSEC))
#define ktime_get_boottime()		((ktime_t)(fuzz_us * NSEC_PER_USEC))
#define ktime_get_coarse_real()		\
	((ktime_t)((fuzz_us / 1000 + fuzz_epoch) * NSEC_PER_MSEC))

struct timer_list {
	void (*function)(struct timer_list *timer);
	unsigned long expires;
	bool armed;
};

#define TIMER_PINNED			1
#define timer_setup(t, f, flags)	((t)->function = (f))
#define mod_timer(t, when)		((t)->expires = (when), (t)->armed = true)
#define timer_delete_sync(t)		((t)->armed = false)
#define timer_shutdown_sync(t)		((t)->armed = false)
#define timer_container_of(v, t, m)	container_of(t, typeof(*v), m)

/* ----------------------------------------------------------------- strings */

static inline ssize_t strscpy(char *to, const char *from, size_t size)
{
	size_t n = strnlen(from, size);

	if (n == size)
		n--;
	memcpy(to, from, n);
	to[n] = 0;
	return n;
}

#define strscpy_pad(to, from, size)	strscpy(to, from, size)

static inline u32 fuzz_kernel_random(void)
{
	static u32 state = 1;

	state = state * 1664525 + 1013904223;
	return state >> 8 ^ state << 16;
}

#define get_random_u32()		fuzz_kernel_random()
#define get_random_u32_below(n)		(fuzz_kernel_random() % (n))
#define prandom_u32_max(n)		(fuzz_kernel_random() % (n))

static inline void get_random_bytes(void *to, size_t n)
{
	u8 *at = to;

	while (n--)
		*at++ = fuzz_kernel_random();
}

#include "network.h"

#endif /* _FUZZ_KERNEL_H */
