# SPDX-License-Identifier: GPL-2.0
"""Routing daemons for the tests of `netstream routes follow`, and the follower itself.

    AS 20 - AS 21 (a) --- AS 22, the router (r) --- AS 23 (b) - AS 24
                                   |
                       AS 26 - AS 65002 (c), of the router's confederation

What is drawn behind a, b and c they announce themselves, with the AS in front in their
paths; only where all routers are FRR the ASes 20, 24 and 26 are routers of their own.  The follower is in the router's AS and runs beside it, as 127.0.0.2.
"""
import fcntl
import os
import shutil
import signal
import struct
import subprocess

from lib import SLOW, TOOL, Skip, loaded, run, wait
from t15_routes import in_namespace

FOLLOWER = """routes
 neighbor 10.0.1.1 remote-as %s local-as %s port 1179 source 127.0.0.2 hold-time 30%s
 stale-time %d
"""
DIR = "/tmp/routers"


def needs(*programs):
    for p in programs:
        if not shutil.which(p) and not os.path.exists("/usr/lib/frr/" + p):
            raise Skip("there is no " + p)


def seed():
    """User Mode Linux never has enough entropy for getrandom(), which these programs call."""
    with open("/dev/random", "wb") as f:
        fcntl.ioctl(f, 0x40085203, struct.pack("=ii", 256, 32) + os.urandom(32))  # RNDADDENTROPY


