// SPDX-License-Identifier: GPL-2.0
/* Matching words against the syntax of statements; see grammar.h. */
#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arg.h"
#include "grammar.h"

#define OPTIONS_MAX	64	/* of a program: bits of struct thread.used */

/*
 * A syntax is compiled into a small graph.  Words and arguments consume a word
 * of the line; the other nodes do not.
 */
enum node_type {
	NODE_WORD,
	NODE_ARG,
	NODE_SPLIT,	/* go on with any of the outs */
	NODE_LOOP,	/* the last out leaves; each other one can be taken once */
	NODE_END,
};

struct node {
	enum node_type		type;
	char			*word;
	char			*alias;
	const struct keyword	*keyword;	/* of @word, or NULL */
	const struct arg_type	*arg;
	VEC(unsigned int)	out;
	unsigned int		option;		/* its number, where one begins */
};

struct program {
	const struct grammar	*grammar;	/* while it is being compiled */
	struct syntax		syntax;
	VEC(struct node)	node;
	unsigned int		options;
	unsigned int		start;
};

struct grammar {
	const struct keyword	*keywords;
	size_t			keywords_count;
	VEC(struct program)	programs;
};

/* A way through a program: @node is next, @used are options already taken. */
struct thread {
	const struct program	*program;
	unsigned int		node;
	uint64_t		used;
	unsigned int		path[LINE_WORDS_MAX];
};

typedef VEC(struct thread) threads;

/* Part of a graph: it is entered at @start, and continues after @end. */
struct fragment {
	unsigned int start, end;
};

static unsigned int new_node(struct program *p, enum node_type type)
{
	vec_push(&p->node)->type = type;
	return p->node.n - 1;
}

static void link_nodes(struct program *p, unsigned int from, unsigned int to)
{
	*vec_push(&p->node.v[from].out) = to;
}

static const struct arg_type *find_arg(const struct program *p, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < p->syntax.owns; i++)
		if (!strncmp(p->syntax.own[i].name, name, len) && !p->syntax.own[i].name[len])
			return &p->syntax.own[i];
	return arg_type(name, len);
}

static const struct keyword *find_keyword(const struct grammar *g, const char *word)
{
	size_t i;

	for (i = 0; i < g->keywords_count; i++)
		if (!strcmp(g->keywords[i].word, word))
			return &g->keywords[i];
	return NULL;
}

static struct fragment compile_sequence(struct program *p, const char **s);

static struct fragment compile_atom(struct program *p, const char **s)
{
	bool literal = **s == '\\';
	size_t len = literal ? 1 : strcspn(*s, " {}[]|");
	struct fragment f;
	struct node *n;
	char *slash;

	*s += literal;
	f.start = f.end = new_node(p, **s == '<' ? NODE_ARG : NODE_WORD);
	n = &p->node.v[f.start];
	if (n->type == NODE_ARG) {
		n->arg = find_arg(p, *s + 1, len - 2);
		assert(n->arg);
	} else {
		n->word = xasprintf("%.*s", (int)len, *s);
		slash = strchr(n->word, '/');
		if (slash) {
			*slash = '\0';
			n->alias = slash + 1;
		}
		n->keyword = find_keyword(p->grammar, n->word);
	}
	*s += len;
	return f;
}

/* At "{" or "[" and before each "|": an alternative, until the bracket is closed. */
static struct fragment compile_choice(struct program *p, const char **s)
{
	struct fragment f, alternative;

	f.start = new_node(p, NODE_SPLIT);
	f.end = new_node(p, NODE_SPLIT);
	do {
		(*s)++;
		alternative = compile_sequence(p, s);
		link_nodes(p, f.start, alternative.start);
		link_nodes(p, alternative.end, f.end);
	} while (**s == '|');
	assert(**s == '}' || **s == ']');
	(*s)++;
	return f;
}

/* At "[": all options that stand next to each other. */
static struct fragment compile_options(struct program *p, const char **s)
{
	struct fragment f, option;

