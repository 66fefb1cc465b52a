// SPDX-License-Identifier: GPL-2.0
/*
 * Events: who is told what, how often, and what becomes of sockets that are full.
 */
#include "nst_kunit.h"

#include <linux/delay.h>
#include <linux/netlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "compat.h"
#include "event.c"

struct workqueue_struct *nst_wq;

#define SOCKETS		3
#define FAMILY		77	/* type of the messages */
#define ANYTHING	(BIT(__NETSTREAM_EVENT_MAX) - 2)

/**
 * struct event_fixture - sockets that listen
 * @events: who listens
 * @sock: the sockets
 * @portid: their addresses
 * @data: the message received last
 * @tb: its attributes
 */
struct event_fixture {
	struct nst_events	events;
	struct socket		*sock[SOCKETS];
	u32			portid[SOCKETS];
	u8			data[4096];
	struct nlattr		*tb[NETSTREAM_A_MAX + 1];
};

static int event_open(struct event_fixture *x, unsigned int i)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	int err;

	err = sock_create_kern(&init_net, PF_NETLINK, SOCK_RAW, NETLINK_GENERIC,
			       &x->sock[i]);
	if (err)
		return err;
	err = kernel_bind(x->sock[i], nst_sockaddr(&addr), sizeof(addr));
	if (err)
		return err;
	err = kernel_getsockname(x->sock[i], nst_sockaddr(&addr));
	x->portid[i] = addr.nl_pid;
	return err < 0 ? err : 0;
}

static int event_init(struct kunit *test)
{
	struct event_fixture *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);
	unsigned int i;
	int err;

	if (!x)
		return -ENOMEM;
	test->priv = x;
	nst_wq = system_dfl_wq;
	nst_event_init(&x->events, &init_net);
	for (i = 0; i < SOCKETS; i++) {
		err = event_open(x, i);
		if (err)
			return err;
	}
	return 0;
}

static void event_exit(struct kunit *test)
{
	struct event_fixture *x = test->priv;
	unsigned int i;

	if (!x)
		return;
	cancel_delayed_work_sync(&x->events.tell);
	for (i = 0; i < SOCKETS; i++)
		if (x->sock[i])
			sock_release(x->sock[i]);
}

/* Read what a socket was sent.  Return: type of the event, 0: nothing, or a negative errno. */
static int event_read(struct kunit *test, unsigned int i)
{
	struct event_fixture *x = test->priv;
	struct nlattr *self[NETSTREAM_EVENT_A_MAX + 1];
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT };
	struct kvec vec = { .iov_base = x->data, .iov_len = sizeof(x->data) };
	const struct nlmsghdr *nlh = (void *)x->data;
	int len;

	len = kernel_recvmsg(x->sock[i], &msg, &vec, 1, sizeof(x->data), MSG_DONTWAIT);
	if (len < 0)
		return len == -EAGAIN ? 0 : len;
	KUNIT_EXPECT_EQ(test, FAMILY, (int)nlh->nlmsg_type);
	KUNIT_EXPECT_EQ(test, 0U, nlh->nlmsg_seq);
	KUNIT_EXPECT_EQ(test, len, (int)nlh->nlmsg_len);
	KUNIT_ASSERT_EQ(test, 0, nlmsg_parse_deprecated(nlh, GENL_HDRLEN, x->tb,
							NETSTREAM_A_MAX, NULL, NULL));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, x->tb[NETSTREAM_A_EVENT]);
	KUNIT_ASSERT_EQ(test, 0, nla_parse_nested_deprecated(self, NETSTREAM_EVENT_A_MAX,
							     x->tb[NETSTREAM_A_EVENT],
							     NULL, NULL));
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, self[NETSTREAM_EVENT_A_TIME]);
	/* kept for the test */
	x->tb[0] = self[NETSTREAM_EVENT_A_SUPPRESSED];
	return nla_get_u8(self[NETSTREAM_EVENT_A_TYPE]);
}

static void event_commit(struct event_fixture *x, u32 generation)
{
	struct nst_event event = {
		.type = NETSTREAM_EVENT_COMMIT, .generation = generation,
	};

	nst_event_send(&x->events, &event);
}

static void nobody_listens(struct kunit *test)
{
	struct event_fixture *x = test->priv;
	u8 type;

	for (type = 1; type < __NETSTREAM_EVENT_MAX; type++) {
		KUNIT_EXPECT_FALSE(test, nst_event_wanted(&x->events, type));
		KUNIT_EXPECT_FALSE(test, nst_event_wanted(NULL, type));
	}
}

