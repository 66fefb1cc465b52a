// SPDX-License-Identifier: GPL-2.0
/*
 * Streams, templates and hosts of one configuration.  What did not change is
 * carried over from the configuration before, so that a sequence goes on, a
 * template keeps its ID and a socket stays open.  Process context.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "clock.h"
#include "compat.h"
#include "host.h"
#include "sender.h"

/* --------------------------------------------------------------- templates */

/**
 * nst_export_set_template - the template of a record in a version
 * @e: exports
 * @rec: record
 * @version: &enum netstream_version
 *
 * Context: any.
 * Return: the template, or %NULL if the record is not exported in the version.
 */
struct nst_template *nst_export_set_template(const struct nst_export_set *e,
					     const struct nst_record *rec,
					  u8 version)
{
	unsigned int i;

	for (i = 0; i < e->ntemplates; i++)
		if (e->template[i]->rec == rec &&
		    e->template[i]->version == version)
			return e->template[i];
	return NULL;
}

static bool nst_id_used(const struct nst_export_set *e, u16 id)
{
	unsigned int i;

	for (i = 0; e && i < e->ntemplates; i++)
		if (e->template[i]->id == id)
			return true;
	return false;
}

/* IDs go up and wrap around after 65 280 of them. */
static u16 nst_id_new(struct nst_sender *s, const struct nst_export_set *a,
		      const struct nst_export_set *b)
{
	u16 id;

	do {
		id = s->next_id;
		s->next_id = id == U16_MAX ? 256 : id + 1;
	} while (nst_id_used(a, id) || nst_id_used(b, id));
	return id;
}

static int nst_export_set_add_template(struct nst_export_set *e,
				       const struct nst_config *cfg,
				    const struct nst_export_set *old,
				    struct nst_record *rec, u8 version)
{
	struct nst_template *t = NULL;

	if (old)
		t = nst_export_set_template(old, rec, version);
	if (t && t->as_type == cfg->as_type &&
	    t->bgp_nexthop == cfg->bgp_nexthop)
		t = nst_template_get(t);
	else
		t = nst_template_create(rec, version, cfg->as_type,
					cfg->bgp_nexthop,
					nst_id_new(e->sender, e, old));
	if (!t)
		return -ENOMEM;
	e->template[e->ntemplates++] = t;
	return 0;
}

/* Flexible flows go out in version 9 only, and instead of original ones there. */
static int nst_export_set_templates(struct nst_export_set *e,
				    const struct nst_config *cfg,
				 const struct nst_export_set *old)
{
	bool flexible = nst_config_record_in_effect(cfg);
	struct nst_record *rec;
	unsigned int i;
	int err = 0;

	for (i = 0; i < cfg->nmeters && !err; i++) {
		rec = cfg->meter[i];
		if (!rec->original || !flexible)
			err = nst_export_set_add_template(e, cfg, old, rec,
							  NETSTREAM_VERSION_9);
		if (!err && rec->original)
			err = nst_export_set_add_template(e, cfg, old, rec,
							  NETSTREAM_VERSION_IPFIX);
	}
	return err;
}

/* ------------------------------------------------------------------- hosts */

static struct nst_host *nst_sender_host(struct nst_sender *s,
					const struct nst_host_def *def,
					int view)
{
	struct nst_host *h;

	list_for_each_entry(h, &s->hosts, node)
		if (nst_host_is(h, def, view)) {
			refcount_inc(&h->ref);
			return h;
		}
	h = nst_host_create(def, view);
	if (h)
		list_add_tail(&h->node, &s->hosts);
	return h;
}

static int nst_export_set_add_hosts(struct nst_export_set *e,
				    const struct nst_config *cfg,
				 const struct nst_host_def *def,
				 unsigned int n, int view)
{
	struct nst_host_use *use;
	unsigned int i;

	for (i = 0; i < n; i++) {
		use = &e->use[e->nhosts];
		use->host = nst_sender_host(e->sender, &def[i], view);
		if (!use->host)
			return -ENOMEM;
		use->version = def[i].version ?: cfg->version;
		use->dscp = def[i].dscp;
		e->nhosts++;
	}
	return 0;
}

