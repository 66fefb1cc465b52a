// SPDX-License-Identifier: GPL-2.0
/*
 * Tests parts of the tool that otherwise need a kernel: encoding and decoding of
 * attributes, finding the statement of an offset, late and refused commits, a
 * module that is newer than the tool.
 */
#include <errno.h>
#include <locale.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "batch.h"
#include "config_diff.h"
#include "config_json.h"
#include "config_edit.h"
#include "config_print.h"
#include "field.h"
#include "json.h"
#include "nl_decode.h"
#include "nl_encode.h"
#include "out.h"
#include "report.h"
#include "session.h"
#include "statements.h"

static struct grammar *grammar;
/* A fake kernel that stores a configuration, and can be told to refuse it. */
static struct config running;
static unsigned int sets, checks;
static bool refuse_get;
static int refuse_error;
static const char *refuse_text;
static const char *refuse_statement;

static int fake_get(struct config *c, struct failure *why)
{
	if (refuse_get) {
		failure_set(why, "no answer");
		return -1;
	}
	config_free(c);
	config_copy(c, &running);
	return 0;
}

static int fake_set(const struct config *c, const struct commit *how, struct failure *why)
{
	if (c->generation != running.generation) {
		failure_set(why, "stale");
		why->error = ESTALE;
		return -1;
	}
	if (refuse_error) {
		failure_set(why, "%s", refuse_text);
		why->error = refuse_error;
		why->statement = xstrdup(refuse_statement);
		why->at = c->system[NETSTREAM_SYSTEM_A_VERSION].at;
		return -1;
	}
	if (how->check) {
		checks++;
		return 0;
	}
	sets++;
	config_free(&running);
	config_copy(&running, c);
	running.generation = c->generation + 1;
	return 0;
}

static int fake_stale(uint32_t generation, struct failure *why)
{
	(void)why;
	return generation != running.generation;
}

static const struct backend fake = { false, fake_get, fake_set, fake_stale };

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
	"ipv6 netstream as-mode 16", "ipv6 netstream export index-switch 16",
	"ipv6 netstream tcp-flag enable",
	"ipv6 netstream srv6-aware inner-header", "ipv6 netstream ipsec-aware inner-header",
	"ipv6 netstream timeout tcp-session 0", "ipv6 netstream timeout tcp-session 60",
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

	session_init(&s, &fake, grammar);
	run_everything(&s);
	msg = encode(&s.candidate, &m, &wrong);
	CHECK(!wrong);
	decode(&back, msg);
	CHECK(same_text(&s.candidate, &back));
	CHECK(!back.foreign);
	nlmsg_free(msg);
	vec_free(&m);
	config_free(&back);
	session_free(&s);
}

/* To be freed. */
static char *statement_at(const marks *m, size_t offset)
{
	struct failure why = { 0 };

	return marks_blame(m, offset, &why) ? why.statement : xstrdup("none");
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
	char *none;
	size_t i;

	session_init(&s, &fake, grammar);
	run_everything(&s);
	msg = encode(&s.candidate, &m, &wrong);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char *got = statement_at(&m, offset_of(msg, cases[i].nest, cases[i].attr));

		if (strcmp(got, cases[i].statement)) {
			printf("  expected '%s', got '%s'\n", cases[i].statement, got);
			failures++;
		}
		free(got);
	}
	none = statement_at(&m, 0);
	CHECK(!strcmp(none, "none"));
	free(none);
	nlmsg_free(msg);
	vec_free(&m);
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
		x->metering[0] = x->metering[1] = (struct value){ true, 1, none };
		x->sampler[0].mode = x->sampler[1].mode = NETSTREAM_SAMPLER_FIX_TIME;
		x->sampler[0].interval = x->sampler[1].interval = 1;
	}
	CHECK(c.interfaces.n == NETSTREAM_INTERFACES_MAX);
	msg = encode(&c, &m, &wrong);
	CHECK(!wrong);
	decode(&back, msg);
	CHECK(same_text(&c, &back));
	nlmsg_free(msg);
	vec_free(&m);
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
	vec_free(&m);
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
	session_init(&s, &fake, grammar);
	must(&s, "system-view");
	must(&s, "slot 1");
	must(&s, "port eth0");
	CHECK(session_run(&s, "commit") < 0 && strstr(s.why.text, "does not know"));
	CHECK(!sets);
	nlmsg_free(msg);
	session_free(&s);
}

