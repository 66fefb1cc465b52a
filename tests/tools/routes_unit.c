// SPDX-License-Identifier: GPL-2.0
/* The parts of the tool that read routes. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "as_path.h"

/* A path from text: "20 21", "{1 2}" a set, "(65001)" and "[65001]" of a confederation. */
static struct as_path path_of(const char *text)
{
	enum as_segment_type type = AS_SEQUENCE;
	struct as_path p = { 0 };
	bool begun = false;
	unsigned int as;
	int len;

	for (; *text; text += len) {
		len = 1;
		if (strchr("{([", *text)) {
			type = *text == '{' ? AS_SET :
				*text == '(' ? AS_CONFED_SEQUENCE : AS_CONFED_SET;
			begun = false;
		} else if (strchr("})]", *text)) {
			type = AS_SEQUENCE;
			begun = false;
		} else if (*text != ' ' && sscanf(text, "%u%n", &as, &len) == 1) {
			if (!begun)
				as_path_begin(&p, type);
			begun = true;
			as_path_add(&p, as);
		}
	}
	return p;
}

static void check_path(const char *text, uint32_t origin, uint32_t peer, unsigned int length)
{
	struct as_path p = path_of(text);

	if (as_path_origin(&p) != origin || as_path_peer(&p) != peer ||
	    as_path_length(&p) != length) {
		printf("  \"%s\": origin %u, peer %u, length %u\n", text, as_path_origin(&p),
		       as_path_peer(&p), as_path_length(&p));
		failures++;
	}
	as_path_free(&p);
}

/* The router is AS 22 in the path 20-21-[22]-23-24: see docs/routes.md. */
static void test_path_of_the_model(void)
{
	check_path("21 20", 20, 21, 2);
	check_path("23 24", 24, 23, 2);
}

static void test_paths(void)
{
	check_path("", 0, 0, 0);
	check_path("4200000001", 4200000001u, 4200000001u, 1);
	check_path("1 2 {3 4}", 0, 1, 3);
	check_path("1 2 {3}", 3, 1, 3);
	check_path("{1 2} 3", 3, 0, 2);
	check_path("(65001 65002)", 0, 0, 0);
	check_path("(65001) 1 2", 2, 1, 2);
	check_path("[65001 65002] 1 (65003)", 1, 1, 1);
}

static void check_resolved(const char *two, const char *four, uint32_t origin, uint32_t peer,
			   unsigned int length)
{
	struct as_path p = path_of(two), p4 = path_of(four);

	as_path_resolve(&p, &p4);
	CHECK(as_path_origin(&p) == origin);
	CHECK(as_path_peer(&p) == peer);
	CHECK(as_path_length(&p) == length);
	as_path_free(&p);
	as_path_free(&p4);
}

static void test_as4_path(void)
{
	check_resolved("1 23456 23456", "70000 80000", 80000, 1, 3);
	check_resolved("23456 2", "70000 2", 2, 70000, 2);
	check_resolved("(65001) 1 23456", "70000", 70000, 1, 2);
	check_resolved("1 {23456 5}", "{70000 5}", 0, 1, 2);
	/* longer than AS_PATH: not believed */
	check_resolved("1 23456", "1 2 70000", 23456, 1, 2);
	check_resolved("1 2", "", 2, 1, 2);
}

static void test_drop(void)
{
	struct as_path p = path_of("22 21 20"), q = path_of("(22) 22"), r = path_of("22 {1 2}");

	as_path_drop(&p, 21);
	CHECK(as_path_length(&p) == 3);
	as_path_drop(&p, 22);
	CHECK(as_path_peer(&p) == 21 && as_path_length(&p) == 2);
	as_path_drop(&q, 22);
	CHECK(as_path_length(&q) == 1);
	as_path_drop(&r, 22);
	CHECK(as_path_length(&r) == 1 && !as_path_peer(&r));
	as_path_free(&p);
	as_path_free(&q);
	as_path_free(&r);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the AS path of the model's example", test_path_of_the_model },
		{ "AS paths", test_paths },
		{ "an AS that does not belong to a path", test_drop },
		{ "AS4_PATH resolves AS_TRANS", test_as4_path },
	};

	return run_tests("routes", tests, ARRAY_SIZE(tests), NULL);
}
