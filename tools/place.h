/* SPDX-License-Identifier: GPL-2.0 */
/* Where the tool keeps what belongs to a network namespace. */
#ifndef NS_PLACE_H
#define NS_PLACE_H

char *place_path(const char *what);
char *place_run_path(const char *what);
int place_run_open(const char *what, int flags);
const char *place_name(void);

#endif
