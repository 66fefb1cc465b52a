// SPDX-License-Identifier: GPL-2.0
/*
 * Module load and unload: only the order of things.
 */
#include <linux/module.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>

#include "net.h"
#include "netlink.h"
#include "params.h"
#include "version.h"
#include "work.h"

struct workqueue_struct *nst_wq;

static int __init nst_init(void)
{
	int err;

	/*
	 * Unbound, since its work waits: for a CPU, for a mutex, between bursts.
	 * No rescuer (WQ_MEM_RECLAIM): nobody who reclaims memory waits for it.
	 * Not freezable: the sender may be busy for long, and would hold up a
	 * suspend; what it cannot send meanwhile waits.
	 */
	nst_wq = alloc_workqueue("netstream", WQ_UNBOUND, 0);
	if (!nst_wq)
		return -ENOMEM;
	err = nst_net_init();
	if (err)
		goto err_wq;
	err = nst_params_apply();
	if (err)
		goto err_net;
	/* last: the door through which requests come */
	err = nst_netlink_init();
	if (err)
		goto err_net;
	return 0;

err_net:
	nst_net_exit();
err_wq:
	destroy_workqueue(nst_wq);
	return err;
}

static void __exit nst_exit(void)
{
	nst_netlink_exit();
	nst_net_exit();
	destroy_workqueue(nst_wq);
}

module_init(nst_init);
module_exit(nst_exit);

MODULE_DESCRIPTION("IPv6 flexible flows, exported as NetFlow version 9 or IPFIX");
MODULE_LICENSE("GPL");
MODULE_VERSION(NST_VERSION);
MODULE_ALIAS_GENL_FAMILY("netstream");
