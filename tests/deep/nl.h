/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The netlink fuzzer: what its three files share.
 *
 *   nl_make.c    requests: from the specification, valid ones, mutated ones
 *   nl_check.c   whether a reply is well-formed and what the specification says
 *   nl_fuzz.c    sending, reading, and the promises of the family
 */
#ifndef _NL_H
#define _NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <linux/netstream.h>

enum type { T_PAD, T_FLAG, T_U8, T_U16, T_U32, T_U64, T_STRING, T_BINARY, T_NEST };

/* An attribute, as the specification has it. */
struct spec {
	uint16_t	id;
	enum type	type;
	int		nested;		/* set of a nest, or -1 */
	unsigned int	exact;		/* bytes, 0: any */
	uint64_t	min, max;
	bool		multi;		/* may be there more than once */
	bool		reply;		/* in replies only */
	const char	*name;
};

struct spec_set {
	const char		*name;
	const struct spec	*attr;
	unsigned int		n;
};

struct spec_cmd {
	uint8_t		cmd;
	bool		privileged;
	bool		does, dumps;
	const char	*name;
};

#include "spec.h"

#define N_CMDS		(sizeof(spec_cmds) / sizeof(*spec_cmds))
#define REQUEST_MAX	(1 << 17)

/* A request as it is sent. */
struct request {
	uint8_t		buf[REQUEST_MAX];
	size_t		len;
	uint8_t		cmd;
	bool		dump;		/* asked for as a dump */
	bool		framed;		/* headers are as they should be */
};

/* Random numbers from a seed: splitmix64. */
extern uint64_t rnd_state;

uint64_t rnd(void);

/* One of @n, from 0. */
static inline unsigned int below(unsigned int n)
{
	return n ? rnd() % n : 0;
}

/* True once in @n times. */
static inline bool once(unsigned int n)
{
	return !below(n);
}

void make_valid(struct request *r, bool check);
void make_request(struct request *r, bool commits);
void make_dump(struct request *r, uint8_t cmd);

const struct spec *spec_find(int set, unsigned int id);
const char *check_attrs(int set, const uint8_t *at, size_t len, bool echo);
const char *check_message(const struct nlmsghdr *h, int family);
const char *check_error(const struct nlmsghdr *h, size_t sent, const char **said);
const char *check_done(const struct nlmsghdr *h, size_t sent, const char **said);

#endif /* _NL_H */
