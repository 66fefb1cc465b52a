#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Random records and random packets: the exported flows are what a capture of the wire adds up to.

Up to eight records are applied at once.  Packets are written byte by byte and recorded as they
are sent.  tshark reads both the recording and the exports; the packets are added up here by
the key of each record.  NETSTREAM_TEST_RECORDS says how many records: 300 if it does not.
NETSTREAM_FUZZ_SEED selects other ones.
"""
import collections
import functools
import ipaddress
import random
import xml.etree.ElementTree as xml

from deep import *

RECORDS = int(os.environ.get("NETSTREAM_TEST_RECORDS", "300"))
SEED = int(os.environ.get("NETSTREAM_FUZZ_SEED", "1"))
AT_ONCE = 8
PACKETS = 80
TO = "fd00:2::2"

SEND = """
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0))
for line in sys.stdin:
    s.send(bytes.fromhex(line))
"""

# ---------------------------------------------------------------- packets

rng = random.Random(SEED)


def pick(*values):
    return rng.choice(values)


def tcp():
    options = b"\x01" * pick(0, 4, 12)
    return 6, struct.pack("!HHIIBBHHH", pick(4000, 4001), pick(5000, 5001), pick(1, 0xfedcba98),
                          pick(0, 7), 5 + len(options) // 4 << 4, pick(2, 16, 17, 24), pick(500, 65535),
                          0, pick(0, 3)) + options + bytes(pick(0, 10, 400))


def udp_datagram():
    size = pick(0, 1, 60, 700)
    return 17, struct.pack("!HHHH", pick(4000, 4001), pick(5000, 5001), 8 + size, 0) + bytes(size)


def icmp():
    return 58, struct.pack("!BBHI", pick(128, 129), pick(0, 5), 0, 1) + bytes(pick(0, 30))


def other():
    return pick(47, 50, 89, 99), bytes(pick(24, 60))


def options(protocol, kind, payload):
    return kind, bytes([protocol, 0, 1, 4, 0, 0, 0, 0]) + payload


def routing(protocol, payload):
    return 43, bytes([protocol, 0, 253, 0, 0, 0, 0, 0]) + payload


def auth(protocol, payload):
    return 51, bytes([protocol, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2]) + payload


def fragment(protocol, payload):
    offset, more = pick((0, 0), (0, 1), (9, 1), (100, 0))
    payload += bytes(-len(payload) % 8)
    return 44, struct.pack("!BBHI", protocol, 0, offset << 3 | more, pick(1, 0xcafebabe)) + payload


def packet():
    protocol, payload = pick(tcp, tcp, udp_datagram, udp_datagram, icmp, other)()
    for wrap in (auth, fragment, routing, lambda p, d: options(p, 60, d), lambda p, d: options(p, 0, d)):
        if rng.random() < 0.12:
            protocol, payload = wrap(protocol, payload)
    source = pick("fd00:1::2", "fd00:1::3", "2001:db8:1::1", "2001:db8:2::1")
    return struct.pack("!IHBB", 6 << 28 | pick(0, 0, 0xb8, 0x2f) << 20 | pick(0, 0, 0x12345, 0xfffff),
                       len(payload), protocol, pick(2, 64, 64, 255)) + \
        ipaddress.ip_address(source).packed + ipaddress.ip_address(pick(TO, "fd00:2::3")).packed + payload


# ------------------------------------------------- what tshark says of the wire

# Fields of packets; those of headers that a packet does not have are empty.
WIRE = ["frame.len", "ipv6.src", "ipv6.dst", "ipv6.tclass", "ipv6.flow", "ipv6.plen", "ipv6.nxt", "ipv6.hlim",
        "ipv6.hopopts.nxt", "ipv6.dstopts.nxt", "ipv6.routing.nxt", "ipv6.fraghdr.nxt", "ah.next_header",
        "ipv6.fraghdr.offset", "ipv6.fraghdr.more", "ipv6.fraghdr.ident",
        "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.window_size_value", "tcp.flags",
        "tcp.urgent_pointer", "tcp.hdr_len", "udp.srcport", "udp.dstport", "udp.length",
        "icmpv6.type", "icmpv6.code"]
CHAIN = [("ipv6.hopopts.nxt", 0, 1), ("ipv6.dstopts.nxt", 60, 0), ("ipv6.routing.nxt", 43, 5),
         ("ah.next_header", 51, 14)]
KNOWN = {6, 17, 58, 59}
TERMINAL = {50: 13, 51: 14, 108: 15, 135: 12}


def wire_packets(path):
    out = run("tshark", "-r", path, "-Y", "ipv6 && !(ipv6.dst == ff00::/8)", "-o", "ipv6.defragment:FALSE",
              "-o", "tcp.relative_sequence_numbers:FALSE", "-o", "tcp.analyze_sequence_numbers:FALSE",
              "--disable-protocol", "esp", "-T", "fields", "-E", "separator=|", "-E", "occurrence=f",
              *(a for f in WIRE for a in ("-e", f)), timeout=300)
    return [fields_of(dict(zip(WIRE, line.split("|")))) for line in out.splitlines()]


def number(w, name):
    text = w[name]
    return int(text, 0) if text and text not in ("True", "False") else int(text == "True")


def fields_of(w):
    """The values of the module's fields, from those of tshark."""
    n = {name: number(w, name) for name in WIRE if name not in ("ipv6.src", "ipv6.dst")}
    later = bool(w["ipv6.fraghdr.nxt"]) and n["ipv6.fraghdr.offset"] != 0
    protocol, bits, at = n["ipv6.nxt"], 0, {number: (name, bit) for name, number, bit in CHAIN}
    while True:
        if protocol == 44 and w["ipv6.fraghdr.nxt"]:
            bits |= 1 << (6 if later else 4)
            protocol = n["ipv6.fraghdr.nxt"]
            if later:
                break
        elif protocol in at and w[at[protocol][0]]:
            name, bit = at.pop(protocol)
            bits |= 1 << bit
            protocol = n[name]
        else:
            if protocol not in KNOWN:
                bits |= 1 << TERMINAL.get(protocol, 3)
            break
    if later:
        for name in WIRE[16:]:
            n[name] = 0
    tclass, icmp_port = n["ipv6.tclass"], n["icmpv6.type"] << 8 | n["icmpv6.code"]
    return {
        "source address": int(ipaddress.ip_address(w["ipv6.src"])),
        "destination address": int(ipaddress.ip_address(w["ipv6.dst"])),
        "source port": n["tcp.srcport"] or n["udp.srcport"],
        "destination port": n["tcp.dstport"] or n["udp.dstport"] or icmp_port,
        "protocol": protocol, "tos": tclass, "flow-label": n["ipv6.flow"], "tcp-flag": n["tcp.flags"] & 255,
        "icmp type-code": icmp_port, "next-header": n["ipv6.nxt"], "hop-limit": n["ipv6.hlim"],
        "dscp": tclass >> 2, "precedence": tclass >> 5, "length total": n["ipv6.plen"] + 40,
        "length payload": n["ipv6.plen"], "extension map": bits,
        "fragmentation flags": 32 * n["ipv6.fraghdr.more"],
        "fragmentation offset": n["ipv6.fraghdr.offset"],
        "fragmentation id": n["ipv6.fraghdr.ident"],
        "icmp type": n["icmpv6.type"], "icmp code": n["icmpv6.code"],
        "tcp sequence-number": n["tcp.seq_raw"], "tcp acknowledgement-number": n["tcp.ack_raw"],
        "tcp window-size": n["tcp.window_size_value"], "tcp urgent-pointer": n["tcp.urgent_pointer"],
        "tcp header-length": n["tcp.hdr_len"], "udp message-length": n["udp.length"], "is-multicast": 0,
        "direction": 0,
    }


