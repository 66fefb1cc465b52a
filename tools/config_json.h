/* SPDX-License-Identifier: GPL-2.0 */
/* A configuration, and the difference of two, as JSON. */
#ifndef NS_CONFIG_JSON_H
#define NS_CONFIG_JSON_H

#include "config_diff.h"
#include "config_model.h"
#include "setting.h"

struct json_object;

struct json_object *config_json(const struct config *c);
struct json_object *config_view_json(const struct config *c, enum view v, const void *part);
struct json_object *changes_json(const changes *list);

#endif
