// SPDX-License-Identifier: GPL-2.0
/* Somebody typing: the view, the candidate, running and refusing lines. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session.h"

/**
 * failure_set() - note why something was refused
 * @f: the failure; what it held before is freed
 * @fmt: the reason
 */
void failure_set(struct failure *f, const char *fmt, ...)
{
	va_list ap;

	failure_clear(f);
	va_start(ap, fmt);
	f->text = xvasprintf(fmt, ap);
	va_end(ap);
}

void failure_clear(struct failure *f)
{
	free(f->text);
	free(f->statement);
	memset(f, 0, sizeof(*f));
}

void session_init(struct session *s, const struct backend *backend)
{
	memset(s, 0, sizeof(*s));
	s->backend = backend;
}

void session_free(struct session *s)
{
	config_free(&s->running);
	config_free(&s->candidate);
	failure_clear(&s->why);
	free(s->word);
	s->word = NULL;
	s->loaded = false;
}

/**
 * session_discard() - forget the candidate and what is known of the running
 * configuration: it is read again when it is next needed
 * @s: the session
 */
void session_discard(struct session *s)
{
	config_free(&s->running);
	config_free(&s->candidate);
	s->loaded = false;
}

/**
 * session_load() - see that there is a candidate
 * @s: the session
 *
 * Return: 0, or -1 with the reason in @s->why.
 */
int session_load(struct session *s)
{
	if (s->loaded)
		return 0;
	if (s->backend->get(&s->running, &s->why))
		return -1;
	config_copy(&s->candidate, &s->running);
	s->loaded = true;
	return 0;
}

/**
 * session_place() - what the statements of the present view edit
 * @s: the session, with a candidate
 * @p: filled in; what the view is about is made again if it has been removed
 */
void session_place(struct session *s, struct place *p)
{
	memset(p, 0, sizeof(*p));
	p->view = s->view;
	p->config = &s->candidate;
	switch (s->view) {
	case VIEW_SLOT:
		p->slot = config_slot_add(p->config, s->slot, s->at);
		break;
	case VIEW_INTERFACE:
		p->interface = config_interface_add(p->config, s->name, s->at);
		break;
	case VIEW_RECORD:
		p->record = config_record_add(p->config, s->name, s->at);
		break;
	default:
		break;
	}
}

/**
 * session_changed() - whether commit would change anything
 * @s: the session
 *
 * Return: whether it would.
 */
bool session_changed(struct session *s)
{
	char *a, *b;
	bool changed;

	if (!s->loaded)
		return false;
	a = config_text(&s->running);
	b = config_text(&s->candidate);
	changed = strcmp(a, b);
	free(a);
	free(b);
	return changed;
}

/* After a commit the candidate is what is running. */
static void adopt(struct session *s)
{
	config_free(&s->running);
	config_copy(&s->running, &s->candidate);
}

static int explain_stale(struct session *s)
{
	if (s->why.error == ESTALE)
		failure_set(&s->why, "the running configuration has changed since the "
			    "candidate was taken from it (generation %u): %s",
			    s->candidate.generation,
			    s->interactive ? "'discard' takes it anew, 'commit force' overwrites it"
					   : "nothing was committed, try again");
	return -1;
}

/**
 * session_commit() - make the candidate the running configuration
 * @s: the session
 * @flags: &enum set_flags
 *
 * Return: 0, or -1 with the reason in @s->why and everything as it was.
 */
int session_commit(struct session *s, unsigned int flags)
{
	if (session_load(s))
		return -1;
	if (s->candidate.foreign) {
		failure_set(&s->why, "the module has settings that this program does not know: "
			    "a commit would lose them; it needs the netstream of the same version");
		return -1;
	}
	if (s->check)
		flags |= SET_CHECK;
	if (!s->dry && s->backend->set(&s->candidate, flags, &s->why))
		return explain_stale(s);
	if (flags & SET_CHECK && !s->check)
		return 0;
	if (s->dry || s->check)
		adopt(s);
	else
		session_discard(s);
	return 0;
}

/* Note which word is to blame: the one at @index, or the end of the line. */
static void blame(struct session *s, const struct line *l, size_t index)
{
	free(s->word);
	s->word = NULL;
	s->col = l->end;
	if (index >= l->words.n)
		return;
	s->col = l->words.v[index].col;
	s->word = xstrdup(l->words.v[index].text);
}

/**
 * session_refuse() - refuse a line
 * @s: the session
 * @m: the line
 * @word: index of the word that is to blame, negative: the whole line
 * @fmt: the reason
 *
 * Return: -1
 */
int session_refuse(struct session *s, const struct match *m, int word, const char *fmt, ...)
{
	va_list ap;

	failure_clear(&s->why);
	va_start(ap, fmt);
	s->why.text = xvasprintf(fmt, ap);
	va_end(ap);
	if (word >= 0)
		blame(s, m->line, word);
	return -1;
}

/* The view in which the line would have been right, to say so. */
static enum view other_view(const struct session *s, const struct line *l)
{
	struct expectation e;
	struct match m;
	int v;

