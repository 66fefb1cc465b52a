/* SPDX-License-Identifier: GPL-2.0 */
/* What stands behind "|" of a command that shows something, and the pager. */
#ifndef NS_PIPE_H
#define NS_PIPE_H

#include <sys/types.h>

struct failure;
struct match;

/* What every command that shows something may end in, as a syntax. */
#define PIPE_SYNTAX " {|\\| {include <regex>|exclude <regex>|begin <regex>" \
	"|count [<regex>]|no-more}}"

/**
 * struct pipe - a process that standard output goes through for a while
 * @child: the process; 0: there is none
 * @terminal: copy of the descriptor that standard output was
 * @plain: what goes through it has no colours
 */
struct pipe {
	pid_t	child;
	int	terminal;
	bool	plain;
};

int pipe_open(struct pipe *p, const struct match *m, struct failure *why);
bool pipe_close(struct pipe *p);

#endif
