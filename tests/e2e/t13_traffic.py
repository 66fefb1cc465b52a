#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Each packet is counted once for an interface and direction that it crossed.

Expected are packets, bytes and both interfaces of what was sent; what else moves
(neighbour discovery, ICMPv6 errors) has other addresses or another protocol.
"""
import os
import struct
import sys

from lib import *
from t20_fields import packet, send

A, R, R2, B = "fd00:1::2", "fd00:1::1", "fd00:2::1", "fd00:2::2"
GROUP = "ff05::1234"
INBOUND, OUTBOUND = "inbound", "outbound"
BOTH = (INBOUND, OUTBOUND)


# The original record's key has no output interface.
EACH = """
ipv6 netstream record each
 match source address
 match destination address
 match source port
 match destination port
 match protocol
 match direction
 match input interface
 match output interface
 collect input packets 64
 collect input bytes 64
 quit
ipv6 netstream apply record each
"""


def meter_all(extra="", directions=BOTH):
    configure(EACH + extra + meter(("all",), directions))


def cached(ns="r"):
    """The flows in the cache, with names of interfaces."""
    name = {d["ifindex"]: d["ifname"] for d in json.loads(run("ip", "-j", "link", ns=ns))}
    name[0] = ""
    rows = show("cache", ns=ns)
    for f in rows:
        f["in"], f["out"] = (name.get(f[i], "gone") for i in ("input_interface", "output_interface"))
    return rows


def flows(*wanted, ns="r", rows=None):
    """(direction, input, output, packets, bytes) of each flow that has all of some values, sorted."""
    sums = collections.defaultdict(lambda: [0, 0])
    for f in cached(ns) if rows is None else rows:
        values = {f.get("source_address"), f.get("destination_address"), f.get("protocol"),
                  f.get("destination_port")}
        if all(w in values for w in wanted):
            at = sums[f["direction"], f["in"], f["out"]]
            at[0] += f["packets"]
            at[1] += f["bytes"]
    return sorted(key + tuple(amount) for key, amount in sums.items())


def repeated(ns="r"):
    return statistics(ns)["skipped"]["repeated"]["packets"]


def modules(*names):
    """Load what the kernel would load itself on a whole system."""
    run("modprobe", "-q", "-a", *names, check=False)


def needs(*names):
    """Skip a test where the kernel has not what it needs."""
    for m in names:
        if run("modprobe", "-q", m, check=False).returncode and \
                not os.path.isdir("/sys/module/" + m.replace("-", "_")):
            raise Skip("no " + m)


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


FLOOD = r"""
import itertools, socket, time
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
for i in itertools.count():
    s.sendto(b"x" * 100, ("fd00:66::1" if i % 2 else "fd00:1::1", 7100 + i % 7))
    time.sleep(0.002)
"""

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
        # what members here receive is delivered
        member.kill()
        member.wait()
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
os.sched_setaffinity(0, {0})    # each CPU has a sampler of its own
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


# ------------------------------------------------------------------------ drops

def dropped():
    """What the stack drops before FORWARD and LOCAL_IN does not count; what rules drop there counts inbound."""
    load()
    with Net("dropped") as net:
        meter_all()
        big = ("s.setsockopt(41, 23, 3)",)      # IPV6_MTU_DISCOVER: PROBE
        run("ip", "link", "set", "rb", "mtu", "1300", ns="r")
        run("ip", "-6", "route", "add", "blackhole", "fd00:66::/64", ns="r")
        udp(net, 20, 1400, B, 7031, "a", *big)
        udp(net, 20, 100, "fd00:66::1", 7032, "a")
        udp(net, 20, 100, B, 7033, "a", "s.setsockopt(41, 16, 1)")      # hop limit
        equal([flows(p) for p in (7031, 7032, 7033)], [[], [], []], "too big, blackhole, hop limit 1")
        run("nft", "add table ip6 t; add chain ip6 t f { type filter hook forward priority 0; }; "
            "add rule ip6 t f udp dport 7034 drop", ns="r")
        udp(net, 20, 100, B, 7034, "a")
        equal(flows(B, 7034), [(INBOUND, "ra", "rb", 20, 2960)], "dropped by a rule")
        # the router's own answers are traffic
        assert [f for f in flows(R, A, 58) if f[0] == OUTBOUND and f[3] >= 1], flows(58)
    unload()


FATES = """
ipv6 netstream record fate
 match flow-label
 match input interface
 match output interface
 match forwarding-status
 collect hop-limit
 collect input packets 32
 collect input bytes 64
 quit