	for (v = 0; v < VIEWS; v++) {
		if (v == (int)s->view)
			continue;
		if (!grammar_match(1u << v, l, &m, &e))
			return v;
		expectation_free(&e);
	}
	return VIEWS;
}

static void refuse_word(struct session *s, const struct line *l, const struct expectation *e)
{
	enum view other = e->at ? VIEWS : other_view(s, l);
	char *expected = expectation_text(e);

	if (e->ambiguous)
		failure_set(&s->why, "ambiguous: %s", expected);
	else if (other != VIEWS)
		failure_set(&s->why, "belongs to the %s view, this is the %s view",
			    view_name(other), view_name(s->view));
	else
		failure_set(&s->why, "expected %s", expected);
	free(expected);
	blame(s, l, e->at);
}

static int run_match(struct session *s, const struct match *m)
{
	enum { YES, NO } runs = YES;

	if (m->statement->batch != EDIT && s->dry)
		runs = NO;
	if (m->statement->batch == ACT && s->check)
		runs = NO;
	return runs == YES ? m->statement->run(s, m) : 0;
}

static int run_line(struct session *s, const struct line *l)
{
	struct expectation e;
	struct match m;
	int rc = -1;

	if (!l->words.n)
		return 0;
	if (!grammar_match(1u << s->view, l, &m, &e))
		rc = run_match(s, &m);
	else
		refuse_word(s, l, &e);
	expectation_free(&e);
	return rc;
}

/**
 * session_run() - run a line in the present view
 * @s: the session; @s->at says where the line is from
 * @text: the line
 *
 * Return: 0, or -1 with the reason for session_report().
 */
int session_run(struct session *s, const char *text)
{
	const char *wrong;
	struct line l;
	int rc = -1;

	failure_clear(&s->why);
	free(s->word);
	s->word = NULL;
	s->col = 0;
	wrong = line_split(&l, text, &s->col);
	if (wrong) {
		failure_set(&s->why, "expected no %s", wrong);
		s->word = xasprintf("\\x%02x", (unsigned char)l.raw[s->col - 1]);
	} else {
		rc = run_line(s, &l);
	}
	line_free(&l);
	return rc;
}

static void print_origin(FILE *f, const struct origin *at)
{
	if (!at->file)
		return;
	if (*at->file)
		fprintf(f, "%s:%u:", at->file, at->line);
	else
		fprintf(f, "command %u:", at->line);
}

/* The line, and a caret under the word. */
static void print_caret(FILE *f, const char *text, unsigned int col)
{
	unsigned int i;

	fprintf(f, "  %.*s\n  ", (int)strcspn(text, "\r\n"), text);
	for (i = 0; i + 1 < col; i++)
		fputc(text[i] == '\t' ? '\t' : ' ', f);
	fputs("^\n", f);
}

/* What the kernel said: of the statement it blames, or of them all. */
static void report_kernel(struct session *s, FILE *f)
{
	if (s->why.statement) {
		print_origin(f, &s->why.at);
		fprintf(f, "%s'%s': ", s->why.at.file ? " " : "", s->why.statement);
	} else if (s->at.file) {
		print_origin(f, &s->at);
		fputc(' ', f);
	}
	fprintf(f, "%s\n", s->why.text);
}

/**
 * session_report() - say why the last line was refused
 * @s: the session
 * @f: where to say it
 * @text: the line, or NULL if it was no line that was refused
 */
void session_report(struct session *s, FILE *f, const char *text)
{
	if (!s->why.text)
		return;
	if (!s->col || !text) {
		report_kernel(s, f);
		return;
	}
	print_origin(f, &s->at);
	fprintf(f, s->at.file ? "%u: " : "column %u: ", s->col);
	if (s->word)
		fprintf(f, "'%s': ", s->word);
	else
		fputs("end of line: ", f);
	fprintf(f, "%s\n", s->why.text);
	print_caret(f, text, s->col);
}

static const char *host_name(char *buffer, size_t size)
{
	if (gethostname(buffer, size - 1))
		snprintf(buffer, size, "netstream");
	buffer[strcspn(buffer, ".")] = '\0';
	return buffer;
}

/**
 * session_prompt() - the prompt, as on the router
 * @s: the session
 *
 * Return: such as "[*host-slot-1]", the star for a candidate that was not
 * committed; to be freed.
 */
char *session_prompt(const struct session *s)
{
	char host[65] = "", *view = NULL, *prompt;
	bool changed = session_changed((struct session *)s);

	host_name(host, sizeof(host));
	switch (s->view) {
	case VIEW_USER:
		return xasprintf("<%s>", host);
	case VIEW_SYSTEM:
	case VIEWS:
		view = xstrdup("");
		break;
	case VIEW_SLOT:
		view = xasprintf("-slot-%u", s->slot);
		break;
	case VIEW_INTERFACE:
		view = xasprintf("-interface-%s", s->name);
		break;
	case VIEW_RECORD:
		view = xasprintf("-record6-%s", s->name);
		break;
	}
	prompt = xasprintf("[%c%s%s]", changed ? '*' : '~', host, view);
	free(view);
	return prompt;
}