/* Redirect output to a buffer, until captured(). */
static char *captured_text;
static size_t captured_size;
static FILE *real_stdout, *real_stderr;

static void capture(void)
{
	free(captured_text);
	fflush(stdout);
	real_stdout = stdout;
	real_stderr = stderr;
	stdout = stderr = open_memstream(&captured_text, &captured_size);
}

static const char *captured(void)
{
	fclose(stderr);
	stdout = real_stdout;
	stderr = real_stderr;
	return captured_text;
}

/* Somebody else commits. */
static void commit_elsewhere(const char *const *lines, size_t count)
{
	struct session s;
	size_t i;

	session_init(&s, &fake, grammar);
	must(&s, "system-view");
	for (i = 0; i < count; i++)
		must(&s, lines[i]);
	must(&s, "commit");
	session_free(&s);
}

static const char *const theirs[] = { "ipv6 netstream timeout active 7", "slot 1", "port eth7" };

/* Somebody at a terminal who has entered the system view. */
static void operator_session(struct session *s)
{
	session_init(s, &fake, grammar);
	s->interactive = true;
	must(s, "system-view");
}

static void test_late_commit_is_replayed(void)
{
	struct session s;
	const char *text;

	operator_session(&s);
	must(&s, "ipv6 netstream timeout inactive 5");
	must(&s, "slot 1");
	must(&s, "port eth0");
	commit_elsewhere(theirs, ARRAY_SIZE(theirs));
	CHECK(sets == 1);
	capture();
	CHECK(session_run(&s, "commit") < 0);
	text = captured();
	CHECK(strstr(s.why.text, "somebody else has committed"));
	CHECK(strstr(text, "+ ipv6 netstream timeout inactive 5\n  slot 1\n+  port eth0\n"));
	CHECK(!strstr(text, "active 7") && !strstr(text, "eth7"));
	CHECK(sets == 1 && s.view == VIEW_SLOT && session_changed(&s));
	must(&s, "commit");
	CHECK(sets == 2 && !session_changed(&s));
	CHECK(running.system[NETSTREAM_SYSTEM_A_ORIGINAL_ACTIVE].number == 420);
	CHECK(running.system[NETSTREAM_SYSTEM_A_ORIGINAL_INACTIVE].number == 5);
	CHECK(config_slot(&running, 1)->ports.n == 2);
	session_free(&s);
}

static void test_replay_reports_what_fails(void)
{
	static const char *const gone[] = { "undo slot 1" };
	struct session s;
	const char *text;

	commit_elsewhere(theirs, ARRAY_SIZE(theirs));
	operator_session(&s);
	must(&s, "slot 1");
	must(&s, "undo port eth7");
	commit_elsewhere(gone, 1);
	capture();
	CHECK(session_run(&s, "commit") < 0);
	text = captured();
	CHECK(strstr(text, "'undo port eth7' cannot be done any more: the interface is not"));
	CHECK(strstr(s.why.text, "nothing is left") && !session_changed(&s));
	session_free(&s);
}

/* If the new running configuration cannot be read, no edit is lost. */
static void test_replay_needs_an_answer(void)
{
	struct session s;

	operator_session(&s);
	must(&s, "ipv6 netstream timeout inactive 5");
	commit_elsewhere(theirs, ARRAY_SIZE(theirs));
	refuse_get = true;
	CHECK(session_run(&s, "commit") < 0 && strstr(s.why.text, "no answer"));
	refuse_get = false;
	CHECK(session_changed(&s) && s.journal.n == 1);
	CHECK(s.candidate.system[NETSTREAM_SYSTEM_A_ORIGINAL_INACTIVE].number == 5);
	session_free(&s);
}

