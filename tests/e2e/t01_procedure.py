#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The procedure of the model system, typed in all three ways, with real traffic."""
import os
import subprocess
import sys

from lib import *

# The procedure of the router's manual, with its placeholders filled in.
PROCEDURE = """system-view
ipv6 netstream export version 9 origin-as bgp-nexthop
slot 1
ip netstream export sequence-mode flow
quit
ipv6 netstream apply record rec1
ipv6 netstream export template timeout-rate 1
ipv6 netstream export source ipv6 fd00:3::1 40001
ipv6 netstream export host ipv6 fd00:3::2 2055 version 9 dscp 10
slot 1
ipv6 netstream export host ipv6 fd00:3::2 2055 dscp 10
quit
ipv6 netstream aggregation timeout active 1
ipv6 netstream aggregation timeout active interval-second 30
ipv6 netstream aggregation timeout inactive 60
commit
"""

RECORD = """system-view
ipv6 netstream record rec1
match source address
match destination address
match source port
match destination port
match protocol
collect input packets 64
collect input bytes 64
quit
interface ra
ipv6 netstream inbound
quit
interface rb
ipv6 netstream inbound
quit
commit
"""


# Listen on the ports: otherwise the kernel answers some datagrams with ICMPv6 errors.
LISTEN = r"""
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("::", 6000))
print("listening", flush=True)
while True:
    s.recv(65536)
"""


def sent_again():
    """Packets that slot 1, in sequence mode flow, has sent after its first one.

    They are of templates, which are no records, and of three option records.  nfdump
    counts a failure for each: it expects numbers to count packets.
    """
    return sum(h["packets"] - 1 for h in show("hosts") if h["slot"] == 1)


def check_traffic(net, nf):
    """Compare nfdump's sums with what the end points report as sent."""
    python(net, "b", LISTEN).stdout.readline()
    there, back = tcp(net, 3_000_000, 200_000)
    udp(net, 500, 1000)
    ping(net, 20)
    flush()
    wait("nfcapd has read everything", nf.read_all)
    before = sent_again()
    nf.stop()
    after = sent_again()
    sums = nf.sums()
    a, b = "fd00:1::2", "fd00:2::2"
    equal(tuple(sums[a, b, "6"]), there, "TCP there")
    equal(tuple(sums[b, a, "6"]), back, "TCP back")
    equal(sums[a, b, "17"], [500, 500 * 1048], "UDP")
    equal(sums[a, b, "58"], [20, 20 * 104], "echo requests")
    equal(sums[b, a, "58"], [20, 20 * 104], "echo replies")
    assert (b, a, "17") not in sums, "UDP that nobody sent"
    # packets that were sent while nfcapd stopped may be missing
    equal(nf.failures(), (before if nf.failures()[0] == before else after, 0),
          "sequence failures, bad packets")


def typed(name, how):
    load()
    with Net(name) as net:
        nf = Nfcapd(net)
        net.capture()
        how(RECORD)
        how(PROCEDURE)
        equal(show("hosts")[0]["state"], "up", "host")
        check_traffic(net, nf)
    unload()


def by_file():
    def how(text):
        path = "/tmp/procedure"
        with open(path, "w") as f:
            f.write(text)
        tool("-f", path)
    typed("seed-file", how)


def by_lines():
    def how(text):
        argv = []
        for line in text.splitlines():
            argv += ["-c", line]
        tool(*argv)
    typed("seed-lines", how)


def by_shell():
    """A person at a terminal: a pseudo terminal, one line after the other."""
    def how(text):
        run("script", "-qec", "ip netns exec r %s" % TOOL, "/dev/null",
            text=text + "return\nquit\n")
    typed("seed-shell", how)


def super_packets_were_seen():
    """Check that the router has seen super-packets, as the sums above assume."""
    load()
    with Net("gro") as net:
        run("nft", "add table ip6 t; add chain ip6 t f { type filter hook forward priority 0; }; "
            "add rule ip6 t f meta l4proto tcp counter", ns="r")
        nf = Nfcapd(net)
        configure(TUPLE + EXPORT6 + meter())
        there, back = tcp(net, 3_000_000, 0)
        out = run("nft", "list", "ruleset", ns="r")
        seen = int(re.search(r"counter packets (\d+)", out).group(1))
        assert seen < (there[0] + back[0]) / 2, (seen, there, back)
        flush()
        equal(tuple(nf.sums()["fd00:1::2", "fd00:2::2", "6"]), there, "TCP")
    unload()


if __name__ == "__main__":
    sys.exit(main(by_file, by_lines, by_shell, super_packets_were_seen))
