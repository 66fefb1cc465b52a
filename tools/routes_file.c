// SPDX-License-Identifier: GPL-2.0
/* Routes from files; see routes_file.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "as_path.h"
#include "routes_file.h"

/* Paths between two calls of tick(). */
#define TICK	20000u

/* Bytes that tell what a file is. */
#define HEAD	12

#define MRT_TABLE_DUMP		12
#define MRT_TABLE_DUMP_V2	13
#define MRT_BGP4MP		16
#define MRT_BGP4MP_ET		17

/* ------------------------------------------------------------------- values */

/**
 * routes_address() - read an address
 * @to: the address, IPv4 as v4-mapped
 * @text: text
 *
 * Return: whether it is one.
 */
bool routes_address(struct in6_addr *to, const char *text)
{
	struct in_addr four;

	if (inet_pton(AF_INET6, text, to) == 1)
		return true;
	if (inet_pton(AF_INET, text, &four) != 1)
		return false;
	memset(to, 0, sizeof(*to));
	to->s6_addr[10] = to->s6_addr[11] = 0xff;
	memcpy(&to->s6_addr[12], &four, sizeof(four));
	return true;
}

/**
 * routes_prefix() - read an IPv6 prefix
 * @to: the prefix; bits behind its length are cleared
 * @text: ADDRESS/LENGTH
 *
 * Return: whether it is one.
 */
bool routes_prefix(struct prefix *to, const char *text)
{
	const char *slash = strchr(text, '/');
	char addr[INET6_ADDRSTRLEN];
	unsigned int i;
	char *end;

	if (!slash || (size_t)(slash - text) >= sizeof(addr) ||
	    slash[1] < '0' || slash[1] > '9' || strlen(slash + 1) > 3)
		return false;
	memcpy(addr, text, slash - text);
	addr[slash - text] = 0;
	if (inet_pton(AF_INET6, addr, &to->addr) != 1)
		return false;
	i = strtoul(slash + 1, &end, 10);
	if (*end || i > 128)
		return false;
	to->length = i;
	for (i = 0; i < 16; i++) {
		unsigned int keep = to->length > 8 * i ? to->length - 8 * i : 0;

		if (keep < 8)
			to->addr.s6_addr[i] &= 0xff << (8 - keep);
	}
	return true;
}

static bool read_as(uint32_t *to, const char *text)
{
	unsigned long long n;
	char *end;

	if (*text < '0' || *text > '9' || strlen(text) > 10)
		return false;
	n = strtoull(text, &end, 10);
	*to = n;
	return !*end && n <= UINT32_MAX;
}

/* Which type of segment a character begins; 0: none. */
static enum as_segment_type segment_begins(char c)
{
	switch (c) {
	case '{':
		return AS_SET;
	case '(':
		return AS_CONFED_SEQUENCE;
	case '[':
		return AS_CONFED_SET;
	default:
		return 0;
	}
}

/*
 * An AS path as bgpdump and FRR print it: "1 2 {3,4}", with confederations in () and [].
 * Return: whether it could be read.
 */
static bool read_as_path(struct as_path *p, const char *text)
{
	bool in_sequence = false;
	unsigned long long n;
	char *end;

	as_path_clear(p);
	for (; *text; text++) {
		if (segment_begins(*text)) {
			as_path_begin(p, segment_begins(*text));
			in_sequence = true;
		} else if (strchr("})]", *text)) {
			in_sequence = false;
		} else if (*text >= '0' && *text <= '9') {
			if (!in_sequence)
				as_path_begin(p, AS_SEQUENCE);
			in_sequence = true;
			n = strtoull(text, &end, 10);
			if (n > UINT32_MAX)
				return false;
			as_path_add(p, n);
			text = end - 1;
		} else if (*text != ' ' && *text != ',') {
			return false;
		}
	}
	return true;
}

static uint8_t read_origin(const char *text)
{
	if (!strcmp(text, "IGP"))
		return PATH_IGP;
	return strcmp(text, "EGP") ? PATH_INCOMPLETE : PATH_EGP;
}

/* What an AS path says goes into a path.  Return: whether it could be read. */
static bool set_as_path(struct path *path, struct as_path *p, const char *text)
{
	if (!read_as_path(p, text))
		return false;
	path->route.origin_as = as_path_origin(p);
	path->route.peer_as = as_path_peer(p);
	path->length = as_path_length(p);
	return true;
}

static void keep_path(struct routes_file *f, const struct path *path)
{
	if (f->peer && memcmp(f->peer, &path->peer, sizeof(*f->peer))) {
		f->skipped[SKIP_PEER]++;
		return;
	}
	*vec_push(&f->paths) = *path;
	if (f->tick && f->paths.n % TICK == 0)
		f->tick(f->paths.n);
}

