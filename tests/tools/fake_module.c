// SPDX-License-Identifier: GPL-2.0
/*
 * The module as a file of replies, in place of nl_request.c: the tool runs whole
 * without a kernel.  The file is a sequence of
 *
 *	u32 command, u32 length, attributes of one message
 *
 * in the order in which messages come; tests/tools/replies.py writes it.  The
 * environment variable NETSTREAM_FAKE has its name; without it no module is loaded.
 * NETSTREAM_FAKE_CLOCK: nobody keeps the clock right.
 * NETSTREAM_FAKE_ASKED names a file that gets a line with the number of each command.
 */
#include <errno.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

#include "nl_links.h"
#include "nl_offload.h"
#include "nl_request.h"

/* Interfaces, as "NAME=KIND,..." in the environment. */
void nl_links(void (*each)(const char *name, const char *kind, void *arg), void *arg)
{
	char *all = xstrdup(getenv("NETSTREAM_FAKE_LINKS") ?: ""), *rest = all, *name;

	while ((name = strsep(&rest, ",")))
		if (strchr(name, '=')) {
			char *kind = strchr(name, '=');

			*kind++ = '\0';
			each(name, kind, arg);
		}
	free(all);
}

/* One filter in hardware, as "DEVICE=KIND" in the environment. */
void nl_offloaded_filters(const char *device,
			  void (*each)(const char *device, const char *kind, void *arg), void *arg)
{
	const char *filter = getenv("NETSTREAM_FAKE_FILTER");
	size_t length = strlen(device);

	if (filter && !strncmp(filter, device, length) && filter[length] == '=')
		each(device, filter + length + 1, arg);
}

unsigned long nl_offloaded_routes(void)
{
	return strtoul(getenv("NETSTREAM_FAKE_OFFLOADED_ROUTES") ?: "0", NULL, 10);
}

/* In place of the C library's: the machine's own clock does not matter. */
int adjtimex(struct timex *t)
{
	t->status = getenv("NETSTREAM_FAKE_CLOCK") ? STA_UNSYNC : STA_PLL;
	return t->status & STA_UNSYNC ? TIME_ERROR : TIME_OK;
}

void nl_request_buffer(int size)
{
	(void)size;
}

void nl_request_close(void)
{
}

struct nl_msg *nl_request(int cmd, int flags, size_t size, struct failure *why)
{
	struct nl_msg *msg;

	if (!getenv("NETSTREAM_FAKE")) {
		failure_set(why, "the netstream module is not loaded: modprobe netstream");
		why->error = ENOENT;
		return NULL;
	}
	msg = nlmsg_alloc_size(size);
	genlmsg_put(msg, 1, 1, 16, 0, flags, cmd, 1);
	return msg;
}

static void note(uint32_t cmd)
{
	const char *name = getenv("NETSTREAM_FAKE_ASKED");
	FILE *f = name ? fopen(name, "a") : NULL;

	if (!f)
		return;
	fprintf(f, "%u\n", cmd);
	fclose(f);
}

static void answer(FILE *f, uint32_t cmd, nl_message_fn each, void *arg)
{
	uint32_t head[2];
	char *attrs;

	while (!interrupted && fread(head, sizeof(head), 1, f) == 1) {
		attrs = xrealloc(NULL, head[1] + 1);
		if (fread(attrs, 1, head[1], f) != head[1])
			abort();
		if (head[0] == cmd && each)
			each((struct nlattr *)attrs, head[1], arg);
		free(attrs);
	}
}

int nl_exchange(struct nl_msg *msg, const marks *m, nl_message_fn each, void *arg,
		struct failure *why)
{
	struct genlmsghdr *g = nlmsg_data(nlmsg_hdr(msg));
	FILE *f = fopen(getenv("NETSTREAM_FAKE"), "r");

	(void)m;
	if (!f) {
		perror(getenv("NETSTREAM_FAKE"));
		abort();
	}
	note(g->cmd);
	answer(f, g->cmd, each, arg);
	fclose(f);
	nlmsg_free(msg);
	if (!interrupted)
		return 0;
	failure_set(why, "interrupted");
	return -1;
}

/* The file has all that there is. */
int nl_listen(nl_message_fn each, void *arg, const bool *done, struct failure *why)
{
	(void)each;
	(void)arg;
	(void)done;
	(void)why;
	return 0;
}