ipv6 netstream record plain
 match flow-label
 collect input packets 32
 collect input bytes 64
 quit
ipv6 netstream apply record fate
ipv6 netstream apply record plain
"""

# Rules of the router.  Kernels may lack what the last two need.
RULES = """
add table ip6 t
add chain ip6 t raw { type filter hook prerouting priority -300; }
add rule ip6 t raw udp dport 7001 drop
add chain ip6 t pass { type filter hook forward priority 0; }
add rule ip6 t pass udp dport 7002 drop
add rule ip6 t pass udp dport 7003 reject
add chain ip6 t in { type filter hook input priority 0; }
add rule ip6 t in udp dport 7004 drop
add chain ip6 t out { type filter hook postrouting priority 0; }
add rule ip6 t out udp dport 7005 drop
"""
REVERSE = "add rule ip6 t raw udp dport 7006 fib saddr . iif oif missing drop"
POLICY = ["dir", "fwd", "src", "fd00:1::/64", "dst", "fd00:2::/64", "proto", "udp", "dport", "7007", "action", "block"]


def fates(tracepoints, reasons, reverse, policy):
    """Label -> packet, where it leaves, status, hop limit; whether the first hooks see it."""
    def to(label, address, port=7000, hops=61, size=100, source=A):
        return packet(label, 17, struct.pack("!HHHH", 4660, port, size, 0) + bytes(size - 8), hops, to=address,
                      source=source)
    rows = {
        1: (to(1, B), "rb", 64, True), 2: (to(2, R), "", 195, True),
        # on its way out: it has been forwarded
        3: (to(3, B, 7005), "rb", 64, True),
    }
    if tracepoints:
        rows.update({
            11: (to(11, "fd00:99::1"), "", 131, False), 12: (to(12, "fd00:66::1"), "", 132, False),
            13: (to(13, "fd00:67::1"), "", 129, False), 14: (to(14, "fd00:68::1"), "", 131, False),
            15: (to(15, B, hops=1), "", 137, False), 16: (to(16, B, size=1400), "", 133, False),
            17: (to(17, B, 7001), "", 130, False), 18: (to(18, B, 7002), "", 130, True),
            19: (to(19, B, 7003), "", 130, True), 20: (to(20, R, 7004), "", 130, True),
            # no member, and no multicast router
            21: (to(21, "ff05::99"), "", 128, False)})
        if reverse:
            rows[22] = to(22, B, 7006, source="fd00:98::1"), "", 130, False
        if policy:
            rows[23] = to(23, B, 7007), "", 128, False
        if not reasons:
            rows = {k: v[:2] + (128 if v[2] in (130, 133) else v[2],) + v[3:] for k, v in rows.items()}
    return rows


def forwarding_status():
    """What became of packets, each counted once; other records do not notice.  t20 has it decoded."""
    modules("nft_reject_ipv6", "nft_fib_ipv6", "xfrm_user")
    load()
    with Net("fates") as net:
        run("ip", "link", "set", "rb", "mtu", "1300", ns="r")
        for kind, prefix in (("blackhole", "66"), ("prohibit", "67"), ("unreachable", "68")):
            run("ip", "-6", "route", "add", kind, "fd00:%s::/64" % prefix, ns="r")
        run("nft", "-f", "-", ns="r", text=RULES)
        reverse = not run("nft", REVERSE, ns="r", check=False).returncode
        policy = not run("ip", "xfrm", "policy", "add", *POLICY, ns="r", check=False).returncode
        with open("/proc/kallsyms") as f:
            tracepoints = "__tracepoint_kfree_skb" in f.read() and not os.path.exists("/sys/kernel/realtime")
        rows = fates(tracepoints, kernel() >= (6, 0), reverse, policy)
        configure(FATES + EXPORT6 + meter(("ra",)))
        # three of each, mixed; a neighbour is known before, so that nothing waits
        ping(net, 1)
        for _ in range(3):
            send(p for p, *_ in rows.values())
        wait("the packets of both records", lambda: sum(
            f["packets"] for f in show("cache") if f["record"] == "fate" and f["flow_label"]) >= 3 * len(rows))
        name = {d["ifindex"]: d["ifname"] for d in json.loads(run("ip", "-j", "link", ns="r"))}
        name[0] = ""
        # a CPU each has flows of its own
        seen = collections.Counter()
        for f in show("cache"):
            key = (f["flow_label"],) + ((name[f["input_interface"]], name[f["output_interface"]], f["hop_limit"],
                                         f["forwarding_status"]) if f["record"] == "fate" else ())
            seen[key + ("packets",)] += f["packets"]
            seen[key + ("bytes",)] += f["bytes"]
        want = {}
        for label, (wire, out, status, first) in rows.items():
            for key in [(label, "ra", out, wire[7], status)] + [(label,)] * first:
                want[key + ("packets",)] = 3
                want[key + ("bytes",)] = 3 * len(wire)
        equal({k: v for k, v in seen.items() if k[0] in rows}, want, "by label, interfaces, hop limit, status")
        balance()
    unload()


def drops_while_all_changes():
    """Records that see drops come and go, and the module too, while packets are dropped."""
    if SLOW == 1:
        raise Skip("for the debug kernel: tests/uml/run-e2e -v debug t13")
    load()
    with Net("drops-change") as net:
        run("ip", "-6", "route", "add", "blackhole", "fd00:66::/64", ns="r")
        flood = python(net, "a", FLOOD)
        for _ in range(2):
            for records in ("fate", "plain"):
                configure("undo ipv6 netstream apply record\n" + FATES.split("ipv6 netstream apply")[0] +
                          "ipv6 netstream apply record %s\n" % records + EXPORT6 + meter(("ra",)))
                if records == "fate":
                    wait("drops or deliveries", lambda: show("cache"))
                balance()
            configure("undo ipv6 netstream apply record\nipv6 netstream apply record fate\n")
            unload()
            load()
        assert flood.poll() is None, flood.communicate()
        flood.kill()
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


# ------------------------------------------------------------------------ IPsec

KEYS = ("auth", "hmac(sha1)", "0x" + "11" * 20, "enc", "cbc(aes)", "0x" + "22" * 16)
INSIDE, FAR = "fd00:1::/64", "fd00:9::/64"


def ipsec(ns, here, there, near, far):
    """A tunnel by policy: near is behind here, far is behind there."""
    for i, (src, dst) in enumerate(((here, there), (there, here))):
        spi = "0x101" if src == R2 else "0x102"
        p = run("ip", "xfrm", "state", "add", "src", src, "dst", dst, "proto", "esp", "spi", spi, "reqid", "1",
                "mode", "tunnel", *KEYS, ns=ns, check=False)
        if p.returncode:
            raise Skip("no IPsec in this kernel")
        a, b = ((near, far), (far, near))[i]
        for way in (("out",), ("in", "fwd"))[i]:
            run("ip", "xfrm", "policy", "add", "src", a, "dst", b, "dir", way, "tmpl", "src", src, "dst", dst,
                "proto", "esp", "reqid", "1", "mode", "tunnel", ns=ns)


def encrypted_by_policy():
    """What is on the wire: ESP on the wire's interface, both ways, forwarded and local."""
    modules("xfrm_user", "esp6", "authenc", "cbc", "hmac", "sha1_generic", "aes_generic", "echainiv",
            # random numbers for its initialization vectors
            "sha512_generic", "ctr", "drbg")
    load()
    with Net("ipsec") as net:
        run("ip", "addr", "add", "fd00:9::9/64", "dev", "lo", "nodad", ns="b")
        run("ip", "-6", "route", "add", FAR, "via", B, ns="r")
        ipsec("r", R2, B, INSIDE, FAR)
        ipsec("b", B, R2, FAR, INSIDE)
        meter_all()
        udp(net, 100, 100, "fd00:9::9", 7070, "a")
        def encrypted(direction):
            """The other direction has answers: nobody listens."""
            return [f for f in flows(R2, B, 50) if f[0] == direction]
        equal(flows("fd00:9::9", 7070), [(INBOUND, "ra", "rb", 100, 14800)], "forwarded, plain")
        equal(encrypted(OUTBOUND), [(OUTBOUND, "", "rb", 100, 23600)], "forwarded, encrypted")
        tool("reset", "cache")
        udp(net, 100, 100, A, 7071, "b", "s.bind(('fd00:9::9', 0))")
        equal(flows(A, 7071), [(OUTBOUND, "rb", "ra", 100, 14800)], "to be forwarded, plain")
        equal(encrypted(INBOUND), [(INBOUND, "rb", "", 100, 23600)], "to be forwarded, encrypted")
        tool("reset", "cache")
        udp(net, 100, 100, "fd00:9::9", 7072, "r", "s.bind(('fd00:1::1', 0))")
        udp(net, 100, 100, R, 7073, "b", "s.bind(('fd00:9::9', 0))")
        equal(flows("fd00:9::9", 7072) + flows(R, 7073), [], "local, plain")
        equal([f[:3] for f in flows(R2, B, 50)], [(INBOUND, "rb", ""), (OUTBOUND, "", "rb")], "local, encrypted")
        # a statement selects what is inside, on the same interfaces
        configure("ipv6 netstream ipsec-aware inner-header\n")
        tool("reset", "cache")
        udp(net, 100, 100, "fd00:9::9", 7074, "a")
        udp(net, 100, 100, A, 7075, "b", "s.bind(('fd00:9::9', 0))")
        equal(flows("fd00:9::9", 7074), [(INBOUND, "ra", "rb", 100, 14800), (OUTBOUND, "ra", "rb", 100, 14800)],
              "inside, to b")
        equal(flows(A, 7075), [(INBOUND, "rb", "ra", 100, 14800), (OUTBOUND, "rb", "ra", 100, 14800)],
              "inside, from b")
        equal(flows(50), [], "ESP beside what is inside")
    unload()


