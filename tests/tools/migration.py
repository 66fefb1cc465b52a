#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The examples of docs/migration: what is accepted, and what is not.    migration.py NETSTREAM"""
import glob
import os
import re
import subprocess
import sys

from run_tests import run_tests

TOOL = sys.argv[1]
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "migration")


def blocks(kind):
    """(page, text) of each block of that kind."""
    for path in sorted(glob.glob(os.path.join(FOLDER, "*.md"))):
        with open(path) as f:
            for text in re.findall(r"^```%s\n(.*?)^```$" % kind, f.read(), re.M | re.S):
                yield os.path.basename(path), text


def check(text):
    return subprocess.run([TOOL, "--offline", "--check", "-f", "-"], input=text, capture_output=True, text=True)


def test_accepted():
    """each example of coming from another exporter is accepted"""
    pages = set()
    for page, text in blocks("netstream"):
        p = check(text)
        assert p.returncode == 0, (page, p.stderr)
        pages.add(page)
    assert pages == {"cisco.md", "ipt_netflow.md", "junos.md", "model-router.md"}, pages


def test_not_accepted():
    """what the pages say is missing is refused"""
    lines = [(page, line) for page, text in blocks("not-accepted") for line in text.splitlines()]
    assert len(lines) > 5, lines
    for page, line in lines:
        assert check("system-view\n" + line + "\n").returncode == 1, "%s: accepted by now: %s" % (page, line)


def test_tables():
    """statements that the tables name without a placeholder are accepted"""
    views = ("", "slot 1\n", "interface eth0\n", "ipv6 netstream record r\n")
    tried = 0
    for path in glob.glob(os.path.join(FOLDER, "*.md")):
        with open(path) as f:
            rows = re.findall(r"^\| .* \| (.*) \|$", f.read(), re.M)
        for statement in (s for row in rows for s in re.findall(r"`((?:match|collect) [^`]*)`", row)):
            plain = re.sub(r" \[[^]]*\]", "", statement)
            plain = re.sub(r"\{ (\S+) [^}]*\}", r"\1", plain)
            assert any(check("system-view\n" + v + plain + "\n").returncode == 0 for v in views), statement
            tried += 1
    assert tried > 15, tried


if __name__ == "__main__":
    sys.exit(run_tests("migration", globals()))
