// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink fuzzer.
 *
 *   nl-fuzz [-s SEED] [-n REQUESTS] [-f FIRST] [-c N] [-p root|nobody|userns]
 *
 * Sends requests that follow from the seed and their number alone, reads what
 * comes back, and ends with 1 at the first answer that breaks a promise:
 *
 *   - every message is well-formed, and as the specification says;
 *   - a commit that is refused, and a check, change nothing;
 *   - a commit that is taken is what CONFIG_GET then says, word for word;
 *   - a dump that does not say that it was interrupted is of one configuration;
 *   - a refusal has a text;
 *   - nobody is refused what needs privileges, whatever else is wrong with it;
 *   - metered = exported + cached + pending + lost, whenever somebody asks.
 *
 * One request in N may be a commit (-c, 50 if not given); the others are only
 * checked.  Beside them up to eight dumps are read a piece at a time, and some
 * are closed half way.  -f begins at a later request: what came before changed
 * the state, so that a failure may need the requests from 0 on.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>

#include "nl.h"

#define DUMPS		8
#define KNOWN		64
#define BLOB		(1 << 17)

enum person { ROOT, NOBODY, USERNS };

/* What an answer said. */
struct answer {
	bool		done;
	int		error;
	bool		intr;
	bool		mixed;		/* more than one generation */
	unsigned int	messages;
	uint32_t	generation;
	const char	*text;
	size_t		len;
	uint8_t		blob[BLOB];	/* attributes of a configuration */
};

/* A configuration that was taken. */
struct known {
	uint32_t	generation;
	size_t		len;
	uint8_t		blob[BLOB];
};

/* A dump that is read slowly. */
struct dump {
	int		fd;
	uint8_t		cmd;
	uint32_t	seq;
	size_t		step;
	struct answer	a;
};

static uint64_t seed = 1, number, count = 1000, first;
static unsigned int commit_rate = 50;
static enum person person;
static int family = GENL_ID_CTRL, fd, udp;
static uint32_t seq;
static struct request req, probe;
static struct answer ans, now;
static struct known known[KNOWN];
static struct dump dumps[DUMPS];
static struct known *running;
static struct {
	uint64_t accepted, refused, commits, dumps, interrupted, closed, denied, balanced, events;
} tally;

static void show_request(void)
{
	size_t i;

	printf("# the request, %zu bytes:", req.len);
	for (i = 0; i < req.len && i < 2048; i++)
		printf("%s%02x", i % 32 ? "" : "\n# ", req.buf[i]);
	printf("\n");
}

static _Noreturn void fail(const char *format, ...)
{
	static const char * const who[] = { "root", "nobody", "userns" };
	va_list args;

	printf("# request %llu of seed %llu (command %u%s, error %d%s%s): ",
	       (unsigned long long)number, (unsigned long long)seed, req.cmd,
	       req.dump ? ", dump" : "", ans.error, ans.text ? ", " : "",
	       ans.text ? ans.text : "");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n# again: nl-fuzz -p %s -c %u -s %llu -n %llu (or -f %llu -n 1)\n",
	       who[person], commit_rate, (unsigned long long)seed,
	       (unsigned long long)number + 1, (unsigned long long)number);
	show_request();
	fflush(stdout);
	exit(1);
}

static _Noreturn void broken(const char *what)
{
	printf("# %s: %s\n", what, strerror(errno));
	fflush(stdout);
	exit(2);
}

/* ------------------------------------------------------------------ sockets */

