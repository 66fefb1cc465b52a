#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Meters packets by a record for each field, and records what a collector would be sent.

A record has a base of addresses, ports, counters and times, and one field more; for a
field of the base it is the base without that field.  Each record has a monitor with two
hosts, of version 9 and IPFIX, so that the port tells records apart.  fields_read.py
compares what collectors show of a record with what they show of the base.

Leaves in $OUT: fields.pcap, and fields.json with the flow of each record as the module
lists it.
"""
import importlib.machinery
import importlib.util
import os
import shutil
import sys
import time

sys.path.insert(0, "../e2e")
from lib import *  # noqa: E402,F403
from t20_fields import fragment, mac, options, packet, routing, tcp_header, udp_header  # noqa: E402
from t21_monitors import sink  # noqa: E402

A, B = "fd00:5::2", "fd00:6::2"
# Seven packets of each kind: nothing else comes that often.
COUNT = 7
FIRST_PORT = 20000

BASE = ["match source address", "match destination address", "match protocol", "match destination port",
        "collect input packets 64", "collect input bytes 64", "collect first switched", "collect last switched"]
# The module appends AS numbers to records that match addresses, and type and code of ICMPv6 to
# those that match a port; in IPFIX the times of a flow are absolute ones.
BASES = {"routes": BASE[2:], "icmp": BASE[:3] + BASE[4:], "times": BASE[:6]}

# Fields -> the packet that has them; all others are in that of TCP
KIND = {"ICMP": "icmp", "ICMP_TYPE": "icmp", "ICMP_CODE": "icmp", "UDP_LENGTH": "udp",
        "FRAGMENT_FLAGS": "fragment", "FRAGMENT_ID": "fragment", "FRAGMENT_OFFSET": "later",
        "EXTENSIONS": "options", "MULTICAST": "multicast",
        "FIRST": "times", "LAST": "times", "START": "times", "END": "times", "DURATION": "times",
        "SRC_AS": "routes", "DST_AS": "routes", "BGP_NEXT_HOP": "routes",
        "DOT1Q_PRIORITY": "outbound", "POST_DST_MAC": "outbound", "DIRECTION": "outbound"}

TCP = packet(0x12345, 6, tcp_header() + bytes(100), source=A, to=B)
PACKETS = {
    "tcp": TCP, "outbound": TCP, "routes": TCP, "times": TCP,
    "udp": packet(2, 17, udp_header(24) + bytes(16), source=A, to=B),
    "icmp": packet(3, 58, bytes([129, 7, 0, 0, 0, 1, 0, 2]), source=A, to=B),
    "fragment": packet(5, 44, fragment(17, 0, 1) + udp_header(3000) + bytes(1000), source=A, to=B),
    "later": packet(6, 44, fragment(17, 126, 0) + bytes(72), source=A, to=B),
    "options": packet(4, 0, options(43) + routing(6) + tcp_header(options=b""), source=A, to=B),
    "multicast": packet(7, 17, udp_header(24) + bytes(16), source="fe80::5", to="ff02::1"),
}

ROUTES = "fd00:5::/64 64500 64496 fd00:5::9\nfd00:6::/64 64501 64497 fd00:6::9\n"

SEND = """
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("e0.5.9", 0))
for line in sys.stdin:
    s.send(bytes.fromhex(line))
"""


def make_fields():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "make-fields")
    loader = importlib.machinery.SourceFileLoader("make_fields", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("make_fields", loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


def statement(field):
    if field["width"]:
        return "collect %s 64" % field["words"]
    return "%s %s" % ("collect" if "collect" in field["verbs"] else "match", field["words"])


def cases():
    """name -> (kind, statements): each field's record, and the base that it is compared with."""
    all = {}
    for field in make_fields().fields():
        kind = KIND.get(field["name"], "tcp")
        base = BASES.get(kind, BASE)
        mine = [s for s in base if s.split(None, 1)[1] == statement(field).split(None, 1)[1]]
        without = [s for s in base if s not in mine]
        # of a key that the base has, the base is the record
        all[field["name"]] = (kind, without + (mine or [statement(field)]))
        all["not-" + field["name"] if mine else "base-" + kind] = (kind, without)
    return all


