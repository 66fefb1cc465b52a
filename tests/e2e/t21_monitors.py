#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Monitors: records, collectors and samplers beside those of the system.

Expected are packets and bytes of UDP that was sent.  What collectors were sent is read
from a recording by a decoder that accepts no gap, no unknown template, and no template
that changes its meaning.
"""
import collections
import os
import random
import socket
import struct
import sys

from lib import *

A, B = "fd00:1::2", "fd00:2::2"
TO = "fd00:3::2"
SYSTEM, WEB, DNS = 2055, 2056, 2057
# Of a monitor, the highest bit is inverted.
MONITOR = 1 << 31
ROUNDS = int(os.environ.get("NETSTREAM_TEST_CHANGES", "20"))

RECORDS = TUPLE + """
ipv6 netstream record hosts
 match source address
 match protocol
 collect input packets 64
 collect input bytes 64
 quit
ipv6 netstream record ports
 match destination port
 match protocol
 match direction
 collect input packets 64
 collect input bytes 64
 quit
"""

TWO = RECORDS + EXPORT6 + """
ipv6 netstream monitor web
 description addresses
 apply record hosts
 ipv6 netstream export host ipv6 %(to)s 2056
 quit
ipv6 netstream monitor dns
 apply record ports
 ipv6 netstream export source ipv6 fd00:3::1 41000
 ipv6 netstream export host ipv6 %(to)s 2057 version ipfix
 quit
interface ra
 ipv6 netstream inbound
 ipv6 netstream monitor web inbound
 ipv6 netstream monitor dns inbound
 quit
""" % {"to": TO}


# ------------------------------------------------------------------- decoder

class Stream:
    """What one Source ID has sent to one port: templates, sums, and the next number."""

    def __init__(self):
        self.templates = {}
        self.next = None
        self.gaps = 0
        self.records = 0
        self.sums = collections.defaultdict(lambda: [0, 0])


class Decoded:
    """The export packets of a recording, by collector's port and Source ID."""

    def __init__(self, pcap):
        self.streams = collections.defaultdict(Stream)
        self.sources = collections.defaultdict(set)
        self.packets = 0
        for sport, dport, data in datagrams(pcap):
            self.packets += 1
            self.packet(sport, dport, data)

    def packet(self, sport, dport, data):
        version = struct.unpack_from("!H", data)[0]
        if version == 9:
            count, _, _, sequence, source = struct.unpack_from("!HIIII", data, 2)
            at = 20
        else:
            equal(version, 10, "version")
            length, _, sequence, source = struct.unpack_from("!HIII", data, 2)
            equal(length, len(data), "length of a message")
            at = 16
        self.sources[dport].add(sport)
        stream = self.streams[dport, source]
        if stream.next is not None and stream.next != sequence:
            stream.gaps += 1
        records = templates = 0
        while at + 4 <= len(data):
            kind, length = struct.unpack_from("!HH", data, at)
            assert 4 <= length <= len(data) - at, "a set of %d bytes" % length
            body = data[at + 4:at + length]
            if kind in (0, 2):
                templates += self.template(stream, body)
            elif kind in (1, 3):
                templates += self.options(stream, body, kind == 1)
            else:
                records += self.data(stream, kind, body)
            at += length
        equal(at, len(data), "sets fill a packet")
        if version == 9:
            equal(count, records + templates, "count in a header")
        stream.next = sequence + (1 if version == 9 else records) & 0xffffffff

    @staticmethod
    def learn(stream, number, fields):
        assert stream.templates.get(number, fields) == fields, \
            "template %d has another meaning" % number
        stream.templates[number] = fields

    def template(self, stream, body):
        at = n = 0
        while at + 4 <= len(body):
            number, count = struct.unpack_from("!HH", body, at)
            fields = [struct.unpack_from("!HH", body, at + 4 + 4 * i) for i in range(count)]
            self.learn(stream, number, fields)
            at += 4 + 4 * count
            n += 1
        return n

    def options(self, stream, body, v9):
        number, first, second = struct.unpack_from("!HHH", body)
        count = (first + second) // 4 if v9 else first
        self.learn(stream, number, ["options"] + [
            struct.unpack_from("!HH", body, 6 + 4 * i) for i in range(count)])
        return 1

    def data(self, stream, number, body):
        assert number in stream.templates, "no template %d" % number
        fields = stream.templates[number]
        options = fields[0] == "options"
        size = sum(f[1] for f in fields[options:])
        n = len(body) // size
        assert len(body) - n * size < 4, "padding of %d bytes" % (len(body) - n * size)
        for i in range(n):
            if not options:
                self.record(stream, fields, body[i * size:(i + 1) * size])
        return n

    @staticmethod
    def record(stream, fields, body):
        values, at = {}, 0
        for kind, length in fields:
            values[kind] = body[at:at + length]
            at += length
        number = {k: int.from_bytes(v, "big") for k, v in values.items()}
        stream.records += 1
        if number.get(4) != 17:
            return
        key = socket.inet_ntop(socket.AF_INET6, values[27]) if 27 in values else number[11]
        stream.sums[key][0] += number[2]
        stream.sums[key][1] += number[1]

    def at(self, port):
        """The sums of a collector, over its Source IDs."""
        sums = collections.defaultdict(lambda: [0, 0])
        for (where, _), stream in self.streams.items():
            for key, amount in stream.sums.items() if where == port else ():
                sums[key][0] += amount[0]
                sums[key][1] += amount[1]
        return dict(sums)

    def ids(self, port):
        return {source for where, source in self.streams if where == port}

    def gaps(self):
        return {key: s.gaps for key, s in self.streams.items() if s.gaps}


