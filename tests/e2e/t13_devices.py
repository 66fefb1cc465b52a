#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Every virtual device: packets, bytes and both interfaces, on it and below it.

A row is a device "t" of the router and its other end in namespace b.  A hundred
packets go from a through the device to b, and a hundred come back.
"""
import sys

from lib import *
from t13_traffic import flows, meter_all, KEYS, INBOUND, OUTBOUND

A, R2, B = "fd00:1::2", "fd00:2::1", "fd00:2::2"
NEAR, FAR = "fd00:e::1", "fd00:e::2"
PACKET = 40 + 8 + 100

# A veth pair of its own below the device; p0 in the router, p1 in b.
PAIR = (("r", "link add p0 type veth peer name p1 netns b"), ("r", "link set p0 up"), ("b", "link set p1 up"))


def tunnel(kind, options, options_b=None):
    """The same kind of tunnel at both ends, between the addresses of the link to b."""
    return (("r", "link add t type %s local %s remote %s %s" % (kind, R2, B, options)),
            ("b", "link add t type %s local %s remote %s %s" % (kind, B, R2, options_b or options)))


def below(*commands):
    """A device above the veth pair; its other end is the pair's."""
    return PAIR + tuple(("r", c) for c in commands) + (("b", "link set p1 name t"),)


def esp(match):
    """Security associations of a device, and policies if it goes by those."""
    out = []
    for ns, here, there in (("r", R2, B), ("b", B, R2)):
        for src, dst, spi in ((R2, B, "0x301"), (B, R2, "0x302")):
            out.append((ns, "xfrm state add src %s dst %s proto esp spi %s reqid 3 mode tunnel %s %s" % (
                src, dst, spi, " ".join(KEYS), match)))
        for way, src, dst in (("out", here, there), ("in", there, here), ("fwd", there, here)):
            out.append((ns, "xfrm policy add src ::/0 dst ::/0 dir %s tmpl src %s dst %s proto esp reqid 3 "
                        "mode tunnel %s" % (way, src, dst, match)))
    return tuple(out)


# Name, commands (namespace, arguments of ip), protocol and bytes of the outer packet, if that is IPv6.
DEVICES = (
    ("ip6gre", tunnel("ip6gre", "encaplimit none"), 47, PACKET + 44),
    ("ip6gretap", tunnel("ip6gretap", "encaplimit none"), 47, PACKET + 14 + 44),
    ("ip6tnl", tunnel("ip6tnl", "mode ip6ip6 encaplimit none"), 41, PACKET + 40),
    ("sit", (("r", "link add t type sit local 10.0.2.1 remote 10.0.2.2"),
             ("b", "link add t type sit local 10.0.2.2 remote 10.0.2.1")), None, None),
    ("vxlan", tunnel("vxlan id 5 dstport 4789", ""), 17, PACKET + 14 + 16 + 40),
    ("geneve", (("r", "link add t type geneve id 5 remote " + B), ("b", "link add t type geneve id 5 remote " + R2)),
     17, PACKET + 14 + 16 + 40),
    ("xfrm", (("r", "link add t type xfrm if_id 7"), ("b", "link add t type xfrm if_id 7")) + esp("if_id 7"), 50, 236),
    ("vti6", tunnel("vti6", "key 9") + esp("mark 9"), 50, 236),
    ("l2tp", tuple((ns, c) for ns, here, there in (("r", R2, B), ("b", B, R2)) for c in (
        "l2tp add tunnel tunnel_id 1 peer_tunnel_id 1 encap udp local %s remote %s udp_sport 5000 udp_dport 5000" % (
            here, there), "l2tp add session name t tunnel_id 1 session_id 1 peer_session_id 1")),
     17, PACKET + 14 + 8 + 8 + 4 + 40),
    ("vlan", (("r", "link add link rb name t type vlan id 5"), ("b", "link add link e0 name t type vlan id 5")),
     None, None),
    ("qinq", tuple(c for ns, dev in (("r", "rb"), ("b", "e0")) for c in (
        (ns, "link add link %s name q type vlan proto 802.1ad id 6" % dev), (ns, "link set q up"),
        (ns, "link add link q name t type vlan id 5"))), None, None),
    ("bridge", below("link add t type bridge", "link set p0 master t"), None, None),
    ("bond", PAIR[:1] + (("r", "link add t type bond mode active-backup miimon 50"), ("r", "link set p0 master t"),
                         ("r", "link set p0 up"), ("b", "link set p1 name t")), None, None),
    ("macvlan", below("link add link p0 name t type macvlan mode bridge"), None, None),
    ("ipvlan l2", below("link add link p0 name t type ipvlan mode l2"), None, None),
    ("ipvlan l3", below("link add link p0 name t type ipvlan mode l3"), None, None),
    ("ipvlan l3s", below("link add link p0 name t type ipvlan mode l3s"), None, None),
)


