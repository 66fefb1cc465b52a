/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Talking to the module.  Only nl.c, nl_config.c and nl_reply.c know libnl.
 *
 * Functions that can fail return 0, or -1 with the failure filled in: the
 * kernel's own words and errno where it gave them.
 */
#ifndef NS_NL_H
#define NS_NL_H

#include "reply.h"
#include "session.h"

extern const struct backend nl_backend;
extern const struct backend offline_backend;

int nl_reset(unsigned int what, struct failure *why);
int nl_refresh(struct failure *why);
int nl_stats(struct stats *st, struct failure *why);
int nl_hosts(void (*each)(const struct host_status *, void *), void *arg, struct failure *why);
int nl_templates(void (*each)(const struct template_status *, void *), void *arg,
		 struct failure *why);
int nl_records(void (*each)(const struct record_status *, void *), void *arg,
	       struct failure *why);
int nl_interfaces(void (*each)(const struct interface_status *, void *), void *arg,
		  struct failure *why);
int nl_flows(const char *record, void (*each)(const struct flow *, void *), void *arg,
	     struct failure *why);

#endif
