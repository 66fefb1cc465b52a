// SPDX-License-Identifier: GPL-2.0
/*
 * Defaults of a configuration, and look-ups in it.  No side effects except memory
 * allocation.
 */
#include <linux/bsearch.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "config.h"
#include "bounds.h"

#define NST_SCALAR(_attr, _member, _min, _max, _preset, _statement, _unit) { \
	.attr = NETSTREAM_SYSTEM_A_##_attr,				\
	.size = sizeof_field(struct nst_config, _member),		\
	.offset = offsetof(struct nst_config, _member),			\
	.min = (_min), .max = (_max), .preset = (_preset),		\
	.refusal = _statement ": out of range: " #_min " to " #_max _unit, \
}

/*
 * Numbers of the system view, one row each.  Only the netlink policy, which has the
 * type of the attribute, is elsewhere.
 */
const struct nst_config_scalar nst_config_scalar[] = {
	NST_SCALAR(VERSION, version, 9, 10, NETSTREAM_VERSION_9,
		   "ipv6 netstream export version", ""),
	NST_SCALAR(AS_TYPE, as_type, 0, 2, NETSTREAM_AS_NONE,
		   "ipv6 netstream export version: AS option", ""),
	NST_SCALAR(MASK, mask, 0, 2, NETSTREAM_MASK_AUTO, "ipv6 netstream mask", ""),
	NST_SCALAR(AS_MODE, as_mode, 0, 1, NETSTREAM_WIDTH_32,
		   "ipv6 netstream as-mode", ""),
	NST_SCALAR(INDEX_SWITCH, index_switch, 0, 1, NETSTREAM_WIDTH_32,
		   "ipv6 netstream export index-switch", ""),
	NST_SCALAR(TEMPLATE_TIMEOUT, template_timeout, 1, 3600, 30,
		   "ipv6 netstream export template timeout-rate", " minutes"),
	NST_SCALAR(TEMPLATE_PACKETS, template_packets, 0, 65535, 20,
		   "ipv6 netstream export template refresh-rate", " packets"),
	NST_SCALAR(OPTION_TEMPLATE_TIMEOUT, option_template_timeout, 1, 3600, 30,
		   "ipv6 netstream export template option timeout-rate", " minutes"),
	NST_SCALAR(OPTION_TEMPLATE_PACKETS, option_template_packets, 0, 65535, 20,
		   "ipv6 netstream export template option refresh-rate", " packets"),
	NST_SCALAR(OPTION_SAMPLER, option[NST_OPTION_SAMPLER], 0, 1, 1,
		   "ipv6 netstream export template option sampler", ""),
	NST_SCALAR(OPTION_INTERFACE, option[NST_OPTION_INTERFACE], 0, 1, 0,
		   "ipv6 netstream export template option interface", ""),
	NST_SCALAR(OPTION_VRF, option[NST_OPTION_VRF], 0, 1, 0,
		   "ipv6 netstream export template option vrf", ""),
	NST_SCALAR(OPTION_STATS, option[NST_OPTION_STATS], 0, 1, 0,
		   "ipv6 netstream export template option exporter-stats", ""),
	NST_SCALAR(OPTION_SAMPLER_TIMEOUT, option_timeout[NST_OPTION_SAMPLER],
		   1, 3600, 1,
		   "ipv6 netstream export option sampler timeout-rate", " minutes"),
	NST_SCALAR(OPTION_INTERFACE_TIMEOUT, option_timeout[NST_OPTION_INTERFACE],
		   1, 3600, 10,
		   "ipv6 netstream export option interface timeout-rate", " minutes"),
	NST_SCALAR(OPTION_VRF_TIMEOUT, option_timeout[NST_OPTION_VRF],
		   1, 3600, 10,
		   "ipv6 netstream export option vrf timeout-rate", " minutes"),
	NST_SCALAR(OPTION_STATS_TIMEOUT, option_timeout[NST_OPTION_STATS],
		   1, 3600, 1,
		   "ipv6 netstream export option exporter-stats timeout-rate",
		   " minutes"),
	NST_SCALAR(SOURCE_ID, source_id, 0, 16777215, 0,
		   "ipv6 netstream export source-id", ""),
	NST_SCALAR(SOURCE4_PORT, source4.port, 1, 65535,
		   NETSTREAM_SOURCE_PORT_DEFAULT,
		   "ipv6 netstream export source: port", ""),
	NST_SCALAR(SOURCE6_PORT, source6.port, 1, 65535,
		   NETSTREAM_SOURCE_PORT_DEFAULT,
		   "ipv6 netstream export source ipv6: port", ""),
	NST_SCALAR(FLEX_ACTIVE, flex_active, 1, 3600, 300,
		   "ipv6 netstream aggregation timeout active", " seconds"),
	NST_SCALAR(FLEX_INACTIVE, flex_inactive, 1, 3600, 300,
		   "ipv6 netstream aggregation timeout inactive", " seconds"),
	NST_SCALAR(ORIGINAL_ACTIVE, original_active, 1, 3600, 1800,
		   "ipv6 netstream timeout active", " seconds"),
	NST_SCALAR(ORIGINAL_INACTIVE, original_inactive, 1, 3600, 30,
		   "ipv6 netstream timeout inactive", " seconds"),
	NST_SCALAR(TCP_LINGER, tcp_linger, 0, 60, 2,
		   "ipv6 netstream timeout tcp-session", " seconds"),
	/* the default is a module parameter */
	NST_SCALAR(MAX_FLOWS, max_flows, 16, 67108864, 0,
		   "ipv6 netstream cache entries", " flows"),
};

