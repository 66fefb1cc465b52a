#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Collectors: several at once, IPv4 and IPv6, VRF, DSCP, outages."""
import shutil
import sys

from lib import *


def two_hosts_vrf_dscp():
    """One IPv4 in the default table, one IPv6 in a VRF; both receive everything."""
    load()
    with Net("two-hosts") as net:
        run("ip", "link", "add", "blue", "type", "vrf", "table", "100", ns="r")
        run("ip", "link", "set", "blue", "up", ns="r")
        run("ip", "link", "set", "rb", "master", "blue", ns="r")
        run("ip", "addr", "add", "fd00:2::1/64", "dev", "rb", "nodad", ns="r", check=False)
        four = Nfcapd(net, 2056, "c", "10.0.3.2", "-4")
        six = Nfcapd(net, 2055, "b", "fd00:2::2")
        at_c = net.capture("c", tag="-v4")
        at_b = net.capture("b", tag="-v6")
        configure(TUPLE + meter(("ra",)) + """
            ipv6 netstream export source 10.0.3.1 40004
            ipv6 netstream export source ipv6 fd00:2::1 40006
            ipv6 netstream export host 10.0.3.2 2056 dscp 10
            ipv6 netstream export host ipv6 fd00:2::2 2055 vpn-instance blue dscp 46
            """)
        wait("both hosts up", lambda: {h["state"] for h in show("hosts")} == {"up"})
        udp(net, 300, 100, to="fd00:1::1")
        flush()
        for nf in (four, six):
            equal(nf.sums()["fd00:1::2", "fd00:1::1", "17"], [300, 300 * 148], "UDP")
            equal(nf.failures(), (0, 0), "sequence failures, bad packets")
        rows = tshark(at_c, "ip.src", "udp.srcport", "ip.dsfield.dscp", display="cflow")
        equal({(r[0][0], r[1][0], r[2][0]) for r in rows}, {("10.0.3.1", "40004", "10")}, "IPv4")
        rows = tshark(at_b, "ipv6.src", "udp.srcport", "ipv6.tclass.dscp", display="cflow")
        equal({(r[0][0], r[1][0], r[2][0]) for r in rows}, {("fd00:2::1", "40006", "46")}, "IPv6")
        for h in show("hosts"):
            assert h["packets"] and h["records"] and not h["errors"], h
    unload()


def vrf_goes_and_comes_back():
    load()
    with Net("vrf-back") as net:
        configure(TUPLE + meter(("ra",)) + """
            ipv6 netstream export source ipv6 fd00:2::1
            ipv6 netstream export host ipv6 fd00:2::2 2055 vrf blue
            """)
        wait("no VRF yet", lambda: "vrf" in show("hosts")[0]["state"].lower())
        for _ in range(2):
            run("ip", "link", "add", "blue", "type", "vrf", "table", "100", ns="r")
            run("ip", "link", "set", "blue", "up", ns="r")
            run("ip", "link", "set", "rb", "master", "blue", ns="r")
            run("ip", "addr", "add", "fd00:2::1/64", "dev", "rb", "nodad", ns="r", check=False)
            wait("a host that can be sent to", lambda: can_be_sent_to(show("hosts")[0]))
            run("ip", "link", "del", "blue", ns="r")
            wait("down", lambda: not can_be_sent_to(show("hosts")[0]))
        balance()
    unload()


def address_and_route_come_back():
    load()
    with Net("address-back") as net:
        configure(TUPLE + meter(("ra",)) + EXPORT6)
        wait("a host that can be sent to", lambda: can_be_sent_to(show("hosts")[0]))
        run("ip", "addr", "del", "fd00:3::1/64", "dev", "rc", ns="r")
        wait("down", lambda: not can_be_sent_to(show("hosts")[0]))
        # these packets wait for a collector that is started later and has no templates
        udp(net, 10, 100, to="fd00:1::1")
        tool("reset", "cache")
        nf = Nfcapd(net)
        net.capture()
        run("ip", "addr", "add", "fd00:3::1/64", "dev", "rc", "nodad", ns="r")
        wait("up again", lambda: show("hosts")[0]["state"] == "up")
        udp(net, 10, 100, to="fd00:1::1")
        flush()
        equal(nf.sums()["fd00:1::2", "fd00:1::1", "17"], [20, 2960], "UDP")
        equal(balance()["lost"]["packets"], 0, "lost")
    unload()


