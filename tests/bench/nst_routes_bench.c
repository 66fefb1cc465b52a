// SPDX-License-Identifier: GPL-2.0
/*
 * What a lookup in a table of routes costs, beside one in the kernel's own FIB.
 *
 * /proc/nst_routes_bench takes prefixes, 17 bytes each: the address and the length.  A
 * table is made of them.  Reading the file looks up random addresses of these prefixes
 * in the table and in the FIB, into which somebody else has put the same ones, in turns,
 * and prints nanoseconds a lookup, the least of some rounds.
 *
 * Where there are two CPUs, reading /proc/nst_routes_changes changes routes on one of
 * them and looks up addresses on the other, each alone and then side by side.
 */
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/delay.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/random.h>
#include <linux/route.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <net/ip6_fib.h>
#include <net/net_namespace.h>

#include "../../kmod/lpm_memory.c"
#include "../../kmod/lpm.c"
#include "../../kmod/routes.c"

#define PREFIX_BYTES	17
#define PREFIXES_MAX	(2 * 1024 * 1024)
#define ORIGINS		35000	/* about as many ASes originate IPv6 prefixes */
#define ADDRESSES	(1 << 18)
#define ROUNDS		5
#define BURST		64		/* lookups in one read-side section */
#define CHANGES		400000

static struct nst_routes *routes;
static u8 (*prefix)[PREFIX_BYTES];
static unsigned int prefixes;
static struct in6_addr *address;

static ssize_t bench_write(struct file *file, const char __user *data, size_t size,
			   loff_t *at)
{
	struct nst_route route = {};
	struct nst_lpm_key key;
	struct in6_addr addr;
	size_t done = 0;
	int err;

	while (done + PREFIX_BYTES <= size && prefixes < PREFIXES_MAX) {
		if (copy_from_user(prefix[prefixes], data + done, PREFIX_BYTES))
			return -EFAULT;
		memcpy(&addr, prefix[prefixes], sizeof(addr));
		nst_lpm_key_set(&key, &addr, prefix[prefixes][16]);
		/* neighbouring prefixes often have the same origin */
		route.origin_as = prefixes / 4 % ORIGINS;
		route.peer_as = route.origin_as % 16;
		route.next_hop.s6_addr[15] = route.origin_as % 16;
		err = nst_routes_add(routes, &key, &route);
		if (err)
			return err;
		prefixes++;
		done += PREFIX_BYTES;
	}
	return done ?: -EINVAL;
}

/* Random addresses of random prefixes. */
static void draw_addresses(void)
{
	const u8 *p;
	unsigned int i, bit;

	get_random_bytes(address, ADDRESSES * sizeof(*address));
	for (i = 0; i < ADDRESSES; i++) {
		u32 which = address[i].s6_addr32[3] % prefixes;

		p = prefix[which];
		memcpy(&address[i], p, p[16] / 8);
		for (bit = p[16] & ~7; bit < p[16]; bit++) {
			u8 mask = 0x80 >> bit % 8;

			address[i].s6_addr[bit / 8] &= ~mask;
			address[i].s6_addr[bit / 8] |= p[bit / 8] & mask;
		}
	}
}

/* Both loops say how many addresses have a route, which has to be all of them. */
static unsigned int look_up_here(void)
{
	unsigned int i, found = 0;
	u8 length;

	rcu_read_lock();
	for (i = 0; i < ADDRESSES; i++)
		found += !!nst_routes_lookup(routes, &address[i], &length);
	rcu_read_unlock();
	return found;
}

#ifdef nst_fib6_lookup
static unsigned int look_up_fib(void)
{
	unsigned int i, found = 0;

	rcu_read_lock();
	for (i = 0; i < ADDRESSES; i++) {
		struct flowi6 fl6 = { .daddr = address[i] };
		struct fib6_result res = {};

		found += !nst_fib6_lookup(&init_net, 0, &fl6, &res, 0) && res.f6i &&
			 !(res.f6i->fib6_flags & RTF_REJECT);
	}
	rcu_read_unlock();
	return found;
}

#else
static unsigned int look_up_fib(void)
{
	return 0;
}
#endif

static u64 measure(unsigned int (*look_up)(void), unsigned int *found)
{
	u64 start = ktime_get_ns();

	*found = look_up();
	return div_u64((ktime_get_ns() - start) * 100, ADDRESSES);
}

static int bench_show(struct seq_file *m, void *data)
{
	u64 here = U64_MAX, fib = U64_MAX;
	unsigned int i, found_here, found_fib;
	struct nst_routes_sizes size;

	if (!prefixes)
		return -EINVAL;
	draw_addresses();
	for (i = 0; i < ROUNDS; i++) {
		here = min(here, measure(look_up_here, &found_here));
		cond_resched();
		fib = min(fib, measure(look_up_fib, &found_fib));
		cond_resched();
	}
	nst_routes_size(routes, &size);
	seq_printf(m, "prefixes %u\nbytes_prefix %u\naddresses %u\nfound %u\nfound_fib %u\n",
		   size.prefixes, (u32)(size.bytes / size.prefixes), ADDRESSES, found_here,
		   found_fib);
	seq_printf(m, "lookup_ns %llu.%02u\nfib_ns %llu.%02u\n", div_u64(here, 100),
		   (u32)(here % 100), div_u64(fib, 100), (u32)(fib % 100));
	return 0;
}

