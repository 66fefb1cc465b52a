// SPDX-License-Identifier: GPL-2.0
/* What json-c lacks; see json.h. */
#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "utf8.h"

#define ONE_LINE (JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE)

/**
 * json_text() - a text as a JSON string
 * @text: the text; names and descriptions need not be UTF-8, JSON must be
 *
 * Return: the string, with U+FFFD for each byte that is not UTF-8.
 */
struct json_object *json_text(const char *text)
{
	char *repaired = utf8_repaired(text);
	struct json_object *o = json_object_new_string(repaired);

	free(repaired);
	return o;
}

/* The value on one line; valid until the value is freed. */
const char *json_line(struct json_object *value)
{
	return json_object_to_json_string_ext(value, ONE_LINE);
}

/**
 * json_print() - print a value by itself
 * @value: freed
 */
void json_print(struct json_object *value)
{
	puts(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PRETTY | ONE_LINE));
	json_object_put(value);
}
