#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Fields of packets' headers: packets written byte by byte, and what tshark decodes of the flows."""
import datetime
import socket
import struct

from lib import *

A, B = "fd00:1::2", "fd00:2::2"

# What sends frames from a device: hexadecimal, a line each.
SEND = ONE_CPU + """
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0))
for line in sys.stdin:
    s.send(bytes.fromhex(line))
"""


ASK = """
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(('::', 7061))
s.settimeout(10)
s.connect(('fd00:1::77', 7062))
s.send(b'x')
s.recv(10)
"""

ANSWER = """
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(('::', 7060))
s.settimeout(20)
data, to = s.recvfrom(10)
s.sendto(data, to)
"""


def mac(ns, dev):
    return bytes.fromhex(run("cat", "/sys/class/net/%s/address" % dev, ns=ns).strip().replace(":", ""))


def send(packets):
    """Send IPv6 packets from a to the router."""
    frame = mac("r", "ra") + mac("a", "e0") + b"\x86\xdd"
    run("python3", "-c", SEND, "e0", ns="a", text="".join((frame + p).hex() + "\n" for p in packets))


def packet(label, following, payload, hops=61, tc=0xb8, to=B, source=A):
    return struct.pack("!IHBB", 6 << 28 | tc << 20 | label, len(payload), following, hops) + \
        socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, to) + payload


def tcp_header(seq=0x01020304, ack=0x05060708, window=0xabcd, urgent=0x7766, options=b"\x01" * 12):
    return struct.pack("!HHIIBBHHH", 4660, 80, seq, ack, 5 + len(options) // 4 << 4, 0x38, window, 0,
                       urgent) + options


def udp_header(length):
    return struct.pack("!HHHH", 4660, 53, length, 0)


def fragment(following, offset, more, number=0xdeadbeef):
    return struct.pack("!BBHI", following, 0, offset << 3 | more, number)


def options(following):
    return bytes([following, 0, 1, 4, 0, 0, 0, 0])


def routing(following):
    return bytes([following, 0, 4, 0, 0, 0, 0, 0])


def auth(following):
    return bytes([following, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2])


# A packet each, by its flow label, and what tshark is to show where it is not 0.
PACKETS = {
    1: (packet(1, 6, tcp_header() + bytes(100)),
        dict(ipv6_next_hdr=6, tcp_seq_num=0x01020304, tcp_ack_num=0x05060708, tcp_windows_size=0xabcd,
             tcp_urg_ptr=0x7766, tcp_header_length=32)),
    2: (packet(2, 17, udp_header(24) + bytes(16), hops=255, tc=0x03),
        dict(ipv6_next_hdr=17, udp_length=24, ip_ttl=255, ip_dscp=0, ip_precedence=0)),
    3: (packet(3, 58, bytes([129, 7, 0, 0, 0, 1, 0, 2]), hops=2, tc=0xff),
        dict(ipv6_next_hdr=58, icmp_ipv6_type=129, icmp_ipv6_code=7, ip_ttl=2, ip_dscp=63,
             ip_precedence=7)),
    4: (packet(4, 0, options(60) + options(43) + routing(51) + auth(6) + tcp_header(options=b"")),
        dict(ipv6_exthdr=0x4023, tcp_seq_num=0x01020304, tcp_ack_num=0x05060708,
             tcp_windows_size=0xabcd, tcp_urg_ptr=0x7766, tcp_header_length=20)),
    5: (packet(5, 44, fragment(17, 0, 1) + udp_header(3000) + bytes(1000)),
        dict(ipv6_next_hdr=44, ipv6_exthdr=0x10, ip_fragment_flags=0x20, frag_ident=0xdeadbeef,
             udp_length=3000)),
    6: (packet(6, 44, fragment(17, 126, 0) + bytes(72)),
        dict(ipv6_next_hdr=44, ipv6_exthdr=0x40, fragment_offset=126, frag_ident=0xdeadbeef)),
    7: (packet(7, 60, options(50) + bytes(40)), dict(ipv6_next_hdr=60, ipv6_exthdr=0x2001)),
    8: (packet(8, 47, bytes(24)), dict(ipv6_next_hdr=47, ipv6_exthdr=0x8)),
    9: (packet(9, 59, b""), dict(ipv6_next_hdr=59)),
}

