#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Each packet is counted once for an interface and direction that it crossed.

Expected are packets, bytes and both interfaces of what was sent; what else moves
(neighbour discovery, ICMPv6 errors) has other addresses or another protocol.
"""
import sys

from lib import *

A, R, B = "fd00:1::2", "fd00:1::1", "fd00:2::2"
GROUP = "ff05::1234"
INBOUND, OUTBOUND = "inbound", "outbound"
BOTH = (INBOUND, OUTBOUND)


def meter_all(extra="", directions=BOTH):
    configure(extra + meter(("all",), directions))


def flows(*wanted, ns="r"):
    """(direction, input, output, packets, bytes) of each flow that has all of some values, sorted."""
    sums = collections.defaultdict(lambda: [0, 0])
    name = {d["ifindex"]: d["ifname"] for d in json.loads(run("ip", "-j", "link", ns=ns))}
    name[0] = ""
    for f in show("cache", ns=ns):
        values = {f.get("source_address"), f.get("destination_address"), f.get("protocol"),
                  f.get("destination_port")}
        if all(w in values for w in wanted):
            at = sums[f["direction"], name[f["input_interface"]], name[f["output_interface"]]]
            at[0] += f["packets"]
            at[1] += f["bytes"]
    return sorted(key + tuple(amount) for key, amount in sums.items())


def repeated(ns="r"):
    return statistics(ns)["skipped"]["repeated"]["packets"]


def needs(*modules):
    """Skip a test where the kernel has not what it needs."""
    for m in modules:
        if run("modprobe", "-q", m, check=False).returncode and \
                not os.path.isdir("/sys/module/" + m.replace("-", "_")):
            raise Skip("no " + m)


def needs_seg6(net):
    p = run("ip", "-6", "route", "add", "fd00:56::1/128", "encap", "seg6local", "action", "End",
            "dev", "rb", ns="r", check=False)
    if p.returncode:
        raise Skip("no segment routing in this kernel")


# ------------------------------------------------------------ one's own traffic

def own_addresses():
    """What the machine sends to its own addresses crosses the loopback device only."""
    load()
    with Net("own") as net:
        meter_all()
        udp(net, 100, 100, "fd00:2::1", 7001, "r")
        udp(net, 30, 100, "::1", 7002, "r")
        equal(flows("fd00:2::1", 7001), [(INBOUND, "lo", "", 100, 14800),
                                         (OUTBOUND, "", "lo", 100, 14800)], "to an own address")
        equal(flows("::1", 7002), [(INBOUND, "lo", "", 30, 4440),
                                   (OUTBOUND, "", "lo", 30, 4440)], "to ::1")
        seen = {i["interface"]: i[INBOUND]["packets"] for i in show("interfaces")}
        assert seen["lo"] >= 130 and seen["rb"] < 30, seen
        # to an address of another interface of the router: that does cross ra
        udp(net, 100, 100, "fd00:2::1", 7003, "a")
        equal(flows("fd00:2::1", 7003), [(INBOUND, "ra", "", 100, 14800)], "from a neighbour")
    unload()


JOIN = r"""
import socket, struct, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("::", int(sys.argv[2])))
for dev in sys.argv[3:]:
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                 socket.inet_pton(socket.AF_INET6, sys.argv[1]) + struct.pack("@I", socket.if_nametoindex(dev)))
print("joined", flush=True)
n = 0
s.settimeout(60)
while s.recv(2000) != b"end":
    n += 1
print(n, flush=True)
"""


def multicast(net, ns, dev, count, size, port, group=GROUP):
    """Datagrams to a group, by an interface."""
    udp(net, count, size, group, port, ns,
        "s.setsockopt(41, 17, socket.if_nametoindex('%s'))" % dev, "s.setsockopt(41, 18, 9)")


def multicast_looped():
    """Multicast that the machine sends counts outbound once; the copy for its own members does not."""
    load()
    with Net("looped") as net:
        member = python(net, "r", JOIN, GROUP, "7010", "rb")
        member.stdout.readline()
        meter_all()
        multicast(net, "r", "rb", 100, 100, 7010)
        udp(net, 1, 3, "::1", 7010, "r", "s.sendto(b'end', ('::1', 7010))")
        assert int(member.stdout.readline()) >= 100, "the member got its copies"
        equal(flows(GROUP, 7010), [(OUTBOUND, "", "rb", 100, 14800)], "sent multicast")
        assert repeated() >= 200, statistics()["skipped"]
    unload()


ROUTER = r"""
import socket, struct, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
try:
    s.setsockopt(41, 200, 1)        # MRT6_INIT
