/* SPDX-License-Identifier: GPL-2.0 */
/* For a program of unit tests: checks, and a line for each test. */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <stddef.h>
#include <stdio.h>

static int failures;

#define CHECK(condition) do {							\
	if (!(condition)) {							\
		printf("  %s:%d: %s\n", __FILE__, __LINE__, #condition);	\
		failures++;							\
	}									\
} while (0)

struct unit_test {
	const char *name;
	void (*run)(void);
};

/* @prepare: called before each test, or NULL.  Return: the exit status. */
static inline int run_tests(const char *program, const struct unit_test *tests, size_t n,
			    void (*prepare)(void))
{
	int before, total = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		before = failures;
		if (prepare)
			prepare();
		tests[i].run();
		printf("%s %s: %s\n", failures > before ? "not ok" : "ok", program, tests[i].name);
		total += failures > before;
	}
	return total ? 1 : 0;
}

#endif