def datagrams(pcap):
    """(source port, destination port, payload) of each UDP datagram over IPv6."""
    with open(pcap, "rb") as f:
        data = f.read()
    at = 24
    while at + 16 <= len(data):
        kept = int.from_bytes(data[at + 8:at + 12], "little")
        frame = data[at + 16:at + 16 + kept]
        at += 16 + kept
        if len(frame) == kept and frame[12:14] == b"\x86\xdd" and frame[20] == 17:
            sport, dport, length = struct.unpack_from("!HHH", frame, 54)
            yield sport, dport, frame[62:54 + length]


# ------------------------------------------------------------------ accounts

def monitors(ns="r"):
    return {m["monitor"]: m for m in show("monitors", ns=ns)}


def balanced(ns="r"):
    """The equation holds in total, and for each monitor."""
    balance(ns)
    for name, m in monitors(ns).items():
        for unit in ("packets", "bytes"):
            total = sum(m[k][unit] for k in ("exported", "cached", "pending", "lost"))
            equal(total, m["metered"][unit], "the equation of %s, %s" % (name, unit))
        for unit in ("flows", "packets", "bytes"):
            equal(sum(c[unit] for c in m["lost_by_cause"].values()), m["lost"][unit],
                  "lost of %s, %s" % (name, unit))


def ready(*ports):
    """Wait until these collectors have been sent templates."""
    wait("templates", lambda: all(
        any(h["port"] == p and h["templates"] for h in show("hosts")) for p in ports))


SINK = r"""
import select, socket, sys
all = [socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) for _ in sys.argv[1:]]
for s, port in zip(all, sys.argv[1:]):
    s.bind(("::", int(port)))
print("ready", flush=True)
while True:
    for s in select.select(all, [], [])[0]:
        s.recv(2000)
"""


def sink(net, *ports):
    """Collectors that throw away what they get."""
    python(net, "c", SINK, *map(str, ports)).stdout.readline()


def ended(pcap):
    flush()
    balanced()
    recorded(pcap)
    return Decoded(pcap)


# --------------------------------------------------------------------- tests