# -------------------------------------------------------------- segment routing

def segment_routing():
    """Inbound once, as it arrived where the stack shows it; outbound once, as it left."""
    load()
    with Net("srv6") as net:
        def route(ns, *words):
            if run("ip", "-6", "route", "replace", *words, ns=ns, check=False).returncode:
                raise Skip("no segment routing in this kernel")
        for ns, devs in (("r", ("ra", "rb")), ("b", ("e0",))):
            run("sysctl", "-qw", "net.ipv6.conf.all.seg6_enabled=1",
                *("net.ipv6.conf.%s.seg6_enabled=1" % d for d in devs), ns=ns)
        route("r", "fd00:55::e/128", "encap", "seg6local", "action", "End", "dev", "rb")
        route("r", "fd00:55::d/128", "encap", "seg6local", "action", "End.DT6", "table", "main", "dev", "rb")
        route("r", "fd00:9::/64", "encap", "seg6", "mode", "encap", "segs", B, "via", B, "dev", "rb")
        run("ip", "addr", "add", "fd00:9::9/64", "dev", "lo", "nodad", ns="b")
        meter_all()
        for hooks in "01":
            if run("sysctl", "-qw", "net.netfilter.nf_hooks_lwtunnel=" + hooks, ns="r", check=False).returncode and \
                    run("sysctl", "-qw", "net.netfilter.nf_hooks_lwtunnel=" + hooks, check=False).returncode:
                continue
            port = 7080 + 10 * int(hooks)
            for segment, mode, size in (("fd00:1::1", "inline", 188), ("fd00:55::e", "inline", 188),
                                        ("fd00:55::d", "encap", 148)):
                route("a", B + "/128", "encap", "seg6", "mode", mode, "segs", segment, "via", R, "dev", "e0")
                port += 1
                udp(net, 100, 100, B, port, "a")
                equal(flows(port), [(INBOUND, "ra", "rb", 100, 100 * size), (OUTBOUND, "ra", "rb", 100, 100 * size)],
                      "%s, nf_hooks_lwtunnel=%s" % (segment, hooks))
            run("ip", "-6", "route", "del", B + "/128", ns="a")
            tool("reset", "cache")
            udp(net, 100, 100, "fd00:9::9", port + 1, "a")
            equal(flows(port + 1), [(INBOUND, "ra", "rb", 100, 14800)], "to be encapsulated, inbound")
            outer = [f for f in flows(B) if f[3] >= 100]
            equal(outer, [(OUTBOUND, "ra", "rb", 100, 21200)], "encapsulated, outbound")
        configure("ipv6 netstream srv6-aware inner-header\n")
        tool("reset", "cache")
        udp(net, 100, 100, "fd00:9::9", 7099, "a")
        equal(flows("fd00:9::9", 7099), [(INBOUND, "ra", "rb", 100, 14800), (OUTBOUND, "ra", "rb", 100, 14800)],
              "the packet inside")
    unload()


