#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A table of virtual devices: packets, bytes and both interfaces, on each device and below it.

A row is a device "vd" of the router and its other end in namespace b.  A hundred
packets go from a through the device to b, and a hundred come back.  Neighbours are
permanent and ICMPv6 is dropped on the device, so that nothing else goes through it and
the numbers of outer packets are exact.  NETSTREAM_TEST_ROWS has parts of the names of
those that are wanted, NETSTREAM_TEST_ALL is for all of them; without these, a part runs.
"""
import genl
from lib import *
from t13_traffic import cached, flows, meter_all, modules, KEYS, INBOUND, OUTBOUND

A, R2, B = "fd00:1::2", "fd00:2::1", "fd00:2::2"
NEAR, FAR = "fd00:e::1", "fd00:e::2"
A4, FAR4 = "::ffff:10.0.1.2", "::ffff:10.9.0.2"
COUNT = 100
PACKET = 40 + 8 + 100
ETHERNET = 14

# What runs in a namespace: it is told lines of Python, and says what became of each.
AGENT = r"""
import ctypes, fcntl, os, select, socket, struct, sys, threading
sys.path.insert(0, sys.argv[1])
from genl import Family, Refused, nest, text, u8, u32, wireguard

def listener(port):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.bind(("::", port))
    s.settimeout(20)
    s.setsockopt(socket.SOL_SOCKET, 33, 4 << 20)    # SO_RCVBUFFORCE
    return s

sockets = {port: listener(port) for port in (7101, 7102, 2055)}

def send(to, port, count, source):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.bind((source, 0))
    for i in range(count):
        s.sendto(b"u" * 100, (to, port))

def receive(port, count):
    for i in range(count):
        sockets[port].recv(2000)

def team(mode):
    option = nest(1, text(1, "mode"), u8(3, 5), text(4, mode))
    try:
        Family("team").call(1, u32(1, socket.if_nametoindex("vd")) + nest(2, option))
    except Refused as e:
        # that nobody listens for the change
        if e.errno != 3:
            raise

# A tun or tap device here and one in another namespace; what enters one leaves the other.
def tunnel(flags, other):
    fds = []
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    for ns in (here, os.open("/run/netns/" + other, os.O_RDONLY)):
        ctypes.CDLL(None).setns(ns, 0x40000000)
        fd = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", b"vd", flags | 0x1000))
        fds.append(fd)
    ctypes.CDLL(None).setns(here, 0x40000000)
    threading.Thread(target=relay, args=fds, daemon=True).start()

def relay(one, two):
    try:
        while True:
            for fd in select.select((one, two), (), ())[0]:
                os.write(two if fd == one else one, os.read(fd, 4000))
    except OSError:
        os.close(one)
        os.close(two)

print("ready", flush=True)
for line in sys.stdin:
    try:
        exec(line)
        print("done", flush=True)
    except Exception as e:
        print(repr(e), flush=True)
"""


class Agent:
    def __init__(self, net, ns):
        self.p = subprocess.Popen(["ip", "netns", "exec", ns, sys.executable, "-c", AGENT, os.path.dirname(genl.__file__)],
                                  text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        net.procs.append(self.p)
        equal(self.p.stdout.readline(), "ready\n", "agent")

    def ask(self, code):
        """Run a line; what went wrong, if anything."""
        self.p.stdin.write(code + "\n")
        self.p.stdin.flush()
        answer = self.p.stdout.readline().strip()
        return None if answer == "done" else answer

    def do(self, code):
        equal(self.ask(code), None, code)


# ------------------------------------------------------------------------- rows

def ends(kind, options, options_b=None):
    """A tunnel between the addresses of the link to b."""
    return (("r", "link add vd type %s local %s remote %s %s" % (kind, R2, B, options)),
            ("b", "link add vd type %s local %s remote %s %s" % (kind, B, R2, options_b or options)))


# A veth pair of its own below the device: p0 in the router, and p1 in b, which becomes "vd" there.
PAIR = (("r", "link add p0 type veth peer name p1 netns b"), ("r", "link set p0 up"))
FAR_END = (("b", "link set p1 name vd"),)


def below(*commands):
    """A device above the veth pair; its other end is the pair's."""
    return PAIR + tuple(("r", c) for c in commands) + FAR_END


