/* SPDX-License-Identifier: GPL-2.0 */
/* Printing why a line was refused. */
#ifndef NS_REPORT_H
#define NS_REPORT_H

#include <stdio.h>

#include "session.h"

void report_refusal(const struct session *s, FILE *f, const char *text);

#endif
