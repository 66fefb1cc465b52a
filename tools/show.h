/* SPDX-License-Identifier: GPL-2.0 */
/* Commands that ask the module, or tell it to do something at once. */
#ifndef NS_SHOW_H
#define NS_SHOW_H

struct match;
struct session;

int show_needs_module(struct session *s);

int show_cache(struct session *s, const struct match *m);
int show_statistics(struct session *s, const struct match *m);
int show_hosts(struct session *s, const struct match *m);
int show_templates(struct session *s, const struct match *m);
int show_records(struct session *s, const struct match *m);
int show_interfaces(struct session *s, const struct match *m);
int show_reset(struct session *s, const struct match *m);
int show_refresh(struct session *s, const struct match *m);

#endif
