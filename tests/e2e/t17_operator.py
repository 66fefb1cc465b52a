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
    folder = "/var/lib/netstream/commits@r"
    writable_state()
    shutil.rmtree(folder, ignore_errors=True)
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
         "version": "version"}


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
    equal([r["name"] for c in config for r in c.get("record", ())], ["all"], "records")
    system, = [c["system"] for c in config if "system" in c]
    equal((system["flex-active"], system["max-flows"]), (100, 5000), "numbers of the system view")
    st = family.do("stats-get", {})["stats"]
    for amount in ("packets", "bytes"):
        equal(st["metered"][amount],
              sum(st[k][amount] for k in ("exported", "cached", "pending", "lost")), amount)
    equal(sorted(h["port"] for many in listed("host-get", "host") for h in many),
          sorted(h["port"] for h in show("hosts")), "hosts")
    equal({t["id"] for t in listed("template-get", "template")},
          {t["id"] for t in show("templates")}, "templates")
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
        inside("r", ask)
    unload()


if __name__ == "__main__":
    sys.exit(main(unconfirmed_commit_is_undone, next_commit_confirms, undone_before_it_was_confirmed,
                  times_out_of_range, namespace_goes_unconfirmed, every_commit_is_recorded,
                  nameless_namespace, replies_fit_the_schemas, kernels_own_client))
