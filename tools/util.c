// SPDX-License-Identifier: GPL-2.0
/* Growing arrays, and allocation that ends the program instead of failing. */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size ? size : 1);
	if (!p)
		err(1, "memory");
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		err(1, "memory");
	return p;
}

char *xstrdup(const char *s)
{
	size_t len = strlen(s) + 1;

	return memcpy(xrealloc(NULL, len), s, len);
}

char *xvasprintf(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) < 0)
		err(1, "memory");
	return s;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}

void *vec_open(void **v, size_t *n, size_t *cap, size_t size, size_t at)
{
	char *p;

	if (*n == *cap) {
		*cap = *cap ? *cap * 2 : 8;
		*v = xrealloc(*v, *cap * size);
	}
	p = (char *)*v + at * size;
	memmove(p + size, p, (*n - at) * size);
	memset(p, 0, size);
	(*n)++;
	return p;
}

void vec_close(void *v, size_t *n, size_t size, size_t at)
{
	char *p = (char *)v + at * size;

	(*n)--;
	memmove(p, p + size, (*n - at) * size);
}

void vec_clone(void **v, size_t *n, size_t *cap, const void *from, size_t count, size_t size)
{
	*v = NULL;
	*n = *cap = count;
	if (!count)
		return;
	*v = xrealloc(NULL, count * size);
	memcpy(*v, from, count * size);
}

void strings_free(strings *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		free(s->v[i]);
	vec_free(s);
}
