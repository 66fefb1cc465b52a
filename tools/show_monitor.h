/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NS_SHOW_MONITOR_H
#define NS_SHOW_MONITOR_H

struct match;
struct session;

int show_monitors(struct session *s, const struct match *m);

#endif
