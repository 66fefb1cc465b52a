/* SPDX-License-Identifier: GPL-2.0 */
/* The accounts. */
#ifndef NS_SHOW_STATS_H
#define NS_SHOW_STATS_H

struct json_object;
struct match;
struct session;
struct stats;

void stats_add_terms(struct json_object *o, const struct stats *s);
void stats_add_ended(struct json_object *o, const struct stats *s);
void stats_show_terms(const struct stats *s);
void stats_show_losses(const struct stats *s);
void stats_show_ended(const struct stats *s);
int show_statistics(struct session *s, const struct match *m);

#endif
