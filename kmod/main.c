// SPDX-License-Identifier: GPL-2.0
/* Module load and unload. */
#include <linux/module.h>
#include <net/genetlink.h>

#include "nat.h"
#include "net.h"
#include "netlink.h"
#include "params.h"
#include "version.h"
#include "work.h"

static int __init nst_init(void)
{
	int err;

	err = nst_work_init();
	if (err)
		return err;
	err = nst_nat_init();
	if (err)
		goto err_work;
	err = nst_net_init();
	if (err)
		goto err_nat;
	err = nst_params_apply();
	if (err)
		goto err_net;
	/* last, because requests can arrive from now on */
	err = nst_netlink_init();
	if (err)
		goto err_net;
	return 0;

err_net:
	nst_net_exit();
err_nat:
	nst_nat_exit();
err_work:
	nst_work_exit();
	return err;
}

static void __exit nst_exit(void)
{
	nst_netlink_exit();
	nst_net_exit();
	nst_nat_exit();
	nst_work_exit();
}

module_init(nst_init);
module_exit(nst_exit);

MODULE_DESCRIPTION("IPv6 flexible flows, exported as NetFlow version 9 or IPFIX");
MODULE_LICENSE("GPL");
MODULE_VERSION(NST_VERSION);
MODULE_ALIAS_GENL_FAMILY("netstream");