except OSError as e:
    print("none", e, flush=True)
    sys.exit()
def address(text):
    return struct.pack("=HHI16sI", socket.AF_INET6, 0, 0, socket.inet_pton(10, text), 0)
for i, dev in enumerate(sys.argv[3:]):
    s.setsockopt(41, 202, struct.pack("=HBBHxxI", i, 0, 1, socket.if_nametoindex(dev), 0))
def route(*out):
    s.setsockopt(41, 204, address(sys.argv[1]) + address(sys.argv[2]) +
                 struct.pack("=Hxx8I", 0, sum(1 << i for i in out), *[0] * 7))
route(1, 2, 3)
print("ready", flush=True)
while True:
    line = sys.stdin.readline()
    if not line:
        break
    route(*map(int, line.split()))
    print("ready", flush=True)
"""


def multicast_forwarded():
    """Inbound once, however many interfaces it leaves through and whether a member is here; outbound once on each."""
    load()
    with Net("mroute") as net:
        for dev in ("d1", "d2"):
            run("ip", "link", "add", dev, "type", "dummy", ns="r")
            run("ip", "link", "set", dev, "up", ns="r")
        router = subprocess.Popen(["ip", "netns", "exec", "r", sys.executable, "-c", ROUTER, A, GROUP,
                                   "ra", "rb", "d1", "d2"], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        net.procs.append(router)
        if router.stdout.readline() != "ready\n":
            raise Skip("no multicast routing in this kernel")

        def routes(text):
            router.stdin.write(text + "\n")
            router.stdin.flush()
            router.stdout.readline()
        meter_all()
        multicast(net, "a", "e0", 100, 100, 7020)
        out = [(OUTBOUND, "ra", dev, 100, 14800) for dev in ("d1", "d2", "rb")]

        def counted(port, what, **more):
            got = flows(GROUP, port)
            equal([f for f in got if f[0] == OUTBOUND], out, what + ", outbound")
            equal([sum(f[i] for f in got if f[:2] == (INBOUND, "ra")) for i in (3, 4)],
                  [100, 14800], what + ", inbound")
        wait("forwarded packets", lambda: sum(f[3] for f in flows(GROUP, 7020)) >= 400)
        counted(7020, "three ways out")
        member = python(net, "r", JOIN, GROUP, "7021", "ra", "rb")
        member.stdout.readline()
        multicast(net, "a", "e0", 100, 100, 7021)
        wait("forwarded packets", lambda: sum(f[3] for f in flows(GROUP, 7021)) >= 400)
        counted(7021, "three ways out and members here")
        # the same packets, other ways out each time
        routes("3")
        multicast(net, "a", "e0", 50, 100, 7022)
        routes("1")
        multicast(net, "a", "e0", 50, 100, 7022)
        routes("")
        multicast(net, "a", "e0", 50, 100, 7023)
        wait("forwarded packets", lambda: sum(f[3] for f in flows(GROUP, 7022)) >= 200)
        equal(sum(f[3] for f in flows(GROUP, 7022) if f[0] == INBOUND), 100, "one way out")
        equal(flows(GROUP, 7023), [], "no way out: the stack drops it")
        balance()
    unload()


# ---------------------------------------------------------------- super-packets

TUN = r"""
import fcntl, os, socket, struct, sys
def checksum(data):
    n = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return n
f = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(f, 0x400454ca, struct.pack("16sH22x", b"vm", 0x5001))   # tun, no header, virtio_net_hdr
print("ready", flush=True)
sys.stdin.readline()
src, dst = (socket.inet_pton(10, a) for a in ("fd00:9::2", "fd00:2::2"))
for i in range(int(sys.argv[1])):
    tcp = struct.pack("!HHIIBBHHH", 1234, 7030, 1, 0, 0x50, 0x10, 1000, 0, 0)
    length = len(tcp) + 45 * 1400
    pseudo = checksum(src + dst + struct.pack("!II", length, 6))
    tcp = tcp[:16] + struct.pack("!H", pseudo) + tcp[18:]
    # needs a checksum; TCP over IPv6; length of headers, of segments
    os.write(f, struct.pack("=BBHHHH", 1, 4, 60, 1400, 40, 16) +
             struct.pack("!IHBB", 6 << 28, length, 6, 64) + src + dst + tcp + bytes(45 * 1400))
print("sent", flush=True)
sys.stdin.readline()
"""


def segments_not_filled_in():
    """Super-packets of virtual machines do not say of how many segments they are: samplers count them all the same."""
    load()
    with Net("vm") as net:
        vm = subprocess.Popen(["ip", "netns", "exec", "r", sys.executable, "-c", TUN, "40"], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        net.procs.append(vm)
        vm.stdout.readline()
        run("ip", "addr", "add", "fd00:9::1/64", "dev", "vm", "nodad", ns="r")
        run("ip", "link", "set", "vm", "up", ns="r")
        meter_all("interface vm\nipv6 netstream sampler fix-packets 10 inbound\nquit\n")
        vm.stdin.write("\n")
        vm.stdin.flush()
        vm.stdout.readline()
        vm_seen = [i for i in show("interfaces") if i["interface"] == "vm"][0][INBOUND]
        equal(vm_seen["seen"], 40 * 45, "packets seen")
        # of 45 segments 4 or 5 are selected, each with its headers
        equal(flows("fd00:9::2", 7030)[0][:4], (INBOUND, "vm", "rb", 180), "packets sampled")
        equal(flows("fd00:9::2", 7030)[1][2:], ("rb", 1800, 1800 * 1460), "packets outbound")
    unload()


# --------------------------------------------------------------------- bridging

def bridged():
    """Frames that a bridge passes on are not routed, though br_netfilter shows them to the hooks."""
    needs("br_netfilter")
    load()
    with Net("bridged") as net:
        run("ip", "link", "add", "br0", "type", "bridge", ns="r")
        for n in "ab":
            run("ip", "link", "set", "r" + n, "master", "br0", ns="r")
            run("ip", "addr", "add", "fd00:7::%s/64" % n, "dev", "e0", "nodad", ns=n)
        run("ip", "addr", "add", "fd00:7::1/64", "dev", "br0", "nodad", ns="r")
        run("ip", "link", "set", "br0", "up", ns="r")
        run("sysctl", "-qw", "net.bridge.bridge-nf-call-ip6tables=1", ns="r")
        run("nft", "add table ip6 seen; add chain ip6 seen f { type filter hook forward priority 0; }; "
            "add rule ip6 seen f udp dport 7040 counter", ns="r")
        meter_all()
        udp(net, 100, 100, "fd00:7::b", 7040, "a")
        udp(net, 100, 100, "fd00:7::1", 7041, "a")
        udp(net, 100, 100, "fd00:3::2", 7042, "b", "s.bind(('fd00:7::b', 0))")
        seen = run("nft", "list", "table", "ip6", "seen", ns="r")
        assert "packets 100 " in seen, seen
        equal(flows("fd00:7::b", 7040), [], "bridged")
        assert repeated() >= 100, statistics()["skipped"]
        equal(flows("fd00:7::1", 7041), [(INBOUND, "br0", "", 100, 14800)], "to the bridge's address")
        run("ip", "-6", "route", "add", "fd00:3::/64", "via", "fd00:7::1", ns="b")
        udp(net, 100, 100, "fd00:3::2", 7043, "b", "s.bind(('fd00:7::b', 0))")
        equal(flows("fd00:3::2", 7043), [(INBOUND, "br0", "rc", 100, 14800),
                                         (OUTBOUND, "br0", "rc", 100, 14800)], "routed from the bridge")
    unload()


if __name__ == "__main__":
    sys.exit(main(own_addresses, multicast_looped, multicast_forwarded, segments_not_filled_in, bridged))
