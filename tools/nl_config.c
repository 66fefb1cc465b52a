// SPDX-License-Identifier: GPL-2.0
/* The running configuration: of the module, and with --offline in memory. */
#include <errno.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "config_edit.h"
#include "nl_config.h"
#include "nl_decode.h"
#include "nl_request.h"

/* Room for the largest configuration: 16384 interface views and 65536 ports. */
#define CONFIG_SIZE	(8u << 20)

/* What the socket buffer accounts for a message beyond its length. */
#define SOCKET_EXTRA	(128u << 10)

static void add_config(struct nlattr *attrs, int len, void *arg)
{
	config_decode(arg, attrs, len);
}

/* Read again if the configuration changed while it was read. */
static int nl_get(struct config *c, struct failure *why)
{
	int tries, rc = 1;

	for (tries = 0; tries < DUMP_TRIES && rc > 0; tries++) {
		struct nl_msg *msg = nl_request(NETSTREAM_CMD_CONFIG_GET, NLM_F_DUMP,
						REQUEST_SIZE, why);

		if (!msg)
			return -1;
		config_free(c);
		rc = nl_exchange(msg, NULL, add_config, c, why);
	}
	if (rc > 0)
		failure_set(why, "the running configuration keeps changing: try again");
	return rc ? -1 : 0;
}

static int nl_set(const struct config *c, const struct commit *how, struct failure *why)
{
	const char *wrong;
	struct nl_msg *msg;
	marks m = { 0 };
	int rc = -1;

	msg = nl_request(NETSTREAM_CMD_CONFIG_SET, NLM_F_ACK, CONFIG_SIZE, why);
	if (!msg)
		return -1;
	if (c->generation)
		nla_put_u32(msg, NETSTREAM_A_GENERATION, c->generation);
	if (how->check)
		nla_put_flag(msg, NETSTREAM_A_CHECK);
	if (how->confirm)
		nla_put_u32(msg, NETSTREAM_A_CONFIRM, how->confirm);
	wrong = config_encode(msg, c, &m);
	if (wrong) {
		failure_set(why, "%s", wrong);
		nlmsg_free(msg);
	} else {
		nl_request_buffer(2 * nlmsg_hdr(msg)->nlmsg_len + SOCKET_EXTRA);
		rc = nl_exchange(msg, &m, NULL, NULL, why);
	}
	vec_free(&m);
	return rc;
}

/*
 * Ask the module to check an empty configuration: this changes nothing and is
 * cheap, and the module compares the generation first.
 */
static int nl_stale(uint32_t generation, struct failure *why)
{
	struct nl_msg *msg = nl_request(NETSTREAM_CMD_CONFIG_SET, NLM_F_ACK, REQUEST_SIZE, why);

	if (!msg)
		return -1;
	nla_put_u32(msg, NETSTREAM_A_GENERATION, generation);
	nla_put_flag(msg, NETSTREAM_A_CHECK);
	if (!nl_exchange(msg, NULL, NULL, NULL, why))
		return 0;
	if (why->error != ESTALE)
		return -1;
	failure_clear(why);
	return 1;
}

const struct backend nl_backend = {
	.live = true,
	.get = nl_get,
	.set = nl_set,
	.stale = nl_stale,
};

/* Offline, the running configuration is the last message that was committed. */
static struct nl_msg *offline_message;
static struct routes_view offline_routes;
static uint32_t offline_generation = 1;

static int offline_get(struct config *c, struct failure *why)
{
	struct nlmsghdr *h;

	(void)why;
	config_free(c);
	if (offline_message) {
		h = nlmsg_hdr(offline_message);
		config_decode(c, nlmsg_attrdata(h, 0), nlmsg_attrlen(h, 0));
	}
	routes_view_copy(&c->routes, &offline_routes);
	c->generation = offline_generation;
	return 0;
}

/* Nobody can be locked out: what is to be confirmed stays. */
static int offline_set(const struct config *c, const struct commit *how, struct failure *why)
{
	const char *wrong;
	struct nl_msg *msg;
	marks m = { 0 };

	if (config_check(c, why))
		return -1;
	msg = nlmsg_alloc_size(CONFIG_SIZE);
	nlmsg_put(msg, 0, 0, 0, 0, 0);
	wrong = config_encode(msg, c, &m);
	vec_free(&m);
	if (wrong)
		failure_set(why, "%s", wrong);
	if (wrong || how->check) {
		nlmsg_free(msg);
		return wrong ? -1 : 0;
	}
	if (offline_message)
		nlmsg_free(offline_message);
	offline_message = msg;
	routes_view_free(&offline_routes);
	routes_view_copy(&offline_routes, &c->routes);
	offline_generation++;
	return 0;
}

static int offline_stale(uint32_t generation, struct failure *why)
{
	(void)why;
	return generation != offline_generation;
}

const struct backend offline_backend = {
	.get = offline_get,
	.set = offline_set,
	.stale = offline_stale,
};