/* As packets do it: short read-side sections, until the other side is done. */
static int look_up_until_stopped(void *data)
{
	u64 *lookups = data;
	unsigned int i, at = 0;
	u8 length;

	while (!kthread_should_stop()) {
		rcu_read_lock();
		for (i = 0; i < BURST; i++)
			nst_routes_lookup(routes, &address[at++ % ADDRESSES], &length);
		rcu_read_unlock();
		*lookups += BURST;
		cond_resched();
	}
	return 0;
}

/* Another route for a prefix, and every fourth time none for a while. */
static int change(unsigned int i)
{
	const u8 *p = prefix[i % prefixes];
	struct nst_route route = { .origin_as = i % ORIGINS, .peer_as = i % 16 };
	struct nst_lpm_key key;
	struct in6_addr addr;

	memcpy(&addr, p, sizeof(addr));
	nst_lpm_key_set(&key, &addr, p[16]);
	if (i % 4)
		return nst_routes_add(routes, &key, &route);
	return nst_routes_withdraw(routes, &key) ?:
	       nst_routes_add(routes, &key, &route);
}

/* Changes a second. */
static s64 measure_changes(void)
{
	u64 start = ktime_get_ns();
	unsigned int i;
	int err;

	for (i = 0; i < CHANGES; i++) {
		err = change(i);
		if (err)
			return err;
		if (!(i % 100))
			cond_resched();
	}
	/* a fourth of them are two changes */
	return div64_u64((CHANGES + CHANGES / 4) * (u64)NSEC_PER_SEC, ktime_get_ns() - start);
}

/* Nanoseconds a lookup on the second CPU, while @work runs on this one. */
static u64 beside(s64 (*work)(void), s64 *result)
{
	unsigned int cpu = cpumask_next(cpumask_first(cpu_online_mask), cpu_online_mask);
	u64 lookups = 0, start = ktime_get_ns();
	struct task_struct *task;

	task = kthread_create(look_up_until_stopped, &lookups, "nst_lookups");
	if (IS_ERR(task))
		return 0;
	kthread_bind(task, cpu);
	wake_up_process(task);
	*result = work();
	kthread_stop(task);
	return lookups ? div64_u64(ktime_get_ns() - start, lookups) : 0;
}

static s64 wait_a_second(void)
{
	msleep(1000);
	return 0;
}

static int changes_show(struct seq_file *m, void *data)
{
	s64 alone, with_lookups = 0, unused;
	u64 quiet, busy;

	if (!prefixes || num_online_cpus() < 2)
		return -EINVAL;
	set_cpus_allowed_ptr(current, cpumask_of(cpumask_first(cpu_online_mask)));
	nst_routes_publish(routes);
	draw_addresses();
	alone = measure_changes();
	quiet = beside(wait_a_second, &unused);
	busy = beside(measure_changes, &with_lookups);
	set_cpus_allowed_ptr(current, cpu_online_mask);
	seq_printf(m, "changes_a_second_alone %lld\nchanges_a_second_beside %lld\n", alone,
		   with_lookups);
	seq_printf(m, "lookup_ns_alone %llu\nlookup_ns_beside %llu\n", quiet, busy);
	return 0;
}

static int changes_open(struct inode *inode, struct file *file)
{
	return single_open(file, changes_show, NULL);
}

static const struct proc_ops changes_ops = {
	.proc_open	= changes_open,
	.proc_read	= seq_read,
	.proc_release	= single_release,
};

static int bench_open(struct inode *inode, struct file *file)
{
	return single_open(file, bench_show, NULL);
}

static const struct proc_ops bench_ops = {
	.proc_open	= bench_open,
	.proc_read	= seq_read,
	.proc_write	= bench_write,
	.proc_release	= single_release,
};

static void bench_free(void)
{
	nst_routes_destroy(routes);
	kvfree(address);
	vfree(prefix);
}

static int __init bench_init(void)
{
	routes = nst_routes_create(PREFIXES_MAX);
	prefix = vmalloc(PREFIXES_MAX * PREFIX_BYTES);
	address = kvmalloc_array(ADDRESSES, sizeof(*address), GFP_KERNEL);
	if (routes && prefix && address &&
	    proc_create("nst_routes_bench", 0600, NULL, &bench_ops) &&
	    proc_create("nst_routes_changes", 0600, NULL, &changes_ops))
		return 0;
	remove_proc_subtree("nst_routes_bench", NULL);
	bench_free();
	return -ENOMEM;
}

static void __exit bench_exit(void)
{
	remove_proc_entry("nst_routes_changes", NULL);
	remove_proc_entry("nst_routes_bench", NULL);
	bench_free();
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Cost of a lookup of routes");
MODULE_LICENSE("GPL");