static int nst_export_set_hosts(struct nst_export_set *e,
				const struct nst_config *cfg)
{
	unsigned int n = cfg->nhosts, i;
	int err;

	for (i = 0; i < cfg->nslots; i++)
		n += cfg->slot[i].nhosts;
	e->use = kvcalloc(n + 1, sizeof(*e->use), GFP_KERNEL_ACCOUNT);
	if (!e->use)
		return -ENOMEM;
	err = nst_export_set_add_hosts(e, cfg, cfg->host, cfg->nhosts, -1);
	for (i = 0; i < cfg->nslots && !err; i++)
		err = nst_export_set_add_hosts(e, cfg, cfg->slot[i].host,
					       cfg->slot[i].nhosts,
					    cfg->slot[i].id);
	return err;
}

/* ----------------------------------------------------------------- streams */

static struct nst_stream *nst_stream_old(const struct nst_export_set *old, u8 slot,
					 unsigned int v)
{
	const struct nst_out *out;

	if (!old)
		return NULL;
	out = &old->out[old->by_slot[slot]];
	return out->slot == slot ? out->stream[v] : NULL;
}

static struct nst_stream *nst_stream_make(const struct nst_export_set *old,
					  u8 slot, unsigned int v)
{
	struct nst_stream *st = nst_stream_old(old, slot, v);

	if (st) {
		refcount_inc(&st->ref);
		return st;
	}
	st = kzalloc(sizeof(*st), GFP_KERNEL_ACCOUNT);
	if (!st)
		return NULL;
	refcount_set(&st->ref, 1);
	st->slot = slot;
	st->version = v ? NETSTREAM_VERSION_IPFIX : NETSTREAM_VERSION_9;
	st->capacity = NST_PAYLOAD_MAX;
	st->limit = NST_WAITING_MIN;
	/* until its hosts have been looked at */
	st->blocked = true;
	return st;
}

static void nst_stream_put(struct nst_stream *st)
{
	if (st && refcount_dec_and_test(&st->ref))
		kfree(st);
}

/* A slot with hosts of its own uses only those. */
static int nst_out_hosts(struct nst_export_set *e, struct nst_out *out)
{
	struct nst_host_use *use;
	unsigned int i, v;
	int view = -1;

	for (i = 0; i < e->nhosts; i++)
		if (e->use[i].host->view == out->slot)
			view = out->slot;
	for (i = 0; i < e->nhosts; i++) {
		use = &e->use[i];
		if (use->host->view != view)
			continue;
		if (nst_host_add_feed(use->host, out->slot))
			return -ENOMEM;
		v = nst_version_index(use->version);
		out->host[v][out->nhosts[v]++] = use->host;
	}
	return 0;
}

static int nst_export_set_add_out(struct nst_export_set *e,
				  const struct nst_export_set *old, u8 slot,
			       bool sequence_flow)
{
	struct nst_out *out = &e->out[e->nouts];
	unsigned int v;
	int err;

	e->by_slot[slot] = e->nouts++;
	out->slot = slot;
	out->sequence_flow = sequence_flow;
	err = nst_out_hosts(e, out);
	if (err)
		return err;
	for (v = 0; v < NST_VERSIONS; v++) {
		if (!out->nhosts[v])
			continue;
		out->stream[v] = nst_stream_make(old, slot, v);
		if (!out->stream[v])
			return -ENOMEM;
	}
	return 0;
}

static int nst_export_set_outs(struct nst_export_set *e, const struct nst_config *cfg,
			       const struct nst_export_set *old)
{
	const struct nst_slot_def *slot = nst_config_slot(cfg, 0);
	unsigned int i;
	int err;

	e->out = kvcalloc(cfg->nslots + 1, sizeof(*e->out), GFP_KERNEL_ACCOUNT);
	if (!e->out)
		return -ENOMEM;
	err = nst_export_set_add_out(e, old, 0, slot && slot->sequence_flow);
	for (i = 0; i < cfg->nslots && !err; i++)
		if (cfg->slot[i].id)
			err = nst_export_set_add_out(e, old, cfg->slot[i].id,
						     cfg->slot[i].sequence_flow);
	return err;
}

