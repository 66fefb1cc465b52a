#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""`netstream routes follow`: a BGP neighbour that only listens, and a BMP station.

The network of ASes is drawn in routers.py.
"""
import os
import socket
import struct
import sys
import time

from lib import *
from routers import *
from t15_routes import BY_ADDRESS, in_namespace

NEAR_A, NEAR_B, NEAR_C = "fd00:1::2", "fd00:2::2", "fd00:3::2"
A = {"2001:db8:21::/48": (), "2001:db8:20::/48": (20,), "2001:db8:99::/48": (30, 99)}
B = {"2001:db8:23::/48": (), "2001:db8:24::/48": (24,), "2001:db8:99::/48": (99,)}
C = {"2001:db8:c::/48": (), "2001:db8:26::/48": (26,)}
LOCAL = "2001:db8:22::/48"

# what the router's best paths are: origin AS, peer AS, BGP next hop
BEST = {
    "2001:db8:20::/48": (20, 21, NEAR_A), "2001:db8:21::/48": (21, 21, NEAR_A),
    "2001:db8:23::/48": (23, 23, NEAR_B), "2001:db8:24::/48": (24, 23, NEAR_B),
    # the shorter one of two paths
    "2001:db8:99::/48": (99, 23, NEAR_B),
    # segments of the confederation do not count
    "2001:db8:26::/48": (26, 26, NEAR_C), "2001:db8:c::/48": (0, 0, NEAR_C),
}
class FrrInternet(Net):
    """The same with FRR as every router, also in the ASes 20 (x), 24 (y) and 26 (z) behind the others.

    Packets from x to y are forwarded by what BGP has told.
    """
    ENDS = {"x": ("a", 20, 21), "y": ("b", 24, 23), "z": ("c", 26, 22)}

    def __enter__(self):
        needs("bgpd", "zebra", "vtysh")
        seed()
        super().__enter__()
        self.ends = {}
        for ns, (near, asn, remote) in self.ENDS.items():
            self.attach(ns, near, asn)
            self.ends[ns] = FrrNeighbor(self, ns, asn, {"fd00:%d::1" % asn: remote},
                                        {"2001:db8:%d::/48" % asn: ()})
        self.a = FrrNeighbor(self, "a", 21, {"fd00:1::1": 22, "fd00:20::2": 20},
                             {"2001:db8:21::/48": (), "2001:db8:99::/48": (30, 99)},
                             behind=self.ends["x"])
        self.b = FrrNeighbor(self, "b", 23, {"fd00:2::1": 22, "fd00:24::2": 24},
                             {"2001:db8:23::/48": (), "2001:db8:99::/48": (99,)},
                             behind=self.ends["y"])
        self.c = FrrNeighbor(self, "c", 65002, {"fd00:3::1": 65001, "fd00:26::2": 26},
                             {"2001:db8:c::/48": ()},
                             extra=" bgp confederation identifier 22\n bgp confederation peers 65001\n")
        return self

    @staticmethod
    def attach(ns, near, asn):
        """A namespace behind another, with an address of its AS."""
        run("ip", "netns", "del", ns, check=False)
        run("ip", "netns", "add", ns)
        run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1", ns=near)
        run("sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0", ns=ns)
        run("ip", "link", "add", "e" + ns, "netns", near, "type", "veth", "peer", "name", "e0", "netns", ns)
        for where, dev, address in ((near, "e" + ns, "fd00:%d::1/64" % asn), (ns, "e0", "fd00:%d::2/64" % asn),
                                    (ns, "lo", "2001:db8:%d::1/128" % asn)):
            run("ip", "addr", "add", address, "dev", dev, "nodad", ns=where)
            run("ip", "link", "set", dev, "up", ns=where)

    def close(self):
        super().close()
        for ns in self.ENDS:
            run("ip", "netns", "del", ns, check=False)


BMP = """routes
 bmp listen 127.0.0.1 1790
 stale-time 60