static void test_follows_without_edits(void)
{
	struct session s;

	operator_session(&s);
	commit_elsewhere(theirs, ARRAY_SIZE(theirs));
	capture();
	must(&s, "ipv6 netstream timeout inactive 5");
	must(&s, "commit");
	CHECK(!*captured());
	CHECK(running.system[NETSTREAM_SYSTEM_A_ORIGINAL_ACTIVE].number == 420);
	session_free(&s);
}

static void test_force_shows_first(void)
{
	struct session s;
	const char *text;

	operator_session(&s);
	must(&s, "ipv6 netstream timeout inactive 5");
	commit_elsewhere(theirs, ARRAY_SIZE(theirs));
	capture();
	CHECK(session_run(&s, "commit force") < 0);
	text = captured();
	CHECK(strstr(text, "- ipv6 netstream timeout active 7\n"));
	CHECK(strstr(s.why.text, "'commit force' once more") && sets == 1);
	/* a third commit: what was shown does not hold any more */
	commit_elsewhere(theirs + 1, 2);
	running.generation++;
	capture();
	CHECK(session_run(&s, "commit force") < 0);
	captured();
	must(&s, "commit force");
	CHECK(!running.system[NETSTREAM_SYSTEM_A_ORIGINAL_ACTIVE].set);
	CHECK(running.system[NETSTREAM_SYSTEM_A_ORIGINAL_INACTIVE].number == 5);
	session_free(&s);
}

static void test_late_batch(void)
{
	struct session s;

	session_init(&s, &fake, grammar);
	must(&s, "system-view");
	must(&s, "ipv6 netstream timeout inactive 5");
	running.generation++;
	CHECK(session_run(&s, "commit") < 0 && strstr(s.why.text, "try again"));
	CHECK(!sets && session_changed(&s));
	session_free(&s);
}

static void test_commit_check(void)
{
	struct session s;

	reset_fake();
	session_init(&s, &fake, grammar);
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

static void test_batch_is_whole(void)
{
	static const char *const lines[] = {
		"system-view", "ipv6 netstream timeout inactive 5", "commit",
		"ipv6 netstream timeout active 5", "bogus",
	};
	struct session s;

	reset_fake();
	session_init(&s, &fake, grammar);
	capture();
	CHECK(run_batch(&s, lines, ARRAY_SIZE(lines), false) < 0);
	CHECK(!strncmp(captured(), "file:5:1: 'bogus': expected", 27));
	CHECK(!sets && !running.system[NETSTREAM_SYSTEM_A_ORIGINAL_INACTIVE].set);
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
	session_init(&s, &fake, grammar);
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
	running.system[NETSTREAM_SYSTEM_A_MAX_FLOWS] = (struct value){ true, 99, none };
	session_init(&s, &fake, grammar);
	CHECK(!run_batch(&s, lines, 1, true));
	CHECK(sets == 1 && running.generation == 8);
	CHECK(!running.system[NETSTREAM_SYSTEM_A_MAX_FLOWS].set);
	CHECK(running.system[NETSTREAM_SYSTEM_A_ORIGINAL_INACTIVE].set);
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
	session_init(&s, &fake, grammar);
	capture();
	CHECK(run_batch(&s, lines, ARRAY_SIZE(lines), false) < 0);
	CHECK(!strcmp(captured(), "file:3: 'ipv6 netstream export version 9': "
				  "the kernel's own words\n"));
	session_free(&s);
}

/* A field without a row would be a gap in match, collect, show cache and the manual. */
static void test_every_field_has_a_row(void)
{
	unsigned int i, j;

	for (i = 1; i <= NETSTREAM_FIELD_MAX; i++) {
		const struct field *f = field_row(i);

		if (!f) {
			printf("  field %u has no row in field.c\n", i);
			failures++;
			continue;
		}
		CHECK(*f->words && *f->help && f->use & (FIELD_MATCH | FIELD_COLLECT));
		CHECK(!f->key == (f->format == FORMAT_TOTAL));
		CHECK(!f->heading == (f->format == FORMAT_TOTAL ||
				      f->format == FORMAT_ENDPOINT_ADDRESS ||
				      f->format == FORMAT_ENDPOINT_PORT));
		for (j = 1; j < i; j++)
			CHECK(!field_row(j) || strcmp(field_row(j)->words, f->words));
	}
	CHECK(!field_row(0) && !field_row(NETSTREAM_FIELD_MAX + 1) && !field_row(65535));
}

/* Every field can be matched or collected, undone, sent and received. */
static void test_every_field_is_a_statement(void)
{
	unsigned int i, use;
	struct session s;

	session_init(&s, &fake, grammar);
	must(&s, "system-view");
	must(&s, "ipv6 netstream record r");
	for (i = 1; i <= NETSTREAM_FIELD_MAX; i++) {
		for (use = FIELD_MATCH; use <= FIELD_COLLECT; use <<= 1) {
			const struct field *f = field_row(i);
			bool match = use == FIELD_MATCH;
			const char *verb = match ? "match" : "collect", *more = "";
			char *line;

			if (!f || !(f->use & use))
				continue;
			if (f->use & FIELD_PREFIX)
				more = " 48";
			if (f->use & FIELD_WIDTH)
				more = " 64";
			line = xasprintf("%s %s%s", verb, f->words, more);
			must(&s, line);
			CHECK((match ? s.candidate.records.v[0].match.v[0].field
				     : s.candidate.records.v[0].collect.v[0].field) == i);
			free(line);
			line = xasprintf("undo %s %s", verb, f->words);
			must(&s, line);
			free(line);
		}
	}
	CHECK(!s.candidate.records.v[0].match.n && !s.candidate.records.v[0].collect.n);
	session_free(&s);
}

static bool attr_is_in(const int *list, size_t count, int attr)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (list[i] == attr)
			return true;
	return false;
}

