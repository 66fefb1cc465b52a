// SPDX-License-Identifier: GPL-2.0
/*
 * Commits that are undone unless they are confirmed.
 *
 * A commit that cuts off its own author, for example by a lost ssh session, must not
 * stay.  So the kernel, and not the program that asked, waits for the confirmation.
 *
 * The configuration that was confirmed last is kept while a commit is unconfirmed: one
 * reference, and no new memory.  Every later commit confirms, whoever it is from: its
 * author has read the configuration that is running, and based his own on it.  A commit
 * that is to be confirmed as well only restarts the time.  What it is undone to stays
 * the configuration that was confirmed last.
 */
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mutex.h>

#include "commit.h"
#include "config.h"
#include "confirm.h"
#include "event.h"
#include "mem.h"
#include "plan.h"
#include "state.h"
#include "work.h"

/* Delay before an undo that failed for lack of memory is tried again. */
#define NST_UNDO_AGAIN_MS	1000

static const struct nst_plan *nst_running_plan(const struct nst_net *nn)
{
	return rcu_dereference_protected(nn->plan, lockdep_is_held(&nn->mutex));
}

static const struct nst_config *nst_running_config(const struct nst_net *nn)
{
	return nst_running_plan(nn)->cfg;
}

/**
 * nst_confirm_forget - keep the running configuration
 * @nn: namespace, whose mutex is held or which has stopped
 *
 * The work may be queued or run: it finds nothing to do.
 *
 * Context: process.
 */
void nst_confirm_forget(struct nst_net *nn)
{
	WRITE_ONCE(nn->undo_at, 0);
	nst_config_put(nn->before);
	nn->before = NULL;
}

static void nst_confirm_tell(struct nst_net *nn, u8 type, u32 seconds)
{
	struct nst_event event = {
		.type = type, .confirm = seconds,
		.generation = nst_running_plan(nn)->generation,
	};

	if (nst_event_wanted(&nn->events, type))
		nst_event_send(&nn->events, &event);
}

/* A commit has succeeded; @before was running until then. */
static void nst_confirm_begin(struct nst_net *nn, const struct nst_config *before,
			      u32 seconds)
{
	/* equal to what was confirmed last: there is nothing to undo */
	if (!nn->before && nst_running_config(nn) == before)
		return;
	if (!nn->before)
		nn->before = nst_config_get(before);
	/* 0 means never: then it is one tick earlier, before the work runs */
	WRITE_ONCE(nn->undo_at, (jiffies + seconds * HZ) ?: -1UL);
	mod_delayed_work(nst_wq, &nn->undo, seconds * HZ);
	nst_confirm_tell(nn, NETSTREAM_EVENT_UNCONFIRMED, seconds);
}

/* A commit has succeeded that stays. */
static void nst_confirm_end(struct nst_net *nn)
{
	if (nn->before)
		nst_confirm_tell(nn, NETSTREAM_EVENT_CONFIRMED, 0);
	nst_confirm_forget(nn);
}

/**
 * nst_confirm_commit - make a configuration take effect, perhaps for some time only
 * @nn: namespace
 * @cfg: as for nst_commit()
 * @check: as for nst_commit(); then nothing is confirmed
 * @expected: as for nst_commit()
 * @seconds: undo the commit after that time, unless another commit comes before; 0: this
 *	commit stays, and confirms the one before it
 * @extack: where to report a refusal
 *
 * Context: process, sleeps.
 * Return: as nst_commit().
 */
int nst_confirm_commit(struct nst_net *nn, struct nst_config *cfg, bool check,
		       u32 expected, u32 seconds, struct netlink_ext_ack *extack)
{
	struct nst_config *before;
	int err;

	mutex_lock(&nn->mutex);
	before = nst_config_get(nst_running_config(nn));
	err = nst_commit_locked(nn, cfg, check, expected, extack);
	if (!err && !check && seconds)
		nst_confirm_begin(nn, before, seconds);
	else if (!err && !check)
		nst_confirm_end(nn);
	nst_config_put(before);
	mutex_unlock(&nn->mutex);
	return err;
}

/**
 * nst_confirm_left - how long the running configuration stays
 * @nn: namespace
 *
 * A commit may happen at the same time: then it is an answer for one of the two
 * configurations.
 *
 * Context: any.
 * Return: seconds until the last commit is undone, at least 1; 0: it stays.
 */
u32 nst_confirm_left(const struct nst_net *nn)
{
	unsigned long at = READ_ONCE(nn->undo_at);
	long left = at - jiffies;

	return at ? max(1L, DIV_ROUND_UP(max(left, 1L), HZ)) : 0;
}

static void nst_confirm_undo(struct nst_net *nn)
{
	struct mem_cgroup *old = nst_mem_begin(&nn->quota.mem);
	int err = nst_commit_again(nn, nst_config_get(nn->before));

	nst_mem_end(old);
	if (err) {
		pr_warn_ratelimited("the commit was not confirmed and cannot be undone yet: error %d\n",
				    err);
		queue_delayed_work(nst_wq, &nn->undo,
				   msecs_to_jiffies(NST_UNDO_AGAIN_MS));
		return;
	}
	pr_info_ratelimited("the commit was not confirmed: it is undone\n");
	nst_confirm_tell(nn, NETSTREAM_EVENT_UNDONE, 0);
	nst_confirm_forget(nn);
}

/**
 * nst_confirm_work - undo a commit that nobody has confirmed
 * @work: member @undo of struct nst_net
 *
 * While the work waited for the mutex, a commit may have confirmed or restarted the time.
 *
 * Context: worker.
 */
void nst_confirm_work(struct work_struct *work)
{
	struct nst_net *nn = container_of(work, struct nst_net, undo.work);

	mutex_lock(&nn->mutex);
	if (nn->before && !nn->stopped && time_after_eq(jiffies, nn->undo_at))
		nst_confirm_undo(nn);
	mutex_unlock(&nn->mutex);
}