STATEMENTS = {
    "ipv6_next_hdr": "next-header", "ip_ttl": "hop-limit", "ip_dscp": "dscp",
    "ip_precedence": "precedence", "ip_total_length": "length total",
    "ipv6_payload_length": "length payload", "ipv6_exthdr": "extension map",
    "ip_fragment_flags": "fragmentation flags", "fragment_offset": "fragmentation offset",
    "frag_ident": "fragmentation id", "icmp_ipv6_type": "icmp type", "icmp_ipv6_code": "icmp code",
    "tcp_seq_num": "tcp sequence-number", "tcp_ack_num": "tcp acknowledgement-number",
    "tcp_windows_size": "tcp window-size", "tcp_urg_ptr": "tcp urgent-pointer",
    "tcp_header_length": "tcp header-length", "udp_length": "udp message-length",
    "is_multicast": "is-multicast",
}


def decoded(pcap, names):
    """The flows of a recording, by their flow label."""
    rows = tshark(pcap, "cflow.ipv6flowlabel", *("cflow." + n for n in names),
                  display="cflow.ipv6flowlabel")
    flows = [values for row in rows for values in zip(*row)]
    return {int(f[0], 0): dict(zip(names, (int(v, 0) for v in f[1:]))) for f in flows}


def exported(pcap):
    flush()
    recorded(pcap)


def want(label):
    wire, values = PACKETS[label]
    out = dict.fromkeys(STATEMENTS, 0)
    out.update(ip_ttl=61, ip_dscp=46, ip_precedence=5, ip_total_length=len(wire),
               ipv6_payload_length=len(wire) - 40)
    out.update(values)
    return out


def headers(verb, version, ports):
    """Every field of the headers, matched or collected, has the value of the packet."""
    load()
    with Net("headers-%s-%s" % (verb, version)) as net:
        pcap = net.capture()
        configure("ipv6 netstream record h\n match flow-label\n" +
                  "".join(" %s %s\n" % (verb, words) for words in STATEMENTS.values()) +
                  " collect input packets 32\n quit\n" + ports +
                  "ipv6 netstream apply record h\n" + EXPORT6 + meter(("ra",)))
        send(p for p, _ in PACKETS.values())
        exported(pcap)
        flows = decoded(pcap, list(STATEMENTS))
        # others, such as neighbour discovery, have no flow label
        flows.pop(0, None)
        equal(sorted(flows), sorted(PACKETS), "flows")
        for label, flow in flows.items():
            equal(flow, want(label), "packet %d" % label)
    unload()


def headers_matched():
    headers("match", "9", "")


def headers_collected():
    headers("collect", "9", "")


def over_a_flow():
    """Minimum, maximum and OR over the packets of a flow; times, number and count of flows."""
    load()
    with Net("over-a-flow") as net:
        pcap = net.capture()
        configure("""
            ipv6 netstream record o
             match flow-label
             collect hop-limit minimum
             collect hop-limit maximum
             collect length total minimum
             collect length total maximum
             collect extension map
             collect fragmentation flags
             collect flows
             collect flow id
             collect flow-duration
             collect direction
             collect input packets 64
             quit
            ipv6 netstream apply record o
            """ + EXPORT6 + meter(("ra",)))
        send([packet(20, 17, udp_header(8), hops=9), packet(20, 17, udp_header(508) + bytes(500), hops=64),
              packet(20, 60, options(17) + udp_header(8), hops=200),
              packet(20, 44, fragment(17, 0, 1) + udp_header(900) + bytes(80), hops=33),
              packet(21, 17, udp_header(8), hops=7)])
        time.sleep(1.1)
        send([packet(20, 17, udp_header(8), hops=9)])
        exported(pcap)
        names = ["ttl_min", "ttl_max", "length_min", "length_max", "ipv6_exthdr",
                 "ip_fragment_flags", "flows", "direction", "packets", "flow_id"]
        flows = decoded(pcap, names)
        numbers = {label: flow.pop("flow_id") for label, flow in flows.items()}
        equal(flows[20], dict(ttl_min=9, ttl_max=200, length_min=48, length_max=548, ipv6_exthdr=0x11,
                              ip_fragment_flags=0x20, flows=1, direction=0, packets=5), "six packets")
        equal(flows[21], dict(ttl_min=7, ttl_max=7, length_min=48, length_max=48, ipv6_exthdr=0,
                              ip_fragment_flags=0, flows=1, direction=0, packets=1), "one packet")
        if not all(numbers.values()) or numbers[20] == numbers[21]:
            raise AssertionError("numbers of flows: %s" % numbers)
        rows = tshark(pcap, "cflow.ipv6flowlabel", "cflow.timedelta", display="cflow.timedelta")
        duration = {int(label, 0): float(t) for row in rows for label, t in zip(*row)}
        if not 1 <= duration[20] < 30 * SLOW or duration[21]:
            raise AssertionError("durations: %s" % duration)
    unload()