def packet_that_is_missed(net, nfacctd):
    """nfacctd reports a missing packet, so a run without reports proves something."""
    run("nft", "-f", "-", ns="c", text="""
        table inet miss {
            chain in {
                type filter hook input priority 0
                udp dport 2056 drop
            }
        }""")
    for _ in range(3):
        udp(net, 1, 10, to="fd00:1::1")
        flush()
    run("nft", "delete", "table", "inet", "miss", ns="c")
    udp(net, 1, 10, to="fd00:1::1")
    flush()
    wait("nfacctd to notice", nfacctd.failures)


def interruption_loses_nothing():
    """A route goes and comes back while a collector runs: no loss, no gap in the numbers."""
    load()
    with Net("flap") as net:
        # packets that have waited leave in one burst, for which two collectors need buffer space
        run("sysctl", "-qw", "net.core.rmem_max=4194304")
        nf = Nfcapd(net, buffer=4 << 20)
        nfacctd = Nfacctd(net) if shutil.which("nfacctd") else None
        net.capture()
        configure(TUPLE + meter(("ra",)) + EXPORT6 +
                  ("ipv6 netstream export host ipv6 fd00:3::2 2056\n" if nfacctd else ""))
        wait("up", lambda: all(h["packets"] for h in show("hosts")))
        for n in range(3):
            udp(net, 10, 100, to="fd00:1::1")
            flush()
            run("ip", "addr", "del", "fd00:3::1/64", "dev", "rc", ns="r")
            wait("down", lambda: all(h["state"] != "up" for h in show("hosts")))
            # more flows than a host that is down could ever queue
            udp(net, 1, 10, "fd00:1::1", 10000, last=12999)
            tool("reset", "cache")
            assert balance()["cached"]["flows"] >= 3000, "flows wait in the cache"
            run("ip", "addr", "add", "fd00:3::1/64", "dev", "rc", "nodad", ns="r")
            wait("up again", lambda: all(h["state"] == "up" for h in show("hosts")))
        st = flush()
        equal(st["lost"]["packets"], 0, "lost")
        equal((overrun("c", 2055), overrun("c", 2056)), (0, 0), "packets that collectors had no room for")
        if nfacctd:
            wait("nfacctd has read everything", nfacctd.read_all)
            equal(nfacctd.failures(), [], "sequence failures of nfacctd")
        equal(nf.sums()["fd00:1::2", "fd00:1::1", "17"], [9030, 30 * 148 + 9000 * 58], "UDP")
        equal(nf.failures(), (0, 0), "sequence failures, bad packets")
        if nfacctd:
            packet_that_is_missed(net, nfacctd)
    unload()


def collector_absent_and_back():
    """ICMP errors are counted while nobody listens, and until a collector starts."""
    load()
    with Net("absent") as net:
        configure(TUPLE + meter(("ra",)) + EXPORT6)
        for _ in range(3):
            udp(net, 5, 100, to="fd00:1::1")
            flush()
        wait("an ICMP error", lambda: show("hosts")[0]["icmp_errors"])
        nf = Nfcapd(net)
        net.capture()
        tool("refresh", "template")
        udp(net, 5, 100, to="fd00:1::1")
        flush()
        equal(nf.sums()["fd00:1::2", "fd00:1::1", "17"], [5, 740], "UDP")
        balance()
    unload()


def collector_restarts():
    """A collector is killed and started again: it gets templates before data."""
    load()
    with Net("restart-back") as net:
        nf = Nfcapd(net)
        net.capture()
        configure(TUPLE + meter(("ra",)) + EXPORT6 +
                  "ipv6 netstream export template refresh-rate 0\n")
        udp(net, 5, 100, to="fd00:1::1")
        flush()
        equal(nf.sums()["fd00:1::2", "fd00:1::1", "17"], [5, 740], "UDP before")
        # the repetitions at the start are over: only refusals cause templates to be sent now
        wait("the last repetition", lambda: show("hosts")[0]["templates"] >= 4, 40)
        udp(net, 5, 100, to="fd00:1::1")
        flush()
        wait("a refusal", lambda: show("hosts")[0]["state"] == "unreachable")
        assert show("hosts")[0]["refused_packets"], show("hosts")
        nf = Nfcapd(net)
        before = show("hosts")[0]["templates"]
        wait("templates", lambda: show("hosts")[0]["templates"] > before)
        udp(net, 5, 100, to="fd00:1::1")
        flush()
        equal(nf.sums()["fd00:1::2", "fd00:1::1", "17"], [5, 740], "UDP after")
        balance()
    unload()