# -------------------------------------------------------------------------- NAT

ECHO = r"""
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("::", 7060))
print("listening", flush=True)
while True:
    data, peer = s.recvfrom(2000)
    s.sendto(data, peer)
"""

ASK = r"""
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("fd00:1::2", 7061))
s.settimeout(20)
for i in range(100):
    s.sendto(b"u" * 100, ("fd00:1::77", 7062))
    s.recvfrom(2000)
"""


def translated():
    """NAT66: inbound as it arrived, outbound as it left, so that the directions of each interface match."""
    modules("nf_nat", "nft_chain_nat", "nft_nat")
    load()
    with Net("nat") as net:
        meter_all()
        udp(net, 10, 100, B, 7063, "a")
        p = run("nft", "add table ip6 nat; "
                "add chain ip6 nat pre { type nat hook prerouting priority -100; }; "
                "add chain ip6 nat post { type nat hook postrouting priority 100; }; "
                "add rule ip6 nat pre ip6 daddr fd00:1::77 udp dport 7062 dnat to [fd00:2::2]:7060; "
                "add rule ip6 nat post oifname rb udp dport 7060 snat to [fd00:2::1]:7064", ns="r", check=False)
        if p.returncode:
            raise Skip("no NAT in this kernel")
        run("ip", "-6", "neigh", "add", "proxy", "fd00:1::77", "dev", "ra", ns="r")
        run("sysctl", "-qw", "net.ipv6.conf.ra.proxy_ndp=1", ns="r")
        run("ip", "-6", "route", "add", "fd00:1::77/128", "via", "fd00:1::1", ns="a")
        python(net, "b", ECHO).stdout.readline()
        p = python(net, "a", ASK)
        p.communicate(timeout=60 * SLOW)
        equal(p.returncode, 0, "answers through NAT")

        def of(src, sport, dst, dport):
            """Sums, since a flow may have packets on two CPUs."""
            sums = collections.defaultdict(lambda: [0, 0])
            for f in show("cache"):
                if (f["source_address"], f["source_port"], f["destination_address"],
                        f["destination_port"]) == (src, sport, dst, dport):
                    sums[f["direction"]][0] += f["packets"]
                    sums[f["direction"]][1] += f["bytes"]
            return sorted((direction, *amount) for direction, amount in sums.items())
        equal(of(A, 7061, "fd00:1::77", 7062), [(INBOUND, 100, 14800)], "asked, inside")
        equal(of("fd00:2::1", 7064, B, 7060), [(OUTBOUND, 100, 14800)], "asked, outside")
        equal(of(B, 7060, "fd00:2::1", 7064), [(INBOUND, 100, 14800)], "answered, outside")
        equal(of("fd00:1::77", 7062, A, 7061), [(OUTBOUND, 100, 14800)], "answered, inside")
        # what is not translated stays as it is
        udp(net, 10, 100, B, 7065, "a")
        equal(flows(B, 7065), [(INBOUND, "ra", "rb", 10, 1480), (OUTBOUND, "ra", "rb", 10, 1480)], "others")
    unload()


