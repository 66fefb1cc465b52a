// SPDX-License-Identifier: GPL-2.0
/*
 * Streams, templates and hosts of one configuration.  What did not change is
 * carried over from the previous configuration, so that sequence numbers continue,
 * templates keep their IDs and sockets stay open.  Process context.
 */
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "encode.h"
#include "export_set.h"
#include "host.h"
#include "plan.h"

/* ---------------------------------------------------------------- templates */

static bool nst_export_set_has_id(const struct nst_export_set *set, u16 id)
{
	unsigned int i;

	for (i = 0; i < set->ntemplates; i++)
		if (set->template[i]->id == id)
			return true;
	return false;
}

static bool nst_export_set_option_id(const struct nst_sender *sender, u16 id)
{
	return id >= sender->option_ids &&
	       id - sender->option_ids < NST_OPTIONS_IDS;
}

/* Template IDs go up, and start again after 65535. */
static u16 nst_export_set_new_id(struct nst_export_set *set,
				 const struct nst_export_set *old)
{
	struct nst_sender *sender = set->sender;
	u16 id;

	do {
		id = sender->next_id;
		sender->next_id = id == U16_MAX ? NST_ID_FIRST : id + 1;
	} while (nst_export_set_option_id(sender, id) ||
		 nst_export_set_has_id(set, id) ||
		 (old && nst_export_set_has_id(old, id)));
	return id;
}

static struct nst_template_options
nst_export_set_template_options(const struct nst_config *cfg)
{
	return (struct nst_template_options) {
		.as_type	= cfg->as_type,
		.bgp_nexthop	= cfg->bgp_nexthop,
		.as_mode	= cfg->as_mode,
		.index_switch	= cfg->index_switch,
	};
}

static bool nst_export_set_same_options(const struct nst_template_options *a,
					const struct nst_template_options *b)
{
	return a->as_type == b->as_type && a->bgp_nexthop == b->bgp_nexthop &&
	       a->as_mode == b->as_mode && a->index_switch == b->index_switch;
}

static int nst_export_set_add_template(struct nst_export_set *set,
				       const struct nst_config *cfg,
				       const struct nst_export_set *old,
				       struct nst_record *rec, u8 version)
{
	struct nst_template_options options = nst_export_set_template_options(cfg);
	struct nst_template *tmpl = NULL;

	if (old)
		tmpl = nst_export_template(old, rec, version);
	if (tmpl && nst_export_set_same_options(&tmpl->options, &options))
		tmpl = nst_template_get(tmpl);
	else
		tmpl = nst_template_create(rec, version, &options,
					   nst_export_set_new_id(set, old));
	if (!tmpl)
		return -ENOMEM;
	set->template[set->ntemplates++] = tmpl;
	return 0;
}

static int nst_export_set_templates(struct nst_export_set *set,
				    const struct nst_plan *plan,
				    const struct nst_export_set *old)
{
	const struct nst_plan_record *record = plan->record;
	unsigned int i;
	int err;

	for (i = 0; i < plan->nrecords; i++, record++) {
		if (record->versions & NST_PLAN_V9) {
			err = nst_export_set_add_template(set, plan->cfg, old,
							  record->rec,
							  NETSTREAM_VERSION_9);
			if (err)
				return err;
		}
		if (record->versions & NST_PLAN_IPFIX) {
			err = nst_export_set_add_template(set, plan->cfg, old,
							  record->rec,
							  NETSTREAM_VERSION_IPFIX);
			if (err)
				return err;
		}
	}
	return 0;
}

/* -------------------------------------------------------------------- hosts */

/* Find a host of the sender, or create it.  Return: a reference, or %NULL. */
static struct nst_host *nst_export_set_find_host(struct nst_sender *sender,
						 const struct nst_host_def *def,
						 int view)
{
	struct nst_host *host;

	list_for_each_entry(host, &sender->hosts, node)
		if (nst_host_is(host, def, view)) {
			refcount_inc(&host->ref);
			return host;
		}
	host = nst_host_create(def, view);
	if (host)
		list_add_tail(&host->node, &sender->hosts);
	return host;
}

