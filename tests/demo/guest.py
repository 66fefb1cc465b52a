#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The whole procedure, with traffic, and what a collector made of it."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ["PROJECT"], "tests", "e2e"))
from lib import *  # noqa: E402

PROCEDURE = """system-view
ipv6 netstream record conversations
 match source address
 match destination address
 match protocol
 match destination port
 match tos
 collect input packets 64
 collect input bytes 64
 collect first switched
 collect last switched
 quit
ipv6 netstream export version 9 origin-as
ipv6 netstream apply record conversations
ipv6 netstream export template timeout-rate 1
ipv6 netstream export source ipv6 fd00:3::1
ipv6 netstream export host ipv6 fd00:3::2 2055 dscp 46
ipv6 netstream aggregation timeout active interval-second 30
ipv6 netstream aggregation timeout inactive 1
interface ra
 ipv6 netstream inbound
 quit
interface rb
 ipv6 netstream inbound
 quit
commit
"""

PROTOCOL = {"6": "TCP", "17": "UDP", "58": "ICMPv6"}
NAME = {"fd00:1::2": "client", "fd00:2::2": "server"}


def say(text):
    print("\n== " + text, flush=True)


def human(n):
    for unit in ("B", "kB", "MB", "GB"):
        if n < 1000 or unit == "GB":
            return "%d %s" % (n, unit) if unit == "B" else "%.1f %s" % (n, unit)
        n /= 1000


def table(head, rows):
    width = [max(len(str(r[i])) for r in [head] + rows) for i in range(len(head))]
    for row in [head, ["-" * w for w in width]] + rows:
        print("  " + "  ".join(str(c).ljust(w) if i < 4 else str(c).rjust(w)
                               for i, (c, w) in enumerate(zip(row, width))))


def main():
    for m in ("veth", "vrf"):
        run("modprobe", m)
    with Net("demo") as net:
        say("client fd00:1::2 --- router --- server fd00:2::2;  collector (nfcapd) fd00:3::2")
        nf = Nfcapd(net)
        load()
        say("on the router the operator types")
        print("\n".join("    " + line for line in PROCEDURE.splitlines()))
        configure(PROCEDURE)
        say("traffic: a TCP download of 20 MB, video over UDP, DNS, a few pings")
        there, back = tcp(net, 20_000, 20_000_000, 443)
        udp(net, 800, 1200, port=5004, last=5004)
        udp(net, 25, 60, port=53)
        ping(net, 10)
        wait("the flows to age out", drained, 30)
        say("what the collector received (nfdump)")
        rows = [r for r in nf.rows("%sa %da %pr %sp %dp %tos %pkt %byt")
                if r[0] in NAME and r[1] in NAME]
        rows.sort(key=lambda r: -int(r[-1]))
        table(("from", "to", "protocol", "port", "packets", "bytes", "bytes/packet"),
              [[NAME[r[0]], NAME[r[1]], PROTOCOL.get(r[2], r[2]),
                r[4] if r[2] != "58" else "type %s" % r[4].split(".")[0], r[-2],
                human(int(r[-1])), int(r[-1]) // int(r[-2])] for r in rows])
        sums = {}
        for r in rows:
            got = sums.setdefault((r[0], r[2]), [0, 0])
            got[0] += int(r[-2])
            got[1] += int(r[-1])
        same = tuple(sums["fd00:1::2", "6"]) == there and tuple(sums["fd00:2::2", "6"]) == back
        print("\n  The end points say they sent %d + %d TCP segments, %s in all: %s." % (
            there[0], back[0], human(there[1] + back[1]),
            "exactly what the collector has" if same else "NOT what the collector has"))
        say("netstream show statistics")
        print("  " + tool("show", "statistics").replace("\n", "\n  ").rstrip())
        say("netstream show hosts")
        print("  " + tool("show", "hosts").replace("\n", "\n  ").rstrip())
        unload()
        return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