const unsigned int nst_config_scalars = ARRAY_SIZE(nst_config_scalar);

static_assert(NETSTREAM_FLOWS_MIN == 16 && NETSTREAM_FLOWS_MAX == 67108864);
static_assert(NETSTREAM_VERSION_9 == 9 && NETSTREAM_VERSION_IPFIX == 10);
static_assert(NETSTREAM_MASK_AUTO == 0 && NETSTREAM_MASK_ROUTES == 2);
static_assert(NETSTREAM_WIDTH_32 == 0 && NETSTREAM_WIDTH_16 == 1);
static_assert(NETSTREAM_AS_NONE == 0 && NETSTREAM_AS_PEER == 2);

/**
 * nst_config_set_scalar - set a number of the system view
 * @cfg: configuration that has no readers yet
 * @s: row of the number
 * @value: new value, in range
 *
 * Context: any.
 */
void nst_config_set_scalar(struct nst_config *cfg,
			   const struct nst_config_scalar *s, u32 value)
{
	void *at = (u8 *)cfg + s->offset;

	switch (s->size) {
	case 1:
		*(u8 *)at = value;
		break;
	case 2:
		*(u16 *)at = value;
		break;
	default:
		*(u32 *)at = value;
		break;
	}
}

/**
 * nst_config_default - create the configuration that a namespace starts with
 *
 * Context: process, may sleep.
 * Return: the configuration, or %NULL for lack of memory.
 */
struct nst_config *nst_config_default(void)
{
	struct nst_config *cfg = kvzalloc(sizeof(*cfg), GFP_KERNEL_ACCOUNT);
	unsigned int i;

	if (!cfg)
		return NULL;
	refcount_set(&cfg->ref, 1);
	for (i = 0; i < nst_config_scalars; i++)
		nst_config_set_scalar(cfg, &nst_config_scalar[i],
				      nst_config_scalar[i].preset);
	cfg->max_flows = nst_bounds_max_flows();
	return cfg;
}

/**
 * nst_config_free - free a configuration
 * @cfg: configuration without readers; may be %NULL
 *
 * Context: process.
 */
void nst_config_free(struct nst_config *cfg)
{
	unsigned int i;

	if (!cfg)
		return;
	/* these include a slot or a monitor whose parsing failed half way */
	for (i = 0; i < cfg->nslots; i++)
		kvfree(cfg->slot[i].host);
	for (i = 0; i < cfg->nmonitors; i++)
		kvfree(cfg->monitor[i].host);
	kvfree(cfg->record);
	kvfree(cfg->host);
	kvfree(cfg->slot);
	kvfree(cfg->port);
	kvfree(cfg->monitor);
	kvfree(cfg->ifs);
	kvfree(cfg->attrs);
	kvfree(cfg);
}

