#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Every statement, on the wire as tshark decodes it, or in show."""
import json
import sys

from lib import *

A, R, B = "fd00:1::2", "fd00:1::1", "fd00:2::2"

# Traffic class; flow label: request, create and use it (linux/in6.h).
TOS_LABEL = ("s.setsockopt(41, 67, 0xb8)",
             "s.setsockopt(41, 33, 1)",
             "import struct as t; s.setsockopt(41, 32, socket.inet_pton(10, 'fd00:2::2') + "
             "t.pack('!I', 0x12345) + t.pack('=BBHHHI', 0, 255, 1, 0, 0, 0))",
             "flow = 0x12345")


def data(pcap, *fields, where="cflow.srcaddrv6 || cflow.octets || cflow.packets"):
    """Values of the data records in a recording, one tuple per record."""
    out = []
    for row in tshark(pcap, *fields, display=where):
        out += list(zip(*row))
    return out


def exported(pcap, before=0):
    """End all flows and wait until a recording, begun after so many packets, has them."""
    flush()
    recorded(pcap, before)


def merged(rows):
    """Data records by destination port.

    The flows of CPUs among which a sender has moved are added up: the numbers of packets
    and bytes are the third and the second value from the end.
    """
    flows = {}
    for port, *values in rows:
        if port in flows:
            for i in (-3, -2):
                values[i] = str(int(values[i]) + int(flows[port][i]))
            assert values[:-3] == flows[port][:-3], (values, flows[port])
        flows[port] = values
    return {port: tuple(values) for port, values in flows.items()}


SYN = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
except ConnectionRefusedError:
    pass
"""


def all_fields():
    """Each field that can be matched has the packet's value."""
    load()
    with Net("fields") as net:
        run("ip", "link", "add", "link", "ra", "name", "ra.7", "type", "vlan", "id", "7", ns="r")
        pcap = net.capture()
        configure("""
            ipv6 netstream export version 9 peer-as bgp-nexthop
            ipv6 netstream record all
             match source address
             match destination address
             match source port
             match destination port
             match protocol
             match tos
             match flow-label
             match direction
             match input interface
             match output interface
             match next-hop
             match source mask
             match destination mask
             match source vlan
             match destination vlan
             match source as
             match destination as
             match next-hop bgp
             match tcp-flag
             collect input packets 64
             collect input bytes 64
             collect first switched
             collect last switched
             collect flow-end-reason
             quit
            ipv6 netstream apply record all
            """ + EXPORT6 + meter(("ra",)))
        run("ip", "-6", "route", "add", "fd00:9::/48", "via", B, ns="r")
        udp(net, 3, 52, B, 7777, "a", *TOS_LABEL)
        udp(net, 2, 52, "fd00:9::9", 7778)
        # nobody listens, so there is one SYN
        python(net, "a", SYN, B, "7779").wait(20)
        exported(pcap)
        index = {n: run("cat", "/sys/class/net/%s/ifindex" % n, ns="r").strip() for n in ("ra", "rb")}
        rows = data(pcap, "cflow.dstport", "cflow.protocol", "cflow.tos", "cflow.ipv6flowlabel",
                    "cflow.direction", "cflow.inputint", "cflow.outputint", "cflow.nexthopv6",
                    "cflow.srcmaskv6", "cflow.dstmaskv6", "cflow.srcas", "cflow.dstas",
                    "cflow.bgpnexthopv6", "cflow.packets", "cflow.octets", "cflow.flow_end_reason")
        rows = merged(rows)
        label = rows["7777"][2]
        equal(int(label, 0), 0x12345, "flow label")
        equal(int(rows["7777"][1], 16), 0xb8, "traffic class")
        equal(rows["7777"][:1] + rows["7777"][3:],
              ("17", "0", index["ra"], index["rb"], "::", "64", "64", "0", "0", "::", "3", "300", "4"),
              "UDP with a traffic class and a flow label")
        equal(rows["7778"][6:9], (B, "64", "48"), "next hop, masks")
        flags = dict(data(pcap, "cflow.dstport", "cflow.tcpflags"))
        equal([int(flags[port], 0) for port in ("7777", "7779")], [0, 2], "TCP flags")
    unload()