def container(mode):
    """An ipvlan device of another namespace."""
    mac = "02:00:00:00:00:02"
    return tuple(("r", c) for c in (
        "link add p0 type veth peer name p1 address %s netns b" % mac, "link set p0 up", "route add fd00:e::/64 dev p0",
        "neigh replace %s lladdr %s dev p0" % (FAR, mac), "link add link p0 name vd type ipvlan mode " + mode,
        "link set vd netns a")) + FAR_END


def esp(match):
    """Security associations of a device, and the policies that lead there."""
    out = []
    for ns, here, there in (("r", R2, B), ("b", B, R2)):
        for src, dst, spi in ((R2, B, "0x301"), (B, R2, "0x302")):
            out.append((ns, "xfrm state add src %s dst %s proto esp spi %s reqid 3 mode tunnel %s %s" % (
                src, dst, spi, " ".join(KEYS), match)))
        for way, src, dst in (("out", here, there), ("in", there, here), ("fwd", there, here)):
            out.append((ns, "xfrm policy add src ::/0 dst ::/0 dir %s tmpl src %s dst %s proto esp reqid 3 "
                        "mode tunnel %s" % (way, src, dst, match)))
    return tuple(out)


WIREGUARD = tuple((ns, "link add vd type wireguard") for ns in "rb") + (
    ("r", "py:wireguard('vd', 0, '%s', 5182)" % B), ("b", "py:wireguard('vd', 1, '%s', 5182)" % R2))

XFRM = tuple((ns, "link add vd type xfrm if_id 7") for ns in "rb") + esp("if_id 7")
VTI6 = ends("vti6", "key 9") + esp("mark 9")
INNER = "ipv6 netstream ipsec-aware inner-header"

IP6GRE = ends("ip6gre", "encaplimit none")

L2TP = tuple((ns, c) for ns, here, there in (("r", R2, B), ("b", B, R2)) for c in (
    "l2tp add tunnel tunnel_id 1 peer_tunnel_id 1 encap udp local %s remote %s udp_sport 5000 udp_dport 5000" % (
        here, there), "l2tp add session name vd tunnel_id 1 session_id 1 peer_session_id 1"))

VXLAN = "id 5 dstport 4789 noudpcsum udp6zerocsumrx udp6zerocsumtx"

BLUE = (("r", "link add vd type veth peer name p1 netns b"), ("r", "link add blue type vrf table 100"),
        ("r", "link set blue up"), ("r", "link set vd master blue")) + FAR_END
BACK = (("r", "route replace fd00:1::/64 dev ra table 100"),)
# Its addresses stay when it becomes a member and is taken down for that.
KEEP = ("r", "py:open('/proc/sys/net/ipv6/conf/ra/keep_addr_on_down', 'w').write('1')")


FORWARDED_TO_B = ((INBOUND, "ra", "vd"), (OUTBOUND, "ra", "vd"))
FORWARDED_TO_A = ((INBOUND, "vd", "ra"), (OUTBOUND, "vd", "ra"))


class Row:
    """A device.

    commands: (namespace, arguments of ip), or (namespace, "py:" and what the agent there runs)
    after: the same, when it has its addresses and is up
    outer: protocol and bytes of a packet that is on the wire for each that goes through the device
    to_b, to_a: direction and interfaces of the packets, wherever they count
    near: the device is of this namespace, and packets go between it and b, not between a and b
    statement: of the router, while this row is tried
    """
    def __init__(self, name, commands, outer=None, after=(), to_b=FORWARDED_TO_B, to_a=FORWARDED_TO_A,
                 addresses=(A, FAR), near=None, statement=None):
        self.name, self.commands, self.outer, self.after = name, commands, outer, after
        self.to_b, self.to_a, self.owner, self.end = to_b, to_a, near or "r", near or "a"
        self.near, self.far = (NEAR, FAR) if near else addresses
        self.statement = statement