/**
 * nst_config_get - take a reference to a configuration
 * @cfg: configuration
 *
 * Context: any.
 * Return: @cfg, for nst_config_put().
 */
struct nst_config *nst_config_get(const struct nst_config *cfg)
{
	struct nst_config *mine = (struct nst_config *)cfg;

	refcount_inc(&mine->ref);
	return mine;
}

/**
 * nst_config_put - drop a reference to a configuration
 * @cfg: configuration, freed with its last reference; may be %NULL
 *
 * Context: process.
 */
void nst_config_put(struct nst_config *cfg)
{
	if (cfg && refcount_dec_and_test(&cfg->ref))
		nst_config_free(cfg);
}

/**
 * nst_config_slot - find a slot view
 * @cfg: configuration
 * @id: number of the slot
 *
 * Context: any.
 * Return: the view, or %NULL.
 */
const struct nst_slot_def *nst_config_slot(const struct nst_config *cfg, u8 id)
{
	unsigned int i;

	for (i = 0; i < cfg->nslots; i++)
		if (cfg->slot[i].id == id)
			return &cfg->slot[i];
	return NULL;
}

/**
 * nst_config_has_slot - whether there is a slot
 * @cfg: configuration
 * @id: number of the slot
 *
 * Context: any.
 * Return: true for slot 0, and for slots that have a view.
 */
bool nst_config_has_slot(const struct nst_config *cfg, u8 id)
{
	return !id || nst_config_slot(cfg, id);
}

static int nst_port_find_cmp(const void *name, const void *port)
{
	return strcmp(name, ((const struct nst_port_def *)port)->name);
}

/**
 * nst_config_slot_of - find the slot that an interface is in
 * @cfg: configuration
 * @ifname: name of the interface
 *
 * Context: any.
 * Return: number of the slot that has the interface as a port, or 0.
 */
u8 nst_config_slot_of(const struct nst_config *cfg, const char *ifname)
{
	const struct nst_port_def *port;

	port = bsearch(ifname, cfg->port, cfg->nports, sizeof(*port),
		       nst_port_find_cmp);
	return port ? port->slot : 0;
}

/**
 * nst_config_if_at - find the position of an interface view in @cfg->ifs
 * @cfg: configuration
 * @name: name of the interface
 *
 * Context: any.
 * Return: index of the first view whose name is not less than @name, which is
 *	where a view of that name is or would be.
 */
