/* SPDX-License-Identifier: GPL-2.0 */
/* A configuration as netlink attributes. */
#ifndef NS_NL_ENCODE_H
#define NS_NL_ENCODE_H

#include "config_model.h"
#include "setting.h"

struct nl_msg;

/**
 * struct mark - the part of a message that a line of the configuration became
 * @start: offset of its first byte
 * @end: offset after its last byte
 * @view: the view of the line
 * @part: what the view edits; must still be there when the mark is looked up
 * @st: the line's row; NULL: the line that opens the view
 * @line: number of the line, see setting_line()
 */
struct mark {
	size_t			start;
	size_t			end;
	enum view		view;
	const void		*part;
	const struct setting	*st;
	size_t			line;
};

typedef VEC(struct mark) marks;

const char *config_encode(struct nl_msg *msg, const struct config *c, marks *m);
bool marks_blame(const marks *m, size_t offset, struct failure *why);

#endif
