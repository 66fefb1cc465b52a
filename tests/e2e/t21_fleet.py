#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Three exporters and their one collector.

What the collector's interface receives is recorded; outside, fleet_sums.py has nfacctd write it
into PostgreSQL and compares the sums.
"""
import sys

from lib import *

EXAMPLE = os.path.join(PROJECT, "tools", "systemd", "netstream.conf.example")
SIZE = 200          # bytes of a datagram's payload
HEADERS = 48        # IPv6 and UDP
NORTH, SOUTH = 100, 30      # datagrams of the first exporter; the others send more


class Fleet(Net):
    """Exporters x1, x2 and x3, each between two hosts, and the collector's namespace.

    A name has another index on each exporter, and an index another name.
    """

    def __init__(self, exporters=3):
        self.procs, self.pcaps, self.name = [], [], "fleet"
        self.exporters = ["x%d" % i for i in range(1, exporters + 1)]
        self.names = ["c"] + [n + e for n in self.exporters for e in ("", "n", "s")]
        for n in self.names:
            run("ip", "netns", "del", n, check=False)
            run("ip", "netns", "add", n)
            run("ip", "link", "set", "lo", "up", ns=n)
            run("sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0", ns=n)
        run("ip", "link", "add", "name", "hub", "type", "bridge", ns="c")
        run("ip", "link", "set", "hub", "up", ns="c")
        run("ip", "addr", "add", "fd00:c::1/64", "dev", "hub", "nodad", ns="c")
        for number, n in enumerate(self.exporters, 1):
            self.exporter(number, n)

    def exporter(self, number, n):
        run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1", ns=n)
        sides = ("north", "south") if number % 2 else ("south", "north")
        for side in sides:
            net, host = self.subnet(number, side), n + side[0]
            run("ip", "link", "add", side, "netns", n, "type", "veth", "peer", "name", "e0", "netns", host)
            for ns, dev, last in ((n, side, 1), (host, "e0", 2)):
                run("ip", "addr", "add", "%s::%d/64" % (net, last), "dev", dev, "nodad", ns=ns)
                run("ip", "link", "set", dev, "up", ns=ns)
            run("ip", "-6", "route", "add", "default", "via", net + "::1", ns=host)
        run("ip", "link", "add", "mgmt", "netns", n, "type", "veth", "peer", "name", n, "netns", "c")
        run("ip", "addr", "add", self.source(number) + "/64", "dev", "mgmt", "nodad", ns=n)
        run("ip", "link", "set", "mgmt", "up", ns=n)
        run("ip", "link", "set", n, "master", "hub", "up", ns="c")

    @staticmethod
    def subnet(number, side):
        return "fd00:%d:%d" % (number, 1 if side == "north" else 2)

    @staticmethod
    def source(number):
        return "fd00:c::%d" % (10 + number)

    def close(self):
        super().close()
        for n in self.names:
            run("ip", "netns", "del", n, check=False)


def configuration(number):
    """The packaged example, of this exporter, for two interfaces, with their names."""
    with open(EXAMPLE) as f:
        text = f.read()
    for old, new in (("2001:db8::5 2055", "fd00:c::1 2055"), ("2001:db8::1", Fleet.source(number)),
                     ("interface eth0", "interface south\n ipv6 netstream inbound\n quit\ninterface north")):
        assert old in text, old
        text = text.replace(old, new)
    return text + "ipv6 netstream export template option interface\n"


def said(pcap, text):
    """Whether a recording contains a text, as far as it has been written."""
    with open(pcap, "rb") as f:
        return text.encode() + b"\0" in f.read()


def traffic(net):
    """Datagrams through each exporter, both ways; (exporter, input, output) -> packets, bytes."""
    want = {}
    for number, n in enumerate(net.exporters, 1):
        for side, other, count in (("north", "south", NORTH * number), ("south", "north", SOUTH * number)):
            udp(net, count, SIZE, to=net.subnet(number, other) + "::2", ns=n + side[0])
            want[net.source(number), side, other] = [count, count * (SIZE + HEADERS)]
    return want


def three_exporters():
    """Traffic through each, by the names of interfaces; then one interface has another name."""
    folder = os.path.join(OUT, "fleet")
    os.makedirs(folder)
    load()
    with Fleet() as net:
        # a socket, so that no port is unreachable
        net.spawn("nfcapd", "-6", "-b", "fd00:c::1", "-p", "2055", "-w", "/tmp", ns="c")
        wait("nfcapd", lambda: ":2055 " in run("ss", "-Hlun", ns="c"))
        recording = net.record("c", "hub", folder + "/exports.pcap", "udp port 2055")
        for number, n in enumerate(net.exporters, 1):
            configure(configuration(number), n)
        indices = [tuple(json.loads(run("ip", "-j", "link", "show", side, ns=n))[0]["ifindex"]
                         for side in ("north", "south")) for n in net.exporters]
        assert len(set(indices)) > 1, "interfaces have the same indices everywhere: %s" % indices
        want = traffic(net)
        for n in net.exporters:
            flush(n)
            wait("the names", lambda n=n: all(h["option_records"] >= 4 for h in show("hosts", ns=n)))

        def missing():
            here = frames(folder + "/exports.pcap")
            return sum(sent(n) for n in net.exporters) - here
        wait("export packets in the recording", lambda: missing() <= 0)
        run("ip", "link", "set", "south", "down", ns="x3")
        run("ip", "link", "set", "south", "name", "uplink", ns="x3")
        wait("the new name", lambda: said(folder + "/exports.pcap", "uplink"))
        recording.terminate()
        recording.wait(10 * SLOW)
        # the name that an interface has now is shown for its earlier flows, too
        now = {(x, i): "uplink" if (x, i) == (net.source(3), "south") else i for x, i, _ in want}
        with open(folder + "/want.json", "w") as f:
            json.dump([[x, now[x, i], now[x, o]] + sums for (x, i, o), sums in want.items()], f)
    unload()


if __name__ == "__main__":
    sys.exit(main(three_exporters))
