/* SPDX-License-Identifier: GPL-2.0 */
/* Loading and removing tables of routes. */
#ifndef NS_ROUTES_LOAD_H
#define NS_ROUTES_LOAD_H

struct match;
struct session;

int routes_load(struct session *s, const struct match *m);
int routes_reset(struct session *s, const struct match *m);

#endif
