// SPDX-License-Identifier: GPL-2.0
/* Who commits, and the journal's line for each commit. */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "audit.h"
#include "place.h"
#include "utf8.h"
#include "util.h"

#define NOBODY_LOGGED_IN	4294967295ul

/* Of the login that the kernel has recorded: unlike the environment it cannot be forged. */
static unsigned long login_uid(void)
{
	FILE *f = fopen("/proc/self/loginuid", "r");
	unsigned long uid = NOBODY_LOGGED_IN;

	if (f && fscanf(f, "%lu", &uid) != 1)
		uid = NOBODY_LOGGED_IN;
	if (f)
		fclose(f);
	return uid;
}

/**
 * audit_user() - who runs this program
 *
 * That is the user who logged in, also behind sudo or su; where no login was recorded,
 * as in a container, whom sudo names.
 *
 * Return: the name, or the number of a user without a name; to be freed.
 */
char *audit_user(void)
{
	unsigned long uid = login_uid();
	const char *sudo = getenv("SUDO_USER");
	struct passwd *p;

	if (uid == NOBODY_LOGGED_IN && sudo && *sudo)
		return utf8_printable(sudo, strlen(sudo));
	if (uid == NOBODY_LOGGED_IN)
		uid = getuid();
	p = getpwuid(uid);
	return p ? xstrdup(p->pw_name) : xasprintf("%lu", uid);
}

static void audit_log(const char *text)
{
	const char *ns = place_name();
	char *user = audit_user();

	openlog("netstream", LOG_PID, LOG_AUTHPRIV);
	syslog(LOG_NOTICE, "%s%s%s by %s (uid %u)", text, *ns ? " in network namespace " : "", ns,
	       user, (unsigned int)getuid());
	closelog();
	free(user);
}

/**
 * audit_commit() - tell the journal of a commit
 * @a: the commit
 */
void audit_commit(const struct audit *a)
{
	char *label = a->label ? utf8_printable(a->label, strlen(a->label)) : NULL;
	char *confirm = a->confirm ? xasprintf(", to be confirmed within %u s", a->confirm) : NULL;
	char *text = xasprintf("configuration %u committed (%zu lines added, %zu removed%s)%s%s%s",
			       a->generation, a->added, a->removed, confirm ? confirm : "",
			       label ? ", label '" : "", label ? label : "", label ? "'" : "");

	audit_log(text);
	free(text);
	free(confirm);
	free(label);
}

/**
 * audit_confirmed() - tell the journal that a commit was confirmed
 * @generation: number of the configuration
 */
void audit_confirmed(uint32_t generation)
{
	char *text = xasprintf("configuration %u confirmed", generation);

	audit_log(text);
	free(text);
}