/**
 * struct nst_export_view - hosts that are configured in one view
 * @host: hosts
 * @n: number of hosts
 * @number: see struct nst_host.view
 * @source4: source of packets to IPv4 collectors
 * @source6: source of packets to IPv6 collectors
 * @monitor: name of the monitor whose view it is, or %NULL
 */
struct nst_export_view {
	const struct nst_host_def	*host;
	unsigned int			n;
	int				number;
	const struct nst_source		*source4;
	const struct nst_source		*source6;
	const char			*monitor;
};

static int nst_export_set_add_hosts(struct nst_export_set *set,
				    const struct nst_config *cfg,
				    const struct nst_export_view *view)
{
	const struct nst_host_def *def = view->host;
	struct nst_export_host *use;
	unsigned int i;

	for (i = 0; i < view->n; i++, def++) {
		use = &set->host[set->nhosts];
		use->host = nst_export_set_find_host(set->sender, def, view->number);
		if (!use->host)
			return -ENOMEM;
		use->version = def->version ?: cfg->version;
		use->dscp = def->dscp;
		use->source = def->family == AF_INET ? view->source4 : view->source6;
		use->monitor = view->monitor;
		set->nhosts++;
	}
	return 0;
}

/* A monitor without a source of its own uses that of the system view. */
static int nst_export_set_monitor_hosts(struct nst_export_set *set,
					const struct nst_plan *plan, unsigned int i)
{
	const struct nst_monitor_def *def = &plan->cfg->monitor[i];
	struct nst_export_view view = {
		.host = def->host, .n = def->nhosts,
		.number = NST_SLOT_MONITOR + plan->monitor[i].account->number,
		.source4 = def->source4.set ? &def->source4 : &plan->cfg->source4,
		.source6 = def->source6.set ? &def->source6 : &plan->cfg->source6,
		.monitor = plan->monitor[i].account->name,
	};

	return nst_export_set_add_hosts(set, plan->cfg, &view);
}

static unsigned int nst_export_set_count_hosts(const struct nst_config *cfg)
{
	unsigned int n = cfg->nhosts, i;

	for (i = 0; i < cfg->nslots; i++)
		n += cfg->slot[i].nhosts;
	for (i = 0; i < cfg->nmonitors; i++)
		n += cfg->monitor[i].nhosts;
	return n;
}

static int nst_export_set_hosts(struct nst_export_set *set,
				const struct nst_plan *plan)
{
	const struct nst_config *cfg = plan->cfg;
	struct nst_export_view view = {
		.host = cfg->host, .n = cfg->nhosts, .number = -1,
		.source4 = &cfg->source4, .source6 = &cfg->source6,
	};
	unsigned int i;
	int err;

	set->host = kvcalloc(nst_export_set_count_hosts(cfg) + 1, sizeof(*set->host),
			     GFP_KERNEL_ACCOUNT);
	if (!set->host)
		return -ENOMEM;
	err = nst_export_set_add_hosts(set, cfg, &view);
	for (i = 0; !err && i < cfg->nslots; i++) {
		view.host = cfg->slot[i].host;
		view.n = cfg->slot[i].nhosts;
		view.number = cfg->slot[i].id;
		err = nst_export_set_add_hosts(set, cfg, &view);
	}
	for (i = 0; !err && i < cfg->nmonitors; i++)
		err = nst_export_set_monitor_hosts(set, plan, i);
	return err;
}

/* -------------------------------------------------------- slots and streams */

static struct nst_stream *nst_export_set_old_stream(const struct nst_export_set *old,
						    u8 id, unsigned int ver)
{
	const struct nst_export_slot *slot = &old->slot[old->slot_index[id]];

	return slot->id == id ? slot->stream[ver] : NULL;
}

/* Take the stream of the old set, or create it.  Return: a reference, or %NULL. */
static struct nst_stream *nst_export_set_stream(const struct nst_export_set *old,
						u16 id, unsigned int ver)
{
	struct nst_stream *stream = NULL;

	if (old)
		stream = nst_export_set_old_stream(old, id, ver);
	if (stream) {
		refcount_inc(&stream->ref);
		return stream;
	}
	stream = kzalloc(sizeof(*stream), GFP_KERNEL_ACCOUNT);
	if (!stream)
		return NULL;
	refcount_set(&stream->ref, 1);
	stream->slot = id;
	stream->version = nst_export_version(ver);
	stream->capacity = NST_PAYLOAD_MAX;
	stream->limit = NST_WAITING_MIN;
	/* until its hosts have been checked */
	stream->blocked = true;
	return stream;
}