def absolute_times():
    """Times since 1970 in version 9, as nfcapd shows them."""
    load()
    with Net("absolute") as net:
        nfcapd = Nfcapd(net)
        configure("""
            ipv6 netstream record t
             match source address
             match destination address
             match protocol
             match destination port
             collect timestamp absolute first
             collect timestamp absolute last
             collect input packets 32
             collect input bytes 32
             quit
            ipv6 netstream apply record t
            """ + EXPORT6 + meter(("ra",)))
        begin = int(time.time())
        udp(net, 3, 100, B, 7000, "a", ONE_CPU)
        flush()
        end = time.time()
        nfcapd.stop()
        rows = [row for row in nfcapd.rows("%dp %pkt %ts %te %sa") if row[0] == "7000"]
        equal([row[:2] for row in rows], [("7000", "3")], "flows")
        first, last = (datetime.datetime.fromisoformat(" ".join(rows[0][i:i + 2])).timestamp() for i in (2, 4))
        if not begin - 1 <= first <= last <= end + 1:
            raise AssertionError("%s to %s, not in %s to %s" % (first, last, begin, end))
    unload()


def forwarding_status():
    """Forwarded and delivered packets, each counted once; t13 has those that are dropped."""
    load()
    with Net("status") as net:
        pcap = net.capture()
        configure("""
            ipv6 netstream record s
             match flow-label
             match direction
             match forwarding-status
             collect input packets 32
             quit
            ipv6 netstream apply record s
            """ + EXPORT6 + meter(("ra",)) + meter(("rb",), ("outbound",)))
        router = "fd00:1::1"
        send([packet(1, 17, udp_header(8)), packet(2, 17, udp_header(8), to=router), packet(1, 17, udp_header(8))])
        exported(pcap)
        rows = tshark(pcap, "cflow.ipv6flowlabel", "cflow.direction", "cflow.forwarding_status", "cflow.packets",
                      display="cflow.forwarding_status")
        flows = [tuple(int(v, 0) for v in values) for row in rows for values in zip(*row)]
        sums = {}
        for label, direction, status, packets in flows:
            key = label, direction, status
            sums[key] = sums.get(key, 0) + packets
        # the class is in the upper two bits: 1 is forwarded, 3 consumed
        equal({k: v for k, v in sums.items() if k[0]}, {(1, 0, 1): 2, (1, 1, 1): 2, (2, 0, 3): 1}, "packets")
        seen = {i["interface"]: i["inbound"]["packets"] for i in show("interfaces")}
        assert seen["ra"] >= 3, seen
    unload()


def vrf():
    """Routing table and name of the VRF of the interface."""
    load()
    with Net("vrf-fields") as net:
        pcap = net.capture()
        run("ip", "link", "add", "blue", "type", "vrf", "table", "77", ns="r")
        run("ip", "link", "set", "blue", "up", ns="r")
        run("ip", "link", "set", "ra", "master", "blue", ns="r")
        run("ip", "addr", "replace", "fd00:1::1/64", "dev", "ra", "nodad", ns="r")
        configure("""
            ipv6 netstream record v
             match destination port
             match vrf id
             match vrf name
             collect input packets 32
             quit
            ipv6 netstream apply record v
            """ + EXPORT6 + meter(("ra", "rb")))
        udp(net, 2, 20, "fd00:1::1", 7001)
        udp(net, 2, 20, "fd00:2::1", 7002, "b")
        wait("flows", lambda: {f["destination_port"] for f in show("cache")} >= {7001, 7002})
        names = {f["destination_port"]: (f["vrf_id"], f["vrf_name"]) for f in show("cache")}
        equal((names[7001], names[7002]), ((77, "blue"), (0, "")), "show cache")
        exported(pcap)
        rows = tshark(pcap, "cflow.ingress_vrfid", "cflow.vrfname", display="cflow.dstport")
        shown = [v for row in rows for values in row for v in values]
        if "77" not in shown or "blue" not in shown:
            raise AssertionError("exported: %s" % rows)
    unload()