	f.start = new_node(p, NODE_LOOP);
	f.end = new_node(p, NODE_SPLIT);
	while (**s == '[') {
		option = compile_choice(p, s);
		assert(p->options < OPTIONS_MAX);
		p->node.v[option.start].option = p->options++;
		link_nodes(p, f.start, option.start);
		link_nodes(p, option.end, f.start);
		while (**s == ' ')
			(*s)++;
	}
	link_nodes(p, f.start, f.end);
	return f;
}

static struct fragment compile_element(struct program *p, const char **s)
{
	switch (**s) {
	case '{':
		return compile_choice(p, s);
	case '[':
		return compile_options(p, s);
	}
	return compile_atom(p, s);
}

/* Up to the end, or to "|", "}" or "]". */
static struct fragment compile_sequence(struct program *p, const char **s)
{
	struct fragment f, next;

	f.start = f.end = new_node(p, NODE_SPLIT);
	for (;;) {
		while (**s == ' ')
			(*s)++;
		if (!**s || strchr("|}]", **s))
			return f;
		next = compile_element(p, s);
		link_nodes(p, f.end, next.start);
		f.end = next.end;
	}
}

/**
 * grammar_new() - an empty grammar
 * @keywords: help on keywords; must outlive the grammar
 * @count: number of @keywords
 */
struct grammar *grammar_new(const struct keyword *keywords, size_t count)
{
	struct grammar *g = xcalloc(1, sizeof(*g));

	g->keywords = keywords;
	g->keywords_count = count;
	return g;
}

/**
 * grammar_add() - add a syntax
 * @g: the grammar
 * @sx: the syntax; what it points to, except its text, must outlive the grammar
 *
 * Syntaxes are listed, in help and in errors, in the order in which they were added.
 */
void grammar_add(struct grammar *g, const struct syntax *sx)
{
	char *text = xasprintf("%s%s", sx->undo ? "undo/no " : "", sx->text);
	struct program *p = vec_push(&g->programs);
	const char *s = text;
	struct fragment f;

	p->grammar = g;
	p->syntax = *sx;
	p->syntax.text = NULL;
	f = compile_sequence(p, &s);
	assert(!*s);
	p->start = f.start;
	link_nodes(p, f.end, new_node(p, NODE_END));
	free(text);
}

void grammar_free(struct grammar *g)
{
	size_t i, j;

	for (i = 0; i < g->programs.n; i++) {
		struct program *p = &g->programs.v[i];

		for (j = 0; j < p->node.n; j++) {
			free(p->node.v[j].word);
			vec_free(&p->node.v[j].out);
		}
		vec_free(&p->node);
	}
	vec_free(&g->programs);
	free(g);
}

static const struct node *thread_node(const struct thread *t)
{
	return &t->program->node.v[t->node];
}

/* Advance @t to every node from there that consumes a word, or to the end. */
static void spawn(threads *list, struct thread t)
{
	const struct node *n = thread_node(&t);
	size_t i;

	if (n->type != NODE_SPLIT && n->type != NODE_LOOP) {
		*vec_push(list) = t;
		return;
	}
	for (i = 0; i < n->out.n; i++) {
		struct thread branch = t;

		branch.node = n->out.v[i];
		if (n->type == NODE_LOOP && i + 1 < n->out.n) {
			uint64_t option = 1ull << thread_node(&branch)->option;

			if (t.used & option)
				continue;
			branch.used |= option;
		}
		spawn(list, branch);
	}
}

static void spawn_all(const struct grammar *g, threads *list, unsigned int views)
{
	size_t i;

	for (i = 0; i < g->programs.n; i++) {
		struct thread t = { .program = &g->programs.v[i],
				    .node = g->programs.v[i].start };

		if (g->programs.v[i].syntax.views & views)
			spawn(list, t);
	}
}

/* How well a word fits where a thread stands; the best fit wins. */
enum fit {
	FIT_NOT,
	FIT_PREFIX,
	FIT_ARG,
	FIT_EXACT,
};

/* A number is not an abbreviation of a longer one. */
static enum fit keyword_fit(const char *keyword, const char *word, unsigned int least)
{
	size_t len = strlen(word);