"""


class Internet(Net):
    """The network, with the ASes around the router."""

    def __enter__(self):
        needs("bird")
        seed()
        super().__enter__()
        self.a = Neighbor(self, "a", 21, 1, A)
        self.b = Neighbor(self, "b", 23, 2, B)
        self.c = Neighbor(self, "c", 65002, 3, C, remote=65001,
                          extra="confederation 22; confederation member yes;")
        return self


def is_table(follower, want, local=True):
    """Wait until the table is this one; what the router calls its own next hop is not asked."""
    got = []

    def same():
        table = follower.table()
        if table is None:
            return False
        got[:] = [table]
        table = dict(table)
        own = table.pop(LOCAL, None)
        return table == want and (own is None or own[:2] == (0, 0)) and (own or not local)
    try:
        wait("the table", same, 40)
    except AssertionError:
        with open(follower.file("log"), encoding="ascii") as f:
            raise AssertionError("table %r, want %r; %s" % (got, want, f.read()[-300:])) from None


def changed(best):
    """The table after changes()."""
    want = {**best, "2001:db8:99::/48": (99, 21, NEAR_A), "2001:db8:20::/48": (70000, 21, NEAR_A),
            "2001:db8:77::/48": (77, 21, NEAR_A)}
    del want["2001:db8:24::/48"]
    return want


def changes(net, follower, local=True):
    """Withdrawals, other paths and new ones arrive; how long a withdrawal took."""
    net.b.withdraw("2001:db8:24::/48")
    start = time.monotonic()
    wait("the withdrawal", lambda: "2001:db8:24::/48" not in follower.table())
    took = time.monotonic() - start
    # the shorter path goes: the longer one is the best one
    net.b.withdraw("2001:db8:99::/48")
    # the path leads through another AS
    net.a.announce("2001:db8:20::/48", 4200000001, 20, 70000)
    net.a.announce("2001:db8:77::/48", 77)
    is_table(follower, changed(BEST), local)
    print("# a withdrawal took %.2f s" % took)


def prepare():
    """On a machine without the module the follower prints instead."""
    if os.path.exists(MODULE):
        load()


def has_md5():
    """Whether the kernel signs TCP segments (CONFIG_TCP_MD5SIG)."""
    key = bytes([socket.AF_INET, 0, 0, 0, 127, 0, 0, 1]).ljust(128, b"\0") + \
        struct.pack("=BBHI", 0, 0, 1, 0) + b"x".ljust(80, b"\0")
    with socket.socket() as s:
        try:
            s.setsockopt(socket.IPPROTO_TCP, 14, key)
        except OSError:
            return False
    return True


def joined(net):
    """Where the path of the model's example begins, 20-21-[22]-23-24, with a route to its end."""
    if isinstance(net, FrrInternet):
        wait("FRR's routes", lambda: all("2001:db8:%d::/48" % n in run("ip", "-6", "route", ns=ns)
                                         for n, ns in ((24, "x"), (24, "r"), (20, "r"), (24, "b"))), 60)
        return "x"
    for ns, prefix, near in (("a", "2001:db8:20::", NEAR_A), ("b", "2001:db8:24::", NEAR_B)):
        run("ip", "addr", "add", prefix + "1/128", "dev", "e0", "nodad", ns=ns, check=False)
        run("ip", "route", "replace", prefix + "/48", "via", near, ns="r")
    return "a"


def exported(net, tag=""):
    """The path of the model's example, as nfdump reads it; and added up by AS, as nfacctd does too."""
    begin = joined(net)
    net.capture(tag=tag)
    everything = "NETSTREAM_TEST_ALL" in os.environ
    options = ("origin-as", "20", "24"), ("peer-as", "21", "23")
    for option, source, destination in options if everything else options[:1]:
        # a collector that is not there refuses templates, and is sent them again a second later
        nf = Nfcapd(net)
        other = Nfacctd(net, aggregate="src_as, dst_as\nnfacctd_as: netflow") if everything else None
        tool("--replace", "-f", "-", text=EXPORT6 + meter(("ra",)) +
             ("ipv6 netstream export host ipv6 fd00:3::2 2056\n" if other else "") +
             "ipv6 netstream export version 9 %s bgp-nexthop\n" % option)
        udp(net, 10, 100, "2001:db8:24::1", 6000, begin, "s.bind(('2001:db8:20::1', 0))")
        # they may wait for neighbour discovery
        wait("a flow of all packets", lambda: any(f["packets"] >= 10 for f in show("cache")))
        flush()
        equal([r for r in nf.rows("%pr %sa %sas %das %nhb") if r[0] == "17"],
              [("17", "2001:db8:20::1", source, destination, NEAR_B)], option)
        matrix = run("nfdump", "-R", nf.dir, "-6", "-q", "-N", "-A", "srcas,dstas",
                     "-o", "fmt:%sas %das %pkt", "proto udp")
        equal([tuple(line.split()) for line in matrix.splitlines() if line.strip()],
              [(source, destination, "10")], "added up by AS")
        if other:
            other.stop()
            wait("nfacctd", lambda: [source, destination, "10"] in [r[:3] for r in other.rows()])


