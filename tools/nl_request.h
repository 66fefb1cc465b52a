/* SPDX-License-Identifier: GPL-2.0 */
/* Requests to the module, and what comes back; private to the nl files. */
#ifndef NS_NL_REQUEST_H
#define NS_NL_REQUEST_H

#include "nl_encode.h"

/* How often a listing that met a change is begun anew. */
#define DUMP_TRIES	10

/* Room for a request without a configuration. */
#define REQUEST_SIZE	4096u

typedef void (*nl_message_fn)(struct nlattr *attrs, int len, void *arg);

struct nl_msg *nl_request(int cmd, int flags, size_t size, struct failure *why);
void nl_request_close(void);
void nl_request_buffer(int size);
int nl_exchange(struct nl_msg *msg, const marks *m, nl_message_fn each, void *arg,
		struct failure *why);
int nl_listen(nl_message_fn each, void *arg, const bool *done, struct failure *why);

#endif
