/* SPDX-License-Identifier: GPL-2.0 */
/* A table that is kept true: the paths of its sources on one side, the module on the other. */
#ifndef NS_TABLE_H
#define NS_TABLE_H

#include "loop.h"
#include "rib.h"
#include "sink.h"

/**
 * struct table_options - how tables are kept
 * @stale_ms: how long routes of a source that is lost are kept
 * @yield: leave a table alone once somebody else has loaded it
 */
struct table_options {
	int64_t	stale_ms;
	bool	yield;
};

/**
 * struct table - a table
 * @vrf: name of the VRF; empty: the namespace's own
 * @rib: the paths of its sources
 * @options: how it is kept
 * @sink: where its routes go
 * @sources: number of its sources
 * @settled: number of them that have told all their routes once
 * @loaded: the sink has the routes, but for changes since
 * @label: where its routes come from, for people
 * @relabel: the sink says another thing of where the routes come from
 * @yielded: somebody else has the table
 * @waited: sources that have not settled are not waited for any more
 * @aged: told that no source has settled, and that old routes were removed
 * @result: what the sink said last
 * @taken: when somebody else's table was replaced last
 * @flush: tell the sink soon
 * @check: look after the sink
 * @patience: until @waited
 * @age: until @aged
 */
struct table {
	char			vrf[16];
	struct rib		*rib;
	struct table_options	options;
	struct sink		*sink;
	unsigned int		sources;
	unsigned int		settled;
	bool			loaded;
	char			*label;
	bool			relabel;
	bool			yielded;
	bool			waited;
	bool			aged;
	enum sink_result	result;
	int64_t			taken;
	struct loop_timer	flush, check, patience, age;
};

void table_start(struct table *t, struct sink *sink, const struct table_options *options);
void table_sources(struct table *t, const char *source, unsigned int settled,
		   const struct table_options *options);
void table_free(struct table *t, bool from_sink);
void table_settled(struct table *t);
void table_changed(struct table *t);

#endif
