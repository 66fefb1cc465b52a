#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Real captures, replayed through the router.

Each IPv6 packet of a file is sent to the router as it is, but for what would
keep a router from forwarding it: hop limit, multicast and link-local
addresses.  What leaves the router on the other side is recorded: that is what
passed the forwarding hook.  decode.py then has tshark read both recordings,
and compares.
"""
import collections
import glob
import os
import sys

from lib import *

# Which never reach a hook here, and why.
DROPPED = {
    "ip6_frag_asan.pcap": "the router drops it: payload length larger than the packet",
    "bigtcp-ipv6-hbh.pcap": "larger than the MTU of any link here: see t03_segments",
}

# One process for all files: scapy takes long to load.
REWRITE = r"""
import sys
from scapy.all import Ether, IPv6, PcapReader, PcapWriter
mac, folder = sys.argv[1:3]
def usable(a, n):
    if a[0] == 0xff or (a[0] == 0xfe and a[1] & 0xc0 == 0x80) or not any(a[:15]):
        return bytes([0xfd, 0, 0, n]) + bytes(11) + a[15:]
    return a
for name in sys.argv[3:]:
    out = PcapWriter("%s/%s" % (folder, name.split("/")[-1]), linktype=1)
    out.write_header(None)
    for p in PcapReader(name):
        if IPv6 not in p:
            continue
        # the bytes as they were recorded, not as scapy would make them
        whole = bytes(p.original)
        b = bytearray(whole[whole.find(bytes(p[IPv6].original[:40])):])
        length = int.from_bytes(b[4:6], "big") + 40
        if 40 < length:
            b = b[:length]
        if len(b) > 8900:
            continue
        b[7] = 64
        b[8:24] = usable(bytes(b[8:24]), 0x51)
        b[24:40] = usable(bytes(b[24:40]), 0x52)
        out.write(Ether(dst=mac, src="02:00:00:00:00:01", type=0x86dd) / bytes(b))
    out.close()
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
        # b takes everything and answers nothing
        run("ip", "-6", "route", "replace", "blackhole", "default", "metric", "1", ns="b")
        run("ip", "-6", "route", "add", "fd00:1::/64", "via", "fd00:2::1", ns="b")
        os.makedirs("/tmp/rewritten", exist_ok=True)
        peer = run("cat", "/sys/class/net/e0/address", ns="b").strip()
        run("ip", "neigh", "replace", "fd00:2::2", "lladdr", peer, "dev", "rb", ns="r")
        mac = run("cat", "/sys/class/net/ra/address", ns="r").strip()
        run("/usr/bin/python3", "-c", REWRITE, mac, "/tmp/rewritten",
            *[os.path.join(CAPTURES, n) for n in NAMES])
        configure(TUPLE + EXPORT6 + meter(("ra",)))
        ping(net, 1)


def sent_packets(path):
    return len(run("tcpdump", "-nr", path).splitlines())


def replay(name):
    """Leave what went in, what came out on the far side, and what was exported."""
    Stage.up()
    net = Stage.net
    path = "/tmp/rewritten/" + name
    sent = sent_packets(path)
    net.name = "replay-" + name
    flush()
    far = "/tmp/far-%s" % name
    p = net.record("b", "e0", far, "-Q", "in", "ip6")
    pcap = net.capture()
    tool("refresh", "template")
    if sent:
        run("tcpreplay", "-q", "-i", "e0", "--pps", "2000", path, ns="a")
    flush()
    wait("export packets in the recording", lambda: os.path.getsize(pcap) > 24)
    time.sleep(0.5 * SLOW)     # for the two recorders to have written what arrived
    p.terminate()
    p.wait()
    net.captured()
    folder = os.path.join(OUT, "replay")
    os.makedirs(folder, exist_ok=True)
    shutil.copyfile(far, os.path.join(folder, name + ".far"))
    far_packets = sent_packets(far)
    # what left is what is compared: this is to see that it is the whole file
    if name not in DROPPED:
        equal(far_packets, sent, "packets that left the router")
    return sent, far_packets


def make(name):
    def test():
        if not os.path.exists(os.path.join(CAPTURES, name)):
            raise Skip("there are no captures here")
        sent, far = replay(name)
        if name in DROPPED:
            equal(far, 0, "packets that left the router")
            print("# %s: not forwarded: %s" % (name, DROPPED[name]))
    test.__name__ = re.sub(r"\W", "_", name)
    return test


def down():
    """What is left when all files have been replayed."""
    if Stage.net:
        balance()
        Stage.net.close()
        unload()


NAMES = ["http_ipv6.pcap", "tumblr.pcap", "stun_google_meet.pcapng",
         "lru_ipv6_caches.pcapng", "dns_fragmented.pcap", "OSPFv3_with_AH.pcap",
         "icmpv6.pcap", "ipv6-routing-header.pcap", "ipv6-srh-ext-header.pcap",
         "ipv6-srh-insert-cksum.pcap", "ipv6_no_next_header.pcap",
         "ipv6_frag6_negative_len.pcap", "ip6_frag_asan.pcap",
         "ipv6_missing_jumbo_payload_option.pcap", "bigtcp-ipv6-hbh.pcap"]

if __name__ == "__main__":
    sys.exit(main(*[make(n) for n in NAMES], down))
