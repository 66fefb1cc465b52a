// SPDX-License-Identifier: GPL-2.0
/*
 * Checks that replies are well-formed: lengths, nests, strings, and only attributes
 * of the specification.
 */
#include <stdio.h>
#include <string.h>

#include "nl.h"

static char why[256];

#define wrong(...) (snprintf(why, sizeof(why), __VA_ARGS__), why)

const struct spec *spec_find(int set, unsigned int id)
{
	/* they are numbered from 1 without a gap */
	if (!id || id > spec_sets[set].n)
		return NULL;
	return &spec_sets[set].attr[id - 1];
}

static const char *check_value(const struct spec *s, const uint8_t *data,
			       unsigned int len, bool echo)
{
	static const unsigned int size[] = {
		[T_U8] = 1, [T_U16] = 2, [T_U32] = 4, [T_U64] = 8,
	};

	switch (s->type) {
	case T_NEST:
		return check_attrs(s->nested, data, len, echo);
	case T_STRING:
		/*
		 * the kernel stores bytes after the end of a string, and returns
		 * them
		 */
		if (!len || !memchr(data, 0, len) || (!echo && data[len - 1]))
			return wrong("%s: a string without an end", s->name);
		return NULL;
	case T_BINARY:
		if (s->exact && len != s->exact)
			return wrong("%s: %u bytes instead of %u", s->name, len, s->exact);
		return NULL;
	default:
		if (len != size[s->type])
			return wrong("%s: %u bytes instead of %u", s->name, len, size[s->type]);
		return NULL;
	}
}

/**
 * check_attrs - walk a row of attributes
 * @set: of the specification
 * @at: first attribute
 * @len: bytes of all
 * @echo: they are echoed from a request, which may have repetitions
 *
 * Return: what is wrong, or %NULL.
 */
const char *check_attrs(int set, const uint8_t *at, size_t len, bool echo)
{
	bool seen[UINT8_MAX + 1] = {};

	while (len) {
		const struct nlattr *a = (const void *)at;
		const struct spec *s;
		const char *error;
		size_t whole;

		if (len < sizeof(*a) || a->nla_len < sizeof(*a) || a->nla_len > len)
			return wrong("%s: an attribute's length is %d of %zu",
				     spec_sets[set].name, len < 2 ? -1 : a->nla_len, len);
		s = spec_find(set, a->nla_type & NLA_TYPE_MASK);
		if (!s)
			return wrong("%s: unknown attribute %u", spec_sets[set].name,
				     a->nla_type);
		if (seen[s->id] && !s->multi && s->type != T_PAD && !echo)
			return wrong("%s appears twice", s->name);
		seen[s->id] = true;
		error = check_value(s, at + NLA_HDRLEN, a->nla_len - NLA_HDRLEN, echo);
		if (error)
			return error;
		whole = NLA_ALIGN(a->nla_len);
		/* the last attribute of a request that was accepted may lack its padding */
		if (whole > len && echo)
			whole = len;
		if (whole > len)
			return wrong("%s: no padding behind it", s->name);
		at += whole;
		len -= whole;
	}
	return NULL;
}

/**
 * check_message - look at a reply of the family
 * @h: the message, as long as it says
 * @family: number of the family
 *
 * Return: what is wrong, or %NULL.
 */
const char *check_message(const struct nlmsghdr *h, int family)
{
	const struct genlmsghdr *g = NLMSG_DATA(h);
	size_t len = h->nlmsg_len - NLMSG_HDRLEN;

	if (h->nlmsg_type != family)
		return wrong("a message of type %u", h->nlmsg_type);
	if (len < GENL_HDRLEN)
		return wrong("a message of %zu bytes", len);
	return check_attrs(SET_NETSTREAM, (const uint8_t *)g + GENL_HDRLEN, len - GENL_HDRLEN,
			   g->cmd == NETSTREAM_CMD_CONFIG_GET);
}

/* What says why, from @at on: a text, and where in the request. */
static const char *check_reason(const struct nlmsghdr *h, size_t at, size_t sent,
				const char **said)
{
	/* the request is quoted by its header only: NETLINK_CAP_ACK */
	while (h->nlmsg_flags & NLM_F_ACK_TLVS && at < h->nlmsg_len) {
		const struct nlattr *a = (const void *)((const uint8_t *)h + at);
		const uint8_t *data = (const uint8_t *)a + NLA_HDRLEN;

		if (h->nlmsg_len - at < NLA_HDRLEN || a->nla_len < NLA_HDRLEN ||
		    a->nla_len > h->nlmsg_len - at)
			return wrong("an acknowledgement's attribute of %u bytes", a->nla_len);
		if (a->nla_type == NLMSGERR_ATTR_MSG) {
			if (a->nla_len == NLA_HDRLEN ||
			    data[a->nla_len - NLA_HDRLEN - 1])
				return wrong("a text without an end");
			*said = (const char *)data;
		}
		if (a->nla_type == NLMSGERR_ATTR_OFFS &&
		    (a->nla_len != NLA_HDRLEN + 4 || *(const uint32_t *)data >= sent))
			return wrong("an offset behind the request");
		at += NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

/**
 * check_error - look at an acknowledgement
 * @h: the message
 * @sent: bytes of the request
 * @said: where to leave its text, or %NULL
 *
 * Return: what is wrong, or %NULL.
 */
const char *check_error(const struct nlmsghdr *h, size_t sent, const char **said)
{
	size_t at = NLMSG_HDRLEN + sizeof(struct nlmsgerr);

	*said = NULL;
	if (h->nlmsg_len < at)
		return wrong("an acknowledgement of %u bytes", h->nlmsg_len);
	return check_reason(h, at, sent, said);
}

/**
 * check_done - look at the end of a dump, which may be a refusal
 * @h: the message
 * @sent: bytes of the request
 * @said: where to leave its text, or %NULL
 *
 * Return: what is wrong, or %NULL.
 */
const char *check_done(const struct nlmsghdr *h, size_t sent, const char **said)
{
	size_t at = NLMSG_HDRLEN + sizeof(int);

	*said = NULL;
	if (h->nlmsg_len < at)
		return wrong("the end of a dump of %u bytes", h->nlmsg_len);
	return check_reason(h, at, sent, said);
}