def no_source_and_management():
    load()
    with Net("no-source") as net:
        configure(TUPLE + meter(("ra",)) + "ipv6 netstream export host ipv6 fd00:3::2 2055\n")
        wait("no source", lambda: "source" in show("hosts")[0]["state"])
        udp(net, 7, 100, to="fd00:1::1")
        st = flush()
        equal(st["lost_by_cause"]["no_source"]["packets"] > 0, True, "lost for want of a source")
        configure("ipv6 netstream export source ipv6 fd00:3::1\nmanagement-interface rc\n")
        wait("management", lambda: "management" in show("hosts")[0]["state"])
        equal(show("hosts")[0]["packets"], 0, "packets through the management interface")
        configure("undo management-interface rc\n")
        wait("a host that can be sent to", lambda: can_be_sent_to(show("hosts")[0]))
        configure("undo ipv6 netstream export host ipv6 fd00:3::2 2055\n")
        udp(net, 7, 100, to="fd00:1::1")
        st = flush()
        assert st["lost_by_cause"]["no_host"]["packets"] >= 7, st["lost_by_cause"]
        balance()
    unload()


def path_mtu():
    """Export packets are as large as the path MTU allows."""
    for mtu in (1500, 1280):
        load()
        with Net("path-mtu-%d" % mtu) as net:
            run("ip", "link", "set", "rc", "mtu", str(mtu), ns="r")
            nf = Nfcapd(net)
            pcap = net.capture()
            configure(TUPLE + meter(("ra",)) + EXPORT6)
            wait("the host up", lambda: show("hosts")[0]["state"] == "up")
            udp(net, 1, 10, "fd00:1::1", 7000, last=7099)
            flush()
            recorded(pcap)
            longest = max(lengths(pcap)) - 14
            # another record would not fit
            assert mtu - 70 < longest <= mtu, (mtu, longest)
            equal(nf.sums()["fd00:1::2", "fd00:1::1", "17"], [100, 100 * 58], "UDP")
            equal(nf.failures(), (0, 0), "sequence failures, bad packets")
        unload()


def way_out_is_full():
    """A qdisc drops packets: they are sent again, more slowly, until it accepts them."""
    load()
    with Net("way-out") as net:
        nf = Nfcapd(net)
        net.capture()
        run("tc", "qdisc", "add", "dev", "rc", "root", "tbf", "rate", "2mbit", "burst", "1600",
            "limit", "3200", ns="r")
        configure(TUPLE + meter(("ra",)) + EXPORT6)
        wait("the host up", lambda: show("hosts")[0]["state"] == "up")
        udp(net, 1, 10, "fd00:1::1", 1000, last=2999)
        flush()
        host = show("hosts")[0]
        assert host["errors"] and not host["lost_packets"], host
        equal(balance()["lost"]["packets"], 0, "lost")
        # packets that are still in the qdisc
        wait("an empty queue", lambda: " backlog 0b " in run("tc", "-s", "qdisc", "show", "dev", "rc", ns="r"))
        equal(nf.sums()["fd00:1::2", "fd00:1::1", "17"], [2000, 2000 * 58], "UDP")
        equal(nf.failures(), (0, 0), "sequence failures, bad packets")
    unload()