STEADY = r"""
import socket, sys, time
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("2001:db8:20::1", 0))
while True:
    s.sendto(b"x", ("2001:db8:24::1", 6000))
    time.sleep(.02)
"""


def last_old_record(net, begin, record):
    """Seconds from a withdrawal to the arrival of the last record with the old AS at the collector."""
    nf = Nfcapd(net)
    tool("--replace", "-f", "-", text=EXPORT6 + record + meter(("ra",)) +
         "ipv6 netstream export version 9 origin-as bgp-nexthop\n")
    sender = net.spawn(sys.executable, "-c", STEADY, ns=begin)
    # sessions of neighbours are flows, too
    wait("some packets", lambda: any(f["packets"] > 5 and f.get("destination_address") == "2001:db8:24::1"
                                     for f in show("cache")))
    if not record:
        before = statistics()["exported"]["flows"]
        tool("reset", "cache")
        wait("its export", lambda: statistics()["exported"]["flows"] > before and not statistics()["pending"]["flows"])
    ended = show("statistics")["ended"]["routes"]["flows"]
    net.b.withdraw("2001:db8:24::/48")
    withdrawn = time.time()
    # original flows are looked up at their export; of the others none is ended by this test
    if record:
        wait("the end of the flow", lambda: show("statistics")["ended"]["routes"]["flows"] > ended)
    while time.time() < withdrawn + 1.5 * SLOW:
        if not record:
            tool("reset", "cache")
        time.sleep(.1)
    sender.kill()
    sender.wait()
    flush()
    rows = nf.rows("%da %das %trr")
    old, new = [[r for r in rows if r[:2] == ("2001:db8:24::1", asn)] for asn in ("24", "0")]
    assert old and new, rows
    net.b.announce("2001:db8:24::/48", 24)
    wait("the route is back", lambda: "2001:db8:24::/48" in in_namespace("r").routes())
    return max(float(r[2]) for r in old) - withdrawn


def withdrawal_is_exported(net):
    """A second after a withdrawal no record with the old AS arrives any more, unless the machine is busy."""
    begin = joined(net)
    for record in "", BY_ADDRESS:
        took = []
        while not took or took[-1] >= SLOW:
            assert len(took) < 4, took
            took.append(last_old_record(net, begin, record))
            print("# %s: the last record with the old AS %.2f s after the withdrawal" %
                  ("looked up by the flow" if record else "looked up at export", took[-1]))


def session(router):
    prepare()
    with Internet("follow-%s" % router.__name__.lower()) as net:
        router(net)
        follower = Follower(net)
        is_table(follower, BEST)
        if loaded():
            exported(net)
            withdrawal_is_exported(net)
        changes(net, follower)


def bird():
    session(Bird)


def gobgp():
    session(Gobgp)


