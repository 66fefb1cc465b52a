/* SPDX-License-Identifier: GPL-2.0 */
/* What happens, as lines. */
#ifndef NS_MONITOR_H
#define NS_MONITOR_H

struct match;
struct session;

int monitor_events(struct session *s, const struct match *m);

#endif
