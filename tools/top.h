/* SPDX-License-Identifier: GPL-2.0 */
/* A screen of the largest flows that refreshes, with the health of the export above them. */
#ifndef NS_TOP_H
#define NS_TOP_H

struct match;
struct session;

int top(struct session *s, const struct match *m);

#endif