static void check_attrs(enum view view, int max, const int *others, size_t count)
{
	int i;

	for (i = 1; i <= max; i++) {
		bool row = setting_of_attr(view, i);

		if (row == attr_is_in(others, count, i)) {
			printf("  attribute %d of the %s view: %s\n", i, view_name(view),
			       row ? "has a row, and is listed as one without" :
			       "has no row in setting.c");
			failures++;
		}
	}
}

/* An attribute without a row would be lost by a commit. */
static void test_every_attribute_has_a_row(void)
{
	/* names of views, padding, and what is only in replies */
	static const int slot[] = { NETSTREAM_SLOT_A_ID };
	static const int record[] = {
		NETSTREAM_RECORD_A_PAD, NETSTREAM_RECORD_A_NAME, NETSTREAM_RECORD_A_STATE,
		NETSTREAM_RECORD_A_FLOWS, NETSTREAM_RECORD_A_CREATED,
		NETSTREAM_RECORD_A_FLOW_BYTES,
	};
	static const int monitor[] = {
		NETSTREAM_MONITOR_A_PAD, NETSTREAM_MONITOR_A_NAME, NETSTREAM_MONITOR_A_SOURCE_ID,
		NETSTREAM_MONITOR_A_INTERFACES, NETSTREAM_MONITOR_A_HOSTS,
		NETSTREAM_MONITOR_A_STATS,
	};
	static const int interface[] = {
		NETSTREAM_IF_A_PAD, NETSTREAM_IF_A_NAME, NETSTREAM_IF_A_IFINDEX,
		NETSTREAM_IF_A_SLOT, NETSTREAM_IF_A_IN_SEEN, NETSTREAM_IF_A_IN_PACKETS,
		NETSTREAM_IF_A_IN_BYTES, NETSTREAM_IF_A_OUT_SEEN, NETSTREAM_IF_A_OUT_PACKETS,
		NETSTREAM_IF_A_OUT_BYTES,
	};

	check_attrs(VIEW_SYSTEM, NETSTREAM_SYSTEM_A_MAX, NULL, 0);
	check_attrs(VIEW_SLOT, NETSTREAM_SLOT_A_MAX, slot, ARRAY_SIZE(slot));
	check_attrs(VIEW_MONITOR, NETSTREAM_MONITOR_A_MAX, monitor, ARRAY_SIZE(monitor));
	check_attrs(VIEW_RECORD, NETSTREAM_RECORD_A_MAX, record, ARRAY_SIZE(record));
	check_attrs(VIEW_INTERFACE, NETSTREAM_IF_A_MAX, interface, ARRAY_SIZE(interface));
}

