#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Option records: unconfigured collectors learn sampling rates and names from them."""
import math
import sys

from lib import *

R = "fd00:1::1"


def values(pcap, *fields):
    """The values of each field in all packets of a recording."""
    out = [set() for _ in fields]
    for row in tshark(pcap, *fields):
        for seen, here in zip(out, row):
            seen |= set(here)
    return out


def complaints(pcap):
    return {m for m in values(pcap, "_ws.expert.message")[0] if "sequence" in m}


def said(pcap, text):
    """Whether a recording contains a text, as far as it has been written."""
    with open(pcap, "rb") as f:
        return text.encode() + b"\0" in f.read()


def learned_by_collectors(version):
    """1 000 packets are sampled 1:10; collectors that know the rate show 1 000.

    decode.py has nfacctd read the recording.
    """
    load()
    with Net("options-%s" % version) as net:
        run("ip", "link", "add", "blue", "type", "vrf", "table", "100", ns="r")
        run("ip", "link", "set", "blue", "up", ns="r")
        run("ip", "link", "set", "ra", "alias", "to the clients", ns="r")
        nf = Nfcapd(net)
        pcap = net.capture()
        configure(meter(("ra",)) + EXPORT6 + """
            ipv6 netstream export version %s
            ipv6 netstream sampler fix-packets 10 inbound
            ipv6 netstream export template option interface
            ipv6 netstream export template option vrf
            ipv6 netstream export template option exporter-stats
            ipv6 netstream export source-id 4660
            """ % version)
        # two for the rate, two samplers, interfaces, a VRF, statistics, start
        wait("option records", lambda: all(h["option_records"] >= 10 for h in show("hosts")))
        udp(net, 1000, 100, to=R)
        flush()
        recorded(pcap)
        # names are updated after a rename and for a new interface
        run("ip", "link", "set", "rb", "down", ns="r")
        run("ip", "link", "set", "rb", "name", "renamed", ns="r")
        run("ip", "link", "add", "arrived", "type", "veth", "peer", "name", "other", ns="r")
        wait("the new names", lambda: said(pcap, "renamed") and said(pcap, "arrived"))
        names, aliases, vrfs, tables, exported, started, rates, sources, domains, ids = values(
            pcap, "cflow.if_name", "cflow.if_descr", "cflow.vrfname", "cflow.ingress_vrfid", "cflow.packetsexp",
            "cflow.sys_init_time", "cflow.sampling_interval", "cflow.source_id", "cflow.od_id",
            "cflow.template_id")
        assert {"ra", "rb", "rc", "lo", "blue", "renamed", "arrived"} <= names, names
        assert "to the clients" in aliases, aliases
        equal((vrfs, tables), ({"blue"}, {"100"}), "VRFs and their tables")
        assert exported and started, (exported, started)
        equal(rates, {"10"}, "sampling interval")
        equal({int(s) >> 8 for s in sources | domains}, {4660}, "upper part of the Source ID")
        assert min(int(i) for i in ids) >= 1024, ids
        equal(nf.sums()["fd00:1::2", R, "17"], [1000, 148000], "nfdump knows the rate")
        # nfdump 1.7.1 does not count option records in the sequence of IPFIX, as RFC 7011
        # has it and tshark expects it
        equal(nf.failures()[1], 0, "bad packets")
        if version == "9":
            equal(nf.failures()[0], 0, "sequence failures")
        else:
            equal(complaints(pcap), set(), "what tshark says of the sequence")
        balance()
    unload()


def version_9():
    learned_by_collectors("9")


def ipfix():
    learned_by_collectors("ipfix")


