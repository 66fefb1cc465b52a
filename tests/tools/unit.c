// SPDX-License-Identifier: GPL-2.0
/*
 * The parts of the tool that need a kernel to be seen otherwise: attributes
 * and back, the statement that an offset belongs to, a commit that is late or
 * refused, a module that is newer than the tool.
 */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "nl_config.h"
#include "session.h"
#include "shell.h"

static int failures;

#define CHECK(condition) do {							\
	if (!(condition)) {							\
		printf("  %s:%d: %s\n", __FILE__, __LINE__, #condition);	\
		failures++;							\
	}									\
} while (0)

/* A kernel that keeps a configuration, and can be told to refuse. */
static struct config running;
static unsigned int sets, checks;
static int refuse_error;
static const char *refuse_text;
static const char *refuse_statement;

static int fake_get(struct config *c, struct failure *why)
{
	(void)why;
	config_free(c);
	config_copy(c, &running);
	return 0;
}

static int fake_set(const struct config *c, unsigned int flags, struct failure *why)
{
	if (!(flags & SET_FORCE) && c->generation != running.generation) {
		failure_set(why, "stale");
		why->error = ESTALE;
		return -1;
	}
	if (refuse_error) {
		failure_set(why, "%s", refuse_text);
		why->error = refuse_error;
		why->statement = xstrdup(refuse_statement);
		why->at = c->at[NETSTREAM_SYSTEM_A_VERSION];
		return -1;
	}
	if (flags & SET_CHECK) {
		checks++;
		return 0;
	}
	sets++;
	config_free(&running);
	config_copy(&running, c);
	running.generation = c->generation + 1;
	return 0;
}

static const struct backend fake = { fake_get, fake_set };

static void reset_fake(void)
{
	config_free(&running);
	running.generation = 7;
	sets = checks = 0;
	refuse_error = 0;
}

static void must(struct session *s, const char *line)
{
	if (!session_run(s, line))
		return;
	printf("  '%s': %s\n", line, s->why.text);
	failures++;
}

static const char *const everything[] = {
	"system-view", "ipv6 netstream record r", "description some text",
	"match source address 48", "match destination address", "match next-hop bgp",
	"collect input packets 64", "collect input bytes 16", "collect flow-end-reason", "quit",
	"ipv6 netstream record s", "match protocol", "quit",
	"ipv6 netstream export version 9 peer-as bgp-nexthop",
	"ipv6 netstream apply record r", "ipv6 netstream apply record s",
	"ipv6 netstream export template timeout-rate 3600",
	"ipv6 netstream export template refresh-rate 65535",
	"ipv6 netstream export source 10.0.0.1 1", "ipv6 netstream export source ipv6 2001:db8::1 65535",
	"ipv6 netstream export host 10.0.0.2 2055 vrf red version ipfix dscp 63",
	"ipv6 netstream export host ipv6 2001:db8::2 2055 dscp 0",
	"management-interface eth8", "management-interface eth9",
	"ipv6 netstream aggregation timeout active interval-second 15",
	"ipv6 netstream aggregation timeout inactive 3600",
	"ipv6 netstream timeout active 60", "ipv6 netstream timeout inactive 1",
	"ipv6 netstream cache entries 67108864",
	"ipv6 netstream sampler fix-packets 65535 inbound",
	"ipv6 netstream sampler fix-time 30000 outbound",
	"slot 0", "ip netstream export sequence-mode flow", "quit",
	"slot 255", "port eth1", "port eth0",
	"ipv6 netstream export host 10.0.0.3 2055", "quit",
	"interface all", "ipv6 netstream inbound", "ipv6 netstream outbound",
	"ipv6 netstream sampler random-packets 10 inbound", "quit",
};

static void run_everything(struct session *s)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(everything); i++)
		must(s, everything[i]);
}

static struct nl_msg *encode(const struct config *c, marks *m, const char **wrong)
{
	struct nl_msg *msg = nlmsg_alloc_size(8 << 20);

	nlmsg_put(msg, 0, 0, 0, 0, 0);
	*wrong = config_encode(msg, c, m);
	return msg;
}

static void decode(struct config *c, struct nl_msg *msg)
{
	struct nlmsghdr *h = nlmsg_hdr(msg);

	memset(c, 0, sizeof(*c));
	config_decode(c, nlmsg_attrdata(h, 0), nlmsg_attrlen(h, 0));
}