DEVICES = (
    Row("ip6gre", IP6GRE, (47, PACKET + 44)),
    Row("ip6gre with a key", ends("ip6gre", "encaplimit none key 9"), (47, PACKET + 48)),
    Row("ip6gretap", ends("ip6gretap", "encaplimit none"), (47, PACKET + ETHERNET + 44)),
    Row("ip6tnl ip6ip6", ends("ip6tnl", "mode ip6ip6 encaplimit none"), (41, PACKET + 40)),
    Row("ip6tnl any, tunnel encapsulation limit", ends("ip6tnl", "mode any"), (41, PACKET + 48)),
    # IPv4 inside does not count, what carries it does
    Row("ip6tnl ipip6", ends("ip6tnl", "mode ipip6 encaplimit none"), (4, PACKET - 20 + 40), to_b=(), to_a=(),
        addresses=(A4, FAR4)),
    # outside is IPv4
    Row("sit", (("r", "link add vd type sit local 10.0.2.1 remote 10.0.2.2"),
                ("b", "link add vd type sit local 10.0.2.2 remote 10.0.2.1"))),
    Row("vxlan", ends("vxlan", VXLAN), (17, PACKET + ETHERNET + 16 + 40)),
    Row("vxlan in a bridge", (("r", "link add vx type vxlan local %s remote %s %s" % (R2, B, VXLAN)),
                              ("r", "link add vd type bridge"), ("r", "link set vx master vd up"))
        + ends("vxlan", VXLAN)[1:], (17, PACKET + ETHERNET + 16 + 40)),
    Row("geneve", (("r", "link add vd type geneve id 5 remote " + B), ("b", "link add vd type geneve id 5 remote " + R2)),
        (17, PACKET + ETHERNET + 16 + 40)),
    Row("wireguard", WIREGUARD, (17, 16 + 160 + 16 + 48)),
    Row("xfrm", XFRM, (50, 236)),
    Row("xfrm, inner packets of policies", XFRM, (50, 236), statement=INNER),
    Row("vti6", VTI6, (50, 236)),
    Row("vti6, inner packets of policies", VTI6, (50, 236), statement=INNER),
    Row("l2tp", L2TP, (17, PACKET + ETHERNET + 12 + 48)),
    Row("vlan", (("r", "link add link rb name vd type vlan id 5"), ("b", "link add link e0 name vd type vlan id 5"))),
    Row("QinQ", tuple(c for ns, dev in (("r", "rb"), ("b", "e0")) for c in (
        (ns, "link add link %s name vx type vlan proto 802.1ad id 6" % dev), (ns, "link set vx up"),
        (ns, "link add link vx name vd type vlan id 5")))),
    Row("bridge", below("link add vd type bridge", "link set p0 master vd")),
    Row("bond", PAIR[:1] + (("r", "link add vd type bond mode balance-rr"), ("r", "link set p0 master vd")) + FAR_END),
    Row("team", PAIR[:1] + (("r", "link add vd type team"), ("r", "py:team('roundrobin')"),
                            ("r", "link set p0 master vd")) + FAR_END),
    Row("macvlan", below("link add link p0 name vd type macvlan mode bridge")),
    # if a program has opened it, what arrives is for that program, and no hook sees it
    Row("macvtap", below("link add link p0 name vd type macvtap mode bridge")),
    # ipvlan is for hosts: what is not for its own addresses goes to the device below
    Row("ipvlan l2", below("link add link p0 name vd type ipvlan mode l2"), near="r",
        to_b=((OUTBOUND, "", "vd"),), to_a=((INBOUND, "vd", ""),)),
    # what a container sends is routed once more, by the router; it sees what arrives in the mode l3s only
    Row("ipvlan l3", container("l3"), near="a", to_b=((OUTBOUND, "", "p0"),), to_a=()),
    Row("ipvlan l3s", container("l3s"), near="a", to_b=((OUTBOUND, "", "p0"),), to_a=((INBOUND, "p0", ""),)),
    Row("tun", (("r", "py:tunnel(1, 'b')"),)),
    Row("tap", (("r", "py:tunnel(2, 'b')"),)),
    Row("vrf, leak by route", BLUE,
        after=BACK + (("r", "route add %s/128 dev vd" % FAR),)),
    Row("vrf, leak by route to its device", BLUE,
        after=BACK + (("r", "route add %s/128 dev blue" % FAR),), to_b=((INBOUND, "ra", "blue"), (OUTBOUND, "ra", "vd"))),
    Row("vrf, both members", BLUE + (KEEP,),
        after=(("r", "link set ra master blue"),)),
    Row("vrf to vrf by route to the device", BLUE + (KEEP,),
        after=(("r", "link add red type vrf table 200"), ("r", "link set red up"), ("r", "link set ra master red"),
               ("r", "route add %s/128 dev blue table 200" % FAR)) + BACK,
        # the device of the VRF that it came by: which member is not known any more
        to_b=((INBOUND, "ra", "blue"), (OUTBOUND, "red", "vd"))),
)

