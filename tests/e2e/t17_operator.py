#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What keeps an operator from harm: commits that are undone unless they are confirmed,
a history of commits, a line of the journal for each, a lock."""
import shutil
import socket
import sys

from genl import *
from lib import *
from t09_tool import EVERYTHING, TOOLS
from t10_control import inside

sys.path.insert(0, TOOLS)
import schemas    # noqa: E402

SET = 1
A_GENERATION, A_CHECK, A_CONFIRM = 2, 3, 15
ERANGE = 34

BEFORE = EXPORT6 + TUPLE + meter()
# what a mistake looks like
MISTAKE = "undo ipv6 netstream apply record tuple\nundo interface ra\nundo interface rb\n"


def generation():
    return show("configuration")["generation"]


def commit_for(seconds, body=b""):
    """Commit a configuration, by default an empty one, that is undone after so many seconds."""
    inside("r", lambda: Family("netstream").call(SET, u32(A_CONFIRM, seconds) + body))


def unconfirmed_commit_is_undone():
    """Nobody confirms: the kernel restores everything, and says so in its log."""
    load()
    with Net("confirm-undo") as net:
        configure(BEFORE)
        text, number = tool("show", "configuration"), generation()
        commit_for(1)
        wait("the undo", lambda: generation() == number + 2)
        equal(tool("show", "configuration"), text, "what was restored")
        assert "the commit was not confirmed: it is undone" in log(), log()[-300:]
        # it meters and exports again
        udp(net, 3, 100, "fd00:2::2", 8101)
        equal(flush()["lost"]["packets"], 0, "lost packets")
        assert statistics()["exported"]["packets"] >= 3
    unload()


def next_commit_confirms():
    """Shown as to be confirmed; not saved; a check confirms nothing, and the next commit does."""
    load()
    with Net("confirm"):
        configure(BEFORE)
        out = tool("-f", "-", text=MISTAKE + "commit confirmed 5\n")
        assert "will be undone in 5 minutes" in out, out
        number = generation()
        left = show("configuration")["confirm_seconds"]
        assert 0 < left <= 300, left
        text = tool("show", "configuration")
        assert re.match(r"# to be confirmed: undone at [-\d]+ [:\d]+, in \d+ s,", text), text
        p = tool("save", "/tmp/unconfirmed.conf", check=False)
        assert p.returncode == 1 and "is to be confirmed" in p.stderr, p
        tool("--check", "-c", "ipv6 netstream timeout inactive 9")
        tool("-c", "commit check")
        assert "confirm_seconds" in show("configuration"), "a check has confirmed"
        # the time starts again, and what was shown can be typed
        tool("-f", "-", text=text + "commit confirmed 60\n")
        assert show("configuration")["confirm_seconds"] > 300
        equal(tool("-c", "commit"), "The commit before is confirmed.\n", "commit")
        equal(generation(), number, "generation")
        assert "confirm_seconds" not in show("configuration")
        equal(tool("-c", "commit"), "", "another commit")
        assert "Nothing has changed" in tool("-c", "commit confirmed")
        # another program's commit is confirmed as well
        commit_for(3600, u32(A_GENERATION, number))
        equal(tool("-c", "commit"), "The commit before is confirmed.\n", "commit")
        equal(generation(), number + 1, "generation")
    unload()


def undone_before_it_was_confirmed():
    """Who confirms too late learns it."""
    load()
    with Net("confirm-late"):
        configure(BEFORE)
        number = generation()
        shell = subprocess.Popen(["ip", "netns", "exec", "r", TOOL], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        shell.stdin.write("system-view\nundo interface ra\ncommit confirmed 9\n")
        shell.stdin.flush()
        wait("the commit", lambda: generation() == number + 1)
        # the same commit with less time, so that nobody waits for nine minutes
        tool("-c", "commit confirmed 8")
        wait("the last line", lambda: show("configuration").get("confirm_seconds", 0) <= 480)
        commit_for(1)
        wait("the undo", lambda: "confirm_seconds" not in show("configuration"))
        assert "interface ra" in tool("show", "configuration")
        out, err = shell.communicate("commit\n", timeout=20 * SLOW)
        assert "was undone" in err and "nothing was committed now" in err, (out, err)
        equal(shell.returncode, 1, "status")
    unload()


def times_out_of_range():
    """Zero seconds and more than a day are refused, with the attribute."""
    load()
    with Net("confirm-range"):
        def refuse():
            family = Family("netstream")
            for seconds in (0, 86401, 0xffffffff):
                try:
                    family.call(SET, u32(A_CONFIRM, seconds))
                    raise AssertionError("%d seconds are accepted" % seconds)
                except Refused as why:
                    equal((why.errno, why.message, why.offset),
                          (ERANGE, "commit confirmed: the time is out of range", 20), "refusal")
            family.call(SET, u32(A_CONFIRM, 86400))
        inside("r", refuse)
        equal(tool("-c", "system-view", "-c", "commit confirmed 1441", check=False).returncode, 1,
              "status of 1441 minutes")
    unload()


def namespace_goes_unconfirmed():
    """A namespace that ends, and a module that is unloaded, leave nothing to undo."""
    load()
    with Net("confirm-end"):
        for ns in ("a", "r"):
            configure("interface e0\n ipv6 netstream inbound\n quit\ncommit confirmed 5\n", ns)
            assert "confirm_seconds" in show("configuration", ns=ns)
        run("ip", "netns", "del", "a")
        unload()
    assert not bad_log(), bad_log()


class Journal:
    """What is said to the journal meanwhile: nobody else has /dev/log in the test's machine."""

    def __enter__(self):
        if os.path.lexists("/dev/log"):
            os.unlink("/dev/log")
        self.s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.s.bind("/dev/log")
        self.s.settimeout(5 * SLOW)
        return self

    def line(self):
        return self.s.recv(4096).rstrip(b"\0").decode()

    def __exit__(self, *exc):
        self.s.close()
        os.unlink("/dev/log")
        return False