/* --------------------------------------------------------------- plain text */

#define TEXT_FORM "expected PREFIX ORIGIN-AS PEER-AS NEXT-HOP"

static int text_line(struct routes_file *f, char *line, unsigned long number,
		     struct failure *why)
{
	struct path path = { .chosen = true };
	char *word[5] = { 0 }, *save;
	size_t i;

	line[strcspn(line, "#\r\n")] = 0;
	for (i = 0; i < 5; i++) {
		word[i] = strtok_r(i ? NULL : line, " \t", &save);
		if (!word[i])
			break;
	}
	if (!i)
		return 0;
	if (i == 4 && !strchr(word[0], ':') && strchr(word[0], '/')) {
		f->skipped[SKIP_FAMILY]++;
		return 0;
	}
	if (i == 4 && routes_prefix(&path.prefix, word[0]) &&
	    read_as(&path.route.origin_as, word[1]) && read_as(&path.route.peer_as, word[2]) &&
	    routes_address(&path.route.next_hop, word[3])) {
		/* the last line of a prefix counts */
		*vec_push(&f->paths) = path;
		if (f->tick && f->paths.n % TICK == 0)
			f->tick(f->paths.n);
		return 0;
	}
	failure_set(why, "line %lu: %s%s", number, TEXT_FORM,
		    number == 1 ? "; nor is the file MRT or JSON" : "");
	return -1;
}

static int read_text(struct routes_file *f, FILE *in, struct failure *why)
{
	unsigned long number = 0;
	char *line = NULL;
	size_t size = 0;
	int rc = 0;

	while (!rc && getline(&line, &size, in) >= 0)
		rc = text_line(f, line, ++number, why);
	free(line);
	return rc;
}

/* ---------------------------------------------------------------------- MRT */

#define MRT_WORDS 16

/**
 * struct mrt_line - a line of bgpdump -m
 * @word: its fields
 * @n: number of them
 * @shift: 1 if there is a path identifier behind the prefix
 */
struct mrt_line {
	char		*word[MRT_WORDS];
	size_t		n;
	size_t		shift;
};

static void mrt_split(struct mrt_line *l, char *text)
{
	char *end;

	text[strcspn(text, "\r\n")] = 0;
	for (l->n = 0; l->n < MRT_WORDS; text = end + 1) {
		l->word[l->n++] = text;
		end = strchr(text, '|');
		if (!end)
			break;
		*end = 0;
	}
	l->shift = strlen(l->word[0]) > 3 && !strcmp(l->word[0] + strlen(l->word[0]) - 3, "_AP");
}

/* Return: whether the line is a path, announced or withdrawn, that could be read. */
static bool mrt_path(struct path *path, const struct mrt_line *l, struct as_path *p)
{
	char *const *more = &l->word[6 + l->shift];

	if (!routes_address(&path->peer, l->word[3]) ||
	    !routes_prefix(&path->prefix, l->word[5]))
		return false;
	if (l->shift && l->n > 6 && !read_as(&path->id, l->word[6]))
		return false;
	path->withdrawn = !strcmp(l->word[2], "W");
	if (path->withdrawn)
		return true;
	if (l->n < 9 + l->shift || !set_as_path(path, p, more[0]))
		return false;
	path->origin = read_origin(more[1]);
	/* what bgpdump prints for a path without one */
	if (!strcmp(more[2], "255.255.255.255"))
		return true;
	return routes_address(&path->route.next_hop, more[2]);
}

static void mrt_take(struct routes_file *f, char *text, struct as_path *p)
{
	struct path path = { 0 };
	struct mrt_line l;

	mrt_split(&l, text);
	if (l.n < 6 || !strcmp(l.word[2], "STATE"))
		return;
	if (!strchr(l.word[5], ':'))
		f->skipped[SKIP_FAMILY]++;
	else if (mrt_path(&path, &l, p))
		keep_path(f, &path);
	else
		f->skipped[SKIP_MALFORMED]++;
}

/* bgpdump reads the file as its standard input. */
static pid_t start_bgpdump(int in, int *out, struct failure *why)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC)) {
		failure_set(why, "pipe: %s", strerror(errno));
		return -1;
	}
	pid = fork();
	if (!pid) {
		dup2(in, STDIN_FILENO);
		dup2(ends[1], STDOUT_FILENO);
		execlp("bgpdump", "bgpdump", "-q", "-m", "-", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	*out = ends[0];
	if (pid > 0)
		return pid;
	failure_set(why, "fork: %s", strerror(errno));
	close(ends[0]);
	return -1;
}

static int end_bgpdump(pid_t pid, bool any, struct failure *why)
{
	int status;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
		failure_set(why, "MRT files are read by bgpdump: install the package bgpdump");
		return -1;
	}
	if (WIFEXITED(status) && !WEXITSTATUS(status) && any)
		return 0;
	failure_set(why, any ? "bgpdump could not read the file to its end" :
			       "bgpdump cannot read this kind of MRT file");
	return -1;
}