# ------------------------------------------------------------------ VRFs, tunnels

def leaked_to_a_vrf():
    """What a route sends to the device of a VRF counts where it came in and where it leaves."""
    modules("vrf")
    load()
    with Net("leak") as net:
        run("sysctl", "-qw", "net.ipv6.conf.rb.keep_addr_on_down=1", ns="r")
        run("ip", "-batch", "-", ns="r", text="""link add blue type vrf table 100
            link set blue up
            link set rb master blue
            route add fd00:2::/64 dev blue
            route add fd00:1::/64 dev ra table 100
            """)
        meter_all()
        udp(net, 100, 100, B, 7090, "a")
        # FORWARD knows no more than that the VRF is the way
        equal(flows(B, 7090), [(INBOUND, "ra", "blue", 100, 14800), (OUTBOUND, "ra", "rb", 100, 14800)], "into the VRF")
        udp(net, 100, 100, A, 7091, "b")
        equal(flows(A, 7091), [(INBOUND, "rb", "ra", 100, 14800), (OUTBOUND, "rb", "ra", 100, 14800)], "out of it")
        udp(net, 50, 100, B, 7092, "r", "s.setsockopt(socket.SOL_SOCKET, 25, b'blue')")
        equal(flows(B, 7092), [(OUTBOUND, "", "rb", 50, 7400)], "from the router itself")
        balance()
    unload()