def writable_state():
    """User Mode Linux has the machine's own / below, which nobody can write to."""
    if not os.access("/var/lib", os.W_OK):
        run("mount", "-t", "tmpfs", "tmpfs", "/var/lib")


def commits(ns="r"):
    return json.loads(tool("show", "configuration", "commit", "list", "--json", ns=ns))


def every_commit_is_recorded():
    """Journal and history have each commit of a namespace, and what the kernel has undone."""
    folder, other = ("/var/lib/netstream/commits@" + ns for ns in "ra")
    writable_state()
    for old in (folder, other):
        shutil.rmtree(old, ignore_errors=True)
    load()
    with Net("history"), Journal() as journal:
        equal(commits(), [], "commits before the first")
        tool("-f", "-", text=BEFORE + "commit label first\n")
        said = journal.line()
        # facility authpriv, severity notice
        assert re.match(r"<85>.* netstream\[\d+\]: configuration 2 committed \(\d+ lines added, 0 removed\), "
                        r"label 'first' in network namespace r by root \(uid 0\)$", said), said
        configure(MISTAKE + "commit confirmed 5 label mistake\n")
        assert ", to be confirmed within 300 s), label 'mistake'" in journal.line()
        tool("-c", "commit")
        assert "configuration 3 confirmed in network namespace r by root" in journal.line()
        equal([(r.get("label"), r["generation"]) for r in commits()],
              [("mistake", 3), ("first", 2), (None, 1)], "the history")
        assert os.path.isdir(folder), folder
        # going back needs no file of the operator's
        tool("-f", "-", text="rollback 1\ncommit label back\n")
        text = tool("show", "configuration")
        assert "apply record tuple" in text, text
        equal(tool("-c", "show configuration compare rollback 2"), "", "difference to the first")
        assert "+ ipv6 netstream apply record tuple" in tool("-c", "show configuration compare rollback 1")
        # another program commits, and the kernel undoes it: the next commit finds neither
        commit_for(1)
        wait("the undo", lambda: generation() == 6)
        configure("ipv6 netstream timeout inactive 9\n")
        equal([r["generation"] for r in commits()], [7, 4, 3, 2, 1], "the history after an undo")
        commit_for(300)
        configure("ipv6 netstream timeout inactive 8\n")
        equal([(r["generation"], "user" in r) for r in commits()][:3], [(9, True), (8, False), (7, True)],
              "what another program has committed")
        # each namespace has its own
        equal(commits("a"), [], "commits of another namespace")
    unload()
    shutil.rmtree(folder, ignore_errors=True)