def frr():
    """With a password, and what only FRR can do: a set of ASes at the end of a path."""
    prepare()
    with Internet("follow-frr") as net:
        password = "secret" if has_md5() else ""
        Frr(net, "aggregate-address 2001:db8:a0::/44 as-set summary-only", password)
        follower = Follower(net, password=password)
        is_table(follower, BEST)
        if loaded():
            exported(net)
        net.b.announce("2001:db8:a1::/48", 31)
        net.b.announce("2001:db8:a2::/48", 32)
        want = {**BEST, "2001:db8:a0::/44": (0, 23, "fd00:1::1")}
        wait("the aggregate", lambda: "2001:db8:a0::/44" in follower.table())
        want["2001:db8:a0::/44"] = (*want["2001:db8:a0::/44"][:2],
                                    follower.table()["2001:db8:a0::/44"][2])
        is_table(follower, want)
        # a set with one member names it
        net.b.withdraw("2001:db8:a2::/48")
        want["2001:db8:a0::/44"] = (31, *want["2001:db8:a0::/44"][1:])
        is_table(follower, want)
        net.b.withdraw("2001:db8:a1::/48")
        is_table(follower, BEST)
        changes(net, follower)


def bmp_gobgp():
    """Its Loc-RIB, without its own routes, which it does not tell."""
    prepare()
    with Internet("follow-bmp-gobgp") as net:
        router = Gobgp(net, bmp=True)
        follower = Follower(net, BMP)
        is_table(follower, BEST, local=False)
        if loaded():
            exported(net)
        changes(net, follower, local=False)
        router.kill()
        wait("the loss", lambda: follower.said("are kept for"))
        assert follower.table(), "routes are kept"


def bmp_frr():
    """What its import policy has left; its own routes are not among that.

    FRR 8.4 withdraws what it learns before it knows that the next hop can be reached, and
    does not tell it afterwards: so the station begins when FRR is in step.
    """
    prepare()
    with Internet("follow-bmp-frr") as net:
        Frr(net, bmp=True)
        wait("FRR's routes", lambda: all(
            p in run("ip", "-6", "route", ns="r") for p in BEST))
        follower = Follower(net, BMP)
        is_table(follower, BEST, local=False)
        if loaded():
            exported(net)
        changes(net, follower, local=False)


def frr_everywhere():
    """Six ASes of FRR routers, the exporter in the middle: what the collector sees, and what changes.

    First by BGP; then the follower is a BMP station, once all routes are there, see bmp_frr().
    """
    prepare()
    with FrrInternet("follow-everywhere") as net:
        Frr(net, bmp=True)
        follower = Follower(net)
        is_table(follower, BEST)
        if loaded():
            exported(net, "-bgp")
        follower.kill()
        follower = Follower(net, BMP)
        is_table(follower, BEST, local=False)
        if loaded():
            exported(net, "-bmp")
        changes(net, follower, local=False)
        follower.kill()
        # what the others have told meanwhile
        follower = Follower(net)
        is_table(follower, changed(BEST))
        net.b.announce("2001:db8:99::/48", 99)
        is_table(follower, {**changed(BEST), "2001:db8:99::/48": BEST["2001:db8:99::/48"]})


def restarts():
    """Follower, router and module are killed in turns: nothing is stale, nothing is missing."""
    prepare()
    with Internet("follow") as net:
        router = Bird(net)
        follower = Follower(net)
        is_table(follower, BEST)
        # the follower: the module keeps the table, and what changes meanwhile is made up for
        follower.kill()
        if loaded():
            equal(set(follower.table()) - {LOCAL}, set(BEST), "kept without a follower")
        net.b.withdraw("2001:db8:24::/48")
        net.b.announce("2001:db8:25::/48", 25)
        want = {**BEST, "2001:db8:25::/48": (25, 23, NEAR_B)}
        del want["2001:db8:24::/48"]
        follower.start()
        is_table(follower, want)
        # the router: its routes stay until it is back and has told all
        router.kill()
        wait("the loss", lambda: follower.said("are kept for"))
        equal(set(follower.table()) - {LOCAL}, set(want), "kept without a router")
        net.b.announce("2001:db8:24::/48", 24)
        net.b.withdraw("2001:db8:25::/48")
        router.start()
        is_table(follower, BEST)
        if loaded():
            # the module, alone and together with each of the others
            load()
            is_table(follower, BEST)
            unload()
            net.b.withdraw("2001:db8:99::/48")
            router.restart()
            load()
            want = {**BEST, "2001:db8:99::/48": (99, 21, NEAR_A)}
            is_table(follower, want)
            unload()
            follower.restart()
            load()
            is_table(follower, want)
            # somebody else loads: the follower takes the table back
            client = in_namespace("r")
            client.load("file x")
            client.commit()
            is_table(follower, want)
            wait("what the log says", lambda: follower.said("somebody else has loaded it"))
            equal(client.tables()[""][0], "bgp 10.0.1.1", "source")


