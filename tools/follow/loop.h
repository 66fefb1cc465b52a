/* SPDX-License-Identifier: GPL-2.0 */
/* The event loop: file descriptors, timers and signals. */
#ifndef NS_LOOP_H
#define NS_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct loop_io - a file descriptor that is waited for
 * @fd: the descriptor
 * @events: POLLIN, POLLOUT
 * @ready: called when one of @events has come, or an error; may remove anything
 * @owner: for @ready
 * @next: private
 */
struct loop_io {
	int		fd;
	short		events;
	void		(*ready)(struct loop_io *io);
	void		*owner;
	struct loop_io	*next;
};

/**
 * struct loop_timer - a moment that is waited for
 * @due: called once when it has come
 * @owner: for @due
 * @at: when, in milliseconds of loop_now(); 0: the timer is not set
 * @next: private
 */
struct loop_timer {
	void			(*due)(struct loop_timer *t);
	void			*owner;
	int64_t			at;
	struct loop_timer	*next;
};

int64_t loop_now(void);
void loop_add(struct loop_io *io);
void loop_remove(struct loop_io *io);
void loop_set(struct loop_timer *t, int64_t ms);
void loop_stop_timer(struct loop_timer *t);
int loop_run(void);
void loop_end(void);
void loop_on_hangup(void (*call)(void *arg), void *arg);

#endif
