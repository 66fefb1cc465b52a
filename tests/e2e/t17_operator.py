#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What keeps an operator from harm: commits that are undone unless they are confirmed."""
import sys

from genl import *
from lib import *
from t10_control import inside

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
    with Net("confirm") as net:
        configure(BEFORE)
        out = tool("-f", "-", text=MISTAKE + "commit confirmed 5\n")
        assert "will be undone in 5 minutes" in out, out
        number = generation()
        left = show("configuration")["confirm_seconds"]
        assert 200 < left <= 300, left
        text = tool("show", "configuration")
        assert re.match(r"# to be confirmed: undone at [-\d]+ [:\d]+, in \d+ s,", text), text
        p = tool("save", "/tmp/unconfirmed.conf", check=False)
        assert p.returncode == 1 and "is to be confirmed" in p.stderr, p
        tool("--check", "-c", "ipv6 netstream timeout inactive 9")
        tool("-c", "commit check")
        assert "confirm_seconds" in show("configuration"), "a check has confirmed"
        # the time starts again, and what was shown can be typed
        tool("-f", "-", text=text + "commit confirmed 7\n")
        assert show("configuration")["confirm_seconds"] > 300
        equal(tool("-c", "commit"), "The commit before is confirmed.\n", "commit")
        equal(generation(), number, "generation")
        assert "confirm_seconds" not in show("configuration")
        equal(tool("-c", "commit"), "", "another commit")
        assert "Nothing has changed" in tool("-c", "commit confirmed")
        # the first time does not count any more
        commit_for(1, u32(A_GENERATION, number))
        equal(tool("-c", "commit"), "The commit before is confirmed.\n", "commit")
        time.sleep(1.5 * SLOW)
        equal(generation(), number + 1, "generation after the time")
        del net
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


if __name__ == "__main__":
    sys.exit(main(unconfirmed_commit_is_undone, next_commit_confirms, undone_before_it_was_confirmed,
                  times_out_of_range, namespace_goes_unconfirmed))
