#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Bad statements and bad netlink requests: refused, with their text; nothing changes."""
import ctypes
import os
import sys

from genl import *
from lib import *

SET, GENERATION, CHECK = 1, 2, 3
SYSTEM, RECORD, SLOT, HOST, IFACE = 4, 5, 6, 7, 8
EINVAL, ERANGE, ESTALE = 22, 34, 116


def record(name, *items):
    return nest(RECORD, text(2, name), *items)


def match(field, *more):
    return nest(4, u16(1, field), *more)


def collect(field, *more):
    return nest(5, u16(1, field), *more)


def host(*parts):
    return nest(HOST, *parts)


A6, PORT = ip6(3, "fd00:3::2"), u16(4, 2055)

# what is sent; what the kernel must say; the errno
REQUESTS = [
    ("unknown attribute", attr(99, b""), "", EINVAL),
    ("unknown system attribute", nest(SYSTEM, u8(99, 1)), "", EINVAL),
    ("version 5", nest(SYSTEM, u8(1, 5)), "out of range", ERANGE),
    ("version 11", nest(SYSTEM, u8(1, 11)), "out of range", ERANGE),
    ("AS type", nest(SYSTEM, u8(2, 3)), "out of range", ERANGE),
    ("template timeout 0", nest(SYSTEM, u32(4, 0)), "out of range", ERANGE),
    ("template timeout 3601", nest(SYSTEM, u32(4, 3601)), "out of range", ERANGE),
    ("template packets", nest(SYSTEM, u32(5, 65536)), "out of range", ERANGE),
    ("source port 0", nest(SYSTEM, u16(9, 0)), "out of range", ERANGE),
    ("source of three bytes", nest(SYSTEM, attr(6, b"abc")), "", ERANGE),
    ("source ::", nest(SYSTEM, ip6(8, "::")), "a unicast address is required", EINVAL),
    ("source multicast", nest(SYSTEM, ip6(8, "ff02::1")), "a unicast address is required", EINVAL),
    ("source link-local", nest(SYSTEM, ip6(8, "fe80::1")), "a link-local address is not unique", EINVAL),
    ("source mapped", nest(SYSTEM, ip6(8, "::ffff:10.0.0.1")), "mapped address", EINVAL),
    ("source 0.0.0.0", nest(SYSTEM, ip4(6, "0.0.0.0")), "a unicast address is required", EINVAL),
    ("source 224.0.0.1", nest(SYSTEM, ip4(6, "224.0.0.1")), "a unicast address is required", EINVAL),
    ("active 0", nest(SYSTEM, u32(10, 0)), "out of range", ERANGE),
    ("inactive 3601", nest(SYSTEM, u32(11, 3601)), "out of range", ERANGE),
    ("original active 0", nest(SYSTEM, u32(12, 0)), "out of range", ERANGE),
    ("original inactive 0", nest(SYSTEM, u32(13, 0)), "out of range", ERANGE),
    ("15 flows", nest(SYSTEM, u32(14, 15)), "out of range", ERANGE),
    ("too many flows", nest(SYSTEM, u32(14, 0xffffffff)), "cache entries: out of range", ERANGE),
    ("apply nothing", nest(SYSTEM, text(15, "nobody")), "there is no record of this name", EINVAL),
    ("apply empty", record("r") + nest(SYSTEM, text(15, "r")), "matches and collects nothing", EINVAL),
    ("apply twice", record("r", match(1)) + nest(SYSTEM, text(15, "r"), text(15, "r")),
     "this record is applied twice", EINVAL),
    ("two systems", nest(SYSTEM) + nest(SYSTEM), "the system view appears twice", EINVAL),
    ("management twice", nest(SYSTEM, text(16, "eth0"), text(16, "eth0")), "appears twice", EINVAL),
    ("management a/b", nest(SYSTEM, text(16, "a/b")), "cannot be the name of an interface", EINVAL),
    ("sampler alone", nest(SYSTEM, nest(17, u8(1, 0))), "mode, interval and direction are required", EINVAL),
    ("sampler direction", nest(SYSTEM, nest(17, u8(1, 2), u8(2, 1), u32(3, 5))), "out of range", ERANGE),
    ("sampler mode", nest(SYSTEM, nest(17, u8(1, 0), u8(2, 4), u32(3, 5))), "out of range", ERANGE),
    ("sampler interval 0", nest(SYSTEM, nest(17, u8(1, 0), u8(2, 1), u32(3, 0))), "out of range", ERANGE),
    ("sampler interval 65536", nest(SYSTEM, nest(17, u8(1, 0), u8(2, 1), u32(3, 65536))),
     "1 to 65535 packets", EINVAL),
    ("sampler 30001 ms", nest(SYSTEM, nest(17, u8(1, 0), u8(2, 3), u32(3, 30001))),
     "1 to 30000 milliseconds", EINVAL),
    ("two samplers", nest(SYSTEM, *[nest(17, u8(1, 0), u8(2, 1), u32(3, 5))] * 2),
     "two samplers in one direction", EINVAL),
    ("record without a name", nest(RECORD, match(1)), "a name is required", EINVAL),
    ("record with a space", record("a b", match(1)), "no space", EINVAL),
    ("record of 33", record("x" * 33, match(1)), "", EINVAL),
    ("record original", record("original", match(1)), "'original' is built in", EINVAL),
    ("record twice", record("r", match(1)) + record("r", match(2)), "this name appears twice", EINVAL),
    ("match packets", record("r", match(20)), "this field can only be collected", EINVAL),
    ("collect address", record("r", collect(1)), "this field can only be matched", EINVAL),
    ("match twice", record("r", match(1), match(1)), "a field appears twice", EINVAL),
    ("match and collect", record("r", match(13), collect(13)), "a field appears twice", EINVAL),
    ("prefix 0", record("r", match(1, u8(2, 0))), "out of range", ERANGE),
    ("prefix 129", record("r", match(1, u8(2, 129))), "a prefix length is 1 to 128", EINVAL),
    ("prefix on a port", record("r", match(5, u8(2, 8))), "only an address has a prefix length", EINVAL),
    ("width on a port", record("r", match(5, u8(3, 16))), "only packets and bytes have a width", EINVAL),
    ("width 24", record("r", collect(20, u8(3, 24))), "16, 32 or 64 bits", EINVAL),
    ("field 0", record("r", match(0)), "out of range", ERANGE),
    ("field 99", record("r", match(99)), "out of range", ERANGE),
    ("no field", record("r", nest(4)), "a field is required", EINVAL),
    ("host without address", host(PORT), "one address is required", EINVAL),
    ("host with two", host(A6, ip4(2, "10.0.0.1"), PORT), "one address is required", EINVAL),
    ("host without port", host(A6), "a port is required", EINVAL),
    ("host port 0", host(A6, u16(4, 0)), "out of range", ERANGE),
    ("host multicast", host(ip6(3, "ff02::5"), PORT), "a unicast address is required", EINVAL),
    ("host broadcast", host(ip4(2, "255.255.255.255"), PORT), "a unicast address is required", EINVAL),
    ("host dscp", host(A6, PORT, u8(7, 64)), "out of range", ERANGE),
    ("host version", host(A6, PORT, u8(6, 5)), "out of range", ERANGE),
    ("host VRF a/b", host(A6, PORT, text(5, "a/b")), "cannot be the name of a VRF", EINVAL),
    ("host VRF too long", host(A6, PORT, text(5, "x" * 16)), "", EINVAL),
    ("host twice", host(A6, PORT) + host(A6, PORT, u8(7, 5)), "this host appears twice", EINVAL),
    ("33 hosts", b"".join(host(A6, u16(4, 3000 + i)) for i in range(33)), "too many hosts", EINVAL),
    ("slot without a number", nest(SLOT), "a number is required", EINVAL),
    ("slot twice", nest(SLOT, u8(1, 1)) + nest(SLOT, u8(1, 1)), "this slot appears twice", EINVAL),
    ("port in slot 0", nest(SLOT, u8(1, 0), text(3, "eth0")), "slot 0 has every interface", EINVAL),
    ("port in two slots", nest(SLOT, u8(1, 1), text(3, "e")) + nest(SLOT, u8(1, 2), text(3, "e")),
     "in a slot already", EINVAL),
    ("port all", nest(SLOT, u8(1, 1), text(3, "all")), "cannot be the name of an interface", EINVAL),
    ("interface without a name", nest(IFACE), "a name is required", EINVAL),
    ("interface twice", nest(IFACE, text(2, "e")) + nest(IFACE, text(2, "e")), "appears twice", EINVAL),
    ("interface too long", nest(IFACE, text(2, "x" * 16)), "", EINVAL),
    ("not a nest", u32(SYSTEM, 1), "", EINVAL),
    ("string without end", nest(IFACE, attr(2, b"eth0")), "", EINVAL),
    ("generation 0", u32(GENERATION, 0), "out of range", ERANGE),
    ("another generation", u32(GENERATION, 12345), "has changed since it was read", ESTALE),
]


