// SPDX-License-Identifier: GPL-2.0
/* UTF-8 of unknown origin; see utf8.h. */
#ifndef _XOPEN_SOURCE			/* the flags of ncurses have it */
#define _XOPEN_SOURCE 700
#endif
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "util.h"
#include "utf8.h"

/**
 * utf8_next() - decode one character
 * @s: where it begins
 * @len: bytes from @s on
 * @c: set to its code point
 *
 * Return: the number of its bytes, or 0 if no valid character begins at @s
 * (overlong forms, surrogates and code points above U+10FFFF are not valid).
 */
size_t utf8_next(const char *s, size_t len, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *u = (const unsigned char *)s;
	size_t n, i;

	if (!len)
		return 0;
	n = u[0] < 0x80 ? 1 : u[0] < 0xc0 ? 0 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 :
	    u[0] < 0xf8 ? 4 : 0;
	if (!n || n > len)
		return 0;
	*c = n == 1 ? u[0] : u[0] & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (u[i] & 0x3f);
	}
	if (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff))
		return 0;
	return n;
}

/* C0, DEL and C1: a terminal may act on them. */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/* A byte that is not part of a valid character counts as a character. */
unsigned int utf8_characters(const char *s, size_t len)
{
	unsigned int count = 0;
	uint32_t c;
	size_t n;

	for (; len; s += n, len -= n, count++) {
		n = utf8_next(s, len, &c);
		if (!n)
			n = 1;
	}
	return count;
}

/* The number of bytes that the first so many characters take, or all of them. */
size_t utf8_head(const char *s, size_t characters)
{
	size_t len = strlen(s), at = 0, n;
	uint32_t c;

	for (; characters && at < len; characters--, at += n) {
		n = utf8_next(s + at, len - at, &c);
		if (!n)
			n = 1;
	}
	return at;
}

/* The offset from which the last so many characters stand. */
size_t utf8_tail(const char *s, size_t characters)
{
	size_t all = utf8_characters(s, strlen(s));

	return all > characters ? utf8_head(s, all - characters) : 0;
}

/**
 * utf8_width() - terminal columns that a text takes
 * @s: text without control characters and invalid bytes
 *
 * Depends on the locale's idea of wide characters.
 */
unsigned int utf8_width(const char *s)
{
	size_t n, len = strlen(s);
	unsigned int width = 0;
	uint32_t c;

	for (; len; s += n, len -= n) {
		int w = 1;

		n = utf8_next(s, len, &c);
		if (!n)
			n = 1;
		else if (c >= 0x80)
			w = wcwidth(c);
		width += w < 0 ? 1 : w;
	}
	return width;
}

static char *convert(const char *s, size_t len, bool escape)
{
	char *text = NULL;
	size_t size, n;
	uint32_t c;
	FILE *f = open_memstream(&text, &size);

	for (; len; s += n, len -= n) {
		n = utf8_next(s, len, &c);
		if (n && !(escape && is_control(c))) {
			fwrite(s, 1, n, f);
			continue;
		}
		if (!escape)
			fputs("\xef\xbf\xbd", f);	/* U+FFFD */
		else if (n && c >= 0x80)
			fprintf(f, "\\u%04x", c);
		else
			fprintf(f, "\\x%02x", (unsigned char)*s);
		n = n ? n : 1;
	}
	fclose(f);
	return text;
}

/**
 * utf8_printable() - a text that a terminal only shows
 * @s: any bytes
 * @len: number of them
 *
 * Return: the text with control characters and invalid bytes as \xNN or
 * \uNNNN; to be freed.
 */
char *utf8_printable(const char *s, size_t len)
{
	return convert(s, len, true);
}

/**
 * utf8_repaired() - a text that is valid UTF-8
 * @s: any bytes
 *
 * Return: the text with U+FFFD for each invalid byte; to be freed.
 */
char *utf8_repaired(const char *s)
{
	return convert(s, strlen(s), false);
}
