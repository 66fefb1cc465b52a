// SPDX-License-Identifier: GPL-2.0
/*
 * Measures the cost of a packet at a netfilter hook.
 *
 * Drives the hook with prepared packets, bottom halves off, in bursts of 64 as
 * a driver would, and prints nanoseconds per packet, those of making the
 * packet included: measure with nothing hooked first, and subtract.  Knows
 * nothing of netstream, so that any module can be measured.
 *
 * Under User Mode Linux time is what the host's CPU spent here, so that other
 * programs of the host do not count, except by what they drive out of caches.
 *
 * Returns -EAGAIN from its init function: there is nothing to unload.
 */
#include <linux/completion.h>
#include <linux/hash.h>
#include <linux/icmpv6.h>
#include <linux/ipv6.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv6.h>
#include <linux/prefetch.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/vmalloc.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>

static uint flows = 1000;
module_param(flows, uint, 0);
MODULE_PARM_DESC(flows, "number of flows of each thread");

static uint packets = 1000000;
module_param(packets, uint, 0);
MODULE_PARM_DESC(packets, "packets that each thread sends; 0: only read the clocks");

static uint burst = 1;
module_param(burst, uint, 0);
MODULE_PARM_DESC(burst, "packets of one flow in a row");

static uint threads = 1;
module_param(threads, uint, 0);
MODULE_PARM_DESC(threads, "threads, each bound to a CPU of its own");

static char *order = "random";
module_param(order, charp, 0);
MODULE_PARM_DESC(order, "random: any of the flows; once: each flow once, in order; new: a new flow each packet");

static uint base;
module_param(base, uint, 0);
MODULE_PARM_DESC(base, "number of the first new flow");

static char *kind = "udp";
module_param(kind, charp, 0);
MODULE_PARM_DESC(kind, "udp, tcp or icmp");

static bool extension;
module_param(extension, bool, 0);
MODULE_PARM_DESC(extension, "a destination options header before the transport header");

static char *hook = "forward";
module_param(hook, charp, 0);
MODULE_PARM_DESC(hook, "forward, input, postrouting, or memory: no hook, only what flows of 128 bytes and buckets of 8 a flow cost in caches");

static uint size = 104;
module_param(size, uint, 0);
MODULE_PARM_DESC(size, "bytes of a packet, from the IPv6 header on");

static char *in = "nsb0";
module_param(in, charp, 0);
MODULE_PARM_DESC(in, "interface that packets arrive on");

static char *out = "nsb1";
module_param(out, charp, 0);
MODULE_PARM_DESC(out, "interface that packets leave through");

#define BENCH_BURST	64	/* packets between bottom halves */
#define BENCH_HEADERS	128
#define BENCH_AHEAD	8	/* packets between fetching memory and using it */

/**
 * struct bench - one thread, in cache lines of its own
 * @id: its number
 * @cpu: where it runs
 * @skb: the packet, written anew each time
 * @random: state of its generator
 * @next: number of the next flow, unless random
 * @dropped: packets that were not accepted
 * @flow: memory of flows, 128 bytes each
 * @bucket: of buckets, 8 bytes a flow
 * @ahead: flows that are being fetched
 * @n: packets so far
 * @ns: what all packets took
 */
struct bench {
	unsigned int	id;
	unsigned int	cpu;
	struct sk_buff	*skb;
	u64		random;
	u32		next;
	u32		dropped;
	u64		*flow;
	u64		*bucket;
	u64		*ahead[BENCH_AHEAD];
	unsigned int	n;
	u64		ns;
} ____cacheline_aligned;

static struct net_device *bench_in, *bench_out;
static unsigned int bench_hooknum;
static bool bench_random, bench_memory;
static atomic_t bench_ready;
static DECLARE_COMPLETION(bench_go);
static DECLARE_COMPLETION(bench_done);

/* ----------------------------------------------------------------- packets */

static u8 bench_protocol(void)
{
	if (!strcmp(kind, "tcp"))
		return IPPROTO_TCP;
	return strcmp(kind, "icmp") ? IPPROTO_UDP : IPPROTO_ICMPV6;
}

static void bench_transport(void *at, unsigned int length)
{
	struct icmp6hdr *icmp = at;
	struct tcphdr *tcp = at;
	struct udphdr *udp = at;

	switch (bench_protocol()) {
	case IPPROTO_TCP:
		tcp->doff = sizeof(*tcp) / 4;
		tcp->ack = 1;
		tcp->dest = htons(443);
		break;
	case IPPROTO_ICMPV6:
		icmp->icmp6_type = ICMPV6_ECHO_REQUEST;
		break;
	default:
		udp->len = htons(length);
		udp->dest = htons(443);
	}
}