static int read_mrt(struct routes_file *f, int fd, struct failure *why)
{
	struct as_path p = { 0 };
	char *line = NULL;
	bool any = false;
	size_t size = 0;
	FILE *in;
	pid_t pid;
	int out;

	pid = start_bgpdump(fd, &out, why);
	if (pid < 0)
		return -1;
	in = fdopen(out, "r");
	while (in && getline(&line, &size, in) >= 0) {
		any |= strchr(line, '|') != NULL;
		mrt_take(f, line, &p);
	}
	if (in)
		fclose(in);
	free(line);
	as_path_free(&p);
	return end_bgpdump(pid, any, why);
}

/* ---------------------------------------------------------------------- FRR */

static const char *json_text(json_object *o, const char *key)
{
	json_object *value;

	if (!json_object_object_get_ex(o, key, &value) || !value)
		return "";
	return json_object_get_string(value);
}

static bool json_flag(json_object *o, const char *key)
{
	json_object *value, *overall;

	if (!json_object_object_get_ex(o, key, &value))
		return false;
	/* the detailed form has an object: bestpath: { overall: true } */
	if (json_object_object_get_ex(value, "overall", &overall))
		value = overall;
	return json_object_get_boolean(value);
}

/* The global next hop where a link-local one comes along. */
static void frr_next_hop(struct path *path, json_object *o)
{
	json_object *list, *hop;
	struct in6_addr addr;
	size_t i;

	if (!json_object_object_get_ex(o, "nexthops", &list) ||
	    !json_object_is_type(list, json_type_array))
		return;
	for (i = 0; i < json_object_array_length(list); i++) {
		hop = json_object_array_get_idx(list, i);
		if (!routes_address(&addr, json_text(hop, "ip")))
			continue;
		if (!IN6_IS_ADDR_LINKLOCAL(&addr) ||
		    IN6_IS_ADDR_UNSPECIFIED(&path->route.next_hop))
			path->route.next_hop = addr;
		if (!IN6_IS_ADDR_LINKLOCAL(&addr))
			return;
	}
}

static void frr_path(struct routes_file *f, const char *prefix, json_object *o,
		     struct as_path *p)
{
	struct path path = { .id = f->paths.n };
	json_object *as;

	if (!strchr(prefix, ':')) {
		f->skipped[SKIP_FAMILY]++;
		return;
	}
	if (!json_flag(o, "valid")) {
		f->skipped[SKIP_INVALID]++;
		return;
	}
	/* "aspath" is the name in the detailed form */
	if (!routes_prefix(&path.prefix, prefix) ||
	    !set_as_path(&path, p, json_object_object_get_ex(o, "aspath", &as) ?
				   json_text(as, "string") : json_text(o, "path"))) {
		f->skipped[SKIP_MALFORMED]++;
		return;
	}
	routes_address(&path.peer, json_text(o, "peerId"));
	path.origin = read_origin(json_text(o, "origin"));
	path.chosen = json_flag(o, "bestpath");
	frr_next_hop(&path, o);
	keep_path(f, &path);
}

static int frr_routes(struct routes_file *f, json_object *all, struct failure *why)
{
	struct as_path p = { 0 };
	json_object *routes;
	size_t i;

	if (!json_object_object_get_ex(all, "routes", &routes) ||
	    !json_object_is_type(routes, json_type_object)) {
		failure_set(why, "this is JSON, but not of \"show bgp ipv6 unicast json\": it has no routes");
		return -1;
	}
	json_object_object_foreach(routes, prefix, list) {
		if (!json_object_is_type(list, json_type_array)) {
			f->skipped[SKIP_MALFORMED]++;
			continue;
		}
		for (i = 0; i < json_object_array_length(list); i++)
			frr_path(f, prefix, json_object_array_get_idx(list, i), &p);
	}
	as_path_free(&p);
	return 0;
}

/* Where a syntax error of JSON is: the line of a byte. */
static unsigned long line_of(const char *text, size_t at)
{
	unsigned long line = 1;

	while (at--)
		line += *text++ == '\n';
	return line;
}