static void nst_export_set_put_stream(struct nst_stream *stream)
{
	if (stream && refcount_dec_and_test(&stream->ref))
		kfree(stream);
}

/* A slot with hosts of its own uses only those, and a monitor in any case. */
static int nst_export_set_slot_hosts(struct nst_export_set *set,
				     struct nst_export_slot *slot)
{
	struct nst_export_host *use;
	unsigned int i, ver;
	int view = slot->account ? slot->id : -1;

	for (i = 0; i < set->nhosts; i++)
		if (set->host[i].host->view == slot->id)
			view = slot->id;
	for (i = 0; i < set->nhosts; i++) {
		use = &set->host[i];
		if (use->host->view != view)
			continue;
		if (nst_host_add_feed(use->host, slot->id))
			return -ENOMEM;
		ver = nst_export_version_index(use->version);
		slot->host[ver][slot->nhosts[ver]++] = use->host;
	}
	return 0;
}

static int nst_export_set_add_slot(struct nst_export_set *set,
				   const struct nst_export_set *old, u16 id,
				   bool sequence_flow, struct nst_account *account)
{
	struct nst_export_slot *slot = &set->slot[set->nslots];
	unsigned int ver;
	int err;

	set->slot_index[id] = set->nslots++;
	slot->id = id;
	slot->sequence_flow = sequence_flow;
	slot->account = nst_account_get(account);
	err = nst_export_set_slot_hosts(set, slot);
	if (err)
		return err;
	for (ver = 0; ver < NST_VERSIONS; ver++) {
		if (!slot->nhosts[ver])
			continue;
		slot->stream[ver] = nst_export_set_stream(old, id, ver);
		if (!slot->stream[ver])
			return -ENOMEM;
	}
	return 0;
}

static int nst_export_set_monitors(struct nst_export_set *set,
				   const struct nst_plan *plan,
				   const struct nst_export_set *old)
{
	struct nst_account *account;
	unsigned int i;
	int err;

	for (i = 0; i < plan->cfg->nmonitors; i++) {
		account = plan->monitor[i].account;
		set->nmonitors++;
		err = nst_export_set_add_slot(set, old, NST_SLOT_MONITOR + account->number,
					      false, account);
		if (err)
			return err;
	}
	return 0;
}

static int nst_export_set_slots(struct nst_export_set *set,
				const struct nst_plan *plan,
				const struct nst_export_set *old)
{
	const struct nst_config *cfg = plan->cfg;
	const struct nst_slot_def *def = nst_config_slot(cfg, 0);
	unsigned int i;
	int err;

	set->slot = kvcalloc(cfg->nslots + 1 + cfg->nmonitors, sizeof(*set->slot),
			     GFP_KERNEL_ACCOUNT);
	if (!set->slot)
		return -ENOMEM;
	err = nst_export_set_add_slot(set, old, 0, def && def->sequence_flow, NULL);
	if (err)
		return err;
	for (i = 0; i < cfg->nslots; i++) {
		if (!cfg->slot[i].id)
			continue;
		err = nst_export_set_add_slot(set, old, cfg->slot[i].id,
					      cfg->slot[i].sequence_flow, NULL);
		if (err)
			return err;
	}
	return nst_export_set_monitors(set, plan, old);
}

/* ----------------------------------------------------- lists of templates */

/* The next template of a slot from @i on, or the number of templates. */
static unsigned int nst_export_set_next(const struct nst_export_set *set,
					const struct nst_export_slot *slot, unsigned int i)
{
	while (i < set->ntemplates && !nst_export_slot_has(slot, set->template[i]))
		i++;
	return i;
}

