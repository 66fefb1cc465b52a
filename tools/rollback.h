/* SPDX-License-Identifier: GPL-2.0 */
/* Commands on configurations in files: those of the history, and others. */
#ifndef NS_ROLLBACK_H
#define NS_ROLLBACK_H

struct config;
struct match;
struct session;

int rollback_load(struct session *s, const struct match *m);
int rollback(struct session *s, const struct match *m);
int rollback_compare(struct session *s, const struct match *m);
int rollback_list(struct session *s, const struct match *m);

#endif