static int read_frr(struct routes_file *f, int fd, struct failure *why)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = size > 0 ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	struct json_tokener *t;
	json_object *all;
	int rc = -1;

	if (text == MAP_FAILED || size > INT32_MAX) {
		failure_set(why, "too large to read as JSON");
		return -1;
	}
	t = json_tokener_new();
	all = json_tokener_parse_ex(t, text, size);
	if (json_tokener_get_error(t) == json_tokener_success)
		rc = frr_routes(f, all, why);
	else
		failure_set(why, "line %lu: not JSON: %s",
			    line_of(text, json_tokener_get_parse_end(t)),
			    json_tokener_get_error(t) == json_tokener_continue ?
			    "it ends too early" :
			    json_tokener_error_desc(json_tokener_get_error(t)));
	json_object_put(all);
	json_tokener_free(t);
	munmap(text, size);
	return rc;
}

/* -------------------------------------------------------------------- files */

static const char *unpacker(const unsigned char *head, size_t n)
{
	if (n >= 2 && !memcmp(head, "\x1f\x8b", 2))
		return "gzip";
	if (n >= 3 && !memcmp(head, "BZh", 3))
		return "bzip2";
	if (n >= 6 && !memcmp(head, "\xfd" "7zXZ", 6))
		return "xz";
	return NULL;
}

static bool copy_all(int from, int to)
{
	char buffer[1 << 16];
	ssize_t n;

	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, n) != n)
			return false;
	return !n;
}

/* The content of a file, as a file in memory that can be read more than once. */
static int into_memory(int from, struct failure *why)
{
	int to = memfd_create("routes", MFD_CLOEXEC);

	if (to < 0 || !copy_all(from, to)) {
		failure_set(why, "%s", strerror(errno));
		if (to >= 0)
			close(to);
		return -1;
	}
	lseek(to, 0, SEEK_SET);
	return to;
}

/* Return: a file in memory with what @program makes of @from. */
static int unpack(const char *program, int from, struct failure *why)
{
	int to = memfd_create("routes", MFD_CLOEXEC), status = -1;
	pid_t pid = to < 0 ? -1 : fork();

	if (!pid) {
		dup2(from, STDIN_FILENO);
		dup2(to, STDOUT_FILENO);
		execlp(program, program, "-dc", (char *)NULL);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	if (pid > 0 && !status) {
		lseek(to, 0, SEEK_SET);
		return to;
	}
	failure_set(why, "%s cannot unpack it", program);
	if (to >= 0)
		close(to);
	return -1;
}

static bool is_mrt(const unsigned char *head, size_t n)
{
	unsigned int type = head[4] << 8 | head[5];

	return n == HEAD && (type == MRT_TABLE_DUMP || type == MRT_TABLE_DUMP_V2 ||
			     type == MRT_BGP4MP || type == MRT_BGP4MP_ET);
}

static int read_content(struct routes_file *f, int fd, struct failure *why)
{
	unsigned char head[HEAD] = { 0 };
	ssize_t n = pread(fd, head, sizeof(head), 0);
	const char *program = unpacker(head, n);
	FILE *in;
	int rc;

	if (n <= 0) {
		failure_set(why, "the file is empty");
		return -1;
	}
	if (program) {
		fd = unpack(program, fd, why);
		rc = fd < 0 ? -1 : read_content(f, fd, why);
		if (fd >= 0)
			close(fd);
		return rc;
	}
	if (is_mrt(head, n))
		return read_mrt(f, fd, why);
	if (head[strspn((char *)head, " \t\r\n")] == '{')
		return read_frr(f, fd, why);
	in = fdopen(dup(fd), "r");
	rc = read_text(f, in, why);
	fclose(in);
	return rc;
}

/**
 * routes_file_read() - read the paths of a file
 * @f: the result; its peer and tick are set
 * @name: name of the file; "-" for standard input
 * @why: filled in on failure
 *
 * Return: 0, or -1 if the file is not what it should be.
 */
int routes_file_read(struct routes_file *f, const char *name, struct failure *why)
{
	bool standard = !strcmp(name, "-");
	int fd = standard ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC), content, rc = -1;
	char *text;

	if (fd < 0) {
		failure_set(why, "%s: %s", name, strerror(errno));
		return -1;
	}
	content = lseek(fd, 0, SEEK_SET) ? into_memory(fd, why) : fd;
	if (content >= 0)
		rc = read_content(f, content, why);
	if (rc) {
		text = xstrdup(why->text);
		failure_set(why, "%s: %s", standard ? "standard input" : name, text);
		free(text);
	}
	if (content >= 0 && content != fd)
		close(content);
	if (!standard)
		close(fd);
	return rc;
}

void routes_file_free(struct routes_file *f)
{
	vec_free(&f->paths);
}
