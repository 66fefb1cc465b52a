/* SPDX-License-Identifier: GPL-2.0 */
/* Versions, and everything that whoever helps will ask for. */
#ifndef NS_SHOW_VERSION_H
#define NS_SHOW_VERSION_H

struct match;
struct session;

int show_version(struct session *s, const struct match *m);
int show_tech(struct session *s, const struct match *m);

#endif