static bool same_text(const struct config *a, const struct config *b)
{
	char *x = config_text(a), *y = config_text(b);
	bool same = !strcmp(x, y);

	if (!same)
		printf("%s-- and --\n%s", x, y);
	free(x);
	free(y);
	return same;
}

static void test_attributes_and_back(void)
{
	struct session s;
	struct nl_msg *msg;
	struct config back;
	const char *wrong;
	marks m = { 0 };

	session_init(&s, &fake);
	run_everything(&s);
	msg = encode(&s.candidate, &m, &wrong);
	CHECK(!wrong);
	decode(&back, msg);
	CHECK(same_text(&s.candidate, &back));
	CHECK(!back.foreign);
	nlmsg_free(msg);
	marks_free(&m);
	config_free(&back);
	session_free(&s);
}

static const char *statement_at(const marks *m, size_t offset)
{
	const struct mark *x = marks_find(m, offset);

	return x ? x->text : "none";
}

/* Offsets of all attributes of a type in a nest, as the kernel would name them. */
static size_t offset_of(struct nl_msg *msg, int nest, int attr)
{
	struct nlmsghdr *h = nlmsg_hdr(msg);
	struct nlattr *a, *b;
	int rem, rem2;

	nla_for_each_attr(a, nlmsg_attrdata(h, 0), nlmsg_attrlen(h, 0), rem) {
		if (nla_type(a) != nest)
			continue;
		if (!attr)
			return (char *)a - (char *)h;
		nla_for_each_nested(b, a, rem2)
			if (nla_type(b) == attr)
				return (char *)b - (char *)h;
	}
	return 0;
}

static void test_offsets(void)
{
	static const struct {
		int nest, attr;
		const char *statement;
	} cases[] = {
		{ NETSTREAM_A_SYSTEM, NETSTREAM_SYSTEM_A_AS_TYPE,
		  "ipv6 netstream export version 9 peer-as bgp-nexthop" },
		{ NETSTREAM_A_SYSTEM, NETSTREAM_SYSTEM_A_SOURCE6_PORT,
		  "ipv6 netstream export source ipv6 2001:db8::1 65535" },
		{ NETSTREAM_A_SYSTEM, NETSTREAM_SYSTEM_A_APPLY, "ipv6 netstream apply record r" },
		{ NETSTREAM_A_SYSTEM, NETSTREAM_SYSTEM_A_SAMPLER,
		  "ipv6 netstream sampler fix-packets 65535 inbound" },
		{ NETSTREAM_A_RECORD, NETSTREAM_RECORD_A_MATCH,
		  "ipv6 netstream record r: match source address 48" },
		{ NETSTREAM_A_RECORD, NETSTREAM_RECORD_A_NAME, "ipv6 netstream record r" },
		{ NETSTREAM_A_RECORD, 0, "ipv6 netstream record r" },
		{ NETSTREAM_A_HOST, NETSTREAM_HOST_A_DSCP,
		  "ipv6 netstream export host 10.0.0.2 2055 vpn-instance red version ipfix dscp 63" },
		{ NETSTREAM_A_SLOT, NETSTREAM_SLOT_A_ID, "slot 0" },
		{ NETSTREAM_A_SLOT, NETSTREAM_SLOT_A_PORT, "slot 255: port eth0" },
		{ NETSTREAM_A_SLOT, NETSTREAM_SLOT_A_HOST,
		  "slot 255: ipv6 netstream export host 10.0.0.3 2055" },
		{ NETSTREAM_A_INTERFACE, NETSTREAM_IF_A_SAMPLER,
		  "interface all: ipv6 netstream sampler random-packets 10 inbound" },
	};
	struct session s;
	struct nl_msg *msg;
	const char *wrong;
	marks m = { 0 };
	size_t i;

	session_init(&s, &fake);
	run_everything(&s);
	msg = encode(&s.candidate, &m, &wrong);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *got = statement_at(&m, offset_of(msg, cases[i].nest, cases[i].attr));

		if (!strcmp(got, cases[i].statement))
			continue;
		printf("  expected '%s', got '%s'\n", cases[i].statement, got);
		failures++;
	}
	CHECK(!strcmp(statement_at(&m, 0), "none"));
	nlmsg_free(msg);
	marks_free(&m);
	session_free(&s);
}

