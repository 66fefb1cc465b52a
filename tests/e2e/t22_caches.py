#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Caches of records: permanent and immediate."""
import collections
import sys

from lib import *

B = "fd00:2::2"

DEFINITION = """
ipv6 netstream record %s
 cache %s
 match source address
 match destination address
 match protocol
 match destination port
 collect input packets 64
 collect input bytes 64
 collect first switched
 collect last switched
 collect flow-end-reason
 quit
"""
RECORD = DEFINITION + "ipv6 netstream apply record %s\n"

# A monitor for each of the two caches, beside original flows of the system.
MONITORS = DEFINITION % ("trace", "immediate") + DEFINITION % ("totals", "permanent") + EXPORT6 + """
ipv6 netstream monitor trace
 apply record trace
 ipv6 netstream export host ipv6 fd00:3::2 2056
 quit
ipv6 netstream monitor totals
 apply record totals
 ipv6 netstream aggregation timeout active interval-second 1
 ipv6 netstream export host ipv6 fd00:3::2 2057
 quit
interface ra
 ipv6 netstream inbound
 ipv6 netstream monitor trace inbound
 ipv6 netstream monitor totals inbound
 quit
"""


def records(pcap, port, packets, octets, collector=2055):
    """(packets, bytes, end reason) of each data record of a destination port, in order."""
    rows = tshark(pcap, "cflow.dstport", packets, octets, "cflow.flow_end_reason",
                  display="cflow.dstport == %d && udp.dstport == %d" % (port, collector))
    return [(int(n), int(b), int(reason, 0)) for ports, *values in rows
            for p, n, b, reason in zip(ports, *values) if p == str(port)]


def immediate():
    """Each packet is a record, and each segment of a super-packet; the sums are exact."""
    load()
    with Net("immediate") as net:
        pcap = net.capture()
        configure(RECORD % ("packets", "immediate", "packets") + EXPORT6 + meter(("ra",)))
        equal([(r["cache"], r["state"]) for r in show("records") if r["name"] == "packets"],
              [("immediate", "active")], "the record")
        udp(net, 7, 100, B, 7300, "a", ONE_CPU)
        (packets, size), _ = tcp(net, 300000, 1000)
        wait("packets", lambda: statistics()["metered"]["packets"] >= packets + 7)
        st = flush()
        equal(st["exported"]["packets"], st["metered"]["packets"], "all are exported")
        recorded(pcap)
        equal(records(pcap, 7300, "cflow.packets", "cflow.octets"), [(1, 148, 2)] * 7, "datagrams")
        segments = records(pcap, 5001, "cflow.packets", "cflow.octets")
        equal((len(segments), sum(b for _, b, _ in segments)), (packets, size), "segments and their bytes")
        equal({(n, reason) for n, _, reason in segments}, {(1, 2)}, "packets and reason of each")
        equal([f for f in show("cache") if f["record"] == "packets"], [], "the cache")
    unload()


def permanent():
    """Totals at the active timeout; the flow goes on until metering ends."""
    load()
    with Net("permanent") as net:
        pcap = net.capture()
        configure("ipv6 netstream aggregation timeout active interval-second 1\n"
                  "ipv6 netstream aggregation timeout inactive 1\n" +
                  RECORD % ("totals", "permanent", "totals") + EXPORT6 + meter(("ra",)))

        def totals():
            return [(n, b) for n, b, _ in records(pcap, 7301, "cflow.permanent_packets", "cflow.permanent_octets")]

        def reported(packets):
            wait("a report of %d packets" % packets, lambda: (packets, 148 * packets) in totals(), 30)
        udp(net, 5, 100, B, 7301, "a", ONE_CPU)
        reported(5)
        # long after both timeouts it is there, and its counts go on
        wait("another report", lambda: totals().count((5, 740)) >= 3, 30)
        udp(net, 3, 100, B, 7301, "a", ONE_CPU)
        reported(8)
        cached = [f["packets"] for f in show("cache") if f.get("destination_port") == 7301]
        equal(cached, [8], "in the cache")
        st = balance()
        equal(st["exported"]["packets"], 0, "what is reported is still in the cache")
        assert sum(h["packets"] for h in show("hosts")) >= 4, show("hosts")
        # the end of metering is the end of the flow
        configure("undo ipv6 netstream apply record totals\n")
        flush()
        recorded(pcap)
        seen = totals()
        equal(sorted(seen), seen, "totals never fall")
        last = records(pcap, 7301, "cflow.permanent_packets", "cflow.permanent_octets")[-1]
        equal(last, (8, 8 * 148, 4), "the last record: forced end")
    unload()


def of_monitors():
    """A monitor with an immediate and one with a permanent cache: each account comes out even."""
    load()
    with Net("caches-of-monitors") as net:
        pcap = net.capture()
        configure(MONITORS)

        def account(name):
            return [m for m in show("monitors") if m["monitor"] == name][0]

        def totals():
            return records(pcap, 7303, "cflow.permanent_packets", "cflow.permanent_octets", 2057)
        udp(net, 7, 100, B, 7303, "a", ONE_CPU)
        wait("what was traced", lambda: records(pcap, 7303, "cflow.packets", "cflow.octets", 2056) == [(1, 148, 2)] * 7, 30)
        wait("two reports", lambda: [t[:2] for t in totals()].count((7, 1036)) >= 2, 30)
        # what is reported is still in the cache
        equal((account("totals")["exported"]["packets"], account("totals")["cached"]["packets"] >= 7), (0, True), "totals")
        equal([f["packets"] for f in show("cache", "monitor", "totals") if f["destination_port"] == 7303], [7], "its cache")
        equal(show("cache", "monitor", "trace"), [], "the cache of trace")
        flush()
        for name in ("trace", "totals"):
            a = account(name)
            equal((a["cached"]["packets"], a["lost"]["packets"]), (0, 0), name)
            equal(a["exported"]["packets"], a["metered"]["packets"], "the equation of " + name)
        recorded(pcap)
        equal(totals()[-1], (7, 1036, 4), "the last record: forced end")
        equal(records(pcap, 7303, "cflow.packets", "cflow.octets"), [(7, 1036, 4)], "the system's flow")
        balance()
    unload()


def changed():
    """Another cache is another record: its flows end, and its template gets another ID."""
    load()
    with Net("cache-changed") as net:
        pcap = net.capture()
        configure(RECORD % ("one", "normal", "one") + EXPORT6 + meter(("ra",)))
        assert "cache" not in tool("show", "configuration").split("record one")[1].split("quit")[0]
        udp(net, 2, 100, B, 7302, "a", ONE_CPU)
        flush()
        ids = collections.Counter()
        for cache in ("permanent", "immediate", "normal"):
            configure("ipv6 netstream record one\n cache %s\n" % cache)
            udp(net, 2, 100, B, 7302, "a", ONE_CPU)
            flush()
            recorded(pcap)
            ids.update(t["id"] for t in show("templates") if t.get("record") == "one")
        equal(max(ids.values()), 1, "uses of a template ID")
        equal(sum(n for n, _, _ in records(pcap, 7302, "cflow.packets", "cflow.octets")), 6, "counts of packets")
        p = run(TOOL, "-f", "-", ns="r", check=False, text="ipv6 netstream record one\ncache lasting\n")
        assert p.returncode and "<stdin>:2:7: 'lasting': expected" in p.stderr, p.stderr
        balance()
    unload()


if __name__ == "__main__":
    sys.exit(main(immediate, permanent, of_monitors, changed))