AO_LISTENER = r"""
import socket, struct, sys
address, peer, key = sys.argv[1], sys.argv[2], sys.argv[3].encode()
family = socket.AF_INET6 if ":" in address else socket.AF_INET
s = socket.socket(family)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
ip = socket.inet_pton(family, peer)
of = struct.pack("=HHI16sI", family, 0, 0, ip, 0) if ":" in address else struct.pack("=HH4s", family, 0, ip)
# struct tcp_ao_add of linux/tcp.h: an address, an algorithm, both KeyIDs, a key
s.setsockopt(socket.IPPROTO_TCP, 38, struct.pack(
    "=128s64siIHBBBBBB80s", of, b"hmac(sha1)", 0, 0, 0, 8 * len(ip), 7, 7, 0, 0, len(key), key))
s.bind((address, 1179))
s.listen()
print("listens", flush=True)
print("accepted", s.accept()[0].recv(100)[:1] == b"\xff", flush=True)
"""

AO = """routes
 neighbor 10.0.1.1 remote-as 1 local-as 2 port 1179 source 127.0.0.2 tcp-ao 7 secret
 neighbor fd00:1::2 remote-as 1 local-as 2 port 1179 source fd00:1::1 tcp-ao 7 secret
"""


def has_ao():
    """Whether the kernel signs TCP segments so (6.7, CONFIG_TCP_AO)."""
    with socket.socket() as s:
        try:
            s.setsockopt(socket.IPPROTO_TCP, 38, bytes(288))
        except OSError as e:
            return e.errno != 92        # ENOPROTOOPT
    return True


def signed_by_ao():
    """Sessions come up with the right key only; where the kernel has no TCP-AO, the follower says so."""
    prepare()
    with Net("follow-ao") as net:
        if not has_ao():
            follower = Follower(net, AO)
            wait("what the log says", lambda: follower.said("neighbor 10.0.1.1: this kernel has no TCP-AO"))
            equal(follower.procs[0].wait(20 * SLOW), 1, "exit status")
            return
        ends = (("r", "10.0.1.1", "127.0.0.2"), ("a", "fd00:1::2", "fd00:1::1"))
        wrong = [python(net, ns, AO_LISTENER, address, peer, "other") for ns, address, peer in ends]
        for p in wrong:
            equal(p.stdout.readline(), "listens\n", "the listener")
        follower = Follower(net, AO)

        def bad(ns):
            lines = [line.split() for line in run("cat", "/proc/net/netstat", ns=ns).splitlines()]
            return int(dict(zip(*[line for line in lines if line[0] == "TcpExt:"]))["TCPAOBad"])
        for ns, _, _ in ends:
            wait("a signature that is wrong", lambda: bad(ns))
        for p in wrong:
            equal(p.poll(), None, "nothing was accepted")
            p.kill()
            p.wait()
        right = [python(net, ns, AO_LISTENER, address, peer, "secret") for ns, address, peer in ends]
        for p in right:
            equal(p.communicate(timeout=60 * SLOW)[0], "listens\naccepted True\n", "a session")


def aging():
    """Routes of a router that does not come back are removed, and it is said."""
    prepare()
    with Internet("follow") as net:
        router = Bird(net)
        follower = Follower(net, stale=3)
        is_table(follower, BEST)
        router.kill()
        wait("the end of the routes", lambda: follower.table() == {})
        assert follower.said("have aged out")
        router.start()
        is_table(follower, BEST)


PREFERRED = """routes
 neighbor 127.0.0.3 remote-as 64999 local-as 65001 port 1180 source 127.0.0.2 hold-time 0 preference 200
"""


