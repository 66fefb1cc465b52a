#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Follower, router and module are killed in every order, while packets and routes go on.

Two neighbours are followed: BIRD, as tests/e2e/routers.py draws it, and a speaker that
changes routes all the time, NETSTREAM_TEST_UPDATES of them a second (10000).
"""
import itertools

from deep import *
from routers import *
from t15_routes import BY_AS
from t16_follow import BEST, LOCAL, Internet

RATE = int(os.environ.get("NETSTREAM_TEST_UPDATES", "10000"))
SETTLE = os.path.join(DIR, "settle")
COUNT = os.path.join(DIR, "count")
PREFIXES = 2000

CONFIG = """routes
 neighbor 10.0.1.1 remote-as 65001 local-as 65001 port 1179 source 127.0.0.2 hold-time 30
 neighbor 127.0.0.3 remote-as 64999 local-as 65001 port 1180 source 127.0.0.2 hold-time 30
 stale-time 600
"""

# A BGP speaker that listens for the follower.  It changes blocks of routes at a rate, also
# while nobody listens to it, and tells what has changed, or everything to a new listener.
# While the file SETTLE is there it has every other route, and changes none.
SPEAKER = r"""
import os, select, socket, struct, sys, time
settle, count, rate, prefixes = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
HOP = socket.inet_pton(socket.AF_INET6, "2001:db9::1")
BLOCK = 100

def message(kind, body=b""):
    return b"\xff" * 16 + struct.pack("!HB", 19 + len(body), kind) + body

def nlri(block):
    return b"".join(b"\x30\x20\x01\x0d\xb9" + struct.pack("!H", i) for i in block)

def update(block, asn):
    # announced with an AS behind this one, or withdrawn if that is 0
    if asn:
        reach = b"\0\2\1\x10" + HOP + b"\0" + nlri(block)
        path = struct.pack("!BBII", 2, 2, 64999, asn)
        attrs = b"\x40\1\1\0" + b"\x40\2" + bytes([len(path)]) + path + \
            b"\x90\x0e" + struct.pack("!H", len(reach)) + reach
    else:
        gone = b"\0\2\1" + nlri(block)
        attrs = b"\x90\x0f" + struct.pack("!H", len(gone)) + gone
    return message(2, struct.pack("!HH", 0, len(attrs)) + attrs)

OPEN = message(1, struct.pack("!BHHIB", 4, 64999, 30, 0x0a000063, 14) + bytes([2, 12]) +
               b"\1\4\0\2\0\1" + b"\x41\4" + struct.pack("!I", 64999))
END = message(2, struct.pack("!HH", 0, 6) + b"\x80\x0f\3\0\2\1")
blocks = [range(i, i + BLOCK) for i in range(0, prefixes, BLOCK)]
settled = [(range(i, prefixes, 2 * BLOCK), 0 if i % 2 else 7) for i in range(2 * BLOCK)]
state = {}

def whole():
    by_as = {}
    for prefix, asn in state.items():
        by_as.setdefault(asn, []).append(prefix)
    out = b""
    for asn, members in by_as.items():
        if asn:
            out += b"".join(update(members[i:i + BLOCK], asn) for i in range(0, len(members), BLOCK))
    return out + END