def vlans(net):
    """A VLAN in a VLAN on each side of the router, both in a VRF, with neighbours that need not be asked for."""
    run("ip", "link", "add", "blue", "type", "vrf", "table", "77", ns="r")
    run("ip", "link", "set", "blue", "up", ns="r")
    for i, ns in ((5, "a"), (6, "b")):
        for where, dev, host in (("r", "r" + ns, 1), (ns, "e0", 2)):
            inner = "%s.%d.%d" % (dev, i, i + 4)
            run("ip", "link", "add", "link", dev, "name", "%s.%d" % (dev, i), "type", "vlan", "id", str(i),
                "egress-qos-map", "0:5", ns=where)
            run("ip", "link", "add", "link", "%s.%d" % (dev, i), "name", inner, "type", "vlan", "id", str(i + 4),
                ns=where)
            run("ip", "link", "set", "%s.%d" % (dev, i), "up", ns=where)
            if where == "r":
                run("ip", "link", "set", inner, "master", "blue", ns="r")
            run("ip", "link", "set", inner, "up", ns=where)
            run("ip", "addr", "replace", "fd00:%d::%d/64" % (i, host), "dev", inner, "nodad", ns=where)
        run("ip", "-6", "neigh", "replace", "fd00:%d::2" % i, "lladdr", mac(ns, "e0").hex(":"),
            "dev", "r%s.%d.%d" % (ns, i, i + 4), "nud", "permanent", ns="r")


def monitors(group, ports, kind):
    """Statements: a record and a monitor of each case, attached where its packets are seen."""
    text = []
    for case, statements in group:
        text += ["ipv6 netstream record %s" % case, *statements, "quit", "ipv6 netstream monitor %s" % case,
                 "apply record %s" % case,
                 "ipv6 netstream export host ipv6 fd00:3::2 %d version 9" % ports[case],
                 "ipv6 netstream export host ipv6 fd00:3::2 %d version ipfix" % (ports[case] + 1), "quit"]
    text += ["interface rb.6.10" if kind == "outbound" else "interface ra.5.9"]
    text += ["ipv6 netstream monitor %s %s" % (case, "outbound" if kind == "outbound" else "inbound")
             for case, _ in group] + ["quit"]
    if kind == "routes":
        text.append("ipv6 netstream export version 9 origin-as bgp-nexthop")
    return "\n".join(text) + "\nipv6 netstream export source ipv6 fd00:3::1\n"


def meter_group(kind, group, ports, pcap):
    """Commit, send, and wait until all is recorded.  Return the flow of each case."""
    tool("--replace", "-f", "-", text=monitors(group, ports, kind))
    wait("the hosts up", lambda: all(h["state"] == "up" and h["templates"] for h in show("hosts")), 30)
    frame = mac("r", "ra") + mac("a", "e0") + b"\x86\xdd"
    run("python3", "-c", SEND, ns="a", text=((frame + PACKETS[kind]).hex() + "\n") * COUNT)

    def mine():
        return {f["monitor"]: f for f in show("cache") if f["packets"] == COUNT}
    wait("the flows", lambda: len(mine()) >= len(group))
    flows = mine()
    # a collector that is not told when a flow began shows when it was exported, in seconds
    exported = time.time() + 2
    wait("a time that is not that of the flows", lambda: time.time() > exported)
    flush()
    recorded(pcap)
    return flows


def main():
    out = {}
    all = cases()
    ports = {case: FIRST_PORT + 2 * i for i, case in enumerate(all)}
    load()
    with Net("fields") as net:
        vlans(net)
        pcap = "/tmp/fields.pcap"
        net.record("c", "e0", pcap, "udp portrange %d-%d" % (FIRST_PORT, FIRST_PORT + 2 * len(all)))
        sink(net, *range(FIRST_PORT, FIRST_PORT + 2 * len(all)))
        with open("/tmp/routes.txt", "w") as f:
            f.write(ROUTES)
        run("nft", "add table ip6 m; add chain ip6 m pre { type filter hook prerouting priority mangle; }; "
            "add rule ip6 m pre meta mark set 0x12345678", ns="r")
        tool("routes", "load", "/tmp/routes.txt", "vrf", "blue")
        for kind in PACKETS:
            of_kind = [(case, statements) for case, (k, statements) in all.items() if k == kind]
            for i in range(0, len(of_kind), 8):
                flows = meter_group(kind, of_kind[i:i + 8], ports, pcap)
                for case, statements in of_kind[i:i + 8]:
                    out[case] = {"port": ports[case], "kind": kind, "flow": flows[case],
                                 "statements": statements, "length": len(PACKETS[kind])}
        shutil.copyfile(pcap, os.path.join(OUT, "fields.pcap"))
    unload()
    with open(os.path.join(OUT, "fields.json"), "w") as f:
        json.dump(out, f, indent=1)
    print("ok decoders.fields_sent # %d records" % len(out), flush=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Exception as e:
        print("not ok decoders.fields_sent - %s" % (str(e).replace("\n", " / ")[:500] or repr(e)), flush=True)
        sys.exit(1)
