// SPDX-License-Identifier: GPL-2.0
/*
 * The socket to the module: find the family, send a request, receive what comes
 * back.  libnl does not read extended acknowledgements and maps errno to its own
 * error numbers, so error messages are read here by hand.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "nl_request.h"

/* A message may hold an attribute of 64 KiB. */
#define RECEIVE_SIZE	(128u << 10)

static struct nl_sock *sock;
static int family;

static void set_option(int option)
{
	int on = 1;

	/* Kernels before 4.12 lack them: errors then have no text. */
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, option, &on, sizeof(on));
}

/**
 * nl_request_buffer() - make room in the socket for a large request
 * @size: bytes of the request
 *
 * CAP_NET_ADMIN may exceed the limit of the system.
 */
void nl_request_buffer(int size)
{
	int fd = nl_socket_get_fd(sock);

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static int nl_open(struct failure *why)
{
	int err;

	if (sock)
		return 0;
	sock = nl_socket_alloc();
	err = sock ? genl_connect(sock) : -NLE_NOMEM;
	if (err) {
		failure_set(why, "cannot talk to the kernel: %s", nl_geterror(err));
		goto err_free;
	}
	family = genl_ctrl_resolve(sock, NETSTREAM_GENL_NAME);
	if (family < 0) {
		failure_set(why, "the netstream module is not loaded: modprobe netstream");
		why->error = ENOENT;
		goto err_free;
	}
	set_option(NETLINK_EXT_ACK);
	set_option(NETLINK_CAP_ACK);
	nl_socket_set_buffer_size(sock, 4 << 20, 0);
	nl_socket_set_msg_buf_size(sock, RECEIVE_SIZE);
	nl_socket_disable_seq_check(sock);
	return 0;

err_free:
	nl_socket_free(sock);
	sock = NULL;
	return -1;
}

/**
 * nl_request_close() - close the socket; the next request opens it again
 *
 * That discards the rest of an interrupted listing, and gives up a load of routes.
 * After the module was loaded anew its family has another number, so a program that
 * goes on must close the socket, too.
 */
void nl_request_close(void)
{
	if (!sock)
		return;
	nl_socket_free(sock);
	sock = NULL;
}

/**
 * nl_request() - begin a request
 * @cmd: &enum netstream_cmd
 * @flags: NLM_F_ACK or NLM_F_DUMP
 * @size: room for it
 * @why: filled in on failure
 *
 * Return: the message with its headers, or NULL.
 */
struct nl_msg *nl_request(int cmd, int flags, size_t size, struct failure *why)
{
	struct nl_msg *msg;

	if (nl_open(why))
		return NULL;
	msg = nlmsg_alloc_size(size);
	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0,
				 NLM_F_REQUEST | flags, cmd, NETSTREAM_GENL_VERSION)) {
		failure_set(why, "out of memory");
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/**
 * struct exchange - a request under way
 * @marks: of the request, or NULL
 * @each: called for each message
 * @arg: for @each
 * @why: filled in on failure
 * @failed: @why is filled in
 * @done: nothing more comes, or it is not wanted
 */
struct exchange {
	const marks	*marks;
	nl_message_fn	each;
	void		*arg;
	struct failure	*why;
	bool		failed;
	bool		done;
};

/* What an extended acknowledgement says. */
struct extack {
	char		text[512];
	bool		has_offset;
	uint32_t	offset;
	uint32_t	missing;
};

static void read_extack(struct extack *x, const char *tlvs, size_t len)
{
	const struct nlattr *a;
	int rem;

	nla_for_each_attr(a, (struct nlattr *)tlvs, (int)len, rem) {
		if (nla_type(a) == NLMSGERR_ATTR_MSG)
			snprintf(x->text, sizeof(x->text), "%.*s", nla_len(a),
				 (char *)nla_data(a));
		if (nla_type(a) == NLMSGERR_ATTR_OFFS && nla_len(a) == sizeof(x->offset)) {
			memcpy(&x->offset, nla_data(a), sizeof(x->offset));
			x->has_offset = true;
		}
	}
}

static const char *errno_text(int error)
{
	if (error == EPERM)
		return "not permitted: this needs CAP_NET_ADMIN, as root has";
	return strerror(error);
}

static void explain(struct exchange *e, int error, const struct extack *x)
{
	e->failed = e->done = true;
	failure_set(e->why, "%s", *x->text ? x->text : errno_text(error));
	e->why->error = error;
	if (e->marks && x->has_offset)
		marks_blame(e->marks, x->offset, e->why);
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	const struct nlmsghdr *h = (void *)((char *)err - NLMSG_HDRLEN);
	size_t skip = sizeof(*err);
	struct extack x = { 0 };

	(void)from;
	if (!(h->nlmsg_flags & NLM_F_CAPPED))
		skip += err->msg.nlmsg_len - sizeof(err->msg);
	skip = NLMSG_ALIGN(skip);
	if (h->nlmsg_flags & NLM_F_ACK_TLVS && h->nlmsg_len > NLMSG_HDRLEN + skip)
		read_extack(&x, (char *)err + skip, h->nlmsg_len - NLMSG_HDRLEN - skip);
	explain(arg, -err->error, &x);
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct exchange *e = arg;

	(void)msg;
	e->done = true;
	return NL_STOP;
}

/* A dump can end in an error, too: its last message carries it. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	const struct nlmsghdr *h = nlmsg_hdr(msg);
	struct exchange *e = arg;
	struct extack x = { 0 };
	int error;

	e->done = true;
	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(error)))
		return NL_STOP;
	memcpy(&error, nlmsg_data(h), sizeof(error));
	if (error >= 0)
		return NL_STOP;
	if (h->nlmsg_flags & NLM_F_ACK_TLVS)
		read_extack(&x, (char *)nlmsg_data(h) + NLMSG_ALIGN(sizeof(error)),
			    h->nlmsg_len - NLMSG_LENGTH(sizeof(error)));
	explain(e, -error, &x);
	return NL_STOP;
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct genlmsghdr *g = nlmsg_data(nlmsg_hdr(msg));
	struct exchange *e = arg;

	if (interrupted) {
		failure_set(e->why, "interrupted");
		e->failed = e->done = true;
		return NL_STOP;
	}
	if (e->each)
		e->each(genlmsg_attrdata(g, 0), genlmsg_attrlen(g, 0), e->arg);
	return NL_OK;
}

/* Events have the number 0, and may come before the acknowledgement of who asks for them. */
static int any_number(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

static struct nl_cb *callbacks(struct exchange *e)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_CUSTOM);

	nl_cb_err(cb, NL_CB_CUSTOM, on_error, e);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, e);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, e);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_message, e);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any_number, NULL);
	return cb;
}