static void test_many_interfaces(void)
{
	struct config c = { 0 }, back;
	struct origin none = { 0 };
	struct nl_msg *msg;
	const char *wrong;
	marks m = { 0 };
	char name[32];
	int i;

	for (i = 0; i < NETSTREAM_INTERFACES_MAX; i++) {
		struct interface *x;

		snprintf(name, sizeof(name), "if%06d", i * 7919 % 1000000);
		x = config_interface_add(&c, name, none);
		x->enabled[0] = x->enabled[1] = true;
		x->sampler[0].mode = x->sampler[1].mode = NETSTREAM_SAMPLER_FIX_TIME;
		x->sampler[0].interval = x->sampler[1].interval = 1;
	}
	CHECK(c.interfaces.n == NETSTREAM_INTERFACES_MAX);
	msg = encode(&c, &m, &wrong);
	CHECK(!wrong);
	decode(&back, msg);
	CHECK(same_text(&c, &back));
	nlmsg_free(msg);
	marks_free(&m);
	config_free(&c);
	config_free(&back);
}

static void test_slot_too_large(void)
{
	struct config c = { 0 };
	struct origin none = { 0 };
	struct slot *slot = config_slot_add(&c, 1, none);
	struct nl_msg *msg;
	const char *wrong;
	marks m = { 0 };
	char name[32];
	int i;

	for (i = 0; i < 8000; i++) {
		snprintf(name, sizeof(name), "if%06d", i);
		names_add_sorted(&slot->ports, name, none);
	}
	msg = encode(&c, &m, &wrong);
	CHECK(wrong && strstr(wrong, "too large"));
	nlmsg_free(msg);
	marks_free(&m);
	config_free(&c);
}

static void test_unknown_attribute(void)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct session s;

	reset_fake();
	nlmsg_put(msg, 0, 0, 0, 0, 0);
	nla_put_u32(msg, NETSTREAM_A_MAX + 1, 1);
	decode(&running, msg);
	CHECK(running.foreign);
	running.generation = 3;
	session_init(&s, &fake);
	must(&s, "system-view");
	must(&s, "slot 1");
	must(&s, "port eth0");
	CHECK(session_run(&s, "commit") < 0 && strstr(s.why.text, "does not know"));
	CHECK(!sets);
	nlmsg_free(msg);
	session_free(&s);
}

static void test_late_commit(void)
{
	struct session s;

	reset_fake();
	session_init(&s, &fake);
	s.interactive = true;
	must(&s, "system-view");
	must(&s, "ipv6 netstream timeout inactive 5");
	running.generation = 8;
	CHECK(session_run(&s, "commit") < 0);
	CHECK(strstr(s.why.text, "has changed since") && strstr(s.why.text, "'commit force'"));
	CHECK(!sets);
	CHECK(session_changed(&s));
	must(&s, "commit force");
	CHECK(sets == 1);
	CHECK(!session_changed(&s));
	session_free(&s);
}

static void test_commit_check(void)
{
	struct session s;

	reset_fake();
	session_init(&s, &fake);
	must(&s, "system-view");
	must(&s, "ipv6 netstream timeout inactive 5");
	must(&s, "commit check");
	CHECK(checks == 1 && !sets && session_changed(&s));
	must(&s, "commit");
	CHECK(sets == 1 && running.generation == 8);
	must(&s, "undo ipv6 netstream timeout inactive");
	must(&s, "discard");
	CHECK(!session_changed(&s));
	session_free(&s);
}

static void add(batch_lines *lines, const char *text, unsigned int number)
{
	struct batch_line *l = vec_push(lines);

	l->text = xstrdup(text);
	l->at.file = "file";
	l->at.line = number;
}

static int run_batch(struct session *s, const char *const *text, size_t count, bool replace)
{
	batch_lines lines = { 0 };
	size_t i;
	int rc;

	for (i = 0; i < count; i++)
		add(&lines, text[i], i + 1);
	rc = batch_run(s, &lines, replace);
	for (i = 0; i < count; i++)
		free(lines.v[i].text);
	vec_free(&lines);
	return rc;
}

/* Standard error of what follows, until captured(). */
static char *error_text;
static size_t error_size;
static FILE *real_stderr;