def mac_addresses():
    """MAC addresses of the frame that arrived, and of the interface that the packet leaves through."""
    load()
    with Net("mac") as net:
        pcap = net.capture()
        configure("""
            ipv6 netstream record m
             match destination port
             match source mac
             collect destination mac
             collect post source mac
             collect input packets 32
             quit
            ipv6 netstream apply record m
            """ + EXPORT6 + meter(("ra",), ("inbound", "outbound")))
        udp(net, 2, 20, B, 7001)
        udp(net, 2, 20, "fd00:1::1", 7002)
        udp(net, 2, 20, A, 7003, "r")
        address = {dev: mac(ns, dev).hex(":") for ns, dev in (("a", "e0"), ("r", "ra"), ("r", "rb"))}
        nothing = "00:00:00:00:00:00"
        names = ("source_mac", "destination_mac", "post_source_mac")
        wait("flows", lambda: {f["destination_port"] for f in show("cache")} >= {7001, 7002, 7003})
        shown = {f["destination_port"]: tuple(f[n] for n in names) for f in show("cache")}
        want = {7001: (address["e0"], address["ra"], address["rb"]),
                7002: (address["e0"], address["ra"], nothing), 7003: (nothing, nothing, address["ra"])}
        equal({p: shown[p] for p in want}, want, "show cache")
        exported(pcap)
        rows = tshark(pcap, "cflow.dstport", "cflow.srcmac", "cflow.dstmac", "cflow.post_srcmac",
                      display="cflow.srcmac")
        decoded = {int(r[0]): r[1:] for row in rows for r in zip(*row)}
        equal({p: decoded[p] for p in want}, want, "tshark")
    unload()


def translated():
    """Addresses and ports before and after NAT66, in both directions of a connection."""
    for m in ("nf_nat", "nft_chain_nat", "nft_nat"):
        run("modprobe", "-q", m, check=False)
    load()
    with Net("nat-fields") as net:
        p = subprocess.run(["ip", "netns", "exec", "r", "nft", "add table ip6 nat; "
                            "add chain ip6 nat pre { type nat hook prerouting priority -100; }; "
                            "add chain ip6 nat post { type nat hook postrouting priority 100; }; "
                            "add rule ip6 nat pre ip6 daddr fd00:1::77 udp dport 7062 dnat to [fd00:2::2]:7060; "
                            "add rule ip6 nat post oifname rb udp dport 7060 snat to [fd00:2::1]:7064"],
                           check=False)
        if p.returncode:
            raise Skip("no NAT in this kernel")
        pcap = net.capture()
        run("ip", "-6", "route", "add", "fd00:1::77/128", "via", "fd00:1::1", ns="a")
        fields = ["source address", "destination address", "source port", "destination port"]
        configure("ipv6 netstream record n\n" + "".join(" match %s\n" % f for f in fields) +
                  "".join(" collect post-nat %s\n" % f for f in fields) +
                  " match direction\n match protocol\n collect input packets 32\n quit\n"
                  "ipv6 netstream apply record n\n" + EXPORT6 + meter(("ra", "rb"), ("inbound", "outbound")))
        answer = python(net, "b", ANSWER)
        wait("the server", lambda: ":7060 " in run("ss", "-Hlun", ns="b"))
        ask = python(net, "a", ASK)
        equal(ask.wait(20 * SLOW), 0, "the answer")
        answer.wait(20 * SLOW)
        udp(net, 1, 20, B, 7099)
        exported(pcap)
        rows = tshark(pcap, "cflow.direction", "cflow.srcaddrv6", "cflow.srcport", "cflow.dstaddrv6",
                      "cflow.dstport", "cflow.post_nat_source_ipv6_address",
                      "cflow.post_naptsource_transport_port", "cflow.post_nat_destination_ipv6_address",
                      "cflow.post_naptdestination_transport_port", display="cflow.post_naptsource_transport_port")
        flows = {r[:5]: r[5:] for row in rows for r in zip(*row)}
        # where a connection's first packet comes in, its source has not been translated yet
        known = (A, "7061", B, "7060")
        after = ("fd00:2::1", "7064", B, "7060")
        back = ("fd00:1::77", "7062", A, "7061")
        equal(flows[("0", A, "7061", "fd00:1::77", "7062")], known, "inbound, before translation")
        equal(flows[("1",) + after], after, "outbound, after it")
        equal(flows[("0", B, "7060", "fd00:2::1", "7064")], back, "the answer inbound")
        equal(flows[("1",) + back], back, "the answer outbound")
        plain = [(k, v) for k, v in flows.items() if k[4] == "7099"]
        equal([v for _, v in plain], [k[1:] for k, _ in plain], "not translated")
    unload()


