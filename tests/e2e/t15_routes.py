#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Tables of routes: loading, changing, listing, and the values that are exported."""
import bz2
import ctypes
import gzip
import ipaddress
import lzma
import socket
import struct
import sys

from genl import *
from lib import *

LOAD, CHANGE, COMMIT, DROP, GET, STATS = range(11, 17)
ROUTES = 14
FAMILY, VRF, SOURCE, LOADING, GENERATION, WITHDRAW, ROUTE, PREFIX, LONGER, ADDRESS = range(2, 12)
COUNT = 15
ENOENT, EINVAL, ERANGE, ENFAM, ESTALE, EDQUOT, EBUSY = 2, 22, 34, 97, 116, 122, 16


def nlri(text):
    net = ipaddress.IPv6Network(text)
    return bytes([net.prefixlen]) + net.network_address.packed[:(net.prefixlen + 7) // 8]


def prefix(text, kind=PREFIX):
    return attr(kind, nlri(text))


def route(origin, peer, hop, *prefixes):
    return nest(ROUTE, u32(1, origin), u32(2, peer), ip6(3, hop),
                *[attr(4, nlri(p)) for p in prefixes])


class Client(Family):
    def __init__(self):
        super().__init__("netstream")

    def ask(self, cmd, *parts, dump=False):
        return self.call(cmd, nest(ROUTES, *parts), dump)

    def load(self, source, *parts, vrf=()):
        self.ask(LOAD, text(SOURCE, source), *vrf)
        if parts:
            self.ask(CHANGE, flag(LOADING), *parts)

    def commit(self, *parts):
        table = dict(attrs(self.ask(COMMIT, *parts)[0]))[ROUTES]
        return struct.unpack("=I", dict(attrs(table))[GENERATION])[0]

    def routes(self, *parts):
        """Prefix -> (origin AS, peer AS, next hop), in the order of the listing."""
        found = {}
        for message in self.ask(GET, *parts, dump=True):
            table = dict(attrs(dict(attrs(message))[ROUTES]))
            r = dict(attrs(table[ROUTE]))
            addr = ipaddress.IPv6Address(r[4][1:].ljust(16, b"\0"))
            found["%s/%d" % (addr, r[4][0])] = (
                *struct.unpack("=II", r[1] + r[2]), socket.inet_ntop(socket.AF_INET6, r[3]))
        return found

    def tables(self):
        """VRF -> (source, counts)."""
        found = {}
        for message in self.call(STATS, dump=True):
            table, counts = {}, {}
            for kind, data in attrs(dict(attrs(message))[ROUTES]):
                if kind == COUNT:
                    c = dict(attrs(data))
                    counts[c[5][:-1].decode()] = struct.unpack("=Q", c[6])[0]
                else:
                    table[kind] = data
            found[table.get(VRF, b"\0")[:-1].decode()] = (table[SOURCE][:-1].decode(), counts)
        return found


def refused(errno, said, call, *args):
    try:
        call(*args)
    except Refused as e:
        assert e.errno == errno and said in e.message, "%s (%d)" % (e, e.errno)
        return
    raise AssertionError("not refused: %s" % said)


THREE = (route(64500, 64496, "fd00:1::1", "2001:db8::/32", "2001:db8:1::/48"),
         route(64501, 64496, "fd00:1::1", "2001:db8:1:8000::/49"))


def contract():
    """Loads, changes, listings and refusals."""
    load()
    a, b = Client(), Client()
    a.load("file x", *THREE)
    equal(a.routes(), {}, "before the commit")
    first = a.commit()
    equal(a.routes(), {"2001:db8::/32": (64500, 64496, "fd00:1::1"),
                       "2001:db8:1::/48": (64500, 64496, "fd00:1::1"),
                       "2001:db8:1:8000::/49": (64501, 64496, "fd00:1::1")}, "all")
    equal(list(a.routes()), ["2001:db8::/32", "2001:db8:1::/48", "2001:db8:1:8000::/49"], "order")
    equal(list(a.routes(ip6(ADDRESS, "2001:db8:1:8000::1"))), ["2001:db8:1:8000::/49"], "address")
    equal(list(a.routes(ip6(ADDRESS, "2001:db9::1"))), [], "an address of no prefix")
    equal(list(a.routes(prefix("2001:db8::/32"))), ["2001:db8::/32"], "exact")
    equal(list(a.routes(prefix("2001:db8::/47"))), [], "exact, not there")
    equal(list(a.routes(prefix("2001:db8:1::/48"), flag(LONGER))),
          ["2001:db8:1::/48", "2001:db8:1:8000::/49"], "longer")
    source, counts = a.tables()[""]
    equal((source, counts["prefixes"], counts["routes"]), ("file x", 3, 2), "statistics")
    # increments: in order, and only of the generation that was asked for
    b.ask(CHANGE, u32(GENERATION, first), prefix("2001:db8::/32", WITHDRAW),
          route(7, 8, "::1", "2001:db8::/32", "::/0"), prefix("2001:db8:1::/48", WITHDRAW),
          prefix("2001:db8:ffff::/48", WITHDRAW))
    equal(b.routes(), {"::/0": (7, 8, "::1"), "2001:db8::/32": (7, 8, "::1"),
                       "2001:db8:1:8000::/49": (64501, 64496, "fd00:1::1")}, "changed")
    equal(list(b.routes(ip6(ADDRESS, "2001:db9::1"))), ["::/0"], "the default")
    b.load("bgp fd00::1")
    second = b.commit()
    equal(second != first and b.routes(), {}, "an empty table")
    refused(ESTALE, "somebody else", a.ask, CHANGE, u32(GENERATION, first), THREE[0])
    a.load("file y", THREE[0])
    refused(ESTALE, "somebody else", a.ask, COMMIT, u32(GENERATION, first))
    equal(a.commit(u32(GENERATION, second)) > second, True, "the load is still there")
    refused(ESTALE, "somebody else", a.ask, DROP, u32(GENERATION, second))
    a.ask(DROP)
    equal(a.tables(), {}, "dropped")
    refused(ENOENT, "no such table", a.ask, DROP)


def refusals():
    """Every refusal has its text; nothing else changes."""
    load()
    c = Client()
    table = text(SOURCE, "x")
    for said, errno, call in (
            ("say where they come from", EINVAL, (LOAD,)),
            ("IPv4 is not supported", ENFAM, (LOAD, u8(FAMILY, 2), table)),
            ("only IPv6", ENFAM, (LOAD, u8(FAMILY, 1), table)),
            ("name is empty", EINVAL, (LOAD, table, text(VRF, ""))),
            ("cannot be printed", EINVAL, (LOAD, text(SOURCE, "a\nb"))),
            ("does not have this attribute", EINVAL, (LOAD, table, flag(LOADING))),
            ("this socket loads nothing", ENOENT, (CHANGE, flag(LOADING))),
            ("this socket loads nothing", ENOENT, (COMMIT,)),
            ("this socket loads nothing", ENOENT, (DROP, flag(LOADING))),
            ("there is no table to change", ENOENT, (CHANGE, *THREE)),
            ("does not have this attribute", EINVAL, (CHANGE, flag(LOADING), u32(GENERATION, 1))),
            ("somebody else", ESTALE, (CHANGE, u32(GENERATION, 9)))):
        refused(errno, said, c.ask, *call)
    c.load("x")
    for said, bad in (("the prefix is empty", b""), ("longer than an address", bytes([129]) + bytes(16)),
                      ("more or fewer bytes", bytes([32, 1, 2, 3])),
                      ("more or fewer bytes", bytes([31, 1, 2, 3, 4, 5]))):
        refused(EINVAL, said, c.ask, CHANGE, flag(LOADING), attr(WITHDRAW, bad))
        refused(EINVAL, said, c.ask, CHANGE, flag(LOADING), nest(ROUTE, attr(4, bad)))
    for said, parts in (("either an address or a prefix", (ip6(ADDRESS, "::1"), prefix("::/0"))),
                        ("longer than which", (flag(LONGER),))):
        refused(EINVAL, said, c.routes, *parts)
    equal((c.tables(), c.routes()), ({}, {}), "nothing is there")


def bounds():
    """max_routes; loads that are given up leave nothing behind; loads are few."""
    load("max_routes=1000")
    many = [route(i, 1, "::1", *["2001:db8:%x:%x::/64" % (i, j) for j in range(100)])
            for i in range(11)]
    c = Client()
    c.load("x", *many[:5])
    c.commit()
    c.load("y", *many[:10])     # those that it replaces do not count
    refused(EDQUOT, "max_routes", c.ask, CHANGE, flag(LOADING), many[10])
    refused(EDQUOT, "max_routes", c.ask, CHANGE, many[10])
    equal(c.tables()[""][1]["prefixes"], 500, "in use")
    c.ask(DROP, flag(LOADING))
    c.ask(CHANGE, *many[5:10])
    equal(c.tables()[""][1]["prefixes"], 1000, "changed")
    refused(EDQUOT, "max_routes", c.ask, CHANGE, many[10])
    c.ask(CHANGE, many[3])      # there already
    loads = [Client() for _ in range(8)]
    for x in loads:
        x.load("z")
    refused(EBUSY, "too many loads", c.load, "z")
    loads[0].s.close()
    c.load("z")
    for x in loads[1:]:
        x.s.close()
    c.s.close()
    unload()


def enter(ns):
    """This process into a network namespace."""
    with open("/run/netns/" + ns) as f:
        if ctypes.CDLL(None, use_errno=True).setns(f.fileno(), 0):
            raise OSError(ctypes.get_errno(), "setns")


def in_namespace(ns):
    """A client whose socket is in a namespace; this process stays where it is."""
    with open("/proc/self/ns/net") as here:
        enter(ns)
        client = Client()
        ctypes.CDLL(None).setns(here.fileno(), 0)
    return client


# a: AS 64500 by neighbour 64496; b: AS 64510 by neighbour 64511
NEAR = route(64500, 64496, "fd00:ffff::1", "fd00:1::/64")
FAR = route(64510, 64511, "fd00:ffff::2", "fd00:2::/64")

BY_AS = """
ipv6 netstream record by-as
 match source as
 match destination as
 match next-hop bgp
 collect input packets 64
 collect input bytes 64
 quit
ipv6 netstream apply record by-as
"""

# what follows from the key, and is looked up once a flow
BY_ADDRESS = BY_AS.replace(" match source as\n", " match source address\n match destination address\n"
                           " match source as\n")


def steady(net, count, to="fd00:2::2"):
    """Packets of one CPU: on another one they would be of another flow."""
    udp(net, count, 100, to, 6000, "a", "import os", "os.sched_setaffinity(0, {0})")


def ten_packets(net):
    """From a to b, of one flow, which is exported.  They may wait for neighbour discovery."""
    steady(net, 10)
    wait("a flow of all packets", lambda: any(f["packets"] >= 10 for f in show("cache")))
    flush()


def seen(net, statements, fmt, change=None):
    """What nfdump reads of packets from a to b, before and after a change of routes."""
    # a collector that is not there refuses templates, and is sent them again a second later
    nf = Nfcapd(net)
    tool("--replace", "-f", "-", text=EXPORT6 + statements + meter(("ra",)))
    ten_packets(net)
    if change:
        change()
        ten_packets(net)
    rows = nf.rows(fmt)
    equal(nf.failures(), (0, 0), "failures")
    return sorted(r for r in rows if r[0] == "17" or "%pr" not in fmt)


def values():
    """AS numbers and BGP next hops, as nfdump reads them; routes that change meanwhile."""
    load()
    with Net("routes") as net:
        net.capture()
        c = in_namespace("r")
        c.load("file x", NEAR, FAR)
        generation = c.commit()
        version = "ipv6 netstream export version 9 "
        fmt = "%pr %sas %das %nhb"
        other = route(64999, 64998, "::ffff:192.0.2.1", "fd00:2::/64")
        equal(seen(net, version + "origin-as bgp-nexthop\n", fmt,
                   lambda: c.ask(CHANGE, u32(GENERATION, generation), other)),
              [("17", "64500", "64510", "fd00:ffff::2"),
               ("17", "64500", "64999", "::ffff:192.0.2.1")], "origin-as, bgp-nexthop")
        equal(seen(net, version + "peer-as\n", "%pr %sas %das %sa",
                   lambda: c.ask(CHANGE, prefix("fd00:1::/64", WITHDRAW))),
              [("17", "0", "64998", "fd00:1::2"), ("17", "64496", "64998", "fd00:1::2")], "peer-as")
        c.load("file y", NEAR, FAR)
        c.commit()
        # a record that matches them: each packet has the values of its time
        rows = seen(net, BY_AS + version + "origin-as bgp-nexthop\n", "%sas %das %nhb %pkt",
                    lambda: c.ask(CHANGE, other))
        rows = [r for r in rows if r[3] == "10"]
        equal(rows, [("64500", "64510", "fd00:ffff::2", "10"),
                     ("64500", "64999", "::ffff:192.0.2.1", "10")], "matched")
        rows = seen(net, BY_AS + version + "\n", "%sas %das %nhb %pkt")
        # not those of neighbour discovery that began before; what came later is in this flow, too
        equal({r[:3] for r in rows if int(r[3]) >= 10}, {("0", "0", "::")}, "without an option")


def of_flows():
    """A record that matches them and the addresses: a flow ends when its routes change, and only then."""
    load()
    with Net("routes-flows") as net:
        net.capture()
        c = in_namespace("r")
        c.load("file x", NEAR, FAR)
        c.commit()
        nf = Nfcapd(net)
        configure(EXPORT6 + BY_ADDRESS + meter(("ra",)) +
                  "ipv6 netstream export version 9 origin-as bgp-nexthop\n")
        packets = 0

        def ended(want):
            nonlocal packets
            steady(net, 10)
            packets += 10
            return show("statistics")["ended"]["routes"]["flows"] == want
        wait("packets", lambda: ended(0))
        # these concern other addresses
        c.ask(CHANGE, route(9, 9, "::9", "fd00:9::/64"), prefix("fd00:9::/64", WITHDRAW))
        for _ in range(3):
            time.sleep(.3)
            equal(ended(0), True, "flows of routes that have not changed")
        c.ask(CHANGE, route(64999, 64998, "::ffff:192.0.2.1", "fd00:2::/64"))
        wait("the end of the flow", lambda: ended(1))
        c.ask(CHANGE, prefix("fd00:2::/64", WITHDRAW))
        wait("the end of the next one", lambda: ended(2))
        # all are looked up again by another kind of AS number
        configure("ipv6 netstream export version 9 peer-as bgp-nexthop\n")
        wait("the end of the third one", lambda: ended(3))
        c.ask(DROP)
        wait("the end of the fourth one", lambda: ended(4))
        # neighbour discovery has another address
        flush()
        rows = [r for r in nf.rows("%sas %das %nhb %pkt %sa %da") if r[4:] == ("fd00:1::2", "fd00:2::2")]
        equal([r[:3] for r in rows],
              [("64500", "64510", "fd00:ffff::2"), ("64500", "64999", "::ffff:192.0.2.1"),
               ("64500", "0", "::"), ("64496", "0", "::"), ("0", "0", "::")], "flows")
        equal(sum(int(r[3]) for r in rows), packets, "packets")


BY_MASK = """
ipv6 netstream record by-mask
 match destination address
 match source mask
 match destination mask
 collect input packets 64
 quit
ipv6 netstream apply record by-mask
"""


def masks():
    """Prefix lengths, by the statement; the forwarding table has a default route for the destination."""
    load()
    with Net("masks") as net:
        net.capture()
        run("ip", "route", "add", "default", "via", "fd00:2::2", ns="r")
        client = in_namespace("r")
        client.load("file x", route(1, 1, "::1", "fd00:1::/48"), route(2, 2, "::2", "2001:db8::/40"))
        client.commit()
        nf = Nfcapd(net)
        packets = 0
        for mode, want in (("", "64 40"), ("fib", "64 0"), ("routes", "48 40")):
            packets += 10
            tool("--replace", "-f", "-", text=EXPORT6 + BY_MASK + meter(("ra",)) +
                 ("ipv6 netstream mask %s\n" % mode if mode else ""))
            steady(net, packets, "2001:db8::1")
            wait("a flow of all packets", lambda: any(f["packets"] >= packets for f in show("cache")))
            flow = [f for f in show("cache") if f["packets"] >= packets][0]
            equal("%d %d" % (flow["source_mask"], flow["destination_mask"]), want, mode)
            flush()
        rows = nf.rows("%da %pkt %smk %dmk")
        equal([r[1:] for r in rows if r[0] == "2001:db8::1"],
              [("10", "64", "40"), ("20", "64", "0"), ("30", "48", "40")], "as nfdump reads them")


CUT = """
ipv6 netstream record cut
 match source address route-mask
 match destination address route-mask
 collect source mask
 collect destination mask
 collect input packets 64
 quit
ipv6 netstream apply record cut
"""


def cut_to_the_route():
    """Prefixes as long as the route, by the statement; two routes may begin at the same address."""
    load()
    with Net("cut") as net:
        net.capture()
        for dest in ("2001:db8::/32", "2001:db8::/48", "2001:db8:8000::/33"):
            run("ip", "route", "add", dest, "via", "fd00:2::2", ns="r")
        client = in_namespace("r")
        # BGP has one more, and other AS numbers at the same first address
        client.load("file x", route(1, 1, "::1", "fd00:1::/48"), route(32, 32, "::32", "2001:db8::/32"),
                    route(48, 48, "::48", "2001:db8::/48"), route(33, 33, "::33", "2001:db8:8000::/33"))
        client.commit()
        nf = Nfcapd(net)
        to = "2001:db8::1", "2001:db8::2:1", "2001:db8:0:ffff::1", "2001:db8:7::1", "2001:db8:ffff::1"
        for mode in ("", "fib", "routes"):
            tool("--replace", "-f", "-", text=EXPORT6 + CUT + meter(("ra",)) +
                 "ipv6 netstream export version 9 origin-as bgp-nexthop\n" +
                 ("ipv6 netstream mask %s\n" % mode if mode else ""))
            equal([m for r in show("records") if r["name"] == "cut" for m in r["match"]],
                  ["source address route-mask", "destination address route-mask"], "as it is listed")
            for dest in to:
                udp(net, 2, 20, dest, 6000)
            source = ("fd00:1::", 48) if mode == "routes" else ("fd00:1::", 64)
            want = {(*source, *d): n for d, n in ((("2001:db8::", 48), 6), (("2001:db8::", 32), 2),
                                                  (("2001:db8:8000::", 33), 2))}

            def flows():
                return {(f["source_address"], f["source_mask"], f["destination_address"], f["destination_mask"]):
                        f["packets"] for f in show("cache") if f["destination_address"].startswith("2001:")}
            wait("flows of all packets by mask %s: %s" % (mode or "auto", want), lambda: flows() == want)
            flush()
        rows = [r for r in nf.rows("%sa %smk %da %dmk %sas %das %nhb %pkt") if r[2].startswith("2001:")]
        for length in ("64", "64", "48"):
            for row in (("2001:db8::", "48", "1", "48", "::48", "6"), ("2001:db8::", "32", "1", "32", "::32", "2"),
                        ("2001:db8:8000::", "33", "1", "33", "::33", "2")):
                rows.remove(("fd00:1::", length, *row))
        equal(rows, [], "other flows that nfdump reads")


def of_a_vrf(by=BY_AS):
    """Interfaces of a VRF use its table of routes and its forwarding table, the others the namespace's."""
    load()
    with Net("routes-vrf") as net:
        net.capture()
        run("ip", "link", "add", "blue", "type", "vrf", "table", "100", ns="r")
        run("ip", "link", "set", "blue", "up", ns="r")
        # what the namespace's tables say must not count
        run("ip", "route", "add", "fd00::/16", "dev", "rc", ns="r")
        client = in_namespace("r")
        client.load("other", route(7, 7, "::7", "fd00:1::/64"), route(8, 8, "::8", "fd00:2::/64"))
        client.commit()
        client.load("blue", route(1, 11, "::1", "fd00:1::/64"), route(2, 12, "::2", "fd00:2::/64"),
                    vrf=(text(VRF, "blue"),))
        client.commit()
        version = "ipv6 netstream export version 9 origin-as bgp-nexthop\n"
        record = by.replace("collect input packets", "match source mask\n collect input packets")
        fmt = "%sas %das %nhb %smk %pkt"
        flows = seen(net, record + version, fmt)
        equal([f for f in flows if f[4] == "10"], [("7", "8", "::8", "64", "10")], "in no VRF")
        for i, dev in ((1, "ra"), (2, "rb")):
            run("ip", "link", "set", dev, "master", "blue", ns="r")
            run("ip", "addr", "add", "fd00:%d::1/64" % i, "dev", dev, "nodad", ns="r", check=False)
        flows = seen(net, record + version, fmt, lambda: client.ask(DROP, text(VRF, "blue")))
        equal([f for f in flows if f[4] == "10"],
              [("1", "2", "::2", "64", "10"), ("7", "8", "::8", "64", "10")],
              "in the VRF, with its table and without")


def of_flows_of_a_vrf():
    """The same with a record by which routes are looked up once a flow."""
    of_a_vrf(BY_ADDRESS)


UDP_UNTIL_KILLED = """
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
port = 0
while True:
    port = (port + 1) % 1000
    s.sendto(b"x", (sys.argv[1], 6000 + port))
"""


def began(loader):
    """Whether a load could be begun; a socket that was closed may not have been given up yet."""
    try:
        loader.load("y")
    except Refused as e:
        equal(e.errno, EBUSY, "why a load is refused")
        return False
    return True


def load_is_interrupted():
    """Sockets that are closed while they load, while packets look up; and processes that are killed."""
    load()
    with Net("interrupted") as net:
        client = in_namespace("r")
        client.load("file x", NEAR, FAR)
        client.commit()
        tool("--replace", "-f", "-", text=EXPORT6 + BY_AS + meter(("ra",)) +
             "ipv6 netstream export version 9 origin-as bgp-nexthop\n")
        sender = python(net, "a", UDP_UNTIL_KILLED, "fd00:2::2")
        many = [route(i, i, "::9", *["2001:db8:%x:%x::/64" % (i, j) for j in range(300)])
                for i in range(10)]
        for i in range(10):
            loader = in_namespace("r")
            loader.load("gone", *many[:i])
            loader.s.close()
        with open("/tmp/many", "w") as f:
            f.writelines("2001:db8:%x::/64 1 2 ::9\n" % i for i in range(60000))
        for i in range(4):
            loader = net.spawn(TOOL, "routes", "load", "/tmp/many", ns="r")
            time.sleep(i * SLOW / 10)
            loader.kill()
            loader.wait()
        # as many loads as there may be: those that were interrupted are gone
        for loader in [in_namespace("r") for _ in range(8)]:
            wait("room for a load", lambda: began(loader))
        source, counts = client.tables()[""]
        equal((source, counts["prefixes"]) in (("file x", 2), ("file /tmp/many", 60000)), True,
              "one table, whole: %s, %s" % (source, counts))
        packets = show("statistics")["metered"]["packets"]
        wait("packets meanwhile", lambda: show("statistics")["metered"]["packets"] > packets)
        sender.kill()
        sender.wait()
        balance()
        client.load("file x", NEAR, FAR)
        client.commit()
        equal(sorted(client.routes()), ["fd00:1::/64", "fd00:2::/64"], "the last load counts")


FRR = """{ "vrfId": 0, "localAS": 65000, "routes": {
"2001:db8::/32": [
 {"valid":true,"pathFrom":"external","path":"64496 64500","origin":"IGP","peerId":"fd00::1",
  "nexthops":[{"ip":"fe80::1","scope":"link-local"},{"ip":"fd00::1","scope":"global"}]},
 {"valid":true,"bestpath":true,"path":"64497 64498 64501","origin":"IGP","peerId":"fd00::2",
  "nexthops":[{"ip":"fd00::2","scope":"global"}]}],
"2001:db8:1::/48": [{"valid":true,"bestpath":true,"path":"64496 {64502,64503}","origin":"IGP",
  "peerId":"fd00::1","nexthops":[{"ip":"192.0.2.1"}]}],
"2001:db8:2::/48": [{"path":"64496","origin":"IGP","peerId":"fd00::1","nexthops":[]}],
"192.0.2.0/24": [{"valid":true,"path":"","origin":"IGP","nexthops":[]}] } }
"""

TEXT = """# prefix, origin AS, peer AS, next hop
2001:db8::/32 64500 64496 fd00::1
2001:db8:1::/48 4200000000 64496 ::	# the last line of a prefix counts
2001:db8:1:ffff::1/48 7 64496 192.0.2.1

192.0.2.0/24 1 1 192.0.2.1
"""


def loaded_from(content, *argv):
    """What the tool says when it loads a file, which comes through a pipe."""
    return tool("routes", "load", "-", *argv, ns=None, text=content).strip()


def files():
    """Text and FRR's JSON: what they say, what is skipped; files that are neither."""
    load()
    c = Client()
    equal(loaded_from(TEXT), "loaded 2, skipped 1: 1 not IPv6", "text")
    equal(c.routes(), {"2001:db8::/32": (64500, 64496, "fd00::1"),
                       "2001:db8:1::/48": (7, 64496, "::ffff:192.0.2.1")}, "text")
    equal(loaded_from(FRR), "loaded 2, skipped 2: 1 not IPv6, 1 not valid for the router itself",
          "FRR")
    equal(c.routes(), {"2001:db8::/32": (64501, 64497, "fd00::2"),
                       "2001:db8:1::/48": (0, 64496, "::ffff:192.0.2.1")}, "FRR")
    equal(loaded_from(FRR, "peer", "fd00::1").split(":")[0], "loaded 2, skipped 3", "of a peer")
    equal(c.routes()["2001:db8::/32"], (64500, 64496, "fd00::1"), "of a peer")
    for module in (gzip, bz2, lzma):
        packed = os.path.join("/tmp", "routes-" + module.__name__)
        with module.open(packed, "wb") as f:
            f.write(TEXT.encode())
        tool("reset", "routes", ns=None)
        equal(tool("routes", "load", packed, ns=None).strip(), "loaded 2, skipped 1: 1 not IPv6", packed)
        equal(c.routes()["2001:db8::/32"], (64500, 64496, "fd00::1"), packed)
    loaded_from(FRR, "peer", "fd00::1")
    equal(loaded_from(TEXT, "vrf", "red"), "loaded 2, skipped 1: 1 not IPv6", "of a VRF")
    before = c.routes()
    for content, said in ((TEXT + "2001:db8::/32 1 2\n", "line 7: expected PREFIX ORIGIN-AS"),
                          ("2001:db8::/129 1 2 ::\n", "line 1: expected PREFIX"),
                          ("{ \"routes\": [\n 1,, ]", "line 2: not JSON"), ("{}", "it has no routes"),
                          ("{ \"routes\":", "it ends too early"), ("", "the file is empty")):
        p = tool("routes", "load", "-", ns=None, check=False, text=content)
        assert p.returncode == 1 and said in p.stderr, p
    equal(c.routes(), before, "a file that is refused changes nothing")
    shown = json.loads(tool("show", "routes", "2001:db8::/31", "longer", "--json", ns=None))
    equal([r["prefix"] for r in shown], ["2001:db8::/32", "2001:db8:1::/48"], "show")
    shown = json.loads(tool("show", "routes", "2001:db8:1::7", "vrf", "red", "--json", ns=None))
    equal([(r["prefix"], r["origin_as"]) for r in shown], [("2001:db8:1::/48", 7)], "show, VRF")
    shown = json.loads(tool("show", "routes", "statistics", "--json", ns=None))
    equal([(t.get("vrf"), t["source"], t["prefixes"]) for t in shown],
          [(None, "file on standard input", 2), ("red", "file on standard input", 2)], "statistics")
    tool("reset", "routes", "vrf", "red", ns=None)
    equal(list(c.tables()), [""], "after reset")


def dumped(path):
    """Prefix -> (length, origin code, peer, path identifier, origin AS), by bgpdump."""
    codes = {"IGP": 0, "EGP": 1, "INCOMPLETE": 2}
    paths = {}
    p = subprocess.run(["bgpdump", "-q", "-m", path], capture_output=True, text=True)
    for line in p.stdout.splitlines():
        w = line.split("|")
        if len(w) < 6 or ":" not in w[5]:
            continue
        ap = w[0].endswith("_AP") and len(w) > 6
        peer = ipaddress.ip_address(w[3])
        peer = peer.packed if peer.version == 6 else bytes(10) + b"\xff\xff" + peer.packed
        key = str(ipaddress.IPv6Network(w[5], strict=False)), peer, int(w[6]) if ap else 0
        paths.pop(key, None)
        if w[2] != "W":
            path = re.sub(r"[(\[].*?[)\]]", "", w[6 + ap]).replace("{", " {").split()
            last = path[-1] if path else "0"
            last = 0 if "," in last else int(last.strip("{}"))
            paths[key] = len(path), codes[w[7 + ap]], peer, key[2], last
    best = {}
    for (net, _, _), path in paths.items():
        best[net] = min(best.get(net, path), path)
    return best


def mrt():
    """Every real file: prefix by prefix what bgpdump says, by the rule for the best path."""
    folder = os.path.join(CAPTURES, "..", "routes", "mrt")
    if not os.path.isdir(folder):
        raise Skip("there are no MRT files here")
    if not shutil.which("bgpdump"):
        raise Skip("bgpdump is not installed")
    load()
    c = Client()
    for name in sorted(os.listdir(folder)):
        want = dumped(os.path.join(folder, name))
        p = tool("routes", "load", os.path.join(folder, name), ns=None, check=False)
        if name == "openbgpd_rib_table-mp":
            assert p.returncode == 1 and "cannot read this kind of MRT file" in p.stderr, p
            continue
        equal(p.returncode, 0, name + p.stderr)
        equal({k: v[0] for k, v in c.routes().items()}, {k: v[4] for k, v in want.items()}, name)


if __name__ == "__main__":
    sys.exit(main(contract, refusals, bounds, files, mrt, values, of_flows, masks, cut_to_the_route,
                  of_a_vrf, of_flows_of_a_vrf, load_is_interrupted))
