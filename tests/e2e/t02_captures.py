#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Real captures, replayed through the router.

Each IPv6 packet of a file is sent to the router as rewrite.py has written it.
What leaves the router on the other side is recorded: that is what passed the
forwarding hook.  decode.py then has tshark read both recordings, and compares.
"""
import collections
import glob
import os
import sys

import rewrite
from lib import *

# Packets that the router's IPv6 drops before any hook, and the counter that shows it.
DROPPED = {
    # payload length larger than the packet
    "ip6_frag_asan.pcap": "Ip6InTruncatedPkts",
}

# A super-packet, as a network card with receive offload delivers it.
BIG = "bigtcp-ipv6-hbh.pcap"
SEGMENT = 1400

# Send the packet through a tunnel device with segmentation offload (virtio_net_hdr: flags,
# GSO_TCPV6, length of the headers, of a segment, checksum).
INJECT = r"""
import fcntl, os, struct, sys
f = os.open("/dev/net/tun", os.O_RDWR)
# tun, no packet information, virtio_net_hdr
fcntl.ioctl(f, 0x400454ca, struct.pack("16sH22x", b"big", 0x5001))
print("ready", flush=True)
sys.stdin.readline()
os.write(f, struct.pack("=BBHHHH", 0, 4, 0, int(sys.argv[2]), 0, 0) + open(sys.argv[1], "rb").read())
sys.stdin.readline()
"""

# A collector that takes everything.  Without one, refused templates are sent every second.
SINK = r"""
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("::", 2055))
print("ready", flush=True)
sys.stdin.read()
"""

class Stage:
    """The network, made once for all files."""
    net = None

    @classmethod
    def up(cls):
        if cls.net:
            return
        load()
        net = cls.net = Net("replay", mtu=9000)
        run("ip", "-6", "route", "add", "default", "via", "fd00:2::2", ns="r")
        # b accepts everything and answers nothing
        run("ip", "-6", "route", "replace", "blackhole", "default", "metric", "1", ns="b")
        run("ip", "-6", "route", "add", "fd00:1::/64", "via", "fd00:2::1", ns="b")
        peer = run("cat", "/sys/class/net/e0/address", ns="b").strip()
        run("ip", "neigh", "replace", "fd00:2::2", "lladdr", peer, "dev", "rb", ns="r")
        # the address that the rewritten packets are sent to
        run("ip", "link", "set", "ra", "address", rewrite.ROUTER, ns="r")
        sink = subprocess.Popen(["ip", "netns", "exec", "c", sys.executable, "-c", SINK],
                                text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        net.procs.append(sink)
        sink.stdout.readline()
        configure(TUPLE + EXPORT6 + meter(("ra",)))
        ping(net, 1)


# leave out the router's own packets on that link
FAR = "ip6 and not src net fe80::/10 and not src net fd00:2::/32"


def snmp(name, ns="r"):
    """A counter of the IPv6 stack."""
    text = run("cat", "/proc/net/snmp6", ns=ns)
    return int(re.search(r"^%s\s+(\d+)$" % name, text, re.M).group(1))


def replayed(name, left, send):
    """Store what arrived on the far side, and what was exported."""
    net = Stage.net
    net.name = "replay-" + name
    flush()
    far = "/tmp/far-%s" % name
    p = net.record("b", "e0", far, "-Q", "in", FAR)
    pcap = net.capture()
    before = sent_before(pcap)
    tool("refresh", "template")
    send()
    wait("%d packets that leave the router" % left, lambda: frames(far) >= left)
    flush()
    recorded(pcap, before)
    p.terminate()
    p.wait()
    net.captured()
    folder = os.path.join(OUT, "replay")
    os.makedirs(folder, exist_ok=True)
    shutil.copyfile(far, os.path.join(folder, name + ".far"))
    equal(frames(far), left, "packets that left the router")


def play(path):
    run("tcpreplay", "-q", "-i", "e0", "--pps", "2000", path, ns="a")


def replay(name):
    Stage.up()
    path = os.path.join(OUT, "rewritten", name)
    packets = frames(path)
    if name not in DROPPED:
        # decode.py compares the packets that left; this checks that the whole file was replayed
        replayed(name, packets, lambda: play(path))
        return
    before = snmp(DROPPED[name])
    metered = flush()["metered"]["packets"]
    replayed(name, 0, lambda: play(path))
    equal(snmp(DROPPED[name]) - before, packets, DROPPED[name])
    print("# %s: %s is %d more, %d more metered" % (
        name, DROPPED[name], packets, statistics()["metered"]["packets"] - metered))


def replay_big():
    """80 kB of TCP in one packet, as BIG TCP has it inside the kernel: segmented where it leaves."""
    Stage.up()
    net = Stage.net
    with open(os.path.join(CAPTURES, BIG), "rb") as f:
        packet = f.read()[24 + 16 + 14:]    # file, packet and Ethernet headers
    with open("/tmp/big", "wb") as f:
        f.write(packet)
    # IPv6, the jumbo payload option that no link sees, TCP
    header = 40 + (packet[40 + 8 + 12] >> 4) * 4
    payload = len(packet) - 8 - header
    segments = -(-payload // SEGMENT)
    run("ethtool", "-K", "rb", "tso", "off", "gso", "off", ns="r")
    p = subprocess.Popen(["ip", "netns", "exec", "r", sys.executable, "-c", INJECT, "/tmp/big", str(SEGMENT)],
                         text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    net.procs.append(p)
    p.stdout.readline()
    run("ip", "link", "set", "big", "up", "mtu", "1500", ns="r")
    run("nft", "add table ip6 seen; add chain ip6 seen f { type filter hook forward priority 0; }; "
        "add rule ip6 seen f iifname big meta length %d counter" % len(packet), ns="r")
    configure("interface big\n ipv6 netstream inbound\n quit\n")

    def send():
        p.stdin.write("\n")
        p.stdin.flush()
    replayed(BIG, segments, send)
    seen = run("nft", "list", "table", "ip6", "seen", ns="r")
    assert "counter packets 1 " in seen, "forwarded as one packet: " + seen
    # decode.py compares the exports with the far side; this compares them with the file
    far = lengths(os.path.join(OUT, "replay", BIG + ".far"))
    wire = sum(far) - 14 * len(far)
    # kernels up to 6.19 remove the option when they segment, later kernels keep it
    option = 0 if wire == payload + segments * header else 8
    equal(wire, payload + segments * (header + option), "bytes on the far side")
    big = [i for i in show("interfaces") if i["interface"] == "big"][0]
    equal((big["inbound"]["packets"], big["inbound"]["bytes"]),
          (segments, wire), "packets and bytes metered")
    p.stdin.close()


def make(name):
    def test():
        if not os.path.exists(os.path.join(CAPTURES, name)):
            raise Skip("there are no captures here")
        replay_big() if name == BIG else replay(name)
    test.__name__ = re.sub(r"\W", "_", name)
    return test


def down():
    """The checks after all files have been replayed."""
    if Stage.net:
        balance()
        Stage.net.close()
        unload()


NAMES = ["http_ipv6.pcap", "tumblr.pcap", "stun_google_meet.pcapng",
         "lru_ipv6_caches.pcapng", "dns_fragmented.pcap", "OSPFv3_with_AH.pcap",
         "icmpv6.pcap", "ipv6-routing-header.pcap", "ipv6-srh-ext-header.pcap",
         "ipv6-srh-insert-cksum.pcap", "ipv6_no_next_header.pcap",
         "ipv6_frag6_negative_len.pcap", "ip6_frag_asan.pcap",
         "ipv6_missing_jumbo_payload_option.pcap", BIG]

if __name__ == "__main__":
    sys.exit(main(*[make(n) for n in NAMES], down))