def enter(ns):
    """Move this process into a network namespace."""
    with open("/run/netns/" + ns) as f:
        if ctypes.CDLL(None, use_errno=True).setns(f.fileno(), 0):
            raise OSError(ctypes.get_errno(), "setns")


def netlink_requests():
    load()
    with Net("bad-requests"):
        configure(TUPLE + EXPORT6 + meter())
        running = tool("show", "configuration")
        pid = os.fork()
        if not pid:
            enter("r")
            os._exit(try_requests())
        _, status = os.waitpid(pid, 0)
        equal(tool("show", "configuration"), running, "the running configuration")
        equal(os.waitstatus_to_exitcode(status), 0, "requests not refused as they must be")
        balance()
    unload()


def try_requests():
    family, wrong = Family("netstream"), 0
    for name, body, said, errno in REQUESTS:
        try:
            family.call(SET, body)
            print("# %s: accepted" % name)
            wrong += 1
        except Refused as e:
            if e.errno != errno or said not in e.message:
                print("# %s: %d %s (want %d %s)" % (name, e.errno, e.message, errno, said))
                wrong += 1
    for cmd, body in ((9, b""), (9, u32(13, 8)), (3, u32(2, 1)), (10, flag(3)), (77, b"")):
        try:
            family.call(cmd, body)
            print("# command %d: accepted" % cmd)
            wrong += 1
        except Refused:
            pass
    # requests that take no attribute; all but statistics and refresh are dumps
    for cmd in (2, 3, 4, 5, 6, 7, 10):
        for kind in range(1, 15):
            try:
                family.call(cmd, u32(kind, 1), dump=cmd not in (3, 10))
                print("# command %d with attribute %d: accepted" % (cmd, kind))
                wrong += 1
            except Refused:
                pass
    print("# %d bad requests" % (len(REQUESTS) + 5 + 7 * 14))
    return min(wrong, 100)