SINK = r"""
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("::", 2055))
print("ready", flush=True)
while True:
    s.recv(4000)
"""

KEYED = r"""
import sys
sys.path.insert(0, sys.argv[1])
from genl import wireguard
wireguard(sys.argv[2], int(sys.argv[3]), sys.argv[4], 5182)
"""


def own_and_sent():
    """Export packets as the hooks have seen them, and as each host has, at one time."""
    while True:
        count = [h["packets"] for h in show("hosts")]
        own = statistics()["skipped"]["own_export"]["packets"]
        if [h["packets"] for h in show("hosts")] == count:
            return own, count


def tunnel(kind, number):
    """A device "tN" between the router, which has ::1 and .1 on it, and b, which has ::2 and .2."""
    dev = "t%d" % number
    for i, (ns, here, there) in enumerate((("r", R2, B), ("b", B, R2))):
        options = ("local", here, "remote", there, "encaplimit", "none") if kind == "ip6gre" else ()
        if run("ip", "link", "add", dev, "type", kind, *options, ns=ns, check=False).returncode:
            raise Skip("no " + kind)
        if kind == "wireguard":
            run(sys.executable, "-c", KEYED, os.path.dirname(os.path.abspath(__file__)), dev, str(i), there, ns=ns)
        run("ip", "-batch", "-", ns=ns, text="""addr add fd00:e%d::%d/64 dev %s nodad
            addr add 10.9.%d.%d/24 dev %s
            link set %s up
            """ % (number, i + 1, dev, number, i + 1, dev, dev))


