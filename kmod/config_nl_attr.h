/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Helpers of the parsers of a configuration.
 */
#ifndef _NST_CONFIG_NL_ATTR_H
#define _NST_CONFIG_NL_ATTR_H

#include <linux/ctype.h>
#include <linux/string.h>
#include <net/netlink.h>

/* The policy of a string of up to @_max characters. */
#define NST_CONFIG_NL_STRING(_max) { .type = NLA_NUL_STRING, .len = (_max) }

/* Refuse @_attr: @_text names the statement and says what is wrong with it. */
#define nst_refuse(_extack, _attr, _text) ({	\
	NL_SET_ERR_MSG_ATTR(_extack, _attr, _text);		\
	-EINVAL;						\
})

/* Is @name not empty, and printable without spaces? */
static inline bool nst_config_nl_attr_name_ok(const char *name)
{
	if (!*name)
		return false;
	for (; *name; name++)
		if (!isgraph(*name))
			return false;
	return true;
}

/* Would the kernel accept @name as the name of an interface? */
static inline bool nst_config_nl_attr_ifname_ok(const char *name)
{
	return nst_config_nl_attr_name_ok(name) && !strchr(name, '/');
}

static inline unsigned int nst_config_nl_attr_count(const struct nlattr *attrs,
						    size_t len, int type)
{
	const struct nlattr *attr;
	unsigned int n = 0;
	int rem;

	nla_for_each_attr(attr, attrs, len, rem)
		n += nla_type(attr) == type;
	return n;
}

/*
 * Lists keep the offset of an attribute from the first one of the request,
 * because a pointer would dangle once the request is gone.
 */
static inline u32 nst_config_nl_attr_offset(const struct nlattr *attrs,
					    const struct nlattr *attr)
{
	return (const u8 *)attr - (const u8 *)attrs;
}

static inline const struct nlattr *
nst_config_nl_attr_at(const struct nlattr *attrs, u32 offset)
{
	return (const void *)((const u8 *)attrs + offset);
}

#endif /* _NST_CONFIG_NL_ATTR_H */
