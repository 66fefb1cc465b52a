// SPDX-License-Identifier: GPL-2.0
/* Versions, and everything that whoever helps will ask for. */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "json.h"
#include "report.h"
#include "session.h"
#include "show_version.h"

#ifndef NETSTREAM_VERSION
#define NETSTREAM_VERSION "unknown"
#endif

/* A line of a file of the module in sysfs; empty if the module is not loaded. */
static void read_module(const char *name, char *line, size_t size)
{
	char *path = xasprintf("/sys/module/netstream/%s", name);
	FILE *f = fopen(path, "r");

	*line = '\0';
	if (f && fgets(line, size, f))
		line[strcspn(line, "\n")] = '\0';
	if (f)
		fclose(f);
	free(path);
}

int show_version(struct session *s, const struct match *m)
{
	char version[64], source[64];
	json_object *o;
	struct utsname u;

	read_module("version", version, sizeof(version));
	read_module("srcversion", source, sizeof(source));
	uname(&u);
	if (!s->json && !match_word(m, "--json")) {
		printf("netstream: " NETSTREAM_VERSION "\nmodule: %s%s%s%s\nkernel: %s %s\n",
		       *version ? version : "not loaded", *source ? " (source " : "", source,
		       *source ? ")" : "", u.release, u.machine);
		return 0;
	}
	o = json_object_new_object();
	json_object_object_add(o, "netstream", json_text(NETSTREAM_VERSION));
	json_object_object_add(o, "schema", json_object_new_int(JSON_SCHEMA));
	if (*version)
		json_object_object_add(o, "module", json_text(version));
	if (*source)
		json_object_object_add(o, "module_source", json_text(source));
	json_object_object_add(o, "kernel", json_text(u.release));
	json_object_object_add(o, "machine", json_text(u.machine));
	json_print(o);
	return 0;
}

/*
 * What cannot be shown is said in its place: whoever runs this has a problem
 * already.  The failures of its parts are not its own.
 */
/* One member of an object; a list that begins is always ended. */
static void tech_json(struct session *s, const char *part, bool first)
{
	char *line = xasprintf("%s | no-more", part);

	printf("%s\"%s\": ", first ? "{\n" : ",\n", part);
	fflush(stdout);
	if (session_run(s, line)) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "refused", json_text(s->why.text ? s->why.text : ""));
		json_print(o);
	}
	free(line);
}

static void tech_text(struct session *s, const char *part)
{
	char *line = xasprintf("%s | no-more", part);

	printf("\n===== %s =====\n", part);
	if (session_run(s, line))
		report_refusal(s, stdout, NULL);
	free(line);
}

int show_tech(struct session *s, const struct match *m)
{
	static const char *const parts[] = {
		"show version", "doctor", "show configuration all", "show statistics",
		"show hosts", "show templates", "show records", "show interfaces",
		"show cache top 20",
	};
	struct session copy;
	time_t now = time(NULL);
	size_t i;

	session_copy(&copy, s);
	copy.json = s->json || match_word(m, "--json");
	if (!copy.json)
		printf("Generated %s", ctime(&now));
	for (i = 0; i < ARRAY_SIZE(parts) && !interrupted; i++) {
		if (copy.json)
			tech_json(&copy, parts[i], !i);
		else
			tech_text(&copy, parts[i]);
	}
	if (copy.json)
		puts("}");
	session_free(&copy);
	return 0;
}
