/* SPDX-License-Identifier: GPL-2.0 */
/* The types of arguments: what fits, and what to say when a word does not. */
#ifndef NS_ARG_H
#define NS_ARG_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

enum arg_kind {
	ARG_NUMBER,
	ARG_ADDRESS4,
	ARG_ADDRESS6,
	ARG_INTERFACE,
	ARG_RECORD,
	ARG_WORD,		/* anything that is one word */
	ARG_TEXT,		/* the rest of the line */
	ARG_PREFIX6,		/* an address, or a prefix */
	ARG_PROTOCOL,		/* a name or a number */
	ARG_KEY,		/* a total of a flow, or one of its fields */
	ARG_FIELDS,		/* fields of a flow with commas between them, or "flow" */
};

/* Names that completion can offer. */
enum arg_values {
	VALUES_NONE,
	VALUES_INTERFACES,
	VALUES_VIEWS,		/* interfaces, and "all" */
	VALUES_VRFS,
	VALUES_RECORDS,
	VALUES_MONITORS,
	VALUES_SLOTS,
	VALUES_KEYS,		/* totals and fields of flows */
	VALUES_FIELDS,
};

/**
 * struct arg_type - a type of argument
 * @name: its name in a syntax, between < and >
 * @shown: how help lists it
 * @what: what the word must be, for errors and help
 * @kind: what it looks like
 * @min: least number, or length
 * @max: greatest number, or length
 * @values: what completion offers
 */
struct arg_type {
	const char	*name;
	const char	*shown;
	const char	*what;
	enum arg_kind	kind;
	unsigned int	min;
	unsigned int	max;
	enum arg_values	values;
};

const struct arg_type *arg_type(const char *name, size_t len);
int arg_prefix6(const char *word, struct in6_addr *address, unsigned int *length);
bool arg_fits(const struct arg_type *t, const char *word);

#endif