def vlan():
    load()
    with Net("vlan") as net:
        for ns, dev, host in (("r", "ra", 1), ("a", "e0", 2)):
            run("ip", "link", "add", "link", dev, "name", "v7", "type", "vlan", "id", "7", ns=ns)
            run("ip", "addr", "add", "fd00:7::%d/64" % host, "dev", "v7", "nodad", ns=ns)
            run("ip", "link", "set", "v7", "up", ns=ns)
        pcap = net.capture()
        configure("""
            ipv6 netstream record v
             match source vlan
             match destination vlan
             match destination port
             collect input packets 16
             quit
            ipv6 netstream apply record v
            """ + EXPORT6 + meter(("v7", "rb")))
        udp(net, 4, 10, "fd00:7::1", 7001)
        udp(net, 4, 10, "fd00:7::1", 7002, "b")
        exported(pcap)
        rows = {r[2]: r for r in data(pcap, "cflow.vlanid", "cflow.post_vlanid", "cflow.dstport",
                                      where="cflow.vlanid")}
        equal(rows["7001"][:2], ("7", "0"), "VLANs of a packet that came by VLAN 7")
        equal(rows["7002"][:2], ("0", "0"), "VLANs of one that did not")
        # original flows have them of the time of their export, and with AS numbers the masks
        configure("undo ipv6 netstream apply record v\nipv6 netstream export version 9 origin-as\n")
        run("ip", "-6", "route", "add", "fd00:1:2::/48", "via", "fd00:1::2", ns="r")
        udp(net, 4, 10, "fd00:7::1", 7003)
        udp(net, 4, 10, "fd00:1:2::3", 7004, "b")
        exported(pcap)
        rows = {r[4]: r for r in data(pcap, "cflow.vlanid", "cflow.post_vlanid", "cflow.srcmaskv6", "cflow.dstmaskv6",
                                      "cflow.dstport", where="cflow.srcmaskv6")}
        equal(rows["7003"][:4], ("7", "0", "64", "128"), "an original flow from VLAN 7 to the router")
        equal(rows["7004"][:4], ("0", "0", "64", "48"), "one between other interfaces")
    unload()