listener = socket.create_server(("127.0.0.3", 1180))
listener.setblocking(False)
conn, up, calm, done, turn = None, False, False, 0, 0
start = alive = time.monotonic()
while True:
    ready, _, _ = select.select([listener] + ([conn] if conn else []), [], [], .005)
    try:
        if listener in ready:
            conn, up = listener.accept()[0], False
            conn.settimeout(60)
            conn.sendall(OPEN)
        elif conn in ready and conn:
            data = conn.recv(65536)
            if not data:
                conn, up = None, False
            elif not up:
                conn.sendall(message(4) + whole())
                up = True
        changes = []
        if os.path.exists(settle):
            if not calm:
                changes, calm = settled, True
            start, done = time.monotonic(), 0
        else:
            calm = False
            due = int((time.monotonic() - start) * rate) - done
            for _ in range(min(due // BLOCK, 50)):
                turn += 1
                asn = 0 if turn % 5 == 4 else 1 + turn % 1000
                changes.append((blocks[turn * 7 % len(blocks)], asn))
                done += BLOCK
        for block, asn in changes:
            state.update((i, asn) for i in block)
        if up and changes:
            conn.sendall(b"".join(update(*c) for c in changes))
            with open(count, "a") as f:
                f.write("%d\n" % sum(len(c[0]) for c in changes))
        if up and time.monotonic() - alive > 3:
            conn.sendall(message(4))
            alive = time.monotonic()
    except OSError:
        conn, up = None, False
"""

SETTLED = {"2001:db9:%s::/48" % ("%x" % i): (7, 64999, "2001:db9::1") for i in range(0, PREFIXES, 2)}
# as the kernel lists it
SETTLED["2001:db9::/48"] = SETTLED.pop("2001:db9:0::/48")

FLOOD = r"""
import socket, sys, time
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
i = 0
while True:
    i += 1
    try:
        s.sendto(b"x", (sys.argv[1] % (2 * (i % 1000)), 6000))
    except OSError:
        pass
    if not i % 50:
        time.sleep(.005)
"""


def sent_updates():
    with open(COUNT) as f:
        return sum(int(n) for n in f.read().split())


def meter_again():
    load()
    configure(BY_AS + EXPORT6 + meter() + "ipv6 netstream export version 9 origin-as bgp-nexthop\n"
              "ipv6 netstream aggregation timeout active 1\n")


def whole_table(follower):
    """The speaker settles: then the table is exactly what both neighbours have."""
    with open(SETTLE, "w"):
        pass
    wanted, got = {**BEST, **SETTLED}, {}

    def same():
        got.clear()
        got.update(follower.table() or {})
        return {p: r for p, r in got.items() if p != LOCAL} == wanted and LOCAL in got
    try:
        wait("the table", same, 60)
    except AssertionError:
        raise AssertionError("missing %s, stale %s, other %s" % (
            sorted(set(wanted) - set(got))[:5], sorted(set(got) - set(wanted) - {LOCAL})[:5],
            [(p, got[p]) for p in wanted if p in got and got[p] != wanted[p]][:5])) from None
    os.unlink(SETTLE)


def churned(follower):
    """Until the speaker has told the follower of some thousand changes more: how many, and the seconds."""
    before, start = sent_updates(), time.monotonic()
    wait("changes of routes", lambda: sent_updates() > before + 5 * PREFIXES or
         follower.procs[0].poll() is not None, 60)
    return sent_updates() - before, time.monotonic() - start


def killed_in_every_order():
    unload()
    with Internet("deep-routes") as net:
        router = Bird(net)
        for path in (SETTLE, COUNT):
            if os.path.exists(path):
                os.unlink(path)
        with open(COUNT, "w"):
            pass
        speaker = net.spawn(sys.executable, "-c", SPEAKER, SETTLE, COUNT, str(RATE), str(PREFIXES),
                            ns="r", out=open(os.path.join(DIR, "speaker"), "w"))
        meter_again()
        net.spawn(sys.executable, "-c", FLOOD, "2001:db9:%x::1", ns="a")
        run("ip", "route", "add", "2001:db9::/32", "via", "fd00:2::2", ns="r")
        follower = Follower(net, CONFIG)
        whole_table(follower)
        kill = {"follower": follower.kill, "router": router.kill, "module": unload}
        begin = {"follower": follower.start, "router": router.start, "module": meter_again}
        phases = []
        for order in itertools.permutations(kill):
            phases.append(churned(follower))
            for name in order:
                kill[name]()
            for name in order:
                begin[name]()
            whole_table(follower)
            # and each alone, while the others go on
            phases.append(churned(follower))
            kill[order[0]]()
            begin[order[0]]()
            whole_table(follower)
            print("# %s: nothing stale, nothing missing" % ", ".join(order), flush=True)
        # the speaker is quiet while the table is compared, and after that has to catch up
        print("# %.0f updates a second between kills" %
              (sum(n for n, _ in phases) / sum(s for _, s in phases)), flush=True)
        equal(speaker.poll(), None, "the speaker")
        assert statistics()["metered"]["packets"], "packets were metered"
        balance()
    unload()


if __name__ == "__main__":
    sys.exit(main(killed_in_every_order))