def nameless_namespace():
    """A namespace without a name leaves nothing behind the next boot; one without rights still commits."""
    load()
    p = run("unshare", "-n", TOOL, "-c", "ipv6 netstream timeout inactive 9", "-c", "commit",
            "-c", "show configuration commit list", check=False)
    equal((p.returncode, p.stderr), (0, ""), "status")
    assert len(p.stdout.splitlines()) == 3, p.stdout
    assert [d for d in os.listdir("/run/netstream") if d.startswith("commits@net:[")], "folder in /run"
    p = run("unshare", "-n", "env", "NETSTREAM_STATE_DIR=/proc/none", TOOL,
            "-c", "ipv6 netstream timeout inactive 9", check=False)
    equal(p.returncode, 0, "status without a folder")
    assert "is not in the history" in p.stderr, p.stderr
    unload()


# The name of the schema of what each shows.
SHOWN = {"statistics": "statistics", "hosts": "hosts", "templates": "templates", "records": "records",
         "interfaces": "interfaces", "cache": "cache", "cache by flow": "cache", "routes": "routes",
         "routes statistics": "routes-statistics", "configuration": "configuration",
         "configuration all": "configuration", "configuration candidate": "configuration",
         "configuration commit list": "commits", "configuration compare rollback 1": "changes",
         "version": "version", "statistics slot 3": "slot-statistics", "netstream all": "configuration",
         "netstream global": "view", "netstream interface ra": "view", "this": "configuration",
         "ipv6 netstream statistics interface ra": "interfaces", "ipv6 netstream export template": "export-templates",
         "ipv6 netstream export template option": "export-option-templates", "tech": "tech"}


def replies_fit_the_schemas():
    """What the real module replies, with everything configured, fits the published schemas."""
    if not schemas.available():
        raise Skip("no python3-jsonschema")
    writable_state()
    load()
    with Net("schemas") as net:
        configure(EVERYTHING + "commit confirmed 5\n")
        tool("routes", "load", "-", text="fd00:2::/64 65001 65002 fd00:2::2\n")
        wait("a host", lambda: any(can_be_sent_to(h) for h in show("hosts")))
        udp(net, 3, 100, "fd00:2::2", 8201)
        tcp(net, 1000, 1000, 8202)
        wait("flows", lambda: show("cache"))
        for what, name in SHOWN.items():
            value = json.loads(tool("show", *what.split(), "--json"))
            assert value, what
            equal(schemas.misfits(name, value), "", what)
        equal(schemas.misfits("doctor", json.loads(tool("doctor", "--json", check=False).stdout)), "", "doctor")
    unload()


class Monitor:
    """What the tool prints of events in a namespace, from the time at which it listens."""

    def __init__(self, *argv, ns="r", user=()):
        self.path = "/tmp/events-%d" % id(self)
        self.seen = 0
        with open(self.path, "w") as f:
            self.p = subprocess.Popen(["ip", "netns", "exec", ns, *user, TOOL, *argv],
                                      stdout=f, stderr=subprocess.PIPE, text=True)

    def listens(self, event, cause):
        """Cause an event until it is told, and forget what was told so far."""
        def told():
            cause()
            return any(event in line for line in self.lines())
        wait("the monitor to listen", told)
        self.seen = len(self.lines())

    def lines(self):
        with open(self.path) as f:
            return [line for line in f.read().split("\n")[:-1]]

    def expect(self, *pattern):
        """Wait for these events, in this order, others between them; return the last, as a document."""
        def found():
            rest = [json.loads(line) for line in self.lines()[self.seen:]]
            for want in pattern:
                while rest and not want.items() <= rest[0].items():
                    rest.pop(0)
                if not rest:
                    return False
                last = rest.pop(0)
            return last
        wait("events %s" % (pattern,), found)
        last = found()
        self.seen = len(self.lines())
        return last

    def end(self, how="terminate"):
        if how:
            getattr(self.p, how)()
        _, err = self.p.communicate(timeout=20 * SLOW)
        return self.p.returncode, err