/* ----------------------------------------------------------------- exports */

static void nst_export_set_free(struct nst_export_set *e)
{
	unsigned int i, v;

	for (i = 0; i < e->nouts; i++)
		for (v = 0; v < NST_VERSIONS; v++)
			nst_stream_put(e->out[i].stream[v]);
	for (i = 0; i < e->nhosts; i++)
		nst_host_put(e->use[i].host);
	for (i = 0; i < e->ntemplates; i++)
		nst_template_put(e->template[i]);
	kfree(e->guarded);
	kvfree(e->out);
	kvfree(e->use);
	kvfree(e);
}

/**
 * nst_export_set_free_dead - free exports that nobody refers to any more
 * @s: sender
 *
 * Context: process, under the sender's lock.
 */
void nst_export_set_free_dead(struct nst_sender *s)
{
	struct llist_node *list;
	struct nst_export_set *e, *next;

	/* freeing a host gives up its packets, which may free more exports */
	while ((list = llist_del_all(&s->dead)))
		llist_for_each_entry_safe(e, next, list, dead)
			nst_export_set_free(e);
}

/**
 * nst_export_set_get - take another reference
 * @e: exports
 *
 * Context: any.
 */
struct nst_export_set *nst_export_set_get(struct nst_export_set *e)
{
	refcount_inc(&e->ref);
	return e;
}

/**
 * nst_export_set_put - give a reference back
 * @e: exports
 *
 * The last one leaves them to the sender, which frees them when it may sleep.
 *
 * Context: any.
 */
void nst_export_set_put(struct nst_export_set *e)
{
	struct nst_sender *s = e->sender;

	if (!refcount_dec_and_test(&e->ref))
		return;
	llist_add(&e->dead, &s->dead);
	nst_sender_kick(s);
}

/* The guard is there before a configuration that needs it takes effect. */
static int nst_export_set_guard(struct nst_export_set *e)
{
	if (!e->nmanagement)
		return 0;
	e->guarded = kzalloc(sizeof(*e->guarded), GFP_KERNEL_ACCOUNT);
	if (!e->guarded)
		return -ENOMEM;
	e->guarded->n = e->nmanagement;
	memcpy(e->guarded->name, e->management, sizeof(e->management));
	return nst_guard_start(&e->sender->guard, e->sender->net);
}

static void nst_export_set_settings(struct nst_export_set *e,
				    const struct nst_config *cfg)
{
	e->template_timeout = 60ULL * MSEC_PER_SEC * cfg->template_timeout;
	e->template_packets = cfg->template_packets;
	e->source4 = cfg->source4;
	e->source6 = cfg->source6;
	e->nmanagement = cfg->nmanagement;
	memcpy(e->management, cfg->management, sizeof(e->management));
}

static bool nst_same_templates(const struct nst_export_set *a,
			       const struct nst_export_set *b)
{
	unsigned int i;

	if (a->ntemplates != b->ntemplates)
		return false;
	for (i = 0; i < a->ntemplates; i++)
		if (a->template[i] != b->template[i])
			return false;
	return true;
}

static int nst_export_set_fill(struct nst_export_set *e, const struct nst_config *cfg,
			       const struct nst_export_set *old)
{
	int err;

	nst_export_set_settings(e, cfg);
	err = nst_export_set_guard(e);
	if (!err)
		err = nst_export_set_templates(e, cfg, old);
	if (!err && old && nst_same_templates(e, old))
		e->template_set = old->template_set;
	else
		e->template_set = e->sender->next_set++;
	if (!err)
		err = nst_export_set_hosts(e, cfg);
	if (!err)
		err = nst_export_set_outs(e, cfg, old);
	return err;
}

