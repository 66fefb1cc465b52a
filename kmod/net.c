// SPDX-License-Identifier: GPL-2.0
/*
 * Set-up and teardown of network namespaces.
 *
 * A namespace needs almost no memory until its first configuration.  The core tears
 * namespaces down in batches and holds locks that others wait for.  Each step is
 * therefore done for the whole batch before the next, and none waits for a host.
 *
 *   hooks off		nst_net_unhook(), of all namespaces of the batch
 *   a grace period	the first namespace waits for it, on behalf of all
 *   flows exported, sockets closed
 *			nst_net_stop(), while devices and routes still exist
 *   memory freed	nst_net_free(), after the batch's own grace period
 */
#include <linux/inetdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <net/addrconf.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "commit.h"
#include "compat.h"
#include "config.h"
#include "confirm.h"
#include "cpu.h"
#include "drops.h"
#include "event.h"
#include "hook.h"
#include "bounds.h"
#include "meter.h"
#include "net.h"
#include "plan.h"
#include "sender.h"
#include "state.h"
#include "work.h"

/* Delay that lets one rescan handle many events of interfaces, ms. */
#define NST_RESCAN_MS	20

static unsigned int nst_net_id __read_mostly;

/**
 * nst_net_of - the module's state in a namespace
 * @net: namespace
 *
 * Context: any, while the namespace exists.
 */
struct nst_net *nst_net_of(const struct net *net)
{
	return net_generic(net, nst_net_id);
}

static int __net_init nst_net_create(struct net *net)
{
	struct nst_net *nn = nst_net_of(net);
	struct nst_config *cfg = nst_config_default();
	struct nst_plan *plan;

	if (!cfg)
		return -ENOMEM;
	if (net->user_ns != &init_user_ns)
		cfg->max_flows = min(cfg->max_flows, nst_bounds_userns_flows());
	plan = nst_plan_create(cfg, NULL);
	if (!plan)
		return -ENOMEM;
	nn->net = net;
	mutex_init(&nn->mutex);
	RCU_INIT_POINTER(nn->plan, plan);
	nst_route_tables_init(&nn->routes);
	nst_event_init(&nn->events, net);
	nst_quota_init(&nn->quota, plan->cfg->max_flows);
	get_random_bytes(nn->secret, sizeof(nn->secret));
	INIT_DELAYED_WORK(&nn->rescan, nst_commit_rescan_work);
	INIT_DELAYED_WORK(&nn->reap, nst_commit_reap_work);
	INIT_DELAYED_WORK(&nn->drain, nst_cpu_drain_work);
	INIT_DELAYED_WORK(&nn->undo, nst_confirm_work);
	return 0;
}

/* Stop metering: no packet enters a hook after a grace period. */
static void __net_exit nst_net_unhook(struct net *net)
{
	struct nst_net *nn = nst_net_of(net);

	mutex_lock(&nn->mutex);
	WRITE_ONCE(nn->stopped, true);
	nst_hook_withdraw(nn, ~0U);
	nst_drops_withdraw(nn);
	mutex_unlock(&nn->mutex);
	nn->rcu = get_state_synchronize_rcu();
}

/*
 * Before nst_cpu_drain_all(), the hotplug instance is removed, no packet is in a
 * hook and no work runs.  It stops the timers and then owns the per-CPU data.
 */
static void __net_exit nst_net_stop(struct net *net)
{
	struct nst_net *nn = nst_net_of(net);

	if (!nn->cpu) {
		nst_event_stop(&nn->events);
		return;
	}
	cond_synchronize_rcu(nn->rcu);
	nst_cpu_leave_all(nn);
	cancel_delayed_work_sync(&nn->rescan);
	cancel_delayed_work_sync(&nn->reap);
	cancel_delayed_work_sync(&nn->drain);
	cancel_delayed_work_sync(&nn->undo);
	nst_cpu_drain_all(nn);
	nst_sender_stop(nn->sender);
	nst_event_stop(&nn->events);
}

static void __net_exit nst_net_free(struct net *net)
{
	struct nst_net *nn = nst_net_of(net);

	/* a notifier may have queued it while the namespace stopped */
	cancel_delayed_work_sync(&nn->rescan);
	if (nn->cpu)
		nst_commit_free_tables(nn);
	nst_confirm_forget(nn);
	nst_commit_drop_config(nn);
	nst_route_tables_free(&nn->routes);
	if (nn->cpu) {
		nst_cpu_destroy_all(nn);
		nst_sender_free(nn->sender);
		nst_mem_disown(&nn->quota.mem);
	}
	kfree(nn->base);
}

