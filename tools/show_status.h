/* SPDX-License-Identifier: GPL-2.0 */
/* Collectors, templates, records and interfaces; commands that take effect at once. */
#ifndef NS_SHOW_STATUS_H
#define NS_SHOW_STATUS_H

struct host_status;
struct interface_status;
struct match;
struct session;

const char *host_state_text(const struct host_status *h);
void show_interface(const struct interface_status *i, void *arg);

int show_hosts(struct session *s, const struct match *m);
int show_templates(struct session *s, const struct match *m);
int show_records(struct session *s, const struct match *m);
int show_interfaces(struct session *s, const struct match *m);
int show_reset(struct session *s, const struct match *m);
int show_refresh(struct session *s, const struct match *m);

#endif