/**
 * nst_export_set_prepare - make streams, templates and hosts of a configuration
 * @s: sender
 * @cfg: configuration, with its records in effect
 * @old: of the running configuration, may be %NULL
 * @extack: where to say why not
 *
 * Nothing is sent yet, and nothing that is in use changes.
 *
 * Context: process, may sleep.
 * Return: exports with one reference, or an error pointer.
 */
struct nst_export_set *nst_export_set_prepare(struct nst_sender *s,
					      const struct nst_config *cfg,
					struct nst_export_set *old,
					struct netlink_ext_ack *extack)
{
	struct nst_export_set *e = kvzalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);
	int err;

	if (!e)
		return ERR_PTR(-ENOMEM);
	refcount_set(&e->ref, 1);
	e->sender = s;
	mutex_lock(&s->lock);
	err = nst_export_set_fill(e, cfg, old);
	if (err)
		nst_export_set_free(e);
	mutex_unlock(&s->lock);
	return err ? ERR_PTR(err) : e;
}

/* Streams share what may wait in them, but each has the least that it needs. */
static void nst_export_set_limit(struct nst_export_set *e)
{
	unsigned int n = 0, limit, i, v;

	for (i = 0; i < e->nouts; i++)
		for (v = 0; v < NST_VERSIONS; v++)
			n += !!e->out[i].stream[v];
	limit = max(NST_WAITING_MAX / max(n, 1U), (unsigned int)NST_WAITING_MIN);
	for (i = 0; i < e->nouts; i++)
		for (v = 0; v < NST_VERSIONS; v++)
			if (e->out[i].stream[v])
				WRITE_ONCE(e->out[i].stream[v]->limit, limit);
}

static bool nst_export_set_has_host(const struct nst_export_set *e,
				    const struct nst_host *h)
{
	unsigned int i;

	for (i = 0; i < e->nhosts; i++)
		if (e->use[i].host == h)
			return true;
	return false;
}

/* Hosts of the configuration before that are not in this one are done with. */
static void nst_export_set_withdraw_hosts(struct nst_export_set *e,
					  const struct nst_export_set *old, u64 now)
{
	unsigned int i;

	for (i = 0; old && i < old->nhosts; i++)
		if (!nst_export_set_has_host(e, old->use[i].host))
			nst_host_withdraw(e->sender, old->use[i].host, now);
}

/**
 * nst_export_set_publish - send by these from now on
 * @s: sender
 * @e: exports
 *
 * Context: process, may sleep.  Cannot fail.
 */
void nst_export_set_publish(struct nst_sender *s, struct nst_export_set *e)
{
	struct nst_export_set *old;
	struct nst_host_use *use;
	unsigned int i;

	mutex_lock(&s->lock);
	old = s->current_set;
	/* what was made under the old ones goes to the old hosts */
	nst_sender_take(s, nst_clock_ms());
	nst_export_set_withdraw_hosts(e, old, nst_clock_ms());
	nst_export_set_limit(e);
	for (i = 0; i < e->nhosts; i++) {
		use = &e->use[i];
		nst_host_configure(s, use->host,
				   use->host->def.family == AF_INET ?
				   &e->source4 : &e->source6,
				   use->version, use->dscp);
	}
	s->current_set = nst_export_set_get(e);
	nst_guard_set(&s->guard, e->guarded);
	e->guarded = NULL;
	s->states_changed = true;
	WRITE_ONCE(s->reopen, true);
	/* dumps see by it that what they walk was replaced; never 0 */
	s->published = s->published + 1 ?: 1;
	mutex_unlock(&s->lock);
	if (old)
		nst_export_set_put(old);
	nst_sender_kick(s);
}

/**
 * nst_export_set_withdraw - send by none any more
 * @s: a stopped sender
 *
 * Context: process.
 */
void nst_export_set_withdraw(struct nst_sender *s)
{
	if (s->current_set)
		nst_export_set_put(s->current_set);
	s->current_set = NULL;
}
