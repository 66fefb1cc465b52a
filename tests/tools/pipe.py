#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What stands behind "|" of a command that shows something.    pipe.py NETSTREAM"""
import subprocess
import sys

from run_tests import run_tests

TOOL = [sys.argv[1], "--offline"]
SETUP = ["-c", "system-view", "-c", "ipv6 netstream timeout active 5", "-c", "ipv6 netstream timeout inactive 6",
         "-c", "interface eth0", "-c", "ipv6 netstream inbound", "-c", "return", "-c", "commit"]
WHOLE = subprocess.run([*TOOL, *SETUP, "-c", "show configuration"], capture_output=True, text=True,
                       check=True).stdout.splitlines()


def shown(what, status=0):
    p = subprocess.run([*TOOL, *SETUP, "-c", what], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert p.returncode == status, (what, p)
    return p.stdout.splitlines() if not status else p.stderr


def test_filters():
    """lines that fit, that do not, from the first on, their number"""
    assert len(WHOLE) > 8, WHOLE
    for command in "show configuration", "display current-configuration", "dis cur":
        assert shown(command + " | include timeout") == [w for w in WHOLE if "timeout" in w]
        assert shown(command + " | exclude timeout") == [w for w in WHOLE if "timeout" not in w]
    first = next(i for i, w in enumerate(WHOLE) if w.startswith("interface"))
    assert shown("show configuration | begin ^interface") == WHOLE[first:]
    assert shown("show configuration | begin nowhere") == []
    assert shown("show configuration | count") == ["Total lines: %d" % len(WHOLE)]
    assert shown("show configuration | count timeout") == ["Total lines: 2"]
    assert shown("show configuration | no-more") == WHOLE
    lines = shown("show configuration --json | include eth0")
    assert len(lines) == 1 and "eth0" in lines[0], lines


def test_expressions():
    """extended regular expressions, of several words, anchored"""
    assert shown("show configuration | include active (5|6)$") == [w for w in WHOLE if w.endswith((" 5", " 6"))]
    assert shown("show configuration | include ^#$") == [w for w in WHOLE if w == "#"]
    assert shown("sh conf | inc ipv6  netstream") == []
    error = shown("show configuration | include (", 1)
    assert "'(': expected a regular expression: " in error, error
    for rest in "", " include", " exclude", " begin", " bogus x":
        shown("show configuration |" + rest, 1)
    assert "belongs to" not in shown("commit | include x", 1)


def test_words():
    """a command line of words, and help"""
    p = subprocess.run([*TOOL, "show", "configuration", "|", "include", "view"], capture_output=True, text=True)
    assert (p.returncode, p.stdout) == (0, "system-view\n"), p
    p = subprocess.run([*TOOL, "--complete", "show configuration | "], capture_output=True, text=True)
    assert p.stdout.split() == ["include", "exclude", "begin", "count", "no-more"], p
    p = subprocess.run(TOOL, input="show configuration | include ?\n", capture_output=True, text=True)
    assert "REGEX" in p.stdout and "regular expression" in p.stdout, p


def test_description():
    """a bar in a description is text"""
    p = subprocess.run([*TOOL, "-c", "system-view", "-c", "ipv6 netstream record r",
                        "-c", "description a | count b", "-c", "show this"], capture_output=True, text=True)
    assert p.stdout == "description a | count b\n", p


sys.exit(run_tests("pipe", globals()))
