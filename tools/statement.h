/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of statements: the only place that knows what can be typed.
 * Parsing, help, completion and "show configuration" all read it.
 */
#ifndef NS_STATEMENT_H
#define NS_STATEMENT_H

#include <stdio.h>

#include "grammar.h"
#include "model.h"

struct session;

enum view {
	VIEW_USER,
	VIEW_SYSTEM,
	VIEW_SLOT,
	VIEW_INTERFACE,
	VIEW_RECORD,

	VIEWS
};

/**
 * struct place - the part of a configuration that a view edits
 * @view: the view
 * @config: the configuration
 * @slot: the slot, in a slot view
 * @interface: the interface, in an interface view
 * @record: the record, in a record view
 */
struct place {
	enum view		view;
	struct config		*config;
	struct slot		*slot;
	struct interface	*interface;
	struct record		*record;
};

/**
 * struct statement - a statement
 * @views: the views it belongs to, a mask of 1 << &enum view
 * @syntax: how it is written, see grammar.h
 * @undo: how it is written after undo; NULL if it cannot be undone
 * @help: what it does
 * @run: does it, or undoes it; 0, or -1 with session_refuse()
 * @print: prints the lines that make a place what it is; NULL for commands
 * @attr: system attribute that the statement sets, for those that set a number
 * @batch: how -f, -c and a dry run treat it
 */
struct statement {
	unsigned int	views;
	const char	*syntax;
	const char	*undo;
	const char	*help;
	int		(*run)(struct session *s, const struct match *m);
	void		(*print)(FILE *f, const struct statement *st, const struct place *p);
	int		attr;
	enum {
		EDIT,		/* changes the candidate or the view only */
		ASK,		/* only shows something */
		ACT,		/* changes something outside the candidate */
	} batch;
};

extern const struct statement statements[];
extern const size_t statements_count;

const char *view_name(enum view v);
void config_print(FILE *f, const struct config *c);
void place_print(FILE *f, const struct place *p, const char *indent);
char *config_text(const struct config *c);

#endif
