/* SPDX-License-Identifier: GPL-2.0 */
/* UTF-8 of unknown origin: how wide it is, and forms that are safe to print. */
#ifndef NS_UTF8_H
#define NS_UTF8_H

#include <stddef.h>
#include <stdint.h>

size_t utf8_next(const char *s, size_t len, uint32_t *c);
unsigned int utf8_characters(const char *s, size_t len);
unsigned int utf8_width(const char *s);
size_t utf8_head(const char *s, size_t characters);
size_t utf8_tail(const char *s, size_t characters);
char *utf8_printable(const char *s, size_t len);
char *utf8_repaired(const char *s);

#endif
