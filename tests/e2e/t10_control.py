#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Requests: dumps during a commit, requests without privileges, thousands of views."""
import sys

from genl import *
from lib import *

SET, CONFIG, STATS, HOSTS, TEMPLATES, RECORDS, INTERFACES, FLOWS, RESET, REFRESH = range(1, 11)
DUMPS = (CONFIG, HOSTS, TEMPLATES, RECORDS, INTERFACES, FLOWS)
A_GENERATION, A_CHECK, A_SYSTEM, A_RECORD, A_SLOT, A_HOST, A_IFACE, A_FLOW = 2, 3, 4, 5, 6, 7, 8, 11
FLOW_FIELDS, FIELD_DST_ADDR, FIELD_FLOW_ID = 9, 2, 53
DUMP_INTR, DONE = 0x10, 3
EPERM = 1


class Dump(Family):
    """A family whose dumps are read part by part."""

    def __init__(self):
        super().__init__("netstream")
        # SO_SNDBUFFORCE: the largest configuration is one message
        self.s.setsockopt(socket.SOL_SOCKET, 32, 16 << 20)

    def begin(self, cmd):
        self.seq += 1
        self.s.send(struct.pack("=IHHIIBBH", 20, self.id, NLM_F_REQUEST | NLM_F_DUMP, self.seq, 0,
                                cmd, 1, 0))

    def part(self):
        """One read: its payloads, the OR of the flags, and whether it was the last."""
        data, payloads, flags, last = self.s.recv(self.room), [], 0, False
        while data:
            length, kind, said, seq, _ = struct.unpack_from("=IHHII", data)
            equal(seq, self.seq, "sequence number")
            flags |= said
            if kind == DONE:
                equal(struct.unpack_from("=i", data, 16)[0], 0, "error of the dump")
                last = True
            else:
                assert kind == self.id, kind
                payloads.append(data[20:length])
            data = data[(length + 3) & ~3:]
        return payloads, flags, last


class Reader(Dump):
    """Reads small parts, so that a dump has many; the kernel is always one part ahead."""
    room = 8192


def whole(data, known):
    """Attributes of a payload: well formed, and of known types."""
    found = []
    while data:
        assert len(data) >= 4, "%d bytes behind the last attribute" % len(data)
        length, kind = struct.unpack_from("=HH", data)
        assert 4 <= length <= len(data), "an attribute of %d bytes in %d" % (length, len(data))
        assert kind & 0x3fff in known, "an attribute of type %d" % (kind & 0x3fff)
        found.append((kind & 0x3fff, data[4:length]))
        data = data[(length + 3) & ~3:]
    return found


def inside(ns, function):
    """Run a function in a network namespace, in a process of its own."""
    pid = os.fork()
    if not pid:
        try:
            import ctypes
            with open("/run/netns/" + ns) as f:
                if ctypes.CDLL(None, use_errno=True).setns(f.fileno(), 0):
                    raise OSError(ctypes.get_errno(), "setns")
            function()
            os._exit(0)
        except BaseException:
            traceback.print_exc(file=sys.stdout)
            sys.stdout.flush()
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    equal(os.waitstatus_to_exitcode(status), 0, "in a namespace: " + function.__name__)


# ------------------------------------------------------------ dumps and commits

def long_configuration(word):
    """A configuration whose dumps take several parts; @word determines its names."""
    fields = range(1, 20)
    out = [nest(A_RECORD, text(2, "%s%d" % (word, i)), text(3, word * 8),
                *[nest(4, u16(1, f)) for f in fields]) for i in range(60)]
    out += [nest(A_SLOT, u8(1, i), text(3, "%sp%d" % (word, i)),
                 *[nest(4, ip6(3, "fd00:3::2"), u16(4, 3000 + j)) for j in range(2)])
            for i in range(1, 200)]
    out += [nest(A_IFACE, text(2, "%s%d" % (word, i)), u8(4, 1)) for i in range(3000)]
    out.append(nest(A_IFACE, text(2, "lo"), u8(4, 1)))
    out.append(nest(A_SYSTEM, ip6(8, "fd00:3::1"), text(15, word + "0"), text(15, word + "1")))
    return b"".join(out)


def dump_meets_commit(cmd):
    """A commit between two parts of a dump: NLM_F_DUMP_INTR is set, and all data is valid."""
    reader, writer = Reader(), Dump()
    writer.call(SET, long_configuration("view"))
    reader.begin(cmd)
    payloads, flags, last = reader.part()
    assert not last, "command %d: the dump has one part only" % cmd
    assert not flags & DUMP_INTR, "command %d: interrupted before the commit" % cmd
    writer.call(SET, long_configuration("another-one"[:9]))
    flags, parts = 0, 0
    while not last:
        more, said, last = reader.part()
        flags |= said
        payloads += more
        parts += 1
    assert flags & DUMP_INTR, "command %d: nothing says that it was interrupted" % cmd
    known = {CONFIG: (A_GENERATION, A_SYSTEM, A_RECORD, A_SLOT, A_HOST, A_IFACE), HOSTS: (A_HOST,),
             TEMPLATES: (10,), RECORDS: (A_RECORD,), INTERFACES: (A_IFACE,)}[cmd]
    for payload in payloads:
        for kind, nested in whole(payload, known):
            if kind != A_GENERATION:
                whole(nested, range(1, 64))