def events_are_told():
    """Commits, hosts, templates, interfaces: each once, with what it is about, and only to root."""
    load()
    with Net("events") as net:
        Nfcapd(net)
        configure(BEFORE)
        wait("the host", lambda: all(can_be_sent_to(h) for h in show("hosts")))
        m, text, again = Monitor("monitor", "--json"), Monitor("monitor"), Monitor("monitor", "all", "--json")
        for one in (m, text, again):
            one.listens("commit", commit_and_back)
        nobody = Monitor("monitor", user=("setpriv", "--reuid=65534", "--clear-groups"))
        status, err = nobody.end(None)
        assert status == 1 and "not permitted" in err, (status, err)

        number = generation()
        configure("undo interface ra\n")
        m.expect({"event": "commit", "generation": number + 1},
                 {"event": "interface", "interface": "ra", "inbound": False, "outbound": False})
        commit_for(1)
        m.expect({"event": "commit", "generation": number + 2},
                 {"event": "unconfirmed", "generation": number + 2, "confirm_seconds": 1},
                 {"event": "undone"})
        configure("interface ra\n ipv6 netstream inbound\n quit\ncommit confirmed 5\n")
        tool("-c", "commit")
        m.expect({"event": "interface", "interface": "ra", "inbound": True, "outbound": False},
                 {"event": "unconfirmed", "confirm_seconds": 300}, {"event": "confirmed"})
        # the same number in text, and nothing twice
        wait("the text", lambda: any(re.search(r" confirmed \d", line) for line in text.lines()))
        equal(sum(bool(re.search(r" confirmed \d", line)) for line in text.lines()), 1, "confirmed")

        # the collector's interface goes and comes
        run("ip", "link", "set", "rc", "down", ns="r")
        down = m.expect({"event": "host", "up": False})
        equal((down["address"], down["port"], down["state"]), ("fd00:3::2", 2055, "source address missing"), "host")
        run("ip", "link", "set", "rc", "up", ns="r")
        run("ip", "addr", "add", "fd00:3::1/64", "dev", "rc", "nodad", ns="r")
        # in either order: the collector's link-layer address may be known or not
        before = m.seen
        m.expect({"event": "host", "up": True, "state": "up"})
        m.seen = before
        m.expect({"event": "templates", "version": "9"})
        told = [json.loads(line) for line in m.lines()]
        assert not any(e["event"] == "templates-again" for e in told), told
        again.expect({"event": "templates"}, {"event": "templates-again"})
        # an interface that comes and goes, which "all" would meter
        configure("interface all\n ipv6 netstream inbound\n quit\n")
        m.expect({"event": "interface", "interface": "rc"})
        run("ip", "link", "add", "later", "type", "dummy", ns="r")
        m.expect({"event": "interface", "interface": "later", "inbound": True})
        run("ip", "link", "del", "later", ns="r")
        m.expect({"event": "interface", "interface": "later", "inbound": False})
        # more flows than the cache has room for
        configure("ipv6 netstream cache entries 16\n")
        wait("a full cache", lambda: [udp(net, 1, 40, "fd00:2::2", 9000 + i) for i in range(24)] and
             any("cache-full" in line for line in m.lines()))
        m.expect({"event": "cache-full", "max_flows": 16}, {"event": "cache-room", "max_flows": 16})
        # another namespace has events of its own
        before = len(m.lines())
        configure("interface e0\n ipv6 netstream inbound\n quit\n", "a")
        equal([line for line in m.lines()[before:] if '"commit"' in line], [], "events of another namespace")
        if schemas.available():
            for one in (m, again):
                for line in one.lines():
                    equal(schemas.misfits("event", json.loads(line)), "", line)
        equal(text.end()[0], -15, "status of one that is ended")
        equal(again.end()[0], -15, "status")
        unload()
        status, err = m.end(None)
        equal(status, 1, "status after the module was unloaded")
        assert "the netstream module was unloaded" in err, err
        m.expect({"event": "stopped"})


def commit_and_back():
    configure("ipv6 netstream timeout inactive 9\n")
    configure("undo ipv6 netstream timeout inactive\n")


def flood_of_events():
    """More interfaces than may be told in a second: the number of the others is."""
    load()
    with Net("flood"):
        run("ip", "-batch", "-", ns="r", text="".join("link add d%d type dummy\n" % i for i in range(300)))
        configure(EXPORT6)
        m = Monitor("monitor", "--json")
        m.listens("commit", commit_and_back)
        configure("interface all\n ipv6 netstream inbound\n quit\n")
        number = m.expect({"event": "suppressed"})["suppressed"]
        told = [json.loads(line) for line in m.lines()]
        told = sum(e["event"] == "interface" for e in told)
        assert told <= 200 and told + number >= 300, (told, number)
        m.end()
    unload()


YNL = "tools/net/ynl/pyynl"
SCHEMA = "Documentation/netlink/genetlink-legacy.yaml"


def ynl_source():
    """A kernel's source with the client that reads specifications; the newest one here."""
    found = glob.glob(os.path.expanduser("~/.cache/netstream/uml/src-*/" + YNL))
    if not found:
        raise Skip("no kernel source with " + YNL)
    for name in ("yaml", "jsonschema"):
        if run(sys.executable, "-c", "import " + name, check=False).returncode:
            raise Skip("no python3-" + name)
    return max(found, key=os.path.getmtime)[:-len(YNL) - 1]


