#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Packets of every shape through the real hooks.

A tap whose packets come in pieces (IFF_NAPI_FRAGS: an skb with a fragment for
each), and a tun whose packets may be super-packets (virtio_net_hdr).  Connection
tracking puts IPv6 fragments together before they are forwarded, as a list of
skbs.  Packets are those of captures and some of our own, mutated.
NETSTREAM_FUZZ_PACKETS says how many: 20 000 if it does not.
NETSTREAM_FUZZ_SUPER is the share of super-packets among those of the tun: 0.3 if
it does not say.  Each has up to thousands of segments, which take most of the time.
"""
import fcntl
import glob
import importlib.machinery
import importlib.util
import random

from deep import *

PACKETS = int(os.environ.get("NETSTREAM_FUZZ_PACKETS", "20000"))
SUPER = float(os.environ.get("NETSTREAM_FUZZ_SUPER", "0.3"))
SEED = int(os.environ.get("NETSTREAM_FUZZ_SEED", "1"))
IFF_TUN, IFF_TAP, IFF_NAPI, IFF_NAPI_FRAGS, IFF_NO_PI, IFF_VNET_HDR = 1, 2, 0x10, 0x20, 0x1000, 0x4000
TO = [socket.inet_pton(socket.AF_INET6, a) for a in
      ("fd00:2::2", "fd00:2::7", "fd00:1::1", "fd00:3::2", "ff02::1", "ff05::2", "fd00:9::1", "::1")]
FROM = [socket.inet_pton(socket.AF_INET6, "fd00:7::%x" % i) for i in range(1, 200)]


def ip6(next_header, payload, to=TO[0], hops=64):
    return struct.pack(">IHBB", 6 << 28, len(payload), next_header, hops) + FROM[0] + to + payload


UDP_PART = struct.pack(">HHHH", 1000, 2000, 48, 1) + b"u" * 40
TCP_PART = struct.pack(">HHIIBBHHH", 1000, 80, 1, 1, 0x50, 0x18, 500, 1, 0) + b"t" * 60
BUILT = [
    ip6(17, UDP_PART), ip6(6, TCP_PART), ip6(58, b"\x80\0\0\0" + b"i" * 30),
    # hop-by-hop, destination options, routing (SRv6), authentication
    ip6(0, struct.pack(">BB", 60, 0) + b"\1\4\0\0\0\0" + struct.pack(">BB", 43, 0) + b"\1\4\0\0\0\0" +
        struct.pack(">BBBBBBH", 51, 2, 4, 0, 0, 0, 0) + TO[1] +
        struct.pack(">BBHII", 17, 2, 0, 1, 1) + b"\0" * 4 + UDP_PART),
    # fragments: first, middle, last
    *[ip6(44, struct.pack(">BBHI", 17, 0, off << 3 | more, 7) + data) for off, more, data in (
        (0, 1, UDP_PART[:48]), (6, 1, b"f" * 48), (12, 0, b"l" * 11))],
    # tunnels: IPv6, IPv4, GRE, VXLAN's UDP
    ip6(41, ip6(6, TCP_PART)), ip6(4, b"\x45\0\0\x54" + b"\0" * 80),
    ip6(47, b"\0\0\x86\xdd" + ip6(17, UDP_PART)), ip6(50, b"e" * 60),
    ip6(17, struct.pack(">HHHH", 4789, 4789, 100, 0) + b"\x08\0\0\0\0\0\1\0" + b"m" * 12 + b"\x86\xdd" + ip6(17, UDP_PART)),
]


def captured():
    path = os.path.join(PROJECT, "tests", "fuzz", "seeds")
    loader = importlib.machinery.SourceFileLoader("seeds", path)
    seeds = importlib.util.module_from_spec(importlib.util.spec_from_loader("seeds", loader))
    loader.exec_module(seeds)
    out = []
    for name in sorted(glob.glob(os.path.join(CAPTURES, "*.pcap*"))):
        with open(name, "rb") as f:
            data = f.read()
        read = seeds.pcapng if data[:4] == b"\n\r\r\n" else seeds.pcap
        for link, frame in list(read(data))[:400]:
            packet = seeds.ipv6(link, frame)
            if packet and 40 <= len(packet) <= 1500:
                out.append(bytes(packet))
    return out


def mutated(seeds):
    """A packet; its address is often one that is forwarded, its length often right."""
    p = bytearray(random.choice(seeds))
    if random.random() < .9 and len(p) >= 40:
        p[8:24] = random.choice(FROM)
        p[24:40] = TO[0] if random.random() < .6 else random.choice(TO)
        p[7] = max(p[7], 2)
    for _ in range(random.choice((0, 0, 1, 1, 2, 5))):
        i = random.choice((6, 40, random.randrange(len(p)), random.randrange(len(p))))
        if i < len(p):
            p[i] = random.choice((0, 255, random.randrange(256), p[i] ^ 1 << random.randrange(8),
                                  0, 6, 17, 41, 43, 44, 47, 51, 58, 60))
    if random.random() < .1:
        del p[random.randrange(1, len(p) + 1):]
    if random.random() < .1:
        p += bytes(random.randrange(1200))
    p[0] = p[0] & 15 | 0x60 if random.random() < .98 else p[0]
    if random.random() < .9 and len(p) >= 40:
        struct.pack_into(">H", p, 4, len(p) - 40)
    return bytes(p)


def device(name, flags):
    f = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(f, 0x400454ca, struct.pack("16sH22x", name.encode(), flags))
    run("ip", "link", "set", name, "up")
    return f


def in_pieces(f, mac, seeds):
    """Through the tap: an Ethernet header with the first bytes, then pieces."""
    p = mutated(seeds)
    cuts = sorted(random.randrange(len(p) + 1) for _ in range(random.choice((0, 1, 2, 3, 8))))
    head = random.choice((0, 1, 40, 48, 60))
    cuts = [c for c in cuts if c > head]
    pieces = [mac + b"\2\0\0\0\0\1\x86\xdd" + p[:head]]
    for a, b in zip([head] + cuts, cuts + [len(p)]):
        if p[a:b]:
            pieces.append(p[a:b])
    os.writev(f, pieces)


def super_packet(f, seeds):
    """Through the tun: perhaps of many segments (virtio_net_hdr)."""
    p = mutated(seeds)
    gso, flags, size, tcp = 0, 0, 0, p[6:7] == b"\6"
    if random.random() < SUPER and len(p) > 60 and p[6] in (6, 17):
        gso, flags, size = (4 if tcp else 5), 1, random.choice((1, 40, 100, 1200))
        # thousands of segments, too, but seldom: the stack takes as long as for thousands of packets
        p += bytes(random.choice((0, 500, 20000 if size > 1000 or random.random() < .02 else 1500)))
        p = p[:4] + struct.pack(">H", min(len(p) - 40, 65535)) + p[6:]
    start = 40 if flags else 0
    os.write(f, struct.pack("<BBHHHH", flags, gso, 60 if tcp else 48, size,
                            start, 16 if tcp else 6) + p)


def writer(n, seeds):
    """Half of the packets, in a process of its own; says how many the kernel took."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        random.seed(SEED * 2 + n)
        enter("r")
        if n:
            f = device("tun0", IFF_TUN | IFF_NO_PI | IFF_VNET_HDR)
        else:
            f = device("tap0", IFF_TAP | IFF_NO_PI | IFF_NAPI | IFF_NAPI_FRAGS)
            mac = bytes.fromhex(json.loads(run("ip", "-j", "link", "show", "tap0"))[0]["address"].replace(":", ""))
        run("ip", "route", "add", "fd00:7::/64", "dev", "tun0" if n else "tap0", "metric", str(10 + n))
        taken = 0
        for i in range(PACKETS // 2):
            try:
                super_packet(f, seeds) if n else in_pieces(f, mac, seeds)
                taken += 1
            except OSError:
                # no header, more pieces than an skb has, offload that does not fit
                pass
            if i % 2000 == 0:
                balance()
        print("# %s: %d of %d packets taken" % ("tun" if n else "tap", taken, PACKETS // 2), flush=True)
        status = 0 if taken > PACKETS // 8 else 1
    except BaseException:
        traceback.print_exc(file=sys.stdout)
    sys.stdout.flush()
    os._exit(status)


def through_the_hooks():
    load()
    with Net("fuzz-packets") as net:
        seeds = BUILT * 20 + captured()
        # ICMP errors of an absent collector would be flows, too, without end
        for port in (2055, 2056):
            Nfcapd(net, port)
        configure(RICH.replace("fix-packets 3", "fix-packets 1") + """
            ipv6 netstream record all
             match source mask
             match destination mask
             match source vlan
             match destination vlan
             match flow-label
             match next-hop
             match tcp-flag
             quit
            ipv6 netstream apply record all
            """)
        # puts fragments together
        run("nft", "-f", "-", ns="r", text="""
            table ip6 track {
                chain before {
                    type filter hook prerouting priority -200
                    ct state invalid counter
                }
            }
            """)
        pids = [writer(n, seeds) for n in range(2)]
        equal([os.waitpid(pid, 0)[1] for pid in pids], [0, 0], "writers")
        st = settled()
        print("# metered %d packets; malformed: %s" % (st["metered"]["packets"], st.get("malformed")))
        assert st["metered"]["packets"] > PACKETS // 4, st["metered"]
    unload()


if __name__ == "__main__":
    sys.exit(main(through_the_hooks))
