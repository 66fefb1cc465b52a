/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What KUnit suites share.
 */
#ifndef _NST_KUNIT_H
#define _NST_KUNIT_H

#include <kunit/test.h>
#include <linux/module.h>
#include <linux/string.h>

/* KUnit has it since Linux 6.2. */
#ifndef KUNIT_EXPECT_MEMEQ
#define KUNIT_EXPECT_MEMEQ(_test, _a, _b, _size) \
	nst_kunit_expect_memeq(_test, _a, _b, _size)
#endif

/* Expects equal bytes, and reports the first difference. */
static inline void nst_kunit_expect_memeq(struct kunit *test, const void *a,
					  const void *b, size_t size)
{
	const u8 *x = a, *y = b;
	size_t i;

	for (i = 0; i < size; i++) {
		if (x[i] == y[i])
			continue;
		KUNIT_FAIL(test, "byte %zu is %02x, expected %02x", i, x[i],
			   y[i]);
		return;
	}
}

/* The description of a table's entry is its name. */
#define NST_KUNIT_NAMED(_name, _table)					\
	static void nst_##_name##_desc(const typeof(_table[0]) *c, char *desc) \
	{								\
		strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);		\
	}								\
	KUNIT_ARRAY_PARAM(_name, _table, nst_##_name##_desc)

#endif /* _NST_KUNIT_H */