static struct dst_entry *bench_route(void)
{
	struct flowi6 fl6 = {
		.daddr = { .s6_addr32 = { htonl(0x20010db8), htonl(0x00020000) } },
		.flowi6_oif = bench_out->ifindex,
	};

	return ip6_route_output(&init_net, NULL, &fl6);
}

static struct sk_buff *bench_packet(void)
{
	struct sk_buff *skb = alloc_skb(NET_SKB_PAD + size, GFP_KERNEL);
	unsigned int offset = sizeof(struct ipv6hdr);
	struct ipv6hdr *ip6;
	u8 *ext;

	if (!skb)
		return NULL;
	skb_reserve(skb, NET_SKB_PAD);
	skb_reset_network_header(skb);
	ip6 = skb_put_zero(skb, size);
	ip6->version = 6;
	ip6->payload_len = htons(size - sizeof(*ip6));
	ip6->hop_limit = 64;
	ip6->nexthdr = bench_protocol();
	ip6->saddr.s6_addr32[0] = htonl(0x20010db8);
	ip6->saddr.s6_addr32[1] = htonl(0x00010000);
	ip6->daddr.s6_addr32[0] = htonl(0x20010db8);
	ip6->daddr.s6_addr32[1] = htonl(0x00020000);
	if (extension) {
		ext = skb->data + offset;
		ext[0] = ip6->nexthdr;
		ext[2] = IPV6_TLV_PADN;
		ext[3] = 4;
		ip6->nexthdr = NEXTHDR_DEST;
		offset += 8;
	}
	skb_set_transport_header(skb, offset);
	bench_transport(skb->data + offset, size - offset);
	skb->protocol = htons(ETH_P_IPV6);
	skb->dev = bench_hooknum == NF_INET_POST_ROUTING ? bench_out : bench_in;
	skb->skb_iif = bench_in->ifindex;
	IP6CB(skb)->iif = bench_in->ifindex;
	skb_dst_set(skb, bench_route());
	return skb;
}

/* -------------------------------------------------------------------- work */

/* xorshift64*, and its upper half scaled to the number of flows. */
static u32 bench_flow(struct bench *b)
{
	if (!bench_random)
		return b->next++;
	b->random ^= b->random >> 12;
	b->random ^= b->random << 25;
	b->random ^= b->random >> 27;
	return (b->random * 0x2545f4914f6cdd1dULL >> 32) * flows >> 32;
}

/* Addresses and port of a flow: parts look random, and flows are of different /48s. */
static void bench_write(const struct bench *b, u32 flow)
{
	struct ipv6hdr *ip6 = ipv6_hdr(b->skb);

	ip6->saddr.s6_addr32[2] = b->id;
	ip6->saddr.s6_addr32[3] = flow * GOLDEN_RATIO_32;
	ip6->daddr.s6_addr16[2] = flow;
	ip6->daddr.s6_addr32[3] = flow;
	*(u16 *)skb_transport_header(b->skb) = flow >> 4;
}

static void bench_one(struct bench *b)
{
	int verdict = nf_hook(NFPROTO_IPV6, bench_hooknum, &init_net, NULL,
			      b->skb, bench_in, bench_out, NULL);

	if (unlikely(verdict != 1))
		b->dropped++;
}

/*
 * Only the cache misses that no meter can avoid, hidden by prefetching: one line of
 * a bucket and two of a flow, which are used some packets later.
 */
static void bench_touch(struct bench *b, u32 flow)
{
	u64 **slot = &b->ahead[b->n++ % BENCH_AHEAD], *then = *slot;

	*slot = b->flow + 16UL * flow;
	prefetchw(*slot);
	prefetchw(*slot + 8);
	prefetch(b->bucket + (u32)(flow * GOLDEN_RATIO_32) % flows);
	then[0]++;
	then[8]++;
}

static void bench_run(struct bench *b)
{
	u32 done, in_burst = 0, flow = 0;
	unsigned int i;

	for (done = 0; done < packets; done += BENCH_BURST) {
		local_bh_disable();
		for (i = 0; i < BENCH_BURST; i++) {
			if (!in_burst) {
				flow = bench_flow(b);
				bench_write(b, flow);
				in_burst = burst;
			}
			in_burst--;
			if (bench_memory)
				bench_touch(b, flow);
			else
				bench_one(b);
		}
		local_bh_enable();
	}
}

static u64 bench_clock(void)
{
#ifdef CONFIG_UML
	struct { s64 sec, nsec; } ts;
	long err;

	/* clock_gettime(CLOCK_THREAD_CPUTIME_ID) of the host: a CPU is a thread */
	asm volatile("syscall" : "=a" (err)
		     : "0" (228L), "D" (3L), "S" (&ts) : "rcx", "r11", "memory");
	if (!err)
		return ts.sec * NSEC_PER_SEC + ts.nsec;
#endif
	return ktime_get_ns();
}

