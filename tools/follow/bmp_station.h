/* SPDX-License-Identifier: GPL-2.0 */
/* A BMP station: routers connect, and say what routes they have. */
#ifndef NS_BMP_STATION_H
#define NS_BMP_STATION_H

#include "loop.h"
#include "net.h"
#include "table.h"

/**
 * struct bmp_listen - where a station listens, as it is configured
 * @address: local address
 * @port: local port
 * @vrf: VRF of the socket and of the table; empty: none
 */
struct bmp_listen {
	struct in6_addr	address;
	uint16_t	port;
	char		vrf[16];
};

struct bmp_router;

/**
 * struct bmp_station - a station
 * @listen: as it is configured
 * @table: the table that routes go into
 * @io: the listening socket
 * @routers: that have connected, and whose routes are still there
 * @ever_settled: one of them has told all its routes
 * @retry: the next attempt to listen
 */
struct bmp_station {
	struct bmp_listen	listen;
	struct table		*table;
	struct loop_io		io;
	VEC(struct bmp_router *) routers;
	bool			ever_settled;
	struct loop_timer	retry;
};

void bmp_station_start(struct bmp_station *s, struct table *table);
void bmp_station_stop(struct bmp_station *s);

#endif