# ---------------------------------------------------------------- records

def any_of(values):
    return functools.reduce(int.__or__, values)


# statement -> element number in version 9
MATCH = {
    "source address": 27, "destination address": 28, "source port": 7, "destination port": 11, "protocol": 4,
    "tos": 5, "flow-label": 31, "direction": 61, "tcp-flag": 6, "icmp type-code": 32, "next-header": 193,
    "hop-limit": 192, "dscp": 195, "precedence": 196, "length total": 224, "length payload": 191,
    "extension map": 64, "fragmentation flags": 197, "fragmentation offset": 88, "fragmentation id": 54,
    "icmp type": 178, "icmp code": 179, "tcp sequence-number": 184, "tcp acknowledgement-number": 185,
    "tcp window-size": 186, "tcp urgent-pointer": 187, "tcp header-length": 188, "udp message-length": 205,
    "is-multicast": 206,
}
# statement -> element number, field of the packets, how it accumulates
COLLECT = {
    "hop-limit minimum": (52, "hop-limit", min), "hop-limit maximum": (53, "hop-limit", max),
    "length total minimum": (25, "length total", min), "length total maximum": (26, "length total", max),
    "extension map": (64, "extension map", any_of), "fragmentation flags": (197, "fragmentation flags", any_of),
}


def cut(address, length):
    """The leading bits of an address; the router's own networks have 64 bits, and no route leads to others."""
    if length == "route-mask":
        length = 64 if ipaddress.ip_address(address) in ipaddress.ip_network("fd00::/16") else 0
    return address >> 128 - length << 128 - length