def ynl_family(source):
    """The family, as the kernel's own client makes it from the specification."""
    # it has a package of this name, too
    sys.modules.pop("lib")
    sys.path.insert(0, os.path.join(source, YNL))
    from lib import NlError, YnlFamily
    return YnlFamily(os.path.join(PROJECT, "docs", "netlink", "netstream.yaml"),
                     os.path.join(source, SCHEMA)), NlError


def ask_everything(source):
    """What the client reads is what the tool shows; then it sets something."""
    family, error = ynl_family(source)

    def listed(command, key, request=None):
        return [m[key] for m in family.dump(command, request or {}) if key in m]

    config = family.dump("config-get", {})
    equal({c["generation"] for c in config}, {generation()}, "generation")
    assert all(0 < c["confirm"] <= 540 for c in config), config
    equal([r["name"] for c in config for r in c.get("record", ())], ["all", "brief"], "records")
    system, = [c["system"] for c in config if "system" in c]
    equal((system["flex-active"], system["max-flows"]), (100, 5000), "numbers of the system view")
    st = family.do("stats-get", {})["stats"]
    for amount in ("packets", "bytes"):
        equal(st["metered"][amount],
              sum(st[k][amount] for k in ("exported", "cached", "pending", "lost")), amount)
    equal(sorted(h["port"] for many in listed("host-get", "host") for h in many),
          sorted(h["port"] for h in show("hosts")), "hosts")
    equal({t["id"] for many in listed("template-get", "template") for t in many},
          {t["id"] for t in show("templates")}, "templates")
    slot = family.do("slot-stats-get", {"slot-id": 3})["slot-stats"]
    assert slot["id"] == 3 and "all" in [r["name"] for r in slot["record"]], slot
    equal({t["id"] for t in listed("option-template-get", "option-template")},
          {t["id"] for t in json.loads(tool("display", "ipv6", "netstream", "export", "template", "option", "--json"))},
          "templates of options")
    equal({r["name"] for many in listed("record-get", "record") for r in many},
          {r["name"] for r in show("records")}, "records")
    equal({i["name"] for many in listed("interface-get", "interface") for i in many},
          {i["interface"] for i in show("interfaces")}, "interfaces")
    assert 8301 in {f["fields"].get("dst-port") for f in listed("flow-get", "flow")}
    equal(len(listed("routes-get", "routes", {"routes": {"family": 10}})), 1, "routes")
    equal(len(listed("routes-stats-get", "routes")), 1, "tables of routes")
    number = generation()
    family.do("config-set", {"check": True, "system": {"flex-active": 77}})
    equal(generation(), number, "generation after a check")
    family.do("config-set", {"generation": number, "system": {"flex-active": 77}})
    assert "aggregation timeout active interval-second 77" in tool("show", "configuration")
    try:
        family.do("config-set", {"generation": number})
        raise AssertionError("a generation that is not running is accepted")
    except error as why:
        assert "has changed since it was read" in str(why), why


def hear_something(source):
    """The client asks for events, and decodes one."""
    family, _ = ynl_family(source)
    family.do("event-listen", {"event-mask": 1 << 1})
    family.do("config-set", {"system": {"flex-active": 78}})
    number = generation()

    def heard():
        family.check_ntf()
        return not family.async_msg_queue.empty()
    wait("the event", heard)
    told = family.async_msg_queue.get()
    equal((told["name"], told["msg"]["event"]["type"], told["msg"]["generation"]), ("event", 1, number), "event")


def kernels_own_client():
    """The kernel's own netlink client reads and sets everything, with the specification alone."""
    source = ynl_source()
    load()
    with Net("ynl") as net:
        configure(EVERYTHING + "commit confirmed 9\n")
        tool("routes", "load", "-", text="fd00:2::/64 65001 65002 fd00:2::2\n")
        udp(net, 3, 100, "fd00:2::2", 8301)
        wait("flows", lambda: show("cache"))

        def ask():
            ask_everything(source)
            hear_something(source)
        inside("r", ask)
    unload()


if __name__ == "__main__":
    sys.exit(main(unconfirmed_commit_is_undone, next_commit_confirms, undone_before_it_was_confirmed,
                  times_out_of_range, namespace_goes_unconfirmed, every_commit_is_recorded,
                  nameless_namespace, events_are_told, flood_of_events,
                  replies_fit_the_schemas, kernels_own_client))