def firewall_mark():
    """The mark that rules before the hook have set, matched inbound and collected outbound."""
    run("modprobe", "-q", "nf_tables", check=False)
    load()
    with Net("mark") as net:
        p = run("nft", "add table ip6 m; "
                "add chain ip6 m pre { type filter hook prerouting priority mangle; }; "
                "add chain ip6 m forwarded { type filter hook forward priority mangle; }; "
                "add rule ip6 m pre udp dport 7071 meta mark set 0xfedcba98; "
                "add rule ip6 m pre udp dport 7072 meta mark set 5; "
                "add rule ip6 m forwarded udp dport 7072 meta mark set 6", ns="r", check=False)
        if p.returncode:
            raise Skip("no nft here: " + p.stderr.strip()[:60])
        pcap = net.capture()
        configure("""
            ipv6 netstream record m
             match destination port
             match direction
             match mark
             collect input packets 32
             quit
            ipv6 netstream apply record m
            """ + EXPORT6 + meter(("ra",)) + meter(("rb",), ("outbound",)))
        for i, port in enumerate((7070, 7071, 7072)):
            udp(net, i + 1, 20, B, port)
        want = {(7070, 0, 0): 1, (7070, 1, 0): 1, (7071, 0, 0xfedcba98): 2, (7071, 1, 0xfedcba98): 2,
                (7072, 0, 5): 3, (7072, 1, 6): 3}

        def flows():
            codes = {"inbound": 0, "outbound": 1}
            return {(f["destination_port"], codes.get(f["direction"], f["direction"]), f["mark"]): f["packets"]
                    for f in show("cache") if 7070 <= f["destination_port"] <= 7072}
        wait("flows by mark: %s" % want, lambda: flows() == want)
        exported(pcap)
        rows = tshark(pcap, "cflow.dstport", "cflow.direction", "cflow.common_properties_id", "cflow.packets",
                      display="cflow.dstport")
        shown = {tuple(int(v, 0) for v in values[:3]): int(values[3]) for row in rows for values in zip(*row)
                 if 7070 <= int(values[0]) <= 7072}
        equal(shown, want, "as tshark reads them")
    unload()


READY_MADE = ["original-input", "original-output", "as", "as-tos", "protocol-port", "protocol-port-tos",
              "prefix", "prefix-tos", "source-prefix", "source-prefix-tos", "destination-prefix",
              "destination-prefix-tos", "bgp-nexthop", "bgp-nexthop-tos"]


def ready_made():
    """Ready-made records are accepted, and count what there is."""
    load()
    with Net("ready-made") as net:
        pcap = net.capture()
        for names in (READY_MADE[:7], READY_MADE[7:]):
            configure("undo ipv6 netstream apply record\n" +
                      "".join("ipv6 netstream apply record %s\n" % n for n in names) +
                      EXPORT6 + meter(("ra",)))
            udp(net, 4, 100, B, 7200, "a", ONE_CPU)
            wait("packets in each record", lambda: {f["record"] for f in show("cache")
                                                    if f["packets"] >= 4} >= set(names))
            exported(pcap)
        equal({r["name"] for r in show("records") if r["state"] == "active"}, set(READY_MADE[7:]), "in effect")
    unload()


