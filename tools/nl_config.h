/* SPDX-License-Identifier: GPL-2.0 */
/* A configuration as netlink attributes, and back. */
#ifndef NS_NL_CONFIG_H
#define NS_NL_CONFIG_H

#include "model.h"

struct nl_msg;
struct nlattr;

/**
 * struct mark - the part of a message that a statement became
 * @start: offset of its first byte
 * @end: offset after its last byte
 * @text: the statement
 * @at: where it was written
 */
struct mark {
	size_t		start;
	size_t		end;
	char		*text;
	struct origin	at;
};

typedef VEC(struct mark) marks;

const char *config_encode(struct nl_msg *msg, const struct config *c, marks *m);
void config_decode(struct config *c, struct nlattr *attrs, int len);
void config_decode_host(struct host *h, struct nlattr *nest, bool *foreign);
void config_decode_record(struct record *r, struct nlattr *nest, bool *foreign);
void config_decode_interface(struct interface *i, struct nlattr *nest, bool *foreign);
const struct mark *marks_find(const marks *m, size_t offset);
void marks_free(marks *m);
uint64_t attr_number(const struct nlattr *a);
void attr_string(char *to, const struct nlattr *a, size_t size);

#endif