class Record:
    def __init__(self, name):
        self.name = name
        self.match = rng.sample(sorted(MATCH), rng.randint(1, rng.choice((2, 5, 12))))
        self.prefix = {f: rng.choice((128, 64, 48, 127, 33, "route-mask")) for f in self.match if "address" in f}
        self.collect = [c for c in sorted(COLLECT) if c not in self.match and rng.random() < 0.3]

    def statements(self):
        match = ["match %s %s" % (f, self.prefix.get(f, "")) for f in self.match]
        collect = ["collect " + c for c in self.collect]
        lines = match + collect + ["collect input packets 64", "collect input bytes 64"]
        rng.shuffle(lines)
        return "ipv6 netstream record %s\n%s\nquit\n" % (self.name, "\n".join(" " + line for line in lines))

    def key(self, values):
        return tuple(cut(values[f], self.prefix[f]) if f in self.prefix else values[f] for f in self.match)

    def expected(self, packets):
        groups = collections.defaultdict(list)
        for p in packets:
            groups[self.key(p)].append(p)
        return {k: (len(g), sum(p["length total"] for p in g)) +
                tuple(COLLECT[c][2]([p[COLLECT[c][1]] for p in g]) for c in self.collect)
                for k, g in groups.items()}

    def exported(self, flows):
        """The same, from data records: element number -> value."""
        groups = collections.defaultdict(list)
        for f in flows:
            groups[tuple(f[MATCH[m]] for m in self.match)].append(f)
        return {k: (sum(f[2] for f in g), sum(f[1] for f in g)) +
                tuple(COLLECT[c][2]([f[COLLECT[c][0]] for f in g]) for c in self.collect)
                for k, g in groups.items()}


# --------------------------------------------- what tshark says of the exports

def data_records(path):
    """Template ID -> data records, each a dict of element number -> value, as tshark decodes them."""
    out = run("tshark", "-r", path, "-d", "udp.port==2055,cflow", "-T", "pdml", timeout=600)
    records, layout = collections.defaultdict(list), {}
    for cflow in xml.fromstring(out).iter("proto"):
        if cflow.get("name") == "cflow":
            for flowset in cflow.iter("field"):
                read_set(flowset, layout, records)
    return records