def every_packet():
    """The rate is reported at 1:1 too, and not at all when switched off."""
    load()
    with Net("options-all") as net:
        pcap = net.capture()
        configure(TUPLE + meter(("ra",)) + EXPORT6)
        wait("option records", lambda: show("hosts")[0]["option_records"] >= 3)
        recorded(pcap)
        equal(values(pcap, "cflow.sampling_interval"), [{"1"}], "sampling interval")
        configure("undo ipv6 netstream export template option sampler\n"
                  "interface rb\n ipv6 netstream sampler fix-packets 7 inbound\n quit\n")
        # the first ones are repeated, so some more may have gone before the commit
        before = show("hosts")[0]["option_records"]
        udp(net, 5, 100, to=R)
        flush()
        equal(show("hosts")[0]["option_records"], before, "option records")
        # if rates differ, each interface's rate is reported
        configure("ipv6 netstream export template option sampler\n"
                  "interface rb\n ipv6 netstream inbound\n quit\n")
        wait("records of interfaces",
             lambda: said(pcap, "fix-packets 7"))
        balance()
    unload()


SAMPLED = """
ipv6 netstream record sampled
 match destination port
 match protocol
 collect sampler
 collect input packets 32
 quit
ipv6 netstream apply record sampled
interface ra
 ipv6 netstream sampler fix-packets 5 inbound
 quit
interface rb
 ipv6 netstream sampler random-packets 7 inbound
 quit
"""


def sampler_of_flows():
    """A flow says by which sampler, and option records say what that does."""
    load()
    with Net("options-flows") as net:
        pcap = net.capture()
        configure(SAMPLED + meter(("ra", "rb")) + meter(("rb",), ("outbound",)) + EXPORT6)
        wait("option records", lambda: show("hosts")[0]["option_records"] >= 5)
        for ns, to, port in (("a", "fd00:1::1", 7101), ("b", "fd00:2::1", 7102), ("r", "fd00:2::2", 7103)):
            udp(net, 200, 100, to, port, ns)
        equal({f["destination_port"]: f["sampler"] > 1 for f in show("cache") if f["protocol"] == 17},
              {7101: True, 7102: True, 7103: False}, "samplers in the cache")
        flush()
        recorded(pcap)
        rates, samplers = {}, {}
        for ids, modes, intervals, ports in tshark(pcap, "cflow.sampler_id", "cflow.sampler_mode",
                                                   "cflow.sampler_random_interval", "cflow.dstport"):
            # option records have rates, and flows have ports
            if not ports:
                rates.update(zip(ids, zip(modes, intervals)))
            elif not intervals:
                samplers.update(zip(ports, ids))
        equal([rates[samplers[p]] for p in ("7101", "7102", "7103")], [("1", "5"), ("2", "7"), ("1", "1")],
              "what option records say of the samplers of flows")
        balance()
    unload()


# Two flows in an order that is random and the same each time.  Prints how many packets each
# has had, how long it took, and the longest time between two packets.
MIXED = ONE_CPU + r"""
import random, socket, sys, time
rng = random.Random(int(sys.argv[2]))
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
sent = [0, 0]
begin = last = time.monotonic()
gap = 0
for _ in range(int(sys.argv[3])):
    i = rng.random() < 0.4
    s.sendto(b"x" * (952 if i else 52), (sys.argv[1], 7200 + i))
    sent[i] += 1
    if float(sys.argv[4]):
        time.sleep(float(sys.argv[4]))
    now = time.monotonic()
    gap, last = max(gap, now - last), now
print(*sent, last - begin, gap)
"""
LENGTHS = {7200: 100, 7201: 1000}


def mixed(net, count, pause=0.0):
    """Send.  Return the packets of each port, how long it took, and the longest pause."""
    out = python(net, "a", MIXED, R, "2026", str(count), str(pause)).communicate(timeout=60 * SLOW)[0].split()
    return {7200: int(out[0]), 7201: int(out[1])}, float(out[2]), float(out[3])


