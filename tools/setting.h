/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of configuration statements.
 *
 * Each statement is one row: the syntax, editing, printing, JSON, encoding,
 * decoding and comparing read it.  A statement of a kind that exists already
 * needs nothing but its row and, for a number of the system view, no member
 * of its own in struct config.
 */
#ifndef NS_SETTING_H
#define NS_SETTING_H

#include <stddef.h>

enum view {
	VIEW_USER,
	VIEW_SYSTEM,
	VIEW_SLOT,
	VIEW_INTERFACE,
	VIEW_RECORD,
	VIEW_MONITOR,
	VIEW_ROUTES,		/* of the follower; the module does not know it */

	VIEWS
};

/* The kind of a statement, and the type of its value in the model. */
enum setting_kind {
	KIND_NUMBER,		/* struct value: a u32 attribute */
	KIND_TIME,		/* struct value: seconds, written in minutes or seconds */
	KIND_FLAG,		/* struct value: a flag attribute */
	KIND_SWITCH,		/* struct value: a u8 attribute, 1: on, 0: off */
	KIND_CHOICE,		/* struct value: a u8 attribute, the number of a word */
	KIND_VERSION,		/* struct value[], by attribute: version, AS type, BGP next hop */
	KIND_SOURCES,		/* struct source[2] */
	KIND_HOSTS,		/* hosts */
	KIND_NAMES,		/* names: an attribute for each */
	KIND_SAMPLERS,		/* struct sampler[2], by direction */
	KIND_DIRECTIONS,	/* struct value[2], by direction: on or off */
	KIND_TEXT,		/* char[]: a string attribute */
	KIND_ATTACHMENTS,	/* attachments: monitors of an interface */
	KIND_ITEMS,		/* items: match or collect */
	KIND_IDENTIFIER,	/* struct value: written as an IPv4 address */
	KIND_NEIGHBORS,		/* BGP neighbours */
	KIND_STATIONS,		/* BMP stations */
};

#define SETTING_ATTRS 4

/**
 * struct setting - a statement of the configuration
 * @view: the view it belongs to
 * @kind: what it sets
 * @words: the words it begins with
 * @help: what it does
 * @offset: of what it sets, in struct config, slot, interface, record, monitor or routes_view
 * @attr: the attributes it stands for, of the nest of its view; the first names it; none in
 *	the routes view
 * @key: its key in JSON
 * @unit: unit of a number
 * @min: least number
 * @max: greatest number; of names, hosts, neighbours and stations: how many there may be
 * @def: the kernel's default; 0: there is no fixed default
 * @zero: what the number 0 stands for, or NULL
 * @arg: of names: the type of a name
 * @choice: of a choice: the words by their numbers, NULL behind the last; the first is
 *	the default
 * @syntax: what follows @words, if that does not follow from @kind
 * @undo: what follows @words after undo, likewise
 */
struct setting {
	enum view		view;
	enum setting_kind	kind;
	const char		*words;
	const char		*help;
	size_t			offset;
	int			attr[SETTING_ATTRS];
	const char		*key;
	const char		*unit;
	unsigned int		min;
	unsigned int		max;
	unsigned int		def;
	const char		*zero;
	const char		*arg;
	const char *const	*choice;
	const char		*syntax;
	const char		*undo;
};

extern const struct setting settings[];
extern const size_t settings_count;

const char *view_name(enum view v);
const char *setting_choice(const struct setting *st, unsigned int number);
const struct setting *setting_of_attr(enum view v, int attr);

#endif
