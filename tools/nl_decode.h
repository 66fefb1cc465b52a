/* SPDX-License-Identifier: GPL-2.0 */
/* A configuration from netlink attributes. */
#ifndef NS_NL_DECODE_H
#define NS_NL_DECODE_H

#include "config_model.h"
#include "setting.h"

struct nlattr;

void config_decode(struct config *c, struct nlattr *attrs, int len);
void host_decode(struct host *h, struct nlattr *nest, bool *foreign);
void record_decode(struct record *r, struct nlattr *nest, bool *foreign);
void interface_decode(struct interface *i, struct nlattr *nest, bool *foreign);
uint64_t attr_number(const struct nlattr *a);
void attr_string(char *to, const struct nlattr *a, size_t size);
void attr_bytes(void *to, const struct nlattr *a, size_t size);

#endif
