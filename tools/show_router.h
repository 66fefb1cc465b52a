/* SPDX-License-Identifier: GPL-2.0 */
/* Listings that an engineer knows from the model router, laid out as there. */
#ifndef NS_SHOW_ROUTER_H
#define NS_SHOW_ROUTER_H

struct match;
struct session;

int show_interface_statistics(struct session *s, const struct match *m);
int show_export_templates(struct session *s, const struct match *m);
int show_option_templates(struct session *s, const struct match *m);
int show_slot_statistics(struct session *s, const struct match *m);

#endif
