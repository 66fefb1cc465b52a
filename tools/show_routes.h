/* SPDX-License-Identifier: GPL-2.0 */
/* Tables of routes. */
#ifndef NS_SHOW_ROUTES_H
#define NS_SHOW_ROUTES_H

struct match;
struct session;

int show_routes(struct session *s, const struct match *m);
int show_routes_statistics(struct session *s, const struct match *m);

#endif
