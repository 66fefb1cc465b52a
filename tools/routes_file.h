/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Routes from files: MRT, what FRR shows as JSON, and plain text; also compressed with
 * gzip, bzip2 or xz.
 */
#ifndef NS_ROUTES_FILE_H
#define NS_ROUTES_FILE_H

#include "paths.h"

/* Why an entry of a file is not loaded. */
enum skip {
	SKIP_FAMILY,		/* not IPv6 */
	SKIP_PEER,		/* of another peer than the one that was asked for */
	SKIP_MALFORMED,		/* cannot be read */
	SKIP_INVALID,		/* the router itself does not use it: no valid path */
	SKIPS
};

/**
 * struct routes_file - what a file has
 * @peer: only paths that this peer announced, or NULL
 * @paths: paths, in the order of the file
 * @skipped: entries that were skipped, by reason
 * @tick: called now and then while it is read, with the number of paths so far, or NULL
 */
struct routes_file {
	const struct in6_addr	*peer;
	paths			paths;
	size_t			skipped[SKIPS];
	void			(*tick)(size_t paths);
};

int routes_file_read(struct routes_file *f, const char *name, struct failure *why);
void routes_file_free(struct routes_file *f);
bool routes_address(struct in6_addr *to, const char *text);
bool routes_prefix(struct prefix *to, const char *text);

#endif