static struct pernet_operations nst_net_ops = {
	.init		= nst_net_create,
	.pre_exit	= nst_net_stop,
	.exit		= nst_net_free,
	.id		= &nst_net_id,
	.size		= sizeof(struct nst_net),
};

/* Registered last, so that it runs first for all namespaces of a batch. */
static struct pernet_operations nst_unhook_ops = {
	.pre_exit	= nst_net_unhook,
};

/* -------------------------------------------------------------- notifiers */

/*
 * Interfaces have changed.  A namespace that meters nothing needs no rescan, but
 * only the worker, which takes the mutex, can find that out.
 */
static void nst_net_rescan(struct net *net)
{
	struct nst_net *nn = nst_net_of(net);

	/* does nothing while a rescan is queued */
	if (nst_started(nn) && !READ_ONCE(nn->stopped))
		queue_delayed_work(nst_wq, &nn->rescan,
				   msecs_to_jiffies(NST_RESCAN_MS));
}

/* Routes to hosts may have changed.  Context: any. */
static void nst_net_reroute(struct net *net)
{
	struct nst_net *nn = nst_net_of(net);

	if (nst_started(nn) && !READ_ONCE(nn->stopped))
		nst_sender_rescan(nn->sender);
}

static int nst_device_event(struct notifier_block *nb, unsigned long event,
			    void *ptr)
{
	struct net *net = dev_net(netdev_notifier_info_to_dev(ptr));

	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_UNREGISTER:
	case NETDEV_CHANGENAME:
	case NETDEV_CHANGEUPPER:
		nst_net_rescan(net);
		fallthrough;
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		nst_net_reroute(net);
		break;
	}
	return NOTIFY_DONE;
}

static int nst_inetaddr_event(struct notifier_block *nb, unsigned long event,
			      void *ptr)
{
	const struct in_ifaddr *ifa = ptr;

	nst_net_reroute(dev_net(ifa->ifa_dev->dev));
	return NOTIFY_DONE;
}

/* Context: atomic. */
static int nst_inet6addr_event(struct notifier_block *nb, unsigned long event,
			       void *ptr)
{
	const struct inet6_ifaddr *ifa = ptr;

	nst_net_reroute(dev_net(ifa->idev->dev));
	return NOTIFY_DONE;
}

static struct notifier_block nst_device_notifier = {
	.notifier_call	= nst_device_event,
};

static struct notifier_block nst_inetaddr_notifier = {
	.notifier_call	= nst_inetaddr_event,
};

static struct notifier_block nst_inet6addr_notifier = {
	.notifier_call	= nst_inet6addr_event,
};

static int nst_notifiers_init(void)
{
	int err;

	err = register_netdevice_notifier(&nst_device_notifier);
	if (err)
		return err;
	err = register_inetaddr_notifier(&nst_inetaddr_notifier);
	if (err)
		goto err_device;
	err = register_inet6addr_notifier(&nst_inet6addr_notifier);
	if (err)
		goto err_inetaddr;
	return 0;

err_inetaddr:
	unregister_inetaddr_notifier(&nst_inetaddr_notifier);
err_device:
	unregister_netdevice_notifier(&nst_device_notifier);
	return err;
}

/**
 * nst_net_init - register for namespaces and for events of devices
 *
 * Context: module load.
 * Return: 0 or a negative errno.
 */
int nst_net_init(void)
{
	int err;

	nst_drops_init();
	err = nst_cpu_init();
	if (err)
		return err;
	err = register_pernet_subsys(&nst_net_ops);
	if (err)
		goto err_cpu;
	err = register_pernet_subsys(&nst_unhook_ops);
	if (err)
		goto err_net;
	err = nst_notifiers_init();
	if (err)
		goto err_unhook;
	return 0;

err_unhook:
	unregister_pernet_subsys(&nst_unhook_ops);
err_net:
	unregister_pernet_subsys(&nst_net_ops);
err_cpu:
	nst_cpu_exit();
	return err;
}

/**
 * nst_net_exit - stop metering in all namespaces and free what they own
 *
 * Context: module unload.
 */
void nst_net_exit(void)
{
	unregister_inet6addr_notifier(&nst_inet6addr_notifier);
	unregister_inetaddr_notifier(&nst_inetaddr_notifier);
	unregister_netdevice_notifier(&nst_device_notifier);
	unregister_pernet_subsys(&nst_unhook_ops);
	unregister_pernet_subsys(&nst_net_ops);
	nst_drops_exit();
	nst_cpu_exit();
	/* RCU callbacks run code of this module, or queue work that does */
	rcu_barrier();
}