static void each_gets_what_it_wants(struct kunit *test)
{
	struct event_fixture *x = test->priv;
	struct nst_event full = { .type = NETSTREAM_EVENT_CACHE_FULL, .flows = 7 };

	KUNIT_EXPECT_EQ(test, 0, nst_event_listen(&x->events, x->portid[0],
						  BIT(NETSTREAM_EVENT_COMMIT), FAMILY));
	KUNIT_EXPECT_EQ(test, 0, nst_event_listen(&x->events, x->portid[1], ANYTHING, FAMILY));
	KUNIT_EXPECT_TRUE(test, nst_event_wanted(&x->events, full.type));
	event_commit(x, 5);
	nst_event_send(&x->events, &full);
	KUNIT_EXPECT_EQ(test, NETSTREAM_EVENT_COMMIT, event_read(test, 0));
	KUNIT_EXPECT_EQ(test, 5U, nla_get_u32(x->tb[NETSTREAM_A_GENERATION]));
	KUNIT_EXPECT_EQ(test, 0, event_read(test, 0));
	KUNIT_EXPECT_EQ(test, NETSTREAM_EVENT_COMMIT, event_read(test, 1));
	KUNIT_EXPECT_EQ(test, NETSTREAM_EVENT_CACHE_FULL, event_read(test, 1));
	KUNIT_EXPECT_EQ(test, 0, event_read(test, 1));
	KUNIT_EXPECT_EQ(test, 0, event_read(test, 2));
	/* the second request replaces what the first one wanted */
	KUNIT_EXPECT_EQ(test, 0, nst_event_listen(&x->events, x->portid[1],
						  BIT(NETSTREAM_EVENT_HOST), FAMILY));
	KUNIT_EXPECT_FALSE(test, nst_event_wanted(&x->events, full.type));
	nst_event_leave(&x->events, x->portid[1]);
	KUNIT_EXPECT_FALSE(test, nst_event_wanted(&x->events, NETSTREAM_EVENT_HOST));
	KUNIT_EXPECT_TRUE(test, nst_event_wanted(&x->events, NETSTREAM_EVENT_COMMIT));
	/* one that never listened */
	nst_event_leave(&x->events, x->portid[2]);
	KUNIT_EXPECT_EQ(test, 1U, x->events.n);
}

static void host_in_a_slot(struct kunit *test)
{
	struct event_fixture *x = test->priv;
	struct nst_host_def def = { .family = AF_INET6, .port = 2055, .vrf = "red" };
	struct nst_event event = {
		.type = NETSTREAM_EVENT_HOST, .host = &def, .view = 3,
		.state = NETSTREAM_HOST_NO_ROUTE, .error = ENETUNREACH,
	};
	struct nlattr *tb[NETSTREAM_HOST_A_MAX + 1];

	nst_event_listen(&x->events, x->portid[0], ANYTHING, FAMILY);
	nst_event_send(&x->events, &event);
	KUNIT_ASSERT_EQ(test, NETSTREAM_EVENT_HOST, event_read(test, 0));
	KUNIT_ASSERT_EQ(test, 0, nla_parse_nested_deprecated(tb, NETSTREAM_HOST_A_MAX,
							     x->tb[NETSTREAM_A_HOST],
							     NULL, NULL));
	KUNIT_EXPECT_TRUE(test, tb[NETSTREAM_HOST_A_ADDR6] && !tb[NETSTREAM_HOST_A_ADDR4]);
	KUNIT_EXPECT_EQ(test, 2055, (int)nla_get_u16(tb[NETSTREAM_HOST_A_PORT]));
	KUNIT_EXPECT_EQ(test, 3, (int)nla_get_u8(tb[NETSTREAM_HOST_A_VIEW_SLOT]));
	KUNIT_EXPECT_EQ(test, NETSTREAM_HOST_NO_ROUTE,
			(int)nla_get_u8(tb[NETSTREAM_HOST_A_STATE]));
	KUNIT_EXPECT_EQ(test, ENETUNREACH, (int)nla_get_u32(tb[NETSTREAM_HOST_A_ERRNO]));
	KUNIT_EXPECT_STREQ(test, "red", (char *)nla_data(tb[NETSTREAM_HOST_A_VRF]));
}

