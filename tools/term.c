// SPDX-License-Identifier: GPL-2.0
/* The terminal that standard output is; see term.h. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "term.h"

/* No table is made narrower than this. */
#define LEAST_WIDTH 80

static const char *const codes[] = {
	[TINT_GOOD]	= "32",
	[TINT_BAD]	= "31",
	[TINT_CARE]	= "33",
	[TINT_TITLE]	= "1",
};

static bool terminal;		/* standard output was one at the start */
static bool coloured;
static unsigned int plain;	/* how many have asked for text without colours */

static bool colours_wanted(void)
{
	const char *no = getenv("NO_COLOR"), *type = getenv("TERM");

	return terminal && !(no && *no) && type && strcmp(type, "dumb");
}

/**
 * term_init() - see what standard output is
 *
 * To be called before filters or a pager take its place.
 */
void term_init(void)
{
	terminal = isatty(STDOUT_FILENO);
	coloured = colours_wanted();
}

/**
 * term_colour() - say whether to use colours
 * @when: "auto", "always" or "never"
 *
 * Return: 0, or -1 if @when is none of these.
 */
int term_colour(const char *when)
{
	if (!strcmp(when, "always"))
		coloured = true;
	else if (!strcmp(when, "never"))
		coloured = false;
	else if (!strcmp(when, "auto"))
		coloured = colours_wanted();
	else
		return -1;
	return 0;
}

/* While it is on, no colours: something else than a terminal reads the text. */
void term_plain(bool on)
{
	plain += on ? 1 : -1;
}

bool term_coloured(void)
{
	return coloured && !plain;
}

/**
 * term_width() - columns that a table may take
 *
 * Return: at least 80; 0 if standard output is no terminal, so that nothing is left out.
 */
unsigned int term_width(void)
{
	struct winsize size = { 0 };

	if (!terminal || plain)
		return 0;
	/* standard output may be a pager by now; a person who pages types at a terminal */
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && ioctl(STDIN_FILENO, TIOCGWINSZ, &size))
		return LEAST_WIDTH;
	return size.ws_col > LEAST_WIDTH ? size.ws_col : LEAST_WIDTH;
}

/* Print a text in its colour, if there are any. */
void term_print(FILE *f, enum tint tint, const char *text)
{
	if (tint != TINT_NONE && term_coloured())
		fprintf(f, "\033[%sm%s\033[0m", codes[tint], text);
	else
		fputs(text, f);
}
