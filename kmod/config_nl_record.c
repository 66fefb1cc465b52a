// SPDX-License-Identifier: GPL-2.0
/*
 * Records of a configuration: attributes -> definitions.
 */
#include <linux/string.h>
#include <net/netlink.h>

#include "compat.h"
#include "config.h"
#include "config_nl_attr.h"
#include "config_nl_record.h"
#include "field.h"
#include "record.h"

static const struct nla_policy nst_item_policy[NETSTREAM_ITEM_A_MAX + 1] = {
	[NETSTREAM_ITEM_A_FIELD]	= NLA_POLICY_RANGE(NLA_U16, 1, NETSTREAM_FIELD_MAX),
	[NETSTREAM_ITEM_A_PREFIX]	= NLA_POLICY_MIN(NLA_U8, 1),
	[NETSTREAM_ITEM_A_WIDTH]	= { .type = NLA_U8 },
};

static const struct nla_policy nst_record_policy[NETSTREAM_RECORD_A_MAX + 1] = {
	[NETSTREAM_RECORD_A_NAME]	=
		NST_CONFIG_NL_STRING(NETSTREAM_RECORD_NAME_MAX),
	[NETSTREAM_RECORD_A_DESCRIPTION] =
		NST_CONFIG_NL_STRING(NETSTREAM_DESCRIPTION_MAX),
	[NETSTREAM_RECORD_A_MATCH]	= NLA_POLICY_NESTED(nst_item_policy),
	[NETSTREAM_RECORD_A_COLLECT]	= NLA_POLICY_NESTED(nst_item_policy),
	[NETSTREAM_RECORD_A_CACHE]	= NLA_POLICY_MAX(NLA_U8, NETSTREAM_CACHE_MAX),
};

static int nst_check_item(const struct nst_record_def *def,
			  const struct nst_item *item,
			  const struct nlattr *nest,
			  struct nlattr **tb, struct netlink_ext_ack *extack)
{
	u8 use = nst_field[item->field].use;
	unsigned int i;

	if (item->collect && !(use & NST_FIELD_COLLECT))
		return nst_refuse(extack, nest, "collect: this field can only be matched");
	if (!item->collect && !(use & NST_FIELD_MATCH))
		return nst_refuse(extack, nest, "match: this field can only be collected");
	if (tb[NETSTREAM_ITEM_A_PREFIX] &&
	    (!(use & NST_FIELD_PREFIX) || item->collect))
		return nst_refuse(extack, tb[NETSTREAM_ITEM_A_PREFIX],
				  "match: only an address has a prefix length");
	if (item->prefix > 128 && item->prefix != NETSTREAM_PREFIX_ROUTE)
		return nst_refuse(extack, tb[NETSTREAM_ITEM_A_PREFIX],
				  "match: a prefix length is 1 to 128");
	if (tb[NETSTREAM_ITEM_A_WIDTH] && !(use & NST_FIELD_WIDTH))
		return nst_refuse(extack, tb[NETSTREAM_ITEM_A_WIDTH],
				  "collect: only packets and bytes have a width");
	if (item->width && item->width != 16 && item->width != 32 && item->width != 64)
		return nst_refuse(extack, tb[NETSTREAM_ITEM_A_WIDTH],
				  "collect input: the width is 16, 32 or 64 bits");
	for (i = 0; i < def->nitems; i++)
		if (def->item[i].field == item->field)
			return nst_refuse(extack, nest,
					  "ipv6 netstream record: a field appears twice");
	return 0;
}

