#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Configurations as routers' documents have them: what is pasted is accepted.    examples.py NETSTREAM"""
import glob
import os
import subprocess
import sys

from run_tests import run_tests

TOOL = sys.argv[1]
FILES = sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "examples", "*.conf")))


def typed(path):
    """Statements of a file that make the configuration, as they are shown."""
    with open(path) as f:
        lines = [line.strip() for line in f]
    return [line for line in lines if line and line[0] != "#" and line.split()[0] not in ("commit", "quit", "system-view")]


def test_accepted():
    """each example is accepted as it is"""
    assert len(FILES) == 3, FILES
    for path in FILES:
        p = subprocess.run([TOOL, "--offline", "--check", "-f", path], capture_output=True, text=True)
        assert p.returncode == 0, (path, p.stderr)
        # warnings are of what collectors miss in such a record
        assert all(line.startswith("warning: ") for line in p.stderr.splitlines()), (path, p.stderr)


def test_kept():
    """every match and collect of an example is in the configuration that it makes"""
    for path in FILES:
        with open(path) as f:
            text = "".join(line for line in f if line.strip() not in ("commit",))
        text = text.rstrip()
        if text.endswith("quit") and not text.splitlines()[-1].startswith(" "):
            text = text[:-4]
        p = subprocess.run([TOOL, "--offline", "-f", "-"], input=text + "\nshow configuration candidate\n",
                           capture_output=True, text=True)
        shown = [line.strip() for line in p.stdout.splitlines()]
        for line in typed(path):
            if line.startswith(("match", "collect", "ipv6 netstream record", "ipv6 netstream apply")):
                assert line in shown, (path, line, p.stdout, p.stderr)


if __name__ == "__main__":
    sys.exit(run_tests("examples", globals()))
