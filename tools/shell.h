/* SPDX-License-Identifier: GPL-2.0 */
/* Lines from a terminal, or from a pipe as they come. */
#ifndef NS_SHELL_H
#define NS_SHELL_H

struct session;

int shell_interactive(struct session *s);
int shell_piped(struct session *s);

#endif