def flexible_ipfix():
    """Flexible flows in IPFIX: to all hosts, to some beside version 9, and no more."""
    load()
    with Net("flexible-ipfix") as net:
        pcap = net.capture()
        configure(TUPLE + "ipv6 netstream export version ipfix\nipv6 netstream export flexible ipfix\n" +
                  "undo ipv6 netstream export template option sampler\n" + EXPORT6 + meter(("ra",)))
        equal({r["name"]: r["state"] for r in show("records")}["tuple"], "active", "state of the record")
        udp(net, 5, 100, B, 7100, "a", ONE_CPU)
        exported(pcap)

        def shown(port):
            rows = tshark(pcap, "cflow.version", "cflow.dstport", "cflow.packets", "cflow.tcpflags",
                          display="cflow.dstport == %d" % port)
            return sorted({(v, p, n, min(len(flags), 1)) for (v,), ports, packets, flags in rows
                           for p, n in zip(ports, packets) if p == str(port)})
        equal(shown(7100), [("10", "7100", "5", 0)], "flexible flows as IPFIX")
        # one host of each version: the same flows, in both
        configure("ipv6 netstream export version 9\n"
                  "ipv6 netstream export host ipv6 fd00:3::2 2056 version ipfix\n")
        udp(net, 3, 100, B, 7101, "a", ONE_CPU)
        exported(pcap)
        equal(shown(7101), [("10", "7101", "3", 0), ("9", "7101", "3", 0)], "flexible flows in both versions")
        configure("undo ipv6 netstream export flexible\n")
        udp(net, 2, 100, B, 7102, "a", ONE_CPU)
        exported(pcap)
        equal(shown(7102), [("10", "7102", "2", 1), ("9", "7102", "2", 0)], "original flows as IPFIX")
        balance()
    unload()


def lower_devices():
    """Tags of stacked VLANs, ports of bridges, the next hop's MAC address; tshark reads the frames on the wire."""
    load()
    with Net("lower") as net:
        # a: e0.100.7 (two tags, priority 5) - r; b: rb is a port of a bridge, which has the router's address
        for ns, dev, host, mapped in (("a", "e0", 2, "0:3"), ("r", "ra", 1, "0:5")):
            run("ip", "link", "add", "link", dev, "name", "s100", "type", "vlan", "proto", "802.1ad", "id", "100",
                "egress-qos-map", mapped, ns=ns)
            run("ip", "link", "set", "s100", "up", ns=ns)
            run("ip", "link", "add", "link", "s100", "name", "c7", "type", "vlan", "id", "7", ns=ns)
            run("ip", "addr", "add", "fd00:7::%d/64" % host, "dev", "c7", "nodad", ns=ns)
            run("ip", "link", "set", "c7", "up", ns=ns)
        run("ip", "-6", "route", "add", "fd00:2::/64", "via", "fd00:7::1", "metric", "1", ns="a")
        run("ip", "-6", "route", "add", "fd00:7::/64", "via", "fd00:2::1", ns="b")
        run("ip", "link", "add", "br0", "type", "bridge", "stp_state", "0", "forward_delay", "0", ns="r")
        run("ip", "link", "set", "br0", "up", ns="r")
        run("ip", "link", "set", "rb", "master", "br0", ns="r")
        run("ip", "addr", "flush", "dev", "rb", ns="r")
        run("ip", "addr", "add", "fd00:2::1/64", "dev", "br0", "nodad", ns="r")
        run("ping", "-6", "-c", "2", "-W", "5", "fd00:2::2", ns="r")
        run("ping", "-6", "-c", "2", "-W", "5", "fd00:7::2", ns="r")
        pcap, wire = net.capture(), "/tmp/frames.pcap"
        net.record("a", "e0", wire)
        fields = ["destination mac", "post source mac", "post destination mac", "dot1q vlan", "dot1q customer-vlan",
                  "dot1q priority", "post dot1q vlan", "post dot1q customer-vlan", "physical input interface",
                  "physical output interface"]
        configure("ipv6 netstream record l\n match destination port\n match direction\n match input interface\n" +
                  "".join(" collect %s\n" % f for f in fields) + " collect input packets 32\n quit\n"
                  "ipv6 netstream apply record l\n" + EXPORT6 + meter(("c7", "br0"), ("inbound", "outbound")))
        udp(net, 2, 20, B, 7001)
        udp(net, 2, 20, "fd00:7::2", 7002, "b")
        udp(net, 2, 20, "fd00:7::1", 7003)
        index = {n: int(run("cat", "/sys/class/net/%s/ifindex" % n, ns="r")) for n in ("ra", "rb")}
        address = {"a": mac("a", "c7").hex(":"), "c7": mac("r", "c7").hex(":"), "br0": mac("r", "br0").hex(":"),
                   "b": mac("b", "e0").hex(":")}
        exported(pcap)
        rows = tshark(pcap, "cflow.dstport", "cflow.direction", "cflow.dstmac", "cflow.post_srcmac",
                      "cflow.post_dstmac", "cflow.dot1q_vlan_id", "cflow.dot1q_customer_vlan_id",
                      "cflow.dot1q_priority", "cflow.post_dot1q_vlan_id", "cflow.post_dot1q_customer_vlan_id",
                      "cflow.ingress_physical_interface", "cflow.egress_physical_interface", display="cflow.dot1q_vlan_id")
        flows = {(int(r[0]), int(r[1])): r[2:5] + tuple(int(v) for v in r[5:]) for row in rows for r in zip(*row)}
        nothing = "00:00:00:00:00:00"
        there = (address["c7"], address["br0"], address["b"], 100, 7, 0, 0, 0, index["ra"], index["rb"])
        back = (address["br0"], address["c7"], address["a"], 0, 0)
        want = {(7001, 0): there, (7001, 1): there,
                (7002, 0): back + (0, 100, 7, index["rb"], index["ra"]),
                (7002, 1): back + (5, 100, 7, index["rb"], index["ra"]),
                (7003, 0): (address["c7"], nothing, nothing, 100, 7, 0, 0, 0, index["ra"], 0)}
        equal({k: flows.get(k) for k in want}, want, "tshark")
        # what was on the wire: both tags, and the priority in the outer one
        frames = tshark(wire, "eth.dst", "ieee8021ad.id", "vlan.id", "ieee8021ad.priority", "udp.dstport",
                        display="udp.dstport == 7002 && !icmpv6")
        seen = {tuple(v[0] if v else "" for v in f) for f in frames}
        equal({s[0] for s in seen}, {address["a"]}, "destination of the frames")
        assert {s[1:4] for s in seen} == {("100", "7", "5")}, seen
    unload()


