/* SPDX-License-Identifier: GPL-2.0 */
/* What a line of input can be: a statement of the configuration, or a command. */
#ifndef NS_STATEMENT_H
#define NS_STATEMENT_H

struct match;
struct session;
struct setting;

/* How a dry run, --check and the journal of a session treat a line. */
enum effect {
	EFFECT_EDIT,	/* changes the candidate */
	EFFECT_VIEW,	/* changes the view, or commits or discards the candidate */
	EFFECT_ASK,	/* only shows something */
	EFFECT_ACT,	/* changes something outside the candidate */
};

/**
 * struct statement - what a line can be
 * @effect: how it is treated
 * @setting: the row that it is, for statements of the configuration; then @run is NULL
 * @field: of match and collect: &enum netstream_field
 * @run: does it; 0, or -1 with the reason in the session
 */
struct statement {
	enum effect		effect;
	const struct setting	*setting;
	unsigned int		field;
	int			(*run)(struct session *s, const struct match *m);
};

#endif
