/* SPDX-License-Identifier: GPL-2.0 */
/* Growing arrays, and allocation that ends the program instead of failing. */
#ifndef NS_UTIL_H
#define NS_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/**
 * VEC - a growing array of @type; all zero is an empty array
 *
 * Elements move when the array grows: keep indices, not pointers.
 */
#define VEC(type) struct { type *v; size_t n, cap; }

/* Both return a pointer to the new element, which is zeroed. */
#define vec_push(vec) vec_insert(vec, (vec)->n)
#define vec_insert(vec, at) \
	((__typeof__((vec)->v))vec_open((void **)&(vec)->v, &(vec)->n, \
					&(vec)->cap, sizeof(*(vec)->v), at))
#define vec_remove(vec, at) \
	vec_close((vec)->v, &(vec)->n, sizeof(*(vec)->v), at)
#define vec_copy(to, from) \
	vec_clone((void **)&(to)->v, &(to)->n, &(to)->cap, \
		  (from)->v, (from)->n, sizeof(*(to)->v))
#define vec_free(vec) \
	do { free((vec)->v); memset(vec, 0, sizeof(*(vec))); } while (0)

typedef VEC(char *) strings;

void *vec_open(void **v, size_t *n, size_t *cap, size_t size, size_t at);
void vec_close(void *v, size_t *n, size_t size, size_t at);
void vec_clone(void **v, size_t *n, size_t *cap, const void *from, size_t count, size_t size);
void *xrealloc(void *p, size_t size);
void *xcalloc(size_t n, size_t size);
char *xstrdup(const char *s);
char *xvasprintf(const char *fmt, va_list ap);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void strings_free(strings *s);

#endif