static bool nst_export_set_same_templates(const struct nst_export_set *a,
					  const struct nst_export_set *b,
					  const struct nst_export_slot *slot)
{
	unsigned int i = 0, j = 0;

	if (a->source_id != b->source_id || memcmp(a->option, b->option, sizeof(a->option)))
		return false;
	for (;; i++, j++) {
		i = nst_export_set_next(a, slot, i);
		j = nst_export_set_next(b, slot, j);
		if (i == a->ntemplates || j == b->ntemplates)
			return i == a->ntemplates && j == b->ntemplates;
		if (a->template[i] != b->template[j])
			return false;
	}
}

/* A slot of a set that has the same templates as another slot; %NULL: there is none. */
static const struct nst_export_slot *
nst_export_set_like(const struct nst_export_set *set, const struct nst_export_slot *slot)
{
	unsigned int i;

	for (i = 0; i < set->nslots; i++)
		if (set->slot[i].account == slot->account)
			return &set->slot[i];
	return NULL;
}

/* All slots have the same templates, and each monitor has its own. */
static void nst_export_set_number_templates(struct nst_export_set *set,
					    const struct nst_export_set *old)
{
	const struct nst_export_slot *like;
	struct nst_export_slot *slot;
	unsigned int i;

	for (i = 0; i < set->nslots; i++) {
		slot = &set->slot[i];
		like = nst_export_set_like(set, slot);
		if (like != slot) {
			slot->template_set = like->template_set;
			continue;
		}
		like = old ? nst_export_set_like(old, slot) : NULL;
		if (like && nst_export_set_same_templates(set, old, slot))
			slot->template_set = like->template_set;
		else
			slot->template_set = set->sender->next_set++;
	}
}

/* -------------------------------------------------------------- life cycle */

static void nst_export_set_free(struct nst_export_set *set)
{
	unsigned int i, ver;

	for (i = 0; i < set->nslots; i++) {
		for (ver = 0; ver < NST_VERSIONS; ver++)
			nst_export_set_put_stream(set->slot[i].stream[ver]);
		nst_account_put(set->slot[i].account);
	}
	for (i = 0; i < set->nhosts; i++)
		nst_host_put(set->host[i].host);
	for (i = 0; i < set->ntemplates; i++)
		nst_template_put(set->template[i]);
	kfree(set->guarded);
	kvfree(set->slot);
	kvfree(set->host);
	kvfree(set);
}

/**
 * nst_export_set_free_dead - free export sets that nobody refers to any more
 * @sender: sender
 *
 * Context: process, under the sender's lock.
 */
void nst_export_set_free_dead(struct nst_sender *sender)
{
	struct llist_node *list;
	struct nst_export_set *set, *next;

	/* freeing a host gives up its packets, which may free more sets */
	while ((list = llist_del_all(&sender->dead)))
		llist_for_each_entry_safe(set, next, list, dead)
			nst_export_set_free(set);
}

/* Register the guard's hooks before a configuration that needs them takes effect. */
static int nst_export_set_guard(struct nst_export_set *set,
				struct netlink_ext_ack *extack)
{
	int err;

	if (!set->nmanagement)
		return 0;
	set->guarded = kzalloc(sizeof(*set->guarded), GFP_KERNEL_ACCOUNT);
	if (!set->guarded)
		return -ENOMEM;
	set->guarded->n = set->nmanagement;
	memcpy(set->guarded->name, set->management, sizeof(set->management));
	err = nst_guard_start(&set->sender->guard, set->sender->net);
	if (err)
		NL_SET_ERR_MSG(extack,
			       "management-interface: cannot register the hooks that guard it");
	return err;
}

static void nst_export_set_settings(struct nst_export_set *set,
				    const struct nst_config *cfg)
{
	unsigned int i;

	set->template_timeout = 60ULL * MSEC_PER_SEC * cfg->template_timeout;
	set->template_packets = cfg->template_packets;
	set->option_template_timeout = 60ULL * MSEC_PER_SEC *
				       cfg->option_template_timeout;
	set->option_template_packets = cfg->option_template_packets;
	for (i = 0; i < NST_OPTION_MAX; i++) {
		set->option[i] = cfg->option[i];
		set->option_timeout[i] = 60ULL * MSEC_PER_SEC *
					 cfg->option_timeout[i];
	}
	set->source_id = cfg->source_id;
	set->mask = cfg->mask;
	set->nmanagement = cfg->nmanagement;
	memcpy(set->management, cfg->management, sizeof(set->management));
}