def exports_in_a_tunnel():
    """Of both families: they count once, and neither they nor the tunnel's packets are metered."""
    modules("ip6_gre", "wireguard")
    load()
    with Net("tunnelled") as net:
        tunnel("ip6gre", 1)
        tunnel("wireguard", 2)
        python(net, "b", SINK).stdout.readline()
        meter_all("ipv6 netstream export source ipv6 fd00:e1::1\nipv6 netstream export source 10.9.1.1\n" +
                  "".join("ipv6 netstream export host %s 2055\n" % host for host in (
                      "ipv6 fd00:e1::2", "10.9.1.2", "ipv6 fd00:e2::2", "10.9.2.2")))
        wait("templates", lambda: min(own_and_sent()[1]) >= 1)
        before = own_and_sent()
        udp(net, 1, 100, B, 6000, "a", last=6100)
        flush()
        after = own_and_sent()
        count = [now - then for now, then in zip(after[1], before[1])]
        assert min(count) >= 3, count
        equal(after[0] - before[0], sum(count), "export packets seen, of those sent")
        equal(flows(R2, B, 47), [], "what carries them, GRE")
        # WireGuard's handshakes and what keeps it alive are short, exports are not
        outer = flows(R2, B, 5182)
        equal([f for f in outer if f[4] > 196 * f[3]], [], "what carries them, WireGuard")
        equal([f for n in "12" for host in ("fd00:e%s::2", "10.9.%s.2") for f in flows(host % n)], [], "what is inside")
    unload()


# -------------------------------------------------------------------------- TCP

# Both are told their CPUs, and the client the number of connections; tests/deep/split.py, too.
SERVE = r"""
import os, socket, sys
os.sched_setaffinity(0, eval(sys.argv[1]))
l = socket.create_server(("::", 7050), family=socket.AF_INET6, backlog=200)
print("listening", flush=True)
while True:
    s, _ = l.accept()
    s.sendall(s.recv(100))
    s.close()
"""

CONNECT = r"""
import os, socket, sys
os.sched_setaffinity(0, eval(sys.argv[1]))
for i in range(int(sys.argv[2])):
    s = socket.create_connection(("fd00:2::2", 7050))
    s.sendall(b"x" * 100)
    while s.recv(1000):
        pass
    s.close()
"""


def short_connections():
    """A connection is a flow in each direction, with what trails its FIN, if it stays on one CPU."""
    load()
    with Net("short") as net:
        # acknowledgements come from whichever CPU has run a timer or a softirq: see tests/deep/split.py
        for dev in ("ra", "rb"):
            rps = "/sys/class/net/%s/queues/rx-0/rps_cpus" % dev
            run("sh", "-c", "[ ! -e %s ] || echo 1 > %s" % (rps, rps), ns="r", check=os.cpu_count() > 1)
        pcap = net.capture()
        configure(EXPORT6 + meter(("ra", "rb")))
        server = python(net, "b", SERVE, "{0}")
        server.stdout.readline()
        python(net, "a", CONNECT, "{0}", "200").communicate(timeout=60 * SLOW)
        wait("the end of all connections", lambda: statistics()["ended"]["tcp"]["flows"] >= 400)
        flush()
        recorded(pcap)
        ports = [row for row in tshark(pcap, "cflow.srcport", "cflow.dstport", "cflow.packets")]
        packets = [int(n) for s, d, p in ports for a, b, n in zip(s, d, p) if "7050" in (a, b)]
        equal(len(packets), 400, "records of 200 connections")
        assert min(packets) >= 4, sorted(packets)[:5]
    unload()


if __name__ == "__main__":
    sys.exit(main(own_addresses, multicast_looped, multicast_forwarded, segments_not_filled_in, dropped, forwarding_status,
                  drops_while_all_changes, bridged,
                  encrypted_by_policy, segment_routing, translated, leaked_to_a_vrf, exports_in_a_tunnel, short_connections))
