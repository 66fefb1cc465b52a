/* SPDX-License-Identifier: GPL-2.0 */
/* Reading and writing numbers in network order, within bounds. */
#ifndef NS_WIRE_H
#define NS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct wire - bytes being read
 * @at: the next byte
 * @left: bytes from there to the end
 * @short_: more was read than there is; what was read then is 0
 */
struct wire {
	const uint8_t	*at;
	size_t		left;
	bool		short_;
};

static inline struct wire wire_of(const uint8_t *data, size_t len)
{
	return (struct wire){ data, len, false };
}

/* The next @len bytes; NULL if there are fewer. */
static inline const uint8_t *wire_bytes(struct wire *w, size_t len)
{
	const uint8_t *p = w->at;

	if (len > w->left) {
		w->short_ = true;
		w->left = 0;
		return NULL;
	}
	w->at += len;
	w->left -= len;
	return p;
}

/* A number of @size bytes, 4 at most. */
static inline uint32_t wire_number(struct wire *w, unsigned int size)
{
	const uint8_t *p = wire_bytes(w, size);
	uint32_t n = 0;

	while (p && size--)
		n = n << 8 | *p++;
	return n;
}

/* The next @len bytes, to be read on their own; none if there are fewer. */
static inline struct wire wire_part(struct wire *w, size_t len)
{
	const uint8_t *p = wire_bytes(w, len);

	return (struct wire){ p, p ? len : 0, !p };
}

/* Write a number of @size bytes; the byte behind it. */
static inline uint8_t *wire_put(uint8_t *p, uint32_t n, unsigned int size)
{
	unsigned int i;

	for (i = size; i--; n >>= 8)
		p[i] = n;
	return p + size;
}

#endif