static void too_many_listen(struct kunit *test)
{
	struct event_fixture *x = test->priv;
	u32 i;

	for (i = 1; i <= NST_EVENT_LISTENERS; i++)
		KUNIT_EXPECT_EQ(test, 0, nst_event_listen(&x->events, i, ANYTHING, FAMILY));
	KUNIT_EXPECT_EQ(test, -EUSERS, nst_event_listen(&x->events, i, ANYTHING, FAMILY));
	/* whoever listens may change what it wants */
	KUNIT_EXPECT_EQ(test, 0, nst_event_listen(&x->events, 7, BIT(1), FAMILY));
	nst_event_leave(&x->events, 3);
	KUNIT_EXPECT_EQ(test, 0, nst_event_listen(&x->events, i, ANYTHING, FAMILY));
}

/* A flood is cut at the rate, and what was left out is told by number. */
static void flood_is_cut(struct kunit *test)
{
	struct event_fixture *x = test->priv;
	unsigned int i, tries;
	int type = 0;

	/* kernels of tests are slow: the second must not end in the middle */
	nst_event_listen(&x->events, x->portid[0], ANYTHING, FAMILY);
	event_commit(x, 1);
	for (i = 1; i < NST_EVENT_RATE + 50; i++) {
		x->events.began = jiffies;
		event_commit(x, 1);
	}
	for (i = 0; event_read(test, 0) == NETSTREAM_EVENT_COMMIT; i++)
		;
	KUNIT_EXPECT_EQ(test, (unsigned int)NST_EVENT_RATE, i);
	for (tries = 0; !type && tries < 500; tries++) {
		msleep(10);
		type = event_read(test, 0);
	}
	KUNIT_ASSERT_EQ(test, NETSTREAM_EVENT_SUPPRESSED, type);
	KUNIT_EXPECT_EQ(test, 50U, nla_get_u32(x->tb[0]));
	KUNIT_EXPECT_EQ(test, 0U, x->events.suppressed);
	/* another second begins */
	x->events.began = jiffies - HZ;
	event_commit(x, 2);
	KUNIT_EXPECT_EQ(test, NETSTREAM_EVENT_COMMIT, event_read(test, 0));
}

/* A socket that is not read loses events, learns it, and takes nothing from others. */
static void full_socket_learns_it(struct kunit *test)
{
	struct event_fixture *x = test->priv;
	int i, error = 0, type;

	WRITE_ONCE(x->sock[0]->sk->sk_rcvbuf, 4096);
	nst_event_listen(&x->events, x->portid[0], ANYTHING, FAMILY);
	nst_event_listen(&x->events, x->portid[1], ANYTHING, FAMILY);
	for (i = 0; i < 100; i++) {
		event_commit(x, i + 1);
		KUNIT_EXPECT_EQ(test, NETSTREAM_EVENT_COMMIT, event_read(test, 1));
	}
	for (i = 0; (type = event_read(test, 0)); i++)
		if (type < 0)
			error = type;
	KUNIT_EXPECT_EQ(test, -ENOBUFS, error);
	KUNIT_EXPECT_LT(test, i, 100);
	event_commit(x, 200);
	KUNIT_EXPECT_EQ(test, NETSTREAM_EVENT_COMMIT, event_read(test, 0));
	KUNIT_EXPECT_EQ(test, 200U, nla_get_u32(x->tb[NETSTREAM_A_GENERATION]));
}

static void module_is_unloaded(struct kunit *test)
{
	struct event_fixture *x = test->priv;

	nst_event_listen(&x->events, x->portid[0], BIT(NETSTREAM_EVENT_STOPPED), FAMILY);
	nst_event_stop(&x->events);
	KUNIT_EXPECT_EQ(test, NETSTREAM_EVENT_STOPPED, event_read(test, 0));
	KUNIT_EXPECT_FALSE(test, nst_event_wanted(&x->events, NETSTREAM_EVENT_STOPPED));
}

static struct kunit_case event_cases[] = {
	KUNIT_CASE(nobody_listens),
	KUNIT_CASE(each_gets_what_it_wants),
	KUNIT_CASE(host_in_a_slot),
	KUNIT_CASE(too_many_listen),
	KUNIT_CASE(flood_is_cut),
	KUNIT_CASE(full_socket_learns_it),
	KUNIT_CASE(module_is_unloaded),
	{}
};

static struct kunit_suite event_suite = {
	.name = "event",
	.init = event_init,
	.exit = event_exit,
	.test_cases = event_cases,
};

kunit_test_suite(event_suite);

MODULE_DESCRIPTION("KUnit suite: event");
MODULE_LICENSE("GPL");
