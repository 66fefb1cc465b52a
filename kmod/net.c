// SPDX-License-Identifier: GPL-2.0
/*
 * Network namespaces: what each owns comes and goes here.
 *
 * A namespace costs next to nothing until its first configuration.  It ends in
 * two steps.  While its devices still exist: hooks off, flows exported,
 * sockets closed.  After a grace period: memory freed.
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
#include "cpu.h"
#include "hook.h"
#include "meter.h"
#include "net.h"
#include "params.h"
#include "stream.h"

static unsigned int nst_net_id __read_mostly;

/**
 * nst_net - the meter of a namespace
 * @net: namespace
 *
 * Context: any, while the namespace exists.
 */
struct nst_net *nst_net(const struct net *net)
{
	return net_generic(net, nst_net_id);
}

/**
 * nst_net_start - make what metering needs, at the first configuration
 * @nn: namespace
 *
 * Context: process, sleeps; the namespace's mutex is held.
 * Return: 0 or a negative errno.
 */
int nst_net_start(struct nst_net *nn)
{
	int err;

	if (nn->cpu)
		return 0;
	nn->sender = nst_sender_create(nn->net, &nn->quota.mem);
	if (IS_ERR_OR_NULL(nn->sender)) {
		nn->sender = NULL;
		return -ENOMEM;
	}
	err = nst_cpus_create(nn);
	if (!err) {
		/* before the first packet */
		nst_mem_own(&nn->quota.mem);
		/* pairs with nst_started() */
		smp_store_release(&nn->started, true);
		return 0;
	}
	nst_sender_stop(nn->sender);
	nst_sender_free(nn->sender);
	nn->sender = NULL;
	return err;
}

static int __net_init nst_net_create(struct net *net)
{
	struct nst_net *nn = nst_net(net);
	struct nst_config *cfg = nst_config_default();

	if (!cfg)
		return -ENOMEM;
	if (net->user_ns != &init_user_ns)
		cfg->max_flows = min(cfg->max_flows, nst_params_userns_flows());
	nn->net = net;
	mutex_init(&nn->mutex);
	cfg->generation = 1;
	RCU_INIT_POINTER(nn->config, cfg);
	nst_quota_init(&nn->quota, cfg->max_flows);
	get_random_bytes(nn->secret, sizeof(nn->secret));
	INIT_WORK(&nn->rescan, nst_rescan_work);
	INIT_DELAYED_WORK(&nn->reap, nst_reap_work);
	return 0;
}

/*
 * hooks off -> grace period -> works and timers off -> flows exported ->
 * export packets sent -> sockets closed.  Devices and routes still exist.
 */
static void __net_exit nst_net_stop(struct net *net)
{
	struct nst_net *nn = nst_net(net);

	mutex_lock(&nn->mutex);
	nst_hook_disable(nn, ~0U);
	nn->stopped = true;
	mutex_unlock(&nn->mutex);
	cancel_work_sync(&nn->rescan);
	cancel_delayed_work_sync(&nn->reap);
	if (!nn->cpu)
		return;
	nst_drain_all(nn);
	nst_sender_stop(nn->sender);
}

static void __net_exit nst_net_free(struct net *net)
{
	struct nst_net *nn = nst_net(net);

	/* a notifier may have been on its way while the namespace stopped */
	cancel_work_sync(&nn->rescan);
	if (nn->cpu)
		nst_tables_free(nn);
	nst_config_drop(nn);
	if (nn->cpu) {
		nst_cpus_destroy(nn);
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

/* -------------------------------------------------------------- notifiers */

static void nst_net_changed(struct net *net)
{
	struct nst_net *nn = nst_net(net);

	if (nst_started(nn) && !READ_ONCE(nn->stopped))
		schedule_work(&nn->rescan);
}

static int nst_device_event(struct notifier_block *nb, unsigned long event,
			    void *ptr)
{
	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_UNREGISTER:
	case NETDEV_CHANGENAME:
	case NETDEV_CHANGEUPPER:
	case NETDEV_UP:
		nst_net_changed(dev_net(netdev_notifier_info_to_dev(ptr)));
		break;
	}
	return NOTIFY_DONE;
}

static int nst_inetaddr_event(struct notifier_block *nb, unsigned long event,
			      void *ptr)
{
	const struct in_ifaddr *ifa = ptr;

	nst_net_changed(dev_net(ifa->ifa_dev->dev));
	return NOTIFY_DONE;
}

static int nst_inet6addr_event(struct notifier_block *nb, unsigned long event,
			       void *ptr)
{
	const struct inet6_ifaddr *ifa = ptr;

	nst_net_changed(dev_net(ifa->idev->dev));
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

/**
 * nst_net_init - begin to serve namespaces
 *
 * Context: module load.
 * Return: 0 or a negative errno.
 */
int nst_net_init(void)
{
	int err;

	err = nst_cpu_init();
	if (err)
		return err;
	err = register_pernet_subsys(&nst_net_ops);
	if (err)
		goto err_cpu;
	err = register_netdevice_notifier(&nst_device_notifier);
	if (err)
		goto err_pernet;
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
err_pernet:
	unregister_pernet_subsys(&nst_net_ops);
err_cpu:
	nst_cpu_exit();
	return err;
}

/**
 * nst_net_exit - end all namespaces' metering
 *
 * Context: module unload.
 */
void nst_net_exit(void)
{
	unregister_inet6addr_notifier(&nst_inet6addr_notifier);
	unregister_inetaddr_notifier(&nst_inetaddr_notifier);
	unregister_netdevice_notifier(&nst_device_notifier);
	unregister_pernet_subsys(&nst_net_ops);
	nst_cpu_exit();
	/* configurations are freed by RCU callbacks of this module */
	rcu_barrier();
}