def dumps_meet_commits():
    load()
    with Net("dumps-and-commits"):
        for cmd in (CONFIG, HOSTS, TEMPLATES, RECORDS, INTERFACES):
            inside("r", lambda: dump_meets_commit(cmd))
        balance()
    unload()


def tool_begins_anew():
    """The tool shows whole configurations and lists while another process commits."""
    load()
    with Net("dumps-anew") as net:
        script = "".join("interface v%d\n ipv6 netstream inbound\n quit\n" % i for i in range(2000))
        configure(script)
        stop = "/tmp/stop-committing"
        run("rm", "-f", stop)
        other = net.spawn("sh", "-c", "n=1; while [ ! -e %s ]; do n=$((n %% 60 + 1)); "
                          "echo ipv6 netstream timeout active $n | %s -f - ; sleep 0.2; done"
                          % (stop, TOOL), ns="r")
        generation = statistics()["generation"]
        wait("commits", lambda: statistics()["generation"] > generation)
        for _ in range(5):
            p = tool("show", "configuration", check=False)
            # never a part of one; the tool may report that the configuration keeps changing
            if p.returncode:
                assert "keeps changing" in p.stderr, p.stderr
            else:
                equal(p.stdout.count("interface v"), 2000, "interface views")
            equal(len(show("interfaces")), 2000, "interfaces listed")
        open(stop, "w").close()
        other.wait(30 * SLOW)
    unload()


def values_of_listed_flows():
    """Only numbers of fields are in a flow's nest of values, also where the kernel aligns 64 bits."""
    for message in Family("netstream").call(FLOWS, dump=True):
        values = list(attrs(dict(attrs(dict(attrs(message))[A_FLOW]))[FLOW_FIELDS]))
        equal(sorted((kind, len(value)) for kind, value in values),
              [(FIELD_DST_ADDR, 16), (FIELD_FLOW_ID, 8)], "numbers and lengths of values")
    assert message


def wide_values():
    load()
    with Net("wide-values") as net:
        # behind an address the number of the flow is not aligned
        configure("""
            ipv6 netstream record wide
             match destination address
             collect flow id
             collect input packets 64
             quit
            ipv6 netstream apply record wide
            """ + EXPORT6 + meter(("ra",)))
        udp(net, 3, 52, "fd00:2::2")
        inside("r", values_of_listed_flows)
    unload()


# -------------------------------------------------------------------- strangers

def as_stranger():
    """Every command, by a process without any capability."""
    os.setgid(65534)
    os.setgroups([])
    os.setuid(65534)
    family = Family("netstream")
    for cmd in range(SET, REFRESH + 1):
        try:
            family.call(cmd, u32(13, 1) if cmd == RESET else b"", dump=cmd in DUMPS)
        except Refused as e:
            equal(e.errno, EPERM, "command %d" % cmd)
        else:
            raise AssertionError("command %d: answered to nobody" % cmd)


def as_owner():
    """Every command, by root of the user namespace that owns the network namespace."""
    family = Family("netstream")
    for cmd in range(SET, REFRESH + 1):
        family.call(cmd, u32(13, 3) if cmd == RESET else b"", dump=cmd in DUMPS)


def strangers():
    """Unprivileged users are refused, also by the tool; root of a user namespace is not, in its own namespace."""
    load()
    with Net("strangers"):
        configure(TUPLE + EXPORT6 + meter())
        running = tool("show", "configuration")
        inside("r", as_stranger)
        for what in ("statistics", "hosts", "templates", "records", "interfaces", "cache",
                     "configuration"):
            # nobody, and nobody as root of a user namespace that does not own this one
            for become in (("runuser", "-u", "nobody", "--"),
                           ("runuser", "-u", "nobody", "--", "unshare", "-Ur")):
                p = run(*become, TOOL, "show", what, ns="r", check=False)
                assert p.returncode and "CAP_NET_ADMIN" in p.stderr, (what, become, p)
        here = os.path.abspath(__file__)
        run("runuser", "-u", "nobody", "--", "unshare", "-Urn", sys.executable, "-B", here,
            "--owner", ns="r")
        equal(tool("show", "configuration"), running, "the running configuration")
    unload()


# ------------------------------------------------------------------------ sizes