/* Each row has all that its kind needs, and its bounds are what can be typed. */
static void test_settings_are_whole(void)
{
	size_t i;

	for (i = 0; i < settings_count; i++) {
		const struct setting *st = &settings[i];
		bool number = st->kind == KIND_NUMBER || st->kind == KIND_TIME;
		/* the module has no attributes of the routes view */
		bool ok = st->words && *st->words && st->help && *st->help &&
			  !st->attr[0] == (st->view == VIEW_ROUTES) && st->key && *st->key;

		ok &= !number || (st->unit && st->max > st->min && st->max &&
				  (!st->def || (st->def >= st->min && st->def <= st->max)));
		ok &= st->kind != KIND_NAMES || (st->arg && st->max);
		ok &= st->kind != KIND_HOSTS || st->max;
		ok &= (st->kind != KIND_NEIGHBORS && st->kind != KIND_STATIONS) || st->max;
		if (!ok) {
			printf("  row '%s' is not whole\n", st->words ? st->words : "?");
			failures++;
		}
	}
}

static void test_bounds_of_numbers(void)
{
	struct session s;
	size_t i;

	session_init(&s, &fake, grammar);
	must(&s, "system-view");
	for (i = 0; i < settings_count; i++) {
		const struct setting *st = &settings[i];
		const unsigned int numbers[] = { st->min - 1, st->min, st->max, st->max + 1 };
		const char *verb = st->kind == KIND_TIME ? " interval-second" : "";
		size_t j;

		if (st->kind != KIND_NUMBER && st->kind != KIND_TIME)
			continue;
		if (st->view == VIEW_ROUTES)
			must(&s, "routes");
		if (st->view == VIEW_MONITOR)
			must(&s, "ipv6 netstream monitor m");
		for (j = 0; j < ARRAY_SIZE(numbers); j++) {
			char *line = xasprintf("%s%s %u", st->words, verb, numbers[j]);
			const void *part = config_part(&s.candidate, st->view, 0, "m");
			int rc = session_run(&s, line);

			CHECK(rc == (j == 1 || j == 2 ? 0 : -1));
			CHECK(rc || ((const struct value *)((const char *)part + st->offset))->number ==
			      numbers[j]);
			free(line);
		}
		if (st->view == VIEW_ROUTES || st->view == VIEW_MONITOR)
			must(&s, "quit");
	}
	session_free(&s);
}

/* As many alternatives as there are words. */
static void test_many_alternatives(void)
{
	struct grammar *g = grammar_new(statement_keywords, statement_keywords_count);
	char *text = NULL;
	size_t size, i, at;
	FILE *f = open_memstream(&text, &size);
	struct expectation e;
	struct match m;
	struct line l;

	fputs("match {", f);
	for (i = 0; i < 300; i++)
		fprintf(f, "%sword%zu", i ? "|" : "", i);
	fputs("}", f);
	fclose(f);
	grammar_add(g, &(struct syntax){ .views = 1, .text = text, .help = "?" });
	line_split(&l, "match word299", &at);
	CHECK(!grammar_match(g, 1, &l, &m, &e));
	expectation_free(&e);
	grammar_follow(g, 1, &l, 1, &e);
	CHECK(e.list.n == 300);
	expectation_free(&e);
	line_free(&l);
	grammar_free(g);
	free(text);
}

static bool knows_keyword(const char *word)
{
	size_t i;

	for (i = 0; i < statement_keywords_count; i++)
		if (!strcmp(statement_keywords[i].word, word))
			return *statement_keywords[i].help;
	return false;
}

