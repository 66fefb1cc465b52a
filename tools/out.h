/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists, as a table for people or as JSON for programs: one call serves both.
 *
 * A value has a key, its name in JSON, and a heading, the name of its column.
 * A value whose key or heading is NULL is left out of that form.  Columns
 * without a value in any row are not printed.  A long table is printed in
 * parts, each with its headings, so that it needs little memory.
 *
 * On a terminal a table leaves out the columns that have no room, from the right,
 * those that are not to be kept before the others, and says so.  In detail every
 * row is a paragraph with all its values.
 */
#ifndef NS_OUT_H
#define NS_OUT_H

#include <json-c/json.h>
#include <stdint.h>

#include "term.h"
#include "util.h"

/**
 * struct column - a column of a table
 * @heading: its heading
 * @right: its values are aligned to the right
 * @used: some row has a value in it
 * @keep: it is left out after those that are not to be kept
 * @width: terminal columns that its widest value takes
 */
struct column {
	char		*heading;
	bool		right;
	bool		used;
	bool		keep;
	size_t		width;
};

/**
 * struct cell - a value of a table
 * @text: the value; NULL: none
 * @tint: its colour
 */
struct cell {
	char		*text;
	enum tint	tint;
};

/**
 * struct out - a list being written
 * @json: whether it is written as JSON
 * @detail: rows are paragraphs
 * @keep: columns that begin now are to be kept
 * @tint: colour of the next value
 * @left_out: headings of columns that had no room
 * @rows: number of rows so far
 * @printed: those of them that have been printed
 * @row: the text of the present row, in JSON; empty before the first
 * @columns: columns so far
 * @cells: cells of the rows that have not been printed; NULL for no value
 * @starts: index of the first cell of each of those rows
 * @at: the next column
 */
struct out {
	bool			json;
	bool			detail;
	bool			keep;
	enum tint		tint;
	strings			left_out;
	size_t			rows;
	size_t			printed;
	VEC(char)		row;
	VEC(struct column)	columns;
	VEC(struct cell)	cells;
	VEC(size_t)		starts;
	size_t			at;
};

void out_open(struct out *o, bool json);
void out_row(struct out *o);
void out_keep(struct out *o, bool keep);
void out_tint(struct out *o, enum tint tint);
void out_number(struct out *o, const char *key, const char *heading, uint64_t value);
void out_text(struct out *o, const char *key, const char *heading, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void out_string(struct out *o, const char *key, const char *heading, const char *text);
void out_none(struct out *o, const char *heading);
void out_bool(struct out *o, const char *key, bool value);
void out_json(struct out *o, const char *key, struct json_object *value);
void out_close(struct out *o, const char *empty);

#endif
