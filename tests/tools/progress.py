#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What `routes load` shows while it loads.    progress.py NETSTREAM_FAKE"""
import os
import pty
import subprocess
import sys
import tempfile

from run_tests import run_tests

TOOL = sys.argv[1]
PREFIXES = 50000


def load(folder, text, terminal):
    """Load a file; exit status, standard output, and what was written to standard error."""
    with open(folder + "/routes", "w") as f:
        f.write(text)
    open(folder + "/replies", "w").close()
    ours, theirs = pty.openpty() if terminal else os.pipe()
    p = subprocess.Popen([TOOL, "routes", "load", folder + "/routes"], stdout=subprocess.PIPE, stderr=theirs,
                         text=True, env=dict(os.environ, NETSTREAM_FAKE=folder + "/replies"))
    os.close(theirs)
    told = b""
    try:
        while data := os.read(ours, 65536):
            told += data
    except OSError:
        pass    # the terminal has no other side any more
    os.close(ours)
    out = p.communicate()[0]
    return p.returncode, out, told.decode()


def routes(count):
    return "".join("2001:%x:%x::/48 %d 1 fe80::1\n" % (0xdb8 + i // 65536, i % 65536, i % 7 + 1) for i in range(count))


def test_terminal():
    """a terminal shows how far it is, on one line that is gone in the end"""
    with tempfile.TemporaryDirectory() as d:
        status, out, told = load(d, routes(PREFIXES), True)
        assert (status, out) == (0, "loaded %d, skipped 0\n" % PREFIXES), (status, out, told)
        shown = told.split("\r")
        assert "0 of 50000 prefixes loaded" in shown and "40000 of 50000 prefixes loaded" in shown, shown
        assert told.endswith("\r\033[K") and "\n" not in told, repr(told[-100:])


def test_no_terminal():
    """a file or a pipe gets the summary only"""
    with tempfile.TemporaryDirectory() as d:
        assert load(d, routes(PREFIXES), False) == (0, "loaded %d, skipped 0\n" % PREFIXES, "")


def test_mistake():
    """a mistake in the last line is told on a line of its own"""
    with tempfile.TemporaryDirectory() as d:
        status, out, told = load(d, routes(PREFIXES) + "bogus\n", True)
        assert (status, out) == (1, ""), (status, out, told)
        assert "\r\033[K" in told and "50001" in told.split("\033[K")[-1], repr(told[-200:])
        assert "prefixes loaded" not in told, told


if __name__ == "__main__":
    sys.exit(run_tests("progress", globals()))
