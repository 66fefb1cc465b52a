#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""`netstream routes follow`: a BGP neighbour that only listens, and a BMP station.

The network of ASes is drawn in routers.py.
"""
import sys
import time

from lib import *
from routers import *

NEAR_A, NEAR_B, NEAR_C = "fd00:1::2", "fd00:2::2", "fd00:3::2"
A = {"2001:db8:21::/48": (), "2001:db8:20::/48": (20,), "2001:db8:99::/48": (30, 99)}
B = {"2001:db8:23::/48": (), "2001:db8:24::/48": (24,), "2001:db8:99::/48": (99,)}
C = {"2001:db8:c::/48": (), "2001:db8:26::/48": (26,)}
LOCAL = "2001:db8:22::/48"

# what the router's best paths are: origin AS, peer AS, BGP next hop
BEST = {
    "2001:db8:20::/48": (20, 21, NEAR_A), "2001:db8:21::/48": (21, 21, NEAR_A),
    "2001:db8:23::/48": (23, 23, NEAR_B), "2001:db8:24::/48": (24, 23, NEAR_B),
    # the shorter one of two paths
    "2001:db8:99::/48": (99, 23, NEAR_B),
    # segments of the confederation do not count
    "2001:db8:26::/48": (26, 26, NEAR_C), "2001:db8:c::/48": (0, 0, NEAR_C),
}
BMP = """routes
 bmp listen 127.0.0.1 1790
 stale-time 60
"""


class Internet(Net):
    """The network, with the ASes around the router."""

    def __enter__(self):
        needs("bird")
        super().__enter__()
        self.a = Neighbor(self, "a", 21, 1, A)
        self.b = Neighbor(self, "b", 23, 2, B)
        self.c = Neighbor(self, "c", 65002, 3, C, remote=65001,
                          extra="confederation 22; confederation member yes;")
        return self


def is_table(follower, want, local=True):
    """Wait until the table is this one; what the router calls its own next hop is not asked."""
    got = []

    def same():
        table = follower.table()
        if table is None:
            return False
        got[:] = [table]
        table = dict(table)
        own = table.pop(LOCAL, None)
        return table == want and (own is None or own[:2] == (0, 0)) and (own or not local)
    try:
        wait("the table", same, 40)
    except AssertionError:
        with open(follower.file("log"), encoding="ascii") as f:
            raise AssertionError("table %r, want %r; %s" % (got, want, f.read()[-300:])) from None


def changes(net, follower, local=True):
    """Withdrawals, other paths and new ones arrive; how long a withdrawal took."""
    net.b.withdraw("2001:db8:24::/48")
    start = time.monotonic()
    wait("the withdrawal", lambda: "2001:db8:24::/48" not in follower.table())
    took = time.monotonic() - start
    want = dict(BEST)
    del want["2001:db8:24::/48"]
    # the shorter path goes: the longer one is the best one
    net.b.withdraw("2001:db8:99::/48")
    want["2001:db8:99::/48"] = (99, 21, NEAR_A)
    # the path leads through another AS
    net.a.announce("2001:db8:20::/48", 4200000001, 20, 70000)
    want["2001:db8:20::/48"] = (70000, 21, NEAR_A)
    net.a.announce("2001:db8:77::/48", 77)
    want["2001:db8:77::/48"] = (77, 21, NEAR_A)
    is_table(follower, want, local)
    print("# a withdrawal took %.2f s" % took)


def session(router):
    if os.path.exists(MODULE):
        load()
    with Internet("follow") as net:
        router = router(net)
        follower = Follower(net)
        is_table(follower, BEST)
        changes(net, follower)
        del router


def frr():
    session(Frr)


def bird():
    session(Bird)


def gobgp():
    session(Gobgp)


if __name__ == "__main__":
    sys.exit(main(frr, bird, gobgp))