/* A reply and its acknowledgement are separate datagrams. */
static int receive(struct exchange *e)
{
	struct nl_cb *cb = callbacks(e);
	int err = 0;

	while (!e->done && err >= 0)
		err = nl_recvmsgs(sock, cb);
	nl_cb_put(cb);
	return err;
}

/**
 * nl_exchange() - send a request and receive what comes back
 * @msg: the request; freed
 * @m: marks of its statements, or NULL
 * @each: called for every message that comes back, or NULL
 * @arg: passed to @each
 * @why: filled in on failure
 *
 * Return: 0, -1 on failure, 1 if the listed objects changed during a dump.
 */
int nl_exchange(struct nl_msg *msg, const marks *m, nl_message_fn each, void *arg,
		struct failure *why)
{
	struct exchange e = { .marks = m, .each = each, .arg = arg, .why = why };
	int err = nl_send_auto(sock, msg);

	nlmsg_free(msg);
	if (err >= 0)
		err = receive(&e);
	if (interrupted)
		nl_request_close();
	if (e.failed)
		return -1;
	if (err == -NLE_DUMP_INTR)
		return 1;
	if (err >= 0)
		return 0;
	failure_set(why, "cannot talk to the kernel: %s", nl_geterror(err));
	return -1;
}

/**
 * nl_listen() - receive what the module sends by itself
 * @each: called for every message; with NULL after some were lost
 * @arg: passed to @each
 * @done: nothing more comes, or it is not wanted
 * @why: filled in on failure
 *
 * An exchange must have made the module send it.
 *
 * Return: 0 when it is done or interrupted, -1 on failure.
 */
int nl_listen(nl_message_fn each, void *arg, const bool *done, struct failure *why)
{
	struct exchange e = { .each = each, .arg = arg, .why = why };
	struct pollfd ready = { nl_socket_get_fd(sock), POLLIN };
	struct nl_cb *cb = callbacks(&e);
	int err = 0;

	while (!interrupted && !*done && !err) {
		if (poll(&ready, 1, -1) < 0)
			continue;
		err = nl_recvmsgs(sock, cb);
		/* libnl's name for ENOBUFS */
		if (err == -NLE_NOMEM) {
			each(NULL, 0, arg);
			err = 0;
		}
	}
	nl_cb_put(cb);
	if (err >= 0 || interrupted)
		return 0;
	failure_set(why, "cannot talk to the kernel: %s", nl_geterror(err));
	return -1;
}
