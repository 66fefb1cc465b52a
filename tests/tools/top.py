#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The screen that refreshes, in tmux.    top.py NETSTREAM_FAKE"""
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from replies import healthy
from run_tests import run_tests

TOOL = sys.argv[1]
LIMIT = 20 * int(os.environ.get("NETSTREAM_SLOW", "1"))


def replies(packets):
    r = healthy()
    r.host("2001:db8::6", state="UNREACHABLE", queued=12, lost_packets=345)
    for i in range(40):
        r.flow(SRC_ADDR="2001:db8::%x" % (i % 4 + 1), DST_ADDR="2001:db8::%x" % (i + 16), PROTOCOL=17,
               packets=packets + i, octets=100 * (packets + i))
    return r


class Screen:
    """A tmux server of its own with one window, in which the screen is shown."""

    def __init__(self, folder, command, columns=100, lines=24):
        self.base = ["tmux", "-S", folder + "/tmux", "-f", "/dev/null"]
        env = dict(os.environ, NETSTREAM_FAKE=folder + "/replies", ASAN_OPTIONS="detect_leaks=0", LC_ALL="C.UTF-8")
        subprocess.run([*self.base, "new-session", "-d", "-x", str(columns), "-y", str(lines),
                        "%s; echo ended with $?; sleep 60" % command], check=True, env=env)

    def text(self):
        return subprocess.run([*self.base, "capture-pane", "-p"], check=True, capture_output=True, text=True).stdout

    def keys(self, *keys):
        subprocess.run([*self.base, "send-keys", *keys], check=True)

    def expect(self, pattern):
        end = time.monotonic() + LIMIT
        while not re.search(pattern, text := self.text(), re.M):
            assert time.monotonic() < end, "no %r in:\n%s" % (pattern, text)
            time.sleep(0.1)
        return text

    def close(self):
        subprocess.run([*self.base, "kill-server"], check=False)


@contextlib.contextmanager
def shown(words, *size):
    """A screen of ten packets a flow and more, and the folder of its replies."""
    with tempfile.TemporaryDirectory() as d:
        replies(10).write(d + "/replies")
        screen = Screen(d, TOOL + " top " + words, *size)
        try:
            yield screen, d
        finally:
            screen.close()


def test_screen():
    """flows and collectors, sums and orders by keys, new values, a pause, the end"""
    if not shutil.which("tmux"):
        return "skip"
    with shown("1") as (screen, d):
        text = screen.expect(r"^Flows: 2 of 1048576 .*lost: 0 ")
        assert re.search(r"^2001:db8::6 +2055 +unreachable +sent 50  queued 12  lost 345$", text, re.M), text
        # by flow, the largest first, and no more than fit
        assert re.search(r"^original .*2001:db8::37 .* 49 +4900 ", text, re.M), text
        assert len(text.rstrip("\n").split("\n")) <= 24, text
        screen.keys("s")
        # ten flows of each of four sources
        text = screen.expect(r"^2001:db8::4 +10 +310 +31000 ")
        assert len(re.findall(r"^2001:db8::\d +10 ", text, re.M)) == 4, text
        replies(1010).write(d + "/new")
        os.rename(d + "/new", d + "/replies")
        screen.expect(r"^2001:db8::4 +10 +10310 +1031000 ")
        screen.keys(" ")
        screen.expect("PAUSED")
        replies(10).write(d + "/new")
        os.rename(d + "/new", d + "/replies")
        time.sleep(1.5)
        assert re.search(r"^2001:db8::4 +10 +10310 ", screen.text(), re.M), screen.text()
        screen.keys(" ")
        screen.expect(r"^2001:db8::4 +10 +310 ")
        screen.keys("q")
        screen.expect("ended with 0")


def test_words():
    """the line says which flows, added up by what, in which order; a key changes it"""
    if not shutil.which("tmux"):
        return "skip"
    with shown("1 source 2001:db8::2/127 by protocol sort flows") as (screen, _):
        screen.expect(r"^UDP +20 +|^udp +20 +")
        screen.keys("s")
        text = screen.expect(r"^2001:db8::2 +10 ")
        assert "2001:db8::1 " not in text and "2001:db8::4 " not in text, text


def test_small():
    """a small terminal shows what fits"""
    if not shutil.which("tmux"):
        return "skip"
    with shown("1", 40, 8) as (screen, _):
        screen.expect(r"^Flows: 2 of 1048576")
        screen.keys("q")
        screen.expect("ended with 0")


def test_no_terminal():
    """without a terminal or a module it says so"""
    p = subprocess.run([TOOL, "top"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert p.returncode == 1 and "this needs a terminal" in p.stderr, p
    p = subprocess.run([TOOL, "--offline", "top"], capture_output=True, text=True)
    assert p.returncode == 1 and "needs the module" in p.stderr, p


def test_watch():
    """show cache --watch is the same screen, with the words of the line"""
    with tempfile.TemporaryDirectory() as d:
        replies(10).write(d + "/replies")
        screen = Screen(d, TOOL + " show cache source 2001:db8::1 by source-address sort flows --watch")
        try:
            text = screen.expect(r"^2001:db8::1 ")
            assert "2001:db8::2 " not in text.split("by:")[1], text
            screen.keys("q")
            screen.expect("ended with 0")
        finally:
            screen.close()
    p = subprocess.run([TOOL, "show", "cache", "--watch"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert p.returncode == 1 and "needs a terminal" in p.stderr or "not loaded" in p.stderr, p


if __name__ == "__main__":
    sys.exit(run_tests("top", globals()))