def read_set(flowset, layout, records):
    ids = [f for f in flowset if f.get("name") == "cflow.flowset_id"]
    if not ids:
        return
    for template in flowset.iter("field"):
        inner = [f for f in template if f.get("name") == "cflow.template_id"]
        if inner and template is not flowset and ids[0].get("show") == "0":
            types = [f.get("value") for f in template.iter("field")
                     if f.get("name") == "cflow.template_field_type"]
            layout[int(inner[0].get("value"), 16)] = [int(t, 16) for t in types]
    number = int(ids[0].get("value"), 16)
    for flow in flowset if number in layout else ():
        if not (flow.get("show") or "").startswith("Flow "):
            continue
        values = [f for f in flow if f.get("value") and f.get("size") != "0"]
        types = layout[number]
        if len(values) != len(types):
            raise AssertionError("template %d has %d fields, a flow %d: %s" % (
                number, len(types), len(values), [f.get("showname") for f in values]))
        records[number].append({t: int(v.get("value"), 16) for t, v in zip(types, values)})


# ---------------------------------------------------------------- the test

def mac(ns, dev):
    return bytes.fromhex(run("cat", "/sys/class/net/%s/address" % dev, ns=ns).strip().replace(":", ""))


def sums(net, records, before, turn):
    pcap = net.capture(tag="-%d" % turn)
    path = "/tmp/wire-%d.pcap" % turn
    wire = net.record("a", "e0", path, "-Q", "out", "ip6")
    configure("undo ipv6 netstream apply record\n" +
              "".join("undo ipv6 netstream record %s\n" % r.name for r in before) +
              "".join(r.statements() for r in records) +
              "".join("ipv6 netstream apply record %s\n" % r.name for r in records) + EXPORT6 + meter(("ra",)))
    names = {t["record"]: t["id"] for t in show("templates")}
    frame = mac("r", "ra") + mac("a", "e0") + b"\x86\xdd"
    run("python3", "-c", SEND, "e0", ns="a",
        text="".join((frame + packet()).hex() + "\n" for _ in range(PACKETS)))
    wait("the wire", lambda: frames(path) >= PACKETS)
    wire.terminate()
    wire.wait(10 * SLOW)
    flush()
    recorded(pcap)
    # the next recording has a collector that is new: all templates, and no flow of these records
    configure("interface ra\n undo ipv6 netstream inbound\n quit\nundo ipv6 netstream export host ipv6 fd00:3::2 2055\n")
    wait("the collector to go", lambda: not show("hosts"))
    packets, exported = wire_packets(path), data_records(pcap)
    os.unlink(path)
    for r in records:
        got, want = r.exported(exported[names[r.name]]), r.expected(packets)
        if got != want:
            raise AssertionError("%s: only exported %s, only on the wire %s" % (
                r.statements().replace("\n", ";"), [i for i in got.items() if want.get(i[0]) != i[1]][:3],
                [i for i in want.items() if got.get(i[0]) != i[1]][:3]))


def random_records():
    """Sums by key of random records equal those of the wire."""
    load()
    with Net("records") as net:
        # neighbours are known, so that nothing but these packets is sent while they are
        for ns, dev, far, other in (("a", "e0", "fd00:1::1", ("r", "ra")), ("r", "rb", TO, ("b", "e0")),
                                    ("r", "ra", "fd00:1::2", ("a", "e0"))):
            run("ip", "neigh", "replace", far, "lladdr", mac(*other).hex(":"), "dev", dev, "nud", "permanent", ns=ns)
        before = []
        for turn in range(0, RECORDS, AT_ONCE):
            records = [Record("r%d" % i) for i in range(turn, min(RECORDS, turn + AT_ONCE))]
            sums(net, records, before, turn)
            net.captured()
            before = records
        print("# %d records, seed %d" % (RECORDS, SEED), flush=True)
    unload()


if __name__ == "__main__":
    sys.exit(main(random_records))