static int nst_parse_item(struct nst_record_def *def, const struct nlattr *nest,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NETSTREAM_ITEM_A_MAX + 1];
	struct nst_item item = {
		.collect = nla_type(nest) == NETSTREAM_RECORD_A_COLLECT,
	};
	int err;

	err = nla_parse_nested(tb, NETSTREAM_ITEM_A_MAX, nest, nst_item_policy, extack);
	if (err)
		return err;
	if (!tb[NETSTREAM_ITEM_A_FIELD])
		return nst_refuse(extack, nest, "ipv6 netstream record: a field is required");
	item.field = nla_get_u16(tb[NETSTREAM_ITEM_A_FIELD]);
	item.prefix = item.collect ? 0 : 128;
	if (tb[NETSTREAM_ITEM_A_PREFIX])
		item.prefix = nla_get_u8(tb[NETSTREAM_ITEM_A_PREFIX]);
	if (nst_field[item.field].use & NST_FIELD_WIDTH)
		item.width = tb[NETSTREAM_ITEM_A_WIDTH] ?
			   nla_get_u8(tb[NETSTREAM_ITEM_A_WIDTH]) : 32;
	err = nst_check_item(def, &item, nest, tb, extack);
	if (err)
		return err;
	if (def->nitems == NETSTREAM_FIELDS_MAX)
		return nst_refuse(extack, nest, "ipv6 netstream record: too many fields");
	def->item[def->nitems++] = item;
	return 0;
}

/**
 * nst_config_nl_record_index - look up a record by its name
 * @cfg: configuration whose records have been parsed
 * @name: name of the record
 *
 * Context: any.
 * Return: index in @cfg->record, or -ENOENT.
 */
int nst_config_nl_record_index(const struct nst_config *cfg, const char *name)
{
	unsigned int i;

	for (i = 0; i < cfg->nrecords; i++)
		if (!strcmp(cfg->record[i].name, name))
			return i;
	return -ENOENT;
}

static int nst_parse_record_name(const struct nst_config *cfg,
				 struct nst_record_def *def,
				 const struct nlattr *nest,
				 const struct nlattr *name,
				 struct netlink_ext_ack *extack)
{
	if (!name)
		return nst_refuse(extack, nest, "ipv6 netstream record: a name is required");
	nla_strscpy(def->name, name, sizeof(def->name));
	if (!nst_config_nl_attr_name_ok(def->name))
		return nst_refuse(extack, name,
				  "ipv6 netstream record: a name has 1 to 32 printable characters and no space");
	if (!strcmp(def->name, nst_record_original.name))
		return nst_refuse(extack, name, "ipv6 netstream record: 'original' is built in");
	if (nst_config_nl_record_index(cfg, def->name) >= 0)
		return nst_refuse(extack, name, "ipv6 netstream record: this name appears twice");
	return 0;
}

/**
 * nst_config_nl_record_parse - add a record to a configuration
 * @cfg: configuration that has memory for one more record
 * @nest: attributes of the record
 * @extack: where to report a refusal
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int nst_config_nl_record_parse(struct nst_config *cfg,
			       const struct nlattr *nest,
			       struct netlink_ext_ack *extack)
{
	struct nst_record_def *def = &cfg->record[cfg->nrecords];
	struct nlattr *tb[NETSTREAM_RECORD_A_MAX + 1];
	const struct nlattr *attr;
	int err, rem;

	err = nla_parse_nested(tb, NETSTREAM_RECORD_A_MAX, nest,
			       nst_record_policy, extack);
	if (err)
		return err;
	err = nst_parse_record_name(cfg, def, nest, tb[NETSTREAM_RECORD_A_NAME],
				    extack);
	if (err)
		return err;
	if (tb[NETSTREAM_RECORD_A_DESCRIPTION])
		nla_strscpy(def->description, tb[NETSTREAM_RECORD_A_DESCRIPTION],
			    sizeof(def->description));
	if (tb[NETSTREAM_RECORD_A_CACHE])
		def->cache = nla_get_u8(tb[NETSTREAM_RECORD_A_CACHE]);
	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) != NETSTREAM_RECORD_A_MATCH &&
		    nla_type(attr) != NETSTREAM_RECORD_A_COLLECT)
			continue;
		err = nst_parse_item(def, attr, extack);
		if (err)
			return err;
	}
	cfg->nrecords++;
	return 0;
}