def statements():
    """Each line of the tool's own table, against the real kernel."""
    load()
    with Net("bad-statements"):
        running = tool("show", "configuration")
        script = os.path.join(PROJECT, "tests", "tools", "refusals.sh")
        p = run("bash", script, TOOL, ns="r", check=False, timeout=280)
        assert p.returncode == 0, p.stdout[-600:]
        equal(tool("show", "configuration"), running, "the running configuration")
    unload()


def applied_record_stays():
    load()
    with Net("keys"):
        configure(TUPLE)
        running = tool("show", "configuration")
        p = tool("-c", "undo ipv6 netstream record tuple", check=False)
        equal(p.returncode, 1, "exit status")
        assert "applied" in p.stderr, p.stderr
        equal(tool("show", "configuration"), running, "the running configuration")
    unload()


def applied_record_changes_its_keys():
    """Change a record in one commit: its flows end, and it gets another template ID."""
    load()
    with Net("other-keys"):
        text = TUPLE + EXPORT6 + meter()
        configure(text)
        before, = show("templates")
        run("ping", "-6", "-c3", "-i0.2", "fd00:2::2", ns="a")
        wait("flows", lambda: statistics()["cached"]["flows"])
        tool("--replace", "-f", "-", text=text.replace("match protocol", "match tos"))
        after, = show("templates")
        assert after["id"] != before["id"], after
        assert after["fields"][4]["type"] == 5, after
        st = balance()
        assert st["ended"]["config"]["flows"], st
        equal([f for f in show("cache") if "protocol" in f], [], "flows of the old keys")
    unload()


def two_operators():
    """Of two commits based on the same generation, the second is refused."""
    load()
    with Net("operators"):
        configure(TUPLE)
        fifo = "/tmp/second"
        run("rm", "-f", fifo)
        os.mkfifo(fifo)
        p = subprocess.Popen(["ip", "netns", "exec", "r", "sh", "-c", "%s < %s" % (TOOL, fifo)],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        with open(fifo, "w") as f:
            # more than a pipe holds: when all is written the statement has been read
            f.write("system-view\nipv6 netstream export template timeout-rate 7\n" + "\n" * (1 << 17))
            f.flush()
            configure("ipv6 netstream export template timeout-rate 9\n")
            f.write("commit\n")
        out = p.communicate(timeout=30 * SLOW)[0]
        assert "changed" in out, out
        assert "timeout-rate 9" in tool("show", "configuration")
    unload()


def check_changes_nothing():
    load()
    with Net("check"):
        running = tool("show", "configuration")
        tool("--check", "-f", "-", text=TUPLE + EXPORT6 + meter())
        equal(tool("show", "configuration"), running, "the running configuration")
        configure(TUPLE + EXPORT6 + meter())
        running = tool("show", "configuration")
        generation = statistics()["generation"]
        configure(running)
        equal(statistics()["generation"], generation, "generation after show configuration | -f -")
        equal(tool("show", "configuration"), running, "the running configuration")
    unload()


if __name__ == "__main__":
    sys.exit(main(netlink_requests, statements, applied_record_stays,
                  applied_record_changes_its_keys, two_operators,
                  check_changes_nothing))
