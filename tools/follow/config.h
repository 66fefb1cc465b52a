/* SPDX-License-Identifier: GPL-2.0 */
/* The configuration of the follower: a routes view, as its parts want it. */
#ifndef NS_FOLLOW_CONFIG_H
#define NS_FOLLOW_CONFIG_H

#include "../config_model.h"
#include "bgp_session.h"
#include "bmp_station.h"

/**
 * struct follow_config - what a routes view says
 * @neighbors: BGP neighbours
 * @stations: BMP stations
 * @options: how tables are kept
 */
struct follow_config {
	VEC(struct bgp_neighbor) neighbors;
	VEC(struct bmp_listen)	stations;
	struct table_options	options;
};

void follow_config_make(struct follow_config *c, const struct routes_view *r);
void follow_config_free(struct follow_config *c);
bool follow_neighbor_equal(const struct bgp_neighbor *a, const struct bgp_neighbor *b);
bool follow_station_equal(const struct bmp_listen *a, const struct bmp_listen *b);
const char *follow_signing_lacks(const struct neighbor *n);

#endif