# A virtual machine's kernel loads none by itself.
MODULES = ("xfrm_user", "xfrm_interface", "esp6", "authenc", "cbc", "hmac", "sha1_generic", "aes_generic", "echainiv",
           "sha512_generic", "ctr", "drbg", "ip6_gre", "ip6_tunnel", "ip6_vti", "sit", "vxlan", "geneve", "wireguard",
           "l2tp_eth", "8021q", "bridge", "bonding", "team_mode_roundrobin", "macvlan", "macvtap", "ipvlan", "tun",
           "vrf")

# What the kernel, or ip, says of a device that it does not know.
UNKNOWN = ("Unknown device type", "Operation not supported", "Protocol not supported", "is not supported",
           "No such file or directory", "FileNotFoundError")


# ------------------------------------------------------------------------ set up

def batch(ns, commands, force=False):
    """Commands of ip; what went wrong, if anything."""
    p = run("ip", *(["-force"] if force else []), "-batch", "-", ns=ns, check=False, text="\n".join(commands) + "\n")
    return p.stderr.strip() if p.returncode else None


def do(agents, commands):
    """Run commands in their order; what went wrong, if anything."""
    i = 0
    while i < len(commands):
        ns, first = commands[i]
        group = [first]
        i += 1
        if first.startswith("py:"):
            error = agents[ns].ask(first[3:])
        else:
            while i < len(commands) and commands[i][0] == ns and not commands[i][1].startswith("py:"):
                group.append(commands[i][1])
                i += 1
            error = batch(ns, group)
        if error:
            return "%s: %s" % (" / ".join(group), error)
    return None


def addresses(owner):
    """Addresses of both ends, and their neighbours, where the device has any."""
    link = {ns: json.loads(run("ip", "-j", "link", "show", "dev", "vd", ns=ns))[0] for ns in (owner, "b")}
    for ns, here, other, far in ((owner, NEAR, "b", FAR), ("b", FAR, owner, NEAR)):
        last = here[-1]
        commands = ["addr add %s/64 dev vd nodad" % here, "addr add 10.9.0.%s/24 dev vd" % last, "link set vd up"]
        if link[ns]["link_type"] == "ether":
            commands += ["neigh replace %s lladdr %s dev vd" % (far, link[other]["address"])]
        commands += ["route replace fd00:1::/64 dev vd via " + NEAR if link[ns]["link_type"] == "ether" else
                     "route replace fd00:1::/64 dev vd",
                     "route replace 10.0.1.0/24 dev vd"] if ns == "b" else []
        equal(batch(ns, commands), None, "addresses")


def clean(agents):
    for ns in "rab":
        batch(ns, ["link del " + dev for dev in ("vd", "vx", "p0", "p1", "blue", "red")] +
              ["xfrm state flush", "xfrm policy flush", "l2tp del tunnel tunnel_id 1"], True)
    wait("the end of the devices", lambda: not any(
        d["ifname"] == "vd" for ns in "rab" for d in json.loads(run("ip", "-j", "link", ns=ns))))