def prefixes_and_widths():
    load()
    with Net("widths") as net:
        pcap = net.capture()
        for width in (16, 32, 64):
            configure("""
                ipv6 netstream record w%d
                 match destination address 48
                 match protocol
                 collect input packets %d
                 collect input bytes %d
                 quit
                undo ipv6 netstream apply record
                ipv6 netstream apply record w%d
                """ % (width, width, width, width) + EXPORT6 + meter(("ra",)))
            templates = show("templates")
            length = {f["type"]: f["length"] for f in templates[0]["fields"]}
            equal((length[1], length[2]), (width // 8, width // 8), "lengths")
            there, _ = tcp(net, 300_000, 0, 5000 + width)
            exported(pcap)
            total = [sum(int(r[i]) for r in data(pcap, "cflow.packets", "cflow.octets",
                                                 "cflow.protocol", "cflow.dstaddrv6",
                                                 where="cflow.protocol == 6")
                         if r[2] == "6" and r[3] == "fd00:2::") for i in (0, 1)]
            if width == 16:
                so_far = (0, 0)
            equal(tuple(t - s for t, s in zip(total, so_far)), there, "%d-bit counters" % width)
            so_far = tuple(total)
        ids = [int(r[0]) for row in tshark(pcap, "cflow.template_id") for r in [row[0]] if r]
        equal(len(set(ids)), 3, "template IDs: a new one for each record")
    unload()


def ipfix():
    """Original flows as IPFIX while a record is applied; hosts with their own version."""
    load()
    with Net("ipfix") as net:
        pcap = net.capture()
        configure(TUPLE + "ipv6 netstream export version ipfix\n" + EXPORT6 + meter(("ra",)) +
                  # nfdump 1.7.1 does not count option records in the sequence: see t14
                  "undo ipv6 netstream export template option sampler\n")
        state = {r["name"]: r["state"] for r in show("records")}
        assert "not in effect" in state["tuple"].replace("_", " "), state
        udp(net, 5, 100, B, 7100)
        exported(pcap)
        rows = [r for r in data(pcap, "cflow.version", "cflow.dstport", "cflow.octets", "cflow.packets",
                                where="cflow.dstport == 7100")]
        versions = {r[0][0] for r in tshark(pcap, "cflow.version", display="cflow")}
        equal(versions, {"10"}, "versions")
        nf = Nfcapd(net)
        tool("refresh", "template")
        udp(net, 5, 100, B, 7100)
        flush()
        equal(nf.sums()[A, B, "17"], [5, 740], "UDP as nfdump reads it")
        equal(nf.failures(), (0, 0), "sequence failures, bad packets")
        # version 9 for all but one host
        configure("""
            ipv6 netstream export version 9
            ipv6 netstream export host ipv6 fd00:3::2 2056 version ipfix
            """)
        equal({h["port"]: h["version"] for h in show("hosts")},
              {2055: "9", 2056: "ipfix"}, "versions of the hosts")
        state = {r["name"]: r["state"] for r in show("records")}
        equal((state["tuple"], state["original"]), ("active", "active"), "records")
        udp(net, 5, 100, B, 7101)
        exported(pcap)
        got = {tuple(r) for row in tshark(pcap, "udp.dstport", "cflow.version", display="cflow")
               for r in [(row[0][0], row[1][0])]}
        assert ("2056", "10") in got and ("2055", "9") in got and ("2056", "9") not in got, got
    unload()


def two_records():
    """Several records: each has its own flows, and a packet counts once for each record."""
    load()
    with Net("two-records") as net:
        pcap = net.capture()
        configure(TUPLE + """
            ipv6 netstream record prefix
             match destination address 48
             collect input packets 32
             collect input bytes 32
             quit
            ipv6 netstream apply record prefix
            """ + EXPORT6 + meter(("ra",)))
        udp(net, 4, 100, B, 7111)
        udp(net, 3, 100, B, 7112)
        exported(pcap)
        # one packet carries both
        rows = data(pcap, "cflow.dstaddrv6", "cflow.packets", "cflow.octets", where="cflow.dstaddrv6")
        equal(sorted(r[1:] for r in rows if r[0] == B), [("3", "444"), ("4", "592")], "flows of the first record")
        total = [sum(int(r[i]) for r in rows if r[0] == "fd00:2::") for i in (1, 2)]
        equal(total, [7, 1036], "flows of the second")
        equal(sorted(t["record"] for t in show("templates")), ["prefix", "tuple"], "templates")
        # one record is removed: the other continues
        configure("undo ipv6 netstream apply record prefix\n")
        equal({r["name"]: r["state"] for r in show("records")},
              {"original": "idle", "tuple": "active", "prefix": "idle"}, "records")
        balance()
    unload()


def interface_views():
    """Each direction is on, off or inherited from "all"; samplers likewise."""
    load()
    with Net("views"):
        configure("interface all\nipv6 netstream inbound\nquit\ninterface rb\nipv6 netstream outbound\nquit\n")
        enabled = {i["interface"]: (i["inbound"]["enabled"], i["outbound"]["enabled"])
                   for i in show("interfaces")}
        equal((enabled["ra"], enabled["rc"], enabled["rb"]), ((True, False), (True, False), (True, True)), "enabled")
        # excluded by name: show configuration has that, and reproduces it
        configure("interface ra\nundo ipv6 netstream inbound\nquit\n")
        names = [i["interface"] for i in show("interfaces")]
        equal(("ra" in names, "rc" in names), (False, True), "excluded")
        text = tool("show", "configuration")
        equal("interface ra\n undo ipv6 netstream inbound\n quit\n" in text, True, "shown")
        tool("--replace", "-f", "-", text=text)
        equal("ra" in [i["interface"] for i in show("interfaces")], False, "excluded by what was shown")
        configure("undo interface ra\n")
        equal("ra" in [i["interface"] for i in show("interfaces")], True, "no longer excluded")
        # an interface that is created later
        run("ip", "link", "add", "late", "type", "dummy", ns="r")
        run("ip", "link", "set", "late", "up", ns="r")
        wait("the interface that came", lambda: "late" in [i["interface"] for i in show("interfaces")])
        run("ip", "link", "set", "late", "down", ns="r")
        run("ip", "link", "set", "late", "name", "later", ns="r")
        wait("its new name", lambda: "later" in [i["interface"] for i in show("interfaces")])
        configure("ipv6 netstream sampler fix-packets 100 inbound\ninterface ra\nipv6 netstream inbound\n"
                  "ipv6 netstream sampler fix-time 7 inbound\nquit\n")
        sampler = {i["interface"]: (i["inbound"].get("sampler"), i["inbound"].get("interval"))
                   for i in show("interfaces")}
        equal((sampler["ra"], sampler["rc"]), (("fix-time", 7), ("fix-packets", 100)), "samplers")
    unload()


def vrf_member():
    """A member of a VRF is metered by its own name and index."""
    load()
    with Net("member") as net:
        run("ip", "link", "add", "blue", "type", "vrf", "table", "100", ns="r")
        run("ip", "link", "set", "blue", "up", ns="r")
        for i, dev in ((1, "ra"), (2, "rb")):
            run("ip", "link", "set", dev, "master", "blue", ns="r")
            run("ip", "addr", "add", "fd00:%d::1/64" % i, "dev", dev, "nodad", ns="r", check=False)
        # otherwise each export packet causes an ICMP error, which is metered too
        Nfcapd(net)
        pcap = net.capture()
        configure("""
            ipv6 netstream record r
             match destination port
             match input interface
             match output interface
             match direction
             collect input packets 32
             quit
            ipv6 netstream apply record r
            interface all
             ipv6 netstream inbound
             ipv6 netstream outbound
             quit
            """ + EXPORT6)
        udp(net, 6, 10, R, 7121)
        udp(net, 5, 10, B, 7122)
        exported(pcap)
        index = {n: run("cat", "/sys/class/net/%s/ifindex" % n, ns="r").strip() for n in ("ra", "rb", "blue")}
        rows = [r for r in data(pcap, "cflow.dstport", "cflow.inputint", "cflow.outputint", "cflow.direction",
                                "cflow.packets", where="cflow.dstport") if r[0] in ("7121", "7122")]
        equal(sorted(rows), [("7121", index["ra"], "0", "0", "6"),
                             ("7122", index["ra"], index["rb"], "0", "5"),
                             ("7122", index["ra"], index["rb"], "1", "5")], "flows of members of a VRF")
        assert "blue" not in [i["interface"] for i in show("interfaces")], show("interfaces")
    unload()


def sequence_mode_flow():
    load()
    with Net("sequence") as net:
        pcap = net.capture()
        configure(TUPLE + EXPORT6 + "slot 0\nip netstream export sequence-mode flow\nquit\n" + meter(("ra",)))
        for i in range(3):
            udp(net, 1, 10, B, 7200, last=7204)
            flush()
        wait("15 flows", lambda: show("hosts")[0]["records"] >= 15)
        recorded(pcap)
        records = 0
        for row in tshark(pcap, "cflow.sequence", "cflow.count", "cflow.flowset_id", display="cflow"):
            equal(int(row[0][0]), records, "sequence")
            if int(row[2][0]) >= 256:
                records += int(row[1][0])
        assert records >= 15, records
        # the count of packets continues, so use another recording
        net.captured()
        configure("slot 0\nundo ip netstream export sequence-mode flow\nquit\n")
        # earlier templates and options have numbers of the other mode
        pcap = net.capture(tag="-undone")
        tool("refresh", "template")
        tool("refresh", "template")
        wait("templates", lambda: len(tshark(pcap, "frame.number", display="cflow")) >= 2)
        seq = [int(r[0][0]) for r in tshark(pcap, "cflow.sequence", display="cflow")]
        equal(seq, list(range(seq[0], seq[0] + len(seq))), "sequence of packets")
    unload()


def timeouts_and_reasons():
    """Inactive 1, active 2, FIN 3, reset 4, cache full 5."""
    load()
    with Net("aging") as net:
        pcap = net.capture()
        configure("""
            ipv6 netstream record r
             match source address
             match destination address
             match source port
             match destination port
             match protocol
             collect input packets 32
             collect flow-end-reason
             quit
            ipv6 netstream apply record r
            ipv6 netstream aggregation timeout inactive 1
            """ + EXPORT6 + meter(("ra",)))
        # one timeout at a time, so that a slow machine cannot change the reason
        udp(net, 1, 10, B, 7301)
        wait("inactive", lambda: statistics()["ended"]["inactive"]["flows"])
        configure("""
            ipv6 netstream aggregation timeout active interval-second 3
            ipv6 netstream aggregation timeout inactive 300
            """)
        steady = python(net, "a", "import socket,time\ns=socket.socket(10,2)\n"
                        "while True:\n s.sendto(b'x',('fd00:2::2',7302)); time.sleep(.1)\n")
        wait("active", lambda: statistics()["ended"]["active"]["flows"])
        steady.terminate()
        configure("ipv6 netstream aggregation timeout active interval-second 300\n")
        tcp(net, 1000, 1000, 7303)
        # the last packets are in the ring until more packets or the timer flush it
        wait("a flow that ends by FIN", lambda: statistics()["ended"]["tcp"]["flows"])
        udp(net, 1, 10, B, 7304)
        flush()
        configure("ipv6 netstream cache entries 16\n")
        udp(net, 1, 10, B, 7400, last=7439)
        # packets in a ring are added to their flows at the next tick
        wait("20 of 40 flows evicted", lambda: statistics()["ended"]["full"]["flows"] >= 20)
        st = balance()
        assert st["cached"]["flows"] <= 16 + os.cpu_count(), st["cached"]
        equal(st["lost"]["packets"], 0, "lost")
        exported(pcap)
        reason = collections.defaultdict(set)
        for port, why in data(pcap, "cflow.dstport", "cflow.flow_end_reason", where="cflow.flow_end_reason"):
            reason[int(port)].add(why)
        assert "1" in reason[7301] and "2" in reason[7302] and "3" in reason[7303] \
            and "4" in reason[7304], dict(reason)
        assert any("5" in reason[p] for p in range(7400, 7440)), dict(reason)
    unload()


def slots():
    """Flows of an interface in a slot go to the slot's own host, with its Source ID."""
    load()
    with Net("slots") as net:
        pcap = net.capture()
        configure(TUPLE + EXPORT6 + """
            slot 3
             port rb
             ipv6 netstream export host ipv6 fd00:3::2 2057 dscp 8
             quit
            """ + meter())
        udp(net, 3, 10, R, 7501)
        udp(net, 3, 10, "fd00:2::1", 7502, "b")
        exported(pcap)
        ids = {(r[0][0], r[1][0]) for r in tshark(pcap, "udp.dstport", "cflow.source_id", display="cflow")}
        equal(ids, {("2055", "0"), ("2057", "3")}, "Source IDs")
        ports = {r[0][0]: set(r[1]) for r in tshark(pcap, "udp.dstport", "cflow.dstport",
                                                    display="cflow.dstport == 7501 || cflow.dstport == 7502")}
        assert "7501" in ports["2055"] and "7502" in ports["2057"] and "7502" not in ports["2055"], ports
        equal({i["interface"]: i["slot"] for i in show("interfaces")}, {"ra": 0, "rb": 3}, "slots")
        statistics_of_slots(net, pcap)
    unload()


def slot_statistics(slot):
    """Of a slot: current, ended and exported flows, and export packets, of all records."""
    st = json.loads(tool("show", "statistics", "slot", str(slot), "--json"))
    records = {r.pop("record"): r for r in st["records"]}
    for r in records.values():
        equal(r["created_flows"], r["current_flows"] + r["ended_flows"], "created")
    return st, {key: sum(r[key] for r in records.values()) for key in next(iter(records.values()))}


def inbound(interface):
    """What show interfaces says of it."""
    return next(i["inbound"] for i in show("interfaces") if i["interface"] == interface)


def statistics_of_slots(net, pcap):
    """What is in a slot, what has left it, and ending what is in one only."""
    for port in range(7510, 7515):
        udp(net, 2, 10, R, port)
    for port in range(7520, 7523):
        udp(net, 2, 10, "fd00:2::1", port, "b")
    wait("flows of both slots", lambda: slot_statistics(0)[1]["current_flows"] >= 5 and
         slot_statistics(3)[1]["current_flows"] >= 3)
    for slot, interface in (0, "ra"), (3, "rb"):
        # neighbour discovery goes on: a packet may come between two readings
        before, st, after = inbound(interface), slot_statistics(slot)[0]["inbound"], inbound(interface)
        assert all(before[k] <= st[k] <= after[k] for k in ("seen", "packets", "bytes")), (before, st, after)
    kept, gone = slot_statistics(0)[1], slot_statistics(3)[1]
    tool("reset", "ipv6", "netstream", "cache", "slot", "3")
    # a flow of neighbour discovery may have begun since
    st = slot_statistics(3)[1]
    assert st["ended_flows"] >= gone["created_flows"] >= 3, (gone, st)
    assert slot_statistics(0)[1]["current_flows"] >= kept["current_flows"] >= 5, kept
    listed = [(f["slot"], f.get("destination_port")) for f in show("cache")]
    equal([p for s, p in listed if s == 3 and p in range(7520, 7523)], [], "flows of the slot that was reset")
    equal({p for s, p in listed if s == 0} & set(range(7510, 7515)), set(range(7510, 7515)), "flows of the other")
    exported(pcap)
    # neighbour discovery goes on: flows that ended were exported, all in all
    both = [slot_statistics(s)[1] for s in (0, 3)]
    assert all(0 < s["exported_packets"] <= s["exported_flows"] <= s["ended_flows"] for s in both), both
    for slot, source in (0, "0"), (3, "3"):
        n = sum(len(r[1]) for r in tshark(pcap, "cflow.source_id", "cflow.dstport", display="cflow.dstport")
                if r[0][0] == source)
        assert both[bool(slot)]["exported_flows"] >= n > 0, (slot, n, both)
    p = tool("reset", "cache", "slot", "9", check=False)
    assert p.returncode == 1 and "there is no such slot" in p.stderr, p
    p = tool("show", "statistics", "slot", "9", check=False)
    assert p.returncode == 1 and "there is no such slot" in p.stderr, p
    # templates of options are on by default: those of the sampler
    sent = json.loads(tool("display", "ipv6", "netstream", "export", "template", "option", "--json"))
    assert {t["template"] for t in sent} == {"sampling interval", "sampling algorithm", "sampler",
                                             "sampler of interface"}, sent
    assert all(t["success"] >= 2 and t["version"] == "9" for t in sent), sent
    equal({t["id"] for t in sent}, {int(i, 0) for r in tshark(pcap, "cflow.template_id", display="cflow.option_length")
                                    for i in r[0] if i} & {t["id"] for t in sent}, "templates of options")


def samplers():
    load()
    with Net("samplers") as net:
        # neighbour discovery adds a few packets to those sent here
        for sampler, low, high in (("fix-packets 10", 99, 105), ("random-packets 10", 95, 110),
                                   ("fix-time 30000", 1, 2)):
            configure(TUPLE + EXPORT6 + "interface ra\nundo ipv6 netstream inbound\nquit\n")
            flush()
            tool("reset", "statistics")
            start = time.monotonic()
            configure("interface ra\nipv6 netstream inbound\n"
                      "ipv6 netstream sampler %s inbound\nquit\n" % sampler)
            udp(net, 1000, 10, R, 7600)
            st = balance()
            if "time" in sampler:
                high += (time.monotonic() - start) // 30
            assert low <= st["metered"]["packets"] <= high, (sampler, st["metered"])
            seen = show("interfaces")[0]["inbound"]["seen"]
            assert seen >= 1000, seen
    unload()


def outbound_and_own_packets():
    """Outbound packets are counted as they leave; the module's own are not."""
    load()
    with Net("outbound") as net:
        pcap = net.capture()
        configure(TUPLE + EXPORT6 + meter(("rc", "rb"), ("outbound",)))
        udp(net, 40, 100, B, 7700)
        exported(pcap)
        rows = data(pcap, "cflow.dstport", "cflow.packets", where="cflow.dstport")
        equal(sum(int(n) for p, n in rows if p == "7700"), 40, "packets")
        assert not [r for r in rows if r[0] == "2055"], rows
        assert statistics()["skipped"]["own_export"]["packets"] >= 1
        for _ in range(3):
            tool("refresh", "template")
        exported(pcap)
        assert not [r for r in data(pcap, "cflow.dstport", where="cflow.dstport") if r[0] == "2055"]
    unload()


def template_refresh():
    load()
    with Net("templates") as net:
        pcap = net.capture()
        configure(TUPLE + EXPORT6 + "ipv6 netstream export template refresh-rate 2\n" + meter(("ra",)))
        for i in range(6):
            udp(net, 1, 10, R, 7800)
            flush()
        recorded(pcap)
        count = len(tshark(pcap, "frame.number", display="cflow.template_id"))
        assert count >= 3, count
        sent = show("templates")[0]["sent"]
        tool("refresh", "template")
        wait("templates", lambda: show("templates")[0]["sent"] > sent)
    unload()


def module_parameters():
    """Module parameters instead of the tool: original flows of the initial namespace."""
    with Net("parameters") as net:
        run("ip", "link", "add", "p0", "type", "veth", "peer", "name", "e1", "netns", "c")
        run("ip", "addr", "add", "fd00:8::1/64", "dev", "p0", "nodad")
        run("ip", "link", "set", "p0", "up")
        run("ip", "addr", "add", "fd00:8::2/64", "dev", "e1", "nodad", ns="c")
        run("ip", "link", "set", "e1", "up", ns="c")
        nf = Nfcapd(net, 2055, "c", "fd00:8::2")
        net.capture("c", "e1")
        load("host=[fd00:8::2]:2055", "source=fd00:8::1", "inactive=1", "active=60",
             "interfaces=p0", "direction=both", "max_flows=5000")
        udp(net, 25, 100, "fd00:8::1", 7900, "c")
        ping(net, 5, "fd00:8::1", "c")
        wait("an empty cache", lambda: drained(None))
        equal(statistics(None)["max_flows"], 5000, "max_flows")
        sums = nf.sums()
        equal(sums["fd00:8::2", "fd00:8::1", "17"], [25, 25 * 148], "UDP")
        equal(sums["fd00:8::1", "fd00:8::2", "58"][0] >= 5, True, "echo replies, outbound")
        assert ("fd00:8::1", "fd00:8::2", "17") not in sums, "own packets"
        balance(None)
        unload()
        p = run("insmod", MODULE, "host=nonsense", check=False)
        assert p.returncode and "parameter host" in log(), log()[-300:]
        run("ip", "link", "del", "p0")
        load("host=[fd00:8::2]:2055", "source=fd00:8::1",
             "record=destination-address/48,protocol,packets:64,bytes:64", "sampler=random-packets:10")
        text = tool("show", "configuration", ns=None)
        assert "netstream inbound" in text and "netstream outbound" not in text, text
        assert "match destination address 48" in text and "random-packets 10" in text, text
    unload()


if __name__ == "__main__":
    sys.exit(main(all_fields, vlan, prefixes_and_widths, ipfix, two_records, interface_views,
                  vrf_member, sequence_mode_flow,
                  timeouts_and_reasons, slots, samplers, outbound_and_own_packets,
                  template_refresh, module_parameters))