/* Everything that can be typed, in every view, word by word: all of it has its help. */
static void test_help_is_complete(void)
{
	unsigned int view;

	for (view = 0; view < VIEWS; view++) {
		struct expectation e;
		struct line l;
		size_t i, at;

		line_split(&l, "", &at);
		grammar_follow(grammar, 1u << view, &l, 0, &e);
		CHECK(e.list.n > 5);
		for (i = 0; i < e.list.n; i++)
			CHECK(e.list.v[i].help && *e.list.v[i].help);
		expectation_free(&e);
		line_free(&l);
	}
	CHECK(knows_keyword("undo") && knows_keyword("ipv6"));
}

static void expect_changes(const struct config *a, const struct config *b, const char *want)
{
	const char *text;

	capture();
	session_print_changes(a, b, stdout);
	text = captured();
	CHECK(config_equal(a, b) == !*want);
	if (!strcmp(text, want))
		return;
	printf("  expected\n%s  got\n%s", want, text);
	failures++;
}

/* Comparing sees order, where the order means something, and nothing else. */
static void test_difference(void)
{
	static const char *const setup[] = {
		"system-view", "ipv6 netstream record a", "match protocol", "match tos", "quit",
		"ipv6 netstream record b", "match protocol", "quit",
		"ipv6 netstream apply record a", "ipv6 netstream apply record b",
		"slot 1", "port eth0", "quit", "interface all", "ipv6 netstream inbound", "quit",
	};
	struct config before;
	struct session s;
	size_t i;

	session_init(&s, &fake, grammar);
	for (i = 0; i < ARRAY_SIZE(setup); i++)
		must(&s, setup[i]);
	config_copy(&before, &s.candidate);
	expect_changes(&before, &s.candidate, "");
	must(&s, "undo ipv6 netstream apply record a");
	must(&s, "ipv6 netstream apply record a");
	expect_changes(&before, &s.candidate,
		       "- ipv6 netstream apply record a\n+ ipv6 netstream apply record a\n");
	must(&s, "undo ipv6 netstream apply record b");
	must(&s, "ipv6 netstream apply record b");
	must(&s, "ipv6 netstream record a");
	must(&s, "undo match protocol");
	must(&s, "match protocol");
	expect_changes(&before, &s.candidate,
		       "  ipv6 netstream record a\n-  match protocol\n+  match protocol\n");
	must(&s, "undo match tos");
	must(&s, "match tos");
	must(&s, "quit");
	must(&s, "undo ipv6 netstream apply record b");
	must(&s, "undo ipv6 netstream record b");
	must(&s, "interface all");
	must(&s, "undo ipv6 netstream inbound");
	must(&s, "quit");
	must(&s, "slot 1");
	must(&s, "port eth1");
	expect_changes(&before, &s.candidate,
		       "- ipv6 netstream record b\n-  match protocol\n"
		       "- ipv6 netstream apply record b\n  slot 1\n+  port eth1\n"
		       "  interface all\n-  ipv6 netstream inbound\n");
	config_free(&before);
	session_free(&s);
}

/* A refused line, "show this" and entering a view leave the candidate as it was. */
static void test_refusals_change_nothing(void)
{
	static const char *const lines[] = {
		"port all", "undo port eth0", "ipv6 netstream export host 0.0.0.0 1",
		"undo ipv6 netstream export host 10.0.0.1 1", "bogus", "show this",
	};
	unsigned long revision;
	struct session s;
	size_t i;

	session_init(&s, &fake, grammar);
	must(&s, "system-view");
	revision = s.candidate.revision;
	must(&s, "slot 1");
	for (i = 0; i < ARRAY_SIZE(lines); i++)
		session_run(&s, lines[i]);
	must(&s, "quit");
	must(&s, "interface eth0");
	must(&s, "show this");
	must(&s, "quit");
	CHECK(s.candidate.revision == revision && !s.candidate.slots.n && !s.candidate.interfaces.n);
	CHECK(!session_changed(&s));
	session_free(&s);
}