static int nst_export_set_fill(struct nst_export_set *set,
			       const struct nst_plan *plan,
			       const struct nst_export_set *old,
			       struct netlink_ext_ack *extack)
{
	const struct nst_config *cfg = plan->cfg;
	int err;

	nst_export_set_settings(set, cfg);
	err = nst_export_set_guard(set, extack);
	if (err)
		return err;
	err = nst_export_set_templates(set, plan, old);
	if (err)
		return err;
	err = nst_export_set_hosts(set, plan);
	if (err)
		return err;
	err = nst_export_set_slots(set, plan, old);
	if (!err)
		nst_export_set_number_templates(set, old);
	return err;
}

/**
 * nst_export_set_prepare - make streams, templates and hosts of a configuration
 * @sender: sender
 * @plan: plan
 * @old: export set of the running plan, or %NULL
 * @extack: reports why it failed
 *
 * Nothing is sent yet, and nothing that is in use changes.
 *
 * Context: process, may sleep.
 * Return: a set with one reference, or an error pointer.
 */
struct nst_export_set *nst_export_set_prepare(struct nst_sender *sender,
					      const struct nst_plan *plan,
					      struct nst_export_set *old,
					      struct netlink_ext_ack *extack)
{
	struct nst_export_set *set = kvzalloc(sizeof(*set), GFP_KERNEL_ACCOUNT);
	int err;

	if (!set)
		return ERR_PTR(-ENOMEM);
	refcount_set(&set->ref, 1);
	set->sender = sender;
	set->plan = plan;
	mutex_lock(&sender->lock);
	err = nst_export_set_fill(set, plan, old, extack);
	if (err)
		nst_export_set_free(set);
	mutex_unlock(&sender->lock);
	return err ? ERR_PTR(err) : set;
}

/* -------------------------------------------------------------- publication */

/*
 * Divide the packets that may wait among the streams.  Each stream gets at least a
 * few.
 */
static void nst_export_set_limit(struct nst_export_set *set)
{
	unsigned int n = 0, limit, i, ver;

	for (i = 0; i < set->nslots; i++)
		for (ver = 0; ver < NST_VERSIONS; ver++)
			n += !!set->slot[i].stream[ver];
	limit = max(NST_WAITING_MAX / max(n, 1U),
		    (unsigned int)NST_WAITING_MIN);
	for (i = 0; i < set->nslots; i++)
		for (ver = 0; ver < NST_VERSIONS; ver++)
			if (set->slot[i].stream[ver])
				WRITE_ONCE(set->slot[i].stream[ver]->limit,
					   limit);
}

static bool nst_export_set_has_host(const struct nst_export_set *set,
				    const struct nst_host *host)
{
	unsigned int i;

	for (i = 0; i < set->nhosts; i++)
		if (set->host[i].host == host)
			return true;
	return false;
}

/* Hosts that only the old set has are sent what they take, then closed. */
static void nst_export_set_withdraw_hosts(struct nst_export_set *set,
					  const struct nst_export_set *old, u64 now)
{
	unsigned int i;

	for (i = 0; old && i < old->nhosts; i++)
		if (!nst_export_set_has_host(set, old->host[i].host))
			nst_host_withdraw(set->sender, old->host[i].host, now);
}

/**
 * nst_export_set_apply - configure streams, hosts and guard as a set says
 * @set: export set
 * @old: the set that it replaces, or %NULL; hosts that only it has are sent what
 *	they take at once, then closed
 * @now: milliseconds since boot
 *
 * Context: process, under the sender's lock; may sleep.  Cannot fail.
 */
void nst_export_set_apply(struct nst_export_set *set,
			  const struct nst_export_set *old, u64 now)
{
	struct nst_sender *sender = set->sender;
	unsigned int i;

	nst_export_set_withdraw_hosts(set, old, now);
	nst_export_set_limit(set);
	for (i = 0; i < set->nhosts; i++)
		nst_host_configure(sender, &set->host[i]);
	nst_guard_set(&sender->guard, set->guarded);
	set->guarded = NULL;
}