	if (!keyword || strncasecmp(keyword, word, len))
		return FIT_NOT;
	if (!keyword[len])
		return FIT_EXACT;
	return isdigit((unsigned char)*word) || len < least ? FIT_NOT : FIT_PREFIX;
}

static enum fit node_fit(const struct node *n, const char *word)
{
	enum fit a, b;

	switch (n->type) {
	case NODE_WORD:
		a = keyword_fit(n->word, word, n->keyword ? n->keyword->least : 0);
		b = keyword_fit(n->alias, word, 0);
		return a > b ? a : b;
	case NODE_ARG:
		return arg_fits(n->arg, word) ? FIT_ARG : FIT_NOT;
	default:
		return FIT_NOT;
	}
}

static bool already_expected(const struct expectation *e, const struct expected *x)
{
	size_t i;

	for (i = 0; i < e->list.n; i++) {
		const struct expected *y = &e->list.v[i];

		if (x->arg == y->arg && !x->word == !y->word &&
		    (!x->word || !strcmp(x->word, y->word)))
			return true;
	}
	return false;
}

static void expect(struct expectation *e, const struct thread *t)
{
	const char *help = t->program->syntax.help;
	const struct node *n = thread_node(t);
	struct expected x = { .word = n->word, .alias = n->alias, .arg = n->arg };

	if (n->arg)
		help = n->arg->what;
	else if (n->keyword)
		help = n->keyword->help;
	x.help = help;
	if (!already_expected(e, &x))
		*vec_push(&e->list) = x;
}

/* In the order of the table; the end of the line comes last. */
static void expect_all(struct expectation *e, const threads *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (thread_node(&list->v[i])->type != NODE_END)
			expect(e, &list->v[i]);
	for (i = 0; i < list->n; i++)
		if (thread_node(&list->v[i])->type == NODE_END)
			expect(e, &list->v[i]);
}

static enum fit best_fit(const threads *list, const char *word)
{
	enum fit best = FIT_NOT, fit;
	size_t i;

	for (i = 0; i < list->n; i++) {
		fit = node_fit(thread_node(&list->v[i]), word);
		if (fit > best)
			best = fit;
	}
	return best;
}

/*
 * Take word number @at: threads that it fits best go on, the others end.
 * Return: 0, or -1 with @e filled in and @list as it was.
 */
static int take_word(threads *list, const char *word, size_t at, struct expectation *e)
{
	enum fit best = best_fit(list, word);
	threads next = { 0 };
	size_t i;

	for (i = 0; i < list->n; i++) {
		struct thread t = list->v[i];
		const struct node *n = thread_node(&t);

		if (best == FIT_NOT || node_fit(n, word) != best)
			continue;
		if (best == FIT_PREFIX)
			expect(e, &t);
		t.path[at] = t.node;
		t.node = n->out.v[0];
		spawn(&next, t);
	}
	e->at = at;
	e->ambiguous = e->list.n > 1;
	if (best == FIT_NOT)
		expect_all(e, list);
	if (best == FIT_NOT || e->ambiguous) {
		vec_free(&next);
		return -1;
	}
	vec_free(&e->list);
	free(list->v);
	memcpy(list, &next, sizeof(next));
	return 0;
}

/* A text takes the rest of the line, whatever the words are. */
static bool takes_rest(const threads *list, size_t at)
{
	const struct thread *t = list->v;

	return t->program->node.v[t->path[at]].arg &&
	       t->program->node.v[t->path[at]].arg->kind == ARG_TEXT;
}

static int take_words(threads *list, const struct line *l, size_t count, struct expectation *e)
{
	size_t i;

	for (i = 0; i < count && i < LINE_WORDS_MAX; i++) {
		if (take_word(list, l->words.v[i].text, i, e))
			return -1;
		if (takes_rest(list, i))
			break;
	}
	e->at = count;
	return 0;
}

