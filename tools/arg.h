/* SPDX-License-Identifier: GPL-2.0 */
/* The types of arguments: what fits, what to say when it does not. */
#ifndef NS_ARG_H
#define NS_ARG_H

#include <stdbool.h>

enum arg_kind {
	ARG_NUMBER,
	ARG_ADDRESS4,
	ARG_ADDRESS6,
	ARG_INTERFACE,
	ARG_RECORD,
	ARG_TEXT,		/* the rest of the line */
};

/* Names that completion can offer. */
enum arg_values {
	VALUES_NONE,
	VALUES_INTERFACES,
	VALUES_VIEWS,		/* interfaces, and "all" */
	VALUES_VRFS,
	VALUES_RECORDS,
	VALUES_SLOTS,
};

/**
 * struct arg_type - an argument of statements
 * @name: as in <name>
 * @shown: as in the manual
 * @what: what it must be, for errors and help
 * @kind: how it is written
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

const struct arg_type *arg_type(const char *name, int len);
bool arg_fits(const struct arg_type *t, const char *word);
const char *word_help(const char *word);

#endif