def ip(ns, words):
    """Whether a command of a row could be done."""
    if ns == "b" and words.startswith("link set p1 name t"):
        run("ip", "link", "set", "p1", "down", ns="b", check=False)
    return not run("ip", *words.split(), ns=ns, check=False).returncode


def missing(commands):
    """Set a row up; the command that this kernel refuses, if any."""
    for ns, words in commands:
        if not ip(ns, words):
            return words
    for ns, address in (("r", NEAR), ("b", FAR)):
        if not ip(ns, "addr add %s/64 dev t nodad" % address) or not ip(ns, "link set t up"):
            return "t"
    return None


def clean():
    for ns in "rb":
        for dev in ("t", "q", "p0", "p1"):
            run("ip", "link", "del", dev, ns=ns, check=False)
        for what in ("state", "policy"):
            run("ip", "xfrm", what, "flush", ns=ns, check=False)
        run("ip", "l2tp", "del", "tunnel", "tunnel_id", "1", ns=ns, check=False)


def metered():
    return [i for i in show("interfaces") if i["interface"] == "t"]


def row(net, name, protocol, size):
    """What goes through the device, and what that is below it."""
    wait("the device in the interface map", metered)
    # the way there is found before packets count
    run("ping", "-6", "-q", "-c", "3", "-i", "0.3", FAR, ns="a", check=False)
    tool("reset", "cache")
    udp(net, 100, 100, FAR, 7101, "a")
    udp(net, 100, 100, A, 7102, "b", "s.bind(('%s', 0))" % FAR)
    equal(flows(FAR, 7101), [(INBOUND, "ra", "t", 100, 100 * PACKET), (OUTBOUND, "ra", "t", 100, 100 * PACKET)],
          name + ", to b")
    equal(flows(A, 7102), [(INBOUND, "t", "ra", 100, 100 * PACKET), (OUTBOUND, "t", "ra", 100, 100 * PACKET)],
          name + ", from b")
    if not protocol:
        return
    # neighbour discovery inside a tunnel with Ethernet is outer packets as well
    for what, ends, devices in (("outbound", (R2, B), (OUTBOUND, "rb")), ("inbound", (B, R2), (INBOUND, "rb"))):
        outer = [f for f in flows(*ends, protocol) if (f[0], f[2] if f[0] == OUTBOUND else f[1]) == devices]
        packets, octets = (sum(f[i] for f in outer) for i in (3, 4))
        assert 100 <= packets <= 110 and 100 * size <= octets <= 100 * size + 10 * 200, (name, what, outer)


def every_device():
    """One row after the other in the same network; all that fail are named."""
    load()
    failed = []
    with Net("devices") as net:
        meter_all()
        for name, commands, protocol, size in DEVICES:
            word = missing(commands)
            if word:
                print("# skip %s - %s" % (name, word), flush=True)
            else:
                try:
                    row(net, name, protocol, size)
                    print("# ok %s" % name, flush=True)
                except AssertionError as e:
                    failed.append("%s: %s" % (name, e))
                    print("# not ok %s: %s" % (name, e), flush=True)
            clean()
        balance()
    unload()
    equal(failed, [], "devices")


if __name__ == "__main__":
    sys.exit(main(every_device))
