/* SPDX-License-Identifier: GPL-2.0 */
/* The flows of the cache. */
#ifndef NS_SHOW_CACHE_H
#define NS_SHOW_CACHE_H

struct match;
struct session;

int show_cache(struct session *s, const struct match *m);

#endif
