/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The world around the export path: sockets, routes, devices, and collectors
 * that are numbered by their UDP port.
 */
#ifndef _FUZZ_WORLD_H
#define _FUZZ_WORLD_H

#include "driver.h"

#define WORLD_PORT	2000
#define WORLD_PLACES	320	/* ports from there on */
#define WORLD_MONITORS	264	/* places from here on are collectors of monitors */
#define WORLD_FLOWS	(1 << 20)

/**
 * struct place - the path to a collector, and the collector
 * @no_route: there is no route
 * @management: the route leads through a management interface
 * @dropped: percentage of packets that a local filter drops
 * @stalled: errno with which sending fails; 0: it succeeds
 * @refuses: an ICMP error comes back for each packet
 * @mtu: of the path
 */
struct place {
	bool		no_route;
	bool		management;
	u32		dropped;
	int		stalled;
	bool		refuses;
	unsigned int	mtu;
};

struct world {
	struct place	place[WORLD_PLACES];
	bool		no_source;	/* the source address is on no device */
	bool		no_vrf;		/* the VRF device is gone */
	bool		no_neighbour;	/* next hops do not answer */
	unsigned int	neighbours;	/* references to them */
	unsigned int	sockets;	/* open */
	unsigned int	references;	/* to routes */
	u64		sent;		/* packets that arrived */
};

extern struct world world;

void world_reset(void);
void world_devices(unsigned int n);

/* ---------------------------------------------------- the strict collectors */

/**
 * struct sent_flow - a flow that was given to the exporter
 * @packets: its packets
 * @bytes: its bytes
 * @first: 32 bits
 * @last: 32 bits
 * @received: a collector got it
 */
struct sent_flow {
	u32	packets;
	u32	bytes;
	u32	first;
	u32	last;
	bool	received;
};

struct totals {
	u64	flows;
	u64	packets;
	u64	bytes;
};

extern struct sent_flow *sent_flows;
extern struct totals received;

/**
 * struct collected - what a collector has received
 * @packets: export packets
 * @records: data records in them
 * @templates: template records
 * @missing: packets and records that are missing in its sequences
 */
struct collected {
	u64	packets;
	u64	records;
	u64	templates;
	u64	missing_packets;
	u64	missing_records;
};

void collector_reset(void);
void collector_forget(unsigned int place);
void collector_restart(unsigned int place);
void collector_receive(unsigned int place, const u8 *data, size_t length);
const struct collected *collector_got(unsigned int place);
void collector_sequence_mode(unsigned int slot, bool flow);

#endif /* _FUZZ_WORLD_H */
