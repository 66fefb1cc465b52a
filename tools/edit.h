/* SPDX-License-Identifier: GPL-2.0 */
/* What the statements of the configuration do to the candidate. */
#ifndef NS_EDIT_H
#define NS_EDIT_H

struct match;
struct session;

int edit_version(struct session *s, const struct match *m);
int edit_number(struct session *s, const struct match *m);
int edit_active(struct session *s, const struct match *m);
int edit_source(struct session *s, const struct match *m);
int edit_host(struct session *s, const struct match *m);
int edit_apply(struct session *s, const struct match *m);
int edit_management(struct session *s, const struct match *m);
int edit_sampler(struct session *s, const struct match *m);
int edit_enable(struct session *s, const struct match *m);
int edit_sequence(struct session *s, const struct match *m);
int edit_port(struct session *s, const struct match *m);
int edit_description(struct session *s, const struct match *m);
int edit_match(struct session *s, const struct match *m);
int edit_collect(struct session *s, const struct match *m);

#endif