def beside():
    """Two monitors and the system's record on one interface: each collector gets its own."""
    load()
    with Net("mon-beside") as net:
        nf = Nfcapd(net, port=SYSTEM)
        sink(net, WEB, DNS)
        pcap = net.capture()
        configure(TWO)
        ready(SYSTEM, WEB, DNS)
        udp(net, 300, 100, to=B, port=6001)
        udp(net, 200, 50, to=B, port=6002)
        udp(net, 77, 20, to=A, port=6003, ns="b")
        kept = show("cache")
        equal({f.get("monitor", "") for f in kept}, {"", "web", "dns"}, "whose flows are listed")
        assert all(("slot" in f) != ("monitor" in f) for f in kept), "slot or monitor"
        equal({f["record"] for f in show("cache", "monitor", "dns")}, {"ports"}, "filtered")
        equal({(i["interface"], m["monitor"], m["direction"]) for i in show("interfaces")
               for m in i["monitors"]}, {("ra", "web", "inbound"), ("ra", "dns", "inbound")},
              "monitors of interfaces")
        equal({(h["port"], h.get("monitor"), h["view"]) for h in show("hosts")},
              {(SYSTEM, None, "system"), (WEB, "web", "monitor"), (DNS, "dns", "monitor")}, "hosts")
        d = ended(pcap)
        equal(d.at(SYSTEM), {A: [500, 300 * 148 + 200 * 98]}, "the system's")
        equal(d.at(WEB), {A: [500, 300 * 148 + 200 * 98]}, "of web")
        equal(d.at(DNS), {6001: [300, 300 * 148], 6002: [200, 200 * 98]}, "of dns")
        equal(d.gaps(), {}, "gaps")
        equal([d.ids(p) for p in (SYSTEM, WEB, DNS)], [{0}, {MONITOR | 1}, {MONITOR | 2}],
              "Source IDs")
        equal([d.sources[p] for p in (SYSTEM, WEB, DNS)], [{40000}, {40000}, {41000}], "sources")
        equal(nf.sums()[A, B, "17"], [500, 300 * 148 + 200 * 98], "nfdump")
        equal(nf.failures(), (0, 0), "what nfdump says of sequences")
        mine = monitors()
        equal((mine["web"]["source_id"], mine["web"]["interfaces"], mine["web"]["hosts"],
               mine["web"]["records"]), (MONITOR | 1, 1, 1, ["hosts"]), "what is shown of web")
        assert mine["web"]["exported"]["packets"] >= 500, mine["web"]
        text = tool("show", "monitors")
        assert "Monitor web" in text and "DO NOT" not in text, text
        configure(run(TOOL, "show", "configuration", ns="r"))
        equal(tool("-c", "system-view", "-c", "show configuration compare").strip(), "",
              "what is shown can be typed again")
    unload()


def alone():
    """A monitor where the system meters nothing; without a record it meters original flows."""
    load()
    with Net("mon-alone") as net:
        sink(net, WEB)
        pcap = net.capture()
        configure("""
            ipv6 netstream export source ipv6 fd00:3::1
            ipv6 netstream monitor only
             ipv6 netstream export host ipv6 %s 2056
             quit
            interface all
             ipv6 netstream monitor only outbound
             quit
            """ % TO)
        ready(WEB)
        udp(net, 100, 100, to=B, port=6001)
        udp(net, 50, 100, to=A, port=6002, ns="b")
        udp(net, 25, 100, to=B, port=6003, ns="r")
        d = ended(pcap)
        equal(d.at(WEB), {A: [100, 14800], B: [50, 7400], "fd00:2::1": [25, 3700]}, "of only")
        equal({p for p, _ in d.streams}, {WEB}, "collectors")
        equal([monitors()["only"][k] for k in ("records", "interfaces")], [["original"], 4],
              "what is shown of it")
        equal(show("interfaces")[0]["outbound"]["enabled"], False, "metered by the system")
        equal(d.gaps(), {}, "gaps")
    unload()