unsigned int nst_config_if_at(const struct nst_config *cfg, const char *name)
{
	unsigned int low = 0, high = cfg->nifs, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(cfg->ifs[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/**
 * nst_config_if - find an interface view
 * @cfg: configuration
 * @name: name of the interface, or "all"
 *
 * Context: any.
 * Return: the view, or %NULL.
 */
const struct nst_if_def *nst_config_if(const struct nst_config *cfg,
				       const char *name)
{
	unsigned int at = nst_config_if_at(cfg, name);

	if (at == cfg->nifs || strcmp(cfg->ifs[at].name, name))
		return NULL;
	return &cfg->ifs[at];
}

/**
 * nst_config_if_rule - find what is in effect for one direction of an interface
 * @cfg: configuration
 * @name: name of the interface
 * @in_all: the view "all" applies to it
 * @dir: direction
 * @rule: result
 *
 * The interface's own view takes precedence over the view "all", separately for
 * metering and for the sampler.  If neither has a sampler, that of the system view
 * is used.
 *
 * Context: any.
 */
void nst_config_if_rule(const struct nst_config *cfg, const char *name,
			bool in_all, enum netstream_direction dir,
			struct nst_if_rule *rule)
{
	const struct nst_if_def *view[2] = {
		nst_config_if(cfg, name),
		in_all ? nst_config_if(cfg, "all") : NULL,
	};
	u8 metering = NST_IF_INHERIT;
	unsigned int i;

	rule->sampler.mode = 0;
	for (i = 0; i < 2; i++) {
		if (!view[i])
			continue;
		if (metering == NST_IF_INHERIT)
			metering = view[i]->metering[dir];
		if (!rule->sampler.mode)
			rule->sampler = view[i]->sampler[dir];
	}
	if (!rule->sampler.mode)
		rule->sampler = cfg->sampler[dir];
	rule->metered = metering == NST_IF_ON;
}

/**
 * nst_config_hosts - find the hosts of a slot
 * @cfg: configuration
 * @slot: number of the slot
 * @host: set to the array of hosts
 * @nhosts: set to their number
 *
 * A slot with hosts of its own uses only those.
 *
 * Context: any.
 */
void nst_config_hosts(const struct nst_config *cfg, u8 slot,
		      const struct nst_host_def **host, unsigned int *nhosts)
{
	const struct nst_slot_def *def = nst_config_slot(cfg, slot);

	if (def && def->nhosts) {
		*host = def->host;
		*nhosts = def->nhosts;
	} else {
		*host = cfg->host;
		*nhosts = cfg->nhosts;
	}
}

/**
 * nst_config_original - find the definition of original flows
 * @cfg: configuration
 *
 * Context: any.
 * Return: the built-in record, or the one that matches TCP flags, too.
 */
const struct nst_record_def *nst_config_original(const struct nst_config *cfg)
{
	return cfg->tcp_flag ? &nst_record_original_flags : &nst_record_original;
}

/**
 * nst_config_record_in_effect - whether applied records are metered
 * @cfg: configuration
 *
 * Context: any.
 * Return: false if no record is applied, or the system version is IPFIX and flexible
 *	flows are not exported in it.
 */
bool nst_config_record_in_effect(const struct nst_config *cfg)
{
	return cfg->napplied &&
	       (cfg->version == NETSTREAM_VERSION_9 || cfg->flexible_ipfix);
}

/**
 * nst_config_meters - whether any interface is metered in a direction
 * @cfg: configuration
 * @dir: direction
 *
 * Context: any.
 */
bool nst_config_meters(const struct nst_config *cfg,
		       enum netstream_direction dir)
{
	unsigned int i;

	for (i = 0; i < cfg->nifs; i++)
		if (cfg->ifs[i].metering[dir] == NST_IF_ON)
			return true;
	return false;
}

/**
 * nst_config_monitor - find a monitor
 * @cfg: configuration
 * @name: name of the monitor
 *
 * Context: any.
 * Return: index in @cfg->monitor, or -ENOENT.
 */
int nst_config_monitor(const struct nst_config *cfg, const char *name)
{
	unsigned int i;

	for (i = 0; i < cfg->nmonitors; i++)
		if (!strcmp(cfg->monitor[i].name, name))
			return i;
	return -ENOENT;
}

/**
 * nst_config_attached - find the monitors of one direction of an interface
 * @cfg: configuration
 * @name: name of the interface
 * @in_all: the view "all" applies to it
 * @dir: direction
 *
 * Context: any.
 * Return: mask of indices in @cfg->monitor: those of the interface's own view, and those of
 *	the view "all".
 */
u16 nst_config_attached(const struct nst_config *cfg, const char *name, bool in_all,
			enum netstream_direction dir)
{
	const struct nst_if_def *own, *all;

	if (!cfg->nmonitors)
		return 0;
	own = nst_config_if(cfg, name);
	all = in_all ? nst_config_if(cfg, "all") : NULL;
	return (own ? own->monitors[dir] : 0) | (all ? all->monitors[dir] : 0);
}

/**
 * nst_config_attaches - whether a monitor is attached in a direction to any interface
 * @cfg: configuration
 * @dir: direction
 *
 * Context: any.
 */
bool nst_config_attaches(const struct nst_config *cfg, enum netstream_direction dir)
{
	unsigned int i;

	for (i = 0; cfg->nmonitors && i < cfg->nifs; i++)
		if (cfg->ifs[i].monitors[dir])
			return true;
	return false;
}
