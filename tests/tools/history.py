#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The history of commits, rollback, load and the lock, without a module.

    history.py NETSTREAM
"""
import json
import os
import re
import subprocess
import sys
import tempfile

from run_tests import run_tests

TOOL = sys.argv[1]


def start(state):
    env = dict(os.environ, NETSTREAM_STATE_DIR=state, SUDO_USER="alice")
    return subprocess.Popen([TOOL, "--offline"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, env=env)


def run(state, *lines, status=0):
    """Lines from standard input; what was printed, and what was refused."""
    p = start(state)
    out, err = p.communicate("\n".join(("system-view",) + lines) + "\n", timeout=60)
    assert p.returncode == status, (p.returncode, out, err)
    return out if not status else err


def commits(state):
    return json.loads(run(state, "show configuration commit list --json"))


def last_json(text):
    """The array at the end of what was printed."""
    return json.loads(text[text.rindex("\n[") if "\n[" in text else 0:])


def test_list():
    """each commit is in the history with its user, time and label; a check is not"""
    with tempfile.TemporaryDirectory() as d:
        assert commits(d) == []
        run(d, "ipv6 netstream timeout inactive 7", "commit check", "commit label first step",
            "commit", "ipv6 netstream timeout inactive 8", "commit confirmed 3 label second")
        rows = commits(d)
        assert [r.get("label") for r in rows] == ["second", "first step", None], rows
        assert [r["rollback"] for r in rows] == [0, 1, 2] and [r["commit"] for r in rows] == [3, 2, 1]
        assert rows[0]["confirm_seconds"] == 180 and "confirm_seconds" not in rows[1]
        assert [r["generation"] for r in rows[1:]] == [2, 1], rows
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", r["time"]) for r in rows[:2]), rows
        assert rows[0]["user"] and "user" not in rows[2], rows
        text = run(d, "show configuration commit list")
        assert "first step" in text and "Rollback" in text, text
        assert oct(os.stat(d + "/commits" + suffix(d)).st_mode)[-3:] == "700"


def suffix(d):
    return next(n for n in os.listdir(d) if n.startswith("commits"))[len("commits"):]


def test_rollback():
    """rollback N makes the candidate, compare shows the difference, and commit does it"""
    with tempfile.TemporaryDirectory() as d:
        out = run(d, "ipv6 netstream timeout inactive 7", "slot 3", "port eth0", "quit", "commit",
                  "ipv6 netstream timeout inactive 8", "undo slot 3", "commit",
                  "rollback 1", "show configuration compare", "commit",
                  "show configuration compare rollback 1 --json")
        assert "- ipv6 netstream timeout inactive 8\n+ ipv6 netstream timeout inactive 7\n" in out, out
        assert "+ slot 3" in out or "  slot 3\n+  port eth0" in out, out
        changes = last_json(out)
        assert {(c["change"], c["line"]) for c in changes} >= {
            ("added", "ipv6 netstream timeout inactive 7"),
            ("removed", "ipv6 netstream timeout inactive 8")}, changes
        # the running configuration offline is empty again: it is noted as what was there before
        assert len(commits(d)) == 4
        err = run(d, "rollback 40", status=1)
        assert "'40': there are 4 commits" in err, err
        err = run(d, "rollback 50", status=1)
        assert "expected a number of commits to go back (0-49)" in err, err


def test_bound():
    """the last fifty commits are kept"""
    with tempfile.TemporaryDirectory() as d:
        lines = []
        for i in range(60):
            lines += ["ipv6 netstream timeout inactive %d" % (i + 1), "commit label n%d" % i]
        run(d, *lines)
        rows = commits(d)
        assert len(rows) == 50 and rows[0]["label"] == "n59" and rows[49]["label"] == "n10", rows


def test_load():
    """load merges or replaces, whole or not at all; a commit in the file is none"""
    with tempfile.TemporaryDirectory() as d:
        path = d + "/file"
        with open(path, "w") as f:
            f.write("ipv6 netstream timeout active 3\ninterface eth1\n ipv6 netstream inbound\n quit\ncommit\n")
        before = ("ipv6 netstream timeout inactive 7", "commit")
        out = run(d, *before, "load merge " + path, "show configuration compare", "discard")
        assert "+ ipv6 netstream timeout active 3" in out and "inactive 7" not in out, out
        out = run(d, *before, "load replace " + path, "show configuration compare", "commit")
        assert "- ipv6 netstream timeout inactive 7\n" in out, out
        with open(path, "a") as f:
            f.write("bogus\n")
        err = run(d, *before, "load merge " + path, status=1)
        assert path + ":6:1: 'bogus': expected" in err and "not loaded" in err, err
        err = run(d, *before, "load merge " + d + "/none", status=1)
        assert "No such file" in err and "not loaded" in err, err
        assert len(commits(d)) > 1


def test_lock():
    """who holds the lock commits, nobody else does, and the end of a session ends its lock"""
    with tempfile.TemporaryDirectory() as d:
        edit = ("ipv6 netstream timeout inactive 7", "commit")
        holder = start(d)
        holder.stdin.write("configure exclusive\nipv6 netstream timeout inactive 9\ncommit\nshow version\n")
        holder.stdin.flush()
        for line in holder.stdout:
            if line.startswith("kernel:"):
                break
        err = run(d, *edit, status=1)
        assert re.search(r"the configuration is locked by \S+ since [-\d]+ [:\d]+ \(process %d\)" % holder.pid, err), err
        err = run(d, "lock", status=1)
        assert "is locked by" in err, err
        run(d, "commit check")
        holder.kill()
        holder.communicate()
        run(d, "lock", *edit, "unlock")
        run(d, *edit)


if __name__ == "__main__":
    sys.exit(run_tests("history", globals()))
