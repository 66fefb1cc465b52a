/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A configuration as the statements that make it.
 *
 * A part of a configuration is named by its view and the struct that the view
 * edits: struct config, slot, interface, record or routes_view.  Each statement row gives
 * that part some lines, numbered from 0; some of them may be absent.
 */
#ifndef NS_CONFIG_PRINT_H
#define NS_CONFIG_PRINT_H

#include "config_model.h"
#include "setting.h"

#define ADDRESS_TEXT_MAX 64

/* What is shown instead of a key. */
#define HIDDEN_KEY "******"

/* Whether keys are printed: into files, and not for eyes. */
enum keys {
	KEYS_HIDDEN,
	KEYS_SHOWN,
};

const char *address_text(const struct address *a, char buffer[static ADDRESS_TEXT_MAX]);

size_t setting_lines(const struct setting *st, const void *part);
bool setting_line(FILE *f, const struct setting *st, const void *part, size_t line);
struct origin setting_origin(const struct setting *st, const void *part, size_t line);

char *view_line(enum view v, const void *part);
char *hide_keys(const char *line);
void view_print(FILE *f, enum view v, const void *part, const char *indent, enum keys keys);
void config_print(FILE *f, const struct config *c, enum keys keys);
char *config_text(const struct config *c);

#endif
