#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A full disk where the routes view is kept: a commit is refused before the module changes.

    full_disk.py NETSTREAM_FAKE

The disk is a tmpfs of a few pages on /run, in a mount namespace of its own.  The history of
commits may be on it, too.
"""
import glob
import os
import resource
import signal
import subprocess
import sys
import tempfile

from replies import N, healthy
from run_tests import run_tests

TOOL = sys.argv[1]
PAGE = os.sysconf("SC_PAGE_SIZE")
FILLER = "/run/filler"
SET = str(N["CMD_CONFIG_SET"])
REFUSED = "No space left on device"


def disk(pages):
    """A fresh disk; what was on the other one is gone."""
    subprocess.run(["umount", "/run"], capture_output=True, check=False)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % (pages * PAGE), "tmpfs", "/run"], check=True)


def fill():
    """Take the room that is left."""
    with open(FILLER, "wb", buffering=0) as f:
        try:
            while f.write(b"x" * PAGE) == PAGE:
                pass
        except OSError:
            pass


def view(neighbors):
    """Statements of a view; each neighbor takes some sixty bytes."""
    return ["routes"] + ["neighbor 2001:db8::%x remote-as 65000 local-as 65000" % i for i in range(1, neighbors + 1)]


def commit(*lines, status=0, before=None):
    """Commit over what is running, with before() called in the process.  Return what was printed or refused, and how often the module was changed."""
    with tempfile.TemporaryDirectory() as d:
        replies = healthy()
        replies.config([], [])
        replies.write(d + "/replies")
        env = dict(os.environ, NETSTREAM_FAKE=d + "/replies", NETSTREAM_FAKE_ASKED=d + "/asked")
        env.pop("NETSTREAM_STATE_DIR", None)
        p = subprocess.run([TOOL, *[w for line in lines for w in ("-c", line)]],
                           capture_output=True, text=True, env=env, preexec_fn=before)
        with open(d + "/asked") as f:
            asked = f.read().split()
    assert p.returncode == status, p
    return p.stderr if status else p.stdout, asked.count(SET)


def stored():
    """The file, and all that a follower or another commit could notice of it."""
    path, = glob.glob("/run/netstream/routes*")
    with open(path) as f:
        s = os.fstat(f.fileno())
        return f.read(), s.st_mtime_ns, s.st_size, s.st_blocks


def test_larger():
    """a view for which there is no room is refused: the old one stays, and the module was not asked"""
    disk(6)
    commit(*view(3))
    before = stored()
    assert before[0].count("neighbor") == 3, before
    fill()
    err, changes = commit("undo routes", *view(200), status=1)
    assert REFUSED in err, err
    assert changes == 0, "the module was changed"
    assert stored() == before, (before, stored())
    # the same with room for it
    os.unlink(FILLER)
    _, changes = commit("undo routes", *view(100))
    assert changes == 1 and stored()[0].count("neighbor") == 100, (changes, stored())


def test_module_and_view():
    """a commit of both parts is refused as a whole"""
    disk(2)
    commit(*view(3))
    before = stored()
    fill()
    err, changes = commit("ipv6 netstream timeout inactive 7", *view(200), status=1)
    assert REFUSED in err and changes == 0 and stored() == before, (err, changes, before, stored())
    # what does not touch the view needs no room
    _, changes = commit("ipv6 netstream timeout inactive 7")
    assert changes == 1 and stored() == before, (changes, before, stored())


def test_smaller():
    """a view that fits into the room of the old one is written on a full disk"""
    disk(2)
    commit(*view(3))
    fill()
    commit(*view(4))
    assert stored()[0].count("neighbor") == 4, stored()
    commit("undo routes", *view(1))
    text, _, size, _ = stored()
    assert text.count("neighbor") == 1 and len(text) == size, stored()


def test_first():
    """the first view on a full disk is refused, and what is running can still be read and changed"""
    disk(2)
    fill()
    err, changes = commit(*view(3), status=1)
    assert REFUSED in err and changes == 0, (err, changes)
    out, _ = commit("show configuration")
    assert "neighbor" not in out, out
    _, changes = commit("ipv6 netstream timeout inactive 7")
    assert changes == 1
    os.unlink(FILLER)
    commit(*view(3))
    assert stored()[0].count("neighbor") == 3, stored()


def test_late():
    """where no room can be taken the reason is told when it is written"""
    subprocess.run(["umount", "/run"], check=True)
    # it has no fallocate(), and no bound but that of the process
    subprocess.run(["mount", "-t", "ramfs", "ramfs", "/run"], check=True)

    def bounded():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (PAGE, PAGE))
    err, changes = commit(*view(200), status=1, before=bounded)
    assert "File too large" in err and changes == 1, (err, changes)


def unshared():
    """Begin again in a mount namespace of its own, without the machine's history of commits."""
    inside = [sys.executable, *sys.argv, "inside"]
    argv = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    if subprocess.run([*argv, "mount", "-t", "tmpfs", "tmpfs", "/run"], capture_output=True, check=False).returncode:
        print("skip full_disk: no mount namespace")
        sys.exit(0)
    os.execvp(argv[0], argv + inside)


if sys.argv[2:] != ["inside"]:
    unshared()
subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/var/lib"], check=True)
subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
sys.exit(run_tests("full_disk", globals()))
