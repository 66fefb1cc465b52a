/* SPDX-License-Identifier: GPL-2.0 */
/* The configuration of the follower: /etc/netstream/routes.conf. */
#ifndef NS_FOLLOW_CONFIG_H
#define NS_FOLLOW_CONFIG_H

#include "bgp_session.h"
#include "bmp_station.h"

/**
 * struct follow_config - what a file says
 * @neighbors: BGP neighbours
 * @stations: BMP stations
 * @options: how tables are kept
 */
struct follow_config {
	VEC(struct bgp_neighbor) neighbors;
	VEC(struct bmp_listen)	stations;
	struct table_options	options;
};

int follow_config_read(struct follow_config *c, const char *file);
void follow_config_print(const struct follow_config *c);
void follow_config_free(struct follow_config *c);

#endif