def views(n, duplicate=None):
    """n interface views and about three times as many ports, in no order."""
    order = [i * 7919 % n for i in range(n)]
    out = [nest(A_IFACE, text(2, "v%d" % i), u8(4, 1)) for i in order]
    ports = 50000 * n // 16000
    each = -(-ports // 250)
    for slot in range(250):
        names = ["p%d" % (i * 7919 % ports) for i in range(slot * each, min(ports, (slot + 1) * each))]
        out.append(nest(A_SLOT, u8(1, slot + 1), *[text(3, p) for p in names]))
    if duplicate:
        out.append(nest(A_SLOT, u8(1, 255), text(3, duplicate)))
    return b"".join(out)


def took(function):
    start = time.monotonic()
    value = function()
    return time.monotonic() - start, value


SIZES = (1000, 4000, 16000)


def measure(n):
    """Seconds that each thing takes with n views, the least of three."""
    family = Dump()
    body, twice = views(n), views(n, "p1")
    least = {}
    for _ in range(3):
        family.call(SET, b"")
        seconds = {"check": took(lambda: family.call(SET, flag(A_CHECK) + body))[0],
                   "commit": took(lambda: family.call(SET, body))[0]}

        def refuse():
            try:
                family.call(SET, twice)
            except Refused as e:
                return e
        seconds["refuse"], refused = took(refuse)
        assert refused and "in a slot already" in refused.message, refused
        # it points to the second, which is the last attribute of the request
        equal(refused.offset, 16 + 4 + len(twice) - 8, "offset of what appears twice")
        seconds["configuration"], kept = took(lambda: family.call(CONFIG, dump=True))
        equal(b"".join(p[8:] for p in kept), body, "the configuration as it was said")
        seconds["interfaces"], listed = took(lambda: family.call(INTERFACES, dump=True))
        names = {dict(attrs(dict(attrs(p))[A_IFACE]))[2] for p in listed}
        equal((len(listed), len(names)), (n, n), "interfaces listed, different ones")
        for what, s in seconds.items():
            least[what] = min(least.get(what, s), s)
    return least


def grow_as_n_log_n():
    """Commit, refuse and list; n log n would be 22 times the time for 16 times as many."""
    results = [measure(n) for n in SIZES]
    for what in results[0]:
        print("# %-14s" % what + " ".join("%6d: %7.1f ms" % (n, 1000 * r[what])
                                          for n, r in zip(SIZES, results)), flush=True)
    for what in results[0]:
        # very short times are not compared
        few, many = max(results[0][what], 0.005), results[-1][what]
        assert many < 40 * few, "%s: %.3f s for %d, %.3f s for %d" % (
            what, few, SIZES[0], many, SIZES[-1])


def thousands_of_views():
    load()
    with Net("thousands"):
        inside("r", grow_as_n_log_n)
        balance()
    unload()


def existing_interfaces():
    """Interfaces that exist: listed by index, each once, and again after they are renamed."""
    load()
    with Net("existing"):
        run("ip", "-batch", "-", ns="r", text="".join(
            "link add d%d type dummy\n" % i for i in range(300)))
        inside("r", list_existing)
        run("ip", "-batch", "-", ns="r", text="".join(
            "link set d%d name x%d\n" % (i, i) for i in range(0, 300, 2)))
        wait("the new names", lambda: sum(i["interface"].startswith("x") for i in show("interfaces")) == 150)
        shown = show("interfaces")
        equal([i["ifindex"] for i in shown if i.get("ifindex")],
              sorted(i["ifindex"] for i in shown if i.get("ifindex")), "order")
        run("ip", "-batch", "-", ns="r", text="".join("link del x%d\n" % i for i in range(0, 300, 2)))
        wait("those that are gone", lambda: not any(
            i["interface"].startswith("x") for i in show("interfaces")))
    unload()


def list_existing():
    family = Dump()
    family.call(SET, nest(A_IFACE, text(2, "all"), u8(4, 1)) + b"".join(
        nest(A_IFACE, text(2, "d%d" % i), u8(4, 1)) for i in range(0, 400, 2)))
    listed = [dict(attrs(dict(attrs(p))[A_IFACE])) for p in family.call(INTERFACES, dump=True)]
    names = [i[2][:-1].decode() for i in listed]
    equal(len(names), len(set(names)), "different interfaces")
    assert {"d%d" % i for i in range(300)} <= set(names), "an interface is missing"
    # configured interfaces that do not exist follow those that do, by name
    equal(names[len(names) - 50:], sorted("d%d" % i for i in range(300, 400, 2)), "views without an interface")


def largest_of_all():
    """A view as large as an attribute can be, and one port too many."""
    load()
    with Net("largest"):
        inside("r", commit_largest)
        equal(tool("show", "configuration").count("port "), 5450, "ports")
    unload()


def commit_largest():
    family = Dump()
    # 5450 ports of 12 bytes: 65 400 and the number of the slot, of 65 535 bytes at most
    body = nest(A_SLOT, u8(1, 1), *[text(3, "p%06d" % i) for i in range(5450)])
    assert 65400 < len(body) <= 65532
    family.call(SET, body)
    equal(b"".join(p[8:] for p in family.call(CONFIG, dump=True)), body, "the configuration")
    many = b"".join(nest(A_SLOT, u8(1, s), *[text(3, "p")] * 8000) for s in range(1, 10))
    try:
        family.call(SET, many)
    except Refused as e:
        assert "too many ports" in e.message, e
    else:
        raise AssertionError("72 000 ports: accepted")


if __name__ == "__main__":
    if sys.argv[1:] == ["--owner"]:
        as_owner()
        sys.exit(0)
    sys.exit(main(dumps_meet_commits, tool_begins_anew, wide_values, strangers, thousands_of_views,
                  existing_interfaces, largest_of_all))