def refused(text, reason, status):
    """Statements are refused with this reason, and neither part of the configuration changes."""
    before = status()
    p = tool("-f", "-", text=text, check=False)
    equal(p.returncode, 1, p.stdout + p.stderr)
    assert reason in p.stderr, p.stderr
    equal(status(), before, "after " + reason)


def configured():
    """The routes view is committed like the rest, while the follower runs; of two neighbours the preferred one counts."""
    load()
    # /var may be read-only, and the history is to be somewhere
    os.environ["NETSTREAM_STATE_DIR"] = "/run/netstream"
    with Internet("follow-configured") as net:
        Bird(net)
        store = "/run/netstream/routes@r"

        def status():
            file = os.stat(store) if os.path.exists(store) else None
            return show("configuration")["generation"], file and (file.st_mtime_ns, file.st_size)
        tool("--replace", "-f", "-", text="ipv6 netstream timeout inactive 7\n")
        generation, _ = status()
        configure(FOLLOWER % (65001, 65001, "", 60))
        equal((status()[0], oct(os.stat(store).st_mode & 0o777)), (generation, "0o600"),
              "the module's generation, and who may read the view")
        follower = Follower(net, committed=True)
        is_table(follower, BEST)
        written = status()[1]
        configure("ipv6 netstream timeout inactive 8\n")
        equal((status()[0] > generation, status()[1]), (True, written), "only what the module has was committed")

        # a mistake in either part, and both stay as they are
        refused("ipv6 netstream timeout inactive 9\nroutes\n neighbor 127.0.0.3 remote-as 0 local-as 1\n",
                "<stdin>:3:31: '0': expected an AS number", status)
        refused("routes\n neighbor ::1 remote-as 1 local-as 1 passive port 1790\n bmp listen :: 1790\n",
                "<stdin>:2: 'routes: neighbor ::1': it would connect to port 1790", status)
        refused("routes\n stale-time 9\nquit\ncommit confirmed\n", "without 'confirmed'", status)
        refused("routes\n stale-time 9\nquit\nipv6 netstream record x\nmatch tos\nquit\n"
                "ipv6 netstream apply record x\nipv6 netstream record x\nundo match tos\n", "apply record x", status)

        # another neighbour: the first session goes on
        speaker = Speaker(net, "127.0.0.3", 1180, 64999, 7, "2001:db8:99::/48", "2001:db9::1")
        configure(PREFERRED)
        better = {**BEST, "2001:db8:99::/48": (7, 64999, "2001:db9::1")}
        is_table(follower, better)
        equal(in_namespace("r").tables()[""][0], "bgp 10.0.1.1, bgp 127.0.0.3", "source")
        speaker.kill()
        is_table(follower, BEST)
        speaker.start()
        is_table(follower, better)
        with open(follower.file("log"), encoding="ascii") as f:
            equal(f.read().count("neighbor 10.0.1.1: session is up"), 1, "sessions with the first neighbour")
        text = tool("show", "configuration")
        assert " neighbor 127.0.0.3 remote-as 64999" in text and " stale-time 60\n quit\n" in text, text

        # what was before, what is saved, and nothing
        tool("-c", "rollback 1")
        is_table(follower, BEST)
        tool("save", "/tmp/saved-routes")
        tool("-c", "routes", "-c", "undo neighbor 10.0.1.1", "-c", "bmp listen 127.0.0.1 1790")
        wait("the station", lambda: not follower.table())
        tool("--replace", "-f", "/tmp/saved-routes")
        is_table(follower, BEST)
        tool("-c", "undo routes")
        wait("no table", lambda: "" not in in_namespace("r").tables())
        equal(follower.procs[0].poll(), None, "the follower waits for another commit")
    del os.environ["NETSTREAM_STATE_DIR"]
    unload()


# The others are a part of tests/deep/run, and can be named here.
LEAN = (bird, configured, restarts, signed_by_ao)
ALL = (frr, configured, bird, gobgp, bmp_frr, bmp_gobgp, frr_everywhere, restarts, aging, signed_by_ao)

if __name__ == "__main__":
    sys.exit(main(*(ALL if len(sys.argv) > 1 or "NETSTREAM_TEST_ALL" in os.environ else LEAN)))