def shown_by_collectors(nf, nfacctd):
    """What each collector shows, by its name: packets and bytes by port."""
    shown = {"nfdump": {}}
    for _, _, _, _, port, packets, octets in nf.rows():
        if port in ("7200", "7201"):
            old = shown["nfdump"].get(int(port), (0, 0))
            shown["nfdump"][int(port)] = (old[0] + int(packets), old[1] + int(octets))
    if nfacctd:
        nfacctd.stop()
        shown["nfacctd"] = {}
        for row in nfacctd.rows():
            if row[0] in ("7200", "7201"):
                old = shown["nfacctd"].get(int(row[0]), (0, 0))
                shown["nfacctd"][int(row[0])] = (old[0] + int(row[1]), old[1] + int(row[2]))
    return shown


def scaled_by(sampler, version):
    """20 000 packets of two flows, sampled 1:10: collectors show them within three standard errors."""
    count, rate = 20000, 10
    load()
    with Net("scaled-%s-%s" % (sampler, version)) as net:
        nf = Nfcapd(net)
        nfacctd = Nfacctd(net, aggregate="dst_port", more="nfacctd_renormalize: true\n") \
            if shutil.which("nfacctd") else None
        configure(meter(("ra",)) + EXPORT6 + "ipv6 netstream export host ipv6 fd00:3::2 2056\n"
                  "ipv6 netstream export version %s\n"
                  "ipv6 netstream sampler %s %d inbound\n" % (version, sampler, rate))
        wait("option records", lambda: all(h["option_records"] >= 3 for h in show("hosts")))
        sent, _, _ = mixed(net, count)
        flush()
        balance()
        for collector, flows in shown_by_collectors(nf, nfacctd).items():
            equal(set(flows), set(sent), "ports that %s shows" % collector)
            for port, packets in sent.items():
                # each of m packets is selected with a chance of 1 in N, and then counts N times
                error = math.sqrt(packets * (rate - 1))
                off = [flows[port][0] - packets, flows[port][1] / LENGTHS[port] - packets]
                assert max(map(abs, off)) <= 3 * error, \
                    "%s, port %d: %s of %d packets, off by %s" % (collector, port, flows[port], packets, off)
            # and of all packets exactly one in ten
            off = sum(f[0] for f in flows.values()) - count
            assert abs(off) <= 20 * rate, (collector, flows)
    unload()


def scaled_fix_packets():
    scaled_by("fix-packets", "9")


def scaled_random_packets():
    scaled_by("random-packets", "9")


def scaled_fix_packets_ipfix():
    scaled_by("fix-packets", "ipfix")


def scaled_random_packets_ipfix():
    scaled_by("random-packets", "ipfix")


def fix_time_is_not_scaled():
    """One packet in each 50 ms has no rate: collectors show the packets that were selected, as they are."""
    load()
    with Net("scaled-fix-time") as net:
        nf = Nfcapd(net)
        nfacctd = Nfacctd(net, aggregate="dst_port", more="nfacctd_renormalize: true\n") \
            if shutil.which("nfacctd") else None
        configure(meter(("ra",)) + EXPORT6 + "ipv6 netstream export host ipv6 fd00:3::2 2056\n"
                  "ipv6 netstream sampler fix-time 50 inbound\n")
        wait("option records", lambda: all(h["option_records"] >= 3 for h in show("hosts")))
        _, seconds, gap = mixed(net, 2000, 0.001)
        kept = {f["destination_port"]: (f["packets"], f["bytes"]) for f in show("cache")
                if f["destination_port"] in LENGTHS and f["protocol"] == 17}
        selected = sum(n for n, _ in kept.values())
        # the clock has ticks of 10 ms; other packets may have been the first of an interval
        least = seconds / (0.05 + gap + 0.02) - 5
        assert least <= selected <= seconds / 0.05 + 2, (selected, seconds, gap)
        flush()
        balance()
        for collector, flows in shown_by_collectors(nf, nfacctd).items():
            equal(flows, kept, "what %s shows" % collector)
    unload()


if __name__ == "__main__":
    sys.exit(main(version_9, ipfix, every_packet, sampler_of_flows, scaled_fix_packets, scaled_random_packets,
                  scaled_fix_packets_ipfix, scaled_random_packets_ipfix, fix_time_is_not_scaled))
