/* SPDX-License-Identifier: GPL-2.0 */
/* Commands: views, commit and discard, showing configurations. */
#ifndef NS_COMMAND_H
#define NS_COMMAND_H

struct match;
struct session;

int command_system_view(struct session *s, const struct match *m);
int command_slot(struct session *s, const struct match *m);
int command_interface(struct session *s, const struct match *m);
int command_routes(struct session *s, const struct match *m);
int command_record(struct session *s, const struct match *m);
int command_monitor(struct session *s, const struct match *m);
int command_natural(struct session *s, const struct match *m);
int command_quit(struct session *s, const struct match *m);
int command_return(struct session *s, const struct match *m);
int command_lock(struct session *s, const struct match *m);
int command_unlock(struct session *s, const struct match *m);
int command_configure(struct session *s, const struct match *m);
int command_commit(struct session *s, const struct match *m);
int command_discard(struct session *s, const struct match *m);
int command_show_configuration(struct session *s, const struct match *m);
int command_abort(struct session *s, const struct match *m);
int command_show_netstream(struct session *s, const struct match *m);
int command_show_this(struct session *s, const struct match *m);

#endif
