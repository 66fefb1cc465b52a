/* SPDX-License-Identifier: GPL-2.0 */
/* What json-c lacks: strings from bytes of unknown origin, and one way to print. */
#ifndef NS_JSON_H
#define NS_JSON_H

#include <json-c/json.h>

/* Version of docs/schema: it goes up when a key goes, or changes its type or meaning. */
#define JSON_SCHEMA	1

struct json_object *json_text(const char *text);
void json_print(struct json_object *value);
const char *json_line(struct json_object *value);

#endif