/* on, off and inherited, for each direction by itself */
static void test_directions(void)
{
	struct interface *i;
	struct session s;

	session_init(&s, &fake, grammar);
	must(&s, "system-view");
	must(&s, "interface eth0");
	must(&s, "ipv6 netstream sampler fix-packets 10 inbound");
	i = config_interface(&s.candidate, "eth0");
	CHECK(i && !i->metering[0].set && !i->metering[1].set);
	must(&s, "ipv6 netstream inbound");
	must(&s, "undo ipv6 netstream outbound");
	i = config_interface(&s.candidate, "eth0");
	CHECK(i->metering[0].set && i->metering[0].number);
	CHECK(i->metering[1].set && !i->metering[1].number);
	must(&s, "ipv6 netstream outbound");
	must(&s, "undo ipv6 netstream outbound");
	i = config_interface(&s.candidate, "eth0");
	CHECK(i->metering[0].number && !i->metering[1].set);
	/* while "all" meters it, undo has to say no */
	must(&s, "quit");
	must(&s, "interface all");
	must(&s, "ipv6 netstream inbound");
	must(&s, "quit");
	must(&s, "interface eth0");
	must(&s, "undo ipv6 netstream inbound");
	i = config_interface(&s.candidate, "eth0");
	CHECK(i->metering[0].set && !i->metering[0].number);
	/* and goes on saying so when "all" goes and comes */
	must(&s, "quit");
	must(&s, "undo interface all");
	must(&s, "interface all");
	must(&s, "ipv6 netstream inbound");
	i = config_interface(&s.candidate, "eth0");
	CHECK(i->metering[0].set && !i->metering[0].number && i->sampler[0].mode);
	session_free(&s);
}

static void test_description_in_json(void)
{
	struct config c = { 0 };
	struct origin none = { 0 };
	struct record *r = config_record_add(&c, "r", none);
	struct json_object *o;

	strcpy(r->description, "gr\xfc\xdf\xc3\xbc");
	o = config_json(&c);
	CHECK(strstr(json_line(o), "gr\xef\xbf\xbd\xef\xbf\xbd\xc3\xbc"));
	json_object_put(o);
	config_free(&c);
}

/* Two rows of @MANY values; the second row alone has the last value, none has the one before. */
#define MANY	70

static void print_many_values(bool as_json)
{
	char key[16], heading[16];
	struct out o;
	int row, i;

	out_open(&o, as_json);
	for (row = 0; row < 2; row++) {
		out_row(&o);
		for (i = 0; i < MANY; i++) {
			snprintf(key, sizeof(key), "k%d", i);
			snprintf(heading, sizeof(heading), "H%d", i);
			if (i == MANY - 2 || (i == MANY - 1 && !row))
				out_none(&o, heading);
			else
				out_number(&o, key, heading, i);
		}
	}
	out_close(&o, NULL);
}

/* More values than a machine word has bits: each is in its column and under its key. */
static void test_many_values(void)
{
	struct json_object *list, *first, *second;

	capture();
	print_many_values(false);
	CHECK(strstr(captured(), "  H66  H67  H69\n"));
	CHECK(strstr(captured_text, "   66   67    -\n"));
	CHECK(strstr(captured_text, "   66   67   69\n"));

	capture();
	print_many_values(true);
	list = json_tokener_parse(captured());
	CHECK(json_object_array_length(list) == 2);
	first = json_object_array_get_idx(list, 0);
	second = json_object_array_get_idx(list, 1);
	CHECK(json_object_object_length(first) == MANY - 2);
	CHECK(json_object_object_length(second) == MANY - 1);
	CHECK(json_object_get_int(json_object_object_get(second, "k69")) == 69);
	json_object_put(list);
}

/* Control characters of a line are never printed as they are; long words are cut. */
static void test_messages_are_safe(void)
{
	char *line = xasprintf("system-view \033[2J\302\233x");
	const char *text;
	struct session s;

	session_init(&s, &fake, grammar);
	capture();
	CHECK(session_run(&s, line) < 0);
	report_refusal(&s, stdout, line);
	text = captured();
	CHECK(!strchr(text, 033) && strstr(text, "'\\x1b'"));
	free(line);
	line = xasprintf("show \302\233%0200d", 7);
	capture();
	CHECK(session_run(&s, line) < 0);
	report_refusal(&s, stdout, line);
	text = captured();
	CHECK(!strstr(text, "\302\233") && strstr(text, "column 6: '\\u009b000"));
	CHECK(strstr(text, "...'") && strlen(text) < 400);
	free(line);
	session_free(&s);
}

