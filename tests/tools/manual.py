#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The examples of netstream(8), typed at a terminal: it prints what the page says.    manual.py NETSTREAM"""
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from run_tests import run_tests

TOOL = os.path.abspath(sys.argv[1])
HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT = 20 * int(os.environ.get("NETSTREAM_SLOW", "1"))
HOST = socket.gethostname().split(".")[0]
COLUMNS, LINES = 120, 60


def blocks():
    """The lines of each example, as the page has them."""
    with open(os.path.join(HERE, "..", "..", "tools", "man", "netstream.8.in")) as f:
        section = f.read().split("\n.SH EXAMPLES\n", 1)[1].split("\n.SH ", 1)[0]
    return [text.split("\n")[:-1] for text in re.findall(r"^\.nf\n(.*?)^\.fi$", section, re.M | re.S)]


def plain(line):
    """As a terminal shows it."""
    for escape, text in ("\\fB", ""), ("\\fR", ""), ("\\-", "-"), ("\\e", "\\"), ("\\(dq", '"'):
        line = line.replace(escape, text)
    return line


class Terminal:
    """A tmux server of its own, with a plain shell in which "netstream" is the tool."""

    def __init__(self, folder):
        self.base = ["tmux", "-S", folder + "/tmux", "-f", "/dev/null"]
        os.symlink(TOOL, folder + "/netstream")
        # a shell of root has another prompt by default
        with open(folder + "/rc", "w") as f:
            f.write("PS1='$ '\n")
        env = dict(os.environ, PATH=folder + ":" + os.environ["PATH"], HOME=folder, ENV=folder + "/rc", PAGER="cat",
                   LC_ALL="C.UTF-8", NETSTREAM_STATE_DIR=folder, ASAN_OPTIONS="detect_leaks=0")
        subprocess.run([*self.base, "new-session", "-d", "-x", str(COLUMNS), "-y", str(LINES), "/bin/sh"],
                       check=True, env=env)

    def lines(self):
        """What is on the screen, with the page's name for this machine."""
        text = subprocess.run([*self.base, "capture-pane", "-p"], check=True, capture_output=True, text=True).stdout
        text = re.sub(r"^([<\[][~*]?)%s\b" % re.escape(HOST), r"\1router", text, flags=re.M)
        return [line.rstrip() for line in text.rstrip("\n").split("\n")]

    def expect(self, lines):
        """Wait until the screen ends in these lines, the last of which has the cursor."""
        end = time.monotonic() + LIMIT
        while (shown := self.lines())[-len(lines):] != lines:
            assert time.monotonic() < end, "\n".join(["expected:", *lines, "shown:", *shown])
            time.sleep(0.05)

    def type(self, text):
        subprocess.run([*self.base, "send-keys", "-l", text], check=True)
        subprocess.run([*self.base, "send-keys", "Enter"], check=True)

    def close(self):
        subprocess.run([*self.base, "kill-server"], check=False)


def type_example(terminal, example):
    """Type what is bold; everything else is what is printed before the next prompt."""
    typed = [re.search(r"\\fB(.*)\\fR$", line) for line in example]
    shown = [plain(line).rstrip() for line in example]
    for i, what in enumerate(typed):
        if what:
            prompt = plain(example[i][:what.start()])
            terminal.expect([*shown[:i], prompt.rstrip()])
            terminal.type(plain(what[0]))
    terminal.expect([*shown, "$"])


def test_sessions():
    """each example with a prompt: what is printed is what the page says"""
    if not shutil.which("tmux"):
        return "skip"
    examples = [b for b in blocks() if b[0].startswith("$ ")]
    assert len(examples) >= 3, examples
    for example in examples:
        with tempfile.TemporaryDirectory() as d:
            terminal = Terminal(d)
            try:
                type_example(terminal, example)
            finally:
                terminal.close()


def test_statements():
    """each example without a prompt is a configuration that is accepted"""
    examples = [b for b in blocks() if not b[0].startswith("$ ")]
    assert examples
    for example in examples:
        text = "\n".join(map(plain, example)) + "\n"
        p = subprocess.run([TOOL, "--offline", "-f", "-"], input=text, capture_output=True, text=True)
        assert p.returncode == 0 and "commit" in example[-1], p.stderr


if __name__ == "__main__":
    sys.exit(run_tests("manual", globals()))