static void capture(void)
{
	free(error_text);
	real_stderr = stderr;
	stderr = open_memstream(&error_text, &error_size);
}

static const char *captured(void)
{
	fclose(stderr);
	stderr = real_stderr;
	return error_text;
}

static void test_batch_is_whole(void)
{
	static const char *const lines[] = {
		"system-view", "ipv6 netstream timeout inactive 5", "commit",
		"ipv6 netstream timeout active 5", "bogus",
	};
	struct session s;

	reset_fake();
	session_init(&s, &fake);
	capture();
	CHECK(run_batch(&s, lines, ARRAY_SIZE(lines), false) < 0);
	CHECK(!strncmp(captured(), "file:5:1: 'bogus': expected", 27));
	CHECK(!sets && !config_has(&running, NETSTREAM_SYSTEM_A_ORIGINAL_INACTIVE));
	CHECK(!run_batch(&s, lines, 4, false));
	CHECK(sets == 2 && running.generation == 9);
	CHECK(!run_batch(&s, lines, 4, false));
	CHECK(sets == 3);	/* the commit line itself; the end has nothing new */
	session_free(&s);
}

static void test_batch_check(void)
{
	static const char *const lines[] = {
		"system-view", "ipv6 netstream timeout inactive 5", "commit",
		"ipv6 netstream timeout active 5",
	};
	struct session s;

	reset_fake();
	session_init(&s, &fake);
	s.check = true;
	CHECK(!run_batch(&s, lines, ARRAY_SIZE(lines), false));
	CHECK(!sets && checks == 2 && running.generation == 7);
	session_free(&s);
}

static void test_replace(void)
{
	static const char *const lines[] = { "ipv6 netstream timeout inactive 5" };
	struct origin none = { 0 };
	struct session s;

	reset_fake();
	config_put(&running, NETSTREAM_SYSTEM_A_MAX_FLOWS, 99, none);
	session_init(&s, &fake);
	CHECK(!run_batch(&s, lines, 1, true));
	CHECK(sets == 1 && running.generation == 8);
	CHECK(!config_has(&running, NETSTREAM_SYSTEM_A_MAX_FLOWS));
	CHECK(config_has(&running, NETSTREAM_SYSTEM_A_ORIGINAL_INACTIVE));
	session_free(&s);
}

static void test_kernel_refusal(void)
{
	static const char *const lines[] = {
		"system-view", "", "ipv6 netstream export version 9",
	};
	struct session s;

	reset_fake();
	refuse_error = EINVAL;
	refuse_text = "the kernel's own words";
	refuse_statement = "ipv6 netstream export version 9";
	session_init(&s, &fake);
	capture();
	CHECK(run_batch(&s, lines, ARRAY_SIZE(lines), false) < 0);
	CHECK(!strcmp(captured(), "file:3: 'ipv6 netstream export version 9': "
				  "the kernel's own words\n"));
	session_free(&s);
}

static void test_help_is_complete(void)
{
	size_t i;

	for (i = 0; i < statements_count; i++) {
		const struct statement *st = &statements[i];

		CHECK(st->help && *st->help && st->run && st->views);
		CHECK(!st->print || st->undo);
	}
}

int main(void)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = {
		{ "attributes and back: every statement", test_attributes_and_back },
		{ "offsets lead to statements", test_offsets },
		{ "16384 interfaces in one message", test_many_interfaces },
		{ "a slot that no message can hold is refused", test_slot_too_large },
		{ "a newer module's settings are not lost", test_unknown_attribute },
		{ "a late commit is refused", test_late_commit },
		{ "commit check, commit, discard", test_commit_check },
		{ "a mistake in the last line commits nothing", test_batch_is_whole },
		{ "--check changes nothing", test_batch_check },
		{ "--replace begins empty", test_replace },
		{ "a refusal of the kernel names file and line", test_kernel_refusal },
		{ "every statement has its help", test_help_is_complete },
	};
	int before, total = 0;
	size_t i;

	grammar_init();
	reset_fake();
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		before = failures;
		reset_fake();
		tests[i].run();
		printf("%s unit: %s\n", failures > before ? "not ok" : "ok", tests[i].name);
		total += failures > before;
	}
	config_free(&running);
	free(error_text);
	return total ? 1 : 0;
}