/* Columns count characters; the caret stands under the word as a terminal shows it. */
static void test_caret_under_utf8(void)
{
	const char *line = "\xc3\xbc\xc3\xbc \xe4\xb8\xad";
	struct session s;

	session_init(&s, &fake, grammar);
	capture();
	session_run(&s, line);
	s.bad = 5;
	report_refusal(&s, stdout, line);
	captured();
	CHECK(strstr(captured_text, "column 4: "));
	CHECK(strstr(captured_text, "\n  \xc3\xbc\xc3\xbc \xe4\xb8\xad\n     ^\n"));
	session_free(&s);
}

/*
 * Pasting an interface costs the same however many there are: edits compare
 * nothing but what they change, the prompt nothing but the first difference.
 */
static void test_prompt_after_no_change(void)
{
	struct session s;
	char line[64];
	int i;

	operator_session(&s);
	for (i = 0; i < 200; i++) {
		snprintf(line, sizeof(line), "interface eth%d", i);
		must(&s, line);
		must(&s, "ipv6 netstream inbound");
		must(&s, "quit");
	}
	must(&s, "commit");
	for (i = 0; i < 200; i++) {
		unsigned long revision;

		snprintf(line, sizeof(line), "interface eth%d", i);
		must(&s, line);
		revision = s.candidate.revision;
		must(&s, "ipv6 netstream inbound");
		must(&s, "quit");
		CHECK(s.candidate.revision == revision && s.compared == revision);
	}
	CHECK(!session_changed(&s));
	session_free(&s);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "attributes and back: every statement", test_attributes_and_back },
		{ "offsets lead to statements", test_offsets },
		{ "16384 interfaces in one message", test_many_interfaces },
		{ "a slot that no message can hold is refused", test_slot_too_large },
		{ "a newer module's settings are not lost", test_unknown_attribute },
		{ "a late commit replays the edits and shows the difference",
		  test_late_commit_is_replayed },
		{ "a line that cannot be replayed is named", test_replay_reports_what_fails },
		{ "edits outlive a failure to replay them", test_replay_needs_an_answer },
		{ "a session without edits follows others", test_follows_without_edits },
		{ "commit force shows what it overwrites first", test_force_shows_first },
		{ "a late commit of a batch is refused", test_late_batch },
		{ "commit check, commit, discard", test_commit_check },
		{ "a mistake in the last line commits nothing", test_batch_is_whole },
		{ "--check changes nothing", test_batch_check },
		{ "--replace begins empty", test_replace },
		{ "a refusal of the kernel names file and line", test_kernel_refusal },
		{ "every field has a row", test_every_field_has_a_row },
		{ "every field is matched or collected", test_every_field_is_a_statement },
		{ "every attribute has a row", test_every_attribute_has_a_row },
		{ "every row is whole", test_settings_are_whole },
		{ "numbers: the bounds of their rows", test_bounds_of_numbers },
		{ "everything that can be typed has its help", test_help_is_complete },
		{ "alternatives without a bound", test_many_alternatives },
		{ "the difference of two configurations", test_difference },
		{ "refused lines change nothing", test_refusals_change_nothing },
		{ "directions are on, off or inherited", test_directions },
		{ "JSON is UTF-8", test_description_in_json },
		{ "rows of more than 64 values", test_many_values },
		{ "messages are safe to print", test_messages_are_safe },
		{ "columns and carets under UTF-8", test_caret_under_utf8 },
		{ "lines that change nothing are not compared", test_prompt_after_no_change },
	};
	int status;

	setlocale(LC_CTYPE, "C.UTF-8");
	grammar = statements_grammar();
	reset_fake();
	status = run_tests("unit", tests, ARRAY_SIZE(tests), reset_fake);
	config_free(&running);
	statements_free(grammar);
	free(captured_text);
	return status;
}