static int netlink_open(void)
{
	struct timeval limit = { .tv_sec = 120 };
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	int one = 1, size = 4 << 20;

	if (s < 0)
		broken("socket");
	setsockopt(s, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(s, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	setsockopt(s, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return s;
}

static uint32_t netlink_send(int s, struct request *r)
{
	struct nlmsghdr *h = (void *)r->buf;

	h->nlmsg_len = r->len;
	h->nlmsg_type = family;
	h->nlmsg_seq = ++seq;
	h->nlmsg_pid = 0;
	if (send(s, r->buf, r->len, 0) != (ssize_t)r->len)
		broken("send");
	return seq;
}

/* ------------------------------------------------------------------ answers */

static const struct nlattr *attr_of(const uint8_t *at, size_t len, unsigned int type)
{
	while (len >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)at;

		if (a->nla_len < NLA_HDRLEN || a->nla_len > len)
			break;
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		if (NLA_ALIGN(a->nla_len) >= len)
			break;
		at += NLA_ALIGN(a->nla_len);
		len -= NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

static const uint8_t *inside(const struct nlattr *a)
{
	return (const uint8_t *)a + NLA_HDRLEN;
}

static bool is_config(unsigned int type)
{
	return type >= NETSTREAM_A_SYSTEM && type <= NETSTREAM_A_INTERFACE;
}

/* Configuration attributes of a row, behind @len bytes of @blob; new length. */
static size_t keep_config(uint8_t *blob, size_t len, const uint8_t *at, size_t n)
{
	while (n >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)at;
		size_t whole;

		if (a->nla_len < NLA_HDRLEN || a->nla_len > n)
			break;
		whole = NLA_ALIGN(a->nla_len);
		if (is_config(a->nla_type & NLA_TYPE_MASK) && len + whole <= BLOB) {
			memset(blob + len + whole - 4, 0, 4);
			memcpy(blob + len, a, a->nla_len);
			len += whole;
		}
		if (whole >= n)
			break;
		at += whole;
		n -= whole;
	}
	return len;
}

static void note_config(struct answer *a, const uint8_t *at, size_t len)
{
	const struct nlattr *g = attr_of(at, len, NETSTREAM_A_GENERATION);
	uint32_t generation = g ? *(const uint32_t *)inside(g) : 0;

	if (!generation)
		fail("a configuration without a generation");
	if (a->generation && a->generation != generation)
		a->mixed = true;
	a->generation = generation;
	a->len = keep_config(a->blob, a->len, at, len);
}

static uint64_t amount(const struct nlattr *stats, unsigned int what, unsigned int unit)
{
	const struct nlattr *n = attr_of(inside(stats), stats->nla_len - NLA_HDRLEN, what);

	n = n ? attr_of(inside(n), n->nla_len - NLA_HDRLEN, unit) : NULL;
	if (!n)
		fail("statistics without amount %u", what);
	return *(const uint64_t *)inside(n);
}

static void note_stats(const uint8_t *at, size_t len)
{
	const struct nlattr *s = attr_of(at, len, NETSTREAM_A_STATS);
	unsigned int u;

	if (!s)
		fail("no statistics");
	for (u = NETSTREAM_COUNT_A_PACKETS; u <= NETSTREAM_COUNT_A_BYTES; u++) {
		uint64_t metered = amount(s, NETSTREAM_STATS_A_METERED, u);
		uint64_t exported = amount(s, NETSTREAM_STATS_A_EXPORTED, u);
		uint64_t cached = amount(s, NETSTREAM_STATS_A_CACHED, u);
		uint64_t pending = amount(s, NETSTREAM_STATS_A_PENDING, u);
		uint64_t lost = amount(s, NETSTREAM_STATS_A_LOST, u);

		if (metered != exported + cached + pending + lost)
			fail("metered %llu, but exported %llu, cached %llu, pending %llu, lost %llu",
			     (unsigned long long)metered, (unsigned long long)exported,
			     (unsigned long long)cached, (unsigned long long)pending,
			     (unsigned long long)lost);
	}
	tally.balanced++;
}

static void note_message(struct answer *a, const struct nlmsghdr *h, uint8_t cmd)
{
	const struct genlmsghdr *g = NLMSG_DATA(h);
	const uint8_t *at = (const uint8_t *)g + GENL_HDRLEN;
	const char *error = check_message(h, family);
	size_t len = h->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;

	if (error)
		fail("%s", error);
	if (g->cmd != cmd)
		fail("a reply to command %u", g->cmd);
	a->messages++;
	if (cmd == NETSTREAM_CMD_CONFIG_GET)
		note_config(a, at, len);
	else if (cmd == NETSTREAM_CMD_STATS_GET)
		note_stats(at, len);
}

/* The socket may have asked for events: these come between answers, with number 0. */
static bool note_event(const struct nlmsghdr *h)
{
	const struct genlmsghdr *g = NLMSG_DATA(h);
	const char *error;

	if (h->nlmsg_seq || h->nlmsg_type != family || g->cmd != NETSTREAM_CMD_EVENT)
		return false;
	error = check_message(h, family);
	if (error)
		fail("an event: %s", error);
	tally.events++;
	return true;
}

/* Read one piece of an answer. */
static void read_piece(int s, struct answer *a, uint8_t cmd, uint32_t want, size_t room,
		       size_t sent)
{
	static uint8_t buf[1 << 17];
	struct iovec iov = { buf, room };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	const uint8_t *at = buf;
	const char *error;
	size_t left;
	ssize_t n;

	do
		n = recvmsg(s, &m, 0);
	while (n < 0 && errno == ENOBUFS);	/* events were lost */
	if (n < 0)
		fail("no answer: %s", strerror(errno));
	left = n;
	while (left >= NLMSG_HDRLEN && !a->done) {
		const struct nlmsghdr *h = (const void *)at;

		if (m.msg_flags & MSG_TRUNC && (h->nlmsg_len > left))
			break;
		if (h->nlmsg_len < NLMSG_HDRLEN || h->nlmsg_len > left)
			fail("a message's length is %u of %zu", h->nlmsg_len, left);
		if (note_event(h))
			break;
		if (h->nlmsg_seq != want)
			fail("an answer to request %u instead of %u", h->nlmsg_seq, want);
		a->intr |= !!(h->nlmsg_flags & NLM_F_DUMP_INTR);
		if (h->nlmsg_type == NLMSG_ERROR) {
			error = check_error(h, sent, &a->text);
			if (error)
				fail("%s", error);
			a->error = ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
			a->done = true;
		} else if (h->nlmsg_type == NLMSG_DONE) {
			error = check_done(h, sent, &a->text);
			if (error)
				fail("%s", error);
			a->error = *(const int *)NLMSG_DATA(h);
			a->done = true;
		} else {
			note_message(a, h, cmd);
		}
		if (NLMSG_ALIGN(h->nlmsg_len) >= left)
			break;
		left -= NLMSG_ALIGN(h->nlmsg_len);
		at += NLMSG_ALIGN(h->nlmsg_len);
	}
}

static void forget(struct answer *a)
{
	memset(a, 0, offsetof(struct answer, blob));
}

static void ask(struct request *r, struct answer *a)
{
	uint32_t want = netlink_send(fd, r);

	forget(a);
	while (!a->done)
		read_piece(fd, a, r->cmd, want, 1 << 17, r->len);
}

/* ----------------------------------------------------------------- promises */

static void get_config(void)
{
	make_dump(&probe, NETSTREAM_CMD_CONFIG_GET);
	ask(&probe, &now);
	if (person == NOBODY) {
		if (now.error != -EPERM)
			fail("nobody may read the configuration");
		return;
	}
	if (now.error)
		fail("the configuration is not shown: %s", strerror(-now.error));
	/* nobody else commits here, but somebody may while nobody asks */
	if (now.mixed && !now.intr)
		fail("a configuration of two generations");
}

static void remember(void)
{
	struct known *k = &known[now.generation % KNOWN];

	k->generation = now.generation;
	k->len = now.len;
	memcpy(k->blob, now.blob, now.len);
	running = k;
}

static void same_as_running(const char *when)
{
	get_config();
	if (now.generation != running->generation)
		fail("%s: generation %u instead of %u", when, now.generation,
		     running->generation);
	if (now.len != running->len || memcmp(now.blob, running->blob, now.len))
		fail("%s: the configuration is another one", when);
}

static bool only_checked(void)
{
	return attr_of(req.buf + NLMSG_HDRLEN + GENL_HDRLEN, req.len - NLMSG_HDRLEN - GENL_HDRLEN,
		       NETSTREAM_A_CHECK);
}

static void committed(void)
{
	static uint8_t said[BLOB];
	size_t len = keep_config(said, 0, req.buf + NLMSG_HDRLEN + GENL_HDRLEN,
				 req.len - NLMSG_HDRLEN - GENL_HDRLEN);

	tally.commits++;
	get_config();
	if (now.len != len || memcmp(now.blob, said, len))
		fail("the configuration is not what was committed: %zu bytes of %zu", now.len,
		     len);
	if (now.generation == running->generation &&
	    (running->len != len || memcmp(running->blob, said, len)))
		fail("another configuration has the same generation");
	remember();
}

static const struct spec_cmd *command(uint8_t cmd)
{
	unsigned int i;

	for (i = 0; i < N_CMDS; i++)
		if (spec_cmds[i].cmd == cmd)
			return &spec_cmds[i];
	return NULL;
}

static void check_refusal(void)
{
	tally.refused++;
	if (!req.framed || ans.text)
		return;
	switch (-ans.error) {
	case EPERM:
	case ENOMEM:
	case ENOBUFS:
	case EOPNOTSUPP:
		return;
	}
	fail("refused without a text");
}

static void check_answer(void)
{
	const struct spec_cmd *c = command(req.cmd);

	if (person == NOBODY && req.framed && c && c->privileged) {
		if (ans.error != -EPERM)
			fail("nobody may ask for this");
		tally.denied++;
		return;
	}
	if (ans.error)
		check_refusal();
	else
		tally.accepted++;
	if (person == NOBODY || req.cmd != NETSTREAM_CMD_CONFIG_SET)
		return;
	if (!ans.error && !only_checked())
		committed();
	else if (!only_checked() || once(32))
		same_as_running(ans.error ? "after a refusal" : "after a check");
}

/* --------------------------------------------------------------- slow dumps */

static void dump_end(struct dump *d)
{
	const struct known *k = &known[d->a.generation % KNOWN];

	close(d->fd);
	d->fd = -1;
	tally.dumps++;
	tally.interrupted += d->a.intr;
	if (d->cmd != NETSTREAM_CMD_CONFIG_GET || d->a.intr || d->a.error)
		return;
	if (d->a.mixed)
		fail("a dump of two generations says nothing of it");
	if (person == NOBODY || k->generation != d->a.generation)
		return;
	if (k->len != d->a.len || memcmp(k->blob, d->a.blob, k->len))
		fail("a slow dump is not the configuration of generation %u", d->a.generation);
}

static void dump_begin(struct dump *d)
{
	static struct request r;
	uint8_t cmd;

	do
		cmd = spec_cmds[below(N_CMDS)].cmd;
	while (!command(cmd)->dumps);
	make_dump(&r, cmd);
	d->fd = netlink_open();
	d->cmd = cmd;
	/* small pieces: many of them */
	d->step = once(2) ? 4096 : 1 << (13 + below(4));
	forget(&d->a);
	d->seq = netlink_send(d->fd, &r);
}

static void dump_some(void)
{
	struct dump *d = &dumps[below(DUMPS)];

	if (d->fd < 0) {
		dump_begin(d);
	} else if (once(12)) {
		close(d->fd);
		d->fd = -1;
		tally.closed++;
	} else {
		read_piece(d->fd, &d->a, d->cmd, d->seq, d->step, NLMSG_HDRLEN + GENL_HDRLEN);
		if (d->a.done)
			dump_end(d);
	}
}

/* -------------------------------------------------------------------- start */

static void traffic(void)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
	unsigned int i;

	inet_pton(AF_INET6, person == USERNS ? "::1" : "fd00:2::2", &to.sin6_addr);
	for (i = 0; i < 8; i++) {
		to.sin6_port = htons(1024 + below(2000));
		/* nobody has to be there */
		(void)!sendto(udp, "fuzz", 4, MSG_DONTWAIT, (void *)&to, sizeof(to));
	}
}

static void find_family(void)
{
	struct nlmsghdr *h = (void *)probe.buf;
	struct genlmsghdr *g = NLMSG_DATA(h);
	struct nlattr *a = (void *)((uint8_t *)g + GENL_HDRLEN);
	static uint8_t buf[8192];
	ssize_t n;

	memset(probe.buf, 0, 64);
	h->nlmsg_flags = NLM_F_REQUEST;
	g->cmd = CTRL_CMD_GETFAMILY;
	g->version = 1;
	a->nla_type = CTRL_ATTR_FAMILY_NAME;
	a->nla_len = NLA_HDRLEN + sizeof(NETSTREAM_GENL_NAME);
	memcpy((uint8_t *)a + NLA_HDRLEN, NETSTREAM_GENL_NAME, sizeof(NETSTREAM_GENL_NAME));
	probe.len = NLMSG_HDRLEN + GENL_HDRLEN + NLA_ALIGN(a->nla_len);
	netlink_send(fd, &probe);
	n = recv(fd, buf, sizeof(buf), 0);
	h = (void *)buf;
	if (n < NLMSG_HDRLEN || h->nlmsg_type == NLMSG_ERROR) {
		errno = ENOENT;
		broken("the family");
	}
	a = (void *)attr_of(buf + NLMSG_HDRLEN + GENL_HDRLEN, n - NLMSG_HDRLEN - GENL_HDRLEN,
			    CTRL_ATTR_FAMILY_ID);
	family = *(const uint16_t *)inside(a);
}

static void write_file(const char *path, const char *what)
{
	int f = open(path, O_WRONLY);

	if (f < 0 || write(f, what, strlen(what)) < 0)
		broken(path);
	close(f);
}

static void become(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	if (person == ROOT)
		return;
	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
	    setresuid(65534, 65534, 65534))
		broken("becoming nobody");
	if (person == NOBODY)
		return;
	prctl(PR_SET_DUMPABLE, 1);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		broken("a user namespace");
	write_file("/proc/self/uid_map", "0 65534 1\n");
	udp = socket(AF_INET6, SOCK_DGRAM, 0);
	if (ioctl(udp, SIOCSIFFLAGS, &lo))
		broken("lo");
	close(udp);
}

static void options(int argc, char **argv)
{
	int o;

	while ((o = getopt(argc, argv, "s:n:f:c:p:")) != -1) {
		switch (o) {
		case 's': seed = strtoull(optarg, NULL, 0); break;
		case 'n': count = strtoull(optarg, NULL, 0); break;
		case 'f': first = strtoull(optarg, NULL, 0); break;
		case 'c': commit_rate = strtoul(optarg, NULL, 0); break;
		case 'p':
			person = *optarg == 'n' ? NOBODY : *optarg == 'u' ? USERNS : ROOT;
			break;
		default:
			exit(2);
		}
	}
}

static void progress(void)
{
	static time_t said;
	time_t t = time(NULL);

	if (!said)
		said = t;
	if (t - said < 20)
		return;
	said = t;
	printf("# %s: %llu of %llu requests\n",
	       person == ROOT ? "root" : person == NOBODY ? "nobody" : "userns",
	       (unsigned long long)(number - first), (unsigned long long)count);
	fflush(stdout);
}

static void one_request(void)
{
	/* nothing but the seed and its number decides what it is */
	rnd_state = seed * 0x9e3779b97f4a7c15 + number * 0xd1342543de82ef95;
	if (once(8))
		dump_some();
	if (once(64))
		traffic();
	make_request(&req, once(commit_rate));
	ask(&req, &ans);
	check_answer();
}

int main(int argc, char **argv)
{
	unsigned int i;

	options(argc, argv);
	become();
	fd = netlink_open();
	udp = socket(AF_INET6, SOCK_DGRAM, 0);
	for (i = 0; i < DUMPS; i++)
		dumps[i].fd = -1;
	find_family();
	get_config();
	remember();
	for (number = first; number < first + count; number++) {
		one_request();
		progress();
	}
	printf("# %s, seed %llu: %llu requests, %llu accepted, %llu refused, %llu denied, %llu commits, "
	       "%llu slow dumps (%llu interrupted, %llu closed), %llu times balanced, %llu events\n",
	       person == ROOT ? "root" : person == NOBODY ? "nobody" : "root of a user namespace",
	       (unsigned long long)seed, (unsigned long long)count,
	       (unsigned long long)tally.accepted, (unsigned long long)tally.refused,
	       (unsigned long long)tally.denied, (unsigned long long)tally.commits,
	       (unsigned long long)tally.dumps, (unsigned long long)tally.interrupted,
	       (unsigned long long)tally.closed, (unsigned long long)tally.balanced,
	       (unsigned long long)tally.events);
	/* a run in which all was refused has tried nothing */
	if (count >= 500 && person != NOBODY && (!tally.accepted || !tally.commits))
		fail("no request was taken");
	return 0;
}
