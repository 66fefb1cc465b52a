/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of fields: what a record can match and collect.
 *
 * A new field is one row in field.c.  The syntax of match and collect, their
 * help, show configuration, the columns and the JSON of show cache and the list
 * of fields in the manual page come from it.
 */
#ifndef NS_FIELD_H
#define NS_FIELD_H

#include <stdbool.h>

/* How a record can use a field, and what the statement needs or allows. */
enum field_use {
	FIELD_MATCH	= 1 << 0,
	FIELD_COLLECT	= 1 << 1,
	FIELD_PREFIX	= 1 << 2,	/* match takes a prefix length or route-mask */
	FIELD_WIDTH	= 1 << 3,	/* collect needs the width of the counter */
};

/* How show cache prints the value of a field. */
enum field_format {
	FORMAT_NUMBER,
	FORMAT_ADDRESS,		/* 16 bytes */
	FORMAT_ENDPOINT_ADDRESS, /* 16 bytes; in the column Source or Destination */
	FORMAT_ENDPOINT_PORT,	/* beside the address in that column */
	FORMAT_PROTOCOL,
	FORMAT_DIRECTION,
	FORMAT_TCP_FLAGS,
	FORMAT_INTERFACE,	/* an interface index */
	FORMAT_TEXT,		/* 16 bytes, padded with zeros */
	FORMAT_MAC,		/* 6 bytes, as a number */
	FORMAT_TOTAL,		/* every flow has it: not one of the fields of a reply */
};

/**
 * struct field - a field
 * @words: its words after match and collect
 * @help: what it is
 * @use: mask of &enum field_use
 * @key: its key in the JSON of show cache; NULL with %FORMAT_TOTAL
 * @heading: its heading in show cache; NULL if it has no column of its own
 * @format: how show cache prints it
 */
struct field {
	const char		*words;
	const char		*help;
	unsigned int		use;
	const char		*key;
	const char		*heading;
	enum field_format	format;
};

/* What every flow has beside its fields, and can be sorted by. */
enum field_total {
	TOTAL_BYTES,
	TOTAL_PACKETS,
	TOTAL_FLOWS,
	TOTAL_FIRST,
	TOTAL_LAST,
	TOTAL_DURATION,
	TOTAL_NONE,
};

const struct field *field_row(unsigned int field);
const char *field_words(unsigned int field);
bool field_is_wide(unsigned int field);
char *field_option(unsigned int field);
unsigned int field_of_key(const char *word);
size_t field_list(const char *list, unsigned int *fields);
enum field_total field_total(const char *word);
const char *field_total_name(enum field_total total);
void field_print_manual(void);

#endif