static int bench_thread(void *arg)
{
	struct bench *b = arg;
	u64 start;

	if (atomic_dec_and_test(&bench_ready))
		complete_all(&bench_go);
	wait_for_completion(&bench_go);
	start = bench_clock();
	bench_run(b);
	b->ns = bench_clock() - start;
	complete(&bench_done);
	return 0;
}

/* ------------------------------------------------------------------- setup */

static int bench_prepare_memory(struct bench *b)
{
	unsigned int i;

	b->flow = vmalloc(128UL * flows);
	b->bucket = vmalloc(8UL * flows);
	if (!b->flow || !b->bucket)
		return -ENOMEM;
	/* touch the memory, so that it is allocated */
	memset(b->flow, 1, 128UL * flows);
	memset(b->bucket, 1, 8UL * flows);
	for (i = 0; i < BENCH_AHEAD; i++)
		b->ahead[i] = b->flow;
	return 0;
}

static int bench_prepare(struct bench *b, unsigned int id, unsigned int cpu)
{
	b->id = id;
	b->cpu = cpu;
	b->random = get_random_u32() | 1ULL << 40;
	b->next = base;
	b->skb = bench_packet();
	if (!b->skb)
		return -ENOMEM;
	return bench_memory ? bench_prepare_memory(b) : 0;
}

static int bench_start(struct bench *b)
{
	struct task_struct *task = kthread_create(bench_thread, b,
						  "nst_bench/%u", b->id);

	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, b->cpu);
	wake_up_process(task);
	return 0;
}

static void bench_report(const struct bench *bench)
{
	u64 sum = 0, sent = round_up(packets, BENCH_BURST);
	u32 dropped = 0;
	unsigned int i;

	for (i = 0; i < threads; i++) {
		sum += bench[i].ns;
		dropped += bench[i].dropped;
	}
	sum = div64_u64(sum * 1000, sent * threads);
	pr_info("nst_bench: ps=%llu threads=%u flows=%u packets=%llu burst=%u order=%s kind=%s extension=%d hook=%s dropped=%u\n",
		sum, threads, flows, sent, burst, order, kind, extension, hook,
		dropped);
}

/* CPU time so far and the present time, to measure work besides packets. */
static void bench_clocks(void)
{
	pr_info("nst_bench: cpu=%llu now=%llu\n", bench_clock(),
		ktime_get_ns());
}

static int bench_all(struct bench *bench)
{
	unsigned int cpu = cpumask_first(cpu_online_mask), i;
	int err = 0;

	for (i = 0; i < threads && !err; i++) {
		err = bench_prepare(&bench[i], i, cpu);
		cpu = cpumask_next(cpu, cpu_online_mask);
	}
	atomic_set(&bench_ready, threads);
	for (i = 0; i < threads && !err; i++)
		err = bench_start(&bench[i]);
	if (!err) {
		for (i = 0; i < threads; i++)
			wait_for_completion(&bench_done);
		bench_report(bench);
	}
	for (i = 0; i < threads; i++) {
		kfree_skb(bench[i].skb);
		vfree(bench[i].flow);
		vfree(bench[i].bucket);
	}
	return err;
}

static int bench_devices(void)
{
	bench_in = dev_get_by_name(&init_net, in);
	bench_out = dev_get_by_name(&init_net, out);
	if (bench_in && bench_out)
		return 0;
	dev_put(bench_in);
	dev_put(bench_out);
	return -ENODEV;
}

static int __init bench_init(void)
{
	struct bench *bench;
	int err;

	if (!threads || threads > num_online_cpus() || !flows || !burst ||
	    size < BENCH_HEADERS - 40 || size > 1500)
		return -EINVAL;
	if (!packets) {
		bench_clocks();
		return -EAGAIN;
	}
	bench_random = !strcmp(order, "random");
	bench_hooknum = NF_INET_FORWARD;
	if (!strcmp(hook, "input"))
		bench_hooknum = NF_INET_LOCAL_IN;
	else if (!strcmp(hook, "postrouting"))
		bench_hooknum = NF_INET_POST_ROUTING;
	bench_memory = !strcmp(hook, "memory");
	if (bench_memory && !bench_random)
		return -EINVAL;
	err = bench_devices();
	if (err)
		return err;
	bench = kcalloc(threads, sizeof(*bench), GFP_KERNEL);
	err = bench ? bench_all(bench) : -ENOMEM;
	kfree(bench);
	dev_put(bench_in);
	dev_put(bench_out);
	return err ?: -EAGAIN;
}

module_init(bench_init);

MODULE_DESCRIPTION("Cost of a packet at a netfilter hook");
MODULE_LICENSE("GPL");
