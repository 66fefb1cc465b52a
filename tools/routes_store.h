/* SPDX-License-Identifier: GPL-2.0 */
/* The file with the routes view that is in effect. */
#ifndef NS_ROUTES_STORE_H
#define NS_ROUTES_STORE_H

#include "config_model.h"
#include "grammar.h"

/* The stamp of a file that this process may not read. */
#define ROUTES_STORE_UNREADABLE	UINT64_MAX

char *routes_store_path(void);
int routes_store_read(struct routes_view *r, const struct grammar *g, struct failure *why);
uint64_t routes_store_stamp(void);
int routes_store_open(const struct routes_view *r, struct failure *why);
int routes_store_write(int fd, const struct routes_view *r, struct failure *why);
bool routes_store_followed(int fd);

#endif
