// SPDX-License-Identifier: GPL-2.0
/*
 * Bounds that the machine's administrator sets by module parameters.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/netstream.h>

#include "bounds.h"

static uint nst_max_flows = 1024 * 1024;
module_param_named(max_flows, nst_max_flows, uint, 0444);
MODULE_PARM_DESC(max_flows, "bound on flows in a namespace's cache (default 1048576)");

static uint nst_userns_max_flows = 64 * 1024;
module_param_named(userns_max_flows, nst_userns_max_flows, uint, 0644);
MODULE_PARM_DESC(userns_max_flows, "bound on flows if the initial user namespace is not the owner (default 65536)");

static uint nst_userns_max_hosts = 8;
module_param_named(userns_max_hosts, nst_userns_max_hosts, uint, 0644);
MODULE_PARM_DESC(userns_max_hosts, "bound on hosts of all views in such a namespace (default 8)");

static uint nst_max_routes = 2 * 1024 * 1024;
module_param_named(max_routes, nst_max_routes, uint, 0644);
MODULE_PARM_DESC(max_routes, "bound on prefixes in a namespace's tables of routes (default 2097152)");

static uint nst_userns_max_routes = 64 * 1024;
module_param_named(userns_max_routes, nst_userns_max_routes, uint, 0644);
MODULE_PARM_DESC(userns_max_routes, "bound on prefixes if the initial user namespace is not the owner (default 65536)");

/**
 * nst_bounds_max_flows - default bound on flows
 *
 * Context: any.
 */
u32 nst_bounds_max_flows(void)
{
	return clamp_t(u32, nst_max_flows, NETSTREAM_FLOWS_MIN,
		       NETSTREAM_FLOWS_MAX);
}

/**
 * nst_bounds_userns_flows - bound on flows if the initial user namespace is not the owner
 *
 * Context: any.
 */
u32 nst_bounds_userns_flows(void)
{
	return clamp_t(u32, READ_ONCE(nst_userns_max_flows),
		       NETSTREAM_FLOWS_MIN, NETSTREAM_FLOWS_MAX);
}

/**
 * nst_bounds_userns_hosts - bound on hosts if the initial user namespace is not the owner
 *
 * Context: any.
 */
u32 nst_bounds_userns_hosts(void)
{
	return READ_ONCE(nst_userns_max_hosts);
}

/**
 * nst_bounds_routes - bound on prefixes in all tables of routes of a namespace
 * @initial: the initial user namespace is the owner
 *
 * Context: any.
 */
u32 nst_bounds_routes(bool initial)
{
	return initial ? READ_ONCE(nst_max_routes) :
			 min(READ_ONCE(nst_max_routes),
			     READ_ONCE(nst_userns_max_routes));
}
