#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Super-packets of every origin: what is exported is what was on the wire.

What the end points say they have sent is compared; a counter of nftables shows
that the router did see super-packets, or the comparison would prove nothing.
"""
import os
import struct
import sys

from lib import *

A, B = "fd00:1::2", "fd00:2::2"

SINK = r"""
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("::", 6000))
print("listening", flush=True)
while True:
    s.recv(65536)
"""

UDP_GSO = r"""
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_UDP, 103, 1000)     # UDP_SEGMENT
for i in range(40):
    s.sendto(b"u" * 30500, ("fd00:2::2", 6000))
"""

JUMBO = r"""
import fcntl, os, struct, sys
f = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(f, 0x400454ca, struct.pack("16sH22x", b"jumbo", 0x1001))  # TUNSETIFF: tun, no header
print("ready", flush=True)
sys.stdin.readline()
os.write(f, open("/tmp/jumbogram", "rb").read())
sys.stdin.readline()
"""


def counters(*matches):
    """nftables counters of what is forwarded, in the router."""
    run("nft", "add table ip6 seen; add chain ip6 seen f { type filter hook forward priority 0; }; " +
        "; ".join("add rule ip6 seen f %s counter" % m for m in matches), ns="r")


def counted():
    out = run("nft", "list", "table", "ip6", "seen", ns="r")
    return [int(n) for n in re.findall(r"counter packets (\d+)", out)]


def both_ways(name, prepare, matches, traffic, check, directions=("inbound",)):
    load()
    with Net(name) as net:
        counters(*matches)
        prepare(net)
        nf = Nfcapd(net)
        net.capture()
        configure(TUPLE + EXPORT6 + meter(directions=directions))
        want = traffic(net)
        seen = counted()
        flush()
        sums = nf.sums()
        for key, amount in want.items():
            equal(tuple(sums[key]), amount, str(key))
        equal(nf.failures(), (0, 0), "sequence failures, bad packets")
        check(seen, want)
    unload()


def tcp_sums(net, size=8_000_000):
    there, back = tcp(net, size, 100_000)
    return {(A, B, "6"): there, (B, A, "6"): back}


def by_receive_offload():
    """Segments come one by one and the router's own GRO joins them."""
    def prepare(net):
        run("ethtool", "-K", "e0", "tso", "off", "gso", "off", ns="a")
        run("ethtool", "-K", "ra", "gro", "on", ns="r")
        # keep fewer segments in flight than the router's queue holds: hooks do not see what it drops
        run("sysctl", "-qw", "net.ipv4.tcp_rmem=4096 131072 131072", ns="b")

    def check(seen, want):
        if kernel() < (5, 13):
            raise Skip("veth devices of this kernel do not join segments; the sums are right")
        assert seen[0] < want[A, B, "6"][0] * 0.8, (seen, want)
    both_ways("gro-joins", prepare, ["iifname ra meta l4proto tcp"], tcp_sums, check)


def big_tcp():
    """Super-packets above 64 KiB, with the jumbo option they have inside the kernel."""
    if kernel() < (5, 19):
        raise Skip("BIG TCP is newer than this kernel")

    def prepare(net):
        for ns, dev in (("a", "e0"), ("r", "ra"), ("r", "rb"), ("b", "e0")):
            run("ip", "link", "set", dev, "gso_max_size", "150000", "gro_max_size", "150000", ns=ns)
        # the kernel compares a segment's length including the option, which it does not have
        for ns, dev in (("r", "rb"), ("b", "e0")):
            run("ip", "link", "set", dev, "mtu", "1600", ns=ns)

    def check(seen, want):
        assert seen[0], "no super-packet above 64 KiB was seen"
    both_ways("big-tcp", prepare, ["meta length gt 65600"],
              lambda net: tcp_sums(net, 30_000_000), check)


def udp_segments():
    """UDP_SEGMENT: a datagram in 31 segments, the last a short one."""
    def traffic(net):
        python(net, "b", SINK).stdout.readline()
        p = python(net, "a", UDP_GSO)
        p.communicate(timeout=60 * SLOW)
        equal(p.returncode, 0, "sender")
        return {(A, B, "17"): (40 * 31, 40 * (30500 + 31 * 48))}

    def check(seen, want):
        if kernel() < (5, 11):
            raise Skip("veth devices of this kernel take no UDP super-packets; the sums are right")
        equal(seen[0], 40, "super-packets")
    both_ways("udp-gso", lambda net: None, ["meta l4proto udp"], traffic, check)


def outbound():
    """The same outbound: the packets are counted once in that direction too."""
    def traffic(net):
        there, back = tcp(net, 3_000_000, 100_000)
        return {(A, B, "6"): tuple(2 * n for n in there), (B, A, "6"): tuple(2 * n for n in back)}

    def check(seen, want):
        assert seen[0] >= 20, (seen, want)
    both_ways("gso-outbound", lambda net: None, ["meta l4proto tcp meta length gt 1500"], traffic, check,
              ("inbound", "outbound"))


SOURCE, ROUTER = (bytes.fromhex("fd00000900000000000000000000000" + n) for n in "21")


def jumbogram(packet):
    """80 kB in one packet, which no link here carries but a tunnel device."""
    load()
    with Net("jumbogram") as net:
        with open("/tmp/jumbogram", "wb") as f:
            f.write(packet[:8] + SOURCE + ROUTER + packet[40:])
        p = subprocess.Popen(["ip", "netns", "exec", "r", sys.executable, "-c", JUMBO], text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        net.procs.append(p)
        p.stdout.readline()
        run("ip", "addr", "add", "fd00:9::1/64", "dev", "jumbo", "nodad", ns="r")
        run("ip", "link", "set", "jumbo", "up", ns="r")
        nf = Nfcapd(net)
        net.capture()
        configure(TUPLE + EXPORT6 + meter(("jumbo",)))
        p.stdin.write("\n")
        p.stdin.flush()
        wait("the packet", lambda: statistics()["metered"]["packets"])
        st = flush()
        equal(sum(c["packets"] for c in st["malformed"].values()), 0, "malformed")
        equal(nf.sums()["fd00:9::2", "fd00:9::1", "6"], [1, len(packet)], "the jumbogram")
    unload()


def jumbogram_made():
    tcp_header = struct.pack("!HHIIBBHHH", 1234, 5678, 1, 0, 0x50, 0x10, 1000, 0, 0)
    body = tcp_header + bytes(80000)
    option = struct.pack("!BBBBI", 6, 0, 0xc2, 4, 8 + len(body))
    jumbogram(struct.pack("!IHBB", 6 << 28, 0, 0, 64) + bytes(32) + option + body)


def jumbogram_captured():
    path = os.path.join(CAPTURES, "bigtcp-ipv6-hbh.pcap")
    if not os.path.exists(path):
        raise Skip("there are no captures here")
    with open(path, "rb") as f:
        jumbogram(f.read()[24 + 16 + 14:])  # file, packet and Ethernet headers


if __name__ == "__main__":
    sys.exit(main(by_receive_offload, big_tcp, udp_segments, outbound,
                  jumbogram_made, jumbogram_captured))