def examples():
    """A router's configuration, and records of documents, pasted into the real module: all is in effect."""
    load()
    with Net("examples") as net:
        run("ip", "link", "add", "vpna", "type", "vrf", "table", "77", ns="r")
        folder = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools", "examples")
        applied = {"router.conf": {"rec1"}, "model-records.conf": {"counts", "fifty", "interfaces", "beyond"},
                   "cisco-records.conf": {"FLOW-RECORD-2", "QOS", "SECURITY", "DATALINK", "original-input",
                                          "original-output"}}
        equal(set(os.listdir(folder)), set(applied), "files")
        for name in sorted(applied):
            tool("--replace", "-f", os.path.join(folder, name))
            if name != "router.conf":
                configure(EXPORT6 + meter(("ra",), ("inbound", "outbound")))
            equal({r["name"] for r in show("records") if r["state"] == "active"}, applied[name], name)
            udp(net, 4000 if name == "router.conf" else 4, 20, B, 7300)
            wait("flows", lambda: {f["record"] for f in show("cache")} >= applied[name])
            balance()
        shown = tool("show", "configuration")
        assert "ipv6 netstream export host 10.0.3.2 2055 vpn-instance vpna version 9 dscp 8" in shown, shown
        rules = {i["interface"]: i for i in show("interfaces")}
        assert rules["ra"]["inbound"]["packets"], rules
    unload()


# Beyond what 16 bits hold: an AS number and an interface index.
BIG_AS, AS_TRANS, BIG_INDEX = 4200000001, 23456, 70000