def samplers():
    """A monitor has a sampler of its own: neither the system nor another monitor is sampled by it."""
    load()
    with Net("mon-samplers") as net:
        sink(net, SYSTEM, WEB, DNS)
        pcap = net.capture()
        configure(TWO + """
            ipv6 netstream monitor web
             ipv6 netstream sampler fix-packets 10 inbound
             quit
            interface ra
             ipv6 netstream sampler fix-packets 4 inbound
             quit
            """)
        ready(SYSTEM, WEB, DNS)
        wait("option records", lambda: all(h["option_records"] >= 4 for h in show("hosts")))
        udp(net, 1000, 100, to=B, port=6001)
        udp(net, 3000, 1000, to=B, port=6002)
        d = ended(pcap)
        near = lambda got, want: abs(got - want) <= 2 or equal(got, want, "packets")
        near(d.at(SYSTEM)[A][0], 1000)
        near(d.at(WEB)[A][0], 400)
        equal({k: v[0] for k, v in d.at(DNS).items()}, {6001: 1000, 6002: 3000}, "of dns")
        rates = {p: set() for p in (SYSTEM, WEB, DNS)}
        for ports, rate in tshark(pcap, "udp.dstport", "cflow.sampling_interval"):
            rates[int(ports[0])] |= set(rate)
        equal(rates, {SYSTEM: {"4"}, WEB: {"10"}, DNS: {"1"}}, "rates that collectors are told")
        skipped = monitors()
        near(skipped["web"]["skipped"]["not_selected"]["packets"] // 100 * 100, 3600)
        equal(skipped["dns"]["skipped"]["not_selected"]["packets"], 0, "not selected by dns")
    unload()


def fates():
    """A monitor whose record says what became of packets, beside the system's, which does not."""
    load()
    with Net("mon-fates") as net:
        pcap = net.capture()
        configure(RECORDS + EXPORT6 + """
            ipv6 netstream record fate
             match destination address
             match forwarding-status
             match protocol
             collect input packets 64
             collect input bytes 64
             quit
            ipv6 netstream monitor fate
             apply record fate
             apply record ports
             ipv6 netstream export host ipv6 %s 2056
             quit
            interface ra
             ipv6 netstream inbound
             ipv6 netstream monitor fate inbound
             quit
            """ % TO)
        ready(SYSTEM, WEB)
        udp(net, 30, 100, to=B, port=6001)
        udp(net, 20, 100, to="fd00:1::1", port=6002)
        kept = [f for f in show("cache", "monitor", "fate") if f["protocol"] == 17]
        equal(sorted((f["destination_address"], f["forwarding_status"], f["packets"]) for f in kept
                     if f["record"] == "fate"),
              [("fd00:1::1", 195, 20), (B, 64, 30)], "what became of packets")
        equal(sorted((f["destination_port"], f["packets"]) for f in kept if f["record"] == "ports"),
              [(6001, 30), (6002, 20)], "the monitor's other record")
        equal(sum(f["packets"] for f in show("cache") if "monitor" not in f and f["protocol"] == 17), 50,
              "the system's")
        flush()
        balanced()
        recorded(pcap)
    unload()


def segments():
    """Super-packets count as their segments for each, and a monitor's sampler chooses among these."""
    load()
    with Net("mon-segments") as net:
        sink(net, SYSTEM, WEB, DNS)
        pcap = net.capture()
        configure(TWO + "ipv6 netstream monitor dns\n ipv6 netstream sampler fix-packets 10 inbound\n quit\n")
        ready(SYSTEM, WEB, DNS)
        there, _ = tcp(net, 2000000, 1000)
        mine = monitors()
        at = {i["interface"]: i["inbound"] for i in show("interfaces")}["ra"]
        got = {name: sum(f["packets"] for f in show("cache", *args) if f["protocol"] == 6)
               for name, args in (("", ("record", "tuple")), ("web", ("monitor", "web")), ("dns", ("monitor", "dns")))}
        equal((got[""], got["web"]), (there[0], there[0]), "segments")
        assert abs(got["dns"] * 10 - there[0]) < 200, (got, there)
        octets = sum(f["bytes"] for f in show("cache", "monitor", "web") if f["protocol"] == 6)
        equal(octets, there[1], "bytes")
        assert at["packets"] >= there[0], at
        left = mine["dns"]["metered"]["packets"] + mine["dns"]["skipped"]["not_selected"]["packets"]
        assert left >= there[0], (left, there)
        flush()
        balanced()
        recorded(pcap)
    unload()


def entries():
    """A monitor's own bound: its flows above it end early and are counted, and those of others stay."""
    load()
    with Net("mon-entries") as net:
        sink(net, SYSTEM, WEB, DNS)
        pcap = net.capture()
        configure(TWO + "ipv6 netstream monitor dns\n cache entries 50\n quit\n")
        ready(SYSTEM, WEB, DNS)
        equal((monitors()["dns"]["max_flows"], "max_flows" in monitors()["web"]), (50, False), "bounds")
        udp(net, 1, 100, B, 10000, "a", ONE_CPU, last=10399)
        wait("packets", lambda: monitors()["dns"]["metered"]["packets"] >= 400)
        kept = [f for f in show("cache", "monitor", "dns")]
        mine = monitors()
        assert len(kept) <= 50 and mine["dns"]["cached"]["flows"] <= 50, (len(kept), mine["dns"])
        full = mine["dns"]["ended"]["full"]["flows"]
        assert full >= 350, mine["dns"]
        equal(mine["web"]["ended"]["full"]["flows"], 0, "of web")
        equal(statistics()["ended"]["full"]["flows"], full, "of all")
        equal(len([f for f in show("cache", "record", "tuple") if f["protocol"] == 17]), 400, "the system's flows")
        assert "at most 50 flows" in tool("show", "monitors", "dns")
        # raised under what is there: all of the next ones stay; lowered: they go at once
        configure("ipv6 netstream monitor dns\n cache entries 5000\n quit\n")
        udp(net, 1, 100, B, 10000, "a", ONE_CPU, last=10399)
        wait("flows", lambda: monitors()["dns"]["cached"]["flows"] >= 400)
        configure("ipv6 netstream monitor dns\n cache entries 16\n quit\n")
        wait("flows to go", lambda: monitors()["dns"]["cached"]["flows"] <= 16)
        balanced()
        d = ended(pcap)
        equal({k: v for k, v in d.at(DNS).items() if k >= 10000},
              {10000 + i: [2, 2 * 148] for i in range(400)}, "of dns")
        equal(d.at(WEB)[A], [800, 800 * 148], "of web")
        equal(d.gaps(), {}, "gaps")
        equal(statistics()["lost"]["packets"], 0, "lost")
        refused = tool("-f", "-", text="ipv6 netstream monitor dns\n cache entries 9\n", check=False)
        assert "'9': expected flows (16-67108864)" in refused.stderr, refused.stderr
    unload()


FLOOD = ONE_CPU + r"""
import signal, socket, sys, time
def stop(*_):
    global go
    go = False
go = True
signal.signal(signal.SIGTERM, stop)
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
n = 0
print("ready", flush=True)
while go:
    s.sendto(b"x" * 100, (sys.argv[1], 6000 + n % 5))
    n += 1
    time.sleep(0.0005)
print(n, flush=True)
"""


class Flood:
    """UDP from a to b, 148 bytes a packet, until it is stopped."""

    def __init__(self, net):
        self.proc = python(net, "a", FLOOD, B)
        self.proc.stdout.readline()

    def stop(self):
        """Stop.  Return how many packets were sent."""
        self.proc.terminate()
        return int(self.proc.stdout.readline())


CHANGES = [
    "apply record tuple", "undo apply record tuple",
    "ipv6 netstream export host ipv6 %s 2058" % TO, "undo ipv6 netstream export host ipv6 %s 2058" % TO,
    "ipv6 netstream aggregation timeout active interval-second 2",
    "undo ipv6 netstream aggregation timeout active",
    "ipv6 netstream export host ipv6 %s 2057 version 9" % TO,
    "ipv6 netstream export host ipv6 %s 2057 version ipfix" % TO,
    "ipv6 netstream sampler fix-packets 3 inbound", "undo ipv6 netstream sampler inbound",
    "undo apply record ports", "apply record ports", "apply record hosts", "undo apply record hosts",
    "description %s", "undo description",
]


def change(rng, i):
    """A change of monitor dns alone: its statements, where it is attached, or all of it."""
    if i % 7 == 3:
        return ["interface ra\n undo ipv6 netstream monitor dns inbound\n quit\n"
                "undo ipv6 netstream monitor dns\n",
                "ipv6 netstream monitor dns\n apply record ports\n"
                " ipv6 netstream export host ipv6 %s 2057 version ipfix\n quit\n"
                "interface ra\n ipv6 netstream monitor dns inbound\n quit\n" % TO]
    if i % 7 == 5:
        return ["interface ra\n undo ipv6 netstream monitor dns inbound\n quit\n",
                "interface ra\n ipv6 netstream monitor dns inbound\n quit\n"]
    at = 2 * rng.randrange(len(CHANGES) // 2)
    return ["ipv6 netstream monitor dns\n %s\n quit\n" % line
            for line in (CHANGES[at].replace("%s", "round %d" % i), CHANGES[at + 1])]


def others_stay():
    """Changes of one monitor under traffic leave flows, templates and numbers of the others alone."""
    seed = int(os.environ.get("NETSTREAM_FUZZ_SEED", random.randrange(1 << 30)))
    rng = random.Random(seed)
    print("# seed %d, %d changes" % (seed, ROUNDS), flush=True)
    load()
    with Net("mon-changes") as net:
        sink(net, SYSTEM, WEB, DNS)
        # dns is removed and comes back with new numbers, which no decoder can know: it is not
        # among the recordings that decode.py reads afterwards
        pcap = "/tmp/mon-changes.pcap"
        net.record("c", "e0", pcap, "udp portrange 2055-2065")
        configure(TWO)
        ready(SYSTEM, WEB, DNS)
        ids = {(t.get("monitor", ""), t["record"]): t["id"] for t in show("templates")}
        flood = Flood(net)
        for i in range(ROUNDS):
            for text in change(rng, i):
                configure(text)
                balanced()
        count = flood.stop()
        # its flow may have ended by the active timeout meanwhile
        seen = [0, 0]

        def all_metered():
            seen[:] = seen[1], monitors()["web"]["metered"]["packets"]
            return seen[0] == seen[1] >= count
        wait("the last packets", all_metered)
        now = {(t.get("monitor", ""), t["record"]): t["id"] for t in show("templates")}
        equal({k: v for k, v in now.items() if k[0] != "dns"},
              {k: v for k, v in ids.items() if k[0] != "dns"}, "template IDs of the others")
        d = ended(pcap)
        equal(d.at(WEB), {A: [count, count * 148]}, "of web")
        equal(d.at(SYSTEM), {A: [count, count * 148]}, "the system's")
        # one flow of each key: a commit has ended none of them
        udp_flows = [s.records for (p, _), s in d.streams.items() if p == WEB]
        assert sum(udp_flows) < 40, udp_flows
        equal({key: n for key, n in d.gaps().items() if key[0] in (SYSTEM, WEB)}, {},
              "gaps of the others")
        assert d.at(DNS), "nothing from dns"
        equal(tshark_complaints(pcap), "", "what tshark says")
        equal(show("hosts")[0]["errors"], 0, "errors")
    unload()


def goes():
    """A monitor that is detached and removed under traffic: what it had metered is accounted for."""
    load()
    with Net("mon-goes") as net:
        sink(net, SYSTEM, WEB, DNS)
        pcap = net.capture()
        configure(TWO)
        ready(SYSTEM, WEB, DNS)
        flood = Flood(net)
        wait("flows of dns", lambda: monitors()["dns"]["metered"]["packets"] > 50)
        configure("interface ra\n undo ipv6 netstream monitor dns inbound\n quit\n")
        before = monitors()["dns"]["metered"]["packets"]
        assert before, "dns has metered nothing"
        equal(monitors()["dns"]["metered"]["packets"], before, "detached")
        configure("interface rb\n ipv6 netstream monitor dns outbound\n quit\n")
        wait("flows of dns", lambda: monitors()["dns"]["metered"]["packets"] > before)
        balanced()
        refused = tool("-f", "-", text="undo ipv6 netstream monitor dns\n", check=False)
        assert "is attached to interface" in refused.stderr, refused.stderr
        configure("interface rb\n undo ipv6 netstream monitor dns outbound\n quit\n"
                  "undo ipv6 netstream monitor dns\n")
        equal(set(monitors()), {"web"}, "monitors")
        count = flood.stop()
        d = ended(pcap)
        equal(d.at(WEB), {A: [count, count * 148]}, "of web")
        equal(d.gaps(), {}, "gaps")
        st = statistics()
        equal(st["lost"]["packets"], 0, "lost")
        equal(sum(v[0] for v in d.at(DNS).values()) > before - 20, True, "what dns had metered was sent")
    unload()


if __name__ == "__main__":
    sys.exit(main(beside, alone, samplers, fates, segments, entries, others_stay, goes))