def fresh(name):
    path = os.path.join(DIR, name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


class Daemon:
    """A program with a configuration, that can be killed and started again."""

    def __init__(self, net, name, ns):
        self.net, self.name, self.ns = net, name, ns
        self.dir = fresh(name)
        self.procs = []

    def file(self, name, text=None):
        path = os.path.join(self.dir, name)
        if text is not None:
            with open(path, "w", encoding="ascii") as f:
                f.write(text)
        return path

    def spawn(self, *argv):
        with open(self.file("log-" + os.path.basename(argv[0])), "a", encoding="ascii") as log:
            self.procs.append(self.net.spawn(*argv, ns=self.ns, out=log))

    def ready(self, condition):
        """Wait until the program is; say what it printed if it never is."""
        try:
            wait(self.name, condition)
        except AssertionError as e:
            text = ""
            for name in sorted(os.listdir(self.dir)):
                if name.startswith("log"):
                    with open(self.file(name), encoding="utf-8", errors="replace") as f:
                        text += f.read()[-500:]
            raise AssertionError("%s; it said: %s" % (e, text)) from None

    def kill(self):
        for p in self.procs:
            p.send_signal(signal.SIGKILL)
            p.wait(20 * SLOW)
        self.procs = []


class Neighbor(Daemon):
    """BIRD as an AS around the router.

    routes: prefix -> the ASes behind it, the next one first.
    """

    def __init__(self, net, ns, asn, link, routes, remote=22, extra=""):
        super().__init__(net, "bird-" + ns, ns)
        self.asn, self.link, self.remote, self.extra = asn, link, remote, extra
        self.routes = dict(routes)
        self.write()
        self.spawn("bird", "-f", "-c", self.file("conf"), "-s", self.file("ctl"))
        self.ready(lambda: os.path.exists(self.file("ctl")))

    def write(self):
        static = "".join("route %s unreachable;\n" % p for p in self.routes)
        out = "".join("if net = %s then { %s }\n" % (
            p, " ".join("bgp_path.prepend(%d);" % a for a in reversed(path)))
            for p, path in self.routes.items() if path)
        self.file("conf", """
router id 10.0.0.%d;
protocol device {}
protocol static { ipv6; %s }
filter told { if source != RTS_STATIC then reject; %s accept; }
protocol bgp r {
	local fd00:%d::2 as %d;
	neighbor fd00:%d::1 as %d;
	connect retry time 1; connect delay time 1; error wait time 1, 2;
	%s
	ipv6 { import all; export filter told; next hop self; };
}
""" % (self.link, static, out, self.link, self.asn, self.link, self.remote, self.extra))

    def announce(self, prefix, *path):
        self.routes[prefix] = path
        self.change()

    def withdraw(self, prefix):
        del self.routes[prefix]
        self.change()

    def change(self):
        self.write()
        run("birdc", "-s", self.file("ctl"), "configure")


class FrrPrograms(Daemon):
    """zebra and bgpd of FRR, in a namespace.  port: where bgpd listens."""

    def __init__(self, net, name, ns, config, port=179, bmp=False):
        needs("bgpd", "zebra")
        super().__init__(net, name, ns)
        self.file("zebra.conf", "log stdout\n")
        self.file("bgpd.conf", "log stdout\n" + config)
        self.port, self.bmp = port, bmp
        self.start()

    def start(self):
        # FRR insists on its own user and group
        for path in [self.dir] + [self.file(name) for name in os.listdir(self.dir)]:
            shutil.chown(path, "frr", "frrvty")
        common = ["-u", "frr", "-g", "frr", "-z", self.file("zserv"), "-P", "0",
                  "--vty_socket", self.dir]
        self.spawn("/usr/lib/frr/zebra", *common, "-f", self.file("zebra.conf"),
                   "-i", self.file("zebra.pid"))
        self.ready(lambda: os.path.exists(self.file("zserv")))
        self.spawn("/usr/lib/frr/bgpd", *common, "-f", self.file("bgpd.conf"),
                   "-i", self.file("bgpd.pid"), "-p", str(self.port), "-l", "::", "-l", "0.0.0.0",
                   *(["-M", "bmp"] if self.bmp else []))

    def restart(self):
        self.kill()
        self.start()


class Frr(FrrPrograms):
    """FRR as the router."""

    BMP = """bmp targets t
 bmp connect 127.0.0.1 port 1790 min-retry 100 max-retry 1000
 bmp monitor ipv6 unicast post-policy
"""

    def __init__(self, net, extra="", password="", bmp=False):
        super().__init__(net, "frr", "r", """router bgp 65001
 bgp router-id 10.0.0.22
 bgp confederation identifier 22
 bgp confederation peers 65002
 no bgp default ipv4-unicast
 no bgp network import-check
 no bgp ebgp-requires-policy
 timers bgp 3 30
 coalesce-time 0
 neighbor fd00:1::2 remote-as 21
 neighbor fd00:2::2 remote-as 23
 neighbor fd00:3::2 remote-as 65002
 neighbor fd00:1::2 timers connect 1
 neighbor fd00:2::2 timers connect 1
 neighbor fd00:3::2 timers connect 1
 neighbor 127.0.0.2 remote-as 65001
 neighbor 127.0.0.2 passive
 %s
 %s
 address-family ipv6 unicast
  network 2001:db8:22::/48

  neighbor fd00:1::2 activate
  neighbor fd00:2::2 activate
  neighbor fd00:3::2 activate
  neighbor 127.0.0.2 activate
  %s
 exit-address-family
""" % ("neighbor 127.0.0.2 password " + password if password else "", self.BMP if bmp else "", extra),
                         port=1179, bmp=bmp)


class FrrNeighbor(FrrPrograms):
    """FRR as an AS around the router, with the interface of Neighbor.

    peers: address -> AS; behind: the AS that announces what this one does not.
    """

    def __init__(self, net, ns, asn, peers, routes, extra="", behind=None):
        self.asn, self.routes, self.behind, self.maps = asn, dict(routes), behind, 0
        config = "router bgp %d\n bgp router-id 10.0.0.%d\n%s" % (asn, asn % 250, extra)
        for line in ("no bgp default ipv4-unicast", "no bgp network import-check",
                     "no bgp ebgp-requires-policy", "timers bgp 3 30", "coalesce-time 0"):
            config += " %s\n" % line
        for address, remote in peers.items():
            config += " neighbor {0} remote-as {1}\n neighbor {0} timers connect 1\n".format(
                address, remote)
        config += " address-family ipv6 unicast\n"
        for address in peers:
            config += "  neighbor {0} activate\n  neighbor {0} next-hop-self\n".format(address)
        maps = ""
        for prefix, path in self.routes.items():
            name, text = self.path(path)
            maps += text
            config += "  network %s%s\n" % (prefix, name)
        super().__init__(net, "frr-" + ns, ns, maps + config + " exit-address-family\n")

    def path(self, path):
        """What `network` has for a path, and the route map that it names."""
        if not path:
            return "", ""
        self.maps += 1
        return " route-map m%d" % self.maps, \
            "route-map m%d permit 10\n set as-path prepend %s\nexit\n" % (
                self.maps, " ".join(map(str, path)))

    def told(self, *lines):
        run("vtysh", "--vty_socket", self.dir, "-d", "bgpd",
            *[w for line in ("configure terminal",) + lines for w in ("-c", line)])

    def announce(self, prefix, *path):
        self.routes[prefix] = path
        name, text = self.path(path)
        self.told(*text.splitlines(), "router bgp %d" % self.asn, "address-family ipv6 unicast",
                  "network %s%s" % (prefix, name))

    def withdraw(self, prefix):
        if prefix not in self.routes:
            self.behind.withdraw(prefix)
            return
        del self.routes[prefix]
        self.told("router bgp %d" % self.asn, "address-family ipv6 unicast", "no network " + prefix)


class Bird(Daemon):
    """BIRD as the router."""

    def __init__(self, net):
        needs("bird")
        super().__init__(net, "bird-r", "r")
        peers = "".join("""
protocol bgp n%d {
	local fd00:%d::1 as 65001; neighbor fd00:%d::2 as %d;
	confederation 22; %s
	passive; ipv6 { import all; export all; };
}
""" % (link, link, link, asn, "confederation member yes;" if asn == 65002 else "")
            for link, asn in ((1, 21), (2, 23), (3, 65002)))
        self.file("conf", """
router id 10.0.0.22;
protocol device {}
protocol direct { ipv6; interface "r*"; }
protocol static { ipv6; route 2001:db8:22::/48 unreachable; }
filter ours { if source = RTS_DEVICE then reject; accept; }
%s
protocol bgp f {
	local 10.0.1.1 port 1179 as 65001; neighbor 127.0.0.2 as 65001;
	confederation 22; multihop; passive; strict bind;
	ipv6 { import none; export filter ours; next hop keep; };
}
""" % peers)
        self.start()

    def start(self):
        self.spawn("bird", "-f", "-c", self.file("conf"), "-s", self.file("ctl"))

    def restart(self):
        self.kill()
        self.start()


class Gobgp(Daemon):
    """GoBGP as the router."""

    def __init__(self, net, bmp=False):
        needs("gobgpd", "gobgp")
        super().__init__(net, "gobgp", "r")
        def peer(address, asn, more=""):
            return """
[[neighbors]]
 [neighbors.config]
  neighbor-address = "%s"
  peer-as = %d
 [neighbors.timers.config]
  connect-retry = 1
  idle-hold-time-after-reset = 1
 [neighbors.transport.config]
  passive-mode = %s
 [[neighbors.afi-safis]]
  [neighbors.afi-safis.config]
   afi-safi-name = "ipv6-unicast"
%s
""" % (address, asn, "true" if address.startswith("127") else "false", more)
        self.file("conf", """
[global.config]
 as = 65001
 router-id = "10.0.0.22"
 port = 1179
 local-address-list = ["10.0.1.1"]
[global.confederation.config]
 enabled = true
 identifier = 22
 member-as-list = [65002]
%s
%s""" % ("""[[bmp-servers]]
 [bmp-servers.config]
  address = "127.0.0.1"
  port = 1790
  route-monitoring-policy = "local-rib"
""" if bmp else "",
         peer("fd00:1::2", 21) + peer("fd00:2::2", 23) + peer("fd00:3::2", 65002) +
         peer("127.0.0.2", 65001)))
        self.start()

    def start(self):
        self.spawn("gobgpd", "-f", self.file("conf"), "--api-hosts", "127.0.0.1:50051")
        self.ready(lambda: run("gobgp", "neighbor", ns="r", check=False).returncode == 0)
        run("gobgp", "global", "rib", "add", "-a", "ipv6", "2001:db8:22::/48", ns="r")

    def restart(self):
        self.kill()
        self.start()


# A BGP speaker that listens for the follower and tells one prefix, for as long as it lives.
SPEAKER = r"""
import socket, struct, sys
address, port, asn, origin = sys.argv[1], *map(int, sys.argv[2:5])
prefix, length = sys.argv[5].split("/")
hop = socket.inet_pton(socket.AF_INET6, sys.argv[6])

def message(kind, body=b""):
    return b"\xff" * 16 + struct.pack("!HB", 19 + len(body), kind) + body

def update(attrs):
    return message(2, struct.pack("!HH", 0, len(attrs)) + attrs)

nlri = bytes([int(length)]) + socket.inet_pton(socket.AF_INET6, prefix)[:(int(length) + 7) // 8]
reach = b"\0\2\1\x10" + hop + b"\0" + nlri
path = struct.pack("!BBII", 2, 2, asn, origin)
hello = message(1, struct.pack("!BHHIB", 4, asn, 0, 0x0a000063, 14) + bytes([2, 12]) +
                b"\1\4\0\2\0\1" + b"\x41\4" + struct.pack("!I", asn))
listener = socket.create_server((address, port))
while True:
    conn = listener.accept()[0]
    conn.sendall(hello)
    conn.recv(4096)
    conn.sendall(message(4) + update(b"\x40\1\1\0" + b"\x40\2" + bytes([len(path)]) + path +
                                     b"\x80\x0e" + bytes([len(reach)]) + reach) +
                 update(b"\x80\x0f\3\0\2\1"))
    while conn.recv(4096):
        pass
"""


class Speaker(Daemon):
    """A neighbour of the follower beside the router, in an AS of its own, with one prefix."""

    def __init__(self, net, address, port, asn, origin, prefix, hop):
        super().__init__(net, "speaker", "r")
        self.args = [str(a) for a in (address, port, asn, origin, prefix, hop)]
        self.start()

    def start(self):
        self.spawn("python3", "-c", SPEAKER, *self.args)


class Follower(Daemon):
    """`netstream routes follow`: it tells the module, or prints where that is not loaded."""

    def __init__(self, net, config=None, asn=65001, stale=60, password="", committed=False):
        super().__init__(net, "follower", "r")
        self.file("conf", config or FOLLOWER % (
            asn, asn, " password " + password if password else "", stale))
        # it follows what is committed, wherever that is
        self.files = [] if committed else [self.file("conf")]
        self.prints = not loaded()
        self.start()

    def start(self):
        with open(self.file("out"), "w", encoding="ascii") as out, \
                open(self.file("log"), "a", encoding="ascii") as log:
            self.procs.append(subprocess.Popen(
                ["ip", "netns", "exec", "r", TOOL, "routes", "follow"] +
                (["print"] if self.prints else []) + self.files,
                stdin=subprocess.DEVNULL, stdout=out, stderr=log))
        self.net.procs.append(self.procs[-1])

    def restart(self):
        self.kill()
        self.start()

    def said(self, text):
        with open(self.file("log"), encoding="ascii") as f:
            return text in f.read()

    def printed(self):
        routes, whole = {}, None
        with open(self.file("out"), encoding="ascii") as f:
            for line in f:
                word = line.split()
                if word[0] == "begin":
                    routes = {}
                elif word[0] == "commit":
                    whole = routes
                elif word[0] == "route":
                    routes[word[2]] = int(word[3]), int(word[4]), word[5]
                elif word[0] == "withdraw":
                    routes.pop(word[2])
        return whole

    def table(self):
        """prefix -> (origin AS, peer AS, next hop); None while there is no table."""
        if self.prints:
            return self.printed()
        if not loaded():
            return None
        client = in_namespace("r")
        return client.routes() if "" in client.tables() else None