def widths():
    """AS numbers and interface indices in two bytes and in four, appended and matched, in both versions."""
    load()
    with Net("widths16") as net:
        run("ip", "link", "add", "big", "index", str(BIG_INDEX), "type", "dummy", ns="r")
        run("ip", "link", "set", "big", "up", ns="r")
        run("ip", "-6", "route", "add", "fd00:9::/64", "dev", "big", ns="r")
        tool("routes", "load", "-", text="fd00:1::/64 64500 64500 ::\nfd00:9::/64 %d %d ::\n" % (BIG_AS, BIG_AS))
        nfcapd, pcap = Nfcapd(net), net.capture()
        configure("""
            ipv6 netstream export version 9 origin-as
            ipv6 netstream export flexible ipfix
            ipv6 netstream export host ipv6 fd00:3::2 2056 version ipfix
            ipv6 netstream record w
             match destination port
             match source as
             match destination address
             match input interface
             collect output interface
             collect input packets 32
             collect input bytes 32
             quit
            ipv6 netstream apply record w
            """ + EXPORT6 + meter(("ra",)))
        index = int(run("cat", "/sys/class/net/ra/ifindex", ns="r"))
        names = ("cflow.version", "cflow.dstport", "cflow.inputint", "cflow.outputint", "cflow.srcas", "cflow.dstas")
        modes = ((7001, 32, 32), (7002, 16, 32), (7003, 32, 16), (7004, 16, 16), (7005, 32, 32))
        for port, as_mode, index_switch in modes:
            configure("ipv6 netstream as-mode %d\nipv6 netstream export index-switch %d\n" % (as_mode, index_switch))
            udp(net, 3, 20, "fd00:9::1", port)
            for t in show("templates"):
                length = {f["type"]: f["length"] for f in t["fields"]}
                equal([length[n] for n in (16, 17, 10, 14)], [as_mode // 8] * 2 + [index_switch // 8] * 2, "lengths")
            exported(pcap)
        rows = {(r[0], int(r[1])): tuple(int(v) for v in r[2:]) for row in tshark(pcap, *names, display="cflow.dstport")
                for r in zip(row[0] * len(row[1]), *row[1:])}
        want = {(v, port): (index, BIG_INDEX if index_switch == 32 else 0, 64500, BIG_AS if as_mode == 32 else AS_TRANS)
                for port, as_mode, index_switch in modes for v in ("9", "10")}
        equal({k: rows[k] for k in want}, want, "tshark")
        nfcapd.stop()
        shown = {int(r[0]): tuple(map(int, r[1:])) for r in nfcapd.rows("%dp %in %out %sas %das %da")
                 if r[0].startswith("700") for r in [r[:5]]}
        equal(shown, {port: v for (version, port), v in want.items() if version == "9"}, "nfdump")
    unload()


def original():
    return [r for r in show("records") if r["name"] == "original"][0]


def flags_in_the_key():
    """tcp-flag enable: an original flow for each value of the flags; their sums are the connection's."""
    load()
    with Net("flags") as net:
        nfcapd = Nfcapd(net)
        configure("ipv6 netstream tcp-flag enable\n" + EXPORT6 + meter(("ra",)))
        assert "tcp-flag" in original()["match"], original()
        there, _ = tcp(net, 40_000, 0, 5001)
        flush()
        nfcapd.stop()
        rows = [r for r in nfcapd.rows("%dp %flg %pkt %byt %da") if r[0] == "5001"]
        flags = {}
        for _, flag, packets, size, _ in rows:
            got = flags.setdefault(flag.replace(".", ""), [0, 0])
            got[0] += int(packets)
            got[1] += int(size)
        assert {"S", "A"} <= set(flags) and any("F" in f for f in flags) and "APSF" not in flags, rows
        equal(flags["S"], [1, 80], "the first packet")
        equal(tuple(sum(v[i] for v in flags.values()) for i in (0, 1)), there, "the connection")
        # the next commit has one flow for it again
        configure("undo ipv6 netstream tcp-flag\n")
        assert "tcp-flag" in original()["collect"], original()
        nfcapd = Nfcapd(net)
        there, _ = tcp(net, 40_000, 0, 5002)
        flush()
        nfcapd.stop()
        rows = [r for r in nfcapd.rows("%dp %flg %pkt %byt %da") if r[0] == "5002"]
        equal(tuple(sum(int(r[i]) for r in rows) for i in (2, 3)), there, "the connection")
        assert any("S" in r[1] and "F" in r[1] for r in rows), rows
    unload()


if __name__ == "__main__":
    sys.exit(main(headers_matched, headers_collected, over_a_flow, absolute_times, forwarding_status, vrf,
                  mac_addresses, translated, firewall_mark, ready_made, flexible_ipfix, lower_devices,
                  examples, widths, flags_in_the_key))
