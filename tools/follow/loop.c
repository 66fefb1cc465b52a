// SPDX-License-Identifier: GPL-2.0
/* The event loop: file descriptors, timers and signals. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "../util.h"
#include "loop.h"

static struct loop_io *ios;
static struct loop_timer *timers;
static bool ending;

/* Milliseconds of a clock that nobody sets. */
int64_t loop_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void loop_add(struct loop_io *io)
{
	io->next = ios;
	ios = io;
}

void loop_remove(struct loop_io *io)
{
	struct loop_io **at;

	for (at = &ios; *at && *at != io; at = &(*at)->next)
		;
	if (*at)
		*at = io->next;
}

void loop_stop_timer(struct loop_timer *t)
{
	struct loop_timer **at;

	for (at = &timers; *at && *at != t; at = &(*at)->next)
		;
	if (*at)
		*at = t->next;
	t->at = 0;
}

/**
 * loop_set() - set a timer, which may be set already
 * @t: the timer
 * @ms: milliseconds from now
 */
void loop_set(struct loop_timer *t, int64_t ms)
{
	loop_stop_timer(t);
	t->at = loop_now() + ms;
	t->next = timers;
	timers = t;
}

static void run_timers(void)
{
	int64_t now = loop_now();
	struct loop_timer *t;

	do {
		for (t = timers; t && t->at > now; t = t->next)
			;
		if (t) {
			loop_stop_timer(t);
			t->due(t);
		}
	} while (t);
}

static int wait_ms(void)
{
	const struct loop_timer *t;
	int64_t least = 60000, left;

	for (t = timers; t; t = t->next) {
		left = t->at - loop_now();
		if (left < least)
			least = left > 0 ? left : 0;
	}
	return least;
}

/* One that is still waited for; another may have removed it. */
static struct loop_io *find(const struct loop_io *wanted, int fd)
{
	struct loop_io *io;

	for (io = ios; io; io = io->next)
		if (io == wanted && io->fd == fd)
			return io;
	return NULL;
}

static int wait_and_serve(void)
{
	VEC(struct pollfd) fds = { 0 };
	VEC(struct loop_io *) owners = { 0 };
	struct loop_io *io;
	size_t i;
	int n;

	for (io = ios; io; io = io->next) {
		*vec_push(&fds) = (struct pollfd){ io->fd, io->events, 0 };
		*vec_push(&owners) = io;
	}
	n = poll(fds.v, fds.n, wait_ms());
	for (i = 0; n > 0 && i < fds.n; i++) {
		io = fds.v[i].revents ? find(owners.v[i], fds.v[i].fd) : NULL;
		if (io)
			io->ready(io);
	}
	vec_free(&fds);
	vec_free(&owners);
	return n < 0 && errno != EINTR ? -1 : 0;
}

static void (*hangup)(void *arg);
static void *hangup_arg;

static void on_signal(struct loop_io *io)
{
	struct signalfd_siginfo info;

	if (read(io->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo != SIGHUP)
		ending = true;
	else if (hangup)
		hangup(hangup_arg);
}

/**
 * loop_on_hangup() - what SIGHUP does
 * @call: is called from the loop
 * @arg: for @call
 */
void loop_on_hangup(void (*call)(void *arg), void *arg)
{
	hangup = call;
	hangup_arg = arg;
}

/* The loop is to end, as after SIGTERM. */
void loop_end(void)
{
	ending = true;
}

/**
 * loop_run() - serve until SIGTERM, SIGINT or loop_end()
 *
 * Return: 0, or -1 with errno set.
 */
int loop_run(void)
{
	struct loop_io signals = { .events = POLLIN, .ready = on_signal };
	sigset_t set;
	int rc = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals.fd < 0)
		return -1;
	loop_add(&signals);
	while (!ending && !rc) {
		rc = wait_and_serve();
		run_timers();
	}
	loop_remove(&signals);
	close(signals.fd);
	return rc;
}
