/* SPDX-License-Identifier: GPL-2.0 */
/* Why nothing arrives, or why numbers look wrong: what the doctor finds, and a commit warns of. */
#ifndef NS_FINDING_H
#define NS_FINDING_H

#include <stdio.h>

#include "config_model.h"

enum finding_kind {
	FINDING_MODULE,
	FINDING_HOST_NONE,
	FINDING_HOST_STATE,
	FINDING_HOST_REFUSES,
	FINDING_HOST_FILTERED,
	FINDING_HOST_MTU,
	FINDING_INTERFACE_NONE,
	FINDING_INTERFACE_MISSING,
	FINDING_NOTHING_SEEN,
	FINDING_NOTHING_METERED,
	FINDING_RECORD_INERT,
	FINDING_RECORD_UNUSED,
	FINDING_RECORD_BARE,
	FINDING_COUNTER_NARROW,
	FINDING_SEQUENCE_FLOW,
	FINDING_TEMPLATE_UNSENT,
	FINDING_SAMPLING_HIDDEN,
	FINDING_BOTH_DIRECTIONS,
	FINDING_METERED_TWICE,
	FINDING_BYPASS,
	FINDING_CLOCK,
	FINDING_MONITOR_HOST,
	FINDING_MONITOR_UNUSED,

	FINDING_KINDS
};

/**
 * struct finding - something that is wrong, or that a collector may misread
 * @kind: what kind it is
 * @text: what was found
 * @mend: a statement or a command that mends it, or what to look at
 */
struct finding {
	enum finding_kind	kind;
	char			*text;
	char			*mend;
};

typedef VEC(struct finding) findings;

const char *finding_name(enum finding_kind kind);
void finding_add(findings *list, enum finding_kind kind, char *text, char *mend);
void findings_of_config(findings *list, const struct config *c);
void findings_warn(const struct config *c, const struct config *before, FILE *to);
void findings_free(findings *list);

#endif