static void fill_match(struct match *m, const struct thread *t, const struct line *l)
{
	size_t i;

	memset(m, 0, sizeof(*m));
	m->what = t->program->syntax.what;
	m->undo = t->program->syntax.undo;
	m->line = l;
	for (i = 0; i < l->words.n && i < LINE_WORDS_MAX; i++) {
		const struct node *n = &t->program->node.v[t->path[i]];

		m->names[i] = n->arg ? n->arg->name : n->word;
		if (n->arg && n->arg->kind == ARG_TEXT)
			break;
	}
}

/**
 * grammar_match() - find the syntax that a line fits
 * @g: the grammar
 * @views: views whose syntaxes count, a mask
 * @l: the line, of at least one word
 * @m: filled in if the line fits one
 * @e: filled in if it fits none; to be freed with expectation_free()
 *
 * Return: 0, or -1 if the line fits no syntax.
 */
int grammar_match(const struct grammar *g, unsigned int views, const struct line *l,
		  struct match *m, struct expectation *e)
{
	threads list = { 0 };
	int rc = -1;
	size_t i;

	memset(e, 0, sizeof(*e));
	spawn_all(g, &list, views);
	if (take_words(&list, l, l->words.n, e))
		goto out;
	for (i = 0; i < list.n && rc; i++) {
		if (thread_node(&list.v[i])->type != NODE_END)
			continue;
		fill_match(m, &list.v[i], l);
		rc = 0;
	}
	if (rc)
		expect_all(e, &list);
out:
	vec_free(&list);
	return rc;
}

/**
 * grammar_follow() - what can follow the beginning of a line
 * @g: the grammar
 * @views: views whose syntaxes count, a mask
 * @l: the line
 * @count: number of its words to look at
 * @e: filled in: empty if those words are wrong already; to be freed with
 *	expectation_free()
 */
void grammar_follow(const struct grammar *g, unsigned int views, const struct line *l,
		    size_t count, struct expectation *e)
{
	threads list = { 0 };

	memset(e, 0, sizeof(*e));
	spawn_all(g, &list, views);
	if (take_words(&list, l, count, e))
		expectation_free(e);
	else
		expect_all(e, &list);
	vec_free(&list);
}

static const char *expected_text(const struct expected *x)
{
	if (x->word)
		return x->word;
	return x->arg ? x->arg->what : "end of line";
}

/**
 * expectation_text() - what was expected, in words
 * @e: the expectation
 *
 * Return: such as "9 or ipfix"; to be freed.
 */
char *expectation_text(const struct expectation *e)
{
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	for (i = 0; i < e->list.n; i++) {
		if (i)
			fputs(i + 1 < e->list.n ? ", " : " or ", f);
		fputs(expected_text(&e->list.v[i]), f);
	}
	fclose(f);
	return text;
}

void expectation_free(struct expectation *e)
{
	vec_free(&e->list);
}

/**
 * match_index() - which word of the line is a keyword or an argument
 * @m: the match
 * @name: the keyword, or the name of the argument
 *
 * Return: its index, or -1 if it is not there.
 */
int match_index(const struct match *m, const char *name)
{
	int i;

	for (i = 0; i < LINE_WORDS_MAX && m->names[i]; i++)
		if (!strcmp(m->names[i], name))
			return i;
	return -1;
}

/* An argument as it was written, or NULL. */
const char *match_arg(const struct match *m, const char *name)
{
	int i = match_index(m, name);

	return i < 0 ? NULL : m->line->words.v[i].text;
}

/* A number that was found to fit; 0 if it is not there. */
unsigned int match_number(const struct match *m, const char *name)
{
	const char *arg = match_arg(m, name);

	return arg ? strtoul(arg, NULL, 10) : 0;
}

bool match_word(const struct match *m, const char *word)
{
	return match_index(m, word) >= 0;
}

/* The line from an argument on, without blanks at its end; to be freed. */
char *match_rest(const struct match *m, const char *name)
{
	const struct word *w = &m->line->words.v[match_index(m, name)];

	return xasprintf("%.*s", (int)(m->line->end - w->start), m->line->raw + w->start);
}
