/* SPDX-License-Identifier: GPL-2.0 */
/* Everything that is counted, in the text format of Prometheus. */
#ifndef NS_SHOW_METRICS_H
#define NS_SHOW_METRICS_H

struct session;

int show_metrics(struct session *s);

#endif