def packet_filter_drops():
    """A packet filter on the router lets some packets pass: only the others are lost."""
    load()
    with Net("filter-outage") as net:
        nf = Nfcapd(net)
        net.capture()
        run("modprobe", "-a", "nf_tables", "nft_limit", check=False)
        run("nft", "-f", "-", ns="r", text="""
            table ip6 f {
                chain out {
                    type filter hook output priority 0;
                    udp dport 2055 limit rate over 20/second burst 5 packets drop;
                }
            }
            """)
        configure(TUPLE + meter(("ra",)) + EXPORT6)
        wait("the host up", lambda: show("hosts")[0]["packets"])
        udp(net, 1, 10, "fd00:1::1", 1000, last=2999)
        st = flush()
        host = show("hosts")[0]
        equal(host["state"], "filtered", "state")
        assert 0 < host["lost_packets"] <= host["filtered"], host
        equal({k for k, v in st["lost_by_cause"].items() if v["packets"]}, {"filtered"}, "causes")
        # each datagram that passed is decoded: its template passed before it
        flows = len(nf.rows())
        equal(flows, st["exported"]["flows"], "flows that passed")
        run("nft", "delete", "table", "ip6", "f", ns="r")
        lost = st["lost"]["packets"]
        udp(net, 1, 10, "fd00:1::1", 1000, last=1999)
        equal(flush()["lost"]["packets"], lost, "lost since")
        # nfcapd was stopped: the host's state is no longer that of the filter
        wait("unreachable", lambda: show("hosts")[0]["state"] == "unreachable")
    unload()


def path_shrinks():
    """A router on the path reports Packet Too Big: smaller packets follow, no host is unreachable."""
    load()
    with Net("shrink-outage") as net:
        run("ip", "netns", "del", "d", check=False)
        run("ip", "netns", "add", "d")
        run("ip", "link", "add", "cd", "mtu", "1280", "netns", "c", "type", "veth",
            "peer", "name", "e0", "mtu", "1280", "netns", "d")
        for ns, dev, host in (("c", "cd", 1), ("d", "e0", 2)):
            run("ip", "addr", "add", "fd00:4::%d/64" % host, "dev", dev, "nodad", ns=ns)
            run("ip", "link", "set", dev, "up", ns=ns)
        run("ip", "link", "set", "lo", "up", ns="d")
        run("ip", "-6", "route", "add", "default", "via", "fd00:4::1", ns="d")
        run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1", ns="c")
        run("ip", "-6", "route", "add", "fd00:4::/64", "via", "fd00:3::2", ns="r")
        nf = Nfcapd(net, ns="d", address="fd00:4::2")
        configure(TUPLE + meter(("ra",)) + """
            ipv6 netstream export source ipv6 fd00:3::1
            ipv6 netstream export host ipv6 fd00:4::2 2055
            """)
        wait("the host up", lambda: show("hosts")[0]["packets"])

        def told():
            udp(net, 1, 10, "fd00:1::1", 1000, last=1099)
            flush()
            return show("hosts")[0]["too_big"]
        wait("a packet too big", told)
        host = show("hosts")[0]
        equal(host["state"], "up", "state")
        equal(host["icmp_errors"], host["too_big"], "ICMP errors")
        before = show("hosts")[0]["too_big"]
        for _ in range(3):
            told()
        equal(show("hosts")[0]["too_big"], before, "packets too big since")
        assert len(nf.rows()) >= 300, nf.text
        run("ip", "netns", "del", "d")
    unload()


def adding_a_host_restarts_nothing():
    load()
    with Net("add-host") as net:
        nf = Nfcapd(net)
        pcap = net.capture()
        configure(TUPLE + meter(("ra",)) + EXPORT6)
        udp(net, 10, 100, to="fd00:1::1")
        flush()
        udp(net, 10, 100, to="fd00:1::1")
        before = statistics()
        configure("ipv6 netstream export source 10.0.3.1\nipv6 netstream export host 10.0.3.2 2056\n")
        equal(statistics()["cached"]["packets"] >= 10, True, "the cache was not flushed")
        equal(before["ended"], statistics()["ended"], "flows ended by a new host")
        flush()
        equal(nf.sums()["fd00:1::2", "fd00:1::1", "17"], [20, 2960], "UDP")
        equal(nf.failures(), (0, 0), "sequence failures, bad packets")
        seq = [int(r[0][0]) for r in tshark(pcap, "cflow.sequence", display="ipv6 && cflow")]
        equal(seq, list(range(seq[0], seq[0] + len(seq))), "sequence")
    unload()


if __name__ == "__main__":
    sys.exit(main(two_hosts_vrf_dscp, vrf_goes_and_comes_back, address_and_route_come_back,
                  interruption_loses_nothing,
                  collector_absent_and_back, collector_restarts, no_source_and_management, path_mtu, way_out_is_full,
                  packet_filter_drops, path_shrinks,
                  adding_a_host_restarts_nothing))
