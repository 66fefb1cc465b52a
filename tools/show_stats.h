/* SPDX-License-Identifier: GPL-2.0 */
/* The accounts. */
#ifndef NS_SHOW_STATS_H
#define NS_SHOW_STATS_H

struct match;
struct session;

int show_statistics(struct session *s, const struct match *m);

#endif
