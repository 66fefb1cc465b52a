# SPDX-License-Identifier: GPL-2.0
"""What the deep tests share, beyond tests/e2e/lib.py."""
import contextlib
import ctypes
import os
import re
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from lib import *                   # noqa: E402
import genl                         # noqa: E402

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
CONFIG_SET, CONFIG_GET, STATS_GET, HOST_GET, TEMPLATE_GET = 1, 2, 3, 4, 5
RECORD_GET, INTERFACE_GET, FLOW_GET, RESET, REFRESH = 6, 7, 8, 9, 10
DUMPS = (CONFIG_GET, HOST_GET, TEMPLATE_GET, RECORD_GET, INTERFACE_GET, FLOW_GET)
GENERATION, CHECK, RESET_WHAT = 2, 3, 13


def setns(f):
    if LIBC.setns(f.fileno(), CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def enter(ns):
    """Move this thread into a network namespace."""
    with open("/run/netns/" + ns) as f:
        setns(f)


@contextlib.contextmanager
def inside(ns):
    """Run this thread in a network namespace for a while."""
    with open("/proc/thread-self/ns/net") as back:
        enter(ns)
        try:
            yield
        finally:
            setns(back)


class Client:
    """One netlink socket in the namespace of the calling thread, and its buffer.

    Between arming a failure and reading how far it came nothing but the request
    itself shall ask the kernel for memory, so all that is needed is there before.
    """
    BUFFER = bytearray(1 << 18)

    def __init__(self, family):
        self.s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.s.bind((0, 0))
        self.s.setsockopt(270, 11, 1)
        self.s.setsockopt(270, 10, 1)
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        self.s.settimeout(60 * SLOW)
        self.family = family

    def message(self, cmd, body=b"", dump=False):
        flags = genl.NLM_F_REQUEST | (genl.NLM_F_DUMP if dump else genl.NLM_F_ACK)
        payload = struct.pack("=BBH", cmd, 1, 0) + body
        return struct.pack("=IHHII", len(payload) + 16, self.family, flags, 1, 0) + payload

    def ask(self, message, size=None):
        """0, or the errno of a refusal; messages of the answer are counted in self.n."""
        self.n = 0
        self.s.send(message)
        while True:
            n = self.s.recv_into(self.BUFFER, size or 0)
            at = 0
            while at + 16 <= n:
                length, kind, flags = struct.unpack_from("=IHH", self.BUFFER, at)
                if kind in (2, 3):
                    return -struct.unpack_from("=i", self.BUFFER, at + 16)[0]
                if not self.n:
                    self.first = bytes(self.BUFFER[at:at + length])
                self.n += 1
                at += (length + 3) & ~3

    def close(self):
        self.s.close()


def family_id():
    return genl.Family("netstream").id


def running_blob(family=None):
    """The running configuration, as attributes that would make it again."""
    family = family or genl.Family("netstream")
    out = b""
    for body in family.call(CONFIG_GET, dump=True):
        at = 0
        while at < len(body):
            length, kind = struct.unpack_from("=HH", body, at)
            whole = (length + 3) & ~3
            if kind & 0x3fff != GENERATION:
                out += body[at:at + whole].ljust(whole, b"\0")
            at += whole
    return out


def equation(client):
    """The accounting equation, without a process of its own."""
    error = client.ask(client.message(STATS_GET))
    equal(error, 0, "statistics")
    stats = dict(genl.attrs(client.first[20:]))[9]
    total = {}
    for kind, data in genl.attrs(stats):
        if kind in (2, 3, 4, 5, 6):
            amount = dict(genl.attrs(data))
            total[kind] = [struct.unpack("=Q", amount[unit])[0] for unit in (3, 4)]
    for unit, name in enumerate(("packets", "bytes")):
        equal(sum(total[k][unit] for k in (3, 4, 5, 6)), total[2][unit],
              "the accounting equation, " + name)


RICH = TUPLE + EXPORT6 + """
ipv6 netstream record second
 match destination address 64
 match protocol
 collect input packets 32
 collect input bytes 16
 collect flow-end-reason
 quit
ipv6 netstream apply record second
ipv6 netstream cache entries 5000
ipv6 netstream aggregation timeout inactive 2
ipv6 netstream export host ipv6 fd00:3::2 2056
ipv6 netstream sampler fix-packets 3 inbound
interface all
 ipv6 netstream inbound
 ipv6 netstream outbound
 quit
interface ra
 ipv6 netstream inbound
 ipv6 netstream outbound
 quit
interface rb
 ipv6 netstream inbound
 quit
"""


@contextlib.contextmanager
def collectors():
    """Somebody listens at the ports of the collectors.

    A port that refuses answers an export packet with an ICMPv6 error, which is metered
    where all interfaces are, so that the cache is never empty for long.
    """
    sockets = []
    with inside("c"):
        for port in (2055, 2056):
            sockets.append(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
            sockets[-1].bind(("::", port))
    try:
        yield
    finally:
        for s in sockets:
            s.close()


def settled(ns="r"):
    """The equation holds now, and after everything has been sent or lost."""
    balance(ns)
    with collectors():
        return flush(ns)