def network(net):
    """Agents, in a network in which nothing but what they send goes through devices."""
    modules(*MODULES)
    for ns in "rab":
        run("nft", "add table ip6 quiet; add chain ip6 quiet o { type filter hook output priority 0; }; "
            "add rule ip6 quiet o oifname { vd, vx } meta l4proto ipv6-icmp drop", ns=ns)
    return {ns: Agent(net, ns) for ns in "rab"}


# ------------------------------------------------------------------------- tests

def metered(dev):
    return [i for i in show("interfaces") if i["interface"] == dev]


def way(agents, src, dst, to, port, source, count):
    agents[src].do("send('%s', %d, %d, '%s')" % (to, port, count, source))
    agents[dst].do("receive(%d, %d)" % (port, count))


def exchange(agents, row, count):
    way(agents, row.end, "b", row.far, 7101, row.near, count)
    way(agents, "b", row.end, row.near, 7102, row.far, count)


def check(row):
    """What is in the cache after a hundred packets each way."""
    rows = cached()
    for to, port, where in ((row.far, 7101, row.to_b), (row.near, 7102, row.to_a)):
        equal(flows(to, port, rows=rows), [(*w, COUNT, COUNT * PACKET) for w in where], "%s, to %s" % (row.name, to))
    if not row.outer:
        return
    protocol, size = row.outer
    outer = flows(R2, B, protocol, rows=rows)
    if row.name == "wireguard":     # it keeps alive what it has no packets for
        outer = [(*f[:3], COUNT, f[4] - 80 * (f[3] - COUNT)) for f in outer]
    equal(outer, [(INBOUND, "rb", "", COUNT, COUNT * size), (OUTBOUND, "", "rb", COUNT, COUNT * size)],
          "%s, outside" % row.name)


def go(agents, row):
    error = do(agents, row.commands)
    if error:
        assert any(u in error for u in UNKNOWN), error
        return error
    addresses(row.owner)
    equal(do(agents, row.after), None, row.name)
    wait("the device in the interface map", lambda: metered("vd" if row.owner == "r" else "p0"))
    # keys are negotiated, and neighbours of the links found
    exchange(agents, row, 1)
    tool("reset", "cache")
    exchange(agents, row, COUNT)
    check(row)
    return None


def tried(agents, row):
    """Whether a row has failed; a line says how it went.  None: this kernel has no such device."""
    start = time.monotonic()
    signal.alarm(LIMIT)
    try:
        if row.statement:
            configure(row.statement + "\n")
        missing = go(agents, row)
        if missing:
            return None
        print("ok devices.%s [%.1f s]" % (row.name, time.monotonic() - start), flush=True)
        return False
    except AssertionError as e:
        print("not ok devices.%s - %s" % (row.name, e), flush=True)
        return True
    finally:
        signal.alarm(0)
        clean(agents)
        if row.statement:
            configure("undo %s\n" % row.statement)


# What User Mode Linux has, and two more that are counted by code of their own.
LEAN = ("vlan", "QinQ", "bridge", "tun", "tap", "vrf", "xfrm", "vti6")


def wanted(row):
    if "NETSTREAM_TEST_ROWS" in os.environ:
        return any(part in row.name for part in os.environ["NETSTREAM_TEST_ROWS"].split(","))
    return "NETSTREAM_TEST_ALL" in os.environ or row.name.startswith(LEAN)


def every_device():
    """One row after the other in the same network; each has a line of its own."""
    rows = [row for row in DEVICES if wanted(row)]
    load()
    with Net("devices") as net:
        agents = network(net)
        meter_all()
        verdicts = {row.name: tried(agents, row) for row in rows}
        balance()
    unload()
    equal([name for name, failed in verdicts.items() if failed], [], "rows that failed")
    missing = [name for name, failed in verdicts.items() if failed is None]
    if missing:
        raise Skip("not in this kernel: " + ", ".join(missing))


if __name__ == "__main__":
    sys.exit(main(every_device))
