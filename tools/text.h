/* SPDX-License-Identifier: GPL-2.0 */
/* Parts of a configuration as the statements that make them. */
#ifndef NS_TEXT_H
#define NS_TEXT_H

#include <stdio.h>

#include "model.h"

#define ADDRESS_TEXT_MAX 64

const char *address_text(const struct address *a, char buffer[static ADDRESS_TEXT_MAX]);
void text_system(FILE *f, const struct config *c, int attr);
void text_host(FILE *f, const struct host *h);
void text_sampler(FILE *f, const struct sampler *s, unsigned int direction);
void text_item(FILE *f, const char *verb, const struct item *i);

#endif
